//! [`Walk`]: the blocks of a DAG in depth-first order, many of them in flight.
//!
//! What CAR responses, `verify` and file streams share. Memory holds at most
//! [`WalkOptions::in_flight`] blocks and the links of the nodes on the way down.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use futures::stream::FuturesUnordered;

use super::{Node, ShardSlot, UnixfsError, parse};
use crate::block::{BlockGet, DagScope, EntityBytes, GetError, Limits, VerifiedBlock};
use crate::cid::{Cid, Multihash, RAW};
use crate::maybe_send::BoxFuture;
use crate::sorted::SortedMap;

/// How to walk.
#[derive(Debug, Clone)]
pub struct WalkOptions {
    /// How much of the DAG.
    pub scope: DagScope,
    /// Which bytes, where the root is a file; other entities are walked whole.
    pub entity_bytes: Option<EntityBytes>,
    /// Whether a block that occurs twice is given twice (`dups=y`). Without, what is below it is walked once.
    pub duplicates: bool,
    /// How many blocks are asked for ahead of the one that is given next.
    pub in_flight: usize,
    /// Raw blocks that are left out without being asked for: they were seen before. Nodes with links are
    /// always read, because what is below them must be found.
    pub skip_leaves: Option<Arc<HashSet<Multihash>>>,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self { scope: DagScope::All, entity_bytes: None, duplicates: false, in_flight: 16, skip_leaves: None }
    }
}

/// One block of a walk.
#[derive(Debug)]
pub struct WalkItem {
    /// Which one.
    pub cid: Cid,
    /// Path of the file or directory that it belongs to, from the walk's root; empty at the root.
    pub path: Arc<str>,
    /// Levels below the walk's root, blocks counted.
    pub depth: u32,
    /// The block, or what the sources answered; what is below it is left out then.
    pub block: Result<VerifiedBlock, GetError>,
    /// The bytes of the walked range that this block itself holds, where it belongs to a file.
    pub file_bytes: Bytes,
    /// What is wrong with a block that came: nothing below it is walked then. A symbolic link is not wrong.
    pub problem: Option<UnixfsError>,
}

/// What a block that was asked for is to the walk.
#[derive(Debug, Clone, Copy)]
enum Role {
    /// What the walk began at.
    Root,
    /// What a directory lists.
    Entry,
    /// A node of a HAMT below its root.
    Shard,
    /// A part of a file: bytes from..to of it are wanted, and it must have `size` bytes.
    Part { from: u64, to: u64, size: u64 },
}

struct Slot {
    cid: Cid,
    path: Arc<str>,
    depth: u32,
    role: Role,
    /// The number of its request, once it was asked for.
    request: Option<u64>,
}

type Answer = Result<VerifiedBlock, GetError>;

/// A stream of [`WalkItem`]s in depth-first order, parents before children. Never fails as a whole.
pub struct Walk {
    blocks: Arc<dyn BlockGet>,
    limits: Limits,
    options: WalkOptions,
    queue: VecDeque<Slot>,
    seen: HashSet<Cid>,
    requests: u64,
    asked: FuturesUnordered<BoxFuture<'static, (u64, Answer)>>,
    answers: SortedMap<u64, Answer>,
    /// Requests under way for blocks that were met elsewhere in the meantime.
    abandoned: SortedMap<u64, ()>,
}

impl Walk {
    /// Begins at `root`.
    #[must_use]
    pub fn new(blocks: Arc<dyn BlockGet>, root: Cid, options: WalkOptions, limits: Limits) -> Self {
        let slot = Slot { cid: root, path: "".into(), depth: 0, role: Role::Root, request: None };
        Self {
            blocks,
            limits,
            options,
            queue: VecDeque::from([slot]),
            seen: HashSet::new(),
            requests: 0,
            asked: FuturesUnordered::new(),
            answers: SortedMap::new(),
            abandoned: SortedMap::new(),
        }
    }

    /// Asks for the blocks at the front of the queue. Children that are put before blocks that were
    /// already asked for may double what is held; the block that is needed next is always asked for.
    fn ask(&mut self) {
        let window = self.options.in_flight.max(1);
        for (index, slot) in self.queue.iter_mut().take(window).enumerate() {
            let skipped =
                |set: &Arc<HashSet<Multihash>>| slot.cid.codec() == RAW && set.contains(slot.cid.hash());
            if self.options.skip_leaves.as_ref().is_some_and(skipped) {
                continue;
            }
            if index > 0 && self.asked.len() + self.answers.len() >= 2 * window {
                break;
            }
            if slot.request.is_none() {
                let (blocks, cid, request) = (Arc::clone(&self.blocks), slot.cid, self.requests);
                self.requests += 1;
                slot.request = Some(request);
                self.asked.push(Box::pin(async move { (request, blocks.block(cid).await) }));
            }
        }
    }

    fn is_skipped(&self, cid: Cid) -> bool {
        let skipped = |set: &Arc<HashSet<Multihash>>| cid.codec() == RAW && set.contains(cid.hash());
        self.seen.contains(&cid) || self.options.skip_leaves.as_ref().is_some_and(skipped)
    }

    /// Makes an item of an answer and puts what is below it in front of the queue.
    fn expand(&mut self, slot: Slot, answer: Result<VerifiedBlock, GetError>) -> WalkItem {
        let (mut file_bytes, mut problem) = (Bytes::new(), None);
        if let Ok(block) = &answer {
            match self.below(&slot, block) {
                Ok((bytes, children)) => {
                    file_bytes = bytes;
                    for child in children.into_iter().rev() {
                        self.queue.push_front(child);
                    }
                }
                Err(UnixfsError::Symlink { .. }) => {}
                Err(error) => problem = Some(error),
            }
        }
        WalkItem { cid: slot.cid, path: slot.path, depth: slot.depth, block: answer, file_bytes, problem }
    }

    fn below(&self, slot: &Slot, block: &VerifiedBlock) -> Result<(Bytes, Vec<Slot>), UnixfsError> {
        if self.options.scope == DagScope::Block && matches!(slot.role, Role::Root) {
            return Ok((Bytes::new(), Vec::new()));
        }
        let child = |cid, path: &Arc<str>, role| Slot {
            cid,
            path: Arc::clone(path),
            depth: slot.depth + 1,
            role,
            request: None,
        };
        let named = |name: &str| -> Arc<str> {
            if slot.path.is_empty() { name.into() } else { format!("{}/{name}", slot.path).into() }
        };
        let all = self.options.scope == DagScope::All;
        let mut children = Vec::new();
        let mut file_bytes = Bytes::new();
        match (parse(block)?, slot.role) {
            (Node::File(file), role) => {
                let (from, to) = match role {
                    Role::Part { from, to, size } if size == file.size_bytes => (from, to),
                    Role::Part { size, .. } => {
                        return Err(UnixfsError::malformed(
                            slot.cid,
                            format!("it has {} bytes where its parent says {size}", file.size_bytes),
                        ));
                    }
                    Role::Root => match self.options.entity_bytes {
                        Some(range) => range.resolve(file.size_bytes),
                        None => (0, file.size_bytes),
                    },
                    Role::Entry => (0, file.size_bytes),
                    Role::Shard => return Err(UnixfsError::malformed(slot.cid, "a file as a HAMT node")),
                };
                let inline = file.inline.len() as u64;
                if from < inline && from < to {
                    // Both ends are at most the length of bytes in memory.
                    file_bytes = file.inline.slice(from as usize..to.min(inline) as usize);
                }
                for part in &file.parts {
                    let end = part.offset_bytes + part.size_bytes;
                    let whole = from == 0 && to == file.size_bytes;
                    if whole || (part.offset_bytes < to && end > from) {
                        let role = Role::Part {
                            from: from.saturating_sub(part.offset_bytes),
                            to: to.min(end) - part.offset_bytes,
                            size: part.size_bytes,
                        };
                        children.push(child(part.cid, &slot.path, role));
                    }
                }
            }
            (_, Role::Part { .. }) => {
                return Err(UnixfsError::malformed(slot.cid, "a directory as a part of a file"));
            }
            (Node::Directory(_), Role::Shard) => {
                return Err(UnixfsError::malformed(slot.cid, "a plain directory as a HAMT node"));
            }
            (Node::Directory(links), _) => {
                if all {
                    children
                        .extend(links.iter().map(|link| child(link.cid, &named(&link.name), Role::Entry)));
                }
            }
            (Node::Shard(shard), _) => {
                for slot_content in shard.slots.values() {
                    match slot_content {
                        ShardSlot::Shard(cid) => children.push(child(*cid, &slot.path, Role::Shard)),
                        ShardSlot::Entry(link) if all => {
                            children.push(child(link.cid, &named(&link.name), Role::Entry));
                        }
                        ShardSlot::Entry(_) => {}
                    }
                }
            }
        }
        self.check(slot, &children)?;
        Ok((file_bytes, children))
    }

    fn check(&self, slot: &Slot, children: &[Slot]) -> Result<(), UnixfsError> {
        if !children.is_empty() && slot.depth >= self.limits.depth {
            return Err(UnixfsError::Limit {
                cid: slot.cid,
                what: "the depth in levels",
                actual: u64::from(slot.depth) + 1,
                limit: self.limits.depth.into(),
            });
        }
        let waiting = (self.queue.len() + children.len()) as u64;
        if waiting > self.limits.directory_entries {
            return Err(UnixfsError::Limit {
                cid: slot.cid,
                what: "the number of links waiting in the walk",
                actual: waiting,
                limit: self.limits.directory_entries,
            });
        }
        Ok(())
    }
}

impl Stream for Walk {
    type Item = WalkItem;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<WalkItem>> {
        let this = &mut *self;
        loop {
            if !this.options.duplicates || this.options.skip_leaves.is_some() {
                while this.queue.front().is_some_and(|slot| this.is_skipped(slot.cid)) {
                    let skipped = this.queue.pop_front().and_then(|slot| slot.request);
                    if let Some(request) = skipped
                        && this.answers.remove(&request).is_none()
                    {
                        this.abandoned.insert(request, ());
                    }
                }
            }
            let Some(front) = this.queue.front() else { return Poll::Ready(None) };
            if let Some(answer) = front.request.and_then(|request| this.answers.remove(&request)) {
                let Some(slot) = this.queue.pop_front() else { return Poll::Ready(None) };
                if !this.options.duplicates {
                    this.seen.insert(slot.cid);
                }
                return Poll::Ready(Some(this.expand(slot, answer)));
            }
            this.ask();
            match Pin::new(&mut this.asked).poll_next(context) {
                Poll::Ready(Some((request, answer))) => {
                    if this.abandoned.remove(&request).is_none() {
                        this.answers.insert(request, answer);
                    }
                }
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl EntityBytes {
    /// The bytes that this means in an entity of `size_bytes`: from (inclusive) and to (exclusive), both
    /// at most `size_bytes`; equal when there are none.
    #[must_use]
    pub fn resolve(self, size_bytes: u64) -> (u64, u64) {
        let place = |position: i64| {
            if position < 0 {
                size_bytes.saturating_sub(position.unsigned_abs())
            } else {
                position.unsigned_abs()
            }
        };
        let from = place(self.from).min(size_bytes);
        let to = match self.to {
            // A last byte before the first one: nothing.
            Some(to) if to < 0 && to.unsigned_abs() > size_bytes => 0,
            Some(to) => place(to).saturating_add(1).min(size_bytes),
            None => size_bytes,
        };
        (from, to.max(from))
    }
}
