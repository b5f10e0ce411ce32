//! One suite for every block source: what the `Fetcher` and everything above it rely on.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::StreamExt;
use pinfold::serve::{Served, bind, router};
use pinfold::source::{SourceSpec, parse_source};
use pinfold_core::block::{
    BlockGet, BlockSource, DagScope, FetchError, Limits, MemoryBlocks, VerifiedBlock, Want,
};
use pinfold_core::cid::{Cid, DAG_PB, RAW};
use pinfold_core::fetch::{FetchOptions, Fetcher};
use pinfold_core::unixfs::{Unixfs, WalkOptions};

/// The demo catalogue's CAR, committed in this repository.
fn demo_car() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/demo/demo.car")
}

fn demo() -> (MemoryBlocks, Cid) {
    let bytes = std::fs::read(demo_car()).unwrap();
    let (blocks, roots) = MemoryBlocks::from_car("demo", bytes, &Limits::default()).unwrap();
    (blocks, roots[0])
}

/// A CID that nobody has.
fn absent() -> Cid {
    "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy".parse().unwrap()
}

async fn contract(source: Arc<dyn BlockSource>) {
    let (blocks, root) = demo();
    let cids = blocks.cids();

    // Everything that is there, each once, in any order, and right.
    let answers: Vec<_> = source.fetch(Want::Blocks(cids.clone())).collect().await;
    let mut delivered = Vec::new();
    for answer in answers {
        let raw = answer.unwrap();
        delivered.push(VerifiedBlock::verify(raw.cid, raw.bytes).unwrap().cid());
    }
    delivered.sort_unstable();
    assert_eq!(delivered, cids);

    // What is not there is an item, and does not stop the others.
    let mixed = vec![absent(), cids[0]];
    let answers: Vec<_> = source.fetch(Want::Blocks(mixed)).collect().await;
    assert_eq!(answers.len(), 2);
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let error = answers.into_iter().find_map(Result::err).unwrap();
    assert_eq!(error, FetchError::NotHere { origin: source.name().to_owned(), cid: absent() });

    // Nothing asked, nothing answered.
    assert_eq!(source.fetch(Want::Blocks(Vec::new())).count().await, 0);

    // The same bytes under another codec.
    let dag_pb = *cids.iter().find(|cid| cid.codec() == DAG_PB).unwrap();
    let as_raw = Cid::v1(RAW, *dag_pb.hash());
    let answers: Vec<_> = source.fetch(Want::Blocks(vec![as_raw])).collect().await;
    assert!(answers[0].is_ok(), "{answers:?}");

    // A DAG may be answered in part, and what is answered belongs to it and is right.
    for scope in [DagScope::Block, DagScope::Entity, DagScope::All] {
        let want = Want::Dag { root, path: Vec::new(), scope, entity_bytes: None };
        let answers: Vec<_> = source.fetch(want).collect().await;
        for answer in answers {
            let raw = answer.unwrap();
            assert!(cids.contains(&raw.cid));
            VerifiedBlock::verify(raw.cid, raw.bytes).unwrap();
        }
    }
    let want = Want::Dag { root: absent(), path: Vec::new(), scope: DagScope::All, entity_bytes: None };
    let answers: Vec<_> = source.fetch(want).collect().await;
    assert!(answers.iter().all(Result::is_err), "{answers:?}");

    // Dropped in the middle, it can be asked again.
    {
        let mut stream = source.fetch(Want::Blocks(cids.clone()));
        assert!(stream.next().await.unwrap().is_ok());
    }

    // And the whole tree can be walked through it.
    let fetcher: Arc<dyn BlockGet> = Arc::new(Fetcher::new(vec![source], FetchOptions::default()));
    let unixfs = Unixfs::new(fetcher, Limits::default());
    let walked = unixfs.walk(root, WalkOptions::default()).collect::<Vec<_>>().await;
    assert!(walked.iter().all(|item| item.block.is_ok() && item.problem.is_none()));
    assert!(walked.len() > 10, "{} blocks", walked.len());
}

#[tokio::test]
async fn memory() {
    contract(Arc::new(demo().0)).await;
}

#[tokio::test]
async fn car_file() {
    let spec = parse_source(demo_car().to_str().unwrap()).unwrap();
    assert!(matches!(spec, SourceSpec::Car(_)));
    contract(spec.open(&Limits::default()).unwrap()).await;
}

#[tokio::test]
async fn files_named_by_cid() {
    let directory = tempfile::tempdir().unwrap();
    let (blocks, _) = demo();
    for (index, cid) in blocks.cids().into_iter().enumerate() {
        // Old exports have CIDv0 names.
        let name = match cid.to_v0() {
            Some(v0) if index % 2 == 0 => v0.to_original_string(),
            _ => cid.to_string(),
        };
        // Asked for as raw, a dag-pb block is found by nothing but its raw name.
        for name in [name, Cid::v1(RAW, *cid.hash()).to_string()] {
            std::fs::write(directory.path().join(name), blocks.get(cid).unwrap().bytes()).unwrap();
        }
    }
    let spec = parse_source(directory.path().to_str().unwrap()).unwrap();
    contract(spec.open(&Limits::default()).unwrap()).await;
}

#[tokio::test]
async fn kubo_flatfs() {
    let repository = tempfile::tempdir().unwrap();
    let root = repository.path().join("blocks");
    std::fs::create_dir(&root).unwrap();
    std::fs::write(root.join("SHARDING"), "/repo/flatfs/shard/v1/next-to-last/2\n").unwrap();
    let (blocks, _) = demo();
    for cid in blocks.cids() {
        let key = data_encoding::BASE32_NOPAD.encode(&cid.hash().to_bytes());
        let directory = root.join(&key[key.len() - 3..key.len() - 1]);
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join(format!("{key}.data")), blocks.get(cid).unwrap().bytes()).unwrap();
    }
    let spec = parse_source(repository.path().to_str().unwrap()).unwrap();
    contract(spec.open(&Limits::default()).unwrap()).await;
}

/// `pinfold serve` over the CAR; gives its address.
async fn serve() -> String {
    let source = SourceSpec::Car(demo_car()).open(&Limits::default()).unwrap();
    let fetcher = Arc::new(Fetcher::new(vec![source], FetchOptions::default()));
    let unixfs = Arc::new(Unixfs::new(fetcher, Limits::default()));
    let served = Served { site: None, local: Arc::clone(&unixfs), unixfs };
    let (listener, _) = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router(served)).await });
    format!("http://{address}")
}

#[tokio::test]
async fn gateway() {
    let address = serve().await;
    let spec = parse_source(&format!("{address}/ipfs/")).unwrap();
    assert_eq!(spec, SourceSpec::Gateway(address));
    contract(spec.open(&Limits::default()).unwrap()).await;
}

#[tokio::test]
async fn one_car_brings_a_whole_dag() {
    let source = SourceSpec::Gateway(serve().await).open(&Limits::default()).unwrap();
    let (_, root) = demo();
    let fetcher = Fetcher::new(vec![source], FetchOptions::default());
    let want = Want::Dag { root, path: Vec::new(), scope: DagScope::All, entity_bytes: None };
    fetcher.prefetch(want, u64::MAX).await;
    let blocks = fetcher.counters()[0].blocks;
    let unixfs = Unixfs::new(Arc::new(fetcher.clone()), Limits::default());
    let walked = unixfs.walk(root, WalkOptions::default()).collect::<Vec<_>>().await;
    assert_eq!(walked.len() as u64, blocks);
    assert_eq!(fetcher.counters()[0].requests, 1);
}

#[tokio::test]
async fn a_gateway_that_is_not_there_is_named() {
    let source = SourceSpec::Gateway("http://127.0.0.1:9".to_owned()).open(&Limits::default()).unwrap();
    let answers: Vec<_> = source.fetch(Want::Blocks(vec![absent()])).collect().await;
    let error = answers[0].as_ref().unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }));
    assert_eq!(error.to_string(), "http://127.0.0.1:9 cannot be reached: Connection refused (os error 111)");
}

#[test]
fn a_truncated_car_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cut.car");
    let bytes = std::fs::read(demo_car()).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let error = SourceSpec::Car(path).open(&Limits::default()).err().unwrap().to_string();
    assert!(error.contains("cut.car") && error.contains("truncated"), "{error}");
}

/// Written by go-car, with an index behind the blocks.
#[tokio::test]
async fn a_car_of_version_2() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/carv2/hello.car");
    let bytes = std::fs::read(&path).unwrap();
    let root = "bafybeihxlnzzvhebqka422q7okxp5gu74fvkegffgfvjl67m5b65nfla24".parse().unwrap();
    let car = pinfold::source::CarFile::open(&path, &Limits::default()).unwrap();
    assert_eq!((car.roots(), car.len()), ([root].as_slice(), 3));
    let fetcher: Arc<dyn BlockGet> = Arc::new(Fetcher::new(vec![Arc::new(car)], FetchOptions::default()));
    let unixfs = Unixfs::new(fetcher, Limits::default());
    let walked = unixfs.walk(root, WalkOptions::default()).collect::<Vec<_>>().await;
    let texts: Vec<&[u8]> = walked.iter().map(|item| item.file_bytes.as_ref()).collect();
    assert!(texts.contains(&b"hello\n".as_slice()), "{walked:?}");

    let directory = tempfile::tempdir().unwrap();
    let open = |bytes: &[u8]| {
        let path = directory.path().join("v2.car");
        std::fs::write(&path, bytes).unwrap();
        pinfold::source::CarFile::open(&path, &Limits::default())
    };
    // The index may be gone, of the blocks nothing.
    let data_end = 51 + 299;
    assert_eq!(open(&bytes[..data_end]).unwrap().len(), 3);
    for cut in [5, 30, 51, data_end - 1] {
        let error = open(&bytes[..cut]).unwrap_err().to_string();
        assert!(error.contains("truncated"), "{cut}: {error}");
    }
}

/// The demo's blocks at another place of the file, as a CARv2 may have them.
#[tokio::test]
async fn a_large_car_of_version_2() {
    let inner = std::fs::read(demo_car()).unwrap();
    let mut bytes = b"\x0a\xa1gversion\x02".to_vec();
    bytes.extend([0; 16]);
    for number in [4096, inner.len() as u64, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.resize(4096, 0xff);
    bytes.extend(inner);
    bytes.extend(b"an index that is none");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    contract(SourceSpec::Car(file.path().to_owned()).open(&Limits::default()).unwrap()).await;
}
