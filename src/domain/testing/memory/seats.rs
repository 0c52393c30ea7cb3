//! The port for seats, moderation and deletions over the in-memory state.
use super::MemoryStore;
use crate::{
    Error,
    ports::{BlockRecord, NewEvent, NewSeat, Result, SeatStore, Write},
    testing::state::{State, matches, paged, sorted_by_name},
};
use async_trait::async_trait;
use model::{
    AppId, ChannelId, Timestamp, UserId,
    channel::{Channel, Seat},
    page::{Page, PageRequest},
    user::User,
};

#[async_trait]
impl SeatStore for MemoryStore {
    async fn seat(&self, channel: ChannelId, user: UserId) -> Result<Option<Seat>> {
        self.pause().await;
        let state = self.read();
        Ok(state.member(channel, user).map(|member| state.chats.seat(&member)))
    }

    async fn change_seat(
        &self,
        channel: ChannelId,
        user: UserId,
        new: NewSeat,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.pause().await;
        let check = |state: &State| Ok(state.member(channel, user).is_some());
        self.write_if(events, check, |state| {
            state.change_seat(channel, user, new);
        })
    }

    async fn channels_of(&self, app: AppId, user: UserId) -> Result<Vec<ChannelId>> {
        self.pause().await;
        Ok(self.read().channels_of(app, user))
    }

    async fn update_channel(&self, channel: &Channel, events: Vec<NewEvent>) -> Result<Write<()>> {
        self.pause().await;
        self.write_with(events, |state| state.update_channel(channel))
    }

    async fn delete_channel(
        &self,
        app: AppId,
        channel: ChannelId,
        time: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.pause().await;
        let check = |state: &State| Ok(state.channel_in(app, channel).is_some());
        self.write_if(events, check, |state| state.delete_channel(channel, time))
    }

    async fn set_moderator(
        &self,
        channel: ChannelId,
        user: UserId,
        moderator: bool,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.pause().await;
        let check = |state: &State| {
            Ok(state.member(channel, user).is_some_and(|member| member.moderator != moderator))
        };
        self.write_if(events, check, |state| {
            for member in state.members_mut(channel).iter_mut().filter(|member| member.user == user) {
                member.moderator = moderator;
            }
        })
    }

    async fn list_moderators(
        &self,
        app: AppId,
        channel: ChannelId,
        display_name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<User>> {
        self.pause().await;
        let state = self.read();
        let users = state
            .members_of(channel)
            .iter()
            .filter(|member| member.moderator)
            .filter_map(|member| state.user_in(app, member.user))
            .filter(|user| matches(&user.display_name, display_name_part));
        Ok(paged(sorted_by_name(users.cloned().collect()), page))
    }

    async fn block_in_channel(
        &self,
        app: AppId,
        channel: ChannelId,
        user: UserId,
        time: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.pause().await;
        let check = |state: &State| {
            state.channel_in(app, channel).ok_or(Error::NotFound { what: "channel" })?;
            state.check_user(app, user)?;
            Ok(since_in_channel(state, channel, user).is_none())
        };
        self.write_if(events, check, |state| {
            state.remove_member(channel, user);
            state.chats.channel_blocks.push((channel, user, time));
        })
    }

    async fn unblock_in_channel(
        &self,
        channel: ChannelId,
        user: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.pause().await;
        let check = |state: &State| Ok(since_in_channel(state, channel, user).is_some());
        self.write_if(events, check, |state| {
            state.chats.channel_blocks.retain(|(of, who, _)| (*of, *who) != (channel, user));
        })
    }

    async fn channel_block(&self, channel: ChannelId, user: UserId) -> Result<Option<Timestamp>> {
        self.pause().await;
        Ok(since_in_channel(&self.read(), channel, user))
    }

    async fn list_channel_blocks(
        &self,
        app: AppId,
        channel: ChannelId,
        display_name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<BlockRecord>> {
        self.pause().await;
        let state = self.read();
        let of_channel = state.chats.channel_blocks.iter().filter(|(of, ..)| *of == channel);
        let records = of_channel.filter_map(|(_, user, time)| record(&state, app, *user, *time));
        let named = records.filter(|record| matches(&record.user.display_name, display_name_part));
        Ok(paged(named.collect(), page))
    }

    async fn block_user(
        &self,
        app: AppId,
        blocker: UserId,
        blocked: UserId,
        time: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.pause().await;
        let check = |state: &State| {
            state.check_user(app, blocker)?;
            state.check_user(app, blocked)?;
            Ok(since_on_list(state, blocker, blocked).is_none())
        };
        self.write_if(events, check, |state| state.chats.user_blocks.push((blocker, blocked, time)))
    }

    async fn unblock_user(
        &self,
        blocker: UserId,
        blocked: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.pause().await;
        let check = |state: &State| Ok(since_on_list(state, blocker, blocked).is_some());
        self.write_if(events, check, |state| {
            state.chats.user_blocks.retain(|(who, whom, _)| (*who, *whom) != (blocker, blocked));
        })
    }

    async fn user_block(&self, blocker: UserId, blocked: UserId) -> Result<Option<Timestamp>> {
        self.pause().await;
        Ok(since_on_list(&self.read(), blocker, blocked))
    }

    async fn list_user_blocks(
        &self,
        app: AppId,
        blocker: UserId,
        name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<BlockRecord>> {
        self.pause().await;
        let state = self.read();
        let of_user = state.chats.user_blocks.iter().filter(|(who, ..)| *who == blocker);
        let records = of_user.filter_map(|(_, user, time)| record(&state, app, *user, *time));
        let named = records.filter(|record| {
            matches(&record.user.name, name_part) || matches(&record.user.display_name, name_part)
        });
        Ok(paged(named.collect(), page))
    }

    async fn delete_user(
        &self,
        app: AppId,
        user: UserId,
        _: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.pause().await;
        let check = |state: &State| Ok(state.user_in(app, user).is_some_and(|user| !user.is_deleted()));
        self.write_if(events, check, |state| state.delete_user(user))
    }
}

fn since_in_channel(state: &State, channel: ChannelId, user: UserId) -> Option<Timestamp> {
    let blocks = state.chats.channel_blocks.iter();
    blocks.filter(|(of, who, _)| (*of, *who) == (channel, user)).map(|(.., time)| *time).next()
}

fn since_on_list(state: &State, blocker: UserId, blocked: UserId) -> Option<Timestamp> {
    let blocks = state.chats.user_blocks.iter();
    blocks.filter(|(who, whom, _)| (*who, *whom) == (blocker, blocked)).map(|(.., time)| *time).next()
}

fn record(state: &State, app: AppId, user: UserId, time: Timestamp) -> Option<BlockRecord> {
    state.user_in(app, user).map(|user| BlockRecord { user: user.clone(), time })
}
