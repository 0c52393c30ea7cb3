//! Handshake, CONNECT, the connect sequence, the end (protocol 1 and 3).
use crate::{
    client::{Client, connect_frame, destination},
    support::{GUESTLESS_KEY, KEY, World},
};
use serde_json::json;
use tokio_tungstenite::{connect_async, tungstenite::Message};

#[tokio::test]
async fn the_connect_sequence_is_answered_step_by_step() {
    let world = World::new().await;
    let mut ann = world.open().await;
    ann.send(&connect_frame("ann", "StompX-User-Agent:ChatKitty-JS/1.58.2\n")).await;
    let connected = ann.read().await;
    assert_eq!(connected.command, "CONNECTED");
    assert_eq!(connected.header("version"), Some("1.2"));
    assert_eq!(connected.header("heart-beat"), Some("10000,60000"));
    assert_eq!(connected.header("user-name"), Some("ann"));
    assert!(connected.header("session").is_some_and(|session| session.len() >= 43), "256 bits");

    ann.bootstrap().await;
    assert_eq!((&ann.user["name"], &ann.user["isGuest"]), (&json!("ann"), &json!(true)));
    assert_eq!(ann.user["presence"]["online"], true, "whoever reads this is online");
    for kind in ["write", "read"] {
        let grant = ann.relay(&format!("/application/v1/user.{kind}_file_access_grant.relay"), "").await;
        let grant = grant["grant"].as_str().expect("a token").to_owned();
        assert!(grant.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte)), "{grant}");
    }
    assert!((world.metric("gateway_sessions") - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn every_family_finds_its_bootstrap_destinations() {
    let world = World::new().await;
    let mut client = world.connect("ann").await;
    for relay in [
        "/application/v1/user.relay",
        "/application/user.relay",
        "/application/v1/users/me.relay",
        "/application/user.write_file_access_grant.relay",
        "/application/v1/users/me.read_file_access_grant.relay",
    ] {
        assert!(client.relay(relay, "").await.is_object(), "{relay}");
    }
}

#[tokio::test]
async fn the_subprotocol_is_selected_when_it_is_offered_and_only_then() {
    let world = World::new().await;
    let url = world.url(&format!("/rtm/websocket?api-key={KEY}"));
    let (_, response) = Client::open(&url).await;
    assert_eq!(
        response.headers().get("sec-websocket-protocol").map(|it| it.as_bytes()),
        Some(&b"v12.stomp"[..])
    );
    let (_, response) = connect_async(&url).await.expect("open without a subprotocol");
    assert_eq!(response.headers().get("sec-websocket-protocol"), None);
}

#[tokio::test]
async fn both_endpoints_take_the_key_in_both_spellings() {
    let world = World::new().await;
    for path in ["/rtm/websocket?api-key=", "/rtm/websocket?api_key=", "/stompx/websocket?api_key="] {
        let (mut client, _) = Client::open(&world.url(&format!("{path}{KEY}"))).await;
        client.sign_in("ann", "").await;
    }
}

#[tokio::test]
async fn permanent_refusals_are_access_denied_and_close_the_socket() {
    let world = World::new().await;
    let too_long = "x".repeat(257);
    let rows = [
        ("/rtm/websocket?api-key=wrong", connect_frame("ann", "")),
        ("/rtm/websocket", connect_frame("ann", "")),
        (&format!("/rtm/websocket?api-key={GUESTLESS_KEY}"), connect_frame("ann", "")),
        (&format!("/rtm/websocket?api-key={KEY}"), connect_frame("", "")),
        (&format!("/rtm/websocket?api-key={KEY}"), connect_frame("undefined", "")),
        (&format!("/rtm/websocket?api-key={KEY}"), connect_frame(&too_long, "")),
        (
            &format!("/rtm/websocket?api-key={GUESTLESS_KEY}"),
            connect_frame("ann", "StompX-Auth-Params:eyJhIjoxfQ==\n"),
        ),
    ];
    for (path, frame) in rows {
        let (mut client, _) = Client::open(&world.url(path)).await;
        client.send(&frame).await;
        let error = client.read().await;
        assert_eq!((error.command.as_str(), &error.json()["error"]), ("ERROR", &json!("AccessDeniedError")));
        assert_eq!(error.header("content-type"), Some("application/json"));
        assert!(error.header("message").is_some() && error.json()["timestamp"].is_string());
        assert_eq!(client.closed().await, "closed: 1008", "{path}");
    }
    assert!(world.metric("gateway_refusals_total") >= 7.0);
}

#[tokio::test]
async fn a_passing_trouble_is_not_access_denied() {
    let world = World::new().await;
    world.store.fail_writes(true);
    let mut client = world.open().await;
    client.send(&connect_frame("somebody-new", "")).await;
    assert_eq!(client.read().await.json()["error"], "InternalServerError");
    assert_eq!(client.closed().await, "closed: 1008");
    world.store.fail_writes(false);
    world.join("somebody-new").await;
}

#[tokio::test]
async fn guests_may_send_authentication_parameters_that_nobody_reads() {
    let world = World::new().await;
    for value in ["eyJhIjoxfQ==", "{\"a\":1}", "not base64"] {
        world.connect_with("ann", &format!("StompX-Auth-Params:{value}\n")).await;
    }
}

#[tokio::test]
async fn usernames_are_raw_and_may_hold_colons() {
    let world = World::new().await;
    let mut client = world.connect("jane:x@y\\c").await;
    assert_eq!(client.relay("/application/v1/user.relay", "").await["name"], "jane:x@y\\c");
}

#[tokio::test]
async fn text_and_binary_are_the_same_and_pings_are_answered() {
    let world = World::new().await;
    let mut client = world.open().await;
    client.send_bytes(connect_frame("ann", "").as_bytes()).await;
    assert_eq!(client.read().await.command, "CONNECTED");
    client.send_message(Message::Ping(b"x".to_vec().into())).await;
    assert_eq!(client.control().await, Message::Pong(b"x".to_vec().into()));
    client.send("\n").await;
    client.send_bytes(b"SUBSCRIBE\nid:r\ndestination:/application/v1/user.relay\n\n\0").await;
    assert_eq!(client.read().await.resource()["name"], "ann");
}

#[tokio::test]
async fn frames_that_follow_connect_without_waiting_are_handled_in_order() {
    let world = World::new().await;
    let mut client = world.open().await;
    client.send(&connect_frame("ann", "")).await;
    for id in ["1", "2", "3"] {
        client.send(&format!("SUBSCRIBE\nid:{id}\ndestination:/application/v1/user.relay\n\n\0")).await;
    }
    assert_eq!(client.read().await.command, "CONNECTED");
    for id in ["1", "2", "3"] {
        assert_eq!(client.read().await.header("subscription"), Some(id));
    }
}

#[tokio::test]
async fn disconnect_is_receipted_and_ends_the_session_at_once() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let mut bob = world.join("bob").await;
    ann.event("contact.presence.changed").await;
    bob.send("DISCONNECT\nreceipt:close-1\n\n\0").await;
    assert_eq!(bob.read().await.header("receipt-id"), Some("close-1"));
    assert_eq!(bob.closed().await, "closed: 1000");
    let gone = ann.event("contact.presence.changed").await.resource();
    assert_eq!((&gone["name"], &gone["presence"]["online"]), (&json!("bob"), &json!(false)));
    let headers = format!("StompX-Auth-Session-ID:{}\n", bob.session);
    let again = world.connect_with("bob", &headers).await;
    assert_ne!(again.session, bob.session, "an ended session cannot be resumed");
}

#[tokio::test]
async fn others_learn_of_a_user_after_its_first_request_and_of_its_last_session_only() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let mut phone = world.connect("bob").await;
    assert_eq!(ann.story().await, Vec::<String>::new(), "CONNECTED alone is not announced");
    phone.bootstrap().await;
    let came = ann.event("contact.presence.changed").await;
    assert_eq!(
        (&came.resource()["name"], &came.resource()["presence"]["online"]),
        (&json!("bob"), &json!(true))
    );
    assert_eq!(came.header("destination"), Some(ann.topic("contacts").as_str()));
    let mut tablet = world.join("bob").await;
    tablet.send("DISCONNECT\nreceipt:r\n\n\0").await;
    tablet.closed().await;
    assert_eq!(ann.story().await, Vec::<String>::new(), "another device is still there");
    let contacts = destination(&ann.user, "_relays", "contacts");
    assert_eq!(ann.relay(&contacts, "online:true\n").await["page"]["totalElements"], 1);
}

#[tokio::test]
async fn the_default_picture_is_public() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = World::new().await;
    let address = world.url("").replace("ws://", "");
    let mut stream = tokio::net::TcpStream::connect(&address).await.expect("open");
    let request =
        format!("GET /pictures/default.png HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    let text = String::from_utf8_lossy(&answer).to_lowercase();
    assert!(text.starts_with("http/1.1 200"), "{text}");
    for header in ["content-type: image/png", "access-control-allow-origin: *", "cache-control: public"] {
        assert!(text.contains(header), "{header} in {text}");
    }
    assert!(answer.windows(8).any(|window| window == b"\x89PNG\r\n\x1a\n"));
}

#[tokio::test]
async fn draining_tells_everybody_to_come_back_and_lets_nobody_in() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let draining = {
        let gateway = world.gateway.clone();
        tokio::spawn(async move { gateway.drain().await })
    };
    assert_eq!(ann.closed().await, "closed: 1012");
    draining.await.expect("bounded");
    let mut late = world.open().await;
    assert_eq!(late.closed().await, "closed: 1012");
}
