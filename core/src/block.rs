//! Blocks that prove themselves: [`VerifiedBlock`], and [`BlockSource`], which delivers bytes to be verified.
//!
//! **Invariant.** No byte is interpreted before its hash was checked: everything that reads a block
//! takes a [`VerifiedBlock`], whose only constructor is [`VerifiedBlock::verify`] (with another digest
//! function: [`VerifiedBlock::verify_with`]).

mod get;
mod hasher;
mod memory;

pub use get::{BlockGet, GetError};
pub use hasher::{Hasher, SoftwareHasher};
pub use memory::MemoryBlocks;

use bytes::Bytes;
use sha2::Digest;

#[cfg(feature = "more-codecs")]
use crate::cid::BLAKE2B_256;
use crate::cid::{BLAKE3, Cid, IDENTITY, SHA2_256};
use crate::maybe_send::{BoxStream, MaybeSend, MaybeSync};
use crate::parts::{self, Part, PartError};

/// Limits on what comes from outside. Each is checked before anything is allocated.
#[derive(Debug, Clone)]
pub struct Limits {
    /// One block. 2 MiB is what bitswap carries and what gateways promise; larger ones are not interoperable.
    pub block_bytes: u64,
    /// One file that is read as a whole (metadata, attributes).
    pub file_bytes: u64,
    /// Entries of one directory, over all its HAMT shards.
    pub directory_entries: u64,
    /// How deep directories and file trees may nest.
    pub depth: u32,
    /// One chunk after decompression.
    pub chunk_bytes: u64,
    /// One CAR header.
    pub car_header_bytes: u64,
    /// How deep JSON may nest.
    pub json_depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            block_bytes: 2 << 20,
            file_bytes: 64 << 20,
            directory_entries: 1_000_000,
            depth: 256,
            chunk_bytes: 1 << 30,
            car_header_bytes: 1 << 20,
            json_depth: 64,
        }
    }
}

/// Why bytes are not the block that they were said to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The hash of the bytes is another one.
    #[error("the {actual_bytes} bytes delivered for {cid} hash to something else")]
    Mismatch {
        /// What was asked for.
        cid: Cid,
        /// How many bytes came.
        actual_bytes: usize,
    },
    /// The hash function is not one of sha2-256, blake3, identity and, natively, blake2b-256.
    #[error(
        "{cid} uses hash function 0x{code:x}, which is not supported (sha2-256, blake3 and identity are)"
    )]
    UnsupportedHash {
        /// The block.
        cid: Cid,
        /// The multihash code.
        code: u64,
    },
    /// What computes the hash could not be loaded.
    #[error(transparent)]
    Part(#[from] PartError),
    /// More bytes than a block may have.
    #[error("block {cid} has {actual_bytes} bytes, more than the limit of {limit_bytes}")]
    TooLarge {
        /// The block.
        cid: Cid,
        /// Its size.
        actual_bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
}

/// Bytes as a source delivered them: nobody has looked at them yet.
#[derive(Debug, Clone)]
pub struct RawBlock {
    /// What the source says they are.
    pub cid: Cid,
    /// The bytes.
    pub bytes: Bytes,
    /// Their SHA2-256, where whoever received them has computed it beside their receipt. It stands for a [`Hasher`]
    /// of ours and is bound as one: computed over exactly these bytes, here, never told by whom they came from.
    pub sha2_256: Option<[u8; 32]>,
}

impl RawBlock {
    /// Bytes that nobody has hashed.
    #[must_use]
    pub fn new(cid: Cid, bytes: Bytes) -> Self {
        Self { cid, bytes, sha2_256: None }
    }

    /// The block, if the bytes are what their CID says; `hasher` computes what was not computed yet.
    ///
    /// # Errors
    /// As [`VerifiedBlock::verify_with`].
    pub async fn verify(self, hasher: &dyn Hasher) -> Result<VerifiedBlock, BlockError> {
        match self.sha2_256 {
            Some(_) if self.cid.hash().code() == SHA2_256 => {
                VerifiedBlock::compare(self.cid, self.bytes, self.sha2_256)
            }
            _ => VerifiedBlock::verify_with(self.cid, self.bytes, hasher).await,
        }
    }
}

/// A block whose bytes were hashed and found to be what its CID says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedBlock {
    cid: Cid,
    bytes: Bytes,
}

impl VerifiedBlock {
    /// Hashes `bytes` and compares with `cid`.
    ///
    /// # Errors
    /// [`BlockError::Mismatch`] or [`BlockError::UnsupportedHash`].
    pub fn verify(cid: Cid, bytes: impl Into<Bytes>) -> Result<Self, BlockError> {
        let bytes = bytes.into();
        let sha2_256 = (cid.hash().code() == SHA2_256).then(|| sha2::Sha256::digest(&bytes).into());
        Self::compare(cid, bytes, sha2_256)
    }

    /// As [`VerifiedBlock::verify`], with SHA2-256 computed by `hasher`: `crypto.subtle` in the browser, a
    /// thread pool natively. Only the digest function is replaced; the comparison is this one.
    ///
    /// # Errors
    /// [`BlockError::Mismatch`], [`BlockError::UnsupportedHash`] or [`BlockError::Part`].
    pub async fn verify_with(cid: Cid, bytes: Bytes, hasher: &dyn Hasher) -> Result<Self, BlockError> {
        if let Some(part) = part_for(cid) {
            parts::bring(part).await?;
        }
        let sha2_256 =
            if cid.hash().code() == SHA2_256 { Some(hasher.sha2_256(bytes.clone()).await) } else { None };
        Self::compare(cid, bytes, sha2_256)
    }

    /// The one place where bytes become a block. `sha2_256` is there whenever `cid` uses that function.
    fn compare(cid: Cid, bytes: Bytes, sha2_256: Option<[u8; 32]>) -> Result<Self, BlockError> {
        let multihash = *cid.hash();
        let matches = match multihash.code() {
            SHA2_256 => sha2_256.is_some_and(|digest| digest.as_slice() == multihash.digest()),
            // `verify_with` waits for it.
            BLAKE3 if !Part::Codecs.is_here() => {
                let reason = "nobody waited for it".to_owned();
                return Err(PartError { part: Part::Codecs, reason }.into());
            }
            BLAKE3 => {
                let mut digest = vec![0; multihash.size().into()];
                blake3::Hasher::new().update(&bytes).finalize_xof().fill(&mut digest);
                // A short digest proves little; 20 bytes is the shortest that go-verifcid accepts.
                digest.len() >= 20 && digest == multihash.digest()
            }
            #[cfg(feature = "more-codecs")]
            BLAKE2B_256 => blake2::Blake2b256::digest(&bytes).as_slice() == multihash.digest(),
            IDENTITY => bytes == multihash.digest(),
            code => return Err(BlockError::UnsupportedHash { cid, code }),
        };
        if matches {
            Ok(Self { cid, bytes })
        } else {
            Err(BlockError::Mismatch { cid, actual_bytes: bytes.len() })
        }
    }

    /// Bytes made here, named by their SHA2-256: the block proves itself because its CID is computed from it.
    #[must_use]
    pub fn seal(codec: u64, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { cid: Cid::of(codec, &bytes), bytes }
    }

    /// The block that an identity CID carries in itself, else `None`.
    #[must_use]
    pub fn inline(cid: Cid) -> Option<Self> {
        (cid.hash().code() == IDENTITY)
            .then(|| Self { cid, bytes: Bytes::copy_from_slice(cid.hash().digest()) })
    }

    /// The same bytes under another CID with the same multihash, else `None`. The hash proves the bytes;
    /// which codec they are read with is the link's business.
    #[must_use]
    pub fn under(&self, cid: Cid) -> Option<Self> {
        (self.cid.hash() == cid.hash()).then(|| Self { cid, bytes: self.bytes.clone() })
    }

    /// Which block this is.
    #[must_use]
    pub fn cid(&self) -> Cid {
        self.cid
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Its bytes, given away.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

/// The part of the program that hashes blocks of such CIDs, where it is one.
#[must_use]
pub fn part_for(cid: Cid) -> Option<Part> {
    (cid.hash().code() == BLAKE3).then_some(Part::Codecs)
}

/// How much of a DAG is wanted (`dag-scope` of IPIP-402).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DagScope {
    /// The block at the end of the path only.
    Block,
    /// The file with all its bytes, or the directory's own blocks.
    Entity,
    /// Everything below.
    #[default]
    All,
}

/// A byte range of an entity, `entity-bytes=from:to` of IPIP-402 (`to` inclusive, negative counts from the end).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntityBytes {
    /// The first byte.
    pub from: i64,
    /// The last byte, or to the end.
    pub to: Option<i64>,
}

/// What is asked of a source.
#[derive(Debug, Clone)]
pub enum Want {
    /// These blocks, in any order.
    Blocks(Vec<Cid>),
    /// The blocks on the way along `path` from `root`, and of what it leads to, as far as `scope` says.
    /// A source may answer in part; the rest is asked for as `Blocks`.
    Dag {
        /// Where the path begins.
        root: Cid,
        /// Names of directory entries.
        path: Vec<String>,
        /// How much of what the path leads to.
        scope: DagScope,
        /// Which bytes of the file.
        entity_bytes: Option<EntityBytes>,
    },
}

/// Why a source did not deliver. Absence proved by a directory is never one of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The source answered that it does not have the block (a gateway's 404): it may exist elsewhere.
    #[error("{origin} does not have block {cid}")]
    NotHere {
        /// The source's name.
        origin: String,
        /// The block.
        cid: Cid,
    },
    /// The source could not be asked, did not answer in time, or broke off.
    #[error("{origin} cannot be reached: {reason}")]
    Unreachable {
        /// The source's name.
        origin: String,
        /// What it said.
        reason: String,
    },
    /// The source delivered other bytes than the ones asked for.
    #[error("{origin} delivered wrong bytes for block {cid}")]
    Corrupt {
        /// The source's name.
        origin: String,
        /// The block.
        cid: Cid,
    },
    /// The source's answer is longer than a limit or not of the form that it must have.
    #[error("{origin} sent an answer that cannot be used: {reason}")]
    Malformed {
        /// The source's name.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Something that delivers blocks: a CAR file, a folder of blocks, a gateway, a peer.
///
/// What it returns is unverified. Dropping the stream cancels the request. A block that it does not
/// have is an item [`FetchError::NotHere`]; the stream ends when everything was answered.
pub trait BlockSource: MaybeSend + MaybeSync {
    /// What to call it in messages: a file name or an address.
    fn name(&self) -> &str;

    /// Starts to deliver `want`.
    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>>;
}

#[cfg(all(test, feature = "more-codecs"))]
mod tests {
    use super::*;

    /// `ipfs add --hash=blake2b-256 --raw-leaves --cid-version=1` of `hello`.
    #[test]
    fn blake2b_as_kubo_writes_it() {
        let cid: Cid = "bafk2bzacecj35tdotcbcchb6ynyizfn422n2vn53lhd7jpeezzrxxcffgs3yg".parse().unwrap();
        assert!(VerifiedBlock::verify(cid, b"hello\n".as_slice()).is_ok());
        let error = VerifiedBlock::verify(cid, b"hellO\n".as_slice()).unwrap_err();
        assert!(matches!(error, BlockError::Mismatch { .. }), "{error}");
    }
}
