//! From a directory to an archive and an entry of the pinlist: what `pinfold add` does.
//!
//! Rooms: [`LocalStore`] reads the dataset where it lies, so that [`look`] finds its faults before anything
//! is made; [`write_car`] imports it into an archive; [`entry`] decides what the pinlist says of it.
//! Files appear whole or not at all: they are written beside their place and renamed.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use pinfold_core::block::{Limits, VerifiedBlock};
use pinfold_core::cid::{Cid, RAW};
use pinfold_core::extract::{ExtractError, bare, extract};
use pinfold_core::finding::{Finding, Severity};
use pinfold_core::model::Dataset;

use crate::import::ImportError;
use crate::pinlist::edit::{EditError, NewPin};
use crate::pinlist::{Pin, Pinlist};
use crate::rules;
use crate::yaml;

mod archive;
mod large_file;
mod local;

pub use archive::{Archive, write_car};
pub use local::LocalStore;
pub(crate) use local::measure;

/// What the CARs section heads and directory blocks may need beside the files: one part in so many.
const OVERHEAD: u64 = 64;
/// And for every file: its section's head, its link, its directory's share.
const OVERHEAD_PER_FILE_BYTES: u64 = 256;

/// Why a dataset was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// The dataset is there but cannot be read.
    #[error("{path} cannot be read as a dataset: {source}")]
    Dataset {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        source: ExtractError,
    },
    /// Files could not be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The disk has no room for the archive.
    #[error(
        "{path} needs about {needed_bytes} bytes, but its disk has {available_bytes} left; make room, or name another disk with --car"
    )]
    NoSpace {
        /// The archive.
        path: PathBuf,
        /// What it will need.
        needed_bytes: u64,
        /// What there is.
        available_bytes: u64,
    },
    /// A file cannot be written.
    #[error("{path}: {source}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The pin that is to be replaced cannot be.
    #[error("--replaces {cid}: {reason}")]
    Replaces {
        /// The pin.
        cid: Cid,
        /// Why not.
        reason: String,
    },
    /// The pinlist cannot be changed.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The user stopped it.
    #[error("interrupted; nothing was changed")]
    Interrupted,
}

/// Reads the dataset in `path` for its title and its faults. A directory that is no dataset itself (a tree
/// of datasets, auxiliary files) is a finding; its record is empty.
///
/// # Errors
/// When it is a dataset that cannot be read.
pub fn look(path: &Path) -> Result<Dataset, AddError> {
    let limits = Limits::default();
    let store = LocalStore::new(path, limits.clone());
    let read_yaml = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        yaml::parse("dataset_meta.yaml", text).map(|node| node.to_json()).map_err(|error| error.to_string())
    };
    // The CID is not known yet, and nothing of what is read depends on it.
    let unknown = VerifiedBlock::seal(RAW, Vec::new()).cid();
    match futures::executor::block_on(extract(&store, unknown, &read_yaml, &limits)) {
        Ok(mut dataset) => {
            rules::judge(&mut dataset);
            Ok(dataset)
        }
        Err(ExtractError::NotADataset) => {
            let mut dataset = bare(unknown);
            dataset.findings.push(
                Finding::new(
                    Severity::Warning,
                    "pin-without-dataset",
                    "neither Zarr metadata nor dataset_meta.yaml is at its top; it can only be a tree of datasets or auxiliary files",
                )
                .hint("name the directory that holds .zgroup, zarr.json or dataset_meta.yaml; auxiliary files get the tag `aux`"),
            );
            Ok(dataset)
        }
        Err(source) => Err(AddError::Dataset { path: path.to_owned(), source }),
    }
}

/// What the archive of so many files and bytes needs at most, blocks that occur twice counted twice.
#[must_use]
pub fn car_bytes(files: u64, size_bytes: u64) -> u64 {
    size_bytes
        .saturating_add(size_bytes / OVERHEAD)
        .saturating_add(files.saturating_mul(OVERHEAD_PER_FILE_BYTES))
        .saturating_add(4096)
}

/// Fails unless the disk of `car` has room for so many bytes. Where the disk cannot be asked, all is well.
///
/// # Errors
/// [`AddError::NoSpace`].
pub fn check_space(car: &Path, needed_bytes: u64) -> Result<(), AddError> {
    match available_bytes(folder_of(car)) {
        Some(available_bytes) if available_bytes < needed_bytes => {
            Err(AddError::NoSpace { path: car.to_owned(), needed_bytes, available_bytes })
        }
        _ => Ok(()),
    }
}

/// What is left on the disk of `folder`, where that can be asked.
#[cfg(target_os = "linux")]
pub(crate) fn available_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

/// What is left on the disk of `folder`, where that can be asked.
#[cfg(not(target_os = "linux"))]
pub(crate) fn available_bytes(_: &Path) -> Option<u64> {
    None
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What the pinlist is to say, as far as the command line decides it.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The name; else the title, else the directory's name.
    pub name: Option<String>,
    /// The pin that is replaced; else the newest one of the same name.
    pub replaces: Option<Cid>,
    /// Replace nothing, even if the name is taken.
    pub is_new: bool,
    /// Tags; else those of the pin that is replaced.
    pub tags: Vec<String>,
    /// Peers.
    pub origins: Vec<String>,
    /// The day.
    pub created: Date,
}

/// The entry for `cid` and the pin that it replaces. `title` and `folder` name it where the wish does not.
///
/// # Errors
/// When the pin that is to be replaced is not listed, or was replaced already.
pub fn entry<'a>(
    list: &'a Pinlist,
    cid: Cid,
    wish: &Wish,
    title: Option<&str>,
    folder: &str,
) -> Result<(NewPin, Option<&'a Pin>), AddError> {
    let name = wish.name.as_deref().or(title).map(one_line).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| one_line(folder));
    let names: Vec<String> = [Some(name.clone()), title.map(one_line)]
        .into_iter()
        .flatten()
        .map(|name| name.to_lowercase())
        .collect();
    let heads = || list.families().iter().flat_map(|family| &family.heads).map(|&index| &list.pins[index]);
    let replaced = match wish.replaces {
        Some(wanted) => {
            let refuse = |reason: String| AddError::Replaces { cid: wanted, reason };
            let Some(old) = list.pins.iter().find(|pin| pin.cid == wanted) else {
                return Err(refuse(format!("{} lists no such pin; see `grep cid {0}`", list.file)));
            };
            if let Some(newer) = list.pins.iter().find(|pin| pin.prev == Some(wanted)) {
                let reason = format!(
                    "`{}` (line {}) has replaced it; use --replaces {}",
                    newer.label(),
                    newer.line,
                    newer.cid
                );
                return Err(refuse(reason));
            }
            Some(old)
        }
        None if wish.is_new => None,
        // The last one in the file is the newest.
        None => heads()
            .filter(|pin| {
                pin.name.as_deref().is_some_and(|old| names.contains(&one_line(old).to_lowercase()))
            })
            .max_by_key(|pin| pin.line),
    };
    let tags = match replaced {
        Some(old) if wish.tags.is_empty() => old.tags.clone(),
        _ => wish.tags.clone(),
    };
    let prev = replaced.map(|old| old.cid);
    let pin = NewPin { cid, name, origins: wish.origins.clone(), prev, created: wish.created, tags };
    Ok((pin, replaced))
}

fn one_line(text: &str) -> String {
    crate::report::one_line(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Replaces a file as a whole, keeping its permissions.
///
/// # Errors
/// When it cannot be written; then the old one is still there.
pub fn replace_file(path: &Path, text: &str) -> Result<(), AddError> {
    // A link stays one.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".pinfold-").tempfile_in(folder_of(&target))?;
        file.write_all(text.as_bytes())?;
        match std::fs::metadata(&target) {
            Ok(old) => file.as_file().set_permissions(old.permissions())?,
            #[cfg(unix)]
            Err(_) => {
                use std::os::unix::fs::PermissionsExt;
                file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
            }
            #[cfg(not(unix))]
            Err(_) => {}
        }
        file.as_file().sync_all()?;
        file.persist(&target).map(|_| ()).map_err(|error| error.error)
    };
    write().map_err(io_error(path))
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> AddError {
    let path = path.to_owned();
    move |source| AddError::Io { path: path.clone(), source }
}
