//! Each target over its corpus, and over mutations of it that are the same in every run.
//!
//! `PINFOLD_FUZZ_RUNS` sets how many mutations; an input that fails is kept and its path is printed.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pinfold_fuzz::{TARGETS, Target, seeds};

/// Mutations of each target without the setting.
const RUNS: u64 = 4000;
/// No input of a few kilobytes is worth this; what takes longer is taken for an endless loop.
const PATIENCE: Duration = Duration::from_secs(10);

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`, which is not zero.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// One to eight changes: bits, edge values, digits, cuts, repetitions, parts of another input.
    fn mutate(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = corpus[self.below(corpus.len())].clone();
        for _ in 0..=self.below(8) {
            if bytes.is_empty() {
                bytes.push(self.next() as u8);
            }
            let at = self.below(bytes.len());
            match self.below(12) {
                0 => bytes.truncate(at),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, self.next() as u8),
                3 => {
                    let end = (at + 1 + self.below(64)).min(bytes.len());
                    let part = bytes[at..end].to_vec();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, part);
                }
                4 => {
                    let other = &corpus[self.below(corpus.len())];
                    let from = self.below(other.len().max(1)).min(other.len());
                    bytes.truncate(at);
                    bytes.extend_from_slice(&other[from..]);
                }
                5 | 6 => {
                    let edges = [0, 1, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, u32::MAX];
                    let edge = edges[self.below(edges.len())].to_le_bytes();
                    bytes.iter_mut().skip(at).zip(edge).for_each(|(byte, edge)| *byte = edge);
                }
                7 => {
                    if let Some(digit) = bytes[at..].iter().position(u8::is_ascii_digit) {
                        bytes[at + digit] = b'0' + self.below(10) as u8;
                    }
                }
                _ => bytes[at] ^= 1 << self.below(8),
            }
        }
        bytes.truncate(1 << 16);
        bytes
    }
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("a folder that can be listed").path())
        .collect();
    files.sort();
    files.iter().map(|path| fs::read(path).expect("a file that can be read")).chain(seeds(name)).collect()
}

fn run(name: &str, target: Target, input: &[u8]) {
    let began = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| target(input)));
    let slow = began.elapsed() > PATIENCE;
    if outcome.is_err() || slow {
        let path = std::env::temp_dir().join(format!("pinfold-fuzz-{name}-{}", std::process::id()));
        fs::write(&path, input).expect("a place for temporary files");
        let what = if slow { "took too long over" } else { "failed on" };
        panic!("{name} {what} {}: mend it, then keep the file in fuzz/corpus/{name}/", path.display());
    }
}

fn short(name: &str) {
    let &(_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("named below");
    let corpus = corpus(name);
    assert!(corpus.len() >= 3, "fuzz/corpus/{name} has {} inputs", corpus.len());
    corpus.iter().for_each(|input| run(name, target, input));
    let runs = std::env::var("PINFOLD_FUZZ_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(RUNS);
    let mut random = Random(0x5eed);
    for _ in 0..runs {
        run(name, target, &random.mutate(&corpus));
    }
}

macro_rules! short {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            short(stringify!($name));
        })*

        #[test]
        fn every_target_is_run() {
            assert_eq!([$(stringify!($name)),*], TARGETS.iter().map(|(name, _)| *name).collect::<Vec<_>>()[..]);
        }
    };
}

short!(car unixfs zarr_metadata blosc codecs search_index search_part text);

/// A changed file that stops at its checksum tests the checksum.
#[test]
fn changed_indexes_are_looked_into() {
    use pinfold_core::search::{Index, fuzzing};
    let corpus = seeds("search_index");
    let mut random = Random(0x5eed);
    let changed: Vec<Vec<u8>> = (0..400).map(|_| random.mutate(&corpus)).collect();
    let open = |files: &mut dyn Iterator<Item = Vec<u8>>| {
        files.filter(|file| Index::open(file.clone()).is_ok()).count()
    };
    let (as_it_is, sealed) =
        (open(&mut changed.iter().cloned()), open(&mut changed.iter().map(|file| fuzzing::sealed(file))));
    assert!(sealed > as_it_is + 10, "{as_it_is} as they are, {sealed} with a fitting checksum");
}
