//! [`State`]: all that a visitor chose, as it stands in the URL.
//!
//! `?q=radar&platform=HALO&time=2024-08-16/2024-09-23&bbox=-60,5,-20,20&sort=newest-data&show=40`

use pinfold_core::search::dates::parse_range;
use pinfold_core::search::{Facet, Filters, Sort, parse_bbox};
#[cfg(feature = "search")]
use pinfold_core::search::{Query, Request};

/// Results that are shown at first, and how many more with each step.
pub(crate) const PAGE: usize = 20;
/// Values of one facet that a URL can choose.
const MAX_VALUES: usize = 50;

/// What is shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    /// The text in the search box.
    pub(crate) text: String,
    /// What is ticked, drawn and dated.
    pub(crate) filters: Filters,
    /// Order.
    pub(crate) sort: Sort,
    /// How many results.
    pub(crate) shown: usize,
}

impl Default for State {
    fn default() -> Self {
        Self { text: String::new(), filters: Filters::default(), sort: Sort::Relevance, shown: PAGE }
    }
}

impl State {
    /// Whether anything is asked for; if not, the page shows its own list.
    pub(crate) fn is_active(&self) -> bool {
        !self.text.trim().is_empty() || !self.filters.is_empty() || self.sort != Sort::Relevance
    }

    /// What the engine is asked.
    #[cfg(feature = "search")]
    pub(crate) fn request(&self) -> Request {
        let mut query = Query::parse(&self.text, true);
        query.filters.merge(&self.filters);
        Request {
            query,
            sort: self.sort,
            offset: 0,
            limit: if self.is_active() { self.shown } else { 0 },
            ..Request::default()
        }
    }

    /// The same search on the command line.
    #[cfg(feature = "search")]
    pub(crate) fn command(&self) -> String {
        let filters = self.filters.to_string();
        let query = [self.text.trim(), filters.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>();
        let query = query.join(" ").replace('\'', "'\\''");
        let sort = if self.sort == Sort::default() {
            String::new()
        } else {
            format!(" --sort {}", self.sort.name())
        };
        // What begins like an option is none.
        let end = if query.starts_with('-') { " --" } else { "" };
        format!("pinfold search{sort}{end} '{query}'")
    }

    /// What stands behind the `?` of the URL; empty for the plain list.
    pub(crate) fn to_params(&self) -> String {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        if !self.text.trim().is_empty() {
            pairs.push(("q", self.text.clone()));
        }
        pairs.extend(self.filters.facets.iter().map(|(facet, value)| (facet.name(), value.clone())));
        let others = Filters { facets: Default::default(), ..self.filters.clone() }.to_string();
        for part in others.split(' ').filter(|part| !part.is_empty()) {
            if let Some((name, value)) = part.split_once(':') {
                pairs.push((if name == "time" { "time" } else { "bbox" }, value.to_owned()));
            }
        }
        if self.sort != Sort::default() {
            pairs.push(("sort", self.sort.name().to_owned()));
        }
        if self.shown > PAGE {
            pairs.push(("show", self.shown.to_string()));
        }
        let parts: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        parts.join("&")
    }

    /// Reads what stands behind the `?`. What is unknown or wrong is left out.
    pub(crate) fn from_params(params: &str) -> Self {
        let mut state = Self::default();
        for pair in params.trim_start_matches('?').split('&').take(400) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value);
            match name {
                "q" => state.text = value.chars().take(1000).collect(),
                "time" => state.filters.time = parse_range(&value),
                "bbox" => state.filters.bbox = parse_bbox(&value),
                "sort" => state.sort = Sort::parse(&value).unwrap_or(state.sort),
                "show" => state.shown = value.parse().unwrap_or(PAGE).clamp(PAGE, 1000),
                _ => {
                    let Some(facet) = Facet::ALL.into_iter().find(|facet| facet.name() == name) else {
                        continue;
                    };
                    if !value.is_empty() && state.filters.facets.of(facet).len() < MAX_VALUES {
                        state.filters.facets.add(facet, &value);
                    }
                }
            }
        }
        state
    }

    /// Drops what a chip stands for: `time`, `bbox` or `facet=value`.
    pub(crate) fn drop_filter(&mut self, key: &str) {
        self.shown = PAGE;
        match key.split_once('=') {
            None if key == "time" => self.filters.time = None,
            None => self.filters.bbox = None,
            Some((name, value)) => {
                if let Some(facet) = Facet::ALL.into_iter().find(|facet| facet.name() == name) {
                    self.toggle(facet, value);
                }
            }
        }
    }

    /// Ticks or unticks a value.
    pub(crate) fn toggle(&mut self, facet: Facet, value: &str) {
        if !self.filters.facets.add(facet, value) {
            self.filters.facets.remove(facet, value);
        }
        self.shown = PAGE;
    }
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' | b',' | b':' => {
                out.push(byte as char)
            }
            b' ' => out.push('+'),
            _ => {
                out.push('%');
                for digit in [byte >> 4, byte & 15] {
                    out.push(char::from_digit(digit.into(), 16).unwrap_or('0').to_ascii_uppercase());
                }
            }
        }
    }
    out
}

fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    let mut rest = text;
    while let Some(byte) = bytes.next() {
        rest = rest.get(1..).unwrap_or_default();
        match byte {
            b'+' => out.push(b' '),
            b'%' => match rest.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                Some(value) => {
                    out.push(value);
                    bytes.nth(1);
                    rest = rest.get(2..).unwrap_or_default();
                }
                None => out.push(byte),
            },
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_holds_everything() {
        let mut state = State {
            text: "cloud & \"wind speed\" é+%".to_owned(),
            sort: Sort::NewestData,
            shown: 60,
            ..State::default()
        };
        state.toggle(Facet::Platform, "RV Meteor");
        state.toggle(Facet::Person, "Helene Glöckner");
        state.filters.time = parse_range("2024-08-16/2024-09-23");
        state.filters.bbox = parse_bbox("-60,5,-20,20.5");
        let params = state.to_params();
        assert_eq!(State::from_params(&params), state, "{params}");
        assert_eq!(State::from_params(&format!("?{params}&utm_source=x")), state);
        assert_eq!(State::default().to_params(), "");
    }

    #[test]
    fn nonsense_in_the_url_is_left_out() {
        for params in ["?%", "?q=%zz%C3", "?bbox=1,2&time=soon&sort=magic&show=-4", "?platform=&&&=&=", "?q"]
        {
            let state = State::from_params(params);
            assert!(state.filters.is_empty() && state.shown == PAGE, "{params}");
        }
        assert_eq!(State::from_params("?q=%zz").text, "%zz");
    }

    #[test]
    fn the_command_line_survives_quotes() {
        let mut state = State { text: "o'clock".to_owned(), ..State::default() };
        state.toggle(Facet::Platform, "RV Meteor");
        assert_eq!(state.command(), "pinfold search 'o'\\''clock platform:\"RV Meteor\"'");
        state = State { text: "-lidar".to_owned(), sort: Sort::NewestData, ..State::default() };
        assert_eq!(state.command(), "pinfold search --sort newest-data -- '-lidar'");
    }
}
