//! Where a SEND frame goes.
use super::path::{Path, paths, strip_version};
use std::fmt;

paths!(
    /// One variant per action that any resource offers. Answered with a RECEIPT, or on the errors queue.
    Action {
        user {
            /// Change the own profile.
            UpdateUser = "update",
            /// Create a channel.
            CreateChannel = "create_channel",
            /// Set the own picture to an external file.
            UpdateDisplayPicture = "update_display_picture",
            /// Microphone on or off.
            UpdateAudioEnabled = "update_media_settings_audio_enabled",
            /// Camera on or off.
            UpdateVideoEnabled = "update_media_settings_video_enabled",
            /// Delete the own user.
            DeleteOwnUser = "delete",
        }
        users {
            /// Block a user.
            BlockUser = "block",
            /// Take a user off the own block list.
            UnblockUser = "unblock",
            /// Delete a user.
            DeleteUser = "delete",
        }
        channels {
            /// Send a message.
            SendMessage = "message",
            /// Tell what is being typed.
            SendKeystrokes = "keystrokes",
            /// Mark everything read.
            ReadChannel = "read",
            /// Mute or unmute.
            MuteChannel = "mute",
            /// Start a call.
            StartCall = "call",
            /// Trigger a custom event.
            TriggerEvent = "trigger_event",
            /// Change names or properties.
            UpdateChannel = "update",
            /// Delete the channel.
            DeleteChannel = "delete",
            /// Hide what was said so far from the acting user.
            ClearHistory = "clear_history",
            /// Take a DIRECT channel off the list.
            HideChannel = "hide",
            /// Start a thread.
            CreateThread = "create_thread",
            /// Become a member.
            JoinChannel = "join",
            /// Stop being a member.
            LeaveChannel = "leave",
            /// Make somebody a member.
            InviteUser = "invite",
            /// Make a member a moderator.
            AddModerator = "add_moderator",
            /// Take that back.
            DeleteModerator = "delete_moderator",
            /// Block a user in the channel.
            BlockChannelUser = "block",
        }
        blocks {
            /// Let a user into the channel again.
            UnblockChannelUser = "delete",
        }
        messages {
            /// Mark it read.
            ReadMessage = "read",
            /// Mark it, and what was said after it, unread.
            UnreadMessage = "unread",
            /// Reply to it.
            Reply = "reply",
            /// React to it.
            React = "react",
            /// Take that back.
            RemoveReaction = "remove_reaction",
            /// Change its text.
            EditMessage = "edit",
            /// Change its properties.
            UpdateMessageProperties = "update_properties",
            /// Delete it for everybody.
            DeleteMessage = "delete",
            /// Delete it for the acting user.
            DeleteMessageForMe = "delete_for_me",
            /// Report it.
            ReportMessage = "report",
            /// Take that back; no client offers it, and it is refused.
            RemoveReport = "remove_report",
        }
        threads {
            /// Send a message in it.
            SendThreadMessage = "message",
            /// Tell what is being typed in it.
            SendThreadKeystrokes = "keystrokes",
            /// Mark everything in it read.
            ReadThread = "read",
        }
        calls {
            /// Take part in the call: for an invitee, the acceptance.
            Ready = "ready",
            /// Send a signal to a peer, or to the SFU.
            Signal = "signal",
            /// Say no.
            Decline = "decline",
            /// The old name of `decline`.
            Reject = "reject",
        }
    }
);

impl Action {
    /// `None` for anything that is not an action.
    pub fn parse(destination: &str) -> Option<Self> {
        Self::from_path(Path::parse(strip_version(destination, "/application/")?)?)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/application/v1/{}", self.path())
    }
}
