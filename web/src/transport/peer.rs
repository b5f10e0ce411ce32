//! The Helia peer as a block source: [`PeerSource`] asks it over a `MessagePort`.
//!
//! The peer itself (npm, `web/helia/src/peer.js`) lives in the page; this end is in the worker. What it
//! returns is unverified, like everything that a source returns.

use std::cell::Cell;

use futures::StreamExt;
use pinfold_core::block::{BlockSource, FetchError, RawBlock, Want};
use pinfold_core::cid::Cid;
use pinfold_core::maybe_send::{BoxFuture, BoxStream};
use pinfold_core::together;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What the peer is called in messages and in the panel.
pub const NAME: &str = "peer in this page";

/// The worker's end of the port to the peer. Dropping it closes the port.
pub struct PeerSource {
    end: JsValue,
    next_id: Cell<u32>,
}

impl PeerSource {
    /// Takes the port that came from the page.
    #[must_use]
    pub fn new(port: &web_sys::MessagePort) -> Self {
        Self { end: peer_end(port), next_id: Cell::new(0) }
    }

    async fn block(&self, cid: Cid) -> Result<RawBlock, FetchError> {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        let answer = ask_peer(&self.end, id, &cid.to_string());
        let _cancel = CancelOnDrop { source: self, id };
        // Bytes, or in words why there are none.
        let answer = JsFuture::from(answer).await.unwrap_or_default();
        match answer.dyn_into::<js_sys::Uint8Array>() {
            Ok(bytes) => Ok(RawBlock::new(cid, bytes.to_vec().into())),
            Err(reason) => Err(FetchError::Unreachable {
                origin: NAME.to_owned(),
                reason: reason.as_string().unwrap_or_default(),
            }),
        }
    }
}

impl Drop for PeerSource {
    fn drop(&mut self) {
        close_peer(&self.end);
    }
}

struct CancelOnDrop<'a> {
    source: &'a PeerSource,
    id: u32,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        cancel_peer(&self.source.end, self.id);
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

// What is still waited for when it is cancelled, nobody wants any longer.
#[wasm_bindgen(inline_js = "
export const peer_end = (port) => {
  const waiting = new Map();
  port.onmessage = ({ data: { id, bytes, error } }) => {
    waiting.get(id)?.(bytes ?? error);
    waiting.delete(id);
  };
  return { port, waiting };
};
export const ask_peer = ({ port, waiting }, id, cid) => new Promise((resolve) => {
  waiting.set(id, resolve);
  port.postMessage({ id, cid });
});
export const cancel_peer = ({ port, waiting }, id) => { if (waiting.delete(id)) port.postMessage({ id, cancel: true }); };
export const close_peer = ({ port }) => port.close();
")]
extern "C" {
    fn peer_end(port: &web_sys::MessagePort) -> JsValue;
    fn ask_peer(end: &JsValue, id: u32, cid: &str) -> js_sys::Promise;
    fn cancel_peer(end: &JsValue, id: u32);
    fn close_peer(end: &JsValue);
}
