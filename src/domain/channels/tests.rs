//! Creating, joining, leaving, inviting: who may, and what others hear.
use super::*;
use crate::{
    ports::Store,
    testing::interleave,
    world::{Person, World, now, problem},
};
use model::limits;
use std::pin::Pin;

fn create(kind: ChannelKind, members: &[&Person]) -> CreateChannel {
    CreateChannel {
        kind,
        name: None,
        display_name: None,
        members: members.iter().map(|person| UserRef::Id(person.id())).collect(),
        properties: Properties::default(),
    }
}

fn named(name: &str) -> CreateChannel {
    CreateChannel { name: Some(name.to_owned()), ..create(ChannelKind::Public, &[]) }
}

fn make(world: &World, who: &Person, new: CreateChannel) -> Result<Done<SeenChannel>> {
    now(world.channels.create(&mut world.ctx(who.on(1)), new))
}

fn get(world: &World, who: &Person, channel: ChannelId) -> SeenChannel {
    now(world.channels.get(who.on(1), channel)).unwrap()
}

fn first_page() -> PageRequest {
    PageRequest::new(None, None)
}

#[test]
fn a_direct_channel_is_made_once_per_set_of_users_whoever_asks() {
    let world = World::new();
    let [ann, bob, cid] = world.users(["ann", "bob", "cid"]);
    assert_eq!(make(&world, &ann, create(ChannelKind::Direct, &[&bob])).unwrap(), Done::Published);
    world.expect(&["receipt ann1", "ChannelCreated DIRECT ann,bob for ann1"]);
    // Whether the creator lists itself, and who comes first, makes no difference.
    for (who, members) in [(&ann, vec![&bob, &ann]), (&bob, vec![&ann]), (&bob, vec![&bob, &ann, &ann])] {
        let found = make(&world, who, create(ChannelKind::Direct, &members)).unwrap();
        let Done::Found(seen) = found else { panic!("a second channel of the same two") };
        let members: Vec<_> = seen.channel.direct_members.iter().map(|member| member.user.id).collect();
        assert_eq!((seen.channel.channel.id, members), (ChannelId(1), vec![ann.id(), bob.id()]));
        assert_eq!(seen.membership.map(|member| (member.user, member.moderator)), Some((who.id(), false)));
    }
    world.expect(&["receipt ann1", "receipt bob1", "receipt bob1"]);
    assert_eq!(make(&world, &ann, create(ChannelKind::Direct, &[&bob, &cid])).unwrap(), Done::Published);
    world.expect(&["receipt ann1", "ChannelCreated DIRECT ann,bob,cid for ann1"]);
}

#[test]
fn a_direct_channel_has_two_to_ten_users() {
    let world = World::new();
    let ann = world.user("ann");
    let others: Vec<Person> = (0..10).map(|n| world.user(&format!("u{n}"))).collect();
    let listed = |n: usize| create(ChannelKind::Direct, &others[..n].iter().collect::<Vec<_>>());
    assert_eq!(make(&world, &ann, listed(9)).unwrap(), Done::Published);
    assert_eq!(make(&world, &ann, listed(1)).unwrap(), Done::Published);
    let rows = [
        (listed(10), "members: a DIRECT channel has 2 to 10 users, its creator included; these are 11"),
        (listed(0), "members: a DIRECT channel has 2 to 10 users, its creator included; these are 1"),
        (create(ChannelKind::Direct, &[&ann, &ann]), "members: a DIRECT channel has 2 to 10 users"),
    ];
    for (new, expected) in rows {
        let problem = problem(make(&world, &ann, new));
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn the_name_of_a_direct_channel_is_the_servers() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let new = CreateChannel {
        name: Some("direct:1-2 \n".to_owned()),
        display_name: Some("Us".to_owned()),
        ..create(ChannelKind::Direct, &[&bob])
    };
    make(&world, &ann, new).unwrap();
    let channel = get(&world, &ann, ChannelId(1)).channel.channel;
    assert_eq!((channel.name.as_str(), channel.display_name.as_str()), ("direct:1-2", "Us"));
}

#[test]
fn the_creator_moderates_what_others_may_join() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    for kind in [ChannelKind::Public, ChannelKind::Private] {
        let channel = world.channel(kind, &[&ann, &bob]);
        let seat = |who: &Person| get(&world, who, channel).membership.map(|member| member.moderator);
        assert_eq!((seat(&ann), seat(&bob)), (Some(true), Some(false)));
        let view = get(&world, &bob, channel).channel;
        assert_eq!(view.creator.map(|creator| creator.user.id), Some(ann.id()));
        assert_eq!(view.direct_members, []);
    }
}

#[test]
fn names_are_unique_and_have_rules() {
    let world = World::new();
    let ann = world.user("ann");
    make(&world, &ann, named("ops")).unwrap();
    assert_eq!(problem(make(&world, &ann, named("ops"))), "a channel with this name exists");
    let longest = "a".repeat(limits::MAX_NAME_BYTES);
    make(&world, &ann, named(&longest)).unwrap();
    let shown = |name: &str| CreateChannel { display_name: Some(name.to_owned()), ..named("shown") };
    make(&world, &ann, shown(&longest)).unwrap();
    let rows = [
        (named(&format!("{longest}a")), "name: at most 256 bytes, these are 257"),
        (named(" "), "name: must not be blank"),
        (named("a\u{7}"), "name: must not contain control characters"),
        (named("direct:1-2"), "name: names beginning with `direct:` are made by the server"),
        (named("channel:1"), "name: names beginning with `channel:` are made by the server"),
        (shown(&format!("{longest}a")), "displayName: at most 256 bytes, these are 257"),
    ];
    for (new, expected) in rows {
        assert_eq!(problem(make(&world, &ann, new)), expected);
    }
}

#[test]
fn a_channel_without_a_name_gets_one_that_nobody_has() {
    let world = World::new();
    let ann = world.user("ann");
    for n in 1..=3 {
        make(&world, &ann, create(ChannelKind::Private, &[])).unwrap();
        let channel = get(&world, &ann, ChannelId(n)).channel.channel;
        assert!(channel.name.starts_with("channel:1-"), "{}", channel.name);
        assert_eq!(channel.display_name, channel.name);
    }
    // Another server of the same second has made the next names; this one finds a free one.
    let restarted = World::over(world.store.clone());
    make(&restarted, &ann, create(ChannelKind::Private, &[])).unwrap();
    assert!(get(&restarted, &ann, ChannelId(4)).channel.channel.name.ends_with("-3"));
}

#[test]
fn first_members_all_have_to_be_there() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let with = |members: Vec<UserRef>| CreateChannel { members, ..create(ChannelKind::Private, &[]) };
    let name = |name: &str| UserRef::Name(name.to_owned());
    make(&world, &ann, with(vec![name("bob"), UserRef::Id(bob.id())])).unwrap();
    world.expect(&["receipt ann1", "ChannelCreated PRIVATE ann,bob for ann1"]);
    let rows = [
        (with(vec![UserRef::Id(UserId(99))]), "members: no user has the id 99"),
        (with(vec![name("bob"), name("nobody")]), "members: no user is called `nobody`"),
    ];
    for (new, expected) in rows {
        assert_eq!(problem(make(&world, &ann, new)), expected);
    }
    let many = |n: usize| with(vec![name("bob"); n]);
    make(&world, &ann, many(limits::MAX_INITIAL_MEMBERS)).unwrap();
    assert_eq!(problem(make(&world, &ann, many(limits::MAX_INITIAL_MEMBERS + 1))), "members: at most 1000");
}

/// (a stranger, a member) × every question, for each kind of channel.
#[test]
fn who_may_do_what() {
    const FINE: &str = "fine";
    const HIDDEN: &str = "channel not found";
    const MEMBERS_ONLY: &str = "only members of the channel may do this";
    const FIXED: &str = "the members of a DIRECT channel never change";
    let rows = [
        ("get", [(HIDDEN, FINE), (FINE, FINE), (HIDDEN, FINE)]),
        ("members", [(HIDDEN, FINE), (FINE, FINE), (HIDDEN, FINE)]),
        ("is_member", [(HIDDEN, FINE), (FINE, FINE), (HIDDEN, FINE)]),
        ("may_watch", [(HIDDEN, FINE), (MEMBERS_ONLY, FINE), (HIDDEN, FINE)]),
        ("join", [(HIDDEN, FINE), (FINE, FINE), (HIDDEN, FINE)]),
        ("invite", [(HIDDEN, FIXED), (MEMBERS_ONLY, FINE), (HIDDEN, FINE)]),
        ("leave", [(HIDDEN, FIXED), (MEMBERS_ONLY, FINE), (HIDDEN, FINE)]),
    ];
    let kinds = [ChannelKind::Direct, ChannelKind::Public, ChannelKind::Private];
    for (question, answers) in rows {
        for (kind, (stranger, member)) in kinds.into_iter().zip(answers) {
            for (expected, is_member) in [(stranger, false), (member, true)] {
                let world = World::new();
                let [ann, bob, eve, new] = world.users(["ann", "bob", "eve", "new"]);
                let channel = world.channel(kind, &[&ann, &bob]);
                let who = if is_member { &bob } else { &eve };
                let answer = ask(&world, question, who, &new, channel);
                let answer = answer.map_or_else(|error| error.to_string(), |()| FINE.to_owned());
                assert_eq!(answer, expected, "{question} {kind:?} member={is_member}");
                let receipts = world.said().iter().filter(|line| line.starts_with("receipt")).count();
                let acts = matches!(question, "join" | "invite" | "leave");
                assert_eq!(receipts == 1, acts && expected == FINE, "{question} {kind:?}");
            }
        }
    }
}

fn ask(world: &World, question: &str, who: &Person, new: &Person, channel: ChannelId) -> Result<()> {
    let (channels, mut ctx) = (&world.channels, world.ctx(who.on(1)));
    let actor = who.on(1);
    match question {
        "get" => now(channels.get(actor, channel)).map(drop),
        "members" => now(channels.members(actor, channel, None, first_page())).map(drop),
        "is_member" => now(channels.is_member(actor, new.id(), channel)).map(drop),
        "may_watch" => now(channels.may_watch(actor, channel)),
        "join" => now(channels.join(&mut ctx, channel)).map(drop),
        "invite" => now(channels.invite(&mut ctx, channel, &UserRef::Id(new.id()))).map(drop),
        "leave" => now(channels.leave(&mut ctx, channel)),
        other => panic!("unknown question {other}"),
    }
}

#[test]
fn a_channel_of_another_application_does_not_exist() {
    let world = World::new();
    let ann = world.user("ann");
    let channel = world.channel(ChannelKind::Public, &[&ann]);
    let other = now(world.store.create_app("other", "k2", "c2", "h", true, world.clock.now())).unwrap();
    let stranger = Actor { app: other.id, ..ann.on(1) };
    assert_eq!(problem(now(world.channels.get(stranger, channel))), "channel not found");
    assert_eq!(problem(now(world.channels.may_watch(stranger, channel))), "channel not found");
    assert_eq!(problem(now(world.channels.get(ann.on(1), ChannelId(99)))), "channel not found");
}

#[test]
fn joining_and_leaving_are_receipted_then_told_and_happen_once() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.channel(ChannelKind::Public, &[&ann]);
    let join = || now(world.channels.join(&mut world.ctx(bob.on(1)), channel)).unwrap();
    assert_eq!(join(), Done::Published);
    world.expect(&["receipt bob1", "ChannelJoined bob for bob1"]);
    let Done::Found(seen) = join() else { panic!("joined twice") };
    assert_eq!(seen, get(&world, &bob, channel));
    world.expect(&["receipt bob1"]);
    assert!(now(world.channels.is_member(ann.on(1), bob.id(), channel)).unwrap());
    now(world.channels.leave(&mut world.ctx(bob.on(1)), channel)).unwrap();
    world.expect(&["receipt bob1", "ChannelLeft bob for bob1"]);
    assert!(!now(world.channels.is_member(ann.on(1), bob.id(), channel)).unwrap());
    assert_eq!(problem(now(world.channels.is_member(ann.on(1), UserId(99), channel))), "user not found");
}

#[test]
fn an_invitation_makes_a_member_at_once() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.channel(ChannelKind::Private, &[&ann]);
    let invite = |user: UserRef| now(world.channels.invite(&mut world.ctx(ann.on(1)), channel, &user));
    assert_eq!(invite(UserRef::Name("bob".to_owned())).unwrap(), Done::Published);
    world.expect(&["receipt ann1", "ChannelJoined bob by ann for ann1"]);
    assert!(get(&world, &bob, channel).membership.is_some());
    let Done::Found(view) = invite(UserRef::Id(bob.id())).unwrap() else { panic!("invited twice") };
    assert_eq!(view.user.id, bob.id());
    world.expect(&["receipt ann1"]);
    assert_eq!(problem(invite(UserRef::Id(UserId(99)))), "user not found");
    world.expect(&[]);
}

#[test]
fn what_cannot_be_stored_is_not_receipted_and_not_told() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let channel = world.channel(ChannelKind::Public, &[&ann]);
    world.store.fail_writes(true);
    let problems = [
        problem(make(&world, &ann, named("ops"))),
        problem(now(world.channels.join(&mut world.ctx(bob.on(1)), channel))),
        problem(now(world.channels.invite(&mut world.ctx(ann.on(1)), channel, &UserRef::Id(bob.id())))),
        problem(now(world.channels.leave(&mut world.ctx(ann.on(1)), channel))),
    ];
    assert_eq!(problems, ["unavailable"; 4]);
    world.expect(&[]);
    assert!(get(&world, &ann, channel).membership.is_some());
    assert!(get(&world, &bob, channel).membership.is_none());
}

#[test]
fn lists_show_what_the_viewer_may_see_with_their_seat() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let direct = world.direct(&[&ann, &bob]);
    let public = world.channel(ChannelKind::Public, &[&bob]);
    let private = world.channel(ChannelKind::Private, &[&bob]);
    make(&world, &ann, named("Opera")).unwrap();
    let opera = ChannelId(4);
    let rows = [
        (&ann, ChannelScope::Visible, None, vec![direct, public, opera]),
        (&ann, ChannelScope::Joined, None, vec![direct, opera]),
        (&ann, ChannelScope::Joinable, None, vec![public]),
        (&ann, ChannelScope::Visible, Some("oPER"), vec![opera]),
        (&bob, ChannelScope::Visible, None, vec![direct, public, private, opera]),
    ];
    for (who, scope, part, expected) in rows {
        let page = now(world.channels.list(who.on(1), scope, part, first_page())).unwrap();
        let mut ids: Vec<ChannelId> = page.items.iter().map(|seen| seen.channel.channel.id).collect();
        ids.sort_unstable();
        assert_eq!((ids, page.total), (expected.clone(), expected.len() as u64), "{scope:?} {part:?}");
        for seen in page.items {
            assert_eq!(seen, get(&world, who, seen.channel.channel.id));
        }
    }
}

#[test]
fn members_are_listed_by_display_name_with_their_presence() {
    let world = World::new();
    let [cid, ann, bob] = world.users(["cid", "ann", "bob"]);
    let channel = world.group(&[&cid, &ann, &bob]);
    world.presence.session_ended(world.app.id, bob.id(), bob.on(1).session);
    let page = now(world.channels.members(ann.on(1), channel, None, first_page())).unwrap();
    let seen: Vec<(&str, bool)> =
        page.items.iter().map(|view| (view.user.name.as_str(), view.presence.online)).collect();
    assert_eq!(seen, [("ann", true), ("bob", false), ("cid", true)]);
    let page = now(world.channels.members(ann.on(1), channel, Some("I"), first_page())).unwrap();
    assert_eq!(page.items.iter().map(|view| view.user.id).collect::<Vec<_>>(), [cid.id()]);
}

#[test]
fn joins_and_leaves_at_once_are_told_in_the_order_of_their_commits() {
    type Racer<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;
    for seed in 0..100 {
        let world = World::new();
        let [ann, bob] = world.users(["ann", "bob"]);
        let channel = world.channel(ChannelKind::Public, &[&ann]);
        world.store.pause_everywhere(true);
        let join = |device: u64| -> Racer<'_> {
            let (world, actor) = (&world, bob.on(device));
            Box::pin(async move {
                world.channels.join(&mut Ctx::new(actor), channel).await.unwrap();
            })
        };
        let leave = || -> Racer<'_> {
            let (world, actor) = (&world, bob.on(1));
            Box::pin(async move { drop(world.channels.leave(&mut Ctx::new(actor), channel).await) })
        };
        interleave(seed, vec![join(1), leave(), join(2), leave()]);
        world.store.pause_everywhere(false);
        let told = world.said();
        let committed: Vec<&str> = world
            .store
            .events()
            .iter()
            .filter_map(|committed| match committed.event {
                Event::ChannelJoined { .. } => Some("ChannelJoined bob"),
                Event::ChannelLeft { .. } => Some("ChannelLeft bob"),
                _ => None,
            })
            .collect();
        assert_eq!(told, committed, "seed {seed}");
        assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "seed {seed}: {told:?}");
    }
}
