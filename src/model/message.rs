//! Chat messages: what people and the system say in a channel.
//!
//! ```text
//!   Message      as stored: who, where, what
//!   MessageView  what its resource shows: people, counts, reactions
//! ```
//!
//! A message has a place in its channel's order (`seq`, the number of the event that announced it) and an id; of two
//! messages of one channel the later one has the larger of both. Ids are what pages, positions and watermarks use.
use crate::{
    AppId, ChannelId, MessageId, Properties, ThreadId, Timestamp, UserId, channel::ChannelView,
    reaction::ReactionSummary, user::UserView,
};
use serde::{Deserialize, Serialize};

/// A message as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Identifier.
    pub id: MessageId,
    /// Tenant.
    pub app: AppId,
    /// The channel.
    pub channel: ChannelId,
    /// The thread: the channel's main one, a standalone one, or that of the message it replies to.
    pub thread: ThreadId,
    /// Number of the event that announced it, in its channel's order.
    pub seq: u64,
    /// Who says it.
    pub author: Author,
    /// What is said.
    pub content: Content,
    /// Free text by which clients group messages.
    pub group_tag: Option<String>,
    /// The message this one replies to.
    pub parent: Option<MessageId>,
    /// 0 outside replies, one more than its parent's in them.
    pub nested_level: u32,
    /// Free JSON object.
    pub properties: Properties,
    /// When it was sent.
    pub created_time: Timestamp,
    /// When its body was last edited.
    pub last_edited_time: Option<Timestamp>,
    /// When it was deleted for everybody. Such a message is in no list; it can be looked up for a while.
    pub deleted_time: Option<Timestamp>,
}

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Author {
    /// A user: `TEXT`, `FILE`.
    User(UserId),
    /// The application: `SYSTEM_TEXT`, `SYSTEM_FILE`.
    System,
}

impl Author {
    /// The user, if it is one.
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::System => None,
        }
    }
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// Words.
    Text(Text),
    /// One file.
    File(File),
}

impl Content {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            Self::File(_) => None,
        }
    }
}

/// Words, and what was found in them. All positions are UTF-16 offsets, the end exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// As written.
    pub body: String,
    /// Web addresses in it, in order.
    pub links: Vec<Link>,
    /// Users and channels named in it, in order.
    pub mentions: Vec<Mention>,
}

/// A web address in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// As written.
    pub source: String,
    /// First UTF-16 unit.
    pub start: u32,
    /// After the last UTF-16 unit.
    pub end: u32,
    /// What the page says about itself; arrives after the message.
    pub preview: Option<Preview>,
}

/// What a page says about itself. Without an image there is no preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The page's own address.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Absolute URL of its picture.
    pub image: String,
    /// What it is about.
    pub description: Option<String>,
    /// The site it belongs to.
    pub site_name: Option<String>,
}

/// A user or a channel named in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// As written, with brackets.
    pub tag: String,
    /// First UTF-16 unit.
    pub start: u32,
    /// After the last UTF-16 unit.
    pub end: u32,
    /// Who or what.
    pub target: MentionTarget,
}

/// Who or what a mention names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MentionTarget {
    /// `<@username>`
    User(UserId),
    /// `<#channelName>`
    Channel(ChannelId),
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Where it is kept.
    pub kind: FileKind,
    /// HOSTED: path below this server's files. EXTERNAL: absolute URL.
    pub url: String,
    /// Name shown to people.
    pub name: String,
    /// MIME type.
    pub content_type: String,
    /// Bytes.
    pub size: u64,
}

/// Where a file is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileKind {
    /// By us.
    Hosted,
    /// Elsewhere.
    External,
}

impl FileKind {
    /// The word on the wire and in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hosted => "HOSTED",
            Self::External => "EXTERNAL",
        }
    }

    /// Inverse of [`FileKind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Hosted, Self::External].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Message type on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// A user's words.
    Text,
    /// A user's file.
    File,
    /// The application's words.
    SystemText,
    /// The application's file.
    SystemFile,
}

impl MessageKind {
    /// The word on the wire and in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::File => "FILE",
            Self::SystemText => "SYSTEM_TEXT",
            Self::SystemFile => "SYSTEM_FILE",
        }
    }

    /// Inverse of [`MessageKind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Text, Self::File, Self::SystemText, Self::SystemFile]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

impl Message {
    /// Its type.
    pub fn kind(&self) -> MessageKind {
        match (self.author, &self.content) {
            (Author::User(_), Content::Text(_)) => MessageKind::Text,
            (Author::User(_), Content::File(_)) => MessageKind::File,
            (Author::System, Content::Text(_)) => MessageKind::SystemText,
            (Author::System, Content::File(_)) => MessageKind::SystemFile,
        }
    }
}

/// A message with what its resource shows. The same for everybody who may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageView {
    /// The stored message.
    pub message: Message,
    /// The author; `None` for system messages.
    pub author: Option<UserView>,
    /// Mentions with whom or what they name; those of users and channels that are gone are left out.
    pub mentions: Vec<MentionView>,
    /// By emoji, the first used first.
    pub reactions: Vec<ReactionSummary>,
    /// Messages that reply to it.
    pub replies_count: u64,
    /// Users who reported it.
    pub report_count: u64,
}

/// A mention with whom or what it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MentionView {
    /// As written.
    pub mention: Mention,
    /// Whom or what it names.
    pub named: Named,
}

/// Whom or what a mention names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Named {
    /// A user of the application.
    User(Box<UserView>),
    /// A PUBLIC channel, or the message's own.
    Channel(Box<ChannelView>),
}

/// Somebody's report of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageReport {
    /// The message.
    pub message: MessageId,
    /// Who reports it.
    pub user: UserView,
    /// Why.
    pub reason: String,
    /// Free JSON object.
    pub properties: Properties,
    /// When.
    pub created_time: Timestamp,
}
