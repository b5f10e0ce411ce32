//! Renders a site from published metadata, to look at pages without blocks:
//! `cargo run --release --example preview -- INDEX.json CONTENT OUT [COPIES]`.
//!
//! INDEX.json is a list of STAC-like items (`properties`, `assets.data.href`); with COPIES each is rendered
//! so many times under other CIDs, to measure.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use pinfold::catalogue::{Catalogue, ContentPage, Entry};
use pinfold::render::Renderer;
use pinfold_core::finding::{Finding, Severity};
use pinfold_core::model::{
    Dataset, DoiRef, Extent, License, Person, PinRef, PublicationYear, Reference, Role, SCHEMA, TimeRange,
    Variable, Version,
};
use serde_json::Value;

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|t| !t.is_empty()).map(str::to_owned)
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::String(s) => s.split(',').map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect(),
        Value::Array(a) => a.iter().filter_map(text).collect(),
        _ => Vec::new(),
    }
}

fn dataset(item: &Value, serial: usize) -> Dataset {
    let p = &item["properties"];
    let cid =
        item["assets"]["data"]["href"].as_str().unwrap_or_default().trim_start_matches("ipfs://").to_owned();
    let cid = if serial == 0 { cid } else { format!("{}{serial:06}", &cid[..cid.len() - 6]) };
    let mut dimensions = BTreeMap::new();
    let mut variables = Vec::new();
    let named = |d: &Value| -> (Option<String>, Option<String>) {
        let description = d["description"].as_str().unwrap_or_default();
        match description.split_once('`') {
            Some((long, standard)) => (
                Some(long.trim().to_owned()).filter(|l| !l.is_empty()),
                Some(standard.trim_matches(['`', '(', ')']).to_owned()),
            ),
            None => (text(&d["description"]), None),
        }
    };
    for (name, d) in p["cube:dimensions"].as_object().into_iter().flatten() {
        dimensions.insert(name.clone(), 1440 + name.len() as u64 * 37);
        let (long_name, standard_name) = named(d);
        variables.push(Variable {
            name: name.clone(),
            dimensions: vec![name.clone()],
            dtype: "float64".to_owned(),
            units: text(&d["unit"]),
            long_name,
            standard_name,
            role: Role::Dimension,
            axis: (d["type"] == "temporal").then(|| "T".to_owned()),
            ..Variable::default()
        });
    }
    for (name, d) in p["cube:variables"].as_object().into_iter().flatten() {
        let (long_name, standard_name) = named(d);
        let dims = list(&d["dimensions"]);
        let shape: Vec<u64> = dims.iter().map(|d| dimensions.get(d).copied().unwrap_or(1)).collect();
        variables.push(Variable {
            name: name.clone(),
            stored_bytes: Some(shape.iter().product::<u64>() * 3),
            shape,
            dimensions: dims,
            dtype: "float32".to_owned(),
            units: text(&d["unit"]),
            long_name,
            standard_name,
            role: if name.contains("flag") || name.contains("qc") { Role::Ancillary } else { Role::Data },
            codec: Some("blosc(zstd, shuffle)".to_owned()),
            ..Variable::default()
        });
    }
    let mut people = Vec::new();
    for contact in p["contacts"].as_array().into_iter().flatten() {
        let name = text(&contact["name"]).unwrap_or_default();
        let (given, family) = name.rsplit_once(' ').map(|(g, f)| (g.to_owned(), f.to_owned())).unzip();
        people.push(Person {
            name,
            given_name: given,
            family_name: family,
            roles: vec!["creator".to_owned()],
            ..Person::default()
        });
    }
    let years = ["2024-06-01", "2025-10-21", "2026-02-03"];
    Dataset {
        schema: SCHEMA.to_owned(),
        uuid: format!(
            "{serial:08x}-0000-5000-8000-{:012x}",
            variables.len() * 7919 + cid.bytes().map(usize::from).sum::<usize>()
        ),
        series: format!(
            "{serial:08x}-0000-5000-9000-{:012x}",
            variables.len() * 7919 + cid.bytes().map(usize::from).sum::<usize>()
        ),
        pins: vec![PinRef {
            cid: cid.clone(),
            name: Some("ORCESTRA HEAD v118".to_owned()),
            path: format!("products/{}/dataset.zarr", p["platform"].as_str().unwrap_or("misc")),
            current: true,
            ..PinRef::default()
        }],
        title: text(&p["title"]),
        summary: text(&p["description"]),
        people,
        license: text(&p["license"]).map(|l| License {
            url: (l == "CC-BY-4.0").then(|| "https://creativecommons.org/licenses/by/4.0/".to_owned()),
            spdx: (l.starts_with("CC")).then(|| l.clone()),
            name: None,
            text: l,
        }),
        keywords: list(&p["keywords"]),
        references: list(&p["references"])
            .into_iter()
            .map(|r| Reference {
                doi: r.split_once("doi.org/").map(|(_, d)| d.to_lowercase()),
                url: None,
                text: r,
                relation: "References".to_owned(),
            })
            .collect(),
        platform: text(&p["platform"]),
        platforms: list(&p["platform"]),
        project: text(&p["mission"]),
        projects: list(&p["mission"]),
        dimensions,
        size_bytes: variables.iter().filter_map(|v: &Variable| v.stored_bytes).sum(),
        variables,
        extent: Extent {
            time: text(&p["start_datetime"])
                .zip(text(&p["end_datetime"]))
                .map(|(start, end)| TimeRange { start, end }),
            bbox: Some([-60.0, 3.0, -19.0, 17.0]),
            found: BTreeMap::from([("time".to_owned(), "first and last value of time".to_owned())]),
            ..Extent::default()
        },
        format: "Zarr v2".to_owned(),
        versions: years
            .iter()
            .enumerate()
            .map(|(i, date)| Version {
                cid: if i == 2 { cid.clone() } else { format!("{cid}{i}") },
                date: Some((*date).to_owned()),
                name: Some(format!("HEAD v{i}")),
                current: i == 2,
                ..Version::default()
            })
            .rev()
            .collect(),
        doi: Some(DoiRef {
            id: format!("10.82246/{cid}"),
            state: if cid.len() % 2 == 1 { "registered" } else { "planned" }.to_owned(),
        }),
        publication_year: Some(PublicationYear { year: 2026, from: "dois.yaml".to_owned() }),
        findings: vec![
            Finding::new(Severity::Note, "orcid-missing", "no ORCID is given for the creators")
                .hint("add creator_id"),
        ],
        cid,
        ..Dataset::default()
    }
}

fn pages(dir: &Path, prefix: &str, out: &mut Vec<ContentPage>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            pages(&entry.path(), &format!("{prefix}{name}/"), out);
        } else if let (Some(stem), Ok(markdown)) =
            (name.strip_suffix(".md"), fs::read_to_string(entry.path()))
        {
            out.push(ContentPage { path: format!("{prefix}{stem}"), markdown });
        }
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
}

fn main() {
    let mut args = std::env::args().skip(1);
    let (index, content, out) =
        (args.next().expect("INDEX"), args.next().expect("CONTENT"), args.next().expect("OUT"));
    let copies: usize = args.next().map_or(1, |n| n.parse().expect("a number"));
    let items: Vec<Value> = serde_json::from_slice(&fs::read(index).expect("readable")).expect("JSON");
    let mut catalogue = Catalogue::default();
    catalogue.site.title = "ORCESTRA data".to_owned();
    catalogue.site.description = "Datasets from aircraft, ship and soundings over the tropical Atlantic, each named by its hash and verified as you read it.".to_owned();
    catalogue.site.publisher.name = "ORCESTRA".to_owned();
    catalogue.site.url = Some("https://data.example.org/".to_owned());
    catalogue.site.gateways = vec!["https://ipfs.example.org".to_owned()];
    for serial in 0..copies {
        catalogue
            .entries
            .extend(items.iter().map(|i| Entry { dataset: dataset(i, serial), ..Entry::default() }));
    }
    catalogue.entries.sort_by(|a, b| a.dataset.cid.cmp(&b.dataset.cid));
    catalogue.entries.dedup_by(|a, b| a.dataset.cid == b.dataset.cid);
    pages(Path::new(&content), "", &mut catalogue.pages);
    let start = Instant::now();
    let renderer = Renderer::new(&catalogue);
    let (mut count, mut bytes) = (0, 0);
    let mut write = |file: pinfold::catalogue::SiteFile| {
        count += 1;
        bytes += file.bytes.len();
        if copies == 1 {
            let path = Path::new(&out).join(&file.path);
            fs::create_dir_all(path.parent().expect("has one")).expect("writable");
            fs::write(path, file.bytes).expect("writable");
        }
    };
    for entry in &catalogue.entries {
        renderer.dataset_files(entry).into_iter().for_each(&mut write);
    }
    let datasets = start.elapsed();
    renderer.site_files().into_iter().for_each(&mut write);
    println!(
        "{} datasets, {count} files, {bytes} bytes; datasets {} ms, site {} ms",
        catalogue.entries.len(),
        datasets.as_millis(),
        (start.elapsed() - datasets).as_millis()
    );
}
