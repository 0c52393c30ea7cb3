//! SEND: RECEIPT, then the result, then everything else; failures without RECEIPT (protocol 2.5, 2.6, 6.3).
use crate::{
    client::{Client, channel, destination},
    support::World,
};
use serde_json::json;

/// What came since the last look: `RECEIPT r`, `type r` for the copy with the receipt, `type` for others.
async fn story(client: &mut Client) -> Vec<String> {
    let tell = |frame: &crate::client::Frame| {
        let name = if frame.command == "RECEIPT" { "RECEIPT".to_owned() } else { frame.event_type() };
        match frame.header("receipt-id") {
            Some(receipt) => format!("{name} {receipt}"),
            None => name,
        }
    };
    client.drain().await.iter().map(tell).collect()
}

#[tokio::test]
async fn an_updated_profile_is_the_result_and_reaches_other_sessions_and_contacts() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let mut tablet = world.join("ann").await;
    let mut bob = world.join("bob").await;
    ann.drain().await;
    tablet.drain().await;
    let mut changed = ann.user.clone();
    changed["displayName"] = json!("Ann of Whisker");
    let update = destination(&ann.user, "_actions", "update");
    ann.fire("r", &update, &changed).await;
    let result = ann.event("user.self.updated").await;
    assert_eq!(result.resource()["displayName"], "Ann of Whisker");
    assert!(result.resource()["_topics"].is_object(), "a CurrentUser");
    assert_eq!(result.header("receipt-id"), Some("r"));
    assert_eq!(story(&mut ann).await, ["RECEIPT r"], "it came before, and nothing else did");
    assert_eq!(story(&mut tablet).await, ["user.self.updated"]);
    let seen = bob.event("contact.user.updated").await.resource();
    assert_eq!(seen["displayName"], "Ann of Whisker");
    assert!(seen["_topics"].is_null(), "a User");
}

#[tokio::test]
async fn an_external_picture_becomes_the_users_and_a_file_that_is_none_is_refused() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let update = destination(&ann.user, "_actions", "updateDisplayPicture");
    let picture = json!({ "url": "https://p.example.org/1.png", "name": "1.png", "contentType": "image/png", "size": 3 });
    let result = ann.request(&update, picture).await.resource();
    assert_eq!(result["displayPictureUrl"], "https://p.example.org/1.png");
    assert_eq!(ann.try_act("r", &update, &json!({})).await.expect_err("refused")["error"], "ValidationError");
}

#[tokio::test]
async fn creating_a_channel_answers_the_creator_first_and_tells_every_member() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let mut tablet = world.join("ann").await;
    let mut bob = world.join("bob").await;
    for client in [&mut ann, &mut tablet, &mut bob] {
        client.drain().await;
    }
    let create = destination(&ann.user, "_actions", "createChannel");
    ann.fire("r", &create, &json!({ "type": "DIRECT", "members": [{ "username": "bob" }] })).await;
    assert_eq!(story(&mut ann).await, ["RECEIPT r", "user.channel.created r", "user.channel.joined"]);
    assert_eq!(story(&mut tablet).await, ["user.channel.created", "user.channel.joined"]);
    assert_eq!(story(&mut bob).await, ["user.channel.joined"]);
    // The same members again: the same channel, for the asking session only.
    bob.fire("r-2", &create, &json!({ "type": "DIRECT", "members": [{ "username": "ann" }] })).await;
    assert_eq!(story(&mut bob).await, ["RECEIPT r-2", "user.channel.upserted r-2"]);
    assert!(story(&mut ann).await.is_empty() && story(&mut tablet).await.is_empty());
}

#[tokio::test]
async fn joining_inviting_and_leaving_have_their_results_and_their_audiences() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let mut bob = world.join("bob").await;
    let mut cem = world.join("cem").await;
    let group = channel(&mut ann, "PUBLIC", &[]).await;
    ann.subscribe_as("chat-members", &destination(&group, "_topics", "members")).await;
    for client in [&mut ann, &mut bob, &mut cem] {
        client.drain().await;
    }
    let seen = bob.relay(&destination(&group, "_relays", "self"), "").await;
    let join = destination(&seen, "_actions", "join");
    for receipt in ["first", "again"] {
        bob.fire(receipt, &join, &json!({ "channel": group })).await;
        let joined = bob.event("user.channel.joined").await;
        assert_eq!((joined.header("receipt-id"), &joined.resource()["id"]), (Some(receipt), &group["id"]));
        assert!(joined.resource()["_actions"]["leave"].is_string(), "seen from a member's seat");
        assert_eq!(story(&mut bob).await, [format!("RECEIPT {receipt}")]);
    }
    assert_eq!(story(&mut ann).await, ["channel.member.joined"], "once");

    let invite = destination(&group, "_actions", "invite");
    for receipt in ["first", "again"] {
        ann.fire(receipt, &invite, &json!({ "user": { "username": "cem" } })).await;
        let invited = ann.event("user.user.invited").await;
        assert_eq!(
            (invited.header("receipt-id"), &invited.resource()["name"]),
            (Some(receipt), &json!("cem"))
        );
    }
    assert_eq!(story(&mut cem).await, ["user.channel.joined"]);
    ann.drain().await;

    let leave = destination(&group, "_actions", "leave");
    let of_bob = json!({ "user": { "username": "bob" } });
    let refused = cem.try_act("r", &leave, &of_bob).await.expect_err("removing others");
    assert_eq!(refused["error"], "AccessDeniedError");
    bob.fire("leave", &leave, &of_bob).await;
    assert_eq!(story(&mut bob).await, ["RECEIPT leave", "user.channel.left leave", "me.channel.left"]);
    assert_eq!(story(&mut ann).await, ["channel.member.left"]);
}

#[tokio::test]
async fn every_action_of_a_channel_is_receipted_and_has_one_result_at_most() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let group = channel(&mut ann, "PRIVATE", &[]).await;
    ann.drain().await;
    let rows = [
        ("message", json!({ "type": "TEXT", "body": "hi" }), 1),
        ("read", json!({}), 0),
        ("mute", json!({ "state": "ON" }), 1),
        ("triggerEvent", json!({ "type": "wave" }), 0),
        ("createThread", json!({ "name": "release" }), 1),
        ("clearHistory", json!({}), 1),
        ("update", json!({ "displayName": "Ops" }), 1),
        ("delete", json!({}), 1),
    ];
    for (key, body, results) in rows {
        ann.fire(key, &destination(&group, "_actions", key), &body).await;
        let told = story(&mut ann).await;
        assert_eq!(told.first(), Some(&format!("RECEIPT {key}")), "{told:?}");
        let carriers = told.iter().skip(1).filter(|line| line.ends_with(&format!(" {key}"))).count();
        assert_eq!(carriers, results, "{told:?}");
    }
}

#[tokio::test]
async fn nothing_is_receipted_that_was_not_stored() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    world.store.fail_writes(true);
    let create = destination(&ann.user, "_actions", "createChannel");
    let error = ann.try_act("r", &create, &json!({ "type": "PRIVATE" })).await.expect_err("not stored");
    assert_eq!(error["error"], "InternalServerError");
    assert!(story(&mut ann).await.is_empty());
    world.store.fail_writes(false);
    ann.try_act("r", &create, &json!({ "type": "PRIVATE" }))
        .await
        .expect("a failed action may be tried again");
}

#[tokio::test]
async fn a_repeated_receipt_is_done_once_and_answered_each_time() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let create = destination(&ann.user, "_actions", "createChannel");
    let mut ids = Vec::new();
    for _ in 0..3 {
        ann.try_act("same", &create, &json!({ "type": "PRIVATE" })).await.expect("a RECEIPT each time");
        ids.push(ann.event("user.channel.created").await.resource()["id"].clone());
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let mine = ann.relay(&destination(&ann.user, "_relays", "channels"), "subscribable:true\n").await;
    assert_eq!(mine["page"]["totalElements"], 1);
    assert!((world.metric("gateway_repeated_sends_total") - 2.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_result_finds_its_way_when_its_topic_is_gone() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    ann.unsubscribe("user-channels").await;
    let create = destination(&ann.user, "_actions", "createChannel");
    let result = ann.request(&create, json!({ "type": "PRIVATE" })).await;
    assert_eq!(result.event_type(), "user.channel.created");
    assert_eq!(result.header("subscription"), Some("user-self"));
}

#[tokio::test]
async fn the_oldest_clients_get_old_names_with_the_receipt() {
    let world = World::new().await;
    let (mut old, _) =
        Client::open(&world.url(&format!("/stompx/websocket?api_key={}", crate::support::KEY))).await;
    old.sign_in("ann", "").await;
    old.user = old.relay("/application/v1/users/me.relay", "").await;
    let topic = old.topic("channels");
    old.subscribe_as("channels", &topic).await;
    let create = destination(&old.user, "_actions", "createChannel");
    old.fire("r", &create, &json!({ "type": "PRIVATE" })).await;
    let expected = [
        "RECEIPT r",
        "user.channel.created",
        "me.channel.created r",
        "user.channel.joined",
        "me.channel.joined",
    ];
    assert_eq!(story(&mut old).await, expected);
}

#[tokio::test]
async fn an_action_without_receipt_is_done_in_silence() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let create = destination(&ann.user, "_actions", "createChannel");
    ann.send(&format!("SEND\ndestination:{create}\n\n{{\"type\":\"PRIVATE\"}}\0")).await;
    assert_eq!(story(&mut ann).await, ["user.channel.created", "user.channel.joined"]);
}
