//! Blocks kept in the browser between visits: [`IdbCache`], IndexedDB keyed by multihash.
//!
//! What is kept and dropped is decided in `web/js/cache.js`, beside the database that all tabs share. Raw bytes only:
//! whoever takes a block from here hashes it again, for the origin may be shared with strangers who can write into the
//! same database. Everything works without it: private windows, a full disk, a browser that forbids storage and one
//! that does not answer make it an empty cache, never an error and never a wait without end.

use std::cell::OnceCell;

use bytes::Bytes;
use pinfold_core::block::VerifiedBlock;
use pinfold_core::cid::Cid;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::explorer::protocol::CacheStatus;

#[wasm_bindgen]
extern "C" {
    /// What `open` of `web/js/cache.js` gives. Its promises never reject.
    type Kept;
    #[wasm_bindgen(method, getter)]
    fn available(this: &Kept) -> bool;
    #[wasm_bindgen(method, getter)]
    fn blocks(this: &Kept) -> f64;
    #[wasm_bindgen(method, getter)]
    fn bytes(this: &Kept) -> f64;
    #[wasm_bindgen(method, getter)]
    fn budget(this: &Kept) -> f64;
    #[wasm_bindgen(method)]
    fn size(this: &Kept, key: &str) -> f64;
    #[wasm_bindgen(method)]
    fn block(this: &Kept, key: &str) -> js_sys::Promise;
    #[wasm_bindgen(method)]
    fn keep(this: &Kept, keys: Vec<String>, bytes: js_sys::Array) -> js_sys::Promise;
    #[wasm_bindgen(method)]
    fn forget(this: &Kept, key: &str);
    #[wasm_bindgen(method)]
    fn clear(this: &Kept) -> js_sys::Promise;
}

/// The cache; empty and silent where the browser has none.
pub struct IdbCache {
    opening: js_sys::Promise,
    /// Once it is known; undefined where there is none.
    kept: OnceCell<JsValue>,
}

fn key_of(cid: Cid) -> String {
    // The multihash, so that CIDv0, CIDv1 and raw or dag-pb codecs of the same bytes share one entry.
    cid.hash().to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl IdbCache {
    /// What `opening` resolves to: a cache, or nothing where there is none in time.
    #[must_use]
    pub fn new(opening: js_sys::Promise) -> Self {
        Self { opening, kept: OnceCell::new() }
    }

    fn kept(&self) -> Option<&Kept> {
        self.kept.get().filter(|kept| kept.is_object()).map(JsCast::unchecked_ref)
    }

    /// Waits until it is known what there is.
    pub async fn ready(&self) {
        if self.kept.get().is_none() {
            let kept = JsFuture::from(self.opening.clone()).await.unwrap_or_default();
            // Another one who waited may have been first, with the same.
            let _ = self.kept.set(kept);
        }
    }

    /// Bytes of the block, 0 if it is not held, as far as this tab knows.
    #[must_use]
    pub fn size(&self, cid: Cid) -> u64 {
        self.kept().map_or(0.0, |kept| kept.size(&key_of(cid))) as u64
    }

    /// The bytes kept under `cid`'s multihash, unverified.
    pub async fn get(&self, cid: Cid) -> Option<Bytes> {
        self.ready().await;
        let block = JsFuture::from(self.kept()?.block(&key_of(cid))).await.ok()?;
        Some(Bytes::from(block.dyn_into::<js_sys::Uint8Array>().ok()?.to_vec()))
    }

    /// Keeps blocks, in one transaction.
    pub async fn put(&self, blocks: &[VerifiedBlock]) {
        let Some(kept) = self.kept() else { return };
        let keys = blocks.iter().map(|block| key_of(block.cid())).collect();
        let bytes = blocks.iter().map(|block| js_sys::Uint8Array::from(block.bytes().as_ref())).collect();
        let _ = JsFuture::from(kept.keep(keys, bytes)).await;
    }

    /// Drops one block, because its bytes turned out to be wrong.
    pub fn forget(&self, cid: Cid) {
        if let Some(kept) = self.kept() {
            kept.forget(&key_of(cid));
        }
    }

    /// Drops everything.
    pub async fn clear(&self) {
        if let Some(kept) = self.kept() {
            let _ = JsFuture::from(kept.clear()).await;
        }
    }

    /// What it holds.
    #[must_use]
    pub fn status(&self) -> CacheStatus {
        match self.kept() {
            Some(kept) => CacheStatus {
                available: kept.available(),
                blocks: kept.blocks() as u64,
                bytes: kept.bytes() as u64,
                budget_bytes: kept.budget() as u64,
            },
            None => CacheStatus { available: false, blocks: 0, bytes: 0, budget_bytes: 0 },
        }
    }
}
