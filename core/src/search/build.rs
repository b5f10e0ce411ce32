//! The encoder: [`build`] turns documents into index files.

use std::collections::BTreeMap;

use super::codec::{Writer, checksum, frame};
use super::columns::{Ids, Shapes};
use super::doc::{Doc, Facet, shorten};
use super::format::{
    DETAILS, DICT, ENTRY, EXTENTS, FACETS, Header, IDS, PAIRS, POSTINGS, Part, Place, RECORDS, SHAPES,
    file_name,
};
use super::record::{Details, PEOPLE, Record, RecordVariable, ShardWriter};
use super::{ids, text};

mod columns;
mod pairs;
mod terms;

pub(super) use columns::value_key;
use columns::{domain, extents, facet_column, shape_step};
pub(super) use terms::group_key;
use terms::{PhraseTable, dictionary, encode_postings, invert};

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

/// Characters of the summary of which a result shows a part, and in which phrases are found: all of nearly every one.
const SUMMARY_CHARS: usize = 4000;
/// Files of records or details; the entry names them all.
const MAX_SHARDS: usize = 3000;
/// Where there are more, the map shows boxes.
const MAX_SHAPES_BYTES: usize = 256 << 10;

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
            group.iter().map(|phrase| text::sequence(phrase)).filter(|terms| !terms.is_empty()).collect()
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
    // What the entry holds so far is the index that is `Index::is_whole`: it has the texts at hand.
    if parts.parts.iter().any(|part| matches!(part.place, Place::File { .. })) {
        for (first, body) in pairs::parts(&docs, layout.shard_bytes) {
            parts.push(PAIRS, first, body, Into::Own);
        }
    }
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
