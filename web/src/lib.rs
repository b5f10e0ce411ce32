//! The front end: separate WASM modules from one crate, built by `cargo xtask web`, one per entry of
//! `web/budget.json` with the feature of that name. Feature `search` is what the catalogue page needs to show hits
//! ([`search::start`]), feature `panel` what follows them: filters, map, suggestions, exports ([`panel::start`]);
//! feature `explorer` is the data explorer on landing pages with its Web Worker ([`explorer::start`]).
//!
//! Each module is started by `web/js/<name>.js`, an external script, so that the pages' content security
//! policy needs no inline script and only `'wasm-unsafe-eval'`.
//!
//! Components hold no logic: what can be tested without a DOM is in `pinfold-core`.

#[cfg(all(feature = "explorer", any(target_arch = "wasm32", test)))]
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(dead_code, reason = "parts of it are called by the page alone")
)]
pub mod explorer;
#[cfg(feature = "pages")]
pub mod pages;
#[cfg(feature = "panel")]
pub mod panel;
#[cfg(feature = "search")]
pub mod search;
#[cfg(any(feature = "search", feature = "panel", feature = "explorer"))]
mod shared;
#[cfg(all(feature = "explorer", target_arch = "wasm32"))]
pub mod transport;
#[cfg(all(feature = "explorer", target_arch = "wasm32"))]
pub mod worker;

/// The element of this id, as the type that it must have.
#[cfg(any(feature = "search", feature = "panel", feature = "explorer"))]
pub(crate) fn host<T: wasm_bindgen::JsCast>(id: &str) -> Option<T> {
    let element = web_sys::window()?.document()?.get_element_by_id(id)?;
    wasm_bindgen::JsCast::dyn_into(element).ok()
}

/// Has the console tell where the program panicked, in a build for trying things out.
#[cfg(any(feature = "search", feature = "panel", feature = "explorer"))]
pub(crate) fn tell_panics() {
    #[cfg(feature = "messages")]
    console_error_panic_hook::set_once();
}
