//! How a connection reaches its client. All of them carry the same messages, each of which is one STOMP frame.
//!
//! ```text
//!   WebSocket   one message each
//!   SockJs      o, then JSON arrays of messages, in one WebSocket
//!   Polled      the same arrays, in HTTP responses; messages of the client in bodies of HTTP requests
//! ```
use crate::{
    close::CloseReason,
    socket::{Lost, Received, Socket},
    sockjs::{GO_AWAY, PAYLOAD, Polled},
};
use std::{mem, time::Duration, vec};
use stomp::sockjs;

/// SockJS shows that it is there after so much silence: what lies between may close a connection that is quiet.
const SOCKJS_HEARTBEAT: Duration = Duration::from_secs(25);

/// The way to one client.
#[expect(clippy::large_enum_variant, reason = "what almost everybody has is in place, without an allocation")]
pub(crate) enum Transport {
    /// What almost everybody has.
    WebSocket(Socket),
    /// SockJS through a WebSocket.
    SockJs(Box<SockJsSocket>),
    /// SockJS without one.
    Polled(Box<Polled>),
}

/// SockJS through a WebSocket.
pub(crate) struct SockJsSocket {
    socket: Socket,
    /// A frame of messages that is not in the socket's buffer yet, or nothing.
    frame: String,
    /// What is left of the last payload.
    unread: vec::IntoIter<String>,
}

impl Transport {
    /// A WebSocket that speaks SockJS. It is open at once: clients measure how long that takes (protocol 1.4).
    pub(crate) fn sockjs(mut socket: Socket) -> Self {
        socket.queue_text(sockjs::OPEN);
        Self::SockJs(Box::new(SockJsSocket { socket, frame: String::new(), unread: Vec::new().into_iter() }))
    }

    /// A session that is carried by requests.
    pub(crate) fn polled(polled: Polled) -> Self {
        Self::Polled(Box::new(polled))
    }

    /// Silence after which [`Transport::queue_heartbeat`] is due.
    pub(crate) fn heartbeat_after(&self) -> Option<Duration> {
        match self {
            Self::WebSocket(_) => None,
            Self::SockJs(_) | Self::Polled(_) => Some(SOCKJS_HEARTBEAT),
        }
    }

    /// Adds a message to what [`Transport::write`] writes.
    pub(crate) fn queue_text(&mut self, text: &str) {
        match self {
            Self::WebSocket(socket) => socket.queue_text(text),
            Self::SockJs(it) => sockjs::add_message(&mut it.frame, text),
            Self::Polled(polled) => polled.queue_text(text),
        }
    }

    /// Adds a heart-beat of SockJS. WebSockets have none.
    pub(crate) fn queue_heartbeat(&mut self) {
        match self {
            Self::WebSocket(_) => {}
            Self::SockJs(it) => it.socket.queue_text(sockjs::HEARTBEAT),
            Self::Polled(polled) => polled.queue_heartbeat(false),
        }
    }

    /// Writes what is queued. May be dropped and called again: it goes on where it was.
    pub(crate) async fn write(&mut self) -> Result<(), Lost> {
        match self {
            Self::WebSocket(socket) => socket.write().await,
            Self::SockJs(it) => it.write().await,
            Self::Polled(polled) => polled.write().await,
        }
    }

    /// The next thing that comes in. May be dropped and called again. Only while nothing is unwritten.
    pub(crate) async fn read(&mut self) -> Result<Received, Lost> {
        match self {
            Self::WebSocket(socket) => socket.read().await,
            Self::SockJs(it) => it.read().await,
            Self::Polled(polled) => polled.read().await,
        }
    }

    /// Asks for a sign of life.
    pub(crate) async fn ping(&mut self) -> Result<(), Lost> {
        match self {
            Self::WebSocket(socket) => socket.ping().await,
            Self::SockJs(it) => it.socket.ping().await,
            Self::Polled(polled) => {
                polled.queue_heartbeat(true);
                polled.write().await
            }
        }
    }

    /// Writes what is unwritten, and says why nothing follows. In SockJS every end is the same to the client.
    pub(crate) async fn close(&mut self, reason: CloseReason) -> Result<(), Lost> {
        match self {
            Self::WebSocket(socket) => socket.close(reason.code(), reason.text()).await,
            Self::SockJs(it) => {
                it.write().await?;
                it.socket.queue_text(&sockjs::close(GO_AWAY.0, GO_AWAY.1));
                it.socket.close(reason.code(), reason.text()).await
            }
            // Whoever receives learns it when this end is dropped.
            Self::Polled(polled) => polled.write().await,
        }
    }
}

impl SockJsSocket {
    async fn write(&mut self) -> Result<(), Lost> {
        if !self.frame.is_empty() {
            self.socket.queue_text(&mem::take(&mut self.frame));
        }
        self.socket.write().await
    }

    async fn read(&mut self) -> Result<Received, Lost> {
        if let Some(message) = self.unread.next() {
            return Ok(Received::Message(message.into()));
        }
        let payload = match self.socket.read().await? {
            Received::Message(payload) if !payload.is_empty() => payload,
            Received::Message(_) => return Ok(Received::SignOfLife),
            other => return Ok(other),
        };
        match sockjs::decode(&payload, PAYLOAD) {
            Ok(messages) => {
                self.unread = messages.into_iter();
                let first = self.unread.next();
                Ok(first.map_or(Received::SignOfLife, |message| Received::Message(message.into())))
            }
            Err(problem) => Ok(Received::Broken(problem.into())),
        }
    }
}
