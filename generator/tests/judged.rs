//! Ranking against `tests/search/judged.yaml`: what scientists type and what they expect.
//!
//! Reads the published metadata of the ORCESTRA campaign from `../shared/data/orcestra-index.json`,
//! which is not part of the repository.

use std::collections::BTreeMap;
use std::path::Path;

use pinfold::search_index::read_synonyms;
use pinfold_core::search::{Answer, Doc, Index, Layout, Query, Request, build};
use serde::Deserialize;

#[path = "../../tests/search/items.rs"]
mod items;

#[derive(Deserialize)]
struct Judged {
    datasets: BTreeMap<String, String>,
    queries: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    q: String,
    first: Vec<String>,
    #[serde(default)]
    good: Vec<String>,
    #[serde(default)]
    never: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn ask(index: &Index, text: &str) -> Answer {
    let request = Request { query: Query::parse(text, true), limit: 10, ..Request::default() };
    index.search(&request).expect("the index is one file")
}

#[test]
fn scientists_find_what_they_expect() {
    let data = root().join("../shared/data");
    let Some(datasets) = items::datasets(&data) else {
        eprintln!("skipped: scientists_find_what_they_expect needs ../shared/data/orcestra-index.json");
        return;
    };
    let docs: Vec<Doc> = datasets.iter().map(Doc::from_dataset).collect();
    let yaml = std::fs::read_to_string(root().join("content/synonyms.yaml")).expect("in the repository");
    let files = build(&docs, &read_synonyms(&yaml).expect("valid"), Layout::default());
    println!("{} files, entry {} bytes", files.len(), files[0].bytes.len());
    if let Some(folder) = std::env::var_os("PINFOLD_KEEP_INDEX") {
        let parts =
            Layout { inline_bytes: 0, inline_column_bytes: 0, shard_bytes: 1 << 30, shard_records: 100_000 };
        for file in files.iter().chain(&build(&docs, &read_synonyms(&yaml).expect("valid"), parts)) {
            let name = format!("{}-{}", file.bytes[5], file.name);
            std::fs::write(Path::new(&folder).join(name), &file.bytes).expect("the folder can be written");
        }
    }
    let index = Index::open(files[0].bytes.clone()).expect("what was built can be read");
    let yaml = std::fs::read_to_string(root().join("tests/search/judged.yaml")).expect("in the repository");
    let judged: Judged = serde_saphyr::from_str(&yaml).expect("valid");
    assert!(judged.queries.len() >= 60);
    let fragment =
        |name: &String| judged.datasets.get(name).unwrap_or_else(|| panic!("unknown dataset {name}"));
    let is = |title: &str, names: &[String]| names.iter().any(|name| title.starts_with(fragment(name)));
    let (mut reciprocal, mut precision, mut zero, mut broken) = (0.0, 0.0, 0, Vec::new());
    for case in &judged.queries {
        let mut query = case.q.clone();
        for one in &docs {
            for (name, fragment) in
                judged.datasets.iter().filter(|(_, fragment)| one.title.starts_with(*fragment))
            {
                query = query.replace(&format!("{{cid:{name}}}"), &one.cid);
                query = query.replace(&format!("{{doi:{name}}}"), one.doi.as_deref().unwrap_or("no DOI"));
                let _ = fragment;
            }
        }
        let answer = ask(&index, &query);
        let titles: Vec<String> = answer
            .hits
            .iter()
            .filter_map(|hit| index.record(hit.doc))
            .map(|record| record.title.to_owned())
            .collect();
        let relevant: Vec<String> = case.first.iter().chain(&case.good).cloned().collect();
        let n_relevant = docs.iter().filter(|one| is(&one.title, &relevant)).count();
        let rank =
            titles.iter().position(|title| is(title, &case.first)).map_or(0.0, |at| 1.0 / (at + 1) as f64);
        let good = titles.iter().take(5).filter(|title| is(title, &relevant)).count() as f64;
        let share = good / n_relevant.min(5) as f64;
        reciprocal += rank;
        precision += share;
        zero += usize::from(titles.is_empty());
        if titles.first().is_some_and(|title| is(title, &case.never)) {
            broken.push(format!("{}: {}", case.q, titles[0]));
        }
        if rank < 1.0 || share < 0.8 {
            println!(
                "{:5.2} {share:4.2} {} ({}{})",
                rank,
                case.q,
                answer.total,
                if answer.partial { ", partial" } else { "" }
            );
            for (hit, title) in answer.hits.iter().zip(&titles).take(6) {
                println!(
                    "           {:6.2} {}{}",
                    hit.score,
                    title,
                    if is(title, &relevant) { " *" } else { "" }
                );
            }
        }
    }
    let n = judged.queries.len() as f64;
    println!(
        "{n} queries: MRR {:.3}, P@5 {:.3}, zero hits {:.3}",
        reciprocal / n,
        precision / n,
        zero as f64 / n
    );
    assert!(broken.is_empty(), "must not come first: {broken:#?}");
    assert_eq!(zero, 0, "queries without hits");
    assert!(reciprocal / n >= 0.92, "mean reciprocal rank {:.3}", reciprocal / n);
}
