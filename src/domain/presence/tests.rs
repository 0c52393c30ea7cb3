//! What others see of a user, and when they are told.
use super::*;
use crate::world::World;

#[test]
fn the_first_session_makes_online_and_the_last_makes_offline() {
    let world = World::new();
    let ann = world.user("ann");
    let (one, two) = (ann.on(1).session, ann.on(2).session);
    world.presence.session_started(&ann.user, two);
    world.presence.session_started(&ann.user, two);
    world.presence.session_ended(ann.user.app, ann.id(), one);
    world.presence.session_ended(ann.user.app, ann.id(), one);
    world.expect(&[]);
    assert!(world.presence.view(ann.user.clone()).presence.online);
    world.presence.session_ended(ann.user.app, ann.id(), two);
    world.expect(&["presence ann AVAILABLE offline"]);
    assert!(!world.presence.view(ann.user.clone()).presence.online);
    world.presence.session_ended(ann.user.app, ann.id(), two);
    world.expect(&[]);
    world.presence.session_started(&ann.user, one);
    world.expect(&["presence ann AVAILABLE online"]);
}

#[test]
fn an_invisible_user_looks_exactly_like_one_who_is_away() {
    let world = World::new();
    let ann = world.user("ann");
    let invisible = User { presence_status: STATUS_INVISIBLE.to_owned(), ..ann.user.clone() };
    world.presence.session_ended(ann.user.app, ann.id(), ann.on(1).session);
    let away = world.presence.view(ann.user.clone());
    world.presence.session_started(&ann.user, ann.on(1).session);
    world.forget();

    world.presence.user_changed(&invisible);
    world.expect(&["presence ann AVAILABLE offline"]);
    world.presence.set_call_status(&invisible, CallStatus::InCall);
    world.presence.session_started(&invisible, ann.on(2).session);
    world.expect(&[]);
    let view = world.presence.view(invisible.clone());
    assert_eq!((&view.presence, view.call_status), (&away.presence, away.call_status));
    assert_eq!(
        world.presence.view_as(invisible.clone(), CallStatus::InCall).call_status,
        CallStatus::Available
    );
    assert_eq!(view.user.presence_status, STATUS_INVISIBLE);
    assert_eq!(world.presence.online(ann.user.app), []);

    world.presence.user_changed(&ann.user);
    world.expect(&["presence ann AVAILABLE online in call"]);
    assert_eq!(world.presence.online(ann.user.app), [ann.id()]);
}

#[test]
fn only_what_others_see_is_announced() {
    let world = World::new();
    let ann = world.user("ann");
    let renamed = User { display_name: "Ann".to_owned(), ..ann.user.clone() };
    world.presence.user_changed(&renamed);
    world.presence.set_call_status(&renamed, CallStatus::Available);
    world.expect(&[]);
    let busy = User { presence_status: "DO_NOT_DISTURB".to_owned(), ..renamed.clone() };
    world.presence.user_changed(&busy);
    world.expect(&["presence ann DO_NOT_DISTURB online"]);
    world.presence.set_call_status(&busy, CallStatus::InCall);
    world.presence.set_call_status(&busy, CallStatus::InCall);
    world.expect(&["presence ann DO_NOT_DISTURB online in call"]);
    // The announcement shows the user as last stored.
    world.presence.session_ended(ann.user.app, ann.id(), ann.on(1).session);
    world.expect(&["presence ann DO_NOT_DISTURB offline in call"]);
}

#[test]
fn a_user_who_is_not_here_has_no_presence_to_change() {
    let world = World::new();
    let ann = world.user("ann");
    world.presence.session_ended(ann.user.app, ann.id(), ann.on(1).session);
    world.forget();
    world.presence.user_changed(&User { presence_status: "AWAY".to_owned(), ..ann.user.clone() });
    world.expect(&[]);
    assert!(world.presence.seats.lock().is_empty(), "nobody is here, and nothing is kept");
}

#[test]
fn presence_stays_within_its_application() {
    let world = World::new();
    let ann = world.user("ann");
    let elsewhere = User { app: AppId(77), ..ann.user.clone() };
    assert_eq!(world.presence.online(AppId(77)), []);
    assert!(!world.presence.view(elsewhere.clone()).presence.online);
    world.presence.session_ended(AppId(77), ann.id(), ann.on(1).session);
    assert_eq!(world.presence.online(ann.user.app), [ann.id()]);
}
