//! What DataCite's metadata schema 4.7 wants beside what makes a record at all.
//!
//! Mandatory: identifier, creator, title, publisher, year, type. A missing creator or title is an error when
//! the dataset is read (`creator-missing`, `title-missing`); publisher and prefix are site.yaml's and missing
//! there is told by `pinfold doi plan`; an assumed year has its own code; the type is always Dataset.

use pinfold_core::finding::Finding;
use pinfold_core::model::Dataset;

use super::{finding, list, short};

/// What DataCite recommends and the record does not have, as words.
pub(super) fn missing(dataset: &Dataset) -> Vec<&'static str> {
    let absent = [
        ("a subject (`keywords`)", dataset.keywords.is_empty()),
        ("a date (`date_created` or `date_issued`)", dataset.dates.is_empty()),
        ("a related identifier (`references` with a DOI)", !related(dataset)),
        ("a description (`summary`)", dataset.summary.is_none()),
        (
            "a place (coordinates or `geospatial_*`)",
            dataset.extent.bbox.is_none() && dataset.extent.geometry.is_none(),
        ),
        (
            "an affiliation of a creator (`creator_institution` or `institution`)",
            dataset.creators().all(|person| person.affiliations.is_empty() && !person.organization)
                && dataset.institution.is_none(),
        ),
    ];
    absent.into_iter().filter(|(_, absent)| *absent).map(|(what, _)| what).collect()
}

/// Whether something that it refers to has an identifier.
pub(super) fn related(dataset: &Dataset) -> bool {
    dataset.references.iter().any(|reference| reference.doi.is_some() || reference.url.is_some())
}

pub(super) fn check(dataset: &Dataset, findings: &mut Vec<Finding>) {
    let missing = missing(dataset);
    if !missing.is_empty() {
        let message = format!("DataCite recommends for a DOI: {}", list(&missing));
        findings.push(finding("datacite-recommended", message));
    }
    if let Some(license) = dataset.license.as_ref().filter(|license| license.spdx.is_none()) {
        let message = format!("`{}` names no licence of the SPDX list", short(&license.text));
        findings.push(finding("license-not-spdx", message).attribute("license"));
    }
    if dataset.references.is_empty() {
        let message = "nothing is referred to: no paper, report or related dataset";
        findings.push(finding("references-missing", message).attribute("references"));
    }
}
