//! People: connected clients, and the channels and calls between them.
use crate::Server;
use loadtest::client::{Client, by_name, destination};
use serde_json::{Value, json};

/// A user who is connected and has subscribed to everything an SDK subscribes to.
pub async fn connect(server: &Server, name: &str) -> Client {
    let mut client = Client::connect(&server.url(), Server::API_KEY, name).await.expect("CONNECTED");
    client.bootstrap().await.expect("the connect sequence");
    client
}

/// A DIRECT channel of `creator` and the others.
pub async fn direct_channel(creator: &mut Client, others: &[&str]) -> Value {
    channel(creator, json!({ "type": "DIRECT", "members": names(others) })).await
}

/// A PRIVATE channel of `creator` and the others.
pub async fn private_channel(creator: &mut Client, name: &str, others: &[&str]) -> Value {
    channel(creator, json!({ "type": "PRIVATE", "name": name, "members": names(others) })).await
}

async fn channel(creator: &mut Client, request: Value) -> Value {
    let create = destination(&creator.user, "_actions", "createChannel");
    creator.request(&create, &request).await.expect("a channel")
}

fn names(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| by_name(name)).collect()
}

/// Starts a call in a channel; the caller is not ready yet.
pub async fn start_call(caller: &mut Client, channel: &Value, request: Value) -> Value {
    let call = destination(channel, "_actions", "call");
    caller.request(&call, &request).await.expect("a call")
}

/// What an SDK does to accept, or to enter its own call: subscribes to the call's topics, then says `ready`. Returns the
/// id of the subscription of `self`.
pub async fn ready(client: &mut Client, call: &Value) -> String {
    let own = client.subscribe(&destination(call, "_topics", "self")).await.expect("self");
    for key in ["participants", "userMediaSettings", "signals"] {
        client.subscribe(&destination(call, "_topics", key)).await.expect(key);
    }
    client.act(&destination(call, "_actions", "ready"), &json!({})).await.expect("ready");
    own
}
