//! schema.org JSON-LD: `Dataset` as Google's dataset search reads it, and the site's `DataCatalog`.
//!
//! Documentation: <https://developers.google.com/search/docs/appearance/structured-data/dataset>.

use pinfold_core::model::{Dataset, Role};
use serde_json::{Map, Value, json};

use super::facts::{self, Agent, Place};
use super::{cite, site_url, work};
use crate::catalogue::Catalogue;
use crate::render::{markdown, site_title, text};
use pinfold_core::search::is_listed;

/// Entries of each list in `schema.jsonld`.
pub(crate) const FULL: usize = 40;

/// The same in a page whose metadata are so long that it would drown in them.
pub(crate) const SHORT: usize = 20;

fn agent(agent: &Agent) -> Value {
    let mut out = Map::new();
    let mut set = |key: &str, value: Option<Value>| {
        out.extend(value.map(|v| (key.to_owned(), v)));
    };
    set("@type", Some(json!(if agent.organization { "Organization" } else { "Person" })));
    set("@id", agent.orcid.as_ref().or(agent.ror.as_ref()).map(|id| json!(id)));
    set("name", Some(json!(agent.straight())));
    set("givenName", agent.given.as_ref().map(|g| json!(g)));
    set("familyName", agent.given.as_ref().map(|_| json!(agent.family)));
    let affiliations: Vec<Value> = agent
        .affiliations
        .iter()
        .map(|(name, ror)| match ror {
            Some(id) => json!({ "@type": "Organization", "@id": id, "name": name }),
            None => json!({ "@type": "Organization", "name": name }),
        })
        .collect();
    set("affiliation", (!affiliations.is_empty()).then_some(Value::Array(affiliations)));
    Value::Object(out)
}

fn publisher(catalogue: &Catalogue) -> Option<Value> {
    let publisher = &catalogue.site.publisher;
    let name = text::line(&publisher.name, 200);
    if name.is_empty() {
        return None;
    }
    let mut out = json!({ "@type": "Organization", "name": name });
    if let Some(id) = super::ror(publisher.ror.as_deref()) {
        out["@id"] = json!(id);
    }
    if let Some(url) = publisher.url.as_deref().filter(|u| markdown::is_safe_url(u)) {
        out["url"] = json!(url);
    }
    Some(out)
}

/// `schema.jsonld`, also in the page; lists have at most `max` entries.
pub(crate) fn dataset(catalogue: &Catalogue, dataset: &Dataset, max: usize) -> Value {
    let work = work(catalogue, dataset);
    let page = facts::page_url(catalogue, &dataset.cid);
    let mut out = Map::new();
    let mut set = |key: &str, value: Option<Value>| {
        out.extend(value.map(|v| (key.to_owned(), v)));
    };
    let agents =
        |list: Vec<Agent>| (!list.is_empty()).then(|| list.iter().take(max).map(agent).collect::<Value>());
    set("@context", Some(json!("https://schema.org/")));
    set("@type", Some(json!("Dataset")));
    set(
        "@id",
        work.doi
            .as_ref()
            .map(|d| json!(format!("https://doi.org/{d}")))
            .or_else(|| page.as_ref().map(|p| json!(p))),
    );
    set("name", Some(json!(work.title)));
    set("description", Some(json!(facts::description(dataset))));
    set("url", page.as_ref().map(|p| json!(p)));
    let mut identifiers = Vec::new();
    if let Some(doi) = &work.doi {
        identifiers.push(json!({ "@type": "PropertyValue", "propertyID": "https://registry.identifiers.org/registry/doi", "value": format!("doi:{doi}"), "url": format!("https://doi.org/{doi}") }));
    }
    identifiers.push(json!({ "@type": "PropertyValue", "propertyID": "CID", "value": dataset.cid, "url": format!("ipfs://{}", dataset.cid) }));
    set("identifier", Some(Value::Array(identifiers)));
    set("sameAs", Some(json!(format!("ipfs://{}", dataset.cid))));
    set("creator", agents(facts::creators(dataset)));
    set(
        "contributor",
        agents(
            facts::contributors(dataset)
                .into_iter()
                .filter(|a| !a.roles.iter().any(|r| r == "creator"))
                .collect(),
        ),
    );
    set("publisher", publisher(catalogue));
    set(
        "datePublished",
        work.year
            .map(|y| json!(facts::day(dataset.dates.issued.as_deref()).unwrap_or_else(|| y.to_string()))),
    );
    set("dateCreated", facts::day(dataset.dates.created.as_deref()).map(|d| json!(d)));
    set("dateModified", facts::day(dataset.dates.modified.as_deref()).map(|d| json!(d)));
    set(
        "license",
        facts::licence(dataset).map(|(url, spdx, words)| {
            json!(url.or_else(|| spdx.map(|s| format!("https://spdx.org/licenses/{s}"))).unwrap_or(words))
        }),
    );
    let mut keywords = facts::keywords(dataset);
    keywords.truncate(max);
    set("keywords", (!keywords.is_empty()).then(|| json!(keywords)));
    set("temporalCoverage", facts::coverage(dataset).map(|c| json!(c)));
    set("spatialCoverage", facts::place(dataset).map(|place| match place {
        Place::Point(lon, lat) => json!({ "@type": "Place", "geo": { "@type": "GeoCoordinates", "latitude": lat, "longitude": lon } }),
        Place::Boxes(boxes) => {
            let places: Vec<Value> = boxes
                .iter()
                .map(|[w, s, e, n]| json!({ "@type": "Place", "geo": { "@type": "GeoShape", "box": format!("{s} {w} {n} {e}") } }))
                .collect();
            if places.len() == 1 { places[0].clone() } else { Value::Array(places) }
        }
    }));
    let variables: Vec<Value> = dataset
        .variables
        .iter()
        .filter(|v| v.role == Role::Data)
        .take(max)
        .map(|v| {
            let mut out = json!({ "@type": "PropertyValue", "name": text::line(&v.name, 120) });
            for (key, value) in
                [("description", &v.long_name), ("unitText", &v.units), ("propertyID", &v.standard_name)]
            {
                if let Some(value) = value.as_deref().map(|t| text::line(t, 160)).filter(|t| !t.is_empty()) {
                    out[key] = json!(value);
                }
            }
            out
        })
        .collect();
    set("variableMeasured", (!variables.is_empty()).then_some(Value::Array(variables)));
    let instruments: Vec<String> =
        dataset.instruments.iter().take(20).map(|i| text::line(i, 120)).filter(|i| !i.is_empty()).collect();
    set("measurementTechnique", (!instruments.is_empty()).then(|| json!(instruments)));
    set("version", work.version.as_ref().map(|v| json!(v)));
    set("isAccessibleForFree", Some(json!(true)));
    set("conditionsOfAccess", Some(json!(facts::access_right(dataset))));
    set(
        "includedInDataCatalog",
        Some(match site_url(&catalogue.site) {
            Some(url) => {
                json!({ "@type": "DataCatalog", "@id": url, "name": site_title(catalogue), "url": url })
            }
            None => json!({ "@type": "DataCatalog", "name": site_title(catalogue) }),
        }),
    );
    set("distribution", facts::content_url(catalogue, dataset).map(|url| {
        let mut out = json!([
            { "@type": "DataDownload", "name": text::line(&dataset.format, 40), "contentUrl": url, "encodingFormat": facts::media_type(dataset) },
            { "@type": "DataDownload", "name": "CAR archive", "contentUrl": format!("{url}?format=car"), "encodingFormat": "application/vnd.ipld.car" },
        ]);
        if dataset.size_bytes > 0 {
            out[0]["contentSize"] = json!(text::bytes(dataset.size_bytes));
        }
        out
    }));
    let citations: Vec<Value> = dataset
        .references
        .iter()
        .take(max.min(50))
        .filter_map(|r| match r.doi.as_deref().filter(|d| cite::is_doi(d)) {
            Some(doi) => Some(json!(format!("https://doi.org/{doi}"))),
            None => Some(text::line(&r.text, 400)).filter(|t| !t.is_empty()).map(|t| json!(t)),
        })
        .collect();
    set("citation", (!citations.is_empty()).then_some(Value::Array(citations)));
    let funders: Vec<Value> = dataset
        .funding
        .iter()
        .take(20)
        .filter(|f| !text::line(&f.funder, 20).is_empty())
        .map(|f| {
            let mut out = json!({ "@type": "Grant", "funder": { "@type": "Organization", "name": text::line(&f.funder, 200) } });
            if let Some(id) = f.identifier.as_deref().and_then(facts::funder_id) {
                out["funder"]["@id"] = json!(id.address);
            }
            if let Some(award) = &f.award {
                out["identifier"] = json!(text::line(award, 100));
            }
            if let Some(title) = &f.award_title {
                out["name"] = json!(text::line(title, 300));
            }
            if let Some(url) = f.award_url.as_deref().filter(|u| markdown::is_safe_url(u)) {
                out["url"] = json!(markdown::tidy_url(url));
            }
            out
        })
        .collect();
    set("funding", (!funders.is_empty()).then_some(Value::Array(funders)));
    set("creativeWorkStatus", dataset.withdrawn.as_ref().map(|_| json!("Withdrawn")));
    Value::Object(out)
}

/// `catalog.jsonld`: the catalogue and its datasets; `short` leaves the list out.
pub(crate) fn catalog(catalogue: &Catalogue, short: bool) -> Value {
    let site = &catalogue.site;
    let url = site_url(site);
    let title = site_title(catalogue);
    let description = text::line(&site.description, 1000);
    let mut out = json!({ "@context": "https://schema.org/", "@type": "DataCatalog", "name": title });
    if !description.is_empty() {
        out["description"] = json!(description);
    }
    if let Some(url) = &url {
        out["@id"] = json!(url);
        out["url"] = json!(url);
    }
    if let Some(publisher) = publisher(catalogue) {
        out["publisher"] = publisher;
    }
    if !short {
        let listed = catalogue.entries.iter().map(|e| &e.dataset).filter(|d| is_listed(d));
        out["dataset"] = listed
            .map(|d| {
                let mut item = json!({ "@type": "Dataset", "name": text::line(&d.display_title(), text::TITLE_CHARS), "description": facts::description(d) });
                let page = url.as_ref().map_or_else(|| format!("ds/{}/", d.cid), |url| format!("{url}ds/{}/", d.cid));
                item["url"] = json!(page);
                item["sameAs"] = json!(format!("ipfs://{}", d.cid));
                if let Some(doi) = cite::registered_doi(d) {
                    item["@id"] = json!(format!("https://doi.org/{doi}"));
                }
                item
            })
            .collect();
    }
    out
}

/// JSON for a `script` element: nothing in it can end the element or start a comment.
pub(crate) fn for_script(value: &Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}
