//! Sequences: so many literals, then a match (RFC 8878, 3.1.1.3.2 and 3.1.1.4).

use super::Fault;
use super::bits::Backwards;
use super::fse::{self, Table};
use super::literals::Run;
use super::output::{Output, Sequence};

/// How many extra bits each code of a literal length has; each begins where the one before it ends.
const LITERAL_BITS: [u8; 36] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13,
    14, 15, 16,
];
/// Of a match length; the first stands for 3.
const MATCH_BITS: [u8; 53] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1,
    1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
];
/// Of an offset, from 1; one more bit would reach beyond the largest chunk.
const OFFSET_BITS: [u8; 31] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
    29, 30,
];

const LITERAL_COUNTS: [i16; 36] = [
    4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1,
    -1, -1,
];
const OFFSET_COUNTS: [i16; 29] =
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1];
const MATCH_COUNTS: [i16; 53] = [
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
];

/// What a load holds beside the bits of three states.
const MOST_EXTRA: u32 = 30;
/// So many are read, then done: the two loops have fewer variables than one would, which a processor has registers for
/// (a twentieth in a browser).
const BATCH: usize = 256;

/// What a kind of symbol is like.
struct Kind {
    /// How many bits are added to each symbol's value.
    bits: &'static [u8],
    /// The first symbol's value.
    first: u32,
    /// How often each occurs where a block does not say.
    counts: &'static [i16],
    /// Log of their sum.
    log: u32,
    /// Most bits of a table that is described.
    most_log: u32,
}

/// In the order in which a block has them.
const KINDS: [Kind; 3] = [
    Kind { bits: &LITERAL_BITS, first: 0, counts: &LITERAL_COUNTS, log: 6, most_log: fse::MAX_LOG },
    Kind { bits: &OFFSET_BITS, first: 1, counts: &OFFSET_COUNTS, log: 5, most_log: 8 },
    Kind { bits: &MATCH_BITS, first: 3, counts: &MATCH_COUNTS, log: 6, most_log: fse::MAX_LOG },
];

/// What a table was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    /// Nothing of this frame.
    Not,
    /// What the format says.
    Predefined,
    /// What a block says.
    Described,
}

/// The tables of a frame, and its offsets that may be repeated.
pub(super) struct Sequences {
    tables: [Table; 3],
    made: [Made; 3],
    repeated: [u32; 3],
}

impl Sequences {
    pub(super) const fn new() -> Self {
        Self { tables: [const { Table::new() }; 3], made: [Made::Not; 3], repeated: [0; 3] }
    }

    /// A new frame begins.
    pub(super) fn reset(&mut self) {
        self.made = [Made::Not; 3];
        self.repeated = [1, 4, 8];
    }

    /// Decodes the section `bytes[at..]` into `output`.
    pub(super) fn decode(
        &mut self,
        bytes: &[u8],
        mut at: usize,
        literals: &Run<'_>,
        output: &mut Output<'_>,
    ) -> Result<(), Fault> {
        let end = bytes.len();
        let byte = |at: usize| bytes.get(at).copied().map(usize::from).ok_or(Fault::Block);
        let (count, length) = match byte(at)? {
            255 => (byte(at + 1)? + (byte(at + 2)? << 8) + 0x7f00, 3),
            high @ 128.. => (((high - 128) << 8) + byte(at + 1)?, 2),
            low => (low, 1),
        };
        at += length;
        let mut literals_at = 0;
        if count > 0 {
            at = self.describe(bytes, at)?;
            let stream = Backwards::new(bytes, at, end).ok_or(Fault::Block)?;
            literals_at = self.run(stream, count, literals, output)?;
        } else if at != end {
            return Err(Fault::Block);
        }
        output.literals(literals.bytes.get(literals_at..literals.count).ok_or(Fault::Block)?)
    }

    /// Reads which tables are used; returns where their descriptions end.
    fn describe(&mut self, bytes: &[u8], at: usize) -> Result<usize, Fault> {
        let modes = *bytes.get(at).ok_or(Fault::Block)?;
        if modes & 3 != 0 {
            return Err(Fault::Block);
        }
        let mut at = at + 1;
        for (which, kind) in KINDS.iter().enumerate() {
            let (table, made) = (&mut self.tables[which], &mut self.made[which]);
            let rest = bytes.get(at..).ok_or(Fault::Block)?;
            match modes >> (6 - 2 * which) & 3 {
                0 if *made == Made::Predefined => continue,
                0 => {
                    table.build(kind.counts, kind.log);
                    *made = Made::Predefined;
                }
                1 => {
                    table.repeat(*rest.first().ok_or(Fault::Block)?);
                    *made = Made::Described;
                    at += 1;
                }
                2 => {
                    at += table.read(rest, kind.most_log).ok_or(Fault::Block)?;
                    *made = Made::Described;
                }
                _ if *made == Made::Not => return Err(Fault::Block),
                _ => continue,
            }
            table.of_values(kind.first, kind.bits).ok_or(Fault::Block)?;
        }
        Ok(at)
    }

    /// Reads and does all sequences; returns how many literals they took.
    #[inline(never)]
    fn run(
        &mut self,
        mut stream: Backwards<'_>,
        count: usize,
        literals: &Run<'_>,
        output: &mut Output<'_>,
    ) -> Result<usize, Fault> {
        let mut states = [0; 3];
        for (state, table) in states.iter_mut().zip(&self.tables) {
            *state = stream.take(table.log).ok_or(Fault::Block)? as usize;
        }
        let mut reader = Reader {
            bytes: stream.bytes,
            // The word before a position begins 56 to 63 bits before it.
            at: stream.at.wrapping_sub(56),
            end: 0,
            states,
            repeated: self.repeated,
        };
        let mut batch = [Sequence { literals: 0, matched: 0, offset: 0 }; BATCH];
        let mut literals_at = 0;
        let mut left = count;
        while left > 0 {
            let batch = &mut batch[..left.min(BATCH)];
            left -= batch.len();
            reader.read(&self.tables, batch).ok_or(Fault::Block)?;
            literals_at = output.sequences(batch, literals, literals_at)?;
        }
        self.repeated = reader.repeated;
        // No states follow the last one.
        if reader.end.wrapping_add(56) == stream.start { Ok(literals_at) } else { Err(Fault::Block) }
    }
}

/// Reads sequence after sequence.
struct Reader<'a> {
    bytes: &'a [u8],
    /// Where the next word begins, in bits.
    at: usize,
    /// Where it would begin without the states that were read last.
    end: usize,
    states: [usize; 3],
    repeated: [u32; 3],
}

impl Reader<'_> {
    /// Fills `batch`; `None` where the stream is over before.
    #[inline(never)]
    fn read(
        &mut self,
        [of_literals, of_offsets, of_matches]: &[Table; 3],
        batch: &mut [Sequence],
    ) -> Option<()> {
        let bytes = self.bytes;
        let (mut at, mut end) = (self.at, self.end);
        let [mut literals, mut offsets, mut matches] = self.states;
        let [mut a, mut b, mut c] = self.repeated;
        for sequence in batch {
            let literal = &of_literals.states[literals % of_literals.states.len()];
            let offset = &of_offsets.states[offsets % of_offsets.states.len()];
            let matched = &of_matches.states[matches % of_matches.states.len()];
            let mut word = Word::at(bytes, at)?;
            let mut value = offset.base + word.take(offset.extra, offset.extra_mask);
            let mut match_len = matched.base;
            let mut literal_len = literal.base;
            at = at.wrapping_sub(offset.extra.into());
            let lengths = u32::from(matched.extra) + u32::from(literal.extra);
            if lengths > 0 {
                if lengths + u32::from(offset.extra) > MOST_EXTRA {
                    word = Word::at(bytes, at)?;
                }
                match_len += word.take(matched.extra, matched.extra_mask);
                literal_len += word.take(literal.extra, literal.extra_mask);
                at = at.wrapping_sub(lengths as usize);
                if lengths + u32::from(offset.extra) > MOST_EXTRA {
                    word = Word::at(bytes, at)?;
                }
            }
            end = at;
            literals = usize::from(literal.next) + word.take(literal.bits, literal.mask.into()) as usize;
            matches = usize::from(matched.next) + word.take(matched.bits, matched.mask.into()) as usize;
            offsets = usize::from(offset.next) + word.take(offset.bits, offset.mask.into()) as usize;
            at = at.wrapping_sub(
                usize::from(literal.bits) + usize::from(matched.bits) + usize::from(offset.bits),
            );
            // Three values stand for offsets that were used before (3.1.1.5).
            if value > 3 {
                value -= 3;
                (a, b, c) = (value, a, b);
            } else {
                // Which is chosen without branches, for it cannot be foreseen.
                let which = value - u32::from(literal_len != 0);
                let early = if which & 1 == 0 { a } else { b };
                let late = if which & 1 == 0 { c } else { a.wrapping_sub(1) };
                value = if which < 2 { early } else { late };
                (a, b, c) = (value, if which > 0 { a } else { b }, if which > 1 { b } else { c });
            }
            *sequence = Sequence { literals: literal_len, matched: match_len, offset: value };
        }
        (self.at, self.end) = (at, end);
        self.states = [literals, offsets, matches];
        self.repeated = [a, b, c];
        Some(())
    }
}

/// Bits from the upper end of a word.
struct Word {
    bits: u64,
    /// How many are left.
    left: u32,
}

impl Word {
    /// 56 bits or more from those that begin at `at`.
    #[inline(always)]
    fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let from = at >> 3;
        let bits = u64::from_le_bytes(bytes.get(from..from + 8)?.try_into().ok()?);
        Some(Self { bits, left: at as u32 & 7 | 56 })
    }

    #[inline(always)]
    fn take(&mut self, count: u16, mask: u32) -> u32 {
        self.left = self.left.wrapping_sub(count.into());
        self.bits.wrapping_shr(self.left) as u32 & mask
    }
}
