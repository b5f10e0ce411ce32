//! One dataset out of its blocks: [`read`].

use std::sync::Arc;

use pinfold_core::cid::Cid;
use pinfold_core::model::Dataset;
use pinfold_core::store::{Store, StoreError};
use pinfold_core::unixfs::{Unixfs, UnixfsStore};

use crate::catalogue::{Entry, Quicklook};
use crate::gather::locate::Problem;

/// What was read of a dataset.
#[derive(Debug, Clone, Default)]
pub(super) struct Extracted {
    pub(super) dataset: Dataset,
    pub(super) quicklooks: Vec<Quicklook>,
    pub(super) meta_car: Vec<u8>,
}

impl Extracted {
    pub(super) fn into_entry(self) -> Entry {
        Entry { dataset: self.dataset, quicklooks: self.quicklooks, meta_car: self.meta_car }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let reason = error.to_string();
        match error {
            StoreError::Unreachable { .. } | StoreError::Corrupt { .. } => Self::Unreachable(reason),
            StoreError::Unreadable { .. } => Self::Unreadable(reason),
        }
    }
}

/// Reads a dataset.
pub(super) async fn read(unixfs: &Arc<Unixfs>, cid: Cid) -> Result<Extracted, Problem> {
    let store = UnixfsStore::with_unixfs(Arc::clone(unixfs), cid);
    let mut dataset = super::bare(cid);
    if let Some(bytes) = store.get(".zattrs").await?
        && let Ok(serde_json::Value::Object(attributes)) = serde_json::from_slice(&bytes)
    {
        dataset.title = attributes.get("title").and_then(|title| title.as_str()).map(str::to_owned);
        dataset.attributes = attributes;
    }
    Ok(Extracted { dataset, ..Extracted::default() })
}
