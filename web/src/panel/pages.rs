//! Hits among the content pages: a program and an index of their own, fetched when somebody types.

use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::GetValue as _;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Element;

use super::app::App;
use super::link;
use crate::shared::html::escaped;
use crate::shared::words::t;

/// Shows hits among the content pages, once somebody types; their index and program come by then.
pub(super) fn show(app: App) {
    let Some(place) = crate::host::<Element>("app-pages") else { return };
    let Some(path) = app.pages_index.get_value() else { return };
    let text = link::state().text.trim().to_owned();
    if text.chars().count() < 3 {
        return place.set_inner_html("");
    }
    spawn_local(async move {
        if app.is_typed(&text, 60).await
            && let Some(html) = search(&path, &text, &app.root_text()).await
            && link::state().text.trim() == text
        {
            place.set_inner_html(&html);
        }
    });
}

/// Asks the function that `web/js/search.js` left on the window: `(index, text) => [{title, url, about}]`.
async fn search(path: &str, text: &str, root: &str) -> Option<String> {
    let window = web_sys::window()?;
    let function: Function = Reflect::get(&window, &"pinfoldPages".into()).ok()?.dyn_into().ok()?;
    let promise: Promise =
        function.call2(&JsValue::NULL, &path.into(), &text.into()).ok()?.dyn_into().ok()?;
    let hits: Array = JsFuture::from(promise).await.ok()?.dyn_into().ok()?;
    if hits.length() == 0 {
        return Some(String::new());
    }
    let mut out = format!(
        "<section class=\"pages\" aria-labelledby=\"h-pages\"><h2 id=\"h-pages\">{} <span class=\"quiet\">{}</span></h2><ul>",
        t("Pages"),
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
