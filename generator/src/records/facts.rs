//! What several records say of a dataset, cleaned and limited once.

use pinfold_core::model::{Dataset, Person, Role};

use super::{ror, site_url};
use crate::catalogue::Catalogue;
use crate::render::{listing_licence, markdown, orcid, shows_data, text};

/// Entries of a list in a record; the whole is in `record.json`.
pub(crate) const MAX: usize = 100;

/// A person or organisation as records have it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Agent {
    pub(crate) family: String,
    pub(crate) given: Option<String>,
    pub(crate) organization: bool,
    pub(crate) orcid: Option<String>,
    pub(crate) ror: Option<String>,
    /// Name and ROR.
    pub(crate) affiliations: Vec<(String, Option<String>)>,
    pub(crate) roles: Vec<String>,
}

impl Agent {
    fn new(person: &Person) -> Self {
        let (family, given) = super::cite::names(person);
        let affiliations =
            person.affiliations.iter().take(3).map(|a| (text::line(&a.name, 200), ror(a.ror.as_deref())));
        Self {
            family,
            given,
            organization: person.organization,
            orcid: orcid(person).filter(|_| !person.organization).map(|id| format!("https://orcid.org/{id}")),
            ror: ror(person.ror.as_deref()).filter(|_| person.organization),
            affiliations: affiliations.filter(|(name, _)| !name.is_empty()).collect(),
            roles: person.roles.iter().take(5).map(|r| text::line(r, 60)).collect(),
        }
    }

    /// `Family, Given`.
    pub(crate) fn inverted(&self) -> String {
        self.given.as_ref().map_or_else(|| self.family.clone(), |given| format!("{}, {given}", self.family))
    }

    /// `Given Family`.
    pub(crate) fn straight(&self) -> String {
        self.given.as_ref().map_or_else(|| self.family.clone(), |given| format!("{given} {}", self.family))
    }
}

/// Creators, at most [`MAX`].
pub(crate) fn creators(dataset: &Dataset) -> Vec<Agent> {
    dataset.creators().map(Agent::new).filter(|a| !a.family.is_empty()).take(MAX).collect()
}

/// Everybody who has another role than that of a creator, at most [`MAX`].
pub(crate) fn contributors(dataset: &Dataset) -> Vec<Agent> {
    let others =
        dataset.people.iter().filter(|p| p.roles.iter().any(|r| r != "creator") || p.roles.is_empty());
    others.map(Agent::new).filter(|a| !a.family.is_empty()).take(MAX).collect()
}

/// A description of 50 to 5000 characters, as search engines want it: the summary, and where that is short
/// what else is known.
pub(crate) fn description(dataset: &Dataset) -> String {
    let summary = dataset.summary.as_deref().map(|s| markdown::words(s, 4000)).unwrap_or_default();
    if summary.chars().count() >= 50 {
        return summary;
    }
    let mut parts = vec![summary, text::line(&dataset.display_title(), text::TITLE_CHARS)];
    let names = dataset.variables.iter().filter(|v| v.role == Role::Data);
    let names: Vec<String> =
        names.take(8).map(|v| text::line(v.long_name.as_deref().unwrap_or(&v.name), 60)).collect();
    if !names.is_empty() {
        parts.push(format!("Variables: {}", names.join(", ")));
    }
    let platform = crate::render::listing_platform(dataset);
    if !platform.is_empty() {
        parts.push(format!("Platform: {platform}"));
    }
    if let Some(time) = &dataset.extent.time {
        let words: Vec<String> = text::range(&time.start, &time.end).into_iter().map(|m| m.words).collect();
        parts.push(format!("Time: {}", words.join(" – ")));
    }
    parts.push(format!(
        "A dataset of the format {}",
        if dataset.format.is_empty() { "unknown" } else { &dataset.format }
    ));
    parts.retain(|p| !p.is_empty());
    text::limit(&parts.join(". "), 4000) + "."
}

/// Time coverage as `start/end`; none when either is no date.
pub(crate) fn coverage(dataset: &Dataset) -> Option<String> {
    let time = dataset.extent.time.as_ref()?;
    let good = |t: &str| text::day(t).is_some() && t.len() <= 35 && t.bytes().all(|b| b.is_ascii_graphic());
    if !good(&time.start) || !good(&time.end) {
        return None;
    }
    Some(if time.start == time.end { time.start.clone() } else { format!("{}/{}", time.start, time.end) })
}

/// The day of a declared date.
pub(crate) fn day(date: Option<&str>) -> Option<String> {
    text::day(date?).map(|d| d.to_string())
}

/// Where: a point or boxes `[west, south, east, north]`, never inverted; two across the antimeridian.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    Point(f64, f64),
    Boxes(Vec<[f64; 4]>),
}

/// The place of a dataset, if it lies on the globe.
pub(crate) fn place(dataset: &Dataset) -> Option<Place> {
    let [w, s, e, n] = text::valid_bbox(dataset.extent.bbox?)?;
    Some(if w == e && s == n {
        Place::Point(w, s)
    } else if w > e {
        Place::Boxes(vec![[w, s, 180.0, n], [-180.0, s, e, n]])
    } else {
        Place::Boxes(vec![[w, s, e, n]])
    })
}

/// Keywords, each once.
pub(crate) fn keywords(dataset: &Dataset) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for keyword in dataset.keywords.iter().take(4 * MAX).map(|k| text::line(k, 120)) {
        if !keyword.is_empty() && !out.contains(&keyword) && out.len() < MAX {
            out.push(keyword);
        }
    }
    out
}

/// Standard names of data variables, each once.
pub(crate) fn standard_names(dataset: &Dataset) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for name in
        dataset.variables.iter().filter(|v| v.role == Role::Data).filter_map(|v| v.standard_name.as_deref())
    {
        let plain = name.len() <= 120
            && !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if plain && out.len() < 30 && !out.iter().any(|n| n == name) {
            out.push(name.to_owned());
        }
    }
    out
}

/// A licence: address, SPDX identifier, words.
pub(crate) fn licence(dataset: &Dataset) -> Option<(Option<String>, Option<String>, String)> {
    let licence = dataset.license.as_ref()?;
    let url = licence
        .url
        .as_deref()
        .filter(|u| u.starts_with("http") && markdown::is_safe_url(u))
        .map(markdown::tidy_url);
    let spdx = licence
        .spdx
        .as_deref()
        .filter(|s| s.len() < 60 && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.+".contains(&b)));
    let words = licence.name.as_deref().map(|n| text::line(n, 200)).filter(|n| !n.is_empty());
    let words = words.or_else(|| listing_licence(dataset)).unwrap_or_default();
    (url.is_some() || spdx.is_some() || !words.is_empty()).then(|| (url, spdx.map(str::to_owned), words))
}

/// Media type of what a gateway delivers.
pub(crate) fn media_type(dataset: &Dataset) -> &'static str {
    if dataset.format.to_ascii_lowercase().starts_with("zarr") {
        "application/vnd.zarr"
    } else {
        "application/octet-stream"
    }
}

/// Where the first gateway has the data, while they are presented.
pub(crate) fn content_url(catalogue: &Catalogue, dataset: &Dataset) -> Option<String> {
    if !shows_data(dataset) {
        return None;
    }
    let gateways = catalogue.site.gateways.iter().map(|g| g.trim().trim_end_matches('/'));
    let gateway = gateways.filter(|g| g.starts_with("http")).find(|g| markdown::is_safe_url(g))?;
    Some(format!("{gateway}/ipfs/{}", dataset.cid))
}

/// The landing page's absolute address.
pub(crate) fn page_url(catalogue: &Catalogue, cid: &str) -> Option<String> {
    site_url(&catalogue.site).map(|url| format!("{url}ds/{cid}/"))
}
/// How open the data are, in the vocabulary of COAR that harvesters know.
///
/// <https://vocabularies.coar-repositories.org/access_rights/>
pub(super) fn access_right(dataset: &Dataset) -> &'static str {
    match (&dataset.withdrawn, &dataset.embargo) {
        (Some(_), _) => "http://purl.org/coar/access_right/c_14cb",
        (None, Some(_)) => "http://purl.org/coar/access_right/c_f1cf",
        (None, None) => "http://purl.org/coar/access_right/c_abf2",
    }
}

/// Who a funder is.
#[derive(Debug, Clone)]
pub(super) struct FunderId {
    pub(super) address: String,
    /// DataCite's name of the register.
    pub(super) kind: &'static str,
}

/// The register that an address of a funder belongs to; what is in none of them identifies nobody.
pub(super) fn funder_id(address: &str) -> Option<FunderId> {
    let registers = [
        ("https://ror.org/", "ROR"),
        ("https://doi.org/10.13039/", "Crossref Funder ID"),
        ("https://isni.org/isni/", "ISNI"),
        ("https://www.grid.ac/institutes/", "GRID"),
    ];
    let (start, kind) = registers.into_iter().find(|(start, _)| address.starts_with(start))?;
    let rest = &address[start.len()..];
    let plain = !rest.is_empty()
        && rest.len() < 40
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
    plain.then(|| FunderId { address: address.to_owned(), kind })
}
