//! [`Record`]s, what a result shows at once, and [`Details`], what it says when they have come as well.
//!
//! Both stand in shards: a table of texts, a table of variables (empty for records), then one row for
//! each dataset. A shard is checked as a whole when it is read.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::codec::{IndexError, Reader, Writer};
use super::dates::Day;
use super::format::day;

/// People that stand in a record; the others are in the details.
pub(super) const PEOPLE: usize = 3;

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

/// What a result card needs at once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record<'a> {
    /// CIDv1 base32.
    pub cid: &'a str,
    /// Title.
    pub title: &'a str,
    /// Registered DOI.
    pub doi: Option<String>,
    /// Licence.
    pub license: &'a str,
    /// Format.
    pub format: &'a str,
    /// First and last day of the data.
    pub time: Option<(Day, Day)>,
    /// The first people and organisations, creators first.
    pub people: Vec<&'a str>,
    /// How many people and organisations there are.
    pub n_people: usize,
    /// Platforms.
    pub platforms: Vec<&'a str>,
    /// How many variables there are.
    pub n_variables: usize,
    /// The day from which its data are presented, while that is to come.
    pub embargo: Option<Day>,
    /// Whether the site has a small map of it.
    pub picture: bool,
}

/// The rest that is searched and shown of a dataset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Details<'a> {
    /// The beginning of the summary.
    pub summary: &'a str,
    /// Processing level.
    pub level: &'a str,
    /// People and organisations that are not in the record.
    pub people: Vec<&'a str>,
    /// Instruments.
    pub instruments: Vec<&'a str>,
    /// Campaigns.
    pub campaigns: Vec<&'a str>,
    /// Keywords.
    pub keywords: Vec<&'a str>,
    /// Variables.
    pub variables: Vec<RecordVariable<'a>>,
}

/// Writes a shard.
#[derive(Debug, Default)]
pub(super) struct ShardWriter<'a> {
    strings: Vec<&'a str>,
    ids: BTreeMap<&'a str, usize>,
    /// Variables are much the same in many datasets: name, standard name, long name as texts.
    variables: Vec<Vec<u8>>,
    variable_ids: BTreeMap<Vec<u8>, usize>,
    rows: Vec<Vec<u8>>,
}

impl<'a> ShardWriter<'a> {
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

    pub(super) fn record(&mut self, record: &Record<'a>) {
        let mut out = Writer::default();
        out.str(record.cid);
        out.str(record.title);
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
        for text in [record.license, record.format] {
            self.text(text, &mut out);
        }
        let flags = [record.time.is_some(), record.picture, record.embargo.is_some()];
        out.u8(flags.iter().rev().fold(0, |all, flag| all << 1 | u8::from(*flag)));
        if let Some((start, end)) = record.time {
            out.signed(start.into());
            out.signed(i64::from(end) - i64::from(start));
        }
        if let Some(day) = record.embargo {
            out.signed(day.into());
        }
        self.list(&record.people, &mut out);
        out.len(record.n_people);
        self.list(&record.platforms, &mut out);
        out.len(record.n_variables);
        self.rows.push(out.bytes);
    }

    pub(super) fn details(&mut self, details: &Details<'a>) {
        let mut out = Writer::default();
        out.str(details.summary);
        self.text(details.level, &mut out);
        for list in [&details.people, &details.instruments, &details.campaigns, &details.keywords] {
            self.list(list, &mut out);
        }
        out.len(details.variables.len());
        for variable in &details.variables {
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
        self.rows.push(out.bytes);
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let mut out = Writer::default();
        out.len(self.strings.len());
        self.strings.iter().for_each(|text| out.str(text));
        out.len(self.variables.len());
        self.variables.iter().for_each(|texts| out.bytes.extend_from_slice(texts));
        out.len(self.rows.len());
        self.rows.iter().for_each(|row| out.blob(row));
        out.bytes
    }
}

/// What the rows of a shard are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    Records,
    Details,
}

/// A shard in memory, checked when it was read.
#[derive(Debug)]
pub(super) struct Shard {
    bytes: Bytes,
    strings: Vec<(u32, u32)>,
    variables: Vec<[u32; 3]>,
    rows: Vec<(u32, u32)>,
}

impl Shard {
    pub(super) fn read(bytes: Bytes, rows: Rows) -> Result<Self, IndexError> {
        let mut input = Reader::new(&bytes);
        let spans = |input: &mut Reader, text: bool| -> Result<Vec<(u32, u32)>, IndexError> {
            let n = input.count(1)?;
            let mut spans = Vec::new();
            for _ in 0..n {
                let len = if text {
                    input.str()?.len()
                } else {
                    let len = input.count(1)?;
                    input.take(len)?;
                    len
                };
                spans.push(((input.pos() - len) as u32, input.pos() as u32));
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
        let spans = spans(&mut input, false)?;
        if input.left() > 0 {
            return input.wrong("bytes after the rows");
        }
        let shard = Self { bytes, strings, variables, rows: spans };
        for at in 0..shard.rows.len() {
            match rows {
                Rows::Records => drop(shard.decode_record(at)?),
                Rows::Details => drop(shard.decode_details(at)?),
            }
        }
        Ok(shard)
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
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

    fn row(&self, at: usize) -> Result<Reader<'_>, IndexError> {
        let Some(&(start, end)) = self.rows.get(at) else {
            return Reader::new(&[]).wrong("unknown row");
        };
        Ok(Reader::new(&self.bytes[start as usize..end as usize]))
    }

    fn decode_record(&self, at: usize) -> Result<Record<'_>, IndexError> {
        let mut input = self.row(at)?;
        let cid = input.str()?;
        let title = input.str()?;
        let doi = match input.u8()? {
            0 => None,
            1 => Some(format!("{}{cid}", input.str()?)),
            _ => Some(input.str()?.to_owned()),
        };
        let (license, format) = (self.text(&mut input)?, self.text(&mut input)?);
        let flags = input.u8()?;
        let time = if flags & 1 == 0 {
            None
        } else {
            let start = day(&mut input)?;
            Some((start, start.saturating_add(day(&mut input)?)))
        };
        let embargo = if flags & 4 == 0 { None } else { Some(day(&mut input)?) };
        let people = self.list(&mut input)?;
        let n_people = (input.u32()? as usize).max(people.len());
        let platforms = self.list(&mut input)?;
        let n_variables = input.u32()? as usize;
        Ok(Record {
            cid,
            title,
            doi,
            license,
            format,
            time,
            people,
            n_people,
            platforms,
            n_variables,
            embargo,
            picture: flags & 2 != 0,
        })
    }

    fn decode_details(&self, at: usize) -> Result<Details<'_>, IndexError> {
        let mut input = self.row(at)?;
        let summary = input.str()?;
        let level = self.text(&mut input)?;
        let people = self.list(&mut input)?;
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
        Ok(Details { summary, level, people, instruments, campaigns, keywords, variables })
    }

    /// The record at a place in the shard.
    pub(super) fn record(&self, at: usize) -> Option<Record<'_>> {
        self.decode_record(at).ok()
    }

    /// The details at a place in the shard.
    pub(super) fn details(&self, at: usize) -> Option<Details<'_>> {
        self.decode_details(at).ok()
    }
}
