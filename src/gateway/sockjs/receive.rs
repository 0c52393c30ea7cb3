//! The requests that receive: each takes frames out of its session, as many as fit its kind.
use super::{
    Arrival, Endpoint, NOT_CACHED, Refused,
    polled::{Chunk, Lease},
};
use crate::upgrade::Parameters;
use axum::{
    body::Body,
    extract::{Path, Query, State},
    http::header::{CONTENT_TYPE, HeaderName},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use std::convert::Infallible;
use stomp::sockjs;

/// A streaming response ends after so many bytes: clients keep all of it in memory.
const MAX_RESPONSE_BYTES: usize = 128 * 1024;
/// Some clients show the beginning of a response only when there is more than this.
const PRELUDE_BYTES: usize = 2048;
/// Tells proxies that they must not hold anything back.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// How frames stand in a response.
#[derive(Clone, Copy)]
enum Framing {
    /// One in a line.
    Lines,
    /// One in an event.
    Events,
}

impl Framing {
    fn content_type(self) -> (HeaderName, &'static str) {
        match self {
            Self::Lines => (CONTENT_TYPE, "application/javascript; charset=UTF-8"),
            Self::Events => (CONTENT_TYPE, "text/event-stream; charset=UTF-8"),
        }
    }

    fn prelude(self) -> String {
        match self {
            Self::Lines => format!("{}\n", "h".repeat(PRELUDE_BYTES)),
            Self::Events => "\r\n".to_owned(),
        }
    }

    /// Frames hold no line ends: they are escaped. Clients undo percent-encoding in events, so it is done.
    fn write(self, frame: &str) -> String {
        match self {
            Self::Lines => format!("{frame}\n"),
            Self::Events => format!("data: {}\r\n\r\n", frame.replace('%', "%25")),
        }
    }
}

/// One frame, as soon as there is one.
pub(super) async fn xhr(
    State(endpoint): State<Endpoint>,
    Path(path): Path<(String, String)>,
    Query(parameters): Parameters,
) -> Result<Response, Refused> {
    let frame = match endpoint.arrive(&path, &parameters)? {
        Arrival::New(lease) => {
            lease.finish();
            sockjs::OPEN.to_owned()
        }
        Arrival::Known(mut lease) => {
            let Chunk { frame, .. } = lease.next().await;
            lease.finish();
            frame
        }
        Arrival::Refused(frame) => frame,
        Arrival::Full => return Err(Refused::Full),
    };
    Ok(([Framing::Lines.content_type(), NOT_CACHED], Framing::Lines.write(&frame)).into_response())
}

/// Frames in lines, up to a size.
pub(super) async fn xhr_streaming(
    State(endpoint): State<Endpoint>,
    Path(path): Path<(String, String)>,
    Query(parameters): Parameters,
) -> Result<Response, Refused> {
    respond(endpoint.arrive(&path, &parameters)?, Framing::Lines)
}

/// Frames in events, up to a size.
pub(super) async fn eventsource(
    State(endpoint): State<Endpoint>,
    Path(path): Path<(String, String)>,
    Query(parameters): Parameters,
) -> Result<Response, Refused> {
    respond(endpoint.arrive(&path, &parameters)?, Framing::Events)
}

fn respond(arrival: Arrival, framing: Framing) -> Result<Response, Refused> {
    let mut first = framing.prelude();
    let lease = match arrival {
        Arrival::New(lease) => {
            first.push_str(&framing.write(sockjs::OPEN));
            Some(lease)
        }
        Arrival::Known(lease) => Some(lease),
        Arrival::Refused(frame) => {
            first.push_str(&framing.write(&frame));
            None
        }
        Arrival::Full => return Err(Refused::Full),
    };
    let frames = stream::unfold(Frames { first: Some(first), lease, written: 0, framing }, Frames::step);
    Ok(([framing.content_type(), NOT_CACHED, UNBUFFERED], Body::from_stream(frames)).into_response())
}

/// What is left of a streaming response. Dropped in the middle, it interrupts its session.
struct Frames {
    first: Option<String>,
    lease: Option<Lease>,
    written: usize,
    framing: Framing,
}

impl Frames {
    async fn step(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if let Some(first) = self.first.take() {
            return Some((Ok(first.into()), self));
        }
        let mut lease = self.lease.take()?;
        let chunk = lease.next().await;
        let text = self.framing.write(&chunk.frame);
        self.written += text.len();
        if chunk.is_last || self.written >= MAX_RESPONSE_BYTES {
            // Before the last bytes are out: the client may come back the moment it has them.
            lease.finish();
        } else {
            self.lease = Some(lease);
        }
        Some((Ok(text.into()), self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_stand_in_lines_or_in_events() {
        assert_eq!(Framing::Lines.write(r#"a["100%"]"#), "a[\"100%\"]\n");
        assert_eq!(Framing::Events.write(r#"a["100%"]"#), "data: a[\"100%25\"]\r\n\r\n");
        assert_eq!(Framing::Lines.prelude().len(), PRELUDE_BYTES + 1);
    }
}
