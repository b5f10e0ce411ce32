//! Words of documents become a dictionary and its postings.

use std::collections::BTreeMap;

use super::super::codec::{Writer, checksum};
use super::super::doc::{Doc, Field};
use super::super::format::{Class, DICT, level_of};
use super::super::text;

/// The summary's words behind this are not searched.
const MAX_TEXT_BYTES: usize = 64 << 10;
/// A variable that is named in fifty flags is not fifty times as relevant.
const MAX_TF: u32 = 4;

/// Terms of a phrase, as they stand in the dictionary.
pub(super) fn phrase_terms(phrase: &str) -> Vec<String> {
    let mut terms = Vec::new();
    text::visit(phrase, |token| {
        if !token.joined && !text::is_stop(&token.word) {
            terms.push(text::term(&token.word));
        }
    });
    terms
}

/// The dictionary key of a synonym group.
pub(in super::super) fn group_key(group: usize) -> String {
    format!("\u{1}{group}")
}

struct Counted {
    /// term → (field, frequency)
    terms: BTreeMap<String, Vec<(Field, u32)>>,
    lengths: [u32; Field::ALL.len()],
}

pub(super) type PhraseTable = BTreeMap<String, Vec<(Vec<String>, usize)>>;

fn count(doc: &Doc, phrases: &PhraseTable) -> Counted {
    let mut counted = Counted { terms: BTreeMap::new(), lengths: [0; Field::ALL.len()] };
    let mut add = |field: Field, source: &str| {
        let source = super::super::cut(source, MAX_TEXT_BYTES);
        let mut sequence = Vec::new();
        let mut found = Vec::new();
        text::visit(source, |token| {
            if text::is_stop(&token.word) {
                return;
            }
            let term = text::term(&token.word);
            if !token.joined {
                sequence.push(term.clone());
            }
            found.push(term);
        });
        counted.lengths[field as usize] += sequence.len() as u32;
        for at in 0..sequence.len() {
            for (phrase, group) in phrases.get(&sequence[at]).into_iter().flatten() {
                if sequence[at..].starts_with(phrase) {
                    found.push(group_key(*group));
                }
            }
        }
        for term in found {
            let fields = counted.terms.entry(term).or_default();
            match fields.iter_mut().find(|(known, _)| *known == field) {
                Some((_, frequency)) => *frequency += 1,
                None => fields.push((field, 1)),
            }
        }
    };
    add(Field::Title, &doc.title);
    add(Field::Summary, &doc.summary);
    let lists = [
        (Field::Keyword, &doc.keywords),
        (Field::Platform, &doc.platforms),
        (Field::Instrument, &doc.instruments),
        (Field::Campaign, &doc.campaigns),
        (Field::Person, &doc.people),
        (Field::Person, &doc.affiliations),
        (Field::Name, &doc.names),
    ];
    for (field, list) in lists {
        list.iter().for_each(|one| add(field, one));
    }
    for variable in &doc.variables {
        add(Field::Variable, &variable.name);
        add(Field::Variable, &variable.standard_name);
        if text::fold(&variable.long_name) != text::fold(&variable.standard_name).replace('_', " ") {
            add(Field::Variable, &variable.long_name);
        }
        add(Field::Units, &variable.units);
    }
    add(Field::License, &doc.license);
    add(Field::Format, &doc.format);
    add(Field::Format, &doc.feature_type);
    add(Field::Level, &doc.level);
    counted
}

/// Postings of all terms: `(document, class)` in order of documents.
pub(super) struct Inverted {
    pub(super) postings: BTreeMap<String, Vec<(u32, Class)>>,
    pub(super) classes: Vec<Class>,
}

/// [`Counted`] with numbers for terms: of ten thousand documents they are all held at once.
struct Compact {
    /// Term, field and frequency up to [`MAX_TF`], by term.
    terms: Box<[(u32, Field, u8)]>,
    lengths: [u32; Field::ALL.len()],
}

pub(super) fn invert(docs: &[&Doc], phrases: &PhraseTable) -> Inverted {
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut counted = Vec::with_capacity(docs.len());
    for doc in docs {
        let one = count(doc, phrases);
        let mut terms = Vec::new();
        for (term, fields) in one.terms {
            let next = numbers.len() as u32;
            let number = *numbers.entry(term).or_insert(next);
            terms.extend(fields.into_iter().map(|(field, n)| (number, field, n.min(MAX_TF) as u8)));
        }
        counted.push(Compact { terms: terms.into_boxed_slice(), lengths: one.lengths });
    }
    let mean = |field: Field| {
        let (mut sum, mut n) = (0.0_f32, 0.0_f32);
        for one in counted.iter().map(|one| one.lengths[field as usize]).filter(|length| *length > 0) {
            sum += one as f32;
            n += 1.0;
        }
        if n > 0.0 { sum / n } else { 1.0 }
    };
    let means = Field::ALL.map(mean);
    let mut postings: Vec<Vec<(u32, Class)>> = vec![Vec::new(); numbers.len()];
    let mut uses: BTreeMap<Class, u32> = BTreeMap::new();
    for (doc, one) in counted.into_iter().enumerate() {
        for fields in one.terms.chunk_by(|a, b| a.0 == b.0) {
            let (mut mask, mut sum) = (0, 0.0);
            for &(_, field, frequency) in fields {
                let (weight, b) = field.weight();
                let length = one.lengths[field as usize] as f32 / means[field as usize];
                // Squared lengths would punish rich records; very long ones are held back.
                sum += weight * f32::from(frequency) / (1.0 - b + b * length.min(4.0));
                mask |= field.bit();
            }
            let class = Class { mask, level: level_of(sum) };
            *uses.entry(class).or_default() += 1;
            postings[fields[0].0 as usize].push((doc as u32, class));
        }
    }
    let mut classes: Vec<(Class, u32)> = uses.into_iter().collect();
    classes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let terms = numbers
        .into_iter()
        .map(|(term, number)| (term, std::mem::take(&mut postings[number as usize])))
        .collect();
    Inverted { postings: terms, classes: classes.into_iter().map(|(class, _)| class).collect() }
}

/// The terms with their values, and the postings blob with the places where it may be cut.
pub(super) fn encode_postings(inverted: &Inverted) -> (Vec<(String, u64)>, Vec<u8>, Vec<usize>) {
    let number: BTreeMap<Class, u64> =
        inverted.classes.iter().enumerate().map(|(at, class)| (*class, at as u64)).collect();
    let n_classes = inverted.classes.len() as u64;
    let (mut terms, mut out, mut cuts) = (Vec::new(), Writer::default(), Vec::new());
    for (term, list) in &inverted.postings {
        if let [(doc, class)] = list[..] {
            terms.push((term.clone(), (u64::from(doc) * n_classes + number[&class]) << 1 | 1));
            continue;
        }
        cuts.push(out.bytes.len());
        terms.push((term.clone(), (out.bytes.len() as u64) << 1));
        out.len(list.len());
        let mut last = 0;
        for (doc, _) in list {
            out.varint(u64::from(doc - last));
            last = *doc;
        }
        list.iter().for_each(|(_, class)| out.varint(number[class]));
    }
    (terms, out.bytes, cuts)
}

/// The dictionary's own checksum, because `fst` trusts its bytes, and then the dictionary.
pub(super) fn dictionary(terms: &[(String, u64)]) -> Vec<u8> {
    let mut builder = fst::MapBuilder::memory();
    for (term, value) in terms {
        builder.insert(term, *value).expect("terms come sorted from a BTreeMap");
    }
    let map = builder.into_inner().expect("writing to memory does not fail");
    [&checksum(DICT, &map).to_le_bytes(), &map[..]].concat()
}
