//! Blocks of a deflate stream (RFC 1951), decoded to where they stay.

use super::tables::{DISTANCE_BITS, END, LENGTH_BITS, LITERAL, LITERAL_BITS, LONGER, OTHER, Tables};
use crate::copies::{self, STEP};

/// So much is decoded by a call: a browser runs a function in its slow translation until the next call, and what was
/// decoded is still near when its checksum is computed.
const PIECE: usize = 1 << 15;
/// The longest match.
const MAX_MATCH: usize = 258;
/// What one round of [`Blocks::fast`] writes at most, and what is overwritten behind it.
const ROOM: usize = 3 + MAX_MATCH + STEP;

/// Why nothing more is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The stream is damaged.
    Block,
    /// The stream is cut off.
    Cut,
    /// There is no room for what comes next; once there is, decoding goes on.
    Full,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Header,
    /// So many bytes as they are.
    Stored(usize),
    Codes,
    Nothing,
}

/// A stream and how far it was read.
pub(super) struct Blocks<'i, 't> {
    input: &'i [u8],
    /// Where the next byte is read.
    at: usize,
    /// Bits that were read and not yet used, lowest first. Above `count` of them there may be such as are read again.
    word: u64,
    count: u32,
    next: Next,
    is_last: bool,
    tables: &'t mut Tables,
}

impl<'i, 't> Blocks<'i, 't> {
    pub(super) fn new(input: &'i [u8], tables: &'t mut Tables) -> Self {
        Self { input, at: 0, word: 0, count: 0, next: Next::Header, is_last: false, tables }
    }

    /// Decodes some of what comes next to `output[*at..]`, where no match begins before `start`. Whether there is more.
    pub(super) fn step(&mut self, output: &mut [u8], start: usize, at: &mut usize) -> Result<bool, Fault> {
        match self.next {
            Next::Header => {
                self.is_last = self.take(1)? == 1;
                match self.take(2)? {
                    0 => {
                        self.align();
                        let (length, inverse) = (self.take(16)?, self.take(16)?);
                        if length != inverse ^ 0xffff {
                            return Err(Fault::Block);
                        }
                        self.align();
                        self.next = Next::Stored(length as usize);
                    }
                    1 => {
                        self.tables.fix().ok_or(Fault::Block)?;
                        self.next = Next::Codes;
                    }
                    2 => {
                        self.describe()?;
                        self.next = Next::Codes;
                    }
                    _ => return Err(Fault::Block),
                }
            }
            Next::Stored(0) => self.over(),
            Next::Stored(left) => {
                let room = output.get_mut(*at..).unwrap_or_default();
                let rest = self.input.get(self.at..).unwrap_or_default();
                let count = left.min(room.len()).min(rest.len()).min(PIECE);
                if count == 0 {
                    return Err(if rest.is_empty() { Fault::Cut } else { Fault::Full });
                }
                room[..count].copy_from_slice(&rest[..count]);
                *at += count;
                self.at += count;
                self.next = Next::Stored(left - count);
            }
            Next::Codes => {
                let end = at.saturating_add(PIECE);
                let until = end.min(output.len().saturating_sub(ROOM));
                if self.fast(output, start, at, until)? || *at < end && self.careful(output, start, at)? {
                    self.over();
                }
            }
            Next::Nothing => {}
        }
        Ok(self.next != Next::Nothing)
    }

    /// What follows the stream.
    pub(super) fn rest(&self) -> &'i [u8] {
        self.input.get(self.at..).unwrap_or_default()
    }

    /// A block is.
    fn over(&mut self) {
        self.next = if self.is_last { Next::Nothing } else { Next::Header };
        if self.is_last {
            self.align();
        }
    }

    /// Passes over the rest of a byte; whole ones are read again.
    fn align(&mut self) {
        self.at -= (self.count >> 3) as usize;
        (self.word, self.count) = (0, 0);
    }

    /// 56 bits or more, or what is left.
    fn fill(&mut self) {
        while self.count < 56
            && let Some(byte) = self.input.get(self.at)
        {
            self.word |= u64::from(*byte) << self.count;
            self.count += 8;
            self.at += 1;
        }
    }

    /// At most 56 bits.
    fn take(&mut self, count: u32) -> Result<u32, Fault> {
        self.fill();
        let value = self.word & ((1 << count) - 1);
        self.skip(count)?;
        Ok(value as u32)
    }

    fn skip(&mut self, count: u32) -> Result<(), Fault> {
        self.count = self.count.checked_sub(count).ok_or(Fault::Cut)?;
        self.word >>= count;
        Ok(())
    }

    /// Reads the codes of a block (3.2.7).
    fn describe(&mut self) -> Result<(), Fault> {
        let literals = self.take(5)? as usize + 257;
        let distances = self.take(5)? as usize + 1;
        let described = self.take(4)? as usize + 4;
        let mut lengths = [0u8; 320];
        for length in &mut lengths[..described] {
            *length = self.take(3)? as u8;
        }
        if literals > 286 || distances > 30 {
            return Err(Fault::Block);
        }
        self.tables.describe(&lengths[..described]).ok_or(Fault::Block)?;
        let lengths = &mut lengths[..literals + distances];
        let mut at = 0;
        while at < lengths.len() {
            self.fill();
            let entry = self.tables.distances[self.word as usize & ((1 << LENGTH_BITS) - 1)];
            self.skip(entry & 63)?;
            let (value, count) = match entry >> 16 {
                16 if at == 0 => return Err(Fault::Block),
                16 => (lengths[at - 1], 3 + self.take(2)?),
                17 => (0, 3 + self.take(3)?),
                18 => (0, 11 + self.take(7)?),
                length => (length as u8, 1),
            };
            lengths.get_mut(at..at + count as usize).ok_or(Fault::Block)?.fill(value);
            at += count as usize;
        }
        let (literals, distances) = lengths.split_at(literals);
        self.tables.build(literals, distances).ok_or(Fault::Block)
    }

    /// Decodes until `until`, behind which there is [`ROOM`], as long as there are words to read. Whether the block is
    /// over.
    #[inline(never)]
    fn fast(
        &mut self,
        output: &mut [u8],
        start: usize,
        output_at: &mut usize,
        until: usize,
    ) -> Result<bool, Fault> {
        let input = self.input;
        let Tables { literals, distances, .. } = &*self.tables;
        let mut bits = Bits { word: self.word, count: self.count, at: self.at };
        let mut at = *output_at;
        let mut is_over = false;
        // What comes next is looked up before bits are refilled, for it can be known then, and is not used up where
        // there is no refill.
        let mut is_full = at < until && bits.refill(input);
        let mut entry = bits.look_up(literals, LITERAL_BITS);
        while is_full && at < until {
            // Of 56 bits three short literals leave 23.
            if entry & LITERAL != 0 {
                put(output, &mut at, entry)?;
                bits.skip(entry);
                entry = bits.look_up(literals, LITERAL_BITS);
                if entry & LITERAL != 0 {
                    put(output, &mut at, entry)?;
                    bits.skip(entry);
                    entry = bits.look_up(literals, LITERAL_BITS);
                    if entry & LITERAL != 0 {
                        put(output, &mut at, entry)?;
                        bits.skip(entry);
                        entry = bits.look_up(literals, LITERAL_BITS);
                        is_full = bits.refill(input);
                        continue;
                    }
                }
                if !bits.refill(input) {
                    break;
                }
            }
            if entry & OTHER != 0 {
                entry = longer(literals, entry, bits.word >> LITERAL_BITS)?;
                if entry & LITERAL != 0 {
                    put(output, &mut at, entry)?;
                    bits.skip(entry);
                    entry = bits.look_up(literals, LITERAL_BITS);
                    is_full = bits.refill(input);
                    continue;
                }
                if entry & END != 0 {
                    bits.skip(entry);
                    is_over = true;
                    break;
                }
                if entry & OTHER != 0 {
                    return Err(Fault::Block);
                }
            }
            // A length and a distance are 48 bits at most.
            let length = value(entry, bits.word);
            bits.skip(entry);
            entry = bits.look_up(distances, DISTANCE_BITS);
            if entry & OTHER != 0 {
                entry = longer(distances, entry, bits.word >> DISTANCE_BITS)?;
                if entry & OTHER != 0 {
                    return Err(Fault::Block);
                }
            }
            let distance = value(entry, bits.word);
            bits.skip(entry);
            is_full = bits.refill(input);
            entry = bits.look_up(literals, LITERAL_BITS);
            if distance > at - start {
                return Err(Fault::Block);
            }
            let source = at - distance;
            if !(distance >= 8 && length <= STEP && copies::twice(output, source, at)) {
                matched(output, source, at, at + length)?;
            }
            at += length;
        }
        (self.word, self.count, self.at) = (bits.word, bits.count & 63, bits.at);
        *output_at = at;
        Ok(is_over)
    }

    /// Decodes until the block or the room is over; whether it was the block.
    #[inline(never)]
    fn careful(&mut self, output: &mut [u8], start: usize, at: &mut usize) -> Result<bool, Fault> {
        loop {
            self.fill();
            let mut word = self.word;
            let mut entry = self.tables.literals[word as usize & ((1 << LITERAL_BITS) - 1)];
            if entry & LONGER != 0 && entry & OTHER != 0 {
                entry = longer(&self.tables.literals, entry, word >> LITERAL_BITS)?;
            }
            let mut used = entry & 63;
            if used > self.count {
                return Err(Fault::Cut);
            }
            if entry & LITERAL != 0 {
                *output.get_mut(*at).ok_or(Fault::Full)? = (entry >> 16) as u8;
                self.skip(used)?;
                *at += 1;
                continue;
            }
            if entry & END != 0 {
                self.skip(used)?;
                return Ok(true);
            }
            if entry & OTHER != 0 {
                return Err(Fault::Block);
            }
            let length = value(entry, word);
            word = word.wrapping_shr(entry);
            entry = self.tables.distances[word as usize & ((1 << DISTANCE_BITS) - 1)];
            if entry & OTHER != 0 {
                entry = longer(&self.tables.distances, entry, word >> DISTANCE_BITS)?;
            }
            used += entry & 63;
            if used > self.count {
                return Err(Fault::Cut);
            }
            let distance = value(entry, word);
            if entry & OTHER != 0 || distance > *at - start {
                return Err(Fault::Block);
            }
            matched(output, *at - distance, *at, *at + length)?;
            self.skip(used)?;
            *at += length;
        }
    }
}

/// Base and extra bits.
#[inline(always)]
fn value(entry: u32, word: u64) -> usize {
    let extra = (word & !u64::MAX.wrapping_shl(entry)).wrapping_shr(entry >> 8);
    (entry >> 16) as usize + extra as usize
}

/// The entry of a code that is longer than those that are found at once; others as they are.
#[inline(always)]
fn longer(table: &[u32], entry: u32, word: u64) -> Result<u32, Fault> {
    if entry & LONGER == 0 {
        return Ok(entry);
    }
    let further = word as usize & ((1 << (entry >> 8 & 15)) - 1);
    table.get((entry >> 16 & 0x7fff) as usize + further).copied().ok_or(Fault::Block)
}

#[inline(always)]
fn put(output: &mut [u8], at: &mut usize, entry: u32) -> Result<(), Fault> {
    *output.get_mut(*at).ok_or(Fault::Full)? = (entry >> 16) as u8;
    *at += 1;
    Ok(())
}

/// The bits of [`Blocks`] where there are words to read. Of `count` the lower six bits count, so that entries are
/// subtracted as they are.
struct Bits {
    word: u64,
    count: u32,
    at: usize,
}

impl Bits {
    /// To 56 bits or more; whether there was a word.
    #[inline(always)]
    fn refill(&mut self, input: &[u8]) -> bool {
        let Some(next) = input.get(self.at..).and_then(<[u8]>::first_chunk::<8>) else { return false };
        self.word |= u64::from_le_bytes(*next).wrapping_shl(self.count);
        self.at += (!self.count & 63) as usize >> 3;
        self.count |= 56;
        true
    }

    #[inline(always)]
    fn look_up<const N: usize>(&self, table: &[u32; N], bits: u32) -> u32 {
        table[self.word as usize & ((1 << bits) - 1)]
    }

    #[inline(always)]
    fn skip(&mut self, entry: u32) {
        self.word = self.word.wrapping_shr(entry);
        self.count = self.count.wrapping_sub(entry);
    }
}

#[inline(never)]
fn matched(bytes: &mut [u8], from: usize, at: usize, end: usize) -> Result<(), Fault> {
    copies::repeat(bytes, from, at, end).ok_or(Fault::Full)
}
