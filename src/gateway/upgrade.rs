//! HTTP: the WebSocket endpoints, those of SockJS and the default picture.
//!
//! Any origin may connect, and no cookie counts. Whether the API key is good is said at CONNECT: a failed upgrade would
//! look like a network problem to the clients, which try again for ever (protocol 1.3).
use crate::{
    Gateway,
    auth::Opened,
    conn,
    handshake::{self, Refusal},
    pictures,
    socket::Socket,
    sockjs,
    transport::Transport,
};
use axum::{
    Router,
    extract::{Query, Request, State},
    response::Response,
    routing::get,
};
use hyper::upgrade::OnUpgrade;
use model::limits;
use std::sync::Arc;
use tracing::debug;
use wire::resource::DEFAULT_PICTURE_PATH;

/// A message holds one frame and perhaps heart-beats. What is a little too large is refused by STOMP, with a reason.
const MAX_MESSAGE_BYTES: usize = limits::MAX_FRAME_BYTES + 4 * 1024;

/// The query, in order. Names may repeat: nothing about it fails the upgrade.
pub(crate) type Parameters = Query<Vec<(String, String)>>;

/// Clients write the name of the API key both ways (protocol 1.1).
const KEY: &str = "api-key";
const LEGACY_KEY: &str = "api_key";

pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/rtm/websocket", get(current))
        .route("/stompx/websocket", get(legacy))
        .route(DEFAULT_PICTURE_PATH, get(pictures::default_picture))
        .with_state(gateway.clone())
        .merge(sockjs::router(&gateway))
}

async fn current(
    State(gateway): State<Arc<Gateway>>,
    Query(parameters): Parameters,
    request: Request,
) -> Result<Response, Refusal> {
    switch(gateway, opened(&parameters, false), request, MAX_MESSAGE_BYTES, Transport::WebSocket)
}

async fn legacy(
    State(gateway): State<Arc<Gateway>>,
    Query(parameters): Parameters,
    request: Request,
) -> Result<Response, Refusal> {
    switch(gateway, opened(&parameters, true), request, MAX_MESSAGE_BYTES, Transport::WebSocket)
}

/// What the query says. `is_legacy`: the path belongs to the oldest clients.
pub(crate) fn opened(parameters: &[(String, String)], is_legacy: bool) -> Opened {
    let find = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let key = find(KEY);
    // An underscore was last used by clients that also use old names (protocol 10).
    let is_legacy = is_legacy || (key.is_none() && find(LEGACY_KEY).is_some());
    Opened { api_key: key.or_else(|| find(LEGACY_KEY)), is_legacy }
}

/// Answers a handshake, and serves the connection once the client has the answer.
pub(crate) fn switch(
    gateway: Arc<Gateway>,
    opened: Opened,
    mut request: Request,
    max_message_bytes: usize,
    transport: fn(Socket) -> Transport,
) -> Result<Response, Refusal> {
    let answer = handshake::answer(request.headers())?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or(Refusal::NotAnUpgrade)?;
    tokio::spawn(async move {
        match upgrade.await {
            Ok(upgraded) => {
                let socket = Socket::new(upgraded, max_message_bytes).await;
                conn::run(gateway, transport(socket), opened).await;
            }
            Err(problem) => debug!(error = %problem, "a client went away during the handshake"),
        }
    });
    Ok(answer)
}
