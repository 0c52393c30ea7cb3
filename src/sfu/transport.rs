//! One client's transport: ICE-lite, DTLS and SRTP behind one door.
//!
//! ```text
//!   STUN ─▶ ice::Agent       proves addresses, selects where everything goes
//!   DTLS ─▶ dtls::Connection ─▶ certificate is the promised one ─▶ keys
//!   SRTP ◀▶ srtp::Srtp       opens and seals in place
//! ```
//!
//! The caller routes datagrams by their first byte, and gives DTLS, RTP and RTCP only if they came from an address that
//! [`Transport::accepts`]. What the transport has to say goes into [`Transmits`]; what it has become is told by
//! [`Transport::poll_event`].
//!
//! Invariants
//! - Nothing is sealed or opened before the peer has shown the certificate its SDP promised.
//! - After [`TransportEvent::Closed`] or [`TransportEvent::Failed`] nothing is sealed, opened or said any more.

mod certificate;
mod dtls;
mod ice;
mod srtp;
mod stun;
#[cfg(test)]
mod testing;

pub use certificate::Certificate;
pub(crate) use certificate::Fingerprint;
pub(crate) use ice::IceCredentials;
pub(crate) use stun::{local_ufrag, request};

use crate::Transmits;
use dtls::{Connection, HANDSHAKE_TIMEOUT, Step};
use ice::Agent;
use srtp::Srtp;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

/// What a transport has become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransportEvent {
    /// Media may flow.
    Connected,
    /// The peer said goodbye.
    Closed,
    /// It will never work, or no longer: another certificate, a handshake that went wrong or took too long.
    Failed,
}

/// The datagram or packet is not followed. Why is nobody's business but a counter's: it is hostile, damaged, repeated or
/// late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not followed")]
pub(crate) struct Rejected;

/// One client's transport.
pub(crate) struct Transport {
    ice: Agent,
    /// Until it is over.
    dtls: Option<Connection>,
    /// From the end of the handshake until it is over.
    srtp: Option<Box<Srtp>>,
    /// The handshake has to be done by then; from the first check on.
    handshake_deadline: Option<Instant>,
    events: VecDeque<TransportEvent>,
}

impl Transport {
    /// A transport that waits for its client. `fingerprint` is what the client's SDP promised.
    pub(crate) fn new(
        local: IceCredentials,
        remote: &IceCredentials,
        fingerprint: Fingerprint,
        certificate: &Certificate,
        now: Instant,
    ) -> Self {
        Self {
            ice: Agent::new(&local, remote, now),
            dtls: Some(Connection::new(certificate, fingerprint, now)),
            srtp: None,
            handshake_deadline: None,
            events: VecDeque::new(),
        }
    }

    /// The client begins a new ICE session. Addresses, DTLS and keys stay; the former credentials work until the new
    /// ones do.
    pub(crate) fn restart_ice(&mut self, local: IceCredentials, remote: &IceCredentials) {
        self.ice.restart(&local, remote);
    }

    /// May checks still name this user name fragment of ours?
    pub(crate) fn knows(&self, local_ufrag: &str) -> bool {
        self.ice.knows(local_ufrag)
    }

    /// A STUN datagram. It is answered whether or not it is accepted, unless it is no Binding request at all.
    ///
    /// # Errors
    /// It is not an authentic check: nothing has changed, and `from` must not be believed.
    pub(crate) fn handle_stun(
        &mut self,
        from: SocketAddr,
        datagram: &[u8],
        now: Instant,
        out: &mut Transmits,
    ) -> Result<(), Rejected> {
        self.ice.handle_stun(from, datagram, now, out)?;
        if self.srtp.is_none() && self.dtls.is_some() {
            self.handshake_deadline.get_or_insert(now + HANDSHAKE_TIMEOUT);
        }
        Ok(())
    }

    /// A DTLS datagram of an accepted address.
    ///
    /// # Errors
    /// The connection is over, or is so because of this datagram.
    pub(crate) fn handle_dtls(
        &mut self,
        datagram: &[u8],
        now: Instant,
        out: &mut Transmits,
    ) -> Result<(), Rejected> {
        let to = self.remote();
        let dtls = self.dtls.as_mut().ok_or(Rejected)?;
        let step = dtls.handle_datagram(datagram, to, now, out);
        self.follow(step)
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Instant, out: &mut Transmits) {
        let to = self.remote();
        let Some(dtls) = &mut self.dtls else {
            return;
        };
        let is_late = self.handshake_deadline.is_some_and(|deadline| deadline <= now);
        let step = if is_late { Step::Failed } else { dtls.handle_timeout(to, now, out) };
        // The event tells it too.
        let _ = self.follow(step);
    }

    /// When [`Transport::handle_timeout`] has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let dtls = self.dtls.as_ref()?;
        [dtls.poll_timeout(), self.handshake_deadline].into_iter().flatten().min()
    }

    /// What has happened.
    pub(crate) fn poll_event(&mut self) -> Option<TransportEvent> {
        self.events.pop_front()
    }

    /// Where everything for the client goes: its selected address.
    pub(crate) fn remote(&self) -> Option<SocketAddr> {
        self.ice.selected()
    }

    /// May datagrams from this address be the client's? At most [`ice::MAX_ADDRESSES`] are.
    pub(crate) fn accepts(&self, address: SocketAddr) -> bool {
        self.ice.accepts(address)
    }

    /// When the client last proved that it wants to be sent something (RFC 7675).
    pub(crate) fn last_check(&self) -> Instant {
        self.ice.last_check()
    }

    /// Ends it from our side, with a goodbye if there is anybody to say it to. No event follows.
    pub(crate) fn close(&mut self, now: Instant, out: &mut Transmits) {
        let to = self.remote();
        if let Some(mut dtls) = self.dtls.take() {
            dtls.close(to, now, out);
        }
        self.srtp = None;
        self.handshake_deadline = None;
    }

    /// Protects the RTP packet in the first `len` bytes of `buffer`, whose header takes `header_len`, and returns the
    /// length of the datagram; 0 when it must not be sent: there are no keys, no room, or its sequence number was used
    /// before.
    pub(crate) fn seal_rtp(&mut self, buffer: &mut [u8], header_len: usize, len: usize) -> usize {
        let sealed = self.srtp.as_mut().and_then(|srtp| srtp.seal_rtp(buffer, header_len, len).ok());
        sealed.unwrap_or_default()
    }

    /// Protects the RTCP packet in the first `len` bytes of `buffer` and returns the length of the datagram; 0 when it
    /// must not be sent.
    pub(crate) fn seal_rtcp(&mut self, buffer: &mut [u8], len: usize) -> usize {
        self.srtp.as_mut().and_then(|srtp| srtp.seal_rtcp(buffer, len).ok()).unwrap_or_default()
    }

    /// Opens a datagram that looks like RTP and whose header takes `header_len`. Returns the length of the packet that is
    /// there now. The caller has checked that the SSRC may be the client's.
    ///
    /// # Errors
    /// It is not authentic, or was there before. What it was is no longer in the buffer.
    pub(crate) fn open_rtp(&mut self, datagram: &mut [u8], header_len: usize) -> Result<usize, Rejected> {
        self.srtp.as_mut().ok_or(Rejected)?.open_rtp(datagram, header_len)
    }

    /// Opens a datagram that looks like RTCP. Returns the length of the packet that is there now.
    ///
    /// # Errors
    /// It is not authentic, or was there before. What it was is no longer in the buffer.
    pub(crate) fn open_rtcp(&mut self, datagram: &mut [u8]) -> Result<usize, Rejected> {
        self.srtp.as_mut().ok_or(Rejected)?.open_rtcp(datagram)
    }

    fn follow(&mut self, step: Step) -> Result<(), Rejected> {
        match step {
            Step::Continues => return Ok(()),
            Step::Secured(srtp) => {
                self.srtp = Some(srtp);
                self.events.push_back(TransportEvent::Connected);
            }
            Step::Closed | Step::Failed => {
                let is_closed = matches!(step, Step::Closed);
                self.events.push_back(if is_closed {
                    TransportEvent::Closed
                } else {
                    TransportEvent::Failed
                });
                self.dtls = None;
                self.srtp = None;
                self.handshake_deadline = None;
                return if is_closed { Ok(()) } else { Err(Rejected) };
            }
        }
        self.handshake_deadline = None;
        Ok(())
    }
}

#[cfg(test)]
#[path = "transport/tests.rs"]
mod tests;
