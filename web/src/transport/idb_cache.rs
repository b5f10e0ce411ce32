//! Blocks kept in the browser between visits: [`IdbCache`], IndexedDB keyed by multihash.
//!
//! Raw bytes only: whoever takes a block from here hashes it again, for the origin may be shared with
//! strangers who can write into the same database. Everything works without it: private windows, a full
//! disk and a browser that forbids storage make it an empty cache, never an error.

use std::cell::RefCell;

use bytes::Bytes;
use pinfold_core::block::VerifiedBlock;
use pinfold_core::cid::Cid;
use pinfold_core::ledger::Ledger;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::explorer::protocol::CacheStatus;

// IndexedDB in promises: two stores of one database, `blocks`, and `sizes` by the same keys, so that opening the cache
// reads no block. What the browser refuses is a rejection.
#[wasm_bindgen(inline_js = "
const stores = ['blocks', 'sizes'];
const done = (what, event) => new Promise((resolve, reject) => {
  what[event] = () => resolve(what.result);
  what.onerror = what.onabort = what.onblocked = () => reject(what.error);
});
export const open_cache = async (name) => {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => stores.forEach((store) => request.result.createObjectStore(store));
  return done(request, 'onsuccess');
};
export const cached_sizes = async (database) => {
  const sizes = database.transaction('sizes').objectStore('sizes');
  return Promise.all([done(sizes.getAllKeys(), 'onsuccess'), done(sizes.getAll(), 'onsuccess')]);
};
export const cached_block = async (database, key) => done(database.transaction('blocks').objectStore('blocks').get(key), 'onsuccess');
export const change_cache = async (database, all, dropped, keys, bytes) => {
  const change = database.transaction(stores, 'readwrite');
  const [blocks, sizes] = stores.map((store) => change.objectStore(store));
  for (const store of [blocks, sizes]) {
    if (all) store.clear();
    for (const key of dropped) store.delete(key);
  }
  keys.forEach((key, at) => {
    blocks.put(bytes[at], key);
    sizes.put(bytes[at].length, key);
  });
  return done(change, 'oncomplete');
};
")]
extern "C" {
    fn open_cache(name: &str) -> js_sys::Promise;
    fn cached_sizes(database: &JsValue) -> js_sys::Promise;
    fn cached_block(database: &JsValue, key: &str) -> js_sys::Promise;
    fn change_cache(
        database: &JsValue,
        all: bool,
        dropped: Vec<String>,
        keys: Vec<String>,
        bytes: js_sys::Array,
    ) -> js_sys::Promise;
}

/// The name carries the version of the format, as DESIGN's security model asks.
const NAME: &str = "pinfold-blocks-1";

/// Blocks of all datasets together: 250 MB is a day's browsing and far below every browser's quota.
pub const BUDGET_BYTES: u64 = 250_000_000;

/// The cache; empty and silent where the browser has none.
pub struct IdbCache {
    database: RefCell<Option<JsValue>>,
    ledger: RefCell<Ledger>,
}

fn key_of(cid: Cid) -> String {
    // The multihash, so that CIDv0, CIDv1 and raw or dag-pb codecs of the same bytes share one entry.
    cid.hash().to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl IdbCache {
    /// Opens the database, or goes without.
    pub async fn open() -> Self {
        let cache = Self { database: RefCell::new(None), ledger: RefCell::new(Ledger::new(BUDGET_BYTES)) };
        if let Ok(database) = JsFuture::from(open_cache(NAME)).await {
            if let Some(held) = read_sizes(&database).await {
                let mut ledger = cache.ledger.borrow_mut();
                for (key, size_bytes) in held {
                    // What does not fit any more is dropped at the next write.
                    let _ = ledger.insert(&key, size_bytes);
                }
            }
            *cache.database.borrow_mut() = Some(database);
        }
        cache
    }

    /// Whether it has the block, as far as this tab knows.
    #[must_use]
    pub fn holds(&self, cid: Cid) -> bool {
        self.ledger.borrow_mut().touch(&key_of(cid))
    }

    /// The bytes kept under `cid`'s multihash, unverified.
    pub async fn get(&self, cid: Cid) -> Option<Bytes> {
        let key = key_of(cid);
        if !self.ledger.borrow_mut().touch(&key) {
            return None;
        }
        let request = cached_block(self.database.borrow().as_ref()?, &key);
        match JsFuture::from(request).await.ok().and_then(|value| value.dyn_into::<js_sys::Uint8Array>().ok())
        {
            Some(array) => Some(Bytes::from(array.to_vec())),
            // Another tab dropped it.
            None => {
                self.ledger.borrow_mut().remove(&key);
                None
            }
        }
    }

    /// Keeps blocks, in one transaction. A full disk lowers the budget and drops what is older.
    pub async fn put(&self, blocks: &[VerifiedBlock]) {
        let mut keep = Vec::new();
        let mut drop_first = Vec::new();
        for block in blocks {
            let key = key_of(block.cid());
            let dropped = self.ledger.borrow_mut().insert(&key, block.bytes().len() as u64);
            if let Some(dropped) = dropped {
                drop_first.extend(dropped);
                keep.push((key, block.bytes()));
            }
        }
        if keep.is_empty() {
            return;
        }
        if self.change(false, drop_first, &keep).await.is_none() {
            let drop_more = {
                let mut ledger = self.ledger.borrow_mut();
                keep.iter().for_each(|(key, _)| ledger.remove(key));
                let half = ledger.held_bytes() / 2;
                ledger.lower_budget(half)
            };
            let _ = self.change(false, drop_more, &[]).await;
        }
    }

    /// Drops one block, because its bytes turned out to be wrong.
    pub async fn forget(&self, cid: Cid) {
        let key = key_of(cid);
        self.ledger.borrow_mut().remove(&key);
        let _ = self.change(false, vec![key], &[]).await;
    }

    /// Drops everything.
    pub async fn clear(&self) {
        let _ = self.change(true, Vec::new(), &[]).await;
        *self.ledger.borrow_mut() = Ledger::new(BUDGET_BYTES);
    }

    /// What it holds.
    #[must_use]
    pub fn status(&self) -> CacheStatus {
        let ledger = self.ledger.borrow();
        CacheStatus {
            available: self.database.borrow().is_some(),
            blocks: ledger.len() as u64,
            bytes: ledger.held_bytes(),
            budget_bytes: ledger.budget_bytes(),
        }
    }

    /// First drop (everything, or some), then keep, whole or not at all. `None` when the browser refused.
    async fn change(&self, all: bool, dropped: Vec<String>, keep: &[(String, &Bytes)]) -> Option<()> {
        let keys = keep.iter().map(|(key, _)| key.clone()).collect();
        let bytes: js_sys::Array =
            keep.iter().map(|(_, bytes)| js_sys::Uint8Array::from(bytes.as_ref())).collect();
        let change = change_cache(self.database.borrow().as_ref()?, all, dropped, keys, bytes);
        JsFuture::from(change).await.ok().map(|_| ())
    }
}

/// Keys and sizes of what is there.
async fn read_sizes(database: &JsValue) -> Option<Vec<(String, u64)>> {
    let all: js_sys::Array = JsFuture::from(cached_sizes(database)).await.ok()?.dyn_into().ok()?;
    let (keys, sizes): (js_sys::Array, js_sys::Array) =
        (all.get(0).dyn_into().ok()?, all.get(1).dyn_into().ok()?);
    let pairs = keys.iter().zip(sizes.iter());
    Some(pairs.filter_map(|(key, size)| Some((key.as_string()?, size.as_f64()? as u64))).collect())
}
