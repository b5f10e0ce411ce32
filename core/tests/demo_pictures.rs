//! The demo's datasets through blocks, Zarr and `view`: the right picture, with the values that xarray reads.
//! With `PICTURES=DIR` the pictures are left there to be looked at.

use std::sync::Arc;

use pinfold_core::block::{Limits, MemoryBlocks};
use pinfold_core::car::CarReader;
use pinfold_core::cid::Cid;
use pinfold_core::extract::extract;
use pinfold_core::model::{Dataset, Variable};
use pinfold_core::unixfs::{Unixfs, UnixfsStore};
use pinfold_core::view::{Budget, Quicklook, choose, quicklooks};
use serde_json::Value;

fn blocks(car: &[u8]) -> Arc<MemoryBlocks> {
    let mut reader = CarReader::new(Limits::default());
    reader.push(car.to_vec());
    reader.end();
    let mut blocks = MemoryBlocks::new("demo.car");
    while let Some(block) = reader.next_block().expect("demo.car is sound") {
        blocks.insert(block);
    }
    Arc::new(blocks)
}

fn pictures(blocks: &Arc<MemoryBlocks>, cid: &str, budget: &Budget) -> Vec<Quicklook> {
    let cid = cid.parse::<Cid>().expect("CIDs of expected.json");
    let store = UnixfsStore::new(blocks.clone(), cid, Limits::default());
    let no_yaml = |_: &[u8]| Err("no folder is drawn".to_owned());
    futures::executor::block_on(async {
        let dataset = extract(&store, cid, &no_yaml, &Limits::default()).await.expect("a dataset");
        quicklooks(&dataset, &store, budget).await
    })
}

#[test]
fn every_demo_dataset_has_its_pictures() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/demo");
    let blocks = blocks(&std::fs::read(format!("{folder}/demo.car")).unwrap());
    let expected: Value =
        serde_json::from_slice(&std::fs::read(format!("{folder}/expected.json")).unwrap()).unwrap();
    let mut seen = Vec::new();
    for (cid, known) in expected["datasets"].as_object().unwrap() {
        if known["variables"].is_null() {
            continue;
        }
        let place = &known["places"][0];
        let name = format!("{}/{}", place["root"].as_str().unwrap(), place["path"].as_str().unwrap());
        let made = pictures(&blocks, cid, &Budget::default());
        let kinds: Vec<String> =
            made.iter().map(|p| format!("{} of {}", p.kind, p.variables.join(", "))).collect();
        seen.push(format!("{name}: {}", kinds.join("; ")));
        for (index, picture) in made.iter().enumerate() {
            assert!(picture.svg.len() <= 64_000, "{name}: {} bytes", picture.svg.len());
            assert!(!picture.svg.contains("NaN") && !picture.alt.is_empty() && !picture.caption.is_empty());
            if let Ok(out) = std::env::var("PICTURES") {
                std::fs::create_dir_all(&out).unwrap();
                std::fs::write(format!("{out}/{}-{index}.svg", &cid[cid.len() - 6..]), &picture.svg).unwrap();
                println!(
                    "{name} {index} {} bytes\n   {}\n   {}",
                    picture.svg.len(),
                    picture.caption,
                    picture.alt
                );
            }
        }
        // What the text alternative says of the leading variable is what xarray reads.
        let lead = made.first().unwrap_or_else(|| panic!("{name} has no picture"));
        let variable = &known["variables"][&lead.variables[0]];
        if lead.kind != "map" {
            let (unit, factor) = pinfold_core::plot::text::shown_unit(
                variable["units"].as_str().unwrap(),
                variable["max"].as_f64().unwrap().abs().max(variable["min"].as_f64().unwrap().abs()),
                false,
            );
            let [low, high] = ["min", "max"].map(|end| {
                pinfold_core::plot::text::significant(variable[end].as_f64().unwrap() * factor, 4)
            });
            let unit = pinfold_core::plot::text::unit_text(&unit);
            let words = format!("{low} to {high} {unit}");
            assert!(lead.alt.contains(words.trim_end()), "{name}: {words} is not in: {}", lead.alt);
        }
    }
    seen.sort();
    expect_test::expect![[r#"
        head-1/products/Sterna/dropsondes/Level_3.zarr: curtain of q; track of iwv
        head-2/products/Alkyone/cloud_radar/20260204.zarr: curtain of Zh; line of lwp
        head-2/products/Alkyone/weather_station.zarr: line of relative_humidity, air_temperature, sea_surface_temperature; track of relative_humidity
        head-2/products/Sterna/dropsondes/Level_3.zarr: curtain of q; track of iwv
        head-2/products/Sterna/in_situ/LW-20260204.zarr: line of q, ta, lwc; track of q
        head-2/products/analysis/surface.zarr: map of sst
        preliminary/: line of iwv
        transit/: line of sst, sal, chl; track of sst"#]].assert_eq(&seen.join("\n"));
}

#[test]
fn a_small_budget_reads_less_and_says_so() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/demo");
    let blocks = blocks(&std::fs::read(format!("{folder}/demo.car")).unwrap());
    let expected: Value =
        serde_json::from_slice(&std::fs::read(format!("{folder}/expected.json")).unwrap()).unwrap();
    let find = |path: &str| {
        let found = expected["datasets"]
            .as_object()
            .unwrap()
            .iter()
            .find(|(_, known)| known["places"][0]["path"] == path);
        found.unwrap().0.clone()
    };
    let radar = find("products/Alkyone/cloud_radar/20260204.zarr");
    let budget = Budget { decoded_bytes: 400_000, ..Budget::default() };
    let made = pictures(&blocks, &radar, &budget);
    assert!(
        made.iter().all(|picture| picture.kind != "curtain" || picture.caption.contains("Drawn from every")),
        "{made:?}"
    );
    let tiny = Budget { svg_bytes: 500, ..Budget::default() };
    assert!(pictures(&blocks, &radar, &tiny).is_empty(), "no broken picture");
}

#[test]
fn nothing_to_draw_gives_no_picture() {
    assert!(choose(&Dataset::default()).is_empty());
    let odd = |dimensions: &[&str], shape: &[u64], dtype: &str| Variable {
        name: "x".into(),
        dimensions: dimensions.iter().map(|d| (*d).to_owned()).collect(),
        shape: shape.to_vec(),
        dtype: dtype.into(),
        ..Variable::default()
    };
    for variable in [
        odd(&["t"], &[0], "float32"),
        odd(&[], &[], "float32"),
        odd(&["t"], &[9], "string"),
        odd(&["t"], &[9, 9], "float32"),
    ] {
        let dataset = Dataset { variables: vec![variable], ..Dataset::default() };
        assert!(choose(&dataset).is_empty());
    }
}

#[test]
fn the_shared_campaign_has_its_pictures() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let (Ok(car), Ok(expected)) = (
        std::fs::read(format!("{folder}/campaign.car")),
        std::fs::read(format!("{folder}/campaign-expected.json")),
    ) else {
        eprintln!("SKIPPED: {folder}/campaign.car is not there");
        return;
    };
    let blocks = blocks(&car);
    let root: Cid = "bafybeibsnyggfdlytyqifuigc5qqs72p7e4xd6jfg7e2ale6z2yuvejh6e".parse().unwrap();
    let files = Unixfs::new(blocks.clone(), Limits::default());
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let mut seen = Vec::new();
    for (path, known) in expected.as_object().unwrap() {
        if known["variables"].is_null() {
            continue;
        }
        let found = futures::executor::block_on(files.resolve(root, path)).unwrap();
        let made = pictures(&blocks, &found.found.expect("the path exists").to_string(), &Budget::default());
        let kinds: Vec<String> =
            made.iter().map(|p| format!("{} of {}", p.kind, p.variables.join(", "))).collect();
        seen.push(format!("{path}: {}", kinds.join("; ")));
        for (index, picture) in made.iter().enumerate() {
            if let Ok(out) = std::env::var("PICTURES") {
                let name = path.rsplit('/').next().unwrap();
                std::fs::write(format!("{out}/{name}-{index}.svg"), &picture.svg).unwrap();
                println!(
                    "{path} {index} {} bytes\n   {}\n   {}",
                    picture.svg.len(),
                    picture.caption,
                    picture.alt
                );
            }
        }
    }
    expect_test::expect![[r#"
        products/HALO/dropsondes/Level_2/PERCUSION_HALO_20240811_1417.zarr: profile of ta, rh, u; track of ta
        products/HALO/dropsondes/Level_3/PERCUSION_HALO_20240811.zarr: curtain of q; track of 
        products/AURORA_AUSTRALIS/navigation.zarr: line of heave, pitch_angular_rate, roll_angular_rate; track of heave
        products/NSA/cloud_phase.zarr: curtain of cloud_phase_hsrl
        products/SGP/cloud_radar.zarr: curtain of Reflectivity
        products/TWP/radiosonde_20060119.zarr: profile of rh, u_wind, v_wind; track of rh"#]].assert_eq(&seen.join("\n"));
}
