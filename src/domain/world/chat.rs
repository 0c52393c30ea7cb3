//! Chat in the transcript: what each event and notice says, and what tests ask of messages.
use super::{Person, Transcript, World, now};
use crate::{
    Actor, Ctx,
    channels::Done,
    messages::{Draft, DraftContent, MessageList, SendTo},
};
use model::{
    ChannelId, MessageId, Properties, UserId,
    channel::Member,
    event::{ChannelChange, Event, MessageCreated, Notice, ReadChange, Typing, TypingPlace},
    message::{Content, MessageView},
    notification::Notified,
    page::CursorRequest,
};

/// A plain text.
pub(crate) fn text(body: &str) -> Draft {
    Draft {
        content: DraftContent::Text(body.to_owned()),
        group_tag: None,
        properties: Properties::default(),
        idempotency_key: None,
    }
}

impl World {
    /// Sends a text and forgets what was said about it.
    pub(crate) fn send(&self, from: &Person, to: SendTo, body: &str) -> MessageId {
        let mut ctx = Ctx::new(from.on(1));
        assert_eq!(now(self.chat.messages.send(&mut ctx, to, text(body))).unwrap(), Done::Published);
        self.forget();
        self.last_message()
    }

    pub(crate) fn say(&self, from: &Person, channel: ChannelId, body: &str) -> MessageId {
        self.send(from, SendTo::Channel(channel), body)
    }

    pub(crate) fn last_message(&self) -> MessageId {
        let message = self.store.events().iter().rev().find_map(|committed| match &committed.event {
            Event::MessageCreated(created) => Some(created.message.message.id),
            _ => None,
        });
        message.unwrap()
    }

    /// What somebody is shown of a channel, newest first.
    pub(crate) fn shown(&self, to: Actor, list: MessageList) -> Vec<String> {
        let request = CursorRequest::new(None, None);
        let page = now(self.chat.messages.list(to, list, None, request)).unwrap();
        page.items.iter().map(words).collect()
    }

    pub(crate) fn shown_in(&self, to: &Person, channel: ChannelId) -> Vec<String> {
        self.shown(to.on(1), MessageList::Channel { channel, main_thread_only: false })
    }
}

/// What a message says.
pub(crate) fn words(message: &MessageView) -> String {
    match &message.message.content {
        Content::Text(text) => text.body.clone(),
        Content::File(file) => file.name.clone(),
    }
}

fn said(message: &MessageView) -> String {
    let reactions =
        message.reactions.iter().map(|summary| format!(" {}{}", summary.emoji.as_str(), summary.count));
    let replies = match message.replies_count {
        0 => String::new(),
        n => format!(" replies={n}"),
    };
    format!("\"{}\"{replies}{}", words(message), reactions.collect::<String>())
}

impl Transcript {
    fn notified(&self, notified: &[Notified]) -> String {
        let one = |notified: &Notified| {
            let muted = if notified.muted { " muted" } else { "" };
            format!("{}:{}{muted}", self.name(notified.user), notified.kind.as_str())
        };
        let all: Vec<String> = notified.iter().map(one).collect();
        if all.is_empty() { String::new() } else { format!(" notifies {}", all.join(",")) }
    }

    fn members(&self, members: &[Member]) -> String {
        let member = |member: &Member| {
            format!("{}{}", self.name(member.user), if member.moderator { "*" } else { "" })
        };
        members.iter().map(member).collect::<Vec<_>>().join(",")
    }

    fn by(&self, user: Option<UserId>) -> String {
        user.map_or("the server".to_owned(), |user| self.name(user))
    }

    fn change(&self, change: &ChannelChange) -> String {
        let last =
            change.last_message.as_ref().map(|last| format!(" last {}", said(last))).unwrap_or_default();
        format!("to {}{last}", self.members(&change.members))
    }

    fn read(&self, change: &ReadChange) -> String {
        let ids: Vec<String> = change.messages.iter().map(|read| read.message.0.to_string()).collect();
        format!("{} {} to {}", change.user.user.name, ids.join(","), self.names_of(&change.audience))
    }

    pub(super) fn chat_event(&self, event: &Event) -> String {
        match event {
            Event::MessageCreated(created) => self.created(created),
            Event::MessageUpdated { message, by } => {
                format!("MessageUpdated {} by {}", said(message), self.by(*by))
            }
            Event::MessageDeleted { message, parent, by } => {
                let parent =
                    parent.as_ref().map(|parent| format!(" under {}", said(parent))).unwrap_or_default();
                format!("MessageDeleted {}{parent} by {}", said(message), self.by(*by))
            }
            Event::MessageHidden { message, user } => {
                format!("MessageHidden {} from {}", said(message), self.name(*user))
            }
            Event::MessageReported { report } => {
                format!("MessageReported by {}: {}", report.user.user.name, report.reason)
            }
            Event::ReactionAdded { reaction, message } => {
                format!(
                    "ReactionAdded {:?} by {}: {}",
                    reaction.emoji,
                    reaction.user.user.name,
                    said(message)
                )
            }
            Event::ReactionRemoved { reaction, message } => {
                format!(
                    "ReactionRemoved {:?} by {}: {}",
                    reaction.emoji,
                    reaction.user.user.name,
                    said(message)
                )
            }
            Event::MessagesRead(change) => format!("MessagesRead {}", self.read(change)),
            Event::MessagesUnread(change) => format!("MessagesUnread {}", self.read(change)),
            Event::ThreadCreated { thread, by } => {
                format!("ThreadCreated {} by {}", thread.name.as_deref().unwrap_or_default(), self.name(*by))
            }
            Event::ChannelUpdated(change) => {
                let channel = &change.channel.channel;
                format!("ChannelUpdated {} {} {}", channel.name, channel.display_name, self.change(change))
            }
            Event::ModeratorAdded { change, user } => {
                format!("ModeratorAdded {} {}", user.user.name, self.change(change))
            }
            Event::ModeratorRemoved { change, user } => {
                format!("ModeratorRemoved {} {}", user.user.name, self.change(change))
            }
            Event::ChannelDeleted { change, by } => {
                format!("ChannelDeleted {} by {}", self.change(change), self.by(*by))
            }
            Event::ChannelMemberRemoved { user, by, .. } => {
                format!("ChannelMemberRemoved {} by {}", user.user.name, self.name(*by))
            }
            Event::ChannelUserBlocked { block, by, was_member, .. } => {
                let member = if *was_member { " (a member)" } else { "" };
                format!("ChannelUserBlocked {}{member} by {}", block.user.user.name, self.name(*by))
            }
            Event::ChannelUserUnblocked { block, by, .. } => {
                format!("ChannelUserUnblocked {} by {}", block.user.user.name, self.name(*by))
            }
            Event::ChannelSeatChanged { member, change, last_message, .. } => {
                let last =
                    last_message.as_ref().map(|last| format!(" last {}", said(last))).unwrap_or_default();
                format!("ChannelSeatChanged {} {change:?}{last}", self.name(member.user))
            }
            Event::UserBlocked { blocker, block } => {
                format!("UserBlocked {} by {}", block.user.user.name, self.name(*blocker))
            }
            Event::UserUnblocked { blocker, user } => {
                format!("UserUnblocked {} by {}", user.user.name, self.name(*blocker))
            }
            Event::UserDeleted { user, channels } => {
                format!("UserDeleted {} of {} channels", user.user.name, channels.len())
            }
            Event::ChannelEventTriggered { kind, user, .. } => {
                let by = user.as_ref().map_or("the application", |user| &user.user.name);
                format!("ChannelEventTriggered {kind} by {by}")
            }
            other => panic!("not an event of chats: {other:?}"),
        }
    }

    fn created(&self, created: &MessageCreated) -> String {
        let MessageCreated { message, parent, notified, unhidden, .. } = created;
        let author = message.author.as_ref().map_or("the application", |author| &author.user.name);
        let parent = parent.as_ref().map(|parent| format!(" under {}", said(parent))).unwrap_or_default();
        let unhidden = match unhidden.as_slice() {
            [] => String::new(),
            users => format!(" unhides {}", self.names_of(users)),
        };
        format!("MessageCreated {} by {author}{parent}{}{unhidden}", said(message), self.notified(notified))
    }

    pub(super) fn chat_notice(&self, notice: &Notice) -> String {
        let place = |place: &TypingPlace| if place.main { "the channel" } else { "a thread" };
        let typing = |typing: &Typing, verb: &str| {
            let audience = self.names_of(&typing.audience);
            format!("{} {verb} typing in {} to {audience}", typing.user.user.name, place(&typing.place))
        };
        match notice {
            Notice::Keystrokes { place: at, user, keys } => {
                format!("keystrokes {:?} of {} in {}", keys, user.user.name, place(at))
            }
            Notice::TypingStarted(started) => typing(started, "starts"),
            Notice::TypingStopped(stopped) => typing(stopped, "stops"),
            Notice::ParticipantChanged { user, active, .. } => {
                format!("{} {} the chat", user.user.name, if *active { "enters" } else { "leaves" })
            }
            other => panic!("not a notice of chats: {other:?}"),
        }
    }
}
