//! Serves the embedded files.
use axum::{
    Json, Router,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde_json::json;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/dist"]
struct Pages;

/// What pages may do: load from here only, connect to any WebSocket (the public URL may differ from the page's).
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; \
     media-src 'self' blob:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
/// Asset names carry a hash of their content.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// The pages' routes; `demo_key` is the API key the demo connects with, `None` switches the demo off.
pub fn router(demo_key: Option<String>) -> Router {
    let assets = Router::new().route("/assets/{*path}", get(asset));
    let Some(api_key) = demo_key else { return assets };
    let config = Json(json!({ "apiKey": api_key }));
    assets
        .route("/", get(async || Redirect::temporary("/demo")))
        .route("/demo", get(async || page("demo.html")))
        .route("/demo/", get(async || Redirect::permanent("/demo")))
        .route("/demo/config.json", get(async move || ([(header::CACHE_CONTROL, "no-store")], config)))
}

async fn asset(Path(path): Path<String>) -> Response {
    match Pages::get(&format!("assets/{path}")) {
        Some(file) => respond(&path, file, FOREVER),
        None => (StatusCode::NOT_FOUND, "no such file\n").into_response(),
    }
}

fn page(name: &str) -> Response {
    match Pages::get(name) {
        Some(file) => respond(name, file, "no-cache"),
        None => (StatusCode::NOT_FOUND, "no such page\n").into_response(),
    }
}

fn respond(name: &str, file: EmbeddedFile, cache: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type(name)),
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, file.data).into_response()
}

/// The few kinds of files that the build makes.
fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_served_with_their_type_and_protection() {
        let response = page("demo.html");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(page("missing.html").status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn pages_bring_no_script_of_their_own_and_nothing_from_elsewhere() {
        let file = Pages::get("demo.html").expect("invariant: build.rs writes it in every case");
        let html = String::from_utf8(file.data.into_owned()).expect("invariant: pages are UTF-8");
        let scripts = html.matches("<script").count();
        assert_eq!(
            scripts,
            html.matches("<script type=\"module\" crossorigin src=\"./assets/").count(),
            "{html}"
        );
        assert!(!html.contains("//"), "{html}");
    }

    #[tokio::test]
    async fn an_asset_outside_the_build_is_not_found() {
        for path in ["../Cargo.toml", "nothing.js", "%2e%2e/x"] {
            assert_eq!(asset(Path(path.to_owned())).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
