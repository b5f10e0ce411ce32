//! [`Index`]: the parts that are loaded, and what is needed next. No input or output happens here.

use std::cell::RefCell;

use bytes::Bytes;
use fst::Map;

use super::build::value_key;
use super::codec::{FRAME_BYTES, IndexError, Reader, checksum, unframe};
use super::columns::{Extents, FacetColumn, Ids, Shapes};
use super::doc::Facet;
use super::format::{
    DETAILS, DICT, ENTRY, EXTENTS, FACETS, Header, IDS, PAIRS, POSTINGS, Part, Place, RECORDS, SHAPES,
    file_name, impact,
};
use super::pairs::{self, Holder};
use super::record::{Details, Record, Rows, Shard};
use super::shape::Shape;
use super::small::sort;

/// Files that are needed to go on: fetch each, [`Index::supply`] it, ask again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Need {
    /// Their names.
    pub files: Vec<String>,
}

/// What an answer still lacks, collected while it is computed.
#[derive(Debug, Default)]
pub(super) struct Wants(RefCell<Vec<usize>>);

impl Wants {
    fn want(&self, part: usize) {
        let mut parts = self.0.borrow_mut();
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
}

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
    /// And pairs.
    postings: Vec<Option<Bytes>>,
    /// Of records and details.
    shards: Vec<Option<Shard>>,
    extents: Option<Extents>,
    shapes: Option<Shapes>,
    facets: Vec<Option<FacetColumn>>,
    ids: Option<Ids>,
    loaded_bytes: usize,
    /// Where the parts of each kind stand.
    runs: Vec<(u8, usize, usize)>,
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
            shards: (0..n).map(|_| None).collect(),
            extents: None,
            shapes: None,
            facets: vec![None; Facet::ALL.len()],
            ids: None,
            loaded_bytes: file.len(),
            runs: runs(&header.parts),
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
        let of = |index: &Self, number: usize| -> Vec<(usize, usize, usize)> {
            let parts = index.header.parts.iter().enumerate();
            let here = parts.filter_map(|(at, part)| match part.place {
                Place::File { file, offset, len } if file == number => Some((at, offset, len)),
                _ => None,
            });
            here.collect()
        };
        // Two parts of the same content have one name.
        let numbers: Vec<usize> =
            (0..self.header.files.len()).filter(|at| file_name(self.header.files[*at]) == name).collect();
        if numbers.is_empty() {
            return Err(stranger());
        }
        for number in numbers {
            let parts = of(self, number);
            let Some(&(first, _, _)) = parts.first() else { return Err(stranger()) };
            let (kind, body) = unframe(&file)?;
            let checksum = self.header.files[number].to_le_bytes();
            let n_bytes = parts.iter().fold(0_usize, |sum, (_, _, len)| sum.saturating_add(*len));
            if kind != self.header.parts[first].kind
                || file[6..FRAME_BYTES] != checksum
                || n_bytes != body.len()
            {
                return Err(stranger());
            }
            if parts.iter().all(|(at, _, _)| self.is_loaded(*at)) {
                continue;
            }
            self.loaded_bytes += file.len();
            for (at, offset, len) in parts {
                self.load(at, body.slice(offset..offset + len))?;
            }
        }
        Ok(())
    }

    fn load(&mut self, at: usize, body: Bytes) -> Result<(), IndexError> {
        let n_docs = self.header.n_docs;
        match self.header.parts[at].kind {
            DICT => {
                let wrong = || IndexError::Malformed { what: "dictionary", offset_bytes: 0 };
                // `fst` trusts its bytes: they come with a checksum of their own.
                let (sum, _) = body.split_first_chunk().ok_or_else(wrong)?;
                let expected = u64::from_le_bytes(*sum);
                let map = body.slice(sum.len()..);
                if checksum(DICT, &map) != expected {
                    return Err(wrong());
                }
                self.dicts[at] = Some(Map::new(map).map_err(|_| wrong())?);
            }
            POSTINGS | PAIRS => self.postings[at] = Some(body),
            RECORDS => self.shards[at] = Some(Shard::read(body, Rows::Records)?),
            DETAILS => self.shards[at] = Some(Shard::read(body, Rows::Details)?),
            SHAPES => self.shapes = Some(Shapes::read(&body, n_docs, self.header.shape_step)?),
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
            POSTINGS | PAIRS => self.postings[at].is_some(),
            RECORDS | DETAILS => self.shards[at].is_some(),
            SHAPES => self.shapes.is_some(),
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

    /// Where a dataset is: its shape, else its box; where those are loaded, see [`Index::need_places`].
    #[must_use]
    pub fn place(&self, doc: u32) -> Option<Shape> {
        if let Some(shapes) = &self.shapes {
            return shapes.rows.get(doc as usize).cloned();
        }
        let row = self.extents.as_ref()?.rows.get(doc as usize)?;
        row.bbox.map(|sides| Shape::Box(sides.map(|side| side as f32 / 100.0)))
    }

    /// The file with the places of all datasets, where it is not loaded yet.
    #[must_use]
    pub fn need_places(&self) -> Option<Need> {
        let wants = Wants::default();
        if self.part(SHAPES).is_some() {
            self.want(self.shapes.as_ref(), SHAPES, &wants);
        } else {
            self.extents(&wants);
        }
        self.need(&wants)
    }

    /// The files that facets and histogram are counted from and that are not loaded yet.
    #[must_use]
    pub fn need_counts(&self) -> Option<Need> {
        let wants = Wants::default();
        self.extents(&wants);
        for facet in Facet::ALL {
            self.facet(facet, &wants);
        }
        self.need(&wants)
    }

    /// Whether a file holds columns: what facets, histogram and map read, and filters.
    #[must_use]
    pub fn has_columns(&self, name: &str) -> bool {
        self.header.parts.iter().any(|part| match part.place {
            Place::File { file, .. } => {
                !matches!(part.kind, DICT | POSTINGS | PAIRS | RECORDS | DETAILS)
                    && self.header.files.get(file).is_some_and(|file| file_name(*file) == name)
            }
            Place::Inline { .. } => false,
        })
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// The names of the files that `wants` collected.
    pub(super) fn need(&self, wants: &Wants) -> Option<Need> {
        let wants = wants.0.borrow();
        let names = wants.iter().filter_map(|at| match &self.header.parts[*at].place {
            Place::File { file, .. } => self.header.files.get(*file).map(|file| file_name(*file)),
            Place::Inline { .. } => None,
        });
        let mut files: Vec<String> = names.collect();
        sort(&mut files, |a, b| a.cmp(b));
        files.dedup();
        (!files.is_empty()).then_some(Need { files })
    }

    /// What `look` finds, or the files that it still wants.
    pub(super) fn asking<T>(&self, look: impl FnOnce(&Wants) -> T) -> Result<T, Need> {
        let wants = Wants::default();
        let found = look(&wants);
        self.need(&wants).map_or(Ok(found), Err)
    }

    fn part(&self, kind: u8) -> Option<usize> {
        self.runs.iter().find(|run| run.0 == kind).map(|run| run.1)
    }

    /// The last part of a kind that starts at or before `key`. Parts of a kind stand in order.
    fn part_for(&self, kind: u8, key: u64) -> Option<usize> {
        let &(_, from, to) = self.runs.iter().find(|run| run.0 == kind)?;
        let after = self.header.parts[from..to].partition_point(|part: &Part| part.start <= key);
        Some(from + after.max(1) - 1)
    }

    /// The dictionary with the words that begin with a byte.
    pub(super) fn dictionary(&self, first: u8, wants: &Wants) -> Option<&Map<Bytes>> {
        let at = self.part_for(DICT, first.into())?;
        if self.dicts[at].is_none() {
            wants.want(at);
        }
        self.dicts[at].as_ref()
    }

    /// All of them.
    pub(super) fn dictionaries<'a>(&'a self, wants: &'a Wants) -> impl Iterator<Item = &'a Map<Bytes>> {
        let parts = self.header.parts.iter().enumerate().filter(|(_, part)| part.kind == DICT);
        parts.filter_map(|(at, _)| {
            if self.dicts[at].is_none() {
                wants.want(at);
            }
            self.dicts[at].as_ref()
        })
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
            wants.want(at);
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

    /// The datasets in which two words stand beside each other, with the fields; `None` where that is not known: the
    /// index has no pairs, or they are not loaded.
    pub(super) fn pair(&self, left: &str, right: &str, wants: &Wants) -> Option<Vec<Holder>> {
        let key = pairs::key(left, right);
        let at = self.part_for(PAIRS, key)?;
        let Some(part) = &self.postings[at] else {
            wants.want(at);
            return None;
        };
        // As with postings, what is damaged is not there.
        Some(pairs::find(part, key).unwrap_or_default())
    }

    /// The shard of a kind in which a dataset is, and its place there.
    fn shard(&self, kind: u8, doc: u32, wants: &Wants) -> Option<(&Shard, usize)> {
        let at = self.part_for(kind, doc.into())?;
        let Some(shard) = &self.shards[at] else {
            wants.want(at);
            return None;
        };
        let place = usize::try_from(u64::from(doc) - self.header.parts[at].start.min(doc.into())).ok()?;
        Some((shard, place))
    }

    pub(super) fn record_or_want(&self, doc: u32, wants: &Wants) -> Option<Record<'_>> {
        let (shard, place) = self.shard(RECORDS, doc, wants)?;
        shard.record(place)
    }

    pub(super) fn details_or_want(&self, doc: u32, wants: &Wants) -> Option<Details<'_>> {
        let (shard, place) = self.shard(DETAILS, doc, wants)?;
        shard.details(place)
    }

    /// The record of a dataset by its number in the index, where it is loaded.
    #[must_use]
    pub fn record(&self, doc: u32) -> Option<Record<'_>> {
        self.record_or_want(doc, &Wants::default())
    }

    /// The details of a dataset, where they are loaded.
    #[must_use]
    pub fn details(&self, doc: u32) -> Option<Details<'_>> {
        self.details_or_want(doc, &Wants::default())
    }

    /// The files with the records and details of these datasets that are not loaded yet.
    #[must_use]
    pub fn need_records(&self, docs: &[u32]) -> Option<Need> {
        let wants = Wants::default();
        for doc in docs {
            self.shard(RECORDS, *doc, &wants);
            self.shard(DETAILS, *doc, &wants);
        }
        self.need(&wants)
    }

    /// The files that a small catalogue has beside its entry, where they are not loaded yet; none where there
    /// are too many to fetch them all in advance.
    #[must_use]
    pub fn need_rest(&self) -> Option<Need> {
        const FEW: usize = 3;
        if self.header.files.len() > FEW {
            return None;
        }
        let loaded = |at: &usize| !self.is_loaded(*at);
        let wants = Wants::default();
        (0..self.header.parts.len()).filter(loaded).for_each(|at| wants.want(at));
        self.need(&wants)
    }

    /// Whether dictionary, postings and records came with the entry: any of them can be looked at without
    /// waiting.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let first = |part: &Part| matches!(part.kind, DICT | POSTINGS | RECORDS);
        self.header.parts.iter().all(|part| matches!(part.place, Place::Inline { .. }) || !first(part))
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
            wants.want(at);
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
        column.keys().iter().position(|one| *one == key).map(|at| at as u32)
    }
}

/// The first run of parts of each kind: kind, from, to.
fn runs(parts: &[Part]) -> Vec<(u8, usize, usize)> {
    let mut runs: Vec<(u8, usize, usize)> = Vec::new();
    let mut last = None;
    for (at, part) in parts.iter().enumerate() {
        if last == Some(part.kind)
            && let Some(run) = runs.iter_mut().find(|run| run.0 == part.kind && run.2 == at)
        {
            run.2 = at + 1;
        } else if !runs.iter().any(|run| run.0 == part.kind) {
            runs.push((part.kind, at, at + 1));
        }
        last = Some(part.kind);
    }
    runs
}
