//! The last stage: a catalogue becomes a folder of files. Entry point: [`write_site`].
//!
//! The site is staged beside `--out` and put in its place at the end: whatever happens before (Ctrl-C, a full
//! disk), the old site stays whole. Datasets whose pages would come out the same stay where they are, and then only
//! what differs is staged and moved in, with a journal that the next build finishes where this one is killed. A
//! folder that is not empty and not ours is never touched.

use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use pinfold_core::cid::Cid;
use rayon::prelude::*;

use crate::catalogue::{Catalogue, Entry, SiteFile};
use crate::gather::cache::Cache;
use crate::gather::load_parts;
use crate::progress::Progress;
use crate::render::Renderer;
use crate::search_index::SearchFiles;
use crate::timings::phase;

mod estimate;
mod fingerprint;
mod marker;
mod renewal;
mod staging;

pub use estimate::estimate;
use fingerprint::Fingerprints;
use marker::{Line, Marker};
use renewal::Contents;
pub use staging::Staging;

/// Set when the user wants to stop; looked at between datasets.
#[derive(Debug, Default)]
pub struct Cancel(AtomicBool);

impl Cancel {
    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody did.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a site could not be written. The old one is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The folder holds something that is not ours.
    #[error("{} is not empty and was not made by pinfold", path.display())]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// There is a file where the folder should be.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// Another build writes the same folder.
    #[error("another build is writing {}", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It broke off while the new files were moved in.
    #[error("{} is the new site in part; the next build finishes it", path.display())]
    Unfinished {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A page wants to lie outside of the site, or two are at one place.
    #[error("the file `{path}` cannot be part of the site: {reason}")]
    Path {
        /// Its path.
        path: String,
        /// Why.
        reason: &'static str,
    },
    /// The user stopped it.
    #[error("interrupted; the site is as it was before")]
    Cancelled,
}

/// What was written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Datasets whose pages were made.
    pub rendered: usize,
    /// Datasets whose pages were taken over.
    pub taken_over: usize,
    /// Datasets that were in the folder before and are not any more.
    pub dropped: Vec<String>,
    /// Pictures and `meta.car` of these were damaged in the cache: gather them again.
    pub damaged: Vec<Cid>,
    /// Bytes of all files.
    pub bytes: u64,
}

/// Writes all files of `catalogue`, `more` (the front end), and the search `index`, which is made meanwhile, to the
/// folder of `staging`.
///
/// If [`Written::damaged`] is not empty the site is not complete: gather again, then write again.
///
/// # Errors
/// When a file cannot be written, or `cancel` is set.
pub fn write_site(
    catalogue: &Catalogue,
    more: &[SiteFile],
    index: impl FnOnce(&Catalogue) -> Option<SearchFiles> + Send,
    cache: &Cache,
    staging: &Staging,
    cancel: &Cancel,
    show_progress: bool,
) -> Result<Written, BuildError> {
    let grouping = phase("render: groups");
    let renderer = Renderer::new(catalogue);
    drop(grouping);
    let fingerprints = Fingerprints::new(catalogue);
    let old = Marker::read(staging.out());
    let progress = if show_progress {
        Progress::start("writing pages", catalogue.entries.len() as u64)
    } else {
        Progress::silent()
    };
    let (rendered, taken_over) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let damaged: Mutex<Vec<Cid>> = Mutex::default();
    staging.restart()?;
    staging.folder("ds")?;
    let datasets = phase("render: datasets");
    let one = |entry: &Entry| -> Result<(Line, bool), BuildError> {
        if cancel.is_cancelled() {
            return Err(BuildError::Cancelled);
        }
        let fingerprint = fingerprints.of(&renderer, entry);
        let (line, stays) = match old.get(&entry.dataset.cid) {
            Some(line) if line.fingerprint == fingerprint && staging.has(line) => (Some(line.clone()), true),
            _ => (render(&renderer, entry, fingerprint, cache, staging, &damaged)?, false),
        };
        let count = if stays { &taken_over } else { &rendered };
        count.fetch_add(1, Ordering::Relaxed);
        progress.advance(1);
        Ok((line.unwrap_or_default(), stays))
    };
    let (index, lines) = rayon::join(
        || {
            let _indexing = phase("search index");
            index(catalogue)
        },
        || catalogue.entries.par_iter().map(one).collect::<Result<Vec<_>, _>>(),
    );
    drop(datasets);
    let mut damaged = damaged.into_inner().unwrap_or_default();
    damaged.sort();
    let lines = lines?;
    if !damaged.is_empty() {
        return Ok(Written { damaged, ..Written::default() });
    }
    let mut bytes = lines.iter().map(|(line, _)| line.bytes).sum();
    // One that stays means that the old site does, renewed.
    let renews = lines.iter().any(|(_, stays)| *stays);
    let mut contents = Contents::default();
    if renews {
        contents.datasets = lines.iter().map(|(line, _)| line.cid.clone()).collect();
        contents.kept = lines.iter().filter(|(_, stays)| *stays).map(|(line, _)| line.cid.clone()).collect();
        contents.files = lines.iter().flat_map(|(line, _)| line.elsewhere.iter().cloned()).collect();
    }
    let lines: Vec<Line> = lines.into_iter().map(|(line, _)| line).collect();
    let dropped = old.without(&lines);
    let writing = phase("render: site");
    if let Some(index) = &index {
        renderer.set_search(index);
    }
    let site_pages = renderer.site_pages();
    let write = |file: &SiteFile| -> Result<u64, BuildError> {
        if cancel.is_cancelled() {
            return Err(BuildError::Cancelled);
        }
        if !renews || !staging.has_file(file) {
            staging.write(file)?;
        }
        Ok(file.bytes.len() as u64)
    };
    let index_files = index.as_ref().map_or(&[][..], |index| &index.files);
    let others: Vec<&SiteFile> = more.iter().chain(index_files).collect();
    bytes += site_pages.par_iter().map(|page| write(&page.file())).sum::<Result<u64, _>>()?;
    bytes += others.par_iter().map(|file| write(file)).sum::<Result<u64, _>>()?;
    // Always: the folder of the new site has one already, to be known as ours.
    staging.write(&Marker::new(lines).file())?;
    drop(writing);
    if renews {
        let paths = site_pages.iter().map(|page| &page.path).chain(others.iter().map(|file| &file.path));
        contents.files.extend(paths.cloned());
        contents.files.insert(marker::NAME.to_owned());
    }
    drop(site_pages);
    if renews {
        let _planning = phase("plan");
        staging.renew(&contents)?;
    }
    Ok(Written {
        rendered: rendered.into_inner(),
        taken_over: taken_over.into_inner(),
        dropped,
        damaged,
        bytes,
    })
}

/// Makes and writes the files of one dataset; `None` when its parts are damaged.
fn render(
    renderer: &Renderer<'_>,
    entry: &Entry,
    fingerprint: String,
    cache: &Cache,
    staging: &Staging,
    damaged: &Mutex<Vec<Cid>>,
) -> Result<Option<Line>, BuildError> {
    let mut entry = entry.clone();
    if !load_parts(cache, &mut entry) {
        if let (Ok(cid), Ok(mut damaged)) = (entry.dataset.cid.parse(), damaged.lock()) {
            damaged.push(cid);
        }
        return Ok(None);
    }
    let files = renderer.dataset_files(&entry);
    let own = format!("ds/{}/", entry.dataset.cid);
    staging.clear(own.trim_end_matches('/'))?;
    let mut line = Line { cid: entry.dataset.cid, fingerprint, ..Line::default() };
    for file in &files {
        staging.write(file)?;
        line.bytes += file.bytes.len() as u64;
        if file.path.starts_with(&own) {
            line.files += 1;
        } else {
            line.elsewhere.push(file.path.clone());
        }
    }
    Ok(Some(line))
}

#[cfg(test)]
mod tests;
