//! `llms.txt`: the catalogue for programs that read pages as text, in the form that <https://llmstxt.org> proposes.
//!
//! Markdown: a heading, a sentence, then lists of links. What datasets say of themselves is quoted as text, on one
//! line and with Markdown's characters escaped: a title cannot become a heading, a link or an instruction block.

use std::fmt::Write as _;

use pinfold_core::search::is_listed;

use super::{facts, site_url};
use crate::catalogue::Catalogue;
use crate::render::{listing_platform, site_title, text};

/// Datasets that are named here; all are in `catalog.jsonld`.
const DATASETS: usize = 1000;

/// The file.
pub(super) fn text(catalogue: &Catalogue) -> String {
    let root = site_url(&catalogue.site).unwrap_or_default();
    let mut out = format!("# {}\n\n", plain(&site_title(catalogue), text::TITLE_CHARS));
    let description = plain(&catalogue.site.description, 500);
    if !description.is_empty() {
        let _ = writeln!(out, "> {description}\n");
    }
    out.push_str(
        "Every dataset is a Zarr store or a folder of files on IPFS, named by the hash of its content (CID). Its page\n\
         is `ds/<CID>/`; beside it are `record.json` (everything known, by schema/record-1.json), `datacite.json`,\n\
         `schema.jsonld` and `citation.txt`. Titles and summaries are what the producers wrote.\n\n## Datasets\n\n",
    );
    let listed: Vec<_> =
        catalogue.entries.iter().map(|entry| &entry.dataset).filter(|dataset| is_listed(dataset)).collect();
    let mut lines: Vec<(String, String)> = Vec::new();
    for dataset in &listed {
        let title = dataset.display_title();
        let mut about = vec![plain(&listing_platform(dataset), 80)];
        about.extend(facts::coverage(dataset).map(|time| time.replace('/', " to ")));
        about.extend(facts::licence(dataset).map(|(_, spdx, words)| plain(&spdx.unwrap_or(words), 60)));
        about.retain(|part| !part.is_empty());
        let line = format!("- [{}]({root}ds/{}/): {}", plain(&title, 200), dataset.cid, about.join("; "));
        lines.push((text::sort_key(&title), line));
    }
    lines.sort();
    for (_, line) in lines.iter().take(DATASETS) {
        let _ = writeln!(out, "{}", line.trim_end_matches([':', ' ']));
    }
    if lines.len() > DATASETS {
        let _ =
            writeln!(out, "- and {} more in [catalog.jsonld]({root}catalog.jsonld)", lines.len() - DATASETS);
    }
    let _ = write!(
        out,
        "\n## For programs\n\n\
         - [The catalogue as schema.org JSON-LD]({root}catalog.jsonld)\n\
         - [All CIDs to pin]({root}pins.json)\n\
         - [New and changed datasets, as Atom]({root}feed.xml)\n\
         - [The schema of record.json]({root}schema/record-1.json)\n"
    );
    if !catalogue.pages.is_empty() {
        out.push_str("\n## Pages\n\n");
        for page in &catalogue.pages {
            let _ = writeln!(out, "- [{}]({root}{}/)", plain(&page.path, 120), page.path);
        }
    }
    out
}

/// One line without Markdown's meaning.
fn plain(words: &str, chars: usize) -> String {
    let mut out = String::new();
    for c in text::line(words, chars).chars() {
        if matches!(c, '\\' | '[' | ']' | '<' | '>' | '`' | '*' | '_' | '#') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
