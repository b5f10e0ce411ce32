//! What makes metadata useful to others. Entry point: [`judge`].
//!
//! One room per family: `acdd`, `cf` (with the table of standard names in `names`), `datacite`,
//! `zarr`; `score` sums up. Everything here is a pure function of the record: what can only be told while
//! data are read (extents, order of times, check digits of ORCID and ROR) is `core::extract`'s.
//!
//! A rule gives at most one finding of a code per dataset: it names the first variable and counts the others.
//! The pages of the codes are in `core::finding::codes`.

use pinfold_core::finding::{Finding, codes};
use pinfold_core::model::Dataset;
use serde_json::Value;

mod acdd;
mod cf;
mod datacite;
mod memo;
pub mod names;
mod score;
mod zarr;

#[cfg(test)]
mod tests;

/// Names in one message.
const NAMED: usize = 12;

/// Adds the findings of all rules and the score. Judging again changes nothing.
pub fn judge(dataset: &mut Dataset) {
    let own = |finding: &Finding| OWN.contains(&finding.code.as_str());
    dataset.findings.retain(|finding| !own(finding));
    // A tombstone has nothing to be judged by.
    if dataset.format.is_empty() {
        dataset.score = None;
        return;
    }
    let mut findings = Vec::new();
    acdd::check(dataset, &mut findings);
    datacite::check(dataset, &mut findings);
    if dataset.format.starts_with("Zarr") {
        cf::check(dataset, &mut findings);
        zarr::check(dataset, &mut findings);
    }
    debug_assert!(findings.iter().all(own), "a code is missing in OWN");
    dataset.findings.extend(findings);
    dataset.score = Some(score::score(dataset));
}

/// What points are given for: the part of FAIR, the points, what to do.
pub fn criteria() -> impl Iterator<Item = (&'static str, f64, &'static str)> {
    score::CRITERIA.iter().map(|criterion| (criterion.part, criterion.points, criterion.what))
}

/// The codes that come from here.
const OWN: [&str; 26] = [
    "acdd-recommended",
    "acdd-suggested",
    "ancillary-unresolved",
    "axis-invalid",
    "axis-units",
    "bounds-unresolved",
    "calendar-unknown",
    "chunks-many",
    "chunks-over-blocks",
    "chunks-small",
    "codec-exotic",
    "conventions-missing",
    "coordinates-unresolved",
    "datacite-recommended",
    "feature-type-ids",
    "feature-type-unknown",
    "flags-differ",
    "license-not-spdx",
    "name-invalid",
    "names-missing",
    "positive-missing",
    "references-missing",
    "standard-name-alias",
    "standard-name-unknown",
    "time-units-unreadable",
    "units-of-standard-name",
];

/// A finding of a code of the table, with its severity and hint.
fn finding(code: &str, message: impl Into<String>) -> Finding {
    let known = codes::find(code).expect("every code is in the table");
    Finding::new(known.severity, code, message).hint(known.hint)
}

/// One finding for all variables that a rule is about: `faults` are their names and what is wrong with each.
fn report(findings: &mut Vec<Finding>, code: &str, attribute: Option<&str>, faults: &[(&str, String)]) {
    let [(variable, what), rest @ ..] = faults else { return };
    let more = match rest {
        [] => String::new(),
        [(other, _)] => format!("; {other} has the same fault"),
        _ => format!("; {} more variables have the same fault", rest.len()),
    };
    let mut one = finding(code, format!("{what}{more}")).variable(*variable);
    if let Some(attribute) = attribute {
        one = one.attribute(attribute);
    }
    findings.push(one);
}

/// An attribute as text that is not empty.
fn text<'a>(attributes: &'a serde_json::Map<String, Value>, name: &str) -> Option<&'a str> {
    attributes.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// At most so many characters of what somebody wrote.
fn short(text: &str) -> String {
    let mut cut: String = text.chars().take(60).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// The first names of a list and how many there are beyond.
fn list(names: &[&str]) -> String {
    let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
