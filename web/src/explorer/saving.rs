//! Files that the browser saves: bytes under a name, and pictures as PNG.

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::state::State;
use crate::shared::dom::document;

/// A blob of bytes.
pub(super) fn blob_of(media_type: &str, bytes: &js_sys::Uint8Array) -> Option<web_sys::Blob> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = js_sys::Array::of1(bytes);
    web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()
}

/// Saves bytes under a name.
pub(super) fn save(name: &str, media_type: &str, bytes: &js_sys::Uint8Array) {
    if let Some(blob) = blob_of(media_type, bytes) {
        save_blob(name, &blob);
    }
}

/// Saves a blob under a name, through a link that nobody sees.
pub(super) fn save_blob(name: &str, blob: &web_sys::Blob) {
    let Ok(url) = web_sys::Url::create_object_url_with_blob(blob) else { return };
    if let Some(anchor) = document().and_then(|document| document.create_element("a").ok()) {
        let anchor: web_sys::HtmlAnchorElement = anchor.unchecked_into();
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
    }
    // The browser has taken the blob by the next turn of the event loop; a large one is copied to disk meanwhile.
    Timeout::new(60_000, move || drop(web_sys::Url::revoke_object_url(&url))).forget();
}

/// Draws the SVG on a canvas at twice its size and saves that.
pub(super) fn save_png(state: State, name: String, svg: &js_sys::Uint8Array) {
    // On white, in the colours for white, whatever the page's scheme is.
    let svg = String::from_utf8_lossy(&svg.to_vec()).replace("prefers-color-scheme:dark", "width:0");
    let announced = state.announced;
    let draw = move || -> Option<()> {
        let options = web_sys::BlobPropertyBag::new();
        options.set_type("image/svg+xml");
        let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(svg.as_bytes()));
        let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
        let url = web_sys::Url::create_object_url_with_blob(&blob).ok()?;
        let image = web_sys::HtmlImageElement::new().ok()?;
        let drawn = image.clone();
        let address = url.clone();
        let on_load = Closure::once_into_js(move || {
            let finish = || -> Option<()> {
                let canvas: web_sys::HtmlCanvasElement =
                    document()?.create_element("canvas").ok()?.unchecked_into();
                let (width, height) = (drawn.natural_width().max(1) * 2, drawn.natural_height().max(1) * 2);
                canvas.set_width(width);
                canvas.set_height(height);
                let context: web_sys::CanvasRenderingContext2d =
                    canvas.get_context("2d").ok()??.unchecked_into();
                context.set_fill_style_str("#fff");
                context.fill_rect(0.0, 0.0, width.into(), height.into());
                context
                    .draw_image_with_html_image_element_and_dw_and_dh(
                        &drawn,
                        0.0,
                        0.0,
                        width.into(),
                        height.into(),
                    )
                    .ok()?;
                let taken = Closure::once_into_js(move |blob: web_sys::Blob| {
                    wasm_bindgen_futures::spawn_local(async move {
                        let bytes = wasm_bindgen_futures::JsFuture::from(blob.array_buffer()).await;
                        if let Ok(buffer) = bytes {
                            save(&name, "image/png", &js_sys::Uint8Array::new(&buffer));
                        }
                    });
                });
                canvas.to_blob(taken.unchecked_ref()).ok()
            };
            if finish().is_none() {
                announced
                    .set("The browser could not draw the PNG; the SVG holds the same picture.".to_owned());
            }
            let _ = web_sys::Url::revoke_object_url(&url);
        });
        image.set_onload(Some(on_load.unchecked_ref()));
        image.set_src(&address);
        Some(())
    };
    if draw().is_none() {
        announced.set("The browser could not draw the PNG; the SVG holds the same picture.".to_owned());
    }
}
