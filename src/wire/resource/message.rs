//! Message and what is in it (protocol 4.5).
use super::{Channel, Links, Renderer, Seat, Text, User, properties, time};
use crate::destination::{Action, Relay};
use domain::emoji;
use model::{
    ChannelId, MessageId, Timestamp,
    message::{self, Content, FileKind, MentionView, MessageView, Named},
    reaction,
};
use serde::Serialize;
use serde_json::value::RawValue;
use std::fmt;

/// A message; the same for every viewer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message<'a> {
    id: u64,
    r#type: &'static str,
    channel_id: u64,
    created_time: Text<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_edited_time: Option<Text<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Vec<Link<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mentions: Option<Vec<Mention<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_tag: Option<&'a str>,
    reactions: Vec<ReactionSummary<'a>>,
    reactions_summary: OlderSummary<'a>,
    replies_count: u64,
    nested_level: u32,
    report_count: u64,
    properties: &'a RawValue,
    #[serde(rename = "_relays")]
    relays: Links<Relay, 9>,
    #[serde(rename = "_actions")]
    actions: Links<Action, 11>,
    #[serde(rename = "_streams")]
    streams: Links<Text<RepliesStream>, 1>,
}

/// The same summaries in the shape that older clients read.
#[derive(Serialize)]
struct OlderSummary<'a> {
    emojis: Vec<ReactionSummary<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Link<'a> {
    source: &'a str,
    start_position: u32,
    end_position: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<Preview<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Preview<'a> {
    url: &'a str,
    title: &'a str,
    image: Image<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site_name: Option<&'a str>,
}

#[derive(Serialize)]
struct Image<'a> {
    source: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mention<'a> {
    r#type: &'static str,
    tag: &'a str,
    start_position: u32,
    end_position: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<Channel<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    r#type: &'static str,
    url: Text<FileUrl<'a>>,
    name: &'a str,
    content_type: &'a str,
    size: u64,
}

#[derive(Clone, Copy)]
struct FileUrl<'a> {
    base: &'a str,
    file: &'a message::File,
}

impl fmt::Display for FileUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file.kind {
            FileKind::Hosted => write!(f, "{}/files/{}", self.base, self.file.url.trim_start_matches('/')),
            FileKind::External => f.write_str(&self.file.url),
        }
    }
}

#[derive(Serialize)]
struct ReactionSummary<'a> {
    emoji: Emoji,
    users: Vec<User<'a>>,
    count: u64,
}

/// What is known about an emoji.
#[derive(Serialize)]
pub struct Emoji {
    character: String,
    description: String,
    aliases: Vec<String>,
    tags: Vec<String>,
}

#[derive(Clone, Copy)]
struct RepliesStream(MessageId);

impl fmt::Display for RepliesStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/v1/streams/messages/{}/replies", self.0.0)
    }
}

impl Renderer {
    /// A message.
    pub fn message<'a>(&'a self, view: &'a MessageView) -> Message<'a> {
        let message = &view.message;
        let text = message.content.text();
        let mentions =
            || view.mentions.iter().map(|mention| self.mention(mention, message.channel)).collect();
        Message {
            id: message.id.0,
            r#type: message.kind().as_str(),
            channel_id: message.channel.0,
            created_time: time(message.created_time),
            last_edited_time: message.last_edited_time.map(time),
            body: text.map(|text| text.body.as_str()),
            links: text.map(|text| text.links.iter().map(link).collect()),
            mentions: text.map(|_| mentions()),
            file: match &message.content {
                Content::File(file) => Some(self.file(file)),
                Content::Text(_) => None,
            },
            user: view.author.as_ref().map(|author| self.user(author)),
            group_tag: message.group_tag.as_deref(),
            reactions: self.summaries(view),
            reactions_summary: OlderSummary { emojis: self.summaries(view) },
            replies_count: view.replies_count,
            nested_level: message.nested_level,
            report_count: view.report_count,
            properties: properties(&message.properties),
            relays: relays(message),
            actions: actions(message.id),
            streams: Links([("replies", Some(Text(RepliesStream(message.id))))]),
        }
    }

    fn mention<'a>(&'a self, view: &'a MentionView, home: ChannelId) -> Mention<'a> {
        let (channel, user) = match &view.named {
            Named::User(user) => (None, Some(self.user(user))),
            Named::Channel(channel) => {
                // Whoever reads the message is a member of its channel, or sees a PUBLIC one.
                let is_home = channel.channel.id == home;
                let seat = Seat { member: is_home, ..Seat::NONE };
                (Some(self.channel(channel, seat)), None)
            }
        };
        Mention {
            r#type: if user.is_some() { "USER" } else { "CHANNEL" },
            tag: &view.mention.tag,
            start_position: view.mention.start,
            end_position: view.mention.end,
            channel,
            user,
        }
    }

    fn file<'a>(&'a self, file: &'a message::File) -> File<'a> {
        File {
            r#type: file.kind.as_str(),
            url: Text(FileUrl { base: &self.base, file }),
            name: &file.name,
            content_type: &file.content_type,
            size: file.size,
        }
    }

    fn summaries<'a>(&'a self, view: &'a MessageView) -> Vec<ReactionSummary<'a>> {
        let summary = |it: &'a reaction::ReactionSummary| ReactionSummary {
            emoji: describe(&it.emoji),
            users: it.users.iter().map(|user| self.user(user)).collect(),
            count: it.count,
        };
        view.reactions.iter().map(summary).collect()
    }
}

fn link(link: &message::Link) -> Link<'_> {
    Link {
        source: &link.source,
        start_position: link.start,
        end_position: link.end,
        preview: link.preview.as_ref().map(preview),
    }
}

fn preview(preview: &message::Preview) -> Preview<'_> {
    Preview {
        url: &preview.url,
        title: &preview.title,
        image: Image { source: &preview.image },
        description: preview.description.as_deref(),
        site_name: preview.site_name.as_deref(),
    }
}

pub(super) fn describe(emoji: &reaction::Emoji) -> Emoji {
    let emoji::EmojiData { character, description, aliases, tags } = emoji::describe(emoji);
    Emoji { character, description, aliases, tags }
}

/// `parent` tells clients that the message is a reply: they read it before they show the message.
fn relays(message: &message::Message) -> Links<Relay, 9> {
    let id = message.id;
    Links([
        ("self", Some(Relay::Message(id))),
        ("channel", Some(Relay::MessageChannel(id))),
        ("parent", message.parent.map(|_| Relay::MessageParent(id))),
        ("readReceipts", Some(Relay::ReadReceipts(id))),
        ("repliesCount", Some(Relay::RepliesCount(id))),
        ("replies", Some(Relay::Replies(id))),
        ("reactions", Some(Relay::Reactions(id))),
        ("reportCount", Some(Relay::ReportCount(id))),
        ("reports", Some(Relay::Reports(id))),
    ])
}

fn actions(id: MessageId) -> Links<Action, 11> {
    Links([
        ("read", Some(Action::ReadMessage(id))),
        ("unread", Some(Action::UnreadMessage(id))),
        ("reply", Some(Action::Reply(id))),
        ("react", Some(Action::React(id))),
        ("removeReaction", Some(Action::RemoveReaction(id))),
        ("edit", Some(Action::EditMessage(id))),
        ("updateProperties", Some(Action::UpdateMessageProperties(id))),
        ("delete", Some(Action::DeleteMessage(id))),
        ("deleteForMe", Some(Action::DeleteMessageForMe(id))),
        ("report", Some(Action::ReportMessage(id))),
        ("removeReport", Some(Action::RemoveReport(id))),
    ])
}
