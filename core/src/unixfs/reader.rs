//! [`Unixfs`]: paths, listings and file contents by CID.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, TryStreamExt, stream};

use super::{DirectoryLink, Node, ShardNode, ShardSlot, UnixfsError, Walk, WalkOptions, hamt, parse};
use crate::block::{BlockGet, DagScope, EntityBytes, Limits, Want};
use crate::cid::{Cid, RAW};
use crate::maybe_send::BoxFuture;
use crate::together;

/// Parsed directory entries that are kept; a quarter of a million of them are about 30 MB.
const CACHED_LINKS: usize = 250_000;

/// Blocks of one listing that are asked for at once.
const IN_FLIGHT: usize = 16;

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// What it leads to; `None` when a verified directory does not list the next name.
    pub found: Option<Cid>,
    /// The blocks that prove it, in the order of the way, `found` itself left out.
    pub trail: Vec<Cid>,
    /// The root and what each name of the path led to; the last one is `found`, if it was found.
    pub names: Vec<Cid>,
}

/// Reads UnixFS by CID. Remembers directories that it parsed, so that many lookups in a large one are cheap.
pub struct Unixfs {
    blocks: Arc<dyn BlockGet>,
    limits: Limits,
    parsed: Mutex<Parsed>,
}

#[derive(Default)]
struct Parsed {
    links: usize,
    nodes: HashMap<Cid, Arc<Node>>,
}

impl Unixfs {
    /// Over `blocks`.
    #[must_use]
    pub fn new(blocks: Arc<dyn BlockGet>, limits: Limits) -> Self {
        Self { blocks, limits, parsed: Mutex::default() }
    }

    /// Where the blocks come from.
    #[must_use]
    pub fn blocks(&self) -> &Arc<dyn BlockGet> {
        &self.blocks
    }

    /// The limits that reading keeps to.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What `cid` is.
    ///
    /// # Errors
    /// When the block cannot be had or is not UnixFS.
    pub async fn node(&self, cid: Cid) -> Result<Arc<Node>, UnixfsError> {
        let lock = || self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = lock().nodes.get(&cid) {
            return Ok(Arc::clone(node));
        }
        let node = Arc::new(parse(&self.blocks.block(cid).await?)?);
        let links = match &*node {
            Node::Directory(links) => links.len(),
            Node::Shard(shard) => shard.slots.len(),
            Node::File(_) => return Ok(node),
        };
        let mut parsed = lock();
        if parsed.links + links > CACHED_LINKS {
            *parsed = Parsed::default();
        }
        if links <= CACHED_LINKS && parsed.nodes.insert(cid, Arc::clone(&node)).is_none() {
            parsed.links += links + 1;
        }
        Ok(node)
    }

    /// Follows `path` (names between slashes; empty names are skipped) from `root`.
    ///
    /// # Errors
    /// When a block on the way cannot be had or is not a directory. A name below a file is not there,
    /// which is no error.
    pub async fn resolve(&self, root: Cid, path: &str) -> Result<Resolution, UnixfsError> {
        let (mut trail, mut names) = (Vec::new(), vec![root]);
        let mut at = root;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            match self.child(at, name, &mut trail).await? {
                Some(next) => at = next.cid,
                None => return Ok(Resolution { found: None, trail, names }),
            }
            names.push(at);
            if trail.len() as u64 > 16 * u64::from(self.limits.depth) {
                return Err(self.too_deep(root, trail.len() as u64));
            }
        }
        Ok(Resolution { found: Some(at), trail, names })
    }

    /// The last place on the way along `path` that is known without asking for a block, and the names that follow;
    /// `None` where a directory that was read says that there is nothing.
    #[must_use]
    pub fn nearest(&self, root: Cid, path: &str) -> Option<(Cid, Vec<String>)> {
        let parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names = path.split('/').filter(|name| !name.is_empty()).peekable();
        let mut at = root;
        while let Some(name) = names.peek() {
            // Of a HAMT not every node need be known.
            let Some(Node::Directory(links)) = parsed.nodes.get(&at).map(|node| &**node) else { break };
            let found = links.binary_search_by(|link| link.name.as_str().cmp(name)).ok()?;
            at = links[found].cid;
            names.next();
        }
        Some((at, names.map(str::to_owned).collect()))
    }

    /// The directory entry that `path` leads to, without reading what it is an entry of; `None` where a verified
    /// directory does not list it, and for the root itself.
    ///
    /// # Errors
    /// As [`Unixfs::resolve`].
    pub async fn entry(&self, root: Cid, path: &str) -> Result<Option<DirectoryLink>, UnixfsError> {
        let (above, name) = path.trim_end_matches('/').rsplit_once('/').unwrap_or(("", path));
        if name.is_empty() {
            return Ok(None);
        }
        match self.resolve(root, above).await?.found {
            Some(directory) => self.child(directory, name, &mut Vec::new()).await,
            None => Ok(None),
        }
    }

    /// The entry `name` of `directory`; adds the blocks that were read to `trail`.
    async fn child(
        &self,
        directory: Cid,
        name: &str,
        trail: &mut Vec<Cid>,
    ) -> Result<Option<DirectoryLink>, UnixfsError> {
        let hash = super::name_hash(name.as_bytes());
        let mut at = directory;
        for level in 0.. {
            trail.push(at);
            let node = self.node(at).await?;
            match &*node {
                Node::File(_) if level == 0 => return Ok(None),
                Node::Directory(links) if level == 0 => {
                    let found = links.binary_search_by(|link| link.name.as_str().cmp(name));
                    return Ok(found.ok().map(|index| links[index].clone()));
                }
                Node::Shard(shard) => {
                    let Some(slot) = hamt::slot(hash, level, shard.bits) else {
                        return Err(UnixfsError::malformed(at, "a HAMT deeper than its hash"));
                    };
                    match shard.slots.get(&slot) {
                        None => return Ok(None),
                        Some(ShardSlot::Entry(link)) => {
                            return Ok((link.name == name).then(|| link.clone()));
                        }
                        Some(ShardSlot::Shard(next)) => at = *next,
                    }
                }
                Node::File(_) | Node::Directory(_) => {
                    return Err(UnixfsError::malformed(at, format!("a {} as a HAMT node", node.kind())));
                }
            }
        }
        Ok(None)
    }

    /// The entries of `directory` in byte order of their names.
    ///
    /// # Errors
    /// When a block cannot be had, `directory` is a file, or there are more entries than the limit.
    pub async fn entries(&self, directory: Cid) -> Result<Vec<DirectoryLink>, UnixfsError> {
        let node = self.node(directory).await?;
        let mut entries = match &*node {
            Node::Directory(links) => links.clone(),
            Node::Shard(shard) => self.shard_entries(directory, shard).await?,
            Node::File(_) => {
                return Err(UnixfsError::WrongKind {
                    cid: directory,
                    actual: node.kind(),
                    expected: "directory",
                });
            }
        };
        self.check_entries(directory, entries.len())?;
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    async fn shard_entries(&self, root: Cid, shard: &ShardNode) -> Result<Vec<DirectoryLink>, UnixfsError> {
        let mut entries = Vec::new();
        let mut level = collect(shard, &mut entries);
        for _ in 0..64 {
            if level.is_empty() {
                return Ok(entries);
            }
            self.check_entries(root, entries.len() + level.len())?;
            let reading =
                stream::iter(level.clone()).map(|cid| -> BoxFuture<'_, _> { Box::pin(self.node(cid)) });
            let nodes: Vec<Arc<Node>> = together::in_order(reading, IN_FLIGHT).try_collect().await?;
            let mut next = Vec::new();
            for (node, cid) in nodes.iter().zip(&level) {
                let Node::Shard(shard) = &**node else {
                    return Err(UnixfsError::malformed(*cid, format!("a {} as a HAMT node", node.kind())));
                };
                next.extend(collect(shard, &mut entries));
                self.check_entries(root, entries.len() + next.len())?;
            }
            level = next;
        }
        Err(UnixfsError::malformed(root, "a HAMT deeper than its hash"))
    }

    fn check_entries(&self, cid: Cid, count: usize) -> Result<(), UnixfsError> {
        let (actual, limit) = (count as u64, self.limits.directory_entries);
        if actual > limit {
            return Err(UnixfsError::Limit { cid, what: "the number of entries", actual, limit });
        }
        Ok(())
    }

    fn too_deep(&self, cid: Cid, actual: u64) -> UnixfsError {
        UnixfsError::Limit { cid, what: "the depth in levels", actual, limit: self.limits.depth.into() }
    }

    /// A file's length in bytes. Reads one block at most.
    ///
    /// # Errors
    /// When the block cannot be had or is a directory.
    pub async fn file_size(&self, file: Cid) -> Result<u64, UnixfsError> {
        match &*self.node(file).await? {
            Node::File(node) => Ok(node.size_bytes),
            other => Err(UnixfsError::WrongKind { cid: file, actual: other.kind(), expected: "file" }),
        }
    }

    /// The bytes of a file in order, block by block; only blocks that `range` touches are fetched.
    pub fn stream(
        &self,
        file: Cid,
        range: Option<EntityBytes>,
    ) -> impl Stream<Item = Result<Bytes, UnixfsError>> + use<> {
        let options = WalkOptions {
            scope: DagScope::Entity,
            entity_bytes: range,
            duplicates: true,
            in_flight: IN_FLIGHT,
            skip_leaves: None,
        };
        self.walk(file, options).filter_map(move |item| {
            let result = match (item.block, item.problem) {
                (Err(error), _) => Some(Err(error.into())),
                (_, Some(problem)) => Some(Err(problem)),
                (Ok(_), None) => (!item.file_bytes.is_empty()).then_some(Ok(item.file_bytes)),
            };
            futures::future::ready(result)
        })
    }

    /// A file's bytes, or the part that `range` names, as one buffer of at most `limit_bytes`.
    ///
    /// # Errors
    /// When a block cannot be had, `file` is not a file, or the part is longer than `limit_bytes`.
    pub async fn read(
        &self,
        file: Cid,
        range: Option<EntityBytes>,
        limit_bytes: u64,
    ) -> Result<Bytes, UnixfsError> {
        let size = self.file_size(file).await?;
        let (from, to) = range.map_or((0, size), |range| range.resolve(size));
        let wanted = to - from;
        if wanted > limit_bytes {
            let what = "the length in bytes";
            return Err(UnixfsError::Limit { cid: file, what, actual: wanted, limit: limit_bytes });
        }
        if wanted == 0 {
            return Ok(Bytes::new());
        }
        let mut parts = std::pin::pin!(self.stream(file, range));
        let Some(first) = parts.try_next().await? else { return Ok(Bytes::new()) };
        if first.len() as u64 == wanted {
            return Ok(first);
        }
        // The claimed length is not trusted with memory before blocks came.
        let mut joined = BytesMut::with_capacity(wanted.min(4 << 20) as usize);
        joined.extend_from_slice(&first);
        while let Some(part) = parts.try_next().await? {
            joined.extend_from_slice(&part);
        }
        Ok(joined.freeze())
    }

    /// The blocks of a DAG, see [`Walk`].
    #[must_use]
    pub fn walk(&self, root: Cid, options: WalkOptions) -> Walk {
        Walk::new(Arc::clone(&self.blocks), root, options, self.limits.clone())
    }

    /// Says that everything below `root` will be read: it comes in one archive where that saves round trips. What there
    /// is to come is told by the directories at hand.
    pub async fn expect_all(&self, root: Cid) {
        let mut blocks = vec![root];
        let mut seen = 0;
        while let Some(cid) = blocks.get(seen).copied() {
            seen += 1;
            let node = self.blocks.at_hand(cid).filter(|_| !Self::is_raw(cid)).map(|block| parse(&block));
            match node {
                Some(Ok(Node::Directory(links))) => blocks.extend(links.iter().map(|link| link.cid)),
                Some(Ok(Node::Shard(shard))) => {
                    blocks.extend(collect(&shard, &mut Vec::new()));
                    blocks.extend(shard.slots.values().filter_map(|slot| match slot {
                        ShardSlot::Entry(link) => Some(link.cid),
                        ShardSlot::Shard(_) => None,
                    }));
                }
                _ => {}
            }
            if blocks.len() > CACHED_LINKS {
                return;
            }
        }
        let want = Want::Dag { root, path: Vec::new(), scope: DagScope::All, entity_bytes: None };
        self.blocks.expect(want, blocks).await;
    }

    /// Whether `cid` can be told to be a file without reading it.
    #[must_use]
    pub fn is_raw(cid: Cid) -> bool {
        cid.codec() == RAW
    }
}

/// Adds the entries of a HAMT node to `entries`; returns the nodes of the next level.
fn collect(shard: &ShardNode, entries: &mut Vec<DirectoryLink>) -> Vec<Cid> {
    let mut next = Vec::new();
    for slot in shard.slots.values() {
        match slot {
            ShardSlot::Entry(link) => entries.push(link.clone()),
            ShardSlot::Shard(cid) => next.push(*cid),
        }
    }
    next
}
