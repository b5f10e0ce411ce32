//! A semaphore that needs no runtime: at most so many requests under way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use futures::channel::oneshot;

#[derive(Default)]
struct State {
    free: usize,
    waiting: VecDeque<oneshot::Sender<Permit>>,
}

/// Hands out permits, first come first served.
pub(crate) struct Permits {
    state: Arc<Mutex<State>>,
}

/// Given back when dropped.
pub(crate) struct Permit {
    state: Option<Arc<Mutex<State>>>,
}

impl Permits {
    pub(crate) fn new(count: usize) -> Self {
        Self { state: Arc::new(Mutex::new(State { free: count.max(1), waiting: VecDeque::new() })) }
    }

    pub(crate) async fn acquire(&self) -> Permit {
        let receiver = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.free > 0 {
                state.free -= 1;
                return Permit { state: Some(Arc::clone(&self.state)) };
            }
            let (sender, receiver) = oneshot::channel();
            state.waiting.push_back(sender);
            receiver
        };
        // The sender is dropped only together with the semaphore; an empty permit then bars nobody.
        receiver.await.unwrap_or(Permit { state: None })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(shared) = self.state.take() else { return };
        loop {
            let next = {
                let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(next) = state.waiting.pop_front() else {
                    state.free += 1;
                    return;
                };
                next
            };
            // A permit sent to someone who stopped waiting comes back, and is passed on without recursion.
            match next.send(Permit { state: Some(Arc::clone(&shared)) }) {
                Ok(()) => return,
                Err(mut refused) => refused.state = None,
            }
        }
    }
}
