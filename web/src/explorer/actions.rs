//! Clicks, choices and what is typed: one listener for each kind of event on the explorer's element, which reads
//! `data-do` and `data-value` of what it came from. What a control changes in the view is in [`super::edits`].

use std::rc::Rc;

use pinfold_core::explore::address::judge_gateway;
use pinfold_core::gateways::Kind;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement, MouseEvent};

use super::edits::edit;
use super::files::LOOK_BYTES;
use super::link::Link;
use super::numbers::PAGE_ROWS;
use super::protocol::ToWorker;
use super::state::{ALLOWED_BYTES, State};
use crate::shared::dom::{attribute, listen, window};

/// What the listeners need.
pub(super) struct Actions {
    pub(super) state: State,
    pub(super) link: Link,
    /// The dataset.
    pub(super) cid: String,
    /// Whether it is a folder of files.
    pub(super) folder: bool,
}

/// Listens for as long as the page lives.
pub(super) fn start(host: &HtmlElement, actions: Actions) {
    let actions = Rc::new(actions);
    for name in ["click", "change", "input", "submit"] {
        let actions = Rc::clone(&actions);
        listen(host, name, move |event: Event| {
            if let Some((element, what)) = attribute(&event, "data-do") {
                actions.act(&event, &element, &what);
            }
        });
    }
}

/// What stands in a field: its text, or for a box to tick `true` or `false`.
fn entered(element: &Element) -> String {
    let property = |name: &str| js_sys::Reflect::get(element, &JsValue::from_str(name)).unwrap_or_default();
    if property("type").as_string().is_some_and(|kind| kind == "checkbox") {
        return property("checked").is_truthy().to_string();
    }
    property("value").as_string().unwrap_or_default()
}

/// What stands in the field of this id; nothing where there is none.
fn entered_in(id: &str) -> String {
    crate::host::<Element>(id).map(|element| entered(&element)).unwrap_or_default()
}

impl Actions {
    fn act(&self, event: &Event, element: &Element, what: &str) {
        let (state, link) = (self.state, &self.link);
        let of = element.get_attribute("data-value").unwrap_or_default();
        match (event.type_().as_str(), what) {
            ("click", "add") => {
                // With Ctrl or Shift a variable is added to the picture; a plain click is an ordinary link.
                if event.dyn_ref().is_some_and(|event: &MouseEvent| {
                    event.ctrl_key() || event.meta_key() || event.shift_key()
                }) {
                    event.prevent_default();
                    self.edit(what, &of, element);
                }
            }
            ("click", "mode" | "everything") | ("change", "kind" | "colors" | "log" | "slide") => {
                self.edit(what, &of, element);
            }
            ("input", "find") => state.wanted.set(entered(element)),
            ("click", "cancel") => link.cancel(),
            ("click", "load") => link.show(state.view.get_untracked(), u64::MAX),
            ("click", "again") => link.show(state.view.get_untracked(), ALLOWED_BYTES),
            ("click", "field") => {
                // The address stays that of the view.
                event.prevent_default();
                let href = element.get_attribute("href").unwrap_or_default();
                if let Some(field) = crate::host::<HtmlElement>(href.trim_start_matches('#')) {
                    if let Ok(Some(folded)) = field.closest("details") {
                        let _ = folded.set_attribute("open", "");
                    }
                    let _ = field.focus();
                }
            }
            ("click", "own") => self.ask("http://127.0.0.1:8080".to_owned(), Kind::Local),
            ("submit", "gateway") => {
                event.prevent_default();
                let page = window().location().protocol().unwrap_or_default();
                match judge_gateway(&entered_in("explore-gateway"), &page) {
                    Ok((address, kind)) => self.ask(address, kind),
                    Err(error) => state.gateway.set(error.words().to_owned()),
                }
            }
            ("click", "empty-cache") => link.send(&ToWorker::ClearCache),
            ("click", "peer-on") => {
                let settings = state.settings.get_untracked();
                let pasted = entered_in("explore-peer");
                let mut addresses: Vec<String> = pasted.split_whitespace().map(str::to_owned).collect();
                addresses.extend(settings.peers);
                let router = settings.router.filter(|_| entered_in("explore-router") == "true");
                link.start_peer(addresses, router, self.cid.clone());
            }
            ("click", "peer-off") => link.stop_peer(),
            ("click", "export") => {
                state.notice.set(String::new());
                // Of pictures, each one that is shown.
                let is_picture = matches!(of.as_str(), "svg" | "png");
                let plots = if is_picture { state.plots.with_untracked(Vec::len) } else { 1 };
                for plot in 0..plots {
                    link.send(&ToWorker::Export { id: link.current(), format: of.clone(), plot });
                }
            }
            ("click", "code") => link.send(&ToWorker::Code { id: link.current() }),
            ("click", "take") => {
                let ending = match (of.as_str(), self.folder) {
                    ("car", _) => ".car",
                    (_, true) => ".zip",
                    (_, false) => ".zarr.zip",
                };
                link.take(&of, "", format!("{}{ending}", self.cid), state.size_bytes.get_untracked());
            }
            ("click", "stop") => link.stop_taking(),
            ("click", "rows") => {
                let first_row = of.parse().unwrap_or_default();
                link.send(&ToWorker::Table { id: link.current(), first_row, rows: PAGE_ROWS });
            }
            ("click", "look") => link.show_file(&of, LOOK_BYTES),
            ("click", "save") => {
                let size_bytes = state.files.with_untracked(|files| {
                    files.iter().find(|file| file.path == of).map_or(0, |file| file.size_bytes)
                });
                let name = of.rsplit('/').next().unwrap_or("file").to_owned();
                link.take("file", &of, name, size_bytes);
            }
            _ => {}
        }
    }

    /// Has the worker ask a gateway too, if it is one.
    fn ask(&self, address: String, kind: Kind) {
        self.state.gateway.set("Asking it.".to_owned());
        self.link.send(&ToWorker::AddGateway { address, kind });
    }

    fn edit(&self, what: &str, of: &str, element: &Element) {
        let mut view = self.state.view.get_untracked();
        if edit(&mut view, what, of, &entered(element)) {
            self.link.go(&view);
        }
    }
}
