//! Taking the selection along: files, code, and the link to this view.

use leptos::prelude::*;
use pinfold_core::cid::Cid;
use pinfold_core::explore::snippets;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::link::Link;
use super::protocol::ToWorker;
use super::state::State;

/// CSV, JSON and NetCDF of the selection, the picture, and code.
#[component]
pub(super) fn Take(state: State, link: Link, cid: String) -> impl IntoView {
    let nothing = move || state.plots.with(Vec::is_empty);
    let formats = [("CSV", "csv"), ("JSON", "json"), ("NetCDF", "nc")];
    let buttons = formats
        .into_iter()
        .map(|(text, format)| {
            let link = link.clone();
            view! {
                <button class="btn slim" type="button" disabled=nothing on:click=move |_| {
                    link.send(&ToWorker::Export { id: link.current(), format: format.to_owned() });
                }>{text}</button>
            }
        })
        .collect_view();
    let code_cid = cid.clone();
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
                <button class="btn slim" type="button" disabled=nothing on:click=move |_| save_svg(&state)>"SVG"</button>
                <button class="btn slim" type="button" disabled=nothing on:click=move |_| save_png(&state)>"PNG"</button>
            </p>
            <pre tabindex="0" role="region" aria-label="Python code for this selection"><code class="all">{python}</code></pre>
            <details><summary>"Shell"</summary><pre tabindex="0"><code class="all">{shell}</code></pre></details>
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

fn name_of(state: &State, ending: &str) -> String {
    let names = state.view.with_untracked(|view| view.variables.join("-"));
    let safe: String = names
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' })
        .take(60)
        .collect();
    format!("{}.{ending}", if safe.is_empty() { "pinfold" } else { &safe })
}

fn save_svg(state: &State) {
    let Some(svg) = state.plots.with_untracked(|plots| plots.first().map(|plot| plot.svg.clone())) else {
        return;
    };
    super::save(&name_of(state, "svg"), "image/svg+xml", &js_sys::Uint8Array::from(svg.as_bytes()));
}

/// Draws the SVG on a canvas at twice its size and saves that.
fn save_png(state: &State) {
    let Some(svg) = state.plots.with_untracked(|plots| plots.first().map(|plot| plot.svg.clone())) else {
        return;
    };
    let name = name_of(state, "png");
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
