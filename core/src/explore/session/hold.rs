//! What was read stays at hand: [`Held`] serves zooming and moving without reading again, [`Session::moved`] draws
//! while a hand is moving.

use std::sync::{Arc, OnceLock};

use super::pointer::nearest;
use super::{Plan, Session, options};
use crate::explore::view_state::{Indices, Kind, ViewState};
use crate::plot::{self, Levels, Options, PlotData, Quantity, svg};
use crate::view::{Loaded, PlotKind, PlotSpec, Ranges};

/// How much a picture that a hand moves holds beyond either end of what is seen, for each width of it: the page shifts
/// it at once and has half of this to go until the next one must be there.
pub const MARGIN: f32 = 0.4;

/// What was read for a picture.
#[derive(Debug, Clone)]
pub(super) struct Held {
    full: Arc<PlotData>,
    /// Thinned copies, made when a hand first moves the picture.
    levels: Arc<OnceLock<Levels>>,
    /// The part of the dimensions that was read.
    ranges: Ranges,
    as_kind: Kind,
    /// In words, where not every value was read.
    pub(super) thinned: Option<String>,
}

/// What a hand does with a picture, in pixels of the picture as it was drawn last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gesture {
    /// How far to the right it was moved.
    pub shift_px: f64,
    /// How many times larger it became, …
    pub factor: f64,
    /// … seen from here.
    pub at_px: f64,
}

impl Held {
    pub(super) fn new(loaded: Loaded, plan: &Plan) -> Self {
        let data = match (plan.view.kind, loaded.data) {
            (Kind::Scatter, PlotData::Series { mut y, .. }) if y.len() >= 2 => {
                let second = y.swap_remove(1);
                PlotData::Scatter { x: y.swap_remove(0), y: second }
            }
            (_, data) => data,
        };
        Self {
            full: Arc::new(data),
            levels: Arc::default(),
            ranges: plan.ranges.clone(),
            as_kind: plan.view.kind,
            thinned: loaded.thinned,
        }
    }

    /// All that was read.
    pub(super) fn full(&self) -> &Arc<PlotData> {
        &self.full
    }

    fn levels(&self) -> &Levels {
        self.levels.get_or_init(|| Levels::new(Arc::clone(&self.full)))
    }

    /// What `ranges` show of it.
    pub(super) fn part(&self, spec: &PlotSpec, ranges: &Ranges) -> Arc<PlotData> {
        let full = &self.full;
        let (Some(axis), PlotData::Series { x, y }) = (&spec.x, &**full) else { return Arc::clone(full) };
        let (Some((from, to)), false) = (ranges.get(&axis.dimension), *ranges == self.ranges) else {
            return Arc::clone(full);
        };
        let first = self.ranges.get(&axis.dimension).map_or(0, |(first, _)| *first);
        let cut = |quantity: &Quantity| {
            let place = |index: u64| {
                usize::try_from(index.saturating_sub(first)).unwrap_or(usize::MAX).min(quantity.values.len())
            };
            let values = quantity.values[place(*from)..place(*to).max(place(*from))].to_vec();
            Quantity { values, ..quantity.without_values() }
        };
        Arc::new(PlotData::Series { x: cut(x), y: y.iter().map(cut).collect() })
    }
}

impl Session {
    /// What is at hand for this picture, when it holds all that the plan shows.
    pub(super) fn held(&self, spec: &PlotSpec, plan: &Plan) -> Option<Held> {
        let drawn = self.drawn.iter().find(|drawn| drawn.spec == *spec)?;
        let held = &drawn.held;
        if spec.kind != PlotKind::Series || held.thinned.is_some() || held.as_kind != plan.view.kind {
            return None;
        }
        if !matches!(**held.full(), PlotData::Series { .. }) {
            return None;
        }
        let dimension = &spec.x.as_ref()?.dimension;
        let inside = match (held.ranges.get(dimension), plan.ranges.get(dimension)) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some((first, last)), Some((from, to))) => first <= from && to <= last,
        };
        let others = |ranges: &Ranges| {
            let mut ranges = ranges.clone();
            ranges.remove(dimension);
            ranges
        };
        (inside && others(&held.ranges) == others(&plan.ranges)).then(|| held.clone())
    }

    /// The abscissae that a picture shows after `gesture`, kept within what was read where all of it was read.
    fn window(&self, plot: usize, gesture: &Gesture) -> Option<(f64, f64)> {
        let one = self.drawn.get(plot)?;
        let panel = one.scene.panels.first()?;
        let factor = gesture.factor.clamp(1e-3, 1e3);
        let value = |px: f32| {
            let px = gesture.at_px + (f64::from(px) - gesture.shift_px - gesture.at_px) / factor;
            panel.x.invert(px as f32)
        };
        let (from, to) = (value(panel.rect.x), value(panel.rect.right()));
        let dimension = &one.spec.x.as_ref()?.dimension;
        let PlotData::Series { x, .. } = &**one.held.full() else { return Some((from, to)) };
        if one.held.ranges.contains_key(dimension) {
            return Some((from, to));
        }
        let (low, high) = plot::range(&[*x.values.first()?, *x.values.last()?])?;
        let wide = (to - from).min(high - low);
        let from = from.clamp(low, high - wide);
        Some((from, from + wide))
    }

    /// The picture while it is moved or made larger: drawn of what is at hand, nothing is read. `None` where a picture
    /// of this kind is drawn only when the hand rests.
    #[must_use]
    #[inline(never)]
    pub fn moved(&self, plot: usize, gesture: &Gesture) -> Option<String> {
        let (one, plan) = (self.drawn.get(plot)?, self.plan.as_ref()?);
        if !matches!(**one.held.full(), PlotData::Series { .. }) {
            return None;
        }
        let window = self.window(plot, gesture)?;
        let wanted = Options {
            x_range: Some(window),
            margin: MARGIN,
            ..options(&plan.view, one.held.full(), self.width_px)
        };
        let scene = plot::draw(&one.held.levels().seen(&wanted), &wanted);
        (!scene.panels.is_empty()).then(|| svg::write(&scene, svg::Placement::Inline, &format!("x{plot}")))
    }

    /// The view where the hand came to rest.
    #[must_use]
    #[inline(never)]
    pub fn settled(&self, plot: usize, gesture: &Gesture) -> Option<ViewState> {
        let (one, plan) = (self.drawn.get(plot)?, self.plan.as_ref()?);
        let dimension = &one.spec.x.as_ref()?.dimension;
        let length = self.outline.dimensions.get(dimension).copied()?;
        let (from, to) = plan.ranges.get(dimension).copied().unwrap_or((0, length));
        let (from, to) = (from.min(length), to.min(length));
        let panel = one.scene.panels.first()?;
        let wide_px = f64::from(panel.rect.width).max(1.0);
        let indices = match &**one.held.full() {
            // All of it is at hand: by the values, as it was drawn.
            PlotData::Series { x, .. }
                if !one.held.ranges.contains_key(dimension) && one.held.thinned.is_none() =>
            {
                let (low, high) = self.window(plot, gesture)?;
                let (a, b) = (nearest(&x.values, low)?, nearest(&x.values, high)?);
                (a.min(b) as u64, a.max(b) as u64 + 1)
            }
            // Beyond what was read, values are not known: by counting.
            _ => {
                let each = (to - from) as f64 / wide_px;
                let factor = gesture.factor.clamp(1e-3, 1e3);
                let count = (((to - from) as f64 / factor).round().max(2.0) as u64).min(length);
                let left_px = gesture.at_px - f64::from(panel.rect.x);
                let first = from as f64 + (left_px - (gesture.shift_px + left_px) / factor) * each;
                let first = (first.round().max(0.0) as u64).min(length - count);
                (first, first + count)
            }
        };
        let mut view = plan.view.clone();
        if indices.1 <= indices.0 + 1 {
            return None;
        }
        if indices == (0, length) {
            view.indices.remove(dimension);
        } else {
            view.indices.insert(dimension.clone(), Indices::Range(indices.0, indices.1));
        }
        Some(view)
    }
}
