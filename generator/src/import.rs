//! Files and directories into blocks: `pinfold cid` and `pinfold add`. Entry point: [`import`].
//!
//! Hashing uses all cores: leaves of a file and entries of a directory side by side. Without a writer
//! nothing but CIDs is kept; [`import_blocks`] hands the blocks over in order. Memory does not grow with the data.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::BytesMut;
use pinfold_core::unixfs::{DirectoryBuilder, FileLayout, Imported, Profile};
use rayon::prelude::*;

use crate::progress::Progress;

mod ordered;

pub use ordered::import_blocks;

/// Leaves of one file that are hashed before the next ones are read: 100 kB of CIDs.
const LEAVES_AT_ONCE: u64 = 1024;

/// Directories below the one that is imported.
const MAX_DEPTH: usize = 256;

/// Why something cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file or directory cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something that is no file or directory.
    #[error("{path}: it is a {kind}; only files and directories are imported, replace it or move it away")]
    Kind {
        /// Which one.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// A name that is not UTF-8.
    #[error("{path}: its name is not UTF-8, which gateways and Zarr cannot address")]
    Name {
        /// Which one, as far as it can be shown.
        path: PathBuf,
    },
    /// Directories nested too deep.
    #[error("{path}: more than {MAX_DEPTH} directories deep")]
    Depth {
        /// Where.
        path: PathBuf,
    },
    /// The file is longer or shorter than when the import began.
    #[error("{path}: it changed while it was read; import it again when nothing writes to it")]
    Changed {
        /// Which one.
        path: PathBuf,
    },
    /// A block could not be written.
    #[error("the blocks cannot be written: {0}")]
    Write(std::io::Error),
}

/// How to import.
pub struct ImportOptions<'a> {
    /// What the blocks look like.
    pub profile: Profile,
    /// Whether files and directories whose names begin with a dot are imported: Zarr v2 needs them.
    pub hidden: bool,
    /// Counts bytes.
    pub progress: &'a Progress,
}

/// The CID of what is at `path`. No block is kept.
///
/// # Errors
/// The first thing that cannot be imported.
pub fn import(path: &Path, options: &ImportOptions<'_>) -> Result<Imported, ImportError> {
    import_at(path, options, 0)
}

fn import_at(path: &Path, options: &ImportOptions<'_>, depth: usize) -> Result<Imported, ImportError> {
    if file_bytes(path)?.is_some() {
        return import_file(path, options);
    }
    let entries = entries(path, options.hidden, depth)?;
    let children: Vec<Imported> =
        entries.par_iter().map(|(_, path)| import_at(path, options, depth + 1)).collect::<Result<_, _>>()?;
    let mut directory = DirectoryBuilder::new(options.profile);
    for ((name, _), child) in entries.into_iter().zip(&children) {
        directory.add(name, child);
    }
    Ok(directory.finish(&mut |_| {}))
}

fn import_file(path: &Path, options: &ImportOptions<'_>) -> Result<Imported, ImportError> {
    let profile = options.profile;
    let chunks = Chunks::open(path, profile.chunk_bytes() as u64)?;
    let mut layout = FileLayout::new(profile);
    let mut next = 0;
    while next < chunks.count() {
        let end = (next + LEAVES_AT_ONCE).min(chunks.count());
        let leaves: Vec<Imported> = (next..end)
            .into_par_iter()
            .map_init(BytesMut::new, |buffer, index| {
                chunks.read(index, buffer)?;
                options.progress.advance(buffer.len() as u64);
                Ok(profile.leaf(buffer))
            })
            .collect::<Result<_, ImportError>>()?;
        for leaf in leaves {
            layout.push(leaf, &mut |_| {});
        }
        next = end;
    }
    chunks.check()?;
    Ok(layout.finish(&mut |_| {}))
}

/// How long a file is, or `None` for a directory.
fn file_bytes(path: &Path) -> Result<Option<u64>, ImportError> {
    let metadata = std::fs::symlink_metadata(path).map_err(io(path))?;
    let kind = metadata.file_type();
    match (kind.is_file(), kind.is_dir()) {
        (true, _) => Ok(Some(metadata.len())),
        (_, true) => Ok(None),
        _ => {
            let kind = if kind.is_symlink() { "symbolic link" } else { "device, pipe or socket" };
            Err(ImportError::Kind { path: path.to_owned(), kind })
        }
    }
}

/// The entries of a directory, by name.
fn entries(path: &Path, hidden: bool, depth: usize) -> Result<Vec<(String, PathBuf)>, ImportError> {
    if depth >= MAX_DEPTH {
        return Err(ImportError::Depth { path: path.to_owned() });
    }
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io(path))? {
        let path = entry.map_err(io(path))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| ImportError::Name { path: path.clone() })?.to_owned();
        if hidden || !name.starts_with('.') {
            entries.push((name, path));
        }
    }
    entries.sort();
    Ok(entries)
}

/// A file in pieces of equal length.
struct Chunks {
    path: PathBuf,
    file: File,
    length_bytes: u64,
    chunk_bytes: u64,
}

impl Chunks {
    fn open(path: &Path, chunk_bytes: u64) -> Result<Self, ImportError> {
        let file = File::open(path).map_err(io(path))?;
        let length_bytes = file.metadata().map_err(io(path))?.len();
        Ok(Self { path: path.to_owned(), file, length_bytes, chunk_bytes })
    }

    fn count(&self) -> u64 {
        self.length_bytes.div_ceil(self.chunk_bytes)
    }

    /// Fills `buffer` with piece `index`.
    fn read(&self, index: u64, buffer: &mut BytesMut) -> Result<(), ImportError> {
        let offset = index * self.chunk_bytes;
        let length = self.chunk_bytes.min(self.length_bytes - offset);
        buffer.resize(length as usize, 0);
        crate::source::read_at(&self.file, buffer, offset).map_err(|source| match source.kind() {
            std::io::ErrorKind::UnexpectedEof => ImportError::Changed { path: self.path.clone() },
            _ => ImportError::Io { path: self.path.clone(), source },
        })
    }

    /// Makes sure that nothing was appended meanwhile.
    fn check(&self) -> Result<(), ImportError> {
        let length = self.file.metadata().map_err(io(&self.path))?.len();
        if length != self.length_bytes {
            return Err(ImportError::Changed { path: self.path.clone() });
        }
        Ok(())
    }
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> ImportError {
    let path = path.to_owned();
    move |source| ImportError::Io { path, source }
}

/// Reads everything of `reader` into one file's leaves; for standard input.
///
/// # Errors
/// When it cannot be read.
pub fn import_reader(reader: &mut dyn Read, options: &ImportOptions<'_>) -> Result<Imported, ImportError> {
    let chunk_bytes = options.profile.chunk_bytes();
    let mut layout = FileLayout::new(options.profile);
    let mut buffer = Vec::with_capacity(chunk_bytes);
    loop {
        buffer.clear();
        reader.take(chunk_bytes as u64).read_to_end(&mut buffer).map_err(io(Path::new("-")))?;
        if buffer.is_empty() {
            return Ok(layout.finish(&mut |_| {}));
        }
        options.progress.advance(buffer.len() as u64);
        layout.push(options.profile.leaf(&buffer), &mut |_| {});
    }
}

#[cfg(test)]
mod tests {
    use pinfold_core::block::{Limits, MemoryBlocks};
    use pinfold_core::store::Store;
    use pinfold_core::unixfs::UnixfsStore;

    use super::*;

    #[test]
    fn both_ways_give_the_same_and_the_blocks_read_back() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a/.zattrs"), "{}").unwrap();
        std::fs::write(folder.path().join("a/big"), vec![7; 3_000_000]).unwrap();
        std::fs::write(folder.path().join("empty"), "").unwrap();
        let progress = Progress::silent();
        for profile in Profile::ALL {
            let options = ImportOptions { profile, hidden: true, progress: &progress };
            let mut blocks = MemoryBlocks::new("made");
            let imported = import_blocks(folder.path(), &options, &mut |block| {
                blocks.insert(block.clone());
                Ok(())
            })
            .unwrap();
            assert_eq!(import(folder.path(), &options).unwrap(), imported);
            let store = UnixfsStore::new(std::sync::Arc::new(blocks), imported.cid, Limits::default());
            let read = |path| futures::executor::block_on(store.get(path)).unwrap();
            assert_eq!(read("a/.zattrs").unwrap(), "{}");
            assert_eq!(read("a/big").unwrap(), vec![7; 3_000_000]);
            assert_eq!(read("empty").unwrap(), "");
            let visible = ImportOptions { hidden: false, ..options };
            assert_ne!(import(folder.path(), &visible).unwrap().cid, imported.cid);
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        let progress = Progress::silent();
        let options = ImportOptions { profile: Profile::default(), hidden: true, progress: &progress };
        let error = import(folder.path(), &options).unwrap_err().to_string();
        assert!(error.ends_with("link: it is a symbolic link; only files and directories are imported, replace it or move it away"), "{error}");
    }
}
