//! What hostile blocks must not do: panic, hang, run out of memory, or be taken for something they are not.

use std::sync::Arc;

use bytes::Bytes;
use expect_test::{Expect, expect};
use futures::StreamExt;
use futures::executor::block_on;

use super::dag_pb::{write_bytes, write_number};
use super::*;
use crate::block::{Limits, MemoryBlocks, VerifiedBlock};
use crate::car::{CarReader, write_header, write_section};
use crate::cid::{DAG_PB, RAW};
use crate::store::Store;

/// A small generator of numbers; the seed makes every failure repeatable.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
    /// Flips, cuts, doubles or overwrites something.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes.truncate(at),
                1 => bytes.extend_from_within(at..),
                2 => bytes.insert(at.min(bytes.len()), 0xff),
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << (self.next() % 8);
                    }
                }
            }
        }
    }
}

/// A tree with everything in it: files of two levels, a basic and a sharded directory.
fn corpus() -> (Vec<VerifiedBlock>, Cid) {
    let mut blocks = Vec::new();
    let mut sink = |block| blocks.push(block);
    let profile = Profile::ALL[1];
    let mut root = DirectoryBuilder::new(profile);
    let mut many = DirectoryBuilder::new(profile);
    for index in 0..6000 {
        let (file, block) = profile.leaf_block(Bytes::from(format!("{}", index % 40)));
        if index < 40 {
            sink(block);
        }
        many.add(format!("entry-{index}"), &file);
    }
    root.add("many", &many.finish(&mut sink));
    let mut layout = FileLayout::new(profile);
    for index in 0..400u32 {
        let (leaf, block) = profile.leaf_block(Bytes::from(index.to_le_bytes().to_vec()));
        sink(block);
        layout.push(leaf, &mut sink);
    }
    root.add("file", &layout.finish(&mut sink));
    let root = root.finish(&mut sink).cid;
    (blocks, root)
}

#[test]
fn damaged_nodes_are_errors_or_something_harmless() {
    let (blocks, _) = corpus();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..4000 {
        let mut bytes = blocks[random.below(blocks.len())].bytes().to_vec();
        random.damage(&mut bytes);
        // Sealed again: it is what its CID says, and still nonsense.
        let block = VerifiedBlock::seal(DAG_PB, bytes);
        let mut memory = MemoryBlocks::new("hostile");
        let root = block.cid();
        memory.insert(block);
        for good in blocks.iter().take(if round % 50 == 0 { blocks.len() } else { 0 }) {
            memory.insert(good.clone());
        }
        let store = UnixfsStore::new(Arc::new(memory), root, Limits::default());
        block_on(async {
            let _ = store.get("").await;
            let _ = store.list("").await;
            let _ = store.get("entry-7").await;
            let walked = store.unixfs().walk(root, WalkOptions::default()).take(2000).count().await;
            assert!(walked >= 1);
        });
    }
}

#[test]
fn damaged_cars_never_give_a_wrong_block() {
    let (blocks, root) = corpus();
    let mut whole = write_header(&[root]);
    for block in blocks.iter().rev().take(60) {
        write_section(&mut whole, block);
    }
    let mut random = Random(42);
    let mut errors = 0;
    for _ in 0..1500 {
        let mut bytes = whole.clone();
        random.damage(&mut bytes);
        let mut reader = CarReader::new(Limits::default());
        let mut rest = &bytes[..];
        let failed = loop {
            match reader.next_block() {
                Ok(Some(block)) => assert!(VerifiedBlock::verify(block.cid(), block.bytes().clone()).is_ok()),
                Ok(None) if rest.is_empty() => {
                    reader.end();
                    match reader.next_block() {
                        Ok(None) => break false,
                        Ok(Some(_)) => {}
                        Err(_) => break true,
                    }
                }
                Ok(None) => {
                    let (piece, tail) = rest.split_at(random.below(rest.len()).clamp(1, rest.len()));
                    reader.push(piece.to_vec());
                    rest = tail;
                }
                Err(_) => break true,
            }
        };
        errors += usize::from(failed);
    }
    assert!(errors > 1000, "most damage is noticed as such: {errors}");
}

#[test]
fn every_truncation_is_an_error() {
    let (blocks, root) = corpus();
    let mut whole = write_header(&[root]);
    let mut ends = vec![whole.len()];
    for block in blocks.iter().take(3) {
        write_section(&mut whole, block);
        ends.push(whole.len());
    }
    for length in 0..whole.len() {
        let read = MemoryBlocks::from_car("cut", whole[..length].to_vec(), &Limits::default());
        assert_eq!(read.is_ok(), ends.contains(&length), "{length}");
    }
}

fn check(root: VerifiedBlock, others: &[VerifiedBlock], path: &str, expected: Expect) {
    let mut memory = MemoryBlocks::new("hostile");
    let cid = root.cid();
    for block in others.iter().cloned().chain([root]) {
        memory.insert(block);
    }
    let store = UnixfsStore::new(Arc::new(memory), cid, Limits::default());
    let text = match block_on(store.get(path)) {
        Ok(found) => format!("{found:?}"),
        Err(error) => error.to_string().replace(&cid.to_string(), "ROOT"),
    };
    expected.assert_eq(&text);
}

fn link(cid: Cid, name: &str) -> PbLink {
    PbLink { cid, name: name.to_owned(), tsize_bytes: 1 }
}

fn node(links: Vec<PbLink>, kind: u64, more: &[(u64, u64)]) -> VerifiedBlock {
    let mut data = Vec::new();
    write_number(&mut data, 1, kind);
    for (field, value) in more {
        write_number(&mut data, *field, *value);
    }
    VerifiedBlock::seal(DAG_PB, PbNode { links, data: Some(data.into()) }.encode())
}

#[test]
fn lies_about_sizes() {
    let leaf = VerifiedBlock::seal(RAW, "12345");
    let part = || vec![link(leaf.cid(), "")];
    let leaves = std::slice::from_ref(&leaf);
    check(node(part(), 2, &[(3, 5), (4, 5)]), leaves, "", expect![[r#"Some(b"12345")"#]]);
    check(
        node(part(), 2, &[(3, 9), (4, 5)]),
        leaves,
        "",
        expect!["(root): block ROOT is not a UnixFS node: it claims 9 bytes but its parts have 5"],
    );
    check(
        node(part(), 2, &[(3, 4), (4, 4)]),
        leaves,
        "",
        expect![
            "(root): block bafkreiczsrdrvoybcevpzqmblh3my5fu6ui3tgag3jm3hsxvvhaxhswpyu is not a UnixFS node: it has 5 bytes where its parent says 4"
        ],
    );
    check(
        node(part(), 2, &[(3, 5)]),
        leaves,
        "",
        expect!["(root): block ROOT is not a UnixFS node: 1 links but 0 block sizes"],
    );
    let huge = node(part(), 2, &[(4, u64::MAX)]);
    check(
        huge,
        leaves,
        "",
        expect!["(root): block ROOT is not a UnixFS node: byte 18446744073709551614 is out of reach"],
    );
    let overflow = node(vec![link(leaf.cid(), ""), link(leaf.cid(), "")], 2, &[(4, u64::MAX), (4, 2)]);
    check(
        overflow,
        leaves,
        "",
        expect!["(root): block ROOT is not a UnixFS node: the parts' sizes overflow"],
    );
}

#[test]
fn kinds_that_do_not_belong() {
    let mut data = Vec::new();
    write_number(&mut data, 1, 4);
    write_bytes(&mut data, 2, b"/etc/passwd");
    let symlink = PbNode { links: Vec::new(), data: Some(data.into()) };
    let symlink = VerifiedBlock::seal(DAG_PB, symlink.encode());
    check(
        symlink,
        &[],
        "",
        expect![
            "(root): ROOT is a symbolic link to `/etc/passwd`; links are not followed, publish the file itself"
        ],
    );
    check(
        node(vec![], 3, &[]),
        &[],
        "",
        expect!["(root): block ROOT is not a UnixFS node: type 3 is not a file or directory"],
    );
    check(
        node(vec![], 5, &[(5, 0x12), (6, 256)]),
        &[],
        "x",
        expect!["x: block ROOT is not a UnixFS node: its names are hashed with 0x12, not murmur3"],
    );
    check(
        node(vec![], 5, &[(5, 0x22), (6, 1 << 40)]),
        &[],
        "x",
        expect!["x: block ROOT is not a UnixFS node: a fanout of 1099511627776"],
    );
    let directory = node(vec![], 1, &[]);
    let as_part = node(vec![link(directory.cid(), "")], 2, &[(4, 3)]);
    let text =
        format!("(root): block {} is not a UnixFS node: a directory as a part of a file", directory.cid());
    let mut memory = MemoryBlocks::new("hostile");
    let root = as_part.cid();
    memory.insert(directory);
    memory.insert(as_part);
    let store = UnixfsStore::new(Arc::new(memory), root, Limits::default());
    assert_eq!(block_on(store.get("")).unwrap_err().to_string(), text);
}

#[test]
fn ten_thousand_directories_deep() {
    let mut memory = MemoryBlocks::new("deep");
    let mut at = VerifiedBlock::seal(RAW, "bottom");
    for _ in 0..10_000 {
        let above = node(vec![link(at.cid(), "d")], 1, &[]);
        memory.insert(std::mem::replace(&mut at, above));
    }
    let root = at.cid();
    memory.insert(at);
    let store = UnixfsStore::new(Arc::new(memory), root, Limits::default());
    block_on(async {
        let items: Vec<WalkItem> = store.unixfs().walk(root, WalkOptions::default()).collect().await;
        assert_eq!(items.len(), 257);
        let problem = items.last().unwrap().problem.as_ref().unwrap().to_string();
        assert!(problem.starts_with("the depth in levels of"), "{problem}");
        assert!(store.get(&"d/".repeat(10_000)).await.is_err());
    });
}

/// A file that is its own million-fold: two links to the level below, sixty levels.
#[test]
fn a_bomb_of_links_is_walked_once_and_not_read() {
    let mut memory = MemoryBlocks::new("bomb");
    let mut at = VerifiedBlock::seal(RAW, "x");
    let mut size = 1u64;
    for _ in 0..60 {
        let links = vec![link(at.cid(), ""), link(at.cid(), "")];
        let above = node(links, 2, &[(4, size), (4, size)]);
        size *= 2;
        memory.insert(std::mem::replace(&mut at, above));
    }
    let root = at.cid();
    memory.insert(at);
    let store = UnixfsStore::new(Arc::new(memory), root, Limits::default());
    block_on(async {
        assert_eq!(store.unixfs().walk(root, WalkOptions::default()).count().await, 61);
        assert!(store.get("").await.is_err());
        let last = crate::store::ByteRange::Last { length_bytes: 3 };
        assert_eq!(store.get_range("", last).await.unwrap().unwrap(), "xxx");
    });
}
