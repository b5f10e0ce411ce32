//! What was read of a dataset, in the cache: the record, and apart from it its `meta.car` and pictures,
//! which only those who write a page need.

use pinfold_core::cid::Cid;
use pinfold_core::model::Dataset;
use serde::{Deserialize, Serialize};

use crate::catalogue::{Entry, Quicklook};
use crate::gather::cache::{Cache, Kind};
use crate::gather::read::Extracted;

#[derive(Serialize)]
struct RecordRef<'a> {
    dataset: &'a Dataset,
    quicklooks: &'a [Quicklook],
}

#[derive(Deserialize)]
struct Record {
    dataset: Dataset,
    quicklooks: Vec<Quicklook>,
}

/// Keeps what was read; afterwards the by-products are in the cache only, if they could be written.
pub(super) fn to_cache(cache: &Cache, cid: Cid, extracted: &mut Extracted) {
    let parts: Vec<&[u8]> = std::iter::once(extracted.meta_car.as_slice())
        .chain(extracted.quicklooks.iter().map(|quicklook| quicklook.svg.as_bytes()))
        .collect();
    let record = RecordRef { dataset: &extracted.dataset, quicklooks: &extracted.quicklooks };
    let Ok(record) = serde_json::to_vec(&record) else { return };
    // All records of a catalogue are in memory at once.
    extracted.dataset.variables.shrink_to_fit();
    // A cache that cannot be written costs time and memory, nothing else.
    if cache.put(Kind::Parts, cid, &join(&parts)).is_ok() && cache.put(Kind::Record, cid, &record).is_ok() {
        extracted.meta_car = Vec::new();
        for quicklook in &mut extracted.quicklooks {
            quicklook.svg = String::new();
        }
    }
}

/// The record of a dataset, if it and its by-products are in the cache.
pub(super) fn from_cache(cache: &Cache, cid: Cid) -> Option<Extracted> {
    if !cache.has(Kind::Parts, cid) {
        return None;
    }
    let mut record: Record = serde_json::from_slice(&cache.get(Kind::Record, cid)?).ok()?;
    record.dataset.variables.shrink_to_fit();
    Some(Extracted { dataset: record.dataset, quicklooks: record.quicklooks, meta_car: Vec::new() })
}

/// Loads `meta.car` and the pictures of an entry, which [`gather`](super::gather) leaves in the cache.
/// While a dataset is under embargo it has none. Says whether they were there.
#[must_use]
pub fn load_parts(cache: &Cache, entry: &mut Entry) -> bool {
    if entry.dataset.embargo.is_some() || entry.dataset.withdrawn.is_some() {
        entry.meta_car = Vec::new();
        entry.quicklooks = Vec::new();
        return true;
    }
    let loaded =
        !entry.meta_car.is_empty() || entry.quicklooks.iter().any(|quicklook| !quicklook.svg.is_empty());
    let Ok(cid) = entry.dataset.cid.parse::<Cid>() else { return true };
    if loaded || !cache.has(Kind::Record, cid) {
        return true;
    }
    let Some(parts) = cache.get(Kind::Parts, cid).and_then(|bytes| split(&bytes)) else { return false };
    let mut parts = parts.into_iter();
    entry.meta_car = parts.next().unwrap_or_default();
    for (quicklook, svg) in entry.quicklooks.iter_mut().zip(parts) {
        quicklook.svg = String::from_utf8(svg).unwrap_or_default();
    }
    true
}

/// Each part with its length in front.
fn join(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

fn split(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        parts.push(rest.get(..length)?.to_vec());
        bytes = &rest[length..];
    }
    bytes.is_empty().then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back() {
        let parts: [&[u8]; 3] = [b"", b"abc", b"d"];
        assert_eq!(split(&join(&parts)).unwrap(), parts);
        assert_eq!(split(&join(&parts)[..20]), None);
        assert_eq!(split(&[1, 2]), None);
        assert_eq!(split(&[255; 8]), None);
    }
}
