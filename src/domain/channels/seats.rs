//! What a channel is to one member: muted, hidden, its history cleared. Only their own sessions learn it.
use super::Channels;
use crate::{
    Actor, Ctx, Error, permission,
    ports::{NewSeat, Result},
};
use model::{
    ChannelId,
    event::{Event, SeatChange},
};

impl Channels {
    /// Notifications of the channel come muted from now on, or not; `Event::ChannelSeatChanged`.
    pub async fn mute(&self, ctx: &mut Ctx, channel: ChannelId, muted: bool) -> Result<()> {
        let change = if muted { SeatChange::Muted } else { SeatChange::Unmuted };
        self.change_seat(ctx, channel, change).await
    }

    /// Takes a DIRECT channel out of the actor's lists until something new is said; `Event::ChannelSeatChanged`.
    pub async fn hide(&self, ctx: &mut Ctx, channel: ChannelId) -> Result<()> {
        self.change_seat(ctx, channel, SeatChange::Hidden).await
    }

    /// What was said so far is not shown to the actor any more; `Event::ChannelSeatChanged`.
    pub async fn clear_history(&self, ctx: &mut Ctx, channel: ChannelId) -> Result<()> {
        self.change_seat(ctx, channel, SeatChange::HistoryCleared).await
    }

    /// Whoever opens a hidden conversation again sees it in their lists again.
    pub(super) async fn show_again(&self, actor: Actor, channel: ChannelId) -> Result<()> {
        match self.store.seat(channel, actor.user).await? {
            Some(seat) if seat.hidden => {
                self.change_seat(&mut Ctx::new(actor), channel, SeatChange::Unhidden).await
            }
            _ => Ok(()),
        }
    }

    async fn change_seat(&self, ctx: &mut Ctx, channel: ChannelId, change: SeatChange) -> Result<()> {
        let actor = ctx.actor;
        let _alone = self.changing.lock(channel.0).await;
        let (channel, member) = self.joined(actor, channel).await?;
        let new = match change {
            SeatChange::Muted => NewSeat::Muted(true),
            SeatChange::Unmuted => NewSeat::Muted(false),
            SeatChange::Hidden => {
                permission::may_hide(permission::Standing::of(&channel, Some(&member)))?;
                NewSeat::Hidden(true)
            }
            SeatChange::Unhidden => NewSeat::Hidden(false),
            SeatChange::HistoryCleared => NewSeat::Cleared,
        };
        let id = channel.id;
        let last_message = match change {
            SeatChange::HistoryCleared => None,
            _ => self.views.last_message(actor.app, id, Some(actor.user)).await?.map(Box::new),
        };
        let channel = self.view(channel).await?;
        let event = Event::ChannelSeatChanged { channel, last_message, member, change };
        let turn = self.order.enter(id);
        let events = vec![self.placed(actor.app, id, event)];
        let write = self.store.change_seat(id, actor.user, new, events).await?;
        if !write.value {
            return Err(Error::NotFound { what: "channel" });
        }
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        Ok(())
    }
}
