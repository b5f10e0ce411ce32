//! Pictures, sliders, statistics and the table of the numbers.

use leptos::prelude::*;
use pinfold_core::explore::view_state::Indices;
use pinfold_core::explore::{Mode, ViewState};
use wasm_bindgen::JsCast;

use super::link::Link;
use super::protocol::ToWorker;
use super::state::{Stage, State};

/// Rows of the table on one page.
const PAGE_ROWS: u32 = 200;

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

/// How often each meaning of a flag occurs.
fn meanings(one: &super::protocol::Statistics) -> impl IntoView + use<> {
    let share = |count: u64| match (count, one.count) {
        (0, _) | (_, 0) => "0 %".to_owned(),
        (count, all) if count * 100 < all => "less than 1 %".to_owned(),
        (count, all) => format!("{:.0} %", count as f64 / all as f64 * 100.0),
    };
    let rows = one.meanings.iter().map(|(name, count)| view! {
        <tr><th scope="row">{name.clone()}</th><td class="num">{count.to_string()}</td><td class="num">{share(*count)}</td></tr>
    });
    view! {
        <div class="tbl meanings" tabindex="0" role="region" aria-label="Meanings, scrollable"><table>
            <thead><tr><th scope="col"><code>{one.variable.clone()}</code></th><th scope="col" class="num">"values"</th>
                <th scope="col" class="num">"share"</th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table></div>
    }
}

/// Everything that is drawn of the view.
#[component]
pub(super) fn Pictures(state: State, link: Link) -> impl IntoView {
    let drag = RwSignal::new(None::<Drag>);
    let sliders = {
        let link = link.clone();
        move || {
            state
                .sliders
                .get()
                .into_iter()
                .map(|slider| {
                    let link = link.clone();
                    let id = format!("explore-slide-{}", slider.dimension);
                    let dimension = slider.dimension.clone();
                    view! {
                        <div class="slide">
                            <span></span>
                            <label for=id.clone()>{slider.dimension.clone()}</label>
                            <input
                                id=id
                                type="range"
                                min="0"
                                max=slider.length.saturating_sub(1).to_string()
                                prop:value=slider.at.to_string()
                                on:change=move |event| {
                                    let Ok(at) = event_target_value(&event).parse() else { return };
                                    let mut view = state.view.get_untracked();
                                    view.indices.insert(dimension.clone(), Indices::At(at));
                                    link.go(&view);
                                }
                            />
                            <output class="tab">{slider.label.clone()}</output>
                        </div>
                    }
                })
                .collect_view()
        }
    };
    let is_part =
        |view: &ViewState| view.indices.values().any(|indices| matches!(indices, Indices::Range(..)));
    let zoomed = move || state.view.with(is_part);
    let zoomed_untracked = move || state.view.with_untracked(is_part);
    let whole = link.clone();
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
    let statistics = move || {
        let all = state.statistics.get();
        (!all.is_empty()).then(|| {
            let row = |name: &'static str, of: fn(&super::protocol::Statistics) -> String| {
                let cells: Vec<String> = all.iter().map(of).collect();
                // Flags have neither mean nor deviation.
                cells.iter().any(|cell| !cell.is_empty()).then(|| {
                    let cells =
                        cells.into_iter().map(|cell| view! { <td class="num">{cell}</td> }).collect_view();
                    view! { <tr><th scope="row">{name}</th>{cells}</tr> }
                })
            };
            let heads = all
                .iter()
                .map(|one| {
                    let units = if one.units.is_empty() { String::new() } else { format!(", {}", one.units) };
                    view! { <th scope="col" class="num"><code>{one.variable.clone()}</code>{units}</th> }
                })
                .collect_view();
            view! {
                <section class="pane" aria-labelledby="explore-statistics">
                    <h3 id="explore-statistics">"Statistics of what is shown"</h3>
                    <div class="tbl" tabindex="0" role="region" aria-label="Statistics, scrollable"><table>
                        <thead><tr><th scope="col"><span class="vh">"Quantity"</span></th>{heads}</tr></thead>
                        <tbody>
                            {row("values", |one| one.count.to_string())}
                            {row("missing", |one| one.missing.to_string())}
                            {row("smallest", |one| one.min.clone())}
                            {row("mean", |one| one.mean.clone())}
                            {row("largest", |one| one.max.clone())}
                            {row("standard deviation", |one| one.std.clone())}
                        </tbody>
                    </table></div>
                    {all.iter().filter(|one| !one.meanings.is_empty()).map(meanings).collect_view()}
                </section>
            }
        })
    };
    let table = {
        let link = link.clone();
        move || {
            state.rows.get().map(|rows| {
                let (back, forth) = (link.clone(), link.clone());
                let page = u64::from(PAGE_ROWS);
                let first = rows.first_row;
                let last = (first + rows.rows.len() as u64).min(rows.total_rows);
                let at_end = last >= rows.total_rows;
                let total = rows.total_rows;
                let turn = move |link: &Link, first_row: u64| {
                    link.send(&ToWorker::Table { id: link.current(), first_row, rows: PAGE_ROWS });
                };
                view! {
                    <div class="tbl" tabindex="0" role="region" aria-label="Numbers, scrollable"><table>
                        <thead><tr>{rows.head.iter().map(|name| view! { <th scope="col" class="num">{name.clone()}</th> }).collect_view()}</tr></thead>
                        <tbody>{rows.rows.iter().map(|row| view! {
                            <tr>{row.iter().map(|cell| view! { <td class="num">{cell.clone()}</td> }).collect_view()}</tr>
                        }).collect_view()}</tbody>
                    </table></div>
                    <p class="row meta">
                        <button class="btn slim" type="button" disabled=first == 0 on:click=move |_| turn(&back, first.saturating_sub(page))>"Earlier rows"</button>
                        <span>{format!("rows {} to {last} of {total}", first + 1)}</span>
                        <button class="btn slim" type="button" disabled=at_end on:click=move |_| turn(&forth, first + page)>"Later rows"</button>
                    </p>
                }
            })
        }
    };
    view! {
        <div id="explorer-pictures" aria-busy=move || (state.stage.get() == Stage::Loading).to_string()>
            {sliders}
            <Show when=zoomed>
                <p class="row meta"><button class="btn slim" type="button" on:click={
                    let whole = whole.clone();
                    move |_| {
                        let mut view = state.view.get_untracked();
                        view.indices.retain(|_, indices| matches!(indices, Indices::At(_)));
                        whole.go(&view);
                    }
                }>"Show everything"</button>
                <span>"Drag or arrow keys move, Shift and drag enlarges."</span></p>
            </Show>
            <Show when=move || state.view.with(|view| view.mode == Mode::Picture)>{pictures.clone()}</Show>
            <Show when=move || state.view.with(|view| view.mode == Mode::Table)>{table.clone()}</Show>
            {statistics}
        </div>
    }
}
