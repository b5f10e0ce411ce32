//! `pinlist.yaml`: what the catalogue publishes. Entry point: [`Pinlist::parse`].
//!
//! A list of Pin objects of the [IPFS Pinning Service API](https://ipfs.github.io/pinning-services-api-spec/):
//! `cid` (required), `name`, `origins`, `meta`. Of `meta`, `tags` (a list, or text with commas), `prev`
//! (the CID that this pin replaces), `created`, `withdrawn`, `reason` and `embargo` have a meaning here;
//! every other key is kept and passed through. What is wrong with one pin is a finding and costs the
//! catalogue that pin at most. How pins replace one another is told by [`families`](Pinlist::families).
//!
//! ```
//! let list = pinfold::pinlist::Pinlist::parse("pinlist.yaml", "- cid: bafkqaaa\n  name: empty\n").unwrap();
//! assert_eq!(list.pins[0].name.as_deref(), Some("empty"));
//! assert!(list.findings.is_empty());
//! ```

use std::collections::BTreeMap;

use jiff::civil::Date;
use pinfold_core::cid::Cid;
use pinfold_core::finding::{Finding, Place, Severity};
use pinfold_core::model::PinRef;

use crate::yaml::{self, Key, Node, YamlError};

pub mod edit;
mod family;
mod lint;

pub use family::Family;

/// The most pins that a list may have.
const MAX_PINS: usize = 1_000_000;

/// Keys of a pin that have a meaning.
const PIN_KEYS: [&str; 4] = ["cid", "name", "origins", "meta"];

/// A pinlist as it was read.
#[derive(Debug, Clone, Default)]
pub struct Pinlist {
    /// The file's name, for messages.
    pub file: String,
    /// The pins that can be used, in the order of the file.
    pub pins: Vec<Pin>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    families: Vec<Family>,
}

/// One pin.
#[derive(Debug, Clone)]
pub struct Pin {
    /// Its root.
    pub cid: Cid,
    /// Its name.
    pub name: Option<String>,
    /// Multiaddresses of peers that are said to have it.
    pub origins: Vec<String>,
    /// `meta.tags`.
    pub tags: Vec<String>,
    /// `meta.prev`: the pin that this one replaces.
    pub prev: Option<Cid>,
    /// `meta.created` as it is written (it begins with an ISO date).
    pub created: Option<String>,
    /// `meta.withdrawn`.
    pub withdrawn: Option<Date>,
    /// `meta.reason` of the withdrawal.
    pub reason: Option<String>,
    /// `meta.embargo`: presentation is delayed until this day.
    pub embargo: Option<Date>,
    /// Everything as it was read, unknown keys included.
    pub raw: serde_json::Value,
    /// Where the pin begins; lines and columns count from 1.
    pub line: u32,
    /// Column of the same.
    pub column: u32,
    /// Where its `prev` is.
    prev_at: (u32, u32),
}

impl Pin {
    /// What to call the pin in messages: its name, else its shortened CID.
    #[must_use]
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.cid.short())
    }

    /// The reference that a record holds to the pin.
    #[must_use]
    pub fn reference(&self, path: &str, current: bool) -> PinRef {
        PinRef {
            cid: self.cid.to_string(),
            name: self.name.clone(),
            path: path.to_owned(),
            tags: self.tags.clone(),
            created: self.created.clone(),
            current,
        }
    }
}

impl Pinlist {
    /// Reads a pinlist; `file` is its name in messages. An empty file is an empty list.
    ///
    /// # Errors
    /// When the text is no YAML or not a list. Faults of single pins are findings.
    pub fn parse(file: &str, text: &str) -> Result<Self, YamlError> {
        let root = yaml::parse(file, text)?;
        let mut list = Self { file: file.to_owned(), ..Self::default() };
        if root.is_null() {
            return Ok(list);
        }
        let Some(items) = root.list() else {
            let message = format!("a pinlist is a list of pins, but here is {}", root.kind());
            let hint = "write each pin as `- cid: <CID>`".to_owned();
            return Err(yaml::error_at(file, text, root.line, root.column, message, Some(hint)));
        };
        if items.len() > MAX_PINS {
            let message = format!("{} pins are more than the limit of {MAX_PINS}", items.len());
            return Err(yaml::error_at(file, text, root.line, root.column, message, None));
        }
        let mut seen: BTreeMap<Cid, usize> = BTreeMap::new();
        for item in items {
            let Some(pin) = list.read_pin(item) else { continue };
            if let Some(&first) = seen.get(&pin.cid) {
                list.duplicate(first, &pin, item);
                continue;
            }
            seen.insert(pin.cid, list.pins.len());
            list.pins.push(pin);
        }
        list.find_families(&seen);
        Ok(list)
    }

    /// How the pins replace one another, in the order of their first pins in the file.
    #[must_use]
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// The place of `pin`.
    #[must_use]
    pub fn place(&self, pin: &Pin) -> Place {
        self.place_at(pin.line, pin.column, Some(pin.label()))
    }

    fn place_at(&self, line: u32, column: u32, pin: Option<String>) -> Place {
        Place {
            file: Some(self.file.clone()),
            line: Some(line),
            column: Some(column),
            pin,
            ..Place::default()
        }
    }

    fn note(
        &mut self,
        severity: Severity,
        code: &str,
        at: (u32, u32),
        pin: Option<&str>,
        message: String,
        hint: &str,
    ) {
        let place = self.place_at(at.0, at.1, pin.map(str::to_owned));
        self.findings.push(Finding::new(severity, code, message).hint(hint).at(place));
    }

    fn duplicate(&mut self, first: usize, pin: &Pin, item: &Node) {
        let earlier = &self.pins[first];
        let spelling =
            if earlier.cid.is_v0() == pin.cid.is_v0() { "" } else { ", spelled as CIDv0 and as CIDv1" };
        let message = format!(
            "this pin has the same CID as `{}` in line {}{spelling}; the later one is left out",
            earlier.label(),
            earlier.line
        );
        let at = item.get("cid").map_or((item.line, item.column), |cid| (cid.line, cid.column));
        let label = pin.label();
        self.note(
            Severity::Error,
            "cid-duplicate",
            at,
            Some(&label),
            message,
            "remove one of the two; tags and names of both can be joined in the one that stays",
        );
    }

    fn read_pin(&mut self, item: &Node) -> Option<Pin> {
        let here = (item.line, item.column);
        let Some(pairs) = item.map() else {
            let message = format!("a pin is a mapping with `cid`, but here is {}", item.kind());
            self.note(Severity::Error, "pin-malformed", here, None, message, "write it as `- cid: <CID>`");
            return None;
        };
        let name = self.text_of(item, "name", None);
        let label = name.as_deref();
        let Some(cid_node) = item.get("cid") else {
            let message = "this pin has no `cid`".to_owned();
            self.note(
                Severity::Error,
                "cid-missing",
                here,
                label,
                message,
                "every pin names its root with `cid:`; `pinfold cid PATH` prints the one of a directory",
            );
            return None;
        };
        let cid = self.read_cid(cid_node, label, "cid-malformed", "the pin is left out")?;
        for (key, _) in pairs.iter().filter(|(key, _)| !PIN_KEYS.contains(&key.text.as_str())) {
            self.unknown_key(key, label);
        }
        let mut pin = Pin {
            cid,
            name: name.clone(),
            origins: item.get("origins").map(|node| self.texts(node, label, "origins")).unwrap_or_default(),
            tags: Vec::new(),
            prev: None,
            created: None,
            withdrawn: None,
            reason: None,
            embargo: None,
            raw: item.to_json(),
            line: item.line,
            column: item.column,
            prev_at: here,
        };
        if let Some(meta) = item.get("meta") {
            if meta.map().is_none() {
                let message = format!("`meta` is a mapping, but here is {}", meta.kind());
                self.note(
                    Severity::Error,
                    "pin-malformed",
                    (meta.line, meta.column),
                    label,
                    message,
                    "write `tags`, `prev` and the like one level below `meta:`",
                );
            }
            self.read_meta(meta, &mut pin);
        }
        Some(pin)
    }

    fn read_meta(&mut self, meta: &Node, pin: &mut Pin) {
        let name = pin.name.clone();
        let label = name.as_deref();
        pin.tags = match meta.get("tags") {
            Some(node) if node.list().is_none() && node.text().is_some() => {
                let text = node.text().unwrap_or_default();
                text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
            }
            Some(node) => self.texts(node, label, "tags"),
            None => Vec::new(),
        };
        if let Some(node) = meta.get("prev") {
            pin.prev_at = (node.line, node.column);
            pin.prev =
                self.read_cid(node, label, "prev-malformed", "the pin counts as the first of its chain");
        }
        pin.created = self.date_of(meta, "created", label).map(|(_, text)| text);
        pin.withdrawn = self.date_of(meta, "withdrawn", label).map(|(date, _)| date);
        pin.embargo = self.date_of(meta, "embargo", label).map(|(date, _)| date);
        pin.reason = self.text_of(meta, "reason", label);
        if let (Some(node), None) = (meta.get("reason"), pin.withdrawn) {
            let message = "`reason` belongs to `withdrawn`, which is not there".to_owned();
            let at = (node.line, node.column);
            self.note(
                Severity::Warning,
                "reason-alone",
                at,
                label,
                message,
                "add `withdrawn: <date>` or remove it",
            );
        }
    }

    fn read_cid(&mut self, node: &Node, pin: Option<&str>, code: &str, effect: &str) -> Option<Cid> {
        let at = (node.line, node.column);
        let hint =
            "a CID begins with `Qm` (CIDv0) or `bafy`, `bafk` (CIDv1); it may have been cut off or mistyped";
        let Some(text) = node.text() else {
            let message = format!("a CID is text, but here is {}; {effect}", node.kind());
            self.note(Severity::Error, code, at, pin, message, hint);
            return None;
        };
        // Spelled as an address by some producers.
        let bare = text.strip_prefix("ipfs://").or_else(|| text.strip_prefix("/ipfs/")).unwrap_or(text);
        match bare.trim_end_matches('/').parse::<Cid>() {
            Ok(cid) => Some(cid),
            Err(error) => {
                self.note(Severity::Error, code, at, pin, format!("{error}; {effect}"), hint);
                None
            }
        }
    }

    fn text_of(&mut self, node: &Node, key: &str, pin: Option<&str>) -> Option<String> {
        let value = node.get(key)?;
        if let Some(text) = value.text() {
            return Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        }
        let message = format!("`{key}` is text, but here is {}; it is not used", value.kind());
        let at = (value.line, value.column);
        self.note(Severity::Warning, "pin-malformed", at, pin, message, "put it in quotes on one line");
        None
    }

    fn texts(&mut self, node: &Node, pin: Option<&str>, key: &str) -> Vec<String> {
        let items = node.list().unwrap_or_default();
        let texts: Vec<String> = items.iter().filter_map(|item| item.text()).map(str::to_owned).collect();
        if node.list().is_none() || texts.len() < items.len() {
            let message = format!("`{key}` is a list of texts; what is not text is left out");
            let at = (node.line, node.column);
            let hint = format!("write `{key}: [one, two]`");
            self.note(Severity::Warning, "pin-malformed", at, pin, message, &hint);
        }
        texts
    }

    fn date_of(&mut self, meta: &Node, key: &str, pin: Option<&str>) -> Option<(Date, String)> {
        let node = meta.get(key)?;
        let text = node.text().unwrap_or_default().trim();
        if let Some(date) = text.get(..10).and_then(|day| day.parse::<Date>().ok()) {
            return Some((date, text.to_owned()));
        }
        let shown = if text.is_empty() { node.kind() } else { text };
        let message = format!("`{key}: {shown}` is not a date; it is not used");
        let at = (node.line, node.column);
        self.note(Severity::Error, "date-malformed", at, pin, message, "write it as 2026-11-20");
        None
    }

    fn unknown_key(&mut self, key: &Key, pin: Option<&str>) {
        let place = self.place_at(key.line, key.column, pin.map(str::to_owned));
        let mut finding = Finding::new(
            Severity::Note,
            "key-unknown",
            format!("`{}` has no meaning here; it is kept in pins.json", key.text),
        );
        if ["tags", "prev", "created", "withdrawn", "reason", "embargo"].contains(&key.text.as_str()) {
            finding.severity = Severity::Warning;
            finding =
                finding.hint(format!("did you mean `meta.{}`? Put it one level below `meta:`", key.text));
        }
        self.findings.push(finding.at(place));
    }
}

#[cfg(test)]
mod tests;
