//! The encoder: [`build`] turns documents into index files.

use std::collections::BTreeMap;

use super::codec::{Writer, checksum, frame};
use super::columns::{ExtentRow, Extents, FacetColumn, Ids, Shapes};
use super::doc::{Doc, Facet, Field, shorten};
use super::format::{
    Class, DETAILS, DICT, ENTRY, EXTENTS, FACETS, Header, IDS, POSTINGS, Part, Place, RECORDS, SHAPES,
    file_name, level_of,
};
use super::record::{Details, PEOPLE, Record, RecordVariable, ShardWriter};
use super::shape::Shape;
use super::{ids, text};

/// A file of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexFile {
    /// Its name: a hash of its content and `.pfs`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What travels in the entry, and how large the other files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Dictionary, postings or records up to this many bytes are in the entry; details are one file.
    pub inline_bytes: usize,
    /// Columns up to this many bytes share a file.
    pub shared_column_bytes: usize,
    /// Files of the dictionary and postings hold about this much.
    pub shard_bytes: usize,
    /// Datasets in a file of records.
    pub shard_records: usize,
    /// Datasets in a file of details.
    pub shard_details: usize,
}

impl Default for Layout {
    /// The entry, one file of details and one of columns up to about two thousand datasets; then details,
    /// records, postings and dictionary are split in turn.
    fn default() -> Self {
        Self {
            inline_bytes: 256 << 10,
            shared_column_bytes: 48 << 10,
            shard_bytes: 24 << 10,
            shard_records: 48,
            shard_details: 12,
        }
    }
}

/// Groups of words and phrases that mean the same.
pub type Synonyms = Vec<Vec<String>>;

/// Characters of the summary that a result can show.
const SUMMARY_CHARS: usize = 480;
/// The summary's words behind this are not searched.
const MAX_TEXT_BYTES: usize = 64 << 10;
/// Files of records or details; the entry names them all.
const MAX_SHARDS: usize = 3000;
/// Where there are more, the map shows boxes.
const MAX_SHAPES_BYTES: usize = 256 << 10;
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
pub(super) fn group_key(group: usize) -> String {
    format!("\u{1}{group}")
}

struct Counted {
    /// term → (field, frequency)
    terms: BTreeMap<String, Vec<(Field, u32)>>,
    lengths: [u32; Field::ALL.len()],
}

type PhraseTable = BTreeMap<String, Vec<(Vec<String>, usize)>>;

fn count(doc: &Doc, phrases: &PhraseTable) -> Counted {
    let mut counted = Counted { terms: BTreeMap::new(), lengths: [0; Field::ALL.len()] };
    let mut add = |field: Field, source: &str| {
        let source = super::cut(source, MAX_TEXT_BYTES);
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

/// A text without anything but letters and digits: `RV METEOR` and `RV Meteor`, `BOW-TIE` and `BOWTIE`.
pub(super) fn value_key(text: &str) -> String {
    text::fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn facet_values(doc: &Doc, facet: Facet) -> Vec<&str> {
    let one = |text: &'static str| vec![text];
    match facet {
        Facet::Campaign => doc.campaigns.iter().map(String::as_str).collect(),
        Facet::Platform => doc.platforms.iter().map(String::as_str).collect(),
        Facet::Person => doc.people.iter().map(String::as_str).collect(),
        Facet::Keyword => doc.keywords.iter().map(String::as_str).collect(),
        Facet::Variable => {
            let data = doc.variables.iter().filter(|variable| !variable.coordinate);
            data.map(|variable| variable.standard_name.as_str()).collect()
        }
        Facet::Level => vec![doc.level.as_str()],
        Facet::License => vec![doc.license.as_str()],
        Facet::Format => vec![doc.format.as_str()],
        Facet::Doi => one(if doc.doi.is_some() { "yes" } else { "no" }),
    }
}

fn facet_column(docs: &[&Doc], facet: Facet) -> FacetColumn {
    /// How many documents, and how often each spelling; the most frequent one is shown.
    type Spellings<'a> = (u32, BTreeMap<&'a str, u32>);
    let mut keys: BTreeMap<String, Spellings> = BTreeMap::new();
    let mut lists: Vec<Vec<String>> = Vec::new();
    for doc in docs {
        let mut list = Vec::new();
        for value in facet_values(doc, facet) {
            let key = value_key(value);
            if key.is_empty() || list.contains(&key) {
                continue;
            }
            let known = keys.entry(key.clone()).or_default();
            known.0 += 1;
            *known.1.entry(value).or_default() += 1;
            list.push(key);
        }
        lists.push(list);
    }
    let mut order: Vec<(&String, &Spellings)> = keys.iter().collect();
    order.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(b.0)));
    let number: BTreeMap<&str, u32> =
        order.iter().enumerate().map(|(at, (key, _))| (key.as_str(), at as u32)).collect();
    let best = |spellings: &BTreeMap<&str, u32>| {
        let best = spellings.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
        best.map(|(text, _)| (*text).to_owned()).unwrap_or_default()
    };
    let mut column = FacetColumn::new(
        order.iter().map(|(_, (_, spellings))| best(spellings)).collect(),
        order.iter().map(|(_, (count, _))| *count).collect(),
    );
    for list in &lists {
        let mut ids: Vec<u32> = list.iter().filter_map(|key| number.get(key.as_str()).copied()).collect();
        ids.sort_unstable();
        column.ids.extend(ids);
        column.starts.push(column.ids.len() as u32);
    }
    column
}

fn extents(docs: &[&Doc]) -> Extents {
    let hundredths = |[w, s, e, n]: [f64; 4]| {
        let limit = |value: f64| (value.clamp(-1000.0, 1000.0) * 100.0) as i32;
        [
            limit((w * 100.0).floor() / 100.0),
            limit((s * 100.0).floor() / 100.0),
            limit((e * 100.0).ceil() / 100.0),
            limit((n * 100.0).ceil() / 100.0),
        ]
    };
    let row = |doc: &&Doc| ExtentRow {
        time: doc.time.map(|(start, end)| (start.min(end), end.max(start))),
        bbox: doc.bbox.map(hundredths),
        published: doc.published.or_else(|| doc.year.map(|year| super::dates::day_of(year, 1, 1))),
    };
    Extents { rows: docs.iter().map(row).collect() }
}

fn texts(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

fn record(doc: &Doc) -> Record<'_> {
    Record {
        cid: &doc.cid,
        title: &doc.title,
        doi: doc.doi.clone(),
        license: &doc.license,
        format: &doc.format,
        year: doc.year,
        time: doc.time.map(|(start, end)| (start.min(end), end.max(start))),
        people: texts(&doc.people[..doc.people.len().min(PEOPLE)]),
        n_people: doc.people.len(),
        platforms: texts(&doc.platforms),
        n_variables: doc.variables.len(),
        embargo: doc.embargo,
        picture: doc.picture,
    }
}

fn details<'a>(doc: &'a Doc, summary: &'a str) -> Details<'a> {
    let variable = |variable: &'a super::DocVariable| RecordVariable {
        name: &variable.name,
        standard_name: &variable.standard_name,
        long_name: &variable.long_name,
    };
    Details {
        summary,
        level: &doc.level,
        people: texts(&doc.people[doc.people.len().min(PEOPLE)..]),
        instruments: texts(&doc.instruments),
        campaigns: texts(&doc.campaigns),
        keywords: texts(&doc.keywords),
        variables: doc.variables.iter().map(variable).collect(),
    }
}

/// Postings of all terms: `(document, class)` in order of documents.
struct Inverted {
    postings: BTreeMap<String, Vec<(u32, Class)>>,
    classes: Vec<Class>,
}

/// [`Counted`] with numbers for terms: of ten thousand documents they are all held at once.
struct Compact {
    /// Term, field and frequency up to [`MAX_TF`], by term.
    terms: Box<[(u32, Field, u8)]>,
    lengths: [u32; Field::ALL.len()],
}

fn invert(docs: &[&Doc], phrases: &PhraseTable) -> Inverted {
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
fn encode_postings(inverted: &Inverted) -> (Vec<(String, u64)>, Vec<u8>, Vec<usize>) {
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
fn dictionary(terms: &[(String, u64)]) -> Vec<u8> {
    let mut builder = fst::MapBuilder::memory();
    for (term, value) in terms {
        builder.insert(term, *value).expect("terms come sorted from a BTreeMap");
    }
    let map = builder.into_inner().expect("writing to memory does not fail");
    [&checksum(DICT, &map).to_le_bytes(), &map[..]].concat()
}

/// Where a part goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Into {
    /// The entry.
    Entry,
    /// The file that small columns share.
    Shared,
    /// A file of its own.
    Own,
}

/// Collects parts and files.
#[derive(Default)]
struct Parts {
    parts: Vec<Part>,
    inline: Vec<u8>,
    names: Vec<u64>,
    files: Vec<IndexFile>,
    /// The shared file: its first part's kind, and its body so far; the last of all files.
    shared: Option<(u8, Vec<u8>)>,
}

/// Stands for the shared file until the number of files is known.
const SHARED: usize = usize::MAX;

impl Parts {
    fn push(&mut self, kind: u8, start: u64, body: Vec<u8>, into: Into) {
        let len = body.len();
        let place = match into {
            Into::Entry => {
                self.inline.extend_from_slice(&body);
                Place::Inline { offset: 0, len }
            }
            Into::Shared => {
                self.shared.get_or_insert((kind, Vec::new())).1.extend_from_slice(&body);
                Place::File { file: SHARED, offset: 0, len }
            }
            Into::Own => Place::File { file: self.file(kind, &body), offset: 0, len },
        };
        self.parts.push(Part { kind, start, place });
    }

    fn file(&mut self, kind: u8, body: &[u8]) -> usize {
        let checksum = checksum(kind, body);
        let name = file_name(checksum);
        if !self.names.contains(&checksum) {
            self.files.push(IndexFile { name, bytes: frame(kind, body) });
        }
        self.names.push(checksum);
        self.names.len() - 1
    }

    fn close(&mut self) {
        let Some((kind, body)) = self.shared.take() else { return };
        let shared = self.file(kind, &body);
        for part in &mut self.parts {
            if let Place::File { file, .. } = &mut part.place
                && *file == SHARED
            {
                *file = shared;
            }
        }
    }

    fn column(&mut self, kind: u8, body: Vec<u8>, layout: Layout) {
        let into = if body.len() <= layout.shared_column_bytes { Into::Shared } else { Into::Own };
        self.push(kind, 0, body, into);
    }
}

/// The hash of a content as it stands in file names: 80 bits in base32.
#[must_use]
pub fn content_name(bytes: &[u8]) -> String {
    crate::base::encode(crate::base::BASE32, &blake3::hash(bytes).as_bytes()[..10])
}

/// The index of `docs`; the entry is the first file. The same documents in any order give the same bytes.
#[must_use]
pub fn build(docs: &[Doc], synonyms: &Synonyms, layout: Layout) -> Vec<IndexFile> {
    let mut docs: Vec<&Doc> = docs.iter().collect();
    docs.sort_by_cached_key(|doc| (text::fold(&doc.title), doc.cid.clone()));
    docs.dedup_by(|a, b| a.cid == b.cid);
    let groups: Vec<Vec<Vec<String>>> = synonyms
        .iter()
        .map(|group| {
            group.iter().map(|phrase| phrase_terms(phrase)).filter(|terms| !terms.is_empty()).collect()
        })
        .collect();
    let mut phrases: PhraseTable = BTreeMap::new();
    for (number, group) in groups.iter().enumerate() {
        for phrase in group {
            phrases.entry(phrase[0].clone()).or_default().push((phrase.clone(), number));
        }
    }
    let inverted = invert(&docs, &phrases);
    let (terms, postings, cuts) = encode_postings(&inverted);
    let extents = extents(&docs);
    let domain = domain(&docs);
    let shape_step = shape_step(domain);
    let mut parts = Parts::default();

    push_dictionary(&mut parts, &terms, layout);
    let inline = postings.len() <= layout.inline_bytes;
    let mut from = 0;
    for cut in cuts.iter().skip(1).copied().chain([postings.len()]) {
        let last = cut == postings.len();
        if last || (!inline && cut - from >= layout.shard_bytes) {
            let into = if inline { Into::Entry } else { Into::Own };
            parts.push(POSTINGS, from as u64, postings[from..cut].to_vec(), into);
            from = cut;
        }
    }
    push_records(&mut parts, &docs, layout);
    push_details(&mut parts, &docs, layout);
    let mut out = Writer::default();
    extents.write(&mut out);
    parts.column(EXTENTS, out.bytes, layout);
    let mut suggest = Vec::new();
    for (at, facet) in Facet::ALL.into_iter().enumerate() {
        let column = facet_column(&docs, facet);
        let mut out = Writer::default();
        column.write(&mut out);
        if out.bytes.len() > layout.shared_column_bytes {
            let most = column.values.iter().zip(&column.counts).take(60);
            suggest.extend(most.map(|(value, count)| (at as u8, value.clone(), *count)));
        }
        parts.column(FACETS + at as u8, out.bytes, layout);
    }
    let mut rows: Vec<(u64, u32)> = Vec::new();
    for (number, doc) in docs.iter().enumerate() {
        rows.extend(
            doc.ids.iter().chain([&doc.cid]).filter_map(|id| ids::key(id)).map(|key| (key, number as u32)),
        );
    }
    rows.sort_unstable();
    rows.dedup();
    let mut out = Writer::default();
    Ids { rows }.write(&mut out);
    parts.column(IDS, out.bytes, layout);
    let mut out = Writer::default();
    Shapes { rows: docs.iter().map(|doc| doc.shape.clone()).collect() }.write(&mut out, shape_step);
    if out.bytes.len() <= MAX_SHAPES_BYTES {
        parts.column(SHAPES, out.bytes, layout);
    }
    parts.close();

    let times = extents.rows.iter().filter_map(|row| row.time);
    let time = times.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let header = Header {
        n_docs: docs.len() as u32,
        classes: inverted.classes,
        // A group that no document uses helps nobody.
        synonyms: (0..groups.len())
            .map(|number| {
                let used = inverted.postings.contains_key(&group_key(number));
                if used { groups[number].iter().map(|phrase| phrase.join(" ")).collect() } else { Vec::new() }
            })
            .collect(),
        shape_step,
        time,
        domain,
        suggest,
        files: parts.names,
        parts: parts.parts,
    };
    let mut entry = Writer::default();
    header.write(&mut entry);
    entry.bytes.extend_from_slice(&parts.inline);
    let bytes = frame(ENTRY, &entry.bytes);
    let mut files = vec![IndexFile { name: content_name(&bytes) + ".pfs", bytes }];
    files.append(&mut parts.files);
    files
}

fn push_dictionary(parts: &mut Parts, terms: &[(String, u64)], layout: Layout) {
    let whole = dictionary(terms);
    if whole.len() <= layout.inline_bytes {
        parts.push(DICT, 0, whole, Into::Entry);
        return;
    }
    // Cut between first letters: a word and its misspellings are in one file.
    let mut from = 0;
    for at in 1..=terms.len() {
        let first = |at: usize| terms.get(at).and_then(|(term, _)| term.bytes().next());
        if at < terms.len() && first(at) == first(at - 1) {
            continue;
        }
        let shard = dictionary(&terms[from..at]);
        if at == terms.len() || shard.len() >= layout.shard_bytes {
            parts.push(DICT, first(from).unwrap_or(0).into(), shard, Into::Own);
            from = at;
        }
    }
}

fn push_records(parts: &mut Parts, docs: &[&Doc], layout: Layout) {
    let shard = |docs: &[&Doc]| {
        let mut writer = ShardWriter::default();
        docs.iter().for_each(|doc| writer.record(&record(doc)));
        writer.finish()
    };
    push_shards(parts, RECORDS, docs, layout.shard_records, layout, shard, Into::Entry);
}

fn push_details(parts: &mut Parts, docs: &[&Doc], layout: Layout) {
    let shard = |docs: &[&Doc]| {
        let summaries: Vec<String> = docs.iter().map(|doc| shorten(&doc.summary, SUMMARY_CHARS)).collect();
        let mut writer = ShardWriter::default();
        docs.iter().zip(&summaries).for_each(|(doc, summary)| writer.details(&details(doc, summary)));
        writer.finish()
    };
    push_shards(parts, DETAILS, docs, layout.shard_details, layout, shard, Into::Own);
}

/// All rows in one part, `whole`, where they are few; else a file for every `step` datasets.
fn push_shards(
    parts: &mut Parts,
    kind: u8,
    docs: &[&Doc],
    step: usize,
    layout: Layout,
    shard: impl Fn(&[&Doc]) -> Vec<u8>,
    whole: Into,
) {
    // Ten bytes a row is less than any takes: a large catalogue is not encoded twice.
    if docs.len() <= layout.inline_bytes / 10 {
        let body = shard(docs);
        if body.len() <= layout.inline_bytes {
            parts.push(kind, 0, body, whole);
            return;
        }
    }
    let step = step.max(docs.len().div_ceil(MAX_SHARDS)).max(1);
    for (at, some) in docs.chunks(step).enumerate() {
        parts.push(kind, (at * step) as u64, shard(some), Into::Own);
    }
}

/// West, south, east and north of all shapes.
fn domain(docs: &[&Doc]) -> Option<[f32; 4]> {
    let mut sides = [f32::INFINITY, f32::INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY];
    let mut grow = |[lon, lat]: [f32; 2]| {
        sides = [sides[0].min(lon), sides[1].min(lat), sides[2].max(lon), sides[3].max(lat)];
    };
    for doc in docs {
        match &doc.shape {
            Shape::None => {}
            Shape::Track(lines) => lines.iter().flatten().for_each(|point| grow(*point)),
            Shape::Points(points) => points.iter().for_each(|point| grow(*point)),
            Shape::Box([w, s, e, n]) if w > e => {
                grow([-180.0, *s]);
                grow([180.0, *n]);
            }
            Shape::Box([w, s, e, n]) => {
                grow([*w, *s]);
                grow([*e, *n]);
            }
        }
    }
    sides.iter().all(|side| side.is_finite()).then_some(sides)
}

/// A thousandth of the whole catalogue's width, or height if that is larger.
fn shape_step(domain: Option<[f32; 4]>) -> f32 {
    let size = domain.map_or(0.0, |[w, s, e, n]| (e - w).max(n - s));
    if size > 0.0 { (size / 1000.0).clamp(1e-4, 0.25) } else { 0.01 }
}
