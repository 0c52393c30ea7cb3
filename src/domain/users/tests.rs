//! Signing in, profiles, contacts: what is allowed, and what others hear.
use super::*;
use crate::world::{World, now, problem};
use model::user::{STATUS_AVAILABLE, STATUS_INVISIBLE};

fn patch() -> UserPatch {
    UserPatch::default()
}

#[test]
fn a_new_name_becomes_a_guest_and_a_known_one_comes_back() {
    let world = World::new();
    let view = now(world.users.sign_in_guest(&world.app, "ann")).unwrap();
    assert_eq!((view.user.name.as_str(), view.user.display_name.as_str()), ("ann", "ann"));
    assert!(view.user.is_guest && !view.presence.online);
    assert_eq!(view.presence.status, STATUS_AVAILABLE);
    world.advance(std::time::Duration::from_secs(9));
    let again = now(world.users.sign_in_guest(&world.app, "ann")).unwrap();
    assert_eq!(again, view);
    world.expect(&[]);
}

#[test]
fn two_who_sign_in_with_a_new_name_at_once_are_one_user() {
    for seed in 0..50 {
        let world = World::new();
        world.store.pause_everywhere(true);
        let sign_in = || -> std::pin::Pin<Box<dyn Future<Output = UserId> + '_>> {
            Box::pin(async { world.users.sign_in_guest(&world.app, "ann").await.unwrap().user.id })
        };
        let ids = crate::testing::interleave(seed, vec![sign_in(), sign_in(), sign_in()]);
        assert!(ids.iter().all(|id| *id == ids[0]), "seed {seed}: {ids:?}");
    }
}

#[test]
fn names_of_guests_have_rules() {
    let world = World::new();
    let longest = "a".repeat(limits::MAX_USERNAME_BYTES);
    assert!(now(world.users.sign_in_guest(&world.app, &longest)).is_ok());
    let rows = [
        (format!("{longest}a"), "username: at most 256 bytes, these are 257"),
        (String::new(), "username: must not be blank"),
        ("a\nb".to_owned(), "username: must not contain control characters"),
    ];
    for (name, expected) in rows {
        assert_eq!(problem(now(world.users.sign_in_guest(&world.app, &name))), expected);
    }
}

#[test]
fn guests_are_refused_where_they_are_not_allowed_and_under_the_names_of_others() {
    let world = World::new();
    let closed = App { guests_allowed: false, ..world.app.clone() };
    let refused = problem(now(world.users.sign_in_guest(&closed, "ann")));
    assert_eq!(refused, "this application allows no guests: authentication is required");
    let member = NewUser {
        app: world.app.id,
        name: "boss".to_owned(),
        display_name: "Boss".to_owned(),
        is_guest: false,
        properties: Properties::default(),
        time: world.clock.now(),
    };
    now(world.store.ensure_user(member)).unwrap();
    let refused = problem(now(world.users.sign_in_guest(&world.app, "boss")));
    assert_eq!(refused, "this username belongs to a user that must authenticate");
}

#[test]
fn an_update_is_durable_then_receipted_then_told() {
    let world = World::new();
    let ann = world.user("ann");
    let properties = Properties::from_checked_json(r#"{"team":"red"}"#);
    let change = UserPatch {
        display_name: Some("Ann".to_owned()),
        display_picture_url: Some("https://example.org/a.png".to_owned()),
        presence_status: Some("DO_NOT_DISTURB".to_owned()),
        properties: Some(properties.clone()),
    };
    now(world.users.update(&mut world.ctx(ann.on(1)), change)).unwrap();
    world.expect(&["receipt ann1", "UserUpdated ann for ann1", "presence ann DO_NOT_DISTURB online"]);
    let user = now(world.users.view(world.app.id, ann.id())).unwrap().user;
    assert_eq!(user.display_name, "Ann");
    assert_eq!(user.display_picture_url.as_deref(), Some("https://example.org/a.png"));
    assert_eq!((user.presence_status.as_str(), &user.properties), ("DO_NOT_DISTURB", &properties));
    // Nothing changes, and the receipt still needs its event.
    now(world.users.update(&mut world.ctx(ann.on(1)), patch())).unwrap();
    world.expect(&["receipt ann1", "UserUpdated ann for ann1"]);
    assert_eq!(now(world.users.view(world.app.id, ann.id())).unwrap().user, user);
}

#[test]
fn an_update_that_cannot_be_stored_changes_nothing_and_tells_nobody() {
    let world = World::new();
    let ann = world.user("ann");
    world.store.fail_writes(true);
    let change = UserPatch { presence_status: Some(STATUS_INVISIBLE.to_owned()), ..patch() };
    assert_eq!(problem(now(world.users.update(&mut world.ctx(ann.on(1)), change))), "unavailable");
    world.expect(&[]);
    assert!(now(world.users.view(world.app.id, ann.id())).unwrap().presence.online);
}

#[test]
fn a_profile_has_rules() {
    let world = World::new();
    let ann = world.user("ann");
    let fits = |bytes: usize| Some("a".repeat(bytes));
    let fine = [
        UserPatch { display_name: fits(limits::MAX_NAME_BYTES), ..patch() },
        UserPatch { presence_status: fits(limits::MAX_STATUS_BYTES), ..patch() },
        UserPatch {
            display_picture_url: Some(format!("https://{}", "a".repeat(limits::MAX_URL_BYTES - 8))),
            ..patch()
        },
    ];
    for change in fine {
        now(world.users.update(&mut Ctx::new(ann.on(1)), change)).unwrap();
    }
    let refused = [
        (UserPatch { display_name: fits(limits::MAX_NAME_BYTES + 1), ..patch() }, "displayName: at most 256"),
        (UserPatch { display_name: Some(" ".to_owned()), ..patch() }, "displayName: must not be blank"),
        (
            UserPatch { presence_status: fits(limits::MAX_STATUS_BYTES + 1), ..patch() },
            "presence.status: at most 64",
        ),
        (
            UserPatch {
                display_picture_url: Some(format!("https://{}", "a".repeat(limits::MAX_URL_BYTES - 7))),
                ..patch()
            },
            "displayPictureUrl: at most 2048",
        ),
        (
            UserPatch { display_picture_url: Some("javascript:alert(1)".to_owned()), ..patch() },
            "displayPictureUrl: must be an absolute",
        ),
    ];
    for (change, expected) in refused {
        let problem = problem(now(world.users.update(&mut Ctx::new(ann.on(1)), change)));
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn two_updates_at_once_lose_nothing() {
    for seed in 0..50 {
        let world = World::new();
        let ann = world.user("ann");
        world.store.pause_everywhere(true);
        let update = |change: UserPatch| -> std::pin::Pin<Box<dyn Future<Output = ()> + '_>> {
            let actor = ann.on(1);
            let world = &world;
            Box::pin(async move { world.users.update(&mut Ctx::new(actor), change).await.unwrap() })
        };
        let changes = vec![
            update(UserPatch { display_name: Some("Ann".to_owned()), ..patch() }),
            update(UserPatch { presence_status: Some("AWAY".to_owned()), ..patch() }),
        ];
        crate::testing::interleave(seed, changes);
        world.store.pause_everywhere(false);
        let user = now(world.users.view(world.app.id, ann.id())).unwrap().user;
        assert_eq!(
            (user.display_name.as_str(), user.presence_status.as_str()),
            ("Ann", "AWAY"),
            "seed {seed}"
        );
    }
}

#[test]
fn contacts_are_the_others_filtered_by_what_everybody_sees() {
    let world = World::new();
    let [ann, bob, cid, bea] = world.users(["ann", "bob", "cid", "bea"]);
    world.presence.session_ended(world.app.id, bob.id(), bob.on(1).session);
    let hide = UserPatch { presence_status: Some(STATUS_INVISIBLE.to_owned()), ..patch() };
    now(world.users.update(&mut Ctx::new(cid.on(1)), hide)).unwrap();
    let rows = [
        (ContactFilter::default(), vec!["bea", "bob", "cid"]),
        (ContactFilter { online: Some(true), ..Default::default() }, vec!["bea"]),
        (ContactFilter { online: Some(false), ..Default::default() }, vec!["bob", "cid"]),
        (ContactFilter { name: Some("B".to_owned()), ..Default::default() }, vec!["bea", "bob"]),
        (ContactFilter { display_name: Some("I".to_owned()), ..Default::default() }, vec!["cid"]),
        (
            ContactFilter { name: Some("b".to_owned()), online: Some(false), ..Default::default() },
            vec!["bob"],
        ),
    ];
    for (filter, expected) in rows {
        let page = now(world.users.contacts(ann.on(1), &filter, PageRequest::new(None, None))).unwrap();
        let names: Vec<&str> = page.items.iter().map(|view| view.user.name.as_str()).collect();
        assert_eq!((names, page.total), (expected.clone(), expected.len() as u64), "{filter:?}");
        assert!(page.items.iter().all(|view| view.presence.online == (view.user.id == bea.id())));
    }
}

#[test]
fn users_are_found_by_id_and_by_name_within_their_application() {
    let world = World::new();
    let ann = world.user("ann");
    let by_name = now(world.users.resolve(world.app.id, &UserRef::Name("ann".to_owned()))).unwrap();
    assert_eq!(now(world.users.resolve(world.app.id, &UserRef::Id(ann.id()))).unwrap(), by_name);
    let absent =
        [UserRef::Id(UserId(99)), UserRef::Name("nobody".to_owned()), UserRef::Name("Ann".to_owned())];
    for reference in absent {
        assert_eq!(problem(now(world.users.resolve(world.app.id, &reference))), "user not found");
    }
    assert_eq!(problem(now(world.users.view(AppId(77), ann.id()))), "user not found");
    let views = now(world.users.views(world.app.id, &[UserId(99), ann.id()])).unwrap();
    assert_eq!(views, [by_name]);
    assert_eq!(problem(now(world.users.media_settings(world.app.id, UserId(99)))), "user not found");
    assert_eq!(now(world.users.media_settings(world.app.id, ann.id())).unwrap().1, MediaSettings::default());
    assert_eq!(now(world.users.app_by_key("key")).unwrap(), Some(world.app.clone()));
    assert_eq!(now(world.users.app_by_key("other")).unwrap(), None);
}
