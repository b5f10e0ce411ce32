//! [`Index::ahead`]: which files of a split index a word needs, so that a page can fetch them before the program is
//! there that reads them.

use fst::Streamer;

use super::format::{DICT, POSTINGS, Place, file_name};
use super::index::{Index, Need, Wants};

/// Files of one kind, each with the first word that stands in it, in order; the first one's word is empty.
pub type FirstWords = Vec<(String, String)>;

impl Index {
    /// The files of the dictionary and those of the postings; a kind that came with the entry, or of which there are
    /// more than `most`, is left out. A word is in the last file whose first word is not behind it.
    ///
    /// # Errors
    /// [`Need`]: the dictionary is read for it.
    pub fn ahead(&self, most: usize) -> Result<Vec<FirstWords>, Need> {
        self.asking(|wants| {
            let terms = self.terms(wants);
            let starts = |kind: u8| {
                let parts = self.header().parts.iter().filter(move |part| part.kind == kind);
                parts.filter_map(|part| match part.place {
                    Place::File { file, .. } => {
                        Some((part.start, file_name(*self.header().files.get(file)?)))
                    }
                    Place::Inline { .. } => None,
                })
            };
            let dictionary = first_words(starts(DICT), &terms, |(term, _), start| {
                term.bytes().next().is_some_and(|first| u64::from(first) >= start)
            });
            // What stands in one document only has no list: its place is in the value.
            let postings = first_words(starts(POSTINGS), &terms, |(_, value), start| {
                value & 1 == 0 && value >> 1 >= start
            });
            [dictionary, postings].into_iter().filter(|list| (1..=most).contains(&list.len())).collect()
        })
    }

    /// All terms with their values, in order.
    fn terms(&self, wants: &Wants) -> Vec<(String, u64)> {
        let mut out = Vec::new();
        for map in self.dictionaries(wants) {
            let mut stream = map.stream();
            while let Some((term, value)) = stream.next() {
                out.push((String::from_utf8_lossy(term).into_owned(), value));
            }
        }
        out
    }
}

fn first_words(
    parts: impl Iterator<Item = (u64, String)>,
    terms: &[(String, u64)],
    begins: impl Fn(&(String, u64), u64) -> bool,
) -> FirstWords {
    let mut at = 0;
    let mut out = FirstWords::new();
    for (start, file) in parts {
        at += terms[at..].iter().position(|term| begins(term, start)).unwrap_or(terms.len() - at);
        let before = at.checked_sub(1).map_or("", |before| terms[before].0.as_str());
        let word = terms.get(at).filter(|_| !out.is_empty()).map_or("", |term| apart(before, &term.0));
        out.push((word.to_owned(), file));
    }
    out
}

/// As much of a word as tells it from the one before; letters and digits only.
fn apart<'a>(before: &str, word: &'a str) -> &'a str {
    let same = before.chars().zip(word.chars()).take_while(|(a, b)| a == b).count();
    let mut letters = word.char_indices().skip_while(|(_, c)| c.is_alphanumeric());
    let whole = letters.next().map_or(word.len(), |(at, _)| at);
    let end = word.char_indices().nth(same + 1).map_or(word.len(), |(at, _)| at);
    &word[..end.min(whole)]
}

#[cfg(test)]
mod tests {
    use super::super::{Doc, Layout, build};
    use super::*;

    fn index() -> Index {
        let doc = |number: u32| Doc {
            cid: format!("cid{number}"),
            title: format!(
                "{} {} sounding",
                ["Radar", "Radiometer", "Äquator", "Wind"][number as usize % 4],
                number / 2
            ),
            ..Doc::default()
        };
        let docs: Vec<Doc> = (0..60).map(doc).collect();
        let layout = Layout { inline_bytes: 40, shard_bytes: 60, ..Layout::default() };
        let files = build(&docs, &Vec::new(), layout);
        let mut index = Index::open(files[0].bytes.clone()).unwrap();
        for file in &files[1..] {
            index.supply(&file.name, file.bytes.clone()).unwrap();
        }
        index
    }

    /// The file of a word, as `early.js` finds it.
    fn file<'a>(list: &'a FirstWords, word: &str) -> &'a str {
        list.iter().rfind(|(first, _)| first.as_str() <= word).map_or("", |(_, file)| file)
    }

    #[test]
    fn every_word_is_in_the_file_that_it_is_looked_for_in() {
        let index = index();
        let lists = index.ahead(100).unwrap();
        let [dictionary, postings] = &lists[..] else { panic!("{lists:?}") };
        assert!(dictionary.len() > 1 && postings.len() > 1, "{lists:?}");
        let header = index.header();
        let place = |kind: u8, key: u64| {
            let part = header.parts.iter().rfind(|part| part.kind == kind && part.start <= key).unwrap();
            let Place::File { file, .. } = part.place else { panic!("{part:?}") };
            file_name(header.files[file])
        };
        let wants = Wants::default();
        for (term, value) in index.terms(&wants) {
            assert_eq!(file(dictionary, &term), place(DICT, term.as_bytes()[0].into()), "{term}");
            if value & 1 == 0 {
                assert_eq!(file(postings, &term), place(POSTINGS, value >> 1), "{term}");
            }
        }
    }

    #[test]
    fn what_came_with_the_entry_or_is_too_much_is_left_out() {
        let doc = Doc { cid: "a".to_owned(), title: "Radar".to_owned(), ..Doc::default() };
        let files = build(&[doc], &Vec::new(), Layout::default());
        let whole = Index::open(files[0].bytes.clone()).unwrap();
        assert_eq!(whole.ahead(100), Ok(Vec::new()));
        assert_eq!(index().ahead(1), Ok(Vec::new()));
    }

    #[test]
    fn a_first_word_is_as_short_as_it_can_be() {
        assert_eq!(apart("radar", "radiometer"), "radi");
        assert_eq!(apart("", "wind"), "w");
        assert_eq!(apart("rad", "radar"), "rada");
        assert_eq!(apart("\u{1}1", "\u{1}2"), "");
        assert_eq!(apart("", "äquator"), "ä");
    }
}
