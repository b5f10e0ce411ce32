//! [`BlockGet`]: one verified block at a time, from wherever. What `unixfs` reads from.

use super::{FetchError, VerifiedBlock, Want};
use crate::cid::Cid;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};

/// No source delivered the block. Says what each of them answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no source has block {cid}{}", describe(attempts))]
pub struct GetError {
    /// The block.
    pub cid: Cid,
    /// What the sources answered, in the order in which they were asked.
    pub attempts: Vec<FetchError>,
}

impl GetError {
    /// Whether a source delivered wrong bytes.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        self.attempts.iter().any(|attempt| matches!(attempt, FetchError::Corrupt { .. }))
    }
}

fn describe(attempts: &[FetchError]) -> String {
    if attempts.is_empty() {
        return String::new();
    }
    let texts: Vec<String> = attempts.iter().map(ToString::to_string).collect();
    format!(" ({})", texts.join("; "))
}

/// Delivers verified blocks. The [`crate::fetch::Fetcher`] is one, [`super::MemoryBlocks`] another.
pub trait BlockGet: MaybeSend + MaybeSync {
    /// The block, verified.
    fn block(&self, cid: Cid) -> BoxFuture<'_, Result<VerifiedBlock, GetError>>;

    /// The block, if nobody needs to be asked for it.
    fn at_hand(&self, cid: Cid) -> Option<VerifiedBlock> {
        let _ = cid;
        None
    }

    /// Says that these blocks will be asked for soon. Resolves when they came or will not come; a failure
    /// shows only when a block is asked for. Of a DAG no more is taken than `most_bytes`. Does nothing where blocks are
    /// at hand.
    fn prefetch(&self, want: Want, most_bytes: u64) -> BoxFuture<'_, ()> {
        let _ = (want, most_bytes);
        Box::pin(async {})
    }

    /// As [`BlockGet::prefetch`], where it is known which blocks `want` stands for: whoever asks for one of `blocks`
    /// meanwhile waits for it instead of asking a second time. Does nothing where that saves no round trips.
    fn expect(&self, want: Want, blocks: Vec<Cid>) -> BoxFuture<'_, ()> {
        let _ = (want, blocks);
        Box::pin(async {})
    }

    /// Resolves when the requests for what was asked for so far are sent. Whoever is about to compute for long waits for
    /// it, for in a browser both are done by one thread.
    fn sent(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

impl<G: BlockGet + ?Sized> BlockGet for std::sync::Arc<G> {
    fn expect(&self, want: Want, blocks: Vec<Cid>) -> BoxFuture<'_, ()> {
        (**self).expect(want, blocks)
    }
    fn sent(&self) -> BoxFuture<'_, ()> {
        (**self).sent()
    }
    fn block(&self, cid: Cid) -> BoxFuture<'_, Result<VerifiedBlock, GetError>> {
        (**self).block(cid)
    }
    fn at_hand(&self, cid: Cid) -> Option<VerifiedBlock> {
        (**self).at_hand(cid)
    }
    fn prefetch(&self, want: Want, most_bytes: u64) -> BoxFuture<'_, ()> {
        (**self).prefetch(want, most_bytes)
    }
}
