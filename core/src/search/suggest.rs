//! Suggestions while typing: words of the catalogue, platforms, people, variables, campaigns, keywords.

use super::build::value_key;
use super::doc::Facet;
use super::expand::{Atom, Fit};
use super::format::FACETS;
use super::index::{Index, Wants};
use super::small::sort;
use super::text;

/// Something that the word being typed may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The facet that it is a value of; `None` for a word.
    pub facet: Option<Facet>,
    /// The value.
    pub value: String,
    /// Datasets that have it.
    pub datasets: usize,
}

/// Words that are suggested above the values.
const WORDS: usize = 2;

/// Facets that are suggested, and how much before others of the same count.
const FROM: [Facet; 5] = [Facet::Platform, Facet::Variable, Facet::Person, Facet::Campaign, Facet::Keyword];

impl Index {
    /// What the text may become, best first, from what is loaded: its last word one of these ([`Index::words`]), or
    /// its last one to three words a value of which they are a part.
    #[must_use]
    pub fn suggest(&self, input: &str, begun: Vec<(String, usize)>, most: usize) -> Vec<Suggestion> {
        let words = typed_words(input);
        let mut out: Vec<(usize, String, Suggestion)> = Vec::new();
        // The most words first: `sea surf` means more than `surf`.
        for n in (1..=words.len().min(3)).rev() {
            let typed = value_key(&words[words.len() - n..].join(" "));
            if typed.len() < 2 {
                continue;
            }
            for facet in FROM {
                self.each_value(facet, |value, key, datasets| {
                    if datasets == 0 || !key.contains(&typed) {
                        return;
                    }
                    let Some(start) = starts(value, &typed) else { return };
                    let rank = n * 1000 + if start == 0 { 500 } else { 0 } + datasets.min(400);
                    let one = Suggestion { facet: Some(facet), value: value.to_owned(), datasets };
                    // `sea_surface_temperature` and the keyword `Sea Surface Temperature`: the more useful one.
                    match out.iter_mut().find(|(_, known, _)| known == key) {
                        Some(known) if known.0 < rank => (known.0, known.2) = (rank, one),
                        Some(_) => {}
                        None => out.push((rank, key.to_owned(), one)),
                    }
                });
            }
        }
        sort(&mut out, |a, b| b.0.cmp(&a.0).then_with(|| a.2.value.cmp(&b.2.value)));
        out.truncate(most);
        let word = |(value, datasets)| Suggestion { facet: None, value, datasets };
        let mut all: Vec<Suggestion> = begun.into_iter().map(word).collect();
        // A value says the same, and more, where its datasets are those of the word.
        all.retain(|word| {
            let word_key = value_key(&word.value);
            out.iter().all(|(_, key, one)| !key.contains(&word_key) || one.datasets < word.datasets)
        });
        all.truncate(WORDS);
        all.extend(out.into_iter().map(|(_, _, suggestion)| suggestion));
        all.truncate(most);
        all
    }

    /// Words of the catalogue that begin with the last one typed and go on, with their datasets, those of most first.
    #[must_use]
    pub fn words(&self, input: &str) -> Vec<(String, usize)> {
        let wants = Wants::default();
        let typed = typed_words(input).last().map_or(String::new(), |last| text::typed(&text::fold(last)));
        let mut atom = Atom::default();
        if typed.len() > 1 {
            self.beginnings(&typed, &mut atom, &wants);
        }
        // As people write it; two words that are also searched as one are not a word.
        let written = |fit: &Fit| {
            let word = self.surface(&fit.term)?;
            let is_one = word.chars().all(char::is_alphanumeric) && word.len() > typed.len();
            is_one.then(|| (word, self.frequency(fit.value, &wants) as usize))
        };
        atom.fits.iter().take(4 * WORDS).filter_map(written).collect()
    }

    fn each_value(&self, facet: Facet, mut each: impl FnMut(&str, &str, usize)) {
        let wants = Wants::default();
        if let Some(column) = self.facet(facet, &wants) {
            let values = column.values.iter().zip(column.keys()).zip(&column.counts);
            values.for_each(|((value, key), count)| each(value, key, *count as usize));
        } else {
            let number = Facet::ALL.iter().position(|one| *one == facet).unwrap_or(usize::from(FACETS));
            let known = self.header().suggest.iter().filter(|one| usize::from(one.0) == number);
            known.for_each(|(_, value, count)| each(value, &value_key(value), *count as usize));
        }
    }
}

/// The words of a text that is being typed; none where its end is no beginning of a word.
fn typed_words(input: &str) -> Vec<&str> {
    let input = super::cut(input, 200);
    if input.ends_with(char::is_whitespace) || input.contains(['"', ':']) {
        return Vec::new();
    }
    input.split_whitespace().collect()
}

/// At which word of the value the typed letters begin, without spaces: `seasurf` in `sea_surface_temperature`.
fn starts(value: &str, typed: &str) -> Option<usize> {
    let words: Vec<String> =
        text::tokens(value).into_iter().filter(|one| !one.joined).map(|one| one.word).collect();
    (0..words.len()).find(|at| words[*at..].concat().starts_with(typed))
}
