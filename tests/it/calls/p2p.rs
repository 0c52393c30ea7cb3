//! The legacy peer-to-peer signalling of protocol section 7, with raw clients: every order it states.
use loadtest::client::{Client, Frame, destination};
use serde_json::{Value, json};
use support::{Server, connect, private_channel, ready, start_call};

/// What one client sees, in order: RECEIPTs as their id, signals as `KIND peer`, other call events by type.
fn story(frames: &[Frame]) -> Vec<String> {
    let tell = |frame: &Frame| {
        if frame.command == "RECEIPT" {
            return Some("RECEIPT".to_owned());
        }
        let (event, resource) = (frame.event_type(), frame.resource());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match event.as_str() {
            "call.signal.created" => {
                Some(format!("{} {}", text(&resource["type"]), text(&resource["peer"]["name"])))
            }
            "contact.presence.changed" | "user.self.updated" | "" => None,
            event if event.starts_with("call.participant") => {
                Some(format!("{event} {}", text(&resource["name"])))
            }
            event => Some(event.to_owned()),
        }
    };
    frames.iter().filter_map(tell).collect()
}

async fn seen(client: &mut Client) -> Vec<String> {
    story(&client.drain().await.expect("frames"))
}

async fn watch_all(client: &mut Client, call: &Value) -> String {
    let own = client.subscribe(&destination(call, "_topics", "self")).await.expect("self");
    for key in ["participants", "userMediaSettings", "signals"] {
        client.subscribe(&destination(call, "_topics", key)).await.expect(key);
    }
    own
}

/// Sends `ready` without taking its RECEIPT out of the story.
async fn say_ready(client: &mut Client, call: &Value) {
    let ready = destination(call, "_actions", "ready");
    client
        .send_text(format!("SEND\ndestination:{ready}\nreceipt:ready\ncontent-length:2\n\n{{}}\0"))
        .await
        .expect("sent");
}

async fn signal(client: &mut Client, call: &Value, kind: &str, peer: Value, payload: Value) {
    let body = json!({ "type": kind, "peer": peer, "payload": payload });
    client.act(&destination(call, "_actions", "signal"), &body).await.expect("a signal is receipted");
}

#[tokio::test]
async fn three_raw_clients_run_the_whole_signalling_in_the_stated_orders() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let mut cem = connect(&server, "cem").await;
    let channel = private_channel(&mut ann, "trio", &["bob", "cem"]).await;
    for client in [&mut ann, &mut bob, &mut cem] {
        client.drain().await.expect("frames");
    }

    // 7.3: the call rings at everybody else, with a complete Call.
    let call = start_call(&mut ann, &channel, json!({ "properties": { "topic": "lunch" } })).await;
    assert_eq!(call["state"], "PENDING");
    assert_eq!(call["type"], "CONFERENCE");
    assert_eq!(call["p2p"], true, "an SDK of the public family calls peer to peer");
    assert_eq!(call["properties"]["topic"], "lunch");
    assert_eq!(call["creator"]["name"], "ann");
    for invitee in [&mut bob, &mut cem] {
        let invite = invitee.event("user.call.invited").await.expect("it rings");
        assert_eq!(invite.resource()["id"], call["id"]);
        assert!(invite.header("receipt-id").is_none(), "only the caller's copy carries the receipt");
    }

    // The creator's ready: RECEIPT first, then active; nobody to pair with.
    let ann_self = watch_all(&mut ann, &call).await;
    say_ready(&mut ann, &call).await;
    assert_eq!(seen(&mut ann).await, ["RECEIPT", "user.call.active"]);

    // The second ready: the call is active; ANSWER_OFFER to the one who was there, CREATE_OFFER to the newcomer.
    watch_all(&mut bob, &call).await;
    say_ready(&mut bob, &call).await;
    assert_eq!(
        seen(&mut bob).await,
        ["RECEIPT", "user.call.active", "call.self.active", "CREATE_OFFER ann"],
        "the newcomer never hears of its own acceptance"
    );
    assert_eq!(
        seen(&mut ann).await,
        ["call.participant.accepted bob", "call.self.active", "ANSWER_OFFER bob"]
    );

    // 7.5: candidates wait for the description; those of the offerer also for the answer. Peers are rewritten.
    let (ann_id, bob_id) = (ann.id(), bob.id());
    let candidate = |text: &str| json!({ "candidate": text, "sdpMid": "0", "sdpMLineIndex": 0 });
    signal(&mut bob, &call, "ADD_CANDIDATE", json!({ "id": ann_id }), candidate("b1")).await;
    assert_eq!(seen(&mut ann).await, Vec::<String>::new(), "held until the offer");
    let whole_peer = json!({ "id": ann_id, "name": "somebody else", "_relays": {} });
    signal(&mut bob, &call, "SEND_DESCRIPTION", whole_peer, json!({ "type": "offer", "sdp": "v=0 offer" }))
        .await;
    let offer = ann.event("call.signal.created").await.expect("the offer");
    assert_eq!(offer.resource()["type"], "SEND_DESCRIPTION");
    assert_eq!(offer.resource()["peer"]["name"], "bob", "the peer is the sender, from the receiver's side");
    assert_eq!(offer.resource()["payload"], json!({ "type": "offer", "sdp": "v=0 offer" }));
    assert_eq!(seen(&mut ann).await, Vec::<String>::new(), "the offerer's candidate waits for the answer");
    signal(&mut ann, &call, "ADD_CANDIDATE", json!({ "id": bob_id }), candidate("a1")).await;
    assert_eq!(seen(&mut bob).await, Vec::<String>::new(), "held until the answer");
    let answer = json!({ "type": "answer", "sdp": "v=0 answer" });
    signal(&mut ann, &call, "SEND_DESCRIPTION", json!({ "id": bob_id }), answer).await;
    assert_eq!(seen(&mut bob).await, ["SEND_DESCRIPTION ann", "ADD_CANDIDATE ann"]);
    let released = ann.event("call.signal.created").await.expect("the candidate that waited");
    assert_eq!(released.resource()["payload"]["candidate"], "b1");
    signal(&mut bob, &call, "ADD_CANDIDATE", json!({ "id": ann_id }), candidate("b2")).await;
    signal(&mut bob, &call, "ADD_CANDIDATE", json!({ "id": ann_id }), candidate("b3")).await;
    for expected in ["b2", "b3"] {
        let next = ann.event("call.signal.created").await.expect("candidates keep their order");
        assert_eq!(next.resource()["payload"]["candidate"], expected);
    }
    assert_eq!(seen(&mut cem).await, Vec::<String>::new(), "signals are private to their receiver");

    // Signals to somebody who is not ready are dropped, and receipted.
    signal(&mut bob, &call, "ADD_CANDIDATE", json!({ "id": cem.id() }), candidate("b4")).await;
    assert_eq!(seen(&mut cem).await, Vec::<String>::new());

    // The third ready pairs with both, each once.
    watch_all(&mut cem, &call).await;
    say_ready(&mut cem, &call).await;
    let newcomer = seen(&mut cem).await;
    assert_eq!(newcomer[..3], ["RECEIPT", "user.call.active", "call.self.active"]);
    let mut offers = newcomer[3..].to_vec();
    offers.sort();
    assert_eq!(offers, ["CREATE_OFFER ann", "CREATE_OFFER bob"]);
    for client in [&mut ann, &mut bob] {
        assert_eq!(seen(client).await, ["call.participant.accepted cem", "ANSWER_OFFER cem"]);
    }

    // Media settings reach the others in the call.
    let mute = destination(&bob.user, "_actions", "updateMediaSettingsAudioEnabled");
    bob.act(&mute, &json!({ "enabled": false })).await.expect("muted");
    for client in [&mut ann, &mut cem] {
        let update = client.event("call.user_media_settings.updated").await.expect("they see it").resource();
        assert_eq!((&update["user"]["name"], &update["audio"]["enabled"]), (&json!("bob"), &json!(false)));
        assert_eq!(update["video"]["enabled"], true);
    }

    // 7.7: leaving is the UNSUBSCRIBE of `self`; DISCONNECT_PEER comes before the participant's departure.
    ann.unsubscribe(&ann_self).await.expect("sent");
    for client in [&mut bob, &mut cem] {
        let gone = client.wait("ann leaves", |frame| frame.event_type() == "call.participant.left");
        assert_eq!(gone.await.expect("ann left").resource()["name"], "ann");
        let before: Vec<_> = seen(client).await;
        assert_eq!(before, ["DISCONNECT_PEER ann"]);
    }
    let status = cem.relay(&format!("/application/v1/users/{ann_id}.relay"), &[]).await.expect("ann");
    assert_eq!(status["callStatus"], "AVAILABLE");
    let status = cem.relay(&format!("/application/v1/users/{bob_id}.relay"), &[]).await.expect("bob");
    assert_eq!(status["callStatus"], "IN_CALL");

    // The group goes on with two, and is over when one remains and nobody is invited.
    bob.disconnect().await.expect("bob goes");
    let ended = cem.event("call.self.ended").await.expect("one is no call").resource();
    assert_eq!((&ended["state"], &ended["endReason"]), (&json!("ENDED"), &json!("COMPLETED")));
    assert!(ended["endTime"].is_string());

    cem.drain().await.expect("frames");

    // 7.3: whoever comes too late gets receipts and the end.
    let late = cem.subscribe(&destination(&call, "_topics", "self")).await.expect("a RECEIPT");
    let over = cem.event("call.self.ended").await.expect("the end");
    assert_eq!(over.header("subscription"), Some(late.as_str()));
    say_ready(&mut cem, &call).await;
    assert_eq!(seen(&mut cem).await.first().map(String::as_str), Some("RECEIPT"));
}

#[tokio::test]
async fn a_second_start_in_the_channel_returns_the_running_call() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = support::direct_channel(&mut ann, &["bob"]).await;
    let call = start_call(&mut ann, &channel, json!({})).await;
    let same_channel = support::direct_channel(&mut bob, &["ann"]).await;
    assert_eq!(same_channel["id"], channel["id"]);
    let same = start_call(&mut bob, &same_channel, json!({})).await;
    assert_eq!(same["id"], call["id"], "two who call each other at once meet in one call");
    ready(&mut ann, &call).await;
    ready(&mut bob, &same).await;
    ann.event("call.self.active").await.expect("connected");
    bob.event("call.self.active").await.expect("connected");
}

#[tokio::test]
async fn a_description_larger_than_the_limit_is_refused_and_the_call_goes_on() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = support::direct_channel(&mut ann, &["bob"]).await;
    let call = start_call(&mut ann, &channel, json!({})).await;
    ready(&mut ann, &call).await;
    ready(&mut bob, &call).await;
    let target = destination(&call, "_actions", "signal");
    // The limit counts the payload's JSON.
    let most = 256 * 1024 - json!({ "type": "offer", "sdp": "" }).to_string().len();
    for (length, fits) in [(most, true), (most + 1, false)] {
        let payload = json!({ "type": "offer", "sdp": "x".repeat(length) });
        let body = json!({ "type": "SEND_DESCRIPTION", "peer": { "id": bob.id() }, "payload": payload });
        assert_eq!(ann.act(&target, &body).await.is_ok(), fits, "{length}");
    }
}
