//! Turns in every order of their ends.
use super::*;
use crate::testing::{Announced as Said, RecordingBus, now_or_never};
use model::{AppId, Timestamp, UserId, event::Event, user};
use std::pin::Pin;

const CHANNEL: ChannelId = ChannelId(7);

fn event(number: u64) -> Committed {
    let stored = user::User {
        id: UserId(number),
        app: AppId(1),
        name: String::new(),
        display_name: String::new(),
        display_picture_url: None,
        is_guest: true,
        presence_status: String::new(),
        properties: model::Properties::default(),
        created_time: Timestamp(0),
    };
    let presence = user::Presence { status: String::new(), online: true };
    let user = user::UserView { user: stored, presence, call_status: user::CallStatus::Available };
    let event = Event::UserUpdated { user };
    Committed { app: AppId(1), place: Some((CHANNEL, number)), time: Timestamp(0), event }
}

struct Fixture {
    bus: Arc<RecordingBus>,
    order: Order,
}

impl Fixture {
    fn new() -> Self {
        let bus = Arc::new(RecordingBus::new());
        Self { order: Order::new(bus.clone()), bus }
    }

    fn numbers(&self) -> Vec<u64> {
        let number = |said: &Said| match said {
            Said::Event { committed, .. } => committed.place.map(|(_, number)| number),
            Said::Notice(_) => None,
        };
        self.bus.log().iter().filter_map(number).collect()
    }

    fn lines(&self) -> usize {
        self.order.shards.iter().map(|shard| shard.lock().len()).sum()
    }
}

/// Polls once; says whether it was announced.
fn publish(turn: Turn<'_>, numbers: &[u64]) -> bool {
    let events = numbers.iter().map(|number| event(*number)).collect();
    now_or_never(turn.publish(events, None)).is_some()
}

/// Every order in which `n` things can happen.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in permutations(n - 1) {
        for place in 0..n {
            let mut longer = shorter.clone();
            longer.insert(place, n - 1);
            all.push(longer);
        }
    }
    all
}

#[test]
fn whatever_the_order_of_the_answers_numbers_leave_in_order() {
    // Numbers are given out in any order of the turns, and answers arrive in any order.
    for numbers in permutations(4) {
        for answers in permutations(4) {
            let world = Fixture::new();
            let mut turns: Vec<Option<Turn<'_>>> = (0..4).map(|_| Some(world.order.enter(CHANNEL))).collect();
            for turn in answers {
                publish(turns[turn].take().unwrap(), &[numbers[turn] as u64 + 10]);
            }
            assert_eq!(world.numbers(), [10, 11, 12, 13]);
            assert_eq!(world.lines(), 0);
        }
    }
}

#[test]
fn a_write_that_fails_or_is_given_up_holds_nobody_back() {
    for given_up in 0..3 {
        for answers in permutations(3) {
            let world = Fixture::new();
            let mut turns: Vec<Option<Turn<'_>>> = (0..3).map(|_| Some(world.order.enter(CHANNEL))).collect();
            for turn in answers {
                let turn_of = turns[turn].take().unwrap();
                match turn == given_up {
                    true => drop(turn_of),
                    false => {
                        publish(turn_of, &[turn as u64 + 10]);
                    }
                }
            }
            let expected: Vec<u64> =
                (0..3).filter(|turn| *turn != given_up).map(|turn| turn as u64 + 10).collect();
            assert_eq!(world.numbers(), expected);
            assert_eq!(world.lines(), 0);
        }
    }
}

#[test]
fn who_comes_later_is_not_waited_for() {
    let world = Fixture::new();
    let first = world.order.enter(CHANNEL);
    let second = world.order.enter(CHANNEL);
    assert!(!publish(second, &[2]), "a smaller number may come");
    let third = world.order.enter(CHANNEL);
    drop(first);
    assert_eq!(world.numbers(), [2], "the third one's numbers are larger");
    assert!(publish(third, &[3]));
}

#[test]
fn the_next_number_waits_for_nobody() {
    let world = Fixture::new();
    let slow = world.order.enter(CHANNEL);
    let first = world.order.enter(CHANNEL);
    let second = world.order.enter(CHANNEL);
    assert!(!publish(first, &[1, 2]));
    assert!(!publish(second, &[4]));
    assert!(publish(slow, &[3]));
    assert_eq!(world.numbers(), [1, 2, 3, 4]);
}

#[test]
fn channels_do_not_wait_for_each_other() {
    let world = Fixture::new();
    let _other = world.order.enter(ChannelId(8));
    assert!(publish(world.order.enter(CHANNEL), &[1]));
}

#[test]
fn whoever_waits_is_woken() {
    use std::sync::atomic::{AtomicBool, Ordering};
    struct Flag(AtomicBool);
    impl std::task::Wake for Flag {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let world = Fixture::new();
    let slow = world.order.enter(CHANNEL);
    let fast = world.order.enter(CHANNEL);
    let flag = Arc::new(Flag(AtomicBool::new(false)));
    let waker = Waker::from(flag.clone());
    let mut waiting: Pin<Box<dyn Future<Output = ()> + '_>> = Box::pin(fast.publish(vec![event(2)], None));
    assert!(waiting.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
    assert!(!flag.0.load(Ordering::SeqCst));
    assert!(publish(slow, &[1]));
    assert!(flag.0.load(Ordering::SeqCst));
    assert!(now_or_never(waiting).is_some());
}

#[test]
fn the_origin_marks_the_first_event_only() {
    let world = Fixture::new();
    let origin = Origin { session: model::SessionKey(3), receipt: "r".to_owned() };
    let turn = world.order.enter(CHANNEL);
    now_or_never(turn.publish(vec![event(1), event(2)], Some(&origin))).unwrap();
    let marked = |said: Said| matches!(said, Said::Event { origin: Some(_), .. });
    assert_eq!(world.bus.take().into_iter().map(marked).collect::<Vec<_>>(), [true, false]);
}
