//! Futures side by side: [`in_order`] and [`as_they_come`].
//!
//! What `futures` has for it (`buffered`, `buffer_unordered`) is compiled anew for each kind of future, 3 kB a time;
//! here boxed ones share all but the values.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures::stream::FuturesUnordered;
use futures::{Stream, StreamExt};

use crate::maybe_send::{BoxFuture, BoxStream, MaybeSend};

/// What futures gave that run at the same time; dropping it drops them.
pub struct Together<'a, T> {
    /// `None` when there are no more.
    source: Option<BoxStream<'a, BoxFuture<'a, T>>>,
    at_once: usize,
    ordered: bool,
    running: FuturesUnordered<BoxFuture<'a, ()>>,
    /// What is there, with its number.
    done: Arc<Mutex<Vec<(usize, T)>>>,
    started: usize,
    given: usize,
}

/// Runs up to `at_once` of these futures at a time; gives their values in their order.
pub fn in_order<'a, T: MaybeSend + 'a>(
    futures: impl Stream<Item = BoxFuture<'a, T>> + MaybeSend + 'a,
    at_once: usize,
) -> Together<'a, T> {
    together(Box::pin(futures), at_once, true)
}

/// Runs up to `at_once` of these futures at a time; gives each value when it is there.
pub fn as_they_come<'a, T: MaybeSend + 'a>(
    futures: impl Stream<Item = BoxFuture<'a, T>> + MaybeSend + 'a,
    at_once: usize,
) -> Together<'a, T> {
    together(Box::pin(futures), at_once, false)
}

fn together<'a, T>(
    source: BoxStream<'a, BoxFuture<'a, T>>,
    at_once: usize,
    ordered: bool,
) -> Together<'a, T> {
    Together {
        source: Some(source),
        at_once: at_once.max(1),
        ordered,
        running: FuturesUnordered::new(),
        done: Arc::default(),
        started: 0,
        given: 0,
    }
}

impl<'a, T: MaybeSend + 'a> Together<'a, T> {
    fn start(&mut self, future: BoxFuture<'a, T>) {
        let (done, at) = (Arc::clone(&self.done), self.started);
        self.started += 1;
        self.running.push(Box::pin(async move {
            let value = future.await;
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, value));
        }));
    }
}

impl<'a, T: MaybeSend + 'a> Stream for Together<'a, T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.get_mut();
        while this.started - this.given < this.at_once
            && let Some(source) = &mut this.source
        {
            match source.poll_next_unpin(context) {
                Poll::Ready(Some(future)) => this.start(future),
                Poll::Ready(None) => this.source = None,
                Poll::Pending => break,
            }
        }
        while let Poll::Ready(Some(())) = this.running.poll_next_unpin(context) {}
        let mut done = this.done.lock().unwrap_or_else(PoisonError::into_inner);
        match done.iter().position(|(at, _)| !this.ordered || *at == this.given) {
            Some(at) => {
                this.given += 1;
                Poll::Ready(Some(done.remove(at).1))
            }
            None if this.source.is_none() && this.running.is_empty() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::channel::oneshot;
    use futures::executor::block_on;
    use futures::stream;

    use super::*;

    /// Each waits for the one after it; the last is there at once.
    fn backwards(count: usize) -> Vec<BoxFuture<'static, usize>> {
        let mut next: Option<oneshot::Sender<()>> = None;
        (0..count)
            .map(|at| {
                let before = next.take();
                let (sender, receiver) = oneshot::channel();
                next = Some(sender);
                let last = at + 1 == count;
                let future: BoxFuture<'static, usize> = Box::pin(async move {
                    if !last {
                        let _ = receiver.await;
                    }
                    before.map(|before| before.send(()));
                    at
                });
                future
            })
            .collect()
    }

    #[test]
    fn values_come_in_order_or_as_they_are_there() {
        let all = |ordered: bool| {
            let futures = stream::iter(backwards(5));
            let together = if ordered { in_order(futures, 8) } else { as_they_come(futures, 8) };
            block_on(together.collect::<Vec<_>>())
        };
        assert_eq!(all(true), [0, 1, 2, 3, 4]);
        assert_eq!(all(false), [4, 3, 2, 1, 0]);
        assert!(block_on(in_order(stream::iter(backwards(0)), 0).collect::<Vec<_>>()).is_empty());
    }

    #[test]
    fn no_more_run_than_are_wanted() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let one = |at: usize| -> BoxFuture<'_, usize> {
            let (running, most) = (&running, &most);
            Box::pin(async move {
                most.fetch_max(running.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                let mut waited = 0;
                std::future::poll_fn(|context| {
                    waited += 1;
                    context.waker().wake_by_ref();
                    if waited > at % 4 { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
                running.fetch_sub(1, Ordering::Relaxed);
                at
            })
        };
        let values = block_on(in_order(stream::iter(0..40).map(one), 3).collect::<Vec<_>>());
        assert_eq!(values, (0..40).collect::<Vec<_>>());
        // Fewer where one is done before the next begins.
        assert!((2..=3).contains(&most.load(Ordering::Relaxed)));
    }
}
