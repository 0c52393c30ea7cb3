//! What a session gets: events, results of its actions, receipts, failures.
use super::{
    Link, Session, State,
    watching::{Parcel, Phase},
};
use crate::{
    metrics::GatewayMetrics,
    outgoing::{ErrorsQueue, Failure, Item, Outgoing, Subscription, Urgency},
    receipts::Carrier,
    rendering::Rendering,
};
use model::Timestamp;
use std::sync::Arc;
use stomp::{
    AckMode,
    encode::{self, SharedMessage},
};
use wire::destination::{Topic, UserTopic};

/// User topics that carry a result when the right one is not watched: those without callbacks of applications come
/// first (protocol 8.6).
const FALLBACKS: [UserTopic; 5] =
    [UserTopic::Own, UserTopic::Messages, UserTopic::Reactions, UserTopic::Threads, UserTopic::Users];

impl Session {
    /// One event for one subscription.
    pub(crate) fn deliver(
        &self,
        subscription: &Arc<Subscription>,
        rendering: &Rendering<'_>,
        now: Timestamp,
    ) {
        let mut state = self.state.lock();
        if state.is_opening(subscription) {
            for parcel in state.family_of(rendering) {
                state.hold_event(parcel);
            }
        } else if let Some(position) = state.position(subscription) {
            state.put_all(position, rendering, &self.metrics, now);
        }
    }

    /// One event for every subscription of a topic, the one that is being opened included.
    pub(crate) fn deliver_on(&self, topic: Topic, rendering: &Rendering<'_>, now: Timestamp) {
        let mut state = self.state.lock();
        if state.opening_topic() == Some(topic) {
            for parcel in state.family_of(rendering) {
                state.hold_event(parcel);
            }
        }
        for position in 0..state.watched.len() {
            if state.watched[position].subscription.topic == topic {
                state.put_all(position, rendering, &self.metrics, now);
            }
        }
    }

    /// One event for a client that holds no subscription for it: it goes out now or never.
    pub(crate) fn deliver_once(&self, subscription: &Arc<Subscription>, rendering: &Rendering<'_>) {
        let mut state = self.state.lock();
        for Parcel { message, urgency, .. } in state.family_of(rendering) {
            let outgoing = Outgoing {
                number: state.next_number(),
                subscription: subscription.clone(),
                message,
                receipt: None,
                urgency,
            };
            state.push(Item::Event(outgoing));
        }
    }

    /// The result of an action, with its receipt: on exactly one subscription, of `topic` if there is one. Other
    /// subscriptions of `topic` get the event without it.
    pub(crate) fn deliver_result(
        &self,
        topic: UserTopic,
        rendering: &Rendering<'_>,
        receipt: &str,
        now: Timestamp,
    ) {
        let mut state = self.state.lock();
        let topic = Topic::User(self.user, topic);
        let carrier = state.carrier(self.user, topic);
        let mut result = None;
        for position in 0..state.watched.len() {
            if Some(position) == carrier {
                // Of twins, the legacy one carries the receipt: it is the last.
                let mut parcels = state.family_of(rendering);
                if let Some(last) = parcels.last_mut() {
                    last.receipt = Some(receipt.into());
                }
                for parcel in parcels {
                    result = Some(parcel.message.clone());
                    state.put(position, parcel, &self.metrics, now);
                }
            } else if state.watched[position].subscription.topic == topic {
                state.put_all(position, rendering, &self.metrics, now);
            }
        }
        let subscription = carrier.map(|position| state.watched[position].subscription.clone());
        let message = result.unwrap_or_else(|| rendering.current().clone());
        state.receipts.remember_carrier(receipt, Carrier { subscription, message });
    }

    /// The action is done: RECEIPT, and the memory of it.
    pub(crate) fn acknowledge_action(&self, receipt: &str) {
        let mut state = self.state.lock();
        state.receipts.remember(receipt);
        state.push(Item::Frame(encode::receipt(receipt)));
    }

    /// Answers a repeated action with its first result. `false`: it is new.
    pub(crate) fn answer_again(&self, receipt: &str, now: Timestamp) -> bool {
        let mut state = self.state.lock();
        let Some(carrier) = state.receipts.recall(receipt) else { return false };
        state.push(Item::Frame(encode::receipt(receipt)));
        let Some(Carrier { subscription, message }) = carrier else { return true };
        let same = subscription.and_then(|subscription| state.position(&subscription));
        let position = same.or_else(|| state.carrier(self.user, Topic::User(self.user, UserTopic::Own)));
        if let Some(position) = position {
            let parcel =
                Parcel { message, receipt: Some(receipt.into()), ring: None, urgency: Urgency::Lasting };
            state.put(position, parcel, &self.metrics, now);
        }
        true
    }

    /// A finished frame: an answer of a relay, or a RECEIPT. Lost when there is no socket.
    pub(crate) fn push_frame(&self, frame: String) {
        self.state.lock().push(Item::Frame(frame));
    }

    /// The next message number, for frames that are not topic events.
    pub(crate) fn next_number(&self) -> u64 {
        self.state.lock().next_number()
    }

    /// A request failed: on the errors queue, or later when the client watches it.
    pub(crate) fn fail(&self, failure: Failure) {
        let mut state = self.state.lock();
        let Some(errors) = state.errors.clone() else { return state.hold(failure) };
        let number = state.next_number();
        if !state.push(Item::Failure(failure.clone(), errors, number)) {
            state.hold(failure);
        }
    }

    /// The client watches the errors queue, and hears of what failed before.
    pub(crate) fn watch_errors(&self, queue: Arc<ErrorsQueue>) {
        let mut state = self.state.lock();
        state.errors = Some(queue.clone());
        for failure in std::mem::take(&mut state.held_failures) {
            let number = state.next_number();
            state.push(Item::Failure(failure, queue.clone(), number));
        }
    }

    /// The errors queue as the client watches it.
    pub(crate) fn errors(&self) -> Option<Arc<ErrorsQueue>> {
        self.state.lock().errors.clone()
    }

    /// Forgets the errors queue. `false`: the id was not its.
    pub(crate) fn unwatch_errors(&self, id: &str) -> bool {
        let mut state = self.state.lock();
        let is_errors = state.errors.as_ref().is_some_and(|queue| *queue.id == *id);
        if is_errors {
            state.errors = None;
        }
        is_errors
    }

    /// The client has handled an event.
    pub(crate) fn acknowledge(&self, number: u64, now: Timestamp) {
        self.state.lock().replay.acknowledge(number, now);
    }
}

impl State {
    fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// The event under the names that this client may listen to.
    fn family_of(&self, rendering: &Rendering<'_>) -> Vec<Parcel> {
        let twin = if self.is_legacy { rendering.legacy() } else { None };
        let names = [Some(rendering.current()), twin].into_iter().flatten();
        names
            .map(|message| Parcel {
                message: message.clone(),
                receipt: None,
                ring: rendering.ring(),
                urgency: rendering.urgency(),
            })
            .collect()
    }

    fn put_all(
        &mut self,
        position: usize,
        rendering: &Rendering<'_>,
        metrics: &GatewayMetrics,
        now: Timestamp,
    ) {
        // The usual case without a list: this runs once for every receiver of every event.
        let parcel = |message: &SharedMessage| Parcel {
            message: message.clone(),
            receipt: None,
            ring: rendering.ring(),
            urgency: rendering.urgency(),
        };
        self.put(position, parcel(rendering.current()), metrics, now);
        if self.is_legacy
            && let Some(twin) = rendering.legacy()
        {
            self.put(position, parcel(twin), metrics, now);
        }
    }

    /// Queues an event for a subscription and keeps it until it is acknowledged.
    pub(super) fn put(&mut self, position: usize, parcel: Parcel, metrics: &GatewayMetrics, now: Timestamp) {
        let number = self.next_number();
        let watched = &self.watched[position];
        let is_live = watched.phase == Phase::Live;
        let subscription = watched.subscription.clone();
        let is_acknowledged = subscription.ack != AckMode::Auto;
        let Parcel { message, receipt, ring, urgency } = parcel;
        let outgoing = Outgoing { number, subscription, message, receipt, urgency };
        let is_queued = is_live && self.push(Item::Event(outgoing.clone()));
        metrics.events_total.inc();
        if urgency != Urgency::Fleeting && (is_acknowledged || !is_queued) {
            let waiting = self.waiting_bytes();
            let dropped = self.replay.retain(outgoing, ring, is_queued, waiting, now);
            metrics.replay_overflows_total.inc_by(dropped);
        }
    }

    /// `false`: there is no socket, or it takes no more.
    pub(super) fn push(&self, item: Item) -> bool {
        match &self.link {
            Link::Attached { queue, .. } => queue.push(item).is_ok(),
            Link::Away { .. } | Link::Ended => false,
        }
    }

    fn waiting_bytes(&self) -> usize {
        let queued = match &self.link {
            Link::Attached { queue, .. } => queue.bytes(),
            Link::Away { .. } | Link::Ended => 0,
        };
        queued + self.returned_bytes
    }

    /// The subscription that carries a result: of the wanted topic, else of a user topic that is reliable, else any.
    fn carrier(&self, user: model::UserId, wanted: Topic) -> Option<usize> {
        let of = |topic: Topic| self.watched.iter().position(|watched| watched.subscription.topic == topic);
        let any_user_topic =
            || self.watched.iter().position(|watched| matches!(watched.subscription.topic, Topic::User(..)));
        of(wanted)
            .or_else(|| FALLBACKS.into_iter().find_map(|key| of(Topic::User(user, key))))
            .or_else(any_user_topic)
            .or(if self.watched.is_empty() { None } else { Some(0) })
    }
}
