//! A folder beside `--out` in which the new site grows: [`Staging`].
//!
//! `dist` is written as `.dist.pinfold-new` and swapped with the old one in one step where the system can
//! (Linux), else by two renames. Dropping it without [`Staging::publish`] removes what was written.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::BuildError;
use super::marker::{Line, NAME};
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
        let lock = fs::File::create(&lock_path).map_err(failed(&lock_path))?;
        if let Err(fs::TryLockError::WouldBlock) = lock.try_lock() {
            return Err(BuildError::Busy { path: out.to_owned() });
        }
        // A build that was killed between two renames.
        if !out.exists() && is_ours(&old) {
            fs::rename(&old, out).map_err(failed(out))?;
        }
        let staging = Self { out: out.to_owned(), new, old, lock_path, _lock: lock };
        check_out(out)?;
        for left in [&staging.new, &staging.old] {
            remove(left).map_err(failed(left))?;
        }
        fs::create_dir(&staging.new).map_err(failed(&staging.new))?;
        // From here on a folder that is left behind is known to be ours.
        fs::write(staging.new.join(NAME), "").map_err(failed(&staging.new))?;
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
        let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if !plain || path.split('/').any(|part| part.is_empty() || part == ".") {
            return refuse("it leads out of the site");
        }
        Ok(self.new.join(path))
    }

    /// Links the files of a dataset from the old site; `false` when they are not what they were, and then
    /// nothing is taken over.
    pub(super) fn take_over(&self, line: &Line) -> Result<bool, BuildError> {
        let own = format!("ds/{}", line.cid);
        let mut files: Vec<String> = line.elsewhere.clone();
        let Ok(items) = fs::read_dir(self.out.join(&own)) else { return Ok(false) };
        for item in items.flatten() {
            let Ok(name) = item.file_name().into_string() else { return Ok(false) };
            files.push(format!("{own}/{name}"));
        }
        if files.len() != line.files + line.elsewhere.len() {
            return Ok(false);
        }
        let mut bytes = 0;
        for file in &files {
            if self.place(file).is_err() {
                return Ok(false);
            }
            match fs::symlink_metadata(self.out.join(file)) {
                Ok(meta) if meta.is_file() => bytes += meta.len(),
                _ => return Ok(false),
            }
        }
        if bytes != line.bytes {
            return Ok(false);
        }
        self.folder(&own)?;
        for file in &files {
            let (from, to) = (self.out.join(file), self.place(file)?);
            let linked = match fs::hard_link(&from, &to) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let parent = to.parent().unwrap_or(&self.new);
                    fs::create_dir_all(parent).and_then(|()| fs::hard_link(&from, &to))
                }
                other => other,
            };
            // Some file systems know no hard links.
            if linked.is_err() {
                fs::copy(&from, &to).map_err(|source| BuildError::Write { path: to.clone(), source })?;
            }
        }
        Ok(true)
    }

    /// Puts the new site in the place of the old one.
    ///
    /// # Errors
    /// When it cannot be renamed; the old site is where it was then.
    pub fn publish(self) -> Result<(), BuildError> {
        let failed = |source| BuildError::Write { path: self.out.clone(), source };
        // Somebody may have filled the folder meanwhile.
        check_out(&self.out)?;
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
        // After an exchange the new folder's name holds the old site. What cannot be removed now is
        // removed by the next build.
        let _ = remove(&self.new);
        if self.out.exists() {
            let _ = remove(&self.old);
        }
        let _ = fs::remove_file(&self.lock_path);
    }
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
