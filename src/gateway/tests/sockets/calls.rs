//! Calls over sockets: who hears what, in which order (protocol 7, calls.md).
use crate::{
    client::{Client, Frame, channel, destination},
    support::World,
};
use domain::{ports::MediaEvent, testing::RecordingMedia};
use model::{CallId, SessionKey, call::Source, event::WantedSections};
use serde_json::{Value, json};
use std::time::Duration;

async fn start(caller: &mut Client, channel: &Value, body: Value) -> Value {
    caller.request(&destination(channel, "_actions", "call"), body).await.resource()
}

async fn watch(client: &mut Client, call: &Value) {
    for key in ["self", "participants", "userMediaSettings", "signals"] {
        client.subscribe_as(&format!("call-{key}"), &destination(call, "_topics", key)).await;
    }
}

async fn ready(client: &mut Client, call: &Value) {
    client.fire("ready", &destination(call, "_actions", "ready"), &json!({})).await;
}

/// RECEIPTs as their id, signals as `KIND peer`, other call events by type and name.
fn tell(frame: &Frame) -> Option<String> {
    if frame.command == "RECEIPT" {
        return frame.header("receipt-id").map(|id| format!("RECEIPT {id}"));
    }
    let (event, resource) = (frame.event_type(), frame.resource());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match event.as_str() {
        "call.signal.created" => {
            Some(format!("{} {}", text(&resource["type"]), text(&resource["peer"]["name"])))
        }
        event if event.starts_with("call.participant") => {
            Some(format!("{event} {}", text(&resource["name"])))
        }
        event if event.contains("call") => Some(event.to_owned()),
        _ => None,
    }
}

async fn story(client: &mut Client) -> Vec<String> {
    client.drain().await.iter().filter_map(tell).collect()
}

/// Ann and Bob in a DIRECT channel.
async fn pair(world: &World) -> (Client, Client, Value) {
    let mut ann = world.join("ann").await;
    let mut bob = world.join("bob").await;
    let channel = channel(&mut ann, "DIRECT", &["bob"]).await;
    ann.drain().await;
    bob.drain().await;
    (ann, bob, channel)
}

#[tokio::test]
async fn peer_to_peer_signalling_keeps_the_stated_orders() {
    let world = World::new().await;
    let (mut ann, mut bob, channel) = pair(&world).await;
    let call = start(&mut ann, &channel, json!({})).await;
    assert_eq!((&call["p2p"], &call["state"]), (&json!(true), &json!("PENDING")));
    assert_eq!(story(&mut bob).await, ["user.call.invited"]);
    watch(&mut ann, &call).await;
    ready(&mut ann, &call).await;
    assert_eq!(story(&mut ann).await, ["RECEIPT ready", "user.call.active"]);
    watch(&mut bob, &call).await;
    ready(&mut bob, &call).await;
    let newcomer = ["RECEIPT ready", "user.call.active", "call.self.active", "CREATE_OFFER ann"];
    assert_eq!(story(&mut bob).await, newcomer);
    let present = ["call.participant.accepted bob", "call.self.active", "ANSWER_OFFER bob"];
    assert_eq!(story(&mut ann).await, present);

    let signal = destination(&call, "_actions", "signal");
    let payload = json!({ "type": "offer", "sdp": "v=0" });
    let body = json!({ "type": "SEND_DESCRIPTION", "peer": { "id": ann.user["id"], "name": "liar" }, "payload": payload });
    bob.act(&signal, body).await;
    let offer = ann.event("call.signal.created").await;
    assert_eq!((&offer.resource()["peer"]["name"], &offer.resource()["payload"]), (&json!("bob"), &payload));
    assert_eq!(offer.header("subscription"), Some("call-signals"));

    let mute = destination(&bob.user, "_actions", "updateMediaSettingsAudioEnabled");
    bob.act(&mute, json!({ "enabled": false })).await;
    let settings = ann.event("call.user_media_settings.updated").await.resource();
    assert_eq!((&settings["user"]["name"], &settings["audio"]["enabled"]), (&json!("bob"), &json!(false)));

    // Leaving is the UNSUBSCRIBE of `self`; a DIRECT call of two is over then.
    bob.unsubscribe("call-self").await;
    ann.event("user.call.ended").await;
    assert_eq!(
        story(&mut ann).await,
        ["DISCONNECT_PEER bob", "call.participant.left bob", "call.self.ended"]
    );
}

#[tokio::test]
async fn every_device_rings_and_one_answer_stops_the_others() {
    let world = World::new().await;
    let (mut ann, mut phone, channel) = pair(&world).await;
    let mut tablet = world.join("bob").await;
    let call = start(&mut ann, &channel, json!({})).await;
    watch(&mut ann, &call).await;
    ready(&mut ann, &call).await;
    for device in [&mut phone, &mut tablet] {
        assert_eq!(story(device).await, ["user.call.invited"]);
    }
    watch(&mut phone, &call).await;
    ready(&mut phone, &call).await;
    phone.event("user.call.active").await;
    assert_eq!(story(&mut tablet).await, ["user.call.accepted"]);
    tablet.subscribe_as("late", &destination(&call, "_topics", "self")).await;
    ready(&mut tablet, &call).await;
    let over = tablet.event("call.self.ended").await;
    assert_eq!(over.header("subscription"), Some("late"));
    tablet.wait(|frame| frame.header("receipt-id") == Some("ready")).await;
    assert_eq!(ann.relay(&destination(&call, "_relays", "self"), "").await["state"], "ACTIVE");
}

#[tokio::test]
async fn a_decline_is_the_result_and_stops_all_devices() {
    let world = World::new().await;
    let (mut ann, mut bob, channel) = pair(&world).await;
    let mut tablet = world.join("bob").await;
    let call = start(&mut ann, &channel, json!({})).await;
    watch(&mut ann, &call).await;
    ready(&mut ann, &call).await;
    let decline = destination(&call, "_actions", "decline");
    let declined = bob.request(&decline, json!({})).await;
    assert_eq!(
        (declined.event_type().as_str(), &declined.resource()["id"]),
        ("user.call.declined", &call["id"])
    );
    assert_eq!(story(&mut tablet).await, ["user.call.invited", "user.call.declined", "user.call.ended"]);
    ann.event("call.participant.declined").await;
    assert_eq!(ann.event("call.self.ended").await.resource()["endReason"], "DECLINED");
    // Once more, and by its old name: answered with the call as it is.
    let again = bob.request(&destination(&call, "_actions", "reject"), json!({})).await;
    assert_eq!(
        (again.event_type().as_str(), &again.resource()["state"]),
        ("user.call.declined", &json!("ENDED"))
    );
}

#[tokio::test]
async fn a_second_start_returns_the_running_call_to_the_asker_only() {
    let world = World::new().await;
    let (mut ann, mut bob, channel) = pair(&world).await;
    let call = start(&mut ann, &channel, json!({})).await;
    bob.event("user.call.invited").await;
    ann.drain().await;
    let same = bob.request(&destination(&channel, "_actions", "call"), json!({})).await;
    assert_eq!((same.event_type().as_str(), &same.resource()["id"]), ("user.call.created", &call["id"]));
    assert!(story(&mut ann).await.is_empty() && story(&mut bob).await.is_empty());
}

#[tokio::test]
async fn whoever_comes_too_late_gets_receipts_and_the_end_and_holds_nothing() {
    let world = World::new().await;
    let (mut ann, mut bob, channel) = pair(&world).await;
    let call = start(&mut ann, &channel, json!({})).await;
    watch(&mut ann, &call).await;
    ready(&mut ann, &call).await;
    ann.unsubscribe("call-self").await;
    bob.event("user.call.ended").await;
    bob.drain().await;
    for key in ["participants", "signals", "self"] {
        bob.subscribe_as(&format!("late-{key}"), &destination(&call, "_topics", key)).await;
    }
    let over = bob.event("call.self.ended").await;
    assert_eq!(
        (over.header("subscription"), &over.resource()["endReason"]),
        (Some("late-self"), &json!("CANCELLED"))
    );
    bob.ack(&over).await;
    bob.unsubscribe("late-self").await;
    assert!(story(&mut bob).await.is_empty());
}

#[tokio::test]
async fn a_lost_socket_keeps_its_call_for_the_grace_and_not_longer() {
    let world = World::new().await;
    let (mut ann, mut bob, channel) = pair(&world).await;
    let call = start(&mut ann, &channel, json!({})).await;
    for client in [&mut ann, &mut bob] {
        watch(client, &call).await;
        ready(client, &call).await;
        client.event("user.call.active").await;
    }
    ann.drain().await;
    bob.drain().await;
    let (open, session) = (world.metric("gateway_sockets"), bob.session.clone());
    let bob_id = bob.user["id"].clone();
    drop(bob);
    world.until("gateway_sockets", open - 1.0).await;
    world.advance(Duration::from_secs(14)).await;
    let payload = json!({ "candidate": "c", "sdpMid": "0", "sdpMLineIndex": 0 });
    let offer = json!({ "type": "SEND_DESCRIPTION", "peer": { "id": bob_id }, "payload": { "type": "answer", "sdp": "a" } });
    let signal = destination(&call, "_actions", "signal");
    ann.act(&signal, offer).await;
    ann.act(&signal, json!({ "type": "ADD_CANDIDATE", "peer": { "id": bob_id }, "payload": payload })).await;
    assert!(story(&mut ann).await.is_empty(), "the call goes on");

    let mut bob = world.connect_with("bob", &format!("StompX-Auth-Session-ID:{session}\n")).await;
    bob.watch_errors().await;
    watch(&mut bob, &call).await;
    let missed: Vec<_> = story(&mut bob).await;
    let signals: Vec<_> = missed.iter().filter(|line| line.ends_with(" ann")).collect();
    assert_eq!(signals.last(), Some(&&"ADD_CANDIDATE ann".to_owned()), "{missed:?}");
    world.advance(Duration::from_secs(60)).await;
    assert!(story(&mut ann).await.is_empty(), "nobody noticed");

    drop(bob);
    world.until("gateway_sockets", open - 1.0).await;
    world.advance(Duration::from_secs(15)).await;
    assert_eq!(ann.event("call.self.ended").await.resource()["state"], "ENDED");
    let mut bob = world.connect_with("bob", &format!("StompX-Auth-Session-ID:{session}\n")).await;
    bob.subscribe_as("call-self", &destination(&call, "_topics", "self")).await;
    bob.event("call.self.ended").await;
    assert!(story(&mut bob).await.iter().all(|line| line != "call.self.ended"), "once, not replayed as well");
}

#[tokio::test]
async fn our_clients_call_through_the_sfu_and_are_answered_after_the_receipt() {
    let world = World::new().await;
    let mut ann = world.connect_with("ann", "StompX-User-Agent:Whisker-JS/0.1.0\n").await;
    ann.bootstrap().await;
    let mut bob = world.join("bob").await;
    let channel = channel(&mut ann, "DIRECT", &["bob"]).await;
    let call = start(&mut ann, &channel, json!({})).await;
    assert_eq!(call["p2p"], false);
    for client in [&mut ann, &mut bob] {
        watch(client, &call).await;
        client.subscribe_as("call-media", &destination(&call, "_topics", "media")).await;
        ready(client, &call).await;
        client.event("user.call.active").await;
        client.drain().await;
    }
    let offer = json!({
        "type": "SEND_DESCRIPTION",
        "payload": { "type": "offer", "sdp": "v=0 offer", "sources": { "0": "microphone" } }
    });
    ann.fire("offer", &destination(&call, "_actions", "signal"), &offer).await;
    ann.wait(|frame| frame.command == "RECEIPT" && frame.header("receipt-id") == Some("offer")).await;
    let answer = ann.event("call.signal.created").await.resource();
    assert_eq!(answer["payload"], json!({ "type": "answer", "sdp": RecordingMedia::ANSWER }));
    assert!(answer["peer"].is_null(), "it comes from the SFU");

    world.media.refuse(Some("no candidates"));
    let refused =
        ann.try_act("bad", &destination(&call, "_actions", "signal"), &offer).await.expect_err("refused");
    assert!(refused["message"].as_str().is_some_and(|text| text.contains("no candidates")), "{refused}");

    // Keys in the order of CONNECT: ann 1, bob 2.
    let tracks = vec![("4".to_owned(), SessionKey(2), Source::Camera)];
    let wanted = WantedSections { audio: 0, video: 2 };
    let id = CallId(call["id"].as_u64().expect("an id"));
    let snapshot = MediaEvent::Tracks { call: id, session: SessionKey(1), version: 7, tracks, wanted };
    world.calls.handle_media(snapshot).await;
    let media = ann.event("call.media.updated").await;
    assert_eq!(media.header("subscription"), Some("call-media"));
    assert_eq!((&media.resource()["version"], &media.resource()["wanted"]["video"]), (&json!(7), &json!(2)));
    assert_eq!(media.resource()["tracks"][0]["user"]["name"], "bob");
    assert!(story(&mut bob).await.iter().all(|line| line != "call.media.updated"), "private to its session");
}

#[tokio::test]
async fn strangers_learn_nothing_about_a_call() {
    let world = World::new().await;
    let (mut ann, _bob, channel) = pair(&world).await;
    let mut eve = world.join("eve").await;
    let call = start(&mut ann, &channel, json!({})).await;
    for key in ["self", "participants", "signals", "media"] {
        let refused = eve.try_subscribe_as(key, &destination(&call, "_topics", key)).await;
        assert_eq!(refused.json()["error"], "NotFoundError", "{key}");
    }
    for key in ["ready", "decline"] {
        let refused = eve.try_act(key, &destination(&call, "_actions", key), &json!({})).await;
        assert_eq!(refused.expect_err(key)["error"], "NotFoundError");
    }
    let hidden = eve.ask(&destination(&call, "_relays", "self"), "").await.expect_err("hidden");
    assert_eq!(hidden["error"], "NotFoundError");
}
