//! HTTP: the WebSocket endpoints and the default picture.
//!
//! Any origin may connect, and no cookie counts. Whether the API key is good is said at CONNECT: a failed upgrade would
//! look like a network problem to the clients, which try again for ever (protocol 1.3).
use crate::{Gateway, auth::Opened, conn, pictures};
use axum::{
    Router,
    extract::{Query, State, ws::WebSocketUpgrade},
    response::Response,
    routing::get,
};
use model::limits;
use serde::Deserialize;
use std::sync::Arc;
use wire::resource::DEFAULT_PICTURE_PATH;

/// The only subprotocol. It is selected when a client offers it, and not mentioned otherwise.
const SUBPROTOCOL: &str = "v12.stomp";
/// Small, because idle connections are many: the default of 128 KiB is zeroed on every read (design decision 4).
const READ_BUFFER_BYTES: usize = 1024;
/// What is written at once; larger messages are written as they are.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;
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
    upgrade: WebSocketUpgrade,
) -> Response {
    // An underscore was last used by clients that also use old names (protocol 10).
    let is_legacy = parameters.hyphenated.is_none() && parameters.api_key.is_some();
    open(gateway, parameters, is_legacy, upgrade)
}

async fn legacy(
    State(gateway): State<Arc<Gateway>>,
    Query(parameters): Query<Parameters>,
    upgrade: WebSocketUpgrade,
) -> Response {
    open(gateway, parameters, true, upgrade)
}

fn open(
    gateway: Arc<Gateway>,
    parameters: Parameters,
    is_legacy: bool,
    upgrade: WebSocketUpgrade,
) -> Response {
    let opened = Opened { api_key: parameters.hyphenated.or(parameters.api_key), is_legacy };
    upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .on_upgrade(move |socket| conn::run(gateway, socket, opened))
}
