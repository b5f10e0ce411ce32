//! The landing page of a dataset, and the forwards that lead to it.

use minijinja::context;
use minijinja::value::Value;
use pinfold_core::cf::units::to_metres;
use pinfold_core::finding::Severity;
use pinfold_core::model::{Dataset, Person, Role, Variable};
use pinfold_core::plot::{MapStyle, map_svg};

use super::groups::orcid;
use super::{
    Kind, Renderer, card, checks, counted, listing, markdown, open, page, pages, site_title, text, with,
};
use crate::catalogue::{Catalogue, Entry, SiteFile};
use crate::records;

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

fn crumbs(renderer: &Renderer<'_>, dataset: &Dataset, root: &str) -> Vec<Value> {
    let mut out = Vec::new();
    let platform = dataset.platforms.first().or(dataset.platform.as_ref());
    if let Some(name) = platform
        && let Some(path) = renderer.groups.path(Kind::Platform, name)
    {
        out.push(context! { text => text::line(name, 60), href => format!("{root}{path}") });
    }
    if let Some(last) = dataset.pins.first().and_then(|p| p.path.rsplit('/').find(|p| !p.is_empty())) {
        out.push(context! { text => text::line(last, 80) });
    }
    out
}

fn notices(renderer: &Renderer<'_>, dataset: &Dataset, root: &str) -> Vec<Value> {
    let mut out = Vec::new();
    if let Some(withdrawn) = &dataset.withdrawn {
        let reason = withdrawn.reason.as_deref().map(|r| text::line(r, 500)).filter(|r| !r.is_empty());
        let reason = reason.map(|r| format!(": {}", r.trim_end_matches('.'))).unwrap_or_default();
        out.push(context! {
            kind => "bad",
            lead => "This dataset was withdrawn",
            text => format!("on {}{reason}. The record below remains; the data are no longer offered.", text::moment(&withdrawn.date).words),
        });
    }
    if let Some(date) = &dataset.embargo {
        out.push(context! {
            kind => "",
            lead => "The data are not presented yet.",
            text => format!("Pictures, values and links to the data appear from {} on.", text::moment(date).words),
        });
    }
    let newest = dataset.versions.iter().find(|v| v.current && v.cid != dataset.cid);
    if let Some(newest) = newest.filter(|_| !super::is_current(dataset)) {
        let date =
            newest.date.as_deref().map(|d| format!(" of {}", text::moment(d).words)).unwrap_or_default();
        let mut links = Vec::new();
        if renderer.entry(&newest.cid).is_some() {
            links.push(context! { href => format!("{root}ds/{}/", newest.cid), text => "Go to the newest" });
        }
        if dataset.versions.len() > 1 {
            links.push(context! { href => "#versions", text => "see all versions" });
        }
        out.push(context! { kind => "", lead => "There is a newer version", text => format!("{}. This page {}.", date.trim_start(), if dataset.doi.as_ref().is_some_and(|d| d.state == "registered") { "and its DOI stay" } else { "stays" }), links });
    }
    out
}

fn facts(renderer: &Renderer<'_>, dataset: &Dataset, root: &str) -> Vec<Value> {
    let mut out = Vec::new();
    let plain = |text: String| vec![context! { text }];
    let grouped = |kind: Kind, list: &[String], whole: &Option<String>| -> Vec<Value> {
        let whole: Vec<String> = whole.iter().filter(|_| list.is_empty()).cloned().collect();
        list.iter()
            .chain(&whole)
            .take(6)
            .map(|n| context! { text => text::line(n, 60), href => renderer.groups.path(kind, n).map(|p| format!("{root}{p}")) })
            .collect()
    };
    if let Some(time) = &dataset.extent.time {
        out.push(context! { name => "Time", time => text::values(&text::range(&time.start, &time.end)) });
    }
    if let Some(place) = dataset.extent.bbox.and_then(text::place) {
        out.push(context! { name => "Place", items => plain(place) });
    }
    if let Some(words) = dataset.extent.vertical.as_ref().and_then(vertical) {
        out.push(words);
    }
    let platforms = grouped(Kind::Platform, &dataset.platforms, &dataset.platform);
    if !platforms.is_empty() {
        out.push(context! { name => if platforms.len() > 1 { "Platforms" } else { "Platform" }, items => platforms });
    }
    let campaigns = grouped(Kind::Campaign, &dataset.projects, &dataset.project);
    if !campaigns.is_empty() {
        out.push(context! { name => if campaigns.len() > 1 { "Campaigns" } else { "Campaign" }, items => campaigns });
    }
    if !dataset.instruments.is_empty() {
        out.push(context! { name => "Instrument", items => plain(text::line(&dataset.instruments.join(", "), 90)) });
    }
    if let Some(level) = &dataset.processing_level {
        out.push(context! { name => "Processing level", items => plain(text::line(level, 60)) });
    }
    let mut size = if dataset.size_bytes > 0 { text::bytes(dataset.size_bytes) } else { String::new() };
    if !dataset.format.is_empty() {
        if !size.is_empty() {
            size.push_str(", ");
        }
        size.push_str(&text::line(&dataset.format, 30));
    }
    if !size.is_empty() {
        out.push(context! { name => "Size", items => plain(size) });
    }
    if let Some(licence) = &dataset.license {
        let words = listing::licence(dataset).unwrap_or_else(|| text::line(&licence.text, 60));
        let href = licence.url.as_deref().filter(|u| markdown::is_safe_url(u)).map(markdown::tidy_url);
        if !words.is_empty() {
            out.push(context! { name => "Licence", items => vec![context! { text => words, href }] });
        }
    }
    out
}

fn vertical(v: &pinfold_core::model::Vertical) -> Option<Value> {
    if !v.min.is_finite() || !v.max.is_finite() {
        return None;
    }
    let units = text::line(&v.units, 20);
    let pressure = matches!(units.as_str(), "Pa" | "hPa" | "mbar" | "millibar" | "dbar");
    let down = v.positive.as_deref() == Some("down");
    let name = if pressure {
        "Pressure"
    } else if down {
        "Depth"
    } else {
        "Height"
    };
    // `meters above Mean Sea Level` is what real producers write; the heading says that it is a height.
    let metres = units == "m" || to_metres(&units) == Some(1.0);
    let (scale, unit) = match units.as_str() {
        _ if metres && v.max.abs() >= 2000.0 => (1000.0, "km".to_owned()),
        _ if metres => (1.0, "m".to_owned()),
        "Pa" => (100.0, "hPa".to_owned()),
        _ => (1.0, units),
    };
    let places = if (v.max - v.min).abs() / scale >= 100.0 { 0 } else { 1 };
    let words =
        format!("{} – {} {unit}", text::decimal(v.min / scale, places), text::decimal(v.max / scale, places));
    Some(context! { name, items => vec![context! { text => text::line(&words, 60) }] })
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

/// Variables by what they are for.
fn variables(dataset: &Dataset, explorable: bool, limits: Limits) -> (Vec<Value>, usize) {
    let roles: [(&str, &[Role]); 4] = [
        ("Dimension coordinates", &[Role::Dimension]),
        ("Coordinates", &[Role::Coordinate, Role::Bounds]),
        ("Data", &[Role::Data]),
        ("Flags, quality and identifiers", &[Role::Ancillary]),
    ];
    let mut room =
        if dataset.variables.len() <= limits.variables + 1 { limits.variables + 1 } else { limits.variables };
    let mut groups = Vec::new();
    // Data first when room is short: they are what a reader looks for.
    let data = dataset.variables.iter().filter(|v| v.role == Role::Data).count().min(room);
    let mut other_room = room - data;
    for (title, members) in roles {
        let is_data = members == [Role::Data];
        let room_here = if is_data { data } else { other_room };
        let items: Vec<Value> = dataset
            .variables
            .iter()
            .filter(|v| members.contains(&v.role))
            .take(room_here)
            .map(|v| variable(v, explorable))
            .collect();
        if !is_data {
            other_room -= items.len();
        }
        room -= items.len();
        if !items.is_empty() {
            groups.push(context! { title, items });
        }
    }
    let shown =
        if dataset.variables.len() <= limits.variables + 1 { limits.variables + 1 } else { limits.variables }
            - room;
    (groups, dataset.variables.len() - shown)
}

fn variable(v: &Variable, explorable: bool) -> Value {
    let plain_name =
        v.name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b)) && v.name.len() < 200;
    let standard_name = v.standard_name.as_deref().map(|n| text::line(n, 120)).filter(|n| !n.is_empty());
    let shape: Vec<String> = v.shape.iter().take(8).map(|n| text::number(*n)).collect();
    let flags: Vec<String> = v.flags.iter().take(12).map(|(_, meaning)| text::line(meaning, 40)).collect();
    let more = if v.flags.len() > 12 { " …" } else { "" };
    context! {
        name => text::line(&v.name, 80),
        href => (explorable && v.unsupported.is_none() && plain_name && v.shape.iter().all(|n| *n > 0)).then(|| format!("#explore?variable={}", v.name)),
        long_name => v.long_name.as_deref().map(|n| text::line(n, 160)),
        flags => if flags.is_empty() { String::new() } else { format!("{}{more}", flags.join(", ")) },
        unsupported => v.unsupported.as_deref().map(|u| text::line(u, 160)),
        standard_href => standard_name.as_deref().and_then(listing::standard_name_url),
        standard_name => standard_name.map(|n| n.split('_').map(str::to_owned).collect::<Vec<_>>()),
        units => text::units(shown_units(v)),
        dimensions => text::line(&v.dimensions.iter().take(8).map(|d| text::line(d, 40)).collect::<Vec<_>>().join(" × "), 120),
        shape => if shape.len() > 1 { shape.join(" × ") } else { String::new() },
        dtype => text::line(&v.dtype, 30),
        stored => v.stored_bytes.map(text::bytes),
    }
}

/// The reference time of a time axis is for programs; a reader wants to know that it is a time.
fn shown_units(v: &Variable) -> &str {
    let units = v.units.as_deref().unwrap_or_default();
    let time =
        units.split_once(" since ").is_some_and(|(unit, _)| unit.len() < 20 && !unit.trim().contains(' '));
    if time { "time, UTC" } else { units }
}

fn variables_words(dataset: &Dataset) -> String {
    let dims = dataset.variables.iter().filter(|v| v.role == Role::Dimension).count();
    let rest = counted(dataset.variables.len() - dims, "variable");
    let dims =
        if dims > 0 { format!(" and {}", counted(dims, "dimension coordinate")) } else { String::new() };
    let stored = if dataset.variables.iter().any(|v| v.stored_bytes.is_some()) {
        " Stored size is what a full download of that variable costs."
    } else {
        ""
    };
    format!("{rest}{dims}.{stored}")
}

/// Dimensions with their coordinate and its range, where the extent tells it.
fn dimensions(dataset: &Dataset, limits: Limits) -> (Vec<Value>, usize) {
    let rows = dataset.dimensions.iter().take(limits.list).map(|(name, length)| {
        let coordinate = dataset
            .variables
            .iter()
            .filter(|v| v.dimensions.len() == 1 && v.dimensions[0] == *name)
            .find(|v| v.role == Role::Dimension)
            .or_else(|| {
                let mut on =
                    dataset.variables.iter().filter(|v| v.dimensions.len() == 1 && v.dimensions[0] == *name);
                on.find(|v| v.axis.is_some())
            });
        let range = match coordinate.and_then(|v| v.axis.as_deref()) {
            Some("T") => dataset.extent.time.as_ref().map(|t| {
                text::range(&t.start, &t.end).iter().map(|m| m.words.clone()).collect::<Vec<_>>().join(" – ")
            }),
            Some("Z") => {
                dataset.extent.vertical.as_ref().filter(|v| v.min.is_finite() && v.max.is_finite()).map(|v| {
                    format!(
                        "{} – {} {}",
                        text::decimal(v.min, 1),
                        text::decimal(v.max, 1),
                        text::line(&v.units, 20)
                    )
                })
            }
            _ => None,
        };
        context! {
            name => text::line(name, 60),
            length => text::number(*length),
            coordinate => coordinate.map(|v| text::line(v.long_name.as_deref().unwrap_or(&v.name), 80)),
            range => range.map(|r| text::line(&r, 80)),
        }
    });
    let rows: Vec<Value> = rows.collect();
    let more = dataset.dimensions.len() - rows.len();
    (rows, more)
}

fn storage(dataset: &Dataset) -> String {
    let mut parts = vec![text::line(&dataset.format, 30)];
    let mut codecs: Vec<String> = Vec::new();
    for codec in dataset.variables.iter().filter(|v| v.role == Role::Data).filter_map(|v| v.codec.as_deref())
    {
        let codec = text::line(codec, 60);
        if !codecs.contains(&codec) && codecs.len() < 3 {
            codecs.push(codec);
        }
    }
    if !codecs.is_empty() {
        parts.push(format!("compressed with {}", codecs.join(", ")));
    }
    let size = if dataset.size_bytes > 0 { text::bytes(dataset.size_bytes) } else { String::new() };
    match dataset.file_count {
        Some(n) if !size.is_empty() => {
            parts.push(format!("{size} in {}", counted(usize::try_from(n).unwrap_or(usize::MAX), "file")))
        }
        _ => parts.push(size),
    }
    parts.retain(|p| !p.is_empty());
    let text = parts.join(", ");
    if text.is_empty() { text } else { format!("{text}.") }
}

fn provenance(dataset: &Dataset) -> Vec<Value> {
    let plain = |text: String| vec![context! { text }];
    let mut out = vec![
        context! { name => "Content identifier (CID)", items => plain(dataset.cid.clone()), mono => true },
    ];
    let pins: Vec<String> = dataset
        .pins
        .iter()
        .take(4)
        .map(|p| {
            let name = p
                .name
                .as_deref()
                .map(|n| text::line(n, 80))
                .unwrap_or_else(|| p.cid.chars().take(16).collect());
            let path = text::line(&p.path, 160);
            if path.is_empty() { name } else { format!("{name}: {path}") }
        })
        .collect();
    if !pins.is_empty() {
        let more = dataset.pins.len().saturating_sub(pins.len());
        let more = if more > 0 { vec![format!("and {more} more")] } else { vec![] };
        out.push(context! { name => "Pinned as", lines => [pins, more].concat() });
    }
    let tags: Vec<String> =
        dataset.pins.iter().flat_map(|p| p.tags.iter()).take(12).map(|t| text::line(t, 40)).collect();
    if !tags.is_empty() {
        out.push(context! { name => "Tags", items => plain(tags.join(", ")) });
    }
    for (name, id) in [("UUID", &dataset.uuid), ("Series", &dataset.series)] {
        if pages::is_uuid(id) {
            out.push(context! { name, items => plain(id.clone()), mono => true });
        }
    }
    for (name, key) in [
        ("Time found", "time"),
        ("Place found", "bbox"),
        ("Height found", "vertical"),
        ("Shape found", "geometry"),
        ("Kind found", "feature_type"),
    ] {
        if let Some(how) = dataset.extent.found.get(key) {
            out.push(context! { name, items => plain(text::line(how, 200)) });
        }
    }
    if let Some(source) = &dataset.source {
        out.push(context! { name => "Source", items => plain(text::line(source, 300)) });
    }
    let lineage: Vec<String> =
        dataset.lineage.iter().take(12).map(|l| text::line(l, 240)).filter(|l| !l.is_empty()).collect();
    if !lineage.is_empty() {
        out.push(context! { name => "Processing", lines => lineage });
    }
    for (name, date) in [("Created", &dataset.dates.created), ("Modified", &dataset.dates.modified)] {
        if let Some(date) = date {
            out.push(context! { name, items => plain(text::moment(date).words) });
        }
    }
    let funding: Vec<String> = dataset
        .funding
        .iter()
        .take(8)
        .map(|f| text::line(&[f.funder.as_str(), f.award.as_deref().unwrap_or_default()].join(" "), 160))
        .collect();
    if !funding.is_empty() {
        out.push(context! { name => "Funding", lines => funding });
    }
    out
}

fn findings_words(dataset: &Dataset) -> String {
    let n = dataset.findings.len();
    let first: Vec<String> = dataset.findings.iter().take(2).map(|f| text::line(&f.message, 90)).collect();
    format!("Checked when published: {}. {}", counted(n, "remark"), sentence(&first.join("; ")))
}

fn reference(reference: &pinfold_core::model::Reference) -> Value {
    let doi = reference.doi.as_deref().filter(|d| records::is_doi(d));
    let url = doi.map(|d| format!("https://doi.org/{d}")).or_else(|| {
        reference
            .url
            .as_deref()
            .filter(|u| u.starts_with("http") && markdown::is_safe_url(u))
            .map(markdown::tidy_url)
    });
    let words = text::line(&reference.text, 600);
    let pieces = match url {
        Some(url)
            if words.is_empty()
                || words.eq_ignore_ascii_case(&url)
                || doi.is_some_and(|d| words.eq_ignore_ascii_case(d)) =>
        {
            vec![(url.trim_start_matches("https://").to_owned(), Some(url.clone()))]
        }
        Some(url) if !words.contains("http") => vec![
            (format!("{words} "), None),
            (url.trim_start_matches("https://").to_owned(), Some(url.clone())),
        ],
        _ => markdown::linkify(&words),
    };
    let relation = match reference.relation.as_str() {
        "" | "References" => String::new(),
        other => words_of(other),
    };
    context! { pieces, relation }
}

/// `IsDerivedFrom` as `Is derived from`.
fn words_of(camel: &str) -> String {
    let mut out = String::new();
    for (i, c) in text::line(camel, 40).chars().enumerate() {
        if i > 0 && c.is_ascii_uppercase() {
            out.push(' ');
            out.push(c.to_ascii_lowercase());
        } else {
            out.push(c);
        }
    }
    out
}
