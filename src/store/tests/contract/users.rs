//! Users: creating, changing, finding.
use crate::support::*;
use domain::ports::UserFilter;
use model::{
    Properties, UserId,
    user::{MediaSettings, STATUS_AVAILABLE, User},
};

suite!(
    a_new_user_has_the_defaults,
    ensuring_a_user_again_changes_nothing,
    users_who_connect_at_once_under_one_name_are_one_user,
    names_are_exact_and_belong_to_an_application,
    users_come_back_in_the_order_asked,
    ids_that_no_database_can_hold_are_nobodys,
    updating_replaces_what_a_profile_shows_and_nothing_else,
    a_user_of_another_application_cannot_be_updated,
    users_are_listed_by_display_name_then_id,
    user_filters_ignore_ascii_case_and_have_no_wildcards,
    users_can_be_listed_by_who_is_online,
    pages_of_users_are_disjoint_and_complete,
    media_settings_have_defaults_and_are_replaced,
    media_settings_of_unknown_users_cannot_be_saved,
);

async fn a_new_user_has_the_defaults(world: World) {
    let properties = Properties::from_checked_json(r#"{"a":[1,"ü"]}"#);
    let new = domain::ports::NewUser {
        is_guest: false,
        properties: properties.clone(),
        ..new_user(world.app.id, "ann")
    };
    let ann = world.store.ensure_user(new).await.unwrap();
    let expected = User {
        id: ann.id,
        app: world.app.id,
        name: "ann".to_owned(),
        display_name: "ann".to_owned(),
        display_picture_url: None,
        is_guest: false,
        presence_status: STATUS_AVAILABLE.to_owned(),
        properties,
        created_time: NOON,
    };
    assert_eq!(ann, expected);
    assert_eq!(world.store.user(world.app.id, ann.id).await.unwrap(), Some(expected));
}

async fn ensuring_a_user_again_changes_nothing(world: World) {
    let ann = world.user("ann").await;
    assert_eq!(world.user_shown_as("ann", "Someone else").await, ann);
    let list = world.store.list_users(world.app.id, &UserFilter::default(), everything()).await.unwrap();
    assert_eq!(list.items, [ann]);

    let nowhere = new_user(model::AppId(999), "ann");
    assert_not_found(world.store.ensure_user(nowhere).await, "application");
}

async fn users_who_connect_at_once_under_one_name_are_one_user(world: World) {
    let all = (0..16).map(|_| world.store.ensure_user(new_user(world.app.id, "ann")));
    let all = futures_util::future::try_join_all(all).await.unwrap();
    assert!(all.iter().all(|user| *user == all[0]), "{all:?}");
}

async fn names_are_exact_and_belong_to_an_application(world: World) {
    let (ann, stranger) = (world.user("ann").await, world.stranger().await);
    let named = async |name: &str| world.store.user_by_name(world.app.id, name).await.unwrap();
    assert_eq!(named("ann").await, Some(ann.clone()));
    assert_eq!(named("Ann").await, None);
    assert_eq!(named("stranger").await, None);
    assert_eq!(world.store.user(world.app.id, stranger.id).await.unwrap(), None);

    let namesake = user(&*world.store, world.other.id, "ann").await;
    assert_ne!(namesake.id, ann.id);
    assert_ne!(world.user("Ann").await.id, ann.id);
}

async fn users_come_back_in_the_order_asked(world: World) {
    let (ann, bob, stranger) = (world.user("ann").await, world.user("bob").await, world.stranger().await);
    let ids = [bob.id, UserId(999), stranger.id, ann.id, bob.id];
    assert_eq!(world.store.users(world.app.id, &ids).await.unwrap(), [bob.clone(), ann, bob]);
    assert_eq!(world.store.users(world.app.id, &[]).await.unwrap(), []);
}

async fn ids_that_no_database_can_hold_are_nobodys(world: World) {
    world.user("ann").await;
    for id in [0, i64::MAX.unsigned_abs() + 1, u64::MAX] {
        assert_eq!(world.store.user(world.app.id, UserId(id)).await.unwrap(), None);
    }
}

async fn updating_replaces_what_a_profile_shows_and_nothing_else(world: World) {
    let ann = world.user("ann").await;
    let mut changed = User {
        display_name: "Änn".to_owned(),
        display_picture_url: Some("https://example.com/a.png".to_owned()),
        presence_status: "DO_NOT_DISTURB".to_owned(),
        properties: Properties::from_checked_json(r#"{"x":1}"#),
        ..ann.clone()
    };
    let told = event(world.app.id, None, &changed);
    let write = world.store.update_user(&changed, vec![told.clone()]).await.unwrap();
    assert_eq!(write.events.len(), 1);
    assert_eq!((write.events[0].place, &write.events[0].event), (None, &told.event));
    assert_eq!(world.store.user(world.app.id, ann.id).await.unwrap().as_ref(), Some(&changed));

    let stored = changed.clone();
    changed.name = "other name".to_owned();
    changed.is_guest = false;
    changed.created_time = model::Timestamp(1);
    assert_eq!(world.store.update_user(&changed, vec![]).await.unwrap().events, []);
    assert_eq!(world.store.user(world.app.id, ann.id).await.unwrap(), Some(stored));
}

async fn a_user_of_another_application_cannot_be_updated(world: World) {
    let stranger = world.stranger().await;
    let moved = User { app: world.app.id, display_name: "mine".to_owned(), ..stranger.clone() };
    let told = event(world.app.id, None, &moved);
    assert_not_found(world.store.update_user(&moved, vec![told]).await, "user");
    assert_eq!(world.store.user(world.other.id, stranger.id).await.unwrap(), Some(stranger));
}

/// The names of all users that match.
async fn names(world: &World, filter: UserFilter) -> Vec<String> {
    let list = world.store.list_users(world.app.id, &filter, everything()).await.unwrap();
    assert_eq!(list.total, list.items.len() as u64);
    list.items.into_iter().map(|user| user.name).collect()
}

async fn users_are_listed_by_display_name_then_id(world: World) {
    for (name, display_name) in
        [("1", "bob"), ("2", "Carl"), ("3", "Ann"), ("4", "BOB"), ("5", "ann"), ("6", "É")]
    {
        world.user_shown_as(name, display_name).await;
    }
    world.stranger().await;
    assert_eq!(names(&world, UserFilter::default()).await, ["3", "5", "1", "4", "2", "6"]);

    let mut carl = world.store.user_by_name(world.app.id, "2").await.unwrap().unwrap();
    carl.display_name = "aaron".to_owned();
    let _ = world.store.update_user(&carl, vec![]).await.unwrap();
    assert_eq!(names(&world, UserFilter::default()).await, ["2", "3", "5", "1", "4", "6"]);
}

async fn user_filters_ignore_ascii_case_and_have_no_wildcards(world: World) {
    for (name, display_name) in
        [("Anna", "Zoë 100%"), ("hanna", "zo_e"), ("a_b", r"back\slash"), ("axb", "plain")]
    {
        world.user_shown_as(name, display_name).await;
    }
    let prefixes: [(&str, &[&str]); 6] = [
        ("AN", &["Anna"]),
        ("a_", &["a_b"]),
        ("%", &[]),
        ("nna", &[]),
        ("", &["a_b", "axb", "hanna", "Anna"]),
        ("\0", &[]),
    ];
    for (prefix, expected) in prefixes {
        let filter = UserFilter { name_prefix: Some(prefix.to_owned()), ..UserFilter::default() };
        assert_eq!(names(&world, filter).await, expected, "{prefix:?}");
    }
    let parts: [(&str, &[&str]); 6] = [
        ("ZO", &["hanna", "Anna"]),
        ("0%", &["Anna"]),
        ("_", &["hanna"]),
        (r"K\S", &["a_b"]),
        ("oë", &["Anna"]),
        ("oË", &[]),
    ];
    for (part, expected) in parts {
        let filter = UserFilter { display_name_part: Some(part.to_owned()), ..UserFilter::default() };
        assert_eq!(names(&world, filter).await, expected, "{part:?}");
    }
}

async fn users_can_be_listed_by_who_is_online(world: World) {
    let (ann, bob, carl) = (world.user("ann").await, world.user("bob").await, world.user("carl").await);
    let stranger = world.stranger().await;
    let among = |ids: &[UserId]| UserFilter { among: Some(ids.to_vec()), ..UserFilter::default() };
    assert_eq!(names(&world, among(&[carl.id, stranger.id, ann.id])).await, ["ann", "carl"]);
    assert_eq!(names(&world, among(&[])).await, [""; 0]);
    let except = UserFilter { except: Some(ann.id), ..among(&[carl.id, ann.id]) };
    assert_eq!(names(&world, except).await, ["carl"]);
    let offline = UserFilter { not_among: vec![bob.id, UserId(u64::MAX)], ..UserFilter::default() };
    assert_eq!(names(&world, offline).await, ["ann", "carl"]);
    let many = (1..=20_000).map(UserId).collect::<Vec<_>>();
    assert_eq!(names(&world, among(&many)).await, ["ann", "bob", "carl"]);
}

async fn pages_of_users_are_disjoint_and_complete(world: World) {
    for i in 0..7 {
        world.user(&format!("user {i}")).await;
    }
    let sizes: [(u32, usize); 5] = [(0, 3), (1, 3), (2, 1), (3, 0), (u32::MAX, 0)];
    let mut seen = Vec::new();
    for (number, size) in sizes {
        let list =
            world.store.list_users(world.app.id, &UserFilter::default(), page(number, 3)).await.unwrap();
        assert_eq!((list.items.len(), list.total, list.request), (size, 7, page(number, 3)));
        seen.extend(list.items.into_iter().map(|user| user.name));
    }
    assert_eq!(seen, (0..7).map(|i| format!("user {i}")).collect::<Vec<_>>());
}

async fn media_settings_have_defaults_and_are_replaced(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let read = async |user| world.store.media_settings(world.app.id, user).await.unwrap();
    assert_eq!(read(ann.id).await, MediaSettings::default());
    let settings = [
        MediaSettings { audio_enabled: false, minimum_width: 640, ..MediaSettings::default() },
        MediaSettings {
            audio_enabled: true,
            video_enabled: false,
            minimum_width: 320,
            minimum_height: 240,
            minimum_frame_rate: u32::MAX,
        },
    ];
    for settings in settings {
        let told = vec![event(world.app.id, None, &ann)];
        let write = world.store.save_media_settings(world.app.id, ann.id, settings, told).await.unwrap();
        assert_eq!(write.events.len(), 1);
        assert_eq!(read(ann.id).await, settings);
    }
    assert_eq!(read(bob.id).await, MediaSettings::default());
    assert_eq!(world.store.media_settings(world.other.id, ann.id).await.unwrap(), MediaSettings::default());
}

async fn media_settings_of_unknown_users_cannot_be_saved(world: World) {
    let (ann, settings) =
        (world.user("ann").await, MediaSettings { audio_enabled: false, ..MediaSettings::default() });
    let save = async |app, user| world.store.save_media_settings(app, user, settings, vec![]).await;
    assert_not_found(save(world.app.id, UserId(999)).await, "user");
    assert_not_found(save(world.other.id, ann.id).await, "user");
    let _ = save(world.app.id, ann.id).await.unwrap();
    let other = MediaSettings::default();
    assert_not_found(world.store.save_media_settings(world.other.id, ann.id, other, vec![]).await, "user");
    assert_eq!(world.store.media_settings(world.app.id, ann.id).await.unwrap(), settings);
}
