//! [`Index`]: the parts that are loaded, and what is needed next. No input or output happens here.

use std::cell::RefCell;
use std::collections::BTreeSet;

use bytes::Bytes;
use fst::Map;

use super::build::value_key;
use super::codec::{FRAME_BYTES, IndexError, Reader, unframe};
use super::columns::{Extents, FacetColumn, Ids};
use super::doc::Facet;
use super::format::{
    DICT, ENTRY, EXTENTS, FACETS, Header, IDS, POSTINGS, Part, Place, RECORDS, Record, RecordShard, impact,
};

/// Files that are needed to go on: fetch each, [`Index::supply`] it, ask again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Need {
    /// Their names.
    pub files: Vec<String>,
}

/// What an answer still lacks, collected while it is computed.
#[derive(Debug, Default)]
pub(super) struct Wants(RefCell<BTreeSet<usize>>);

/// A posting as ranking sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posting {
    pub(super) doc: u32,
    pub(super) mask: u16,
    /// Weighted frequency.
    pub(super) impact: f32,
}

/// A search index in memory.
#[derive(Debug)]
pub struct Index {
    header: Header,
    impacts: Vec<f32>,
    dicts: Vec<Option<Map<Bytes>>>,
    postings: Vec<Option<Bytes>>,
    records: Vec<Option<RecordShard>>,
    extents: Option<Extents>,
    facets: Vec<Option<FacetColumn>>,
    ids: Option<Ids>,
    loaded_bytes: usize,
}

impl Index {
    /// Reads the entry file.
    ///
    /// # Errors
    /// When it is no index, of another version or damaged.
    pub fn open(entry: impl Into<Bytes>) -> Result<Self, IndexError> {
        let file = entry.into();
        let (kind, body) = unframe(&file)?;
        if kind != ENTRY {
            return Err(IndexError::Foreign);
        }
        let header = Header::read(&body)?;
        let n = header.parts.len();
        let mut index = Self {
            impacts: header.classes.iter().map(|class| impact(class.level)).collect(),
            dicts: (0..n).map(|_| None).collect(),
            postings: vec![None; n],
            records: (0..n).map(|_| None).collect(),
            extents: None,
            facets: vec![None; Facet::ALL.len()],
            ids: None,
            loaded_bytes: file.len(),
            header,
        };
        for at in 0..n {
            if let Place::Inline { offset, len } = index.header.parts[at].place {
                index.load(at, body.slice(offset..offset + len))?;
            }
        }
        Ok(index)
    }

    /// Takes a file that was asked for; one that is loaded already is ignored.
    ///
    /// # Errors
    /// When the file is not of this index or damaged.
    pub fn supply(&mut self, name: &str, file: impl Into<Bytes>) -> Result<(), IndexError> {
        let file = file.into();
        let stranger = || IndexError::Stranger { name: name.to_owned() };
        let mut found = false;
        for at in 0..self.header.parts.len() {
            let Place::File { name: own, checksum } = &self.header.parts[at].place else { continue };
            if own != name {
                continue;
            }
            let (kind, body) = unframe(&file)?;
            if kind != self.header.parts[at].kind || file[6..FRAME_BYTES] != checksum.to_le_bytes() {
                return Err(stranger());
            }
            found = true;
            if !self.is_loaded(at) {
                self.loaded_bytes += file.len();
                self.load(at, body)?;
            }
        }
        if found { Ok(()) } else { Err(stranger()) }
    }

    fn load(&mut self, at: usize, body: Bytes) -> Result<(), IndexError> {
        let n_docs = self.header.n_docs;
        match self.header.parts[at].kind {
            DICT => {
                let wrong = |_| IndexError::Malformed { what: "dictionary", offset_bytes: 0 };
                let map = Map::new(body).map_err(wrong)?;
                self.dicts[at] = Some(map);
            }
            POSTINGS => self.postings[at] = Some(body),
            RECORDS => self.records[at] = Some(RecordShard::read(body, self.header.shape_step)?),
            EXTENTS => self.extents = Some(Extents::read(&body, n_docs)?),
            IDS => self.ids = Some(Ids::read(&body, n_docs)?),
            kind => {
                let facet = kind.checked_sub(FACETS).map(usize::from);
                let Some(slot) = facet.and_then(|facet| self.facets.get_mut(facet)) else {
                    return Err(IndexError::Malformed { what: "unknown kind of part", offset_bytes: 0 });
                };
                *slot = Some(FacetColumn::read(&body, n_docs)?);
            }
        }
        Ok(())
    }

    fn is_loaded(&self, at: usize) -> bool {
        match self.header.parts[at].kind {
            DICT => self.dicts[at].is_some(),
            POSTINGS => self.postings[at].is_some(),
            RECORDS => self.records[at].is_some(),
            EXTENTS => self.extents.is_some(),
            IDS => self.ids.is_some(),
            kind => self.facets.get(usize::from(kind.wrapping_sub(FACETS))).is_some_and(Option::is_some),
        }
    }

    /// How many datasets are in the index.
    #[must_use]
    pub fn len(&self) -> usize {
        self.header.n_docs as usize
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.header.n_docs == 0
    }

    /// Bytes of the files that were read so far.
    #[must_use]
    pub fn loaded_bytes(&self) -> usize {
        self.loaded_bytes
    }

    /// First and last day of all data.
    #[must_use]
    pub fn time(&self) -> Option<(super::dates::Day, super::dates::Day)> {
        self.header.time
    }

    /// West, south, east and north of all places.
    #[must_use]
    pub fn domain(&self) -> Option<[f32; 4]> {
        self.header.domain
    }

    /// The box of a dataset, where the column of boxes is loaded.
    #[must_use]
    pub fn bbox(&self, doc: u32) -> Option<[f32; 4]> {
        let row = self.extents.as_ref()?.rows.get(doc as usize)?;
        row.bbox.map(|sides| sides.map(|side| side as f32 / 100.0))
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// The names of the files that `wants` collected.
    pub(super) fn need(&self, wants: &Wants) -> Option<Need> {
        let wants = wants.0.borrow();
        let names = wants.iter().filter_map(|at| match &self.header.parts[*at].place {
            Place::File { name, .. } => Some(name.clone()),
            Place::Inline { .. } => None,
        });
        let files: Vec<String> = names.collect();
        (!files.is_empty()).then_some(Need { files })
    }

    fn part(&self, kind: u8) -> Option<usize> {
        self.header.parts.iter().position(|part| part.kind == kind)
    }

    /// The last part of a kind that starts at or before `key`. Parts of a kind stand in order.
    fn part_for(&self, kind: u8, key: u64) -> Option<usize> {
        let from = self.part(kind)?;
        let parts = &self.header.parts[from..];
        let n = parts.iter().take_while(|part| part.kind == kind).count();
        let after = parts[..n].partition_point(|part: &Part| part.start <= key);
        Some(from + after.max(1) - 1)
    }

    /// The dictionary with the words that begin with a byte.
    pub(super) fn dictionary(&self, first: u8, wants: &Wants) -> Option<&Map<Bytes>> {
        let at = self.part_for(DICT, first.into())?;
        if self.dicts[at].is_none() {
            wants.0.borrow_mut().insert(at);
        }
        self.dicts[at].as_ref()
    }

    /// What stands for a term.
    pub(super) fn value(&self, term: &str, wants: &Wants) -> Option<u64> {
        self.dictionary(*term.as_bytes().first()?, wants)?.get(term)
    }

    /// How many documents have the term of a value; 0 where the postings are not loaded.
    pub(super) fn frequency(&self, value: u64, wants: &Wants) -> u32 {
        if value & 1 == 1 {
            return 1;
        }
        self.list(value, wants).and_then(|mut input| input.u32().ok()).unwrap_or(0)
    }

    fn list(&self, value: u64, wants: &Wants) -> Option<Reader<'_>> {
        let offset = value >> 1;
        let at = self.part_for(POSTINGS, offset)?;
        let Some(bytes) = &self.postings[at] else {
            wants.0.borrow_mut().insert(at);
            return None;
        };
        let from = usize::try_from(offset - self.header.parts[at].start.min(offset)).ok()?;
        Some(Reader::at(bytes, from))
    }

    /// Visits the postings of a value. Damaged lists end early.
    pub(super) fn visit(&self, value: u64, wants: &Wants, mut each: impl FnMut(Posting)) {
        let n_docs = self.header.n_docs;
        let mut emit = |doc: u32, class: usize| {
            if let (Some(class_of), Some(&impact)) = (self.header.classes.get(class), self.impacts.get(class))
                && doc < n_docs
            {
                each(Posting { doc, mask: class_of.mask, impact });
            }
        };
        if value & 1 == 1 {
            let n_classes = self.header.classes.len().max(1) as u64;
            let inner = value >> 1;
            if let Ok(doc) = u32::try_from(inner / n_classes) {
                emit(doc, (inner % n_classes) as usize);
            }
            return;
        }
        let Some(mut docs) = self.list(value, wants) else { return };
        // Two varints a posting.
        let Ok(n) = docs.count(2) else { return };
        let mut classes = docs.clone();
        for _ in 0..n {
            if classes.varint().is_err() {
                return;
            }
        }
        let mut doc = 0_u32;
        for _ in 0..n {
            let (Ok(step), Ok(class)) = (docs.u32(), classes.varint()) else { return };
            doc = doc.saturating_add(step);
            emit(doc, class as usize);
        }
    }

    /// The record of a dataset.
    pub(super) fn record_or_want(&self, doc: u32, wants: &Wants) -> Option<Record<'_>> {
        let at = self.part_for(RECORDS, doc.into())?;
        let Some(shard) = &self.records[at] else {
            wants.0.borrow_mut().insert(at);
            return None;
        };
        let place = usize::try_from(u64::from(doc) - self.header.parts[at].start.min(doc.into())).ok()?;
        if place < shard.len() { shard.get(place) } else { None }
    }

    /// The record of a dataset by its number in the index, where it is loaded.
    #[must_use]
    pub fn record(&self, doc: u32) -> Option<Record<'_>> {
        self.record_or_want(doc, &Wants::default())
    }

    /// The files with the records of these datasets that are not loaded yet.
    #[must_use]
    pub fn need_records(&self, docs: &[u32]) -> Option<Need> {
        let wants = Wants::default();
        for doc in docs {
            if let Some(at) = self.part_for(RECORDS, u64::from(*doc))
                && self.records[at].is_none()
            {
                wants.0.borrow_mut().insert(at);
            }
        }
        self.need(&wants)
    }

    /// Whether all records came with the entry, so that any of them can be looked at without waiting.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.header
            .parts
            .iter()
            .all(|part| matches!(part.place, Place::Inline { .. }) || part.kind != RECORDS)
    }

    pub(super) fn extents(&self, wants: &Wants) -> Option<&Extents> {
        self.want(self.extents.as_ref(), EXTENTS, wants)
    }

    pub(super) fn facet(&self, facet: Facet, wants: &Wants) -> Option<&FacetColumn> {
        let at = Facet::ALL.iter().position(|one| *one == facet)?;
        self.want(self.facets[at].as_ref(), FACETS + at as u8, wants)
    }

    pub(super) fn ids(&self, wants: &Wants) -> Option<&Ids> {
        self.want(self.ids.as_ref(), IDS, wants)
    }

    fn want<'a, T>(&'a self, loaded: Option<&'a T>, kind: u8, wants: &Wants) -> Option<&'a T> {
        if loaded.is_none()
            && let Some(at) = self.part(kind)
        {
            wants.0.borrow_mut().insert(at);
        }
        loaded
    }

    /// The number of a facet's value, written in any way that folds to the same letters and digits.
    pub(super) fn facet_value(&self, facet: Facet, value: &str, wants: &Wants) -> Option<u32> {
        let key = value_key(value);
        if key.is_empty() {
            return None;
        }
        let column = self.facet(facet, wants)?;
        column.values.iter().position(|one| value_key(one) == key).map(|at| at as u32)
    }
}
