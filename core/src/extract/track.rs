//! Geometry for maps: [`simplify`] a track, split it at the antimeridian, and find the smallest box.

use serde_json::{Value, json};

/// A box `[west, south, east, north]`; west > east crosses the antimeridian.
///
/// The box leaves out the widest gap between longitudes on the circle. A gap that is no wider than the
/// spacing of a global grid is none: such data go all the way round. `None` without a position.
#[must_use]
pub fn bounding_box(lon_degrees_east: &[f64], lat_degrees_north: &[f64]) -> Option<[f64; 4]> {
    let lats = lat_degrees_north.iter().copied().filter(|lat| lat.is_finite());
    let (south, north) =
        lats.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), lat| (low.min(lat), high.max(lat)));
    let mut lons: Vec<f64> =
        lon_degrees_east.iter().copied().filter(|lon| lon.is_finite()).map(wrap).collect();
    if lons.is_empty() || south > north {
        return None;
    }
    lons.sort_by(f64::total_cmp);
    lons.dedup();
    // Both ends exist: the list is not empty.
    let (first, last) = (lons[0], lons[lons.len() - 1]);
    let mut widest = first + 360.0 - last;
    let (mut west, mut east) = (first, last);
    let mut inner: f64 = 0.0;
    for pair in lons.windows(2) {
        let gap = pair[1] - pair[0];
        inner = inner.max(gap);
        // A little more than equal, so that rounding does not move the box of a global grid.
        if gap > widest + 1e-9 {
            widest = gap;
            (west, east) = (pair[1], pair[0]);
        }
    }
    let spacing = 360.0 / lons.len() as f64;
    if lons.len() > 8 && widest <= spacing * 1.5 {
        (west, east) = (-180.0, 180.0);
    }
    Some([round(west), round(south), round(east), round(north)])
}

/// Longitude in -180 to 180 (180 itself stays).
#[must_use]
pub fn wrap(lon: f64) -> f64 {
    if (-180.0..=180.0).contains(&lon) { lon } else { (lon + 180.0).rem_euclid(360.0) - 180.0 }
}

/// Five digits are a metre; more is noise in a record.
fn round(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}

fn position(point: (f64, f64)) -> Value {
    json!([round(point.0), round(point.1)])
}

/// The track as GeoJSON with at most about `budget` points: `LineString`, or `MultiLineString` where it
/// crosses the antimeridian. `None` for fewer than two positions.
#[must_use]
pub fn line(lon: &[f64], lat: &[f64], budget: usize) -> Option<Value> {
    let points: Vec<(f64, f64)> = lon
        .iter()
        .zip(lat)
        .filter(|(lon, lat)| lon.is_finite() && lat.is_finite())
        .map(|(lon, lat)| (wrap(*lon), *lat))
        .collect();
    if points.len() < 2 {
        return points.first().map(|point| json!({ "type": "Point", "coordinates": position(*point) }));
    }
    let mut pieces: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for point in points {
        let piece = pieces.last().and_then(|piece| piece.last().copied());
        if let Some(before) = piece
            && (point.0 - before.0).abs() > 180.0
        {
            // Both sides get the point where the antimeridian is crossed.
            let (edge, other) = if before.0 > 0.0 { (180.0, -180.0) } else { (-180.0, 180.0) };
            let there = point.0 + if before.0 > 0.0 { 360.0 } else { -360.0 };
            let share =
                if (there - before.0).abs() < 1e-12 { 0.0 } else { (edge - before.0) / (there - before.0) };
            let lat = before.1 + (point.1 - before.1) * share;
            if let Some(piece) = pieces.last_mut() {
                piece.push((edge, lat));
            }
            pieces.push(vec![(other, lat)]);
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(point);
        }
    }
    // A ship on the antimeridian crosses it all the time: more pieces than the budget are not kept.
    pieces.truncate(budget / 2);
    let each = (budget / pieces.len().max(1)).max(2);
    let lines: Vec<Value> = pieces
        .iter()
        .map(|piece| Value::Array(simplify(piece, each).into_iter().map(position).collect()))
        .collect();
    Some(match <[Value; 1]>::try_from(lines) {
        Ok([only]) => json!({ "type": "LineString", "coordinates": only }),
        Err(lines) => json!({ "type": "MultiLineString", "coordinates": lines }),
    })
}

/// Points as GeoJSON, evenly thinned to `budget`.
#[must_use]
pub fn points(lon: &[f64], lat: &[f64], budget: usize) -> Option<Value> {
    let mut all: Vec<(f64, f64)> = lon
        .iter()
        .zip(lat)
        .filter(|(lon, lat)| lon.is_finite() && lat.is_finite())
        .map(|(lon, lat)| (round(wrap(*lon)), round(*lat)))
        .collect();
    all.dedup();
    let step = all.len().div_ceil(budget.max(1)).max(1);
    let kept: Vec<Value> = all.iter().step_by(step).map(|point| position(*point)).collect();
    match kept.len() {
        0 => None,
        1 => Some(json!({ "type": "Point", "coordinates": kept[0] })),
        _ => Some(json!({ "type": "MultiPoint", "coordinates": kept })),
    }
}

/// A box as a polygon (two where it crosses the antimeridian), counter-clockwise.
#[must_use]
pub fn polygon([west, south, east, north]: [f64; 4]) -> Value {
    let ring = |west: f64, east: f64| {
        json!([[[west, south], [east, south], [east, north], [west, north], [west, south]]])
    };
    if west <= east {
        json!({ "type": "Polygon", "coordinates": ring(west, east) })
    } else {
        json!({ "type": "MultiPolygon", "coordinates": [ring(west, 180.0), ring(-180.0, east)] })
    }
}

/// Douglas and Peucker's line with at most `budget` points, by always splitting where it is furthest off.
#[must_use]
pub fn simplify(points: &[(f64, f64)], budget: usize) -> Vec<(f64, f64)> {
    // Ten thousand points are finer than any map here; the split below is quadratic in the worst case.
    let step = points.len().div_ceil(10_000).max(1);
    let mut coarse: Vec<(f64, f64)> = points.iter().copied().step_by(step).collect();
    if let (Some(last), Some(kept)) = (points.last(), coarse.last_mut())
        && kept != last
    {
        coarse.push(*last);
    }
    if coarse.len() <= budget.max(2) {
        return coarse;
    }
    let furthest = |from: usize, to: usize| -> (f64, usize) {
        let (a, b) = (coarse[from], coarse[to]);
        let shrink = a.1.to_radians().cos().max(0.1);
        let (dx, dy) = ((b.0 - a.0) * shrink, b.1 - a.1);
        let length = dx.hypot(dy);
        let mut best = (0.0, from);
        for (at, point) in coarse.iter().enumerate().take(to).skip(from + 1) {
            let (px, py) = ((point.0 - a.0) * shrink, point.1 - a.1);
            let off = if length < 1e-12 { px.hypot(py) } else { (px * dy - py * dx).abs() / length };
            if off > best.0 {
                best = (off, at);
            }
        }
        best
    };
    let mut kept = vec![0, coarse.len() - 1];
    let mut spans = vec![(furthest(0, coarse.len() - 1), 0, coarse.len() - 1)];
    while kept.len() < budget {
        let Some(worst) = (0..spans.len()).max_by(|a, b| spans[*a].0.0.total_cmp(&spans[*b].0.0)) else {
            break;
        };
        let ((off, at), from, to) = spans.swap_remove(worst);
        // Three ten-thousandths of a degree are 30 m: nothing on a map of the world.
        if off < 3e-4 {
            break;
        }
        kept.push(at);
        spans.push((furthest(from, at), from, at));
        spans.push((furthest(at, to), at, to));
    }
    kept.sort_unstable();
    kept.into_iter().map(|at| coarse[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes() {
        assert_eq!(bounding_box(&[-20.0, -60.0], &[3.0, 17.0]), Some([-60.0, 3.0, -20.0, 17.0]));
        // Across the antimeridian, in either convention.
        assert_eq!(bounding_box(&[170.0, -170.0], &[0.0, 1.0]), Some([170.0, 0.0, -170.0, 1.0]));
        assert_eq!(bounding_box(&[170.0, 190.0], &[0.0, 1.0]), Some([170.0, 0.0, -170.0, 1.0]));
        assert_eq!(bounding_box(&[350.0, 10.0], &[0.0, 1.0]), Some([-10.0, 0.0, 10.0, 1.0]));
        let global: Vec<f64> = (0..360).map(f64::from).collect();
        assert_eq!(bounding_box(&global, &[-90.0, 90.0]), Some([-180.0, -90.0, 180.0, 90.0]));
        assert_eq!(bounding_box(&[5.0], &[6.0]), Some([5.0, 6.0, 5.0, 6.0]));
        assert_eq!(bounding_box(&[f64::NAN], &[6.0]), None);
        assert_eq!(bounding_box(&[], &[]), None);
    }

    #[test]
    fn a_track_across_the_antimeridian_is_two_lines() {
        let track = line(&[178.0, 179.0, -179.0, -178.0], &[0.0, 0.0, 2.0, 2.0], 200).unwrap();
        assert_eq!(track["type"], "MultiLineString");
        assert_eq!(track["coordinates"][0][2], json!([180.0, 1.0]));
        assert_eq!(track["coordinates"][1][0], json!([-180.0, 1.0]));
    }

    #[test]
    fn a_long_track_keeps_its_shape_and_budget() {
        let lon: Vec<f64> = (0..100_000).map(|i| f64::from(i) * 1e-3).map(|x| x.sin() * 10.0).collect();
        let lat: Vec<f64> = (0..100_000).map(|i| f64::from(i) * 1e-3).map(|x| x.cos() * 10.0).collect();
        let track = line(&lon, &lat, 200).unwrap();
        let points = track["coordinates"].as_array().unwrap();
        assert!(points.len() <= 200 && points.len() > 20, "{}", points.len());
        let straight = line(&[0.0, 1.0, 2.0, 3.0], &[0.0, 0.0, 0.0, 0.0], 3).unwrap();
        assert_eq!(straight["coordinates"].as_array().unwrap().len(), 2);
    }
}
