//! Ranking against judged queries: what scientists type and what they expect.
//!
//! `tests/search/judged-demo.yaml` is about the demo catalogue. `tests/search/judged.yaml` is about two catalogues that
//! are not part of the repository: the published metadata of the ORCESTRA campaign
//! (`../shared/data/orcestra-index.json`), and what Pinfold itself reads of those datasets from
//! `../shared/data/twin.car`, of which other things are known (units, people's roles; no descriptions in the
//! index of the publisher that are not in the data).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use pinfold::search_index::{entry_of, read_synonyms};
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

/// An index and its other files by name.
struct Site {
    index: Index,
    files: BTreeMap<String, Vec<u8>>,
}

impl Site {
    fn ask(&mut self, text: &str) -> Answer {
        let request =
            Request { query: Query::parse(text, true), limit: 10, brief: true, ..Request::default() };
        for _ in 0..6 {
            let need = match self.index.search(&request) {
                Ok(answer) => return answer,
                Err(need) => need,
            };
            for name in need.files {
                self.index.supply(&name, self.files[&name].clone()).expect("belongs to the index");
            }
        }
        panic!("no answer to {text}")
    }

    fn title(&self, doc: u32) -> String {
        self.index.record(doc).map(|record| record.title.to_owned()).unwrap_or_default()
    }
}

/// Asserts what must hold of the judged queries, and prints what falls short.
fn judge(what: &str, queries: &str, mut site: Site) {
    let yaml = std::fs::read_to_string(root().join("tests/search").join(queries)).expect("in the repository");
    let judged: Judged = serde_saphyr::from_str(&yaml).expect("valid");
    assert!(judged.queries.len() >= 30);
    let docs: Vec<u32> = (0..site.index.len() as u32).collect();
    let titles: Vec<String> = docs.iter().map(|doc| site.title(*doc)).collect();
    let fragment =
        |name: &String| judged.datasets.get(name).unwrap_or_else(|| panic!("unknown dataset {name}"));
    for name in judged.datasets.keys() {
        assert!(titles.iter().any(|title| title.starts_with(fragment(name))), "{what} has no {name}");
    }
    let is = |title: &str, names: &[String]| names.iter().any(|name| title.starts_with(fragment(name)));
    let (mut reciprocal, mut precision, mut zero, mut broken, mut asked) = (0.0, 0.0, 0, Vec::new(), 0.0);
    for case in &judged.queries {
        let mut query = case.q.clone();
        for (doc, title) in docs.iter().zip(&titles) {
            let record = site.index.record(*doc).expect("records are in the entry");
            for (name, _) in judged.datasets.iter().filter(|(_, fragment)| title.starts_with(*fragment)) {
                query = query.replace(&format!("{{cid:{name}}}"), record.cid);
                if let Some(doi) = &record.doi {
                    query = query.replace(&format!("{{doi:{name}}}"), doi);
                }
            }
        }
        if query.contains("{doi:") {
            println!("      not asked of {what}, where it has no DOI: {query}");
            continue;
        }
        asked += 1.0;
        let answer = site.ask(&query);
        let found: Vec<String> = answer.hits.iter().map(|hit| site.title(hit.doc)).collect();
        let relevant: Vec<String> = case.first.iter().chain(&case.good).cloned().collect();
        let n_relevant = titles.iter().filter(|title| is(title, &relevant)).count();
        let rank =
            found.iter().position(|title| is(title, &case.first)).map_or(0.0, |at| 1.0 / (at + 1) as f64);
        let good = found.iter().take(5).filter(|title| is(title, &relevant)).count() as f64;
        let share = good / n_relevant.min(5) as f64;
        reciprocal += rank;
        precision += share;
        zero += usize::from(found.is_empty());
        if found.first().is_some_and(|title| is(title, &case.never)) {
            broken.push(format!("{}: {}", case.q, found[0]));
        }
        if rank < 1.0 || share < 0.8 {
            let partial = if answer.partial { ", partial" } else { "" };
            println!("{rank:5.2} {share:4.2} {} ({}{partial})", case.q, answer.total);
            for (hit, title) in answer.hits.iter().zip(&found).take(6) {
                let mark = if is(title, &relevant) { " *" } else { "" };
                println!("           {:6.2} {title}{mark}", hit.score);
            }
        }
    }
    println!(
        "judged {what}: {asked} queries, MRR {:.3}, P@5 {:.3}, zero {:.3}",
        reciprocal / asked,
        precision / asked,
        f64::from(zero as u32) / asked
    );
    assert!(broken.is_empty(), "must not come first: {broken:#?}");
    assert_eq!(zero, 0, "queries without hits");
    assert!(reciprocal / asked >= 0.92, "mean reciprocal rank {:.3}", reciprocal / asked);
}

#[test]
fn scientists_find_what_they_expect() {
    let Some(datasets) = items::datasets(&root().join("../shared/data")) else {
        eprintln!("SKIPPED: scientists_find_what_they_expect needs ../shared/data/orcestra-index.json");
        return;
    };
    let docs: Vec<Doc> = datasets.iter().map(Doc::from_dataset).collect();
    let yaml = std::fs::read_to_string(root().join("content/synonyms.yaml")).expect("in the repository");
    let files = build(&docs, &read_synonyms(&yaml).expect("valid"), Layout::default());
    let index = Index::open(files[0].bytes.clone()).expect("what was built can be read");
    let files = files.into_iter().map(|file| (file.name, file.bytes)).collect();
    judge("the published index", "judged.yaml", Site { index, files });
}

#[test]
fn they_find_it_in_the_catalogue_that_is_built_as_well() {
    let car = root().join("../shared/data/twin.car");
    if !car.is_file() {
        eprintln!(
            "SKIPPED: they_find_it_in_the_catalogue_that_is_built_as_well needs ../shared/data/twin.car"
        );
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pinlist = folder.path().join("pinlist.yaml");
    let root_cid = "bafybeichjnh7jeb7574n2sz7p35jprh22yiwo5lbrbdkvpiml6eqov5tnq";
    let pins = format!("- cid: {root_cid}\n  name: twin\n  meta:\n    created: 2026-01-01\n");
    std::fs::write(&pinlist, pins).expect("can be written");
    judge("the catalogue of twin.car", "judged.yaml", built(&pinlist, &car));
}

#[test]
fn they_find_it_in_the_demo_catalogue() {
    let car = root().join("tests/fixtures/demo/demo.car");
    judge("the demo catalogue", "judged-demo.yaml", built(&root().join("pinlist.yaml"), &car));
}

#[test]
fn summaries_are_words_without_their_markup() {
    let car = root().join("tests/fixtures/demo/demo.car");
    let Site { mut index, files } = built(&root().join("pinlist.yaml"), &car);
    for name in index.need_rest().expect("details are files of their own").files {
        index.supply(&name, files[&name].clone()).expect("belongs to the index");
    }
    let summary = |title: &str| {
        let doc = (0..index.len() as u32)
            .find(|doc| index.record(*doc).is_some_and(|record| record.title.starts_with(title)));
        index.details(doc.expect("is in the demo")).expect("is loaded").summary.to_owned()
    };
    let flight = summary("Sterna in-situ meteorology");
    assert!(flight.contains("The humidity inlet iced over for three minutes"), "{flight}");
    assert!(!flight.contains("**"), "{flight}");
}

/// The index of the catalogue that the program builds.
fn built(pinlist: &Path, car: &Path) -> Site {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("dist");
    let built = Command::new(env!("CARGO_BIN_EXE_pinfold"))
        .args(["build", "--no-cache", "--pinlist"])
        .arg(pinlist)
        .arg("--content")
        .arg(root().join("content"))
        .arg("--source")
        .arg(car)
        .arg("--out")
        .arg(&out)
        .output()
        .expect("the program runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let html = std::fs::read_to_string(out.join("index.html")).expect("is written");
    let entry = out.join(entry_of(&html).expect("the page names the index"));
    let index = Index::open(std::fs::read(&entry).expect("is written")).expect("can be read");
    let mut files = BTreeMap::new();
    for file in std::fs::read_dir(entry.parent().expect("a folder")).expect("can be read") {
        let path = file.expect("can be read").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        files.insert(name, std::fs::read(&path).expect("can be read"));
    }
    Site { index, files }
}
