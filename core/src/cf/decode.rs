//! [`decode()`]: raw values as numbers with missing as NaN, as xarray decodes them.
//!
//! `_FillValue` and `missing_value`, then `scale_factor` and `add_offset`, then time units. Of Zarr v2 the
//! array's fill value is a `_FillValue`, as xarray takes it; of v3 only the attribute (which xarray writes
//! for floats as base64). `valid_range` is not applied: neither does xarray; see [`valid_range`].

use pinfold_codec::values::{mask, scale};
use serde_json::{Map, Value};

use super::time::TimeUnits;
use crate::zarr::json::number;
use crate::zarr::{Array, ArrayData, DataType, Format, Values};

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
    /// First and last of times that are stored as whole 64-bit steps, without the rounding of a double.
    pub exact: Option<(i64, i64)>,
}

/// The smallest and the largest of the steps whose decoded value is there.
fn exact(steps: &[i64], values: &[f64]) -> Option<(i64, i64)> {
    let there = steps.iter().zip(values).filter(|(_, value)| !value.is_nan()).map(|(steps, _)| *steps);
    Some((there.clone().min()?, there.max()?))
}

/// Reads an attribute as numbers: one, a list, or xarray's base64 of a double.
fn numbers(attributes: &Map<String, Value>, name: &str) -> Vec<f64> {
    fn one(value: &Value) -> Option<f64> {
        number(value).or_else(|| {
            let bytes = crate::base::decode_base64(value.as_str()?)?;
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
fn missing_marks(array: &Array) -> Vec<f64> {
    let mut marks = numbers(&array.attributes, "_FillValue");
    marks.extend(numbers(&array.attributes, "missing_value"));
    if array.format == Format::V2 {
        marks.extend(array.fill_f64());
    }
    marks.retain(|mark| !mark.is_nan());
    // Every value is compared with every mark.
    marks.truncate(16);
    marks
}

/// What marks a value as missing, as it is stored: of integers that are times also numpy's "not a time". Nothing where elements are no
/// numbers.
#[must_use]
pub fn stored_marks(array: &Array) -> Vec<f64> {
    let is_step = matches!(array.data_type, DataType::DateTime64(_) | DataType::TimeDelta64(_));
    if is_step || !array.data_type.is_numeric() {
        return Vec::new();
    }
    let mut marks = missing_marks(array);
    if array.data_type == DataType::Int64 && time_units(array).is_some() {
        marks.push(i64::MIN as f64);
    }
    marks
}

/// How integers and floats of an array are times, where its attributes say so.
fn time_units(array: &Array) -> Option<TimeUnits> {
    let text = |name: &str| array.attributes.get(name).and_then(Value::as_str);
    TimeUnits::parse(text("units").unwrap_or_default(), text("calendar"))
}

/// Signed numbers that stand for unsigned ones.
fn wrap_negative(values: &mut [f64], wrap: f64) {
    for value in values.iter_mut().filter(|value| **value < 0.0) {
        *value += wrap;
    }
}

/// How an array's elements become numbers: what its type and its attributes say, read once.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoder {
    /// What is added to negative numbers, which stand for unsigned ones.
    wrap: f64,
    marks: Vec<f64>,
    /// Factor and summand.
    scale: Option<(f64, f64)>,
    meaning: Meaning,
}

impl Decoder {
    /// `None` for text, complex numbers, and times in steps that have no length.
    #[must_use]
    pub fn new(array: &Array) -> Option<Self> {
        let plain = |scale, meaning| Some(Self { wrap: 0.0, marks: Vec::new(), scale, meaning });
        match &array.data_type {
            DataType::DateTime64(unit) => {
                let step_ns = (unit.seconds()? * 1e9).round() as i128;
                let units = TimeUnits { step_ns: step_ns.max(1), ..TimeUnits::NANOSECONDS };
                return plain(None, Meaning::Time(units));
            }
            DataType::TimeDelta64(unit) => return plain(Some((unit.seconds()?, 0.0)), Meaning::Duration),
            numbers if !numbers.is_numeric() => return None,
            _ => {}
        }
        let mut marks = stored_marks(array);
        let attributes = &array.attributes;
        let mut wrap = 0.0;
        if attributes.get("_Unsigned").and_then(Value::as_str) == Some("true") {
            wrap = match array.data_type {
                DataType::Int8 => 256.0,
                DataType::Int16 => 65_536.0,
                DataType::Int32 => 4_294_967_296.0,
                _ => 0.0,
            };
            wrap_negative(&mut marks, wrap);
        }
        let time = time_units(array);
        // Compared as floats of 32 bits.
        if matches!(array.data_type, DataType::Float16 | DataType::Float32) {
            marks.iter_mut().for_each(|mark| *mark = f64::from(*mark as f32));
        }
        let scale = numbers(attributes, "scale_factor").first().copied();
        let offset = numbers(attributes, "add_offset").first().copied();
        let scaled = scale.is_some() || offset.is_some();
        let scale = scaled.then(|| (scale.unwrap_or(1.0), offset.unwrap_or(0.0)));
        Some(Self { wrap, marks, scale, meaning: time.map_or(Meaning::Number, Meaning::Time) })
    }

    /// What the numbers are.
    #[must_use]
    pub fn meaning(&self) -> &Meaning {
        &self.meaning
    }

    /// Makes of numbers as they are stored what they mean, in place; NaN is missing.
    pub fn apply(&self, values: &mut [f64]) {
        if self.wrap > 0.0 {
            wrap_negative(values, self.wrap);
        }
        mask(values, &self.marks);
        if let Some((factor, summand)) = self.scale {
            scale(values, factor, summand);
        }
    }
}

/// Decodes `data`, which was read from `array`; `None` for text and complex numbers.
#[must_use]
pub fn decode(array: &Array, data: &ArrayData) -> Option<Decoded> {
    let decoder = Decoder::new(array)?;
    let mut values = data.to_f64()?;
    decoder.apply(&mut values);
    let exact = match (&data.values, &decoder.meaning) {
        (Values::DateTime64(steps, _), _) => exact(steps, &values),
        (Values::Int64(steps), Meaning::Time(_)) if decoder.scale.is_none() => exact(steps, &values),
        _ => None,
    };
    Some(Decoded { values, meaning: decoder.meaning, exact })
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::block::Limits;
    use crate::store::MemoryStore;
    use crate::zarr::{Hierarchy, ReadOptions, Selection};

    /// What becomes of these little-endian bytes.
    fn check(dtype: &str, fill: Value, attributes: Value, bytes: Vec<u8>, expected: &[f64]) {
        let item: usize = dtype[2..].parse().unwrap();
        let count = bytes.len() / item;
        let metadata = json!({"zarr_format": 2, "shape": [count], "chunks": [count], "dtype": dtype, "order": "C",
            "compressor": null, "filters": null, "fill_value": fill});
        let store = MemoryStore::from_iter([
            (".zgroup", br#"{"zarr_format": 2}"#.to_vec()),
            ("a/.zarray", metadata.to_string().into_bytes()),
            ("a/.zattrs", attributes.to_string().into_bytes()),
            ("a/0", bytes),
        ]);
        let hierarchy = block_on(Hierarchy::open(&store, &Limits::default())).unwrap();
        let array = &hierarchy.arrays["a"];
        let data =
            block_on(array.read(&store, &Selection::all(&array.shape), &ReadOptions::default())).unwrap();
        let decoded = decode(array, &data).unwrap();
        let values = decoded.values;
        let same = values.len() == expected.len()
            && values
                .iter()
                .zip(expected)
                .all(|(found, expected)| found == expected || found.is_nan() && expected.is_nan());
        assert!(same, "{attributes}: {values:?}, {expected:?} expected");
    }

    #[test]
    fn nanoseconds_lose_no_digit() {
        // 2024-08-11T14:17:01.123456789Z and one nanosecond later: the same double.
        let steps = [1_723_385_821_123_456_789i64, 1_723_385_821_123_456_790, i64::MIN];
        let metadata = json!({"zarr_format": 2, "shape": [3], "chunks": [3], "dtype": "<i8", "order": "C",
            "compressor": null, "filters": null, "fill_value": null});
        let store = MemoryStore::from_iter([
            (".zgroup", br#"{"zarr_format": 2}"#.to_vec()),
            ("a/.zarray", metadata.to_string().into_bytes()),
            ("a/.zattrs", br#"{"units": "nanoseconds since 1970-01-01"}"#.to_vec()),
            ("a/0", steps.into_iter().flat_map(i64::to_le_bytes).collect()),
        ]);
        let hierarchy = block_on(Hierarchy::open(&store, &Limits::default())).unwrap();
        let array = &hierarchy.arrays["a"];
        let data = block_on(array.read(&store, &Selection::all(&[3]), &ReadOptions::default())).unwrap();
        let decoded = decode(array, &data).unwrap();
        assert_eq!(decoded.values[0], decoded.values[1]);
        assert_eq!(decoded.exact, Some((steps[0], steps[1])));
        let Meaning::Time(units) = decoded.meaning else { panic!() };
        let iso = crate::cf::time::iso_of_ns(units.to_ns_exact(steps[1]), units.calendar);
        assert_eq!(iso, "2024-08-11T14:17:01.12345679Z");
    }

    #[test]
    fn packed_and_missing() {
        let nan = f64::NAN;
        let scaled =
            json!({"_FillValue": -1, "scale_factor": 0.5, "add_offset": 10.0, "valid_range": [0, 2]});
        check("<i2", Value::Null, scaled, vec![2, 0, 0xff, 0xff, 4, 0], &[11.0, nan, 12.0]);
        check(
            "|i1",
            Value::Null,
            json!({"_Unsigned": "true", "_FillValue": -1}),
            vec![0xfe, 0xff, 1],
            &[254.0, nan, 1.0],
        );
        check(
            "<i2",
            json!(7),
            json!({"missing_value": [8, 9]}),
            vec![7, 0, 8, 0, 9, 0, 6, 0],
            &[nan, nan, nan, 6.0],
        );
        let single: Vec<u8> = [-9999.9f32, 1.5].into_iter().flat_map(f32::to_le_bytes).collect();
        check("<f4", Value::Null, json!({"_FillValue": -9999.9}), single, &[nan, 1.5]);
        let double: Vec<u8> = [1.0f64, 2.0].into_iter().flat_map(f64::to_le_bytes).collect();
        check("<f8", Value::Null, json!({"_FillValue": "AAAAAAAA8D8="}), double, &[nan, 2.0]);
        let not_a_time: Vec<u8> = [i64::MIN, 3].into_iter().flat_map(i64::to_le_bytes).collect();
        check("<i8", Value::Null, json!({"units": "seconds since 2000-01-01"}), not_a_time, &[nan, 3.0]);
    }
}
