//! `datacite.json`: the record as the REST API takes it.
//!
//! Specification: <https://support.datacite.org/docs/api-create-dois>.

use pinfold_core::model::Dataset;
use serde_json::{Map, Value, json};

use super::super::facts::{Agent, Place};
use super::{Record, UNAVAILABLE};
use crate::catalogue::Catalogue;

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
