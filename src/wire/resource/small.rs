//! Small resources (protocol 4.7) and the envelope of relay answers.
use serde::Serialize;

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
