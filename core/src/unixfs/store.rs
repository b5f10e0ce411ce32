//! [`UnixfsStore`]: a directory as a [`Store`].

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::future::{Either, select};
use futures::{StreamExt, stream};

use super::{Node, Unixfs, UnixfsError};
use crate::block::{BlockGet, DagScope, EntityBytes, Limits, Want};
use crate::cid::{Cid, RAW};
use crate::maybe_send::BoxFuture;
use crate::parts::{self, Part, PartError};
use crate::store::{Ahead, AheadPart, ByteRange, Entry, EntryKind, Store, StoreError};
use crate::together;

/// Fewer files are asked for one by one: browsers open six connections to a server, and many more over HTTP/2.
const TOGETHER_FILES: usize = 8;

/// More of a sharded directory is asked for file by file: an archive comes in the order of hashes, readers go by names,
/// and what came early has to be kept until it is read.
const TOGETHER_BYTES: u64 = 32_000_000;

/// What an archive brings beside the files that are wanted, at most.
const OTHER_BYTES: u64 = 3_000_000;

/// What a directory takes for each entry, its own link included, about.
const ENTRY_BYTES: u64 = 128;

/// Directory entries that are looked up at once.
const LOOK_UPS: usize = 16;

/// The files below a root, read from verified blocks.
///
/// ```
/// # futures::executor::block_on(async {
/// use std::sync::Arc;
/// use pinfold_core::block::{Limits, MemoryBlocks};
/// use pinfold_core::store::Store;
/// use pinfold_core::unixfs::UnixfsStore;
///
/// // The root may be a file; its path is the empty one. This one is inline in its CID.
/// let root = "bafkqabtimvwgy3yk".parse().unwrap();
/// let store = UnixfsStore::new(Arc::new(MemoryBlocks::new("none")), root, Limits::default());
/// assert_eq!(store.get("").await.unwrap().unwrap(), "hello\n");
/// assert_eq!(store.get("absent").await.unwrap(), None);
/// # });
/// ```
#[derive(Clone)]
pub struct UnixfsStore {
    unixfs: Arc<Unixfs>,
    root: Cid,
    /// The directories and files that were read, where [`Store::is_far`].
    touched: Option<Arc<Mutex<HashSet<Cid>>>>,
}

impl UnixfsStore {
    /// The files below `root`.
    #[must_use]
    pub fn new(blocks: Arc<dyn BlockGet>, root: Cid, limits: Limits) -> Self {
        Self { unixfs: Arc::new(Unixfs::new(blocks, limits)), root, touched: None }
    }

    /// The files below `root`, sharing what `unixfs` remembers of directories.
    #[must_use]
    pub fn with_unixfs(unixfs: Arc<Unixfs>, root: Cid) -> Self {
        Self { unixfs, root, touched: None }
    }

    /// As one whose blocks are many and come over a network: see [`Store::is_far`].
    #[must_use]
    pub fn far(mut self) -> Self {
        self.touched = Some(Arc::default());
        self
    }

    /// The directories and files that were read so far; nothing where the store is not [`Store::is_far`].
    #[must_use]
    pub fn touched(&self) -> BTreeSet<Cid> {
        let lock =
            |set: &Arc<Mutex<HashSet<Cid>>>| set.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.touched.as_ref().map(lock).unwrap_or_default().into_iter().collect()
    }

    fn touch(&self, cids: impl IntoIterator<Item = Cid>) {
        if let Some(touched) = &self.touched {
            touched.lock().unwrap_or_else(PoisonError::into_inner).extend(cids);
        }
    }

    /// One request for the way to a place and what is wanted there, from the last directory on that is known.
    async fn fetch_ahead(&self, wanted: &Ahead) {
        let Some((root, path)) = self.unixfs.nearest(self.root, &wanted.path) else { return };
        let (scope, entity_bytes) = match wanted.part {
            AheadPart::Below => (DagScope::All, None),
            AheadPart::Itself => (DagScope::Entity, None),
            AheadPart::Last { length_bytes } => {
                let from = i64::try_from(length_bytes).map_or(i64::MIN, |length| -length);
                (DagScope::Entity, Some(EntityBytes { from, to: None }))
            }
        };
        let want = if path.is_empty() && root.codec() == RAW {
            Want::Blocks(vec![root])
        } else {
            Want::Dag { root, path, scope, entity_bytes }
        };
        self.unixfs.blocks().prefetch(want, wanted.most_bytes).await;
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Cid {
        self.root
    }

    /// What reads the blocks.
    #[must_use]
    pub fn unixfs(&self) -> &Arc<Unixfs> {
        &self.unixfs
    }

    /// The CID at `path`, or `None` when it does not exist.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn cid(&self, path: &str) -> Result<Option<Cid>, StoreError> {
        let way = self.unixfs.resolve(self.root, path).await.map_err(|error| at(path, error))?;
        if self.touched.is_some() {
            self.touch(way.trail.into_iter().chain(way.found));
        }
        Ok(way.found)
    }

    /// The file at `path`: its CID and length. `None` when nothing is there or it is a directory.
    async fn file(&self, path: &str) -> Result<Option<(Cid, u64)>, StoreError> {
        let Some(cid) = self.cid(path).await? else { return Ok(None) };
        match &*self.unixfs.node(cid).await.map_err(|error| at(path, error))? {
            Node::File(file) => Ok(Some((cid, file.size_bytes))),
            Node::Directory(_) | Node::Shard(_) => Ok(None),
        }
    }

    async fn read(
        &self,
        path: &str,
        range: Option<ByteRange>,
        limit_bytes: u64,
    ) -> Result<Option<Bytes>, StoreError> {
        let Some(cid) = self.cid(path).await? else { return Ok(None) };
        if Unixfs::is_raw(cid) {
            return self.read_file(path, range, limit_bytes).await;
        }
        // First said what is wanted, then read; what is read before all of it came ends the rest.
        let reading = std::pin::pin!(self.read_file(path, range, limit_bytes));
        match select(Box::pin(self.expect_file(cid, range)), reading).await {
            Either::Left(((), reading)) => reading.await,
            Either::Right((read, _)) => read,
        }
    }

    /// A file of several blocks comes in one archive: its first block tells what the others are, and with `entity-bytes`
    /// of a part only what it touches.
    async fn expect_file(&self, cid: Cid, range: Option<ByteRange>) {
        let place = |position: u64| i64::try_from(position).ok();
        let entity_bytes = match range {
            None => None,
            Some(ByteRange::Last { length_bytes }) => {
                let Some(from) = place(length_bytes) else { return };
                Some(EntityBytes { from: -from, to: None })
            }
            Some(ByteRange::From { offset_bytes, length_bytes }) => {
                let last = offset_bytes.saturating_add(length_bytes).saturating_sub(1);
                let (Some(from), Some(to)) = (place(offset_bytes), place(last)) else { return };
                Some(EntityBytes { from, to: Some(to) })
            }
        };
        let want = Want::Dag { root: cid, path: Vec::new(), scope: DagScope::Entity, entity_bytes };
        self.unixfs.blocks().expect(want, vec![cid]).await;
    }

    async fn read_file(
        &self,
        path: &str,
        range: Option<ByteRange>,
        limit_bytes: u64,
    ) -> Result<Option<Bytes>, StoreError> {
        let Some((cid, size)) = self.file(path).await? else { return Ok(None) };
        let (from, to) = match range {
            None => (0, size),
            Some(ByteRange::From { offset_bytes, length_bytes }) => {
                (offset_bytes.min(size), offset_bytes.saturating_add(length_bytes).min(size))
            }
            Some(ByteRange::Last { length_bytes }) => (size.saturating_sub(length_bytes), size),
        };
        if from >= to {
            return Ok(Some(Bytes::new()));
        }
        let place = |position: u64| {
            i64::try_from(position).map_err(|_| {
                at(path, UnixfsError::malformed(cid, format!("byte {position} is out of reach")))
            })
        };
        let range = EntityBytes { from: place(from)?, to: Some(place(to - 1)?) };
        self.unixfs.read(cid, Some(range), limit_bytes).await.map(Some).map_err(|error| at(path, error))
    }

    /// What is in a directory; in [`Part::List`].
    fn listed<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Vec<Entry>>, StoreError>> {
        Box::pin(async move {
            let Some(cid) = self.cid(path).await? else { return Ok(None) };
            if let Node::File(_) = &*self.unixfs.node(cid).await.map_err(|error| at(path, error))? {
                return Ok(None);
            }
            let links = self.unixfs.entries(cid).await.map_err(|error| at(path, error))?;
            let entry = |link: super::DirectoryLink| {
                let raw = link.cid.codec() == RAW;
                Entry {
                    name: link.name,
                    kind: raw.then_some(EntryKind::File),
                    size_bytes: raw.then_some(link.tsize_bytes),
                    // What does not say its size has 0.
                    claimed_bytes: Some(link.tsize_bytes).filter(|size| *size > 0),
                }
            };
            Ok(Some(links.into_iter().map(entry).collect()))
        })
    }
}

/// The directory that all of these files are in or below.
fn above_all(paths: &[String]) -> &str {
    let Some(first) = paths.first() else { return "" };
    let mut directory = first.rsplit_once('/').map_or("", |(above, _)| above);
    let holds = |directory: &str, path: &str| {
        directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
    };
    while !paths.iter().all(|path| holds(directory, path)) {
        directory = directory.rsplit_once('/').map_or("", |(above, _)| above);
    }
    directory
}

/// Names the file and sorts the error into what a reader of the store must tell apart.
fn at(path: &str, error: UnixfsError) -> StoreError {
    let path = if path.is_empty() { "(root)" } else { path }.to_owned();
    let reason = error.to_string();
    match error {
        UnixfsError::Get(error) if error.is_corrupt() => StoreError::Corrupt { path, reason },
        UnixfsError::Get(_) => StoreError::Unreachable { path, reason },
        _ => StoreError::Unreadable { path, reason },
    }
}

impl Store for UnixfsStore {
    /// A directory is not a file: `None`.
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        Box::pin(self.read(path, None, self.unixfs.limits().file_bytes))
    }

    /// At most [`Limits::chunk_bytes`] at once.
    fn get_range<'a>(
        &'a self,
        path: &'a str,
        range: ByteRange,
    ) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        Box::pin(self.read(path, Some(range), self.unixfs.limits().chunk_bytes))
    }

    fn size<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<u64>, StoreError>> {
        Box::pin(async move { Ok(self.file(path).await?.map(|(_, size)| size)) })
    }

    /// What the directory says, without reading the file's own blocks.
    fn stored_bytes<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<u64>, StoreError>> {
        Box::pin(async move {
            let entry = self.unixfs.entry(self.root, path).await.map_err(|error| at(path, error))?;
            Ok(entry.map(|link| link.tsize_bytes))
        })
    }

    /// One archive of a directory instead of many requests, where most of what is below it is wanted.
    fn expect<'a>(&'a self, paths: &'a [String]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if paths.len() < TOGETHER_FILES {
                return;
            }
            let directory = above_all(paths);
            // Without a directory above it nothing tells the size of all.
            let Ok(Some(top)) = self.unixfs.entry(self.root, directory).await else { return };
            let Ok(node) = self.unixfs.node(top.cid).await else { return };
            let look_up =
                |path: &'a String| -> BoxFuture<'a, _> { Box::pin(self.unixfs.entry(self.root, path)) };
            let look_ups: Vec<_> = paths.iter().map(look_up).collect();
            let links: Vec<_> = together::in_order(stream::iter(look_ups), LOOK_UPS).collect().await;
            let links: Vec<_> = links.into_iter().filter_map(|link| link.ok().flatten()).collect();
            let wanted_bytes = links.iter().fold(0u64, |sum, link| sum.saturating_add(link.tsize_bytes));
            let links_bytes = ENTRY_BYTES.saturating_mul(links.len() as u64);
            let other_bytes = top.tsize_bytes.saturating_sub(wanted_bytes.saturating_add(links_bytes));
            let too_large = matches!(*node, Node::Shard(_)) && wanted_bytes > TOGETHER_BYTES;
            if too_large || other_bytes > (wanted_bytes / 20).min(OTHER_BYTES) {
                return;
            }
            let want =
                Want::Dag { root: top.cid, path: Vec::new(), scope: DagScope::All, entity_bytes: None };
            let blocks = links.into_iter().map(|link| link.cid).collect();
            self.unixfs.blocks().expect(want, blocks).await;
        })
    }

    fn sent(&self) -> BoxFuture<'_, ()> {
        self.unixfs.blocks().sent()
    }

    fn is_far(&self) -> bool {
        self.touched.is_some()
    }

    fn ahead<'a>(&'a self, wanted: &'a [Ahead]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if self.touched.is_some() {
                futures::future::join_all(wanted.iter().map(|wanted| self.fetch_ahead(wanted))).await;
            }
        })
    }

    /// Raw leaves are told to be files with their exact size; what other entries are takes another read.
    fn list<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Vec<Entry>>, StoreError>> {
        Box::pin(async move {
            let missing = |error: PartError| StoreError::Unreadable {
                path: path.to_owned(),
                reason: error.to_string(),
            };
            parts::bring(Part::List).await.map_err(missing)?;
            self.listed(path).await
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::executor::block_on;

    use super::*;
    use crate::block::{GetError, MemoryBlocks, VerifiedBlock};
    use crate::unixfs::{DirectoryBuilder, FileLayout, Imported, Profile};

    /// Blocks in memory, with what was said to be expected.
    struct Told {
        blocks: MemoryBlocks,
        told: Mutex<Vec<String>>,
    }

    impl BlockGet for Told {
        fn block(&self, cid: Cid) -> BoxFuture<'_, Result<VerifiedBlock, GetError>> {
            self.blocks.block(cid)
        }

        fn expect(&self, want: Want, blocks: Vec<Cid>) -> BoxFuture<'_, ()> {
            let Want::Dag { scope, entity_bytes, .. } = want else { panic!("a DAG is expected") };
            let range = entity_bytes.map(|EntityBytes { from, to }| (from, to));
            self.told.lock().unwrap().push(format!("{scope:?} {range:?} of {}", blocks.len()));
            Box::pin(async {})
        }
    }

    /// A directory with `file` of three blocks, `array/c/<0..3>/<0..4>` of one block each, and a small `array/zarr.json`.
    fn made() -> (Arc<Told>, UnixfsStore) {
        let profile = Profile::default();
        let all = std::cell::RefCell::new(Vec::new());
        let keep = || |block: VerifiedBlock| all.borrow_mut().push(block);
        let leaf = |bytes: Vec<u8>| {
            let (leaf, block) = profile.leaf_block(bytes.into());
            all.borrow_mut().push(block);
            leaf
        };
        let directory = |entries: Vec<(String, Imported)>| {
            let mut builder = DirectoryBuilder::new(profile);
            entries.iter().for_each(|(name, entry)| builder.add(name.clone(), entry));
            builder.finish(&mut keep())
        };
        let mut layout = FileLayout::new(profile);
        for at in 0..3u8 {
            layout.push(leaf(vec![at; 1000]), &mut keep());
        }
        let file = layout.finish(&mut keep());
        let rows: Vec<(String, Imported)> = (0..3u8)
            .map(|row| {
                let cells = (0..4u8).map(|cell| (cell.to_string(), leaf(vec![9 + row * 4 + cell; 1000])));
                (row.to_string(), directory(cells.collect()))
            })
            .collect();
        let array = directory(vec![
            ("c".to_owned(), directory(rows)),
            ("zarr.json".to_owned(), leaf(b"{}".to_vec())),
        ]);
        let root = directory(vec![("array".to_owned(), array), ("file".to_owned(), file)]);
        let mut blocks = MemoryBlocks::new("made");
        all.borrow_mut().drain(..).for_each(|block| blocks.insert(block));
        let told = Arc::new(Told { blocks, told: Mutex::default() });
        (told.clone(), UnixfsStore::new(told, root.cid, Limits::default()))
    }

    #[test]
    fn a_file_of_several_blocks_is_expected_as_one() {
        let (told, store) = made();
        let (offset_bytes, length_bytes) = (1500, 100);
        block_on(async {
            assert_eq!(store.get("file").await.unwrap().unwrap().len(), 3000);
            let part = store.get_range("file", ByteRange::From { offset_bytes, length_bytes }).await.unwrap();
            assert_eq!(part.unwrap(), vec![1; 100]);
            let last = store.get_range("file", ByteRange::Last { length_bytes: 20 }).await.unwrap();
            assert_eq!(last.unwrap(), vec![2; 20]);
            assert!(store.get("array/c/0/0").await.unwrap().is_some(), "one block needs no archive");
        });
        let told = told.told.lock().unwrap();
        let wanted =
            ["Entity None of 1", "Entity Some((1500, Some(1599))) of 1", "Entity Some((-20, None)) of 1"];
        assert_eq!(*told, wanted);
    }

    #[test]
    fn most_of_what_is_below_a_directory_is_expected_together() {
        let (told, store) = made();
        let paths = |rows: u8| -> Vec<String> {
            (0..rows).flat_map(|row| (0..4).map(move |cell| format!("array/c/{row}/{cell}"))).collect()
        };
        block_on(async {
            store.expect(&paths(1)).await;
            store.expect(&paths(2)).await;
            assert!(told.told.lock().unwrap().is_empty(), "few, or not most of it");
            store.expect(&paths(3)).await;
        });
        assert_eq!(*told.told.lock().unwrap(), ["All None of 12"]);
        assert_eq!(above_all(&paths(3)), "array/c");
        assert_eq!(above_all(&["a/b".to_owned(), "ab/c".to_owned()]), "");
    }
}
