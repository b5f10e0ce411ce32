use expect_test::expect;
use serde_json::json as object;

use super::*;
use crate::zarr::Values;

fn attributes(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

fn origin() -> Origin {
    Origin { cid: "bafkqaaa".into(), title: "A\ntitle".into(), selection: "variable=t".into() }
}

fn two() -> Vec<Exported> {
    vec![
        Exported {
            name: "time".into(),
            dimensions: vec!["time".into()],
            raw: ArrayData { shape: vec![2], values: Values::Int64(vec![0, 60]) },
            decoded: vec![
                Some(Cell::Text("2026-01-01T00:00:00Z".into())),
                Some(Cell::Text("2026-01-01T00:01:00Z".into())),
            ],
            attributes: attributes(object!({"units": "seconds since 2026-01-01"})),
            marks: vec![i64::MIN as f64],
        },
        Exported {
            name: "g/t".into(),
            dimensions: vec!["time".into(), "level".into()],
            raw: ArrayData { shape: vec![2, 3], values: Values::Int16(vec![1, 2, 3, 4, -9, 6]) },
            decoded: [1.5, 2.5, 3.5, 4.5, f64::NAN, 6.5]
                .map(|v: f64| (!v.is_nan()).then_some(Cell::Number(v)))
                .to_vec(),
            attributes: attributes(
                object!({"units": "K", "_FillValue": "AAAAAAAAIsA=", "add_offset": 0.5, "scale_factor": 1.0}),
            ),
            marks: vec![-9.0, -8.0],
        },
        Exported {
            name: "=name".into(),
            dimensions: vec!["level".into()],
            raw: ArrayData {
                shape: vec![3],
                values: Values::Text(vec!["a".into(), "\"b\",".into(), "é".into()]),
            },
            decoded: ["a", "\"b\",", "é"].map(|v| Some(Cell::Text(v.into()))).to_vec(),
            attributes: Map::new(),
            marks: Vec::new(),
        },
    ]
}

#[test]
fn csv_repeats_what_has_fewer_dimensions() {
    expect![[r#"
        # A title
        # ipfs://bafkqaaa
        # variable=t
        time,g/t [K],'=name
        2026-01-01T00:00:00Z,1.5,a
        2026-01-01T00:00:00Z,2.5,"""b"","
        2026-01-01T00:00:00Z,3.5,é
        2026-01-01T00:01:00Z,4.5,a
        2026-01-01T00:01:00Z,,"""b"","
        2026-01-01T00:01:00Z,6.5,é
    "#]]
    .assert_eq(&csv(&two(), &origin()));
}

#[test]
fn json_says_missing_as_null() {
    let value: Value = serde_json::from_str(&json(&two(), &origin())).unwrap();
    assert_eq!(value["variables"][1]["values"], object!([1.5, 2.5, 3.5, 4.5, null, 6.5]));
}

#[test]
fn netcdf_has_the_right_shape() {
    let file = netcdf(&two(), &origin()).unwrap();
    assert_eq!(&file[..4], b"CDF\x02");
    // A name, its padding, the type, how many, and values in that type: shorts, and a double for the whole numbers.
    let has = |bytes: &[u8]| file.windows(bytes.len()).any(|part| part == bytes);
    assert!(has(b"_FillValue\0\0\0\0\0\x03\0\0\0\x01\xff\xf7"), "a mark of g_t");
    assert!(has(b"missing_value\0\0\0\0\0\0\x03\0\0\0\x02\xff\xf7\xff\xf8"), "both marks of g_t");
    assert!(has(b"_FillValue\0\0\0\0\0\x06\0\0\0\x01\xc3\xe0\0\0\0\0\0\0"), "no time");
    // The last variable's data end the file: three names of four bytes.
    assert_eq!(&file[file.len() - 12..], b"a\0\0\0\"b\",\xc3\xa9\0\0");
    if let Ok(path) = std::env::var("PINFOLD_WRITE_NETCDF") {
        std::fs::write(path, &file).unwrap();
    }
}

#[test]
fn lengths_that_disagree_are_an_error() {
    let mut variables = two();
    variables[2].raw = ArrayData { shape: vec![2], values: Values::Text(vec!["a".into(), "b".into()]) };
    expect!["dimension level has length 3 in one variable and 2 in _name"]
        .assert_eq(&netcdf(&variables, &origin()).unwrap_err().to_string());
}
