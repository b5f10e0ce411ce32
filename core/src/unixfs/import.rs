//! The importer: bytes and names into blocks, the same ones that `ipfs add` makes.
//!
//! [`FileLayout`] puts the leaves of one file under a root, [`DirectoryBuilder`] makes a directory of its
//! children's names, CIDs and sizes; neither needs the blocks below. What the blocks look like is decided by a
//! [`Profile`] (IPIP-499, <https://specs.ipfs.tech/ipips/ipip-0499/>).
//!
//! Not supported: trickle layout, content-defined chunkers, symbolic links, mode and mtime, inlining.
//!
//! ```
//! use pinfold_core::unixfs::{DirectoryBuilder, FileLayout, Profile};
//! let profile = Profile::default();
//! let mut layout = FileLayout::new(profile);
//! layout.push(profile.leaf(b"hello\n"), &mut |_| {});
//! let file = layout.finish(&mut |_| {});
//! assert_eq!(file.cid.to_string(), "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am");
//!
//! let mut directory = DirectoryBuilder::new(profile);
//! directory.add("hello.txt", &file);
//! let mut blocks = Vec::new();
//! let root = directory.finish(&mut |block| blocks.push(block));
//! assert_eq!(blocks[0].cid(), root.cid);
//! ```

mod directory;

pub use directory::DirectoryBuilder;

use std::str::FromStr;

use bytes::Bytes;

use super::dag_pb::{PbLink, PbNode, write_bytes, write_number};
use crate::block::VerifiedBlock;
use crate::cid::{Cid, DAG_PB, RAW};

/// Receives blocks as they are made, children before parents.
pub type BlockSink<'a> = dyn FnMut(VerifiedBlock) + 'a;

/// When a directory is sharded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShardRule {
    /// Names and CIDs together reach 256 KiB: Kubo's estimate up to profile v0-2015.
    Links,
    /// The block would be larger than 256 KiB.
    Block,
}

/// How blocks are made: what the options of `ipfs add` say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    name: &'static str,
    is_v0: bool,
    has_raw_leaves: bool,
    chunk_bytes: usize,
    links_per_node: usize,
    shard_rule: ShardRule,
}

impl Default for Profile {
    /// `unixfs-v1-2025`.
    fn default() -> Self {
        Self::ALL[0]
    }
}

impl Profile {
    /// Every profile; the first one is the default.
    pub const ALL: [Self; 4] = [
        // CIDv1, raw leaves of 1 MiB, 1024 links.
        Self {
            name: "unixfs-v1-2025",
            is_v0: false,
            has_raw_leaves: true,
            chunk_bytes: 1 << 20,
            links_per_node: 1024,
            shard_rule: ShardRule::Block,
        },
        // CIDv0, leaves of 256 KiB in dag-pb, 174 links: `ipfs add` without options for ten years.
        Self {
            name: "unixfs-v0-2015",
            is_v0: true,
            has_raw_leaves: false,
            chunk_bytes: 256 << 10,
            links_per_node: 174,
            shard_rule: ShardRule::Links,
        },
        // `ipfs add --raw-leaves --chunker=size-1048576`, as ORCESTRA's older pins.
        Self {
            name: "orcestra-v0",
            is_v0: true,
            has_raw_leaves: true,
            chunk_bytes: 1 << 20,
            links_per_node: 174,
            shard_rule: ShardRule::Links,
        },
        // `ipfs add --raw-leaves --chunker=size-1048576 --cid-version=1`, as its newer ones.
        Self {
            name: "orcestra-v1",
            is_v0: false,
            has_raw_leaves: true,
            chunk_bytes: 1 << 20,
            links_per_node: 174,
            shard_rule: ShardRule::Links,
        },
    ];

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Bytes of a leaf; only the last one of a file is shorter.
    #[must_use]
    pub fn chunk_bytes(&self) -> usize {
        self.chunk_bytes
    }

    /// A leaf that holds `chunk`, without keeping its bytes. Pure: many may be made at once.
    #[must_use]
    pub fn leaf(&self, chunk: &[u8]) -> Imported {
        if self.has_raw_leaves {
            let size_bytes = chunk.len() as u64;
            return Imported { cid: Cid::of(RAW, chunk), tsize_bytes: size_bytes, size_bytes };
        }
        self.leaf_block(Bytes::copy_from_slice(chunk)).0
    }

    /// A leaf that holds `chunk`, with its block.
    #[must_use]
    pub fn leaf_block(&self, chunk: Bytes) -> (Imported, VerifiedBlock) {
        let size_bytes = chunk.len() as u64;
        if self.has_raw_leaves {
            let block = VerifiedBlock::seal(RAW, chunk);
            return (Imported { cid: block.cid(), tsize_bytes: size_bytes, size_bytes }, block);
        }
        let node = PbNode { links: Vec::new(), data: Some(file_message(&chunk, size_bytes, &[])) };
        self.seal(&node, size_bytes, 0)
    }

    /// A dag-pb block; `below_bytes` is what its links claim together.
    fn seal(&self, node: &PbNode, size_bytes: u64, below_bytes: u64) -> (Imported, VerifiedBlock) {
        let block = VerifiedBlock::seal(DAG_PB, node.encode());
        let cid = if self.is_v0 { block.cid().to_v0().unwrap_or(block.cid()) } else { block.cid() };
        let block = block.under(cid).unwrap_or(block);
        let tsize_bytes = below_bytes + block.bytes().len() as u64;
        (Imported { cid, tsize_bytes, size_bytes }, block)
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|profile| profile.name == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|profile| profile.name).collect();
            format!("no profile `{name}`; there are {}", names.join(", "))
        })
    }
}

/// What was imported: a file, a part of one, or a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Its CID.
    pub cid: Cid,
    /// Bytes of its block and of all below, a block counted as often as it is linked.
    pub tsize_bytes: u64,
    /// Bytes of the file, or of all files below.
    pub size_bytes: u64,
}

/// The balanced tree over a file's leaves, built as they come. Memory: one node's links per level.
#[derive(Debug)]
pub struct FileLayout {
    profile: Profile,
    /// Nodes that wait for their parent, leaves first.
    levels: Vec<Vec<Imported>>,
}

impl FileLayout {
    /// An empty file.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self { profile, levels: Vec::new() }
    }

    /// Adds the next leaf ([`Profile::leaf`]).
    pub fn push(&mut self, leaf: Imported, sink: &mut BlockSink<'_>) {
        self.push_at(0, leaf, sink);
    }

    fn push_at(&mut self, level: usize, node: Imported, sink: &mut BlockSink<'_>) {
        let (mut level, mut node) = (level, node);
        loop {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            self.levels[level].push(node);
            if self.levels[level].len() < self.profile.links_per_node {
                return;
            }
            node = self.parent(level, sink);
            level += 1;
        }
    }

    fn parent(&mut self, level: usize, sink: &mut BlockSink<'_>) -> Imported {
        let children = std::mem::take(&mut self.levels[level]);
        let sizes: Vec<u64> = children.iter().map(|child| child.size_bytes).collect();
        let size_bytes = sizes.iter().sum();
        let below = children.iter().map(|child| child.tsize_bytes).sum();
        let link =
            |child: &Imported| PbLink { cid: child.cid, name: String::new(), tsize_bytes: child.tsize_bytes };
        let data = file_message(&[], size_bytes, &sizes);
        let node = PbNode { links: children.iter().map(link).collect(), data: Some(data) };
        let (imported, block) = self.profile.seal(&node, size_bytes, below);
        sink(block);
        imported
    }

    /// The file's root. A file of one leaf is that leaf; of none, an empty leaf, whose block goes to `sink`.
    pub fn finish(mut self, sink: &mut BlockSink<'_>) -> Imported {
        let mut level = 0;
        while level < self.levels.len() {
            let is_top = self.levels[level + 1..].iter().all(Vec::is_empty);
            match (self.levels[level].len(), is_top) {
                (0, _) => {}
                (1, true) => return self.levels[level][0],
                _ => {
                    let node = self.parent(level, sink);
                    self.push_at(level + 1, node, sink);
                }
            }
            level += 1;
        }
        let (imported, block) = self.profile.leaf_block(Bytes::new());
        sink(block);
        imported
    }
}

/// The UnixFS message of a file's node.
fn file_message(inline: &[u8], size_bytes: u64, part_sizes: &[u64]) -> Bytes {
    let mut out = Vec::with_capacity(inline.len() + 5 * part_sizes.len() + 16);
    write_number(&mut out, 1, 2);
    if !inline.is_empty() {
        write_bytes(&mut out, 2, inline);
    }
    write_number(&mut out, 3, size_bytes);
    for size in part_sizes {
        write_number(&mut out, 4, *size);
    }
    out.into()
}

#[cfg(test)]
mod tests;
