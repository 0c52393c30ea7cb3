//! A store in memory: the port's methods over [`State`].
mod messages;
mod reads;
mod seats;

use super::state::State;
use crate::{
    Error,
    ports::{
        CallFilter, ChannelScope, Creation, MemberCreation, NewChannel, NewEvent, NewUser, Result, Store,
        UserFilter, Write,
    },
};
use async_trait::async_trait;
use model::{
    AppId, CallId, ChannelId, Timestamp, UserId,
    call::{Call, CallState, Participant},
    channel::{Channel, Member},
    event::Committed,
    page::{Page, PageRequest},
    user::{App, MediaSettings, User},
};
use parking_lot::{Mutex, MutexGuard};
use std::sync::atomic::{AtomicBool, Ordering};

/// Keeps everything in memory; every method is one step under one lock.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    broken: AtomicBool,
    pauses: AtomicBool,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// While `true`, every write fails with `Unavailable` and changes nothing.
    pub fn fail_writes(&self, fail: bool) {
        self.broken.store(fail, Ordering::SeqCst);
    }

    /// While `true`, methods let others go first: with [`super::interleave`] tests see races.
    pub fn pause_everywhere(&self, pause: bool) {
        self.pauses.store(pause, Ordering::SeqCst);
    }

    fn join(&self, member: Member, events: Vec<NewEvent>) -> Result<Write<MemberCreation>> {
        let mut state = self.write()?;
        if state.member(member.channel, member.user).is_none() {
            state.check_events(&events)?;
        }
        let value = state.add_member(member)?;
        let events = if value == MemberCreation::Created { state.record(events) } else { Vec::new() };
        Ok(Write { value, events })
    }

    fn part(&self, channel: ChannelId, user: UserId, events: Vec<NewEvent>) -> Result<Write<bool>> {
        let mut state = self.write()?;
        if state.member(channel, user).is_none() {
            return Ok(Write { value: false, events: Vec::new() });
        }
        state.check_events(&events)?;
        state.remove_member(channel, user);
        Ok(Write { value: true, events: state.record(events) })
    }

    /// Before a step, and after those whose commit others can see before whoever made it gets on.
    async fn pause(&self) {
        if self.pauses.load(Ordering::SeqCst) {
            super::pause().await;
        }
    }

    /// Every event stored so far, in commit order.
    pub fn events(&self) -> Vec<Committed> {
        self.state.lock().events.clone()
    }

    fn read(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    fn write(&self) -> Result<MutexGuard<'_, State>> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(Error::Unavailable("writes were told to fail".into()));
        }
        Ok(self.state.lock())
    }

    /// One step whose events are stored only when it changes something, which `check` foresees without changing anything.
    fn write_if(
        &self,
        events: Vec<NewEvent>,
        check: impl FnOnce(&State) -> Result<bool>,
        step: impl FnOnce(&mut State),
    ) -> Result<Write<bool>> {
        let mut state = self.write()?;
        if !check(&state)? {
            return Ok(Write { value: false, events: Vec::new() });
        }
        state.check_events(&events)?;
        let events = state.record(events);
        step(&mut state);
        Ok(Write { value: true, events })
    }

    /// One step with its events: all of it or nothing.
    fn write_with<T>(
        &self,
        events: Vec<NewEvent>,
        step: impl FnOnce(&mut State) -> Result<T>,
    ) -> Result<Write<T>> {
        let mut state = self.write()?;
        state.check_events(&events)?;
        let value = step(&mut state)?;
        Ok(Write { value, events: state.record(events) })
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn ready(&self) -> Result<()> {
        self.pause().await;
        self.write().map(|_| ())
    }

    async fn app_by_key(&self, api_key: &str) -> Result<Option<App>> {
        self.pause().await;
        Ok(self.read().apps.iter().find(|app| app.api_key == api_key).cloned())
    }

    async fn first_app(&self) -> Result<Option<App>> {
        self.pause().await;
        Ok(self.read().apps.first().cloned())
    }

    async fn create_app(
        &self,
        name: &str,
        api_key: &str,
        client_id: &str,
        _: &str,
        guests_allowed: bool,
        _: Timestamp,
    ) -> Result<App> {
        self.pause().await;
        self.write()?.create_app(name, api_key, client_id, guests_allowed)
    }

    async fn user(&self, app: AppId, id: UserId) -> Result<Option<User>> {
        self.pause().await;
        Ok(self.read().user_in(app, id).filter(|user| !user.is_deleted()).cloned())
    }

    async fn users(&self, app: AppId, ids: &[UserId]) -> Result<Vec<User>> {
        self.pause().await;
        let state = self.read();
        Ok(ids.iter().filter_map(|id| state.user_in(app, *id).cloned()).collect())
    }

    async fn user_by_name(&self, app: AppId, name: &str) -> Result<Option<User>> {
        self.pause().await;
        Ok(self.read().user_named(app, name).cloned())
    }

    async fn ensure_user(&self, new: NewUser) -> Result<User> {
        self.pause().await;
        self.write()?.ensure_user(new)
    }

    async fn update_user(&self, user: &User, events: Vec<NewEvent>) -> Result<Write<()>> {
        self.pause().await;
        self.write_with(events, |state| state.update_user(user))
    }

    async fn list_users(&self, app: AppId, filter: &UserFilter, page: PageRequest) -> Result<Page<User>> {
        self.pause().await;
        Ok(self.read().list_users(app, filter, page))
    }

    async fn media_settings(&self, app: AppId, user: UserId) -> Result<MediaSettings> {
        self.pause().await;
        let state = self.read();
        let known = state.user_in(app, user).and_then(|user| state.settings.get(&user.id));
        Ok(known.copied().unwrap_or_default())
    }

    async fn save_media_settings(
        &self,
        app: AppId,
        user: UserId,
        settings: MediaSettings,
        events: Vec<NewEvent>,
    ) -> Result<Write<()>> {
        self.pause().await;
        self.write_with(events, |state| {
            state.check_user(app, user)?;
            state.settings.insert(user, settings);
            Ok(())
        })
    }

    async fn create_channel(&self, new: NewChannel) -> Result<Creation> {
        self.pause().await;
        self.write()?.create_channel(new)
    }

    async fn channel(&self, app: AppId, id: ChannelId) -> Result<Option<Channel>> {
        self.pause().await;
        Ok(self.read().channel_in(app, id).cloned())
    }

    async fn member(&self, channel: ChannelId, user: UserId) -> Result<Option<Member>> {
        self.pause().await;
        Ok(self.read().member(channel, user))
    }

    async fn members(&self, channel: ChannelId, limit: u32) -> Result<Vec<Member>> {
        self.pause().await;
        Ok(self.read().members_of(channel).iter().copied().take(limit as usize).collect())
    }

    async fn list_members(
        &self,
        app: AppId,
        channel: ChannelId,
        display_name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<User>> {
        self.pause().await;
        Ok(self.read().list_members(app, channel, display_name_part, page))
    }

    async fn add_member(&self, member: Member, events: Vec<NewEvent>) -> Result<Write<MemberCreation>> {
        self.pause().await;
        let write = self.join(member, events);
        self.pause().await;
        write
    }

    async fn remove_member(
        &self,
        channel: ChannelId,
        user: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.pause().await;
        let write = self.part(channel, user, events);
        self.pause().await;
        write
    }

    async fn list_channels(
        &self,
        app: AppId,
        user: UserId,
        scope: ChannelScope,
        name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<Channel>> {
        self.pause().await;
        Ok(self.read().list_channels(app, user, scope, name_part, page))
    }

    async fn record(&self, events: Vec<NewEvent>) -> Result<Write<()>> {
        self.pause().await;
        self.write_with(events, |_| Ok(()))
    }

    async fn next_call_id(&self) -> Result<CallId> {
        self.pause().await;
        let mut state = self.write()?;
        state.last_call += 1;
        Ok(CallId(state.last_call))
    }

    async fn save_call(
        &self,
        call: &Call,
        participants: &[Participant],
        events: Vec<NewEvent>,
    ) -> Result<Write<()>> {
        self.pause().await;
        let write = self.write_with(events, |state| state.save_call(call, participants));
        self.pause().await;
        write
    }

    async fn call(&self, app: AppId, id: CallId) -> Result<Option<(Call, Vec<Participant>)>> {
        self.pause().await;
        Ok(self.read().calls.get(&id).filter(|(call, _)| call.app == app).cloned())
    }

    async fn list_calls(
        &self,
        channel: ChannelId,
        filter: CallFilter,
        page: PageRequest,
    ) -> Result<Page<(Call, Vec<Participant>)>> {
        self.pause().await;
        Ok(self.read().list_calls(channel, filter, page))
    }

    async fn open_calls(&self) -> Result<Vec<(Call, Vec<Participant>)>> {
        self.pause().await;
        Ok(self.read().calls.values().filter(|(call, _)| call.state != CallState::Ended).cloned().collect())
    }
}
