//! Leaving, being lost, coming back, and how calls end (protocol 7.7, 7.8).
use crate::{
    calls::{Watch, grace::READY_GRACE},
    world::{Person, RING, World, now, problem},
};
use model::{CallId, ChannelId};

/// A group call of ann, bob and cid, all ready with their first devices.
fn group(world: &World) -> ([Person; 3], ChannelId, CallId) {
    let people = world.users(["ann", "bob", "cid"]);
    let [ann, bob, cid] = &people;
    let channel = world.group(&[ann, bob, cid]);
    let call = world.start(ann.on(1), channel);
    for who in &people {
        world.ready(who.on(1), call);
    }
    world.forget();
    (people, channel, call)
}

#[test]
fn a_group_call_goes_on_until_one_is_left() {
    let world = World::new();
    let ([ann, bob, cid], _, call) = group(&world);
    // The creator is a participant like any other.
    now(world.calls.leave(ann.on(1), call));
    world.expect(&[
        "DisconnectPeer of ann to bob1",
        "DisconnectPeer of ann to cid1",
        "CallLeft ann",
        "presence ann AVAILABLE online",
    ]);
    now(world.calls.leave(cid.on(1), call));
    world.expect(&[
        "DisconnectPeer of cid to bob1",
        "CallLeft cid",
        "CallEnded COMPLETED",
        "presence bob AVAILABLE online",
        "presence cid AVAILABLE online",
    ]);
    assert_eq!(world.stored(call), "ENDED COMPLETED: ann=LEFT bob=LEFT cid=LEFT");
    now(world.calls.leave(bob.on(1), call));
    world.expect(&[]);
}

#[test]
fn one_may_wait_while_somebody_still_rings() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let call = world.start(ann.on(1), world.group(&[&ann, &bob, &cid]));
    world.ready(ann.on(1), call);
    world.ready(bob.on(1), call);
    now(world.calls.leave(bob.on(1), call));
    assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=LEFT cid=INVITED");
    now(world.calls.decline(&mut world.ctx(cid.on(1)), call, false)).unwrap();
    assert_eq!(world.stored(call), "ENDED COMPLETED: ann=LEFT bob=LEFT cid=DECLINED");
}

#[test]
fn the_creator_calls_it_off_before_anybody_answered() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    for is_ready in [false, true] {
        let call = world.start(ann.on(1), world.group(&[&ann, &bob, &cid]));
        if is_ready {
            world.ready(ann.on(1), call);
        }
        world.forget();
        now(world.calls.leave(ann.on(1), call));
        let said = world.said();
        assert_eq!(said[..2], ["CallLeft ann", "CallEnded CANCELLED"], "{is_ready}");
        assert_eq!(world.stored(call), "ENDED CANCELLED: ann=CANCELLED bob=CANCELLED cid=CANCELLED");
    }
}

#[test]
fn only_devices_that_are_part_of_a_call_can_leave_it() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
    world.forget();
    now(world.calls.leave(bob.on(1), call));
    now(world.calls.leave(ann.on(2), call));
    now(world.calls.session_ended(bob.on(1)));
    now(world.calls.session_ended(ann.on(2)));
    world.expect(&[]);
    world.ready(ann.on(1), call);
    world.ready(bob.on(1), call);
    world.forget();
    now(world.calls.leave(bob.on(2), call));
    world.expect(&[]);
    assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=ACCEPTED");
}

#[test]
fn a_lost_session_leaves_every_call_it_is_part_of() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let talking = world.start(bob.on(1), world.direct(&[&ann, &bob]));
    world.ready(ann.on(1), talking);
    world.ready(bob.on(1), talking);
    let dialing = world.start(ann.on(1), world.direct(&[&ann, &cid]));
    world.forget();
    now(world.calls.session_ended(ann.on(1)));
    world.expect(&[
        "DisconnectPeer of ann to bob1",
        "CallLeft ann",
        "CallEnded COMPLETED",
        "presence ann AVAILABLE online",
        "presence bob AVAILABLE online",
        "CallLeft ann",
        "CallEnded CANCELLED",
    ]);
    assert_eq!(world.stored(talking), "ENDED COMPLETED: bob=LEFT ann=FAILED");
    assert_eq!(world.stored(dialing), "ENDED CANCELLED: ann=FAILED cid=CANCELLED");
}

#[test]
fn whoever_left_a_running_call_may_come_back_and_is_paired_again() {
    let world = World::new();
    let ([_, bob, _], _, call) = group(&world);
    now(world.calls.leave(bob.on(1), call));
    world.forget();
    let left = now(world.calls.get(bob.on(1), call)).unwrap();
    world.advance(std::time::Duration::from_secs(5));
    world.ready(bob.on(2), call);
    world.expect(&[
        "receipt bob2",
        "CallAccepted bob2 others=ann1,cid1",
        "presence bob AVAILABLE online in call",
        "AnswerOffer of bob to ann1",
        "CreateOffer of ann to bob2",
        "AnswerOffer of bob to cid1",
        "CreateOffer of cid to bob2",
    ]);
    let back = now(world.calls.get(bob.on(1), call)).unwrap();
    let (left, back) = (left.participants[1], back.participants[1]);
    assert_eq!((back.joined_time, back.left_time), (left.joined_time, None));
    assert!(left.left_time.is_some());
}

#[test]
fn leaving_the_channel_leaves_its_call() {
    let world = World::new();
    let ([ann, bob, cid], channel, call) = group(&world);
    now(world.channels.leave(&mut world.ctx(bob.on(2)), channel)).unwrap();
    world.expect(&[
        "receipt bob2",
        "ChannelLeft bob for bob2",
        "DisconnectPeer of bob to ann1",
        "DisconnectPeer of bob to cid1",
        "CallLeft bob",
        "presence bob AVAILABLE online",
        "CallOver bob1",
    ]);
    assert_eq!(problem(now(world.calls.ready(&mut world.ctx(bob.on(1)), call))), "call not found");
    now(world.channels.leave(&mut world.ctx(ann.on(1)), channel)).unwrap();
    world.expect(&[
        "receipt ann1",
        "ChannelLeft ann for ann1",
        "DisconnectPeer of ann to cid1",
        "CallLeft ann",
        "CallEnded COMPLETED",
        "presence ann AVAILABLE online",
        "presence cid AVAILABLE online",
    ]);
    now(world.channels.leave(&mut world.ctx(cid.on(1)), channel)).unwrap();
    world.expect(&["receipt cid1", "ChannelLeft cid for cid1"]);
}

#[test]
fn leaving_the_channel_while_it_rings_says_no() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let channel = world.group(&[&ann, &bob, &cid]);
    let call = world.start(ann.on(1), channel);
    world.ready(ann.on(1), call);
    world.forget();
    now(world.channels.leave(&mut world.ctx(bob.on(1)), channel)).unwrap();
    world.expect(&["receipt bob1", "ChannelLeft bob for bob1", "CallDeclined bob"]);
    assert_eq!(world.stored(call), "PENDING: ann=ACCEPTED bob=DECLINED cid=INVITED");
}

#[test]
fn a_client_that_comes_back_too_late_is_told_unless_it_joins_anew() {
    let world = World::new();
    let ([_, bob, _], _, call) = group(&world);
    now(world.calls.session_ended(bob.on(1)));
    world.forget();
    // Its subscriptions come back, its `ready` does not.
    assert_eq!(now(world.calls.watch(bob.on(2), call)).unwrap(), Watch::Allowed);
    world.advance(READY_GRACE);
    world.tick();
    world.expect(&["CallOver bob2"]);
    assert_eq!(world.calls.next_deadline(), None);
    // One that joins anew says so at once.
    assert_eq!(now(world.calls.watch(bob.on(3), call)).unwrap(), Watch::Allowed);
    world.ready(bob.on(3), call);
    world.forget();
    world.advance(READY_GRACE * 2);
    world.tick();
    world.expect(&[]);
}

#[test]
fn a_client_that_comes_back_to_the_end_of_a_call_hears_of_it_once() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let call = world.start(ann.on(1), world.group(&[&ann, &bob, &cid]));
    world.ready(ann.on(1), call);
    world.ready(bob.on(1), call);
    now(world.calls.session_ended(bob.on(1)));
    world.advance(RING - READY_GRACE);
    assert_eq!(now(world.calls.watch(bob.on(2), call)).unwrap(), Watch::Allowed);
    world.forget();
    world.advance(READY_GRACE);
    world.tick();
    world.expect(&["CallEnded COMPLETED", "presence ann AVAILABLE online"]);
}

#[test]
fn only_a_direct_channel_of_two_ends_with_either_side() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let direct_of_three = world.direct(&[&ann, &bob, &cid]);
    let grown = world.group(&[&ann, &bob]);
    for channel in [direct_of_three, grown] {
        let call = world.start(ann.on(1), channel);
        if channel == grown {
            let cid = crate::users::UserRef::Id(cid.id());
            now(world.channels.invite(&mut world.ctx(ann.on(1)), grown, &cid)).unwrap();
        }
        for who in [&ann, &bob, &cid] {
            world.ready(who.on(1), call);
        }
        now(world.calls.leave(ann.on(1), call));
        assert_eq!(world.stored(call), "ACTIVE: ann=LEFT bob=ACCEPTED cid=ACCEPTED");
        now(world.calls.leave(bob.on(1), call));
        assert!(world.stored(call).starts_with("ENDED COMPLETED"));
    }
}

#[test]
fn a_client_that_gives_up_watching_is_not_told_either() {
    let world = World::new();
    let ([ann, bob, _], _, call) = group(&world);
    now(world.calls.session_ended(bob.on(1)));
    assert_eq!(now(world.calls.watch(bob.on(2), call)).unwrap(), Watch::Allowed);
    now(world.calls.leave(bob.on(2), call));
    // Others watch as long as they like.
    assert_eq!(now(world.calls.watch(ann.on(2), call)).unwrap(), Watch::Allowed);
    world.forget();
    world.advance(READY_GRACE);
    world.tick();
    world.expect(&[]);
    assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=FAILED cid=ACCEPTED");
}
