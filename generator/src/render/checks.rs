//! `checks/`: what each remark means, why it matters and how to mend it, and what the score is made of.
//! Landing pages link to a remark by its code.

use std::collections::BTreeMap;

use minijinja::context;
use minijinja::value::Value;
use pinfold_core::finding::{Finding, Severity, codes};
use pinfold_core::model::Dataset;

use super::{Renderer, counted, dataset, markdown, page, site_title, text, with};
use crate::catalogue::SiteFile;
use crate::rules;

/// Datasets that are named for a code.
const NAMED: usize = 20;

/// Codes that one catalogue may have; metadata cannot make new ones, only programs can.
const MAX_CODES: usize = 500;

/// Things that would raise a score, on a landing page.
const RAISES: usize = 6;

/// The code as an anchor: what is no code has none.
pub(super) fn anchor(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(60).collect()
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// The score of a dataset for its landing page.
pub(super) fn score(dataset: &Dataset) -> Option<Value> {
    let score = dataset.score.as_ref()?;
    let points = |points: f64| format!("{points}");
    Some(context! {
        points => score.points,
        parts => score.parts.iter().take(8).map(|part| context! {
            name => dataset::sentence(&text::line(&part.name, 20)).trim_end_matches('.'),
            points => points(part.points),
            of => points(part.of),
        }).collect::<Vec<_>>(),
        raise => score.raise.iter().take(RAISES).map(|raise| context! {
            what => text::line(&raise.what, 200),
            points => points(raise.points),
        }).collect::<Vec<_>>(),
    })
}

/// The page, with the words of `content/checks.md` before the list.
pub(super) fn file(renderer: &Renderer<'_>) -> SiteFile {
    let mut seen: BTreeMap<String, (&Finding, Vec<usize>)> = BTreeMap::new();
    for (index, entry) in renderer.catalogue.entries.iter().enumerate() {
        // The landing page shows no more than these either.
        for finding in entry.dataset.findings.iter().take(dataset::MAX_FINDINGS) {
            let code = anchor(&finding.code);
            if code.is_empty() || (seen.len() >= MAX_CODES && !seen.contains_key(&code)) {
                continue;
            }
            let (_, list) = seen.entry(code).or_insert((finding, Vec::new()));
            if list.last() != Some(&index) {
                list.push(index);
            }
        }
    }
    let source = renderer.pages.iter().find(|p| p.path == "checks");
    let title = source.map_or_else(|| "What the checks look for".to_owned(), super::pages::Page::title);
    let body = source.map(|p| markdown::page(&p.markdown, &|url| format!("../{url}")).0).unwrap_or_default();
    let entries = &renderer.catalogue.entries;
    let where_seen = |code: &str| {
        let list = seen.get(code).map(|(_, list)| list.as_slice()).unwrap_or_default();
        let named: Vec<Value> = list
            .iter()
            .take(NAMED)
            .map(|&i| {
                let dataset = &entries[i].dataset;
                context! { href => format!("../ds/{}/", dataset.cid), text => text::line(&dataset.display_title(), 140) }
            })
            .collect();
        let count = if list.is_empty() { String::new() } else { counted(list.len(), "dataset") };
        context! { count, datasets => named, more => list.len().saturating_sub(NAMED) }
    };
    let documented = codes::FAMILIES.iter().map(|family| {
        let rows = family.codes.iter().map(|code| {
            context! {
                code => code.code,
                severity => severity_word(code.severity),
                message => code.meaning,
                hint => code.hint,
                example => Some(code.example).filter(|example| !example.is_empty()),
                ..where_seen(code.code)
            }
        });
        context! { title => family.title, codes => rows.collect::<Vec<_>>() }
    });
    let mut families: Vec<Value> = documented.collect();
    // Of an earlier build, perhaps, whose pages were carried over.
    let others = seen.iter().filter(|(code, _)| codes::find(code).is_none()).map(|(code, (finding, _))| {
        context! {
            code => code.as_str(),
            severity => severity_word(finding.severity),
            message => dataset::sentence(&text::line(&finding.message, 300)),
            hint => finding.hint.as_deref().map(|h| dataset::sentence(&text::line(h, 300))),
            ..where_seen(code)
        }
    });
    let others: Vec<Value> = others.collect();
    if !others.is_empty() {
        families.push(context! { title => "Others", codes => others });
    }
    let criteria: Vec<Value> = rules::criteria()
        .map(|(part, points, what)| context! { part, points => format!("{points}"), what })
        .collect();
    let values = context! {
        page_title => format!("{title} – {}", site_title(renderer.catalogue)),
        description => format!("What the remarks on datasets of {} mean", site_title(renderer.catalogue)),
        title,
        body,
        families,
        criteria,
        table => rules::names::version(),
    };
    page("checks.html", "checks/index.html", with(values, renderer.base(1, "checks", "checks/")))
}

#[cfg(test)]
mod tests {
    use super::codes;

    /// Every code that a program gives is on the page, with what it means and how to mend it.
    #[test]
    fn every_code_is_documented() {
        fn sources(folder: &std::path::Path, out: &mut Vec<std::path::PathBuf>) {
            for item in std::fs::read_dir(folder).unwrap() {
                let path = item.unwrap().path();
                if path.is_dir() {
                    sources(&path, out);
                } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("tests.rs") {
                    out.push(path);
                }
            }
        }
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        sources(&root.join("src"), &mut files);
        sources(&root.join("../core/src"), &mut files);
        let is_code =
            |text: &str| text.contains('-') && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        let mut seen = std::collections::BTreeSet::new();
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            for start in ["Finding::new(", "finding(", "note(", "report(", "warn("] {
                for call in text.split(start).skip(1) {
                    let call: String = call.chars().take(160).collect();
                    let Some(literal) = call.split('"').nth(1) else { continue };
                    let is_first =
                        call.split('"').next().is_some_and(|before| !before.contains([';', '{', '}']));
                    if is_first && is_code(literal) {
                        assert!(
                            codes::find(literal).is_some(),
                            "{}: `{literal}` is not in the table",
                            file.display()
                        );
                        seen.insert(literal.to_owned());
                    }
                }
            }
        }
        assert!(seen.len() > 80, "{seen:?}");
    }
}
