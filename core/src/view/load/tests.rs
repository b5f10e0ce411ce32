//! In which order what a picture needs is asked for.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures::executor::block_on;

use super::*;
use crate::block::Limits;
use crate::store::{ByteRange, Entry, MemoryStore, StoreError};

/// A store that notes what it is asked for. Requests are sent when everybody waits.
struct Noted {
    files: MemoryStore,
    asked: Mutex<Vec<String>>,
}

impl Noted {
    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }
}

impl Store for Noted {
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        self.note(format!("get {path}"));
        self.files.get(path)
    }

    fn get_range<'a>(
        &'a self,
        path: &'a str,
        range: ByteRange,
    ) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        self.files.get_range(path, range)
    }

    fn size<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<u64>, StoreError>> {
        self.files.size(path)
    }

    fn list<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Vec<Entry>>, StoreError>> {
        self.files.list(path)
    }

    fn expect<'a>(&'a self, paths: &'a [String]) -> BoxFuture<'a, ()> {
        self.note(format!("expect {}", paths[0]));
        Box::pin(std::future::pending())
    }

    fn sent(&self) -> BoxFuture<'_, ()> {
        let waited = AtomicBool::new(false);
        Box::pin(std::future::poll_fn(move |context| {
            if waited.swap(true, Ordering::Relaxed) {
                return std::task::Poll::Ready(());
            }
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        }))
    }
}

/// What is asked for when `ta` is drawn over `time`, each of `count` doubles in two chunks.
fn asked(count: usize) -> Vec<String> {
    let mut files = MemoryStore::new();
    files.insert(".zgroup", r#"{"zarr_format": 2}"#.as_bytes());
    for name in ["ta", "time"] {
        let chunk = count.div_ceil(2);
        let array = format!(
            r#"{{"zarr_format": 2, "shape": [{count}], "chunks": [{chunk}], "dtype": "<f8", "compressor": null, "fill_value": 0, "order": "C", "filters": null}}"#
        );
        files.insert(format!("{name}/.zarray"), array.into_bytes());
        files.insert(format!("{name}/.zattrs"), r#"{"_ARRAY_DIMENSIONS": ["time"]}"#.as_bytes());
        for at in 0..2 {
            let values = (0..chunk).flat_map(|index| ((at * chunk + index) as f64).to_le_bytes());
            files.insert(format!("{name}/{at}"), values.collect::<Vec<u8>>());
        }
    }
    let hierarchy = block_on(Hierarchy::open(&files, &Limits::default())).unwrap();
    let store = Noted { files, asked: Mutex::default() };
    let spec = PlotSpec {
        kind: PlotKind::Series,
        variables: vec!["ta".to_owned()],
        x: Some(AxisSpec { dimension: "time".to_owned(), variable: Some("time".to_owned()) }),
        y: None,
        fixed: Vec::new(),
        connected: false,
    };
    let loaded = block_on(load(&spec, &hierarchy, &store, &Budget::default())).unwrap();
    let PlotData::Series { x, y } = loaded.data else { panic!("{:?}", loaded.data) };
    assert_eq!((x.values.len(), y[0].values.last()), (count, Some(&(count as f64 - 1.0))));
    store.asked.into_inner().unwrap()
}

#[test]
fn all_that_is_wanted_is_said_before_much_is_decoded() {
    let all = ["expect ta/0", "expect time/0", "get ta/0", "get ta/1", "get time/0", "get time/1"];
    assert_eq!(asked(2 * AT_ONCE as usize), all);
    // What is decoded in no time does not wait.
    let all = ["expect ta/0", "get ta/0", "get ta/1", "expect time/0", "get time/0", "get time/1"];
    assert_eq!(asked(100), all);
}
