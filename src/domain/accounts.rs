//! The end of a user: what they said stays, by a deleted user; everything else is gone.
use crate::{
    Actor, Ctx, Error,
    channels::Channels,
    ports::{Bus, Clock, NewEvent, Result, Store},
    users::Users,
};
use model::{AppId, ChannelId, UserId, channel::ChannelKind, event::Event};
use std::sync::Arc;

/// Ends users of all applications.
pub struct Accounts {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    users: Arc<Users>,
    channels: Arc<Channels>,
}

impl Accounts {
    /// The service.
    pub fn new(
        store: Arc<dyn Store>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        users: Arc<Users>,
        channels: Arc<Channels>,
    ) -> Self {
        Self { store, bus, clock, users, channels }
    }

    /// The actor deletes themselves, `Event::UserDeleted`: the edge then ends their sessions. Others are `Denied`.
    pub async fn delete(&self, ctx: &mut Ctx, user: UserId) -> Result<()> {
        let Actor { app, user: actor, .. } = ctx.actor;
        self.users.view(app, user).await?;
        if user != actor {
            return Err(Error::Denied { reason: "users can delete nobody but themselves" });
        }
        self.end(app, user, Some(ctx)).await
    }

    /// The application deletes a user.
    pub async fn delete_by_app(&self, app: AppId, user: UserId) -> Result<()> {
        self.end(app, user, None).await
    }

    async fn end(&self, app: AppId, user: UserId, ctx: Option<&mut Ctx>) -> Result<()> {
        let view = self.users.view(app, user).await?;
        let left = self.channels_left(app, user).await?;
        let time = self.clock.now();
        let event = Event::UserDeleted { user: view, channels: left.clone() };
        let event = NewEvent { app, channel: None, time, event };
        let write = self.store.delete_user(app, user, time, vec![event]).await?;
        if !write.value {
            return Err(Error::NotFound { what: "user" });
        }
        let origin = ctx.and_then(|ctx| {
            ctx.committed();
            ctx.origin.clone()
        });
        self.bus.publish(&write.events, origin.as_ref());
        for channel in left {
            self.channels.departed(app, channel, user).await;
        }
        Ok(())
    }

    /// Members of DIRECT channels never change.
    async fn channels_left(&self, app: AppId, user: UserId) -> Result<Vec<ChannelId>> {
        let mut left = Vec::new();
        for id in self.store.channels_of(app, user).await? {
            let channel = self.store.channel(app, id).await?;
            left.extend(
                channel.filter(|channel| channel.kind != ChannelKind::Direct).map(|channel| channel.id),
            );
        }
        Ok(left)
    }
}
