//! What stands in the files of an index: [`Header`] with its [`Part`]s, [`Record`]s and columns.
//!
//! The entry's body is the header, then the parts that are small enough to travel with it. Every other
//! part is a file of its own: dictionary by first letter, postings by offset, records by dataset
//! number, one column for times and boxes, one for each facet, one for identifiers.
//! Datasets are numbered by folded title, then CID: the number breaks every tie, and sorts by title.

use bytes::Bytes;

use super::codec::{IndexError, Reader, Writer};
use super::dates::Day;
use super::shape::Shape;

/// The kind of an index file, in its frame.
pub(super) const ENTRY: u8 = 0;
pub(super) const DICT: u8 = 1;
pub(super) const POSTINGS: u8 = 2;
pub(super) const RECORDS: u8 = 3;
pub(super) const EXTENTS: u8 = 4;
pub(super) const IDS: u8 = 5;
/// The first facet's kind; the others follow in the order of `Facet::ALL`.
pub(super) const FACETS: u8 = 16;

/// Where a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In the entry, behind the header.
    Inline { offset: usize, len: usize },
    /// In a file.
    File { name: String, checksum: u64 },
}

/// A part of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: u8,
    /// First byte of the terms, first offset of the postings, first dataset of the records; else 0.
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
        out.len(self.parts.len());
        for part in &self.parts {
            out.u8(part.kind);
            out.varint(part.start);
            match &part.place {
                Place::Inline { len, .. } => {
                    out.u8(0);
                    out.len(*len);
                }
                Place::File { name, checksum } => {
                    out.u8(1);
                    out.str(name);
                    out.bytes.extend_from_slice(&checksum.to_le_bytes());
                }
            }
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
        let n = input.count(3)?;
        let mut parts = Vec::new();
        for _ in 0..n {
            let (kind, start) = (input.u8()?, input.varint()?);
            let place = if input.u8()? == 0 {
                Place::Inline { offset: 0, len: input.count(1)? }
            } else {
                let name = input.str()?.to_owned();
                let mut sum = [0; 8];
                sum.copy_from_slice(input.take(8)?);
                Place::File { name, checksum: u64::from_le_bytes(sum) }
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
        Ok(Self { n_docs, classes, synonyms, shape_step, time, domain, suggest, parts })
    }
}

pub(super) fn day(input: &mut Reader) -> Result<Day, IndexError> {
    let value = input.signed()?;
    Day::try_from(value).or_else(|_| input.wrong("date out of range"))
}

/// A variable in a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordVariable<'a> {
    /// Name.
    pub name: &'a str,
    /// Standard name; empty where there is none.
    pub standard_name: &'a str,
    /// Long name; empty where there is none.
    pub long_name: &'a str,
}

/// What a result card needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record<'a> {
    /// CIDv1 base32.
    pub cid: &'a str,
    /// Title.
    pub title: &'a str,
    /// The beginning of the summary.
    pub summary: &'a str,
    /// Registered DOI.
    pub doi: Option<String>,
    /// Licence.
    pub license: &'a str,
    /// Format.
    pub format: &'a str,
    /// Processing level.
    pub level: &'a str,
    /// Year of publication.
    pub year: Option<i32>,
    /// First and last day of the data.
    pub time: Option<(Day, Day)>,
    /// People and organisations, creators first.
    pub people: Vec<&'a str>,
    /// Platforms.
    pub platforms: Vec<&'a str>,
    /// Instruments.
    pub instruments: Vec<&'a str>,
    /// Campaigns.
    pub campaigns: Vec<&'a str>,
    /// Keywords.
    pub keywords: Vec<&'a str>,
    /// Variables.
    pub variables: Vec<RecordVariable<'a>>,
    /// Where it is.
    pub shape: Shape,
}

/// Writes a shard of records: a table of texts, then the records.
#[derive(Debug, Default)]
pub(super) struct RecordWriter<'a> {
    strings: Vec<&'a str>,
    ids: std::collections::BTreeMap<&'a str, usize>,
    /// Variables are much the same in many records: name, standard name, long name as texts.
    variables: Vec<Vec<u8>>,
    variable_ids: std::collections::BTreeMap<Vec<u8>, usize>,
    records: Vec<Vec<u8>>,
}

impl<'a> RecordWriter<'a> {
    fn text(&mut self, text: &'a str, out: &mut Writer) {
        let next = self.strings.len();
        let id = *self.ids.entry(text).or_insert(next);
        if id == next {
            self.strings.push(text);
        }
        out.len(id);
    }

    fn list(&mut self, list: &[&'a str], out: &mut Writer) {
        out.len(list.len());
        list.iter().for_each(|text| self.text(text, out));
    }

    pub(super) fn push(&mut self, record: &Record<'a>, shape_step: f32) {
        let mut out = Writer::default();
        out.str(record.cid);
        out.str(record.title);
        out.str(record.summary);
        match record.doi.as_deref() {
            None => out.u8(0),
            // Most DOIs end in the CID.
            Some(doi) => match doi.strip_suffix(record.cid) {
                Some(prefix) => {
                    out.u8(1);
                    out.str(prefix);
                }
                None => {
                    out.u8(2);
                    out.str(doi);
                }
            },
        }
        for text in [record.license, record.format, record.level] {
            self.text(text, &mut out);
        }
        out.signed(record.year.unwrap_or(0).into());
        out.u8(u8::from(record.time.is_some()));
        if let Some((start, end)) = record.time {
            out.signed(start.into());
            out.signed(i64::from(end) - i64::from(start));
        }
        for list in
            [&record.people, &record.platforms, &record.instruments, &record.campaigns, &record.keywords]
        {
            self.list(list, &mut out);
        }
        out.len(record.variables.len());
        for variable in &record.variables {
            let mut texts = Writer::default();
            for text in [variable.name, variable.standard_name, variable.long_name] {
                self.text(text, &mut texts);
            }
            let next = self.variables.len();
            let id = *self.variable_ids.entry(texts.bytes.clone()).or_insert(next);
            if id == next {
                self.variables.push(texts.bytes);
            }
            out.len(id);
        }
        record.shape.write(&mut out, shape_step);
        self.records.push(out.bytes);
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let mut out = Writer::default();
        out.len(self.strings.len());
        self.strings.iter().for_each(|text| out.str(text));
        out.len(self.variables.len());
        self.variables.iter().for_each(|texts| out.bytes.extend_from_slice(texts));
        out.len(self.records.len());
        self.records.iter().for_each(|record| out.blob(record));
        out.bytes
    }
}

/// A shard of records in memory, checked when it was read.
#[derive(Debug)]
pub(super) struct RecordShard {
    bytes: Bytes,
    strings: Vec<(u32, u32)>,
    variables: Vec<[u32; 3]>,
    records: Vec<(u32, u32)>,
    shape_step: f32,
}

impl RecordShard {
    pub(super) fn read(bytes: Bytes, shape_step: f32) -> Result<Self, IndexError> {
        let mut input = Reader::new(&bytes);
        let spans = |input: &mut Reader, text: bool| -> Result<Vec<(u32, u32)>, IndexError> {
            let n = input.count(1)?;
            let mut spans = Vec::new();
            for _ in 0..n {
                if text {
                    let len = input.str()?.len();
                    spans.push(((input.pos() - len) as u32, input.pos() as u32));
                } else {
                    let len = input.count(1)?;
                    input.take(len)?;
                    spans.push(((input.pos() - len) as u32, input.pos() as u32));
                }
            }
            Ok(spans)
        };
        if u32::try_from(input.left()).is_err() {
            return input.wrong("file too large");
        }
        let strings = spans(&mut input, true)?;
        let n = input.count(3)?;
        let mut variables = Vec::new();
        for _ in 0..n {
            let texts = [input.u32()?, input.u32()?, input.u32()?];
            if texts.iter().any(|id| *id as usize >= strings.len()) {
                return input.wrong("unknown text");
            }
            variables.push(texts);
        }
        let records = spans(&mut input, false)?;
        if input.left() > 0 {
            return input.wrong("bytes after the records");
        }
        let shard = Self { bytes, strings, variables, records, shape_step };
        for at in 0..shard.records.len() {
            shard.decode(at)?;
        }
        Ok(shard)
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    fn text(&self, input: &mut Reader) -> Result<&str, IndexError> {
        let id = input.u32()?;
        self.string(id).map_or_else(|| input.wrong("unknown text"), Ok)
    }

    fn string(&self, id: u32) -> Option<&str> {
        let &(start, end) = self.strings.get(id as usize)?;
        std::str::from_utf8(self.bytes.get(start as usize..end as usize)?).ok()
    }

    fn list(&self, input: &mut Reader) -> Result<Vec<&str>, IndexError> {
        let n = input.count(1)?;
        (0..n).map(|_| self.text(input)).collect()
    }

    fn decode(&self, at: usize) -> Result<Record<'_>, IndexError> {
        let Some(&(start, end)) = self.records.get(at) else {
            return Reader::new(&[]).wrong("unknown record");
        };
        let mut input = Reader::new(&self.bytes[start as usize..end as usize]);
        let cid = input.str()?;
        let title = input.str()?;
        let summary = input.str()?;
        let doi = match input.u8()? {
            0 => None,
            1 => Some(format!("{}{cid}", input.str()?)),
            _ => Some(input.str()?.to_owned()),
        };
        let (license, format, level) =
            (self.text(&mut input)?, self.text(&mut input)?, self.text(&mut input)?);
        let year = day(&mut input)?;
        let time = if input.u8()? == 0 {
            None
        } else {
            let start = day(&mut input)?;
            Some((start, start.saturating_add(day(&mut input)?)))
        };
        let people = self.list(&mut input)?;
        let platforms = self.list(&mut input)?;
        let instruments = self.list(&mut input)?;
        let campaigns = self.list(&mut input)?;
        let keywords = self.list(&mut input)?;
        let n = input.count(1)?;
        let mut variables = Vec::new();
        for _ in 0..n {
            let id = input.u32()? as usize;
            let Some(texts) = self.variables.get(id) else { return input.wrong("unknown variable") };
            let [name, standard_name, long_name] = texts.map(|id| self.string(id).unwrap_or_default());
            variables.push(RecordVariable { name, standard_name, long_name });
        }
        let shape = Shape::read(&mut input, self.shape_step)?;
        let year = (year != 0).then_some(year);
        Ok(Record {
            cid,
            title,
            summary,
            doi,
            license,
            format,
            level,
            year,
            time,
            people,
            platforms,
            instruments,
            campaigns,
            keywords,
            variables,
            shape,
        })
    }

    /// The record at a place in the shard; it was checked when the shard was read.
    pub(super) fn get(&self, at: usize) -> Option<Record<'_>> {
        self.decode(at).ok()
    }
}
