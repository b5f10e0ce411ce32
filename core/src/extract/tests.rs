use futures::executor::block_on;
use serde_json::json;

use super::*;
use crate::store::MemoryStore;

fn no_yaml(_: &[u8]) -> Result<Value, String> {
    Err("no YAML here".to_owned())
}

fn cid() -> Cid {
    "bafkqaaa".parse().unwrap()
}

fn array(shape: &[u64], dtype: &str) -> String {
    json!({"zarr_format": 2, "shape": shape, "chunks": shape, "dtype": dtype, "order": "C", "compressor": null,
        "filters": null, "fill_value": null})
    .to_string()
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn a_flight() {
    let store = MemoryStore::from_iter([
        (".zgroup", r#"{"zarr_format": 2}"#.as_bytes().to_vec()),
        (
            ".zattrs",
            json!({"title": " A\u{7}flight ", "creator_name": "Jane Doe", "license": "CC BY 4.0",
            "time_coverage_start": "2020-01-01", "time_coverage_end": "2020-01-02"})
            .to_string()
            .into_bytes(),
        ),
        ("time/.zarray", array(&[3], "<f8").into_bytes()),
        (
            "time/.zattrs",
            json!({"_ARRAY_DIMENSIONS": ["time"], "units": "hours since 2024-08-11"})
                .to_string()
                .into_bytes(),
        ),
        ("time/0", doubles(&[0.0, 1.0, 2.5])),
        ("lat/.zarray", array(&[3], "<f8").into_bytes()),
        (
            "lat/.zattrs",
            json!({"_ARRAY_DIMENSIONS": ["time"], "units": "degrees_north"}).to_string().into_bytes(),
        ),
        ("lat/0", doubles(&[10.0, -9999.0, 12.0])),
        ("lon/.zarray", array(&[3], "<f8").into_bytes()),
        (
            "lon/.zattrs",
            json!({"_ARRAY_DIMENSIONS": ["time"], "units": "degrees_east"}).to_string().into_bytes(),
        ),
        ("lon/0", doubles(&[350.0, -9999.0, 5.0])),
    ]);
    let dataset = block_on(extract(&store, cid(), &no_yaml, &Limits::default())).unwrap();
    assert_eq!(dataset.title.as_deref(), Some("Aflight"));
    assert_eq!(dataset.extent.time.unwrap().end, "2024-08-11T02:30:00Z");
    assert_eq!(dataset.extent.bbox, Some([-10.0, 10.0, 5.0, 12.0]));
    assert_eq!(dataset.extent.geometry.unwrap()["type"], "LineString");
    assert_eq!(dataset.license.unwrap().spdx.as_deref(), Some("CC-BY-4.0"));
    let codes: Vec<&str> = dataset.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert!(codes.contains(&"position-implausible"), "{codes:?}");
    assert!(codes.contains(&"time-coverage-differs"), "{codes:?}");
    assert!(dataset.size_bytes > 72);
}

#[test]
fn nothing_there_is_said() {
    let error = block_on(extract(&MemoryStore::new(), cid(), &no_yaml, &Limits::default())).unwrap_err();
    assert_eq!(error, ExtractError::NotADataset);
}

#[test]
fn five_thousand_authors_and_a_title_of_100_kb_take_no_time() {
    let names: Vec<String> = (0..5_000).map(|i| format!("Given{i} Family{i}")).collect();
    let store = MemoryStore::from_iter([
        (".zgroup", r#"{"zarr_format": 2}"#.as_bytes().to_vec()),
        (
            ".zattrs",
            json!({"title": "x".repeat(100_000), "creator_name": names.join(", ")}).to_string().into_bytes(),
        ),
    ]);
    let dataset = block_on(extract(&store, cid(), &no_yaml, &Limits::default())).unwrap();
    assert_eq!(dataset.people.len(), 5_000);
}

#[test]
fn uuids_are_of_the_url_namespace() {
    // python: uuid.uuid5(uuid.NAMESPACE_URL, "ipfs://bafkqaaa")
    assert_eq!(uuid(cid()).len(), 36);
    assert_eq!(uuid(cid()), uuid("bafkqaaa".parse().unwrap()));
}
