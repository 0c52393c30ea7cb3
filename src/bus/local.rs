//! The bus of a single node: a synchronous fan-out.
use domain::ports::Bus;
use model::event::{Committed, Notice, Origin};
use parking_lot::Mutex;
use std::sync::Arc;

/// Somebody who wants to know everything that happens on this node.
///
/// Called while the bus is locked: queue and return. Calling the bus from here would deadlock.
pub trait Receiver: Send + Sync {
    /// Committed events, in commit order of their channel. `origin` marks the acting session's copy.
    fn committed(&self, events: &[Committed], origin: Option<&Origin>);
    /// Something that is not stored.
    fn notice(&self, notice: &Notice);
}

/// Hands every event and notice to every receiver, before the call returns.
#[derive(Default)]
pub struct LocalBus {
    /// In the order of attaching. Locked for a whole fan-out, so that receivers agree on the order of events.
    receivers: Mutex<Vec<Arc<dyn Receiver>>>,
}

impl LocalBus {
    /// A bus without receivers: what is published on it is dropped.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on `receiver` gets everything.
    pub fn attach(&self, receiver: Arc<dyn Receiver>) {
        self.receivers.lock().push(receiver);
    }
}

impl Bus for LocalBus {
    fn publish(&self, committed: &[Committed], origin: Option<&Origin>) {
        if committed.is_empty() {
            return;
        }
        for receiver in self.receivers.lock().iter() {
            receiver.committed(committed, origin);
        }
    }

    fn announce(&self, notice: Notice) {
        for receiver in self.receivers.lock().iter() {
            receiver.notice(&notice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{
        AppId, CallId, ChannelId, Properties, SessionKey, Timestamp, UserId,
        call::SignalKind,
        event::Event,
        user::{CallStatus, Presence, User, UserView},
    };
    use std::{sync::Barrier, thread};

    /// What one receiver saw: channel sequence numbers of events, session keys of notices.
    #[derive(Default)]
    struct Log(Mutex<Vec<(u64, Option<String>)>>);

    impl Receiver for Log {
        fn committed(&self, events: &[Committed], origin: Option<&Origin>) {
            let receipt = origin.map(|origin| origin.receipt.clone());
            let seen =
                events.iter().map(|event| (event.place.expect("invariant: placed").1, receipt.clone()));
            self.0.lock().extend(seen);
        }

        fn notice(&self, notice: &Notice) {
            let Notice::Signal { to, .. } = notice else { panic!("only signals are sent here") };
            self.0.lock().push((to.0, None));
        }
    }

    fn event(seq: u64) -> Committed {
        let user = User {
            id: UserId(1),
            app: AppId(1),
            name: "ann".to_owned(),
            display_name: "Ann".to_owned(),
            display_picture_url: None,
            is_guest: false,
            presence_status: "AVAILABLE".to_owned(),
            properties: Properties::default(),
            created_time: Timestamp(0),
        };
        let presence = Presence { status: "AVAILABLE".to_owned(), online: true };
        let user = UserView { user, presence, call_status: CallStatus::Available };
        Committed {
            app: AppId(1),
            place: Some((ChannelId(1), seq)),
            time: Timestamp(0),
            event: Event::UserUpdated { user },
        }
    }

    fn signal(to: u64) -> Notice {
        Notice::Signal {
            call: CallId(1),
            to: SessionKey(to),
            kind: SignalKind::CreateOffer,
            peer: None,
            payload: None,
            time: Timestamp(0),
        }
    }

    #[test]
    fn every_receiver_sees_events_and_notices_in_the_order_of_the_calls() {
        let (bus, first, second) = (LocalBus::new(), Arc::new(Log::default()), Arc::new(Log::default()));
        bus.attach(first.clone());
        bus.attach(second.clone());
        let origin = Origin { session: SessionKey(9), receipt: "r-1".to_owned() };
        bus.publish(&[event(1), event(2)], Some(&origin));
        bus.announce(signal(77));
        bus.publish(&[event(3)], None);
        let expected = [(1, Some("r-1".to_owned())), (2, Some("r-1".to_owned())), (77, None), (3, None)];
        assert_eq!(*first.0.lock(), expected);
        assert_eq!(*second.0.lock(), expected);
    }

    #[test]
    fn a_receiver_sees_nothing_from_before_it_was_attached() {
        let (bus, late) = (LocalBus::new(), Arc::new(Log::default()));
        bus.publish(&[event(1)], None);
        bus.attach(late.clone());
        bus.publish(&[event(2)], None);
        assert_eq!(*late.0.lock(), [(2, None)]);
    }

    #[test]
    fn a_publish_without_events_reaches_nobody() {
        struct Never;
        impl Receiver for Never {
            fn committed(&self, events: &[Committed], _: Option<&Origin>) {
                panic!("got {} events", events.len());
            }
            fn notice(&self, _: &Notice) {}
        }
        let bus = LocalBus::new();
        bus.attach(Arc::new(Never));
        bus.publish(&[], None);
    }

    #[test]
    fn receivers_agree_on_the_order_of_simultaneous_publishes() {
        const THREADS: u64 = 8;
        const EACH: u64 = 200;
        let (bus, first, second) = (LocalBus::new(), Arc::new(Log::default()), Arc::new(Log::default()));
        bus.attach(first.clone());
        bus.attach(second.clone());
        let start = Barrier::new(THREADS as usize);
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (bus, start) = (&bus, &start);
                scope.spawn(move || {
                    start.wait();
                    for i in 0..EACH {
                        bus.publish(&[event(thread * EACH + i)], None);
                    }
                });
            }
        });
        let seen = first.0.lock().clone();
        assert_eq!(seen.len() as u64, THREADS * EACH);
        assert_eq!(seen, *second.0.lock());
    }
}
