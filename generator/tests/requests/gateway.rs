//! A gateway that answers every request after a second, and counts.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::{StreamExt as _, stream};
use pinfold_core::block::{
    BlockGet as _, BlockSource, FetchError, Limits, MemoryBlocks, RawBlock, VerifiedBlock, Want,
};
use pinfold_core::car::CarReader;
use pinfold_core::cid::Cid;
use pinfold_core::maybe_send::BoxStream;
use pinfold_core::unixfs::{Unixfs, WalkOptions};

/// Over blocks in memory.
pub(crate) struct StandIn {
    blocks: Arc<MemoryBlocks>,
    unixfs: Unixfs,
    pub(crate) requests: AtomicU64,
    pub(crate) bytes: AtomicU64,
}

/// The blocks of a CAR.
pub(crate) fn read_car(car: &Path) -> MemoryBlocks {
    let mut reader = CarReader::new(Limits::default());
    reader.push(std::fs::read(car).unwrap());
    reader.end();
    let mut blocks = MemoryBlocks::new("stand-in");
    while let Some(section) = reader.next_section().unwrap() {
        blocks.insert(VerifiedBlock::verify(section.cid, section.bytes).unwrap());
    }
    blocks
}

impl StandIn {
    pub(crate) fn new(blocks: &Arc<MemoryBlocks>) -> Self {
        let unixfs = Unixfs::new(Arc::clone(blocks) as Arc<_>, Limits::default());
        Self { blocks: Arc::clone(blocks), unixfs, requests: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    async fn answer(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    fn sent(&self, cid: Cid, block: &VerifiedBlock) -> RawBlock {
        self.bytes.fetch_add(block.bytes().len() as u64, Ordering::Relaxed);
        RawBlock::new(cid, block.bytes().clone())
    }

    /// The blocks of the way, then those of what it leads to: one request, however many blocks.
    async fn archive(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        let Want::Dag { root, path, scope, entity_bytes } = want else { unreachable!("asked with a DAG") };
        self.answer().await;
        let way = self.unixfs.resolve(root, &path.join("/")).await.unwrap();
        let before = stream::iter(way.trail)
            .then(move |cid| async move { Ok(self.sent(cid, &self.blocks.block(cid).await.unwrap())) });
        let options = WalkOptions { scope, entity_bytes, in_flight: 1, ..WalkOptions::default() };
        let after = way.found.map(|found| {
            self.unixfs.walk(found, options).map(|item| Ok(self.sent(item.cid, &item.block.unwrap())))
        });
        before.chain(stream::iter(after).flatten()).boxed()
    }
}

impl BlockSource for StandIn {
    fn name(&self) -> &str {
        "stand-in"
    }

    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        match want {
            Want::Blocks(cids) => {
                let one = move |cid: Cid| async move {
                    self.answer().await;
                    let not_here = |_| FetchError::NotHere { origin: "stand-in".into(), cid };
                    Ok(self.sent(cid, &self.blocks.block(cid).await.map_err(not_here)?))
                };
                stream::iter(cids).map(one).buffer_unordered(1000).boxed()
            }
            want @ Want::Dag { .. } => stream::once(self.archive(want)).flatten().boxed(),
        }
    }
}
