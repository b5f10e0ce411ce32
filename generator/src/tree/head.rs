//! [`Head`]: the directories of a tree, made of CIDs and sizes only.
//!
//! A link of a directory carries the size of all that is below it (`Tsize`). It is known without reading the
//! data: from the links of the previous HEAD ([`sizes`]), or from the root block of the child, whose own links
//! carry theirs. Kubo's MFS (`ipfs files cp`) makes the same blocks; the CIDs of the entries stay spelled as
//! they are, CIDv0 or CIDv1, as MFS leaves them.

use std::collections::BTreeMap;

use pinfold_core::block::VerifiedBlock;
use pinfold_core::cid::{Cid, DAG_PB, RAW};
use pinfold_core::unixfs::{DirectoryBuilder, Imported, PbNode, Profile, Unixfs, UnixfsError};

use super::{Item, Tree};

/// Sizes of roots: bytes of all blocks below and including them.
pub type Sizes = BTreeMap<Cid, u64>;

/// Why the HEAD cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// Neither the previous HEAD nor any source knows how large an entry is.
    #[error(
        "the size of `{path}` ({cid}) is not known: it is not in the previous HEAD, and its root block cannot be had ({reason}); name a source that has it with --source"
    )]
    Size {
        /// Where in the tree.
        path: String,
        /// The entry.
        cid: Cid,
        /// Why the block cannot be had.
        reason: String,
    },
}

/// The directories of a tree.
#[derive(Debug, Clone)]
pub struct Head {
    /// The root with its size.
    pub root: Imported,
    /// All directories' blocks, the root's last.
    pub blocks: Vec<VerifiedBlock>,
}

impl Head {
    /// Builds the directories. `is_v0` decides how they are named, as the previous HEAD is.
    ///
    /// # Errors
    /// When the size of an entry is not in `sizes`.
    pub fn build(tree: &Tree, sizes: &Sizes, is_v0: bool) -> Result<Self, HeadError> {
        let name = if is_v0 { "unixfs-v0-2015" } else { "unixfs-v1-2025" };
        let profile = Profile::ALL.into_iter().find(|profile| profile.name() == name).unwrap_or_default();
        let mut blocks = Vec::new();
        let root = directory("", &tree.root, sizes, profile, &mut blocks)?;
        Ok(Self { root, blocks })
    }
}

fn directory(
    path: &str,
    items: &BTreeMap<String, Item>,
    sizes: &Sizes,
    profile: Profile,
    blocks: &mut Vec<VerifiedBlock>,
) -> Result<Imported, HeadError> {
    let mut builder = DirectoryBuilder::new(profile);
    for (name, item) in items {
        let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        let child = match item {
            Item::Directory(items) => directory(&path, items, sizes, profile, blocks)?,
            Item::Leaf(cid) => match sizes.get(cid) {
                Some(size) => Imported { cid: *cid, tsize_bytes: *size, size_bytes: *size },
                None => {
                    return Err(HeadError::Size { path, cid: *cid, reason: "nobody was asked".to_owned() });
                }
            },
        };
        builder.add(name, &child);
    }
    Ok(builder.finish(&mut |block| blocks.push(block)))
}

/// The size of every entry of the tree: from the directories of the previous HEAD where it has the entry (the
/// walk goes only where the tree has directories), else from the entry's root block.
///
/// # Errors
/// Naming the first entry whose size cannot be found.
pub async fn sizes(
    tree: &Tree,
    previous: Option<Cid>,
    unixfs: &Unixfs,
    known: Sizes,
) -> Result<Sizes, HeadError> {
    let mut sizes = known;
    let mut waiting: Vec<(Cid, &BTreeMap<String, Item>)> =
        previous.map(|cid| (cid, &tree.root)).into_iter().collect();
    while let Some((cid, items)) = waiting.pop() {
        // What the previous HEAD does not tell, the entries themselves may.
        let Ok(links) = unixfs.entries(cid).await else { continue };
        for link in links {
            match items.get(&link.name) {
                Some(Item::Directory(items)) => waiting.push((link.cid, items)),
                _ => {
                    sizes.entry(link.cid).or_insert(link.tsize_bytes);
                }
            }
        }
    }
    for (path, cid) in tree.leaves() {
        if sizes.contains_key(&cid) {
            continue;
        }
        let size = root_size(cid, unixfs).await;
        let size = size.map_err(|reason| HeadError::Size { path, cid, reason })?;
        sizes.insert(cid, size);
    }
    Ok(sizes)
}

/// The size of a root by its own block.
async fn root_size(cid: Cid, unixfs: &Unixfs) -> Result<u64, String> {
    let block = unixfs.blocks().block(cid).await.map_err(|error| error.to_string())?;
    let own = block.bytes().len() as u64;
    match cid.codec() {
        RAW => Ok(own),
        DAG_PB => {
            let node = PbNode::decode(block.bytes())?;
            Ok(node.links.iter().fold(own, |sum, link| sum.saturating_add(link.tsize_bytes)))
        }
        codec => Err(UnixfsError::Codec { cid, codec }.to_string()),
    }
}
