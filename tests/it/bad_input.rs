//! Malformed, oversized and forbidden input: answered with the specified error, counted, and nobody else's problem.
use loadtest::client::{Client, ClientError, destination};
use serde_json::json;
use std::net::UdpSocket;
use support::{Server, connect};

/// The server still serves others.
async fn is_well(server: &Server) {
    let mut zoe = connect(server, "zoe").await;
    zoe.relay("/application/v1/user.relay", &[]).await.expect("an answer");
}

#[tokio::test]
async fn malformed_frames_end_their_own_connection_only() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let rows: [&[u8]; 7] = [
        b"HELLO\n\n\0",
        b"SEND\nno-colon\n\n\0",
        b"SEND\ndestination:/x\ncontent-length:99999999999\n\n\0",
        b"SEND\ndestination:\\x\n\n\0",
        b"SEND\ndestination:/x\ncontent-length:-1\n\n\0",
        b"SEND\ndestination:\xff\xfe\n\n\0",
        b"BEGIN\ntransaction:1\n\n\0",
    ];
    for bytes in rows {
        let mut bad = Client::connect(&server.url(), Server::API_KEY, "bad").await.expect("CONNECTED");
        bad.send_bytes(bytes.to_vec()).await.expect("sent");
        let answer = bad.read().await.expect("an ERROR frame");
        assert_eq!(answer.command, "ERROR", "{}", String::from_utf8_lossy(bytes));
        assert!(answer.json()["error"].is_string() && answer.json()["message"].is_string(), "{answer:?}");
        assert!(matches!(bad.read().await, Err(ClientError::Connection(_))), "then the socket closes");
    }
    ann.relay("/application/v1/user.relay", &[]).await.expect("ann did not notice");
}

#[tokio::test]
async fn a_frame_before_connect_is_refused() {
    let server = Server::start(&[]);
    let mut early = Client::open(&server.url(), Server::API_KEY).await.expect("a socket");
    early
        .send_text("SUBSCRIBE\nid:1\ndestination:/application/v1/user.relay\n\n\0".to_owned())
        .await
        .expect("sent");
    assert_eq!(early.read().await.expect("an answer").command, "ERROR");
    is_well(&server).await;
}

#[tokio::test]
async fn a_frame_of_the_largest_size_passes_and_one_byte_more_does_not() {
    const LIMIT: usize = 1024 * 1024;
    let server = Server::start(&[]);
    for (size, fits) in [(LIMIT, true), (LIMIT + 1, false)] {
        let mut ann = connect(&server, "ann").await;
        let head = "SEND\ndestination:/application/v1/user.update\nreceipt:big\n\n{\"x\":\"";
        let tail = "\"}\0";
        let frame = format!("{head}{}{tail}", "x".repeat(size - head.len() - tail.len()));
        assert_eq!(frame.len(), size);
        let sent = ann.send_text(frame).await;
        let answer = match sent {
            Ok(()) => {
                ann.wait("an answer", |frame| {
                    frame.command != "MESSAGE" || frame.header("receipt-id").is_some()
                })
                .await
            }
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) if fits => assert_eq!(answer.command, "RECEIPT", "{answer:?}"),
            Ok(answer) => assert_eq!(answer.command, "ERROR", "{answer:?}"),
            Err(error) => assert!(!fits, "{error}"),
        }
    }
    is_well(&server).await;
}

#[tokio::test]
async fn unknown_destinations_and_foreign_ids_are_answered_on_the_errors_queue() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = support::private_channel(&mut bob, "secret", &[]).await;
    let hidden = format!("/application/v1/channels/{}.relay", channel["id"]);
    for relay in
        ["", "undefined", "/application/v1/nothing.relay", "/application/v1/users/NaN.relay", &hidden]
    {
        let refused = ann.relay(relay, &[]).await;
        assert!(matches!(refused, Err(ClientError::Refused { .. })), "{relay}: {refused:?}");
    }
    for action in ["undefined", "/application/v1/user.fly", &destination(&channel, "_actions", "call")] {
        let refused = ann.act(action, &json!({})).await;
        assert!(matches!(refused, Err(ClientError::Refused { .. })), "{action}: {refused:?}");
    }
    let foreign_topic = destination(&bob.user, "_topics", "calls");
    assert!(ann.subscribe(&foreign_topic).await.is_err(), "another user's topic");
    assert!(
        ann.subscribe(&destination(&channel, "_topics", "messages")).await.is_err(),
        "a hidden channel's topic"
    );
    ann.relay("/application/v1/user.relay", &[]).await.expect("the connection lives on");
}

#[tokio::test]
async fn bodies_that_are_wrong_say_which_field_and_what_was_expected() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let create = destination(&ann.user, "_actions", "createChannel");
    let rows = [
        (json!({}), "type"),
        (json!({ "type": "ROOM" }), "type"),
        (json!({ "type": "DIRECT", "members": [{ "username": "nobody-of-that-name" }] }), "members"),
        (json!({ "type": "PUBLIC", "properties": [] }), "properties"),
    ];
    for (body, field) in rows {
        let Err(ClientError::Refused { name, message }) = ann.act(&create, &body).await else {
            panic!("accepted: {body}");
        };
        assert_eq!(name, "ValidationError");
        assert!(message.contains(field), "{message}");
    }
}

#[tokio::test]
async fn garbage_on_the_media_port_is_dropped_and_counted() {
    let server = Server::start(&[]);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let rows: [&[u8]; 6] = [
        b"",
        b"\x00\x01\x00\x00\x21\x12\xa4\x42aaaaaaaaaaaa",
        b"\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff",
        b"\x80\x60\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01",
        b"\x80\xc8\xff\xff\x00\x00\x00\x01",
        b"\xff\xff\xff\xff",
    ];
    for _ in 0..100 {
        for bytes in rows {
            socket.send_to(bytes, ("127.0.0.1", server.port())).expect("sent");
        }
    }
    is_well(&server).await;
    assert_eq!(server.get("/readyz").status, 200);
}

#[tokio::test]
async fn an_sdp_that_cannot_be_used_is_refused_with_its_reason() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let _bob = connect(&server, "bob").await;
    let channel = support::direct_channel(&mut ann, &["bob"]).await;
    let call = support::start_call(&mut ann, &channel, json!({ "p2p": false })).await;
    support::ready(&mut ann, &call).await;
    let signal = destination(&call, "_actions", "signal");
    for sdp in ["", "hello", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"] {
        let payload = json!({ "type": "offer", "sdp": sdp });
        let refused = ann.act(&signal, &json!({ "type": "SEND_DESCRIPTION", "payload": payload })).await;
        let Err(ClientError::Refused { name, message }) = refused else { panic!("accepted: {sdp:?}") };
        assert_eq!(name, "ValidationError");
        assert!(message.len() > 10, "{message}");
    }
}
