//! The Helia peer of this page: its script is loaded when it is switched on.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Loads the script, dials `addresses` and those that `router` names for `cid`; returns the worker's port and a line for
/// each address. What ran before is stopped.
pub(super) async fn start(
    script: &str,
    addresses: &[String],
    router: Option<&str>,
    cid: &str,
) -> Result<(web_sys::MessagePort, Vec<String>), String> {
    stop().await;
    if script.is_empty() {
        return Err("this site was built without it".to_owned());
    }
    if addresses.is_empty() && router.is_none() {
        return Err("no address was given; paste one from `ipfs id`".to_owned());
    }
    let reason = |error: JsValue| error.as_string().unwrap_or_default();
    let opening = open_peer(script, &addresses.join("\n"), router.unwrap_or_default(), cid);
    let opened: Opened = JsFuture::from(opening).await.map_err(reason)?.unchecked_into();
    Ok((opened.port(), opened.lines().lines().map(str::to_owned).collect()))
}

/// Closes every connection and forgets everything.
pub(super) async fn stop() {
    let _ = JsFuture::from(stop_peer()).await;
}

#[wasm_bindgen(inline_js = "
let peer;
export const open_peer = async (script, addresses, router, cid) => {
  try {
    peer = await import(script);
    const { port, lines } = await peer.open(addresses.split('\\n').filter(Boolean), router, cid);
    return { port, lines: lines.join('\\n') };
  } catch (error) { throw error?.message ?? 'unknown'; }
};
export const stop_peer = async () => peer?.stop();
")]
extern "C" {
    fn open_peer(script: &str, addresses: &str, router: &str, cid: &str) -> js_sys::Promise;
    fn stop_peer() -> js_sys::Promise;

    type Opened;
    #[wasm_bindgen(method, getter)]
    fn port(this: &Opened) -> web_sys::MessagePort;
    #[wasm_bindgen(method, getter)]
    fn lines(this: &Opened) -> String;
}
