//! The Helia peer of this page: loads its script when it is switched on, and passes a port to the worker.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The script's four calls, behind its module object.
pub(super) struct Peer {
    module: JsValue,
}

fn function(module: &JsValue, name: &str) -> Result<js_sys::Function, String> {
    js_sys::Reflect::get(module, &JsValue::from_str(name))
        .ok()
        .and_then(|value| value.dyn_into().ok())
        .ok_or_else(|| format!("its script has no `{name}`"))
}

fn reason(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &JsValue::from_str("message"))
        .ok()
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| "unknown".to_owned())
}

fn text(value: &JsValue, name: &str) -> String {
    js_sys::Reflect::get(value, &JsValue::from_str(name)).ok().and_then(|v| v.as_string()).unwrap_or_default()
}

impl Peer {
    /// Loads the script, dials `addresses` and returns the peer, the worker's port, and a line for each address.
    /// `router` is a router and the CID that it is asked for.
    pub(super) async fn start(
        script: &str,
        addresses: &[String],
        router: Option<(&str, &str)>,
    ) -> Result<(Self, web_sys::MessagePort, Vec<String>), String> {
        if script.is_empty() {
            return Err("this site was built without it".to_owned());
        }
        if addresses.is_empty() && router.is_none() {
            return Err("no address was given; paste one from `ipfs id`".to_owned());
        }
        let module = JsFuture::from(import(script)).await.map_err(|error| reason(&error))?;
        let mut list: js_sys::Array = addresses.iter().map(|address| JsValue::from_str(address)).collect();
        if let Some((router, cid)) = router {
            let asked = function(&module, "providers")?
                .call2(&JsValue::NULL, &router.into(), &cid.into())
                .map_err(|error| reason(&error))?;
            let found =
                JsFuture::from(js_sys::Promise::resolve(&asked)).await.map_err(|error| reason(&error))?;
            list = list.concat(&js_sys::Array::from(&found));
        }
        let started =
            function(&module, "start")?.call1(&JsValue::NULL, &list).map_err(|error| reason(&error))?;
        let status =
            JsFuture::from(js_sys::Promise::resolve(&started)).await.map_err(|error| reason(&error))?;
        let peers = js_sys::Reflect::get(&status, &JsValue::from_str("peers")).unwrap_or_default();
        let lines = js_sys::Array::from(&peers)
            .iter()
            .map(|peer| {
                let why = text(&peer, "reason");
                let state = text(&peer, "state");
                let address = text(&peer, "address");
                if why.is_empty() {
                    format!("{address}: {state}")
                } else {
                    format!("{address}: {state}, {why}")
                }
            })
            .collect();
        let channel = web_sys::MessageChannel::new().map_err(|error| reason(&error))?;
        function(&module, "serve")?
            .call1(&JsValue::NULL, &channel.port1())
            .map_err(|error| reason(&error))?;
        Ok((Self { module }, channel.port2(), lines))
    }

    /// Closes every connection and forgets everything.
    pub(super) async fn stop(self) {
        if let Ok(stop) = function(&self.module, "stop")
            && let Ok(stopping) = stop.call0(&JsValue::NULL)
        {
            let _ = JsFuture::from(js_sys::Promise::resolve(&stopping)).await;
        }
    }
}

#[wasm_bindgen::prelude::wasm_bindgen(inline_js = "export const import_script = (url) => import(url);")]
extern "C" {
    #[wasm_bindgen(js_name = import_script)]
    fn import(url: &str) -> js_sys::Promise;
}
