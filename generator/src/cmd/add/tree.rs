//! `pinfold add --tree PATH`: the dataset at its place in tree.yaml, and the new HEAD.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use pinfold_core::block::{BlockGet, Limits, VerifiedBlock};
use pinfold_core::car::{section_head, write_header};
use pinfold_core::cid::Cid;
use pinfold_core::fetch::{FetchOptions, Fetcher};
use pinfold_core::unixfs::{Imported, Unixfs};

use crate::add::replace_file;
use crate::cmd::session;
use crate::pinlist::edit::NewPin;
use crate::pinlist::{Pin, Pinlist};
use crate::source;
use crate::tree::{Head, Item, Sizes, Tree, sizes};

/// Where in a tree.
#[derive(Debug, Args)]
pub(super) struct TreeArgs {
    /// Place it at this path of the tree of pins and add the new HEAD to the pinlist instead of the dataset
    #[arg(long = "tree", id = "tree", value_name = "PATH")]
    pub(super) path: Option<String>,
    /// The tree of pins [default: tree.yaml beside the pinlist]
    #[arg(long, value_name = "FILE", requires = "tree")]
    tree_file: Option<PathBuf>,
    /// The HEAD that the new one replaces [default: the newest pin whose name has the word HEAD]
    #[arg(long, value_name = "CID", requires = "tree")]
    head: Option<Cid>,
    /// Write the new directories' blocks to this archive
    #[arg(long, value_name = "FILE", requires = "tree")]
    head_car: Option<PathBuf>,
    /// Where sizes are looked up: the previous HEAD's directories, or root blocks; a .car file, a directory of
    /// blocks or a gateway's address
    #[arg(long = "source", value_name = "SOURCE", requires = "tree")]
    sources: Vec<String>,
}

/// A tree with the dataset in it, not written yet.
#[derive(Debug)]
pub(super) struct Placed {
    /// Where it will be.
    pub(super) file: PathBuf,
    before: Option<String>,
    after: String,
    head_car: Option<PathBuf>,
    /// The new HEAD with its directories.
    pub(super) head: Head,
    /// The pin that it replaces.
    pub(super) previous: Option<(Cid, String)>,
    /// Its name.
    pub(super) name: String,
    tags: Vec<String>,
}

impl TreeArgs {
    fn file(&self, pinlist: &Path) -> PathBuf {
        self.tree_file.clone().unwrap_or_else(|| pinlist.with_file_name("tree.yaml"))
    }

    /// Whether the dataset is at its place already, and what the tree will be.
    ///
    /// `None`: this CID is there.
    pub(super) fn place(
        &self,
        list: &Pinlist,
        pinlist: &Path,
        path: &str,
        dataset: &Imported,
    ) -> anyhow::Result<Option<Placed>> {
        let file = self.file(pinlist);
        let shown = file.display().to_string();
        let before = match std::fs::read_to_string(&file) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("the tree {shown} cannot be read")),
        };
        let text = before.clone().unwrap_or_default();
        let old = Tree::parse(&shown, &text)?;
        let previous = self.previous(list)?;
        if matches!(old.at(path), Some(Item::Leaf(cid)) if *cid == dataset.cid) {
            return Ok(None);
        }
        let after = Tree::place(&shown, &text, path, dataset.cid)?;
        let tree = Tree::parse(&shown, &after)?;
        let limits = Limits::default();
        let known = Sizes::from([(dataset.cid, dataset.tsize_bytes)]);
        // Without a source nothing is asked: a tree of one dataset needs none.
        let sources = if self.sources.is_empty() && tree.leaves().len() == 1 {
            Vec::new()
        } else {
            source::open_all(&self.sources, &[], &limits)?
        };
        let fetcher =
            Fetcher::new(sources, FetchOptions { limits: limits.clone(), ..FetchOptions::default() });
        let blocks: Arc<dyn BlockGet> = Arc::new(fetcher);
        let unixfs = Unixfs::new(blocks, limits);
        let cid = previous.map(|pin| pin.cid);
        let sizes = session::runtime()?.block_on(sizes(&tree, cid, &unixfs, known))?;
        let head = Head::build(&tree, &sizes, cid.is_some_and(Cid::is_v0))?;
        let name =
            previous.and_then(|pin| pin.name.as_deref()).map_or_else(|| "HEAD v0".to_owned(), next_name);
        Ok(Some(Placed {
            file,
            before,
            after,
            head_car: self.head_car.clone(),
            head,
            previous: previous.map(|pin| (pin.cid, pin.label())),
            name,
            tags: previous.map(|pin| pin.tags.clone()).unwrap_or_default(),
        }))
    }

    /// The HEAD that is to be replaced.
    pub(super) fn previous<'a>(&self, list: &'a Pinlist) -> anyhow::Result<Option<&'a Pin>> {
        let heads =
            || list.families().iter().flat_map(|family| &family.heads).map(|&index| &list.pins[index]);
        if let Some(wanted) = self.head {
            let found = heads().find(|pin| pin.cid == wanted);
            return found.map(Some).with_context(|| {
                format!("--head {wanted}: {} has no such pin that nothing replaces", list.file)
            });
        }
        let is_head = |pin: &&Pin| {
            pin.name.as_deref().is_some_and(|name| name.split_whitespace().any(|word| word == "HEAD"))
        };
        let found: Vec<&Pin> = heads().filter(is_head).collect();
        match found.as_slice() {
            [one] => Ok(Some(one)),
            [] if list.pins.is_empty() => Ok(None),
            [] => bail!(
                "{}: no current pin is called HEAD; say with --head CID which pin is the tree's newest",
                list.file
            ),
            _ => bail!(
                "{}: several current pins are called HEAD; say with --head CID which one is meant",
                list.file
            ),
        }
    }
}

impl Placed {
    /// The HEAD's entry in the pinlist.
    pub(super) fn pin(&self, origins: Vec<String>, created: jiff::civil::Date, tags: &[String]) -> NewPin {
        NewPin {
            cid: self.head.root.cid,
            name: self.name.clone(),
            origins,
            prev: self.previous.as_ref().map(|(cid, _)| *cid),
            created,
            tags: if tags.is_empty() { self.tags.clone() } else { tags.to_vec() },
        }
    }

    /// Writes the tree, the archive of its directories and the pinlist; all or nothing.
    pub(super) fn write(&self, pinlist: &Path, text: &str) -> anyhow::Result<()> {
        if let Some(car) = &self.head_car {
            write_blocks(car, self.head.root.cid, &self.head.blocks)?;
        }
        let done = replace_file(&self.file, &self.after).and_then(|()| replace_file(pinlist, text));
        if let Err(error) = done {
            // As it was; that this, too, may fail is the smaller trouble.
            let _ = match &self.before {
                Some(before) => replace_file(&self.file, before).is_ok(),
                None => std::fs::remove_file(&self.file).is_ok(),
            };
            if let Some(car) = &self.head_car {
                let _ = std::fs::remove_file(car);
            }
            return Err(error.into());
        }
        Ok(())
    }
}

/// An archive of directories, whole or not at all, where no file may be.
fn write_blocks(car: &Path, root: Cid, blocks: &[VerifiedBlock]) -> anyhow::Result<()> {
    let mut bytes = write_header(&[root]);
    for block in blocks {
        bytes.extend_from_slice(&section_head(block.cid(), block.bytes().len()));
        bytes.extend_from_slice(block.bytes());
    }
    let folder = car.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".pinfold-").tempfile_in(folder)?;
    std::io::Write::write_all(&mut file, &bytes)?;
    file.persist_noclobber(car)
        .map_err(|error| error.error)
        .with_context(|| format!("{} is not written", car.display()))?;
    Ok(())
}

/// `ORCESTRA HEAD v110` → `ORCESTRA HEAD v111`; a name without a number stays.
fn next_name(name: &str) -> String {
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (stem, number) = name.split_at(name.len() - digits);
    match number.parse::<u64>().ok().and_then(|number| number.checked_add(1)) {
        Some(next) => format!("{stem}{next:0digits$}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_next_name() {
        for (name, next) in
            [("ORCESTRA HEAD v110", "ORCESTRA HEAD v111"), ("HEAD 09", "HEAD 10"), ("HEAD", "HEAD")]
        {
            assert_eq!(super::next_name(name), next);
        }
    }
}
