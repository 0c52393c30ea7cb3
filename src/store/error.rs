//! What can go wrong, inside and at opening.
use domain::Error;
use rusqlite::ffi;
use std::{path::PathBuf, sync::Arc};

/// The database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be created, opened, or is not a database.
    #[error("cannot open the database {path}: {source}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer release has changed the schema. Going back would lose data, so nothing was touched.
    #[error(
        "the database {path} has schema version {found}, this program knows {supported}: start a newer release"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Schema version in the file.
        found: i64,
        /// Newest schema version of this program.
        supported: i64,
    },
}

/// Why one piece of work on a connection failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The request is the reason.
    Refused(Error),
    /// The database, or a row that nobody here has written.
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

impl Failure {
    pub(crate) fn not_found(what: &'static str) -> Self {
        Self::Refused(Error::NotFound { what })
    }

    pub(crate) fn conflict(problem: &str) -> Self {
        Self::Refused(Error::Conflict { problem: problem.to_owned() })
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Broken(source) => Self::Unavailable(source),
        }
    }
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Reads a foreign-key violation as "`what` not found".
pub(crate) fn no_parent(what: &'static str) -> impl Fn(rusqlite::Error) -> Failure {
    move |error| match has_code(&error, ffi::SQLITE_CONSTRAINT_FOREIGNKEY) {
        true => Failure::not_found(what),
        false => error.into(),
    }
}

/// Is this a violation of a unique index?
pub(crate) fn is_duplicate(error: &rusqlite::Error) -> bool {
    has_code(error, ffi::SQLITE_CONSTRAINT_UNIQUE)
}

fn has_code(error: &rusqlite::Error, code: i32) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(failure, _) if failure.extended_code == code)
}

/// The commit, or the transaction around a write, failed: none of its writes has happened.
#[derive(Clone, Debug, thiserror::Error)]
#[error("a group of {writes} writes was not committed: {source}")]
pub(crate) struct NotCommitted {
    pub(crate) writes: usize,
    pub(crate) source: Arc<rusqlite::Error>,
}

/// The store was closed, or its thread is gone.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the store is closed")]
pub(crate) struct Closed;

/// The work panicked: a bug, contained.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the work on the database panicked")]
pub(crate) struct Panicked;

pub(crate) fn unavailable(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Unavailable(Box::new(source))
}
