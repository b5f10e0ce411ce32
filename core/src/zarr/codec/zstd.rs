//! `zstd`: <https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/zstd>.
//!
//! ```json
//! {"name": "zstd", "configuration": {"level": 0, "checksum": false}}
//! ```

pub use pinfold_codec::zstd::decode;
