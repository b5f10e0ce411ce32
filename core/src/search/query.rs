//! [`Query`]: what was asked for, read from text and written back.
//!
//! ```text
//! radar reflectivity            both words
//! "sea surface temperature"     the phrase
//! -lidar -"quick look"          without
//! platform:HALO variable:air_temperature license:CC-BY-4.0
//! person:"Lukas Kluft"          a field; twice the same field means either
//! 2024-08  2024-08-15  time:2024-08-16/2024-09-23  year:2024
//! bbox:-60,5,-20,20             west, south, east, north; west > east crosses the antimeridian
//! doi:yes  doi:10.5072/abc  cid:bafy…
//! ```
//! Nothing is a syntax error: what cannot be understood is searched as words.

use std::fmt;

use super::dates::{Day, iso, parse_range, parse_span};
use super::doc::{Facet, Field};
use super::small::{decimal, parse_decimal};
use super::{ids, text};

/// Bytes of a query that are looked at.
const MAX_QUERY_BYTES: usize = 1000;
/// Clauses of a query that are looked at.
const MAX_CLAUSES: usize = 24;

/// One condition on words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// As typed, without quotes, field and minus.
    pub text: String,
    /// Its words, folded, without stop words.
    pub words: Vec<String>,
    /// In this field only.
    pub field: Option<Field>,
    /// The words must stand beside each other.
    pub phrase: bool,
    /// Must not occur.
    pub not: bool,
}

/// Values of facets, sorted and without repetition.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chosen([Vec<String>; Facet::ALL.len()]);

impl Chosen {
    /// The values of a facet.
    #[must_use]
    pub fn of(&self, facet: Facet) -> &[String] {
        &self.0[facet as usize]
    }

    /// Adds a value; whether it was not there.
    pub fn add(&mut self, facet: Facet, value: &str) -> bool {
        let values = &mut self.0[facet as usize];
        let place = values.binary_search_by(|one| one.as_str().cmp(value));
        if let Err(at) = place {
            values.insert(at, value.to_owned());
        }
        place.is_err()
    }

    /// Takes a value away.
    pub fn remove(&mut self, facet: Facet, value: &str) {
        self.0[facet as usize].retain(|one| one != value);
    }

    /// All values by facet.
    pub fn iter(&self) -> impl Iterator<Item = (Facet, &String)> {
        Facet::ALL.into_iter().flat_map(|facet| self.of(facet).iter().map(move |value| (facet, value)))
    }
}

/// What restricts the datasets beside words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filters {
    /// Ticked values; any of a facet, all facets.
    pub facets: Chosen,
    /// Data between these days, inclusive.
    pub time: Option<(Day, Day)>,
    /// Data within `[west, south, east, north]`.
    pub bbox: Option<[f64; 4]>,
}

impl Filters {
    /// Whether nothing is filtered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds the restrictions of another: all must hold; of a facet any value of either.
    pub fn merge(&mut self, other: &Self) {
        for (facet, value) in other.facets.iter() {
            self.facets.add(facet, value);
        }
        self.time = match (self.time, other.time) {
            (Some(a), Some(b)) => Some((a.0.max(b.0), a.1.min(b.1))),
            (a, b) => a.or(b),
        };
        self.bbox = other.bbox.or(self.bbox);
    }
}

/// A query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Words and phrases.
    pub clauses: Vec<Clause>,
    /// Identifiers: words that look like one.
    pub ids: Vec<String>,
    /// The rest.
    pub filters: Filters,
    /// Whether the last word may still be typed on, so that its beginning counts.
    pub open: bool,
}

impl Query {
    /// Reads a query. `open`: the text is being typed; the last word counts as a beginning unless
    /// something stands behind it.
    #[must_use]
    pub fn parse(input: &str, open: bool) -> Self {
        let input = super::cut(input, MAX_QUERY_BYTES);
        let mut query = Self::default();
        let mut rest = input;
        let mut last_is_word = false;
        while query.clauses.len() + query.ids.len() < MAX_CLAUSES {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
            if rest.is_empty() {
                break;
            }
            let (piece, after) = next_piece(rest);
            last_is_word = query.piece(piece, after.is_empty());
            rest = after;
        }
        let n = query.clauses.len();
        let stops = |clause: &Clause| {
            clause.field.is_none() && !clause.phrase && !clause.not && text::is_stop(&clause.words[0])
        };
        if !query.clauses.iter().all(stops) {
            // The last one may be the beginning of something.
            let mut at = 0;
            query.clauses.retain(|clause| {
                at += 1;
                !stops(clause) || (open && last_is_word && at == n)
            });
        }
        query.open = open && last_is_word && !query.clauses.is_empty();
        query
    }

    /// Whether nothing is asked for: all datasets match.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty() && self.ids.is_empty() && self.filters.is_empty()
    }

    /// Whether there are words or identifiers, so that hits have a rank.
    #[must_use]
    pub fn is_ranked(&self) -> bool {
        !self.ids.is_empty() || self.clauses.iter().any(|clause| !clause.not)
    }

    /// Takes one piece; true when it was a plain word.
    fn piece(&mut self, piece: Piece, last: bool) -> bool {
        let Piece { not, field, value, quoted } = piece;
        if let Some(name) = field {
            if self.special(name, value, not) {
                return false;
            }
            if let Some(field) = Field::parse(name) {
                self.push(value, Some(field), quoted, not);
                return last && !quoted;
            }
            // Not a field: `https://…`, `10:30`. Searched as it stands.
            let whole = format!("{name}:{value}");
            if !quoted && !not && !ids::query_keys(&whole).is_empty() {
                self.ids.push(whole);
                return false;
            }
            self.push(&whole, None, quoted, not);
            return last && !quoted;
        }
        if !quoted && !not {
            if !ids::query_keys(value).is_empty() {
                self.ids.push(value.to_owned());
                return false;
            }
            // A month, a day or a range; a bare year is a word that titles carry too.
            let dated = value.len() > 4 && value.starts_with(|c: char| c.is_ascii_digit());
            if dated && let Some(range) = parse_range(value) {
                self.filters.merge(&Filters { time: Some(range), ..Filters::default() });
                return false;
            }
        }
        self.push(value, None, quoted, not);
        last && !quoted
    }

    /// Fields that are no text.
    fn special(&mut self, name: &str, value: &str, not: bool) -> bool {
        match name {
            "time" | "date" | "year" => {
                let span = if name == "year" { parse_span(value) } else { parse_range(value) };
                // Of which nothing follows, or not yet, nothing is asked for.
                let Some(range) = span.filter(|_| !not) else { return value.is_empty() };
                self.filters.merge(&Filters { time: Some(range), ..Filters::default() });
            }
            "bbox" => {
                let Some(bbox) = parse_bbox(value).filter(|_| !not) else { return value.is_empty() };
                self.filters.bbox = Some(bbox);
            }
            "doi" if matches!(value, "yes" | "no") => {
                let yes = (value == "yes") != not;
                let value = if yes { "yes" } else { "no" };
                self.filters.facets.add(Facet::Doi, value);
            }
            "doi" | "cid" | "id" | "uuid" | "ipfs" if !ids::query_keys(value).is_empty() && !not => {
                self.ids.push(value.to_owned());
            }
            _ => return false,
        }
        true
    }

    fn push(&mut self, value: &str, field: Option<Field>, quoted: bool, not: bool) {
        let mut words = Vec::new();
        text::visit(value, |token| {
            if !token.joined {
                words.push(token.word);
            }
        });
        if words.iter().any(|word| !text::is_stop(word)) {
            words.retain(|word| !text::is_stop(word));
        }
        if words.is_empty() {
            return;
        }
        words.truncate(16);
        // `wind_speed` and `Sea-Pol` are two words like any others; in a field they belong together.
        if quoted || not || field.is_some() {
            self.clauses.push(Clause { text: value.to_owned(), words, field, phrase: quoted, not });
        } else {
            for word in words {
                if self.clauses.len() < MAX_CLAUSES {
                    let text = word.clone();
                    self.clauses.push(Clause { text, words: vec![word], field, phrase: false, not });
                }
            }
        }
    }
}

struct Piece<'a> {
    not: bool,
    field: Option<&'a str>,
    value: &'a str,
    quoted: bool,
}

/// Cuts off the next piece: `-`? (`name:`)? (`"…"` or up to white space).
fn next_piece(input: &str) -> (Piece<'_>, &str) {
    let (not, input) = match input.strip_prefix(['-', '−']) {
        Some(rest) if rest.starts_with(|c: char| c.is_alphanumeric() || c == '"') => (true, rest),
        _ => (false, input),
    };
    let end = input.find(|c: char| c.is_whitespace() || c.is_control()).unwrap_or(input.len());
    let (mut field, mut value) = (None, input);
    if let Some(colon) = input[..end].find(':') {
        let name = &input[..colon];
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if plain {
            (field, value) = (Some(name), &input[colon + 1..]);
        }
    }
    for (open, close) in [('"', '"'), ('“', '”'), ('„', '“')] {
        if let Some(inner) = value.strip_prefix(open) {
            let (quoted, after) = match inner.find([close, '"']) {
                Some(at) => (&inner[..at], inner[at..].trim_start_matches([close, '"'])),
                None => (inner, ""),
            };
            return (Piece { not, field, value: quoted, quoted: true }, after);
        }
    }
    let end = value.find(|c: char| c.is_whitespace() || c.is_control()).unwrap_or(value.len());
    (Piece { not, field, value: &value[..end], quoted: false }, &value[end..])
}

/// `west,south,east,north` in degrees.
#[must_use]
pub fn parse_bbox(text: &str) -> Option<[f64; 4]> {
    let mut sides = [0.0; 4];
    let mut parts = text.split(',');
    for side in &mut sides {
        *side = parse_decimal(parts.next()?)?;
    }
    let [w, s, e, n] = sides;
    let right =
        parts.next().is_none() && w.abs() <= 360.0 && e.abs() <= 360.0 && s.abs() <= 90.0 && n.abs() <= 90.0;
    right.then_some([w, s.min(n), e, n.max(s)])
}

fn quote(value: &str) -> String {
    let plain = !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c));
    if plain { value.to_owned() } else { format!("\"{}\"", value.replace('"', " ")) }
}

impl fmt::Display for Filters {
    /// As a query: `platform:HALO time:2024-08-16/2024-09-23`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        for (facet, value) in self.facets.iter() {
            write!(f, "{gap}{}:{}", facet.name(), quote(value))?;
            gap = " ";
        }
        if let Some((start, end)) = self.time {
            let open = |day: Day, text: String| {
                if day == Day::MIN || day == Day::MAX { String::new() } else { text }
            };
            write!(f, "{gap}time:{}/{}", open(start, iso(start)), open(end, iso(end)))?;
            gap = " ";
        }
        if let Some([w, s, e, n]) = self.bbox {
            let [w, s, e, n] = [w, s, e, n].map(|side| decimal(side, 4));
            write!(f, "{gap}bbox:{w},{s},{e},{n}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(input: &str, want: Expect) {
        let query = Query::parse(input, true);
        let mut out = String::new();
        for clause in &query.clauses {
            let field = clause.field.map(|field| format!("{}:", field.name())).unwrap_or_default();
            let marks = (if clause.not { "-" } else { "" }, if clause.phrase { "~" } else { "" });
            out.push_str(&format!("{}{}{field}{} | ", marks.0, marks.1, clause.words.join("+")));
        }
        out.push_str(&format!("{} | {} | {}", query.ids.join(" "), query.filters, query.open));
        want.assert_eq(&out);
    }

    #[test]
    fn the_grammar() {
        check("radar reflectivity", expect!["radar | reflectivity |  |  | true"]);
        check("radar ", expect!["radar |  |  | false"]);
        check(
            "\"sea surface temperature\" -lidar",
            expect!["~sea+surface+temperature | -lidar |  |  | true"],
        );
        check(
            "platform:HALO variable:air_temperature person:\"Lukas Kluft\"",
            expect!["platform:halo | variable:air+temperature | ~person:lukas+kluft |  |  | false"],
        );
        check("lidar 2024-08 2024-08-15/2024-10", expect!["lidar |  | time:2024-08-15/2024-08-31 | false"]);
        check(
            "year:2024 bbox:170,-10,-170,10",
            expect![" | time:2024-01-01/2024-12-31 bbox:170,-10,-170,10 | false"],
        );
        check("doi:yes -doi:yes", expect![" | doi:no doi:yes | false"]);
        check("https://doi.org/10.82246/abc", expect!["https://doi.org/10.82246/abc |  | false"]);
        check("wind_speed of the Sea-Pol", expect!["wind | speed | sea | pol |  |  | true"]);
        check("the", expect!["the |  |  | true"]);
    }

    #[test]
    fn nonsense_is_words_or_nothing() {
        check("\"", expect![" |  | false"]);
        check("- -- \u{0}\u{1} \" \" ''", expect![" |  | false"]);
        check("bbox:1,2 time:soon year:", expect!["bbox | 1 | 2 | time | soon |  |  | false"]);
        check("a:b c:\"d e", expect!["b | ~c+d+e |  |  | false"]);
        let long = "x ".repeat(10_000);
        assert!(Query::parse(&long, true).clauses.len() <= MAX_CLAUSES);
        assert!(Query::parse(&"ß".repeat(10_000), true).clauses.len() == 1);
    }

    #[test]
    fn filters_are_written_as_they_are_read() {
        let text = "campaign:BOW-TIE platform:\"RV Meteor\" time:2024-08-16/ bbox:-60,5,-20,20.5";
        let mut filters = Filters {
            time: Some((19_951, Day::MAX)),
            bbox: Some([-60.0, 5.0, -20.0, 20.5]),
            ..Default::default()
        };
        filters.facets.add(Facet::Platform, "RV Meteor");
        filters.facets.add(Facet::Campaign, "BOW-TIE");
        assert_eq!(filters.to_string(), text);
        assert_eq!(Query::parse(text, false).filters.time, filters.time);
        assert_eq!(Query::parse(text, false).filters.bbox, filters.bbox);
    }
}
