//! Calls through the SFU: negotiation, what the media plane reports, media settings.
use crate::{
    calls::{MediaSwitch, SignalIn, grace::MEDIA_GRACE},
    ports::{MediaEvent, MediaOffer},
    testing::MediaRequest,
    world::{Person, World, now, problem},
};
use model::{
    CallId,
    call::{Description, SignalKind, Source},
    event::WantedSections,
};
use std::time::Duration;

fn offer() -> SignalIn {
    let offer = MediaOffer { sdp: "v=0".to_owned(), sources: vec![("1".to_owned(), Source::Camera)] };
    SignalIn {
        kind: SignalKind::SendDescription,
        peer: None,
        payload: "{}".to_owned(),
        description: Some(Description::Offer),
        offer: Some(offer),
    }
}

fn candidate() -> SignalIn {
    SignalIn { kind: SignalKind::AddCandidate, description: None, offer: None, ..offer() }
}

/// ann, bob and cid ready in a call through the SFU.
fn conference(world: &World) -> ([Person; 3], CallId) {
    let people = world.users(["ann", "bob", "cid"]);
    let [ann, bob, cid] = &people;
    let call = world.start_as(ann.on(1), world.group(&[ann, bob, cid]), Some(false));
    for who in &people {
        world.ready(who.on(1), call);
    }
    world.media.inner.take();
    world.forget();
    (people, call)
}

fn send(
    world: &World,
    who: &Person,
    device: u64,
    call: CallId,
    signal: SignalIn,
) -> Result<(), crate::Error> {
    now(world.calls.signal(&mut world.ctx(who.on(device)), call, signal))
}

#[test]
fn nobody_is_paired_in_a_call_through_the_sfu() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let call = world.start_as(ann.on(1), world.direct(&[&ann, &bob]), Some(false));
    world.ready(ann.on(1), call);
    world.forget();
    world.ready(bob.on(1), call);
    world.expect(&[
        "receipt bob1",
        "CallAccepted bob1 others=ann1 ACTIVE",
        "presence bob AVAILABLE online in call",
    ]);
    now(world.calls.leave(bob.on(1), call));
    world.expect(&[
        "media leave bob1",
        "media end",
        "CallLeft bob",
        "CallEnded COMPLETED",
        "presence ann AVAILABLE online",
        "presence bob AVAILABLE online",
    ]);
}

#[test]
fn an_offer_is_negotiated_receipted_then_answered() {
    let world = World::new();
    let ([ann, ..], call) = conference(&world);
    send(&world, &ann, 1, call, offer()).unwrap();
    world.expect(&["media offer ann1", "receipt ann1", "SendDescription of the SFU to ann1: answer"]);
    let expected =
        MediaRequest::Negotiate { call, session: ann.on(1).session, offer: offer().offer.unwrap() };
    assert_eq!(world.media.inner.take(), [expected]);
    // ICE-lite: candidates of the client add nothing.
    send(&world, &ann, 1, call, candidate()).unwrap();
    world.expect(&["receipt ann1"]);
}

#[test]
fn an_offer_the_media_plane_refuses_is_not_receipted() {
    let world = World::new();
    let ([ann, ..], call) = conference(&world);
    world.media.inner.refuse(Some("no fingerprint"));
    assert_eq!(problem(send(&world, &ann, 1, call, offer())), "payload: no fingerprint");
    world.expect(&["media offer ann1"]);
}

#[test]
fn only_ready_devices_of_a_call_through_the_sfu_may_send_media() {
    let world = World::new();
    let ([ann, bob, _], call) = conference(&world);
    let eve = world.user("eve");
    let to_peer = SignalIn { peer: Some(bob.id()), offer: None, ..offer() };
    let no_offer = SignalIn { offer: None, ..offer() };
    let rows = [
        (&ann, 2, offer(), "only a device that is ready in the call may send media"),
        (&eve, 1, offer(), "call not found"),
        (&ann, 1, to_peer, "peer: this call goes through the server: send signals without `peer`"),
        (&ann, 1, no_offer, "payload: must be an offer"),
    ];
    for (who, device, signal, expected) in rows {
        assert_eq!(problem(send(&world, who, device, call, signal)), expected);
    }
    world.expect(&[]);
}

#[test]
fn tracks_are_shown_with_the_users_of_their_sessions() {
    let world = World::new();
    let ([ann, bob, cid], call) = conference(&world);
    let track = |mid: &str, who: &Person, source| (mid.to_owned(), who.on(1).session, source);
    let tracks = |version, tracks| MediaEvent::Tracks {
        call,
        session: ann.on(1).session,
        version,
        tracks,
        wanted: WantedSections { audio: 1, video: 2 },
    };
    let both = vec![track("3", &bob, Source::Camera), track("4", &cid, Source::Screen)];
    now(world.calls.handle_media(tracks(1, both.clone())));
    world.expect(&["tracks v1 to ann1: [3=camera of bob1, 4=screen of cid1] wanted 1+2"]);
    // Who has just left is not shown; and whoever left is shown nothing.
    now(world.calls.leave(bob.on(1), call));
    world.forget();
    now(world.calls.handle_media(tracks(2, both.clone())));
    world.expect(&["tracks v2 to ann1: [4=screen of cid1] wanted 1+2"]);
    now(world.calls.leave(ann.on(1), call));
    world.forget();
    now(world.calls.handle_media(tracks(3, both)));
    world.expect(&[]);
}

#[test]
fn a_device_without_media_leaves_after_a_while_and_is_told() {
    let world = World::new();
    let ([ann, ..], call) = conference(&world);
    let session = ann.on(1).session;
    now(world.calls.handle_media(MediaEvent::Lost { call, session }));
    world.advance(MEDIA_GRACE - Duration::from_millis(1));
    // A second report does not begin the wait anew.
    now(world.calls.handle_media(MediaEvent::Lost { call, session }));
    world.tick();
    world.expect(&[]);
    world.advance(Duration::from_millis(1));
    world.tick();
    world.expect(&["media leave ann1", "CallLeft ann", "presence ann AVAILABLE online", "CallOver ann1"]);
    assert_eq!(world.stored(call), "ACTIVE: ann=FAILED bob=ACCEPTED cid=ACCEPTED");
    now(world.calls.handle_media(MediaEvent::Lost { call, session }));
    assert_eq!(world.calls.next_deadline(), None);
}

#[test]
fn a_device_that_comes_back_in_time_stays() {
    for by_offer in [true, false] {
        let world = World::new();
        let ([ann, ..], call) = conference(&world);
        let session = ann.on(1).session;
        now(world.calls.handle_media(MediaEvent::Lost { call, session }));
        world.advance(MEDIA_GRACE / 2);
        match by_offer {
            true => send(&world, &ann, 1, call, offer()).unwrap(),
            false => now(world.calls.handle_media(MediaEvent::Connected { call, session })),
        }
        world.forget();
        world.advance(MEDIA_GRACE);
        world.tick();
        world.expect(&[]);
        assert_eq!(world.stored(call), "ACTIVE: ann=ACCEPTED bob=ACCEPTED cid=ACCEPTED");
    }
}

#[test]
fn a_refused_offer_does_not_bring_a_device_back() {
    let world = World::new();
    let ([ann, ..], call) = conference(&world);
    now(world.calls.handle_media(MediaEvent::Lost { call, session: ann.on(1).session }));
    world.media.inner.refuse(Some("no"));
    send(&world, &ann, 1, call, offer()).unwrap_err();
    world.advance(MEDIA_GRACE);
    world.tick();
    assert!(world.stored(call).contains("ann=FAILED"));
}

#[test]
fn media_settings_are_stored_and_told_to_the_call() {
    let world = World::new();
    let ([ann, ..], call) = conference(&world);
    let bystander = world.user("dan");
    let switch = |who: &Person, what, enabled| {
        now(world.calls.switch_media(&mut world.ctx(who.on(1)), what, enabled)).unwrap();
    };
    switch(&ann, MediaSwitch::Audio, false);
    world.expect(&["receipt ann1", "MediaSettings ann audio=false video=true in call:1"]);
    switch(&ann, MediaSwitch::Video, false);
    switch(&ann, MediaSwitch::Audio, true);
    world.forget();
    let settings = now(world.users.media_settings(world.app.id, ann.id())).unwrap().1;
    assert_eq!((settings.audio_enabled, settings.video_enabled), (true, false));
    switch(&bystander, MediaSwitch::Video, true);
    world.expect(&["receipt dan1", "MediaSettings dan audio=true video=true in no call"]);
    // From another device of somebody in the call.
    now(world.calls.switch_media(&mut world.ctx(ann.on(2)), MediaSwitch::Video, true)).unwrap();
    world.expect(&["receipt ann2", "MediaSettings ann audio=true video=true in call:1"]);
    now(world.calls.leave(ann.on(1), call));
    world.forget();
    switch(&ann, MediaSwitch::Audio, false);
    world.expect(&["receipt ann1", "MediaSettings ann audio=false video=true in no call"]);
}
