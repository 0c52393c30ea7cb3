//! What was not acknowledged comes once more, in order, and then no more.
use super::*;
use crate::outgoing::Urgency;
use model::UserId;
use proptest::prelude::*;
use stomp::encode::{JSON, SharedMessage};
use wire::destination::{Topic, UserTopic};

const NOW: Timestamp = Timestamp(1_655_373_600_000);

fn watching(id: &str, ack: AckMode) -> Arc<Subscription> {
    Arc::new(Subscription { id: id.into(), topic: Topic::User(UserId(7), UserTopic::Calls), ack })
}

fn individual(id: &str) -> Arc<Subscription> {
    watching(id, AckMode::ClientIndividual)
}

fn event(number: u64, subscription: &Arc<Subscription>) -> Outgoing {
    let message = SharedMessage::without_destination(JSON, &format!("{number:06}"));
    Outgoing { number, subscription: subscription.clone(), message, receipt: None, urgency: Urgency::Lasting }
}

fn cost() -> usize {
    event(1, &individual("s")).cost()
}

/// Keeps events that are on their way to a socket.
fn sent(replay: &mut Replay, numbers: impl IntoIterator<Item = u64>, subscription: &Arc<Subscription>) {
    for number in numbers {
        replay.retain(event(number, subscription), None, true, 0, NOW);
    }
}

fn again(replay: &mut Replay, subscription: &Arc<Subscription>) -> Vec<u64> {
    replay.take_for(subscription, NOW).iter().map(|outgoing| outgoing.number).collect()
}

#[test]
fn what_was_not_acknowledged_is_sent_once_more_in_order_and_then_no_more() {
    let (mut replay, s) = (Replay::new(100_000), individual("s"));
    sent(&mut replay, 1..=5, &s);
    replay.acknowledge(2, NOW);
    replay.acknowledge(4, NOW);
    assert_eq!(again(&mut replay, &s), [1, 3, 5]);
    assert_eq!(again(&mut replay, &s), [0; 0], "at most once more");
    assert_eq!(replay.bytes, 0);
}

#[test]
fn what_the_socket_never_took_does_not_count_as_sent() {
    let (mut replay, s) = (Replay::new(100_000), individual("s"));
    sent(&mut replay, 1..=3, &s);
    assert_eq!(again(&mut replay, &s), [1, 2, 3]);
    // The second socket died with 2 and 3 still in its queue.
    for number in [2, 3] {
        replay.give_back(event(number, &s), 0, NOW);
    }
    assert_eq!(again(&mut replay, &s), [2, 3]);
}

#[test]
fn events_of_a_client_that_acknowledges_nothing_are_kept_only_when_they_come_back() {
    let (mut replay, auto, s) = (Replay::new(100_000), watching("a", AckMode::Auto), individual("s"));
    sent(&mut replay, [1, 3], &s);
    replay.give_back(event(2, &auto), 0, NOW);
    let numbers: Vec<_> = replay.entries.iter().map(|entry| entry.outgoing.number).collect();
    assert_eq!(numbers, [1, 2, 3], "in its place");
    assert_eq!(again(&mut replay, &auto), [2]);
    assert_eq!(again(&mut replay, &auto), [0; 0], "nobody will acknowledge it");
    assert_eq!(again(&mut replay, &s), [1, 3]);
}

#[test]
fn acknowledgements_cover_what_their_mode_says() {
    let rows = [(AckMode::ClientIndividual, vec![1, 2, 4, 5]), (AckMode::Client, vec![4, 5])];
    for (mode, left) in rows {
        let (mut replay, s, other) = (Replay::new(100_000), watching("s", mode), individual("other"));
        sent(&mut replay, 1..=5, &s);
        sent(&mut replay, [6], &other);
        replay.acknowledge(3, NOW);
        replay.acknowledge(99, NOW);
        assert_eq!(again(&mut replay, &s), left, "{mode:?}");
        assert_eq!(again(&mut replay, &other), [6]);
    }
}

#[test]
fn a_forgotten_subscription_leaves_nothing() {
    let (mut replay, s, other) = (Replay::new(100_000), individual("s"), individual("s"));
    sent(&mut replay, 1..=3, &s);
    sent(&mut replay, [4], &other);
    replay.forget(&s);
    assert_eq!((again(&mut replay, &s), again(&mut replay, &other)), (vec![], vec![4]));
}

#[test]
fn the_limit_holds_and_one_event_past_it_drops_the_oldest_and_ends_losslessness() {
    let (mut replay, s) = (Replay::new(3 * cost()), individual("s"));
    sent(&mut replay, 1..=3, &s);
    assert!(replay.is_lossless(), "at the limit");
    assert_eq!(replay.retain(event(4, &s), None, true, 0, NOW), 1, "past it");
    assert!(!replay.is_lossless());
    assert_eq!(again(&mut replay, &s), [2, 3, 4]);
}

#[test]
fn what_waits_in_the_send_queue_is_not_counted_here() {
    let (mut replay, s) = (Replay::new(cost()), individual("s"));
    for number in 1..=10 {
        let waiting = usize::try_from(number - 1).unwrap() * cost();
        assert_eq!(replay.retain(event(number, &s), None, true, waiting, NOW), 0);
    }
    assert!(replay.is_lossless());
}

#[test]
fn an_acknowledgement_of_something_newer_proves_that_the_dropped_ones_arrived() {
    let (mut replay, s) = (Replay::new(2 * cost()), individual("s"));
    sent(&mut replay, 1..=4, &s);
    replay.acknowledge(1, NOW);
    replay.acknowledge(2, NOW);
    assert!(!replay.is_lossless(), "those are the dropped ones, in any order");
    replay.acknowledge(3, NOW);
    assert!(replay.is_lossless());
}

#[test]
fn what_was_dropped_before_it_was_ever_sent_is_lost_for_good() {
    let (mut replay, s) = (Replay::new(2 * cost()), individual("s"));
    for number in 1..=3 {
        replay.retain(event(number, &s), None, false, 0, NOW);
    }
    replay.acknowledge(3, NOW);
    sent(&mut replay, 4..=6, &s);
    replay.acknowledge(6, NOW);
    assert!(!replay.is_lossless());
}

#[test]
fn ringing_that_began_and_ended_while_the_client_was_away_is_not_replayed() {
    let call = CallId(3);
    let (starts, stops) = (Some(Ring::Starts(call)), Some(Ring::Stops(call)));
    // (events as (ring, was it written), what is replayed)
    type Row = (Vec<(Option<Ring>, bool)>, Vec<u64>);
    let other = Some(Ring::Starts(CallId(4)));
    let rows: [Row; 5] = [
        (vec![(starts, false), (None, false), (stops, false)], vec![2]),
        (vec![(starts, false), (other, false), (stops, false)], vec![2]),
        (vec![(starts, true), (stops, false)], vec![1, 2]),
        (vec![(starts, false)], vec![1]),
        (vec![(stops, false)], vec![1]),
    ];
    for (events, expected) in rows {
        let (mut replay, s) = (Replay::new(100_000), individual("s"));
        for ((ring, is_queued), number) in events.iter().zip(1..) {
            replay.retain(event(number, &s), *ring, *is_queued, 0, NOW);
        }
        assert_eq!(again(&mut replay, &s), expected, "{events:?}");
    }
}

#[test]
fn a_client_is_deaf_when_it_acknowledges_nothing_of_twenty_events_any_more() {
    let later = |secs| NOW + Duration::from_secs(secs);
    let with = |count: u64, has_acknowledged: bool, ack: AckMode, sent_at: u64| {
        let (mut replay, s) = (Replay::new(1_000_000), watching("s", ack));
        if has_acknowledged {
            replay.acknowledge(1, NOW);
        }
        for number in 2..2 + count {
            replay.retain(event(number, &s), None, true, 0, later(sent_at));
        }
        replay
    };
    let individual = AckMode::ClientIndividual;
    assert!(with(20, true, individual, 110).is_deaf(later(120)));
    assert!(!with(19, true, individual, 110).is_deaf(later(120)), "too few");
    assert!(!with(20, true, individual, 111).is_deaf(later(120)), "sent a moment ago");
    assert!(!with(20, true, individual, 110).is_deaf(later(119)), "acknowledged a moment ago");
    assert!(!with(20, true, individual, 1).is_deaf(later(122)), "long ago");
    assert!(!with(20, false, individual, 110).is_deaf(later(120)), "it never acknowledged anything");
    assert!(!with(20, true, AckMode::Auto, 110).is_deaf(later(120)), "it need not acknowledge");
}

#[derive(Clone, Debug)]
enum Step {
    Send(usize),
    Keep(usize),
    Acknowledge(u64),
    Reconnect,
    GiveBack,
    Forget(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3usize).prop_map(Step::Send),
        2 => (0..3usize).prop_map(Step::Keep),
        3 => (1..60u64).prop_map(Step::Acknowledge),
        1 => Just(Step::Reconnect),
        1 => Just(Step::GiveBack),
        1 => (0..3usize).prop_map(Step::Forget),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_bytes_add_up_order_holds_and_nothing_is_written_three_times(
        steps in prop::collection::vec(step(), 1..80)
    ) {
        let subscriptions = [individual("a"), watching("b", AckMode::Client), watching("c", AckMode::Auto)];
        let mut replay = Replay::new(12 * cost());
        let mut number = 0;
        let mut written = std::collections::BTreeMap::<u64, u8>::new();
        // What the last reconnect or send handed to a socket, newest last.
        let mut in_queue: Vec<Outgoing> = Vec::new();
        for step in steps {
            match step {
                Step::Send(index) => {
                    number += 1;
                    *written.entry(number).or_default() += 1;
                    let outgoing = event(number, &subscriptions[index]);
                    if subscriptions[index].ack != AckMode::Auto {
                        replay.retain(outgoing.clone(), None, true, 0, NOW);
                    }
                    in_queue.push(outgoing);
                }
                Step::Keep(index) => {
                    number += 1;
                    replay.retain(event(number, &subscriptions[index]), None, false, 0, NOW);
                }
                Step::Acknowledge(number) => replay.acknowledge(number, NOW),
                Step::Reconnect => {
                    in_queue.clear();
                    for subscription in &subscriptions {
                        let taken = replay.take_for(subscription, NOW);
                        prop_assert!(taken.is_sorted_by_key(|outgoing| outgoing.number));
                        for outgoing in taken {
                            *written.entry(outgoing.number).or_default() += 1;
                            in_queue.push(outgoing);
                        }
                    }
                }
                Step::GiveBack => {
                    if let Some(outgoing) = in_queue.pop() {
                        if let Some(count) = written.get_mut(&outgoing.number) {
                            *count -= 1;
                        }
                        replay.give_back(outgoing, 0, NOW);
                    }
                }
                Step::Forget(index) => {
                    replay.forget(&subscriptions[index]);
                    in_queue.retain(|outgoing| !Arc::ptr_eq(&outgoing.subscription, &subscriptions[index]));
                }
            }
            let sum: usize = replay.entries.iter().map(|entry| entry.outgoing.cost()).sum();
            prop_assert_eq!(sum, replay.bytes);
            prop_assert!(replay.bytes <= 12 * cost());
            prop_assert!(replay.entries.iter().is_sorted_by_key(|entry| entry.outgoing.number));
            prop_assert!(written.values().all(|count| *count <= MAX_SENDS));
        }
    }
}
