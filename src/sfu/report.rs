//! RTCP out: requests to publishers, transport-wide feedback, sender and receiver reports.
use crate::call::Call;
use crate::context::Context;
use crate::ingest::FEEDBACK_INTERVAL;
use crate::nack::MAX_MISSING;
use crate::peer::{Peer, send_rtcp};
use crate::publish::Published;
use crate::receive::{ReceiveTrack, SentReport};
use crate::rtcp::{ReportBlock, SenderReport};
use crate::slots::Slots;
use crate::stats::{in_clock_units, long_ntp, middle};
use model::limits::MAX_PUBLISHED_TRACKS;
use std::time::{Duration, Instant};

/// Time between two reports to one peer.
pub(crate) const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// Sender reports in one datagram: 28 bytes each, and up to 32 for the name that has to follow.
const REPORTS_PER_DATAGRAM: usize = 18;
/// Feedback packets sent at once; a burst beyond this waits for the next interval.
const MAX_FEEDBACKS: usize = 8;

impl Call {
    /// Asks the publisher of a video encoding for a key frame, now or as soon as it may be asked again.
    pub(crate) fn request_key_frame(&mut self, index: usize, cx: &mut Context<'_>) {
        let Some(encoding) = self.encodings.get_mut(index).filter(|encoding| encoding.is_video()) else {
            return;
        };
        encoding.key_frames.request();
        self.touched.push(encoding.owner);
        if let Some(owner) = self.peers.get_mut(encoding.owner) {
            send_key_frame_request(owner, encoding, cx);
        }
    }

    /// Key frames and missing packets that are due from a publisher.
    pub(crate) fn send_requests(&mut self, index: usize, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        for place in 0..peer.published.len() {
            let Some(encoding) = peer.published.get(place).and_then(|index| self.encodings.get_mut(*index))
            else {
                continue;
            };
            send_nack(peer, encoding, cx);
            send_key_frame_request(peer, encoding, cx);
        }
    }

    /// Arrival times, when they are due.
    pub(crate) fn send_transport_feedback(&mut self, index: usize, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        if peer.timers.feedback.is_none_or(|due| cx.now < due) {
            return;
        }
        let media =
            peer.published.iter().find_map(|index| self.encodings.get(*index)?.ssrc).unwrap_or_default();
        let sender = peer.identity.ssrc;
        let Some(to) = peer.destination() else {
            return;
        };
        for _ in 0..MAX_FEEDBACKS {
            if !peer.arrivals.has_news() {
                break;
            }
            let arrivals = &mut peer.arrivals;
            send_rtcp(&mut peer.transport, to, cx, |writer| {
                let _ = arrivals.feedback(sender, media, writer);
            });
        }
        peer.timers.feedback = peer.arrivals.has_news().then(|| cx.now + FEEDBACK_INTERVAL);
    }

    /// Sender and receiver reports, when they are due.
    pub(crate) fn send_reports(&mut self, index: usize, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        if peer.timers.report.is_none_or(|due| cx.now < due) {
            return;
        }
        peer.timers.report = Some(cx.now + REPORT_INTERVAL);
        send_receiver_report(peer, &mut self.encodings, cx);
        let mut from = 0;
        while from < peer.receive.len() {
            from = send_sender_reports(peer, from, &self.encodings, cx);
        }
    }
}

fn send_key_frame_request(owner: &mut Peer, encoding: &mut Published, cx: &mut Context<'_>) {
    let (Some(media), Some(to)) = (encoding.ssrc, owner.destination()) else {
        return;
    };
    if !encoding.key_frames.take_due(cx.now) {
        return;
    }
    cx.counters.key_frame_requests += 1;
    let sender = owner.identity.ssrc;
    send_rtcp(&mut owner.transport, to, cx, |writer| {
        let _ = writer.pli(sender, media);
    });
}

fn send_nack(owner: &mut Peer, encoding: &mut Published, cx: &mut Context<'_>) {
    let (Some(media), Some(to)) = (encoding.ssrc, owner.destination()) else {
        return;
    };
    let mut asked = [0_u16; MAX_MISSING];
    let mut len = 0;
    encoding.nack.take_due(cx.now, owner.round_trip, |sequence| {
        if let Some(place) = asked.get_mut(len) {
            *place = sequence;
            len += 1;
        }
    });
    let asked = asked.get(..len).unwrap_or_default();
    if asked.is_empty() {
        return;
    }
    cx.counters.nacks_sent += u64::try_from(len).unwrap_or_default();
    let sender = owner.identity.ssrc;
    send_rtcp(&mut owner.transport, to, cx, |writer| {
        // All of them fit: the list is shorter than a datagram of pairs.
        let _ = writer.nack(sender, media, asked);
    });
}

fn send_receiver_report(peer: &mut Peer, encodings: &mut Slots<Published>, cx: &mut Context<'_>) {
    let mut blocks = [ReportBlock::default(); MAX_PUBLISHED_TRACKS];
    let mut len = 0;
    for index in &peer.published {
        let Some(encoding) = encodings.get_mut(*index) else {
            continue;
        };
        let Some(ssrc) = encoding.ssrc else {
            continue;
        };
        let block = encoding.reception.report(ssrc, encoding.clock.as_ref(), cx.now);
        if let (Some(block), Some(place)) = (block, blocks.get_mut(len)) {
            *place = block;
            len += 1;
        }
    }
    let blocks = blocks.get(..len).unwrap_or_default();
    let (Some(to), false) = (peer.destination(), blocks.is_empty()) else {
        return;
    };
    let identity = &peer.identity;
    send_rtcp(&mut peer.transport, to, cx, |writer| {
        let _ = writer.receiver_report(identity.ssrc, blocks);
        let _ = writer.canonical_name(identity.ssrc, &identity.cname);
    });
}

/// Reports on as many receiving tracks as one datagram takes, and says where to go on.
fn send_sender_reports(
    peer: &mut Peer,
    from: usize,
    encodings: &Slots<Published>,
    cx: &mut Context<'_>,
) -> usize {
    let Some(to) = peer.destination() else {
        return usize::MAX;
    };
    let (now, mut next, mut written) = (cx.now, from, 0);
    let due = |track: &ReceiveTrack| sender_report(track, encodings.get(track.assigned?)?, now);
    if !peer.receive.iter().skip(from).any(|track| due(track).is_some()) {
        return usize::MAX;
    }
    let cname = &peer.identity.cname;
    let tracks = &mut peer.receive;
    send_rtcp(&mut peer.transport, to, cx, |writer| {
        for track in tracks.iter_mut().skip(from) {
            if written == REPORTS_PER_DATAGRAM {
                break;
            }
            next += 1;
            let Some(report) = due(track) else {
                continue;
            };
            let _ = writer.sender_report(&report);
            let _ = writer.canonical_name(report.ssrc, cname);
            track.sent_report = Some(SentReport { middle: middle(report.ntp), at: now });
            written += 1;
        }
    });
    next
}

/// The publisher's clocks as this receiver sees them; `None` while nothing flows or the publisher has not reported.
fn sender_report(track: &ReceiveTrack, encoding: &Published, now: Instant) -> Option<SenderReport> {
    let clock = encoding.clock?;
    let passed = now.duration_since(clock.arrived);
    let published = clock.timestamp.wrapping_add(in_clock_units(passed, track.clock_rate()));
    Some(SenderReport {
        ssrc: track.ssrc,
        ntp: clock.ours.wrapping_add(long_ntp(passed)),
        timestamp: track.timestamp(published)?,
        packets: track.packets,
        octets: track.octets,
    })
}
