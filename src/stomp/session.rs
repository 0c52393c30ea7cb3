//! What may come when, and what it asks for.
//!
//! ```text
//!   New ── CONNECT ─▶ Open ── DISCONNECT ─▶ Closed
//!                     SEND SUBSCRIBE UNSUBSCRIBE ACK NACK
//! ```
//!
//! One value per connection. Whether a request is allowed, what a destination means and when a receipt is due is the
//! caller's to decide. A destination that is absent is an empty one, for the caller to refuse: clients must hear of it
//! on their errors queue (protocol 2.2), and a violation would end the connection.
use crate::{Command, Frame, Headers, Rhythm, Violation};

/// Should messages of a subscription be acknowledged, and how?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AckMode {
    /// Not at all.
    #[default]
    Auto,
    /// An ACK covers all earlier messages of the subscription.
    Client,
    /// An ACK covers one message.
    ClientIndividual,
}

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Begin a session. Who it is, is in the headers, raw.
    Connect {
        /// What the client says in `heart-beat`; never, if it says nothing.
        rhythm: Rhythm,
        /// All headers.
        headers: &'a Headers,
    },
    /// Do something.
    Send {
        /// Empty when absent.
        destination: &'a str,
        /// Any bytes.
        body: &'a [u8],
    },
    /// Watch or read something.
    Subscribe {
        /// Chosen by the client.
        id: &'a str,
        /// Empty when absent.
        destination: &'a str,
        /// How it will acknowledge.
        ack: AckMode,
        /// All headers: parameters of relays are among them.
        headers: &'a Headers,
    },
    /// Watch no longer. The id may be unknown.
    Unsubscribe {
        /// Of the subscription.
        id: &'a str,
    },
    /// A message was consumed. The id may be unknown.
    Ack {
        /// The `ack` header of the message.
        id: &'a str,
    },
    /// A message was not consumed. The id may be unknown.
    Nack {
        /// The `ack` header of the message.
        id: &'a str,
    },
    /// End the session.
    Disconnect,
}

/// A legal frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incoming<'a> {
    /// What it asks for.
    pub request: Request<'a>,
    /// Answer with this RECEIPT once it is done.
    pub receipt: Option<&'a str>,
}

/// Where a connection stands.
#[derive(Clone, Debug)]
pub struct Session {
    phase: Phase,
    max_id_bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    New,
    Open,
    Closed,
}

impl Session {
    /// For a new connection. Ids of subscriptions and receipts may have `max_id_bytes`.
    pub fn new(max_id_bytes: usize) -> Self {
        Self { phase: Phase::New, max_id_bytes }
    }

    /// What `frame` asks for, if it may come now. After a violation the connection is to be closed.
    pub fn handle_frame<'a>(&mut self, frame: &'a Frame) -> Result<Incoming<'a>, Violation> {
        let command = frame.command;
        let is_connect = matches!(command, Command::Connect | Command::Stomp);
        match self.phase {
            Phase::New if is_connect => return self.connect(frame),
            Phase::New => return Err(Violation::NotConnected(command)),
            Phase::Open if is_connect => return Err(Violation::AlreadyConnected),
            Phase::Open => {}
            Phase::Closed => return Err(Violation::AfterDisconnect(command)),
        }
        if frame.headers.get("transaction").is_some() {
            return Err(Violation::Transaction(command));
        }
        let request = self.request(frame)?;
        let receipt = self.id(frame, "receipt")?;
        if request == Request::Disconnect {
            self.phase = Phase::Closed;
        }
        Ok(Incoming { request, receipt })
    }

    fn connect<'a>(&mut self, frame: &'a Frame) -> Result<Incoming<'a>, Violation> {
        let headers = &frame.headers;
        let versions = headers.get("accept-version").unwrap_or_default();
        if !versions.split(',').any(|version| version.trim_matches(' ') == "1.2") {
            return Err(Violation::UnsupportedVersion);
        }
        let rhythm = match headers.get("heart-beat") {
            Some(text) => Rhythm::parse(text).ok_or(Violation::BadHeader(frame.command, "heart-beat"))?,
            None => Rhythm::default(),
        };
        self.phase = Phase::Open;
        Ok(Incoming { request: Request::Connect { rhythm, headers }, receipt: None })
    }

    fn request<'a>(&self, frame: &'a Frame) -> Result<Request<'a>, Violation> {
        let destination = frame.headers.get("destination").unwrap_or_default();
        match frame.command {
            Command::Send => Ok(Request::Send { destination, body: &frame.body }),
            Command::Subscribe => Ok(Request::Subscribe {
                id: self.required_id(frame)?,
                destination,
                ack: ack_mode(frame)?,
                headers: &frame.headers,
            }),
            Command::Unsubscribe => Ok(Request::Unsubscribe { id: self.required_id(frame)? }),
            Command::Ack => Ok(Request::Ack { id: self.required_id(frame)? }),
            Command::Nack => Ok(Request::Nack { id: self.required_id(frame)? }),
            Command::Disconnect => Ok(Request::Disconnect),
            Command::Begin | Command::Commit | Command::Abort => Err(Violation::Transaction(frame.command)),
            Command::Connect | Command::Stomp => Err(Violation::AlreadyConnected),
            Command::Connected | Command::Message | Command::Receipt | Command::Error => {
                Err(Violation::ServerCommand(frame.command))
            }
        }
    }

    fn required_id<'a>(&self, frame: &'a Frame) -> Result<&'a str, Violation> {
        self.id(frame, "id")?.ok_or(Violation::MissingHeader(frame.command, "id"))
    }

    fn id<'a>(&self, frame: &'a Frame, header: &'static str) -> Result<Option<&'a str>, Violation> {
        match frame.headers.get(header) {
            Some(id) if id.len() > self.max_id_bytes => {
                Err(Violation::IdTooLong { command: frame.command, header, limit: self.max_id_bytes })
            }
            id => Ok(id),
        }
    }
}

fn ack_mode(frame: &Frame) -> Result<AckMode, Violation> {
    match frame.headers.get("ack") {
        None | Some("auto") => Ok(AckMode::Auto),
        Some("client") => Ok(AckMode::Client),
        Some("client-individual") => Ok(AckMode::ClientIndividual),
        Some(_) => Err(Violation::BadHeader(frame.command, "ack")),
    }
}

#[cfg(test)]
mod tests;
