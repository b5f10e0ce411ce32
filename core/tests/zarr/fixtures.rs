//! Every array of the fixtures has the shape, type, codecs and values that zarr-python says.

use futures::executor::block_on;
use pinfold_core::zarr::{Array, ArrayData, Format, Hierarchy, ReadOptions, Selection, Values, json};
use serde_json::Value;

use crate::archive::{FILES, open, store};

pub(crate) fn read_all(array: &Array, store: &dyn pinfold_core::store::Store) -> ArrayData {
    block_on(array.read(store, &Selection::all(&array.shape), &ReadOptions::default()))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Values in the form of `expected.json`.
fn plain(data: &ArrayData) -> Vec<Value> {
    let float = |value: f64| {
        if value.is_nan() {
            Value::from("NaN")
        } else if value.is_infinite() {
            Value::from(if value > 0.0 { "Infinity" } else { "-Infinity" })
        } else {
            Value::from(value)
        }
    };
    match &data.values {
        Values::Bool(values) => values.iter().map(|value| Value::from(*value)).collect(),
        Values::Int64(values) | Values::DateTime64(values, _) | Values::TimeDelta64(values, _) => {
            values.iter().map(|value| Value::from(*value)).collect()
        }
        Values::UInt64(values) => values.iter().map(|value| Value::from(*value)).collect(),
        Values::Float32(values) => values.iter().map(|value| float((*value).into())).collect(),
        Values::Float64(values) => values.iter().map(|value| float(*value)).collect(),
        Values::Complex(values) => {
            values.iter().map(|[re, im]| Value::from(vec![float(*re), float(*im)])).collect()
        }
        Values::Text(values) => values.iter().map(|value| Value::from(value.as_str())).collect(),
        Values::Bytes(values) => {
            values.iter().map(|value| Value::from(String::from_utf8_lossy(value))).collect()
        }
        _ => data.to_f64().unwrap().into_iter().map(|value| Value::from(value as i64)).collect(),
    }
}

fn check(name: &str) {
    let expected: Value = serde_json::from_slice(&FILES["expected.json"]).unwrap();
    let store = store(name);
    let hierarchy = open(&store);
    assert_eq!(hierarchy.problems, []);
    assert_eq!(hierarchy.consolidated, !name.ends_with("-walk"));
    let mut seen = 0;
    for (path, expected_array) in expected["arrays"].as_object().unwrap() {
        let Some(path) = path.strip_prefix(name).and_then(|path| path.strip_prefix('/')) else { continue };
        seen += 1;
        let array = hierarchy.arrays.get(path).unwrap_or_else(|| panic!("{path} is missing"));
        assert_eq!(Value::from(array.shape.clone()), expected_array["shape"], "{path}");
        if let Some(unsupported) = expected_array["unsupported"].as_str() {
            // Read natively; the fixtures tell what every build must read.
            if unsupported.ends_with("bz2") {
                assert_eq!((&array.unsupported, array.codec.as_str()), (&None, "bz2"), "{path}");
                continue;
            }
            let error = array.unsupported.as_ref().unwrap_or_else(|| panic!("{path} should be unsupported"));
            assert!(error.is_unsupported() && error.to_string().contains(unsupported), "{error}");
            continue;
        }
        assert_eq!(array.unsupported, None);
        if let Some(name) = expected_array["dtype_name"].as_str() {
            assert_eq!(array.data_type.to_string(), name, "{path}");
        }
        if let Some(codec) = expected_array["codec"].as_str() {
            assert_eq!(array.codec, codec, "{path}");
        }
        let data = read_all(array, &store);
        let values = plain(&data);
        if expected_array["formula"] == "big" {
            let formula = |index: u64| (index * index / 50_000 % 97) as f64;
            assert_eq!(data.to_f64().unwrap(), (0..40_001).map(formula).collect::<Vec<_>>(), "{path}");
            continue;
        }
        let expected_values = match expected_array["data"].as_str() {
            Some(key) => &expected["data"][key],
            None => &expected_array["values"],
        };
        let expected_values = expected_values.as_array().unwrap();
        if path.ends_with("raw_V") {
            let Values::Bytes(values) = &data.values else { panic!("{path}: {data:?}") };
            let hex: Vec<Value> = values
                .iter()
                .map(|value| value.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into())
                .collect();
            assert_eq!(&hex, expected_values);
            continue;
        }
        assert_eq!(values.len(), expected_values.len(), "{path}");
        for (at, (value, expected)) in values.iter().zip(expected_values).enumerate() {
            let same = match (json::number(value), json::number(expected)) {
                (Some(value), Some(expected)) => value == expected || value.is_nan() && expected.is_nan(),
                _ => value == expected,
            };
            assert!(
                same || value == expected || complex_equal(value, expected),
                "{path}[{at}]: {value}, {expected} expected"
            );
        }
    }
    assert_eq!(seen, hierarchy.arrays.len(), "every array was compared");
}

fn complex_equal(value: &Value, expected: &Value) -> bool {
    let part = |value: &Value, at: usize| json::number(&value[at]);
    value.is_array() && part(value, 0) == part(expected, 0) && part(value, 1) == part(expected, 1)
}

#[test]
fn v2() {
    check("v2");
}

#[test]
fn v3() {
    check("v3");
}

#[test]
fn v2_without_consolidated_metadata() {
    check("v2-walk");
}

#[test]
fn v3_without_consolidated_metadata() {
    check("v3-walk");
}

#[test]
fn groups_attributes_and_dimensions() {
    for (name, format) in
        [("v2", Format::V2), ("v3", Format::V3), ("v2-walk", Format::V2), ("v3-walk", Format::V3)]
    {
        let store = store(name);
        let hierarchy: Hierarchy = open(&store);
        assert_eq!(hierarchy.format, format);
        let root = hierarchy.root().unwrap();
        let version = name.chars().nth(1).unwrap();
        assert_eq!(root.attributes["title"], format!("Zarr v{version} — “tëst”"));
        assert_eq!(root.attributes["nothing"], "NaN");
        let layouts = if name.ends_with("walk") { "outer/layouts" } else { "layouts" };
        assert_eq!(hierarchy.groups[layouts].attributes["comment"], "layouts");
        let array = &hierarchy.arrays[&format!("{layouts}/named")];
        assert_eq!((array.name(), array.group()), ("named", layouts));
        assert_eq!(json::number(&array.attributes["valid_max"]), Some(f64::INFINITY));
        assert!(json::number(&array.attributes["missing"][0]).unwrap().is_nan());
        assert!(!array.attributes.contains_key("_ARRAY_DIMENSIONS"));
        let second = if format == Format::V2 { "lon" } else { "dim_1" };
        assert_eq!(array.dimensions(), ["lat", second]);
        assert_eq!(array.logical_bytes(), Some(24));
    }
}

#[test]
fn a_consolidated_store_takes_one_or_two_reads() {
    for (name, files) in [("v2", vec!["zarr.json", ".zmetadata"]), ("v3", vec!["zarr.json"])] {
        let watched = crate::archive::Watched::new(store(name));
        open(&watched);
        let reads: Vec<String> = watched.take().into_iter().map(|(path, _)| path).collect();
        assert_eq!(reads, files);
    }
}

#[test]
fn fill_values_as_numbers() {
    let hierarchy = open(&store("v3"));
    let fill = |name: &str| hierarchy.arrays[&format!("layouts/{name}")].fill_f64();
    assert_eq!(fill("fill_inf"), Some(f64::NEG_INFINITY));
    assert_eq!(fill("fill_int"), Some(-999.0));
    assert!(fill("fill_nan").unwrap().is_nan() && fill("fill_M").unwrap().is_nan());
    assert_eq!(fill("fill_S"), None);
    assert_eq!(fill("fill_bool"), Some(1.0));
}

/// The chunk is `numcodecs.BZ2(level=1).encode(numpy.array([7, -1, 500, 70000], dtype="<i4"))`.
#[test]
fn a_chunk_of_bz2() {
    let metadata = r#"{"zarr_format": 2, "shape": [4], "chunks": [4], "dtype": "<i4", "order": "C",
        "compressor": {"id": "bz2", "level": 1}, "filters": null, "fill_value": 0}"#;
    let chunk: &[u8] = &[
        0x42, 0x5a, 0x68, 0x31, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0x7f, 0xb4, 0xe8, 0x89, 0x0, 0x0, 0x4,
        0xe0, 0x80, 0xe0, 0x80, 0x20, 0x0, 0x40, 0x0, 0x4, 0x0, 0xa0, 0x0, 0x31, 0xc, 0x1, 0xf, 0x28, 0x68,
        0xa8, 0x42, 0x73, 0xa, 0xdb, 0x3c, 0x5d, 0xc9, 0x14, 0xe1, 0x42, 0x41, 0xfe, 0xd3, 0xa2, 0x24,
    ];
    let files = [(".zgroup", b"{}".as_slice()), ("a/.zarray", metadata.as_bytes()), ("a/0", chunk)];
    let store = pinfold_core::store::MemoryStore::from_iter(files);
    let data = read_all(&open(&store).arrays["a"], &store);
    assert_eq!(data.to_f64().unwrap(), [7.0, -1.0, 500.0, 70000.0]);
}
