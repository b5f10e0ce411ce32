//! `sharding_indexed`: many chunks in one file, with an index of their byte ranges.
//! <https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/index.html>
//!
//! ```json
//! {"name": "sharding_indexed", "configuration": {"chunk_shape": [10, 10], "index_location": "end",
//!   "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "zstd"}],
//!   "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]}}
//! ```
//!
//! Not supported: index codecs whose result has no fixed size. Shards within shards are decoded whole.

use pinfold_codec::DecodeError;

use super::{Chain, Context, Elements, Failed, Serializer};
use crate::store::ByteRange;
use crate::zarr::assemble::Assembly;
use crate::zarr::dtype::DataType;
use crate::zarr::fill::FillValue;
use crate::zarr::read::{Chunk, Target};
use crate::zarr::selection::{Piece, parts, pieces, product};

const NAME: &str = "sharding";

/// Offset and length of a chunk that is not in the shard.
const MISSING: u64 = u64::MAX;

/// The codec with the codecs inside.
#[derive(Debug, Clone, PartialEq)]
pub struct Sharding {
    pub(crate) chunk_shape: Vec<u64>,
    pub(crate) inner: Chain,
    index: Chain,
    index_at_end: bool,
}

impl Sharding {
    /// `index` must have a fixed size.
    pub(crate) fn new(
        chunk_shape: Vec<u64>,
        inner: Chain,
        index: Chain,
        index_at_end: bool,
    ) -> Result<Self, String> {
        let fixed = index.array.is_empty()
            && matches!(index.serializer, Serializer::Bytes(_))
            && index.bytes.iter().all(|codec| codec.added_bytes().is_some());
        if !fixed {
            return Err(format!("sharding_indexed with index codecs {}", index.describe()));
        }
        Ok(Self { chunk_shape, inner, index, index_at_end })
    }

    /// How many chunks a shard has in each dimension.
    pub(crate) fn grid(&self, shard_shape: &[u64]) -> Vec<u64> {
        // The parser has checked that chunks divide the shard.
        shard_shape.iter().zip(&self.chunk_shape).map(|(shard, chunk)| shard / chunk).collect()
    }

    /// Bytes of the index; `u64::MAX` where they do not fit.
    fn index_bytes(&self, shard_shape: &[u64]) -> u64 {
        let added: usize = self.index.bytes.iter().filter_map(super::BytesCodec::added_bytes).sum();
        product(&self.grid(shard_shape)).saturating_mul(16).saturating_add(added as u64)
    }

    /// Where the index is.
    pub(crate) fn index_range(&self, shard_shape: &[u64]) -> ByteRange {
        let length_bytes = self.index_bytes(shard_shape);
        if self.index_at_end {
            ByteRange::Last { length_bytes }
        } else {
            ByteRange::From { offset_bytes: 0, length_bytes }
        }
    }

    /// Reads the index.
    pub(crate) fn read_index(&self, stored: &[u8], shard_shape: &[u64]) -> Result<Index, Failed> {
        let grid = self.grid(shard_shape);
        if stored.len() as u64 != self.index_bytes(shard_shape) {
            let reason = DecodeError::Truncated { format: "the index", actual_bytes: stored.len() };
            return Err(Failed::new(NAME, reason));
        }
        // The stored bytes are in memory, so their number is a usize.
        let shape = [product(&grid) as usize, 2];
        let fill = FillValue::zero(&DataType::UInt64);
        let context = Context { data_type: &DataType::UInt64, fill: &fill, limit_bytes: stored.len() };
        let Elements::Fixed(bytes) = self.index.decode(stored, &shape, &context)? else {
            unreachable!("integers have a fixed size");
        };
        Ok(Index { ranges: pinfold_codec::element::u64s(&bytes), grid })
    }

    /// Takes the index from a whole shard.
    fn index_of<'a>(&self, shard: &'a [u8], shard_shape: &[u64]) -> Option<&'a [u8]> {
        let length = usize::try_from(self.index_bytes(shard_shape)).ok()?;
        if self.index_at_end { shard.get(shard.len().checked_sub(length)?..) } else { shard.get(..length) }
    }

    /// Decodes a whole shard.
    pub(crate) fn decode(
        &self,
        shard: &[u8],
        shard_shape: &[usize],
        context: &Context<'_>,
    ) -> Result<Elements, Failed> {
        let shape: Vec<u64> = shard_shape.iter().map(|length| *length as u64).collect();
        let everything =
            pieces(shape.iter().map(|length| parts(0, *length, 1, *length, 0).collect()).collect());
        let no_memory = |reason| Failed::new(NAME, reason);
        let mut assembly = Assembly::filled(shard_shape.to_vec(), context).map_err(no_memory)?;
        for piece in everything {
            for (inner, elements) in self.decode_pieces(shard, &shape, &piece, context)? {
                assembly.place(Chunk::Elements(elements), &self.inner_shape(), &inner).map_err(no_memory)?;
            }
        }
        Ok(assembly.into_elements())
    }

    /// Decodes the chunks of a whole shard that `piece` touches.
    pub(crate) fn decode_pieces(
        &self,
        shard: &[u8],
        shard_shape: &[u64],
        piece: &Piece,
        context: &Context<'_>,
    ) -> Result<Vec<(Piece, Elements)>, Failed> {
        let truncated =
            |format| Failed::new(NAME, DecodeError::Truncated { format, actual_bytes: shard.len() });
        let stored = self.index_of(shard, shard_shape).ok_or_else(|| truncated("the index"))?;
        let index = self.read_index(stored, shard_shape)?;
        let mut decoded = Vec::new();
        for inner in self.inner_pieces(piece) {
            let Some((offset, length)) = index.range(&inner) else { continue };
            let bytes = usize::try_from(offset)
                .ok()
                .zip(usize::try_from(length).ok())
                .and_then(|(offset, length)| shard.get(offset..offset.checked_add(length)?))
                .ok_or_else(|| truncated("a chunk"))?;
            decoded.push((inner, self.decode_chunk(bytes, context)?));
        }
        Ok(decoded)
    }

    /// Decodes one chunk of a shard.
    pub(crate) fn decode_chunk(&self, bytes: &[u8], context: &Context<'_>) -> Result<Elements, Failed> {
        self.inner.decode(bytes, &self.inner_shape(), context)
    }

    /// The chunks' shape in memory; a chunk is no larger than its shard, which was checked.
    pub(crate) fn inner_shape(&self) -> Vec<usize> {
        self.chunk_shape.iter().map(|length| *length as usize).collect()
    }

    /// What of a shard's piece falls in each of its chunks.
    pub(crate) fn inner_pieces(&self, piece: &Piece) -> impl Iterator<Item = Piece> + use<> {
        pieces(
            piece
                .iter()
                .zip(&self.chunk_shape)
                .map(|(part, length)| {
                    parts(part.start, part.count, part.stride, *length, part.target).collect()
                })
                .collect(),
        )
    }
}

/// A shard's index: offset and length of each chunk.
#[derive(Debug)]
pub(crate) struct Index {
    ranges: Vec<u64>,
    grid: Vec<u64>,
}

impl Index {
    /// Offset and length of the chunk that a piece is in; `None` where it is missing.
    pub(crate) fn range(&self, piece: &Piece) -> Option<(u64, u64)> {
        let chunk = piece.iter().zip(&self.grid).fold(0, |index, (part, length)| index * length + part.chunk);
        let (offset, length) =
            (self.ranges.get(2 * chunk as usize)?, self.ranges.get(2 * chunk as usize + 1)?);
        ((*offset, *length) != (MISSING, MISSING)).then_some((*offset, *length))
    }
}
