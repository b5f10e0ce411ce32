//! Which variable is what: [`classify`] finds axes, coordinates, bounds and ancillary variables.
//!
//! In the order of CF: `axis`, units, `standard_name`, the `coordinates` attribute, and last the name.

use serde_json::Value;

use super::time::TimeUnits;
use super::units::{is_latitude, is_longitude, is_pressure, to_metres};
use crate::model::Role;
use crate::sorted::SortedMap;
use crate::zarr::{Array, DataType, Hierarchy};

/// The axis of a coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Axis {
    /// Longitude.
    X,
    /// Latitude.
    Y,
    /// Vertical.
    Z,
    /// Time.
    T,
}

impl Axis {
    /// The letter of CF.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::X => "X",
            Self::Y => "Y",
            Self::Z => "Z",
            Self::T => "T",
        }
    }
}

/// What is known of one variable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Class {
    /// What it is for.
    pub role: Role,
    /// Its axis.
    pub axis: Option<Axis>,
}

fn text<'a>(array: &'a Array, name: &str) -> &'a str {
    array.attributes.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Names in an attribute such as `coordinates`, resolved in the variable's own group.
fn names_in<'a>(array: &'a Array, attribute: &str) -> impl Iterator<Item = String> + 'a {
    let group = array.group();
    text(array, attribute)
        .split_whitespace()
        .filter(|word| !word.ends_with(':'))
        .map(move |name| if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") })
}

/// The axis of an array by its own attributes; `by_name` allows its name to decide as well.
fn axis_of(array: &Array, by_name: bool) -> Option<Axis> {
    if matches!(array.data_type, DataType::DateTime64(_)) {
        return Some(Axis::T);
    }
    let units = text(array, "units");
    if TimeUnits::parse(units, None).is_some() {
        let standard_name = text(array, "standard_name");
        return (standard_name.is_empty() || standard_name.ends_with("time")).then_some(Axis::T);
    }
    if is_latitude(units) {
        return Some(Axis::Y);
    }
    if is_longitude(units) {
        return Some(Axis::X);
    }
    match text(array, "standard_name") {
        "latitude" | "deployment_latitude" | "grid_latitude" => return Some(Axis::Y),
        "longitude" | "deployment_longitude" | "grid_longitude" => return Some(Axis::X),
        "time" => return Some(Axis::T),
        "altitude"
        | "height"
        | "depth"
        | "height_above_mean_sea_level"
        | "geopotential_height"
        | "height_above_geopotential_datum"
        | "model_level_number"
        | "height_above_reference_ellipsoid" => return Some(Axis::Z),
        _ => {}
    }
    match text(array, "axis") {
        "X" => return Some(Axis::X),
        "Y" => return Some(Axis::Y),
        "Z" => return Some(Axis::Z),
        "T" => return Some(Axis::T),
        _ => {}
    }
    if !text(array, "positive").is_empty() {
        return Some(Axis::Z);
    }
    if !by_name {
        return None;
    }
    let name = array.name().to_ascii_lowercase();
    match name.as_str() {
        "lat" | "latitude" | "lats" => Some(Axis::Y),
        "lon" | "longitude" | "long" | "lons" => Some(Axis::X),
        "time" | "datetime" => Some(Axis::T),
        "alt" | "altitude" | "height" | "heights" | "level" | "range" | "depth" | "z" | "gpsalt"
            if to_metres(units).is_some() =>
        {
            Some(Axis::Z)
        }
        "pressure" | "plev" | "pres" if is_pressure(units) => Some(Axis::Z),
        _ => {
            if name.contains("latitude") {
                Some(Axis::Y)
            } else if name.contains("longitude") {
                Some(Axis::X)
            } else {
                None
            }
        }
    }
}

/// What every array of the hierarchy is for.
#[must_use]
pub fn classify(hierarchy: &Hierarchy) -> SortedMap<String, Class> {
    let arrays = &hierarchy.arrays;
    let (mut bounds, mut coordinates, mut ancillary) = (Vec::new(), Vec::new(), Vec::new());
    for array in arrays.values() {
        bounds.extend(names_in(array, "bounds"));
        bounds.extend(names_in(array, "climatology"));
        coordinates.extend(names_in(array, "coordinates"));
        ancillary.extend(names_in(array, "ancillary_variables"));
    }
    for group in hierarchy.groups.values() {
        if let Some(names) = group.attributes.get("coordinates").and_then(Value::as_str) {
            let prefix = if group.path.is_empty() { String::new() } else { format!("{}/", group.path) };
            coordinates.extend(names.split_whitespace().map(|name| format!("{prefix}{name}")));
        }
    }
    for names in [&mut bounds, &mut coordinates, &mut ancillary] {
        names.sort_unstable();
    }
    let among = |names: &[String], path: &String| names.binary_search(path).is_ok();
    arrays
        .iter()
        .map(|(path, array)| {
            let name = array.name();
            let own_dimension =
                array.dimension_names.len() == 1 && array.dimension_names[0].as_deref() == Some(name);
            let is_bounds = among(&bounds, path) || name.ends_with("_bnds") || name.ends_with("_bounds");
            let named = among(&coordinates, path);
            let standard_name = text(array, "standard_name");
            let flags = array.attributes.contains_key("flag_meanings")
                || standard_name.ends_with("status_flag")
                || standard_name.ends_with("quality_flag")
                || ["qc_", "flag_"].iter().any(|prefix| name.to_ascii_lowercase().starts_with(prefix))
                || ["_qc", "_flag", "_flags"]
                    .iter()
                    .any(|suffix| name.to_ascii_lowercase().ends_with(suffix));
            let axis = if is_bounds || flags { None } else { axis_of(array, true) };
            let words = matches!(
                array.data_type,
                DataType::Text
                    | DataType::Blob
                    | DataType::FixedBytes(_)
                    | DataType::FixedUnicode(_)
                    | DataType::Raw(_)
            );
            let role = if is_bounds {
                Role::Bounds
            } else if own_dimension {
                Role::Dimension
            } else if flags || among(&ancillary, path) || words {
                Role::Ancillary
            } else if named || (axis.is_some() && array.shape.len() <= 2) {
                Role::Coordinate
            } else {
                Role::Data
            };
            (path.clone(), Class { role, axis })
        })
        .collect()
}
