//! [`LocalStore`]: a directory as a store, so that a dataset is looked at before it is imported.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use pinfold_core::block::Limits;
use pinfold_core::maybe_send::BoxFuture;
use pinfold_core::store::{ByteRange, Entry, EntryKind, Store, StoreError};

/// The files below a directory. Symbolic links are not there: the importer refuses them by name.
#[derive(Debug, Clone)]
pub struct LocalStore {
    root: PathBuf,
    limits: Limits,
}

impl LocalStore {
    /// The store of `root`.
    #[must_use]
    pub fn new(root: &Path, limits: Limits) -> Self {
        Self { root: root.to_owned(), limits }
    }

    /// Where `path` is, or `None` when nothing that is imported can have this path.
    fn locate(&self, path: &str) -> Option<PathBuf> {
        if path.is_empty() {
            return Some(self.root.clone());
        }
        let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\0', '\\']);
        path.split('/').all(is_plain).then(|| self.root.join(path))
    }

    /// The file at `path` and its length.
    fn open(&self, path: &str) -> Result<Option<(File, u64)>, StoreError> {
        let Some(place) = self.locate(path) else { return Ok(None) };
        let metadata = match fs::symlink_metadata(&place) {
            Ok(metadata) if metadata.is_file() => metadata,
            Ok(_) => return Ok(None),
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(unreadable(path, &error)),
        };
        let file = File::open(&place).map_err(|error| unreadable(path, &error))?;
        Ok(Some((file, metadata.len())))
    }

    fn read(&self, path: &str, range: Option<ByteRange>) -> Result<Option<Bytes>, StoreError> {
        let Some((file, size)) = self.open(path)? else { return Ok(None) };
        let (start, end, limit) = match range {
            None => (0, size, self.limits.file_bytes),
            Some(ByteRange::From { offset_bytes, length_bytes }) => (
                offset_bytes.min(size),
                offset_bytes.saturating_add(length_bytes).min(size),
                self.limits.chunk_bytes,
            ),
            Some(ByteRange::Last { length_bytes }) => {
                (size.saturating_sub(length_bytes), size, self.limits.chunk_bytes)
            }
        };
        if end - start > limit {
            let reason = format!("{} bytes are more than the limit of {limit}", end - start);
            return Err(StoreError::Unreadable { path: path.to_owned(), reason });
        }
        let mut bytes = vec![0; (end - start) as usize];
        crate::source::read_at(&file, &mut bytes, start).map_err(|error| unreadable(path, &error))?;
        Ok(Some(bytes.into()))
    }

    fn entries(&self, path: &str) -> Result<Option<Vec<Entry>>, StoreError> {
        let Some(place) = self.locate(path) else { return Ok(None) };
        match fs::symlink_metadata(&place) {
            // The root may be named through a link.
            Ok(metadata) if metadata.is_dir() || path.is_empty() => {}
            Ok(_) => return Ok(None),
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(unreadable(path, &error)),
        }
        let mut entries = Vec::new();
        for item in fs::read_dir(&place).map_err(|error| unreadable(path, &error))? {
            let item = item.map_err(|error| unreadable(path, &error))?;
            let metadata = item.metadata().map_err(|error| unreadable(path, &error))?;
            let Ok(name) = item.file_name().into_string() else { continue };
            let (kind, size_bytes) = match (metadata.is_file(), metadata.is_dir()) {
                (true, _) => (EntryKind::File, Some(metadata.len())),
                (_, true) => (EntryKind::Directory, Some(size_below(&item.path()))),
                _ => continue,
            };
            entries.push(Entry { name, kind: Some(kind), size_bytes, claimed_bytes: size_bytes });
            if entries.len() as u64 > self.limits.directory_entries {
                let reason = format!("more than {} entries", self.limits.directory_entries);
                return Err(StoreError::Unreadable { path: path.to_owned(), reason });
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Some(entries))
    }
}

/// How many files and bytes are below a path; what cannot be read counts as nothing.
#[must_use]
pub(crate) fn measure(path: &Path) -> (u64, u64) {
    let (mut files, mut bytes) = (0, 0_u64);
    let mut waiting = vec![path.to_owned()];
    while let Some(place) = waiting.pop() {
        match fs::symlink_metadata(&place) {
            Ok(metadata) if metadata.is_dir() => {
                files += 1;
                waiting.extend(fs::read_dir(&place).into_iter().flatten().flatten().map(|item| item.path()));
            }
            Ok(metadata) => {
                files += 1;
                bytes = bytes.saturating_add(metadata.len());
            }
            Err(_) => {}
        }
    }
    (files, bytes)
}

fn size_below(path: &Path) -> u64 {
    measure(path).1
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn unreadable(path: &str, error: &io::Error) -> StoreError {
    StoreError::Unreadable { path: path.to_owned(), reason: error.to_string() }
}

impl Store for LocalStore {
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        Box::pin(async move { self.read(path, None) })
    }

    fn get_range<'a>(
        &'a self,
        path: &'a str,
        range: ByteRange,
    ) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        Box::pin(async move { self.read(path, Some(range)) })
    }

    fn size<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<u64>, StoreError>> {
        Box::pin(async move { Ok(self.open(path)?.map(|(_, size)| size)) })
    }

    fn list<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<Vec<Entry>>, StoreError>> {
        Box::pin(async move { self.entries(path) })
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    #[test]
    fn files_of_the_folder_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("d.zarr");
        fs::create_dir_all(root.join("x")).unwrap();
        fs::write(root.join("x/0"), b"0123456789").unwrap();
        fs::write(folder.path().join("secret"), b"s").unwrap();
        let store = LocalStore::new(&root, Limits { file_bytes: 9, ..Limits::default() });
        let part = |range| block_on(store.get_range("x/0", range)).unwrap().unwrap();
        assert_eq!(part(ByteRange::From { offset_bytes: 2, length_bytes: 3 }), "234");
        assert_eq!(part(ByteRange::From { offset_bytes: 8, length_bytes: u64::MAX }), "89");
        assert_eq!(part(ByteRange::Last { length_bytes: 4 }), "6789");
        assert_eq!(block_on(store.size("x/0")), Ok(Some(10)));
        assert!(block_on(store.get("x/0")).unwrap_err().to_string().contains("more than the limit of 9"));
        for path in ["../secret", "x/../../secret", "x", "y", "x/0/z", "/etc/passwd", "x//0"] {
            assert_eq!(block_on(store.get(path)), Ok(None), "{path}");
        }
        assert_eq!(block_on(store.list("x")).unwrap().unwrap()[0].size_bytes, Some(10));
        assert_eq!(block_on(store.list("")).unwrap().unwrap()[0].size_bytes, Some(10));
        assert_eq!(block_on(store.list("..")), Ok(None));
    }
}
