//! Several sessions at once, in every order a seed can draw.
use crate::{
    Ctx,
    channels::Done,
    ports::{MediaOffer, Store},
    testing::interleave,
    world::{World, start_call},
};
use model::{
    CallId,
    call::{CallState, Description, SignalKind},
    channel::ChannelKind,
};
use std::pin::Pin;

type Racer<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

const SEEDS: u64 = 200;

/// Edges run these on threads of their choice; this is about compiling.
#[test]
fn whatever_is_awaited_may_move_between_threads() {
    fn movable<T: Send>(_: T) {}
    let world = World::new();
    let calls = &world.calls;
    movable(calls.handle_timeout(model::Timestamp(0)));
    movable(calls.end_all());
    movable(calls.recover());
    let [ann] = world.users(["ann"]);
    let mut ctx = world.ctx(ann.on(1));
    movable(calls.ready(&mut ctx, CallId(1)));
    movable(calls.start(&mut ctx, model::ChannelId(1), start_call(None)));
    movable(calls.session_ended(ann.on(1)));
}

/// Start and ready, as a client does when its user calls.
fn calls<'a>(world: &'a World, actor: crate::Actor, channel: model::ChannelId) -> Racer<'a> {
    Box::pin(async move {
        let done = world.calls.start(&mut world.ctx(actor), channel, start_call(Some(true))).await.unwrap();
        let call = match done {
            Done::Found(view) => view.call.id,
            Done::Published => world.last_call(),
        };
        world.calls.ready(&mut world.ctx(actor), call).await.unwrap();
    })
}

fn answers<'a>(world: &'a World, actor: crate::Actor, call: CallId) -> Racer<'a> {
    Box::pin(async move { drop(world.calls.ready(&mut world.ctx(actor), call).await) })
}

#[test]
fn two_who_call_each_other_end_up_in_one_connected_call() {
    for seed in 0..SEEDS {
        let world = World::new();
        let [ann, bob] = world.users(["ann", "bob"]);
        let channel = world.direct(&[&ann, &bob]);
        world.store.pause_everywhere(true);
        interleave(seed, vec![calls(&world, ann.on(1), channel), calls(&world, bob.on(1), channel)]);
        world.store.pause_everywhere(false);
        let said = world.said();
        assert_eq!(said.iter().filter(|line| line.starts_with("CallCreated")).count(), 1, "seed {seed}");
        let stored = world.stored(world.last_call());
        let expected = ["ACTIVE: ann=ACCEPTED bob=ACCEPTED", "ACTIVE: bob=ACCEPTED ann=ACCEPTED"];
        assert!(expected.contains(&stored.as_str()), "seed {seed}: {stored}");
        let offers = said.iter().filter(|line| line.starts_with("CreateOffer")).count();
        assert_eq!((offers, said.iter().filter(|line| line.starts_with("AnswerOffer")).count()), (1, 1));
    }
}

#[test]
fn of_three_devices_that_answer_at_once_one_wins() {
    for seed in 0..SEEDS {
        let world = World::new();
        let [ann, bob] = world.users(["ann", "bob"]);
        let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
        world.ready(ann.on(1), call);
        world.forget();
        world.store.pause_everywhere(true);
        interleave(seed, (1..=3).map(|device| answers(&world, bob.on(device), call)).collect());
        let said = world.said();
        let count = |what: &str| said.iter().filter(|line| line.starts_with(what)).count();
        assert_eq!(
            (count("CallAccepted"), count("CallOver"), count("receipt")),
            (1, 2, 3),
            "seed {seed}: {said:?}"
        );
    }
}

#[test]
fn a_call_that_is_answered_declined_and_called_off_at_once_has_one_end() {
    for seed in 0..SEEDS {
        let world = World::new();
        let [ann, bob] = world.users(["ann", "bob"]);
        let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
        world.ready(ann.on(1), call);
        world.forget();
        world.store.pause_everywhere(true);
        let declines = |device| -> Racer<'_> {
            let (world, actor) = (&world, bob.on(device));
            Box::pin(
                async move { drop(world.calls.decline(&mut world.ctx(actor), call, false).await.unwrap()) },
            )
        };
        let hangs_up: Racer<'_> = Box::pin(world.calls.leave(ann.on(1), call));
        interleave(seed, vec![answers(&world, bob.on(1), call), declines(2), declines(3), hangs_up]);
        world.store.pause_everywhere(false);
        let said = world.said();
        let ends: Vec<&String> = said.iter().filter(|line| line.starts_with("CallEnded")).collect();
        assert_eq!(ends.len(), 1, "seed {seed}: {said:?}");
        assert!(world.stored(call).starts_with("ENDED"));
        assert_eq!(world.calls.next_deadline(), None);
        assert_eq!(said.iter().filter(|line| line.starts_with("receipt")).count(), 3, "seed {seed}");
        assert!(world.calls.0.registry.is_empty(), "seed {seed}");
    }
}

#[test]
fn nobody_stays_in_the_call_of_a_channel_they_left() {
    for seed in 0..SEEDS {
        let world = World::new();
        let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
        let channel = world.channel(ChannelKind::Private, &[&ann, &bob, &cid]);
        let call = world.start(ann.on(1), channel);
        world.ready(ann.on(1), call);
        world.store.pause_everywhere(true);
        let leaves: Racer<'_> = {
            let (world, actor) = (&world, bob.on(2));
            Box::pin(async move { world.channels.leave(&mut Ctx::new(actor), channel).await.unwrap() })
        };
        // cid keeps the call's lock busy, so that the two have to queue.
        interleave(seed, vec![answers(&world, cid.on(1), call), answers(&world, bob.on(1), call), leaves]);
        world.store.pause_everywhere(false);
        let stored = world.stored(call);
        assert!(!stored.contains("bob=ACCEPTED") && !stored.contains("bob=INVITED"), "seed {seed}: {stored}");
    }
}

#[test]
fn nobody_finds_a_call_that_has_ended() {
    let mut n_found = 0;
    for seed in 0..SEEDS {
        let world = World::new();
        let [ann, bob] = world.users(["ann", "bob"]);
        let channel = world.direct(&[&ann, &bob]);
        let first = world.start(ann.on(1), channel);
        world.ready(ann.on(1), first);
        world.store.pause_everywhere(true);
        let hangs_up: Racer<'_> = Box::pin(world.calls.leave(ann.on(1), first));
        let starts: Racer<'_> = {
            let (world, actor, n_found) = (&world, bob.on(1), &mut n_found);
            Box::pin(async move {
                let started = world.calls.start(&mut world.ctx(actor), channel, start_call(None)).await;
                if let Done::Found(view) = started.unwrap() {
                    assert_ne!(view.call.state, CallState::Ended, "seed {seed}");
                    *n_found += 1;
                }
            })
        };
        interleave(seed, vec![hangs_up, starts]);
        world.store.pause_everywhere(false);
        assert!(world.stored(first).starts_with("ENDED"), "seed {seed}");
    }
    assert!((1..SEEDS).contains(&n_found), "both orders were drawn: {n_found}");
}

#[test]
fn sessions_that_swap_calls_do_not_wait_for_each_other_forever() {
    for seed in 0..SEEDS {
        let world = World::new();
        let [ann, bob, cid, dan, eve] = world.users(["ann", "bob", "cid", "dan", "eve"]);
        let everybody = [&eve, &ann, &bob, &cid, &dan];
        // Somebody stays in each, so that neither ends.
        let [left, right] = [1, 2].map(|device| {
            let call = world.start(eve.on(device), world.group(&everybody));
            world.ready(eve.on(device), call);
            call
        });
        for (who, call) in [(&ann, left), (&bob, right), (&cid, left), (&dan, right)] {
            world.ready(who.on(1), call);
        }
        world.store.pause_everywhere(true);
        let swaps = vec![
            answers(&world, ann.on(1), right),
            answers(&world, bob.on(1), left),
            answers(&world, cid.on(1), right),
            answers(&world, dan.on(1), left),
        ];
        interleave(seed, swaps);
        world.store.pause_everywhere(false);
        for (who, joined, gone) in
            [(&ann, right, left), (&bob, left, right), (&cid, right, left), (&dan, left, right)]
        {
            assert!(is_in(&world, who, joined) && !is_in(&world, who, gone), "seed {seed}");
        }
    }
}

fn is_in(world: &World, who: &crate::world::Person, call: CallId) -> bool {
    let accepted = format!("{}=ACCEPTED", who.user.name);
    world.stored(call).contains(&accepted)
}

#[test]
fn an_offer_of_a_device_that_leaves_meanwhile_leaves_no_peer_behind() {
    for seed in 0..SEEDS {
        let world = World::new();
        let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
        let call = world.start_as(ann.on(1), world.group(&[&ann, &bob, &cid]), Some(false));
        for who in [&ann, &bob, &cid] {
            world.ready(who.on(1), call);
        }
        world.forget();
        world.store.pause_everywhere(true);
        world.media.pause();
        let offers: Racer<'_> = {
            let (world, actor) = (&world, bob.on(1));
            let offer = MediaOffer { sdp: "v=0".to_owned(), sources: Vec::new() };
            let signal = crate::calls::SignalIn {
                kind: SignalKind::SendDescription,
                peer: None,
                payload: String::new(),
                description: Some(Description::Offer),
                offer: Some(offer),
            };
            Box::pin(async move { drop(world.calls.signal(&mut world.ctx(actor), call, signal).await) })
        };
        interleave(seed, vec![offers, Box::pin(world.calls.session_ended(bob.on(1)))]);
        let said = world.said();
        let last = |what: &str| said.iter().rposition(|line| line == what);
        assert!(last("media leave bob1") > last("media offer bob1"), "seed {seed}: {said:?}");
        let answered = said.iter().any(|line| line.starts_with("SendDescription"));
        assert_eq!(answered, said.contains(&"receipt bob1".to_owned()), "seed {seed}");
    }
}

#[test]
fn an_answer_never_overtakes_the_call_it_answers() {
    for seed in 0..SEEDS {
        let world = World::new();
        let [ann, bob] = world.users(["ann", "bob"]);
        let channel = world.direct(&[&ann, &bob]);
        world.store.pause_everywhere(true);
        let finds: Racer<'_> = {
            let (world, actor) = (&world, bob.on(1));
            Box::pin(async move {
                for _ in 0..200 {
                    let found = world.store.open_calls().await.unwrap();
                    if let Some((call, _)) = found.first() {
                        return drop(world.calls.ready(&mut world.ctx(actor), call.id).await);
                    }
                }
            })
        };
        interleave(seed, vec![calls(&world, ann.on(1), channel), finds]);
        let said = world.said();
        let at = |what: &str| said.iter().position(|line| line.starts_with(what));
        assert!(at("CallCreated") < at("CallAccepted"), "seed {seed}: {said:?}");
        assert_eq!(at("CallOver"), None, "seed {seed}: {said:?}");
    }
}
