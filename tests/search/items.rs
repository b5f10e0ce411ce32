// Records from the metadata that ORCESTRA's publisher has (`../shared/data/orcestra-index.json`), for the
// judged queries and the bench of the search. Included by path; not a crate of its own.

use std::path::Path;

use pinfold_core::model::{
    Dataset, Dates, DoiRef, Extent, License, Person, Reference, SCHEMA, TimeRange, Variable, Version,
};
use serde_json::Value;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn some(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn split(value: &Value) -> Vec<String> {
    let text = text(value);
    text.split([',', ';']).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// `description` of a variable is `long name (standard_name)`, the latter in backticks.
fn variable(name: &str, item: &Value) -> Variable {
    let description = text(&item["description"]);
    let (long_name, standard_name) = match description.rsplit_once('`') {
        Some((before, _)) => match before.rsplit_once('`') {
            Some((long, standard)) => {
                let standard = standard.trim_matches(['(', ')']).to_owned();
                (long.trim_end_matches('(').trim().to_owned(), Some(standard))
            }
            None => (description.clone(), None),
        },
        None => (description.clone(), None),
    };
    Variable {
        name: name.to_owned(),
        long_name: (!long_name.is_empty()).then_some(long_name),
        standard_name,
        units: some(&item["unit"]),
        ..Variable::default()
    }
}

/// Where the platform was in the campaign: the index says nothing of places, and a map needs some.
fn bbox(platforms: &[String], at: usize) -> Option<[f64; 4]> {
    let first = platforms.first()?.to_lowercase();
    let shift = (at % 7) as f64 * 0.5;
    Some(match first.as_str() {
        "halo" => [-60.0 + shift, 3.0, -20.0, 19.0 - shift],
        "atr-42" => [-26.0, 13.0 + shift / 4.0, -18.0 - shift / 4.0, 19.0],
        "msg" => [-65.0, -5.0, -15.0, 25.0],
        _ => [-59.5, 2.0 + shift, -23.0 - shift, 15.0],
    })
}

/// One record.
pub(crate) fn dataset(item: &Value, dois: &Value, at: usize) -> Dataset {
    let properties = &item["properties"];
    let cid = text(&item["assets"]["data"]["href"]).replace("ipfs://", "");
    let list = |value: &Value| value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
    let platforms = split(&properties["platform"]);
    let person = |one: &Value| Person {
        name: text(&one["name"]),
        roles: vec!["creator".to_owned()],
        ..Person::default()
    };
    let time = some(&properties["start_datetime"])
        .zip(some(&properties["end_datetime"]))
        .map(|(start, end)| TimeRange { start, end });
    let doi = dois[&cid]["prefix"].as_str();
    Dataset {
        schema: SCHEMA.to_owned(),
        title: some(&properties["title"]).map(|title| title.replace('\n', " ")),
        summary: some(&properties["description"]),
        people: properties["contacts"].as_array().into_iter().flatten().map(person).collect(),
        license: some(&properties["license"]).map(|text| License {
            spdx: Some(text.clone()),
            text,
            ..License::default()
        }),
        keywords: list(&properties["keywords"]),
        references: list(&properties["references"])
            .into_iter()
            .map(|text| Reference { text, relation: "References".to_owned(), ..Reference::default() })
            .collect(),
        projects: split(&properties["mission"]),
        variables: properties["cube:variables"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, item)| variable(name, item))
            .collect(),
        extent: Extent { time, bbox: bbox(&platforms, at), ..Extent::default() },
        platforms,
        format: "Zarr v2".to_owned(),
        dates: Dates::default(),
        versions: vec![Version { cid: cid.clone(), current: true, ..Version::default() }],
        doi: doi.map(|prefix| DoiRef { id: format!("{prefix}/{cid}"), state: "registered".to_owned() }),
        cid,
        ..Dataset::default()
    }
}

/// All records; `None` where the folder is missing.
pub(crate) fn datasets(data: &Path) -> Option<Vec<Dataset>> {
    let items = std::fs::read_to_string(data.join("orcestra-index.json")).ok()?;
    let dois = std::fs::read_to_string(data.join("orcestra-dois.json")).ok()?;
    let items: Vec<Value> = serde_json::from_str(&items).ok()?;
    let dois: Value = serde_json::from_str(&dois).ok()?;
    Some(items.iter().enumerate().map(|(at, item)| dataset(item, &dois, at)).collect())
}
