//! [`Typo`]: an automaton for `fst` that accepts words within a few edits (insert, delete, replace, swap
//! neighbours) of a word, whose first letter must be right.
//!
//! Rows of the edit-distance table are computed while the dictionary is walked, so that no table of
//! states is built beforehand: `fst`'s own Levenshtein automaton takes milliseconds to build for two edits.
//! Edits count bytes; a letter outside ASCII counts for two.

use fst::Automaton;

/// Longest word that is tried, in bytes.
pub(super) const MAX_BYTES: usize = 31;

/// Accepts words within `edits` of `word`; with `prefix`, words that begin so.
#[derive(Debug)]
pub(super) struct Typo<'a> {
    word: &'a [u8],
    edits: u8,
    prefix: bool,
}

/// Two rows of the table: the one before and the current one.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    now: [u8; MAX_BYTES + 1],
    before: [u8; MAX_BYTES + 1],
    last: u8,
    depth: u8,
    dead: bool,
    reached: bool,
}

impl<'a> Typo<'a> {
    /// `None` when the word is too long to be tried.
    pub(super) fn new(word: &'a str, edits: u8, prefix: bool) -> Option<Self> {
        (!word.is_empty() && word.len() <= MAX_BYTES).then_some(Self { word: word.as_bytes(), edits, prefix })
    }
}

fn step(word: &[u8], rows: &Rows, byte: u8, next: &mut [u8; MAX_BYTES + 1]) -> u8 {
    next[0] = rows.now[0].saturating_add(1);
    let mut least = next[0];
    for at in 1..=word.len() {
        let cost = u8::from(word[at - 1] != byte);
        let mut value =
            (rows.now[at - 1].saturating_add(cost)).min(rows.now[at].min(next[at - 1]).saturating_add(1));
        if at > 1 && rows.depth > 0 && word[at - 1] == rows.last && word[at - 2] == byte {
            value = value.min(rows.before[at - 2].saturating_add(1));
        }
        next[at] = value;
        least = least.min(value);
    }
    least
}

fn first_rows(len: usize) -> Rows {
    let mut now = [0; MAX_BYTES + 1];
    for (at, cell) in now.iter_mut().enumerate().take(len + 1) {
        *cell = at as u8;
    }
    Rows { now, before: [u8::MAX; MAX_BYTES + 1], last: 0, depth: 0, dead: false, reached: false }
}

/// The edit distance between a word and a term, or with `prefix` to the best beginning of the term.
pub(super) fn distance(word: &str, term: &str, prefix: bool) -> u8 {
    let word = word.as_bytes();
    if word.len() > MAX_BYTES {
        return u8::MAX;
    }
    let mut rows = first_rows(word.len());
    let mut best = rows.now[word.len()];
    for &byte in term.as_bytes() {
        let mut next = [0; MAX_BYTES + 1];
        step(word, &rows, byte, &mut next);
        rows = Rows { before: rows.now, now: next, last: byte, depth: 1, dead: false, reached: false };
        best = best.min(rows.now[word.len()]);
    }
    if prefix { best } else { rows.now[word.len()] }
}

impl Automaton for Typo<'_> {
    type State = Rows;

    fn start(&self) -> Rows {
        first_rows(self.word.len())
    }
    fn is_match(&self, rows: &Rows) -> bool {
        !rows.dead && (rows.reached || rows.now[self.word.len()] <= self.edits)
    }
    fn can_match(&self, rows: &Rows) -> bool {
        !rows.dead
    }
    fn will_always_match(&self, rows: &Rows) -> bool {
        rows.reached
    }
    fn accept(&self, rows: &Rows, byte: u8) -> Rows {
        let mut next = rows.clone();
        if rows.reached || rows.dead {
            return next;
        }
        if rows.depth == 0 && byte != self.word[0] {
            next.dead = true;
            return next;
        }
        let least = step(self.word, rows, byte, &mut next.now);
        next.before = rows.now;
        next.last = byte;
        next.depth = 1;
        next.dead = least > self.edits;
        next.reached = self.prefix && next.now[self.word.len()] <= self.edits;
        next
    }
}

#[cfg(test)]
mod tests {
    use fst::{IntoStreamer, Set};

    use super::*;

    fn matches(word: &str, edits: u8, prefix: bool) -> String {
        let set =
            Set::from_iter(["dropsond", "radar", "radiation", "radiomet", "radiosond", "rain", "temperatur"])
                .unwrap();
        set.search(Typo::new(word, edits, prefix).unwrap()).into_stream().into_strs().unwrap().join(" ")
    }

    #[test]
    fn edits_and_swaps() {
        assert_eq!(matches("radra", 1, false), "radar");
        assert_eq!(matches("raidomet", 1, false), "radiomet");
        assert_eq!(matches("radiomt", 1, false), "radiomet");
        assert_eq!(matches("drapsnod", 1, false), "");
        assert_eq!(matches("drapsnod", 2, false), "dropsond");
        assert_eq!(matches("tadar", 2, false), "", "the first letter is kept");
        assert_eq!(matches("radoi", 1, true), "radiation radiomet radiosond");
        assert!(Typo::new(&"x".repeat(40), 1, false).is_none());
    }

    #[test]
    fn the_distance_agrees_with_the_automaton() {
        for (word, term, want) in
            [("radar", "radar", 0), ("radra", "radar", 1), ("rdr", "radar", 2), ("", "abc", 3)]
        {
            assert_eq!(distance(word, term, false), want, "{word} {term}");
        }
        assert_eq!(distance("radoi", "radiosond", true), 1);
    }
}
