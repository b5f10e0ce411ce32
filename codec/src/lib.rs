//! The hot loops of chunk decoding and of long lines, apart from core so that they are compiled for speed.
//!
//! Cargo's `opt-level` is set per package: what the browser loads is built for size (`z`), at which
//! blosc decodes at a thirtieth of its speed. So everything that touches each byte of a chunk is in
//! this crate (`opt-level = 3` in every profile), none of it generic over types of core's; what a
//! codec is called, how it is configured and in which order codecs run is core's `zarr` module.
//!
//! Nothing here trusts a length: the caller says how large the result is ([`Expect`]), what a stream
//! declares is only compared with it, and every failure is a [`DecodeError`], never a panic.

pub mod blosc;
mod blosclz;
#[cfg(feature = "more-codecs")]
pub mod bz2;
mod copies;
pub mod crc;
pub mod deflate;
pub mod element;
pub mod line;
pub mod lz4;
pub mod parts;
pub mod shuffle;
pub mod strided;
pub mod values;
pub mod zstd;

/// How large the decoded bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Exactly so many bytes; anything else is an error.
    Exact(usize),
    /// Not known, but no more than so many bytes.
    AtMost(usize),
}

impl Expect {
    /// The most bytes that may come out.
    #[must_use]
    pub fn limit(self) -> usize {
        match self {
            Self::Exact(bytes) | Self::AtMost(bytes) => bytes,
        }
    }

    /// Accepts `actual` bytes, or says what is wrong with them.
    ///
    /// # Errors
    /// [`DecodeError::WrongSize`] or [`DecodeError::TooLarge`].
    pub fn check(self, actual: usize) -> Result<(), DecodeError> {
        match self {
            Self::Exact(expected) if actual != expected => Err(DecodeError::WrongSize { expected, actual }),
            Self::AtMost(limit) if actual > limit => Err(DecodeError::TooLarge { limit }),
            _ => Ok(()),
        }
    }
}

/// Why bytes could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end before the stream does.
    #[error("{format}: cut off after {actual_bytes} bytes")]
    Truncated {
        /// Which format.
        format: &'static str,
        /// How many bytes there are.
        actual_bytes: usize,
    },
    /// The bytes are not a stream of this format.
    #[error("{format}: {reason}")]
    Invalid {
        /// Which format.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A stream inside is of a kind that is not supported.
    #[error("{format}: {what} is not supported")]
    Unsupported {
        /// Which format.
        format: &'static str,
        /// What is not supported.
        what: &'static str,
    },
    /// Decoding gives another number of bytes than the chunk has.
    #[error("decodes to {actual} bytes, {expected} expected")]
    WrongSize {
        /// What the chunk's shape and type say.
        expected: usize,
        /// What came out, or what the stream declares.
        actual: usize,
    },
    /// Decoding gives more bytes than the chunk has, or than are allowed.
    #[error("decodes to more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// What decodes it is in a part of the program that was not loaded.
    #[error("the part that {} was not loaded", .0.purpose())]
    Elsewhere(parts::Part),
    /// There is not enough memory for the result.
    #[error("no memory for {bytes} bytes")]
    NoMemory {
        /// How many were needed.
        bytes: usize,
    },
}

impl DecodeError {
    fn invalid(format: &'static str, reason: impl ToString) -> Self {
        Self::Invalid { format, reason: reason.to_string() }
    }
}

/// `bytes` zeros, or an error where the memory does not suffice (in the browser an abort would take
/// the page's worker with it).
///
/// # Errors
/// [`DecodeError::NoMemory`].
pub fn zeroed(bytes: usize) -> Result<Vec<u8>, DecodeError> {
    // `vec![0; n]` asks the allocator for zero pages, which costs nothing until they are touched, but
    // aborts on failure; so large sizes are tried first and given back.
    if bytes > 16 << 20 {
        Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| DecodeError::NoMemory { bytes })?;
    }
    Ok(vec![0; bytes])
}

/// Makes `bytes` so long, with zeros.
fn grow(bytes: &mut Vec<u8>, length: usize) -> Result<(), DecodeError> {
    bytes
        .try_reserve_exact(length.saturating_sub(bytes.len()))
        .map_err(|_| DecodeError::NoMemory { bytes: length })?;
    bytes.resize(length, 0);
    Ok(())
}
