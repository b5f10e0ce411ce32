//! Mutated metadata and chunks: any answer will do, but no panic and no runaway.

use bytes::Bytes;
use futures::executor::block_on;
use pinfold_codec::Expect;
use pinfold_core::block::Limits;
use pinfold_core::store::MemoryStore;
use pinfold_core::zarr::{Hierarchy, ReadOptions, Selection, json};

use crate::archive::{FILES, open, store};

/// SplitMix64, seeded: the same run every time.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// Changes a few bytes, cuts, or repeats a part.
    fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() as u64) as usize;
            match self.below(8) {
                0 => bytes.truncate(at),
                1 => {
                    let part = bytes[at..].to_vec();
                    bytes.extend(part);
                }
                2 if at + 4 <= bytes.len() => {
                    let edge = self.pick(&[0u32, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX]).to_le_bytes();
                    bytes[at..at + 4].copy_from_slice(&edge);
                }
                _ if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                _ => {}
            }
        }
        bytes
    }
}

fn small() -> ReadOptions {
    let limits = Limits { chunk_bytes: 1 << 20, ..Limits::default() };
    ReadOptions { limits, selection_bytes: 1 << 20, chunk_reads: 4096, ..ReadOptions::default() }
}

#[test]
fn mutated_blosc_buffers() {
    let buffers: Vec<&Bytes> = FILES
        .iter()
        .filter(|(path, _)| path.contains("blosc") && !path.contains(".z") && !path.ends_with(".json"))
        .chain(FILES.iter().filter(|(path, _)| path.starts_with("v2/big/") && path.ends_with("/0")))
        .map(|(_, bytes)| bytes)
        .collect();
    assert!(buffers.len() > 300);
    let mut random = Random::new(1);
    let mut decoded = 0;
    for _ in 0..6000 {
        let original = *random.pick(&buffers);
        let buffer = random.mutate(original);
        if let Ok(bytes) = pinfold_codec::blosc::decode(&buffer, Expect::AtMost(1 << 20)) {
            assert!(bytes.len() <= 1 << 20);
            decoded += 1;
        }
    }
    assert!(decoded > 100, "some survive: {decoded}");
}

#[test]
fn mutated_chunks_of_every_codec() {
    let mut random = Random::new(2);
    for name in ["v2", "v3"] {
        let mut store = store(name);
        let hierarchy = open(&store);
        let arrays: Vec<_> = hierarchy.arrays.values().filter(|array| array.unsupported.is_none()).collect();
        let mut failed = 0;
        for _ in 0..1500 {
            let array = *random.pick(&arrays);
            let options = small();
            let selection = Selection::all(&array.shape);
            let Ok(plan) = array.plan(&selection, &options) else { continue };
            if plan.reads.is_empty() {
                continue;
            }
            let path = &random.pick(&plan.reads).path.clone();
            let Some(original) = FILES.get(&format!("{name}/{path}")).cloned() else { continue };
            if original.is_empty() {
                continue;
            }
            store.insert(path.clone(), random.mutate(&original));
            if let Err(error) = block_on(array.read(&store, &selection, &options)) {
                assert!(error.to_string().contains(&array.path), "{error}");
                failed += 1;
            }
            // A part of a shard goes another way.
            if array.shard_shape.is_some() {
                let first = Selection::new(vec![0; array.shape.len()], vec![1; array.shape.len()]);
                let _ = block_on(array.read(&store, &first, &options));
            }
            store.insert(path.clone(), original);
        }
        assert!(failed > 300, "damage is noticed: {failed}");
    }
}

#[test]
fn mutated_metadata() {
    let files: Vec<(&String, &Bytes)> =
        FILES.iter().filter(|(path, _)| path.ends_with(".zarray") || path.ends_with("/zarr.json")).collect();
    let words = [
        "-1",
        "1e400",
        "null",
        "[]",
        "{}",
        "\"\"",
        "18446744073709551615",
        "NaN",
        "[[",
        "\"<f8\"",
        "0",
        "2147483648",
    ];
    let mut random = Random::new(3);
    let mut opened = 0;
    for _ in 0..6000 {
        let (path, text) = *random.pick(&files);
        if text.len() > 4000 {
            continue;
        }
        let text = if random.below(2) == 0 {
            random.mutate(text)
        } else {
            // Another word in the place of a number.
            let text = String::from_utf8(text.to_vec()).unwrap();
            let digits: Vec<usize> =
                text.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at).collect();
            let at = *random.pick(&digits);
            format!("{}{}{}", &text[..at], random.pick(&words), &text[at + 1..]).into_bytes()
        };
        let _ = json::parse(&text, 64);
        let name = if path.ends_with(".zarray") { ".zarray" } else { "zarr.json" };
        let store = MemoryStore::from_iter([(name, text)]);
        let options = small();
        let Ok(hierarchy) = block_on(Hierarchy::open(&store, &options.limits)) else { continue };
        for array in hierarchy.arrays.values() {
            opened += 1;
            let selection = Selection::all(&array.shape);
            let _ = array.plan(&selection, &options);
            let _ = block_on(array.read(&store, &selection, &options));
            let _ = array.decode_chunk(&[1; 100], &options.limits);
            let _ = (array.logical_bytes(), array.fill_f64(), array.dimensions());
        }
    }
    assert!(opened > 500, "some survive: {opened}");
}
