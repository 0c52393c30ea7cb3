//! StompX sessions over WebSocket and SockJS: frames in, domain calls, frames out.
//!
//! ```text
//!   upgrade, handshake ─▶ conn (one task per socket) ─▶ stomp::{Decoder, Session} ─▶ requests
//!                          │ transport, socket, sockjs, pulse                        ├ auth      CONNECT: new or resumed
//!                          │                                                         ├ relays    read once, answer once
//!                          │                                                         ├ topics    permission, hub, session
//!                          │                                                         └ actions   domain, RECEIPT, result
//!                          └◀ send_queue ◀ session ◀ dispatch ◀ routing ◀ committed | notice ◀ bus
//!
//!   session   outlives its socket: subscriptions, replay, receipts        lifecycle  lost, offline, ended
//!   sessions  all of them            hub  who watches which topic
//! ```
//!
//! Order that clients rely on: RECEIPT, then the result of an action, then everything else (protocol 8.5). The domain
//! runs the hook that queues the RECEIPT before it publishes, and the bus hands over one event at a time.
//!
//! Locks, outermost first: the bus; [`sessions`] or a shard of the [`hub`]; a session's state; a send queue.
//! Services are called with none of them held.
mod actions;
mod auth;
mod close;
mod conn;
mod dispatch;
mod drain;
mod grants;
mod handshake;
mod hub;
mod lifecycle;
mod metrics;
mod outgoing;
mod pictures;
mod presence;
mod pulse;
mod receipts;
mod relays;
mod rendering;
mod replay;
mod requests;
mod routing;
mod send_queue;
mod session;
mod sessions;
mod settings;
mod socket;
mod sockjs;
mod token;
mod topics;
mod transport;
mod upgrade;

pub use grants::{GrantKind, Grants};
pub use metrics::GatewayMetrics;
pub use settings::{GatewaySettings, Services};

use drain::Sockets;
use hub::Hub;
use model::{
    Timestamp,
    event::{Committed, Notice, Origin},
};
use presence::ChatPresence;
use sessions::Sessions;
use sockjs::PolledSessions;
use std::sync::Arc;
use wire::resource::Renderer;

/// Everything about real-time sessions on this node.
pub struct Gateway {
    services: Services,
    settings: GatewaySettings,
    metrics: Arc<GatewayMetrics>,
    renderer: Renderer,
    grants: Grants,
    sessions: Sessions,
    hub: Hub,
    chat_presence: ChatPresence,
    sockets: Sockets,
    polled: PolledSessions,
}

impl Gateway {
    /// Nobody is connected. Attach it to the bus, serve [`Gateway::router`], spawn [`Gateway::run_timers`].
    pub fn new(services: Services, settings: GatewaySettings, metrics: GatewayMetrics) -> Arc<Self> {
        Arc::new(Self {
            renderer: Renderer::new(&settings.public_url),
            grants: Grants::new(&settings.grant_secret),
            metrics: Arc::new(metrics),
            sessions: Sessions::new(),
            hub: Hub::new(),
            chat_presence: ChatPresence::new(),
            sockets: Sockets::new(),
            polled: PolledSessions::new(),
            services,
            settings,
        })
    }

    /// The WebSocket and SockJS endpoints and the default picture.
    pub fn router(self: &Arc<Self>) -> axum::Router {
        upgrade::router(self.clone())
    }

    /// Delivers committed events. `origin`: the session whose action caused them, with its receipt. Only queues.
    pub fn committed(&self, events: &[Committed], origin: Option<&Origin>) {
        self.dispatch_events(events, origin);
    }

    /// Delivers something that is not stored. Only queues.
    pub fn notice(&self, notice: &Notice) {
        self.dispatch_notice(notice);
    }

    /// Does what time brings, until the task is aborted.
    pub async fn run_timers(self: Arc<Self>) {
        tokio::join!(self.tick(), self.follow_presence());
    }

    /// Tells every client to come back and waits, for a bounded time, until their sockets are closed. New sockets are
    /// closed at once from now on.
    pub async fn drain(&self) {
        self.drain_sockets().await;
    }

    fn now(&self) -> Timestamp {
        self.services.clock.now()
    }
}
