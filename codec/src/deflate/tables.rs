//! Huffman's codes as tables (RFC 1951, 3.2): what the next bits stand for, looked up in one step, or in two where a
//! code is long. They are computed, for written down they would be larger than the decoder.

/// A literal or length is found by so many bits …
pub(super) const LITERAL_BITS: u32 = 11;
/// … and a distance by so many.
pub(super) const DISTANCE_BITS: u32 = 8;
/// Lengths of codes are coded by at most so many.
pub(super) const LENGTH_BITS: u32 = 7;
/// No code is longer.
const MAX_BITS: usize = 15;

/// Set where an entry is a literal, which is in its upper half; otherwise there is what extra bits are added to.
pub(super) const LITERAL: u32 = 1 << 31;
/// Set where it is neither literal nor length nor distance: one of the two below, or a code that means nothing.
pub(super) const OTHER: u32 = 1 << 15;
/// The code is longer: the upper half says where its further bits are looked up, bits 8 to 11 how many.
pub(super) const LONGER: u32 = 1 << 14;
/// The block's end.
pub(super) const END: u32 = 1 << 13;
// Bits 0 to 5 of an entry count code and extra bits, bits 8 to 11 the code alone.

/// More than any complete code with these bits takes (zlib's `enough.c`: 2342, 402).
const LITERALS: usize = (1 << LITERAL_BITS) + 320;
const DISTANCES: usize = (1 << DISTANCE_BITS) + 160;

/// The order in which lengths of the lengths' own codes are stored.
const ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The codes of a block.
pub(super) struct Tables {
    pub(super) literals: [u32; LITERALS],
    pub(super) distances: [u32; DISTANCES],
    /// They are those that need no description.
    is_fixed: bool,
}

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Literals,
    Distances,
    Lengths,
}

impl Kind {
    /// A symbol's entry without the length of its code.
    fn entry(self, symbol: u32) -> u32 {
        match (self, symbol) {
            (Self::Lengths, _) => symbol << 16,
            (Self::Literals, 0..256) => LITERAL | symbol << 16,
            (Self::Literals, 256) => OTHER | END,
            (Self::Literals, 257..265) => (symbol - 254) << 16,
            (Self::Literals, 285) => 258 << 16,
            (Self::Literals, 265..285) => {
                let extra = (symbol - 261) >> 2;
                (3 + ((4 + ((symbol - 261) & 3)) << extra)) << 16 | extra
            }
            (Self::Distances, 0..4) => (symbol + 1) << 16,
            (Self::Distances, 4..30) => {
                let extra = (symbol >> 1) - 1;
                (1 + ((2 + (symbol & 1)) << extra)) << 16 | extra
            }
            _ => OTHER,
        }
    }
}

impl Tables {
    pub(super) fn new() -> Self {
        Self { literals: [0; LITERALS], distances: [0; DISTANCES], is_fixed: false }
    }

    /// The codes that need no description.
    pub(super) fn fix(&mut self) -> Option<()> {
        if !self.is_fixed {
            let mut lengths = [8; 288];
            lengths[144..256].fill(9);
            lengths[256..280].fill(7);
            build(&mut self.literals, LITERAL_BITS, &lengths, Kind::Literals)?;
            build(&mut self.distances, DISTANCE_BITS, &[5; 32], Kind::Distances)?;
            self.is_fixed = true;
        }
        Some(())
    }

    /// The codes of the lengths of codes, in place of those of distances; `lengths` as they are stored.
    pub(super) fn describe(&mut self, stored: &[u8]) -> Option<()> {
        let mut lengths = [0; ORDER.len()];
        for (length, at) in stored.iter().zip(ORDER) {
            lengths[usize::from(at)] = *length;
        }
        self.is_fixed = false;
        build(&mut self.distances, LENGTH_BITS, &lengths, Kind::Lengths)
    }

    /// Codes of these lengths.
    pub(super) fn build(&mut self, literals: &[u8], distances: &[u8]) -> Option<()> {
        build(&mut self.literals, LITERAL_BITS, literals, Kind::Literals)?;
        build(&mut self.distances, DISTANCE_BITS, distances, Kind::Distances)
    }
}

/// Fills a table; `None` where the lengths are of no code: too many, or too few for all bits to mean something. A
/// single code of one bit is allowed, and none at all, as zlib has it.
fn build(table: &mut [u32], root: u32, lengths: &[u8], kind: Kind) -> Option<()> {
    let mut counts = [0u16; MAX_BITS + 1];
    for length in lengths {
        *counts.get_mut(usize::from(*length))? += 1;
    }
    counts[0] = 0;
    let longest = counts.iter().rposition(|count| *count > 0).unwrap_or(0) as u32;
    // Where symbols of each length begin in their order, and what is left of all codes.
    let mut offsets = [0u16; MAX_BITS + 2];
    let mut left = 1i32;
    for length in 1..=MAX_BITS {
        offsets[length + 1] = offsets[length] + counts[length];
        left = (left << 1) - i32::from(counts[length]);
        if left < 0 {
            return None;
        }
    }
    if left > 0 {
        if longest > 1 || kind == Kind::Lengths {
            return None;
        }
        table.get_mut(..1 << root)?.fill(OTHER);
    }
    let mut sorted = [0u16; 288];
    for (symbol, length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0) {
        let place = &mut offsets[usize::from(*length)];
        *sorted.get_mut(usize::from(*place))? = symbol as u16;
        *place += 1;
    }
    // From short to long, in the order of codes; bits come lowest first, so codes are reversed.
    let mut symbols = sorted.iter();
    let mut code = 0u32;
    let mut prefix = u32::MAX;
    let (mut part, mut part_bits) = (0, 0);
    let mut free = 1usize << root;
    for length in 1..=longest {
        code <<= 1;
        while counts[length as usize] > 0 {
            let entry = kind.entry((*symbols.next()?).into()) + length * 0x101;
            let reversed = code.reverse_bits() >> (32 - length);
            let (from, step, to) = if length <= root {
                (reversed as usize, 1 << length, 1 << root)
            } else {
                let start = reversed & ((1 << root) - 1);
                if start != prefix {
                    prefix = start;
                    part = free;
                    part_bits = length - root;
                    // As many bits as the codes take that begin alike.
                    let mut room = 1i32 << part_bits;
                    while part_bits + root < longest {
                        room -= i32::from(counts[(part_bits + root) as usize]);
                        if room <= 0 {
                            break;
                        }
                        part_bits += 1;
                        room <<= 1;
                    }
                    free += 1 << part_bits;
                    *table.get_mut(start as usize)? = OTHER | LONGER | (part as u32) << 16 | part_bits << 8;
                }
                (part + (reversed >> root) as usize, 1 << (length - root), part + (1 << part_bits))
            };
            table.get_mut(..to)?.iter_mut().skip(from).step_by(step).for_each(|place| *place = entry);
            counts[length as usize] -= 1;
            code += 1;
        }
    }
    Some(())
}
