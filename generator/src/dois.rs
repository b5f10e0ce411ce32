//! `content/dois.yaml`: which dataset has which DOI. Entry point: [`Dois::parse`].
//!
//! `{<cid>: {doi: 10.82246/<cid>, published: 2026}}`, or ORCESTRA's form
//! `{<cid>: {prefix: 10.82246, publicationYear: 2026}}`, in which the suffix is the CID; YAML or JSON.

use std::collections::BTreeMap;

use pinfold_core::cid::Cid;
use pinfold_core::finding::{Finding, Place, Severity};

use crate::yaml::{self, Node, YamlError};

mod edit;

pub use edit::append;

/// What an entry may say.
const KEYS: [&str; 4] = ["doi", "published", "prefix", "publicationYear"];

/// Registered DOIs by dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dois {
    by_cid: BTreeMap<Cid, RegisteredDoi>,
}

/// A DOI that is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredDoi {
    /// `10.…/…`.
    pub doi: String,
    /// The year of publication.
    pub published: Option<i32>,
    /// Its line in the file.
    pub line: u32,
}

impl Dois {
    /// Reads the file; `file` is its name in messages. Faults of single entries go to `findings`.
    ///
    /// # Errors
    /// When the text is no YAML or not a mapping.
    pub fn parse(file: &str, text: &str, findings: &mut Vec<Finding>) -> Result<Self, YamlError> {
        let root = yaml::parse(file, text)?;
        if root.is_null() {
            return Ok(Self::default());
        }
        let Some(pairs) = root.map() else {
            let message = format!("the list of DOIs is a mapping, but here is {}", root.kind());
            let hint = Some("write `<CID>: {doi: 10.…/…, published: 2026}`".to_owned());
            return Err(yaml::error_at(file, text, root.line, root.column, message, hint));
        };
        let mut dois = Self::default();
        let mut owners: BTreeMap<String, Cid> = BTreeMap::new();
        for (key, node) in pairs {
            let mut note = |code: &str, at: (u32, u32), message: String, hint: &str| {
                let severity =
                    pinfold_core::finding::codes::find(code).map_or(Severity::Error, |known| known.severity);
                let place = Place {
                    file: Some(file.to_owned()),
                    line: Some(at.0),
                    column: Some(at.1),
                    ..Place::default()
                };
                findings.push(Finding::new(severity, code, message).hint(hint).at(place));
            };
            let here = (key.line, key.column);
            for (inner, _) in node.map().unwrap_or_default() {
                if !KEYS.contains(&inner.text.as_str()) {
                    let message = format!("`{}` means nothing in dois.yaml", inner.text);
                    let hint = "which state a DOI has is known to the registry: `pinfold doi plan` asks it";
                    note("doi-key-unknown", (inner.line, inner.column), message, hint);
                }
            }
            let cid = match key.text.parse::<Cid>() {
                Ok(cid) => cid,
                Err(error) => {
                    note("doi-cid-malformed", here, error.to_string(), "the key is the CID of the dataset");
                    continue;
                }
            };
            let doi = match (node.get("doi").and_then(Node::text), node.get("prefix").and_then(Node::text)) {
                (Some(doi), _) => doi.trim().trim_start_matches("https://doi.org/").to_owned(),
                (None, Some(prefix)) => format!("{}/{}", prefix.trim(), key.text.trim()),
                (None, None) => {
                    let message = format!("{} has neither `doi` nor `prefix`", cid.short());
                    note("doi-malformed", here, message, "write `doi: 10.…/…` below it");
                    continue;
                }
            };
            if !is_doi(&doi) {
                let message = format!("`{doi}` is not a DOI; it is not used");
                note(
                    "doi-malformed",
                    (node.line, node.column),
                    message,
                    "a DOI is `10.<registrant>/<suffix>`",
                );
                continue;
            }
            let year = node.get("published").or_else(|| node.get("publicationYear"));
            let published = year.and_then(Node::text).and_then(|text| text.get(..4)?.parse().ok());
            if let (Some(year), None) = (year, published) {
                let message = format!("the year of `{doi}` cannot be read");
                note("doi-year-malformed", (year.line, year.column), message, "write `published: 2026`");
            }
            let earlier = owners.insert(doi.to_lowercase(), cid).filter(|earlier| *earlier != cid);
            if let Some(earlier) = earlier {
                let message = format!("`{doi}` is also the DOI of {}", earlier.short());
                note("doi-duplicate", here, message, "a DOI leads to one dataset only");
            }
            if dois.by_cid.insert(cid, RegisteredDoi { doi, published, line: key.line }).is_some() {
                let message =
                    format!("{} is listed twice, as CIDv0 and as CIDv1; the later one counts", cid.short());
                note("doi-duplicate", here, message, "remove one of the two");
            }
        }
        Ok(dois)
    }

    /// The DOI of a dataset.
    #[must_use]
    pub fn get(&self, cid: Cid) -> Option<&RegisteredDoi> {
        self.by_cid.get(&cid)
    }

    /// All datasets that have one, sorted by CID.
    pub fn iter(&self) -> impl Iterator<Item = (Cid, &RegisteredDoi)> {
        self.by_cid.iter().map(|(cid, doi)| (*cid, doi))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_cid.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_cid.is_empty()
    }
}

/// `10.`, four to nine digits with further parts, a slash, and something printable.
fn is_doi(text: &str) -> bool {
    let Some((prefix, suffix)) = text.split_once('/') else { return false };
    let Some(registrant) = prefix.strip_prefix("10.") else { return false };
    let parts_are_numbers =
        registrant.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    parts_are_numbers
        && registrant.len() >= 4
        && !suffix.is_empty()
        && suffix.len() <= 2000
        && !suffix.split('/').any(|part| part == ".." || part == ".")
        && suffix.chars().all(|c| !c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const A: &str = "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34";
    const A_V0: &str = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG";

    #[test]
    fn both_forms() {
        let mut findings = Vec::new();
        let text = format!(
            "{A}: {{doi: 10.5072/abc, published: 2026}}\nbafkqaaa: {{prefix: 10.82246, publicationYear: '2025'}}\n"
        );
        let dois = Dois::parse("dois.yaml", &text, &mut findings).unwrap();
        assert!(findings.is_empty());
        assert_eq!(dois.get(A_V0.parse().unwrap()).unwrap().doi, "10.5072/abc");
        let other = dois.get("bafkqaaa".parse().unwrap()).unwrap();
        assert_eq!((other.doi.as_str(), other.published), ("10.82246/bafkqaaa", Some(2025)));
    }

    #[test]
    fn faults() {
        let mut findings = Vec::new();
        let text = format!(
            "x: {{doi: 10.5072/abc}}\n{A}: {{doi: abc}}\nbafkqaaa: {{prefix: 10.82246, publicationYear: soon}}\n\
             bafkqabtumvzxi: {{doi: 10.82246/BAFKQAAA}}\n{A_V0}: {{url: x}}\n"
        );
        Dois::parse("dois.yaml", &text, &mut findings).unwrap();
        let shown: Vec<String> =
            findings.iter().map(|f| format!("{} {} {}", f.place.line.unwrap(), f.code, f.message)).collect();
        expect![[r#"
            1 doi-cid-malformed `x` is not a CID: Input too short
            2 doi-malformed `abc` is not a DOI; it is not used
            3 doi-year-malformed the year of `10.82246/bafkqaaa` cannot be read
            4 doi-cid-malformed `bafkqabtumvzxi` is not a CID: Failed to parse multihash
            5 doi-key-unknown `url` means nothing in dois.yaml
            5 doi-malformed bafybeie…d2ho34 has neither `doi` nor `prefix`"#]]
        .assert_eq(&shown.join("\n"));
        assert!(Dois::parse("dois.yaml", "- a\n", &mut findings).is_err());
    }

    #[test]
    fn the_real_list() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/orcestra-dois.json");
        let Ok(text) = std::fs::read_to_string(path) else {
            eprintln!("SKIPPED: {path} is not there");
            return;
        };
        let mut findings = Vec::new();
        let dois = Dois::parse("dois.json", &text, &mut findings).unwrap();
        assert_eq!((dois.len(), findings), (43, Vec::new()));
        assert!(
            dois.iter().all(|(cid, doi)| doi.doi == format!("10.82246/{cid}") && doi.published == Some(2026))
        );
    }
}
