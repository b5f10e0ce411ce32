//! Which gateway is asked for a block, and when a second one is: [`Choice`] over several sources.
//!
//! The page's way to blocks. Sources are ranked by what they did so far ([`health`]); when the first is
//! late a second one is asked too (a hedge), and the first right answer wins. A source that sends wrong
//! bytes is named and never asked again. Every wait has a deadline, every retry a pause with jitter, and
//! dropping the future of [`Choice::get`] cancels all requests behind it.
//!
//! Archives ([`Choice::dag`]) are asked for in the same way: who sends the first block sends the others too.
//!
//! Time comes from outside through [`Timer`], so that all of this is tested without a clock.
//!
//! Not in here: what a request looks like (that is the [`BlockSource`]'s business) and caching.

use std::sync::{Arc, Mutex};

use futures::StreamExt;
use futures::channel::oneshot;
use futures::future::{Either, select};
use futures::stream::FuturesUnordered;

use crate::block::{BlockError, BlockGet, BlockSource, FetchError, GetError, Hasher, VerifiedBlock, Want};
use crate::cid::Cid;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};
use crate::permits::{Permit, Permits};

pub mod health;

use crate::together::{self, Together};
use health::{Health, Outcome};

/// Blocks of a stream that are hashed at once.
const STREAM_AHEAD: usize = 8;

/// Tells a stream that runs ahead when there may be room for its next block; `None`: there is.
pub type Room<'a> = dyn Fn() -> Option<oneshot::Receiver<()>> + 'a;

/// Time, as the host has it.
pub trait Timer: MaybeSend + MaybeSync {
    /// Milliseconds that never go backwards; the origin does not matter.
    fn now_ms(&self) -> f64;
    /// Waits.
    fn sleep(&self, duration_ms: f64) -> BoxFuture<'static, ()>;
    /// A number in `0.0..1.0`, different each time, for jitter.
    fn jitter(&self) -> f64;
}

/// How patient to be. All times in milliseconds.
#[derive(Debug, Clone)]
pub struct Policy {
    /// A second source is asked when the first took this many times its usual time …
    pub hedge_factor: f64,
    /// … but not before this. 150 ms is three round trips of a continental gateway. For an archive, which costs more to
    /// begin and more to ask for twice, not before `hedge_unknown_ms`.
    pub hedge_min_ms: f64,
    /// … and always after this.
    pub hedge_max_ms: f64,
    /// After this, when the first was never asked before.
    pub hedge_unknown_ms: f64,
    /// One block must have come from somewhere by then.
    pub deadline_ms: f64,
    /// The first pause before all sources are asked again; doubles each round.
    pub retry_pause_ms: f64,
    /// How many rounds over all sources.
    pub rounds: u32,
    /// Requests under way at one source. HTTP/1.1 browsers open six connections a host.
    pub per_source: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            hedge_factor: 3.0,
            hedge_min_ms: 150.0,
            hedge_max_ms: 2_000.0,
            hedge_unknown_ms: 500.0,
            deadline_ms: 20_000.0,
            retry_pause_ms: 400.0,
            rounds: 3,
            per_source: 16,
        }
    }
}

/// What kind of source this is, for the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The server that the page came from.
    Origin,
    /// A gateway of `site.yaml`.
    Gateway,
    /// A gateway that the visitor entered.
    Added,
    /// The visitor's own node.
    Local,
    /// The Helia peer in this page.
    Peer,
}

struct Member {
    kind: Kind,
    source: Arc<dyn BlockSource>,
    health: Mutex<Health>,
    gate: Permits,
}

/// What a source began to send: its first block, and what follows.
struct Begun<'a> {
    member: &'a Member,
    first: VerifiedBlock,
    rest: Together<'a, Result<VerifiedBlock, FetchError>>,
    /// Until the last of it came, it is a request under way.
    _permit: Permit,
}

/// Several sources of which each block is taken from the best; see the module's description.
pub struct Choice {
    policy: Policy,
    timer: Arc<dyn Timer>,
    hasher: Arc<dyn Hasher>,
    members: Mutex<Vec<Arc<Member>>>,
}

/// One source with what it did, for the panel in the page.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceStatus {
    /// Its address or name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// What it did.
    pub health: Health,
}

impl Choice {
    /// No sources yet.
    #[must_use]
    pub fn new(policy: Policy, timer: Arc<dyn Timer>, hasher: Arc<dyn Hasher>) -> Self {
        Self { policy, timer, hasher, members: Mutex::new(Vec::new()) }
    }

    /// Adds a source behind the others. One with the same name is replaced and forgiven.
    pub fn add(&self, kind: Kind, source: Arc<dyn BlockSource>) {
        let gate = Permits::new(self.policy.per_source);
        let member = Arc::new(Member { kind, source, health: Mutex::new(Health::default()), gate });
        let mut members = lock(&self.members);
        match members.iter_mut().find(|known| known.source.name() == member.source.name()) {
            Some(known) => *known = member,
            None => members.push(member),
        }
    }

    /// Removes the source of that name.
    pub fn remove(&self, name: &str) {
        lock(&self.members).retain(|member| member.source.name() != name);
    }

    /// Every source with what it did so far, in the order in which they were added.
    #[must_use]
    pub fn status(&self) -> Vec<SourceStatus> {
        let members = lock(&self.members);
        members
            .iter()
            .map(|member| SourceStatus {
                name: member.source.name().to_owned(),
                kind: member.kind,
                health: lock(&member.health).clone(),
            })
            .collect()
    }

    /// The sources that may be asked now, best first.
    fn ranked(&self) -> Vec<Arc<Member>> {
        let now_ms = self.timer.now_ms();
        let members = lock(&self.members).clone();
        let mut ranked: Vec<(f64, usize, Arc<Member>)> = members
            .into_iter()
            .enumerate()
            .filter_map(|(position, member)| {
                let cost = lock(&member.health).cost(now_ms, position)?;
                Some((cost, position, member))
            })
            .collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        ranked.into_iter().map(|(_, _, member)| member).collect()
    }

    /// Gets one block from whoever has it first.
    ///
    /// # Errors
    /// [`GetError`] with what every source said, when all rounds or the deadline are over.
    pub async fn get(&self, cid: Cid) -> Result<VerifiedBlock, GetError> {
        if let Some(block) = VerifiedBlock::inline(cid) {
            return Ok(block);
        }
        let failures = Mutex::new(Vec::new());
        let work = std::pin::pin!(self.rounds(cid, &failures));
        let deadline = self.timer.sleep(self.policy.deadline_ms);
        let timed_out = match select(work, deadline).await {
            Either::Left((Some(block), _)) => return Ok(block),
            Either::Left((None, _)) => false,
            Either::Right(_) => true,
        };
        let mut attempts = std::mem::take(&mut *lock(&failures));
        if timed_out {
            let reason = format!("no answer within {} s", self.policy.deadline_ms / 1000.0);
            attempts.push(FetchError::Unreachable { origin: "every source".to_owned(), reason });
        } else if attempts.is_empty() {
            // Sources that lied before are not asked; say so instead of "there is no source".
            attempts.extend(lock(&self.members).iter().filter_map(|member| {
                let cid = lock(&member.health).lied?;
                Some(FetchError::Corrupt { origin: member.source.name().to_owned(), cid })
            }));
        }
        Err(GetError { cid, attempts })
    }

    async fn rounds(&self, cid: Cid, failures: &Mutex<Vec<FetchError>>) -> Option<VerifiedBlock> {
        let mut pause_ms = self.policy.retry_pause_ms;
        for round in 0..self.policy.rounds {
            if round > 0 {
                self.timer.sleep(pause_ms * (0.5 + self.timer.jitter())).await;
                pause_ms *= 2.0;
            }
            let before = lock(failures).len();
            let members = self.ranked();
            if let Some(begun) = self.round(&members, &Want::Blocks(vec![cid]), failures).await {
                return Some(begun.first);
            }
            // Asking again helps against a broken connection only: who does not have the block, or lied, is final.
            let worth_asking_again = lock(failures)[before..]
                .iter()
                .any(|failure| matches!(failure, FetchError::Unreachable { .. }));
            if !worth_asking_again {
                return None;
            }
        }
        None
    }

    /// Asks one source after the other, the next when one failed or is late, until one begins to send `want`.
    async fn round<'a>(
        &'a self,
        members: &'a [Arc<Member>],
        want: &Want,
        failures: &Mutex<Vec<FetchError>>,
    ) -> Option<Begun<'a>> {
        let least_ms = match want {
            Want::Blocks(_) => self.policy.hedge_min_ms,
            Want::Dag { .. } => self.policy.hedge_unknown_ms,
        };
        let mut waiting = members.iter();
        let mut running = FuturesUnordered::new();
        loop {
            let Some(member) = waiting.next() else {
                // Nobody is left to ask: wait for those that were.
                while let Some(answer) = running.next().await {
                    match answer {
                        Ok(begun) => return Some(begun),
                        Err(failure) => lock(failures).push(failure),
                    }
                }
                return None;
            };
            let patience_ms = match lock(&member.health).latency_ms {
                Some(usual_ms) => {
                    (usual_ms * self.policy.hedge_factor).clamp(least_ms, self.policy.hedge_max_ms)
                }
                None => self.policy.hedge_unknown_ms,
            };
            running.push(self.attempt(member, want.clone()));
            if waiting.len() == 0 {
                continue;
            }
            match select(running.next(), self.timer.sleep(patience_ms)).await {
                Either::Left((Some(Ok(begun)), _)) => return Some(begun),
                Either::Left((Some(Err(failure)), _)) => lock(failures).push(failure),
                // Late: the next source is asked as well, the first may still win.
                Either::Left((None, _)) | Either::Right(_) => {}
            }
        }
    }

    /// Hands the blocks of `want` to `take` as a source sends them, each verified, until `take` says that it is enough.
    /// Sources are asked as for a block: a late one is overtaken, and remembered as late, broken or lying. Ends early
    /// where nobody begins in time, or who began breaks off, is late, or sends something wrong: what lacks then is asked
    /// for block by block. After each block the stream rests until there is `room` for the next.
    pub async fn dag(&self, want: Want, mut take: impl FnMut(VerifiedBlock) -> bool, room: &Room<'_>) {
        let mut members = self.ranked();
        members.retain(|member| !lock(&member.health).no_archives);
        let failures = Mutex::default();
        let beginning = std::pin::pin!(self.round(&members, &want, &failures));
        let deadline = self.timer.sleep(self.policy.deadline_ms);
        let Either::Left((Some(begun), _)) = select(beginning, deadline).await else { return };
        let Begun { member, first: mut block, mut rest, _permit } = begun;
        loop {
            if !take(block) {
                return;
            }
            while let Some(free) = room() {
                // Nobody frees it any more: the next look says that there is room.
                let _ = free.await;
            }
            let before_ms = self.timer.now_ms();
            // Only the source knows whether bytes come.
            let patience = self.timer.sleep(self.policy.deadline_ms);
            let next = select(rest.next(), patience).await;
            let took_ms = self.timer.now_ms() - before_ms;
            block = match next {
                Either::Left((Some(Ok(next)), _)) => {
                    self.record(member, Outcome::Streamed { bytes: next.bytes().len() as u64, took_ms });
                    next
                }
                Either::Left((Some(Err(failure)), _)) => {
                    return self.record(member, Outcome::of(&failure));
                }
                Either::Left((None, _)) => return,
                Either::Right(_) => return self.record(member, Outcome::GivenUp { after_ms: took_ms }),
            };
        }
    }

    /// What `member` sends of `want`, hashed while the next blocks are on their way and handed on in order.
    fn verified<'a>(
        &'a self,
        member: &'a Member,
        want: Want,
    ) -> Together<'a, Result<VerifiedBlock, FetchError>> {
        let name = member.source.name();
        let verifying = member.source.fetch(want).map(move |item| -> BoxFuture<'_, _> {
            Box::pin(async move {
                match item?.verify(&*self.hasher).await {
                    Ok(block) => Ok(block),
                    Err(BlockError::Mismatch { cid, .. }) => {
                        Err(FetchError::Corrupt { origin: name.to_owned(), cid })
                    }
                    Err(other) => {
                        Err(FetchError::Malformed { origin: name.to_owned(), reason: other.to_string() })
                    }
                }
            })
        });
        together::in_order(verifying, STREAM_AHEAD)
    }

    /// One request to one source until its first block, which is verified, and remembered in its health.
    async fn attempt<'a>(&'a self, member: &'a Member, want: Want) -> Result<Begun<'a>, FetchError> {
        let permit = member.gate.acquire().await;
        let started_ms = self.timer.now_ms();
        let mut watch = Watch { member, timer: &*self.timer, started_ms, finished: false };
        let asked = match &want {
            Want::Blocks(cids) => cids.first().copied(),
            Want::Dag { .. } => None,
        };
        let origin = || member.source.name().to_owned();
        let mut rest = self.verified(member, want);
        let answer = match (rest.next().await, asked) {
            (Some(Ok(block)), Some(cid)) if block.cid() != cid => {
                let reason = format!("asked for {cid}, it sent {}", block.cid());
                Err(FetchError::Malformed { origin: origin(), reason })
            }
            (Some(answer), _) => answer,
            (None, Some(cid)) => Err(FetchError::NotHere { origin: origin(), cid }),
            (None, None) => {
                let reason = "an archive of nothing".to_owned();
                Err(FetchError::Malformed { origin: origin(), reason })
            }
        };
        let outcome = match &answer {
            Ok(block) => {
                let took_ms = self.timer.now_ms() - started_ms;
                Outcome::Block { bytes: block.bytes().len() as u64, took_ms }
            }
            // Blocks are asked for one by one then: it may well have them.
            Err(FetchError::Malformed { .. }) if asked.is_none() => Outcome::NoArchive,
            Err(failure) => Outcome::of(failure),
        };
        watch.finished = true;
        self.record(member, outcome);
        answer.map(|first| Begun { member, first, rest, _permit: permit })
    }

    fn record(&self, member: &Member, outcome: Outcome) {
        let now_ms = self.timer.now_ms();
        lock(&member.health).record(outcome, now_ms);
    }
}

/// Takes note of a request that was given up because another source was faster.
struct Watch<'a> {
    member: &'a Member,
    timer: &'a dyn Timer,
    started_ms: f64,
    finished: bool,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !self.finished {
            let now_ms = self.timer.now_ms();
            lock(&self.member.health).record(Outcome::GivenUp { after_ms: now_ms - self.started_ms }, now_ms);
        }
    }
}

impl BlockGet for Choice {
    fn block(&self, cid: Cid) -> BoxFuture<'_, Result<VerifiedBlock, GetError>> {
        Box::pin(self.get(cid))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic while one of these short sections runs leaves plain numbers behind: they stay usable.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
