//! zlib (RFC 1950) and gzip (RFC 1952, one or more members). Entry points: [`decode_zlib`], [`decode_gzip`]; Blosc, which
//! has many small streams, keeps a `Decoder`.
//!
//! Written for whole chunks, as the Zstandard decoder is: the result is its own window. `blocks` reads a deflate stream
//! (RFC 1951) by the codes in `tables`, piece by piece; each piece goes into the checksum as it comes.
//!
//! Not supported: preset dictionaries.

mod adler;
mod blocks;
mod tables;

use self::adler::Adler32;
use self::blocks::{Blocks, Fault};
use self::tables::Tables;
use crate::crc::Crc32;
use crate::{DecodeError, Expect, grow, zeroed};

const ZLIB: &str = "zlib";
const GZIP: &str = "gzip";
/// A header or a block that cannot be read.
const DAMAGED: &str = "deflate decompression error";

/// Decodes a zlib stream; its checksum is compared. Bytes after its end are an error.
///
/// # Errors
/// See [`DecodeError`].
#[inline(never)]
pub fn decode_zlib(input: &[u8], expect: Expect) -> Result<Vec<u8>, DecodeError> {
    let mut output = Output::new(expect)?;
    let rest =
        Decoder::new().zlib(input, &mut Room::Growing(&mut output.bytes, expect), &mut output.filled)?;
    if !rest.is_empty() {
        return Err(DecodeError::invalid(ZLIB, format!("{} bytes after the end", rest.len())));
    }
    output.finish(expect)
}

/// Decodes gzip members one after the other; each one's checksum and length are compared.
///
/// # Errors
/// See [`DecodeError`].
#[inline(never)]
pub fn decode_gzip(input: &[u8], expect: Expect) -> Result<Vec<u8>, DecodeError> {
    let truncated = || DecodeError::Truncated { format: GZIP, actual_bytes: input.len() };
    let mut decoder = Decoder::new();
    let mut output = Output::new(expect)?;
    let mut rest = input;
    while !rest.is_empty() || rest.len() == input.len() {
        rest = gzip_body(rest).ok_or_else(truncated)??;
        let start = output.filled;
        let mut sum = Sum::Crc(Crc32::default());
        let mut room = Room::Growing(&mut output.bytes, expect);
        rest = decoder.inflate(GZIP, rest, &mut room, &mut output.filled, &mut sum)?.ok_or_else(truncated)?;
        let (trailer, after) = rest.split_at_checked(8).ok_or_else(truncated)?;
        rest = after;
        // The length is stored modulo 2^32.
        let length = (output.filled - start) as u32;
        if trailer != [sum.value().to_le_bytes(), length.to_le_bytes()].concat() {
            return Err(DecodeError::invalid(GZIP, "checksum or length is another one"));
        }
    }
    output.finish(expect)
}

/// What follows a gzip member's header; `None` when it is cut off.
fn gzip_body(input: &[u8]) -> Option<Result<&[u8], DecodeError>> {
    let (header, mut rest) = input.split_at_checked(10)?;
    let [0x1f, 0x8b, 8, flags, ..] = *header else {
        return Some(Err(DecodeError::invalid(GZIP, "does not begin with 1f 8b 08")));
    };
    if flags & 4 != 0 {
        let (length, after) = rest.split_first_chunk::<2>()?;
        rest = after.get(u16::from_le_bytes(*length).into()..)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    Some(Ok(rest))
}

/// Bytes that grow to what is expected and no further.
struct Output {
    bytes: Vec<u8>,
    filled: usize,
}

impl Output {
    fn new(expect: Expect) -> Result<Self, DecodeError> {
        let first = match expect {
            Expect::Exact(bytes) => bytes,
            Expect::AtMost(limit) => limit.min(64 << 10),
        };
        Ok(Self { bytes: zeroed(first)?, filled: 0 })
    }

    fn finish(mut self, expect: Expect) -> Result<Vec<u8>, DecodeError> {
        expect.check(self.filled)?;
        self.bytes.truncate(self.filled);
        Ok(self.bytes)
    }
}

/// Where decoded bytes go.
enum Room<'a> {
    Exact(&'a mut [u8]),
    Growing(&'a mut Vec<u8>, Expect),
}

impl Room<'_> {
    fn bytes(&mut self) -> &mut [u8] {
        match self {
            Self::Exact(bytes) => bytes,
            Self::Growing(bytes, _) => bytes,
        }
    }

    /// Makes more room, or says that there must not be.
    fn grow(&mut self) -> Result<(), DecodeError> {
        match self {
            Self::Growing(bytes, expect) if bytes.len() < expect.limit() => {
                let length = bytes.len().saturating_mul(2).clamp(1, expect.limit());
                grow(bytes, length)
            }
            _ => Err(DecodeError::TooLarge { limit: self.bytes().len() }),
        }
    }
}

/// What is compared at a stream's end.
enum Sum {
    Adler(Adler32),
    Crc(Crc32),
}

impl Sum {
    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Adler(sum) => sum.update(bytes),
            Self::Crc(sum) => sum.update(bytes),
        }
    }

    fn value(&self) -> u32 {
        match self {
            Self::Adler(sum) => sum.value(),
            Self::Crc(sum) => sum.sum(),
        }
    }
}

/// A decoder that is used for many small streams (the blocks of a blosc buffer): its tables are allocated once.
pub(crate) struct Decoder {
    tables: Box<Tables>,
}

impl Decoder {
    pub(crate) fn new() -> Self {
        Self { tables: Box::new(Tables::new()) }
    }

    /// Fills `output` exactly from a zlib stream; what follows it is of no interest.
    #[inline(never)]
    pub(crate) fn decode_into(&mut self, input: &[u8], output: &mut [u8]) -> Result<(), DecodeError> {
        let mut filled = 0;
        self.zlib(input, &mut Room::Exact(output), &mut filled)?;
        Expect::Exact(output.len()).check(filled)
    }

    /// Decodes a zlib stream to `filled` and after; returns what follows it.
    fn zlib<'a>(
        &mut self,
        input: &'a [u8],
        room: &mut Room<'_>,
        filled: &mut usize,
    ) -> Result<&'a [u8], DecodeError> {
        let truncated = || DecodeError::Truncated { format: ZLIB, actual_bytes: input.len() };
        let (header, body) = input.split_first_chunk::<2>().ok_or_else(truncated)?;
        // Deflate with a window of at most 32 kB, no dictionary.
        if header[0] & 15 != 8
            || header[0] >> 4 > 7
            || header[1] & 0x20 != 0
            || !u16::from_be_bytes(*header).is_multiple_of(31)
        {
            return Err(DecodeError::invalid(ZLIB, DAMAGED));
        }
        let mut sum = Sum::Adler(Adler32::new());
        let rest = self.inflate(ZLIB, body, room, filled, &mut sum)?.ok_or_else(truncated)?;
        let (stored, rest) = rest.split_first_chunk::<4>().ok_or_else(truncated)?;
        if u32::from_be_bytes(*stored) != sum.value() {
            return Err(DecodeError::invalid(ZLIB, "the checksum is another one"));
        }
        Ok(rest)
    }

    /// Decodes a deflate stream to `filled` and after; returns what follows it, `None` where it is cut off.
    fn inflate<'a>(
        &mut self,
        format: &'static str,
        input: &'a [u8],
        room: &mut Room<'_>,
        filled: &mut usize,
        sum: &mut Sum,
    ) -> Result<Option<&'a [u8]>, DecodeError> {
        let start = *filled;
        let mut blocks = Blocks::new(input, &mut self.tables);
        loop {
            let before = *filled;
            let step = blocks.step(room.bytes(), start, filled);
            sum.update(room.bytes().get(before..*filled).unwrap_or_default());
            match step {
                Ok(true) => {}
                Ok(false) => return Ok(Some(blocks.rest())),
                Err(Fault::Full) => room.grow()?,
                Err(Fault::Cut) => return Ok(None),
                Err(Fault::Block) => {
                    return Err(DecodeError::invalid(format, DAMAGED));
                }
            }
        }
    }
}
