//! A trustless HTTP gateway: [`HttpGateway`].
//!
//! Specification: <https://specs.ipfs.tech/http-gateways/trustless-gateway/>. Requests carry no
//! credentials, no referrer and no header that would need a preflight. What comes back is unverified.
//! Not supported: CAR answers (the structure comes with `meta.car`, data chunks are asked for as blocks).

use bytes::Bytes;
use futures::StreamExt;
use pinfold_core::block::{BlockSource, FetchError, RawBlock, Want};
use pinfold_core::cid::Cid;
use pinfold_core::maybe_send::BoxStream;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

// Gathers a body on the other side, so that it crosses into the module's memory once; `null` at the first byte too many.
#[wasm_bindgen(inline_js = "
export const read_body = async (body, limit) => {
  const reader = body.getReader();
  const parts = [];
  let size = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    size += step.value.length;
    if (size > limit) { reader.cancel().catch(() => {}); return null; }
    parts.push(step.value);
  }
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
};")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn read_body(body: &web_sys::ReadableStream, limit: f64) -> Result<js_sys::Promise, JsValue>;
}

/// What a block may weigh: 2 MiB is what gateways promise.
const BLOCK_BYTES: usize = 2 << 20;

/// Requests under way at once for one `Want`.
const AT_ONCE: usize = 16;

/// An HTTP gateway by its address, without a slash at the end.
#[derive(Debug, Clone)]
pub struct HttpGateway {
    address: String,
}

/// Aborts the request when dropped before the answer was read.
struct AbortOnDrop {
    controller: web_sys::AbortController,
    finished: bool,
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if !self.finished {
            self.controller.abort();
        }
    }
}

impl HttpGateway {
    /// A gateway at `address` (`https://…`, slashes at the end are dropped).
    #[must_use]
    pub fn new(address: &str) -> Self {
        Self { address: address.trim().trim_end_matches('/').to_owned() }
    }

    /// Whether a gateway answers there: asks for the empty identity block, which every gateway has.
    ///
    /// # Errors
    /// What the browser or the gateway said.
    pub async fn probe(&self) -> Result<(), FetchError> {
        let empty: Cid = "bafkqaaa".parse().map_err(|error| self.unreachable(&format!("{error}")))?;
        let block = self.block(empty).await?;
        if block.bytes.is_empty() {
            Ok(())
        } else {
            // A server that answers everything with its start page is no gateway.
            Err(FetchError::Malformed {
                origin: self.address.clone(),
                reason: "it is a web server, but no IPFS gateway".to_owned(),
            })
        }
    }

    fn unreachable(&self, reason: &str) -> FetchError {
        FetchError::Unreachable { origin: self.address.clone(), reason: reason.to_owned() }
    }

    async fn block(&self, cid: Cid) -> Result<RawBlock, FetchError> {
        let controller =
            web_sys::AbortController::new().map_err(|_| self.unreachable("no AbortController"))?;
        let signal = controller.signal();
        let mut guard = AbortOnDrop { controller, finished: false };
        let url = format!("{}/ipfs/{cid}?format=raw", self.address);
        let response = gloo_net::http::Request::get(&url)
            .header("Accept", "application/vnd.ipld.raw")
            .mode(web_sys::RequestMode::Cors)
            .credentials(web_sys::RequestCredentials::Omit)
            .referrer_policy(web_sys::ReferrerPolicy::NoReferrer)
            .abort_signal(Some(&signal))
            .send()
            .await
            .map_err(|error| self.unreachable(&explain(&error)))?;
        match response.status() {
            200 => {}
            404 | 410 | 412 => return Err(FetchError::NotHere { origin: self.address.clone(), cid }),
            status => {
                return Err(self.unreachable(&format!("it answered {status} {}", response.status_text())));
            }
        }
        let bytes = match response.body() {
            Some(stream) => self.read(&stream).await?,
            None => Bytes::new(),
        };
        guard.finished = true;
        Ok(RawBlock { cid, bytes })
    }

    /// Reads the body, and stops at the first byte too many.
    async fn read(&self, stream: &web_sys::ReadableStream) -> Result<Bytes, FetchError> {
        let broken = |_| self.unreachable("the connection broke off in the middle of a block");
        let reading = read_body(stream, BLOCK_BYTES as f64).map_err(broken)?;
        let body = JsFuture::from(reading).await.map_err(broken)?;
        match body.dyn_into::<js_sys::Uint8Array>() {
            Ok(array) => Ok(Bytes::from(array.to_vec())),
            Err(_) => Err(FetchError::Malformed {
                origin: self.address.clone(),
                reason: format!("a block of more than {BLOCK_BYTES} bytes"),
            }),
        }
    }
}

/// What a failed `fetch` means. The browser does not tell CORS from a dead host on purpose.
fn explain(error: &gloo_net::Error) -> String {
    match error {
        gloo_net::Error::JsError(error) if error.name == "AbortError" => "cancelled".to_owned(),
        _ => "no connection, or it does not allow other sites to read from it (CORS)".to_owned(),
    }
}

impl BlockSource for HttpGateway {
    fn name(&self) -> &str {
        &self.address
    }

    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        match want {
            Want::Blocks(cids) => {
                Box::pin(futures::stream::iter(cids).map(|cid| self.block(cid)).buffer_unordered(AT_ONCE))
            }
            // Answered in part, that is not at all: the blocks are asked for one by one.
            Want::Dag { .. } => Box::pin(futures::stream::empty()),
        }
    }
}
