//! HTTP: the WebSocket endpoints and the default picture.
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
type Parameters = Query<Vec<(String, String)>>;

/// Clients write the name of the API key both ways (protocol 1.1).
const KEY: &str = "api-key";
const LEGACY_KEY: &str = "api_key";

pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/rtm/websocket", get(current))
        .route("/stompx/websocket", get(legacy))
        .route(DEFAULT_PICTURE_PATH, get(pictures::default_picture))
        .with_state(gateway)
}

async fn current(
    State(gateway): State<Arc<Gateway>>,
    Query(parameters): Parameters,
    request: Request,
) -> Result<Response, Refusal> {
    // An underscore was last used by clients that also use old names (protocol 10).
    let is_legacy = find(&parameters, KEY).is_none() && find(&parameters, LEGACY_KEY).is_some();
    open(gateway, &parameters, is_legacy, request)
}

async fn legacy(
    State(gateway): State<Arc<Gateway>>,
    Query(parameters): Parameters,
    request: Request,
) -> Result<Response, Refusal> {
    open(gateway, &parameters, true, request)
}

fn find<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn open(
    gateway: Arc<Gateway>,
    parameters: &[(String, String)],
    is_legacy: bool,
    mut request: Request,
) -> Result<Response, Refusal> {
    let answer = handshake::answer(request.headers())?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or(Refusal::NotAnUpgrade)?;
    let key = find(parameters, KEY).or_else(|| find(parameters, LEGACY_KEY));
    let opened = Opened { api_key: key.map(str::to_owned), is_legacy };
    tokio::spawn(async move {
        match upgrade.await {
            Ok(upgraded) => {
                let socket = Socket::new(upgraded, MAX_MESSAGE_BYTES).await;
                conn::run(gateway, socket, opened).await;
            }
            Err(problem) => debug!(error = %problem, "a client went away during the handshake"),
        }
    });
    Ok(answer)
}
