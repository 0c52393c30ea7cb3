//! Frames of a connected client, one after the other.
//!
//! Each is handled by a task of its own, which the connection waits for before it reads on: a slow socket, or a lost one,
//! must not stop a domain action in the middle (it may hold the lock of a channel or a call), and a panic must end
//! nothing but itself.
use crate::{
    Gateway,
    outgoing::{ErrorsQueue, Failed, Failure},
    rendering::json_text,
    send_queue::SendQueue,
    session::Session,
};
use std::sync::Arc;
use stomp::{AckMode, Headers, encode};
use tracing::warn;
use wire::{
    destination::{self, Relay, Topic},
    error::{self, Public},
};

/// What a frame asks of a session. It owns what it needs: the frame is gone when it is handled.
pub(crate) enum Request {
    /// Do something.
    Send(SendRequest),
    /// Watch or read something.
    Subscribe(SubscribeRequest),
    /// Watch no longer.
    Unsubscribe {
        /// Of the subscription.
        id: String,
        /// To be answered.
        receipt: Option<String>,
    },
    /// End the session.
    Disconnect {
        /// To be answered.
        receipt: Option<String>,
    },
}

/// A SEND frame.
pub(crate) struct SendRequest {
    /// Empty when absent.
    pub(crate) destination: String,
    /// JSON, unchecked.
    pub(crate) body: Vec<u8>,
    /// To be answered, and to be put on the result.
    pub(crate) receipt: Option<String>,
}

/// A SUBSCRIBE frame.
pub(crate) struct SubscribeRequest {
    /// Chosen by the client.
    pub(crate) id: String,
    /// Empty when absent.
    pub(crate) destination: String,
    /// Are messages acknowledged?
    pub(crate) ack: AckMode,
    /// Parameters of relays.
    pub(crate) headers: Headers,
    /// To be answered.
    pub(crate) receipt: Option<String>,
}

/// Which session the connection goes on with.
pub(crate) enum Next {
    /// The same as before.
    Same,
    /// This one.
    Session(Arc<Session>),
}

impl Gateway {
    /// Handles one frame of a session whose socket has this queue.
    pub(crate) async fn handle(
        self: Arc<Self>,
        session: Arc<Session>,
        queue: Arc<SendQueue>,
        request: Request,
    ) -> Next {
        // The session may go on on another socket meanwhile. What was sent is done all the same; what belongs to the
        // old socket is void.
        let turn = session.turn.lock().await;
        match request {
            Request::Send(send) => {
                self.act(&session, send).await;
                self.announce(&session);
            }
            _ if !session.is_attached_to(&queue) => {}
            Request::Subscribe(subscribe) => {
                if let Some(former) = self.former_session(&session, &subscribe) {
                    drop(turn);
                    return self.continue_former(former, session, queue, subscribe).await;
                }
                self.subscribe(&session, subscribe).await;
                self.announce(&session);
            }
            Request::Unsubscribe { id, receipt } => {
                self.unsubscribe(&session, &id).await;
                if let Some(receipt) = receipt {
                    session.push_frame(encode::receipt(&receipt));
                }
            }
            Request::Disconnect { receipt } => {
                if let Some(receipt) = receipt {
                    session.push_frame(encode::receipt(&receipt));
                }
                self.end(&session).await;
            }
        }
        Next::Same
    }

    /// One SUBSCRIBE: the errors queue, a topic, or a relay. The caller holds the turn.
    pub(crate) async fn subscribe(&self, session: &Arc<Session>, request: SubscribeRequest) {
        if destination::is_errors_queue(&request.destination) {
            let (id, destination) = (request.id.as_str().into(), request.destination.as_str().into());
            session.watch_errors(Arc::new(ErrorsQueue { id, destination }));
            if let Some(receipt) = &request.receipt {
                session.push_frame(encode::receipt(receipt));
            }
            return;
        }
        let refused = if let Some(topic) = Topic::parse(&request.destination) {
            self.watch(session, topic, &request).await
        } else if let Some(relay) = Relay::parse(&request.destination) {
            self.read(session, &relay, &request).await
        } else {
            Err(unknown_destination().into())
        };
        if let Err(problem) = refused {
            self.fail(session, Failed::Subscription(request.id), &problem.face(session));
        }
    }

    async fn unsubscribe(&self, session: &Arc<Session>, id: &str) {
        if session.unwatch_errors(id) {
            return;
        }
        if let Some(removed) = session.remove(id) {
            self.after_removal(session, removed).await;
        }
    }

    /// Tells the client that a request failed.
    pub(crate) fn fail(&self, session: &Session, request: Failed, problem: &Public) {
        self.metrics.failures_total.with_label_values(&[problem.name]).inc();
        let body = json_text(problem.body(self.now()));
        session.fail(Failure { body, request });
    }

    /// After the first request of a session others learn that the user is here (protocol 3.1).
    fn announce(&self, session: &Session) {
        if let Some(user) = session.take_announcement() {
            self.services.presence.session_started(&user, session.key());
        }
    }
}

/// Why a request failed.
#[derive(Debug)]
pub(crate) enum Problem {
    /// A service or the body says so.
    Domain(domain::Error),
    /// The gateway itself says so.
    Public(Public),
}

impl From<domain::Error> for Problem {
    fn from(problem: domain::Error) -> Self {
        Self::Domain(problem)
    }
}

impl From<Public> for Problem {
    fn from(problem: Public) -> Self {
        Self::Public(problem)
    }
}

impl Problem {
    /// What the client is told. What only operators should see is logged here.
    pub(crate) fn face(self, session: &Session) -> Public {
        match self {
            Self::Public(public) => public,
            Self::Domain(problem) => {
                if let domain::Error::Unavailable(source) = &problem {
                    warn!(session.id = session.key().0, error = %source, "a request failed: {source}");
                }
                error::public(&problem)
            }
        }
    }
}

/// Absent, `undefined`, misspelled, or of another world (protocol 2.2).
pub(crate) fn unknown_destination() -> Public {
    Public::new(404, error::NOT_FOUND, "no such destination")
}
