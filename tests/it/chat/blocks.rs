//! Moderators, block lists, the end of channels and users.
use super::{read, refusal, result, say, see};
use loadtest::client::{by_name, destination};
use serde_json::json;
use support::{Server, connect, direct_channel, private_channel};

#[tokio::test]
async fn moderators_change_the_channel_and_remove_and_keep_out_members() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let mut eve = connect(&server, "eve").await;
    let channel = private_channel(&mut ann, "club", &["bob", "eve"]).await;
    let of_bob = see(&mut bob, &channel).await;
    assert!(of_bob["_actions"].get("addModerator").is_none());
    result(&mut ann, &channel, "addModerator", by_name("bob")).await;
    let changed = bob.event("user.channel.updated").await.expect("told").resource();
    assert!(changed["_actions"]["addModerator"].is_string(), "as bob may see it");
    let moderators = read(&mut ann, &channel, "moderators", &[]).await;
    assert_eq!(moderators["page"]["totalElements"], 2);
    let renamed = result(&mut bob, &changed, "update", json!({ "displayName": "The club" })).await;
    assert_eq!(renamed["displayName"], "The club");
    assert_eq!(
        refusal(&mut eve, &channel, "update", json!({ "displayName": "Mine" })).await,
        "AccessDeniedError"
    );
    let record = result(&mut bob, &changed, "block", by_name("eve")).await;
    assert_eq!(record["user"]["name"], "eve");
    eve.event("me.channel.left").await.expect("told");
    let records = read(&mut bob, &channel, "blockRecords", &[]).await;
    assert_eq!(records["_embedded"]["records"][0]["user"]["name"], "eve");
    result(&mut bob, &record, "delete", json!({})).await;
    assert_eq!(read(&mut bob, &channel, "blockRecords", &[]).await["page"]["totalElements"], 0);
    result(&mut ann, &channel, "deleteModerator", by_name("bob")).await;
    let removed = json!({ "user": by_name("bob") });
    result(&mut ann, &channel, "leave", removed).await;
    bob.event("user.channel.left").await.expect("told");
}

#[tokio::test]
async fn a_blocked_user_cannot_write_to_the_blocker() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    let blocked =
        ann.request(&format!("/application/v1/users/{}.block", bob.id()), &json!({})).await.expect("blocked");
    assert_eq!(blocked["name"], "bob");
    ann.event("user.user_blocklist_item.created").await.expect("told");
    let text = json!({ "type": "TEXT", "body": "hi" });
    assert_eq!(refusal(&mut bob, &channel, "message", text).await, "AccessDeniedError");
    let me = ann.user.clone();
    let list = read(&mut ann, &me, "userBlockListItems", &[]).await;
    let item = list["_embedded"]["items"][0].clone();
    assert_eq!(result(&mut ann, &item, "delete", json!({})).await["name"], "bob");
    say(&mut bob, &channel, "hi").await;
}

#[tokio::test]
async fn a_deleted_channel_is_gone_for_everybody() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = private_channel(&mut ann, "old", &["bob"]).await;
    bob.subscribe(&destination(&channel, "_topics", "self")).await.expect("watched");
    result(&mut ann, &channel, "delete", json!({})).await;
    bob.event("user.channel.deleted").await.expect("told");
    bob.event("channel.self.deleted").await.expect("told in the chat");
    assert!(bob.relay(&destination(&channel, "_relays", "self"), &[]).await.is_err());
}

#[tokio::test]
async fn a_deleted_user_is_put_out_and_their_words_stay() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = private_channel(&mut ann, "farewell", &["bob"]).await;
    let sent = say(&mut bob, &channel, "bye").await;
    let me = bob.user.clone();
    let gone = result(&mut bob, &me, "delete", json!({})).await;
    assert_eq!(gone["id"], me["id"]);
    let last = bob.wait("the end", |frame| frame.command == "ERROR").await.expect("an ERROR frame");
    assert_eq!(last.json()["error"], "AccessDeniedError", "so that the client does not come back");
    assert_eq!(read(&mut ann, &sent, "self", &[]).await["body"], "bye");
}

#[tokio::test]
async fn a_report_is_told_to_moderators_only() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = private_channel(&mut ann, "reports", &["bob"]).await;
    let sent = say(&mut ann, &channel, "buy this").await;
    let report = result(&mut bob, &sent, "report", json!({ "reason": "spam" })).await;
    assert_eq!((&report["reason"], &report["user"]["name"]), (&json!("spam"), &json!("bob")));
    let reports = read(&mut ann, &sent, "reports", &[]).await;
    assert_eq!(reports["_embedded"]["reports"][0]["reason"], "spam");
    assert!(bob.relay(&destination(&sent, "_relays", "reports"), &[]).await.is_err());
    assert_eq!(refusal(&mut bob, &sent, "removeReport", json!({})).await, "AccessDeniedError");
}
