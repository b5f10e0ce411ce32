//! Climate and Forecast conventions: <https://cfconventions.org/cf-conventions/cf-conventions.html>.
//!
//! Units that parse (§3.1, reported when the dataset is read) and fit the standard name (§3.3), axes and
//! coordinates (§4, §5), boundaries (§7.1), calendars (§4.4.1), flags (§3.5), featureType (§9), names (§2.3).
//!
//! Cells (§7.2, §7.3): see [`cells`].
//!
//! Not checked: compression by gathering, grid mapping parameters, data types that only
//! netCDF-3 lacks. xarray keeps times as datetime64 or takes `units` and `calendar` apart; both are read.

use std::collections::BTreeSet;

use pinfold_core::cf::time::{Calendar, TimeUnits};
use pinfold_core::cf::units::{is_latitude, is_longitude, is_pressure};
use pinfold_core::finding::Finding;
use pinfold_core::model::{Dataset, Role, Variable};

use super::names::{self, Known};
use super::{finding, memo, report, short, text};

mod cells;

/// CF's discrete sampling geometries, in lower case.
const FEATURE_TYPES: [&str; 6] =
    ["point", "timeseries", "trajectory", "profile", "timeseriesprofile", "trajectoryprofile"];

/// What may follow a standard name (CF appendix C).
const MODIFIERS: [&str; 4] = ["detection_minimum", "number_of_observations", "standard_error", "status_flag"];

/// CF's names that are read as civil here; other than those of [`Calendar::parse`].
const MORE_CALENDARS: [&str; 4] = ["julian", "none", "utc", "tai"];

type Faults<'a> = Vec<(&'a str, String)>;

pub(super) fn check(dataset: &Dataset, findings: &mut Vec<Finding>) {
    names_and_units(dataset, findings);
    axes(dataset, findings);
    references(dataset, findings);
    cells::check(dataset, findings);
    features(dataset, findings);
    flags(dataset, findings);
}

/// The standard name without a modifier.
fn plain(standard_name: &str) -> &str {
    match standard_name.split_once(' ') {
        Some((name, modifier)) if MODIFIERS.contains(&modifier.trim()) => name,
        _ => standard_name,
    }
}

/// Whether the standard name is one, now or formerly.
pub(super) fn is_standard(standard_name: &str) -> bool {
    names::find(plain(standard_name)).is_some()
}

fn is_time(variable: &Variable) -> bool {
    variable.dtype.starts_with("datetime") || variable.dtype.starts_with("timedelta")
}

fn names_and_units(dataset: &Dataset, findings: &mut Vec<Finding>) {
    let (mut unknown, mut alias, mut units_of) = (Faults::new(), Faults::new(), Faults::new());
    let (mut invalid, mut nameless) = (Faults::new(), Faults::new());
    for variable in &dataset.variables {
        let name = variable.name.as_str();
        let last = name.rsplit('/').next().unwrap_or(name);
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !last.starts_with(|c: char| c.is_ascii_alphabetic()) || !last.chars().all(allowed) {
            invalid.push((name, format!("`{}` is no name by CF", short(last))));
        }
        if variable.role == Role::Data && variable.standard_name.is_none() && variable.long_name.is_none() {
            nameless.push((name, format!("{name} has neither `standard_name` nor `long_name`")));
        }
        let Some(standard_name) = variable.standard_name.as_deref() else { continue };
        let (known, is_plain) = (names::find(plain(standard_name)), plain(standard_name) == standard_name);
        let canonical = match known {
            None => {
                // A search through the table costs a millisecond, for the first of a name.
                let meant = if unknown.is_empty() { memo::closest(standard_name) } else { None };
                let meant = meant.map(|name| format!("; perhaps `{name}` is meant")).unwrap_or_default();
                let said = format!("`{}` of {name} is not in the table of CF{meant}", short(standard_name));
                unknown.push((name, said));
                continue;
            }
            Some(Known::Alias(today)) => {
                alias.push((name, format!("`{}` of {name} is called `{today}` today", short(standard_name))));
                match names::find(today) {
                    Some(Known::Name(units)) => units,
                    _ => continue,
                }
            }
            Some(Known::Name(units)) => units,
        };
        let Some(units) = variable.units.as_deref().filter(|units| is_plain && !units.contains(" since "))
        else {
            continue;
        };
        if canonical.is_empty() || is_time(variable) {
            continue;
        }
        if let (Some(own), Some(wanted)) = (memo::unit(units), memo::unit(canonical))
            && !own.is_comparable(&wanted)
        {
            let said = format!(
                "{name} is in `{}`, which does not convert into `{canonical}` of {standard_name}",
                short(units)
            );
            units_of.push((name, said));
        }
    }
    report(findings, "standard-name-unknown", Some("standard_name"), &unknown);
    report(findings, "standard-name-alias", Some("standard_name"), &alias);
    report(findings, "units-of-standard-name", Some("units"), &units_of);
    report(findings, "name-invalid", None, &invalid);
    report(findings, "names-missing", Some("long_name"), &nameless);
}

fn axes(dataset: &Dataset, findings: &mut Vec<Finding>) {
    let (mut invalid, mut units_of, mut positive) = (Faults::new(), Faults::new(), Faults::new());
    let (mut calendars, mut times) = (Faults::new(), Faults::new());
    for variable in &dataset.variables {
        let name = variable.name.as_str();
        let units = variable.units.as_deref().unwrap_or_default();
        let standard_name = variable.standard_name.as_deref().unwrap_or_default();
        if let Some(axis) = text(&variable.attributes, "axis")
            && !matches!(axis, "X" | "Y" | "Z" | "T")
        {
            invalid.push((name, format!("`axis` of {name} is `{}`", short(axis))));
        }
        let is_coordinate = matches!(variable.role, Role::Dimension | Role::Coordinate);
        let wrong = match standard_name {
            "latitude" => !is_latitude(units),
            "longitude" => !is_longitude(units),
            _ => false,
        };
        if is_coordinate && wrong {
            let said = if units.is_empty() {
                format!("{name} has no units")
            } else {
                format!("{name} is in `{}`", short(units))
            };
            units_of.push((name, said));
        }
        // Pressure needs none.
        let is_vertical = variable.axis.as_deref() == Some("Z") && is_coordinate;
        if is_vertical && !is_pressure(units) && text(&variable.attributes, "positive").is_none() {
            positive.push((name, format!("the vertical coordinate {name} has no `positive`")));
        }
        let calendar = text(&variable.attributes, "calendar");
        let known = |name: &str| {
            Calendar::parse(name).is_some() || MORE_CALENDARS.contains(&name.to_ascii_lowercase().as_str())
        };
        if let Some(calendar) = calendar.filter(|calendar| !known(calendar)) {
            calendars.push((name, format!("the calendar of {name} is `{}`", short(calendar))));
        } else if units.contains(" since ") && TimeUnits::parse(units, None).is_none() {
            times.push((name, format!("`{}` of {name} cannot be read as a time", short(units))));
        }
    }
    report(findings, "axis-invalid", Some("axis"), &invalid);
    report(findings, "axis-units", Some("units"), &units_of);
    report(findings, "positive-missing", Some("positive"), &positive);
    report(findings, "calendar-unknown", Some("calendar"), &calendars);
    report(findings, "time-units-unreadable", Some("units"), &times);
}

/// Attributes that name other variables.
fn references(dataset: &Dataset, findings: &mut Vec<Finding>) {
    let known: BTreeSet<&str> = dataset.variables.iter().map(|variable| variable.name.as_str()).collect();
    let (mut coordinates, mut bounds, mut ancillary) = (Faults::new(), Faults::new(), Faults::new());
    for variable in &dataset.variables {
        let name = variable.name.as_str();
        // In the variable's own group or any above it.
        let find = |wanted: &str| -> Option<String> {
            let mut group = name.rsplit_once('/').map_or("", |(group, _)| group);
            loop {
                let path = if group.is_empty() { wanted.to_owned() } else { format!("{group}/{wanted}") };
                if known.contains(path.as_str()) {
                    return Some(path);
                }
                if group.is_empty() {
                    return None;
                }
                group = group.rsplit_once('/').map_or("", |(group, _)| group);
            }
        };
        for attribute in ["coordinates", "ancillary_variables", "cell_measures", "grid_mapping"] {
            let Some(words) = text(&variable.attributes, attribute) else { continue };
            let lost = words
                .split_whitespace()
                .filter(|word| !word.ends_with(':'))
                .find(|word| find(word).is_none());
            if let Some(lost) = lost {
                let said = format!("`{attribute}` of {name} names {}, which is not there", short(lost));
                if attribute == "coordinates" { &mut coordinates } else { &mut ancillary }.push((name, said));
            }
        }
        for attribute in ["bounds", "climatology"] {
            let Some(wanted) = text(&variable.attributes, attribute) else { continue };
            let found =
                find(wanted).and_then(|path| dataset.variables.iter().find(|other| other.name == path));
            let fits = |other: &Variable| {
                other.shape.len() == variable.shape.len() + 1 && other.shape.starts_with(&variable.shape)
            };
            let said = match found {
                None => format!("`{attribute}` of {name} names {}, which is not there", short(wanted)),
                Some(other) if !fits(other) => {
                    format!(
                        "{} of shape {:?} cannot be the bounds of {name} {:?}",
                        other.name, other.shape, variable.shape
                    )
                }
                Some(_) => continue,
            };
            bounds.push((name, said));
        }
    }
    report(findings, "coordinates-unresolved", Some("coordinates"), &coordinates);
    report(findings, "bounds-unresolved", Some("bounds"), &bounds);
    report(findings, "ancillary-unresolved", None, &ancillary);
}

fn features(dataset: &Dataset, findings: &mut Vec<Finding>) {
    let Some(feature) = text(&dataset.attributes, "featureType") else { return };
    let folded = feature.to_ascii_lowercase().replace(['_', ' '], "");
    if !FEATURE_TYPES.contains(&folded.as_str()) {
        let said = format!("`featureType` is `{}`", short(feature));
        findings.push(finding("feature-type-unknown", said).attribute("featureType"));
        return;
    }
    let has_role = dataset.variables.iter().any(|variable| text(&variable.attributes, "cf_role").is_some());
    if folded != "point" && !has_role {
        let said = format!("`featureType` is {feature}, but no variable has a `cf_role`");
        findings.push(finding("feature-type-ids", said).attribute("featureType"));
    }
}

fn flags(dataset: &Dataset, findings: &mut Vec<Finding>) {
    let mut faults = Faults::new();
    for variable in &dataset.variables {
        let Some(meanings) = text(&variable.attributes, "flag_meanings") else { continue };
        let values = ["flag_values", "flag_masks"].iter().find_map(|name| variable.attributes.get(*name));
        let count = match values {
            Some(serde_json::Value::Array(values)) => values.len(),
            Some(serde_json::Value::String(text)) => {
                text.split([',', ' ']).filter(|part| !part.trim().is_empty()).count()
            }
            Some(_) => 1,
            None => 0,
        };
        let words = meanings.split_whitespace().count();
        if words != count {
            faults
                .push((&variable.name, format!("{} has {words} meanings for {count} values", variable.name)));
        }
    }
    report(findings, "flags-differ", Some("flag_meanings"), &faults);
}
