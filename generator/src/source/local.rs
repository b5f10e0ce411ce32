//! [`Located`]: a block that lies in a file of this machine, and how it is read.
//!
//! Large blocks are read on tokio's blocking threads, where a runtime is around, so that whoever asks for several
//! gets them side by side; their memory is used again when the last reader lets go of them.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use pinfold_core::block::{FetchError, RawBlock, Want};
use pinfold_core::cid::Cid;

/// From here on a thread of its own is worth it, and so is keeping the memory: 64 KiB take 10 µs to read.
const LARGE_BYTES: usize = 64 << 10;
/// Memory that is kept for the next blocks.
const SPARE_BYTES: usize = 32 << 20;

/// Where a block lies.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) file: Arc<File>,
    pub(super) offset_bytes: u64,
    /// At most the limit of a block.
    pub(super) length_bytes: usize,
}

/// The CIDs that local sources answer: blocks are at hand, a DAG is answered in part, with its root.
pub(super) fn wanted(want: Want) -> Vec<Cid> {
    match want {
        Want::Blocks(cids) => cids,
        Want::Dag { root, .. } => vec![root],
    }
}

impl Located {
    /// The block's bytes; `origin` is the source's name.
    pub(super) async fn read(self, cid: Cid, origin: &str) -> Result<RawBlock, FetchError> {
        let read = match tokio::runtime::Handle::try_current() {
            Ok(runtime) if self.length_bytes >= LARGE_BYTES => {
                let read = runtime.spawn_blocking(move || self.read_here()).await;
                read.unwrap_or_else(|_| Err(io::Error::other("the reading thread ended early")))
            }
            _ => self.read_here(),
        };
        let unreachable = |error: io::Error| FetchError::Unreachable {
            origin: origin.to_owned(),
            reason: error.to_string(),
        };
        Ok(RawBlock::new(cid, read.map_err(unreachable)?))
    }

    fn read_here(self) -> io::Result<Bytes> {
        let mut buffer = SPARE.take(self.length_bytes);
        super::read_at(&self.file, &mut buffer, self.offset_bytes)?;
        Ok(if buffer.len() < LARGE_BYTES { Bytes::from(buffer) } else { Bytes::from_owner(Lent(buffer)) })
    }
}

/// Memory of blocks that nobody reads any more.
static SPARE: Spare = Spare { buffers: Mutex::new(Vec::new()) };

struct Spare {
    buffers: Mutex<Vec<Vec<u8>>>,
}

impl Spare {
    /// A buffer of that length; its content is anything.
    fn take(&self, length_bytes: usize) -> Vec<u8> {
        let fits = |buffer: &Vec<u8>| buffer.len() == length_bytes;
        let mut buffers = self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let found = buffers.iter().rposition(fits).map(|at| buffers.swap_remove(at));
        drop(buffers);
        found.unwrap_or_else(|| vec![0; length_bytes])
    }

    fn give(&self, buffer: Vec<u8>) {
        let mut buffers = self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let held: usize = buffers.iter().map(Vec::len).sum();
        if held + buffer.len() <= SPARE_BYTES {
            buffers.push(buffer);
        }
    }
}

/// Comes back when it is dropped.
struct Lent(Vec<u8>);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        SPARE.give(std::mem::take(&mut self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_and_never_under_somebody_s_eyes() {
        let path = tempfile::NamedTempFile::new().unwrap();
        let mut content = vec![1; LARGE_BYTES + 3];
        content.extend(vec![2; LARGE_BYTES + 3]);
        std::fs::write(path.path(), &content).unwrap();
        let file = Arc::new(File::open(path.path()).unwrap());
        let read = |offset_bytes| {
            let (file, length_bytes) = (Arc::clone(&file), LARGE_BYTES + 3);
            Located { file, offset_bytes, length_bytes }.read_here().unwrap()
        };
        let first = read(0);
        let second = read(LARGE_BYTES as u64 + 3);
        assert!(first.iter().all(|byte| *byte == 1) && second.iter().all(|byte| *byte == 2));
        let (place, kept) = (first.as_ptr(), first.slice(5..9));
        drop(first);
        assert_ne!(read(0).as_ptr(), place, "a slice of it is still read");
        assert_eq!(kept, vec![1; 4]);
        drop(kept);
        let held = || SPARE.buffers.lock().unwrap().iter().any(|buffer| buffer.as_ptr() == place);
        assert!(held());
    }

    #[test]
    fn a_file_that_became_shorter_is_an_error() {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), vec![1; 10]).unwrap();
        let file = Arc::new(File::open(path.path()).unwrap());
        let located = Located { file, offset_bytes: 5, length_bytes: 6 };
        let cid = "bafkqaaa".parse().unwrap();
        let error = futures::executor::block_on(located.read(cid, "x.car")).unwrap_err().to_string();
        assert!(error.contains("x.car"), "{error}");
    }
}
