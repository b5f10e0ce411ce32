//! The words of documents, two and two, for [`super::super::pairs`].

use std::collections::{BTreeMap, HashMap};

use super::super::codec::Writer;
use super::super::doc::{Doc, Field};
use super::super::pairs::{self, Holder};
use super::super::{cut, text};
use super::terms::{MAX_KNOWN_BYTES, MAX_TEXT_BYTES, texts_of};

/// The pairs of words in a text, as they count for a phrase.
fn in_text(text: &str) -> Box<[u64]> {
    let terms = text::sequence(cut(text, MAX_TEXT_BYTES));
    let mut keys: Vec<u64> = terms.windows(2).map(|two| pairs::key(&two[0], &two[1])).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_boxed_slice()
}

/// All pairs of all documents, by key.
fn collect(docs: &[&Doc]) -> BTreeMap<u64, Vec<Holder>> {
    let mut known: HashMap<&str, Box<[u64]>> = HashMap::new();
    let mut found: BTreeMap<u64, Vec<Holder>> = BTreeMap::new();
    for (number, doc) in docs.iter().enumerate() {
        let mut add = |field: Field, keys: &[u64]| {
            for key in keys {
                let holders = found.entry(*key).or_default();
                match holders.last_mut() {
                    Some(last) if last.0 == number as u32 => last.2 |= field.bit(),
                    _ => holders.push((number as u32, 0.0, field.bit())),
                }
            }
        };
        for (field, text) in texts_of(doc, |long_name, standard_name| long_name != standard_name) {
            if text.len() > MAX_KNOWN_BYTES {
                add(field, &in_text(text));
            } else {
                add(field, known.entry(text).or_insert_with(|| in_text(text)));
            }
        }
    }
    found
}

/// Bodies of parts of about `part_bytes`, each with its first key. There is always one: where none is, nobody knows of pairs.
pub(super) fn parts(docs: &[&Doc], part_bytes: usize) -> Vec<(u64, Vec<u8>)> {
    let mut out: Vec<(u64, Vec<u8>)> = Vec::new();
    let (mut part, mut before, mut first) = (Writer::default(), 0, 0);
    for (key, holders) in collect(docs) {
        if part.bytes.len() >= part_bytes {
            out.push((first, std::mem::take(&mut part.bytes)));
            before = 0;
        }
        if part.bytes.is_empty() {
            first = key;
        }
        pairs::write(&mut part, before, key, &holders);
        before = key;
    }
    out.push((first, part.bytes));
    out
}
