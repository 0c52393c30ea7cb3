//! SockJS framing, for clients that have no WebSocket or cannot get one through (protocol 1.4).
//!
//! ```text
//!   server ─▶ client    o                    open
//!                       h                    heart-beat
//!                       a["…","…"]           messages
//!                       c[3000,"Go away!"]   closed, and why
//!   client ─▶ server    ["…","…"]            messages; a lone "…" is taken for one
//! ```
//!
//! One message holds what one WebSocket message would: a STOMP frame with its NUL, or a heart-beat. Strings are JSON
//! (RFC 8259), read strictly: what is not an array of strings is refused as a whole. What is written is plain ASCII where
//! browsers and what lies between have been seen to change characters, so that every string arrives as it was.
//!
//! Invariant: nothing is allocated for a payload beyond [`Limits`].
use std::fmt::{self, Write};

/// The connection is open: the first frame of every one.
pub const OPEN: &str = "o";
/// Nothing to say, still here.
pub const HEARTBEAT: &str = "h";

/// What one payload may hold. The caller chooses; there are no defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes as they come, escapes included.
    pub payload_bytes: usize,
    /// Messages.
    pub messages: usize,
}

/// Why a payload is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// More bytes than this.
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// More messages than this.
    TooManyMessages {
        /// Messages allowed.
        limit: usize,
    },
    /// Not an array of strings, or not the frame of a server.
    Syntax,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit } => write!(f, "a payload may have at most {limit} bytes"),
            Self::TooManyMessages { limit } => write!(f, "a payload may have at most {limit} messages"),
            Self::Syntax => f.write_str("a payload must be a JSON array of strings"),
        }
    }
}

impl std::error::Error for Malformed {}

/// A frame of a server, as its client reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerFrame {
    /// `o`
    Open,
    /// `h`
    Heartbeat,
    /// `a[…]`
    Messages(Vec<String>),
    /// `c[code,"reason"]`
    Close {
        /// 1000 to 4999, as in WebSocket.
        code: u16,
        /// For people.
        reason: String,
    },
}

impl ServerFrame {
    /// Reads one frame, without the line end that some transports add.
    pub fn parse(text: &str, limits: Limits) -> Result<Self, Malformed> {
        check_size(text.len(), limits)?;
        match text.split_at_checked(1) {
            Some(("o", "")) => Ok(Self::Open),
            Some(("h", "")) => Ok(Self::Heartbeat),
            Some(("a", rest)) if rest.starts_with('[') => decode(rest.as_bytes(), limits).map(Self::Messages),
            Some(("c", rest)) => parse_close(rest),
            _ => Err(Malformed::Syntax),
        }
    }
}

fn parse_close(text: &str) -> Result<ServerFrame, Malformed> {
    let (code, reason) =
        text.strip_prefix('[').and_then(|rest| rest.split_once(',')).ok_or(Malformed::Syntax)?;
    if code.starts_with('+') {
        return Err(Malformed::Syntax);
    }
    let code = code.parse().map_err(|_| Malformed::Syntax)?;
    let mut reader = Reader { rest: reason };
    reader.skip_space();
    let reason = reader.string()?;
    reader.skip_space();
    if reader.rest == "]" { Ok(ServerFrame::Close { code, reason }) } else { Err(Malformed::Syntax) }
}

/// Adds a message to a frame of messages, or begins one in an empty `frame`. It is complete after each call.
pub fn add_message(frame: &mut String, message: &str) {
    frame.reserve(message.len() + 8);
    match frame.pop() {
        None => frame.push_str("a["),
        Some(_) => frame.push(','),
    }
    write_string(frame, message);
    frame.push(']');
}

/// The last frame of a connection.
pub fn close(code: u16, reason: &str) -> String {
    let mut frame = String::new();
    // Writing to a `String` cannot fail.
    let _ = write!(frame, "c[{code},");
    write_string(&mut frame, reason);
    frame.push(']');
    frame
}

/// The messages of a client. All of `payload` is right, or none of it counts.
pub fn decode(payload: &[u8], limits: Limits) -> Result<Vec<String>, Malformed> {
    check_size(payload.len(), limits)?;
    let rest = std::str::from_utf8(payload).map_err(|_| Malformed::Syntax)?;
    let mut reader = Reader { rest };
    reader.skip_space();
    let messages = reader.messages(limits.messages)?;
    reader.skip_space();
    if reader.rest.is_empty() { Ok(messages) } else { Err(Malformed::Syntax) }
}

/// The payload of a client.
pub fn encode<'a>(messages: impl IntoIterator<Item = &'a str>) -> String {
    let mut payload = "[".to_owned();
    for message in messages {
        if payload.len() > 1 {
            payload.push(',');
        }
        write_string(&mut payload, message);
    }
    payload.push(']');
    payload
}

fn check_size(bytes: usize, limits: Limits) -> Result<(), Malformed> {
    let limit = limits.payload_bytes;
    if bytes > limit { Err(Malformed::TooLarge { limit }) } else { Ok(()) }
}

/// Reads JSON strings and arrays of them.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn take(&mut self, token: char) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    fn messages(&mut self, limit: usize) -> Result<Vec<String>, Malformed> {
        let mut messages = Vec::new();
        let is_array = self.take('[');
        self.skip_space();
        if is_array && self.take(']') {
            return Ok(messages);
        }
        loop {
            if messages.len() == limit {
                return Err(Malformed::TooManyMessages { limit });
            }
            messages.push(self.string()?);
            if !is_array {
                return Ok(messages);
            }
            self.skip_space();
            if self.take(']') {
                return Ok(messages);
            }
            if !self.take(',') {
                return Err(Malformed::Syntax);
            }
            self.skip_space();
        }
    }

    fn string(&mut self) -> Result<String, Malformed> {
        if !self.take('"') {
            return Err(Malformed::Syntax);
        }
        let mut text = String::new();
        loop {
            let is_special = |character: char| character < ' ' || character == '"' || character == '\\';
            let plain = self.rest.find(is_special).ok_or(Malformed::Syntax)?;
            let (piece, rest) = self.rest.split_at(plain);
            text.push_str(piece);
            self.rest = rest;
            match self.next() {
                Some('"') => return Ok(text),
                Some('\\') => self.escape(&mut text)?,
                _ => return Err(Malformed::Syntax),
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, text: &mut String) -> Result<(), Malformed> {
        text.push(match self.next() {
            Some(same @ ('"' | '\\' | '/')) => same,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode_escape(text),
            _ => return Err(Malformed::Syntax),
        });
        Ok(())
    }

    /// What follows `\u`. Half of a surrogate pair is no character: U+FFFD stands in for it, as it would in UTF-8.
    fn unicode_escape(&mut self, text: &mut String) -> Result<(), Malformed> {
        let unit = self.unit()?;
        let low = match unit {
            0xd800..=0xdbff => self.peek_unit(),
            _ => None,
        };
        match low {
            Some(low @ 0xdc00..=0xdfff) => {
                // The pair is whole, so this second escape is read for good.
                let (_, rest) = self.rest.split_at_checked(6).ok_or(Malformed::Syntax)?;
                self.rest = rest;
                text.extend(
                    char::decode_utf16([unit, low]).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)),
                );
            }
            _ => text.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
        Ok(())
    }

    /// The unit of the escape that comes next, if one does.
    fn peek_unit(&self) -> Option<u16> {
        Reader { rest: self.rest.strip_prefix("\\u")? }.unit().ok()
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Result<u16, Malformed> {
        let (digits, rest) = self.rest.split_at_checked(4).ok_or(Malformed::Syntax)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Malformed::Syntax);
        }
        self.rest = rest;
        u16::from_str_radix(digits, 16).map_err(|_| Malformed::Syntax)
    }
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(plain) = rest.find(is_escaped) {
        let (piece, special) = rest.split_at(plain);
        out.push_str(piece);
        let mut characters = special.chars();
        if let Some(character) = characters.next() {
            write_escaped(out, character);
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// What JSON demands, and what SockJS found unsafe on the way: direction marks, separators that are line ends in
/// JavaScript, the end of the first plane, and everything beyond it.
fn is_escaped(character: char) -> bool {
    matches!(
        character,
        '"' | '\\'
            | '\0'..='\u{1f}'
            | '\u{200c}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff0}'..=char::MAX
    )
}

fn write_escaped(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        other => {
            let mut units = [0; 2];
            for unit in other.encode_utf16(&mut units) {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
}

#[cfg(test)]
mod tests;
