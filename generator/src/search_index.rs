//! The `search/` folder of a site: [`write()`] makes one index of the datasets (`pinfold_core::search`) and
//! one of the content pages (tinysearch), with files named by content hash. The catalogue page names the
//! entries in `data-index` and `data-pages`; [`entry_of`] reads them back for `pinfold search`.

use std::collections::HashMap;

use pinfold_core::model::Dataset;
use pinfold_core::plot::coastline::land;
use pinfold_core::search::{Doc, Index, Layout, Synonyms, build, is_listed};
use rayon::prelude::*;
use tinysearch::{BasicPost, ExactIndexBackend, IndexBackend, IndexedDocument, TinySearch};

use crate::catalogue::{Catalogue, SiteFile};
use crate::render::{has_thumbnail, markdown, page_texts};

/// The folder of the index below the site's root.
pub const FOLDER: &str = "search";

/// The table of synonyms that is used where `content/` has none.
pub const SYNONYMS: &str = include_str!("../../content/synonyms.yaml");

/// Words of a content page that are searched.
const PAGE_CHARS: usize = 100_000;

/// Why `content/synonyms.yaml` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("synonyms: {0}")]
pub struct SynonymsError(String);

/// Reads `content/synonyms.yaml`: a list of lists of words and phrases.
///
/// # Errors
/// When it is not YAML, or not a list of lists of text.
pub fn read_synonyms(yaml: &str) -> Result<Synonyms, SynonymsError> {
    serde_saphyr::from_str(yaml).map_err(|error| SynonymsError(error.to_string()))
}

/// The files of both indexes and where they begin, as paths below the site's root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchFiles {
    /// All files.
    pub files: Vec<SiteFile>,
    /// The entry of the datasets' index.
    pub entry: String,
    /// What of it a word needs, see [`ahead`]; where it is split.
    pub ahead: Option<String>,
    /// The index of the content pages, where there are any.
    pub pages: Option<String>,
    /// Land for the map, as path data in degrees.
    pub land: Option<String>,
}

/// Both indexes of a catalogue.
#[must_use]
pub fn write(catalogue: &Catalogue, synonyms: &Synonyms, layout: Layout) -> SearchFiles {
    let listed =
        catalogue.entries.par_iter().map(|entry| &entry.dataset).filter(|dataset| is_listed(dataset));
    let doc = |dataset: &Dataset| {
        let summary = dataset.summary.as_deref().unwrap_or_default();
        Doc {
            picture: has_thumbnail(dataset),
            summary: markdown::words(summary, SUMMARY_CHARS),
            ..Doc::from_dataset(dataset)
        }
    };
    let docs: Vec<Doc> = listed.map(doc).collect();
    let mut out = SearchFiles::default();
    for (at, file) in build(&docs, synonyms, layout).into_iter().enumerate() {
        let path = format!("{FOLDER}/{}", file.name);
        if at == 0 {
            out.entry.clone_from(&path);
        }
        out.files.push(SiteFile { path, bytes: file.bytes });
    }
    out.ahead = ahead(&out.files);
    let domain = Index::open(out.files[0].bytes.clone()).ok().and_then(|index| index.domain());
    if let Some(path) = domain.map(land_path).filter(|path| !path.is_empty()) {
        let bytes = path.into_bytes();
        let path = format!("{FOLDER}/land-{}.txt", pinfold_core::search::content_name(&bytes));
        out.land = Some(path.clone());
        out.files.push(SiteFile { path, bytes });
    }
    if let Some(bytes) = pages_index(catalogue) {
        let path = format!("{FOLDER}/pages-{}.bin", pinfold_core::search::content_name(&bytes));
        out.pages = Some(path.clone());
        out.files.push(SiteFile { path, bytes });
    }
    out
}

/// Characters of a summary whose words are searched; what is written with marks for emphasis or links is read without.
const SUMMARY_CHARS: usize = 20_000;

/// Files of one kind that a catalogue page names, at most.
const MOST_AHEAD: usize = 128;

/// Which file holds what a word needs, for `early.js`, of an index whose entry is the first of `files`:
/// `FIRST-WORD=FILE` for each file of a kind, with spaces between, kinds with a semicolon. A page whose link asks
/// something fetches these files beside the program, and not in the round after it.
#[must_use]
pub fn ahead(files: &[SiteFile]) -> Option<String> {
    let mut index = Index::open(files.first()?.bytes.clone()).ok()?;
    let lists = loop {
        let need = match index.ahead(MOST_AHEAD) {
            Ok(lists) => break lists,
            Err(need) => need,
        };
        for name in need.files {
            let path = format!("{FOLDER}/{name}");
            index.supply(&name, files.iter().find(|file| file.path == path)?.bytes.clone()).ok()?;
        }
    };
    let pair = |(word, file): &(String, String)| format!("{word}={}", file.trim_end_matches(".pfs"));
    let lists = lists.iter().map(|list| list.iter().map(pair).collect::<Vec<_>>().join(" "));
    Some(lists.collect::<Vec<_>>().join(";")).filter(|text| !text.is_empty())
}

/// The exact index of tinysearch over documents in the order of their addresses: its own order is that of
/// a hash map, and two builds of one site would differ.
struct InOrder;

impl IndexBackend for InOrder {
    fn build(&self, mut documents: Vec<IndexedDocument>) -> tinysearch::SearchIndex {
        documents.sort_by(|a, b| a.post.url.cmp(&b.post.url));
        ExactIndexBackend.build(documents)
    }
}

fn pages_index(catalogue: &Catalogue) -> Option<Vec<u8>> {
    let posts: Vec<BasicPost> = page_texts(catalogue, PAGE_CHARS)
        .into_iter()
        .map(|page| BasicPost {
            title: page.title,
            url: format!("{}/", page.path),
            body: Some(page.text),
            meta: HashMap::from([("about".to_owned(), page.beginning)]),
        })
        .collect();
    if posts.is_empty() {
        return None;
    }
    let search = TinySearch::new();
    let index = search.build_index_with(&posts, &InOrder).ok()?;
    search.serialize_index(&index).ok()
}

/// The land around `[west, south, east, north]` as SVG path data, longitude and negative latitude in degrees,
/// as fine as a small map shows it.
fn land_path([west, south, east, north]: [f32; 4]) -> String {
    let size = (east - west).max(north - south).max(1.0);
    // The map shows some room around, see `web/src/panel/map.rs`.
    let (west, east) = (west - size * 0.7, east + size * 0.7);
    let (south, north) = (south - size * 0.2, north + size * 0.2);
    // The map is about 300 px wide and shows 2.4 sizes: these are one and a half pixels.
    let tolerance = size * 2.4 / 200.0;
    let digits = if size > 20.0 { 1 } else { 2 };
    let mut out = String::new();
    for ring in land() {
        let [w, s, e, n] = ring.bbox;
        for shift in [-360.0, 0.0, 360.0] {
            let apart = w + shift > east || e + shift < west || s > north || n < south;
            let small = (e - w).max(n - s) < tolerance * 2.0;
            if apart || small {
                continue;
            }
            let mut last: Option<[f32; 2]> = None;
            for [lon, lat] in &ring.points {
                // Far outside only the outline's direction matters.
                let point = [(lon + shift).clamp(west, east), lat.clamp(south, north)];
                let near = last.is_some_and(|last| {
                    (last[0] - point[0]).abs() < tolerance && (last[1] - point[1]).abs() < tolerance
                });
                if !near {
                    let pen = if last.is_none() { 'M' } else { 'L' };
                    out.push_str(&format!("{pen}{:.digits$} {:.digits$}", point[0], -point[1]));
                    last = Some(point);
                }
            }
            out.push('z');
        }
    }
    out
}

/// The entry of the datasets' index that a catalogue page names.
#[must_use]
pub fn entry_of(html: &str) -> Option<&str> {
    let (_, rest) = html.split_once("data-index=\"")?;
    let (path, _) = rest.split_once('"')?;
    let plain =
        path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b)) && !path.contains("..");
    plain.then_some(path)
}

#[cfg(test)]
mod tests {
    use pinfold_core::model::{Dataset, Version};
    use pinfold_core::search::{Query, Request};

    use super::*;
    use crate::catalogue::{ContentPage, Entry};

    fn entry(cid: &str, title: &str, current: bool) -> Entry {
        let versions = vec![Version { cid: cid.to_owned(), current, ..Version::default() }];
        let dataset =
            Dataset { cid: cid.to_owned(), title: Some(title.to_owned()), versions, ..Dataset::default() };
        Entry { dataset, ..Entry::default() }
    }

    #[test]
    fn newest_versions_and_pages_are_indexed() {
        let page = ContentPage {
            path: "manual/cite".to_owned(),
            markdown: "# How to cite\n\nBy **DOI**.".to_owned(),
        };
        let entries =
            vec![entry("bafyone", "Cloud radar", true), entry("bafytwo", "Cloud radar, old", false)];
        let catalogue = Catalogue { entries, pages: vec![page], ..Catalogue::default() };
        let synonyms = read_synonyms(SYNONYMS).expect("the built-in table is valid");
        let written = write(&catalogue, &synonyms, Layout::default());
        let file = |path: &str| {
            written.files.iter().find(|file| file.path == path).expect("is written").bytes.clone()
        };
        let index = Index::open(file(&written.entry)).expect("can be read");
        assert_eq!(index.len(), 1);
        let request = Request { query: Query::parse("radar", false), limit: 5, ..Request::default() };
        assert_eq!(index.search(&Request { brief: true, ..request }).expect("in the entry").total, 1);
        let pages = SearchPages::read(&file(written.pages.as_deref().expect("there is a page")));
        assert_eq!(pages, ["How to cite manual/cite/"]);
        assert_eq!(written, write(&catalogue, &synonyms, Layout::default()), "the same bytes");
    }

    struct SearchPages;

    impl SearchPages {
        fn read(bytes: &[u8]) -> Vec<String> {
            let search = TinySearch::new();
            let index = search.load_index_from_bytes(bytes).expect("can be read");
            search
                .search(&index, "cite", 5)
                .into_iter()
                .map(|post| format!("{} {}", post.title, post.url))
                .collect()
        }
    }

    #[test]
    fn land_is_cut_to_the_map() {
        let atlantic = land_path([-60.0, 3.0, -20.0, 20.0]);
        assert!(atlantic.starts_with('M') && (1_000..12_000).contains(&atlantic.len()), "{}", atlantic.len());
        let world = land_path([-180.0, -80.0, 180.0, 80.0]);
        assert!((5_000..60_000).contains(&world.len()), "{}", world.len());
        let plain = |path: &str| path.bytes().all(|b| b.is_ascii_digit() || b"MLz -.".contains(&b));
        assert!(plain(&atlantic) && plain(&world));
    }

    #[test]
    fn the_entry_is_read_from_the_page() {
        assert_eq!(entry_of(r#"<div id="search" data-index="search/abc.pfs">"#), Some("search/abc.pfs"));
        for bad in ["", "data-index=\"", "data-index=\"../../etc/passwd\"", "data-index=\"a b\""] {
            assert_eq!(entry_of(bad), None, "{bad}");
        }
    }
}
