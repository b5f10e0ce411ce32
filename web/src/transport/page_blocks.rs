//! [`PageBlocks`]: every block that the explorer reads goes through here.
//!
//! Memory, then IndexedDB (hashed again), then the choice of gateways and peer. No block is asked for
//! twice at once, and what was verified is counted for the visitor.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use pinfold_core::block::{BlockGet, DagScope, GetError, Limits, VerifiedBlock, Want};
use pinfold_core::car::CarReader;
use pinfold_core::cid::Cid;
use pinfold_core::gateways::{Choice, Policy};
use pinfold_core::ledger::Ledger;
use pinfold_core::maybe_send::BoxFuture;
use pinfold_core::unixfs::Coming;
use wasm_bindgen_futures::spawn_local;

use super::browser::{WebHasher, WebTimer};
use super::idb_cache::IdbCache;
use crate::explorer::protocol::Proof;

/// Blocks kept in memory: what a few plots touch, small enough for a phone with 2 GB.
const MEMORY_BYTES: u64 = 48_000_000;

/// Blocks that wait to be written to the cache, at most: what comes faster than the browser writes is not kept.
const UNWRITTEN_BYTES: usize = 32_000_000;

/// Bytes written in one transaction: several blocks cost little more than one.
const BATCH_BYTES: usize = 8_000_000;

/// Writing waits until nothing is on its way any more, looked at so often, so that it delays no picture …
const WRITE_PAUSE_MS: u32 = 100;

/// … but not longer than so many looks.
const WRITE_LOOKS: u32 = 20;

type Answer = Result<VerifiedBlock, GetError>;

/// Where one block came from, for progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// It was in memory already.
    Memory,
    /// From an earlier visit.
    Cache,
    /// From a gateway or the peer.
    Network,
}

struct Inner {
    choice: Choice,
    cache: IdbCache,
    hasher: Arc<WebHasher>,
    memory: RefCell<HashMap<String, VerifiedBlock>>,
    ledger: RefCell<Ledger>,
    /// Structure from `meta.car`: small and always needed, never dropped.
    structure: RefCell<HashMap<String, VerifiedBlock>>,
    under_way: RefCell<HashMap<Cid, Shared<LocalBoxFuture<'static, Answer>>>>,
    proof: Cell<Proof>,
    /// What archives under way will bring.
    coming: Coming,
    unwritten: RefCell<VecDeque<VerifiedBlock>>,
    unwritten_bytes: Cell<usize>,
    writing: Cell<bool>,
}

/// The way to blocks in the page. Cheap to clone.
#[derive(Clone)]
pub struct PageBlocks {
    inner: Rc<Inner>,
}

impl PageBlocks {
    /// Over what `cache` resolves to (see [`IdbCache::new`]); no source yet (see [`PageBlocks::sources`]).
    #[must_use]
    pub fn new(cache: js_sys::Promise) -> Self {
        let hasher = Arc::new(WebHasher::new());
        let choice = Choice::new(Policy::default(), Arc::new(WebTimer), hasher.clone());
        let inner = Inner {
            choice,
            cache: IdbCache::new(cache),
            hasher,
            memory: RefCell::default(),
            ledger: RefCell::new(Ledger::new(MEMORY_BYTES)),
            structure: RefCell::default(),
            under_way: RefCell::default(),
            proof: Cell::default(),
            coming: Coming::default(),
            unwritten: RefCell::default(),
            unwritten_bytes: Cell::new(0),
            writing: Cell::new(false),
        };
        Self { inner: Rc::new(inner) }
    }

    /// Gateways and peers.
    #[must_use]
    pub fn sources(&self) -> &Choice {
        &self.inner.choice
    }

    /// What is kept between visits.
    #[must_use]
    pub fn cache(&self) -> &IdbCache {
        &self.inner.cache
    }

    /// Whether the browser's own SHA-256 is used.
    #[must_use]
    pub fn hashes_natively(&self) -> bool {
        self.inner.hasher.is_native()
    }

    /// What was proven so far.
    #[must_use]
    pub fn proof(&self) -> Proof {
        self.inner.proof.get()
    }

    /// Takes the blocks of a `meta.car`. What does not hash to its CID is left out, the rest is used.
    /// Returns how many blocks were taken and how many were wrong.
    pub fn take_structure(&self, car: Bytes) -> (usize, usize) {
        let mut reader = CarReader::new(Limits::default());
        reader.push(car);
        reader.end();
        let (mut taken, mut wrong) = (0, 0);
        loop {
            match reader.next_block() {
                Ok(Some(block)) => {
                    self.inner.count(&block);
                    self.inner.structure.borrow_mut().insert(block.cid().to_string(), block);
                    taken += 1;
                }
                Ok(None) => break,
                Err(_) => {
                    // A damaged archive proves nothing beyond this point; the gateways have the blocks too.
                    wrong += 1;
                    break;
                }
            }
        }
        (taken, wrong)
    }

    /// Whether the block is at hand without asking anybody.
    #[must_use]
    pub fn has(&self, cid: Cid) -> bool {
        self.inner.at_hand(cid).is_some()
    }
}

impl Inner {
    fn count(&self, block: &VerifiedBlock) {
        let mut proof = self.proof.get();
        proof.blocks += 1;
        proof.bytes += block.bytes().len() as u64;
        self.proof.set(proof);
    }

    fn at_hand(&self, cid: Cid) -> Option<VerifiedBlock> {
        if let Some(block) = VerifiedBlock::inline(cid) {
            return Some(block);
        }
        let key = cid.to_string();
        if let Some(block) = self.structure.borrow().get(&key) {
            return Some(block.clone());
        }
        if self.ledger.borrow_mut().touch(&key) { self.memory.borrow().get(&key).cloned() } else { None }
    }

    fn remember(&self, block: &VerifiedBlock) {
        let key = block.cid().to_string();
        let dropped = self.ledger.borrow_mut().insert(&key, block.bytes().len() as u64);
        if let Some(dropped) = dropped {
            let mut memory = self.memory.borrow_mut();
            for old in dropped {
                memory.remove(&old);
            }
            memory.insert(key, block.clone());
        }
    }

    async fn bring(self: Rc<Self>, cid: Cid) -> Answer {
        if let Some(bytes) = self.cache.get(cid).await {
            match VerifiedBlock::verify_with(cid, bytes, &*self.hasher).await {
                Ok(block) => {
                    self.count(&block);
                    self.remember(&block);
                    return Ok(block);
                }
                // Somebody on the same origin wrote something else there.
                Err(_) => self.cache.forget(cid),
            }
        }
        // It may have come in an archive while the cache was asked.
        if let Some(block) = self.at_hand(cid) {
            self.coming.asked_for(cid);
            return Ok(block);
        }
        if let Some(waiting) = self.coming.wait(cid)
            && let Ok(block) = waiting.await
        {
            return Ok(block);
        }
        let block = self.choice.block(cid).await?;
        self.arrived(&block);
        Ok(block)
    }

    fn arrived(self: &Rc<Self>, block: &VerifiedBlock) {
        self.count(block);
        self.remember(block);
        self.keep(block);
    }

    /// Has a block written to the cache, later.
    fn keep(self: &Rc<Self>, block: &VerifiedBlock) {
        let bytes = self.unwritten_bytes.get() + block.bytes().len();
        if bytes > UNWRITTEN_BYTES {
            return;
        }
        self.unwritten_bytes.set(bytes);
        self.unwritten.borrow_mut().push_back(block.clone());
        if !self.writing.replace(true) {
            spawn_local(Rc::clone(self).write());
        }
    }

    async fn write(self: Rc<Self>) {
        loop {
            for _ in 0..WRITE_LOOKS {
                gloo_timers::future::TimeoutFuture::new(WRITE_PAUSE_MS).await;
                if self.under_way.borrow().is_empty() {
                    break;
                }
            }
            let mut batch = Vec::new();
            let mut bytes = 0;
            while bytes < BATCH_BYTES
                && let Some(block) = self.unwritten.borrow_mut().pop_front()
            {
                bytes += block.bytes().len();
                batch.push(block);
            }
            if batch.is_empty() {
                return self.writing.set(false);
            }
            self.unwritten_bytes.set(self.unwritten_bytes.get() - bytes);
            self.cache.put(&batch).await;
        }
    }
}

impl BlockGet for PageBlocks {
    fn block(&self, cid: Cid) -> BoxFuture<'_, Answer> {
        self.inner.coming.asked_for(cid);
        if let Some(block) = self.inner.at_hand(cid) {
            return Box::pin(async move { Ok(block) });
        }
        let known = self.inner.under_way.borrow().get(&cid).cloned();
        let shared = known.unwrap_or_else(|| {
            let bringing = Rc::clone(&self.inner).bring(cid).boxed_local().shared();
            self.inner.under_way.borrow_mut().insert(cid, bringing.clone());
            bringing
        });
        Box::pin(async move {
            let clean_up = CleanUp { inner: &self.inner, cid };
            let answer = shared.await;
            drop(clean_up);
            answer
        })
    }

    fn at_hand(&self, cid: Cid) -> Option<VerifiedBlock> {
        self.inner.at_hand(cid)
    }

    fn sent(&self) -> BoxFuture<'_, ()> {
        // Asking takes promises that resolve at once, all of which come before a timer.
        Box::pin(gloo_timers::future::TimeoutFuture::new(0))
    }

    fn expect(&self, want: Want, blocks: Vec<Cid>) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let inner = &self.inner;
            inner.cache.ready().await;
            let blocks = match &want {
                Want::Dag { root, scope: DagScope::Entity, .. } => {
                    inner.at_hand(*root).map_or(blocks, |root| want.parts_of(&root))
                }
                _ => blocks,
            };
            let (mut lacking, mut again_bytes) = (Vec::new(), 0);
            for cid in blocks {
                let here_bytes = match inner.at_hand(cid) {
                    Some(block) => block.bytes().len() as u64,
                    None if inner.coming.has(cid) => COMING_BYTES,
                    None => inner.cache.size(cid),
                };
                again_bytes += here_bytes;
                if here_bytes == 0 {
                    lacking.push(cid);
                }
            }
            if !want.is_worth(&lacking, again_bytes) {
                return;
            }
            let archive = inner.coming.begin(&want, lacking);
            let mut unasked_bytes = 0;
            let take = |block: VerifiedBlock| {
                if inner.coming.arrived(&archive, &block) {
                    inner.arrived(&block);
                } else {
                    // The directory itself, and what was at hand; whoever sends more than that is not listened to.
                    unasked_bytes += block.bytes().len() as u64;
                }
                unasked_bytes < UNASKED_BYTES + again_bytes
            };
            inner.choice.dag(want, take, &|| inner.coming.room()).await;
        })
    }
}

/// Bytes of an archive that nobody asked for, at most, beside those that are known to come again.
const UNASKED_BYTES: u64 = 4_000_000;

/// What a block that is on its way is taken to weigh, as nobody knows: a leaf as importers make them.
const COMING_BYTES: u64 = 256 << 10;

/// Forgets a request when it ended or nobody waits for it any longer; dropping the last handle cancels it.
struct CleanUp<'a> {
    inner: &'a Inner,
    cid: Cid,
}

impl Drop for CleanUp<'_> {
    fn drop(&mut self) {
        let mut under_way = self.inner.under_way.borrow_mut();
        // The waiter's own handle is gone by now (it was made later than this guard): one is left in the map.
        let last = under_way.get(&self.cid).is_some_and(|shared| {
            shared.peek().is_some() || shared.strong_count().is_none_or(|count| count <= 1)
        });
        if last {
            under_way.remove(&self.cid);
        }
    }
}
