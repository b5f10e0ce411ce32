//! The data explorer on landing pages.
//!
//! Entry point: [`start`], called by `web/js/explorer.js` once the module is loaded.

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Mounts the explorer into `#explorer`; does nothing on pages without it.
#[wasm_bindgen(js_name = startExplorer)]
pub fn start() {
    console_error_panic_hook::set_once();
    let Some(host) = crate::host::<web_sys::HtmlElement>("explorer") else { return };
    mount_to(host, App).forget();
}

/// The explorer.
#[component]
fn App() -> impl IntoView {
    view! { <div class="explorer"></div> }
}
