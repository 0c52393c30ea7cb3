//! Reactions: one of each emoji for each user and message.
use crate::{
    Actor, Ctx, Error,
    channels::Done,
    chat::Shared,
    emoji, permission,
    ports::{MessageRecord, ReactionRecord, Result},
    striped::Striped,
};
use model::{
    MessageId,
    event::Event,
    limits,
    message::MessageView,
    page::{Page, PageRequest},
    reaction::{Emoji, Reaction, ReactionSummary},
    user::UserView,
};
use std::sync::Arc;

/// Reactions of all applications.
pub struct Reactions {
    shared: Arc<Shared>,
    /// By message, shared with whoever else changes messages.
    changing: Arc<Striped>,
}

impl Reactions {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let changing = shared.changing_messages.clone();
        Self { shared, changing }
    }

    /// Adds the actor's reaction, `Event::ReactionAdded`. One that is there already is `Found`. `emoji` is the character, an
    /// alias or `:alias:`.
    pub async fn add(&self, ctx: &mut Ctx, message: MessageId, emoji: &str) -> Result<Done<Reaction>> {
        let emoji = known(emoji)?;
        let actor = ctx.actor;
        let _alone = self.changing.lock(message.0).await;
        let (record, user) = self.reactable(actor, message).await?;
        if let Some(there) = self.shared.store.reaction(message, actor.user, &emoji).await? {
            ctx.committed();
            return Ok(Done::Found(Reaction { message, emoji, user, created_time: there.time }));
        }
        let kinds = &record.reactions;
        if kinds.len() >= limits::MAX_REACTION_EMOJIS && kinds.iter().all(|known| known.emoji != emoji) {
            let problem = format!("a message has at most {} different emojis", limits::MAX_REACTION_EMOJIS);
            return Err(Error::invalid("emoji", problem));
        }
        let time = self.shared.clock.now();
        let reaction = Reaction { message, emoji: emoji.clone(), user: user.clone(), created_time: time };
        let stored = ReactionRecord { message, user: actor.user, emoji: emoji.clone(), time };
        let channel = record.message.channel;
        let mut view = self.shared.views.message(record).await?;
        with_reaction(&mut view, &emoji, user);
        let event = Event::ReactionAdded { reaction: reaction.clone(), message: Box::new(view) };
        let event = self.shared.placed(actor.app, channel, event);
        let turn = self.shared.enter(channel);
        let write = self.shared.store.add_reaction(&stored, vec![event]).await?;
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        Ok(if write.value { Done::Published } else { Done::Found(reaction) })
    }

    /// Takes the actor's reaction back, `Event::ReactionRemoved`. `NotFound` when there is none.
    pub async fn remove(&self, ctx: &mut Ctx, message: MessageId, emoji: &str) -> Result<Done<Reaction>> {
        let emoji = known(emoji)?;
        let actor = ctx.actor;
        let _alone = self.changing.lock(message.0).await;
        let (mut record, user) = self.reactable(actor, message).await?;
        let there = self.shared.store.reaction(message, actor.user, &emoji).await?;
        let there = there.ok_or(Error::NotFound { what: "reaction" })?;
        let reaction = Reaction { message, emoji: emoji.clone(), user, created_time: there.time };
        for summary in record.reactions.iter_mut().filter(|summary| summary.emoji == emoji) {
            summary.count = summary.count.saturating_sub(1);
            summary.users.retain(|user| *user != actor.user);
        }
        record.reactions.retain(|summary| summary.count > 0);
        let channel = record.message.channel;
        let view = Box::new(self.shared.views.message(record).await?);
        let event = Event::ReactionRemoved { reaction: reaction.clone(), message: view };
        let event = self.shared.placed(actor.app, channel, event);
        let turn = self.shared.enter(channel);
        let write = self.shared.store.remove_reaction(message, actor.user, &emoji, vec![event]).await?;
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        Ok(if write.value { Done::Published } else { Done::Found(reaction) })
    }

    /// A page of a message's reactions, oldest first.
    pub async fn list(&self, actor: Actor, message: MessageId, page: PageRequest) -> Result<Page<Reaction>> {
        self.shared.message(actor, message).await?;
        let page = self.shared.store.list_reactions(message, page).await?;
        let ids = page.items.iter().map(|reaction| reaction.user).collect();
        let people = self.shared.views.people(actor.app, ids).await?;
        let reaction = |record: &ReactionRecord| {
            Some(Reaction {
                message: record.message,
                emoji: record.emoji.clone(),
                user: self.shared.views.user(people.get(&record.user)?.clone()),
                created_time: record.time,
            })
        };
        let reactions = page.items.iter().filter_map(reaction).collect();
        Ok(page.with_items(reactions))
    }

    async fn reactable(&self, actor: Actor, message: MessageId) -> Result<(MessageRecord, UserView)> {
        let (record, standing) = self.shared.live_message(actor, message).await?;
        permission::may_take_part(standing)?;
        Ok((record, self.shared.actor(actor).await?))
    }
}

fn known(emoji: &str) -> Result<Emoji> {
    emoji::find(emoji).ok_or_else(|| Error::invalid("emoji", "must be an emoji, or the alias of one"))
}

/// The message as it is going to be.
fn with_reaction(view: &mut MessageView, emoji: &Emoji, user: UserView) {
    let place = view.reactions.iter().position(|summary| summary.emoji == *emoji);
    match place.and_then(|place| view.reactions.get_mut(place)) {
        Some(summary) => {
            summary.count += 1;
            if summary.users.len() < limits::MAX_REACTION_USERS {
                summary.users.push(user);
            }
        }
        None => {
            view.reactions.push(ReactionSummary { emoji: emoji.clone(), users: vec![user], count: 1 });
        }
    }
}

#[cfg(test)]
mod tests;
