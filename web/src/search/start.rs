//! Begins: reads the index and takes the page over, or says why that is not possible.

use js_sys::{Promise, Uint8Array};
use pinfold_core::search::{Index, Sort};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, Event, HtmlElement, HtmlInputElement};

use super::app::{App, Part, Parts};
use super::list;
use super::load;
use crate::shared::dom::{attribute, document, listen, part, show_list};
use crate::shared::html::escaped;
use crate::shared::state::{PAGE, State};
use crate::shared::words::{fill, t, unreadable};

/// Begins: reads the index, then mounts.
pub(super) fn start(entry: Option<Promise>) {
    let Some(host) = crate::host::<HtmlElement>("search") else { return };
    let Some(path) = host.get_attribute("data-index") else { return };
    spawn_local(async move {
        match first_bytes(entry, &path).await.and_then(|bytes| Index::open(bytes).map_err(unreadable)) {
            Ok(index) => {
                ready(index, host, path);
            }
            Err(reason) => failed(&host, &reason),
        }
    });
}

async fn first_bytes(entry: Option<Promise>, path: &str) -> Result<Vec<u8>, String> {
    if let Some(entry) = entry
        && let Ok(came) = JsFuture::from(entry).await
    {
        if came.is_object() {
            return Ok(Uint8Array::new(&came).to_vec());
        }
        // It was waited for long enough.
        if let Some(reason) = came.as_string() {
            return Err(reason);
        }
    }
    load::fetch(path, true).await
}

fn ready(index: Index, host: HtmlElement, path: String) -> Option<()> {
    let document = document()?;
    let root =
        document.document_element().and_then(|root| root.get_attribute("data-root")).unwrap_or_default();
    let parts = mount(&document.get_element_by_id("results")?)?;
    let app = App::new(index, parts, host, root, path);
    clicks(app);
    let input: HtmlInputElement = crate::host("q")?;
    listen_to_box(app, &input);
    let window = web_sys::window()?;
    listen(&window, "popstate", move |_| app.read_url());
    for name in ["scroll", "resize"] {
        listen(&window, name, move |_| app.measure());
    }
    // What was typed while this module was on its way.
    let typed = Some(input.value()).filter(|text| *text != input.default_value());
    app.read_url();
    if let Some(text) = typed {
        app.typed(text);
    }
    let _ = app.host.set_attribute("data-ready", "");
    Some(())
}

/// Puts the results, empty, before the list of the page.
fn mount(results: &Element) -> Option<Parts> {
    let place = part(results, "div")?;
    let mut sorts = String::new();
    let orders = [t("relevance"), t("newest data"), t("newest publication"), t("title")];
    for (at, (sort, words)) in Sort::ALL.into_iter().zip(orders).enumerate() {
        let name = sort.name();
        let gap = if at > 0 { " · " } else { "" };
        sorts.push_str(&format!("{gap}<button type=\"button\" data-sort=\"{name}\">{words}</button>"));
    }
    let open = format!(
        "<button type=\"button\" class=\"btn slim open-narrow\" popovertarget=\"filters\">{}</button>",
        t("Filters, map and time")
    );
    place.set_inner_html(&format!(
        "<p class=\"phone\" data-part=\"phone\">{open}</p>\
         <p class=\"note warn\" role=\"status\" data-part=\"trouble\" hidden></p>\
         <div class=\"live\" data-part=\"live\" hidden>\
         <div class=\"count\"><h2><span role=\"status\" data-part=\"count\"></span></h2>{open}\
         <p class=\"meta sorts\" data-part=\"sorts\">{sort_by} {sorts}</p></div>\
         <div class=\"take\"><span data-part=\"chips\"></span><span class=\"no-print\">{take}: \
         <button type=\"button\" data-take=\"csv\">CSV</button> · \
         <button type=\"button\" data-take=\"json\">JSON</button> · \
         <button type=\"button\" data-take=\"pins\">{pinset}</button></span></div>\
         <div data-part=\"help\"></div><ol id=\"{}\"></ol>\
         <p class=\"row\" data-part=\"further\" hidden><button type=\"button\" class=\"btn\" data-further=\"\" data-part=\"more\"></button></p>\
         <p class=\"take\"><span>{same}: <code data-part=\"command\"></code></span></p>\
         <div id=\"app-pages\"></div></div>",
        list::ID,
        sort_by = t("Sort by"),
        take = t("Take the list"),
        pinset = t("pinset"),
        same = t("The same search in a terminal"),
    ));
    let find = |name: &str| -> Option<HtmlElement> {
        place.query_selector(&format!("[data-part={name}]")).ok()??.dyn_into().ok()
    };
    Some(Parts {
        results: results.clone(),
        phone: find("phone")?,
        live: find("live")?,
        trouble: Part::new(find("trouble")?),
        count: Part::new(find("count")?),
        sorts: find("sorts")?,
        chips: Part::new(find("chips")?),
        help: Part::new(find("help")?),
        further: find("further")?,
        more: Part::new(find("more")?),
        command: Part::new(find("command")?),
    })
}

fn listen_to_box(app: &'static App, input: &HtmlInputElement) {
    let box_of = input.clone();
    listen(input, "input", move |_| app.typed(box_of.value()));
    listen(input, "blur", move |_| app.settle());
    if let Some(form) = input.form() {
        let box_of = input.clone();
        listen(&form, "submit", move |event| {
            event.prevent_default();
            app.settle();
            // On a phone the keyboard goes, and the results are seen.
            let _ = box_of.blur();
        });
    }
}

/// Clicks on what was made as text, by its `data-` attributes.
fn clicks(app: &'static App) {
    let Some(place) = app.parts.live.parent_element() else { return };
    listen(&place, "click", move |event| {
        let mut state = app.state.borrow().clone();
        if let Some((_, key)) = attribute(&event, "data-drop") {
            state.drop_filter(&key);
        } else if let Some((_, name)) = attribute(&event, "data-sort") {
            state.sort = Sort::parse(&name).unwrap_or(state.sort);
        } else if attribute(&event, "data-further").is_some() {
            state.shown += PAGE * 2;
        } else if let Some((link, _)) = attribute(&event, "data-go") {
            // Opened in another tab, the link works by itself.
            let mouse: &web_sys::MouseEvent = event.unchecked_ref();
            if mouse.ctrl_key() || mouse.meta_key() || mouse.shift_key() {
                return;
            }
            event.prevent_default();
            state = State::from_params(&link.get_attribute("href").unwrap_or_default());
        } else {
            return;
        }
        app.go(state);
    });
}

/// The list stays; a sentence says why there is no search, and a button tries again.
fn failed(host: &Element, reason: &str) {
    let Some(note) = part(host, "div") else { return };
    show_list();
    // Below the box, where the eye is.
    let _ = host.append_child(&note);
    note.set_class_name("note warn");
    let _ = note.set_attribute("role", "status");
    note.set_inner_html(&format!(
        "<svg viewBox=\"0 0 18 18\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.8\" stroke-linejoin=\"round\"><path d=\"M9 2.5L16.5 15.5H1.5zM9 7.2v4M9 13v.6\"/></svg><div><p>{}</p><p class=\"row\"><button class=\"btn slim\" type=\"button\" data-again=\"\">{}</button></p></div>",
        fill(
            "Search is not available: {}. The list below is complete; the browser’s own find works on it.",
            &[&escaped(reason)]
        ),
        t("Load again")
    ));
    let again = note.clone();
    listen(&note, "click", move |event: Event| {
        if attribute(&event, "data-again").is_some() {
            again.remove();
            start(None);
        }
    });
}
