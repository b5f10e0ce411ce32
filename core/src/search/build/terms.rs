//! Words of documents become a dictionary and its postings.

use std::collections::{BTreeMap, HashMap};

use super::super::codec::{Writer, checksum};
use super::super::dates::years;
use super::super::doc::{Doc, Field};
use super::super::format::{Class, DICT, level_of};
use super::super::text;

/// The summary's words behind this are not searched.
pub(super) const MAX_TEXT_BYTES: usize = 64 << 10;
/// A variable that is named in fifty flags is not fifty times as relevant.
const MAX_TF: u8 = 4;

/// The dictionary key of a synonym group.
pub(in super::super) fn group_key(group: usize) -> String {
    format!("\u{1}{group}")
}

pub(super) type PhraseTable = BTreeMap<String, Vec<(Vec<String>, usize)>>;

/// Texts up to this long are analysed once: names, units, people and keywords are those of many documents.
pub(super) const MAX_KNOWN_BYTES: usize = 256;

/// All texts of a document in which words are found; a long name only where it `tells_more` than the standard name.
pub(super) fn texts_of<'a>(
    doc: &'a Doc,
    mut tells_more: impl FnMut(&'a str, &'a str) -> bool,
) -> Vec<(Field, &'a str)> {
    let mut out = vec![(Field::Title, &*doc.title), (Field::Summary, &*doc.summary)];
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
        out.extend(list.iter().map(|one| (field, &**one)));
    }
    for variable in &doc.variables {
        out.extend([(Field::Variable, &*variable.name), (Field::Variable, &*variable.standard_name)]);
        if tells_more(&variable.long_name, &variable.standard_name) {
            out.push((Field::Variable, &variable.long_name));
        }
        out.push((Field::Units, &variable.units));
    }
    out.push((Field::License, &doc.license));
    out.extend([(Field::Format, &*doc.format), (Field::Format, &*doc.feature_type)]);
    out.push((Field::Level, &doc.level));
    out
}

/// Terms with their numbers, and what is known of texts.
struct Vocabulary<'a> {
    phrases: &'a PhraseTable,
    numbers: HashMap<String, u32>,
    known: HashMap<&'a str, Analysis>,
    /// Whether a long name says something that the standard name does not.
    tells_more: HashMap<(&'a str, &'a str), bool>,
}

/// The number of a term, the next one where it is new.
fn number_of(term: &str, numbers: &mut HashMap<String, u32>) -> u32 {
    let next = numbers.len() as u32;
    match numbers.get(term) {
        Some(number) => *number,
        None => *numbers.entry(term.to_owned()).or_insert(next),
    }
}

/// What a text holds.
struct Analysis {
    /// Words that count for its length.
    length: u32,
    /// Numbers of its terms, each as often as it stands there, and of groups of synonyms.
    terms: Box<[u32]>,
}

impl<'a> Vocabulary<'a> {
    fn new(phrases: &'a PhraseTable) -> Self {
        Self { phrases, numbers: HashMap::new(), known: HashMap::new(), tells_more: HashMap::new() }
    }

    fn analyse(&mut self, text: &str) -> Analysis {
        let mut sequence = Vec::new();
        let mut found = Vec::new();
        text::visit(text, |token| {
            if text::is_stop(&token.word) {
                return;
            }
            let term = text::term(&token.word);
            found.push(number_of(&term, &mut self.numbers));
            if !token.joined {
                sequence.push(term);
            }
        });
        for at in 0..sequence.len() {
            for (phrase, group) in self.phrases.get(&sequence[at]).into_iter().flatten() {
                if sequence[at..].starts_with(phrase) {
                    found.push(number_of(&group_key(*group), &mut self.numbers));
                }
            }
        }
        Analysis { length: sequence.len() as u32, terms: found.into_boxed_slice() }
    }

    /// Calls `each` with what `text` holds.
    fn visit(&mut self, text: &'a str, each: impl FnOnce(&Analysis)) {
        let text = super::super::cut(text, MAX_TEXT_BYTES);
        if text.len() > MAX_KNOWN_BYTES {
            return each(&self.analyse(text));
        }
        if !self.known.contains_key(text) {
            let analysis = self.analyse(text);
            self.known.insert(text, analysis);
        }
        if let Some(known) = self.known.get(text) {
            each(known);
        }
    }

    fn tells_more(&mut self, long_name: &'a str, standard_name: &'a str) -> bool {
        let compare = || text::fold(long_name) != text::fold(standard_name).replace('_', " ");
        *self.tells_more.entry((long_name, standard_name)).or_insert_with(compare)
    }

    /// Counts the words of a document.
    fn count(&mut self, doc: &'a Doc) -> Counted {
        let mut lengths = [0; Field::ALL.len()];
        let mut found: Vec<(u32, Field)> = Vec::new();
        for (field, text) in
            texts_of(doc, |long_name, standard_name| self.tells_more(long_name, standard_name))
        {
            self.visit(text, |analysis| {
                lengths[field as usize] += analysis.length;
                found.extend(analysis.terms.iter().map(|term| (*term, field)));
            });
        }
        for year in doc.time.into_iter().flat_map(years) {
            found.push((number_of(&year.to_string(), &mut self.numbers), Field::Year));
            lengths[Field::Year as usize] += 1;
        }
        // Stable: the fields of a term stay in the order in which they were met, and sums come out the same.
        found.sort_by_key(|(term, _)| *term);
        let mut terms: Vec<(u32, Field, u8)> = Vec::with_capacity(found.len());
        let mut from = 0;
        for (term, field) in found {
            if terms.last().is_none_or(|last| last.0 != term) {
                from = terms.len();
            }
            match terms[from..].iter_mut().find(|known| known.1 == field) {
                Some((_, _, frequency)) => *frequency = (*frequency + 1).min(MAX_TF),
                None => terms.push((term, field, 1)),
            }
        }
        Counted { terms: terms.into_boxed_slice(), lengths }
    }
}

/// Of ten thousand documents these are all held at once.
struct Counted {
    /// Term, field and frequency up to [`MAX_TF`], by term.
    terms: Box<[(u32, Field, u8)]>,
    lengths: [u32; Field::ALL.len()],
}

/// Postings of all terms: `(document, class)` in order of documents.
pub(super) struct Inverted {
    pub(super) postings: BTreeMap<String, Vec<(u32, Class)>>,
    pub(super) classes: Vec<Class>,
}

pub(super) fn invert(docs: &[&Doc], phrases: &PhraseTable) -> Inverted {
    let mut vocabulary = Vocabulary::new(phrases);
    let counted: Vec<Counted> = docs.iter().map(|doc| vocabulary.count(doc)).collect();
    let numbers = vocabulary.numbers;
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
