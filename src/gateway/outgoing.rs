//! What waits for a socket, and how it becomes a frame.
use std::sync::Arc;
use stomp::{
    AckMode,
    encode::{self, Delivery, SharedMessage},
};
use wire::destination::Topic;

/// Estimate of what a queued frame costs beside its text.
const FRAME_OVERHEAD: usize = 64;

/// A topic that a session watches, under an id of the client's choice.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    /// Chosen by the client.
    pub(crate) id: Box<str>,
    /// What is watched.
    pub(crate) topic: Topic,
    /// Are its messages acknowledged?
    pub(crate) ack: AckMode,
}

/// What becomes of an event that a slow client has no room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// It must arrive.
    Lasting,
    /// It may be dropped when the queue is full; a session that was away still gets it.
    Passing,
    /// It may be dropped, and is of no use later.
    Fleeting,
}

/// The errors queue, as a client watches it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ErrorsQueue {
    /// Chosen by the client.
    pub(crate) id: Box<str>,
    /// As the client wrote it: it has two forms.
    pub(crate) destination: Box<str>,
}

/// An event on its way to one subscription.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    /// Unique in the session, growing: `message-id` and `ack`.
    pub(crate) number: u64,
    /// Where it goes.
    pub(crate) subscription: Arc<Subscription>,
    /// What all receivers share.
    pub(crate) message: SharedMessage,
    /// Set on the result of an action of this session.
    pub(crate) receipt: Option<Arc<str>>,
    /// May it be dropped?
    pub(crate) urgency: Urgency,
}

/// A failed request, as the errors queue tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// JSON of the error.
    pub(crate) body: String,
    /// Which request failed.
    pub(crate) request: Failed,
}

/// Names the request that failed. One of the two always: an error that names nothing fails everything that the client
/// waits for (protocol 2.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// A SEND, by its receipt.
    Receipt(String),
    /// A SUBSCRIBE, by its id.
    Subscription(String),
}

/// One frame in a send queue.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// Finished text.
    Frame(String),
    /// For the errors queue, with its `message-id`.
    Failure(Failure, Arc<ErrorsQueue>, u64),
    /// For a topic.
    Event(Outgoing),
}

impl Outgoing {
    /// Bytes it occupies while it waits; the shared part is counted by everyone who holds it.
    pub(crate) fn cost(&self) -> usize {
        let receipt = self.receipt.as_ref().map_or(0, |receipt| receipt.len());
        FRAME_OVERHEAD + self.message.shared_bytes() + self.subscription.id.len() + receipt
    }

    fn write(&self, out: &mut String) {
        let destination = self.subscription.topic.to_string();
        let delivery = Delivery {
            subscription: &self.subscription.id,
            message_id: self.number,
            // Clients that asked for none may still want the header, and those that send no ACK lose nothing.
            is_acknowledged: true,
            receipt_id: self.receipt.as_deref(),
            destination: Some(&destination),
            ..Delivery::default()
        };
        encode::write_message(out, &self.message, &delivery);
    }
}

impl Item {
    /// Bytes it occupies while it waits.
    pub(crate) fn cost(&self) -> usize {
        match self {
            Self::Frame(text) => FRAME_OVERHEAD + text.len(),
            Self::Failure(failure, queue, _) => FRAME_OVERHEAD + failure.body.len() + queue.id.len(),
            Self::Event(outgoing) => outgoing.cost(),
        }
    }

    /// Bytes that count against the limit of a send queue. Answers do not: a client has one at a time, since nothing is
    /// read before it is written, and it asked for it.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Frame(_) => 0,
            Self::Failure(..) | Self::Event(_) => self.cost(),
        }
    }

    /// May it be dropped to make room?
    pub(crate) fn is_droppable(&self) -> bool {
        matches!(self, Self::Event(outgoing) if outgoing.urgency != Urgency::Lasting)
    }

    /// Text of the WebSocket message.
    pub(crate) fn into_text(self) -> String {
        match self {
            Self::Frame(text) => text,
            Self::Failure(failure, queue, number) => failure_frame(&failure, &queue, number),
            Self::Event(outgoing) => {
                let mut out = String::new();
                outgoing.write(&mut out);
                out
            }
        }
    }
}

fn failure_frame(failure: &Failure, queue: &ErrorsQueue, number: u64) -> String {
    let mut delivery = Delivery { subscription: &queue.id, message_id: number, ..Delivery::default() };
    match &failure.request {
        Failed::Receipt(receipt) => delivery.receipt_id = Some(receipt),
        Failed::Subscription(id) => delivery.subscription_id = Some(id),
    }
    encode::message(&queue.destination, encode::JSON, &failure.body, &delivery)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::UserId;
    use wire::destination::UserTopic;

    #[test]
    fn an_event_names_its_subscription_its_topic_and_how_to_acknowledge_it() {
        let outgoing = Outgoing {
            number: 42,
            subscription: Arc::new(Subscription {
                id: "s-1".into(),
                topic: Topic::User(UserId(7), UserTopic::Calls),
                ack: AckMode::ClientIndividual,
            }),
            message: SharedMessage::without_destination(encode::JSON, "{}"),
            receipt: Some("r-1".into()),
            urgency: Urgency::Lasting,
        };
        let expected = "MESSAGE\nsubscription:s-1\nmessage-id:42\nack:42\nreceipt-id:r-1\n\
                        destination:/topic/v1/users/7.calls\ncontent-type:application/json\ncontent-length:2\n\n{}\0";
        let cost = outgoing.cost();
        let text = Item::Event(outgoing).into_text();
        assert_eq!(text, expected);
        assert!(cost <= text.len() + FRAME_OVERHEAD);
    }

    #[test]
    fn a_failure_names_the_request_and_the_queue_as_it_is_watched() {
        let queue = Arc::new(ErrorsQueue { id: "e".into(), destination: "/user/queue/errors".into() });
        let failure = |request| {
            Item::Failure(Failure { body: "{}".to_owned(), request }, queue.clone(), 42).into_text()
        };
        let text = failure(Failed::Receipt("r".to_owned()));
        for header in ["receipt-id:r", "subscription:e", "message-id:42", "destination:/user/queue/errors"] {
            assert!(text.contains(&format!("\n{header}\n")), "{text}");
        }
        assert!(failure(Failed::Subscription("s".to_owned())).contains("\nsubscription-id:s\n"));
    }
}
