//! The search app on the catalogue page: takes over the list that is in the HTML.
//!
//! Entry point: [`start`], called by `web/js/search.js`. The search box, the list and the groups of the page
//! stay as they are until the index is there, and when it cannot be had. What can be tested without a
//! page is in the rooms below and in `pinfold_core::search`; here are signals, events and the history.
//! State lives in the URL. Markup is made as text, see [`crate::shared::html`]: it is small, fast, and escaped in one place.

mod app;
mod cards;
mod combo;
mod drag;
mod export;
mod list;
mod load;
mod map;
mod pages;
mod panel;
mod start;
mod state;
mod steps;
mod view;
mod words;

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;

/// Mounts the search app; does nothing on pages without `#search` and an index. `entry` is the fetch of the
/// index that the start script began while this module was still on its way.
#[wasm_bindgen(js_name = startSearch)]
pub fn start(entry: Option<Promise>) {
    crate::tell_panics();
    start::start(entry);
}
