//! Lists of datasets: the catalogue page, and a page for each platform, campaign, person and variable.

use minijinja::context;
use minijinja::value::Value;
use pinfold_core::model::Dataset;
use pinfold_core::plot::map::{has_place, map_scene};
use pinfold_core::plot::{MapStyle, svg};
use pinfold_core::search::is_listed;

use super::{Kind, Renderer, counted, markdown, page, site_title, text, with};
use crate::catalogue::{Entry, SiteFile};
use crate::records;

/// Datasets on one page of a list.
const PAGE: usize = 200;

/// Names on one page of an index of names.
const INDEX_PAGE: usize = 1000;

/// Names of a kind beside the catalogue; the rest is on the page of the kind.
const BESIDE: usize = 8;

/// All list pages.
pub(super) fn files(renderer: &Renderer<'_>) -> Vec<SiteFile> {
    let entries = &renderer.catalogue.entries;
    let mut all: Vec<usize> = (0..entries.len()).filter(|&i| is_listed(&entries[i].dataset)).collect();
    sort(renderer, &mut all);
    let (auxiliary, main): (Vec<usize>, Vec<usize>) =
        all.into_iter().partition(|&i| entries[i].dataset.auxiliary);
    let mut files = catalogue_pages(renderer, &main, &auxiliary);
    for kind in Kind::ALL {
        files.extend(group_pages(renderer, kind));
    }
    files
}

fn sort(renderer: &Renderer<'_>, list: &mut [usize]) {
    let entries = &renderer.catalogue.entries;
    list.sort_by_cached_key(|&i| {
        (text::sort_key(&entries[i].dataset.display_title()), entries[i].dataset.cid.clone())
    });
}

/// One dataset in a list, seen from a page `depth` folders down.
pub(super) fn hit(entry: &Entry, depth: usize) -> Value {
    let dataset = &entry.dataset;
    let root = "../".repeat(depth);
    let creators: Vec<String> =
        dataset.creators().map(|p| text::line(&p.name, 80)).filter(|n| !n.is_empty()).take(4).collect();
    let total = dataset.creators().count();
    let shown = if total > 4 { 3 } else { creators.len() };
    let data = dataset.variables.len();
    context! {
        href => format!("{root}ds/{}/", dataset.cid),
        mini => has_thumbnail(dataset).then(|| format!("{root}ds/{}/{THUMBNAIL}", dataset.cid)),
        title => text::line(&dataset.display_title(), text::TITLE_CHARS),
        people => creators[..shown.min(creators.len())].join(", "),
        others => if total > shown && shown > 0 { total - shown } else { 0 },
        platform => platform(dataset),
        summary => dataset.summary.as_deref().map(|s| markdown::words(s, 190)),
        notice => dataset.embargo.as_deref().map(|date| format!("Data are presented from {} on.", text::moment(date).words)),
        time => dataset.extent.time.as_ref().map(|t| text::values(&text::range(&t.start, &t.end))),
        content => if data > 0 { counted(data, "variable") } else if dataset.files.is_empty() { text::line(&dataset.format, 20) } else { counted(dataset.files.len(), "file") },
        doi => records::registered_doi(dataset).is_some(),
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

fn catalogue_pages(renderer: &Renderer<'_>, main: &[usize], auxiliary: &[usize]) -> Vec<SiteFile> {
    let catalogue = renderer.catalogue;
    let title = site_title(catalogue);
    let last = main.len().div_ceil(PAGE).max(1);
    let description = text::line(&catalogue.site.description, 400);
    let lede = if description.is_empty() {
        format!("{}, each named by its hash and verified as you read it.", counted(main.len(), "dataset"))
    } else {
        description.clone()
    };
    (1..=last)
        .map(|number| {
            let depth = if number == 1 { 0 } else { 2 };
            let root = "../".repeat(depth);
            let slice = &main[((number - 1) * PAGE).min(main.len())..(number * PAGE).min(main.len())];
            let groups: Vec<Value> = Kind::ALL
                .iter()
                .map(|&kind| {
                    let mut list = renderer.groups.of(kind);
                    let total = list.len();
                    list.sort_by_key(|(_, group)| std::cmp::Reverse(group.entries.len()));
                    let items = list.iter().take(BESIDE).map(|(path, group)| {
                        context! { href => format!("{root}{path}"), name => group_name(kind, &group.name), count => group.entries.len() }
                    });
                    context! { title => kind.title(), path => kind.path(), items => items.collect::<Vec<_>>(), more => total > BESIDE, total }
                })
                .collect();
            let hits = |list: &[usize]| list.iter().map(|&i| hit(&catalogue.entries[i], depth)).collect::<Vec<_>>();
            let values = context! {
                page_title => if number == 1 { title.clone() } else { format!("{title}, page {number}") },
                description => if description.is_empty() { lede.clone() } else { description.clone() },
                lede => lede.as_str(),
                placeholder => "a word, a variable, a platform, a date …",
                groups,
                count_words => if last == 1 { counted(main.len(), "dataset") } else {
                    format!("{}, page {number} of {last}", counted(main.len(), "dataset"))
                },
                datasets => hits(slice),
                auxiliary => if number == last { hits(&auxiliary[..auxiliary.len().min(PAGE)]) } else { Vec::new() },
                pages => pager(main.len(), PAGE, number),
                search_wasm => catalogue.front_end.search_wasm.as_deref(),
                search_index => catalogue.front_end.search_index.as_deref(),
                search_land => catalogue.front_end.search_land.as_deref(),
                search_pages => catalogue.front_end.search_pages.as_deref(),
                scripts => catalogue.front_end.search.iter().cloned().collect::<Vec<String>>(),
                jsonld => (number == 1).then(|| records::catalog_json_ld(catalogue)),
            };
            let path = paths("", number);
            page("catalogue.html", path.clone(), with(values, renderer.base(depth, "", path.trim_end_matches("index.html"))))
        })
        .collect()
}

/// Standard names are shown as words.
fn group_name(kind: Kind, name: &str) -> String {
    if kind == Kind::Variable { name.replace('_', " ") } else { name.to_owned() }
}

fn group_pages(renderer: &Renderer<'_>, kind: Kind) -> Vec<SiteFile> {
    let groups = renderer.groups.of(kind);
    let mut files = Vec::new();
    let prefix = format!("{}/", kind.path());
    let last = groups.len().div_ceil(INDEX_PAGE).max(1);
    for number in 1..=last {
        let depth = if number == 1 { 1 } else { 3 };
        let root = "../".repeat(depth);
        let slice =
            &groups[((number - 1) * INDEX_PAGE).min(groups.len())..(number * INDEX_PAGE).min(groups.len())];
        let items = slice.iter().map(|(path, group)| {
            context! { href => format!("{root}{path}"), name => group_name(kind, &group.name), count => group.entries.len() }
        });
        let lede = match kind {
            Kind::Campaign => "Field campaigns and projects, with the number of their datasets.",
            Kind::Platform => "Aircraft, ships, stations and whatever else carried an instrument.",
            Kind::Variable => {
                "CF standard names of the variables, with the number of datasets that have them."
            }
            Kind::Person => "Creators, contributors and contacts.",
        };
        let values = context! {
            page_title => format!("{} – {}", kind.title(), site_title(renderer.catalogue)),
            description => format!("{} {}", lede, site_title(renderer.catalogue)),
            kind_title => kind.title(),
            lede,
            items => items.collect::<Vec<_>>(),
            pages => pager(groups.len(), INDEX_PAGE, number),
        };
        let path = paths(&prefix, number);
        files.push(page(
            "groups.html",
            path.clone(),
            with(values, renderer.base(depth, kind.path(), path.trim_end_matches("index.html"))),
        ));
    }
    for (prefix, group) in groups {
        let mut list = group.entries.clone();
        sort(renderer, &mut list);
        let last = list.len().div_ceil(PAGE).max(1);
        for number in 1..=last {
            let depth = if number == 1 { 2 } else { 4 };
            let slice = &list[(number - 1) * PAGE..(number * PAGE).min(list.len())];
            let name = group_name(kind, &group.name);
            let mut links = Vec::new();
            if let Some(id) = &group.orcid {
                links.push(
                    context! { href => format!("https://orcid.org/{id}"), text => format!("orcid.org/{id}") },
                );
            }
            if kind == Kind::Variable {
                links.extend(
                    standard_name_url(&group.name)
                        .map(|href| context! { href, text => "definition in the CF standard name table" }),
                );
            }
            let values = context! {
                page_title => format!("{name} – {}", site_title(renderer.catalogue)),
                description => format!("{} of {name} in {}", counted(list.len(), "dataset"), site_title(renderer.catalogue)),
                name,
                kind_title => kind.title(),
                kind_path => kind.path(),
                links,
                count_words => counted(list.len(), "dataset"),
                datasets => slice.iter().map(|&i| hit(&renderer.catalogue.entries[i], depth)).collect::<Vec<_>>(),
                pages => pager(list.len(), PAGE, number),
            };
            let path = paths(&prefix, number);
            files.push(page(
                "group.html",
                path.clone(),
                with(values, renderer.base(depth, kind.path(), path.trim_end_matches("index.html"))),
            ));
        }
    }
    files
}

/// The address of a name in the CF standard name table; none for what cannot be one.
pub(super) fn standard_name_url(name: &str) -> Option<String> {
    let good =
        !name.is_empty() && name.len() <= 200 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    good.then(|| format!("https://vocab.nerc.ac.uk/standard_name/{name}/"))
}
