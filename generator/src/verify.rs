//! `pinfold verify`: is every block of a pin still there and right? Entry point: [`verify_pin`].
//!
//! A walk in depth-first order over every block. Leaves that were found right are written to a state file, so
//! that an interrupted walk goes on where it was: directories and inner nodes are read again, leaves are not.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::StreamExt;
use pinfold_core::block::GetError;
use pinfold_core::cid::{Cid, DAG_PB, Multihash, RAW};
use pinfold_core::unixfs::{Node, PbNode, Unixfs, UnixfsError, WalkOptions, parse};
use serde::Serialize;

use crate::progress::Progress;

/// The first line of a state file.
const STATE_HEADER: &str = "pinfold-verify/1";

/// Right leaves between two writes of the state file.
const FLUSH_EVERY: usize = 256;

/// What is wrong with a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// No source has it, or none could be asked.
    Missing,
    /// A source delivered wrong bytes, and no other had the right ones.
    Corrupt,
    /// The bytes are right, but no file or directory that can be read.
    Unreadable,
}

/// One bad block.
#[derive(Debug, Clone, Serialize)]
pub struct BadBlock {
    /// Which one.
    pub cid: Cid,
    /// The file or directory that it belongs to, from the pin's root.
    pub path: String,
    /// What is wrong.
    pub fault: Fault,
    /// What the sources said.
    pub message: String,
}

/// What was found of one pin.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verified {
    /// Blocks that were read and are right.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Leaves that an earlier, interrupted run found right.
    pub known_before: u64,
    /// What is not right.
    pub bad: Vec<BadBlock>,
}

/// What was found right so far, on disk.
pub struct State {
    path: PathBuf,
    file: File,
    right: Arc<HashSet<Multihash>>,
    new: Vec<Cid>,
}

impl State {
    /// Opens a state file, or begins one. A last line that was cut off is ignored.
    ///
    /// # Errors
    /// When it cannot be read or written, or is some other file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut right = HashSet::new();
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut lines = BufReader::new(&file).lines();
        match lines.next().transpose()? {
            None => {}
            Some(line) if line == STATE_HEADER => {
                for line in lines {
                    if let Ok(cid) = line?.parse::<Cid>() {
                        right.insert(*cid.hash());
                    }
                }
            }
            Some(_) => {
                let message = format!("{} is not a state file of pinfold verify", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
        if right.is_empty() && file.metadata()?.len() == 0 {
            writeln!(file, "{STATE_HEADER}")?;
        } else {
            // After a line that was cut off the next one begins anew.
            writeln!(file)?;
        }
        Ok(Self { path: path.to_owned(), file, right: Arc::new(right), new: Vec::new() })
    }

    /// How many leaves are known to be right from before.
    #[must_use]
    pub fn known(&self) -> usize {
        self.right.len()
    }

    fn add(&mut self, cid: Cid) -> io::Result<()> {
        self.new.push(cid);
        if self.new.len() >= FLUSH_EVERY { self.flush() } else { Ok(()) }
    }

    /// Writes what was found since the last time.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        let mut text = String::with_capacity(self.new.len() * 64);
        for cid in self.new.drain(..) {
            text.push_str(&cid.to_string());
            text.push('\n');
        }
        self.file.write_all(text.as_bytes())
    }

    /// Removes the file: everything was walked.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn finish(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

/// Walks every block below `root`.
///
/// # Errors
/// When the state file cannot be written. Bad blocks are in the result.
pub async fn verify_pin(
    unixfs: &Unixfs,
    root: Cid,
    state: &mut Option<State>,
    progress: &Progress,
) -> io::Result<Verified> {
    let mut found = Verified::default();
    let known = state.as_ref().map(|state| Arc::clone(&state.right));
    found.known_before = known.as_ref().map_or(0, |known| known.len() as u64);
    let options = WalkOptions { in_flight: 24, skip_leaves: known, ..WalkOptions::default() };
    let mut walk = unixfs.walk(root, options);
    while let Some(item) = walk.next().await {
        match (item.block, item.problem) {
            (Err(error), _) => found.bad.push(bad(item.cid, &item.path, &error)),
            (Ok(_), Some(problem)) => found.bad.push(BadBlock {
                cid: item.cid,
                path: item.path.to_string(),
                fault: Fault::Unreadable,
                message: problem.to_string(),
            }),
            (Ok(block), None) => {
                found.blocks += 1;
                found.bytes += block.bytes().len() as u64;
                if let Some(state) = state
                    && item.cid.codec() == RAW
                {
                    state.add(item.cid)?;
                }
            }
        }
        progress.advance(1);
    }
    Ok(found)
}

/// Goes down from `root` to `count` leaves, each chosen at random in proportion to its size.
pub async fn sample_pin(unixfs: &Unixfs, root: Cid, count: u64, progress: &Progress) -> Verified {
    let mut found = Verified::default();
    let mut seen = HashSet::new();
    for draw in 0..count {
        // New keys each time: randomness enough to choose with.
        let mut random = RandomState::new().build_hasher();
        random.write_u64(draw);
        let mut chance = random.finish();
        let (mut at, mut path) = (root, String::new());
        for _ in 0..unixfs.limits().depth {
            let block = match unixfs.blocks().block(at).await {
                Ok(block) => block,
                Err(error) => {
                    if seen.insert(at) {
                        found.bad.push(bad(at, &path, &error));
                    }
                    break;
                }
            };
            if seen.insert(at) {
                found.blocks += 1;
                found.bytes += block.bytes().len() as u64;
            }
            let node = match parse(&block) {
                Ok(node) => node,
                Err(UnixfsError::Symlink { .. }) => break,
                Err(error) => {
                    let fault = Fault::Unreadable;
                    found.bad.push(BadBlock { cid: at, path, fault, message: error.to_string() });
                    break;
                }
            };
            if at.codec() != DAG_PB {
                break;
            }
            let links = PbNode::decode(block.bytes()).map(|node| node.links).unwrap_or_default();
            let total: u64 = links.iter().fold(0, |sum, link| link.tsize_bytes.saturating_add(sum + 1));
            if total == 0 {
                break;
            }
            let mut place = chance % total;
            chance = chance.rotate_left(17) ^ (chance / total);
            let Some(link) = links.into_iter().find(|link| {
                let here = link.tsize_bytes.saturating_add(1);
                let is_here = place < here;
                place = place.saturating_sub(here);
                is_here
            }) else {
                break;
            };
            at = link.cid;
            let name = match &node {
                Node::Shard(shard) => link.name.get(shard.bits.div_ceil(4) as usize..).unwrap_or_default(),
                _ => &link.name,
            };
            if !name.is_empty() {
                path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            }
        }
        progress.advance(1);
    }
    found
}

fn bad(cid: Cid, path: &str, error: &GetError) -> BadBlock {
    let fault = if error.is_corrupt() { Fault::Corrupt } else { Fault::Missing };
    BadBlock { cid, path: path.to_owned(), fault, message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use pinfold_core::block::{Limits, MemoryBlocks};

    use super::*;

    fn demo() -> (MemoryBlocks, Cid) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/demo/demo.car");
        let bytes = std::fs::read(path).unwrap();
        let (blocks, roots) = MemoryBlocks::from_car("demo", bytes, &Limits::default()).unwrap();
        (blocks, roots[0])
    }

    fn run(blocks: MemoryBlocks, root: Cid, state: &mut Option<State>) -> Verified {
        let unixfs = Unixfs::new(Arc::new(blocks), Limits::default());
        futures::executor::block_on(verify_pin(&unixfs, root, state, &Progress::silent())).unwrap()
    }

    #[test]
    fn missing_blocks_are_found_by_path_and_a_second_run_asks_for_no_leaf_twice() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state");
        let (mut blocks, root) = demo();
        let whole = run(blocks.clone(), root, &mut None);
        assert!(whole.bad.is_empty() && whole.blocks > 10);

        let unixfs = Unixfs::new(Arc::new(blocks.clone()), Limits::default());
        let leaf = futures::executor::block_on(async {
            let mut walk = unixfs.walk(root, WalkOptions::default());
            loop {
                let item = walk.next().await.unwrap();
                if item.cid.codec() == RAW {
                    return item;
                }
            }
        });
        blocks.remove(leaf.cid);
        let mut state = Some(State::open(&file).unwrap());
        let first = run(blocks.clone(), root, &mut state);
        assert_eq!(first.bad.len(), 1);
        assert_eq!((first.bad[0].fault, first.bad[0].path.as_str()), (Fault::Missing, &*leaf.path));
        assert_eq!(first.blocks, whole.blocks - 1);
        state.unwrap().flush().unwrap();

        let mut state = Some(State::open(&file).unwrap());
        let second = run(blocks, root, &mut state);
        assert_eq!(second.bad.len(), 1, "what was bad is looked at again");
        assert!(second.blocks < first.blocks / 2, "{} of {}", second.blocks, first.blocks);
        state.unwrap().finish().unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn a_sample_finds_a_hole_where_there_is_nothing_else() {
        let (mut blocks, root) = demo();
        let unixfs = Unixfs::new(Arc::new(blocks.clone()), Limits::default());
        let sampled = futures::executor::block_on(sample_pin(&unixfs, root, 20, &Progress::silent()));
        assert!(sampled.bad.is_empty() && sampled.blocks > 5);
        blocks.remove(root);
        let unixfs = Unixfs::new(Arc::new(blocks), Limits::default());
        let sampled = futures::executor::block_on(sample_pin(&unixfs, root, 20, &Progress::silent()));
        assert_eq!(sampled.bad.len(), 1);
    }

    #[test]
    fn a_foreign_state_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("thesis.txt");
        std::fs::write(&file, "important\n").unwrap();
        assert!(State::open(&file).is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "important\n");
    }
}
