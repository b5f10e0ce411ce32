//! Blocks kept in the browser between visits: [`IdbCache`], IndexedDB keyed by multihash.
//!
//! Raw bytes only: whoever takes a block from here hashes it again, for the origin may be shared with
//! strangers who can write into the same database. Everything works without it: private windows, a full
//! disk and a browser that forbids storage make it an empty cache, never an error.

use std::cell::RefCell;

use bytes::Bytes;
use idb::{Database, DatabaseEvent, Factory, ObjectStoreParams, Query, Transaction, TransactionMode};
use pinfold_core::block::VerifiedBlock;
use pinfold_core::cid::Cid;
use pinfold_core::ledger::Ledger;
use wasm_bindgen::{JsCast, JsValue};

use crate::explorer::protocol::CacheStatus;

/// The name carries the version of the format, as DESIGN's security model asks.
const NAME: &str = "pinfold-blocks-1";
const BLOCKS: &str = "blocks";
/// Sizes by key in a store of their own, so that opening the cache reads no block.
const SIZES: &str = "sizes";

/// Blocks of all datasets together: 250 MB is a day's browsing and far below every browser's quota.
pub const BUDGET_BYTES: u64 = 250_000_000;

/// The cache; empty and silent where the browser has none.
pub struct IdbCache {
    database: RefCell<Option<Database>>,
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
        if let Ok(database) = open_database().await {
            if let Ok(held) = read_sizes(&database).await {
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
        let request = {
            let database = self.database.borrow();
            let transaction = database.as_ref()?.transaction(&[BLOCKS], TransactionMode::ReadOnly).ok()?;
            let store = transaction.object_store(BLOCKS).ok()?;
            store.get(Query::Key(JsValue::from_str(&key))).ok()?
        };
        match request.await {
            Ok(Some(value)) => {
                let array: js_sys::Uint8Array = value.dyn_into().ok()?;
                Some(Bytes::from(array.to_vec()))
            }
            // Another tab dropped it.
            _ => {
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
        if self.write(&keep, &drop_first).await.is_none() {
            let drop_more = {
                let mut ledger = self.ledger.borrow_mut();
                keep.iter().for_each(|(key, _)| ledger.remove(key));
                let half = ledger.held_bytes() / 2;
                ledger.lower_budget(half)
            };
            let _ = self.write(&[], &drop_more).await;
        }
    }

    /// Drops one block, because its bytes turned out to be wrong.
    pub async fn forget(&self, cid: Cid) {
        let key = key_of(cid);
        self.ledger.borrow_mut().remove(&key);
        let _ = self.write(&[], &[key]).await;
    }

    /// Drops everything.
    pub async fn clear(&self) {
        let _ = self
            .change(|transaction| {
                for name in [BLOCKS, SIZES] {
                    transaction.object_store(name).ok()?.clear().ok()?;
                }
                Some(())
            })
            .await;
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

    /// First drop, then keep. `None` when the browser refused.
    async fn write(&self, keep: &[(String, &Bytes)], drop_first: &[String]) -> Option<()> {
        self.change(|transaction| {
            let blocks = transaction.object_store(BLOCKS).ok()?;
            let sizes = transaction.object_store(SIZES).ok()?;
            for key in drop_first {
                blocks.delete(Query::Key(JsValue::from_str(key))).ok()?;
                sizes.delete(Query::Key(JsValue::from_str(key))).ok()?;
            }
            for (key, bytes) in keep {
                let key = JsValue::from_str(key);
                blocks.put(&js_sys::Uint8Array::from(bytes.as_ref()), Some(&key)).ok()?;
                sizes.put(&JsValue::from_f64(bytes.len() as f64), Some(&key)).ok()?;
            }
            Some(())
        })
        .await
    }

    /// One transaction over both stores, whole or not at all.
    async fn change(&self, edit: impl FnOnce(&Transaction) -> Option<()>) -> Option<()> {
        let transaction = {
            let database = self.database.borrow();
            let transaction =
                database.as_ref()?.transaction(&[BLOCKS, SIZES], TransactionMode::ReadWrite).ok()?;
            edit(&transaction)?;
            transaction
        };
        transaction.await.ok().filter(idb::TransactionResult::is_committed).map(|_| ())
    }
}

async fn open_database() -> Result<Database, idb::Error> {
    let mut request = Factory::new()?.open(NAME, Some(1))?;
    request.on_upgrade_needed(|event| {
        if let Ok(database) = event.database() {
            // A failure shows when the first transaction finds no store.
            let _ = database.create_object_store(BLOCKS, ObjectStoreParams::new());
            let _ = database.create_object_store(SIZES, ObjectStoreParams::new());
        }
    });
    request.await
}

/// Keys and sizes of what is there, in one transaction.
async fn read_sizes(database: &Database) -> Result<Vec<(String, u64)>, idb::Error> {
    let transaction = database.transaction(&[SIZES], TransactionMode::ReadOnly)?;
    let store = transaction.object_store(SIZES)?;
    let (keys, sizes) = (store.get_all_keys(None, None)?, store.get_all(None, None)?);
    let (keys, sizes) = (keys.await?, sizes.await?);
    let pairs = keys.iter().zip(&sizes);
    Ok(pairs.filter_map(|(key, size)| Some((key.as_string()?, size.as_f64()? as u64))).collect())
}
