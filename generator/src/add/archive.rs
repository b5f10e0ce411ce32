//! [`write_car`]: a directory becomes an archive, which is not at its place before it is whole.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use pinfold_core::car::{section_head, write_header};
use pinfold_core::unixfs::{DirectoryBuilder, Imported};
use tempfile::NamedTempFile;

use super::large_file::LargeFile;
use super::{AddError, available_bytes, folder_of, io_error};
use crate::import::{ImportOptions, import_blocks};

/// An archive that is complete but not at its place yet; dropped, it is gone.
#[derive(Debug)]
pub struct Archive {
    file: NamedTempFile,
    /// What was imported.
    pub imported: Imported,
    /// How long it is.
    pub size_bytes: u64,
}

impl Archive {
    /// Puts it at its place, where nothing may be.
    ///
    /// # Errors
    /// When something is there or the disk refuses.
    pub fn keep(self, car: &Path) -> Result<(), AddError> {
        self.file.persist_noclobber(car).map(|_| ()).map_err(|error| io_error(car)(error.error))
    }
}

/// Imports what is at `path` into an archive that will be `car`, of about `expected_bytes`. Every block is
/// written once, children before parents; memory holds the CIDs and what is on its way.
///
/// # Errors
/// When something cannot be imported or written, or `stop` was set meanwhile. No file is left then.
pub fn write_car(
    path: &Path,
    car: &Path,
    expected_bytes: u64,
    options: &ImportOptions<'_>,
    stop: &AtomicBool,
) -> Result<Archive, AddError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pinfold-").suffix(".car.part");
    // An archive is for others to read, as any new file is.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.tempfile_in(folder_of(car)).map_err(io_error(car))?;
    let mut out = LargeFile::new(file.as_file(), expected_bytes).map_err(|error| match error.kind() {
        io::ErrorKind::StorageFull => AddError::NoSpace {
            path: car.to_owned(),
            needed_bytes: expected_bytes,
            available_bytes: available_bytes(folder_of(car)).unwrap_or_default(),
        },
        _ => io_error(car)(error),
    })?;
    // The root is known at the end only; all directories of a profile have CIDs of one length.
    let placeholder = DirectoryBuilder::new(options.profile).finish(&mut |_| {}).cid;
    let header = write_header(&[placeholder]);
    let mut size_bytes = header.len() as u64;
    out.write(&header).map_err(io_error(car))?;
    let mut seen = HashSet::new();
    let imported = import_blocks(path, options, &mut |block| {
        if stop.load(Ordering::Relaxed) {
            return Err(io::Error::from(io::ErrorKind::Interrupted));
        }
        if seen.insert(block.cid()) {
            let head = section_head(block.cid(), block.bytes().len());
            size_bytes += (head.len() + block.bytes().len()) as u64;
            out.write(&head)?;
            out.write(block.bytes())?;
        }
        Ok(())
    });
    let imported = match imported {
        Err(_) if stop.load(Ordering::Relaxed) => return Err(AddError::Interrupted),
        imported => imported?,
    };
    let actual = write_header(&[imported.cid]);
    if actual.len() != header.len() {
        return Err(io_error(car)(io::Error::other("only directories can be archived")));
    }
    out.finish(&actual).map_err(io_error(car))?;
    Ok(Archive { file, imported, size_bytes })
}
