//! What a source did so far, and what asking it again is expected to cost: [`Health`].

use crate::block::FetchError;
use crate::cid::Cid;

/// Weight of the newest measurement in the running means: about the last eight blocks count.
const NEWEST: f64 = 0.25;

/// Expected milliseconds of a source that nobody has asked yet.
const UNKNOWN_MS: f64 = 300.0;

/// A later place in the list costs this much, so that equal sources are asked in the maintainers' order.
const PLACE_MS: f64 = 20.0;

/// How long a source rests after its first failure in a row; doubles with each, at most a minute.
const REST_MS: f64 = 1_000.0;

/// How one request ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The right bytes came, of a block or of the first one of an archive.
    Block {
        /// How many.
        bytes: u64,
        /// From the request to the last byte.
        took_ms: f64,
    },
    /// A right block came in a stream with others, so long after the one before.
    Streamed {
        /// Its bytes.
        bytes: u64,
        /// Since the block before it, or since the request.
        took_ms: f64,
    },
    /// Nobody waited for the answer any longer: another source was faster, or the visitor cancelled.
    GivenUp {
        /// How long it had been waited for.
        after_ms: f64,
    },
    /// The source answered that it does not have the block.
    NotHere,
    /// It sent wrong bytes for this block.
    Lied(Cid),
    /// It was asked for an archive and gave another answer: it makes none.
    NoArchive,
    /// It could not be reached, or its answer made no sense.
    Failed(String),
}

impl Outcome {
    /// Of a request that failed like this.
    pub(super) fn of(failure: &FetchError) -> Self {
        match failure {
            FetchError::NotHere { .. } => Self::NotHere,
            FetchError::Corrupt { cid, .. } => Self::Lied(*cid),
            FetchError::Unreachable { .. } | FetchError::Malformed { .. } => {
                Self::Failed(failure.to_string())
            }
        }
    }
}

/// What a source did so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Health {
    /// Right blocks.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Milliseconds spent on them, requests side by side counted each.
    pub busy_ms: f64,
    /// Running mean of the time to a block.
    pub latency_ms: Option<f64>,
    /// Requests that failed.
    pub failures: u64,
    /// Requests that were answered with "not here".
    pub not_here: u64,
    /// Requests that were given up because they were late.
    pub given_up: u64,
    /// What the last failure said.
    pub last_failure: Option<String>,
    /// The block about which it lied; it is not asked again.
    pub lied: Option<Cid>,
    /// Whether it said that it makes no archives: it is asked for single blocks only. One that was late, or could not be
    /// reached, may well make them.
    pub no_archives: bool,
    failures_in_a_row: u32,
    rests_until_ms: f64,
}

impl Health {
    /// Takes note of how a request ended.
    pub fn record(&mut self, outcome: Outcome, now_ms: f64) {
        match outcome {
            Outcome::Block { bytes, took_ms } => {
                self.blocks += 1;
                self.bytes += bytes;
                self.busy_ms += took_ms;
                self.latency_ms = Some(match self.latency_ms {
                    Some(mean_ms) => mean_ms + (took_ms - mean_ms) * NEWEST,
                    None => took_ms,
                });
                self.failures_in_a_row = 0;
                self.rests_until_ms = 0.0;
            }
            Outcome::Streamed { bytes, took_ms } => {
                // What one of many takes says nothing of the next request's latency.
                self.blocks += 1;
                self.bytes += bytes;
                self.busy_ms += took_ms;
                self.failures_in_a_row = 0;
                self.rests_until_ms = 0.0;
            }
            // The answer would have taken longer than that; a quick cancel says nothing.
            Outcome::GivenUp { after_ms } => {
                if after_ms > self.latency_ms.unwrap_or(UNKNOWN_MS) {
                    self.latency_ms = Some(after_ms * 1.5);
                    self.given_up += 1;
                }
            }
            Outcome::NotHere => self.not_here += 1,
            Outcome::NoArchive => self.no_archives = true,
            Outcome::Lied(cid) => self.lied = Some(cid),
            Outcome::Failed(reason) => {
                self.failures += 1;
                self.last_failure = Some(reason);
                self.failures_in_a_row += 1;
                let doublings = self.failures_in_a_row.min(7) - 1;
                self.rests_until_ms = now_ms + REST_MS * f64::from(1u32 << doublings).min(60.0);
            }
        }
    }

    /// Expected milliseconds for a block, `None` when it must not be asked. `position` is its place in the list.
    #[must_use]
    pub fn cost(&self, now_ms: f64, position: usize) -> Option<f64> {
        if self.lied.is_some() {
            return None;
        }
        let rest_ms = (self.rests_until_ms - now_ms).max(0.0);
        // Who often answers "not here" is asked late, even when it answers fast.
        let asked = self.blocks + self.not_here;
        let miss = if asked < 4 { 0.0 } else { self.not_here as f64 / asked as f64 };
        let usual_ms = self.latency_ms.unwrap_or(UNKNOWN_MS);
        Some(usual_ms * (1.0 + 4.0 * miss) + rest_ms + PLACE_MS * position as f64)
    }
}
