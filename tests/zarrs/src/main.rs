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

/// What zarrs does not read, by words of its message or of the array's path, and why that is no fault of ours.
const KNOWN: [(&str, &str); 0] = [];

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
        for (path, array) in &hierarchy.arrays {
            let read = futures::executor::block_on(array.read(&store, &Selection::all(&array.shape), &options));
            let Some(ours) = read.ok().and_then(|data| native(&data.values)) else {
                skipped += 1;
                continue;
            };
            match theirs(root, path) {
                Ok(bytes) if bytes == ours => same += 1,
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
