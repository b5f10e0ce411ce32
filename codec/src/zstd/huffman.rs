//! Literals that are coded by Huffman's codes (RFC 8878, 4.2).

use super::bits::{Backwards, marked};
use super::fse;

/// Codes have at most so many bits.
const MAX_BITS: u32 = 11;
/// A refill gives 57 bits or more: so many codes.
const CODES: usize = 5;

/// What every 11 bits begin with: a symbol in the upper byte, the length of its code in the lower.
pub(super) struct Table {
    codes: [u16; 1 << MAX_BITS],
}

impl Table {
    pub(super) const fn new() -> Self {
        Self { codes: [0; 1 << MAX_BITS] }
    }

    /// Reads a description that begins at `bytes[at]`; returns where it ends. `fse` is what is overwritten.
    pub(super) fn read(&mut self, bytes: &[u8], at: usize, fse: &mut fse::Table) -> Option<usize> {
        let header = usize::from(*bytes.get(at)?);
        let start = at + 1;
        let mut weights = [0u8; 256];
        let (count, end) = if header < 128 {
            let end = start + header;
            let length = fse.read(bytes.get(start..end)?, 6)?;
            (read_weights(Backwards::new(bytes, start + length, end)?, fse, &mut weights)?, end)
        } else {
            let count = header - 127;
            let packed = bytes.get(start..start + count.div_ceil(2))?;
            for (pair, packed) in weights.chunks_mut(2).zip(packed) {
                pair[0] = packed >> 4;
                pair[1] = packed & 15;
            }
            (count, start + packed.len())
        };
        self.build(&mut weights, count)?;
        Some(end)
    }

    /// The last symbol's weight is what is left to a power of two.
    fn build(&mut self, weights: &mut [u8; 256], count: usize) -> Option<()> {
        let (known, rest) = weights.split_at_mut_checked(count)?;
        let last = rest.first_mut()?;
        let mut sum = 0u32;
        for weight in known.iter().filter(|weight| **weight > 0) {
            if u32::from(*weight) > MAX_BITS {
                return None;
            }
            sum += 1 << (weight - 1);
        }
        let bits = sum.checked_ilog2()? + 1;
        let left = (1u32 << bits) - sum;
        if bits > MAX_BITS || !left.is_power_of_two() {
            return None;
        }
        *last = left.ilog2() as u8 + 1;
        let mut at = 0;
        for weight in 1..=bits {
            let code = bits + 1 - weight;
            let span = 1usize << (MAX_BITS - code);
            for (symbol, _) in
                weights[..=count].iter().enumerate().filter(|(_, of)| u32::from(**of) == weight)
            {
                self.codes.get_mut(at..at + span)?.fill((symbol as u16) << 8 | code as u16);
                at += span;
            }
        }
        (at == self.codes.len()).then_some(())
    }

    /// Fills `out` from one stream.
    pub(super) fn one(&self, bytes: &[u8], start: usize, end: usize, out: &mut [u8]) -> Option<()> {
        self.rest(Backwards::new(bytes, start, end)?, out)
    }

    /// Fills `out` from four streams, a quarter each; `at` is where their lengths are.
    pub(super) fn four(&self, bytes: &[u8], at: usize, end: usize, out: &mut [u8]) -> Option<()> {
        let lengths = bytes.get(at..at + 6)?;
        let length =
            |which: usize| usize::from(u16::from_le_bytes([lengths[which * 2], lengths[which * 2 + 1]]));
        let b = at + 6 + length(0);
        let c = b + length(1);
        let d = c + length(2);
        let quarter = out.len().div_ceil(4);
        let (out_a, rest) = out.split_at_mut_checked(quarter)?;
        let (out_b, rest) = rest.split_at_mut_checked(quarter)?;
        let (out_c, out_d) = rest.split_at_mut_checked(quarter)?;
        let mut streams = [
            Backwards::new(bytes, at + 6, b)?,
            Backwards::new(bytes, b, c)?,
            Backwards::new(bytes, c, d)?,
            Backwards::new(bytes, d, end)?,
        ];
        let mut done = 0;
        loop {
            // So many rounds end before any stream can.
            let bits = streams.iter().map(|stream| stream.at.saturating_sub(stream.start)).min()?;
            let rounds = (bits / (CODES * MAX_BITS as usize)).min(out_d.len().saturating_sub(done) / CODES);
            if rounds == 0 {
                break;
            }
            let span = done..done + rounds * CODES;
            let outs = [
                out_a.get_mut(span.clone())?,
                out_b.get_mut(span.clone())?,
                out_c.get_mut(span.clone())?,
                out_d.get_mut(span)?,
            ];
            self.rounds(&mut streams, outs)?;
            done += rounds * CODES;
        }
        for (stream, out) in streams.iter().zip([out_a, out_b, out_c, out_d]) {
            self.rest(*stream, out.get_mut(done..)?)?;
        }
        Some(())
    }

    /// Five codes of every stream at a time.
    #[inline(never)]
    fn rounds(&self, streams: &mut [Backwards<'_>; 4], outs: [&mut [u8]; 4]) -> Option<()> {
        let bytes = streams[0].bytes;
        let [mut at_a, mut at_b, mut at_c, mut at_d] = streams.map(|stream| stream.at);
        let [a, b, c, d] = outs.map(|out| out.as_chunks_mut::<CODES>().0);
        for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
            let mut word_a = marked(bytes, at_a)?;
            let mut word_b = marked(bytes, at_b)?;
            let mut word_c = marked(bytes, at_c)?;
            let mut word_d = marked(bytes, at_d)?;
            for code in 0..CODES {
                a[code] = self.next(&mut word_a);
                b[code] = self.next(&mut word_b);
                c[code] = self.next(&mut word_c);
                d[code] = self.next(&mut word_d);
            }
            at_a = consumed(at_a, word_a);
            at_b = consumed(at_b, word_b);
            at_c = consumed(at_c, word_c);
            at_d = consumed(at_d, word_d);
        }
        [streams[0].at, streams[1].at, streams[2].at, streams[3].at] = [at_a, at_b, at_c, at_d];
        Some(())
    }

    /// What is left of a stream, until it is over.
    #[inline(never)]
    fn rest(&self, mut stream: Backwards<'_>, out: &mut [u8]) -> Option<()> {
        let mut done = 0;
        while stream.at.saturating_sub(stream.start) >= CODES * MAX_BITS as usize
            && let Some(five) = out.get_mut(done..done + CODES)
        {
            let mut word = marked(stream.bytes, stream.at)?;
            for symbol in five {
                *symbol = self.next(&mut word);
            }
            stream.at = consumed(stream.at, word);
            done += CODES;
        }
        for symbol in out.get_mut(done..)? {
            let code = self.codes[stream.peek(MAX_BITS)? as usize & ((1 << MAX_BITS) - 1)];
            *symbol = (code >> 8) as u8;
            stream.skip(u32::from(code & 0xff))?;
        }
        stream.is_over().then_some(())
    }

    #[inline(always)]
    fn next(&self, word: &mut u64) -> u8 {
        let code = self.codes[(*word >> (u64::BITS - MAX_BITS)) as usize];
        // Of what it is shifted by, 6 bits count: the code's length.
        *word = word.wrapping_shl(code.into());
        (code >> 8) as u8
    }
}

/// Where a stream is after a [`marked`] word.
#[inline(always)]
fn consumed(at: usize, word: u64) -> usize {
    (at.wrapping_add(7) & !7).wrapping_sub(word.trailing_zeros() as usize)
}

/// Weights by two states that take turns; returns how many.
fn read_weights(mut stream: Backwards<'_>, fse: &fse::Table, weights: &mut [u8; 256]) -> Option<usize> {
    let mut states = [stream.take(fse.log)? as usize, stream.take(fse.log)? as usize];
    // The last symbol's weight is not stored.
    for count in 0..254 {
        let own = &mut states[count % 2];
        let state = fse.states[*own & (fse.states.len() - 1)];
        weights[count] = state.base as u8;
        *own = usize::from(state.next) + stream.peek(state.bits.into())? as usize;
        if stream.skip(state.bits.into()).is_none() {
            // What the other state stands for is the last.
            let last = fse.states[states[(count + 1) % 2] & (fse.states.len() - 1)];
            weights[count + 1] = last.base as u8;
            return Some(count + 2);
        }
    }
    None
}
