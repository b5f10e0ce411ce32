//! [`decode()`]: raw values as numbers with missing as NaN, as xarray decodes them.
//!
//! `_FillValue` and `missing_value`, then `scale_factor` and `add_offset`, then time units. Of Zarr v2 the
//! array's fill value is a `_FillValue`, as xarray takes it; of v3 only the attribute (which xarray writes
//! for floats as base64). `valid_range` is not applied: neither does xarray; see [`valid_range`].

use data_encoding::BASE64;
use serde_json::{Map, Value};

use super::time::TimeUnits;
use crate::zarr::json::number;
use crate::zarr::{Array, ArrayData, Format, Values};

/// What the numbers are.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// A quantity.
    Number,
    /// Nanoseconds are [`TimeUnits::to_ns`] of the numbers.
    Time(TimeUnits),
    /// A duration in seconds.
    Duration,
}

/// Decoded values in C order.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// NaN is missing. Times are in steps of their units.
    pub values: Vec<f64>,
    /// What they are.
    pub meaning: Meaning,
}

/// Reads an attribute as numbers: one, a list, or xarray's base64 of a double.
fn numbers(attributes: &Map<String, Value>, name: &str) -> Vec<f64> {
    fn one(value: &Value) -> Option<f64> {
        number(value).or_else(|| {
            let bytes = BASE64.decode(value.as_str()?.as_bytes()).ok()?;
            Some(f64::from_le_bytes(bytes.try_into().ok()?))
        })
    }
    match attributes.get(name) {
        Some(Value::Array(values)) => values.iter().filter_map(one).collect(),
        Some(value) => one(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// `valid_range`, or `valid_min` and `valid_max`, in decoded units. For extents and plots only.
#[must_use]
pub fn valid_range(attributes: &Map<String, Value>) -> Option<(f64, f64)> {
    if let [min, max] = numbers(attributes, "valid_range")[..] {
        return Some((min, max));
    }
    let min = numbers(attributes, "valid_min").first().copied();
    let max = numbers(attributes, "valid_max").first().copied();
    (min.is_some() || max.is_some()).then(|| (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY)))
}

/// What marks a value as missing, in raw units.
#[must_use]
pub fn missing_marks(array: &Array) -> Vec<f64> {
    let mut marks = numbers(&array.attributes, "_FillValue");
    marks.extend(numbers(&array.attributes, "missing_value"));
    if array.format == Format::V2 {
        marks.extend(array.fill_f64());
    }
    marks.retain(|mark| !mark.is_nan());
    marks
}

/// Decodes `data`, which was read from `array`; `None` for text and complex numbers.
#[must_use]
pub fn decode(array: &Array, data: &ArrayData) -> Option<Decoded> {
    match &data.values {
        Values::DateTime64(_, unit) => {
            let step_ns = (unit.seconds()? * 1e9).round() as i128;
            let units = TimeUnits { step_ns: step_ns.max(1), ..TimeUnits::NANOSECONDS };
            return Some(Decoded { values: data.to_f64()?, meaning: Meaning::Time(units) });
        }
        Values::TimeDelta64(_, unit) => {
            let seconds = unit.seconds()?;
            let values = data.to_f64()?.into_iter().map(|value| value * seconds).collect();
            return Some(Decoded { values, meaning: Meaning::Duration });
        }
        _ => {}
    }
    let mut values = data.to_f64()?;
    let attributes = &array.attributes;
    if attributes.get("_Unsigned").and_then(Value::as_str) == Some("true") {
        let wrap = match &data.values {
            Values::Int8(_) => 256.0,
            Values::Int16(_) => 65_536.0,
            Values::Int32(_) => 4_294_967_296.0,
            _ => 0.0,
        };
        for value in values.iter_mut().filter(|value| **value < 0.0) {
            *value += wrap;
        }
    }
    let text_units = attributes.get("units").and_then(Value::as_str).unwrap_or_default();
    let calendar = attributes.get("calendar").and_then(Value::as_str);
    let time = TimeUnits::parse(text_units, calendar);
    let marks = missing_marks(array);
    // Float32 data are compared with the mark as a float32.
    let single = matches!(data.values, Values::Float32(_));
    let marks: Vec<f64> =
        marks.into_iter().map(|mark| if single { f64::from(mark as f32) } else { mark }).collect();
    if !marks.is_empty() {
        for value in &mut values {
            if marks.contains(value) {
                *value = f64::NAN;
            }
        }
    }
    let scale = numbers(attributes, "scale_factor").first().copied();
    let offset = numbers(attributes, "add_offset").first().copied();
    if scale.is_some() || offset.is_some() {
        let (scale, offset) = (scale.unwrap_or(1.0), offset.unwrap_or(0.0));
        for value in &mut values {
            *value = *value * scale + offset;
        }
    }
    let meaning = time.map_or(Meaning::Number, Meaning::Time);
    Some(Decoded { values, meaning })
}
