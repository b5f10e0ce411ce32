//! What stands in the files of an index: the [`Header`] with its [`Part`]s.
//!
//! The entry's body is the header, then the parts that a first query needs and that are small enough to
//! travel with it: dictionary, postings, records. Every other file holds one part, or several small ones
//! in a row: dictionary by first letter, postings by offset, pairs of words by hash, records and details by dataset
//! number, and columns (times and boxes, one for each facet, identifiers, shapes).
//! Datasets are numbered by folded title, then CID: the number breaks every tie, and sorts by title.

use bytes::Bytes;

use super::codec::{IndexError, Reader, Writer};
use super::dates::Day;

/// The kind of an index file, in its frame.
pub(super) const ENTRY: u8 = 0;
pub(super) const DICT: u8 = 1;
pub(super) const POSTINGS: u8 = 2;
pub(super) const RECORDS: u8 = 3;
pub(super) const EXTENTS: u8 = 4;
pub(super) const IDS: u8 = 5;
pub(super) const DETAILS: u8 = 6;
pub(super) const SHAPES: u8 = 7;
/// Where an index is in one file, its texts are there as well, and these are not.
pub(super) const PAIRS: u8 = 8;
/// The first facet's kind; the others follow in the order of `Facet::ALL`.
pub(super) const FACETS: u8 = 16;

/// Where a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In the entry, behind the header.
    Inline { offset: usize, len: usize },
    /// In a file, by its number in [`Header::files`].
    File { file: usize, offset: usize, len: usize },
}

/// The name of a file beside the entry: the checksum of its kind and body, so that thousands of names weigh
/// eight bytes each in the entry.
pub(super) fn file_name(checksum: u64) -> String {
    format!("{checksum:016x}.pfs")
}

/// A part of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: u8,
    /// First byte of the terms, first offset of the postings, first hash of the pairs, first dataset of the records;
    /// else 0.
    pub(super) start: u64,
    pub(super) place: Place,
}

/// Which fields a posting stands for, and how much they weigh together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Class {
    pub(super) mask: u16,
    /// See [`impact`].
    pub(super) level: u8,
}

/// Impacts are kept as thirds of an octave: 26 % apart, less than ranking can tell.
pub(super) fn level_of(impact: f32) -> u8 {
    (impact.max(1e-3).log2() * 3.0 + 12.0).round().clamp(0.0, 40.0) as u8
}

/// The weighted sum of term frequencies of a level.
pub(super) fn impact(level: u8) -> f32 {
    ((f32::from(level) - 12.0) / 3.0).exp2()
}

/// The head of an entry.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Header {
    pub(super) n_docs: u32,
    pub(super) classes: Vec<Class>,
    /// Groups of phrases that mean the same, each phrase as terms with a space between.
    pub(super) synonyms: Vec<Vec<String>>,
    /// Of shapes, in degrees.
    pub(super) shape_step: f32,
    /// First and last day of all datasets.
    pub(super) time: Option<(Day, Day)>,
    /// West, south, east and north of all shapes.
    pub(super) domain: Option<[f32; 4]>,
    /// Values for suggestions where the facet columns are not inline: facet, value, count.
    pub(super) suggest: Vec<(u8, String, u32)>,
    /// Checksums of the files, see [`file_name`].
    pub(super) files: Vec<u64>,
    pub(super) parts: Vec<Part>,
}

/// More datasets than this are refused.
const MAX_DOCS: u32 = 4_000_000;

impl Header {
    pub(super) fn write(&self, out: &mut Writer) {
        out.varint(u64::from(self.n_docs));
        out.len(self.classes.len());
        for class in &self.classes {
            out.varint(u64::from(class.mask));
            out.u8(class.level);
        }
        out.len(self.synonyms.len());
        for group in &self.synonyms {
            out.len(group.len());
            group.iter().for_each(|phrase| out.str(phrase));
        }
        out.varint(u64::from(self.shape_step.to_bits()));
        out.u8(u8::from(self.time.is_some()));
        if let Some((start, end)) = self.time {
            out.signed(start.into());
            out.signed(end.into());
        }
        out.u8(u8::from(self.domain.is_some()));
        self.domain.iter().flatten().for_each(|side| out.varint(u64::from(side.to_bits())));
        out.len(self.suggest.len());
        for (facet, value, count) in &self.suggest {
            out.u8(*facet);
            out.str(value);
            out.varint(u64::from(*count));
        }
        out.len(self.files.len());
        self.files.iter().for_each(|checksum| out.bytes.extend_from_slice(&checksum.to_le_bytes()));
        out.len(self.parts.len());
        let (mut before, mut next) = ((0, 0), 0);
        for part in &self.parts {
            out.u8(part.kind);
            // Steps, because thousands of parts are much the same; offsets follow from the order.
            let from = if before.0 == part.kind { before.1 } else { 0 };
            out.varint(part.start.wrapping_sub(from));
            before = (part.kind, part.start);
            let (file, len) = match part.place {
                Place::Inline { len, .. } => (0, len),
                Place::File { file, len, .. } if file == next => (1, len),
                Place::File { file, len, .. } => (file + 2, len),
            };
            if let Place::File { file, .. } = part.place {
                next = file + 1;
            }
            out.len(file);
            out.len(len);
        }
    }

    /// Reads the header; inline parts get their offsets in `body`.
    pub(super) fn read(body: &Bytes) -> Result<Self, IndexError> {
        let mut input = Reader::new(body);
        let n_docs = input.u32()?;
        if n_docs > MAX_DOCS {
            return input.wrong("too many datasets");
        }
        let n = input.count(2)?;
        let mut classes = Vec::new();
        for _ in 0..n {
            classes.push(Class { mask: input.u32()? as u16, level: input.u8()? });
        }
        let n = input.count(1)?;
        let mut synonyms = Vec::new();
        for _ in 0..n {
            let n = input.count(1)?;
            synonyms.push((0..n).map(|_| input.str().map(str::to_owned)).collect::<Result<_, _>>()?);
        }
        let shape_step = f32::from_bits(input.u32()?);
        let time = if input.u8()? == 0 { None } else { Some((day(&mut input)?, day(&mut input)?)) };
        if time.is_some_and(|(start, end)| end < start) {
            return input.wrong("time runs backwards");
        }
        let domain = if input.u8()? == 0 {
            None
        } else {
            let mut sides = [0.0; 4];
            for side in &mut sides {
                *side = f32::from_bits(input.u32()?);
            }
            Some(sides)
        };
        let n = input.count(3)?;
        let mut suggest = Vec::new();
        for _ in 0..n {
            suggest.push((input.u8()?, input.str()?.to_owned(), input.u32()?));
        }
        let n = input.count(8)?;
        let mut files = Vec::new();
        for _ in 0..n {
            let mut sum = [0; 8];
            sum.copy_from_slice(input.take(8)?);
            files.push(u64::from_le_bytes(sum));
        }
        let n = input.count(4)?;
        let mut parts = Vec::new();
        let mut ends = vec![0_usize; files.len()];
        let (mut before, mut next) = ((0, 0), 0_usize);
        for _ in 0..n {
            let kind = input.u8()?;
            let from = if before.0 == kind { before.1 } else { 0 };
            let start = input.varint()?.wrapping_add(from);
            before = (kind, start);
            let (file, len) = (input.u32()? as usize, input.u32()? as usize);
            let place = if file == 0 {
                Place::Inline { offset: 0, len }
            } else {
                let file = if file == 1 { next } else { file - 2 };
                next = file + 1;
                let Some(end) = ends.get_mut(file) else { return input.wrong("unknown file") };
                let offset = *end;
                *end = end.saturating_add(len);
                Place::File { file, offset, len }
            };
            parts.push(Part { kind, start, place });
        }
        let mut at = input.pos();
        for part in &mut parts {
            if let Place::Inline { offset, len } = &mut part.place {
                *offset = at;
                at = at.saturating_add(*len);
            }
        }
        if at != body.len() {
            return input.wrong("parts do not fill the file");
        }
        Ok(Self { n_docs, classes, synonyms, shape_step, time, domain, suggest, files, parts })
    }
}

pub(super) fn day(input: &mut Reader) -> Result<Day, IndexError> {
    let value = input.signed()?;
    Day::try_from(value).or_else(|_| input.wrong("date out of range"))
}
