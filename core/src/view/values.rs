//! [`decode`]: stored values to physical ones: missing as NaN, scale and offset applied, times as seconds since 1970.

use serde_json::Value;

use crate::plot::time_axis;
use crate::zarr::{Array, ArrayData, Format, Values, json};

/// Physical values.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// NaN is missing.
    pub values: Vec<f64>,
    /// Whether these are seconds since 1970-01-01T00:00:00Z.
    pub is_time: bool,
}

fn text<'a>(array: &'a Array, name: &str) -> &'a str {
    array.attributes.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn numbers(array: &Array, name: &str) -> Vec<f64> {
    match array.attributes.get(name) {
        Some(Value::Array(list)) => list.iter().take(16).filter_map(number).collect(),
        Some(value) => number(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// A number; xarray writes the `_FillValue` of floats in v3 as base64 of their little-endian bytes.
fn number(value: &Value) -> Option<f64> {
    json::number(value).or_else(|| {
        let bytes = data_encoding::BASE64.decode(value.as_str()?.as_bytes()).ok()?;
        match <[u8; 8]>::try_from(bytes.as_slice()) {
            Ok(eight) => Some(f64::from_le_bytes(eight)),
            Err(_) => {
                <[u8; 4]>::try_from(bytes.as_slice()).ok().map(|four| f64::from(f32::from_le_bytes(four)))
            }
        }
    })
}

/// Unit of a time in seconds and its epoch in seconds since 1970; `None` for other units and calendars.
fn time_units(units: &str, calendar: &str) -> Option<(f64, f64)> {
    let standard = ["", "standard", "gregorian", "proleptic_gregorian"];
    if !standard.contains(&calendar.to_ascii_lowercase().as_str()) {
        return None;
    }
    let (unit, epoch) = units.split_once(" since ")?;
    let seconds = match unit.trim().to_ascii_lowercase().as_str() {
        "nanoseconds" | "nanosecond" | "ns" => 1e-9,
        "microseconds" | "microsecond" | "us" => 1e-6,
        "milliseconds" | "millisecond" | "ms" | "msec" => 1e-3,
        "seconds" | "second" | "secs" | "sec" | "s" => 1.0,
        "minutes" | "minute" | "mins" | "min" => 60.0,
        "hours" | "hour" | "hrs" | "hr" | "h" => 3600.0,
        "days" | "day" | "d" => 86_400.0,
        _ => return None,
    };
    Some((seconds, epoch_seconds(epoch.trim())?))
}

fn epoch_seconds(text: &str) -> Option<f64> {
    let text = text.trim_end_matches("UTC").trim_end_matches('Z').trim();
    let (date, rest) = match text.find([' ', 'T']) {
        Some(at) => (&text[..at], text[at + 1..].trim()),
        None => (text, ""),
    };
    let mut parts = date.splitn(3, '-');
    let mut part = || parts.next()?.parse::<u32>().ok();
    let (year, month, day) = (part()?, part()?, part()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || year > 9999 {
        return None;
    }
    let mut clock = rest;
    let mut offset = 0.0;
    if let Some(at) = rest.find(['+', '-']).or_else(|| rest.find(' ')) {
        let zone: String = rest[at..].chars().filter(|c| c.is_ascii_digit()).collect();
        let (hours, minutes) = match zone.len() {
            0 => (0.0, 0.0),
            1 | 2 => (zone.parse::<f64>().ok()?, 0.0),
            length => (
                zone[..length.min(4) - 2].parse::<f64>().ok()?,
                zone[length.min(4) - 2..length.min(4)].parse::<f64>().ok()?,
            ),
        };
        offset = hours * 3600.0 + minutes * 60.0;
        if rest[at..].trim_start().starts_with('-') {
            offset = -offset;
        }
        clock = rest[..at].trim();
    }
    let mut seconds = 0.0;
    for (part, unit) in clock.split(':').filter(|part| !part.is_empty()).zip([3600.0, 60.0, 1.0]) {
        seconds += part.parse::<f64>().ok()? * unit;
    }
    Some(time_axis::days_of(i64::from(year), month, day) as f64 * 86_400.0 + seconds - offset)
}

/// `data` of `array` as physical values; `None` for texts and complex numbers.
#[must_use]
pub fn decode(array: &Array, data: &ArrayData) -> Option<Decoded> {
    let mut values = data.to_f64()?;
    if let Values::DateTime64(_, unit) = &data.values {
        let seconds = unit.seconds()?;
        for value in &mut values {
            *value *= seconds;
        }
        return Some(Decoded { values, is_time: true });
    }
    let mut missing = numbers(array, "_FillValue");
    missing.extend(numbers(array, "missing_value"));
    if array.format == Format::V2 {
        missing.extend(array.fill_f64());
    }
    let range = numbers(array, "valid_range");
    let low = range.first().copied().or_else(|| numbers(array, "valid_min").first().copied());
    let high = range.get(1).copied().or_else(|| numbers(array, "valid_max").first().copied());
    let scale = numbers(array, "scale_factor").first().copied().unwrap_or(1.0);
    let offset = numbers(array, "add_offset").first().copied().unwrap_or(0.0);
    for value in &mut values {
        let gone = missing.contains(value)
            || low.is_some_and(|low| *value < low)
            || high.is_some_and(|high| *value > high);
        *value = if gone { f64::NAN } else { *value * scale + offset };
    }
    if let Some((seconds, epoch)) = time_units(text(array, "units"), text(array, "calendar")) {
        for value in &mut values {
            *value = *value * seconds + epoch;
        }
        return Some(Decoded { values, is_time: true });
    }
    Some(Decoded { values, is_time: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fill_values_of_floats_in_base64() {
        assert!(number(&Value::from("AAAAAAAA+H8=")).is_some_and(f64::is_nan));
        assert_eq!(number(&Value::from("AAAAAAAA8D8=")), Some(1.0));
        assert_eq!(number(&Value::from("AACAPw==")), Some(1.0));
        assert_eq!(number(&Value::from("no number")), None);
    }

    #[test]
    fn epochs_as_they_are_written() {
        let day = 20_488.0 * 86_400.0;
        for (text, expected) in [
            ("2026-02-04", day),
            ("2026-02-04 11:42:00", day + 42_120.0),
            ("2026-02-04T11:42:00Z", day + 42_120.0),
            ("2026-02-04 11:42:00.500", day + 42_120.5),
            ("2026-02-04 11:42", day + 42_120.0),
            ("2026-02-04T00:00:00+00:00", day),
            ("2026-02-04 02:00:00 +02:00", day),
            ("2026-2-4 00:00:0.0", day),
            ("2026-02-04 00:00:00 UTC", day),
            ("2026-02-04 00:00:00 -0130", day + 5400.0),
        ] {
            assert_eq!(epoch_seconds(text), Some(expected), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "99999-01-01", "2026-02-04 ab:cd"] {
            assert_eq!(epoch_seconds(text), None, "{text}");
        }
        assert_eq!(time_units("days since 2000-01-01", "noleap"), None);
        assert_eq!(time_units("m since 2000-01-01", ""), None);
    }
}
