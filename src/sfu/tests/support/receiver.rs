//! One receive section of a simulated client: collects packets, asks for missing ones, undoes retransmissions.
use super::offer::{AnsweredSection, Dialect};
use super::sender::Stamp;
use bytes::Bytes;
use rtc_rtp::packet::Packet;
use rtc_shared::marshal::Unmarshal;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A packet as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) stamp: Option<Stamp>,
    pub(crate) timestamp: u32,
    pub(crate) payload_type: u8,
    pub(crate) audio_level: Option<u8>,
    pub(crate) orientation: Option<u8>,
    pub(crate) at: Instant,
}

/// A receiving section.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) mid: String,
    pub(crate) is_audio: bool,
    pub(crate) ssrc: u32,
    pub(crate) rtx_ssrc: Option<u32>,
    pub(crate) stream: String,
    /// By extended sequence number.
    pub(crate) packets: BTreeMap<u64, Got>,
    pub(crate) repaired: u32,
    /// Our SSRC's sender reports: (NTP, timestamp, when).
    pub(crate) reports: Vec<(u64, u32, Instant)>,
    newest: u64,
    asked: BTreeMap<u64, Instant>,
    dialect: Dialect,
}

impl Receiver {
    pub(crate) fn new(section: &AnsweredSection, is_audio: bool, dialect: Dialect) -> Self {
        Self {
            mid: section.mid.clone(),
            is_audio,
            ssrc: section.ssrc.expect("the SFU signals its SSRC"),
            rtx_ssrc: section.rtx_ssrc,
            stream: section.stream.clone(),
            packets: BTreeMap::new(),
            repaired: 0,
            reports: Vec::new(),
            newest: 0,
            asked: BTreeMap::new(),
            dialect,
        }
    }

    /// Takes a decrypted packet of one of the section's SSRCs.
    pub(crate) fn packet(&mut self, bytes: &[u8], now: Instant) {
        let mut packet = Packet::unmarshal(&mut Bytes::copy_from_slice(bytes)).expect("well-formed RTP");
        let header = &packet.header;
        let [mid, level, send_time, cc, orientation] = self.dialect.ids;
        let extension = |id: u8| header.get_extension(id);
        assert_eq!(
            extension(mid).as_deref(),
            Some(self.mid.as_bytes()),
            "every packet names the receiver's section"
        );
        assert_eq!(extension(send_time).map(|time| time.len()), Some(3));
        assert_eq!(extension(cc).map(|cc| cc.len()), Some(2));
        let audio_level = extension(level).filter(|_| self.is_audio).map(|level| level[0]);
        let orientation = extension(orientation).filter(|_| !self.is_audio).map(|value| value[0]);
        let mut payload_type = header.payload_type;
        let mut sequence = header.sequence_number;
        if Some(header.ssrc) == self.rtx_ssrc {
            assert_eq!(payload_type, self.dialect.vp8_rtx);
            payload_type = self.dialect.vp8;
            sequence = u16::from_be_bytes([packet.payload[0], packet.payload[1]]);
            packet.payload = packet.payload.slice(2..);
            self.repaired += 1;
        }
        let extended = self.extend(sequence);
        let got = Got {
            stamp: (!packet.payload.is_empty()).then(|| Stamp::read(&packet.payload)),
            timestamp: packet.header.timestamp,
            payload_type,
            audio_level,
            orientation,
            at: now,
        };
        self.asked.remove(&extended);
        if let Some(before) = self.packets.get(&extended) {
            assert_eq!(before.stamp, got.stamp, "one sequence number, one packet");
            return;
        }
        self.packets.insert(extended, got);
    }

    /// Sequence numbers to ask for now.
    pub(crate) fn missing(&mut self, now: Instant) -> Vec<u16> {
        let Some((&first, _)) = self.packets.first_key_value() else {
            return Vec::new();
        };
        let from = first.max(self.newest.saturating_sub(500));
        let mut due = Vec::new();
        for extended in from..self.newest {
            if self.packets.contains_key(&extended) {
                continue;
            }
            let asked = self.asked.entry(extended).or_insert(now);
            if *asked <= now {
                *asked = now + Duration::from_millis(110);
                due.push(u16::try_from(extended & 0xffff).expect("16 bits"));
            }
        }
        due
    }

    /// The stamps in sequence order, and whether the sequence numbers have gaps.
    pub(crate) fn sequence(&self) -> (Vec<Stamp>, bool) {
        let stamps = self.packets.values().filter_map(|got| got.stamp).collect();
        let numbers: Vec<u64> = self.packets.keys().copied().collect();
        let has_gaps = numbers.windows(2).any(|pair| pair[1] != pair[0] + 1);
        (stamps, has_gaps)
    }

    fn extend(&mut self, sequence: u16) -> u64 {
        if self.newest == 0 {
            self.newest = (1 << 16) + u64::from(sequence);
            return self.newest;
        }
        let ahead = sequence.wrapping_sub(u16::try_from(self.newest & 0xffff).expect("16 bits"));
        let extended = if ahead < 0x8000 {
            self.newest + u64::from(ahead)
        } else {
            self.newest - u64::from(ahead.wrapping_neg())
        };
        self.newest = self.newest.max(extended);
        extended
    }
}
