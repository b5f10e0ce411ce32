use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use expect_test::{Expect, expect};
use futures::executor::block_on;
use futures::future::join_all;
use sha2::Digest;

use super::*;
use crate::block::MemoryBlocks;
use crate::cid::{DAG_PB, RAW, SHA2_256};
use crate::maybe_send::BoxStream;

fn block(text: &str) -> VerifiedBlock {
    let digest = sha2::Sha256::digest(text.as_bytes());
    let cid = Cid::v1(RAW, Multihash::wrap(SHA2_256, &digest).unwrap());
    VerifiedBlock::verify(cid, text.to_owned()).unwrap()
}

fn memory(name: &str, texts: &[&str]) -> Arc<MemoryBlocks> {
    let mut blocks = MemoryBlocks::new(name);
    for text in texts {
        blocks.insert(block(text));
    }
    Arc::new(blocks)
}

/// Delivers other bytes for everything.
struct Liar;

impl BlockSource for Liar {
    fn name(&self) -> &str {
        "liar"
    }
    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        let cids = match want {
            Want::Blocks(cids) => cids,
            Want::Dag { root, .. } => vec![root],
        };
        stream::iter(cids).map(|cid| Ok(RawBlock::new(cid, Bytes::from_static(b"wrong")))).boxed()
    }
}

/// Counts requests and how many were under way at once; answers after the executor came round a few times.
#[derive(Default)]
struct Slow {
    asked: AtomicUsize,
    running: AtomicUsize,
    most: AtomicUsize,
}

impl BlockSource for Slow {
    fn name(&self) -> &str {
        "slow"
    }
    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        let Want::Blocks(cids) = want else { return stream::empty().boxed() };
        self.asked.fetch_add(1, Ordering::SeqCst);
        stream::once(async move {
            let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(running, Ordering::SeqCst);
            for _ in 0..5 {
                let mut waited = false;
                futures::future::poll_fn(|context| {
                    context.waker().wake_by_ref();
                    if std::mem::replace(&mut waited, true) {
                        std::task::Poll::Ready(())
                    } else {
                        std::task::Poll::Pending
                    }
                })
                .await;
            }
            self.running.fetch_sub(1, Ordering::SeqCst);
            let text = (0..100).map(|n| n.to_string()).find(|text| block(text).cid() == cids[0]);
            match text {
                Some(text) => Ok(RawBlock::new(cids[0], text.into())),
                None => Err(FetchError::Unreachable { origin: "slow".into(), reason: "tired".into() }),
            }
        })
        .boxed()
    }
}

fn check_error(sources: Vec<Arc<dyn BlockSource>>, cid: Cid, expected: Expect) {
    let fetcher = Fetcher::new(sources, FetchOptions::default());
    let text = block_on(fetcher.block(cid)).unwrap_err().to_string();
    expected.assert_eq(&text.replace(&cid.to_string(), "CID"));
}

#[test]
fn the_next_source_helps_out_and_the_liar_is_named() {
    let sources: Vec<Arc<dyn BlockSource>> =
        vec![Arc::new(Liar), memory("empty", &[]), memory("honest", &["a", "b"])];
    let fetcher = Fetcher::new(sources, FetchOptions::default());
    for text in ["a", "b", "a"] {
        assert_eq!(block_on(fetcher.block(block(text).cid())).unwrap(), block(text));
    }
    let incidents = fetcher.incidents();
    assert_eq!(incidents.len(), 1, "after its first lie it is asked last: {incidents:?}");
    assert_eq!(incidents[0].error, FetchError::Corrupt { origin: "liar".into(), cid: block("a").cid() });
    let counters = fetcher.counters();
    assert_eq!((counters[0].corrupt, counters[0].blocks, counters[2].blocks), (1, 0, 2));
}

#[test]
fn every_source_is_named_with_what_it_said() {
    check_error(
        vec![Arc::new(Liar), Arc::new(Slow::default()), memory("folder", &[])],
        block("absent").cid(),
        expect![
            "no source has block CID (liar delivered wrong bytes for block CID; slow cannot be reached: tired; folder does not have block CID)"
        ],
    );
}

#[test]
fn one_request_per_block_and_not_too_many_at_once() {
    let slow = Arc::new(Slow::default());
    let options = FetchOptions { in_flight: 7, ..FetchOptions::default() };
    let fetcher = Fetcher::new(vec![slow.clone()], options);
    let cids: Vec<Cid> = (0..50).map(|n: u32| block(&n.to_string()).cid()).collect();
    block_on(async {
        let twice = cids.iter().chain(&cids).map(|cid| fetcher.block(*cid));
        for result in join_all(twice).await {
            result.unwrap();
        }
        fetcher.prefetch(Want::Blocks(cids.clone()), u64::MAX).await;
    });
    assert_eq!(slow.asked.load(Ordering::SeqCst), 50);
    assert_eq!(slow.most.load(Ordering::SeqCst), 7);
}

#[test]
fn a_dropped_reader_does_not_stop_the_other() {
    let slow = Arc::new(Slow::default());
    let options = FetchOptions { in_flight: 1, ..FetchOptions::default() };
    let fetcher = Fetcher::new(vec![slow.clone()], options);
    let cid = block("1").cid();
    block_on(async {
        let mut first = fetcher.block(cid);
        let mut waiting = fetcher.block(block("2").cid());
        assert!(futures::poll!(&mut first).is_pending());
        assert!(futures::poll!(&mut waiting).is_pending());
        let second = fetcher.block(cid);
        drop(first);
        drop(waiting);
        assert!(second.await.is_ok());
        assert!(fetcher.block(block("3").cid()).await.is_ok(), "its place was given back");
    });
}

#[test]
fn memory_is_bounded_and_the_codec_is_the_askers() {
    let source = memory("all", &["aaaa", "bbbb", "cccc"]);
    let options = FetchOptions { cache_bytes: 2 * 304, ..FetchOptions::default() };
    let fetcher = Fetcher::new(vec![source], options);
    for text in ["aaaa", "bbbb", "aaaa", "cccc"] {
        block_on(fetcher.block(block(text).cid())).unwrap();
    }
    let kept = ["aaaa", "bbbb", "cccc"].map(|text| fetcher.has_in_memory(block(text).cid()));
    assert_eq!(kept, [true, false, true]);
    let as_dag_pb = Cid::v1(DAG_PB, *block("aaaa").cid().hash());
    assert_eq!(block_on(fetcher.block(as_dag_pb)).unwrap().cid().codec(), DAG_PB);
}

#[test]
fn too_large_a_block_is_refused_before_it_is_hashed() {
    let limits = Limits { block_bytes: 3, ..Limits::default() };
    let options = FetchOptions { limits, ..FetchOptions::default() };
    let fetcher = Fetcher::new(vec![memory("big", &["1234"])], options);
    let error = block_on(fetcher.block(block("1234").cid())).unwrap_err();
    expect!["no source has block bafkreiadvrtuefxt4fohmhxbuxrfl4dhsu3chsftrc2elhqt7f4npscg6q (big sent an answer that cannot be used: block bafkreiadvrtuefxt4fohmhxbuxrfl4dhsu3chsftrc2elhqt7f4npscg6q has 4 bytes, the limit is 3)"]
        .assert_eq(&error.to_string());
}
