//! Coloured fields: curtains (time and height) and gridded maps, as bitmaps with a colour bar.

use super::axes::{
    BOTTOM_PX, HEAD_PX, LEFT_PX, TOP_PX, abscissa, axis_runs, heading_runs, labelled, range_words,
    vertical_scale, x_axis, y_axis,
};
use super::classes::{Classes, MostOf, heading_run};
use super::map::{MapView, bbox_words, bounds, degrees_px};
use super::raster::{ColorScale, Mean, bitmap, edges};
use super::scene::{Anchor, Fill, Item, Panel, Rect, Run, Scene, Tone};
use super::text::{heading, shown_unit, width_px};
use super::{COLORS, ColorMap, FieldData, Options, Quantity, QuantityKind, Scale, ScaleKind, nothing};

/// Room for the colour bar and its labels. Wide pictures are also shown on telephones, where their labels are larger.
pub(super) fn bar_px(options: &Options) -> f32 {
    if options.width >= 600.0 { 94.0 } else { 76.0 }
}

/// Colours for values: all of them, unless a few lie so far out that the rest would be one colour.
pub(super) fn color_scale(
    quantity: &Quantity,
    values: impl Iterator<Item = f64> + Clone,
    options: &Options,
) -> ColorScale {
    let (mut low, mut high, mut count) = (f64::INFINITY, f64::NEG_INFINITY, 0usize);
    for value in values.clone().filter(|value| value.is_finite()) {
        (low, high) = (low.min(value), high.max(value));
        count += 1;
    }
    if count == 0 {
        (low, high) = (0.0, 1.0);
    }
    if count > 200 && options.color_range.is_none() {
        let stride = count.div_ceil(20_000);
        let mut sample: Vec<f64> = values.filter(|value| value.is_finite()).step_by(stride).collect();
        let last = sample.len() - 1;
        let bottom = *sample.select_nth_unstable_by(last / 200, f64::total_cmp).1;
        let top = *sample.select_nth_unstable_by(last - last / 200, f64::total_cmp).1;
        let inner = top - bottom;
        if inner > 0.0 && high - low > inner * 1.6 {
            (low, high) = (bottom.max(low), top.min(high));
        }
    }
    let (low, high) = options.color_range.unwrap_or((low, high));
    // Signs mean something for speeds and differences, not for decibels and degrees Celsius.
    let signed = low < 0.0
        && high > 0.0
        && low.abs().min(high) > 0.1 * low.abs().max(high)
        && !quantity.units.starts_with("dB")
        && !quantity.units.to_ascii_lowercase().contains("deg");
    let map = options.map.unwrap_or(if signed { ColorMap::Dusk } else { ColorMap::Tide });
    let log = options.log && low > 0.0;
    let (low, high) = if map == ColorMap::Dusk && signed && options.color_range.is_none() {
        let most = low.abs().max(high);
        (-most, most)
    } else {
        (low, high)
    };
    let kind = if log { ScaleKind::Log } else { ScaleKind::Linear };
    let scale = Scale::new(kind, low, high, 0.0, 1.0);
    ColorScale { map, min: scale.min, max: scale.max, log, coarse: options.coarse }
}

/// A colour bar with its ticks; returns the unit that it is labelled in.
pub(super) fn color_bar(scene: &mut Scene, bar: &Rect, colors: &ColorScale, quantity: &Quantity) -> String {
    let table = colors.map.table();
    let rgba: Vec<u8> =
        (0..COLORS).rev().flat_map(|i| [table[i][0], table[i][1], table[i][2], 255]).collect();
    scene.items.push(Item::Image { rect: *bar, columns: 1, rows: COLORS as u32, rgba });
    let (unit, factor) = shown_unit(
        &quantity.units,
        colors.min.abs().max(colors.max.abs()),
        quantity.kind == QuantityKind::Vertical,
    );
    let kind = if colors.log { ScaleKind::Log } else { ScaleKind::Linear };
    let scale = Scale::new(kind, colors.min, colors.max, bar.bottom(), bar.y);
    for (index, (px, label)) in labelled(&scale, factor, (bar.height / 45.0) as usize).into_iter().enumerate()
    {
        scene.stroke([bar.right(), px], [bar.right() + 4.0, px], Tone::Axis, 1.0);
        let text =
            scene.text([bar.right() + 7.0, px + 4.5], Anchor::Start, Tone::Ink3, vec![Run::plain(label)]);
        text.wide_only = index % 2 == 1;
    }
    unit
}

/// What gives a field its colours.
enum Colours {
    Numbers(ColorScale),
    Classes(Classes),
}

impl Colours {
    fn of(field: &FieldData, options: &Options) -> Self {
        let values = || field.values.iter().map(|value| f64::from(*value));
        match Classes::of(&field.quantity, values()) {
            Some(classes) => Self::Classes(classes),
            None => Self::Numbers(color_scale(&field.quantity, values(), options)),
        }
    }

    /// Room for the legend below the picture, and for the colour bar beside it.
    fn room(&self, options: &Options, left: f32) -> (f32, f32) {
        match self {
            Self::Numbers(_) => (0.0, bar_px(options)),
            Self::Classes(classes) => (classes.legend_px(options.width - left), 18.0),
        }
    }

    /// Colour bar or legend; returns the heading.
    fn key(&self, scene: &mut Scene, rect: &Rect, field: &FieldData, options: &Options) -> Vec<Run> {
        match self {
            Self::Numbers(colors) => {
                let bar = Rect { x: rect.right() + 14.0, y: rect.y, width: 10.0, height: rect.height };
                let unit = color_bar(scene, &bar, colors, &field.quantity);
                heading_runs(&field.quantity, &unit, 50)
            }
            Self::Classes(classes) => {
                let width = options.width - rect.x;
                let top = options.height - classes.legend_px(width) - 2.0;
                classes.legend(scene, [rect.x, top], width);
                heading_run(&field.quantity, 50)
            }
        }
    }
}

/// The image of a field within `rect`, hatched where nothing is.
fn image(
    field: &FieldData,
    x: &Scale,
    y: &Scale,
    rect: &Rect,
    colors: &Colours,
    options: &Options,
) -> Vec<Item> {
    let grain = options.grain_px.max(0.25);
    let (columns, rows) = ((rect.width / grain).max(1.0) as usize, (rect.height / grain).max(1.0) as usize);
    let (step_x, step_y) = (rect.width / columns as f32, rect.height / rows as f32);
    let x_edges = edges(&field.x.values, |value| (x.at(value) - rect.x) / step_x);
    let y_edges = edges(&field.y.values, |value| (y.at(value) - rect.y) / step_y);
    let values = &field.values;
    let rgba = match colors {
        Colours::Numbers(scale) => bitmap(values, &x_edges, &y_edges, columns, rows, &mut Mean::new(scale)),
        Colours::Classes(classes) => {
            bitmap(values, &x_edges, &y_edges, columns, rows, &mut MostOf::new(classes))
        }
    };
    let mut items = Vec::new();
    if rgba.chunks_exact(4).any(|pixel| pixel[3] == 0) {
        items.push(Item::Rect { rect: *rect, fill: Fill::Hatch });
    }
    items.push(Item::Image { rect: *rect, columns: columns as u32, rows: rows as u32, rgba });
    items
}

fn usable(field: &FieldData) -> bool {
    !field.x.values.is_empty()
        && field.x.values.len().checked_mul(field.y.values.len()) == Some(field.values.len())
        && field.values.iter().any(|value| value.is_finite())
}

/// Time (or soundings in order) and height.
#[inline(never)]
pub(super) fn curtain(field: &FieldData, options: &Options) -> Scene {
    let title =
        format!("{} over {} and {}", heading(&field.quantity.label(), 60), field.x.label(), field.y.label());
    if !usable(field) {
        return nothing(title, options);
    }
    let colors = Colours::of(field, options);
    let (below, beside) = colors.room(options, LEFT_PX);
    let rect = Rect {
        x: LEFT_PX,
        y: TOP_PX,
        width: options.width - LEFT_PX - beside,
        height: (options.height - TOP_PX - BOTTOM_PX - below).max(40.0),
    };
    let Some((mut x_scale, x_name, x_words)) = abscissa(&field.x, options, (rect.x, rect.right()), false)
    else {
        return nothing(title, options);
    };
    let Some((y_scale, y_unit, y_factor)) = vertical_scale(&field.y, options, &rect) else {
        return nothing(title, options);
    };
    if field.x.kind == QuantityKind::Index && options.x_range.is_none() {
        (x_scale.min, x_scale.max) = (x_scale.min - 0.5, x_scale.max + 0.5);
    }
    let mut scene = Scene::new(options.width, options.height);
    let y_ticks = labelled(&y_scale, y_factor, ((rect.height / 42.0) as usize).clamp(2, 8));
    let x_ticks = labelled(&x_scale, field.x.shown().1, (rect.width / 95.0) as usize);
    scene.items.extend(image(field, &x_scale, &y_scale, &rect, &colors, options));
    y_axis(&mut scene, &rect, &y_ticks);
    x_axis(&mut scene, &rect, &x_ticks, x_name);
    let head = colors.key(&mut scene, &rect, field, options);
    let used: f32 = head.iter().map(|run| width_px(&run.text, 13.0)).sum();
    let runs = axis_runs(&field.y, &y_unit, ((rect.right() - used - 60.0) / 7.5).max(8.0) as usize);
    scene.text([1.0, TOP_PX - HEAD_PX], Anchor::Start, Tone::Ink, head);
    scene.text([rect.right(), TOP_PX - HEAD_PX], Anchor::End, Tone::Ink2, runs).wide_only = true;
    let levels = range_words(&field.y, &field.y.values).unwrap_or_default();
    let values = range_words(&field.quantity, &doubles(field)).unwrap_or_default();
    let chosen = if field.selection.is_empty() { String::new() } else { format!(" at {}", field.selection) };
    scene.description = format!("Coloured field{chosen}, {x_words}, {levels}: {values}.");
    scene.title = title;
    scene.panels.push(Panel { rect, x: x_scale, y: y_scale, variables: vec![field.quantity.name.clone()] });
    scene
}

/// Longitude and latitude, with coasts over the field.
#[inline(never)]
pub(super) fn grid(field: &FieldData, options: &Options) -> Scene {
    let title = format!("Map of {}", field.quantity.label());
    // A global grid has no shortest arc; its ends are as they are written.
    let corners = |longitudes: &[f64]| match (super::range(longitudes), super::range(&field.y.values)) {
        (Some((west, east)), Some((south, north))) if east - west > 300.0 => Some([west, south, east, north]),
        (Some(_), Some((south, north))) => {
            bounds(longitudes, &vec![south; longitudes.len()]).map(|b| [b[0], south, b[2], north])
        }
        _ => None,
    };
    let Some(bbox) = corners(&field.x.values).filter(|_| usable(field)) else {
        return nothing(title, options);
    };
    let colors = Colours::of(field, options);
    let (below, beside) = colors.room(options, degrees_px(options));
    let rect = Rect {
        x: degrees_px(options),
        y: TOP_PX,
        width: options.width - degrees_px(options) - beside,
        height: (options.height - TOP_PX - 26.0 - below).max(40.0),
    };
    let mut view = MapView::fit(bbox, rect, 0.1, 0.02);
    if let (Some((west, east)), Some((south, north))) = (options.x_range, options.y_range) {
        view = MapView::fit([west, south, east, north], rect, 0.01, 0.0);
    }
    let mut scene = Scene::new(options.width, options.height);
    // The field in the longitudes of the view, in ascending order, so that a grid that is cut elsewhere fits.
    let mut order: Vec<(f64, usize)> =
        field.x.values.iter().enumerate().map(|(index, lon)| (view.unwrap(*lon), index)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let turned = FieldData {
        x: Quantity { values: order.iter().map(|(lon, _)| *lon).collect(), ..field.x.clone() },
        values: field
            .values
            .chunks_exact(field.x.values.len())
            .flat_map(|row| order.iter().map(|(_, index)| row[*index]))
            .collect(),
        ..field.clone()
    };
    // Only what the grid covers is hatched where it is missing; outside of it the map is empty.
    let half = |values: &[f64]| super::decimate::usual_step(values).unwrap_or(0.0) / 2.0;
    let (half_x, half_y) = (half(&turned.x.values), half(&turned.y.values));
    let (west, east) = (turned.x.values[0] - half_x, turned.x.values[turned.x.values.len() - 1] + half_x);
    let [x0, y0] = view.at(west.max(view.west), (bbox[3] + half_y).min(view.north));
    let [x1, y1] = view.at(east.min(view.east), (bbox[1] - half_y).max(view.south));
    let inner = Rect { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
    view.ground(&mut scene.items, true);
    scene.items.extend(image(&turned, &view.x(), &view.y(), &inner, &colors, options));
    view.ground(&mut scene.items, false);
    view.degrees_outside(&mut scene);
    let mut head = colors.key(&mut scene, &rect, field, options);
    if !field.selection.is_empty() {
        head.push(Run { tone: Some(Tone::Ink2), ..Run::plain(format!(", {}", field.selection)) });
    }
    scene.text([1.0, TOP_PX - HEAD_PX], Anchor::Start, Tone::Ink, head);
    let values = range_words(&field.quantity, &doubles(field)).unwrap_or_default();
    let chosen = if field.selection.is_empty() { String::new() } else { format!(" at {}", field.selection) };
    scene.description = format!("Map{chosen}, {}: {values}.", bbox_words(bbox));
    scene.title = title;
    scene.panels.push(Panel { rect, x: view.x(), y: view.y(), variables: vec![field.quantity.name.clone()] });
    scene
}

fn doubles(field: &FieldData) -> Vec<f64> {
    field.values.iter().map(|value| f64::from(*value)).collect()
}
