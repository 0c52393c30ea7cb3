//! Editing, deleting, reporting. One change of a message at a time.
use super::{
    Messages,
    content::{self, DraftContent, check_body, check_properties},
};
use crate::{
    Ctx, Error,
    channels::Done,
    permission,
    ports::{MessageRecord, ReportRecord, Result},
    text,
};
use model::{
    AppId, MessageId, Properties, UserId,
    event::Event,
    limits,
    message::{Content, Message, MessageReport, MessageView, Preview},
};

impl Messages {
    /// Replaces the text of an own message, `Event::MessageUpdated`. Nobody is notified again.
    pub async fn edit(&self, ctx: &mut Ctx, message: MessageId, body: String) -> Result<()> {
        check_body(&body)?;
        let actor = ctx.actor;
        let _alone = self.changing.lock(message.0).await;
        let (record, standing) = self.shared.live_message(actor, message).await?;
        permission::may_take_part(standing)?;
        permission::may_edit(actor.user, record.message.author)?;
        if record.message.content.text().is_none() {
            return Err(Error::invalid("body", "a file message has no text to edit"));
        }
        let text = DraftContent::Text(body);
        let understood = self.understand(actor.app, record.message.channel, text).await?;
        let last_edited_time = Some(self.shared.clock.now());
        let edited = Message { content: understood.content, last_edited_time, ..record.message };
        self.update(Some(ctx), MessageRecord { message: edited, ..record }, Some(actor.user)).await
    }

    /// Replaces the properties of an own message, `Event::MessageUpdated`.
    pub async fn update_properties(
        &self,
        ctx: &mut Ctx,
        message: MessageId,
        properties: Properties,
    ) -> Result<()> {
        check_properties(&properties)?;
        let actor = ctx.actor;
        let _alone = self.changing.lock(message.0).await;
        let (record, standing) = self.shared.live_message(actor, message).await?;
        permission::may_take_part(standing)?;
        permission::may_edit(actor.user, record.message.author)?;
        let changed = Message { properties, ..record.message };
        self.update(Some(ctx), MessageRecord { message: changed, ..record }, Some(actor.user)).await
    }

    /// Adds what pages say about themselves to the links with these sources, `Event::MessageUpdated`. A message that was
    /// deleted or edited meanwhile gets what still fits.
    pub async fn set_previews(
        &self,
        app: AppId,
        message: MessageId,
        previews: Vec<(String, Preview)>,
    ) -> Result<()> {
        let _alone = self.changing.lock(message.0).await;
        let Some(mut record) = self.shared.store.message(app, message, None).await? else { return Ok(()) };
        let Content::Text(text) = &mut record.message.content else { return Ok(()) };
        let mut changed = false;
        for link in &mut text.links {
            let preview =
                previews.iter().find(|(source, _)| *source == link.source).map(|(_, preview)| preview);
            if preview.is_some() && preview != link.preview.as_ref() {
                link.preview = preview.cloned();
                changed = true;
            }
        }
        if !changed || record.message.deleted_time.is_some() {
            return Ok(());
        }
        self.update(None, record, None).await
    }

    async fn update(&self, ctx: Option<&mut Ctx>, record: MessageRecord, by: Option<UserId>) -> Result<()> {
        let message = record.message.clone();
        let view = Box::new(self.shared.views.message(record).await?);
        let event = Event::MessageUpdated { message: view, by };
        let event = self.shared.placed(message.app, message.channel, event);
        let turn = self.shared.enter(message.channel);
        let write = self.shared.store.update_message(&message, vec![event]).await?;
        let origin = ctx.and_then(|ctx| {
            ctx.committed();
            ctx.origin.clone()
        });
        turn.publish(write.events, origin.as_ref()).await;
        Ok(())
    }

    /// Deletes a message for everybody, `Event::MessageDeleted`: an own one, or any as a moderator. Again: `Found`.
    pub async fn delete(&self, ctx: &mut Ctx, message: MessageId) -> Result<Done<MessageView>> {
        let actor = ctx.actor;
        let _alone = self.changing.lock(message.0).await;
        let (record, standing) = self.shared.message(actor, message).await?;
        permission::may_delete(standing, actor.user, record.message.author)?;
        let Message { app, channel, parent, deleted_time, .. } = record.message;
        let view = self.shared.views.message(record).await?;
        if deleted_time.is_some() {
            ctx.committed();
            return Ok(Done::Found(view));
        }
        let parent = match parent {
            Some(parent) => self.with_one_reply_less(app, parent).await?,
            None => None,
        };
        let by = Some(actor.user);
        let event = Event::MessageDeleted { message: Box::new(view.clone()), parent, by };
        let event = self.shared.placed(app, channel, event);
        let turn = self.shared.enter(channel);
        let time = self.shared.clock.now();
        let write = self.shared.store.delete_message(app, message, time, vec![event]).await?;
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        Ok(if write.value { Done::Published } else { Done::Found(view) })
    }

    async fn with_one_reply_less(&self, app: AppId, parent: MessageId) -> Result<Option<Box<MessageView>>> {
        match self.shared.store.message(app, parent, None).await? {
            Some(record) if record.message.deleted_time.is_none() => {
                let view = self.shared.views.message(record).await?;
                let replies_count = view.replies_count.saturating_sub(1);
                Ok(Some(Box::new(MessageView { replies_count, ..view })))
            }
            _ => Ok(None),
        }
    }

    /// Hides a message from the actor, `Event::MessageHidden`. Again: `Found`.
    pub async fn delete_for_me(&self, ctx: &mut Ctx, message: MessageId) -> Result<Done<MessageView>> {
        let actor = ctx.actor;
        let (record, standing) = self.shared.message(actor, message).await?;
        permission::may_take_part(standing)?;
        let (app, channel) = (record.message.app, record.message.channel);
        let view = self.shared.views.message(record).await?;
        let event = Event::MessageHidden { message: Box::new(view.clone()), user: actor.user };
        let event = self.shared.placed(app, channel, event);
        let turn = self.shared.enter(channel);
        let write = self.shared.store.hide_message(app, message, actor.user, vec![event]).await?;
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        Ok(if write.value { Done::Published } else { Done::Found(view) })
    }

    /// Tells moderators that a message should not be here, `Event::MessageReported`. A later report of the same user
    /// replaces the first.
    pub async fn report(
        &self,
        ctx: &mut Ctx,
        message: MessageId,
        reason: String,
        properties: Properties,
    ) -> Result<()> {
        text::check_name("reason", &reason, limits::MAX_REPORT_REASON_BYTES)?;
        content::check_properties(&properties)?;
        let actor = ctx.actor;
        let (record, standing) = self.shared.live_message(actor, message).await?;
        permission::may_take_part(standing)?;
        let time = self.shared.clock.now();
        let user = self.shared.actor(actor).await?;
        let report = ReportRecord { message, user: actor.user, reason, properties, time };
        let event = Event::MessageReported {
            report: MessageReport {
                message,
                user,
                reason: report.reason.clone(),
                properties: report.properties.clone(),
                created_time: time,
            },
        };
        let channel = record.message.channel;
        let event = self.shared.placed(actor.app, channel, event);
        let turn = self.shared.enter(channel);
        let write = self.shared.store.report_message(&report, vec![event]).await?;
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        Ok(())
    }
}
