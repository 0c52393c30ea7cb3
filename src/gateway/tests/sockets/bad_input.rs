//! Malformed, oversized and forbidden input: the sender's problem and nobody else's.
use crate::{
    client::{connect_frame, send_frame},
    support::World,
};
use model::limits;
use serde_json::json;

#[tokio::test]
async fn malformed_frames_end_their_own_connection_only() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let long_id = "x".repeat(limits::MAX_CLIENT_ID_BYTES + 1);
    let rows: [&[u8]; 10] = [
        b"HELLO\n\n\0",
        b"SEND\nno-colon\n\n\0",
        b"SEND\ndestination:/x\ncontent-length:99999999999\n\n\0",
        b"SEND\ndestination:\\x\n\n\0",
        b"SEND\ndestination:\xff\xfe\n\n\0",
        b"BEGIN\ntransaction:1\n\n\0",
        b"SUBSCRIBE\ndestination:/x\n\n\0",
        b"CONNECT\naccept-version:1.2\n\n\0",
        b"MESSAGE\n\n\0",
        &format!("SUBSCRIBE\nid:{long_id}\ndestination:/x\n\n\0").into_bytes(),
    ];
    for bytes in rows {
        let mut bad = world.connect("bad").await;
        bad.send_bytes(bytes).await;
        let error = bad.read().await;
        assert_eq!(error.command, "ERROR", "{}", String::from_utf8_lossy(bytes));
        assert_eq!(error.json()["error"], "ValidationError");
        assert_eq!(bad.closed().await, "closed: 1002");
    }
    ann.relay("/application/v1/user.relay", "").await;
}

#[tokio::test]
async fn a_frame_before_connect_is_refused() {
    let world = World::new().await;
    let mut early = world.open().await;
    early.send("SUBSCRIBE\nid:1\ndestination:/application/v1/user.relay\n\n\0").await;
    assert_eq!(early.read().await.command, "ERROR");
    assert_eq!(early.closed().await, "closed: 1002");
}

#[tokio::test]
async fn a_client_id_of_the_largest_size_is_fine() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let id = "x".repeat(limits::MAX_CLIENT_ID_BYTES);
    let topic = ann.topic("self");
    ann.send(&format!("SUBSCRIBE\nid:{id}\nreceipt:{id}\ndestination:{topic}\n\n\0")).await;
    ann.wait(|frame| frame.command == "RECEIPT" && frame.header("receipt-id") == Some(&id)).await;
}

#[tokio::test]
async fn a_frame_of_the_largest_size_passes_one_byte_more_is_named_and_far_more_is_cut_off() {
    let world = World::new().await;
    let frame = |size: usize| {
        let head = "SEND\ndestination:/application/v1/user.update\nreceipt:big\n\n{\"x\":\"";
        let tail = "\"}\0";
        format!("{head}{}{tail}", "x".repeat(size - head.len() - tail.len()))
    };
    let mut ann = world.join("ann").await;
    ann.send(&frame(limits::MAX_FRAME_BYTES)).await;
    ann.wait(|frame| frame.command == "RECEIPT" && frame.header("receipt-id") == Some("big")).await;
    ann.send(&frame(limits::MAX_FRAME_BYTES + 1)).await;
    let error = ann.wait(|frame| frame.command == "ERROR").await;
    assert!(error.body.contains("at most 1048576 bytes"), "{error:?}");

    let mut bob = world.join("bob").await;
    bob.send(&frame(2 * limits::MAX_FRAME_BYTES)).await;
    // The rest of the message is still on its way when the server has seen enough.
    let closed = bob.closed().await;
    assert!(closed != "silence", "{closed}");
    world.join("cem").await;
}

#[tokio::test]
async fn headers_up_to_the_limits_are_fine_and_one_more_is_named() {
    let world = World::new().await;
    let with = |headers: usize, line: usize| {
        let many = "h:v\n".repeat(headers - 2);
        format!("ACK\nid:1\n{many}{:x<line$}\n\n\0", "long:")
    };
    let (most, longest) = (limits::MAX_FRAME_HEADERS, limits::MAX_HEADER_BYTES);
    let mut ann = world.join("ann").await;
    ann.send(&with(most, longest)).await;
    ann.relay("/application/v1/user.relay", "").await;
    for (frame, problem) in
        [(with(most + 1, 10), "at most 64 headers"), (with(most, longest + 1), "at most 16384 bytes")]
    {
        let mut bad = world.join("bad").await;
        bad.send(&frame).await;
        let error = bad.wait(|frame| frame.command == "ERROR").await;
        assert!(error.body.contains(problem), "{error:?}");
    }
}

#[tokio::test]
async fn unknown_destinations_are_answered_on_the_errors_queue() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    for relay in [
        "",
        "undefined",
        "/application/v1/nothing.relay",
        "/application/v1/users/NaN.relay",
        "/application/v1/channels/undefined.relay",
        "/topic/v1/users/7.nothing",
        "/application/v1/channels/999.relay",
    ] {
        let error = ann.ask(relay, "").await.expect_err(relay);
        assert_eq!(error["error"], "NotFoundError", "{relay}");
    }
    for action in ["undefined", "", "/application/v1/user.fly", "/application/v1/channels/1.relay"] {
        let error = ann.try_act("r", action, &json!({})).await.expect_err(action);
        assert_eq!(error["error"], "NotFoundError", "{action}");
    }
    // Nothing names a SEND without receipt: an error would fail everything that the client waits for.
    ann.send("SEND\ndestination:undefined\n\n\0").await;
    assert_eq!(ann.story().await, Vec::<String>::new());
}

#[tokio::test]
async fn topics_of_others_are_refused_without_a_receipt() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let bob = world.join("bob").await;
    let topic = bob.topic("calls");
    let refused = ann.try_subscribe_as("foreign", &topic).await;
    assert_eq!(
        (refused.header("subscription"), &refused.json()["error"]),
        (Some("errors"), &json!("NotFoundError"))
    );
    for topic in ["/topic/v1/channels/99.messages", "/topic/v1/calls/99.self"] {
        let refused = ann.try_subscribe_as("s", topic).await;
        assert_eq!(
            (refused.command.as_str(), &refused.json()["error"]),
            ("MESSAGE", &json!("NotFoundError"))
        );
    }
    assert!(ann.story().await.iter().all(|line| line != "RECEIPT"));
}

#[tokio::test]
async fn unknown_ids_of_acks_and_unsubscribes_are_ignored() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    for frame in ["ACK\nid:999\n\n\0", "ACK\nid:x\n\n\0", "NACK\nid:1\n\n\0", "UNSUBSCRIBE\nid:x\n\n\0"] {
        ann.send(frame).await;
    }
    ann.send("UNSUBSCRIBE\nid:x\nreceipt:r\n\n\0").await;
    assert_eq!(ann.story().await, ["RECEIPT"]);
}

#[tokio::test]
async fn a_session_holds_so_many_subscriptions_and_not_one_more() {
    let world = World::new().await;
    let mut ann = world.connect("ann").await;
    ann.watch_errors().await;
    let user = ann.relay("/application/v1/user.relay", "").await;
    let topic = crate::client::destination(&user, "_topics", "self");
    for number in 0..limits::MAX_SUBSCRIPTIONS {
        ann.subscribe_as(&format!("s-{number}"), &topic).await;
    }
    let refused = ann.try_subscribe_as("one-more", &topic).await;
    assert_eq!(refused.json()["error"], "RateLimitedError");
    ann.subscribe_as("s-0", &topic).await;
    ann.unsubscribe("s-0").await;
    ann.subscribe_as("one-more", &topic).await;
}

#[tokio::test]
async fn thousands_of_relays_leave_nothing_behind() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    for _ in 0..2000 {
        ann.relay("/application/v1/user.relay", "").await;
    }
    let topic = ann.topic("self");
    for number in 0..limits::MAX_SUBSCRIPTIONS - 10 {
        ann.subscribe_as(&format!("s-{number}"), &topic).await;
    }
}

#[tokio::test]
async fn bodies_that_are_wrong_say_what_was_expected_and_get_no_receipt() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let create = crate::client::destination(&ann.user, "_actions", "createChannel");
    for (body, field) in [
        (json!({}), "type"),
        (json!({ "type": "DIRECT", "members": [{ "username": "nobody" }] }), "members"),
        (json!({ "type": "PUBLIC", "properties": [] }), "properties"),
    ] {
        let error = ann.try_act("r", &create, &body).await.expect_err("refused");
        assert_eq!(error["error"], "ValidationError");
        assert!(error["message"].as_str().is_some_and(|message| message.contains(field)), "{error}");
    }
    ann.send(&send_frame("broken", &create, &json!(0)).replace("\n\n0\0", "\n\n{\0")).await;
    let error = ann.wait(|frame| frame.header("receipt-id") == Some("broken")).await;
    assert_eq!(error.json()["error"], "ValidationError");
    assert!(ann.story().await.iter().all(|line| line != "RECEIPT"));
}

#[tokio::test]
async fn a_client_that_connects_twice_is_told_why_it_is_closed() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    ann.send(&connect_frame("ann", "")).await;
    assert!(ann.wait(|frame| frame.command == "ERROR").await.header("message").is_some());
}
