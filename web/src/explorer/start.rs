//! [`start`]: puts the explorer into the page.

use pinfold_core::explore::ViewState;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Event, HtmlElement};

use super::actions::{self, Actions};
use super::link::Link;
use super::parts::{self, About};
use super::pictures;
use super::program::Program;
use super::slot::watch;
use super::state::{ALLOWED_BYTES, Stage, State};
use crate::shared::dom::{listen, window};

/// Mounts the explorer into `#explorer`; does nothing on pages without it. `worker` is the explorer's worker, `again`
/// starts another one, `peer_script` is the address of the Helia peer (empty: there is none).
#[wasm_bindgen(js_name = startExplorer)]
pub fn start(worker: web_sys::Worker, again: js_sys::Function, peer_script: String) {
    crate::tell_panics();
    let Some(host) = crate::host::<HtmlElement>("explorer") else { return };
    let dataset = host.dataset();
    let about = About {
        cid: dataset.get("cid").unwrap_or_default(),
        root: dataset.get("root").unwrap_or_default(),
        folder: dataset.get("folder").is_some(),
        secure: window().is_secure_context(),
        streams: js_sys::Reflect::has(&window(), &"showSaveFilePicker".into()).unwrap_or_default(),
    };
    host.set_inner_html(if about.folder { parts::FOLDER } else { parts::FRAME });
    host.set_class_name("exp");
    // Out of the column of text: plots and tables want the page's whole width.
    if let Ok(Some(columns)) = host.closest(".land") {
        let _ = columns.after_with_node_1(&host);
    }
    explore(&host, about, Program::new(worker, again), &peer_script);
}

/// The fragment of the address as a view.
fn view_in_address() -> Option<ViewState> {
    let fragment = window().location().hash().ok()?;
    ViewState::parse(&fragment)
}

fn explore(host: &HtmlElement, about: About, program: Program, peer_script: &str) {
    let state = State::new();
    let link = Link::start(state, program, peer_script);

    // What automation reads.
    let outer = host.clone();
    watch(Box::new(move || {
        let (stage, proof) = (state.stage.get(), state.origins.with(|origins| origins.proof));
        let _ = outer.set_attribute("data-state", stage.name());
        let _ = outer.set_attribute("data-verified-blocks", &proof.blocks.to_string());
        let _ = outer.set_attribute("data-verified-bytes", &proof.bytes.to_string());
        if let Ok(Some(busy)) = outer.query_selector("[aria-busy]") {
            let _ = busy.set_attribute("aria-busy", &(stage == Stage::Loading).to_string());
        }
    }));

    parts::show(host, state, &about);
    if let Some(figures) = parts::place(host, "figures") {
        pictures::start(figures, state, link.clone());
    }
    actions::start(host, Actions { state, link: link.clone(), cid: about.cid, folder: about.folder });

    // The view follows the address, also by back and forward.
    let follow = link.clone();
    let show = move || {
        if let Some(view) = view_in_address() {
            follow.show(view, ALLOWED_BYTES);
        }
    };
    let again = show.clone();
    listen(&window(), "hashchange", move |_: Event| again());
    link.open(&host.dataset(), show);
    host.scroll_into_view();
}
