//! Zstandard (RFC 8878): one or more frames, skippable frames passed over. Entry point: [`decode`]; Blosc, which has
//! many small streams, keeps a `Decoder`.
//!
//! Written for whole chunks: the result is its own window, nothing is copied out of one. A block goes through
//! `literals`, which has `huffman`, then `sequences`, which has `fse` and writes to `output`.
//!
//! Not supported: dictionaries. A frame's content checksum and its declared size are compared where it has them.

mod bits;
mod fse;
mod huffman;
mod literals;
mod output;
mod sequences;
mod xxh64;

use self::literals::Literals;
use self::output::Output;
use self::sequences::Sequences;
use crate::{DecodeError, Expect, grow, zeroed};

const FORMAT: &str = "zstd";
const MAGIC: u32 = 0xfd2f_b528;
/// Sixteen magic numbers, of frames that are passed over.
const SKIPPED: u32 = 0x184d_2a50;

/// The largest window for small chunks: what libzstd writes at level 19. Higher levels use a larger
/// one only for larger contents.
const MIN_WINDOW_LIMIT_BYTES: u64 = 16 << 20;

/// No block is larger, neither before nor after decoding.
const MAX_BLOCK_BYTES: usize = 128 << 10;

/// Why a block was not decoded. The words for all that can be wrong would be longer than the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It is damaged.
    Block,
    /// It decodes to more than there is room for.
    Full,
}

/// Decodes a whole buffer.
///
/// # Errors
/// See [`DecodeError`].
#[inline(never)]
pub fn decode(input: &[u8], expect: Expect) -> Result<Vec<u8>, DecodeError> {
    let mut decoder = Decoder::new(expect.limit());
    match expect {
        Expect::Exact(bytes) => {
            let mut output = zeroed(bytes)?;
            decoder.decode_into(input, &mut output)?;
            Ok(output)
        }
        Expect::AtMost(limit) => {
            let mut output = Vec::new();
            let filled = decoder.frames(input, &mut Room::Growing(&mut output, limit))?;
            output.truncate(filled);
            Ok(output)
        }
    }
}

/// A decoder that is used for many small streams (the blocks of a blosc buffer): its tables are allocated once.
pub(crate) struct Decoder {
    window_limit: u64,
    tables: Box<Tables>,
}

/// What blocks of a frame may refer to.
struct Tables {
    literals: Literals,
    sequences: Sequences,
}

/// Where decoded bytes go.
enum Room<'a> {
    Exact(&'a mut [u8]),
    Growing(&'a mut Vec<u8>, usize),
}

impl Room<'_> {
    fn limit(&self) -> usize {
        match self {
            Self::Exact(bytes) => bytes.len(),
            Self::Growing(_, limit) => *limit,
        }
    }

    fn too_large(&self, actual: Option<usize>) -> DecodeError {
        match (self, actual) {
            (Self::Exact(bytes), Some(actual)) => DecodeError::WrongSize { expected: bytes.len(), actual },
            _ => DecodeError::TooLarge { limit: self.limit() },
        }
    }

    /// The bytes with room for a block of `most` bytes at `at`, as far as the limit allows it.
    fn for_block(&mut self, at: usize, most: usize) -> Result<&mut [u8], DecodeError> {
        match self {
            Self::Exact(bytes) => Ok(bytes),
            Self::Growing(bytes, limit) => {
                let needed = at.saturating_add(most).min(*limit);
                if bytes.len() < needed {
                    let length = needed.max(bytes.len().saturating_mul(2)).min(*limit);
                    grow(bytes, length)?;
                }
                Ok(bytes)
            }
        }
    }
}

/// What a frame's header says.
struct Header {
    content_bytes: Option<u64>,
    window_bytes: u64,
    has_checksum: bool,
    /// Bytes of the header.
    length: usize,
}

impl Header {
    /// `None` where it is cut off.
    fn read(frame: &[u8]) -> Option<Result<Self, DecodeError>> {
        let number = |at: usize, length: usize| {
            let bytes = frame.get(at..at + length)?;
            Some(bytes.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte)))
        };
        let flags = number(4, 1)?;
        let is_single = flags & 0x20 != 0;
        let mut at = 5;
        let mut window_bytes = 0;
        if !is_single {
            let window = number(at, 1)?;
            window_bytes = (8 + (window & 7)) << (7 + (window >> 3));
            at += 1;
        }
        let dictionary = number(at, [0, 1, 2, 4][flags as usize & 3])?;
        at += [0, 1, 2, 4][flags as usize & 3];
        let length = [usize::from(is_single), 2, 4, 8][flags as usize >> 6];
        let content = number(at, length)? + if length == 2 { 256 } else { 0 };
        let content_bytes = (length > 0).then_some(content);
        if flags & 8 != 0 {
            return Some(Err(DecodeError::invalid(FORMAT, "a frame's header that cannot be read")));
        }
        if dictionary != 0 {
            return Some(Err(DecodeError::Unsupported { format: FORMAT, what: "a dictionary" }));
        }
        Some(Ok(Self {
            content_bytes,
            window_bytes: if is_single { content } else { window_bytes },
            has_checksum: flags & 4 != 0,
            length: at + length,
        }))
    }
}

impl Decoder {
    #[inline(never)]
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            window_limit: MIN_WINDOW_LIMIT_BYTES.max(limit as u64),
            tables: Box::new(Tables { literals: Literals::new(), sequences: Sequences::new() }),
        }
    }

    /// Fills `output` exactly.
    #[inline(never)]
    pub(crate) fn decode_into(&mut self, input: &[u8], output: &mut [u8]) -> Result<(), DecodeError> {
        let filled = self.frames(input, &mut Room::Exact(output))?;
        Expect::Exact(output.len()).check(filled)
    }

    /// Decodes frame after frame; returns how many bytes came out.
    fn frames(&mut self, input: &[u8], room: &mut Room<'_>) -> Result<usize, DecodeError> {
        let truncated = DecodeError::Truncated { format: FORMAT, actual_bytes: input.len() };
        let mut filled = 0;
        let mut at = 0;
        loop {
            let frame = input.get(at..).unwrap_or_default();
            let magic = frame.first_chunk::<4>().ok_or(truncated.clone())?;
            let magic = u32::from_le_bytes(*magic);
            if magic & !15 == SKIPPED {
                let length = frame.get(4..).and_then(|rest| rest.first_chunk::<4>());
                let end = length
                    .and_then(|length| usize::try_from(u32::from_le_bytes(*length)).ok()?.checked_add(8))
                    .filter(|end| *end <= frame.len());
                at += end.ok_or(truncated.clone())?;
            } else if magic == MAGIC {
                at += self.frame(frame, room, &mut filled)?.ok_or(truncated.clone())?;
            } else {
                return Err(DecodeError::invalid(FORMAT, "it does not begin like a frame"));
            }
            if at >= input.len() {
                return Ok(filled);
            }
        }
    }

    /// Decodes one frame to `filled` and after; returns its length, `None` where it is cut off.
    fn frame(
        &mut self,
        frame: &[u8],
        room: &mut Room<'_>,
        filled: &mut usize,
    ) -> Result<Option<usize>, DecodeError> {
        let Some(header) = Header::read(frame) else { return Ok(None) };
        let header = header?;
        let start = *filled;
        // What is larger than the room tells so before anything of it is decoded.
        let content = header.content_bytes.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        let whole = content.map(|bytes| start.saturating_add(bytes));
        if whole.is_some_and(|whole| whole > room.limit()) {
            return Err(room.too_large(whole));
        }
        if header.window_bytes > self.window_limit {
            return Err(DecodeError::invalid(FORMAT, "its window is larger than what is decoded"));
        }
        // What is larger than the window is no block of this frame.
        let most =
            usize::try_from(header.window_bytes).map_or(MAX_BLOCK_BYTES, |bytes| bytes.min(MAX_BLOCK_BYTES));
        self.tables.literals.reset();
        self.tables.sequences.reset();
        let mut at = header.length;
        loop {
            let Some(block) = frame.get(at..).and_then(|rest| rest.first_chunk::<3>()) else {
                return Ok(None);
            };
            let block = u32::from_le_bytes([block[0], block[1], block[2], 0]);
            let size = (block >> 3) as usize;
            at += 3;
            let stored = if block >> 1 & 3 == 1 { 1 } else { size };
            let Some(lead) = frame.get(at - bits::LEAD_BYTES..at + stored) else { return Ok(None) };
            at += stored;
            let mut output = Output { bytes: room.for_block(*filled, most)?, at: *filled, start };
            let space = output.bytes.len();
            let done = match block >> 1 & 3 {
                _ if size > most => Err(Fault::Block),
                0 => output.literals(&lead[bits::LEAD_BYTES..]),
                1 => output.repeat(lead[bits::LEAD_BYTES], size),
                2 => self.tables.block(lead, &mut output),
                _ => Err(Fault::Block),
            };
            let end = output.at;
            match done {
                Ok(()) if end - *filled <= most => *filled = end,
                Err(Fault::Full) if space == room.limit() => return Err(room.too_large(None)),
                _ => return Err(DecodeError::invalid(FORMAT, "a block that cannot be decoded")),
            }
            if block & 1 == 1 {
                break;
            }
        }
        if whole.is_some_and(|whole| whole != *filled) {
            return Err(DecodeError::invalid(FORMAT, "it has another size than it says"));
        }
        if header.has_checksum {
            let Some(stored) = frame.get(at..).and_then(|rest| rest.first_chunk::<4>()) else {
                return Ok(None);
            };
            let content = room.for_block(*filled, 0)?.get(start..*filled).unwrap_or_default();
            if u32::from_le_bytes(*stored) != xxh64::xxh64(content) as u32 {
                return Err(DecodeError::invalid(FORMAT, "the content's checksum is another one"));
            }
            at += 4;
        }
        Ok(Some(at))
    }
}

impl Tables {
    /// Decodes a compressed block, which begins after [`bits::LEAD_BYTES`].
    fn block(&mut self, bytes: &[u8], output: &mut Output<'_>) -> Result<(), Fault> {
        let (literals, at) = self.literals.decode(bytes, bits::LEAD_BYTES).ok_or(Fault::Block)?;
        self.sequences.decode(bytes, at, &literals, output)
    }
}
