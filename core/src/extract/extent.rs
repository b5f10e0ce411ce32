//! When and where: computed from the coordinates, beside what the attributes declare.
//!
//! Reads as little as suffices. A coordinate of up to [`WHOLE_BYTES`] is read whole; of a longer one the
//! first, the last and a few chunks between, and `found` says so. How much it is where the data are far: the module `reach`. Positions that cannot be (beyond the pole,
//! -9999 that nobody declared) never enter an extent; they are a finding.

mod declared;
pub(crate) mod reach;

use serde_json::Value;

use super::track;
use crate::block::Limits;
use crate::cf::coords::{Axis, Class};
use crate::cf::time::{Calendar, TimeUnits, iso_of_ns};
use crate::cf::units::is_pressure;
use crate::cf::{Meaning, valid_range};
use crate::finding::{Finding, Severity};
use crate::model::{Dataset, Role, TimeRange, Vertical};
use crate::sorted::SortedMap;
use crate::store::{Store, StoreError};
use crate::zarr::{Array, DataType, Hierarchy, ZarrError};

/// Points of a simplified track.
const TRACK_POINTS: usize = 200;

/// Points of profiles and stations.
const POINTS: usize = 400;

pub(super) use declared::declared;
pub use reach::WHOLE_BYTES;
use reach::{Coordinate, Plan, Reach};

/// What was read of the coordinates of an axis, or why it was not.
type Reading<'a> = (&'a Array, Result<Option<Coordinate<'a>>, ZarrError>);

/// The coordinates of time, latitude, longitude and height, where there are any.
pub(super) struct Coordinates<'a>([Option<Reading<'a>>; 4]);

/// Reads the coordinates as the plan says.
pub(super) async fn coordinates<'a>(store: &dyn Store, plan: Plan<'a>, limits: &Limits) -> Coordinates<'a> {
    let one = |chosen: Option<(&'a Array, Reach)>| async move {
        let (array, reach) = chosen?;
        Some((array, reach::read(store, array, reach, limits).await))
    };
    let [time, lat, lon, vertical] = plan.arrays;
    let (time, lat, lon, vertical) = futures::join!(one(time), one(lat), one(lon), one(vertical));
    Coordinates([time, lat, lon, vertical])
}

/// Fills `extent` from the coordinates; what only the attributes say is taken from there.
pub(super) fn fill(
    coordinates: Coordinates<'_>,
    hierarchy: &Hierarchy,
    classes: &SortedMap<String, Class>,
    dataset: &mut Dataset,
) -> Result<(), StoreError> {
    let mut read: [Option<Coordinate<'_>>; 4] = [None, None, None, None];
    for (at, reading) in coordinates.0.into_iter().enumerate() {
        let Some((array, result)) = reading else { continue };
        match result {
            Ok(coordinate) => read[at] = coordinate,
            Err(ZarrError::Store(error @ (StoreError::Unreachable { .. } | StoreError::Corrupt { .. }))) => {
                return Err(error);
            }
            Err(error) => dataset.findings.push(
                Finding::new(Severity::Warning, "coordinate-unreadable", error.to_string())
                    .variable(&array.path)
                    .hint("The extent is computed without this coordinate."),
            ),
        }
    }
    let [time, lat, lon, vertical] = read;
    // The height of a station says nothing of a profiling instrument's data.
    let vertical = vertical.filter(|found| {
        let product = found.array.shape.iter().product::<u64>();
        product > 1 || !has_unknown_levels(hierarchy, classes)
    });
    if let Some(time) = time {
        fill_time(&time, dataset);
        report_order(&time, dataset);
    }
    if let (Some(lat), Some(lon)) = (lat, lon) {
        fill_place(&lat, &lon, hierarchy, dataset);
    }
    if let Some(vertical) = vertical {
        fill_vertical(&vertical, dataset);
    }
    declared::take(dataset);
    declared::compare(dataset);
    Ok(())
}

/// Whether measurements have a dimension that is neither time nor place: levels or gates without a coordinate.
fn has_unknown_levels(hierarchy: &Hierarchy, classes: &SortedMap<String, Class>) -> bool {
    let known: Vec<&str> = hierarchy
        .arrays
        .iter()
        .filter(|(path, array)| {
            let axis = classes.get(path.as_str()).and_then(|class| class.axis);
            array.shape.len() == 1 && matches!(axis, Some(Axis::T | Axis::X | Axis::Y))
        })
        .filter_map(|(_, array)| array.dimension_names.first()?.as_deref())
        .collect();
    hierarchy.arrays.iter().any(|(path, array)| {
        let class = classes.get(path.as_str()).copied().unwrap_or_default();
        let over_time = || array.dimension_names.iter().flatten().any(|name| known.contains(&name.as_str()));
        let levels = |(name, length): (&Option<String>, &u64)| {
            *length > 1 && name.as_deref().is_some_and(|name| !known.contains(&name))
        };
        class.role == Role::Data
            && array.shape.len() >= 2
            && over_time()
            && array.dimension_names.iter().zip(&array.shape).any(levels)
    })
}

/// The best coordinate of an axis. `partner`: a longitude that goes with this latitude.
fn best<'a>(
    hierarchy: &'a Hierarchy,
    classes: &SortedMap<String, Class>,
    axis: Axis,
    partner: Option<&Array>,
) -> Option<&'a Array> {
    let rank = |path: &str, array: &Array| -> (u32, u32, u32, usize) {
        let class = classes.get(path).copied().unwrap_or_default();
        let name = array.name().to_ascii_lowercase();
        let partner_rank = match partner {
            Some(partner) => {
                let same = array.dimension_names == partner.dimension_names;
                let both_own = array.shape.len() == 1 && partner.shape.len() == 1;
                let like = |text: &str| {
                    text.replace("lat", "?").replace("lon", "?").replace("itude", "").replace("gitude", "")
                };
                let named_alike = like(&name.replace("longitude", "lon"))
                    == like(&partner.name().to_ascii_lowercase().replace("latitude", "lat"));
                match (same, both_own, named_alike) {
                    (true, _, true) => 0,
                    (true, _, false) => 1,
                    (false, true, _) => 2,
                    _ => 3,
                }
            }
            None => 0,
        };
        // Flat arrays before fields, coordinates before others.
        let role = match class.role {
            Role::Dimension => 0,
            Role::Coordinate => 1,
            _ => 2,
        };
        let shape = match (axis, array.shape.len()) {
            (_, 1) => 0,
            // A scalar height is that of the instrument, a field that of what it measures.
            (Axis::Z, 2) | (Axis::T | Axis::X | Axis::Y, 0) => 1,
            _ => 2,
        };
        let standard = array.attributes.get("standard_name").and_then(Value::as_str).unwrap_or_default();
        let well_named = match axis {
            Axis::T => name == "time",
            Axis::X => standard == "longitude" || matches!(name.as_str(), "lon" | "longitude"),
            Axis::Y => standard == "latitude" || matches!(name.as_str(), "lat" | "latitude"),
            Axis::Z => matches!(name.as_str(), "alt" | "altitude" | "height"),
        };
        // A profile's own position is better than that of the aircraft that dropped the sonde, flat or not.
        match axis {
            Axis::X | Axis::Y => (partner_rank, u32::from(!well_named), shape + role, path.len()),
            Axis::T => (partner_rank, shape + role, u32::from(!well_named), path.len()),
            // Whatever its role, a scalar comes last.
            Axis::Z => {
                let scalar = if array.shape.is_empty() { 10 } else { 0 };
                (partner_rank, shape + role + scalar, u32::from(!well_named), path.len())
            }
        }
    };
    hierarchy
        .arrays
        .iter()
        .filter(|(path, array)| {
            let class = classes.get(path.as_str()).copied().unwrap_or_default();
            class.axis == Some(axis)
                && class.role != Role::Bounds
                && array.unsupported.is_none()
                && array.shape.len() <= 2
                && array.shape.iter().all(|length| *length > 0)
        })
        .min_by_key(|(path, array)| rank(path, array))
        .map(|(_, array)| array)
}

fn fill_time(time: &Coordinate<'_>, dataset: &mut Dataset) {
    let Meaning::Time(units) = &time.data.meaning else { return };
    let range = finite_range(time.data.values.iter().copied());
    let Some((first, last)) = range else { return };
    // Whole steps exactly: a count of nanoseconds has more digits than a double.
    let exact = time.data.exact.map(|(first, last)| {
        let iso = |steps| iso_of_ns(units.to_ns_exact(steps), units.calendar);
        (Some(iso(first)), Some(iso(last)))
    });
    let (Some(start), Some(end)) = exact.unwrap_or_else(|| (units.iso(first), units.iso(last))) else {
        return;
    };
    if units.calendar != Calendar::Standard {
        dataset.findings.push(
            Finding::new(
                Severity::Note,
                "calendar-unusual",
                "times are in a calendar that is not the civil one",
            )
            .variable(&time.array.path),
        );
    }
    let years =
        |text: &str| text.trim_start_matches('+').split('-').next().and_then(|year| year.parse::<i64>().ok());
    if years(&end).is_none_or(|year| !(1..=3000).contains(&year)) || years(&start).is_none_or(|year| year < 1)
    {
        dataset.findings.push(
            Finding::new(Severity::Warning, "time-implausible", format!("times run from {start} to {end}"))
                .variable(&time.array.path)
                .hint("Check `units` and `_FillValue` of the time coordinate."),
        );
    }
    dataset.extent.time = Some(TimeRange { start, end });
    dataset.extent.found.insert("time".to_owned(), format!("computed from {}", time.how()));
}

/// Times of an axis that do not run in one direction: slices by time then fail in every program.
fn report_order(time: &Coordinate<'_>, dataset: &mut Dataset) {
    let is_axis = time.array.shape.len() == 1
        && time.array.dimension_names.first().and_then(Option::as_deref) == Some(time.array.name());
    let values: Vec<f64> = time.data.values.iter().copied().filter(|value| !value.is_nan()).collect();
    if !is_axis || values.len() < 2 {
        return;
    }
    let missing = time.data.values.len() - values.len();
    let back = values.windows(2).filter(|pair| pair[1] < pair[0]).count();
    let forth = values.windows(2).filter(|pair| pair[1] > pair[0]).count();
    let same = values.len() - 1 - back - forth;
    let odd = back.min(forth) + same;
    let what = if odd > 0 {
        let which = if same == odd { "equal to" } else { "out of order or equal to" };
        format!("{odd} times are {which} the one before")
    } else if missing > 0 {
        format!("{missing} times of the axis are missing")
    } else {
        return;
    };
    dataset.findings.push(
        Finding::new(Severity::Warning, "time-not-monotonic", what).variable(&time.array.path).hint(
            "Sort by time and drop what occurs twice: `ds.sortby(\"time\").drop_duplicates(\"time\")`.",
        ),
    );
}

fn finite_range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    (low <= high).then_some((low, high))
}

/// Makes impossible positions missing and says how many there were.
fn plausible(coordinate: &Coordinate<'_>, low: f64, high: f64, dataset: &mut Dataset) -> Vec<f64> {
    let valid = valid_range(&coordinate.array.attributes);
    let mut impossible = 0;
    let values = coordinate
        .data
        .values
        .iter()
        .map(|value| {
            if value.is_nan() {
                f64::NAN
            } else if !(low..=high).contains(value) {
                // A finding even where `valid_range` rules it out: nobody but us reads that, and xarray plots it.
                impossible += 1;
                f64::NAN
            } else if valid.is_some_and(|(min, max)| *value < min || *value > max) {
                f64::NAN
            } else {
                *value
            }
        })
        .collect();
    if impossible > 0 {
        let worst = coordinate
            .data
            .values
            .iter()
            .copied()
            .find(|value| !(low..=high).contains(value) && !value.is_nan());
        dataset.findings.push(
            Finding::new(
                Severity::Warning,
                "position-implausible",
                format!("{impossible} values such as {} are no position", worst.unwrap_or_default()),
            )
            .variable(&coordinate.array.path)
            .hint("If they mark missing values, declare them as `_FillValue` or `missing_value`."),
        );
    }
    values
}

fn fill_place(lat: &Coordinate<'_>, lon: &Coordinate<'_>, hierarchy: &Hierarchy, dataset: &mut Dataset) {
    let lats = plausible(lat, -90.0, 90.0, dataset);
    let lons = plausible(lon, -180.0, 360.0, dataset);
    let same = lat.array.dimension_names == lon.array.dimension_names && lats.len() == lons.len();
    // Of profiles (profile, level) the first position of each.
    let firsts = match lat.array.shape.as_slice() {
        [_, levels] if same && *levels > 0 => Some(
            lons.chunks(usize::try_from(*levels).unwrap_or(usize::MAX))
                .zip(lats.chunks(usize::try_from(*levels).unwrap_or(usize::MAX)))
                .filter_map(|(lons, lats)| {
                    let mut pairs = lons.iter().zip(lats);
                    pairs.find(|(lon, lat)| !lon.is_nan() && !lat.is_nan()).map(|(lon, lat)| (*lon, *lat))
                })
                .unzip::<f64, f64, Vec<f64>, Vec<f64>>(),
        ),
        _ => None,
    };
    // A position counts where both are there.
    let (lons, lats): (Vec<f64>, Vec<f64>) = if same {
        lons.iter()
            .zip(&lats)
            .filter(|(lon, lat)| !lon.is_nan() && !lat.is_nan())
            .map(|(lon, lat)| (*lon, *lat))
            .unzip()
    } else {
        (lons, lats)
    };
    let Some(bbox) = track::bounding_box(&lons, &lats) else { return };
    let how = format!("computed from {} and {}", lat.how(), lon.how());
    let extent = &mut dataset.extent;
    extent.bbox = Some(bbox);
    extent.found.insert("bbox".to_owned(), how.clone());
    let feature = dataset.feature_type.as_deref().unwrap_or_default().to_ascii_lowercase();
    let flat = lat.array.shape.len() == 1 && same;
    let dimension = lat.array.dimension_names.first().cloned().flatten().unwrap_or_default();
    let along_time = hierarchy.arrays.get(&dimension).is_some_and(|array| {
        TimeUnits::parse(array.attributes.get("units").and_then(Value::as_str).unwrap_or_default(), None)
            .is_some()
            || array.data_type.to_string().starts_with("datetime64")
    }) || matches!(dimension.as_str(), "time" | "obs");
    let moves = bbox[0] != bbox[2] || bbox[1] != bbox[3];
    extent.geometry = if !moves {
        track::points(&[bbox[0]], &[bbox[1]], 1)
    } else if !same {
        Some(track::polygon(bbox))
    } else if flat
        && (feature == "trajectory"
            || (along_time && !matches!(feature.as_str(), "profile" | "timeseries" | "point")))
    {
        track::line(&lons, &lats, TRACK_POINTS)
    } else if flat {
        track::points(&lons, &lats, POINTS)
    } else if let Some((lons, lats)) = firsts.filter(|_| feature.contains("profile")) {
        track::points(&lons, &lats, POINTS)
    } else {
        Some(track::polygon(bbox))
    };
    extent.found.insert("geometry".to_owned(), how);
}

/// 0.16 instead of 0.1599999964237213: what somebody wrote who stored it in 32 bits.
fn shortest(value: f64) -> f64 {
    crate::number::parse_f64(&(value as f32).to_string()).unwrap_or(value)
}

fn fill_vertical(vertical: &Coordinate<'_>, dataset: &mut Dataset) {
    let attributes = &vertical.array.attributes;
    let valid = valid_range(attributes);
    let values = vertical.data.values.iter().copied().filter(|value| {
        valid.is_none_or(|(min, max)| *value >= min && *value <= max) && *value > -9000.0 && *value < 1e6
    });
    let range = finite_range(values);
    if let Some(mark) = vertical.data.values.iter().find(|value| **value <= -9000.0 || **value >= 1e6) {
        dataset.findings.push(
            Finding::new(
                Severity::Warning,
                "vertical-implausible",
                format!("values such as {mark} were left out"),
            )
            .variable(&vertical.array.path)
            .hint("If they mark missing values, declare them as `_FillValue` or `missing_value`."),
        );
    }
    let Some((min, max)) = range else { return };
    let single = matches!(vertical.array.data_type, DataType::Float32);
    let (min, max) = if single { (shortest(min), shortest(max)) } else { (min, max) };
    let units = attributes.get("units").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let positive =
        match attributes.get("positive").and_then(Value::as_str).map(str::to_ascii_lowercase).as_deref() {
            Some("up") => Some("up"),
            Some("down") => Some("down"),
            _ if is_pressure(&units) => Some("down"),
            _ => match attributes.get("standard_name").and_then(Value::as_str) {
                Some("depth") => Some("down"),
                Some("altitude" | "height") => Some("up"),
                _ => None,
            },
        };
    dataset.extent.vertical = Some(Vertical { min, max, units, positive: positive.map(str::to_owned) });
    dataset.extent.found.insert("vertical".to_owned(), format!("computed from {}", vertical.how()));
}

/// A time in nanoseconds as ISO 8601, for tests and reports.
#[must_use]
pub fn iso(ns: i128) -> String {
    iso_of_ns(ns, Calendar::Standard)
}
