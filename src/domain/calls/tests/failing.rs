//! The store fails, the server stops, the server comes back.
use crate::{
    calls::grace::RETRY,
    channels::Departures,
    ports::Store,
    world::{RING, World, now, problem, start_call},
};

#[test]
fn what_cannot_be_stored_did_not_happen() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.direct(&[&ann, &bob]);
    world.store.fail_writes(true);
    let start = || now(world.calls.start(&mut world.ctx(ann.on(1)), channel, start_call(Some(true))));
    assert_eq!(problem(start()), "unavailable");
    world.store.fail_writes(false);
    world.expect(&[]);
    assert_eq!(world.calls.next_deadline(), None);

    start().unwrap();
    let call = world.last_call();
    world.forget();
    world.store.fail_writes(true);
    let ready = || now(world.calls.ready(&mut world.ctx(bob.on(1)), call));
    let decline = || now(world.calls.decline(&mut world.ctx(bob.on(1)), call, false));
    assert_eq!((problem(ready()), problem(decline())), ("unavailable".to_owned(), "unavailable".to_owned()));
    world.expect(&[]);
    world.store.fail_writes(false);
    assert_eq!(world.stored(call), "PENDING: ann=INVITED bob=INVITED");
    let view = now(world.calls.get(ann.on(1), call)).unwrap();
    let stored = now(world.store.call(world.app.id, call)).unwrap().unwrap();
    assert_eq!((view.call, view.participants), stored);
    ready().unwrap();
    world.expect(&[
        "receipt bob1",
        "CallAccepted bob1 others=nobody",
        "presence bob AVAILABLE online in call",
    ]);
}

#[test]
fn whoever_is_gone_leaves_as_soon_as_it_can_be_stored() {
    let world = World::new();
    let [ann, bob, cid, dan] = world.users(["ann", "bob", "cid", "dan"]);
    let channel = world.group(&[&ann, &bob, &cid, &dan]);
    let call = world.start(ann.on(1), channel);
    for who in [&ann, &bob, &cid] {
        world.ready(who.on(1), call);
    }
    world.store.fail_writes(true);
    world.forget();
    now(world.calls.session_ended(bob.on(1)));
    now(world.calls.leave(cid.on(1), call));
    world.advance(RETRY);
    world.tick();
    world.expect(&[]);
    assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=ACCEPTED cid=ACCEPTED dan=INVITED");
    world.store.fail_writes(false);
    // Not at once: a store that fails is not asked ten times a second.
    world.tick();
    world.expect(&[]);
    world.advance(RETRY);
    world.tick();
    assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=FAILED cid=LEFT dan=INVITED");
    assert!(world.said().contains(&"CallLeft bob".to_owned()));
}

#[test]
fn a_device_that_comes_back_before_its_leaving_was_stored_stays() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let call = world.start(ann.on(1), world.group(&[&ann, &bob, &cid]));
    world.ready(ann.on(1), call);
    world.ready(bob.on(1), call);
    world.store.fail_writes(true);
    now(world.calls.leave(bob.on(1), call));
    world.store.fail_writes(false);
    world.ready(bob.on(1), call);
    world.forget();
    world.advance(RETRY);
    world.tick();
    world.expect(&[]);
    assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=ACCEPTED cid=INVITED");
}

#[test]
fn leaving_the_channel_is_made_up_for_too() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let channel = world.group(&[&ann, &bob, &cid]);
    let call = world.start(ann.on(1), channel);
    world.ready(ann.on(1), call);
    world.ready(bob.on(1), call);
    // The membership is gone, then the store fails.
    let _ = now(world.store.remove_member(channel, bob.id(), vec![])).unwrap();
    world.store.fail_writes(true);
    now(world.calls.0.member_left(world.app.id, channel, bob.id()));
    world.store.fail_writes(false);
    world.forget();
    world.advance(RETRY);
    world.tick();
    assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=LEFT cid=INVITED");
    assert!(world.said().contains(&"CallOver bob1".to_owned()));
}

#[test]
fn a_missed_call_is_missed_late_when_it_cannot_be_stored_in_time() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
    world.ready(ann.on(1), call);
    world.forget();
    world.store.fail_writes(true);
    world.advance(RING);
    world.tick();
    world.store.fail_writes(false);
    world.tick();
    world.expect(&[]);
    world.advance(RETRY);
    world.tick();
    world.expect(&["CallEnded MISSED", "presence ann AVAILABLE online"]);
}

#[test]
fn a_server_that_stops_ends_every_call_and_begins_none() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let direct = world.direct(&[&ann, &bob]);
    let talking = world.start(ann.on(1), direct);
    world.ready(ann.on(1), talking);
    world.ready(bob.on(1), talking);
    let conference = world.start_as(cid.on(1), world.group(&[&cid, &ann]), Some(false));
    world.forget();
    now(world.calls.end_all());
    world.expect(&[
        "CallEnded FAILED",
        "presence ann AVAILABLE online",
        "presence bob AVAILABLE online",
        "media end",
        "CallEnded FAILED",
    ]);
    assert_eq!(world.stored(talking), "ENDED FAILED: ann=FAILED bob=FAILED");
    assert_eq!(world.stored(conference), "ENDED FAILED: cid=FAILED ann=FAILED");
    let start = now(world.calls.start(&mut world.ctx(ann.on(1)), direct, start_call(None)));
    assert_eq!(problem(start), "unavailable");
    now(world.calls.end_all());
    world.expect(&[]);
}

#[test]
fn a_server_that_cannot_store_the_end_still_stops_the_media() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let call = world.start_as(ann.on(1), world.direct(&[&ann, &bob]), Some(false));
    world.forget();
    world.store.fail_writes(true);
    now(world.calls.end_all());
    world.expect(&["media end"]);
    world.store.fail_writes(false);
    let restarted = World::over(world.store.clone());
    assert_eq!(now(restarted.calls.recover()).unwrap(), 1);
    assert_eq!(world.stored(call), "ENDED FAILED: ann=FAILED bob=FAILED");
}

#[test]
fn a_restarted_server_closes_what_ran_and_keeps_what_was_decided() {
    let world = World::new();
    let [ann, bob, cid, dan] = world.users(["ann", "bob", "cid", "dan"]);
    let channel = world.group(&[&ann, &bob, &cid, &dan]);
    let ended = world.start(ann.on(1), world.direct(&[&ann, &bob]));
    now(world.calls.leave(ann.on(1), ended));
    let running = world.start(ann.on(1), channel);
    world.ready(ann.on(1), running);
    world.ready(bob.on(1), running);
    now(world.calls.decline(&mut world.ctx(cid.on(1)), running, false)).unwrap();

    let restarted = World::over(world.store.clone());
    assert_eq!(now(restarted.calls.recover()).unwrap(), 1);
    restarted.expect(&["CallEnded FAILED"]);
    assert_eq!(world.stored(running), "ENDED FAILED: ann=FAILED bob=FAILED cid=DECLINED dan=FAILED");
    assert_eq!(world.stored(ended), "ENDED CANCELLED: ann=CANCELLED bob=CANCELLED");
    let (call, participants) = now(world.store.call(world.app.id, running)).unwrap().unwrap();
    assert_eq!((call.end_time, participants[0].left_time), (Some(call.created_time), call.end_time));
    assert_eq!(now(restarted.calls.recover()).unwrap(), 0);
    // Whoever still believes in the old call is told, and a new one may begin.
    restarted.ready(bob.on(1), running);
    restarted.forget();
    assert_ne!(restarted.start(ann.on(1), channel), running);
}
