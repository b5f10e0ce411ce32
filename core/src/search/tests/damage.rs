//! Files that are not what they should be.

use std::collections::BTreeMap;

use super::super::record::{Rows, Shard};
use super::super::*;
use super::{SPLIT, docs, synonyms};

#[test]
fn foreign_and_damaged_files_are_errors() {
    let bytes = build(&docs(), &synonyms(), Layout::default()).remove(0).bytes;
    assert_eq!(Index::open(&b"<!doctype html>"[..]).unwrap_err(), IndexError::Foreign);
    assert_eq!(Index::open(&b""[..]).unwrap_err(), IndexError::Foreign);
    let mut other = bytes.clone();
    other[4] = 9;
    assert_eq!(Index::open(other).unwrap_err(), IndexError::Version { found: 9, expected: VERSION });
    for len in 0..bytes.len() {
        assert!(Index::open(bytes[..len].to_vec()).is_err(), "{len}");
    }
    for at in (0..bytes.len()).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        // The kind byte and the checksum are covered as well.
        assert!(Index::open(flipped).is_err(), "{at}");
    }
    let mut split = Index::open(build(&docs(), &synonyms(), SPLIT).remove(0).bytes).unwrap();
    assert!(matches!(split.supply("nothing.pfs", bytes.clone()), Err(IndexError::Stranger { .. })));
    let need = split
        .search(&Request { query: Query::parse("radar", false), limit: 5, ..Request::default() })
        .unwrap_err();
    assert!(matches!(split.supply(&need.files[0], bytes), Err(IndexError::Stranger { .. })));
}

/// Bytes that were changed and given a fitting checksum again: whatever is read must not panic.
/// The dictionary is left alone: `fst` trusts its bytes, and its names and checksums are all it has.
#[test]
fn forged_files_never_panic() {
    let files = build(&docs(), &synonyms(), SPLIT);
    let names: BTreeMap<String, Vec<u8>> =
        files.iter().map(|file| (file.name.clone(), file.bytes.clone())).collect();
    let request =
        Request { query: Query::parse("radar rain 2024-08", false), limit: 9, ..Request::default() };
    let mut seed = 5_u64;
    let mut random = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    for _ in 0..600 {
        // The entry itself.
        let (_, body) = codec::unframe(&files[0].bytes.clone().into()).unwrap();
        let mut body = body.to_vec();
        for _ in 0..1 + random(3) {
            let at = random(body.len());
            body[at] = random(256) as u8;
        }
        if let Ok(mut index) = Index::open(codec::frame(0, &body)) {
            for _ in 0..9 {
                let counted = |answer: Answer| {
                    Facet::ALL
                        .into_iter()
                        .try_for_each(|facet| index.facet_counts(&answer, facet).map(drop))?;
                    index.histogram(&answer, 9)
                };
                let Err(need) = index.search(&request).and_then(counted) else { break };
                for name in need.files {
                    if let Some(bytes) = names.get(&name) {
                        let _ = index.supply(&name, bytes.clone());
                    }
                }
            }
        }
    }
    // Every other file, as part of a forged entry that names it.
    for _ in 0..1500 {
        let parts: Vec<(u8, Vec<u8>)> = files[1..]
            .iter()
            .map(|file| {
                let (kind, body) = codec::unframe(&file.bytes.clone().into()).unwrap();
                (kind, body.to_vec())
            })
            .filter(|(kind, _)| *kind != format::DICT)
            .collect();
        let (kind, mut body) = parts[random(parts.len())].clone();
        for _ in 0..1 + random(3) {
            let at = random(body.len().max(1));
            if let Some(byte) = body.get_mut(at) {
                *byte = random(256) as u8;
            }
        }
        body.truncate(if random(4) == 0 { random(body.len() + 1) } else { body.len() });
        let read = match kind {
            format::RECORDS => Shard::read(body.into(), Rows::Records).map(|shard| shard.len()),
            format::DETAILS => Shard::read(body.into(), Rows::Details).map(|shard| shard.len()),
            format::SHAPES => columns::Shapes::read(&body, 7, 0.1).map(|column| column.rows.len()),
            format::EXTENTS => columns::Extents::read(&body, 7).map(|column| column.rows.len()),
            format::IDS => columns::Ids::read(&body, 7).map(|column| column.rows.len()),
            format::POSTINGS => Ok(0),
            _ => columns::FacetColumn::read(&body, 7).map(|column| column.ids.len()),
        };
        assert!(read.is_err() || read.is_ok_and(|len| len < 100_000));
    }
}
