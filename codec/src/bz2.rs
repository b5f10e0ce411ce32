//! bzip2 streams, one or more, by `bzip2` on `libbz2-rs-sys`. Natively only (feature `more-codecs`).
//!
//! A decoder holds at most 4 MB, whatever a stream says.

use std::io::{self, Read};

use bzip2::read::MultiBzDecoder;

use crate::{DecodeError, Expect};

const FORMAT: &str = "bz2";

/// Decodes streams one after the other; their checksums are compared.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode(input: &[u8], expect: Expect) -> Result<Vec<u8>, DecodeError> {
    let mut output = Vec::new();
    // One byte more than there may be shows that there is more.
    let limit = (expect.limit() as u64).saturating_add(1);
    match MultiBzDecoder::new(input).take(limit).read_to_end(&mut output) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return Err(DecodeError::Truncated { format: FORMAT, actual_bytes: input.len() });
        }
        Err(error) => return Err(DecodeError::invalid(FORMAT, error)),
    }
    expect.check(output.len())?;
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numcodecs.BZ2(level=1).encode(bytes(range(10)) * 30)`
    const ENCODED: &[u8] = &[
        0x42, 0x5a, 0x68, 0x31, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0x43, 0x91, 0x2a, 0xfb, 0x0, 0x0, 0xe,
        0xc0, 0x0, 0x7f, 0xe0, 0x20, 0x0, 0x54, 0x40, 0xc, 0x4, 0xd5, 0x50, 0xc2, 0x67, 0x21, 0xe4, 0x3d,
        0x87, 0xd0, 0xc4, 0x33, 0xd, 0x43, 0x70, 0xfe, 0x1c, 0x83, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0x43,
        0x91, 0x2a, 0xfb,
    ];

    #[test]
    fn what_numcodecs_wrote() {
        let expected: Vec<u8> = (0..10).collect::<Vec<u8>>().repeat(30);
        assert_eq!(decode(ENCODED, Expect::Exact(300)).as_deref(), Ok(expected.as_slice()));
        assert_eq!(decode(ENCODED, Expect::AtMost(300)).as_deref(), Ok(expected.as_slice()));
        let twice = [ENCODED, ENCODED].concat();
        assert_eq!(decode(&twice, Expect::Exact(600)).map(|bytes| bytes.len()), Ok(600));
    }

    #[test]
    fn what_is_wrong() {
        assert_eq!(decode(ENCODED, Expect::AtMost(299)), Err(DecodeError::TooLarge { limit: 299 }));
        assert!(matches!(decode(ENCODED, Expect::Exact(301)), Err(DecodeError::WrongSize { .. })));
        for cut in 1..ENCODED.len() {
            assert!(decode(&ENCODED[..cut], Expect::AtMost(300)).is_err(), "{cut}");
        }
        for at in 0..ENCODED.len() {
            let mut damaged = ENCODED.to_vec();
            damaged[at] ^= 0x10;
            assert_ne!(decode(&damaged, Expect::Exact(300)), decode(ENCODED, Expect::Exact(300)), "{at}");
        }
    }
}
