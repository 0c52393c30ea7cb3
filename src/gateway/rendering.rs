//! One event as clients get it: encoded at most once per name, however many receive it, and not at all if nobody does.
use crate::{outgoing::Urgency, replay::Ring};
use model::{
    ChannelId, MessageId, Properties, Timestamp,
    block::{ChannelBlock, UserBlock},
    call::{CallView, SignalKind},
    channel::ChannelView,
    event::{ReceivedTrack, SignalPayload, TypingPlace, WantedSections},
    message::{MessageReport, MessageView},
    reaction::Reaction,
    thread::Thread,
    user::{MediaSettings, UserView},
};
use serde::Serialize;
use std::cell::OnceCell;
use stomp::encode::{JSON, SharedMessage};
use wire::{
    event::{self, EventType},
    resource::{NotificationParts, Renderer, Seat},
};

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resource<'a> {
    /// A user for others.
    User(&'a UserView),
    /// A user for itself.
    CurrentUser(&'a UserView),
    /// A channel for a viewer with that seat.
    Channel(&'a ChannelView, Seat),
    /// The same, with the last message that the viewer is shown.
    SeenChannel(&'a ChannelView, Seat, Option<&'a MessageView>),
    /// A message.
    Message(&'a MessageView),
    /// A thread.
    Thread(&'a Thread),
    /// A reaction.
    Reaction(&'a Reaction),
    /// A report of a message.
    Report(&'a MessageReport),
    /// Who has read, or no longer has, which message.
    Receipt {
        /// The message.
        message: MessageId,
        /// The reader.
        user: &'a UserView,
        /// When.
        time: Timestamp,
    },
    /// What somebody types.
    Keystrokes {
        /// Where.
        place: TypingPlace,
        /// Who.
        user: &'a UserView,
        /// All of it.
        keys: &'a str,
    },
    /// An application's own event.
    Event {
        /// Where.
        channel: ChannelId,
        /// Its type.
        kind: &'a str,
        /// Who; `None`: the application.
        user: Option<&'a UserView>,
        /// Free JSON.
        properties: &'a Properties,
    },
    /// An entry of a user's block list.
    UserBlock(&'a UserBlock),
    /// A user kept out of a channel.
    ChannelBlock(&'a ChannelBlock),
    /// A notification.
    Notification(NotificationParts<'a>),
    /// A call.
    Call(&'a CallView),
    /// Media settings of a user.
    MediaSettings(&'a UserView, &'a MediaSettings),
    /// A call signal.
    Signal {
        /// Its type.
        kind: SignalKind,
        /// The other side; `None`: the SFU.
        peer: Option<&'a UserView>,
        /// What it carries.
        payload: Option<&'a SignalPayload>,
        /// When it was made.
        time: Timestamp,
    },
    /// The section map of an SFU call.
    Tracks {
        /// Of the snapshot.
        version: u64,
        /// What is received.
        tracks: &'a [ReceivedTrack],
        /// What should be added.
        wanted: WantedSections,
    },
}

/// An event that is encoded when somebody needs it.
pub(crate) struct Rendering<'a> {
    renderer: &'a Renderer,
    event_type: EventType,
    resource: Resource<'a>,
    current: OnceCell<SharedMessage>,
    legacy: OnceCell<Option<SharedMessage>>,
}

impl<'a> Rendering<'a> {
    /// Encodes nothing yet.
    pub(crate) fn new(renderer: &'a Renderer, event_type: EventType, resource: Resource<'a>) -> Self {
        Self { renderer, event_type, resource, current: OnceCell::new(), legacy: OnceCell::new() }
    }

    /// Under its name.
    pub(crate) fn current(&self) -> &SharedMessage {
        self.current.get_or_init(|| self.encode(self.event_type.as_str()))
    }

    /// Under its old name, if it has one: for the oldest clients, beside the current one.
    pub(crate) fn legacy(&self) -> Option<&SharedMessage> {
        self.legacy.get_or_init(|| Some(self.encode(self.event_type.legacy()?))).as_ref()
    }

    /// Does it make devices ring, or stop?
    pub(crate) fn ring(&self) -> Option<Ring> {
        let Resource::Call(view) = self.resource else { return None };
        match self.event_type {
            EventType::UserCallInvited => Some(Ring::Starts(view.call.id)),
            EventType::UserCallAccepted
            | EventType::UserCallDeclined
            | EventType::UserCallMissed
            | EventType::UserCallEnded => Some(Ring::Stops(view.call.id)),
            _ => None,
        }
    }

    /// May it be lost when the client reads too slowly? Only what is true for a moment (typing, keystrokes, presence).
    pub(crate) fn urgency(&self) -> Urgency {
        match self.event_type {
            EventType::ThreadKeystrokesCreated => Urgency::Fleeting,
            EventType::ThreadTypingStarted
            | EventType::ThreadTypingStopped
            | EventType::ParticipantTypingStarted
            | EventType::ParticipantTypingStopped
            | EventType::ParticipantPresenceChanged
            | EventType::ContactPresenceChanged => Urgency::Passing,
            _ => Urgency::Lasting,
        }
    }

    fn encode(&self, name: &'static str) -> SharedMessage {
        let renderer = self.renderer;
        match self.resource {
            Resource::User(view) => shared(name, &renderer.user(view)),
            Resource::CurrentUser(view) => shared(name, &renderer.current_user(view)),
            Resource::Channel(view, seat) => shared(name, &renderer.channel(view, seat)),
            Resource::SeenChannel(view, seat, last) => shared(name, &renderer.channel_with(view, seat, last)),
            Resource::Message(view) => shared(name, &renderer.message(view)),
            Resource::Thread(thread) => shared(name, &renderer.thread(thread)),
            Resource::Reaction(reaction) => shared(name, &renderer.reaction(reaction)),
            Resource::Report(report) => shared(name, &renderer.message_report(report)),
            Resource::Receipt { message, user, time } => {
                shared(name, &renderer.read_receipt_of(message, user, time))
            }
            Resource::Keystrokes { place, user, keys } => {
                shared(name, &renderer.keystrokes(place, user, keys))
            }
            Resource::Event { channel, kind, user, properties } => {
                shared(name, &renderer.event(channel, kind, user, properties))
            }
            Resource::UserBlock(block) => shared(name, &renderer.user_block(block)),
            Resource::ChannelBlock(block) => shared(name, &renderer.channel_block(block)),
            Resource::Notification(parts) => shared(name, &renderer.notification(&parts)),
            Resource::Call(view) => shared(name, &renderer.call(view)),
            Resource::MediaSettings(view, settings) => {
                shared(name, &renderer.user_media_settings(view, settings))
            }
            Resource::Signal { kind, peer, payload, time } => {
                shared(name, &renderer.call_signal(kind, peer, payload, time))
            }
            Resource::Tracks { version, tracks, wanted } => {
                shared(name, &renderer.call_media(version, tracks, wanted))
            }
        }
    }
}

fn shared(name: &'static str, resource: &impl Serialize) -> SharedMessage {
    let body = json_text(event::encode_as(name, resource));
    SharedMessage::without_destination(JSON, &body)
}

/// Encoded JSON as text.
pub(crate) fn json_text(json: Vec<u8>) -> String {
    String::from_utf8(json).expect("invariant: serde_json writes UTF-8")
}
