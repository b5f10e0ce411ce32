//! The map of all datasets: plate carrée over what the catalogue covers.

use std::collections::BTreeSet;

use pinfold_core::search::{Index, Shape, decimal};

use crate::shared::words::t;

/// A number of a drawing.
fn n0(value: f64) -> i64 {
    value.round() as i64
}

/// The same with one decimal.
fn n1(value: f64) -> String {
    decimal(value, 1)
}

/// West, south, east and north of the map, with its size in user units.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Map {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
    /// Land as path data in degrees, longitude and negative latitude.
    land: String,
}

/// Width of the map in user units; the height follows.
const WIDTH: f64 = 1120.0;
/// Shapes that the map draws at most.
const MAX_SHAPES: usize = 1500;
/// Hits that it colours at most, anew with every letter.
const MAX_HITS: usize = 300;

impl Map {
    /// The map of all that the index covers.
    pub(super) fn around(index: &Index) -> Self {
        let sides = index.domain().map_or([-180.0, -80.0, 180.0, 80.0], |sides| sides.map(f64::from));
        let [w, s, e, n] = sides;
        // Some room around, and a shape that is wider than high, as the column is.
        let pad = ((e - w).max(n - s) * 0.06).max(0.5);
        let (mut west, mut east, mut south, mut north) = (w - pad, e + pad, s - pad, n + pad);
        let (want, have) = (2.15, (east - west) / (north - south));
        if have < want {
            let more = ((north - south) * want - (east - west)) / 2.0;
            (west, east) = (west - more, east + more);
        } else if have > 3.0 {
            let more = ((east - west) / 2.6 - (north - south)) / 2.0;
            (south, north) = (south - more, north + more);
        }
        Self {
            west: west.max(-180.0),
            south: south.max(-90.0),
            east: east.min(180.0),
            north: north.min(90.0),
            land: String::new(),
        }
    }

    /// Takes the land that the site brings for its map; what is no path data is left out.
    pub(super) fn set_land(&mut self, path: &str) {
        if path.bytes().all(|b| b.is_ascii_digit() || b"MLz -.".contains(&b)) {
            self.land = path.to_owned();
        }
    }

    /// Takes the land of a map before.
    pub(super) fn keep_land(&mut self, before: &Self) {
        self.land.clone_from(&before.land);
    }

    fn height(&self) -> f64 {
        WIDTH * (self.north - self.south) / (self.east - self.west).max(1e-6)
    }

    fn x(&self, lon: f64) -> f64 {
        (lon - self.west) / (self.east - self.west) * WIDTH
    }

    fn y(&self, lat: f64) -> f64 {
        (self.north - lat) / (self.north - self.south) * self.height()
    }

    /// The box between two places that are given in parts of the map's width and height. On a map of the whole earth
    /// the one beyond an edge is on its other side: the box crosses the antimeridian, its west is larger than its east.
    pub(super) fn box_between(&self, a: [f64; 2], b: [f64; 2]) -> [f64; 4] {
        let round = |value: f64| (value * 100.0).round() / 100.0;
        let width = self.east - self.west;
        let goes_round = width >= 360.0;
        let lon = |x: f64| {
            let x = if goes_round { x.clamp(-1.0, 2.0) } else { x.clamp(0.0, 1.0) };
            self.west + x * width
        };
        let lat = |y: f64| round(self.north - y.clamp(0.0, 1.0) * (self.north - self.south));
        let (west, east) = (lon(a[0].min(b[0])), lon(a[0].max(b[0])));
        let (south, north) = (lat(a[1].max(b[1])), lat(a[1].min(b[1])));
        if east - west >= 360.0 {
            return [-180.0, south, 180.0, north];
        }
        let around = |lon: f64| {
            round(match lon {
                lon if lon < -180.0 => lon + 360.0,
                lon if lon > 180.0 => lon - 360.0,
                lon => lon,
            })
        };
        [around(west), south, around(east), north]
    }

    fn view_box(&self) -> String {
        format!("viewBox=\"0 0 1120 {}\"", n0(self.height()))
    }

    /// A shape as path data.
    fn path(&self, shape: &Shape) -> String {
        let at = |point: [f32; 2]| (self.x(point[0].into()), self.y(point[1].into()));
        let mut d = String::new();
        match shape {
            Shape::None => {}
            Shape::Track(lines) => {
                for line in lines {
                    let mut last = f32::NAN;
                    for point in line {
                        let (x, y) = at(*point);
                        // A step over the antimeridian is not drawn across the whole map.
                        let pen = if last.is_nan() || (point[0] - last).abs() > 180.0 { 'M' } else { 'L' };
                        d.push_str(&format!("{pen}{} {}", n0(x), n0(y)));
                        last = point[0];
                    }
                }
            }
            Shape::Points(points) => {
                for point in points {
                    let (x, y) = at(*point);
                    d.push_str(&format!("M{} {}h0", n0(x), n0(y)));
                }
            }
            Shape::Box([w, s, e, n]) => {
                let spans = if w <= e { vec![(*w, *e)] } else { vec![(*w, 180.0), (-180.0, *e)] };
                for (w, e) in spans {
                    let ((x0, y0), (x1, y1)) = (at([w, *n]), at([e, *s]));
                    d.push_str(&format!("M{0} {1}H{2}V{3}H{0}z", n0(x0), n0(y0), n0(x1), n0(y1)));
                }
            }
        }
        d
    }

    /// The shapes of these datasets as two drawings, one of lines and one of dots. A drawing for each dataset would be
    /// looked through again whenever anything of the page is painted; what lies on another one is drawn once.
    fn shapes(&self, index: &Index, docs: impl Iterator<Item = u32>, more: &str) -> String {
        let (mut lines, mut dots, mut known) = (String::new(), String::new(), BTreeSet::new());
        for shape in docs.filter_map(|doc| index.place(doc)) {
            let drawing = if matches!(shape, Shape::Points(_)) { &mut dots } else { &mut lines };
            let d = self.path(&shape);
            if !known.contains(&d) {
                drawing.push_str(&d);
                known.insert(d);
            }
        }
        [("trk", lines), ("dot", dots)]
            .into_iter()
            .filter(|(_, d)| !d.is_empty())
            .map(|(class, d)| format!("<path class=\"{class}{more}\" d=\"{d}\"/>"))
            .collect()
    }

    /// Land and all shapes, in grey.
    pub(super) fn ground(&self, index: &Index) -> String {
        let (lines, labels) = self.graticule();
        let k = decimal(WIDTH / (self.east - self.west).max(1e-6), 4);
        let mut out = format!(
            "<svg {} role=\"img\" aria-label=\"{}\"><defs><path id=\"search-land\" vector-effect=\"non-scaling-stroke\" transform=\"matrix({k} 0 0 {k} {} {})\" d=\"{}\"/></defs><path class=\"grat\" d=\"{lines}\"/><use href=\"#search-land\" class=\"land-p\"/>",
            self.view_box(),
            t("Map of where the datasets are"),
            n1(self.x(0.0)),
            n1(self.y(0.0)),
            self.land,
        );
        out.push_str(&self.shapes(index, 0..index.len().min(MAX_SHAPES) as u32, ""));
        out.push_str(&format!("</svg><svg class=\"over\" aria-hidden=\"true\">{labels}</svg>"));
        out
    }

    /// The hits in colour and the box that was drawn, above the ground.
    pub(super) fn hits(&self, index: &Index, hits: &[u32], chosen: Option<[f64; 4]>) -> String {
        let mut out = format!(
            "<svg class=\"over\" {} preserveAspectRatio=\"none\" aria-hidden=\"true\">",
            self.view_box()
        );
        out.push_str(&self.shapes(index, hits.iter().take(MAX_HITS).copied(), " on fine"));
        if let Some([w, s, e, n]) = chosen {
            let spans = if w <= e { vec![(w, e)] } else { vec![(w, 180.0), (-180.0, e)] };
            for (w, e) in spans {
                let (x, y) = (self.x(w), self.y(n));
                let (width, height) = ((self.x(e) - x).max(0.0), (self.y(s) - y).max(0.0));
                out.push_str(&format!(
                    "<rect class=\"sel\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                    n1(x),
                    n1(y),
                    n1(width),
                    n1(height)
                ));
            }
        }
        out.push_str("</svg>");
        out
    }

    /// Lines and their labels.
    fn graticule(&self) -> (String, String) {
        let span = self.east - self.west;
        let step = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0]
            .into_iter()
            .find(|step| span / step <= 4.5)
            .unwrap_or(90.0);
        let (mut lines, mut labels) = (String::new(), String::new());
        let shown = |value: f64| n1(value.abs()).replace('.', t("."));
        let mut lon = (self.west / step).ceil() * step;
        while lon <= self.east {
            lines.push_str(&format!("M{} 0V{}", n0(self.x(lon)), n0(self.height())));
            let part = self.x(lon) / WIDTH * 100.0;
            if part < 88.0 {
                let side = if lon < 0.0 {
                    "W"
                } else if lon > 0.0 {
                    t("E")
                } else {
                    ""
                };
                labels.push_str(&format!(
                    "<text class=\"sm halo\" x=\"{}%\" y=\"97%\" dx=\"3\">{}° {side}</text>",
                    n1(part),
                    shown(lon)
                ));
            }
            lon += step;
        }
        let mut lat = (self.south / step).ceil() * step;
        while lat <= self.north {
            lines.push_str(&format!("M0 {}H1120", n0(self.y(lat))));
            let part = self.y(lat) / self.height() * 100.0;
            if (8.0..88.0).contains(&part) {
                let side = if lat < 0.0 {
                    " S"
                } else if lat > 0.0 {
                    " N"
                } else {
                    ""
                };
                labels.push_str(&format!(
                    "<text class=\"sm halo\" x=\"2\" y=\"{}%\" dy=\"-3\">{}°{side}</text>",
                    n1(part),
                    shown(lat)
                ));
            }
            lat += step;
        }
        (lines, labels)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use pinfold_core::search::{Doc, Layout, Synonyms, build};

    use super::*;

    fn whole_earth() -> Map {
        Map { west: -180.0, south: -90.0, east: 180.0, north: 90.0, land: String::new() }
    }

    fn index(shapes: &[Shape]) -> Index {
        let docs: Vec<Doc> = shapes
            .iter()
            .enumerate()
            .map(|(at, shape)| Doc {
                cid: format!("cid{at}"),
                title: format!("{at}"),
                bbox: Some([-60.0, -10.0, 0.0, 20.0]),
                shape: shape.clone(),
                ..Doc::default()
            })
            .collect();
        let files = build(&docs, &Synonyms::new(), Layout::default());
        let mut index = Index::open(files[0].bytes.clone()).unwrap();
        files[1..].iter().for_each(|file| index.supply(&file.name, file.bytes.clone()).unwrap());
        index
    }

    #[test]
    fn shapes_are_drawn_where_they_are() {
        let map = whole_earth();
        // 1120 units for 360°: 3.11 each; the equator at 280.
        let track = Shape::Track(vec![vec![[0.0, 0.0], [90.0, 45.0], [179.0, 0.0], [-179.0, 0.0]]]);
        expect!["M560 280L840 140L1117 280M3 280"].assert_eq(&map.path(&track));
        let points = Shape::Points(vec![[-180.0, 90.0], [180.0, -90.0]]);
        expect!["M0 0h0M1120 560h0"].assert_eq(&map.path(&points));
        let across = Shape::Box([170.0, -10.0, -170.0, 10.0]);
        expect!["M1089 249H1120V311H1089zM0 249H31V311H0z"].assert_eq(&map.path(&across));
        assert_eq!(map.path(&Shape::None), "");
    }

    #[test]
    fn ground_and_hits_show_every_dataset_and_the_box() {
        let track = Shape::Track(vec![vec![[-60.0, 10.0], [-30.0, 15.0]]]);
        let area = Shape::Box([-40.0, -10.0, 0.0, 20.0]);
        // The last one was where the first one was.
        let index = index(&[track.clone(), Shape::Points(vec![[-20.0, 0.0]]), area, track]);
        let mut map = Map::around(&index);
        map.set_land("M0 0L1 1z");
        map.set_land("M0 0\"/><script>");
        let ground = map.ground(&index);
        assert!(ground.contains("d=\"M0 0L1 1z\""), "{ground}");
        let path = |doc| map.path(&index.place(doc).unwrap());
        assert_eq!(path(0), path(3));
        let lines = format!("<path class=\"trk\" d=\"{}{}\"/>", path(0), path(2));
        assert!(ground.contains(&lines), "no {lines} in {ground}");
        assert_eq!(ground.matches("class=\"dot\"").count(), 1, "{ground}");
        assert!(ground.contains("W</text>") && ground.contains("N</text>"), "{ground}");
        let hits = map.hits(&index, &[1], None);
        assert_eq!(hits.matches("<path").count(), 1, "{hits}");
        assert!(hits.contains("class=\"dot on fine\""), "{hits}");
        let chosen = map.hits(&index, &[], Some([-30.0, 0.0, -20.0, 10.0]));
        let (x, y) = (n1(map.x(-30.0)), n1(map.y(10.0)));
        assert!(chosen.contains(&format!("<rect class=\"sel\" x=\"{x}\" y=\"{y}\"")), "{chosen}");
        assert_eq!(map.hits(&index, &[], Some([170.0, 0.0, -170.0, 10.0])).matches("<rect").count(), 2);
    }

    #[test]
    fn a_box_is_between_two_places_and_goes_over_the_antimeridian() {
        let map = whole_earth();
        assert_eq!(map.box_between([0.5, 0.25], [0.75, 0.5]), [0.0, 0.0, 90.0, 45.0]);
        assert_eq!(map.box_between([0.75, 0.5], [0.5, 0.25]), [0.0, 0.0, 90.0, 45.0]);
        // Beyond the right edge, and beyond the left one.
        assert_eq!(map.box_between([0.95, 0.5], [1.05, 0.25]), [162.0, 0.0, -162.0, 45.0]);
        assert_eq!(map.box_between([0.05, -3.0], [-0.05, 9.0]), [162.0, -90.0, -162.0, 90.0]);
        assert_eq!(map.box_between([-1.0, 0.5], [2.0, 0.25]), [-180.0, 0.0, 180.0, 45.0]);
        // What shows a part of the earth ends at its edges.
        let part = Map { west: -60.0, south: 0.0, east: 0.0, north: 30.0, land: String::new() };
        assert_eq!(part.box_between([0.5, 0.5], [1.5, 1.5]), [-30.0, 0.0, 0.0, 15.0]);
    }
}
