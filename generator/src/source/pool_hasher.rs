//! [`PoolHasher`]: SHA2-256 on tokio's blocking threads, so that one reader uses several cores, and on each of them two
//! blocks side by side.

use std::collections::VecDeque;
use std::sync::{LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use futures::channel::oneshot;
use pinfold_core::block::{Hasher, SoftwareHasher};
use pinfold_core::maybe_send::BoxFuture;
use pinfold_hash::{sha2_256, sha2_256_pair};

/// Below this, handing a block over costs more than hashing it (64 KiB take about 40 µs).
const WORTH_A_THREAD_BYTES: usize = 64 << 10;

/// Hashes large blocks elsewhere, where a tokio runtime is around; small ones here.
#[derive(Debug, Clone, Copy, Default)]
pub struct PoolHasher;

impl Hasher for PoolHasher {
    fn sha2_256(&self, bytes: Bytes) -> BoxFuture<'_, [u8; 32]> {
        Box::pin(async move {
            if bytes.len() >= WORTH_A_THREAD_BYTES
                && let Ok(runtime) = tokio::runtime::Handle::try_current()
            {
                let (job, answer) = Job::new(bytes.clone());
                if QUEUE.add(job) {
                    drop(runtime.spawn_blocking(|| QUEUE.work()));
                }
                if let Ok(digest) = answer.await {
                    return digest;
                }
            }
            SoftwareHasher.sha2_256(bytes).await
        })
    }
}

/// A block that waits, and who waits for it.
struct Job {
    bytes: Bytes,
    answer: oneshot::Sender<[u8; 32]>,
}

impl Job {
    fn new(bytes: Bytes) -> (Self, oneshot::Receiver<[u8; 32]>) {
        let (answer, receiver) = oneshot::channel();
        (Self { bytes, answer }, receiver)
    }

    /// Whoever went away in the meantime is no error.
    fn tell(self, digest: [u8; 32]) {
        let _ = self.answer.send(digest);
    }
}

/// What waits to be hashed, by at most as many threads as there are cores: where there is much of it, it comes in pairs.
struct Queue {
    state: Mutex<State>,
    most_threads: usize,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
}

static QUEUE: LazyLock<Queue> =
    LazyLock::new(|| Queue::new(std::thread::available_parallelism().map_or(1, usize::from)));

impl Queue {
    fn new(most_threads: usize) -> Self {
        Self { state: Mutex::default(), most_threads }
    }

    /// Adds a job; whether a thread more is to work: the first at once, others when a pair waits.
    fn add(&self, job: Job) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.jobs.push_back(job);
        let is_more = state.threads == 0 || (state.jobs.len() > 1 && state.threads < self.most_threads);
        if is_more {
            state.threads += 1;
        }
        is_more
    }

    /// The next job, and a second one where it has as long a way to go. With none left the thread ends, and with a
    /// single one where another thread is at work, to which it is left: that one comes back, and finds a pair.
    fn take(&self) -> Option<(Job, Option<Job>)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.jobs.is_empty() || (state.jobs.len() == 1 && state.threads > 1) {
            state.threads -= 1;
            return None;
        }
        let first = state.jobs.pop_front()?;
        let is_like =
            |job: &Job| job.bytes.len() / 2 <= first.bytes.len() && first.bytes.len() / 2 <= job.bytes.len();
        let second = state.jobs.iter().position(is_like).and_then(|at| state.jobs.remove(at));
        Some((first, second))
    }

    /// Hashes until nothing is left.
    fn work(&self) {
        while let Some((first, second)) = self.take() {
            if let Some(second) = second {
                let [one, two] = sha2_256_pair([&first.bytes, &second.bytes]);
                first.tell(one);
                second.tell(two);
            } else {
                let digest = sha2_256(&first.bytes);
                first.tell(digest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(length_bytes: usize, content: u8) -> Bytes {
        vec![content; length_bytes].into()
    }

    #[test]
    fn jobs_come_in_pairs_of_like_length_and_none_is_forgotten() {
        let queue = Queue::new(1);
        let lengths = [100_000, 2_000_000, 90_000, 1_500_000, 100_000];
        let mut answers = Vec::new();
        for (at, length_bytes) in lengths.into_iter().enumerate() {
            let bytes = block(length_bytes, at as u8);
            let (job, answer) = Job::new(bytes.clone());
            assert_eq!(queue.add(job), at == 0, "one thread is enough");
            answers.push((bytes, answer));
        }
        let (first, second) = queue.take().unwrap();
        assert_eq!((first.bytes.len(), second.as_ref().map(|job| job.bytes.len())), (100_000, Some(90_000)));
        for job in [Some(first), second].into_iter().flatten() {
            let digest = sha2_256(&job.bytes);
            job.tell(digest);
        }
        queue.work();
        for (bytes, answer) in answers {
            assert_eq!(futures::executor::block_on(answer).unwrap(), sha2_256(&bytes));
        }
        let (job, _) = Job::new(block(10, 0));
        assert!(queue.add(job), "the thread has ended, another one may come");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn many_at_once() {
        let blocks: Vec<Bytes> = (0..40).map(|at| block(WORTH_A_THREAD_BYTES - 3 + at, at as u8)).collect();
        let hashed = blocks.iter().map(|bytes| PoolHasher.sha2_256(bytes.clone()));
        let found = futures::future::join_all(hashed).await;
        let expected: Vec<_> = blocks.iter().map(|bytes| sha2_256(bytes)).collect();
        assert_eq!(found, expected);
    }
}
