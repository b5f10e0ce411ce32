//! Files of the index over HTTP, and downloads to the visitor.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Blob, BlobPropertyBag, HtmlAnchorElement, RequestCache, RequestInit, Response, Url,
};

/// A file that takes longer is given up.
const TIMEOUT_MS: u32 = 20_000;
/// A part of the index that is larger is none of ours.
const MAX_FILE_BYTES: usize = 64 << 20;

fn words(error: &JsValue) -> String {
    let name = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.name())).unwrap_or_default();
    match name.as_str() {
        "TimeoutError" | "AbortError" => format!("it did not arrive within {} s", TIMEOUT_MS / 1000),
        _ => "it could not be fetched".to_owned(),
    }
}

fn begin(address: &str, cache: RequestCache) -> Result<Promise, String> {
    let window = web_sys::window().ok_or("no window")?;
    let options = RequestInit::new();
    options.set_cache(cache);
    options.set_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)));
    Ok(window.fetch_with_str_and_init(address, &options))
}

async fn finish(promise: Promise) -> Result<Vec<u8>, String> {
    let response = JsFuture::from(promise).await.map_err(|e| words(&e))?;
    let response: Response = response.dyn_into().map_err(|_| "no response")?;
    if !response.ok() {
        return Err(format!("the server answered {}", response.status()));
    }
    let buffer = response.array_buffer().map_err(|e| words(&e))?;
    let bytes = Uint8Array::new(&JsFuture::from(buffer).await.map_err(|e| words(&e))?);
    if bytes.length() as usize > MAX_FILE_BYTES {
        return Err("it is too large".to_owned());
    }
    Ok(bytes.to_vec())
}

/// The bytes at an address.
pub(super) async fn fetch(address: &str) -> Result<Vec<u8>, String> {
    finish(begin(address, RequestCache::Default)?).await
}

/// The bytes at an address as they are now, whatever the browser kept of them.
pub(super) async fn fetch_fresh(address: &str) -> Result<Vec<u8>, String> {
    finish(begin(address, RequestCache::NoCache)?).await
}

/// All files, at the same time.
pub(super) async fn fetch_all(folder: &str, names: &[String]) -> Result<Vec<(String, Vec<u8>)>, String> {
    // Every promise is on its way before the first is waited for.
    let begun: Vec<_> = names
        .iter()
        .map(|name| (name.clone(), begin(&format!("{folder}{name}"), RequestCache::Default)))
        .collect();
    let mut out = Vec::new();
    for (name, promise) in begun {
        out.push((name, finish(promise?).await?));
    }
    Ok(out)
}

/// Milliseconds since the page was opened.
pub(super) fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

/// Waits until what was changed is on the screen.
pub(super) async fn painted() {
    let frame = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            let _ = window.request_animation_frame(&resolve);
        }
    });
    let _ = JsFuture::from(frame).await;
    // The frame begins with this callback; a task of its own comes after it.
    sleep(0).await;
}

/// Waits for a frame and then some more.
pub(super) async fn after_frame(ms: i32) {
    painted().await;
    sleep(ms).await;
}

/// Waits.
pub(super) async fn sleep(ms: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms);
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// Hands a text to the visitor as a file.
pub(super) async fn download(name: &str, media_type: &str, text: &str) -> Option<()> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = Array::of1(&JsValue::from_str(text));
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options).ok()?;
    let address = Url::create_object_url_with_blob(&blob).ok()?;
    let document = web_sys::window()?.document()?;
    let link: HtmlAnchorElement = document.create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The browser reads it in its own time.
    sleep(10_000).await;
    let _ = Url::revoke_object_url(&address);
    Some(())
}
