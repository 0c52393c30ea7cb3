//! Sessions: signing in, presence, resumption without loss.
use loadtest::client::{Client, ClientError, Options, destination};
use serde_json::json;
use support::{Server, connect, direct_channel, ready, start_call};

#[tokio::test]
async fn a_wrong_key_is_refused_for_good() {
    let server = Server::start(&[]);
    let Err(ClientError::Refused { name, .. }) = Client::connect(&server.url(), "wrong", "ann").await else {
        panic!("connected");
    };
    assert_eq!(name, "AccessDeniedError", "the only name that stops clients from trying again");
}

#[tokio::test]
async fn users_see_each_other_come_and_go() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let bob = connect(&server, "bob").await;
    let arrival = ann.event("contact.presence.changed").await.expect("bob came").resource();
    assert_eq!((&arrival["name"], &arrival["presence"]["online"]), (&json!("bob"), &json!(true)));
    let contacts = destination(&ann.user, "_relays", "contacts");
    let online = ann.relay(&contacts, &[("online", "true")]).await.expect("a page");
    assert_eq!(online["_embedded"]["users"].as_array().map(Vec::len), Some(1));
    bob.disconnect().await.expect("bob goes");
    let departure = ann.event("contact.presence.changed").await.expect("bob went").resource();
    assert_eq!(departure["presence"]["online"], false, "DISCONNECT has no grace period");
    let online = ann.relay(&contacts, &[("online", "true")]).await.expect("a page");
    assert_eq!(online["page"]["totalElements"], 0);
}

#[tokio::test]
async fn a_resumed_session_gets_what_it_missed_in_order_and_keeps_its_call() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    let call = start_call(&mut ann, &channel, json!({})).await;
    ready(&mut ann, &call).await;
    let topics = ["self", "participants", "signals"].map(|key| destination(&call, "_topics", key));
    for (index, topic) in topics.iter().enumerate() {
        bob.subscribe_as(&format!("call-{index}"), topic).await.expect("watched");
    }
    bob.act(&destination(&call, "_actions", "ready"), &json!({})).await.expect("ready");
    bob.drain().await.expect("frames");
    let session = bob.session.clone();
    drop(bob);

    // While bob is away: signals that only he may see.
    let signal = destination(&call, "_actions", "signal");
    let bob_id = ann.relay(&destination(&call, "_relays", "participants"), &[]).await.expect("a page");
    let bob_id = bob_id["_embedded"]["users"]
        .as_array()
        .and_then(|users| users.iter().find(|user| user["name"] == "bob").map(|user| user["id"].clone()));
    for number in 0..3 {
        let payload = json!({ "type": "offer", "sdp": format!("v={number}") });
        let body = json!({ "type": "SEND_DESCRIPTION", "peer": { "id": bob_id }, "payload": payload });
        ann.act(&signal, &body).await.expect("receipted");
    }
    let options = Options { session: Some(session), ..Options::default() };
    let mut bob =
        Client::connect_with(&server.url(), Server::API_KEY, "bob", options).await.expect("CONNECTED");
    bob.send_text("SUBSCRIBE\nid:errors\ndestination:/user/queue/v1/errors\n\n\0".to_owned())
        .await
        .expect("sent");
    for (index, topic) in topics.iter().enumerate() {
        bob.subscribe_as(&format!("call-{index}"), topic).await.expect("watched again");
    }
    let frames = bob.drain().await.expect("frames");
    let sdp: Vec<_> = frames
        .iter()
        .filter(|frame| frame.event_type() == "call.signal.created")
        .filter_map(|frame| frame.resource()["payload"]["sdp"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(sdp, ["v=0", "v=1", "v=2"]);
    let now = ann.relay(&destination(&call, "_relays", "self"), &[]).await.expect("the call");
    assert_eq!(now["state"], "ACTIVE", "a lost socket does not leave the call");
}

#[tokio::test]
async fn a_session_that_stays_away_goes_offline_and_leaves_its_call() {
    let settings = [("WHISKER_GATEWAY__OFFLINE_GRACE_SECS", "1"), ("WHISKER_GATEWAY__RESUME_SECS", "2")];
    let server = Server::start(&settings);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    let call = start_call(&mut ann, &channel, json!({})).await;
    ready(&mut ann, &call).await;
    ready(&mut bob, &call).await;
    drop(bob);
    ann.event("call.self.ended").await.expect("the call of two is over");
    let offline = ann.wait("bob is offline", |frame| {
        frame.event_type() == "contact.presence.changed" && frame.resource()["presence"]["online"] == false
    });
    assert_eq!(offline.await.expect("announced").resource()["name"], "bob");
}

#[tokio::test]
async fn somebody_elses_session_cannot_be_taken_over() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let options = Options { session: Some(ann.session.clone()), ..Options::default() };
    let mut eve = Client::connect_with(&server.url(), Server::API_KEY, "eve", options)
        .await
        .expect("a session of her own");
    eve.bootstrap().await.expect("the connect sequence");
    assert_eq!(eve.user["name"], "eve");
    assert_ne!(eve.session, ann.session);
    let me = ann.relay("/application/v1/user.relay", &[]).await.expect("ann is still there");
    assert_eq!(me["name"], "ann");
}

#[tokio::test]
async fn a_repeated_send_with_the_same_receipt_happens_once() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let create = destination(&ann.user, "_actions", "createChannel");
    for _ in 0..2 {
        ann.act_as("same-receipt", &create, &json!({ "type": "PRIVATE" }))
            .await
            .expect("a RECEIPT each time");
    }
    let channels = ann.relay(&destination(&ann.user, "_relays", "channels"), &[]).await.expect("a page");
    assert_eq!(channels["page"]["totalElements"], 1);
}
