//! Bytes of the index: [`Writer`] and [`Reader`] with varints, and the frame around every index file.
//!
//! A frame is `PFSX`, the format version (1 byte), the kind of file (1 byte), a 64-bit checksum of the
//! kind and body (little endian) and the body. The checksum finds damage, not malice: the names of the files are
//! their content hashes, and whoever can replace the entry can replace the page as well. Nothing is
//! allocated before its length was compared with what is left of the file.

use bytes::Bytes;

/// The version of the format; a reader refuses every other.
pub const VERSION: u8 = 5;
const MAGIC: &[u8; 4] = b"PFSX";
/// Bytes in front of a frame's body.
pub(super) const FRAME_BYTES: usize = 14;

/// Why index files cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// Not an index file at all.
    #[error("not a search index")]
    Foreign,
    /// Written by another version of the program.
    #[error("the index is of another version ({found}, this program reads {expected})")]
    Version {
        /// What the file says.
        found: u8,
        /// [`VERSION`].
        expected: u8,
    },
    /// The file ends early or its bytes are damaged.
    #[error("the index is damaged: checksum {found:016x} instead of {expected:016x}")]
    Checksum {
        /// What the file should have.
        expected: u64,
        /// What its bytes give.
        found: u64,
    },
    /// A value that no encoder writes.
    #[error("the index is damaged: {what} at byte {offset_bytes}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Where, counted from the start of the section.
        offset_bytes: usize,
    },
    /// A file that the entry does not name, or one of another build.
    #[error("`{name}` does not belong to this index")]
    Stranger {
        /// Its name.
        name: String,
    },
}

/// FNV-1a with a final mix, over 64 bits: small code, no tables (the page loads this).
pub(super) fn checksum(kind: u8, body: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in [kind].iter().chain(body) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^ (hash >> 29)
}

/// Wraps a body.
pub(super) fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(FRAME_BYTES + body.len());
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&[VERSION, kind]);
    out.extend_from_slice(&checksum(kind, body).to_le_bytes());
    out.extend_from_slice(body);
    out
}

/// Checks a frame and returns its kind and body.
pub(super) fn unframe(file: &Bytes) -> Result<(u8, Bytes), IndexError> {
    if file.len() < FRAME_BYTES || &file[..4] != MAGIC {
        return Err(IndexError::Foreign);
    }
    if file[4] != VERSION {
        return Err(IndexError::Version { found: file[4], expected: VERSION });
    }
    let mut sum = [0; 8];
    sum.copy_from_slice(&file[6..FRAME_BYTES]);
    let expected = u64::from_le_bytes(sum);
    let body = file.slice(FRAME_BYTES..);
    let found = checksum(file[5], &body);
    if found != expected {
        return Err(IndexError::Checksum { expected, found });
    }
    Ok((file[5], body))
}

/// Appends values.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }
    /// LEB128.
    pub(super) fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
    pub(super) fn len(&mut self, value: usize) {
        self.varint(value as u64);
    }
    /// Zigzag, then LEB128.
    pub(super) fn signed(&mut self, value: i64) {
        self.varint(((value << 1) ^ (value >> 63)) as u64);
    }
    pub(super) fn blob(&mut self, bytes: &[u8]) {
        self.len(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }
    pub(super) fn str(&mut self, text: &str) {
        self.blob(text.as_bytes());
    }
}

/// Reads what [`Writer`] wrote.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    pos: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, pos: 0 }
    }
    /// Starts at `pos`, which may lie behind the end (every read then fails).
    pub(super) fn at(bytes: &'a [u8], pos: usize) -> Self {
        Self { bytes, pos: pos.min(bytes.len()) }
    }
    pub(super) fn pos(&self) -> usize {
        self.pos
    }
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.pos
    }
    pub(super) fn wrong<T>(&self, what: &'static str) -> Result<T, IndexError> {
        Err(IndexError::Malformed { what, offset_bytes: self.pos })
    }
    pub(super) fn u8(&mut self) -> Result<u8, IndexError> {
        let Some(byte) = self.bytes.get(self.pos) else { return self.wrong("end of file") };
        self.pos += 1;
        Ok(*byte)
    }
    pub(super) fn varint(&mut self) -> Result<u64, IndexError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return self.wrong("number too large");
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        self.wrong("number too long")
    }
    pub(super) fn u32(&mut self) -> Result<u32, IndexError> {
        let value = self.varint()?;
        u32::try_from(value).or_else(|_| self.wrong("number too large"))
    }
    pub(super) fn signed(&mut self) -> Result<i64, IndexError> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }
    /// A count of things that take at least `least_bytes` each: never more than the file can hold.
    pub(super) fn count(&mut self, least_bytes: usize) -> Result<usize, IndexError> {
        let value = self.varint()?;
        let most = (self.left() / least_bytes.max(1)) as u64;
        if value > most { self.wrong("count larger than the file") } else { Ok(value as usize) }
    }
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], IndexError> {
        if len > self.left() {
            return self.wrong("length larger than the file");
        }
        let part = &self.bytes[self.pos..self.pos + len];
        self.pos += len;
        Ok(part)
    }
    pub(super) fn str(&mut self) -> Result<&'a str, IndexError> {
        let len = self.count(1)?;
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).or_else(|_| self.wrong("text that is not UTF-8"))
    }
}
