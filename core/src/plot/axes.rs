//! What charts share: room around the data, headings, axes with their ticks, ranges in words.

use pinfold_codec::values::{Moments, moments};

use super::classes::Classes;
use super::decimate;
use super::scene::{Anchor, Item, Rect, Run, Scene, Tone};
use super::text::{heading, shortened, shown_unit, significant, unit_runs, unit_text, width_px};
use super::{Options, Quantity, QuantityKind, Scale, ScaleKind, time_axis};

/// Room for tick labels left of the data.
pub(super) const LEFT_PX: f32 = 52.0;
/// Room for the last label and for names of extremes at the right.
pub(super) const RIGHT_PX: f32 = 14.0;
/// Room for the heading above the data.
pub(super) const TOP_PX: f32 = 30.0;
/// How far above the data the heading's base line is: the upmost tick label keeps clear of it, also on a telephone.
pub(super) const HEAD_PX: f32 = 13.0;
/// Room for tick labels and the axis' name below.
pub(super) const BOTTOM_PX: f32 = 42.0;

/// Bold name, quiet variable name, unit.
pub(super) fn heading_runs(quantity: &Quantity, unit: &str, limit: usize) -> Vec<Run> {
    let mut runs = vec![Run::bold(heading(&quantity.label(), limit))];
    let unit = unit_runs(unit);
    if !unit.is_empty() {
        runs.push(Run::plain(" in "));
        runs.extend(unit);
    }
    for run in runs.iter_mut().skip(1) {
        run.tone = Some(Tone::Ink2);
    }
    runs
}

/// The name of an axis with its unit, as runs: `altitude above mean sea level in km`.
pub(super) fn axis_runs(quantity: &Quantity, unit: &str, limit: usize) -> Vec<Run> {
    let mut runs = vec![Run::plain(shortened(&quantity.label(), limit))];
    let unit = unit_runs(unit);
    if !unit.is_empty() {
        runs.push(Run::plain(" in "));
        runs.extend(unit);
    }
    runs
}

/// `name from 2 to 7 K`, with what is missing.
pub(super) fn range_words(quantity: &Quantity, values: &[f64]) -> Option<String> {
    if !quantity.flags.is_empty() {
        return Classes::of(quantity, values.iter().copied()).map(|classes| classes.words(quantity));
    }
    known_range_words(quantity, moments(values))
}

/// As [`range_words`], of values whose moments are known.
pub(super) fn known_range_words(quantity: &Quantity, moments: Moments) -> Option<String> {
    let Moments { min: low, max: high, count, missing, .. } = moments;
    if count == 0 {
        return None;
    }
    let (unit, factor) =
        shown_unit(&quantity.units, low.abs().max(high.abs()), quantity.kind == QuantityKind::Vertical);
    let unit = unit_text(&unit);
    let space = if unit.is_empty() { "" } else { " " };
    let mut words = format!(
        "{} {} to {}{space}{unit}",
        quantity.label(),
        significant(low * factor, 4),
        significant(high * factor, 4)
    );
    if missing > 0 {
        let share = missing as f64 / (missing + count) as f64 * 100.0;
        let share = if share < 1.0 { "less than 1".to_owned() } else { format!("{share:.0}") };
        words.push_str(&format!(" ({share} % missing)"));
    }
    Some(words)
}

/// The scale of an abscissa and what the axis is called. `steady` values are known to ascend.
pub(super) fn abscissa(
    x: &Quantity,
    options: &Options,
    (from_px, to_px): (f32, f32),
    steady: bool,
) -> Option<(Scale, Vec<Run>, String)> {
    let ends = || Some((*x.values.first()?, *x.values.last()?)).filter(|_| steady);
    let (low, high) = options.x_range.or_else(ends).or_else(|| decimate::range(&x.values))?;
    let (kind, name, words) = match x.kind {
        QuantityKind::Time => {
            let words = time_axis::span(low, high);
            (ScaleKind::Time, vec![Run::plain(time_axis::axis_name(low, high))], words)
        }
        QuantityKind::Longitude | QuantityKind::Latitude => {
            let longitude = x.kind == QuantityKind::Longitude;
            let words = format!("{} {} to {}", x.label(), significant(low, 4), significant(high, 4));
            (ScaleKind::Degrees { longitude }, axis_runs(x, "", 60), words)
        }
        _ => {
            let (unit, factor) = x.shown();
            let words = range_words(x, &[low, high]).unwrap_or_default();
            // Scales keep the data's own unit; the labels are converted where they are written.
            let _ = factor;
            (ScaleKind::Linear, axis_runs(x, &unit, 60), words)
        }
    };
    Some((Scale::new(kind, low, high, from_px, to_px), name, words))
}

/// Ticks of `scale` in the shown unit: (pixel, label).
pub(super) fn labelled(scale: &Scale, factor: f64, wanted: usize) -> Vec<(f32, String)> {
    if factor == 1.0 {
        return scale.ticks(wanted).into_iter().map(|tick| (scale.at(tick.value), tick.label)).collect();
    }
    let shown = Scale { min: scale.min * factor, max: scale.max * factor, ..*scale };
    shown.ticks(wanted).into_iter().map(|tick| (shown.at(tick.value), tick.label)).collect()
}

/// Widens a scale to round numbers of the shown unit.
pub(super) fn nice(scale: Scale, factor: f64, wanted: usize) -> Scale {
    let shown = Scale { min: scale.min * factor, max: scale.max * factor, ..scale }.nice(wanted);
    Scale { min: shown.min / factor, max: shown.max / factor, ..shown }
}

/// Horizontal ticks with labels below `rect`.
pub(super) fn x_axis(scene: &mut Scene, rect: &Rect, ticks: &[(f32, String)], name: Vec<Run>) {
    scene.stroke([rect.x, rect.bottom()], [rect.right(), rect.bottom()], Tone::Axis, 1.0);
    let before = scene.items.len();
    let mut last_end = f32::NEG_INFINITY;
    for (index, (px, label)) in ticks.iter().enumerate() {
        if *px < rect.x - 0.5 || *px > rect.right() + 0.5 {
            continue;
        }
        scene.stroke([*px, rect.bottom()], [*px, rect.bottom() + 4.0], Tone::Axis, 1.0);
        let half = width_px(label, 13.0) / 2.0;
        if px - half < last_end + 6.0 {
            continue;
        }
        last_end = px + half;
        // Labels do not leave the picture.
        let (at, anchor) = if px + half > scene.width - 1.0 {
            (scene.width - 1.0, Anchor::End)
        } else {
            (*px, Anchor::Middle)
        };
        let text =
            scene.text([at, rect.bottom() + 18.0], anchor, Tone::Ink3, vec![Run::plain(label.clone())]);
        text.wide_only = index % 2 == 1;
    }
    let moving = scene.items.split_off(before);
    scene.items.push(Item::Moving(moving));
    if !name.is_empty() {
        let text = scene.text([rect.right(), rect.bottom() + 36.0], Anchor::End, Tone::Ink2, name);
        text.wide_only = false;
    }
}

/// Vertical ticks with labels left of `rect`, and light lines across where `grid`.
pub(super) fn y_axis(scene: &mut Scene, rect: &Rect, ticks: &[(f32, String)]) {
    scene.stroke([rect.x, rect.y], [rect.x, rect.bottom()], Tone::Axis, 1.0);
    for (index, (px, label)) in ticks.iter().enumerate() {
        scene.stroke([rect.x - 4.0, *px], [rect.x, *px], Tone::Axis, 1.0);
        let text =
            scene.text([rect.x - 7.0, px + 4.5], Anchor::End, Tone::Ink3, vec![Run::plain(label.clone())]);
        text.wide_only = index % 2 == 1 && ticks.len() > 3;
    }
}

pub(super) fn grid_lines(scene: &mut Scene, rect: &Rect, x: &[(f32, String)], y: &[(f32, String)]) {
    for (px, _) in y {
        scene.stroke([rect.x, *px], [rect.right(), *px], Tone::Grid, 1.0);
    }
    for (px, _) in x {
        scene.stroke([*px, rect.y], [*px, rect.bottom()], Tone::Grid, 1.0);
    }
}

/// The scale of a vertical axis from the bottom of `rect` to its top: upwards, or pressure downwards.
pub(super) fn vertical_scale(
    vertical: &Quantity,
    options: &Options,
    rect: &Rect,
) -> Option<(Scale, String, f64)> {
    let (low, high) = options.y_range.or_else(|| decimate::range(&vertical.values))?;
    let (unit, factor) = vertical.shown();
    let (from, to) = if vertical.positive_down { (high, low) } else { (low, high) };
    Some((Scale::new(ScaleKind::Linear, from, to, rect.bottom(), rect.y), unit, factor))
}
