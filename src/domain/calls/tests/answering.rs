//! Starting, ringing, answering, declining (protocol 7.3, 7.8).
use crate::{
    calls::StartCall,
    channels::Done,
    ports::Store,
    world::{RING, World, now, problem, start_call},
};
use model::{call::CallState, channel::ChannelKind, limits};
use std::time::Duration;

#[test]
fn a_call_between_two_from_start_to_end() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.direct(&[&ann, &bob]);
    let call = world.start(ann.on(1), channel);
    world.expect(&["receipt ann1", "CallCreated by ann rings bob for ann1"]);
    assert_eq!(world.stored(call), "PENDING: ann=INVITED bob=INVITED");

    world.ready(ann.on(1), call);
    world.expect(&[
        "receipt ann1",
        "CallAccepted ann1 others=nobody",
        "presence ann AVAILABLE online in call",
    ]);
    assert_eq!(world.stored(call), "PENDING: ann=ACCEPTED bob=INVITED");

    world.ready(bob.on(1), call);
    world.expect(&[
        "receipt bob1",
        "CallAccepted bob1 others=ann1 ACTIVE",
        "presence bob AVAILABLE online in call",
        "AnswerOffer of bob to ann1",
        "CreateOffer of ann to bob1",
    ]);
    assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=ACCEPTED");

    now(world.calls.leave(bob.on(1), call));
    world.expect(&[
        "DisconnectPeer of bob to ann1",
        "CallLeft bob",
        "CallEnded COMPLETED",
        "presence ann AVAILABLE online",
        "presence bob AVAILABLE online",
    ]);
    assert_eq!(world.stored(call), "ENDED COMPLETED: ann=LEFT bob=LEFT");
    assert_eq!(world.calls.next_deadline(), None);
    assert!(world.calls.0.registry.is_empty());
}

#[test]
fn times_are_kept_for_history() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let channel = world.group(&[&ann, &bob, &cid]);
    let start = crate::ports::Clock::now(world.clock.as_ref());
    let second = Duration::from_secs(1);
    let call = world.start(ann.on(1), channel);
    let step = |act: &dyn Fn()| {
        world.advance(second);
        act();
    };
    step(&|| world.ready(ann.on(1), call));
    step(&|| world.ready(bob.on(1), call));
    step(&|| drop(now(world.calls.decline(&mut world.ctx(cid.on(1)), call, false)).unwrap()));
    step(&|| now(world.calls.leave(bob.on(1), call)));
    let (call, participants) = now(world.store.call(world.app.id, call)).unwrap().unwrap();
    let at = |seconds: u32| start + second * seconds;
    assert_eq!((call.created_time, call.active_time, call.end_time), (start, Some(at(2)), Some(at(4))));
    let times: Vec<_> =
        participants.iter().map(|part| (part.invited_time, part.joined_time, part.left_time)).collect();
    assert_eq!(
        times,
        [(start, Some(at(1)), Some(at(4))), (start, Some(at(2)), Some(at(4))), (start, None, Some(at(3)))]
    );
}

#[test]
fn everybody_in_a_group_is_paired_with_everybody_once() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let channel = world.group(&[&ann, &bob, &cid]);
    let call = world.start(ann.on(1), channel);
    world.ready(ann.on(1), call);
    world.ready(bob.on(1), call);
    world.forget();
    world.ready(cid.on(1), call);
    world.expect(&[
        "receipt cid1",
        "CallAccepted cid1 others=ann1,bob1",
        "presence cid AVAILABLE online in call",
        "AnswerOffer of cid to ann1",
        "CreateOffer of ann to cid1",
        "AnswerOffer of cid to bob1",
        "CreateOffer of bob to cid1",
    ]);
}

#[test]
fn an_invitee_may_be_ready_before_the_creator() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
    world.ready(bob.on(1), call);
    assert_eq!(world.stored(call), "PENDING: ann=INVITED bob=ACCEPTED");
    world.forget();
    world.ready(ann.on(1), call);
    world.expect(&[
        "receipt ann1",
        "CallAccepted ann1 others=bob1 ACTIVE",
        "presence ann AVAILABLE online in call",
        "AnswerOffer of ann to bob1",
        "CreateOffer of bob to ann1",
    ]);
}

#[test]
fn the_first_device_wins_and_the_others_are_told() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
    world.ready(ann.on(1), call);
    world.ready(bob.on(2), call);
    world.forget();
    world.ready(bob.on(1), call);
    world.expect(&["receipt bob1", "CallOver bob1"]);
    world.ready(ann.on(2), call);
    world.expect(&["receipt ann2", "CallOver ann2"]);
    // Clients repeat themselves.
    world.ready(bob.on(2), call);
    world.expect(&["receipt bob2"]);
    assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=ACCEPTED");
}

#[test]
fn a_creator_who_goes_on_with_another_device_is_told_on_the_first() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
    world.forget();
    world.ready(ann.on(2), call);
    world.expect(&[
        "receipt ann2",
        "CallAccepted ann2 others=nobody",
        "presence ann AVAILABLE online in call",
        "CallOver ann1",
    ]);
    now(world.calls.leave(ann.on(1), call));
    assert_eq!(world.stored(call), "PENDING: ann=ACCEPTED bob=INVITED");
}

#[test]
fn whoever_accepts_too_late_is_told_that_it_is_over() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
    now(world.calls.leave(ann.on(1), call));
    assert_eq!(world.stored(call), "ENDED CANCELLED: ann=CANCELLED bob=CANCELLED");
    world.forget();
    world.ready(bob.on(1), call);
    world.expect(&["receipt bob1", "CallOver bob1"]);
}

#[test]
fn a_declined_call_of_two_is_over() {
    for (busy, stored) in
        [(false, "ENDED DECLINED: ann=LEFT bob=DECLINED"), (true, "ENDED BUSY: ann=LEFT bob=BUSY")]
    {
        let world = World::new();
        let [ann, bob] = world.users(["ann", "bob"]);
        let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
        world.ready(ann.on(1), call);
        world.forget();
        let done = now(world.calls.decline(&mut world.ctx(bob.on(1)), call, busy)).unwrap();
        assert_eq!(done, Done::Published);
        let end = if busy { "CallEnded BUSY" } else { "CallEnded DECLINED" };
        // Only the first event is the result of the action.
        world.expect(&["receipt bob1", "CallDeclined bob for bob1", end, "presence ann AVAILABLE online"]);
        assert_eq!(world.stored(call), stored);
    }
}

#[test]
fn a_decline_that_changes_nothing_is_answered_with_the_call() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let channel = world.group(&[&ann, &bob, &cid]);
    let call = world.start(ann.on(1), channel);
    world.ready(ann.on(1), call);
    world.ready(bob.on(1), call);
    world.forget();
    // Answered on another device, the creator, a second time, after the end.
    let decline = |who: &crate::world::Person, device: u64| {
        now(world.calls.decline(&mut world.ctx(who.on(device)), call, false)).unwrap()
    };
    for (who, device) in [(&bob, 2), (&bob, 1), (&ann, 2)] {
        let Done::Found(view) = decline(who, device) else { panic!("that was no decline") };
        assert_eq!((view.call.id, view.call.state), (call, CallState::Active));
    }
    world.expect(&["receipt bob2", "receipt bob1", "receipt ann2"]);
    assert_eq!(decline(&cid, 1), Done::Published);
    world.expect(&["receipt cid1", "CallDeclined cid for cid1"]);
    assert!(matches!(decline(&cid, 2), Done::Found(_)));
    now(world.calls.leave(bob.on(1), call));
    world.forget();
    let Done::Found(view) = decline(&cid, 1) else { panic!("the call is over") };
    assert_eq!(view.call.state, CallState::Ended);
    world.expect(&["receipt cid1"]);
}

#[test]
fn a_group_call_ends_when_all_others_said_no() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let rows = [
        (true, true, "ENDED BUSY: ann=LEFT bob=BUSY cid=BUSY"),
        (true, false, "ENDED DECLINED: ann=LEFT bob=BUSY cid=DECLINED"),
        (false, false, "ENDED DECLINED: ann=LEFT bob=DECLINED cid=DECLINED"),
    ];
    for (bob_is_busy, cid_is_busy, stored) in rows {
        let channel = world.group(&[&ann, &bob, &cid]);
        let call = world.start(ann.on(1), channel);
        world.ready(ann.on(1), call);
        now(world.calls.decline(&mut world.ctx(bob.on(1)), call, bob_is_busy)).unwrap();
        assert!(world.stored(call).starts_with("PENDING"));
        now(world.calls.decline(&mut world.ctx(cid.on(1)), call, cid_is_busy)).unwrap();
        assert_eq!(world.stored(call), stored);
    }
}

#[test]
fn an_unanswered_call_is_missed_when_its_time_is_over_and_not_before() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
    world.ready(ann.on(1), call);
    world.forget();
    world.advance(RING - Duration::from_millis(1));
    world.tick();
    now(world.calls.handle_timeout(crate::ports::Clock::now(world.clock.as_ref())));
    world.expect(&[]);
    world.advance(Duration::from_millis(1));
    world.tick();
    world.expect(&["CallEnded MISSED", "presence ann AVAILABLE online"]);
    assert_eq!(world.stored(call), "ENDED MISSED: ann=LEFT bob=MISSED");
    assert_eq!(world.calls.next_deadline(), None);
}

#[test]
fn in_a_call_that_goes_on_the_missing_stop_ringing_and_may_come_late() {
    let world = World::new();
    let [ann, bob, cid, dan] = world.users(["ann", "bob", "cid", "dan"]);
    let channel = world.group(&[&ann, &bob, &cid, &dan]);
    let call = world.start(ann.on(1), channel);
    world.ready(ann.on(1), call);
    world.ready(bob.on(1), call);
    world.forget();
    world.advance(RING);
    world.tick();
    world.expect(&["CallMissed cid,dan"]);
    world.tick();
    world.expect(&[]);
    world.ready(cid.on(1), call);
    assert!(world.said().contains(&"CallAccepted cid1 others=ann1,bob1".to_owned()));
    assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=ACCEPTED cid=ACCEPTED dan=MISSED");
}

#[test]
fn a_creator_who_never_is_ready_has_given_up() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
    world.advance(RING);
    world.tick();
    assert_eq!(world.stored(call), "ENDED CANCELLED: ann=CANCELLED bob=MISSED");

    // The others go on without it, and its device is told.
    let call = world.start(ann.on(1), world.group(&[&ann, &bob, &cid]));
    world.ready(bob.on(1), call);
    world.ready(cid.on(1), call);
    world.forget();
    world.advance(RING);
    world.tick();
    world.expect(&["CallLeft ann", "CallOver ann1"]);
    assert_eq!(world.stored(call), "ACTIVE: ann=CANCELLED bob=ACCEPTED cid=ACCEPTED");
}

#[test]
fn who_joins_the_channel_later_may_join_the_call_and_does_not_ring() {
    let world = World::new();
    let [ann, bob, new] = world.users(["ann", "bob", "new"]);
    let channel = world.channel(ChannelKind::Public, &[&ann, &bob]);
    let call = world.start(ann.on(1), channel);
    assert_eq!(problem(now(world.calls.ready(&mut world.ctx(new.on(1)), call))), "call not found");
    now(world.channels.join(&mut world.ctx(new.on(1)), channel)).unwrap();
    world.forget();
    // Not invited: there is nothing to decline.
    let done = now(world.calls.decline(&mut world.ctx(new.on(1)), call, false)).unwrap();
    assert!(matches!(done, Done::Found(_)));
    world.ready(ann.on(1), call);
    world.ready(new.on(1), call);
    assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=INVITED new=ACCEPTED");
}

#[test]
fn a_call_in_an_empty_channel_waits_for_others() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.channel(ChannelKind::Public, &[&ann]);
    let call = world.start(ann.on(1), channel);
    world.expect(&["receipt ann1", "CallCreated by ann rings nobody for ann1"]);
    world.ready(ann.on(1), call);
    world.advance(RING);
    world.tick();
    assert_eq!(world.stored(call), "PENDING: ann=ACCEPTED");
    now(world.channels.join(&mut world.ctx(bob.on(1)), channel)).unwrap();
    world.ready(bob.on(1), call);
    assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=ACCEPTED");
}

#[test]
fn starting_where_a_call_runs_finds_it() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.direct(&[&ann, &bob]);
    let call = world.start(ann.on(1), channel);
    world.forget();
    let done = now(world.calls.start(&mut world.ctx(bob.on(1)), channel, start_call(None))).unwrap();
    let Done::Found(view) = done else { panic!("a second call") };
    assert_eq!((view.call.id, view.creator.user.id), (call, ann.id()));
    world.expect(&["receipt bob1"]);
    // Both believe that they called, and are ready: one connected call.
    world.ready(bob.on(1), call);
    world.ready(ann.on(1), call);
    assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=ACCEPTED");
    now(world.calls.leave(ann.on(1), call));
    assert_ne!(world.start(bob.on(1), channel), call);
}

#[test]
fn a_call_is_peer_to_peer_or_not_as_asked_or_as_the_client_can() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let rows =
        [(None, true, true), (None, false, false), (Some(true), false, true), (Some(false), true, false)];
    for (p2p, legacy_client, expected) in rows {
        let channel = world.group(&[&ann, &bob]);
        let new = StartCall { legacy_client, ..start_call(p2p) };
        now(world.calls.start(&mut world.ctx(ann.on(1)), channel, new)).unwrap();
        let view = now(world.calls.get(ann.on(1), world.last_call())).unwrap();
        assert_eq!(view.call.p2p, expected, "{p2p:?} {legacy_client}");
    }
}

#[test]
fn a_device_is_in_one_call_and_leaves_it_for_another() {
    let world = World::new();
    let [ann, bob, cid, dan] = world.users(["ann", "bob", "cid", "dan"]);
    let group = world.start(ann.on(1), world.group(&[&ann, &bob, &cid]));
    for who in [&ann, &bob, &cid] {
        world.ready(who.on(1), group);
    }
    // A waiting call rings, and changes nothing until it is answered.
    let waiting = world.start(dan.on(1), world.direct(&[&bob, &dan]));
    world.ready(dan.on(1), waiting);
    assert_eq!(world.stored(group), "ACTIVE: ann=ACCEPTED bob=ACCEPTED cid=ACCEPTED");
    world.forget();
    world.ready(bob.on(1), waiting);
    world.expect(&[
        "DisconnectPeer of bob to ann1",
        "DisconnectPeer of bob to cid1",
        "CallLeft bob",
        "presence bob AVAILABLE online",
        "CallOver bob1",
        "receipt bob1",
        "CallAccepted bob1 others=dan1 ACTIVE",
        "presence bob AVAILABLE online in call",
        "AnswerOffer of bob to dan1",
        "CreateOffer of dan to bob1",
    ]);
    // Another device of the same user is another matter.
    world.ready(bob.on(2), group);
    assert_eq!(world.stored(group), "ACTIVE: ann=ACCEPTED bob=ACCEPTED cid=ACCEPTED");
    assert_eq!(world.stored(waiting), "ACTIVE: dan=ACCEPTED bob=ACCEPTED");
    world.forget();
    now(world.calls.leave(bob.on(1), waiting));
    assert_eq!(
        world.said(),
        [
            "DisconnectPeer of bob to dan1",
            "CallLeft bob still in a call",
            "CallEnded COMPLETED",
            "presence dan AVAILABLE online",
        ]
    );
}

#[test]
fn a_device_that_cannot_join_keeps_the_call_it_is_in() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let own = world.start(ann.on(1), world.group(&[&ann, &bob]));
    world.ready(ann.on(1), own);
    world.ready(bob.on(1), own);
    let other = world.start(cid.on(1), world.group(&[&cid, &bob]));
    world.ready(bob.on(2), other);
    world.forget();
    // Answered on bob's other device; and a channel that ann is not in.
    world.ready(bob.on(1), other);
    world.expect(&["receipt bob1", "CallOver bob1"]);
    assert_eq!(problem(now(world.calls.ready(&mut world.ctx(ann.on(1)), other))), "call not found");
    assert_eq!(world.stored(own), "ACTIVE: ann=ACCEPTED bob=ACCEPTED");
}

#[test]
fn calls_ring_at_so_many_members_and_no_more() {
    let world = World::new();
    let ann = world.user("ann");
    let everybody: Vec<_> =
        (0..=limits::MAX_CALL_PARTICIPANTS).map(|n| world.user(&format!("u{n}"))).collect();
    let channel = world.channel(ChannelKind::Private, &[&ann]);
    let add = |who: &crate::world::Person| {
        let user = crate::users::UserRef::Id(who.id());
        now(world.channels.invite(&mut world.ctx(ann.on(1)), channel, &user)).unwrap();
    };
    everybody[..limits::MAX_CALL_PARTICIPANTS].iter().for_each(&add);
    let call = world.start(ann.on(1), channel);
    assert_eq!(
        now(world.calls.get(ann.on(1), call)).unwrap().participants.len(),
        limits::MAX_CALL_PARTICIPANTS + 1
    );
    // One more joins the channel, and finds the call full.
    add(&everybody[limits::MAX_CALL_PARTICIPANTS]);
    let late = everybody[limits::MAX_CALL_PARTICIPANTS].on(1);
    let full = problem(now(world.calls.ready(&mut world.ctx(late), call)));
    assert_eq!(full, "at most 1000 can take part in a call");
    now(world.calls.leave(ann.on(1), call));
    let refused = problem(now(world.calls.start(&mut world.ctx(ann.on(1)), channel, start_call(None))));
    assert_eq!(refused, "a call rings at most at 1000 members, and this channel has more");
}
