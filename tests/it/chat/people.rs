//! Reading, reacting, typing, being notified, being there.
use super::{act, enter, read, result, say, see, types};
use loadtest::client::destination;
use serde_json::json;
use support::{Server, connect, direct_channel, private_channel};

#[tokio::test]
async fn reading_makes_receipts_and_empties_the_counters() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    enter(&mut ann, &channel).await;
    let first = say(&mut ann, &channel, "one").await;
    let second = say(&mut ann, &channel, "two").await;
    let me = bob.user.clone();
    assert_eq!(read(&mut bob, &channel, "messagesCount", &[("unread", "true")]).await["count"], 2);
    assert_eq!(read(&mut bob, &me, "unreadMessagesCount", &[("unread", "true")]).await["count"], 2);
    assert_eq!(
        read(&mut bob, &me, "channelsCount", &[("unread", "true"), ("type", "undefined")]).await["count"],
        1
    );
    assert_eq!(read(&mut bob, &channel, "unread", &[]).await["exists"], true);
    act(&mut bob, &first, "read", json!({})).await;
    let receipt = ann.event("message.read_receipt.created").await.expect("told").resource();
    assert_eq!(receipt["user"]["name"], "bob");
    assert_eq!(read(&mut ann, &receipt, "message", &[]).await["id"], first["id"]);
    let receipts = read(&mut ann, &first, "readReceipts", &[]).await;
    assert_eq!(receipts["_embedded"]["receipts"][0]["user"]["name"], "bob");
    act(&mut bob, &channel, "read", json!({})).await;
    assert_eq!(read(&mut bob, &channel, "messagesCount", &[("unread", "true")]).await["count"], 0);
    assert_eq!(read(&mut bob, &channel, "unread", &[]).await["exists"], false);
    let last = read(&mut ann, &channel, "lastReadMessage", &[("username", "bob")]).await;
    assert_eq!(last["id"], second["id"]);
    act(&mut bob, &second, "unread", json!({})).await;
    ann.event("message.read_receipt.deleted").await.expect("told");
    assert_eq!(read(&mut bob, &channel, "unread", &[]).await["exists"], true);
}

#[tokio::test]
async fn reactions_are_added_listed_and_taken_back() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    enter(&mut ann, &channel).await;
    let sent = say(&mut ann, &channel, "done").await;
    for _ in 0..2 {
        let reaction = result(&mut bob, &sent, "react", json!({ "emoji": ":thumbsup:" })).await;
        assert_eq!(reaction["emoji"]["character"], "👍");
    }
    assert_eq!(ann.event("message.reaction.created").await.expect("told").resource()["user"]["name"], "bob");
    let seen = read(&mut ann, &sent, "self", &[]).await;
    assert_eq!(
        (&seen["reactions"][0]["count"], &seen["reactionsSummary"]["emojis"]),
        (&json!(1), &seen["reactions"])
    );
    let page = read(&mut ann, &sent, "reactions", &[]).await;
    assert_eq!(page["_embedded"]["reactions"].as_array().map(Vec::len), Some(1));
    result(&mut bob, &sent, "removeReaction", json!({ "emoji": "👍" })).await;
    ann.event("message.reaction.removed").await.expect("told");
    assert_eq!(read(&mut ann, &sent, "self", &[]).await["reactions"], json!([]));
}

#[tokio::test]
async fn typing_starts_with_keystrokes_and_stops_with_the_message() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    enter(&mut bob, &channel).await;
    act(&mut ann, &channel, "keystrokes", json!({ "keys": "hel" })).await;
    assert_eq!(bob.event("thread.typing.started").await.expect("told").resource()["name"], "ann");
    assert_eq!(bob.event("participant.typing.started").await.expect("told").resource()["name"], "ann");
    assert_eq!(bob.event("thread.keystrokes.created").await.expect("told").resource()["keys"], "hel");
    act(&mut ann, &channel, "keystrokes", json!({ "keys": "hell" })).await;
    say(&mut ann, &channel, "hello").await;
    bob.event("thread.typing.stopped").await.expect("told");
    bob.event("participant.typing.stopped").await.expect("told");
    let more = types(&bob.drain().await.expect("frames"));
    assert!(!more.contains(&"thread.typing.started".to_owned()), "{more:?}");
    act(&mut ann, &channel, "triggerEvent", json!({ "type": "wave", "properties": { "hand": "left" } }))
        .await;
    let waved = bob.event("channel.event.triggered").await.expect("told").resource();
    assert_eq!((&waved["type"], &waved["properties"]["hand"]), (&json!("wave"), &json!("left")));
}

#[tokio::test]
async fn whoever_is_not_in_the_chat_is_notified_muted_or_not() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    let sent = say(&mut ann, &channel, "are you there?").await;
    let notification = bob.event("user.notification.created").await.expect("notified").resource();
    assert_eq!(
        (&notification["data"]["type"], &notification["muted"]),
        (&json!("USER:SENT:MESSAGE"), &json!(false))
    );
    assert_eq!(
        (&notification["data"]["message"]["id"], &notification["title"]),
        (&sent["id"], &json!("ann"))
    );
    assert_eq!(notification["data"]["recipient"]["name"], "bob");
    result(&mut bob, &channel, "mute", json!({ "state": "ON" })).await;
    say(&mut ann, &channel, "hello?").await;
    assert_eq!(bob.event("user.notification.created").await.expect("notified").resource()["muted"], true);
    result(&mut bob, &channel, "mute", json!({ "state": "OFF" })).await;
    let chat = enter(&mut bob, &channel).await;
    say(&mut ann, &channel, "ah").await;
    say(&mut ann, &channel, "<@bob>!").await;
    let mentioned = bob.event("user.notification.created").await.expect("notified").resource();
    assert_eq!(
        mentioned["data"]["type"], "USER:MENTIONED:USER",
        "plain ones do not reach whoever is looking"
    );
    bob.unsubscribe(&chat).await.expect("sent");
    bob.drain().await.expect("frames");
    say(&mut ann, &channel, "gone?").await;
    bob.event("user.notification.created").await.expect("notified again");
}

#[tokio::test]
async fn a_hidden_channel_comes_back_with_the_next_message() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    let me = bob.user.clone();
    result(&mut bob, &channel, "hide", json!({})).await;
    assert_eq!(read(&mut bob, &me, "channels", &[]).await["page"]["totalElements"], 0);
    say(&mut ann, &channel, "look").await;
    let shown = bob.event("user.channel.unhidden").await.expect("told").resource();
    assert_eq!((&shown["id"], &shown["lastReceivedMessage"]["body"]), (&channel["id"], &json!("look")));
    assert_eq!(read(&mut bob, &me, "channels", &[]).await["page"]["totalElements"], 1);
}

#[tokio::test]
async fn the_first_chat_session_and_the_last_are_told_to_the_others() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = private_channel(&mut ann, "room", &["bob"]).await;
    enter(&mut ann, &channel).await;
    let first = enter(&mut bob, &channel).await;
    assert_eq!(ann.event("channel.participant.active").await.expect("told").resource()["name"], "bob");
    let second = bob.subscribe(&destination(&channel, "_topics", "self")).await.expect("again");
    bob.unsubscribe(&first).await.expect("sent");
    bob.drain().await.expect("frames");
    assert!(!types(&ann.drain().await.expect("frames")).contains(&"channel.participant.inactive".to_owned()));
    bob.unsubscribe(&second).await.expect("sent");
    assert_eq!(ann.event("channel.participant.inactive").await.expect("told").resource()["name"], "bob");
    assert_eq!(see(&mut bob, &channel).await["id"], channel["id"]);
}
