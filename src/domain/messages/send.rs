//! Sending: one read of the chat, the rules, one write, and what follows from it.
use super::{
    Messages,
    content::{self, Draft, Understood},
};
use crate::{
    Actor, Ctx, Error,
    channels::Done,
    notifications::{self, Facts},
    permission::{self, Standing},
    ports::{Chat, Describe, NewMessage, Place, Result, SendOutcome, Sent},
};
use model::{
    AppId, ChannelId, MessageId, ThreadId,
    event::{Event, MessageCreated, TypingPlace},
    limits,
    message::{Author, MentionView, MessageView},
    user::UserView,
};
use std::collections::BTreeSet;

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendTo {
    /// The main thread of a channel.
    Channel(ChannelId),
    /// A thread.
    Thread(ThreadId),
    /// The thread of replies to a message.
    ReplyTo(MessageId),
}

/// A place that was found.
struct Target {
    channel: ChannelId,
    /// `None`: the channel's main thread.
    place: Option<Place>,
    /// The message it replies to.
    parent: Option<MessageView>,
}

impl Messages {
    /// Sends a message, `Event::MessageCreated`. The same idempotency key again: `Found`, with the first message as it is
    /// now.
    pub async fn send(&self, ctx: &mut Ctx, to: SendTo, draft: Draft) -> Result<Done<MessageView>> {
        content::check(&draft)?;
        let actor = ctx.actor;
        // Replies change what is shown of their parent.
        let _alone = match to {
            SendTo::ReplyTo(parent) => Some(self.changing.lock(parent.0).await),
            SendTo::Channel(_) | SendTo::Thread(_) => None,
        };
        let target = self.target(actor, to).await?;
        let chat = self.shared.chat(actor, target.channel).await?;
        permission::may_send(Standing::in_chat(&chat))?;
        let author = chat.people.iter().find(|user| user.id == actor.user && !user.is_deleted()).cloned();
        let author = self.shared.views.user(author.ok_or(Error::NotFound { what: "user" })?);
        self.store(Some(ctx), actor.app, &chat, target, Some(author), draft).await
    }

    /// The application says something in a channel's main thread.
    pub async fn send_system(&self, app: AppId, channel: ChannelId, draft: Draft) -> Result<MessageView> {
        content::check(&draft)?;
        let chat = self.shared.store.chat(app, channel, None).await?;
        let chat = chat.ok_or(Error::NotFound { what: "channel" })?;
        let target = Target { channel, place: None, parent: None };
        match self.store(None, app, &chat, target, None, draft).await? {
            Done::Found(message) => Ok(message),
            Done::Published => Err(Error::NotFound { what: "message" }),
        }
    }

    async fn target(&self, actor: Actor, to: SendTo) -> Result<Target> {
        match to {
            SendTo::Channel(channel) => Ok(Target { channel, place: None, parent: None }),
            SendTo::Thread(thread) => {
                let (thread, _) = self.shared.thread(actor, thread).await?;
                if let Some(root) = thread.root {
                    // A thread of replies: what is said in it is a reply.
                    return Box::pin(self.target(actor, SendTo::ReplyTo(root))).await;
                }
                let place = Some(Place::Thread(thread.id));
                Ok(Target { channel: thread.channel, place, parent: None })
            }
            SendTo::ReplyTo(parent) => {
                let (record, _) = self.shared.live_message(actor, parent).await?;
                if record.message.nested_level >= limits::MAX_NESTED_LEVEL {
                    let problem = format!("replies nest at most {} deep", limits::MAX_NESTED_LEVEL);
                    return Err(Error::invalid("parent", problem));
                }
                let channel = record.message.channel;
                let parent = self.shared.views.message(record).await?;
                Ok(Target { channel, place: Some(Place::ReplyTo(parent.message.id)), parent: Some(parent) })
            }
        }
    }

    /// `author: None`: the application, which learns what was stored from the answer.
    async fn store(
        &self,
        mut ctx: Option<&mut Ctx>,
        app: AppId,
        chat: &Chat,
        target: Target,
        author: Option<UserView>,
        draft: Draft,
    ) -> Result<Done<MessageView>> {
        let channel = chat.channel.id;
        let understood = self.understand(app, channel, draft.content).await?;
        let said_by = author.as_ref().map_or(Author::System, |author| Author::User(author.user.id));
        let parent = target.parent.as_ref().map(|parent| &parent.message);
        let new = NewMessage {
            app,
            channel,
            place: target.place.unwrap_or(Place::Thread(chat.main_thread)),
            author: said_by,
            nested_level: parent.map_or(0, |parent| parent.nested_level + 1),
            notify: self.whom_to_notify(
                chat,
                said_by,
                parent.and_then(|parent| parent.author.user()),
                &understood,
            ),
            content: understood.content,
            group_tag: draft.group_tag,
            properties: draft.properties,
            time: self.shared.clock.now(),
            idempotency_key: draft.idempotency_key,
        };
        let parent = target.parent;
        let describe = self.describe(chat, author.clone(), understood.mentions, parent);
        let turn = self.shared.enter(channel);
        let write = self.shared.store.send_message(new, describe).await?;
        let origin = ctx.as_mut().and_then(|ctx| {
            ctx.committed();
            ctx.origin.clone()
        });
        turn.publish(write.events, origin.as_ref()).await;
        match (write.value, author) {
            (SendOutcome::Before(message), _) => self.sent_before(app, channel, message).await,
            (SendOutcome::Sent(sent), Some(author)) => {
                let thread = sent.message.thread;
                let place = TypingPlace { channel, thread, main: thread == chat.main_thread };
                self.typing.message_sent(place, author.user.id);
                Ok(Done::Published)
            }
            (SendOutcome::Sent(sent), None) => Ok(Done::Found(self.view(app, sent.message.id).await?)),
        }
    }

    fn whom_to_notify(
        &self,
        chat: &Chat,
        author: Author,
        parent_author: Option<model::UserId>,
        understood: &Understood,
    ) -> Vec<(model::UserId, model::notification::NotificationKind, bool)> {
        let present: BTreeSet<_> = self.attendance.present(chat.channel.id).into_iter().collect();
        notifications::recipients(&Facts {
            author,
            kind: chat.channel.kind,
            members: &chat.members,
            present: &present,
            parent_author,
            mentioned: &understood.users,
            mentioned_channels: &understood.channels,
        })
    }

    fn describe(
        &self,
        chat: &Chat,
        author: Option<UserView>,
        mentions: Vec<MentionView>,
        parent: Option<MessageView>,
    ) -> Describe<Sent> {
        let channel = self.shared.views.channel_of(chat);
        Box::new(move |sent| {
            let message = MessageView {
                message: sent.message.clone(),
                author,
                mentions,
                reactions: Vec::new(),
                replies_count: 0,
                report_count: 0,
            };
            Event::MessageCreated(Box::new(MessageCreated {
                message,
                channel,
                parent: parent.map(|parent| MessageView { replies_count: sent.parent_replies, ..parent }),
                notified: sent.notified.clone(),
                unhidden: sent.unhidden.clone(),
            }))
        })
    }

    /// What an earlier send with the same key has made.
    async fn sent_before(&self, app: AppId, channel: ChannelId, id: MessageId) -> Result<Done<MessageView>> {
        let message = self.view(app, id).await?;
        match message.message.channel == channel {
            true => Ok(Done::Found(message)),
            false => Err(Error::Conflict {
                problem: "this receipt was used for a message in another channel".to_owned(),
            }),
        }
    }
}
