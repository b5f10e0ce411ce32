//! CARv1: a stream of blocks with a list of roots in front.
//!
//! [`CarReader`] takes bytes as they come and gives sections as soon as they are whole; [`write_header`]
//! and [`write_section`] make them. Specification: <https://ipld.io/specs/transport/car/carv1/>.
//!
//! A file that is a CARv2 holds a CARv1: [`Payload`] says where.
//!
//! Not supported: CARv2 in a stream (refused by name), sections of zero length (padding), other header keys than
//! `version` and `roots`. The roots in a header are a claim that nothing here relies on.
//!
//! ```
//! use pinfold_core::block::{Limits, VerifiedBlock};
//! use pinfold_core::car::{CarReader, write_header, write_section};
//! let block = VerifiedBlock::inline("bafkqabtimvwgy3yk".parse().unwrap()).unwrap();
//! let mut car = write_header(&[block.cid()]);
//! write_section(&mut car, &block);
//!
//! let mut reader = CarReader::new(Limits::default());
//! reader.push(car);
//! reader.end();
//! assert_eq!(reader.next_block().unwrap(), Some(block));
//! assert_eq!(reader.next_block().unwrap(), None);
//! ```

mod header;
mod reader;
mod v2;

pub use header::CarHeader;
pub use reader::{CarReader, CarSection};
pub use v2::Payload;

use crate::block::{BlockError, Limits, VerifiedBlock};
use crate::cid::{Cid, CidError};

/// Why bytes are not a CAR that can be used. Offsets count from the CAR's first byte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CarError {
    /// The bytes end inside the header or a section.
    #[error(
        "the CAR is truncated: it ends at byte {length_bytes}, inside the section at byte {offset_bytes}"
    )]
    Truncated {
        /// Where the unfinished section begins.
        offset_bytes: u64,
        /// How many bytes there are.
        length_bytes: u64,
    },
    /// The header is not a CARv1 header.
    #[error("not a CARv1 file: {reason}")]
    Header {
        /// What is wrong with it.
        reason: String,
    },
    /// A section or the header is longer than a limit.
    #[error(
        "the section at byte {offset_bytes} claims {actual_bytes} bytes, more than the limit of {limit_bytes}"
    )]
    TooLarge {
        /// Where it begins.
        offset_bytes: u64,
        /// What it claims.
        actual_bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// A section is not a length, a CID and bytes.
    #[error("the section at byte {offset_bytes} is damaged: {reason}")]
    Section {
        /// Where it begins.
        offset_bytes: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The bytes of a section do not match its CID.
    #[error("the section at byte {offset_bytes} is corrupt: {source}")]
    Block {
        /// Where it begins.
        offset_bytes: u64,
        /// How they differ.
        source: BlockError,
    },
}

impl CarError {
    fn section(offset_bytes: u64, error: &CidError) -> Self {
        Self::Section { offset_bytes, reason: error.to_string() }
    }
}

/// The header of a CAR with these roots, length in front.
#[must_use]
pub fn write_header(roots: &[Cid]) -> Vec<u8> {
    let body = header::encode(roots);
    let mut out = Vec::with_capacity(body.len() + 2);
    write_varint(&mut out, body.len() as u64);
    out.extend_from_slice(&body);
    out
}

/// Appends one block.
pub fn write_section(out: &mut Vec<u8>, block: &VerifiedBlock) {
    out.reserve(block.bytes().len() + 48);
    out.extend_from_slice(&section_head(block.cid(), block.bytes().len()));
    out.extend_from_slice(block.bytes());
}

/// What stands before the `length_bytes` bytes of block `cid`: lets a server send a section without copying it.
#[must_use]
pub fn section_head(cid: Cid, length_bytes: usize) -> Vec<u8> {
    let cid = cid.to_bytes();
    let mut out = Vec::with_capacity(cid.len() + 5);
    write_varint(&mut out, (cid.len() + length_bytes) as u64);
    out.extend_from_slice(&cid);
    out
}

/// What stands before a block in a CAR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionHead {
    /// What the section says it is.
    pub cid: Cid,
    /// How many bytes stand before the block's bytes.
    pub head_bytes: u64,
    /// How many bytes the block has.
    pub body_bytes: u64,
}

impl SectionHead {
    /// No head is longer: a length and the longest CID that anything here can read.
    pub const MAX_BYTES: usize = 10 + reader::MAX_CID_BYTES as usize;

    /// Reads the head at the front of `bytes`, which must hold [`Self::MAX_BYTES`] or all that is left of the
    /// CAR. Lets an index of a large file be made without reading the blocks.
    ///
    /// # Errors
    /// When it is damaged, truncated or the block is larger than `limits` allow.
    pub fn parse(bytes: &[u8], offset_bytes: u64, limits: &Limits) -> Result<Self, CarError> {
        let reason = |reason: &str| CarError::Section { offset_bytes, reason: reason.to_owned() };
        let (length, length_bytes) =
            read_varint(bytes).map_err(reason)?.ok_or_else(|| reason("its length is cut off"))?;
        if length == 0 {
            return Err(reason("its length is zero"));
        }
        let rest = &bytes[length_bytes..];
        let rest = &rest[..rest.len().min(usize::try_from(length).unwrap_or(usize::MAX))];
        let (cid, cid_bytes) =
            Cid::read_prefix(rest).map_err(|error| CarError::section(offset_bytes, &error))?;
        let body_bytes = length - cid_bytes as u64;
        if body_bytes > limits.block_bytes {
            let (actual_bytes, limit_bytes) = (body_bytes, limits.block_bytes);
            return Err(CarError::TooLarge { offset_bytes, actual_bytes, limit_bytes });
        }
        Ok(Self { cid, head_bytes: (length_bytes + cid_bytes) as u64, body_bytes })
    }
}

/// Reads the header at the front of `bytes`: it and its length with the number in front. `None` when
/// `bytes` end inside it.
///
/// # Errors
/// When it is not a CARv1 header, or longer than `limits` allow.
pub fn read_header(bytes: &[u8], limits: &Limits) -> Result<Option<(CarHeader, u64)>, CarError> {
    let reason = |reason: &str| CarError::Header { reason: reason.to_owned() };
    let Some((length, length_bytes)) = read_varint(bytes).map_err(reason)? else { return Ok(None) };
    if length > limits.car_header_bytes {
        let limit_bytes = limits.car_header_bytes;
        return Err(CarError::TooLarge { offset_bytes: 0, actual_bytes: length, limit_bytes });
    }
    let end = length_bytes + length as usize;
    let Some(body) = bytes.get(length_bytes..end) else { return Ok(None) };
    Ok(Some((header::decode(body)?, end as u64)))
}

pub(crate) fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads an unsigned varint from the front of `bytes`: its value and length. `Ok(None)` when `bytes` end inside it.
pub(crate) fn read_varint(bytes: &[u8]) -> Result<Option<(u64, usize)>, &'static str> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        if index == 9 && *byte > 1 {
            return Err("a number does not fit in 64 bits");
        }
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some((value, index + 1)));
        }
    }
    if bytes.len() >= 10 { Err("a number does not fit in 64 bits") } else { Ok(None) }
}
