//! Pins → datasets, the only stage that reads blocks. Entry point: [`gather`].
//!
//! The trees of all pins are walked down to the outermost datasets, every dataset is read once (from the
//! cache, where it is known), and the pinlist and the configuration complete its record. What goes wrong
//! with one pin or one dataset is a finding that names it; nothing stops the others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use futures::StreamExt;
use jiff::Timestamp;
use pinfold_core::block::{BlockGet, Limits};
use pinfold_core::cid::Cid;
use pinfold_core::extract::{bare, uuid};
use pinfold_core::finding::{Finding, Place, Severity};
use pinfold_core::model::Dataset;
use pinfold_core::unixfs::Unixfs;
use rayon::prelude::*;

use crate::catalogue::{Catalogue, Entry, Left};
use crate::content::Content;
use crate::pinlist::{Pin, Pinlist};
use crate::progress::Progress;
use crate::rules;
use crate::timings::phase;

pub mod cache;
mod changes;
mod complete;
mod filter;
mod history;
mod locate;
mod parts;
mod previous;
mod read;

pub use parts::load_parts;

use cache::Cache;
use history::Histories;
use locate::Problem;
use read::Extracted;

/// Datasets that are read at the same time; each has several blocks in flight.
const DATASETS_IN_FLIGHT: usize = 16;

/// What to gather from.
pub struct Inputs<'a> {
    /// What is published.
    pub pinlist: &'a Pinlist,
    /// The configuration.
    pub content: &'a Content,
    /// Where blocks come from.
    pub blocks: Arc<dyn BlockGet>,
    /// What was read before.
    pub cache: &'a Cache,
    /// Decides embargoes and assumed years.
    pub build_time: Timestamp,
    /// An earlier build, whose pages are carried over where blocks cannot be had.
    pub previous: Option<&'a Path>,
    /// Whether to show progress.
    pub show_progress: bool,
    /// Leaves in the cache what only a dataset's own pages need, see [`Left::Details`].
    pub brief: bool,
}

/// What was gathered.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Everything the later stages need, but for pictures and `meta.car`: see [`load_parts`].
    pub catalogue: Catalogue,
    /// Datasets that could not be read.
    pub failed: usize,
    /// Datasets that were read from blocks, not from the cache.
    pub read: usize,
}

/// Finds and reads all datasets of the pinlist.
pub async fn gather(inputs: &Inputs<'_>) -> Gathered {
    let mut findings = inputs.pinlist.findings.clone();
    findings.extend(inputs.content.findings.iter().cloned());
    let unixfs = Arc::new(Unixfs::new(Arc::clone(&inputs.blocks), Limits::default()));

    let finding = phase("gather: find datasets");
    let found = find_datasets(inputs, &unixfs, &mut findings).await;
    let histories = Histories::new(inputs.pinlist, &found);
    drop(finding);
    let registered = inputs.content.dois.iter().map(|(cid, _)| cid);
    let cids: BTreeSet<Cid> = histories.sightings.keys().copied().chain(registered).collect();

    let mut gathered = Gathered::default();
    let completion = complete::Completion {
        list: inputs.pinlist,
        content: inputs.content,
        histories: &histories,
        build_time: inputs.build_time,
    };
    let reading = phase("gather: read datasets");
    let finish = |cid, extracted: Extracted| {
        let record = extracted.cached;
        let mut entry = extracted.into_entry();
        completion.complete(cid, &mut entry.dataset);
        rules::judge(&mut entry.dataset);
        // Those of which there are versions are compared first.
        if let Some(record) = record.filter(|_| inputs.brief && entry.dataset.versions.len() < 2) {
            parts::leave_details(&mut entry, record);
        }
        // In a box: half of a map's places are empty.
        Box::new((entry, record))
    };
    let mut known = read_all(inputs, &unixfs, &cids, &mut gathered.read, &finish).await;
    drop(reading);
    let completing = phase("gather: put together");
    let mut entries = Vec::with_capacity(known.len());
    let mut records = BTreeMap::new();
    for cid in cids {
        let Some(read) = known.remove(&cid) else { continue };
        let read = read.or_else(|problem| {
            let place = place_of(inputs.pinlist, &histories, cid);
            let recovered = recover(inputs, cid, &problem, place, &mut findings);
            recovered.map(|extracted| finish(cid, extracted)).ok_or(problem)
        });
        let is_withdrawn = histories.pins_of(inputs.pinlist, cid).any(|(_, pin)| pin.withdrawn.is_some());
        let (entry, record) = match read {
            Ok(finished) => *finished,
            Err(_) => {
                gathered.failed += 1;
                // A tombstone or a page that a DOI leads to can be written without a single block.
                if !is_withdrawn && inputs.content.dois.get(cid).is_none() {
                    continue;
                }
                *finish(cid, Extracted { dataset: bare(cid), ..Extracted::default() })
            }
        };
        if let Some(record) = record.filter(|_| inputs.brief && entry.left == Left::Parts) {
            records.insert(entry.dataset.cid.clone(), record);
        }
        entries.push(entry);
    }
    tell_changes(&histories, &mut entries);
    for entry in &mut entries {
        if let Some(record) = records.get(&entry.dataset.cid) {
            parts::leave_details(entry, *record);
        }
    }
    carry_over_the_rest(inputs, &mut entries, &mut findings);
    entries.sort_by(|a, b| a.dataset.cid.cmp(&b.dataset.cid));
    drop(completing);
    gathered.catalogue = Catalogue {
        site: inputs.content.site.clone(),
        entries,
        pins: inputs.pinlist.pins.iter().map(|pin| pin.raw.clone()).collect(),
        pages: inputs.content.pages.clone(),
        findings,
        build_time: inputs.build_time,
        ..Catalogue::default()
    };
    gathered
}

/// Reads one dataset that need not be in any pinlist.
///
/// # Errors
/// In words, when it cannot be read.
pub async fn inspect(inputs: &Inputs<'_>, cid: Cid) -> Result<Dataset, String> {
    let unixfs = Arc::new(Unixfs::new(Arc::clone(&inputs.blocks), Limits::default()));
    let mut findings = Vec::new();
    let found = find_datasets(inputs, &unixfs, &mut findings).await;
    let histories = Histories::new(inputs.pinlist, &found);
    let completion = complete::Completion {
        list: inputs.pinlist,
        content: inputs.content,
        histories: &histories,
        build_time: inputs.build_time,
    };
    let finish = |cid, extracted: Extracted| {
        let mut dataset = extracted.dataset;
        completion.complete(cid, &mut dataset);
        rules::judge(&mut dataset);
        dataset
    };
    let mut known = read_all(inputs, &unixfs, &BTreeSet::from([cid]), &mut 0, &finish).await;
    match known.remove(&cid) {
        Some(Ok(dataset)) => Ok(dataset),
        Some(Err(Problem::Unreachable(reason) | Problem::Unreadable(reason))) => Err(reason),
        None => Err("nothing was read".to_owned()),
    }
}

/// The datasets below every pin, filtered as site.yaml says.
async fn find_datasets(
    inputs: &Inputs<'_>,
    unixfs: &Arc<Unixfs>,
    findings: &mut Vec<Finding>,
) -> Vec<Vec<(String, Cid)>> {
    let list = inputs.pinlist;
    let selection = filter::Selection::new(&inputs.content.site, findings);
    let chosen: Vec<usize> = (0..list.pins.len()).filter(|&index| selection.pin(&list.pins[index])).collect();
    let roots: Vec<Cid> = chosen.iter().map(|&index| list.pins[index].cid).collect();
    let progress = progress(inputs, "walking trees");
    let subtrees = locate::locate(&roots, unixfs, inputs.cache, &progress).await;
    let mut found = vec![Vec::new(); list.pins.len()];
    let is_whole = subtrees.iter().all(|subtree| subtree.problems.is_empty());
    let before = inputs.previous.filter(|_| !is_whole).map(previous::sightings).unwrap_or_default();
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    for (&index, subtree) in chosen.iter().zip(&subtrees) {
        let pin = &list.pins[index];
        found[index] = subtree.datasets.iter().filter(|(path, _)| selection.path(path)).cloned().collect();
        // The same broken folder in a hundred HEADs is one thing to mend.
        for (path, problem) in &subtree.problems {
            let below: Vec<(String, Cid)> = before
                .get(&pin.cid)
                .into_iter()
                .flatten()
                .filter(|(other, _)| Path::new(other).starts_with(path) && selection.path(other))
                .cloned()
                .collect();
            let mut finding = pin_finding(list, pin, path, problem);
            if !below.is_empty() {
                finding.severity = Severity::Warning;
                finding.message += &format!("; {} datasets are the ones of the earlier build", below.len());
            }
            found[index].extend(below);
            if told.insert((path.clone(), finding.message.clone())) {
                findings.push(finding);
            }
        }
        let auxiliary = pin.tags.iter().any(|tag| tag == complete::AUXILIARY_TAG);
        if subtree.datasets.is_empty() && subtree.problems.is_empty() && !auxiliary {
            findings.push(without_dataset(list, pin));
        }
    }
    found
}

fn progress(inputs: &Inputs<'_>, what: &str) -> Progress {
    if inputs.show_progress { Progress::start(what, 0) } else { Progress::silent() }
}

fn pin_finding(list: &Pinlist, pin: &Pin, path: &str, problem: &Problem) -> Finding {
    let whose = if path.is_empty() { "its root".to_owned() } else { format!("`{path}`") };
    let finding = match problem {
        Problem::Unreachable(reason) => {
            let code = if path.is_empty() { "pin-unreachable" } else { "folder-unreachable" };
            Finding::new(Severity::Error, code, format!("{whose} cannot be had: {reason}"))
                .hint(how_to_get(pin.cid))
        }
        Problem::Unreadable(reason) => Finding::new(
            Severity::Error,
            "folder-unreadable",
            format!("{whose} cannot be looked into: {reason}"),
        )
        .hint("publish it as a directory of UnixFS, as `ipfs add -r` and `pinfold cid` make it"),
    };
    finding.at(list.place(pin))
}

fn how_to_get(cid: Cid) -> String {
    format!(
        "start a node that has it, or take it along as a file: `ipfs dag export {cid} > data.car`, then add `--source data.car`"
    )
}

fn without_dataset(list: &Pinlist, pin: &Pin) -> Finding {
    Finding::new(
        Severity::Warning,
        "pin-without-dataset",
        "neither a Zarr group nor a folder with dataset_meta.yaml is in it",
    )
    .hint("if it is not meant to be in the catalogue, give it the tag `aux` or exclude its tag in site.yaml")
    .at(list.place(pin))
}

fn place_of(list: &Pinlist, histories: &Histories, cid: Cid) -> Place {
    let mut place = match histories.pins_of(list, cid).next() {
        Some((_, pin)) => list.place(pin),
        None => Place::default(),
    };
    place.dataset = Some(cid.to_string());
    place
}

/// Every dataset from the cache or from blocks, each finished as soon as it is there: what was read of ten thousand is
/// more than what is left of them.
async fn read_all<T: Send>(
    inputs: &Inputs<'_>,
    unixfs: &Arc<Unixfs>,
    cids: &BTreeSet<Cid>,
    read: &mut usize,
    finish: &(impl Fn(Cid, Extracted) -> T + Sync),
) -> BTreeMap<Cid, Result<T, Problem>> {
    let list: Vec<Cid> = cids.iter().copied().collect();
    let mut known: BTreeMap<Cid, Result<T, Problem>> = list
        .par_iter()
        .filter_map(|cid| {
            let extracted = parts::from_cache(inputs.cache, *cid)?;
            Some((*cid, Ok(finish(*cid, extracted))))
        })
        .collect();
    let missing: Vec<Cid> = list.into_iter().filter(|cid| !known.contains_key(cid)).collect();
    if missing.is_empty() {
        return known;
    }
    let progress = progress(inputs, "reading datasets");
    progress.grow(missing.len() as u64);
    let mut tasks = futures::stream::iter(missing)
        .map(|cid| {
            let unixfs = Arc::clone(unixfs);
            async move {
                let task = tokio::spawn(async move { read::read(&unixfs, cid).await });
                let result = task.await.unwrap_or_else(|error| {
                    // A fault of this program must not cost the other datasets either.
                    Err(Problem::Unreadable(format!("reading it failed unexpectedly: {error}")))
                });
                (cid, result)
            }
        })
        .buffer_unordered(DATASETS_IN_FLIGHT);
    while let Some((cid, result)) = tasks.next().await {
        let result = result.map(|mut extracted| {
            *read += 1;
            parts::to_cache(inputs.cache, cid, &mut extracted);
            finish(cid, extracted)
        });
        known.insert(cid, result);
        progress.advance(1);
    }
    known
}

/// What an earlier build knew of a dataset that cannot be read now; says so either way.
fn recover(
    inputs: &Inputs<'_>,
    cid: Cid,
    problem: &Problem,
    place: Place,
    findings: &mut Vec<Finding>,
) -> Option<Extracted> {
    let carried = inputs.previous.and_then(|folder| previous::load(folder, cid));
    let (code, reason, hint) = match problem {
        Problem::Unreachable(reason) => ("dataset-unreachable", reason, how_to_get(cid)),
        Problem::Unreadable(reason) => {
            let hint =
                "mend it and publish it again; the old pin can stay, named as `meta.prev` of the new one";
            ("dataset-unreadable", reason, hint.to_owned())
        }
    };
    let finding = match carried {
        Some(_) => Finding::new(
            Severity::Warning,
            "carried-over",
            format!("the dataset cannot be read now, its page is the one of the earlier build: {reason}"),
        ),
        None => Finding::new(Severity::Error, code, format!("the dataset cannot be read: {reason}")),
    };
    findings.push(finding.hint(hint).at(place));
    carried
}

/// Pages that an earlier build had and that no pin leads to any more.
fn carry_over_the_rest(inputs: &Inputs<'_>, entries: &mut Vec<Entry>, findings: &mut Vec<Finding>) {
    let Some(folder) = inputs.previous else { return };
    let have: BTreeSet<&str> = entries.iter().map(|entry| entry.dataset.cid.as_str()).collect();
    let gone: Vec<Cid> =
        previous::list(folder).into_iter().filter(|cid| !have.contains(cid.to_string().as_str())).collect();
    for cid in gone {
        let Some(extracted) = previous::load(folder, cid) else { continue };
        let place = Place { dataset: Some(cid.to_string()), ..Place::default() };
        let message = format!(
            "no pin holds the dataset `{}` any more; its page is carried over",
            extracted.dataset.display_title()
        );
        let hint = "what was published stays: put the pin back, with `meta.withdrawn` if it must not be used";
        findings.push(Finding::new(Severity::Warning, "pin-removed", message).hint(hint).at(place));
        let mut entry = extracted.into_entry();
        for pin in &mut entry.dataset.pins {
            pin.current = false;
        }
        entries.push(entry);
    }
}

/// Fills in what changed from version to version. Datasets have one version in most cases.
fn tell_changes(histories: &Histories, entries: &mut [Entry]) {
    let index: BTreeMap<String, usize> =
        entries.iter().enumerate().map(|(index, entry)| (entry.dataset.cid.clone(), index)).collect();
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.dataset.versions.len() > 1) {
        let before = entry.dataset.cid.parse().ok().and_then(|cid| histories.before(cid));
        if let Some(before) = before.and_then(|cid| index.get(&cid.to_string())) {
            let words = changes::changes(&entries[*before].dataset, &entry.dataset);
            told.insert(entry.dataset.cid.clone(), words);
        }
    }
    for version in entries.iter_mut().flat_map(|entry| &mut entry.dataset.versions) {
        if let Some(words) = told.get(&version.cid) {
            version.changes.clone_from(words);
        }
    }
}
