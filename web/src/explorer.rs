//! The data explorer on landing pages.
//!
//! Entry points: [`start`] in the page and [`crate::worker::start`] in the worker, both called by
//! `web/js/explorer.js`. The page draws what the worker sends and keeps the view in the address; it never
//! sees a block.

mod files;
mod fold;
mod hand;
mod link;
mod panels;
mod peer;
mod pictures;
mod proof;
pub mod protocol;
mod state;
mod take;

use leptos::prelude::*;
use pinfold_core::explore::ViewState;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;

use link::Link;
use state::{Stage, State};

/// Mounts the explorer into `#explorer`; does nothing on pages without it. `worker` is the
/// explorer's worker, `peer_script` the address of the Helia peer (empty: there is none).
#[wasm_bindgen(js_name = startExplorer)]
pub fn start(worker: web_sys::Worker, peer_script: String) {
    crate::tell_panics();
    // Resources and spawned futures need it; a second call (the search app on the same page) is harmless.
    let _ = any_spawner::Executor::init_wasm_bindgen();
    let Some(host) = crate::host::<web_sys::HtmlElement>("explorer") else { return };
    host.set_inner_html("");
    host.set_class_name("exp");
    // Out of the column of text: plots and tables want the page's whole width.
    if let Ok(Some(columns)) = host.closest(".land") {
        let _ = columns.after_with_node_1(&host);
    }
    let outer = host.clone();
    mount_to(host, move || view! { <App host=outer worker=worker peer_script=peer_script /> }).forget();
}

/// The fragment of the address as a view.
fn view_in_address() -> Option<ViewState> {
    let fragment = window().location().hash().ok()?;
    ViewState::parse(&fragment)
}

/// The explorer.
#[component]
fn App(host: web_sys::HtmlElement, worker: web_sys::Worker, peer_script: String) -> impl IntoView {
    let state = State::new();
    let dataset = host.dataset();
    let cid = dataset.get("cid").unwrap_or_default();
    let root = dataset.get("root").unwrap_or_default();
    let folder = dataset.get("folder").is_some();
    let link = Link::start(state, worker, &peer_script);

    // What automation reads.
    let outer = host.clone();
    Effect::new(move |_| {
        let proof = state.origins.get().proof;
        let _ = outer.set_attribute("data-state", state.stage.get().name());
        let _ = outer.set_attribute("data-verified-blocks", &proof.blocks.to_string());
        let _ = outer.set_attribute("data-verified-bytes", &proof.bytes.to_string());
    });

    // The view follows the address, also by back and forward.
    let follow = link.clone();
    let show = move || {
        if let Some(view) = view_in_address() {
            follow.show(view, state::ALLOWED_BYTES);
        }
    };
    let again = show.clone();
    window_event_listener(leptos::ev::hashchange, move |_| again());
    link.open(&dataset, show);
    host.scroll_into_view();

    let title = move || match state.stage.get() {
        Stage::Idle => "Explore",
        Stage::Loading => "Explore: loading",
        Stage::Ready | Stage::Failed => "Explore",
    };
    let drawn = {
        let (link, cid) = (link.clone(), cid.clone());
        move || {
            view! {
                <div class="bar">
                    <h2 id="h-exp" title=title>"Explore"</h2>
                    <panels::Controls state=state link=link.clone() />
                </div>
                <div class="exp-g">
                    <panels::Tree state=state link=link.clone() />
                    <div class="stack">
                        <panels::Waiting state=state link=link.clone() />
                        <panels::Troubles state=state link=link.clone() cid=cid.clone() />
                        <pictures::Pictures state=state link=link.clone() />
                    </div>
                </div>
            }
        }
    };
    let listed = {
        let (link, cid) = (link.clone(), cid.clone());
        move || {
            view! {
                <div class="bar"><h2 id="h-exp">"Files"</h2></div>
                <div class="stack">
                    <panels::Troubles state=state link=link.clone() cid=cid.clone() />
                    <files::Files state=state link=link.clone() />
                </div>
            }
        }
    };
    view! {
        <p class="vh" role="status" aria-live="polite">{move || state.announced.get()}</p>
        {if folder { listed().into_any() } else { drawn().into_any() }}
        <div class="below">
            <div class="panes">
                <proof::Sources state=state link=link.clone() cid=cid.clone() />
                <proof::Verified state=state root=root />
            </div>
            <div class="panes">
                {if folder {
                    view! { <take::WholePane state=state link=link.clone() cid=cid.clone() /> }.into_any()
                } else {
                    view! {
                        <take::Take state=state link=link.clone() cid=cid.clone() />
                        <take::Share state=state />
                    }.into_any()
                }}
            </div>
        </div>
    }
}

/// A blob of bytes.
pub(crate) fn blob_of(media_type: &str, bytes: &js_sys::Uint8Array) -> Option<web_sys::Blob> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = js_sys::Array::of1(bytes);
    web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()
}

/// Saves bytes under a name.
pub(crate) fn save(name: &str, media_type: &str, bytes: &js_sys::Uint8Array) {
    if let Some(blob) = blob_of(media_type, bytes) {
        save_blob(name, &blob);
    }
}

/// Saves a blob under a name, through a link that nobody sees.
pub(crate) fn save_blob(name: &str, blob: &web_sys::Blob) {
    let Ok(url) = web_sys::Url::create_object_url_with_blob(blob) else { return };
    if let Ok(anchor) = document().create_element("a") {
        let anchor: web_sys::HtmlAnchorElement = anchor.unchecked_into();
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
    }
    // The browser has taken the blob by the next turn of the event loop; a large one is copied to disk meanwhile.
    set_timeout(move || drop(web_sys::Url::revoke_object_url(&url)), std::time::Duration::from_secs(60));
}
