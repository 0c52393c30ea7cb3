//! Sending, replying, changing, deleting, listing.
use super::{act, bodies, enter, read, refusal, result, say, see};
use loadtest::client::destination;
use serde_json::json;
use support::{Server, connect, direct_channel, private_channel};

#[tokio::test]
async fn a_text_is_carried_to_its_author_and_told_to_everybody_in_the_chat() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    enter(&mut ann, &channel).await;
    enter(&mut bob, &channel).await;
    let sent = say(&mut ann, &channel, "hello <@bob>").await;
    assert_eq!(
        (&sent["type"], &sent["body"], &sent["user"]["name"]),
        (&json!("TEXT"), &json!("hello <@bob>"), &json!("ann"))
    );
    assert_eq!(sent["mentions"][0]["user"]["name"], "bob");
    for client in [&mut ann, &mut bob] {
        let told = client.event("channel.message.created").await.expect("told").resource();
        assert_eq!(told["id"], sent["id"]);
    }
    let seen = see(&mut bob, &channel).await;
    assert_eq!(seen["lastReceivedMessage"]["id"], sent["id"]);
}

#[tokio::test]
async fn an_external_file_is_a_message_without_body() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let channel = private_channel(&mut ann, "files", &[]).await;
    let file = json!({ "url": "https://example.org/cat.png", "name": "cat.png", "contentType": "image/png", "size": 1024 });
    let sent =
        result(&mut ann, &channel, "message", json!({ "type": "FILE", "file": file, "groupTag": "pets" }))
            .await;
    assert_eq!(
        (&sent["type"], &sent["file"]["type"], &sent["groupTag"]),
        (&json!("FILE"), &json!("EXTERNAL"), &json!("pets"))
    );
    assert!(sent.get("body").is_none());
    let files = read(&mut ann, &channel, "messages", &[("type", "FILE")]).await;
    assert_eq!(files["_embedded"]["messages"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn replies_know_their_parent_and_are_counted() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let channel = private_channel(&mut ann, "replies", &[]).await;
    enter(&mut ann, &channel).await;
    let question = say(&mut ann, &channel, "why?").await;
    let answer = result(&mut ann, &question, "reply", json!({ "type": "TEXT", "body": "because" })).await;
    assert_eq!(answer["nestedLevel"], 1);
    assert_eq!(read(&mut ann, &answer, "parent", &[]).await["id"], question["id"]);
    assert_eq!(read(&mut ann, &question, "repliesCount", &[]).await["count"], 1);
    assert_eq!(bodies(&read(&mut ann, &question, "replies", &[]).await), ["because"]);
    let counted = ann.event("channel.message.updated").await.expect("the parent changed").resource();
    assert_eq!((&counted["id"], &counted["repliesCount"]), (&question["id"], &json!(1)));
    let main_only = read(&mut ann, &channel, "messages", &[("mainThread", "true")]).await;
    assert_eq!(bodies(&main_only), ["why?"]);
    assert_eq!(bodies(&read(&mut ann, &channel, "messages", &[]).await), ["because", "why?"]);
}

#[tokio::test]
async fn editing_and_deleting_are_for_the_author() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    enter(&mut bob, &channel).await;
    let sent = say(&mut ann, &channel, "helo").await;
    assert_eq!(refusal(&mut bob, &sent, "edit", json!({ "body": "mine" })).await, "AccessDeniedError");
    let edited = result(&mut ann, &sent, "edit", json!({ "body": "hello" })).await;
    assert_eq!(edited["body"], "hello");
    assert!(edited["lastEditedTime"].is_string());
    let updated =
        result(&mut ann, &sent, "updateProperties", json!({ "properties": { "pinned": true } })).await;
    assert_eq!(updated["properties"]["pinned"], true);
    assert_eq!(bob.event("channel.message.updated").await.expect("told").resource()["body"], "hello");
    result(&mut ann, &sent, "delete", json!({})).await;
    assert_eq!(bob.event("channel.message.deleted").await.expect("told").resource()["id"], sent["id"]);
    assert!(bodies(&read(&mut bob, &channel, "messages", &[]).await).is_empty());
}

#[tokio::test]
async fn deleting_for_me_and_clearing_history_hide_from_one_user_only() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    let first = say(&mut ann, &channel, "one").await;
    say(&mut ann, &channel, "two").await;
    result(&mut bob, &first, "deleteForMe", json!({})).await;
    assert_eq!(bodies(&read(&mut bob, &channel, "messages", &[]).await), ["two"]);
    result(&mut bob, &channel, "clearHistory", json!({})).await;
    assert!(bodies(&read(&mut bob, &channel, "messages", &[]).await).is_empty());
    assert_eq!(bodies(&read(&mut ann, &channel, "messages", &[]).await), ["two", "one"]);
}

#[tokio::test]
async fn pages_lead_to_the_oldest_message_and_back() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let channel = private_channel(&mut ann, "pages", &[]).await;
    for number in 0..7 {
        say(&mut ann, &channel, &number.to_string()).await;
    }
    let first = destination(&channel, "_relays", "messages").replace(".size..", ".size.3.");
    let mut page = ann.relay(&first, &[]).await.expect("a page");
    let mut read_bodies = bodies(&page);
    assert!(page["_relays"].get("prev").is_none());
    while page["_relays"].get("next").is_some() {
        page = read(&mut ann, &page, "next", &[]).await;
        read_bodies.extend(bodies(&page));
    }
    assert_eq!(read_bodies, ["6", "5", "4", "3", "2", "1", "0"]);
    let back = read(&mut ann, &page, "prev", &[]).await;
    assert_eq!(bodies(&back), ["3", "2", "1"]);
}

#[tokio::test]
async fn threads_have_messages_and_topics_of_their_own() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut eve = connect(&server, "eve").await;
    let channel = private_channel(&mut ann, "threads", &[]).await;
    let thread = result(&mut ann, &channel, "createThread", json!({ "name": "release" })).await;
    assert_eq!((&thread["type"], &thread["name"]), (&json!("STANDALONE"), &json!("release")));
    ann.subscribe(&destination(&thread, "_topics", "messages")).await.expect("watched");
    assert!(eve.subscribe(&destination(&thread, "_topics", "messages")).await.is_err(), "not hers");
    let sent = result(&mut ann, &thread, "message", json!({ "type": "TEXT", "body": "soon" })).await;
    let told = ann.event("thread.message.created").await.expect("told").resource();
    assert_eq!(told["id"], sent["id"]);
    let threads = read(&mut ann, &channel, "threads", &[("standalone", "true")]).await;
    assert_eq!(threads["_embedded"]["threads"][0]["id"], thread["id"]);
    assert_eq!(read(&mut ann, &thread, "channel", &[]).await["id"], channel["id"]);
    act(&mut ann, &thread, "read", json!({})).await;
}

#[tokio::test]
async fn what_is_not_allowed_is_refused_by_name() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut eve = connect(&server, "eve").await;
    let channel = private_channel(&mut ann, "secret", &[]).await;
    let sent = say(&mut ann, &channel, "psst").await;
    let text = json!({ "type": "TEXT", "body": "hi" });
    let rows = [
        (&channel, "message", text.clone(), "NotFoundError"),
        (&sent, "reply", text, "NotFoundError"),
        (&sent, "react", json!({ "emoji": "👍" }), "NotFoundError"),
        (&sent, "read", json!({}), "NotFoundError"),
        (&channel, "keystrokes", json!({ "keys": "x" }), "NotFoundError"),
        (&channel, "delete", json!({}), "NotFoundError"),
    ];
    for (resource, key, body, name) in rows {
        assert_eq!(refusal(&mut eve, resource, key, body).await, name, "{key}");
    }
    for body in [json!({}), json!({ "type": "TEXT", "body": "" }), json!({ "type": "VIDEO", "body": "x" })] {
        assert_eq!(refusal(&mut ann, &channel, "message", body).await, "ValidationError");
    }
    assert_eq!(refusal(&mut ann, &sent, "react", json!({ "emoji": "nothing" })).await, "ValidationError");
    assert_eq!(refusal(&mut ann, &channel, "hide", json!({})).await, "AccessDeniedError");
}
