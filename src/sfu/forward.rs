//! The hot path: one stored packet to one receiver.
//!
//! ```text
//!   ring (plaintext, shared) ─▶ place ─▶ header template ─▶ payload copy ─▶ seal in place ─▶ Transmits
//! ```
//!
//! No allocation, no map, no log. The payload is copied once per receiver, straight into the datagram that leaves.
use crate::context::Context;
use crate::peer::Peer;
use crate::receive::{Placed, Unplaced};
use crate::ring::{Packet, Ring};
use crate::rtp::{Fields, HeaderTemplate, Stamps};
use crate::transport::Transport;
use std::net::SocketAddr;

/// Does the receiver need something from the publisher?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// No.
    Nothing,
    /// A key frame to start with.
    KeyFrame,
}

/// One packet as it leaves.
struct Outgoing<'a> {
    header: &'a HeaderTemplate,
    fields: Fields,
    stamps: Stamps,
    /// The original's sequence number, in front of the payload of a retransmission (RFC 4588, section 4).
    original: Option<u16>,
    payload: &'a [u8],
}

impl Peer {
    /// Sends a packet for the first time on a receiving track. After the start of a track, what arrived before its
    /// first packet but belongs behind it follows at once.
    pub(crate) fn forward(&mut self, track: usize, ring: &Ring, number: u64, cx: &mut Context<'_>) -> Needs {
        let Some(to) = self.destination() else {
            return Needs::Nothing;
        };
        match self.forward_one(to, track, ring, number, cx) {
            Ok(false) => Needs::Nothing,
            Ok(true) => {
                for later in number + 1..=ring.newest() {
                    let _ = self.forward_one(to, track, ring, later, cx);
                }
                Needs::Nothing
            }
            Err(Unplaced::Codec) => {
                cx.counters.dropped.unmatched_codec += 1;
                Needs::Nothing
            }
            Err(Unplaced::Early) => {
                let waits = self.receive.get(track).is_some_and(|track| !track.is_flowing());
                if waits { Needs::KeyFrame } else { Needs::Nothing }
            }
        }
    }

    /// Says whether the packet was the start of a track.
    fn forward_one(
        &mut self,
        to: SocketAddr,
        track: usize,
        ring: &Ring,
        number: u64,
        cx: &mut Context<'_>,
    ) -> Result<bool, Unplaced> {
        let (Some((packet, payload)), Some(track)) = (ring.get(number), self.receive.get_mut(track)) else {
            return Ok(false);
        };
        let placed = track.place(packet, payload.len(), cx.now)?;
        self.transport_cc = self.transport_cc.wrapping_add(1);
        let outgoing = Outgoing {
            header: &track.header,
            fields: fields(packet, placed),
            stamps: stamps(packet, self.transport_cc, cx),
            original: None,
            payload,
        };
        send(&mut self.transport, to, &outgoing, cx);
        cx.counters.rtp_forwarded += 1;
        Ok(placed.is_start)
    }

    /// Sends a packet again, as a retransmission. Says whether it did.
    ///
    /// There is no other way: sending the packet once more under its own SSRC would encrypt other header bytes under
    /// the same nonce, which AES-GCM does not forgive. A section without retransmissions gets none.
    pub(crate) fn resend(&mut self, track: usize, ring: &Ring, sequence: u16, cx: &mut Context<'_>) -> bool {
        let (Some(to), Some(track)) = (self.destination(), self.receive.get_mut(track)) else {
            return false;
        };
        let stored = track.number_of(sequence).and_then(|number| ring.get(number));
        let Some((packet, payload)) = stored else {
            return false;
        };
        let Some(placed) = track.placed(packet) else {
            return false;
        };
        let Some(payload_type) = track.rtx_payload_type(placed.payload_type) else {
            return false;
        };
        if !track.resend.admit(sequence, cx.now, self.round_trip) {
            return false;
        }
        track.rtx_sequence = track.rtx_sequence.wrapping_add(1);
        self.transport_cc = self.transport_cc.wrapping_add(1);
        let repair = Placed { sequence: track.rtx_sequence, payload_type, ..placed };
        let outgoing = Outgoing {
            header: &track.rtx_header,
            fields: fields(packet, repair),
            stamps: stamps(packet, self.transport_cc, cx),
            original: Some(placed.sequence),
            payload,
        };
        send(&mut self.transport, to, &outgoing, cx);
        cx.counters.rtp_resent += 1;
        true
    }
}

fn fields(packet: &Packet, placed: Placed) -> Fields {
    Fields {
        marker: packet.marker,
        has_padding: packet.is_filler,
        payload_type: placed.payload_type,
        sequence: placed.sequence,
        timestamp: placed.timestamp,
    }
}

fn stamps(packet: &Packet, transport_cc: u16, cx: &Context<'_>) -> Stamps {
    Stamps {
        abs_send_time: cx.abs_send_time(),
        transport_cc,
        audio_level: packet.audio_level,
        orientation: packet.orientation,
    }
}

fn send(transport: &mut Transport, to: SocketAddr, outgoing: &Outgoing<'_>, cx: &mut Context<'_>) {
    let mut is_sent = false;
    cx.out.push(to, |buffer| {
        let Some(len) = write(outgoing, buffer) else {
            return 0;
        };
        let sealed = transport.seal_rtp(buffer, outgoing.header.len(), len);
        is_sent = sealed != 0;
        sealed
    });
    cx.counters.dropped.unsent += u64::from(!is_sent);
}

/// Writes the plaintext packet and returns its length.
fn write(outgoing: &Outgoing<'_>, buffer: &mut [u8]) -> Option<usize> {
    outgoing.header.write(buffer, outgoing.fields, &outgoing.stamps)?;
    let mut len = outgoing.header.len();
    if let Some(original) = outgoing.original {
        crate::bytes::put(buffer, len, &original.to_be_bytes())?;
        len += 2;
    }
    crate::bytes::put(buffer, len, outgoing.payload)?;
    len += outgoing.payload.len();
    if outgoing.fields.has_padding {
        // One byte of padding, which counts itself.
        crate::bytes::put(buffer, len, &[1])?;
        len += 1;
    }
    Some(len)
}
