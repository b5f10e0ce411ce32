//! Dragging a range over the histogram and a box over the map. Both have fields that do the same.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, PointerEvent};

use super::app::App;
use super::link::How;
use crate::shared::dom::{document, listen as on};
use crate::shared::state::PAGE;

/// A smaller movement is a click.
const LEAST_PART: f64 = 0.01;

/// Where a pointer is, in parts of an element's width and height; it may be beyond its edges.
fn place(element: &Element, event: &PointerEvent) -> [f64; 2] {
    let rect = element.get_bounding_client_rect();
    let part = |at: f64, from: f64, size: f64| if size > 0.0 { (at - from) / size } else { 0.0 };
    [
        part(event.client_x().into(), rect.left(), rect.width()),
        part(event.client_y().into(), rect.top(), rect.height()),
    ]
}

/// Calls `moved` with start and current place while a pointer is dragged; `done` says whether it was let go.
fn drag(id: &str, moved: impl Fn([f64; 2], [f64; 2], bool) + 'static) {
    let Some(element) = document().and_then(|document| document.get_element_by_id(id)) else { return };
    let from: Rc<Cell<Option<[f64; 2]>>> = Rc::default();
    let (start, target) = (from.clone(), element.clone());
    on(&element, "pointerdown", move |event: Event| {
        let event: &PointerEvent = event.unchecked_ref();
        if event.button() == 0 && event.is_primary() {
            let _ = target.set_pointer_capture(event.pointer_id());
            start.set(Some(place(&target, event)));
        }
    });
    let moved = Rc::new(moved);
    for (name, done) in [("pointermove", false), ("pointerup", true)] {
        let (from, target, moved) = (from.clone(), element.clone(), moved.clone());
        on(&element, name, move |event: Event| {
            let event: &PointerEvent = event.unchecked_ref();
            let Some(start) = from.get() else { return };
            let now = place(&target, event);
            if done {
                from.set(None);
            }
            let far = (start[0] - now[0]).abs() > LEAST_PART || (start[1] - now[1]).abs() > LEAST_PART;
            if far {
                event.prevent_default();
                moved(start, now, done);
            }
        });
    }
    on(&element, "pointercancel", move |_| from.set(None));
}

/// Listens on the histogram and the map.
pub(super) fn listen(app: App) {
    drag("app-when", move |from, to, done| {
        let within = |part: f64| part.clamp(0.0, 1.0);
        let (left, right) = (app.day(within(from[0].min(to[0]))), app.day(within(from[0].max(to[0]))));
        let Some(range) = left.zip(right) else { return };
        app.change(if done { How::Done } else { How::Live }, move |state| {
            state.filters.time = Some(range);
            state.shown = PAGE;
        });
    });
    drag("app-where", move |from, to, done| {
        let bbox = app.map.with_value(|map| map.box_between(from, to));
        app.change(if done { How::Done } else { How::Live }, move |state| {
            state.filters.bbox = Some(bbox);
            state.shown = PAGE;
        });
    });
}
