//! Sliders, statistics and the table of the numbers, as HTML.

use std::fmt::Write as _;

use super::protocol::{Slider, Statistics};
use super::state::Rows;
use crate::shared::html::{escaped, verbatim};

/// Rows of the table on one page.
pub(super) const PAGE_ROWS: u32 = 200;

/// One slider for each further dimension, with a button for `web/js/play.js`, and the way back where only a part is
/// shown.
pub(super) fn sliders(sliders: &[Slider], zoomed: bool) -> String {
    let mut out = String::new();
    for slider in sliders {
        let dimension = escaped(&slider.dimension);
        // The value comes last: what the range does not hold yet would be moved into it.
        let _ = write!(
            out,
            r#"<div class="slide"><button class="btn slim" type="button" data-play="{2}" aria-label="Play along {dimension}"><svg viewBox="0 0 8 8" aria-hidden="true"><path d="M1 0l7 4-7 4z"></path></svg></button><label for="explore-slide-{dimension}">{dimension}</label><input id="explore-slide-{dimension}" type="range" min="0" max="{0}" value="{1}" data-do="slide" data-value="{2}"><output class="tab">{3}</output></div>"#,
            slider.length.saturating_sub(1),
            slider.at,
            verbatim(&slider.dimension),
            escaped(&slider.label)
        );
    }
    if zoomed {
        out.push_str(r#"<p class="row meta"><button class="btn slim" type="button" data-do="everything">Show everything</button><span>Drag or arrow keys move, Shift and drag enlarges.</span></p>"#);
    }
    out
}

/// The table of numbers.
pub(super) fn table(rows: &Rows) -> String {
    let mut out =
        r#"<div class="tbl" tabindex="0" role="region" aria-label="Numbers, scrollable"><table><thead><tr>"#
            .to_owned();
    for name in &rows.head {
        let _ = write!(out, r#"<th scope="col" class="num">{}</th>"#, escaped(name));
    }
    out.push_str("</tr></thead><tbody>");
    for row in &rows.rows {
        out.push_str("<tr>");
        for cell in row {
            let _ = write!(out, r#"<td class="num">{}</td>"#, escaped(cell));
        }
        out.push_str("</tr>");
    }
    let (first, page) = (rows.first_row, u64::from(PAGE_ROWS));
    let last = (first + rows.rows.len() as u64).min(rows.total_rows);
    let disabled = |is: bool| if is { " disabled" } else { "" };
    let _ = write!(
        out,
        concat!(
            r#"</tbody></table></div><p class="row meta"><button class="btn slim" type="button" data-do="rows" data-value="{}"{}>Earlier rows</button>"#,
            r#"<span>rows {} to {last} of {}</span>"#,
            r#"<button class="btn slim" type="button" data-do="rows" data-value="{}"{}>Later rows</button></p>"#,
        ),
        first.saturating_sub(page),
        disabled(first == 0),
        first + 1,
        rows.total_rows,
        first + page,
        disabled(last >= rows.total_rows),
        last = last
    );
    out
}

/// Statistics of what is shown.
pub(super) fn statistics(all: &[Statistics]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut out = concat!(
        r#"<section class="pane" aria-labelledby="explore-statistics"><h3 id="explore-statistics">Statistics of what is shown</h3>"#,
        r#"<div class="tbl" tabindex="0" role="region" aria-label="Statistics, scrollable"><table><thead><tr><th scope="col"><span class="vh">Quantity</span></th>"#,
    )
    .to_owned();
    for one in all {
        let _ = write!(out, r#"<th scope="col" class="num"><code>{}</code>"#, escaped(&one.variable));
        if !one.units.is_empty() {
            let _ = write!(out, ", {}", escaped(&one.units));
        }
        out.push_str("</th>");
    }
    out.push_str("</tr></thead><tbody>");
    let quantities: [(&str, fn(&Statistics) -> String); 7] = [
        ("of", |one| one.thinned.clone()),
        ("values", |one| one.count.to_string()),
        ("missing", |one| one.missing.to_string()),
        ("smallest", |one| one.min.clone()),
        ("mean", |one| one.mean.clone()),
        ("largest", |one| one.max.clone()),
        ("standard deviation", |one| one.std.clone()),
    ];
    for (name, of) in quantities {
        let cells: Vec<String> = all.iter().map(of).collect();
        // Flags have neither mean nor deviation, and mostly every value was read.
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let _ = write!(out, r#"<tr><th scope="row">{name}</th>"#);
        for cell in cells {
            let _ = write!(out, r#"<td class="num">{}</td>"#, escaped(&cell));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    for one in all.iter().filter(|one| !one.meanings.is_empty()) {
        meanings(one, &mut out);
    }
    out.push_str("</section>");
    out
}

/// How often each meaning of a flag occurs.
fn meanings(one: &Statistics, out: &mut String) {
    let _ = write!(
        out,
        concat!(
            r#"<div class="tbl meanings" tabindex="0" role="region" aria-label="Meanings, scrollable"><table><thead><tr>"#,
            r#"<th scope="col"><code>{}</code></th><th scope="col" class="num">values</th><th scope="col" class="num">share</th></tr></thead><tbody>"#,
        ),
        escaped(&one.variable)
    );
    for (name, count) in &one.meanings {
        let share = match (*count, one.count) {
            (0, _) | (_, 0) => "0 %".to_owned(),
            (count, all) if count * 100 < all => "less than 1 %".to_owned(),
            (count, all) => format!("{:.0} %", count as f64 / all as f64 * 100.0),
        };
        let _ = write!(
            out,
            r#"<tr><th scope="row">{}</th><td class="num">{count}</td><td class="num">{share}</td></tr>"#,
            escaped(name)
        );
    }
    out.push_str("</tbody></table></div>");
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const MARKUP: &str = "\"><img src=x onerror=\"alert(1)\">";

    #[test]
    fn a_slider_holds_its_value() {
        let time = Slider { dimension: "time".to_owned(), length: 24, at: 7, label: "8 of 24".to_owned() };
        expect![[r#"<div class="slide"><button class="btn slim" type="button" data-play="time" aria-label="Play along time"><svg viewBox="0 0 8 8" aria-hidden="true"><path d="M1 0l7 4-7 4z"></path></svg></button><label for="explore-slide-time">time</label><input id="explore-slide-time" type="range" min="0" max="23" value="7" data-do="slide" data-value="time"><output class="tab">8 of 24</output></div>"#]].assert_eq(&sliders(&[time], false));
        expect![[r#"<p class="row meta"><button class="btn slim" type="button" data-do="everything">Show everything</button><span>Drag or arrow keys move, Shift and drag enlarges.</span></p>"#]].assert_eq(&sliders(&[], true));
    }

    #[test]
    fn the_table_is_turned() {
        let mut rows = Rows {
            head: vec!["time".to_owned(), "ta".to_owned()],
            first_row: 200,
            total_rows: 402,
            rows: vec![vec!["1".to_owned(), "280.5".to_owned()]; 200],
        };
        let foot = |rows: &Rows| table(rows).split_once("</table></div>").unwrap().1.to_owned();
        expect![[r#"<p class="row meta"><button class="btn slim" type="button" data-do="rows" data-value="0">Earlier rows</button><span>rows 201 to 400 of 402</span><button class="btn slim" type="button" data-do="rows" data-value="400">Later rows</button></p>"#]].assert_eq(&foot(&rows));
        assert_eq!(table(&rows).matches("<td").count(), 400);
        rows.first_row = 400;
        rows.rows.truncate(2);
        assert!(foot(&rows).contains(r#"data-value="600" disabled>Later rows"#), "{}", foot(&rows));
        rows.first_row = 0;
        assert!(foot(&rows).contains(r#"data-value="0" disabled>Earlier rows"#), "{}", foot(&rows));
    }

    #[test]
    fn statistics_say_what_they_are_of() {
        let all = Statistics { variable: "ta".to_owned(), count: 10, ..Statistics::default() };
        let some =
            Statistics { variable: "zh".to_owned(), thinned: "every 4th value".to_owned(), ..all.clone() };
        assert!(!statistics(std::slice::from_ref(&all)).contains(r#"<th scope="row">of</th>"#));
        let html = statistics(&[all, some]);
        let rows = html.split_once("<tbody>").unwrap().1;
        expect![[
            r#"<tr><th scope="row">of</th><td class="num"></td><td class="num">every 4th value</td></tr>"#
        ]]
        .assert_eq(&rows[..rows.find("</tr>").unwrap() + 5]);
    }

    #[test]
    fn flags_are_counted_by_meaning() {
        let flags = Statistics {
            variable: "qc".to_owned(),
            count: 1_000,
            missing: 3,
            min: "0".to_owned(),
            max: "2".to_owned(),
            meanings: vec![("good".to_owned(), 995), ("bad".to_owned(), 5), ("never".to_owned(), 0)],
            ..Statistics::default()
        };
        let html = statistics(&[flags]);
        assert!(!html.contains("mean</th>") && !html.contains("standard deviation"), "{html}");
        let at = html.find("<tbody><tr><th scope=\"row\">good").unwrap();
        expect![[r#"<tbody><tr><th scope="row">good</th><td class="num">995</td><td class="num">100 %</td></tr><tr><th scope="row">bad</th><td class="num">5</td><td class="num">less than 1 %</td></tr><tr><th scope="row">never</th><td class="num">0</td><td class="num">0 %</td></tr></tbody></table></div></section>"#]].assert_eq(&html[at..]);
        assert_eq!(statistics(&[]), "");
    }

    #[test]
    fn hostile_names_stay_text() {
        let markup = || MARKUP.to_owned();
        let slider = Slider { dimension: markup(), length: 2, at: 0, label: markup() };
        let rows = Rows { head: vec![markup()], rows: vec![vec![markup()]], ..Rows::default() };
        let one = Statistics {
            variable: markup(),
            units: markup(),
            min: markup(),
            meanings: vec![(markup(), 1)],
            ..Statistics::default()
        };
        for html in [sliders(&[slider], false), table(&rows), statistics(&[one])] {
            assert!(!html.contains("<img") && html.contains("&lt;img src=x"), "{html}");
            assert!(!html.contains("onerror=\"alert"), "{html}");
        }
    }
}
