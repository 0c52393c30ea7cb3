//! Frames that wait for one socket.
//!
//! ```text
//!   push ─▶ items ─▶ pop ─▶ socket
//!     └ beyond `limit` bytes: what is true for a moment only is dropped
//!          └ still beyond it: closing, as Slow     a client that lost frames must come back and resume
//! ```
//!
//! The limit is for what others cause; a client's own answers do not count, and an empty queue takes an item of any size.
//! When full, typing, keystrokes and presence go first: the next ones say the same better. When that is not enough the
//! connection is closed: dropping other frames silently would be the one thing a client cannot notice. What
//! waited is handed back to the session and sent again after it resumed.
//!
//! Invariant: once `closing` is set nothing is added any more; only a restart lets the last request be answered.
use crate::{close::CloseReason, outgoing::Item};
use parking_lot::Mutex;
use std::{collections::VecDeque, mem};
use tokio::sync::Notify;

/// An emptied queue keeps room for this many items; the room of a burst is given back.
const KEPT_CAPACITY: usize = 8;

/// The queue is closed; the item was not added.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// Shared by the connection's task, which pops, and the session, which pushes.
pub(crate) struct SendQueue {
    inner: Mutex<Inner>,
    /// One waiter: the connection's task.
    changed: Notify,
}

struct Inner {
    items: VecDeque<Item>,
    bytes: usize,
    limit: usize,
    closing: Option<CloseReason>,
}

impl SendQueue {
    /// `limit`: bytes that may wait.
    pub(crate) fn new(limit: usize) -> Self {
        let inner = Inner { items: VecDeque::new(), bytes: 0, limit, closing: None };
        Self { inner: Mutex::new(inner), changed: Notify::new() }
    }

    /// Adds an item, or closes the queue because it is full. What may be dropped is dropped before that.
    pub(crate) fn push(&self, item: Item) -> Result<(), Closed> {
        let mut inner = self.inner.lock();
        if inner.closing.is_some_and(|reason| reason != CloseReason::Restart) {
            return Err(Closed);
        }
        if inner.bytes + item.weight() > inner.limit {
            inner.drop_passing();
        }
        let bytes = inner.bytes + item.weight();
        if bytes > inner.limit && inner.bytes > 0 {
            if item.is_droppable() {
                return Ok(());
            }
            inner.closing.get_or_insert(CloseReason::Slow);
            drop(inner);
            self.changed.notify_one();
            return Err(Closed);
        }
        inner.bytes = bytes;
        inner.items.push_back(item);
        drop(inner);
        self.changed.notify_one();
        Ok(())
    }

    /// Adds an item that was accepted once already: the limit grows with it, so that a replay never counts as slowness.
    pub(crate) fn push_again(&self, item: Item) -> Result<(), Closed> {
        {
            let mut inner = self.inner.lock();
            inner.limit = inner.limit.saturating_add(item.weight());
        }
        self.push(item)
    }

    /// Moves the oldest items to `batch`, about `bytes` of them.
    pub(crate) fn pop(&self, batch: &mut Vec<Item>, bytes: usize) {
        let mut inner = self.inner.lock();
        let mut taken = 0;
        while taken < bytes {
            let Some(item) = inner.items.pop_front() else { break };
            taken += item.cost();
            inner.bytes -= item.weight();
            batch.push(item);
        }
        if inner.items.is_empty() && inner.items.capacity() > KEPT_CAPACITY {
            inner.items.shrink_to(KEPT_CAPACITY);
        }
    }

    /// Takes everything that still waits.
    pub(crate) fn take_all(&self) -> VecDeque<Item> {
        let mut inner = self.inner.lock();
        inner.bytes = 0;
        mem::take(&mut inner.items)
    }

    /// Lets the connection end. The first reason stays.
    pub(crate) fn close(&self, reason: CloseReason) {
        self.inner.lock().closing.get_or_insert(reason);
        self.changed.notify_one();
    }

    /// Why the connection is to end, if it is.
    pub(crate) fn closing(&self) -> Option<CloseReason> {
        self.inner.lock().closing
    }

    /// Bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.inner.lock().bytes
    }

    /// Waits for an item or for `close`. May return early, never late.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}

impl Inner {
    /// Drops what waits and is true for a moment only.
    fn drop_passing(&mut self) {
        self.items.retain(|item| !item.is_droppable());
        self.bytes = self.items.iter().map(Item::weight).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outgoing::{Outgoing, Subscription, Urgency};
    use model::UserId;
    use std::sync::Arc;
    use stomp::{
        AckMode,
        encode::{JSON, SharedMessage},
    };
    use wire::destination::{Topic, UserTopic};

    /// An event of so many bytes.
    fn item(bytes: usize) -> Item {
        event(bytes, Urgency::Lasting)
    }

    fn event(bytes: usize, urgency: Urgency) -> Item {
        let event = |body: &str| {
            Item::Event(Outgoing {
                number: 1,
                subscription: Arc::new(Subscription {
                    id: "s".into(),
                    topic: Topic::User(UserId(7), UserTopic::Own),
                    ack: AckMode::Auto,
                }),
                message: SharedMessage::without_destination(JSON, body),
                receipt: None,
                urgency,
            })
        };
        // content-length has three digits.
        let item = event(&"x".repeat(bytes - event(&"x".repeat(100)).cost() + 100));
        assert_eq!(item.cost(), bytes);
        item
    }

    fn answer(bytes: usize) -> Item {
        Item::Frame("x".repeat(bytes))
    }

    fn popped(queue: &SendQueue) -> usize {
        let mut batch = Vec::new();
        queue.pop(&mut batch, usize::MAX);
        batch.len()
    }

    #[test]
    fn a_queue_takes_what_fits_and_closes_one_byte_past_it() {
        let queue = SendQueue::new(1000);
        assert_eq!(queue.push(item(400)), Ok(()));
        assert_eq!(queue.push(item(600)), Ok(()), "at the limit");
        assert_eq!(queue.closing(), None);
        assert_eq!(queue.push(item(300)), Err(Closed), "past it");
        assert_eq!(queue.closing(), Some(CloseReason::Slow));
        assert_eq!(queue.take_all().len(), 2, "what was accepted is still there");
    }

    #[test]
    fn what_is_true_for_a_moment_is_dropped_before_the_queue_closes() {
        let queue = SendQueue::new(1000);
        queue.push(event(400, Urgency::Passing)).unwrap();
        queue.push(item(300)).unwrap();
        queue.push(event(300, Urgency::Fleeting)).unwrap();
        assert_eq!(queue.push(item(700)), Ok(()), "both went");
        assert_eq!((popped(&queue), queue.bytes()), (2, 0));
        queue.push(item(900)).unwrap();
        assert_eq!(queue.push(event(300, Urgency::Passing)), Ok(()), "dropped itself");
        assert_eq!((queue.bytes(), queue.closing()), (900, None));
        assert_eq!(queue.push(item(300)), Err(Closed));
    }

    #[test]
    fn what_was_popped_makes_room() {
        let queue = SendQueue::new(1000);
        for _ in 0..10 {
            assert_eq!(queue.push(item(999)), Ok(()));
            assert_eq!(popped(&queue), 1);
            assert_eq!(queue.bytes(), 0);
        }
    }

    #[test]
    fn a_batch_ends_once_it_is_large_enough() {
        let queue = SendQueue::new(10_000);
        for _ in 0..5 {
            queue.push(item(300)).unwrap();
        }
        let mut batch = Vec::new();
        queue.pop(&mut batch, 450);
        assert_eq!((batch.len(), queue.bytes()), (2, 900));
    }

    #[test]
    fn a_replay_does_not_count_against_the_limit() {
        let queue = SendQueue::new(300);
        for _ in 0..10 {
            assert_eq!(queue.push_again(item(300)), Ok(()));
        }
        assert_eq!(queue.push(item(300)), Ok(()), "live events have the whole limit");
        assert_eq!(queue.push(item(300)), Err(Closed));
    }

    #[test]
    fn answers_do_not_count_and_an_empty_queue_takes_an_event_of_any_size() {
        let queue = SendQueue::new(1000);
        assert_eq!(queue.push(answer(10_000)), Ok(()));
        assert_eq!(queue.push(item(999)), Ok(()));
        assert_eq!(queue.push(answer(10_000)), Ok(()));
        assert_eq!((popped(&queue), queue.bytes()), (3, 0));
        assert_eq!(SendQueue::new(300).push(item(999)), Ok(()));
    }

    #[test]
    fn a_closed_queue_takes_nothing_and_keeps_its_first_reason() {
        let queue = SendQueue::new(1000);
        queue.close(CloseReason::Replaced);
        queue.close(CloseReason::Slow);
        assert_eq!(queue.push(item(300)), Err(Closed));
        assert_eq!(queue.closing(), Some(CloseReason::Replaced));
    }

    #[test]
    fn a_restart_still_takes_the_last_answers() {
        let queue = SendQueue::new(1000);
        queue.close(CloseReason::Restart);
        assert_eq!(queue.push(answer(100)), Ok(()));
        assert_eq!(queue.push(item(900)), Ok(()));
        assert_eq!(queue.push(item(300)), Err(Closed), "within the limit");
        assert_eq!(queue.closing(), Some(CloseReason::Restart));
    }

    #[tokio::test]
    async fn a_change_before_the_wait_is_not_missed() {
        let queue = SendQueue::new(1000);
        queue.push(item(300)).unwrap();
        queue.changed().await;
        queue.close(CloseReason::Done);
        queue.changed().await;
    }
}
