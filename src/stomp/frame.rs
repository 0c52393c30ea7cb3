//! Frames, as they are after decoding: unescaped headers, raw body.
use std::fmt;

macro_rules! commands {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// The first line of a frame. The upper ones come from clients, the lower ones from servers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Command { $($(#[$doc])* $variant),+ }

        impl Command {
            /// Every command.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Commands are case-sensitive.
            pub(crate) fn parse(line: &[u8]) -> Option<Self> {
                Self::ALL.iter().copied().find(|command| command.as_str().as_bytes() == line)
            }
        }
    };
}

commands!(
    /// Begins a session.
    Connect = "CONNECT",
    /// The other spelling of CONNECT.
    Stomp = "STOMP",
    /// A message to a destination.
    Send = "SEND",
    /// Begins a subscription.
    Subscribe = "SUBSCRIBE",
    /// Ends a subscription.
    Unsubscribe = "UNSUBSCRIBE",
    /// A message was consumed.
    Ack = "ACK",
    /// A message was not consumed.
    Nack = "NACK",
    /// Begins a transaction.
    Begin = "BEGIN",
    /// Ends a transaction.
    Commit = "COMMIT",
    /// Forgets a transaction.
    Abort = "ABORT",
    /// Ends a session.
    Disconnect = "DISCONNECT",
    /// A session has begun.
    Connected = "CONNECTED",
    /// A message to a subscriber.
    Message = "MESSAGE",
    /// A frame with a `receipt` header was processed.
    Receipt = "RECEIPT",
    /// The session is over.
    Error = "ERROR",
);

impl Command {
    /// Headers of the frames that agree on the version are written raw; all others escape `\`, LF, CR and `:`.
    pub(crate) const fn has_raw_headers(self) -> bool {
        matches!(self, Self::Connect | Self::Stomp | Self::Connected)
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One frame. It owns its bytes: three allocations at most, however many headers it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub command: Command,
    /// In the order of the wire.
    pub headers: Headers,
    /// May hold any bytes when `content-length` was given, else any but NUL.
    pub body: Vec<u8>,
}

/// Header lines in order. Of repeated names the first one counts, as STOMP says.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// All names and values without separators.
    text: String,
    /// Ends of the name and of the value of each header in `text`.
    ///
    /// Invariant: ascending, on character borders, the last one is the length of `text`.
    ends: Vec<(usize, usize)>,
}

impl Headers {
    /// None.
    pub const fn new() -> Self {
        Self { text: String::new(), ends: Vec::new() }
    }

    /// Adds a header behind those that are there.
    pub fn push(&mut self, name: &str, value: &str) {
        self.text.push_str(name);
        let name_end = self.text.len();
        self.text.push_str(value);
        self.ends.push((name_end, self.text.len()));
    }

    /// Value of the first header of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// Every header, repeated ones too.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0;
        self.ends.iter().map(move |&(name_end, value_end)| {
            let name = self.text.get(start..name_end).unwrap_or_default();
            let value = self.text.get(name_end..value_end).unwrap_or_default();
            start = value_end;
            (name, value)
        })
    }

    /// How many, repeated ones counted.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_repeated_headers_counts() {
        let mut headers = Headers::new();
        assert!(headers.is_empty());
        for (name, value) in [("foo", "1"), ("", "empty name"), ("foo", "2"), ("é", ""), ("bar", "é")] {
            headers.push(name, value);
        }
        for (name, value) in
            [("foo", Some("1")), ("é", Some("")), ("bar", Some("é")), ("Foo", None), ("ba", None)]
        {
            assert_eq!(headers.get(name), value, "{name}");
        }
        assert_eq!(headers.len(), 5);
        assert_eq!(
            format!("{headers:?}"),
            r#"{"foo": "1", "": "empty name", "foo": "2", "é": "", "bar": "é"}"#
        );
    }

    #[test]
    fn commands_are_read_as_they_are_written_and_in_capitals_only() {
        for command in Command::ALL {
            assert_eq!(Command::parse(command.as_str().as_bytes()), Some(*command));
            assert_eq!(Command::parse(command.as_str().to_lowercase().as_bytes()), None);
        }
    }
}
