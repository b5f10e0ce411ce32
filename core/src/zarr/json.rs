//! JSON as Python writes it: bare `NaN`, `Infinity` and `-Infinity` are read as the strings of that
//! name, and [`number`] reads such strings as numbers. Nesting is limited.

use serde_json::Value;

/// Why text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON.
    #[error("{reason}")]
    Invalid {
        /// What is wrong and where.
        reason: String,
    },
    /// Nested deeper than allowed.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: u32,
    },
}

/// Reads JSON that may hold bare `NaN`, `Infinity` and `-Infinity`.
///
/// # Errors
/// [`JsonError`].
///
/// ```
/// use pinfold_core::zarr::json;
/// let value = json::parse(br#"{"a": [NaN, -Infinity, "NaN, really"]}"#, 64).unwrap();
/// assert_eq!(value.to_string(), r#"{"a":["NaN","-Infinity","NaN, really"]}"#);
/// ```
pub fn parse(text: &[u8], depth_limit: u32) -> Result<Value, JsonError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut quoted: Vec<u8> = Vec::new();
    let mut copied = 0;
    let mut depth = 0u32;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => at = string_end(text, at),
            b'[' | b'{' => {
                depth += 1;
                if depth > depth_limit {
                    return Err(JsonError::TooDeep { limit: depth_limit });
                }
                at += 1;
            }
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            b'N' | b'I' | b'-' => {
                let rest = &text[at..];
                let token =
                    ["NaN", "Infinity", "-Infinity"].iter().find(|token| rest.starts_with(token.as_bytes()));
                let Some(token) = token else {
                    at += 1;
                    continue;
                };
                quoted.extend_from_slice(&text[copied..at]);
                quoted.push(b'"');
                quoted.extend_from_slice(token.as_bytes());
                quoted.push(b'"');
                at += token.len();
                copied = at;
            }
            _ => at += 1,
        }
    }
    let parsed = if copied == 0 {
        serde_json::from_slice(text)
    } else {
        quoted.extend_from_slice(&text[copied..]);
        serde_json::from_slice(&quoted)
    };
    parsed.map_err(|error| JsonError::Invalid { reason: error.to_string() })
}

/// The index after the string that begins at `start`.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// A number, or one of the strings `NaN`, `Infinity` and `-Infinity`.
#[must_use]
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: Expect) {
        let found = parse(text.as_bytes(), 4)
            .map_or_else(|error| format!("error: {error}"), |value| value.to_string());
        expected.assert_eq(&found);
    }

    #[test]
    fn tokens() {
        check(r#"[NaN,Infinity,-Infinity,-1]"#, expect![[r#"["NaN","Infinity","-Infinity",-1]"#]]);
        check(r#"{"NaN":"a \" NaN \\", "b":NaN}"#, expect![[r#"{"NaN":"a \" NaN \\","b":"NaN"}"#]]);
        check("NaN", expect![[r#""NaN""#]]);
        check("\u{feff}[1]", expect!["[1]"]);
    }

    #[test]
    fn what_is_wrong() {
        check("[1,", expect!["error: EOF while parsing a value at line 1 column 3"]);
        check("[NaNs]", expect!["error: expected `,` or `]` at line 1 column 7"]);
        check("[-Inf]", expect!["error: invalid number at line 1 column 3"]);
        check("[[[[[]]]]]", expect!["error: nested deeper than 4 levels"]);
        check(r#"["[[[[[[["]"#, expect![[r#"["[[[[[[["]"#]]);
        check("\"\\", expect!["error: EOF while parsing a string at line 1 column 2"]);
    }
}
