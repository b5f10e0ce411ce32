//! Waiting: for a frame, for a while.

use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

/// Waits until what was changed is on the screen.
pub(crate) async fn painted() {
    let frame = Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            let _ = window.request_animation_frame(&resolve);
        }
    });
    let _ = JsFuture::from(frame).await;
    // The frame begins with this callback; a task of its own comes after it.
    sleep(0).await;
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
