//! One client in one call: its transport, what it publishes, what it receives.
//!
//! A peer is made by the first offer of a session and lives until the session leaves, goes silent, closes DTLS or comes
//! back with another certificate. `negotiate` fills it, `ingest` and `feedback` read what it sends, `forward` and
//! `report` write what it gets.
use crate::context::Context;
use crate::publish::Published;
use crate::receive::{DEFAULT_ROUND_TRIP, ReceiveTrack};
use crate::rtcp::{Arrivals, MAX_RTCP_BYTES, Writer};
use crate::rtp::ExtensionIds;
use crate::slots::Slots;
use crate::transport::{Fingerprint, IceCredentials, Transport};
use model::{SessionKey, event::WantedSections};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// SSRCs of one peer that are known at once, media and retransmissions together. The oldest unused ones of a section go
/// when it changes its SSRC.
pub(crate) const MAX_SSRCS: usize = 64;

/// What the packets of an SSRC are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// Media of an encoding.
    Media(usize),
    /// Retransmissions of an encoding.
    Rtx(usize),
}

impl Binding {
    /// The encoding.
    pub(crate) fn encoding(self) -> usize {
        match self {
            Self::Media(encoding) | Self::Rtx(encoding) => encoding,
        }
    }
}

/// The SSRCs a peer may send, sorted.
#[derive(Debug, Default)]
pub(crate) struct Bindings(Vec<(u32, Binding)>);

impl Bindings {
    /// What an SSRC is.
    pub(crate) fn get(&self, ssrc: u32) -> Option<Binding> {
        let place = self.0.binary_search_by_key(&ssrc, |(ssrc, _)| *ssrc).ok()?;
        self.0.get(place).map(|(_, binding)| *binding)
    }

    /// Binds an SSRC; `false` when there are too many. One that is bound keeps its meaning.
    pub(crate) fn insert(&mut self, ssrc: u32, binding: Binding) -> bool {
        match self.0.binary_search_by_key(&ssrc, |(ssrc, _)| *ssrc) {
            Ok(_) => true,
            Err(_) if self.0.len() >= MAX_SSRCS => false,
            Err(place) => {
                self.0.insert(place, (ssrc, binding));
                true
            }
        }
    }

    /// Forgets what `keep` does not want.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(u32, Binding) -> bool) {
        self.0.retain(|(ssrc, binding)| keep(*ssrc, *binding));
    }
}

/// Who the peer is; set by negotiation.
#[derive(Debug)]
pub(crate) struct Identity {
    /// The StompX session.
    pub(crate) session: SessionKey,
    /// Its certificate.
    pub(crate) fingerprint: Fingerprint,
    /// Our ICE credentials towards it.
    pub(crate) local: IceCredentials,
    /// Its ICE user name fragment.
    pub(crate) remote_ufrag: String,
    /// Our canonical name towards it.
    pub(crate) cname: String,
    /// The SSRC our RTCP comes from.
    pub(crate) ssrc: u32,
}

/// What was last told about the peer's sections.
#[derive(Debug, Default)]
pub(crate) struct Announced {
    /// Snapshots sent.
    pub(crate) version: u64,
    /// Sections asked for.
    pub(crate) wanted: WantedSections,
    /// An assignment changed since the last snapshot.
    pub(crate) is_stale: bool,
    /// Offers answered.
    pub(crate) answers: u64,
}

/// When the peer wants to be woken.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    /// The earliest entry in the heap of deadlines.
    pub(crate) scheduled: Option<Instant>,
    /// Transport-wide feedback.
    pub(crate) feedback: Option<Instant>,
    /// Sender and receiver reports.
    pub(crate) report: Option<Instant>,
}

/// One client.
pub(crate) struct Peer {
    /// Who it is.
    pub(crate) identity: Identity,
    /// ICE, DTLS and SRTP.
    pub(crate) transport: Transport,
    /// Its authenticated addresses, as known to the router.
    pub(crate) addresses: Vec<SocketAddr>,
    /// Our ICE user name fragments that lead to it, as known to the router: more than one during an ICE restart.
    pub(crate) ufrags: Vec<String>,
    /// Extension ids of what it sends.
    pub(crate) ids: ExtensionIds,
    /// SSRCs of what it sends.
    pub(crate) bindings: Bindings,
    /// Encodings it publishes.
    pub(crate) published: Vec<usize>,
    /// Sections it receives with. Indexes are stable.
    pub(crate) receive: Vec<ReceiveTrack>,
    /// Arrival times of what it sends.
    pub(crate) arrivals: Arrivals,
    /// Transport-wide number of the last packet it was sent.
    pub(crate) transport_cc: u16,
    /// Smoothed.
    pub(crate) round_trip: Duration,
    /// Our NTP clock minus its own, once a sender report came; the same for all its tracks, so they stay in step.
    pub(crate) clock_offset: Option<u64>,
    /// DTLS is done.
    pub(crate) is_connected: bool,
    /// What was announced to it.
    pub(crate) announced: Announced,
    /// Its deadlines.
    pub(crate) timers: Timers,
}

impl Peer {
    /// A peer that has not connected yet.
    pub(crate) fn new(identity: Identity, transport: Transport, now: Instant) -> Self {
        Self {
            identity,
            transport,
            addresses: Vec::new(),
            ufrags: Vec::new(),
            ids: ExtensionIds::default(),
            bindings: Bindings::default(),
            published: Vec::new(),
            receive: Vec::new(),
            arrivals: Arrivals::new(now),
            transport_cc: 0,
            round_trip: DEFAULT_ROUND_TRIP,
            clock_offset: None,
            is_connected: false,
            announced: Announced::default(),
            timers: Timers::default(),
        }
    }

    /// Where media goes: nowhere before the handshake is done.
    pub(crate) fn destination(&self) -> Option<SocketAddr> {
        self.transport.remote().filter(|_| self.is_connected)
    }

    /// The receiving track with this media SSRC.
    pub(crate) fn receiving(&self, ssrc: u32) -> Option<usize> {
        self.receive.iter().position(|track| track.ssrc == ssrc)
    }

    /// Is this SSRC taken, by us or by the peer?
    pub(crate) fn uses_ssrc(&self, ssrc: u32) -> bool {
        self.identity.ssrc == ssrc
            || self.bindings.get(ssrc).is_some()
            || self.receive.iter().any(|track| track.ssrc == ssrc || track.rtx_ssrc == ssrc)
    }

    /// When the peer wants to be woken next.
    pub(crate) fn poll_timeout(
        &self,
        consent: Duration,
        encodings: &Slots<Published>,
        now: Instant,
    ) -> Instant {
        let silent = self.transport.last_check() + consent;
        let published = self.published.iter().filter_map(|index| encodings.get(*index)?.poll_timeout(now));
        [self.transport.poll_timeout(), self.timers.feedback, self.timers.report]
            .into_iter()
            .flatten()
            .chain(published)
            .fold(silent, Instant::min)
    }
}

/// Writes, protects and queues one compound RTCP packet. Nothing is sent when `write` writes nothing.
pub(crate) fn send_rtcp(
    transport: &mut Transport,
    to: SocketAddr,
    cx: &mut Context<'_>,
    write: impl FnOnce(&mut Writer<'_>),
) {
    let mut is_sent = false;
    cx.out.push(to, |buffer| {
        let room = buffer.len().min(MAX_RTCP_BYTES);
        let mut writer = Writer::new(buffer.get_mut(..room).unwrap_or_default());
        write(&mut writer);
        let len = writer.len();
        if len == 0 {
            return 0;
        }
        is_sent = true;
        transport.seal_rtcp(buffer, len)
    });
    cx.counters.rtcp_sent += u64::from(is_sent);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssrcs_are_bound_up_to_the_limit() {
        let mut bindings = Bindings::default();
        let most = u32::try_from(MAX_SSRCS).unwrap();
        for ssrc in 0..most {
            assert!(bindings.insert(ssrc * 7 % 1000, Binding::Media(1)));
        }
        assert!(!bindings.insert(5000, Binding::Media(1)), "one past the limit");
        assert!(bindings.insert(7, Binding::Rtx(2)), "known ones are no new ones");
        assert_eq!(bindings.get(7), Some(Binding::Media(1)), "and keep their meaning");
        bindings.retain(|ssrc, _| ssrc != 7);
        assert_eq!(bindings.get(7), None);
        assert!(bindings.insert(5000, Binding::Rtx(2)));
        assert_eq!(bindings.get(5000), Some(Binding::Rtx(2)));
    }
}
