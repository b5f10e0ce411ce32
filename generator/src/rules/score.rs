//! The score of a dataset: how well others can find, open, understand and reuse it.
//!
//! A list of criteria with points, each fulfilled by a fraction between 0 and 1. What does not apply to a
//! dataset (standard names where there are no measurements) counts neither for nor against it. The points are
//! told on the page of the checks, which is written from [`CRITERIA`].

use pinfold_core::model::{Dataset, Raise, Role, Score, ScorePart, Variable};

use super::{acdd, cf, datacite, memo, zarr};

/// Something that points are given for.
pub(crate) struct Criterion {
    /// The part of FAIR.
    pub(crate) part: &'static str,
    /// Points when it is wholly fulfilled.
    pub(crate) points: f64,
    /// What would fulfil it.
    pub(crate) what: &'static str,
    /// The fraction that is fulfilled; `None` where it does not apply.
    fraction: fn(&Dataset) -> Option<f64>,
}

const fn points(
    part: &'static str,
    points: f64,
    what: &'static str,
    fraction: fn(&Dataset) -> Option<f64>,
) -> Criterion {
    Criterion { part, points, what, fraction }
}

/// All criteria; together 100 points where all apply.
pub(crate) const CRITERIA: [Criterion; 24] = [
    points("findable", 6.0, "Give it a title", |d| yes(d.title.is_some())),
    points("findable", 6.0, "Write a summary of at least 100 characters", |d| {
        let length = d.summary.as_deref().map_or(0, |text| text.chars().count());
        Some((length as f64 / 100.0).min(1.0))
    }),
    points("findable", 4.0, "Name at least three keywords", |d| {
        Some((d.keywords.len() as f64 / 3.0).min(1.0))
    }),
    points("findable", 6.0, "Name the creators", |d| yes(d.creators().next().is_some())),
    points("findable", 3.0, "Give the ORCIDs of the creators", |d| {
        fraction(d.creators().filter(|p| !p.organization).map(|person| person.orcid.is_some()))
    }),
    points("findable", 4.0, "Let the times be readable, or declare time_coverage_start and _end", |d| {
        yes(d.extent.time.is_some())
    }),
    points("findable", 4.0, "Let the positions be readable, or declare geospatial_*", |d| {
        yes(d.extent.bbox.is_some())
    }),
    points("accessible", 5.0, "Consolidate the metadata", |d| {
        d.format.starts_with("Zarr").then(|| no_finding(d, "metadata-not-consolidated"))
    }),
    points("accessible", 6.0, "Store all arrays so that they can be read everywhere", |d| {
        fraction(d.variables.iter().map(|v| v.unsupported.is_none()))
    }),
    points("accessible", 4.0, "Choose chunks that are neither tiny nor countless", |d| {
        fraction(d.variables.iter().map(|v| !zarr::is_crumbled(v) && zarr::file_count(v) <= 100_000))
    }),
    points("accessible", 2.0, "Write the metadata as strict JSON", |d| Some(no_finding(d, "json-nan"))),
    points("interoperable", 10.0, "Give all measurements units that UDUNITS reads", |d| {
        let has =
            |v: &Variable| !v.flags.is_empty() || v.units.as_deref().is_some_and(|u| memo::unit(u).is_some());
        fraction(measured(d).map(|v| has(v) || v.attributes.contains_key("units")))
    }),
    points("interoperable", 7.0, "Give the measurements standard names of CF", |d| {
        fraction(measured(d).map(|v| v.standard_name.as_deref().is_some_and(cf::is_standard)))
    }),
    points("interoperable", 4.0, "Give all measurements a long_name", |d| {
        fraction(measured(d).map(|v| v.long_name.is_some()))
    }),
    points("interoperable", 3.0, "Name the Conventions", |d| {
        d.format.starts_with("Zarr").then(|| no_finding(d, "conventions-missing"))
    }),
    points("interoperable", 4.0, "Mend what coordinates, bounds and axes name wrongly", |d| {
        let codes =
            ["coordinates-unresolved", "bounds-unresolved", "axis-units", "axis-invalid", "flags-differ"];
        d.format.starts_with("Zarr").then(|| codes.iter().map(|code| no_finding(d, code)).product())
    }),
    points("interoperable", 3.0, "Let the times run in one direction, in a calendar of CF", |d| {
        let codes = ["time-not-monotonic", "time-units-unreadable", "calendar-unknown"];
        d.extent.time.as_ref().map(|_| codes.iter().map(|code| no_finding(d, code)).product())
    }),
    points("reusable", 5.0, "Give a licence", |d| yes(d.license.is_some())),
    points("reusable", 3.0, "Name the licence by its SPDX identifier", |d| {
        d.license.as_ref().map(|license| f64::from(u8::from(license.spdx.is_some())))
    }),
    points("reusable", 3.0, "Refer to papers or related datasets by DOI or address", |d| {
        yes(datacite::related(d))
    }),
    points("reusable", 3.0, "Tell the history: what was done to the data", |d| yes(!d.lineage.is_empty())),
    points("reusable", 2.0, "Name the institution", |d| {
        yes(d.institution.is_some() || d.creators().any(|p| p.organization || !p.affiliations.is_empty()))
    }),
    points("reusable", 2.0, "Set what else ACDD recommends", |d| {
        let missing = acdd::missing(d, &acdd::RECOMMENDED).len() as f64;
        Some(1.0 - missing / acdd::RECOMMENDED.len() as f64)
    }),
    points("reusable", 1.0, "Correct what is declared of time and place", |d| {
        d.extent
            .declared
            .as_ref()
            .map(|_| no_finding(d, "bbox-differs") * no_finding(d, "time-coverage-differs"))
    }),
];

fn yes(is_there: bool) -> Option<f64> {
    Some(f64::from(u8::from(is_there)))
}

fn fraction(items: impl Iterator<Item = bool>) -> Option<f64> {
    let (good, all) = items.fold((0u32, 0u32), |(good, all), is_good| (good + u32::from(is_good), all + 1));
    (all > 0).then(|| f64::from(good) / f64::from(all))
}

fn no_finding(dataset: &Dataset, code: &str) -> f64 {
    f64::from(u8::from(!dataset.findings.iter().any(|finding| finding.code == code)))
}

fn measured(dataset: &Dataset) -> impl Iterator<Item = &Variable> {
    dataset.variables.iter().filter(|variable| variable.role == Role::Data && !variable.shape.is_empty())
}

/// One digit behind the point: what a person can use.
fn rounded(points: f64) -> f64 {
    (points * 10.0).round() / 10.0
}

/// The score of a dataset whose findings are complete.
pub(super) fn score(dataset: &Dataset) -> Score {
    let judged: Vec<(&Criterion, f64)> =
        CRITERIA.iter().filter_map(|criterion| Some((criterion, (criterion.fraction)(dataset)?))).collect();
    let possible: f64 = judged.iter().map(|(criterion, _)| criterion.points).sum();
    let scale = if possible > 0.0 { 100.0 / possible } else { 0.0 };
    let had: f64 = judged.iter().map(|(criterion, part)| criterion.points * part).sum();
    let parts = ["findable", "accessible", "interoperable", "reusable"].map(|name| {
        let own = || judged.iter().filter(|(criterion, _)| criterion.part == name);
        ScorePart {
            name: name.to_owned(),
            points: rounded(own().map(|(criterion, part)| criterion.points * part).sum::<f64>() * scale),
            of: rounded(own().map(|(criterion, _)| criterion.points).sum::<f64>() * scale),
        }
    });
    let mut raise: Vec<Raise> = judged
        .iter()
        .map(|(criterion, part)| Raise {
            points: rounded(criterion.points * (1.0 - part) * scale),
            what: criterion.what.to_owned(),
        })
        .filter(|raise| raise.points > 0.0)
        .collect();
    // Stable: what weighs the same stays in the order of the criteria.
    raise.sort_by(|a, b| b.points.total_cmp(&a.points));
    // 99.6 is not everything.
    Score { points: (had * scale).floor() as u32, parts: parts.into(), raise }
}
