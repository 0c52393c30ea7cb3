//! The simulated clients of `sfu`, each behind a real UDP socket.
#![allow(dead_code, reason = "tests and benchmark use a part each")]

#[allow(unfulfilled_lint_expectations, reason = "the pure crates may not look at a clock, this one may")]
#[path = "../../../sfu/tests/support/mod.rs"]
pub(crate) mod simulated;

use domain::ports::{CallMedia, MediaEvent, MediaOffer};
use media::{MediaMetrics, MediaPlane, MediaSettings};
use model::{CallId, SessionKey};
use simulated::client::{Client, Plan};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};
use telemetry::metrics::Registry;
use tokio::sync::mpsc::Receiver;

/// Nothing on one machine takes longer; whoever waits for this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long one look at a socket may take.
const GLANCE: Duration = Duration::from_millis(2);

/// A running media plane with its surroundings.
pub(crate) struct Stage {
    pub(crate) plane: Arc<MediaPlane>,
    pub(crate) events: Receiver<MediaEvent>,
    /// What it has reported since the start.
    pub(crate) seen: Vec<MediaEvent>,
    registry: Registry,
}

impl Stage {
    /// Starts a plane that listens on `listen`.
    pub(crate) fn start(listen: &str, settings: MediaSettings) -> Self {
        let registry = Registry::new();
        let metrics = MediaMetrics::register(&registry).expect("new metrics");
        let settings = MediaSettings { listen: listen.parse().expect("an address"), ..settings };
        let (plane, events) = MediaPlane::start(settings, metrics).expect("a free port");
        Self { plane, events, seen: Vec::new(), registry }
    }

    /// A session joins a call: offer, answer, first check to the candidate with this address, or to the first one.
    pub(crate) async fn join(&self, call: u64, session: u64, plan: &Plan, at: Option<&str>) -> Live {
        let client = Client::new(session, session, plan, Instant::now());
        let mut live = Live { client, call: CallId(call), candidates: Vec::new(), socket: None };
        live.negotiate(&self.plane).await;
        let server = match at {
            Some(ip) => SocketAddr::new(ip.parse().expect("an address"), live.candidates[0].port()),
            None => live.candidates[0],
        };
        live.connect(server);
        live
    }

    /// The value of a metric, label included in the name; `None` when there is no such line.
    pub(crate) fn metric(&self, name: &str) -> Option<u64> {
        let text = telemetry::metrics::encode(&self.registry).expect("readable metrics");
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        value.parse().ok()
    }

    /// Runs all clients until `is_done`, which is shown everything the plane has reported since the start.
    #[track_caller]
    pub(crate) fn run_until(
        &mut self,
        clients: &mut [Live],
        mut is_done: impl FnMut(&mut [Live], &[MediaEvent]) -> bool,
    ) {
        let began = Instant::now();
        loop {
            clients.iter_mut().for_each(Live::exchange);
            while let Ok(event) = self.events.try_recv() {
                self.seen.push(event);
            }
            if is_done(clients, &self.seen) {
                return;
            }
            let states = || clients.iter().map(Live::describe).collect::<Vec<_>>();
            assert!(began.elapsed() < PATIENCE, "still waiting: {:?}, reported: {:?}", states(), self.seen);
        }
    }

    /// Until the handshakes are over and reported.
    #[track_caller]
    pub(crate) fn connect(&mut self, clients: &mut [Live]) {
        self.run_until(clients, |clients, seen| {
            clients.iter().all(|live| live.client.is_connected() && seen.contains(&live.connected()))
        });
    }
}

/// A simulated client with a socket.
pub(crate) struct Live {
    pub(crate) client: Client,
    pub(crate) call: CallId,
    /// Of the last answer.
    pub(crate) candidates: Vec<SocketAddr>,
    socket: Option<UdpSocket>,
}

impl Live {
    pub(crate) fn session(&self) -> SessionKey {
        self.client.session
    }

    /// The event that says so.
    pub(crate) fn connected(&self) -> MediaEvent {
        MediaEvent::Connected { call: self.call, session: self.session() }
    }

    /// The event that says so.
    pub(crate) fn lost(&self) -> MediaEvent {
        MediaEvent::Lost { call: self.call, session: self.session() }
    }

    /// Offers the sections it has now.
    pub(crate) async fn negotiate(&mut self, plane: &MediaPlane) {
        let (sdp, sources) = self.client.offer();
        let answer = plane.negotiate(self.call, self.session(), MediaOffer { sdp, sources }).await;
        let answer = answer.expect("a good offer");
        self.candidates = answer.lines().filter_map(candidate).collect();
        self.client.accept(&answer);
    }

    /// Speaks to `server` and to nobody else: what comes from another address never arrives.
    pub(crate) fn connect(&mut self, server: SocketAddr) {
        let any = if server.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
        let socket = UdpSocket::bind(any).expect("a socket");
        socket.connect(server).expect("a local address");
        socket.set_read_timeout(Some(GLANCE)).expect("a timeout");
        self.socket = Some(socket);
        self.client.check();
    }

    /// Sends what is queued, takes what has arrived; waits a moment for the first datagram.
    pub(crate) fn exchange(&mut self) {
        self.client.handle_timeout(Instant::now());
        self.send();
        let mut buffer = [0; 2048];
        while let Ok(len) = self.connected_socket().recv(&mut buffer) {
            self.client.handle_datagram(&buffer[..len], Instant::now());
        }
    }

    /// Sends what is queued.
    pub(crate) fn send(&mut self) {
        for datagram in std::mem::take(&mut self.client.out) {
            // The server may be gone already.
            drop(self.connected_socket().send(&datagram));
        }
    }

    /// Its socket, for somebody else to read.
    pub(crate) fn socket(&self) -> UdpSocket {
        self.connected_socket().try_clone().expect("one more handle")
    }

    fn connected_socket(&self) -> &UdpSocket {
        self.socket.as_ref().expect("connected")
    }

    /// A frame of everything, and requests for what is missing.
    pub(crate) fn send_media(&mut self) {
        self.client.send_frame(true, 1, 100);
        self.client.send_frame(false, 12, 1100);
        self.client.send_nacks(Instant::now());
    }

    /// How far it has come.
    pub(crate) fn describe(&self) -> String {
        let got: usize = self.client.receivers.iter().map(|receiver| receiver.packets.len()).sum();
        let (connected, checks) = (self.client.is_connected(), self.client.checks_answered);
        format!("{:?}: connected {connected}, {checks} checks answered, {got} packets", self.session())
    }
}

/// The address of a candidate line.
pub(crate) fn candidate(line: &str) -> Option<SocketAddr> {
    let mut words = line.strip_prefix("a=candidate:")?.split(' ').skip(4);
    let (ip, port) = (words.next()?, words.next()?);
    Some(SocketAddr::new(ip.parse().ok()?, port.parse().ok()?))
}
