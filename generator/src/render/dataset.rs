//! The landing page of a dataset, and the forwards that lead to it.

use minijinja::context;
use minijinja::value::Value;
use pinfold_core::finding::Severity;
use pinfold_core::model::{Dataset, Person};
use pinfold_core::plot::{MapStyle, map_svg};

use super::groups::orcid;
use super::{Renderer, card, checks, listing, markdown, open, page, pages, site_title, text, with};
use crate::catalogue::{Catalogue, Entry, SiteFile};
use crate::records;

mod contents;
mod front;
mod origin;

use contents::{dimensions, storage, variables, variables_words};
use front::{crumbs, facts, notices};
use origin::{findings_words, provenance, reference};

/// Rows that a page shows of each list; the rest is in `record.json`, which the page says.
#[derive(Debug, Clone, Copy)]
struct Limits {
    variables: usize,
    people: usize,
    authors: usize,
    files: usize,
    list: usize,
}

/// Findings that a page shows at most.
pub(super) const MAX_FINDINGS: usize = 41;

/// What fits into a page of usual texts.
const FULL: Limits = Limits { variables: 150, people: 60, authors: 12, files: 200, list: 40 };

/// For metadata of which every text is as long as it may be.
const SHORT: Limits = Limits { variables: 40, people: 12, authors: 8, files: 40, list: 8 };

/// A page above this many bytes is made again with [`SHORT`]. The longest of ORCESTRA has 58 kB.
const LONG_PAGE_BYTES: usize = 250_000;

/// The landing page, and what leads to it.
pub(super) fn files(renderer: &Renderer<'_>, entry: &Entry) -> Vec<SiteFile> {
    let dataset = &entry.dataset;
    let path = format!("ds/{}/", dataset.cid);
    let card = records::site_url(&renderer.catalogue.site).and_then(|_| card::card(dataset));
    let mut files = vec![landing(renderer, entry, 2, &path, "")];
    if let Some(card) = card {
        files.push(SiteFile { path: format!("{path}{}", card::FILE), bytes: card });
    }
    let canonical = records::site_url(&renderer.catalogue.site).map(|url| format!("{url}{path}"));
    if pages::is_uuid(&dataset.uuid) {
        let title = text::line(&dataset.display_title(), text::TITLE_CHARS);
        files.push(pages::forward(
            &format!("id/{}/", dataset.uuid),
            &format!("../../{path}"),
            &title,
            "This dataset’s page is",
            canonical,
        ));
    }
    files.extend(pages::series(renderer, dataset));
    if let Some(doi) = records::registered_doi(dataset)
        && let Some((prefix, suffix)) = doi.split_once('/')
        && suffix != dataset.cid
        && suffix.split('/').all(|s| {
            !s.is_empty()
                && !s.starts_with('.')
                && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-()".contains(&b))
        })
    {
        let folder = format!("doi/{prefix}/{suffix}/");
        let depth = folder.matches('/').count();
        let base = format!("{}{path}", "../".repeat(depth));
        files.push(landing(renderer, entry, depth, &folder, &base));
    }
    if let Some(svg) = listing::thumbnail(dataset) {
        files.push(SiteFile { path: format!("{path}{}", listing::THUMBNAIL), bytes: svg.into_bytes() });
    }
    if shows_data(dataset) {
        for look in entry.quicklooks.iter().filter(|l| is_file_name(&l.file) && !l.svg.is_empty()) {
            files.push(SiteFile {
                path: format!("{path}{}", look.file),
                bytes: look.svg.clone().into_bytes(),
            });
        }
        if !entry.meta_car.is_empty() {
            files.push(SiteFile { path: format!("{path}meta.car"), bytes: entry.meta_car.clone() });
        }
    }
    files
}

/// Whether the data themselves are presented: not withdrawn, no embargo.
pub(crate) fn shows_data(dataset: &Dataset) -> bool {
    dataset.withdrawn.is_none() && dataset.embargo.is_none()
}

fn is_file_name(name: &str) -> bool {
    name.starts_with("quicklook")
        && name.len() < 60
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// A list cut to `max`: what is shown and how many are not.
fn cut<T>(list: &[T], max: usize) -> (&[T], usize) {
    // One more row takes no more room than the line that says so.
    if list.len() <= max + 1 { (list, 0) } else { (&list[..max], list.len() - max) }
}

/// The page at `path`, `depth` folders down; `base` leads to the dataset's own folder.
fn landing(renderer: &Renderer<'_>, entry: &Entry, depth: usize, path: &str, base: &str) -> SiteFile {
    let full = landing_with(renderer, entry, depth, path, base, FULL);
    if full.bytes.len() <= LONG_PAGE_BYTES {
        full
    } else {
        landing_with(renderer, entry, depth, path, base, SHORT)
    }
}

fn landing_with(
    renderer: &Renderer<'_>,
    entry: &Entry,
    depth: usize,
    path: &str,
    base: &str,
    limits: Limits,
) -> SiteFile {
    let catalogue = renderer.catalogue;
    let dataset = &entry.dataset;
    let root = "../".repeat(depth);
    let title = text::line(&dataset.display_title(), text::TITLE_CHARS);
    let shows = shows_data(dataset);
    let (summary, summary_cut) = dataset.summary.as_deref().map(markdown::summary).unwrap_or_default();
    let description = dataset.summary.as_deref().map(|s| markdown::words(s, 300)).filter(|s| !s.is_empty());
    let work = records::work(catalogue, dataset);
    let creators: Vec<&Person> = dataset.creators().filter(|p| !text::line(&p.name, 10).is_empty()).collect();
    let (authors, more_authors) = cut(&creators, limits.authors);
    let (people, more_people) = cut(&dataset.people, limits.people);
    let (keywords, more_keywords) = cut(&dataset.keywords, limits.list);
    let (references, more_references) = cut(&dataset.references, limits.list);
    let (findings, more_findings) = cut(&dataset.findings, limits.list.min(MAX_FINDINGS - 1));
    let (versions, more_versions) = cut(&dataset.versions, limits.list);
    let (files, more_files) = cut(&dataset.files, limits.files);
    let person_link = |p: &Person, email: bool| -> Value {
        let address = p.email.as_deref().filter(|e| email && catalogue.site.publish_email && is_email(e));
        let href = address
            .map(|e| format!("mailto:{e}"))
            .or_else(|| renderer.groups.person(p).map(|g| format!("{root}{g}")));
        context! { text => text::line(&p.name, 120), href }
    };
    let contacts: Vec<Value> = dataset
        .people
        .iter()
        .filter(|p| p.roles.iter().any(|r| r == "contact"))
        .take(4)
        .map(|p| person_link(p, true))
        .collect();
    let (variable_groups, more_variables) =
        variables(dataset, shows && catalogue.front_end.explorer.is_some(), limits);
    let stored: u64 = dataset.variables.iter().filter_map(|v| v.stored_bytes).fold(0, u64::saturating_add);
    let (dimensions, more_dimensions) = dimensions(dataset, limits);
    let folder = dataset.variables.is_empty() && !dataset.files.is_empty();
    let more_explorer =
        shows && catalogue.front_end.explorer.is_some() && (folder || !dataset.variables.is_empty());
    let values = context! {
        page_title => format!("{title} – {}", site_title(catalogue)),
        og_title => title.as_str(),
        description => description.unwrap_or_else(|| format!("Dataset {title} in {}", site_title(catalogue))),
        head => records::head(catalogue, entry, base),
        // The same page at its DOI's address names the one at its CID as the original.
        canonical => records::site_url(&catalogue.site).map(|url| format!("{url}ds/{}/", dataset.cid)),
        scripts => catalogue.front_end.explorer.iter().filter(|_| more_explorer).cloned().collect::<Vec<String>>(),
        explorer => more_explorer,
        folder,
        meta_car => (!entry.meta_car.is_empty()).then(|| format!("{base}meta.car")),
        base,
        cid => dataset.cid.as_str(),
        crumbs => crumbs(renderer, dataset, &root),
        title => title.as_str(),
        authors => authors.iter().map(|p| person_link(p, false)).collect::<Vec<_>>(),
        more_authors,
        year => work.year,
        doi => work.doi.as_deref(),
        notices => notices(renderer, dataset, &root),
        facts => facts(renderer, dataset, &root),
        summary, summary_cut,
        pictures => if shows { pictures(entry) } else { Vec::new() },
        ways => if shows { open::ways(catalogue, entry, base) } else { Vec::new() },
        citation => markdown::linkify(&work.apa()),
        map => map_svg(&dataset.extent, 368.0, 250.0, MapStyle::Page),
        map_caption => map_caption(dataset),
        versions => versions.iter().map(|v| context! {
            here => v.cid == dataset.cid,
            name => v.name.as_deref().map(|n| text::line(n, 80)),
            date => v.date.as_deref().map(|d| text::moment(d).value()),
            href => renderer.entry(&v.cid).map(|_| format!("{root}ds/{}/", v.cid)),
        }).collect::<Vec<_>>(),
        more_versions,
        changes => dataset.versions.iter().find(|v| v.cid == dataset.cid)
            .map(|v| v.changes.iter().take(12).map(|c| text::line(c, 200)).collect::<Vec<_>>()),
        related => related(renderer, dataset, &root),
        keywords => keywords.iter().map(|k| text::line(k, 80)).filter(|k| !k.is_empty()).map(|k| context! {
            href => format!("{root}?q={}", query("keyword", &k)), text => k,
        }).collect::<Vec<_>>(),
        more_keywords,
        contacts,
        records => records::files_of(dataset, shows && !entry.meta_car.is_empty()),
        variables => variable_groups,
        more_variables,
        variables_words => variables_words(dataset),
        stored_total => if stored > 0 { text::bytes(stored) } else { String::new() },
        dimensions, more_dimensions,
        files => files.iter().map(|f| context! {
            path => text::line(&f.path, 160), type => text::line(&f.media_type, 60), size => text::bytes(f.size_bytes),
        }).collect::<Vec<_>>(),
        more_files,
        storage => storage(dataset),
        provenance => provenance(dataset),
        score => checks::score(dataset),
        findings => findings.iter().map(|f| context! {
            word => match f.severity { Severity::Error => "Error.", Severity::Warning => "Warning.", Severity::Note => "Note." },
            message => sentence(&text::line(&f.message, 300)),
            hint => f.hint.as_deref().map(|h| sentence(&text::line(h, 300))),
            code => checks::anchor(&f.code),
        }).collect::<Vec<_>>(),
        more_findings,
        findings_words => findings_words(dataset),
        people => people.iter().filter(|p| !text::line(&p.name, 10).is_empty()).map(|p| context! {
            name => text::line(&p.name, 120),
            href => renderer.groups.person(p).map(|g| format!("{root}{g}")),
            roles => p.roles.iter().filter(|r| *r != "creator").take(4).map(|r| text::line(r, 40)).collect::<Vec<_>>().join(", "),
            orcid => orcid(p),
            email => p.email.as_deref().filter(|e| catalogue.site.publish_email && is_email(e)),
            affiliations => p.affiliations.iter().take(3).map(|a| context! {
                text => text::line(&a.name, 160), href => records::ror(a.ror.as_deref()),
            }).collect::<Vec<_>>(),
        }).collect::<Vec<_>>(),
        more_people,
        references => references.iter().map(reference).collect::<Vec<_>>(),
        more_references,
        acknowledgement => dataset.acknowledgement.as_deref().map(|a| text::line(a, 1500)),
    };
    page(
        "dataset.html",
        format!("{path}index.html"),
        with(values, with(og_picture(catalogue, dataset), renderer.base(depth, "ds", path))),
    )
}

/// What OpenGraph says of the picture; nothing where the site has no address or the dataset no place, then the site's
/// own picture stands.
fn og_picture(catalogue: &Catalogue, dataset: &Dataset) -> Value {
    match (records::site_url(&catalogue.site), card::words(dataset)) {
        (Some(url), Some(alt)) => context! {
            og_image => format!("{url}ds/{}/{}", dataset.cid, card::FILE),
            og_size => card::SIZE,
            og_image_alt => alt,
        },
        _ => context! {},
    }
}

fn is_email(text: &str) -> bool {
    text.len() <= 200
        && text.split_once('@').is_some_and(|(a, b)| !a.is_empty() && b.contains('.') && !b.contains('@'))
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"@.-_+".contains(&b))
}

/// `field:"value"` as the value of `?q=`.
fn query(field: &str, value: &str) -> String {
    let quoted = if value.bytes().all(|b| b.is_ascii_alphanumeric()) {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('"', " "))
    };
    let mut out = format!("{field}%3A");
    for byte in quoted.bytes() {
        match byte {
            b' ' => out.push('+'),
            b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    // A name in code keeps its case.
    let head = text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    if head.contains('_') { format!("{text}{end}") } else { format!("{first}{}{end}", chars.as_str()) }
}

fn pictures(entry: &Entry) -> Vec<Value> {
    let good = entry.quicklooks.iter().filter(|l| is_file_name(&l.file) && !l.svg.is_empty());
    good.map(|l| {
        context! {
            file => l.file.as_str(), width => l.width_px, height => l.height_px,
            caption => text::line(&l.caption, 400), alt => text::line(&l.alt, 600),
        }
    })
    .collect()
}

/// What the map shows, in a few words.
fn map_caption(dataset: &Dataset) -> String {
    let kind = dataset.extent.geometry.as_ref().and_then(|g| g["type"].as_str()).unwrap_or_default();
    match kind {
        "LineString" | "MultiLineString" => "The track.".to_owned(),
        "MultiPoint" => "Positions.".to_owned(),
        "Point" => "The position.".to_owned(),
        _ if dataset.extent.bbox.is_some_and(|[w, s, e, n]| w == e && s == n) => "The position.".to_owned(),
        _ => "The box that holds all positions.".to_owned(),
    }
}

pub(super) fn related(renderer: &Renderer<'_>, dataset: &Dataset, root: &str) -> Vec<Value> {
    let Some(list) = super::folder(dataset).and_then(|f| renderer.folders.get(&f)) else { return Vec::new() };
    let entries = &renderer.catalogue.entries;
    let mut others: Vec<&Dataset> = list
        .iter()
        .take(100)
        .map(|&i| &entries[i].dataset)
        .filter(|d| d.cid != dataset.cid && d.series != dataset.series)
        .collect();
    others.sort_by_cached_key(|d| (text::sort_key(&d.display_title()), d.cid.clone()));
    let link = |d: &&Dataset| context! { href => format!("{root}ds/{}/", d.cid), text => text::line(&d.display_title(), 140) };
    others.iter().take(6).map(link).collect()
}
