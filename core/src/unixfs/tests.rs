//! Reading the campaign that a data producer's tool imported.

use std::sync::Arc;

use futures::StreamExt;
use futures::executor::block_on;

use super::*;
use crate::block::{Limits, MemoryBlocks};
use crate::store::{ByteRange, Store};

/// A CAR from the folder of shared inputs; `None`, said aloud, where the folder is missing.
fn shared_car(name: &str) -> Option<(Arc<MemoryBlocks>, Cid)> {
    let path = format!("{}/../../shared/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("SKIPPED: {path} is missing");
        return None;
    };
    let (blocks, roots) = MemoryBlocks::from_car(name, bytes, &Limits::default()).unwrap();
    Some((Arc::new(blocks), roots[0]))
}

#[test]
fn reads_the_campaign() {
    let Some((blocks, root)) = shared_car("campaign.car") else { return };
    assert_eq!(root.to_string(), "bafybeibsnyggfdlytyqifuigc5qqs72p7e4xd6jfg7e2ale6z2yuvejh6e");
    assert_eq!(blocks.len(), 488);
    let store = UnixfsStore::new(blocks.clone(), root, Limits::default());
    block_on(async {
        let walk = store.unixfs().walk(root, WalkOptions::default());
        let items: Vec<WalkItem> = walk.collect().await;
        assert_eq!(items.len(), 488, "{:?}: every block is part of the tree, once", items.first());
        let mut files = Vec::new();
        for item in &items {
            assert!(item.block.is_ok() && item.problem.is_none());
            files.push(item.path.to_string());
        }
        files.dedup();
        for path in files {
            let Some(whole) = store.get(&path).await.unwrap() else { continue };
            assert_eq!(store.size(&path).await.unwrap(), Some(whole.len() as u64));
            let middle = ByteRange::From { offset_bytes: 3, length_bytes: 10 };
            let part = store.get_range(&path, middle).await.unwrap().unwrap();
            assert_eq!(part, whole.slice(3.min(whole.len())..13.min(whole.len())), "{path}");
            let last = store.get_range(&path, ByteRange::Last { length_bytes: 5 }).await.unwrap().unwrap();
            assert_eq!(last, whole.slice(whole.len().saturating_sub(5)..), "{path}");
        }
        assert_eq!(store.get("no/such/file").await.unwrap(), None);
        assert_eq!(store.list("no").await.unwrap(), None);
        assert!(!store.list("").await.unwrap().unwrap().is_empty());
    });
}

#[test]
fn meta_car_has_the_structure_and_no_data() {
    let Some((blocks, root)) = shared_car("campaign.car") else { return };
    let unixfs = Unixfs::new(blocks.clone(), Limits::default());
    block_on(async {
        for entry in unixfs.entries(root).await.unwrap() {
            let made = meta_car(&unixfs, entry.cid, META_CAR_BYTES, None).await.unwrap();
            assert!(made.is_complete && made.car.len() < META_CAR_BYTES as usize);
            let (inside, roots) = MemoryBlocks::from_car("meta", made.car, &Limits::default()).unwrap();
            assert_eq!((roots, inside.len()), (vec![entry.cid], made.blocks));
            // Files' bytes counted the slow way: the claims minus directories are close to that.
            let items: Vec<WalkItem> = unixfs
                .walk(entry.cid, WalkOptions { duplicates: true, ..WalkOptions::default() })
                .collect()
                .await;
            let exact: u64 = items.iter().map(|item| item.file_bytes.len() as u64).sum();
            assert!(
                made.content_bytes >= exact && made.content_bytes < exact + exact / 100 + 200,
                "{}: {} {exact}",
                entry.name,
                made.content_bytes
            );
            let small = meta_car(&unixfs, entry.cid, 1500, None).await.unwrap();
            assert!(small.car.len() <= 1500);
            assert_eq!(small.is_complete, small.blocks == made.blocks);
        }
    });
}
