//! The explorer's Web Worker: transport, decoding and drawing, away from the page.
//!
//! Entry point: [`start`], called by `web/js/explorer.js` in the worker. What it does is in
//! `pinfold_core::explore::session`; here are only messages in and out.

mod later;
mod open;
mod take;
mod words;

use std::cell::{Cell, RefCell};
use std::mem;
use std::rc::Rc;
use std::sync::Arc;

use futures::future::{AbortHandle, Abortable};
use pinfold_core::block::FetchError;
use pinfold_core::cid::Cid;
use pinfold_core::explore::ViewState;
use pinfold_core::explore::session::{ExploreError, Session, Why};
use pinfold_core::gateways::Kind;
use pinfold_core::parts::{self, Part};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

use crate::explorer::protocol::{self, FromWorker, Plot, Slider, Statistics, ToWorker};
use crate::transport::browser::within;
use crate::transport::gateway::HttpGateway;
use crate::transport::page_blocks::PageBlocks;
use crate::transport::peer::{self, PeerSource};
use crate::transport::receiver;

/// What one's own server, or a gateway that the visitor enters, has to answer within.
const PROBE_MS: u32 = 5_000;

/// Milliseconds between two reports of progress: fast enough to be live, slow enough to cost nothing.
const REPORT_MS: u32 = 120;

struct Worker {
    scope: web_sys::DedicatedWorkerGlobalScope,
    blocks: PageBlocks,
    /// Held by the view that reads; the next one waits for it.
    session: futures::lock::Mutex<Option<Session>>,
    /// Why the dataset could not be opened, for the view that waited for it: asking all once more would only have it
    /// wait twice as long for the same words.
    unopened: RefCell<Option<ExploreError>>,
    cid: Cell<Option<Cid>>,
    abort: RefCell<Option<AbortHandle>>,
    /// Ends what is being written to disk.
    taking: RefCell<Option<AbortHandle>>,
    structure_blocks: Cell<u64>,
    /// What is the matter with `meta.car`.
    structure_fault: RefCell<Option<String>>,
    /// Where the coasts are; empty once they are here.
    land: RefCell<String>,
}

/// Listens for the page's messages. `land` is the address of the coasts, which only maps need; `load` loads one of the
/// parts of the program that are `elsewhere`, by name; `receive` has an answer received (`web/js/receive.js`); `cache`
/// resolves to what is kept between visits (`web/js/cache.js`).
#[wasm_bindgen(js_name = startWorker)]
pub fn start(
    land: String,
    elsewhere: Vec<String>,
    load: js_sys::Function,
    receive: js_sys::Function,
    cache: js_sys::Promise,
) {
    crate::tell_panics();
    later::start(&elsewhere, load);
    receiver::receive_with(receive);
    let scope: web_sys::DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let worker = Rc::new(Worker {
        scope: scope.clone(),
        blocks: PageBlocks::new(cache),
        session: futures::lock::Mutex::new(None),
        unopened: RefCell::default(),
        cid: Cell::new(None),
        abort: RefCell::default(),
        taking: RefCell::default(),
        structure_blocks: Cell::new(0),
        structure_fault: RefCell::default(),
        land: RefCell::new(land),
    });
    let on_message = Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        let data = event.data();
        if data.as_string().is_some_and(|text| text == "peer") {
            let port = event.ports().get(0);
            worker.take_port(port.unchecked_into());
            return;
        }
        // With a file to write into it is an object {head, handle}, else the message itself.
        let field = |name: &str| js_sys::Reflect::get(&data, &JsValue::from_str(name)).unwrap_or_default();
        let (message, handle) = if data.is_instance_of::<js_sys::Uint8Array>() {
            (data, JsValue::UNDEFINED)
        } else {
            (field("head"), field("handle"))
        };
        if let Some(message) = protocol::unpack::<ToWorker>(message) {
            Rc::clone(&worker).handle(message, handle);
        }
    });
    // Not `onmessage`: the script passes on what came before through `dispatchEvent`.
    let _ = scope.add_event_listener_with_callback("message", on_message.as_ref().unchecked_ref());
    on_message.forget();
}

impl Worker {
    fn send(&self, message: &FromWorker) {
        let _ = self.scope.post_message(&protocol::pack(message));
    }

    fn send_file(&self, message: &FromWorker, bytes: &[u8]) {
        let array = js_sys::Uint8Array::from(bytes);
        let object = js_sys::Object::new();
        // Setting a property of a fresh object cannot fail.
        let _ = js_sys::Reflect::set(&object, &"head".into(), &protocol::pack(message));
        let _ = js_sys::Reflect::set(&object, &"bytes".into(), &array);
        let _ = self.scope.post_message_with_transfer(&object, &js_sys::Array::of1(&array.buffer()));
    }

    /// Tells what cannot be had where it was asked for: the one place that says which failure belongs where.
    fn refuse(&self, asked: &ToWorker, error: ExploreError) {
        self.report_sources();
        let reason = words::sentence(&error);
        self.send(&match asked {
            ToWorker::Open { .. } => return self.close(error),
            ToWorker::Show { id, .. } | ToWorker::File { id, .. } => {
                FromWorker::Failed { id: *id, trouble: error.into() }
            }
            ToWorker::Table { id, .. }
            | ToWorker::Zoom { id, .. }
            | ToWorker::Move { id, .. }
            | ToWorker::Settle { id, .. } => FromWorker::Still { id: *id, trouble: error.into() },
            ToWorker::Export { .. } | ToWorker::Code { .. } => FromWorker::NotTaken { reason },
            ToWorker::Take { name, .. } => {
                FromWorker::Taken { name: name.clone(), bytes: 0, done: true, failed: Some(reason) }
            }
            ToWorker::AddGateway { .. } => FromWorker::Gateway { refused: reason },
            // Pointing asks for nothing, and what ends something cannot fail.
            ToWorker::Probe { .. }
            | ToWorker::Cancel
            | ToWorker::StopTaking
            | ToWorker::PeerOff
            | ToWorker::ClearCache => return,
        });
    }

    /// Tells that the dataset cannot be opened: the page, and the view that waits for it.
    fn close(&self, error: ExploreError) {
        self.unopened.replace(Some(error.clone()));
        // The page tries again as soon as somebody new can be asked: those who were asked are not new.
        self.report_sources();
        self.send(&FromWorker::Closed { trouble: error.into() });
    }

    fn report_sources(&self) {
        self.send(&FromWorker::Sources {
            sources: self.blocks.sources().status(),
            cache: self.blocks.cache().status(),
            proof: self.blocks.proof(),
            structure_blocks: self.structure_blocks.get(),
        });
    }

    fn take_port(&self, port: web_sys::MessagePort) {
        // One that was there is gone: this is another.
        self.blocks.sources().remove(peer::NAME);
        self.blocks.sources().add(Kind::Peer, Arc::new(PeerSource::new(&port)));
        self.report_sources();
    }

    fn handle(self: Rc<Self>, mut message: ToWorker, handle: JsValue) {
        let part = match message {
            ToWorker::Probe { .. }
            | ToWorker::Zoom { .. }
            | ToWorker::Move { .. }
            | ToWorker::Settle { .. } => Some(Part::Hand),
            ToWorker::Table { .. }
            | ToWorker::Export { .. }
            | ToWorker::Code { .. }
            | ToWorker::File { .. }
            | ToWorker::Take { .. } => Some(Part::Take),
            _ => None,
        };
        // A view ends the one before it, and what is written to disk what was being written.
        let ends = match message {
            ToWorker::Show { .. } | ToWorker::File { .. } | ToWorker::Cancel => Some(&self.abort),
            ToWorker::Take { .. } | ToWorker::StopTaking => Some(&self.taking),
            _ => None,
        };
        let (abort, registration) = AbortHandle::new_pair();
        if let Some(older) = ends.and_then(|ends| ends.replace(Some(abort))) {
            older.abort();
        }
        spawn_local(async move {
            let work = async {
                let answer = async {
                    if let Some(part) = part {
                        parts::bring(part).await?;
                    }
                    self.answer(&mut message, handle).await
                };
                if let Err(error) = answer.await {
                    self.refuse(&message, error);
                }
            };
            // What was aborted is what nobody waits for any more.
            let _ = Abortable::new(work, registration).await;
        });
    }

    /// Does what a message asks; the part for it is here.
    async fn answer(self: &Rc<Self>, message: &mut ToWorker, handle: JsValue) -> Result<(), ExploreError> {
        match message {
            ToWorker::Open { cid, origin, gateways, meta_car, folder } => {
                let (cid, origin) = (mem::take(cid), mem::take(origin));
                Rc::clone(self).open(cid, origin, mem::take(gateways), mem::take(meta_car), *folder).await;
            }
            ToWorker::Show { id, view, width_px, allowed_bytes } => {
                self.show(*id, view, *width_px, *allowed_bytes).await?;
            }
            ToWorker::Probe { id, plot, x_px, y_px } => {
                // While a view is being read there is nothing to point at.
                if let Some(session) = self.session.try_lock()
                    && let Some(session) = &*session
                {
                    let lines = session.probe(*plot, *x_px, *y_px);
                    self.send(&FromWorker::Probed { id: *id, plot: *plot, lines });
                }
            }
            ToWorker::Zoom { id: _, plot, from_px, to_px } => {
                if let Some(session) = self.session.try_lock()
                    && let Some(view) =
                        session.as_ref().and_then(|session| session.zoom(*plot, *from_px, *to_px))
                {
                    self.send(&FromWorker::Zoomed { view });
                }
            }
            ToWorker::Move { id, plot, gesture } => {
                // Always answered: the page waits with its next move until this one is drawn.
                let session = self.session.try_lock();
                let svg =
                    session.as_deref().and_then(Option::as_ref).and_then(|one| one.moved(*plot, gesture));
                self.send(&FromWorker::Moved { id: *id, plot: *plot, gesture: *gesture, svg });
            }
            ToWorker::Settle { id: _, plot, gesture } => {
                let session = self.session.lock().await;
                if let Some(view) = session.as_ref().and_then(|one| one.settled(*plot, gesture)) {
                    self.send(&FromWorker::Zoomed { view });
                }
            }
            ToWorker::Table { .. }
            | ToWorker::Export { .. }
            | ToWorker::Code { .. }
            | ToWorker::File { .. }
            | ToWorker::Take { .. } => take::answer(self, message, handle).await?,
            ToWorker::AddGateway { address, kind } => self.add_gateway(address, *kind).await?,
            ToWorker::PeerOff => {
                self.blocks.sources().remove(peer::NAME);
                self.report_sources();
            }
            ToWorker::ClearCache => {
                self.blocks.cache().clear().await;
                self.report_sources();
            }
            // That something ended is all.
            ToWorker::Cancel | ToWorker::StopTaking => {}
        }
        Ok(())
    }

    /// Asks this gateway too, if it is one.
    async fn add_gateway(&self, address: &str, kind: Kind) -> Result<(), ExploreError> {
        let gateway = HttpGateway::new(address);
        let reason = match within(PROBE_MS, gateway.probe()).await {
            Some(Ok(())) => {
                self.blocks.sources().add(kind, Arc::new(gateway));
                self.send(&FromWorker::Gateway { refused: String::new() });
                self.report_sources();
                return Ok(());
            }
            // Every gateway has what was asked for.
            Some(Err(FetchError::NotHere { .. })) => format!("{address} answers, but is no IPFS gateway"),
            Some(Err(error)) => error.to_string(),
            None => format!("{address} did not answer in time"),
        };
        Err(ExploreError {
            why: Why::Unreachable,
            message: format!("Not added: {reason}."),
            details: Vec::new(),
        })
    }

    async fn show(
        self: &Rc<Self>,
        id: u32,
        view: &ViewState,
        width_px: u32,
        allowed_bytes: u64,
    ) -> Result<(), ExploreError> {
        let waits = self.session.try_lock().is_none();
        let mut guard = self.session.lock().await;
        let session = match (&mut *guard, self.unopened.take()) {
            (Some(session), _) => session,
            (None, Some(error)) if waits => return Err(error),
            // Nobody had the structure before; perhaps somebody has it now.
            (nothing, _) => nothing.insert(self.open_session().await?),
        };
        let plan = session.plan(view).await?;
        if plan.cost.stored_bytes > allowed_bytes {
            self.report_sources();
            self.send(&FromWorker::Cost { id, bytes: plan.cost.stored_bytes, parts: plan.cost.reads });
            return Ok(());
        }
        if plan.has_map() {
            self.bring_land().await;
        }
        let (total, total_bytes) = (plan.cost.reads, plan.cost.stored_bytes);
        let before = self.proof();
        let reading = session.show(plan, width_px);
        // Progress is told while the view is being read.
        let ticking = async {
            loop {
                gloo_timers::future::TimeoutFuture::new(REPORT_MS).await;
                let now = self.proof();
                let (done, done_bytes) = (now.0 - before.0, now.1 - before.1);
                self.send(&FromWorker::Progress {
                    id,
                    done: done.min(total),
                    total,
                    done_bytes: done_bytes.min(total_bytes),
                    total_bytes,
                });
                self.report_sources();
            }
        };
        let pictures = {
            let (reading, ticking) = (std::pin::pin!(reading), std::pin::pin!(ticking));
            match futures::future::select(reading, ticking).await {
                futures::future::Either::Left((shown, _)) => shown?,
                futures::future::Either::Right(((), _)) => return Ok(()),
            }
        };
        self.report_sources();
        let statistics = session.statistics().into_iter().map(Statistics::from).collect();
        let sliders = session.sliders().into_iter().map(Slider::from).collect();
        let plots = pictures.into_iter().map(Plot::from).collect();
        let view = session.view().unwrap_or(view).clone();
        self.send(&FromWorker::Shown { id, plots, statistics, sliders, view });
        Ok(())
    }

    fn proof(&self) -> (u64, u64) {
        let proof = self.blocks.proof();
        (proof.blocks, proof.bytes)
    }
}
