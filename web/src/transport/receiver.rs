//! What gateways answer, as it comes from the thread that receives it: [`Answer`].
//!
//! `web/js/receive.js` fetches, cuts archives into sections and hashes the blocks; here bytes cross into the module's
//! memory, once, with the digest that was computed over them. They are unverified still: whoever takes a block
//! compares the digest with its CID.

use std::cell::RefCell;

use bytes::Bytes;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

// The other end of the port. `next` resolves to whether there is a piece; it rejects with the answer's status, 0 where
// there was no answer and 200 where the connection broke off. `take` gives the bytes of the piece, to be copied at once,
// `digest` what its last `hashed` bytes hash to.
#[wasm_bindgen(inline_js = "
export const ask_for = (receive, url, archive) => {
  const { port1: port, port2 } = new MessageChannel();
  const come = [];
  let head = { status: 0 }, at = 0, wake, parcel, piece;
  port.onmessage = ({ data }) => { come.push(data); wake?.(); };
  receive({ url, archive }, port2);
  return {
    next: async () => {
      while (at === (parcel?.pieces.length ?? 0)) {
        if (parcel) port.postMessage(parcel.room, [parcel.room]);
        parcel = undefined;
        at = 0;
        while (!come.length) await new Promise((resolve) => { wake = resolve; });
        const next = come.shift();
        if (next.end) return false;
        if (next.room) parcel = next;
        else {
          if (!next.broken) head = next;
          if (next.broken || head.status !== 200) throw head;
        }
      }
      piece = parcel.pieces[at++];
      return true;
    },
    take: () => new Uint8Array(parcel.room, piece[0], piece[1] - piece[0]),
    hashed: () => piece[3] ? piece[1] - piece[2] : 0,
    digest: () => piece[3],
    stop: () => { port.postMessage(null); port.close(); },
  };
};")]
extern "C" {
    type Incoming;
    #[wasm_bindgen(method)]
    fn next(this: &Incoming) -> js_sys::Promise;
    #[wasm_bindgen(method)]
    fn take(this: &Incoming) -> js_sys::Uint8Array;
    #[wasm_bindgen(method)]
    fn hashed(this: &Incoming) -> u32;
    #[wasm_bindgen(method)]
    fn digest(this: &Incoming) -> js_sys::Uint8Array;
    #[wasm_bindgen(method)]
    fn stop(this: &Incoming);
    fn ask_for(receive: &js_sys::Function, url: &str, archive: bool) -> Incoming;

    /// Why there is no next piece.
    pub type Refused;
    /// What the gateway answered; 0 where it did not, 200 where the connection failed after that.
    #[wasm_bindgen(method, getter)]
    pub fn status(this: &Refused) -> u16;
    /// What it calls that.
    #[wasm_bindgen(method, getter)]
    pub fn text(this: &Refused) -> String;
}

thread_local! {
    static RECEIVE: RefCell<js_sys::Function> = RefCell::new(js_sys::Function::new_no_args(""));
}

/// Tells who receives: `function` takes a question and a port, as `web/js/receive.js` says.
pub fn receive_with(function: js_sys::Function) {
    RECEIVE.set(function);
}

/// An answer on its way; dropping it ends the request.
pub struct Answer {
    incoming: Incoming,
}

/// Bytes of an answer.
#[derive(Default)]
pub struct Piece {
    /// The bytes.
    pub bytes: Bytes,
    /// How many bytes at the end were hashed, and their SHA2-256; `None` where hashing was left to others.
    pub hashed: Option<(usize, [u8; 32])>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.incoming.stop();
    }
}

impl Answer {
    /// Asks for a block.
    pub fn block(url: &str) -> Self {
        Self::ask(url, false)
    }

    /// Asks for an archive (CAR).
    pub fn archive(url: &str) -> Self {
        Self::ask(url, true)
    }

    fn ask(url: &str, archive: bool) -> Self {
        Self { incoming: RECEIVE.with_borrow(|receive| ask_for(receive, url, archive)) }
    }

    /// The block, or the next section of the archive; `None` at the end.
    ///
    /// # Errors
    /// There is no such answer, or the connection broke off.
    pub async fn next_piece(&self) -> Result<Option<Piece>, Refused> {
        match JsFuture::from(self.incoming.next()).await {
            Ok(more) => Ok(more.is_truthy().then(|| self.take())),
            Err(head) => Err(JsValue::unchecked_into(head)),
        }
    }

    fn take(&self) -> Piece {
        let bytes = Bytes::from(self.incoming.take().to_vec());
        let length = self.incoming.hashed() as usize;
        let hashed = (length > 0).then(|| {
            let mut sha2_256 = [0; 32];
            self.incoming.digest().copy_to(&mut sha2_256);
            (length, sha2_256)
        });
        Piece { bytes, hashed }
    }
}
