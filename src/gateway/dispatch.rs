//! From routes to sessions: the fan-out.
//!
//! Called under the bus's lock: only queues. One event is encoded once, whoever gets it.
use crate::{
    Gateway,
    rendering::{Rendering, Resource, json_text},
    routing::{self, Audience, Route},
    session::Session,
};
use model::{
    ChannelId, Timestamp, UserId,
    event::{Committed, Event, MessageCreated, Notice, Origin},
    user::UserView,
};
use std::sync::Arc;
use stomp::encode;
use wire::{
    destination::{ChannelTopic, Topic, UserTopic},
    error::{self, Public},
    event::EventType,
};

impl Gateway {
    pub(crate) fn dispatch_events(&self, events: &[Committed], mut origin: Option<&Origin>) {
        let now = self.now();
        for Committed { app, event, time, .. } in events {
            self.before(event);
            for route in routing::of_event(event, *app, *time) {
                self.follow(&route, &mut origin, now);
            }
            if let Event::MessageCreated(created) = event {
                self.notify(created, *time, now);
            }
            self.after(event);
        }
    }

    pub(crate) fn dispatch_notice(&self, notice: &Notice) {
        for route in routing::of_notice(notice) {
            self.follow(&route, &mut None, self.now());
        }
        if let Notice::PresenceChanged { user, .. } = notice
            && !self.hub.is_empty()
            && !self.chat_presence.push(user.clone())
        {
            self.metrics.presence_skipped_total.inc();
        }
    }

    /// Whoever may no longer watch a channel does not learn of what takes the permission away there.
    fn before(&self, event: &Event) {
        match event {
            Event::ChannelLeft { channel, user } | Event::ChannelMemberRemoved { channel, user, .. } => {
                self.revoke(channel.channel.id, user.user.id);
            }
            Event::ChannelUserBlocked { channel, block, .. } => {
                self.revoke(channel.channel.id, block.user.user.id);
            }
            Event::UserDeleted { user, channels } => {
                for channel in channels {
                    self.revoke(*channel, user.user.id);
                }
            }
            Event::UserUpdated { user } => {
                for session in self.sessions.of_user(user.user.id) {
                    session.set_stored_user(&user.user);
                }
            }
            _ => {}
        }
    }

    /// What is gone is told first.
    fn after(&self, event: &Event) {
        match event {
            Event::ChannelDeleted { change, .. } => {
                for (session, subscription) in self.hub.remove_channel(change.channel.channel.id) {
                    drop(session.revoke(&subscription));
                }
            }
            Event::UserDeleted { user, .. } => {
                let gone = Public::new(403, error::ACCESS_DENIED, "this user has been deleted");
                let body = json_text(gone.body(self.now()));
                for session in self.sessions.of_user(user.user.id) {
                    session.evict(encode::error(&gone.message, None, &body));
                }
            }
            _ => {}
        }
    }

    /// Everybody who is notified, each as they are right now.
    fn notify(&self, created: &MessageCreated, time: Timestamp, now: Timestamp) {
        for notified in &created.notified {
            let sessions = self.sessions.of_user(notified.user);
            let Some(session) = sessions.first() else { continue };
            let recipient = self.services.presence.view(session.stored_user());
            let route = routing::notifications(created, notified, &recipient, time);
            self.follow(&route, &mut None, now);
        }
    }

    /// Presence of a member, for everybody in the chat of the channel.
    pub(crate) fn tell_chat(&self, channel: ChannelId, user: &UserView) {
        let audience = Audience::Watchers(Topic::Channel(channel, ChannelTopic::Participants), None);
        let event_type = EventType::ParticipantPresenceChanged;
        let route = Route { audience, event_type, resource: Resource::User(user) };
        self.follow(&route, &mut None, self.now());
    }

    /// `origin` is taken by the first route that carries a result: exactly one event per action bears the receipt.
    fn follow(&self, route: &Route<'_>, origin: &mut Option<&Origin>, now: Timestamp) {
        let rendering = Rendering::new(&self.renderer, route.event_type, route.resource);
        match &route.audience {
            Audience::Actor(topic) => {
                self.give_result(*topic, &rendering, origin.take(), now);
            }
            Audience::Result(user, topic) => {
                let actor = self.give_result(*topic, &rendering, origin.take(), now);
                for session in self.sessions.of_user(*user) {
                    if actor.as_ref().is_none_or(|actor| !Arc::ptr_eq(actor, &session)) {
                        session.deliver_on(Topic::User(*user, *topic), &rendering, now);
                    }
                }
            }
            Audience::Users(users, topic) => {
                for user in users {
                    for session in self.sessions.of_user(*user) {
                        session.deliver_on(Topic::User(*user, *topic), &rendering, now);
                    }
                }
            }
            Audience::Results(users, topic) => {
                for session in users.iter().flat_map(|user| self.sessions.of_user(*user)) {
                    match origin.take_if(|origin| origin.session == session.key()) {
                        Some(origin) => session.deliver_result(*topic, &rendering, &origin.receipt, now),
                        None => session.deliver_on(Topic::User(session.user(), *topic), &rendering, now),
                    }
                }
            }
            Audience::OtherDevices(user, topic, except) => {
                for session in self.sessions.of_user(*user) {
                    if session.key() != *except {
                        session.deliver_on(Topic::User(*user, *topic), &rendering, now);
                    }
                }
            }
            Audience::Contacts(app, except) => self.sessions.for_each_in(*app, |session| {
                if session.user() != *except {
                    session.deliver_on(Topic::User(session.user(), UserTopic::Contacts), &rendering, now);
                }
            }),
            Audience::Watchers(topic, except) => self.hub.for_each(*topic, |session, subscription| {
                if Some(session.user()) != *except {
                    session.deliver(subscription, &rendering, now);
                }
            }),
            Audience::WatchersAmong(topic, users, wanted) => {
                self.hub.for_each(*topic, |session, subscription| {
                    if users.binary_search(&session.user()).is_ok() == *wanted {
                        session.deliver(subscription, &rendering, now);
                    }
                });
            }
            Audience::Sessions(topic, sessions) => {
                for session in sessions.iter().filter_map(|key| self.sessions.by_key(*key)) {
                    session.deliver_on(*topic, &rendering, now);
                }
            }
        }
    }

    /// The acting session gets the result of its action. Returns it, if it is one of ours.
    fn give_result(
        &self,
        topic: UserTopic,
        rendering: &Rendering<'_>,
        origin: Option<&Origin>,
        now: Timestamp,
    ) -> Option<Arc<Session>> {
        let origin = origin?;
        let session = self.sessions.by_key(origin.session)?;
        session.deliver_result(topic, rendering, &origin.receipt, now);
        Some(session)
    }

    /// The user may watch nothing of the channel any more. That it has left the chat, the domain announces.
    fn revoke(&self, channel: ChannelId, user: UserId) {
        for (session, subscription) in self.hub.remove_user(channel, user) {
            drop(session.revoke(&subscription));
        }
    }
}
