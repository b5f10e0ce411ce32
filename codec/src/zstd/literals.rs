//! The literals of a block (RFC 8878, 3.1.1.3.1).

use super::{MAX_BLOCK_BYTES, fse, huffman};
use crate::copies::STEP;

/// What literals are decoded with, and where to.
pub(super) struct Literals {
    codes: huffman::Table,
    /// Whether a block of this frame brought codes.
    has_codes: bool,
    scratch: fse::Table,
    decoded: Vec<u8>,
}

/// Literals of one block.
pub(super) struct Run<'a> {
    /// They, and where possible more, so that copies may take more than there are.
    pub(super) bytes: &'a [u8],
    /// How many they are.
    pub(super) count: usize,
}

impl Literals {
    pub(super) const fn new() -> Self {
        Self {
            codes: huffman::Table::new(),
            has_codes: false,
            scratch: fse::Table::new(),
            decoded: Vec::new(),
        }
    }

    /// A new frame begins.
    pub(super) fn reset(&mut self) {
        self.has_codes = false;
    }

    /// Decodes the section that begins at `at`; returns literals and where the section ends.
    pub(super) fn decode<'a>(&'a mut self, bytes: &'a [u8], at: usize) -> Option<(Run<'a>, usize)> {
        let head = u64::from(*bytes.get(at)?);
        let format = head >> 2 & 3;
        let number = |length: usize| {
            let bytes = bytes.get(at..at + length)?;
            Some(bytes.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte)))
        };
        if head & 3 < 2 {
            let (count, length) = match format {
                1 => (number(2)? >> 4, 2),
                3 => (number(3)? >> 4, 3),
                _ => (head >> 3, 1),
            };
            let count = usize::try_from(count).ok().filter(|count| *count <= MAX_BLOCK_BYTES)?;
            let at = at + length;
            if head & 3 == 0 {
                let run = Run { bytes: bytes.get(at..)?, count };
                return (count <= run.bytes.len()).then_some((run, at + count));
            }
            let byte = *bytes.get(at)?;
            self.room(count)?.fill(byte);
            return Some((Run { bytes: &self.decoded, count }, at + 1));
        }
        let (length, width) = [(3, 10), (3, 10), (4, 14), (5, 18)][format as usize];
        let sizes = number(length)? >> 4;
        let mask = (1 << width) - 1;
        let (count, size) = ((sizes & mask) as usize, (sizes >> width & mask) as usize);
        let mut at = at + length;
        let end = at + size;
        let section = bytes.get(..end)?;
        if head & 3 == 2 {
            self.has_codes = false;
            at = self.codes.read(section, at, &mut self.scratch)?;
            self.has_codes = true;
        } else if !self.has_codes {
            return None;
        }
        self.room(count)?;
        let target = self.decoded.get_mut(..count)?;
        if format == 0 {
            self.codes.one(section, at, end, target)?;
        } else {
            self.codes.four(section, at, end, target)?;
        }
        Some((Run { bytes: &self.decoded, count }, end))
    }

    /// Room for so many decoded literals and one copy.
    fn room(&mut self, count: usize) -> Option<&mut [u8]> {
        if count > MAX_BLOCK_BYTES {
            return None;
        }
        if self.decoded.len() < count + STEP {
            self.decoded.resize(count + STEP, 0);
        }
        self.decoded.get_mut(..count)
    }
}
