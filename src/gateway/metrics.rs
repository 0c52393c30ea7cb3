//! What the gateway counts.
use wire::destination::Action;

telemetry::metrics! {
    /// Counters and gauges of real-time sessions.
    pub struct GatewayMetrics("gateway") {
        /// Logical sessions, those without a socket included.
        pub(crate) sessions: IntGauge,
        /// Open connections: WebSockets and SockJS sessions.
        pub(crate) sockets: IntGauge,
        /// SockJS sessions without WebSocket, those included that ended a moment ago.
        pub(crate) sockjs_sessions: IntGauge,
        /// Frames received from clients, heart-beats not counted.
        pub(crate) frames_in_total: IntCounter,
        /// Frames written to clients, heart-beats not counted.
        pub(crate) frames_out_total: IntCounter,
        /// Topic events queued for a subscription.
        pub(crate) events_total: IntCounter,
        /// From SEND received to its answer queued, seconds, by kind of action.
        pub(crate) action_seconds: HistogramVec["action"],
        /// From SUBSCRIBE of a relay received to its answer queued, seconds.
        pub(crate) relay_seconds: Histogram,
        /// Failed requests told on errors queues, by error name.
        pub(crate) failures_total: IntCounterVec["error"],
        /// Refused attempts to connect, by reason.
        pub(crate) refusals_total: IntCounterVec["reason"],
        /// Closed connections, by reason.
        pub(crate) closed_total: IntCounterVec["reason"],
        /// Sessions continued on a new socket.
        pub(crate) resumed_total: IntCounter,
        /// Sessions without a socket that were given up early because there were too many.
        pub(crate) given_up_total: IntCounter,
        /// Events sent once more to a resumed session.
        pub(crate) replayed_total: IntCounter,
        /// Events dropped because a session had too many unacknowledged ones; the session cannot be resumed unless it
        /// acknowledges a newer one.
        pub(crate) replay_overflows_total: IntCounter,
        /// Sends that repeated the receipt of an earlier one and were answered from memory.
        pub(crate) repeated_sends_total: IntCounter,
        /// Changes of presence that chats were not told about because too many waited.
        pub(crate) presence_skipped_total: IntCounter,
        /// Tasks of a connection or a request that panicked.
        pub(crate) panics_total: IntCounter,
    }
}

/// Label of an action: its key, without ids.
pub(crate) fn action_label(action: Action) -> &'static str {
    match action {
        Action::UpdateUser => "update_user",
        Action::UpdateDisplayPicture => "update_display_picture",
        Action::UpdateAudioEnabled => "update_audio_enabled",
        Action::UpdateVideoEnabled => "update_video_enabled",
        Action::CreateChannel => "create_channel",
        Action::JoinChannel(_) => "join_channel",
        Action::LeaveChannel(_) => "leave_channel",
        Action::InviteUser(_) => "invite_user",
        Action::StartCall(_) => "start_call",
        Action::Ready(_) => "ready",
        Action::Signal(_) => "signal",
        Action::Decline(_) | Action::Reject(_) => "decline",
        Action::DeleteOwnUser | Action::DeleteUser(_) => "delete_user",
        Action::BlockUser(_) => "block_user",
        Action::UnblockUser(_) => "unblock_user",
        Action::SendMessage(_) | Action::SendThreadMessage(_) | Action::Reply(_) => "send_message",
        Action::SendKeystrokes(_) | Action::SendThreadKeystrokes(_) => "send_keystrokes",
        Action::ReadChannel(_) | Action::ReadThread(_) | Action::ReadMessage(_) => "read",
        Action::UnreadMessage(_) => "unread",
        Action::MuteChannel(_) => "mute_channel",
        Action::TriggerEvent(_) => "trigger_event",
        Action::UpdateChannel(_) => "update_channel",
        Action::DeleteChannel(_) => "delete_channel",
        Action::ClearHistory(_) => "clear_history",
        Action::HideChannel(_) => "hide_channel",
        Action::CreateThread(_) => "create_thread",
        Action::AddModerator(_) => "add_moderator",
        Action::DeleteModerator(_) => "delete_moderator",
        Action::BlockChannelUser(_) => "block_channel_user",
        Action::UnblockChannelUser(..) => "unblock_channel_user",
        Action::React(_) => "react",
        Action::RemoveReaction(_) => "remove_reaction",
        Action::EditMessage(_) | Action::UpdateMessageProperties(_) => "update_message",
        Action::DeleteMessage(_) | Action::DeleteMessageForMe(_) => "delete_message",
        Action::ReportMessage(_) | Action::RemoveReport(_) => "report_message",
    }
}
