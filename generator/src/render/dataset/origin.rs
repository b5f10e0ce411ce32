//! Where a dataset comes from: provenance, findings, references.

use minijinja::context;
use minijinja::value::Value;
use pinfold_core::model::Dataset;

use super::super::{counted, markdown, pages, text};
use super::sentence;
use crate::records;

pub(super) fn provenance(dataset: &Dataset) -> Vec<Value> {
    let plain = |text: String| vec![context! { text }];
    let mut out = vec![
        context! { name => "Content identifier (CID)", items => plain(dataset.cid.clone()), mono => true },
    ];
    let pins: Vec<String> = dataset
        .pins
        .iter()
        .take(4)
        .map(|p| {
            let name = p
                .name
                .as_deref()
                .map(|n| text::line(n, 80))
                .unwrap_or_else(|| p.cid.chars().take(16).collect());
            let path = text::line(&p.path, 160);
            if path.is_empty() { name } else { format!("{name}: {path}") }
        })
        .collect();
    if !pins.is_empty() {
        let more = dataset.pins.len().saturating_sub(pins.len());
        let more = if more > 0 { vec![format!("and {more} more")] } else { vec![] };
        out.push(context! { name => "Pinned as", lines => [pins, more].concat() });
    }
    let tags: Vec<String> =
        dataset.pins.iter().flat_map(|p| p.tags.iter()).take(12).map(|t| text::line(t, 40)).collect();
    if !tags.is_empty() {
        out.push(context! { name => "Tags", items => plain(tags.join(", ")) });
    }
    for (name, id) in [("UUID", &dataset.uuid), ("Series", &dataset.series)] {
        if pages::is_uuid(id) {
            out.push(context! { name, items => plain(id.clone()), mono => true });
        }
    }
    for (name, key) in [
        ("Time found", "time"),
        ("Place found", "bbox"),
        ("Height found", "vertical"),
        ("Shape found", "geometry"),
        ("Kind found", "feature_type"),
    ] {
        if let Some(how) = dataset.extent.found.get(key) {
            out.push(context! { name, items => plain(text::line(how, 200)) });
        }
    }
    if let Some(source) = &dataset.source {
        out.push(context! { name => "Source", items => plain(text::line(source, 300)) });
    }
    let lineage: Vec<String> =
        dataset.lineage.iter().take(12).map(|l| text::line(l, 240)).filter(|l| !l.is_empty()).collect();
    if !lineage.is_empty() {
        out.push(context! { name => "Processing", lines => lineage });
    }
    for (name, date) in [("Created", &dataset.dates.created), ("Modified", &dataset.dates.modified)] {
        if let Some(date) = date {
            out.push(context! { name, items => plain(text::moment(date).words) });
        }
    }
    let funding: Vec<String> = dataset
        .funding
        .iter()
        .take(8)
        .map(|f| text::line(&[f.funder.as_str(), f.award.as_deref().unwrap_or_default()].join(" "), 160))
        .collect();
    if !funding.is_empty() {
        out.push(context! { name => "Funding", lines => funding });
    }
    out
}

pub(super) fn findings_words(dataset: &Dataset) -> String {
    let n = dataset.findings.len();
    let first: Vec<String> = dataset.findings.iter().take(2).map(|f| text::line(&f.message, 90)).collect();
    format!("Checked when published: {}. {}", counted(n, "remark"), sentence(&first.join("; ")))
}

pub(super) fn reference(reference: &pinfold_core::model::Reference) -> Value {
    let doi = reference.doi.as_deref().filter(|d| records::is_doi(d));
    let url = doi.map(|d| format!("https://doi.org/{d}")).or_else(|| {
        reference
            .url
            .as_deref()
            .filter(|u| u.starts_with("http") && markdown::is_safe_url(u))
            .map(markdown::tidy_url)
    });
    let words = text::line(&reference.text, 600);
    let pieces = match url {
        Some(url)
            if words.is_empty()
                || words.eq_ignore_ascii_case(&url)
                || doi.is_some_and(|d| words.eq_ignore_ascii_case(d)) =>
        {
            vec![(url.trim_start_matches("https://").to_owned(), Some(url.clone()))]
        }
        Some(url) if !words.contains("http") => vec![
            (format!("{words} "), None),
            (url.trim_start_matches("https://").to_owned(), Some(url.clone())),
        ],
        _ => markdown::linkify(&words),
    };
    let relation = match reference.relation.as_str() {
        "" | "References" => String::new(),
        other => words_of(other),
    };
    context! { pieces, relation }
}

/// `IsDerivedFrom` as `Is derived from`.
fn words_of(camel: &str) -> String {
    let mut out = String::new();
    for (i, c) in text::line(camel, 40).chars().enumerate() {
        if i > 0 && c.is_ascii_uppercase() {
            out.push(' ');
            out.push(c.to_ascii_lowercase());
        } else {
            out.push(c);
        }
    }
    out
}
