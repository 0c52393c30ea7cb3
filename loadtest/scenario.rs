//! What a run does.
pub mod calls;
pub mod sessions;

/// Where the server is and how much of it to ask.
#[derive(Clone, Debug)]
pub struct Target {
    /// `ws://host:port`
    pub url: String,
    /// API key.
    pub api_key: String,
    /// The server's process, for its memory and CPU; only on the same machine.
    pub pid: Option<u32>,
    /// Sessions, or pairs of callers.
    pub count: usize,
    /// What each does, times.
    pub rounds: usize,
}
