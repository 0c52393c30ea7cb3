//! Long SUBSCRIBE: may this session watch this topic? Then RECEIPT, then events.
//!
//! A subscription is in the hub before its permission is checked, so that neither an event nor a revocation falls between;
//! the session holds its events until the RECEIPT.
use crate::{
    Gateway,
    lifecycle::chat_of,
    outgoing::Subscription,
    rendering::{Rendering, Resource},
    requests::{Problem, SubscribeRequest},
    session::{Session, TooMany},
};
use domain::calls::Watch;
use model::{call::CallView, limits};
use std::sync::Arc;
use tracing::debug;
use wire::{
    destination::{CallTopic, Topic},
    error::{self, Public},
    event::EventType,
};

/// What a permission check found.
enum Permission {
    /// Watch.
    Granted,
    /// The call is over: RECEIPT and the end, nothing to watch.
    CallIsOver(Box<CallView>),
}

impl Gateway {
    /// Watches a topic, or continues to. The caller holds the turn.
    pub(crate) async fn watch(
        &self,
        session: &Arc<Session>,
        topic: Topic,
        request: &SubscribeRequest,
    ) -> Result<(), Problem> {
        match session.find(&request.id) {
            Some((known, is_unconfirmed)) if known.topic == topic => {
                if is_unconfirmed {
                    self.confirm(session, known, request).await
                } else {
                    session.confirm(&known, request.receipt.as_deref(), self.now());
                    Ok(())
                }
            }
            Some(_) => {
                // The id means something else from now on.
                if let Some(removed) = session.remove(&request.id) {
                    self.after_removal(session, removed).await;
                }
                self.watch_anew(session, topic, request).await
            }
            None => self.watch_anew(session, topic, request).await,
        }
    }

    async fn watch_anew(
        &self,
        session: &Arc<Session>,
        topic: Topic,
        request: &SubscribeRequest,
    ) -> Result<(), Problem> {
        let subscription = Arc::new(Subscription { id: request.id.as_str().into(), topic, ack: request.ack });
        session.begin(&subscription).map_err(|TooMany| too_many())?;
        self.hub.add(session.clone(), subscription.clone());
        let permission = self.permission(session, topic).await;
        let receipt = request.receipt.as_deref();
        match permission {
            Ok(Permission::Granted) => {
                if session.finish(&subscription, receipt, self.now()) {
                    self.enter_chat(session, &subscription).await;
                    return Ok(());
                }
                self.hub.remove(&subscription);
                Err(Public::new(403, error::ACCESS_DENIED, "only members of the channel may do this").into())
            }
            Ok(Permission::CallIsOver(call)) => {
                session.abandon();
                self.hub.remove(&subscription);
                self.tell_over(session, &subscription, receipt, &call);
                Ok(())
            }
            Err(problem) => {
                session.abandon();
                self.hub.remove(&subscription);
                Err(problem)
            }
        }
    }

    /// The client has a new socket and subscribes again. Permissions of channels are taken away by events, so what is
    /// still there is still allowed; whether a call goes on for this session, only the domain knows.
    async fn confirm(
        &self,
        session: &Arc<Session>,
        subscription: Arc<Subscription>,
        request: &SubscribeRequest,
    ) -> Result<(), Problem> {
        let receipt = request.receipt.as_deref();
        let must_ask = matches!(subscription.topic, Topic::Call(..)) || chat_of(subscription.topic).is_some();
        let permission = if must_ask {
            self.permission(session, subscription.topic).await
        } else {
            Ok(Permission::Granted)
        };
        match permission {
            Ok(Permission::Granted) => {
                session.confirm(&subscription, receipt, self.now());
                self.enter_chat(session, &subscription).await;
                Ok(())
            }
            Ok(Permission::CallIsOver(call)) => {
                if let Some(removed) = session.revoke(&subscription) {
                    self.after_removal(session, removed).await;
                }
                self.tell_over(session, &subscription, receipt, &call);
                Ok(())
            }
            Err(problem) => {
                if let Some(removed) = session.revoke(&subscription) {
                    self.after_removal(session, removed).await;
                }
                Err(problem)
            }
        }
    }

    async fn permission(&self, session: &Session, topic: Topic) -> Result<Permission, Problem> {
        let actor = session.actor();
        match topic {
            Topic::User(user, _) if user == session.user() => Ok(Permission::Granted),
            // Whether the other user exists is nobody's business.
            Topic::User(..) => Err(Public::new(404, error::NOT_FOUND, "topic not found").into()),
            Topic::Channel(channel, _) => {
                self.services.channels.may_watch(actor, channel).await?;
                Ok(Permission::Granted)
            }
            Topic::Thread(thread, _) => {
                let channel = self.services.chat.threads.get(actor, thread).await?.channel;
                // From now on leaving the channel takes the permission away; it may have happened just before.
                self.hub.set_home(thread, channel);
                self.services.channels.may_watch(actor, channel).await?;
                Ok(Permission::Granted)
            }
            Topic::Call(call, _) => match self.services.calls.watch(actor, call).await? {
                Watch::Allowed => Ok(Permission::Granted),
                Watch::Over(call) => Ok(Permission::CallIsOver(Box::new(call))),
            },
        }
    }

    /// Holding `self` is being in the chat.
    async fn enter_chat(&self, session: &Arc<Session>, subscription: &Arc<Subscription>) {
        let Some(channel) = chat_of(subscription.topic).filter(|_| session.enter_chat(subscription)) else {
            return;
        };
        if let Err(problem) = self.services.chat.attendance.enter(session.actor(), channel).await {
            // Somebody who was removed a moment ago.
            debug!(session.id = session.key().0, error = %problem, "could not enter a chat");
        }
    }

    /// The RECEIPT, then `call.self.ended` for whoever came too late (protocol 7.3). Nothing is kept of it.
    fn tell_over(
        &self,
        session: &Session,
        subscription: &Arc<Subscription>,
        receipt: Option<&str>,
        call: &CallView,
    ) {
        if let Some(receipt) = receipt {
            session.push_frame(stomp::encode::receipt(receipt));
        }
        if let Topic::Call(_, CallTopic::Own) = subscription.topic {
            let rendering = Rendering::new(&self.renderer, EventType::CallSelfEnded, Resource::Call(call));
            session.deliver_once(subscription, &rendering);
        }
    }
}

fn too_many() -> Public {
    let message = format!("a session may hold {} subscriptions", limits::MAX_SUBSCRIPTIONS);
    Public::new(429, error::RATE_LIMITED, message)
}
