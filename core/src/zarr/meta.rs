//! [`Array`]: the metadata of one array, from `.zarray` and `.zattrs` or from `zarr.json`.

mod v2;
mod v3;

use serde_json::{Map, Value};

use super::codec::{Chain, CodecProblem, Context};
use super::dtype::DataType;
use super::error::ZarrError;
use super::fill::FillValue;
use super::json;
use super::selection::product;

/// numpy has arrays of at most so many dimensions.
const MAX_DIMENSIONS: usize = 64;

/// The longest fixed text or bytes of one element.
const MAX_ITEM_BYTES: u64 = 1 << 24;

/// Which version of Zarr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// `.zgroup`, `.zarray`, `.zattrs`.
    V2,
    /// `zarr.json`.
    V3,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::V2 => "Zarr v2",
            Self::V3 => "Zarr v3",
        })
    }
}

/// How chunks are named.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ChunkKeys {
    /// `c` and the separator in front of the numbers.
    prefixed: bool,
    separator: char,
}

/// One array.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Path from the hierarchy's root, `group/name`; empty where the root itself is an array.
    pub path: String,
    /// Which version.
    pub format: Format,
    /// Length of each dimension; empty for a scalar.
    pub shape: Vec<u64>,
    /// Chunk lengths, in shards those of the chunks inside.
    pub chunk_shape: Vec<u64>,
    /// Shard lengths, where chunks lie in shards.
    pub shard_shape: Option<Vec<u64>>,
    /// What an element is. Its name is `data_type.to_string()`.
    pub data_type: DataType,
    /// What missing chunks are full of; `None` for v2's `null`, which is read as zeros. xarray takes
    /// v2's fill value for `_FillValue`, v3's not.
    pub fill_value: Option<FillValue>,
    /// Names of the dimensions (`dimension_names`, in v2 `_ARRAY_DIMENSIONS`); a `None` for each that
    /// has no name.
    pub dimension_names: Vec<Option<String>>,
    /// The attributes as they were read, without `_ARRAY_DIMENSIONS`. `NaN` and the infinities are
    /// strings: see [`json::number`](super::json::number).
    pub attributes: Map<String, Value>,
    /// The codecs in words, e.g. `blosc(zstd, shuffle)`.
    pub codec: String,
    /// Why the array cannot be read, where it cannot.
    pub unsupported: Option<ZarrError>,
    chunk_keys: ChunkKeys,
    chain: Option<Chain>,
    fill: FillValue,
}

impl Array {
    /// The last part of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The path of the group that the array is in.
    #[must_use]
    pub fn group(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Names of the dimensions, `dim_0`, … for those that have none.
    #[must_use]
    pub fn dimensions(&self) -> Vec<String> {
        let name = |(at, name): (usize, &Option<String>)| name.clone().unwrap_or_else(|| format!("dim_{at}"));
        self.dimension_names.iter().enumerate().map(name).collect()
    }

    /// Number of elements, `u64::MAX` where it does not fit.
    #[must_use]
    pub fn element_count(&self) -> u64 {
        product(&self.shape)
    }

    /// Bytes of all elements when decoded; `None` where elements have no fixed size.
    #[must_use]
    pub fn logical_bytes(&self) -> Option<u64> {
        Some(self.element_count().saturating_mul(self.data_type.item_bytes()?))
    }

    /// The fill value as a number.
    #[must_use]
    pub fn fill_f64(&self) -> Option<f64> {
        self.fill_value.as_ref()?.to_f64(&self.data_type)
    }

    /// An attribute's numbers: one or a list, `NaN` and the infinities included. In v3 xarray writes
    /// floats as `_FillValue` and `missing_value` in base64 of a float of 64 bits, little-endian.
    #[must_use]
    pub fn attribute_numbers(&self, name: &str) -> Option<Vec<f64>> {
        let encoded = |value: &Value| {
            if !matches!(name, "_FillValue" | "missing_value") || self.format != Format::V3 {
                return None;
            }
            let bytes = crate::base::decode_base64(value.as_str()?)?;
            Some(f64::from_le_bytes(bytes.try_into().ok()?))
        };
        let one = |value: &Value| json::number(value).or_else(|| encoded(value));
        match self.attributes.get(name)? {
            Value::Array(values) => values.iter().map(one).collect(),
            value => one(value).map(|number| vec![number]),
        }
    }

    /// Where a chunk (in sharded arrays: a shard) is, by its place in the grid.
    #[must_use]
    pub fn chunk_path(&self, chunk: &[u64]) -> String {
        let mut key = if self.chunk_keys.prefixed { "c".to_owned() } else { String::new() };
        for number in chunk {
            if !key.is_empty() {
                key.push(self.chunk_keys.separator);
            }
            key.push_str(&number.to_string());
        }
        if key.is_empty() {
            key.push('0');
        }
        join(&self.path, &key)
    }

    /// Lengths of what one file holds: a shard, or a chunk.
    pub(crate) fn file_shape(&self) -> &[u64] {
        self.shard_shape.as_deref().unwrap_or(&self.chunk_shape)
    }

    pub(crate) fn chain(&self) -> Option<&Chain> {
        self.chain.as_ref()
    }

    /// What decoding needs.
    ///
    /// # Errors
    /// [`Array::unsupported`], or a chunk beyond the limit.
    pub(crate) fn decoder(&self, limit_bytes: u64) -> Result<(&Chain, Context<'_>), ZarrError> {
        if let Some(error) = &self.unsupported {
            return Err(error.clone());
        }
        let chain = self.chain.as_ref().ok_or_else(|| self.invalid("no codecs"))?;
        let limit = usize::try_from(limit_bytes).unwrap_or(usize::MAX);
        // Filters may store elements in up to 8 bytes; texts take at least the size of a `String`.
        let item_bytes =
            self.data_type.item_bytes().unwrap_or(24).max(if chain.array.is_empty() { 1 } else { 8 });
        let actual = product(self.file_shape()).saturating_mul(item_bytes);
        if actual > limit as u64 {
            return Err(ZarrError::TooLarge {
                path: self.path.clone(),
                what: "the size of a chunk in bytes",
                actual,
                limit: limit as u64,
            });
        }
        Ok((chain, Context { data_type: &self.data_type, fill: &self.fill, limit_bytes: limit }))
    }

    fn invalid(&self, reason: impl Into<String>) -> ZarrError {
        ZarrError::Metadata { path: self.path.clone(), reason: reason.into() }
    }
}

/// What both versions have read before an [`Array`] is made of it.
struct Parts {
    format: Format,
    shape: Vec<u64>,
    file_shape: Vec<u64>,
    data_type: DataType,
    fill_value: Value,
    dimension_names: Vec<Option<String>>,
    attributes: Map<String, Value>,
    chunk_keys: ChunkKeys,
    chain: Result<Chain, CodecProblem>,
    codec_names: String,
    unsupported: Option<String>,
}

impl Parts {
    fn into_array(mut self, path: &str) -> Result<Array, String> {
        let dimensions = self.shape.len();
        if dimensions > MAX_DIMENSIONS {
            return Err(format!("{dimensions} dimensions, more than {MAX_DIMENSIONS}"));
        }
        if self.file_shape.len() != dimensions {
            return Err(format!("chunks have {} dimensions, the array {dimensions}", self.file_shape.len()));
        }
        for (length, chunk) in self.shape.iter().zip(&mut self.file_shape) {
            if *chunk == 0 && *length == 0 {
                // Old writers give empty dimensions empty chunks.
                *chunk = 1;
            }
            if *chunk == 0 {
                return Err("chunks of length 0".to_owned());
            }
        }
        self.dimension_names.resize(dimensions, None);
        let too_long = self.data_type.item_bytes().is_some_and(|bytes| bytes > MAX_ITEM_BYTES);
        let (data_type, path_owned) = (self.data_type, path.to_owned());
        let unsupported = if let DataType::Unsupported(name) = &data_type {
            Some(ZarrError::UnsupportedDataType { path: path_owned, data_type: name.clone() })
        } else if too_long {
            Some(ZarrError::UnsupportedDataType { path: path_owned, data_type: data_type.to_string() })
        } else if let Some(what) = self.unsupported {
            Some(ZarrError::Unsupported { path: path_owned, what })
        } else {
            match &self.chain {
                Err(CodecProblem::Unsupported(codec)) => {
                    Some(ZarrError::UnsupportedCodec { path: path_owned, codec: codec.clone() })
                }
                Err(CodecProblem::Invalid(reason)) => return Err(reason.clone()),
                Ok(_) => None,
            }
        };
        // What cannot be read needs no fill value, and a huge element must not be allocated for one.
        let fill_value =
            if unsupported.is_some() { None } else { FillValue::parse(&self.fill_value, &data_type)? };
        let fill = match (&fill_value, &unsupported) {
            (Some(value), _) => value.clone(),
            (None, None) => FillValue::zero(&data_type),
            (None, Some(_)) => FillValue::Element(Vec::new()),
        };
        let chain = self.chain.ok();
        let sharding = chain.as_ref().and_then(Chain::sharding);
        let (chunk_shape, shard_shape) = match sharding {
            Some(codec) => (codec.chunk_shape.clone(), Some(self.file_shape)),
            None => (self.file_shape, None),
        };
        Ok(Array {
            path: path.to_owned(),
            format: self.format,
            shape: self.shape,
            chunk_shape,
            shard_shape,
            data_type,
            fill_value,
            dimension_names: self.dimension_names,
            attributes: self.attributes,
            codec: chain.as_ref().map_or(self.codec_names, Chain::describe),
            unsupported,
            chunk_keys: self.chunk_keys,
            chain,
            fill,
        })
    }
}

/// `{"zarr_format": 2, "shape": …}` and `.zattrs` to an array.
pub(crate) fn array_v2(
    path: &str,
    metadata: &Value,
    attributes: Map<String, Value>,
) -> Result<Array, ZarrError> {
    v2::parts(metadata, attributes)
        .and_then(|parts| parts.into_array(path))
        .map_err(|reason| at(path, reason))
}

/// `{"zarr_format": 3, "node_type": "array", …}` to an array.
pub(crate) fn array_v3(path: &str, metadata: &Value) -> Result<Array, ZarrError> {
    v3::parts(metadata).and_then(|parts| parts.into_array(path)).map_err(|reason| at(path, reason))
}

fn at(path: &str, reason: String) -> ZarrError {
    ZarrError::Metadata { path: if path.is_empty() { "/".to_owned() } else { path.to_owned() }, reason }
}

/// `group/name`, without a slash where there is no group.
pub(crate) fn join(group: &str, name: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") }
}

/// A list of lengths.
fn lengths(metadata: &Value, key: &str) -> Result<Vec<u64>, String> {
    metadata
        .get(key)
        .and_then(Value::as_array)
        .and_then(|lengths| lengths.iter().map(Value::as_u64).collect())
        .ok_or_else(|| format!("{key} is not a list of lengths"))
}

/// A list of names, `null` where there is none.
fn names(value: &Value) -> Vec<Option<String>> {
    let names = value.as_array().map(Vec::as_slice).unwrap_or_default();
    names.iter().map(|name| name.as_str().map(str::to_owned)).collect()
}
