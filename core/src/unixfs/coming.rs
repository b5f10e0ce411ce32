//! [`Coming`]: blocks that archives under way will bring, with who waits for them.
//!
//! Whoever wants such a block waits for the archive instead of asking a second time. What a block of the archive links
//! to comes too: the parts of a file (of a range only those that it touches), and where everything below a directory
//! was asked for, its entries. When an archive ends, whoever still waits is told so and asks otherwise.
//!
//! An archive that runs ahead of who reads it is held back ([`Coming::room`]), so that memory stays flat.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::channel::oneshot;

use super::{FileNode, Node, ShardSlot, Unixfs, parse};
use crate::block::{DagScope, EntityBytes, VerifiedBlock, Want};
use crate::cid::Cid;

/// Bytes that came and nobody has asked for yet, at most: a few blocks more than readers ask for ahead.
const AHEAD_BYTES: u64 = 24_000_000;

/// Of fewer blocks below a directory each is asked for by itself.
const ARCHIVE_BLOCKS: usize = 8;

/// Of fewer parts of one file each is asked for by itself.
const FILE_BLOCKS: usize = 2;

/// What a request more costs, in bytes that could have come meanwhile: with sixteen under way at once each takes a
/// sixteenth of a round trip, 50 ms at 40 Mbit/s, and the page's own work for it is as much again (64 MB with one MB of it
/// here: 63 requests took twice as long as one archive of all).
const REQUEST_BYTES: u64 = 32 << 10;

/// What is wanted of a block and what is below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The block, and of a file all its parts.
    File,
    /// Bytes of the file that begins here, as they were asked for.
    Range(EntityBytes),
    /// Bytes `from..to` counted from where this node of the file begins.
    Bytes(u64, u64),
    /// Everything below.
    All,
}

struct Expected {
    archive: u32,
    part: Part,
    waiting: Vec<oneshot::Sender<VerifiedBlock>>,
}

#[derive(Default)]
struct State {
    expected: HashMap<Cid, Expected>,
    /// Blocks that came before anybody asked for them, with their sizes.
    ahead: HashMap<Cid, u64>,
    ahead_bytes: u64,
    /// How many wait for blocks.
    waiting: usize,
    /// Told when there may be room again.
    held: Vec<oneshot::Sender<()>>,
    archives: u32,
}

impl State {
    fn resume(&mut self) {
        for held in self.held.drain(..) {
            // An archive that was given up needs no room.
            let _ = held.send(());
        }
    }

    fn full(&self) -> bool {
        // Whoever waits for a block of an archive that is held back would wait for ever.
        self.ahead_bytes > AHEAD_BYTES && self.waiting == 0
    }
}

/// Blocks that are on their way in archives; see the module's description.
#[derive(Default)]
pub struct Coming {
    state: Mutex<State>,
}

/// One archive; dropping it says that nothing more of it will come.
pub struct Archive<'a> {
    coming: &'a Coming,
    number: u32,
}

impl Drop for Archive<'_> {
    fn drop(&mut self) {
        let mut state = self.coming.lock();
        let mut left = 0;
        state.expected.retain(|_, expected| {
            let stays = expected.archive != self.number;
            left += if stays { expected.waiting.len() } else { 0 };
            stays
        });
        state.waiting = left;
        state.resume();
    }
}

/// The parts of a file that are wanted.
fn parts(file: &FileNode, part: Part) -> impl Iterator<Item = (Cid, Part)> {
    let (from, to) = match part {
        Part::File | Part::All => (0, file.size_bytes),
        Part::Range(range) => range.resolve(file.size_bytes),
        Part::Bytes(from, to) => (from, to),
    };
    file.parts.iter().filter_map(move |part| {
        let end = part.offset_bytes.saturating_add(part.size_bytes);
        let touched = part.offset_bytes < to && end > from;
        let within = |at: u64| at.saturating_sub(part.offset_bytes);
        touched.then(|| (part.cid, Part::Bytes(within(from), within(to.min(end)))))
    })
}

impl Want {
    /// Whether it is worth to ask for this as an archive: these of its blocks are `lacking`, each of which would be a
    /// request of its own, and `again_bytes` of it, which are here or on their way, would be sent again.
    #[must_use]
    pub fn is_worth(&self, lacking: &[Cid], again_bytes: u64) -> bool {
        let least = match self {
            // A file's first block tells what follows: that would be a round trip more.
            Want::Dag { root, scope: DagScope::Entity, .. } if lacking.contains(root) => 1,
            Want::Dag { scope: DagScope::Entity, .. } => FILE_BLOCKS,
            _ => ARCHIVE_BLOCKS,
        };
        lacking.len() >= least && again_bytes <= REQUEST_BYTES * lacking.len() as u64
    }

    /// The blocks right below the first one that this means, where that is a file: `root` tells them.
    #[must_use]
    pub fn parts_of(&self, root: &VerifiedBlock) -> Vec<Cid> {
        let Want::Dag { entity_bytes, .. } = self else { return Vec::new() };
        match parse(root) {
            Ok(Node::File(file)) => {
                parts(&file, entity_bytes.map_or(Part::File, Part::Range)).map(|(cid, _)| cid).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Coming {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an archive under way will bring it.
    #[must_use]
    pub fn has(&self, cid: Cid) -> bool {
        self.lock().expected.contains_key(&cid)
    }

    /// An archive of `want` begins, in which `blocks` will be.
    pub fn begin(&self, want: &Want, blocks: impl IntoIterator<Item = Cid>) -> Archive<'_> {
        let mut state = self.lock();
        state.archives = state.archives.wrapping_add(1);
        let archive = state.archives;
        let (top, other) = match want {
            Want::Dag { root, scope: DagScope::All, .. } => (Some((*root, Part::All)), Part::File),
            Want::Dag { root, entity_bytes: Some(range), .. } => {
                (Some((*root, Part::Range(*range))), Part::File)
            }
            Want::Dag { .. } | Want::Blocks(_) => (None, Part::File),
        };
        for cid in blocks {
            let part = top.filter(|(root, _)| *root == cid).map_or(other, |(_, part)| part);
            state.expected.entry(cid).or_insert(Expected { archive, part, waiting: Vec::new() });
        }
        Archive { coming: self, number: archive }
    }

    /// Waits for a block that an archive will bring. An error is no answer: ask otherwise. `None`: nothing brings it.
    #[must_use]
    pub fn wait(&self, cid: Cid) -> Option<oneshot::Receiver<VerifiedBlock>> {
        let mut state = self.lock();
        let expected = state.expected.get_mut(&cid)?;
        let (sender, receiver) = oneshot::channel();
        expected.waiting.push(sender);
        state.waiting += 1;
        state.resume();
        Some(receiver)
    }

    /// A block that had come in an archive was asked for.
    pub fn asked_for(&self, cid: Cid) {
        let mut state = self.lock();
        if let Some(bytes) = state.ahead.remove(&cid) {
            state.ahead_bytes -= bytes;
            state.resume();
        }
    }

    /// A moment at which an archive that runs ahead may go on; `None`: it may at once.
    #[must_use]
    pub fn room(&self) -> Option<oneshot::Receiver<()>> {
        let mut state = self.lock();
        if !state.full() {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        state.held.push(sender);
        Some(receiver)
    }

    /// Takes a block of an archive: hands it to who waits for it, and knows from it which ones follow. Whether it was
    /// expected.
    pub fn arrived(&self, archive: &Archive<'_>, block: &VerifiedBlock) -> bool {
        let cid = block.cid();
        let mut state = self.lock();
        let Some(expected) = state.expected.remove(&cid) else { return false };
        let mut taken = false;
        state.waiting -= expected.waiting.len();
        for sender in expected.waiting {
            // Who does not wait any longer needs nothing.
            taken |= sender.send(block.clone()).is_ok();
        }
        if !taken {
            let bytes = block.bytes().len() as u64;
            state.ahead_bytes += bytes - state.ahead.insert(cid, bytes).unwrap_or(0);
        }
        if Unixfs::is_raw(cid) {
            return true;
        }
        let mut follow = |cid: Cid, part: Part| {
            let waiting = Vec::new();
            state.expected.entry(cid).or_insert(Expected { archive: archive.number, part, waiting });
        };
        match parse(block) {
            Ok(Node::File(file)) => parts(&file, expected.part).for_each(|(cid, part)| follow(cid, part)),
            Ok(Node::Directory(links)) if expected.part == Part::All => {
                links.iter().for_each(|link| follow(link.cid, Part::All));
            }
            Ok(Node::Shard(shard)) if expected.part == Part::All => {
                for slot in shard.slots.values() {
                    match slot {
                        ShardSlot::Entry(link) => follow(link.cid, Part::All),
                        ShardSlot::Shard(cid) => follow(*cid, Part::All),
                    }
                }
            }
            // What is wrong with it shows when it is read.
            _ => {}
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::cid::RAW;
    use crate::unixfs::{DirectoryBuilder, FileLayout, Profile};

    /// A directory with a file of five leaves, and all blocks of it in depth-first order.
    fn made() -> (Vec<VerifiedBlock>, Cid, Cid) {
        let profile = Profile::default();
        let mut blocks = Vec::new();
        let mut layout = FileLayout::new(profile);
        let mut leaves = Vec::new();
        for at in 0..5u8 {
            let (leaf, block) = profile.leaf_block(vec![at; 100].into());
            leaves.push(block);
            layout.push(leaf, &mut |_| {});
        }
        let mut above = Vec::new();
        let file = layout.finish(&mut |block: VerifiedBlock| above.push(block));
        let mut directory = DirectoryBuilder::new(profile);
        directory.add("file", &file);
        let mut top = Vec::new();
        let root = directory.finish(&mut |block: VerifiedBlock| top.push(block));
        blocks.extend(top);
        blocks.extend(above);
        blocks.extend(leaves);
        (blocks, root.cid, file.cid)
    }

    fn dag(root: Cid, scope: DagScope, entity_bytes: Option<EntityBytes>) -> Want {
        Want::Dag { root, path: Vec::new(), scope, entity_bytes }
    }

    #[test]
    fn of_a_directory_everything_below_follows() {
        let (blocks, root, _) = made();
        assert_eq!(blocks.len(), 7);
        let coming = Coming::default();
        let archive = coming.begin(&dag(root, DagScope::All, None), [root]);
        let last = blocks[6].cid();
        assert!(coming.wait(last).is_none(), "nobody knows yet that it will come");
        assert!(coming.arrived(&archive, &blocks[0]) && coming.arrived(&archive, &blocks[1]));
        let waiting = coming.wait(last).unwrap();
        assert!(blocks[2..].iter().all(|block| coming.arrived(&archive, block)));
        assert_eq!(block_on(waiting).unwrap(), blocks[6]);
        assert!(!coming.arrived(&archive, &blocks[6]), "once is enough");
        let stranger = VerifiedBlock::seal(RAW, b"stranger".as_slice());
        assert!(!coming.arrived(&archive, &stranger));
    }

    #[test]
    fn of_a_range_only_what_it_touches_follows() {
        let (blocks, _, file) = made();
        let coming = Coming::default();
        let range = EntityBytes { from: 150, to: Some(250) };
        let archive = coming.begin(&dag(file, DagScope::Entity, Some(range)), [file]);
        assert!(coming.arrived(&archive, &blocks[1]));
        let has: Vec<bool> = blocks[2..].iter().map(|block| coming.has(block.cid())).collect();
        assert_eq!(has, [false, true, true, false, false]);
        let want = dag(file, DagScope::Entity, Some(range));
        assert_eq!(want.parts_of(&blocks[1]), [blocks[3].cid(), blocks[4].cid()]);
        assert!(want.parts_of(&blocks[0]).is_empty(), "a directory");
        // From the end.
        let range = EntityBytes { from: -20, to: None };
        drop(archive);
        let archive = coming.begin(&dag(file, DagScope::Entity, Some(range)), [file]);
        assert!(coming.arrived(&archive, &blocks[1]));
        let has: Vec<bool> = blocks[2..].iter().map(|block| coming.has(block.cid())).collect();
        assert_eq!(has, [false, false, false, false, true]);
    }

    #[test]
    fn what_is_here_is_not_sent_again() {
        let blocks: Vec<Cid> = (0..18u8).map(|at| Cid::of(RAW, &[at])).collect();
        let top = Cid::of(RAW, b"top");
        let all = dag(top, DagScope::All, None);
        const LARGE: u64 = 1 << 20;
        assert!(all.is_worth(&blocks, 0));
        assert!(!all.is_worth(&blocks[..7], 0), "a few are asked for one by one");
        // Broken off after one large block of eighteen, or in the middle: the others come by themselves.
        assert!(!all.is_worth(&blocks[1..], LARGE) && !all.is_worth(&blocks[9..], 9 * LARGE));
        // One of sixty-four costs less than the round trips of the others.
        let many: Vec<Cid> = (0..63u8).map(|at| Cid::of(RAW, &[at])).collect();
        assert!(all.is_worth(&many, LARGE));
        // Half of many small ones: their bytes are less than the round trips.
        assert!(all.is_worth(&blocks[9..], 9 << 12));
        // Of a file.
        let file = dag(blocks[0], DagScope::Entity, None);
        assert!(file.is_worth(&blocks[..1], 0), "its first block says what follows");
        assert!(file.is_worth(&blocks[1..3], 0) && !file.is_worth(&blocks[1..2], 0));
        assert!(!file.is_worth(&blocks[1..3], 15 * LARGE));
    }

    #[test]
    fn an_archive_that_ends_lets_nobody_wait() {
        let (blocks, root, file) = made();
        let coming = Coming::default();
        let archive = coming.begin(&dag(root, DagScope::All, None), [root]);
        let other = coming.begin(&dag(file, DagScope::Entity, None), [file]);
        let (one, two) = (coming.wait(root).unwrap(), coming.wait(file).unwrap());
        drop(archive);
        assert!(block_on(one).is_err() && coming.has(file));
        assert!(coming.arrived(&other, &blocks[1]));
        assert_eq!(block_on(two).unwrap(), blocks[1]);
        assert!(coming.has(blocks[2].cid()));
    }

    #[test]
    fn an_archive_ahead_of_its_reader_is_held_back() {
        let coming = Coming::default();
        let large: Vec<VerifiedBlock> =
            (0..14u8).map(|at| VerifiedBlock::seal(RAW, vec![at; 2_000_000])).collect();
        let root = large[0].cid();
        let archive = coming.begin(&dag(root, DagScope::All, None), large.iter().map(VerifiedBlock::cid));
        for block in &large[..12] {
            assert!(coming.room().is_none() && coming.arrived(&archive, block));
        }
        assert!(coming.room().is_none(), "24 MB are allowed");
        assert!(coming.arrived(&archive, &large[12]));
        let held = coming.room().expect("it is ahead");
        coming.asked_for(root);
        assert!(block_on(held).is_ok() && coming.room().is_none());
        // Who waits for a block of it is not left waiting, however much came before.
        assert!(coming.arrived(&archive, &large[13]));
        let held = coming.room();
        assert!(held.is_some());
        drop(archive);
        assert!(block_on(held.unwrap()).is_ok());
        let archive = coming.begin(&dag(root, DagScope::All, None), [root]);
        let _waiting = coming.wait(root).unwrap();
        assert!(coming.room().is_none());
        drop(archive);
    }
}
