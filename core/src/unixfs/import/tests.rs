use std::sync::Arc;

use futures::executor::block_on;

use super::*;
use crate::block::{Limits, MemoryBlocks};
use crate::store::Store;
use crate::unixfs::UnixfsStore;

fn import(profile: Profile, content: &[u8], blocks: &mut MemoryBlocks) -> Imported {
    let mut layout = FileLayout::new(profile);
    for chunk in content.chunks(profile.chunk_bytes()) {
        let (leaf, block) = profile.leaf_block(Bytes::copy_from_slice(chunk));
        assert_eq!(leaf, profile.leaf(chunk));
        blocks.insert(block);
        layout.push(leaf, &mut |block| blocks.insert(block));
    }
    layout.finish(&mut |block| blocks.insert(block))
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// CIDs that `ipfs add` of Kubo has printed for ten years.
#[test]
fn known_cids() {
    let mut blocks = MemoryBlocks::new("made");
    let [v1, v0, ..] = Profile::ALL;
    let empty = import(v0, b"", &mut blocks);
    assert_eq!(empty.cid.to_original_string(), "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH");
    assert_eq!(
        import(v1, b"", &mut blocks).cid.to_string(),
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    );
    let directory = DirectoryBuilder::new(v0).finish(&mut |_| {});
    assert_eq!(directory.cid.to_original_string(), "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn");
}

#[test]
fn what_was_imported_reads_back() {
    let content = noise(3 * (1 << 20) + 17);
    for profile in Profile::ALL {
        let small = Profile { chunk_bytes: 1000, links_per_node: 5, ..profile };
        for length in [0, 1, 999, 1000, 1001, 5000, 5001, 25_000, 25_001, 140_000] {
            let mut blocks = MemoryBlocks::new("made");
            let file = import(small, &content[..length], &mut blocks);
            assert_eq!(file.size_bytes, length as u64);
            let store = UnixfsStore::new(Arc::new(blocks), file.cid, Limits::default());
            assert_eq!(block_on(store.get("")).unwrap().unwrap(), &content[..length], "{length}");
        }
    }
}

#[test]
fn large_directories_are_sharded_and_read_back() {
    for profile in Profile::ALL {
        let mut blocks = MemoryBlocks::new("made");
        let mut directory = DirectoryBuilder::new(profile);
        for index in 0..10_000 {
            let content = index.to_string();
            let file = import(profile, content.as_bytes(), &mut blocks);
            directory.add(format!("chunk {index}"), &file);
        }
        let root = directory.finish(&mut |block| {
            assert!(block.bytes().len() < 256 << 10, "no block larger than a shard");
            blocks.insert(block);
        });
        let store = UnixfsStore::new(Arc::new(blocks), root.cid, Limits::default());
        assert_eq!(block_on(store.list("")).unwrap().unwrap().len(), 10_000);
        assert_eq!(block_on(store.get("chunk 4711")).unwrap().unwrap(), "4711");
        assert_eq!(block_on(store.get("chunk 10000")).unwrap(), None);
    }
}
