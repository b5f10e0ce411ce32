//! Maps: equirectangular with the aspect of the middle latitude, seen through a `MapView`, nothing fetched.
//!
//! Longitudes are unwrapped around the middle of the view, so that what crosses the antimeridian stays in one piece.
//! [`map_svg`] draws a dataset's extent for landing pages and as thumbnail; `track` draws a way coloured by values.

use serde_json::Value;

use super::axes::{heading_runs, range_words};
use super::field::{color_bar, color_scale};
use super::scene::{Anchor, Fill, Item, Panel, Rect, Run, Scene, Tone};
use super::svg::{self, Placement};
use super::text::{heading, significant};
use super::{Options, Quantity, nothing};
use crate::model::Extent;
use crate::sorted::SortedMap;

mod view;

use view::simplified;
pub(super) use view::{MapView, degrees_px};

/// The most points of a geometry that are looked at.
const MOST_POINTS: usize = 100_000;

/// What kind of map is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MapStyle {
    /// With graticule, its labels and coasts; for landing pages.
    #[default]
    Page,
    /// Land and the mark only, as few bytes as possible; for lists.
    Thumbnail,
}

/// The box around positions: the shortest arc of longitudes, `[west, south, east, north]`; west > east crosses the
/// antimeridian. `None` without a usable position.
#[must_use]
pub fn bounds(lon: &[f64], lat: &[f64]) -> Option<[f64; 4]> {
    let usable = |a: &f64, b: &f64| a.is_finite() && a.abs() <= 720.0 && b.abs() <= 90.0;
    // One slot per degree: the widest run of empty slots is where the world is cut open.
    let mut taken = [false; 360];
    let (mut south, mut north) = (f64::INFINITY, f64::NEG_INFINITY);
    for (a, b) in lon.iter().zip(lat).filter(|(a, b)| usable(a, b)) {
        taken[(a.rem_euclid(360.0) as usize).min(359)] = true;
        (south, north) = (south.min(*b), north.max(*b));
    }
    if south > north {
        return None;
    }
    let (mut best, mut best_end, mut run) = (0, 0, 0);
    for slot in 0..720 {
        if taken[slot % 360] {
            run = 0;
        } else {
            run += 1;
            if run > best && run <= 360 {
                (best, best_end) = (run, slot % 360);
            }
        }
    }
    let opening = if best == 0 { -180.0 } else { (best_end as f64 + 1.0).rem_euclid(360.0) };
    let (mut west, mut east) = ((f64::INFINITY, 0.0), (f64::NEG_INFINITY, 0.0));
    for (a, _) in lon.iter().zip(lat).filter(|(a, b)| usable(a, b)) {
        let turned = (a - opening).rem_euclid(360.0);
        if turned < west.0 {
            west = (turned, *a);
        }
        if turned > east.0 {
            east = (turned, *a);
        }
    }
    // Within -180 to 180, and without a rounding error where the number is already there.
    let back = |lon: f64| if lon.abs() <= 180.0 { lon } else { (lon + 180.0).rem_euclid(360.0) - 180.0 };
    Some([back(west.1), south, back(east.1), north])
}

/// Longitudes and latitudes of a GeoJSON geometry, NaN between the parts of a multi line.
fn positions(geometry: &Value) -> (&str, Vec<[f64; 2]>) {
    fn collect(value: &Value, depth: u32, out: &mut Vec<[f64; 2]>, part: bool) {
        let Some(list) = value.as_array().filter(|_| depth < 5 && out.len() < MOST_POINTS) else { return };
        if let (Some(lon), Some(lat)) =
            (list.first().and_then(Value::as_f64), list.get(1).and_then(Value::as_f64))
        {
            if lon.abs() <= 720.0 && lat.abs() <= 90.0 {
                out.push([lon, lat]);
            }
            return;
        }
        for inner in list {
            collect(inner, depth + 1, out, part);
        }
        if part && depth > 0 {
            out.push([f64::NAN; 2]);
        }
    }
    let kind = geometry.get("type").and_then(Value::as_str).unwrap_or_default();
    let mut out = Vec::new();
    if let Some(coordinates) = geometry.get("coordinates") {
        collect(coordinates, 0, &mut out, kind == "MultiLineString" || kind == "Polygon");
    }
    (kind, out)
}

/// A line through positions, parted where it wraps around the map.
fn way(view: &MapView, positions: impl Iterator<Item = [f64; 2]>) -> Vec<[f32; 2]> {
    let mut out: Vec<[f32; 2]> = Vec::new();
    let mut before = f64::NAN;
    for [lon, lat] in positions {
        if !(lon.is_finite() && lat.is_finite()) {
            out.push([f32::NAN; 2]);
            before = f64::NAN;
            continue;
        }
        let lon = view.unwrap(lon);
        if (lon - before).abs() > 180.0 {
            out.push([f32::NAN; 2]);
        }
        before = lon;
        let point = view.at(lon, lat);
        // What moves less than a third of a pixel is not seen.
        let near = out
            .last()
            .is_some_and(|last| (last[0] - point[0]).abs() < 0.3 && (last[1] - point[1]).abs() < 0.3);
        if !near {
            out.push(point);
        }
    }
    out
}

/// Words for a box: `12.8° N to 13.9° N, 59.5° W to 57.1° W`.
#[must_use]
pub fn bbox_words(bbox: [f64; 4]) -> String {
    let lat = |value: f64| super::text::degrees((value * 10.0).round() / 10.0, 0.1, false);
    let lon = |value: f64| super::text::degrees((value * 10.0).round() / 10.0, 0.1, true);
    format!("{} to {}, {} to {}", lat(bbox[1]), lat(bbox[3]), lon(bbox[0]), lon(bbox[2]))
}

/// A map of `extent` as inline SVG in the page's design tokens: track, points or box over land; `None` where
/// nothing is known of the place.
///
/// A thumbnail has neither title nor text; a page's map has graticule labels and a text alternative.
#[must_use]
pub fn map_svg(extent: &Extent, width: f32, height: f32, style: MapStyle) -> Option<String> {
    let (scene, placement) = (map_scene(extent, width, height, style)?, Placement::Inline);
    Some(svg::write(&scene, placement, if style == MapStyle::Page { "map" } else { "m" }))
}

/// Whether [`map_scene`] draws anything.
#[must_use]
pub fn has_place(extent: &Extent) -> bool {
    place(extent, &extent.geometry.as_ref().map(positions).unwrap_or_default().1).is_some()
}

/// The declared or computed box, else that of the points.
fn place(extent: &Extent, points: &[[f64; 2]]) -> Option<[f64; 4]> {
    let (lons, lats): (Vec<f64>, Vec<f64>) = points.iter().map(|point| (point[0], point[1])).unzip();
    let sane = |b: &[f64; 4]| {
        b.iter().all(|v| v.is_finite())
            && b[1].abs() <= 90.0
            && b[3].abs() <= 90.0
            && b[0].abs() <= 720.0
            && b[2].abs() <= 720.0
    };
    extent.bbox.filter(sane).or_else(|| bounds(&lons, &lats))
}

/// The scene of [`map_svg`].
#[must_use]
pub fn map_scene(extent: &Extent, width: f32, height: f32, style: MapStyle) -> Option<Scene> {
    let (kind, points) = extent.geometry.as_ref().map(positions).unwrap_or_default();
    let bbox = place(extent, &points)?;
    let rect = Rect { x: 0.0, y: 0.0, width, height };
    let thumbnail = style == MapStyle::Thumbnail;
    let view =
        MapView::fit(bbox, rect, if thumbnail { 16.0 } else { 7.0 }, if thumbnail { 0.3 } else { 0.2 });
    let mut scene = Scene::new(width, height);
    if thumbnail {
        let rings: Vec<Vec<[f32; 2]>> = view
            .land(0.9)
            .into_iter()
            .map(|ring| ring.into_iter().map(|p| p.map(f32::round)).collect())
            .collect();
        scene.items.push(Item::Area { rings, fill: Fill::Tone(Tone::Coast) });
    } else {
        view.ground(&mut scene.items, true);
    }
    let tone = Tone::Series(0);
    let mut marks = Vec::new();
    let words = match kind {
        "LineString" | "MultiLineString" => {
            let line = simplified_way(&way(&view, points.into_iter()), if thumbnail { 0.7 } else { 0.25 });
            marks.push(Item::Line {
                points: line,
                tone,
                width_px: if thumbnail { 1.5 } else { 1.8 },
                dash: None,
            });
            "track"
        }
        "Point" | "MultiPoint" => {
            let mut dots: Vec<[f32; 2]> = Vec::new();
            let mut seen = std::collections::BTreeSet::new();
            for [lon, lat] in points {
                let point = view.at(view.unwrap(lon), lat);
                // One dot per two pixels is all that can be told apart.
                if seen.insert(((point[0] / 2.0) as i32, (point[1] / 2.0) as i32)) {
                    dots.push(point);
                }
            }
            let one = dots.len() == 1;
            marks.push(Item::Dots {
                points: dots,
                radius_px: if one {
                    4.0
                } else if thumbnail {
                    1.4
                } else {
                    2.4
                },
                tone,
            });
            if one { "position" } else { "positions" }
        }
        _ => {
            let (west, east) = (view.unwrap(bbox[0]), bbox[2]);
            let span = if bbox[2] >= bbox[0] { bbox[2] - bbox[0] } else { bbox[2] - bbox[0] + 360.0 };
            let west = if span >= 359.0 { view.west } else { west };
            let _ = east;
            let [x0, y0] = view.at(west, bbox[3]);
            let [x1, y1] = view.at(if span >= 359.0 { view.east } else { west + span }, bbox[1]);
            if x1 - x0 < 4.0 && y1 - y0 < 4.0 {
                marks.push(Item::Dots {
                    points: vec![[(x0 + x1) / 2.0, (y0 + y1) / 2.0]],
                    radius_px: 4.0,
                    tone,
                });
            } else {
                let points = vec![[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]];
                let dash = (!thumbnail).then_some([5.0, 3.0]);
                marks.push(Item::Line { points, tone, width_px: 1.6, dash });
            }
            "box"
        }
    };
    scene.items.push(Item::Clip { rect, items: marks });
    if !thumbnail {
        for tick in view.x().ticks(4) {
            let x = view.x().at(tick.value);
            if x > 4.0 && x < width - 56.0 {
                scene
                    .text([x + 4.0, height - 6.0], Anchor::Start, Tone::Ink3, vec![Run::plain(tick.label)])
                    .halo = true;
            }
        }
        for tick in view.y().ticks(3) {
            let y = view.y().at(tick.value);
            if y > 16.0 && y < height - 24.0 {
                scene
                    .text([width - 5.0, y - 4.0], Anchor::End, Tone::Ink3, vec![Run::plain(tick.label)])
                    .halo = true;
            }
        }
        scene.title = "Map".to_owned();
        scene.description = format!("Map of the {words}: {}", bbox_words(bbox));
        scene.panels.push(Panel { rect, x: view.x(), y: view.y(), variables: Vec::new() });
    }
    Some(scene)
}

/// Each piece of a line with gaps simplified.
fn simplified_way(points: &[[f32; 2]], tolerance_px: f32) -> Vec<[f32; 2]> {
    let mut out = Vec::new();
    for piece in points.split(|point| point[0].is_nan()).filter(|piece| !piece.is_empty()) {
        if !out.is_empty() {
            out.push([f32::NAN; 2]);
        }
        out.extend(simplified(piece, tolerance_px));
    }
    out
}

/// A way or positions on the map, coloured by a quantity.
#[inline(never)]
pub(super) fn track(
    lon: &[f64],
    lat: &[f64],
    value: Option<&Quantity>,
    connected: bool,
    options: &Options,
) -> Scene {
    let what = if connected { "Track" } else { "Positions" };
    let title = value.map_or_else(|| what.to_owned(), |v| format!("{what} coloured by {}", v.label()));
    let Some(bbox) = bounds(lon, lat) else { return nothing(title, options) };
    let value = value.filter(|value| super::range(&value.values).is_some());
    let mut scene = Scene::new(options.width, options.height);
    let rect = Rect {
        x: degrees_px(options),
        y: 26.0,
        width: options.width
            - degrees_px(options)
            - if value.is_some() { super::field::bar_px(options) } else { 14.0 },
        height: options.height - 26.0 - 26.0,
    };
    let mut view = MapView::fit(bbox, rect, 1.5, 0.12);
    if let (Some((west, east)), Some((south, north))) = (options.x_range, options.y_range) {
        view = MapView::fit([west, south, east, north], rect, 0.01, 0.0);
    }
    view.ground(&mut scene.items, true);
    let mut marks = Vec::new();
    let mut words = Vec::new();
    if let Some(value) = value {
        // 32 classes: neighbours of one class are one stroke.
        let colors =
            super::ColorScale { coarse: 8, ..color_scale(value, value.values.iter().copied(), options) };
        let table = colors.map.table();
        let places = || lon.iter().zip(lat).map(|(a, b)| [*a, *b]);
        if connected {
            // A thin line where values are missing, and an edge that keeps light colours apart from the ground.
            let thin = simplified_way(&way(&view, places()), 0.3);
            marks.push(Item::Line { points: thin, tone: Tone::Ink3, width_px: 1.0, dash: None });
            let known = places()
                .zip(&value.values)
                .map(|(place, v)| if v.is_finite() { place } else { [f64::NAN; 2] });
            let edge = simplified_way(&way(&view, known), 0.3);
            marks.push(Item::Line { points: edge, tone: Tone::Axis, width_px: 6.2, dash: None });
        } else {
            marks.push(Item::Dots { points: way(&view, places()), radius_px: 4.4, tone: Tone::Axis });
        }
        let mut dots = SortedMap::<usize, Vec<[f32; 2]>>::new();
        let mut seen = std::collections::BTreeSet::new();
        for ((a, b), v) in lon.iter().zip(lat).zip(&value.values) {
            if !(a.is_finite() && b.is_finite() && v.is_finite()) {
                continue;
            }
            let point = view.at(view.unwrap(*a), *b);
            if seen.insert(((point[0] / 2.0) as i32, (point[1] / 2.0) as i32)) {
                dots.or_default(colors.index(*v)).push(point);
            }
        }
        for (index, points) in dots {
            marks.push(Item::Dots {
                points,
                radius_px: if connected { 2.4 } else { 3.6 },
                tone: Tone::Rgb(table[index]),
            });
        }
        words.extend(range_words(value, &value.values));
        let bar = Rect { x: rect.right() + 14.0, y: rect.y, width: 10.0, height: rect.height };
        let unit = color_bar(&mut scene, &bar, &colors, value);
        let mut runs = vec![Run::bold(what)];
        runs.push(Run { tone: Some(Tone::Ink2), ..Run::plain(" coloured by ") });
        runs.extend(heading_runs(value, &unit, 60).into_iter().enumerate().map(|(at, mut run)| {
            if at == 0 {
                run.text = value.label();
            }
            run
        }));
        scene.text([1.0, 17.0], Anchor::Start, Tone::Ink, runs);
    } else {
        let line = way(&view, lon.iter().zip(lat).map(|(a, b)| [*a, *b]));
        marks.push(if connected {
            Item::Line {
                points: simplified_way(&line, 0.3),
                tone: Tone::Series(0),
                width_px: 1.6,
                dash: None,
            }
        } else {
            Item::Dots { points: line, radius_px: 2.4, tone: Tone::Series(0) }
        });
        scene.text([1.0, 17.0], Anchor::Start, Tone::Ink, vec![Run::bold(heading(what, 40))]);
    }
    scene.items.push(Item::Clip { rect, items: marks });
    view.degrees_outside(&mut scene);
    if connected {
        let ends = [lon.iter().zip(lat).find(|(a, b)| a.is_finite() && b.is_finite())];
        for (a, b) in ends.into_iter().flatten() {
            let [x, y] = view.at(view.unwrap(*a), *b);
            let text = scene.text([x + 6.0, y - 6.0], Anchor::Start, Tone::Ink, vec![Run::plain("start")]);
            text.halo = true;
        }
    }
    let degrees = format!("{} positions, {}", significant(lon.len() as f64, 9), bbox_words(bbox));
    scene.description =
        format!("Map, {degrees}{}{}.", if words.is_empty() { "" } else { ": " }, words.join("; "));
    scene.title = title;
    let variables = value.map(|value| value.name.clone()).into_iter().collect();
    scene.panels.push(Panel { rect, x: view.x(), y: view.y(), variables });
    scene
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bounds_take_the_shortest_arc() {
        assert_eq!(bounds(&[-59.5, -57.1], &[13.0, 12.0]), Some([-59.5, 12.0, -57.1, 13.0]));
        assert_eq!(
            bounds(&[178.0, -170.0, 179.5], &[-18.0, -17.0, -18.0]),
            Some([178.0, -18.0, -170.0, -17.0])
        );
        assert_eq!(bounds(&[350.0, 10.0], &[0.0, 1.0]), Some([-10.0, 0.0, 10.0, 1.0]));
        assert_eq!(bounds(&[f64::NAN], &[0.0]), None);
        assert_eq!(bounds(&[5.0], &[95.0]), None);
        let all: Vec<f64> = (0..720).map(|i| f64::from(i) / 2.0 - 180.0).collect();
        let [west, _, east, _] = bounds(&all, &vec![0.0; 720]).unwrap();
        assert!(west == -180.0 && east > 179.0, "{west} {east}");
    }

    #[test]
    fn a_track_across_the_antimeridian_stays_in_one_piece() {
        let extent = Extent {
            bbox: Some([166.4, -22.6, -149.6, -17.5]),
            geometry: Some(
                json!({"type": "LineString", "coordinates": [[166.4, -22.3], [178.0, -20.6], [-175.6, -19.8], [-149.6, -17.5]]}),
            ),
            ..Extent::default()
        };
        let scene = map_scene(&extent, 360.0, 180.0, MapStyle::Page).unwrap();
        let Some(Item::Clip { items, .. }) =
            scene.items.iter().rev().find(|i| matches!(i, Item::Clip { .. }))
        else {
            panic!()
        };
        let Item::Line { points, .. } = &items[0] else { panic!() };
        assert!(points.iter().all(|p| p[0] > 0.0 && p[0] < 360.0), "{points:?}");
        assert!(points.windows(2).all(|pair| pair[1][0] > pair[0][0]));
        assert_eq!(
            scene.description,
            "Map of the track: 22.6°\u{a0}S to 17.5°\u{a0}S, 166.4°\u{a0}E to 149.6°\u{a0}W"
        );
    }

    #[test]
    fn thumbnails_are_small() {
        for (bbox, geometry) in [
            ([-60.0, 10.0, -50.0, 15.0], None),
            ([-180.0, -90.0, 180.0, 90.0], None),
            ([7.0, 53.0, 7.0, 53.0], Some(json!({"type": "Point", "coordinates": [7.0, 53.0]}))),
            ([-80.0, 60.0, 20.0, 80.0], None),
        ] {
            let extent = Extent { bbox: Some(bbox), geometry, ..Extent::default() };
            let svg = map_svg(&extent, 96.0, 64.0, MapStyle::Thumbnail).unwrap();
            assert!(svg.len() < 3600, "{} bytes: {bbox:?}", svg.len());
            assert!(!svg.contains("style"));
        }
    }

    #[test]
    fn hostile_extents_draw_nothing_or_something_sane() {
        for bbox in [[f64::NAN; 4], [0.0, 91.0, 0.0, 95.0], [1e300, 0.0, -1e300, 1.0]] {
            let extent = Extent { bbox: Some(bbox), ..Extent::default() };
            assert!(map_svg(&extent, 300.0, 200.0, MapStyle::Page).is_none());
        }
        let extent = Extent {
            bbox: Some([0.0, 0.0, 1.0, 1.0]),
            geometry: Some(
                json!({"type": "LineString", "coordinates": [["x", {}], [1e9, 2.0], [[[[[[[1.0, 2.0]]]]]]]]}),
            ),
            ..Extent::default()
        };
        let svg = map_svg(&extent, 300.0, 200.0, MapStyle::Page).unwrap();
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }
}
