//! Lists of datasets: the catalogue page, and a page for each platform, campaign, person and variable.

use std::sync::Arc;

use minijinja::context;
use minijinja::value::Value;
use pinfold_core::model::Dataset;
use pinfold_core::plot::map::{has_place, map_scene};
use pinfold_core::plot::{MapStyle, svg};
use pinfold_core::search::{Facet, is_listed};

use super::groups::Group;
use super::{Kind, Planned, Renderer, Words, language, markdown, page, site_title, text, with, words_of};
use crate::catalogue::{Entry, SiteFile};
use crate::records;

/// Datasets on one page of a list: uncompressed, two hundred weigh two thirds of what the search app does.
const PAGE: usize = 100;

/// Names on one page of an index of names.
const INDEX_PAGE: usize = 1000;

/// Names of a kind beside the catalogue; the rest is on the page of the kind.
const BESIDE: usize = 8;

/// All list pages, to be made one by one: those of ten thousand datasets have a hundred megabytes.
pub(super) fn pages<'a>(renderer: &'a Renderer<'a>) -> Vec<Planned<'a>> {
    let entries = &renderer.catalogue.entries;
    let mut all: Vec<usize> = (0..entries.len()).filter(|&i| is_listed(&entries[i].dataset)).collect();
    sort(renderer, &mut all);
    let (auxiliary, main): (Vec<usize>, Vec<usize>) =
        all.into_iter().partition(|&i| entries[i].dataset.auxiliary);
    let mut pages = catalogue_pages(renderer, main, auxiliary);
    for kind in Kind::ALL {
        pages.extend(group_pages(renderer, kind));
    }
    pages
}

fn sort(renderer: &Renderer<'_>, list: &mut [usize]) {
    let order = renderer.order.get_or_init(|| {
        let entries = &renderer.catalogue.entries;
        let mut sorted: Vec<usize> = (0..entries.len()).collect();
        sorted.sort_by_cached_key(|&i| {
            (text::sort_key(&entries[i].dataset.display_title()), entries[i].dataset.cid.as_str())
        });
        let mut order = vec![0; sorted.len()];
        for (rank, index) in sorted.into_iter().enumerate() {
            order[index] = rank;
        }
        order
    });
    list.sort_unstable_by_key(|&i| order[i]);
}

/// Stands for the way to the site's root in a text that is made once for lists at all depths; texts of datasets have
/// no control characters.
const ROOT: char = '\u{0}';

/// Datasets as a list, seen from a page `depth` folders down.
fn hits(renderer: &Renderer<'_>, list: &[usize], depth: usize) -> Value {
    let root = "../".repeat(depth);
    let lang = language(renderer.catalogue.site.language.as_deref());
    let mut out = String::from("<ol>");
    for &index in list {
        let text = renderer.hits[index].get_or_init(|| {
            let entry = &renderer.catalogue.entries[index];
            let text =
                page("hit.html", "", context! { lang, d => hit(words_of(renderer.catalogue), entry) }).bytes;
            String::from_utf8(text).unwrap_or_default()
        });
        for (at, part) in text.split(ROOT).enumerate() {
            if at > 0 {
                out.push_str(&root);
            }
            out.push_str(part);
        }
    }
    out.push_str("</ol>");
    Value::from_safe_string(out)
}

/// One dataset in a list.
fn hit(words: Words, entry: &Entry) -> Value {
    let dataset = &entry.dataset;
    let creators: Vec<String> =
        dataset.creators().map(|p| text::line(&p.name, 80)).filter(|n| !n.is_empty()).take(4).collect();
    let total = dataset.creators().count();
    let shown = if total > 4 { 3 } else { creators.len() };
    let data = dataset.variables.len();
    context! {
        href => format!("{ROOT}ds/{}/", dataset.cid),
        mini => has_thumbnail(dataset).then(|| format!("{ROOT}ds/{}/{THUMBNAIL}", dataset.cid)),
        title => text::line(&dataset.display_title(), text::TITLE_CHARS),
        people => creators[..shown.min(creators.len())].join(", "),
        others => if total > shown && shown > 0 { total - shown } else { 0 },
        platform => platform(dataset),
        summary => dataset.summary.as_deref().map(|s| markdown::words(s, 190)),
        notice => dataset.embargo.as_deref().map(|date| words.fill("Data are presented from {} on.", &[&text::moment_in(words, date).words])),
        time => dataset.extent.time.as_ref().map(|t| text::values(&text::range_in(words, &t.start, &t.end))),
        content => if data > 0 { words.variables(data) } else if dataset.files.is_empty() { text::line(&dataset.format, 20) } else { words.files(dataset.files.len()) },
        doi => records::registered_doi(dataset),
        licence => licence(dataset),
    }
}

/// The name of the small map in a dataset's folder: a file, so that lists carry no pictures of their own.
pub(super) const THUMBNAIL: &str = "thumbnail.svg";

/// A map of 108 by 54 pixels.
pub(super) fn thumbnail(dataset: &Dataset) -> Option<String> {
    let scene = map_scene(&dataset.extent, 108.0, 54.0, MapStyle::Thumbnail)?;
    Some(svg::write(&scene, svg::Placement::File, "m"))
}

/// Whether there is one.
pub(crate) fn has_thumbnail(dataset: &Dataset) -> bool {
    has_place(&dataset.extent)
}

/// Platforms as one short line.
pub(crate) fn platform(dataset: &Dataset) -> String {
    if dataset.platforms.is_empty() {
        return dataset.platform.as_deref().map(|p| text::line(p, 80)).unwrap_or_default();
    }
    text::line(&dataset.platforms.iter().take(6).map(String::as_str).collect::<Vec<_>>().join(", "), 100)
}

/// A licence in few characters: `CC BY 4.0`.
pub(crate) fn licence(dataset: &Dataset) -> Option<String> {
    let licence = dataset.license.as_ref()?;
    let short = match &licence.spdx {
        Some(id) if id.starts_with("CC-") || id.starts_with("CC0") => id
            .replacen("CC-", "CC ", 1)
            .replace("-4.0", " 4.0")
            .replace("-3.0", " 3.0")
            .replace("-1.0", " 1.0"),
        Some(id) => id.clone(),
        None => licence.name.clone().unwrap_or_else(|| licence.text.clone()),
    };
    let short = text::line(&short, 24);
    (!short.is_empty()).then_some(short)
}

/// Pages `1 2 … n` of a list, seen from page `now`; `home` leads to the first.
fn pager(count: usize, size: usize, now: usize) -> Vec<Value> {
    let up = if now == 1 { String::new() } else { "../../".to_owned() };
    (1..=count.div_ceil(size).max(1))
        .map(|p| {
            let href = if p == 1 { format!("{up}./") } else { format!("{up}page/{p}/") };
            context! { label => p, href => (p != now).then_some(href) }
        })
        .collect()
}

fn paths(prefix: &str, number: usize) -> String {
    if number == 1 { format!("{prefix}index.html") } else { format!("{prefix}page/{number}/index.html") }
}

/// The largest groups of a kind, and how many there are.
type Largest<'a> = (Kind, Vec<(String, &'a Group)>, usize);

fn catalogue_pages<'a>(
    renderer: &'a Renderer<'a>,
    main: Vec<usize>,
    auxiliary: Vec<usize>,
) -> Vec<Planned<'a>> {
    let largest = Kind::ALL.map(|kind| {
        let mut list = renderer.groups.of(kind);
        let total = list.len();
        list.sort_by_key(|(_, group)| std::cmp::Reverse(group.entries.len()));
        list.truncate(BESIDE);
        (kind, list, total)
    });
    let shared = Arc::new((main, auxiliary, largest));
    let last = shared.0.len().div_ceil(PAGE).max(1);
    let plan = |number| {
        let shared = Arc::clone(&shared);
        Planned::new(paths("", number), move |path| {
            let (main, auxiliary, largest) = &*shared;
            catalogue_page(renderer, path, number, main, auxiliary, largest)
        })
    };
    (1..=last).map(plan).collect()
}

fn catalogue_page(
    renderer: &Renderer<'_>,
    path: &str,
    number: usize,
    main: &[usize],
    auxiliary: &[usize],
    largest: &[Largest<'_>],
) -> SiteFile {
    let catalogue = renderer.catalogue;
    let front_end = renderer.front_end();
    let title = site_title(catalogue);
    let last = main.len().div_ceil(PAGE).max(1);
    let description = text::line(&catalogue.site.description, 400);
    let words = words_of(catalogue);
    let datasets = words.datasets(main.len());
    let lede = if description.is_empty() {
        words.fill("{}, each named by its hash and verified as you read it.", &[&datasets])
    } else {
        description.clone()
    };
    let depth = if number == 1 { 0 } else { 2 };
    let root = "../".repeat(depth);
    let slice = &main[((number - 1) * PAGE).min(main.len())..(number * PAGE).min(main.len())];
    let groups = largest.iter().map(|(kind, list, total)| {
        let items = list.iter().map(|(path, group)| {
            context! { href => format!("{root}{path}"), name => group_name(*kind, &group.name), count => words.number(group.entries.len()) }
        });
        context! { title => words.t(kind.title()), path => kind.path(), items => items.collect::<Vec<_>>(), more => *total > BESIDE, total => words.number(*total) }
    });
    let auxiliary = &auxiliary[..if number == last { auxiliary.len().min(PAGE) } else { 0 }];
    let values = context! {
        page_title => if number == 1 { title.clone() } else { words.fill("{}, page {}", &[&title, &number]) },
        description => if description.is_empty() { lede.clone() } else { description.clone() },
        lede => lede.as_str(),
        placeholder => words.t("a word, a variable, a platform, a date …"),
        groups => groups.collect::<Vec<_>>(),
        count_words => if last == 1 { datasets } else {
            words.fill("{}, page {} of {}", &[&datasets, &number, &last])
        },
        hits => hits(renderer, slice, depth),
        auxiliary => (!auxiliary.is_empty()).then(|| hits(renderer, auxiliary, depth)),
        pages => pager(main.len(), PAGE, number),
        search_wasm => front_end.search_wasm.as_deref(),
        search_index => front_end.search_index.as_deref(),
        search_ahead => front_end.search_ahead.as_deref(),
        asks => asks(),
        logo => super::assets::logo(),
        search_land => front_end.search_land.as_deref(),
        search_pages => front_end.search_pages.as_deref(),
        scripts => front_end.search.iter().cloned().collect::<Vec<String>>(),
        words => words.search_block(),
        jsonld => (number == 1).then(|| records::catalog_json_ld(catalogue)),
    };
    page("catalogue.html", path, with(values, renderer.base(depth, "", path.trim_end_matches("index.html"))))
}

/// What in a link asks for other than the list of everything, see `State::is_active` of the search app.
fn asks() -> String {
    let facets = Facet::ALL.into_iter().map(Facet::name);
    ["q", "time", "bbox", "sort"].into_iter().chain(facets).collect::<Vec<_>>().join(" ")
}

/// Standard names are shown as words.
fn group_name(kind: Kind, name: &str) -> String {
    if kind == Kind::Variable { name.replace('_', " ") } else { name.to_owned() }
}

fn group_pages<'a>(renderer: &'a Renderer<'a>, kind: Kind) -> Vec<Planned<'a>> {
    let groups = Arc::new(renderer.groups.of(kind));
    let prefix = format!("{}/", kind.path());
    let last = groups.len().div_ceil(INDEX_PAGE).max(1);
    let mut pages = Vec::new();
    for number in 1..=last {
        let groups = Arc::clone(&groups);
        pages.push(Planned::new(paths(&prefix, number), move |path| {
            index_page(renderer, path, number, kind, &groups)
        }));
    }
    for (prefix, group) in groups.iter() {
        let mut list = group.entries.clone();
        sort(renderer, &mut list);
        let list = Arc::new(list);
        let group: &'a Group = group;
        for number in 1..=list.len().div_ceil(PAGE).max(1) {
            let list = Arc::clone(&list);
            let make = move |path: &str| group_page(renderer, path, number, kind, group, &list);
            pages.push(Planned::new(paths(prefix, number), make));
        }
    }
    pages
}

/// The names of a kind.
fn index_page(
    renderer: &Renderer<'_>,
    path: &str,
    number: usize,
    kind: Kind,
    groups: &[(String, &Group)],
) -> SiteFile {
    let words = words_of(renderer.catalogue);
    let depth = if number == 1 { 1 } else { 3 };
    let root = "../".repeat(depth);
    let slice =
        &groups[((number - 1) * INDEX_PAGE).min(groups.len())..(number * INDEX_PAGE).min(groups.len())];
    let items = slice.iter().map(|(path, group)| {
        context! { href => format!("{root}{path}"), name => group_name(kind, &group.name), count => words.number(group.entries.len()) }
    });
    let lede = match kind {
        Kind::Campaign => words.t("Field campaigns and projects, with the number of their datasets."),
        Kind::Platform => words.t("Aircraft, ships, stations and whatever else carried an instrument."),
        Kind::Variable => {
            words.t("CF standard names of the variables, with the number of datasets that have them.")
        }
        Kind::Person => words.t("Creators, contributors and contacts."),
    };
    let values = context! {
        page_title => format!("{} – {}", words.t(kind.title()), site_title(renderer.catalogue)),
        description => format!("{} {}", lede, site_title(renderer.catalogue)),
        kind_title => words.t(kind.title()),
        lede,
        items => items.collect::<Vec<_>>(),
        pages => pager(groups.len(), INDEX_PAGE, number),
    };
    let base = renderer.base(depth, kind.path(), path.trim_end_matches("index.html"));
    page("groups.html", path, with(values, base))
}

/// The datasets of a name.
fn group_page(
    renderer: &Renderer<'_>,
    path: &str,
    number: usize,
    kind: Kind,
    group: &Group,
    list: &[usize],
) -> SiteFile {
    let words = words_of(renderer.catalogue);
    let depth = if number == 1 { 2 } else { 4 };
    let slice = &list[(number - 1) * PAGE..(number * PAGE).min(list.len())];
    let name = group_name(kind, &group.name);
    let mut links = Vec::new();
    if let Some(id) = &group.orcid {
        links.push(context! { href => format!("https://orcid.org/{id}"), text => format!("orcid.org/{id}") });
    }
    if kind == Kind::Variable {
        links.extend(
            standard_name_url(&group.name)
                .map(|href| context! { href, text => words.t("definition in the CF standard name table") }),
        );
    }
    let values = context! {
        page_title => format!("{name} – {}", site_title(renderer.catalogue)),
        description => words.fill("{} of {} in {}", &[&words.datasets(list.len()), &name, &site_title(renderer.catalogue)]),
        name,
        kind_title => words.t(kind.title()),
        kind_path => kind.path(),
        links,
        count_words => words.datasets(list.len()),
        hits => hits(renderer, slice, depth),
        pages => pager(list.len(), PAGE, number),
    };
    let base = renderer.base(depth, kind.path(), path.trim_end_matches("index.html"));
    page("group.html", path, with(values, base))
}

/// The address of a name in the CF standard name table; none for what cannot be one.
pub(super) fn standard_name_url(name: &str) -> Option<String> {
    let good =
        !name.is_empty() && name.len() <= 200 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    good.then(|| format!("https://vocab.nerc.ac.uk/standard_name/{name}/"))
}
