//! What is decoded: it is its own window, matches are copied within it.

use super::Fault;
use super::literals::Run;

/// Bytes that are filled from the start.
pub(super) struct Output<'a> {
    /// All that may be written now; what is behind `at` is overwritten at will.
    pub(super) bytes: &'a mut [u8],
    /// Where the next byte goes.
    pub(super) at: usize,
    /// Where the frame begins, before which no match does.
    pub(super) start: usize,
}

/// Copies are made so many bytes at a time, where there is room for more than was asked for.
pub(super) const STEP: usize = 16;
/// Longer ones that do not overlap are cheaper by the library's copy, which is a call in a browser.
const LONG: usize = 32;

/// A period of 1 to 7 bytes times this is repeated in a word …
const REPEAT: [u64; 8] = [
    0,
    0x0101_0101_0101_0101,
    0x0001_0001_0001_0001,
    0x0001_0000_0100_0001,
    0x0000_0001_0000_0001,
    0x0000_0100_0000_0001,
    0x0001_0000_0000_0001,
    0x0100_0000_0000_0001,
];
/// … which moves on by so many bytes.
const PERIODS: [u8; 8] = [8, 8, 8, 6, 8, 5, 6, 7];

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
            if offset >= 8
                && length <= STEP
                && let Some(window) = bytes.get_mut(source..at + STEP)
            {
                copy8(window, 0, offset);
                copy8(window, 8, offset + 8);
            } else {
                matched(bytes, at, source, at + length)?;
            }
            at += length;
        }
        self.at = at;
        Ok(from)
    }
}

/// Copies what begins at `from` to `at..end`.
#[inline(never)]
fn matched(bytes: &mut [u8], mut at: usize, mut from: usize, end: usize) -> Result<(), Fault> {
    if end > bytes.len() {
        return Err(Fault::Full);
    }
    let offset = at - from;
    if offset >= end - at && end - at > LONG {
        bytes.copy_within(from..from + (end - at), at);
        return Ok(());
    }
    // Steps write beyond the end; where there is no room for it, the last bytes are copied one by one.
    let fast = end.min(bytes.len().saturating_sub(STEP));
    if offset < 8 {
        let word = bytes.get(from..).and_then(<[u8]>::first_chunk::<8>);
        let period = word.map_or(0, |word| u64::from_le_bytes(*word)) & ((1 << (offset * 8)) - 1);
        let word = period.wrapping_mul(REPEAT[offset]).to_le_bytes();
        while at < fast
            && let Some(target) = bytes.get_mut(at..at + 8)
        {
            target.copy_from_slice(&word);
            at += usize::from(PERIODS[offset]);
        }
        from = at - offset;
    } else {
        while at < fast
            && let Some(window) = bytes.get_mut(from..at + STEP)
        {
            copy8(window, 0, offset);
            copy8(window, 8, offset + 8);
            at += STEP;
            from += STEP;
        }
    }
    while at < end {
        bytes[at] = bytes[from];
        at += 1;
        from += 1;
    }
    Ok(())
}

/// Copies eight bytes, which are all within.
#[inline(always)]
fn copy8(bytes: &mut [u8], from: usize, to: usize) {
    if let Some(source) = bytes.get(from..from + 8)
        && let Ok(source) = <[u8; 8]>::try_from(source)
        && let Some(target) = bytes.get_mut(to..to + 8)
    {
        target.copy_from_slice(&source);
    }
}
