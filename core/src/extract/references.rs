//! References: DOIs and addresses found in the attributes that name related things.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::ids;
use super::terms::split;
use crate::model::Reference;

/// Attributes and the DataCite relation that they stand for.
const RELATIONS: [(&str, &str); 13] = [
    ("references", "References"),
    ("reference", "References"),
    // The DOI of the same data elsewhere: what is here is another form of it.
    ("doi", "IsVariantFormOf"),
    ("id", "IsVariantFormOf"),
    ("source_doi", "IsDerivedFrom"),
    ("source_dataset", "IsDerivedFrom"),
    ("source_data", "IsDerivedFrom"),
    ("related_dataset", "IsDerivedFrom"),
    ("related_doi", "References"),
    ("metadata_link", "IsDocumentedBy"),
    ("documentation", "IsDocumentedBy"),
    ("software", "IsCompiledBy"),
    ("related_url", "References"),
];

/// More than this is no list that somebody wrote.
const MAX_REFERENCES: usize = 2000;

/// All references, each once, in the order of the attributes above.
pub(super) fn references(attributes: &Map<String, Value>) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, relation) in RELATIONS {
        let Some(value) = attributes.get(name) else { continue };
        let texts: Vec<String> = match value {
            Value::Array(values) => values
                .iter()
                .take(MAX_REFERENCES)
                .filter_map(Value::as_str)
                .map(|text| text.trim().to_owned())
                .collect(),
            Value::String(text) => vec![text.trim().to_owned()],
            _ => continue,
        };
        for text in texts.iter().filter(|text| !text.is_empty()) {
            let before = found.len();
            for reference in in_text(text, relation) {
                let key =
                    reference.doi.clone().or(reference.url.clone()).unwrap_or_else(|| reference.text.clone());
                if found.len() < MAX_REFERENCES && seen.insert(key) {
                    found.push(reference);
                }
            }
            // `id` is mostly something else; only a DOI there is a reference.
            if matches!(name, "id" | "doi") {
                let mut at = 0;
                found.retain(|reference: &Reference| {
                    at += 1;
                    at <= before || reference.doi.is_some()
                });
            }
        }
    }
    found
}

fn in_text(text: &str, relation: &str) -> Vec<Reference> {
    let links = ids::links(text);
    if links.is_empty() {
        let plain = |text: String| Reference { text, relation: relation.to_owned(), ..Reference::default() };
        return split(text, &[';', '\n']).into_iter().map(plain).collect();
    }
    let mut start = 0;
    let last = links.len() - 1;
    let mut references = Vec::new();
    for (at, link) in links.into_iter().enumerate() {
        // The words in front of a link tell what it leads to; those after the last are part of it.
        let end = if at == last { text.len() } else { link.end };
        let separators = |c: char| c.is_whitespace() || ",;'\"|".contains(c);
        let words = text[start..end].trim_matches(separators);
        let words = ["and ", "& ", ") ", "). ", "."]
            .iter()
            .fold(words, |words, lead| words.strip_prefix(lead).unwrap_or(words));
        let doi = ids::doi(&link.id);
        let url = match &doi {
            Some(doi) => Some(format!("https://doi.org/{doi}")),
            None => Some(link.id),
        };
        references.push(Reference { text: words.trim().to_owned(), url, doi, relation: relation.to_owned() });
        start = link.end;
    }
    references
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(attributes: serde_json::Value, expected: Expect) {
        let lines: Vec<String> = references(attributes.as_object().unwrap())
            .into_iter()
            .map(|r| {
                format!(
                    "{} | {} | {} | {}",
                    r.relation,
                    r.text,
                    r.doi.unwrap_or_default(),
                    r.url.unwrap_or_default()
                )
            })
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn of_real_data() {
        check(
            serde_json::json!({"references": "Lu et al. (2020) DOI: 10.3966/025400022020104801002', Friedrich et al. (2013) DOI: 10.1175/MWR-D-12-00116.1, PyDSD: https://github.com/josephhardinee/PyDSD"}),
            expect![[r#"
                References | Lu et al. (2020) DOI: 10.3966/025400022020104801002 | 10.3966/025400022020104801002 | https://doi.org/10.3966/025400022020104801002
                References | Friedrich et al. (2013) DOI: 10.1175/MWR-D-12-00116.1 | 10.1175/mwr-d-12-00116.1 | https://doi.org/10.1175/mwr-d-12-00116.1
                References | PyDSD: https://github.com/josephhardinee/PyDSD |  | https://github.com/josephhardinee/PyDSD"#]],
        );
        check(
            serde_json::json!({"references": "http://dx.doi.org/10.25326/747", "doi": "10.25326/747", "id": "marnavM1.a1"}),
            expect![
                "References | http://dx.doi.org/10.25326/747 | 10.25326/747 | https://doi.org/10.25326/747"
            ],
        );
        check(
            serde_json::json!({"references": "Smith (1999); Jones (2001)", "related_url": "javascript:alert(1)"}),
            expect![[r#"
                References | Smith (1999) |  | 
                References | Jones (2001) |  | 
                References | javascript:alert(1) |  | "#]],
        );
    }
}
