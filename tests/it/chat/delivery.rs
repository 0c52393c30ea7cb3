//! Nothing is lost, nothing happens twice, everybody sees the same order.
use super::{bodies, enter, read, say};
use loadtest::client::{Client, Options, destination};
use serde_json::{Value, json};
use support::{Server, connect, direct_channel, private_channel};

const RECEIPT: &str = "receipt-3f2b8c1e-5a4d-4c6b-9e7f-0a1b2c3d4e5f";

async fn again(server: &Server, session: Option<String>) -> Client {
    let options = Options { session, ..Options::default() };
    let mut client =
        Client::connect_with(&server.url(), Server::API_KEY, "ann", options).await.expect("CONNECTED");
    client.bootstrap().await.expect("the connect sequence");
    client
}

async fn count(client: &mut Client, channel: &Value) -> Value {
    read(client, channel, "messagesCount", &[]).await["count"].clone()
}

#[tokio::test]
async fn a_receipted_message_survives_kill_9() {
    let mut server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let channel = private_channel(&mut ann, "durable", &[]).await;
    let sent = say(&mut ann, &channel, "still here").await;
    drop(ann);
    server.kill_and_restart();
    let mut ann = connect(&server, "ann").await;
    let page = read(&mut ann, &channel, "messages", &[]).await;
    assert_eq!(
        (bodies(&page), &page["_embedded"]["messages"][0]["id"]),
        (vec!["still here".to_owned()], &sent["id"])
    );
}

#[tokio::test]
async fn a_send_that_is_repeated_after_a_reconnect_or_a_restart_is_the_same_message() {
    let mut server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let channel = private_channel(&mut ann, "once", &[]).await;
    let send = destination(&channel, "_actions", "message");
    let body = json!({ "type": "TEXT", "body": "once" });
    ann.act_as(RECEIPT, &send, &body).await.expect("receipted");
    let first = ann.wait("the message", |frame| frame.header("receipt-id") == Some(RECEIPT)).await;
    let first = first.expect("carried").resource();
    let session = ann.session.clone();
    drop(ann);
    for restart in [false, true] {
        if restart {
            server.kill_and_restart();
        }
        let mut ann = again(&server, Some(session.clone())).await;
        ann.act_as(RECEIPT, &send, &body).await.expect("receipted again");
        let repeated = ann.wait("the message", |frame| frame.header("receipt-id") == Some(RECEIPT)).await;
        assert_eq!(repeated.expect("carried again").resource()["id"], first["id"]);
        assert_eq!(count(&mut ann, &channel).await, 1);
    }
}

#[tokio::test]
async fn everybody_sees_the_same_order() {
    let server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let mut bob = connect(&server, "bob").await;
    let channel = direct_channel(&mut ann, &["bob"]).await;
    enter(&mut ann, &channel).await;
    enter(&mut bob, &channel).await;
    let (theirs, ours) = (channel.clone(), channel.clone());
    let talk = |mut client: Client, channel: Value, who: &'static str| async move {
        for number in 0..10 {
            say(&mut client, &channel, &format!("{who} {number}")).await;
        }
        client
    };
    let (mut ann, mut bob) = tokio::join!(talk(ann, ours, "ann"), talk(bob, theirs, "bob"));
    let mut orders = Vec::new();
    for client in [&mut ann, &mut bob] {
        let mut order = Vec::new();
        for _ in 0..20 {
            let told = client.event("channel.message.created").await.expect("told").resource();
            order.push(told["id"].as_u64().expect("an id"));
        }
        orders.push(order);
    }
    assert_eq!(orders[0], orders[1]);
    assert!(orders[0].is_sorted(), "{orders:?}");
}
