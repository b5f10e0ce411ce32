//! A site that is renewed where it stands: [`Renewal::plan`] finds what differs, [`Renewal::carry_out`] does it.
//!
//! A catalogue of ten thousand datasets has two hundred thousand files, and one new pin changes a few hundred. Files
//! that are the same are not touched. The rest is moved in from the staging folder in three steps, each by renames
//! within one file system, so that every file is the old or the new one and never half of it:
//!
//! 1. what is new at its place (pages of new datasets, assets and index files, which are named by content);
//! 2. what replaces a file, when everything that it links to is there; when all is in place, the site's marker;
//! 3. what is gone.
//!
//! When step 1 fails (the disk is full) it is undone. The list of all that is to be done lies in a journal beside
//! the site before the first rename: a build that is killed in the middle is finished by [`recover`] at the
//! beginning of the next.
//!
//! Not supported: undoing step 2 and 3. Renames over existing names need no room and have no reason to fail there.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::BuildError;
use super::marker::NAME;
use super::staging::is_plain;

const FIRST_LINE: &str = "pinfold-journal/1";
const LAST_LINE: &str = "end";
/// One line for each file that differs.
const MAX_JOURNAL_BYTES: u64 = 256 << 20;

/// What is to be done, in this order. Paths are relative to the site's root, with `/`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Renewal {
    /// Files and whole folders that have no predecessor at their place.
    add: Vec<String>,
    /// Files that replace a file.
    replace: Vec<String>,
    /// Files and whole folders that are gone.
    drop: Vec<String>,
}

/// What the new site consists of.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Names of folders below `ds/`.
    pub(super) datasets: HashSet<String>,
    /// Those of them whose folder stays as it is.
    pub(super) kept: HashSet<String>,
    /// Paths of all files elsewhere.
    pub(super) files: BTreeSet<String>,
}

impl Renewal {
    /// Compares what is staged and what the new site consists of with the old site at `out`.
    pub(super) fn plan(new: &Path, out: &Path, contents: &Contents) -> io::Result<Self> {
        let mut renewal = Self::default();
        renewal.compare_staged(new, out, "")?;
        let mut folders = HashSet::new();
        for file in &contents.files {
            let mut path = file.as_str();
            while let Some((parent, _)) = path.rsplit_once('/') {
                if !folders.insert(parent) {
                    break;
                }
                path = parent;
            }
        }
        renewal.drop = renewal.gone(new, out, "", contents, &folders)?;
        // The marker is the last: it says that all the others are in place.
        if let Some(at) = renewal.replace.iter().position(|path| path == NAME) {
            let marker = renewal.replace.remove(at);
            renewal.replace.push(marker);
        }
        Ok(renewal)
    }

    fn compare_staged(&mut self, new: &Path, out: &Path, folder: &str) -> io::Result<()> {
        for (name, is_folder) in sorted(&new.join(folder))? {
            let path = join(folder, &name);
            match fs::symlink_metadata(out.join(&path)) {
                Ok(old) if is_folder && old.is_dir() => self.compare_staged(new, out, &path)?,
                Ok(old) if !is_folder && !old.is_dir() => self.replace.push(path),
                _ => self.add.push(path),
            }
        }
        Ok(())
    }

    /// What is in a folder of the old site and has no place in the new one, in order of paths.
    fn gone(
        &self,
        new: &Path,
        out: &Path,
        folder: &str,
        contents: &Contents,
        folders: &HashSet<&str>,
    ) -> io::Result<Vec<String>> {
        let one = |(name, is_folder): (String, bool)| -> io::Result<Vec<String>> {
            let path = join(folder, &name);
            let stays = match folder.strip_prefix("ds") {
                None if path == "ds" && is_folder => true,
                None if is_folder => folders.contains(path.as_str()),
                None => contents.files.contains(&path),
                Some("") => is_folder && contents.datasets.contains(&name),
                // In the folder of a dataset that was made again.
                Some(_) => new.join(&path).exists(),
            };
            let kept = folder == "ds" && contents.kept.contains(&name);
            if !stays {
                // What a staged folder or file of that name takes the place of is removed there.
                Ok(if self.add.contains(&path) { Vec::new() } else { vec![path] })
            } else if is_folder && !kept {
                self.gone(new, out, &path, contents, folders)
            } else {
                Ok(Vec::new())
            }
        };
        // Each dataset has a folder or two of forwards to look into.
        let names = sorted(&out.join(folder))?;
        let gone: Vec<Vec<String>> = names.into_par_iter().map(one).collect::<io::Result<_>>()?;
        Ok(gone.concat())
    }

    /// Whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        self.add.is_empty() && self.replace.is_empty() && self.drop.is_empty()
    }

    /// Moves everything to its place.
    ///
    /// # Errors
    /// [`BuildError::Write`] when nothing changed, [`BuildError::Unfinished`] when the next build has to finish it.
    pub(super) fn carry_out(&self, new: &Path, out: &Path, journal: &Path) -> Result<(), BuildError> {
        if self.is_empty() {
            return Ok(());
        }
        self.write(journal).map_err(|source| BuildError::Write { path: journal.to_owned(), source })?;
        let mut made = Vec::new();
        for (done, path) in self.add.iter().enumerate() {
            let Err(source) = put(new, out, path, &mut made) else { continue };
            let back = |path: &String| fs::rename(out.join(path), new.join(path));
            if self.add[..done].iter().rev().try_for_each(back).is_err() {
                return Err(BuildError::Unfinished { path: out.to_owned(), source });
            }
            made.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
            let _ = fs::remove_file(journal);
            return Err(BuildError::Write { path: out.join(path), source });
        }
        self.finish(new, out).map_err(|source| BuildError::Unfinished { path: out.to_owned(), source })?;
        fs::remove_file(journal).map_err(|source| BuildError::Unfinished { path: out.to_owned(), source })
    }

    /// Does what is left to do.
    fn finish(&self, new: &Path, out: &Path) -> io::Result<()> {
        let mut made = Vec::new();
        for path in self.add.iter().chain(&self.replace) {
            match put(new, out, path, &mut made) {
                // It was done before.
                Err(error) if error.kind() == io::ErrorKind::NotFound && !new.join(path).exists() => {}
                other => other?,
            }
        }
        self.drop.iter().try_for_each(|path| remove(&out.join(path)))
    }

    /// Written beside and renamed: a journal is there as a whole or not at all.
    fn write(&self, journal: &Path) -> io::Result<()> {
        let staged = journal.with_extension("tmp");
        let mut file = io::BufWriter::new(fs::File::create(&staged)?);
        writeln!(file, "{FIRST_LINE}")?;
        for (word, paths) in [("add", &self.add), ("replace", &self.replace), ("drop", &self.drop)] {
            for path in paths {
                writeln!(file, "{word} {path}")?;
            }
        }
        writeln!(file, "{LAST_LINE}")?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(staged, journal)
    }

    fn read(journal: &Path) -> Option<Self> {
        let length = fs::metadata(journal).ok()?.len();
        let text = if length <= MAX_JOURNAL_BYTES { fs::read_to_string(journal).ok()? } else { return None };
        let text = text.strip_prefix(FIRST_LINE)?.strip_suffix('\n')?.strip_suffix(LAST_LINE)?;
        let mut renewal = Self::default();
        for line in text.lines().skip(1) {
            let (word, path) = line.split_once(' ')?;
            let list = match word {
                "add" => &mut renewal.add,
                "replace" => &mut renewal.replace,
                "drop" => &mut renewal.drop,
                _ => return None,
            };
            if !is_plain(path) {
                return None;
            }
            list.push(path.to_owned());
        }
        Some(renewal)
    }
}

/// Finishes what a killed build began; says whether there was something. A journal that cannot be read was never
/// acted on.
pub(super) fn recover(new: &Path, out: &Path, journal: &Path) -> io::Result<bool> {
    if !journal.exists() {
        return Ok(false);
    }
    let renewal = Renewal::read(journal).filter(|_| out.is_dir() && new.is_dir());
    if let Some(renewal) = &renewal {
        renewal.finish(new, out)?;
    }
    fs::remove_file(journal)?;
    Ok(renewal.is_some())
}

/// Moves one file or folder to its place; folders on the way are made and kept in `made`.
fn put(new: &Path, out: &Path, path: &str, made: &mut Vec<PathBuf>) -> io::Result<()> {
    let (from, to) = (new.join(path), out.join(path));
    let is_folder = fs::symlink_metadata(&from)?.is_dir();
    if fs::symlink_metadata(&to).is_ok_and(|old| old.is_dir() != is_folder) {
        remove(&to)?;
    }
    match fs::rename(&from, &to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let missing: Vec<&Path> = to.ancestors().skip(1).take_while(|folder| !folder.exists()).collect();
            for folder in missing.into_iter().rev() {
                fs::create_dir(folder)?;
                made.push(folder.to_owned());
            }
            fs::rename(&from, &to)
        }
        other => other,
    }
}

/// Removes a file or a folder, which may be gone already.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Names in a folder and whether they are folders, sorted. A name that is no text is nothing of ours; it is shown as
/// one that cannot be and stays where it is.
fn sorted(folder: &Path) -> io::Result<Vec<(String, bool)>> {
    let mut names = Vec::new();
    for item in fs::read_dir(folder)? {
        let item = item?;
        if let Ok(name) = item.file_name().into_string()
            && !name.contains(['\n', '\r'])
        {
            names.push((name, item.file_type()?.is_dir()));
        }
    }
    names.sort();
    Ok(names)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(folder: &Path, files: &[&str]) {
        for file in files {
            let (path, text) = file.split_once('=').unwrap();
            fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
            fs::write(folder.join(path), text).unwrap();
        }
    }

    fn tree(folder: &Path, path: &str) -> Vec<String> {
        let mut out = Vec::new();
        for (name, is_folder) in sorted(&folder.join(path)).unwrap() {
            let path = join(path, &name);
            if is_folder {
                out.extend(tree(folder, &path));
            } else {
                out.push(format!("{path}={}", fs::read_to_string(folder.join(&path)).unwrap()));
            }
        }
        out
    }

    fn set(names: &[&str]) -> HashSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// An old site, what is staged, and what the new one must be.
    fn scene() -> (tempfile::TempDir, Renewal, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let (new, out) = (folder.path().join("new"), folder.path().join("out"));
        let old =
            ["ds/a/index.html=a1", "ds/b/index.html=b1", "ds/b/quicklook-1.svg=q", "ds/c/index.html=c1"];
        fill(&out, &old);
        fill(
            &out,
            &[".pinfold=1", "index.html=1", "assets/x-1.js=x", "id/c/index.html=c", "stray/file=?", "y=file"],
        );
        fill(
            &new,
            &["ds/b/index.html=b2", "ds/d/index.html=d1", ".pinfold=2", "index.html=2", "assets/x-2.js=x2"],
        );
        fill(&new, &["id/d/index.html=d", "y/index.html=folder"]);
        let contents = Contents {
            datasets: set(&["a", "b", "d"]),
            kept: set(&["a"]),
            files: set(&[".pinfold", "index.html", "assets/x-2.js", "id/d/index.html", "y/index.html"])
                .into_iter()
                .collect(),
        };
        let renewal = Renewal::plan(&new, &out, &contents).unwrap();
        let want = [
            ".pinfold=2",
            "assets/x-2.js=x2",
            "ds/a/index.html=a1",
            "ds/b/index.html=b2",
            "ds/d/index.html=d1",
            "id/d/index.html=d",
            "index.html=2",
            "y/index.html=folder",
        ];
        (folder, renewal, want.map(str::to_owned).to_vec())
    }

    #[test]
    fn only_what_differs_is_moved() {
        let (folder, renewal, want) = scene();
        assert_eq!(renewal.add, ["assets/x-2.js", "ds/d", "id/d", "y"]);
        assert_eq!(renewal.replace, ["ds/b/index.html", "index.html", ".pinfold"]);
        assert_eq!(renewal.drop, ["assets/x-1.js", "ds/b/quicklook-1.svg", "ds/c", "id/c", "stray"]);
        let (new, out, journal) =
            (folder.path().join("new"), folder.path().join("out"), folder.path().join("journal"));
        renewal.carry_out(&new, &out, &journal).unwrap();
        assert_eq!(tree(&out, ""), want);
        assert!(!journal.exists());
    }

    #[test]
    fn killed_at_any_rename_the_next_build_finishes_it() {
        let steps = {
            let (_folder, renewal, _) = scene();
            renewal.add.len() + renewal.replace.len()
        };
        for killed_after in 0..=steps {
            let (folder, renewal, want) = scene();
            let (new, out, journal) =
                (folder.path().join("new"), folder.path().join("out"), folder.path().join("journal"));
            renewal.write(&journal).unwrap();
            for path in renewal.add.iter().chain(&renewal.replace).take(killed_after) {
                put(&new, &out, path, &mut Vec::new()).unwrap();
            }
            assert!(recover(&new, &out, &journal).unwrap());
            assert_eq!(tree(&out, ""), want, "killed after {killed_after}");
            assert!(!recover(&new, &out, &journal).unwrap());
        }
    }

    #[test]
    fn what_cannot_be_added_is_undone() {
        let (folder, mut renewal, _) = scene();
        let (new, out, journal) =
            (folder.path().join("new"), folder.path().join("out"), folder.path().join("journal"));
        let before = tree(&out, "");
        renewal.add.retain(|path| path != "y");
        // It is not there: as good a reason to fail as a full disk.
        renewal.add.push("missing".into());
        let error = renewal.carry_out(&new, &out, &journal).unwrap_err();
        assert!(matches!(error, BuildError::Write { .. }), "{error}");
        assert_eq!(tree(&out, ""), before);
        assert!(!journal.exists() && new.join("ds/d/index.html").exists());
    }

    #[test]
    fn journals_that_lie_are_not_acted_on() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal");
        for text in [
            "",
            "pinfold-journal/1\nadd x\n",
            "pinfold-journal/1\nadd ../x\nend\n",
            "pinfold-journal/1\nburn x\nend\n",
        ] {
            fs::write(&journal, text).unwrap();
            assert_eq!(Renewal::read(&journal), None, "{text}");
        }
    }
}
