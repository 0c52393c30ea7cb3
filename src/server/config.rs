//! Settings: what they are, where they come from, and every problem with them at once.
//!
//! Sources in rising priority: TOML file (`--config`), environment (`WHISKER_LISTEN`, `WHISKER_CALLS__RING_SECS`),
//! flags (`--listen`, `--calls-ring-secs`). A setting that does not exist is an error that names the nearest one that
//! does. [`spec::SETTINGS`] is the manual: one entry per setting.
mod gather;
mod parse;
pub mod spec;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};
use telemetry::Secret;

pub use gather::{Source, Values, gather};

/// Everything the server can be told, checked.
#[derive(Debug)]
pub struct Config {
    /// One TCP port and the UDP port of the same number.
    pub listen: SocketAddr,
    /// Base of absolute URLs, without trailing slash.
    pub public_url: String,
    /// Addresses put into ICE candidates; empty: found by itself.
    pub public_ips: Vec<IpAddr>,
    /// Database, files, generated secrets.
    pub data_dir: PathBuf,
    /// What to create at first start.
    pub bootstrap: Bootstrap,
    /// Dashboard login; generated when absent.
    pub admin_password: Option<Secret<String>>,
    /// Logging.
    pub log: Log,
    /// Calls.
    pub calls: Calls,
    /// Real-time sessions.
    pub gateway: Gateway,
    /// Media threads.
    pub media: Media,
    /// Is `/demo` served?
    pub demo_enabled: bool,
}

/// The application made at first start; absent values are generated.
#[derive(Debug, Default)]
pub struct Bootstrap {
    /// Clients connect with it. Public by nature.
    pub api_key: Option<String>,
    /// Platform API client.
    pub client_id: Option<String>,
    /// Platform API secret.
    pub client_secret: Option<Secret<String>>,
    /// May users connect without authentication?
    pub guests_allowed: bool,
}

/// Logging.
#[derive(Debug)]
pub struct Log {
    /// Filter directives, such as `info` or `info,gateway=debug`.
    pub level: String,
    /// One JSON object per line instead of text.
    pub json: bool,
}

/// Calls.
#[derive(Debug)]
pub struct Calls {
    /// How long an unanswered call rings.
    pub ring: Duration,
}

/// Real-time sessions.
#[derive(Debug)]
pub struct Gateway {
    /// A session without a socket may be resumed for this long.
    pub resume: Duration,
    /// A session without a socket counts as offline, and leaves its call, after this long.
    pub offline_grace: Duration,
    /// Bytes that may wait for one slow socket.
    pub send_queue_bytes: usize,
}

/// Media threads.
#[derive(Debug)]
pub struct Media {
    /// OS threads; each owns one UDP port.
    pub threads: usize,
}

/// Why the configuration cannot be used: every problem, one per line.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Problems(pub Vec<String>);

impl Config {
    /// Checks gathered values. Nothing has been bound or created yet when this fails.
    pub fn check(values: &Values) -> Result<Self, Problems> {
        let mut reader = parse::Reader::new(values);
        let config = Self::read(&mut reader);
        let problems = reader.finish();
        if problems.is_empty() { Ok(config) } else { Err(Problems(problems)) }
    }

    fn read(reader: &mut parse::Reader<'_>) -> Self {
        let listen: SocketAddr = reader.parse("listen", "an address and port such as 0.0.0.0:8080");
        reader.embedded_only("database_url");
        reader.embedded_only("bus_url");
        reader.embedded_only("storage_url");
        reader.static_users("turn_static_users");
        reader.networks("turn_allow_peers");
        let offline_grace = reader.seconds("gateway.offline_grace_secs", 1..=600);
        let resume = reader.seconds("gateway.resume_secs", 1..=86_400);
        if resume < offline_grace {
            reader.problem("gateway.resume_secs", "must not be below gateway.offline_grace_secs");
        }
        Self {
            listen,
            public_url: reader.base_url("public_url", listen.port()),
            public_ips: reader.list("public_ips", "IP addresses separated by commas"),
            data_dir: PathBuf::from(reader.text("data_dir")),
            bootstrap: Bootstrap {
                api_key: reader.optional("bootstrap_api_key"),
                client_id: reader.optional("bootstrap_client_id"),
                client_secret: reader.optional("bootstrap_client_secret").map(Secret::new),
                guests_allowed: reader.parse("bootstrap_guests_allowed", "true or false"),
            },
            admin_password: reader.optional("admin_password").map(Secret::new),
            log: Log {
                level: reader.text("log.level"),
                json: reader.one_of("log.format", &["text", "json"]) == "json",
            },
            calls: Calls { ring: reader.seconds("calls.ring_secs", 1..=600) },
            gateway: Gateway {
                resume,
                offline_grace,
                send_queue_bytes: reader.size("gateway.send_queue_bytes", 16 * 1024..=64 * 1024 * 1024),
            },
            media: Media { threads: reader.size("media.threads", 1..=64) },
            demo_enabled: reader.parse("demo.enabled", "true or false"),
        }
    }
}

#[cfg(test)]
mod tests;
