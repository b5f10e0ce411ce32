//! What is under the pointer, and which part a drag selects.

use super::{Drawn, Session};
use crate::explore::view_state::{Indices, ViewState};
use crate::plot::{FieldData, PlotData, Quantity, QuantityKind, text, time_axis};

/// Whether dragging along x makes sense.
pub(super) fn zooms(data: &PlotData) -> bool {
    matches!(data, PlotData::Series { .. } | PlotData::Curtain(_))
}

/// The index whose value is nearest; values may rise, fall or be unordered.
pub(super) fn nearest(values: &[f64], wanted: f64) -> Option<usize> {
    let (first, last) = (values.first()?, values.last()?);
    let rising = first <= last;
    // Binary search for ordered axes; its answer is checked against its neighbours.
    let at = values.partition_point(|value| if rising { *value < wanted } else { *value > wanted });
    let near = at.saturating_sub(1)..(at + 2).min(values.len());
    let best = near
        .filter(|i| values[*i].is_finite())
        .min_by(|a, b| (values[*a] - wanted).abs().total_cmp(&(values[*b] - wanted).abs()))?;
    Some(best)
}

fn worded(quantity: &Quantity, value: f64) -> String {
    if value.is_nan() {
        return format!("{}: missing", quantity.label());
    }
    match quantity.kind {
        QuantityKind::Time => time_axis::date_time(value),
        QuantityKind::Longitude => text::degrees(value, 0.01, true),
        QuantityKind::Latitude => text::degrees(value, 0.01, false),
        _ => format!(
            "{} {} {}",
            quantity.label(),
            text::significant(value, 5),
            text::unit_text(&quantity.units)
        )
        .trim_end()
        .to_owned(),
    }
}

fn of_field(field: &FieldData, x: f64, y: f64) -> Option<Vec<String>> {
    let (column, row) = (nearest(&field.x.values, x)?, nearest(&field.y.values, y)?);
    let value = field.values.get(row * field.x.values.len() + column).copied().unwrap_or(f32::NAN);
    Some(vec![
        worded(&field.x, field.x.values[column]),
        worded(&field.y, field.y.values[row]),
        worded(&field.quantity, value.into()),
    ])
}

impl Drawn {
    fn under(&self, x_px: f32, y_px: f32) -> Option<Vec<String>> {
        let panel = self.scene.panels.iter().find(|panel| {
            let rect = &panel.rect;
            (rect.x..=rect.right()).contains(&x_px) && (rect.y..=rect.bottom()).contains(&y_px)
        })?;
        let (x, y) = (panel.x.invert(x_px), panel.y.invert(y_px));
        match &*self.data {
            PlotData::Series { x: axis, y: lines } => {
                let at = nearest(&axis.values, x)?;
                let mut out = vec![worded(axis, axis.values[at])];
                let shown = lines
                    .iter()
                    .filter(|line| panel.variables.is_empty() || panel.variables.contains(&line.name));
                out.extend(shown.filter_map(|line| Some(worded(line, *line.values.get(at)?))));
                Some(out)
            }
            PlotData::Profile { vertical, values } => {
                let at = nearest(&vertical.values, y)?;
                let mut out = vec![worded(vertical, vertical.values[at])];
                let shown = values
                    .iter()
                    .filter(|line| panel.variables.is_empty() || panel.variables.contains(&line.name));
                out.extend(shown.filter_map(|line| Some(worded(line, *line.values.get(at)?))));
                Some(out)
            }
            PlotData::Curtain(field) | PlotData::Grid(field) => of_field(field, x, y),
            PlotData::Track { lon, lat, value, .. } => {
                let distance = |at: usize| (lon[at] - x).powi(2) + (lat[at] - y).powi(2);
                let at = (0..lon.len().min(lat.len()))
                    .filter(|at| distance(*at).is_finite())
                    .min_by(|a, b| distance(*a).total_cmp(&distance(*b)))?;
                let mut out = vec![format!(
                    "{}, {}",
                    text::degrees(lat[at], 0.01, false),
                    text::degrees(lon[at], 0.01, true)
                )];
                out.extend(value.as_ref().and_then(|value| Some(worded(value, *value.values.get(at)?))));
                Some(out)
            }
            PlotData::Scatter { x: a, y: b } => Some(vec![worded(a, x), worded(b, y)]),
            PlotData::Histogram(quantity) => Some(vec![worded(quantity, x)]),
        }
    }
}

impl Session {
    /// Lines of text about what is under the pointer; empty outside of the data.
    #[must_use]
    #[inline(never)]
    pub fn probe(&self, plot: usize, x_px: f64, y_px: f64) -> Vec<String> {
        self.drawn.get(plot).and_then(|one| one.under(x_px as f32, y_px as f32)).unwrap_or_default()
    }

    /// The view between two pixels of a picture's abscissa.
    #[must_use]
    #[inline(never)]
    pub fn zoom(&self, plot: usize, from_px: f64, to_px: f64) -> Option<ViewState> {
        let (one, plan) = (self.drawn.get(plot)?, self.plan.as_ref()?);
        let axis = match &*one.data {
            PlotData::Series { x, .. } => x,
            PlotData::Curtain(field) => &field.x,
            _ => return None,
        };
        let dimension = &one.spec.x.as_ref()?.dimension;
        let panel = one.scene.panels.first()?;
        let clamp = |px: f64| (px as f32).clamp(panel.rect.x, panel.rect.right());
        let (a, b) = (panel.x.invert(clamp(from_px)), panel.x.invert(clamp(to_px)));
        let (a, b) = (nearest(&axis.values, a)?, nearest(&axis.values, b)?);
        let (first, last) = (a.min(b) as u64, a.max(b) as u64);
        let length = self.outline.dimensions.get(dimension).copied()?;
        let (from, to) = plan.ranges.get(dimension).copied().unwrap_or((0, length));
        // Only every so many-th value may have been read.
        let step = (to.min(length).saturating_sub(from)).div_ceil((axis.values.len() as u64).max(1)).max(1);
        let start = from + first * step;
        let end = (from + (last + 1) * step).min(length);
        if end <= start + 1 {
            return None;
        }
        let mut view = plan.view.clone();
        view.indices.insert(dimension.clone(), Indices::Range(start, end));
        Some(view)
    }
}
