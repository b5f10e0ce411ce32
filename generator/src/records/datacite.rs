//! DataCite Metadata Schema 4.7: `datacite.json`, the body for the REST API, and `datacite.xml`.
//!
//! Both are written from one [`Record`]. What the schema demands and a dataset does not have is
//! `(:unav)`, DataCite's own word for it; `check` tells the maintainer. Without any DOI the identifier is the
//! `ipfs://` address, which the schema of the XML takes and the registry would not.
//!
//! Specification: <https://datacite-metadata-schema.readthedocs.io/en/4.7/>.

use pinfold_core::model::{Dataset, Funding};

use super::facts::{self, Agent, Place};
use super::{cite, work};
use crate::catalogue::Catalogue;
use crate::render::{markdown, text};

mod json;
mod xml;

pub(crate) use json::json_body;
pub(crate) use xml::xml;

/// DataCite's word for what is not available.
const UNAVAILABLE: &str = "(:unav)";

const CONTRIBUTOR_TYPES: [&str; 22] = [
    "ContactPerson",
    "DataCollector",
    "DataCurator",
    "DataManager",
    "Distributor",
    "Editor",
    "HostingInstitution",
    "Producer",
    "ProjectLeader",
    "ProjectManager",
    "ProjectMember",
    "RegistrationAgency",
    "RegistrationAuthority",
    "RelatedPerson",
    "Researcher",
    "ResearchGroup",
    "RightsHolder",
    "Sponsor",
    "Supervisor",
    "Translator",
    "WorkPackageLeader",
    "Other",
];

const RELATION_TYPES: [&str; 22] = [
    "IsCitedBy",
    "Cites",
    "IsSupplementTo",
    "IsSupplementedBy",
    "References",
    "IsReferencedBy",
    "IsDocumentedBy",
    "Documents",
    "IsCompiledBy",
    "Compiles",
    "IsDerivedFrom",
    "IsSourceOf",
    "IsPartOf",
    "HasPart",
    "Requires",
    "IsRequiredBy",
    "IsVariantFormOf",
    "IsOriginalFormOf",
    "IsIdenticalTo",
    "IsDescribedBy",
    "Describes",
    "Cites",
];

/// One related thing.
#[derive(Debug, Clone)]
struct Related {
    id: String,
    kind: &'static str,
    relation: String,
    /// Scheme of related metadata.
    scheme: Option<&'static str>,
}

/// Money behind it.
#[derive(Debug, Clone)]
struct Grant {
    funder: String,
    id: Option<facts::FunderId>,
    award: Option<String>,
    award_url: Option<String>,
    award_title: Option<String>,
}

impl Grant {
    fn new(funding: &Funding) -> Self {
        let line = |text: &Option<String>, limit| {
            text.as_deref().map(|t| text::line(t, limit)).filter(|t| !t.is_empty())
        };
        let url = funding.award_url.as_deref().filter(|u| u.starts_with("http") && markdown::is_safe_url(u));
        Self {
            funder: text::line(&funding.funder, 200),
            id: funding.identifier.as_deref().and_then(facts::funder_id),
            award: line(&funding.award, 100),
            award_url: url.map(markdown::tidy_url),
            award_title: line(&funding.award_title, 300),
        }
    }
}

/// Everything that both forms say.
#[derive(Debug, Clone, Default)]
struct Record {
    identifier: String,
    identifier_type: &'static str,
    creators: Vec<Agent>,
    contributors: Vec<(Agent, String)>,
    title: String,
    publisher: String,
    publisher_ror: Option<String>,
    year: i32,
    /// Text, scheme, scheme's address.
    subjects: Vec<(String, Option<(&'static str, &'static str)>)>,
    /// Type, date.
    dates: Vec<(&'static str, String)>,
    alternates: Vec<(String, &'static str)>,
    related: Vec<Related>,
    sizes: Vec<String>,
    formats: Vec<String>,
    version: Option<String>,
    licence: Option<(Option<String>, Option<String>, String)>,
    /// Type, text.
    descriptions: Vec<(&'static str, String)>,
    place: Option<Place>,
    funding: Vec<Grant>,
    url: Option<String>,
    content_url: Option<String>,
}

/// The contributor type for a role as written.
fn contributor_type(role: &str) -> String {
    let plain =
        |t: &str| t.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let wanted = plain(role);
    let known = match wanted.as_str() {
        "contact" | "pointofcontact" => Some("ContactPerson"),
        "publisher" => Some("Distributor"),
        "pi" | "principalinvestigator" => Some("ProjectLeader"),
        _ => CONTRIBUTOR_TYPES.into_iter().find(|t| plain(t) == wanted),
    };
    known.unwrap_or("Other").to_owned()
}

impl Record {
    fn new(catalogue: &Catalogue, dataset: &Dataset) -> Self {
        let work = work(catalogue, dataset);
        let doi = dataset.doi.as_ref().map(|d| d.id.as_str()).filter(|d| cite::is_doi(d));
        let mut record = Self {
            identifier: doi.map_or_else(|| format!("ipfs://{}", dataset.cid), str::to_owned),
            identifier_type: if doi.is_some() { "DOI" } else { "IPFS" },
            creators: facts::creators(dataset),
            title: work.title,
            publisher: if work.publisher.is_empty() { UNAVAILABLE.to_owned() } else { work.publisher },
            publisher_ror: super::ror(catalogue.site.publisher.ror.as_deref()),
            // Only a build that knows no date at all prints its own year, and `check` says so.
            year: work
                .year
                .unwrap_or_else(|| i32::from(catalogue.build_time.to_zoned(jiff::tz::TimeZone::UTC).year())),
            version: work.version,
            licence: facts::licence(dataset),
            place: facts::place(dataset),
            url: facts::page_url(catalogue, &dataset.cid),
            content_url: facts::content_url(catalogue, dataset),
            ..Self::default()
        };
        for agent in facts::contributors(dataset) {
            let mut seen = Vec::new();
            for role in agent.roles.iter().filter(|r| *r != "creator").map(|r| contributor_type(r)) {
                if !seen.contains(&role) {
                    seen.push(role.clone());
                    record.contributors.push((agent.clone(), role));
                }
            }
        }
        record.subjects.extend(facts::keywords(dataset).into_iter().map(|k| (k, None)));
        let table = ("CF Standard Name Table", "https://cfconventions.org/standard-names.html");
        record.subjects.extend(facts::standard_names(dataset).into_iter().map(|n| (n, Some(table))));
        let mut date = |kind, value: Option<String>| record.dates.extend(value.map(|v| (kind, v)));
        date("Coverage", facts::coverage(dataset));
        date("Created", facts::day(dataset.dates.created.as_deref()));
        date("Updated", facts::day(dataset.dates.modified.as_deref()));
        date("Issued", facts::day(dataset.dates.issued.as_deref()));
        date("Available", facts::day(dataset.embargo.as_deref()));
        date("Withdrawn", facts::day(dataset.withdrawn.as_ref().map(|w| w.date.as_str())));
        if identifier_is_free(&record) {
            record.alternates.push((format!("ipfs://{}", dataset.cid), "IPFS"));
        }
        record.alternates.push((dataset.cid.clone(), "CID"));
        if !dataset.uuid.is_empty() {
            record.alternates.push((text::line(&dataset.uuid, 60), "UUID"));
        }
        record.related = related(catalogue, dataset, record.url.as_deref());
        if dataset.size_bytes > 0 {
            record.sizes.push(text::bytes(dataset.size_bytes));
        }
        record.sizes.extend(dataset.file_count.map(|n| format!("{n} files")));
        if !dataset.format.is_empty() {
            record.formats.push(text::line(&dataset.format, 60));
        }
        for kind in dataset.files.iter().take(1000).map(|f| text::line(&f.media_type, 80)) {
            if !kind.is_empty() && !record.formats.contains(&kind) && record.formats.len() < 20 {
                record.formats.push(kind);
            }
        }
        let summary = dataset.summary.as_deref().map(|s| markdown::words(s, 4000)).filter(|s| !s.is_empty());
        record.descriptions.extend(summary.map(|s| ("Abstract", s)));
        let methods: Vec<String> = dataset
            .source
            .iter()
            .chain(dataset.lineage.iter().take(20))
            .map(|l| text::line(l, 400))
            .filter(|l| !l.is_empty())
            .collect();
        if !methods.is_empty() {
            record.descriptions.push(("Methods", text::limit(&methods.join("\n"), 4000)));
        }
        let funding = dataset.funding.iter().take(20).map(Grant::new);
        record.funding = funding.filter(|grant| !grant.funder.is_empty()).collect();
        record
    }
}

fn identifier_is_free(record: &Record) -> bool {
    record.identifier_type == "DOI"
}

/// Neighbouring versions, references, and the metadata beside the page.
fn related(catalogue: &Catalogue, dataset: &Dataset, page: Option<&str>) -> Vec<Related> {
    let mut out = Vec::new();
    let version = |cid: &str, relation: &str| -> Option<Related> {
        let entries = &catalogue.entries;
        let at = entries.binary_search_by(|e| e.dataset.cid.as_str().cmp(cid)).ok()?;
        let (id, kind) = match cite::registered_doi(&entries[at].dataset) {
            Some(doi) => (doi.to_owned(), "DOI"),
            None => (facts::page_url(catalogue, cid)?, "URL"),
        };
        Some(Related { id, kind, relation: relation.to_owned(), scheme: None })
    };
    // Newest first: what stands before is newer.
    if let Some(at) = dataset.versions.iter().position(|v| v.cid == dataset.cid) {
        let newer = at.checked_sub(1).and_then(|i| dataset.versions.get(i));
        out.extend(newer.and_then(|v| version(&v.cid, "IsPreviousVersionOf")));
        out.extend(dataset.versions.get(at + 1).and_then(|v| version(&v.cid, "IsNewVersionOf")));
    }
    for reference in dataset.references.iter().take(facts::MAX) {
        let relation = RELATION_TYPES.into_iter().find(|t| *t == reference.relation).unwrap_or("References");
        let doi = reference.doi.as_deref().filter(|d| cite::is_doi(d)).map(|d| (d.to_owned(), "DOI"));
        let url = || {
            let url = reference.url.as_deref().filter(|u| u.starts_with("http") && markdown::is_safe_url(u));
            url.map(|u| (markdown::tidy_url(u), "URL"))
        };
        if let Some((id, kind)) = doi.or_else(url) {
            out.push(Related { id, kind, relation: relation.to_owned(), scheme: None });
        }
    }
    if let Some(page) = page {
        for (file, scheme) in [
            ("record.json", "pinfold-record/1"),
            ("schema.jsonld", "schema.org"),
            ("linkset.json", "RFC 9264"),
        ] {
            out.push(Related {
                id: format!("{page}{file}"),
                kind: "URL",
                relation: "HasMetadata".to_owned(),
                scheme: Some(scheme),
            });
        }
    }
    out
}
