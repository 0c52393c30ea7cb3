//! What can go wrong in a service. The name says whose move it is; `wire::error` gives each its public face.

/// A failed action or query.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller can fix it: what is wrong with which field, and what was expected.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field, as the caller named it.
        field: &'static str,
        /// What was expected.
        problem: String,
    },
    /// Absent, or hidden from this caller: the two must look the same.
    #[error("{what} not found")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
    },
    /// Visible, but not allowed.
    #[error("{reason}")]
    Denied {
        /// Why.
        reason: &'static str,
    },
    /// Clashes with what exists.
    #[error("{problem}")]
    Conflict {
        /// What clashes.
        problem: String,
    },
    /// Ours, and it may pass. The source is logged, never sent.
    #[error("temporarily unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Shorthand for [`Error::Invalid`].
    pub fn invalid(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid { field, problem: problem.into() }
    }
}
