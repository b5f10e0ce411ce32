//! `checks/`: what each remark on a dataset means. Landing pages link to a remark by its code.

use std::collections::BTreeMap;

use minijinja::context;
use minijinja::value::Value;
use pinfold_core::finding::{Finding, Severity};

use super::{Renderer, counted, dataset, markdown, page, site_title, text, with};
use crate::catalogue::SiteFile;

/// Datasets that are named for a code.
const NAMED: usize = 20;

/// Codes that one catalogue may have; metadata cannot make new ones, only programs can.
const MAX_CODES: usize = 500;

/// The code as an anchor: what is no code has none.
pub(super) fn anchor(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(60).collect()
}

/// The page, with the words of `content/checks.md` before the list.
pub(super) fn file(renderer: &Renderer<'_>) -> SiteFile {
    let mut codes: BTreeMap<String, (&Finding, Vec<usize>)> = BTreeMap::new();
    for (index, entry) in renderer.catalogue.entries.iter().enumerate() {
        // The landing page shows no more than these either.
        for finding in entry.dataset.findings.iter().take(dataset::MAX_FINDINGS) {
            let code = anchor(&finding.code);
            if code.is_empty() || (codes.len() >= MAX_CODES && !codes.contains_key(&code)) {
                continue;
            }
            let (_, list) = codes.entry(code).or_insert((finding, Vec::new()));
            if list.last() != Some(&index) {
                list.push(index);
            }
        }
    }
    let source = renderer.pages.iter().find(|p| p.path == "checks");
    let title = source.map_or_else(|| "What the checks look for".to_owned(), super::pages::Page::title);
    let body = source.map(|p| markdown::page(&p.markdown, &|url| format!("../{url}")).0).unwrap_or_default();
    let entries = &renderer.catalogue.entries;
    let rows = codes.iter().map(|(code, (finding, list))| {
        let named: Vec<Value> = list
            .iter()
            .take(NAMED)
            .map(|&i| {
                let dataset = &entries[i].dataset;
                context! { href => format!("../ds/{}/", dataset.cid), text => text::line(&dataset.display_title(), 140) }
            })
            .collect();
        context! {
            code => code.as_str(),
            severity => match finding.severity { Severity::Error => "error", Severity::Warning => "warning", Severity::Note => "note" },
            count => counted(list.len(), "dataset"),
            message => dataset::sentence(&text::line(&finding.message, 300)),
            hint => finding.hint.as_deref().map(|h| dataset::sentence(&text::line(h, 300))),
            datasets => named,
            more => list.len().saturating_sub(NAMED),
        }
    });
    let values = context! {
        page_title => format!("{title} – {}", site_title(renderer.catalogue)),
        description => format!("What the remarks on datasets of {} mean", site_title(renderer.catalogue)),
        title,
        body,
        codes => rows.collect::<Vec<_>>(),
    };
    page("checks.html", "checks/index.html", with(values, renderer.base(1, "checks", "checks/")))
}
