//! Facets and time as HTML.

use std::fmt::Display;

use pinfold_core::search::dates::{Day, civil, day_of};
use pinfold_core::search::{FACET_VALUES, FacetCounts, Histogram, Outside, decimal};

use crate::shared::html::{esc, escaped};
use crate::shared::words::{self, Count, fill, t, title, value_words};

/// Values of a facet that are shown before "more".
const SHOWN: usize = 6;

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
            Count(one.count)
        ));
    }
    out.push_str("</div>");
    if counts.n_values > SHOWN {
        let words =
            if all { t("fewer").to_owned() } else { fill("{} more", &[&Count(counts.n_values - SHOWN)]) };
        out.push_str(&format!(
            "<button type=\"button\" class=\"more\" data-more=\"{name}\" id=\"more-{name}\">{words}</button>"
        ));
    }
    out
}

/// Datasets over time, all and hits, with the chosen range; what lies far outside in a bar of its own.
pub(super) fn histogram(histogram: &Histogram, chosen: Option<(Day, Day)>) -> String {
    let outside = [histogram.earlier, histogram.later];
    let counts = histogram.all.iter().copied().chain(outside.iter().flatten().map(|one| one.all));
    let most = counts.max().unwrap_or(0).max(1);
    let n = histogram.all.len().max(1);
    let (left, right) = (histogram.part(histogram.start), histogram.part(histogram.end.saturating_add(1)));
    // In thousandths of the width; what is there at all is seen.
    let at = |part: f64| decimal(part * 1000.0, 1);
    let height = |count: usize| match count {
        0 => "100".to_owned(),
        count => decimal(100.0 - (count as f64 / most as f64 * 96.0).max(3.0), 1),
    };
    let path = |counts: &[usize], edges: [usize; 2]| {
        let mut d = format!("M{} 100", at(left));
        for (bin, count) in counts.iter().enumerate() {
            let end = left + (right - left) * (bin + 1) as f64 / n as f64;
            d.push_str(&format!("V{}H{}", height(*count), at(end)));
        }
        d.push_str("V100z");
        for ((from, to), count) in [(0.0, left), (right, 1.0)].into_iter().zip(edges) {
            if to > from {
                let (from, to) = (from + 0.012, to - 0.012);
                d.push_str(&format!("M{} 100V{}H{}V100z", at(from), height(count), at(to)));
            }
        }
        d
    };
    let edges = |count: fn(&Outside) -> usize| outside.map(|one| one.as_ref().map_or(0, count));
    let total: usize = histogram.hits.iter().copied().max().unwrap_or(0);
    let mut label = fill(
        "Datasets with data over time, {}: at most {} at once, {} among the hits",
        &[&words::range((histogram.start, histogram.end)), &Count(most), &Count(total)],
    );
    for (at, one) in outside.iter().enumerate() {
        if let Some(one) = one {
            let values: [&dyn Display; 3] = [&civil(one.day).0, &Count(one.all), &Count(one.hits)];
            label.push_str(&match at {
                0 => fill("; earlier, to {}: {}, {} among the hits", &values),
                _ => fill("; later, to {}: {}, {} among the hits", &values),
            });
        }
    }
    let mut out =
        format!("<svg width=\"100%\" height=\"84\" role=\"img\" aria-label=\"{}\">", escaped(&label));
    out.push_str(&format!(
        "<svg viewBox=\"0 0 1000 100\" width=\"100%\" height=\"64\" preserveAspectRatio=\"none\"><path d=\"{}\" fill=\"var(--land)\"/><path d=\"{}\" fill=\"var(--accent)\"/>",
        path(&histogram.all, edges(|one| one.all)),
        path(&histogram.hits, edges(|one| one.hits))
    ));
    let chosen = chosen.map(|(start, end)| (histogram.part(start), histogram.part(end.saturating_add(1))));
    if let Some((from, to)) = chosen {
        out.push_str(&format!(
            "<rect class=\"sel\" x=\"{}\" y=\"0\" width=\"{}\" height=\"100\"/>",
            at(from),
            at((to - from).max(0.005))
        ));
    }
    out.push_str("</svg>");
    let percent = |part: f64| decimal(part * 100.0, 1);
    if let Some((from, to)) = chosen {
        for place in [percent(from), percent(to)] {
            out.push_str(&format!(
                "<rect x=\"{place}%\" y=\"20\" width=\"7\" height=\"24\" rx=\"2\" transform=\"translate(-3.5 0)\" fill=\"var(--paper)\" stroke=\"var(--accent)\"/>"
            ));
        }
    }
    // The axis is broken where it changes its scale.
    for (from, to) in [(0.0, left - 0.012), (left, right), (right + 0.012, 1.0)] {
        if to > from {
            let (from, to) = (percent(from), percent(to));
            out.push_str(&format!(
                "<line x1=\"{from}%\" x2=\"{to}%\" y1=\"64.5\" y2=\"64.5\" class=\"tick\"/>"
            ));
        }
    }
    out.push_str("<g class=\"lab\">");
    if let Some(earlier) = histogram.earlier {
        out.push_str(&format!("<text x=\"0\" y=\"80\">{}</text>", civil(earlier.day).0));
    }
    if let Some(later) = histogram.later {
        let year = civil(later.day).0;
        out.push_str(&format!("<text x=\"100%\" y=\"80\" text-anchor=\"end\">{year}</text>"));
    }
    // Labels are about an eighth of the width long.
    let first = if histogram.earlier.is_some() { 0.13 } else { 0.0 };
    let last = if histogram.later.is_some() { 0.76 } else { 0.92 };
    for (day, text) in ticks(histogram.start, histogram.end) {
        let part = histogram.part(day);
        if (first..last).contains(&part) {
            let at = percent(part);
            out.push_str(&format!("<text x=\"{at}%\" y=\"80\">{text}</text><line class=\"tick\" x1=\"{at}%\" x2=\"{at}%\" y1=\"64\" y2=\"69\"/>"));
        }
    }
    out.push_str(&format!(
        "</g><g class=\"lab\"><text x=\"100%\" y=\"12\" text-anchor=\"end\">{}</text></g></svg>",
        fill("at most {} at once", &[&Count(most)])
    ));
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

#[cfg(test)]
mod tests {
    use pinfold_core::search::{Facet, FacetCount};

    use super::*;

    #[test]
    fn hostile_values_stay_text() {
        let value = "\"><script>alert(1)</script>".to_owned();
        let counts = FacetCounts {
            facet: Facet::Keyword,
            values: vec![FacetCount { value, count: 1, of: 2, chosen: true }],
            n_values: 1,
        };
        let html = facet(&counts, false);
        assert!(
            !html.contains("<script") && html.contains("&lt;script&gt;") && html.contains(" checked>"),
            "{html}"
        );
    }

    #[test]
    fn ticks_are_few() {
        for (start, end) in [(0, 0), (0, 40), (0, 700), (0, 20_000), (-400_000, 20_000), (19_900, 20_010)] {
            let ticks = ticks(start, end);
            assert!((1..=6).contains(&ticks.len()), "{start} {end}: {ticks:?}");
        }
    }
}
