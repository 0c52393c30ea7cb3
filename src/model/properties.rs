//! Free-form JSON objects that applications attach to resources.
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The text of one JSON object, kept as received: we store and return it, we never look inside.
///
/// Invariant: valid JSON whose top level is an object. The edges check this before they build one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Properties(Arc<str>);

impl Properties {
    /// Wraps text that the caller has already parsed as a JSON object.
    pub fn from_checked_json(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The JSON text.
    pub fn as_json(&self) -> &str {
        &self.0
    }
}

impl Default for Properties {
    fn default() -> Self {
        Self("{}".into())
    }
}
