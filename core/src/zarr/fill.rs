//! [`FillValue`]: what a missing chunk is full of.

use pinfold_codec::element::append_doubles;
use serde_json::Value;

use super::dtype::DataType;
use super::json;

/// What a missing chunk is full of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FillValue {
    /// One element, little-endian.
    Element(Vec<u8>),
    /// Text of any length.
    Text(String),
    /// Bytes of any length.
    Blob(Vec<u8>),
}

impl FillValue {
    /// What v2's `null` is taken for: zeros, empty text.
    pub(crate) fn zero(data_type: &DataType) -> Self {
        match data_type {
            DataType::Text => Self::Text(String::new()),
            DataType::Blob => Self::Blob(Vec::new()),
            // The item size of a fixed type fits: see `Array::check`.
            _ => Self::Element(vec![0; data_type.item_bytes().unwrap_or(0) as usize]),
        }
    }

    /// From `fill_value` of either version; `None` for `null`.
    pub(crate) fn parse(value: &Value, data_type: &DataType) -> Result<Option<Self>, String> {
        if value.is_null() {
            return Ok(None);
        }
        let wrong = || format!("fill_value {value} is not a {data_type}");
        let found = match data_type {
            DataType::Unsupported(_) => return Ok(None),
            DataType::Text => match value {
                Value::String(text) => Self::Text(text.clone()),
                // zarr-python 2 wrote 0 for object arrays.
                Value::Number(_) => Self::Text(String::new()),
                _ => return Err(wrong()),
            },
            DataType::Blob => Self::Blob(blob(value).ok_or_else(wrong)?),
            DataType::FixedUnicode(length) => {
                let text = value.as_str().ok_or_else(wrong)?;
                let code_points = text.chars().chain(std::iter::repeat('\0')).take(*length as usize);
                Self::Element(code_points.flat_map(|point| u32::from(point).to_le_bytes()).collect())
            }
            DataType::FixedBytes(length) | DataType::Raw(length) => {
                let mut bytes = match value {
                    // 0 stands for "all zeros" in files of zarr-python 2.
                    Value::Number(_) => Vec::new(),
                    _ => blob(value).ok_or_else(wrong)?,
                };
                bytes.resize(*length as usize, 0);
                Self::Element(bytes)
            }
            _ => Self::Element(scalar(value, data_type).ok_or_else(wrong)?),
        };
        Ok(Some(found))
    }

    /// The value as a number, where the type is one.
    #[must_use]
    pub fn to_f64(&self, data_type: &DataType) -> Option<f64> {
        let Self::Element(bytes) = self else { return None };
        let mut number = Vec::new();
        append_doubles(&mut number, bytes, data_type.real()?);
        number.pop()
    }
}

/// Bytes in base64, as text that is none, or as a list of numbers.
fn blob(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => {
            Some(crate::base::decode_base64(text).unwrap_or_else(|| text.clone().into_bytes()))
        }
        Value::Array(bytes) => {
            bytes.iter().map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok())).collect()
        }
        _ => None,
    }
}

/// One number, little-endian.
fn scalar(value: &Value, data_type: &DataType) -> Option<Vec<u8>> {
    Some(match data_type {
        DataType::Bool => vec![u8::from(value.as_bool().or_else(|| value.as_f64().map(|v| v != 0.0))?)],
        DataType::Int8 => i8::try_from(integer(value)?).ok()?.to_le_bytes().to_vec(),
        DataType::UInt8 => vec![u8::try_from(integer(value)?).ok()?],
        DataType::Int16 => i16::try_from(integer(value)?).ok()?.to_le_bytes().to_vec(),
        DataType::UInt16 => u16::try_from(integer(value)?).ok()?.to_le_bytes().to_vec(),
        DataType::Int32 => i32::try_from(integer(value)?).ok()?.to_le_bytes().to_vec(),
        DataType::UInt32 => u32::try_from(integer(value)?).ok()?.to_le_bytes().to_vec(),
        DataType::Int64 => i64::try_from(integer(value)?).ok()?.to_le_bytes().to_vec(),
        DataType::UInt64 => u64::try_from(integer(value)?).ok()?.to_le_bytes().to_vec(),
        DataType::DateTime64(_) | DataType::TimeDelta64(_) => match value.as_str() {
            Some("NaT") => i64::MIN.to_le_bytes().to_vec(),
            _ => i64::try_from(integer(value)?).ok()?.to_le_bytes().to_vec(),
        },
        DataType::Float16 => match bits(value) {
            Some(bits) => u16::try_from(bits).ok()?.to_le_bytes().to_vec(),
            None => f16_bits(json::number(value)?).to_le_bytes().to_vec(),
        },
        DataType::Float32 => match bits(value) {
            Some(bits) => u32::try_from(bits).ok()?.to_le_bytes().to_vec(),
            None => (json::number(value)? as f32).to_le_bytes().to_vec(),
        },
        DataType::Float64 => match bits(value) {
            Some(bits) => bits.to_le_bytes().to_vec(),
            None => json::number(value)?.to_le_bytes().to_vec(),
        },
        DataType::Complex64 | DataType::Complex128 => {
            let part = if *data_type == DataType::Complex64 { DataType::Float32 } else { DataType::Float64 };
            match value {
                Value::Array(parts) => match parts.as_slice() {
                    [real, imaginary] => [scalar(real, &part)?, scalar(imaginary, &part)?].concat(),
                    _ => return None,
                },
                real => [scalar(real, &part)?, scalar(&Value::from(0), &part)?].concat(),
            }
        }
        _ => return None,
    })
}

/// An integer, also where it was written as `0.0`.
fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => {
            let whole = || number.as_f64().filter(|v| v.fract() == 0.0 && v.abs() < 1e19).map(|v| v as i128);
            number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)).or_else(whole)
        }
        Value::Bool(value) => Some((*value).into()),
        _ => None,
    }
}

/// v3's hexadecimal form of a float's bits.
fn bits(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.as_str()?.strip_prefix("0x")?, 16).ok()
}

/// The nearest float of 16 bits (ties to even).
fn f16_bits(value: f64) -> u16 {
    let sign = if value.is_sign_negative() { 0x8000 } else { 0 };
    if value.is_nan() {
        return 0x7e00;
    }
    let magnitude = value.abs();
    if magnitude >= 65520.0 {
        return sign | 0x7c00;
    }
    // Below 2^-14 the steps are 2^-24; above, 2^10 steps for each power of two. A carry into the
    // exponent is right as it is.
    let exponent = (magnitude.to_bits() >> 52) as i32 - 1023;
    if exponent < -14 {
        return sign | (magnitude * 16_777_216.0).round_ties_even() as u16;
    }
    let fraction = (magnitude / 2f64.powi(exponent) - 1.0) * 1024.0;
    sign | (((exponent + 15) as u16) << 10).wrapping_add(fraction.round_ties_even() as u16)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;
    use crate::zarr::dtype::TimeUnit;

    fn check(value: &Value, data_type: &DataType, expected: Expect) {
        expected.assert_eq(&format!("{:?}", FillValue::parse(value, data_type)));
    }

    #[test]
    fn values_of_all_kinds() {
        let time = DataType::DateTime64(TimeUnit { name: "ns".to_owned(), scale: 1 });
        check(&json!(null), &DataType::Int8, expect!["Ok(None)"]);
        check(&json!(-1), &DataType::Int16, expect!["Ok(Some(Element([255, 255])))"]);
        check(&json!(0.0), &DataType::UInt8, expect!["Ok(Some(Element([0])))"]);
        check(&json!("NaN"), &DataType::Float32, expect!["Ok(Some(Element([0, 0, 192, 127])))"]);
        check(&json!("0x7fc00001"), &DataType::Float32, expect!["Ok(Some(Element([1, 0, 192, 127])))"]);
        check(&json!(1.5), &DataType::Float16, expect!["Ok(Some(Element([0, 62])))"]);
        check(
            &json!([1, "NaN"]),
            &DataType::Complex64,
            expect!["Ok(Some(Element([0, 0, 128, 63, 0, 0, 192, 127])))"],
        );
        check(&json!("NaT"), &time, expect!["Ok(Some(Element([0, 0, 0, 0, 0, 0, 0, 128])))"]);
        check(&json!("YWI="), &DataType::FixedBytes(3), expect!["Ok(Some(Element([97, 98, 0])))"]);
        check(
            &json!("é"),
            &DataType::FixedUnicode(2),
            expect!["Ok(Some(Element([233, 0, 0, 0, 0, 0, 0, 0])))"],
        );
        check(&json!("none"), &DataType::Text, expect![[r#"Ok(Some(Text("none")))"#]]);
        check(&json!(300), &DataType::UInt8, expect![[r#"Err("fill_value 300 is not a uint8")"#]]);
        check(&json!("x"), &DataType::Float64, expect![[r#"Err("fill_value \"x\" is not a float64")"#]]);
    }

    #[test]
    fn halves_round_trip() {
        for bits in (0..0x7c00u16).chain(0x8000..0xfc00) {
            let value = pinfold_codec::element::f16(bits);
            assert_eq!(f16_bits(value.into()), bits);
        }
    }
}
