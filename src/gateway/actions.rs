//! SEND: one match arm per action.
//!
//! ```text
//!   actions           users, calls
//!   actions/channels  channels and their members
//!   actions/chat      messages, threads, reactions, reading, typing
//! ```
//!
//! The domain runs the RECEIPT hook when the action is durable, and publishes. What was there before is `Found`: then the
//! result is answered here, to the acting session only.
mod channels;
mod chat;

use crate::{
    Gateway,
    metrics::action_label,
    outgoing::Failed,
    rendering::{Rendering, Resource},
    requests::{Problem, SendRequest, unknown_destination},
    session::Session,
};
use domain::{
    Ctx,
    calls::MediaSwitch,
    channels::{Done, SeenChannel},
    users::UserRef,
};
use model::{block::ChannelBlock, call::CallView, message::MessageView, reaction::Reaction, user::UserView};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};
use tracing::error;
use wire::{
    destination::{Action, UserTopic},
    error::Public,
    event::EventType,
    request,
    resource::Seat,
};

/// What the acting session still has to be told.
enum Outcome {
    /// Nothing: the RECEIPT was all, or an event carries the result.
    Told,
    /// What was there before, as the result.
    Found(UserTopic, EventType, Found),
}

/// A result that no event carries.
enum Found {
    Channel(Box<SeenChannel>),
    User(Box<UserView>),
    Call(Box<CallView>),
    Message(Box<MessageView>),
    Reaction(Box<Reaction>),
    ChannelBlock(Box<ChannelBlock>),
}

/// What every arm needs.
struct Deed<'a> {
    body: &'a [u8],
    ctx: &'a mut Ctx,
}

impl Gateway {
    /// Does what a SEND asks for. The caller holds the turn.
    pub(crate) async fn act(&self, session: &Arc<Session>, request: SendRequest) {
        let SendRequest { destination, body, receipt } = request;
        if receipt.as_deref().is_some_and(|receipt| session.answer_again(receipt, self.now())) {
            self.metrics.repeated_sends_total.inc();
            return;
        }
        let Some(action) = Action::parse(&destination) else {
            return self.refuse(session, receipt, &unknown_destination());
        };
        let begun = Instant::now();
        let is_receipted = Arc::new(AtomicBool::new(false));
        let mut ctx = context(session, receipt.clone(), is_receipted.clone());
        match self.perform(session, action, Deed { body: &body, ctx: &mut ctx }).await {
            Ok(outcome) => {
                // Services have called it already; it runs once.
                ctx.committed();
                self.answer(session, outcome, receipt.as_deref());
            }
            Err(problem) if is_receipted.load(Ordering::Acquire) => {
                // A RECEIPT is success for the client; nothing can be taken back.
                let label = action_label(action);
                error!(session.id = session.key().0, action = label, "failed after its receipt: {problem:?}");
            }
            Err(problem) => self.refuse(session, receipt, &problem.face(session)),
        }
        self.metrics
            .action_seconds
            .with_label_values(&[action_label(action)])
            .observe(begun.elapsed().as_secs_f64());
    }

    async fn perform(
        &self,
        session: &Session,
        action: Action,
        mut deed: Deed<'_>,
    ) -> Result<Outcome, Problem> {
        let services = &self.services;
        let Deed { body, ctx } = &mut deed;
        match action {
            Action::UpdateUser => {
                let patch = request::update_user(body, self.renderer.default_picture())?;
                services.users.update(ctx, patch).await?;
            }
            Action::UpdateDisplayPicture => {
                services.users.update(ctx, request::display_picture(body)?).await?;
            }
            Action::UpdateAudioEnabled => {
                services.calls.switch_media(ctx, MediaSwitch::Audio, request::enabled(body)?).await?;
            }
            Action::UpdateVideoEnabled => {
                services.calls.switch_media(ctx, MediaSwitch::Video, request::enabled(body)?).await?;
            }
            Action::DeleteOwnUser => services.accounts.delete(ctx, session.user()).await?,
            Action::DeleteUser(id) => services.accounts.delete(ctx, id).await?,
            Action::BlockUser(id) => {
                let done = services.chat.blocks.block(ctx, &UserRef::Id(id)).await?;
                return Ok(found(done, UserTopic::Users, EventType::UserUserBlocked, Found::User));
            }
            Action::UnblockUser(id) => services.chat.blocks.unblock(ctx, id).await?,
            Action::StartCall(id) => {
                let new = request::start_call(body, !session.is_ours())?;
                let done = services.calls.start(ctx, id, new).await?;
                return Ok(found(done, UserTopic::Calls, EventType::UserCallCreated, Found::Call));
            }
            Action::Ready(id) => services.calls.ready(ctx, id).await?,
            Action::Signal(id) => services.calls.signal(ctx, id, request::signal(body)?).await?,
            Action::Decline(id) | Action::Reject(id) => {
                let done = services.calls.decline(ctx, id, request::decline(body)?).await?;
                return Ok(found(done, UserTopic::Calls, EventType::UserCallDeclined, Found::Call));
            }
            other => return self.perform_in_channel(other, deed).await,
        }
        Ok(Outcome::Told)
    }

    /// Tells the acting session the result that no event carries.
    fn answer(&self, session: &Session, outcome: Outcome, receipt: Option<&str>) {
        let (Some(receipt), Outcome::Found(topic, event_type, found)) = (receipt, &outcome) else { return };
        let resource = match found {
            Found::Channel(seen) => {
                Resource::SeenChannel(&seen.channel, seat(session, seen), seen.last_message.as_ref())
            }
            Found::User(user) => Resource::User(user),
            Found::Call(call) => Resource::Call(call),
            Found::Message(message) => Resource::Message(message),
            Found::Reaction(reaction) => Resource::Reaction(reaction),
            Found::ChannelBlock(block) => Resource::ChannelBlock(block),
        };
        let rendering = Rendering::new(&self.renderer, *event_type, resource);
        session.deliver_result(*topic, &rendering, receipt, self.now());
    }

    /// Without a receipt there is nothing that the client could relate the error to (protocol 2.6).
    fn refuse(&self, session: &Session, receipt: Option<String>, problem: &Public) {
        if let Some(receipt) = receipt {
            self.fail(session, Failed::Receipt(receipt), problem);
        }
    }
}

/// The context of an action: its hook queues the RECEIPT.
fn context(session: &Arc<Session>, receipt: Option<String>, is_receipted: Arc<AtomicBool>) -> Ctx {
    let actor = session.actor();
    let Some(receipt) = receipt else { return Ctx::new(actor) };
    let hook = {
        let (session, receipt) = (session.clone(), receipt.clone());
        Box::new(move || {
            is_receipted.store(true, Ordering::Release);
            session.acknowledge_action(&receipt);
        })
    };
    Ctx::with_receipt(actor, receipt, hook)
}

/// What the viewer is in a channel.
pub(crate) fn seat(session: &Session, seen: &SeenChannel) -> Seat {
    match seen.membership {
        Some(member) => Seat::of_member(&seen.channel, session.user(), member.moderator),
        None if seen.can_join => Seat::NONE,
        None => Seat::BARRED,
    }
}

/// What was there before is told under the name of the event that would have made it.
fn found<T>(done: Done<T>, topic: UserTopic, event_type: EventType, found: fn(Box<T>) -> Found) -> Outcome {
    match done {
        Done::Published => Outcome::Told,
        Done::Found(it) => Outcome::Found(topic, event_type, found(Box::new(it))),
    }
}
