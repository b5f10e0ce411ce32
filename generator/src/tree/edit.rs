//! A CID at a path of `tree.yaml`, all other lines byte for byte the same.

use pinfold_core::cid::Cid;

use super::{Item, Tree, fault_of_name};
use crate::yaml::{self, Node, YamlError};

/// Why a tree was not changed.
#[derive(Debug, thiserror::Error)]
pub enum TreeEditError {
    /// It cannot be read as it is.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// The path cannot be one.
    #[error("the path `{path}` in the tree: the name `{name}` {fault}")]
    Name {
        /// The path.
        path: String,
        /// The part of it.
        name: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// It is written in a form to which nothing can be added as text, or something else is at the path.
    #[error("{file} cannot be edited: {reason}; write the change by hand")]
    Form {
        /// The tree.
        file: String,
        /// What is in the way.
        reason: String,
    },
}

impl Tree {
    /// `text` with `cid` at `path`: an entry that is there gets the new CID, one that is not is added below its
    /// folder, which is made where it is missing.
    ///
    /// # Errors
    /// When the tree has faults, the path is none, or the text is written in a form that cannot be edited safely.
    pub fn place(file: &str, text: &str, path: &str, cid: Cid) -> Result<String, TreeEditError> {
        let refuse = |reason: String| TreeEditError::Form { file: file.to_owned(), reason };
        let names: Vec<&str> = path.split('/').collect();
        for name in &names {
            if let Some(fault) = fault_of_name(name) {
                return Err(TreeEditError::Name { path: path.to_owned(), name: (*name).to_owned(), fault });
            }
        }
        let before = Self::parse(file, text)?;
        if let Some(fault) = before.findings.first() {
            return Err(refuse(format!("it has faults: {}", fault.message)));
        }
        let root = yaml::parse(file, text)?;
        let changed = change(text, &root, &names, &cid.to_string()).map_err(refuse)?;
        let after = Self::parse(file, &changed).map_err(|error| {
            refuse(format!("with the entry in it, it could not be read: {}", error.message))
        })?;
        let mut expected = before.leaves();
        expected.retain(|(other, _)| other != path);
        expected.push((path.to_owned(), cid));
        expected.sort();
        let mut actual = after.leaves();
        actual.sort();
        if actual != expected || !matches!(after.at(path), Some(Item::Leaf(_))) {
            return Err(refuse(format!("with the entry in it, it would not be the same tree with `{path}`")));
        }
        Ok(changed)
    }
}

fn change(text: &str, root: &Node, names: &[&str], cid: &str) -> Result<String, String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (mut node, mut at) = (root, 0);
    // Down to the deepest folder that is there.
    while at < names.len() {
        let Some((_, child)) =
            node.map().and_then(|pairs| pairs.iter().find(|(key, _)| key.text == names[at]))
        else {
            break;
        };
        at += 1;
        if at == names.len() {
            return replace(&lines, child, cid);
        }
        if child.map().is_none() {
            let what = if child.is_null() { "an empty folder" } else { "no folder" };
            return Err(format!("`{}` is {what}", names[..at].join("/")));
        }
        node = child;
    }
    let pairs = node.map().unwrap_or_default();
    let Some((first, _)) = pairs.first() else {
        // Nothing at all yet.
        let mut out = text.to_owned();
        if !out.is_empty() && !out.ends_with('\n') {
            out.push_str(line_break);
        }
        return Ok(out + &entry(&names[at..], 0, 2, cid, line_break));
    };
    let indent = first.column as usize - 1;
    let own = lines.get(first.line as usize - 1).copied().unwrap_or_default();
    if !own.chars().take(indent).all(|c| c == ' ') || own.trim_start().starts_with('{') {
        return Err(format!("`{}` is written on one line", names[..at].join("/")));
    }
    // Behind the last line of the folder.
    let last = last_line(node);
    let step = step(root);
    let mut out: String = lines[..last].concat();
    if !out.ends_with('\n') {
        out.push_str(line_break);
    }
    out += &entry(&names[at..], indent, step, cid, line_break);
    out += &lines[last..].concat();
    Ok(out)
}

/// The CID of an entry on its line, whatever quotes or comments are around it.
fn replace(lines: &[&str], value: &Node, cid: &str) -> Result<String, String> {
    let Some(old) = value.text() else { return Err("a folder is at this path".to_owned()) };
    let index = value.line as usize - 1;
    let line = lines.get(index).copied().unwrap_or_default();
    let start = line.char_indices().nth(value.column as usize - 1).map_or(0, |(byte, _)| byte);
    let Some(found) = line[start..].find(old).filter(|_| !old.is_empty()) else {
        return Err(format!("line {} is written in an unusual way", value.line));
    };
    let from = start + found;
    let changed = format!("{}{cid}{}", &line[..from], &line[from + old.len()..]);
    Ok(lines.iter().enumerate().map(|(at, line)| if at == index { changed.as_str() } else { line }).collect())
}

/// The last line (from 1) of what is below a node.
fn last_line(node: &Node) -> usize {
    let below = node.map().unwrap_or_default().iter().map(|(key, value)| {
        if value.map().is_some() { last_line(value) } else { (key.line as usize).max(value.line as usize) }
    });
    below.max().unwrap_or(node.line as usize)
}

/// How far the first folder of the tree is indented below its name.
fn step(root: &Node) -> usize {
    let first = root.map().unwrap_or_default().iter().find_map(|(key, value)| {
        let (inner, _) = value.map()?.first()?;
        (inner.column as usize).checked_sub(key.column as usize).filter(|step| *step > 0)
    });
    first.unwrap_or(2)
}

/// `a:` / `  b: <CID>` behind `indent` spaces.
fn entry(names: &[&str], indent: usize, step: usize, cid: &str, line_break: &str) -> String {
    let mut out = String::new();
    for (depth, name) in names.iter().enumerate() {
        out += &" ".repeat(indent + depth * step);
        out += &crate::pinlist::edit::scalar(name);
        out += if depth + 1 == names.len() { ": " } else { ":" };
        if depth + 1 == names.len() {
            out += cid;
        }
        out += line_break;
    }
    out
}
