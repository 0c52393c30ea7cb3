//! Who acts, and what the edge wants to do the moment the action is durable.
use model::{AppId, SessionKey, UserId, event::Origin};

/// A user acting through a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The tenant.
    pub app: AppId,
    /// The user.
    pub user: UserId,
    /// The session: for calls, the device.
    pub session: SessionKey,
}

/// The context of one action.
///
/// Invariant: [`Ctx::committed`] runs the hook at most once, after the commit and before anything is published, so
/// that a session sees RECEIPT, then its result, then everything else (protocol 2.5).
pub struct Ctx {
    /// Who acts.
    pub actor: Actor,
    /// Put on the acting session's copy of the resulting event; `None` when the client asked for no receipt.
    pub origin: Option<Origin>,
    on_commit: Option<Box<dyn FnOnce() + Send>>,
}

impl Ctx {
    /// A context without receipt and without hook.
    pub fn new(actor: Actor) -> Self {
        Self { actor, origin: None, on_commit: None }
    }

    /// Marks the acting session's copy of the result with `receipt`, and runs `on_commit` once the action is durable.
    pub fn with_receipt(actor: Actor, receipt: String, on_commit: Box<dyn FnOnce() + Send>) -> Self {
        Self { actor, origin: Some(Origin { session: actor.session, receipt }), on_commit: Some(on_commit) }
    }

    /// Services call this when the action is durable (or needed no write), before they publish.
    pub fn committed(&mut self) {
        if let Some(hook) = self.on_commit.take() {
            hook();
        }
    }
}
