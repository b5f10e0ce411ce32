//! `crc32c` and its relatives: four bytes of checksum, compared and taken off.
//!
//! `crc32c` <https://zarr-specs.readthedocs.io/en/latest/v3/codecs/crc32c/index.html> puts them at the
//! end; numcodecs' `crc32`, `adler32` and `crc32c` put them in front unless `location` says `end`.
//!
//! ```json
//! {"name": "crc32c"}
//! {"id": "crc32", "location": "start"}
//! ```

use std::borrow::Cow;

use pinfold_codec::{DecodeError, crc};
use serde_json::Value;

/// Takes the Castagnoli checksum off the end.
///
/// # Errors
/// [`DecodeError`] where it is missing or another one.
pub fn strip(bytes: Cow<'_, [u8]>) -> Result<Cow<'_, [u8]>, DecodeError> {
    Checksum { algorithm: Algorithm::Crc32c, at_end: true }.strip(bytes)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Crc32c,
    Crc32,
    Adler32,
}

/// A checksum as numcodecs writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum {
    algorithm: Algorithm,
    at_end: bool,
}

impl Checksum {
    /// From numcodecs' name and configuration; `None` for another codec.
    #[must_use]
    pub fn parse(name: &str, configuration: &Value) -> Option<Self> {
        let (algorithm, end_by_default) = match name {
            "crc32c" => (Algorithm::Crc32c, true),
            "crc32" => (Algorithm::Crc32, false),
            "adler32" => (Algorithm::Adler32, false),
            _ => return None,
        };
        let at_end = match configuration.get("location").and_then(Value::as_str) {
            Some("end") => true,
            Some(_) => false,
            None => end_by_default,
        };
        Some(Self { algorithm, at_end })
    }

    /// Compares the checksum and takes it off.
    ///
    /// # Errors
    /// [`DecodeError`] where it is missing or another one.
    pub fn strip(self, bytes: Cow<'_, [u8]>) -> Result<Cow<'_, [u8]>, DecodeError> {
        let format = self.name();
        let split =
            bytes.len().checked_sub(4).ok_or(DecodeError::Truncated { format, actual_bytes: bytes.len() })?;
        let (content, stored) =
            if self.at_end { (&bytes[..split], &bytes[split..]) } else { (&bytes[4..], &bytes[..4]) };
        let actual = match self.algorithm {
            Algorithm::Crc32c => crc::crc32c(content),
            Algorithm::Crc32 => crc::crc32(content),
            Algorithm::Adler32 => adler32(content),
        };
        if stored != actual.to_le_bytes() {
            return Err(DecodeError::Invalid { format, reason: "the checksum is another one".to_owned() });
        }
        let range = if self.at_end { 0..split } else { 4..bytes.len() };
        Ok(match bytes {
            Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[range]),
            Cow::Owned(mut bytes) => {
                bytes.truncate(range.end);
                bytes.drain(..range.start);
                Cow::Owned(bytes)
            }
        })
    }

    /// numcodecs' name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.algorithm {
            Algorithm::Crc32c => "crc32c",
            Algorithm::Crc32 => "crc32",
            Algorithm::Adler32 => "adler32",
        }
    }
}

/// Adler-32 (RFC 1950, section 8).
fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65521;
    let (mut a, mut b) = (1u32, 0u32);
    // 5552 is the most bytes whose sums fit in 32 bits.
    for chunk in bytes.chunks(5552) {
        for byte in chunk {
            a += u32::from(*byte);
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    b << 16 | a
}
