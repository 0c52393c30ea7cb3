//! Messages, threads, reactions, reading, typing.
use super::{Deed, Found, Outcome, found};
use crate::{
    Gateway,
    requests::{Problem, unknown_destination},
};
use domain::{
    Error,
    messages::{Draft, SendTo},
    typing::TypingIn,
};
use wire::{
    destination::{Action, UserTopic},
    event::EventType,
    request,
};

/// Receipts at least this long are random (`receipt-<uuid>`): no two sends of a user share one by accident.
const MIN_UNIQUE_RECEIPT_BYTES: usize = 32;

impl Gateway {
    pub(super) async fn perform_in_chat(&self, action: Action, deed: Deed<'_>) -> Result<Outcome, Problem> {
        let chat = &self.services.chat;
        let (messages, reads) = (&chat.messages, &chat.reads);
        match action {
            Action::SendMessage(id) => return self.send_message(SendTo::Channel(id), deed).await,
            Action::SendThreadMessage(id) => return self.send_message(SendTo::Thread(id), deed).await,
            Action::Reply(id) => return self.send_message(SendTo::ReplyTo(id), deed).await,
            Action::SendKeystrokes(id) => {
                let keys = request::keystrokes(deed.body)?;
                chat.typing.keystrokes(deed.ctx, TypingIn::Channel(id), keys).await?;
            }
            Action::SendThreadKeystrokes(id) => {
                let keys = request::keystrokes(deed.body)?;
                chat.typing.keystrokes(deed.ctx, TypingIn::Thread(id), keys).await?;
            }
            Action::ReadChannel(id) => reads.read_channel(deed.ctx, id).await?,
            Action::ReadThread(id) => reads.read_thread(deed.ctx, id).await?,
            Action::ReadMessage(id) => reads.read_message(deed.ctx, id).await?,
            Action::UnreadMessage(id) => reads.unread_message(deed.ctx, id).await?,
            Action::EditMessage(id) => messages.edit(deed.ctx, id, request::edited_body(deed.body)?).await?,
            Action::UpdateMessageProperties(id) => {
                messages.update_properties(deed.ctx, id, request::new_properties(deed.body)?).await?;
            }
            Action::CreateThread(id) => {
                let (name, properties) = request::create_thread(deed.body)?;
                chat.threads.create(deed.ctx, id, name, properties).await?;
            }
            Action::ReportMessage(id) => {
                let (reason, properties) = request::report(deed.body)?;
                messages.report(deed.ctx, id, reason, properties).await?;
            }
            Action::RemoveReport(_) => {
                return Err(Error::Denied { reason: "a report cannot be taken back" }.into());
            }
            other => return self.perform_on_message(other, deed).await,
        }
        Ok(Outcome::Told)
    }

    /// What may be done already.
    async fn perform_on_message(&self, action: Action, deed: Deed<'_>) -> Result<Outcome, Problem> {
        let (messages, reactions) = (&self.services.chat.messages, &self.services.chat.reactions);
        let Deed { body, ctx } = deed;
        match action {
            Action::DeleteMessage(id) => {
                let done = messages.delete(ctx, id).await?;
                Ok(found(done, UserTopic::Messages, EventType::UserMessageDeleted, Found::Message))
            }
            Action::DeleteMessageForMe(id) => {
                let done = messages.delete_for_me(ctx, id).await?;
                Ok(found(done, UserTopic::Messages, EventType::UserMessageDeleted, Found::Message))
            }
            Action::React(id) => {
                let done = reactions.add(ctx, id, &request::emoji(body)?).await?;
                Ok(found(done, UserTopic::Reactions, EventType::UserReactionCreated, Found::Reaction))
            }
            Action::RemoveReaction(id) => {
                let done = reactions.remove(ctx, id, &request::emoji(body)?).await?;
                Ok(found(done, UserTopic::Reactions, EventType::UserReactionRemoved, Found::Reaction))
            }
            // The arms of all callers together name every action.
            _ => Err(unknown_destination().into()),
        }
    }

    async fn send_message(&self, to: SendTo, deed: Deed<'_>) -> Result<Outcome, Problem> {
        let receipt = deed.ctx.origin.as_ref().map(|origin| origin.receipt.clone());
        let key = receipt.filter(|receipt| receipt.len() >= MIN_UNIQUE_RECEIPT_BYTES);
        let draft: Draft = request::draft(deed.body, key)?;
        let done = self.services.chat.messages.send(deed.ctx, to, draft).await?;
        Ok(found(done, UserTopic::Messages, EventType::UserMessageCreated, Found::Message))
    }
}
