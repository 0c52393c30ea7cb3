//! Small resources (protocol 4.7) and the envelope of relay answers.
use serde::Serialize;
use std::collections::BTreeMap;

/// The body of a relay's MESSAGE.
#[derive(Serialize)]
pub struct Answer<R> {
    /// What was asked for.
    pub resource: R,
}

impl<R: Serialize> Answer<R> {
    /// The JSON.
    pub fn encode(resource: R) -> Vec<u8> {
        serde_json::to_vec(&Self { resource }).expect("invariant: resources serialize")
    }
}

/// How many.
#[derive(Serialize)]
pub struct Count {
    /// Never negative.
    pub count: u64,
}

/// Is it so?
#[derive(Serialize)]
pub struct Exists {
    /// Yes or no.
    pub exists: bool,
}

/// A credential for files. Only `[A-Za-z0-9._~-]`: it is put into URLs and headers as it is (protocol 2.8).
#[derive(Serialize)]
pub struct Grant {
    /// The token.
    pub grant: String,
}

/// Who has read what in a window of messages.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelContext<'a> {
    /// The newer end of the window, as the client gave it.
    pub start_cursor: &'a str,
    /// The older end of the window, as the client gave it.
    pub end_cursor: &'a str,
    /// Message id to the ids of users who have read it.
    pub read_by: BTreeMap<u64, Vec<u64>>,
}
