//! A trustless HTTP gateway: [`HttpGateway`].
//!
//! Specification: <https://specs.ipfs.tech/http-gateways/trustless-gateway/>. Requests carry no
//! credentials, no referrer and no header that would need a preflight. What comes back is unverified.
//! Blocks come one by one, or as an archive (CAR) of the DAG that is asked for.

use bytes::Bytes;
use futures::StreamExt;
use pinfold_core::block::{BlockSource, DagScope, EntityBytes, FetchError, Limits, RawBlock, Want};
use pinfold_core::car::{CarError, CarReader};
use pinfold_core::cid::Cid;
use pinfold_core::maybe_send::{BoxFuture, BoxStream};
use pinfold_core::together;
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
};
// An archive in pieces: `next` resolves to the bytes of the next one, 0 at the end, and rejects when nothing came for so
// long; `take` gives it, to be copied at once. Where one can be told, a piece is a length with what it announces:
// blocks then cross over once and are never joined. Who reads them checks the length; here it only says where to cut.
// One clock watches over all reads: a timer for each costs more than reading.
export const open_archive = (body, stall_ms) => {
  let reader, direct = true;
  try { reader = body.getReader({ mode: 'byob' }); } catch { direct = false; reader = body.getReader(); }
  let room = new Uint8Array(4194304), from = 0, to = 0, ended = false;
  const clear = (bytes) => {
    if (room.length - to >= bytes) return;
    if (room.length - (to - from) >= bytes) room.copyWithin(0, from, to);
    else { const larger = new Uint8Array(2 * room.length + bytes); larger.set(room.subarray(from, to)); room = larger; }
    to -= from;
    from = 0;
  };
  let since, late, clock;
  const watch = () => {
    if (!late) clock = clearInterval(clock);
    else if (performance.now() - since > stall_ms) late();
  };
  const more = async () => {
    since = performance.now();
    clock ??= setInterval(watch, stall_ms / 4);
    const reading = direct ? (clear(65536), reader.read(new Uint8Array(room.buffer, to, room.length - to))) : reader.read();
    const step = await new Promise((resolve, reject) => { late = reject; reading.then(resolve, reject); }).finally(() => { late = null; });
    ended = step.done;
    if (direct) { if (step.value) room = new Uint8Array(step.value.buffer); } else if (!ended) { clear(step.value.length); room.set(step.value, to); }
    if (!ended) to += step.value.length;
  };
  const whole = () => {
    for (let at = from, length = 0, times = 1; at < to && at < from + 4; at++, times *= 128) {
      length += (room[at] & 127) * times;
      if (room[at] < 128) return at + 1 - from + length;
    }
    return to - from < 4 ? Infinity : 0;
  };
  let piece = 0;
  return {
    next: async () => {
      for (;;) {
        const wanted = whole();
        piece = Math.min(to - from, wanted || 262144);
        if (piece === wanted || ended || (!wanted && piece)) return piece;
        await more();
      }
    },
    take: () => room.subarray(from, from += piece),
  };
};")]
extern "C" {
    type Archive;
    #[wasm_bindgen(method, catch)]
    fn next(this: &Archive) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(method)]
    fn take(this: &Archive) -> js_sys::Uint8Array;
    fn open_archive(body: &web_sys::ReadableStream, stall_ms: f64) -> Archive;
    #[wasm_bindgen(catch)]
    fn read_body(body: &web_sys::ReadableStream, limit: f64) -> Result<js_sys::Promise, JsValue>;
}

/// What a block may weigh: 2 MiB is what gateways promise.
const BLOCK_BYTES: usize = 2 << 20;

/// An archive of which nothing comes for so long has broken off: what lacks is asked for block by block.
const STALL_MS: f64 = 2_000.0;

/// Requests under way at once for one `Want`.
const AT_ONCE: usize = 16;

/// An HTTP gateway by its address, without a slash at the end.
#[derive(Debug, Clone)]
pub struct HttpGateway {
    address: String,
}

/// An archive that is being received.
struct Incoming {
    archive: Archive,
    car: CarReader,
    guard: AbortOnDrop,
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

    /// An answer of the gateway for `cid` with status 200, and what cancels it.
    async fn ask(
        &self,
        url: &str,
        accept: &str,
        cid: Cid,
    ) -> Result<(gloo_net::http::Response, AbortOnDrop), FetchError> {
        let controller =
            web_sys::AbortController::new().map_err(|_| self.unreachable("no AbortController"))?;
        let signal = controller.signal();
        let guard = AbortOnDrop { controller, finished: false };
        let response = gloo_net::http::Request::get(url)
            .header("Accept", accept)
            .mode(web_sys::RequestMode::Cors)
            .credentials(web_sys::RequestCredentials::Omit)
            .referrer_policy(web_sys::ReferrerPolicy::NoReferrer)
            .abort_signal(Some(&signal))
            .send()
            .await
            .map_err(|error| self.unreachable(&explain(&error)))?;
        match response.status() {
            200 => Ok((response, guard)),
            404 | 410 | 412 => Err(FetchError::NotHere { origin: self.address.clone(), cid }),
            status => Err(self.unreachable(&format!("it answered {status} {}", response.status_text()))),
        }
    }

    async fn block(&self, cid: Cid) -> Result<RawBlock, FetchError> {
        let url = format!("{}/ipfs/{cid}?format=raw", self.address);
        let (response, mut guard) = self.ask(&url, "application/vnd.ipld.raw", cid).await?;
        let bytes = match response.body() {
            Some(stream) => self.read(&stream).await?,
            None => Bytes::new(),
        };
        guard.finished = true;
        Ok(RawBlock { cid, bytes })
    }

    /// Starts an archive of `want`.
    async fn archive(&self, want: &Want) -> Result<Option<Incoming>, FetchError> {
        let Want::Dag { root, path, scope, entity_bytes } = want else { return Ok(None) };
        let mut url = format!("{}/ipfs/{root}", self.address);
        for name in path {
            url.push('/');
            url.push_str(&String::from(js_sys::encode_uri_component(name)));
        }
        url.push_str(match scope {
            DagScope::Block => "?format=car&dag-scope=block",
            DagScope::Entity => "?format=car&dag-scope=entity",
            DagScope::All => "?format=car&dag-scope=all",
        });
        if let Some(EntityBytes { from, to }) = entity_bytes {
            let to = to.map_or_else(|| "*".to_owned(), |to| to.to_string());
            url.push_str(&format!("&entity-bytes={from}:{to}"));
        }
        let (response, guard) = self.ask(&url, "application/vnd.ipld.car", *root).await?;
        let Some(body) = response.body() else { return Ok(None) };
        Ok(Some(Incoming {
            archive: open_archive(&body, STALL_MS),
            car: CarReader::new(Limits::default()),
            guard,
        }))
    }

    /// The next block of an archive; `None` at its end.
    async fn next_of(&self, incoming: &mut Incoming) -> Result<Option<RawBlock>, FetchError> {
        let broken = |_| self.unreachable("the connection broke off in the middle of an archive");
        let unusable = |error: CarError| FetchError::Malformed {
            origin: self.address.clone(),
            reason: format!("an archive that cannot be read: {error}"),
        };
        loop {
            if let Some(section) = incoming.car.next_section().map_err(unusable)? {
                return Ok(Some(RawBlock { cid: section.cid, bytes: section.bytes }));
            }
            if incoming.guard.finished {
                return Ok(None);
            }
            let piece = JsFuture::from(incoming.archive.next().map_err(broken)?).await.map_err(broken)?;
            if piece.as_f64().is_some_and(|bytes| bytes > 0.0) {
                incoming.car.push(incoming.archive.take().to_vec());
            } else {
                incoming.car.end();
                incoming.guard.finished = true;
            }
        }
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
                let asking =
                    futures::stream::iter(cids).map(|cid| -> BoxFuture<'_, _> { Box::pin(self.block(cid)) });
                Box::pin(together::as_they_come(asking, AT_ONCE))
            }
            want @ Want::Dag { .. } => {
                let start = (Some(want), None);
                Box::pin(futures::stream::unfold(start, move |(want, incoming)| async move {
                    let mut incoming = match (want, incoming) {
                        (Some(want), _) => match self.archive(&want).await {
                            Ok(Some(incoming)) => incoming,
                            Ok(None) => return None,
                            Err(error) => return Some((Err(error), (None, None))),
                        },
                        (None, Some(incoming)) => incoming,
                        (None, None) => return None,
                    };
                    match self.next_of(&mut incoming).await {
                        Ok(Some(block)) => Some((Ok(block), (None, Some(incoming)))),
                        Ok(None) => None,
                        Err(error) => Some((Err(error), (None, None))),
                    }
                }))
            }
        }
    }
}
