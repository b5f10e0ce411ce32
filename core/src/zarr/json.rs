//! JSON as Python writes it: bare `NaN`, `Infinity` and `-Infinity` are read as the strings of that
//! name, and [`number`] reads such strings as numbers. Nesting is limited.

use serde_json::{Map, Number, Value};

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
/// The reader is our own: serde's, generic and with tables of its own for numbers, is a twentieth of what the
/// page loads. The tests hold it against serde's.
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
    let text = std::str::from_utf8(text).map_err(|error| JsonError::Invalid {
        reason: format!("not UTF-8 at byte {}", error.valid_up_to()),
    })?;
    let mut reader = Reader { text, at: 0, depth_limit };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at < text.len() { Err(reader.wrong("the end")) } else { Ok(value) }
}

/// A place in a text.
struct Reader<'a> {
    text: &'a str,
    /// Always between two characters.
    at: usize,
    depth_limit: u32,
}

impl Reader<'_> {
    fn wrong(&self, expected: &str) -> JsonError {
        let found = match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(c) => format!("`{}`", c.escape_default()),
            None => "the end".to_owned(),
        };
        JsonError::Invalid { reason: format!("expected {expected}, found {found} at byte {}", self.at) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Steps over `token` if it comes next.
    fn take(&mut self, token: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(token.as_bytes());
        if found {
            self.at += token.len();
        }
        found
    }

    /// The next value, `depth` lists and objects deep.
    fn value(&mut self, depth: u32) -> Result<Value, JsonError> {
        self.skip_space();
        match self.peek() {
            Some(b'[' | b'{') if depth >= self.depth_limit => {
                Err(JsonError::TooDeep { limit: self.depth_limit })
            }
            Some(b'"') => self.string().map(Value::String),
            Some(b'[') => {
                let mut values = Vec::new();
                while self.more("[", "]", values.is_empty())? {
                    values.push(self.value(depth + 1)?);
                }
                Ok(Value::Array(values))
            }
            Some(b'{') => {
                let mut map = Map::new();
                let mut first = true;
                while self.more("{", "}", std::mem::take(&mut first))? {
                    self.skip_space();
                    let name = self.string()?;
                    self.skip_space();
                    if !self.take(":") {
                        return Err(self.wrong("`:`"));
                    }
                    map.insert(name, self.value(depth + 1)?);
                }
                Ok(Value::Object(map))
            }
            _ => self.plain(),
        }
    }

    /// Steps to the next member between two brackets; `false` behind the last.
    fn more(&mut self, begin: &str, end: &str, first: bool) -> Result<bool, JsonError> {
        if first {
            self.take(begin);
        }
        self.skip_space();
        if self.take(end) {
            return Ok(false);
        }
        if first || self.take(",") { Ok(true) } else { Err(self.wrong(&format!("`,` or `{end}`"))) }
    }

    /// Words and numbers.
    fn plain(&mut self) -> Result<Value, JsonError> {
        for token in ["NaN", "Infinity", "-Infinity"] {
            if self.take(token) {
                return Ok(Value::String(token.to_owned()));
            }
        }
        let words = [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))];
        for (token, value) in words {
            if self.take(token) {
                return Ok(value);
            }
        }
        let start = self.at;
        let whole = self.number().ok_or_else(|| self.wrong("a value"))?;
        let text = &self.text[start..self.at];
        // As serde reads it: whole numbers that do not fit become floats, and -0 is one.
        let number = match (text.parse::<u64>(), text.parse::<i64>()) {
            (Ok(number), _) if whole => Some(number.into()),
            (_, Ok(number @ ..0)) if whole => Some(number.into()),
            _ => crate::number::parse_f64(text).and_then(Number::from_f64),
        };
        number
            .map(Value::Number)
            .ok_or_else(|| JsonError::Invalid { reason: format!("a number out of range at byte {start}") })
    }

    /// Steps over a number; whether it is whole, `None` where there is none.
    fn number(&mut self) -> Option<bool> {
        self.take("-");
        if !self.take("0") {
            self.digits()?;
        }
        let mut whole = true;
        if self.take(".") {
            whole = false;
            self.digits()?;
        }
        if self.take("e") || self.take("E") {
            whole = false;
            if !self.take("-") {
                self.take("+");
            }
            self.digits()?;
        }
        Some(whole)
    }

    /// Steps over one digit or more.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// A string with its quotes.
    fn string(&mut self) -> Result<String, JsonError> {
        if !self.take("\"") {
            return Err(self.wrong("a string"));
        }
        let mut out = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
                self.at += 1;
            }
            out.push_str(&self.text[start..self.at]);
            if self.take("\"") {
                return Ok(out);
            }
            if !self.take("\\") {
                return Err(self.wrong("the end of a string"));
            }
            out.push(self.escaped().ok_or_else(|| self.wrong("an escape"))?);
        }
    }

    /// What stands behind a backslash.
    fn escaped(&mut self) -> Option<char> {
        let c = match self.peek()? {
            c @ (b'"' | b'\\' | b'/') => char::from(c),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                let first = self.hex()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return char::from_u32(first);
                }
                let second = if self.take("\\u") { self.hex()? } else { return None };
                let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                return char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + low);
            }
            _ => return None,
        };
        self.at += 1;
        Some(c)
    }

    /// Four hexadecimal digits.
    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let value = digits.chars().try_fold(0, |value, c| Some(value << 4 | c.to_digit(16)?))?;
        self.at += 4;
        Some(value)
    }
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
        check("[1,", expect!["error: expected a value, found the end at byte 3"]);
        check("[NaNs]", expect!["error: expected `,` or `]`, found `s` at byte 4"]);
        check("[-Inf]", expect!["error: expected a value, found `I` at byte 2"]);
        check("[[[[[]]]]]", expect!["error: nested deeper than 4 levels"]);
        check(r#"["[[[[[[["]"#, expect![[r#"["[[[[[[["]"#]]);
        check("\"\\", expect!["error: expected an escape, found the end at byte 2"]);
        check("[1] x", expect!["error: expected the end, found `x` at byte 4"]);
        check("1e999", expect!["error: a number out of range at byte 0"]);
    }

    #[test]
    fn as_serde_reads_it() {
        let texts = [
            r#"{"a":1,"b":[-1,-0,0,-0.0,1.5e3,0.1,2.2250738585072014e-308,5e-324,1E+2],"a":{"c":null}}"#,
            "[18446744073709551615,18446744073709551616,-9223372036854775808,-9223372036854775809,1e308]",
            "[0.30000000000000004,123456789012345678901234567890.5,9.95e-1,1e400]",
            r#" [ true , false , "\u00e9\ud83d\ude00\/\b\f\n\r\t\\\"ä😀" ] "#,
            r#"[{},[],{"":[{"a":{}}]}]"#,
            r#"["\ud800"]"#,
            r#"["\udc00"]"#,
            r#"["\ud800\u0041"]"#,
            r#"["\u12g4"]"#,
            r#"["\u+123"]"#,
            r#"["\x"]"#,
            r#"{"a":1,}"#,
            r#"{a:1}"#,
            r#"{"a"}"#,
            r#"{"a" 1}"#,
            r#"{1:1}"#,
            "\"a\nb\"",
            "\"\u{7f}\u{2028}\u{0}\"",
            " ",
            "01",
            "1.e",
            ".5",
            "+1",
            "--1",
            "1e+-1",
            "[1 2]",
            "[,]",
            "[1,]",
            "[1}",
            "nullx",
            "1 1",
            "\u{a0}1",
        ];
        for text in texts {
            // Every beginning of it too.
            for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
                let part = &text[..end];
                let theirs = serde_json::from_str::<Value>(part).ok().map(|value| value.to_string());
                let ours = parse(part.as_bytes(), 64).ok().map(|value| value.to_string());
                assert_eq!(ours, theirs, "{part}");
            }
        }
        assert!(parse(b"\"\xff\"", 64).is_err());
    }
}
