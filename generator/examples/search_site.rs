//! A site of many datasets, to measure and to look at the search: `search_site N OUT [WEB]`.
//!
//! The records are those of `../shared/data/orcestra-index.json`; beyond 60 they are copies that differ in
//! title and CID. `WEB` is the folder with the front end (default `target/web-dist`).

#[path = "../../tests/search/items.rs"]
mod items;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use pinfold::catalogue::{Catalogue, ContentPage, Entry, FrontEnd, SiteFile};
use pinfold::render::Renderer;
use pinfold::search_index;
use pinfold_core::cid::{Cid, DAG_PB, Multihash};
use pinfold_core::model::Dataset;
use pinfold_core::search::{Doc, Layout, build};
use serde_json::{Value, json};

/// Datasets that get a page in lists.
const MOST_PAGES: usize = 10_000;

fn copy(dataset: &Dataset, number: usize) -> Result<Dataset> {
    if number == 0 {
        return Ok(dataset.clone());
    }
    let digest = blake3::hash(format!("{}-{number}", dataset.cid).as_bytes());
    let cid = Cid::v1(DAG_PB, Multihash::wrap(0x12, digest.as_bytes())?).to_string();
    let title = dataset.title.as_deref().map(|title| format!("{title}, flight {number}"));
    let mut copy = Dataset { cid: cid.clone(), title, ..dataset.clone() };
    copy.versions.iter_mut().for_each(|version| version.cid.clone_from(&cid));
    copy.doi = None;
    Ok(copy)
}

/// What is searched of a dataset, for other programs.
fn record(dataset: &Dataset) -> Value {
    let doc = Doc::from_dataset(dataset);
    let variables = doc.variables.iter().flat_map(|one| [&one.name, &one.standard_name, &one.long_name]);
    json!({
        "title": doc.title, "summary": doc.summary, "people": doc.people, "platforms": doc.platforms,
        "campaigns": doc.campaigns, "keywords": doc.keywords, "variables": variables.collect::<Vec<_>>(),
    })
}

fn copy_doc(doc: &Doc, number: usize) -> Result<Doc> {
    if number == 0 {
        return Ok(doc.clone());
    }
    let digest = blake3::hash(format!("{}-{number}", doc.cid).as_bytes());
    let cid = Cid::v1(DAG_PB, Multihash::wrap(0x12, digest.as_bytes())?).to_string();
    let title = format!("{}, flight {number}", doc.title);
    Ok(Doc { cid, title, doi: None, ids: Vec::new(), ..doc.clone() })
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let n: usize = args.next().context("how many datasets?")?.parse()?;
    let out = PathBuf::from(args.next().context("which folder?")?);
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let web = args.next().map_or_else(|| root.join("target/web-dist"), PathBuf::from);
    let real = items::datasets(&root.join("../shared/data")).context("../shared/data is missing")?;
    let mut entries = Vec::new();
    // Pages list what the first two hundred are; beyond that only the index grows.
    for number in 0..n.min(MOST_PAGES) {
        let dataset = copy(&real[number % real.len()], number / real.len())?;
        entries.push(Entry { dataset, ..Entry::default() });
    }
    entries.sort_by(|a, b| a.dataset.cid.cmp(&b.dataset.cid));
    let mut catalogue = Catalogue { entries, ..Catalogue::default() };
    catalogue.site.title = "ORCESTRA data".to_owned();
    catalogue.site.description =
        format!("{n} datasets from aircraft, ship and soundings over the tropical Atlantic.");
    catalogue.pages.push(ContentPage {
        path: "about".to_owned(),
        markdown: "# About\n\nHow the radar and the dropsondes of the campaign are cited.".to_owned(),
    });
    let mut started = Instant::now();
    let synonyms = search_index::read_synonyms(search_index::SYNONYMS)?;
    let mut search = search_index::write(&catalogue, &synonyms, Layout::default());
    if n > MOST_PAGES {
        let docs: Vec<Doc> = real.iter().map(Doc::from_dataset).collect();
        let docs = (0..n).map(|number| copy_doc(&docs[number % docs.len()], number / docs.len()));
        let docs = docs.collect::<Result<Vec<Doc>>>()?;
        started = Instant::now();
        let entry = std::mem::take(&mut search.entry);
        let folder = format!("{}/", search_index::FOLDER);
        search.files.retain(|file| !file.path.ends_with(".pfs") && file.path != entry);
        let others = std::mem::take(&mut search.files);
        for (at, file) in build(&docs, &synonyms, Layout::default()).into_iter().enumerate() {
            let path = folder.clone() + &file.name;
            if at == 0 {
                search.entry.clone_from(&path);
            }
            search.files.push(SiteFile { path, bytes: file.bytes });
        }
        search.files.extend(others);
    }
    let bytes: usize =
        search.files.iter().filter(|file| file.path.ends_with(".pfs")).map(|file| file.bytes.len()).sum();
    println!(
        "index_ms {} index_files {} index_bytes {bytes} entry {}",
        started.elapsed().as_millis(),
        search.files.len(),
        search.entry
    );
    let records = (0..n).map(|number| Ok(record(&copy(&real[number % real.len()], number / real.len())?)));
    let records = records.collect::<Result<Vec<Value>>>()?;
    let manifest = std::fs::read_to_string(web.join("manifest.json")).ok();
    let manifest: Value = manifest.map_or(Ok(Value::Null), |text| serde_json::from_str(&text))?;
    catalogue.front_end = FrontEnd {
        search: manifest["search.js"].as_str().map(|name| format!("assets/{name}")),
        search_wasm: manifest["search.wasm"].as_str().map(|name| format!("assets/{name}")),
        search_index: Some(search.entry.clone()),
        search_ahead: search_index::ahead(&search.files),
        search_pages: search.pages.clone(),
        search_land: search.land.clone(),
        ..FrontEnd::default()
    };
    let mut files = Renderer::new(&catalogue).site_files();
    files.extend(search.files);
    for file in files {
        // Pages of platforms, people and variables are not what is measured here.
        if n > 100 && file.path.matches('/').count() > 1 {
            continue;
        }
        let path = out.join(&file.path);
        std::fs::create_dir_all(path.parent().context("a parent")?)?;
        std::fs::write(path, file.bytes)?;
    }
    std::fs::write(out.join("records.json"), serde_json::to_vec(&records)?)?;
    for file in std::fs::read_dir(&web).into_iter().flatten() {
        let file = file?;
        std::fs::create_dir_all(out.join("assets"))?;
        std::fs::copy(file.path(), out.join("assets").join(file.file_name()))?;
    }
    Ok(())
}
