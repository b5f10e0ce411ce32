//! A folder beside `--out` in which the new site grows: [`Staging`].
//!
//! `dist` is written as `.dist.pinfold-new` and swapped with the old one in one step where the system can
//! (Linux), else by two renames. Where datasets of the old site are unchanged, only what differs is staged, and the
//! old site is renewed where it stands, see `renewal`. Dropping it without [`Staging::publish`] removes what was
//! written.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

use super::BuildError;
use super::marker::{Line, NAME};
use super::renewal::{self, Contents, Renewal};
use crate::catalogue::SiteFile;

/// The longest path of a file of the site; file systems take 255 bytes a name and about 4096 in all.
const MAX_PATH_BYTES: usize = 1024;

/// The new site while it grows.
#[derive(Debug)]
pub struct Staging {
    out: PathBuf,
    new: PathBuf,
    old: PathBuf,
    lock_path: PathBuf,
    journal: PathBuf,
    /// What is to be done at the end, where the old site is renewed and not replaced.
    renewal: Mutex<Option<Renewal>>,
    _lock: fs::File,
}

impl Staging {
    /// Prepares a build to `out`: refuses a folder that is not ours, removes what a killed build left.
    ///
    /// # Errors
    /// When `out` is not ours, another build writes it, or its parent cannot be written.
    pub fn open(out: &Path) -> Result<Self, BuildError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| BuildError::Write { path, source }
        };
        let parent = match out.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let name = out.file_name().ok_or_else(|| BuildError::NotOurs { path: out.to_owned() })?;
        let name = name.to_string_lossy();
        fs::create_dir_all(&parent).map_err(failed(&parent))?;
        let beside = |what: &str| parent.join(format!(".{name}.pinfold-{what}"));
        let (new, old, lock_path) = (beside("new"), beside("old"), beside("lock"));
        let journal = beside("journal");
        let lock = fs::File::create(&lock_path).map_err(failed(&lock_path))?;
        if let Err(fs::TryLockError::WouldBlock) = lock.try_lock() {
            return Err(BuildError::Busy { path: out.to_owned() });
        }
        // A build that was killed between two renames.
        if !out.exists() && is_ours(&old) {
            fs::rename(&old, out).map_err(failed(out))?;
        }
        check_out(out)?;
        // Or in the middle of a renewal.
        renewal::recover(&new, out, &journal).map_err(failed(out))?;
        let renewal = Mutex::default();
        let staging = Self { out: out.to_owned(), new, old, lock_path, journal, renewal, _lock: lock };
        for left in [&staging.new, &staging.old] {
            remove(left).map_err(failed(left))?;
        }
        prepare(&staging.new).map_err(failed(&staging.new))?;
        Ok(staging)
    }

    /// The folder that will be replaced.
    #[must_use]
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// Where the new site grows.
    #[must_use]
    pub fn new_folder(&self) -> &Path {
        &self.new
    }

    pub(super) fn folder(&self, path: &str) -> Result<(), BuildError> {
        let path = self.new.join(path);
        fs::create_dir_all(&path).map_err(|source| BuildError::Write { path, source })
    }

    /// Removes a folder of the new site, where an attempt to fill it ended half-way.
    pub(super) fn clear(&self, path: &str) -> Result<(), BuildError> {
        let path = self.new.join(path);
        remove(&path).map_err(|source| BuildError::Write { path, source })
    }

    /// Writes one file of the new site.
    pub(super) fn write(&self, file: &SiteFile) -> Result<(), BuildError> {
        let path = self.place(&file.path)?;
        let failed = |source| BuildError::Write { path: self.out.join(&file.path), source };
        match fs::write(&path, &file.bytes) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path.parent().unwrap_or(&self.new)).map_err(failed)?;
                fs::write(&path, &file.bytes).map_err(failed)
            }
            other => other.map_err(failed),
        }
    }

    fn place(&self, path: &str) -> Result<PathBuf, BuildError> {
        let refuse = |reason| Err(BuildError::Path { path: path.chars().take(200).collect(), reason });
        if path.is_empty() || path.len() > MAX_PATH_BYTES {
            return refuse("it is empty or too long");
        }
        if path.contains('\\') || path.chars().any(char::is_control) {
            return refuse("it holds a backslash or a control character");
        }
        if !is_plain(path) {
            return refuse("it leads out of the site");
        }
        Ok(self.new.join(path))
    }

    /// Whether the files of a dataset are in the old site as they were written.
    pub(super) fn has(&self, line: &Line) -> bool {
        let Ok(items) = fs::read_dir(self.out.join("ds").join(&line.cid)) else { return false };
        let (mut files, mut bytes) = (0, 0);
        let mut add = |meta: io::Result<fs::Metadata>| match meta {
            Ok(meta) if meta.is_file() => {
                bytes += meta.len();
                true
            }
            _ => false,
        };
        for item in items {
            if !add(item.and_then(|item| item.metadata())) {
                return false;
            }
            files += 1;
        }
        let elsewhere = line.elsewhere.iter();
        let mut elsewhere =
            elsewhere.map(|path| is_plain(path) && add(fs::symlink_metadata(self.out.join(path))));
        elsewhere.all(|there| there) && files == line.files && bytes == line.bytes
    }

    /// Whether the old site has exactly this file.
    pub(super) fn has_file(&self, file: &SiteFile) -> bool {
        let path = self.out.join(&file.path);
        let same_length = fs::symlink_metadata(&path)
            .is_ok_and(|old| old.is_file() && old.len() == file.bytes.len() as u64);
        same_length && fs::read(&path).is_ok_and(|old| old == file.bytes)
    }

    /// From here on the old site is renewed where it stands; what is staged is only what differs.
    pub(super) fn renew(&self, contents: &Contents) -> Result<(), BuildError> {
        let failed = |source| BuildError::Write { path: self.out.clone(), source };
        let renewal = Renewal::plan(&self.new, &self.out, contents).map_err(failed)?;
        if let Ok(mut place) = self.renewal.lock() {
            *place = Some(renewal);
        }
        Ok(())
    }

    /// Forgets what was staged.
    pub(super) fn restart(&self) -> Result<(), BuildError> {
        let failed = |source| BuildError::Write { path: self.new.clone(), source };
        remove(&self.new).map_err(failed)?;
        prepare(&self.new).map_err(failed)
    }

    /// Puts the new site in the place of the old one: as a whole, or what differs where most of it stays.
    ///
    /// # Errors
    /// When it cannot be renamed; the old site is where it was then, unless it is [`BuildError::Unfinished`].
    pub fn publish(self) -> Result<(), BuildError> {
        let failed = |source| BuildError::Write { path: self.out.clone(), source };
        // Somebody may have filled the folder meanwhile.
        check_out(&self.out)?;
        let renewal = self.renewal.lock().ok().and_then(|mut renewal| renewal.take());
        if let Some(renewal) = renewal {
            return renewal.carry_out(&self.new, &self.out, &self.journal);
        }
        if !self.out.exists() {
            return fs::rename(&self.new, &self.out).map_err(failed);
        }
        if !exchange(&self.new, &self.out) {
            fs::rename(&self.out, &self.old).map_err(failed)?;
            if let Err(error) = fs::rename(&self.new, &self.out) {
                fs::rename(&self.old, &self.out).map_err(failed)?;
                return Err(failed(error));
            }
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What is to be finished by the next build needs what is staged.
        if self.journal.exists() {
            return;
        }
        // After an exchange the new folder's name holds the old site. What cannot be removed now is
        // removed by the next build.
        let _ = remove(&self.new);
        if self.out.exists() {
            let _ = remove(&self.old);
        }
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// Makes the folder of the new site. From here on one that is left behind is known to be ours.
fn prepare(new: &Path) -> io::Result<()> {
    fs::create_dir(new)?;
    fs::write(new.join(NAME), "")
}

/// Whether a path leads to a place below the site's root and nowhere else.
pub(super) fn is_plain(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
        && !path.split('/').any(|part| part.is_empty() || part == ".")
}

/// Swaps two folders in one step, where the system can.
#[cfg(target_os = "linux")]
fn exchange(a: &Path, b: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE).is_ok()
}

/// Swaps two folders in one step, where the system can.
#[cfg(not(target_os = "linux"))]
fn exchange(_: &Path, _: &Path) -> bool {
    false
}

/// Refuses a folder that is neither empty nor ours.
fn check_out(out: &Path) -> Result<(), BuildError> {
    let path = out.to_owned();
    match fs::read_dir(out) {
        Ok(mut items) => {
            if items.next().is_none() || is_ours(out) {
                Ok(())
            } else {
                Err(BuildError::NotOurs { path })
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(BuildError::NotAFolder { path }),
        Err(source) => Err(BuildError::Write { path, source }),
    }
}

fn is_ours(folder: &Path) -> bool {
    folder.join(NAME).is_file()
}

/// Removes one of our folders; one that is not ours, or not there, is left alone.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
