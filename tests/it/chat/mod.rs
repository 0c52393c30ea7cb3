//! Chats over real sockets, against the real binary.
mod blocks;
mod delivery;
mod messages;
mod people;

use loadtest::client::{Client, Frame, destination};
use serde_json::{Value, json};

/// Sends a text; returns the message.
async fn say(client: &mut Client, channel: &Value, body: &str) -> Value {
    let send = destination(channel, "_actions", "message");
    client.request(&send, &json!({ "type": "TEXT", "body": body })).await.expect("a message")
}

/// What an SDK does for a chat session. Returns the id of the subscription of `self`.
async fn enter(client: &mut Client, channel: &Value) -> String {
    let own = client.subscribe(&destination(channel, "_topics", "self")).await.expect("self");
    for key in ["messages", "keystrokes", "typing", "participants", "readReceipts", "reactions", "events"] {
        client.subscribe(&destination(channel, "_topics", key)).await.expect(key);
    }
    own
}

/// The channel as the client sees it.
async fn see(client: &mut Client, channel: &Value) -> Value {
    let own = destination(channel, "_relays", "self");
    client.relay(&own, &[]).await.expect("the channel")
}

/// Reads a relay of a resource.
async fn read(client: &mut Client, resource: &Value, key: &str, parameters: &[(&str, &str)]) -> Value {
    client.relay(&destination(resource, "_relays", key), parameters).await.expect(key)
}

/// Does an action of a resource whose RECEIPT is all.
async fn act(client: &mut Client, resource: &Value, key: &str, body: Value) {
    client.act(&destination(resource, "_actions", key), &body).await.expect(key);
}

/// Does an action of a resource; returns its result.
async fn result(client: &mut Client, resource: &Value, key: &str, body: Value) -> Value {
    client.request(&destination(resource, "_actions", key), &body).await.expect(key)
}

/// The name of the error of an action.
async fn refusal(client: &mut Client, resource: &Value, key: &str, body: Value) -> String {
    match client.act(&destination(resource, "_actions", key), &body).await {
        Err(loadtest::client::ClientError::Refused { name, .. }) => name,
        other => panic!("{key} was not refused: {other:?}"),
    }
}

/// Bodies of the items of a page.
fn bodies(page: &Value) -> Vec<String> {
    let items = page["_embedded"]["messages"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["body"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Types of the events among frames.
fn types(frames: &[Frame]) -> Vec<String> {
    frames.iter().map(|frame| frame.event_type().to_owned()).filter(|name| !name.is_empty()).collect()
}
