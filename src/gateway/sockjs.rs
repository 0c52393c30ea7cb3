//! SockJS: for clients without WebSocket, or behind something that lets none through (protocol 1.4).
//!
//! ```text
//!   GET  …/info                                what there is; clients measure how long it takes
//!   GET  …/{server}/{session}/websocket        SockJS in a WebSocket          (transport.rs)
//!   POST …/{server}/{session}/xhr_streaming    many frames in one response    ┐
//!   GET  …/{server}/{session}/eventsource      the same as events             ├ receive.rs
//!   POST …/{server}/{session}/xhr              one frame in each response     ┘
//!   POST …/{server}/{session}/xhr_send         messages of the client
//!
//!   sessions.rs   which session a request belongs to        polled.rs   both ends of one        cors.rs   headers
//! ```
//!
//! A session is a connection like any other to the rest of the gateway. What only browsers of old need (`iframe.html`,
//! `htmlfile`, `jsonp`) is not there.
mod cors;
mod polled;
mod receive;
mod sessions;

pub(crate) use polled::{GO_AWAY, Polled};
pub(crate) use sessions::PolledSessions;

use crate::{
    Gateway,
    auth::Opened,
    handshake::Refusal,
    transport::Transport,
    upgrade::{self, Parameters},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, Query, Request, State},
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use model::limits;
use sessions::{Address, Arrival};
use std::{sync::Arc, time::Duration};
use stomp::sockjs;
use tokio::time::timeout;

/// What a client may send in one WebSocket message or one request.
pub(crate) const PAYLOAD: sockjs::Limits =
    sockjs::Limits { payload_bytes: limits::MAX_SOCKJS_PAYLOAD_BYTES, messages: limits::MAX_SOCKJS_MESSAGES };
/// How long the body of one request may take.
const BODY_PATIENCE: Duration = Duration::from_secs(30);
const TEXT: (header::HeaderName, &str) = (header::CONTENT_TYPE, "text/plain; charset=UTF-8");
/// Answers are as old as the moment.
const NOT_CACHED: (header::HeaderName, &str) =
    (header::CACHE_CONTROL, "no-store, no-cache, no-transform, must-revalidate, max-age=0");

/// What a route below a base needs.
#[derive(Clone)]
struct Endpoint {
    gateway: Arc<Gateway>,
    /// Below `/stompx`.
    is_legacy: bool,
}

/// Everything below both bases.
pub(crate) fn router(gateway: &Arc<Gateway>) -> Router {
    below("/rtm", Endpoint { gateway: gateway.clone(), is_legacy: false })
        .merge(below("/stompx", Endpoint { gateway: gateway.clone(), is_legacy: true }))
}

fn below(base: &str, endpoint: Endpoint) -> Router {
    let session = format!("{base}/{{server}}/{{session}}");
    let of_pages = Router::new()
        .route(&format!("{base}/info"), get(info).options(cors::preflight_get))
        .route(&format!("{session}/xhr"), post(receive::xhr).options(cors::preflight_post))
        .route(
            &format!("{session}/xhr_streaming"),
            post(receive::xhr_streaming).options(cors::preflight_post),
        )
        .route(&format!("{session}/eventsource"), get(receive::eventsource).options(cors::preflight_get))
        .route(&format!("{session}/xhr_send"), post(xhr_send).options(cors::preflight_post))
        .layer(middleware::from_fn(cors::allow));
    of_pages.route(&format!("{session}/websocket"), get(websocket)).with_state(endpoint)
}

impl Endpoint {
    /// Whose session a request belongs to.
    fn place(
        &self,
        (server, session): &(String, String),
        parameters: &[(String, String)],
    ) -> Result<(Address, Opened), Refused> {
        let opened = upgrade::opened(parameters, self.is_legacy);
        let address = Address::new(server, session, opened.api_key.as_deref());
        Ok((address.ok_or(Refused::NotFound)?, opened))
    }

    /// Lets a request receive.
    fn arrive(&self, path: &(String, String), parameters: &[(String, String)]) -> Result<Arrival, Refused> {
        let (address, opened) = self.place(path, parameters)?;
        Ok(self.gateway.arrive(&address, opened))
    }
}

/// Why a request gets nothing of a session.
enum Refused {
    /// No such session, or it has ended.
    NotFound,
    /// No more sessions.
    Full,
    /// Messages that cannot be read.
    Malformed(sockjs::Malformed),
    /// The body took too long.
    Late,
    /// No WebSocket handshake.
    Handshake(Refusal),
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Full => StatusCode::SERVICE_UNAVAILABLE,
            Self::Late => StatusCode::REQUEST_TIMEOUT,
            Self::Handshake(refusal) => return refusal.into_response(),
            Self::Malformed(problem) => {
                let status = match problem {
                    sockjs::Malformed::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                    sockjs::Malformed::TooManyMessages { .. } | sockjs::Malformed::Syntax => {
                        StatusCode::BAD_REQUEST
                    }
                };
                return (status, [TEXT], format!("{problem}\n")).into_response();
            }
        };
        status.into_response()
    }
}

async fn info() -> impl IntoResponse {
    let entropy: u32 = rand::random();
    let json = format!(r#"{{"websocket":true,"origins":["*:*"],"cookie_needed":false,"entropy":{entropy}}}"#);
    ([(header::CONTENT_TYPE, "application/json; charset=UTF-8"), NOT_CACHED], json)
}

async fn websocket(
    State(endpoint): State<Endpoint>,
    Path(path): Path<(String, String)>,
    Query(parameters): Parameters,
    request: Request,
) -> Result<Response, Refused> {
    let (_, opened) = endpoint.place(&path, &parameters)?;
    let limit = limits::MAX_SOCKJS_PAYLOAD_BYTES;
    upgrade::switch(endpoint.gateway, opened, request, limit, Transport::sockjs).map_err(Refused::Handshake)
}

/// Messages of a client. Answered when there was room for all of them: a client that sends faster than it is served
/// waits.
async fn xhr_send(
    State(endpoint): State<Endpoint>,
    Path(path): Path<(String, String)>,
    Query(parameters): Parameters,
    body: Body,
) -> Result<Response, Refused> {
    let (address, _) = endpoint.place(&path, &parameters)?;
    let session = endpoint.gateway.polled.find(&address).ok_or(Refused::NotFound)?;
    // Before the body is read, so that no more than one of a session is in memory.
    let inlet = session.sender().await;
    let limit = limits::MAX_SOCKJS_PAYLOAD_BYTES;
    let too_large = || Refused::Malformed(sockjs::Malformed::TooLarge { limit });
    let payload = match timeout(BODY_PATIENCE, to_bytes(body, limit)).await {
        // Whoever broke it off does not read the answer.
        Ok(payload) => payload.map_err(|_| too_large())?,
        Err(_) => return Err(Refused::Late),
    };
    let messages = sockjs::decode(&payload, PAYLOAD).map_err(Refused::Malformed)?;
    drop(payload);
    for message in messages {
        inlet.send(message).await.map_err(|_| Refused::NotFound)?;
    }
    Ok((StatusCode::NO_CONTENT, [TEXT, NOT_CACHED]).into_response())
}
