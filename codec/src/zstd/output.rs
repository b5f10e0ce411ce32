//! What is decoded: it is its own window, matches are copied within it.

use super::Fault;
use super::literals::Run;
use crate::copies::{self, STEP};

/// Bytes that are filled from the start.
pub(super) struct Output<'a> {
    /// All that may be written now; what is behind `at` is overwritten at will.
    pub(super) bytes: &'a mut [u8],
    /// Where the next byte goes.
    pub(super) at: usize,
    /// Where the frame begins, before which no match does.
    pub(super) start: usize,
}

/// So many literals, then a match of bytes that were decoded `offset` bytes before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sequence {
    pub(super) literals: u32,
    pub(super) matched: u32,
    pub(super) offset: u32,
}

impl Output<'_> {
    /// Literals alone.
    pub(super) fn literals(&mut self, literals: &[u8]) -> Result<(), Fault> {
        let end = self.at + literals.len();
        self.bytes.get_mut(self.at..end).ok_or(Fault::Full)?.copy_from_slice(literals);
        self.at = end;
        Ok(())
    }

    /// One byte again and again.
    pub(super) fn repeat(&mut self, byte: u8, count: usize) -> Result<(), Fault> {
        self.bytes.get_mut(self.at..self.at + count).ok_or(Fault::Full)?.fill(byte);
        self.at += count;
        Ok(())
    }

    /// Does sequences in order; literals begin at `from`. Returns where the next ones do. Lengths are at most 2^17, so
    /// sums of them do not overflow.
    #[inline(never)]
    pub(super) fn sequences(
        &mut self,
        sequences: &[Sequence],
        literals: &Run<'_>,
        mut from: usize,
    ) -> Result<usize, Fault> {
        let start = self.start;
        let bytes = &mut *self.bytes;
        let mut at = self.at;
        for one in sequences {
            let (count, length, offset) = (one.literals as usize, one.matched as usize, one.offset as usize);
            if count == 0 {
                // Numbers rarely have literals: all is said by matches.
            } else if count <= STEP
                && let Some(source) = literals.bytes.get(from..from + STEP)
                && let Some(target) = bytes.get_mut(at..at + STEP)
            {
                target.copy_from_slice(source);
            } else {
                let source = literals.bytes.get(from..from + count).ok_or(Fault::Block)?;
                bytes.get_mut(at..at + count).ok_or(Fault::Full)?.copy_from_slice(source);
            }
            at += count;
            from += count;
            // An offset of 0 is one that was made so from a repeated one.
            if from > literals.count || offset == 0 || offset > at - start {
                return Err(Fault::Block);
            }
            let source = at - offset;
            if !(offset >= 8 && length <= STEP && copies::twice(bytes, source, at)) {
                matched(bytes, source, at, at + length)?;
            }
            at += length;
        }
        self.at = at;
        Ok(from)
    }
}

#[inline(never)]
fn matched(bytes: &mut [u8], from: usize, at: usize, end: usize) -> Result<(), Fault> {
    copies::repeat(bytes, from, at, end).ok_or(Fault::Full)
}
