//! Tables of finite state entropy (RFC 8878, 4.1): how often symbols occur, and which state follows.

/// Tables are no larger than so many bits: those of literal and match lengths may have 9.
pub(super) const MAX_LOG: u32 = 9;
const MAX_STATES: usize = 1 << MAX_LOG;
/// More symbols than any table has.
const MAX_SYMBOLS: usize = 64;

/// A symbol's state: which symbol it stands for, and where the next state is. Masks save a browser a shift for each field.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    /// What the symbol counts from; the symbol itself before [`Table::of_values`].
    pub(super) base: u32,
    /// What is taken of the bits that are added to `base`.
    pub(super) extra_mask: u32,
    /// How many these are.
    pub(super) extra: u16,
    /// How many bits are added to `next`.
    pub(super) bits: u16,
    /// The lowest state that follows.
    pub(super) next: u16,
    /// What is taken of the bits that are added to it.
    pub(super) mask: u16,
}

/// The states by number.
pub(super) struct Table {
    /// Those beyond `1 << log` are of no meaning.
    pub(super) states: [State; MAX_STATES],
    /// How many bits a state's number has.
    pub(super) log: u32,
}

impl Table {
    pub(super) const fn new() -> Self {
        Self {
            states: [State { base: 0, extra_mask: 0, extra: 0, bits: 0, next: 0, mask: 0 }; MAX_STATES],
            log: 0,
        }
    }

    /// One symbol for ever.
    pub(super) fn repeat(&mut self, symbol: u8) {
        self.log = 0;
        self.states[0] = State { base: symbol.into(), ..State::default() };
    }

    /// Reads a description of at most `most_log` bits from the start of `bytes`; returns its length.
    pub(super) fn read(&mut self, bytes: &[u8], most_log: u32) -> Option<usize> {
        let mut counts = [0; MAX_SYMBOLS];
        let (log, symbols, length) = read_counts(bytes, most_log, &mut counts)?;
        self.build(counts.get(..symbols)?, log);
        Some(length)
    }

    /// Spreads symbols over the states; −1 is "less than once". The sum of `counts` is `1 << log`.
    pub(super) fn build(&mut self, counts: &[i16], log: u32) {
        self.log = log;
        let size = 1usize << log;
        let states = &mut self.states[..size];
        let mut next = [0u16; MAX_SYMBOLS];
        let mut high = size;
        for ((symbol, count), next) in counts.iter().enumerate().zip(&mut next) {
            *next = count.unsigned_abs();
            if *count == -1 && high > 0 {
                high -= 1;
                states[high].base = symbol as u32;
            }
        }
        let step = (size >> 1) + (size >> 3) + 3;
        let mut at = 0;
        for (symbol, count) in counts.iter().enumerate() {
            for _ in 0..*count {
                states[at & (size - 1)].base = symbol as u32;
                // Places at the end are taken by rare symbols.
                loop {
                    at = (at + step) & (size - 1);
                    if at < high || high == 0 {
                        break;
                    }
                }
            }
        }
        for state in states {
            let number = &mut next[state.base as usize % MAX_SYMBOLS];
            let bits = log - number.checked_ilog2().unwrap_or(0).min(log);
            *state = State {
                base: state.base,
                bits: bits as u16,
                next: ((u32::from(*number) << bits) as u16).wrapping_sub(size as u16),
                mask: (1 << bits) - 1,
                ..State::default()
            };
            *number = number.wrapping_add(1);
        }
    }

    /// Turns symbols into what they mean: a value, to which bits are added. The first symbol's is `first`, each of the
    /// others begins where the one before it ends. `None` for a symbol that there is not.
    pub(super) fn of_values(&mut self, first: u32, bits: &[u8]) -> Option<()> {
        let mut values = [0; MAX_SYMBOLS];
        let mut next = first;
        for (value, bits) in values.iter_mut().zip(bits) {
            *value = next;
            next += 1 << bits;
        }
        for state in &mut self.states[..1 << self.log] {
            let extra = *bits.get(state.base as usize)?;
            let base = values[state.base as usize % MAX_SYMBOLS];
            *state = State { base, extra: extra.into(), extra_mask: (1 << extra) - 1, ..*state };
        }
        Some(())
    }
}

/// How often each symbol occurs: log of the sum, symbols, and bytes that were read (RFC 8878, 4.1.1).
fn read_counts(bytes: &[u8], most_log: u32, counts: &mut [i16; MAX_SYMBOLS]) -> Option<(u32, usize, usize)> {
    let mut at = 0usize;
    // Up to 16 bits from here; beyond the end there are zeros, and the length is compared in the end.
    let bits = |at: usize| {
        let mut word = [0; 4];
        let rest = bytes.get(at / 8..).unwrap_or_default();
        let length = rest.len().min(4);
        word[..length].copy_from_slice(&rest[..length]);
        u32::from_le_bytes(word) >> (at % 8)
    };
    let log = (bits(0) & 15) + 5;
    at += 4;
    if log > most_log {
        return None;
    }
    let mut left = (1u32 << log) + 1;
    let mut symbol = 0;
    while left > 1 {
        // A value of 0 to `left`; small ones take a bit less.
        let width = u32::BITS - left.leading_zeros();
        let spare = (1 << width) - 1 - left;
        let word = bits(at);
        let short = word & ((1 << (width - 1)) - 1);
        let value = if short < spare {
            at += width as usize - 1;
            short
        } else {
            at += width as usize;
            let long = word & ((1 << width) - 1);
            if long >= 1 << (width - 1) { long - spare } else { long }
        };
        let count = value as i16 - 1;
        *counts.get_mut(symbol)? = count;
        symbol += 1;
        left = left.checked_sub(count.unsigned_abs().into())?;
        if count == 0 {
            // Pairs of bits tell how many more do not occur.
            loop {
                let more = bits(at) & 3;
                at += 2;
                symbol += more as usize;
                if more < 3 {
                    break;
                }
                if symbol > MAX_SYMBOLS {
                    return None;
                }
            }
        }
    }
    let length = at.div_ceil(8);
    (left == 1 && symbol <= MAX_SYMBOLS && length <= bytes.len()).then_some((log, symbol, length))
}
