//! Several devices of one user, members who were not invited, and strangers.
use loadtest::client::{ClientError, destination};
use serde_json::json;
use support::{Server, connect, direct_channel, private_channel, ready, start_call};

#[tokio::test]
async fn the_first_device_that_answers_has_the_call_and_the_others_stop_ringing() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut phone = connect(&server, "bob").await;
    let mut tablet = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    let call = start_call(&mut ann, &channel, json!({})).await;
    ready(&mut ann, &call).await;
    for device in [&mut phone, &mut tablet] {
        device.event("user.call.invited").await.expect("every device rings");
    }
    ready(&mut phone, &call).await;
    tablet.event("user.call.accepted").await.expect("answered elsewhere");
    let watched = tablet.subscribe(&destination(&call, "_topics", "self")).await.expect("a RECEIPT");
    tablet.act(&destination(&call, "_actions", "ready"), &json!({})).await.expect("a RECEIPT");
    let over = tablet.event("call.self.ended").await.expect("this device has no part in it");
    assert_eq!(over.header("subscription"), Some(watched.as_str()));
    // The call itself goes on.
    let now = ann.relay(&destination(&call, "_relays", "self"), &[]).await.expect("the call");
    assert_eq!(now["state"], "ACTIVE");
}

#[tokio::test]
async fn somebody_invited_to_the_channel_later_may_join_the_running_call() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let mut cem = connect(&server, "cem").await;
    let channel = private_channel(&mut ann, "team", &["bob"]).await;
    let call = start_call(&mut ann, &channel, json!({})).await;
    ready(&mut ann, &call).await;
    ready(&mut bob, &call).await;
    let refused = cem.subscribe(&destination(&call, "_topics", "self")).await;
    assert!(matches!(refused, Err(ClientError::Refused { .. })), "not a member");
    let invite = destination(&channel, "_actions", "invite");
    ann.request(&invite, &json!({ "user": { "username": "cem" } })).await.expect("the invitee");
    cem.event("user.channel.joined").await.expect("a member");
    ready(&mut cem, &call).await;
    let joined = bob.wait("cem joins", |frame| {
        frame.event_type() == "call.participant.accepted" && frame.resource()["name"] == "cem"
    });
    joined.await.expect("the others learn");
}

#[tokio::test]
async fn a_stranger_learns_nothing_about_a_call() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let _bob = connect(&server, "bob").await;
    let mut eve = connect(&server, "eve").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    let call = start_call(&mut ann, &channel, json!({})).await;
    for key in ["self", "participants"] {
        let relay = destination(&call, "_relays", key);
        let of_absent = relay.replace(&format!("calls/{}", call["id"]), "calls/999999");
        let (hidden, missing) = (eve.relay(&relay, &[]).await, eve.relay(&of_absent, &[]).await);
        let (Err(hidden), Err(missing)) = (hidden, missing) else { panic!("{key} is readable") };
        assert_eq!(hidden.to_string(), missing.to_string(), "absent and hidden look the same");
    }
    for key in ["ready", "decline"] {
        let refused = eve.act(&destination(&call, "_actions", key), &json!({})).await;
        assert!(matches!(refused, Err(ClientError::Refused { .. })), "{key}");
    }
    for key in ["self", "participants", "signals", "media"] {
        let refused = eve.subscribe(&destination(&call, "_topics", key)).await;
        assert!(matches!(refused, Err(ClientError::Refused { .. })), "{key}");
    }
    let history = eve.relay(&destination(&channel, "_relays", "calls"), &[]).await;
    assert!(matches!(history, Err(ClientError::Refused { .. })));
}
