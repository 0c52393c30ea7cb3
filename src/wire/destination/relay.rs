//! What a one-shot SUBSCRIBE reads.
use super::{
    page::PageSpec,
    path::{Path, paths, strip_version},
};
use std::fmt;

paths!(
    /// One variant per relay that any resource offers. `Display` prints the first page of pageable ones.
    Relay {
        user {
            /// The current user, asked for by name when a connection begins (hard-coded in the clients).
            Bootstrap = "",
            /// The current user again.
            CurrentUser = "self",
            /// A grant to upload files.
            WriteFileAccessGrant = "write_file_access_grant",
            /// A grant to download files.
            ReadFileAccessGrant = "read_file_access_grant",
            /// Channels visible to the user.
            Channels = "channels",
            /// Channels the user may join.
            JoinableChannels = "joinable_channels",
            /// Channels with unread messages.
            UnreadChannels = "unread_channels",
            /// How many channels.
            ChannelsCount = "channels_count",
            /// How many unread channels.
            UnreadChannelsCount = "unread_channels_count",
            /// How many unread messages.
            UnreadMessagesCount = "unread_messages_count",
            /// Messages of all channels.
            UserMessages = "messages",
            /// The other users.
            Contacts = "contacts",
            /// How many other users.
            ContactsCount = "contacts_count",
            /// Users this one blocked.
            UserBlockListItems = "user_block_list_items",
            /// The same under its other name.
            UserBlockedRecords = "user_blocked_records",
        }
        users {
            /// A user.
            User = "",
            /// Is the user a member of the channel in the parameter `channelId`?
            ChannelMember = "channel_member",
            /// What the user sends in calls.
            UserMediaSettings = "media_settings",
        }
        channels {
            /// A channel.
            Channel = "",
            /// Its messages.
            ChannelMessages = "messages",
            /// How many of them.
            MessagesCount = "messages_count",
            /// The newest message.
            LastReceivedMessage = "last_received_message",
            /// The newest message the user read.
            LastReadMessage = "last_read_message",
            /// Anything unread?
            ChannelUnread = "unread",
            /// Its members.
            ChannelMembers = "members",
            /// Its threads.
            Threads = "threads",
            /// Its calls.
            ChannelCalls = "calls",
            /// Who read what in a window of messages.
            ChannelContext = "context",
            /// Its moderators.
            Moderators = "moderators",
            /// Users blocked in it.
            BlockRecords = "block_records",
        }
        blocks {}
        messages {
            /// A message.
            Message = "",
            /// Its channel.
            MessageChannel = "channel",
            /// The message it replies to.
            MessageParent = "parent",
            /// Who has read it.
            ReadReceipts = "read_receipts",
            /// Replies to it.
            Replies = "replies",
            /// How many replies.
            RepliesCount = "replies_count",
            /// Reactions to it.
            Reactions = "reactions",
            /// Reports of it.
            Reports = "reports",
            /// How many reports.
            ReportCount = "report_count",
        }
        threads {
            /// A thread.
            Thread = "",
            /// Its channel.
            ThreadChannel = "channel",
            /// The message that is replied to in it.
            ThreadMessage = "message",
        }
        calls {
            /// A call.
            Call = "",
            /// Who is in it.
            CallParticipants = "participants",
        }
    }
);

/// A relay and the page of it that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayRequest {
    /// What is read.
    pub relay: Relay,
    /// Which page; all empty for relays without pages.
    pub page: PageSpec,
}

/// How the list behind a relay is cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Paging {
    None,
    Numbered,
    Cursor,
}

impl Relay {
    /// `None` for anything that is not a relay. Missing pieces of the page suffix mean defaults.
    pub fn parse(destination: &str) -> Option<RelayRequest> {
        let rest = strip_version(destination, "/application/")?;
        let (path, suffix) = rest.split_once(".relay")?;
        let relay = Self::from_path(Path::parse(path)?)?;
        let page = match relay.paging() {
            Paging::None if suffix.is_empty() => PageSpec::default(),
            Paging::None => return None,
            Paging::Numbered => PageSpec::parse(suffix, ".page.")?.numbered(),
            Paging::Cursor => PageSpec::parse(suffix, ".cursor.")?.by_cursor(),
        };
        Some(RelayRequest { relay, page })
    }

    fn paging(self) -> Paging {
        match self {
            Self::ChannelMessages(_) | Self::UserMessages | Self::Replies(_) => Paging::Cursor,
            Self::ReadReceipts(_) | Self::Reactions(_) | Self::Reports(_) => Paging::Numbered,
            Self::Channels | Self::JoinableChannels | Self::UnreadChannels | Self::Contacts => {
                Paging::Numbered
            }
            Self::UserBlockListItems | Self::UserBlockedRecords => Paging::Numbered,
            Self::ChannelMembers(_) | Self::Threads(_) | Self::ChannelCalls(_) => Paging::Numbered,
            Self::Moderators(_) | Self::BlockRecords(_) | Self::CallParticipants(_) => Paging::Numbered,
            _ => Paging::None,
        }
    }
}

impl fmt::Display for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        RelayRequest { relay: *self, page: PageSpec::default() }.fmt(f)
    }
}

impl fmt::Display for RelayRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/application/v1/{}.relay", self.relay.path())?;
        match self.relay.paging() {
            Paging::None => Ok(()),
            Paging::Numbered => self.page.write(f, ".page."),
            Paging::Cursor => self.page.write(f, ".cursor."),
        }
    }
}

impl serde::Serialize for RelayRequest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
