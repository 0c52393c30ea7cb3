//! One published section of a simulated client: makes packets, keeps them, sends them again when asked.
use super::offer::Dialect;
use model::call::Source;
use std::collections::BTreeMap;

/// What identifies a packet from end to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    /// The client that made it; one that joins again is another one.
    pub(crate) maker: u64,
    pub(crate) source: u8,
    pub(crate) number: u64,
    pub(crate) is_key: bool,
}

impl Stamp {
    /// Two bytes that VP8 understands, then the stamp.
    pub(crate) fn write(self, len: usize) -> Vec<u8> {
        let mut payload = vec![0x10, u8::from(!self.is_key)];
        payload.extend_from_slice(&self.maker.to_be_bytes());
        payload.push(self.source);
        payload.extend_from_slice(&self.number.to_be_bytes());
        payload.resize(len.max(19), 0xab);
        payload
    }

    pub(crate) fn read(payload: &[u8]) -> Self {
        let number = |range: std::ops::Range<usize>| {
            u64::from_be_bytes(payload[range].try_into().expect("eight bytes"))
        };
        Self { is_key: payload[1] == 0, maker: number(2..10), source: payload[10], number: number(11..19) }
    }
}

/// A publishing section.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) mid: String,
    pub(crate) source: Source,
    pub(crate) ssrc: u32,
    pub(crate) rtx_ssrc: u32,
    /// Muted or not shared: sends nothing.
    pub(crate) is_muted: bool,
    pub(crate) wants_key_frame: bool,
    pub(crate) key_frame_requests: u32,
    /// Packets made so far.
    pub(crate) stamps: Vec<Stamp>,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    rtx_sequence: u16,
    kept: BTreeMap<u16, Vec<u8>>,
    maker: u64,
    dialect: Dialect,
}

impl Sender {
    pub(crate) fn new(maker: u64, mid: &str, source: Source, ssrc: u32, dialect: Dialect) -> Self {
        Self {
            mid: mid.to_owned(),
            source,
            ssrc,
            rtx_ssrc: ssrc + 1,
            is_muted: false,
            wants_key_frame: true,
            key_frame_requests: 0,
            stamps: Vec::new(),
            // Wraps soon: everything has to survive that.
            sequence: 65_400,
            timestamp: u32::MAX - 100_000,
            rtx_sequence: 65_500,
            kept: BTreeMap::new(),
            maker,
            dialect,
        }
    }

    pub(crate) fn is_audio(&self) -> bool {
        self.source.is_audio()
    }

    /// Moves the media clock.
    pub(crate) fn advance(&mut self, millis: u32) {
        let rate = if self.is_audio() { 48 } else { 90 };
        self.timestamp = self.timestamp.wrapping_add(millis * rate);
    }

    /// One packet of a frame, in the clear. `transport_cc` is the client's counter.
    pub(crate) fn media(&mut self, is_first: bool, is_last: bool, len: usize, transport_cc: u16) -> Vec<u8> {
        let is_key = is_first && (self.is_audio() || std::mem::take(&mut self.wants_key_frame));
        let number = u64::try_from(self.stamps.len()).expect("a count");
        let stamp = Stamp { maker: self.maker, source: self.source.as_str().as_bytes()[1], number, is_key };
        self.stamps.push(stamp);
        self.sequence = self.sequence.wrapping_add(1);
        let payload_type = if self.is_audio() { self.dialect.opus } else { self.dialect.vp8 };
        let fixed = (payload_type, self.sequence, self.ssrc);
        let packet = self.packet(fixed, is_last, transport_cc, &stamp.write(len));
        self.kept.insert(self.sequence, packet.clone());
        packet
    }

    /// Padding only, on the media SSRC.
    pub(crate) fn padding(&mut self, transport_cc: u16) -> Vec<u8> {
        self.sequence = self.sequence.wrapping_add(1);
        let payload_type = if self.is_audio() { self.dialect.opus } else { self.dialect.vp8 };
        let mut packet =
            self.packet((payload_type, self.sequence, self.ssrc), false, transport_cc, &[0, 0, 0, 4]);
        packet[0] |= 0x20;
        packet
    }

    /// The packet again, as a retransmission; `None` when it is gone or the section has none.
    pub(crate) fn repair(&mut self, sequence: u16, transport_cc: u16) -> Option<Vec<u8>> {
        let original = self.kept.get(&sequence)?.clone();
        let header_len = 12 + 4 + usize::from(u16::from_be_bytes([original[14], original[15]])) * 4;
        let mut payload = sequence.to_be_bytes().to_vec();
        payload.extend_from_slice(&original[header_len..]);
        self.rtx_sequence = self.rtx_sequence.wrapping_add(1);
        let fixed = (self.dialect.vp8_rtx, self.rtx_sequence, self.rtx_ssrc);
        let mut packet = self.packet(fixed, original[1] & 0x80 != 0, transport_cc, &payload);
        packet[4..8].copy_from_slice(&original[4..8]);
        Some(packet)
    }

    fn packet(&self, fixed: (u8, u16, u32), marker: bool, transport_cc: u16, payload: &[u8]) -> Vec<u8> {
        let (payload_type, sequence, ssrc) = fixed;
        let mut packet = vec![0x90, (u8::from(marker) << 7) | payload_type];
        packet.extend_from_slice(&sequence.to_be_bytes());
        packet.extend_from_slice(&self.timestamp.to_be_bytes());
        packet.extend_from_slice(&ssrc.to_be_bytes());
        let mut block = Vec::new();
        let mut element = |id: u8, data: &[u8]| {
            block.push((id << 4) | u8::try_from(data.len() - 1).expect("a short element"));
            block.extend_from_slice(data);
        };
        let [mid, level, send_time, cc, orientation] = self.dialect.ids;
        element(mid, self.mid.as_bytes());
        element(send_time, &[1, 2, 3]);
        element(cc, &transport_cc.to_be_bytes());
        if self.is_audio() {
            element(level, &[0x80 | 42]);
        } else if marker {
            element(orientation, &[3]);
        }
        block.resize(block.len().next_multiple_of(4), 0);
        packet.extend_from_slice(&[0xbe, 0xde]);
        packet.extend_from_slice(&u16::try_from(block.len() / 4).expect("a short block").to_be_bytes());
        packet.extend_from_slice(&block);
        packet.extend_from_slice(payload);
        packet
    }
}
