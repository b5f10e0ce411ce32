//! The pictures, and what a pointer does in them.

use leptos::prelude::*;
use pinfold_core::explore::Mode;
use wasm_bindgen::JsCast;

use super::edits::is_part;
use super::link::Link;
use super::protocol::ToWorker;
use super::slot::Slot;
use super::state::State;

/// A drag across a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Drag {
    plot: usize,
    from_px: f64,
    to_px: f64,
    /// Whether it moves the picture; else it sweeps over the part to be enlarged.
    moves: bool,
}

/// The picture hears of the pointer also beyond its edges.
fn capture(event: &web_sys::PointerEvent) {
    let element = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    if let Some(element) = element {
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

/// Pixels of the element that hears an event.
fn width_of(event: &web_sys::Event) -> i32 {
    let element = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element.map_or(0, |element| element.client_width())
}

/// Pixels from the left and top of the element that the pointer is over.
fn offset(event: &web_sys::MouseEvent) -> Option<(f64, f64)> {
    let element: web_sys::Element = event.current_target()?.dyn_into().ok()?;
    let rect = element.get_bounding_client_rect();
    Some((f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top()))
}

/// Everything that is drawn of the view.
#[component]
pub(super) fn Pictures(state: State, link: Link) -> impl IntoView {
    let drag = Slot::new(None::<Drag>);
    let zoomed = move || state.view.with(is_part);
    let zoomed_untracked = move || state.view.with_untracked(is_part);
    let pictures = {
        let link = link.clone();
        move || {
            state
                .plots
                .get()
                .into_iter()
                .enumerate()
                .map(|(plot, picture)| {
                    let (probe, zoom) = (link.clone(), link.clone());
                    let (wheel, keys) = (link.clone(), link.clone());
                    let zooms = picture.zooms;
                    let svg = picture.svg.clone();
                    // Pictures that are drawn anew only at rest are pushed along.
                    let push = move || {
                        state.live.with(|live| match live {
                            Some((which, gesture)) if *which == plot => {
                                format!("translateX({}px)", gesture.shift_px)
                            }
                            _ => String::new(),
                        })
                    };
                    view! {
                        <figure>
                            <div
                                class="drawn"
                                class:zooms=zooms
                                class:moves=move || zooms && zoomed()
                                tabindex=zooms.then_some("0")
                                role=zooms.then_some("group")
                                aria-label=zooms.then_some("Picture: plus and minus enlarge and reduce it, arrow keys move it")
                                on:pointerdown=move |event| {
                                    if let Some((x_px, _)) = offset(&event).filter(|_| zooms && event.button() == 0) {
                                        let moves = zoomed_untracked() && !event.shift_key();
                                        drag.set(Some(Drag { plot, from_px: x_px, to_px: x_px, moves }));
                                        capture(&event);
                                    }
                                }
                                on:pointermove=move |event| {
                                    let Some((x_px, y_px)) = offset(&event) else { return };
                                    let dragged = drag.get_untracked().filter(|drag| drag.plot == plot);
                                    if let Some(dragged) = dragged {
                                        drag.set(Some(Drag { to_px: x_px, ..dragged }));
                                        if dragged.moves {
                                            state.reading.set(None);
                                            probe.drag_to(plot, x_px - dragged.from_px);
                                            return;
                                        }
                                    }
                                    state.reading.update(|reading| {
                                        let lines = reading.take().filter(|old| old.0 == plot).map(|old| old.3);
                                        *reading = Some((plot, x_px, y_px, lines.unwrap_or_default()));
                                    });
                                    probe.send(&ToWorker::Probe { id: probe.current(), plot, x_px, y_px });
                                }
                                on:pointerup=move |event| {
                                    let Some((x_px, _)) = offset(&event) else { return };
                                    let Some(dragged) = drag.get_untracked().filter(|drag| drag.plot == plot)
                                        else { return };
                                    drag.set(None);
                                    let from_px = dragged.from_px;
                                    if dragged.moves {
                                        zoom.settle(plot);
                                    } else if (x_px - from_px).abs() > 8.0 {
                                        // A click is no zoom.
                                        let (from_px, to_px) = (from_px.min(x_px), from_px.max(x_px));
                                        zoom.send(&ToWorker::Zoom { id: zoom.current(), plot, from_px, to_px });
                                    }
                                }
                                on:pointercancel=move |_| drag.set(None)
                                on:pointerleave=move |_| {
                                    if drag.get_untracked().is_none_or(|drag| !drag.moves) {
                                        drag.set(None);
                                    }
                                    state.reading.set(None);
                                }
                                on:wheel=move |event| {
                                    if !zooms || !(event.shift_key() || event.ctrl_key()) {
                                        return;
                                    }
                                    event.prevent_default();
                                    // Browsers turn Shift and the wheel into a sideways one, or leave it to the page.
                                    let turned = if event.delta_x() == 0.0 { event.delta_y() } else { event.delta_x() };
                                    if event.ctrl_key() {
                                        let Some((x_px, _)) = offset(&event) else { return };
                                        wheel.enlarge(plot, (-turned / 400.0).exp(), x_px);
                                    } else if zoomed_untracked() {
                                        wheel.nudge(plot, -turned);
                                    }
                                }
                                on:keydown=move |event| {
                                    if !zooms || event.ctrl_key() || event.alt_key() || event.meta_key() {
                                        return;
                                    }
                                    let wide = f64::from(width_of(&event));
                                    match event.key().as_str() {
                                        "ArrowLeft" if zoomed_untracked() => keys.nudge(plot, wide / 8.0),
                                        "ArrowRight" if zoomed_untracked() => keys.nudge(plot, -wide / 8.0),
                                        "+" | "=" => keys.enlarge(plot, 1.5, wide / 2.0),
                                        "-" => keys.enlarge(plot, 1.0 / 1.5, wide / 2.0),
                                        _ => return,
                                    }
                                    event.prevent_default();
                                }
                            >
                                <div class="svg" style:transform=push inner_html=svg></div>
                                {move || drag.get().filter(|drag| drag.plot == plot && !drag.moves).map(|Drag { from_px, to_px, .. }| {
                                    let (left, right) = (from_px.min(to_px), from_px.max(to_px));
                                    view! { <span class="sweep" style:left=format!("{left}px") style:width=format!("{}px", right - left)></span> }
                                })}
                                {move || state.reading.get().filter(|reading| reading.0 == plot && !reading.3.is_empty()).map(|(_, x_px, y_px, lines)| {
                                    view! {
                                        <p class="read" style:left=format!("{}px", x_px + 12.0) style:top=format!("{}px", y_px + 12.0)>
                                            {lines.into_iter().map(|line| view! { <span>{line}</span><br /> }).collect_view()}
                                        </p>
                                    }
                                })}
                            </div>
                            <figcaption>{picture.caption.clone()}</figcaption>
                        </figure>
                    }
                })
                .collect_view()
        }
    };
    view! { <Show when=move || state.view.with(|view| view.mode == Mode::Picture)>{pictures.clone()}</Show> }
}
