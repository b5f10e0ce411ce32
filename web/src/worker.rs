//! The explorer's Web Worker: transport, decoding and drawing, away from the page.
//!
//! Entry point: [`start`], called by `web/js/explorer.js` in the worker. What it does is in
//! `pinfold_core::explore::session`; here are only messages in and out.

mod later;
mod open;
mod take;
mod words;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use futures::future::{AbortHandle, Abortable};
use pinfold_core::block::FetchError;
use pinfold_core::cid::Cid;
use pinfold_core::explore::session::{ExploreError, Session};
use pinfold_core::gateways::Kind;
use pinfold_core::parts::{self, Part};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

use crate::explorer::protocol::{self, Failure, FromWorker, Plot, Slider, Statistics, ToWorker};
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
    cid: Cell<Option<Cid>>,
    abort: RefCell<Option<AbortHandle>>,
    /// Ends what is being written to disk.
    taking: RefCell<Option<AbortHandle>>,
    current: Cell<u32>,
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
        cid: Cell::new(None),
        abort: RefCell::default(),
        taking: RefCell::default(),
        current: Cell::new(0),
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

    fn fail(&self, id: u32, error: ExploreError) {
        self.report_sources();
        self.send(&FromWorker::Failed {
            id,
            failure: error.why.into(),
            message: error.message,
            details: error.details,
        });
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

    fn handle(self: Rc<Self>, message: ToWorker, handle: JsValue) {
        let by_hand = matches!(
            message,
            ToWorker::Probe { .. } | ToWorker::Zoom { .. } | ToWorker::Move { .. } | ToWorker::Settle { .. }
        );
        if by_hand && !Part::Hand.is_here() {
            return spawn_local(async move {
                match parts::bring(Part::Hand).await {
                    Ok(()) => self.handle(message, handle),
                    // Pointing asks for nothing.
                    Err(_) if matches!(message, ToWorker::Probe { .. }) => {}
                    Err(error) => self.fail(self.current.get(), error.into()),
                }
            });
        }
        match message {
            ToWorker::Open { cid, origin, gateways, meta_car, folder } => {
                spawn_local(async move { self.open(cid, origin, gateways, meta_car, folder).await });
            }
            ToWorker::Show { id, view, width_px, allowed_bytes } => {
                self.cancel();
                self.current.set(id);
                let (handle, registration) = AbortHandle::new_pair();
                *self.abort.borrow_mut() = Some(handle);
                spawn_local(async move {
                    let work = Rc::clone(&self).show(id, view, width_px, allowed_bytes);
                    // An aborted view is one that nobody waits for any more.
                    let _ = Abortable::new(work, registration).await;
                });
            }
            ToWorker::Cancel => self.cancel(),
            ToWorker::Probe { id, plot, x_px, y_px } => {
                // While a view is being read there is nothing to point at.
                if let Some(session) = self.session.try_lock()
                    && let Some(session) = &*session
                {
                    let lines = session.probe(plot, x_px, y_px);
                    self.send(&FromWorker::Probed { id, plot, lines });
                }
            }
            ToWorker::Zoom { id: _, plot, from_px, to_px } => {
                if let Some(session) = self.session.try_lock()
                    && let Some(view) =
                        session.as_ref().and_then(|session| session.zoom(plot, from_px, to_px))
                {
                    self.send(&FromWorker::Zoomed { view });
                }
            }
            ToWorker::Move { id, plot, gesture } => {
                // Always answered: the page waits with its next move until this one is drawn.
                let session = self.session.try_lock();
                let svg =
                    session.as_deref().and_then(Option::as_ref).and_then(|one| one.moved(plot, &gesture));
                self.send(&FromWorker::Moved { id, plot, gesture, svg });
            }
            ToWorker::Settle { id: _, plot, gesture } => spawn_local(async move {
                let session = self.session.lock().await;
                if let Some(view) = session.as_ref().and_then(|one| one.settled(plot, &gesture)) {
                    self.send(&FromWorker::Zoomed { view });
                }
            }),
            ToWorker::Table { id, first_row, rows } => spawn_local(async move {
                if let Err(error) = parts::bring(Part::Take).await {
                    return self.fail(id, error.into());
                }
                take::table(self, id, first_row, rows).await;
            }),
            ToWorker::Export { id, format, plot } => spawn_local(async move {
                if let Err(error) = parts::bring(Part::Take).await {
                    return self.fail(id, error.into());
                }
                take::export(self, id, format, plot).await;
            }),
            ToWorker::File { id, path, limit_bytes } => {
                self.cancel();
                self.current.set(id);
                let (abort, registration) = AbortHandle::new_pair();
                *self.abort.borrow_mut() = Some(abort);
                spawn_local(async move {
                    let work = async {
                        match parts::bring(Part::Take).await {
                            Ok(()) => take::file(Rc::clone(&self), id, path, limit_bytes).await,
                            Err(error) => self.fail(id, error.into()),
                        }
                    };
                    let _ = Abortable::new(work, registration).await;
                });
            }
            ToWorker::Take { form, path, name } => {
                let (abort, registration) = AbortHandle::new_pair();
                if let Some(older) = self.taking.replace(Some(abort)) {
                    older.abort();
                }
                spawn_local(async move {
                    let work = async {
                        match parts::bring(Part::Take).await {
                            Ok(()) => take::whole(Rc::clone(&self), form, path, name, handle).await,
                            Err(error) => self.send(&FromWorker::Taken {
                                name,
                                bytes: 0,
                                done: true,
                                failed: Some(error.to_string()),
                            }),
                        }
                    };
                    let _ = Abortable::new(work, registration).await;
                });
            }
            ToWorker::StopTaking => {
                if let Some(taking) = self.taking.take() {
                    taking.abort();
                }
            }
            ToWorker::AddGateway { address, kind } => spawn_local(async move {
                let gateway = HttpGateway::new(&address);
                let late = FetchError::Unreachable {
                    origin: address.clone(),
                    reason: format!("no answer within {} s", PROBE_MS / 1000),
                };
                let answer = within(PROBE_MS, gateway.probe()).await.unwrap_or(Err(late));
                match answer {
                    Ok(()) => self.blocks.sources().add(kind, Arc::new(gateway)),
                    Err(error) => self.send(&FromWorker::Failed {
                        id: self.current.get(),
                        failure: Failure::Unreachable,
                        message: format!("No gateway answered at {address}."),
                        details: vec![error.to_string()],
                    }),
                }
                self.report_sources();
            }),
            ToWorker::PeerOff => {
                self.blocks.sources().remove(peer::NAME);
                self.report_sources();
            }
            ToWorker::ClearCache => spawn_local(async move {
                self.blocks.cache().clear().await;
                self.report_sources();
            }),
        }
    }

    fn cancel(&self) {
        self.current.set(0);
        if let Some(abort) = self.abort.borrow_mut().take() {
            abort.abort();
        }
    }

    async fn show(
        self: Rc<Self>,
        id: u32,
        view: pinfold_core::explore::ViewState,
        width_px: u32,
        allowed_bytes: u64,
    ) {
        let mut guard = self.session.lock().await;
        if guard.is_none() {
            // Nobody had the structure before; perhaps somebody has it now.
            match self.open_session().await {
                Ok(session) => *guard = Some(session),
                Err(error) => return self.fail(id, error),
            }
        }
        let Some(session) = guard.as_mut() else { return };
        let plan = match session.plan(&view).await {
            Ok(plan) => plan,
            Err(error) => return self.fail(id, error),
        };
        if plan.cost.stored_bytes > allowed_bytes {
            self.report_sources();
            return self.send(&FromWorker::Cost {
                id,
                bytes: plan.cost.stored_bytes,
                parts: plan.cost.reads,
            });
        }
        if plan.has_map() {
            self.bring_land().await;
        }
        let (total, total_bytes) = (plan.cost.reads, plan.cost.stored_bytes);
        let before = self.proof();
        let reading = session.show(plan, width_px);
        // Progress is told while the view is being read.
        let ticking = {
            let worker = Rc::clone(&self);
            async move {
                loop {
                    gloo_timers::future::TimeoutFuture::new(REPORT_MS).await;
                    let now = worker.proof();
                    let (done, done_bytes) = (now.0 - before.0, now.1 - before.1);
                    worker.send(&FromWorker::Progress {
                        id,
                        done: done.min(total),
                        total,
                        done_bytes: done_bytes.min(total_bytes),
                        total_bytes,
                    });
                    worker.report_sources();
                }
            }
        };
        let shown = {
            let (reading, ticking) = (std::pin::pin!(reading), std::pin::pin!(ticking));
            match futures::future::select(reading, ticking).await {
                futures::future::Either::Left((shown, _)) => shown,
                futures::future::Either::Right(((), _)) => return,
            }
        };
        self.report_sources();
        match shown {
            Ok(pictures) => {
                let statistics = session.statistics().into_iter().map(Statistics::from).collect();
                let sliders = session.sliders().into_iter().map(Slider::from).collect();
                let plots = pictures.into_iter().map(Plot::from).collect();
                let view = session.view().cloned().unwrap_or(view);
                self.send(&FromWorker::Shown {
                    id,
                    plots,
                    statistics,
                    sliders,
                    view,
                    needed_bytes: total_bytes,
                });
            }
            Err(error) => self.fail(id, error),
        }
    }

    fn proof(&self) -> (u64, u64) {
        let proof = self.blocks.proof();
        (proof.blocks, proof.bytes)
    }
}
