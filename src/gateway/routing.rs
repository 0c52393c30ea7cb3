//! Who learns of what: every event and notice to its audiences, topics and types (protocol 6 and 7, calls.md).
//!
//! Pure tables. The order of the routes of one event is the order of delivery; the result of an action comes first.
use crate::rendering::Resource;
use model::{
    AppId, CallId, SessionKey, UserId,
    call::{CallState, CallView},
    channel::ChannelView,
    event::{Event, Notice},
    user::UserView,
};
use wire::{
    destination::{CallTopic, ChannelTopic, Topic, UserTopic},
    event::EventType,
    resource::Seat,
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
    /// Every session of the user but one.
    OtherDevices(UserId, UserTopic, SessionKey),
    /// Every session of the application, except those of this user.
    Contacts(AppId, UserId),
    /// Everybody who watches the topic, except the sessions of one user.
    Watchers(Topic, Option<UserId>),
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

/// Where an event goes. No `_` arm: a new event must choose its audiences.
pub(crate) fn of_event(event: &Event, app: AppId) -> Vec<Route<'_>> {
    match event {
        Event::UserUpdated { user } => user_updated(user, app),
        Event::ChannelCreated { channel, joined } => channel_created(channel, joined),
        Event::ChannelJoined { channel, user, invited_by } => channel_joined(channel, user, *invited_by),
        Event::ChannelLeft { channel, user } => channel_left(channel, user),
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
        Event::MediaSettingsUpdated { user, settings, call } => {
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
    }
}

/// Where a notice goes.
pub(crate) fn of_notice(notice: &Notice) -> Route<'_> {
    match notice {
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
    }
}

fn user_updated(user: &UserView, app: AppId) -> Vec<Route<'_>> {
    let id = user.user.id;
    vec![
        route(Audience::Result(id, UserTopic::Own), EventType::UserSelfUpdated, Resource::CurrentUser(user)),
        route(Audience::Contacts(app, id), EventType::ContactUserUpdated, Resource::User(user)),
    ]
}

fn channel_created<'a>(channel: &'a ChannelView, joined: &[UserId]) -> Vec<Route<'a>> {
    let seen_by = |user| Resource::Channel(channel, Seat::of_member(channel, user, false));
    let (creator, others): (Vec<_>, Vec<_>) =
        joined.iter().copied().partition(|user| channel.channel.creator == Some(*user));
    let result = channel.channel.creator.map(|creator| {
        let audience = Audience::Result(creator, UserTopic::Channels);
        route(audience, EventType::UserChannelCreated, seen_by(creator))
    });
    // Two groups, because the creator's seat shows more.
    let joined = [creator, others].into_iter().filter_map(|group| {
        let seen = seen_by(*group.first()?);
        Some(route(Audience::Users(group, UserTopic::Channels), EventType::UserChannelJoined, seen))
    });
    result.into_iter().chain(joined).collect()
}

fn channel_joined<'a>(
    channel: &'a ChannelView,
    user: &'a UserView,
    invited_by: Option<UserId>,
) -> Vec<Route<'a>> {
    let id = user.user.id;
    let seen = Resource::Channel(channel, Seat::of_member(channel, id, false));
    let mut routes = match invited_by {
        None => {
            vec![route(Audience::Result(id, UserTopic::Channels), EventType::UserChannelJoined, seen)]
        }
        Some(_) => vec![
            route(Audience::Actor(UserTopic::Users), EventType::UserUserInvited, Resource::User(user)),
            route(Audience::Users(vec![id], UserTopic::Channels), EventType::UserChannelJoined, seen),
        ],
    };
    routes.push(member_route(channel, user, EventType::ChannelMemberJoined));
    routes
}

fn channel_left<'a>(channel: &'a ChannelView, user: &'a UserView) -> Vec<Route<'a>> {
    let id = user.user.id;
    let seen = Resource::Channel(channel, Seat::NONE);
    vec![
        route(Audience::Result(id, UserTopic::Channels), EventType::UserChannelLeft, seen),
        route(Audience::Users(vec![id], UserTopic::Channels), EventType::MeChannelLeft, seen),
        member_route(channel, user, EventType::ChannelMemberLeft),
    ]
}

fn member_route<'a>(channel: &ChannelView, user: &'a UserView, event_type: EventType) -> Route<'a> {
    let topic = Topic::Channel(channel.channel.id, ChannelTopic::Members);
    route(Audience::Watchers(topic, None), event_type, Resource::User(user))
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
