//! [`Shape`]: where a dataset is, small enough for a thumbnail: a track, points or a box.

use serde_json::Value;

use super::codec::{IndexError, Reader, Writer};
use crate::extract::track::simplify;

/// A track, points or a box in degrees, longitude first.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Shape {
    /// Nothing is known.
    #[default]
    None,
    /// Lines.
    Track(Vec<Vec<[f32; 2]>>),
    /// Single places.
    Points(Vec<[f32; 2]>),
    /// `[west, south, east, north]`; west > east crosses the antimeridian.
    Box([f32; 4]),
}

/// Points of one shape that are kept; a thumbnail is about 100 pixels wide.
const MAX_POINTS: usize = 40;
/// Positions of a source that are looked at.
const MAX_SOURCE_POINTS: usize = 200_000;

fn position(value: &Value) -> Option<[f32; 2]> {
    let list = value.as_array()?;
    let (lon, lat) = (list.first()?.as_f64()?, list.get(1)?.as_f64()?);
    (lon.is_finite() && lat.is_finite() && lon.abs() <= 360.0 && lat.abs() <= 90.0)
        .then_some([lon as f32, lat as f32])
}

fn positions(value: &Value) -> Vec<[f32; 2]> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().take(MAX_SOURCE_POINTS).filter_map(position).collect()
}

impl Shape {
    /// From GeoJSON, else from a bounding box. Long tracks are simplified.
    #[must_use]
    pub fn from_geojson(geometry: &Value, bbox: Option<[f64; 4]>) -> Self {
        let coordinates = geometry.get("coordinates").unwrap_or(&Value::Null);
        let lines =
            || coordinates.as_array().into_iter().flatten().take(1000).map(positions).collect::<Vec<_>>();
        let shape = match geometry.get("type").and_then(Value::as_str) {
            Some("LineString") => Self::Track(vec![positions(coordinates)]),
            Some("MultiLineString") => Self::Track(lines()),
            Some("Point") => Self::Points(position(coordinates).into_iter().collect()),
            Some("MultiPoint") => Self::Points(positions(coordinates)),
            _ => Self::None,
        };
        let shape = shape.simplified();
        if shape != Self::None {
            return shape;
        }
        match bbox {
            Some([w, s, e, n]) if [w, s, e, n].iter().all(|side| side.is_finite()) => {
                if w == e && s == n {
                    Self::Points(vec![[w as f32, s as f32]])
                } else {
                    Self::Box([w as f32, s as f32, e as f32, n as f32])
                }
            }
            _ => Self::None,
        }
    }

    fn simplified(self) -> Self {
        match self {
            Self::Track(lines) => {
                let mut lines: Vec<Vec<[f32; 2]>> = lines.into_iter().filter(|line| line.len() > 1).collect();
                if lines.is_empty() {
                    return Self::None;
                }
                lines.truncate(MAX_POINTS / 2);
                let all: usize = lines.iter().map(Vec::len).sum();
                let lines = lines.iter().map(|line| {
                    let points: Vec<(f64, f64)> =
                        line.iter().map(|[lon, lat]| (f64::from(*lon), f64::from(*lat))).collect();
                    let kept = simplify(&points, (MAX_POINTS * line.len() / all).max(2));
                    kept.into_iter().map(|(lon, lat)| [lon as f32, lat as f32]).collect()
                });
                let lines = lines.collect();
                Self::Track(lines)
            }
            Self::Points(mut points) => {
                if points.is_empty() {
                    return Self::None;
                }
                if points.len() > MAX_POINTS {
                    let all = points.len();
                    points = (0..MAX_POINTS).map(|at| points[at * all / MAX_POINTS]).collect();
                }
                Self::Points(points)
            }
            other => other,
        }
    }

    pub(super) fn write(&self, out: &mut Writer, step: f32) {
        let mut at = [0_i64; 2];
        let mut point = |out: &mut Writer, point: &[f32; 2]| {
            for axis in 0..2 {
                let value = (point[axis] / step).round() as i64;
                out.signed(value - at[axis]);
                at[axis] = value;
            }
        };
        match self {
            Self::None => out.u8(0),
            Self::Track(lines) => {
                out.u8(1);
                out.len(lines.len());
                for line in lines {
                    out.len(line.len());
                    line.iter().for_each(|one| point(out, one));
                }
            }
            Self::Points(points) => {
                out.u8(2);
                out.len(points.len());
                points.iter().for_each(|one| point(out, one));
            }
            Self::Box([w, s, e, n]) => {
                out.u8(3);
                point(out, &[*w, *s]);
                point(out, &[*e, *n]);
            }
        }
    }

    pub(super) fn read(input: &mut Reader, step: f32) -> Result<Self, IndexError> {
        let mut at = [0_i64; 2];
        let mut point = |input: &mut Reader| -> Result<[f32; 2], IndexError> {
            let mut out = [0.0; 2];
            for axis in 0..2 {
                at[axis] = at[axis].wrapping_add(input.signed()?);
                out[axis] = at[axis] as f32 * step;
            }
            Ok(out)
        };
        Ok(match input.u8()? {
            0 => Self::None,
            1 => {
                let n_lines = input.count(1)?;
                let mut lines = Vec::new();
                for _ in 0..n_lines {
                    let n = input.count(2)?;
                    lines.push((0..n).map(|_| point(input)).collect::<Result<_, _>>()?);
                }
                Self::Track(lines)
            }
            2 => {
                let n = input.count(2)?;
                Self::Points((0..n).map(|_| point(input)).collect::<Result<_, _>>()?)
            }
            3 => {
                let ([w, s], [e, n]) = (point(input)?, point(input)?);
                Self::Box([w, s, e, n])
            }
            _ => return input.wrong("unknown shape"),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tracks_are_simplified_and_keep_their_ends() {
        let line: Vec<_> =
            (0..5000).map(|i| json!([i as f64 / 100.0 - 60.0, (i as f64 / 200.0).sin() * 5.0])).collect();
        let Shape::Track(lines) =
            Shape::from_geojson(&json!({"type": "LineString", "coordinates": line}), None)
        else {
            panic!("not a track")
        };
        assert!(lines[0].len() <= MAX_POINTS && lines[0].len() > 5, "{}", lines[0].len());
        assert_eq!(lines[0][0], [-60.0, 0.0]);
    }

    #[test]
    fn odd_geometry_is_no_shape() {
        for bad in [
            json!(null),
            json!({"type": "LineString"}),
            json!({"type": "Point", "coordinates": ["a", 1]}),
            json!({"type": "MultiPoint", "coordinates": [[1e9, 0.0]]}),
        ] {
            assert_eq!(Shape::from_geojson(&bad, None), Shape::None, "{bad}");
        }
        assert_eq!(
            Shape::from_geojson(&json!(null), Some([170.0, 1.0, -170.0, 2.0])),
            Shape::Box([170.0, 1.0, -170.0, 2.0])
        );
    }

    #[test]
    fn round_trip() {
        for shape in [
            Shape::None,
            Shape::Points(vec![[1.0, 2.0], [-170.0, -80.0]]),
            Shape::Box([170.0, -10.0, -170.0, 10.0]),
            Shape::Track(vec![vec![[0.0, 0.0], [10.0, 5.0]], vec![[-20.0, 3.0], [-21.0, 3.0]]]),
        ] {
            let mut out = Writer::default();
            shape.write(&mut out, 0.5);
            assert_eq!(Shape::read(&mut Reader::new(&out.bytes), 0.5).unwrap(), shape);
        }
    }
}
