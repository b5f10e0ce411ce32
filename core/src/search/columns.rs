//! Columns: one value or list per dataset. [`Extents`], [`FacetColumn`] and [`Ids`].

use std::sync::OnceLock;

use super::build::value_key;
use super::codec::{IndexError, Reader, Writer};
use super::dates::Day;
use super::format::day;
use super::shape::Shape;

/// Time, box and publication of every dataset.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Extents {
    pub(super) rows: Vec<ExtentRow>,
}

/// Of one dataset. Boxes in hundredths of a degree, outwards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ExtentRow {
    pub(super) time: Option<(Day, Day)>,
    pub(super) bbox: Option<[i32; 4]>,
    pub(super) published: Option<Day>,
}

impl Extents {
    pub(super) fn write(&self, out: &mut Writer) {
        for row in &self.rows {
            let flags = u8::from(row.time.is_some())
                | u8::from(row.bbox.is_some()) << 1
                | u8::from(row.published.is_some()) << 2;
            out.u8(flags);
        }
        for (start, end) in self.rows.iter().filter_map(|row| row.time) {
            out.signed(start.into());
            out.signed(i64::from(end) - i64::from(start));
        }
        for side in self.rows.iter().filter_map(|row| row.bbox).flatten() {
            out.signed(side.into());
        }
        for published in self.rows.iter().filter_map(|row| row.published) {
            out.signed(published.into());
        }
    }

    pub(super) fn read(bytes: &[u8], n_docs: u32) -> Result<Self, IndexError> {
        let mut input = Reader::new(bytes);
        let flags = input.take(n_docs as usize)?;
        let mut rows = vec![ExtentRow::default(); flags.len()];
        for (row, _) in rows.iter_mut().zip(flags).filter(|(_, flags)| **flags & 1 != 0) {
            let start = day(&mut input)?;
            row.time = Some((start, start.saturating_add(day(&mut input)?)));
        }
        for (row, _) in rows.iter_mut().zip(flags).filter(|(_, flags)| **flags & 2 != 0) {
            let mut sides = [0; 4];
            for side in &mut sides {
                *side = day(&mut input)?;
            }
            row.bbox = Some(sides);
        }
        for (row, _) in rows.iter_mut().zip(flags).filter(|(_, flags)| **flags & 4 != 0) {
            row.published = Some(day(&mut input)?);
        }
        if input.left() > 0 {
            return input.wrong("bytes after the extents");
        }
        Ok(Self { rows })
    }
}

/// The values of a facet, most frequent first, and those of every dataset.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct FacetColumn {
    pub(super) values: Vec<String>,
    pub(super) counts: Vec<u32>,
    /// Where each dataset's values start in `ids`; one longer than there are datasets.
    pub(super) starts: Vec<u32>,
    pub(super) ids: Vec<u32>,
    /// See [`FacetColumn::keys`].
    keys: OnceLock<Vec<String>>,
}

impl FacetColumn {
    pub(super) fn new(values: Vec<String>, counts: Vec<u32>) -> Self {
        Self { values, counts, starts: vec![0], ..Self::default() }
    }

    /// The values without anything but letters and digits; made when they are first looked at.
    pub(super) fn keys(&self) -> &[String] {
        self.keys.get_or_init(|| self.values.iter().map(|value| value_key(value)).collect())
    }

    /// The values of a dataset.
    pub(super) fn of(&self, doc: u32) -> &[u32] {
        &self.ids[self.starts[doc as usize] as usize..self.starts[doc as usize + 1] as usize]
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.len(self.values.len());
        self.values.iter().for_each(|value| out.str(value));
        // The lists of consecutive datasets are often the same: a zero repeats the one before.
        let mut last: &[u32] = &[];
        for pair in self.starts.windows(2) {
            let list = &self.ids[pair[0] as usize..pair[1] as usize];
            if list == last {
                out.u8(0);
            } else {
                out.len(list.len() + 1);
                list.iter().for_each(|id| out.varint(u64::from(*id)));
            }
            last = list;
        }
    }

    pub(super) fn read(bytes: &[u8], n_docs: u32) -> Result<Self, IndexError> {
        let mut input = Reader::new(bytes);
        let n_values = input.count(1)?;
        let mut values = Vec::new();
        for _ in 0..n_values {
            values.push(input.str()?.to_owned());
        }
        let counts = vec![0; values.len()];
        let mut column = Self::new(values, counts);
        let mut last = 0..0;
        for _ in 0..n_docs {
            let n = input.varint()?;
            let from = column.ids.len();
            if n == 0 {
                if column.ids.len() + last.len() > MAX_FACET_IDS {
                    return input.wrong("too many facet values");
                }
                column.ids.extend_from_within(last.clone());
            } else {
                if n - 1 > input.left() as u64 {
                    return input.wrong("count larger than the file");
                }
                for _ in 1..n {
                    let id = input.u32()?;
                    if id as usize >= column.values.len() {
                        return input.wrong("unknown facet value");
                    }
                    column.ids.push(id);
                }
            }
            last = from..column.ids.len();
            for id in &column.ids[last.clone()] {
                column.counts[*id as usize] += 1;
            }
            column.starts.push(column.ids.len() as u32);
        }
        if input.left() > 0 {
            return input.wrong("bytes after the facet");
        }
        Ok(column)
    }
}

/// Bound on what repeats can blow up to (16 MiB of ids).
const MAX_FACET_IDS: usize = 4 << 20;

/// Where every dataset is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Shapes {
    pub(super) rows: Vec<Shape>,
}

impl Shapes {
    pub(super) fn write(&self, out: &mut Writer, step: f32) {
        self.rows.iter().for_each(|shape| shape.write(out, step));
    }

    pub(super) fn read(bytes: &[u8], n_docs: u32, step: f32) -> Result<Self, IndexError> {
        let mut input = Reader::new(bytes);
        let mut rows = Vec::new();
        for _ in 0..n_docs {
            rows.push(Shape::read(&mut input, step)?);
        }
        if input.left() > 0 {
            return input.wrong("bytes after the shapes");
        }
        Ok(Self { rows })
    }
}

/// Identifiers by the first 40 bits of their digest or hash, sorted.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Ids {
    pub(super) rows: Vec<(u64, u32)>,
}

impl Ids {
    pub(super) fn write(&self, out: &mut Writer) {
        out.len(self.rows.len());
        let mut last = 0;
        for (key, doc) in &self.rows {
            out.varint(key - last);
            out.varint(u64::from(*doc));
            last = *key;
        }
    }

    pub(super) fn read(bytes: &[u8], n_docs: u32) -> Result<Self, IndexError> {
        let mut input = Reader::new(bytes);
        let n = input.count(2)?;
        let (mut rows, mut key) = (Vec::new(), 0_u64);
        for _ in 0..n {
            let step = input.varint()?;
            let Some(next) = key.checked_add(step) else { return input.wrong("number too large") };
            let doc = input.u32()?;
            if doc >= n_docs {
                return input.wrong("unknown dataset");
            }
            key = next;
            rows.push((key, doc));
        }
        Ok(Self { rows })
    }

    /// Datasets whose key lies in a range.
    pub(super) fn find(&self, low: u64, high: u64) -> impl Iterator<Item = u32> + '_ {
        let from = self.rows.partition_point(|(key, _)| *key < low);
        self.rows[from..].iter().take_while(move |(key, _)| *key <= high).map(|(_, doc)| *doc)
    }
}
