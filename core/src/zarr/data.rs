//! [`ArrayData`]: values in memory, C order.

use pinfold_codec::element;

use super::dtype::{DataType, TimeUnit};

/// The elements of an array in C order (last dimension fastest).
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Truth values.
    Bool(Vec<bool>),
    /// Signed integers of 8 bits.
    Int8(Vec<i8>),
    /// Signed integers of 16 bits.
    Int16(Vec<i16>),
    /// Signed integers of 32 bits.
    Int32(Vec<i32>),
    /// Signed integers of 64 bits.
    Int64(Vec<i64>),
    /// Unsigned integers of 8 bits.
    UInt8(Vec<u8>),
    /// Unsigned integers of 16 bits.
    UInt16(Vec<u16>),
    /// Unsigned integers of 32 bits.
    UInt32(Vec<u32>),
    /// Unsigned integers of 64 bits.
    UInt64(Vec<u64>),
    /// Floats of 32 bits; those of 16 bits are widened.
    Float32(Vec<f32>),
    /// Floats of 64 bits.
    Float64(Vec<f64>),
    /// Real and imaginary parts; those of 32 bits are widened.
    Complex(Vec<[f64; 2]>),
    /// Steps since 1970-01-01T00:00; `i64::MIN` is "not a time".
    DateTime64(Vec<i64>, TimeUnit),
    /// Numbers of steps; `i64::MIN` is "not a time".
    TimeDelta64(Vec<i64>, TimeUnit),
    /// Text of fixed or any length; invalid UTF-8 and UTF-32 as U+FFFD.
    Text(Vec<String>),
    /// Bytes: numpy's `S` without the zeros at the end, `V` and `bytes` as they are.
    Bytes(Vec<Vec<u8>>),
}

/// An array's values and their shape.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrayData {
    /// Length of each dimension; empty for a scalar.
    pub shape: Vec<usize>,
    /// As many elements as the shape says, C order.
    pub values: Values,
}

impl ArrayData {
    /// From little-endian elements in C order; `None` for types whose elements have no fixed size.
    pub(crate) fn from_bytes(shape: Vec<usize>, bytes: &[u8], data_type: &DataType) -> Option<Self> {
        let items = |length: u32| {
            // An item of no bytes leaves no trace in `bytes`: the shape says how many there are.
            let count = if length == 0 { shape.iter().product() } else { bytes.len() / length as usize };
            (0..count).map(move |at| &bytes[at * length as usize..][..length as usize])
        };
        let values = match data_type {
            DataType::Bool => Values::Bool(bytes.iter().map(|byte| *byte != 0).collect()),
            DataType::Int8 => Values::Int8(element::i8s(bytes)),
            DataType::Int16 => Values::Int16(element::i16s(bytes)),
            DataType::Int32 => Values::Int32(element::i32s(bytes)),
            DataType::Int64 => Values::Int64(element::i64s(bytes)),
            DataType::UInt8 => Values::UInt8(bytes.to_vec()),
            DataType::UInt16 => Values::UInt16(element::u16s(bytes)),
            DataType::UInt32 => Values::UInt32(element::u32s(bytes)),
            DataType::UInt64 => Values::UInt64(element::u64s(bytes)),
            DataType::Float16 => Values::Float32(element::f16s(bytes)),
            DataType::Float32 => Values::Float32(element::f32s(bytes)),
            DataType::Float64 => Values::Float64(element::f64s(bytes)),
            DataType::Complex64 => Values::Complex(
                element::f32s(bytes)
                    .as_chunks()
                    .0
                    .iter()
                    .map(|[re, im]| [(*re).into(), (*im).into()])
                    .collect(),
            ),
            DataType::Complex128 => Values::Complex(element::f64s(bytes).as_chunks().0.to_vec()),
            DataType::DateTime64(unit) => Values::DateTime64(element::i64s(bytes), unit.clone()),
            DataType::TimeDelta64(unit) => Values::TimeDelta64(element::i64s(bytes), unit.clone()),
            DataType::FixedBytes(length) => Values::Bytes(
                items(*length)
                    .map(|item| {
                        let end = item.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
                        item[..end].to_vec()
                    })
                    .collect(),
            ),
            DataType::Raw(length) => Values::Bytes(items(*length).map(<[u8]>::to_vec).collect()),
            DataType::FixedUnicode(length) => {
                let text = |item: &[u8]| -> String {
                    let points = item.as_chunks().0.iter().map(|point| u32::from_le_bytes(*point));
                    let text: String = points
                        .map(|point| char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER))
                        .collect();
                    text.trim_end_matches('\0').to_owned()
                };
                Values::Text(items(length.checked_mul(4)?).map(text).collect())
            }
            DataType::Text | DataType::Blob | DataType::Unsupported(_) => return None,
        };
        Some(Self { shape, values })
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.values {
            Values::Bool(values) => values.len(),
            Values::Int8(values) => values.len(),
            Values::Int16(values) => values.len(),
            Values::Int32(values) => values.len(),
            Values::Int64(values) | Values::DateTime64(values, _) | Values::TimeDelta64(values, _) => {
                values.len()
            }
            Values::UInt8(values) => values.len(),
            Values::UInt16(values) => values.len(),
            Values::UInt32(values) => values.len(),
            Values::UInt64(values) => values.len(),
            Values::Float32(values) => values.len(),
            Values::Float64(values) => values.len(),
            Values::Complex(values) => values.len(),
            Values::Text(values) => values.len(),
            Values::Bytes(values) => values.len(),
        }
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers as floats: truth values as 0 and 1, times and durations as steps of their unit
    /// with "not a time" as NaN. `None` for text, bytes and complex numbers. Integers beyond 2⁵³ are
    /// rounded. Fill values are numbers like any other here: `cf` makes them missing.
    #[must_use]
    pub fn to_f64(&self) -> Option<Vec<f64>> {
        let steps = |steps: &i64| if *steps == i64::MIN { f64::NAN } else { *steps as f64 };
        Some(match &self.values {
            Values::Bool(values) => values.iter().map(|value| f64::from(u8::from(*value))).collect(),
            Values::Int8(values) => values.iter().map(|value| f64::from(*value)).collect(),
            Values::Int16(values) => values.iter().map(|value| f64::from(*value)).collect(),
            Values::Int32(values) => values.iter().map(|value| f64::from(*value)).collect(),
            Values::Int64(values) => values.iter().map(|value| *value as f64).collect(),
            Values::UInt8(values) => values.iter().map(|value| f64::from(*value)).collect(),
            Values::UInt16(values) => values.iter().map(|value| f64::from(*value)).collect(),
            Values::UInt32(values) => values.iter().map(|value| f64::from(*value)).collect(),
            Values::UInt64(values) => values.iter().map(|value| *value as f64).collect(),
            Values::Float32(values) => values.iter().map(|value| f64::from(*value)).collect(),
            Values::Float64(values) => values.clone(),
            Values::DateTime64(values, _) | Values::TimeDelta64(values, _) => {
                values.iter().map(steps).collect()
            }
            Values::Complex(_) | Values::Text(_) | Values::Bytes(_) => return None,
        })
    }

    /// The texts, bytes read as UTF-8 (invalid ones as U+FFFD). `None` for numbers.
    #[must_use]
    pub fn to_strings(&self) -> Option<Vec<String>> {
        match &self.values {
            Values::Text(values) => Some(values.clone()),
            Values::Bytes(values) => {
                Some(values.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect())
            }
            _ => None,
        }
    }
}
