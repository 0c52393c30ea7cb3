//! What a peer did wrong. Each ends the connection, with an ERROR frame whose `message` is the `Display` text.
use crate::Command;
use std::fmt;

/// A breach of STOMP 1.2 or of our limits. The text names what to look at and repeats nothing the peer sent, except
/// names that are our own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// The frame has more bytes than this.
    FrameTooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// The frame has more header lines than this.
    TooManyHeaders {
        /// Lines allowed.
        limit: usize,
    },
    /// A header line is longer than this.
    HeaderTooLong {
        /// Bytes allowed.
        limit: usize,
    },
    /// The first line of a frame is no command.
    UnknownCommand,
    /// A NUL byte before the empty line that ends the headers.
    HeadersNotEnded(Command),
    /// A header line without colon, with an empty name, or with a carriage return inside.
    MalformedHeader(Command),
    /// A header line is not UTF-8.
    NotUtf8(Command),
    /// A backslash followed by something other than `\`, `n`, `r`, `c`.
    UnknownEscape(Command),
    /// `content-length` is not a number.
    BadContentLength(Command),
    /// The body does not end with NUL where `content-length` says.
    WrongContentLength(Command),
    /// A frame before CONNECT.
    NotConnected(Command),
    /// A second CONNECT.
    AlreadyConnected,
    /// A frame after DISCONNECT.
    AfterDisconnect(Command),
    /// `accept-version` does not list 1.2.
    UnsupportedVersion,
    /// A required header is absent.
    MissingHeader(Command, &'static str),
    /// A header has a value that cannot be used.
    BadHeader(Command, &'static str),
    /// A subscription or receipt id is longer than this.
    IdTooLong {
        /// The command.
        command: Command,
        /// The header.
        header: &'static str,
        /// Bytes allowed.
        limit: usize,
    },
    /// BEGIN, COMMIT, ABORT, or a `transaction` header.
    Transaction(Command),
    /// A command that only servers use.
    ServerCommand(Command),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FrameTooLarge { limit } => write!(f, "a frame may have at most {limit} bytes"),
            Self::TooManyHeaders { limit } => write!(f, "a frame may have at most {limit} headers"),
            Self::HeaderTooLong { limit } => write!(f, "a header may have at most {limit} bytes"),
            Self::UnknownCommand => f.write_str("unknown command"),
            Self::HeadersNotEnded(command) => write!(f, "{command}: no empty line after the headers"),
            Self::MalformedHeader(command) => write!(f, "{command}: a header is not `name:value`"),
            Self::NotUtf8(command) => write!(f, "{command}: a header is not UTF-8"),
            Self::UnknownEscape(command) => write!(f, "{command}: a header has an unknown escape sequence"),
            Self::BadContentLength(command) => write!(f, "{command}: content-length is not a number"),
            Self::WrongContentLength(command) => {
                write!(f, "{command}: the body does not end where content-length says")
            }
            Self::NotConnected(command) => write!(f, "{command} before CONNECT"),
            Self::AlreadyConnected => f.write_str("CONNECT on a connection that is connected already"),
            Self::AfterDisconnect(command) => write!(f, "{command} after DISCONNECT"),
            Self::UnsupportedVersion => f.write_str("accept-version must include 1.2"),
            Self::MissingHeader(command, header) => write!(f, "{command} needs the header {header}"),
            Self::BadHeader(command, header) => write!(f, "{command}: the header {header} is not valid"),
            Self::IdTooLong { command, header, limit } => {
                write!(f, "{command}: the header {header} may have at most {limit} bytes")
            }
            Self::Transaction(command) => write!(f, "{command}: transactions are not supported"),
            Self::ServerCommand(command) => write!(f, "{command} is not a command of clients"),
        }
    }
}

impl std::error::Error for Violation {}
