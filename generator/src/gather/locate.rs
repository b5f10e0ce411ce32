//! Where the datasets are: [`locate`] walks the trees of all pins and stops at the outermost datasets.
//!
//! A directory that holds one of [`ZARR_NAMES`] is a Zarr dataset, one that holds `dataset_meta.yaml` a
//! folder dataset. Every directory is read once, however many pins share it: 110 successive HEADs cost
//! little more than one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use pinfold_core::cid::{Cid, RAW};
use pinfold_core::unixfs::{Node, Unixfs, UnixfsError};
use serde::{Deserialize, Serialize};

use crate::gather::cache::{Cache, Kind};
use crate::progress::Progress;

/// Files that make a directory a Zarr group or array.
pub(super) const ZARR_NAMES: [&str; 4] = [".zgroup", ".zmetadata", "zarr.json", ".zarray"];
/// The file that makes a directory a folder dataset.
pub(super) const FOLDER_NAME: &str = "dataset_meta.yaml";
/// Directories that are read at the same time.
const IN_FLIGHT: usize = 64;
/// Directories that are not datasets, over all pins.
const MAX_DIRECTORIES: usize = 1_000_000;
/// Datasets below one directory: a hostile tree may name one subtree a million times.
const MAX_DATASETS: usize = 200_000;
/// Problems below one directory that are told.
const MAX_PROBLEMS: usize = 100;

/// What a pin holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Subtree {
    /// Paths from the root (empty: the root itself) to datasets, sorted.
    pub(super) datasets: Vec<(String, Cid)>,
    /// Paths that could not be looked into.
    pub(super) problems: Vec<(String, Problem)>,
}

/// Why a path could not be looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// No source has the directory.
    Unreachable(String),
    /// It is not a directory that can be read.
    Unreadable(String),
}

/// What a block turned out to be.
#[derive(Debug, Clone)]
enum Found {
    Dataset,
    Tree(Vec<(String, Cid)>),
    File,
    Problem(Problem),
}

/// A tree in the cache: names and CIDs of what may be directories.
#[derive(Serialize, Deserialize)]
struct CachedTree {
    file: bool,
    links: Vec<(String, Cid)>,
}

/// Looks below every one of `roots`; the answers are in the same order.
pub(super) async fn locate(
    roots: &[Cid],
    unixfs: &Arc<Unixfs>,
    cache: &Cache,
    progress: &Progress,
) -> Vec<Arc<Subtree>> {
    let mut known: HashMap<Cid, Found> = HashMap::new();
    let mut asked: HashSet<Cid> = HashSet::new();
    let mut queue: Vec<(Cid, u32)> = Vec::new();
    for root in roots {
        if asked.insert(*root) {
            queue.push((*root, 0));
        }
    }
    queue.reverse();
    progress.grow(queue.len() as u64);
    let depth_limit = unixfs.limits().depth;
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < IN_FLIGHT
            && let Some((cid, depth)) = queue.pop()
        {
            running.push(async move { (cid, depth, look(cid, unixfs, cache).await) });
        }
        let Some((cid, depth, found)) = running.next().await else { break };
        progress.advance(1);
        if let Found::Tree(links) = &found
            && depth < depth_limit
        {
            for (_, child) in links {
                if asked.len() < MAX_DIRECTORIES && asked.insert(*child) {
                    queue.push((*child, depth + 1));
                    progress.grow(1);
                }
            }
        }
        known.insert(cid, found);
    }
    let mut below = HashMap::new();
    roots.iter().map(|root| expand(*root, 0, depth_limit, &known, &mut below)).collect()
}

/// Reads one directory, from the cache where it is known.
async fn look(cid: Cid, unixfs: &Unixfs, cache: &Cache) -> Found {
    if cid.codec() == RAW {
        return Found::File;
    }
    if cache.has(Kind::Record, cid) {
        return Found::Dataset;
    }
    if let Some(bytes) = cache.get(Kind::Tree, cid)
        && let Ok(tree) = serde_json::from_slice::<CachedTree>(&bytes)
    {
        return if tree.file { Found::File } else { Found::Tree(tree.links) };
    }
    let found = match read(cid, unixfs).await {
        Ok(found) => found,
        Err(UnixfsError::Get(error)) => return Found::Problem(Problem::Unreachable(error.to_string())),
        Err(UnixfsError::Symlink { .. }) => Found::File,
        Err(error) => return Found::Problem(Problem::Unreadable(error.to_string())),
    };
    let tree = match &found {
        Found::Tree(links) => CachedTree { file: false, links: links.clone() },
        Found::File => CachedTree { file: true, links: Vec::new() },
        Found::Dataset | Found::Problem(_) => return found,
    };
    if let Ok(bytes) = serde_json::to_vec(&tree) {
        // A cache that cannot be written costs time, nothing else.
        let _ = cache.put(Kind::Tree, cid, &bytes);
    }
    found
}

async fn read(cid: Cid, unixfs: &Unixfs) -> Result<Found, UnixfsError> {
    if let Node::File(_) = &*unixfs.node(cid).await? {
        return Ok(Found::File);
    }
    let links = unixfs.entries(cid).await?;
    let is_dataset =
        links.iter().any(|link| link.name == FOLDER_NAME || ZARR_NAMES.contains(&link.name.as_str()));
    if is_dataset {
        return Ok(Found::Dataset);
    }
    let mut links: Vec<(String, Cid)> =
        links.into_iter().filter(|link| link.cid.codec() != RAW).map(|link| (link.name, link.cid)).collect();
    links.sort();
    Ok(Found::Tree(links))
}

/// Puts the datasets below `cid` together. The recursion is as deep as `depth_limit` at most.
fn expand(
    cid: Cid,
    depth: u32,
    depth_limit: u32,
    known: &HashMap<Cid, Found>,
    below: &mut HashMap<Cid, Arc<Subtree>>,
) -> Arc<Subtree> {
    if let Some(subtree) = below.get(&cid) {
        return Arc::clone(subtree);
    }
    let mut subtree = Subtree::default();
    match known.get(&cid) {
        Some(Found::Dataset) => subtree.datasets.push((String::new(), cid)),
        Some(Found::File) => {}
        Some(Found::Problem(problem)) => subtree.problems.push((String::new(), problem.clone())),
        None => {
            let problem = Problem::Unreadable(if depth > depth_limit {
                format!("directories nest deeper than {depth_limit} levels; what is below is left out")
            } else {
                format!("more than {MAX_DIRECTORIES} directories; what is below is left out")
            });
            subtree.problems.push((String::new(), problem));
        }
        Some(Found::Tree(links)) => {
            for (name, child) in links {
                let inner = expand(*child, depth + 1, depth_limit, known, below);
                let join = |path: &str| {
                    if path.is_empty() { name.clone() } else { format!("{name}/{path}") }
                };
                let room = MAX_DATASETS - subtree.datasets.len();
                subtree
                    .datasets
                    .extend(inner.datasets.iter().take(room).map(|(path, cid)| (join(path), *cid)));
                let mut problems: Vec<_> =
                    inner.problems.iter().map(|(path, problem)| (join(path), problem.clone())).collect();
                if inner.datasets.len() > room {
                    let problem = format!("more than {MAX_DATASETS} datasets; the rest is left out");
                    problems.push((name.clone(), Problem::Unreadable(problem)));
                }
                let room = MAX_PROBLEMS - subtree.problems.len();
                subtree.problems.extend(problems.into_iter().take(room));
            }
        }
    }
    let subtree = Arc::new(subtree);
    below.insert(cid, Arc::clone(&subtree));
    subtree
}
