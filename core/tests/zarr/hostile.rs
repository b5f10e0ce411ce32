//! What is wrong is named, and loses nothing that was fine.

use expect_test::{Expect, expect};
use futures::executor::block_on;
use pinfold_core::block::Limits;
use pinfold_core::store::MemoryStore;
use pinfold_core::zarr::{Array, Hierarchy, ReadOptions, Selection, json as zarr_json};
use serde_json::{Value, json};

use crate::archive::{FILES, open, store};

/// `.zarray` with some keys changed.
fn zarray(changes: &Value) -> Vec<u8> {
    let mut metadata = json!({
        "zarr_format": 2, "shape": [4], "chunks": [4], "dtype": "<i4", "order": "C",
        "compressor": null, "filters": null, "fill_value": 0,
    });
    for (key, value) in changes.as_object().unwrap() {
        metadata[key] = value.clone();
    }
    metadata.to_string().into_bytes()
}

fn read(array: &Array, store: &MemoryStore) -> String {
    let options = ReadOptions { selection_bytes: 1 << 20, ..ReadOptions::default() };
    let found = block_on(array.read(store, &Selection::all(&array.shape), &options));
    found.map_or_else(|error| format!("error: {error}"), |data| format!("{:?}", data.values))
}

/// Opens and reads one array with this chunk.
fn check(changes: &Value, chunk: &[u8], expected: Expect) {
    let files = [(".zgroup", b"{}".to_vec()), ("a/.zarray", zarray(changes)), ("a/0", chunk.to_vec())];
    let store = MemoryStore::from_iter(files);
    let hierarchy = open(&store);
    let found = match hierarchy.arrays.get("a") {
        Some(array) => read(array, &store),
        None => format!("problem: {}", hierarchy.problems[0].error),
    };
    expected.assert_eq(&found);
}

#[test]
fn damaged_chunks() {
    let zlib = json!({"compressor": {"id": "zlib", "level": 1}});
    let blosc = json!({"compressor": {"id": "blosc", "cname": "lz4"}});
    let chunk = |name: &str| FILES[&format!("v2/codecs/i2/{name}/0")].clone();
    check(&json!({}), &[0; 15], expect!["error: a/0: bytes: decodes to 15 bytes, 16 expected"]);
    check(&json!({}), &[1; 17], expect!["error: a/0: bytes: decodes to 17 bytes, 16 expected"]);
    check(&json!({}), &[], expect!["error: a/0: bytes: decodes to 0 bytes, 16 expected"]);
    check(&zlib, &chunk("zlib"), expect!["error: a/0: zlib: decodes to more than 16 bytes"]);
    check(&zlib, &chunk("zlib")[..20], expect!["error: a/0: zlib: cut off after 20 bytes"]);
    check(&zlib, b"nonsense", expect!["error: a/0: zlib: deflate decompression error"]);
    check(
        &blosc,
        &chunk("blosc_lz4_shuffle"),
        expect!["error: a/0: blosc: decodes to 260 bytes, 16 expected"],
    );
    check(&blosc, &chunk("blosc_lz4_shuffle")[..15], expect!["error: a/0: blosc: cut off after 15 bytes"]);
    let lz4 = json!({"compressor": {"id": "lz4"}});
    check(&lz4, &[0xff; 9], expect!["error: a/0: lz4: decodes to 4294967295 bytes, 16 expected"]);
    let crc = json!({"filters": [{"id": "crc32c"}]});
    check(&crc, &[0; 20], expect!["error: a/0: crc32c: the checksum is another one"]);
    check(&crc, &[0; 3], expect!["error: a/0: crc32c: cut off after 3 bytes"]);
    let vlen = json!({"dtype": "|O", "filters": [{"id": "vlen-utf8"}], "fill_value": ""});
    check(&vlen, &[255, 255, 255, 255, 0], expect!["error: a/0: vlen: 4294967295 elements, 4 expected"]);
    check(&vlen, &[4, 0, 0, 0, 255, 255, 255, 255], expect!["error: a/0: vlen: cut off after 8 bytes"]);
}

#[test]
fn bombs_stop_at_the_chunk_s_size() {
    use std::io::Write;
    // 128 MiB of zeros in 128 kB; the chunk has 16 bytes.
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(9));
    for _ in 0..8 {
        encoder.write_all(&vec![0; 1 << 24]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    check(
        &json!({"compressor": {"id": "zlib", "level": 9}}),
        &bomb,
        expect!["error: a/0: zlib: decodes to more than 16 bytes"],
    );
    // Where the size is not known (a row of texts) the limit holds.
    let store = MemoryStore::from_iter([
        (
            ".zarray",
            zarray(&json!({"dtype": "|O", "filters": [{"id": "vlen-utf8"}], "fill_value": "",
            "compressor": {"id": "zlib", "level": 9}})),
        ),
        ("0", bomb),
    ]);
    let limits = Limits { chunk_bytes: 1 << 20, ..Limits::default() };
    let options = ReadOptions { limits, ..ReadOptions::default() };
    let error = block_on(open(&store).arrays[""].read(&store, &Selection::all(&[4]), &options)).unwrap_err();
    expect!["0: zlib: decodes to more than 1048576 bytes"].assert_eq(&error.to_string());
}

#[test]
fn huge_declared_sizes() {
    let huge = json!({"shape": [1u64 << 62, 1u64 << 62], "chunks": [1, 1]});
    check(
        &huge,
        &[],
        expect!["error: a: the size of the selection in bytes is 18446744073709551615, the limit is 1048576"],
    );
    let chunk = json!({"chunks": [1u64 << 40]});
    check(
        &chunk,
        &[],
        expect!["error: a: the size of a chunk in bytes is 4398046511104, the limit is 1073741824"],
    );
    let text = json!({"dtype": "<U4000000000", "fill_value": ""});
    check(&text, &[], expect!["error: a: the data type fixed-string[4000000000] is not supported"]);
    let many = json!({"shape": [1 << 20], "chunks": [1], "dtype": "|i1"});
    check(&many, &[], expect!["error: a: the number of chunks is 1048576, the limit is 262144"]);
}

#[test]
fn what_is_not_supported_is_named() {
    check(
        &json!({"dtype": [["a", "<i4"]]}),
        &[],
        expect![[r#"error: a: the data type structured [["a","<i4"]] is not supported"#]],
    );
    check(&json!({"dtype": "<f16"}), &[], expect!["error: a: the data type <f16 is not supported"]);
    check(
        &json!({"compressor": {"id": "pcodec"}}),
        &[],
        expect!["error: a: the codec pcodec is not supported"],
    );
    check(
        &json!({"compressor": {"id": "blosc", "cname": "snappy"}}),
        &[],
        expect!["error: a: the codec blosc(snappy) is not supported"],
    );
    check(
        &json!({"dtype": "|O", "fill_value": null}),
        &[],
        expect!["error: a: the codec object without vlen-utf8 or vlen-bytes is not supported"],
    );
    check(
        &json!({"dtype": "|O", "filters": [{"id": "pickle"}]}),
        &[],
        expect!["error: a: the codec pickle is not supported"],
    );
    check(
        &json!({"filters": [{"id": "delta", "dtype": "<i8"}]}),
        &[],
        expect!["error: a: the codec delta of int32 is not supported"],
    );
}

#[test]
fn wrong_metadata() {
    check(&json!({"shape": [-1]}), &[], expect!["problem: a: shape is not a list of lengths"]);
    check(&json!({"chunks": [0]}), &[], expect!["problem: a: chunks of length 0"]);
    check(&json!({"chunks": [1, 1]}), &[], expect!["problem: a: chunks have 2 dimensions, the array 1"]);
    check(&json!({"fill_value": "x"}), &[], expect![[r#"problem: a: fill_value "x" is not a int32"#]]);
    check(&json!({"order": "A"}), &[], expect![[r#"problem: a: order "A" is neither C nor F"#]]);
    check(&json!({"zarr_format": 1}), &[], expect!["problem: a: zarr_format is 1, 2 expected"]);
    check(
        &json!({"shape": vec![1; 65], "chunks": vec![1; 65]}),
        &[],
        expect!["problem: a: 65 dimensions, more than 64"],
    );
}

#[test]
fn invalid_json_in_one_array_leaves_the_others() {
    for (name, file) in
        [("v2-walk", "outer/layouts/dots/.zarray"), ("v3-walk", "outer/layouts/v2_dots/zarr.json")]
    {
        let mut store = store(name);
        let before = open(&store).arrays.len();
        store.insert(file, br#"{"zarr_format": 2, "shape": [1,}"#.to_vec());
        let hierarchy = open(&store);
        assert_eq!(hierarchy.arrays.len(), before - 1);
        let problems: Vec<String> =
            hierarchy.problems.iter().map(|problem| problem.error.to_string()).collect();
        assert_eq!(problems, [format!("{file}: invalid JSON: expected a value, found `}}` at byte 31")]);
    }
    // Attributes that cannot be read cost the attributes only.
    let mut broken = store("v2-walk");
    broken.insert("outer/layouts/named/.zattrs", b"{".to_vec());
    let hierarchy = open(&broken);
    assert!(hierarchy.arrays["outer/layouts/named"].attributes.is_empty());
    assert_eq!(hierarchy.problems.len(), 1);
    // In consolidated metadata one array's nonsense is its own.
    let mut consolidated = store("v2");
    let mut metadata = zarr_json::parse(&FILES["v2/.zmetadata"], 64).unwrap();
    metadata["metadata"]["layouts/dots/.zarray"]["shape"] = json!("seven");
    metadata["metadata"]["../../etc/.zarray"] = metadata["metadata"]["layouts/slashes/.zarray"].clone();
    consolidated.insert(".zmetadata", metadata.to_string());
    let hierarchy = open(&consolidated);
    let problems: Vec<String> = hierarchy.problems.iter().map(|problem| problem.error.to_string()).collect();
    assert_eq!(
        problems,
        ["layouts/dots: shape is not a list of lengths", "../../etc: not a path of a group or array"]
    );
    assert!(hierarchy.arrays.contains_key("layouts/slashes"));
    // When all of it cannot be read, the arrays' own files are.
    consolidated.insert(".zmetadata", b"{".to_vec());
    let hierarchy = open(&consolidated);
    assert!(!hierarchy.consolidated && hierarchy.arrays.contains_key("layouts/dots"));
    assert_eq!(
        hierarchy.problems[0].error.to_string(),
        ".zmetadata: invalid JSON: expected a string, found the end at byte 1"
    );
}

#[test]
fn no_zarr_at_all() {
    let error =
        |store: MemoryStore| block_on(Hierarchy::open(&store, &Limits::default())).unwrap_err().to_string();
    expect!["/: neither zarr.json nor .zmetadata, .zgroup or .zarray is there"]
        .assert_eq(&error(MemoryStore::from_iter([("readme.txt", "hello")])));
    let deep = "[".repeat(100_000);
    expect!["zarr.json: invalid JSON: nested deeper than 64 levels"]
        .assert_eq(&error(MemoryStore::from_iter([("zarr.json", deep)])));
    expect!["zarr.json: neither a group nor an array of Zarr v3"]
        .assert_eq(&error(MemoryStore::from_iter([("zarr.json", "{}")])));
}

#[test]
fn shards_with_an_index_that_lies() {
    let original = store("v3");
    let hierarchy = open(&original);
    let array = &hierarchy.arrays["shards/bare_index"];
    let path = "shards/bare_index/c/0/0";
    let shard = FILES[&format!("v3/{path}")].to_vec();
    // A big-endian index of four chunks, no checksum, at the end.
    let index = shard.len() - 64;
    let with = |offset: u64, length: u64| {
        let mut store = original.clone();
        let mut shard = shard.clone();
        shard[index..index + 8].copy_from_slice(&offset.to_be_bytes());
        shard[index + 8..index + 16].copy_from_slice(&length.to_be_bytes());
        store.insert(path, shard);
        let part = Selection::new(vec![0, 0], vec![1, 1]);
        let part = block_on(array.read(&store, &part, &ReadOptions::default())).unwrap_err();
        let whole =
            block_on(array.read(&store, &Selection::all(&array.shape), &ReadOptions::default())).unwrap_err();
        format!("{part}\n{whole}")
    };
    expect![[r#"
        shards/bare_index/c/0/0: shard index: a chunk of 1 bytes at 18446744073709551615
        shards/bare_index/c/0/0: sharding: a chunk: cut off after 340 bytes"#]]
    .assert_eq(&with(u64::MAX, 1));
    expect![[r#"
        shards/bare_index/c/0/0: shard index: a chunk of 18446744073709551614 bytes at 0
        shards/bare_index/c/0/0: sharding: a chunk: cut off after 340 bytes"#]]
    .assert_eq(&with(0, u64::MAX - 1));
    expect![[r#"
        shards/bare_index/c/0/0: shard index: a chunk ends after the file, which gave 0 bytes of a range
        shards/bare_index/c/0/0: sharding: a chunk: cut off after 340 bytes"#]]
    .assert_eq(&with(1 << 40, 10));
    expect![[r#"
        shards/bare_index/c/0/0: shard index: a chunk ends after the file, which gave 340 bytes of a range
        shards/bare_index/c/0/0: sharding: a chunk: cut off after 340 bytes"#]]
    .assert_eq(&with(0, 1 << 20));
    let mut cut = original.clone();
    cut.insert(path, shard[..60].to_vec());
    let part = Selection::new(vec![0, 0], vec![1, 1]);
    let error = block_on(array.read(&cut, &part, &ReadOptions::default())).unwrap_err();
    expect!["shards/bare_index/c/0/0: sharding: the index: cut off after 60 bytes"]
        .assert_eq(&error.to_string());
}
