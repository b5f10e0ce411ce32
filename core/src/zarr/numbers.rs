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

/// How elements become numbers.
#[derive(Clone, Copy)]
struct Turn<'a> {
    real: Real,
    item_bytes: usize,
    meanings: &'a dyn Meanings,
}

impl Turn<'_> {
    /// Appends the numbers of little-endian elements.
    fn append(&self, out: &mut Vec<f64>, bytes: &[u8]) {
        for bytes in bytes.chunks(AT_ONCE * self.item_bytes) {
            let from = out.len();
            append_doubles(out, bytes, self.real);
            self.meanings.apply(&mut out[from..]);
        }
    }
}

/// An array of numbers that chunks are put into.
pub(super) struct Numbers<'a> {
    shape: Vec<usize>,
    /// `None` where elements are no numbers: then all are missing.
    turn: Option<Turn<'a>>,
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
        let item_bytes = context.item_bytes();
        let turn = context.data_type.real().map(|real| Turn { real, item_bytes, meanings });
        let mut missing = [context.fill.to_f64(context.data_type).unwrap_or(f64::NAN)];
        meanings.apply(&mut missing);
        // The caller has checked that they fit in memory.
        let count: usize = shape.iter().product();
        let bytes = count.saturating_mul(size_of::<f64>());
        let mut values = Vec::new();
        values.try_reserve_exact(count).map_err(|_| DecodeError::NoMemory { bytes })?;
        Ok(Self { shape, turn, missing: missing[0], values })
    }

    /// All of them.
    pub(super) fn finish(mut self) -> Vec<f64> {
        self.reach(self.shape.iter().product());
        self.values
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
        let Some(turn) = self.turn.filter(|_| count > 0) else { return Ok(()) };
        let item_bytes = turn.item_bytes;
        // Only what is wanted of the chunk becomes numbers.
        let dense = |item_bytes| Layout { offset: 0, strides: c_strides(&shape, item_bytes) };
        let cut;
        let elements = if shape == chunk_shape {
            chunk
        } else {
            let mut wanted = pinfold_codec::zeroed(count * item_bytes)?;
            let from = source_layout(chunk_shape, piece, item_bytes);
            strided::copy(chunk, &from, &mut wanted, &dense(item_bytes), &shape, item_bytes);
            cut = wanted;
            &cut[..]
        };
        let to = target_layout(&self.shape, piece, 1);
        let last: usize = shape.iter().zip(&to.strides).map(|(length, stride)| (length - 1) * stride).sum();
        let end = to.offset + last + 1;
        // In one run, behind all that has come.
        let is_next = end - to.offset == count && self.values.len() <= to.offset;
        self.reach(if is_next { to.offset } else { end });
        if is_next {
            turn.append(&mut self.values, elements);
        } else {
            let mut numbers = Vec::with_capacity(count);
            turn.append(&mut numbers, elements);
            strided::copy_numbers(&numbers, &dense(1), &mut self.values, &to, &shape);
        }
        Ok(())
    }
}
