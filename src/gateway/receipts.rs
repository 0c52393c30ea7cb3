//! Actions that a session has done: a SEND that is repeated with the same receipt gets the first result and is not done
//! again (design decision 7). Clients repeat what was in flight when they lost their socket.
//!
//! Failed actions are not remembered: repeating them is trying again.
use crate::outgoing::Subscription;
use model::limits;
use std::{collections::VecDeque, sync::Arc};
use stomp::encode::SharedMessage;

/// The event that carried the result of an action.
#[derive(Clone, Debug)]
pub(crate) struct Carrier {
    /// The subscription it went to; `None`: the session held none that could take it.
    pub(crate) subscription: Option<Arc<Subscription>>,
    /// The event.
    pub(crate) message: SharedMessage,
}

#[derive(Debug)]
struct Done {
    receipt: Arc<str>,
    carrier: Option<Carrier>,
}

/// The latest actions of one session, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    done: VecDeque<Done>,
    bytes: usize,
}

impl Receipts {
    /// The action succeeded.
    pub(crate) fn remember(&mut self, receipt: &str) {
        if self.find(receipt).is_some() {
            return;
        }
        if self.done.len() >= limits::MAX_REMEMBERED_RECEIPTS {
            self.forget_oldest();
        }
        self.done.push_back(Done { receipt: receipt.into(), carrier: None });
    }

    /// Its result. Results that are too large in sum are forgotten, the oldest first; their receipts stay.
    pub(crate) fn remember_carrier(&mut self, receipt: &str, carrier: Carrier) {
        let Some(done) = self.done.iter_mut().rev().find(|done| &*done.receipt == receipt) else { return };
        if done.carrier.is_some() {
            return;
        }
        self.bytes += carrier.message.shared_bytes();
        done.carrier = Some(carrier);
        let mut oldest_first = self.done.iter_mut();
        while self.bytes > limits::MAX_REMEMBERED_BYTES {
            let Some(done) = oldest_first.next() else { break };
            if let Some(carrier) = done.carrier.take() {
                self.bytes -= carrier.message.shared_bytes();
            }
        }
    }

    /// The result of an earlier action with this receipt; `None`: there was none.
    pub(crate) fn recall(&self, receipt: &str) -> Option<Option<Carrier>> {
        self.find(receipt).map(|done| done.carrier.clone())
    }

    fn find(&self, receipt: &str) -> Option<&Done> {
        self.done.iter().rev().find(|done| &*done.receipt == receipt)
    }

    fn forget_oldest(&mut self) {
        if let Some(Done { carrier: Some(carrier), .. }) = self.done.pop_front() {
            self.bytes -= carrier.message.shared_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stomp::encode::JSON;

    fn carrier(bytes: usize) -> Carrier {
        let overhead = SharedMessage::without_destination(JSON, "").shared_bytes();
        // The number of digits of content-length varies; a body of 1000s keeps it at four or five.
        let body = "x".repeat(bytes.saturating_sub(overhead));
        Carrier { subscription: None, message: SharedMessage::without_destination(JSON, &body) }
    }

    #[test]
    fn a_repeated_action_gets_the_first_result() {
        let mut receipts = Receipts::default();
        assert!(receipts.recall("a").is_none());
        receipts.remember("a");
        assert!(receipts.recall("a").is_some_and(|carrier| carrier.is_none()));
        receipts.remember_carrier("a", carrier(100));
        receipts.remember("a");
        receipts.remember_carrier("a", carrier(2000));
        let first = receipts.recall("a").flatten().expect("a result");
        assert_eq!(first.message, carrier(100).message);
    }

    #[test]
    fn so_many_actions_are_remembered_and_one_more_forgets_the_oldest() {
        let mut receipts = Receipts::default();
        for number in 0..limits::MAX_REMEMBERED_RECEIPTS {
            receipts.remember(&number.to_string());
            receipts.remember_carrier(&number.to_string(), carrier(100));
        }
        assert!(receipts.recall("0").is_some(), "at the limit");
        receipts.remember("one more");
        assert!(receipts.recall("0").is_none() && receipts.recall("1").is_some());
    }

    #[test]
    fn large_results_are_forgotten_before_their_receipts() {
        let mut receipts = Receipts::default();
        for name in ["a", "b"] {
            receipts.remember(name);
            receipts.remember_carrier(name, carrier(limits::MAX_REMEMBERED_BYTES / 2 + 100));
        }
        assert!(receipts.recall("a").is_some_and(|carrier| carrier.is_none()));
        assert!(receipts.recall("b").is_some_and(|carrier| carrier.is_some()));
        assert!(receipts.bytes <= limits::MAX_REMEMBERED_BYTES);
        receipts.remember("huge");
        receipts.remember_carrier("huge", carrier(2 * limits::MAX_REMEMBERED_BYTES));
        assert_eq!(receipts.bytes, 0);
    }

    #[test]
    fn a_result_without_its_receipt_is_not_kept() {
        let mut receipts = Receipts::default();
        receipts.remember_carrier("unknown", carrier(100));
        assert_eq!((receipts.bytes, receipts.done.len()), (0, 0));
    }
}
