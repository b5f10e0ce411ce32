//! The fixtures' archive as stores in memory, and stores that watch what is read of them.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use bytes::Bytes;
use pinfold_core::maybe_send::BoxFuture;
use pinfold_core::store::{ByteRange, Entry, MemoryStore, Store, StoreError};
use pinfold_core::zarr::{Hierarchy, ReadOptions};

/// Every file of `stores.tar.gz` by path.
pub(crate) static FILES: LazyLock<BTreeMap<String, Bytes>> = LazyLock::new(|| {
    let archive = include_bytes!("../../../tests/fixtures/zarr/stores.tar.gz");
    let tar = pinfold_codec::deflate::decode_gzip(archive, pinfold_codec::Expect::AtMost(64 << 20)).unwrap();
    let mut files = BTreeMap::new();
    let mut rest = tar.as_slice();
    while let Some((header, after)) = rest.split_at_checked(512).filter(|(header, _)| header[0] != 0) {
        let text = |range: std::ops::Range<usize>| {
            let field = &header[range];
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
            String::from_utf8(field[..end].to_vec()).unwrap()
        };
        let size = usize::from_str_radix(text(124..136).trim(), 8).unwrap();
        files.insert(text(0..100), Bytes::copy_from_slice(&after[..size]));
        rest = &after[size.next_multiple_of(512)..];
    }
    files
});

/// One of the archive's stores.
pub(crate) fn store(name: &str) -> MemoryStore {
    let prefix = format!("{name}/");
    let files: Vec<(String, Bytes)> = FILES
        .iter()
        .filter_map(|(path, bytes)| Some((path.strip_prefix(&prefix)?.to_owned(), bytes.clone())))
        .collect();
    assert!(!files.is_empty(), "{name} is in the archive");
    files.into_iter().collect()
}

pub(crate) fn open(store: &dyn Store) -> Hierarchy {
    futures::executor::block_on(Hierarchy::open(store, &ReadOptions::default().limits)).unwrap()
}

/// A store that notes every read.
pub(crate) struct Watched {
    pub(crate) store: MemoryStore,
    pub(crate) reads: Mutex<Vec<(String, Option<ByteRange>)>>,
}

impl Watched {
    pub(crate) fn new(store: MemoryStore) -> Self {
        Self { store, reads: Mutex::default() }
    }

    pub(crate) fn take(&self) -> Vec<(String, Option<ByteRange>)> {
        std::mem::take(&mut self.reads.lock().unwrap())
    }
}

impl Store for Watched {
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        self.reads.lock().unwrap().push((path.to_owned(), None));
        self.store.get(path)
    }

    fn get_range<'a>(
        &'a self,
        path: &'a str,
        range: ByteRange,
    ) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        self.reads.lock().unwrap().push((path.to_owned(), Some(range)));
        self.store.get_range(path, range)
    }

    fn size<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<u64>, StoreError>> {
        self.store.size(path)
    }

    fn list<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Vec<Entry>>, StoreError>> {
        self.store.list(path)
    }
}
