//! What the exploration leaves out: a full call, and a clock that jumps back.
use super::*;
use std::time::Duration;

const ANN: UserId = UserId(1);
const BOB: UserId = UserId(2);
const RING: Duration = Duration::from_secs(60);

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1000)
}

fn device(user: UserId) -> SessionKey {
    SessionKey(user.0 * 10)
}

fn call(shape: Shape, invited: Vec<UserId>, now: Timestamp) -> Machine {
    Machine::new(Setup { shape, creator: (ANN, device(ANN)), invited, ring: RING }, now)
}

#[test]
fn a_clock_that_jumps_back_does_not_make_history_run_backwards() {
    let inputs: [fn(&mut Machine); 5] = [
        |machine| {
            machine.handle_ready(BOB, device(BOB), at(50));
        },
        |machine| {
            machine.handle_decline(BOB, Refusal::Declined, at(50));
        },
        |machine| machine.handle_leave(device(ANN), Departure::HungUp, at(50)),
        |machine| machine.handle_removed(BOB, at(50)),
        |machine| machine.handle_failure(at(50)),
    ];
    for (index, input) in inputs.into_iter().enumerate() {
        let mut machine = call(Shape::OneToOne, vec![BOB], at(100));
        machine.handle_ready(ANN, device(ANN), at(110));
        input(&mut machine);
        let changed = machine.participants();
        let times = changed.iter().flat_map(|part| [part.joined_time, part.left_time]).flatten();
        assert!(
            times.clone().count() > 1 && times.clone().all(|time| time == at(110)),
            "input {index}: {changed:?}"
        );
        let life = [machine.active_time(), machine.end_of_call().map(|(time, _)| time)];
        assert!(life.iter().flatten().all(|time| *time == at(110)), "input {index}: {life:?}");
    }
    let mut machine = call(Shape::OneToOne, vec![BOB], at(100));
    machine.handle_timeout(at(160));
    assert_eq!(machine.end_of_call(), Some((at(160), EndReason::Cancelled)));
}

#[test]
fn the_clock_going_back_does_not_make_anybody_ring_longer_than_it_says() {
    let mut machine = call(Shape::OneToOne, vec![BOB], at(100));
    machine.handle_timeout(at(40));
    assert_eq!((machine.state(), machine.poll_timeout()), (CallState::Pending, Some(at(160))));
}

#[test]
fn a_call_takes_so_many_and_those_it_knows_come_back() {
    let last = limits::MAX_CALL_PARTICIPANTS as u64 + 1;
    let mut machine = call(Shape::Group, (2..last).map(UserId).collect(), at(0));
    let joins =
        |machine: &mut Machine, user: u64| machine.handle_ready(UserId(user), SessionKey(user), at(1));
    // The creator and all but one of the invited; then the last place, and one too many.
    assert_eq!(machine.participants().len(), limits::MAX_CALL_PARTICIPANTS);
    assert_eq!(joins(&mut machine, last), Readiness::Joined);
    assert_eq!(machine.participants().len(), limits::MAX_CALL_PARTICIPANTS + 1);
    assert_eq!(joins(&mut machine, last + 1), Readiness::Full);
    assert_eq!(machine.participants().len(), limits::MAX_CALL_PARTICIPANTS + 1);
    machine.handle_leave(SessionKey(last), Departure::HungUp, at(2));
    assert_eq!(joins(&mut machine, last), Readiness::Joined);
}

#[test]
fn a_creator_may_be_called_by_nobody_and_wait() {
    let mut machine = call(Shape::Group, Vec::new(), at(0));
    assert_eq!(machine.handle_ready(ANN, device(ANN), at(1)), Readiness::Joined);
    machine.handle_timeout(at(600));
    assert_eq!((machine.poll_timeout(), machine.state()), (None, CallState::Pending));
    machine.handle_leave(device(ANN), Departure::HungUp, at(601));
    assert_eq!(machine.end_of_call(), Some((at(601), EndReason::Cancelled)));
}
