//! Who is looking at which channel.
use crate::{
    Ctx,
    users::UserRef,
    world::{World, now, problem},
};
use model::channel::ChannelKind;

#[test]
fn the_first_chat_session_enters_and_the_last_one_leaves() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.direct(&[&ann, &bob]);
    let attendance = &world.chat.attendance;
    let enter = |device| now(attendance.enter(ann.on(device), channel)).unwrap();
    enter(1);
    world.expect(&["ann enters the chat"]);
    enter(1);
    enter(2);
    assert_eq!(attendance.present(channel), [ann.id()]);
    attendance.leave(ann.on(1), channel);
    attendance.leave(ann.on(2), channel);
    world.expect(&[]);
    assert!(attendance.is_present(channel, ann.id()), "one of the first device's two is left");
    attendance.leave(ann.on(1), channel);
    world.expect(&["ann leaves the chat"]);
    attendance.leave(ann.on(1), channel);
    world.expect(&[]);
    assert_eq!(attendance.channels_with_anybody(), []);
}

#[test]
fn a_session_that_ends_leaves_everywhere_and_stops_typing_first() {
    let world = World::new();
    let [ann, bob, cat] = world.users(["ann", "bob", "cat"]);
    let [one, two] = [world.direct(&[&ann, &bob]), world.direct(&[&ann, &cat])];
    for channel in [one, two] {
        now(world.chat.attendance.enter(ann.on(1), channel)).unwrap();
    }
    now(world.chat.attendance.enter(ann.on(2), one)).unwrap();
    let to = crate::typing::TypingIn::Channel(two);
    now(world.chat.typing.keystrokes(&mut Ctx::new(ann.on(1)), to, "h".to_owned())).unwrap();
    world.forget();
    world.chat.session_ended(ann.on(1));
    world.expect(&["ann stops typing in the channel to cat", "ann leaves the chat"]);
    assert!(world.chat.attendance.is_present(one, ann.id()), "with the other device");
}

#[test]
fn only_members_are_in_a_chat_and_whoever_has_to_go_is_not() {
    let world = World::new();
    let [ann, bob, cat] = world.users(["ann", "bob", "cat"]);
    let channel = world.channel(ChannelKind::Public, &[&ann, &bob]);
    let enter = now(world.chat.attendance.enter(cat.on(1), channel));
    assert_eq!(problem(enter), "only members of the channel may do this");
    now(world.chat.attendance.enter(bob.on(1), channel)).unwrap();
    world.forget();
    now(world.channels.remove_member(&mut Ctx::new(ann.on(1)), channel, &UserRef::Id(bob.id()))).unwrap();
    world.expect(&["ChannelMemberRemoved bob by ann", "bob leaves the chat"]);
    assert_eq!(world.chat.attendance.present(channel), []);
}
