//! Changes to a pinlist's text that leave every other byte as it is: [`append`] and [`set_created`].
//!
//! Both read the changed text again before they return it: all pins that were there must be the same as
//! before, in the same order. A list written in a way that cannot be edited safely (one flow sequence,
//! several documents, aliases where text would go) is refused with the reason, never rewritten.

use std::collections::BTreeMap;

use jiff::civil::Date;
use pinfold_core::cid::Cid;
use serde_json::Value;

use super::Pinlist;
use crate::yaml::{self, Node, YamlError};

/// Why a pinlist was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The list cannot be read as it is.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// It is written in a form to which nothing can be added as text.
    #[error("{file} cannot be edited: {reason}; write the change by hand")]
    Form {
        /// The list.
        file: String,
        /// What is in the way.
        reason: String,
    },
}

/// A pin that is to be added.
#[derive(Debug, Clone)]
pub struct NewPin {
    /// Its root.
    pub cid: Cid,
    /// Its name.
    pub name: String,
    /// Peers that have it.
    pub origins: Vec<String>,
    /// The pin that it replaces.
    pub prev: Option<Cid>,
    /// The day that it was made.
    pub created: Date,
    /// Its tags.
    pub tags: Vec<String>,
}

impl NewPin {
    /// The lines of the entry behind `indent` spaces, with a line break at the end of each.
    #[must_use]
    pub fn lines(&self, indent: usize) -> Vec<String> {
        let pad = " ".repeat(indent);
        let list = |texts: &[String]| texts.iter().map(|text| scalar(text)).collect::<Vec<_>>().join(", ");
        let mut lines =
            vec![format!("{pad}- cid: {}", self.cid), format!("{pad}  name: {}", scalar(&self.name))];
        if !self.origins.is_empty() {
            lines.push(format!("{pad}  origins: [{}]", list(&self.origins)));
        }
        lines.push(format!("{pad}  meta:"));
        lines.extend(self.prev.map(|prev| format!("{pad}    prev: {prev}")));
        lines.push(format!("{pad}    created: {}", self.created));
        if !self.tags.is_empty() {
            lines.push(format!("{pad}    tags: [{}]", list(&self.tags)));
        }
        lines
    }
}

/// Text as a YAML scalar: plain where nobody can misread it, else in double quotes.
pub(crate) fn scalar(text: &str) -> String {
    let is_word = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(|c| c.is_alphanumeric() || " _.()/+-".contains(c));
    if is_plain && !is_word { text.to_owned() } else { Value::from(text).to_string() }
}

/// `text` with `pin` as its last entry; everything before it is byte for byte the same.
///
/// # Errors
/// When the list cannot be read or is written in a form that nothing can be appended to.
pub fn append(file: &str, text: &str, pin: &NewPin) -> Result<String, EditError> {
    let refuse = |reason: &str| EditError::Form { file: file.to_owned(), reason: reason.to_owned() };
    let before = Pinlist::parse(file, text)?;
    let root = yaml::parse(file, text)?;
    let indent = match root.list() {
        Some([first, ..]) => {
            let line = text.lines().nth((first.line as usize).saturating_sub(1)).unwrap_or_default();
            let indent = line.chars().take_while(|c| *c == ' ').count();
            if !line[indent..].starts_with('-') {
                return Err(refuse("its entries are not written one below the other with `- ` in front"));
            }
            indent
        }
        Some([]) => return Err(refuse("it is the empty list `[]`, which should be an empty file")),
        None => 0,
    };
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut changed = text.to_owned();
    if !changed.is_empty() && !changed.ends_with('\n') {
        changed.push_str(line_break);
    }
    for line in pin.lines(indent) {
        changed.push_str(&line);
        changed.push_str(line_break);
    }
    let after = Pinlist::parse(file, &changed).map_err(|error| {
        refuse(&format!("with the entry at its end it could not be read: {}", error.message))
    })?;
    let same = after.pins.len() == before.pins.len() + 1
        && after.findings.len() <= before.findings.len()
        && after.pins.iter().zip(&before.pins).all(|(a, b)| a.raw == b.raw);
    let added = after.pins.last();
    let is_there = added.is_some_and(|added| {
        added.cid == pin.cid
            && added.name.as_deref() == Some(pin.name.as_str())
            && added.prev == pin.prev
            && added.tags == pin.tags
            && added.origins == pin.origins
            && added.created == Some(pin.created.to_string())
    });
    if same && is_there {
        Ok(changed)
    } else {
        Err(refuse("the entry at its end would not be read as a pin of it"))
    }
}

/// `text` with `meta.created` for these pins (by their index in [`Pinlist::pins`]); pins that have one, and
/// all else, stay as they are.
///
/// # Errors
/// When the list cannot be read, or one of the pins is written in a way that cannot be edited.
pub fn set_created(file: &str, text: &str, dates: &[(usize, Date)]) -> Result<String, EditError> {
    let before = Pinlist::parse(file, text)?;
    let root = yaml::parse(file, text)?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut insertions: Vec<(usize, String)> = Vec::new();
    let mut expected: Vec<Value> = before.pins.iter().map(|pin| pin.raw.clone()).collect();
    let starts: Vec<usize> = lines
        .iter()
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some(start)
        })
        .collect();
    let nodes: BTreeMap<(u32, u32), &Node> =
        root.list().unwrap_or_default().iter().map(|node| ((node.line, node.column), node)).collect();
    for &(index, date) in dates {
        let Some(pin) = before.pins.get(index).filter(|pin| pin.created.is_none()) else { continue };
        let node = nodes.get(&(pin.line, pin.column)).copied();
        let place = node.and_then(|node| insertion(node, date, line_break, &lines, &starts));
        let Some(place) = place else {
            let reason = format!("line {} (`{}`) is written in an unusual way", pin.line, pin.label());
            return Err(EditError::Form { file: file.to_owned(), reason });
        };
        insertions.push(place);
        let meta = expected[index]
            .as_object_mut()
            .map(|pin| pin.entry("meta").or_insert_with(|| Value::Object(serde_json::Map::new())));
        if let Some(meta) = meta {
            if meta.is_null() {
                *meta = Value::Object(serde_json::Map::new());
            }
            meta["created"] = date.to_string().into();
        }
    }
    insertions.sort();
    let mut changed = String::with_capacity(text.len() + insertions.len() * 40);
    let mut copied = 0;
    for (at, inserted) in &insertions {
        changed.push_str(&text[copied..*at]);
        changed.push_str(inserted);
        copied = *at;
    }
    changed.push_str(&text[copied..]);
    let after = Pinlist::parse(file, &changed);
    let is_same = after.is_ok_and(|after| {
        after.pins.len() == expected.len()
            && after.pins.iter().zip(&expected).all(|(pin, raw)| pin.raw == *raw)
    });
    if !is_same {
        let reason = "with the dates in it, it would not be read as the same list".to_owned();
        return Err(EditError::Form { file: file.to_owned(), reason });
    }
    Ok(changed)
}

/// Where in the text, and what to insert, for one pin.
fn insertion(
    pin: &Node,
    date: Date,
    line_break: &str,
    lines: &[&str],
    starts: &[usize],
) -> Option<(usize, String)> {
    // The byte at a line and column that count from 1, and what the text there begins with.
    let at = |line: u32, column: u32| {
        let index = (line as usize).checked_sub(1)?;
        let text = lines.get(index)?;
        let skip = text.char_indices().nth((column as usize).checked_sub(1)?)?.0;
        Some((starts[index] + skip, &text[skip..]))
    };
    let into_flow = |(byte, rest): (usize, &str), inner: &str| {
        let rest = rest.strip_prefix('{')?;
        let comma = if rest.trim_start().starts_with('}') { "" } else { ", " };
        Some((byte + 1, format!("{inner}{comma}")))
    };
    let below = |line: u32, indent: usize, inner: &str| {
        let index = line as usize;
        let byte = starts.get(index).copied().or_else(|| Some(starts.last()? + lines.last()?.len()))?;
        let missing = if lines.get(index - 1)?.ends_with('\n') { "" } else { line_break };
        Some((byte, format!("{missing}{}{inner}{line_break}", " ".repeat(indent))))
    };
    let here = at(pin.line, pin.column)?;
    let pairs = pin.map()?;
    let meta = pairs.iter().find(|(key, _)| key.text == "meta");
    match meta {
        Some((_, meta)) if meta.map().is_some() => {
            let place = at(meta.line, meta.column)?;
            if place.1.starts_with('{') {
                return into_flow(place, &format!("created: {date}"));
            }
            let first = &meta.map()?.first()?.0;
            let line = lines.get(first.line as usize - 1)?;
            let indent = first.column as usize - 1;
            // The first key stands alone on its line, behind spaces.
            if !line.chars().take(indent).all(|c| c == ' ') {
                return None;
            }
            Some((
                starts[first.line as usize - 1],
                format!("{}created: {date}{line_break}", " ".repeat(indent)),
            ))
        }
        Some((key, meta)) if meta.is_null() => {
            below(key.line, key.column as usize + 1, &format!("created: {date}"))
        }
        Some(_) => None,
        None if here.1.starts_with('{') => into_flow(here, &format!("meta: {{created: {date}}}")),
        None => {
            let (key, cid) = pairs.iter().find(|(key, _)| key.text == "cid")?;
            if cid.line != key.line {
                return None;
            }
            let pad = " ".repeat(key.column as usize - 1);
            below(cid.line, key.column as usize - 1, &format!("meta:{line_break}{pad}  created: {date}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const A: &str = "bafkqaaa";
    const B: &str = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG";
    const C: &str = "bafkqabtimvwgy3yk";

    fn pin(name: &str) -> NewPin {
        NewPin {
            cid: C.parse().unwrap(),
            name: name.to_owned(),
            origins: Vec::new(),
            prev: Some(B.parse().unwrap()),
            created: "2026-11-20".parse().unwrap(),
            tags: vec!["ship".to_owned(), "no".to_owned()],
        }
    }

    fn check_append(text: &str, name: &str, expected: Expect) {
        match append("pins.yaml", text, &pin(name)) {
            Ok(changed) => {
                assert!(changed.starts_with(text), "what was there is changed");
                expected.assert_eq(&changed[text.len()..]);
            }
            Err(error) => expected.assert_eq(&error.to_string()),
        }
    }

    #[test]
    fn an_entry_at_the_end() {
        check_append(
            &format!("# ours\n- cid: {A}   # the first\n  name: 'x'\n- {{cid: {B}}}\n\n# the end"),
            "Sea ice",
            expect![[r#"

                - cid: bafkqabtimvwgy3yk
                  name: Sea ice
                  meta:
                    prev: bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34
                    created: 2026-11-20
                    tags: [ship, "no"]
            "#]],
        );
        for name in [
            "a: b # c",
            "\"quoted\" \\ back",
            "- x",
            "null",
            "2026",
            "Größe",
            "{a}",
            "@x, [y]",
            "Sea/ice 2024 (v1.0)",
            "a\tb",
        ] {
            for text in ["", "# nothing yet\n", &format!("  - cid: {A}\n"), &format!("---\n- cid: {A}\r\n")] {
                let first = NewPin { prev: None, ..pin(name) };
                let changed =
                    append("pins.yaml", text, &first).unwrap_or_else(|error| panic!("{name:?}: {error}"));
                assert!(changed.starts_with(text));
            }
        }
    }

    #[test]
    fn forms_that_are_refused() {
        check_append(
            "[]\n",
            "x",
            expect![
                "pins.yaml cannot be edited: it is the empty list `[]`, which should be an empty file; write the change by hand"
            ],
        );
        check_append(
            &format!("[{{cid: {A}}}]\n"),
            "x",
            expect![
                "pins.yaml cannot be edited: its entries are not written one below the other with `- ` in front; write the change by hand"
            ],
        );
        assert!(append("p", &format!("- cid: {A}\n---\n- cid: {B}\n"), &pin("x")).is_err());
        assert!(append("p", &format!("- cid: {A}\n...\n"), &pin("x")).is_err());
        assert!(append("p", "a: b\n", &pin("x")).is_err());
        assert!(append("p", &format!("- cid: {C}\n"), &pin("x")).is_err(), "it is listed already");
    }

    #[test]
    fn dates_go_where_they_belong() {
        let text = format!(
            "# pins\n- cid: {A}\n  name: a # first\n- name: b\n  meta:\n    # why\n    tags: [x]  # t\n  cid: {B}\n- {{cid: {C}, meta: {{tags: [y]}}}}\n"
        );
        let day: Date = "2025-02-03".parse().unwrap();
        let changed = set_created("pins.yaml", &text, &[(2, day), (0, day), (1, day)]).unwrap();
        expect![[r#"
            # pins
            - cid: bafkqaaa
              meta:
                created: 2025-02-03
              name: a # first
            - name: b
              meta:
                # why
                created: 2025-02-03
                tags: [x]  # t
              cid: QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG
            - {cid: bafkqabtimvwgy3yk, meta: {created: 2025-02-03, tags: [y]}}
        "#]]
        .assert_eq(&changed);
        assert_eq!(set_created("pins.yaml", &changed, &[(0, day)]).unwrap(), changed, "filled in once");
        for text in [
            format!("- cid: {A}"),
            format!("- {{cid: {A}}}\n"),
            format!("- cid: {A}\r\n  meta:\r\n"),
            format!("- cid: {A}\n  meta: {{}}\n"),
        ] {
            let changed =
                set_created("p", &text, &[(0, day)]).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(Pinlist::parse("p", &changed).unwrap().pins[0].created.as_deref(), Some("2025-02-03"));
        }
        assert!(set_created("p", &format!("- cid: {A}\n  meta: text\n"), &[(0, day)]).is_err());
    }
}
