//! Words. Plain data that every other crate speaks; no IO, no async, no SQL, no JSON shapes of clients.
//!
//! # Glossary (one word, one meaning)
//!
//! | say | for | never for |
//! | --- | --- | --- |
//! | action, relay, topic, stream | StompX destinations: write, read once, watch, upload | TURN relaying, NATS subjects |
//! | channel | a chat channel | Rust queues, TURN channels, data channels |
//! | message | a chat message | STOMP frames, NATS envelopes, STUN packets |
//! | session | a user's StompX session: outlives a lost socket | SQL, SDP, RTP |
//! | device | one session taking part in a call | hardware |
//! | event | something that happened and was committed | outputs of state machines, log lines |
//! | notice | something that happened and is not stored (presence, signals) | notifications of ChatKitty |
//! | call / participant / peer | chat concept / user in it / one media transport in `sfu` | "room" |
//! | publish / receive track | media directions, seen from the client | up/down, in/out |
pub mod block;
pub mod call;
pub mod channel;
pub mod event;
pub mod ids;
pub mod limits;
pub mod message;
pub mod notification;
pub mod page;
pub mod properties;
pub mod reaction;
pub mod receipt;
pub mod thread;
pub mod time;
pub mod user;

pub use ids::{AppId, CallId, ChannelId, MessageId, NotificationId, SessionKey, ThreadId, UserId};
pub use properties::Properties;
pub use time::Timestamp;
