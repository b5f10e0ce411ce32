//! DataCite Metadata Schema 4.7: `datacite.json`, the body for the REST API, and `datacite.xml`.
//!
//! Both are written from one [`Record`]. What the schema demands and a dataset does not have is
//! `(:unav)`, DataCite's own word for it; `check` tells the maintainer. Without any DOI the identifier is the
//! `ipfs://` address, which the schema of the XML takes and the registry would not.
//!
//! Specification: <https://datacite-metadata-schema.readthedocs.io/en/4.7/>.

use pinfold_core::model::{Dataset, Funding};
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde_json::{Map, Value, json};

use super::facts::{self, Agent, Place};
use super::{cite, work};
use crate::catalogue::Catalogue;
use crate::render::{markdown, text};

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

fn object(pairs: Vec<(&str, Option<Value>)>) -> Value {
    Value::Object(pairs.into_iter().filter_map(|(k, v)| v.map(|v| (k.to_owned(), v))).collect::<Map<_, _>>())
}

fn agent_json(agent: &Agent) -> Vec<(&'static str, Option<Value>)> {
    let mut ids: Vec<Value> = Vec::new();
    if let Some(id) = &agent.orcid {
        ids.push(json!({ "nameIdentifier": id, "nameIdentifierScheme": "ORCID", "schemeUri": "https://orcid.org" }));
    }
    if let Some(id) = &agent.ror {
        ids.push(
            json!({ "nameIdentifier": id, "nameIdentifierScheme": "ROR", "schemeUri": "https://ror.org" }),
        );
    }
    let affiliations = agent.affiliations.iter().map(|(name, ror)| {
        let known = ror.as_ref().map(|r| json!(r));
        object(vec![
            ("name", Some(json!(name))),
            ("affiliationIdentifierScheme", known.as_ref().map(|_| json!("ROR"))),
            ("schemeUri", known.as_ref().map(|_| json!("https://ror.org"))),
            ("affiliationIdentifier", known),
        ])
    });
    vec![
        ("name", Some(json!(agent.inverted()))),
        ("nameType", Some(json!(if agent.organization { "Organizational" } else { "Personal" }))),
        ("givenName", agent.given.as_ref().map(|g| json!(g))),
        ("familyName", agent.given.as_ref().map(|_| json!(agent.family))),
        ("nameIdentifiers", (!ids.is_empty()).then_some(Value::Array(ids))),
        ("affiliation", (!agent.affiliations.is_empty()).then(|| affiliations.collect())),
    ]
}

fn list<T>(items: &[T], each: impl Fn(&T) -> Value) -> Option<Value> {
    (!items.is_empty()).then(|| items.iter().map(each).collect())
}

fn place_json(place: &Place) -> Value {
    match place {
        Place::Point(lon, lat) => json!([{ "geoLocationPoint": { "pointLongitude": lon, "pointLatitude": lat } }]),
        Place::Boxes(boxes) => boxes
            .iter()
            .map(|[w, s, e, n]| {
                json!({ "geoLocationBox": {
                    "westBoundLongitude": w, "eastBoundLongitude": e, "southBoundLatitude": s, "northBoundLatitude": n,
                } })
            })
            .collect(),
    }
}

/// `data.attributes` of the REST API.
pub(crate) fn attributes(catalogue: &Catalogue, dataset: &Dataset) -> Value {
    let r = Record::new(catalogue, dataset);
    let creators: Value = if r.creators.is_empty() {
        json!([{ "name": UNAVAILABLE }])
    } else {
        r.creators.iter().map(|c| object(agent_json(c))).collect()
    };
    let (prefix, suffix) = r.identifier.split_once('/').unwrap_or_default();
    let is_doi = r.identifier_type == "DOI";
    object(vec![
        ("doi", is_doi.then(|| json!(r.identifier))),
        ("prefix", is_doi.then(|| json!(prefix))),
        ("suffix", is_doi.then(|| json!(suffix))),
        ("creators", Some(creators)),
        ("titles", Some(json!([{ "title": r.title }]))),
        (
            "publisher",
            Some(object(vec![
                ("name", Some(json!(r.publisher))),
                ("publisherIdentifier", r.publisher_ror.as_ref().map(|id| json!(id))),
                ("publisherIdentifierScheme", r.publisher_ror.as_ref().map(|_| json!("ROR"))),
                ("schemeUri", r.publisher_ror.as_ref().map(|_| json!("https://ror.org"))),
            ])),
        ),
        ("publicationYear", Some(json!(r.year))),
        ("types", Some(json!({ "resourceTypeGeneral": "Dataset", "resourceType": "Dataset" }))),
        (
            "subjects",
            list(&r.subjects, |(text, scheme)| {
                object(vec![
                    ("subject", Some(json!(text))),
                    ("subjectScheme", scheme.map(|(name, _)| json!(name))),
                    ("schemeUri", scheme.map(|(_, uri)| json!(uri))),
                ])
            }),
        ),
        (
            "contributors",
            list(&r.contributors, |(agent, kind)| {
                let mut pairs = agent_json(agent);
                pairs.push(("contributorType", Some(json!(kind))));
                object(pairs)
            }),
        ),
        ("dates", list(&r.dates, |(kind, date)| json!({ "date": date, "dateType": kind }))),
        (
            "alternateIdentifiers",
            list(
                &r.alternates,
                |(id, kind)| json!({ "alternateIdentifier": id, "alternateIdentifierType": kind }),
            ),
        ),
        (
            "relatedIdentifiers",
            list(&r.related, |rel| {
                object(vec![
                    ("relatedIdentifier", Some(json!(rel.id))),
                    ("relatedIdentifierType", Some(json!(rel.kind))),
                    ("relationType", Some(json!(rel.relation))),
                    ("relatedMetadataScheme", rel.scheme.map(|s| json!(s))),
                ])
            }),
        ),
        ("sizes", list(&r.sizes, |s| json!(s))),
        ("formats", list(&r.formats, |f| json!(f))),
        ("version", r.version.as_ref().map(|v| json!(v))),
        (
            "rightsList",
            r.licence.as_ref().map(|(url, spdx, words)| {
                json!([object(vec![
                    ("rights", (!words.is_empty()).then(|| json!(words))),
                    ("rightsUri", url.as_ref().map(|u| json!(u))),
                    ("rightsIdentifier", spdx.as_ref().map(|s| json!(s))),
                    ("rightsIdentifierScheme", spdx.as_ref().map(|_| json!("SPDX"))),
                    ("schemeUri", spdx.as_ref().map(|_| json!("https://spdx.org/licenses/"))),
                ])])
            }),
        ),
        (
            "descriptions",
            list(&r.descriptions, |(kind, text)| json!({ "description": text, "descriptionType": kind })),
        ),
        ("geoLocations", r.place.as_ref().map(place_json)),
        (
            "fundingReferences",
            list(&r.funding, |g| {
                object(vec![
                    ("funderName", Some(json!(g.funder))),
                    ("funderIdentifier", g.id.as_ref().map(|id| json!(id.address))),
                    ("funderIdentifierType", g.id.as_ref().map(|id| json!(id.kind))),
                    ("awardNumber", g.award.as_ref().map(|a| json!(a))),
                    ("awardUri", g.award_url.as_ref().map(|u| json!(u))),
                    ("awardTitle", g.award_title.as_ref().map(|t| json!(t))),
                ])
            }),
        ),
        ("url", r.url.as_ref().map(|u| json!(u))),
        ("contentUrl", r.content_url.as_ref().map(|u| json!([u]))),
        ("schemaVersion", Some(json!("http://datacite.org/schema/kernel-4"))),
    ])
}

/// The body of a request to the REST API.
pub(crate) fn json_body(catalogue: &Catalogue, dataset: &Dataset) -> Value {
    json!({ "data": { "type": "dois", "attributes": attributes(catalogue, dataset) } })
}

/// Writes XML into memory, where nothing can fail.
struct Xml(quick_xml::Writer<Vec<u8>>);

impl Xml {
    fn write(&mut self, event: Event<'_>) {
        self.0.write_event(event).expect("memory takes all");
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let start = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.write(Event::Start(start));
    }

    fn close(&mut self, name: &str) {
        self.write(Event::End(BytesEnd::new(name)));
    }

    fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.write(Event::Text(BytesText::new(text)));
        self.close(name);
    }

    /// `<names>` around a leaf for each item.
    fn all<T>(&mut self, name: &str, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        if !items.is_empty() {
            self.open(name, &[]);
            for item in items {
                each(self, item);
            }
            self.close(name);
        }
    }

    fn agent(&mut self, element: &str, agent: &Agent) {
        let kind = if agent.organization { "Organizational" } else { "Personal" };
        self.leaf(element, &[("nameType", kind)], &agent.inverted());
        if let Some(given) = &agent.given {
            self.leaf("givenName", &[], given);
            self.leaf("familyName", &[], &agent.family);
        }
        if let Some(id) = &agent.orcid {
            self.leaf(
                "nameIdentifier",
                &[("nameIdentifierScheme", "ORCID"), ("schemeURI", "https://orcid.org")],
                id,
            );
        }
        if let Some(id) = &agent.ror {
            self.leaf(
                "nameIdentifier",
                &[("nameIdentifierScheme", "ROR"), ("schemeURI", "https://ror.org")],
                id,
            );
        }
        for (name, ror) in &agent.affiliations {
            match ror {
                Some(id) => self.leaf(
                    "affiliation",
                    &[
                        ("affiliationIdentifier", id),
                        ("affiliationIdentifierScheme", "ROR"),
                        ("schemeURI", "https://ror.org"),
                    ],
                    name,
                ),
                None => self.leaf("affiliation", &[], name),
            }
        }
    }
}

/// `datacite.xml`.
pub(crate) fn xml(catalogue: &Catalogue, dataset: &Dataset) -> Vec<u8> {
    let r = Record::new(catalogue, dataset);
    let mut x = Xml(quick_xml::Writer::new_with_indent(Vec::new(), b' ', 1));
    x.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    x.open(
        "resource",
        &[
            ("xmlns", "http://datacite.org/schema/kernel-4"),
            ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
            ("xsi:schemaLocation", "http://datacite.org/schema/kernel-4 https://schema.datacite.org/meta/kernel-4.7/metadata.xsd"),
        ],
    );
    x.leaf("identifier", &[("identifierType", r.identifier_type)], &r.identifier);
    x.open("creators", &[]);
    for creator in &r.creators {
        x.open("creator", &[]);
        x.agent("creatorName", creator);
        x.close("creator");
    }
    if r.creators.is_empty() {
        x.open("creator", &[]);
        x.leaf("creatorName", &[], UNAVAILABLE);
        x.close("creator");
    }
    x.close("creators");
    x.open("titles", &[]);
    x.leaf("title", &[], &r.title);
    x.close("titles");
    match &r.publisher_ror {
        Some(id) => x.leaf(
            "publisher",
            &[
                ("publisherIdentifier", id),
                ("publisherIdentifierScheme", "ROR"),
                ("schemeURI", "https://ror.org/"),
            ],
            &r.publisher,
        ),
        None => x.leaf("publisher", &[], &r.publisher),
    }
    x.leaf("publicationYear", &[], &r.year.to_string());
    x.leaf("resourceType", &[("resourceTypeGeneral", "Dataset")], "Dataset");
    x.all("subjects", &r.subjects, |x, (text, scheme)| match scheme {
        Some((name, uri)) => x.leaf("subject", &[("subjectScheme", name), ("schemeURI", uri)], text),
        None => x.leaf("subject", &[], text),
    });
    x.all("contributors", &r.contributors, |x, (agent, kind)| {
        x.open("contributor", &[("contributorType", kind)]);
        x.agent("contributorName", agent);
        x.close("contributor");
    });
    x.all("dates", &r.dates, |x, (kind, date)| x.leaf("date", &[("dateType", kind)], date));
    x.all("alternateIdentifiers", &r.alternates, |x, (id, kind)| {
        x.leaf("alternateIdentifier", &[("alternateIdentifierType", kind)], id);
    });
    x.all("relatedIdentifiers", &r.related, |x, rel| {
        let mut attributes =
            vec![("relatedIdentifierType", rel.kind), ("relationType", rel.relation.as_str())];
        attributes.extend(rel.scheme.map(|s| ("relatedMetadataScheme", s)));
        x.leaf("relatedIdentifier", &attributes, &rel.id);
    });
    x.all("sizes", &r.sizes, |x, size| x.leaf("size", &[], size));
    x.all("formats", &r.formats, |x, format| x.leaf("format", &[], format));
    if let Some(version) = &r.version {
        x.leaf("version", &[], version);
    }
    if let Some((url, spdx, words)) = &r.licence {
        let mut attributes = Vec::new();
        attributes.extend(url.as_deref().map(|u| ("rightsURI", u)));
        if let Some(id) = spdx {
            attributes.extend([
                ("rightsIdentifier", id.as_str()),
                ("rightsIdentifierScheme", "SPDX"),
                ("schemeURI", "https://spdx.org/licenses/"),
            ]);
        }
        x.open("rightsList", &[]);
        x.leaf("rights", &attributes, words);
        x.close("rightsList");
    }
    x.all("descriptions", &r.descriptions, |x, (kind, text)| {
        x.leaf("description", &[("descriptionType", kind)], text);
    });
    match &r.place {
        Some(Place::Point(lon, lat)) => {
            x.open("geoLocations", &[]);
            x.open("geoLocation", &[]);
            x.open("geoLocationPoint", &[]);
            x.leaf("pointLongitude", &[], &lon.to_string());
            x.leaf("pointLatitude", &[], &lat.to_string());
            x.close("geoLocationPoint");
            x.close("geoLocation");
            x.close("geoLocations");
        }
        Some(Place::Boxes(boxes)) => x.all("geoLocations", boxes, |x, [w, s, e, n]| {
            x.open("geoLocation", &[]);
            x.open("geoLocationBox", &[]);
            x.leaf("westBoundLongitude", &[], &w.to_string());
            x.leaf("eastBoundLongitude", &[], &e.to_string());
            x.leaf("southBoundLatitude", &[], &s.to_string());
            x.leaf("northBoundLatitude", &[], &n.to_string());
            x.close("geoLocationBox");
            x.close("geoLocation");
        }),
        None => {}
    }
    x.all("fundingReferences", &r.funding, |x, g| {
        x.open("fundingReference", &[]);
        x.leaf("funderName", &[], &g.funder);
        if let Some(id) = &g.id {
            x.leaf("funderIdentifier", &[("funderIdentifierType", id.kind)], &id.address);
        }
        match (&g.award, &g.award_url) {
            (Some(award), Some(url)) => x.leaf("awardNumber", &[("awardURI", url)], award),
            (Some(award), None) => x.leaf("awardNumber", &[], award),
            _ => {}
        }
        if let Some(title) = &g.award_title {
            x.leaf("awardTitle", &[], title);
        }
        x.close("fundingReference");
    });
    x.close("resource");
    let mut bytes = x.0.into_inner();
    bytes.push(b'\n');
    bytes
}
