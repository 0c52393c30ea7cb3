//! Chat sessions and presence in channels (protocol 5.3, 6.1, 8.2).
use crate::{
    client::{channel, destination},
    support::World,
};
use serde_json::json;

#[tokio::test]
async fn a_chat_session_begins_with_the_first_self_topic_and_ends_with_the_last() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let mut bob = world.join("bob").await;
    let mut tablet = world.join("bob").await;
    let group = channel(&mut ann, "PRIVATE", &["bob"]).await;
    let (own, participants) =
        (destination(&group, "_topics", "self"), destination(&group, "_topics", "participants"));
    ann.subscribe_as("participants", &participants).await;
    ann.drain().await;
    bob.subscribe_as("p", &participants).await;
    bob.subscribe_as("first", &own).await;
    let active = ann.event("channel.participant.active").await;
    assert_eq!(active.resource()["name"], "bob");
    bob.subscribe_as("second", &own).await;
    tablet.subscribe_as("third", &own).await;
    bob.unsubscribe("first").await;
    bob.unsubscribe("second").await;
    bob.drain().await;
    assert!(ann.story().await.is_empty(), "one is left");
    tablet.send("DISCONNECT\nreceipt:r\n\n\0").await;
    let inactive = ann.event("channel.participant.inactive").await;
    assert_eq!(inactive.resource()["name"], "bob");
    let own_events = bob.story().await;
    assert!(own_events.iter().all(|name| !name.starts_with("channel.participant")), "{own_events:?}");
}

#[tokio::test]
async fn only_members_watch_a_chat_and_who_leaves_watches_no_more() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let mut bob = world.join("bob").await;
    let mut eve = world.join("eve").await;
    let group = channel(&mut ann, "PUBLIC", &["bob"]).await;
    let topic = |key: &str| destination(&group, "_topics", key);
    let refused = eve.try_subscribe_as("s", &topic("members")).await;
    assert_eq!(
        refused.json()["error"],
        "AccessDeniedError",
        "everybody sees the channel, only members its chat"
    );
    for key in ["participants", "members"] {
        ann.subscribe_as(key, &topic(key)).await;
    }
    for key in ["self", "members"] {
        bob.subscribe_as(key, &topic(key)).await;
    }
    ann.event("channel.participant.active").await;
    bob.request(&destination(&group, "_actions", "leave"), json!({})).await;
    assert_eq!(ann.event("channel.participant.inactive").await.resource()["name"], "bob");
    ann.event("channel.member.left").await;
    bob.drain().await;
    ann.request(&destination(&group, "_actions", "invite"), json!({ "user": { "username": "eve" } })).await;
    let seen = bob.story().await;
    assert!(seen.iter().all(|name| !name.starts_with("channel.")), "{seen:?}");
    bob.unsubscribe("members").await;
    let refused = bob.try_subscribe_as("members", &topic("members")).await;
    assert_eq!(refused.command, "MESSAGE", "not a member any more");
}

#[tokio::test]
async fn the_presence_of_members_is_told_in_the_chat() {
    let mut world = World::new().await;
    world.run_timers();
    let mut ann = world.join("ann").await;
    let mut bob = world.join("bob").await;
    let group = channel(&mut ann, "PRIVATE", &["bob"]).await;
    ann.subscribe_as("participants", &destination(&group, "_topics", "participants")).await;
    let mut changed = bob.user.clone();
    changed["presence"]["status"] = json!("DO_NOT_DISTURB");
    bob.request(&destination(&bob.user.clone(), "_actions", "update"), changed).await;
    let seen = ann.event("participant.presence.changed").await;
    assert_eq!(seen.header("subscription"), Some("participants"));
    assert_eq!(
        (&seen.resource()["name"], &seen.resource()["presence"]["status"]),
        (&json!("bob"), &json!("DO_NOT_DISTURB"))
    );
}

#[tokio::test]
async fn two_subscriptions_of_one_topic_both_get_the_event() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    world.join("bob").await;
    let group = channel(&mut ann, "PRIVATE", &[]).await;
    let members = destination(&group, "_topics", "members");
    ann.subscribe_as("one", &members).await;
    ann.subscribe_as("two", &members).await;
    ann.request(&destination(&group, "_actions", "invite"), json!({ "user": { "username": "bob" } })).await;
    let first = ann.event("channel.member.joined").await;
    let second = ann.event("channel.member.joined").await;
    let ids = [first.header("subscription"), second.header("subscription")];
    assert_eq!(ids, [Some("one"), Some("two")]);
    assert_ne!(first.header("message-id"), second.header("message-id"));
}
