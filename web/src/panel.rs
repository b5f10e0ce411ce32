//! The search app's other part on the catalogue page: filters with their counts, time, map, suggestions, hits among
//! the content pages, and the list as a file.
//!
//! Entry point: [`start`], called by `web/js/panel.js` when [`crate::search`] has shown its first answer. The two are
//! modules of their own: the first finds hits and keeps the state, this one counts and draws what the first
//! hands over, see [`link`]. It reads the entry of the index for itself; columns are fetched once for both.

mod app;
mod combo;
mod counts;
mod drag;
mod export;
mod link;
mod map;
mod pages;
mod steps;
mod view;

use wasm_bindgen::prelude::wasm_bindgen;

/// Mounts what belongs around the results; `said` is what the page says in another language than English.
#[wasm_bindgen(js_name = startPanel)]
pub async fn start(said: String) {
    crate::tell_panics();
    crate::shared::words::set(said);
    app::start().await;
}

/// Hands all hits to the visitor as a file: `csv`, `json` or `pins`.
#[wasm_bindgen(js_name = takeList)]
pub async fn take(kind: String) {
    if let (Some(app), Some(kind)) = (app::current(), export::Kind::parse(&kind)) {
        app.export(kind).await;
    }
}
