//! [`Numbers`]: elements of chunks as doubles, brought to their places while they come.
//!
//! A chunk is turned into numbers in pieces that stay in the processor's cache, and its elements are gone when the next
//! one comes: a picture of millions of values holds the doubles alone.

use pinfold_codec::DecodeError;
use pinfold_codec::strided::{self, Layout};

use super::assemble::{counts, source_layout, target_layout};
use super::codec::transpose::c_strides;
use super::codec::{Context, Elements};
use super::data::ArrayData;
use super::dtype::DataType;
use super::fill::FillValue;
use super::read::{Chunk, Target};
use super::selection::Piece;
use crate::maybe_send::{MaybeSend, MaybeSync};

/// Elements turned at once, at most.
const AT_ONCE: usize = 1 << 14;

/// Makes numbers of elements: each by itself, as many as there are.
pub trait ToNumbers: MaybeSend + MaybeSync {
    /// The numbers of `data`, in C order.
    fn numbers(&self, data: ArrayData) -> Vec<f64>;
}

/// An array of numbers that chunks are put into.
pub(super) struct Numbers<'a> {
    shape: Vec<usize>,
    item_bytes: usize,
    data_type: &'a DataType,
    to_numbers: &'a dyn ToNumbers,
    /// What stands where no chunk is.
    missing: f64,
    /// As far as chunks have come: memory is touched when it is needed, and by a chunk at a time.
    values: Vec<f64>,
}

impl<'a> Numbers<'a> {
    /// `shape` elements of fill value.
    pub(super) fn new(
        shape: Vec<usize>,
        context: &Context<'a>,
        to_numbers: &'a dyn ToNumbers,
    ) -> Result<Self, DecodeError> {
        let (data_type, item_bytes) = (context.data_type, context.item_bytes());
        let mut numbers =
            Self { shape, item_bytes, data_type, to_numbers, missing: f64::NAN, values: Vec::new() };
        // The caller has checked that they fit in memory.
        let count: usize = numbers.shape.iter().product();
        let bytes = count.saturating_mul(size_of::<f64>());
        numbers.values.try_reserve_exact(count).map_err(|_| DecodeError::NoMemory { bytes })?;
        let element = match context.fill {
            FillValue::Element(element) => element.to_vec(),
            _ => vec![0; item_bytes],
        };
        numbers.missing = numbers.of(&element).first().copied().unwrap_or(f64::NAN);
        Ok(numbers)
    }

    /// All of them.
    pub(super) fn finish(mut self) -> Vec<f64> {
        self.values.resize(self.shape.iter().product(), self.missing);
        self.values
    }

    /// The numbers of little-endian elements.
    fn of(&self, bytes: &[u8]) -> Vec<f64> {
        let count = bytes.len().checked_div(self.item_bytes).unwrap_or(0);
        let data = ArrayData::from_bytes(vec![count], bytes, self.data_type);
        data.map(|data| self.to_numbers.numbers(data)).unwrap_or_default()
    }
}

impl Target for Numbers<'_> {
    fn place(&mut self, chunk: Chunk, chunk_shape: &[usize], piece: &Piece) -> Result<(), DecodeError> {
        let chunk: &[u8] = match &chunk {
            Chunk::Plain(bytes) => bytes,
            Chunk::Elements(Elements::Fixed(bytes)) => bytes,
            Chunk::Elements(_) => return Ok(()),
        };
        let shape = counts(piece);
        let count: usize = shape.iter().product();
        if count == 0 || self.item_bytes == 0 {
            return Ok(());
        }
        // Only what is wanted of the chunk becomes numbers.
        let dense = |item_bytes| Layout { offset: 0, strides: c_strides(&shape, item_bytes) };
        let cut;
        let elements = if shape == chunk_shape {
            chunk
        } else {
            let mut wanted = pinfold_codec::zeroed(count * self.item_bytes)?;
            let from = source_layout(chunk_shape, piece, self.item_bytes);
            let to = dense(self.item_bytes);
            strided::copy(chunk, &from, &mut wanted, &to, &shape, self.item_bytes);
            cut = wanted;
            &cut[..]
        };
        let to = target_layout(&self.shape, piece, 1);
        let last: usize = shape.iter().zip(&to.strides).map(|(length, stride)| (length - 1) * stride).sum();
        let end = to.offset + last + 1;
        if end - to.offset == count {
            // One run.
            for (at, bytes) in elements.chunks(AT_ONCE * self.item_bytes).enumerate() {
                let at = to.offset + at * AT_ONCE;
                let numbers = self.of(bytes);
                if self.values.len() < at {
                    self.values.resize(at, self.missing);
                }
                let known = numbers.len().min(self.values.len() - at);
                self.values[at..at + known].copy_from_slice(&numbers[..known]);
                self.values.extend_from_slice(&numbers[known..]);
            }
        } else {
            let numbers = self.of(elements);
            if self.values.len() < end {
                self.values.resize(end, self.missing);
            }
            strided::copy_numbers(&numbers, &dense(1), &mut self.values, &to, &shape);
        }
        Ok(())
    }
}
