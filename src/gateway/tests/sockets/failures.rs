//! What happens when something goes wrong inside, or takes its time.
use crate::{
    client::{Client, channel, destination},
    support::World,
};
use async_trait::async_trait;
use domain::ports::{CallMedia, MediaOffer, Result};
use gateway::GatewaySettings;
use model::{CallId, SessionKey};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// A media plane that does what the offer says: `panic`, or `wait` until the gate opens.
struct Moody {
    gate: Semaphore,
    /// How many offers have come to the gate.
    waiting: Semaphore,
}

impl Moody {
    async fn somebody_waits(&self) {
        self.waiting.acquire().await.expect("never closed").forget();
    }
}

#[async_trait]
impl CallMedia for Moody {
    async fn negotiate(&self, _: CallId, _: SessionKey, offer: MediaOffer) -> Result<String> {
        match offer.sdp.as_str() {
            "panic" => panic!("the offer asked for it"),
            "wait" => {
                self.waiting.add_permits(1);
                drop(self.gate.acquire().await);
            }
            _ => {}
        }
        Ok("answer".to_owned())
    }

    fn leave(&self, _: CallId, _: SessionKey) {}

    fn end(&self, _: CallId) {}
}

/// Ann in an SFU call of hers.
async fn in_a_call(world: &World) -> (Client, Value) {
    let mut ann = world.join("ann").await;
    world.join("bob").await.send("DISCONNECT\n\n\0").await;
    let channel = channel(&mut ann, "PRIVATE", &["bob"]).await;
    let call =
        ann.request(&destination(&channel, "_actions", "call"), json!({ "p2p": false })).await.resource();
    for key in ["self", "signals"] {
        ann.subscribe_as(key, &destination(&call, "_topics", key)).await;
    }
    ann.act(&destination(&call, "_actions", "ready"), json!({})).await;
    (ann, call)
}

async fn offer(client: &mut Client, call: &Value, sdp: &str) {
    let body = json!({ "type": "SEND_DESCRIPTION", "payload": { "type": "offer", "sdp": sdp } });
    client.fire(sdp, &destination(call, "_actions", "signal"), &body).await;
}

async fn moody_world() -> (World, Arc<Moody>) {
    let media = Arc::new(Moody { gate: Semaphore::new(0), waiting: Semaphore::new(0) });
    (World::over(GatewaySettings::default(), media.clone()).await, media)
}

#[tokio::test]
async fn a_panic_ends_one_connection_whose_session_can_be_resumed() {
    let (world, _) = moody_world().await;
    let (mut ann, call) = in_a_call(&world).await;
    let mut other = world.join("cem").await;
    offer(&mut ann, &call, "panic").await;
    assert_eq!(ann.closed().await, "closed: 1011");
    assert!((world.metric("gateway_panics_total") - 1.0).abs() < f64::EPSILON);
    other.relay("/application/v1/user.relay", "").await;

    let mut back = world.connect_with("ann", &format!("StompX-Auth-Session-ID:{}\n", ann.session)).await;
    assert_eq!(back.session, ann.session);
    for key in ["self", "signals"] {
        back.subscribe_as(key, &destination(&call, "_topics", key)).await;
    }
    offer(&mut back, &call, "fine").await;
    back.wait(|frame| frame.command == "RECEIPT" && frame.header("receipt-id") == Some("fine")).await;
    assert_eq!(back.event("call.signal.created").await.resource()["payload"]["sdp"], "answer");
}

#[tokio::test]
async fn what_is_being_done_when_the_server_stops_is_still_answered() {
    let (world, media) = moody_world().await;
    let (mut ann, call) = in_a_call(&world).await;
    offer(&mut ann, &call, "wait").await;
    media.somebody_waits().await;
    let gateway = world.gateway.clone();
    let draining = tokio::spawn(async move { gateway.drain().await });
    let mut late = world.open().await;
    assert_eq!(late.closed().await, "closed: 1012", "it is draining");
    media.gate.add_permits(1);
    ann.wait(|frame| frame.command == "RECEIPT" && frame.header("receipt-id") == Some("wait")).await;
    assert_eq!(ann.closed().await, "closed: 1012");
    draining.await.expect("bounded");
}

#[tokio::test]
async fn what_was_begun_on_a_lost_socket_is_finished_and_remembered() {
    let (world, media) = moody_world().await;
    let (mut ann, call) = in_a_call(&world).await;
    let (session, open) = (ann.session.clone(), world.metric("gateway_sockets"));
    offer(&mut ann, &call, "wait").await;
    media.somebody_waits().await;
    let mut other = world.join("cem").await;
    drop(ann);
    // Frames of one session are handled in order: the next socket is greeted when the offer is done.
    let mut back = world.open().await;
    let headers = format!("StompX-Auth-Session-ID:{session}\n");
    back.send(&crate::client::connect_frame("ann", &headers)).await;
    other.relay("/application/v1/user.relay", "").await;
    media.gate.add_permits(1);
    assert_eq!(back.read().await.header("session"), Some(session.as_str()));
    back.subscribe_as("signals", &destination(&call, "_topics", "signals")).await;
    offer(&mut back, &call, "wait").await;
    back.wait(|frame| frame.command == "RECEIPT" && frame.header("receipt-id") == Some("wait")).await;
    assert!(
        (world.metric("gateway_repeated_sends_total") - 1.0).abs() < f64::EPSILON,
        "not negotiated again"
    );
    world.until("gateway_sockets", open + 1.0).await;
}

#[tokio::test]
async fn a_client_that_handles_nothing_any_more_is_closed_when_it_asks_for_something() {
    let world = World::new().await;
    let mut ann = world.join("ann").await;
    let update = destination(&ann.user, "_actions", "update");
    let changed = ann.user.clone();
    let first = ann.request(&update, changed.clone()).await;
    ann.ack(&first).await;
    ann.drain().await;
    world.clock.advance(Duration::from_secs(115));
    for _ in 0..20 {
        ann.request(&update, changed.clone()).await;
    }
    world.clock.advance(Duration::from_secs(10));
    ann.fire("one-more", &update, &changed).await;
    assert_eq!(ann.closed().await, "closed: 4002");
    let back = world.connect_with("ann", &format!("StompX-Auth-Session-ID:{}\n", ann.session)).await;
    assert_eq!(back.session, ann.session, "it recovers by coming back");
}
