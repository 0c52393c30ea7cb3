//! Typing as others see it.
use super::*;
use crate::{
    messages::SendTo,
    ports::ThreadFilter,
    world::{Person, World, chat::text, now, problem},
};
use model::{Properties, page::PageRequest};
use std::time::Duration;

fn keys(world: &World, person: &Person, to: TypingIn, keys: &str) {
    now(world.chat.typing.keystrokes(&mut world.ctx(person.on(1)), to, keys.to_owned())).unwrap();
}

#[test]
fn typing_starts_once_and_stops_by_silence_empty_keys_or_a_message() {
    let world = World::new();
    let [ann, bob, cat] = world.users(["ann", "bob", "cat"]);
    let channel = world.group(&[&ann, &bob, &cat]);
    let here = TypingIn::Channel(channel);
    keys(&world, &ann, here, "h");
    world.expect(&[
        "receipt ann1",
        "ann starts typing in the channel to bob,cat",
        "keystrokes \"h\" of ann in the channel",
    ]);
    world.advance(Duration::from_secs(4));
    world.tick();
    keys(&world, &ann, here, "hi");
    world.expect(&["receipt ann1", "keystrokes \"hi\" of ann in the channel"]);
    world.advance(Duration::from_secs(5));
    world.tick();
    world.expect(&["ann stops typing in the channel to bob,cat"]);
    keys(&world, &ann, here, "h");
    world.forget();
    keys(&world, &ann, here, "");
    world.expect(&["receipt ann1", "ann stops typing in the channel to bob,cat"]);
    keys(&world, &ann, here, "hi");
    world.forget();
    now(world.chat.messages.send(&mut Ctx::new(ann.on(1)), SendTo::Channel(channel), text("hi"))).unwrap();
    world.expect(&[
        "MessageCreated \"hi\" by ann notifies bob:USER:SENT:MESSAGE,cat:USER:SENT:MESSAGE",
        "ann stops typing in the channel to bob,cat",
    ]);
    // The client's debounce lets the last keystrokes arrive after the message.
    world.advance(Duration::from_millis(299));
    keys(&world, &ann, here, "hi");
    world.expect(&["receipt ann1"]);
    world.advance(Duration::from_millis(1));
    keys(&world, &ann, here, "a");
    assert_eq!(world.said().len(), 3);
}

#[test]
fn threads_are_told_apart_and_strangers_do_not_type() {
    let world = World::new();
    let [ann, bob, cat] = world.users(["ann", "bob", "cat"]);
    let channel = world.group(&[&ann, &bob]);
    now(world.chat.threads.create(
        &mut Ctx::new(ann.on(1)),
        channel,
        "plans".to_owned(),
        Properties::default(),
    ))
    .unwrap();
    world.forget();
    let filter = ThreadFilter { standalone_only: true, ..ThreadFilter::default() };
    let threads =
        now(world.chat.threads.list(ann.on(1), channel, filter, PageRequest::new(None, None))).unwrap();
    let thread = TypingIn::Thread(threads.items[0].id);
    keys(&world, &ann, thread, "h");
    world.expect(&[
        "receipt ann1",
        "ann starts typing in a thread to bob",
        "keystrokes \"h\" of ann in a thread",
    ]);
    keys(&world, &ann, TypingIn::Channel(channel), "h");
    assert_eq!(world.said().len(), 3);
    let stranger = now(world.chat.typing.keystrokes(&mut Ctx::new(cat.on(1)), thread, "h".to_owned()));
    assert_eq!(problem(stranger), "thread not found");
    let long = "x".repeat(limits::MAX_KEYSTROKES_BYTES + 1);
    let long = now(world.chat.typing.keystrokes(&mut Ctx::new(ann.on(1)), thread, long));
    assert_eq!(problem(long), "keys: at most 16384 bytes");
}

#[test]
fn in_large_channels_only_the_chat_is_told() {
    let world = World::new();
    let people: Vec<Person> =
        (0..=limits::LARGE_CHANNEL_MEMBERS).map(|n| world.user(&format!("user{n}"))).collect();
    let channel = world.group(&people.iter().collect::<Vec<_>>());
    keys(&world, &people[0], TypingIn::Channel(channel), "h");
    assert_eq!(world.said()[1], "user0 starts typing in the channel to nobody");
}
