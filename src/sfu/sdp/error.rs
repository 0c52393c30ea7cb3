//! What can be wrong with an offer. The text reaches the app's developer, so it says what to change.
use model::limits::{MAX_MEDIA_SECTIONS, MAX_SIGNAL_BYTES};

/// An offer that cannot be answered.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSdp {
    /// Larger than any browser's.
    #[error(
        "the offer is too large: at most {MAX_SIGNAL_BYTES} bytes in lines of at most {} bytes",
        super::offer::MAX_LINE_BYTES
    )]
    TooLarge,
    /// Too many m-lines.
    #[error("the offer has too many sections: at most {MAX_MEDIA_SECTIONS}")]
    TooManySections,
    /// No SDP.
    #[error("the offer is not SDP: {0}")]
    Malformed(String),
    /// Something a connection cannot do without.
    #[error("the offer has no {0}")]
    Missing(&'static str),
    /// Something a connection is impossible with.
    #[error("{what} cannot be used: {why}")]
    Unusable {
        /// The attribute or value.
        what: &'static str,
        /// What would be right.
        why: &'static str,
    },
    /// Something is wrong with one section.
    #[error("section {mid:?} {problem}")]
    Section {
        /// Its name.
        mid: String,
        /// What is wrong.
        problem: &'static str,
    },
}
