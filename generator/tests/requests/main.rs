//! What a build asks of a gateway: requests, bytes, and how many round trips follow from one another.
//!
//! The gateway is a stand-in on a clock of its own: every answer takes one second, and the clock stands still while
//! the program computes. So the seconds that go by are the round trips that depend on one another.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the message")]

mod gateway;
mod made;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use expect_test::expect;
use gateway::{StandIn, read_car};
use jiff::Timestamp;
use made::Format;
use pinfold::content::Content;
use pinfold::gather::cache::Cache;
use pinfold::gather::{Gathered, Inputs, gather};
use pinfold::pinlist::Pinlist;
use pinfold_core::block::{BlockSource, MemoryBlocks};
use pinfold_core::fetch::{FetchOptions, Fetcher};
use pinfold_core::model::{Dataset, Role};

const MIB: u64 = 1 << 20;

/// What one dataset cost.
#[derive(Debug)]
struct Cost {
    requests: u64,
    bytes: u64,
    round_trips: u64,
    dataset: Dataset,
    /// What is below them.
    pictures: Vec<String>,
}

impl Cost {
    /// Arrays that are coordinates.
    fn coordinates(&self) -> u64 {
        let is_one = |role: Role| matches!(role, Role::Dimension | Role::Coordinate);
        self.dataset.variables.iter().filter(|variable| is_one(variable.role)).count() as u64
    }
}

async fn read(blocks: &Arc<MemoryBlocks>, cid: &str) -> Cost {
    let gateway = Arc::new(StandIn::new(blocks));
    let sources: Vec<Arc<dyn BlockSource>> = vec![Arc::clone(&gateway) as Arc<dyn BlockSource>];
    // As many at once as are wanted: only what depends on an answer waits for it.
    let options = FetchOptions { in_flight: 1000, ..FetchOptions::default() };
    let pinlist = Pinlist::parse("pinlist.yaml", &format!("- cid: {cid}\n")).unwrap();
    let inputs = Inputs {
        pinlist: &pinlist,
        content: &Content::default(),
        blocks: Arc::new(Fetcher::new(sources, options)),
        cache: &Cache::temporary().unwrap(),
        build_time: Timestamp::UNIX_EPOCH,
        previous: None,
        show_progress: false,
        brief: false,
    };
    let began = tokio::time::Instant::now();
    let Gathered { catalogue, failed, .. } = gather(&inputs).await;
    let round_trips = began.elapsed().as_secs();
    assert_eq!(failed, 0);
    let entry = catalogue.entries.into_iter().next().unwrap();
    let dataset = entry.dataset;
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let pictures = entry.quicklooks.into_iter().map(|picture| picture.caption).collect();
    Cost { pictures, requests: count(&gateway.requests), bytes: count(&gateway.bytes), round_trips, dataset }
}

fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// The datasets of a CAR.
async fn datasets(blocks: &Arc<MemoryBlocks>, root: &str) -> Vec<String> {
    let sources: Vec<Arc<dyn BlockSource>> = vec![Arc::new(StandIn::new(blocks))];
    let pinlist = Pinlist::parse("pinlist.yaml", &format!("- cid: {root}\n")).unwrap();
    let inputs = Inputs {
        pinlist: &pinlist,
        content: &Content::default(),
        blocks: Arc::new(Fetcher::new(sources, FetchOptions::default())),
        cache: &Cache::temporary().unwrap(),
        build_time: Timestamp::UNIX_EPOCH,
        previous: None,
        show_progress: false,
        brief: false,
    };
    gather(&inputs).await.catalogue.entries.into_iter().map(|entry| entry.dataset.cid).collect()
}

/// Holds every dataset against its limits; says how many were too large to be fetched as a whole.
async fn check(blocks: MemoryBlocks, root: &str) -> usize {
    let blocks = Arc::new(blocks);
    let (mut faults, mut large) = (String::new(), 0);
    for cid in datasets(&blocks, root).await {
        let cost = read(&blocks, &cid).await;
        let (variables, coordinates) = (cost.dataset.variables.len() as u64, cost.coordinates());
        large += usize::from(cost.dataset.size_bytes > MIB);
        let most_requests = if cost.dataset.size_bytes <= MIB { 3 } else { 3 + 2 * coordinates };
        let most_round_trips = 4;
        let line = format!(
            "{} ({:.1} MB, {variables} variables, {coordinates} coordinates): {} requests, {:.2} MB, {} round trips\n",
            cost.dataset.display_title(),
            cost.dataset.size_bytes as f64 / 1e6,
            cost.requests,
            cost.bytes as f64 / 1e6,
            cost.round_trips
        );
        print!("{line}");
        let within =
            cost.requests <= most_requests && cost.round_trips <= most_round_trips && cost.bytes <= 4 * MIB;
        if !within {
            faults +=
                &format!("at most {most_requests} requests, {most_round_trips} round trips, 4 MiB: {line}");
        }
    }
    assert!(faults.is_empty(), "{faults}");
    large
}

#[tokio::test(start_paused = true)]
async fn datasets_of_the_campaign() {
    let Some(car) = shared("campaign.car") else { return };
    check(read_car(&car), "bafybeibsnyggfdlytyqifuigc5qqs72p7e4xd6jfg7e2ale6z2yuvejh6e").await;
}

#[tokio::test(start_paused = true)]
async fn datasets_of_the_demo() {
    let car = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/demo/demo.car");
    let large = check(read_car(&car), "bafybeibmyuuuxpo6ee4rv2f4aqznjkj3iqi7grqorlanc6lp74rqeoitcu").await;
    assert_eq!(large, 1);
}

/// What is said of a large dataset that was made here, and its costs.
async fn made(blocks: MemoryBlocks, root: &str, expected: &expect_test::Expect) {
    let blocks = Arc::new(blocks);
    let Cost { dataset, pictures, .. } = read(&blocks, root).await;
    let found = &dataset.extent.found;
    let [south, north] = dataset.extent.bbox.map(|bbox| [bbox[1], bbox[3]]).unwrap();
    // Noise fills its range, from whatever chunks it is known.
    assert!(south < 0.1 && north > 19.9, "{south} {north}");
    let time = dataset.extent.time.as_ref().unwrap();
    let sizes = dataset.sizes_found.as_deref().unwrap_or_default();
    let said = format!(
        "{} to {}\ntime: {}\nbox: {}\n{} bytes, {sizes}\n{}\n",
        time.start,
        time.end,
        found["time"],
        found["bbox"],
        dataset.size_bytes,
        pictures.join("\n")
    );
    expected.assert_eq(&said);
    assert_eq!(check(Arc::unwrap_or_clone(blocks), root).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_large_curtain() {
    for (format, expected) in [
        (
            Format::V2,
            expect![[r#"
                2024-08-11T00:00:00Z to 2024-08-11T16:39:59Z
                time: computed from all of time
                box: computed from all of lat and all of lon
                50064090 bytes, as links of directories claim, the blocks of directories included
                Air temperature over time and height. A part of it: time 29001 to 31000 of 60000.
                Air temperature over time.
                Track coloured by air temperature.
            "#]],
        ),
        (
            Format::V3,
            expect![[r#"
                2024-08-11T00:00:00Z to 2024-08-11T16:39:59Z
                time: computed from all of time
                box: computed from all of lat and all of lon
                50069138 bytes, as links of directories claim, the blocks of directories included
                Air temperature over time and height. A part of it: time 29001 to 31000 of 60000.
                Air temperature over time.
                Track coloured by air temperature.
            "#]],
        ),
    ] {
        let (blocks, root) = made::curtain(format);
        made(blocks, &root, &expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_way() {
    for (format, expected) in [
        (
            Format::V2,
            expect![[r#"
                2024-08-11T00:00:00Z to 2024-08-22T13:46:39Z
                time: computed from 2 of 62 chunks of time
                box: computed from 2 of 62 chunks of lat and 2 of 62 chunks of lon
                40651448 bytes, as links of directories claim, the blocks of directories included
                Air temperature over time. A part of it: time 491521 to 507904 of 1000000.
            "#]],
        ),
        (
            Format::V3,
            expect![[r#"
                2024-08-11T00:00:00Z to 2024-08-22T13:46:39Z
                time: computed from 2 of 62 chunks of time
                box: computed from 2 of 62 chunks of lat and 2 of 62 chunks of lon
                40653556 bytes, as links of directories claim, the blocks of directories included
                Air temperature over time. A part of it: time 491521 to 507904 of 1000000.
            "#]],
        ),
    ] {
        let (blocks, root) = made::long_way(format);
        made(blocks, &root, &expected).await;
    }
}
