//! ICE, DTLS and SRTP together, against a client that speaks all three.
use super::testing::{Check, DtlsClient, address, credentials, start, take};
use super::*;
use std::sync::OnceLock;
use std::time::Duration;

fn own() -> &'static Certificate {
    static CERTIFICATE: OnceLock<Certificate> = OnceLock::new();
    CERTIFICATE.get_or_init(Certificate::generate)
}

/// A client that speaks from one port, and its transport.
struct Pair {
    client: DtlsClient,
    transport: Transport,
    now: Instant,
    out: Transmits,
}

impl Pair {
    fn new() -> Self {
        let now = start();
        let client = DtlsClient::new(now);
        let promised = Fingerprint::of(&client.certificate.certificate);
        let transport = Transport::new(credentials("us"), &credentials("them"), promised, own(), now);
        Self { client, transport, now, out: Transmits::default() }
    }

    fn check(&mut self, port: u16) {
        let check = Check::new("us", "them").nominating().write();
        self.transport.handle_stun(address(port), &check, self.now, &mut self.out).unwrap();
        take(&mut self.out);
    }

    /// What the client says arrives, and what is said to it. Returns the port it went to.
    fn exchange(&mut self) -> Option<u16> {
        self.client.handle_timeout(self.now);
        let mut port = None;
        for _ in 0..10 {
            for datagram in std::mem::take(&mut self.client.out) {
                let _ = self.transport.handle_dtls(&datagram, self.now, &mut self.out);
            }
            for (to, datagram) in take(&mut self.out) {
                port = Some(to.port());
                self.client.handle_datagram(&datagram, self.now);
            }
        }
        port
    }

    fn connected() -> Self {
        let mut pair = Self::new();
        pair.check(1);
        assert_eq!(pair.exchange(), Some(1));
        assert_eq!(pair.transport.poll_event(), Some(TransportEvent::Connected));
        assert_eq!(pair.transport.poll_event(), None);
        pair
    }

    fn seals(&mut self, sequence: u8) -> bool {
        let mut buffer = [0; 100];
        buffer[..12].copy_from_slice(&[0x80, 96, 0, sequence, 0, 0, 0, 0, 0, 0, 0, 1]);
        let sealed = self.transport.seal_rtp(&mut buffer, 12, 20);
        let report = self.transport.seal_rtcp(&mut buffer, 20);
        assert_eq!(sealed == 0, report == 0);
        sealed != 0
    }
}

#[test]
fn nothing_is_sealed_or_opened_before_the_handshake_is_done() {
    let mut pair = Pair::new();
    pair.check(1);
    assert!(!pair.seals(1));
    assert_eq!(pair.transport.open_rtp(&mut [0x80; 100], 12), Err(Rejected));
    assert_eq!(pair.transport.open_rtcp(&mut [0x80; 100]), Err(Rejected));
    pair.exchange();
    assert_eq!(pair.transport.poll_event(), Some(TransportEvent::Connected));
    assert!(pair.seals(1));
    assert!(!pair.seals_rtp_again(1), "a sequence number is used once");
}

impl Pair {
    fn seals_rtp_again(&mut self, sequence: u8) -> bool {
        let mut buffer = [0; 100];
        buffer[..12].copy_from_slice(&[0x80, 96, 0, sequence, 0, 0, 0, 0, 0, 0, 0, 1]);
        self.transport.seal_rtp(&mut buffer, 12, 20) != 0
    }
}

#[test]
fn the_handshake_follows_the_selected_address() {
    let mut pair = Pair::new();
    assert_eq!(pair.transport.remote(), None);
    pair.check(1);
    pair.check(2);
    assert_eq!(pair.exchange(), Some(2));
    assert_eq!(pair.transport.remote(), Some(address(2)));
    assert!(pair.transport.accepts(address(1)) && !pair.transport.accepts(address(3)));
}

#[test]
fn an_ice_restart_leaves_dtls_and_keys_alone() {
    let mut pair = Pair::connected();
    pair.transport.restart_ice(credentials("us2"), &credentials("them2"));
    assert!(pair.seals(1));
    let check = Check::new("us2", "them2").write();
    assert!(pair.transport.handle_stun(address(5), &check, pair.now, &mut pair.out).is_ok());
    assert!(pair.seals(2));
    assert_eq!(pair.transport.remote(), Some(address(5)));
    assert_eq!(pair.transport.poll_event(), None);
}

#[test]
fn a_goodbye_ends_it_and_nothing_more_is_said() {
    let mut pair = Pair::connected();
    pair.client.close();
    assert_eq!(pair.exchange(), Some(1), "it is answered");
    assert_eq!(pair.transport.poll_event(), Some(TransportEvent::Closed));
    assert_eq!(pair.transport.poll_event(), None);
    assert!(!pair.seals(1));
    assert_eq!(pair.transport.handle_dtls(&[22], pair.now, &mut pair.out), Err(Rejected));
    pair.transport.close(pair.now, &mut pair.out);
    pair.transport.handle_timeout(pair.now + Duration::from_secs(100), &mut pair.out);
    assert!(take(&mut pair.out).is_empty());
    assert_eq!((pair.transport.poll_event(), pair.transport.poll_timeout()), (None, None));
}

#[test]
fn closing_says_goodbye_once() {
    let mut pair = Pair::connected();
    pair.transport.close(pair.now, &mut pair.out);
    let said = take(&mut pair.out);
    assert_eq!(said.len(), 1);
    pair.client.handle_datagram(&said[0].1, pair.now);
    assert!(pair.client.is_closed);
    pair.transport.close(pair.now, &mut pair.out);
    assert!(take(&mut pair.out).is_empty());
    assert!(!pair.seals(1));
    assert_eq!(pair.transport.poll_event(), None, "whoever closes knows");
}

#[test]
fn another_certificate_fails() {
    let mut pair = Pair::new();
    pair.client = DtlsClient::new(pair.now);
    pair.check(1);
    pair.exchange();
    assert_eq!(pair.transport.poll_event(), Some(TransportEvent::Failed));
    assert!(!pair.seals(1));
    assert_eq!(pair.transport.handle_dtls(&[22], pair.now, &mut pair.out), Err(Rejected));
    assert_eq!(pair.transport.poll_event(), None);
}

#[test]
fn a_client_that_checks_but_never_shakes_hands_fails_in_the_end() {
    let mut pair = Pair::new();
    pair.now += Duration::from_secs(60);
    let nothing = pair.transport.poll_timeout();
    assert_eq!(nothing, None, "the time runs from the first check on");
    pair.check(1);
    let due = pair.transport.poll_timeout().expect("a deadline");
    assert_eq!(due, pair.now + HANDSHAKE_TIMEOUT);
    pair.now = due - Duration::from_millis(1);
    pair.check(1);
    pair.transport.handle_timeout(pair.now, &mut pair.out);
    assert_eq!(pair.transport.poll_event(), None);
    assert_eq!(pair.transport.poll_timeout(), Some(due), "further checks do not put it off");
    pair.transport.handle_timeout(due, &mut pair.out);
    assert_eq!(pair.transport.poll_event(), Some(TransportEvent::Failed));
    assert_eq!(pair.transport.poll_timeout(), None);
}

#[test]
fn a_connected_transport_has_nothing_due_for_years() {
    let mut pair = Pair::connected();
    let due = pair.transport.poll_timeout();
    assert!(due.is_none_or(|due| due > pair.now + Duration::from_secs(365 * 24 * 3600)));
    pair.now += Duration::from_secs(3600);
    pair.check(1);
    pair.transport.handle_timeout(pair.now, &mut pair.out);
    assert!(pair.seals(1));
    assert_eq!(pair.transport.poll_event(), None);
}
