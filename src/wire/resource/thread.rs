//! Thread, and what is typed in one (protocol 4.6, 4.7).
use super::{Links, Renderer, Text, properties, time};
use crate::destination::{Action, Relay, ThreadTopic, Topic};
use model::{ThreadId, Timestamp, event::TypingPlace, thread, user::UserView};
use serde::Serialize;
use serde_json::value::RawValue;
use std::fmt;

/// A thread; the same for every viewer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Thread<'a> {
    id: u64,
    channel_id: u64,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    properties: &'a RawValue,
    created_time: Text<Timestamp>,
    #[serde(rename = "_relays")]
    relays: Links<Relay, 3>,
    #[serde(rename = "_topics")]
    topics: Links<Topic, 4>,
    #[serde(rename = "_actions")]
    actions: Links<Action, 3>,
    #[serde(rename = "_streams")]
    streams: Links<Text<MessagesStream>, 1>,
}

/// What somebody is typing.
#[derive(Serialize)]
pub struct Keystrokes<'a> {
    username: &'a str,
    keys: &'a str,
    _relays: Links<Relay, 2>,
}

#[derive(Clone, Copy)]
struct MessagesStream(ThreadId);

impl fmt::Display for MessagesStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/v1/streams/threads/{}/messages", self.0.0)
    }
}

impl Renderer {
    /// A thread.
    pub fn thread<'a>(&'a self, thread: &'a thread::Thread) -> Thread<'a> {
        let id = thread.id;
        let topic = |key| Some(Topic::Thread(id, key));
        Thread {
            id: id.0,
            channel_id: thread.channel.0,
            r#type: thread.kind.as_str(),
            name: thread.name.as_deref(),
            properties: properties(&thread.properties),
            created_time: time(thread.created_time),
            relays: Links([
                ("self", Some(Relay::Thread(id))),
                ("channel", Some(Relay::ThreadChannel(id))),
                ("message", Some(Relay::ThreadMessage(id))),
            ]),
            topics: Links([
                ("self", topic(ThreadTopic::Own)),
                ("messages", topic(ThreadTopic::Messages)),
                ("keystrokes", topic(ThreadTopic::Keystrokes)),
                ("typing", topic(ThreadTopic::Typing)),
            ]),
            actions: Links([
                ("message", Some(Action::SendThreadMessage(id))),
                ("keystrokes", Some(Action::SendThreadKeystrokes(id))),
                ("read", Some(Action::ReadThread(id))),
            ]),
            streams: Links([("messages", Some(Text(MessagesStream(id))))]),
        }
    }

    /// What `user` is typing.
    pub fn keystrokes<'a>(&'a self, place: TypingPlace, user: &'a UserView, keys: &'a str) -> Keystrokes<'a> {
        Keystrokes {
            username: &user.user.name,
            keys,
            _relays: Links([
                ("thread", Some(Relay::Thread(place.thread))),
                ("user", Some(Relay::User(user.user.id))),
            ]),
        }
    }
}
