//! Moderation: who moderates, who has to go, who is kept out.
use super::{Channels, Done, SeenChannel};
use crate::{Actor, Ctx, Error, permission, ports::Result, users::UserRef};
use model::{
    ChannelId, UserId,
    block::ChannelBlock,
    channel::{Channel, Member},
    event::Event,
    page::{Page, PageRequest},
    user::UserView,
};

impl Channels {
    /// Makes a member a moderator, `Event::ModeratorAdded`. One who is already: `Found`. Moderators only.
    pub async fn add_moderator(
        &self,
        ctx: &mut Ctx,
        channel: ChannelId,
        user: &UserRef,
    ) -> Result<Done<SeenChannel>> {
        self.appoint(ctx, channel, user, true).await
    }

    /// Makes a moderator a plain member, `Event::ModeratorRemoved`. One who is already: `Found`. Moderators only.
    pub async fn remove_moderator(
        &self,
        ctx: &mut Ctx,
        channel: ChannelId,
        user: &UserRef,
    ) -> Result<Done<SeenChannel>> {
        self.appoint(ctx, channel, user, false).await
    }

    async fn appoint(
        &self,
        ctx: &mut Ctx,
        channel: ChannelId,
        user: &UserRef,
        moderator: bool,
    ) -> Result<Done<SeenChannel>> {
        let actor = ctx.actor;
        let _alone = self.changing.lock(channel.0).await;
        let channel = self.moderated(actor, channel).await?;
        let id = channel.id;
        let (user, member) = self.other_member(actor, &channel, user).await?;
        if member.moderator == moderator {
            let seen = self.get(actor, id).await?;
            ctx.committed();
            return Ok(Done::Found(seen));
        }
        let change = Box::new(self.change_of(channel, Some(Member { moderator, ..member })).await?);
        let event = match moderator {
            true => Event::ModeratorAdded { change, user },
            false => Event::ModeratorRemoved { change, user },
        };
        let events = vec![self.placed(actor.app, id, event)];
        let turn = self.order.enter(id);
        let write = self.store.set_moderator(id, member.user, moderator, events).await?;
        if !write.value {
            return Err(Error::NotFound { what: "member" });
        }
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        Ok(Done::Published)
    }

    /// Removes a member, `Event::ChannelMemberRemoved`; who names themselves leaves. Moderators only.
    pub async fn remove_member(&self, ctx: &mut Ctx, channel: ChannelId, user: &UserRef) -> Result<()> {
        let actor = ctx.actor;
        if self.users.resolve(actor.app, user).await?.user.id == actor.user {
            return self.leave(ctx, channel).await;
        }
        let removed = {
            let _alone = self.changing.lock(channel.0).await;
            let stored = self.moderated(actor, channel).await?;
            let (user, member) = self.other_member(actor, &stored, user).await?;
            let channel_view = self.view(stored).await?;
            let event = Event::ChannelMemberRemoved { channel: channel_view, user, by: actor.user };
            let events = vec![self.placed(actor.app, channel, event)];
            let turn = self.order.enter(channel);
            let write = self.store.remove_member(channel, member.user, events).await?;
            ctx.committed();
            turn.publish(write.events, ctx.origin.as_ref()).await;
            member.user
        };
        self.departed(actor.app, channel, removed).await;
        Ok(())
    }

    /// Keeps a user out of the channel, a member until now or not; `Event::ChannelUserBlocked`. One who is kept out
    /// already: `Found`. Moderators only, and not themselves or the creator.
    pub async fn block(
        &self,
        ctx: &mut Ctx,
        channel: ChannelId,
        user: &UserRef,
    ) -> Result<Done<ChannelBlock>> {
        let actor = ctx.actor;
        let (blocked, was_member) = {
            let _alone = self.changing.lock(channel.0).await;
            let stored = self.moderated(actor, channel).await?;
            let user = self.users.resolve(actor.app, user).await?;
            let id = user.user.id;
            if id == actor.user || stored.creator == Some(id) {
                return Err(Error::Denied { reason: "neither the creator nor oneself can be kept out" });
            }
            if let Some(created_time) = self.store.channel_block(channel, id).await? {
                ctx.committed();
                return Ok(Done::Found(ChannelBlock { channel, user, created_time }));
            }
            let was_member = self.store.member(channel, id).await?.is_some();
            let time = self.clock.now();
            let block = ChannelBlock { channel, user, created_time: time };
            let view = self.view(stored).await?;
            let event = Event::ChannelUserBlocked { channel: view, block, by: actor.user, was_member };
            let events = vec![self.placed(actor.app, channel, event)];
            let turn = self.order.enter(channel);
            let write = self.store.block_in_channel(actor.app, channel, id, time, events).await?;
            ctx.committed();
            turn.publish(write.events, ctx.origin.as_ref()).await;
            (id, was_member)
        };
        if was_member {
            self.departed(actor.app, channel, blocked).await;
        }
        Ok(Done::Published)
    }

    /// Lets a user join again, `Event::ChannelUserUnblocked`. `NotFound` when they are not kept out. Moderators only.
    pub async fn unblock(&self, ctx: &mut Ctx, channel: ChannelId, user: UserId) -> Result<()> {
        let actor = ctx.actor;
        let absent = Error::NotFound { what: "channel block record" };
        let _alone = self.changing.lock(channel.0).await;
        let stored = self.moderated(actor, channel).await?;
        let view = self.users.view(actor.app, user).await?;
        let Some(created_time) = self.store.channel_block(channel, user).await? else { return Err(absent) };
        let block = ChannelBlock { channel, user: view, created_time };
        let event = Event::ChannelUserUnblocked { channel: self.view(stored).await?, block, by: actor.user };
        let events = vec![self.placed(actor.app, channel, event)];
        let turn = self.order.enter(channel);
        let write = self.store.unblock_in_channel(channel, user, events).await?;
        if !write.value {
            return Err(absent);
        }
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        Ok(())
    }

    /// A page of moderators by display name.
    pub async fn moderators(
        &self,
        actor: Actor,
        channel: ChannelId,
        display_name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<UserView>> {
        self.visible(actor, channel).await?;
        let page = self.store.list_moderators(actor.app, channel, display_name_part, page).await?;
        let views = page.items.iter().cloned().map(|user| self.presence.view(user)).collect();
        Ok(page.with_items(views))
    }

    /// A page of users who are kept out, the first first. Members only.
    pub async fn blocks(
        &self,
        actor: Actor,
        channel: ChannelId,
        display_name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<ChannelBlock>> {
        self.joined(actor, channel).await?;
        let page = self.store.list_channel_blocks(actor.app, channel, display_name_part, page).await?;
        let block = |record: &crate::ports::BlockRecord| ChannelBlock {
            channel,
            user: self.presence.view(record.user.clone()),
            created_time: record.time,
        };
        Ok(page.with_items(page.items.iter().map(block).collect()))
    }

    /// A channel that the actor moderates.
    async fn moderated(&self, actor: Actor, channel: ChannelId) -> Result<Channel> {
        let (channel, standing) = self.standing(actor, channel).await?;
        permission::may_moderate(standing)?;
        Ok(channel)
    }

    async fn other_member(
        &self,
        actor: Actor,
        channel: &Channel,
        user: &UserRef,
    ) -> Result<(UserView, Member)> {
        let user = self.users.resolve(actor.app, user).await?;
        let member = self.store.member(channel.id, user.user.id).await?;
        Ok((user, member.ok_or(Error::NotFound { what: "member" })?))
    }
}
