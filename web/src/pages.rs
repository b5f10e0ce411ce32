//! Search in the content pages (manual, about), with tinysearch: a module of its own that the search app
//! loads when somebody types. The index is `search/pages-….bin`, written by `pinfold build`.
//!
//! Entry point: [`search_pages`], called by `web/js/pages.js`.

use js_sys::{Array, Object, Reflect};
use tinysearch::TinySearch;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Pages that are shown.
const MOST: usize = 5;

/// The best pages as `{title, url, about}`; none when the index cannot be read.
#[wasm_bindgen(js_name = searchPages)]
#[must_use]
pub fn search_pages(index: &[u8], text: &str) -> Array {
    let search = TinySearch::new();
    let out = Array::new();
    let Ok(index) = search.load_index_from_bytes(index) else { return out };
    for page in search.search(&index, text, MOST) {
        let one = Object::new();
        for (name, value) in [("title", page.title.as_str()), ("url", &page.url)] {
            let _ = Reflect::set(&one, &name.into(), &JsValue::from_str(value));
        }
        // What the builder wrote beside the page, as JSON: `{"about": "…"}`.
        let meta = js_sys::JSON::parse(&page.meta).unwrap_or(JsValue::NULL);
        if let Ok(about) = Reflect::get(&meta, &"about".into()) {
            let _ = Reflect::set(&one, &"about".into(), &about);
        }
        out.push(&one);
    }
    out
}
