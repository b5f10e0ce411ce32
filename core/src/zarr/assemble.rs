//! Elements of chunks brought to their places in a larger array.

use pinfold_codec::DecodeError;
use pinfold_codec::strided::{self, Layout};

use super::codec::transpose::c_strides;
use super::codec::{Context, Elements};
use super::dtype::DataType;
use super::fill::FillValue;
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

    /// Where the elements that `piece` names are in a chunk, and where they go.
    fn layouts(&self, chunk_shape: &[usize], piece: &Piece, item_bytes: usize) -> (Layout, Layout) {
        let mut from = Layout { offset: 0, strides: c_strides(chunk_shape, item_bytes) };
        let mut to = Layout { offset: 0, strides: c_strides(&self.shape, item_bytes) };
        for ((part, from_stride), to_stride) in piece.iter().zip(&mut from.strides).zip(&to.strides) {
            // Parts lie inside of the chunk and of the result, so these are indices in memory.
            from.offset += part.start as usize * *from_stride;
            // A stride that leads out of the chunk is never taken.
            *from_stride = from_stride.saturating_mul(usize::try_from(part.stride).unwrap_or(usize::MAX));
            to.offset += part.target as usize * to_stride;
        }
        (from, to)
    }

    /// As [`Assembly::place`], of a chunk that is stored as its elements are in memory.
    pub(crate) fn place_bytes(&mut self, chunk: &[u8], chunk_shape: &[usize], piece: &Piece) {
        let shape: Vec<usize> = piece.iter().map(|part| part.count as usize).collect();
        let (from, to) = self.layouts(chunk_shape, piece, self.item_bytes);
        if let Elements::Fixed(target) = &mut self.elements {
            strided::copy(chunk, &from, target, &to, &shape, self.item_bytes);
        }
    }

    /// Copies the elements of a chunk that `piece` names to where it says.
    pub(crate) fn place(&mut self, chunk: Elements, chunk_shape: &[usize], piece: &Piece) {
        let shape: Vec<usize> = piece.iter().map(|part| part.count as usize).collect();
        let (bytes_from, bytes_to) = self.layouts(chunk_shape, piece, self.item_bytes);
        let (items_from, items_to) = self.layouts(chunk_shape, piece, 1);
        match (chunk, &mut self.elements) {
            (Elements::Fixed(source), Elements::Fixed(target)) => {
                if chunk_shape == self.shape && shape == self.shape {
                    *target = source;
                    return;
                }
                strided::copy(&source, &bytes_from, target, &bytes_to, &shape, self.item_bytes);
            }
            (Elements::Text(mut source), Elements::Text(target)) => {
                walk(&shape, &items_from, &items_to, |from, to| {
                    target[to] = std::mem::take(&mut source[from])
                });
            }
            (Elements::Blob(mut source), Elements::Blob(target)) => {
                walk(&shape, &items_from, &items_to, |from, to| {
                    target[to] = std::mem::take(&mut source[from])
                });
            }
            // A chain decodes to the kind that its data type has.
            _ => {}
        }
    }

    pub(crate) fn into_elements(self) -> Elements {
        self.elements
    }
}

/// Calls `visit` with both indices of every element.
fn walk(shape: &[usize], from: &Layout, to: &Layout, mut visit: impl FnMut(usize, usize)) {
    let mut index = vec![0; shape.len()];
    if shape.contains(&0) {
        return;
    }
    loop {
        let at = |layout: &Layout| {
            layout.offset + index.iter().zip(&layout.strides).map(|(at, stride)| at * stride).sum::<usize>()
        };
        visit(at(from), at(to));
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
