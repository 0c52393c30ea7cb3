//! What the gateway is given.
use domain::{
    accounts::Accounts, calls::Calls, channels::Channels, chat::Chat, ports::Clock, presence::Presence,
    users::Users,
};
use model::limits;
use std::{sync::Arc, time::Duration};

/// The services behind the destinations.
pub struct Services {
    /// Users.
    pub users: Arc<Users>,
    /// Channels.
    pub channels: Arc<Channels>,
    /// The end of users.
    pub accounts: Arc<Accounts>,
    /// Messages and everything around them.
    pub chat: Arc<Chat>,
    /// Calls.
    pub calls: Arc<Calls>,
    /// Presence.
    pub presence: Arc<Presence>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Settings of real-time sessions.
#[derive(Clone)]
pub struct GatewaySettings {
    /// Base of absolute URLs.
    pub public_url: String,
    /// A session without a socket may be resumed for this long.
    pub resume: Duration,
    /// A session without a socket counts as offline, and leaves its call, after this long. At most `resume`.
    pub offline_grace: Duration,
    /// Bytes that may wait for one slow socket before it is closed.
    pub send_queue_bytes: usize,
    /// Key of the signatures on file grants.
    pub grant_secret: [u8; 32],
}

impl Default for GatewaySettings {
    /// The documented defaults, and a grant key of zeros: servers must set their own.
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080".to_owned(),
            resume: limits::DEFAULT_RESUME,
            offline_grace: limits::DEFAULT_OFFLINE_GRACE,
            send_queue_bytes: limits::MAX_SEND_QUEUE_BYTES,
            grant_secret: [0; 32],
        }
    }
}
