//! [`MemoryBlocks`]: verified blocks in memory, for tests, for `meta.car` and for what was just imported.

use std::collections::HashMap;

use futures::stream::{self, StreamExt};

use super::{BlockGet, BlockSource, FetchError, GetError, Limits, RawBlock, VerifiedBlock, Want};
use crate::car::{CarError, CarReader};
use crate::cid::{Cid, Multihash};
use crate::maybe_send::{BoxFuture, BoxStream};

/// Verified blocks by multihash: some writers of CARs (and flatfs) call every block raw, so the codec is
/// the asker's. Both a source and a getter.
#[derive(Debug, Clone, Default)]
pub struct MemoryBlocks {
    name: String,
    blocks: HashMap<Multihash, VerifiedBlock>,
}

impl MemoryBlocks {
    /// No blocks yet; `name` is what messages call it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), blocks: HashMap::new() }
    }

    /// All blocks of a CAR, and the roots that its header names.
    ///
    /// # Errors
    /// When the CAR is damaged, truncated or holds a block that does not match its CID.
    pub fn from_car(
        name: impl Into<String>,
        bytes: impl Into<bytes::Bytes>,
        limits: &Limits,
    ) -> Result<(Self, Vec<Cid>), CarError> {
        let mut blocks = Self::new(name);
        let mut reader = CarReader::new(limits.clone());
        reader.push(bytes.into());
        reader.end();
        while let Some(block) = reader.next_block()? {
            blocks.insert(block);
        }
        let roots = reader.header().map(|header| header.roots.clone()).unwrap_or_default();
        Ok((blocks, roots))
    }

    /// Adds a block.
    pub fn insert(&mut self, block: VerifiedBlock) {
        self.blocks.insert(*block.cid().hash(), block);
    }

    /// The block, if it is here; identity CIDs always are.
    #[must_use]
    pub fn get(&self, cid: Cid) -> Option<VerifiedBlock> {
        self.blocks.get(cid.hash()).and_then(|block| block.under(cid)).or_else(|| VerifiedBlock::inline(cid))
    }

    /// Takes a block out; tests use it to make holes.
    pub fn remove(&mut self, cid: Cid) -> Option<VerifiedBlock> {
        self.blocks.remove(cid.hash())
    }

    /// How many blocks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The CIDs that the blocks came under, sorted.
    #[must_use]
    pub fn cids(&self) -> Vec<Cid> {
        let mut cids: Vec<Cid> = self.blocks.values().map(VerifiedBlock::cid).collect();
        cids.sort_unstable();
        cids
    }

    fn not_here(&self, cid: Cid) -> FetchError {
        FetchError::NotHere { origin: self.name.clone(), cid }
    }
}

impl BlockGet for MemoryBlocks {
    fn block(&self, cid: Cid) -> BoxFuture<'_, Result<VerifiedBlock, GetError>> {
        let found = self.get(cid).ok_or_else(|| GetError { cid, attempts: vec![self.not_here(cid)] });
        Box::pin(async move { found })
    }
}

impl BlockSource for MemoryBlocks {
    fn name(&self) -> &str {
        &self.name
    }

    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        let cids = match want {
            Want::Blocks(cids) => cids,
            // In part: the rest is asked for as blocks, which costs nothing here.
            Want::Dag { root, .. } => vec![root],
        };
        stream::iter(cids)
            .map(|cid| match self.get(cid) {
                Some(block) => Ok(RawBlock::new(cid, block.bytes().clone())),
                None => Err(self.not_here(cid)),
            })
            .boxed()
    }
}
