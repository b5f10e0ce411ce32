//! A selection gives the same values as the whole, and reads no more than it must.

use std::sync::Mutex;
use std::task::Poll;

use bytes::Bytes;
use futures::executor::block_on;
use pinfold_core::maybe_send::BoxFuture;
use pinfold_core::store::{ByteRange, Entry, Store, StoreError};
use pinfold_core::zarr::{Array, ArrayData, Meanings, ReadOptions, Selection, Values};

use crate::archive::{FILES, Watched, open, store};
use crate::fixtures::read_all;
use crate::fuzz::Random;

/// The elements of `whole` that a selection names, by plain counting.
fn pick(whole: &ArrayData, selection: &Selection) -> Vec<f64> {
    let values = whole.to_f64().unwrap();
    let mut found = Vec::new();
    for element in 0..selection.element_count() {
        let (mut rest, mut at, mut step) = (element, 0, 1);
        for dimension in (0..selection.shape.len()).rev() {
            let index = rest % selection.shape[dimension];
            rest /= selection.shape[dimension];
            at += (selection.start[dimension] + index * selection.stride[dimension]) as usize * step;
            step *= whole.shape[dimension];
        }
        found.push(values[at]);
    }
    found
}

/// Elements as they are.
struct Plainly;

impl Meanings for Plainly {
    fn apply(&self, _: &mut [f64]) {}
}

/// Answers after a number of turns of its own.
struct Late<'a, S> {
    store: &'a S,
    random: Mutex<Random>,
}

async fn wait(mut turns: u64) {
    std::future::poll_fn(|context| {
        if turns == 0 {
            return Poll::Ready(());
        }
        turns -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl<S: Store> Store for Late<'_, S> {
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        let turns = self.random.lock().unwrap().below(7);
        Box::pin(async move {
            wait(turns).await;
            self.store.get(path).await
        })
    }
    fn get_range<'a>(
        &'a self,
        path: &'a str,
        range: ByteRange,
    ) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        let turns = self.random.lock().unwrap().below(7);
        Box::pin(async move {
            wait(turns).await;
            self.store.get_range(path, range).await
        })
    }
    fn size<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<u64>, StoreError>> {
        self.store.size(path)
    }
    fn list<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Vec<Entry>>, StoreError>> {
        self.store.list(path)
    }
}

fn random_selection(array: &Array, random: &mut Random) -> Selection {
    let mut selection = Selection::all(&array.shape);
    for dimension in 0..array.shape.len() {
        let length = array.shape[dimension];
        let start = random.below(length + 1);
        let stride = 1 + random.below(4);
        let count = random.below((length - start).div_ceil(stride) + 1);
        selection.start[dimension] = start;
        selection.stride[dimension] = stride;
        selection.shape[dimension] = count;
    }
    selection
}

#[test]
fn selections_are_parts_of_the_whole() {
    let mut random = Random::new(7);
    let mut checked = 0;
    for name in ["v2", "v3"] {
        let store = store(name);
        for array in open(&store).arrays.values() {
            let several = array.path.starts_with("layouts/") || array.path.starts_with("shards/");
            if !several || !array.data_type.is_numeric() || array.unsupported.is_some() {
                continue;
            }
            let whole = read_all(array, &store);
            for _ in 0..40 {
                let selection = random_selection(array, &mut random);
                let found = block_on(array.read(&store, &selection, &ReadOptions::default())).unwrap();
                let (found, expected) = (found.to_f64().unwrap(), pick(&whole, &selection));
                let same = found.iter().zip(&expected).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
                assert!(same && found.len() == expected.len(), "{}: {selection}", array.path);
                // As numbers, while chunks come in any order.
                let late = Late { store: &store, random: Mutex::new(Random::new(checked)) };
                let options = ReadOptions::default();
                let numbers = block_on(array.read_numbers(&late, &selection, &options, &Plainly)).unwrap();
                let same = numbers.iter().zip(&expected).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
                assert!(same && numbers.len() == expected.len(), "{}: {selection}", array.path);
                checked += 1;
            }
        }
    }
    assert!(checked > 1000, "{checked}");
}

#[test]
fn texts_in_parts() {
    let store = store("v3");
    let array = &open(&store).arrays["shards/strings"];
    let selection = Selection::new(vec![1], vec![4]).every(0, 2);
    let data = block_on(array.read(&store, &selection, &ReadOptions::default())).unwrap();
    assert_eq!(data.values, Values::Text(vec!["x".to_owned(), String::new()]));
}

/// Reads a selection and returns what was asked of the store.
fn reads(name: &str, path: &str, selection: &Selection) -> Vec<(String, Option<ByteRange>)> {
    let watched = Watched::new(store(name));
    let array = &open(&watched).arrays[path];
    watched.take();
    block_on(array.read(&watched, selection, &ReadOptions::default())).unwrap();
    let reads = watched.take();
    // The plan says the same beforehand; of shards its exact form reads only the indices.
    let options = ReadOptions::default();
    let plan = block_on(array.plan_exact(&watched, selection, &options)).unwrap();
    let indices = watched.take();
    let mut planned = indices.clone();
    planned.extend(plan.reads.iter().map(|read| (read.path.clone(), read.range)));
    let key = |(path, range): &(String, Option<ByteRange>)| format!("{path} {range:?}");
    let sorted = |mut list: Vec<(String, Option<ByteRange>)>| {
        list.sort_by_key(key);
        list
    };
    assert_eq!(sorted(planned), sorted(reads.clone()));
    let quick = array.plan(selection, &options).unwrap();
    assert_eq!(quick.chunks, plan.chunks);
    assert_eq!(quick.indices_only, !indices.is_empty());
    assert!(quick.reads.iter().all(|read| reads.contains(&(read.path.clone(), read.range))));
    reads
}

#[test]
fn only_touched_chunks_are_read() {
    // Shape [7, 5, 4], chunks [3, 2, 3].
    let one = reads("v2", "layouts/dots", &Selection::new(vec![3, 2, 1], vec![3, 2, 2]));
    assert_eq!(one, [("layouts/dots/1.1.0".to_owned(), None)]);
    let mut row = Selection::new(vec![0, 4, 0], vec![2, 1, 4]);
    row.stride[0] = 6;
    let paths: Vec<String> =
        reads("v3", "layouts/default_slashes", &row).into_iter().map(|(path, _)| path).collect();
    let expected =
        ["c/0/2/0", "c/0/2/1", "c/2/2/0", "c/2/2/1"].map(|key| format!("layouts/default_slashes/{key}"));
    assert_eq!(paths, expected, "the chunks between are skipped by the stride");
    assert_eq!(reads("v2", "layouts/dots", &Selection::new(vec![7, 0, 0], vec![0, 5, 4])), []);
    assert_eq!(reads("v2", "layouts/scalar", &Selection::all(&[])), [("layouts/scalar/0".to_owned(), None)]);
    assert_eq!(reads("v3", "layouts/scalar", &Selection::all(&[])), [("layouts/scalar/c".to_owned(), None)]);
}

#[test]
fn of_shards_only_ranges_are_read() {
    // Shape [12, 10], shards [6, 10], chunks [3, 5]: an index of 4 chunks and a checksum.
    let index_bytes = 4 * 16 + 4;
    let one = Selection::new(vec![1, 6], vec![2, 3]);
    for (path, index) in [
        ("shards/end", ByteRange::Last { length_bytes: index_bytes }),
        ("shards/start", ByteRange::From { offset_bytes: 0, length_bytes: index_bytes }),
    ] {
        let found = reads("v3", path, &one);
        let shard = format!("{path}/c/0/0");
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0], (shard.clone(), Some(index)));
        let (read, Some(ByteRange::From { length_bytes, .. })) = &found[1] else { panic!("{found:?}") };
        assert_eq!(read, &shard);
        let shard_bytes = FILES[&format!("v3/{shard}")].len() as u64;
        assert!(*length_bytes < shard_bytes / 3, "one of four chunks: {length_bytes} of {shard_bytes}");
    }
    // Neighbours are read at once: zarr-python's Morton order puts (0, 0) and (1, 0) together.
    assert_eq!(reads("v3", "shards/end", &Selection::new(vec![0, 0], vec![6, 5])).len(), 2);
    // Everything of a shard is one read without the index; a chunk that the index does not list is none.
    assert_eq!(reads("v3", "shards/end", &Selection::new(vec![0, 0], vec![6, 10])).len(), 1);
    assert_eq!(reads("v3", "shards/end", &Selection::new(vec![6, 0], vec![3, 5])).len(), 1);
    // The last shard reaches beyond the array, whose chunks are all there are.
    assert_eq!(reads("v3", "shards/edge", &Selection::new(vec![8, 6], vec![2, 1])).len(), 1);
}

#[test]
fn reads_are_bounded_and_stop_when_dropped() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Waker};

    /// Never answers, and counts who waits.
    struct Hanging(AtomicUsize);
    struct Guard<'a>(&'a AtomicUsize);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
    impl Store for Hanging {
        fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
            Box::pin(async {
                self.0.fetch_add(1, Ordering::SeqCst);
                let _guard = Guard(&self.0);
                std::future::pending().await
            })
        }
        fn get_range<'a>(
            &'a self,
            path: &'a str,
            _: ByteRange,
        ) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
            self.get(path)
        }
        fn size<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<u64>, StoreError>> {
            Box::pin(std::future::pending())
        }
        fn list<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Vec<Entry>>, StoreError>> {
            Box::pin(std::future::pending())
        }
    }

    fn is_send<T: Send>(value: T) -> T {
        value
    }

    let array = open(&store("v2")).arrays["layouts/dots"].clone();
    let hanging = Hanging(AtomicUsize::new(0));
    let options = ReadOptions { concurrency: 5, ..ReadOptions::default() };
    let selection = Selection::all(&array.shape);
    let mut read = Box::pin(is_send(array.read(&hanging, &selection, &options)));
    let poll = read.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(poll, Poll::Pending));
    assert_eq!(hanging.0.load(Ordering::SeqCst), 5);
    drop(read);
    assert_eq!(hanging.0.load(Ordering::SeqCst), 0);
}

#[test]
fn numbers_are_the_elements_of_every_type() {
    let mut types = std::collections::BTreeSet::new();
    for name in ["v2", "v3"] {
        let store = store(name);
        for array in open(&store).arrays.values().filter(|array| array.unsupported.is_none()) {
            let selection = Selection::all(&array.shape);
            let options = ReadOptions::default();
            let numbers = block_on(array.read_numbers(&store, &selection, &options, &Plainly)).unwrap();
            let expected = read_all(array, &store).to_f64();
            if expected.is_some() {
                types.insert(array.data_type.to_string());
            }
            // What is no number is missing.
            let expected = expected.unwrap_or_else(|| vec![f64::NAN; numbers.len()]);
            let same = numbers.iter().zip(&expected).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
            assert!(same && numbers.len() == expected.len(), "{}", array.path);
        }
    }
    for one in
        ["bool", "int8", "int16", "int64", "uint8", "uint32", "uint64", "float16", "float32", "float64"]
    {
        assert!(types.contains(one), "{one} is not among {types:?}");
    }
    assert!(types.iter().any(|one| one.contains("datetime64")), "{types:?}");
}
