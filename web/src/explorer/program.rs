//! [`Program`]: the worker that fetches, decodes and draws; where it has stopped, the next message starts another one.

use std::cell::{Cell, OnceCell, RefCell};

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, Worker};

/// A worker, and what it takes to have another one.
pub(super) struct Program {
    worker: RefCell<Worker>,
    again: js_sys::Function,
    stopped: Cell<bool>,
    /// Which dataset it is about: the first message of each.
    opening: RefCell<Option<JsValue>>,
    listeners: OnceCell<(Closure<dyn FnMut(MessageEvent)>, Closure<dyn FnMut(Event)>)>,
}

impl Program {
    /// `again` starts another worker and returns it.
    pub(super) fn new(worker: Worker, again: js_sys::Function) -> Self {
        Self {
            worker: RefCell::new(worker),
            again,
            stopped: Cell::new(false),
            opening: RefCell::default(),
            listeners: OnceCell::new(),
        }
    }

    /// Says who takes its messages, and who is told when it stops by itself.
    pub(super) fn listen(
        &self,
        on_message: impl FnMut(MessageEvent) + 'static,
        on_stop: impl FnMut(Event) + 'static,
    ) {
        // Once is all that anybody listens.
        let _ = self.listeners.set((Closure::new(on_message), Closure::new(on_stop)));
        self.attach();
    }

    fn attach(&self) {
        let Some((on_message, on_stop)) = self.listeners.get() else { return };
        let worker = self.worker.borrow();
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_stop.as_ref().unchecked_ref()));
    }

    /// Takes it for gone, with the memory that it has.
    pub(super) fn stop(&self) {
        self.worker.borrow().terminate();
        self.stopped.set(true);
    }

    /// Sends the message that tells the dataset.
    pub(super) fn open(&self, message: JsValue) {
        self.post(&message);
        self.opening.replace(Some(message));
    }

    /// Sends a message.
    pub(super) fn post(&self, message: &JsValue) {
        self.post_with(message, &js_sys::Array::new());
    }

    /// Sends a message with objects that go over to the worker.
    pub(super) fn post_with(&self, message: &JsValue, transfer: &js_sys::Array) {
        if self.stopped.get()
            && let Ok(worker) = self.again.call0(&JsValue::NULL)
        {
            self.stopped.set(false);
            self.worker.replace(worker.unchecked_into());
            self.attach();
            if let Some(opening) = &*self.opening.borrow() {
                let _ = self.worker.borrow().post_message(opening);
            }
        }
        let _ = self.worker.borrow().post_message_with_transfer(message, transfer);
    }
}
