//! What was read once, on disk: [`Cache`]. A build of pins that it knows reads no block at all.
//!
//! Keyed by CID and by the version of the code that read it; depends on no configuration. Every entry
//! carries the SHA-256 of its content: one that does not fit is removed and made again. Writing is
//! atomic, so that two builds may share a folder. [`Cache::prune`] keeps it below a size.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use pinfold_core::cid::Cid;
use sha2::{Digest, Sha256};

/// The form of an entry and the code that made it.
const VERSION: &str = concat!("1-", env!("PINFOLD_EXTRACTOR"));
/// Bytes that a cache may have: about 100,000 datasets.
pub const DEFAULT_LIMIT_BYTES: u64 = 4 << 30;
/// One entry: `meta.car` is at most 1 MiB, pictures and records less than that together.
const MAX_ENTRY_BYTES: u64 = 64 << 20;

/// What an entry holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A directory that is no dataset: what it leads to.
    Tree,
    /// The record of a dataset.
    Record,
    /// Its `meta.car` and pictures.
    Parts,
}

impl Kind {
    fn ending(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Record => "record",
            Self::Parts => "parts",
        }
    }
}

/// A folder of entries.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    /// Removed with the last use, where nothing is to be kept.
    temporary: Option<tempfile::TempDir>,
    used: Mutex<HashSet<PathBuf>>,
    damaged: AtomicU64,
    serial: AtomicU64,
}

impl Cache {
    /// A cache in `folder`, which is made where it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder.join(VERSION))?;
        Ok(Self {
            folder: folder.to_owned(),
            temporary: None,
            used: Mutex::default(),
            damaged: AtomicU64::new(0),
            serial: AtomicU64::new(0),
        })
    }

    /// A cache for this run only.
    ///
    /// # Errors
    /// When there is no place for temporary files.
    pub fn temporary() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("pinfold-").tempdir()?;
        let mut cache = Self::open(folder.path())?;
        cache.temporary = Some(folder);
        Ok(cache)
    }

    /// Entries that were found damaged, and removed.
    pub fn damaged(&self) -> u64 {
        self.damaged.load(Ordering::Relaxed)
    }

    fn path(&self, kind: Kind, cid: Cid) -> PathBuf {
        let name = cid.to_string();
        // The last characters are spread evenly, the first are the same in all.
        let shard = name.get(name.len().saturating_sub(2)..).unwrap_or("__");
        let mut path = self.folder.join(VERSION);
        path.push(shard);
        path.push(format!("{name}.{}", kind.ending()));
        path
    }

    /// Whether there is an entry, damaged or not.
    pub(crate) fn has(&self, kind: Kind, cid: Cid) -> bool {
        self.path(kind, cid).exists()
    }

    /// An entry's content; `None` when there is none or it is damaged.
    pub(crate) fn get(&self, kind: Kind, cid: Cid) -> Option<Vec<u8>> {
        self.get_hashed(kind, cid).map(|(_, content)| content)
    }

    /// An entry's hash and content.
    pub(crate) fn get_hashed(&self, kind: Kind, cid: Cid) -> Option<([u8; 32], Vec<u8>)> {
        let path = self.path(kind, cid);
        let meta = fs::metadata(&path).ok()?;
        let content = if meta.len() > MAX_ENTRY_BYTES { None } else { fs::read(&path).ok() };
        let content = content.and_then(|mut bytes| {
            let digest: [u8; 32] = bytes.get(..32)?.try_into().ok()?;
            let rest = bytes.split_off(32);
            (Sha256::digest(&rest).as_slice() == digest).then_some((digest, rest))
        });
        if content.is_none() {
            self.damaged.fetch_add(1, Ordering::Relaxed);
            // What cannot be removed now is written over later.
            let _ = fs::remove_file(&path);
        } else if let Ok(mut used) = self.used.lock() {
            used.insert(path);
        }
        content
    }

    /// Keeps an entry.
    ///
    /// # Errors
    /// When the disk is full or the folder cannot be written. The build goes on without.
    pub(crate) fn put(&self, kind: Kind, cid: Cid, content: &[u8]) -> io::Result<()> {
        if content.len() as u64 + 32 > MAX_ENTRY_BYTES {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let path = self.path(kind, cid);
        let folder = path.parent().unwrap_or(&self.folder);
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let staged = folder.join(format!(".{}-{serial}", std::process::id()));
        let write = || -> io::Result<()> {
            let mut file = match fs::File::create(&staged) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    fs::create_dir_all(folder)?;
                    fs::File::create(&staged)?
                }
                other => other?,
            };
            file.write_all(&Sha256::digest(content))?;
            file.write_all(content)?;
            drop(file);
            fs::rename(&staged, &path)
        };
        let result = write();
        if result.is_err() {
            let _ = fs::remove_file(&staged);
        } else if let Ok(mut used) = self.used.lock() {
            used.insert(path);
        }
        result
    }

    /// Removes what other versions wrote, and what was not used in this run, oldest first, until the
    /// rest is below `limit_bytes`.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn prune(&self, limit_bytes: u64) -> io::Result<()> {
        if self.temporary.is_some() {
            return Ok(());
        }
        for item in fs::read_dir(&self.folder)? {
            let item = item?;
            let name = item.file_name();
            let ours = name.to_str().is_some_and(|name| name.starts_with("1-"));
            if ours && name != VERSION && item.file_type()?.is_dir() {
                fs::remove_dir_all(item.path())?;
            }
        }
        let mut entries: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        let mut total = 0;
        for shard in fs::read_dir(self.folder.join(VERSION))? {
            let shard = shard?.path();
            if !shard.is_dir() {
                continue;
            }
            for item in fs::read_dir(shard)? {
                let item = item?;
                let meta = item.metadata()?;
                total += meta.len();
                entries.push((meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), meta.len(), item.path()));
            }
        }
        if total <= limit_bytes {
            return Ok(());
        }
        entries.sort();
        let Ok(used) = self.used.lock() else { return Ok(()) };
        for (_, length, path) in entries.into_iter().filter(|(_, _, path)| !used.contains(path)) {
            if total <= limit_bytes {
                break;
            }
            if fs::remove_file(path).is_ok() {
                total -= length;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cid(text: &str) -> Cid {
        text.parse().unwrap()
    }

    const A: &str = "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34";
    const B: &str = "QmcqgdpTAXRJFnKonSUWDDbpJfiLbq3275GHn84sizNEfm";

    #[test]
    fn entries_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        assert_eq!(cache.get(Kind::Record, cid(A)), None);
        cache.put(Kind::Record, cid(A), b"content").unwrap();
        cache.put(Kind::Parts, cid(A), b"").unwrap();
        assert_eq!(cache.get(Kind::Record, cid(A)).as_deref(), Some(&b"content"[..]));
        assert_eq!(cache.get(Kind::Parts, cid(A)).as_deref(), Some(&b""[..]));
        assert_eq!(cache.damaged(), 0);
        let path = cache.path(Kind::Record, cid(A));
        for damage in [&b"short"[..], &[0; 60][..]] {
            fs::write(&path, damage).unwrap();
            assert_eq!(cache.get(Kind::Record, cid(A)), None);
            assert!(!path.exists());
        }
        assert_eq!(cache.damaged(), 2);
        cache.put(Kind::Record, cid(A), b"again").unwrap();
        assert_eq!(cache.get(Kind::Record, cid(A)).as_deref(), Some(&b"again"[..]));
    }

    #[test]
    fn it_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let old = Cache::open(folder.path()).unwrap();
        old.put(Kind::Record, cid(A), &[1; 1000]).unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        cache.put(Kind::Record, cid(B), &[2; 1000]).unwrap();
        fs::create_dir(folder.path().join("1-older")).unwrap();
        cache.prune(10_000).unwrap();
        assert!(cache.has(Kind::Record, cid(A)) && !folder.path().join("1-older").exists());
        cache.prune(1500).unwrap();
        assert!(!cache.has(Kind::Record, cid(A)) && cache.has(Kind::Record, cid(B)));
        // What this run used stays, even if it is too much.
        cache.prune(10).unwrap();
        assert!(cache.has(Kind::Record, cid(B)));
    }
}
