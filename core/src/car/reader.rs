//! [`CarReader`]: sections out of bytes that arrive in pieces.

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};

use super::{CarError, CarHeader, header, read_varint};
use crate::block::{Limits, VerifiedBlock};
use crate::cid::Cid;

/// No CID that anything here can read is longer: varints for version, codec, hash, length and 64 bytes.
pub(super) const MAX_CID_BYTES: u64 = 104;

/// One section, not yet verified.
#[derive(Debug, Clone)]
pub struct CarSection {
    /// What the section says it is.
    pub cid: Cid,
    /// Where the block's bytes begin in the CAR.
    pub body_offset_bytes: u64,
    /// The block's bytes.
    pub bytes: Bytes,
}

/// Reads a CAR incrementally: [`push`](Self::push) what came, take sections until `None`, push more;
/// [`end`](Self::end) once nothing more will come, so that truncation is an error instead of `None`.
///
/// Holds at most one section and what was pushed.
#[derive(Debug)]
pub struct CarReader {
    limits: Limits,
    header: Option<CarHeader>,
    /// Whole pushes are kept as they are; a section inside one push is sliced out of it without a copy.
    front: Bytes,
    more: VecDeque<Bytes>,
    offset_bytes: u64,
    length_bytes: u64,
    ended: bool,
}

impl CarReader {
    /// A reader of nothing yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let (front, more) = (Bytes::new(), VecDeque::new());
        Self { limits, header: None, front, more, offset_bytes: 0, length_bytes: 0, ended: false }
    }

    /// Adds the next bytes of the CAR.
    pub fn push(&mut self, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        self.length_bytes += bytes.len() as u64;
        if self.front.is_empty() && self.more.is_empty() {
            self.front = bytes;
        } else if !bytes.is_empty() {
            self.more.push_back(bytes);
        }
    }

    /// Says that nothing more will be pushed.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The header, once it was read.
    #[must_use]
    pub fn header(&self) -> Option<&CarHeader> {
        self.header.as_ref()
    }

    /// How many bytes were used up: the offset of the next section.
    #[must_use]
    pub fn offset_bytes(&self) -> u64 {
        self.offset_bytes
    }

    /// The next block, verified; `None` when more bytes are needed or the CAR ended properly.
    ///
    /// # Errors
    /// Truncation (after [`end`](Self::end)), damage, limits, and a block that does not match its CID.
    pub fn next_block(&mut self) -> Result<Option<VerifiedBlock>, CarError> {
        let offset_bytes = self.offset_bytes;
        let Some(section) = self.next_section()? else { return Ok(None) };
        VerifiedBlock::verify(section.cid, section.bytes)
            .map(Some)
            .map_err(|source| CarError::Block { offset_bytes, source })
    }

    /// The next section, **not** verified: for sources, whose blocks the `Fetcher` verifies.
    ///
    /// # Errors
    /// Truncation (after [`end`](Self::end)), damage and limits.
    pub fn next_section(&mut self) -> Result<Option<CarSection>, CarError> {
        if self.header.is_none() {
            let Some((_, bytes)) = self.take_delimited(self.limits.car_header_bytes)? else {
                return Ok(None);
            };
            self.header = Some(header::decode(&bytes)?);
        }
        let start = self.offset_bytes;
        let limit = self.limits.block_bytes.saturating_add(MAX_CID_BYTES);
        let Some((body_offset, mut bytes)) = self.take_delimited(limit)? else { return Ok(None) };
        if bytes.is_empty() {
            return Err(CarError::Section { offset_bytes: start, reason: "its length is zero".to_owned() });
        }
        let (cid, cid_bytes) = Cid::read_prefix(&bytes).map_err(|error| CarError::section(start, &error))?;
        bytes.advance(cid_bytes);
        if bytes.len() as u64 > self.limits.block_bytes {
            return Err(CarError::TooLarge {
                offset_bytes: start,
                actual_bytes: bytes.len() as u64,
                limit_bytes: self.limits.block_bytes,
            });
        }
        Ok(Some(CarSection { cid, body_offset_bytes: body_offset + cid_bytes as u64, bytes }))
    }

    /// A length and as many bytes, with the offset at which the bytes begin.
    fn take_delimited(&mut self, limit_bytes: u64) -> Result<Option<(u64, Bytes)>, CarError> {
        let offset_bytes = self.offset_bytes;
        let available = self.length_bytes - self.offset_bytes;
        let truncated = || CarError::Truncated { offset_bytes, length_bytes: self.length_bytes };
        if available == 0 {
            return if self.ended && self.header.is_none() { Err(truncated()) } else { Ok(None) };
        }
        // The length may straddle pushes.
        let mut head = [0u8; 10];
        let mut filled = 0;
        for byte in std::iter::once(&self.front).chain(&self.more).flat_map(|part| part.iter()).take(10) {
            head[filled] = *byte;
            filled += 1;
        }
        let parsed = read_varint(&head[..filled])
            .map_err(|reason| CarError::Section { offset_bytes, reason: reason.to_owned() })?;
        let Some((length, head_bytes)) = parsed else {
            return if self.ended { Err(truncated()) } else { Ok(None) };
        };
        if length > limit_bytes {
            return Err(CarError::TooLarge { offset_bytes, actual_bytes: length, limit_bytes });
        }
        if available < length + head_bytes as u64 {
            return if self.ended { Err(truncated()) } else { Ok(None) };
        }
        let whole = head_bytes + length as usize;
        let mut bytes = self.take(whole);
        bytes.advance(head_bytes);
        Ok(Some((offset_bytes + head_bytes as u64, bytes)))
    }

    /// The next `length` bytes, which are there.
    fn take(&mut self, length: usize) -> Bytes {
        self.offset_bytes += length as u64;
        let taken = if self.front.len() >= length {
            self.front.split_to(length)
        } else {
            let mut joined = BytesMut::with_capacity(length);
            let mut used = 0;
            joined.extend_from_slice(&self.front);
            for part in &mut self.more {
                let rest = length - joined.len();
                if part.len() > rest {
                    joined.extend_from_slice(&part.split_to(rest));
                    break;
                }
                joined.extend_from_slice(part);
                used += 1;
            }
            self.more.drain(..used);
            self.front = Bytes::new();
            joined.freeze()
        };
        if self.front.is_empty() {
            self.front = self.more.pop_front().unwrap_or_default();
        }
        taken
    }
}
