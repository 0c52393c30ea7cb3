//! Frames of a server as text, each for one WebSocket message.
//!
//! ```text
//!   SharedMessage     once per event: destination, content-type, content-length, body
//!   write_message     per subscriber: MESSAGE, subscription, message-id, ack, … + the shared rest, copied
//! ```
//!
//! Output is UTF-8 by type. Every body has a `content-length`. Headers are escaped, except in CONNECTED, whose readers
//! take them raw: there, characters that would end a header are left out. NUL cannot be written in a header at all and
//! is left out everywhere.
use crate::{Command, Rhythm};
use std::{
    fmt::{self, Write},
    sync::Arc,
};

/// Content type of every body this server writes, unless told otherwise.
pub const JSON: &str = "application/json";
/// A heart-beat, in either direction.
pub const HEARTBEAT: &str = "\n";

/// The answer to CONNECT. `session` must hold neither backslash nor line end; `others` are optional headers.
pub fn connected(session: &str, others: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(160);
    begin(&mut out, Command::Connected);
    header(&mut out, Command::Connected, "version", "1.2");
    header(&mut out, Command::Connected, "session", session);
    line(&mut out, "heart-beat", format_args!("{}", Rhythm::SERVER));
    for (name, value) in others {
        header(&mut out, Command::Connected, name, value);
    }
    out.push_str("\n\0");
    out
}

/// The answer to a frame with a `receipt` header.
pub fn receipt(receipt_id: &str) -> String {
    let mut out = String::with_capacity(32 + receipt_id.len());
    begin(&mut out, Command::Receipt);
    header(&mut out, Command::Receipt, "receipt-id", receipt_id);
    out.push_str("\n\0");
    out
}

/// The last frame of a connection: `message` in one line, `body` in JSON. `receipt_id` of the frame that earned it, if
/// it had one.
pub fn error(message: &str, receipt_id: Option<&str>, body: &str) -> String {
    let mut out = String::with_capacity(128 + message.len() + body.len());
    begin(&mut out, Command::Error);
    header(&mut out, Command::Error, "message", message);
    if let Some(id) = receipt_id {
        header(&mut out, Command::Error, "receipt-id", id);
    }
    body_and_end(&mut out, Command::Error, JSON, body);
    out
}

/// A MESSAGE that may go to many: everything but what differs between subscribers. Clones share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedMessage(Arc<str>);

impl SharedMessage {
    /// Encodes what all subscribers get. `destination` is unescaped.
    pub fn new(destination: &str, content_type: &str, body: &str) -> Self {
        let mut rest = String::with_capacity(96 + destination.len() + body.len());
        header(&mut rest, Command::Message, "destination", destination);
        body_and_end(&mut rest, Command::Message, content_type, body);
        Self(rest.into())
    }

    /// The same for subscribers of several destinations: each [`Delivery`] names its own.
    pub fn without_destination(content_type: &str, body: &str) -> Self {
        let mut rest = String::with_capacity(96 + body.len());
        body_and_end(&mut rest, Command::Message, content_type, body);
        Self(rest.into())
    }

    /// Size of what every copy repeats.
    pub fn shared_bytes(&self) -> usize {
        self.0.len()
    }
}

/// What one subscriber gets beside the shared part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivery<'a> {
    /// Id of the subscription, as the client chose it.
    pub subscription: &'a str,
    /// Unique in the session.
    pub message_id: u64,
    /// Should the client acknowledge? Then `ack` is the message id, and so is the `id` of its ACK.
    pub is_acknowledged: bool,
    /// The action that caused the event, or that failed.
    pub receipt_id: Option<&'a str>,
    /// The relay that failed.
    pub subscription_id: Option<&'a str>,
    /// Where it was sent, unescaped, when the message itself does not say.
    pub destination: Option<&'a str>,
}

/// Appends the MESSAGE frame for one subscriber.
pub fn write_message(out: &mut String, message: &SharedMessage, delivery: &Delivery<'_>) {
    out.reserve(message.shared_bytes() + delivery.header_bytes());
    delivery.write(out);
    out.push_str(&message.0);
}

/// A MESSAGE for one subscriber only; nothing is shared, nothing is copied twice.
pub fn message(destination: &str, content_type: &str, body: &str, delivery: &Delivery<'_>) -> String {
    let mut out = String::with_capacity(96 + destination.len() + body.len() + delivery.header_bytes());
    delivery.write(&mut out);
    header(&mut out, Command::Message, "destination", destination);
    body_and_end(&mut out, Command::Message, content_type, body);
    out
}

impl Delivery<'_> {
    fn write(&self, out: &mut String) {
        begin(out, Command::Message);
        header(out, Command::Message, "subscription", self.subscription);
        line(out, "message-id", format_args!("{}", self.message_id));
        if self.is_acknowledged {
            line(out, "ack", format_args!("{}", self.message_id));
        }
        let others = [
            ("receipt-id", self.receipt_id),
            ("subscription-id", self.subscription_id),
            ("destination", self.destination),
        ];
        for (name, value) in others {
            if let Some(value) = value {
                header(out, Command::Message, name, value);
            }
        }
    }

    /// Enough for the headers when nothing needs escaping.
    fn header_bytes(&self) -> usize {
        const NAMES_AND_NUMBERS: usize = 128;
        let ids = [Some(self.subscription), self.receipt_id, self.subscription_id, self.destination];
        NAMES_AND_NUMBERS + ids.into_iter().flatten().map(str::len).sum::<usize>()
    }
}

/// Appends any frame; the one door for what is not a server's daily bread (tests, fuzzing).
pub(crate) fn write_frame<'a>(
    out: &mut String,
    command: Command,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    body: &str,
) {
    begin(out, command);
    for (name, value) in headers.filter(|(name, _)| *name != "content-length") {
        header(out, command, name, value);
    }
    line(out, "content-length", format_args!("{}", body.len()));
    out.push('\n');
    out.push_str(body);
    out.push('\0');
}

fn begin(out: &mut String, command: Command) {
    out.push_str(command.as_str());
    out.push('\n');
}

fn body_and_end(out: &mut String, command: Command, content_type: &str, body: &str) {
    header(out, command, "content-type", content_type);
    line(out, "content-length", format_args!("{}", body.len()));
    out.push('\n');
    out.push_str(body);
    out.push('\0');
}

fn header(out: &mut String, command: Command, name: &str, value: &str) {
    let push = if command.has_raw_headers() { push_raw } else { push_escaped };
    push(out, name);
    out.push(':');
    push(out, value);
    out.push('\n');
}

/// A header that needs no escaping.
fn line(out: &mut String, name: &str, value: fmt::Arguments<'_>) {
    out.push_str(name);
    out.push(':');
    out.write_fmt(value).expect("invariant: a String accepts every write");
    out.push('\n');
}

fn push_escaped(out: &mut String, text: &str) {
    if !text.contains(['\\', '\n', '\r', ':', '\0']) {
        out.push_str(text);
        return;
    }
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            ':' => out.push_str("\\c"),
            '\0' => {}
            other => out.push(other),
        }
    }
}

fn push_raw(out: &mut String, text: &str) {
    out.extend(text.chars().filter(|character| !matches!(character, '\n' | '\r' | '\0')));
}

#[cfg(test)]
mod tests;
