//! Open sockets, and how they are closed when the server stops.
use crate::{Gateway, close::CloseReason, send_queue::SendQueue};
use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{sync::Notify, time::timeout};
use tracing::{info, warn};

/// How long clients have to take what waits for them and to answer the close.
const PATIENCE: Duration = Duration::from_secs(4);

/// The send queues of all open sockets.
pub(crate) struct Sockets {
    inner: Mutex<Inner>,
    closed: Notify,
}

#[derive(Default)]
struct Inner {
    last_id: u64,
    open: HashMap<u64, Arc<SendQueue>>,
    is_draining: bool,
}

impl Sockets {
    pub(crate) fn new() -> Self {
        Self { inner: Mutex::default(), closed: Notify::new() }
    }

    /// A socket has opened. While the server stops, its queue is closed at once.
    pub(crate) fn add(&self, queue: &Arc<SendQueue>) -> u64 {
        let mut inner = self.inner.lock();
        inner.last_id += 1;
        let id = inner.last_id;
        inner.open.insert(id, queue.clone());
        if inner.is_draining {
            queue.close(CloseReason::Restart);
        }
        id
    }

    /// A socket has closed.
    pub(crate) fn remove(&self, id: u64) {
        self.inner.lock().open.remove(&id);
        self.closed.notify_waiters();
    }

    /// Closes all, and from now on all new ones. Returns how many were open.
    fn close_all(&self) -> usize {
        let mut inner = self.inner.lock();
        inner.is_draining = true;
        inner.open.values().for_each(|queue| queue.close(CloseReason::Restart));
        inner.open.len()
    }

    fn len(&self) -> usize {
        self.inner.lock().open.len()
    }

    async fn all_closed(&self) {
        loop {
            let closed = self.closed.notified();
            tokio::pin!(closed);
            // Registered before the look, so that the last one is not missed.
            closed.as_mut().enable();
            if self.len() == 0 {
                return;
            }
            closed.await;
        }
    }
}

impl Gateway {
    pub(crate) async fn drain_sockets(&self) {
        let count = self.sockets.close_all();
        if timeout(PATIENCE, self.sockets.all_closed()).await.is_err() {
            let left = self.sockets.len();
            warn!(left, "{left} of {count} clients did not answer the close in time");
        } else {
            info!(count, "{count} clients were told to come back");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn queue() -> Arc<SendQueue> {
        Arc::new(SendQueue::new(1000))
    }

    #[tokio::test]
    async fn draining_closes_what_is_open_and_what_opens_later_and_waits_for_the_last() {
        let sockets = Sockets::new();
        let (early, late) = (queue(), queue());
        let first = sockets.add(&early);
        assert_eq!(sockets.close_all(), 1);
        assert_eq!(early.closing(), Some(CloseReason::Restart));
        let second = sockets.add(&late);
        assert_eq!(late.closing(), Some(CloseReason::Restart));
        let waiting = sockets.all_closed();
        tokio::pin!(waiting);
        assert!((&mut waiting).now_or_never().is_none());
        sockets.remove(first);
        assert!((&mut waiting).now_or_never().is_none());
        sockets.remove(second);
        waiting.await;
    }
}
