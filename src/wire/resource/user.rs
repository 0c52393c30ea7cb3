//! User and CurrentUser (protocol 4.1 to 4.3).
use super::{Links, Renderer, properties};
use crate::destination::{Action, Relay, Topic, UserTopic};
use model::{
    UserId,
    user::{CallStatus, UserView},
};
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
struct PresenceBody<'a> {
    status: &'a str,
    online: bool,
}

/// What both kinds of user show.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile<'a> {
    id: u64,
    r#type: &'static str,
    name: &'a str,
    display_name: &'a str,
    display_picture_url: &'a str,
    is_guest: bool,
    presence: PresenceBody<'a>,
    call_status: &'static str,
    properties: &'a RawValue,
}

/// A user as others see it.
#[derive(Serialize)]
pub struct User<'a> {
    #[serde(flatten)]
    profile: Profile<'a>,
    _relays: Links<Relay, 2>,
    _actions: Links<Action, 2>,
}

/// The session's own user, with everything only it may use.
#[derive(Serialize)]
pub struct CurrentUser<'a> {
    #[serde(flatten)]
    profile: Profile<'a>,
    _relays: Links<Relay, 14>,
    _topics: Links<Topic, 14>,
    _actions: Links<Action, 6>,
    _streams: Links<&'static str, 1>,
}

impl Renderer {
    /// A user for anybody.
    pub fn user<'a>(&'a self, view: &'a UserView) -> User<'a> {
        let id = view.user.id;
        User {
            profile: self.profile(view, &view.presence.status, view.presence.online),
            _relays: Links([
                ("self", Some(Relay::User(id))),
                ("channelMember", Some(Relay::ChannelMember(id))),
            ]),
            _actions: Links([
                ("block", Some(Action::BlockUser(id))),
                ("delete", Some(Action::DeleteUser(id))),
            ]),
        }
    }

    /// A user for itself: whoever reads this is online and sees the status it chose, however invisible to others.
    pub fn current_user<'a>(&'a self, view: &'a UserView) -> CurrentUser<'a> {
        CurrentUser {
            profile: self.profile(view, &view.user.presence_status, true),
            _relays: own_relays(),
            _topics: own_topics(view.user.id),
            _actions: own_actions(),
            _streams: Links([("displayPicture", Some("/v1/streams/user/display_picture"))]),
        }
    }

    fn profile<'a>(&'a self, view: &'a UserView, status: &'a str, online: bool) -> Profile<'a> {
        let user = &view.user;
        Profile {
            id: user.id.0,
            r#type: "PERSON",
            name: &user.name,
            display_name: &user.display_name,
            display_picture_url: user.display_picture_url.as_deref().unwrap_or(self.default_picture()),
            is_guest: user.is_guest,
            presence: PresenceBody { status, online },
            call_status: match view.call_status {
                CallStatus::Available => "AVAILABLE",
                CallStatus::InCall => "IN_CALL",
            },
            properties: properties(&user.properties),
        }
    }
}

fn own_relays() -> Links<Relay, 14> {
    Links([
        ("self", Some(Relay::CurrentUser)),
        ("readFileAccessGrant", Some(Relay::ReadFileAccessGrant)),
        ("writeFileAccessGrant", Some(Relay::WriteFileAccessGrant)),
        ("channels", Some(Relay::Channels)),
        ("joinableChannels", Some(Relay::JoinableChannels)),
        ("unreadChannels", Some(Relay::UnreadChannels)),
        ("channelsCount", Some(Relay::ChannelsCount)),
        ("unreadChannelsCount", Some(Relay::UnreadChannelsCount)),
        ("unreadMessagesCount", Some(Relay::UnreadMessagesCount)),
        ("messages", Some(Relay::UserMessages)),
        ("contacts", Some(Relay::Contacts)),
        ("contactsCount", Some(Relay::ContactsCount)),
        ("userBlockListItems", Some(Relay::UserBlockListItems)),
        ("userBlockedRecords", Some(Relay::UserBlockedRecords)),
    ])
}

fn own_topics(id: UserId) -> Links<Topic, 14> {
    let topic = |key| Some(Topic::User(id, key));
    Links([
        ("self", topic(UserTopic::Own)),
        ("channels", topic(UserTopic::Channels)),
        ("messages", topic(UserTopic::Messages)),
        ("notifications", topic(UserTopic::Notifications)),
        ("contacts", topic(UserTopic::Contacts)),
        ("participants", topic(UserTopic::Participants)),
        ("users", topic(UserTopic::Users)),
        ("reactions", topic(UserTopic::Reactions)),
        ("threads", topic(UserTopic::Threads)),
        ("calls", topic(UserTopic::Calls)),
        ("elements", topic(UserTopic::Elements)),
        ("features", topic(UserTopic::Features)),
        ("styles", topic(UserTopic::Styles)),
        ("readReceipts", topic(UserTopic::ReadReceipts)),
    ])
}

fn own_actions() -> Links<Action, 6> {
    Links([
        ("update", Some(Action::UpdateUser)),
        ("createChannel", Some(Action::CreateChannel)),
        ("updateDisplayPicture", Some(Action::UpdateDisplayPicture)),
        ("updateMediaSettingsAudioEnabled", Some(Action::UpdateAudioEnabled)),
        ("updateMediaSettingsVideoEnabled", Some(Action::UpdateVideoEnabled)),
        ("delete", Some(Action::DeleteOwnUser)),
    ])
}
