//! `shuffle`: bytes of equal significance together.
//! <https://numcodecs.readthedocs.io/en/stable/filter/shuffle.html>
//!
//! ```json
//! {"id": "shuffle", "elementsize": 4}
//! ```

use pinfold_codec::{DecodeError, Expect, zeroed};
use serde_json::Value;

/// The filter with its element size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shuffle {
    type_bytes: usize,
}

impl Shuffle {
    /// From the configuration; numcodecs' default element size is 4.
    ///
    /// # Errors
    /// An element size of 0 or beyond reason, in words.
    pub fn parse(configuration: &Value) -> Result<Self, String> {
        let size = configuration.get("elementsize").map_or(Some(4), Value::as_u64);
        match size.and_then(|size| usize::try_from(size).ok()) {
            Some(type_bytes @ 1..=0xffff) => Ok(Self { type_bytes }),
            _ => Err(format!("shuffle({configuration})")),
        }
    }

    /// The bytes in their order again.
    ///
    /// # Errors
    /// [`DecodeError`] where the size is not the expected one.
    pub fn decode(self, bytes: &[u8], expect: Expect) -> Result<Vec<u8>, DecodeError> {
        expect.check(bytes.len())?;
        let mut output = zeroed(bytes.len())?;
        pinfold_codec::shuffle::unshuffle(bytes, &mut output, self.type_bytes);
        Ok(output)
    }
}
