//! Moving and enlarging a picture by hand: drag, wheel and keys become one [`Gesture`], which the worker draws as it
//! goes and turns into a view when the hand rests.

use std::time::Duration;

use pinfold_core::explore::session::Gesture;

use super::link::{Inner, Link};
use super::protocol::ToWorker;

/// A wheel or a key is at rest after this long.
const REST: Duration = Duration::from_millis(350);

/// Below so many pixels nothing was meant.
const MEANT_PX: f64 = 3.0;

/// What a hand is doing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hand {
    /// The picture and what was done with it since it was drawn last.
    doing: Option<(usize, Gesture)>,
    /// What was asked to be drawn and is not there yet.
    asked: Option<Gesture>,
    /// Counts what was done: a rest that something followed is none.
    steps: u32,
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
        hand.doing = Some((plot, gesture));
        hand.steps = hand.steps.wrapping_add(1);
        self.inner.hand.set(hand);
        self.inner.draw_hand();
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
        leptos::prelude::set_timeout(
            move || {
                if link.inner.hand.get().steps == steps {
                    link.settle(plot);
                }
            },
            REST,
        );
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
    fn draw_hand(&self) {
        let mut hand = self.hand.get();
        let (Some((plot, gesture)), None) = (hand.doing, hand.asked) else { return };
        hand.asked = Some(gesture);
        self.hand.set(hand);
        self.post(&ToWorker::Move { id: self.current.get(), plot, gesture });
    }

    /// A moved picture came.
    pub(super) fn moved(&self, plot: usize, drawn: Gesture, svg: Option<String>) {
        let mut hand = self.hand.get();
        hand.asked = None;
        self.hand.set(hand);
        if hand.doing.is_some_and(|(which, _)| which == plot) {
            self.state.live.set(Some((plot, drawn, svg)));
        }
        if hand.doing.is_some_and(|(_, gesture)| gesture != drawn) {
            self.draw_hand();
        }
    }
}
