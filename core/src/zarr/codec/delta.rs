//! `delta`: differences of neighbours. <https://numcodecs.readthedocs.io/en/stable/filter/delta.html>
//!
//! ```json
//! {"id": "delta", "dtype": "<i4", "astype": "<i2"}
//! ```

use pinfold_codec::element::{self, Number};

/// Elements of type `decoded` stored as differences of type `stored`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delta {
    /// The type of the elements.
    pub decoded: Number,
    /// The type of their differences.
    pub stored: Number,
}

impl Delta {
    /// Running sums.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Vec<u8> {
        element::undo_delta(bytes, self.stored, self.decoded)
    }
}
