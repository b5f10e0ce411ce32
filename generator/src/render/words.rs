//! The pages' own words in the language of the site. The English text stands in the source and is the key, as with
//! gettext: `words.t("sorted by title")`, in templates `{{ t("and {} more", n) }}`.
//!
//! Entry point: [`Words::of`]. A language's table is `assets/words/<language>.json` with two parts: `search` is what the
//! search in the page says too, and goes into the catalogue page ([`Words::search_block`]); `pages` is what only the
//! generator says. A text without an entry stays English. Tests hold the tables against the sources of both.
//!
//! Not supported: plurals beyond one and many; landing pages, checks and the explorer, which are English.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::OnceLock;

use serde::Deserialize;

/// What one language says for English texts.
#[derive(Debug, Default, Deserialize)]
struct Table {
    search: BTreeMap<String, String>,
    pages: BTreeMap<String, String>,
}

/// The words of a language; English has no table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    table: Option<&'static Table>,
}

fn german() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        serde_json::from_str(include_str!("../../assets/words/de.json"))
            .expect("the table is ours and tested")
    })
}

impl Words {
    /// What landing pages, checks and machines read.
    pub(crate) const ENGLISH: Self = Self { table: None };

    /// The words for a language tag: `de`, `de-CH`. English for a language that has no table.
    pub(crate) fn of(language: &str) -> Self {
        let primary = language.split('-').next().unwrap_or_default();
        Self { table: primary.eq_ignore_ascii_case("de").then(german) }
    }

    /// Whether there is no table.
    pub(crate) fn is_english(self) -> bool {
        self.table.is_none()
    }

    fn lookup(self, text: &str) -> Option<&'static str> {
        let table = self.table?;
        table.search.get(text).or_else(|| table.pages.get(text)).map(String::as_str)
    }

    /// The text in this language.
    pub(crate) fn t(self, text: &str) -> &str {
        self.lookup(text).unwrap_or(text)
    }

    /// The text in this language with values for its `{}`, in their order.
    pub(crate) fn fill(self, text: &str, values: &[&dyn Display]) -> String {
        let mut parts = self.t(text).split("{}");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for (part, value) in parts.zip(values) {
            out.push_str(&value.to_string());
            out.push_str(part);
        }
        out
    }

    /// A count as it is written: `12 345` with a narrow gap in English, `12.345` in German.
    pub(crate) fn number(self, n: usize) -> String {
        match self.lookup("thousands mark") {
            None => super::text::number(n as u64),
            Some(mark) => super::text::grouped(n as u64, mark),
        }
    }

    /// `1 dataset`, `60 datasets`.
    pub(crate) fn datasets(self, n: usize) -> String {
        let number = self.number(n);
        if n == 1 { self.fill("{} dataset", &[&number]) } else { self.fill("{} datasets", &[&number]) }
    }

    /// `1 variable`, `14 variables`.
    pub(crate) fn variables(self, n: usize) -> String {
        let number = self.number(n);
        if n == 1 { self.fill("{} variable", &[&number]) } else { self.fill("{} variables", &[&number]) }
    }

    /// `1 file`, `14 files`.
    pub(crate) fn files(self, n: usize) -> String {
        let number = self.number(n);
        if n == 1 { self.fill("{} file", &[&number]) } else { self.fill("{} files", &[&number]) }
    }

    /// What the search in the page says, as JSON that may stand in a `<script>`; nothing for English.
    pub(crate) fn search_block(self) -> Option<String> {
        let json = serde_json::to_string(&self.table?.search).expect("texts are JSON");
        Some(json.replace('<', "\\u003c"))
    }
}

#[cfg(test)]
mod tests;
