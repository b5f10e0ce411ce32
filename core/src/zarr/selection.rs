//! [`Selection`]: which elements of an array, and how a selection falls on a grid of chunks.

use std::fmt;

use super::ZarrError;

/// Elements `start`, `start + stride`, … (`shape` of them) in each dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// First index in each dimension.
    pub start: Vec<u64>,
    /// How many elements in each dimension; this is the result's shape.
    pub shape: Vec<u64>,
    /// Steps between them, at least 1.
    pub stride: Vec<u64>,
}

impl Selection {
    /// All of an array of this shape.
    #[must_use]
    pub fn all(shape: &[u64]) -> Self {
        Self::new(vec![0; shape.len()], shape.to_vec())
    }

    /// A block.
    #[must_use]
    pub fn new(start: Vec<u64>, shape: Vec<u64>) -> Self {
        let stride = vec![1; start.len()];
        Self { start, shape, stride }
    }

    /// The same with only every `stride`-th element of dimension `dimension`, over the same extent.
    #[must_use]
    pub fn every(mut self, dimension: usize, stride: u64) -> Self {
        if let (Some(count), Some(step)) = (self.shape.get_mut(dimension), self.stride.get_mut(dimension)) {
            let stride = stride.max(1);
            *count = count.div_ceil(stride);
            *step = step.saturating_mul(stride);
        }
        self
    }

    /// Number of elements, `u64::MAX` where it does not fit.
    #[must_use]
    pub fn element_count(&self) -> u64 {
        product(&self.shape)
    }

    /// Whether every element is inside of `shape`.
    pub(crate) fn check(&self, path: &str, shape: &[u64]) -> Result<(), ZarrError> {
        let dimensions = shape.len();
        let fits = self.start.len() == dimensions
            && self.shape.len() == dimensions
            && self.stride.len() == dimensions
            && (0..dimensions).all(|dimension| {
                let (start, count, stride) =
                    (self.start[dimension], self.shape[dimension], self.stride[dimension]);
                let end = match count.checked_sub(1) {
                    None => Some(start),
                    Some(steps) => steps
                        .checked_mul(stride)
                        .and_then(|last| last.checked_add(start))
                        .and_then(|last| last.checked_add(1)),
                };
                stride > 0 && end.is_some_and(|end| end <= shape[dimension])
            });
        if fits {
            return Ok(());
        }
        Err(ZarrError::Selection {
            path: path.to_owned(),
            selection: self.to_string(),
            shape: shape.to_vec(),
        })
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} from {:?}", self.shape, self.start)?;
        if self.stride.iter().any(|stride| *stride != 1) {
            write!(f, " by {:?}", self.stride)?;
        }
        Ok(())
    }
}

/// The product, `u64::MAX` where it does not fit; 0 where one is 0.
pub(crate) fn product(lengths: &[u64]) -> u64 {
    if lengths.contains(&0) {
        return 0;
    }
    lengths.iter().fold(1, |product, length| product.saturating_mul(*length))
}

/// What of a selection falls in one chunk, in one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// Which chunk.
    pub(crate) chunk: u64,
    /// Index of the first element in the chunk.
    pub(crate) start: u64,
    /// How many.
    pub(crate) count: u64,
    /// Steps between them.
    pub(crate) stride: u64,
    /// Where the first one is in the result.
    pub(crate) target: u64,
}

/// Cuts `count` elements from `start` by `stride` at multiples of `chunk_length`. `target` is where
/// the first one is in the result.
pub(crate) fn parts(
    start: u64,
    count: u64,
    stride: u64,
    chunk_length: u64,
    target: u64,
) -> impl Iterator<Item = Part> {
    let mut done = 0;
    std::iter::from_fn(move || {
        if done >= count {
            return None;
        }
        // Nothing overflows: the last element's index was checked to fit.
        let first = start + done * stride;
        let chunk = first / chunk_length;
        let offset = first % chunk_length;
        let fit = (chunk_length - 1 - offset) / stride + 1;
        let part = Part { chunk, start: offset, count: fit.min(count - done), stride, target: target + done };
        done += part.count;
        Some(part)
    })
}

/// One [`Part`] for each dimension: what of a selection falls in one chunk.
pub(crate) type Piece = Vec<Part>;

/// Every combination of the dimensions' parts, last dimension fastest. One empty piece for a scalar.
pub(crate) fn pieces(dimensions: Vec<Vec<Part>>) -> impl Iterator<Item = Piece> {
    let mut index = vec![0; dimensions.len()];
    let mut done = dimensions.iter().any(Vec::is_empty);
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let piece = index.iter().zip(&dimensions).map(|(at, parts)| parts[*at]).collect();
        done = true;
        for (at, parts) in index.iter_mut().zip(&dimensions).rev() {
            *at += 1;
            if *at < parts.len() {
                done = false;
                break;
            }
            *at = 0;
        }
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_the_definition() {
        for chunk_length in [1, 2, 3, 7, 100] {
            for stride in [1, 2, 3, 5, 50] {
                for (start, count) in [(0, 10), (1, 1), (5, 23), (99, 0)] {
                    let mut found = Vec::new();
                    for part in parts(start, count, stride, chunk_length, 1000) {
                        for at in 0..part.count {
                            let index = part.chunk * chunk_length + part.start + at * part.stride;
                            assert!(part.start + at * part.stride < chunk_length);
                            found.push((index, part.target + at));
                        }
                    }
                    let expected: Vec<_> = (0..count).map(|at| (start + at * stride, 1000 + at)).collect();
                    assert_eq!(found, expected);
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit() {
        let check = |start, count, stride| {
            let selection = Selection { start: vec![start], shape: vec![count], stride: vec![stride] };
            selection.check("a", &[10]).is_ok()
        };
        assert!(check(0, 10, 1) && check(9, 1, 100) && check(0, 5, 2) && check(1, 5, 2) && check(10, 0, 1));
        assert!(
            !check(0, 11, 1) && !check(10, 1, 1) && !check(2, 5, 2) && !check(0, 1, 0) && !check(11, 0, 1)
        );
        assert!(!check(u64::MAX, 2, 1) && !check(0, u64::MAX, u64::MAX));
        let error = Selection::all(&[4, 4]).every(0, 3).check("a/b", &[4]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a/b: selection [2, 4] from [0, 0] by [3, 1] does not fit in shape [4]"
        );
    }
}
