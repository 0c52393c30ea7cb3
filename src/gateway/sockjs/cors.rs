//! Pages of any origin may use SockJS. No cookie counts, so allowing credentials gives nothing away; browser builds of
//! sockjs-client send them, and a browser then wants its own origin named.
use axum::{
    extract::Request,
    http::{
        HeaderValue, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
            CACHE_CONTROL, ORIGIN, VARY,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Adds what lets a page read the answer.
pub(super) async fn allow(request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let asked = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    match origin {
        Some(origin) => {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        None => {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
    }
    if let Some(asked) = asked {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked);
    }
    response
}

pub(super) async fn preflight_get() -> impl IntoResponse {
    preflight("OPTIONS, GET")
}

pub(super) async fn preflight_post() -> impl IntoResponse {
    preflight("OPTIONS, POST")
}

/// For a year: nothing about it changes.
fn preflight(methods: &'static str) -> impl IntoResponse {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, methods),
        (ACCESS_CONTROL_MAX_AGE, "31536000"),
        (CACHE_CONTROL, "public, max-age=31536000"),
    ];
    (StatusCode::NO_CONTENT, headers)
}
