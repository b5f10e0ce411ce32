//! `zlib`: <https://numcodecs.readthedocs.io/en/stable/compression/zlib.html>.
//!
//! ```json
//! {"id": "zlib", "level": 4}
//! ```

pub use pinfold_codec::deflate::decode_zlib as decode;
