//! The view as a link: [`ViewState`] to and from the page's fragment.
//!
//! `#explore?variable=rh,iwv&sonde=0:40&alt=3&as=curtain&colors=dusk&scale=log&view=table`. Every part but
//! `variable` is optional; a name that is none of ours is a dimension with an index or a range
//! `start:end` (end excluded). What does not parse is dropped: a link from another version still opens.

use std::fmt::Write as _;

use crate::sorted::SortedMap;

/// How the data are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// What fits the metadata.
    #[default]
    Auto,
    /// Lines over the first dimension or time.
    Line,
    /// The vertical coordinate upwards.
    Profile,
    /// Time or distance against height, coloured.
    Curtain,
    /// A map track coloured by the variable.
    Track,
    /// A gridded field.
    Map,
    /// How often which value occurs.
    Histogram,
    /// Two variables against each other.
    Scatter,
}

impl Kind {
    /// All kinds with their names in links.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Auto, "auto"),
        (Self::Line, "line"),
        (Self::Profile, "profile"),
        (Self::Curtain, "curtain"),
        (Self::Track, "track"),
        (Self::Map, "map"),
        (Self::Histogram, "histogram"),
        (Self::Scatter, "scatter"),
    ];

    /// The name in links.
    #[must_use]
    pub fn name(self) -> &'static str {
        // The table holds every kind.
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("auto", |(_, name)| name)
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// Picture or numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// The picture.
    #[default]
    Picture,
    /// The table of the numbers.
    Table,
}

/// Which indices of one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indices {
    /// One.
    At(u64),
    /// From the first to before the second.
    Range(u64, u64),
}

/// What is on screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ViewState {
    /// Variables, `group/name`; several share one time axis.
    pub variables: Vec<String>,
    /// Selections by dimension; dimensions that are not named are shown whole, or at 0 where the picture has no axis for them.
    pub indices: SortedMap<String, Indices>,
    /// How it is drawn.
    pub kind: Kind,
    /// Picture or table.
    pub mode: Mode,
    /// `tide` (sequential) or `dusk` (diverging); `None`: by the data.
    pub colors: Option<String>,
    /// Logarithmic values.
    pub log: bool,
}

/// Names that are not dimensions. A dimension of such a name is written with a `.` in front.
const RESERVED: [&str; 5] = ["variable", "as", "view", "colors", "scale"];

/// The most variables that one view draws.
const VARIABLES: usize = 8;

impl ViewState {
    /// Reads the part behind `#`. `None` when it is not an explorer link.
    #[must_use]
    pub fn parse(fragment: &str) -> Option<Self> {
        let rest = fragment.strip_prefix('#').unwrap_or(fragment).strip_prefix("explore")?;
        let query = match rest.strip_prefix('?') {
            Some(query) => query,
            None if rest.is_empty() => "",
            None => return None,
        };
        let mut view = Self::default();
        for part in query.split('&').filter(|part| !part.is_empty()).take(64) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (decode(name), decode(value));
            match name.as_str() {
                "variable" => {
                    // Commas separate; one inside a name is percent-encoded twice.
                    view.variables = value
                        .split(',')
                        .filter(|name| !name.is_empty())
                        .map(decode)
                        .take(VARIABLES)
                        .collect();
                }
                "as" => view.kind = Kind::parse(&value).unwrap_or_default(),
                "view" if value == "table" => view.mode = Mode::Table,
                "colors" if matches!(value.as_str(), "tide" | "dusk") => view.colors = Some(value),
                "scale" => view.log = value == "log",
                "view" | "colors" => {}
                dimension => {
                    let dimension = dimension.strip_prefix('.').unwrap_or(dimension);
                    if let Some(indices) = parse_indices(&value) {
                        view.indices.insert(dimension.to_owned(), indices);
                    }
                }
            }
        }
        Some(view)
    }

    /// The fragment with its `#`, the shortest that opens this view.
    #[must_use]
    pub fn to_fragment(&self) -> String {
        let mut parts = Vec::new();
        if !self.variables.is_empty() {
            let names: Vec<String> = self
                .variables
                .iter()
                .map(|name| encode(&name.replace('%', "%25").replace(',', "%2C")))
                .collect();
            parts.push(format!("variable={}", names.join(",")));
        }
        for (dimension, indices) in self.indices.iter() {
            let dot =
                if RESERVED.contains(&dimension.as_str()) || dimension.starts_with('.') { "." } else { "" };
            let value = match indices {
                Indices::At(index) => index.to_string(),
                Indices::Range(start, end) => format!("{start}:{end}"),
            };
            parts.push(format!("{dot}{}={value}", encode(dimension)));
        }
        if self.kind != Kind::Auto {
            parts.push(format!("as={}", self.kind.name()));
        }
        if let Some(colors) = &self.colors {
            parts.push(format!("colors={}", encode(colors)));
        }
        if self.log {
            parts.push("scale=log".to_owned());
        }
        if self.mode == Mode::Table {
            parts.push("view=table".to_owned());
        }
        if parts.is_empty() { "#explore".to_owned() } else { format!("#explore?{}", parts.join("&")) }
    }
}

fn parse_indices(value: &str) -> Option<Indices> {
    match value.split_once(':') {
        Some((start, end)) => {
            let (start, end) = (start.parse().ok()?, end.parse().ok()?);
            (start < end).then_some(Indices::Range(start, end))
        }
        None => value.parse().ok().map(Indices::At),
    }
}

/// Percent-encodes what a fragment's query cannot hold.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'(' | b')' => {
                out.push(byte.into());
            }
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// Undoes percent-encoding; what is not UTF-8 then is replaced.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |byte: u8| (byte as char).to_digit(16);
        match (bytes[at], bytes.get(at + 1).copied().and_then(hex), bytes.get(at + 2).copied().and_then(hex))
        {
            (b'%', Some(high), Some(low)) => {
                // Two hexadecimal digits are at most 255.
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, _, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(fragment: &str, expected: Expect) {
        let view = ViewState::parse(fragment).expect("an explorer link");
        let again = view.to_fragment();
        assert_eq!(ViewState::parse(&again).as_ref(), Some(&view), "{again} means the same");
        expected.assert_eq(&again);
    }

    #[test]
    fn links_survive() {
        check("#explore", expect!["#explore"]);
        check("#explore?variable=rh", expect!["#explore?variable=rh"]);
        check(
            "#explore?variable=rh,iwv&sonde=0:40&alt=3&as=curtain&colors=dusk&scale=log&view=table",
            expect!["#explore?variable=rh,iwv&alt=3&sonde=0:40&as=curtain&colors=dusk&scale=log&view=table"],
        );
        check(
            "explore?variable=aircraft_latitude_(deg_N)",
            expect!["#explore?variable=aircraft_latitude_(deg_N)"],
        );
    }

    #[test]
    fn odd_names_survive() {
        let mut view = ViewState {
            variables: vec!["a,b".into(), "50%&<x>".into(), "é".into()],
            ..ViewState::default()
        };
        view.indices.insert("variable".into(), Indices::At(2));
        view.indices.insert(".x".into(), Indices::Range(1, 2));
        view.indices.insert("höhe=1".into(), Indices::At(0));
        assert_eq!(ViewState::parse(&view.to_fragment()), Some(view));
    }

    #[test]
    fn nonsense_is_dropped() {
        check(
            "#explore?variable=,,a&time=5:5&x=-1&y=9999999999999999999999&as=pie&colors=rainbow&%zz=1:2&&=",
            expect!["#explore?variable=a&%25zz=1:2"],
        );
        assert_eq!(ViewState::parse("#exploreX"), None);
        assert_eq!(ViewState::parse("#cite"), None);
    }
}
