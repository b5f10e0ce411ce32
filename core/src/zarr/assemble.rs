//! Elements of chunks brought to their places in a larger array.

use pinfold_codec::DecodeError;
use pinfold_codec::strided::{self, Layout};

use super::codec::transpose::c_strides;
use super::codec::{Context, Elements};
use super::dtype::DataType;
use super::fill::FillValue;
use super::read::{Chunk, Target};
use super::selection::Piece;

/// An array of fill value that chunks are put into.
#[derive(Debug)]
pub(crate) struct Assembly {
    shape: Vec<usize>,
    item_bytes: usize,
    elements: Elements,
}

impl Assembly {
    /// `shape` elements of fill value. The caller has checked that they fit in memory.
    pub(crate) fn filled(shape: Vec<usize>, context: &Context<'_>) -> Result<Self, DecodeError> {
        let count: usize = shape.iter().product();
        let item_bytes = context.item_bytes();
        let elements = match (context.data_type, context.fill) {
            (DataType::Text, FillValue::Text(text)) => Elements::Text(vec![text.clone(); count]),
            (DataType::Text, _) => Elements::Text(vec![String::new(); count]),
            (DataType::Blob, FillValue::Blob(blob)) => Elements::Blob(vec![blob.clone(); count]),
            (DataType::Blob, _) => Elements::Blob(vec![Vec::new(); count]),
            (_, fill) => {
                let mut bytes = pinfold_codec::zeroed(count * item_bytes)?;
                if let FillValue::Element(element) = fill
                    && element.iter().any(|byte| *byte != 0)
                {
                    strided::fill(&mut bytes, element);
                }
                Elements::Fixed(bytes)
            }
        };
        Ok(Self { shape, item_bytes, elements })
    }

    /// What was assembled.
    pub(crate) fn into_elements(self) -> Elements {
        self.elements
    }
}

/// Where the elements that `piece` names are in a chunk of `chunk_shape`.
pub(super) fn source_layout(chunk_shape: &[usize], piece: &Piece, item_bytes: usize) -> Layout {
    let mut from = Layout { offset: 0, strides: c_strides(chunk_shape, item_bytes) };
    for (part, stride) in piece.iter().zip(&mut from.strides) {
        // Parts lie inside of the chunk, so these are indices in memory.
        from.offset += part.start as usize * *stride;
        // A stride that leads out of the chunk is never taken.
        *stride = stride.saturating_mul(usize::try_from(part.stride).unwrap_or(usize::MAX));
    }
    from
}

/// Where they go in a result of `shape`.
pub(super) fn target_layout(shape: &[usize], piece: &Piece, item_bytes: usize) -> Layout {
    let mut to = Layout { offset: 0, strides: c_strides(shape, item_bytes) };
    // Parts lie inside of the result, so these are indices in memory.
    to.offset = piece.iter().zip(&to.strides).map(|(part, stride)| part.target as usize * stride).sum();
    to
}

/// How many elements `piece` names in each dimension.
pub(super) fn counts(piece: &Piece) -> Vec<usize> {
    piece.iter().map(|part| part.count as usize).collect()
}

impl Target for Assembly {
    fn place(&mut self, chunk: Chunk, chunk_shape: &[usize], piece: &Piece) -> Result<(), DecodeError> {
        let shape = counts(piece);
        let layouts = |item_bytes| {
            (source_layout(chunk_shape, piece, item_bytes), target_layout(&self.shape, piece, item_bytes))
        };
        let copy = |source: &[u8], target: &mut [u8]| {
            let (from, to) = layouts(self.item_bytes);
            strided::copy(source, &from, target, &to, &shape, self.item_bytes);
        };
        match (chunk, &mut self.elements) {
            (Chunk::Plain(source), Elements::Fixed(target)) => copy(&source, target),
            (Chunk::Elements(Elements::Fixed(source)), Elements::Fixed(target)) => {
                if chunk_shape == self.shape && shape == self.shape {
                    *target = source;
                } else {
                    copy(&source, target);
                }
            }
            (Chunk::Elements(Elements::Text(mut source)), Elements::Text(target)) => {
                walk(&shape, layouts(1), |from, to| target[to] = std::mem::take(&mut source[from]));
            }
            (Chunk::Elements(Elements::Blob(mut source)), Elements::Blob(target)) => {
                walk(&shape, layouts(1), |from, to| target[to] = std::mem::take(&mut source[from]));
            }
            // A chain decodes to the kind that its data type has.
            _ => {}
        }
        Ok(())
    }
}

/// Calls `visit` with both indices of every element.
fn walk(shape: &[usize], (from, to): (Layout, Layout), mut visit: impl FnMut(usize, usize)) {
    let mut index = vec![0; shape.len()];
    if shape.contains(&0) {
        return;
    }
    loop {
        let at = |layout: &Layout| {
            layout.offset + index.iter().zip(&layout.strides).map(|(at, stride)| at * stride).sum::<usize>()
        };
        visit(at(&from), at(&to));
        let mut more = false;
        for (at, length) in index.iter_mut().zip(shape).rev() {
            *at += 1;
            if *at < *length {
                more = true;
                break;
            }
            *at = 0;
        }
        if !more {
            return;
        }
    }
}
