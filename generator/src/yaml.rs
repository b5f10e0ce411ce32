//! YAML with places: [`parse`] gives a [`Node`] in which every value knows its line and column.
//!
//! YAML 1.2 by `serde-saphyr`, duplicate keys refused, size and depth limited. Errors and findings are
//! shown with the line of the file and a caret below it ([`snippet`]).
//!
//! ```
//! let node = pinfold::yaml::parse("pins.yaml", "- cid: bafy\n  name: first\n").unwrap();
//! let pin = &node.list().unwrap()[0];
//! assert_eq!(pin.get("name").unwrap().line, 2);
//! ```

mod read;
#[cfg(test)]
mod tests;

use pinfold_core::finding::{Finding, Place, Severity};

/// How many values one file may hold: a pinlist of 100,000 pins has about 1.5 million.
const MAX_NODES: usize = 8_000_000;

/// A value and where it begins; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
    /// The value.
    pub value: Yaml,
    /// A plain scalar as it is written, where that says more than the value (`10.50` is not `10.5`).
    pub written: Option<String>,
    bytes: Option<(usize, usize)>,
}

/// A YAML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Yaml {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A finite number.
    Number(serde_json::Number),
    /// Text.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
    /// The key.
    pub text: String,
}

/// Why a file is not YAML, or not of the form that it must have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.render())]
pub struct YamlError {
    /// The file as it was named.
    pub file: String,
    /// Line, 0 where unknown.
    pub line: u32,
    /// Column, 0 where unknown.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// The lines around with a caret.
    pub snippet: String,
    /// What to do.
    pub hint: Option<String>,
}

impl YamlError {
    /// The same as a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let place = Place {
            file: Some(self.file.clone()),
            line: (self.line > 0).then_some(self.line),
            column: (self.line > 0).then_some(self.column),
            ..Place::default()
        };
        let finding = Finding::new(Severity::Error, "yaml-broken", self.message.clone()).at(place);
        match &self.hint {
            Some(hint) => finding.hint(hint.clone()),
            None => finding,
        }
    }

    fn render(&self) -> String {
        let mut text = if self.line > 0 {
            format!("{}:{}:{}: {}", self.file, self.line, self.column, self.message)
        } else {
            format!("{}: {}", self.file, self.message)
        };
        if !self.snippet.is_empty() {
            text.push('\n');
            text.push_str(self.snippet.trim_end());
        }
        if let Some(hint) = &self.hint {
            text.push_str("\n  = ");
            text.push_str(hint);
        }
        text
    }
}

/// Reads the first document of `text`; an empty file is [`Yaml::Null`]. `file` is its name in messages.
///
/// # Errors
/// When the text is no YAML, a mapping has a key twice, or a limit is exceeded.
pub fn parse(file: &str, text: &str) -> Result<Node, YamlError> {
    let mut options = serde_saphyr::Options::default();
    options.with_snippet = false;
    if let Some(budget) = &mut options.budget {
        budget.max_nodes = MAX_NODES;
        budget.max_events = MAX_NODES * 2;
    }
    match serde_saphyr::from_str_with_options::<Node>(text, options) {
        Ok(mut node) => {
            node.keep_written(text);
            Ok(node)
        }
        Err(error) => Err(from_parser(file, text, &error)),
    }
}

/// What the parser says, with the place in `text`.
pub(crate) fn from_parser(file: &str, text: &str, error: &serde_saphyr::Error) -> YamlError {
    let (line, column) = error.location().map_or((0, 0), |at| (clamp(at.line()), clamp(at.column())));
    error_at(file, text, line, column, message_of(&error.without_snippet().to_string()), None)
}

/// An error at a place of `text`.
#[must_use]
pub fn error_at(
    file: &str,
    text: &str,
    line: u32,
    column: u32,
    message: impl Into<String>,
    hint: Option<String>,
) -> YamlError {
    YamlError {
        file: file.to_owned(),
        line,
        column,
        message: message.into(),
        snippet: snippet(text, line, column),
        hint,
    }
}

/// The parser's words without the place, which is printed in front.
fn message_of(text: &str) -> String {
    let text = text.split('\n').next().unwrap_or(text);
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let end = [" at line ", " at byte "].iter().filter_map(|mark| text.rfind(mark)).max();
    let text = end.map_or(text, |end| &text[..end]);
    let text = match text.strip_prefix("line ").and_then(|rest| rest.split_once(": ")) {
        Some((place, rest)) if place.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => text,
    };
    let text = text.trim_end_matches(['.', ':', ',']);
    match text.strip_prefix("duplicate mapping key: ").and_then(|rest| rest.split(", set ").next()) {
        Some(key) => format!("the key `{key}` is there twice"),
        None => text
            .replace("expected sequence start", "expected a list here")
            .replace("expected mapping start", "expected a mapping here"),
    }
}

fn clamp(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The line `line` of `text` with the one before it and a caret below `column`; empty when there is
/// no such line. Long lines are cut around the column, control characters are shown as `·`.
#[must_use]
pub fn snippet(text: &str, line: u32, column: u32) -> String {
    const BEFORE: usize = 70;
    const AFTER: usize = 40;
    if line == 0 {
        return String::new();
    }
    let index = line as usize - 1;
    let first = index.saturating_sub(1);
    let lines: Vec<&str> = text.lines().skip(first).take(index - first + 1).collect();
    let digits = line.to_string().len();
    if first + lines.len() <= index {
        // The end of the file: nothing to show but the last line.
        let Some((count, last)) = text.lines().enumerate().last() else { return String::new() };
        return format!("{:digits$} |\n{:digits$} | {}\n", "", count + 1, printable(last, 0, BEFORE + AFTER));
    }
    let mut out = format!("{:digits$} |\n", "");
    let column = (column.max(1) - 1) as usize;
    let cut = column.saturating_sub(BEFORE);
    for (offset, line) in lines.iter().enumerate() {
        let number = first + offset + 1;
        let shown = printable(line, cut, cut + BEFORE + AFTER);
        out.push_str(format!("{number:digits$} | {shown}").trim_end());
        out.push('\n');
    }
    let mark = if cut > 0 { 1 } else { 0 };
    out.push_str(&format!("{:digits$} | {:width$}^\n", "", "", width = column - cut + mark));
    out
}

fn printable(line: &str, from: usize, to: usize) -> String {
    let mut shown: String = line
        .chars()
        .skip(from)
        .take(to - from)
        .map(|c| if c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) { '·' } else { c })
        .collect();
    if from > 0 {
        shown.insert(0, '…');
    }
    if line.chars().nth(to).is_some() {
        shown.push('…');
    }
    shown
}

impl Node {
    /// The items of a sequence.
    #[must_use]
    pub fn list(&self) -> Option<&[Node]> {
        if let Yaml::List(items) = &self.value { Some(items) } else { None }
    }

    /// The pairs of a mapping in the order of the file.
    #[must_use]
    pub fn map(&self) -> Option<&[(Key, Node)]> {
        if let Yaml::Map(pairs) = &self.value { Some(pairs) } else { None }
    }

    /// What `key` leads to, if this is a mapping that has it and it is not null.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.map()?.iter().find(|(k, node)| k.text == key && !node.is_null()).map(|(_, node)| node)
    }

    /// Whether this is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.value == Yaml::Null
    }

    /// A scalar as it is written: `2026`, `true` and `10.50` too.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Yaml::Text(text) => Some(text),
            Yaml::Number(_) | Yaml::Bool(_) => self.written.as_deref(),
            Yaml::Null | Yaml::List(_) | Yaml::Map(_) => None,
        }
    }

    /// What this is, for messages: `a list`, `text`, ….
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Yaml::Null => "nothing",
            Yaml::Bool(_) => "true or false",
            Yaml::Number(_) => "a number",
            Yaml::Text(_) => "text",
            Yaml::List(_) => "a list",
            Yaml::Map(_) => "a mapping",
        }
    }

    /// The same as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Yaml::Null => serde_json::Value::Null,
            Yaml::Bool(value) => (*value).into(),
            Yaml::Number(value) => serde_json::Value::Number(value.clone()),
            Yaml::Text(value) => value.clone().into(),
            Yaml::List(items) => items.iter().map(Node::to_json).collect(),
            Yaml::Map(pairs) => serde_json::Value::Object(
                pairs.iter().map(|(key, node)| (key.text.clone(), node.to_json())).collect(),
            ),
        }
    }

    /// Copies how scalars are written out of the source. Depth is limited by the parser.
    fn keep_written(&mut self, source: &str) {
        match &mut self.value {
            Yaml::List(items) => items.iter_mut().for_each(|item| item.keep_written(source)),
            Yaml::Map(pairs) => pairs.iter_mut().for_each(|(_, node)| node.keep_written(source)),
            Yaml::Number(_) | Yaml::Bool(_) => {
                let written = self.bytes.and_then(|(at, length)| source.get(at..at.checked_add(length)?));
                self.written = Some(match (written.map(str::trim), &self.value) {
                    (Some(text), _) if !text.is_empty() => text.to_owned(),
                    (_, Yaml::Number(number)) => number.to_string(),
                    (_, Yaml::Bool(value)) => value.to_string(),
                    _ => String::new(),
                });
            }
            Yaml::Null | Yaml::Text(_) => {}
        }
    }
}
