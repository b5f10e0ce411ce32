//! Every rule once with a fault and once without.

use expect_test::{Expect, expect};
use pinfold_core::model::{License, Person, Role, Variable};
use serde_json::json;

use super::*;

/// A dataset that no rule has anything against.
fn good() -> Dataset {
    let variable = |name: &str, role: Role, attributes: Value| -> Variable {
        let text = |key: &str| attributes.get(key).and_then(Value::as_str).map(str::to_owned);
        Variable {
            name: name.to_owned(),
            dimensions: vec!["time".to_owned()],
            shape: vec![100],
            chunk_shape: vec![100],
            dtype: "float32".to_owned(),
            units: text("units"),
            standard_name: text("standard_name"),
            long_name: text("long_name"),
            codec: Some("blosc(zstd, shuffle)".to_owned()),
            stored_bytes: Some(400),
            logical_bytes: Some(400),
            role,
            attributes: attributes.as_object().unwrap().clone(),
            ..Variable::default()
        }
    };
    let mut dataset = Dataset {
        format: "Zarr v2".to_owned(),
        title: Some("Radiosondes".to_owned()),
        summary: Some("Temperature and humidity above the tropical Atlantic. ".repeat(3)),
        keywords: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
        license: Some(License { spdx: Some("CC-BY-4.0".to_owned()), ..License::default() }),
        institution: Some("Institute".to_owned()),
        lineage: vec!["made".to_owned()],
        ..Dataset::default()
    };
    dataset.people.push(Person {
        name: "Ada Lovelace".to_owned(),
        orcid: Some("https://orcid.org/0000-0002-1825-0097".to_owned()),
        roles: vec!["creator".to_owned()],
        ..Person::default()
    });
    dataset.references.push(pinfold_core::model::Reference {
        text: "x".to_owned(),
        doi: Some("10.5194/essd-13-1759-2021".to_owned()),
        ..Default::default()
    });
    dataset.dates.created = Some("2024-08-11".to_owned());
    dataset.extent.time = Some(pinfold_core::model::TimeRange { start: "2024".into(), end: "2024".into() });
    dataset.extent.bbox = Some([0.0, 0.0, 1.0, 1.0]);
    for names in acdd::RECOMMENDED.iter().chain(&acdd::SUGGESTED) {
        dataset.attributes.insert(names[0].to_owned(), json!("x"));
    }
    dataset.attributes.insert("Conventions".into(), json!("CF-1.11"));
    dataset.attributes.insert("featureType".into(), json!("trajectory"));
    dataset.variables = vec![
        variable(
            "time",
            Role::Dimension,
            json!({"units": "seconds since 2024-01-01", "axis": "T", "calendar": "standard"}),
        ),
        variable("lat", Role::Coordinate, json!({"units": "degrees_north", "standard_name": "latitude"})),
        variable(
            "ta",
            Role::Data,
            json!({"units": "degC", "standard_name": "air_temperature", "long_name": "t", "coordinates": "lat time", "cf_role": "trajectory_id"}),
        ),
    ];
    dataset
}

fn check(change: impl FnOnce(&mut Dataset), expected: Expect) {
    let mut dataset = good();
    change(&mut dataset);
    judge(&mut dataset);
    let before = dataset.clone();
    judge(&mut dataset);
    assert_eq!(before, dataset, "judging twice is judging once");
    let lines: Vec<String> =
        dataset.findings.iter().map(|f| format!("{:?} {}: {}", f.severity, f.code, f.message)).collect();
    let score = dataset.score.unwrap();
    let raise =
        score.raise.first().map(|raise| format!(", +{} {}", raise.points, raise.what)).unwrap_or_default();
    expected.assert_eq(&format!("{}\n{}{raise}\n", lines.join("\n"), score.points));
}

#[test]
fn nothing_to_say() {
    check(
        |_| {},
        expect![[r#"

        100
    "#]],
    );
}

#[test]
fn every_rule_of_cf() {
    check(
        |d| {
            let ta = &mut d.variables[2];
            ta.standard_name = Some("air_temprature".into());
            ta.attributes.insert("coordinates".into(), json!("lat nowhere"));
            ta.attributes.insert("ancillary_variables".into(), json!("ta_qc"));
            ta.attributes.insert("flag_meanings".into(), json!("good bad"));
            ta.attributes.insert("flag_values".into(), json!([0]));
            d.variables[0].attributes.insert("axis".into(), json!("time"));
            d.variables[0].attributes.insert("calendar".into(), json!("martian"));
            d.variables[1].attributes.insert("bounds".into(), json!("ta"));
            d.variables[1].units = Some("degrees".into());
            d.attributes.insert("featureType".into(), json!("flight"));
        },
        expect![[r#"
            Warning standard-name-unknown: `air_temprature` of ta is not in the table of CF; perhaps `air_temperature` is meant
            Warning axis-invalid: `axis` of time is `time`
            Warning axis-units: lat is in `degrees`
            Warning calendar-unknown: the calendar of time is `martian`
            Warning coordinates-unresolved: `coordinates` of ta names nowhere, which is not there
            Warning bounds-unresolved: ta of shape [100] cannot be the bounds of lat [100]
            Warning ancillary-unresolved: `ancillary_variables` of ta names ta_qc, which is not there
            Warning feature-type-unknown: `featureType` is `flight`
            Warning flags-differ: ta has 2 meanings for 1 values
            85, +7.1 Give the measurements standard names of CF
        "#]],
    );
    check(
        |d| {
            let mut more = d.variables[2].clone();
            more.name = "T (K)".into();
            more.standard_name = Some("surface_carbon_dioxide_mole_flux".into());
            more.long_name = None;
            d.variables.push(more);
            d.variables[2].units = Some("m s-1".into());
            d.variables[2].attributes.remove("cf_role");
            d.variables[3].attributes.remove("cf_role");
            d.variables[0].units = Some("seconds since yesterday".into());
            let mut z = d.variables[2].clone();
            (z.name, z.axis, z.role, z.units) =
                ("z".into(), Some("Z".into()), Role::Dimension, Some("m".into()));
            (z.standard_name, z.long_name) = (None, None);
            d.variables.push(z);
            let mut bare = d.variables[2].clone();
            (bare.name, bare.standard_name, bare.long_name) = ("bare".into(), None, None);
            d.variables.push(bare);
        },
        expect![[r#"
            Note standard-name-alias: `surface_carbon_dioxide_mole_flux` of T (K) is called `surface_downward_mole_flux_of_carbon_dioxide` today
            Warning units-of-standard-name: ta is in `m s-1`, which does not convert into `K` of air_temperature; T (K) has the same fault
            Note name-invalid: `T (K)` is no name by CF
            Note names-missing: bare has neither `standard_name` nor `long_name`
            Note positive-missing: the vertical coordinate z has no `positive`
            Warning time-units-unreadable: `seconds since yesterday` of time cannot be read as a time
            Note feature-type-ids: `featureType` is trajectory, but no variable has a `cf_role`
            91, +3 Let the times run in one direction, in a calendar of CF
        "#]],
    );
}

#[test]
fn discovery_and_datacite() {
    check(
        |d| {
            d.attributes.clear();
            d.references.clear();
            d.license = Some(License { text: "ask me".into(), ..License::default() });
            d.dates = Default::default();
        },
        expect![[r#"
            Warning conventions-missing: no `Conventions` are named: programs cannot know how to read the attributes
            Note acdd-recommended: not there, though ACDD recommends it: history, source, processing_level, comment, acknowledgement, date_created, creator_email, creator_url, institution, project, standard_name_vocabulary
            Note acdd-suggested: not there, though ACDD suggests it: platform, instrument, product_version, references, program, contributor_name, contributor_role, creator_type, creator_institution, date_modified, keywords_vocabulary, metadata_link
            Note datacite-recommended: DataCite recommends for a DOI: a date (`date_created` or `date_issued`), a related identifier (`references` with a DOI)
            Warning license-not-spdx: `ask me` names no licence of the SPDX list
            Note references-missing: nothing is referred to: no paper, report or related dataset
            88, +3 Name the Conventions
        "#]],
    );
}

#[test]
fn chunks_and_codecs() {
    check(
        |d| {
            let ta = &mut d.variables[2];
            (ta.shape, ta.chunk_shape, ta.stored_bytes) = (vec![200_000], vec![1], Some(800_000));
            ta.codec = Some("delta + blosc(zstd, shuffle)".into());
            let lat = &mut d.variables[1];
            (lat.shape, lat.chunk_shape, lat.stored_bytes) = (vec![4, 1000], vec![1, 1000], Some(40 << 20));
        },
        expect![[r#"
            Warning chunks-small: ta lies in 200000 files of 4 bytes on average
            Warning chunks-many: ta lies in 200000 files
            Note chunks-over-blocks: chunks of lat have 10.0 MiB on average
            Note codec-exotic: ta is stored with `delta`
            98, +1.3 Choose chunks that are neither tiny nor countless
        "#]],
    );
}
