//! [`DataType`]: what an element is, from the names of v2 (numpy typestrings) and v3.
//!
//! v2: <https://numpy.org/doc/stable/reference/arrays.interface.html#__array_interface__>; v3: the core
//! types, `r<bits>`, `string`, `bytes`, and zarr-python's `fixed_length_utf32`,
//! `null_terminated_bytes`, `raw_bytes`, `numpy.datetime64`, `numpy.timedelta64`.

use std::fmt;

use pinfold_codec::element::{Number, Real};
use serde_json::Value;

/// The unit of a `datetime64` or `timedelta64`, e.g. `ns` or `25s`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeUnit {
    /// numpy's name: `Y`, `M`, `W`, `D`, `h`, `m`, `s`, `ms`, `us`, `ns`, `ps`, `fs`, `as` or `generic`.
    pub name: String,
    /// How many of them one step is.
    pub scale: u32,
}

impl TimeUnit {
    const NAMES: [&str; 14] =
        ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic"];

    fn new(name: &str, scale: u32) -> Option<Self> {
        let name = if name == "μs" { "us" } else { name };
        (Self::NAMES.contains(&name) && scale > 0).then(|| Self { name: name.to_owned(), scale })
    }

    /// The length of one step in seconds; `None` for years, months and generic steps.
    #[must_use]
    pub fn seconds(&self) -> Option<f64> {
        let unit = match self.name.as_str() {
            "W" => 604_800.0,
            "D" => 86_400.0,
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" => 1e-6,
            "ns" => 1e-9,
            "ps" => 1e-12,
            "fs" => 1e-15,
            "as" => 1e-18,
            _ => return None,
        };
        Some(unit * f64::from(self.scale))
    }
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale != 1 {
            write!(f, "{}", self.scale)?;
        }
        f.write_str(&self.name)
    }
}

/// What an element is. Its name ([`Display`](fmt::Display)) is the one in `record.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataType {
    /// One byte, 0 or 1.
    Bool,
    /// Signed integer of 8 bits.
    Int8,
    /// Signed integer of 16 bits.
    Int16,
    /// Signed integer of 32 bits.
    Int32,
    /// Signed integer of 64 bits.
    Int64,
    /// Unsigned integer of 8 bits.
    UInt8,
    /// Unsigned integer of 16 bits.
    UInt16,
    /// Unsigned integer of 32 bits.
    UInt32,
    /// Unsigned integer of 64 bits.
    UInt64,
    /// Float of 16 bits; values are widened to 32.
    Float16,
    /// Float of 32 bits.
    Float32,
    /// Float of 64 bits.
    Float64,
    /// Two floats of 32 bits.
    Complex64,
    /// Two floats of 64 bits.
    Complex128,
    /// Steps since 1970-01-01T00:00, 64 bits; the smallest integer is "not a time".
    DateTime64(TimeUnit),
    /// A number of steps, 64 bits; the smallest integer is "not a time".
    TimeDelta64(TimeUnit),
    /// So many bytes, padded with zeros (numpy `S`).
    FixedBytes(u32),
    /// So many code points of 32 bits, padded with zeros (numpy `U`).
    FixedUnicode(u32),
    /// So many bytes without meaning (numpy `V`, v3 `r…`).
    Raw(u32),
    /// Text of any length.
    Text,
    /// Bytes of any length.
    Blob,
    /// A type that cannot be read.
    Unsupported(String),
}

impl DataType {
    /// Bytes of one element, `None` where they vary or are unknown.
    #[must_use]
    pub fn item_bytes(&self) -> Option<u64> {
        Some(match self {
            Self::Bool | Self::Int8 | Self::UInt8 => 1,
            Self::Int16 | Self::UInt16 | Self::Float16 => 2,
            Self::Int32 | Self::UInt32 | Self::Float32 => 4,
            Self::Int64
            | Self::UInt64
            | Self::Float64
            | Self::Complex64
            | Self::DateTime64(_)
            | Self::TimeDelta64(_) => 8,
            Self::Complex128 => 16,
            Self::FixedBytes(length) | Self::Raw(length) => u64::from(*length),
            Self::FixedUnicode(length) => 4 * u64::from(*length),
            Self::Text | Self::Blob | Self::Unsupported(_) => return None,
        })
    }

    /// How many bytes change places where the byte order is the other one.
    pub(crate) fn swap_bytes(&self) -> usize {
        match self {
            Self::FixedBytes(_) | Self::Raw(_) | Self::Text | Self::Blob | Self::Unsupported(_) => 1,
            Self::Complex64 | Self::FixedUnicode(_) => 4,
            Self::Complex128 => 8,
            other => other.item_bytes().map_or(1, |bytes| bytes as usize),
        }
    }

    /// Whether elements are numbers (times and truth values included), so that
    /// [`ArrayData::to_f64`](super::ArrayData::to_f64) has an answer.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        self.real().is_some()
    }

    /// What arithmetic takes elements for, times as their steps and truth values as 0 and 1; `None` where it is not done.
    pub(crate) fn number(&self) -> Option<Number> {
        Some(match self {
            Self::Int8 => Number::I8,
            Self::Int16 => Number::I16,
            Self::Int32 => Number::I32,
            Self::Int64 | Self::DateTime64(_) | Self::TimeDelta64(_) => Number::I64,
            Self::UInt8 | Self::Bool => Number::U8,
            Self::UInt16 => Number::U16,
            Self::UInt32 => Number::U32,
            Self::UInt64 => Number::U64,
            Self::Float32 => Number::F32,
            Self::Float64 => Number::F64,
            _ => return None,
        })
    }

    /// How elements become doubles; `None` for those that are no numbers.
    pub(crate) fn real(&self) -> Option<Real> {
        match self {
            Self::Bool => Some(Real::Bool),
            Self::DateTime64(_) | Self::TimeDelta64(_) => Some(Real::Steps),
            Self::Float16 => Some(Real::F16),
            other => other.number().map(Real::Number),
        }
    }

    /// Whether elements are text, so that [`ArrayData::to_strings`](super::ArrayData::to_strings)
    /// has an answer.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self, Self::FixedBytes(_) | Self::FixedUnicode(_) | Self::Text)
    }

    /// From v2's `dtype`, with whether it is big-endian.
    pub(crate) fn from_v2(dtype: &Value) -> Result<(Self, bool), String> {
        let Some(text) = dtype.as_str() else {
            return match dtype {
                Value::Array(_) => Ok((Self::Unsupported(format!("structured {dtype}")), false)),
                _ => Err(format!("dtype {dtype} is neither a string nor a list")),
            };
        };
        let unknown = || (Self::Unsupported(text.to_owned()), false);
        let mut chars = text.chars();
        let (Some(order @ ('<' | '>' | '|' | '=')), Some(kind)) = (chars.next(), chars.next()) else {
            return Ok(unknown());
        };
        let rest = chars.as_str();
        let data_type = match (kind, rest) {
            ('b', "1") => Self::Bool,
            ('i', "1") => Self::Int8,
            ('i', "2") => Self::Int16,
            ('i', "4") => Self::Int32,
            ('i', "8") => Self::Int64,
            ('u', "1") => Self::UInt8,
            ('u', "2") => Self::UInt16,
            ('u', "4") => Self::UInt32,
            ('u', "8") => Self::UInt64,
            ('f', "2") => Self::Float16,
            ('f', "4") => Self::Float32,
            ('f', "8") => Self::Float64,
            ('c', "8") => Self::Complex64,
            ('c', "16") => Self::Complex128,
            ('O', _) => Self::Text,
            ('S' | 'U' | 'V', length) => match (kind, length.parse()) {
                ('S', Ok(length)) => Self::FixedBytes(length),
                ('U', Ok(length)) => Self::FixedUnicode(length),
                ('V', Ok(length)) => Self::Raw(length),
                _ => return Ok(unknown()),
            },
            ('M' | 'm', rest) => {
                let unit = match rest {
                    "8" => TimeUnit::new("generic", 1),
                    _ => rest.strip_prefix("8[").and_then(|rest| rest.strip_suffix(']')).and_then(|rest| {
                        let letters = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
                        let digits = &rest[..rest.len() - letters.len()];
                        TimeUnit::new(letters, if digits.is_empty() { 1 } else { digits.parse().ok()? })
                    }),
                };
                match unit {
                    Some(unit) if kind == 'M' => Self::DateTime64(unit),
                    Some(unit) => Self::TimeDelta64(unit),
                    None => return Ok(unknown()),
                }
            }
            _ => return Ok(unknown()),
        };
        Ok((data_type, order == '>'))
    }

    /// From v3's `data_type`.
    pub(crate) fn from_v3(data_type: &Value) -> Result<Self, String> {
        let (name, configuration) = named(data_type)
            .ok_or_else(|| format!("data_type {data_type} is neither a name nor an object with one"))?;
        let unsupported =
            || Ok(Self::Unsupported(data_type.as_str().map_or_else(|| data_type.to_string(), str::to_owned)));
        let length =
            || configuration.get("length_bytes").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        let time_unit = || {
            let name = configuration.get("unit")?.as_str()?;
            let scale = configuration.get("scale_factor").map_or(Some(1), Value::as_u64)?;
            TimeUnit::new(name, u32::try_from(scale).ok()?)
        };
        Ok(match name {
            "bool" => Self::Bool,
            "int8" => Self::Int8,
            "int16" => Self::Int16,
            "int32" => Self::Int32,
            "int64" => Self::Int64,
            "uint8" => Self::UInt8,
            "uint16" => Self::UInt16,
            "uint32" => Self::UInt32,
            "uint64" => Self::UInt64,
            "float16" => Self::Float16,
            "float32" => Self::Float32,
            "float64" => Self::Float64,
            "complex64" => Self::Complex64,
            "complex128" => Self::Complex128,
            "string" => Self::Text,
            "bytes" | "variable_length_bytes" => Self::Blob,
            "null_terminated_bytes" | "raw_bytes" | "fixed_length_utf32" => match (name, length()) {
                ("null_terminated_bytes", Some(length)) => Self::FixedBytes(length),
                ("raw_bytes", Some(length)) => Self::Raw(length),
                ("fixed_length_utf32", Some(length)) if length % 4 == 0 => Self::FixedUnicode(length / 4),
                _ => return unsupported(),
            },
            "numpy.datetime64" | "datetime64" => match time_unit() {
                Some(unit) => Self::DateTime64(unit),
                None => return unsupported(),
            },
            "numpy.timedelta64" | "timedelta64" => match time_unit() {
                Some(unit) => Self::TimeDelta64(unit),
                None => return unsupported(),
            },
            _ => match name.strip_prefix('r').and_then(|bits| bits.parse::<u32>().ok()) {
                Some(bits) if bits % 8 == 0 => Self::Raw(bits / 8),
                _ => return unsupported(),
            },
        })
    }
}

/// A v3 extension point: a name, or an object with `name` and perhaps `configuration`.
pub(crate) fn named(value: &Value) -> Option<(&str, &Value)> {
    match value {
        Value::String(name) => Some((name, &Value::Null)),
        Value::Object(object) => {
            let name = object.get("name")?.as_str()?;
            Some((name, object.get("configuration").unwrap_or(&Value::Null)))
        }
        _ => None,
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "bool",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::UInt8 => "uint8",
            Self::UInt16 => "uint16",
            Self::UInt32 => "uint32",
            Self::UInt64 => "uint64",
            Self::Float16 => "float16",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Complex64 => "complex64",
            Self::Complex128 => "complex128",
            Self::Text => "string",
            Self::Blob => "bytes",
            Self::DateTime64(unit) => return write!(f, "datetime64[{unit}]"),
            Self::TimeDelta64(unit) => return write!(f, "timedelta64[{unit}]"),
            Self::FixedBytes(length) => return write!(f, "fixed-bytes[{length}]"),
            Self::FixedUnicode(length) => return write!(f, "fixed-string[{length}]"),
            Self::Raw(length) => return write!(f, "raw[{length}]"),
            Self::Unsupported(name) => name,
        })
    }
}
