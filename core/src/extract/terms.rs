//! Keywords and other lists, dates, funding: short texts with a form.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::first_of;
use super::ids::{doi, ror};
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

/// `funding` or `funder` with `award`, by position; identifiers and award numbers also from within the text:
/// `DFG (https://ror.org/018mejw64), grant 422798570`.
pub(crate) fn funding(attributes: &Map<String, Value>) -> Vec<Funding> {
    let lists = |names: &[&str]| list(&first_of(attributes, names).unwrap_or_default());
    let Some(text) = first_of(attributes, &["funding", "funder", "funding_source"]) else {
        return Vec::new();
    };
    let awards = lists(&["award", "award_number", "grant", "grant_number", "funding_award_number"]);
    let titles = lists(&["award_title", "funding_award_title"]);
    let urls = lists(&["award_url", "award_uri", "funding_award_uri"]);
    let identifiers =
        lists(&["funder_identifier", "funder_id", "funding_identifier", "funder_ror", "funder_doi"]);
    let mut out: Vec<Funding> = Vec::new();
    for part in list(&text) {
        let found = funder_of(&part);
        match out.last_mut() {
            // `DFG, grant 422798570`: what only numbers an award belongs to the funder before it.
            Some(before) if found.funder.is_empty() => {
                before.award = before.award.take().or(found.award);
                before.identifier = before.identifier.take().or(found.identifier);
            }
            _ if found.funder.is_empty() => out.push(Funding { funder: part, ..found }),
            _ => out.push(found),
        }
    }
    for (at, funding) in out.iter_mut().enumerate() {
        let given = identifiers.get(at).map(|text| funder_id(text).unwrap_or_else(|| text.clone()));
        funding.identifier = given.or(funding.identifier.take());
        funding.award = awards.get(at).cloned().or(funding.award.take());
        funding.award_title = titles.get(at).cloned();
        funding.award_url = urls.get(at).filter(|url| url.starts_with("http")).cloned();
    }
    out
}

/// A ROR or a Crossref Funder ID as an address.
fn funder_id(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || "()[]<>,;".contains(c)).take(50);
    words.map(|word| word.trim_end_matches('.')).find_map(|word| {
        let funder = || doi(word).filter(|doi| doi.starts_with("10.13039/"));
        ror(word).or_else(|| funder().map(|doi| format!("https://doi.org/{doi}")))
    })
}

/// A funder as somebody wrote it, parted into name, identifier and award number.
fn funder_of(text: &str) -> Funding {
    const NUMBERED: [&str; 10] = [
        "grant agreement",
        "grant number",
        "grant no",
        "grant",
        "award number",
        "award no",
        "award",
        "project number",
        "project no",
        "contract",
    ];
    let lower = text.to_ascii_lowercase();
    // The number behind the word: letters, digits and what joins them, with at least two digits.
    let award = NUMBERED.iter().find_map(|word| {
        let at = lower.find(word)?;
        let behind = text[at + word.len()..]
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '.' | ':' | '#' | '=' | 's'));
        let behind = ["number", "no.", "no", "id", "Number", "No.", "No", "ID", "Nr."]
            .iter()
            .find_map(|word| behind.strip_prefix(word))
            .unwrap_or(behind)
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '.' | ':' | '#' | '='));
        let end = behind.find(|c: char| !(c.is_alphanumeric() || "-/._".contains(c))).unwrap_or(behind.len());
        let number = behind[..end].trim_end_matches(['.', '/', '-']);
        (number.bytes().filter(u8::is_ascii_digit).count() >= 2).then(|| (at, number.to_owned()))
    });
    let identifier = funder_id(text);
    let mut end = award.as_ref().map_or(text.len(), |(at, _)| *at);
    if identifier.is_some() {
        let address =
            ["http", "ror.org", "doi:", "10.13039", "ROR"].iter().filter_map(|mark| text.find(mark)).min();
        end = end.min(address.unwrap_or(end));
    }
    let name = text[..end].trim_end_matches(|c: char| c.is_whitespace() || "(,;:[-–<".contains(c));
    let name = ["under", "through", "with", "by"].iter().fold(name, |name, word| {
        name.strip_suffix(word).filter(|rest| rest.ends_with(' ')).unwrap_or(name).trim_end()
    });
    Funding {
        funder: name.to_owned(),
        identifier,
        award: award.map(|(_, number)| number),
        ..Funding::default()
    }
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
    fn funders_with_what_identifies_them() {
        let of = |value: Value| {
            let funding = funding(value.as_object().unwrap());
            let words = funding.into_iter().map(|f| {
                let parts = [Some(f.funder), f.identifier, f.award, f.award_title, f.award_url];
                parts.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join("|")
            });
            words.collect::<Vec<_>>()
        };
        assert_eq!(
            of(
                serde_json::json!({"funding": "DFG (https://ror.org/018mejw64), grant 422798570; NSF award AGS-1234567"})
            ),
            ["DFG|https://ror.org/018mejw64|422798570||", "NSF||AGS-1234567||"]
        );
        assert_eq!(
            of(serde_json::json!({"funder": "European Research Council, DLR",
                "funder_identifier": "https://doi.org/10.13039/501100000781, https://ror.org/04bwf3e34",
                "award": "714062", "award_title": "C2Phase", "award_uri": "https://cordis.europa.eu/project/id/714062"})),
            [
                "European Research Council|https://doi.org/10.13039/501100000781|714062|C2Phase|https://cordis.europa.eu/project/id/714062",
                "DLR|https://ror.org/04bwf3e34|||"
            ]
        );
        assert_eq!(
            of(serde_json::json!({"funding": "Horizon 2020 under grant agreement No 101003470"})),
            ["Horizon 2020||101003470||"]
        );
        assert_eq!(
            of(serde_json::json!({"funding": "Max Planck Society, institutional grants"})),
            ["Max Planck Society||||", "institutional grants||||"]
        );
        assert_eq!(of(serde_json::json!({"funding": "grant 12345"})), ["grant 12345||12345||"]);
    }

    #[test]
    fn lists() {
        assert_eq!(list("a, b,, \"c, d\", a"), ["a", "b", "c, d"]);
        assert_eq!(list("EARTH SCIENCE > ATMOSPHERE; b, c"), ["EARTH SCIENCE > ATMOSPHERE", "b, c"]);
        assert_eq!(list("5\" pipe, b"), ["5\" pipe", "b"]);
    }
}
