//! Time and hashing as the browser has them: [`WebTimer`], [`WebHasher`].

use bytes::Bytes;
use pinfold_core::block::{Hasher, SoftwareHasher};
use pinfold_core::gateways::Timer;
use pinfold_core::maybe_send::BoxFuture;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

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
    subtle: Option<web_sys::SubtleCrypto>,
}

/// Below this many bytes the way to `crypto.subtle` and back costs more than hashing in WASM
/// (measured: about 30 µs a call, and 284 MB/s in WASM).
const SUBTLE_FROM_BYTES: usize = 16 << 10;

impl WebHasher {
    /// Looks whether the page is a secure context.
    #[must_use]
    pub fn new() -> Self {
        let subtle = global("crypto").and_then(|crypto| {
            let subtle = js_sys::Reflect::get(&crypto, &JsValue::from_str("subtle")).ok()?;
            subtle.is_object().then(|| subtle.unchecked_into())
        });
        Self { subtle }
    }

    /// Whether the browser's own SHA-256 is used.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.subtle.is_some()
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
            if let Some(subtle) = self.subtle.as_ref().filter(|_| bytes.len() >= SUBTLE_FROM_BYTES) {
                let view = js_sys::Uint8Array::from(bytes.as_ref());
                if let Ok(promise) = subtle.digest_with_str_and_buffer_source("SHA-256", &view)
                    && let Ok(buffer) = JsFuture::from(promise).await
                {
                    let digest = js_sys::Uint8Array::new(&buffer);
                    if digest.length() == 32 {
                        let mut array = [0; 32];
                        digest.copy_to(&mut array);
                        return array;
                    }
                }
            }
            SoftwareHasher.sha2_256(bytes).await
        })
    }
}
