//! `lz4`: <https://numcodecs.readthedocs.io/en/stable/compression/lz4.html>; a block with its decoded
//! length in front, not the frame format.
//!
//! ```json
//! {"id": "lz4", "acceleration": 1}
//! ```

pub use pinfold_codec::lz4::decode;
