//! The view of a map: which part of the world lies where, with land, graticule and coasts cut to it.

use super::super::coastline;
use super::super::scene::{Anchor, Fill, Item, Rect, Run, Scene, Tone};
use super::super::{Options, Scale, ScaleKind};

/// The part of the world that a map shows, and where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::plot) struct MapView {
    /// Degrees; `east` may exceed 180.
    pub(in crate::plot) west: f64,
    pub(in crate::plot) east: f64,
    pub(in crate::plot) south: f64,
    pub(in crate::plot) north: f64,
    pub(in crate::plot) rect: Rect,
}

impl MapView {
    /// The smallest view of the rectangle's shape that contains `[west, south, east, north]` (west > east crosses the
    /// antimeridian) with a margin, and is at least `least_degrees` high.
    pub(in crate::plot) fn fit(bbox: [f64; 4], rect: Rect, least_degrees: f64, margin: f64) -> Self {
        let [west, south, east, north] = bbox;
        let (south, north) = (south.clamp(-90.0, 90.0), north.clamp(-90.0, 90.0));
        let span = (if east >= west { east - west } else { east - west + 360.0 }).clamp(0.0, 360.0);
        let middle_lon = west + span / 2.0;
        let middle_lat = f64::midpoint(south, north);
        let squeeze = middle_lat.to_radians().cos().max(0.2);
        let aspect = f64::from(rect.width / rect.height.max(1.0));
        let height = ((north - south).abs() * (1.0 + 2.0 * margin))
            .max(span * (1.0 + 2.0 * margin) * squeeze / aspect)
            .max(least_degrees);
        // No more than the whole world once.
        let height = height.min(360.0 * squeeze / aspect);
        let width = height * aspect / squeeze;
        // Rather shifted than showing what lies beyond a pole.
        let middle_lat =
            if height >= 180.0 { 0.0 } else { middle_lat.clamp(-90.0 + height / 2.0, 90.0 - height / 2.0) };
        Self {
            west: middle_lon - width / 2.0,
            east: middle_lon + width / 2.0,
            south: middle_lat - height / 2.0,
            north: middle_lat + height / 2.0,
            rect,
        }
    }

    /// The longitude as the view counts it: within half a turn of its middle.
    pub(in crate::plot) fn unwrap(&self, lon: f64) -> f64 {
        let middle = f64::midpoint(self.west, self.east);
        middle + (lon - middle + 540.0).rem_euclid(360.0) - 180.0
    }

    /// Pixel of an unwrapped longitude and a latitude.
    pub(in crate::plot) fn at(&self, lon: f64, lat: f64) -> [f32; 2] {
        [self.x().at(lon), self.y().at(lat)]
    }

    pub(in crate::plot) fn x(&self) -> Scale {
        let kind = ScaleKind::Degrees { longitude: true };
        Scale::new(kind, self.west, self.east, self.rect.x, self.rect.right())
    }

    pub(in crate::plot) fn y(&self) -> Scale {
        let kind = ScaleKind::Degrees { longitude: false };
        Scale::new(kind, self.south, self.north, self.rect.bottom(), self.rect.y)
    }

    /// Land within the view, each ring clipped, simplified to `tolerance_px`.
    pub(super) fn land(&self, tolerance_px: f32) -> Vec<Vec<[f32; 2]>> {
        let rect = &self.rect;
        let window = [rect.x - 4.0, rect.y - 4.0, rect.right() + 4.0, rect.bottom() + 4.0];
        let mut rings = Vec::new();
        self.each_ring(|points, shift| {
            let projected: Vec<[f32; 2]> =
                points.iter().map(|[lon, lat]| self.at(f64::from(*lon) + shift, f64::from(*lat))).collect();
            let clipped = simplified(&clip(projected, window), tolerance_px);
            let size = |axis: usize| {
                let values = clipped.iter().map(|point| point[axis]);
                values.clone().fold(f32::MIN, f32::max) - values.fold(f32::MAX, f32::min)
            };
            if clipped.len() > 2 && (size(0) > 2.0 * tolerance_px || size(1) > 2.0 * tolerance_px) {
                rings.push(clipped);
            }
        });
        rings
    }

    /// Coasts within the view as one polyline with gaps; not the way along the pole.
    fn coasts(&self, tolerance_px: f32) -> Vec<[f32; 2]> {
        let mut out: Vec<[f32; 2]> = Vec::new();
        let inside = |[x, y]: [f32; 2]| {
            let rect = &self.rect;
            x > rect.x - 40.0 && x < rect.right() + 40.0 && y > rect.y - 40.0 && y < rect.bottom() + 40.0
        };
        self.each_ring(|points, shift| {
            let mut piece: Vec<[f32; 2]> = Vec::new();
            let mut pieces = Vec::new();
            for index in 0..=points.len() {
                let (a, b) = (points[index % points.len()], points[(index + 1) % points.len()]);
                let cut = a[1] < -89.5 || b[1] < -89.5;
                let from = self.at(f64::from(a[0]) + shift, f64::from(a[1]));
                let to = self.at(f64::from(b[0]) + shift, f64::from(b[1]));
                if index == points.len() || cut || !(inside(from) || inside(to)) {
                    if piece.len() > 1 {
                        pieces.push(std::mem::take(&mut piece));
                    }
                    piece.clear();
                    continue;
                }
                if piece.is_empty() {
                    piece.push(from);
                }
                piece.push(to);
            }
            for piece in pieces {
                out.extend(simplified(&piece, tolerance_px));
                out.push([f32::NAN, f32::NAN]);
            }
        });
        out
    }

    fn each_ring(&self, mut draw: impl FnMut(&[[f32; 2]], f64)) {
        for ring in coastline::land() {
            for shift in [-720.0, -360.0, 0.0, 360.0, 720.0] {
                let [west, south, east, north] = ring.bbox.map(f64::from);
                if west + shift < self.east
                    && east + shift > self.west
                    && south < self.north
                    && north > self.south
                {
                    draw(&ring.points, shift);
                }
            }
        }
    }

    /// Land, graticule and coasts.
    pub(in crate::plot) fn ground(&self, items: &mut Vec<Item>, with_land: bool) {
        let rect = self.rect;
        let mut inner = Vec::new();
        // Of half the world coasts are too many lines; land says it.
        let wide = self.north - self.south > 60.0;
        let tolerance_px = if wide { 0.7 } else { 0.4 };
        if with_land {
            inner.push(Item::Area { rings: self.land(tolerance_px), fill: Fill::Tone(Tone::Land) });
        }
        let mut lines = Vec::new();
        for tick in self.x().ticks(5) {
            let x = self.x().at(tick.value);
            lines.extend([[x, rect.y], [x, rect.bottom()], [f32::NAN; 2]]);
        }
        for tick in self.y().ticks(4) {
            let y = self.y().at(tick.value);
            lines.extend([[rect.x, y], [rect.right(), y], [f32::NAN; 2]]);
        }
        if with_land {
            inner.push(Item::Line { points: lines, tone: Tone::Grid, width_px: 1.0, dash: None });
        }
        if !(wide && with_land) {
            let points = self.coasts(tolerance_px);
            inner.push(Item::Line { points, tone: Tone::Coast, width_px: 0.8, dash: None });
        }
        items.push(Item::Clip { rect, items: inner });
    }

    /// Labels of the graticule below and left, outside of the map.
    pub(in crate::plot) fn degrees_outside(&self, scene: &mut Scene) {
        let rect = self.rect;
        for (index, tick) in self.x().ticks(5).into_iter().enumerate() {
            let x = self.x().at(tick.value);
            scene.stroke([x, rect.bottom()], [x, rect.bottom() + 4.0], Tone::Axis, 1.0);
            let text = scene.text(
                [x, rect.bottom() + 18.0],
                Anchor::Middle,
                Tone::Ink3,
                vec![Run::plain(tick.label)],
            );
            text.wide_only = index % 2 == 1;
        }
        for (index, tick) in self.y().ticks(4).into_iter().enumerate() {
            let y = self.y().at(tick.value);
            scene.stroke([rect.x - 4.0, y], [rect.x, y], Tone::Axis, 1.0);
            let text =
                scene.text([rect.x - 7.0, y + 4.5], Anchor::End, Tone::Ink3, vec![Run::plain(tick.label)]);
            text.wide_only = index % 2 == 1;
        }
        frame(scene, &rect);
    }
}

/// Room for the degrees left of a map, also in the larger type of a telephone.
pub(in crate::plot) fn degrees_px(options: &Options) -> f32 {
    if options.width >= 600.0 { 82.0 } else { 58.0 }
}

/// A line around a map.
fn frame(scene: &mut Scene, rect: &Rect) {
    let (x, y, right, bottom) = (rect.x, rect.y, rect.right(), rect.bottom());
    scene.items.push(Item::Line {
        points: vec![[x, y], [right, y], [right, bottom], [x, bottom], [x, y]],
        tone: Tone::Axis,
        width_px: 1.0,
        dash: None,
    });
}

/// A ring cut to `[x0, y0, x1, y1]` (Sutherland and Hodgman).
fn clip(mut points: Vec<[f32; 2]>, window: [f32; 4]) -> Vec<[f32; 2]> {
    for (axis, limit, keep_greater) in
        [(0, window[0], true), (0, window[2], false), (1, window[1], true), (1, window[3], false)]
    {
        let inside =
            |point: &[f32; 2]| if keep_greater { point[axis] >= limit } else { point[axis] <= limit };
        if points.iter().all(inside) {
            continue;
        }
        let mut out = Vec::with_capacity(points.len());
        for index in 0..points.len() {
            let (a, b) = (points[index], points[(index + 1) % points.len()]);
            if inside(&a) {
                out.push(a);
            }
            if inside(&a) != inside(&b) {
                let part = (limit - a[axis]) / (b[axis] - a[axis]);
                out.push([a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part]);
            }
        }
        points = out;
    }
    points
}

/// Points that change the line by less than `tolerance_px` left out (Douglas and Peucker, without recursion).
pub(super) fn simplified(points: &[[f32; 2]], tolerance_px: f32) -> Vec<[f32; 2]> {
    if points.len() < 3 {
        return points.to_vec();
    }
    let mut keep = vec![false; points.len()];
    // A closed ring begins and ends beside each other: the farthest point is the second end.
    let far = |from: usize| {
        let distance = |p: &[f32; 2]| (p[0] - points[from][0]).powi(2) + (p[1] - points[from][1]).powi(2);
        (0..points.len()).max_by(|a, b| distance(&points[*a]).total_cmp(&distance(&points[*b]))).unwrap_or(0)
    };
    let last = points.len() - 1;
    let middle = far(0);
    keep[0] = true;
    keep[last] = true;
    keep[middle] = true;
    let mut stack = vec![(0, middle), (middle, last)];
    while let Some((first, last)) = stack.pop() {
        let (a, b) = (points[first], points[last]);
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = dx * dx + dy * dy;
        let (mut worst, mut at) = (tolerance_px * tolerance_px, None);
        for (index, point) in points.iter().enumerate().take(last).skip(first + 1) {
            let (x, y) = (point[0] - a[0], point[1] - a[1]);
            let part = if length > 0.0 { ((x * dx + y * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
            let distance = (x - part * dx).powi(2) + (y - part * dy).powi(2);
            if distance > worst {
                (worst, at) = (distance, Some(index));
            }
        }
        if let Some(index) = at {
            keep[index] = true;
            stack.extend([(first, index), (index, last)]);
        }
    }
    points.iter().zip(keep).filter(|(_, keep)| *keep).map(|(point, _)| *point).collect()
}
