//! Resources: what services return, as the JSON that clients read (protocol section 4).
//!
//! [`Renderer`] makes them; each is a `Serialize` value that borrows from the domain's data, so rendering allocates
//! only the output. `_relays`, `_topics`, `_actions`, `_streams` are [`Links`]: name to destination.
mod block;
mod call;
mod channel;
mod chat;
mod message;
mod notification;
mod page;
mod small;
mod thread;
mod user;

pub use block::BlockRecord;
pub use call::{Call, CallMedia, CallSignal, UserMediaSettings};
pub use channel::{Channel, Seat};
pub use chat::{Event, MessageReport, Reaction, ReadReceipt};
pub use message::{Emoji, Message};
pub use notification::{Notification, NotificationParts};
pub use page::{CursorPageResource, PageResource};
pub use small::{Answer, ChannelContext, Count, Exists, Grant};
pub use thread::{Keystrokes, Thread};
pub use user::{CurrentUser, User};

use model::{Properties, Timestamp};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;
use std::fmt::Display;

/// Path of the picture shown for users without one; the gateway serves it.
pub const DEFAULT_PICTURE_PATH: &str = "/pictures/default.png";

/// Turns the domain's data into resources.
#[derive(Clone, Debug)]
pub struct Renderer {
    /// Of absolute URLs, without a slash at the end.
    base: Box<str>,
    default_picture: Box<str>,
}

impl Renderer {
    /// `public_url`: base of absolute URLs.
    pub fn new(public_url: &str) -> Self {
        let base = public_url.trim_end_matches('/');
        Self { default_picture: format!("{base}{DEFAULT_PICTURE_PATH}").into(), base: base.into() }
    }

    /// URL of the picture for users without one.
    pub fn default_picture(&self) -> &str {
        &self.default_picture
    }
}

/// A JSON object of destinations; absent ones are left out.
struct Links<T, const N: usize>([(&'static str, Option<T>); N]);

impl<T: Serialize, const N: usize> Serialize for Links<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, link) in &self.0 {
            if let Some(link) = link {
                map.serialize_entry(name, link)?;
            }
        }
        map.end()
    }
}

/// Serializes with `Display`.
#[derive(Clone, Copy)]
struct Text<T>(T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// ISO-8601, UTC.
fn time(time: Timestamp) -> Text<Timestamp> {
    Text(time)
}

/// Free JSON as it was stored.
fn properties(properties: &Properties) -> &RawValue {
    serde_json::from_str(properties.as_json()).expect("invariant: Properties is checked JSON")
}
