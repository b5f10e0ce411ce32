//! BloscLZ, the LZ77 variant of c-blosc (derived from FastLZ).
//!
//! A stream is a row of instructions. A byte below 32 is the number of literals that follow, less
//! one. Any other byte holds three bits of match length and five of distance, followed by more length
//! bytes where all three bits are set, and one more byte of distance; the largest distance is
//! followed by two bytes of far distance.

use crate::DecodeError;

const FORMAT: &str = "blosclz";

/// Distances that do not fit in 13 bits begin here.
const MAX_DISTANCE: usize = 8191;

/// Decodes into `output` and returns how many bytes were written.
pub(crate) fn decode_into(input: &[u8], output: &mut [u8]) -> Result<usize, DecodeError> {
    let truncated = || DecodeError::Truncated { format: FORMAT, actual_bytes: input.len() };
    let capacity = output.len();
    let fits = |end: usize| match end > capacity {
        true => Err(DecodeError::TooLarge { limit: capacity }),
        false => Ok(()),
    };
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
            fits(output_at + length)?;
            copy_match(output, from, output_at, length);
            output_at += length;
        } else {
            let count = control + 1;
            let literals = input.get(input_at..input_at + count).ok_or_else(truncated)?;
            fits(output_at + count)?;
            if let Some(target) = output.get_mut(output_at..output_at + count) {
                target.copy_from_slice(literals);
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

/// Repeats `length` bytes from `from` at `to`; where the two overlap, what was just written is
/// repeated. Both ranges are inside of `output`.
#[inline]
fn copy_match(output: &mut [u8], from: usize, to: usize, length: usize) {
    let period = to - from;
    if period >= length {
        output.copy_within(from..from + length, to);
    } else if period == 1 {
        let byte = output[from];
        output[to..to + length].fill(byte);
    } else {
        // Each round doubles what is already there, a whole number of periods.
        let mut done = 0;
        while done < length {
            let step = (period + done).min(length - done);
            output.copy_within(from..from + step, to + done);
            done += step;
        }
    }
}
