//! `blosc`: <https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/blosc>.
//!
//! ```json
//! {"id": "blosc", "cname": "zstd", "clevel": 5, "shuffle": 1, "blocksize": 0}
//! {"name": "blosc", "configuration": {"cname": "zstd", "clevel": 5, "shuffle": "shuffle", "typesize": 4, "blocksize": 0}}
//! ```
//!
//! The buffer's own header says how it is decoded; the configuration only describes. Not supported:
//! snappy.

use serde_json::Value;

/// The configuration, for the description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blosc {
    compressor: String,
    shuffle: &'static str,
}

impl Blosc {
    /// From a configuration of either version; elements have `item_bytes`.
    ///
    /// # Errors
    /// What is not supported, in words.
    pub fn parse(configuration: &Value, item_bytes: Option<u64>) -> Result<Self, String> {
        let compressor = configuration.get("cname").and_then(Value::as_str).unwrap_or("lz4").to_owned();
        if !["blosclz", "lz4", "lz4hc", "zlib", "zstd"].contains(&compressor.as_str()) {
            return Err(format!("blosc({compressor})"));
        }
        let shuffle = match configuration.get("shuffle") {
            Some(Value::String(name)) if name == "shuffle" => "shuffle",
            Some(Value::String(name)) if name == "bitshuffle" => "bitshuffle",
            Some(Value::Number(number)) => match number.as_i64() {
                Some(1) => "shuffle",
                Some(2) => "bitshuffle",
                // Automatic: by bits for single bytes, else by bytes.
                Some(-1) if item_bytes == Some(1) => "bitshuffle",
                Some(-1) => "shuffle",
                _ => "",
            },
            _ => "",
        };
        Ok(Self { compressor, shuffle })
    }

    /// `blosc(zstd, shuffle)`.
    #[must_use]
    pub fn describe(&self) -> String {
        let separator = if self.shuffle.is_empty() { "" } else { ", " };
        format!("blosc({}{separator}{})", self.compressor, self.shuffle)
    }
}
