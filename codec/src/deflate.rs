//! zlib (RFC 1950) and gzip (RFC 1952, one or more members) by `flate2` on `miniz_oxide`.

use flate2::{Decompress, FlushDecompress, Status};

use crate::{DecodeError, Expect, crc, zeroed};

/// Decodes a zlib stream; its checksum is compared. Bytes after its end are an error.
///
/// # Errors
/// See [`DecodeError`].
#[inline(never)]
pub fn decode_zlib(input: &[u8], expect: Expect) -> Result<Vec<u8>, DecodeError> {
    let mut output = Output::new(expect)?;
    let rest = output.inflate("zlib", &mut Decompress::new(true), input)?;
    if !rest.is_empty() {
        return Err(DecodeError::invalid("zlib", format!("{} bytes after the end", rest.len())));
    }
    output.finish()
}

/// Fills `output` from a zlib stream (a block of a blosc buffer).
#[inline(never)]
pub(crate) fn decode_zlib_into(input: &[u8], output: &mut [u8]) -> Result<(), DecodeError> {
    let mut stream = Decompress::new(true);
    let status = stream
        .decompress(input, output, FlushDecompress::Finish)
        .map_err(|error| DecodeError::invalid("zlib", error))?;
    // The total is at most `output.len()`, a usize.
    let actual = stream.total_out() as usize;
    if status != Status::StreamEnd && actual == output.len() {
        // Full, but the stream goes on: an empty last block and the checksum are still to come.
        let mut more = [0];
        let rest = input.get(stream.total_in() as usize..).unwrap_or_default();
        let status = stream
            .decompress(rest, &mut more, FlushDecompress::Finish)
            .map_err(|error| DecodeError::invalid("zlib", error))?;
        if status == Status::StreamEnd && stream.total_out() as usize == output.len() {
            return Ok(());
        }
    }
    if status != Status::StreamEnd {
        return Err(DecodeError::Truncated { format: "zlib", actual_bytes: input.len() });
    }
    Expect::Exact(output.len()).check(actual)
}

/// Decodes gzip members one after the other; each one's checksum and length are compared.
///
/// # Errors
/// See [`DecodeError`].
#[inline(never)]
pub fn decode_gzip(input: &[u8], expect: Expect) -> Result<Vec<u8>, DecodeError> {
    const FORMAT: &str = "gzip";
    let truncated = || DecodeError::Truncated { format: FORMAT, actual_bytes: input.len() };
    let mut output = Output::new(expect)?;
    let mut rest = input;
    while !rest.is_empty() || rest.len() == input.len() {
        rest = gzip_body(rest).ok_or_else(truncated)??;
        let start = output.filled;
        rest = output.inflate(FORMAT, &mut Decompress::new(false), rest)?;
        let (trailer, after) = rest.split_at_checked(8).ok_or_else(truncated)?;
        rest = after;
        let member = output.bytes.get(start..output.filled).unwrap_or_default();
        // The length is stored modulo 2^32.
        let actual = [crc::crc32(member).to_le_bytes(), (member.len() as u32).to_le_bytes()].concat();
        if trailer != actual {
            return Err(DecodeError::invalid(FORMAT, "checksum or length is another one"));
        }
    }
    output.finish()
}

/// What follows a gzip member's header; `None` when it is cut off.
fn gzip_body(input: &[u8]) -> Option<Result<&[u8], DecodeError>> {
    let (header, mut rest) = input.split_at_checked(10)?;
    let [0x1f, 0x8b, 8, flags, ..] = *header else {
        return Some(Err(DecodeError::invalid("gzip", "does not begin with 1f 8b 08")));
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
    expect: Expect,
}

impl Output {
    fn new(expect: Expect) -> Result<Self, DecodeError> {
        let first = match expect {
            Expect::Exact(bytes) => bytes,
            Expect::AtMost(limit) => limit.min(64 << 10),
        };
        Ok(Self { bytes: zeroed(first)?, filled: 0, expect })
    }

    /// Inflates one stream; returns what follows it.
    fn inflate<'a>(
        &mut self,
        format: &'static str,
        stream: &mut Decompress,
        input: &'a [u8],
    ) -> Result<&'a [u8], DecodeError> {
        let start = self.filled;
        let mut past_the_end = [0];
        loop {
            let full = self.filled == self.bytes.len();
            let limit = self.expect.limit();
            if full && self.filled < limit {
                let bytes = self.bytes.len().saturating_mul(2).clamp(1, limit);
                self.bytes
                    .try_reserve_exact(bytes - self.filled)
                    .map_err(|_| DecodeError::NoMemory { bytes })?;
                self.bytes.resize(bytes, 0);
            }
            let room = match self.bytes.get_mut(self.filled..) {
                Some(room) if !room.is_empty() => room,
                // One byte more than allowed tells whether the stream ends here.
                _ => &mut past_the_end,
            };
            let at_limit = self.filled == limit;
            // Both totals are at most the length of a slice, a usize.
            let rest = input.get(stream.total_in() as usize..).unwrap_or_default();
            let before = (stream.total_in(), stream.total_out());
            let status = stream
                .decompress(rest, room, FlushDecompress::None)
                .map_err(|error| DecodeError::invalid(format, error))?;
            if at_limit && stream.total_out() != before.1 {
                return Err(DecodeError::TooLarge { limit });
            }
            self.filled = start + stream.total_out() as usize;
            if status == Status::StreamEnd {
                return Ok(input.get(stream.total_in() as usize..).unwrap_or_default());
            }
            if before == (stream.total_in(), stream.total_out()) {
                return Err(DecodeError::Truncated { format, actual_bytes: input.len() });
            }
        }
    }

    fn finish(mut self) -> Result<Vec<u8>, DecodeError> {
        self.expect.check(self.filled)?;
        self.bytes.truncate(self.filled);
        Ok(self.bytes)
    }
}
