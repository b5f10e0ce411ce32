//! Controls, the tree of variables, waiting and troubles, as HTML.

use pinfold_core::letters::lowered;
use std::fmt::Write as _;

use pinfold_core::cid::Cid;
use pinfold_core::explore::{Kind, Mode, ViewState, snippets};
use pinfold_core::plot::text::unit_text;

use super::fold::fold;
use super::protocol::{Failure, Proof, Trouble};
use super::state::{Progress, Stage, TreeItem, bytes_text};
use crate::shared::html::{escaped, verbatim};

/// Maps of colours by name, and how they are called.
const COLORS: [(&str, &str); 3] =
    [("", "by the data"), ("tide", "tide, sequential"), ("dusk", "dusk, diverging")];

fn options<'a>(all: impl Iterator<Item = (&'a str, &'a str)>, chosen: &str, out: &mut String) {
    for (value, text) in all {
        let selected = if value == chosen { " selected" } else { "" };
        let _ = write!(out, r#"<option value="{value}"{selected}>{text}</option>"#);
    }
}

/// The bar: its title, colours, kind of picture, picture or table.
pub(super) fn bar(stage: Stage, view: &ViewState) -> String {
    let title = if stage == Stage::Loading { "Explore: loading" } else { "Explore" };
    let mut out = format!(
        r#"<h2 id="h-exp" title="{title}">Explore</h2><button class="btn slim open-narrow" type="button" popovertarget="tree">Choose variables</button><label class="row"><span class="meta">Picture</span><select data-do="kind">"#
    );
    let kinds =
        Kind::ALL.iter().map(|(kind, name)| (*name, if *kind == Kind::Auto { "by the data" } else { *name }));
    options(kinds, view.kind.name(), &mut out);
    out.push_str(
        r#"</select></label><label class="row"><span class="meta">Colours</span><select data-do="colors">"#,
    );
    options(COLORS.into_iter(), view.colors.as_deref().unwrap_or_default(), &mut out);
    let checked = if view.log { " checked" } else { "" };
    let _ = write!(
        out,
        r#"</select></label><label class="row"><input type="checkbox" data-do="log"{checked}><span class="meta">logarithmic</span></label><span class="row" role="group" aria-label="View">"#
    );
    for (mode, value, text) in [(Mode::Picture, "picture", "Picture"), (Mode::Table, "table", "Table")] {
        let pressed = view.mode == mode;
        let _ = write!(
            out,
            r#"<button class="btn slim" type="button" aria-pressed="{pressed}" data-do="mode" data-value="{value}">{text}</button>"#
        );
    }
    out.push_str("</span>");
    out
}

/// The most that the tree lists at once; ten thousand entries would stall a phone.
const LISTED: usize = 300;

/// Variables with their meaning, units and the bytes that they cost; only those that hold every word of `wanted`.
pub(super) fn tree(items: &[TreeItem], view: &ViewState, wanted: &str) -> String {
    let wanted = lowered(wanted);
    let words: Vec<&str> = wanted.split_whitespace().collect();
    let is_found = |item: &&TreeItem| {
        words.is_empty() || {
            let text = lowered(&format!("{} {} {} {}", item.name, item.meaning, item.units, item.dimensions));
            words.iter().all(|word| text.contains(word))
        }
    };
    let mut out = concat!(
        r#"<div class="find"><label class="vh" for="explore-find">Find a variable</label>"#,
        r#"<svg viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round">"#,
        r#"<circle cx="6.7" cy="6.7" r="4.6"></circle><path d="M10.2 10.2L14.2 14.2"></path></svg>"#,
        r#"<input id="explore-find" type="search" placeholder="Find a variable" data-do="find"></div>"#,
    )
    .to_owned();
    let (mut group, mut n_found) = (None, 0);
    for item in items.iter().filter(is_found) {
        n_found += 1;
        if n_found > LISTED {
            continue;
        }
        if group != Some(item.group) {
            let end = if group.is_some() { "</ul>" } else { "" };
            let _ = write!(out, "{end}<h3>{}</h3><ul>", escaped(item.group));
            group = Some(item.group);
        }
        variable(item, view.variables.contains(&item.name), &mut out);
    }
    if group.is_some() {
        out.push_str("</ul>");
    }
    if n_found > LISTED {
        let _ = write!(out, r#"<p class="meta">and {} more: type a part of a name</p>"#, n_found - LISTED);
    }
    if n_found == 0 && !items.is_empty() {
        out.push_str(r#"<p class="meta">No variable of this dataset matches.</p>"#);
    }
    out.push_str(r#"<p class="meta">Ctrl and click adds a variable to the picture.</p>"#);
    out
}

fn variable(item: &TreeItem, is_shown: bool, out: &mut String) {
    let href = ViewState { variables: vec![item.name.clone()], ..ViewState::default() }.to_fragment();
    let units = unit_text(&item.units);
    let words = match &item.unsupported {
        Some(reason) => format!("cannot be decoded here: {reason}"),
        None if units.is_empty() => item.meaning.clone(),
        None => format!("{}, {units}", item.meaning),
    };
    let _ = write!(
        out,
        r#"<li><a href="{}"{} title="{}" data-do="add" data-value="{}"><code>{}</code><span class="num">{}</span><small>{}</small></a></li>"#,
        escaped(&href),
        if is_shown { r#" aria-current="true""# } else { "" },
        escaped(&item.dimensions),
        verbatim(&item.name),
        escaped(&item.name),
        item.stored_bytes.map(bytes_text).unwrap_or_default(),
        escaped(&words),
    );
}

/// Progress with the fold, and the question before something large: bytes, and in how many parts.
pub(super) fn waiting(stage: Stage, progress: Progress, cost: Option<(u64, u64)>, proof: Proof) -> String {
    let mut out = String::new();
    if stage == Stage::Loading {
        let words = if progress.total == 0 {
            "Reading the dataset's structure".to_owned()
        } else {
            format!("{} of {} parts verified in your browser", progress.done, progress.total)
        };
        out.push_str(r#"<div class="prog">"#);
        fold(progress.share(), &mut out);
        let _ = write!(out, "<div><p><b>{words}</b>");
        if progress.total_bytes > 0 {
            let _ =
                write!(out, ", {} of {}", bytes_text(progress.done_bytes), bytes_text(progress.total_bytes));
        }
        let _ = write!(
            out,
            r#"</p><progress max="1000" value="{}" aria-label="Loading"></progress></div><button class="btn slim" type="button" data-do="cancel">Cancel</button></div>"#,
            (progress.share() * 1000.0).round()
        );
    }
    if stage == Stage::Ready && cost.is_none() {
        out.push_str(r#"<div class="prog">"#);
        fold(1.0, &mut out);
        let _ = write!(
            out,
            "<div><p><b>{} blocks verified in your browser</b>, {}</p></div></div>",
            proof.blocks,
            bytes_text(proof.bytes)
        );
    }
    if let Some((bytes, parts)) = cost {
        let bytes = bytes_text(bytes);
        let _ = write!(
            out,
            r#"<div class="note" role="alert"><svg viewBox="0 0 18 18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6"><circle cx="9" cy="9" r="7.2"></circle><path d="M9 8v4.6M9 5.2v.4"></path></svg><div><p><b>This view needs {bytes} in {parts} parts.</b> Zoom in or choose fewer variables for less.</p><p class="row"><button id="explorer-load" class="btn slim" type="button" data-do="load">Load {bytes}</button></p></div></div>"#
        );
    }
    out
}

/// A list of lines.
fn list(lines: &[String], out: &mut String) {
    for line in lines {
        let _ = write!(out, "<li>{}</li>", escaped(line));
    }
}

/// What failed, in one of four ways, with what to do next. `said` is what became of a gateway that was added, `secure`
/// whether this page may have a peer.
pub(super) fn trouble(trouble: &Trouble, cid: &str, view: &ViewState, said: &str, secure: bool) -> String {
    let class = match trouble.failure {
        Failure::NotThere => "note",
        Failure::Unreachable | Failure::Unsupported => "note warn",
        Failure::Corrupt => "note bad",
    };
    let mut out = format!(
        r#"<div class="{class}" role="alert"><svg viewBox="0 0 18 18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6"><path d="M9 2.2L16.4 15.4H1.6Z"></path><path d="M9 7v4M9 13v.4"></path></svg><div><p><b>{}</b></p>"#,
        escaped(&trouble.message)
    );
    if !trouble.details.is_empty() {
        out.push_str(r#"<ul class="meta">"#);
        list(&trouble.details, &mut out);
        out.push_str("</ul>");
    }
    out.push_str(r#"<p class="row">"#);
    match trouble.failure {
        Failure::NotThere => {
            out.push_str(r##"<a class="btn slim" href="#explore">Show what is there</a>"##);
        }
        Failure::Unreachable | Failure::Corrupt => {
            out.push_str(r#"<button class="btn slim" type="button" data-do="again">Try again</button>"#);
            out.push_str(
                r##"<a class="btn slim" href="#explore-gateway" data-do="field">Add a gateway</a>"##,
            );
            out.push_str(r#"<button class="btn slim" type="button" data-do="own">Ask my own node at 127.0.0.1</button>"#);
            if secure {
                out.push_str(
                    r##"<a class="btn slim" href="#explore-peer" data-do="field">Use the peer</a>"##,
                );
            }
        }
        Failure::Unsupported => {}
    }
    let _ = write!(out, r#"</p><p class="meta">{}</p>"#, escaped(said));
    if let Ok(cid) = cid.parse::<Cid>() {
        let (words, code) = match trouble.failure {
            Failure::NotThere => ("On the command line:", format!("ipfs ls {cid}\n")),
            Failure::Unreachable | Failure::Corrupt => ("On the command line:", format!("ipfs get {cid}\n")),
            Failure::Unsupported => {
                ("The blocks are whole and verified. Open it in Python:", snippets::python(cid, view))
            }
        };
        let _ = write!(out, r#"<p>{words}</p><pre tabindex="0"><code>{}</code></pre>"#, verbatim(&code));
    }
    out.push_str("</div></div>");
    out
}

/// Remarks on the dataset.
pub(super) fn notes(notes: &[String]) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let mut out = format!(r#"<details class="meta"><summary>{} remarks</summary><ul>"#, notes.len());
    list(&notes[..notes.len().min(20)], &mut out);
    out.push_str("</ul></details>");
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const MARKUP: &str = "\"><img src=x onerror=\"alert(1)\">";

    fn item(name: &str) -> TreeItem {
        TreeItem {
            name: name.to_owned(),
            meaning: "Air temperature".to_owned(),
            units: "K".to_owned(),
            group: "Measured",
            dimensions: "time × height".to_owned(),
            stored_bytes: Some(8_300_000),
            unsupported: None,
        }
    }

    #[test]
    fn the_bar_tells_what_is_chosen() {
        let view = ViewState { kind: Kind::Map, log: true, mode: Mode::Table, ..ViewState::default() };
        let html = bar(Stage::Loading, &view);
        assert!(html.contains(r#"<h2 id="h-exp" title="Explore: loading">"#), "{html}");
        assert_eq!(html.matches(" selected>").count(), 2, "{html}");
        assert!(html.contains(r#"<option value="map" selected>map</option>"#), "{html}");
        assert!(html.contains(r#"<input type="checkbox" data-do="log" checked>"#), "{html}");
        assert!(html.contains(r#"aria-pressed="true" data-do="mode" data-value="table""#), "{html}");
    }

    #[test]
    fn a_variable_is_a_link() {
        let mut out = String::new();
        variable(&item("ta"), true, &mut out);
        expect![[r##"<li><a href="#explore?variable=ta" aria-current="true" title="time × height" data-do="add" data-value="ta"><code>ta</code><span class="num">8.3 MB</span><small>Air temperature, K</small></a></li>"##]]
            .assert_eq(&out);
    }

    #[test]
    fn hostile_names_stay_text() {
        let mut hostile = item(MARKUP);
        hostile.meaning = MARKUP.to_owned();
        hostile.units = MARKUP.to_owned();
        hostile.dimensions = MARKUP.to_owned();
        let mut undecodable = hostile.clone();
        undecodable.unsupported = Some(MARKUP.to_owned());
        let trouble_of =
            |failure| Trouble { failure, message: MARKUP.to_owned(), details: vec![MARKUP.to_owned(); 2] };
        let cid = "bafkqaaa";
        let view = ViewState { variables: vec![MARKUP.to_owned()], ..ViewState::default() };
        let parts = [
            tree(&[hostile, undecodable], &view, ""),
            trouble(&trouble_of(Failure::Unsupported), cid, &view, MARKUP, true),
            trouble(&trouble_of(Failure::Corrupt), cid, &view, MARKUP, true),
            notes(&[MARKUP.to_owned()]),
        ];
        for html in parts {
            assert!(!html.contains("<img") && html.contains("&lt;img src=x"), "{html}");
            // Every attribute still ends where it should.
            assert!(!html.contains("onerror=\"alert"), "{html}");
        }
    }

    #[test]
    fn the_tree_lists_what_is_looked_for() {
        let mut items: Vec<TreeItem> = (0..400).map(|at| item(&format!("channel_{at}"))).collect();
        items.push(TreeItem { group: "Coordinates", ..item("time") });
        let view = ViewState::default();
        let summary = |wanted: &str| {
            let html = tree(&items, &view, wanted);
            let meta: Vec<&str> = html.split("<p class=\"meta\">").skip(1).collect();
            format!("{} {} {}", html.matches("<li>").count(), html.matches("<h3>").count(), meta[0])
        };
        expect!["300 1 and 101 more: type a part of a name</p>"].assert_eq(&summary(""));
        expect!["14 1 Ctrl and click adds a variable to the picture.</p>"].assert_eq(&summary("TIME 39"));
        expect!["0 0 No variable of this dataset matches.</p>"].assert_eq(&summary("rain"));
    }

    #[test]
    fn each_failure_says_what_to_do_next() {
        let view = ViewState { variables: vec!["ta".to_owned()], ..ViewState::default() };
        let next = |failure, secure| {
            let one = Trouble { failure, message: "It failed.".to_owned(), details: Vec::new() };
            let html = trouble(&one, "bafkqaaa", &view, "", secure);
            let html = html.split_once("<p class=\"row\">").unwrap().1;
            html.strip_suffix("</div></div>").unwrap().to_owned()
        };
        expect![[r##"
            <a class="btn slim" href="#explore">Show what is there</a></p><p class="meta"></p><p>On the command line:</p><pre tabindex="0"><code>ipfs ls bafkqaaa
            </code></pre>"##]].assert_eq(&next(Failure::NotThere, true));
        expect![[r##"
            <button class="btn slim" type="button" data-do="again">Try again</button><a class="btn slim" href="#explore-gateway" data-do="field">Add a gateway</a><button class="btn slim" type="button" data-do="own">Ask my own node at 127.0.0.1</button><a class="btn slim" href="#explore-peer" data-do="field">Use the peer</a></p><p class="meta"></p><p>On the command line:</p><pre tabindex="0"><code>ipfs get bafkqaaa
            </code></pre>"##]].assert_eq(&next(Failure::Unreachable, true));
        assert_eq!(next(Failure::Corrupt, true), next(Failure::Unreachable, true));
        expect![[r##"
            <button class="btn slim" type="button" data-do="again">Try again</button><a class="btn slim" href="#explore-gateway" data-do="field">Add a gateway</a><button class="btn slim" type="button" data-do="own">Ask my own node at 127.0.0.1</button></p><p class="meta"></p><p>On the command line:</p><pre tabindex="0"><code>ipfs get bafkqaaa
            </code></pre>"##]].assert_eq(&next(Failure::Corrupt, false));
        expect![[r#"
            </p><p class="meta"></p><p>The blocks are whole and verified. Open it in Python:</p><pre tabindex="0"><code>import xarray as xr   # pip install xarray zarr ipfsspec

            ds = xr.open_dataset(&quot;ipfs://bafkqaaa&quot;, engine=&quot;zarr&quot;)
            selection = ds[[&quot;ta&quot;]]
            </code></pre>"#]].assert_eq(&next(Failure::Unsupported, true));
    }

    #[test]
    fn waiting_says_how_far_it_is() {
        let words = |html: &str| -> String {
            let mut out = String::new();
            for piece in html.split('<').skip(1) {
                out.push_str(piece.split_once('>').map_or("", |(_, text)| text));
            }
            out
        };
        let proof = Proof { blocks: 7, bytes: 1_200 };
        let at = |stage, progress, cost| words(&waiting(stage, progress, cost, proof));
        let half = Progress { done: 3, total: 6, done_bytes: 500, total_bytes: 1_000 };
        expect!["Reading the dataset's structureCancel"].assert_eq(&at(
            Stage::Loading,
            Progress::default(),
            None,
        ));
        expect!["3 of 6 parts verified in your browser, 500 B of 1.0 kBCancel"].assert_eq(&at(
            Stage::Loading,
            half,
            None,
        ));
        expect!["7 blocks verified in your browser, 1.2 kB"].assert_eq(&at(Stage::Ready, half, None));
        expect![
            "This view needs 18.9 MB in 18 parts. Zoom in or choose fewer variables for less.Load 18.9 MB"
        ]
        .assert_eq(&at(Stage::Ready, half, Some((18_900_000, 18))));
        assert_eq!(at(Stage::Failed, half, None), "");
    }
}
