//! Moving and enlarging a picture by hand: drag, wheel and keys become one [`Gesture`], which the worker draws as it
//! goes and turns into a view when the hand rests.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use pinfold_core::explore::session::{Gesture, MARGIN};
use wasm_bindgen::JsCast;

use super::link::{Inner, Link};
use super::protocol::ToWorker;

/// A wheel or a key is at rest after this long.
const REST_MS: u32 = 350;

/// Below so many pixels nothing was meant.
const MEANT_PX: f64 = 3.0;

/// A picture that follows the hand is drawn anew after this long, so that the axis across follows too; sooner where it
/// would come to the end of what it holds beyond its edges. Between two drawings it is shifted, which costs a frame
/// nothing.
const ANEW_MS: u32 = 400;

/// From asking for a picture to having it: so far ahead a hand is looked after.
const AHEAD_MS: f64 = 150.0;

/// A hand that did nothing for so long begins anew.
const PAUSE_MS: f64 = 100.0;

/// What a hand is doing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hand {
    /// The picture and what was done with it since it was drawn last.
    doing: Option<(usize, Gesture)>,
    /// What was asked to be drawn and is not there yet.
    asked: Option<Gesture>,
    /// What the picture on screen was drawn for.
    drawn: Option<Gesture>,
    /// Whether it will be drawn anew soon.
    timed: bool,
    /// Counts what was done: a rest that something followed is none.
    steps: u32,
    /// How fast it moves lately, and when it did last.
    px_per_ms: f64,
    at_ms: f64,
}

impl Hand {
    /// It moved by so many pixels by now.
    fn moves(&mut self, by_px: f64, now_ms: f64) {
        let took_ms = now_ms - self.at_ms;
        let speed = by_px.abs() / took_ms.max(1.0);
        self.px_per_ms = if took_ms < PAUSE_MS { 0.7 * self.px_per_ms + 0.3 * speed } else { 0.0 };
        self.at_ms = now_ms;
    }
}

const STILL: Gesture = Gesture { shift_px: 0.0, factor: 1.0, at_px: 0.0 };

impl Link {
    /// What was done with a picture since it was drawn last.
    fn gesture(&self, plot: usize) -> Gesture {
        self.inner.hand.get().doing.filter(|(which, _)| *which == plot).map_or(STILL, |(_, gesture)| gesture)
    }

    /// The hand did something: it is drawn as soon as what was asked for before is there.
    fn act(&self, plot: usize, gesture: Gesture) {
        let mut hand = self.inner.hand.get();
        hand.moves(gesture.shift_px - self.gesture(plot).shift_px, js_sys::Date::now());
        hand.doing = Some((plot, gesture));
        hand.steps = hand.steps.wrapping_add(1);
        self.inner.hand.set(hand);
        self.inner.follow_hand();
    }

    /// Moves a picture to the right, all in all.
    pub(super) fn drag_to(&self, plot: usize, shift_px: f64) {
        self.act(plot, Gesture { shift_px, ..self.gesture(plot) });
    }

    /// Moves a picture to the right by some more; it settles by itself.
    pub(super) fn nudge(&self, plot: usize, by_px: f64) {
        let gesture = self.gesture(plot);
        self.act(plot, Gesture { shift_px: gesture.shift_px + by_px, ..gesture });
        self.settle_soon(plot);
    }

    /// Makes a picture larger about a pixel; it settles by itself.
    pub(super) fn enlarge(&self, plot: usize, factor: f64, at_px: f64) {
        let gesture = self.gesture(plot);
        // What is below the pointer stays there: pixels so far are p = at + (q - at) · factor + shift.
        let so_far = gesture.at_px + gesture.shift_px;
        let all = gesture.factor * factor;
        let shift_px = at_px + (so_far - at_px) * factor - gesture.at_px;
        self.act(plot, Gesture { shift_px, factor: all, ..gesture });
        self.settle_soon(plot);
    }

    fn settle_soon(&self, plot: usize) {
        let steps = self.inner.hand.get().steps;
        let link = self.clone();
        Timeout::new(REST_MS, move || {
            if link.inner.hand.get().steps == steps {
                link.settle(plot);
            }
        })
        .forget();
    }

    /// The hand rests: the view becomes what is seen.
    pub(super) fn settle(&self, plot: usize) {
        let gesture = self.gesture(plot);
        if gesture.shift_px.abs() < MEANT_PX && (gesture.factor - 1.0).abs() < 0.01 {
            return;
        }
        self.send(&ToWorker::Settle { id: self.current(), plot, gesture });
    }
}

impl Inner {
    /// Shifts the picture to where the hand is, and has it drawn anew now or soon.
    fn follow_hand(self: &Rc<Self>) {
        let mut hand = self.hand.get();
        let Some((plot, gesture)) = hand.doing else { return };
        let near = hand.drawn.is_some_and(|drawn| {
            let same = drawn.factor == gesture.factor && drawn.at_px == gesture.at_px;
            same && shift(plot, gesture.shift_px - drawn.shift_px, hand.px_per_ms * AHEAD_MS)
        });
        if !near || hand.asked.is_some() {
            self.draw_hand();
        } else if !hand.timed {
            hand.timed = true;
            self.hand.set(hand);
            let inner = Rc::clone(self);
            Timeout::new(ANEW_MS, move || {
                let hand = inner.hand.get();
                inner.hand.set(Hand { timed: false, ..hand });
                if hand.doing.map(|(_, gesture)| gesture) != hand.drawn {
                    inner.draw_hand();
                }
            })
            .forget();
        }
    }

    fn draw_hand(&self) {
        let mut hand = self.hand.get();
        let (Some((plot, gesture)), None) = (hand.doing, hand.asked) else { return };
        hand.asked = Some(gesture);
        self.hand.set(hand);
        self.post(&ToWorker::Move { id: self.current.get(), plot, gesture });
    }

    /// A moved picture came.
    pub(super) fn moved(self: &Rc<Self>, plot: usize, drawn: Gesture, svg: Option<String>) {
        let mut hand = self.hand.get();
        hand.asked = None;
        let known = hand.doing.is_some_and(|(which, _)| which == plot);
        if let (true, Some(svg), Some(host)) = (known, &svg, host(plot)) {
            host.set_inner_html(svg);
            hand.drawn = Some(drawn);
        } else if known {
            self.state.live.set(Some((plot, drawn)));
        }
        self.hand.set(hand);
        if hand.doing.is_some_and(|(_, gesture)| gesture != drawn) {
            self.follow_hand();
        }
    }
}

/// Where a picture is.
fn host(plot: usize) -> Option<web_sys::Element> {
    let all = crate::shared::dom::document()?.query_selector_all("#explorer-pictures .svg").ok()?;
    all.item(plot as u32)?.dyn_into().ok()
}

/// Shifts what moves of a picture; whether it holds enough beyond its edge to go on like this, and so much further.
fn shift(plot: usize, by_px: f64, ahead_px: f64) -> bool {
    let Some(host) = host(plot) else { return false };
    // Asked before anything is shifted: asked later it would lay out the page.
    let holds_px = f64::from(host.client_width()) * f64::from(MARGIN);
    let Ok(moving) = host.query_selector_all(".m") else { return false };
    for at in 0..moving.length() {
        if let Some(part) = moving.item(at) {
            // An attribute would be drawn anew; a style moves what is drawn.
            let style = part.unchecked_into::<web_sys::HtmlElement>().style();
            let _ = style.set_property("transform", &format!("translateX({by_px:.1}px)"));
        }
    }
    by_px.abs() + ahead_px < holds_px
}
