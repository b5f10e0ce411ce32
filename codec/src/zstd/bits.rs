//! Bits that are read from the end of a stream to its start, as Huffman codes and FSE states are.
//!
//! Positions are bits from the start of a slice which has at least [`LEAD_BYTES`] in front of every stream (headers
//! come before a block's content), so that eight bytes can always be loaded.

/// Bytes in front of a block's content in what is read: at least what one load takes.
pub(super) const LEAD_BYTES: usize = 8;

/// The 57 or more bits before position `at`, aligned to the top; what lies beyond a slice is an error of the stream.
#[inline(always)]
pub(super) fn before(bytes: &[u8], at: usize) -> Option<u64> {
    let end = at.wrapping_add(7) >> 3;
    let word = bytes.get(end.wrapping_sub(8)..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*word) << (at.wrapping_neg() & 7))
}

/// [`before`] with a mark in its last bit, which tells how many of the 56 above it were taken.
#[inline(always)]
pub(super) fn marked(bytes: &[u8], at: usize) -> Option<u64> {
    let end = at.wrapping_add(7) >> 3;
    let word = bytes.get(end.wrapping_sub(8)..)?.first_chunk::<8>()?;
    Some((u64::from_le_bytes(*word) | 1) << (at.wrapping_neg() & 7))
}

/// One stream, from its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backwards<'a> {
    /// What the stream is in.
    pub(super) bytes: &'a [u8],
    /// Where the stream begins, in bits.
    pub(super) start: usize,
    /// Before this bit lies what is read next.
    pub(super) at: usize,
}

impl<'a> Backwards<'a> {
    /// The stream `bytes[start..end]`; its last byte says with its highest bit where it ends.
    #[inline]
    pub(super) fn new(bytes: &'a [u8], start: usize, end: usize) -> Option<Self> {
        if start < LEAD_BYTES || start >= end {
            return None;
        }
        let last = *bytes.get(end - 1)?;
        let padding = last.leading_zeros() as usize + 1;
        (last != 0).then(|| Self { bytes, start: start * 8, at: end * 8 - padding })
    }

    /// At most 56 bits; beyond the start there are zeros, as many as are asked for.
    #[inline]
    pub(super) fn peek(&self, count: u32) -> Option<u64> {
        let word = before(self.bytes, self.at)?;
        let left = self.at - self.start;
        let value = (word >> 1) >> (63 - count);
        let lacking = (count as usize).saturating_sub(left);
        Some(value >> lacking << lacking)
    }

    /// At most 56 bits; `None` where there are fewer.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> Option<u64> {
        let value = self.peek(count)?;
        self.skip(count)?;
        Some(value)
    }

    /// Moves over bits; `None` where there are fewer.
    #[inline]
    pub(super) fn skip(&mut self, count: u32) -> Option<()> {
        let at = self.at.checked_sub(count as usize)?;
        self.at = at;
        (at >= self.start).then_some(())
    }

    /// Whether all was read.
    pub(super) fn is_over(&self) -> bool {
        self.at == self.start
    }
}
