//! Hits among the content pages: a program and an index of their own, fetched when somebody types.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::shared::html::escaped;

/// Asks the function that `web/js/search.js` left on the window: `(index, text) => [{title, url, about}]`.
pub(super) async fn search(path: &str, text: &str, root: &str) -> Option<String> {
    let window = web_sys::window()?;
    let function: Function = Reflect::get(&window, &"pinfoldPages".into()).ok()?.dyn_into().ok()?;
    let promise: Promise =
        function.call2(&JsValue::NULL, &path.into(), &text.into()).ok()?.dyn_into().ok()?;
    let hits: Array = JsFuture::from(promise).await.ok()?.dyn_into().ok()?;
    if hits.length() == 0 {
        return Some(String::new());
    }
    let mut out = format!(
        "<section class=\"pages\" aria-labelledby=\"h-pages\"><h2 id=\"h-pages\">Pages <span class=\"quiet\">{}</span></h2><ul>",
        hits.length()
    );
    for hit in hits.iter() {
        let text = |name: &str| {
            Reflect::get(&hit, &name.into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
        };
        out.push_str(&format!(
            "<li><a href=\"{}{}\">{}</a><p class=\"meta\">{}</p></li>",
            escaped(root),
            escaped(&text("url")),
            escaped(&text("title")),
            escaped(&text("about"))
        ));
    }
    Some(out + "</ul></section>")
}
