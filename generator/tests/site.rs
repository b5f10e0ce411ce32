//! Whole catalogues, built by the real program: what a maintainer runs, and every bad input.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the message")]

#[path = "site/blocks.rs"]
mod blocks;
#[path = "site/harness.rs"]
mod harness;
#[path = "site/sources.rs"]
mod sources;

use std::fs;

use blocks::{Blocks, attributes};
use expect_test::expect;
use harness::{BuildTest, PINFOLD, repository, shared};
use pinfold_core::cid::Cid;

fn demo() -> BuildTest {
    BuildTest::from_dir("").source(repository().join("tests/fixtures/demo/demo.car"))
}

/// Two datasets in a tree.
fn two() -> (Blocks, Cid, Cid, Cid) {
    let mut blocks = Blocks::default();
    let one = blocks.zarr(&attributes("One"), &[1.0, 2.0]);
    let two = blocks.zarr(&attributes("Two"), &[3.0, 4.0, 5.0]);
    let folder = blocks.directory(&[("two.zarr", two)]);
    let root = blocks.directory(&[("one.zarr", one), ("products", folder)]);
    (blocks, root.cid, one.cid, two.cid)
}

#[test]
fn the_demo_is_built_and_built_again_the_same() {
    let test = demo().build().check_code(0);
    assert_eq!(test.datasets().len(), 9, "{}", test.stdout());
    let first = test.tree("dist");
    for cid in test.datasets() {
        assert!(first.contains_key(&format!("ds/{cid}/index.html")));
        assert_eq!(test.record(&cid)["cid"], *cid);
    }
    let test =
        test.build().check_code(0).check_says("(0 read, 9 from the cache; 0 pages made, 9 taken over)");
    assert!(test.tree("dist") == first, "the second build differs");
    let test = test.with(&["--out", "fresh", "--no-cache"]).build().check_code(0).check_says("9 pages made");
    assert!(test.tree("fresh") == first, "a build from scratch differs");
}

#[test]
fn what_the_demo_pinlist_says_of_its_datasets() {
    let test = demo().build().check_code(0);
    let withdrawn = test.record("bafybeibw5nz4rdy2lv6icdp3lhzvngb2firiorqq4e6wxrn6sicsmrhrmu");
    assert_eq!(withdrawn["withdrawn"]["date"], "2026-03-15");
    assert_eq!(withdrawn["pins"][0]["current"], false);
    let registered = test.record("bafybeiho4mmj2bt2mgbqnfcnoaqdr7jz3pz64k7okee3gkgp2fqnsafg4q");
    assert_eq!(
        registered["doi"],
        serde_json::json!({"id": "10.5072/alkyone-transit-2025", "state": "registered"})
    );
    assert_eq!(registered["publication_year"], serde_json::json!({"year": 2025, "from": "dois.yaml"}));
    let records: Vec<serde_json::Value> = test.datasets().iter().map(|cid| test.record(cid)).collect();
    let in_two_versions: Vec<_> =
        records.iter().filter(|record| record["versions"].as_array().unwrap().len() == 2).collect();
    assert_eq!(in_two_versions.len(), 2);
    assert_eq!(in_two_versions[0]["series"], in_two_versions[1]["series"]);
    for record in &in_two_versions {
        let versions = record["versions"].as_array().unwrap();
        assert_eq!((&versions[0]["current"], &versions[1]["current"]), (&true.into(), &false.into()));
        assert_eq!(
            (&versions[0]["date"], &versions[1]["date"]),
            (&"2026-09-02".into(), &"2026-04-20".into())
        );
        assert!(versions[0]["changes"].is_array());
    }
    let planned: Vec<_> = records.iter().filter(|record| record["doi"]["state"] == "planned").collect();
    assert_eq!(planned.len(), 6);
    assert!(
        planned
            .iter()
            .all(|record| record["doi"]["id"] == format!("10.5072/{}", record["cid"].as_str().unwrap()))
    );
}

#[test]
fn inspect_prints_the_record() {
    let cid = "bafybeiho4mmj2bt2mgbqnfcnoaqdr7jz3pz64k7okee3gkgp2fqnsafg4q";
    let test = demo().build().check_code(0);
    let record = String::from_utf8(test.tree("dist")[&format!("ds/{cid}/record.json")].clone()).unwrap();
    let test = test.run("inspect", &[&format!("ipfs://{cid}")]).check_code(0);
    assert_eq!(test.stdout(), record);
    test.run("inspect", &["bafynot"]).check_code(2).check_stderr(expect![[r#"
        error: a dataset is named by its CID
          because: `bafynot` is not a CID: Failed to parse multihash
    "#]]);
}

#[test]
fn take_writes_the_selection_of_a_link() {
    let cid = "bafybeifkyxo2nf5whh6rwqt4g4bolkxgvm3ta6b44ztcqwmwqgurapiu7i";
    let link = format!("https://catalogue.example/ds/{cid}/#explore?variable=air_temperature&time=1000:1003");
    let test =
        demo().run("take", &[&format!("/ipfs/{cid}"), &link]).check_code(0).check_stdout(expect![[r#"
        # RV Alkyone weather station, January to March 2026
        # ipfs://bafybeifkyxo2nf5whh6rwqt4g4bolkxgvm3ta6b44ztcqwmwqgurapiu7i
        # #explore?variable=air_temperature&time=1000:1003
        time,lon [degrees_east],lat [degrees_north],air_temperature [degC]
        2026-01-23T22:40:00Z,-57.3053,13.028,27.05
        2026-01-23T22:50:00Z,-57.3066,13.025,26.98
        2026-01-23T23:00:00Z,-57.3078,13.022,26.98
    "#]]);
    // A file by its ending; a link to nothing, and what is no link.
    let view = "#explore?variable=air_temperature&time=1000:1003";
    let test = test.run("take", &[cid, view, "--out", "part.nc"]).check_code(0);
    assert!(std::fs::read(test.path("part.nc")).unwrap().starts_with(b"CDF\x02"));
    let test = test.run("take", &[cid, view, "--out", "part.json"]).check_code(0);
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(test.path("part.json")).unwrap()).unwrap();
    assert_eq!(json["selection"], view);
    let mut said = String::new();
    let mut test = test;
    for arguments in [
        &[cid, "#explore?variable=nonsense"][..],
        &[cid, "#cite"],
        &[cid, view, "--out", "part.txt"],
        &["bafynot"],
    ] {
        test = test.run("take", arguments).check_code(2);
        said += &test.stderr();
    }
    expect![[r#"
        error: nonsense is not in this dataset. The directory was read and verified; it lists no such variable. The link may belong to another version.
        error: `#cite` is no address of the explorer; it is as '#explore?variable=NAME'
        error: part.txt ends in none of .nc, .csv, .json and .svg
        error: a dataset is named by its CID
          because: `bafynot` is not a CID: Failed to parse multihash
    "#]].assert_eq(&said);
}

#[test]
fn broken_yaml_names_line_and_column() {
    let (blocks, root, ..) = two();
    let test = BuildTest::new().file("data.car", blocks.car()).source("data.car");
    let test = test.file("pinlist.yaml", format!("- cid: {root}\n  name: second: attempt\n"));
    test.build()
        .check_code(2)
        .check_stderr(expect![[r#"
            error: pinlist.yaml:2:15: mapping values are not allowed in this context
              |
            1 | - cid: bafybeib72j6ipdnuhwyrrxshkfoksncdkpw75ynisxwwb6ebo3eav4i7xi
            2 |   name: second: attempt
              |               ^
        "#]])
        .run("check", &["--format", "json"])
        .check_code(2)
        .check_stdout(expect![[r#"
            {
              "schema": "pinfold-findings/1",
              "errors": 1,
              "warnings": 0,
              "notes": 0,
              "findings": [
                {
                  "severity": "error",
                  "code": "yaml-broken",
                  "place": {
                    "file": "pinlist.yaml",
                    "line": 2,
                    "column": 15
                  },
                  "message": "mapping values are not allowed in this context"
                }
              ]
            }
        "#]]);
}

#[test]
fn every_fault_of_a_pinlist_is_told_and_costs_that_pin_only() {
    let (blocks, root, one, _) = two();
    let pinlist = format!(
        "- cid: {root}\n  name: tree\n  colour: red\n- cid: {one}\n- cid: {one}\n  name: again\n- cid: {}\n- cid: bafynot\n  name: typo\n",
        root.to_v0().unwrap().to_original_string()
    );
    let test =
        BuildTest::new().file("data.car", blocks.car()).source("data.car").file("pinlist.yaml", pinlist);
    let test = test.run("check", &["--files-only"]).check_code(1).check_stdout(expect![[r#"
        note[key-unknown]: `colour` has no meaning here; it is kept in pins.json
          --> pinlist.yaml:3:3, pin tree
            |
          2 |   name: tree
          3 |   colour: red
            |   ^

        error[cid-duplicate]: this pin has the same CID as `bafybeie…fskfce` in line 4; the later one is left out
          --> pinlist.yaml:5:8, pin again
            |
          4 | - cid: bafybeieyfqbzoibnjv4bocyxh6e67bcc4ofzgo7qzaabt7rlida2fskfce
          5 | - cid: bafybeieyfqbzoibnjv4bocyxh6e67bcc4ofzgo7qzaabt7rlida2fskfce
            |        ^
          = remove one of the two; tags and names of both can be joined in the one that stays

        error[cid-duplicate]: this pin has the same CID as `tree` in line 1, spelled as CIDv0 and as CIDv1; the later one is left out
          --> pinlist.yaml:7:8, pin bafybeib…v4i7xi
            |
          6 |   name: again
          7 | - cid: QmSdnYqhDkmD3kj7L5E7xyYhPe74aHvsEe5pzcg5BcBEBb
            |        ^
          = remove one of the two; tags and names of both can be joined in the one that stays

        error[cid-malformed]: `bafynot` is not a CID: Failed to parse multihash; the pin is left out
          --> pinlist.yaml:8:8, pin typo
            |
          7 | - cid: QmSdnYqhDkmD3kj7L5E7xyYhPe74aHvsEe5pzcg5BcBEBb
          8 | - cid: bafynot
            |        ^
          = a CID begins with `Qm` (CIDv0) or `bafy`, `bafk` (CIDv1); it may have been cut off or mistyped

        note[name-missing]: this pin has no name
          --> pinlist.yaml:4:3, pin bafybeie…fskfce
            |
          3 |   colour: red
          4 | - cid: bafybeieyfqbzoibnjv4bocyxh6e67bcc4ofzgo7qzaabt7rlida2fskfce
            |   ^
          = Set `name`, by which people speak of it.

        3 errors, 2 notes
    "#]]);
    let test = test.build().check_code(0);
    assert_eq!(test.datasets().len(), 2);
}

#[test]
fn a_folder_that_is_not_ours_is_refused() {
    let (blocks, root, ..) = two();
    let test = BuildTest::new()
        .file("data.car", blocks.car())
        .source("data.car")
        .file("pinlist.yaml", format!("- cid: {root}\n"))
        .file("dist/thesis.tex", "years of work");
    let test = test.build().check_code(2).check_stderr(expect![[r#"
        error: dist would be replaced; name another folder with --out, or empty it
          because: dist is not empty and was not made by pinfold
    "#]]);
    assert_eq!(test.tree("dist").len(), 1);
}

#[test]
fn embargo_withdrawal_filters_and_auxiliary_pins() {
    let (mut blocks, root, one, two) = two();
    let third = blocks.zarr(&attributes("Three"), &[9.0]).cid;
    let test = BuildTest::new().file("data.car", blocks.car()).source("data.car");
    // SOURCE_DATE_EPOCH is in September 2026.
    let pinlist = format!(
        "- cid: {root}\n  name: tree\n  meta: {{tags: 'all, main', embargo: 2027-01-01}}\n- cid: {third}\n  meta: {{tags: [aux], created: 2025-02-03}}\n"
    );
    let test = test.file("pinlist.yaml", &pinlist).build().check_code(0);
    let record = test.record(one);
    assert_eq!(record["embargo"], "2027-01-01");
    assert_eq!(record["pins"][0]["tags"], serde_json::json!(["all", "main"]));
    assert_eq!(record["pins"][0]["path"], "one.zarr");
    assert_eq!(record["publication_year"], serde_json::json!({"year": 2026, "from": "assumed"}));
    assert!(record["findings"].as_array().unwrap().iter().any(|finding| finding["code"] == "year-assumed"));
    assert!(!test.path("dist").join(format!("ds/{one}/meta.car")).exists());
    let third_record = test.record(third);
    assert_eq!(third_record["auxiliary"], true);
    assert_eq!(third_record["publication_year"], serde_json::json!({"year": 2025, "from": "meta.created"}));
    // What is not presented yet is found all the same.
    let mut search = std::process::Command::new(PINFOLD);
    let found = search.args(["search", "One", "--json", "--site"]).arg(test.path("dist")).output().unwrap();
    let found = String::from_utf8(found.stdout).unwrap();
    assert!(found.contains(&one.to_string()), "{found}");
    let test = test.with(&["--build-time", "2027-01-01"]).build().check_code(0);
    assert_eq!(test.record(one)["embargo"], serde_json::Value::Null);
    let test = test
        .plain()
        .file("content/site.yaml", "include: {tags: [main]}\nexclude: {paths: ['products/**']}\n")
        .build()
        .check_code(0);
    assert_eq!(test.datasets(), [one.to_string()]);
    // A DOI keeps its page, whatever the filters say.
    let test = test
        .file("content/dois.yaml", format!("{two}: {{prefix: 10.5072, publicationYear: 2024}}\n"))
        .build()
        .check_code(0);
    assert_eq!(test.datasets().len(), 2);
    assert_eq!(test.record(two)["publication_year"]["year"], 2024);
}

/// Codes of a record's findings, with the variable that they are about.
fn codes(record: &serde_json::Value) -> Vec<String> {
    let findings = record["findings"].as_array().unwrap();
    let mut codes: Vec<String> = findings
        .iter()
        .map(|finding| {
            let variable = finding["place"]["variable"].as_str().map(|name| format!(" {name}"));
            format!("{}{}", finding["code"].as_str().unwrap(), variable.unwrap_or_default())
        })
        .collect();
    codes.sort();
    codes
}

#[test]
fn faults_of_one_dataset_are_in_its_record_and_cost_nobody_else() {
    let mut blocks = Blocks::default();
    let good = blocks.zarr(&attributes("Good"), &[1.0, 2.0]);
    let loose = blocks.zarr_with(&attributes("Loose"), &[1.0], false);
    let nameless = blocks.zarr(&serde_json::json!({"summary": "Nobody made this."}), &[1.0]);
    // One array's metadata are cut off in the middle; the group and the other array are fine.
    let group = blocks.file(r#"{"zarr_format": 2}"#);
    let group_attributes = blocks.file(attributes("Half broken").to_string());
    let broken = blocks.file(r#"{"zarr_format": 2, "shape": [2], "chunks"#);
    let broken = blocks.directory(&[(".zarray", broken)]);
    let array = blocks.file(
        r#"{"zarr_format":2,"shape":[2],"chunks":[2],"dtype":"<f4","compressor":null,"fill_value":0,"filters":null,"order":"C"}"#,
    );
    let array_attributes = blocks.file(r#"{"_ARRAY_DIMENSIONS": ["t"], "units": "m"}"#);
    let fine = blocks.directory(&[(".zarray", array), (".zattrs", array_attributes)]);
    let half = blocks.directory(&[
        (".zgroup", group),
        (".zattrs", group_attributes),
        ("broken", broken),
        ("fine", fine),
    ]);
    // Not JSON at all, and YAML that ends in the middle.
    let garbage = blocks.file("{]");
    let garbage = blocks.directory(&[("zarr.json", garbage)]);
    let yaml = blocks.file("attributes:\n  title: [a\n");
    let yaml = blocks.directory(&[("dataset_meta.yaml", yaml)]);
    let root = blocks.directory(&[
        ("garbage.zarr", garbage),
        ("good.zarr", good),
        ("half.zarr", half),
        ("loose.zarr", loose),
        ("nameless.zarr", nameless),
        ("yaml", yaml),
    ]);
    let test = BuildTest::new().file("data.car", blocks.car()).source("data.car");
    let pinlist = format!("- cid: {}\n  name: tree\n  meta: {{created: 2026-01-01}}\n", root.cid);
    let test = test.file("pinlist.yaml", pinlist).build().check_code(0);
    let said = test.stderr();
    for (what, cid) in [("garbage", garbage.cid), ("yaml", yaml.cid)] {
        assert!(said.contains(&format!("dataset {cid}")), "{what} is not named: {said}");
    }
    assert_eq!(said.matches("error[dataset-unreadable]").count(), 2, "{said}");
    assert_eq!(test.datasets().len(), 4);
    // Nothing worse than suggestions about a bare, but faultless dataset.
    let suggestions =
        ["acdd-recommended", "acdd-suggested", "datacite-recommended", "orcid-missing", "references-missing"];
    assert_eq!(codes(&test.record(good.cid)), suggestions);
    let points = |cid| test.record(cid)["score"]["points"].as_u64().unwrap();
    assert!(points(good.cid) > points(loose.cid) && points(loose.cid) > points(nameless.cid));
    let loose = test.record(loose.cid);
    assert!(codes(&loose).contains(&"metadata-not-consolidated".to_owned()), "{:?}", codes(&loose));
    assert_eq!(loose["variables"][0]["name"], "x");
    let half = test.record(half.cid);
    assert!(codes(&half).contains(&"array-unreadable broken".to_owned()), "{:?}", codes(&half));
    assert!(half["variables"].as_array().unwrap().iter().any(|variable| variable["name"] == "fine"));
    let nameless = codes(&test.record(nameless.cid));
    assert!(
        nameless.contains(&"title-missing".to_owned()) && nameless.contains(&"creator-missing".to_owned())
    );
    let uuid = test.record(good.cid)["uuid"].as_str().unwrap().to_owned();
    test.check_main_file(&format!("id/{uuid}/index.html"), expect![[r#"<h1>Good</h1><p>This dataset’s page is: <a href="../../ds/bafybeieob6kzrqjeozhmeg2cho3tgagvlr3hrdapzemg5ununynyjgbaoq/">Good</a></p>"#]])
        .with(&["--strict"])
        .build()
        .check_code(1);
}

#[test]
fn ten_thousand_nested_directories_are_a_finding() {
    let mut blocks = Blocks::default();
    let good = blocks.zarr(&attributes("Good"), &[1.0]);
    let mut deep = blocks.directory(&[]);
    for _ in 0..10_000 {
        deep = blocks.directory(&[("d", deep)]);
    }
    let root = blocks.directory(&[("deep", deep), ("good.zarr", good)]);
    let test = BuildTest::new().file("data.car", blocks.car()).source("data.car");
    let test = test.file("pinlist.yaml", format!("- cid: {}\n", root.cid)).build().check_code(0);
    let test = test.check_says("directories nest deeper than 256 levels; what is below is left out");
    assert_eq!(test.datasets(), [good.cid.to_string()]);
}

#[test]
fn the_real_pinlist_dois_and_peers() {
    let (Some(pinlist), Some(dois), Some(car)) =
        (shared("orcestra-pinlist.yaml"), shared("orcestra-dois.json"), shared("campaign.car"))
    else {
        return;
    };
    let test = BuildTest::new()
        .file("pinlist.yaml", fs::read(pinlist).unwrap())
        .file("content/dois.json", fs::read(dois).unwrap())
        .source(car);
    let test = test.run("check", &["--files-only"]).check_code(0).check_stdout(expect![[r#"
        no findings
    "#]]);
    // Nobody here has its blocks: every pin and every DOI is told, and pages that DOIs lead to stay.
    let test = test.build().check_code(0);
    assert_eq!(test.stderr().matches("error[pin-unreachable]").count(), 124);
    assert_eq!(test.datasets().len(), 43);
}

#[test]
fn the_campaign_is_read_whole() {
    let Some(car) = shared("campaign.car") else { return };
    let root = "bafybeibsnyggfdlytyqifuigc5qqs72p7e4xd6jfg7e2ale6z2yuvejh6e";
    let test =
        BuildTest::new().file("pinlist.yaml", format!("- cid: {root}\n  name: campaign\n")).source(car);
    let test = test.build().check_code(0);
    assert_eq!(test.datasets().len(), 7, "{}", test.stderr());
}
