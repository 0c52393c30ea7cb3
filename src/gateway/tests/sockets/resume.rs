//! Sessions that lose their socket (protocol 1.11, 3.3, 7.8, design decision 7).
use crate::{
    client::{Client, channel, destination, subscribe_frame},
    support::World,
};
use gateway::GatewaySettings;
use serde_json::{Value, json};
use std::time::Duration;

const GRACE: Duration = Duration::from_secs(15);
const RESUME: Duration = Duration::from_secs(60);

/// Opens a socket that continues the session of `lost`.
async fn resume(world: &World, name: &str, lost: &Client) -> Client {
    let mut client = world.connect_with(name, &format!("StompX-Auth-Session-ID:{}\n", lost.session)).await;
    client.user = lost.user.clone();
    client.watch_errors().await;
    client
}

/// Ann, who makes members join, and Bob, who watches them, in a group.
async fn group(world: &World) -> (Client, Client, Value) {
    let mut ann = world.join("ann").await;
    let mut bob = world.join("bob").await;
    for name in ["m-0", "m-1", "m-2", "m-3"] {
        world.join(name).await.send("DISCONNECT\n\n\0").await;
    }
    let group = channel(&mut ann, "PRIVATE", &["bob"]).await;
    bob.subscribe_as("watched", &destination(&group, "_topics", "members")).await;
    bob.drain().await;
    (ann, bob, group)
}

async fn invite(ann: &mut Client, group: &Value, name: &str) {
    ann.request(&destination(group, "_actions", "invite"), json!({ "user": { "username": name } })).await;
}

/// Who joined, as one client saw it.
async fn joined(client: &mut Client) -> Vec<String> {
    let frames =
        client.drain().await.into_iter().filter(|frame| frame.event_type() == "channel.member.joined");
    frames.map(|frame| frame.resource()["name"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_resumed_session_is_told_what_it_did_not_acknowledge_in_order_and_only_once_more() {
    let world = World::new().await;
    let (mut ann, mut bob, group) = group(&world).await;
    let topic = destination(&group, "_topics", "members");
    for name in ["m-0", "m-1"] {
        invite(&mut ann, &group, name).await;
    }
    let first = bob.event("channel.member.joined").await;
    bob.ack(&first).await;
    bob.event("channel.member.joined").await;
    bob.drain().await;
    let lost = bob.session.clone();
    let mut back = resume(&world, "bob", &bob).await;
    assert_eq!(back.session, lost);
    assert_eq!(bob.closed().await, "closed: 4000", "the old socket is told where the session went");
    invite(&mut ann, &group, "m-2").await;
    assert!(joined(&mut back).await.is_empty(), "nothing before the subscription is confirmed");

    let mut back = resume(&world, "bob", &back).await;
    back.subscribe_as("watched", &topic).await;
    assert_eq!(joined(&mut back).await, ["m-1", "m-2"]);
    back.subscribe_as("watched", &topic).await;
    assert!(joined(&mut back).await.is_empty(), "a second confirmation on the same socket");
    let mut again = resume(&world, "bob", &back).await;
    again.subscribe_as("watched", &topic).await;
    assert_eq!(joined(&mut again).await, ["m-2"], "m-1 was sent twice, m-2 once");
    invite(&mut ann, &group, "m-3").await;
    assert_eq!(joined(&mut again).await, ["m-3"]);
}

#[tokio::test]
async fn while_the_grace_lasts_nobody_notices() {
    let world = World::new().await;
    let (mut ann, mut bob, group) = group(&world).await;
    let (own, participants) =
        (destination(&group, "_topics", "self"), destination(&group, "_topics", "participants"));
    ann.subscribe_as("participants", &participants).await;
    bob.subscribe_as("chat", &own).await;
    ann.event("channel.participant.active").await;
    ann.drain().await;
    let open = world.metric("gateway_sockets");
    let lost = bob.session.clone();
    drop(bob);
    world.until("gateway_sockets", open - 1.0).await;
    world.advance(GRACE - Duration::from_millis(1)).await;
    assert!(ann.story().await.is_empty());
    let mut back = world.connect_with("bob", &format!("StompX-Auth-Session-ID:{lost}\n")).await;
    back.subscribe_as("chat", &own).await;
    world.advance(GRACE).await;
    world.advance(RESUME).await;
    assert!(ann.story().await.is_empty());
    assert!((world.metric("gateway_resumed_total") - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn after_the_grace_others_see_the_user_go_and_see_it_come_back_when_it_resumes() {
    let world = World::new().await;
    let (mut ann, mut bob, group) = group(&world).await;
    let (own, participants) =
        (destination(&group, "_topics", "self"), destination(&group, "_topics", "participants"));
    ann.subscribe_as("participants", &participants).await;
    bob.subscribe_as("chat", &own).await;
    ann.event("channel.participant.active").await;
    ann.drain().await;
    let open = world.metric("gateway_sockets");
    let lost = bob.session.clone();
    drop(bob);
    world.until("gateway_sockets", open - 1.0).await;
    world.advance(GRACE).await;
    assert_eq!(ann.story().await, ["channel.participant.inactive", "contact.presence.changed"]);
    world.advance(GRACE).await;
    assert!(ann.story().await.is_empty(), "once");
    let mut back = world.connect_with("bob", &format!("StompX-Auth-Session-ID:{lost}\n")).await;
    assert_eq!(back.session, lost, "still resumable");
    assert_eq!(ann.story().await, ["contact.presence.changed"]);
    back.subscribe_as("chat", &own).await;
    assert_eq!(ann.event("channel.participant.active").await.resource()["name"], "bob");
}

#[tokio::test]
async fn after_the_resume_time_the_session_is_forgotten() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let bob = world.join("bob").await;
    let open = world.metric("gateway_sockets");
    let lost = bob.session.clone();
    drop(bob);
    world.until("gateway_sockets", open - 1.0).await;
    world.advance(GRACE).await;
    world.advance(RESUME).await;
    assert!((world.metric("gateway_sessions") - 1.0).abs() < f64::EPSILON);
    let back = world.connect_with("bob", &format!("StompX-Auth-Session-ID:{lost}\n")).await;
    assert_ne!(back.session, lost);
    let story = ann.story().await;
    assert_eq!(story, ["contact.presence.changed", "contact.presence.changed"], "came and went, once each");
}

#[tokio::test]
async fn a_session_belongs_to_its_user_and_its_secret_to_nobody_else() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let headers = format!("StompX-Auth-Session-ID:{}\n", ann.session);
    let eve = world.connect_with("eve", &headers).await;
    assert_ne!(eve.session, ann.session);
    for nonsense in ["undefined", "", "x", "AAAA"] {
        world.connect_with("ann", &format!("StompX-Auth-Session-ID:{nonsense}\n")).await;
    }
    ann.relay("/application/v1/user.relay", "").await;
}

#[tokio::test]
async fn what_is_not_confirmed_when_the_client_asks_for_its_user_is_gone() {
    let world = World::new().await;
    let (mut ann, mut bob, group) = group(&world).await;
    let (own, participants) =
        (destination(&group, "_topics", "self"), destination(&group, "_topics", "participants"));
    ann.subscribe_as("participants", &participants).await;
    bob.subscribe_as("chat", &own).await;
    ann.event("channel.participant.active").await;
    let mut back = resume(&world, "bob", &bob).await;
    back.relay("/application/v1/user.relay", "").await;
    assert_eq!(ann.event("channel.participant.inactive").await.resource()["name"], "bob");
    // The id may be used again, for anything.
    let topic = back.topic("self");
    back.subscribe_as("chat", &topic).await;
}

#[tokio::test]
async fn what_is_not_confirmed_in_time_is_gone_as_well() {
    let world = World::new().await;
    let (mut ann, mut bob, group) = group(&world).await;
    let (own, participants) =
        (destination(&group, "_topics", "self"), destination(&group, "_topics", "participants"));
    ann.subscribe_as("participants", &participants).await;
    bob.subscribe_as("chat", &own).await;
    ann.event("channel.participant.active").await;
    let _back = resume(&world, "bob", &bob).await;
    world.advance(GRACE).await;
    assert_eq!(ann.event("channel.participant.inactive").await.resource()["name"], "bob");
}

#[tokio::test]
async fn a_client_without_the_session_header_continues_by_its_subscription_ids() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let group = channel(&mut ann, "PRIVATE", &[]).await;
    let topic = destination(&group, "_topics", "members");
    world.join("m-0").await.send("DISCONNECT\n\n\0").await;
    let mut phone = world.join("ann").await;
    let id = "subscription-id-8b6f4a52-2d0c-4b53-9a1c-7f0f6f3e9d11";
    phone.subscribe_as(id, &topic).await;
    phone.drain().await;
    ann.drain().await;
    let open = world.metric("gateway_sockets");
    let sessions = world.metric("gateway_sessions");
    drop(phone);
    world.until("gateway_sockets", open - 1.0).await;
    invite(&mut ann, &group, "m-0").await;

    let mut back = world.connect("ann").await;
    back.watch_errors().await;
    back.subscribe_as(id, &topic).await;
    assert_eq!(joined(&mut back).await, ["m-0"]);
    assert!((world.metric("gateway_sessions") - sessions).abs() < f64::EPSILON, "it is the same session");
    let error = back.ask("undefined", "").await.expect_err("the errors queue goes along");
    assert_eq!(error["error"], "NotFoundError");
    // The secret it was given now resumes the continued session.
    let mut third = world.connect_with("ann", &format!("StompX-Auth-Session-ID:{}\n", back.session)).await;
    assert_eq!(third.session, back.session);
    third.subscribe_as(id, &topic).await;
    let presence = ann.story().await;
    assert!(presence.iter().all(|name| name != "contact.presence.changed"), "{presence:?}");
}

#[tokio::test]
async fn short_ids_and_other_topics_continue_nothing() {
    let world = World::new().await;
    let mut phone = world.join("ann").await;
    let topic = phone.topic("calls");
    let long = "subscription-id-8b6f4a52-2d0c-4b53-9a1c-7f0f6f3e9d11";
    phone.subscribe_as("sub-0", &topic).await;
    phone.subscribe_as(long, &topic).await;
    let sessions = world.metric("gateway_sessions");
    for (id, topic) in [("sub-0", topic.clone()), (long, phone.topic("self"))] {
        let mut other = world.connect("ann").await;
        other.subscribe_as(id, &topic).await;
    }
    assert!((world.metric("gateway_sessions") - sessions - 2.0).abs() < f64::EPSILON);
    phone.relay("/application/v1/user.relay", "").await;
}

#[tokio::test]
async fn a_repeated_send_on_the_next_socket_is_answered_from_memory() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let create = destination(&ann.user, "_actions", "createChannel");
    ann.try_act("in-flight", &create, &json!({ "type": "PRIVATE" })).await.expect("done");
    let first = ann.event("user.channel.created").await;
    let mut back = resume(&world, "ann", &ann).await;
    let topic = back.topic("channels");
    back.subscribe_as("user-channels", &topic).await;
    back.drain().await;
    back.try_act("in-flight", &create, &json!({ "type": "PRIVATE" })).await.expect("done before");
    let again = back.event("user.channel.created").await;
    assert_eq!(
        (again.resource()["id"].clone(), again.header("receipt-id")),
        (first.resource()["id"].clone(), Some("in-flight"))
    );
}

#[tokio::test]
async fn a_result_that_was_not_acknowledged_comes_again_with_its_receipt() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let create = destination(&ann.user, "_actions", "createChannel");
    ann.request(&create, json!({ "type": "PRIVATE" })).await;
    let mut back = resume(&world, "ann", &ann).await;
    let topic = back.topic("channels");
    back.send(&subscribe_frame("user-channels", &topic)).await;
    let again = back.event("user.channel.created").await;
    assert!(again.header("receipt-id").is_some());
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_closed_as_slow_and_may_come_back() {
    const SLOW: &str = r#"gateway_closed_total{reason="slow"}"#;
    let settings = GatewaySettings { send_queue_bytes: 32 * 1024, ..GatewaySettings::default() };
    let world = World::with(settings).await;
    let (mut ann, bob, _group) = group(&world).await;
    // Large events: more than the kernel's buffers and the queue take together.
    let update = destination(&ann.user, "_actions", "update");
    for number in 0.. {
        let mut changed = ann.user.clone();
        changed["properties"] = json!({ "number": number, "filler": "x".repeat(30_000) });
        ann.request(&update, changed).await;
        if world.metric(SLOW) > 0.0 {
            break;
        }
        assert!(number < 10_000, "never closed");
    }
    let mut back = resume(&world, "bob", &bob).await;
    back.relay("/application/v1/user.relay", "").await;
    assert!((world.metric(SLOW) - 1.0).abs() < f64::EPSILON, "the one who acts reads, and is not slow");
}

#[tokio::test]
async fn a_client_that_lost_events_gets_a_new_session_instead_of_a_gap() {
    let world = World::new().await;
    let (mut ann, bob, group) = group(&world).await;
    let open = world.metric("gateway_sockets");
    let lost = bob.session.clone();
    drop(bob);
    world.until("gateway_sockets", open - 1.0).await;
    let update = destination(&ann.user, "_actions", "update");
    while world.metric("gateway_replay_overflows_total") == 0.0 {
        let mut changed = ann.user.clone();
        changed["properties"] = json!({ "filler": "x".repeat(60_000) });
        ann.request(&update, changed).await;
    }
    let mut back = world.connect_with("bob", &format!("StompX-Auth-Session-ID:{lost}\n")).await;
    assert_ne!(back.session, lost);
    back.subscribe_as("watched", &destination(&group, "_topics", "members")).await;
    assert!(joined(&mut back).await.is_empty());
}

#[tokio::test]
async fn large_events_and_answers_pass_a_small_queue() {
    let settings = GatewaySettings { send_queue_bytes: 16 * 1024, ..GatewaySettings::default() };
    let world = World::with(settings).await;
    let mut ann = world.join("ann").await;
    let update = destination(&ann.user, "_actions", "update");
    let mut changed = ann.user.clone();
    changed["properties"] = json!({ "filler": "x".repeat(60_000) });
    ann.request(&update, changed).await;
    let me = ann.relay("/application/v1/user.relay", "").await;
    assert_eq!(me["properties"]["filler"].as_str().map(str::len), Some(60_000));
}
