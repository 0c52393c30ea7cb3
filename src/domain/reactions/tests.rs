//! Reactions: one of each emoji for each user and message.
use super::*;
use crate::world::{Person, World, now, problem};

#[test]
fn a_reaction_comes_once_and_goes_with_the_message_as_it_is_then() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.direct(&[&ann, &bob]);
    let message = world.say(&ann, channel, "hi");
    let add =
        |person: &Person, emoji| now(world.chat.reactions.add(&mut world.ctx(person.on(1)), message, emoji));
    let remove = |person: &Person, emoji| {
        now(world.chat.reactions.remove(&mut world.ctx(person.on(1)), message, emoji))
    };
    assert_eq!(add(&bob, ":+1:").unwrap(), Done::Published);
    world.expect(&["receipt bob1", "ReactionAdded 👍 by bob: \"hi\" 👍1 for bob1"]);
    let again = add(&bob, "👍").unwrap();
    assert!(matches!(&again, Done::Found(reaction) if reaction.user.user.id == bob.id()));
    world.expect(&["receipt bob1"]);
    add(&ann, "thumbsup").unwrap();
    add(&ann, "heart").unwrap();
    world.forget();
    assert_eq!(remove(&bob, "+1").unwrap(), Done::Published);
    world.expect(&["receipt bob1", "ReactionRemoved 👍 by bob: \"hi\" 👍1 ❤️1 for bob1"]);
    assert_eq!(problem(remove(&bob, "+1")), "reaction not found");
    assert_eq!(problem(add(&bob, "no emoji")), "emoji: must be an emoji, or the alias of one");
    let page = now(world.chat.reactions.list(bob.on(1), message, PageRequest::new(None, None))).unwrap();
    let listed: Vec<_> =
        page.items.iter().map(|reaction| (reaction.emoji.as_str(), reaction.user.user.id)).collect();
    assert_eq!(listed, [("👍", ann.id()), ("❤️", ann.id())]);
}

#[test]
fn a_summary_lists_some_users_and_counts_all() {
    let world = World::new();
    let names: Vec<String> = (0..limits::MAX_REACTION_USERS + 2).map(|n| format!("user{n}")).collect();
    let people: Vec<Person> = names.iter().map(|name| world.user(name)).collect();
    let channel = world.group(&people.iter().collect::<Vec<_>>());
    let message = world.say(&people[0], channel, "hi");
    for person in &people {
        now(world.chat.reactions.add(&mut Ctx::new(person.on(1)), message, "+1")).unwrap();
    }
    let view = now(world.chat.messages.get(people[0].on(1), message)).unwrap();
    let [summary] = view.reactions.as_slice() else { panic!("one emoji") };
    assert_eq!((summary.users.len(), summary.count), (limits::MAX_REACTION_USERS, people.len() as u64));
}

#[test]
fn a_message_has_only_so_many_different_emojis() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.direct(&[&ann, &bob]);
    let message = world.say(&ann, channel, "hi");
    let emojis: Vec<&str> =
        emojis::iter().take(limits::MAX_REACTION_EMOJIS + 1).map(|emoji| emoji.as_str()).collect();
    let add = |person: &Person, emoji: &str| {
        now(world.chat.reactions.add(&mut Ctx::new(person.on(1)), message, emoji))
    };
    for emoji in emojis.iter().take(limits::MAX_REACTION_EMOJIS) {
        add(&ann, emoji).unwrap();
    }
    assert_eq!(
        problem(add(&ann, emojis[limits::MAX_REACTION_EMOJIS])),
        "emoji: a message has at most 50 different emojis"
    );
    assert!(add(&bob, emojis[0]).is_ok());
}

#[test]
fn only_members_react_and_not_to_what_is_deleted() {
    let world = World::new();
    let [ann, bob, cat] = world.users(["ann", "bob", "cat"]);
    let channel = world.channel(model::channel::ChannelKind::Public, &[&ann, &bob]);
    let message = world.say(&ann, channel, "hi");
    let add = |person: &Person| now(world.chat.reactions.add(&mut world.ctx(person.on(1)), message, "+1"));
    assert_eq!(problem(add(&cat)), "only members of the channel may do this");
    world.store.fail_writes(true);
    assert_eq!(problem(add(&bob)), "unavailable");
    world.store.fail_writes(false);
    world.expect(&[]);
    now(world.chat.messages.delete(&mut Ctx::new(ann.on(1)), message)).unwrap();
    assert_eq!(problem(add(&bob)), "message not found");
}
