//! Dates, licences and facets as people write them, in the language of the page.

use pinfold_core::search::dates::{Day, civil, iso};
use pinfold_core::search::{Facet, IndexError};

mod table;

#[cfg(feature = "panel")]
pub(crate) use table::datasets;
use table::lookup;
pub(crate) use table::{Count, fill, set, t};

/// `Aug`.
pub(crate) fn month(month: u32) -> &'static str {
    // One text, so that no word is looked up that means something else elsewhere.
    t("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
        .split(' ')
        .nth(month as usize - 1)
        .unwrap_or_default()
}

fn words(day: Day, with_year: bool) -> String {
    let (year, number, date) = civil(day);
    let mut out = fill("{} {}", &[&date, &month(number)]);
    if with_year {
        out.push(' ');
        out.push_str(&year.to_string());
    }
    out
}

/// `1 Jun 2027`.
#[cfg(feature = "search")]
pub(crate) fn date(day: Day) -> String {
    words(day, true)
}

/// `17 Aug – 22 Sep 2024`.
pub(crate) fn range((start, end): (Day, Day)) -> String {
    if start == Day::MIN {
        return fill("until {}", &[&words(end, true)]);
    }
    if end == Day::MAX {
        return fill("from {}", &[&words(start, true)]);
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

/// Why a file of the index cannot be read. The reason of the format is English, so another language says only that.
pub(crate) fn unreadable(error: IndexError) -> String {
    lookup("the index cannot be read").map_or_else(|| error.to_string(), str::to_owned)
}

/// A facet's heading.
pub(crate) fn title(facet: Facet) -> &'static str {
    match facet {
        Facet::Campaign => t("Campaign"),
        Facet::Platform => t("Platform"),
        Facet::Variable => t("Variable"),
        Facet::Person => t("Person"),
        Facet::Level => t("Processing level"),
        Facet::Keyword => t("Keyword"),
        Facet::Doi => "DOI",
        Facet::License => t("Licence"),
        Facet::Format => t("Format"),
    }
}

/// A value as it is shown.
pub(crate) fn value_words(facet: Facet, value: &str) -> String {
    match (facet, value) {
        (Facet::Doi, "yes") => t("registered").to_owned(),
        (Facet::Doi, _) => t("not yet").to_owned(),
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
        let months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
        let german = "Jan. Feb. März Apr. Mai Juni Juli Aug. Sep. Okt. Nov. Dez.";
        set(format!("{{}} {{}}\n{{}}. {{}}\nfrom {{}}\nab {{}}\n{months}\n{german}"));
        assert_eq!(range((day(2024, 8, 17), day(2024, 9, 22))), "17. Aug. – 22. Sep. 2024");
        assert_eq!(range((day(2024, 5, 9), Day::MAX)), "ab 9. Mai 2024");
    }
}
