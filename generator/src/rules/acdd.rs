//! Attribute Convention for Data Discovery 1.3: <https://wiki.esipfed.org/Attribute_Convention_for_Data_Discovery_1-3>.
//!
//! Of the highly recommended attributes `title`, `summary` and `keywords` have codes of their own (they are
//! reported when a dataset is read) and `Conventions` has one here. **Left out on purpose**, because the
//! catalogue computes or supplies them: `id` and `naming_authority` (the CID and the DOI), `geospatial_*` and
//! `time_coverage_*` (computed; compared where given), `publisher_*` (site.yaml), `date_metadata_modified`.

use pinfold_core::finding::Finding;
use pinfold_core::model::Dataset;
use serde_json::Value;

use super::{finding, list};

/// Recommended attributes, with the names under which they are found as well.
pub(super) const RECOMMENDED: [&[&str]; 11] = [
    &["history", "lineage"],
    &["source"],
    &["processing_level", "proc_level", "data_level"],
    &["comment"],
    &["acknowledgement", "acknowledgment"],
    &["date_created", "creation_date", "created"],
    &["creator_email", "contact", "contact_email", "author_email"],
    &["creator_url", "creator_orcid", "creator_id"],
    &["institution", "institute"],
    &["project", "campaign", "campaign_id"],
    &["standard_name_vocabulary"],
];

/// Suggested attributes.
pub(super) const SUGGESTED: [&[&str]; 12] = [
    &["platform", "platform_id", "platform_name"],
    &["instrument", "instruments", "sensor"],
    &["product_version", "version"],
    &["references"],
    &["program"],
    &["contributor_name"],
    &["contributor_role"],
    &["creator_type"],
    &["creator_institution"],
    &["date_modified"],
    &["keywords_vocabulary"],
    &["metadata_link"],
];

/// Whether one of the names is there and says something.
pub(super) fn has(dataset: &Dataset, names: &[&str]) -> bool {
    names.iter().any(|name| match dataset.attributes.get(*name) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(values)) => !values.is_empty(),
        Some(_) => true,
    })
}

/// The first names of those that are missing.
pub(super) fn missing(dataset: &Dataset, wanted: &[&'static [&'static str]]) -> Vec<&'static str> {
    wanted.iter().filter(|names| !has(dataset, names)).filter_map(|names| names.first().copied()).collect()
}

pub(super) fn check(dataset: &Dataset, findings: &mut Vec<Finding>) {
    if !has(dataset, &["Conventions", "conventions"]) && dataset.format.starts_with("Zarr") {
        let message = "no `Conventions` are named: programs cannot know how to read the attributes";
        findings.push(finding("conventions-missing", message).attribute("Conventions"));
    }
    for (code, word, wanted) in
        [("acdd-recommended", "recommends", &RECOMMENDED[..]), ("acdd-suggested", "suggests", &SUGGESTED[..])]
    {
        let missing = missing(dataset, wanted);
        if let [first, ..] = missing.as_slice() {
            let message = format!("not there, though ACDD {word} it: {}", list(&missing));
            findings.push(finding(code, message).attribute(*first));
        }
    }
}
