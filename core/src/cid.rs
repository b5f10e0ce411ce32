//! Content identifiers: the [`Cid`] newtype.
//!
//! Specification: <https://github.com/multiformats/cid>. CIDv0 and CIDv1 in every multibase are read;
//! outside of blocks a CID is always written as CIDv1 base32. A CIDv0 and the CIDv1 of the same
//! dag-pb block are equal, hash alike and sort alike, so that no table ever holds one block twice.
//!
//! ```
//! use pinfold_core::cid::Cid;
//! let cid: Cid = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG".parse().unwrap();
//! assert_eq!(cid.to_string(), "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34");
//! ```

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::base;

/// The multicodec of raw bytes.
pub const RAW: u64 = 0x55;
/// The multicodec of dag-pb (UnixFS).
pub const DAG_PB: u64 = 0x70;
/// The multicodec of dag-cbor (CAR headers; never a dataset's block).
pub const DAG_CBOR: u64 = 0x71;
/// The multihash code of SHA2-256.
pub const SHA2_256: u64 = 0x12;
/// The multihash code of BLAKE2b with 32 bytes.
#[cfg(feature = "more-codecs")]
pub const BLAKE2B_256: u64 = 0xb220;
/// The multihash code of BLAKE3.
pub const BLAKE3: u64 = 0x1e;
/// The multihash code of "identity": the bytes are in the CID itself.
pub const IDENTITY: u64 = 0x00;

/// The multihash of a block, at most 64 bytes of digest.
pub type Multihash = multihash::Multihash<64>;

/// Why a text or bytes are not a CID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{input}` is not a CID: {reason}")]
pub struct CidError {
    /// What was read, shortened to 80 characters.
    pub input: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A content identifier. `Copy`; compares by codec and multihash, so CIDv0 equals its CIDv1.
#[derive(Clone, Copy)]
pub struct Cid(::cid::Cid);

impl Cid {
    /// A CIDv1 of `codec` and `multihash`.
    #[must_use]
    pub fn v1(codec: u64, multihash: Multihash) -> Self {
        Self(::cid::Cid::new_v1(codec, multihash))
    }

    /// The CIDv1 of `bytes` under SHA2-256.
    #[must_use]
    pub fn of(codec: u64, bytes: &[u8]) -> Self {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(bytes);
        let multihash = Multihash::wrap(SHA2_256, &digest).expect("32 bytes fit into a multihash of 64");
        Self::v1(codec, multihash)
    }

    /// Reads the binary form, which must fill `bytes` entirely.
    ///
    /// # Errors
    /// When the bytes are no CID, or more than one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CidError> {
        ::cid::Cid::try_from(bytes).map(Self).map_err(|error| CidError {
            input: base::encode(base::HEX, &bytes[..bytes.len().min(40)]),
            reason: error.to_string(),
        })
    }

    /// Reads a binary CID from the front of `bytes`; returns it with its length in bytes.
    ///
    /// # Errors
    /// When no CID begins there.
    pub fn read_prefix(bytes: &[u8]) -> Result<(Self, usize), CidError> {
        let mut rest = bytes;
        let cid = ::cid::Cid::read_bytes(&mut rest).map_err(|error| CidError {
            input: base::encode(base::HEX, &bytes[..bytes.len().min(40)]),
            reason: error.to_string(),
        })?;
        Ok((Self(cid), bytes.len() - rest.len()))
    }

    /// The binary form in the version that it was read in.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// The multicodec ([`RAW`], [`DAG_PB`], …).
    #[must_use]
    pub fn codec(self) -> u64 {
        self.0.codec()
    }

    /// The multihash.
    #[must_use]
    pub fn hash(&self) -> &Multihash {
        self.0.hash()
    }

    /// Whether this was read as CIDv0.
    #[must_use]
    pub fn is_v0(self) -> bool {
        self.0.version() == ::cid::Version::V0
    }

    /// The same block as CIDv1.
    #[must_use]
    pub fn to_v1(self) -> Self {
        Self::v1(self.codec(), *self.0.hash())
    }

    /// The same block as CIDv0, where one exists (dag-pb under SHA2-256).
    #[must_use]
    pub fn to_v0(self) -> Option<Self> {
        if self.codec() == DAG_PB && self.0.hash().code() == SHA2_256 {
            ::cid::Cid::new_v0(*self.0.hash()).ok().map(Self)
        } else {
            None
        }
    }

    /// The text in the version that it was read in (`Qm…` for CIDv0), for tools that show it as Kubo does.
    #[must_use]
    pub fn to_original_string(self) -> String {
        if self.is_v0() { base::encode_number(base::BASE58, &self.0.to_bytes()) } else { self.to_string() }
    }

    /// The first and last characters, for messages: `bafybeib…uvejh6e`.
    #[must_use]
    pub fn short(self) -> String {
        let text = self.to_string();
        if text.len() <= 20 {
            return text;
        }
        format!("{}…{}", &text[..8], &text[text.len() - 6..])
    }
}

impl PartialEq for Cid {
    fn eq(&self, other: &Self) -> bool {
        self.codec() == other.codec() && self.0.hash() == other.0.hash()
    }
}
impl Eq for Cid {}
impl Hash for Cid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.codec().hash(state);
        self.0.hash().hash(state);
    }
}
impl PartialOrd for Cid {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Cid {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.codec(), self.0.hash()).cmp(&(other.codec(), other.0.hash()))
    }
}
impl fmt::Display for Cid {
    /// CIDv1 base32, whatever it was read as.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("b")?;
        f.write_str(&base::encode(base::BASE32, &self.to_v1().0.to_bytes()))
    }
}
impl fmt::Debug for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl FromStr for Cid {
    type Err = CidError;

    /// Reads CIDv0 or CIDv1 in any multibase, what is in front of `/ipfs/` set aside. Without the feature
    /// `every-multibase` the rarer bases (base8, base10, base45, emoji, …) are refused.
    fn from_str(text: &str) -> Result<Self, CidError> {
        from_text(text.trim())
            .map(Self)
            .map_err(|error| CidError { input: text.chars().take(80).collect(), reason: error.to_string() })
    }
}

fn from_text(text: &str) -> Result<::cid::Cid, ::cid::Error> {
    let text = text.split_once("/ipfs/").map_or(text, |(_, rest)| rest);
    // As the specification decodes it: 46 characters from `Qm` on are a CIDv0, else the first one names the base.
    if text.len() == 46 && text.starts_with("Qm") {
        let bytes = base::decode_number(base::BASE58, text).ok_or(::cid::Error::ParsingError)?;
        return ::cid::Cid::try_from(bytes.as_slice());
    }
    if text.len() < 2 {
        return Err(::cid::Error::InputTooShort);
    }
    let bytes = match text.split_at_checked(1) {
        Some(("b", rest)) => base::decode(base::BASE32, rest),
        Some(("B", rest)) => base::decode(base::BASE32, &only_upper(rest)),
        Some(("f", rest)) => base::decode(base::HEX, rest),
        Some(("F", rest)) => base::decode(base::HEX, &only_upper(rest)),
        Some(("k" | "K", rest)) => base::decode_number(base::BASE36, &rest.to_ascii_lowercase()),
        Some(("z", rest)) => base::decode_number(base::BASE58, rest),
        Some(("m", rest)) => base::decode(base::BASE64, rest),
        Some(("u", rest)) => base::decode(base::BASE64_URL, rest),
        _ => return rare(text),
    };
    let bytes = bytes.ok_or(::cid::Error::ParsingError)?;
    ::cid::Cid::try_from(bytes.as_slice())
}

/// Capital letters in lower case; what was no capital letter or digit becomes what no base has.
fn only_upper(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_lowercase() { '!' } else { c.to_ascii_lowercase() }).collect()
}

#[cfg(feature = "every-multibase")]
fn rare(text: &str) -> Result<::cid::Cid, ::cid::Error> {
    ::cid::Cid::from_str(text)
}

#[cfg(not(feature = "every-multibase"))]
fn rare(_text: &str) -> Result<::cid::Cid, ::cid::Error> {
    Err(::cid::Error::ParsingError)
}
impl Serialize for Cid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Cid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
