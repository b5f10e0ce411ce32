//! The search app's first part on the catalogue page: takes over the list that is in the HTML, and shows ranked hits
//! while one types.
//!
//! Entry point: [`start`], called by `web/js/search.js`. The search box, the list and the groups of the page
//! stay as they are until the index is there, and when it cannot be had. What can be tested without a
//! page is in the rooms below and in `pinfold_core::search`; here are events and the history.
//! State lives in the URL. Markup is made as text, see [`crate::shared::html`]: it is small, fast, and escaped in
//! one place. Everything that hits can do without (filters, time, map, suggestions, exports) is the other
//! part, [`crate::panel`], which comes when the first hits are painted. The two are modules of their own and
//! speak through the functions below: a state is the text behind the `?` of the URL.
//!
//! No component library here: this is what every visitor waits for.

mod app;
mod cards;
mod chips;
mod list;
mod load;
mod start;
mod steps;

use js_sys::{Array, Promise, Uint16Array, Uint32Array};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::shared::state::State;
use crate::shared::words;

/// Mounts the search app; does nothing on pages without `#search` and an index. `entry` is the fetch of the
/// index that the start script began while this module was still on its way, `said` what the page says in another
/// language than English.
#[wasm_bindgen(js_name = startSearch)]
pub fn start(entry: Option<Promise>, said: String) {
    crate::tell_panics();
    words::set(said);
    start::start(entry);
}

/// The state, as it stands in the URL.
#[wasm_bindgen(js_name = searchParams)]
#[must_use]
pub fn params() -> String {
    app::current().map(|app| app.state.borrow().to_params()).unwrap_or_default()
}

/// Which search is shown: a number that changes with every one.
#[wasm_bindgen(js_name = searchTurn)]
#[must_use]
pub fn turn() -> u32 {
    app::current().map_or(0, |app| app.turn.get())
}

/// What the last word that is typed may become: lines of a number of datasets and a word.
#[wasm_bindgen(js_name = searchWords)]
#[must_use]
pub fn begun() -> String {
    let mut lines = String::new();
    if let Some(app) = app::current() {
        for (word, datasets) in app.index.borrow().words(&app.state.borrow().text) {
            lines.push_str(&format!("{datasets} {word}\n"));
        }
    }
    lines
}

/// What is counted of the answer that is shown: the datasets that match by words, the filters that each dataset
/// fails as bits, the hits in their order, the filters as they stand in a URL, and the address of the index.
#[wasm_bindgen(js_name = searchBasis)]
#[must_use]
pub fn basis() -> Array {
    let Some(app) = app::current() else { return Array::new() };
    let answer = app.answer.borrow();
    let (docs, fails, filters) = answer.basis();
    let filters = State { filters: filters.clone(), ..State::default() }.to_params();
    let out = Array::new();
    out.push(&Uint32Array::from(docs));
    out.push(&Uint16Array::from(fails));
    out.push(&Uint32Array::from(&answer.docs[..]));
    out.push(&filters.into());
    out.push(&app.path.borrow().as_str().into());
    out
}

/// Changes the state, to what stands behind a `?`. `how`: 0 by a click, which is a step in the history; 1 while
/// something is dragged; 2 when it is let go; 3 not at all, but what was typed is written to the history.
#[wasm_bindgen(js_name = changeSearch)]
pub fn change(params: &str, how: u8) {
    let Some(app) = app::current() else { return };
    match how {
        0 => app.go(State::from_params(params)),
        1 | 2 => app.set_live(how == 2, State::from_params(params)),
        _ => app.settle(),
    }
}

/// The other part could not get a file of the index: the entry is read again, once; then it is told. No reason:
/// now it has them all.
#[wasm_bindgen(js_name = searchLacks)]
pub fn lacks(reason: String) {
    if let Some(app) = app::current() {
        wasm_bindgen_futures::spawn_local(app.lacks(reason));
    }
}
