//! Health, readiness and metrics.
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus::Registry;
use serde_json::{Map, Value, json};
use std::{future::Future, pin::Pin, sync::Arc};

/// Asks every part whether it is ready: (name, ready).
pub type Readiness =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Vec<(&'static str, bool)>> + Send>> + Send + Sync>;

/// What the operator's endpoints read.
#[derive(Clone)]
pub struct Operations {
    /// Asked on each `/readyz`.
    pub readiness: Readiness,
    /// Everything `/metrics` shows.
    pub registry: Registry,
}

/// The operator's routes.
pub fn router(operations: Operations) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(operations)
}

async fn ready(State(operations): State<Operations>) -> Response {
    let parts = (operations.readiness)().await;
    let all_ready = parts.iter().all(|(_, ready)| *ready);
    let status = if all_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let parts: Map<String, Value> =
        parts.into_iter().map(|(name, ready)| (name.to_owned(), ready.into())).collect();
    (status, Json(json!({ "ready": all_ready, "parts": parts }))).into_response()
}

async fn metrics(State(operations): State<Operations>) -> Response {
    match telemetry::metrics::encode(&operations.registry) {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_part_that_is_not_ready_makes_the_server_unready_and_is_named() {
        for (media, expected) in [(true, StatusCode::OK), (false, StatusCode::SERVICE_UNAVAILABLE)] {
            let readiness: Readiness =
                Arc::new(move || Box::pin(async move { vec![("store", true), ("media", media)] }));
            let response = ready(State(Operations { readiness, registry: Registry::new() })).await;
            assert_eq!(response.status(), expected);
            let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["parts"]["media"], media);
            assert_eq!(body["ready"], media);
        }
    }
}
