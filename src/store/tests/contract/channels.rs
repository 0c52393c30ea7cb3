//! Channels: creating, joining, leaving, listing.
use crate::support::*;
use domain::ports::{ChannelScope, Creation, NewChannel};
use model::{
    AppId, ChannelId, Properties, Timestamp, UserId,
    channel::{Channel, ChannelKind},
};

suite!(
    a_new_channel_has_its_members_and_no_events,
    a_channel_of_another_application_is_absent,
    channel_names_are_unique_in_an_application,
    a_direct_channel_is_one_per_set_of_members,
    people_who_open_a_direct_channel_at_once_get_one,
    a_channel_with_an_unknown_member_is_not_made,
    channels_are_listed_by_scope,
    channels_are_listed_newest_activity_first,
    channel_filters_look_at_name_and_display_name,
    pages_of_channels_are_disjoint_and_complete,
);

async fn a_new_channel_has_its_members_and_no_events(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let new = NewChannel {
        display_name: "Cats & Dogs".to_owned(),
        properties: Properties::from_checked_json(r#"{"k":null}"#),
        ..new_channel(world.app.id, ChannelKind::Private, "pets", &[&ann, &bob])
    };
    let channel = created(world.store.create_channel(new).await.unwrap());
    let expected = Channel {
        id: channel.id,
        app: world.app.id,
        kind: ChannelKind::Private,
        name: "pets".to_owned(),
        display_name: "Cats & Dogs".to_owned(),
        creator: Some(ann.id),
        properties: Properties::from_checked_json(r#"{"k":null}"#),
        created_time: NOON,
        last_seq: 0,
    };
    assert_eq!(channel, expected);
    assert_eq!(world.store.channel(world.app.id, channel.id).await.unwrap(), Some(expected));
    let members = world.store.members(channel.id, 10).await.unwrap();
    let members: Vec<_> =
        members.iter().map(|member| (member.user, member.moderator, member.joined_time)).collect();
    assert_eq!(members, [(ann.id, true, NOON), (bob.id, false, NOON)]);

    let direct = world.channel(ChannelKind::Direct, "direct", &[&ann, &bob]).await;
    let members = world.store.members(direct.id, 10).await.unwrap();
    assert!(members.iter().all(|member| !member.moderator), "{members:?}");

    let by_admin =
        NewChannel { creator: None, ..new_channel(world.app.id, ChannelKind::Public, "news", &[]) };
    let by_admin = created(world.store.create_channel(by_admin).await.unwrap());
    assert_eq!(by_admin.creator, None);
    assert_eq!(world.store.members(by_admin.id, 10).await.unwrap(), []);
}

async fn a_channel_of_another_application_is_absent(world: World) {
    let channel = world.channel(ChannelKind::Public, "pets", &[&world.user("ann").await]).await;
    for (app, id) in
        [(world.other.id, channel.id), (world.app.id, ChannelId(999)), (world.app.id, ChannelId(u64::MAX))]
    {
        assert_eq!(world.store.channel(app, id).await.unwrap(), None);
    }
}

async fn channel_names_are_unique_in_an_application(world: World) {
    let (ann, stranger) = (world.user("ann").await, world.stranger().await);
    world.channel(ChannelKind::Public, "pets", &[&ann]).await;
    let again = new_channel(world.app.id, ChannelKind::Private, "pets", &[&ann]);
    assert_conflict(world.store.create_channel(again).await);
    let direct = new_channel(world.app.id, ChannelKind::Direct, "pets", &[&ann]);
    assert_conflict(world.store.create_channel(direct).await);
    world.channel(ChannelKind::Public, "Pets", &[&ann]).await;
    let elsewhere = new_channel(world.other.id, ChannelKind::Public, "pets", &[&stranger]);
    created(world.store.create_channel(elsewhere).await.unwrap());
}

async fn a_direct_channel_is_one_per_set_of_members(world: World) {
    let (ann, bob, carl) = (world.user("ann").await, world.user("bob").await, world.user("carl").await);
    let direct = world.channel(ChannelKind::Direct, "1", &[&ann, &bob]).await;
    for (name, members) in [("2", [&ann, &bob]), ("3", [&bob, &ann]), ("1", [&bob, &ann])] {
        let again = new_channel(world.app.id, ChannelKind::Direct, name, &members);
        assert_eq!(world.store.create_channel(again).await.unwrap(), Creation::Found(direct.clone()));
    }
    world.channel(ChannelKind::Direct, "4", &[&ann, &bob, &carl]).await;
    world.channel(ChannelKind::Direct, "5", &[&ann, &carl]).await;
    world.channel(ChannelKind::Private, "6", &[&ann, &bob]).await;
}

async fn people_who_open_a_direct_channel_at_once_get_one(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let all = (0..8).map(|i| {
        let members = if i % 2 == 0 { [&ann, &bob] } else { [&bob, &ann] };
        world.store.create_channel(new_channel(world.app.id, ChannelKind::Direct, &i.to_string(), &members))
    });
    let all = futures_util::future::try_join_all(all).await.unwrap();
    let is_created = |creation: &&Creation| matches!(creation, Creation::Created(_));
    assert_eq!(all.iter().filter(is_created).count(), 1);
    let ids: Vec<_> =
        all.iter().map(|(Creation::Created(channel) | Creation::Found(channel))| channel.id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

async fn a_channel_with_an_unknown_member_is_not_made(world: World) {
    let (ann, stranger) = (world.user("ann").await, world.stranger().await);
    let mut nobody = ann.clone();
    nobody.id = UserId(999);
    for members in [[&ann, &nobody], [&ann, &stranger], [&stranger, &ann]] {
        let new = new_channel(world.app.id, ChannelKind::Public, "pets", &members);
        assert_not_found(world.store.create_channel(new).await, "user");
    }
    let nowhere = NewChannel { creator: None, ..new_channel(AppId(999), ChannelKind::Public, "pets", &[]) };
    assert_not_found(world.store.create_channel(nowhere).await, "application");
    world.channel(ChannelKind::Public, "pets", &[&ann]).await;
}

async fn names(world: &World, user: UserId, scope: ChannelScope, part: Option<&str>) -> Vec<String> {
    let list = world.store.list_channels(world.app.id, user, scope, part, everything()).await.unwrap();
    assert_eq!(list.total, list.items.len() as u64);
    list.items.into_iter().map(|channel| channel.name).collect()
}

async fn channels_are_listed_by_scope(world: World) {
    let (ann, bob, stranger) = (world.user("ann").await, world.user("bob").await, world.stranger().await);
    world.channel(ChannelKind::Public, "public of ann", &[&ann]).await;
    world.channel(ChannelKind::Public, "public of bob", &[&bob]).await;
    world.channel(ChannelKind::Private, "private of ann", &[&ann]).await;
    world.channel(ChannelKind::Private, "private of bob", &[&bob]).await;
    world.channel(ChannelKind::Direct, "both", &[&ann, &bob]).await;
    let foreign = new_channel(world.other.id, ChannelKind::Public, "foreign", &[&stranger]);
    created(world.store.create_channel(foreign).await.unwrap());

    let of_ann = async |scope| names(&world, ann.id, scope, None).await;
    assert_eq!(
        of_ann(ChannelScope::Visible).await,
        ["both", "private of ann", "public of bob", "public of ann"]
    );
    assert_eq!(of_ann(ChannelScope::Joined).await, ["both", "private of ann", "public of ann"]);
    assert_eq!(of_ann(ChannelScope::Joinable).await, ["public of bob"]);
}

async fn channels_are_listed_newest_activity_first(world: World) {
    let ann = world.user("ann").await;
    let old = world.channel(ChannelKind::Private, "old", &[&ann]).await;
    let new = NewChannel {
        time: Timestamp(NOON.0 + 1),
        ..new_channel(world.app.id, ChannelKind::Private, "new", &[&ann])
    };
    created(world.store.create_channel(new).await.unwrap());
    world.channel(ChannelKind::Private, "also old", &[&ann]).await;
    let list = async || names(&world, ann.id, ChannelScope::Joined, None).await;
    assert_eq!(list().await, ["new", "also old", "old"]);

    let mut later = event(world.app.id, Some(old.id), &ann);
    later.time = Timestamp(NOON.0 + 2);
    let _ = world.store.record(vec![later.clone()]).await.unwrap();
    assert_eq!(list().await, ["old", "new", "also old"]);
    // A clock that went backwards does not take activity away.
    later.time = Timestamp(NOON.0 - 5);
    let _ = world.store.record(vec![later]).await.unwrap();
    assert_eq!(list().await, ["old", "new", "also old"]);
}

async fn channel_filters_look_at_name_and_display_name(world: World) {
    let ann = world.user("ann").await;
    for (name, display_name) in
        [("Cats", "felines"), ("dogs", "not CATS"), ("100%", "percent"), ("1000", "number")]
    {
        let new = NewChannel {
            display_name: display_name.to_owned(),
            ..new_channel(world.app.id, ChannelKind::Public, name, &[&ann])
        };
        created(world.store.create_channel(new).await.unwrap());
    }
    let rows: [(&str, &[&str]); 5] =
        [("cats", &["dogs", "Cats"]), ("0%", &["100%"]), ("FEL", &["Cats"]), ("bird", &[]), ("_", &[])];
    for (part, expected) in rows {
        assert_eq!(names(&world, ann.id, ChannelScope::Visible, Some(part)).await, expected, "{part:?}");
    }
}

async fn pages_of_channels_are_disjoint_and_complete(world: World) {
    let ann = world.user("ann").await;
    for i in 0..5 {
        world.channel(ChannelKind::Public, &i.to_string(), &[&ann]).await;
    }
    let mut seen = Vec::new();
    for (number, size) in [(0, 2), (1, 2), (2, 1), (3, 0)] {
        let request = page(number, 2);
        let list = world
            .store
            .list_channels(world.app.id, ann.id, ChannelScope::Visible, None, request)
            .await
            .unwrap();
        assert_eq!((list.items.len(), list.total), (size, 5));
        seen.extend(list.items.into_iter().map(|channel| channel.name));
    }
    assert_eq!(seen, ["4", "3", "2", "1", "0"]);
}
