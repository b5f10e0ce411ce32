//! The page's end of the worker: [`Link`] sends what the visitor wants and puts answers into the state.

use std::cell::Cell;
use std::rc::Rc;

use pinfold_core::explore::ViewState;
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};

use super::hand::Hand;
use super::peer;
use super::program::Program;
use super::protocol::{self, Failure, FromWorker, ToWorker, Trouble};
use super::state::{Origins, PeerState, Power, Progress, Rows, Settings, Stage, State, TreeItem, bytes_text};
use crate::shared::dom::{document, window};

/// How deep the site's own files are nested at most, attributes of datasets included.
const JSON_DEPTH: u32 = 128;

pub(super) struct Inner {
    pub(super) state: State,
    program: Program,
    peer_script: String,
    next_id: Cell<u32>,
    pub(super) current: Cell<u32>,
    announced_quarter: Cell<u32>,
    pub(super) hand: Cell<Hand>,
}

/// A handle; cheap to clone.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) inner: Rc<Inner>,
}

impl Link {
    /// Speaks with the program's worker, which the script has started; [`Link::open`] tells it what the page knows.
    pub(super) fn start(state: State, program: Program, peer_script: &str) -> Self {
        let inner = Rc::new(Inner {
            state,
            program,
            peer_script: peer_script.to_owned(),
            next_id: Cell::new(1),
            current: Cell::new(0),
            announced_quarter: Cell::new(0),
            hand: Cell::default(),
        });
        let link = Self { inner };
        let (one, other) = (Rc::downgrade(&link.inner), Rc::downgrade(&link.inner));
        link.inner.program.listen(
            move |event| {
                if let Some(inner) = one.upgrade() {
                    inner.take(&event);
                }
            },
            move |_| {
                if let Some(inner) = other.upgrade() {
                    inner.stopped();
                }
            },
        );
        link
    }

    /// Sends a message.
    pub(super) fn send(&self, message: &ToWorker) {
        self.inner.post(message);
    }

    /// Gives the worker one end of the peer's port.
    pub(super) fn send_port(&self, port: &web_sys::MessagePort) {
        self.inner.program.post_with(&JsValue::from_str("peer"), &js_sys::Array::of1(port));
    }

    /// Draws `view`; what would load more than `allowed_bytes` asks first.
    pub(super) fn show(&self, view: ViewState, allowed_bytes: u64) {
        self.inner.show(view, allowed_bytes);
    }

    /// Shows one file of a folder dataset.
    pub(super) fn show_file(&self, path: &str, limit_bytes: u64) {
        let inner = &self.inner;
        let id = inner.next_id.get();
        inner.next_id.set(id + 1);
        inner.current.set(id);
        inner.state.trouble.set(None);
        inner.state.stage.set(Stage::Loading);
        self.send(&ToWorker::File { id, path: path.to_owned(), limit_bytes });
    }

    /// Writes the whole dataset (`car`, `zip`) or the file at `path` to disk; the visitor chooses where, if the
    /// browser lets a page ask that.
    pub(super) fn take(&self, form: &str, path: &str, name: String, expected_bytes: u64) {
        let link = self.clone();
        let (form, path) = (form.to_owned(), path.to_owned());
        wasm_bindgen_futures::spawn_local(async move {
            let state = link.inner.state;
            // Rejected when the visitor chose no place.
            let Ok(handle) = wasm_bindgen_futures::JsFuture::from(pick(&name)).await else { return };
            state.notice.set(String::new());
            state.taking.set(Some((name.clone(), 0, expected_bytes)));
            let head = protocol::pack(&ToWorker::Take { form, path, name });
            let object = js_sys::Object::new();
            // Setting a property of a fresh object cannot fail.
            let _ = js_sys::Reflect::set(&object, &"head".into(), &head);
            let _ = js_sys::Reflect::set(&object, &"handle".into(), &handle);
            link.inner.program.post(&object);
        });
    }

    /// Stops writing to disk; what was written is thrown away.
    pub(super) fn stop_taking(&self) {
        self.send(&ToWorker::StopTaking);
        self.inner.state.taking.set(None);
    }

    /// Puts a view into the address, which draws it.
    pub(super) fn go(&self, view: &ViewState) {
        let fragment = view.to_fragment();
        if window().location().hash().ok().as_deref() == Some(fragment.as_str()) {
            self.show(view.clone(), super::state::ALLOWED_BYTES);
        } else {
            let _ = window().location().set_hash(&fragment);
        }
    }

    /// The view that is drawn or being drawn.
    pub(super) fn current(&self) -> u32 {
        self.inner.current.get()
    }

    /// Stops loading; the last picture stays.
    pub(super) fn cancel(&self) {
        self.send(&ToWorker::Cancel);
        self.inner.current.set(0);
        let state = self.inner.state;
        state.stage.set(if state.plots.with(Vec::is_empty) { Stage::Idle } else { Stage::Ready });
        state.announced.set("Cancelled. The last picture stays.".to_owned());
    }

    /// Starts the peer in this page with these addresses, and with those that `router` names, if one may be asked.
    pub(super) fn start_peer(&self, addresses: Vec<String>, router: Option<String>, cid: String) {
        let link = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let state = link.inner.state;
            state.peer.set(PeerState::new(Power::Starting, vec!["dialling".to_owned()]));
            let started = peer::start(&link.inner.peer_script, &addresses, router.as_deref(), &cid).await;
            state.peer.set(match started {
                Ok((port, lines)) => {
                    link.send_port(&port);
                    PeerState::new(Power::On, lines)
                }
                Err(reason) => PeerState::new(Power::Off, vec![format!("The peer did not start: {reason}")]),
            });
        });
    }

    /// Stops the peer: off means gone.
    pub(super) fn stop_peer(&self) {
        let link = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            link.send(&ToWorker::PeerOff);
            peer::stop().await;
            link.inner.state.peer.set(PeerState::default());
        });
    }

    /// Tells the worker which dataset and whom to ask (gateways from `site.json`), reads `record.json` beside
    /// the page for the tree of variables, then calls `after`.
    pub(super) fn open(&self, dataset: &web_sys::DomStringMap, after: impl FnOnce() + 'static) {
        let state = self.inner.state;
        let link = self.clone();
        let cid = dataset.get("cid").unwrap_or_default();
        let folder = dataset.get("folder").is_some();
        let address = |relative: &str| {
            let base = document()?.base_uri().ok().flatten()?;
            Some(web_sys::Url::new_with_base(relative, &base).ok()?.href())
        };
        let settings = address(&format!("{}site.json", dataset.get("root").unwrap_or_default()));
        let meta_car = dataset.get("meta").filter(|path| !path.is_empty()).and_then(|path| address(&path));
        wasm_bindgen_futures::spawn_local(async move {
            let mut gateways = Vec::new();
            if let Some(settings) = settings
                && let Some(settings) = read_json(&settings).await
            {
                let list = |name: &str| {
                    let all = settings[name].as_array().map(Vec::as_slice).unwrap_or_default();
                    all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect::<Vec<_>>()
                };
                gateways = list("gateways");
                let router = settings["router"].as_str().map(str::to_owned);
                state.settings.set(Settings { peers: list("peers"), router });
            }
            let origin = window().location().origin().ok();
            let opening = ToWorker::Open { cid, origin, gateways, meta_car, folder };
            link.inner.program.open(protocol::pack(&opening));
            if !folder {
                after();
            }
            match read_json("record.json").await {
                Some(record) => {
                    state.tree.set(tree(&record));
                    state.size_bytes.set(record["size_bytes"].as_u64().unwrap_or(0));
                    state.files.set(super::files::listed(&record));
                    if folder {
                        state.stage.set(Stage::Ready);
                    }
                }
                None => state.notes.update(|notes| {
                    notes.push(
                        "The list of variables (record.json) did not load; reload the page.".to_owned(),
                    );
                }),
            }
        });
    }
}

/// What a file of JSON may weigh: ten thousand variables in `record.json` are some megabytes.
const JSON_BYTES: u32 = 32 << 20;

/// A file of the site; `None` when it does not come within ten seconds or is something else.
async fn read_json(address: &str) -> Option<Value> {
    let bytes = crate::transport::browser::file(address, JSON_BYTES, 10_000).await?;
    pinfold_core::zarr::json::parse(&bytes, JSON_DEPTH).ok()
}

/// The tree from `record.json`, read field by field: the whole record's reader would weigh more than the tree.
fn tree(record: &Value) -> Vec<TreeItem> {
    let text = |variable: &Value, name: &str| variable[name].as_str().map(str::to_owned);
    let item = |variable: &Value| TreeItem {
        name: text(variable, "name").unwrap_or_default(),
        meaning: text(variable, "long_name")
            .or_else(|| variable["standard_name"].as_str().map(|name| name.replace('_', " ")))
            .unwrap_or_default(),
        units: text(variable, "units").unwrap_or_default(),
        group: match variable["role"].as_str() {
            Some("dimension" | "coordinate") => "Position and time",
            Some("bounds" | "ancillary") => "Flags, bounds and identifiers",
            _ => "Measurements",
        },
        dimensions: {
            let names = variable["dimensions"].as_array().map(Vec::as_slice).unwrap_or_default();
            names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" × ")
        },
        stored_bytes: variable["stored_bytes"].as_u64(),
        unsupported: text(variable, "unsupported"),
    };
    let variables = record["variables"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut items: Vec<TreeItem> = variables.iter().map(item).collect();
    let order = |item: &TreeItem| match item.group {
        "Measurements" => 0,
        "Position and time" => 1,
        _ => 2,
    };
    items.sort_by_key(order);
    items
}

impl Inner {
    fn take(self: &Rc<Self>, event: &web_sys::MessageEvent) {
        let data = event.data();
        // Files come as an object {head, bytes} or {head, blob}, everything else as the message itself.
        let field = |name: &str| js_sys::Reflect::get(&data, &JsValue::from_str(name)).unwrap_or_default();
        let (message, bytes, blob) = if data.is_instance_of::<js_sys::Uint8Array>() {
            (data, None, None)
        } else {
            (field("head"), field("bytes").dyn_into().ok(), field("blob").dyn_into().ok())
        };
        if let Some(message) = protocol::unpack::<FromWorker>(message) {
            self.handle(message, bytes, blob);
        }
    }

    fn handle(
        self: &Rc<Self>,
        message: FromWorker,
        bytes: Option<js_sys::Uint8Array>,
        blob: Option<web_sys::Blob>,
    ) {
        let state = self.state;
        let stale = |id: u32| id != self.current.get();
        match message {
            FromWorker::Opened { problems, hashes_natively, structure } => {
                let mut notes = problems;
                notes.extend(structure);
                if !hashes_natively {
                    notes.push(
                        "This page came over plain http, so blocks are hashed by the page itself instead of the \
                         browser: slower, and just as strict."
                            .to_owned(),
                    );
                }
                state.notes.update(|known| known.extend(notes));
            }
            FromWorker::Progress { id, done, total, done_bytes, total_bytes } if !stale(id) => {
                state.progress.set(Progress { done, total, done_bytes, total_bytes });
                // Announce at quarters, not each block.
                let quarter = if total == 0 { 0 } else { (done * 4 / total) as u32 };
                if quarter > self.announced_quarter.get() && quarter < 4 {
                    self.announced_quarter.set(quarter);
                    state.announced.set(format!("{} per cent loaded", quarter * 25));
                }
            }
            FromWorker::Cost { id, bytes, parts } if !stale(id) => {
                state.cost.set(Some((bytes, parts)));
                state.stage.set(if state.plots.with(Vec::is_empty) { Stage::Idle } else { Stage::Ready });
                state.announced.set(format!("This view needs {}. Confirm to load it.", bytes_text(bytes)));
            }
            FromWorker::Shown { id, plots, statistics, sliders, view } if !stale(id) => {
                state.announced.set(format!(
                    "{} drawn.",
                    if plots.len() == 1 {
                        "One picture".to_owned()
                    } else {
                        format!("{} pictures", plots.len())
                    }
                ));
                self.hand.set(Hand::default());
                state.live.set(None);
                state.plots.set(plots);
                state.statistics.set(statistics);
                state.sliders.set(sliders);
                state.rows.set(None);
                if view.mode == pinfold_core::explore::Mode::Table {
                    self.post(&ToWorker::Table { id, first_row: 0, rows: 200 });
                }
                // Who has its code on screen sees that of this view.
                if state.code.with_untracked(Option::is_some) {
                    self.post(&ToWorker::Code { id });
                }
                state.view.set(view);
                state.cost.set(None);
                state.stage.set(Stage::Ready);
            }
            FromWorker::Probed { id, plot, lines } if !stale(id) => state.reading.update(|reading| {
                if let Some(reading) = reading.as_mut().filter(|reading| reading.0 == plot) {
                    reading.3 = lines;
                }
            }),
            FromWorker::Moved { id, plot, gesture, svg } if !stale(id) => self.moved(plot, gesture, svg),
            FromWorker::Zoomed { view } => {
                let _ = window().location().set_hash(&view.to_fragment());
            }
            FromWorker::Rows { id, head, first_row, total_rows, rows } if !stale(id) => {
                state.rows.set(Some(Rows { head, first_row, total_rows, rows }));
            }
            FromWorker::Code { id, shell, r } if !stale(id) => state.code.set(Some([shell, r])),
            FromWorker::File { name, show: true, .. } => {
                state.preview.set(bytes.and_then(|bytes| super::files::preview(state, &name, &bytes)));
                state.announced.set(format!("{name} shown."));
                state.stage.set(Stage::Ready);
            }
            FromWorker::Taken { name, bytes, done: false, .. } => state.taking.update(|taking| {
                if let Some(taking) = taking.as_mut().filter(|taking| taking.0 == name) {
                    taking.1 = bytes;
                }
            }),
            FromWorker::Taken { name, bytes, failed, .. } => {
                state.taking.set(None);
                match (failed, blob) {
                    (Some(reason), _) => state.notice.set(format!("{name} was not saved: {reason}")),
                    (None, blob) => {
                        if let Some(blob) = blob {
                            super::saving::save_blob(&name, &blob);
                        }
                        state.notice.set(format!(
                            "{name}, {}, is saved. Every block of it was verified.",
                            bytes_text(bytes)
                        ));
                    }
                }
            }
            FromWorker::File { name, show: false, .. } if name.ends_with(".png") => {
                if let Some(svg) = bytes {
                    super::saving::save_png(state, name, svg);
                }
            }
            FromWorker::File { name, media_type, show: false } => {
                if let Some(bytes) = bytes {
                    super::saving::save_blob(&name, &super::saving::blob_of(&media_type, &bytes));
                    state.announced.set(format!("{name} saved."));
                }
            }
            FromWorker::Closed { trouble } => self.fail(trouble),
            FromWorker::Failed { id, trouble } if !stale(id) => self.fail(trouble),
            // The picture is as good as before.
            FromWorker::Still { id, trouble } if !stale(id) => {
                self.hand.set(Hand::default());
                state.trouble.set(Some(trouble));
            }
            FromWorker::NotTaken { reason } => state.notice.set(reason),
            FromWorker::Gateway { refused } => state.gateway.set(refused),
            FromWorker::Sources { sources, cache, proof, structure_blocks } => {
                let known = state.origins.with_untracked(|origins| origins.sources.len());
                let more = sources.len() > known;
                state.origins.set(Origins { sources, cache: Some(cache), proof, structure_blocks });
                let lacked = state.trouble.with_untracked(|trouble| {
                    trouble.as_ref().is_some_and(|trouble| {
                        matches!(trouble.failure, Failure::Unreachable | Failure::Corrupt)
                    })
                });
                // Somebody new can be asked: what failed for want of blocks is tried again.
                if more && lacked {
                    self.show(state.view.get_untracked(), super::state::ALLOWED_BYTES);
                }
            }
            // Answers to a view that is not on screen any more.
            FromWorker::Progress { .. }
            | FromWorker::Cost { .. }
            | FromWorker::Shown { .. }
            | FromWorker::Probed { .. }
            | FromWorker::Moved { .. }
            | FromWorker::Rows { .. }
            | FromWorker::Code { .. }
            | FromWorker::Failed { .. }
            | FromWorker::Still { .. } => {}
        }
    }

    /// The program has stopped; the next message starts it anew.
    fn stopped(&self) {
        let state = self.state;
        self.program.stop();
        self.hand.set(Hand::default());
        if let Some((name, ..)) = state.taking.get_untracked() {
            state.taking.set(None);
            state.notice.set(format!("{name} was not saved: the explorer stopped."));
        }
        // The peer spoke with what has stopped.
        if state.peer.with_untracked(|peer| peer.power != Power::Off) {
            wasm_bindgen_futures::spawn_local(peer::stop());
            state.peer.set(PeerState::default());
        }
        self.fail(Trouble {
            failure: Failure::Unsupported,
            message: "The explorer stopped. It may have needed more memory than this device gives a page. \
                      Another view, or a part of this one, starts it anew."
                .to_owned(),
            details: Vec::new(),
        });
    }

    fn fail(&self, trouble: Trouble) {
        self.state.announced.set(trouble.message.clone());
        self.state.trouble.set(Some(trouble));
        self.state.stage.set(Stage::Failed);
    }

    fn show(&self, view: ViewState, allowed_bytes: u64) {
        let inner = self;
        let state = inner.state;
        let id = inner.next_id.get();
        inner.next_id.set(id + 1);
        inner.current.set(id);
        inner.announced_quarter.set(0);
        inner.hand.set(Hand::default());
        state.view.set(view.clone());
        state.trouble.set(None);
        state.cost.set(None);
        state.reading.set(None);
        state.progress.set(Progress::default());
        state.stage.set(Stage::Loading);
        let width_px = crate::host::<web_sys::HtmlElement>("explorer-pictures")
            .map_or(800, |host| host.client_width().max(280)) as u32;
        self.post(&ToWorker::Show { id, view, width_px, allowed_bytes });
    }

    pub(super) fn post(&self, message: &ToWorker) {
        self.program.post(&protocol::pack(message));
    }
}

// A place on disk; null where the browser has no such question or refuses it here.
#[wasm_bindgen::prelude::wasm_bindgen(inline_js = "
export const pick = async (name) => {
  if (!globalThis.showSaveFilePicker) return null;
  try { return await showSaveFilePicker({ suggestedName: name }); }
  catch (error) { if (error.name === 'AbortError') throw error; return null; }
};")]
extern "C" {
    fn pick(name: &str) -> js_sys::Promise;
}
