//! A site of many datasets, to measure and to look at the search: `search_site N OUT [WEB]`.
//!
//! The records are those of `../shared/data/orcestra-index.json`; beyond 60 they are copies that differ in
//! title and CID. `WEB` is the folder with the front end (default `target/web-dist`).

#[path = "../../tests/search/items.rs"]
mod items;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use pinfold::catalogue::{Catalogue, ContentPage, Entry, FrontEnd};
use pinfold::render::Renderer;
use pinfold::search_index;
use pinfold_core::cid::{Cid, DAG_PB, Multihash};
use pinfold_core::model::Dataset;

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

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let n: usize = args.next().context("how many datasets?")?.parse()?;
    let out = PathBuf::from(args.next().context("which folder?")?);
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let web = args.next().map_or_else(|| root.join("target/web-dist"), PathBuf::from);
    let real = items::datasets(&root.join("../shared/data")).context("../shared/data is missing")?;
    let mut entries = Vec::new();
    for number in 0..n {
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
    let started = Instant::now();
    let synonyms = search_index::read_synonyms(search_index::SYNONYMS)?;
    let search = search_index::write(&catalogue, &synonyms, pinfold_core::search::Layout::default());
    let bytes: usize = search.files.iter().map(|file| file.bytes.len()).sum();
    println!(
        "index_ms {} index_files {} index_bytes {bytes} entry {}",
        started.elapsed().as_millis(),
        search.files.len(),
        search.entry
    );
    let manifest = std::fs::read_to_string(web.join("manifest.json")).ok();
    let manifest: serde_json::Value =
        manifest.map_or(Ok(serde_json::Value::Null), |text| serde_json::from_str(&text))?;
    catalogue.front_end = FrontEnd {
        search: manifest["search.js"].as_str().map(|name| format!("assets/{name}")),
        search_index: Some(search.entry.clone()),
        search_pages: search.pages.clone(),
        search_land: search.land.clone(),
        ..FrontEnd::default()
    };
    let mut files = Renderer::new(&catalogue).site_files();
    files.extend(search.files);
    for file in files {
        let path = out.join(&file.path);
        std::fs::create_dir_all(path.parent().context("a parent")?)?;
        std::fs::write(path, file.bytes)?;
    }
    for file in std::fs::read_dir(&web).into_iter().flatten() {
        let file = file?;
        std::fs::create_dir_all(out.join("assets"))?;
        std::fs::copy(file.path(), out.join("assets").join(file.file_name()))?;
    }
    Ok(())
}
