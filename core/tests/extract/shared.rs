//! The data that no one here wrote, and what reads it.

use std::sync::Arc;

use futures::executor::block_on;
use pinfold_core::block::{Limits, MemoryBlocks};
use pinfold_core::cid::Cid;
use pinfold_core::extract::extract;
use pinfold_core::model::Dataset;
use pinfold_core::unixfs::UnixfsStore;
use pinfold_core::zarr::json;
use serde_json::Value;

/// Files of the folder with test data; `None`, and the skip is told by name, where one is missing.
pub(crate) fn files<const N: usize>(names: [&str; N]) -> Option<[Vec<u8>; N]> {
    let folder = format!("{}/../../shared/data", env!("CARGO_MANIFEST_DIR"));
    let files = names.map(|name| std::fs::read(format!("{folder}/{name}")).unwrap_or_default());
    for (name, file) in names.iter().zip(&files) {
        if file.is_empty() {
            eprintln!("SKIPPED: {folder}/{name} is missing");
            return None;
        }
    }
    Some(files)
}

/// The tree in a CAR.
pub(crate) fn tree(car: Vec<u8>) -> UnixfsStore {
    let (blocks, roots) = MemoryBlocks::from_car("test.car", car, &Limits::default()).unwrap();
    UnixfsStore::new(Arc::new(blocks), roots[0], Limits::default())
}

/// JSON with its NaN tokens.
pub(crate) fn parse(bytes: &[u8]) -> Value {
    json::parse(bytes, 64).unwrap()
}

fn yaml(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
}

/// The record of the dataset at `path`.
pub(crate) fn record(tree: &UnixfsStore, path: &str) -> Dataset {
    let cid = block_on(tree.cid(path)).unwrap().unwrap();
    record_of(tree, cid)
}

/// The record of the dataset with that root.
pub(crate) fn record_of(tree: &UnixfsStore, cid: Cid) -> Dataset {
    let store = UnixfsStore::with_unixfs(tree.unixfs().clone(), cid);
    block_on(extract(&store, cid, &yaml, &Limits::default())).unwrap()
}
