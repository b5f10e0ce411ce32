//! [`meta_car`]: the part of a dataset that describes it, as one small CAR.
//!
//! With it a page can prove and explore a dataset's structure in one request and then ask gateways for
//! data only. It holds, level by level from the root: the directory's blocks, then its metadata files
//! (Zarr v2 and v3 metadata, `dataset_meta.yaml`). What does not fit is left out and fetched when needed.

use std::collections::{BTreeSet, HashSet};

use futures::StreamExt;

use super::{DirectoryLink, Node, ShardSlot, Unixfs, UnixfsError, WalkOptions};
use crate::block::{DagScope, VerifiedBlock, Want};
use crate::car::{section_head, write_header, write_section};
use crate::cid::{Cid, RAW};

/// What `meta.car` may have: DESIGN, "What a build writes".
pub const META_CAR_BYTES: u64 = 1 << 20;

/// Files that describe a dataset.
const METADATA_FILES: [&str; 6] =
    [".zattrs", ".zgroup", ".zmetadata", ".zarray", "zarr.json", "dataset_meta.yaml"];

/// What [`meta_car`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaCar {
    /// The CAR; its one root is the dataset.
    pub car: Vec<u8>,
    /// How many blocks it holds.
    pub blocks: usize,
    /// Whether every directory and metadata file is in it. False when something did not fit or could not
    /// be had.
    pub is_complete: bool,
    /// Bytes of all files below the root, as the links claim them, without the directories' blocks that
    /// were read: exact for files of one raw block, else larger by about 50 bytes per MiB.
    pub content_bytes: u64,
}

/// Collects directories and metadata files below `root` into a CAR of at most `limit_bytes`.
///
/// Directories are told from files by reading them, one sibling in an array's directory standing for the
/// others; chunks are not read. With `only`, nothing else than these directories and files is taken.
///
/// # Errors
/// When the root cannot be had or is no UnixFS. What fails below it is left out.
pub async fn meta_car(
    unixfs: &Unixfs,
    root: Cid,
    limit_bytes: u64,
    only: Option<&BTreeSet<Cid>>,
) -> Result<MetaCar, UnixfsError> {
    let is_wanted = |cid: Cid| cid == root || only.is_none_or(|only| only.contains(&cid));
    let mut out = Collector {
        car: write_header(&[root]),
        limit_bytes,
        seen: HashSet::new(),
        is_complete: true,
        directory_bytes: 0,
    };
    let mut claimed_bytes = 0;
    if let Node::File(file) = &*unixfs.node(root).await? {
        claimed_bytes = file.size_bytes;
        out.add_entity(unixfs, root).await;
    }
    let mut level = vec![root];
    for depth in 0..unixfs.limits().depth {
        let mut next = Vec::new();
        if only.is_none() {
            prefetch(unixfs, &level, limit_bytes).await;
        }
        for directory in std::mem::take(&mut level) {
            let links = match out.add_directory(unixfs, directory, &is_wanted).await {
                Ok(links) => links,
                Err(error) if directory == root => return Err(error),
                Err(_) => {
                    out.is_complete = false;
                    continue;
                }
            };
            if depth == 0 {
                // What the root's links claim does not count the root's own blocks.
                out.directory_bytes = 0;
                claimed_bytes += links.iter().map(|link| link.tsize_bytes).sum::<u64>();
            }
            for link in links.iter().filter(|link| METADATA_FILES.contains(&link.name.as_str())) {
                match is_wanted(link.cid) {
                    true => out.add_entity(unixfs, link.cid).await,
                    false => out.is_complete = false,
                }
            }
            if out.is_full() {
                out.is_complete = false;
                break;
            }
            match only {
                None => next.extend(directories(unixfs, &links).await),
                Some(only) => {
                    out.is_complete &=
                        links.iter().all(|link| link.cid.codec() == RAW || is_wanted(link.cid));
                    let others =
                        links.iter().filter(|link| link.cid.codec() != RAW && only.contains(&link.cid));
                    next.extend(others.map(|link| link.cid));
                }
            }
        }
        if next.is_empty() || out.is_full() {
            break;
        }
        level = next;
    }
    let content_bytes = claimed_bytes.saturating_sub(out.directory_bytes);
    Ok(MetaCar { car: out.car, blocks: out.seen.len(), is_complete: out.is_complete, content_bytes })
}

/// Asks for the metadata files of all directories of a level at once; what does not come is asked for again when it is
/// its turn.
async fn prefetch(unixfs: &Unixfs, level: &[Cid], limit_bytes: u64) {
    unixfs.blocks().prefetch(Want::Blocks(level.to_vec()), u64::MAX).await;
    let (mut files, mut bytes) = (Vec::new(), 0u64);
    for directory in level {
        let links = unixfs.entries(*directory).await.unwrap_or_default();
        for link in links.iter().filter(|link| METADATA_FILES.contains(&link.name.as_str())) {
            bytes = bytes.saturating_add(link.tsize_bytes);
            if bytes <= limit_bytes {
                files.push(link.cid);
            }
        }
    }
    unixfs.blocks().prefetch(Want::Blocks(files), u64::MAX).await;
}

/// The entries that are directories, or may be: all that are not raw, but in an array's directory chunks
/// are files if the first of them is one.
async fn directories(unixfs: &Unixfs, links: &[DirectoryLink]) -> Vec<Cid> {
    let (mut found, mut chunks_are_files) = (Vec::new(), None);
    for link in links {
        if link.cid.codec() == RAW || METADATA_FILES.contains(&link.name.as_str()) {
            continue;
        }
        let is_number = !link.name.is_empty() && link.name.bytes().all(|byte| byte.is_ascii_digit());
        // `1.0` is a chunk of Zarr v2, never a directory of chunks.
        if !is_number && link.name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            continue;
        }
        if is_number && chunks_are_files == Some(true) {
            continue;
        }
        let is_file = matches!(unixfs.node(link.cid).await.as_deref(), Ok(Node::File(_)));
        if is_number {
            chunks_are_files.get_or_insert(is_file);
        }
        if !is_file {
            found.push(link.cid);
        }
    }
    found
}

struct Collector {
    car: Vec<u8>,
    limit_bytes: u64,
    seen: HashSet<Cid>,
    is_complete: bool,
    directory_bytes: u64,
}

impl Collector {
    /// Whether not even a small directory fits any more.
    fn is_full(&self) -> bool {
        self.car.len() as u64 + 200 > self.limit_bytes
    }

    fn add(&mut self, block: &VerifiedBlock) -> bool {
        if self.seen.contains(&block.cid()) {
            return true;
        }
        let head = section_head(block.cid(), block.bytes().len()).len();
        if (self.car.len() + head + block.bytes().len()) as u64 > self.limit_bytes {
            self.is_complete = false;
            return false;
        }
        self.seen.insert(block.cid());
        write_section(&mut self.car, block);
        true
    }

    /// The blocks of one file, all or none.
    async fn add_entity(&mut self, unixfs: &Unixfs, cid: Cid) {
        let options = WalkOptions { scope: DagScope::Entity, ..WalkOptions::default() };
        let mut walk = unixfs.walk(cid, options);
        let (mut blocks, mut bytes) = (Vec::new(), 0);
        while let Some(item) = walk.next().await {
            let (Ok(block), None) = (item.block, item.problem) else {
                self.is_complete = false;
                return;
            };
            bytes += block.bytes().len() as u64 + 64;
            if self.car.len() as u64 + bytes > self.limit_bytes {
                self.is_complete = false;
                return;
            }
            blocks.push(block);
        }
        for block in &blocks {
            self.add(block);
        }
    }

    /// The blocks of one directory and its entries.
    async fn add_directory(
        &mut self,
        unixfs: &Unixfs,
        root: Cid,
        is_wanted: &(impl Fn(Cid) -> bool + Sync),
    ) -> Result<Vec<DirectoryLink>, UnixfsError> {
        let mut waiting = vec![root];
        let mut links = Vec::new();
        while let Some(cid) = waiting.pop() {
            let node = unixfs.node(cid).await?;
            if let Node::File(_) = &*node {
                return Ok(Vec::new());
            }
            let block = unixfs.blocks().block(cid).await?;
            self.directory_bytes += block.bytes().len() as u64;
            self.add(&block);
            match &*node {
                Node::Directory(entries) => links.extend(entries.iter().cloned()),
                Node::Shard(shard) => {
                    for slot in shard.slots.values().rev() {
                        match slot {
                            ShardSlot::Entry(link) => links.push(link.clone()),
                            ShardSlot::Shard(cid) if is_wanted(*cid) => waiting.push(*cid),
                            ShardSlot::Shard(_) => self.is_complete = false,
                        }
                    }
                }
                Node::File(_) => {}
            }
            if links.len() as u64 > unixfs.limits().directory_entries {
                let (what, limit) = ("the number of entries", unixfs.limits().directory_entries);
                return Err(UnixfsError::Limit { cid: root, what, actual: links.len() as u64, limit });
            }
        }
        links.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(links)
    }
}
