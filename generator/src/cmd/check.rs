//! `pinfold check`: findings on the pinlist, the tree, the configuration and the datasets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, ValueEnum};
use pinfold_core::block::BlockGet;
use pinfold_core::finding::Finding;

use crate::change::{self, DatasetChange};
use crate::cmd::session::{self, CacheArgs, Files, Session};
use crate::cmd::{CatalogueArgs, Outcome, SourceArgs};
use crate::gather::{Gathered, Inputs, gather};
use crate::pinlist::Pinlist;
use crate::report;
use crate::tree::Tree;
use crate::yaml::YamlError;

mod base;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    catalogue: CatalogueArgs,
    /// The tree of pins [default: tree.yaml beside the pinlist, where it is there]
    #[arg(long, value_name = "FILE")]
    tree: Option<PathBuf>,
    #[command(flatten)]
    sources: SourceArgs,
    /// Look at the files only, ask no source for blocks
    #[arg(long)]
    files_only: bool,
    /// Only what differs from this revision of git, with what each new dataset changes of the one it replaces
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Warnings, too, make the exit code 1
    #[arg(long)]
    strict: bool,
    /// The time that decides embargoes [default: SOURCE_DATE_EPOCH, else now]
    #[arg(long, value_name = "TIME")]
    build_time: Option<String>,
    /// Say on standard error how many blocks each source delivered
    #[arg(long)]
    sources_used: bool,
    #[command(flatten)]
    cache: CacheArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, with the lines of the files
    Text,
    /// For machines
    Json,
    /// For a comment on a pull request
    Markdown,
    /// Annotations of GitHub Actions
    Github,
    /// SARIF 2.1.0, for services that scan code
    Sarif,
}

/// What is reported.
#[derive(Debug, Default)]
struct Report {
    findings: Vec<Finding>,
    changes: Vec<DatasetChange>,
    texts: BTreeMap<String, String>,
    /// Score of every dataset by title and CID.
    scores: Vec<(String, String, u32)>,
    /// Where the documentation of the codes is.
    docs: Option<String>,
}

pub(super) fn run(args: &CheckArgs) -> anyhow::Result<Outcome> {
    let build_time = session::build_time(args.build_time.as_deref())?;
    let files = match Files::load(&args.catalogue) {
        Ok(files) => files,
        // Machines want a broken file in the report, too. The exit code says that nothing else was looked at.
        Err(error) => {
            if let Some(fault) = error.chain().find_map(|cause| cause.downcast_ref::<YamlError>())
                && args.format != Format::Text
            {
                let report = Report { findings: vec![fault.finding()], ..Report::default() };
                print!("{}", report.show(args.format));
            }
            return Err(error);
        }
    };
    let base = args.base.as_deref().map(|revision| base::load(&args.catalogue, revision)).transpose()?;
    let mut report = Report {
        docs: files.content.site.url.as_ref().map(|url| format!("{url}checks/")),
        ..Report::default()
    };
    report.findings.extend(tree(args, &mut report.texts)?);
    let lint = files.pinlist.lint();
    let touched = base.as_ref().map(|base| {
        // A DOI that the change takes out of dois.yaml together with the pin counts still.
        let mut touched = change::compare(&base.pinlist, &files.pinlist, &base.dois);
        let now = change::compare(&base.pinlist, &files.pinlist, &files.content.dois);
        for finding in now.findings {
            if finding.code == "doi-without-pin" && !touched.findings.contains(&finding) {
                touched.findings.push(finding);
            }
        }
        touched
    });
    if args.files_only {
        let Files { pinlist, content, texts } = files;
        report.findings.extend(pinlist.findings.iter().cloned().chain(lint).chain(content.findings));
        report.texts.extend(texts);
        if let (Some(touched), Some(revision)) = (touched, &args.base) {
            report.limit(&pinlist, &touched, revision, &BTreeSet::new());
            report.findings.extend(touched.findings);
        }
    } else {
        let session = Session::open(files, &args.sources, &args.cache, build_time)?;
        let runtime = session::runtime()?;
        let gathered = runtime.block_on(session.gather(None));
        report.findings.extend(lint);
        report.findings.extend(session::all_findings(&gathered, &session.files.pinlist));
        // Of a site's own files only; the front end's programs are small beside 1 GB.
        let bytes = crate::build::estimate(&gathered.catalogue, &session.cache);
        report.findings.extend(super::build::site_large(bytes, "about "));
        report.texts.extend(session.files.texts.clone());
        let mut shown: Option<BTreeSet<String>> = None;
        if let (Some(base), Some(touched), Some(revision)) = (base, touched, &args.base) {
            let changes = runtime.block_on(changed(&session, &gathered, &base));
            let new: BTreeSet<String> = changes.iter().map(|change| change.cid.clone()).collect();
            report.limit(&session.files.pinlist, &touched, revision, &new);
            report.findings.extend(touched.findings);
            report.findings.extend(change::large(&changes));
            report.changes = changes;
            shown = Some(new);
        }
        if args.sources_used {
            for line in session::source_lines(&session.fetcher) {
                eprintln!("{line}");
            }
        }
        let entries = gathered.catalogue.entries.iter().map(|entry| &entry.dataset);
        let entries =
            entries.filter(|dataset| shown.as_ref().is_none_or(|shown| shown.contains(&dataset.cid)));
        let current =
            entries.filter(|dataset| dataset.versions.iter().all(|v| v.cid != dataset.cid || v.current));
        report.scores = current
            .filter_map(|dataset| {
                Some((dataset.display_title(), dataset.cid.clone(), dataset.score.as_ref()?.points))
            })
            .collect();
    }
    print!("{}", report.show(args.format));
    let counts = report::Counts::of(&report.findings);
    let failed = counts.errors > 0 || (args.strict && counts.warnings > 0);
    Ok(if failed { Outcome::Findings } else { Outcome::Done })
}

/// Findings on the tree; none where there is none.
fn tree(args: &CheckArgs, texts: &mut BTreeMap<String, String>) -> anyhow::Result<Vec<Finding>> {
    let file = args.tree.clone().unwrap_or_else(|| args.catalogue.pinlist.with_file_name("tree.yaml"));
    if args.tree.is_none() && !file.exists() {
        return Ok(Vec::new());
    }
    let name = file.display().to_string();
    let text = std::fs::read_to_string(&file).with_context(|| format!("the tree {name} cannot be read"))?;
    let findings = match Tree::parse(&name, &text) {
        Ok(tree) => tree.findings,
        Err(error) => vec![error.finding()],
    };
    texts.insert(name, text);
    Ok(findings)
}

/// The datasets that the base does not have, with what they change.
async fn changed(session: &Session, gathered: &Gathered, base: &base::Base) -> Vec<DatasetChange> {
    let blocks: Arc<dyn BlockGet> = Arc::new(session.fetcher.clone());
    let inputs = Inputs {
        pinlist: &base.pinlist,
        // That of the change: the base only says which datasets were there.
        content: &session.files.content,
        blocks: Arc::clone(&blocks),
        cache: &session.cache,
        build_time: session.build_time,
        previous: None,
        brief: false,
        show_progress: false,
    };
    // From the cache, but for what was taken out.
    let before = gather(&inputs).await;
    let known: BTreeSet<&str> =
        before.catalogue.entries.iter().map(|entry| entry.dataset.cid.as_str()).collect();
    let find = |cid: &str| {
        let entries = &gathered.catalogue.entries;
        let at = entries.binary_search_by(|entry| entry.dataset.cid.as_str().cmp(cid)).ok()?;
        Some(&entries[at].dataset)
    };
    let mut changes = Vec::new();
    for entry in &gathered.catalogue.entries {
        let dataset = &entry.dataset;
        if known.contains(dataset.cid.as_str()) {
            continue;
        }
        let own = dataset.versions.iter().position(|version| version.cid == dataset.cid);
        let older = own.and_then(|own| dataset.versions.get(own + 1)).and_then(|version| find(&version.cid));
        changes.push(change::describe(&*blocks, older, dataset).await);
    }
    changes
}

impl Report {
    /// Leaves out what the change did not touch: findings of other pins, other datasets, unchanged files.
    fn limit(
        &mut self,
        list: &Pinlist,
        touched: &change::Touched,
        revision: &str,
        datasets: &BTreeSet<String>,
    ) {
        let is_ours = |cid| touched.added.contains(cid) || touched.altered.contains(cid);
        // From the line of a pin to that of the next.
        let lines: Vec<(u32, u32, bool)> = list
            .pins
            .iter()
            .enumerate()
            .map(|(index, pin)| {
                let end = list.pins.get(index + 1).map_or(u32::MAX, |next| next.line);
                (pin.line, end, is_ours(&pin.cid))
            })
            .collect();
        let mut changed_files: BTreeMap<String, bool> = BTreeMap::new();
        let texts = &self.texts;
        self.findings.retain(|finding| {
            let at = &finding.place;
            if let Some(dataset) = &at.dataset {
                return datasets.iter().any(|cid| dataset.contains(cid.as_str()));
            }
            match (&at.file, at.line) {
                (Some(file), Some(line)) if *file == list.file => lines
                    .iter()
                    .find(|(start, end, _)| (*start..*end).contains(&line))
                    // Of a pin that is left out nobody knows whether it is new.
                    .is_none_or(|(.., ours)| {
                        *ours
                            || finding.severity == pinfold_core::finding::Severity::Error && at.pin.is_none()
                    }),
                (Some(file), _) => {
                    let text = texts.get(file).map(String::as_str).unwrap_or_default();
                    *changed_files.entry(file.clone()).or_insert_with(|| base::differs(file, text, revision))
                }
                (None, _) => true,
            }
        });
    }

    fn show(&self, format: Format) -> String {
        match format {
            Format::Text => {
                let mut out = change::text(&self.changes);
                out += &report::text(&self.findings, &self.texts);
                // The list of what would raise each is in the JSON and on the landing page.
                for (title, cid, points) in &self.scores {
                    out += &format!("{points:>3} of 100 points: {} ({cid})\n", report::one_line(title));
                }
                out
            }
            Format::Json => {
                let scores: Vec<serde_json::Value> = self
                    .scores
                    .iter()
                    .map(|(title, cid, points)| serde_json::json!({"cid": cid, "title": title, "points": points}))
                    .collect();
                report::json_with(&self.findings, &self.changes, &scores)
            }
            Format::Markdown => {
                let mut out = report::markdown_with(&self.findings, self.docs.as_deref());
                out += &change::markdown(&self.changes);
                out
            }
            Format::Github => report::github(&self.findings, self.docs.as_deref()),
            Format::Sarif => report::sarif(&self.findings, self.docs.as_deref()),
        }
    }
}
