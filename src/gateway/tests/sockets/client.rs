//! One WebSocket client, every frame visible.
use crate::support::PATIENCE;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, handshake::client::Response, http::HeaderValue},
};

/// A frame as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) command: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Frame {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\n\n")?;
        let mut lines = head.lines();
        let command = lines.next()?.to_owned();
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Some(Self { command, headers, body: body.strip_suffix('\0')?.to_owned() })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(crate) fn event_type(&self) -> String {
        self.json()["type"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn resource(&self) -> Value {
        self.json()["resource"].clone()
    }
}

/// One WebSocket and what came over it.
pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    inbox: VecDeque<Frame>,
    last_id: u32,
    /// `session` of CONNECTED.
    pub(crate) session: String,
    /// The current user, after the connect sequence.
    pub(crate) user: Value,
}

impl Client {
    /// Opens a socket that offers the subprotocol.
    pub(crate) async fn open(url: &str) -> (Self, Response) {
        let mut request = url.into_client_request().expect("a URL");
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("v12.stomp"));
        let (socket, response) = connect_async(request).await.expect("an open socket");
        let client =
            Self { socket, inbox: VecDeque::new(), last_id: 0, session: String::new(), user: Value::Null };
        (client, response)
    }

    /// CONNECT, up to CONNECTED.
    pub(crate) async fn sign_in(&mut self, name: &str, headers: &str) {
        self.send(&connect_frame(name, headers)).await;
        let connected = self.read().await;
        assert_eq!(connected.command, "CONNECTED", "{connected:?}");
        self.session = connected.header("session").expect("required").to_owned();
    }

    /// The connect sequence after CONNECTED.
    pub(crate) async fn bootstrap(&mut self) {
        self.user = self.relay("/application/v1/user.relay", "").await;
        self.watch_errors().await;
        for key in [
            "self",
            "channels",
            "messages",
            "notifications",
            "contacts",
            "participants",
            "users",
            "reactions",
            "threads",
            "calls",
        ] {
            let topic = self.topic(key);
            self.subscribe_as(&format!("user-{key}"), &topic).await;
        }
    }

    pub(crate) async fn watch_errors(&mut self) {
        self.send("SUBSCRIBE\nid:errors\ndestination:/user/queue/v1/errors\n\n\0").await;
    }

    /// A topic of the current user.
    pub(crate) fn topic(&self, key: &str) -> String {
        destination(&self.user, "_topics", key)
    }

    pub(crate) fn fresh(&mut self, kind: &str) -> String {
        self.last_id += 1;
        format!("{kind}-{}", self.last_id)
    }

    /// One message, as text.
    pub(crate) async fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.expect("sent");
    }

    /// One message, as bytes.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.socket.send(Message::binary(bytes.to_vec())).await.expect("sent");
    }

    pub(crate) async fn send_message(&mut self, message: Message) {
        self.socket.send(message).await.expect("sent");
    }

    /// The answer to a relay, or the error that the errors queue brings.
    pub(crate) async fn ask(&mut self, destination: &str, headers: &str) -> Result<Value, Value> {
        let id = self.fresh("relay");
        self.send(&format!("SUBSCRIBE\n{headers}id:{id}\ndestination:{destination}\n\n\0")).await;
        let is_answer =
            |f: &Frame| f.header("subscription") == Some(&id) || f.header("subscription-id") == Some(&id);
        let answer = self.wait(is_answer).await;
        if answer.header("subscription-id").is_some() { Err(answer.json()) } else { Ok(answer.resource()) }
    }

    pub(crate) async fn relay(&mut self, destination: &str, headers: &str) -> Value {
        self.ask(destination, headers).await.unwrap_or_else(|error| panic!("{destination}: {error}"))
    }

    /// Watches a topic, up to the RECEIPT.
    pub(crate) async fn subscribe_as(&mut self, id: &str, destination: &str) {
        let answer = self.try_subscribe_as(id, destination).await;
        assert_eq!(answer.command, "RECEIPT", "{destination}: {answer:?}");
    }

    pub(crate) async fn try_subscribe_as(&mut self, id: &str, destination: &str) -> Frame {
        self.send(&subscribe_frame(id, destination)).await;
        self.wait(|f| {
            f.header("receipt-id") == Some(&format!("of-{id}")) || f.header("subscription-id") == Some(id)
        })
        .await
    }

    pub(crate) async fn unsubscribe(&mut self, id: &str) {
        self.send(&format!("UNSUBSCRIBE\nid:{id}\n\n\0")).await;
    }

    /// Acknowledges an event.
    pub(crate) async fn ack(&mut self, event: &Frame) {
        let id = event.header("ack").expect("an event");
        self.send(&format!("ACK\nid:{id}\n\n\0")).await;
    }

    /// Sends an action without waiting for anything.
    pub(crate) async fn fire(&mut self, receipt: &str, destination: &str, body: &Value) {
        self.send(&send_frame(receipt, destination, body)).await;
    }

    /// Sends an action and waits for its RECEIPT, or the error.
    pub(crate) async fn try_act(
        &mut self,
        receipt: &str,
        destination: &str,
        body: &Value,
    ) -> Result<(), Value> {
        self.fire(receipt, destination, body).await;
        let answer = self
            .wait(|f| {
                f.header("receipt-id") == Some(receipt)
                    && (f.command == "RECEIPT" || f.header("subscription") == Some("errors"))
            })
            .await;
        if answer.command == "RECEIPT" { Ok(()) } else { Err(answer.json()) }
    }

    pub(crate) async fn act(&mut self, destination: &str, body: Value) -> String {
        let receipt = self.fresh("receipt");
        let result = self.try_act(&receipt, destination, &body).await;
        result.unwrap_or_else(|error| panic!("{destination}: {error}"));
        receipt
    }

    /// Sends an action and waits for the event that carries its result.
    pub(crate) async fn request(&mut self, destination: &str, body: Value) -> Frame {
        let receipt = self.act(destination, body).await;
        self.wait(|f| f.command == "MESSAGE" && f.header("receipt-id") == Some(&receipt)).await
    }

    /// Takes the first event of that type.
    pub(crate) async fn event(&mut self, event_type: &str) -> Frame {
        self.wait(|frame| frame.event_type() == event_type).await
    }

    /// Takes the first frame that fits; others stay in their order.
    pub(crate) async fn wait(&mut self, fits: impl Fn(&Frame) -> bool) -> Frame {
        if let Some(position) = self.inbox.iter().position(&fits) {
            return self.inbox.remove(position).expect("found");
        }
        loop {
            let frame = match self.try_read().await {
                Ok(frame) => frame,
                Err(problem) => panic!("{problem}; waiting: {:#?}", self.inbox),
            };
            if fits(&frame) {
                return frame;
            }
            self.inbox.push_back(frame);
        }
    }

    /// Everything that was queued for this client so far, in order.
    pub(crate) async fn drain(&mut self) -> Vec<Frame> {
        self.relay("/application/v1/users/1.relay", "").await;
        self.inbox.drain(..).collect()
    }

    /// Names of the events that were queued so far, in order; RECEIPTs as `RECEIPT`.
    pub(crate) async fn story(&mut self) -> Vec<String> {
        let name = |frame: &Frame| {
            if frame.command == "RECEIPT" { "RECEIPT".to_owned() } else { frame.event_type() }
        };
        self.drain().await.iter().map(name).collect()
    }

    pub(crate) async fn read(&mut self) -> Frame {
        match self.inbox.pop_front() {
            Some(frame) => frame,
            None => self.try_read().await.unwrap_or_else(|problem| panic!("{problem}")),
        }
    }

    /// The next frame, or why none comes.
    pub(crate) async fn try_read(&mut self) -> Result<Frame, String> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await.map_err(|_| "silence".to_owned())?;
            match message {
                Some(Ok(Message::Text(text))) => {
                    if let Some(frame) = Frame::parse(&text) {
                        return Ok(frame);
                    }
                }
                Some(Ok(Message::Close(Some(close)))) => {
                    // The answer to the close goes out with the next use of the socket.
                    drop(self.socket.flush().await);
                    return Err(format!("closed: {}", u16::from(close.code)));
                }
                Some(Ok(Message::Close(None))) | None => return Err("closed".to_owned()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.to_string()),
            }
        }
    }

    /// Reads up to the close, and returns its code.
    pub(crate) async fn closed(&mut self) -> String {
        loop {
            if let Err(problem) = self.try_read().await {
                return problem;
            }
        }
    }

    /// The next WebSocket message that is not text.
    pub(crate) async fn control(&mut self) -> Message {
        loop {
            match timeout(PATIENCE, self.socket.next())
                .await
                .expect("a message")
                .expect("open")
                .expect("no error")
            {
                Message::Text(_) => {}
                other => return other,
            }
        }
    }
}

pub(crate) fn connect_frame(name: &str, headers: &str) -> String {
    format!("CONNECT\naccept-version:1.2\nheart-beat:60000,10000\nStompX-User:{name}\n{headers}\n\0")
}

pub(crate) fn subscribe_frame(id: &str, destination: &str) -> String {
    format!("SUBSCRIBE\nid:{id}\nreceipt:of-{id}\nack:client-individual\ndestination:{destination}\n\n\0")
}

pub(crate) fn send_frame(receipt: &str, destination: &str, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "SEND\ndestination:{destination}\ncontent-type:application/json;charset=UTF-8\nreceipt:{receipt}\n\
         content-length:{}\n\n{body}\0",
        body.len()
    )
}

/// A destination string of a resource.
pub(crate) fn destination(resource: &Value, group: &str, key: &str) -> String {
    resource[group][key].as_str().unwrap_or_else(|| panic!("no {group}.{key} in {resource}")).to_owned()
}

/// Creates a channel with these other members and returns it.
pub(crate) async fn channel(creator: &mut Client, kind: &str, others: &[&str]) -> Value {
    let members: Vec<_> = others.iter().map(|name| json!({ "username": name })).collect();
    let create = destination(&creator.user, "_actions", "createChannel");
    creator.request(&create, json!({ "type": kind, "members": members })).await.resource()
}
