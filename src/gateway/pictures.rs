//! The picture of users who have none.
use axum::{
    http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    response::IntoResponse,
};

/// A silhouette, 96 pixels wide.
static DEFAULT: &[u8] = include_bytes!("default.png");

/// Readable by every page, and kept by browsers for a week.
pub(crate) async fn default_picture() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "image/png"),
        (CACHE_CONTROL, "public, max-age=604800"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, DEFAULT)
}
