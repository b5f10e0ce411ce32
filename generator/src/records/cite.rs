//! How to cite a dataset: plain text, BibTeX, RIS and CSL-JSON.
//!
//! Plain text is in the form that DataCite recommends (`Creator (Year): Title. Version. Publisher. Type.
//! Identifier`) and in the American Psychological Association's, which most journals of the field follow.
//! A planned DOI is never cited: without a registered one the address of the page stands, or the CID.

use pinfold_core::model::{Dataset, Person};
use serde_json::{Value, json};

use crate::render::text;
use crate::site::Site;

/// More creators than this are "and others" in citations; all are in `record.json`.
const MAX_CREATORS: usize = 50;

/// What a citation is made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Work {
    pub(crate) title: String,
    /// Family and given name; an organisation or an undivided name has no given name.
    pub(crate) creators: Vec<(String, Option<String>)>,
    /// Creators that are not in the list.
    pub(crate) others: usize,
    pub(crate) year: Option<i32>,
    pub(crate) publisher: String,
    pub(crate) version: Option<String>,
    /// A registered DOI.
    pub(crate) doi: Option<String>,
    /// An address: of the DOI, of the page, else `ipfs://`.
    pub(crate) url: String,
    pub(crate) cid: String,
}

/// The DOI of a dataset, if it is registered and looks like one.
pub(crate) fn registered_doi(dataset: &Dataset) -> Option<&str> {
    let doi = dataset.doi.as_ref().filter(|doi| doi.state == "registered")?;
    is_doi(&doi.id).then_some(doi.id.as_str())
}

/// Whether a text is a DOI that may stand in an address as it is.
pub(crate) fn is_doi(text: &str) -> bool {
    text.len() <= 300
        && text.starts_with("10.")
        && text.split_once('/').is_some_and(|(prefix, suffix)| {
            prefix.len() > 3
                && prefix.bytes().skip(3).all(|b| b.is_ascii_digit() || b == b'.')
                && !suffix.is_empty()
        })
        && text.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"\\^`{|}%#?&'".contains(&b))
}

/// Family and given name of a person.
pub(crate) fn names(person: &Person) -> (String, Option<String>) {
    let family = person.family_name.as_deref().map(|n| text::line(n, 120)).filter(|n| !n.is_empty());
    let given = person.given_name.as_deref().map(|n| text::line(n, 120)).filter(|n| !n.is_empty());
    match family {
        Some(family) if !person.organization => (family, given),
        _ => (text::line(&person.name, 200), None),
    }
}

impl Work {
    pub(crate) fn new(site: &Site, dataset: &Dataset, year: Option<i32>) -> Self {
        let doi = registered_doi(dataset).map(str::to_owned);
        let url = match (&doi, site_url(site)) {
            (Some(doi), _) => format!("https://doi.org/{doi}"),
            (None, Some(base)) => format!("{base}ds/{}/", dataset.cid),
            (None, None) => format!("ipfs://{}", dataset.cid),
        };
        let all: Vec<&Person> = dataset.creators().filter(|p| !text::line(&p.name, 20).is_empty()).collect();
        let creators: Vec<_> = all.iter().take(MAX_CREATORS).map(|p| names(p)).collect();
        Self {
            title: text::line(&dataset.display_title(), text::TITLE_CHARS),
            others: all.len() - creators.len(),
            creators,
            year: dataset
                .publication_year
                .as_ref()
                .map(|y| y.year)
                .or(year)
                .filter(|y| (1000..=9999).contains(y)),
            publisher: text::line(&site.publisher.name, 200),
            version: dataset.product_version.as_deref().map(|v| text::line(v, 60)).filter(|v| !v.is_empty()),
            doi,
            url,
            cid: dataset.cid.clone(),
        }
    }

    /// `Gloeckner, H., Mieslinger, T., & Robbins, N.`
    fn apa_names(&self) -> String {
        let short: Vec<String> = self
            .creators
            .iter()
            .map(|(family, given)| match given {
                Some(given) => format!("{family}, {}", initials(given)),
                None => family.clone(),
            })
            .collect();
        // Up to twenty are named; of more the first nineteen and the last.
        match short.as_slice() {
            [] => String::new(),
            [one] if self.others == 0 => one.clone(),
            all if all.len() + self.others <= 20 => {
                let (last, head) = all.split_last().expect("has two or more");
                format!("{}, & {last}", head.join(", "))
            }
            all if self.others == 0 => format!("{}, … {}", all[..19].join(", "), all[all.len() - 1]),
            all => format!("{}, et al.", all[..all.len().min(19)].join(", ")),
        }
    }

    /// The form that most journals print.
    pub(crate) fn apa(&self) -> String {
        let year = self.year.map_or("n.d.".to_owned(), |y| y.to_string());
        let version = self.version.as_ref().map(|v| format!(" (Version {v})")).unwrap_or_default();
        let publisher = if self.publisher.is_empty() {
            String::new()
        } else {
            format!(" {}.", self.publisher.trim_end_matches('.'))
        };
        let names = self.apa_names();
        let title = self.title.trim_end_matches('.');
        if names.is_empty() {
            format!("{title}{version} [Data set]. ({year}).{publisher} {}", self.url)
        } else {
            format!("{names} ({year}). {title}{version} [Data set].{publisher} {}", self.url)
        }
    }

    /// The form that DataCite recommends.
    pub(crate) fn datacite(&self) -> String {
        let mut names: Vec<String> = self
            .creators
            .iter()
            .map(|(family, given)| {
                given.as_ref().map_or_else(|| family.clone(), |given| format!("{family}, {given}"))
            })
            .collect();
        if self.others > 0 {
            names.push("et al.".to_owned());
        }
        let year = self.year.map_or("n.d.".to_owned(), |y| y.to_string());
        let mut out = if names.is_empty() { String::new() } else { format!("{} ", names.join("; ")) };
        out.push_str(&format!("({year}): {}.", self.title.trim_end_matches('.')));
        for part in [
            self.version.as_ref().map(|v| format!("Version {v}")),
            Some(self.publisher.clone()),
            Some("Dataset".to_owned()),
        ]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        {
            out.push_str(&format!(" {}.", part.trim_end_matches('.')));
        }
        format!("{out} {}", self.url)
    }

    /// `citation.txt`: both forms.
    pub(crate) fn txt(&self) -> String {
        format!("{}\n\nDataCite: {}\n", self.apa(), self.datacite())
    }

    /// `citation.bib`, a `@dataset` of BibLaTeX with `howpublished` for BibTeX.
    pub(crate) fn bibtex(&self) -> String {
        let tail: String = self.cid.chars().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect();
        let family = self
            .creators
            .first()
            .map(|(family, _)| text::slug(family))
            .unwrap_or_else(|| "dataset".to_owned());
        let key: String = format!("{family}_{}_{tail}", self.year.map(|y| y.to_string()).unwrap_or_default());
        let mut authors: Vec<String> = self
            .creators
            .iter()
            .map(|(family, given)| match given {
                Some(given) => format!("{}, {}", tex(family), tex(given)),
                None => format!("{{{}}}", tex(family)),
            })
            .collect();
        if self.others > 0 {
            authors.push("others".to_owned());
        }
        let mut out = format!("@dataset{{{key},\n");
        let mut field = |name: &str, value: &str| {
            if !value.is_empty() {
                out.push_str(&format!("  {name} = {{{value}}},\n"));
            }
        };
        field("author", &authors.join(" and "));
        field("title", &format!("{{{}}}", tex(&self.title)));
        field("year", &self.year.map(|y| y.to_string()).unwrap_or_default());
        field("publisher", &tex(&self.publisher));
        field("version", &self.version.as_deref().map(tex).unwrap_or_default());
        field("doi", self.doi.as_deref().unwrap_or_default());
        field("url", &self.url);
        field("note", &format!("ipfs://{}", self.cid));
        out.push_str("}\n");
        out
    }

    /// `citation.ris`, type `DATA`.
    pub(crate) fn ris(&self) -> String {
        let mut out = String::from("TY  - DATA\r\n");
        let mut tag = |name: &str, value: &str| {
            if !value.is_empty() {
                out.push_str(&format!("{name}  - {value}\r\n"));
            }
        };
        for (family, given) in &self.creators {
            tag("AU", &given.as_ref().map_or_else(|| family.clone(), |given| format!("{family}, {given}")));
        }
        tag("TI", &self.title);
        tag("PY", &self.year.map(|y| y.to_string()).unwrap_or_default());
        tag("PB", &self.publisher);
        tag("ET", self.version.as_deref().unwrap_or_default());
        tag("DO", self.doi.as_deref().unwrap_or_default());
        tag("UR", &self.url);
        tag("AN", &format!("ipfs://{}", self.cid));
        out.push_str("ER  - \r\n");
        out
    }

    /// `citation.csl.json`: a list of one item.
    pub(crate) fn csl(&self) -> Value {
        let authors: Vec<Value> = self
            .creators
            .iter()
            .map(|(family, given)| match given {
                Some(given) => json!({ "family": family, "given": given }),
                None => json!({ "literal": family }),
            })
            .collect();
        let mut item =
            json!({ "id": self.doi.as_ref().unwrap_or(&self.cid), "type": "dataset", "title": self.title });
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                item[name] = value;
            }
        };
        set("author", (!authors.is_empty()).then_some(Value::Array(authors)));
        set("issued", self.year.map(|y| json!({ "date-parts": [[y]] })));
        set("publisher", (!self.publisher.is_empty()).then(|| json!(self.publisher)));
        set("version", self.version.as_ref().map(|v| json!(v)));
        set("DOI", self.doi.as_ref().map(|d| json!(d)));
        set("URL", Some(json!(self.url)));
        json!([item])
    }
}

/// The site's address with a slash at its end, where it has one that is `http` or `https`.
pub(crate) fn site_url(site: &Site) -> Option<String> {
    let url = site.url.as_deref()?.trim();
    let plain =
        url.starts_with("http") && crate::render::markdown::is_safe_url(url) && !url.contains(['?', '#']);
    plain.then(|| format!("{}/", url.trim_end_matches('/')))
}

/// `Jean-Luc Marie` as `J.-L. M.`
fn initials(given: &str) -> String {
    let of = |name: &str| -> String {
        name.split('-')
            .filter_map(|part| part.chars().find(|c| c.is_alphabetic()))
            .map(|c| format!("{}.", c.to_uppercase()))
            .collect::<Vec<_>>()
            .join("-")
    };
    given.split_whitespace().map(of).filter(|i| !i.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Text for BibTeX: its special characters escaped, braces and backslashes spelled out.
fn tex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '{' => out.push('('),
            '}' => out.push(')'),
            '\\' => out.push('/'),
            '&' | '%' | '$' | '#' | '_' => {
                out.push('\\');
                out.push(c);
            }
            '~' => out.push_str("\\textasciitilde "),
            '^' => out.push_str("\\textasciicircum "),
            '"' => out.push('\''),
            '@' => out.push_str("(at)"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn work() -> Work {
        Work {
            title: "BEACH 100% {x} & y".to_owned(),
            creators: vec![("Gloeckner".to_owned(), Some("Helene".to_owned())), ("MPI-M".to_owned(), None)],
            year: Some(2026),
            publisher: "ORCESTRA".to_owned(),
            doi: Some("10.82246/abc".to_owned()),
            url: "https://doi.org/10.82246/abc".to_owned(),
            cid: "bafyabcdefghijkl".to_owned(),
            ..Work::default()
        }
    }

    #[test]
    fn plain_text() {
        expect![[r#"
            Gloeckner, H., & MPI-M (2026). BEACH 100% {x} & y [Data set]. ORCESTRA. https://doi.org/10.82246/abc

            DataCite: Gloeckner, Helene; MPI-M (2026): BEACH 100% {x} & y. ORCESTRA. Dataset. https://doi.org/10.82246/abc
        "#]]
        .assert_eq(&work().txt());
    }

    #[test]
    fn bibtex() {
        expect![[r#"
            @dataset{gloeckner_2026_efghijkl,
              author = {Gloeckner, Helene and {MPI-M}},
              title = {{BEACH 100\% (x) \& y}},
              year = {2026},
              publisher = {ORCESTRA},
              doi = {10.82246/abc},
              url = {https://doi.org/10.82246/abc},
              note = {ipfs://bafyabcdefghijkl},
            }
        "#]]
        .assert_eq(&work().bibtex());
    }

    #[test]
    fn no_author_and_no_doi() {
        let work = Work { creators: vec![], doi: None, year: None, url: "ipfs://bafy".to_owned(), ..work() };
        expect![[r#"BEACH 100% {x} & y [Data set]. (n.d.). ORCESTRA. ipfs://bafy"#]].assert_eq(&work.apa());
        assert_eq!(initials("Jean-Luc Marie"), "J.-L. M.");
    }

    #[test]
    fn what_is_a_doi() {
        assert!(is_doi("10.82246/bafy"));
        for bad in ["10.82246", "10./x", "10.1/<x>", "javascript:1", "10.1/a b", "10.x/a"] {
            assert!(!is_doi(bad), "{bad}");
        }
    }
}
