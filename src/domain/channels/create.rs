//! Creating channels: names, first members, and what was there before.
use super::{Channels, CreateChannel, Done, SeenChannel};
use crate::{
    Actor, Ctx, Error,
    ports::{Creation, NewChannel, Result},
    text,
    users::UserRef,
};
use model::{UserId, channel::ChannelKind, event::Event, limits};
use std::{collections::BTreeSet, sync::atomic::Ordering};

/// How names made by the server begin. Clients may not choose such names: they could block those of others.
pub(super) const MADE_NAMES: [&str; 3] = ["direct:", "channel:", "deleted:"];
/// Names to try before giving up; another process with the same clock could have made the first.
const NAME_ATTEMPTS: usize = 8;

impl Channels {
    /// Creates a channel, `Event::ChannelCreated`. A DIRECT channel of the same users is `Found`.
    pub async fn create(&self, ctx: &mut Ctx, new: CreateChannel) -> Result<Done<SeenChannel>> {
        check(&new)?;
        let actor = ctx.actor;
        let members = self.first_members(actor, &new).await?;
        let channel = match self.store_new(actor, new, members.clone()).await? {
            Creation::Created(channel) => channel,
            Creation::Found(channel) => {
                self.show_again(actor, channel.id).await?;
                let seen = self.get(actor, channel.id).await?;
                ctx.committed();
                return Ok(Done::Found(seen));
            }
        };
        let id = channel.id;
        let event = Event::ChannelCreated { channel: self.view(channel).await?, joined: members };
        let turn = self.order.enter(id);
        let write = self.store.record(vec![self.placed(actor.app, id, event)]).await?;
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        Ok(Done::Published)
    }

    /// The actor, then whoever is listed, without duplicates.
    async fn first_members(&self, actor: Actor, new: &CreateChannel) -> Result<Vec<UserId>> {
        let mut members = vec![actor.user];
        members.extend(self.known(actor, &new.members).await?);
        let mut met = BTreeSet::new();
        members.retain(|user| met.insert(*user));
        if new.kind == ChannelKind::Direct && !(2..=limits::MAX_DIRECT_MEMBERS).contains(&members.len()) {
            let problem = format!(
                "a DIRECT channel has 2 to {} users, its creator included; these are {}",
                limits::MAX_DIRECT_MEMBERS,
                members.len()
            );
            return Err(Error::invalid("members", problem));
        }
        Ok(members)
    }

    /// The ids of users that all have to be there.
    async fn known(&self, actor: Actor, references: &[UserRef]) -> Result<Vec<UserId>> {
        let by_id: Vec<UserId> = references
            .iter()
            .filter_map(|reference| match reference {
                UserRef::Id(id) => Some(*id),
                UserRef::Name(_) => None,
            })
            .collect();
        let found: BTreeSet<UserId> = self
            .store
            .users(actor.app, &by_id)
            .await?
            .iter()
            .filter(|user| !user.is_deleted())
            .map(|user| user.id)
            .collect();
        let mut known = Vec::with_capacity(references.len());
        for reference in references {
            known.push(match reference {
                UserRef::Id(id) if found.contains(id) => *id,
                UserRef::Id(id) => {
                    return Err(Error::invalid("members", format!("no user has the id {}", id.0)));
                }
                UserRef::Name(name) => match self.store.user_by_name(actor.app, name).await? {
                    Some(user) => user.id,
                    None => return Err(Error::invalid("members", format!("no user is called `{name}`"))),
                },
            });
        }
        Ok(known)
    }

    async fn store_new(&self, actor: Actor, new: CreateChannel, members: Vec<UserId>) -> Result<Creation> {
        let chosen = new.name.filter(|_| new.kind != ChannelKind::Direct);
        let attempts = if chosen.is_some() || new.kind == ChannelKind::Direct { 1 } else { NAME_ATTEMPTS };
        let mut attempt = 1;
        loop {
            let name = match (&chosen, new.kind) {
                (Some(name), _) => name.clone(),
                (None, ChannelKind::Direct) => direct_name(&members),
                (None, ChannelKind::Public | ChannelKind::Private) => self.make_name(actor),
            };
            let channel = NewChannel {
                app: actor.app,
                kind: new.kind,
                display_name: new.display_name.clone().unwrap_or_else(|| name.clone()),
                name,
                creator: Some(actor.user),
                members: members.clone(),
                properties: new.properties.clone(),
                time: self.clock.now(),
            };
            match self.store.create_channel(channel).await {
                Err(Error::Conflict { .. }) if attempt < attempts => attempt += 1,
                result => return result,
            }
        }
    }

    /// A name nobody has: creator, time, and a number for those who are quicker than the clock.
    fn make_name(&self, actor: Actor) -> String {
        let number = self.names_made.fetch_add(1, Ordering::Relaxed);
        format!("channel:{}-{}-{number}", actor.user.0, self.clock.now().0)
    }
}

/// The set of users is the channel, so it is the name.
fn direct_name(members: &[UserId]) -> String {
    let ids: BTreeSet<UserId> = members.iter().copied().collect();
    let ids: Vec<String> = ids.iter().map(|id| id.0.to_string()).collect();
    format!("direct:{}", ids.join("-"))
}

fn check(new: &CreateChannel) -> Result<()> {
    if let Some(name) = new.name.as_deref().filter(|_| new.kind != ChannelKind::Direct) {
        text::check_name("name", name, limits::MAX_NAME_BYTES)?;
        if let Some(prefix) = MADE_NAMES.iter().find(|prefix| name.starts_with(**prefix)) {
            return Err(Error::invalid(
                "name",
                format!("names beginning with `{prefix}` are made by the server"),
            ));
        }
    }
    if let Some(name) = &new.display_name {
        text::check_name("displayName", name, limits::MAX_NAME_BYTES)?;
    }
    if new.members.len() > limits::MAX_INITIAL_MEMBERS {
        return Err(Error::invalid("members", format!("at most {}", limits::MAX_INITIAL_MEMBERS)));
    }
    Ok(())
}
