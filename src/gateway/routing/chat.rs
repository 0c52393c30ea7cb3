//! Messages and what hangs on them; who types.
use super::{Audience, Route, route};
use crate::rendering::Resource;
use model::{
    ChannelId, Properties, Timestamp, UserId,
    event::{MessageCreated, ReadChange, Typing, TypingPlace},
    message::{MessageView, Named},
    notification::{NotificationKind, Notified},
    reaction::Reaction,
    user::UserView,
};
use wire::{
    destination::{ChannelTopic, ThreadTopic, Topic, UserTopic},
    event::EventType,
    resource::{NotificationParts, Seat},
};

/// The result, then the chat, then the thread; whoever had hidden the channel sees it again.
pub(super) fn message_created(created: &MessageCreated) -> Vec<Route<'_>> {
    let (view, channel) = (&created.message, &created.channel);
    let message = Resource::Message(view);
    let in_thread = Topic::Thread(view.message.thread, ThreadTopic::Messages);
    let mut routes = vec![
        route(Audience::Actor(UserTopic::Messages), EventType::UserMessageCreated, message),
        in_chat(view, EventType::ChannelMessageCreated),
        route(Audience::Watchers(in_thread, None), EventType::ThreadMessageCreated, message),
    ];
    routes.extend(created.parent.as_ref().map(|parent| in_chat(parent, EventType::ChannelMessageUpdated)));
    if !created.unhidden.is_empty() {
        // Only DIRECT channels can be hidden: nobody moderates them.
        let seat = Seat { member: true, ..Seat::NONE };
        let audience = Audience::Users(created.unhidden.clone(), UserTopic::Channels);
        let seen = Resource::SeenChannel(channel, seat, Some(view));
        routes.push(route(audience, EventType::UserChannelUnhidden, seen));
    }
    routes
}

/// The notification of one recipient, who is rendered as they are right now.
pub(crate) fn notifications<'a>(
    created: &'a MessageCreated,
    notified: &Notified,
    recipient: &'a UserView,
    time: Timestamp,
) -> Route<'a> {
    let mentioned = |wanted: ChannelId| {
        created.message.mentions.iter().find_map(|mention| match &mention.named {
            Named::Channel(channel) if channel.channel.id == wanted => Some(&**channel),
            Named::Channel(_) | Named::User(_) => None,
        })
    };
    let parts = NotificationParts {
        id: notified.id,
        kind: notified.kind,
        muted: notified.muted,
        created_time: time,
        read_time: None,
        recipient,
        message: &created.message,
        parent: created.parent.as_ref().filter(|_| notified.kind == NotificationKind::Replied),
        channel: &created.channel,
        mentioned_channel: match notified.kind {
            NotificationKind::MentionedChannel(channel) => mentioned(channel),
            _ => None,
        },
        seat: Seat::of_member(&created.channel, notified.user, false),
    };
    let audience = Audience::Users(vec![notified.user], UserTopic::Notifications);
    route(audience, EventType::UserNotificationCreated, Resource::Notification(parts))
}

fn in_chat(view: &MessageView, event_type: EventType) -> Route<'_> {
    let topic = Topic::Channel(view.message.channel, ChannelTopic::Messages);
    route(Audience::Watchers(topic, None), event_type, Resource::Message(view))
}

pub(super) fn message_updated(view: &MessageView) -> Vec<Route<'_>> {
    vec![
        route(Audience::Actor(UserTopic::Messages), EventType::UserMessageUpdated, Resource::Message(view)),
        in_chat(view, EventType::ChannelMessageUpdated),
    ]
}

pub(super) fn message_deleted<'a>(view: &'a MessageView, parent: Option<&'a MessageView>) -> Vec<Route<'a>> {
    let result =
        route(Audience::Actor(UserTopic::Messages), EventType::UserMessageDeleted, Resource::Message(view));
    let deleted = in_chat(view, EventType::ChannelMessageDeleted);
    let parent = parent.map(|parent| in_chat(parent, EventType::ChannelMessageUpdated));
    [result, deleted].into_iter().chain(parent).collect()
}

pub(super) fn message_hidden(view: &MessageView, user: UserId) -> Vec<Route<'_>> {
    let audience = Audience::Result(user, UserTopic::Messages);
    vec![route(audience, EventType::UserMessageDeleted, Resource::Message(view))]
}

pub(super) fn reacted<'a>(reaction: &'a Reaction, view: &'a MessageView, added: bool) -> Vec<Route<'a>> {
    let (result, told) = match added {
        true => (EventType::UserReactionCreated, EventType::MessageReactionCreated),
        false => (EventType::UserReactionRemoved, EventType::MessageReactionRemoved),
    };
    let topic = Topic::Channel(view.message.channel, ChannelTopic::Reactions);
    vec![
        route(Audience::Actor(UserTopic::Reactions), result, Resource::Reaction(reaction)),
        route(Audience::Watchers(topic, None), told, Resource::Reaction(reaction)),
        in_chat(view, EventType::ChannelMessageUpdated),
    ]
}

/// One receipt for each message: in the chat, and to whoever it concerns.
pub(super) fn messages_read(change: &ReadChange, event_type: EventType, time: Timestamp) -> Vec<Route<'_>> {
    let topic = Topic::Channel(change.channel, ChannelTopic::ReadReceipts);
    let routes = change.messages.iter().flat_map(|read| {
        let receipt = Resource::Receipt { message: read.message, user: &change.user, time };
        let people = Audience::Users(change.audience.clone(), UserTopic::ReadReceipts);
        [route(Audience::Watchers(topic, None), event_type, receipt), route(people, event_type, receipt)]
    });
    routes.collect()
}

pub(super) fn event_triggered<'a>(
    channel: ChannelId,
    kind: &'a str,
    user: Option<&'a UserView>,
    properties: &'a Properties,
) -> Vec<Route<'a>> {
    let topic = Topic::Channel(channel, ChannelTopic::Events);
    let event = Resource::Event { channel, kind, user, properties };
    vec![route(Audience::Watchers(topic, None), EventType::ChannelEventTriggered, event)]
}

/// In the chat for everybody; wherever they are for the members who are told.
pub(super) fn typing(typing: &Typing, in_chat: EventType, to_members: EventType) -> Vec<Route<'_>> {
    let Typing { place, user, audience } = typing;
    let topic = match place.main {
        true => Topic::Channel(place.channel, ChannelTopic::Typing),
        false => Topic::Thread(place.thread, ThreadTopic::Typing),
    };
    let chat = route(Audience::Watchers(topic, None), in_chat, Resource::User(user));
    let members = (!audience.is_empty()).then(|| {
        let members = Audience::Users(audience.clone(), UserTopic::Participants);
        route(members, to_members, Resource::User(user))
    });
    [chat].into_iter().chain(members).collect()
}

pub(super) fn keystrokes_topic(place: TypingPlace) -> Topic {
    match place.main {
        true => Topic::Channel(place.channel, ChannelTopic::Keystrokes),
        false => Topic::Thread(place.thread, ThreadTopic::Keystrokes),
    }
}
