//! The tables of a chat in the in-memory store, and the steps on them. Written for being obviously right: it is what the
//! SQL is compared with.
use super::state::State;
use crate::{
    Error,
    ports::{
        Chat, ContentFilter, MessageFilter, MessageRecord, MessageScope, NewMessage, NewReads, NewSeat,
        NotificationRecord, Place, ReactionCount, ReactionRecord, ReadScope, ReportRecord, Result,
        SendOutcome, Sent, Unread,
    },
};
use model::{
    AppId, ChannelId, MessageId, NotificationId, Properties, ThreadId, Timestamp, UserId,
    channel::{Channel, ChannelKind, Member, Seat},
    limits,
    message::{Author, Content, Message, Text},
    notification::Notified,
    page::{Cursor, CursorPage, CursorRequest},
    receipt::ReadMessage,
    thread::{Thread, ThreadKind},
    user::User,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

/// Everything about chats.
#[derive(Debug, Default)]
pub(super) struct Chats {
    pub(super) messages: BTreeMap<MessageId, Message>,
    blanked: BTreeSet<MessageId>,
    pub(super) threads: BTreeMap<ThreadId, Thread>,
    keys: BTreeMap<(UserId, String), MessageId>,
    hidden: BTreeSet<(UserId, MessageId)>,
    /// In reacting order.
    pub(super) reactions: Vec<ReactionRecord>,
    /// In the order of the first report.
    pub(super) reports: Vec<ReportRecord>,
    pub(super) receipts: BTreeMap<(MessageId, UserId), Timestamp>,
    marks: BTreeSet<(ChannelId, UserId, MessageId)>,
    pub(super) notifications: Vec<(UserId, NotificationRecord)>,
    last_notification: u64,
    /// Messages up to this one have lost their keys.
    forgotten_key: MessageId,
    pub(super) seats: BTreeMap<(ChannelId, UserId), Seat>,
    /// In blocking order.
    pub(super) channel_blocks: Vec<(ChannelId, UserId, Timestamp)>,
    /// Blocker, blocked; in blocking order.
    pub(super) user_blocks: Vec<(UserId, UserId, Timestamp)>,
}

impl Chats {
    pub(super) fn add_thread(
        &mut self,
        channel: &Channel,
        kind: ThreadKind,
        name: Option<String>,
        root: Option<MessageId>,
        properties: Properties,
        time: Timestamp,
    ) -> Thread {
        let id = ThreadId(self.threads.len() as u64 + 1);
        let (app, channel) = (channel.app, channel.id);
        let thread = Thread { id, app, channel, kind, name, root, properties, created_time: time };
        self.threads.insert(id, thread.clone());
        thread
    }

    fn newest(&self, channel: ChannelId) -> MessageId {
        let of_channel = self.messages.values().rev().find(|message| message.channel == channel);
        of_channel.map_or(MessageId(0), |message| message.id)
    }

    pub(super) fn take_seat(&mut self, channel: ChannelId, user: UserId) {
        let seat = Seat { read: self.newest(channel), ..Seat::default() };
        self.seats.insert((channel, user), seat);
    }

    pub(super) fn give_up_seat(&mut self, channel: ChannelId, user: UserId) {
        self.seats.remove(&(channel, user));
        self.marks.retain(|(in_channel, of, _)| (*in_channel, *of) != (channel, user));
    }

    pub(super) fn seat(&self, member: &Member) -> Seat {
        self.seats.get(&(member.channel, member.user)).copied().unwrap_or_default()
    }

    fn replies(&self, parent: MessageId) -> u64 {
        let replies = |message: &&Message| message.parent == Some(parent) && message.deleted_time.is_none();
        self.messages.values().filter(replies).count() as u64
    }

    pub(super) fn record(&self, message: &Message) -> MessageRecord {
        let mut reactions: Vec<ReactionCount> = Vec::new();
        for ReactionRecord { user, emoji, .. } in
            self.reactions.iter().filter(|reaction| reaction.message == message.id)
        {
            let position = reactions.iter().position(|known| known.emoji == *emoji).unwrap_or_else(|| {
                reactions.push(ReactionCount { emoji: emoji.clone(), users: Vec::new(), count: 0 });
                reactions.len() - 1
            });
            let summary = &mut reactions[position];
            summary.count += 1;
            if summary.users.len() < limits::MAX_REACTION_USERS {
                summary.users.push(*user);
            }
        }
        MessageRecord {
            message: message.clone(),
            replies_count: self.replies(message.id),
            report_count: self.reports.iter().filter(|report| report.message == message.id).count() as u64,
            reactions,
            hidden: false,
        }
    }

    pub(super) fn kept(&self, app: AppId, id: MessageId) -> Option<&Message> {
        self.messages.get(&id).filter(|message| message.app == app && !self.blanked.contains(&id))
    }

    /// Hidden by this user, or older than the history they have cleared.
    pub(super) fn is_hidden(&self, message: &Message, viewer: UserId) -> bool {
        let cleared = self.seats.get(&(message.channel, viewer)).map_or(MessageId(0), |seat| seat.cleared);
        self.hidden.contains(&(viewer, message.id)) || message.id <= cleared
    }

    pub(super) fn hide(&mut self, user: UserId, message: MessageId) {
        self.hidden.insert((user, message));
    }

    pub(super) fn forget_user(&mut self, user: UserId) {
        self.channel_blocks.retain(|(_, blocked, _)| *blocked != user);
        self.user_blocks.retain(|(blocker, blocked, _)| *blocker != user && *blocked != user);
        self.reactions.retain(|reaction| reaction.user != user);
        self.reports.retain(|report| report.user != user);
        self.notifications.retain(|(recipient, _)| *recipient != user);
        self.hidden.retain(|(of, _)| *of != user);
        self.keys.retain(|(of, _), _| *of != user);
    }

    /// `gone`: channels that were deleted long enough ago.
    pub(super) fn prune(
        &mut self,
        keys_before: Timestamp,
        deleted_before: Timestamp,
        gone: &[ChannelId],
        limit: u32,
    ) -> u64 {
        let next =
            self.messages.range((Bound::Excluded(self.forgotten_key), Bound::Unbounded)).take(limit as usize);
        let old = next.take_while(|(_, message)| message.created_time < keys_before);
        let old: Vec<MessageId> = old.map(|(id, _)| *id).collect();
        self.forgotten_key = old.last().copied().unwrap_or(self.forgotten_key);
        self.keys.retain(|_, message| !old.contains(message));
        let mut blanked = 0;
        for message in self.messages.values_mut() {
            if gone.contains(&message.channel) && message.deleted_time.is_none() {
                message.deleted_time = Some(Timestamp(deleted_before.0 - 1));
            }
            if message.deleted_time.is_some_and(|time| time < deleted_before)
                && self.blanked.insert(message.id)
            {
                message.content =
                    Content::Text(Text { body: String::new(), links: Vec::new(), mentions: Vec::new() });
                blanked += 1;
            }
        }
        (old.len() + blanked) as u64
    }
}

impl State {
    pub(super) fn main_thread(&self, channel: ChannelId) -> Option<ThreadId> {
        let main = |thread: &&Thread| thread.channel == channel && thread.kind == ThreadKind::Main;
        self.chats.threads.values().find(main).map(|thread| thread.id)
    }

    pub(super) fn chat(&self, app: AppId, id: ChannelId, actor: Option<UserId>) -> Option<Chat> {
        let channel = self.channel_in(app, id)?.clone();
        let main_thread = self.main_thread(id)?;
        let members: Vec<(Member, Seat)> =
            self.members_of(id).iter().map(|member| (*member, self.chats.seat(member))).collect();
        let seat = members.iter().copied().find(|(member, _)| Some(member.user) == actor);
        let is_direct = channel.kind == ChannelKind::Direct;
        let blocks = |(blocker, blocked, _): &(UserId, UserId, Timestamp)| {
            Some(*blocked) == actor && members.iter().any(|(member, _)| member.user == *blocker)
        };
        let mut ids: Vec<UserId> = actor.into_iter().chain(channel.creator).collect();
        if is_direct {
            ids.extend(members.iter().map(|(member, _)| member.user));
        }
        let mut met = BTreeSet::new();
        let people: Vec<User> = ids
            .iter()
            .filter(|id| met.insert(**id))
            .filter_map(|id| self.user_in(app, *id).cloned())
            .collect();
        Some(Chat {
            is_banned: seat.is_none()
                && self.chats.channel_blocks.iter().any(|(of, user, _)| *of == id && Some(*user) == actor),
            is_blocked: is_direct && self.chats.user_blocks.iter().any(blocks),
            channel,
            main_thread,
            seat,
            people,
            members,
        })
    }

    /// Stores a message under the number its event is going to have.
    pub(super) fn send(&mut self, new: NewMessage) -> Result<SendOutcome> {
        let key = new.author.user().zip(new.idempotency_key.clone());
        if let Some(message) = key.as_ref().and_then(|key| self.chats.keys.get(key)) {
            return Ok(SendOutcome::Before(*message));
        }
        let channel =
            self.channel_in(new.app, new.channel).cloned().ok_or(Error::NotFound { what: "channel" })?;
        if let Author::User(user) = new.author
            && self.member(channel.id, user).is_none()
        {
            return Err(Error::Denied { reason: "only members of the channel may do this" });
        }
        for (user, ..) in &new.notify {
            self.check_user(new.app, *user)?;
        }
        let (thread, parent) = self.place(&new, &channel)?;
        let id = MessageId(self.chats.messages.len() as u64 + 1);
        let message = Message {
            id,
            app: new.app,
            channel: new.channel,
            thread,
            seq: channel.last_seq + 1,
            author: new.author,
            content: new.content,
            group_tag: new.group_tag,
            parent,
            nested_level: new.nested_level,
            properties: new.properties,
            created_time: new.time,
            last_edited_time: None,
            deleted_time: None,
        };
        self.chats.messages.insert(id, message.clone());
        if let Some(key) = key {
            self.chats.keys.insert(key, id);
        }
        let parent_replies = parent.map_or(0, |parent| self.chats.replies(parent));
        let mut notified = Vec::new();
        for (user, kind, muted) in new.notify {
            self.chats.last_notification += 1;
            let id = NotificationId(self.chats.last_notification);
            notified.push(Notified { id, user, kind, muted });
            let record =
                NotificationRecord { id, message: message.id, kind, muted, time: new.time, read_time: None };
            self.chats.notifications.push((user, record));
        }
        let mut unhidden = Vec::new();
        for member in self.members_of(channel.id).to_vec() {
            if let Some(seat) = self.chats.seats.get_mut(&(channel.id, member.user))
                && seat.hidden
            {
                seat.hidden = false;
                unhidden.push(member.user);
            }
        }
        Ok(SendOutcome::Sent(Sent { message, parent_replies, notified, unhidden }))
    }

    fn place(&mut self, new: &NewMessage, channel: &Channel) -> Result<(ThreadId, Option<MessageId>)> {
        match new.place {
            Place::Thread(id) => match self.chats.threads.get(&id) {
                Some(thread) if thread.channel == channel.id => Ok((id, None)),
                _ => Err(Error::NotFound { what: "thread" }),
            },
            Place::ReplyTo(root) => {
                let found = self.chats.messages.get(&root).filter(|message| message.channel == channel.id);
                if found.is_none_or(|message| message.deleted_time.is_some()) {
                    return Err(Error::NotFound { what: "message" });
                }
                let of_root = |thread: &&Thread| thread.root == Some(root);
                let thread = match self.chats.threads.values().find(of_root) {
                    Some(thread) => thread.id,
                    None => {
                        let (kind, properties) = (ThreadKind::Message, Properties::default());
                        self.chats.add_thread(channel, kind, None, Some(root), properties, new.time).id
                    }
                };
                Ok((thread, Some(root)))
            }
        }
    }

    pub(super) fn is_listed(&self, filter: &MessageFilter, message: &Message) -> bool {
        let in_scope = match filter.scope {
            MessageScope::Channel(channel) => message.channel == channel,
            MessageScope::Thread(thread) => message.thread == thread,
            MessageScope::RepliesTo(parent) => message.parent == Some(parent),
            MessageScope::ChannelsOf(user) => self.member(message.channel, user).is_some(),
            MessageScope::SentBy(user) => message.author == Author::User(user),
        };
        let is_file = matches!(message.content, Content::File(_));
        in_scope
            && message.app == filter.app
            && message.deleted_time.is_none()
            && filter.content.is_none_or(|content| (content == ContentFilter::Files) == is_file)
            && filter.viewer.is_none_or(|viewer| !self.chats.is_hidden(message, viewer))
    }

    pub(super) fn messages(
        &self,
        filter: &MessageFilter,
        request: CursorRequest,
    ) -> CursorPage<MessageRecord> {
        let listed = self.chats.messages.values().rev().filter(|message| self.is_listed(filter, message));
        by_cursor(listed.map(|message| (message.id.0, self.chats.record(message))).collect(), request)
    }

    /// All unread messages of a member, oldest first.
    fn all_unread(&self, channel: ChannelId, user: UserId) -> Vec<&Message> {
        let Some(seat) = self.member(channel, user).map(|member| self.chats.seat(&member)) else {
            return Vec::new();
        };
        let is_unread = |message: &&Message| {
            let others = message.author != Author::User(user);
            let visible = message.deleted_time.is_none() && !self.chats.is_hidden(message, user);
            let unread = match message.id > seat.read {
                true => !self.chats.receipts.contains_key(&(message.id, user)),
                false => self.chats.marks.contains(&(channel, user, message.id)),
            };
            message.channel == channel && others && visible && unread
        };
        self.chats.messages.values().filter(is_unread).collect()
    }

    pub(super) fn unread(&self, channel: ChannelId, user: UserId, scope: ReadScope, limit: usize) -> Unread {
        let mut messages: Vec<ReadMessage> = self
            .all_unread(channel, user)
            .into_iter()
            .filter(|message| match scope {
                ReadScope::Channel => true,
                ReadScope::Thread(thread) => message.thread == thread,
                ReadScope::Message(id) => message.id == id,
            })
            .map(|message| ReadMessage { message: message.id, author: message.author.user() })
            .collect();
        let messages = messages.split_off(messages.len().saturating_sub(limit));
        Unread { messages, newest: self.chats.newest(channel) }
    }

    pub(super) fn count_unread(&self, channel: ChannelId, user: UserId) -> u64 {
        self.all_unread(channel, user).len() as u64
    }

    pub(super) fn mark_read(&mut self, reads: &NewReads) -> Result<()> {
        let NewReads { app, channel, user, time, .. } = *reads;
        if self.channel_in(app, channel).is_none() || self.member(channel, user).is_none() {
            return Ok(());
        }
        for id in &reads.messages {
            let found = self.chats.messages.get(id);
            if found.is_some_and(|message| message.channel == channel && message.deleted_time.is_none()) {
                self.chats.receipts.entry((*id, user)).or_insert(time);
            }
            self.chats.marks.remove(&(channel, user, *id));
        }
        let to = match reads.up_to {
            Some(to) => {
                self.chats.marks.retain(|(of, who, id)| (*of, *who) != (channel, user) || *id > to);
                to
            }
            None => {
                let read = self.chats.seats.get(&(channel, user)).map_or(MessageId(0), |seat| seat.read);
                let newer = self.all_unread(channel, user).into_iter().find(|message| message.id > read);
                newer.map_or(self.chats.newest(channel), |message| MessageId(message.id.0 - 1))
            }
        };
        if let Some(seat) = self.chats.seats.get_mut(&(channel, user)) {
            seat.read = seat.read.max(to);
        }
        Ok(())
    }

    pub(super) fn mark_unread(&mut self, app: AppId, id: MessageId, user: UserId) -> bool {
        let Some(message) = self.chats.messages.get(&id).filter(|message| message.app == app) else {
            return false;
        };
        let channel = message.channel;
        let Some(member) = self.member(channel, user) else { return false };
        let others = message.author != Author::User(user);
        if !others || message.deleted_time.is_some() || self.chats.is_hidden(message, user) {
            return false;
        }
        let had_receipt = self.chats.receipts.remove(&(id, user)).is_some();
        match id <= self.chats.seat(&member).read {
            true => self.chats.marks.insert((channel, user, id)),
            false => had_receipt,
        }
    }

    pub(super) fn last_read(&self, channel: ChannelId, user: UserId) -> Option<MessageId> {
        let seat = self.chats.seat(&self.member(channel, user)?);
        let read = |message: &&Message| {
            let by_position =
                message.id <= seat.read && !self.chats.marks.contains(&(channel, user, message.id));
            message.channel == channel
                && message.author != Author::User(user)
                && message.deleted_time.is_none()
                && !self.chats.is_hidden(message, user)
                && (by_position || self.chats.receipts.contains_key(&(message.id, user)))
        };
        self.chats.messages.values().rev().find(read).map(|message| message.id)
    }

    pub(super) fn change_seat(&mut self, channel: ChannelId, user: UserId, new: NewSeat) -> bool {
        let newest = self.chats.newest(channel);
        let Some(seat) = self.chats.seats.get_mut(&(channel, user)) else { return false };
        match new {
            NewSeat::Muted(muted) => seat.muted = muted,
            NewSeat::Hidden(hidden) => seat.hidden = hidden,
            NewSeat::Cleared => seat.cleared = newest,
        }
        true
    }
}

/// A page of everything, newest first, by ids.
pub(super) fn by_cursor<T>(all: Vec<(u64, T)>, request: CursorRequest) -> CursorPage<T> {
    let size = request.size as usize;
    let ids: Vec<u64> = all.iter().map(|(id, _)| *id).collect();
    let first = match request.cursor {
        None => 0,
        Some(Cursor::Before(id)) => ids.iter().filter(|other| **other >= id).count(),
        Some(Cursor::After(id)) => ids.iter().filter(|other| **other > id).count().saturating_sub(size),
    };
    let last = match request.cursor {
        Some(Cursor::After(id)) => ids.iter().filter(|other| **other > id).count(),
        _ => (first + size).min(ids.len()),
    };
    let page = paged_between(all, first, last);
    let (newest, oldest) = (ids.get(first), last.checked_sub(1).and_then(|last| ids.get(last)));
    let (newest, oldest) = if first < last { (newest.copied(), oldest.copied()) } else { (None, None) };
    CursorPage {
        items: page,
        request,
        start: newest.map(Cursor::After),
        next: oldest.filter(|_| last < ids.len()).map(Cursor::Before),
        prev: newest.filter(|_| first > 0).map(Cursor::After),
    }
}

fn paged_between<T>(all: Vec<(u64, T)>, first: usize, last: usize) -> Vec<T> {
    all.into_iter().skip(first).take(last.saturating_sub(first)).map(|(_, item)| item).collect()
}
