//! [`Store`]: files by path. What `zarr` reads from; `unixfs` implements it over verified blocks.
//!
//! **Invariant.** Absent is not unreachable: `Ok(None)` says that a verified directory does not list
//! the path; an error says that nobody delivered what is needed to know.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};

/// Which bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// `length` bytes from `offset`; shorter at the end of the file.
    From {
        /// First byte.
        offset_bytes: u64,
        /// How many.
        length_bytes: u64,
    },
    /// The last bytes of the file.
    Last {
        /// How many.
        length_bytes: u64,
    },
}

/// What a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A file.
    File,
    /// A directory.
    Directory,
}

/// One name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, without slashes.
    pub name: String,
    /// File or directory, where the listing tells without another read.
    pub kind: Option<EntryKind>,
    /// Bytes of the file or of all files below; `None` where the listing does not tell.
    pub size_bytes: Option<u64>,
    /// What the listing claims to lie below, the store's own overhead included and proved by nothing; `None` where it
    /// claims nothing.
    pub claimed_bytes: Option<u64>,
}

/// What will be read soon, for [`Store::ahead`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    /// Of which file or directory.
    pub path: String,
    /// How much of it.
    pub part: AheadPart,
    /// No more than this is taken; the rest is fetched when it is read.
    pub most_bytes: u64,
}

/// How much of a file or directory will be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AheadPart {
    /// All files below the directory.
    Below,
    /// The file, or the directory's listing.
    Itself,
    /// The last bytes of the file.
    Last {
        /// How many.
        length_bytes: u64,
    },
}

/// Why a store could not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Blocks could not be had from anywhere.
    #[error("{path}: {reason}")]
    Unreachable {
        /// Which file.
        path: String,
        /// Every source with what it said.
        reason: String,
    },
    /// A source delivered wrong bytes and no other had the right ones.
    #[error("{path}: {reason}")]
    Corrupt {
        /// Which file.
        path: String,
        /// Which source lied about which block.
        reason: String,
    },
    /// The blocks are right but not a file or directory that can be read, or larger than a limit.
    #[error("{path}: {reason}")]
    Unreadable {
        /// Which file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Files by path (`a/b/c`, no slash in front; the root is the empty path).
pub trait Store: MaybeSend + MaybeSync {
    /// The whole file, or `None` when it does not exist.
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>>;

    /// A part of the file, or `None` when it does not exist.
    fn get_range<'a>(
        &'a self,
        path: &'a str,
        range: ByteRange,
    ) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>>;

    /// The file's length in bytes, or `None` when it does not exist.
    fn size<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<u64>, StoreError>>;

    /// About how many bytes are to be loaded for the file, told without reading anything of it; `None` when it does
    /// not exist.
    fn stored_bytes<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<u64>, StoreError>> {
        self.size(path)
    }

    /// Says that these files will be read whole, so that they can be fetched together. Resolves when they came or will
    /// not come; a failure shows only when one is read.
    fn expect<'a>(&'a self, paths: &'a [String]) -> BoxFuture<'a, ()> {
        let _ = paths;
        Box::pin(async {})
    }

    /// Resolves when the requests for what was asked for so far are sent, as [`crate::block::BlockGet::sent`].
    fn sent(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }

    /// Whether reading takes round trips, so that it is worth while to say [`Store::ahead`] what will be read and to do
    /// with what listings claim.
    fn is_far(&self) -> bool {
        false
    }

    /// Says what will be read soon: each of these is fetched with the directories on its way in one request, all at the
    /// same time. Resolves when they came or will not come; a failure shows only when one is read. Does nothing where
    /// [`Store::is_far`] is false.
    fn ahead<'a>(&'a self, wanted: &'a [Ahead]) -> BoxFuture<'a, ()> {
        let _ = wanted;
        Box::pin(async {})
    }

    /// The names in a directory in byte order, or `None` when there is no such directory.
    fn list<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Vec<Entry>>, StoreError>>;
}

/// A store in memory, for tests and for files that were already read.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    files: BTreeMap<String, Bytes>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a file at `path`, replacing what was there.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Bytes>) {
        self.files.insert(path.into(), bytes.into());
    }
}

impl<P: Into<String>, B: Into<Bytes>> FromIterator<(P, B)> for MemoryStore {
    fn from_iter<I: IntoIterator<Item = (P, B)>>(files: I) -> Self {
        Self { files: files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect() }
    }
}

impl Store for MemoryStore {
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        let found = self.files.get(path).cloned();
        Box::pin(async move { Ok(found) })
    }

    fn get_range<'a>(
        &'a self,
        path: &'a str,
        range: ByteRange,
    ) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        let found = self.files.get(path).map(|bytes| {
            let size = bytes.len() as u64;
            let (start, end) = match range {
                ByteRange::From { offset_bytes, length_bytes } => {
                    (offset_bytes.min(size), offset_bytes.saturating_add(length_bytes).min(size))
                }
                ByteRange::Last { length_bytes } => (size.saturating_sub(length_bytes), size),
            };
            // Both ends are at most `bytes.len()`, which is a usize.
            bytes.slice(start as usize..end as usize)
        });
        Box::pin(async move { Ok(found) })
    }

    fn size<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<u64>, StoreError>> {
        let found = self.files.get(path).map(|bytes| bytes.len() as u64);
        Box::pin(async move { Ok(found) })
    }

    fn list<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Vec<Entry>>, StoreError>> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        for (file, bytes) in &self.files {
            let Some(rest) = file.strip_prefix(&prefix) else { continue };
            let (name, kind) = match rest.split_once('/') {
                Some((directory, _)) => (directory, EntryKind::Directory),
                None => (rest, EntryKind::File),
            };
            let entry = entries.entry(name.to_owned()).or_insert_with(|| Entry {
                name: name.to_owned(),
                kind: Some(kind),
                size_bytes: Some(0),
                claimed_bytes: Some(0),
            });
            entry.size_bytes = entry.size_bytes.map(|size| size + bytes.len() as u64);
            entry.claimed_bytes = entry.size_bytes;
        }
        let found = (!entries.is_empty()).then(|| entries.into_values().collect());
        Box::pin(async move { Ok(found) })
    }
}
