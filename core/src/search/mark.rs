//! Why a hit is one: the words that matched, marked in the record's texts.

use super::dates::years;
use super::doc::Field;
use super::expand::Slot;
use super::record::{Details, Record};
use super::small::sort;
use super::text;

/// A byte range of a text.
pub type Mark = (usize, usize);

/// A text with the words that matched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marked {
    /// The text.
    pub text: String,
    /// Byte ranges, sorted, not touching.
    pub marks: Vec<Mark>,
}

/// Where a hit was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The field.
    pub field: Field,
    /// What stands there.
    pub text: Marked,
    /// For a variable: its long or standard name, where that matched.
    pub note: Option<Marked>,
}

/// Finds the words of a query in texts.
#[derive(Debug, Default)]
pub(super) struct Marker {
    /// Sorted.
    terms: Vec<String>,
    prefixes: Vec<String>,
    phrases: Vec<Vec<String>>,
    /// The first letters of all of them.
    firsts: Vec<char>,
}

impl Marker {
    pub(super) fn new(slots: &[Slot]) -> Self {
        let mut marker = Self::default();
        for slot in slots.iter().filter(|slot| !slot.not) {
            // Its words by themselves are no reason.
            if let Some(phrase) = slot.phrase.as_ref().filter(|phrase| phrase.len() > 1) {
                marker.phrases.push(phrase.clone());
                continue;
            }
            for fit in slot.alternatives.iter().flat_map(|one| &one.atoms).flat_map(|atom| &atom.fits) {
                if let Err(at) = marker.terms.binary_search(&fit.term) {
                    marker.terms.insert(at, fit.term.clone());
                }
            }
            marker.prefixes.extend(slot.prefix.clone());
            marker.phrases.extend(slot.marks.iter().cloned());
        }
        let words = marker.terms.iter().chain(&marker.prefixes).chain(marker.phrases.iter().flatten());
        let mut firsts: Vec<char> = Vec::new();
        for first in words.filter_map(|word| word.chars().next()) {
            if !firsts.contains(&first) {
                firsts.push(first);
            }
        }
        marker.firsts = firsts;
        marker
    }

    /// The matching words of a text.
    pub(super) fn marks(&self, source: &str) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        let mut tokens: Vec<(usize, usize, String)> = Vec::new();
        text::visit(source, |token| {
            let fits = token.word.chars().next().is_some_and(|first| self.firsts.contains(&first));
            if !fits {
                // Keeps its place, so that phrases do not jump over it.
                if !token.joined && !text::is_stop(&token.word) {
                    tokens.push((token.start, token.end, String::new()));
                }
                return;
            }
            let term = text::term(&token.word);
            let typed = text::typed(&token.word);
            if self.terms.binary_search(&term).is_ok()
                || self.prefixes.iter().any(|prefix| typed.starts_with(prefix.as_str()))
            {
                marks.push((token.start, token.end));
            }
            if !token.joined && !text::is_stop(&token.word) {
                tokens.push((token.start, token.end, term));
            }
        });
        for phrase in &self.phrases {
            for window in tokens.windows(phrase.len().max(1)) {
                if window.iter().map(|token| &token.2).eq(phrase) {
                    marks.push((window[0].0, window[window.len() - 1].1));
                }
            }
        }
        sort(&mut marks, |a, b| a.cmp(b));
        let mut out: Vec<Mark> = Vec::new();
        for (start, end) in marks {
            match out.last_mut() {
                Some(last) if start < last.1 => last.1 = last.1.max(end),
                _ => out.push((start, end)),
            }
        }
        out
    }

    fn marked(&self, source: &str) -> Option<Marked> {
        let marks = self.marks(source);
        (!marks.is_empty()).then(|| Marked { text: source.to_owned(), marks })
    }

    /// Where a dataset matched, and how many variables did.
    pub(super) fn matched(
        &self,
        record: &Record,
        details: &Details,
        most_variables: usize,
    ) -> (Vec<Matched>, usize) {
        let mut out = Vec::new();
        let mut all = |field: Field, texts: &[&str]| {
            for text in texts {
                out.extend(self.marked(text).map(|text| Matched { field, text, note: None }));
            }
        };
        all(Field::Person, &record.people);
        all(Field::Person, &details.people);
        all(Field::Platform, &record.platforms);
        all(Field::Instrument, &details.instruments);
        all(Field::Campaign, &details.campaigns);
        all(Field::Keyword, &details.keywords);
        all(Field::License, &[record.license]);
        all(Field::Format, &[record.format]);
        all(Field::Level, &[details.level]);
        // Few queries have a number in them, and of many titles the year is a part.
        if let Some(time) = record.time.filter(|_| self.firsts.iter().any(char::is_ascii_digit)) {
            let years = years(time).map(|year| year.to_string());
            let years: Vec<String> = years.filter(|year| !record.title.contains(year)).collect();
            all(Field::Year, &years.iter().map(String::as_str).collect::<Vec<_>>());
        }
        let mut found: Vec<(usize, usize, Matched)> = Vec::new();
        for (at, variable) in details.variables.iter().enumerate() {
            let name = self.marks(variable.name);
            let note = self.marked(variable.long_name).or_else(|| self.marked(variable.standard_name));
            let marks = name.len() + note.as_ref().map_or(0, |note| note.marks.len());
            if marks > 0 {
                let text = Marked { text: variable.name.to_owned(), marks: name };
                found.push((marks, at, Matched { field: Field::Variable, text, note }));
            }
        }
        let n_variables = found.len();
        sort(&mut found, |a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        out.extend(found.into_iter().take(most_variables).map(|(_, _, matched)| matched));
        (out, n_variables)
    }

    /// The part of a text around its first marks, about `chars` long.
    pub(super) fn snippet(&self, source: &str, chars: usize) -> Option<Marked> {
        let marks = self.marks(source);
        let first = marks.first()?.0;
        let lead = source[..first].char_indices().rev().nth(chars / 3).map_or(0, |(at, _)| at);
        let start =
            if lead == 0 { 0 } else { source[lead..first].find(' ').map_or(lead, |at| lead + at + 1) };
        let end = source[start..].char_indices().nth(chars).map_or(source.len(), |(at, _)| start + at);
        let end = if end == source.len() {
            end
        } else {
            source[start..end].rfind(' ').map_or(end, |at| start + at)
        };
        let (before, after) = (if start > 0 { "… " } else { "" }, if end < source.len() { " …" } else { "" });
        let text = format!("{before}{}{after}", &source[start..end]);
        let inside = marks.into_iter().filter(|mark| mark.0 >= start && mark.1 <= end);
        let marks = inside.map(|(a, b)| (a - start + before.len(), b - start + before.len())).collect();
        Some(Marked { text, marks })
    }
}

/// Whether the words stand beside each other in a text.
pub(super) fn holds_phrase(source: &str, phrase: &[String]) -> bool {
    text::sequence(source).windows(phrase.len().max(1)).any(|window| window == phrase)
}

/// The texts of a dataset that belong to a field mask (0: all).
pub(super) fn texts<'a>(record: &Record<'a>, details: &Details<'a>, mask: u16) -> Vec<&'a str> {
    let wanted = |field: Field| mask == 0 || mask & field.bit() != 0;
    let mut out: Vec<&str> = Vec::new();
    let singles = [
        (Field::Title, record.title),
        (Field::Summary, details.summary),
        (Field::License, record.license),
        (Field::Format, record.format),
        (Field::Level, details.level),
    ];
    out.extend(singles.iter().filter(|(field, _)| wanted(*field)).map(|(_, text)| *text));
    let lists = [
        (Field::Keyword, &details.keywords),
        (Field::Platform, &record.platforms),
        (Field::Instrument, &details.instruments),
        (Field::Campaign, &details.campaigns),
        (Field::Person, &record.people),
        (Field::Person, &details.people),
    ];
    out.extend(lists.iter().filter(|(field, _)| wanted(*field)).flat_map(|(_, list)| list.iter().copied()));
    if wanted(Field::Variable) {
        out.extend(details.variables.iter().flat_map(|one| [one.name, one.standard_name, one.long_name]));
    }
    out
}
