//! From words to terms: exact, beginnings, typos, synonyms, and words written as one or two.

use fst::{IntoStreamer, Streamer};

use super::build::group_key;
use super::index::{Index, Wants};
use super::query::{Clause, Query};
use super::small::sort;
use super::text;
use super::typo::{Typo, distance};

/// Terms that a beginning or a typo stands for, at most.
const MAX_TERMS: usize = 64;
/// Where lists must be fetched: bytes of those that a beginning stands for. The most frequent words come first.
const MAX_LIST_BYTES: u32 = 192 << 10;
/// Dictionary entries that are walked for one word, at most.
const MAX_WALK: usize = 20_000;

/// A term with how well it fits what was typed.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub(super) term: String,
    pub(super) value: u64,
    pub(super) weight: f32,
}

/// A set of terms that any of stands for one word.
#[derive(Debug, Clone, Default)]
pub(super) struct Atom {
    pub(super) fits: Vec<Fit>,
    /// Whether only a typo was found.
    pub(super) typo: bool,
}

/// Atoms that must all be there.
#[derive(Debug, Clone, Default)]
pub(super) struct Alternative {
    pub(super) atoms: Vec<Atom>,
    pub(super) scale: f32,
}

/// What one or more words of the query stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot {
    /// As typed.
    pub(super) text: String,
    pub(super) alternatives: Vec<Alternative>,
    /// Counts when found, is not missed when not.
    pub(super) soft: bool,
    pub(super) not: bool,
    /// Field bits, or 0 for all.
    pub(super) mask: u16,
    /// All atoms in one field and, by the text of the record, beside each other.
    pub(super) phrase: Option<Vec<String>>,
    /// Phrases of synonyms, to mark in texts.
    pub(super) marks: Vec<Vec<String>>,
    /// The beginning that was typed.
    pub(super) prefix: Option<String>,
}

fn edits_for(word: &str) -> u8 {
    match word.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

impl Index {
    /// Exact term, then beginnings when `open`, else typos.
    fn atom(&self, word: &str, open: bool, wants: &Wants) -> Atom {
        let term = text::term(word);
        let mut atom = Atom::default();
        if let Some(value) = self.value(&term, wants) {
            atom.fits.push(Fit { term: term.clone(), value, weight: 1.0 });
        }
        if open {
            self.beginnings(&text::typed(word), &mut atom, wants);
        }
        let rare = match &atom.fits[..] {
            [] => true,
            // A misspelling may stand in the catalogue itself: `presure`.
            [one] if self.is_whole() && word.len() >= 5 => self.frequency(one.value, wants) <= 2,
            _ => false,
        };
        if rare {
            self.typos(word, &term, open, &mut atom, wants);
        }
        atom
    }

    pub(super) fn beginnings(&self, typed: &str, atom: &mut Atom, wants: &Wants) {
        // A letter that is a word says too little where every list must be fetched.
        let whole = self.is_whole();
        if typed.is_empty() || (!whole && typed.len() == 1 && !atom.fits.is_empty()) {
            return;
        }
        let Some(map) = typed.bytes().next().and_then(|first| self.dictionary(first, wants)) else { return };
        let mut stream = map.range().ge(typed).into_stream();
        let mut found: Vec<(u32, Fit)> = Vec::new();
        // Of lists that are not loaded, how long they are tells how frequent their words are: the next one begins behind.
        let mut last: Option<(usize, u64)> = None;
        for _ in 0..MAX_WALK {
            let Some((key, value)) = stream.next() else { break };
            let list = (!whole && value & 1 == 0).then_some(value >> 1);
            if let Some(next) = list
                && let Some((at, from)) = last.take()
            {
                found[at].0 = next.saturating_sub(from) as u32;
            }
            if !key.starts_with(typed.as_bytes()) {
                break;
            }
            let Ok(term) = std::str::from_utf8(key) else { continue };
            if atom.fits.iter().any(|fit| fit.term == term) {
                continue;
            }
            let share = typed.len() as f32 / term.len() as f32;
            let weight = 0.5 + 0.4 * share;
            let frequency = if whole { self.frequency(value, wants) } else { 1 };
            last = list.map(|from| (found.len(), from));
            found.push((frequency, Fit { term: term.to_owned(), value, weight }));
        }
        // Of the last word of a file that is not known.
        if let Some((at, _)) = last {
            found[at].0 = MAX_LIST_BYTES / 8;
        }
        // Many terms: the most frequent ones.
        sort(&mut found, |a, b| b.0.cmp(&a.0).then_with(|| a.1.term.cmp(&b.1.term)));
        found.truncate(MAX_TERMS);
        let mut bytes = 0_u32;
        for (size, fit) in found {
            if !whole && bytes >= MAX_LIST_BYTES {
                break;
            }
            bytes = bytes.saturating_add(size);
            atom.fits.push(fit);
        }
    }

    fn typos(&self, word: &str, term: &str, open: bool, atom: &mut Atom, wants: &Wants) {
        let edits = edits_for(word);
        let had = atom.fits.len();
        let most = atom.fits.first().map(|fit| self.frequency(fit.value, wants));
        if edits == 0 || word.bytes().all(|b| b.is_ascii_digit()) {
            return;
        }
        let first = term.as_bytes()[0];
        let Some(map) = self.dictionary(first, wants) else { return };
        let mut found: Vec<(u8, u32, Fit)> = Vec::new();
        // Whole words first; beginnings of words only when there is none.
        for prefix in [false, true] {
            if prefix && (!open || !found.is_empty() || had > 0) {
                break;
            }
            let edits = if had > 0 { 1 } else { edits };
            let pattern = if prefix { text::typed(word) } else { term.to_owned() };
            let Some(typo) = Typo::new(&pattern, edits, prefix) else { return };
            let mut stream = map.search(&typo).into_stream();
            for _ in 0..MAX_WALK {
                let Some((key, value)) = stream.next() else { break };
                let Ok(key) = std::str::from_utf8(key) else { continue };
                if atom.fits.iter().any(|fit| fit.term == key) || key.bytes().all(|b| b.is_ascii_digit()) {
                    continue;
                }
                let away = distance(&pattern, key, prefix);
                let weight = if had > 0 { 0.35 } else { 0.75 - 0.15 * f32::from(away) }
                    * if prefix { 0.9 } else { 1.0 };
                let frequency = if self.is_whole() { self.frequency(value, wants) } else { 1 };
                found.push((away, frequency, Fit { term: key.to_owned(), value, weight }));
            }
        }
        // Only the nearest: with one edit at hand, two edits are noise.
        sort(&mut found, |a, b| (a.0, b.1, &a.2.term).cmp(&(b.0, a.1, &b.2.term)));
        let nearest = found.first().map(|one| one.0);
        if let Some(most) = most {
            found.retain(|one| one.1 > most.saturating_mul(8));
        }
        found.retain(|one| Some(one.0) == nearest);
        found.truncate(if self.is_whole() { 12 } else { 4 });
        atom.typo = had == 0 && !found.is_empty();
        atom.fits.extend(found.into_iter().map(|(_, _, fit)| fit));
    }

    /// `windspeed` as `wind` and `speed`, where both are words of the catalogue.
    fn split(&self, word: &str, open: bool, wants: &Wants) -> Option<Vec<Atom>> {
        if !word.is_ascii() || word.len() < 4 || word.len() > 40 {
            return None;
        }
        let mut best: Option<(u32, Vec<Atom>)> = None;
        for at in 2..word.len() - 1 {
            let (left, right) = word.split_at(at);
            // Letters against digits may be short (`atr42`, `38khz`), other halves are words.
            let border = left.ends_with(|c: char| c.is_ascii_digit())
                != right.starts_with(|c: char| c.is_ascii_digit());
            if !border && (left.len() < 3 || right.len() < 3) {
                continue;
            }
            let Some(left_value) = self.value(&text::term(left), wants) else { continue };
            let mut last = Atom::default();
            if let Some(value) = self.value(&text::term(right), wants) {
                last.fits.push(Fit { term: text::term(right), value, weight: 1.0 });
            } else if open && right.len() >= 3 {
                self.beginnings(&text::typed(right), &mut last, wants);
            }
            if last.fits.is_empty() {
                continue;
            }
            let first = Fit { term: text::term(left), value: left_value, weight: 1.0 };
            let weight = |value: u64| if self.is_whole() { self.frequency(value, wants) } else { 1 };
            let common = weight(left_value).min(weight(last.fits[0].value));
            if best.as_ref().is_none_or(|(known, _)| common > *known) {
                best = Some((common, vec![Atom { fits: vec![first], typo: false }, last]));
            }
        }
        best.map(|(_, atoms)| atoms)
    }

    fn group(&self, group: usize, wants: &Wants) -> Option<Atom> {
        let term = group_key(group);
        let value = self.value(&term, wants)?;
        Some(Atom { fits: vec![Fit { term, value, weight: 0.95 }], typo: false })
    }

    fn word(&self, word: &str, open: bool, wants: &Wants) -> Slot {
        let mut slot = Slot {
            text: word.to_owned(),
            soft: text::is_soft(&text::term(word)) || text::is_stop(word),
            ..Slot::default()
        };
        slot.prefix = open.then(|| text::typed(word)).filter(|typed| !typed.is_empty());
        let atom = self.atom(word, open, wants);
        let known = !atom.fits.is_empty() && !atom.typo;
        if let Some(groups) = self.groups_of(&[text::term(word)]) {
            for group in groups {
                if let Some(atom) = self.group(group, wants) {
                    slot.alternatives.push(Alternative { atoms: vec![atom], scale: 1.0 });
                    slot.mark_group(self, group);
                }
            }
        }
        let split = if known && !self.is_whole() { None } else { self.split(word, open, wants) };
        // Two words of the catalogue are nearer than a typo.
        if split.is_none() || known {
            slot.alternatives.push(Alternative { atoms: vec![atom], scale: 1.0 });
        }
        if let Some(atoms) = split {
            slot.alternatives.push(Alternative { atoms, scale: 0.95 });
        }
        slot
    }

    /// The groups that hold a phrase; `None` where there is none.
    fn groups_of(&self, terms: &[String]) -> Option<Vec<usize>> {
        let phrase = terms.join(" ");
        let groups = self.header().synonyms.iter().enumerate();
        let found: Vec<usize> =
            groups.filter(|(_, group)| group.contains(&phrase)).map(|(at, _)| at).collect();
        (!found.is_empty()).then_some(found)
    }

    /// Words that stand together for a synonym or for one word of the catalogue: how many, and what for.
    fn together(&self, words: &[&str], wants: &Wants) -> Option<(usize, Slot)> {
        let terms: Vec<String> = words.iter().map(|word| text::term(word)).collect();
        for n in (2..=terms.len().min(6)).rev() {
            let groups = self.groups_of(&terms[..n]).unwrap_or_default();
            let joined = if n == 2 { self.joined(words[0], words[1], wants) } else { None };
            if groups.is_empty() && joined.is_none() {
                continue;
            }
            let mut slot = Slot { text: words[..n].join(" "), ..Slot::default() };
            let atoms = words[..n].iter().map(|word| self.atom(word, false, wants)).collect();
            slot.alternatives.push(Alternative { atoms, scale: 1.0 });
            // One term must weigh as much as the words that it stands for.
            let scale = n as f32 * 0.8;
            slot.alternatives.extend(joined.map(|atom| Alternative { atoms: vec![atom], scale }));
            for group in groups {
                if let Some(atom) = self.group(group, wants) {
                    slot.alternatives.push(Alternative { atoms: vec![atom], scale });
                    slot.mark_group(self, group);
                }
            }
            return Some((n, slot));
        }
        None
    }

    fn joined(&self, left: &str, right: &str, wants: &Wants) -> Option<Atom> {
        let term = text::term(&format!("{left}{right}"));
        let long = left.len() + right.len() >= 4;
        let value = long.then(|| self.value(&term, wants)).flatten()?;
        Some(Atom { fits: vec![Fit { term, value, weight: 1.0 }], typo: false })
    }

    fn clause(&self, clause: &Clause, open: bool, wants: &Wants) -> Slot {
        let mask = clause.field.map_or(0, super::Field::bit);
        let last = clause.words.len() - 1;
        if clause.words.len() == 1 && !clause.phrase {
            let slot = self.word(&clause.words[0], open, wants);
            return Slot {
                text: clause.text.clone(),
                mask,
                not: clause.not,
                soft: slot.soft && mask == 0,
                ..slot
            };
        }
        let exact = |word: &String, open: bool| {
            let mut atom = self.atom(word, open, wants);
            // Quotes and minus mean what they say.
            if clause.phrase || clause.not {
                atom.fits.retain(|fit| fit.term == text::term(word));
            }
            atom
        };
        let words = clause.words.iter().enumerate();
        let atoms = words.map(|(at, word)| exact(word, open && at == last)).collect();
        Slot {
            text: clause.text.clone(),
            alternatives: vec![Alternative { atoms, scale: 1.0 }],
            not: clause.not,
            mask,
            phrase: clause.phrase.then(|| clause.words.iter().map(|word| text::term(word)).collect()),
            ..Slot::default()
        }
    }

    /// All slots of a query. Field values that are exact facet values are no slots: see `rank`.
    pub(super) fn slots(&self, query: &Query, skip: &[usize], wants: &Wants) -> Vec<Slot> {
        let mut slots = Vec::new();
        let plain = |at: usize| {
            let clause = &query.clauses[at];
            clause.field.is_none() && !clause.phrase && !clause.not && clause.words.len() == 1
        };
        let last = query.clauses.len().wrapping_sub(1);
        let mut at = 0;
        while at < query.clauses.len() {
            if skip.contains(&at) {
                at += 1;
                continue;
            }
            let run = (at..query.clauses.len()).take_while(|at| plain(*at)).count();
            // The word that is still being typed stays by itself unless it completes a phrase.
            if run >= 2 {
                let words: Vec<&str> =
                    query.clauses[at..at + run].iter().map(|one| one.words[0].as_str()).collect();
                if let Some((n, mut slot)) = self.together(&words, wants) {
                    if query.open && at + n - 1 == last {
                        let word = words[n - 1];
                        slot.alternatives[0].atoms[n - 1] = self.atom(word, true, wants);
                        slot.prefix = Some(text::typed(word));
                    }
                    slots.push(slot);
                    at += n;
                    continue;
                }
            }
            slots.push(self.clause(&query.clauses[at], query.open && at == last, wants));
            at += 1;
        }
        if slots.iter().all(|slot| slot.soft || slot.not) {
            slots.iter_mut().for_each(|slot| slot.soft = false);
        }
        slots
    }

    /// Words of the catalogue near a word that was not found: term and number of datasets.
    pub(super) fn nearest(&self, word: &str, wants: &Wants) -> Vec<(String, u32)> {
        let term = text::term(word);
        let edits = match word.chars().count() {
            0..=2 => return Vec::new(),
            3..=4 => 1,
            5..=7 => 2,
            _ => 3,
        };
        let Some(typo) = Typo::new(&term, edits, false) else { return Vec::new() };
        let Some(map) = term.bytes().next().and_then(|first| self.dictionary(first, wants)) else {
            return Vec::new();
        };
        let mut stream = map.search(&typo).into_stream();
        let mut found: Vec<(u8, u32, String)> = Vec::new();
        for _ in 0..MAX_WALK {
            let Some((key, value)) = stream.next() else { break };
            if let Ok(key) = std::str::from_utf8(key) {
                found.push((distance(&term, key, false), self.frequency(value, wants), key.to_owned()));
            }
        }
        sort(&mut found, |a, b| (a.0, b.1, &a.2).cmp(&(b.0, a.1, &b.2)));
        found.truncate(3);
        found.into_iter().map(|(_, frequency, term)| (term, frequency)).collect()
    }
}

impl Slot {
    fn mark_group(&mut self, index: &Index, group: usize) {
        let phrases = index.header().synonyms.get(group).into_iter().flatten();
        self.marks.extend(phrases.map(|phrase| phrase.split(' ').map(str::to_owned).collect()));
    }

    /// Whether nothing in the catalogue fits.
    pub(super) fn is_unknown(&self) -> bool {
        self.alternatives.iter().all(|one| one.atoms.iter().any(|atom| atom.fits.is_empty()))
    }
}
