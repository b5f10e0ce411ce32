//! Taking the selection along, as HTML: files, code, and the link to this view.

use std::fmt::Write as _;

use pinfold_core::cid::Cid;
use pinfold_core::explore::{ViewState, snippets};

use super::state::bytes_text;
use crate::shared::html::{escaped, verbatim};

/// Above this many bytes it is said that the browser keeps them in memory.
const MANY_BYTES: u64 = 200_000_000;

/// What is written to disk: the whole dataset.
#[derive(Debug, Clone, Default)]
pub(super) struct Whole {
    /// Bytes of it.
    pub(super) size_bytes: u64,
    /// Name, bytes written so far, bytes expected.
    pub(super) taking: Option<(String, u64, u64)>,
    /// What became of it.
    pub(super) notice: String,
    /// Whether this browser writes to disk while it loads.
    pub(super) streams: bool,
}

/// CSV, JSON and NetCDF of the selection, the picture, and code. `drawn` is whether there is a selection yet, `code` its
/// shell and R, which the worker makes when somebody asks for them.
pub(super) fn take(cid: &str, view: &ViewState, drawn: bool, code: &[String; 2], all: &Whole) -> String {
    let mut out = r#"<h3 id="explore-take">Take this selection along</h3><p class="row">"#.to_owned();
    let disabled = if drawn { "" } else { " disabled" };
    for (text, format) in [("CSV", "csv"), ("JSON", "json"), ("NetCDF", "nc"), ("SVG", "svg"), ("PNG", "png")]
    {
        let _ = write!(
            out,
            r#"<button class="btn slim" type="button" data-do="export" data-value="{format}"{disabled}>{text}</button>"#
        );
    }
    let python = cid.parse::<Cid>().map(|cid| snippets::python(cid, view)).unwrap_or_default();
    let _ = write!(
        out,
        r#"</p><pre tabindex="0" role="region" aria-label="Python code for this selection"><code class="all">{}</code></pre>"#,
        verbatim(&python)
    );
    for (name, code) in ["Shell", "R"].into_iter().zip(code).filter(|_| drawn) {
        let _ = write!(
            out,
            r#"<details><summary data-do="code">{name}</summary><pre tabindex="0"><code class="all">{}</code></pre></details>"#,
            verbatim(code)
        );
    }
    whole("Zarr in a ZIP", all, &mut out);
    out
}

/// The pane of a folder dataset.
pub(super) fn folder(all: &Whole) -> String {
    let mut out = r#"<h3 id="explore-take">Take it along</h3>"#.to_owned();
    whole("ZIP", all, &mut out);
    out
}

/// The whole dataset to disk.
fn whole(zip_text: &str, all: &Whole, out: &mut String) {
    let disabled = if all.taking.is_some() { " disabled" } else { "" };
    let _ = write!(
        out,
        r#"<p class="row" id="explore-whole"><span>The whole dataset, {}</span>"#,
        bytes_text(all.size_bytes)
    );
    for (text, form) in [(zip_text, "zip"), ("CAR", "car")] {
        let _ = write!(
            out,
            r#"<button class="btn slim" type="button" data-do="take" data-value="{form}"{disabled}>{text}</button>"#
        );
    }
    out.push_str("</p>");
    if !all.streams && all.size_bytes > MANY_BYTES {
        out.push_str(r#"<p class="meta">This browser cannot write to disk while it loads: it keeps all of it until the end. The shell line needs no memory.</p>"#);
    }
    if let Some((name, bytes, expected)) = &all.taking {
        let _ = write!(
            out,
            r#"<p class="row meta"><progress max="{}" value="{}" aria-label="Writing"></progress><span>{}: {} of {}</span><button class="btn slim" type="button" data-do="stop">Stop</button></p>"#,
            expected.max(&1),
            bytes.min(expected),
            escaped(name),
            bytes_text(*bytes),
            bytes_text(*expected)
        );
    }
    let _ = write!(out, r#"<p class="meta" role="status" id="explore-taken">{}</p>"#, escaped(&all.notice));
}

/// The address that opens exactly this view; `page` is where it is shown.
pub(super) fn share(page: &str, view: &ViewState) -> String {
    let page = page.split('#').next().unwrap_or_default();
    format!(
        r#"<h3 id="explore-share">Share this view</h3><p class="box cid all">{}{}</p><p class="meta">Opens the same variables, selection, zoom and colours.</p>"#,
        escaped(page),
        escaped(&view.to_fragment())
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn writing_can_be_stopped() {
        let mut all = Whole { size_bytes: 300_000_000, streams: true, ..Whole::default() };
        expect![[r#"<h3 id="explore-take">Take it along</h3><p class="row" id="explore-whole"><span>The whole dataset, 300.0 MB</span><button class="btn slim" type="button" data-do="take" data-value="zip">ZIP</button><button class="btn slim" type="button" data-do="take" data-value="car">CAR</button></p><p class="meta" role="status" id="explore-taken"></p>"#]].assert_eq(&folder(&all));
        all.taking = Some(("<b>.car".to_owned(), 400_000_000, 300_000_000));
        all.streams = false;
        let html = folder(&all);
        assert_eq!(html.matches(" disabled>").count(), 2, "{html}");
        assert!(html.contains("keeps all of it until the end"), "{html}");
        let at = html.find("<progress").unwrap();
        expect![[r#"<progress max="300000000" value="300000000" aria-label="Writing"></progress><span>&lt;b&gt;.car: 400.0 MB of 300.0 MB</span><button class="btn slim" type="button" data-do="stop">Stop</button></p><p class="meta" role="status" id="explore-taken"></p>"#]].assert_eq(&html[at..]);
    }

    #[test]
    fn hostile_names_stay_text() {
        let markup = "\"><img src=x onerror=\"alert(1)\">".to_owned();
        let view = ViewState { variables: vec![markup.clone()], ..ViewState::default() };
        let all = Whole { notice: markup.clone(), ..Whole::default() };
        for html in
            [take("bafkqaaa", &view, true, &[markup.clone(), markup.clone()], &all), share(&markup, &view)]
        {
            assert!(!html.contains("<img") && html.contains("&lt;img src=x"), "{html}");
            assert!(!html.contains("onerror=\"alert"), "{html}");
        }
    }

    #[test]
    fn there_is_nothing_to_take_before_something_is_drawn() {
        let view = ViewState::default();
        assert_eq!(
            take("bafkqaaa", &view, false, &Default::default(), &Whole::default())
                .matches(" disabled>")
                .count(),
            5
        );
        let html = take(
            "bafkqaaa",
            &view,
            true,
            &["pinfold take\n".to_owned(), "library(sf)\n".to_owned()],
            &Whole::default(),
        );
        assert!(!html.contains(" disabled"), "{html}");
        assert!(html.contains("library(sf)\n</code></pre></details>"), "{html}");
        assert!(html.contains("\nimport xarray") || html.contains("import xarray"), "{html}");
    }
}
