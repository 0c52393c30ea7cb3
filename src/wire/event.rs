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
    /// User: they are gone for good.
    UserSelfDeleted = "user.self.deleted",
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
    /// Channel: names, properties or moderators changed.
    UserChannelUpdated = "user.channel.updated",
    /// Channel: it is gone.
    UserChannelDeleted = "user.channel.deleted",
    /// Channel: off the user's list.
    UserChannelHidden = "user.channel.hidden",
    /// Channel: on the user's list again.
    UserChannelUnhidden = "user.channel.unhidden",
    /// Channel: the user muted it.
    UserChannelMuted = "user.channel.muted",
    /// Channel: the user took that back.
    UserChannelUnmuted = "user.channel.unmuted",
    /// Channel: the user does not want to see what was said so far.
    UserChannelHistoryCleared = "user.channel.history_cleared",
    /// ChannelBlockRecord: result of blocking a user in a channel.
    UserChannelBlockRecordCreated = "user.channel.block_record_created",
    /// ChannelBlockRecord: result of taking that back.
    UserChannelBlockRecordDeleted = "user.channel.block_record_deleted",
    /// Channel, on `C._topics.self`.
    ChannelSelfUpdated = "channel.self.updated",
    /// Channel, on `C._topics.self`.
    ChannelSelfDeleted = "channel.self.deleted",
    /// User, on `C._topics.members`.
    ChannelMemberJoined = "channel.member.joined",
    /// User, on `C._topics.members`.
    ChannelMemberLeft = "channel.member.left",
    /// User, on `C._topics.moderators`.
    ChannelModeratorAdded = "channel.moderator.added",
    /// User, on `C._topics.moderators`.
    ChannelModeratorDeleted = "channel.moderator.deleted",
    /// ChannelBlockRecord, on `C._topics.blockRecords`.
    ChannelBlockRecordCreated = "channel.block_record.created",
    /// ChannelBlockRecord, on `C._topics.blockRecords`.
    ChannelBlockRecordDeleted = "channel.block_record.deleted",
    /// Event, on `C._topics.events`: an application's own.
    ChannelEventTriggered = "channel.event.triggered",
    /// Message, on `C._topics.messages`: of any thread.
    ChannelMessageCreated = "channel.message.created",
    /// Message, on `C._topics.messages`.
    ChannelMessageUpdated = "channel.message.updated",
    /// Message, on `C._topics.messages`: deleted for everybody.
    ChannelMessageDeleted = "channel.message.deleted",
    /// Message, on `T._topics.messages`.
    ThreadMessageCreated = "thread.message.created",
    /// Keystrokes, of a channel or a thread.
    ThreadKeystrokesCreated = "thread.keystrokes.created",
    /// User, of a channel or a thread.
    ThreadTypingStarted = "thread.typing.started",
    /// User, of a channel or a thread.
    ThreadTypingStopped = "thread.typing.stopped",
    /// ReadReceipt, of the channel and of its people.
    MessageReadReceiptCreated = "message.read_receipt.created",
    /// ReadReceipt, of the channel and of its people.
    MessageReadReceiptDeleted = "message.read_receipt.deleted",
    /// Reaction, on `C._topics.reactions`.
    MessageReactionCreated = "message.reaction.created",
    /// Reaction, on `C._topics.reactions`.
    MessageReactionRemoved = "message.reaction.removed",
    /// User, on `U._topics.participants`: typing in any channel of the user.
    ParticipantTypingStarted = "participant.typing.started",
    /// User, on `U._topics.participants`.
    ParticipantTypingStopped = "participant.typing.stopped",
    /// Message: result of sending one.
    UserMessageCreated = "user.message.created",
    /// Message: result of changing one.
    UserMessageUpdated = "user.message.updated",
    /// Message: result of deleting one.
    UserMessageDeleted = "user.message.deleted",
    /// MessageReport: result of reporting a message.
    UserMessageReported = "user.message.reported",
    /// Reaction: result of reacting.
    UserReactionCreated = "user.reaction.created",
    /// Reaction: result of taking one back.
    UserReactionRemoved = "user.reaction.removed",
    /// Thread: result of making one.
    UserThreadCreated = "user.thread.created",
    /// Notification, on `U._topics.notifications`.
    UserNotificationCreated = "user.notification.created",
    /// User: result of blocking one.
    UserUserBlocked = "user.user.blocked",
    /// UserBlockListItem: the user blocked somebody.
    UserUserBlocklistItemCreated = "user.user_blocklist_item.created",
    /// User: the user unblocked somebody.
    UserUserUnblocked = "user.user.unblocked",
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
            Self::UserChannelUpdated => Some("me.channel.updated"),
            Self::UserChannelHidden => Some("me.channel.hidden"),
            Self::UserChannelUnhidden => Some("me.channel.unhidden"),
            Self::UserNotificationCreated => Some("me.notification.created"),
            Self::ChannelMessageUpdated => Some("thread.message.updated"),
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
