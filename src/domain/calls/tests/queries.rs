//! Who may see a call, and what it looks like.
use crate::{
    calls::Watch,
    ports::CallFilter,
    world::{World, now, problem},
};
use model::{CallId, call::CallState, channel::ChannelKind, page::PageRequest};

fn first_page() -> PageRequest {
    PageRequest::new(None, None)
}

/// (kind of channel, a stranger's answers to: get, watch, participants, list).
#[test]
fn a_call_is_for_the_members_of_its_channel() {
    const HIDDEN: &str = "call not found";
    for (kind, list) in [
        (ChannelKind::Public, "only members of the channel may do this"),
        (ChannelKind::Private, "channel not found"),
        (ChannelKind::Direct, "channel not found"),
    ] {
        for over in [false, true] {
            let world = World::new();
            let [ann, bob, eve] = world.users(["ann", "bob", "eve"]);
            let channel = world.channel(kind, &[&ann, &bob]);
            let call = world.start(ann.on(1), channel);
            if over {
                now(world.calls.leave(ann.on(1), call));
            }
            world.forget();
            let ask = |who: &crate::world::Person| {
                let actor = who.on(1);
                let text = |result: Result<(), crate::Error>| {
                    result.map_or_else(|e| e.to_string(), |()| "fine".to_owned())
                };
                [
                    text(now(world.calls.get(actor, call)).map(drop)),
                    text(now(world.calls.watch(actor, call)).map(drop)),
                    text(now(world.calls.participants(actor, call, first_page())).map(drop)),
                    text(
                        now(world.calls.list(actor, channel, CallFilter::default(), first_page())).map(drop),
                    ),
                    text(now(world.calls.ready(&mut world.ctx(actor), call))),
                    text(now(world.calls.decline(&mut world.ctx(actor), call, false)).map(drop)),
                ]
            };
            assert_eq!(ask(&eve), [HIDDEN, HIDDEN, HIDDEN, list, HIDDEN, HIDDEN], "{kind:?} over={over}");
            world.expect(&[]);
            assert_eq!(ask(&bob), ["fine"; 6], "{kind:?} over={over}");
        }
    }
}

#[test]
fn a_call_of_another_application_does_not_exist() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
    let stranger = crate::Actor { app: model::AppId(77), ..ann.on(1) };
    for over in [false, true] {
        if over {
            now(world.calls.leave(ann.on(1), call));
        }
        assert_eq!(problem(now(world.calls.get(stranger, call))), "call not found");
        assert_eq!(problem(now(world.calls.watch(stranger, call))), "call not found");
        assert_eq!(problem(now(world.calls.ready(&mut world.ctx(stranger), call))), "call not found");
    }
    assert_eq!(problem(now(world.calls.get(ann.on(1), CallId(99)))), "call not found");
}

#[test]
fn whoever_took_part_may_look_back_after_leaving_the_channel() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let channel = world.group(&[&ann, &bob, &cid]);
    let call = world.start(ann.on(1), channel);
    now(world.channels.leave(&mut world.ctx(bob.on(1)), channel)).unwrap();
    assert!(now(world.calls.get(bob.on(1), call)).is_ok());
    assert_eq!(problem(now(world.calls.watch(bob.on(1), call))), "call not found");
    now(world.calls.leave(ann.on(1), call));
    assert!(now(world.calls.get(bob.on(1), call)).is_ok());
}

#[test]
fn an_ended_call_cannot_be_watched() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let call = world.start(ann.on(1), world.direct(&[&ann, &bob]));
    assert_eq!(now(world.calls.watch(bob.on(1), call)).unwrap(), Watch::Allowed);
    now(world.calls.leave(ann.on(1), call));
    let Watch::Over(view) = now(world.calls.watch(bob.on(1), call)).unwrap() else { panic!("it is over") };
    assert_eq!((view.call.id, view.call.state), (call, CallState::Ended));
}

#[test]
fn a_running_call_looks_as_it_is_stored() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.direct(&[&ann, &bob]);
    let call = world.start(ann.on(1), channel);
    world.ready(ann.on(1), call);
    let running = now(world.calls.get(bob.on(1), call)).unwrap();
    let listed = now(world.calls.list(bob.on(1), channel, CallFilter::default(), first_page())).unwrap();
    assert_eq!(listed.items, [running]);
}

#[test]
fn calls_are_listed_newest_first_and_filtered() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.direct(&[&ann, &bob]);
    let first = world.start(ann.on(1), channel);
    now(world.calls.leave(ann.on(1), first));
    let second = world.start(bob.on(1), channel);
    let list = |active_only| {
        let page =
            now(world.calls.list(ann.on(1), channel, CallFilter { active_only }, first_page())).unwrap();
        page.items.iter().map(|view| (view.call.id, view.creator.user.id)).collect::<Vec<_>>()
    };
    assert_eq!(list(false), [(second, bob.id()), (first, ann.id())]);
    assert_eq!(list(true), [(second, bob.id())]);
}

#[test]
fn participants_are_those_in_the_call_now() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    let call = world.start(ann.on(1), world.group(&[&ann, &bob, &cid]));
    let page = |number| {
        let request = PageRequest::new(Some(number), Some(1));
        let page = now(world.calls.participants(ann.on(1), call, request)).unwrap();
        (page.items.iter().map(|view| view.user.id).collect::<Vec<_>>(), page.total)
    };
    assert_eq!(page(0), (vec![], 0));
    world.ready(ann.on(1), call);
    world.ready(cid.on(1), call);
    assert_eq!((page(0), page(1), page(2)), ((vec![ann.id()], 2), (vec![cid.id()], 2), (vec![], 2)));
    now(world.calls.leave(ann.on(1), call));
    now(world.calls.leave(cid.on(1), call));
    assert_eq!(page(0), (vec![], 0));
}
