//! The German table against the sources of the generator and of the front end.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pinfold_core::search::Facet;

use super::super::Kind;
use super::*;

/// The first argument of every call of `t`, `fill` and `lookup` with a text, in Rust, JavaScript and templates.
fn texts(source: &str) -> impl Iterator<Item = String> {
    let calls = ["t(", "fill(", "lookup("];
    calls.into_iter().flat_map(move |name| {
        source.match_indices(name).filter_map(move |(at, call)| {
            let before = source[..at].chars().next_back();
            let rest = source[at + call.len()..].trim_start().strip_prefix('"')?;
            let is_name = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
            (!is_name).then(|| rest.split_once('"').expect("a text has an end").0.to_owned())
        })
    })
}

/// All texts of the files below a folder of the repository; tests in a file are at its end.
fn texts_below(folder: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if ["rs", "js", "html"].iter().any(|end| name.ends_with(&format!(".{end}")))
                && name != "tests.rs"
            {
                let text = fs::read_to_string(&path).unwrap();
                out.extend(texts(text.split("#[cfg(test)]").next().unwrap_or_default()));
            }
        }
    }
    out
}

fn table() -> &'static Table {
    Words::of("de").table.expect("German has a table")
}

fn keys(part: &BTreeMap<String, String>) -> BTreeSet<String> {
    part.keys().cloned().collect()
}

#[test]
fn the_table_has_what_the_sources_say_and_nothing_else() {
    let mut search = texts_below("web/src/search");
    for folder in ["web/src/panel", "web/src/shared", "web/js"] {
        search.extend(texts_below(folder));
    }
    assert!(search.contains("Found in {}") && search.contains("it is too large"), "{search:?}");
    // Names of the core, looked up as they are.
    search.extend(Facet::ALL.map(|facet| facet.name().to_owned()));
    search.extend(["instrument", "year"].map(str::to_owned));
    let mut pages = texts_below("generator/src");
    pages.extend(texts_below("generator/templates"));
    assert!(pages.contains("sorted by title") && pages.contains("and {} more"), "{pages:?}");
    pages.extend(Kind::ALL.map(|kind| kind.title().to_owned()));
    let pages: BTreeSet<String> = pages.difference(&search).cloned().collect();

    check("search", &search, &keys(&table().search));
    check("pages", &pages, &keys(&table().pages));
}

fn check(part: &str, used: &BTreeSet<String>, said: &BTreeSet<String>) {
    let missing: Vec<_> = used.difference(said).collect();
    let unused: Vec<_> = said.difference(used).collect();
    assert!(missing.is_empty() && unused.is_empty(), "{part}: missing {missing:?}, unused {unused:?}");
}

#[test]
fn what_is_said_has_the_same_places_and_is_plain_text() {
    for (text, said) in table().search.iter().chain(&table().pages) {
        assert_eq!(text.matches("{}").count(), said.matches("{}").count(), "places in {text:?}");
        assert_eq!(said.matches(['{', '}']).count(), 2 * said.matches("{}").count(), "braces in {said:?}");
        assert!(!said.trim().is_empty(), "nothing is said for {text:?}");
        // It stands in HTML and in attributes as it is, and goes to the page in lines.
        assert!(!said.contains(['<', '>', '&', '"', '\'', '\n']), "{said:?}");
        assert!(!text.contains(['<', '>', '&', '"', '\'', '\n', '\\']), "{text:?}");
    }
    let months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
    assert_eq!(Words::of("de").t(months).split(' ').count(), 12);
}

#[test]
fn german_counts_and_english_ones() {
    let (de, en) = (Words::of("de-AT"), Words::of("fr"));
    assert_eq!(
        (de.datasets(1), de.datasets(12_345)),
        ("1 Datensatz".to_owned(), "12.345 Datensätze".to_owned())
    );
    assert_eq!((en.datasets(1), en.datasets(1_234)), ("1 dataset".to_owned(), "1234 datasets".to_owned()));
    assert_eq!(de.fill("{}, page {} of {}", &[&"A {}", &2, &3]), "A {}, Seite 2 von 3");
    assert!(en.is_english() && Words::of("den").is_english() && !Words::of("DE").is_english());
}

#[test]
fn the_block_is_json_that_ends_no_script() {
    let block = Words::of("de").search_block().unwrap();
    assert!(!block.contains('<'));
    let read: BTreeMap<String, String> = serde_json::from_str(&block).unwrap();
    assert_eq!(read.get("Found in {}").map(String::as_str), Some("Gefunden in {}"));
    assert_eq!(Words::ENGLISH.search_block(), None);
}
