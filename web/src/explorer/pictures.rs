//! The pictures, and what a pointer does in them.
//!
//! A picture is put into the page when it came, and as a whole; what lies over it is patched. Pointers and keys are
//! listened to around all pictures.

use std::cell::Cell;
use std::fmt::Write as _;
use std::rc::Rc;

use pinfold_core::explore::Mode;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};

use super::edits::is_part;
use super::link::Link;
use super::patch::patch;
use super::protocol::{Plot, ToWorker};
use super::slot::{Slot, watch};
use super::state::State;
use crate::shared::dom::listen;
use crate::shared::html::escaped;

/// A drag across a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Drag {
    plot: usize,
    from_px: f64,
    to_px: f64,
    /// Whether it moves the picture; else it sweeps over the part to be enlarged.
    moves: bool,
}

/// What the listeners need.
struct Pictures {
    host: Element,
    state: State,
    link: Link,
    drag: Slot<Option<Drag>>,
}

/// Shows what is drawn of the view in `host`, as long as the page lives.
pub(super) fn start(host: Element, state: State, link: Link) {
    let pictures = Rc::new(Pictures { host, state, link, drag: Slot::new(None) });
    let one = Rc::clone(&pictures);
    watch(Box::new(move || {
        state.plots.with(|_| ());
        one.draw();
    }));
    // As numbers there is no picture.
    let (one, mode) = (Rc::clone(&pictures), Cell::new(Mode::Picture));
    watch(Box::new(move || {
        let now = state.view.with(|view| view.mode);
        if mode.replace(now) != now {
            one.draw();
        }
    }));
    let one = Rc::clone(&pictures);
    watch(Box::new(move || {
        let zoomed = state.view.with(is_part);
        for drawn in one.all(".drawn.zooms") {
            let _ = drawn.class_list().toggle_with_force("moves", zoomed);
        }
    }));
    // Pictures that are drawn anew only at rest are pushed along.
    let one = Rc::clone(&pictures);
    watch(Box::new(move || {
        let live = state.live.get();
        for (plot, svg) in one.all(".svg").enumerate() {
            let push = live.filter(|(which, _)| *which == plot).map(|(_, gesture)| gesture.shift_px);
            let push = push.map(|shift_px| format!("translateX({shift_px}px)")).unwrap_or_default();
            let _ = svg.style().set_property("transform", &push);
        }
    }));
    let one = Rc::clone(&pictures);
    watch(Box::new(move || one.lay_over()));
    for name in ["pointerdown", "pointermove", "pointerup", "pointercancel", "pointerout", "wheel", "keydown"]
    {
        let one = Rc::clone(&pictures);
        listen(&pictures.host, name, move |event: Event| {
            one.hear(&event);
        });
    }
}

/// All pictures as HTML.
fn html(plots: &[Plot], zoomed: bool) -> String {
    let mut out = String::new();
    for (at, picture) in plots.iter().enumerate() {
        let moves = if zoomed { " moves" } else { "" };
        let handled = if picture.zooms {
            format!(
                r#" zooms{moves}" tabindex="0" role="group" aria-label="Picture: plus and minus enlarge and reduce it, arrow keys move it"#
            )
        } else {
            String::new()
        };
        let _ = write!(
            out,
            r#"<figure><div data-plot="{at}" class="drawn{handled}"><div class="svg">{}</div><div></div></div><figcaption>{}</figcaption></figure>"#,
            picture.svg,
            escaped(&picture.caption)
        );
    }
    out
}

impl Pictures {
    fn all(&self, selector: &str) -> impl Iterator<Item = HtmlElement> + use<> {
        let all = self.host.query_selector_all(selector).ok();
        (0..all.as_ref().map_or(0, web_sys::NodeList::length))
            .filter_map(move |at| all.as_ref()?.item(at)?.dyn_into().ok())
    }

    fn draw(&self) {
        let (picture, zoomed) =
            self.state.view.with_untracked(|view| (view.mode == Mode::Picture, is_part(view)));
        let html = self.state.plots.with_untracked(|plots| html(if picture { plots } else { &[] }, zoomed));
        self.host.set_inner_html(&html);
    }

    /// The part that a drag sweeps over, and what is read under the pointer.
    fn lay_over(&self) {
        let (drag, reading) = (self.drag.get(), self.state.reading.get());
        for (plot, drawn) in self.all(".drawn").enumerate() {
            let mut out = String::new();
            if let Some(Drag { from_px, to_px, .. }) = drag.filter(|drag| drag.plot == plot && !drag.moves) {
                let (left, wide) = (from_px.min(to_px), (from_px - to_px).abs());
                let _ = write!(out, r#"<span class="sweep" style="left:{left}px;width:{wide}px"></span>"#);
            }
            if let Some((_, x_px, y_px, lines)) =
                reading.as_ref().filter(|reading| reading.0 == plot && !reading.3.is_empty())
            {
                let (left, top) = (x_px + 12.0, y_px + 12.0);
                let _ = write!(out, r#"<p class="read" style="left:{left}px;top:{top}px">"#);
                for line in lines {
                    let _ = write!(out, "<span>{}</span><br>", escaped(line));
                }
                out.push_str("</p>");
            }
            if let Some(over) = drawn.last_element_child() {
                patch(&over, &out, None);
            }
        }
    }

    /// `None` where it is nothing of a picture.
    fn hear(&self, event: &Event) -> Option<()> {
        let drawn = event.target()?.dyn_into::<Element>().ok()?.closest("[data-plot]").ok()??;
        let plot: usize = drawn.get_attribute("data-plot")?.parse().ok()?;
        let zooms = drawn.class_list().contains("zooms");
        let zoomed = self.state.view.with_untracked(is_part);
        if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
            return if zooms { self.key(event, plot, zoomed, f64::from(drawn.client_width())) } else { None };
        }
        // Pixels from the picture's left and top.
        let mouse: &MouseEvent = event.dyn_ref()?;
        let rect = drawn.get_bounding_client_rect();
        let (x_px, y_px) =
            (f64::from(mouse.client_x()) - rect.left(), f64::from(mouse.client_y()) - rect.top());
        if let Some(event) = event.dyn_ref::<WheelEvent>() {
            if zooms {
                self.wheel(event, plot, zoomed, x_px);
            }
            return Some(());
        }
        let dragged = self.drag.get_untracked().filter(|drag| drag.plot == plot);
        match event.type_().as_str() {
            "pointerdown" if zooms && mouse.button() == 0 => {
                let moves = zoomed && !mouse.shift_key();
                self.drag.set(Some(Drag { plot, from_px: x_px, to_px: x_px, moves }));
                // The picture hears of the pointer also beyond its edges.
                let _ = drawn.set_pointer_capture(event.dyn_ref::<PointerEvent>()?.pointer_id());
            }
            "pointermove" => self.point(plot, x_px, y_px, dragged),
            "pointerup" => {
                let dragged = dragged?;
                self.drag.set(None);
                let from_px = dragged.from_px;
                if dragged.moves {
                    self.link.settle(plot);
                } else if (x_px - from_px).abs() > 8.0 {
                    // A click is no zoom.
                    let (from_px, to_px) = (from_px.min(x_px), from_px.max(x_px));
                    self.link.send(&ToWorker::Zoom { id: self.link.current(), plot, from_px, to_px });
                }
            }
            "pointercancel" => self.drag.set(None),
            "pointerout" => {
                // From one thing in the picture to the next is not out of it.
                let to = mouse.related_target().and_then(|to| to.dyn_into::<web_sys::Node>().ok());
                if !drawn.contains(to.as_ref()) {
                    if self.drag.get_untracked().is_some_and(|drag| !drag.moves) {
                        self.drag.set(None);
                    }
                    self.state.reading.set(None);
                }
            }
            _ => {}
        }
        Some(())
    }

    fn point(&self, plot: usize, x_px: f64, y_px: f64, dragged: Option<Drag>) {
        if let Some(dragged) = dragged {
            self.drag.set(Some(Drag { to_px: x_px, ..dragged }));
            if dragged.moves {
                self.state.reading.set(None);
                return self.link.drag_to(plot, x_px - dragged.from_px);
            }
        }
        self.state.reading.update(|reading| {
            let lines = reading.take().filter(|old| old.0 == plot).map(|old| old.3);
            *reading = Some((plot, x_px, y_px, lines.unwrap_or_default()));
        });
        self.link.send(&ToWorker::Probe { id: self.link.current(), plot, x_px, y_px });
    }

    fn wheel(&self, event: &WheelEvent, plot: usize, zoomed: bool, x_px: f64) {
        if !(event.shift_key() || event.ctrl_key()) {
            return;
        }
        event.prevent_default();
        // Browsers turn Shift and the wheel into a sideways one, or leave it to the page.
        let turned = if event.delta_x() == 0.0 { event.delta_y() } else { event.delta_x() };
        if event.ctrl_key() {
            self.link.enlarge(plot, js_sys::Math::exp(-turned / 400.0), x_px);
        } else if zoomed {
            self.link.nudge(plot, -turned);
        }
    }

    fn key(&self, event: &KeyboardEvent, plot: usize, zoomed: bool, wide_px: f64) -> Option<()> {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return None;
        }
        match event.key().as_str() {
            "ArrowLeft" if zoomed => self.link.nudge(plot, wide_px / 8.0),
            "ArrowRight" if zoomed => self.link.nudge(plot, -wide_px / 8.0),
            "+" | "=" => self.link.enlarge(plot, 1.5, wide_px / 2.0),
            "-" => self.link.enlarge(plot, 1.0 / 1.5, wide_px / 2.0),
            _ => return None,
        }
        event.prevent_default();
        Some(())
    }
}
