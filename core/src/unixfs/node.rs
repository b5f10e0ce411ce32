//! [`parse`]: what a block is in UnixFS, with everything about its form checked once.

use bytes::Bytes;

use super::UnixfsError;
use super::dag_pb::{Fields, PbLink, PbNode, Value};
use super::hamt;
use crate::block::VerifiedBlock;
use crate::cid::{Cid, DAG_PB, RAW};
use crate::sorted::SortedMap;

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A file, or a part of one.
    File(FileNode),
    /// A directory in one block: entries sorted by name in byte order, each name once.
    Directory(Vec<DirectoryLink>),
    /// A directory, or a part of one, sharded over many blocks.
    Shard(ShardNode),
}

/// A file: bytes in the node itself, then parts in other blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileNode {
    /// Length in bytes, the parts included.
    pub size_bytes: u64,
    /// The bytes in this block; they come first.
    pub inline: Bytes,
    /// The rest, in order and without gaps.
    pub parts: Vec<FilePart>,
}

/// A part of a file in another block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilePart {
    /// The block.
    pub cid: Cid,
    /// Where the part begins, counted from the beginning of the node that it belongs to.
    pub offset_bytes: u64,
    /// Its length. The part's own block must agree.
    pub size_bytes: u64,
}

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryLink {
    /// The name.
    pub name: String,
    /// What it points at.
    pub cid: Cid,
    /// Cumulative size below, as the writer claims.
    pub tsize_bytes: u64,
}

impl DirectoryLink {
    fn new(link: PbLink) -> Self {
        Self { name: link.name, cid: link.cid, tsize_bytes: link.tsize_bytes }
    }
}

/// A node of a HAMT directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardNode {
    /// Bits of the name's hash that one level uses (8 for the usual 256 slots).
    pub bits: u32,
    /// What is in the slots that are in use, by their number.
    pub slots: SortedMap<u32, ShardSlot>,
}

/// One slot of a HAMT node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShardSlot {
    /// An entry.
    Entry(DirectoryLink),
    /// A node of the next level.
    Shard(Cid),
}

impl Node {
    /// What to call it in messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Directory(_) | Self::Shard(_) => "directory",
        }
    }
}

/// Looks at a verified block as UnixFS.
///
/// # Errors
/// [`UnixfsError::Codec`], [`UnixfsError::Malformed`] and [`UnixfsError::Symlink`].
pub fn parse(block: &VerifiedBlock) -> Result<Node, UnixfsError> {
    let cid = block.cid();
    match cid.codec() {
        RAW => Ok(Node::File(FileNode {
            size_bytes: block.bytes().len() as u64,
            inline: block.bytes().clone(),
            parts: Vec::new(),
        })),
        DAG_PB => {
            let malformed = |reason: String| UnixfsError::malformed(cid, reason);
            let node = PbNode::decode(block.bytes()).map_err(malformed)?;
            let data = node.data.ok_or_else(|| malformed("it has no data field".to_owned()))?;
            let message = Message::decode(&data).map_err(malformed)?;
            match message.kind {
                Some(0 | 2) => file(message, node.links).map(Node::File).map_err(malformed),
                Some(1) => Ok(Node::Directory(directory(node.links))),
                Some(4) => Err(UnixfsError::Symlink {
                    cid,
                    target: String::from_utf8_lossy(&message.data).chars().take(200).collect(),
                }),
                Some(5) => shard(&message, node.links).map(Node::Shard).map_err(malformed),
                Some(kind) => Err(malformed(format!("type {kind} is not a file or directory"))),
                None => Err(malformed("it has no type".to_owned())),
            }
        }
        codec => Err(UnixfsError::Codec { cid, codec }),
    }
}

/// The UnixFS message. Mode and mtime are not kept.
#[derive(Default)]
struct Message {
    kind: Option<u64>,
    data: Bytes,
    file_size: Option<u64>,
    block_sizes: Vec<u64>,
    hash_type: Option<u64>,
    fanout: Option<u64>,
}

impl Message {
    fn decode(bytes: &Bytes) -> Result<Self, String> {
        let mut message = Self::default();
        for field in Fields::new(bytes) {
            match field? {
                (1, Value::Number(kind)) => message.kind = Some(kind),
                (2, Value::Bytes(data)) => message.data = data,
                (3, Value::Number(size)) => message.file_size = Some(size),
                (4, Value::Number(size)) => message.block_sizes.push(size),
                (4, Value::Bytes(packed)) => {
                    let mut rest = &packed[..];
                    while !rest.is_empty() {
                        let (size, length) =
                            crate::car::read_varint(rest)?.ok_or("a packed number is cut off")?;
                        message.block_sizes.push(size);
                        rest = &rest[length..];
                    }
                }
                (5, Value::Number(code)) => message.hash_type = Some(code),
                (6, Value::Number(fanout)) => message.fanout = Some(fanout),
                _ => {}
            }
        }
        Ok(message)
    }
}

fn file(message: Message, links: Vec<PbLink>) -> Result<FileNode, String> {
    if message.block_sizes.len() != links.len() {
        return Err(format!("{} links but {} block sizes", links.len(), message.block_sizes.len()));
    }
    let mut offset_bytes = message.data.len() as u64;
    let mut parts = Vec::with_capacity(links.len());
    for (link, size_bytes) in links.iter().zip(message.block_sizes) {
        parts.push(FilePart { cid: link.cid, offset_bytes, size_bytes });
        offset_bytes = offset_bytes.checked_add(size_bytes).ok_or("the parts' sizes overflow")?;
    }
    // Very old writers left the size out of leaves.
    if message.file_size.is_some_and(|size| size != offset_bytes) {
        return Err(format!(
            "it claims {} bytes but its parts have {offset_bytes}",
            message.file_size.unwrap_or_default()
        ));
    }
    Ok(FileNode { size_bytes: offset_bytes, inline: message.data, parts })
}

fn directory(links: Vec<PbLink>) -> Vec<DirectoryLink> {
    let mut entries: Vec<DirectoryLink> = links.into_iter().map(DirectoryLink::new).collect();
    // Stable: of two entries with one name the first counts, as in Kubo.
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries.dedup_by(|later, earlier| later.name == earlier.name);
    entries
}

fn shard(message: &Message, links: Vec<PbLink>) -> Result<ShardNode, String> {
    if message.hash_type != Some(hamt::MURMUR3_X64_64) {
        return Err(format!("its names are hashed with 0x{:x}, not murmur3", message.hash_type.unwrap_or(0)));
    }
    let fanout = message.fanout.unwrap_or(0);
    // Kubo allows at most 1024, and a power of two that fills whole bytes of its bit field.
    if !(8..=1024).contains(&fanout) || !fanout.is_power_of_two() {
        return Err(format!("a fanout of {fanout}"));
    }
    let bits = fanout.trailing_zeros();
    let width = hamt::prefix_width(bits);
    let mut slots = SortedMap::new();
    for link in links {
        let (prefix, name) =
            link.name.split_at_checked(width).ok_or_else(|| format!("a slot named `{}`", link.name))?;
        let index = u32::from_str_radix(prefix, 16)
            .ok()
            .filter(|index| u64::from(*index) < fanout)
            .ok_or_else(|| format!("a slot named `{prefix}`"))?;
        let slot = if name.is_empty() {
            ShardSlot::Shard(link.cid)
        } else {
            let name = name.to_owned();
            ShardSlot::Entry(DirectoryLink { name, cid: link.cid, tsize_bytes: link.tsize_bytes })
        };
        if slots.insert(index, slot).is_some() {
            return Err(format!("slot {prefix} is there twice"));
        }
    }
    Ok(ShardNode { bits, slots })
}
