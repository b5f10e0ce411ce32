//! [`ZarrError`]: why a hierarchy, an array or a chunk could not be read.

use pinfold_codec::DecodeError;

use crate::parts::PartError;
use crate::store::StoreError;

/// Why a hierarchy, an array or a chunk could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZarrError {
    /// A file could not be had.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no Zarr group or array here.
    #[error("{path}: neither zarr.json nor .zmetadata, .zgroup or .zarray is there")]
    NotZarr {
        /// The path, `/` for the root.
        path: String,
    },
    /// A metadata file is not JSON.
    #[error("{path}: invalid JSON: {reason}")]
    Json {
        /// Which file.
        path: String,
        /// What is wrong and where.
        reason: String,
    },
    /// A metadata file is JSON, but not metadata.
    #[error("{path}: {reason}")]
    Metadata {
        /// Which file or array.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The array uses a codec that is not supported.
    #[error("{path}: the codec {codec} is not supported")]
    UnsupportedCodec {
        /// Which array.
        path: String,
        /// The codec's name, with the part that is not supported.
        codec: String,
    },
    /// The array has a data type that is not supported.
    #[error("{path}: the data type {data_type} is not supported")]
    UnsupportedDataType {
        /// Which array.
        path: String,
        /// The type's name.
        data_type: String,
    },
    /// The array uses something else that is not supported.
    #[error("{path}: {what} is not supported")]
    Unsupported {
        /// Which array.
        path: String,
        /// What it is.
        what: String,
    },
    /// A chunk cannot be decoded.
    #[error("{path}: {}", in_codec(codec, reason))]
    Chunk {
        /// Which file.
        path: String,
        /// Which codec failed.
        codec: String,
        /// Why.
        reason: DecodeError,
    },
    /// A part of the program that it takes could not be loaded.
    #[error(transparent)]
    Part(#[from] PartError),
    /// A shard's index leads nowhere.
    #[error("{path}: shard index: {reason}")]
    Shard {
        /// Which file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The selection does not fit the array.
    #[error("{path}: selection {selection} does not fit in shape {shape:?}")]
    Selection {
        /// Which array.
        path: String,
        /// The selection in words.
        selection: String,
        /// The array's shape.
        shape: Vec<u64>,
    },
    /// Something is larger than a limit.
    #[error("{path}: {what} is {actual}, the limit is {limit}")]
    TooLarge {
        /// Which array or file.
        path: String,
        /// What is too large, with its unit.
        what: &'static str,
        /// Its size; `u64::MAX` where it does not even fit.
        actual: u64,
        /// The limit.
        limit: u64,
    },
}

/// The reason with the codec in front, once.
fn in_codec(codec: &str, reason: &DecodeError) -> String {
    let reason = reason.to_string();
    let named = reason.strip_prefix(codec).is_some_and(|rest| rest.starts_with(':'));
    if named { reason } else { format!("{codec}: {reason}") }
}

impl ZarrError {
    /// Whether the data may be fine, but nothing here can decode it.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        matches!(
            self,
            Self::UnsupportedCodec { .. } | Self::UnsupportedDataType { .. } | Self::Unsupported { .. }
        )
    }
}
