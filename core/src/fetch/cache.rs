//! Blocks in memory, least recently used out first.

use std::collections::{BTreeMap, HashMap};

use crate::block::VerifiedBlock;
use crate::cid::{Cid, Multihash};

/// What an entry costs beside its bytes: two map entries and the block's handle.
const ENTRY_BYTES: u64 = 300;

/// A bounded cache of verified blocks by multihash.
pub(super) struct Cache {
    budget_bytes: u64,
    used_bytes: u64,
    tick: u64,
    blocks: HashMap<Multihash, (u64, VerifiedBlock)>,
    by_age: BTreeMap<u64, Multihash>,
}

impl Cache {
    pub(super) fn new(budget_bytes: u64) -> Self {
        Self { budget_bytes, used_bytes: 0, tick: 0, blocks: HashMap::new(), by_age: BTreeMap::new() }
    }

    pub(super) fn get(&mut self, cid: Cid) -> Option<VerifiedBlock> {
        let (age, block) = self.blocks.get_mut(cid.hash())?;
        self.by_age.remove(age);
        self.tick += 1;
        *age = self.tick;
        self.by_age.insert(self.tick, *cid.hash());
        block.under(cid)
    }

    pub(super) fn insert(&mut self, block: VerifiedBlock) {
        let cost = block.bytes().len() as u64 + ENTRY_BYTES;
        let hash = *block.cid().hash();
        if cost > self.budget_bytes || self.blocks.contains_key(&hash) {
            return;
        }
        self.tick += 1;
        self.used_bytes += cost;
        self.blocks.insert(hash, (self.tick, block));
        self.by_age.insert(self.tick, hash);
        while self.used_bytes > self.budget_bytes {
            let Some((_, oldest)) = self.by_age.pop_first() else { return };
            if let Some((_, block)) = self.blocks.remove(&oldest) {
                self.used_bytes -= block.bytes().len() as u64 + ENTRY_BYTES;
            }
        }
    }
}
