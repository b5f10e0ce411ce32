//! The world's land: [`land`] decodes `data/land.bin` once.
//!
//! Natural Earth 1:50m (public domain), simplified to 0.08° and quantised to 0.02° by
//! `tests/fixtures/coastline/make.py`, which also describes the format. 33 kB, about 1,000 rings.
//!
//! The file is in the program (feature `coastline`); the page goes without and gives it to [`supply`] when a map
//! is drawn.

use std::sync::OnceLock;

#[cfg(feature = "coastline")]
static LAND: &[u8] = include_bytes!("../../data/land.bin");

static DECODED: OnceLock<Vec<Ring>> = OnceLock::new();

/// A closed line around land, or around a lake in it; the first point is not repeated.
#[derive(Debug, Clone, PartialEq)]
pub struct Ring {
    /// `[west, south, east, north]`.
    pub bbox: [f32; 4],
    /// Longitude and latitude in degrees; longitudes go on beyond 180 where land crosses the antimeridian.
    pub points: Vec<[f32; 2]>,
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..63).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn step(bytes: &mut &[u8]) -> Option<i64> {
    let value = varint(bytes)?;
    Some(((value >> 1) as i64) ^ -((value & 1) as i64))
}

/// Reads the format; `None` when the bytes are not of it.
fn decode(mut bytes: &[u8]) -> Option<Vec<Ring>> {
    bytes = bytes.strip_prefix(b"PFL1")?;
    let units = varint(&mut bytes).filter(|units| (1..=10_000).contains(units))? as f32;
    let count = varint(&mut bytes)?;
    let mut rings = Vec::new();
    let mut start = (0i64, 0i64);
    for _ in 0..count {
        // Every point takes two bytes at least.
        let length = varint(&mut bytes).filter(|length| *length >= 3 && *length <= bytes.len() as u64 / 2)?;
        let (mut x, mut y) = start;
        let mut points = Vec::with_capacity(length as usize);
        let mut bbox = [f32::INFINITY, f32::INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY];
        for index in 0..length {
            x = x.checked_add(step(&mut bytes)?)?;
            y = y.checked_add(step(&mut bytes)?)?;
            if index == 0 {
                start = (x, y);
            }
            let point = [x as f32 / units, y as f32 / units];
            bbox =
                [bbox[0].min(point[0]), bbox[1].min(point[1]), bbox[2].max(point[0]), bbox[3].max(point[1])];
            points.push(point);
        }
        rings.push(Ring { bbox, points });
    }
    bytes.is_empty().then_some(rings)
}

/// All rings, the longest first; none where the file is not in the program and was not supplied.
#[must_use]
pub fn land() -> &'static [Ring] {
    #[cfg(feature = "coastline")]
    DECODED.get_or_init(|| decode(LAND).unwrap_or_default());
    DECODED.get().map_or(&[], Vec::as_slice)
}

/// Takes the file `land.bin`, where it is not in the program; whether it is one.
pub fn supply(file: &[u8]) -> bool {
    let Some(rings) = decode(file) else { return false };
    // A second copy says nothing new.
    let _ = DECODED.set(rings);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(lon: f32, lat: f32) -> bool {
        [-360.0, 0.0, 360.0].into_iter().any(|shift| covered_as_written(lon + shift, lat))
    }

    fn covered_as_written(lon: f32, lat: f32) -> bool {
        let mut inside = false;
        for ring in land() {
            for (index, a) in ring.points.iter().enumerate() {
                let b = ring.points[(index + 1) % ring.points.len()];
                if (a[1] > lat) != (b[1] > lat) && lon < (b[0] - a[0]) * (lat - a[1]) / (b[1] - a[1]) + a[0] {
                    inside = !inside;
                }
            }
        }
        inside
    }

    #[test]
    fn land_is_land_and_sea_is_sea() {
        for (lon, lat) in
            [(-59.56, 13.17), (10.0, 51.0), (-60.0, -5.0), (134.0, -25.0), (0.0, -85.0), (179.0, 67.5)]
        {
            assert!(covered(lon, lat), "{lon} {lat} is land");
        }
        for (lon, lat) in [(-57.0, 13.0), (-30.0, 0.0), (179.9, 0.0), (-179.9, -40.0), (20.0, 35.0)] {
            assert!(!covered(lon, lat), "{lon} {lat} is sea");
        }
    }

    #[test]
    fn a_supplied_file_is_read_or_refused() {
        assert!(supply(LAND) && !supply(&LAND[1..]));
        assert_eq!(land(), decode(LAND).unwrap());
    }

    #[test]
    fn broken_files_are_refused() {
        assert!(decode(b"PFL2").is_none());
        for cut in [4, 5, 6, 100, LAND.len() - 1] {
            assert!(decode(&LAND[..cut]).is_none());
        }
        assert!(decode(b"PFL1\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").is_none());
    }
}
