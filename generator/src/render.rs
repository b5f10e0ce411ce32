//! From the model to the files of the site: pages, forwards, assets and the records beside them.
//!
//! Entry points: [`Renderer`] for a whole catalogue, [`dataset_files`] and [`site_files`] for one call. All
//! are pure functions of [`Catalogue`]; the same catalogue gives the same bytes.
//!
//! Pages are [minijinja](https://docs.rs/minijinja) templates with escaping on; what a template marks as
//! safe was made by `markdown` or by the plot code of the core. Every link is relative, so that the site works at `/`,
//! under `/repo/` and under `/ipfs/<cid>/`; absolute addresses stand only where a standard wants them.
//! Nothing needs JavaScript.
//!
//! Lists and the frame of every page speak the site's language where it has a table (`words`: German). Not supported:
//! landing pages, checks and the explorer in languages other than English.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::OnceLock;

use minijinja::value::{Rest, Value};
use minijinja::{AutoEscape, Environment, context};
use pinfold_core::model::Dataset;
use pinfold_core::search::is_listed;
use rayon::prelude::*;

use crate::catalogue::{Catalogue, Entry, FrontEnd, SiteFile};
use crate::records;
use crate::search_index::SearchFiles;

mod assets;
mod card;
mod checks;
mod dataset;
mod groups;
mod listing;
pub(crate) mod markdown;
mod open;
mod pages;
mod surroundings;
pub(crate) mod text;
mod words;

pub(crate) use dataset::shows_data;
pub(crate) use groups::{Groups, Kind, orcid};
pub(crate) use listing::{has_thumbnail, licence as listing_licence, platform as listing_platform};
pub(crate) use pages::{Front, is_page_path, is_site_path, page_body};
use words::Words;

/// The pages' content security policy: everything from the site itself, blocks from gateways and peers. Plain http is
/// for gateways of the local network, from pages that came over plain http: others may not ask it, whatever stands here.
pub const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; media-src blob:; font-src 'self'; worker-src 'self' blob:; \
    connect-src 'self' https: http: wss: ws://127.0.0.1:*; base-uri 'none'; form-action 'self'";

/// All files of one dataset: `ds/<cid>/…`, its forward `id/<uuid>/` and, where a DOI's suffix is not the
/// CID, `doi/<prefix>/<suffix>/`. Makes a [`Renderer`] for this one call.
#[must_use]
pub fn dataset_files(catalogue: &Catalogue, entry: &Entry) -> Vec<SiteFile> {
    Renderer::new(catalogue).dataset_files(entry)
}

/// All files that belong to no single dataset. Makes a [`Renderer`] for this one call.
#[must_use]
pub fn site_files(catalogue: &Catalogue) -> Vec<SiteFile> {
    Renderer::new(catalogue).site_files()
}

/// Knows what belongs together in a catalogue; make one and render every dataset with it.
#[derive(Debug)]
pub struct Renderer<'a> {
    catalogue: &'a Catalogue,
    groups: Groups,
    /// Datasets that lie in the same folder: parent path of the newest pin to indices of entries.
    folders: BTreeMap<String, Vec<usize>>,
    pages: Vec<pages::Page>,
    /// The newest version of each series.
    series: BTreeMap<&'a str, &'a str>,
    /// Place of each entry in lists by title, found once.
    order: OnceLock<Vec<usize>>,
    /// Each entry as lists show it, made once.
    hits: Vec<OnceLock<String>>,
    /// What is known of the search index only when it was made.
    search: OnceLock<FrontEnd>,
}

/// A file of the site that is still to be made.
pub(crate) struct Planned<'a> {
    /// Its path below the site's root.
    pub(crate) path: String,
    make: Box<dyn Fn(&str) -> SiteFile + Send + Sync + 'a>,
}

impl<'a> Planned<'a> {
    fn new(path: String, make: impl Fn(&str) -> SiteFile + Send + Sync + 'a) -> Self {
        Self { path, make: Box::new(make) }
    }

    /// Makes it.
    pub(crate) fn file(&self) -> SiteFile {
        (self.make)(&self.path)
    }
}

impl From<SiteFile> for Planned<'_> {
    fn from(file: SiteFile) -> Self {
        Self::new(file.path.clone(), move |_| file.clone())
    }
}

impl<'a> Renderer<'a> {
    /// Reads the catalogue once.
    #[must_use]
    pub fn new(catalogue: &'a Catalogue) -> Self {
        let mut folders: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, entry) in catalogue.entries.iter().enumerate() {
            if is_listed(&entry.dataset)
                && let Some(folder) = folder(&entry.dataset)
            {
                folders.entry(folder).or_default().push(index);
            }
        }
        Self {
            catalogue,
            groups: Groups::new(catalogue),
            folders,
            pages: pages::read(&catalogue.pages),
            series: pages::newest_of_series(catalogue),
            order: OnceLock::new(),
            hits: catalogue.entries.iter().map(|_| OnceLock::new()).collect(),
            search: OnceLock::new(),
        }
    }

    /// Names the files of the search index, where they were made after the catalogue: only lists need them.
    pub(crate) fn set_search(&self, index: &SearchFiles) {
        let search = FrontEnd {
            search_index: Some(index.entry.clone()),
            search_ahead: index.ahead.clone(),
            search_pages: index.pages.clone(),
            search_land: index.land.clone(),
            ..self.catalogue.front_end.clone()
        };
        // The first one stands.
        let _ = self.search.set(search);
    }

    fn front_end(&self) -> &FrontEnd {
        self.search.get().unwrap_or(&self.catalogue.front_end)
    }

    /// Whether `series/<uuid>/` leads to this dataset.
    fn leads_series(&self, dataset: &Dataset) -> bool {
        self.series.get(dataset.series.as_str()) == Some(&dataset.cid.as_str())
    }

    /// All files of one dataset.
    #[must_use]
    pub fn dataset_files(&self, entry: &Entry) -> Vec<SiteFile> {
        let mut files = dataset::files(self, entry);
        files.extend(records::dataset_files(self.catalogue, entry));
        files
    }

    /// All files that belong to no single dataset.
    #[must_use]
    pub fn site_files(&self) -> Vec<SiteFile> {
        self.site_pages().par_iter().map(Planned::file).collect()
    }

    /// The same, each to be made when it is its turn.
    pub(crate) fn site_pages(&self) -> Vec<Planned<'_>> {
        let mut pages: Vec<Planned<'_>> = assets::assets().files().into_iter().map(Planned::from).collect();
        pages.extend(listing::pages(self));
        pages.extend(pages::files(self).into_iter().map(Planned::from));
        let addresses = self.addresses(&pages);
        pages.extend(records::site_files(self.catalogue, &addresses).into_iter().map(Planned::from));
        pages.sort_by(|a, b| a.path.cmp(&b.path));
        pages
    }

    /// Paths of pages for the sitemap: those of `files` that are pages of their own, and all datasets'.
    fn addresses(&self, files: &[Planned<'_>]) -> Vec<String> {
        let own = files.iter().filter_map(|file| file.path.strip_suffix("index.html")).map(str::to_owned);
        own.chain(self.catalogue.entries.iter().map(|entry| format!("ds/{}/", entry.dataset.cid))).collect()
    }

    /// The entry with this CID; entries are sorted by it.
    fn entry(&self, cid: &str) -> Option<&'a Entry> {
        let entries = &self.catalogue.entries;
        let at = entries.binary_search_by(|entry| entry.dataset.cid.as_str().cmp(cid)).ok()?;
        entries.get(at)
    }

    /// What every page needs: `depth` folders below the root, `here` is the page's path in the navigation.
    fn base(&self, depth: usize, here: &str, path: &str) -> Value {
        let site = &self.catalogue.site;
        let root = "../".repeat(depth);
        let assets = assets::assets();
        let absolute = records::site_url(site);
        context! {
            lang => language(site.language.as_deref()),
            root => root.as_str(),
            home => if root.is_empty() { "./" } else { root.as_str() },
            csp => CSP,
            here => here,
            assets => context! {
                css => assets.css.as_str(), script => assets.script.as_str(), early => assets.early.as_str(), sans => assets.sans.as_str(), icon => assets.icon.as_str(), logo => assets.logo.as_str(),
            },
            site_title => site_title(self.catalogue),
            publisher => text::line(&site.publisher.name, 200),
            publisher_url => site.publisher.url.as_deref().filter(|u| markdown::is_safe_url(u)),
            source => site.source.as_deref().filter(|u| markdown::is_safe_url(u)),
            nav => pages::navigation(&self.pages, true),
            foot => pages::navigation(&self.pages, false),
            canonical => absolute.as_ref().map(|url| format!("{url}{path}")),
            og_image => absolute.as_ref().map(|url| format!("{url}{}", assets.card)),
            og_size => [1200, 630],
            og_image_alt => words_of(self.catalogue).t("The sign of Pinfold: a ring of stones around one point"),
        }
    }
}

/// The catalogue's name.
pub(crate) fn site_title(catalogue: &Catalogue) -> String {
    let title = text::line(&catalogue.site.title, text::TITLE_CHARS);
    if title.is_empty() { words_of(catalogue).t("Data catalogue").to_owned() } else { title }
}

/// The words of the site's language.
fn words_of(catalogue: &Catalogue) -> Words {
    Words::of(language(catalogue.site.language.as_deref()))
}

fn language(tag: Option<&str>) -> &str {
    tag.filter(|t| {
        !t.is_empty() && t.len() <= 35 && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    })
    .unwrap_or("en")
}

/// Whether this is the newest version of its series.
pub(crate) fn is_current(dataset: &Dataset) -> bool {
    dataset.versions.iter().find(|v| v.cid == dataset.cid).is_none_or(|v| v.current)
}

/// The folder of a dataset in the newest tree that holds it.
fn folder(dataset: &Dataset) -> Option<String> {
    let pin = dataset.pins.iter().find(|pin| !pin.path.is_empty())?;
    let (parent, _) = pin.path.trim_end_matches('/').rsplit_once('/')?;
    Some(parent.to_owned())
}

/// A template's text with a context; templates are ours, so a failure is a mistake of ours. The fixed words are in
/// the language of `lang`, where it has a table.
fn page(template: &str, path: impl Into<String>, values: Value) -> SiteFile {
    let lang = values.get_attr("lang").unwrap_or_default();
    let text = environment(Words::of(lang.as_str().unwrap_or_default()))
        .get_template(template)
        .and_then(|template| template.render(values))
        .unwrap_or_else(|error| panic!("template {template}: {error:?}"));
    SiteFile { path: path.into(), bytes: text.into_bytes() }
}

/// The templates. One set for each language: macros see no context, only what belongs to their set.
fn environment(words: Words) -> &'static Environment<'static> {
    static ENGLISH: OnceLock<Environment<'static>> = OnceLock::new();
    static GERMAN: OnceLock<Environment<'static>> = OnceLock::new();
    let environment = if words.is_english() { &ENGLISH } else { &GERMAN };
    environment.get_or_init(|| {
        let mut env = Environment::new();
        env.add_function("t", move |text: &str, values: Rest<Value>| {
            let values: Vec<&dyn Display> = values.iter().map(|value| value as &dyn Display).collect();
            words.fill(text, &values)
        });
        env.set_auto_escape_callback(|_| AutoEscape::Html);
        // The default escapes `/` too, which makes addresses unreadable and a fifth longer.
        env.set_formatter(|out, _, value| {
            if value.is_undefined() || value.is_none() {
                return Ok(());
            }
            if value.is_safe() || !value.as_str().is_some_and(|t| t.contains(['<', '>', '&', '"', '\''])) {
                return Ok(write!(out, "{value}")?);
            }
            for c in value.as_str().unwrap_or_default().chars() {
                match c {
                    '<' => out.write_str("&lt;")?,
                    '>' => out.write_str("&gt;")?,
                    '&' => out.write_str("&amp;")?,
                    '"' => out.write_str("&quot;")?,
                    '\'' => out.write_str("&#39;")?,
                    c => out.write_char(c)?,
                }
            }
            Ok(())
        });
        for (name, source) in [
            ("layout.html", include_str!("../templates/layout.html")),
            ("macros.html", include_str!("../templates/macros.html")),
            ("dataset.html", include_str!("../templates/dataset.html")),
            ("catalogue.html", include_str!("../templates/catalogue.html")),
            ("hit.html", include_str!("../templates/hit.html")),
            ("group.html", include_str!("../templates/group.html")),
            ("groups.html", include_str!("../templates/groups.html")),
            ("checks.html", include_str!("../templates/checks.html")),
            ("score.html", include_str!("../templates/score.html")),
            ("page.html", include_str!("../templates/page.html")),
            ("forward.html", include_str!("../templates/forward.html")),
            ("404.html", include_str!("../templates/404.html")),
        ] {
            env.add_template(name, source).unwrap_or_else(|error| panic!("template {name}: {error:?}"));
        }
        env
    })
}

/// Merges two contexts; the first wins.
fn with(values: Value, base: Value) -> Value {
    context! { ..values, ..base }
}

/// A number with its noun: `1 dataset`, `60 datasets`.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", text::number(n as u64), if n == 1 { "" } else { "s" })
}

/// A content page as the search for pages reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageText {
    /// Path below the site's root, without a slash at the end.
    pub(crate) path: String,
    /// Title.
    pub(crate) title: String,
    /// Its words.
    pub(crate) text: String,
    /// The first of them, to show.
    pub(crate) beginning: String,
}

/// The content pages, `chars` of each at most.
pub(crate) fn page_texts(catalogue: &Catalogue, chars: usize) -> Vec<PageText> {
    pages::read(&catalogue.pages)
        .iter()
        .map(|page| PageText {
            path: page.path.clone(),
            title: page.title(),
            text: markdown::words(&page.markdown, chars),
            beginning: markdown::words(&page.markdown, 140),
        })
        .collect()
}
