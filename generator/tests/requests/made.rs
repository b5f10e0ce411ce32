//! Large datasets that no fixture could hold, made here: Zarr stores of noise, which no codec makes smaller.

use std::fs;
use std::path::Path;

use pinfold::import::{ImportOptions, import_blocks};
use pinfold::progress::Progress;
use pinfold_core::block::MemoryBlocks;
use pinfold_core::unixfs::Profile;
use serde_json::{Map, Value, json};

/// Which version of Zarr is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    V2,
    V3,
}

/// An array: its elements are floats of eight bytes.
struct Array {
    name: &'static str,
    dimensions: &'static [&'static str],
    shape: &'static [usize],
    chunks: &'static [usize],
    attributes: Value,
    value: fn(usize) -> f64,
}

/// Numbers between 0 and 1 that do not repeat.
fn noise(index: usize) -> f64 {
    let mixed = (index as u64 ^ 0x9e37_79b9).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ (mixed >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A curtain of 48 MB in chunks of 800 kB and a line, along a way of 60,000 points. Its four coordinates have 1.4 MB.
pub(crate) fn curtain(format: Format) -> (MemoryBlocks, String) {
    write(
        format,
        &[
            along("time", &[60_000], &[8192], "seconds since 2024-08-11", |i| i as f64),
            along("lat", &[60_000], &[8192], "degrees_north", |i| noise(i) * 20.0),
            along("lon", &[60_000], &[8192], "degrees_east", |i| noise(i) * 20.0 - 60.0),
            height(),
            Array { chunks: &[1000, 100], ..data("ta", &["time", "height"], &[60_000, 100]) },
            Array { chunks: &[1000], ..data("rr", &["time"], &[60_000]) },
        ],
    )
}

/// A way of a million points: coordinates of 8 MB each, in chunks of 128 kB, none of which is read whole.
pub(crate) fn long_way(format: Format) -> (MemoryBlocks, String) {
    write(
        format,
        &[
            along("time", &[1_000_000], &[16_384], "seconds since 2024-08-11", |i| i as f64),
            along("lat", &[1_000_000], &[16_384], "degrees_north", |i| noise(i) * 20.0),
            along("lon", &[1_000_000], &[16_384], "degrees_east", |i| noise(i) * 20.0 - 60.0),
            height(),
            Array { chunks: &[16_384], ..data("ta", &["time"], &[1_000_000]) },
            Array { chunks: &[16_384], ..data("rr", &["time"], &[1_000_000]) },
        ],
    )
}

fn along(
    name: &'static str,
    shape: &'static [usize],
    chunks: &'static [usize],
    units: &str,
    value: fn(usize) -> f64,
) -> Array {
    Array { name, dimensions: &["time"], shape, chunks, attributes: json!({ "units": units }), value }
}

fn height() -> Array {
    Array {
        name: "height",
        dimensions: &["height"],
        shape: &[100],
        chunks: &[100],
        attributes: json!({ "units": "m", "standard_name": "height", "axis": "Z" }),
        value: |i| i as f64 * 100.0,
    }
}

fn data(name: &'static str, dimensions: &'static [&'static str], shape: &'static [usize]) -> Array {
    let attributes = json!({ "units": "K", "standard_name": "air_temperature", "coordinates": "lat lon" });
    Array { name, dimensions, shape, chunks: shape, attributes, value: noise }
}

fn write(format: Format, arrays: &[Array]) -> (MemoryBlocks, String) {
    let folder = tempfile::tempdir().unwrap();
    for array in arrays {
        chunks(format, array, folder.path());
    }
    metadata(format, arrays, folder.path());
    let mut blocks = MemoryBlocks::new("made");
    let options = ImportOptions { profile: Profile::default(), hidden: true, progress: &Progress::silent() };
    let imported = import_blocks(folder.path(), &options, &mut |block| {
        blocks.insert(block.clone());
        Ok(())
    });
    (blocks, imported.unwrap().cid.to_string())
}

/// Every chunk of an array of one or two dimensions.
fn chunks(format: Format, array: &Array, root: &Path) {
    let columns = array.shape.get(1).copied().unwrap_or(1);
    let rows = array.chunks[0];
    for (index, first) in (0..array.shape[0]).step_by(rows).enumerate() {
        let bytes: Vec<u8> = (first * columns..(first + rows) * columns)
            .flat_map(|element| (array.value)(element).to_le_bytes())
            .collect();
        let numbers = if array.shape.len() == 2 { vec![index, 0] } else { vec![index] };
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        let name = match format {
            Format::V2 => numbers.join("."),
            Format::V3 => format!("c/{}", numbers.join("/")),
        };
        let path = root.join(array.name).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn metadata(format: Format, arrays: &[Array], root: &Path) {
    let attributes = json!({ "title": "Noise", "featureType": "trajectory" });
    let mut all = Map::new();
    for array in arrays {
        let metadata = match format {
            Format::V2 => {
                let mut attributes = array.attributes.clone();
                attributes["_ARRAY_DIMENSIONS"] = json!(array.dimensions);
                let metadata = json!({
                    "zarr_format": 2, "shape": array.shape, "chunks": array.chunks, "dtype": "<f8", "order": "C",
                    "compressor": null, "filters": null, "fill_value": null,
                });
                put(root, &mut all, &format!("{}/.zattrs", array.name), attributes);
                put(root, &mut all, &format!("{}/.zarray", array.name), metadata);
                continue;
            }
            Format::V3 => json!({
                "zarr_format": 3, "node_type": "array", "shape": array.shape, "data_type": "float64",
                "chunk_grid": { "name": "regular", "configuration": { "chunk_shape": array.chunks } },
                "chunk_key_encoding": { "name": "default", "configuration": { "separator": "/" } },
                "codecs": [{ "name": "bytes", "configuration": { "endian": "little" } }],
                "fill_value": 0.0, "dimension_names": array.dimensions, "attributes": array.attributes,
            }),
        };
        fs::write(root.join(array.name).join("zarr.json"), metadata.to_string()).unwrap();
        all.insert(array.name.to_owned(), metadata);
    }
    match format {
        Format::V2 => {
            put(root, &mut all, ".zgroup", json!({ "zarr_format": 2 }));
            put(root, &mut all, ".zattrs", attributes);
            let consolidated = json!({ "zarr_consolidated_format": 1, "metadata": all });
            fs::write(root.join(".zmetadata"), consolidated.to_string()).unwrap();
        }
        Format::V3 => {
            let consolidated = json!({ "kind": "inline", "must_understand": false, "metadata": all });
            let group = json!({
                "zarr_format": 3, "node_type": "group", "attributes": attributes,
                "consolidated_metadata": consolidated,
            });
            fs::write(root.join("zarr.json"), group.to_string()).unwrap();
        }
    }
}

/// A file of metadata of Zarr v2, and its place in the consolidated ones.
fn put(root: &Path, all: &mut Map<String, Value>, path: &str, content: Value) {
    fs::write(root.join(path), content.to_string()).unwrap();
    all.insert(path.to_owned(), content);
}
