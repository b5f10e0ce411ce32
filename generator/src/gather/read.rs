//! One dataset out of its blocks: [`read`].

use std::sync::Arc;

use pinfold_core::ahead::read_ahead;
use pinfold_core::block::{DagScope, Want};
use pinfold_core::cid::{Cid, RAW};
use pinfold_core::extract::{ExtractError, extract};
use pinfold_core::model::Dataset;
use pinfold_core::store::{Store as _, StoreError};
use pinfold_core::unixfs::{META_CAR_BYTES, Unixfs, UnixfsStore, meta_car};
use pinfold_core::view::{self, Budget};

use crate::catalogue::{Entry, Left, Quicklook};
use crate::gather::locate::{FOLDER_NAME, Problem, ZARR_NAMES};
use crate::yaml;

/// Datasets up to this size are fetched in one request: it costs less than asking for their parts.
const WHOLE_BYTES: u64 = 1 << 20;

/// Directories of a large dataset that are asked for at once.
const MAX_CHILDREN: usize = 256;

/// What was read of a dataset.
#[derive(Debug, Clone, Default)]
pub(super) struct Extracted {
    pub(super) dataset: Dataset,
    pub(super) quicklooks: Vec<Quicklook>,
    pub(super) meta_car: Vec<u8>,
    /// The hash of the record in the cache, which has `meta.car` and the pictures then.
    pub(super) cached: Option<[u8; 32]>,
}

impl Extracted {
    pub(super) fn into_entry(self) -> Entry {
        let left = if self.cached.is_some() { Left::Parts } else { Left::Nothing };
        Entry { dataset: self.dataset, quicklooks: self.quicklooks, meta_car: self.meta_car, left }
    }
}

impl From<ExtractError> for Problem {
    fn from(error: ExtractError) -> Self {
        let reason = error.to_string();
        match error {
            ExtractError::Store(StoreError::Unreachable { .. } | StoreError::Corrupt { .. }) => {
                Self::Unreachable(reason)
            }
            _ => Self::Unreadable(reason),
        }
    }
}

/// Reads a dataset: its record, its pictures and its `meta.car`. Only a record that cannot be made fails.
pub(super) async fn read(unixfs: &Arc<Unixfs>, cid: Cid) -> Result<Extracted, Problem> {
    let mut store = UnixfsStore::with_unixfs(Arc::clone(unixfs), cid);
    let mut budget = Budget::default();
    if prefetch(unixfs, cid).await == Size::Large {
        store = store.far();
        // What is wrong with it is told below.
        budget = read_ahead(&store, cid, unixfs.limits()).await.unwrap_or_default();
    }
    let record = async {
        let dataset = extract(&store, cid, &read_yaml, unixfs.limits()).await?;
        let pictures = view::quicklooks(&dataset, &store, &budget).await;
        Ok::<_, Problem>((dataset, pictures))
    };
    let (record, meta_car) = if store.is_far() {
        // What was read on the way: further directories are fetched by the pages that need them.
        let record = record.await;
        (record, meta_car(unixfs, cid, META_CAR_BYTES, Some(&store.touched())).await)
    } else {
        // At the same time: neither waits for what the other asks for.
        futures::join!(record, meta_car(unixfs, cid, META_CAR_BYTES, None))
    };
    let (dataset, pictures) = record?;
    let quicklooks = pictures.into_iter().enumerate().map(|(index, picture)| named(index + 1, picture));
    let meta_car = meta_car.map(|made| made.car).unwrap_or_default();
    Ok(Extracted { quicklooks: quicklooks.collect(), dataset, meta_car, cached: None })
}

/// How a dataset is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// All of it was asked for.
    Small,
    /// Only what is needed is read.
    Large,
}

/// Asks for a small dataset as a whole, of a large one for its metadata. What does not come is asked for again when
/// it is needed.
async fn prefetch(unixfs: &Unixfs, cid: Cid) -> Size {
    let Ok(links) = unixfs.entries(cid).await else { return Size::Small };
    let claimed = links.iter().fold(0_u64, |sum, link| sum.saturating_add(link.tsize_bytes));
    if claimed <= WHOLE_BYTES {
        let want = Want::Dag { root: cid, path: Vec::new(), scope: DagScope::All, entity_bytes: None };
        unixfs.blocks().prefetch(want, 2 * WHOLE_BYTES).await;
        return Size::Small;
    }
    let consolidated = links.iter().find(|link| matches!(link.name.as_str(), "zarr.json" | ".zmetadata"));
    let children: Vec<Cid> = match consolidated {
        Some(link) => vec![link.cid],
        // Arrays and folders of files describe themselves: their directories are next.
        None => {
            let describes =
                |name: &str| name == FOLDER_NAME || name == ".zattrs" || ZARR_NAMES.contains(&name);
            let children = links.iter().filter(|link| link.cid.codec() != RAW || describes(&link.name));
            children.map(|link| link.cid).take(MAX_CHILDREN).collect()
        }
    };
    unixfs.blocks().prefetch(Want::Blocks(children), u64::MAX).await;
    Size::Large
}

fn read_yaml(bytes: &[u8]) -> Result<serde_json::Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    yaml::parse("dataset_meta.yaml", text).map(|node| node.to_json()).map_err(|error| {
        if error.line > 0 { format!("line {}: {}", error.line, error.message) } else { error.message }
    })
}

fn named(number: usize, picture: view::Quicklook) -> Quicklook {
    Quicklook {
        file: format!("quicklook-{number}.svg"),
        kind: picture.kind,
        variables: picture.variables,
        width_px: picture.width_px,
        height_px: picture.height_px,
        caption: picture.caption,
        alt: picture.alt,
        svg: picture.svg,
    }
}
