//! Facets, time and chips as HTML.

use pinfold_core::search::dates::{Day, civil, day_of};
use pinfold_core::search::{FACET_VALUES, Facet, FacetCounts, Histogram, decimal};

use super::html::{esc, escaped};
use super::state::State;
use super::words;

/// Values of a facet that are shown before "more".
const SHOWN: usize = 6;

/// A facet's heading.
pub(super) fn title(facet: Facet) -> &'static str {
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
pub(super) fn value_words(facet: Facet, value: &str) -> String {
    match (facet, value) {
        (Facet::Doi, "yes") => "registered".to_owned(),
        (Facet::Doi, _) => "not yet".to_owned(),
        (Facet::Variable, value) => value.replace('_', " "),
        (Facet::License, value) => words::licence(value),
        (_, value) => value.to_owned(),
    }
}

/// The check boxes of a facet. Values without hits stay, grey.
pub(super) fn facet(counts: &FacetCounts, all: bool) -> String {
    let name = counts.facet.name();
    let mut out = format!("<div class=\"facet\" role=\"group\" aria-label=\"{}\">", title(counts.facet));
    let most = counts.values.iter().map(|one| one.count).max().unwrap_or(0).max(1);
    let shown = if all { FACET_VALUES } else { SHOWN };
    for (at, one) in counts.values.iter().take(shown).enumerate() {
        let class = if one.count == 0 { " class=\"none\"" } else { "" };
        out.push_str(&format!(
            "<label><input type=\"checkbox\" id=\"f-{name}-{at}\" data-facet=\"{name}\" value=\""
        ));
        esc(&one.value, &mut out);
        out.push_str(&format!("\"{}><span{class}>", if one.chosen { " checked" } else { "" }));
        esc(&value_words(counts.facet, &one.value), &mut out);
        // The share as a drawing: a style attribute would need a laxer policy.
        let share = one.count * 100 / most;
        out.push_str(&format!(
            "</span><span class=\"num\">{}</span><i><svg width=\"100%\" height=\"2\" aria-hidden=\"true\"><rect width=\"{share}%\" height=\"2\" fill=\"currentColor\"/></svg></i></label>",
            one.count
        ));
    }
    out.push_str("</div>");
    if counts.n_values > SHOWN {
        let words = if all { "fewer".to_owned() } else { format!("{} more", counts.n_values - SHOWN) };
        out.push_str(&format!(
            "<button type=\"button\" class=\"more\" data-more=\"{name}\" id=\"more-{name}\">{words}</button>"
        ));
    }
    out
}

/// Datasets over time, all and hits, with the chosen range.
pub(super) fn histogram(histogram: &Histogram, chosen: Option<(Day, Day)>) -> String {
    let most = histogram.all.iter().copied().max().unwrap_or(0).max(1);
    let n = histogram.all.len().max(1);
    let path = |counts: &[usize]| {
        let mut d = "M0 100".to_owned();
        for (at, count) in counts.iter().enumerate() {
            d.push_str(&format!("V{}H{}", decimal(100.0 - *count as f64 / most as f64 * 96.0, 1), at + 1));
        }
        d.push_str("V100z");
        d
    };
    let days = f64::from(histogram.end) - f64::from(histogram.start) + 1.0;
    let part = |day: Day| ((f64::from(day) - f64::from(histogram.start)) / days * 100.0).clamp(0.0, 100.0);
    let total: usize = histogram.hits.iter().copied().max().unwrap_or(0);
    let label = format!(
        "Datasets with data over time, {}: at most {most} at once, {total} among the hits",
        words::range((histogram.start, histogram.end))
    );
    let mut out =
        format!("<svg width=\"100%\" height=\"84\" role=\"img\" aria-label=\"{}\">", escaped(&label));
    out.push_str(&format!(
        "<svg viewBox=\"0 0 {n} 100\" width=\"100%\" height=\"64\" preserveAspectRatio=\"none\"><path d=\"{}\" fill=\"var(--land)\"/><path d=\"{}\" fill=\"var(--accent)\"/>",
        path(&histogram.all),
        path(&histogram.hits)
    ));
    let edges = chosen.map(|(start, end)| (part(start), part(end.saturating_add(1))));
    if let Some((from, to)) = edges {
        let scale = n as f64 / 100.0;
        out.push_str(&format!(
            "<rect class=\"sel\" x=\"{}\" y=\"0\" width=\"{}\" height=\"100\"/>",
            decimal(from * scale, 2),
            decimal((to - from).max(0.5) * scale, 2)
        ));
    }
    out.push_str("</svg>");
    if let Some((from, to)) = edges {
        for at in [decimal(from, 2), decimal(to, 2)] {
            out.push_str(&format!(
                "<rect x=\"{at}%\" y=\"20\" width=\"7\" height=\"24\" rx=\"2\" transform=\"translate(-3.5 0)\" fill=\"var(--paper)\" stroke=\"var(--accent)\"/>"
            ));
        }
    }
    out.push_str("<line x1=\"0\" x2=\"100%\" y1=\"64.5\" y2=\"64.5\" class=\"tick\"/><g class=\"lab\">");
    for (day, text) in ticks(histogram.start, histogram.end) {
        let at = part(day);
        if at < 92.0 {
            let at = decimal(at, 1);
            out.push_str(&format!("<text x=\"{at}%\" y=\"80\">{text}</text><line class=\"tick\" x1=\"{at}%\" x2=\"{at}%\" y1=\"64\" y2=\"69\"/>"));
        }
    }
    out.push_str(&format!("</g><g class=\"lab\"><text x=\"100%\" y=\"12\" text-anchor=\"end\">at most {most} at once</text></g></svg>"));
    out
}

/// Starts of months or years, at most five.
fn ticks(start: Day, end: Day) -> Vec<(Day, String)> {
    let (first, month, _) = civil(start);
    let (last, last_month, _) = civil(end);
    let months = (last - first) * 12 + last_month as i32 - month as i32;
    if months <= 0 {
        return vec![(start, words::range((start, start)))];
    }
    if months < 24 {
        let step = (months + 4) / 5;
        return (1..=months)
            .step_by(step.max(1) as usize)
            .map(|more| {
                let all = month as i32 - 1 + more;
                let number = (all % 12) as u32 + 1;
                let year = first + all / 12;
                let text = if number == 1 { year.to_string() } else { words::month(number).to_owned() };
                (day_of(year, number, 1), text)
            })
            .collect();
    }
    let step = (last - first + 4) / 5;
    (first + 1..=last)
        .step_by(step.max(1) as usize)
        .map(|year| (day_of(year, 1, 1), year.to_string()))
        .collect()
}

/// What is filtered, each with a way to drop it.
pub(super) fn chips(state: &State) -> String {
    let mut out = String::new();
    let mut chip = |key: &str, text: String| {
        let text = escaped(&text);
        out.push_str(&format!(
            "<span class=\"chip\">{text}<button type=\"button\" data-drop=\"{}\"><span aria-hidden=\"true\">×</span><span class=\"vh\">remove {text}</span></button></span> ",
            escaped(key)
        ));
    };
    for (facet, values) in &state.filters.facets {
        for value in values {
            chip(
                &format!("{}={value}", facet.name()),
                format!("{}: {}", title(*facet), value_words(*facet, value)),
            );
        }
    }
    if let Some(range) = state.filters.time {
        chip("time", format!("Time {}", words::range(range)));
    }
    if let Some([w, s, e, n]) = state.filters.bbox {
        chip("bbox", format!("Box {}", [w, s, e, n].map(|side| decimal(side, 2)).join(", ")));
    }
    out
}

#[cfg(test)]
mod tests {
    use pinfold_core::search::FacetCount;

    use super::*;

    #[test]
    fn hostile_values_stay_text() {
        let value = "\"><script>alert(1)</script>".to_owned();
        let counts = FacetCounts {
            facet: Facet::Keyword,
            values: vec![FacetCount { value, count: 1, of: 2, chosen: true }],
        };
        let html = facet(&counts, false);
        assert!(
            !html.contains("<script") && html.contains("&lt;script&gt;") && html.contains(" checked>"),
            "{html}"
        );
        let mut state = State::default();
        state.toggle(Facet::Keyword, "\" onclick=\"x");
        assert!(!chips(&state).contains("\" onclick=\""));
    }

    #[test]
    fn ticks_are_few() {
        for (start, end) in [(0, 0), (0, 40), (0, 700), (0, 20_000), (-400_000, 20_000), (19_900, 20_010)] {
            let ticks = ticks(start, end);
            assert!((1..=6).contains(&ticks.len()), "{start} {end}: {ticks:?}");
        }
    }
}
