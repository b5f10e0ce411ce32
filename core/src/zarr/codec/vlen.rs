//! `vlen-utf8`, `vlen-bytes` and `vlen-array` of single bytes: texts and bytes of any length.
//! <https://numcodecs.readthedocs.io/en/stable/other/vlen.html>
//!
//! ```json
//! {"name": "vlen-utf8"}
//! ```
//!
//! A count of 32 bits, then for each element its length in 32 bits and its bytes, little-endian.

use pinfold_codec::DecodeError;

use super::Elements;
use crate::zarr::dtype::DataType;

const FORMAT: &str = "vlen";

/// Decodes `count` elements.
pub(crate) fn decode(bytes: &[u8], data_type: &DataType, count: usize) -> Result<Elements, DecodeError> {
    let truncated = || DecodeError::Truncated { format: FORMAT, actual_bytes: bytes.len() };
    let (stored_count, mut rest) = bytes.split_first_chunk::<4>().ok_or_else(truncated)?;
    let stored_count = u32::from_le_bytes(*stored_count) as usize;
    if stored_count != count {
        return Err(DecodeError::Invalid {
            format: FORMAT,
            reason: format!("{stored_count} elements, {count} expected"),
        });
    }
    // Each element takes at least the four bytes of its length.
    if count > rest.len() / 4 {
        return Err(truncated());
    }
    let mut next = || {
        let (length, after) = rest.split_first_chunk::<4>().ok_or_else(truncated)?;
        let (item, after) =
            after.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(truncated)?;
        rest = after;
        Ok(item)
    };
    Ok(if *data_type == DataType::Blob {
        Elements::Blob((0..count).map(|_| next().map(<[u8]>::to_vec)).collect::<Result<_, _>>()?)
    } else {
        let text = |item: &[u8]| String::from_utf8_lossy(item).into_owned();
        Elements::Text((0..count).map(|_| next().map(text)).collect::<Result<_, _>>()?)
    })
}
