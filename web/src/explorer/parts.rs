//! The explorer's parts in the page: places in [`FRAME`] and [`FOLDER`], each filled by a function that makes HTML
//! out of the state, again whenever what it looked at changes.

use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

use super::patch::patch;
use super::slot::watch;
use super::state::State;
use super::{files, numbers, panels, proof, take};

/// What stays for as long as the page lives, of a dataset of variables.
pub(super) const FRAME: &str = concat!(
    r#"<p class="vh" role="status" aria-live="polite" data-part="announced"></p><div class="bar" data-part="bar"></div>"#,
    r#"<div class="exp-g"><nav id="tree" class="tree narrow no-print" popover="auto" aria-label="Variables" data-part="tree"></nav>"#,
    r#"<div class="stack" data-part="stack"><div id="explorer-pictures" aria-busy="false"><div data-part="sliders"></div>"#,
    r#"<div data-part="figures"></div><div data-part="numbers"></div></div></div></div>"#,
    r#"<div class="below"><div class="panes"><section class="pane w7" aria-labelledby="explore-sources" data-part="sources"></section>"#,
    r#"<section class="pane w5" aria-labelledby="explore-verified" data-part="verified"></section></div>"#,
    r#"<div class="panes"><section class="pane w7" aria-labelledby="explore-take" data-part="take"></section>"#,
    r#"<section class="pane w5" aria-labelledby="explore-share" data-part="share"></section></div></div>"#,
);

/// The same of a dataset of files.
pub(super) const FOLDER: &str = concat!(
    r#"<p class="vh" role="status" aria-live="polite" data-part="announced"></p><div class="bar"><h2 id="h-exp">Files</h2></div>"#,
    r#"<div class="stack" data-part="stack"><div aria-busy="false" data-part="files"></div></div>"#,
    r#"<div class="below"><div class="panes"><section class="pane w7" aria-labelledby="explore-sources" data-part="sources"></section>"#,
    r#"<section class="pane w5" aria-labelledby="explore-verified" data-part="verified"></section></div>"#,
    r#"<div class="panes"><section class="pane w7" aria-labelledby="explore-take" data-part="take"></section></div></div>"#,
);

/// What a part needs to know beside the state.
#[derive(Debug, Clone)]
pub(super) struct About {
    /// The dataset.
    pub(super) cid: String,
    /// Where the site's front page is, seen from here.
    pub(super) root: String,
    /// Whether it is a folder of files.
    pub(super) folder: bool,
    /// Whether pages like this one may have a peer.
    pub(super) secure: bool,
    /// Whether this browser writes to disk while it loads.
    pub(super) streams: bool,
}

type Html = fn(State, &About) -> String;

/// Every part by the name of its place; those without a place are of the other kind of dataset.
const PARTS: [(&str, Html); 10] = [
    ("announced", |state, _| crate::shared::html::escaped(&state.announced.get())),
    ("bar", |state, _| state.view.with(|view| panels::bar(state.stage.get(), view))),
    ("tree", |state, _| {
        let wanted = state.wanted.get();
        state.tree.with(|items| state.view.with(|view| panels::tree(items, view, &wanted)))
    }),
    ("stack", |state, about| {
        let mut out = String::new();
        if !about.folder {
            let proof = state.origins.with(|origins| origins.proof);
            out = panels::waiting(state.stage.get(), state.progress.get(), state.cost.get(), proof);
        }
        if let Some(trouble) = state.trouble.get() {
            let said = state.gateway.get();
            out += &state.view.with(|view| panels::trouble(&trouble, &about.cid, view, &said, about.secure));
        }
        out + &state.notes.with(|notes| panels::notes(notes))
    }),
    ("sliders", |state, _| {
        let zoomed = state.view.with(super::edits::is_part);
        state.sliders.with(|sliders| numbers::sliders(sliders, zoomed))
    }),
    ("numbers", |state, _| {
        let is_table = state.view.with(|view| view.mode == pinfold_core::explore::Mode::Table);
        let table = state.rows.with(|rows| rows.as_ref().filter(|_| is_table).map(numbers::table));
        table.unwrap_or_default() + &state.statistics.with(|all| numbers::statistics(all))
    }),
    ("files", |state, _| {
        let preview = state.preview.get();
        state.files.with(|files| files::list(files, preview.as_ref()))
    }),
    ("sources", |state, about| {
        let sources = state.origins.with(|origins| proof::sources(origins, &state.gateway.get()));
        let peer = proof::peer(&state.peer.get(), &state.settings.get(), about.secure);
        format!("{sources}<details>{peer}</details>")
    }),
    ("verified", |state, about| {
        state.origins.with(|origins| proof::verified(&origins.sources, origins.proof, &about.root))
    }),
    ("take", |state, about| {
        let all = take::Whole {
            size_bytes: state.size_bytes.get(),
            taking: state.taking.get(),
            notice: state.notice.get(),
            streams: about.streams,
        };
        if about.folder {
            return take::folder(&all);
        }
        let drawn = state.plots.with(|plots| !plots.is_empty());
        let code = state.code.get().unwrap_or_default();
        state.view.with(|view| take::take(&about.cid, view, drawn, &code, &all))
    }),
];

/// The place of this name in the frame.
pub(super) fn place(host: &Element, name: &str) -> Option<Element> {
    host.query_selector(&format!("[data-part={name}]")).ok().flatten()
}

/// Fills the frame's places, as long as the page lives.
pub(super) fn show(host: &Element, state: State, about: &About) {
    for (name, html) in PARTS {
        let about = about.clone();
        show_in(host, name, Box::new(move || html(state, &about)));
    }
    if let Some(window) = web_sys::window() {
        let page = move || {
            let page = window.location().href().unwrap_or_default();
            state.view.with(|view| take::share(&page, view))
        };
        show_in(host, "share", Box::new(page));
    }
}

fn show_in(host: &Element, name: &str, html: Box<dyn Fn() -> String>) {
    let Some(place) = place(host, name) else { return };
    // What the frame has there stays, at the end.
    let until: Option<Node> = place.last_element_child().map(JsCast::unchecked_into);
    let shown = std::cell::RefCell::new(String::new());
    watch(Box::new(move || {
        let html = html();
        if shown.replace(html.clone()) != html {
            patch(&place, &html, until.as_ref());
        }
    }));
}
