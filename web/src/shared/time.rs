//! Waiting: for a frame, for a while.

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// Of `web/js/search.js`: nothing of this program runs between the frame's beginning and its picture.
    #[wasm_bindgen(js_name = pinfoldPainted)]
    fn frame() -> Promise;
}

/// Waits until what was changed is on the screen.
pub(crate) async fn painted() {
    let _ = JsFuture::from(frame()).await;
}

/// Waits for a frame and then some more.
pub(crate) async fn after_frame(ms: i32) {
    painted().await;
    sleep(ms).await;
}

/// Waits.
pub(crate) async fn sleep(ms: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms);
        }
    });
    let _ = JsFuture::from(promise).await;
}
