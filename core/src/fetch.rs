//! [`Fetcher`]: verified blocks from an ordered list of sources.
//!
//! A block comes from its own CID (identity), from memory, or from the first source that has it; nothing
//! is handed on before [`VerifiedBlock::verify_with`] said yes. A source that delivers wrong bytes is
//! remembered as an [`Incident`] and from then on asked last; so is one that could not be reached three
//! times in a row. Two readers that want one block share one request. No runtime, clock or thread is
//! needed: everything happens in the futures that the caller polls.
//!
//! ```
//! # futures::executor::block_on(async {
//! use std::sync::Arc;
//! use pinfold_core::block::{BlockGet, MemoryBlocks, VerifiedBlock};
//! use pinfold_core::fetch::{FetchOptions, Fetcher};
//!
//! let empty = Arc::new(MemoryBlocks::new("empty"));
//! let fetcher = Fetcher::new(vec![empty], FetchOptions::default());
//! let cid = "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e".parse().unwrap();
//! let error = fetcher.block(cid).await.unwrap_err();
//! assert_eq!(error.to_string(), format!("no source has block {cid} (empty does not have block {cid})"));
//! # });
//! ```

mod cache;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::{FutureExt, Shared, WeakShared};
use futures::{StreamExt, stream};

use crate::block::{
    BlockError, BlockGet, BlockSource, FetchError, GetError, Hasher, Limits, RawBlock, SoftwareHasher,
    VerifiedBlock, Want,
};
use crate::cid::{Cid, Multihash};
use crate::maybe_send::BoxFuture;

use crate::permits::Permits;
use cache::Cache;

/// After as many failures in a row a source is asked after the others.
const FAILURES_UNTIL_LAST: u64 = 3;

/// Incidents that are kept; more are only counted.
const KEPT_INCIDENTS: usize = 1000;

/// How a [`Fetcher`] works.
#[derive(Clone)]
pub struct FetchOptions {
    /// Requests under way at once, over all sources.
    pub in_flight: usize,
    /// Blocks kept in memory.
    pub cache_bytes: u64,
    /// Limits on what sources deliver.
    pub limits: Limits,
    /// Who computes SHA2-256.
    pub hasher: Arc<dyn Hasher>,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            in_flight: 24,
            cache_bytes: 64 << 20,
            limits: Limits::default(),
            hasher: Arc::new(SoftwareHasher),
        }
    }
}

/// What a source did so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct SourceCounters {
    /// Its name.
    pub name: String,
    /// Requests made of it.
    pub requests: u64,
    /// Right blocks that it delivered.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Blocks that it said it does not have.
    pub not_here: u64,
    /// Requests that it did not answer in a usable way.
    pub failures: u64,
    /// Wrong blocks that it delivered.
    pub corrupt: u64,
    /// Failures since its last answer.
    #[serde(skip)]
    failures_in_a_row: u64,
}

/// Something that a source did wrong, even if another source helped out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// The block that was asked for.
    pub cid: Cid,
    /// What happened, with the source's name. Never [`FetchError::NotHere`].
    pub error: FetchError,
}

/// One request for a block, which whoever wants it polls.
type Request = BoxFuture<'static, Result<VerifiedBlock, GetError>>;

/// Delivers verified blocks out of several sources. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Fetcher {
    inner: Arc<Inner>,
}

struct Inner {
    sources: Vec<Arc<dyn BlockSource>>,
    options: FetchOptions,
    permits: Permits,
    cache: Mutex<Cache>,
    counters: Mutex<Vec<SourceCounters>>,
    incidents: Mutex<Vec<Incident>>,
    running: Mutex<HashMap<Multihash, WeakShared<Request>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fetcher {
    /// Over `sources`, which are asked in this order.
    #[must_use]
    pub fn new(sources: Vec<Arc<dyn BlockSource>>, options: FetchOptions) -> Self {
        let counters = sources
            .iter()
            .map(|source| SourceCounters { name: source.name().to_owned(), ..SourceCounters::default() })
            .collect();
        let inner = Inner {
            permits: Permits::new(options.in_flight),
            cache: Mutex::new(Cache::new(options.cache_bytes)),
            counters: Mutex::new(counters),
            incidents: Mutex::default(),
            running: Mutex::default(),
            sources,
            options,
        };
        Self { inner: Arc::new(inner) }
    }

    /// What each source did, in their order.
    #[must_use]
    pub fn counters(&self) -> Vec<SourceCounters> {
        lock(&self.inner.counters).clone()
    }

    /// What sources did wrong, oldest first, at most a thousand.
    #[must_use]
    pub fn incidents(&self) -> Vec<Incident> {
        lock(&self.inner.incidents).clone()
    }

    /// Keeps a block that was verified elsewhere in memory.
    pub fn remember(&self, block: VerifiedBlock) {
        lock(&self.inner.cache).insert(block);
    }

    /// Gives back the memory of all blocks: what needed them is done.
    pub fn forget_blocks(&self) {
        *lock(&self.inner.cache) = Cache::new(self.inner.options.cache_bytes);
    }

    /// Whether the block is in memory.
    #[must_use]
    pub fn has_in_memory(&self, cid: Cid) -> bool {
        lock(&self.inner.cache).get(cid).is_some()
    }

    async fn get(&self, cid: Cid) -> Result<VerifiedBlock, GetError> {
        if let Some(block) = VerifiedBlock::inline(cid) {
            return Ok(block);
        }
        if let Some(block) = lock(&self.inner.cache).get(cid) {
            return Ok(block);
        }
        let work = self.inner.join(cid);
        let same = |block: VerifiedBlock| block.under(cid).ok_or(GetError { cid, attempts: Vec::new() });
        match work.await {
            Ok(block) => same(block),
            Err(error) => Err(GetError { cid, attempts: error.attempts }),
        }
    }
}

impl BlockGet for Fetcher {
    fn block(&self, cid: Cid) -> BoxFuture<'_, Result<VerifiedBlock, GetError>> {
        Box::pin(self.get(cid))
    }

    fn prefetch(&self, want: Want, most_bytes: u64) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            match want {
                Want::Blocks(cids) => {
                    stream::iter(cids)
                        .map(|cid| self.get(cid))
                        .buffer_unordered(self.inner.options.in_flight.max(1))
                        .for_each(|_| futures::future::ready(()))
                        .await;
                }
                Want::Dag { .. } => self.inner.prefetch_dag(want, most_bytes).await,
            }
        })
    }
}

impl Inner {
    /// The request for `cid` that is under way, or a new one.
    fn join(self: &Arc<Self>, cid: Cid) -> Shared<Request> {
        let mut running = lock(&self.running);
        if let Some(work) = running.get(cid.hash()).and_then(WeakShared::upgrade) {
            return work;
        }
        if running.len() > 4096 {
            // Requests that were dropped before they ended leave their place behind.
            running.retain(|_, work| work.upgrade().is_some());
        }
        let inner = Arc::clone(self);
        let future: Request = Box::pin(async move {
            let result = inner.ask_sources(cid).await;
            lock(&inner.running).remove(cid.hash());
            result
        });
        let work = future.shared();
        if let Some(weak) = work.downgrade() {
            running.insert(*cid.hash(), weak);
        }
        work
    }

    async fn ask_sources(&self, cid: Cid) -> Result<VerifiedBlock, GetError> {
        let _permit = self.permits.acquire().await;
        // Another request may have brought it while this one waited.
        if let Some(block) = lock(&self.cache).get(cid) {
            return Ok(block);
        }
        let mut attempts = Vec::new();
        for index in self.order() {
            match self.ask(index, cid).await {
                Ok(block) => {
                    lock(&self.cache).insert(block.clone());
                    return Ok(block);
                }
                Err(error) => attempts.push(error),
            }
        }
        Err(GetError { cid, attempts })
    }

    /// The sources' indices: honest and reachable ones as they were given, the others after them.
    fn order(&self) -> Vec<usize> {
        let counters = lock(&self.counters);
        let mut order: Vec<usize> = (0..self.sources.len()).collect();
        order.sort_by_key(|index| {
            let source = &counters[*index];
            (source.corrupt > 0, source.failures_in_a_row >= FAILURES_UNTIL_LAST)
        });
        order
    }

    async fn ask(&self, index: usize, cid: Cid) -> Result<VerifiedBlock, FetchError> {
        let source = &self.sources[index];
        lock(&self.counters)[index].requests += 1;
        let mut answer = source.fetch(Want::Blocks(vec![cid]));
        let result = match answer.next().await {
            Some(Ok(raw)) if raw.cid.hash() == cid.hash() => {
                self.verify(index, RawBlock { cid, ..raw }).await
            }
            Some(Ok(other)) => {
                let reason = format!("block {} where {cid} was asked for", other.cid);
                Err(FetchError::Malformed { origin: source.name().to_owned(), reason })
            }
            Some(Err(error)) => Err(error),
            None => Err(FetchError::NotHere { origin: source.name().to_owned(), cid }),
        };
        if let Err(error) = &result {
            self.note(index, cid, error);
        }
        result
    }

    async fn verify(&self, index: usize, raw: RawBlock) -> Result<VerifiedBlock, FetchError> {
        let origin = || self.sources[index].name().to_owned();
        let (bytes, limit) = (raw.bytes.len() as u64, self.options.limits.block_bytes);
        if bytes > limit {
            let reason = format!("block {} has {bytes} bytes, the limit is {limit}", raw.cid);
            return Err(FetchError::Malformed { origin: origin(), reason });
        }
        let verified = raw.verify(&*self.options.hasher).await;
        match verified {
            Ok(block) => {
                let counters = &mut lock(&self.counters)[index];
                counters.blocks += 1;
                counters.bytes += bytes;
                counters.failures_in_a_row = 0;
                Ok(block)
            }
            Err(BlockError::Mismatch { cid, .. }) => Err(FetchError::Corrupt { origin: origin(), cid }),
            Err(error) => Err(FetchError::Malformed { origin: origin(), reason: error.to_string() }),
        }
    }

    fn note(&self, index: usize, cid: Cid, error: &FetchError) {
        {
            let counters = &mut lock(&self.counters)[index];
            match error {
                FetchError::NotHere { .. } => {
                    counters.not_here += 1;
                    counters.failures_in_a_row = 0;
                    return;
                }
                FetchError::Corrupt { .. } => counters.corrupt += 1,
                FetchError::Unreachable { .. } | FetchError::Malformed { .. } => {
                    counters.failures += 1;
                    counters.failures_in_a_row += 1;
                }
            }
        }
        let mut incidents = lock(&self.incidents);
        if incidents.len() < KEPT_INCIDENTS {
            incidents.push(Incident { cid, error: error.clone() });
        }
    }

    /// Takes what the first source that knows the root sends, up to `most_bytes` and what memory may hold.
    async fn prefetch_dag(&self, want: Want, most_bytes: u64) {
        let Want::Dag { root, .. } = &want else { return };
        let root = *root;
        let _permit = self.permits.acquire().await;
        for index in self.order() {
            lock(&self.counters)[index].requests += 1;
            let mut answer = self.sources[index].fetch(want.clone());
            let (mut blocks, mut bytes) = (0u64, 0u64);
            while let Some(item) = answer.next().await {
                let verified = match item {
                    Ok(raw) => self.verify(index, raw).await,
                    Err(error) => Err(error),
                };
                match verified {
                    Ok(block) => {
                        blocks += 1;
                        bytes += block.bytes().len() as u64;
                        lock(&self.cache).insert(block);
                    }
                    Err(error) => {
                        self.note(index, root, &error);
                        break;
                    }
                }
                if bytes > self.options.cache_bytes.min(most_bytes) {
                    break;
                }
            }
            if blocks > 0 {
                return;
            }
        }
    }
}
