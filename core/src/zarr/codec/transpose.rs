//! `transpose`: <https://zarr-specs.readthedocs.io/en/latest/v3/codecs/transpose/index.html>.
//!
//! ```json
//! {"name": "transpose", "configuration": {"order": [1, 0]}}
//! ```
//!
//! v2's order `F` is the reversal of all dimensions.

use pinfold_codec::strided::{self, Layout};
use serde_json::Value;

use super::Elements;

/// Dimension `i` of the stored elements is dimension `order[i]` of the array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transpose {
    order: Vec<usize>,
}

impl Transpose {
    /// All dimensions reversed.
    #[must_use]
    pub fn reversed(dimensions: usize) -> Self {
        Self { order: (0..dimensions).rev().collect() }
    }

    /// From v3's configuration.
    ///
    /// # Errors
    /// An order that is no permutation of the dimensions, in words.
    pub fn parse(configuration: &Value, dimensions: usize) -> Result<Self, String> {
        let wrong = || format!("transpose({configuration}) of {dimensions} dimensions");
        let order = match configuration.get("order") {
            Some(Value::String(name)) if name == "C" => return Ok(Self { order: (0..dimensions).collect() }),
            Some(Value::String(name)) if name == "F" => return Ok(Self::reversed(dimensions)),
            Some(Value::Array(order)) => order,
            _ => return Err(wrong()),
        };
        let order: Vec<usize> = order
            .iter()
            .map(|dimension| dimension.as_u64().and_then(|dimension| usize::try_from(dimension).ok()))
            .collect::<Option<_>>()
            .ok_or_else(wrong)?;
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..dimensions) {
            return Err(wrong());
        }
        Ok(Self { order })
    }

    /// The shape that is stored.
    #[must_use]
    pub fn encoded_shape(&self, shape: &[usize]) -> Vec<usize> {
        self.order.iter().map(|dimension| shape[*dimension]).collect()
    }

    /// `transpose(1, 0)`.
    #[must_use]
    pub fn describe(&self) -> String {
        let order: Vec<String> = self.order.iter().map(usize::to_string).collect();
        format!("transpose({})", order.join(", "))
    }

    /// Elements of `shape` in C order.
    pub(crate) fn decode(&self, elements: Elements, shape: &[usize], item_bytes: usize) -> Elements {
        if shape.contains(&0) || self.order.is_sorted() {
            return elements;
        }
        match elements {
            Elements::Fixed(bytes) => {
                let mut output = vec![0; bytes.len()];
                self.copy(shape, item_bytes, &bytes, &mut output);
                Elements::Fixed(output)
            }
            Elements::Text(texts) => Elements::Text(self.permute(texts, shape)),
            Elements::Blob(blobs) => Elements::Blob(self.permute(blobs, shape)),
        }
    }

    fn copy(&self, shape: &[usize], item_bytes: usize, source: &[u8], target: &mut [u8]) {
        let stored = c_strides(&self.encoded_shape(shape), item_bytes);
        let mut from = vec![0; shape.len()];
        for (stride, dimension) in stored.into_iter().zip(&self.order) {
            from[*dimension] = stride;
        }
        let from = Layout { offset: 0, strides: from };
        let to = Layout { offset: 0, strides: c_strides(shape, item_bytes) };
        strided::copy(source, &from, target, &to, shape, item_bytes);
    }

    fn permute<T: Default>(&self, mut items: Vec<T>, shape: &[usize]) -> Vec<T> {
        // Where each element comes from is found by transposing the indices.
        let indices: Vec<u8> = (0..items.len() as u64).flat_map(u64::to_le_bytes).collect();
        let mut sources = vec![0; indices.len()];
        self.copy(shape, 8, &indices, &mut sources);
        let sources = pinfold_codec::element::u64s(&sources);
        sources.into_iter().map(|source| std::mem::take(&mut items[source as usize])).collect()
    }
}

/// Bytes from one index to the next in C order.
pub(crate) fn c_strides(shape: &[usize], item_bytes: usize) -> Vec<usize> {
    let mut strides = vec![item_bytes; shape.len()];
    for dimension in (1..shape.len()).rev() {
        strides[dimension - 1] = strides[dimension] * shape[dimension];
    }
    strides
}
