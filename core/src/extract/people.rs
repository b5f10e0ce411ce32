//! Who made it: creators, contributors and contacts from ACDD attributes.
//!
//! Lists (`creator_name`, `creator_email`, `creator_orcid`, …) are matched by position when they are equally
//! long. Names are told from organisations by `*_type` where given, else by words that only organisations
//! have. An ORCID or ROR whose check digits are wrong is a finding and left out.

use serde_json::{Map, Value};

use super::terms::split;
use super::{first_of, text_of};
use crate::finding::{Finding, Severity};
use crate::model::{Affiliation, Person};

/// The most people that are read: the largest collaborations have fewer.
const PEOPLE: usize = 10_000;

/// Creators, then contributors, then contacts. Somebody who is named twice is one person with both roles.
pub(crate) fn read(attributes: &Map<String, Value>, findings: &mut Vec<Finding>) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    let mut known = std::collections::HashMap::new();
    let groups: [(&str, &[&str]); 3] = [
        (
            "creator",
            &["creator_name", "creators", "creator", "authors", "author", "PI", "principal_investigator"],
        ),
        ("contributor", &["contributor_name", "contributors", "contributor"]),
        ("contact", &["contact_name", "contact", "contact_person", "point_of_contact"]),
    ];
    for (role, names) in groups {
        let Some(text) = first_of(attributes, names) else { continue };
        let names = names_of(&text);
        let at_position = |suffixes: &[&str]| -> Vec<String> {
            let keys: Vec<String> = suffixes.iter().map(|suffix| format!("{role}_{suffix}")).collect();
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let Some(text) = first_of(attributes, &keys) else { return Vec::new() };
            let separators: &[char] = if text.contains(';') { &[';'] } else { &[','] };
            // Empty places count: `a@b, , c@d` leaves the second out.
            let parts: Vec<String> =
                text.split(separators).map(|part| part.trim().trim_matches('"').to_owned()).collect();
            if parts.len() == names.len() || names.len() == 1 { parts } else { Vec::new() }
        };
        let emails = at_position(&["email"]);
        let orcids = at_position(&["orcid", "id", "url", "uri"]);
        let types = at_position(&["type"]);
        let roles = at_position(&["role"]);
        let institutions = institutions(attributes, role, names.len());
        for (at, name) in names.into_iter().enumerate().take(PEOPLE) {
            let (name, email_inside) = without_email(&name);
            if name.is_empty() {
                continue;
            }
            let declared = types.get(at).map(|text| text.to_lowercase());
            let organization = match declared.as_deref() {
                Some("person") => false,
                Some("institution" | "group" | "position" | "organization" | "organisation") => true,
                _ => is_organization(&name),
            };
            let mut person = Person { organization, ..named(&name, organization) };
            person.email = emails.get(at).cloned().or(email_inside).filter(|email| email.contains('@'));
            if let Some(id) = orcids.get(at) {
                identify(&mut person, id, findings);
            }
            if !organization {
                person.affiliations.extend(institutions.get(at).cloned().flatten());
            }
            let role = match roles.get(at).filter(|_| role == "contributor") {
                Some(own) if !own.is_empty() => own.clone(),
                _ => role.to_owned(),
            };
            person.roles.push(role);
            match known.get(&person.name) {
                Some(&place) => merge(&mut people[place], person),
                None => {
                    known.insert(person.name.clone(), people.len());
                    people.push(person);
                }
            }
        }
    }
    people
}

fn merge(into: &mut Person, other: Person) {
    into.email = into.email.take().or(other.email);
    into.orcid = into.orcid.take().or(other.orcid);
    into.ror = into.ror.take().or(other.ror);
    if into.affiliations.is_empty() {
        into.affiliations = other.affiliations;
    }
    for role in other.roles {
        if !into.roles.contains(&role) {
            into.roles.push(role);
        }
    }
}

/// The names in a text: by semicolons, lines, ` and `, else by commas; `Klocke, Daniel` is one.
fn names_of(text: &str) -> Vec<String> {
    if text.contains(';') || text.contains('\n') {
        return split(text, &[';', '\n']);
    }
    let text = text.replace(" and ", ", ").replace(" & ", ", ");
    let parts = split(&text, &[',']);
    let single_word = |part: &String| !part.contains(' ');
    // Family and given name of one person; two organisations of one word each would be acronyms.
    let acronym =
        |part: &String| part.chars().filter(|c| c.is_uppercase()).count() > 1 && !part.contains('.');
    if parts.len() == 2 && parts.iter().all(single_word) && !parts.iter().any(acronym) {
        return vec![parts.join(", ")];
    }
    // `Klocke, D., Dengler, M.`: initials behind every second comma.
    let initials = |part: &String| {
        part.len() <= 8 && part.contains('.') && part.split(['.', ' ', '-']).all(|p| p.chars().count() <= 1)
    };
    if parts.len() >= 2
        && parts.len() % 2 == 0
        && parts.chunks(2).all(|pair| initials(&pair[1]) && !initials(&pair[0]))
    {
        return parts.chunks(2).map(|pair| pair.join(", ")).collect();
    }
    parts
}

/// `Jane Doe <jane@example.org>` and `Jane Doe (jane@example.org)`.
fn without_email(name: &str) -> (String, Option<String>) {
    for (open, close) in [('<', '>'), ('(', ')')] {
        if let Some((before, rest)) = name.split_once(open)
            && let Some((inside, after)) = rest.split_once(close)
            && inside.contains('@')
        {
            return (
                format!("{} {}", before.trim(), after.trim()).trim().to_owned(),
                Some(inside.trim().to_owned()),
            );
        }
    }
    if name.contains('@') && !name.contains(' ') {
        return (name.split('@').next().unwrap_or_default().replace(['.', '_'], " "), Some(name.to_owned()));
    }
    (name.trim().to_owned(), None)
}

/// A person's parts. Particles such as `van der` belong to the family name.
fn named(name: &str, organization: bool) -> Person {
    if organization {
        return Person { name: name.to_owned(), ..Person::default() };
    }
    if let Some((family, given)) = name.split_once(',') {
        let (family, given) = (family.trim().to_owned(), given.trim().to_owned());
        return Person {
            name: if given.is_empty() { family.clone() } else { format!("{given} {family}") },
            given_name: Some(given).filter(|given| !given.is_empty()),
            family_name: Some(family),
            ..Person::default()
        };
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let name = words.join(" ");
    if words.len() < 2 {
        return Person { name, ..Person::default() };
    }
    let particle = |word: &str| {
        matches!(
            word,
            "van"
                | "von"
                | "der"
                | "den"
                | "de"
                | "da"
                | "di"
                | "del"
                | "della"
                | "du"
                | "la"
                | "le"
                | "zu"
                | "zur"
                | "dos"
                | "ten"
                | "ter"
        )
    };
    let mut split_at = words.len() - 1;
    while split_at > 1 && particle(words[split_at - 1]) {
        split_at -= 1;
    }
    Person {
        name,
        given_name: Some(words[..split_at].join(" ")),
        family_name: Some(words[split_at..].join(" ")),
        ..Person::default()
    }
}

fn is_organization(name: &str) -> bool {
    const WORDS: [&str; 44] = [
        "university",
        "universität",
        "universitaet",
        "université",
        "universidad",
        "institute",
        "institut",
        "institution",
        "center",
        "centre",
        "zentrum",
        "laboratory",
        "laboratoire",
        "lab",
        "gmbh",
        "inc",
        "ltd",
        "team",
        "group",
        "consortium",
        "facility",
        "service",
        "agency",
        "department",
        "foundation",
        "association",
        "society",
        "observatory",
        "network",
        "programme",
        "program",
        "project",
        "data",
        "données",
        "forschung",
        "research",
        "office",
        "council",
        "ministry",
        "school",
        "college",
        "academy",
        "station",
        "collaboration",
    ];
    let lower = name.to_lowercase();
    if lower.split(|c: char| !c.is_alphanumeric()).any(|word| WORDS.contains(&word)) {
        return true;
    }
    // An acronym alone: DLR, NOAA, MPI-M.
    let letters: Vec<char> = name.chars().filter(|c| c.is_alphabetic()).collect();
    !name.contains(' ') && letters.len() >= 2 && letters.iter().all(|c| c.is_uppercase())
}

/// The affiliation of each person: lists of the same length by position, a single one for all.
fn institutions(attributes: &Map<String, Value>, role: &str, count: usize) -> Vec<Option<Affiliation>> {
    let own = text_of(attributes, &format!("{role}_institution"));
    let shared = text_of(attributes, "institution").filter(|_| role == "creator");
    let Some(text) = own.or(shared) else { return Vec::new() };
    let rors = text_of(attributes, &format!("{role}_institution_ror"))
        .map(|text| split(&text, &[',', ';']))
        .unwrap_or_default();
    let semicolons = split(&text, &[';']);
    let commas = split(&text, &[',']);
    let names = if semicolons.len() == count && count > 1 {
        semicolons
    } else if commas.len() == count && count > 1 {
        commas
    } else if semicolons.len() > 1 {
        // Several for others than the number of people: nobody knows whose they are.
        return Vec::new();
    } else {
        vec![text; count]
    };
    names
        .into_iter()
        .enumerate()
        .map(|(at, name)| Some(Affiliation { name, ror: rors.get(at).and_then(|ror| self::ror(ror)) }))
        .collect()
}

fn identify(person: &mut Person, id: &str, findings: &mut Vec<Finding>) {
    let id = id.trim();
    if id.is_empty() {
        return;
    }
    let looks_like_orcid = id.contains("orcid.org") || (id.len() == 19 && id.matches('-').count() == 3);
    if looks_like_orcid {
        match orcid(id) {
            Some(orcid) => person.orcid = Some(orcid),
            None => findings.push(
                Finding::new(
                    Severity::Error,
                    "orcid-malformed",
                    format!("{id} is not an ORCID: its check digit is wrong"),
                )
                .attribute("creator_orcid")
                .hint("Copy it again from the person's page at orcid.org."),
            ),
        }
    } else if id.contains("ror.org") {
        match ror(id) {
            Some(ror) => person.ror = Some(ror),
            None => findings.push(
                Finding::new(
                    Severity::Error,
                    "ror-malformed",
                    format!("{id} is not a ROR: its check digits are wrong"),
                )
                .hint("Copy it again from the organisation's page at ror.org."),
            ),
        }
    }
}

/// `https://orcid.org/…` when the check digit (ISO 7064 MOD 11-2) is right.
#[must_use]
pub fn orcid(text: &str) -> Option<String> {
    let id = text.trim().trim_end_matches('/').rsplit('/').next()?.to_ascii_uppercase();
    let digits: Vec<u8> = id.bytes().filter(|byte| *byte != b'-').collect();
    if digits.len() != 16 || id.len() != 19 || !digits[..15].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let total = digits[..15].iter().fold(0u32, |total, digit| (total + u32::from(digit - b'0')) * 2);
    let check = match (12 - total % 11) % 11 {
        10 => b'X',
        // At most 9.
        digit => b'0' + digit as u8,
    };
    (digits[15] == check).then(|| format!("https://orcid.org/{id}"))
}

/// `https://ror.org/…` when the checksum (Crockford base32, ISO 7064 MOD 97-10) is right.
#[must_use]
pub fn ror(text: &str) -> Option<String> {
    let id = text.trim().trim_end_matches('/').rsplit('/').next()?.to_ascii_lowercase();
    if id.len() != 9 || !id.starts_with('0') || !id.is_ascii() {
        return None;
    }
    let alphabet = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut number = 0u64;
    for byte in id[1..7].bytes() {
        number = number * 32 + alphabet.iter().position(|letter| *letter == byte)? as u64;
    }
    let check: u64 = id[7..].parse().ok()?;
    (98 - (number * 100) % 97 == check).then(|| format!("https://ror.org/{id}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn people(value: Value) -> (Vec<Person>, Vec<Finding>) {
        let Value::Object(attributes) = value else { panic!("an object") };
        let mut findings = Vec::new();
        let people = read(&attributes, &mut findings);
        (people, findings)
    }

    #[test]
    fn lists_are_matched_by_position() {
        let (people, findings) = people(json!({
            "creator_name": "Jane van der Doe, \"Institute of Clouds, Bonn\", Carberry",
            "creator_email": "jane@example.org, , c@example.org",
            "creator_orcid": "https://orcid.org/0000-0002-1825-0097,,0000-0002-1825-0098",
            "contributor_name": "Jane van der Doe; John Roe",
            "contributor_role": "DataCollector; Editor",
        }));
        assert_eq!(people.len(), 4);
        assert_eq!(people[0].family_name.as_deref(), Some("van der Doe"));
        assert_eq!(people[0].orcid.as_deref(), Some("https://orcid.org/0000-0002-1825-0097"));
        assert_eq!(people[0].roles, ["creator", "DataCollector"]);
        assert!(people[1].organization && people[1].email.is_none());
        assert_eq!(people[2].email.as_deref(), Some("c@example.org"));
        assert_eq!(people[3].roles, ["Editor"]);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].code, "orcid-malformed");
    }

    #[test]
    fn names() {
        assert_eq!(names_of("Klocke, Daniel"), ["Klocke, Daniel"]);
        assert_eq!(names_of("Klocke, D., Dengler, M."), ["Klocke, D.", "Dengler, M."]);
        assert_eq!(
            names_of("Daniel Klocke, Marcus Dengler and Robert Kopte"),
            ["Daniel Klocke", "Marcus Dengler", "Robert Kopte"]
        );
        assert_eq!(named("Klocke, Daniel", false).name, "Daniel Klocke");
        assert_eq!(without_email("Jane Doe <j@e.org>"), ("Jane Doe".into(), Some("j@e.org".into())));
        assert!(is_organization("Traitement Avancé des Données"));
        assert!(is_organization("DLR"));
        assert!(!is_organization("Delián Colón-Burgos"));
    }

    #[test]
    fn checksums() {
        assert!(orcid("0000-0002-1825-0097").is_some());
        assert!(orcid("0000-0002-1694-233X").is_some());
        assert_eq!(orcid("0000-0002-1825-0096"), None);
        assert_eq!(orcid("0000-0002-1825-009é"), None);
        assert!(ror("https://ror.org/04pz7b180").is_some());
        assert_eq!(ror("https://ror.org/04pz7b181"), None);
    }
}
