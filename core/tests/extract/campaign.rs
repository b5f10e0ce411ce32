//! The campaign: what xarray sees, we see.

use expect_test::{Expect, expect};
use futures::executor::block_on;
use pinfold_core::block::Limits;
use pinfold_core::cf::time::parse_instant;
use pinfold_core::cf::{Meaning, decode};
use pinfold_core::model::Dataset;
use pinfold_core::unixfs::UnixfsStore;
use pinfold_core::zarr::{Hierarchy, ReadOptions, Selection};
use serde_json::Value;

use crate::shared::{files, parse, record, tree};

#[test]
fn every_value_is_what_xarray_decodes() {
    let Some([car, expected]) = files(["campaign.car", "campaign-expected.json"]) else { return };
    let tree = tree(car);
    let (mut numbers, mut times, mut texts) = (0, 0, 0);
    for (path, dataset) in parse(&expected).as_object().unwrap() {
        let root = block_on(tree.cid(path)).unwrap().unwrap();
        let store = UnixfsStore::with_unixfs(tree.unixfs().clone(), root);
        let hierarchy = block_on(Hierarchy::open(&store, &Limits::default())).unwrap();
        for (name, expected) in dataset["variables"].as_object().unwrap() {
            let at = format!("{path}/{name}");
            let array = &hierarchy.arrays[name];
            let options = ReadOptions::default();
            let data = block_on(array.read(&store, &Selection::all(&array.shape), &options)).unwrap();
            let Some(decoded) = decode(array, &data) else {
                assert!(
                    expected["sum"].is_null() && expected["min"].is_null(),
                    "{at} has numbers for xarray"
                );
                texts += 1;
                continue;
            };
            let valid: Vec<f64> = decoded.values.into_iter().filter(|value| !value.is_nan()).collect();
            let low = valid.iter().copied().fold(f64::INFINITY, f64::min);
            let high = valid.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if let Meaning::Time(units) = &decoded.meaning {
                for (found, expected) in [(low, &expected["min"]), (high, &expected["max"])] {
                    let found_ns = units.to_ns(found).unwrap();
                    let expected_ns = parse_instant(expected.as_str().unwrap(), units.calendar).unwrap();
                    // xarray rounds some of these in doubles.
                    assert!((found_ns - expected_ns).abs() <= 1_000, "{at}: {found_ns}, {expected} expected");
                }
                times += 1;
                continue;
            }
            if expected["sum"].is_null() {
                texts += 1;
                continue;
            }
            assert_eq!(Value::from(valid.len()), expected["valid_count"], "{at}");
            for (what, found) in [("min", low), ("max", high), ("sum", valid.iter().sum())] {
                let expected = expected[what].as_f64().unwrap();
                assert!(
                    (found - expected).abs() <= 1e-6 * expected.abs().max(1e-9),
                    "{at}: {what} {found}, {expected} expected"
                );
            }
            numbers += 1;
        }
    }
    assert_eq!((numbers, times, texts), (125, 13, 18));
}

#[test]
fn records_have_xarrays_dimensions_variables_and_attributes() {
    let Some([car, expected]) = files(["campaign.car", "campaign-expected.json"]) else { return };
    let tree = tree(car);
    for (path, expected) in parse(&expected).as_object().unwrap() {
        let dataset = record(&tree, path);
        assert_eq!(dataset.format, format!("Zarr v{}", expected["zarr_format"]), "{path}");
        assert_eq!(dataset.title.as_deref(), expected["title"].as_str());
        let dimensions: serde_json::Map<String, Value> =
            dataset.dimensions.iter().map(|(name, length)| (name.clone(), Value::from(*length))).collect();
        let mut wanted = expected["dims"].as_object().unwrap().clone();
        wanted.sort_keys();
        assert_eq!(dimensions, wanted, "{path}");
        for (name, value) in expected["attrs"].as_object().unwrap() {
            let found = dataset.attributes.get(name);
            assert!(found.is_some(), "{path}: attribute {name} is missing");
            if let (Some(Value::String(found)), Value::String(value)) = (found, value) {
                assert_eq!(found, value, "{path}: {name}");
            }
        }
        let variables = expected["variables"].as_object().unwrap();
        assert_eq!(dataset.variables.len(), variables.len(), "{path}");
        for variable in &dataset.variables {
            let expected = &variables[&variable.name];
            assert_eq!(Value::from(variable.shape.clone()), expected["shape"], "{path}/{}", variable.name);
            assert_eq!(
                Value::from(variable.dimensions.clone()),
                expected["dims"],
                "{path}/{}",
                variable.name
            );
            let text = |value: &Value| {
                value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
            };
            assert_eq!(variable.units, text(&expected["units"]), "{path}/{}", variable.name);
            assert_eq!(variable.standard_name, text(&expected["standard_name"]), "{path}/{}", variable.name);
            assert!(variable.stored_bytes.is_some_and(|bytes| bytes > 0), "{path}/{}", variable.name);
        }
    }
}

/// What a reader of the page sees first.
fn summary(dataset: &Dataset) -> String {
    let extent = &dataset.extent;
    let geometry = extent.geometry.as_ref().map_or_else(String::new, |geometry| {
        let points = geometry["coordinates"].as_array().map_or(0, Vec::len);
        format!("{} of {points}", geometry["type"].as_str().unwrap_or_default())
    });
    let time =
        extent.time.as_ref().map_or_else(String::new, |time| format!("{} to {}", time.start, time.end));
    let vertical = extent.vertical.as_ref().map_or_else(String::new, |v| {
        format!("{} to {} {} {}", v.min, v.max, v.units, v.positive.as_deref().unwrap_or_default())
    });
    let axes: Vec<String> = dataset
        .variables
        .iter()
        .filter_map(|variable| Some(format!("{}={}", variable.axis.as_ref()?, variable.name)))
        .collect();
    let people: Vec<String> = dataset
        .people
        .iter()
        .map(|person| {
            format!(
                "{}{} <{}> {}",
                person.name,
                if person.organization { " (org)" } else { "" },
                person.email.as_deref().unwrap_or_default(),
                person.roles.join("+")
            )
        })
        .collect();
    let mut lines = vec![
        format!("time: {time}"),
        format!("bbox: {:?}", extent.bbox),
        format!("vertical: {vertical}"),
        format!("geometry: {geometry}"),
        format!("feature: {:?}", dataset.feature_type),
        format!("axes: {}", axes.join(" ")),
        format!("people: {}", people.join("; ")),
        format!("license: {:?}", dataset.license.as_ref().and_then(|license| license.spdx.as_deref())),
        format!("projects: {:?}; platforms: {:?}", dataset.projects, dataset.platforms),
        format!(
            "references: {:?}",
            dataset
                .references
                .iter()
                .map(|reference| reference.doi.as_deref().unwrap_or(&reference.text))
                .collect::<Vec<_>>()
        ),
        format!("dates: {:?}", dataset.dates.created),
    ];
    lines.extend(extent.found.iter().map(|(what, how)| format!("found {what}: {how}")));
    lines.extend(dataset.findings.iter().map(|finding| {
        format!(
            "{} {}: {}",
            finding.code,
            finding.place.variable.as_deref().unwrap_or_default(),
            finding.message
        )
    }));
    lines.join("\n")
}

fn check(path: &str, expected: Expect) {
    let Some([car]) = files(["campaign.car"]) else { return };
    expected.assert_eq(&summary(&record(&tree(car), path)));
}

#[test]
fn a_dropsonde() {
    check(
        "products/HALO/dropsondes/Level_2/PERCUSION_HALO_20240811_1417.zarr",
        expect![[r#"
            time: 2024-08-11T14:17:01.04Z to 2024-08-11T14:33:40.330017024Z
            bbox: Some([-27.16786, 3.78782, -27.06407, 3.80032])
            vertical: 0 to 13609.824 m up
            geometry: LineString of 20
            feature: Some("trajectory")
            axes: Z=alt Z=gpsalt Y=lat X=lon T=time
            people: Geet George <g.george@tudelft.nl> creator
            license: Some("CC-BY-4.0")
            projects: ["ORCESTRA", "PERCUSION"]; platforms: ["HALO"]
            references: []
            dates: Some("2024-08-25T22:42:12.053822Z")
            found bbox: computed from all of lat and all of lon
            found geometry: computed from all of lat and all of lon
            found time: computed from all of time
            found vertical: computed from all of alt
            orcid-missing : no ORCID is given"#]],
    );
}

#[test]
fn profiles_on_a_common_grid() {
    check(
        "products/HALO/dropsondes/Level_3/PERCUSION_HALO_20240811.zarr",
        expect![[r#"
            time: 2024-08-11T14:17:09.29Z to 2024-08-11T14:39:07.289978112Z
            bbox: Some([-27.16786, 3.78782, -26.40478, 3.96071])
            vertical: 0 to 14500 m up
            geometry: MultiPoint of 2
            feature: Some("profile")
            axes: Y=aircraft_latitude_(deg_N) X=aircraft_longitude_(deg_E) Z=alt T=interpolated_time Y=lat X=lon
            people: Geet George <g.george@tudelft.nl> creator
            license: Some("CC-BY-4.0")
            projects: ["ORCESTRA", "PERCUSION"]; platforms: ["HALO"]
            references: []
            dates: None
            found bbox: computed from all of lat and all of lon
            found geometry: computed from all of lat and all of lon
            found time: computed from all of interpolated_time
            found vertical: computed from all of alt
            orcid-missing : no ORCID is given
            units-missing aircraft_geopotential_altitude_(m): aircraft_geopotential_altitude_(m) and 10 more variables have no units"#]],
    );
}

#[test]
fn a_ship() {
    check(
        "products/AURORA_AUSTRALIS/navigation.zarr",
        expect![[r#"
            time: 2018-02-01T08:44:00Z to 2018-02-01T23:59:00Z
            bbox: Some([62.83551, -67.59681, 62.95245, -67.30144])
            vertical: 8.51 to 17.2 m up
            geometry: LineString of 95
            feature: Some("trajectory")
            axes: Z=alt T=base_time Y=lat X=lon T=time T=time_offset
            people: ARM User Facility (org) <adc@arm.gov> creator
            license: Some("CC-BY-4.0")
            projects: ["MARCUS"]; platforms: ["RSV Aurora Australis"]
            references: []
            dates: None
            found bbox: computed from all of lat and all of lon
            found geometry: computed from all of lat and all of lon
            found time: computed from all of time
            found vertical: computed from all of alt
            units-unknown cycle_count: `unitless` of cycle_count is no unit that programs know, nor those of 2 more variables"#]],
    );
}

#[test]
fn a_station_with_a_curtain() {
    check(
        "products/NSA/cloud_phase.zarr",
        expect![[r#"
            time: 2018-06-01T00:00:00Z to 2018-06-01T23:59:30Z
            bbox: Some([-156.60899, 71.323, -156.60899, 71.323])
            vertical: 0.16 to 2.98 km up
            geometry: Point of 2
            feature: Some("timeSeriesProfile")
            axes: Z=alt Z=height Y=lat X=lon T=time
            people: ARM User Facility (org) <adc@arm.gov> creator
            license: Some("CC-BY-4.0")
            projects: ["ARM NSA"]; platforms: ["Utqiagvik (Barrow)"]
            references: ["10.5439/1871014"]
            dates: None
            found bbox: computed from all of lat and all of lon
            found feature_type: inferred from the coordinates: one place, values over time and height
            found geometry: computed from all of lat and all of lon
            found time: computed from all of time
            found vertical: computed from all of height"#]],
    );
}

#[test]
fn a_radar() {
    check(
        "products/SGP/cloud_radar.zarr",
        expect![[r#"
            time: 2009-01-01T23:55:00.398999Z to 2009-01-01T23:59:59.889Z
            bbox: Some([-97.485, 36.606, -97.485, 36.606])
            vertical: 354.21265 to 14909.982 m MSL 
            geometry: Point of 2
            feature: None
            axes: T=TimeAvg Z=alt T=base_time Z=heights Y=lat X=lon T=time T=time_offset
            people: ARM User Facility (org) <adc@arm.gov> creator
            license: Some("CC-BY-4.0")
            projects: ["ARM SGP"]; platforms: ["Lamont, Oklahoma"]
            references: []
            dates: None
            found bbox: computed from all of lat and all of lon
            found geometry: computed from all of lat and all of lon
            found time: computed from all of time
            found vertical: computed from all of heights
            units-unknown DataQualityStatus: `code` of DataQualityStatus is no unit that programs know, nor those of 5 more variables"#]],
    );
}

#[test]
fn a_radiosonde_with_missing_values_that_nobody_declared() {
    check(
        "products/TWP/radiosonde_20060119.zarr",
        expect![[r#"
            time: 2006-01-19T11:20:00Z to 2006-01-19T12:17:32Z
            bbox: Some([130.70219, -12.51347, 131.02687, -12.42])
            vertical: 30 to 19570 meters above Mean Sea Level 
            geometry: LineString of 44
            feature: Some("trajectory")
            axes: Z=alt T=base_time Y=lat X=lon Z=pres T=time T=time_offset
            people: ARM User Facility (org) <adc@arm.gov> creator
            license: Some("CC-BY-4.0")
            projects: ["TWP-ICE"]; platforms: ["Darwin"]
            references: []
            dates: None
            found bbox: computed from all of lat and all of lon
            found geometry: computed from all of lat and all of lon
            found time: computed from all of time
            found vertical: computed from all of alt
            position-implausible lat: 15 values such as -9999 are no position
            position-implausible lon: 15 values such as -9999 are no position
            units-unknown alt: `meters above Mean Sea Level` of alt is no unit that programs know"#]],
    );
}

#[test]
fn a_folder() {
    let Some([car]) = files(["campaign.car"]) else { return };
    let tree = tree(car);
    let path = folder(&tree, "");
    expect![[r#"
        products/BOULDER/ozonesonde_20170609
        time: 2017-06-09T18:49:44Z to 2017-06-09T21:00:08Z
        bbox: Some([-105.25, 39.9, -104.2, 40.1])
        vertical: 
        geometry: Polygon of 1
        feature: None
        axes: 
        people: Bryan Johnson <> creator
        license: Some("CC-BY-4.0")
        projects: ["NDACC"]; platforms: ["Boulder"]
        references: []
        dates: None
        found bbox: declared in dataset_meta.yaml
        found geometry: declared in dataset_meta.yaml
        found time: declared in dataset_meta.yaml
        orcid-missing : no ORCID is given"#]]
    .assert_eq(&format!("{path}\n{}", summary(&record(&tree, &path))));
}

/// The first folder that holds `dataset_meta.yaml`.
fn folder(tree: &UnixfsStore, path: &str) -> String {
    use pinfold_core::store::Store;
    let mut waiting = vec![path.to_owned()];
    while let Some(path) = waiting.pop() {
        for entry in block_on(tree.list(&path)).unwrap().unwrap_or_default() {
            if entry.name == "dataset_meta.yaml" {
                return path;
            }
            if entry.kind.is_none() && !entry.name.ends_with(".zarr") {
                waiting.push(if path.is_empty() { entry.name } else { format!("{path}/{}", entry.name) });
            }
        }
    }
    panic!("no folder dataset in the campaign");
}
