//! `fixedscaleoffset`: numbers as scaled integers.
//! <https://numcodecs.readthedocs.io/en/stable/filter/fixedscaleoffset.html>
//!
//! ```json
//! {"id": "fixedscaleoffset", "scale": 10, "offset": 1000, "dtype": "<f8", "astype": "|u1"}
//! ```

use pinfold_codec::element::{self, Number};
use serde_json::Value;

use crate::zarr::json;

/// `stored = round((value - offset) * scale)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedScaleOffset {
    /// The type of the elements.
    pub decoded: Number,
    /// The type they are stored in.
    pub stored: Number,
    /// Factor.
    pub scale: f64,
    /// What is subtracted first.
    pub offset: f64,
}

impl FixedScaleOffset {
    /// From the configuration.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn parse(configuration: &Value, decoded: Number, stored: Number) -> Result<Self, String> {
        let number = |name: &str| {
            configuration.get(name).and_then(json::number).ok_or(format!("fixedscaleoffset without {name}"))
        };
        Ok(Self { decoded, stored, scale: number("scale")?, offset: number("offset")? })
    }

    /// `stored / scale + offset`.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Vec<u8> {
        element::undo_scale_offset(bytes, self.stored, self.decoded, self.scale, self.offset)
    }
}
