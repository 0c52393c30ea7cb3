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
use serde::Deserialize;
use std::sync::Arc;
use tracing::debug;
use wire::resource::DEFAULT_PICTURE_PATH;

/// A message holds one frame and perhaps heart-beats. What is a little too large is refused by STOMP, with a reason.
const MAX_MESSAGE_BYTES: usize = limits::MAX_FRAME_BYTES + 4 * 1024;

/// Clients write the key both ways (protocol 1.1).
#[derive(Deserialize)]
struct Parameters {
    #[serde(rename = "api-key")]
    hyphenated: Option<String>,
    api_key: Option<String>,
}

pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/rtm/websocket", get(current))
        .route("/stompx/websocket", get(legacy))
        .route(DEFAULT_PICTURE_PATH, get(pictures::default_picture))
        .with_state(gateway)
}

async fn current(
    State(gateway): State<Arc<Gateway>>,
    Query(parameters): Query<Parameters>,
    request: Request,
) -> Result<Response, Refusal> {
    // An underscore was last used by clients that also use old names (protocol 10).
    let is_legacy = parameters.hyphenated.is_none() && parameters.api_key.is_some();
    open(gateway, parameters, is_legacy, request)
}

async fn legacy(
    State(gateway): State<Arc<Gateway>>,
    Query(parameters): Query<Parameters>,
    request: Request,
) -> Result<Response, Refusal> {
    open(gateway, parameters, true, request)
}

fn open(
    gateway: Arc<Gateway>,
    parameters: Parameters,
    is_legacy: bool,
    mut request: Request,
) -> Result<Response, Refusal> {
    let answer = handshake::answer(request.headers())?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or(Refusal::NotAnUpgrade)?;
    let opened = Opened { api_key: parameters.hyphenated.or(parameters.api_key), is_legacy };
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
