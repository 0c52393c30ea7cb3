//! The DTLS server of one peer, on `dimpl`: the handshake, whom it is with, the SRTP keys it yields.
//!
//! ```text
//!   datagram ─▶ bounds ─▶ dimpl ─▶ certificate: the promised one? ─▶ keys ─▶ Step::Secured
//! ```
//!
//! DTLS 1.2 for now: its server chooses the SRTP profile by its own preference, which is AEAD_AES_256_GCM,
//! AEAD_AES_128_GCM, then AES128_CM_SHA1_80 and not a setting. The server of DTLS 1.3 takes the client's first, and
//! Chromium's first is AES-CM, which costs us several times as much per packet.
//!
//! Invariants
//! - No keys leave here before the peer's certificate has the fingerprint that its SDP promised.
//! - A datagram that may be hostile ends this handshake at worst; `dimpl`'s errors are final for one connection only.
use super::certificate::{Certificate, Fingerprint};
use super::srtp::Srtp;
use crate::Transmits;
use dimpl::{Config, Dtls, Output};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Largest datagram we send.
const MTU: usize = 1200;
/// First retransmission of a flight; doubles with every further one. Peers are rarely farther away, and a browser waits
/// for the handshake with everything else.
pub(super) const RETRANSMIT: Duration = Duration::from_millis(100);
/// Retransmissions of one flight: the last one after about 12 s.
pub(super) const MAX_RETRANSMITS: usize = 7;
/// From the first authentic check, or the first message, to the keys.
pub(super) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);
/// Datagrams of an unfinished handshake. A client sends about six, and repeats them on a bad network.
const MAX_HANDSHAKE_DATAGRAMS: usize = 256;
/// Bytes of an unfinished handshake.
const MAX_HANDSHAKE_BYTES: usize = 64 * 1024;
/// The largest plaintext of a record (RFC 6347), and more than any datagram we send.
const MAX_RECORD_BYTES: usize = 1 << 14;

/// The settings of every connection.
pub(super) fn config() -> Config {
    Config::builder()
        // A round trip saved: STUN has already proved that the peer is where it says.
        .use_server_cookie(false)
        .mtu(MTU)
        .flight_start_rto(RETRANSMIT)
        .flight_retries(MAX_RETRANSMITS)
        .handshake_timeout(HANDSHAKE_TIMEOUT)
        .build()
        .expect("invariant: these settings are valid")
}

/// What a step led to.
pub(super) enum Step {
    /// Nothing yet, or nothing more.
    Continues,
    /// The handshake is done.
    Secured(Box<Srtp>),
    /// The peer said goodbye, and got its answer.
    Closed,
    /// It is over: another certificate, no common SRTP profile, too much, too late, or not DTLS at all.
    Failed,
}

/// One connection.
pub(super) struct Connection {
    dtls: Dtls,
    /// Of the certificate the peer has promised.
    promised: Fingerprint,
    /// The peer has shown that certificate.
    is_trusted: bool,
    is_secured: bool,
    datagrams: usize,
    bytes: usize,
    timeout: Option<Instant>,
}

impl Connection {
    /// Waits for the client's first message.
    pub(super) fn new(certificate: &Certificate, promised: Fingerprint, now: Instant) -> Self {
        let own = certificate.certificate.as_ref().clone();
        Self {
            dtls: Dtls::new_12(certificate.config.clone(), own, now),
            promised,
            is_trusted: false,
            is_secured: false,
            datagrams: 0,
            bytes: 0,
            timeout: None,
        }
    }

    /// A datagram of an authenticated address. What there is to say goes to `to`.
    pub(super) fn handle_datagram(
        &mut self,
        datagram: &[u8],
        to: Option<SocketAddr>,
        now: Instant,
        out: &mut Transmits,
    ) -> Step {
        if !self.is_secured {
            self.datagrams += 1;
            self.bytes += datagram.len();
            if self.datagrams > MAX_HANDSHAKE_DATAGRAMS || self.bytes > MAX_HANDSHAKE_BYTES {
                return Step::Failed;
            }
        }
        // `dimpl` wants to know the time first.
        match self.advance(to, now, out) {
            Step::Continues => {}
            ended => return ended,
        }
        if self.dtls.handle_packet(datagram).is_err() {
            return self.fail(to, out);
        }
        self.drain(to, out)
    }

    /// Does what is due.
    pub(super) fn handle_timeout(
        &mut self,
        to: Option<SocketAddr>,
        now: Instant,
        out: &mut Transmits,
    ) -> Step {
        if self.timeout.is_none_or(|due| now < due) {
            return Step::Continues;
        }
        self.advance(to, now, out)
    }

    /// When [`Connection::handle_timeout`] has something to do.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.timeout
    }

    /// Says goodbye, if there is a connection to close.
    pub(super) fn close(&mut self, to: Option<SocketAddr>, now: Instant, out: &mut Transmits) {
        if self.is_secured && self.dtls.handle_timeout(now).is_ok() && self.dtls.close().is_ok() {
            self.drain(to, out);
        }
    }

    fn advance(&mut self, to: Option<SocketAddr>, now: Instant, out: &mut Transmits) -> Step {
        if self.dtls.handle_timeout(now).is_err() {
            return self.fail(to, out);
        }
        self.drain(to, out)
    }

    /// Lets an alert out, if there is one.
    fn fail(&mut self, to: Option<SocketAddr>, out: &mut Transmits) -> Step {
        self.drain(to, out);
        Step::Failed
    }

    /// Takes out what there is. Every round takes one thing; a timeout is always the last one.
    fn drain(&mut self, to: Option<SocketAddr>, out: &mut Transmits) -> Step {
        // `dimpl` panics when the certificate does not fit. It cannot be longer than all the peer may have sent.
        let largest = if self.is_trusted { MAX_RECORD_BYTES } else { MAX_HANDSHAKE_BYTES };
        let mut buffer = vec![0; largest];
        let mut is_connected = false;
        let mut is_closed = false;
        let mut srtp = None;
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => send(packet, to, out),
                Output::PeerCert(certificate) => {
                    if Fingerprint::of(certificate) != self.promised {
                        return Step::Failed;
                    }
                    self.is_trusted = true;
                }
                Output::Connected => is_connected = true,
                Output::KeyingMaterial(material, profile) if self.is_trusted => {
                    srtp = Srtp::server(profile, &material);
                }
                Output::CloseNotify => is_closed = true,
                Output::Timeout(at) => {
                    self.timeout = Some(at);
                    break;
                }
                // Data channels are refused in the answer; what comes all the same is dropped.
                Output::ApplicationData(_) => {}
                // Larger than anything that was let in; keys for a stranger; what we do not know.
                Output::BufferTooSmall { .. } | Output::KeyingMaterial(..) | _ => return Step::Failed,
            }
        }
        match srtp {
            _ if is_closed => Step::Closed,
            Some(srtp) => {
                self.is_secured = true;
                Step::Secured(Box::new(srtp))
            }
            None if is_connected => Step::Failed,
            None => Step::Continues,
        }
    }
}

fn send(packet: &[u8], to: Option<SocketAddr>, out: &mut Transmits) {
    let Some(to) = to else {
        return;
    };
    out.push(to, |buffer| match buffer.get_mut(..packet.len()) {
        Some(place) => {
            place.copy_from_slice(packet);
            packet.len()
        }
        None => 0,
    });
}

#[cfg(test)]
#[path = "dtls/tests.rs"]
mod tests;
