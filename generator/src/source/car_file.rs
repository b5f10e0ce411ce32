//! [`CarFile`]: blocks of a CAR file, version 1 or 2, read by offset.
//!
//! Opening goes through the file once without keeping any block: a table of about 100 bytes per block is
//! all that stays in memory. Bodies are not hashed then; whoever asks for a block verifies it.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use futures::StreamExt;
use pinfold_core::block::{BlockSource, FetchError, Limits, RawBlock, Want};
use pinfold_core::car::{CarError, Payload, SectionHead, read_header};
use pinfold_core::cid::{Cid, Multihash};
use pinfold_core::maybe_send::BoxStream;

use super::local::{Located, wanted};
use super::{SourceError, io_error};

/// Where a block's bytes are.
#[derive(Debug, Clone, Copy)]
struct Place {
    offset_bytes: u64,
    /// At most the limit of a block, which fits.
    length_bytes: u32,
}

/// A CAR file as a source.
#[derive(Debug)]
pub struct CarFile {
    name: String,
    file: Arc<File>,
    roots: Vec<Cid>,
    places: HashMap<Multihash, Place>,
}

impl CarFile {
    /// Opens the file and learns where its blocks are.
    ///
    /// # Errors
    /// When it cannot be read, is truncated or damaged.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, SourceError> {
        let file = File::open(path).map_err(io_error(path))?;
        let car = |source| SourceError::Car { path: path.to_owned(), source };
        let mut window = Window::new(&file).map_err(io_error(path))?;

        let file_bytes = window.length_bytes;
        let front = window.at(0, Payload::HEAD_BYTES).map_err(io_error(path))?;
        let payload = Payload::find(front, file_bytes).map_err(car)?;
        // What follows it is an index, which nothing here trusts.
        window.length_bytes = payload.end_bytes;

        let mut wanted = 64 << 10;
        let (header, mut offset_bytes) = loop {
            let bytes = window.at(payload.offset_bytes, wanted).map_err(io_error(path))?;
            let (is_all, length_bytes) = (bytes.len() < wanted, bytes.len() as u64);
            match read_header(bytes, limits).map_err(car)? {
                Some((header, header_bytes)) => break (header, payload.offset_bytes + header_bytes),
                None if is_all => return Err(car(CarError::Truncated { offset_bytes: 0, length_bytes })),
                // The limit on a header's length bounds this.
                None => wanted *= 4,
            }
        };
        let length_bytes = window.length_bytes;
        let mut places = HashMap::new();
        while offset_bytes < length_bytes {
            let bytes = window.at(offset_bytes, SectionHead::MAX_BYTES).map_err(io_error(path))?;
            let head = SectionHead::parse(bytes, offset_bytes, limits).map_err(car)?;
            let body = offset_bytes + head.head_bytes;
            if body + head.body_bytes > length_bytes {
                return Err(car(CarError::Truncated { offset_bytes, length_bytes }));
            }
            let length = u32::try_from(head.body_bytes).unwrap_or(u32::MAX);
            places.entry(*head.cid.hash()).or_insert(Place { offset_bytes: body, length_bytes: length });
            offset_bytes = body + head.body_bytes;
        }
        let roots = header.roots;
        Ok(Self { name: path.display().to_string(), file: Arc::new(file), roots, places })
    }

    /// The roots that the header claims.
    #[must_use]
    pub fn roots(&self) -> &[Cid] {
        &self.roots
    }

    /// How many different blocks it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    fn locate(&self, cid: Cid) -> Result<Located, FetchError> {
        let Some(place) = self.places.get(cid.hash()) else {
            return Err(FetchError::NotHere { origin: self.name.clone(), cid });
        };
        let Place { offset_bytes, length_bytes } = *place;
        Ok(Located { file: Arc::clone(&self.file), offset_bytes, length_bytes: length_bytes as usize })
    }
}

impl BlockSource for CarFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        let read = async |cid| self.locate(cid)?.read(cid, &self.name).await;
        futures::stream::iter(wanted(want)).then(read).boxed()
    }
}

/// A piece of the file in memory, so that small blocks do not cost a read each.
struct Window<'a> {
    file: &'a File,
    length_bytes: u64,
    offset_bytes: u64,
    bytes: Vec<u8>,
}

impl<'a> Window<'a> {
    fn new(file: &'a File) -> std::io::Result<Self> {
        Ok(Self { file, length_bytes: file.metadata()?.len(), offset_bytes: 0, bytes: Vec::new() })
    }

    /// `wanted` bytes from `offset_bytes`, fewer only at the end of the file.
    fn at(&mut self, offset_bytes: u64, wanted: usize) -> std::io::Result<&[u8]> {
        let left = self.length_bytes.saturating_sub(offset_bytes);
        // What is cast is at most `wanted`.
        let wanted = left.min(wanted as u64) as usize;
        let end = self.offset_bytes + self.bytes.len() as u64;
        if offset_bytes < self.offset_bytes || offset_bytes + wanted as u64 > end {
            self.bytes.resize(left.min(16 << 10).max(wanted as u64) as usize, 0);
            read_at(self.file, &mut self.bytes, offset_bytes)?;
            self.offset_bytes = offset_bytes;
        }
        let start = (offset_bytes - self.offset_bytes) as usize;
        Ok(&self.bytes[start..start + wanted])
    }
}

#[cfg(unix)]
pub(crate) fn read_at(file: &File, bytes: &mut [u8], offset_bytes: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset_bytes)
}

#[cfg(windows)]
pub(crate) fn read_at(file: &File, mut bytes: &mut [u8], mut offset_bytes: u64) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_read(file, bytes, offset_bytes)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[count..];
        offset_bytes += count as u64;
    }
    Ok(())
}
