//! [`LargeFile`]: a file that is written once, from front to back, on threads of its own.
//!
//! From [`DIRECT_FROM_BYTES`] on its room is reserved at the start and, on Linux, what is written goes past the
//! page cache (`O_DIRECT`): copying a GiB into fresh pages costs more than hashing it, and drives out what
//! others need. Where the file system does not do that, the pages are used as ever.

use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// One write, and what one slab holds. A multiple of [`ALIGNMENT`].
const SLAB_BYTES: usize = 4 << 20;
/// Slabs in use at once: one is filled, two are written, one waits.
const SLABS: usize = 4;
/// Writes under way at once: the disk has the next one before it is done with the last.
const WRITERS: usize = 2;
/// What `O_DIRECT` may ask of addresses, offsets and lengths; no disk's blocks are larger.
const ALIGNMENT: usize = 4096;
/// Smaller files are left in the page cache: they are cheap there and soon read again.
const DIRECT_FROM_BYTES: u64 = 64 << 20;

/// A buffer that begins at a multiple of [`ALIGNMENT`].
struct Slab {
    bytes: Vec<u8>,
    start: usize,
}

impl Slab {
    fn new() -> Self {
        let bytes = vec![0; SLAB_BYTES + ALIGNMENT];
        let start = bytes.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        Self { bytes, start }
    }

    fn whole(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.start + SLAB_BYTES]
    }
}

/// A full slab on its way to the disk.
struct Job {
    slab: Slab,
    offset_bytes: u64,
}

pub(super) struct LargeFile {
    file: Arc<File>,
    slab: Slab,
    filled: usize,
    /// Where the slab goes.
    offset_bytes: u64,
    /// Slabs that exist, this one included.
    slabs: usize,
    jobs: Option<SyncSender<Job>>,
    done: Receiver<io::Result<Slab>>,
    under_way: usize,
    writers: Vec<JoinHandle<()>>,
}

impl LargeFile {
    /// Writes to `file`, which is empty, about `expected_bytes`.
    ///
    /// # Errors
    /// When the disk has no room for them.
    pub(super) fn new(file: &File, expected_bytes: u64) -> io::Result<Self> {
        let file = Arc::new(file.try_clone()?);
        if expected_bytes >= DIRECT_FROM_BYTES {
            reserve(&file, expected_bytes)?;
            set_direct(&file, true);
        }
        let (jobs, queue) = sync_channel::<Job>(SLABS);
        let (told, done) = channel();
        let queue = Arc::new(Mutex::new(queue));
        let writers = (0..WRITERS)
            .map(|_| {
                let (file, queue, told) = (Arc::clone(&file), Arc::clone(&queue), told.clone());
                std::thread::spawn(move || {
                    loop {
                        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        let Ok(mut job) = job else { return };
                        let written = write_at(&file, job.slab.whole(), job.offset_bytes);
                        if told.send(written.map(|()| job.slab)).is_err() {
                            return;
                        }
                    }
                })
            })
            .collect();
        let (slab, jobs) = (Slab::new(), Some(jobs));
        Ok(Self { file, slab, filled: 0, offset_bytes: 0, slabs: 1, jobs, done, under_way: 0, writers })
    }

    /// Appends `bytes`.
    ///
    /// # Errors
    /// What a write before this one met.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let filled = self.filled;
            let room = &mut self.slab.whole()[filled..];
            let (now, later) = bytes.split_at(bytes.len().min(room.len()));
            room[..now.len()].copy_from_slice(now);
            self.filled += now.len();
            bytes = later;
            if self.filled == SLAB_BYTES {
                let next = if self.slabs < SLABS {
                    self.slabs += 1;
                    Slab::new()
                } else {
                    self.written()?
                };
                let slab = std::mem::replace(&mut self.slab, next);
                let jobs = self.jobs.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
                let job = Job { slab, offset_bytes: self.offset_bytes };
                jobs.send(job).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
                self.under_way += 1;
                self.offset_bytes += SLAB_BYTES as u64;
                self.filled = 0;
            }
        }
        Ok(())
    }

    /// Writes what is left, and `front` over the file's first bytes; it is on the disk then.
    ///
    /// # Errors
    /// When a write fails.
    pub(super) fn finish(mut self, front: &[u8]) -> io::Result<()> {
        while self.under_way > 0 {
            self.written()?;
        }
        // The rest is no multiple of anything.
        set_direct(&self.file, false);
        let (filled, offset_bytes) = (self.filled, self.offset_bytes);
        write_at(&self.file, &self.slab.whole()[..filled], offset_bytes)?;
        write_at(&self.file, front, 0)?;
        self.file.set_len(offset_bytes + filled as u64)?;
        self.file.sync_all()
    }

    /// Waits for a write; its slab.
    fn written(&mut self) -> io::Result<Slab> {
        let written = self.done.recv().map_err(|_| io::Error::other("a writing thread ended early"))?;
        self.under_way -= 1;
        written
    }
}

impl Drop for LargeFile {
    fn drop(&mut self) {
        self.jobs = None;
        for writer in self.writers.drain(..) {
            // A panic there was an error of `written` already.
            let _ = writer.join();
        }
    }
}

/// Writes all of `bytes`; where the file system refuses `O_DIRECT` only now, without it.
fn write_at(file: &File, bytes: &[u8], offset_bytes: u64) -> io::Result<()> {
    match write_all_at(file, bytes, offset_bytes) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            set_direct(file, false);
            write_all_at(file, bytes, offset_bytes)
        }
        written => written,
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], offset_bytes: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset_bytes)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut offset_bytes: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_write(file, bytes, offset_bytes)?;
        bytes = &bytes[count..];
        offset_bytes += count as u64;
    }
    Ok(())
}

/// Reserves room; a file system that cannot is no error, one that is full is.
#[cfg(target_os = "linux")]
fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, bytes) {
        Err(rustix::io::Errno::NOSPC | rustix::io::Errno::DQUOT) => Err(io::ErrorKind::StorageFull.into()),
        _ => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn reserve(_: &File, _: u64) -> io::Result<()> {
    Ok(())
}

/// Turns `O_DIRECT` on or off, where there is such a thing.
#[cfg(target_os = "linux")]
fn set_direct(file: &File, is_on: bool) {
    let Ok(mut flags) = rustix::fs::fcntl_getfl(file) else { return };
    flags.set(rustix::fs::OFlags::DIRECT, is_on);
    // Refused, the page cache is used.
    let _ = rustix::fs::fcntl_setfl(file, flags);
}

#[cfg(not(target_os = "linux"))]
fn set_direct(_: &File, _: bool) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected_bytes: u64, pieces: &[usize]) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut large = LargeFile::new(file.as_file(), expected_bytes).unwrap();
        let mut wanted = Vec::new();
        for (index, length) in pieces.iter().enumerate() {
            let piece: Vec<u8> = (0..*length).map(|at| (at * 31 + index * 7 + at / 251) as u8).collect();
            large.write(&piece).unwrap();
            wanted.extend_from_slice(&piece);
        }
        let front = [9; 5];
        wanted.resize(wanted.len().max(front.len()), 0);
        wanted[..5].copy_from_slice(&front);
        large.finish(&front).unwrap();
        let written = std::fs::read(file.path()).unwrap();
        assert!(written == wanted, "{} bytes instead of {}", written.len(), wanted.len());
    }

    #[test]
    fn what_was_written_is_there_and_no_more() {
        check(0, &[5]);
        check(10, &[1, SLAB_BYTES - 1]);
        check(DIRECT_FROM_BYTES, &[SLAB_BYTES - 1, 2, SLAB_BYTES, 17]);
        // More and less than was expected, longer than all slabs together.
        check(DIRECT_FROM_BYTES, &[1_000_003; 30]);
        check(DIRECT_FROM_BYTES, &[1_000_003; 80]);
    }

    #[test]
    fn what_fails_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let read_only = File::open(file.path()).unwrap();
        let mut large = LargeFile::new(&read_only, 0).unwrap();
        let piece = vec![1; SLAB_BYTES];
        let written: io::Result<()> = (0..2 * SLABS).try_for_each(|_| large.write(&piece));
        assert!(written.is_err());
        assert!(large.finish(b"").is_err());
    }
}
