//! Archives: whom they are asked of, and what is remembered of who was late, broke off, lied or makes none.

use super::*;
use crate::block::DagScope;

/// What a source does when it is asked for an archive, or for a block.
#[derive(Debug, Clone, Copy)]
enum Step {
    Wait(f64),
    Block(&'static str),
    /// Other bytes than it says.
    Lie,
    Fail(fn(String) -> FetchError),
    Hang,
}
use Step::{Block, Fail, Hang, Lie, Wait};

fn broken(origin: String) -> FetchError {
    FetchError::Unreachable { origin, reason: "the connection broke off".to_owned() }
}

fn refuses(origin: String) -> FetchError {
    FetchError::Malformed { origin, reason: "406 Not Acceptable".to_owned() }
}

fn lacks(origin: String) -> FetchError {
    FetchError::NotHere { origin, cid: Cid::of(RAW, b"root") }
}

struct Archive {
    name: &'static str,
    script: Vec<Step>,
    timer: VirtualTimer,
    asked: Arc<Mutex<Vec<f64>>>,
}

impl BlockSource for Archive {
    fn name(&self) -> &str {
        self.name
    }
    fn fetch(&self, _: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        lock(&self.asked).push(self.timer.now_ms());
        Box::pin(futures::stream::iter(self.script.clone()).filter_map(move |step| async move {
            match step {
                Wait(duration_ms) => {
                    self.timer.sleep(duration_ms).await;
                    None
                }
                Block(body) => Some(Ok(RawBlock::new(
                    Cid::of(RAW, body.as_bytes()),
                    Bytes::from_static(body.as_bytes()),
                ))),
                Lie => Some(Ok(RawBlock::new(Cid::of(RAW, b"stone"), Bytes::from_static(b"stome")))),
                Fail(how) => Some(Err(how(self.name.to_owned()))),
                Hang => futures::future::pending().await,
            }
        }))
    }
}

fn everything() -> Want {
    let root = Cid::of(RAW, b"root");
    Want::Dag { root, path: Vec::new(), scope: DagScope::All, entity_bytes: None }
}

/// Asks `times` times for an archive; what came when, who was asked when, and what is remembered of each.
fn check_with(
    policy: Policy,
    sources: &[(&'static str, &[Step])],
    times: usize,
    hung: bool,
    expected: Expect,
) {
    let timer = VirtualTimer::default();
    let choice = Arc::new(Choice::new(policy, Arc::new(timer.clone()), Arc::new(SoftwareHasher)));
    let mut logs = Vec::new();
    for &(name, script) in sources {
        let asked = Arc::new(Mutex::new(Vec::new()));
        logs.push((name, Arc::clone(&asked)));
        let script = script.to_vec();
        choice.add(Kind::Gateway, Arc::new(Archive { name, script, timer: timer.clone(), asked }));
    }
    // Somebody has been waiting for a block of the first one.
    let waiting = hung.then(|| {
        let choice = Arc::clone(&choice);
        async move { choice.get(stone()).await.is_ok() }
    });
    let mut text = String::new();
    let asking = Arc::clone(&choice);
    let clock = timer.clone();
    let work = async move {
        let mut text = String::new();
        for _ in 0..times {
            let mut taken = Vec::new();
            let take = |block: VerifiedBlock| {
                taken.push(String::from_utf8_lossy(block.bytes()).into_owned());
                true
            };
            asking.dag(everything(), take, &|| None).await;
            text += &format!("{} ms: {}\n", clock.now_ms(), taken.join(" "));
        }
        text
    };
    text += &timer.run(async move {
        match waiting {
            Some(waiting) => match select(Box::pin(waiting), Box::pin(work)).await {
                Either::Left((_, work)) => work.await,
                Either::Right((text, _)) => text,
            },
            None => work.await,
        }
    });
    for ((name, asked), status) in logs.into_iter().zip(choice.status()) {
        let Health { blocks, failures, not_here, given_up, latency_ms, no_archives, lied, .. } =
            status.health;
        text += &format!("{name} asked at {:?}:", lock(&asked));
        let latency_ms = latency_ms.map(|ms| format!(" {ms} ms")).unwrap_or_default();
        text += &format!(" {blocks} blocks{latency_ms}");
        for (count, what) in [(failures, "failed"), (not_here, "not here"), (given_up, "given up")] {
            if count > 0 {
                text += &format!(", {count} {what}");
            }
        }
        text += if no_archives { ", makes no archives" } else { "" };
        text += if lied.is_some() { ", lied\n" } else { "\n" };
    }
    expected.assert_eq(&text);
}

fn check(sources: &[(&'static str, &[Step])], times: usize, expected: Expect) {
    check_with(Policy::default(), sources, times, false, expected);
}

const GOOD: &[Step] = &[Wait(10.0), Block("gate"), Block("wall")];

#[test]
fn a_late_one_is_overtaken_and_may_still_make_archives() {
    check(
        &[("slow", &[Wait(3000.0), Block("late")]), ("b", GOOD)],
        2,
        expect![[r#"
        510 ms: gate wall
        520 ms: gate wall
        slow asked at [0.0]: 0 blocks 765 ms, 1 given up
        b asked at [500.0, 510.0]: 4 blocks 10 ms
    "#]],
    );
    // Alone it is waited for, and nothing is held against it.
    check(
        &[("slow", &[Wait(3000.0), Block("late")])],
        2,
        expect![[r#"
        3000 ms: late
        6000 ms: late
        slow asked at [0.0, 3000.0]: 2 blocks 3000 ms
    "#]],
    );
}

#[test]
fn what_is_usual_for_a_block_is_early_for_an_archive() {
    // Known to answer within 10 ms, it takes its time with the second archive.
    let timer = VirtualTimer::default();
    let choice = Arc::new(Choice::new(Policy::default(), Arc::new(timer.clone()), Arc::new(SoftwareHasher)));
    let logs = ["a", "b"].map(|name| {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let script = vec![Wait(400.0), Block("stone")];
        choice.add(
            Kind::Gateway,
            Arc::new(Archive { name, script, timer: timer.clone(), asked: Arc::clone(&asked) }),
        );
        asked
    });
    let first = lock(&choice.members)[0].clone();
    lock(&first.health).record(Outcome::Block { bytes: 5, took_ms: 10.0 }, 0.0);
    let asking = Arc::clone(&choice);
    timer.run(async move { asking.dag(everything(), |_| true, &|| None).await });
    assert_eq!(logs.each_ref().map(|asked| lock(asked).len()), [1, 0]);
    // A block is hedged after 150 ms.
    lock(&first.health).record(Outcome::Block { bytes: 5, took_ms: 10.0 }, 0.0);
    lock(&first.health).latency_ms = Some(10.0);
    let found = timer.run(async move { choice.get(stone()).await.is_ok() });
    assert_eq!((found, logs.each_ref().map(|asked| lock(asked).len())), (true, [2, 1]));
}

#[test]
fn one_that_hangs_costs_a_hedge_only_and_alone_the_deadline() {
    check(
        &[("hangs", &[Hang]), ("b", GOOD)],
        2,
        expect![[r#"
        510 ms: gate wall
        520 ms: gate wall
        hangs asked at [0.0]: 0 blocks 765 ms, 1 given up
        b asked at [500.0, 510.0]: 4 blocks 10 ms
    "#]],
    );
    check(
        &[("hangs", &[Hang])],
        1,
        expect![[r#"
        20000 ms: 
        hangs asked at [0.0]: 0 blocks 30000 ms, 1 given up
    "#]],
    );
}

#[test]
fn a_source_whose_places_are_all_taken_is_overtaken() {
    let policy = Policy { per_source: 1, ..Policy::default() };
    check_with(
        policy,
        &[("full", &[Hang]), ("b", GOOD)],
        1,
        true,
        expect![[r#"
        520 ms: gate wall
        full asked at [0.0]: 0 blocks 780 ms, 1 given up
        b asked at [500.0, 510.0]: 2 blocks 10 ms, 1 failed
    "#]],
    );
}

#[test]
fn what_went_wrong_is_remembered() {
    check(
        &[("breaks", &[Wait(5.0), Fail(broken)]), ("b", GOOD)],
        2,
        expect![[r#"
        15 ms: gate wall
        25 ms: gate wall
        breaks asked at [0.0]: 0 blocks, 1 failed
        b asked at [5.0, 15.0]: 4 blocks 10 ms
    "#]],
    );
    check(
        &[("cut", &[Wait(5.0), Block("gate"), Fail(broken)]), ("b", GOOD)],
        2,
        expect![[r#"
        5 ms: gate
        15 ms: gate wall
        cut asked at [0.0]: 1 blocks 5 ms, 1 failed
        b asked at [5.0]: 2 blocks 10 ms
    "#]],
    );
    check(
        &[("stalls", &[Wait(5.0), Block("gate"), Hang]), ("b", GOOD)],
        1,
        expect![[r#"
        20005 ms: gate
        stalls asked at [0.0]: 1 blocks 30000 ms, 1 given up
        b asked at []: 0 blocks
    "#]],
    );
    check(
        &[("lacks", &[Fail(lacks)]), ("b", GOOD)],
        2,
        expect![[r#"
        10 ms: gate wall
        20 ms: gate wall
        lacks asked at [0.0]: 0 blocks, 1 not here
        b asked at [0.0, 10.0]: 4 blocks 10 ms
    "#]],
    );
    check(
        &[("lies", &[Block("gate"), Lie, Block("wall")]), ("b", GOOD)],
        2,
        expect![[r#"
        0 ms: gate
        10 ms: gate wall
        lies asked at [0.0]: 1 blocks 0 ms, lied
        b asked at [0.0]: 2 blocks 10 ms
    "#]],
    );
    check(
        &[("lies", &[Lie]), ("b", GOOD)],
        1,
        expect![[r#"
        10 ms: gate wall
        lies asked at [0.0]: 0 blocks, lied
        b asked at [0.0]: 2 blocks 10 ms
    "#]],
    );
}

#[test]
fn who_makes_no_archives_is_asked_for_one_once() {
    check(
        &[("raw", &[Wait(5.0), Fail(refuses)]), ("b", GOOD)],
        2,
        expect![[r#"
        15 ms: gate wall
        25 ms: gate wall
        raw asked at [0.0]: 0 blocks, makes no archives
        b asked at [5.0, 15.0]: 4 blocks 10 ms
    "#]],
    );
    check(
        &[("empty", &[]), ("b", GOOD)],
        2,
        expect![[r#"
        10 ms: gate wall
        20 ms: gate wall
        empty asked at [0.0]: 0 blocks, makes no archives
        b asked at [0.0, 10.0]: 4 blocks 10 ms
    "#]],
    );
}

#[test]
fn a_stream_rests_while_there_is_no_room() {
    let timer = VirtualTimer::default();
    let choice = Choice::new(Policy::default(), Arc::new(timer.clone()), Arc::new(SoftwareHasher));
    let script = vec![Block("stone"), Block("gate"), Block("wall")];
    choice.add(
        Kind::Gateway,
        Arc::new(Archive { name: "a", script, timer: timer.clone(), asked: Arc::default() }),
    );
    let clock = timer.clone();
    let times = timer.run(async move {
        let times = RefCell::new(Vec::new());
        let rested = std::cell::Cell::new(false);
        let want = everything();
        let waiting = RefCell::new(None);
        let take = |_| {
            times.borrow_mut().push(clock.now_ms());
            true
        };
        // No room after the second block, for longer than any patience.
        let room = || {
            let full = times.borrow().len() == 2 && !rested.replace(times.borrow().len() == 2);
            full.then(|| {
                let (sender, receiver) = oneshot::channel();
                *waiting.borrow_mut() = Some(sender);
                receiver
            })
        };
        let freeing = async {
            clock.sleep(60_000.0).await;
            let _ = waiting.borrow_mut().take().expect("the stream rests").send(());
        };
        futures::join!(choice.dag(want, take, &room), freeing);
        times.into_inner()
    });
    assert_eq!(times, [0.0, 0.0, 60_000.0]);
}
