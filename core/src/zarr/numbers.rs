//! [`Numbers`]: elements of chunks as doubles, brought to their places while they come.
//!
//! A chunk is turned into numbers in pieces that stay in the processor's cache, and its elements are gone when the next
//! one comes: a picture of millions of values holds the doubles alone.

use pinfold_codec::DecodeError;
use pinfold_codec::element::{Real, append_doubles};
use pinfold_codec::strided::{self, Layout};

use super::assemble::{counts, source_layout, target_layout};
use super::codec::transpose::c_strides;
use super::codec::{Context, Elements};
use super::fill::FillValue;
use super::read::{Chunk, Target};
use super::selection::Piece;
use crate::maybe_send::{MaybeSend, MaybeSync};

/// Elements turned at once, at most.
const AT_ONCE: usize = 1 << 14;

/// What numbers mean: each by itself.
pub trait Meanings: MaybeSend + MaybeSync {
    /// Makes of numbers as they are stored what they mean, in place.
    fn apply(&self, numbers: &mut [f64]);
}

/// An array of numbers that chunks are put into.
pub(super) struct Numbers<'a> {
    shape: Vec<usize>,
    item_bytes: usize,
    real: Option<Real>,
    meanings: &'a dyn Meanings,
    /// What stands where no chunk is.
    missing: f64,
    /// As far as chunks have come: memory is touched when it is needed, and by a chunk at a time.
    values: Vec<f64>,
}

impl<'a> Numbers<'a> {
    /// `shape` elements of fill value.
    pub(super) fn new(
        shape: Vec<usize>,
        context: &Context<'_>,
        meanings: &'a dyn Meanings,
    ) -> Result<Self, DecodeError> {
        let (real, item_bytes) = (context.data_type.real(), context.item_bytes());
        let mut numbers = Self { shape, item_bytes, real, meanings, missing: f64::NAN, values: Vec::new() };
        let element = match context.fill {
            FillValue::Element(element) => element.to_vec(),
            _ => vec![0; item_bytes],
        };
        numbers.append(&element);
        numbers.missing = numbers.values.pop().unwrap_or(f64::NAN);
        // The caller has checked that they fit in memory.
        let count: usize = numbers.shape.iter().product();
        let bytes = count.saturating_mul(size_of::<f64>());
        numbers.values.try_reserve_exact(count).map_err(|_| DecodeError::NoMemory { bytes })?;
        Ok(numbers)
    }

    /// All of them.
    pub(super) fn finish(mut self) -> Vec<f64> {
        self.values.resize(self.shape.iter().product(), self.missing);
        self.values
    }

    /// The numbers of little-endian elements behind those that are there.
    fn append(&mut self, bytes: &[u8]) {
        let Some(real) = self.real else { return };
        for bytes in bytes.chunks(AT_ONCE * self.item_bytes.max(1)) {
            let from = self.values.len();
            append_doubles(&mut self.values, bytes, real);
            self.meanings.apply(&mut self.values[from..]);
        }
    }

    fn reach(&mut self, end: usize) {
        if self.values.len() < end {
            self.values.resize(end, self.missing);
        }
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
        if count == 0 || self.item_bytes == 0 || self.real.is_none() {
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
            strided::copy(chunk, &from, &mut wanted, &dense(self.item_bytes), &shape, self.item_bytes);
            cut = wanted;
            &cut[..]
        };
        let to = target_layout(&self.shape, piece, 1);
        let last: usize = shape.iter().zip(&to.strides).map(|(length, stride)| (length - 1) * stride).sum();
        let end = to.offset + last + 1;
        // In one run, behind all that has come.
        if end - to.offset == count && self.values.len() <= to.offset {
            self.reach(to.offset);
            self.append(elements);
            return Ok(());
        }
        let kept = std::mem::replace(&mut self.values, Vec::with_capacity(count));
        self.append(elements);
        let numbers = std::mem::replace(&mut self.values, kept);
        self.reach(end);
        strided::copy_numbers(&numbers, &dense(1), &mut self.values, &to, &shape);
        Ok(())
    }
}
