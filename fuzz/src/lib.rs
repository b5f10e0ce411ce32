//! What strangers send us, and what must hold whatever they send: no panic, no endless loop, no allocation
//! beyond the limits. Entry point: [`TARGETS`].
//!
//! `tests/short.rs` runs each target over its corpus and over seeded mutations of it, as part of
//! `cargo xtask test`. For longer hunts `cargo +nightly fuzz run car --features libfuzzer` drives the same
//! functions with coverage; what it finds goes into `corpus/<target>/`, so that it stays found.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::executor::block_on;
use pinfold_codec::Expect;
use pinfold_core::block::{Limits, MemoryBlocks, VerifiedBlock};
use pinfold_core::car::CarReader;
use pinfold_core::cf::time::{Calendar, TimeUnits, iso_of_ns, parse_instant};
use pinfold_core::cid::{Cid, DAG_PB};
use pinfold_core::search::{Doc, DocVariable, Facet, Index, Layout, Query, Request, build, fuzzing};
use pinfold_core::store::MemoryStore;
use pinfold_core::unixfs::Unixfs;
use pinfold_core::zarr::{Hierarchy, ReadOptions, Selection};

/// A function that takes anything.
pub type Target = fn(&[u8]);

/// All targets by name; `corpus/<name>/` holds their inputs.
pub const TARGETS: &[(&str, Target)] = &[
    ("car", car),
    ("unixfs", unixfs),
    ("zarr_metadata", zarr_metadata),
    ("blosc", blosc),
    ("codecs", codecs),
    ("search_index", search_index),
    ("search_part", search_part),
    ("text", text),
];

/// Datasets of the indexes that are made.
const SEED_DOCS: usize = 5;

/// Inputs that are made, not kept: the search index's form changes with its version.
#[must_use]
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    let part = match name {
        "search_index" => false,
        "search_part" => true,
        _ => return Vec::new(),
    };
    let doc = |number: usize, title: &str| Doc {
        cid: Cid::of(DAG_PB, title.as_bytes()).to_string(),
        title: title.to_owned(),
        keywords: vec!["wind".to_owned(), format!("keyword {number}")],
        variables: vec![DocVariable { name: format!("v{number}"), ..DocVariable::default() }],
        platforms: vec!["ship".to_owned()],
        year: Some(2026),
        bbox: Some([-60.0, 3.0, -20.0, 20.0]),
        ..Doc::default()
    };
    let titles = ["Air temperature at sea", "Wind speed", "Cloud radar", "Clouds from above", "Dropsondes"];
    let docs: Vec<Doc> = titles.iter().enumerate().map(|(at, title)| doc(at, title)).collect();
    let synonyms = vec![vec!["sst".to_owned(), "sea surface temperature".to_owned()]];
    if part {
        // Every part is a file.
        let layout = Layout {
            inline_bytes: 0,
            shared_column_bytes: 0,
            shard_bytes: 64,
            shard_records: SEED_DOCS,
            shard_details: SEED_DOCS,
        };
        return build(&docs, &synonyms, layout).into_iter().skip(1).map(|file| file.bytes).collect();
    }
    [&docs[..1], &docs[..3], &docs]
        .into_iter()
        .filter_map(|docs| build(docs, &synonyms, Layout::default()).into_iter().next())
        .map(|file| file.bytes)
        .collect()
}

/// Bytes that a decoder may make of one input.
const DECODED_BYTES: usize = 1 << 20;

fn limits() -> Limits {
    Limits {
        file_bytes: 1 << 20,
        directory_entries: 10_000,
        chunk_bytes: DECODED_BYTES as u64,
        ..Limits::default()
    }
}

/// A CAR that comes in pieces; the first byte says how large they are.
pub fn car(input: &[u8]) {
    let Some((&size, bytes)) = input.split_first() else { return };
    let mut reader = CarReader::new(limits());
    let mut verified = 0;
    for piece in bytes.chunks(usize::from(size).max(1) * 16) {
        reader.push(piece.to_vec());
        loop {
            let before = reader.offset_bytes();
            match reader.next_block() {
                Ok(Some(block)) => {
                    assert!(reader.offset_bytes() > before, "a block that took no bytes");
                    verified += block.bytes().len();
                }
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
    reader.end();
    let _ = reader.next_block();
    // Identity CIDs carry their content in the CID: a section holds its block at most twice.
    assert!(verified <= bytes.len(), "{verified} bytes out of {}", bytes.len());
}

/// The root block of something in UnixFS, or a CAR whose first root is walked.
pub fn unixfs(input: &[u8]) {
    let mut blocks = MemoryBlocks::new("input");
    let root = match MemoryBlocks::from_car("input", input.to_vec(), &limits()) {
        Ok((from_car, roots)) if !roots.is_empty() => {
            blocks = from_car;
            roots[0]
        }
        _ => {
            let root = Cid::of(DAG_PB, input);
            let Ok(block) = VerifiedBlock::verify(root, input.to_vec()) else { return };
            blocks.insert(block);
            root
        }
    };
    let unixfs = Unixfs::new(Arc::new(blocks), limits());
    block_on(async {
        if let Ok(entries) = unixfs.entries(root).await {
            for entry in entries.iter().take(3) {
                let _ = unixfs.resolve(root, &entry.name).await;
            }
        }
        let _ = unixfs.file_size(root).await;
        let mut parts = std::pin::pin!(unixfs.stream(root, None));
        let mut read = 0;
        while let Some(Ok(part)) = parts.next().await {
            read += part.len();
            if read > DECODED_BYTES {
                break;
            }
        }
        let _ = unixfs.resolve(root, "a/b/../c").await;
    });
}

/// The metadata of a Zarr store; the first byte says under which name.
pub fn zarr_metadata(input: &[u8]) {
    let Some((&name, text)) = input.split_first() else { return };
    let text = text.to_vec();
    let store = match name % 4 {
        0 => MemoryStore::from_iter([(".zmetadata", text)]),
        1 => MemoryStore::from_iter([("zarr.json", text)]),
        2 => MemoryStore::from_iter([(".zarray", text)]),
        _ => MemoryStore::from_iter([(".zgroup", b"{\"zarr_format\":2}".to_vec()), (".zattrs", text)]),
    };
    let options = ReadOptions {
        limits: limits(),
        selection_bytes: DECODED_BYTES as u64,
        chunk_reads: 256,
        ..ReadOptions::default()
    };
    let Ok(hierarchy) = block_on(Hierarchy::open(&store, &options.limits)) else { return };
    for array in hierarchy.arrays.values().take(8) {
        let selection = Selection::all(&array.shape);
        let _ = array.plan(&selection, &options);
        let _ = block_on(array.read(&store, &selection, &options));
        let _ = array.decode_chunk(&[1; 100], &options.limits);
        let _ = (
            array.logical_bytes(),
            array.fill_f64(),
            array.dimensions(),
            array.attribute_numbers("scale_factor"),
        );
    }
}

/// A blosc buffer.
pub fn blosc(input: &[u8]) {
    if let Ok(bytes) = pinfold_codec::blosc::decode(input, Expect::AtMost(DECODED_BYTES)) {
        assert!(bytes.len() <= DECODED_BYTES);
    }
}

/// A compressed chunk; the first byte says by what.
pub fn codecs(input: &[u8]) {
    let Some((&codec, bytes)) = input.split_first() else { return };
    let expect = Expect::AtMost(DECODED_BYTES);
    let decoded = match codec % 4 {
        0 => pinfold_codec::zstd::decode(bytes, expect),
        1 => pinfold_codec::deflate::decode_zlib(bytes, expect),
        2 => pinfold_codec::deflate::decode_gzip(bytes, expect),
        _ => pinfold_codec::lz4::decode(bytes, expect),
    };
    if let Ok(decoded) = decoded {
        assert!(decoded.len() <= DECODED_BYTES);
    }
}

/// The entry of a search index: as it is, and with the checksum that it should have.
pub fn search_index(input: &[u8]) {
    for file in [input.to_vec(), fuzzing::sealed(input)] {
        if let Ok(index) = Index::open(file) {
            ask(&index);
        }
    }
}

/// Any other file of a search index, with the checksum that it should have.
pub fn search_part(input: &[u8]) {
    if let Ok(rows) = fuzzing::read(fuzzing::sealed(input), SEED_DOCS as u32) {
        assert!(rows <= 64 * input.len(), "{rows} rows of {} bytes", input.len());
    }
}

fn ask(index: &Index) {
    for query in ["wind", "wnd spead", "\"air temperature\" -x", "platform:ship 2026-01", ""] {
        let request = Request { query: Query::parse(query, true), limit: 5, ..Request::default() };
        if let Ok(answer) = index.search(&request) {
            assert!(answer.total <= index.len());
            let _ = index.histogram(&answer, 12);
            let _ = Facet::ALL.map(|facet| index.facet_counts(&answer, facet));
        }
    }
    let _ = (
        index.time(),
        index.domain(),
        index.record(0),
        index.details(0),
        index.place(0),
        index.need_records(&[0, 1]),
    );
}

/// Texts of people: CIDs, units of time, dates, queries.
pub fn text(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(cid) = text.parse::<Cid>() {
        assert_eq!(cid.to_string().parse::<Cid>().ok(), Some(cid), "its own text leads back to it");
    }
    let query = Query::parse(text, true);
    let _ = format!("{query:?}");
    for calendar in ["standard", "noleap", "all_leap", "360_day", "proleptic_gregorian"] {
        if let Some(units) = TimeUnits::parse(text, Some(calendar)) {
            let _ = [0.0, 1e9, -1e18, f64::NAN, f64::MAX].map(|value| units.iso(value));
            let _ = [i64::MIN, 0, i64::MAX].map(|steps| units.to_ns_exact(steps));
        }
        if let Some(calendar) = Calendar::parse(calendar)
            && let Some(ns) = parse_instant(text, calendar)
        {
            let _ = iso_of_ns(ns, calendar);
        }
    }
}
