//! People and organisations: names, e-mails, ORCIDs and affiliations out of parallel lists.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::ids;
use super::terms::split;
use super::{clean, first_of as text};
use crate::finding::{Finding, Severity};
use crate::model::{Affiliation, Person};

mod names;

use names::{PARTICLES, is_organisation, split_names};

/// One list of people among the attributes.
struct Group {
    role: &'static str,
    names: &'static [&'static str],
    emails: &'static [&'static str],
    ids: &'static [&'static str],
    affiliations: &'static [&'static str],
    affiliation_ids: &'static [&'static str],
    kinds: &'static [&'static str],
    roles: &'static [&'static str],
}

const GROUPS: [Group; 4] = [
    Group {
        role: "creator",
        names: &[
            "creator_name",
            "creator",
            "creators",
            "author",
            "authors",
            "author_name",
            "principal_investigator",
            "PI",
        ],
        emails: &["creator_email", "author_email", "principal_investigator_email", "PI_email"],
        ids: &[
            "creator_orcid",
            "creator_id",
            "creator_identifier",
            "author_orcid",
            "author_id",
            "creator_url",
            "orcid",
        ],
        affiliations: &[
            "creator_institution",
            "creator_affiliation",
            "author_institution",
            "author_affiliation",
        ],
        affiliation_ids: &["creator_institution_ror", "creator_institution_id", "creator_ror"],
        kinds: &["creator_type"],
        roles: &[],
    },
    Group {
        role: "contributor",
        names: &["contributor_name", "contributors", "contributor"],
        emails: &["contributor_email"],
        ids: &["contributor_orcid", "contributor_id", "contributor_identifier", "contributor_url"],
        affiliations: &["contributor_institution", "contributor_affiliation"],
        affiliation_ids: &["contributor_institution_ror", "contributor_institution_id"],
        kinds: &["contributor_type"],
        roles: &["contributor_role"],
    },
    Group {
        role: "contact",
        names: &["contact", "contact_name", "contact_person"],
        emails: &["contact_email"],
        ids: &["contact_orcid"],
        affiliations: &["contact_institution"],
        affiliation_ids: &[],
        kinds: &[],
        roles: &[],
    },
    Group {
        role: "publisher",
        names: &["publisher_name", "publisher"],
        emails: &["publisher_email"],
        ids: &["publisher_orcid", "publisher_id", "publisher_ror", "publisher_url"],
        affiliations: &["publisher_institution"],
        affiliation_ids: &[],
        kinds: &["publisher_type"],
        roles: &[],
    },
];

/// Everybody that the attributes name, creators first. What does not fit together is a finding.
pub(crate) fn read(attributes: &Map<String, Value>, findings: &mut Vec<Finding>) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for group in &GROUPS {
        for person in of_group(attributes, group, findings) {
            match known.get(&person.name.to_lowercase()) {
                Some(at) => merge(&mut people[*at], person),
                None => {
                    known.insert(person.name.to_lowercase(), people.len());
                    people.push(person);
                }
            }
        }
    }
    // Where the only creator works is what `institution` says, if nothing more exact is said.
    let creators = people.iter().filter(|person| person.roles.iter().any(|role| role == "creator")).count();
    if creators == 1
        && let Some(person) = people.first_mut()
        && !person.organization
        && person.affiliations.is_empty()
        && let Some(name) = text(attributes, &["institution"])
    {
        let ror = text(attributes, &["institution_ror", "institution_id"]).as_deref().and_then(ids::ror);
        person.affiliations.push(Affiliation { name, ror });
    }
    people
}

fn merge(person: &mut Person, other: Person) {
    let Person { orcid, ror, email, affiliations, roles, .. } = other;
    person.orcid = person.orcid.take().or(orcid);
    person.ror = person.ror.take().or(ror);
    person.email = person.email.take().or(email);
    if person.affiliations.is_empty() {
        person.affiliations = affiliations;
    }
    for role in roles {
        if !person.roles.contains(&role) {
            person.roles.push(role);
        }
    }
}

fn of_group(attributes: &Map<String, Value>, group: &Group, findings: &mut Vec<Finding>) -> Vec<Person> {
    let Some((attribute, names)) = group.names.iter().find_map(|name| {
        let names = match attributes.get(*name)? {
            Value::String(text) => split_names(text),
            Value::Array(values) if values.iter().any(Value::is_object) => return None,
            value => texts(value),
        };
        let names: Vec<String> = names.into_iter().filter(|name| !is_nobody(name)).collect();
        (!names.is_empty()).then_some((*name, names))
    }) else {
        return Vec::new();
    };
    let mut people: Vec<Person> = names.iter().map(|name| person(name, attribute, findings)).collect();
    let count = people.len();

    let emails = list_of_words(attributes, group.emails);
    if emails.len() == count {
        for (person, email) in people.iter_mut().zip(&emails) {
            if is_email(email) {
                person.email = person.email.take().or_else(|| Some(email.clone()));
            }
        }
    } else if !emails.is_empty() {
        by_name(&mut people, &emails);
        // One address for many is that of the corresponding author.
        if emails.len() > 1 {
            let message = format!(
                "`{attribute}` has {count} names, `{}` {} addresses: they were matched by name where possible",
                group.emails[0],
                emails.len()
            );
            let finding =
                Finding::new(Severity::Warning, "people-lists-differ", message).attribute(attribute);
            findings.push(finding.hint("Give names, e-mails and identifiers in the same order and number."));
        }
    }
    for name in group.ids {
        let identifiers = list_of_words(attributes, &[name]);
        if identifiers.len() != count {
            continue;
        }
        for (person, identifier) in people.iter_mut().zip(&identifiers) {
            match ids::orcid(identifier) {
                Some(Ok(orcid)) => person.orcid = person.orcid.take().or(Some(orcid.id)),
                Some(Err(wrong)) => findings.push(bad_orcid(&wrong.id, name)),
                None => {
                    if let Some(ror) = ids::ror(identifier) {
                        person.ror = Some(ror);
                        person.organization = true;
                    } else if identifier.contains("ror.org") {
                        findings.push(
                            Finding::new(
                                Severity::Error,
                                "ror-malformed",
                                format!("{identifier} is not a ROR: its check digits are wrong"),
                            )
                            .attribute(*name)
                            .hint("Copy it again from the organisation's page at ror.org."),
                        );
                    }
                }
            }
        }
    }
    affiliate(attributes, group, &mut people);
    let kinds = list_of_words(attributes, group.kinds);
    for (at, person) in people.iter_mut().enumerate() {
        let kind =
            if kinds.len() == count { kinds.get(at) } else { kinds.first().filter(|_| kinds.len() == 1) };
        match kind.map(|kind| kind.to_lowercase()).as_deref() {
            Some("person") => person.organization = false,
            Some("institution" | "group" | "organization" | "organisation") => {
                person.organization = true;
                (person.given_name, person.family_name) = (None, None);
            }
            _ => {}
        }
        if person.organization {
            (person.given_name, person.family_name) = (None, None);
        }
    }
    let roles = text(attributes, group.roles)
        .map(|text| split(&text, if text.contains(';') { &[';'] } else { &[','] }))
        .unwrap_or_default();
    for (at, person) in people.iter_mut().enumerate() {
        let role =
            if roles.len() == count { roles.get(at) } else { roles.first().filter(|_| roles.len() == 1) };
        person.roles.push(role.cloned().unwrap_or_else(|| group.role.to_owned()));
    }
    people
}

/// Affiliations by position where there are as many as people, else one for all of them.
fn affiliate(attributes: &Map<String, Value>, group: &Group, people: &mut [Person]) {
    let Some(whole) = text(attributes, group.affiliations) else { return };
    let rors = list_of_words(attributes, group.affiliation_ids);
    let lists = [split(&whole, &[';', '\n']), split(&whole, &[','])];
    let by_position = lists.into_iter().find(|names| people.len() > 1 && names.len() == people.len());
    for (at, person) in people.iter_mut().enumerate() {
        if !person.affiliations.is_empty() || person.organization {
            continue;
        }
        match &by_position {
            Some(names) => {
                let ror = rors.get(at).filter(|_| rors.len() == names.len()).and_then(|id| ids::ror(id));
                person.affiliations.push(Affiliation { name: names[at].clone(), ror });
            }
            // Several places for one person, or a single one for all; anything else fits nobody for certain.
            None => {
                let names = split(&whole, &[';', '\n']);
                if names.len() == 1
                    || at == 0 && group.role == "creator" && names.len() > 1 && rors.len() != 1
                {
                    let many = names.len();
                    for (place, name) in names.into_iter().enumerate() {
                        let ror = rors.get(place).filter(|_| rors.len() == many).and_then(|id| ids::ror(id));
                        person.affiliations.push(Affiliation { name, ror });
                    }
                }
            }
        }
    }
}

fn bad_orcid(id: &str, attribute: &str) -> Finding {
    Finding::new(
        Severity::Error,
        "orcid-malformed",
        format!("{id} is not an ORCID: its check digit is wrong"),
    )
    .attribute(attribute)
    .hint("Copy it again from the person's page at orcid.org.")
}

/// A list of texts.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).map(clean).collect(),
        _ => Vec::new(),
    }
}

/// E-mails, identifiers, kinds: by commas or semicolons, where an empty place counts, else by spaces.
fn list_of_words(attributes: &Map<String, Value>, names: &[&str]) -> Vec<String> {
    match names.iter().find_map(|name| attributes.get(*name)) {
        Some(Value::String(text)) if text.trim().is_empty() => Vec::new(),
        Some(Value::String(text)) => {
            let part = |part: &str| clean(part).trim_matches('"').to_owned();
            match [';', ','].into_iter().find(|separator| text.contains(*separator)) {
                Some(separator) => text.split(separator).map(part).collect(),
                None => text.split_whitespace().map(part).collect(),
            }
        }
        Some(value) => texts(value),
        None => Vec::new(),
    }
}

fn is_nobody(name: &str) -> bool {
    ["n/a", "na", "none", "unknown", "-", "et al.", "et al", "null", "tbd"]
        .contains(&name.to_lowercase().as_str())
}

fn is_email(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
}

/// Letters a to z of a text.
fn plain(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.to_lowercase().nfd().filter(char::is_ascii_alphabetic).collect()
}

/// Gives an address to whom it names.
fn by_name(people: &mut [Person], emails: &[String]) {
    let mut users: BTreeMap<String, &String> = BTreeMap::new();
    for email in emails.iter().filter(|email| is_email(email)) {
        let user = email.split('@').next().unwrap_or_default();
        for part in user.split(['.', '_', '-']) {
            users.insert(plain(part), email);
        }
        users.insert(plain(user), email);
    }
    for person in people {
        let family = plain(person.family_name.as_deref().unwrap_or_default());
        if family.len() > 2
            && let Some(email) = users.get(&family)
        {
            person.email = person.email.take().or_else(|| Some((*email).clone()));
        }
    }
}

/// One name with what is written beside it: ORCID, `<e-mail>`, (affiliation).
fn person(text: &str, attribute: &str, findings: &mut Vec<Finding>) -> Person {
    let mut person = Person::default();
    let mut rest = text.to_owned();
    match ids::orcid(&rest) {
        Some(Ok(found)) => {
            rest.replace_range(found.start..found.end, "");
            person.orcid = Some(found.id);
        }
        Some(Err(found)) => {
            rest.replace_range(found.start..found.end, "");
            findings.push(bad_orcid(&found.id, attribute));
        }
        None => {}
    }
    for (open, close) in [('<', '>'), ('(', ')'), ('[', ']')] {
        let Some(start) = rest.find(open) else { continue };
        let Some(length) = rest[start..].find(close) else { continue };
        let inner = rest[start + 1..start + length]
            .trim()
            .trim_start_matches("ORCID")
            .trim_matches([':', ' '])
            .to_owned();
        rest.replace_range(start..=start + length, " ");
        if is_email(&inner) {
            person.email = Some(inner.trim_start_matches("mailto:").to_owned());
        } else if let Some(ror) = ids::ror(&inner) {
            person.ror = Some(ror);
        } else if !inner.is_empty() && open != '<' {
            person.affiliations.push(Affiliation { name: inner, ror: None });
        }
    }
    let rest = rest.replace('"', " ");
    let words: Vec<&str> = rest.split_whitespace().collect();
    if let [word] = words[..]
        && is_email(word)
    {
        // Only an address: the name is what stands before the @.
        person.email = Some(word.to_owned());
        person.name = word.split('@').next().unwrap_or_default().to_owned();
        return person;
    }
    let rest = words.join(" ");
    let rest = rest.trim_matches([',', ';', ' ']);
    if rest.is_empty() {
        person.name = text.trim().to_owned();
        return person;
    }
    person.organization = person.ror.is_some() || is_organisation(rest);
    if person.organization {
        person.name = rest.to_owned();
        return person;
    }
    if let Some((family, given)) = rest.split_once(',') {
        let (family, given) = (family.trim(), given.trim());
        if !family.is_empty() && !given.is_empty() && !given.contains(',') {
            person.name = format!("{given} {family}");
            person.given_name = Some(given.to_owned());
            person.family_name = Some(family.to_owned());
            return person;
        }
    }
    let mut words: Vec<&str> = rest.split(' ').collect();
    while words.len() > 2
        && ["Dr.", "Dr", "Prof.", "Prof", "PhD", "Ph.D.", "Mr.", "Ms.", "Mrs."].contains(&words[0])
    {
        words.remove(0);
    }
    person.name = words.join(" ");
    if (2..=8).contains(&words.len()) && !rest.chars().any(|c| c.is_ascii_digit()) {
        let mut family = words.len() - 1;
        if ["Jr.", "Jr", "Sr.", "II", "III"].contains(&words[family]) && family > 1 {
            family -= 1;
        }
        while family > 1 && PARTICLES.contains(&words[family - 1].to_lowercase().as_str()) {
            family -= 1;
        }
        person.given_name = Some(words[..family].join(" "));
        person.family_name = Some(words[family..].join(" "));
    }
    person
}

#[cfg(test)]
mod tests;
