//! Blosc 1 buffers (c-blosc 1.x, what numcodecs writes).
//!
//! Format: <https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst>. A header of 16
//! bytes, one offset for each block, then the blocks **in any order** (several threads write them as
//! they get ready). A block is shuffled as a whole and, unless the header says otherwise, split into
//! one stream for each byte of the type.
//!
//! Decoded: blosclz, lz4 and lz4hc (one format), zlib, zstd; shuffle, bitshuffle, none; buffers that
//! were stored uncompressed. Not supported: snappy, Blosc 2 chunks.

use crate::parts::Part;
use crate::{DecodeError, Expect, blosclz, deflate, lz4, shuffle, zeroed, zstd};

const FORMAT: &str = "blosc";
const HEADER_BYTES: usize = 16;

const BYTE_SHUFFLE: u8 = 0x1;
const STORED: u8 = 0x2;
const BIT_SHUFFLE: u8 = 0x4;
const NOT_SPLIT: u8 = 0x10;

/// Blocks are split for types of at most so many bytes …
const MAX_SPLITS: usize = 16;
/// … and when each part has at least so many.
const MIN_SPLIT_BYTES: usize = 128;

/// What a buffer's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Version of the format, 1 or 2.
    pub version: u8,
    /// Shuffle, compressor and how blocks are stored.
    pub flags: u8,
    /// Bytes of one element, as the shuffle sees it.
    pub type_bytes: usize,
    /// Bytes after decoding.
    pub decoded_bytes: usize,
    /// Bytes of a block after decoding; the last may be shorter.
    pub block_bytes: usize,
    /// Bytes of the whole buffer, this header included.
    pub buffer_bytes: usize,
}

impl Header {
    /// Reads the header.
    ///
    /// # Errors
    /// [`DecodeError`] where it is cut off or contradicts itself.
    pub fn read(input: &[u8]) -> Result<Self, DecodeError> {
        let Some([version, _, flags, type_bytes, sizes @ ..]) = input.first_chunk::<HEADER_BYTES>() else {
            return Err(DecodeError::Truncated { format: FORMAT, actual_bytes: input.len() });
        };
        let size = |at: usize| {
            let bytes = [sizes[at], sizes[at + 1], sizes[at + 2], sizes[at + 3]];
            // Sizes are signed in c-blosc: 2 GiB is the largest buffer.
            usize::try_from(i32::from_le_bytes(bytes))
                .map_err(|_| DecodeError::invalid(FORMAT, "a negative size in the header"))
        };
        let header = Self {
            version: *version,
            flags: *flags,
            type_bytes: (*type_bytes).into(),
            decoded_bytes: size(0)?,
            block_bytes: size(4)?,
            buffer_bytes: size(8)?,
        };
        if header.version > 2 || header.flags & (BYTE_SHUFFLE | BIT_SHUFFLE) == BYTE_SHUFFLE | BIT_SHUFFLE {
            return Err(DecodeError::Unsupported { format: FORMAT, what: "a Blosc 2 chunk" });
        }
        if header.version == 0 || header.type_bytes == 0 {
            return Err(DecodeError::invalid(FORMAT, "a version or type size of 0"));
        }
        Ok(header)
    }
}

/// Decodes a whole buffer.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode(input: &[u8], expect: Expect) -> Result<Vec<u8>, DecodeError> {
    let header = Header::read(input)?;
    expect.check(header.decoded_bytes)?;
    let truncated = || DecodeError::Truncated { format: FORMAT, actual_bytes: input.len() };
    let input = input.get(..header.buffer_bytes).ok_or_else(truncated)?;
    if header.decoded_bytes == 0 {
        return Ok(Vec::new());
    }
    if header.flags & STORED != 0 {
        let end = HEADER_BYTES + header.decoded_bytes;
        return Ok(input.get(HEADER_BYTES..end).ok_or_else(truncated)?.to_vec());
    }
    if header.block_bytes == 0 || header.block_bytes > header.decoded_bytes {
        return Err(DecodeError::invalid(FORMAT, format!("a block size of {}", header.block_bytes)));
    }
    let blocks = header.decoded_bytes.div_ceil(header.block_bytes);
    let offsets = input
        .get(HEADER_BYTES..)
        .and_then(|rest| rest.get(..blocks.checked_mul(4)?))
        .ok_or_else(truncated)?;

    let mut output = zeroed(header.decoded_bytes)?;
    let mut blocks = Blocks::new(&header)?;
    for (block, offset) in output.chunks_mut(header.block_bytes).zip(offsets.as_chunks::<4>().0) {
        // A negative offset is beyond the end of every buffer, 2 GiB being the largest.
        let stored = input.get(u32::from_le_bytes(*offset) as usize..).ok_or_else(truncated)?;
        blocks.decode(stored, block)?;
    }
    Ok(output)
}

/// Which compressor made the streams.
enum Streams {
    BloscLz,
    Lz4,
    Zlib(deflate::Decoder),
    Zstd(zstd::Decoder),
}

impl Streams {
    fn decode_into(&mut self, stream: &[u8], output: &mut [u8]) -> Result<(), DecodeError> {
        match self {
            Self::BloscLz => {
                let actual = blosclz::decode_into(stream, output)?;
                Expect::Exact(output.len()).check(actual)
            }
            Self::Lz4 => lz4::decode_into(stream, output),
            Self::Zlib(decoder) => decoder.decode_into(stream, output),
            Self::Zstd(decoder) => decoder.decode_into(stream, output),
        }
    }
}

/// Decodes block after block with the same scratch space.
struct Blocks {
    streams: Streams,
    flags: u8,
    type_bytes: usize,
    block_bytes: usize,
    shuffled: Vec<u8>,
    bytes_of_bits: Vec<u8>,
}

impl Blocks {
    fn new(header: &Header) -> Result<Self, DecodeError> {
        let streams = match header.flags >> 5 {
            0 => Streams::BloscLz,
            1 => Streams::Lz4,
            2 => return Err(DecodeError::Unsupported { format: FORMAT, what: "the compressor snappy" }),
            3 => {
                Part::Codecs.need()?;
                Streams::Zlib(deflate::Decoder::new())
            }
            4 => {
                Part::Zstd.need()?;
                Streams::Zstd(zstd::Decoder::new(header.block_bytes))
            }
            _ => return Err(DecodeError::Unsupported { format: FORMAT, what: "an unknown compressor" }),
        };
        Ok(Self {
            streams,
            flags: header.flags,
            type_bytes: header.type_bytes,
            block_bytes: header.block_bytes,
            shuffled: Vec::new(),
            bytes_of_bits: Vec::new(),
        })
    }

    /// Decodes the block that begins where `stored` begins.
    fn decode(&mut self, stored: &[u8], block: &mut [u8]) -> Result<(), DecodeError> {
        let byte_shuffled = self.flags & BYTE_SHUFFLE != 0 && self.type_bytes > 1;
        let bit_shuffled = self.flags & BIT_SHUFFLE != 0 && self.block_bytes >= self.type_bytes;
        if !byte_shuffled && !bit_shuffled {
            return self.streams(stored, block);
        }
        let mut shuffled = std::mem::take(&mut self.shuffled);
        shuffled.resize(block.len(), 0);
        self.streams(stored, &mut shuffled)?;
        if byte_shuffled {
            shuffle::unshuffle(&shuffled, block, self.type_bytes);
        } else {
            shuffle::bit_unshuffle(&shuffled, block, self.type_bytes, &mut self.bytes_of_bits);
        }
        self.shuffled = shuffled;
        Ok(())
    }

    /// Decodes the streams that a block consists of.
    fn streams(&mut self, mut stored: &[u8], block: &mut [u8]) -> Result<(), DecodeError> {
        let actual_bytes = stored.len();
        let truncated = || DecodeError::Truncated { format: FORMAT, actual_bytes };
        let is_last_and_short = block.len() != self.block_bytes;
        let split = self.flags & NOT_SPLIT == 0
            && self.type_bytes <= MAX_SPLITS
            && self.block_bytes / self.type_bytes >= MIN_SPLIT_BYTES
            && !is_last_and_short;
        let parts = if split { self.type_bytes } else { 1 };
        // c-blosc makes blocks a multiple of the type size; another one could not be split evenly.
        if !block.len().is_multiple_of(parts) {
            return Err(DecodeError::invalid(FORMAT, "a block that does not split into bytes"));
        }
        for part in block.chunks_exact_mut(block.len() / parts) {
            let (length, rest) = stored.split_first_chunk::<4>().ok_or_else(truncated)?;
            let length = usize::try_from(i32::from_le_bytes(*length))
                .map_err(|_| DecodeError::invalid(FORMAT, "a stream of negative length"))?;
            let (stream, rest) = rest.split_at_checked(length).ok_or_else(truncated)?;
            stored = rest;
            if length == part.len() {
                part.copy_from_slice(stream);
            } else {
                self.streams.decode_into(stream, part)?;
            }
        }
        Ok(())
    }
}
