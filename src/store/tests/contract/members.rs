use crate::support::*;
use domain::ports::MemberCreation;
use model::{
    ChannelId, UserId,
    channel::{ChannelKind, Member},
};

suite!(
    joining_makes_a_member_and_stores_its_events,
    joining_again_changes_nothing_and_stores_no_event,
    strangers_and_unknown_channels_cannot_be_joined,
    leaving_stores_events_only_for_members,
    members_come_in_joining_order_up_to_the_limit,
    members_are_listed_by_display_name,
    pages_of_members_are_disjoint_and_complete,
);

async fn joining_makes_a_member_and_stores_its_events(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let channel = world.channel(ChannelKind::Public, "pets", &[&ann]).await;
    let joining = Member { moderator: true, ..member(&channel, &bob) };
    let told = event(world.app.id, Some(channel.id), &bob);
    let write = world.store.add_member(joining, vec![told.clone(), told]).await.unwrap();
    assert_eq!(write.value, MemberCreation::Created);
    let places: Vec<_> = write.events.iter().map(|event| event.place).collect();
    assert_eq!(places, [Some((channel.id, 1)), Some((channel.id, 2))]);
    assert_eq!(world.store.member(channel.id, bob.id).await.unwrap(), Some(joining));
    assert_eq!(world.last_seq(channel.id).await, 2);
}

async fn joining_again_changes_nothing_and_stores_no_event(world: World) {
    let ann = world.user("ann").await;
    let channel = world.channel(ChannelKind::Public, "pets", &[&ann]).await;
    let before = world.store.member(channel.id, ann.id).await.unwrap();
    let told = event(world.app.id, Some(channel.id), &ann);
    let write = world.store.add_member(member(&channel, &ann), vec![told]).await.unwrap();
    assert_eq!((write.value, write.events), (MemberCreation::Found, vec![]));
    assert_eq!(world.store.member(channel.id, ann.id).await.unwrap(), before);
    assert_eq!(world.last_seq(channel.id).await, 0);
}

async fn strangers_and_unknown_channels_cannot_be_joined(world: World) {
    let (ann, stranger) = (world.user("ann").await, world.stranger().await);
    let channel = world.channel(ChannelKind::Public, "pets", &[&ann]).await;
    let nowhere = Member { channel: ChannelId(999), ..member(&channel, &ann) };
    assert_not_found(world.store.add_member(nowhere, vec![]).await, "channel");
    let nobody = Member { user: UserId(999), ..member(&channel, &ann) };
    assert_not_found(world.store.add_member(nobody, vec![]).await, "user");
    assert_not_found(world.store.add_member(member(&channel, &stranger), vec![]).await, "user");
    assert_eq!(world.store.member(channel.id, stranger.id).await.unwrap(), None);
}

async fn leaving_stores_events_only_for_members(world: World) {
    let ann = world.user("ann").await;
    let channel = world.channel(ChannelKind::Public, "pets", &[&ann]).await;
    let told = || vec![event(world.app.id, Some(channel.id), &ann)];
    let write = world.store.remove_member(channel.id, ann.id, told()).await.unwrap();
    assert!(write.value);
    assert_eq!(write.events[0].place, Some((channel.id, 1)));
    assert_eq!(world.store.member(channel.id, ann.id).await.unwrap(), None);

    let write = world.store.remove_member(channel.id, ann.id, told()).await.unwrap();
    assert_eq!((write.value, write.events), (false, vec![]));
    assert_eq!(world.last_seq(channel.id).await, 1);
}

async fn members_come_in_joining_order_up_to_the_limit(world: World) {
    let (ann, bob, carl) = (world.user("ann").await, world.user("bob").await, world.user("carl").await);
    let channel = world.channel(ChannelKind::Public, "pets", &[&carl, &ann]).await;
    let _ = world.store.add_member(member(&channel, &bob), vec![]).await.unwrap();
    let ids = async |limit| {
        let members = world.store.members(channel.id, limit).await.unwrap();
        members.into_iter().map(|member| member.user).collect::<Vec<_>>()
    };
    assert_eq!(ids(10).await, [carl.id, ann.id, bob.id]);
    assert_eq!(ids(2).await, [carl.id, ann.id]);
    assert_eq!(ids(0).await, []);
    let _ = world.store.remove_member(channel.id, carl.id, vec![]).await.unwrap();
    let _ = world.store.add_member(member(&channel, &carl), vec![]).await.unwrap();
    assert_eq!(ids(10).await, [ann.id, bob.id, carl.id]);
    assert_eq!(world.store.members(ChannelId(999), 10).await.unwrap(), []);
}

async fn members_are_listed_by_display_name(world: World) {
    let (bob, ann) = (world.user_shown_as("1", "Bob").await, world.user_shown_as("2", "ann").await);
    world.user_shown_as("3", "not a member").await;
    let channel = world.channel(ChannelKind::Public, "pets", &[&bob, &ann]).await;
    let list =
        async |app, part| world.store.list_members(app, channel.id, part, everything()).await.unwrap().items;
    assert_eq!(list(world.app.id, None).await, [ann.clone(), bob.clone()]);
    assert_eq!(list(world.app.id, Some("OB")).await, [bob]);
    assert_eq!(list(world.app.id, Some("n")).await, [ann]);
    assert_eq!(list(world.app.id, Some("%")).await, []);
    assert_eq!(list(world.other.id, None).await, []);
}

async fn pages_of_members_are_disjoint_and_complete(world: World) {
    let mut users = Vec::new();
    for i in 0..5 {
        users.push(world.user(&i.to_string()).await);
    }
    let channel = world.channel(ChannelKind::Public, "pets", &users.iter().collect::<Vec<_>>()).await;
    let mut seen = Vec::new();
    for (number, size) in [(0, 2), (1, 2), (2, 1), (3, 0)] {
        let list = world.store.list_members(world.app.id, channel.id, None, page(number, 2)).await.unwrap();
        assert_eq!((list.items.len(), list.total), (size, 5));
        seen.extend(list.items);
    }
    assert_eq!(seen, users);
}
