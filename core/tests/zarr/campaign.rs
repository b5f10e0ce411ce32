//! The campaign's arrays from verified blocks, compared with what xarray reads of them. Variables that
//! are packed or hold times need CF and are compared there.

use std::sync::Arc;

use futures::executor::block_on;
use pinfold_core::block::{Limits, MemoryBlocks};
use pinfold_core::unixfs::UnixfsStore;
use pinfold_core::zarr::{Array, Format, json};
use serde_json::Value;

use crate::archive::open;
use crate::fixtures::read_all;

/// Whether the stored numbers are the values.
fn is_plain(array: &Array) -> bool {
    let has = |name: &str| array.attributes.contains_key(name);
    let units = array.attributes.get("units").and_then(Value::as_str).unwrap_or_default();
    let duration = ["days", "hours", "minutes", "seconds", "milliseconds"].contains(&units);
    array.data_type.is_numeric()
        && !["scale_factor", "add_offset"].into_iter().any(has)
        && !units.contains(" since ")
        && (!duration || !has("dtype"))
}

#[test]
fn every_array_is_what_xarray_reads() {
    let folder = format!("{}/../../shared/data", env!("CARGO_MANIFEST_DIR"));
    let (Ok(car), Ok(expected)) = (
        std::fs::read(format!("{folder}/campaign.car")),
        std::fs::read(format!("{folder}/campaign-expected.json")),
    ) else {
        eprintln!("SKIPPED: {folder}/campaign.car and campaign-expected.json are missing");
        return;
    };
    let expected = json::parse(&expected, 64).unwrap();
    let (blocks, roots) = MemoryBlocks::from_car("campaign.car", car, &Limits::default()).unwrap();
    let tree = UnixfsStore::new(Arc::new(blocks), roots[0], Limits::default());
    let (mut compared, mut read) = (0, 0);
    for (path, dataset) in expected.as_object().unwrap() {
        let Some(variables) = dataset["variables"].as_object() else { continue };
        let root = block_on(tree.cid(path)).unwrap().unwrap();
        let store = UnixfsStore::with_unixfs(tree.unixfs().clone(), root);
        let hierarchy = open(&store);
        assert_eq!(hierarchy.problems, []);
        for array in hierarchy.arrays.values() {
            assert_eq!(array.unsupported, None);
            let data = read_all(array, &store);
            assert_eq!(data.len() as u64, array.element_count());
            read += 1;
            let at = format!("{path}/{}", array.path);
            let variable = &variables[&array.path];
            assert_eq!(Value::from(array.shape.clone()), variable["shape"], "{at}");
            assert_eq!(Value::from(array.dimensions()), variable["dims"], "{at}");
            if !is_plain(array) || variable["sum"].is_null() {
                continue;
            }
            let mut missing: Vec<f64> = ["_FillValue", "missing_value"]
                .iter()
                .flat_map(|name| array.attribute_numbers(name).unwrap_or_default())
                .collect();
            if array.format == Format::V2 {
                missing.extend(array.fill_f64());
            }
            let valid: Vec<f64> = data
                .to_f64()
                .unwrap()
                .into_iter()
                .filter(|value| !value.is_nan() && !missing.contains(value))
                .collect();
            assert_eq!(Value::from(valid.len()), variable["valid_count"], "{at}");
            let close = |found: f64, name: &str| {
                let expected = variable[name].as_f64().unwrap();
                let error = (found - expected).abs();
                assert!(
                    error <= 1e-6 * expected.abs().max(1e-9),
                    "{at}: {name} {found}, {expected} expected"
                );
            };
            close(valid.iter().copied().fold(f64::INFINITY, f64::min), "min");
            close(valid.iter().copied().fold(f64::NEG_INFINITY, f64::max), "max");
            close(valid.iter().sum(), "sum");
            compared += 1;
        }
    }
    println!("{read} arrays read, {compared} compared with xarray");
    assert!(compared > 80, "{compared} of {read} were compared");
}
