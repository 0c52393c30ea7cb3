//! Block lists: who does not want to hear from whom. A blocked user cannot send in the DIRECT channels they share.
use crate::{
    Actor, Ctx, Error,
    channels::Done,
    chat::Shared,
    ports::{NewEvent, Result},
    striped::Striped,
    users::UserRef,
};
use model::{
    UserId,
    block::UserBlock,
    event::Event,
    page::{Page, PageRequest},
    user::UserView,
};
use std::sync::Arc;

/// Block lists of all users.
pub struct Blocks {
    shared: Arc<Shared>,
    /// By user: one change of their list at a time.
    changing: Striped,
}

impl Blocks {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, changing: Striped::new() }
    }

    /// Puts somebody on the actor's list, `Event::UserBlocked`. Somebody on it already is `Found`.
    pub async fn block(&self, ctx: &mut Ctx, user: &UserRef) -> Result<Done<UserView>> {
        let actor = ctx.actor;
        let user = self.shared.users.resolve(actor.app, user).await?;
        let id = user.user.id;
        if id == actor.user {
            return Err(Error::invalid("user", "nobody can block themselves"));
        }
        let _alone = self.changing.lock(actor.user.0).await;
        let time = self.shared.clock.now();
        let block = UserBlock { user: user.clone(), created_time: time };
        let event = Event::UserBlocked { blocker: actor.user, block };
        let events = vec![NewEvent { app: actor.app, channel: None, time, event }];
        let write = self.shared.store.block_user(actor.app, actor.user, id, time, events).await?;
        ctx.committed();
        self.shared.bus.publish(&write.events, ctx.origin.as_ref());
        Ok(if write.value { Done::Published } else { Done::Found(user) })
    }

    /// Takes somebody off the actor's list, `Event::UserUnblocked`. `NotFound` when they are not on it.
    pub async fn unblock(&self, ctx: &mut Ctx, user: UserId) -> Result<()> {
        let actor = ctx.actor;
        let view = self.shared.users.view(actor.app, user).await?;
        let _alone = self.changing.lock(actor.user.0).await;
        let event = Event::UserUnblocked { blocker: actor.user, user: view };
        let event = NewEvent { app: actor.app, channel: None, time: self.shared.clock.now(), event };
        let write = self.shared.store.unblock_user(actor.user, user, vec![event]).await?;
        if !write.value {
            return Err(Error::NotFound { what: "block list item" });
        }
        ctx.committed();
        self.shared.bus.publish(&write.events, ctx.origin.as_ref());
        Ok(())
    }

    /// A page of the actor's list, the first blocked first; `name_part` matches name or display name ignoring ASCII case.
    pub async fn list(
        &self,
        actor: Actor,
        name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<UserBlock>> {
        let page = self.shared.store.list_user_blocks(actor.app, actor.user, name_part, page).await?;
        let views = page.items.iter().map(|record| UserBlock {
            user: self.shared.views.user(record.user.clone()),
            created_time: record.time,
        });
        let views = views.collect();
        Ok(page.with_items(views))
    }
}
