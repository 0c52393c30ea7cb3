//! Compound RTCP, packet by packet, borrowed from the datagram.
use super::{
    APPLICATION, FIR, GOODBYE, NACK, PAYLOAD_FEEDBACK, PLI, RECEIVER_REPORT, REPORT_BLOCK_BYTES, ReportBlock,
    SENDER_REPORT, TRANSPORT_CC, TRANSPORT_FEEDBACK,
};
use crate::bytes::{u8_at, u16_at, u24_at, u32_at, u64_at};

/// One RTCP packet, as far as it concerns an SFU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// How a sender's clocks relate.
    SenderReport {
        /// The stream.
        ssrc: u32,
        /// 32.32 fixed point seconds.
        ntp: u64,
        /// The media timestamp at that time.
        timestamp: u32,
        /// What the sender also receives.
        reports: Reports<'a>,
    },
    /// What a receiver receives.
    ReceiverReport {
        /// Its blocks.
        reports: Reports<'a>,
    },
    /// Packets to send again; see [`nack_sequences`].
    Nack {
        /// The stream.
        media: u32,
        /// Pairs of packet id and bit mask.
        pairs: &'a [u8],
    },
    /// The receiver's picture is broken.
    Pli {
        /// The stream.
        media: u32,
    },
    /// The receiver wants a key frame.
    Fir {
        /// Entries of 8 bytes, each beginning with the stream.
        entries: &'a [u8],
    },
    /// Receiver estimated maximum bitrate, bits per second.
    Remb {
        /// The estimate.
        bitrate: u64,
    },
    /// Arrival times of what we sent.
    TransportCc,
    /// A stream ended.
    Goodbye,
    /// Anything else: skipped.
    Other,
}

/// The report blocks of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reports<'a>(&'a [u8]);

impl Iterator for Reports<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.0.split_at_checked(REPORT_BLOCK_BYTES)?;
        self.0 = rest;
        Some(ReportBlock {
            ssrc: u32_at(block, 0)?,
            fraction_lost: u8_at(block, 4)?,
            lost: u24_at(block, 5)?,
            highest: u32_at(block, 8)?,
            jitter: u32_at(block, 12)?,
            last_report: u32_at(block, 16)?,
            delay: u32_at(block, 20)?,
        })
    }
}

/// The packets of a decrypted datagram. Ends at the first one that is malformed; [`Reader::is_malformed`] says so.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    is_malformed: bool,
}

impl<'a> Reader<'a> {
    /// Reads `datagram`.
    pub(crate) fn new(datagram: &'a [u8]) -> Self {
        Self { rest: datagram, is_malformed: false }
    }

    /// Did the reading end early?
    pub(crate) fn is_malformed(&self) -> bool {
        self.is_malformed
    }

    fn step(&mut self) -> Option<Packet<'a>> {
        let first = u8_at(self.rest, 0)?;
        let kind = u8_at(self.rest, 1)?;
        let len = usize::from(u16_at(self.rest, 2)?) * 4 + 4;
        let (packet, rest) = self.rest.split_at_checked(len)?;
        if first >> 6 != 2 {
            return None;
        }
        self.rest = rest;
        let mut body = packet.get(4..)?;
        if first & 0x20 != 0 {
            let padding = usize::from(*body.last()?);
            body = body.get(..body.len().checked_sub(padding)?)?;
        }
        parse(kind, first & 0x1f, body)
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Packet<'a>;

    fn next(&mut self) -> Option<Packet<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let packet = self.step();
        if packet.is_none() {
            self.is_malformed = true;
            self.rest = &[];
        }
        packet
    }
}

fn parse(kind: u8, count: u8, body: &[u8]) -> Option<Packet<'_>> {
    match (kind, count) {
        (SENDER_REPORT, _) => Some(Packet::SenderReport {
            ssrc: u32_at(body, 0)?,
            ntp: u64_at(body, 4)?,
            timestamp: u32_at(body, 12)?,
            reports: reports(body, 24, count)?,
        }),
        (RECEIVER_REPORT, _) => Some(Packet::ReceiverReport { reports: reports(body, 4, count)? }),
        (TRANSPORT_FEEDBACK, NACK) => Some(Packet::Nack { media: u32_at(body, 4)?, pairs: body.get(8..)? }),
        (TRANSPORT_FEEDBACK, TRANSPORT_CC) => Some(Packet::TransportCc),
        (PAYLOAD_FEEDBACK, PLI) => Some(Packet::Pli { media: u32_at(body, 4)? }),
        (PAYLOAD_FEEDBACK, FIR) => Some(Packet::Fir { entries: body.get(8..)? }),
        (PAYLOAD_FEEDBACK, APPLICATION) => Some(remb(body).unwrap_or(Packet::Other)),
        (GOODBYE, _) => Some(Packet::Goodbye),
        _ => Some(Packet::Other),
    }
}

fn reports(body: &[u8], start: usize, count: u8) -> Option<Reports<'_>> {
    let end = start + usize::from(count) * REPORT_BLOCK_BYTES;
    body.get(start..end).map(Reports)
}

/// `REMB`, a count, 6 bits of exponent and 18 of mantissa.
fn remb(body: &[u8]) -> Option<Packet<'_>> {
    if body.get(8..12)? != b"REMB" {
        return None;
    }
    let scaled = u24_at(body, 13)?;
    let (exponent, mantissa) = (scaled >> 18, u64::from(scaled & 0x3_ffff));
    let bitrate = if exponent < 46 { mantissa << exponent } else { u64::MAX };
    Some(Packet::Remb { bitrate })
}

/// The sequence numbers a NACK asks for.
pub(crate) fn nack_sequences(pairs: &[u8]) -> impl Iterator<Item = u16> + '_ {
    pairs.chunks_exact(4).flat_map(|pair| {
        let first = u16_at(pair, 0).unwrap_or_default();
        let mask = u16_at(pair, 2).unwrap_or_default();
        let more =
            (0..16_u16).filter(move |bit| mask >> bit & 1 == 1).map(move |bit| first.wrapping_add(bit + 1));
        std::iter::once(first).chain(more)
    })
}
