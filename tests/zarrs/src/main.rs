//! A second opinion: every array of `tests/fixtures/zarr`, read by Pinfold and by [zarrs](https://docs.rs/zarrs).
//!
//! `cargo run --release` in this folder. Exit code 1 where a value differs, or zarrs fails in a way that
//! [`KNOWN`] does not explain, or explains no longer.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;

use bytes::Bytes;
use pinfold_core::store::MemoryStore;
use pinfold_core::zarr::{Hierarchy, ReadOptions, Selection, Values};
use zarrs::array::{Array, ArrayBytes};
use zarrs::filesystem::FilesystemStore;

/// What zarrs does not read, by words of its message, and why that is no fault of ours.
const KNOWN: [(&str, &str); 2] = [
    (
        " is not supported",
        "codecs that this build of zarrs has not (the numcodecs.* names of v3, adler32, crc32, delta, lz4 and their like)",
    ),
    (
        "error parsing metadata",
        "NaN and Infinity in attributes, which Python writes and JSON does not have; we read them",
    ),
];

/// Half-precision floats, which Pinfold widens when it reads them.
fn widened(half: &[u8]) -> Vec<u8> {
    let widen = |bits: u16| {
        let sign = if bits & 0x8000 == 0 { 1.0f32 } else { -1.0 };
        let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023) / 1024.0);
        match exponent {
            0 => sign * fraction * 2f32.powi(-14),
            31 if fraction == 0.0 => sign * f32::INFINITY,
            31 => f32::NAN,
            _ => sign * (1.0 + fraction) * 2f32.powi(exponent - 15),
        }
    };
    half.chunks_exact(2).flat_map(|pair| widen(u16::from_ne_bytes([pair[0], pair[1]])).to_ne_bytes()).collect()
}

/// The same values; every NaN is as good as another where one side was widened.
fn is_same(theirs: &[u8], ours: &[u8], is_half: bool) -> bool {
    if !is_half {
        return theirs == ours;
    }
    let nan = |bytes: &[u8]| bytes.try_into().is_ok_and(|four| f32::from_ne_bytes(four).is_nan());
    let wide = widened(theirs);
    wide.len() == ours.len()
        && wide.chunks_exact(4).zip(ours.chunks_exact(4)).all(|(a, b)| a == b || nan(a) && nan(b))
}

/// Fixed-size numbers in the machine's byte order; `None` for texts, complex numbers and times, which have no
/// common form to be compared in.
fn native(values: &Values) -> Option<Vec<u8>> {
    macro_rules! bytes {
        ($list:expr) => {
            Some($list.iter().flat_map(|value| value.to_ne_bytes()).collect())
        };
    }
    match values {
        Values::Bool(list) => Some(list.iter().map(|value| u8::from(*value)).collect()),
        Values::Int8(list) => bytes!(list),
        Values::Int16(list) => bytes!(list),
        Values::Int32(list) => bytes!(list),
        Values::Int64(list) => bytes!(list),
        Values::UInt8(list) => bytes!(list),
        Values::UInt16(list) => bytes!(list),
        Values::UInt32(list) => bytes!(list),
        Values::UInt64(list) => bytes!(list),
        Values::Float32(list) => bytes!(list),
        Values::Float64(list) => bytes!(list),
        _ => None,
    }
}

fn files(root: &Path, folder: &Path, out: &mut Vec<(String, Bytes)>) {
    for item in std::fs::read_dir(folder).expect("an unpacked store") {
        let path = item.expect("an unpacked store").path();
        if path.is_dir() {
            files(root, &path, out);
        } else {
            let name = path.strip_prefix(root).expect("below its root").to_string_lossy().into_owned();
            out.push((name, Bytes::from(std::fs::read(&path).expect("an unpacked file"))));
        }
    }
}

/// What zarrs reads, or how it fails.
fn theirs(store: &Path, path: &str) -> Result<Vec<u8>, String> {
    let read = || -> Result<Vec<u8>, String> {
        let store = Arc::new(FilesystemStore::new(store).map_err(|error| error.to_string())?);
        let array = Array::open(store, &format!("/{path}")).map_err(|error| error.to_string())?;
        let bytes: ArrayBytes =
            array.retrieve_array_subset(&array.subset_all()).map_err(|error| error.to_string())?;
        match bytes {
            ArrayBytes::Fixed(bytes) => Ok(bytes.into_owned()),
            _ => Err("no fixed size".to_owned()),
        }
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        Err(format!("panic: {}", words.or(panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default()))
    })
}

fn main() -> ExitCode {
    let folder = std::env::temp_dir().join(format!("pinfold-zarrs-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let archive = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/zarr/stores.tar.gz");
    let unpacked = Command::new("tar").arg("xzf").arg(&archive).arg("-C").arg(&folder).status();
    assert!(unpacked.is_ok_and(|status| status.success()), "cannot unpack {}", archive.display());
    std::panic::set_hook(Box::new(|_| {}));
    let (mut same, mut skipped) = (0, 0);
    let mut wrong = Vec::new();
    let mut explained: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unused: BTreeSet<&str> = KNOWN.iter().map(|(words, _)| *words).collect();
    let mut stores: Vec<PathBuf> =
        std::fs::read_dir(&folder).expect("the unpacked folder").map(|item| item.expect("a store").path()).collect();
    stores.retain(|path| path.is_dir());
    stores.sort();
    for root in &stores {
        let name = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut list = Vec::new();
        files(root, root, &mut list);
        let store: MemoryStore = list.into_iter().collect();
        let options = ReadOptions::default();
        let hierarchy = futures::executor::block_on(Hierarchy::open(&store, &options.limits)).expect("a hierarchy");
        for (path, array) in hierarchy.arrays.iter() {
            let read = futures::executor::block_on(array.read(&store, &Selection::all(&array.shape), &options));
            let Some(ours) = read.ok().and_then(|data| native(&data.values)) else {
                skipped += 1;
                continue;
            };
            match theirs(root, path) {
                Ok(bytes) if is_same(&bytes, &ours, array.data_type.to_string() == "float16") => same += 1,
                other => {
                    let found = match other {
                        Ok(_) => format!("{name}/{path}: other values"),
                        Err(error) => format!("{name}/{path}: zarrs: {error}"),
                    };
                    match KNOWN.iter().find(|(words, _)| found.contains(words)) {
                        Some((words, why)) => {
                            unused.remove(words);
                            *explained.entry(why).or_default() += 1;
                        }
                        None => wrong.push(found),
                    }
                }
            }
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    println!("{same} arrays are the same, {skipped} hold no plain numbers");
    for (why, count) in &explained {
        println!("{count} explained: {why}");
    }
    for line in &wrong {
        println!("DIFFERENT {line}");
    }
    for words in &unused {
        println!("NO LONGER NEEDED {words}");
    }
    if wrong.is_empty() && unused.is_empty() && same > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
