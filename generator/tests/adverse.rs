//! Builds under adverse conditions, by the real program: a disk that fills up, data that explode when they are
//! decoded, metadata that want to be a program.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the message")]

#[allow(dead_code, reason = "shared with the other tests of builds")]
#[path = "site/blocks.rs"]
mod blocks;
#[allow(dead_code, reason = "shared with the other tests of builds")]
#[path = "site/harness.rs"]
mod harness;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use blocks::{Blocks, Item, attributes};
use harness::BuildTest;
use serde_json::json;

/// A small disk of its own, unmounted with the test.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where this account may not mount one.
    fn mount(folder: &Path, bytes: u64) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"])
            .arg(folder)
            .output();
        match done {
            Ok(output) if output.status.success() => Some(Self(folder.to_owned())),
            other => {
                eprintln!("SKIPPED: a full disk needs the right to mount a tmpfs: {other:?}");
                None
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_leaves_the_old_site_whole() {
    let mut blocks = Blocks::default();
    let one = blocks.zarr(&attributes("One"), &[1.0, 2.0]);
    let root = blocks.directory(&[("one.zarr", one)]);
    let site = |title: &str| format!("title: {title}\npublisher: {{name: Nobody}}\n");
    let test = BuildTest::new().file("data.car", blocks.car()).source("data.car");
    let test =
        test.file("pinlist.yaml", format!("- cid: {}\n", root.cid)).file("content/site.yaml", site("A"));
    let test = test.build().check_code(0);
    // What a site takes in pages of 4 KiB, with folders, and a bit more: room for one, not for two.
    let pages: u64 = test.tree("dist").values().map(|bytes| (bytes.len() as u64).div_ceil(4096) * 4096).sum();
    let Some(disk) = SmallDisk::mount(&test.path("disk"), pages + pages / 3) else { return };
    let test = test.with(&["--out", "disk/dist"]).build().check_code(0);
    let before = test.tree("disk/dist");
    assert!(before.contains_key("index.html"));
    // Another title changes every page: nothing can be taken over.
    let test = test.file("content/site.yaml", site("B")).build();
    assert!(test.stderr().contains("the disk is full; disk/dist is as it was before"), "{}", test.stderr());
    let test = test.check_code(2);
    assert!(test.tree("disk/dist") == before);
    let left: Vec<_> = fs::read_dir(&disk.0).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert_eq!(left, ["dist"], "what was staged is cleared away");
    drop(disk);
}

/// A group with a time coordinate and a variable, each one chunk as stored.
fn compressed(blocks: &mut Blocks, title: &str, length: u64, time: Vec<u8>, value: Vec<u8>) -> Item {
    let array = json!({"zarr_format": 2, "shape": [length], "chunks": [length], "dtype": "<f4",
        "compressor": {"id": "zlib", "level": 9}, "fill_value": null, "filters": null, "order": "C"});
    let mut folder = |chunk: Vec<u8>, attributes: serde_json::Value| {
        let metadata = blocks.file(array.to_string());
        let attributes = blocks.file(attributes.to_string());
        let chunk = blocks.file(chunk);
        blocks.directory(&[(".zarray", metadata), (".zattrs", attributes), ("0", chunk)])
    };
    let time = folder(
        time,
        json!({"_ARRAY_DIMENSIONS": ["time"], "standard_name": "time", "units": "seconds since 2026-01-01"}),
    );
    let value = folder(
        value,
        json!({"_ARRAY_DIMENSIONS": ["time"], "standard_name": "air_temperature", "units": "K"}),
    );
    let group = blocks.file(r#"{"zarr_format": 2}"#);
    let global = blocks.file(attributes(title).to_string());
    blocks.directory(&[(".zgroup", group), (".zattrs", global), ("time", time), ("ta", value)])
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_chunk_that_explodes_is_a_finding_and_costs_nobody_else() {
    let mut blocks = Blocks::default();
    // 200 MB of nothing in 200 kB, where eight numbers are announced.
    let bomb = zlib(&vec![0u8; 200_000_000]);
    assert!(bomb.len() < 250_000);
    let fine = zlib(&[0u8; 32]);
    let exploding = compressed(&mut blocks, "Exploding", 8, bomb, fine);
    let good = blocks.zarr(&attributes("Good"), &[1.0, 2.0]);
    let root = blocks.directory(&[("exploding.zarr", exploding), ("good.zarr", good)]);
    let test = BuildTest::new().file("data.car", blocks.car()).source("data.car");
    let test = test.file("pinlist.yaml", format!("- cid: {}\n", root.cid));
    let test = test.build().check_code(0);
    assert_eq!(test.datasets().len(), 2);
    let record = test.record(exploding.cid);
    let findings = record["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["code"] == "coordinate-unreadable").unwrap();
    assert_eq!(finding["place"]["variable"], "time", "{finding}");
    assert!(record["extent"]["time"].is_null(), "{}", record["extent"]);
    assert!(!test.path("dist").join(format!("ds/{}/quicklook-1.svg", exploding.cid)).exists());
    let page =
        fs::read_to_string(test.path("dist").join(format!("ds/{}/index.html", exploding.cid))).unwrap();
    assert!(!page.contains("<img src=\"quicklook"), "a picture is promised that is not there");
    assert!(test.record(good.cid)["title"] == "Good");
}

#[test]
fn metadata_that_want_to_be_a_program_stay_text_from_block_to_page() {
    let mut blocks = Blocks::default();
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}\u{0}";
    let mut global = attributes(&format!("Title {evil}"));
    let more = json!({
        "summary": format!("Summary {evil} [link](javascript:alert(3)) <iframe src=//evil.example></iframe>"),
        "creator_name": format!("Creator {evil}"), "keywords": format!("one, {evil}"),
        "license": "javascript:alert(4)", "references": "javascript:alert(5), https://evil.example/\"onmouseover=alert(6)",
        "platform": evil, "project": evil, "institution": evil, "history": evil, "source": evil,
    });
    global.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let dataset = blocks.zarr(&global, &[1.0, 2.0]);
    let root = blocks.directory(&[("<svg onload=alert(7)>.zarr", dataset)]);
    let test = BuildTest::new().file("data.car", blocks.car()).source("data.car");
    let test = test.file("pinlist.yaml", format!("- cid: {}\n  name: '{}'\n", root.cid, "<b>pin</b>"));
    let test = test.build().check_code(0);
    let files = test.tree("dist");
    assert!(files.contains_key(&format!("ds/{}/index.html", dataset.cid)));
    for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(".html")) {
        let html = String::from_utf8(bytes.clone()).unwrap();
        let lower = html.to_lowercase();
        for wrong in [
            "<script>alert",
            "<img src=x",
            "<iframe",
            "<svg onload",
            "<b>pin",
            "href=\"javascript:",
            "\u{202e}",
            "\0",
            "href=\"https://evil.example/\"onmouseover",
        ] {
            assert!(!lower.contains(wrong), "{path} has {wrong:?}");
        }
    }
    for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(".json") || path.ends_with(".jsonld"))
    {
        serde_json::from_slice::<serde_json::Value>(bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}
