//! `tree.yaml`: a tree of pins, as ORCESTRA's. Entry point: [`Tree::parse`].
//!
//! A mapping of names to CIDs or to further mappings; what it says is the directory that a HEAD of the pinlist
//! is. [`Tree::place`] puts a CID at a path without disturbing the other lines, [`head`](Head) makes the
//! directories out of the CIDs and sizes of what is in them, without any block below.
//!
//! ```
//! let tree = pinfold::tree::Tree::parse("tree.yaml", "meta:\n  empty: bafkqaaa\n").unwrap();
//! assert_eq!(tree.leaves()[0].0, "meta/empty");
//! assert!(tree.findings.is_empty());
//! ```

use std::collections::BTreeMap;

use pinfold_core::cid::Cid;
use pinfold_core::finding::{Finding, Place, Severity};

use crate::yaml::{self, Node, YamlError};

mod edit;
mod head;

pub use edit::TreeEditError;
pub use head::{Head, HeadError, Sizes, sizes};

/// The most entries that a tree may have.
const MAX_ENTRIES: usize = 200_000;

/// Directories within directories.
const MAX_DEPTH: usize = 64;

/// The longest name that file systems take.
const MAX_NAME_BYTES: usize = 255;

/// What a name of the tree leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A root.
    Leaf(Cid),
    /// A directory of the tree itself.
    Directory(BTreeMap<String, Item>),
}

/// A tree as it was read.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The file's name, for messages.
    pub file: String,
    /// Its entries.
    pub root: BTreeMap<String, Item>,
    /// What is wrong with it; such entries are left out.
    pub findings: Vec<Finding>,
    entries: usize,
}

/// Why a text cannot be a name in a directory; `None` when it can.
#[must_use]
pub fn fault_of_name(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("is empty"),
        "." | ".." => Some("means another directory"),
        _ if name.contains('/') => Some("contains `/`, which parts directories"),
        _ if name.chars().any(char::is_control) => Some("holds control characters"),
        _ if name.len() > MAX_NAME_BYTES => Some("is longer than 255 bytes"),
        _ => None,
    }
}

impl Tree {
    /// Reads a tree; `file` is its name in messages. An empty file is an empty tree.
    ///
    /// # Errors
    /// When the text is no YAML or no mapping. Faults of entries are findings.
    pub fn parse(file: &str, text: &str) -> Result<Self, YamlError> {
        let root = yaml::parse(file, text)?;
        let mut tree = Self { file: file.to_owned(), ..Self::default() };
        if root.is_null() {
            return Ok(tree);
        }
        if root.map().is_none() {
            let message = format!("a tree is a mapping of names to CIDs, but here is {}", root.kind());
            let hint =
                Some("write `name: <CID>`, and folders as `name:` with their entries below".to_owned());
            return Err(yaml::error_at(file, text, root.line, root.column, message, hint));
        }
        tree.root = tree.read(&root, 0);
        Ok(tree)
    }

    fn read(&mut self, node: &Node, depth: usize) -> BTreeMap<String, Item> {
        let mut items = BTreeMap::new();
        for (key, value) in node.map().unwrap_or_default() {
            self.entries += 1;
            if self.entries > MAX_ENTRIES || depth >= MAX_DEPTH {
                let message = format!(
                    "more than {MAX_ENTRIES} entries or {MAX_DEPTH} levels; what follows is left out"
                );
                if !self.findings.iter().any(|finding| finding.message == message) {
                    self.note("tree-malformed", (key.line, key.column), message, "split the tree");
                }
                break;
            }
            let at = (key.line, key.column);
            if let Some(fault) = fault_of_name(&key.text) {
                let shown = crate::report::one_line(&key.text);
                let shown: String = shown.chars().take(80).collect();
                let message = format!("the name `{shown}` {fault}; the entry is left out");
                let hint = "write folders one level deeper: `HALO:` and below it `level2.zarr: <CID>`";
                self.note("tree-name-malformed", at, message, hint);
                continue;
            }
            let item = if value.map().is_some() {
                Some(Item::Directory(self.read(value, depth + 1)))
            } else if value.is_null() {
                Some(Item::Directory(BTreeMap::new()))
            } else {
                self.leaf(&key.text, value)
            };
            if let Some(item) = item {
                items.insert(key.text.clone(), item);
            }
        }
        items
    }

    fn leaf(&mut self, name: &str, value: &Node) -> Option<Item> {
        let at = (value.line, value.column);
        let Some(text) = value.text() else {
            let message = format!("`{name}` is {}; the entry is left out", value.kind());
            self.note("tree-malformed", at, message, "write `name: <CID>`, or entries one level deeper");
            return None;
        };
        let bare = text.strip_prefix("ipfs://").or_else(|| text.strip_prefix("/ipfs/")).unwrap_or(text);
        match bare.trim_end_matches('/').parse::<Cid>() {
            Ok(cid) => Some(Item::Leaf(cid)),
            Err(error) => {
                let hint = "a CID begins with `Qm` or `bafy`; it may have been cut off or mistyped";
                self.note(
                    "tree-cid-malformed",
                    at,
                    format!("`{name}`: {error}; the entry is left out"),
                    hint,
                );
                None
            }
        }
    }

    fn note(&mut self, code: &str, at: (u32, u32), message: String, hint: &str) {
        let place =
            Place { file: Some(self.file.clone()), line: Some(at.0), column: Some(at.1), ..Place::default() };
        self.findings.push(Finding::new(Severity::Error, code, message).hint(hint).at(place));
    }

    /// All roots with their paths, in the order of the paths.
    #[must_use]
    pub fn leaves(&self) -> Vec<(String, Cid)> {
        fn below(path: &str, items: &BTreeMap<String, Item>, leaves: &mut Vec<(String, Cid)>) {
            for (name, item) in items {
                let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                match item {
                    Item::Leaf(cid) => leaves.push((path, *cid)),
                    Item::Directory(items) => below(&path, items, leaves),
                }
            }
        }
        let mut leaves = Vec::new();
        below("", &self.root, &mut leaves);
        leaves
    }

    /// What is at a path.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Item> {
        let mut items = &self.root;
        let mut found = None;
        for name in path.split('/') {
            found = Some(items.get(name)?);
            items = match found? {
                Item::Directory(items) => items,
                Item::Leaf(_) => return found.filter(|_| path.ends_with(name)),
            };
        }
        found
    }
}

#[cfg(test)]
mod tests;
