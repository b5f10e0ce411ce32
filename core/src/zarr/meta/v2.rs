//! `.zarray`: <https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html#arrays>.

use serde_json::{Map, Value};

use super::{ChunkKeys, Format, Parts, lengths, names};
use crate::zarr::codec;
use crate::zarr::dtype::DataType;

/// Where xarray keeps the names of dimensions.
const DIMENSIONS: &str = "_ARRAY_DIMENSIONS";

pub(super) fn parts(metadata: &Value, mut attributes: Map<String, Value>) -> Result<Parts, String> {
    let get = |key: &str| metadata.get(key).unwrap_or(&Value::Null);
    if get("zarr_format").as_u64() != Some(2) {
        return Err(format!("zarr_format is {}, 2 expected", get("zarr_format")));
    }
    let shape = lengths(metadata, "shape")?;
    let file_shape = lengths(metadata, "chunks")?;
    let (mut data_type, big_endian) = DataType::from_v2(get("dtype"))?;
    let separator = match get("dimension_separator") {
        Value::Null => '.',
        Value::String(text) if text == "." => '.',
        Value::String(text) if text == "/" => '/',
        other => return Err(format!("dimension_separator {other} is neither \".\" nor \"/\"")),
    };
    let chain =
        codec::v2(&mut data_type, big_endian, &file_shape, get("order"), get("filters"), get("compressor"));
    let filters = get("filters").as_array().map(Vec::as_slice).unwrap_or_default();
    let codec_names: Vec<&str> =
        filters.iter().chain([get("compressor")]).filter_map(|codec| codec.get("id")?.as_str()).collect();
    Ok(Parts {
        format: Format::V2,
        shape,
        file_shape,
        data_type,
        fill_value: get("fill_value").clone(),
        dimension_names: names(&attributes.shift_remove(DIMENSIONS).unwrap_or_default()),
        attributes,
        chunk_keys: ChunkKeys { prefixed: false, separator },
        chain,
        codec_names: codec_names.join(", "),
        unsupported: None,
    })
}
