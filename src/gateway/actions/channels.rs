//! Channels and their members.
use super::{Deed, Found, Outcome, found};
use crate::{Gateway, requests::Problem};
use wire::{
    destination::{Action, UserTopic},
    event::EventType,
    request,
};

const CHANNELS: UserTopic = UserTopic::Channels;

impl Gateway {
    pub(super) async fn perform_in_channel(
        &self,
        action: Action,
        deed: Deed<'_>,
    ) -> Result<Outcome, Problem> {
        let channels = &self.services.channels;
        let Deed { body, ctx } = deed;
        match action {
            Action::CreateChannel => {
                let done = channels.create(ctx, request::create_channel(body)?).await?;
                return Ok(found(done, CHANNELS, EventType::UserChannelUpserted, Found::Channel));
            }
            Action::JoinChannel(id) => {
                let done = channels.join(ctx, id).await?;
                return Ok(found(done, CHANNELS, EventType::UserChannelJoined, Found::Channel));
            }
            Action::LeaveChannel(id) => match request::leaver(body)? {
                None => channels.leave(ctx, id).await?,
                Some(user) => channels.remove_member(ctx, id, &user).await?,
            },
            Action::InviteUser(id) => {
                let done = channels.invite(ctx, id, &request::user_reference(body)?).await?;
                return Ok(found(done, UserTopic::Users, EventType::UserUserInvited, Found::User));
            }
            Action::UpdateChannel(id) => channels.update(ctx, id, request::update_channel(body)?).await?,
            Action::DeleteChannel(id) => channels.delete(ctx, id).await?,
            Action::MuteChannel(id) => channels.mute(ctx, id, request::mute(body)?).await?,
            Action::HideChannel(id) => channels.hide(ctx, id).await?,
            Action::ClearHistory(id) => channels.clear_history(ctx, id).await?,
            Action::TriggerEvent(id) => {
                let (kind, properties) = request::trigger_event(body)?;
                channels.trigger_event(ctx, id, kind, properties).await?;
            }
            Action::AddModerator(id) => {
                let done = channels.add_moderator(ctx, id, &request::user_reference(body)?).await?;
                return Ok(found(done, CHANNELS, EventType::UserChannelUpdated, Found::Channel));
            }
            Action::DeleteModerator(id) => {
                let done = channels.remove_moderator(ctx, id, &request::user_reference(body)?).await?;
                return Ok(found(done, CHANNELS, EventType::UserChannelUpdated, Found::Channel));
            }
            Action::BlockChannelUser(id) => {
                let done = channels.block(ctx, id, &request::user_reference(body)?).await?;
                let event_type = EventType::UserChannelBlockRecordCreated;
                return Ok(found(done, CHANNELS, event_type, Found::ChannelBlock));
            }
            Action::UnblockChannelUser(id, user) => channels.unblock(ctx, id, user).await?,
            other => return self.perform_in_chat(other, Deed { body, ctx }).await,
        }
        Ok(Outcome::Told)
    }
}
