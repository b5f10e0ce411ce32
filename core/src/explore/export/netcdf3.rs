//! The classic NetCDF format with 64-bit offsets.

use serde_json::Value;

use super::{Exported, Origin};
use crate::sorted::SortedMap;
use crate::zarr::{ArrayData, Values};

const NC_CHAR: u32 = 2;
const NC_BYTE: u32 = 1;
const NC_SHORT: u32 = 3;
const NC_INT: u32 = 4;
const NC_FLOAT: u32 = 5;
const NC_DOUBLE: u32 = 6;
const NC_DIMENSION: u32 = 10;
const NC_VARIABLE: u32 = 11;
const NC_ATTRIBUTE: u32 = 12;

/// Why a selection cannot be written as NetCDF.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetcdfError {
    /// Two variables disagree about a dimension.
    #[error("dimension {dimension} has length {first} in one variable and {second} in {variable}")]
    Dimension {
        /// The dimension.
        dimension: String,
        /// Its length.
        first: usize,
        /// Its other length.
        second: usize,
        /// Where.
        variable: String,
    },
    /// A variable is larger than the format's 4 GiB.
    #[error("{variable} has {size_bytes} bytes, more than the format can hold (4 GiB); select less")]
    TooLarge {
        /// The variable.
        variable: String,
        /// Its size.
        size_bytes: u64,
    },
}

struct Written {
    name: String,
    dimensions: Vec<usize>,
    attributes: Vec<(String, Attribute)>,
    kind: u32,
    data: Vec<u8>,
}

enum Attribute {
    Text(String),
    Doubles(Vec<f64>),
    /// In the variable's own type, as `_FillValue` must be.
    Own(Vec<u8>, u32),
}

/// Attributes that name what the values are encoded with; they must have the variable's own type.
const OWN_TYPE: [&str; 5] = ["_FillValue", "missing_value", "valid_min", "valid_max", "valid_range"];

/// The selection as a NetCDF file in memory.
///
/// # Errors
/// [`NetcdfError`] when lengths disagree or a variable is too large for the format.
pub fn netcdf(variables: &[Exported], origin: &Origin) -> Result<Vec<u8>, NetcdfError> {
    let mut dimensions: Vec<(String, usize)> = Vec::new();
    let mut known = SortedMap::<String, usize>::new();
    let mut dimension = |name: &str, length: usize, variable: &str| -> Result<usize, NetcdfError> {
        if let Some(&at) = known.get(name) {
            let first: usize = dimensions[at].1;
            if first != length {
                return Err(NetcdfError::Dimension {
                    dimension: name.to_owned(),
                    first,
                    second: length,
                    variable: variable.to_owned(),
                });
            }
            return Ok(at);
        }
        known.insert(name.to_owned(), dimensions.len());
        dimensions.push((name.to_owned(), length));
        Ok(dimensions.len() - 1)
    };
    let mut written = Vec::new();
    for variable in variables {
        let name = identifier(&variable.name);
        let Some((kind, data, note, width)) = encode(&variable.raw) else { continue };
        let mut ids = Vec::new();
        for (dimension_name, length) in variable.dimensions.iter().zip(&variable.raw.shape) {
            ids.push(dimension(&identifier(dimension_name), *length, &name)?);
        }
        if let Some(width) = width {
            ids.push(dimension(&format!("string{width}"), width, &name)?);
        }
        if data.len() as u64 > u64::from(u32::MAX) - 4 {
            return Err(NetcdfError::TooLarge { variable: name, size_bytes: data.len() as u64 });
        }
        let mut attributes = attributes_of(variable, kind);
        if let Some(note) = note {
            attributes.push(("pinfold_note".to_owned(), Attribute::Text(note.to_owned())));
        }
        written.push(Written { name, dimensions: ids, attributes, kind, data });
    }
    let global = vec![
        ("title".to_owned(), Attribute::Text(origin.title.clone())),
        ("source_cid".to_owned(), Attribute::Text(format!("ipfs://{}", origin.cid))),
        ("selection".to_owned(), Attribute::Text(origin.selection.clone())),
        ("history".to_owned(), Attribute::Text("selected with Pinfold from verified blocks".to_owned())),
    ];
    Ok(assemble(&dimensions, &global, &written))
}

fn assemble(dimensions: &[(String, usize)], global: &[(String, Attribute)], written: &[Written]) -> Vec<u8> {
    // The header's length does not depend on the offsets in it: make it once with zeros, then for real.
    let header_bytes = header(dimensions, global, written, &vec![0; written.len()]).len() as u64;
    let mut offset = header_bytes;
    let mut offsets = Vec::new();
    for variable in written {
        offsets.push(offset);
        offset += padded(variable.data.len()) as u64;
    }
    let mut file = header(dimensions, global, written, &offsets);
    for variable in written {
        file.extend_from_slice(&variable.data);
        file.resize(file.len() + padded(variable.data.len()) - variable.data.len(), 0);
    }
    file
}

fn header(
    dimensions: &[(String, usize)],
    global: &[(String, Attribute)],
    written: &[Written],
    offsets: &[u64],
) -> Vec<u8> {
    let mut out = b"CDF\x02".to_vec();
    // No record dimension.
    put(&mut out, 0);
    list(&mut out, NC_DIMENSION, dimensions.len());
    for (name, length) in dimensions {
        text(&mut out, name);
        put(&mut out, *length as u32);
    }
    put_attributes(&mut out, global);
    list(&mut out, NC_VARIABLE, written.len());
    for (variable, offset) in written.iter().zip(offsets) {
        text(&mut out, &variable.name);
        put(&mut out, variable.dimensions.len() as u32);
        for id in &variable.dimensions {
            put(&mut out, *id as u32);
        }
        put_attributes(&mut out, &variable.attributes);
        put(&mut out, variable.kind);
        put(&mut out, padded(variable.data.len()) as u32);
        out.extend_from_slice(&offset.to_be_bytes());
    }
    out
}

fn put(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

fn list(out: &mut Vec<u8>, tag: u32, length: usize) {
    put(out, if length == 0 { 0 } else { tag });
    put(out, length as u32);
}

fn text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u32);
    bytes(out, text.as_bytes());
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
    out.resize(out.len() + padded(bytes.len()) - bytes.len(), 0);
}

fn padded(length: usize) -> usize {
    length.next_multiple_of(4)
}

fn put_attributes(out: &mut Vec<u8>, attributes: &[(String, Attribute)]) {
    list(out, NC_ATTRIBUTE, attributes.len());
    for (name, value) in attributes {
        text(out, name);
        match value {
            Attribute::Text(value) => {
                put(out, NC_CHAR);
                text(out, value);
            }
            Attribute::Doubles(values) => {
                put(out, NC_DOUBLE);
                put(out, values.len() as u32);
                for value in values {
                    out.extend_from_slice(&value.to_be_bytes());
                }
            }
            Attribute::Own(value, kind) => {
                put(out, *kind);
                put(out, (value.len() / size_of(*kind)) as u32);
                bytes(out, value);
            }
        }
    }
}

fn size_of(kind: u32) -> usize {
    match kind {
        NC_SHORT => 2,
        NC_INT | NC_FLOAT => 4,
        NC_DOUBLE => 8,
        _ => 1,
    }
}

/// A name that every reader takes: letters, digits and `_ . - + @`, not beginning with a digit or sign.
fn identifier(name: &str) -> String {
    let mut out: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "_.-+@".contains(c) || (c > '\u{9f}') { c } else { '_' })
        .collect();
    if !out.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c > '\u{9f}') {
        out.insert(0, '_');
    }
    out
}

type Encoded = (u32, Vec<u8>, Option<&'static str>, Option<usize>);

/// Type, big-endian bytes, a note, and for texts their width in bytes.
fn encode(data: &ArrayData) -> Option<Encoded> {
    const WIDENED: Option<&str> =
        Some("stored as 64-bit or unsigned integers; double here, exact up to 2^53");
    fn be<T: Copy, const N: usize>(values: &[T], bytes: fn(T) -> [u8; N]) -> Vec<u8> {
        values.iter().flat_map(|value| bytes(*value)).collect()
    }
    fn doubles<T: Copy>(values: &[T], convert: fn(T) -> f64) -> Vec<u8> {
        values.iter().flat_map(|value| convert(*value).to_be_bytes()).collect()
    }
    // A "not a time" is the smallest 64-bit integer, which a double holds exactly.
    Some(match &data.values {
        Values::Bool(values) => (NC_BYTE, values.iter().map(|value| u8::from(*value)).collect(), None, None),
        Values::Int8(values) => (NC_BYTE, be(values, i8::to_be_bytes), None, None),
        Values::Int16(values) => (NC_SHORT, be(values, i16::to_be_bytes), None, None),
        Values::Int32(values) => (NC_INT, be(values, i32::to_be_bytes), None, None),
        Values::UInt8(values) => {
            (NC_SHORT, values.iter().flat_map(|value| i16::from(*value).to_be_bytes()).collect(), None, None)
        }
        Values::UInt16(values) => {
            (NC_INT, values.iter().flat_map(|value| i32::from(*value).to_be_bytes()).collect(), None, None)
        }
        Values::UInt32(values) => (NC_DOUBLE, doubles(values, f64::from), WIDENED, None),
        Values::Int64(values) | Values::DateTime64(values, _) | Values::TimeDelta64(values, _) => {
            (NC_DOUBLE, doubles(values, |value| value as f64), WIDENED, None)
        }
        Values::UInt64(values) => (NC_DOUBLE, doubles(values, |value| value as f64), WIDENED, None),
        Values::Float32(values) => (NC_FLOAT, be(values, f32::to_be_bytes), None, None),
        Values::Float64(values) => (NC_DOUBLE, be(values, f64::to_be_bytes), None, None),
        Values::Text(values) => {
            let (data, width) = chars(values.iter().map(String::as_bytes));
            (NC_CHAR, data, None, Some(width))
        }
        Values::Bytes(values) => {
            let (data, width) = chars(values.iter().map(Vec::as_slice));
            (NC_CHAR, data, None, Some(width))
        }
        Values::Complex(_) => return None,
    })
}

/// Texts as rows of one width, filled with zeros.
fn chars<'a>(texts: impl Iterator<Item = &'a [u8]> + Clone) -> (Vec<u8>, usize) {
    let width = texts.clone().map(<[u8]>::len).max().unwrap_or(0).max(1);
    let mut data = Vec::new();
    for text in texts {
        data.extend_from_slice(text);
        data.resize(data.len() + width - text.len(), 0);
    }
    (data, width)
}

fn attributes_of(variable: &Exported, kind: u32) -> Vec<(String, Attribute)> {
    let mut out = Vec::new();
    for (name, value) in &variable.attributes {
        let is_mark = matches!(name.as_str(), "_FillValue" | "missing_value");
        if is_mark || name.starts_with("_ARRAY") || (kind == NC_CHAR && OWN_TYPE.contains(&name.as_str())) {
            continue;
        }
        let numbers = numbers(value);
        let attribute = match (value, numbers) {
            (_, Some(numbers)) if OWN_TYPE.contains(&name.as_str()) => {
                Attribute::Own(own(&numbers, kind), kind)
            }
            (Value::String(text), _) => Attribute::Text(text.clone()),
            (_, Some(numbers)) => Attribute::Doubles(numbers),
            (Value::Null, _) => continue,
            (other, _) => Attribute::Text(other.to_string()),
        };
        out.push((identifier(name), attribute));
    }
    // A datetime64 array has its units in the type.
    if let Values::DateTime64(_, unit) = &variable.raw.values
        && !variable.attributes.contains_key("units")
    {
        let unit = match unit.name.as_str() {
            "D" => "days",
            "h" => "hours",
            "m" => "minutes",
            "s" => "seconds",
            "ms" => "milliseconds",
            "us" => "microseconds",
            _ => "nanoseconds",
        };
        out.push(("units".to_owned(), Attribute::Text(format!("{unit} since 1970-01-01"))));
    }
    let marks = match variable.raw.values {
        // "Not a time".
        Values::DateTime64(..) => vec![i64::MIN as f64],
        _ if kind == NC_CHAR => Vec::new(),
        _ => variable.marks.clone(),
    };
    if let [first, more @ ..] = marks.as_slice() {
        out.push(("_FillValue".to_owned(), Attribute::Own(own(&[*first], kind), kind)));
        if !more.is_empty() {
            out.push(("missing_value".to_owned(), Attribute::Own(own(&marks, kind), kind)));
        }
    }
    out
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    match value {
        Value::Number(number) => Some(vec![number.as_f64()?]),
        Value::Bool(value) => Some(vec![f64::from(u8::from(*value))]),
        Value::Array(values) => values
            .iter()
            .map(|value| value.as_f64())
            .collect::<Option<Vec<f64>>>()
            .filter(|all| !all.is_empty()),
        // What JSON cannot hold, as zarr-python writes it.
        Value::String(text) => match text.as_str() {
            "NaN" => Some(vec![f64::NAN]),
            "Infinity" => Some(vec![f64::INFINITY]),
            "-Infinity" => Some(vec![f64::NEG_INFINITY]),
            _ => None,
        },
        _ => None,
    }
}

fn own(numbers: &[f64], kind: u32) -> Vec<u8> {
    // Casts from float saturate, so a fill value out of range stays out of the data's way.
    numbers
        .iter()
        .flat_map(|number| match kind {
            NC_BYTE => (*number as i8).to_be_bytes().to_vec(),
            NC_SHORT => (*number as i16).to_be_bytes().to_vec(),
            NC_INT => (*number as i32).to_be_bytes().to_vec(),
            NC_FLOAT => (*number as f32).to_be_bytes().to_vec(),
            _ => number.to_be_bytes().to_vec(),
        })
        .collect()
}
