//! Why the server closes a WebSocket, and what it tells the client. Every code but those of a refusal and of an ended
//! session means: come back. (The SDKs come back after any close that they did not ask for.)

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $label:literal, $text:literal;)+) => {
        /// Why a connection is closed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum CloseReason { $($(#[$doc])* $variant),+ }

        impl CloseReason {
            /// Every reason.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),+];

            /// WebSocket close code.
            pub(crate) fn code(self) -> u16 {
                match self { $(Self::$variant => $code),+ }
            }

            /// Label of metrics and field of log lines.
            pub(crate) fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// For people who look at the client's console.
            pub(crate) fn text(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

reasons!(
    /// DISCONNECT, or the client closed the socket.
    Done = 1000, "done", "the session has ended";
    /// Broken STOMP or broken limits.
    Violation = 1002, "violation", "protocol violation, see the ERROR frame";
    /// CONNECT was refused; the ERROR frame says whether coming back makes sense.
    Refused = 1008, "refused", "refused, see the ERROR frame";
    /// Broken WebSocket framing, or a message beyond every limit.
    Broken = 1009, "broken", "message too big, or broken framing";
    /// A bug of ours ended the connection.
    Internal = 1011, "internal", "internal error, come back";
    /// The server stops.
    Restart = 1012, "restart", "the server restarts, come back";
    /// Too much waits for this socket.
    Slow = 1013, "slow", "the client reads too slowly, come back";
    /// The session goes on on another socket.
    Replaced = 4000, "replaced", "the session continues on another connection";
    /// No sign of life.
    Silent = 4001, "silent", "no sign of life, come back";
    /// The client sends but no longer handles what it gets (protocol 8.6).
    Deaf = 4002, "deaf", "no acknowledgements any more, come back";
);

impl CloseReason {
    /// Does what still waits go out first?
    pub(crate) fn flushes(self) -> bool {
        match self {
            Self::Done | Self::Violation | Self::Refused | Self::Broken | Self::Restart => true,
            Self::Internal | Self::Slow | Self::Replaced | Self::Silent | Self::Deaf => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_reason_has_its_own_code_and_label_and_a_text_that_fits_a_close_frame() {
        let codes: HashSet<_> = CloseReason::ALL.iter().map(|reason| reason.code()).collect();
        let labels: HashSet<_> = CloseReason::ALL.iter().map(|reason| reason.label()).collect();
        assert_eq!((codes.len(), labels.len()), (CloseReason::ALL.len(), CloseReason::ALL.len()));
        assert!(CloseReason::ALL.iter().all(|reason| reason.text().len() <= 123));
    }
}
