//! What the page says in another language than English: the English text is the key, as with gettext.
//!
//! [`t`] and [`fill`] look a text up in the table that the catalogue page brings (`<script id="words">`, made from
//! `generator/assets/words/`) and the start script hands over ([`set`]). An English page brings none: then nothing is
//! looked for. A text without an entry stays English. A test of the generator reads the calls with a text in them.

use std::cell::Cell;
use std::fmt::{self, Display, Write as _};

/// English and the other language's text.
type Pair = (&'static str, &'static str);

thread_local! {
    static TABLE: Cell<&'static [Pair]> = const { Cell::new(&[]) };
}

/// Takes the table: lines, by turns English and what is said for it. It stays as long as the page.
pub(crate) fn set(lines: String) {
    let mut lines = Box::leak(lines.into_boxed_str()).split('\n');
    let mut table = Vec::new();
    while let (Some(text), Some(said)) = (lines.next(), lines.next()) {
        table.push((text, said));
    }
    TABLE.set(Box::leak(table.into_boxed_slice()));
}

/// What is said for a text, where there is a table with it.
pub(crate) fn lookup(text: &str) -> Option<&'static str> {
    // A hundred texts: their lengths tell most of them apart.
    TABLE.get().iter().find(|pair| pair.0 == text).map(|pair| pair.1)
}

/// The text in the page's language.
pub(crate) fn t(text: &'static str) -> &'static str {
    lookup(text).unwrap_or(text)
}

/// The text in the page's language, with values for its `{}` in their order.
pub(crate) fn fill(text: &'static str, values: &[&dyn Display]) -> String {
    let text = t(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut parts = text.split('{');
    out.push_str(parts.next().unwrap_or_default());
    for (part, value) in parts.zip(values) {
        let _ = write!(out, "{value}");
        out.push_str(part.get(1..).unwrap_or_default());
    }
    out
}

/// A count as the page's language writes it: `1234`, `1.234`.
pub(crate) struct Count(pub(crate) usize);

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match lookup("thousands mark") {
            Some(mark) if self.0 >= 1000 => {
                Count(self.0 / 1000).fmt(f)?;
                write!(f, "{mark}{:03}", self.0 % 1000)
            }
            _ => self.0.fmt(f),
        }
    }
}

/// `1 dataset`, `14 datasets`.
#[cfg(feature = "panel")]
pub(crate) fn datasets(n: usize) -> String {
    if n == 1 { fill("{} dataset", &[&1]) } else { fill("{} datasets", &[&Count(n)]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_looked_up_and_filled() {
        assert_eq!(fill("Show {} more of {}", &[&Count(40), &Count(1234)]), "Show 40 more of 1234");
        set("thousands mark\n.\nShow {} more of {}\n{} weitere von {} anzeigen\nWhen\nWann".to_owned());
        assert_eq!(
            fill("Show {} more of {}", &[&Count(40), &Count(1_200_034)]),
            "40 weitere von 1.200.034 anzeigen"
        );
        assert_eq!((t("When"), t("Where")), ("Wann", "Where"), "what has no entry stays English");
        // A table that is cut off, and a text with fewer places than values.
        set("When".to_owned());
        assert_eq!((t("When"), fill("{", &[&1, &2])), ("When", "1".to_owned()));
    }
}
