//! Dates, licences and facets as people write them.

use pinfold_core::search::Facet;
use pinfold_core::search::dates::{Day, civil, iso};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Aug`.
pub(crate) fn month(month: u32) -> &'static str {
    MONTHS[(month as usize - 1).min(11)]
}

fn words(day: Day, with_year: bool) -> String {
    let (year, number, date) = civil(day);
    if with_year { format!("{date} {} {year}", month(number)) } else { format!("{date} {}", month(number)) }
}

/// `1 Jun 2027`.
#[cfg(feature = "search")]
pub(crate) fn date(day: Day) -> String {
    words(day, true)
}

/// `17 Aug – 22 Sep 2024`.
pub(crate) fn range((start, end): (Day, Day)) -> String {
    if start == Day::MIN {
        return format!("until {}", words(end, true));
    }
    if end == Day::MAX {
        return format!("from {}", words(start, true));
    }
    if start == end {
        return words(start, true);
    }
    let same_year = civil(start).0 == civil(end).0;
    format!("{} – {}", words(start, !same_year), words(end, true))
}

/// The same with `<time>` around each.
#[cfg(feature = "search")]
pub(crate) fn range_html((start, end): (Day, Day)) -> String {
    let time = |day: Day, with_year: bool| {
        format!("<time datetime=\"{}\">{}</time>", iso(day), words(day, with_year))
    };
    if start == end {
        return time(start, true);
    }
    format!("{} – {}", time(start, civil(start).0 != civil(end).0), time(end, true))
}

/// `CC BY 4.0` for `CC-BY-4.0`.
pub(crate) fn licence(text: &str) -> String {
    let short = if text.starts_with("CC") {
        text.replacen("CC-", "CC ", 1).replace("-4.0", " 4.0").replace("-3.0", " 3.0").replace("-1.0", " 1.0")
    } else {
        text.to_owned()
    };
    match short.char_indices().nth(24) {
        Some((at, _)) => format!("{} …", &short[..at]),
        None => short,
    }
}

/// A facet's heading.
pub(crate) fn title(facet: Facet) -> &'static str {
    match facet {
        Facet::Campaign => "Campaign",
        Facet::Platform => "Platform",
        Facet::Variable => "Variable",
        Facet::Person => "Person",
        Facet::Level => "Processing level",
        Facet::Keyword => "Keyword",
        Facet::Doi => "DOI",
        Facet::License => "Licence",
        Facet::Format => "Format",
    }
}

/// A value as it is shown.
pub(crate) fn value_words(facet: Facet, value: &str) -> String {
    match (facet, value) {
        (Facet::Doi, "yes") => "registered".to_owned(),
        (Facet::Doi, _) => "not yet".to_owned(),
        (Facet::Variable, value) => value.replace('_', " "),
        (Facet::License, value) => licence(value),
        (_, value) => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let day = pinfold_core::search::dates::day_of;
        assert_eq!(range((day(2024, 8, 17), day(2024, 9, 22))), "17 Aug – 22 Sep 2024");
        assert_eq!(range((day(2023, 12, 31), day(2024, 1, 1))), "31 Dec 2023 – 1 Jan 2024");
        assert_eq!(range((day(2024, 8, 17), Day::MAX)), "from 17 Aug 2024");
        assert_eq!(licence("CC-BY-4.0"), "CC BY 4.0");
    }
}
