//! Threads: made by members, or by the first reply to a message.
use crate::{
    Actor, Ctx, Error,
    chat::Shared,
    permission::{self, Standing},
    ports::{Describe, NewThread, Result, ThreadFilter},
    text,
};
use model::{
    ChannelId, MessageId, Properties, ThreadId,
    event::Event,
    limits,
    page::{Page, PageRequest},
    thread::Thread,
};
use std::sync::Arc;

/// Threads of all applications.
pub struct Threads {
    shared: Arc<Shared>,
}

impl Threads {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Makes a standalone thread, `Event::ThreadCreated`.
    pub async fn create(
        &self,
        ctx: &mut Ctx,
        channel: ChannelId,
        name: String,
        properties: Properties,
    ) -> Result<()> {
        text::check_name("name", &name, limits::MAX_NAME_BYTES)?;
        if properties.as_json().len() > limits::MAX_PROPERTIES_BYTES {
            return Err(Error::invalid(
                "properties",
                format!("at most {} bytes", limits::MAX_PROPERTIES_BYTES),
            ));
        }
        let actor = ctx.actor;
        let (_, standing) = self.shared.standing(actor, channel).await?;
        permission::may_take_part(standing)?;
        let new = NewThread { app: actor.app, channel, name, properties, time: self.shared.clock.now() };
        let by = actor.user;
        let describe: Describe<Thread> =
            Box::new(move |thread| Event::ThreadCreated { thread: thread.clone(), by });
        let turn = self.shared.enter(channel);
        let write = self.shared.store.create_thread(new, describe).await?;
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        Ok(())
    }

    /// A thread of a channel that the actor may read.
    pub async fn get(&self, actor: Actor, thread: ThreadId) -> Result<Thread> {
        Ok(self.shared.thread(actor, thread).await?.0)
    }

    /// The message that a thread's messages reply to; `NotFound` for threads of other kinds.
    pub async fn root(&self, actor: Actor, thread: ThreadId) -> Result<MessageId> {
        self.get(actor, thread).await?.root.ok_or(Error::NotFound { what: "message" })
    }

    /// A page of a channel's threads, newest first.
    pub async fn list(
        &self,
        actor: Actor,
        channel: ChannelId,
        filter: ThreadFilter,
        page: PageRequest,
    ) -> Result<Page<Thread>> {
        let (_, standing) = self.shared.standing(actor, channel).await?;
        permission::may_read(standing)?;
        self.shared.store.list_threads(channel, filter, page).await
    }
}

impl Shared {
    /// A thread of a channel that the actor may read, and where they stand in it.
    pub(crate) async fn thread(&self, actor: Actor, id: ThreadId) -> Result<(Thread, Standing)> {
        let absent = || Error::NotFound { what: "thread" };
        let thread = self.store.thread(actor.app, id).await?.ok_or_else(absent)?;
        let standing = match self.standing(actor, thread.channel).await {
            Err(Error::NotFound { .. }) => return Err(absent()),
            found => found?.1,
        };
        match permission::may_read(standing) {
            Err(Error::NotFound { .. }) => Err(absent()),
            verdict => verdict.map(|()| (thread, standing)),
        }
    }
}
