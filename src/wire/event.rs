//! Topic events: `{ "type", "version", "resource" }`, and the closed list of type names (protocol 6 and 7.6).
use serde::Serialize;

macro_rules! types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// The name of an event, matched exactly by clients.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventType { $($(#[$doc])* $variant),+ }

        impl EventType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

types!(
    /// CurrentUser, on `U._topics.self`.
    UserSelfUpdated = "user.self.updated",
    /// User, on `U._topics.contacts`.
    ContactUserUpdated = "contact.user.updated",
    /// User, on `U._topics.contacts`.
    ContactPresenceChanged = "contact.presence.changed",
    /// Channel: result of creating one.
    UserChannelCreated = "user.channel.created",
    /// Channel: result of creating one that was there.
    UserChannelUpserted = "user.channel.upserted",
    /// Channel: the user became a member.
    UserChannelJoined = "user.channel.joined",
    /// Channel: the user is no longer a member.
    UserChannelLeft = "user.channel.left",
    /// The same for `@chatkitty/core` 2 observers.
    MeChannelLeft = "me.channel.left",
    /// User, on `C._topics.members`.
    ChannelMemberJoined = "channel.member.joined",
    /// User, on `C._topics.members`.
    ChannelMemberLeft = "channel.member.left",
    /// User: their first chat session in the channel began.
    ChannelParticipantActive = "channel.participant.active",
    /// User: their last chat session in the channel ended.
    ChannelParticipantInactive = "channel.participant.inactive",
    /// User, on `C._topics.participants`: presence of a member.
    ParticipantPresenceChanged = "participant.presence.changed",
    /// User: result of inviting one.
    UserUserInvited = "user.user.invited",
    /// Call: result of starting one.
    UserCallCreated = "user.call.created",
    /// Call: it rings.
    UserCallInvited = "user.call.invited",
    /// Call: this session takes part now.
    UserCallActive = "user.call.active",
    /// Call: another session of the user answered. Ours.
    UserCallAccepted = "user.call.accepted",
    /// Call: result of declining; for the user's other sessions: stop ringing.
    UserCallDeclined = "user.call.declined",
    /// Call: the ring time is over and it goes on without the user, stop ringing. Ours.
    UserCallMissed = "user.call.missed",
    /// Call: it is over, stop ringing. Ours.
    UserCallEnded = "user.call.ended",
    /// Call: two participants are ready.
    CallSelfActive = "call.self.active",
    /// Call: it is over.
    CallSelfEnded = "call.self.ended",
    /// User, on `K._topics.participants`.
    CallParticipantAccepted = "call.participant.accepted",
    /// User, on `K._topics.participants`.
    CallParticipantDeclined = "call.participant.declined",
    /// User, on `K._topics.participants`.
    CallParticipantLeft = "call.participant.left",
    /// UserMediaSettings, on `K._topics.userMediaSettings`.
    CallUserMediaSettingsUpdated = "call.user_media_settings.updated",
    /// CallSignal, on `K._topics.signals`.
    CallSignalCreated = "call.signal.created",
    /// CallMedia, on `K._topics.media`. Ours.
    CallMediaUpdated = "call.media.updated",
);

impl EventType {
    /// The twin that the oldest clients listen to (protocol 10), if the event has one. `user.channel.left` has none
    /// here: its twin [`Self::MeChannelLeft`] goes to everybody.
    pub fn legacy(self) -> Option<&'static str> {
        match self {
            Self::UserChannelCreated => Some("me.channel.created"),
            Self::UserChannelUpserted => Some("me.channel.upserted"),
            Self::UserChannelJoined => Some("me.channel.joined"),
            Self::UserCallInvited => Some("me.call.invited"),
            Self::UserCallActive => Some("me.call.active"),
            Self::CallParticipantAccepted => Some("call.participant.entered"),
            Self::CallParticipantDeclined => Some("call.participant.rejected"),
            _ => None,
        }
    }
}

/// The body of a topic MESSAGE.
pub fn encode(event_type: EventType, resource: &impl Serialize) -> Vec<u8> {
    encode_as(event_type.as_str(), resource)
}

/// The body of a topic MESSAGE under another name: one of [`EventType::legacy`].
pub fn encode_as(name: &'static str, resource: &impl Serialize) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<'a, R> {
        r#type: &'static str,
        version: &'static str,
        resource: &'a R,
    }
    let body = Body { r#type: name, version: "v1", resource };
    serde_json::to_vec(&body).expect("invariant: resources serialize")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_twins_have_names_of_their_own() {
        let mut names: Vec<_> = EventType::ALL.iter().map(|event_type| event_type.as_str()).collect();
        names.extend(EventType::ALL.iter().filter_map(|event_type| event_type.legacy()));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_twin_differs_in_its_name_only() {
        let current = encode(EventType::UserCallInvited, &7);
        assert_eq!(current, br#"{"type":"user.call.invited","version":"v1","resource":7}"#);
        assert_eq!(
            encode_as("me.call.invited", &7),
            br#"{"type":"me.call.invited","version":"v1","resource":7}"#
        );
    }
}
