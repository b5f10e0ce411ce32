//! Virtual time: a pool that runs until it stalls, then the clock jumps to the next sleeper.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use expect_test::{Expect, expect};
use futures::channel::oneshot;
use futures::executor::LocalPool;
use futures::task::LocalSpawnExt;
use sha2::Digest;

mod archives;

use super::*;
use crate::block::{RawBlock, SoftwareHasher};
use crate::cid::{Multihash, RAW, SHA2_256};
use crate::maybe_send::BoxStream;

#[derive(Default)]
struct Clock {
    now_ms: f64,
    sleepers: Vec<(f64, oneshot::Sender<()>)>,
}

#[derive(Clone, Default)]
struct VirtualTimer(Arc<Mutex<Clock>>);

impl Timer for VirtualTimer {
    fn now_ms(&self) -> f64 {
        lock(&self.0).now_ms
    }
    fn sleep(&self, duration_ms: f64) -> BoxFuture<'static, ()> {
        let (sender, receiver) = oneshot::channel();
        let mut clock = lock(&self.0);
        let until_ms = clock.now_ms + duration_ms;
        clock.sleepers.push((until_ms, sender));
        Box::pin(async move {
            let _ = receiver.await;
        })
    }
    fn jitter(&self) -> f64 {
        0.5
    }
}

impl VirtualTimer {
    fn run<T: 'static>(&self, work: impl Future<Output = T> + 'static) -> T {
        let result = Rc::new(RefCell::new(None));
        let mut pool = LocalPool::new();
        let place = Rc::clone(&result);
        pool.spawner()
            .spawn_local(async move {
                let value = work.await;
                *place.borrow_mut() = Some(value);
            })
            .unwrap();
        loop {
            pool.run_until_stalled();
            if let Some(value) = result.borrow_mut().take() {
                return value;
            }
            let mut clock = lock(&self.0);
            clock.sleepers.retain(|(_, sender)| !sender.is_canceled());
            let next = (0..clock.sleepers.len())
                .min_by(|&a, &b| clock.sleepers[a].0.total_cmp(&clock.sleepers[b].0))
                .expect("the work waits for something that never comes");
            let (until_ms, sender) = clock.sleepers.swap_remove(next);
            clock.now_ms = until_ms;
            drop(clock);
            let _ = sender.send(());
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Behaviour {
    Good,
    Lies,
    Hangs,
    Lacks,
    BreaksOffOnce,
}

struct Fake {
    name: &'static str,
    after_ms: f64,
    behaviour: Behaviour,
    timer: VirtualTimer,
    asked: Arc<Mutex<Vec<f64>>>,
}

impl BlockSource for Fake {
    fn name(&self) -> &str {
        self.name
    }
    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        let Want::Blocks(cids) = want else { panic!("only blocks are asked for") };
        lock(&self.asked).push(self.timer.now_ms());
        let first = lock(&self.asked).len() == 1;
        Box::pin(futures::stream::once(async move {
            self.timer.sleep(self.after_ms).await;
            let cid = cids[0];
            match self.behaviour {
                Behaviour::BreaksOffOnce if first => Err(FetchError::Unreachable {
                    origin: self.name.to_owned(),
                    reason: "connection lost".to_owned(),
                }),
                Behaviour::Good | Behaviour::BreaksOffOnce => {
                    Ok(RawBlock::new(cid, Bytes::from_static(b"stone")))
                }
                Behaviour::Lies => Ok(RawBlock::new(cid, Bytes::from_static(b"stome"))),
                Behaviour::Lacks => Err(FetchError::NotHere { origin: self.name.to_owned(), cid }),
                Behaviour::Hangs => {
                    futures::future::pending::<()>().await;
                    unreachable!("pending never ends")
                }
            }
        }))
    }
}

fn stone() -> Cid {
    Cid::v1(RAW, Multihash::wrap(SHA2_256, &sha2::Sha256::digest(b"stone")).unwrap())
}

fn check(sources: &[(&'static str, f64, Behaviour)], times: usize, expected: Expect) {
    let timer = VirtualTimer::default();
    let choice = Choice::new(Policy::default(), Arc::new(timer.clone()), Arc::new(SoftwareHasher));
    let mut logs = Vec::new();
    for &(name, after_ms, behaviour) in sources {
        let asked = Arc::new(Mutex::new(Vec::new()));
        logs.push((name, Arc::clone(&asked)));
        choice.add(Kind::Gateway, Arc::new(Fake { name, after_ms, behaviour, timer: timer.clone(), asked }));
    }
    let choice = Arc::new(choice);
    let mut text = String::new();
    for _ in 0..times {
        let asking = Arc::clone(&choice);
        let answer = timer.run(async move { asking.get(stone()).await });
        let now_ms = timer.now_ms();
        match answer {
            Ok(block) => text += &format!("{now_ms} ms: {} bytes\n", block.bytes().len()),
            Err(error) => text += &format!("{now_ms} ms: {error}\n"),
        }
    }
    for (name, asked) in logs {
        text += &format!("{name} asked at {:?}\n", lock(&asked));
    }
    expected.assert_eq(&text);
}

#[test]
fn the_first_answers() {
    check(
        &[("a", 40.0, Behaviour::Good), ("b", 10.0, Behaviour::Good)],
        2,
        expect![[r#"
            40 ms: 5 bytes
            80 ms: 5 bytes
            a asked at [0.0, 40.0]
            b asked at []
        "#]],
    );
}

#[test]
fn a_late_source_is_overtaken_and_then_asked_second() {
    check(
        &[("slow", 3000.0, Behaviour::Good), ("b", 10.0, Behaviour::Good)],
        3,
        expect![[r#"
            510 ms: 5 bytes
            520 ms: 5 bytes
            530 ms: 5 bytes
            slow asked at [0.0]
            b asked at [500.0, 510.0, 520.0]
        "#]],
    );
}

#[test]
fn a_hanging_source_costs_one_hedge_only() {
    check(
        &[("hangs", 0.0, Behaviour::Hangs), ("b", 10.0, Behaviour::Good)],
        2,
        expect![[r#"
            510 ms: 5 bytes
            520 ms: 5 bytes
            hangs asked at [0.0]
            b asked at [500.0, 510.0]
        "#]],
    );
}

#[test]
fn a_liar_is_never_asked_again() {
    check(
        &[("liar", 5.0, Behaviour::Lies), ("b", 10.0, Behaviour::Good)],
        2,
        expect![[r#"
            15 ms: 5 bytes
            25 ms: 5 bytes
            liar asked at [0.0]
            b asked at [5.0, 15.0]
        "#]],
    );
}

#[test]
fn only_a_liar() {
    check(
        &[("liar", 5.0, Behaviour::Lies)],
        2,
        expect![[r#"
            5 ms: no source has block bafkreig4hvinvdnmaqpwmdslvbjtteujsxtxdwm4gpgind2yfgaaqkpdqi (liar delivered wrong bytes for block bafkreig4hvinvdnmaqpwmdslvbjtteujsxtxdwm4gpgind2yfgaaqkpdqi)
            5 ms: no source has block bafkreig4hvinvdnmaqpwmdslvbjtteujsxtxdwm4gpgind2yfgaaqkpdqi (liar delivered wrong bytes for block bafkreig4hvinvdnmaqpwmdslvbjtteujsxtxdwm4gpgind2yfgaaqkpdqi)
            liar asked at [0.0]
        "#]],
    );
}

#[test]
fn nobody_has_it() {
    check(
        &[("a", 5.0, Behaviour::Lacks), ("b", 5.0, Behaviour::Lacks)],
        1,
        expect![[r#"
            10 ms: no source has block bafkreig4hvinvdnmaqpwmdslvbjtteujsxtxdwm4gpgind2yfgaaqkpdqi (a does not have block bafkreig4hvinvdnmaqpwmdslvbjtteujsxtxdwm4gpgind2yfgaaqkpdqi; b does not have block bafkreig4hvinvdnmaqpwmdslvbjtteujsxtxdwm4gpgind2yfgaaqkpdqi)
            a asked at [0.0]
            b asked at [5.0]
        "#]],
    );
}

#[test]
fn a_lost_connection_is_tried_again_after_a_pause() {
    check(
        &[("a", 5.0, Behaviour::BreaksOffOnce)],
        1,
        expect![[r#"
            410 ms: 5 bytes
            a asked at [0.0, 405.0]
        "#]],
    );
}

#[test]
fn nobody_answers() {
    check(
        &[("a", 0.0, Behaviour::Hangs), ("b", 0.0, Behaviour::Hangs)],
        1,
        expect![[r#"
            20000 ms: no source has block bafkreig4hvinvdnmaqpwmdslvbjtteujsxtxdwm4gpgind2yfgaaqkpdqi (every source cannot be reached: no answer within 20 s)
            a asked at [0.0]
            b asked at [500.0]
        "#]],
    );
}

#[test]
fn no_more_than_the_limit_at_one_source_and_a_cancelled_wait_gives_its_place_on() {
    let timer = VirtualTimer::default();
    let policy = Policy { per_source: 2, ..Policy::default() };
    let choice = Choice::new(policy, Arc::new(timer.clone()), Arc::new(SoftwareHasher));
    let asked = Arc::new(Mutex::new(Vec::new()));
    choice.add(
        Kind::Gateway,
        Arc::new(Fake {
            name: "a",
            after_ms: 100.0,
            behaviour: Behaviour::Good,
            timer: timer.clone(),
            asked: Arc::clone(&asked),
        }),
    );
    let choice = Arc::new(choice);
    let sleeping = timer.clone();
    let got = timer.run(async move {
        let mut gets: Vec<_> = (0..6)
            .map(|_| {
                let choice = Arc::clone(&choice);
                Box::pin(async move { choice.get(stone()).await.is_ok() })
            })
            .collect();
        let mut third = gets.remove(2);
        // The third waits for a place, then the visitor leaves.
        let others = futures::future::join_all(gets);
        let impatient = async move {
            let _ = select(&mut third, sleeping.sleep(50.0)).await;
            drop(third);
        };
        futures::join!(others, impatient).0
    });
    assert_eq!(got, [true; 5]);
    expect!["[0.0, 0.0, 100.0, 100.0, 200.0]"].assert_eq(&format!("{:?}", lock(&asked)));
}
