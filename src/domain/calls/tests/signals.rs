//! Signals between peers (protocol 7.5): routed to the right device, from the right point of view, or dropped.
use crate::{
    Error,
    calls::SignalIn,
    world::{Person, World, now, problem},
};
use model::{
    CallId, UserId,
    call::{Description, SignalKind},
    limits,
};

fn describe(peer: Option<&Person>, description: Description) -> SignalIn {
    SignalIn {
        kind: SignalKind::SendDescription,
        peer: peer.map(Person::id),
        payload: format!("{description:?}").to_lowercase(),
        description: Some(description),
        offer: None,
    }
}

fn candidate(peer: &Person, payload: &str) -> SignalIn {
    SignalIn {
        kind: SignalKind::AddCandidate,
        peer: Some(peer.id()),
        payload: payload.to_owned(),
        description: None,
        offer: None,
    }
}

fn send(world: &World, who: &Person, device: u64, call: CallId, signal: SignalIn) -> Result<(), Error> {
    now(world.calls.signal(&mut world.ctx(who.on(device)), call, signal))
}

/// ann and bob connected; cid invited.
fn pair(world: &World) -> ([Person; 3], CallId) {
    let people = world.users(["ann", "bob", "cid"]);
    let [ann, bob, cid] = &people;
    let call = world.start(ann.on(1), world.group(&[ann, bob, cid]));
    world.ready(ann.on(1), call);
    world.ready(bob.on(2), call);
    world.forget();
    (people, call)
}

#[test]
fn signals_reach_the_device_in_the_call_and_name_their_sender() {
    let world = World::new();
    let ([ann, bob, _], call) = pair(&world);
    send(&world, &bob, 2, call, candidate(&ann, "b1")).unwrap();
    send(&world, &bob, 2, call, describe(Some(&ann), Description::Offer)).unwrap();
    world.expect(&["receipt bob2", "receipt bob2", "SendDescription of bob to ann1: offer"]);
    send(&world, &ann, 1, call, candidate(&bob, "a1")).unwrap();
    world.expect(&["receipt ann1"]);
    send(&world, &ann, 1, call, describe(Some(&bob), Description::Answer)).unwrap();
    world.expect(&[
        "receipt ann1",
        "SendDescription of ann to bob2: answer",
        "AddCandidate of ann to bob2: a1",
        "AddCandidate of bob to ann1: b1",
    ]);
    send(&world, &ann, 1, call, candidate(&bob, "a2")).unwrap();
    world.expect(&["receipt ann1", "AddCandidate of ann to bob2: a2"]);
}

#[test]
fn signals_of_or_to_somebody_who_does_not_take_part_are_dropped_with_a_receipt() {
    let world = World::new();
    let ([ann, bob, cid], call) = pair(&world);
    let rows = [
        (&ann, 1, describe(Some(&cid), Description::Offer)),
        (&cid, 1, describe(Some(&ann), Description::Offer)),
        // Another device of a participant.
        (&bob, 1, describe(Some(&ann), Description::Offer)),
        (&ann, 1, describe(Some(&ann), Description::Offer)),
        (&ann, 1, SignalIn { peer: Some(UserId(99)), ..describe(Some(&bob), Description::Offer) }),
    ];
    for (who, device, signal) in rows {
        send(&world, who, device, call, signal.clone()).unwrap();
        assert_eq!(world.said(), [format!("receipt {}{device}", who.user.name)], "{signal:?}");
    }
    // Nothing of it was held for later either.
    send(&world, &ann, 1, call, candidate(&cid, "early")).unwrap();
    world.ready(cid.on(1), call);
    world.forget();
    send(&world, &ann, 1, call, describe(Some(&cid), Description::Answer)).unwrap();
    world.expect(&["receipt ann1", "SendDescription of ann to cid1: answer"]);
}

#[test]
fn clients_that_signal_after_the_end_get_their_receipt() {
    let world = World::new();
    let [ann, bob, eve] = world.users(["ann", "bob", "eve"]);
    let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
    now(world.calls.leave(ann.on(1), call));
    world.forget();
    send(&world, &bob, 1, call, describe(Some(&ann), Description::Offer)).unwrap();
    world.expect(&["receipt bob1"]);
    let refused = problem(send(&world, &eve, 1, call, describe(Some(&ann), Description::Offer)));
    assert_eq!(refused, "call not found");
}

#[test]
fn wrong_signals_are_refused_with_a_reason() {
    let world = World::new();
    let ([ann, bob, _], call) = pair(&world);
    let eve = world.user("eve");
    let long = "x".repeat(limits::MAX_CANDIDATE_BYTES + 1);
    let rows = [
        (
            &ann,
            describe(None, Description::Offer),
            "peer: is missing: this is a peer-to-peer call, name the user to signal to",
        ),
        (&ann, candidate(&bob, &long), "payload: a candidate has at most 4096 bytes"),
        (&eve, describe(Some(&ann), Description::Offer), "call not found"),
    ];
    for (who, signal, expected) in rows {
        assert_eq!(problem(send(&world, who, 1, call, signal)), expected);
        world.expect(&[]);
    }
    send(&world, &ann, 1, call, candidate(&bob, &long[1..])).unwrap();
    world.expect(&["receipt ann1"]);
    assert_eq!(problem(send(&world, &ann, 1, CallId(99), candidate(&bob, "c"))), "call not found");
}

#[test]
fn a_peer_that_comes_back_starts_with_closed_lanes() {
    let world = World::new();
    let ([ann, bob, _], call) = pair(&world);
    send(&world, &bob, 2, call, describe(Some(&ann), Description::Answer)).unwrap();
    now(world.calls.leave(bob.on(2), call));
    world.ready(bob.on(2), call);
    world.forget();
    send(&world, &bob, 2, call, candidate(&ann, "new")).unwrap();
    world.expect(&["receipt bob2"]);
}
