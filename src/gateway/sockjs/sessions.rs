//! The SockJS sessions that are carried by requests.
//!
//! A session is found by what stands in the URL, all of it chosen by the client: `{server}` and `{session}` are about 50
//! random bits in sockjs-client. Whoever guesses them while the session lives can take its place. That is why both
//! count, and the API key too (the SockJS protocol demands only `{session}`), why short names are refused, and why
//! WebSocket is always the first choice of clients.
use super::polled::{self, Lease, Polled, PolledSession};
use crate::{Gateway, auth::Opened, conn, transport::Transport};
use model::limits::{MAX_API_KEY_BYTES, MAX_SOCKJS_SESSIONS};
use parking_lot::Mutex;
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};
use tokio::time::sleep;

/// How long a session that has ended answers with the reason.
const LINGER: Duration = Duration::from_secs(5);
/// Shortest `{session}`: shorter ones can be guessed.
const MIN_SESSION_BYTES: usize = 8;
/// Longest `{server}` or `{session}`.
const MAX_NAME_BYTES: usize = 64;

/// Where a session is found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    server: Box<str>,
    session: Box<str>,
    api_key: Option<Box<str>>,
}

impl Address {
    /// `None`: no client names a session like that.
    pub(crate) fn new(server: &str, session: &str, api_key: Option<&str>) -> Option<Self> {
        let is_name = |name: &str| {
            name.len() <= MAX_NAME_BYTES
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        };
        let is_fine = is_name(server)
            && !server.is_empty()
            && is_name(session)
            && session.len() >= MIN_SESSION_BYTES
            && api_key.is_none_or(|key| key.len() <= MAX_API_KEY_BYTES);
        is_fine.then(|| Self {
            server: server.into(),
            session: session.into(),
            api_key: api_key.map(Into::into),
        })
    }
}

/// All of them, those included that ended a moment ago.
pub(crate) struct PolledSessions {
    known: Mutex<HashMap<Address, Arc<PolledSession>>>,
    limit: usize,
}

/// Who comes to receive.
pub(crate) enum Arrival {
    /// The first of a session, which is open now.
    New(Lease),
    /// A later one.
    Known(Lease),
    /// This frame says why not.
    Refused(String),
    /// No more sessions.
    Full,
}

impl PolledSessions {
    pub(crate) fn new() -> Self {
        Self::with_limit(MAX_SOCKJS_SESSIONS)
    }

    fn with_limit(limit: usize) -> Self {
        Self { known: Mutex::default(), limit }
    }

    /// The session, if it is known.
    pub(crate) fn find(&self, address: &Address) -> Option<Arc<PolledSession>> {
        self.known.lock().get(address).cloned()
    }

    /// Lets a request receive. A session that begins with it comes with the end that is to be served.
    fn arrive(&self, address: &Address) -> (Arrival, Option<Polled>) {
        let mut known = self.known.lock();
        let is_full = known.len() >= self.limit;
        match known.entry(address.clone()) {
            Entry::Occupied(place) => {
                (place.get().receive().map_or_else(Arrival::Refused, Arrival::Known), None)
            }
            Entry::Vacant(_) if is_full => (Arrival::Full, None),
            Entry::Vacant(place) => {
                let (session, polled) = polled::session(polled::ABSENCE);
                let lease = place.insert(session).receive();
                (lease.map_or_else(Arrival::Refused, Arrival::New), Some(polled))
            }
        }
    }

    fn remove(&self, address: &Address) {
        self.known.lock().remove(address);
    }

    fn len(&self) -> usize {
        self.known.lock().len()
    }
}

impl Gateway {
    /// Lets a request receive from a session, which begins if it is unknown.
    pub(crate) fn arrive(self: &Arc<Self>, address: &Address, opened: Opened) -> Arrival {
        let (arrival, begun) = self.polled.arrive(address);
        if let Some(polled) = begun {
            self.count_polled();
            tokio::spawn(self.clone().serve_polled(address.clone(), Transport::polled(polled), opened));
        }
        arrival
    }

    async fn serve_polled(self: Arc<Self>, address: Address, transport: Transport, opened: Opened) {
        conn::run(self.clone(), transport, opened).await;
        sleep(LINGER).await;
        self.polled.remove(&address);
        self.count_polled();
    }

    fn count_polled(&self) {
        self.metrics.sockjs_sessions.set(i64::try_from(self.polled.len()).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_named_by_words_that_cannot_be_guessed_at_once() {
        let long = "x".repeat(MAX_NAME_BYTES);
        for (server, session) in [
            ("000", "abcdefg5"),
            ("999", "0f8b1c2e-7d55-4b7e-9a3c-1d2e3f405162"),
            ("a", &*long),
            (&long, "a_b-c_d-"),
        ] {
            assert!(Address::new(server, session, Some("k")).is_some(), "{server}/{session}");
        }
        let longer = "x".repeat(MAX_NAME_BYTES + 1);
        for (server, session) in [
            ("", "abcdefgh"),
            ("000", "abcdefg"),
            ("000", ""),
            ("000", "abc.efgh"),
            ("000", "abc efgh"),
            ("0/0", "abcdefgh"),
            ("000", "äbcdefgh"),
            (&longer, "abcdefgh"),
            ("000", &longer),
        ] {
            assert_eq!(Address::new(server, session, None), None, "{server}/{session}");
        }
        let key = "k".repeat(MAX_API_KEY_BYTES + 1);
        assert_eq!(Address::new("000", "abcdefgh", Some(&key)), None);
    }

    #[test]
    fn every_part_of_an_address_counts() {
        let address = |server, session, key| Address::new(server, session, key).unwrap();
        let one = address("000", "abcdefgh", Some("k"));
        assert_eq!(one, address("000", "abcdefgh", Some("k")));
        for other in [
            address("001", "abcdefgh", Some("k")),
            address("000", "abcdefgi", Some("k")),
            address("000", "abcdefgh", Some("l")),
            address("000", "abcdefgh", None),
        ] {
            assert_ne!(one, other);
        }
    }
    #[test]
    fn so_many_sessions_begin_and_not_one_more_until_one_is_forgotten() {
        let sessions = PolledSessions::with_limit(2);
        let address = |name| Address::new("000", name, None).unwrap();
        let (one, two, three) = (address("session1"), address("session2"), address("session3"));
        let (first, begun) = sessions.arrive(&one);
        assert!(matches!(first, Arrival::New(_)) && begun.is_some());
        assert!(matches!(sessions.arrive(&two), (Arrival::New(_), Some(_))));
        assert!(matches!(sessions.arrive(&three), (Arrival::Full, None)));
        assert!(matches!(sessions.arrive(&one), (Arrival::Refused(_), None)), "known, and taken");
        sessions.remove(&two);
        assert!(matches!(sessions.arrive(&three), (Arrival::New(_), Some(_))));
        assert!(sessions.find(&two).is_none() && sessions.find(&three).is_some());
        assert_eq!(sessions.len(), 2);
    }
}
