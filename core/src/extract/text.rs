//! Attributes without control characters, and a note of where they were.

use serde_json::{Map, Value};

use crate::finding::{Finding, Severity};

/// What cleaning met, by attribute.
#[derive(Debug, Default)]
pub(super) struct Oddities {
    /// Attributes that had control characters.
    pub(super) control: Vec<String>,
    /// Attributes with marks that turn the direction of writing.
    pub(super) bidi: Vec<String>,
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character is left out: controls but newline and tab.
fn is_control(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !is_control(*c)).collect()
}

/// Cleans all texts of a value; its depth was limited when it was parsed.
fn clean_value(value: &mut Value, control: &mut bool, bidi: &mut bool) {
    match value {
        Value::String(text) => {
            *bidi |= text.contains(is_bidi);
            if text.contains(is_control) {
                *control |= text.chars().any(|c| is_control(c) && c != '\r');
                *text = without_controls(text);
            }
        }
        Value::Array(values) => {
            for value in values {
                clean_value(value, control, bidi);
            }
        }
        Value::Object(map) => {
            for value in map.values_mut() {
                clean_value(value, control, bidi);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Oddities {
    /// One finding of each kind, about a variable or the dataset.
    pub(super) fn report(self, variable: Option<&str>, findings: &mut Vec<Finding>) {
        let kinds = [
            (
                self.control,
                "attribute-control",
                "control characters, which were left out",
                "Write the attribute without control characters.",
            ),
            (
                self.bidi,
                "attribute-bidi",
                "marks that turn the direction of writing",
                "Take the characters U+202A to U+202E and U+2066 to U+2069 out of the attribute.",
            ),
        ];
        for (names, code, what, hint) in kinds {
            let Some(first) = names.first() else { continue };
            let more = if names.len() > 1 {
                format!(" and {} more attributes hold", names.len() - 1)
            } else {
                " holds".to_owned()
            };
            let finding = Finding::new(Severity::Warning, code, format!("`{first}`{more} {what}"))
                .attribute(first)
                .hint(hint);
            findings.push(match variable {
                Some(variable) => finding.variable(variable),
                None => finding,
            });
        }
    }
}

/// The attributes with all texts and names cleaned.
pub(super) fn clean_attributes(
    attributes: &Map<String, Value>,
    oddities: &mut Oddities,
) -> Map<String, Value> {
    attributes
        .iter()
        .map(|(name, value)| {
            let (mut control, mut bidi) = (name.contains(is_control), name.contains(is_bidi));
            let (name, mut value) = (without_controls(name), value.clone());
            clean_value(&mut value, &mut control, &mut bidi);
            if control {
                oddities.control.push(name.clone());
            }
            if bidi {
                oddities.bidi.push(name.clone());
            }
            (name, value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_are_told() {
        let attributes =
            serde_json::json!({"title": "a\u{0}b\u{1b}[31m\nc\td\r\n", "x": ["\u{202e}ab"], "y": "a\r\n"});
        let mut oddities = Oddities::default();
        let cleaned = clean_attributes(attributes.as_object().unwrap(), &mut oddities);
        assert_eq!(cleaned["title"], "ab[31m\nc\td\n");
        assert_eq!(cleaned["x"][0], "\u{202e}ab");
        assert_eq!((oddities.control, oddities.bidi), (vec!["title".to_owned()], vec!["x".to_owned()]));
    }
}
