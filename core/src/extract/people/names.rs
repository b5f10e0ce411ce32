//! Names in a text: where one ends and the next begins, and which are of organisations.

use super::super::terms::split;

/// Words of which any makes a name that of an organisation.
const ORGANISATION_WORDS: [&str; 69] = [
    "university",
    "universität",
    "universitaet",
    "université",
    "universidad",
    "univ",
    "institute",
    "institut",
    "instituto",
    "institution",
    "center",
    "centre",
    "zentrum",
    "centro",
    "laboratory",
    "laboratoire",
    "lab",
    "agency",
    "department",
    "ministry",
    "service",
    "services",
    "office",
    "organization",
    "organisation",
    "facility",
    "team",
    "group",
    "consortium",
    "network",
    "observatory",
    "observatoire",
    "society",
    "college",
    "school",
    "council",
    "foundation",
    "programme",
    "program",
    "project",
    "survey",
    "administration",
    "gmbh",
    "inc",
    "ltd",
    "corporation",
    "company",
    "station",
    "data",
    "données",
    "support",
    "committee",
    "commission",
    "division",
    "archive",
    "museum",
    "academy",
    "association",
    "community",
    "national",
    "international",
    "federal",
    "deutsches",
    "research",
    "meteorological",
    "of",
    "for",
    "des",
    "the",
];

/// Words before a family name that belong to it.
pub(super) const PARTICLES: [&str; 17] = [
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "du", "la", "le", "ter", "ten",
    "zu", "zur",
];

/// Splits a text of names: at semicolons and newlines, else at commas unless these stand inside of
/// `Family, Given`; at "and" where both sides are persons.
pub(super) fn split_names(text: &str) -> Vec<String> {
    let parts = split(text, &[';', '\n', '|']);
    if parts.len() > 1 {
        return parts.iter().flat_map(|part| split_and(part)).collect();
    }
    let parts: Vec<String> = split(text, &[',']).iter().flat_map(|part| split_and(part)).collect();
    let quoted = text.contains('"');
    let is_family = |part: &str| {
        let words: Vec<&str> = part.split_whitespace().collect();
        let (last, before) = words.split_last().unwrap_or((&"", &[]));
        let capital = last.chars().next().is_some_and(char::is_uppercase);
        let shouted = last.chars().count() > 1 && !last.chars().any(char::is_lowercase);
        capital
            && !shouted
            && before.iter().all(|word| PARTICLES.contains(&word.to_lowercase().as_str()))
            && !part.ends_with('.')
    };
    let is_given = |part: &str| {
        let words: Vec<&str> = part.split_whitespace().collect();
        (1..=3).contains(&words.len())
            && words.iter().all(|word| word.chars().next().is_some_and(char::is_uppercase))
    };
    let pairs = !quoted
        && parts.len() >= 2
        && parts.len().is_multiple_of(2)
        && parts.chunks(2).all(|pair| {
            is_family(&pair[0])
                && is_given(&pair[1])
                && !is_organisation(&pair[0])
                && !is_organisation(&pair[1])
        });
    if pairs {
        return parts.chunks(2).map(|pair| format!("{}, {}", pair[0], pair[1])).collect();
    }
    // An organisation with its place: no list of persons.
    if parts.len() > 1
        && !quoted
        && parts.iter().any(|part| is_organisation(part))
        && !parts.iter().any(|part| is_person(part))
    {
        let organisations = parts.iter().filter(|part| is_organisation(part)).count();
        if organisations < parts.len() {
            return vec![text.trim().to_owned()];
        }
    }
    parts
}

/// "A. Giez and M. Zöger" are two, "National Oceanic and Atmospheric Administration" is one.
fn split_and(text: &str) -> Vec<String> {
    let text = text.trim();
    let text = text.strip_prefix("and ").or(text.strip_prefix("& ")).unwrap_or(text);
    if is_organisation(text) {
        return vec![text.to_owned()];
    }
    let sides: Vec<&str> = text.split(" and ").flat_map(|side| side.split(" & ")).map(str::trim).collect();
    if sides.len() > 1 && sides.iter().all(|side| is_person(side)) {
        return sides.into_iter().map(str::to_owned).collect();
    }
    vec![text.to_owned()]
}

fn is_person(text: &str) -> bool {
    let words = text.split_whitespace().count();
    (2..=6).contains(&words) && !is_organisation(text) && !text.chars().any(|c| c.is_ascii_digit())
}

pub(super) fn is_organisation(text: &str) -> bool {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '.')
        .filter(|word| !word.is_empty())
        .take(32)
        .collect();
    if let [word] = words[..] {
        // DLR, NOAA, UoS: no person is written so.
        let capitals = word.chars().filter(|c| c.is_uppercase()).count();
        return capitals >= 2 && 2 * capitals > word.chars().filter(|c| c.is_alphabetic()).count();
    }
    words.iter().any(|word| ORGANISATION_WORDS.contains(&word.trim_end_matches('.').to_lowercase().as_str()))
}
