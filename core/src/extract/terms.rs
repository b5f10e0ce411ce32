//! Keywords and other lists, dates, funding: short texts with a form.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::first_of;
use crate::cf::time::normalise;
use crate::model::{Dates, Funding};

/// A list as people write it: by semicolons and lines where there are any, else by commas; quotation marks
/// and parentheses keep commas, GCMD's ` > ` stays together. What was there before is left out.
#[must_use]
pub fn list(text: &str) -> Vec<String> {
    let separators: &[char] = if text.contains([';', '\n']) { &[';', '\n'] } else { &[','] };
    let mut seen = BTreeSet::new();
    split(text, separators).into_iter().filter(|part| seen.insert(part.to_lowercase())).take(5_000).collect()
}

/// Names of which the second part only says where the first one is: `Lamont, Oklahoma` is one place.
///
/// Of states and countries where field stations commonly are; every other comma parts two names.
#[must_use]
pub fn places(names: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let region = REGIONS.iter().any(|region| region.eq_ignore_ascii_case(&name));
        match out.last_mut() {
            Some(place) if region => *place = format!("{place}, {name}"),
            _ => out.push(name),
        }
    }
    out
}

/// States of the United States and countries, as they follow the name of a station.
const REGIONS: [&str; 115] = [
    "Alabama",
    "Alaska",
    "Arizona",
    "Arkansas",
    "California",
    "Colorado",
    "Connecticut",
    "Delaware",
    "Florida",
    "Georgia",
    "Hawaii",
    "Idaho",
    "Illinois",
    "Indiana",
    "Iowa",
    "Kansas",
    "Kentucky",
    "Louisiana",
    "Maine",
    "Maryland",
    "Massachusetts",
    "Michigan",
    "Minnesota",
    "Mississippi",
    "Missouri",
    "Montana",
    "Nebraska",
    "Nevada",
    "New Hampshire",
    "New Jersey",
    "New Mexico",
    "New York",
    "North Carolina",
    "North Dakota",
    "Ohio",
    "Oklahoma",
    "Oregon",
    "Pennsylvania",
    "Rhode Island",
    "South Carolina",
    "South Dakota",
    "Tennessee",
    "Texas",
    "Utah",
    "Vermont",
    "Virginia",
    "Washington",
    "West Virginia",
    "Wisconsin",
    "Wyoming",
    "USA",
    "United States",
    "Puerto Rico",
    "Canada",
    "Mexico",
    "Brazil",
    "Argentina",
    "Chile",
    "Peru",
    "Bolivia",
    "Ecuador",
    "Colombia",
    "Costa Rica",
    "Barbados",
    "Cabo Verde",
    "Cape Verde",
    "Morocco",
    "Algeria",
    "Egypt",
    "Niger",
    "Nigeria",
    "Ghana",
    "Benin",
    "Kenya",
    "Rwanda",
    "Uganda",
    "Tanzania",
    "Namibia",
    "South Africa",
    "Germany",
    "France",
    "Italy",
    "Spain",
    "Portugal",
    "Switzerland",
    "Austria",
    "Greece",
    "Cyprus",
    "Israel",
    "Poland",
    "Netherlands",
    "Belgium",
    "Denmark",
    "Norway",
    "Sweden",
    "Finland",
    "Estonia",
    "Iceland",
    "Ireland",
    "UK",
    "United Kingdom",
    "England",
    "Scotland",
    "Greenland",
    "Svalbard",
    "Russia",
    "Turkey",
    "India",
    "China",
    "Japan",
    "Korea",
    "Taiwan",
    "Indonesia",
    "Australia",
    "New Zealand",
];

/// Splits outside of quotation marks and parentheses; parts are trimmed, empty ones are dropped.
#[must_use]
pub fn split(text: &str, separators: &[char]) -> Vec<String> {
    let mut parts = Vec::new();
    let (mut quoted, mut depth, mut start) = (false, 0u32, 0);
    // What is never closed keeps nothing together.
    let quotes_close = text.matches('"').count().is_multiple_of(2);
    let parentheses_close = text.matches('(').count() == text.matches(')').count();
    for (at, c) in text.char_indices() {
        match c {
            '"' if quotes_close => quoted = !quoted,
            '(' if parentheses_close => depth += 1,
            ')' if parentheses_close => depth = depth.saturating_sub(1),
            _ if !quoted && depth == 0 && separators.contains(&c) => {
                parts.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    let unquoted = |part: &str| {
        let part = part.trim();
        let inner = part.strip_prefix('"').and_then(|part| part.strip_suffix('"')).unwrap_or(part);
        inner.trim().to_owned()
    };
    parts.into_iter().map(unquoted).filter(|part| !part.is_empty()).collect()
}

/// Attributes of the dates that a record has: created, modified, issued.
pub(crate) const DATES: [&[&str]; 3] = [
    &["date_created", "creation_date", "creation_time", "created"],
    &["date_modified", "date_metadata_modified"],
    &["date_issued", "date_published"],
];

/// The dates, as far as they are dates.
pub(crate) fn dates(attributes: &Map<String, Value>) -> Dates {
    let [created, modified, issued] =
        DATES.map(|names| first_of(attributes, names).and_then(|text| normalise(&text)));
    Dates { created, modified, issued }
}

/// `funding`, `funder` with `award`.
pub(crate) fn funding(attributes: &Map<String, Value>) -> Vec<Funding> {
    let Some(text) = first_of(attributes, &["funding", "funder", "funding_source"]) else {
        return Vec::new();
    };
    let awards = list(&first_of(attributes, &["award", "award_number", "grant"]).unwrap_or_default());
    list(&text)
        .into_iter()
        .enumerate()
        .map(|(at, funder)| Funding { funder, award: awards.get(at).cloned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stay_whole_and_lists_stay_lists() {
        assert_eq!(places(list("Lamont, Oklahoma")), ["Lamont, Oklahoma"]);
        assert_eq!(places(list("INMG, RV Meteor, BCO")), ["INMG", "RV Meteor", "BCO"]);
        assert_eq!(places(list("Mindelo, Cabo Verde, HALO")), ["Mindelo, Cabo Verde", "HALO"]);
        assert_eq!(places(list("Oklahoma")), ["Oklahoma"]);
    }

    #[test]
    fn lists() {
        assert_eq!(list("a, b,, \"c, d\", a"), ["a", "b", "c, d"]);
        assert_eq!(list("EARTH SCIENCE > ATMOSPHERE; b, c"), ["EARTH SCIENCE > ATMOSPHERE", "b, c"]);
        assert_eq!(list("5\" pipe, b"), ["5\" pipe", "b"]);
    }
}
