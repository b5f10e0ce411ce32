//! Files that the browser saves: bytes under a name, and pictures as PNG.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::state::State;

/// Draws the SVG on a canvas at twice its size and saves that.
pub(super) fn save_png(state: State, name: String, svg: js_sys::Uint8Array) {
    spawn_local(async move {
        match JsFuture::from(png_of(&svg)).await {
            Ok(blob) => save_blob(&name, blob.unchecked_ref()),
            Err(_) => state
                .announced
                .set("The browser could not draw the PNG; the SVG holds the same picture.".to_owned()),
        }
    });
}

// The browser has taken a blob to be saved by the next turn of the event loop; a large one is copied to disk meanwhile.
// Pictures are drawn on white, in the colours for white, whatever the page's scheme is.
#[wasm_bindgen(inline_js = "
export const blob_of = (type, bytes) => new Blob([bytes], { type });
export const save_blob = (download, blob) => {
  const href = URL.createObjectURL(blob);
  Object.assign(document.createElement('a'), { href, download }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60000);
};
export const png_of = async (bytes) => {
  const svg = new TextDecoder().decode(bytes).replaceAll('prefers-color-scheme:dark', 'width:0');
  const url = URL.createObjectURL(blob_of('image/svg+xml', svg));
  try {
    const image = new Image();
    await new Promise((resolve, reject) => Object.assign(image, { onload: resolve, onerror: reject, src: url }));
    const canvas = document.createElement('canvas');
    const width = canvas.width = Math.max(image.naturalWidth, 1) * 2;
    const height = canvas.height = Math.max(image.naturalHeight, 1) * 2;
    const context = canvas.getContext('2d');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0, width, height);
    return await new Promise((resolve, reject) => canvas.toBlob((blob) => blob ? resolve(blob) : reject(), 'image/png'));
  } finally { URL.revokeObjectURL(url); }
};
")]
extern "C" {
    /// A blob of bytes.
    pub(super) fn blob_of(media_type: &str, bytes: &js_sys::Uint8Array) -> web_sys::Blob;
    /// Saves a blob under a name, through a link that nobody sees.
    pub(super) fn save_blob(name: &str, blob: &web_sys::Blob);
    fn png_of(svg: &js_sys::Uint8Array) -> js_sys::Promise;
}
