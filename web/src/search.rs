//! The search app on the catalogue page.
//!
//! Entry point: [`start`], called by `web/js/search.js` once the module is loaded.

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Mounts the search app into `#search`; does nothing on pages without it.
#[wasm_bindgen(js_name = startSearch)]
pub fn start() {
    console_error_panic_hook::set_once();
    let Some(host) = crate::host::<web_sys::HtmlElement>("search") else { return };
    mount_to(host, App).forget();
}

/// The search box.
#[component]
fn App() -> impl IntoView {
    let (query, set_query) = signal(String::new());
    view! {
        <input
            type="search"
            aria-label="Search the catalogue"
            prop:value=query
            on:input=move |event| set_query.set(event_target_value(&event))
        />
    }
}
