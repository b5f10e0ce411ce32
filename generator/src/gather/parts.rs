//! What was read of a dataset, in the cache: the record, and apart from it its `meta.car` and pictures,
//! which only those who write a page need. [`leave_details`] leaves more than these there.

use pinfold_core::cid::Cid;
use pinfold_core::model::{Dataset, Variable};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::catalogue::{Entry, Left, Quicklook};
use crate::gather::cache::{Cache, Kind};
use crate::gather::read::Extracted;

#[derive(Serialize)]
struct RecordRef<'a> {
    dataset: &'a Dataset,
    quicklooks: &'a [Quicklook],
}

/// Of a record only what [`leave_details`] takes out.
#[derive(Deserialize)]
struct Details {
    dataset: DatasetDetails,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DatasetDetails {
    attributes: serde_json::Map<String, serde_json::Value>,
    variables: Vec<Variable>,
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
    // A cache that cannot be written costs time and memory, nothing else.
    if cache.put(Kind::Parts, cid, &join(&parts)).is_ok() && cache.put(Kind::Record, cid, &record).is_ok() {
        extracted.cached = Some(Sha256::digest(&record).into());
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
    let (digest, record) = cache.get_hashed(Kind::Record, cid)?;
    let record: Record = serde_json::from_slice(&record).ok()?;
    Some(Extracted {
        dataset: record.dataset,
        quicklooks: record.quicklooks,
        cached: Some(digest),
        ..Extracted::default()
    })
}

/// Takes out of an entry that is complete what only its own pages need and what is in the cache.
pub(super) fn leave_details(entry: &mut Entry, record: [u8; 32]) {
    let dataset = &mut entry.dataset;
    dataset.attributes = serde_json::Map::new();
    let brief = |variable: &mut Variable| Variable {
        name: std::mem::take(&mut variable.name),
        standard_name: variable.standard_name.take(),
        long_name: variable.long_name.take(),
        units: variable.units.take(),
        role: variable.role,
        ..Variable::default()
    };
    // All records of a catalogue are in memory at once: nothing is kept in reserve.
    dataset.variables = dataset.variables.iter_mut().map(brief).collect();
    dataset.findings.shrink_to_fit();
    dataset.people.shrink_to_fit();
    dataset.pins.shrink_to_fit();
    entry.left = Left::Details { record };
}

/// Loads what [`gather`](super::gather) left in the cache of an entry: `meta.car`, the pictures and the details of the
/// record. While a dataset is under embargo it has no pictures. Says whether everything was there.
#[must_use]
pub fn load_parts(cache: &Cache, entry: &mut Entry) -> bool {
    let shows = entry.dataset.embargo.is_none() && entry.dataset.withdrawn.is_none();
    if !shows {
        entry.meta_car = Vec::new();
        entry.quicklooks = Vec::new();
    }
    let left = std::mem::take(&mut entry.left);
    let Ok(cid) = entry.dataset.cid.parse::<Cid>() else { return left == Left::Nothing };
    if let Left::Details { record } = left {
        let loaded = cache.get_hashed(Kind::Record, cid).filter(|(digest, _)| *digest == record);
        let loaded = loaded.and_then(|(_, bytes)| serde_json::from_slice::<Details>(&bytes).ok());
        let Some(Details { dataset }) = loaded else { return false };
        entry.dataset.attributes = dataset.attributes;
        entry.dataset.variables = dataset.variables;
    }
    if left == Left::Nothing || !shows {
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
