//! What a media thread reports to the async world: through a bounded queue, and when that is full, through a backlog of
//! the thread's own.
//!
//! `Connected` and `Lost` are never dropped. A snapshot of tracks replaces an older one of the same peer that is still
//! waiting, and goes with a peer that is lost. So the backlog holds at most one snapshot and one `Connected` and `Lost`
//! per peer, and peers come only through offers of the same async world that is too slow to read.
use crate::metrics::MediaMetrics;
use domain::ports::MediaEvent;
use model::{CallId, SessionKey};
use std::collections::{BTreeMap, VecDeque};
use tokio::sync::mpsc::{Sender, error::TrySendError};

/// Events the async world may be behind before the threads keep them.
pub(crate) const QUEUED_EVENTS: usize = 1024;

type PeerKey = (CallId, SessionKey);

/// The way of events out of one thread.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Sender<MediaEvent>,
    /// `None`: a snapshot that a lost peer has taken with it.
    backlog: VecDeque<Option<MediaEvent>>,
    /// Events that have left the backlog, ever: what `snapshots` is counted from.
    left: u64,
    /// Where the waiting snapshot of a peer is, counted over all time.
    snapshots: BTreeMap<PeerKey, u64>,
    metrics: MediaMetrics,
}

impl Outbox {
    /// An outbox in front of `queue`.
    pub(crate) fn new(queue: Sender<MediaEvent>, metrics: MediaMetrics) -> Self {
        Self { queue, backlog: VecDeque::new(), left: 0, snapshots: BTreeMap::new(), metrics }
    }

    /// Sends an event, at once if possible.
    pub(crate) fn push(&mut self, event: MediaEvent) {
        if !self.backlog.is_empty() {
            self.keep(event);
            return;
        }
        match self.queue.try_send(event) {
            // Closed: the server is stopping and nobody wants to know.
            Ok(()) | Err(TrySendError::Closed(_)) => {}
            Err(TrySendError::Full(event)) => {
                self.metrics.overflows_total.with_label_values(&["events"]).inc();
                self.keep(event);
            }
        }
    }

    /// Sends what is waiting, as far as there is room.
    pub(crate) fn retry(&mut self) {
        while let Some(front) = self.backlog.front_mut() {
            if let Some(event) = front.take() {
                let key = snapshot_of(&event);
                if let Err(TrySendError::Full(event)) = self.queue.try_send(event) {
                    *front = Some(event);
                    return;
                }
                if let Some(key) = key {
                    self.snapshots.remove(&key);
                }
            }
            self.backlog.pop_front();
            self.left += 1;
        }
    }

    /// Is something waiting for room?
    pub(crate) fn is_behind(&self) -> bool {
        !self.backlog.is_empty()
    }

    fn keep(&mut self, event: MediaEvent) {
        if let MediaEvent::Lost { call, session } = &event
            && let Some(place) = self.snapshots.remove(&(*call, *session))
            && let Some(waiting) = self.waiting(place)
        {
            *waiting = None;
        }
        if let Some(key) = snapshot_of(&event) {
            if let Some(place) = self.snapshots.get(&key).copied()
                && let Some(waiting) = self.waiting(place)
            {
                *waiting = Some(event);
                self.metrics.snapshots_replaced_total.inc();
                return;
            }
            let place = self.left + u64::try_from(self.backlog.len()).unwrap_or_default();
            self.snapshots.insert(key, place);
        }
        self.backlog.push_back(Some(event));
    }

    fn waiting(&mut self, place: u64) -> Option<&mut Option<MediaEvent>> {
        let index = usize::try_from(place.checked_sub(self.left)?).ok()?;
        self.backlog.get_mut(index)
    }
}

fn snapshot_of(event: &MediaEvent) -> Option<PeerKey> {
    match event {
        MediaEvent::Tracks { call, session, .. } => Some((*call, *session)),
        MediaEvent::Connected { .. } | MediaEvent::Lost { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::event::WantedSections;
    use telemetry::metrics::Registry;
    use tokio::sync::mpsc::{Receiver, channel};

    fn outbox(room: usize) -> (Outbox, Receiver<MediaEvent>) {
        let (queue, receiver) = channel(room);
        (Outbox::new(queue, MediaMetrics::register(&Registry::new()).unwrap()), receiver)
    }

    fn tracks(session: u64, version: u64) -> MediaEvent {
        let wanted = WantedSections::default();
        MediaEvent::Tracks {
            call: CallId(1),
            session: SessionKey(session),
            version,
            tracks: Vec::new(),
            wanted,
        }
    }

    fn connected(session: u64) -> MediaEvent {
        MediaEvent::Connected { call: CallId(1), session: SessionKey(session) }
    }

    fn lost(session: u64) -> MediaEvent {
        MediaEvent::Lost { call: CallId(1), session: SessionKey(session) }
    }

    /// Reads everything, with the room that reading makes.
    fn drain(outbox: &mut Outbox, receiver: &mut Receiver<MediaEvent>) -> Vec<MediaEvent> {
        let mut all = Vec::new();
        loop {
            while let Ok(event) = receiver.try_recv() {
                all.push(event);
            }
            if !outbox.is_behind() {
                return all;
            }
            outbox.retry();
        }
    }

    #[test]
    fn with_room_events_pass_in_order() {
        let (mut outbox, mut receiver) = outbox(8);
        let events = [tracks(1, 1), tracks(1, 2), connected(1), lost(1)];
        events.iter().cloned().for_each(|event| outbox.push(event));
        assert!(!outbox.is_behind());
        assert_eq!(drain(&mut outbox, &mut receiver), events);
    }

    #[test]
    fn without_room_only_the_newest_snapshot_of_a_peer_waits() {
        let (mut outbox, mut receiver) = outbox(1);
        for event in [connected(1), tracks(1, 1), tracks(2, 1), connected(2), tracks(1, 2), tracks(1, 3)] {
            outbox.push(event);
        }
        outbox.retry();
        assert!(outbox.is_behind(), "still no room");
        let all = drain(&mut outbox, &mut receiver);
        assert_eq!(all, [connected(1), tracks(1, 3), tracks(2, 1), connected(2)]);
        // The books are right afterwards too.
        for event in [connected(3), tracks(1, 4), tracks(1, 5)] {
            outbox.push(event);
        }
        assert_eq!(drain(&mut outbox, &mut receiver), [connected(3), tracks(1, 5)]);
        assert_eq!(outbox.metrics.overflows_total.with_label_values(&["events"]).get(), 2);
        assert_eq!(outbox.metrics.snapshots_replaced_total.get(), 3);
    }

    #[test]
    fn a_lost_peer_takes_its_snapshot_with_it_and_is_reported() {
        let (mut outbox, mut receiver) = outbox(1);
        for event in [connected(1), tracks(1, 1), connected(2), lost(1), tracks(1, 1), lost(2)] {
            outbox.push(event);
        }
        let all = drain(&mut outbox, &mut receiver);
        assert_eq!(all, [connected(1), connected(2), lost(1), tracks(1, 1), lost(2)]);
    }

    #[test]
    fn a_closed_queue_is_no_reason_to_keep_anything() {
        let (mut outbox, receiver) = outbox(1);
        outbox.push(connected(1));
        outbox.push(connected(2));
        drop(receiver);
        outbox.retry();
        outbox.push(connected(3));
        assert!(!outbox.is_behind());
    }
}
