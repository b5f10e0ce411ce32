//! Loads the parts of the program that not every visit needs; the script knows where they are.

use std::cell::RefCell;

use pinfold_core::maybe_send::BoxFuture;
use pinfold_core::parts::{self, Part};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::words::words_of;

thread_local! {
    static LOAD: RefCell<Option<js_sys::Function>> = const { RefCell::new(None) };
}

/// Tells which parts are `elsewhere` and how they are loaded: `function` takes a name and gives a promise.
pub(super) fn start(elsewhere: &[String], function: js_sys::Function) {
    for part in Part::ALL.into_iter().filter(|part| elsewhere.iter().any(|name| name == part.name())) {
        part.is_elsewhere();
    }
    LOAD.set(Some(function));
    parts::load_with(load);
}

fn load(part: Part) -> BoxFuture<'static, Result<(), String>> {
    Box::pin(async move {
        let promise = LOAD.with_borrow(|load| {
            load.as_ref().map(|load| load.call1(&JsValue::UNDEFINED, &JsValue::from_str(part.name())))
        });
        let Some(promise) = promise else { return Err(String::new()) };
        let promise = promise.and_then(|promise| promise.dyn_into::<js_sys::Promise>());
        let words = |error: JsValue| words_of(&error);
        JsFuture::from(promise.map_err(words)?).await.map(drop).map_err(words)
    })
}
