//! Licence, references, keywords, dates, funding: short texts with a vocabulary.

use serde_json::{Map, Value};

use super::{first_of, text_of};
use crate::cf::time::normalise;
use crate::model::{Dates, Funding, License, Reference};

/// A list as people write it: by commas or semicolons, quotes keep commas, GCMD's ` > ` stays together.
#[must_use]
pub fn list(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in split(text, if text.contains(';') { &[';', '\n'] } else { &[',', '\n'] }) {
        if !out.contains(&part) && out.len() < 5_000 {
            out.push(part);
        }
    }
    out
}

/// Splits outside of double quotes; parts are trimmed, empty ones are dropped.
#[must_use]
pub fn split(text: &str, separators: &[char]) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut quoted = false;
    // A quote that is never closed quotes nothing.
    let balanced = text.matches('"').count() % 2 == 0;
    for c in text.chars() {
        match c {
            '"' if balanced => quoted = !quoted,
            c if !quoted && separators.contains(&c) => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    parts.push(part);
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// SPDX identifier, full name and address of licences that datasets carry.
const LICENSES: [(&str, &str, &str); 12] = [
    ("CC0-1.0", "Creative Commons Zero v1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
    (
        "CC-BY-4.0",
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/",
    ),
    (
        "CC-BY-3.0",
        "Creative Commons Attribution 3.0 Unported",
        "https://creativecommons.org/licenses/by/3.0/",
    ),
    (
        "CC-BY-SA-4.0",
        "Creative Commons Attribution Share Alike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/",
    ),
    (
        "CC-BY-NC-4.0",
        "Creative Commons Attribution Non Commercial 4.0 International",
        "https://creativecommons.org/licenses/by-nc/4.0/",
    ),
    (
        "CC-BY-NC-SA-4.0",
        "Creative Commons Attribution Non Commercial Share Alike 4.0 International",
        "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    ),
    (
        "CC-BY-ND-4.0",
        "Creative Commons Attribution No Derivatives 4.0 International",
        "https://creativecommons.org/licenses/by-nd/4.0/",
    ),
    (
        "ODC-By-1.0",
        "Open Data Commons Attribution License v1.0",
        "https://opendatacommons.org/licenses/by/1-0/",
    ),
    (
        "ODbL-1.0",
        "Open Data Commons Open Database License v1.0",
        "https://opendatacommons.org/licenses/odbl/1-0/",
    ),
    (
        "PDDL-1.0",
        "Open Data Commons Public Domain Dedication & License 1.0",
        "https://opendatacommons.org/licenses/pddl/1-0/",
    ),
    ("MIT", "MIT License", "https://opensource.org/license/mit"),
    ("Apache-2.0", "Apache License 2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
];

/// The licence that a text names; the text stays word for word.
#[must_use]
pub fn license(text: &str) -> License {
    let folded: String = text.to_lowercase().chars().filter(|c| c.is_alphanumeric() || *c == '.').collect();
    // Without "www", protocol, "legalcode" and trailing slashes an address is compared as a whole.
    let address = |text: &str| -> String {
        let text = text.trim().to_lowercase().replace("http://", "https://").replace("://www.", "://");
        text.trim_end_matches("legalcode").trim_end_matches("deed.en").trim_end_matches('/').to_owned()
    };
    let known = LICENSES.iter().find(|(spdx, name, url)| {
        let plain: String =
            spdx.to_lowercase().chars().filter(|c| c.is_alphanumeric() || *c == '.').collect();
        let full: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric() || *c == '.').collect();
        folded == plain
            || folded == full
            || folded == format!("{plain}international")
            || address(text) == address(url)
            || address(text).contains(&address(url))
            || (folded.starts_with("creativecommonsattribution4.0") && *spdx == "CC-BY-4.0")
            || (folded.contains(&format!("({plain})"))
                || folded.strip_suffix(&plain).is_some_and(|before| before.starts_with("creativecommons")))
    });
    let url = known.map(|(_, _, url)| (*url).to_owned()).or_else(|| {
        text.split_whitespace()
            .find(|word| word.starts_with("https://") || word.starts_with("http://"))
            .map(str::to_owned)
    });
    License {
        spdx: known.map(|(spdx, _, _)| (*spdx).to_owned()),
        name: known.map(|(_, name, _)| (*name).to_owned()),
        url,
        text: text.to_owned(),
    }
}

/// A DOI in a text, in lower case; without what a sentence puts behind it.
#[must_use]
pub fn doi_in(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let start = lower.find("10.")?;
    let rest = &lower[start..];
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | ',' | ';' | '{' | '}'))
        .unwrap_or(rest.len());
    let doi = rest[..end].trim_end_matches(['.', ')', ']', '\'']);
    let (prefix, suffix) = doi.split_once('/')?;
    let registrant = prefix.strip_prefix("10.")?;
    (registrant.len() >= 4
        && registrant.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && !suffix.is_empty())
    .then(|| doi.to_owned())
}

fn url_in(text: &str) -> Option<String> {
    let start = text.find("https://").or_else(|| text.find("http://"))?;
    let rest = &text[start..];
    let end =
        rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\'')).unwrap_or(rest.len());
    let url = rest[..end].trim_end_matches(['.', ',', ';', ')', ']']);
    (url.len() > "https://".len()).then(|| url.to_owned())
}

/// References, related datasets and sources; DOIs and addresses are found in the text.
pub(crate) fn references(attributes: &Map<String, Value>) -> Vec<Reference> {
    let kinds = [
        ("references", "References"),
        ("reference", "References"),
        ("related_dataset", "IsDerivedFrom"),
        ("source_data", "IsDerivedFrom"),
        ("source_doi", "IsDerivedFrom"),
        ("metadata_link", "IsDocumentedBy"),
        ("documentation", "IsDocumentedBy"),
        ("software", "IsCompiledBy"),
    ];
    let mut out: Vec<Reference> = Vec::new();
    for (name, relation) in kinds {
        let Some(text) = text_of(attributes, name) else { continue };
        let separators: &[char] = if text.contains('\n') { &['\n'] } else { &[';'] };
        for part in split(&text, separators) {
            // `https://a, https://b` is two.
            let single: Vec<String> = if part.matches("http").count() > 1 || part.matches("10.").count() > 1 {
                split(&part, &[',', ' '])
            } else {
                vec![part]
            };
            for text in single {
                if out.len() >= 1_000 || out.iter().any(|known| known.text == text) {
                    continue;
                }
                let (url, doi) = (url_in(&text), doi_in(&text));
                out.push(Reference { text, url, doi, relation: relation.to_owned() });
            }
        }
    }
    out
}

/// `date_created`, `date_modified`, `date_issued` and their relatives, as far as they are dates.
pub(crate) fn dates(attributes: &Map<String, Value>) -> Dates {
    let date = |names: &[&str]| first_of(attributes, names).and_then(|text| normalise(&text));
    Dates {
        created: date(&["date_created", "creation_date", "creation_time", "created"]),
        modified: date(&["date_modified", "date_metadata_modified"]),
        issued: date(&["date_issued", "date_published"]),
    }
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
    fn licences_as_people_write_them() {
        for text in [
            "CC-BY-4.0",
            "CC BY 4.0",
            "cc-by 4.0",
            "CC BY 4.0 International",
            "Creative Commons Attribution 4.0 International",
            "Creative Commons Attribution 4.0 International (CC BY 4.0)",
            "https://creativecommons.org/licenses/by/4.0/",
            "http://creativecommons.org/licenses/by/4.0",
            "https://creativecommons.org/licenses/by/4.0/legalcode",
            "Creative Commons Attribution 4.0 License",
        ] {
            assert_eq!(license(text).spdx.as_deref(), Some("CC-BY-4.0"), "{text}");
        }
        assert_eq!(license("CC0-1.0").spdx.as_deref(), Some("CC0-1.0"));
        assert_eq!(license("free for research").spdx, None);
        assert_eq!(license("free for research").text, "free for research");
        assert_eq!(license("CC BY-NC 4.0").spdx.as_deref(), Some("CC-BY-NC-4.0"));
    }

    #[test]
    fn lists() {
        assert_eq!(list("a, b,, \"c, d\", a"), ["a", "b", "c, d"]);
        assert_eq!(list("EARTH SCIENCE > ATMOSPHERE; b, c"), ["EARTH SCIENCE > ATMOSPHERE", "b, c"]);
        assert_eq!(list("5\" pipe, b"), ["5\" pipe", "b"]);
    }

    #[test]
    fn dois_and_addresses() {
        assert_eq!(
            doi_in("see https://doi.org/10.5194/ESSD-13-5545-2021.").as_deref(),
            Some("10.5194/essd-13-5545-2021")
        );
        assert_eq!(doi_in("version 10.3 of it"), None);
        assert_eq!(doi_in("(doi:10.1234/a(b)c)").as_deref(), Some("10.1234/a(b)c"));
        assert_eq!(url_in("see http://a.example/b).").as_deref(), Some("http://a.example/b"));
        let mut attributes = Map::new();
        attributes.insert("references".into(), "https://a.example/x, https://doi.org/10.25326/747".into());
        let found = references(&attributes);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].doi.as_deref(), Some("10.25326/747"));
    }
}
