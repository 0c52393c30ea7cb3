use crate::support::*;

suite!(
    a_store_that_works_is_ready,
    an_application_is_found_by_its_key_only,
    the_first_application_is_the_oldest,
    api_keys_and_client_ids_are_unique,
);

async fn a_store_that_works_is_ready(world: World) {
    world.store.ready().await.unwrap();
}

async fn an_application_is_found_by_its_key_only(world: World) {
    let found = world.store.app_by_key("one-key").await.unwrap();
    assert_eq!(found.as_ref(), Some(&world.app));
    assert_eq!(world.store.app_by_key("ONE-KEY").await.unwrap(), None);
    assert_eq!(world.store.app_by_key("one-ke").await.unwrap(), None);

    let strict = world.store.create_app("strict", "s", "s", "hash", false, NOON).await.unwrap();
    assert!(!strict.guests_allowed);
    assert_eq!(world.store.app_by_key("s").await.unwrap(), Some(strict));
}

async fn the_first_application_is_the_oldest(world: World) {
    assert_eq!(world.store.first_app().await.unwrap(), Some(world.app));
}

async fn api_keys_and_client_ids_are_unique(world: World) {
    assert_conflict(world.store.create_app("x", "one-key", "new-client", "hash", true, NOON).await);
    assert_conflict(world.store.create_app("x", "new-key", "one-client", "hash", true, NOON).await);
    world.store.create_app("one", "new-key", "new-client", "hash", true, NOON).await.unwrap();
}
