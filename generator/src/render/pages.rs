//! The pages of `content/`, forwards, the page for what is not there.
//!
//! A page is Markdown with a front matter between two lines of `---`: `title`, `short` (for menus),
//! `nav` (its place in the head of every page), `foot` (its place at the foot), `description`. `nav` and
//! `foot` are numbers; without one the page is in no menu.

use std::collections::BTreeMap;

use minijinja::context;
use minijinja::value::Value;
use pinfold_core::model::Dataset;
use serde::Deserialize;

use super::{Renderer, assets, markdown, page, site_title, text, with, words_of};
use crate::catalogue::{Catalogue, ContentPage, SiteFile};
use crate::records;

/// What stands between the lines of `---`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Front {
    title: Option<String>,
    short: Option<String>,
    description: Option<String>,
    section: Option<String>,
    nav: Option<u32>,
    foot: Option<u32>,
}

impl Front {
    /// All of them.
    pub(crate) const KEYS: [&'static str; 6] = ["title", "short", "description", "section", "nav", "foot"];
}

/// A page that was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Page {
    pub(super) path: String,
    front: Front,
    pub(super) markdown: String,
}

impl Page {
    pub(super) fn title(&self) -> String {
        self.front.title.as_deref().map_or_else(|| self.path.clone(), |t| text::line(t, 200))
    }
}

/// Folders that a page of `content/` may not take.
const TAKEN: [&str; 11] =
    ["ds", "id", "series", "doi", "assets", "search", "page", "platform", "campaign", "person", "variable"];

/// Whether a page may be there.
pub(crate) fn is_page_path(path: &str) -> bool {
    !path.is_empty()
        && path.split('/').all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        })
        && !is_taken(path)
}

fn is_taken(path: &str) -> bool {
    TAKEN.contains(&path.split('/').next().unwrap_or_default())
}

/// Whether a build writes something at this path that is no page: in folders it is not looked at closely.
pub(crate) fn is_site_path(path: &str) -> bool {
    const FILES: [&str; 9] = [
        "",
        "schema/record-1.json",
        "pins.json",
        "feed.xml",
        "sitemap.xml",
        "robots.txt",
        "llms.txt",
        "index.html",
        "404.html",
    ];
    FILES.contains(&path) || is_taken(path)
}

/// The HTML of a page, for its anchors.
pub(crate) fn page_body(page: &ContentPage) -> String {
    let read = read(std::slice::from_ref(page));
    read.first().map(|page| markdown::page(&page.markdown, &str::to_owned).0).unwrap_or_default()
}

/// Reads front matter; a page whose path could leave its folder or hide another is left out.
pub(super) fn read(pages: &[ContentPage]) -> Vec<Page> {
    let mut out: Vec<Page> = pages
        .iter()
        .filter(|page| is_page_path(&page.path))
        .map(|page| {
            let text = page.markdown.trim_start_matches('\u{feff}');
            let parts = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---"));
            let (front, body) = match parts {
                Some((front, body)) => (serde_saphyr::from_str(front).unwrap_or_default(), body),
                None => (Front::default(), text),
            };
            let mut front: Front = front;
            let mut body = body.trim_start_matches(['-', '\n', '\r']);
            // A page without a title in front opens with one.
            if front.title.is_none()
                && let Some(rest) = body.strip_prefix("# ")
            {
                let (title, rest) = rest.split_once('\n').unwrap_or((rest, ""));
                front.title = Some(title.to_owned());
                body = rest;
            }
            Page { path: page.path.clone(), front, markdown: body.to_owned() }
        })
        .collect();
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// Entries of the menu in the head (`head`) or at the foot.
pub(super) fn navigation(pages: &[Page], head: bool) -> Vec<Value> {
    let mut list: Vec<(u32, &Page)> =
        pages.iter().filter_map(|p| if head { p.front.nav } else { p.front.foot }.map(|n| (n, p))).collect();
    list.sort_by_key(|(n, p)| (*n, p.path.clone()));
    list.iter()
        .map(|(_, p)| context! { path => p.path.as_str(), short => p.front.short.clone().unwrap_or_else(|| p.title()) })
        .collect()
}

/// Content pages, `series/` forwards and `404.html`.
pub(super) fn files(renderer: &Renderer<'_>) -> Vec<SiteFile> {
    let mut files: Vec<SiteFile> =
        renderer.pages.iter().filter(|p| p.path != "checks").map(|p| content_page(renderer, p)).collect();
    files.push(super::checks::file(renderer));
    files.push(not_found(renderer));
    files
}

fn content_page(renderer: &Renderer<'_>, source: &Page) -> SiteFile {
    let depth = source.path.matches('/').count() + 1;
    // Links are written as between the Markdown files (`cite.md#bibtex`); pages are folders.
    let relative = |url: &str| -> String {
        let (path, fragment) = url.split_once('#').map_or((url, None), |(p, f)| (p, Some(f)));
        let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
        if path.is_empty() {
            return fragment;
        }
        let path = match path.strip_suffix(".md") {
            Some("index") => String::new(),
            Some(page) => format!("{page}/"),
            None => path.to_owned(),
        };
        format!("../{path}{fragment}")
    };
    let (body, contents) = markdown::page(&source.markdown, &relative);
    let title = source.title();
    let description =
        source.front.description.clone().unwrap_or_else(|| markdown::words(&source.markdown, 200));
    let values = context! {
        page_title => format!("{title} – {}", site_title(renderer.catalogue)),
        description => text::line(&description, 300),
        title,
        section => source.front.section.as_deref().map(|s| text::line(s, 80)),
        contents => if contents.len() > 2 { contents.iter().map(|h| context! { id => h.id.as_str(), text => h.text.as_str() }).collect::<Value>() } else { Value::from(Vec::<Value>::new()) },
        body,
    };
    let path = format!("{}/", source.path);
    page("page.html", format!("{path}index.html"), with(values, renderer.base(depth, &source.path, &path)))
}

/// A page that sends its visitor on at once.
pub(super) fn forward(
    path: &str,
    target: &str,
    title: &str,
    words: &str,
    canonical: Option<String>,
) -> SiteFile {
    page(
        "forward.html",
        format!("{path}index.html"),
        context! { lang => "en", target, title, words, canonical },
    )
}

/// The CID of each series' newest version, by UUID.
pub(super) fn newest_of_series(catalogue: &Catalogue) -> BTreeMap<&str, &str> {
    let mut newest: BTreeMap<&str, &str> = BTreeMap::new();
    for dataset in catalogue.entries.iter().map(|entry| &entry.dataset).filter(|d| is_uuid(&d.series)) {
        if super::is_current(dataset) {
            newest.insert(&dataset.series, &dataset.cid);
        } else {
            newest.entry(&dataset.series).or_insert(&dataset.cid);
        }
    }
    newest
}

/// `series/<uuid>/`, where the dataset is the newest version of its series.
pub(super) fn series(renderer: &Renderer<'_>, dataset: &Dataset) -> Option<SiteFile> {
    if !renderer.leads_series(dataset) {
        return None;
    }
    let cid = &dataset.cid;
    Some(forward(
        &format!("series/{}/", dataset.series),
        &format!("../../ds/{cid}/"),
        &text::line(&dataset.display_title(), text::TITLE_CHARS),
        "The newest version of this series is",
        records::site_url(&renderer.catalogue.site).map(|url| format!("{url}ds/{cid}/")),
    ))
}

/// Whether this is a UUID in its usual form, lower case.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_digit() || (b'a'..=b'f').contains(&b),
        })
}

fn not_found(renderer: &Renderer<'_>) -> SiteFile {
    let home = records::site_url(&renderer.catalogue.site);
    let words = words_of(renderer.catalogue);
    let values = context! {
        lang => super::language(renderer.catalogue.site.language.as_deref()),
        site_title => site_title(renderer.catalogue),
        mark => assets::mark(),
        home_words => if home.is_some() { words.t("To the catalogue") } else { words.t("To the start of this site") },
        home => home.unwrap_or_else(|| "/".to_owned()),
    };
    page("404.html", "404.html", values)
}
