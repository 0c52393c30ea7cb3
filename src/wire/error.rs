//! The one table from what went wrong to what the outside sees.
use domain::Error;
use model::Timestamp;
use serde::Serialize;

/// Not allowed; in an ERROR frame it also tells the client never to come back.
pub const ACCESS_DENIED: &str = "AccessDeniedError";
/// Absent or hidden.
pub const NOT_FOUND: &str = "NotFoundError";
/// The request itself is wrong.
pub const VALIDATION: &str = "ValidationError";
/// Clashes with what exists.
pub const CONFLICT: &str = "ConflictError";
/// Too much at once.
pub const RATE_LIMITED: &str = "RateLimitedError";
/// Our fault.
pub const INTERNAL: &str = "InternalServerError";

/// The public face of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    /// HTTP status.
    pub status: u16,
    /// Name that clients compare.
    pub name: &'static str,
    /// For people.
    pub message: String,
}

impl Public {
    /// A face for an error that no service reported.
    pub fn new(status: u16, name: &'static str, message: impl Into<String>) -> Self {
        Self { status, name, message: message.into() }
    }

    /// JSON of the errors queue and of ERROR frames.
    pub fn body(&self, time: Timestamp) -> Vec<u8> {
        #[derive(Serialize)]
        struct Body<'a> {
            error: &'a str,
            message: &'a str,
            timestamp: String,
        }
        let body = Body { error: self.name, message: &self.message, timestamp: time.to_string() };
        serde_json::to_vec(&body).expect("invariant: strings serialize")
    }
}

/// No `_` arm: a new variant must choose its public face.
pub fn public(error: &Error) -> Public {
    let (status, name) = match error {
        Error::Invalid { .. } => (400, VALIDATION),
        Error::NotFound { .. } => (404, NOT_FOUND),
        Error::Denied { .. } => (403, ACCESS_DENIED),
        Error::Conflict { .. } => (409, CONFLICT),
        Error::Unavailable(_) => (503, INTERNAL),
    };
    Public::new(status, name, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_public_face_and_none_shows_its_source() {
        let rows = [
            (Error::invalid("name", "is empty"), 400, "ValidationError", "name: is empty"),
            (Error::NotFound { what: "channel" }, 404, "NotFoundError", "channel not found"),
            (Error::Denied { reason: "not a member" }, 403, "AccessDeniedError", "not a member"),
            (Error::Conflict { problem: "name is taken".to_owned() }, 409, "ConflictError", "name is taken"),
            (Error::Unavailable("secret path".into()), 503, "InternalServerError", "temporarily unavailable"),
        ];
        for (error, status, name, message) in rows {
            assert_eq!(public(&error), Public { status, name, message: message.to_owned() });
        }
    }

    #[test]
    fn the_body_is_what_clients_parse() {
        let body = Public::new(404, NOT_FOUND, "channel not found").body(Timestamp(0));
        let expected = r#"{"error":"NotFoundError","message":"channel not found","timestamp":"1970-01-01T00:00:00.000Z"}"#;
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }
}
