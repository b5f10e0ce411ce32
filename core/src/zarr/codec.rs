//! Codecs: a chunk's bytes to elements, [`Chain`] in the order of Zarr v3.
//!
//! Encoding runs array codecs (transpose, delta, …), then one serializer (bytes, vlen, sharding),
//! then byte codecs (compressors, checksums); decoding runs them backwards. Metadata of v2 is brought
//! to the same form: order `F` is a transpose, the dtype's byte order the serializer's.
//!
//! | array | serializer | bytes |
//! |---|---|---|
//! | [`transpose`], [`delta`], [`fixedscaleoffset`], `astype`, `bitround`, `quantize` | [`bytes`], [`vlen`], [`sharding`] | [`blosc`], [`zstd`], [`gzip`], [`zlib`], [`lz4`], `bz2`, [`shuffle`], [`crc32c`], `crc32`, `adler32` |
//!
//! `bz2` is read natively only (feature `more-codecs`). Not supported: lzma, because its pure-Rust readers take any
//! dictionary that a stream asks for, up to 4 GiB; snappy, which numcodecs does not write.
//!
//! Names of v2 filters and compressors, of v3, and v3's `numcodecs.…` are all read.

pub mod blosc;
pub mod bytes;
pub mod crc32c;
pub mod delta;
pub mod fixedscaleoffset;
pub mod gzip;
pub mod lz4;
pub mod sharding;
pub mod shuffle;
pub mod transpose;
pub mod vlen;
pub mod zlib;
pub mod zstd;

mod parse;

use std::borrow::Cow;

use pinfold_codec::element::Number;
use pinfold_codec::parts::Part;
use pinfold_codec::{DecodeError, Expect};

pub(crate) use parse::{CodecProblem, v2, v3};

use super::dtype::DataType;
use super::fill::FillValue;

/// What elements are, and how many of them may be in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) data_type: &'a DataType,
    pub(crate) fill: &'a FillValue,
    /// The most bytes that anything may decode to.
    pub(crate) limit_bytes: usize,
}

impl Context<'_> {
    /// Bytes of one element, 0 where they vary. Item sizes are at most 32 bits.
    pub(crate) fn item_bytes(&self) -> usize {
        self.data_type.item_bytes().unwrap_or(0) as usize
    }
}

/// Decoded elements, C order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Elements {
    /// Little-endian, all of one size.
    Fixed(Vec<u8>),
    /// Text.
    Text(Vec<String>),
    /// Bytes.
    Blob(Vec<Vec<u8>>),
}

/// A codec that turns elements into elements.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ArrayCodec {
    Transpose(transpose::Transpose),
    Delta(delta::Delta),
    FixedScaleOffset(fixedscaleoffset::FixedScaleOffset),
    /// Only the type changes: `astype`, `quantize`.
    Cast {
        name: &'static str,
        decoded: Number,
        stored: Number,
    },
    /// Loses precision when encoding and does nothing when decoding: `bitround`.
    Nothing {
        name: &'static str,
    },
}

/// A codec that turns elements into bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Serializer {
    Bytes(bytes::Bytes),
    Vlen,
    Sharding(Box<sharding::Sharding>),
}

/// A codec that turns bytes into bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BytesCodec {
    Blosc(blosc::Blosc),
    Zstd,
    Gzip,
    Zlib,
    Lz4,
    #[cfg(feature = "more-codecs")]
    Bz2,
    Shuffle(shuffle::Shuffle),
    Crc32c,
    Checksum(crc32c::Checksum),
}

/// All codecs of an array, in encoding order.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    pub(crate) array: Vec<ArrayCodec>,
    pub(crate) serializer: Serializer,
    pub(crate) bytes: Vec<BytesCodec>,
}

/// A codec's name and why it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) codec: String,
    pub(crate) reason: DecodeError,
}

impl Failed {
    pub(crate) fn new(codec: impl Into<String>, reason: DecodeError) -> Self {
        Self { codec: codec.into(), reason }
    }
}

/// Elements of one type and shape, as they are between two array codecs.
#[derive(Debug, Clone)]
struct Stage {
    /// `None` where elements have no fixed size.
    item_bytes: Option<usize>,
    swap_bytes: usize,
    shape: Vec<usize>,
}

impl Stage {
    /// Bytes of all elements; the caller has checked that they fit in memory.
    fn total_bytes(&self) -> Option<usize> {
        self.shape.iter().try_fold(self.item_bytes?, |product, length| product.checked_mul(*length))
    }
}

impl Chain {
    /// Decodes a chunk of `shape` elements. The caller has checked that they are within the limit.
    pub(crate) fn decode(
        &self,
        stored: &[u8],
        shape: &[usize],
        context: &Context<'_>,
    ) -> Result<Elements, Failed> {
        self.parts().try_for_each(|part| part.need()).map_err(|reason| Failed::new("chunk", reason))?;
        let mut stages = vec![Stage {
            item_bytes: context.data_type.item_bytes().and_then(|bytes| usize::try_from(bytes).ok()),
            swap_bytes: context.data_type.swap_bytes(),
            shape: shape.to_vec(),
        }];
        for codec in &self.array {
            let last = stages.last().expect("there is a first stage");
            stages.push(codec.stage(last));
        }
        let last = stages.last().expect("there is a first stage");
        let serialized = self.decode_bytes(stored, last.total_bytes(), context.limit_bytes)?;
        let mut elements = match &self.serializer {
            Serializer::Bytes(codec) => {
                Elements::Fixed(codec.decode(serialized.into_owned(), last.swap_bytes))
            }
            Serializer::Vlen => vlen::decode(&serialized, context.data_type, last.shape.iter().product())
                .map_err(|reason| Failed::new("vlen", reason))?,
            Serializer::Sharding(codec) => codec.decode(&serialized, &last.shape, context)?,
        };
        for (codec, stage) in self.array.iter().zip(&stages).rev() {
            elements = codec.decode(elements, stage);
        }
        Ok(elements)
    }

    /// Parts of the program that decoding needs; blosc says itself which, for its buffers tell.
    fn parts(&self) -> impl Iterator<Item = Part> {
        let array = self.array.iter().filter_map(ArrayCodec::part);
        array.chain(self.bytes.iter().filter_map(BytesCodec::part))
    }

    /// Whether chunks are stored as their elements are in memory, so that nothing is to be decoded.
    pub(crate) fn is_plain(&self, context: &Context<'_>) -> bool {
        let in_order = match &self.serializer {
            Serializer::Bytes(codec) => !codec.big_endian || context.data_type.swap_bytes() == 1,
            Serializer::Vlen | Serializer::Sharding(_) => false,
        };
        in_order && self.array.is_empty() && self.bytes.is_empty() && context.item_bytes() > 0
    }

    /// Undoes the byte codecs. `total_bytes` is the size of the result where it is known.
    fn decode_bytes<'a>(
        &self,
        stored: &'a [u8],
        total_bytes: Option<usize>,
        limit_bytes: usize,
    ) -> Result<Cow<'a, [u8]>, Failed> {
        let first = match (&self.serializer, total_bytes) {
            // What a shard or a row of texts has is not known beforehand.
            (Serializer::Bytes(_), Some(bytes)) => Expect::Exact(bytes),
            _ => Expect::AtMost(limit_bytes),
        };
        // What each codec decodes to, in encoding order.
        let expected: Vec<Expect> = self
            .bytes
            .iter()
            .scan(first, |next, codec| {
                let this = *next;
                *next = match (this, codec.added_bytes()) {
                    (Expect::Exact(bytes), Some(added)) => Expect::Exact(bytes + added),
                    _ => Expect::AtMost(limit_bytes),
                };
                Some(this)
            })
            .collect();
        let mut bytes = Cow::Borrowed(stored);
        for (codec, expect) in self.bytes.iter().zip(expected).rev() {
            bytes = codec.decode(bytes, expect).map_err(|reason| Failed::new(codec.name(), reason))?;
        }
        first.check(bytes.len()).map_err(|reason| Failed::new("bytes", reason))?;
        Ok(bytes)
    }

    /// In words, e.g. `blosc(zstd, shuffle)`; `none` where elements are stored as they are.
    #[must_use]
    pub fn describe(&self) -> String {
        let array = self.array.iter().map(ArrayCodec::describe);
        let serializer = match &self.serializer {
            Serializer::Bytes(_) => None,
            Serializer::Vlen => Some("vlen".to_owned()),
            Serializer::Sharding(codec) => Some(format!("sharding({})", codec.inner.describe())),
        };
        let bytes = self.bytes.iter().map(BytesCodec::describe);
        let words: Vec<String> = array.chain(serializer).chain(bytes).collect();
        if words.is_empty() { "none".to_owned() } else { words.join(", ") }
    }

    /// The sharding codec, where byte ranges of a shard can be read.
    pub(crate) fn sharding(&self) -> Option<&sharding::Sharding> {
        match &self.serializer {
            Serializer::Sharding(codec) if self.array.is_empty() && self.bytes.is_empty() => Some(codec),
            _ => None,
        }
    }
}

impl ArrayCodec {
    /// What elements are after encoding.
    fn stage(&self, before: &Stage) -> Stage {
        let stored = |number: Number| Stage {
            item_bytes: Some(number.bytes()),
            swap_bytes: number.bytes(),
            shape: before.shape.clone(),
        };
        match self {
            Self::Transpose(codec) => Stage { shape: codec.encoded_shape(&before.shape), ..before.clone() },
            Self::Delta(codec) => stored(codec.stored),
            Self::FixedScaleOffset(codec) => stored(codec.stored),
            Self::Cast { stored: number, .. } => stored(*number),
            Self::Nothing { .. } => before.clone(),
        }
    }

    /// The part of the program that it is in.
    fn part(&self) -> Option<Part> {
        match self {
            Self::Delta(_) | Self::FixedScaleOffset(_) | Self::Cast { .. } => Some(Part::Codecs),
            Self::Transpose(_) | Self::Nothing { .. } => None,
        }
    }

    /// Decodes to what `stage` says.
    fn decode(&self, elements: Elements, stage: &Stage) -> Elements {
        match (self, elements) {
            (Self::Transpose(codec), elements) => {
                codec.decode(elements, &stage.shape, stage.item_bytes.unwrap_or(0))
            }
            (Self::Delta(codec), Elements::Fixed(bytes)) => Elements::Fixed(codec.decode(&bytes)),
            (Self::FixedScaleOffset(codec), Elements::Fixed(bytes)) => Elements::Fixed(codec.decode(&bytes)),
            (Self::Cast { decoded, stored, .. }, Elements::Fixed(bytes)) => {
                Elements::Fixed(stored.cast(&bytes, *decoded))
            }
            // The parser lets arithmetic through for numbers only.
            (_, elements) => elements,
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Transpose(codec) => codec.describe(),
            Self::Delta(_) => "delta".to_owned(),
            Self::FixedScaleOffset(_) => "fixedscaleoffset".to_owned(),
            Self::Cast { name, .. } | Self::Nothing { name } => (*name).to_owned(),
        }
    }
}

impl BytesCodec {
    /// The part of the program that it is in.
    fn part(&self) -> Option<Part> {
        match self {
            Self::Zstd => Some(Part::Zstd),
            Self::Gzip | Self::Zlib => Some(Part::Codecs),
            _ => None,
        }
    }

    /// How many bytes encoding adds, where that is always the same.
    fn added_bytes(&self) -> Option<usize> {
        match self {
            Self::Shuffle(_) => Some(0),
            Self::Crc32c | Self::Checksum(_) => Some(4),
            _ => None,
        }
    }

    fn decode<'a>(&self, bytes: Cow<'a, [u8]>, expect: Expect) -> Result<Cow<'a, [u8]>, DecodeError> {
        Ok(match self {
            Self::Blosc(_) => pinfold_codec::blosc::decode(&bytes, expect)?.into(),
            Self::Zstd => zstd::decode(&bytes, expect)?.into(),
            Self::Gzip => gzip::decode(&bytes, expect)?.into(),
            Self::Zlib => zlib::decode(&bytes, expect)?.into(),
            Self::Lz4 => lz4::decode(&bytes, expect)?.into(),
            #[cfg(feature = "more-codecs")]
            Self::Bz2 => pinfold_codec::bz2::decode(&bytes, expect)?.into(),
            Self::Shuffle(codec) => codec.decode(&bytes, expect)?.into(),
            Self::Crc32c => crc32c::strip(bytes)?,
            Self::Checksum(codec) => codec.strip(bytes)?,
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Blosc(_) => "blosc",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Lz4 => "lz4",
            #[cfg(feature = "more-codecs")]
            Self::Bz2 => "bz2",
            Self::Shuffle(_) => "shuffle",
            Self::Crc32c => "crc32c",
            Self::Checksum(codec) => codec.name(),
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Blosc(codec) => codec.describe(),
            other => other.name().to_owned(),
        }
    }
}
