//! `gzip`: <https://zarr-specs.readthedocs.io/en/latest/v3/codecs/gzip/index.html>.
//!
//! ```json
//! {"name": "gzip", "configuration": {"level": 5}}
//! ```

pub use pinfold_codec::deflate::decode_gzip as decode;
