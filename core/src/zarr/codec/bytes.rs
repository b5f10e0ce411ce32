//! `bytes`: <https://zarr-specs.readthedocs.io/en/latest/v3/codecs/bytes/index.html>.
//!
//! ```json
//! {"name": "bytes", "configuration": {"endian": "little"}}
//! ```
//!
//! In v2 the byte order is part of the dtype (`>f4`).

use serde_json::Value;

/// Elements one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes {
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
}

impl Bytes {
    /// From v3's configuration, where no `endian` means that there is nothing to order.
    ///
    /// # Errors
    /// An unknown byte order, in words.
    pub fn parse(configuration: &Value) -> Result<Self, String> {
        match configuration.get("endian").map(Value::as_str) {
            None | Some(Some("little")) => Ok(Self { big_endian: false }),
            Some(Some("big")) => Ok(Self { big_endian: true }),
            _ => Err(format!("bytes({configuration})")),
        }
    }

    /// Little-endian elements.
    #[must_use]
    pub fn decode(self, mut bytes: Vec<u8>, swap_bytes: usize) -> Vec<u8> {
        if self.big_endian {
            pinfold_codec::element::swap_bytes(&mut bytes, swap_bytes);
        }
        bytes
    }
}
