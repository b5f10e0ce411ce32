//! The records beside a page, for machines: citations, DataCite, schema.org, link sets, the record itself.
//!
//! Entry points: `dataset_files` and `site_files`. What is unknown stays out; every list is limited,
//! because a hostile dataset may name thousands; the whole is in `record.json`.

use pinfold_core::model::Dataset;

use crate::catalogue::{Catalogue, Entry, SiteFile};

mod cite;
mod datacite;
mod facts;
mod head;
mod llms;
mod schema_org;
mod whole;

pub(crate) use cite::{Work, is_doi, registered_doi, site_url};

/// What a citation of a dataset is made of.
pub(crate) fn work(catalogue: &Catalogue, dataset: &Dataset) -> Work {
    Work::new(&catalogue.site, dataset, None)
}

/// A ROR identifier as an address, if it is one.
pub(crate) fn ror(id: Option<&str>) -> Option<String> {
    let id = id?.trim();
    let tail =
        id.strip_prefix("https://ror.org/").or_else(|| id.strip_prefix("http://ror.org/")).unwrap_or(id);
    let good = tail.len() == 9
        && tail.starts_with('0')
        && tail.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    good.then(|| format!("https://ror.org/{tail}"))
}

/// Names of the files beside a landing page.
pub(crate) fn files_of(_dataset: &Dataset, meta_car: bool) -> Vec<&'static str> {
    let mut names = vec!["record.json", "datacite.json", "datacite.xml", "schema.jsonld", "linkset.json"];
    if meta_car {
        names.push("meta.car");
    }
    names
}

/// What goes into the head of a landing page; `base` leads to the dataset's folder.
pub(crate) fn head(catalogue: &Catalogue, entry: &Entry, base: &str) -> String {
    head::elements(catalogue, entry, base)
}

/// The catalogue as schema.org JSON-LD for its page, ready for a `script` element.
pub(crate) fn catalog_json_ld(catalogue: &Catalogue) -> String {
    schema_org::for_script(&schema_org::catalog(catalogue, true))
}

/// The body with which a dataset's DOI is registered at DataCite's REST API: `datacite.json`.
#[must_use]
pub fn datacite_json(catalogue: &Catalogue, dataset: &Dataset) -> serde_json::Value {
    datacite::json_body(catalogue, dataset)
}

/// The record in DataCite's XML: `datacite.xml`.
#[must_use]
pub fn datacite_xml(catalogue: &Catalogue, dataset: &Dataset) -> Vec<u8> {
    datacite::xml(catalogue, dataset)
}

/// `record.json`: the model, without e-mail addresses unless the site publishes them.
pub(crate) fn record_json(catalogue: &Catalogue, dataset: &Dataset) -> Vec<u8> {
    let mut dataset = dataset.clone();
    if !catalogue.site.publish_email {
        for person in &mut dataset.people {
            person.email = None;
        }
    }
    let mut bytes = serde_json::to_vec(&dataset).expect("the model has string keys only");
    bytes.push(b'\n');
    bytes
}

/// The records of one dataset, below `ds/<cid>/`.
pub(crate) fn dataset_files(catalogue: &Catalogue, entry: &Entry) -> Vec<SiteFile> {
    let dataset = &entry.dataset;
    let work = work(catalogue, dataset);
    let json = |value: serde_json::Value| {
        let mut bytes = serde_json::to_vec(&value).expect("is plain JSON");
        bytes.push(b'\n');
        bytes
    };
    let file = |name: &str, bytes: Vec<u8>| SiteFile { path: format!("ds/{}/{name}", dataset.cid), bytes };
    vec![
        file("record.json", record_json(catalogue, dataset)),
        file("datacite.json", json(datacite::json_body(catalogue, dataset))),
        file("datacite.xml", datacite::xml(catalogue, dataset)),
        file("schema.jsonld", json(schema_org::dataset(catalogue, dataset, schema_org::FULL))),
        file("linkset.json", json(head::linkset(catalogue, dataset))),
        file("citation.bib", work.bibtex().into_bytes()),
        file("citation.ris", work.ris().into_bytes()),
        file("citation.csl.json", json(work.csl())),
        file("citation.txt", work.txt().into_bytes()),
    ]
}

/// The records of the whole site; `addresses` are the paths of its pages.
pub(crate) fn site_files(catalogue: &Catalogue, addresses: &[String]) -> Vec<SiteFile> {
    whole::files(catalogue, addresses)
}
