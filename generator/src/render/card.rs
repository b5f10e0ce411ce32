//! The picture that links to a dataset carry in chats and feeds: a map of where it was measured, as PNG.
//!
//! Entry point: [`card`]. OpenGraph takes no SVG, and its picture needs an absolute address: a site without `url` has
//! no cards. Every card is drawn by day.
//!
//! Specification: <https://ogp.me/>. Not supported: text (the title stands beside the picture), hatching, bitmaps.

use pinfold_core::model::Dataset;
use pinfold_core::plot::{Fill, Item, MapStyle, Rect, Scene, Tone, encode_png, map_scene};
use tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash, Transform};

/// Name of the file in the dataset's folder.
pub(super) const FILE: &str = "card.png";

/// Width and height in pixels: what previews show large, in as few bytes as possible.
pub(super) const SIZE: [u32; 2] = [800, 420];

/// Scenes are laid out at this width; lines get thicker by the same factor.
const SCENE_PX: [f32; 2] = [600.0, 315.0];

/// What the card shows, in words; `None` where nothing is known of the place.
pub(super) fn words(dataset: &Dataset) -> Option<String> {
    Some(map_scene(&dataset.extent, SCENE_PX[0], SCENE_PX[1], MapStyle::Page)?.description)
}

/// The card as PNG; `None` where nothing is known of the place.
pub(super) fn card(dataset: &Dataset) -> Option<Vec<u8>> {
    let scene = map_scene(&dataset.extent, SCENE_PX[0], SCENE_PX[1], MapStyle::Page)?;
    let pixels = draw(&scene)?;
    // Edges are blends of few colours: so many levels of each are all that an eye tells apart here.
    [5u32, 4, 3]
        .into_iter()
        .map(|bits| encode_png(SIZE[0], SIZE[1], &coarse(&pixels, bits)))
        .find(|png| is_indexed(png))
}

/// Whether a PNG has a palette: a third of the bytes of one without.
fn is_indexed(png: &[u8]) -> bool {
    png.get(25) == Some(&3)
}

/// Each channel on so many bits, white stays white.
fn coarse(rgba: &[u8], bits: u32) -> Vec<u8> {
    let top = (1u32 << bits) - 1;
    let round = |channel: u8| {
        let level = (u32::from(channel) * top + 127) / 255;
        // At most 255 by construction.
        u8::try_from((level * 255 + top / 2) / top).unwrap_or(u8::MAX)
    };
    rgba.iter().map(|channel| round(*channel)).collect()
}

fn draw(scene: &Scene) -> Option<Vec<u8>> {
    let mut pixmap = Pixmap::new(SIZE[0], SIZE[1])?;
    let [r, g, b] = Tone::Paper.day();
    pixmap.fill(tiny_skia::Color::from_rgba8(r, g, b, 255));
    let scale = Transform::from_scale(SIZE[0] as f32 / scene.width, SIZE[1] as f32 / scene.height);
    paint(&mut pixmap, &scene.items, scale);
    Some(pixmap.take())
}

fn ink<'a>(tone: Tone) -> Paint<'a> {
    let mut paint = Paint::default();
    let [r, g, b] = tone.day();
    paint.set_color_rgba8(r, g, b, 255);
    paint
}

fn paint(pixmap: &mut Pixmap, items: &[Item], scale: Transform) {
    for item in items {
        match item {
            Item::Line { points, tone, width_px, dash } => {
                let stroke = Stroke {
                    width: *width_px * 1.15,
                    line_cap: tiny_skia::LineCap::Round,
                    line_join: tiny_skia::LineJoin::Round,
                    dash: dash.and_then(|dash| StrokeDash::new(dash.to_vec(), 0.0)),
                    ..Stroke::default()
                };
                if let Some(path) = polyline(points) {
                    pixmap.stroke_path(&path, &ink(*tone), &stroke, scale, None);
                }
            }
            Item::Area { rings, fill: Fill::Tone(tone) } => {
                let mut builder = PathBuilder::new();
                for ring in rings {
                    trace(&mut builder, ring);
                    builder.close();
                }
                if let Some(path) = builder.finish() {
                    pixmap.fill_path(&path, &ink(*tone), FillRule::EvenOdd, scale, None);
                }
            }
            Item::Rect { rect: Rect { x, y, width, height }, fill: Fill::Tone(tone) } => {
                if let Some(rect) = tiny_skia::Rect::from_xywh(*x, *y, *width, *height) {
                    pixmap.fill_rect(rect, &ink(*tone), scale, None);
                }
            }
            Item::Dots { points, radius_px, tone } => {
                let mut builder = PathBuilder::new();
                for [x, y] in points.iter().filter(|point| is_sane(point)) {
                    builder.push_circle(*x, *y, radius_px * 1.25);
                }
                if let Some(path) = builder.finish() {
                    pixmap.fill_path(&path, &ink(*tone), FillRule::Winding, scale, None);
                }
            }
            // The only window of a map's scene is the whole picture.
            Item::Clip { items, .. } | Item::Moving(items) => paint(pixmap, items, scale),
            Item::Text(_) | Item::Image { .. } | Item::Area { .. } | Item::Rect { .. } => {}
        }
    }
}

/// Whether a point is near enough to the picture for a rasteriser's numbers.
fn is_sane(point: &[f32; 2]) -> bool {
    point.iter().all(|at| at.is_finite() && at.abs() < 1e5)
}

/// Points joined; what is not sane parts two pieces.
fn polyline(points: &[[f32; 2]]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for piece in points.split(|point| !is_sane(point)) {
        trace(&mut builder, piece);
    }
    builder.finish()
}

fn trace(builder: &mut PathBuilder, points: &[[f32; 2]]) {
    let mut points = points.iter().filter(|point| is_sane(point));
    if let Some([x, y]) = points.next() {
        builder.move_to(*x, *y);
        points.for_each(|[x, y]| builder.line_to(*x, *y));
    }
}

#[cfg(test)]
mod tests {
    use pinfold_core::model::Extent;

    use super::*;

    fn dataset(bbox: Option<[f64; 4]>, geometry: Option<serde_json::Value>) -> Dataset {
        Dataset { extent: Extent { bbox, geometry, ..Extent::default() }, ..Dataset::default() }
    }

    #[test]
    fn a_card_is_small_and_shows_the_track() {
        let line = serde_json::json!({"type": "LineString", "coordinates": [[-59.5, 13.0], [-57.1, 13.9], [-58.0, 12.8]]});
        let with = card(&dataset(Some([-59.5, 12.8, -57.1, 13.9]), Some(line))).unwrap();
        assert!(with.starts_with(b"\x89PNG") && with.len() < 40_000, "{} bytes", with.len());
        assert_eq!(with[16..24], [0, 0, 3, 32, 0, 0, 1, 164]);
        let without = card(&dataset(Some([-59.5, 12.8, -57.1, 13.9]), None)).unwrap();
        assert_ne!(with, without);
    }

    #[test]
    fn nearly_the_whole_world_fits_into_the_budget() {
        for bbox in [[-180.0, -90.0, 180.0, 90.0], [20.0, 35.0, 30.0, 75.0], [-80.0, 60.0, 20.0, 80.0]] {
            let card = card(&dataset(Some(bbox), None)).unwrap();
            assert!(card.len() < 40_000, "{} bytes: {bbox:?}", card.len());
        }
        let many: Vec<_> = (0..400).map(|at| [f64::from(at) * 0.9 - 180.0, f64::from(at % 80)]).collect();
        let points = serde_json::json!({"type": "MultiPoint", "coordinates": many});
        assert!(card(&dataset(None, Some(points))).unwrap().len() < 40_000);
    }

    #[test]
    fn an_unknown_place_has_no_card_and_a_hostile_one_no_panic() {
        assert!(card(&dataset(None, None)).is_none());
        assert!(words(&dataset(None, None)).is_none());
        let far = serde_json::json!({"type": "LineString", "coordinates": [[1e300, 2.0], [5.0, 1e9], [-720.0, 90.0]]});
        assert!(card(&dataset(Some([0.0, 0.0, 1e-12, 1e-12]), Some(far))).is_some());
    }
}
