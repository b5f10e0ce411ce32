//! `zarr.json` of an array:
//! <https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#array-metadata>.

use serde_json::{Map, Value};

use super::{ChunkKeys, Format, Parts, lengths, names};
use crate::zarr::codec;
use crate::zarr::dtype::{DataType, named};

/// What the core specification knows; anything else must be understood unless it says otherwise.
const KNOWN: [&str; 11] = [
    "zarr_format",
    "node_type",
    "shape",
    "data_type",
    "chunk_grid",
    "chunk_key_encoding",
    "fill_value",
    "codecs",
    "attributes",
    "storage_transformers",
    "dimension_names",
];

pub(super) fn parts(metadata: &Value) -> Result<Parts, String> {
    let get = |key: &str| metadata.get(key).unwrap_or(&Value::Null);
    if get("zarr_format").as_u64() != Some(3) {
        return Err(format!("zarr_format is {}, 3 expected", get("zarr_format")));
    }
    let shape = lengths(metadata, "shape")?;
    let data_type = DataType::from_v3(get("data_type"))?;
    let mut unsupported = unknown_extension(metadata);

    let (grid, configuration) = named(get("chunk_grid")).ok_or("chunk_grid has no name")?;
    let file_shape = if grid == "regular" {
        lengths(configuration, "chunk_shape")?
    } else {
        unsupported.get_or_insert_with(|| format!("the chunk grid {grid}"));
        // Nothing is read of it; the record shows one chunk.
        shape.iter().map(|length| (*length).max(1)).collect()
    };
    let (encoding, configuration) =
        named(get("chunk_key_encoding")).ok_or("chunk_key_encoding has no name")?;
    let (prefixed, default_separator) = match encoding {
        "default" => (true, '/'),
        "v2" => (false, '.'),
        other => {
            unsupported.get_or_insert_with(|| format!("the chunk key encoding {other}"));
            (true, '/')
        }
    };
    let separator = match configuration.get("separator") {
        None => default_separator,
        Some(Value::String(text)) if text == "." => '.',
        Some(Value::String(text)) if text == "/" => '/',
        Some(other) => return Err(format!("separator {other} is neither \".\" nor \"/\"")),
    };
    if get("storage_transformers").as_array().is_some_and(|transformers| !transformers.is_empty()) {
        unsupported.get_or_insert_with(|| "a storage transformer".to_owned());
    }
    let codecs = get("codecs");
    let codec_names: Vec<&str> =
        codecs.as_array().into_iter().flatten().filter_map(|codec| Some(named(codec)?.0)).collect();
    Ok(Parts {
        format: Format::V3,
        chain: codec::v3(codecs, &data_type, &file_shape),
        shape,
        file_shape,
        data_type,
        fill_value: get("fill_value").clone(),
        dimension_names: names(get("dimension_names")),
        attributes: get("attributes").as_object().cloned().unwrap_or_else(Map::new),
        chunk_keys: ChunkKeys { prefixed, separator },
        codec_names: codec_names.join(", "),
        unsupported,
    })
}

/// The first extension that must be understood and is not.
fn unknown_extension(metadata: &Value) -> Option<String> {
    metadata.as_object()?.iter().find_map(|(name, value)| {
        let optional = value.get("must_understand") == Some(&Value::Bool(false)) || value.is_null();
        (!KNOWN.contains(&name.as_str()) && !optional).then(|| format!("the extension {name}"))
    })
}
