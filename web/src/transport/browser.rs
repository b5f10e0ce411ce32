//! Time and hashing as the browser has them: [`WebTimer`], [`WebHasher`].

use bytes::Bytes;
use pinfold_core::block::{Hasher, SoftwareHasher};
use pinfold_core::gateways::Timer;
use pinfold_core::maybe_send::BoxFuture;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

// `sha256` sees the module's own memory: the browser takes its copy before it returns.
#[wasm_bindgen(inline_js = "
export const has_subtle = () => Boolean(globalThis.crypto?.subtle);
export const sha256 = (bytes) => crypto.subtle.digest('SHA-256', bytes);
export const read_file = async (url, most, ms) => {
  const stop = new AbortController();
  const clock = setTimeout(() => stop.abort(), ms);
  try {
    const answer = await fetch(url, { signal: stop.signal });
    if (!answer.ok) return;
    const reader = answer.body.getReader(), parts = [];
    for (let bytes = 0; ;) {
      const { done, value } = await reader.read();
      if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
      if ((bytes += value.length) > most) return;
      parts.push(value);
    }
  } finally {
    clearTimeout(clock);
    stop.abort();
  }
};
")]
extern "C" {
    fn has_subtle() -> bool;
    fn read_file(url: &str, most_bytes: u32, duration_ms: u32) -> js_sys::Promise;
    #[wasm_bindgen(catch)]
    fn sha256(bytes: &[u8]) -> Result<js_sys::Promise, JsValue>;
}

/// A property of the global object, in the page and in a worker alike.
fn global(name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str(name))
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_null())
}

/// What `work` gives, unless it takes longer: every wait has an end.
pub async fn within<T>(duration_ms: u32, work: impl Future<Output = T>) -> Option<T> {
    let late = gloo_timers::future::TimeoutFuture::new(duration_ms);
    match futures::future::select(std::pin::pin!(work), late).await {
        futures::future::Either::Left((done, _)) => Some(done),
        futures::future::Either::Right(_) => None,
    }
}

/// A file of the site; `None` where it does not come in time, or is longer than `most_bytes`. What nobody waits for any
/// longer is not fetched any longer.
pub async fn file(url: &str, most_bytes: u32, duration_ms: u32) -> Option<Vec<u8>> {
    let bytes = JsFuture::from(read_file(url, most_bytes, duration_ms)).await.ok()?;
    Some(bytes.dyn_into::<js_sys::Uint8Array>().ok()?.to_vec())
}

/// `performance.now()`, `setTimeout` and `Math.random()`. The wall clock is never asked: it may be wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct WebTimer;

impl Timer for WebTimer {
    fn now_ms(&self) -> f64 {
        global("performance").map_or(0.0, |value| value.unchecked_into::<web_sys::Performance>().now())
    }

    fn sleep(&self, duration_ms: f64) -> BoxFuture<'static, ()> {
        // setTimeout takes a signed 32-bit number of milliseconds.
        let duration_ms = duration_ms.clamp(0.0, f64::from(i32::MAX)) as u32;
        Box::pin(gloo_timers::future::TimeoutFuture::new(duration_ms))
    }

    fn jitter(&self) -> f64 {
        js_sys::Math::random()
    }
}

/// SHA2-256 by `crypto.subtle` where there is one (secure contexts), else in WASM.
#[derive(Debug, Clone)]
pub struct WebHasher {
    native: bool,
}

/// Below this many bytes the way to `crypto.subtle` and back costs more than hashing in WASM
/// (measured: about 30 µs a call, and 284 MB/s in WASM).
const SUBTLE_FROM_BYTES: usize = 16 << 10;

impl WebHasher {
    /// Looks whether the page is a secure context.
    #[must_use]
    pub fn new() -> Self {
        Self { native: has_subtle() }
    }

    /// Whether the browser's own SHA-256 is used.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.native
    }
}

impl Default for WebHasher {
    fn default() -> Self {
        Self::new()
    }
}

impl Hasher for WebHasher {
    fn sha2_256(&self, bytes: Bytes) -> BoxFuture<'_, [u8; 32]> {
        Box::pin(async move {
            if self.native
                && bytes.len() >= SUBTLE_FROM_BYTES
                && let Ok(promise) = sha256(&bytes)
                && let Ok(buffer) = JsFuture::from(promise).await
            {
                let digest = js_sys::Uint8Array::new(&buffer);
                if digest.length() == 32 {
                    let mut array = [0; 32];
                    digest.copy_to(&mut array);
                    return array;
                }
            }
            SoftwareHasher.sha2_256(bytes).await
        })
    }
}
