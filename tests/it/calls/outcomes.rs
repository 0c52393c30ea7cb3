//! How calls end, and what history says about it: also after `kill -9`.
use loadtest::client::{Client, destination};
use serde_json::{Value, json};
use support::{Server, connect, direct_channel, private_channel, ready, start_call};

/// End reason and the outcome of each user, in invitation order.
fn outcome(call: &Value) -> (String, Vec<(u64, String)>) {
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let participants = call["participants"].as_array().cloned().unwrap_or_default();
    let outcomes =
        participants.iter().map(|p| (p["userId"].as_u64().unwrap_or_default(), text(&p["outcome"])));
    (text(&call["endReason"]), outcomes.collect())
}

async fn history(client: &mut Client, channel: &Value) -> Vec<Value> {
    let page = client.relay(&destination(channel, "_relays", "calls"), &[]).await.expect("a page");
    page["_embedded"]["calls"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_decline_ends_a_call_of_two_and_stops_the_ringing_everywhere() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let mut tablet = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    let call = start_call(&mut ann, &channel, json!({})).await;
    ready(&mut ann, &call).await;
    for device in [&mut bob, &mut tablet] {
        device.event("user.call.invited").await.expect("every device rings");
    }
    let declined =
        bob.request(&destination(&call, "_actions", "decline"), &json!({})).await.expect("the call");
    assert_eq!(declined["id"], call["id"]);
    tablet.event("user.call.declined").await.expect("the other device stops ringing");
    assert_eq!(ann.event("call.participant.declined").await.expect("ann learns").resource()["name"], "bob");
    let ended = ann.event("call.self.ended").await.expect("over").resource();
    let expected = vec![(ann.id(), "LEFT".to_owned()), (bob.id(), "DECLINED".to_owned())];
    assert_eq!(outcome(&ended), ("DECLINED".to_owned(), expected));
    assert_eq!(outcome(&history(&mut bob, &channel).await[0]), outcome(&ended));
}

#[tokio::test]
async fn an_unanswered_call_is_missed_when_the_ring_time_is_over() {
    let server = Server::start(&[("WHISKER_CALLS__RING_SECS", "1")]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    let call = start_call(&mut ann, &channel, json!({})).await;
    ready(&mut ann, &call).await;
    let ended = bob.event("user.call.ended").await.expect("it stops ringing").resource();
    let (reason, outcomes) = outcome(&ended);
    assert_eq!(reason, "MISSED");
    assert_eq!(outcomes[1].1, "MISSED");
    ann.event("call.self.ended").await.expect("ann learns");
}

#[tokio::test]
async fn a_caller_who_hangs_up_first_cancels_and_a_late_accept_is_told_so() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    let call = start_call(&mut ann, &channel, json!({})).await;
    let watched = ready(&mut ann, &call).await;
    bob.event("user.call.invited").await.expect("it rings");
    ann.unsubscribe(&watched).await.expect("sent");
    let ended = bob.event("user.call.ended").await.expect("it stops ringing").resource();
    let (reason, outcomes) = outcome(&ended);
    assert_eq!(reason, "CANCELLED");
    assert_eq!(outcomes[1].1, "CANCELLED");
    bob.subscribe(&destination(&call, "_topics", "self")).await.expect("a RECEIPT");
    bob.event("call.self.ended").await.expect("too late");
    bob.act(&destination(&call, "_actions", "ready"), &json!({})).await.expect("a RECEIPT");
}

#[tokio::test]
async fn history_survives_kill_9_and_running_calls_end_as_failed() {
    let mut server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let pair = direct_channel(&mut ann, &["bob"]).await;
    let first = start_call(&mut ann, &pair, json!({})).await;
    let watched = ready(&mut ann, &first).await;
    ready(&mut bob, &first).await;
    ann.unsubscribe(&watched).await.expect("sent");
    let ended = bob.event("call.self.ended").await.expect("over").resource();
    let group = private_channel(&mut ann, "standup", &["bob"]).await;
    let second = start_call(&mut ann, &group, json!({})).await;
    ready(&mut ann, &second).await;
    ready(&mut bob, &second).await;

    server.kill_and_restart();
    let mut ann = connect(&server, "ann").await;
    let stored = history(&mut ann, &pair).await;
    assert_eq!(stored.len(), 1);
    assert_eq!(outcome(&stored[0]), outcome(&ended), "an acknowledged outcome is intact");
    let interrupted = &history(&mut ann, &group).await[0];
    assert_eq!((&interrupted["state"], &interrupted["endReason"]), (&json!("ENDED"), &json!("FAILED")));
    let active =
        ann.relay(&destination(&group, "_relays", "calls"), &[("active", "true")]).await.expect("a page");
    assert_eq!(active["page"]["totalElements"], 0);
}

#[tokio::test]
async fn a_channel_lists_its_calls_newest_first_in_pages() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let call = start_call(&mut ann, &channel, json!({})).await;
        bob.request(&destination(&call, "_actions", "decline"), &json!({})).await.expect("declined");
        ids.insert(0, call["id"].clone());
    }
    let relay = destination(&channel, "_relays", "calls").replace(".size..", ".size.2.");
    let first = ann.relay(&relay, &[]).await.expect("a page");
    let second = ann.relay(&destination(&first, "_relays", "next"), &[]).await.expect("a page");
    let listed: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page["_embedded"]["calls"].as_array().cloned().unwrap_or_default())
        .map(|call| call["id"].clone())
        .collect();
    assert_eq!(listed, ids);
    assert!(second["_relays"]["next"].is_null());
}
