//! LZ4 blocks by `lz4_flex`, with the four bytes in front that numcodecs writes: the decoded length,
//! little-endian.

use crate::{DecodeError, Expect, zeroed};

const FORMAT: &str = "lz4";

/// Decodes a length and a block.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode(input: &[u8], expect: Expect) -> Result<Vec<u8>, DecodeError> {
    let (length, block) = input
        .split_first_chunk::<4>()
        .ok_or(DecodeError::Truncated { format: FORMAT, actual_bytes: input.len() })?;
    let length = usize::try_from(u32::from_le_bytes(*length))
        .map_err(|_| DecodeError::TooLarge { limit: expect.limit() })?;
    expect.check(length)?;
    let mut output = zeroed(length)?;
    decode_into(block, &mut output)?;
    Ok(output)
}

/// Fills `output` from a block.
pub(crate) fn decode_into(block: &[u8], output: &mut [u8]) -> Result<(), DecodeError> {
    let actual = lz4_flex::block::decompress_into(block, output)
        .map_err(|error| DecodeError::invalid(FORMAT, error))?;
    Expect::Exact(output.len()).check(actual)
}
