//! `datacite.xml`: the record by the XML schema.
//!
//! Specification: <https://schema.datacite.org/meta/kernel-4.7/>.

use pinfold_core::model::Dataset;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::super::facts::{Agent, Place};
use super::{Record, UNAVAILABLE};
use crate::catalogue::Catalogue;

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
