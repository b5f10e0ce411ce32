//! Files of the index over HTTP.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// The bytes at an address; in `web/js/search.js`. What is to be kept is there for the other part as well;
    /// what is to be fresh is as it is now, whatever the browser kept of it.
    #[wasm_bindgen(js_name = pinfoldFile)]
    fn file(address: &str, keep: bool, fresh: bool) -> Promise;
}

async fn bytes(promise: Promise) -> Result<Vec<u8>, String> {
    match JsFuture::from(promise).await {
        Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
        Err(reason) => Err(reason.as_string().unwrap_or_default()),
    }
}

/// The bytes at an address.
pub(super) async fn fetch(address: &str, fresh: bool) -> Result<Vec<u8>, String> {
    bytes(file(address, false, fresh)).await
}

/// All files, at the same time: name, and whether it is to be kept.
pub(super) async fn fetch_all(
    folder: &str,
    files: Vec<(String, bool)>,
) -> Result<Vec<(String, Vec<u8>)>, String> {
    // Every promise is on its way before the first is waited for.
    let begun: Vec<(String, Promise)> = files
        .into_iter()
        .map(|(name, keep)| {
            let promise = file(&format!("{folder}{name}"), keep, false);
            (name, promise)
        })
        .collect();
    let mut out = Vec::new();
    for (name, promise) in begun {
        out.push((name, bytes(promise).await?));
    }
    Ok(out)
}
