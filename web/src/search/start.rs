//! Begins: reads the index and takes the page over, or says why that is not possible.

use js_sys::{Promise, Uint8Array};
use leptos::prelude::*;
use pinfold_core::search::Index;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, HtmlElement, HtmlInputElement, PopStateEvent};

use super::app::App;
use super::map::Map;
use super::steps::folder_of;
use super::{combo, load, view};
use crate::shared::dom::{document, listen, part};
use crate::shared::html::escaped;

/// Begins: reads the index, then mounts.
pub(super) fn start(entry: Option<Promise>) {
    let Some(host) = crate::host::<HtmlElement>("search") else { return };
    let Some(path) = host.get_attribute("data-index") else { return };
    // Signals live as long as the page.
    let owner = Owner::new();
    owner.set();
    let app = App::new();
    std::mem::forget(owner);
    let root = document().and_then(|document| document.document_element());
    app.root.set_value(root.and_then(|root| root.get_attribute("data-root")).unwrap_or_default());
    app.folder.set_value(folder_of(&path));
    app.pages_index.set_value(host.get_attribute("data-pages"));
    app.land.set_value(host.get_attribute("data-land"));
    spawn_local(async move {
        match first_bytes(entry, &path)
            .await
            .and_then(|bytes| Index::open(bytes).map_err(|error| error.to_string()))
        {
            Ok(index) => ready(app, index, &host),
            Err(reason) => failed(&host, &reason),
        }
    });
}

async fn first_bytes(entry: Option<Promise>, path: &str) -> Result<Vec<u8>, String> {
    if let Some(entry) = entry
        && let Ok(buffer) = JsFuture::from(entry).await
        && buffer.is_object()
    {
        return Ok(Uint8Array::new(&buffer).to_vec());
    }
    load::fetch(path).await
}

fn ready(app: App, index: Index, host: &HtmlElement) {
    app.map.set_value(Map::around(&index));
    app.index.set_value(Some(index));
    view::mount_results(app);
    combo::listen_to_box(app, host);
    if let Some(window) = web_sys::window() {
        listen(&window, "popstate", move |_: PopStateEvent| app.read_url());
    }
    app.read_url();
    // What was typed while this module was on its way.
    if let Some(input) = crate::host::<HtmlInputElement>("q")
        && app.state.with_untracked(|state| state.text.is_empty())
        && !input.value().is_empty()
    {
        app.typed(input.value());
    }
    let _ = host.set_attribute("data-ready", "");
}

/// The list stays; a sentence says why there is no search, and a button tries again.
fn failed(host: &Element, reason: &str) {
    let Some(note) = part(host, "div") else { return };
    // Below the box, where the eye is.
    let _ = host.append_child(&note);
    note.set_class_name("note warn");
    let _ = note.set_attribute("role", "status");
    note.set_inner_html(&format!(
        "<svg viewBox=\"0 0 18 18\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.8\" stroke-linejoin=\"round\"><path d=\"M9 2.5L16.5 15.5H1.5zM9 7.2v4M9 13v.6\"/></svg><div><p>Search is not available: {}. The list below is complete; the browser’s own find works on it.</p><p class=\"row\"><button class=\"btn slim\" type=\"button\">Load again</button></p></div>",
        escaped(reason)
    ));
    let again = note.clone();
    listen(&note, "click", move |event: web_sys::MouseEvent| {
        let on_button = event.target().is_some_and(|target| {
            wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlButtonElement>(target).is_ok()
        });
        if on_button {
            again.remove();
            start(None);
        }
    });
}
