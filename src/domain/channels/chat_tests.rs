//! Changing, seats, moderation, and the end of channels and users, as everybody hears it.
use super::*;
use crate::{
    messages::SendTo,
    ports::Store,
    world::{Person, World, chat::text, now, problem},
};

fn list(world: &World, person: &Person, scope: ChannelScope) -> Vec<ChannelId> {
    let page = now(world.channels.list(person.on(1), scope, None, PageRequest::new(None, None))).unwrap();
    page.items.iter().map(|seen| seen.channel.channel.id).collect()
}

#[test]
fn moderators_change_the_channel_and_every_member_is_told() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.channel(ChannelKind::Public, &[&ann, &bob]);
    let update =
        |person: &Person, patch| now(world.channels.update(&mut world.ctx(person.on(1)), channel, patch));
    let named = |name: &str| ChannelPatch { name: Some(name.to_owned()), ..ChannelPatch::default() };
    assert_eq!(problem(update(&bob, named("x"))), "only moderators may change the channel");
    assert_eq!(
        problem(update(&ann, named("direct:1"))),
        "name: names beginning with `direct:` are made by the server"
    );
    update(&ann, named("town square")).unwrap();
    let said = world.said();
    assert_eq!(said[0], "receipt ann1");
    assert!(said[1].starts_with("ChannelUpdated town square channel:1-"), "{}", said[1]);
    assert!(said[1].ends_with(" to ann*,bob for ann1"), "{}", said[1]);
    // The made name it has is fine, however it begins: clients send it back.
    let other = world.channel(ChannelKind::Public, &[&ann]);
    let made = now(world.store.channel(world.app.id, other)).unwrap().unwrap();
    let same =
        ChannelPatch { name: Some(made.name), display_name: Some("Other".to_owned()), properties: None };
    now(world.channels.update(&mut world.ctx(ann.on(1)), other, same)).unwrap();
    let taken = now(world.channels.update(&mut world.ctx(ann.on(1)), other, named("town square")));
    assert_eq!(problem(taken), "a channel with this name exists");
}

#[test]
fn a_hidden_conversation_comes_back_with_the_next_message_or_when_it_is_opened() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.direct(&[&ann, &bob]);
    let group = world.group(&[&ann, &bob]);
    let hide = |channel| now(world.channels.hide(&mut world.ctx(ann.on(1)), channel));
    assert_eq!(problem(hide(group)), "only DIRECT channels can be hidden: leave this one instead");
    hide(channel).unwrap();
    world.expect(&["receipt ann1", "ChannelSeatChanged ann Hidden for ann1"]);
    assert_eq!(list(&world, &ann, ChannelScope::Visible), [group]);
    assert_eq!(list(&world, &bob, ChannelScope::Visible).len(), 2, "others see it");
    world.advance(std::time::Duration::from_millis(1));
    now(world.chat.messages.send(&mut Ctx::new(bob.on(1)), SendTo::Channel(channel), text("hey"))).unwrap();
    world.expect(&["MessageCreated \"hey\" by bob notifies ann:USER:SENT:MESSAGE unhides ann"]);
    assert_eq!(list(&world, &ann, ChannelScope::Visible), [channel, group]);
    hide(channel).unwrap();
    world.forget();
    let new = CreateChannel {
        kind: ChannelKind::Direct,
        name: None,
        display_name: None,
        members: vec![UserRef::Id(bob.id())],
        properties: Properties::default(),
    };
    assert!(matches!(now(world.channels.create(&mut world.ctx(ann.on(1)), new)).unwrap(), Done::Found(_)));
    world.expect(&["ChannelSeatChanged ann Unhidden last \"hey\"", "receipt ann1"]);
    assert_eq!(list(&world, &ann, ChannelScope::Joined).len(), 2);
}

#[test]
fn muting_and_clearing_are_ones_own_affair() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.group(&[&ann, &bob]);
    world.say(&ann, channel, "hi");
    now(world.channels.mute(&mut world.ctx(bob.on(1)), channel, true)).unwrap();
    now(world.channels.mute(&mut world.ctx(bob.on(1)), channel, false)).unwrap();
    now(world.channels.clear_history(&mut world.ctx(bob.on(1)), channel)).unwrap();
    world.expect(&[
        "receipt bob1",
        "ChannelSeatChanged bob Muted last \"hi\" for bob1",
        "receipt bob1",
        "ChannelSeatChanged bob Unmuted last \"hi\" for bob1",
        "receipt bob1",
        "ChannelSeatChanged bob HistoryCleared for bob1",
    ]);
    let last = |person: &Person| now(world.channels.get(person.on(1), channel)).unwrap().last_message;
    assert_eq!((last(&bob), last(&ann).is_some()), (None, true));
}

#[test]
fn moderators_appoint_remove_and_keep_out() {
    let world = World::new();
    let [ann, bob, cat] = world.users(["ann", "bob", "cat"]);
    let channel = world.channel(ChannelKind::Public, &[&ann, &bob, &cat]);
    let of = |person: &Person| UserRef::Id(person.id());
    let mut by_bob = world.ctx(bob.on(1));
    assert_eq!(
        problem(now(world.channels.add_moderator(&mut by_bob, channel, &of(&cat)))),
        "only moderators may do this"
    );
    now(world.channels.add_moderator(&mut world.ctx(ann.on(1)), channel, &of(&bob))).unwrap();
    world.expect(&["receipt ann1", "ModeratorAdded bob to ann*,bob*,cat for ann1"]);
    let again = now(world.channels.add_moderator(&mut world.ctx(ann.on(1)), channel, &of(&bob))).unwrap();
    assert!(matches!(again, Done::Found(_)));
    world.forget();
    now(world.channels.remove_moderator(&mut world.ctx(bob.on(1)), channel, &of(&ann))).unwrap();
    world.expect(&["receipt bob1", "ModeratorRemoved ann to ann,bob*,cat for bob1"]);
    // The creator moderates all the same.
    let page = PageRequest::new(None, None);
    let moderators = now(world.channels.moderators(cat.on(1), channel, None, page)).unwrap();
    assert_eq!(moderators.items.iter().map(|view| view.user.id).collect::<Vec<_>>(), [bob.id()]);
    now(world.channels.block(&mut world.ctx(ann.on(1)), channel, &of(&cat))).unwrap();
    world.expect(&["receipt ann1", "ChannelUserBlocked cat (a member) by ann for ann1"]);
    let refused = now(world.channels.block(&mut world.ctx(bob.on(1)), channel, &of(&ann)));
    assert_eq!(problem(refused), "neither the creator nor oneself can be kept out");
    assert_eq!(
        problem(now(world.channels.join(&mut world.ctx(cat.on(1)), channel))),
        "the user is kept out of the channel"
    );
    let invited = now(world.channels.invite(&mut world.ctx(bob.on(1)), channel, &of(&cat)));
    assert_eq!(problem(invited), "the user is kept out of the channel");
    let seen = now(world.channels.get(cat.on(1), channel)).unwrap();
    assert!(!seen.can_join && seen.membership.is_none());
    assert_eq!(list(&world, &cat, ChannelScope::Joinable), []);
    let blocks = now(world.channels.blocks(bob.on(1), channel, None, page)).unwrap();
    assert_eq!(blocks.items.iter().map(|block| block.user.user.id).collect::<Vec<_>>(), [cat.id()]);
    world.forget();
    now(world.channels.unblock(&mut world.ctx(ann.on(1)), channel, cat.id())).unwrap();
    world.expect(&["receipt ann1", "ChannelUserUnblocked cat by ann for ann1"]);
    let absent = now(world.channels.unblock(&mut world.ctx(ann.on(1)), channel, cat.id()));
    assert_eq!(problem(absent), "channel block record not found");
    assert_eq!(list(&world, &cat, ChannelScope::Joinable), [channel]);
    assert_eq!(now(world.channels.join(&mut world.ctx(cat.on(1)), channel)).unwrap(), Done::Published);
}

#[test]
fn a_deleted_channel_is_gone_with_its_call_and_its_name_is_free() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let named = || CreateChannel {
        kind: ChannelKind::Private,
        name: Some("plans".to_owned()),
        display_name: None,
        members: vec![UserRef::Id(bob.id())],
        properties: Properties::default(),
    };
    now(world.channels.create(&mut Ctx::new(ann.on(1)), named())).unwrap();
    let channel = list(&world, &ann, ChannelScope::Joined)[0];
    let message = world.say(&ann, channel, "hi");
    world.start(ann.on(1), channel);
    world.forget();
    let refused = now(world.channels.delete(&mut world.ctx(bob.on(1)), channel));
    assert_eq!(problem(refused), "only moderators and the creator may delete the channel");
    now(world.channels.delete(&mut world.ctx(ann.on(1)), channel)).unwrap();
    let said = world.said();
    assert_eq!(said[..2], ["receipt ann1", "ChannelDeleted to ann*,bob last \"hi\" by ann for ann1"]);
    assert_eq!(problem(now(world.channels.get(ann.on(1), channel))), "channel not found");
    assert_eq!(problem(now(world.chat.messages.get(ann.on(1), message))), "message not found");
    assert_eq!(list(&world, &bob, ChannelScope::Visible), []);
    assert_eq!(now(world.channels.create(&mut Ctx::new(bob.on(1)), named())).unwrap(), Done::Published);
}

#[test]
fn custom_events_are_heard_by_all_with_a_receipt_only() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.direct(&[&ann, &bob]);
    let trigger = |kind: &str| {
        let properties = Properties::default();
        now(world.channels.trigger_event(&mut world.ctx(ann.on(1)), channel, kind.to_owned(), properties))
    };
    trigger("wave").unwrap();
    world.expect(&["receipt ann1", "ChannelEventTriggered wave by ann"]);
    assert_eq!(problem(trigger("")), "type: must not be blank");
}

#[test]
fn a_deleted_user_leaves_what_they_said_and_nothing_else() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let direct = world.direct(&[&ann, &bob]);
    let group = world.group(&[&ann, &bob]);
    let message = world.say(&bob, group, "I was here");
    let delete = |by: &Person, whom: &Person| now(world.accounts.delete(&mut world.ctx(by.on(1)), whom.id()));
    assert_eq!(problem(delete(&ann, &bob)), "users can delete nobody but themselves");
    delete(&bob, &bob).unwrap();
    world.expect(&["receipt bob1", "UserDeleted bob of 1 channels for bob1"]);
    assert_eq!(problem(now(world.users.view(world.app.id, bob.id()))), "user not found");
    let author = now(world.chat.messages.get(ann.on(1), message)).unwrap().author.unwrap();
    assert!(author.user.is_deleted());
    assert_eq!(author.user.display_name, "Deleted user");
    let page = PageRequest::new(None, None);
    assert_eq!(now(world.channels.members(ann.on(1), group, None, page)).unwrap().total, 1);
    assert_eq!(now(world.channels.get(ann.on(1), direct)).unwrap().channel.direct_members.len(), 2);
    let again = now(world.users.sign_in_guest(&world.app, "bob")).unwrap();
    assert_ne!(again.user.id, bob.id(), "the name is free");
    let name = format!("deleted:{}", bob.id().0);
    assert_eq!(
        problem(now(world.users.sign_in_guest(&world.app, &name))),
        "username: names beginning with `deleted:` are those of deleted users"
    );
}

#[test]
fn block_lists_are_private_and_in_order() {
    let world = World::new();
    let [ann, bob, cat] = world.users(["ann", "bob", "cat"]);
    let blocks = &world.chat.blocks;
    let block = |person: &Person| now(blocks.block(&mut world.ctx(ann.on(1)), &UserRef::Id(person.id())));
    assert_eq!(block(&cat).unwrap(), Done::Published);
    assert_eq!(block(&bob).unwrap(), Done::Published);
    world.expect(&[
        "receipt ann1",
        "UserBlocked cat by ann for ann1",
        "receipt ann1",
        "UserBlocked bob by ann for ann1",
    ]);
    assert!(matches!(block(&bob).unwrap(), Done::Found(_)));
    assert_eq!(problem(block(&ann)), "user: nobody can block themselves");
    let page = PageRequest::new(None, None);
    let names = |part| {
        let list = now(blocks.list(ann.on(1), part, page)).unwrap();
        list.items.into_iter().map(|block| block.user.user.name).collect::<Vec<_>>()
    };
    assert_eq!(
        (names(None), names(Some("B"))),
        (vec!["cat".to_owned(), "bob".to_owned()], vec!["bob".to_owned()])
    );
    world.forget();
    now(blocks.unblock(&mut world.ctx(ann.on(1)), cat.id())).unwrap();
    world.expect(&["receipt ann1", "UserUnblocked cat by ann for ann1"]);
    assert_eq!(
        problem(now(blocks.unblock(&mut world.ctx(ann.on(1)), cat.id()))),
        "block list item not found"
    );
}
