//! Findings for people and machines: [`text`], [`json`] and [`markdown`].

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pinfold_core::finding::{Finding, Severity, codes};
use serde::Serialize;

use crate::change::DatasetChange;
use crate::yaml;

mod sarif;

pub use sarif::sarif;

/// The value of `schema` in the JSON form.
pub const SCHEMA: &str = "pinfold-findings/1";

/// How many findings of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
}

impl Counts {
    /// Counts `findings`.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            match finding.severity {
                Severity::Error => counts.errors += 1,
                Severity::Warning => counts.warnings += 1,
                Severity::Note => counts.notes += 1,
            }
        }
        counts
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let parts: Vec<String> = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| part(count, word))
            .collect();
        f.write_str(if parts.is_empty() { "no findings" } else { "" })?;
        f.write_str(&parts.join(", "))
    }
}

/// The word for a severity.
#[must_use]
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// For people: every finding with the line that it is about. `texts` are the files by name.
#[must_use]
pub fn text(findings: &[Finding], texts: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    for finding in findings {
        let _ =
            writeln!(out, "{}[{}]: {}", severity(finding.severity), finding.code, one_line(&finding.message));
        if let Some(place) = place(finding) {
            let _ = writeln!(out, "  --> {place}");
        }
        let at = &finding.place;
        let source = at.file.as_ref().and_then(|file| texts.get(file));
        // What is wrong with a dataset is not to be seen in the line of its pin.
        if let (Some(source), Some(line), None) = (source, at.line, &at.dataset) {
            for line in yaml::snippet(source, line, at.column.unwrap_or(1)).lines() {
                let _ = writeln!(out, "  {line}");
            }
        }
        if let Some(hint) = &finding.hint {
            let _ = writeln!(out, "  = {}", one_line(hint));
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{}", Counts::of(findings));
    out
}

/// For machines: `{schema, errors, warnings, notes, findings: [Finding]}`.
#[must_use]
pub fn json(findings: &[Finding]) -> String {
    json_with(findings, &[], &[])
}

/// As [`json`], with `changes` and `scores` where there are any.
#[must_use]
pub fn json_with(findings: &[Finding], changes: &[DatasetChange], scores: &[serde_json::Value]) -> String {
    let counts = Counts::of(findings);
    let mut value = serde_json::json!({
        "schema": SCHEMA,
        "errors": counts.errors,
        "warnings": counts.warnings,
        "notes": counts.notes,
        "findings": findings,
    });
    if !changes.is_empty() {
        value["changes"] = serde_json::json!(changes);
    }
    if !scores.is_empty() {
        value["scores"] = serde_json::json!(scores);
    }
    format!("{value:#}\n")
}

/// For GitHub Actions: an annotation a line, at the file and line where there is one. GitHub shows ten of each
/// severity; the weightiest come first.
#[must_use]
pub fn github(findings: &[Finding], docs: Option<&str>) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut out = String::new();
    for finding in sorted {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let at = &finding.place;
        let mut properties = Vec::new();
        if let Some(file) = &at.file {
            properties.push(format!("file={}", property(file)));
            properties.extend(at.line.map(|line| format!("line={line}")));
            properties.extend(at.column.map(|column| format!("col={column}")));
        }
        properties.push(format!("title={}", property(&finding.code)));
        let mut message = one_line(&finding.message);
        for (what, value) in
            [("dataset", &at.dataset), ("variable", &at.variable), ("attribute", &at.attribute)]
        {
            if let Some(value) = value {
                let _ = write!(message, "\n{what} {}", one_line(value));
            }
        }
        if let Some(hint) = &finding.hint {
            let _ = write!(message, "\n{}", one_line(hint));
        }
        if let Some(docs) = docs.filter(|_| codes::find(&finding.code).is_some()) {
            let _ = write!(message, "\n{docs}#{}", finding.code);
        }
        let message = message.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        let _ = writeln!(out, "::{command} {}::{message}", properties.join(","));
    }
    out
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    let text = one_line(text);
    text.replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

/// For a comment on a pull request.
#[must_use]
pub fn markdown(findings: &[Finding]) -> String {
    markdown_with(findings, None)
}

/// As [`markdown`], with links to the page of the checks at `docs`.
#[must_use]
pub fn markdown_with(findings: &[Finding], docs: Option<&str>) -> String {
    let mut out = format!("### Pinfold: {}\n", Counts::of(findings));
    if !findings.is_empty() {
        out.push_str("\n| | code | where | what | to do |\n|---|---|---|---|---|\n");
    }
    for finding in findings {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            severity(finding.severity),
            match docs.filter(|_| codes::find(&finding.code).is_some()) {
                Some(docs) => format!("[`{0}`]({docs}#{0})", finding.code),
                None => format!("`{}`", finding.code),
            },
            cell(&place(finding).unwrap_or_default()),
            cell(&finding.message),
            cell(finding.hint.as_deref().unwrap_or_default())
        );
    }
    out
}

/// Where a finding is, in words.
#[must_use]
pub fn place(finding: &Finding) -> Option<String> {
    let at = &finding.place;
    let mut parts = Vec::new();
    if let Some(file) = &at.file {
        let mut part = file.clone();
        for number in [at.line, at.column].into_iter().flatten() {
            let _ = write!(part, ":{number}");
        }
        parts.push(part);
    }
    for (what, value) in
        [("pin", &at.pin), ("dataset", &at.dataset), ("variable", &at.variable), ("attribute", &at.attribute)]
    {
        if let Some(value) = value {
            parts.push(format!("{what} {}", one_line(value)));
        }
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Metadata may hold line breaks and escape sequences; a terminal must see neither.
pub fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) { ' ' } else { c })
        .collect()
}

/// Text in a cell of a Markdown table: nothing in it is markup.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '\\' | '|' | '[' | ']' | '*' | '_' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use pinfold_core::finding::Place;

    use super::*;

    #[test]
    fn annotations_cannot_be_forged() {
        let mut one = findings();
        one[0].message = "100 %\n::error::forged".to_owned();
        one[0].place.file = Some("a,b:c.yaml".to_owned());
        expect![[r#"
            ::error file=a%2Cb%3Ac.yaml,line=2,col=3,title=cid-missing::100 %25 ::error::forged%0Aadd one%0Ahttps://x/checks/#cid-missing
            ::notice title=title-missing::no title%0Avariable x%0Ahttps://x/checks/#title-missing
        "#]].assert_eq(&github(&one, Some("https://x/checks/")));
    }

    fn findings() -> Vec<Finding> {
        let place = Place {
            file: Some("pinlist.yaml".into()),
            line: Some(2),
            column: Some(3),
            pin: Some("a\u{1b}[31mb".into()),
            ..Place::default()
        };
        vec![
            Finding::new(Severity::Error, "cid-missing", "no `cid` | <b>@all</b>").at(place).hint("add\none"),
            Finding::new(Severity::Note, "title-missing", "no title").variable("x"),
        ]
    }

    #[test]
    fn forms() {
        let texts = BTreeMap::from([("pinlist.yaml".to_owned(), "- name: x\n  nme: y\n".to_owned())]);
        expect![[r#"
            error[cid-missing]: no `cid` | <b>@all</b>
              --> pinlist.yaml:2:3, pin a [31mb
                |
              1 | - name: x
              2 |   nme: y
                |   ^
              = add one

            note[title-missing]: no title
              --> variable x

            1 error, 1 note
        "#]]
        .assert_eq(&text(&findings(), &texts));
        expect![[r#"
            ### Pinfold: 1 error, 1 note

            | | code | where | what | to do |
            |---|---|---|---|---|
            | error | `cid-missing` | pinlist.yaml:2:3, pin a \[31mb | no `cid` \| &lt;b&gt;&#64;all&lt;/b&gt; | add one |
            | note | `title-missing` | variable x | no title |  |
        "#]].assert_eq(&markdown(&findings()));
        expect![[r#"
            {
              "schema": "pinfold-findings/1",
              "errors": 1,
              "warnings": 0,
              "notes": 1,
              "findings": [
                {
                  "severity": "error",
                  "code": "cid-missing",
                  "place": {
                    "file": "pinlist.yaml",
                    "line": 2,
                    "column": 3,
                    "pin": "a\u001b[31mb"
                  },
                  "message": "no `cid` | <b>@all</b>",
                  "hint": "add\none"
                },
                {
                  "severity": "note",
                  "code": "title-missing",
                  "place": {
                    "variable": "x"
                  },
                  "message": "no title"
                }
              ]
            }
        "#]]
        .assert_eq(&json(&findings()));
        expect![[r#"
            no findings
        "#]]
        .assert_eq(&text(&[], &texts));
    }
}
