//! Who learns of what: every event and notice to its audiences, topics and types (protocol 6 and 7, calls.md).
//!
//! ```text
//!   routing           users, calls
//!   routing/channels  channels and their members
//!   routing/chat      messages and what hangs on them, typing
//! ```
//!
//! Pure tables. The order of the routes of one event is the order of delivery; the result of an action comes first.
mod channels;
mod chat;

pub(crate) use chat::notifications;

use crate::rendering::Resource;
use channels::{
    channel_created, channel_deleted, channel_joined, channel_left, channel_updated, channel_user_blocked,
    channel_user_unblocked, member_removed, seat_changed,
};
use chat::{
    event_triggered, message_created, message_deleted, message_hidden, message_updated, messages_read,
    reacted, typing,
};
use model::{
    AppId, CallId, ChannelId, SessionKey, Timestamp, UserId,
    block::UserBlock,
    call::{CallState, CallView},
    event::{Event, Notice},
    user::{MediaSettings, UserView},
};
use wire::{
    destination::{CallTopic, ChannelTopic, Topic, UserTopic},
    event::EventType,
};

/// Who receives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Audience {
    /// The acting session, as the result of its action; nobody when no session acts.
    Actor(UserTopic),
    /// Every session of the user; the acting session's copy is the result of its action.
    Result(UserId, UserTopic),
    /// Every session of these users.
    Users(Vec<UserId>, UserTopic),
    /// Every session of these users; if the acting session is among them, its copy is the result of its action.
    Results(Vec<UserId>, UserTopic),
    /// Every session of the user but one.
    OtherDevices(UserId, UserTopic, SessionKey),
    /// Every session of the application, except those of this user.
    Contacts(AppId, UserId),
    /// Everybody who watches the topic, except the sessions of one user.
    Watchers(Topic, Option<UserId>),
    /// Everybody who watches the topic and is one of these users, or is none of them. Sorted.
    WatchersAmong(Topic, Vec<UserId>, bool),
    /// These sessions, on the topic.
    Sessions(Topic, Vec<SessionKey>),
}

/// One event to one audience.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Route<'a> {
    /// Who.
    pub(crate) audience: Audience,
    /// Under which name.
    pub(crate) event_type: EventType,
    /// What.
    pub(crate) resource: Resource<'a>,
}

fn route(audience: Audience, event_type: EventType, resource: Resource<'_>) -> Route<'_> {
    Route { audience, event_type, resource }
}

/// Where an event of that time goes. No `_` arm: a new event must choose its audiences.
pub(crate) fn of_event(event: &Event, app: AppId, time: Timestamp) -> Vec<Route<'_>> {
    match event {
        Event::UserUpdated { user } => user_updated(user, app),
        Event::UserDeleted { user, channels } => user_deleted(user, channels),
        Event::UserBlocked { blocker, block } => user_blocked(*blocker, block),
        Event::UserUnblocked { blocker, user } => vec![route(
            Audience::Result(*blocker, UserTopic::Users),
            EventType::UserUserUnblocked,
            Resource::User(user),
        )],
        Event::ChannelCreated { channel, joined } => channel_created(channel, joined),
        Event::ChannelJoined { channel, user, invited_by } => channel_joined(channel, user, *invited_by),
        Event::ChannelLeft { channel, user } => channel_left(channel, user),
        Event::ChannelMemberRemoved { channel, user, by } => member_removed(channel, user, *by),
        Event::ChannelUpdated(change) => channel_updated(change, None),
        Event::ModeratorAdded { change, user } => {
            channel_updated(change, Some((EventType::ChannelModeratorAdded, user)))
        }
        Event::ModeratorRemoved { change, user } => {
            channel_updated(change, Some((EventType::ChannelModeratorDeleted, user)))
        }
        Event::ChannelDeleted { change, by: _ } => channel_deleted(change),
        Event::ChannelUserBlocked { channel, block, by: _, was_member } => {
            channel_user_blocked(channel, block, *was_member)
        }
        Event::ChannelUserUnblocked { channel, block, by: _ } => channel_user_unblocked(channel, block),
        Event::ChannelSeatChanged { channel, last_message, member, change } => {
            seat_changed(channel, last_message.as_deref(), member, *change)
        }
        Event::MessageCreated(created) => message_created(created),
        Event::MessageUpdated { message, by: _ } => message_updated(message),
        Event::MessageDeleted { message, parent, by: _ } => message_deleted(message, parent.as_deref()),
        Event::MessageHidden { message, user } => message_hidden(message, *user),
        Event::MessageReported { report } => vec![route(
            Audience::Actor(UserTopic::Messages),
            EventType::UserMessageReported,
            Resource::Report(report),
        )],
        Event::ReactionAdded { reaction, message } => reacted(reaction, message, true),
        Event::ReactionRemoved { reaction, message } => reacted(reaction, message, false),
        Event::MessagesRead(change) => messages_read(change, EventType::MessageReadReceiptCreated, time),
        Event::MessagesUnread(change) => messages_read(change, EventType::MessageReadReceiptDeleted, time),
        Event::ThreadCreated { thread, by: _ } => vec![route(
            Audience::Actor(UserTopic::Threads),
            EventType::UserThreadCreated,
            Resource::Thread(thread),
        )],
        Event::ChannelEventTriggered { channel, kind, user, properties } => {
            event_triggered(*channel, kind, user.as_ref(), properties)
        }
        Event::CallCreated { .. }
        | Event::CallAccepted { .. }
        | Event::CallDeclined { .. }
        | Event::CallMissed { .. }
        | Event::CallLeft { .. }
        | Event::CallEnded { .. }
        | Event::MediaSettingsUpdated { .. } => of_call_event(event),
    }
}

/// Events of calls; nothing for others.
fn of_call_event(event: &Event) -> Vec<Route<'_>> {
    match event {
        Event::CallCreated { call, invited } => call_created(call, invited),
        Event::CallAccepted { call, user, session, others, activated } => {
            call_accepted(&Acceptance { call, user, session: *session, others, activated: *activated })
        }
        Event::CallDeclined { call, user } => call_declined(call, user),
        Event::CallMissed { call, users } => {
            vec![stop_ringing(call, users.clone(), EventType::UserCallMissed)]
        }
        Event::CallLeft { call, user } => vec![route(
            watchers_of_call(call, CallTopic::Participants, Some(user.user.id)),
            EventType::CallParticipantLeft,
            Resource::User(user),
        )],
        Event::CallEnded { call } => call_ended(call),
        Event::MediaSettingsUpdated { user, settings, call } => media_settings_updated(user, settings, *call),
        _ => Vec::new(),
    }
}

fn media_settings_updated<'a>(
    user: &'a UserView,
    settings: &'a MediaSettings,
    call: Option<CallId>,
) -> Vec<Route<'a>> {
    let in_call = call.map(|call| {
        let topic = Topic::Call(call, CallTopic::UserMediaSettings);
        route(
            Audience::Watchers(topic, Some(user.user.id)),
            EventType::CallUserMediaSettingsUpdated,
            Resource::MediaSettings(user, settings),
        )
    });
    let own = route(
        Audience::Users(vec![user.user.id], UserTopic::Own),
        EventType::UserSelfUpdated,
        Resource::CurrentUser(user),
    );
    [own].into_iter().chain(in_call).collect()
}

/// Where a notice goes.
pub(crate) fn of_notice(notice: &Notice) -> Vec<Route<'_>> {
    let one = match notice {
        Notice::PresenceChanged { app, user } => route(
            Audience::Contacts(*app, user.user.id),
            EventType::ContactPresenceChanged,
            Resource::User(user),
        ),
        Notice::Signal { call, to, kind, peer, payload, time } => route(
            one_session(*call, CallTopic::Signals, *to),
            EventType::CallSignalCreated,
            Resource::Signal { kind: *kind, peer: peer.as_ref(), payload: payload.as_ref(), time: *time },
        ),
        Notice::CallOver { call, to } => route(
            one_session(call.call.id, CallTopic::Own, *to),
            EventType::CallSelfEnded,
            Resource::Call(call),
        ),
        Notice::MediaTracks { call, to, version, tracks, wanted } => route(
            one_session(*call, CallTopic::Media, *to),
            EventType::CallMediaUpdated,
            Resource::Tracks { version: *version, tracks, wanted: *wanted },
        ),
        Notice::Keystrokes { place, user, keys } => route(
            Audience::Watchers(chat::keystrokes_topic(*place), None),
            EventType::ThreadKeystrokesCreated,
            Resource::Keystrokes { place: *place, user, keys },
        ),
        Notice::TypingStarted(it) => {
            return typing(it, EventType::ThreadTypingStarted, EventType::ParticipantTypingStarted);
        }
        Notice::TypingStopped(it) => {
            return typing(it, EventType::ThreadTypingStopped, EventType::ParticipantTypingStopped);
        }
        Notice::ParticipantChanged { channel, user, active } => {
            let topic = Topic::Channel(*channel, ChannelTopic::Participants);
            let event_type = match active {
                true => EventType::ChannelParticipantActive,
                false => EventType::ChannelParticipantInactive,
            };
            route(Audience::Watchers(topic, Some(user.user.id)), event_type, Resource::User(user))
        }
    };
    vec![one]
}

fn user_updated(user: &UserView, app: AppId) -> Vec<Route<'_>> {
    let id = user.user.id;
    vec![
        route(Audience::Result(id, UserTopic::Own), EventType::UserSelfUpdated, Resource::CurrentUser(user)),
        route(Audience::Contacts(app, id), EventType::ContactUserUpdated, Resource::User(user)),
    ]
}

fn user_deleted<'a>(user: &'a UserView, channels: &[ChannelId]) -> Vec<Route<'a>> {
    let id = user.user.id;
    let own = route(Audience::Result(id, UserTopic::Own), EventType::UserSelfDeleted, Resource::User(user));
    let left = channels.iter().map(|channel| {
        let topic = Topic::Channel(*channel, ChannelTopic::Members);
        route(Audience::Watchers(topic, Some(id)), EventType::ChannelMemberLeft, Resource::User(user))
    });
    [own].into_iter().chain(left).collect()
}

fn user_blocked(blocker: UserId, block: &UserBlock) -> Vec<Route<'_>> {
    vec![
        route(Audience::Actor(UserTopic::Users), EventType::UserUserBlocked, Resource::User(&block.user)),
        route(
            Audience::Users(vec![blocker], UserTopic::Users),
            EventType::UserUserBlocklistItemCreated,
            Resource::UserBlock(block),
        ),
    ]
}

fn call_created<'a>(call: &'a CallView, invited: &[UserId]) -> Vec<Route<'a>> {
    let invited = Audience::Users(invited.to_vec(), UserTopic::Calls);
    vec![
        route(Audience::Actor(UserTopic::Calls), EventType::UserCallCreated, Resource::Call(call)),
        route(invited, EventType::UserCallInvited, Resource::Call(call)),
    ]
}

struct Acceptance<'a, 'b> {
    call: &'a CallView,
    user: &'a UserView,
    session: SessionKey,
    others: &'b [SessionKey],
    activated: bool,
}

/// The newcomer's session first, then those who were there; the user's other devices stop ringing (protocol 7.3).
fn call_accepted<'a>(it: &Acceptance<'a, '_>) -> Vec<Route<'a>> {
    let (id, call) = (it.user.user.id, Resource::Call(it.call));
    let topic = |key| Topic::Call(it.call.call.id, key);
    let newcomer = vec![it.session];
    let mut routes = vec![route(
        Audience::Sessions(Topic::User(id, UserTopic::Calls), newcomer.clone()),
        EventType::UserCallActive,
        call,
    )];
    if id != it.call.call.creator {
        routes.push(route(
            Audience::OtherDevices(id, UserTopic::Calls, it.session),
            EventType::UserCallAccepted,
            call,
        ));
        routes.push(route(
            Audience::Sessions(topic(CallTopic::Participants), it.others.to_vec()),
            EventType::CallParticipantAccepted,
            Resource::User(it.user),
        ));
    }
    let learn_it_is_active = match (it.activated, it.call.call.state) {
        (true, _) => [newcomer, it.others.to_vec()].concat(),
        (false, CallState::Active) => newcomer,
        (false, CallState::Pending | CallState::Ended) => Vec::new(),
    };
    if !learn_it_is_active.is_empty() {
        let audience = Audience::Sessions(topic(CallTopic::Own), learn_it_is_active);
        routes.push(route(audience, EventType::CallSelfActive, call));
    }
    routes
}

fn call_declined<'a>(call: &'a CallView, user: &'a UserView) -> Vec<Route<'a>> {
    let id = user.user.id;
    vec![
        route(Audience::Result(id, UserTopic::Calls), EventType::UserCallDeclined, Resource::Call(call)),
        route(
            watchers_of_call(call, CallTopic::Participants, Some(id)),
            EventType::CallParticipantDeclined,
            Resource::User(user),
        ),
    ]
}

fn call_ended(call: &CallView) -> Vec<Route<'_>> {
    let invited = call.participants.iter().map(|participant| participant.user).collect();
    vec![
        route(watchers_of_call(call, CallTopic::Own, None), EventType::CallSelfEnded, Resource::Call(call)),
        stop_ringing(call, invited, EventType::UserCallEnded),
    ]
}

fn stop_ringing(call: &CallView, users: Vec<UserId>, event_type: EventType) -> Route<'_> {
    route(Audience::Users(users, UserTopic::Calls), event_type, Resource::Call(call))
}

fn watchers_of_call(call: &CallView, key: CallTopic, except: Option<UserId>) -> Audience {
    Audience::Watchers(Topic::Call(call.call.id, key), except)
}

fn one_session(call: CallId, key: CallTopic, session: SessionKey) -> Audience {
    Audience::Sessions(Topic::Call(call, key), vec![session])
}

#[cfg(test)]
mod tests;
