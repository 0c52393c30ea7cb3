//! One StompX client over a raw WebSocket: what an unmodified SDK does on the wire, with every frame visible.
//!
//! ```text
//!   Client::connect ─▶ bootstrap (relays, errors queue, user topics) ─▶ relay | subscribe | act | wait
//! ```
//!
//! It shares no code with the server: frames are written and read by the few lines below.
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{collections::VecDeque, fmt::Write, time::Duration};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

/// How long a frame is waited for: only a broken server reaches it.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a client could not do.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The socket failed or was closed.
    #[error("connection: {0}")]
    Connection(String),
    /// The server refused with an ERROR frame or an errors-queue message.
    #[error("{name}: {message}")]
    Refused {
        /// `error` of the body.
        name: String,
        /// `message` of the body.
        message: String,
    },
    /// Nothing fitting came.
    #[error("no frame came: {0}")]
    Silence(String),
}

/// A frame as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// First line.
    pub command: String,
    /// In order, unescaped.
    pub headers: Vec<(String, String)>,
    /// Without the NUL.
    pub body: String,
}

impl Frame {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// `type` of a topic event; empty for anything else.
    pub fn event_type(&self) -> String {
        self.json()["type"].as_str().unwrap_or_default().to_owned()
    }

    /// `resource` of the body.
    pub fn resource(&self) -> Value {
        self.json()["resource"].clone()
    }

    fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\n\n")?;
        let mut lines = head.lines();
        let command = lines.next()?.to_owned();
        let unescape = |text: &str| text.replace("\\n", "\n").replace("\\c", ":").replace("\\\\", "\\");
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(key, value)| (key.to_owned(), unescape(value))).collect();
        Some(Self { command, headers, body: body.trim_end_matches('\0').to_owned() })
    }
}

/// How to connect.
#[derive(Clone, Debug)]
pub struct Options {
    /// `StompX-User-Agent`.
    pub user_agent: String,
    /// `StompX-Auth-Session-ID`: continues a session.
    pub session: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { user_agent: "ChatKitty-RN/1.6.3".to_owned(), session: None }
    }
}

/// A connected client.
pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    inbox: VecDeque<Frame>,
    next_id: u64,
    /// Events are acknowledged as they are read, as SDKs do.
    pub acknowledges: bool,
    /// `session` of CONNECTED.
    pub session: String,
    /// The current user, after [`Client::bootstrap`].
    pub user: Value,
}

impl Client {
    /// Opens the socket and signs in. `base`: `ws://host:port`.
    pub async fn connect(base: &str, api_key: &str, username: &str) -> Result<Self, ClientError> {
        Self::connect_with(base, api_key, username, Options::default()).await
    }

    /// [`Client::connect`] with options.
    pub async fn connect_with(
        base: &str,
        api_key: &str,
        username: &str,
        options: Options,
    ) -> Result<Self, ClientError> {
        let mut client = Self::open(base, api_key).await?;
        let mut frame = format!(
            "CONNECT\naccept-version:1.2\nheart-beat:60000,10000\nStompX-User:{username}\nStompX-User-Agent:{}\n",
            options.user_agent
        );
        if let Some(session) = &options.session {
            let _ = writeln!(frame, "StompX-Auth-Session-ID:{session}");
        }
        client.send_text(frame + "\n\0").await?;
        let answer = client.wait("CONNECTED or ERROR", |frame| frame.command != "MESSAGE").await?;
        if answer.command != "CONNECTED" {
            return Err(refused(&answer));
        }
        client.session = answer.header("session").unwrap_or_default().to_owned();
        Ok(client)
    }

    /// Opens the socket only.
    pub async fn open(base: &str, api_key: &str) -> Result<Self, ClientError> {
        let url = format!("{base}/rtm/websocket?api-key={api_key}");
        let broken =
            |error: tokio_tungstenite::tungstenite::Error| ClientError::Connection(error.to_string());
        let mut request = url.into_client_request().map_err(broken)?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("v12.stomp"));
        let (socket, _) = connect_async(request).await.map_err(broken)?;
        let (inbox, session, user) = (VecDeque::new(), String::new(), Value::Null);
        Ok(Self { socket, inbox, next_id: 0, acknowledges: true, session, user })
    }

    /// The connect sequence of protocol 3.1 after CONNECTED.
    pub async fn bootstrap(&mut self) -> Result<(), ClientError> {
        self.user = self.relay("/application/v1/user.relay", &[]).await?;
        self.send_text("SUBSCRIBE\nid:errors\ndestination:/user/queue/v1/errors\n\n\0".to_owned()).await?;
        self.relay("/application/v1/user.write_file_access_grant.relay", &[]).await?;
        self.relay("/application/v1/user.read_file_access_grant.relay", &[]).await?;
        for key in
            ["self", "channels", "messages", "notifications", "contacts", "participants", "users", "calls"]
        {
            let topic = destination(&self.user, "_topics", key);
            self.subscribe(&topic).await?;
        }
        Ok(())
    }

    /// Reads once.
    pub async fn relay(
        &mut self,
        destination: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Value, ClientError> {
        let id = self.fresh("relay");
        let mut frame = "SUBSCRIBE\n".to_owned();
        for (key, value) in parameters {
            let _ = writeln!(frame, "{key}:{value}");
        }
        self.send_text(format!("{frame}id:{id}\ndestination:{destination}\n\n\0")).await?;
        let is_answer = |frame: &Frame| {
            frame.header("subscription") == Some(&id) || frame.header("subscription-id") == Some(&id)
        };
        let answer = self.wait(destination, is_answer).await?;
        if answer.header("subscription-id").is_some() { Err(refused(&answer)) } else { Ok(answer.resource()) }
    }

    /// Watches a topic; returns the subscription's id after its RECEIPT.
    pub async fn subscribe(&mut self, destination: &str) -> Result<String, ClientError> {
        let id = self.fresh("subscription-id");
        self.subscribe_as(&id, destination).await?;
        Ok(id)
    }

    /// Watches a topic under a chosen id: what clients do again after a reconnect.
    pub async fn subscribe_as(&mut self, id: &str, destination: &str) -> Result<(), ClientError> {
        let receipt = format!("receipt-of-{id}");
        self.send_text(format!(
            "SUBSCRIBE\nid:{id}\nreceipt:{receipt}\nack:client-individual\ndestination:{destination}\n\n\0"
        ))
        .await?;
        let is_answer = |frame: &Frame| {
            frame.header("receipt-id") == Some(&receipt) || frame.header("subscription-id") == Some(id)
        };
        let answer = self.wait(destination, is_answer).await?;
        if answer.command == "RECEIPT" { Ok(()) } else { Err(refused(&answer)) }
    }

    /// Stops watching.
    pub async fn unsubscribe(&mut self, id: &str) -> Result<(), ClientError> {
        self.send_text(format!("UNSUBSCRIBE\nid:{id}\n\n\0")).await
    }

    /// Sends an action and waits for its RECEIPT; returns the receipt's id.
    pub async fn act(&mut self, destination: &str, body: &Value) -> Result<String, ClientError> {
        let receipt = self.fresh("receipt");
        self.act_as(&receipt, destination, body).await?;
        Ok(receipt)
    }

    /// [`Client::act`] under a chosen receipt id.
    pub async fn act_as(
        &mut self,
        receipt: &str,
        destination: &str,
        body: &Value,
    ) -> Result<(), ClientError> {
        let body = body.to_string();
        self.send_text(format!(
            "SEND\ndestination:{destination}\ncontent-type:application/json;charset=UTF-8\nreceipt:{receipt}\n\
             content-length:{}\n\n{body}\0",
            body.len()
        ))
        .await?;
        let is_answer = |frame: &Frame| {
            frame.header("receipt-id") == Some(receipt)
                && (frame.command == "RECEIPT" || frame.header("subscription") == Some("errors"))
        };
        let answer = self.wait(destination, is_answer).await?;
        if answer.command == "RECEIPT" { Ok(()) } else { Err(refused(&answer)) }
    }

    /// Sends an action and waits for the event that carries its result.
    pub async fn request(&mut self, destination: &str, body: &Value) -> Result<Value, ClientError> {
        let receipt = self.act(destination, body).await?;
        let carrier = self.wait("a result", |frame| frame.header("receipt-id") == Some(&receipt)).await?;
        Ok(carrier.resource())
    }

    /// Takes the first event of that type, waiting for it.
    pub async fn event(&mut self, event_type: &str) -> Result<Frame, ClientError> {
        self.wait(event_type, |frame| frame.event_type() == event_type).await
    }

    /// Takes the first frame that fits, waiting for it; others stay in their order.
    pub async fn wait(&mut self, what: &str, fits: impl Fn(&Frame) -> bool) -> Result<Frame, ClientError> {
        if let Some(position) = self.inbox.iter().position(&fits) {
            return Ok(self.inbox.remove(position).expect("invariant: the position was found"));
        }
        loop {
            let frame = self.read().await.map_err(|error| match error {
                ClientError::Silence(_) => {
                    ClientError::Silence(format!("{what}; waiting: {:#?}", self.inbox))
                }
                other => other,
            })?;
            if fits(&frame) {
                return Ok(frame);
            }
            self.inbox.push_back(frame);
        }
    }

    /// Takes every frame that came so far and was not taken, in order. What the server queued for this client before it
    /// answered a relay is among them.
    pub async fn drain(&mut self) -> Result<Vec<Frame>, ClientError> {
        self.relay("/application/v1/user.relay", &[]).await?;
        Ok(self.inbox.drain(..).collect())
    }

    /// Reads and acknowledges whatever comes until the connection ends.
    pub async fn idle(mut self) {
        while !matches!(self.read().await, Err(ClientError::Connection(_))) {
            self.inbox.clear();
        }
    }

    /// The next frame; heart-beats are skipped.
    pub async fn read(&mut self) -> Result<Frame, ClientError> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await;
            let message = message.map_err(|_| ClientError::Silence("nothing at all".to_owned()))?;
            let text = match message {
                Some(Ok(Message::Text(text))) => text.to_string(),
                Some(Ok(Message::Binary(bytes))) => String::from_utf8_lossy(&bytes).into_owned(),
                Some(Ok(Message::Close(reason))) => {
                    return Err(ClientError::Connection(format!("closed: {reason:?}")));
                }
                Some(Ok(_)) => continue,
                Some(Err(error)) => return Err(ClientError::Connection(error.to_string())),
                None => return Err(ClientError::Connection("closed".to_owned())),
            };
            let Some(frame) = Frame::parse(&text) else { continue };
            if let Some(ack) = frame.header("ack").filter(|_| self.acknowledges) {
                self.send_text(format!("ACK\nid:{ack}\n\n\0")).await?;
            }
            return Ok(frame);
        }
    }

    /// Sends a text message as it is.
    pub async fn send_text(&mut self, text: String) -> Result<(), ClientError> {
        let sent = self.socket.send(Message::text(text)).await;
        sent.map_err(|error| ClientError::Connection(error.to_string()))
    }

    /// Sends a binary message as it is.
    pub async fn send_bytes(&mut self, bytes: Vec<u8>) -> Result<(), ClientError> {
        let sent = self.socket.send(Message::binary(bytes)).await;
        sent.map_err(|error| ClientError::Connection(error.to_string()))
    }

    /// Ends the session the way SDKs do: DISCONNECT, RECEIPT, close.
    pub async fn disconnect(mut self) -> Result<(), ClientError> {
        self.send_text("DISCONNECT\nreceipt:close-1\n\n\0".to_owned()).await?;
        self.wait("the RECEIPT of DISCONNECT", |frame| frame.header("receipt-id") == Some("close-1")).await?;
        Ok(())
    }

    /// `{ "id": … }` of the current user.
    pub fn id(&self) -> u64 {
        self.user["id"].as_u64().unwrap_or_default()
    }

    fn fresh(&mut self, kind: &str) -> String {
        self.next_id += 1;
        format!("{kind}-{}", self.next_id)
    }
}

/// `resource.<group>.<key>` as text; empty when absent, as a client would send it.
pub fn destination(resource: &Value, group: &str, key: &str) -> String {
    resource[group][key].as_str().unwrap_or_default().to_owned()
}

/// A reference to a user of that name.
pub fn by_name(name: &str) -> Value {
    json!({ "username": name })
}

fn refused(frame: &Frame) -> ClientError {
    let body = frame.json();
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    ClientError::Refused { name: text("error"), message: text("message") }
}
