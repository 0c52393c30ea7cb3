//! SockJS: every transport, what ends a session, and who may read it (protocol 1.4).
use crate::{
    client::{Frame, channel, connect_frame, subscribe_frame},
    http::{Response, ask},
    support::{KEY, PATIENCE, World},
};
use futures_util::{SinkExt, StreamExt};
use gateway::GatewaySettings;
use model::limits;
use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio::time::timeout;
use tokio_tungstenite::{connect_async, tungstenite::Message};

const POLL: &str = "/rtm/000/abcdefgh";
const GO_AWAY: &str = r#"c[3000,"Go away!"]"#;

/// A session that is carried by requests.
struct Polling<'a> {
    world: &'a World,
    base: String,
    kind: &'static str,
    /// The response that is being read, of transports that stream.
    response: Option<Response>,
    inbox: VecDeque<Frame>,
}

impl<'a> Polling<'a> {
    /// Open.
    async fn open(world: &'a World, base: &str, kind: &'static str) -> Self {
        let mut polling = Self { world, base: base.to_owned(), kind, response: None, inbox: VecDeque::new() };
        assert_eq!(polling.next().await, "o");
        polling
    }

    /// Open and connected.
    async fn connect(world: &'a World, base: &str, kind: &'static str, name: &str) -> Self {
        let mut polling = Self::open(world, base, kind).await;
        assert_eq!(polling.send(&[&connect_frame(name, "")]).await, 204);
        assert_eq!(polling.frame().await.command, "CONNECTED");
        polling
    }

    async fn receive(&self) -> Response {
        let method = if self.kind == "eventsource" { "GET" } else { "POST" };
        ask(self.world, method, &format!("{}/{}?api-key={KEY}", self.base, self.kind), &[], "").await
    }

    async fn send(&self, messages: &[&str]) -> u16 {
        self.send_text(&json!(messages).to_string()).await
    }

    async fn send_text(&self, payload: &str) -> u16 {
        let headers = [("Content-Type", "text/plain")];
        ask(self.world, "POST", &format!("{}/xhr_send?api-key={KEY}", self.base), &headers, payload)
            .await
            .status
    }

    /// The next SockJS frame.
    async fn next(&mut self) -> String {
        loop {
            let mut response = match self.response.take() {
                Some(response) => response,
                None => self.receive().await,
            };
            assert_eq!(response.status, 200);
            while let Some(line) = response.line().await {
                let frame = match self.kind {
                    // Clients undo percent-encoding.
                    "eventsource" => line.strip_prefix("data: ").unwrap_or_default().replace("%25", "%"),
                    _ => line,
                };
                // Neither the prelude nor the empty lines between events.
                if !frame.is_empty() && !frame.starts_with("hh") {
                    self.response = (self.kind != "xhr").then_some(response);
                    return frame;
                }
            }
        }
    }

    /// The next STOMP frame.
    async fn frame(&mut self) -> Frame {
        while self.inbox.is_empty() {
            let frame = self.next().await;
            let messages: Vec<String> = match frame.strip_prefix('a') {
                Some(array) => serde_json::from_str(array).expect("an array of strings"),
                None => panic!("{frame}"),
            };
            self.inbox.extend(messages.iter().filter_map(|message| Frame::parse(message)));
        }
        self.inbox.pop_front().expect("not empty")
    }

    async fn wait(&mut self, fits: impl Fn(&Frame) -> bool) -> Frame {
        loop {
            let frame = self.frame().await;
            if fits(&frame) {
                return frame;
            }
        }
    }

    async fn relay(&mut self, id: &str, destination: &str) -> Value {
        let frame = format!("SUBSCRIBE\nid:{id}\ndestination:{destination}\n\n\0");
        assert_eq!(self.send(&[&frame]).await, 204);
        self.wait(|frame| frame.header("subscription") == Some(id)).await.resource()
    }

    /// The connect sequence after CONNECTED, in one payload where the SDK could.
    async fn bootstrap(&mut self) -> Value {
        let user = self.relay("user", "/application/v1/user.relay").await;
        let topics = user["_topics"].as_object().expect("topics").clone();
        let mut frames = vec!["SUBSCRIBE\nid:errors\ndestination:/user/queue/v1/errors\n\n\0".to_owned()];
        for (key, topic) in &topics {
            frames.push(subscribe_frame(key, topic.as_str().expect("text")));
        }
        let frames: Vec<_> = frames.iter().map(String::as_str).collect();
        assert_eq!(self.send(&frames).await, 204);
        for _ in &topics {
            assert_eq!(self.frame().await.command, "RECEIPT");
        }
        user
    }
}

#[tokio::test]
async fn info_says_what_there_is_to_pages_of_any_origin() {
    let world = World::new().await;
    let mut entropies = Vec::new();
    for base in ["/rtm", "/stompx"] {
        let path = format!("{base}/info?api-key={KEY}&t=1700000000000");
        let mut info = ask(&world, "GET", &path, &[("Origin", "https://app.example")], "").await;
        assert_eq!((info.status, info.header("content-type")), (200, "application/json; charset=UTF-8"));
        assert!(info.header("cache-control").starts_with("no-store"));
        assert_eq!(info.header("access-control-allow-origin"), "https://app.example");
        assert_eq!(info.header("access-control-allow-credentials"), "true");
        assert_eq!(info.header("vary"), "Origin");
        let body = info.body().await;
        let before = r#"{"websocket":true,"origins":["*:*"],"cookie_needed":false,"entropy":"#;
        let entropy = body.strip_prefix(before).and_then(|rest| rest.strip_suffix('}'));
        entropies.push(entropy.and_then(|number| number.parse::<u32>().ok()).expect("a number"));
    }
    assert_ne!(entropies[0], entropies[1]);
    let info = ask(&world, "GET", "/rtm/info", &[], "").await;
    assert_eq!(info.header("access-control-allow-origin"), "*");
    assert_eq!(info.headers.get("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn preflights_are_answered_for_a_year() {
    let world = World::new().await;
    let headers = [("Origin", "null"), ("Access-Control-Request-Headers", "content-type, x-y")];
    for (path, methods) in [
        ("/rtm/info", "OPTIONS, GET"),
        ("/rtm/000/abcdefgh/eventsource", "OPTIONS, GET"),
        ("/rtm/000/abcdefgh/xhr", "OPTIONS, POST"),
        ("/rtm/000/abcdefgh/xhr_streaming", "OPTIONS, POST"),
        ("/stompx/000/abcdefgh/xhr_send", "OPTIONS, POST"),
    ] {
        let answer = ask(&world, "OPTIONS", path, &headers, "").await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header("access-control-allow-methods"), methods);
        assert_eq!(answer.header("access-control-allow-headers"), "content-type, x-y");
        assert_eq!(answer.header("access-control-allow-origin"), "null");
        assert_eq!(answer.header("access-control-max-age"), "31536000");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000");
    }
    assert!(world.metric("gateway_sockjs_sessions").abs() < f64::EPSILON, "asking opens nothing");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::new().await;
    for (method, path) in [
        ("GET", "/rtm/iframe.html"),
        ("GET", "/rtm/000/abcdefgh/htmlfile"),
        ("GET", "/rtm/000/abcdefgh/jsonp"),
        ("POST", "/rtm/000/abcdefgh/jsonp_send"),
        ("POST", "/rtm/000/short/xhr"),
        ("POST", "/rtm/000/abc.efgh/xhr_streaming"),
        ("GET", "/rtm/000/abc%2fefgh/eventsource"),
        ("POST", "/rtm//abcdefgh/xhr"),
        ("POST", "/rtm/000/abcdefgh/xhr_send"),
    ] {
        assert_eq!(ask(&world, method, path, &[], "[]").await.status, 404, "{path}");
    }
    let error = connect_async(world.url("/rtm/000/short/websocket")).await.expect_err("refused");
    assert!(error.to_string().contains("404"), "{error}");
    assert!(world.metric("gateway_sockjs_sessions").abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_websocket_opens_at_once_and_carries_arrays_of_frames() {
    let world = World::new().await;
    let url = world.url(&format!("/rtm/123/abcdefg5/websocket?api-key={KEY}"));
    let (mut socket, response) = connect_async(&url).await.expect("open");
    assert_eq!(response.headers().get("sec-websocket-protocol"), None);
    let texts = async |socket: &mut tokio_tungstenite::WebSocketStream<_>| match timeout(
        PATIENCE,
        StreamExt::next(socket),
    )
    .await
    .expect("in time")
    {
        Some(Ok(Message::Text(text))) => text.to_string(),
        Some(Ok(Message::Close(Some(close)))) => format!("close {}", u16::from(close.code)),
        other => panic!("{other:?}"),
    };
    assert_eq!(texts(&mut socket).await, "o");
    let relay = "SUBSCRIBE\nid:1\ndestination:/application/v1/user.relay\n\n\0";
    let payload = json!([connect_frame("ann", ""), relay]).to_string();
    for message in [Message::text(""), Message::text("[]"), Message::binary(payload)] {
        socket.send(message).await.expect("sent");
    }
    let mut commands = Vec::new();
    while commands.len() < 2 {
        let frame = texts(&mut socket).await;
        let messages: Vec<String> = serde_json::from_str(&frame[1..]).expect("an array");
        commands.extend(messages.iter().filter_map(|text| Frame::parse(text)).map(|frame| frame.command));
    }
    assert_eq!(commands, ["CONNECTED", "MESSAGE"]);
    socket.send(Message::text(r#""DISCONNECT\nreceipt:bye\n\n\u0000""#)).await.expect("sent");
    assert_eq!(texts(&mut socket).await, r#"a["RECEIPT\nreceipt-id:bye\n\n\u0000"]"#);
    assert_eq!(texts(&mut socket).await, GO_AWAY);
    assert_eq!(texts(&mut socket).await, "close 1000");

    let (mut broken, _) = connect_async(&url).await.expect("open");
    assert_eq!(texts(&mut broken).await, "o");
    broken.send(Message::text(r#"["CONNECT"#)).await.expect("sent");
    assert_eq!(texts(&mut broken).await, GO_AWAY);
    assert_eq!(texts(&mut broken).await, "close 1009");
}

#[tokio::test]
async fn every_transport_without_websocket_carries_the_connect_sequence_and_events() {
    let world = World::new().await;
    for (number, kind) in ["xhr_streaming", "eventsource", "xhr"].into_iter().enumerate() {
        let name = format!("{number}%41 😀\u{2028}");
        let mut ann = Polling::connect(&world, &format!("/rtm/00{number}/abcdefgh"), kind, &name).await;
        let user = ann.bootstrap().await;
        assert_eq!(user["name"], name, "{kind}");
        let bob = world.join(&format!("bob-{number}")).await;
        let event = ann.wait(|frame| frame.event_type() == "contact.presence.changed").await;
        assert_eq!(event.resource()["name"], bob.user["name"]);
        assert_eq!(ann.send(&["DISCONNECT\nreceipt:bye\n\n\0"]).await, 204);
        ann.wait(|frame| frame.header("receipt-id") == Some("bye")).await;
        assert_eq!(ann.next().await, GO_AWAY, "{kind}");
        world.until("gateway_sockets", 1.0).await;
        assert_eq!(ann.send(&["\n"]).await, 404, "nobody listens any more");
        ann.response = None;
        assert_eq!(ann.next().await, GO_AWAY, "and later requests learn it");
        drop(bob);
        world.until("gateway_sockets", 0.0).await;
    }
}

#[tokio::test]
async fn responses_look_as_each_transport_wants() {
    let world = World::new().await;
    let path = |session: &str, kind: &str| format!("/rtm/000/{session}/{kind}?api-key={KEY}");
    let origin = [("Origin", "https://app.example")];
    let mut streaming = ask(&world, "POST", &path("session1", "xhr_streaming"), &origin, "").await;
    assert_eq!(streaming.header("content-type"), "application/javascript; charset=UTF-8");
    assert_eq!(streaming.header("access-control-allow-origin"), "https://app.example");
    assert!(streaming.header("cache-control").starts_with("no-store"));
    assert_eq!(streaming.line().await.as_deref(), Some(&*"h".repeat(2048)));
    assert_eq!(streaming.line().await.as_deref(), Some("o"));
    let mut events = ask(&world, "GET", &path("session2", "eventsource"), &origin, "").await;
    assert_eq!(events.header("content-type"), "text/event-stream; charset=UTF-8");
    for line in ["", "data: o", ""] {
        assert_eq!(events.line().await.as_deref(), Some(line));
    }
    let mut poll = ask(&world, "POST", &path("session3", "xhr"), &origin, "").await;
    assert_eq!(poll.header("content-type"), "application/javascript; charset=UTF-8");
    assert_eq!(poll.body().await, "o\n");
    assert_eq!(ask(&world, "GET", &path("session3", "xhr"), &[], "").await.status, 405);
}

#[tokio::test]
async fn a_streaming_response_ends_when_it_is_long_and_the_next_one_goes_on() {
    const COUNT: usize = 200;
    let world = World::new().await;
    let mut ann = Polling::connect(&world, POLL, "xhr_streaming", "ann").await;
    let relay = |id: usize| format!("SUBSCRIBE\nid:{id}\ndestination:/application/v1/user.relay\n\n\0");
    let frames: Vec<_> = (0..COUNT).map(relay).collect();
    let frames: Vec<_> = frames.iter().map(String::as_str).collect();
    let mut response = ann.response.take().expect("still open");
    let asked = async { assert_eq!(ann.send(&frames).await, 204) };
    let read = async {
        let (mut ids, mut sizes) = (Vec::new(), vec![0]);
        while ids.len() < COUNT {
            let Some(line) = response.line().await else {
                response = ann.receive().await;
                assert_eq!(response.line().await.expect("the prelude").len(), 2048);
                sizes.push(0);
                continue;
            };
            *sizes.last_mut().expect("one") += line.len() + 1;
            let messages: Vec<String> = serde_json::from_str(&line[1..]).expect("no `o` comes again");
            let frames = messages.iter().filter_map(|message| Frame::parse(message));
            ids.extend(frames.filter_map(|frame| frame.header("subscription")?.parse::<usize>().ok()));
        }
        (ids, sizes)
    };
    let ((), (ids, sizes)) = tokio::join!(asked, read);
    assert_eq!(ids, (0..COUNT).collect::<Vec<_>>(), "none is lost and none comes twice");
    assert!(sizes.len() > 1, "{sizes:?}");
    // The first response had CONNECTED, too.
    assert!(sizes[..sizes.len() - 1].iter().all(|size| (127 * 1024..260 * 1024).contains(size)), "{sizes:?}");
}

#[tokio::test]
async fn a_second_request_that_receives_is_sent_away_and_the_first_goes_on() {
    let world = World::new().await;
    let mut ann = Polling::connect(&world, POLL, "xhr_streaming", "ann").await;
    for (method, kind, prefix) in [
        ("POST", "xhr", String::new()),
        ("POST", "xhr_streaming", format!("{}\n", "h".repeat(2048))),
        ("GET", "eventsource", "\r\ndata: ".to_owned()),
    ] {
        let mut second = ask(&world, method, &format!("{POLL}/{kind}?api-key={KEY}"), &[], "").await;
        let expected = format!(r#"{prefix}c[2010,"Another connection still open"]"#);
        assert_eq!(second.body().await.trim_end(), expected);
    }
    assert_eq!(ann.relay("1", "/application/v1/user.relay").await["name"], "ann");
}

#[tokio::test]
async fn a_request_that_is_broken_off_loses_the_connection_and_the_session_can_be_resumed() {
    let world = World::new().await;
    for (number, kind) in ["xhr_streaming", "eventsource"].into_iter().enumerate() {
        let mut ann = Polling::open(&world, &format!("/rtm/00{number}/abcdefgh"), kind).await;
        assert_eq!(ann.send(&[&connect_frame("ann", "")]).await, 204);
        let session = ann.frame().await.header("session").expect("required").to_owned();
        let resumed = world.metric("gateway_resumed_total");
        ann.response = None;
        world.until("gateway_sockets", 0.0).await;
        assert_eq!(ann.next().await, r#"c[1002,"Connection interrupted"]"#);
        assert_eq!(ann.send(&["\n"]).await, 404);
        let again = world.connect_with("ann", &format!("StompX-Auth-Session-ID:{session}\n")).await;
        assert!((world.metric("gateway_resumed_total") - resumed - 1.0).abs() < f64::EPSILON);
        drop(again);
        world.until("gateway_sockets", 0.0).await;
    }
}

#[tokio::test]
async fn a_refused_client_reads_the_error_before_the_close() {
    let world = World::new().await;
    let base = "/stompx/000/abcdefgh";
    let poll = async || ask(&world, "POST", &format!("{base}/xhr?api_key=wrong"), &[], "").await.body().await;
    assert_eq!(poll().await, "o\n");
    let payload = json!([connect_frame("ann", "")]).to_string();
    let sent = ask(&world, "POST", &format!("{base}/xhr_send?api_key=wrong"), &[], &payload).await;
    assert_eq!(sent.status, 204);
    let error = poll().await;
    assert!(error.starts_with(r#"a["ERROR\n"#) && error.contains("AccessDeniedError"), "{error}");
    assert_eq!(poll().await, format!("{GO_AWAY}\n"));
}

#[tokio::test]
async fn requests_with_another_key_or_server_belong_to_another_session() {
    let world = World::new().await;
    let _ann = Polling::connect(&world, POLL, "xhr", "ann").await;
    for path in ["/rtm/000/abcdefgh/xhr_send?api-key=x", "/rtm/001/abcdefgh/xhr_send?api-key=test-key"] {
        assert_eq!(ask(&world, "POST", path, &[], "[]").await.status, 404, "{path}");
    }
    for path in
        [format!("/rtm/000/abcdefgh/xhr_send?api_key={KEY}"), format!("{POLL}/xhr_send?api-key={KEY}&t=1")]
    {
        assert_eq!(ask(&world, "POST", &path, &[], "[]").await.status, 204, "{path}");
    }
}

#[tokio::test]
async fn a_payload_of_the_largest_size_passes_one_byte_more_does_not_and_broken_ones_count_for_nothing() {
    let world = World::new().await;
    let mut ann = Polling::connect(&world, POLL, "xhr", "ann").await;
    // Heart-beats, all of it.
    let payload = |bytes: usize| format!("[\"{}\"]", "\\n".repeat((bytes - 4) / 2));
    let limit = limits::MAX_SOCKJS_PAYLOAD_BYTES;
    assert_eq!(ann.send_text(&payload(limit)).await, 204);
    assert_eq!(ann.send_text(&format!("{} ", payload(limit))).await, 413);
    let many = |count: usize| format!("[{}]", vec![r#""\n""#; count].join(","));
    assert_eq!(ann.send_text(&many(limits::MAX_SOCKJS_MESSAGES)).await, 204);
    assert_eq!(ann.send_text(&many(limits::MAX_SOCKJS_MESSAGES + 1)).await, 400);
    for broken in
        ["", "x", r#"["DISCONNECT\nreceipt:r\n\n\u0000""#, r#"["DISCONNECT\nreceipt:r\n\n\u0000",1]"#]
    {
        assert_eq!(ann.send_text(broken).await, 400, "{broken}");
    }
    assert_eq!(ann.relay("1", "/application/v1/user.relay").await["name"], "ann", "still connected");
}

#[tokio::test]
async fn a_broken_frame_is_named_before_the_close() {
    let world = World::new().await;
    let mut ann = Polling::connect(&world, POLL, "xhr_streaming", "ann").await;
    assert_eq!(ann.send(&["HELLO\n\n\0"]).await, 204);
    assert_eq!(ann.frame().await.command, "ERROR");
    assert_eq!(ann.next().await, GO_AWAY);
}

#[tokio::test]
async fn a_client_that_receives_too_slowly_is_closed_like_any_other() {
    let settings = GatewaySettings { send_queue_bytes: 8 * 1024, ..GatewaySettings::default() };
    let world = World::with(settings).await;
    let mut bob = world.join("bob").await;
    let mut ann = Polling::connect(&world, POLL, "xhr", "ann").await;
    ann.bootstrap().await;
    // Ann does not ask any more. Some frames wait between the ends, the others in the queue.
    for _ in 0..20 {
        channel(&mut bob, "PRIVATE", &["ann"]).await;
    }
    world.until("gateway_closed_total{reason=\"slow\"}", 1.0).await;
}

#[tokio::test]
async fn draining_sends_everybody_away() {
    let world = World::new().await;
    let mut ann = Polling::connect(&world, POLL, "xhr_streaming", "ann").await;
    world.gateway.drain().await;
    assert_eq!(ann.next().await, GO_AWAY);
    let mut late = Polling::open(&world, "/rtm/000/late-one", "xhr").await;
    assert_eq!(late.next().await, GO_AWAY);
}
