//! One row per event: who gets it, on which topic, under which name, with what, in order.
use super::*;
use model::{
    ChannelId, Properties, Timestamp,
    call::{Call, CallKind, Outcome, Participant, SignalKind},
    channel::{Channel, ChannelKind, ChannelView},
    event::WantedSections,
    user::{CallStatus, MediaSettings, Presence, User},
};

const APP: AppId = AppId(1);

fn user(id: u64) -> UserView {
    let user = User {
        id: UserId(id),
        app: APP,
        name: format!("user-{id}"),
        display_name: String::new(),
        display_picture_url: None,
        is_guest: true,
        presence_status: "AVAILABLE".to_owned(),
        properties: Properties::default(),
        created_time: Timestamp(0),
    };
    let presence = Presence { status: "AVAILABLE".to_owned(), online: true };
    UserView { user, presence, call_status: CallStatus::Available }
}

/// Channel 5, created by user 7.
fn channel() -> ChannelView {
    let channel = Channel {
        id: ChannelId(5),
        app: APP,
        kind: ChannelKind::Private,
        name: "ops".to_owned(),
        display_name: "Ops".to_owned(),
        creator: Some(UserId(7)),
        properties: Properties::default(),
        created_time: Timestamp(0),
        last_seq: 0,
    };
    ChannelView { channel, creator: Some(user(7)), direct_members: Vec::new() }
}

/// Call 3 of users 7 (creator), 8 and 9.
fn call(state: CallState) -> CallView {
    let call = Call {
        id: CallId(3),
        app: APP,
        channel: ChannelId(5),
        kind: CallKind::Conference,
        creator: UserId(7),
        state,
        p2p: true,
        properties: Properties::default(),
        created_time: Timestamp(0),
        active_time: None,
        end_time: None,
        end_reason: None,
    };
    let participant = |user| Participant {
        user: UserId(user),
        outcome: Outcome::Invited,
        invited_time: Timestamp(0),
        joined_time: None,
        left_time: None,
    };
    CallView { call, creator: user(7), participants: [7, 8, 9].map(participant).to_vec() }
}

/// `audience: type resource`, as short as it can be told.
fn tell(routes: &[Route<'_>]) -> Vec<String> {
    let audience = |audience: &Audience| match audience {
        Audience::Actor(topic) => format!("actor {}", topic.as_str()),
        Audience::Result(user, topic) => format!("result {} {}", user.0, topic.as_str()),
        Audience::Users(users, topic) => {
            let ids: Vec<_> = users.iter().map(|user| user.0).collect();
            format!("users {ids:?} {}", topic.as_str())
        }
        Audience::Results(users, topic) => {
            let ids: Vec<_> = users.iter().map(|user| user.0).collect();
            format!("results {ids:?} {}", topic.as_str())
        }
        Audience::WatchersAmong(topic, users, wanted) => {
            let ids: Vec<_> = users.iter().map(|user| user.0).collect();
            format!("{topic} {} {ids:?}", if *wanted { "among" } else { "not among" })
        }
        Audience::OtherDevices(user, topic, session) => {
            format!("user {} but session {} {}", user.0, session.0, topic.as_str())
        }
        Audience::Contacts(app, except) => format!("app {} but user {}", app.0, except.0),
        Audience::Watchers(topic, None) => topic.to_string(),
        Audience::Watchers(topic, Some(except)) => format!("{topic} but user {}", except.0),
        Audience::Sessions(topic, sessions) => {
            let keys: Vec<_> = sessions.iter().map(|session| session.0).collect();
            format!("sessions {keys:?} {topic}")
        }
    };
    let resource = |resource: &Resource<'_>| match resource {
        Resource::User(view) => format!("User {}", view.user.id.0),
        Resource::CurrentUser(view) => format!("CurrentUser {}", view.user.id.0),
        Resource::Channel(view, seat) => match (seat.member, seat.moderator) {
            (false, _) => format!("Channel {} for outsiders", view.channel.id.0),
            (true, false) => format!("Channel {} for members", view.channel.id.0),
            (true, true) => format!("Channel {} for moderators", view.channel.id.0),
        },
        Resource::SeenChannel(view, seat, last) => {
            let last = last.map_or("nothing".to_owned(), |last| last.message.id.0.to_string());
            let moderates = if seat.moderator { "moderators" } else { "members" };
            format!("Channel {} for {moderates}, last {last}", view.channel.id.0)
        }
        Resource::Message(view) => format!("Message {}", view.message.id.0),
        Resource::Thread(thread) => format!("Thread {}", thread.id.0),
        Resource::Reaction(reaction) => format!("Reaction {}", reaction.emoji.as_str()),
        Resource::Report(report) => format!("Report {}", report.reason),
        Resource::Receipt { message, user, .. } => format!("Receipt {} of {}", message.0, user.user.id.0),
        Resource::Keystrokes { user, keys, .. } => format!("Keystrokes {keys} of {}", user.user.id.0),
        Resource::Event { kind, .. } => format!("Event {kind}"),
        Resource::UserBlock(block) => format!("UserBlock {}", block.user.user.id.0),
        Resource::ChannelBlock(block) => format!("ChannelBlock {}", block.user.user.id.0),
        Resource::Notification(parts) => {
            format!("Notification {} {} of {}", parts.id.0, parts.kind.as_str(), parts.message.message.id.0)
        }
        Resource::Call(view) => format!("Call {}", view.call.id.0),
        Resource::MediaSettings(view, _) => format!("MediaSettings {}", view.user.id.0),
        Resource::Signal { kind, .. } => kind.as_str().to_owned(),
        Resource::Tracks { version, .. } => format!("Tracks {version}"),
    };
    let line = |it: &Route<'_>| {
        format!("{}: {} {}", audience(&it.audience), it.event_type.as_str(), resource(&it.resource))
    };
    routes.iter().map(line).collect()
}

#[track_caller]
fn check(event: &Event, expected: &[&str]) {
    assert_eq!(tell(&of_event(event, APP, Timestamp(0))), expected, "{event:?}");
}

#[test]
fn a_changed_profile_goes_to_the_user_and_all_contacts() {
    check(
        &Event::UserUpdated { user: user(7) },
        &["result 7 self: user.self.updated CurrentUser 7", "app 1 but user 7: contact.user.updated User 7"],
    );
}

#[test]
fn channel_events_show_each_user_their_own_seat() {
    check(
        &Event::ChannelCreated { channel: channel(), joined: vec![UserId(8), UserId(7), UserId(9)] },
        &[
            "result 7 channels: user.channel.created Channel 5 for moderators",
            "users [7] channels: user.channel.joined Channel 5 for moderators",
            "users [8, 9] channels: user.channel.joined Channel 5 for members",
        ],
    );
    let of_nobody = ChannelView { creator: None, ..channel() };
    let of_nobody =
        ChannelView { channel: Channel { creator: None, ..of_nobody.channel.clone() }, ..of_nobody };
    check(
        &Event::ChannelCreated { channel: of_nobody, joined: vec![UserId(8)] },
        &["users [8] channels: user.channel.joined Channel 5 for members"],
    );
    check(
        &Event::ChannelJoined { channel: channel(), user: user(8), invited_by: None },
        &[
            "result 8 channels: user.channel.joined Channel 5 for members",
            "/topic/v1/channels/5.members: channel.member.joined User 8",
        ],
    );
    check(
        &Event::ChannelJoined { channel: channel(), user: user(8), invited_by: Some(UserId(7)) },
        &[
            "actor users: user.user.invited User 8",
            "users [8] channels: user.channel.joined Channel 5 for members",
            "/topic/v1/channels/5.members: channel.member.joined User 8",
        ],
    );
    check(
        &Event::ChannelLeft { channel: channel(), user: user(8) },
        &[
            "result 8 channels: user.channel.left Channel 5 for outsiders",
            "users [8] channels: me.channel.left Channel 5 for outsiders",
            "/topic/v1/channels/5.members: channel.member.left User 8",
        ],
    );
}

#[test]
fn a_call_rings_at_the_invited_and_stops_ringing_at_everybody() {
    check(
        &Event::CallCreated { call: call(CallState::Pending), invited: vec![UserId(8), UserId(9)] },
        &["actor calls: user.call.created Call 3", "users [8, 9] calls: user.call.invited Call 3"],
    );
    check(
        &Event::CallMissed { call: call(CallState::Active), users: vec![UserId(9)] },
        &["users [9] calls: user.call.missed Call 3"],
    );
    check(
        &Event::CallEnded { call: call(CallState::Ended) },
        &["/topic/v1/calls/3.self: call.self.ended Call 3", "users [7, 8, 9] calls: user.call.ended Call 3"],
    );
}

#[test]
fn acceptance_follows_the_order_of_the_protocol() {
    let accepted = |id, others: &[u64], state, activated| Event::CallAccepted {
        call: call(state),
        user: user(id),
        session: SessionKey(id * 10),
        others: others.iter().map(|key| SessionKey(*key)).collect(),
        activated,
    };
    check(
        &accepted(7, &[], CallState::Pending, false),
        &["sessions [70] /topic/v1/users/7.calls: user.call.active Call 3"],
    );
    check(
        &accepted(8, &[70], CallState::Active, true),
        &[
            "sessions [80] /topic/v1/users/8.calls: user.call.active Call 3",
            "user 8 but session 80 calls: user.call.accepted Call 3",
            "sessions [70] /topic/v1/calls/3.participants: call.participant.accepted User 8",
            "sessions [80, 70] /topic/v1/calls/3.self: call.self.active Call 3",
        ],
    );
    check(
        &accepted(9, &[70, 80], CallState::Active, false),
        &[
            "sessions [90] /topic/v1/users/9.calls: user.call.active Call 3",
            "user 9 but session 90 calls: user.call.accepted Call 3",
            "sessions [70, 80] /topic/v1/calls/3.participants: call.participant.accepted User 9",
            "sessions [90] /topic/v1/calls/3.self: call.self.active Call 3",
        ],
    );
}

#[test]
fn declining_and_leaving_are_told_to_the_others() {
    check(
        &Event::CallDeclined { call: call(CallState::Pending), user: user(8) },
        &[
            "result 8 calls: user.call.declined Call 3",
            "/topic/v1/calls/3.participants but user 8: call.participant.declined User 8",
        ],
    );
    check(
        &Event::CallLeft { call: call(CallState::Active), user: user(8) },
        &["/topic/v1/calls/3.participants but user 8: call.participant.left User 8"],
    );
}

#[test]
fn media_settings_are_told_to_the_user_and_in_a_call_to_the_others() {
    let updated =
        |call| Event::MediaSettingsUpdated { user: user(8), settings: MediaSettings::default(), call };
    check(&updated(None), &["users [8] self: user.self.updated CurrentUser 8"]);
    check(
        &updated(Some(CallId(3))),
        &[
            "users [8] self: user.self.updated CurrentUser 8",
            "/topic/v1/calls/3.user_media_settings but user 8: call.user_media_settings.updated MediaSettings 8",
        ],
    );
}

#[test]
fn notices_go_to_contacts_or_to_exactly_one_session() {
    let rows = [
        (
            Notice::PresenceChanged { app: APP, user: user(7) },
            "app 1 but user 7: contact.presence.changed User 7",
        ),
        (
            Notice::Signal {
                call: CallId(3),
                to: SessionKey(80),
                kind: SignalKind::AnswerOffer,
                peer: Some(user(7)),
                payload: None,
                time: Timestamp(0),
            },
            "sessions [80] /topic/v1/calls/3.signals: call.signal.created ANSWER_OFFER",
        ),
        (
            Notice::CallOver { call: call(CallState::Active), to: SessionKey(80) },
            "sessions [80] /topic/v1/calls/3.self: call.self.ended Call 3",
        ),
        (
            Notice::MediaTracks {
                call: CallId(3),
                to: SessionKey(80),
                version: 4,
                tracks: Vec::new(),
                wanted: WantedSections::default(),
            },
            "sessions [80] /topic/v1/calls/3.media: call.media.updated Tracks 4",
        ),
    ];
    for (notice, expected) in rows {
        assert_eq!(tell(&of_notice(&notice)), [expected]);
    }
}

mod chat;
