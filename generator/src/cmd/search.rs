//! `pinfold search`: the site's index from the terminal.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;
use pinfold_core::search::{Answer, Index, Query, Request, Sort};
use serde_json::{Value, json};

use crate::cmd::Outcome;
use crate::search_index::entry_of;

/// Rounds of fetching that a search takes at most: dictionary, postings, records and what they lead to.
const MAX_ROUNDS: usize = 12;

#[derive(Debug, Args)]
pub(super) struct SearchArgs {
    /// What to look for: words, "phrases", platform:HALO, 2024-08, bbox:W,S,E,N; after `--` also -without
    #[arg(value_name = "QUERY", required = true, num_args = 1..)]
    query: Vec<String>,
    /// The site that was built
    #[arg(long, value_name = "DIR", default_value = "dist")]
    site: PathBuf,
    /// In which order
    #[arg(long, default_value = Sort::default().name(), value_parser = PossibleValuesParser::new(Sort::ALL.map(Sort::name)))]
    sort: String,
    /// A list of {cid, title, score, matched}, best first
    #[arg(long)]
    json: bool,
    /// How many datasets to print
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
}

pub(super) fn run(args: &SearchArgs) -> anyhow::Result<Outcome> {
    let page = args.site.join("index.html");
    let html = std::fs::read_to_string(&page).with_context(|| {
        format!("{} cannot be read (`--site` names the folder of a built site)", page.display())
    })?;
    let Some(entry) = entry_of(&html) else { bail!("{} names no search index", page.display()) };
    let entry = args.site.join(entry);
    let bytes = std::fs::read(&entry).with_context(|| format!("{} cannot be read", entry.display()))?;
    let mut index = Index::open(bytes).with_context(|| entry.display().to_string())?;
    let folder = entry.parent().unwrap_or(&args.site).to_owned();
    // As in the page: the last word may be the beginning of one.
    let query = Query::parse(&args.query.join(" "), true);
    let sort = Sort::parse(&args.sort).unwrap_or_default();
    let request = Request { query, sort, limit: args.limit, ..Request::default() };
    let answer = search(&mut index, &folder, &request)?;
    let shown = if args.json { as_json(&index, &answer) } else { as_text(&index, &answer) };
    // A closed pipe (`| head`) is no failure.
    let _ = std::io::stdout().write_all(shown.as_bytes());
    Ok(Outcome::Done)
}

fn search(index: &mut Index, folder: &Path, request: &Request) -> anyhow::Result<Answer> {
    for _ in 0..MAX_ROUNDS {
        let need = match index.search(request) {
            Ok(answer) => return Ok(answer),
            Err(need) => need,
        };
        for name in need.files {
            let path = folder.join(&name);
            let bytes = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            index.supply(&name, bytes)?;
        }
    }
    bail!("the search index asks for ever more files")
}

/// Where a hit was found, as `field: text`.
fn matched(index: &Index, answer: &Answer, at: usize) -> Vec<Value> {
    let hit = &answer.hits[at];
    let Some(record) = index.record(hit.doc) else { return Vec::new() };
    let title = (!hit.title.is_empty()).then(|| json!({"field": "title", "text": record.title}));
    let others = hit.matched.iter().map(|one| {
        let note = one.note.as_ref().map(|note| note.text.as_str());
        match note {
            Some(note) => json!({"field": one.field.name(), "text": one.text.text, "note": note}),
            None => json!({"field": one.field.name(), "text": one.text.text}),
        }
    });
    let summary = hit.snippet.as_ref().map(|snippet| json!({"field": "summary", "text": snippet.text}));
    title.into_iter().chain(others).chain(summary).collect()
}

fn as_json(index: &Index, answer: &Answer) -> String {
    let list: Vec<Value> = (0..answer.hits.len())
        .filter_map(|at| {
            let hit = &answer.hits[at];
            let record = index.record(hit.doc)?;
            Some(json!({
                "cid": record.cid,
                "title": record.title,
                "score": (f64::from(hit.score) * 1000.0).round() / 1000.0,
                "matched": matched(index, answer, at),
            }))
        })
        .collect();
    format!("{:#}\n", Value::Array(list))
}

fn as_text(index: &Index, answer: &Answer) -> String {
    let mut out = String::new();
    for (at, hit) in answer.hits.iter().enumerate() {
        let Some(record) = index.record(hit.doc) else { continue };
        let who: Vec<&str> = record.people.iter().take(3).chain(record.platforms.first()).copied().collect();
        out.push_str(&format!("{}\n  {}\n  {}\n", plain(record.title), record.cid, plain(&who.join(" · "))));
        for one in matched(index, answer, at).iter().filter(|one| one["field"] != "title") {
            let text = one["note"].as_str().map(|note| format!(" ({note})")).unwrap_or_default();
            let line = format!(
                "{}: {}{text}",
                one["field"].as_str().unwrap_or_default(),
                one["text"].as_str().unwrap_or_default()
            );
            out.push_str(&format!("    {}\n", plain(&line)));
        }
    }
    for one in &answer.corrections {
        out.push_str(&format!("{}: nearest is {} ({})\n", one.typed, plain(&one.meant), one.datasets));
    }
    let some = if answer.partial { ", none with all words" } else { "" };
    out.push_str(&format!("{} of {} datasets match{some}\n", answer.total, answer.of));
    out
}

/// Without control characters: a title must not move the cursor.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
