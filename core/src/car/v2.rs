//! [`Payload`]: the CARv1 inside a CARv2, <https://ipld.io/specs/transport/car/carv2/>.
//!
//! Eleven bytes that read as the header of a CARv1 of version 2, 16 of characteristics, then offset and size of the
//! CARv1 and the offset of an index, each 8 bytes, little-endian. The index is not used: it is a claim.

use super::CarError;

/// How a CARv2 begins.
const PRAGMA: [u8; 11] = *b"\x0a\xa1gversion\x02";

/// Where the CARv1 lies in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload {
    /// Its first byte.
    pub offset_bytes: u64,
    /// The byte after its last.
    pub end_bytes: u64,
}

impl Payload {
    /// What [`Payload::find`] must see of a file.
    pub const HEAD_BYTES: usize = 51;

    /// Reads the front of a file of `file_bytes`. A CARv1 is its own payload.
    ///
    /// # Errors
    /// When it is a CARv2 whose header is damaged, or that is cut off.
    pub fn find(front: &[u8], file_bytes: u64) -> Result<Self, CarError> {
        let Some(rest) = front.strip_prefix(&PRAGMA) else {
            return Ok(Self { offset_bytes: 0, end_bytes: file_bytes });
        };
        let truncated = CarError::Truncated { offset_bytes: 0, length_bytes: file_bytes };
        let number = |at: usize| {
            let bytes = rest.get(at..at + 8)?.try_into().ok()?;
            Some(u64::from_le_bytes(bytes))
        };
        let (Some(offset_bytes), Some(size_bytes)) = (number(16), number(24)) else { return Err(truncated) };
        if offset_bytes < Self::HEAD_BYTES as u64 {
            let reason = format!("a CARv2 whose data begin at byte {offset_bytes}, inside its own header");
            return Err(CarError::Header { reason });
        }
        match offset_bytes.checked_add(size_bytes) {
            Some(end_bytes) if end_bytes <= file_bytes => Ok(Self { offset_bytes, end_bytes }),
            _ => Err(truncated),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(offset: u64, size: u64) -> Vec<u8> {
        let mut bytes = PRAGMA.to_vec();
        bytes.extend([0; 16]);
        for number in [offset, size, 0] {
            bytes.extend(number.to_le_bytes());
        }
        assert_eq!(bytes.len(), Payload::HEAD_BYTES);
        bytes
    }

    #[test]
    fn where_the_data_are() {
        let find = |bytes: &[u8], size| Payload::find(bytes, size);
        assert_eq!(find(&head(60, 100), 200), Ok(Payload { offset_bytes: 60, end_bytes: 160 }));
        assert_eq!(find(b"\x3a\xa2eroots", 200), Ok(Payload { offset_bytes: 0, end_bytes: 200 }));
        let error = |bytes: &[u8], size| find(bytes, size).unwrap_err().to_string();
        assert!(error(&head(10, 100), 200).contains("inside its own header"));
        for (offset, size) in [(60, 141), (u64::MAX, 2), (60, u64::MAX)] {
            assert!(error(&head(offset, size), 200).contains("truncated"));
        }
        assert!(error(&head(60, 100)[..40], 40).contains("truncated"));
    }
}
