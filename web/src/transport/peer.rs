//! The Helia peer as a block source: [`PeerSource`] asks it over a `MessagePort`.
//!
//! The peer itself (npm, `web/helia/src/peer.js`) lives in the page; this end is in the worker. What it
//! returns is unverified, like everything that a source returns.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bytes::Bytes;
use futures::StreamExt;
use futures::channel::oneshot;
use pinfold_core::block::{BlockSource, FetchError, RawBlock, Want};
use pinfold_core::cid::Cid;
use pinfold_core::maybe_send::{BoxFuture, BoxStream};
use pinfold_core::sorted::SortedMap;
use pinfold_core::together;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// What the peer is called in messages and in the panel.
pub const NAME: &str = "peer in this page";

type Waiting = Rc<RefCell<SortedMap<u32, oneshot::Sender<Result<Bytes, String>>>>>;

/// The worker's end of the port to the peer. Dropping it closes the port.
pub struct PeerSource {
    port: web_sys::MessagePort,
    waiting: Waiting,
    next_id: Cell<u32>,
    _on_message: Closure<dyn FnMut(web_sys::MessageEvent)>,
}

fn field(value: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn message(id: u32, name: &str, value: &JsValue) -> JsValue {
    let object = js_sys::Object::new();
    // Setting a property of a fresh object cannot fail.
    let _ = js_sys::Reflect::set(&object, &"id".into(), &id.into());
    let _ = js_sys::Reflect::set(&object, &name.into(), value);
    object.into()
}

impl PeerSource {
    /// Takes the port that came from the page.
    #[must_use]
    pub fn new(port: web_sys::MessagePort) -> Self {
        let waiting = Waiting::default();
        let answers = Rc::clone(&waiting);
        let on_message = Closure::new(move |event: web_sys::MessageEvent| {
            let data = event.data();
            let Some(id) = field(&data, "id").as_f64() else { return };
            let Some(sender) = answers.borrow_mut().remove(&(id as u32)) else { return };
            let bytes = field(&data, "bytes");
            let answer = match bytes.dyn_into::<js_sys::Uint8Array>() {
                Ok(array) => Ok(Bytes::from(array.to_vec())),
                Err(_) => Err(field(&data, "error").as_string().unwrap_or_default()),
            };
            let _ = sender.send(answer);
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Self { port, waiting, next_id: Cell::new(0), _on_message: on_message }
    }

    async fn block(&self, cid: Cid) -> Result<RawBlock, FetchError> {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().insert(id, sender);
        let unreachable = |reason: String| FetchError::Unreachable { origin: NAME.to_owned(), reason };
        self.port
            .post_message(&message(id, "cid", &cid.to_string().into()))
            .map_err(|_| unreachable("the peer was switched off".to_owned()))?;
        let _cancel = CancelOnDrop { source: self, id };
        match receiver.await {
            Ok(Ok(bytes)) => Ok(RawBlock { cid, bytes }),
            Ok(Err(reason)) => Err(unreachable(reason)),
            Err(_) => Err(unreachable("the peer was switched off".to_owned())),
        }
    }
}

impl Drop for PeerSource {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

struct CancelOnDrop<'a> {
    source: &'a PeerSource,
    id: u32,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        // Still waiting: nobody wants the answer any longer.
        if self.source.waiting.borrow_mut().remove(&self.id).is_some() {
            let _ = self.source.port.post_message(&message(self.id, "cancel", &JsValue::TRUE));
        }
    }
}

impl BlockSource for PeerSource {
    fn name(&self) -> &str {
        NAME
    }

    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        match want {
            Want::Blocks(cids) => {
                let asking =
                    futures::stream::iter(cids).map(|cid| -> BoxFuture<'_, _> { Box::pin(self.block(cid)) });
                Box::pin(together::as_they_come(asking, 16))
            }
            Want::Dag { .. } => Box::pin(futures::stream::empty()),
        }
    }
}
