//! The tables of the in-memory store and the steps on them.
//!
//! Invariant: a step checks everything before it changes anything, so a failed step leaves no trace.
use super::chat::Chats;
use crate::{
    Error,
    ports::{
        CallFilter, ChannelScope, Creation, MemberCreation, NewChannel, NewEvent, NewUser, Result, UserFilter,
    },
};
use model::{
    AppId, CallId, ChannelId, Properties, Timestamp, UserId,
    call::{Call, CallState, Participant},
    channel::{Channel, ChannelKind, Member},
    event::Committed,
    page::{Page, PageRequest},
    thread::ThreadKind,
    user::{App, DELETED_NAME, MediaSettings, STATUS_AVAILABLE, User},
};
use std::{cmp::Reverse, collections::BTreeMap};

/// Everything stored.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) apps: Vec<App>,
    client_ids: Vec<String>,
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) settings: BTreeMap<UserId, MediaSettings>,
    channels: BTreeMap<ChannelId, StoredChannel>,
    /// In joining order.
    members: BTreeMap<ChannelId, Vec<Member>>,
    pub(super) calls: BTreeMap<CallId, (Call, Vec<Participant>)>,
    pub(super) last_call: u64,
    pub(super) events: Vec<Committed>,
    pub(super) chats: Chats,
}

#[derive(Debug)]
struct StoredChannel {
    channel: Channel,
    /// Creation or last event, whichever is later.
    active_time: Timestamp,
    /// The sorted members of a DIRECT channel.
    direct: Option<Vec<UserId>>,
    deleted: Option<Timestamp>,
}

impl State {
    pub(super) fn create_app(
        &mut self,
        name: &str,
        api_key: &str,
        client_id: &str,
        guests_allowed: bool,
    ) -> Result<App> {
        if self.apps.iter().any(|app| app.api_key == api_key)
            || self.client_ids.iter().any(|id| id == client_id)
        {
            return Err(Error::Conflict {
                problem: "an application with this API key or client id exists".to_owned(),
            });
        }
        let app = App {
            id: AppId(self.apps.len() as u64 + 1),
            name: name.to_owned(),
            api_key: api_key.to_owned(),
            guests_allowed,
        };
        self.apps.push(app.clone());
        self.client_ids.push(client_id.to_owned());
        Ok(app)
    }

    pub(super) fn user_in(&self, app: AppId, id: UserId) -> Option<&User> {
        self.users.get(&id).filter(|user| user.app == app)
    }

    pub(super) fn user_named(&self, app: AppId, name: &str) -> Option<&User> {
        self.users.values().find(|user| user.app == app && user.name == name && !user.is_deleted())
    }

    pub(super) fn ensure_user(&mut self, new: NewUser) -> Result<User> {
        self.check_app(new.app)?;
        if let Some(user) = self.user_named(new.app, &new.name) {
            return Ok(user.clone());
        }
        let user = User {
            id: UserId(self.users.len() as u64 + 1),
            app: new.app,
            name: new.name,
            display_name: new.display_name,
            display_picture_url: None,
            is_guest: new.is_guest,
            presence_status: STATUS_AVAILABLE.to_owned(),
            properties: new.properties,
            created_time: new.time,
        };
        self.users.insert(user.id, user.clone());
        Ok(user)
    }

    pub(super) fn update_user(&mut self, user: &User) -> Result<()> {
        let stored = self
            .users
            .get_mut(&user.id)
            .filter(|stored| stored.app == user.app && !stored.is_deleted())
            .ok_or(Error::NotFound { what: "user" })?;
        stored.display_name.clone_from(&user.display_name);
        stored.display_picture_url.clone_from(&user.display_picture_url);
        stored.presence_status.clone_from(&user.presence_status);
        stored.properties = user.properties.clone();
        Ok(())
    }

    pub(super) fn list_users(&self, app: AppId, filter: &UserFilter, page: PageRequest) -> Page<User> {
        let users = self.users.values().filter(|user| {
            user.app == app
                && !user.is_deleted()
                && filter.except != Some(user.id)
                && filter
                    .name_prefix
                    .as_ref()
                    .is_none_or(|prefix| fold(&user.name).starts_with(&fold(prefix)))
                && matches(&user.display_name, filter.display_name_part.as_deref())
                && filter.among.as_ref().is_none_or(|ids| ids.contains(&user.id))
                && !filter.not_among.contains(&user.id)
        });
        paged(sorted_by_name(users.cloned().collect()), page)
    }

    pub(super) fn create_channel(&mut self, new: NewChannel) -> Result<Creation> {
        self.check_app(new.app)?;
        let direct = (new.kind == ChannelKind::Direct).then(|| {
            let mut members = new.members.clone();
            members.sort_unstable();
            members
        });
        let mut of_app = self.channels.values().filter(|stored| stored.channel.app == new.app);
        if direct.is_some()
            && let Some(found) = of_app.clone().find(|stored| stored.direct == direct)
        {
            return Ok(Creation::Found(found.channel.clone()));
        }
        if of_app.any(|stored| stored.channel.name == new.name) {
            return Err(Error::Conflict { problem: "a channel with this name exists".to_owned() });
        }
        for user in new.members.iter().chain(&new.creator) {
            self.check_user(new.app, *user)?;
        }
        let id = ChannelId(self.channels.len() as u64 + 1);
        let members = new.members.iter().map(|&user| Member {
            channel: id,
            user,
            moderator: direct.is_none() && new.creator == Some(user),
            joined_time: new.time,
        });
        self.members.insert(id, members.collect());
        let channel = Channel {
            id,
            app: new.app,
            kind: new.kind,
            name: new.name,
            display_name: new.display_name,
            creator: new.creator,
            properties: new.properties,
            created_time: new.time,
            last_seq: 0,
        };
        let stored = StoredChannel { channel: channel.clone(), active_time: new.time, direct, deleted: None };
        self.channels.insert(id, stored);
        self.chats.add_thread(&channel, ThreadKind::Main, None, None, Properties::default(), new.time);
        for member in self.members_of(id).to_vec() {
            self.chats.take_seat(id, member.user);
        }
        Ok(Creation::Created(channel))
    }

    pub(super) fn channel_in(&self, app: AppId, id: ChannelId) -> Option<&Channel> {
        let stored = self.channels.get(&id).filter(|stored| stored.deleted.is_none())?;
        Some(&stored.channel).filter(|channel| channel.app == app)
    }

    pub(super) fn channel_named(&self, app: AppId, name: &str) -> Option<&Channel> {
        let named = |channel: &&Channel| channel.name == name && self.channel_in(app, channel.id).is_some();
        self.channels.values().map(|stored| &stored.channel).find(named)
    }

    pub(super) fn members_of(&self, channel: ChannelId) -> &[Member] {
        self.members.get(&channel).map_or(&[], Vec::as_slice)
    }

    pub(super) fn member(&self, channel: ChannelId, user: UserId) -> Option<Member> {
        self.members_of(channel).iter().copied().find(|member| member.user == user)
    }

    pub(super) fn list_members(
        &self,
        app: AppId,
        channel: ChannelId,
        display_name_part: Option<&str>,
        page: PageRequest,
    ) -> Page<User> {
        let users = self
            .members_of(channel)
            .iter()
            .filter_map(|member| self.user_in(app, member.user))
            .filter(|user| matches(&user.display_name, display_name_part));
        paged(sorted_by_name(users.cloned().collect()), page)
    }

    pub(super) fn add_member(&mut self, member: Member) -> Result<MemberCreation> {
        let channel = self.channels.get(&member.channel).filter(|stored| stored.deleted.is_none());
        let app = channel.map(|stored| stored.channel.app);
        self.check_user(app.ok_or(Error::NotFound { what: "channel" })?, member.user)?;
        if self.member(member.channel, member.user).is_some() {
            return Ok(MemberCreation::Found);
        }
        self.members.entry(member.channel).or_default().push(member);
        self.chats.take_seat(member.channel, member.user);
        Ok(MemberCreation::Created)
    }

    pub(super) fn remove_member(&mut self, channel: ChannelId, user: UserId) {
        if let Some(members) = self.members.get_mut(&channel) {
            members.retain(|member| member.user != user);
        }
        self.chats.give_up_seat(channel, user);
    }

    pub(super) fn members_mut(&mut self, channel: ChannelId) -> &mut Vec<Member> {
        self.members.entry(channel).or_default()
    }

    pub(super) fn channels_of(&self, app: AppId, user: UserId) -> Vec<ChannelId> {
        let joined =
            |id: &&ChannelId| self.channel_in(app, **id).is_some() && self.member(**id, user).is_some();
        self.channels.keys().filter(joined).copied().collect()
    }

    pub(super) fn update_channel(&mut self, channel: &Channel) -> Result<()> {
        let clashes = |other: &StoredChannel| {
            other.channel.app == channel.app
                && other.channel.id != channel.id
                && other.channel.name == channel.name
        };
        let known = self.channel_in(channel.app, channel.id).is_some();
        if known && self.channels.values().any(clashes) {
            return Err(Error::Conflict { problem: "a channel with this name exists".to_owned() });
        }
        let stored = self.channels.get_mut(&channel.id).filter(|_| known);
        let stored = &mut stored.ok_or(Error::NotFound { what: "channel" })?.channel;
        stored.name.clone_from(&channel.name);
        stored.display_name.clone_from(&channel.display_name);
        stored.properties = channel.properties.clone();
        Ok(())
    }

    pub(super) fn delete_channel(&mut self, id: ChannelId, time: Timestamp) {
        for member in self.members.remove(&id).unwrap_or_default() {
            self.chats.give_up_seat(id, member.user);
        }
        self.chats.channel_blocks.retain(|(channel, ..)| *channel != id);
        if let Some(stored) = self.channels.get_mut(&id) {
            stored.channel.name = format!("deleted:{}", id.0);
            (stored.deleted, stored.direct) = (Some(time), None);
        }
    }

    pub(super) fn prune(&mut self, keys_before: Timestamp, deleted_before: Timestamp, limit: u32) -> u64 {
        let gone = |stored: &&StoredChannel| stored.deleted.is_some_and(|time| time < deleted_before);
        let gone: Vec<ChannelId> =
            self.channels.values().filter(gone).map(|stored| stored.channel.id).collect();
        self.chats.prune(keys_before, deleted_before, &gone, limit)
    }

    pub(super) fn delete_user(&mut self, id: UserId) {
        for channel in self.channels.values().map(|stored| stored.channel.clone()).collect::<Vec<_>>() {
            if channel.kind != ChannelKind::Direct {
                self.remove_member(channel.id, id);
            }
        }
        self.settings.remove(&id);
        self.chats.forget_user(id);
        if let Some(user) = self.users.get_mut(&id) {
            user.name = format!("{DELETED_NAME}{}", id.0);
            user.display_name = "Deleted user".to_owned();
            user.display_picture_url = None;
            user.presence_status = STATUS_AVAILABLE.to_owned();
            user.properties = Properties::default();
        }
    }

    pub(super) fn list_channels(
        &self,
        app: AppId,
        user: UserId,
        scope: ChannelScope,
        name_part: Option<&str>,
        page: PageRequest,
    ) -> Page<Channel> {
        let mut found: Vec<&StoredChannel> = self
            .channels
            .values()
            .filter(|StoredChannel { channel, .. }| {
                let public = channel.kind == ChannelKind::Public;
                let member = self.member(channel.id, user);
                let listed = member.is_some_and(|member| !self.chats.seat(&member).hidden);
                let kept_out =
                    |(of, who, _): &(ChannelId, UserId, Timestamp)| (*of, *who) == (channel.id, user);
                let in_scope = match scope {
                    ChannelScope::Visible => listed || public,
                    ChannelScope::Joined => listed,
                    ChannelScope::Joinable => {
                        public && member.is_none() && !self.chats.channel_blocks.iter().any(kept_out)
                    }
                    ChannelScope::Unread => listed && self.count_unread(channel.id, user) > 0,
                };
                let named = matches(&channel.name, name_part) || matches(&channel.display_name, name_part);
                channel.app == app && in_scope && named && self.channel_in(app, channel.id).is_some()
            })
            .collect();
        found.sort_by_key(|stored| Reverse((stored.active_time, stored.channel.id)));
        paged(found.into_iter().map(|stored| stored.channel.clone()).collect(), page)
    }

    pub(super) fn save_call(&mut self, call: &Call, participants: &[Participant]) -> Result<()> {
        if self.channel_in(call.app, call.channel).is_none() {
            return Err(Error::NotFound { what: "channel" });
        }
        let is_open = |call: &Call| call.state != CallState::Ended;
        let clashes = |other: &Call| other.id != call.id && other.channel == call.channel && is_open(other);
        if is_open(call) && self.calls.values().any(|(other, _)| clashes(other)) {
            return Err(Error::Conflict { problem: "the channel has a call that has not ended".to_owned() });
        }
        for user in participants.iter().map(|participant| participant.user).chain([call.creator]) {
            self.check_user(call.app, user)?;
        }
        self.calls.insert(call.id, (call.clone(), participants.to_vec()));
        Ok(())
    }

    pub(super) fn list_calls(
        &self,
        channel: ChannelId,
        filter: CallFilter,
        page: PageRequest,
    ) -> Page<(Call, Vec<Participant>)> {
        let wanted =
            |call: &Call| call.channel == channel && (!filter.active_only || call.state != CallState::Ended);
        paged(self.calls.values().rev().filter(|(call, _)| wanted(call)).cloned().collect(), page)
    }

    /// Are all applications and channels of these events there? After this [`State::record`] cannot fail.
    pub(super) fn check_events(&self, events: &[NewEvent]) -> Result<()> {
        for event in events {
            self.check_app(event.app)?;
            if event.channel.is_some_and(|channel| self.channel_in(event.app, channel).is_none()) {
                return Err(Error::NotFound { what: "channel" });
            }
        }
        Ok(())
    }

    /// Numbers and keeps events that [`State::check_events`] has accepted.
    pub(super) fn record(&mut self, events: Vec<NewEvent>) -> Vec<Committed> {
        let committed: Vec<Committed> = events
            .into_iter()
            .map(|NewEvent { app, channel, time, event }| {
                let place = channel.and_then(|id| {
                    let stored = self.channels.get_mut(&id)?;
                    stored.channel.last_seq += 1;
                    if event.is_activity() {
                        stored.active_time = stored.active_time.max(time);
                    }
                    Some((id, stored.channel.last_seq))
                });
                Committed { app, place, time, event }
            })
            .collect();
        self.events.extend(committed.iter().cloned());
        committed
    }

    fn check_app(&self, app: AppId) -> Result<()> {
        let known = self.apps.iter().any(|known| known.id == app);
        known.then_some(()).ok_or(Error::NotFound { what: "application" })
    }

    pub(super) fn check_user(&self, app: AppId, user: UserId) -> Result<()> {
        self.user_in(app, user).map(|_| ()).ok_or(Error::NotFound { what: "user" })
    }
}

fn fold(text: &str) -> String {
    text.to_ascii_lowercase()
}

pub(super) fn matches(text: &str, part: Option<&str>) -> bool {
    part.is_none_or(|part| fold(text).contains(&fold(part)))
}

pub(super) fn sorted_by_name(mut users: Vec<User>) -> Vec<User> {
    users.sort_by_cached_key(|user| (fold(&user.display_name), user.id));
    users
}

pub(super) fn paged<T>(all: Vec<T>, request: PageRequest) -> Page<T> {
    let total = all.len() as u64;
    let before = usize::try_from(request.offset()).unwrap_or(usize::MAX);
    Page { items: all.into_iter().skip(before).take(request.size as usize).collect(), request, total }
}
