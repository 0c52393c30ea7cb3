//! The WebSocket handshake (RFC 6455, section 4.2), over HTTP/1.1.
use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
            SEC_WEBSOCKET_VERSION, UPGRADE,
        },
    },
    response::{IntoResponse, Response},
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The only subprotocol. It is selected when a client offers it, and not mentioned otherwise (protocol 1.3).
const SUBPROTOCOL: &str = "v12.stomp";
const VERSION: &str = "13";

/// Why there is no WebSocket.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Another version of the protocol.
    Version,
    /// An ordinary request, or a broken one.
    NotAnUpgrade,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Version => {
                let version = [(SEC_WEBSOCKET_VERSION, VERSION)];
                (StatusCode::UPGRADE_REQUIRED, version, "WebSocket version 13 is required\n").into_response()
            }
            Self::NotAnUpgrade => (StatusCode::BAD_REQUEST, "this is a WebSocket endpoint\n").into_response(),
        }
    }
}

/// The answer that switches protocols.
pub(crate) fn answer(headers: &HeaderMap) -> Result<Response, Refusal> {
    if !has_token(headers, &CONNECTION, "upgrade") || !has_token(headers, &UPGRADE, "websocket") {
        return Err(Refusal::NotAnUpgrade);
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != VERSION) {
        return Err(Refusal::Version);
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).ok_or(Refusal::NotAnUpgrade)?;
    let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes()));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let answer = response.headers_mut();
    answer.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    answer.insert(UPGRADE, HeaderValue::from_static("websocket"));
    answer.insert(SEC_WEBSOCKET_ACCEPT, accept.map_err(|_| Refusal::NotAnUpgrade)?);
    if has_token(headers, &SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        answer.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    }
    Ok(response)
}

/// Is `token` in the comma-separated lists of these headers?
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 6455, with changes.
    fn headers(changes: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let usual = [
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "WebSocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        for (name, value) in usual.iter().chain(changes) {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn the_example_of_the_standard_is_accepted() {
        let answer = answer(&headers(&[])).unwrap();
        assert_eq!(answer.status(), StatusCode::SWITCHING_PROTOCOLS);
        assert_eq!(answer.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(answer.headers().get("sec-websocket-protocol"), None);
    }

    #[test]
    fn the_subprotocol_is_selected_among_others() {
        for (offer, expected) in [
            ("v12.stomp", true),
            ("v10.stomp, v11.stomp, v12.stomp", true),
            ("V12.STOMP", true),
            ("v11.stomp", false),
            ("xv12.stomp", false),
        ] {
            let answer = answer(&headers(&[("sec-websocket-protocol", offer)])).unwrap();
            assert_eq!(answer.headers().get("sec-websocket-protocol").is_some(), expected, "{offer}");
        }
    }

    #[test]
    fn what_is_no_handshake_is_refused_with_a_reason() {
        let rows = [
            (("connection", "keep-alive"), Refusal::NotAnUpgrade),
            (("upgrade", "h2c"), Refusal::NotAnUpgrade),
            (("sec-websocket-version", "8"), Refusal::Version),
        ];
        for (change, expected) in rows {
            assert_eq!(answer(&headers(&[change])).unwrap_err(), expected, "{change:?}");
        }
        let mut without_key = headers(&[]);
        without_key.remove("sec-websocket-key");
        assert_eq!(answer(&without_key).unwrap_err(), Refusal::NotAnUpgrade);
        assert_eq!(Refusal::Version.into_response().status(), StatusCode::UPGRADE_REQUIRED);
    }
}
