//! What people do with messages and channels: reactions, read receipts, reports, custom events (protocol 4.7).
use super::{Emoji, Links, Renderer, Text, User, message::describe, properties, time};
use crate::destination::Relay;
use model::{
    ChannelId, Properties, Timestamp, message::MessageReport as Report, reaction, receipt, user::UserView,
};
use serde::Serialize;
use serde_json::value::RawValue;

/// A reaction to a message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reaction<'a> {
    emoji: Emoji,
    user: User<'a>,
    created_time: Text<Timestamp>,
    #[serde(rename = "_relays")]
    relays: Links<Relay, 1>,
}

/// Somebody has read a message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadReceipt<'a> {
    user: User<'a>,
    created_time: Text<Timestamp>,
    #[serde(rename = "_relays")]
    relays: Links<Relay, 1>,
}

/// A report of a message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageReport<'a> {
    user: User<'a>,
    reason: &'a str,
    properties: &'a RawValue,
    created_time: Text<Timestamp>,
}

/// An application's own event.
#[derive(Serialize)]
pub struct Event<'a> {
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User<'a>>,
    properties: &'a RawValue,
    _relays: Links<Relay, 1>,
}

impl Renderer {
    /// A reaction.
    pub fn reaction<'a>(&'a self, reaction: &'a reaction::Reaction) -> Reaction<'a> {
        Reaction {
            emoji: describe(&reaction.emoji),
            user: self.user(&reaction.user),
            created_time: time(reaction.created_time),
            relays: Links([("message", Some(Relay::Message(reaction.message)))]),
        }
    }

    /// A read receipt.
    pub fn read_receipt<'a>(&'a self, receipt: &'a receipt::ReadReceipt) -> ReadReceipt<'a> {
        self.read_receipt_of(receipt.message, &receipt.user, receipt.created_time)
    }

    /// A read receipt from its parts.
    pub fn read_receipt_of<'a>(
        &'a self,
        message: model::MessageId,
        user: &'a UserView,
        created: Timestamp,
    ) -> ReadReceipt<'a> {
        ReadReceipt {
            user: self.user(user),
            created_time: time(created),
            relays: Links([("message", Some(Relay::Message(message)))]),
        }
    }

    /// A report.
    pub fn message_report<'a>(&'a self, report: &'a Report) -> MessageReport<'a> {
        MessageReport {
            user: self.user(&report.user),
            reason: &report.reason,
            properties: properties(&report.properties),
            created_time: time(report.created_time),
        }
    }

    /// A custom event; without `user` it comes from the application.
    pub fn event<'a>(
        &'a self,
        channel: ChannelId,
        kind: &'a str,
        user: Option<&'a UserView>,
        free: &'a Properties,
    ) -> Event<'a> {
        Event {
            r#type: kind,
            user: user.map(|user| self.user(user)),
            properties: properties(free),
            _relays: Links([("channel", Some(Relay::Channel(channel)))]),
        }
    }
}
