//! Compound RTCP into a buffer. Each method writes one whole packet, or nothing and says `None` when there is no room.
use super::{
    NACK, PAYLOAD_FEEDBACK, PLI, RECEIVER_REPORT, REPORT_BLOCK_BYTES, SENDER_REPORT, SOURCE_DESCRIPTION,
    TRANSPORT_FEEDBACK,
};
use crate::bytes::put;

/// Reception of one stream (RFC 3550, section 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReportBlock {
    /// The stream.
    pub(crate) ssrc: u32,
    /// Since the last report, in 256ths.
    pub(crate) fraction_lost: u8,
    /// In total; 24 bits.
    pub(crate) lost: u32,
    /// Extended highest sequence number.
    pub(crate) highest: u32,
    /// In media clock units.
    pub(crate) jitter: u32,
    /// Middle 32 bits of the last sender report's NTP time; 0 for none.
    pub(crate) last_report: u32,
    /// Since that report came, 16.16 fixed point seconds.
    pub(crate) delay: u32,
}

/// What a sender report says about one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SenderReport {
    /// The stream.
    pub(crate) ssrc: u32,
    /// 32.32 fixed point seconds.
    pub(crate) ntp: u64,
    /// The media timestamp at that time.
    pub(crate) timestamp: u32,
    /// Packets sent, wrapping.
    pub(crate) packets: u32,
    /// Payload bytes sent, wrapping.
    pub(crate) octets: u32,
}

/// A compound packet being written.
pub(crate) struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
}

impl<'a> Writer<'a> {
    /// Writes to the start of `buffer`.
    pub(crate) fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    /// Bytes written.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bytes that still fit.
    pub(crate) fn room(&self) -> usize {
        self.buffer.len() - self.len
    }

    /// A receiver report with as many of `blocks` as fit into one packet and the buffer; returns how many.
    pub(crate) fn receiver_report(&mut self, sender: u32, blocks: &[ReportBlock]) -> Option<usize> {
        let fit = (self.room().checked_sub(8)? / REPORT_BLOCK_BYTES).min(31).min(blocks.len());
        let count = u8::try_from(fit).ok()?;
        self.packet(count, RECEIVER_REPORT, 4 + fit * REPORT_BLOCK_BYTES, |body| {
            put(body, 0, &sender.to_be_bytes())?;
            for (block, room) in blocks.iter().zip(body.get_mut(4..)?.chunks_exact_mut(REPORT_BLOCK_BYTES)) {
                write_block(block, room)?;
            }
            Some(())
        })?;
        Some(fit)
    }

    /// A sender report without report blocks.
    pub(crate) fn sender_report(&mut self, report: &SenderReport) -> Option<()> {
        self.packet(0, SENDER_REPORT, 24, |body| {
            put(body, 0, &report.ssrc.to_be_bytes())?;
            put(body, 4, &report.ntp.to_be_bytes())?;
            put(body, 12, &report.timestamp.to_be_bytes())?;
            put(body, 16, &report.packets.to_be_bytes())?;
            put(body, 20, &report.octets.to_be_bytes())
        })
    }

    /// A source description with a canonical name (at most 255 bytes).
    pub(crate) fn canonical_name(&mut self, ssrc: u32, name: &str) -> Option<()> {
        const CNAME: u8 = 1;
        let len = u8::try_from(name.len()).ok()?;
        // The list of items ends with at least one zero byte.
        let body_len = (4 + 2 + name.len() + 1).next_multiple_of(4);
        self.packet(1, SOURCE_DESCRIPTION, body_len, |body| {
            body.fill(0);
            put(body, 0, &ssrc.to_be_bytes())?;
            put(body, 4, &[CNAME, len])?;
            put(body, 6, name.as_bytes())
        })
    }

    /// Asks for packets again. `sequences` are in ascending order; those that fit are written, and their number is
    /// returned.
    pub(crate) fn nack(&mut self, sender: u32, media: u32, sequences: &[u16]) -> Option<usize> {
        let pairs_room = self.room().checked_sub(12)? / 4;
        let (pairs, taken) = count_pairs(sequences, pairs_room);
        if taken == 0 {
            return None;
        }
        self.packet(NACK, TRANSPORT_FEEDBACK, 8 + pairs * 4, |body| {
            put(body, 0, &sender.to_be_bytes())?;
            put(body, 4, &media.to_be_bytes())?;
            let mut rooms = body.get_mut(8..)?.chunks_exact_mut(4);
            for_each_pair(sequences.get(..taken)?, |first, mask| {
                if let Some(room) = rooms.next() {
                    let _ = put(room, 0, &first.to_be_bytes());
                    let _ = put(room, 2, &mask.to_be_bytes());
                }
                true
            });
            Some(())
        })?;
        Some(taken)
    }

    /// Says that a picture is broken: the sender answers with a key frame.
    pub(crate) fn pli(&mut self, sender: u32, media: u32) -> Option<()> {
        self.packet(PLI, PAYLOAD_FEEDBACK, 8, |body| {
            put(body, 0, &sender.to_be_bytes())?;
            put(body, 4, &media.to_be_bytes())
        })
    }

    /// Writes a header, then `body` of `body_len` bytes (a multiple of four).
    pub(super) fn packet(
        &mut self,
        count: u8,
        kind: u8,
        body_len: usize,
        write: impl FnOnce(&mut [u8]) -> Option<()>,
    ) -> Option<()> {
        let words = u16::try_from(body_len / 4).ok()?;
        let room = self.buffer.get_mut(self.len..self.len + 4 + body_len)?;
        put(room, 0, &[0x80 | count, kind])?;
        put(room, 2, &words.to_be_bytes())?;
        write(room.get_mut(4..)?)?;
        self.len += 4 + body_len;
        Some(())
    }
}

fn write_block(block: &ReportBlock, room: &mut [u8]) -> Option<()> {
    put(room, 0, &block.ssrc.to_be_bytes())?;
    put(room, 4, &block.lost.to_be_bytes())?;
    put(room, 4, &[block.fraction_lost])?;
    put(room, 8, &block.highest.to_be_bytes())?;
    put(room, 12, &block.jitter.to_be_bytes())?;
    put(room, 16, &block.last_report.to_be_bytes())?;
    put(room, 20, &block.delay.to_be_bytes())
}

/// How many pairs `sequences` need, at most `most`, and how many sequence numbers those carry.
fn count_pairs(sequences: &[u16], most: usize) -> (usize, usize) {
    let (mut pairs, mut taken) = (0, 0);
    for_each_pair(sequences, |_, mask| {
        if pairs == most {
            return false;
        }
        pairs += 1;
        taken += 1 + usize::try_from(mask.count_ones()).unwrap_or_default();
        true
    });
    (pairs, taken)
}

/// Packs ascending sequence numbers into pairs of first number and mask of the 16 after it, until `take` says stop.
fn for_each_pair(sequences: &[u16], mut take: impl FnMut(u16, u16) -> bool) {
    let mut rest = sequences;
    while let Some((&first, mut after)) = rest.split_first() {
        let mut mask = 0_u16;
        while let Some((&next, tail)) = after.split_first() {
            let distance = next.wrapping_sub(first);
            if !(1..=16).contains(&distance) || mask >> (distance - 1) != 0 {
                break;
            }
            mask |= 1 << (distance - 1);
            after = tail;
        }
        if !take(first, mask) {
            return;
        }
        rest = after;
    }
}
