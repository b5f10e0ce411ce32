//! What a change of the catalogue does, for whoever has to accept it. Entry point: [`compare`].
//!
//! Pinlist against pinlist (added, altered and removed pins, CIDs that changed under a name), and dataset
//! against the version that it replaces: attributes, variables, extents, and by Merkle difference the bytes
//! that are really new.

use std::collections::{BTreeMap, BTreeSet};

use pinfold_core::block::BlockGet;
use pinfold_core::cid::Cid;
use pinfold_core::finding::{Finding, Place, codes};
use pinfold_core::model::{Dataset, Variable};
use serde::Serialize;
use serde_json::Value;

use crate::dois::Dois;
use crate::merkle;
use crate::pinlist::{Pin, Pinlist};
use crate::report::one_line;

/// Lines of one dataset.
const MAX_LINES: usize = 40;
/// Characters of a value.
const MAX_CHARS: usize = 80;
/// New bytes that the operators of nodes should hear of before.
const LARGE_BYTES: u64 = 50_000_000_000;

/// Which pins a change touches.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    /// CIDs that are new in the list.
    pub added: BTreeSet<Cid>,
    /// Pins that say something else than before.
    pub altered: BTreeSet<Cid>,
    /// What the change must not do.
    pub findings: Vec<Finding>,
}

fn finding(code: &str, message: String) -> Finding {
    let known = codes::find(code).expect("every code is in the table");
    Finding::new(known.severity, code, message).hint(known.hint)
}

/// Compares two pinlists.
#[must_use]
pub fn compare(before: &Pinlist, after: &Pinlist, dois: &Dois) -> Touched {
    let old: BTreeMap<Cid, &Pin> = before.pins.iter().map(|pin| (pin.cid, pin)).collect();
    let new: BTreeMap<Cid, &Pin> = after.pins.iter().map(|pin| (pin.cid, pin)).collect();
    let mut touched = Touched::default();
    for (cid, pin) in &new {
        match old.get(cid) {
            None => drop(touched.added.insert(*cid)),
            Some(before) if before.raw != pin.raw => drop(touched.altered.insert(*cid)),
            Some(_) => {}
        }
    }
    let place = |line: Option<u32>, pin: &Pin| Place {
        file: Some(after.file.clone()),
        line: line.or(Some(1)),
        pin: Some(pin.label()),
        ..Place::default()
    };
    for (cid, pin) in old.iter().filter(|(cid, _)| !new.contains_key(cid)) {
        let renamed = after.pins.iter().find(|other| {
            touched.added.contains(&other.cid) && other.name.is_some() && other.name == pin.name
        });
        let doi = dois.get(*cid).map(|doi| doi.doi.clone());
        let one = match (doi, renamed) {
            (Some(doi), _) => {
                let message = format!("`{}` ({cid}) is taken out, but has the DOI {doi}", pin.label());
                finding("doi-without-pin", message).at(place(renamed.map(|other| other.line), pin))
            }
            (None, Some(other)) => {
                let message = format!("`{}` was {cid} and becomes {}", pin.label(), other.cid);
                finding("cid-changed", message).at(place(Some(other.line), pin))
            }
            (None, None) => {
                finding("pin-removed", format!("`{}` ({cid}) is taken out of the list", pin.label()))
                    .at(place(None, pin))
            }
        };
        touched.findings.push(one);
    }
    touched
}

/// What a dataset changes of the one that it replaces.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DatasetChange {
    /// The new one.
    pub cid: String,
    /// Its title.
    pub title: String,
    /// The one that it replaces; absent for a new dataset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// In words, one a line.
    pub changes: Vec<String>,
    /// Bytes of blocks that nobody has yet.
    pub added_bytes: u64,
    /// Bytes that both have.
    pub shared_bytes: u64,
    /// Points of the score, now and before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<u32>,
    /// Points of the version before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score_before: Option<u32>,
}

/// Describes a dataset that is new in the catalogue.
pub async fn describe(blocks: &dyn BlockGet, before: Option<&Dataset>, after: &Dataset) -> DatasetChange {
    let mut change = DatasetChange {
        cid: after.cid.clone(),
        title: one_line(&after.display_title()),
        added_bytes: after.size_bytes,
        score: after.score.as_ref().map(|score| score.points),
        ..DatasetChange::default()
    };
    let Some(before) = before else {
        let variables = after.variables.len();
        change.changes.push(format!("new dataset: {variables} variables in {}", after.format));
        return change;
    };
    change.replaces = Some(before.cid.clone());
    change.score_before = before.score.as_ref().map(|score| score.points);
    change.changes = records(before, after);
    if let (Ok(old), Ok(new)) = (before.cid.parse(), after.cid.parse()) {
        match merkle::difference(blocks, old, new).await {
            Ok(found) => {
                (change.added_bytes, change.shared_bytes) = (found.added_bytes, found.shared_bytes);
                files(&found, &mut change.changes);
            }
            Err(error) => change.changes.push(format!("which bytes are new is not known: {error}")),
        }
    }
    change
}

/// A remark on data that are much for everybody.
#[must_use]
pub fn large(changes: &[DatasetChange]) -> Option<Finding> {
    let bytes = changes.iter().fold(0u64, |sum, change| sum.saturating_add(change.added_bytes));
    (bytes > LARGE_BYTES).then(|| finding("pin-large", format!("this adds {:.0} GB", bytes as f64 / 1e9)))
}

fn files(found: &merkle::Difference, lines: &mut Vec<String>) {
    // Of chunks only how many: `ta/c/0/17` says nothing to a person.
    let mut by_array: BTreeMap<&str, usize> = BTreeMap::new();
    for path in &found.changed {
        let top = path.split('/').next().unwrap_or_default();
        *by_array.entry(if path.contains('/') { top } else { path }).or_default() += 1;
    }
    let parts: Vec<String> = by_array
        .iter()
        .take(12)
        .map(|(name, count)| if *count > 1 { format!("{name} ({count} files)") } else { (*name).to_owned() })
        .collect();
    if !parts.is_empty() {
        let more = by_array.len().saturating_sub(12);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(format!("files that differ: {}{more}", one_line(&parts.join(", "))));
    }
    if !found.removed.is_empty() {
        lines.push(format!("{} files or folders are gone", found.removed.len()));
    }
    if found.is_partial {
        lines.push("there is more that differs than was compared".to_owned());
    }
}

fn short(text: &str) -> String {
    let text = one_line(text);
    let mut cut: String = text.chars().take(MAX_CHARS).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

fn value(value: &Value) -> String {
    short(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// What the two records say differently.
fn records(before: &Dataset, after: &Dataset) -> Vec<String> {
    let mut lines = Vec::new();
    attributes("", &before.attributes, &after.attributes, &mut lines);
    let old: BTreeMap<&str, &Variable> = before.variables.iter().map(|v| (v.name.as_str(), v)).collect();
    let new: BTreeMap<&str, &Variable> = after.variables.iter().map(|v| (v.name.as_str(), v)).collect();
    let form = |v: &Variable| format!("{} {:?}", v.dtype, v.shape);
    for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        match (old.get(name), new.get(name)) {
            (Some(old), None) => lines.push(format!("- {} {}", short(name), form(old))),
            (None, Some(new)) => lines.push(format!("+ {} {}", short(name), form(new))),
            (Some(old), Some(new)) => {
                let parts = [
                    ("type", old.dtype.clone(), new.dtype.clone()),
                    ("shape", format!("{:?}", old.shape), format!("{:?}", new.shape)),
                    ("chunks", format!("{:?}", old.chunk_shape), format!("{:?}", new.chunk_shape)),
                    ("units", or_none(&old.units), or_none(&new.units)),
                    ("standard_name", or_none(&old.standard_name), or_none(&new.standard_name)),
                    ("long_name", or_none(&old.long_name), or_none(&new.long_name)),
                    ("codec", or_none(&old.codec), or_none(&new.codec)),
                ];
                for (what, old, new) in parts.into_iter().filter(|(_, old, new)| old != new) {
                    lines.push(format!("{} {what}: {old} → {new}", short(name)));
                }
                attributes(&format!("{} ", short(name)), &old.attributes, &new.attributes, &mut lines);
            }
            (None, None) => {}
        }
    }
    let time = |d: &Dataset| d.extent.time.as_ref().map(|time| format!("{} to {}", time.start, time.end));
    let bbox = |d: &Dataset| d.extent.bbox.map(|bbox| format!("{bbox:?}"));
    let vertical = |d: &Dataset| {
        d.extent.vertical.as_ref().map(|v| format!("{} to {} {}", v.min, v.max, short(&v.units)))
    };
    for (what, old, new) in [
        ("time", time(before), time(after)),
        ("bounding box", bbox(before), bbox(after)),
        ("vertical range", vertical(before), vertical(after)),
    ] {
        if old != new {
            lines.push(format!("{what}: {} → {}", or_none(&old), or_none(&new)));
        }
    }
    let more = lines.len().saturating_sub(MAX_LINES);
    if more > 0 {
        lines.truncate(MAX_LINES);
        lines.push(format!("and {more} more differences"));
    }
    lines
}

fn or_none(text: &Option<String>) -> String {
    text.as_deref().map_or_else(|| "none".to_owned(), short)
}

fn attributes(
    whose: &str,
    old: &serde_json::Map<String, Value>,
    new: &serde_json::Map<String, Value>,
    lines: &mut Vec<String>,
) {
    for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let shown = short(name);
        match (old.get(name), new.get(name)) {
            (Some(was), None) => lines.push(format!("- {whose}{shown}: {}", value(was))),
            (None, Some(is)) => lines.push(format!("+ {whose}{shown}: {}", value(is))),
            (Some(was), Some(is)) if was != is => {
                lines.push(format!("{whose}{shown}: {} → {}", value(was), value(is)));
            }
            _ => {}
        }
    }
}

/// For people.
#[must_use]
pub fn text(changes: &[DatasetChange]) -> String {
    changes.iter().map(|change| format!("{}\n", block(change, "", "  "))).collect()
}

/// For a comment on a pull request; whatever the datasets say is inside of code.
#[must_use]
pub fn markdown(changes: &[DatasetChange]) -> String {
    let mut out = String::new();
    for change in changes {
        let lines = block(change, "", "  ").replace('`', "'");
        out += &format!("\n```text\n{lines}```\n");
    }
    out
}

fn block(change: &DatasetChange, first: &str, indent: &str) -> String {
    let mut out = format!("{first}{} ({})\n", short(&change.title), change.cid);
    if let Some(old) = &change.replaces {
        out += &format!("{indent}replaces {old}\n");
    }
    let mb = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    out += &format!(
        "{indent}{} new, {} shared with the version before\n",
        mb(change.added_bytes),
        mb(change.shared_bytes)
    );
    match (change.score_before, change.score) {
        (Some(before), Some(now)) => out += &format!("{indent}FAIR score {before} → {now}\n"),
        (None, Some(now)) => out += &format!("{indent}FAIR score {now} of 100\n"),
        _ => {}
    }
    for line in &change.changes {
        out += &format!("{indent}{line}\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use pinfold_core::block::MemoryBlocks;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_change_must_not_do() {
        let a = "bafkqaaa";
        let b = "bafkqabtimvwgy3yk";
        let c = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG";
        let before =
            Pinlist::parse("p", &format!("- cid: {a}\n  name: one\n- cid: {b}\n  name: two\n")).unwrap();
        let show = |text: &str, dois: &str| {
            let after = Pinlist::parse("p", text).unwrap();
            let dois = Dois::parse("dois.yaml", dois, &mut Vec::new()).unwrap();
            let touched = compare(&before, &after, &dois);
            let lines: Vec<String> =
                touched.findings.iter().map(|f| format!("{} {}", f.code, f.message)).collect();
            format!("+{} ~{} {}", touched.added.len(), touched.altered.len(), lines.join("; "))
        };
        let same = format!("- cid: {a}\n  name: one\n- cid: {b}\n  name: two\n");
        expect!["+0 ~0 "].assert_eq(&show(&same, ""));
        expect!["+1 ~0 cid-changed `two` was bafkqabtimvwgy3yk and becomes bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34"]
            .assert_eq(&show(&format!("- cid: {a}\n  name: one\n- cid: {c}\n  name: two\n"), ""));
        expect!["+0 ~1 pin-removed `two` (bafkqabtimvwgy3yk) is taken out of the list"]
            .assert_eq(&show(&format!("- cid: {a}\n  name: uno\n"), ""));
        expect!["+0 ~0 doi-without-pin `two` (bafkqabtimvwgy3yk) is taken out, but has the DOI 10.5072/two"]
            .assert_eq(&show(
                &format!("- cid: {a}\n  name: one\n"),
                &format!("{b}: {{doi: 10.5072/two, published: 2026}}\n"),
            ));
    }

    #[test]
    fn a_readable_difference() {
        let mut before = Dataset { cid: "x".into(), format: "Zarr v2".into(), ..Dataset::default() };
        before.attributes = json!({"title": "A", "history": "made", "gone": 1}).as_object().unwrap().clone();
        before.variables = vec![
            Variable {
                name: "ta".into(),
                dtype: "float32".into(),
                shape: vec![10],
                units: Some("K".into()),
                ..Variable::default()
            },
            Variable { name: "old".into(), dtype: "int8".into(), ..Variable::default() },
        ];
        let mut after = before.clone();
        after.attributes =
            json!({"title": "B", "history": "made", "new": "`x`"}).as_object().unwrap().clone();
        after.variables[0].shape = vec![12];
        after.variables[0].units = None;
        after.variables[1].name = "neu\u{1b}[31m".into();
        after.extent.bbox = Some([0.0, 1.0, 2.0, 3.0]);
        let blocks = MemoryBlocks::new("none");
        let change = futures::executor::block_on(describe(&blocks, Some(&before), &after));
        expect![[r#"

            ```text
            Dataset x (x)
              replaces x
              0.0 MB new, 0.0 MB shared with the version before
              - gone: 1
              + new: 'x'
              title: A → B
              + neu [31m int8 []
              - old int8 []
              ta shape: [10] → [12]
              ta units: K → none
              bounding box: none → [0.0, 1.0, 2.0, 3.0]
            ```
        "#]]
        .assert_eq(&markdown(&[change]));
    }
}
