//! SEND: one match arm per action.
//!
//! The domain runs the RECEIPT hook when the action is durable, and publishes. What was there before is `Found`: then the
//! result is answered here, to the acting session only.
use crate::{
    Gateway,
    metrics::action_label,
    outgoing::Failed,
    rendering::{Rendering, Resource},
    requests::{Problem, SendRequest, unknown_destination},
    session::Session,
    unserved,
};
use domain::{
    Ctx,
    calls::MediaSwitch,
    channels::{Done, SeenChannel},
    users::UserRef,
};
use model::ChannelId;
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
    /// A channel that was there.
    Channel(UserTopic, EventType, Box<SeenChannel>),
    /// Anything else that was there, rendered from an owned view.
    User(Box<model::user::UserView>),
    /// A call that was there.
    Call(EventType, Box<model::call::CallView>),
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
        match self.perform(session, action, &body, &mut ctx).await {
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
        body: &[u8],
        ctx: &mut Ctx,
    ) -> Result<Outcome, Problem> {
        let services = &self.services;
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
            Action::CreateChannel => {
                let done = services.channels.create(ctx, request::create_channel(body)?).await?;
                return Ok(channel(done, EventType::UserChannelUpserted));
            }
            Action::JoinChannel(id) => {
                let done = services.channels.join(ctx, id).await?;
                return Ok(channel(done, EventType::UserChannelJoined));
            }
            Action::LeaveChannel(id) => self.leave_channel(session, id, body, ctx).await?,
            Action::InviteUser(id) => {
                let done = services.channels.invite(ctx, id, &request::user_reference(body)?).await?;
                return Ok(match done {
                    Done::Published => Outcome::Told,
                    Done::Found(user) => Outcome::User(Box::new(user)),
                });
            }
            Action::StartCall(id) => {
                let new = request::start_call(body, !session.is_ours())?;
                let done = services.calls.start(ctx, id, new).await?;
                return Ok(call(done, EventType::UserCallCreated));
            }
            Action::Ready(id) => services.calls.ready(ctx, id).await?,
            Action::Signal(id) => services.calls.signal(ctx, id, request::signal(body)?).await?,
            Action::Decline(id) | Action::Reject(id) => {
                let done = services.calls.decline(ctx, id, request::decline(body)?).await?;
                return Ok(call(done, EventType::UserCallDeclined));
            }
            Action::DeleteOwnUser
            | Action::BlockUser(_)
            | Action::DeleteUser(_)
            | Action::SendMessage(_)
            | Action::SendKeystrokes(_)
            | Action::ReadChannel(_)
            | Action::MuteChannel(_)
            | Action::TriggerEvent(_)
            | Action::UpdateChannel(_)
            | Action::DeleteChannel(_)
            | Action::ClearHistory(_)
            | Action::HideChannel(_)
            | Action::CreateThread(_)
            | Action::AddModerator(_)
            | Action::DeleteModerator(_)
            | Action::BlockChannelUser(_) => return Err(unserved::action().into()),
        }
        Ok(Outcome::Told)
    }

    /// The actor leaves. Clients may name who is to leave; only the actor may be named.
    async fn leave_channel(
        &self,
        session: &Session,
        id: ChannelId,
        body: &[u8],
        ctx: &mut Ctx,
    ) -> Result<(), Problem> {
        let is_actor = match request::leaver(body)? {
            None => true,
            Some(UserRef::Id(id)) => id == session.user(),
            Some(UserRef::Name(name)) => name == session.username(),
        };
        if !is_actor {
            return Err(unserved::action().into());
        }
        Ok(self.services.channels.leave(ctx, id).await?)
    }

    /// Tells the acting session the result that no event carries.
    fn answer(&self, session: &Session, outcome: Outcome, receipt: Option<&str>) {
        let Some(receipt) = receipt else { return };
        let (topic, event_type, resource) = match &outcome {
            Outcome::Told => return,
            Outcome::Channel(topic, event_type, seen) => {
                (*topic, *event_type, Resource::Channel(&seen.channel, seat(session, seen)))
            }
            Outcome::User(user) => (UserTopic::Users, EventType::UserUserInvited, Resource::User(user)),
            Outcome::Call(event_type, call) => (UserTopic::Calls, *event_type, Resource::Call(call)),
        };
        let rendering = Rendering::new(&self.renderer, event_type, resource);
        session.deliver_result(topic, &rendering, receipt, self.now());
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
        None => Seat::NONE,
    }
}

fn channel(done: Done<SeenChannel>, event_type: EventType) -> Outcome {
    match done {
        Done::Published => Outcome::Told,
        Done::Found(seen) => Outcome::Channel(UserTopic::Channels, event_type, Box::new(seen)),
    }
}

fn call(done: Done<model::call::CallView>, event_type: EventType) -> Outcome {
    match done {
        Done::Published => Outcome::Told,
        Done::Found(call) => Outcome::Call(event_type, Box::new(call)),
    }
}
