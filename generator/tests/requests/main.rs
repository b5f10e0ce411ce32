//! What a build asks of a gateway: requests, bytes, and how many round trips follow from one another.
//!
//! The gateway is a stand-in on a clock of its own: every answer takes one second, and the clock stands still while
//! the program computes. So the seconds that go by are the round trips that depend on one another.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the message")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use pinfold::content::Content;
use pinfold::gather::cache::Cache;
use pinfold::gather::{Gathered, Inputs, gather};
use pinfold::pinlist::Pinlist;
use pinfold_core::block::{BlockSource, FetchError, Limits, RawBlock, Want};
use pinfold_core::car::CarReader;
use pinfold_core::cid::{Cid, Multihash, RAW};
use pinfold_core::fetch::{FetchOptions, Fetcher};
use pinfold_core::maybe_send::BoxStream;
use pinfold_core::model::{Dataset, Role};

const MIB: u64 = 1 << 20;

/// A gateway that answers every request after a second, and counts.
#[derive(Default)]
struct StandIn {
    blocks: HashMap<Multihash, Bytes>,
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl StandIn {
    fn read(car: &Path) -> Self {
        let mut reader = CarReader::new(Limits::default());
        reader.push(std::fs::read(car).unwrap());
        reader.end();
        let mut blocks = HashMap::new();
        while let Some(section) = reader.next_section().unwrap() {
            blocks.insert(*section.cid.hash(), section.bytes);
        }
        Self { blocks, ..Self::default() }
    }

    /// A block and everything that it links to.
    fn below(&self, root: Cid) -> Vec<RawBlock> {
        let Some(bytes) = self.blocks.get(root.hash()).cloned() else { return Vec::new() };
        let children = if root.codec() == RAW { Vec::new() } else { links(&bytes) };
        let mut all = vec![RawBlock { cid: root, bytes }];
        all.extend(children.into_iter().flat_map(|child| self.below(child)));
        all
    }
}

/// The links of a dag-pb block: field 2, in which field 1 is the CID.
fn links(bytes: &[u8]) -> Vec<Cid> {
    let inner = fields(bytes).into_iter().filter(|(field, _)| *field == 2);
    let cid = |(_, link): (u64, &[u8])| {
        let (_, cid) = fields(link).into_iter().find(|(field, _)| *field == 1)?;
        Cid::from_bytes(cid).ok()
    };
    inner.filter_map(cid).collect()
}

/// The fields of a protobuf message that have a length, by number.
fn fields(mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
    fn varint(bytes: &mut &[u8]) -> Option<u64> {
        let mut value = 0;
        for shift in 0..9 {
            let (first, rest) = bytes.split_first()?;
            *bytes = rest;
            value |= u64::from(first & 0x7f) << (7 * shift);
            if first & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
    let mut found = Vec::new();
    while let Some(tag) = varint(&mut bytes) {
        let value = varint(&mut bytes).unwrap();
        if tag & 7 == 2 {
            let (content, rest) = bytes.split_at(value as usize);
            found.push((tag >> 3, content));
            bytes = rest;
        }
    }
    found
}

impl BlockSource for StandIn {
    fn name(&self) -> &str {
        "stand-in"
    }

    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        let cids = match want {
            Want::Blocks(cids) => cids,
            Want::Dag { root, .. } => {
                // As a CAR: one request, however many blocks.
                let blocks = self.below(root);
                let answer = async move {
                    self.requests.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    self.bytes
                        .fetch_add(blocks.iter().map(|raw| raw.bytes.len() as u64).sum(), Ordering::Relaxed);
                    stream::iter(blocks).map(Ok)
                };
                return stream::once(answer).flatten().boxed();
            }
        };
        let answer = move |cid: Cid| async move {
            self.requests.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
            let not_here = || FetchError::NotHere { origin: "stand-in".into(), cid };
            let bytes = self.blocks.get(cid.hash()).cloned().ok_or_else(not_here)?;
            self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            Ok(RawBlock { cid, bytes })
        };
        stream::iter(cids).map(answer).buffer_unordered(1000).boxed()
    }
}

/// What one dataset cost.
#[derive(Debug)]
struct Cost {
    requests: u64,
    bytes: u64,
    round_trips: u64,
    dataset: Dataset,
}

impl Cost {
    /// Arrays that are coordinates.
    fn coordinates(&self) -> u64 {
        let is_one = |role: Role| matches!(role, Role::Dimension | Role::Coordinate);
        self.dataset.variables.iter().filter(|variable| is_one(variable.role)).count() as u64
    }
}

async fn read(car: &Path, cid: &str) -> Cost {
    let gateway = Arc::new(StandIn::read(car));
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
    let dataset = catalogue.entries.into_iter().next().unwrap().dataset;
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Cost { requests: count(&gateway.requests), bytes: count(&gateway.bytes), round_trips, dataset }
}

fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// The datasets of a CAR.
async fn datasets(car: &Path, root: &str) -> Vec<String> {
    let sources: Vec<Arc<dyn BlockSource>> = vec![Arc::new(StandIn::read(car))];
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

/// Holds every dataset of a CAR against its limits.
async fn check(car: &Path, root: &str) {
    let (mut faults, mut large) = (String::new(), 0);
    for cid in datasets(car, root).await {
        let cost = read(car, &cid).await;
        let (variables, coordinates) = (cost.dataset.variables.len() as u64, cost.coordinates());
        let (most_requests, most_round_trips) = if cost.dataset.size_bytes <= MIB {
            (3, 4)
        } else {
            large += 1;
            // The aim, and what is more: for each array its metadata file and up to four folders of chunks that lie in
            // one another (`c/0/0/0`), which the file count and `meta.car` want.
            (3 + 2 * coordinates + 5 * variables, 4 + 5)
        };
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
    println!("{large} of them were too large to be fetched as a whole");
}

#[tokio::test(start_paused = true)]
async fn datasets_of_the_campaign() {
    let Some(car) = shared("campaign.car") else { return };
    check(&car, "bafybeibsnyggfdlytyqifuigc5qqs72p7e4xd6jfg7e2ale6z2yuvejh6e").await;
}

#[tokio::test(start_paused = true)]
async fn datasets_of_the_demo() {
    let car = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/demo/demo.car");
    check(&car, "bafybeibmyuuuxpo6ee4rv2f4aqznjkj3iqi7grqorlanc6lp74rqeoitcu").await;
}
