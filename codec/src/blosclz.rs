//! BloscLZ, the LZ77 variant of c-blosc (derived from FastLZ).
//!
//! A stream is a row of instructions. A byte below 32 is the number of literals that follow, less
//! one. Any other byte holds three bits of match length and five of distance, followed by more length
//! bytes where all three bits are set, and one more byte of distance; the largest distance is
//! followed by two bytes of far distance.

use crate::DecodeError;
use crate::copies::{self, STEP};

const FORMAT: &str = "blosclz";

/// Distances that do not fit in 13 bits begin here.
const MAX_DISTANCE: usize = 8191;

/// So many follow each other at most; where there is room, all of them are copied at once.
const MOST_LITERALS: usize = 32;

/// Decodes into `output` and returns how many bytes were written.
pub(crate) fn decode_into(input: &[u8], output: &mut [u8]) -> Result<usize, DecodeError> {
    let truncated = || DecodeError::Truncated { format: FORMAT, actual_bytes: input.len() };
    let capacity = output.len();
    let mut input_at = 0;
    let mut output_at = 0usize;
    // The upper three bits of the first instruction hold a version.
    let mut control = take(input, &mut input_at).ok_or_else(truncated)? & 31;
    loop {
        if control >= 32 {
            let mut length = (control >> 5) - 1;
            if length == 6 {
                loop {
                    let more = take(input, &mut input_at).ok_or_else(truncated)?;
                    length += more;
                    if length > capacity {
                        return Err(DecodeError::TooLarge { limit: capacity });
                    }
                    if more != 255 {
                        break;
                    }
                }
            }
            length += 3;
            let low = take(input, &mut input_at).ok_or_else(truncated)?;
            let mut distance = ((control & 31) << 8) + low;
            if distance == MAX_DISTANCE {
                let far = take(input, &mut input_at).ok_or_else(truncated)? << 8;
                distance += far + take(input, &mut input_at).ok_or_else(truncated)?;
            }
            let from = output_at
                .checked_sub(distance + 1)
                .ok_or_else(|| DecodeError::invalid(FORMAT, "a match begins before the first byte"))?;
            let end = output_at + length;
            if distance < 7 || length > STEP || !copies::twice(output, from, output_at) {
                copies::repeat(output, from, output_at, end)
                    .ok_or(DecodeError::TooLarge { limit: capacity })?;
            }
            output_at = end;
        } else {
            let count = control + 1;
            let most = input_at..input_at + MOST_LITERALS;
            if let (Some(literals), Some(target)) =
                (input.get(most), output.get_mut(output_at..output_at + MOST_LITERALS))
            {
                target.copy_from_slice(literals);
            } else {
                let literals = input.get(input_at..input_at + count).ok_or_else(truncated)?;
                let target = output.get_mut(output_at..output_at + count);
                target.ok_or(DecodeError::TooLarge { limit: capacity })?.copy_from_slice(literals);
            }
            input_at += count;
            output_at += count;
        }
        match take(input, &mut input_at) {
            Some(byte) => control = byte,
            None => return Ok(output_at),
        }
    }
}

#[inline]
fn take(input: &[u8], at: &mut usize) -> Option<usize> {
    let byte = *input.get(*at)?;
    *at += 1;
    Some(byte.into())
}
