//! Small helpers over the DOM.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, Element, Event, EventTarget, HtmlElement};

/// The window.
#[cfg(all(feature = "explorer", target_arch = "wasm32"))]
pub(crate) fn window() -> web_sys::Window {
    web_sys::window().expect("this runs in a page")
}

/// The document.
pub(crate) fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Calls `handle` on every event of this name, for as long as the page lives.
pub(crate) fn listen(target: &EventTarget, name: &str, handle: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(handle);
    let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// The nearest element around the event's target that has an attribute, with its value.
pub(crate) fn attribute(event: &Event, name: &str) -> Option<(Element, String)> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let element = target.closest(&format!("[{name}]")).ok().flatten()?;
    let value = element.get_attribute(name)?;
    Some((element, value))
}

/// Shows or hides what the page came with; the app's own parts carry `data-app`.
pub(crate) fn show_own(container: &Element, shown: bool) {
    let children = container.children();
    for at in 0..children.length() {
        let Some(child) = children.item(at).and_then(|child| child.dyn_into::<HtmlElement>().ok()) else {
            continue;
        };
        if !child.has_attribute("data-app") && child.hidden() == shown {
            child.set_hidden(!shown);
        }
    }
}

/// Nothing waits for an answer any more, see `early.js`: what is not hidden is seen.
#[cfg(feature = "search")]
pub(crate) fn show_list() {
    if let Some(page) = document().and_then(|document| document.document_element()) {
        let _ = page.remove_attribute("data-asks");
    }
}

/// A child for the app to be mounted into, at the beginning of a container.
pub(crate) fn part(container: &Element, tag: &str) -> Option<HtmlElement> {
    let part: HtmlElement = document()?.create_element(tag).ok()?.dyn_into().ok()?;
    part.set_attribute("data-app", "").ok()?;
    container.insert_before(&part, container.first_child().as_ref()).ok()?;
    Some(part)
}

/// Runs `change`; when it took away the element that had the focus, the new one of the same id gets it.
pub(crate) fn keeping_focus(change: impl FnOnce()) {
    let id = || document().and_then(|document| document.active_element()).map(|element| element.id());
    let before = id();
    change();
    if let Some(before) = before.filter(|before| !before.is_empty())
        && id().as_deref() != Some(before.as_str())
        && let Some(element) = document().and_then(|document| document.get_element_by_id(&before))
        && let Ok(element) = element.dyn_into::<HtmlElement>()
    {
        let _ = element.focus();
    }
}
