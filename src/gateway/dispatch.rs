//! From routes to sessions: the fan-out.
//!
//! Called under the bus's lock: only queues. One event is encoded once, whoever gets it.
use crate::{
    Gateway,
    rendering::{Rendering, Resource},
    routing::{self, Audience, Route},
    session::Session,
};
use model::{
    ChannelId, Timestamp,
    event::{Committed, Event, Notice, Origin},
    user::UserView,
};
use std::sync::Arc;
use wire::{
    destination::{ChannelTopic, Topic, UserTopic},
    event::EventType,
};

impl Gateway {
    pub(crate) fn dispatch_events(&self, events: &[Committed], mut origin: Option<&Origin>) {
        let now = self.now();
        for Committed { app, event, .. } in events {
            if let Event::ChannelLeft { channel, user } = event {
                self.revoke(channel.channel.id, user);
            }
            for route in routing::of_event(event, *app) {
                self.follow(&route, &mut origin, now);
            }
        }
    }

    pub(crate) fn dispatch_notice(&self, notice: &Notice) {
        self.follow(&routing::of_notice(notice), &mut None, self.now());
        if let Notice::PresenceChanged { user, .. } = notice
            && !self.hub.is_empty()
            && !self.chat_presence.push(user.clone())
        {
            self.metrics.presence_skipped_total.inc();
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

    /// Whoever is no longer a member watches nothing of the channel any more.
    fn revoke(&self, channel: ChannelId, user: &UserView) {
        for (session, subscription) in self.hub.remove_user(channel, user.user.id) {
            let was_in_chat = session.revoke(&subscription).is_some_and(|removed| removed.in_chat);
            if was_in_chat {
                self.chats.leave(channel, user.user.id, Some(user), self.announcer());
            }
        }
    }
}
