//! Taking the selection along: files, code, and the link to this view.

use leptos::prelude::*;
use pinfold_core::cid::Cid;
use pinfold_core::explore::snippets;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::link::Link;
use super::protocol::ToWorker;
use super::state::{State, bytes_text};

/// CSV, JSON and NetCDF of the selection, the picture, and code.
#[component]
pub(super) fn Take(state: State, link: Link, cid: String) -> impl IntoView {
    let nothing = move || state.plots.with(Vec::is_empty);
    let formats = [("CSV", "csv"), ("JSON", "json"), ("NetCDF", "nc"), ("SVG", "svg"), ("PNG", "png")];
    let buttons = formats
        .into_iter()
        .map(|(text, format)| {
            let link = link.clone();
            view! {
                <button class="btn slim" type="button" disabled=nothing on:click=move |_| {
                    // Of pictures, each one that is shown.
                    let plots = if matches!(format, "svg" | "png") { state.plots.with_untracked(Vec::len) } else { 1 };
                    for plot in 0..plots {
                        link.send(&ToWorker::Export { id: link.current(), format: format.to_owned(), plot });
                    }
                }>{text}</button>
            }
        })
        .collect_view();
    let (code_cid, whole) = (cid.clone(), cid.clone());
    let python = move || {
        code_cid.parse::<Cid>().map_or_else(|_| String::new(), |cid| snippets::python(cid, &state.view.get()))
    };
    let shell = move || {
        cid.parse::<Cid>().map_or_else(|_| String::new(), |cid| snippets::shell(cid, &state.view.get()))
    };
    view! {
        <section class="pane w7" aria-labelledby="explore-take">
            <h3 id="explore-take">"Take this selection along"</h3>
            <p class="row">
                {buttons}
            </p>
            <pre tabindex="0" role="region" aria-label="Python code for this selection"><code class="all">{python}</code></pre>
            <details><summary>"Shell"</summary><pre tabindex="0"><code class="all">{shell}</code></pre></details>
            <Whole state=state link=link cid=whole zarr=true />
        </section>
    }
}

/// Above this many bytes it is said that the browser keeps them in memory.
const MANY_BYTES: u64 = 200_000_000;

/// The whole dataset to disk.
#[component]
fn Whole(state: State, link: Link, cid: String, zarr: bool) -> impl IntoView {
    let expected = move || state.size_bytes.get();
    let button = |text: &'static str, form: &'static str, ending: &'static str| {
        let (link, cid) = (link.clone(), cid.clone());
        view! {
            <button class="btn slim" type="button" disabled=move || state.taking.with(Option::is_some) on:click=move |_| {
                link.take(form, "", format!("{cid}{ending}"), state.size_bytes.get_untracked());
            }>{text}</button>
        }
    };
    let (zip_text, zip_ending) = if zarr { ("Zarr in a ZIP", ".zarr.zip") } else { ("ZIP", ".zip") };
    let streams = js_sys::Reflect::has(&window(), &"showSaveFilePicker".into()).unwrap_or_default();
    let stop = link.clone();
    view! {
        <p class="row" id="explore-whole">
            <span>"The whole dataset, "{move || bytes_text(expected())}</span>
            {button(zip_text, "zip", zip_ending)}
            {button("CAR", "car", ".car")}
        </p>
        <Show when=move || !streams && (expected() > MANY_BYTES)>
            <p class="meta">"This browser cannot write to disk while it loads: it keeps all of it until the end. \
                The shell line needs no memory."</p>
        </Show>
        {move || state.taking.get().map(|(name, bytes, all)| {
            let stop = stop.clone();
            view! {
                <p class="row meta"><progress max=all.max(1).to_string() value=bytes.min(all).to_string() aria-label="Writing"></progress>
                    <span>{format!("{name}: {} of {}", bytes_text(bytes), bytes_text(all))}</span>
                    <button class="btn slim" type="button" on:click=move |_| stop.stop_taking()>"Stop"</button></p>
            }
        })}
        <p class="meta" role="status" id="explore-taken">{move || state.notice.get()}</p>
    }
}

/// The pane of a folder dataset.
#[component]
pub(super) fn WholePane(state: State, link: Link, cid: String) -> impl IntoView {
    view! {
        <section class="pane w7" aria-labelledby="explore-take">
            <h3 id="explore-take">"Take it along"</h3>
            <Whole state=state link=link cid=cid zarr=false />
        </section>
    }
}

/// The address that opens exactly this view.
#[component]
pub(super) fn Share(state: State) -> impl IntoView {
    let address = move || {
        let location = window().location();
        let before = location.href().unwrap_or_default();
        let before = before.split('#').next().unwrap_or_default().to_owned();
        format!("{before}{}", state.view.get().to_fragment())
    };
    view! {
        <section class="pane w5" aria-labelledby="explore-share">
            <h3 id="explore-share">"Share this view"</h3>
            <p class="box cid all">{address}</p>
            <p class="meta">"Opens the same variables, selection, zoom and colours."</p>
        </section>
    }
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
                    document().create_element("canvas").ok()?.unchecked_into();
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
                            super::save(&name, "image/png", &js_sys::Uint8Array::new(&buffer));
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
