//! Metadata of both versions to a [`Chain`].

use pinfold_codec::element::Number;
use serde_json::Value;

use super::{ArrayCodec, BytesCodec, Chain, Serializer};
use super::{blosc, bytes, crc32c, delta, fixedscaleoffset, sharding, shuffle, transpose};
use crate::zarr::dtype::{DataType, named};

/// Why codecs cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CodecProblem {
    /// This codec, by name, is not supported.
    Unsupported(String),
    /// The metadata is wrong.
    Invalid(String),
}

type Parsed<T> = Result<T, CodecProblem>;

/// One codec of any kind.
enum Codec {
    Array(ArrayCodec, Option<DataType>),
    Serializer(Serializer),
    Bytes(BytesCodec),
}

/// What the codecs of an array work on, as it changes from one to the next.
struct State {
    data_type: DataType,
    chunk_shape: Vec<u64>,
}

/// v2's `order`, `filters` and `compressor`. The data type changes where a filter says that objects
/// are bytes.
pub(crate) fn v2(
    data_type: &mut DataType,
    big_endian: bool,
    chunk_shape: &[u64],
    order: &Value,
    filters: &Value,
    compressor: &Value,
) -> Parsed<Chain> {
    let mut state = State { data_type: data_type.clone(), chunk_shape: chunk_shape.to_vec() };
    let mut stored_big_endian = big_endian;
    let mut array = Vec::new();
    let mut serializer = None;
    let mut bytes = Vec::new();
    match order.as_str() {
        Some("F") if chunk_shape.len() > 1 => {
            array.push(ArrayCodec::Transpose(transpose::Transpose::reversed(chunk_shape.len())));
        }
        Some("C" | "F") => {}
        _ => return Err(CodecProblem::Invalid(format!("order {order} is neither C nor F"))),
    }
    let filters = match filters {
        Value::Null => &[],
        Value::Array(filters) => filters.as_slice(),
        other => return Err(CodecProblem::Invalid(format!("filters {other} is not a list"))),
    };
    for filter in filters.iter().chain((!compressor.is_null()).then_some(compressor)) {
        let name = filter
            .get("id")
            .and_then(Value::as_str)
            .ok_or_else(|| CodecProblem::Invalid(format!("the codec {filter} has no id")))?;
        match codec(name, filter, &state)? {
            Codec::Array(_, _) | Codec::Serializer(_) if serializer.is_some() || !bytes.is_empty() => {
                return Err(CodecProblem::Unsupported(format!("{name} after compression")));
            }
            Codec::Array(codec, stored) => {
                array.push(codec);
                if let Some(stored) = stored {
                    state.data_type = stored;
                    // The filter's own type says how its result is ordered.
                    let astype = filter.get("astype").or(filter.get("encode_dtype")).or(filter.get("dtype"));
                    stored_big_endian =
                        astype.and_then(|name| DataType::from_v2(name).ok()).is_some_and(|(_, big)| big);
                }
            }
            Codec::Serializer(codec) => {
                if name == "vlen-bytes" && *data_type == DataType::Text {
                    *data_type = DataType::Blob;
                }
                serializer = Some(codec);
            }
            Codec::Bytes(codec) => bytes.push(codec),
        }
    }
    let serializer = match serializer {
        Some(serializer) => serializer,
        None if state.data_type == DataType::Text => {
            return Err(CodecProblem::Unsupported("object without vlen-utf8 or vlen-bytes".to_owned()));
        }
        None => Serializer::Bytes(bytes::Bytes { big_endian: stored_big_endian }),
    };
    Ok(Chain { array, serializer, bytes })
}

/// v3's `codecs`.
pub(crate) fn v3(codecs: &Value, data_type: &DataType, chunk_shape: &[u64]) -> Parsed<Chain> {
    let Value::Array(codecs) = codecs else {
        return Err(CodecProblem::Invalid(format!("codecs {codecs} is not a list")));
    };
    let mut state = State { data_type: data_type.clone(), chunk_shape: chunk_shape.to_vec() };
    let mut array = Vec::new();
    let mut serializer = None;
    let mut bytes = Vec::new();
    for value in codecs {
        let (name, configuration) =
            named(value).ok_or_else(|| CodecProblem::Invalid(format!("the codec {value} has no name")))?;
        match codec(name, configuration, &state)? {
            Codec::Array(codec, stored) if serializer.is_none() => {
                if let ArrayCodec::Transpose(transpose) = &codec {
                    let lengths: Vec<usize> = (0..state.chunk_shape.len()).collect();
                    let order = transpose.encoded_shape(&lengths);
                    state.chunk_shape =
                        order.into_iter().map(|dimension| state.chunk_shape[dimension]).collect();
                }
                state.data_type = stored.unwrap_or(state.data_type);
                array.push(codec);
            }
            Codec::Serializer(codec) if serializer.is_none() => serializer = Some(codec),
            Codec::Bytes(codec) if serializer.is_some() => bytes.push(codec),
            _ => return Err(CodecProblem::Invalid(format!("the codec {name} is in the wrong place"))),
        }
    }
    let serializer =
        serializer.ok_or_else(|| CodecProblem::Invalid("no codec turns elements into bytes".to_owned()))?;
    Ok(Chain { array, serializer, bytes })
}

/// One codec by its name in either version.
fn codec(name: &str, configuration: &Value, state: &State) -> Parsed<Codec> {
    let unsupported = CodecProblem::Unsupported;
    let short = name.strip_prefix("numcodecs.").unwrap_or(name);
    let dimensions = state.chunk_shape.len();
    let fixed = state.data_type.item_bytes();
    Ok(match short {
        "transpose" => {
            let codec =
                transpose::Transpose::parse(configuration, dimensions).map_err(CodecProblem::Invalid)?;
            Codec::Array(ArrayCodec::Transpose(codec), None)
        }
        "delta" | "fixedscaleoffset" | "quantize" | "astype" => {
            let (decoded, stored, stored_type) = numbers(short, configuration, state)?;
            let codec = match short {
                "delta" => ArrayCodec::Delta(delta::Delta { decoded, stored }),
                "fixedscaleoffset" => ArrayCodec::FixedScaleOffset(
                    fixedscaleoffset::FixedScaleOffset::parse(configuration, decoded, stored)
                        .map_err(CodecProblem::Invalid)?,
                ),
                "quantize" => ArrayCodec::Cast { name: "quantize", decoded, stored },
                _ => ArrayCodec::Cast { name: "astype", decoded, stored },
            };
            Codec::Array(codec, Some(stored_type))
        }
        "bitround" => Codec::Array(ArrayCodec::Nothing { name: "bitround" }, None),
        "bytes" if fixed.is_some() => {
            Codec::Serializer(Serializer::Bytes(bytes::Bytes::parse(configuration).map_err(unsupported)?))
        }
        "vlen-utf8" if state.data_type == DataType::Text => Codec::Serializer(Serializer::Vlen),
        "vlen-bytes" if matches!(state.data_type, DataType::Text | DataType::Blob) => {
            Codec::Serializer(Serializer::Vlen)
        }
        "sharding_indexed" => {
            Codec::Serializer(Serializer::Sharding(Box::new(sharding(configuration, state)?)))
        }
        "blosc" => {
            Codec::Bytes(BytesCodec::Blosc(blosc::Blosc::parse(configuration, fixed).map_err(unsupported)?))
        }
        "zstd" => Codec::Bytes(BytesCodec::Zstd),
        "gzip" => Codec::Bytes(BytesCodec::Gzip),
        "zlib" => Codec::Bytes(BytesCodec::Zlib),
        "lz4" => Codec::Bytes(BytesCodec::Lz4),
        #[cfg(feature = "more-codecs")]
        "bz2" => Codec::Bytes(BytesCodec::Bz2),
        "shuffle" => {
            Codec::Bytes(BytesCodec::Shuffle(shuffle::Shuffle::parse(configuration).map_err(unsupported)?))
        }
        "crc32c" if name == short => Codec::Bytes(BytesCodec::Crc32c),
        _ => match crc32c::Checksum::parse(short, configuration) {
            Some(checksum) => Codec::Bytes(BytesCodec::Checksum(checksum)),
            None => return Err(unsupported(name.to_owned())),
        },
    })
}

/// The types before and after a filter that does arithmetic.
fn numbers(name: &str, configuration: &Value, state: &State) -> Parsed<(Number, Number, DataType)> {
    let unsupported = || CodecProblem::Unsupported(format!("{name} of {}", state.data_type));
    let (decoded, stored) = match name {
        "astype" => ("decode_dtype", "encode_dtype"),
        _ => ("dtype", "astype"),
    };
    // numcodecs uses numpy's names in both versions; zarr-python also writes v3's.
    let data_type = |key: &str| match configuration.get(key) {
        None | Some(Value::Null) => None,
        Some(value) => match DataType::from_v2(value) {
            Ok((DataType::Unsupported(_), _)) | Err(_) => DataType::from_v3(value).ok(),
            Ok((data_type, _)) => Some(data_type),
        },
    };
    let decoded = data_type(decoded).unwrap_or_else(|| state.data_type.clone());
    let stored = data_type(stored).unwrap_or_else(|| decoded.clone());
    if decoded.item_bytes() != state.data_type.item_bytes() {
        return Err(unsupported());
    }
    let (from, to) = decoded.number().zip(stored.number()).ok_or_else(unsupported)?;
    Ok((from, to, stored))
}

fn sharding(configuration: &Value, state: &State) -> Parsed<sharding::Sharding> {
    let invalid = |what: &str| CodecProblem::Invalid(format!("sharding_indexed: {what}"));
    let chunk_shape: Vec<u64> = configuration
        .get("chunk_shape")
        .and_then(Value::as_array)
        .and_then(|lengths| lengths.iter().map(Value::as_u64).collect())
        .ok_or_else(|| invalid("chunk_shape is not a list of lengths"))?;
    let divides = chunk_shape.len() == state.chunk_shape.len()
        && state
            .chunk_shape
            .iter()
            .zip(&chunk_shape)
            .all(|(shard, chunk)| *chunk > 0 && shard.is_multiple_of(*chunk));
    if !divides {
        return Err(invalid(&format!(
            "chunks of {chunk_shape:?} do not divide shards of {:?}",
            state.chunk_shape
        )));
    }
    let inner = v3(configuration.get("codecs").unwrap_or(&Value::Null), &state.data_type, &chunk_shape)?;
    let grid = vec![1; chunk_shape.len() + 1];
    let index = v3(configuration.get("index_codecs").unwrap_or(&Value::Null), &DataType::UInt64, &grid)?;
    let index_at_end = match configuration.get("index_location").map(Value::as_str) {
        None | Some(Some("end")) => true,
        Some(Some("start")) => false,
        _ => return Err(invalid("index_location is neither start nor end")),
    };
    sharding::Sharding::new(chunk_shape, inner, index, index_at_end).map_err(CodecProblem::Unsupported)
}
