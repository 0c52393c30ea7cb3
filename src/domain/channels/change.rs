//! Changing a channel for everybody: names, properties, its end, and events of the application.
use super::{Channels, create::MADE_NAMES};
use crate::{
    Actor, Ctx, Error,
    permission::{self, Standing},
    ports::Result,
    text,
};
use model::{
    AppId, ChannelId, Properties, UserId,
    channel::{Channel, ChannelKind, Member},
    event::{ChannelChange, Event},
    limits,
};

/// What an update of a channel changes; `None` keeps.
#[derive(Clone, Debug, Default)]
pub struct ChannelPatch {
    /// Unique name. DIRECT channels keep theirs.
    pub name: Option<String>,
    /// Shown to people.
    pub display_name: Option<String>,
    /// Free JSON object.
    pub properties: Option<Properties>,
}

impl Channels {
    /// Changes names and properties, `Event::ChannelUpdated`, also when nothing changed: it carries the receipt.
    /// Moderators and the creator; in DIRECT channels every member. `Conflict` when the name is taken.
    pub async fn update(&self, ctx: &mut Ctx, channel: ChannelId, patch: ChannelPatch) -> Result<()> {
        let actor = ctx.actor;
        let _alone = self.changing.lock(channel.0).await;
        let (channel, standing) = self.standing(actor, channel).await?;
        permission::may_change_channel(standing)?;
        let channel = patched(channel, patch)?;
        let event = Event::ChannelUpdated(Box::new(self.change_of(channel.clone(), None).await?));
        let event = self.placed(actor.app, channel.id, event);
        let turn = self.order.enter(channel.id);
        let write = self.store.update_channel(&channel, vec![event]).await?;
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        Ok(())
    }

    /// Deletes a channel with everything in it, `Event::ChannelDeleted`. Moderators and the creator. A call in it ends.
    pub async fn delete(&self, ctx: &mut Ctx, channel: ChannelId) -> Result<()> {
        let actor = ctx.actor;
        let members = {
            let _alone = self.changing.lock(channel.0).await;
            let (stored, standing) = self.standing(actor, channel).await?;
            permission::may_delete_channel(standing)?;
            let change = self.change_of(stored, None).await?;
            let members: Vec<UserId> = change.members.iter().map(|member| member.user).collect();
            let event = Event::ChannelDeleted { change: Box::new(change), by: Some(actor.user) };
            let event = self.placed(actor.app, channel, event);
            let turn = self.order.enter(channel);
            let time = self.clock.now();
            let write = self.store.delete_channel(actor.app, channel, time, vec![event]).await?;
            if !write.value {
                return Err(Error::NotFound { what: "channel" });
            }
            ctx.committed();
            turn.publish(write.events, ctx.origin.as_ref()).await;
            members
        };
        for user in members {
            self.departed(actor.app, channel, user).await;
        }
        Ok(())
    }

    /// An event of the application's own, `Event::ChannelEventTriggered`. Members only.
    pub async fn trigger_event(
        &self,
        ctx: &mut Ctx,
        channel: ChannelId,
        kind: String,
        properties: Properties,
    ) -> Result<()> {
        text::check_name("type", &kind, limits::MAX_EVENT_TYPE_BYTES)?;
        check_properties(&properties)?;
        let actor = ctx.actor;
        let (channel, standing) = self.standing(actor, channel).await?;
        permission::may_take_part(standing)?;
        let user = Some(self.users.view(actor.app, actor.user).await?);
        let event = Event::ChannelEventTriggered { channel: channel.id, kind, user, properties };
        let turn = self.order.enter(channel.id);
        let write = self.store.record(vec![self.placed(actor.app, channel.id, event)]).await?;
        ctx.committed();
        // The RECEIPT is all that clients wait for.
        turn.publish(write.events, None).await;
        Ok(())
    }

    /// Channels a user is a member of.
    pub async fn joined_by(&self, app: AppId, user: UserId) -> Result<Vec<ChannelId>> {
        self.store.channels_of(app, user).await
    }

    /// A channel the actor may see, and where they stand in it.
    pub(super) async fn standing(&self, actor: Actor, channel: ChannelId) -> Result<(Channel, Standing)> {
        let (channel, membership) = self.visible(actor, channel).await?;
        let standing = Standing::of(&channel, membership.as_ref());
        Ok((channel, standing))
    }

    /// The channel as everybody in it is told about it; `changed` is a member who is about to be different.
    pub(super) async fn change_of(&self, channel: Channel, changed: Option<Member>) -> Result<ChannelChange> {
        let mut members = self.store.members(channel.id, u32::MAX).await?;
        if let Some(changed) = changed {
            for member in members.iter_mut().filter(|member| member.user == changed.user) {
                *member = changed;
            }
        }
        let last_message = self.views.last_message(channel.app, channel.id, None).await?;
        Ok(ChannelChange { channel: self.view(channel).await?, last_message, members })
    }
}

fn check_properties(properties: &Properties) -> Result<()> {
    if properties.as_json().len() > limits::MAX_PROPERTIES_BYTES {
        return Err(Error::invalid("properties", format!("at most {} bytes", limits::MAX_PROPERTIES_BYTES)));
    }
    Ok(())
}

/// Clients send the whole channel back: what has not changed is not checked again.
fn patched(channel: Channel, patch: ChannelPatch) -> Result<Channel> {
    let name = patch.name.filter(|name| *name != channel.name && channel.kind != ChannelKind::Direct);
    if let Some(name) = &name {
        text::check_name("name", name, limits::MAX_NAME_BYTES)?;
        if let Some(prefix) = MADE_NAMES.iter().find(|prefix| name.starts_with(**prefix)) {
            let problem = format!("names beginning with `{prefix}` are made by the server");
            return Err(Error::invalid("name", problem));
        }
    }
    let display_name = patch.display_name.filter(|name| *name != channel.display_name);
    if let Some(name) = &display_name {
        text::check_name("displayName", name, limits::MAX_NAME_BYTES)?;
    }
    if let Some(properties) = &patch.properties {
        check_properties(properties)?;
    }
    Ok(Channel {
        name: name.unwrap_or(channel.name),
        display_name: display_name.unwrap_or(channel.display_name),
        properties: patch.properties.unwrap_or(channel.properties),
        ..channel
    })
}
