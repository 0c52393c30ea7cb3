//! Every relay that a resource offers is answered, exactly once (protocol 2.2 and 5).
use crate::{
    client::{channel, destination},
    support::World,
};
use serde_json::{Value, json};

#[tokio::test]
async fn every_relay_of_the_current_user_and_of_a_channel_is_answered() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    world.join("bob").await;
    let channel = channel(&mut ann, "PRIVATE", &["bob"]).await;
    let links = |resource: &Value| -> Vec<(String, String)> {
        let links = resource["_relays"].as_object().expect("links").iter();
        links.map(|(key, link)| (key.clone(), link.as_str().expect("a destination").to_owned())).collect()
    };
    for (key, relay) in links(&ann.user.clone()).into_iter().chain(links(&channel)) {
        let answer = ann.ask(&relay, "username:ann\nunread:true\n").await;
        if key == "lastReceivedMessage" {
            assert_eq!(answer.expect_err("there is none")["error"], "NotFoundError");
        } else {
            answer.unwrap_or_else(|error| panic!("{key}: {error}"));
        }
    }
    let more = ann.drain().await;
    assert!(more.iter().all(|frame| !frame.event_type().is_empty()), "one answer each: {more:?}");
}

#[tokio::test]
async fn an_answer_names_its_subscription_and_repeats_the_destination() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    ann.send("SUBSCRIBE\nid:r-1\ndestination:/application/user.relay\n\n\0").await;
    let answer = ann.wait(|frame| frame.header("subscription") == Some("r-1")).await;
    assert_eq!(answer.header("destination"), Some("/application/user.relay"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
    assert!(answer.header("message-id").is_some() && answer.header("ack").is_none());
}

#[tokio::test]
async fn users_are_found_by_name_display_name_and_presence() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let _bob = world.join("bob").await;
    let mut cem = world.join("cem").await;
    cem.send("DISCONNECT\nreceipt:r\n\n\0").await;
    cem.closed().await;
    let contacts = destination(&ann.user, "_relays", "contacts");
    let count = destination(&ann.user, "_relays", "contactsCount");
    for (headers, names) in [
        ("", &["bob", "cem"][..]),
        ("name:undefined\n", &["bob", "cem"]),
        ("name:b\n", &["bob"]),
        ("displayName:em\n", &["cem"]),
        ("online:true\n", &["bob"]),
        ("online:false\n", &["cem"]),
    ] {
        let page = ann.relay(&contacts, headers).await;
        let found: Vec<_> = page["_embedded"]["users"]
            .as_array()
            .expect("users")
            .iter()
            .map(|user| user["name"].clone())
            .collect();
        assert_eq!(json!(found), json!(names), "{headers}");
        assert_eq!(ann.relay(&count, headers).await, json!({ "count": names.len() }));
    }
    assert_eq!(
        ann.ask(&contacts, "online:perhaps\n").await.expect_err("refused")["error"],
        "ValidationError"
    );
    let bob = ann.relay("/application/v1/users/2.relay", "").await;
    assert_eq!(bob["name"], "bob");
    assert!(bob["_topics"].is_null(), "never another user's topics");
    let settings = ann.relay("/application/v1/users/2.media_settings.relay", "").await;
    assert_eq!((&settings["user"]["name"], &settings["audio"]["enabled"]), (&json!("bob"), &json!(true)));
}

#[tokio::test]
async fn pages_follow_size_and_links() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    for name in ["bob", "cem", "dot"] {
        world.join(name).await;
    }
    let contacts = destination(&ann.user, "_relays", "contacts").replace(".size..", ".size.2.");
    let first = ann.relay(&contacts, "").await;
    assert_eq!(first["_embedded"]["users"].as_array().map(Vec::len), Some(2));
    let second = ann.relay(&destination(&first, "_relays", "next"), "").await;
    assert_eq!(second["_embedded"]["users"][0]["name"], "dot");
    assert!(second["_relays"]["next"].is_null() && second["_relays"]["prev"].is_string());
}

#[tokio::test]
async fn channels_are_listed_by_scope_and_seen_from_the_viewers_seat() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let mut bob = world.join("bob").await;
    let open = channel(&mut ann, "PUBLIC", &[]).await;
    let hidden = channel(&mut ann, "PRIVATE", &[]).await;
    for (key, headers, expected) in [
        ("channels", "", vec![&open["id"]]),
        ("channels", "subscribable:true\n", vec![]),
        ("joinableChannels", "", vec![&open["id"]]),
        ("channels", "name:no-such-name\n", vec![]),
        ("unreadChannels", "", vec![]),
    ] {
        let page = bob.relay(&destination(&bob.user, "_relays", key), headers).await;
        let ids: Vec<_> =
            page["_embedded"]["channels"].as_array().expect("channels").iter().map(|c| &c["id"]).collect();
        assert_eq!(ids, expected, "{key} {headers}");
    }
    let seen = bob.relay(&destination(&open, "_relays", "self"), "").await;
    assert!(seen["_actions"]["join"].is_string() && seen["_actions"]["leave"].is_null());
    let missing = bob.ask(&destination(&hidden, "_relays", "self"), "").await.expect_err("hidden");
    let absent = bob.ask("/application/v1/channels/999.relay", "").await.expect_err("absent");
    assert_eq!((&missing["error"], &missing["message"]), (&absent["error"], &absent["message"]));
    let messages = bob.ask(&destination(&hidden, "_relays", "messages"), "").await;
    assert_eq!(messages.expect_err("hidden is not empty")["error"], "NotFoundError");
    let count = destination(&ann.user, "_relays", "channelsCount");
    assert_eq!(ann.relay(&count, "").await["count"], 2);
    assert_eq!(ann.relay(&count, "unread:true\ntype:undefined\n").await["count"], 0);
    let member = bob
        .relay("/application/v1/users/1.channel_member.relay", &format!("channelId:{}\n", open["id"]))
        .await;
    assert_eq!(member["exists"], true);
    let error = bob.ask("/application/v1/users/1.channel_member.relay", "channelId:undefined\n").await;
    assert_eq!(error.expect_err("refused")["error"], "ValidationError");
}

#[tokio::test]
async fn the_creator_moderates_while_being_a_member() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let mut bob = world.join("bob").await;
    let group = channel(&mut ann, "PUBLIC", &["bob"]).await;
    let pair = channel(&mut ann, "DIRECT", &["bob"]).await;
    let moderators = destination(&group, "_relays", "moderators") + "user.displayName,asc";
    let page = bob.relay(&moderators, "").await;
    assert_eq!(page["_embedded"]["users"][0]["name"], "ann");
    assert_eq!(bob.relay(&destination(&pair, "_relays", "moderators"), "").await["page"]["totalElements"], 0);
    ann.request(&destination(&group, "_actions", "leave"), json!({})).await;
    assert_eq!(bob.relay(&moderators, "").await["page"]["totalElements"], 0);
    let members = bob.relay(&(destination(&group, "_relays", "members") + "user.displayName,asc"), "").await;
    assert_eq!(members["_embedded"]["users"][0]["name"], "bob");
}

#[tokio::test]
async fn the_second_family_is_told_that_nothing_was_read_and_the_first_gets_null() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let group = channel(&mut ann, "PRIVATE", &[]).await;
    let last_read = destination(&group, "_relays", "lastReadMessage");
    assert_eq!(ann.relay(&last_read, "username:ann\n").await, Value::Null);
    let mut core2 = world.connect("ann").await;
    core2.relay("/application/user.relay", "").await;
    core2.send("SUBSCRIBE\nid:errors\ndestination:/user/queue/errors\n\n\0").await;
    assert_eq!(
        core2.ask(&last_read, "username:ann\n").await.expect_err("an error")["error"],
        "NotFoundError"
    );
}
