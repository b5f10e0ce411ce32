//! How fast chunks are decoded: `cargo run --release -p pinfold-core --example decode [name]`.
//!
//! Prints decoded MB/s (10⁶ bytes) for each codec of the Zarr fixtures, best of several runs. Each
//! chunk is decoded as [`Array::decode_chunk`] does it, into typed values. Compressed chunks come from
//! `tests/fixtures/zarr/make.py --bench DIR`, which writes one array of 4 MB for each codec.

use std::time::Instant;

use pinfold_core::block::Limits;
use pinfold_core::store::MemoryStore;
use pinfold_core::zarr::Hierarchy;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().unwrap_or_else(|| "target/zarr-bench".to_owned());
    let wanted = arguments.next().unwrap_or_default();
    let mut store = MemoryStore::new();
    let mut pending = vec![std::path::PathBuf::from(&directory)];
    while let Some(folder) = pending.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| {
            format!(
                "{}: {error}: run tests/fixtures/zarr/make.py --bench {directory} first",
                folder.display()
            )
        })?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let key = path.strip_prefix(&directory)?.to_string_lossy().replace('\\', "/");
                store.insert(key, std::fs::read(&path)?);
            }
        }
    }
    let limits = Limits::default();
    let hierarchy = futures::executor::block_on(Hierarchy::open(&store, &limits))?;
    println!("{:32} {:>9} {:>9} {:>7}", "codec, data type", "MB/s", "MB", "ratio");
    for array in hierarchy.arrays.values().filter(|array| array.path.contains(&wanted)) {
        let path = array.chunk_path(&vec![0; array.shape.len()]);
        let bytes =
            futures::executor::block_on(pinfold_core::store::Store::get(&store, &path))?.ok_or(path)?;
        let decoded_bytes = array.logical_bytes().unwrap_or(0) as f64;
        let mut best = f64::INFINITY;
        let begun = Instant::now();
        while begun.elapsed().as_millis() < 400 {
            let start = Instant::now();
            std::hint::black_box(array.decode_chunk(std::hint::black_box(&bytes), &limits)?);
            best = best.min(start.elapsed().as_secs_f64());
        }
        let name = format!("{}, {}", array.codec, array.data_type);
        let ratio = decoded_bytes / bytes.len() as f64;
        println!("{name:32} {:9.0} {:9.2} {ratio:7.2}", decoded_bytes / best / 1e6, decoded_bytes / 1e6);
    }
    Ok(())
}
