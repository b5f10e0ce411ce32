//! [`UnixfsStore`]: a directory as a [`Store`].

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::{Node, Unixfs, UnixfsError};
use crate::block::{BlockGet, DagScope, EntityBytes, Limits, Want};
use crate::cid::{Cid, RAW};
use crate::maybe_send::BoxFuture;
use crate::store::{Ahead, AheadPart, ByteRange, Entry, EntryKind, Store, StoreError};

/// Fewer files are asked for one by one: browsers open six connections to a server, and many more over HTTP/2.
const TOGETHER_FILES: usize = 8;

/// More is asked for file by file: an archive comes in the order of names, and what came early has to be kept until it
/// is read.
const TOGETHER_BYTES: u64 = 32_000_000;

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
    touched: Option<Arc<Mutex<BTreeSet<Cid>>>>,
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
            |set: &Arc<Mutex<BTreeSet<Cid>>>| set.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.touched.as_ref().map(lock).unwrap_or_default()
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

    /// One archive of a directory instead of many requests, where most of the directory is wanted.
    fn expect<'a>(&'a self, paths: &'a [String]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let Some((directory, _)) = paths.first().and_then(|path| path.rsplit_once('/')) else { return };
            if paths.len() < TOGETHER_FILES {
                return;
            }
            let name = |path: &'a String| path.rsplit_once('/').filter(|(above, _)| *above == directory);
            let Some(names) = paths.iter().map(|path| Some(name(path)?.1)).collect::<Option<HashSet<&str>>>()
            else {
                return;
            };
            let Ok(Some(root)) = self.cid(directory).await else { return };
            let Ok(links) = self.unixfs.entries(root).await else { return };
            let (mut wanted_bytes, mut other_bytes) = (0u64, 0u64);
            let mut blocks = Vec::new();
            for link in links {
                if names.contains(link.name.as_str()) {
                    wanted_bytes = wanted_bytes.saturating_add(link.tsize_bytes);
                    blocks.push(link.cid);
                } else {
                    other_bytes = other_bytes.saturating_add(link.tsize_bytes);
                }
            }
            if wanted_bytes > TOGETHER_BYTES || other_bytes > wanted_bytes / 20 {
                return;
            }
            let want = Want::Dag { root, path: Vec::new(), scope: DagScope::All, entity_bytes: None };
            self.unixfs.blocks().expect(want, blocks).await;
        })
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
