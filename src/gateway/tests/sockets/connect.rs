//! Handshake, CONNECT, the connect sequence, the end (protocol 1 and 3).
use crate::support::{Client, GUESTLESS_KEY, KEY, World, connect_frame, destination};
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
}
