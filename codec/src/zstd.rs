//! Zstandard (RFC 8878) by `ruzstd`: one or more frames, skippable frames passed over.
//!
//! Not supported: dictionaries. A frame's content checksum is compared where it has one.

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::{DecodeError, Expect, zeroed};

const FORMAT: &str = "zstd";

/// The largest window for small chunks: what libzstd writes at level 19. Higher levels use a larger
/// one only for larger contents.
const MIN_WINDOW_LIMIT_BYTES: u64 = 16 << 20;

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
        Expect::AtMost(limit) => decoder.decode_growing(input, limit),
    }
}

/// A decoder that is used for many small streams (the blocks of a blosc buffer): its tables and its
/// window are allocated once.
pub(crate) struct Decoder(FrameDecoder);

impl Decoder {
    #[inline(never)]
    pub(crate) fn new(limit: usize) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MIN_WINDOW_LIMIT_BYTES.max(limit as u64));
        Self(decoder)
    }

    /// Fills `output` exactly.
    #[inline(never)]
    pub(crate) fn decode_into(&mut self, input: &[u8], output: &mut [u8]) -> Result<(), DecodeError> {
        let mut filled = 0;
        self.frames(input, |decoder| {
            loop {
                let room = output.get_mut(filled..).unwrap_or_default();
                let read = ruzstd::io::Read::read(decoder, room)
                    .map_err(|_| DecodeError::invalid(FORMAT, "a block that cannot be read"))?;
                filled += read;
                if read == 0 {
                    break;
                }
            }
            if decoder.can_collect() > 0 {
                return Err(DecodeError::WrongSize {
                    expected: output.len(),
                    actual: output.len() + decoder.can_collect(),
                });
            }
            Ok(())
        })?;
        Expect::Exact(output.len()).check(filled)
    }

    fn decode_growing(&mut self, input: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
        let mut output = Vec::new();
        self.frames(input, |decoder| {
            if output.len() + decoder.can_collect() > limit {
                return Err(DecodeError::TooLarge { limit });
            }
            output.extend(decoder.collect().unwrap_or_default());
            Ok(())
        })?;
        Ok(output)
    }

    /// Decodes frame after frame and calls `drain` whenever bytes may have become available.
    fn frames(
        &mut self,
        mut input: &[u8],
        mut drain: impl FnMut(&mut FrameDecoder) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
        let actual_bytes = input.len();
        if input.is_empty() {
            return Err(DecodeError::Truncated { format: FORMAT, actual_bytes });
        }
        while !input.is_empty() {
            match self.0.init(&mut input) {
                Ok(()) => {}
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    input = usize::try_from(length)
                        .ok()
                        .and_then(|length| input.get(length..))
                        .ok_or(DecodeError::Truncated { format: FORMAT, actual_bytes })?;
                    continue;
                }
                // The library's own words for all that can be wrong are longer than its decoder.
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::BadMagicNumber(_))) => {
                    return Err(DecodeError::invalid(FORMAT, "it does not begin like a frame"));
                }
                Err(FrameDecoderError::WindowSizeTooBig { .. }) => {
                    return Err(DecodeError::invalid(FORMAT, "its window is larger than what is decoded"));
                }
                Err(_) => return Err(DecodeError::invalid(FORMAT, "a frame's header that cannot be read")),
            }
            while !self.0.is_finished() {
                self.0
                    .decode_blocks(&mut input, BlockDecodingStrategy::UptoBytes(1 << 20))
                    .map_err(|_| DecodeError::invalid(FORMAT, "a block that cannot be decoded"))?;
                drain(&mut self.0)?;
            }
            if let (Some(stored), Some(actual)) =
                (self.0.get_checksum_from_data(), self.0.get_calculated_checksum())
                && stored != actual
            {
                return Err(DecodeError::invalid(FORMAT, "the content's checksum is another one"));
            }
        }
        Ok(())
    }
}
