//! What a new version of a directory really adds: [`difference`] compares two roots by their CIDs.
//!
//! Where two links lead to the same CID, everything below is the same and is never looked at; where they
//! differ, both blocks are read and their links compared, by name and by CID. Leaves are never read: a link
//! tells the size of what is below it. Two versions that differ in one chunk of one variable cost a handful of
//! blocks, however large they are.

use std::collections::{BTreeMap, BTreeSet};

use pinfold_core::block::{BlockGet, GetError};
use pinfold_core::cid::{Cid, DAG_PB};
use pinfold_core::unixfs::{PbLink, PbNode};

/// Blocks that are read for one comparison.
const MAX_BLOCKS: usize = 50_000;

/// What differs between two roots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Bytes of blocks that only the new one has, as its links tell them.
    pub added_bytes: u64,
    /// Bytes that both have.
    pub shared_bytes: u64,
    /// Paths of the new one that the old one does not have in this form; files and whole new directories.
    pub changed: Vec<String>,
    /// Paths that only the old one has.
    pub removed: Vec<String>,
    /// Blocks that were read for it.
    pub blocks_read: usize,
    /// Whether there was more to compare than `MAX_BLOCKS`; the counts are lower bounds then.
    pub is_partial: bool,
}

/// Compares `new` with `old`. Bytes that occur twice below one root are counted twice.
///
/// # Errors
/// When a block that differs cannot be had.
pub async fn difference(blocks: &dyn BlockGet, old: Cid, new: Cid) -> Result<Difference, GetError> {
    let mut found = Difference::default();
    let mut waiting = vec![(String::new(), Some(old), new)];
    while let Some((path, old, new)) = waiting.pop() {
        if found.blocks_read >= MAX_BLOCKS {
            found.is_partial = true;
            break;
        }
        let links = read(blocks, new, &mut found).await?;
        let Some((new_links, own_bytes)) = links else {
            found.changed.push(path);
            continue;
        };
        let old_links = match old {
            Some(old) if old != new => read(blocks, old, &mut found).await?.map(|(links, _)| links),
            _ => None,
        };
        if old == Some(new) {
            found.shared_bytes +=
                new_links.iter().fold(own_bytes, |sum, link| sum.saturating_add(link.tsize_bytes));
            continue;
        }
        found.added_bytes = found.added_bytes.saturating_add(own_bytes);
        let old_links = old_links.unwrap_or_default();
        let had: BTreeSet<Cid> = old_links.iter().map(|link| link.cid).collect();
        let by_name: BTreeMap<&str, &PbLink> =
            old_links.iter().map(|link| (link.name.as_str(), link)).collect();
        let is_directory = new_links.iter().any(|link| !link.name.is_empty());
        for (index, link) in new_links.iter().enumerate() {
            if had.contains(&link.cid) {
                found.shared_bytes = found.shared_bytes.saturating_add(link.tsize_bytes);
                continue;
            }
            let before =
                if is_directory { by_name.get(link.name.as_str()).copied() } else { old_links.get(index) };
            let path = match (is_directory, path.is_empty()) {
                (false, _) => path.clone(),
                (true, true) => link.name.clone(),
                (true, false) => format!("{path}/{}", link.name),
            };
            if link.cid.codec() == DAG_PB && before.is_some_and(|before| before.cid.codec() == DAG_PB) {
                waiting.push((path, before.map(|before| before.cid), link.cid));
            } else {
                found.added_bytes = found.added_bytes.saturating_add(link.tsize_bytes);
                found.changed.push(path);
            }
        }
        if is_directory {
            let names: BTreeSet<&str> = new_links.iter().map(|link| link.name.as_str()).collect();
            for link in old_links.iter().filter(|link| !names.contains(link.name.as_str())) {
                found.removed.push(if path.is_empty() {
                    link.name.clone()
                } else {
                    format!("{path}/{}", link.name)
                });
            }
        } else {
            found.changed.push(path);
        }
    }
    found.changed.sort();
    found.changed.dedup();
    found.removed.sort();
    Ok(found)
}

/// The links of a node and its own size; `None` for what has none.
async fn read(
    blocks: &dyn BlockGet,
    cid: Cid,
    found: &mut Difference,
) -> Result<Option<(Vec<PbLink>, u64)>, GetError> {
    let block = blocks.block(cid).await?;
    found.blocks_read += 1;
    let own_bytes = block.bytes().len() as u64;
    Ok(match cid.codec() {
        DAG_PB => PbNode::decode(block.bytes()).ok().map(|node| (node.links, own_bytes)),
        _ => {
            found.added_bytes = found.added_bytes.saturating_add(own_bytes);
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use pinfold_core::block::{MemoryBlocks, VerifiedBlock};
    use pinfold_core::cid::RAW;
    use pinfold_core::unixfs::{DirectoryBuilder, Imported, Profile};

    use super::*;

    #[test]
    fn only_what_differs_is_read() {
        let mut blocks = MemoryBlocks::new("made");
        let leaf = |text: &str, blocks: &mut MemoryBlocks| {
            let block = VerifiedBlock::seal(RAW, text.as_bytes().to_vec());
            let size = text.len() as u64;
            blocks.insert(block.clone());
            Imported { cid: block.cid(), tsize_bytes: size, size_bytes: size }
        };
        let folder = |entries: &[(&str, Imported)], blocks: &mut MemoryBlocks| {
            let mut builder = DirectoryBuilder::new(Profile::default());
            for (name, child) in entries {
                builder.add(*name, child);
            }
            builder.finish(&mut |block| {
                blocks.insert(block);
            })
        };
        let (a, b, c) = (leaf("aaaa", &mut blocks), leaf("bb", &mut blocks), leaf("c", &mut blocks));
        let many: Vec<(String, Imported)> =
            (0..500).map(|n| (format!("{n}"), leaf(&format!("chunk {n}"), &mut blocks))).collect();
        let many: Vec<(&str, Imported)> = many.iter().map(|(name, child)| (name.as_str(), *child)).collect();
        let same = folder(&many, &mut blocks);
        let old_x = folder(&[("0", a), ("1", b)], &mut blocks);
        let new_x = folder(&[("0", a), ("1", c), ("2", b)], &mut blocks);
        let old = folder(&[("same", same), ("x", old_x), ("gone", a)], &mut blocks);
        let new = folder(&[("same", same), ("x", new_x)], &mut blocks);
        let found = futures::executor::block_on(difference(&blocks, old.cid, new.cid)).unwrap();
        assert_eq!(found.changed, ["x/1"]);
        assert_eq!(found.removed, ["gone"]);
        assert_eq!(found.blocks_read, 4, "two roots, two `x`, no leaf, nothing of the 500");
        assert_eq!(found.shared_bytes, same.tsize_bytes + 4 + 2);
        assert_eq!(found.added_bytes + found.shared_bytes, new.tsize_bytes);
        let none = futures::executor::block_on(difference(&blocks, new.cid, new.cid)).unwrap();
        assert_eq!((none.added_bytes, none.shared_bytes), (0, new.tsize_bytes));
    }
}
