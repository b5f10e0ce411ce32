//! [`DirectoryBuilder`]: a directory out of its children's names, CIDs and sizes.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{BlockSink, Imported, Profile, ShardRule, write_bytes, write_number};
use crate::unixfs::dag_pb::{PbLink, PbNode};
use crate::unixfs::hamt;

/// Kubo's `HAMTDirectorySizeThreshold`.
const SHARD_ABOVE_BYTES: usize = 256 << 10;

/// Bits of the hash per level: Kubo's fanout of 256.
const BITS: u32 = 8;

/// Collects entries; [`finish`](Self::finish) decides whether they fit into one block.
#[derive(Debug)]
pub struct DirectoryBuilder {
    profile: Profile,
    entries: BTreeMap<String, Imported>,
}

impl DirectoryBuilder {
    /// An empty directory.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self { profile, entries: BTreeMap::new() }
    }

    /// Adds an entry; one with the same name is replaced.
    pub fn add(&mut self, name: impl Into<String>, child: &Imported) {
        self.entries.insert(name.into(), *child);
    }

    /// The directory; its blocks go to `sink`, the root last.
    pub fn finish(self, sink: &mut BlockSink<'_>) -> Imported {
        let size_bytes = self.entries.values().map(|child| child.size_bytes).sum();
        let estimate: usize =
            self.entries.iter().map(|(name, child)| name.len() + child.cid.to_bytes().len()).sum();
        let is_sharded = match self.profile.shard_rule {
            ShardRule::Links => estimate > SHARD_ABOVE_BYTES,
            // The block is never smaller than the estimate and at most 20 bytes per link larger.
            ShardRule::Block => {
                estimate + 20 * self.entries.len() > SHARD_ABOVE_BYTES
                    && self.basic().encode().len() > SHARD_ABOVE_BYTES
            }
        };
        if is_sharded {
            let entries: Vec<(u64, String, Imported)> = self
                .entries
                .into_iter()
                .map(|(name, child)| (crate::unixfs::name_hash(name.as_bytes()), name, child))
                .collect();
            let root = shard(self.profile, entries, 0, sink);
            return Imported { size_bytes, ..root };
        }
        let below = self.entries.values().map(|child| child.tsize_bytes).sum();
        let (imported, block) = self.profile.seal(&self.basic(), size_bytes, below);
        sink(block);
        imported
    }

    fn basic(&self) -> PbNode {
        let links = self
            .entries
            .iter()
            .map(|(name, child)| PbLink {
                cid: child.cid,
                name: name.clone(),
                tsize_bytes: child.tsize_bytes,
            })
            .collect();
        // Type 1, nothing else.
        PbNode { links, data: Some(Bytes::from_static(&[0x08, 0x01])) }
    }
}

/// A HAMT node over `entries`. Recursion ends at the hash's eighth byte.
fn shard(
    profile: Profile,
    entries: Vec<(u64, String, Imported)>,
    level: u32,
    sink: &mut BlockSink<'_>,
) -> Imported {
    let mut slots: BTreeMap<u32, Vec<(u64, String, Imported)>> = BTreeMap::new();
    for entry in entries {
        // Two names with one 64-bit hash do not happen by chance; should they, they share the last slot.
        let slot = hamt::slot(entry.0, level, BITS).unwrap_or(0);
        slots.entry(slot).or_default().push(entry);
    }
    let mut bitfield = [0u8; 1 << (BITS - 3)];
    let mut links = Vec::with_capacity(slots.len());
    for (slot, mut entries) in slots {
        // Slot 0 is the lowest bit of the last byte.
        let byte = bitfield.len() - 1 - slot as usize / 8;
        bitfield[byte] |= 1 << (slot % 8);
        let prefix = format!("{slot:02X}");
        let is_last_level = hamt::slot(0, level + 1, BITS).is_none();
        if entries.len() == 1 || is_last_level {
            for (_, name, child) in entries.drain(..) {
                let name = format!("{prefix}{name}");
                links.push(PbLink { cid: child.cid, name, tsize_bytes: child.tsize_bytes });
            }
        } else {
            let child = shard(profile, entries, level + 1, sink);
            links.push(PbLink { cid: child.cid, name: prefix, tsize_bytes: child.tsize_bytes });
        }
    }
    let below = links.iter().map(|link| link.tsize_bytes).sum();
    let used = bitfield.iter().position(|byte| *byte != 0).unwrap_or(bitfield.len());
    let mut message = Vec::with_capacity(48);
    write_number(&mut message, 1, 5);
    write_bytes(&mut message, 2, &bitfield[used..]);
    write_number(&mut message, 5, hamt::MURMUR3_X64_64);
    write_number(&mut message, 6, 1 << BITS);
    let node = PbNode { links, data: Some(message.into()) };
    let (imported, block) = profile.seal(&node, 0, below);
    sink(block);
    imported
}
