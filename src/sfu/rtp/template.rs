//! The header a receiving track's packets start with: laid out once, patched per packet.
//!
//! ```text
//!   fixed 12 bytes │ BE DE len │ mid │ abs-send-time │ transport-cc │ audio level or orientation │ zeros
//!   patched: marker, payload type, sequence, timestamp         patched             patched or zeroed
//! ```
//!
//! Invariants
//! - Every packet of a track has the same header length, so its payload always starts at the same place.
//! - An element that a packet lacks becomes zero bytes, which is padding in the one-byte form (RFC 8285, section 4.2).
use super::{ExtensionIds, header::FIXED_BYTES};
use crate::bytes::put;

/// Longest header a template writes: fixed part, block head, 1 + 16 mid, 4 + 3 + 2 + 2 for the rest, padded.
const MAX_HEADER_BYTES: usize = 48;

/// Ids above this need the two-byte form, which is never negotiated.
const MAX_ONE_BYTE_ID: u8 = 14;
/// Longest mid that fits into a one-byte element.
const MAX_MID_BYTES: usize = 16;

/// What differs between two packets of one track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    /// As in the RTP header.
    pub(crate) marker: bool,
    /// The payload is followed by one byte of padding, which the caller writes.
    pub(crate) has_padding: bool,
    /// The receiver's payload type.
    pub(crate) payload_type: u8,
    /// The receiver's sequence number.
    pub(crate) sequence: u16,
    /// The receiver's timestamp.
    pub(crate) timestamp: u32,
}

/// Extension values of one packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamps {
    /// Departure time, 6.18 fixed point seconds in the low 24 bits.
    pub(crate) abs_send_time: u32,
    /// The receiver's transport-wide counter.
    pub(crate) transport_cc: u16,
    /// Copied from the publisher.
    pub(crate) audio_level: Option<u8>,
    /// Copied from the publisher.
    pub(crate) orientation: Option<u8>,
}

/// A header laid out for one SSRC of one receiving track.
#[derive(Clone, Debug)]
pub(crate) struct HeaderTemplate {
    bytes: [u8; MAX_HEADER_BYTES],
    len: usize,
    /// Offsets of the elements' id bytes; 0 when not negotiated.
    abs_send_time: usize,
    transport_cc: usize,
    audio_level: usize,
    orientation: usize,
    ids: ExtensionIds,
}

impl HeaderTemplate {
    /// Lays out a header for `ssrc`. Ids above 14 and mids above 16 bytes are left out.
    pub(crate) fn new(ssrc: u32, mid: &str, ids: ExtensionIds) -> Self {
        let mut template = Self {
            bytes: [0; MAX_HEADER_BYTES],
            len: FIXED_BYTES,
            abs_send_time: 0,
            transport_cc: 0,
            audio_level: 0,
            orientation: 0,
            ids,
        };
        template.set(0, &[0x80]);
        template.set(8, &ssrc.to_be_bytes());
        let block = FIXED_BYTES + 4;
        template.len = block;
        if (1..=MAX_MID_BYTES).contains(&mid.len()) {
            template.element(ids.mid, mid.as_bytes());
        }
        template.abs_send_time = template.element(ids.abs_send_time, &[0; 3]);
        template.transport_cc = template.element(ids.transport_cc, &[0; 2]);
        template.audio_level = template.element(ids.audio_level, &[0]);
        template.orientation = template.element(ids.orientation, &[0]);
        if template.len == block {
            template.len = FIXED_BYTES;
            return template;
        }
        template.len = template.len.next_multiple_of(4);
        let words =
            u16::try_from((template.len - block) / 4).expect("invariant: a template is under 48 bytes");
        template.set(0, &[0x90]);
        template.set(FIXED_BYTES, &[0xbe, 0xde]);
        template.set(FIXED_BYTES + 2, &words.to_be_bytes());
        template
    }

    /// Header length of every packet, bytes.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Writes the header to the start of `packet`; `None` when it does not fit.
    pub(crate) fn write(&self, packet: &mut [u8], fields: Fields, stamps: &Stamps) -> Option<()> {
        let out = packet.get_mut(..self.len)?;
        out.copy_from_slice(self.bytes.get(..self.len)?);
        let (fixed, _) = out.split_first_chunk_mut::<FIXED_BYTES>()?;
        fixed[0] |= u8::from(fields.has_padding) << 5;
        fixed[1] = (u8::from(fields.marker) << 7) | (fields.payload_type & 0x7f);
        fixed[2..4].copy_from_slice(&fields.sequence.to_be_bytes());
        fixed[4..8].copy_from_slice(&fields.timestamp.to_be_bytes());
        if self.abs_send_time != 0 {
            let [_, a, b, c] = stamps.abs_send_time.to_be_bytes();
            put(out, self.abs_send_time + 1, &[a, b, c])?;
        }
        if self.transport_cc != 0 {
            put(out, self.transport_cc + 1, &stamps.transport_cc.to_be_bytes())?;
        }
        Self::optional(out, self.audio_level, self.ids.audio_level, stamps.audio_level)?;
        Self::optional(out, self.orientation, self.ids.orientation, stamps.orientation)
    }

    /// Writes a one-byte element or leaves zeros.
    fn optional(out: &mut [u8], at: usize, id: u8, value: Option<u8>) -> Option<()> {
        match value {
            Some(value) if at != 0 => put(out, at, &[id << 4, value]),
            None if at != 0 => put(out, at, &[0, 0]),
            _ => Some(()),
        }
    }

    /// Appends an element and returns its offset, or 0 when it was not negotiated.
    fn element(&mut self, id: u8, data: &[u8]) -> usize {
        if id == 0 || id > MAX_ONE_BYTE_ID || data.is_empty() {
            return 0;
        }
        let at = self.len;
        let len = u8::try_from(data.len() - 1).expect("invariant: elements are at most 16 bytes");
        self.set(at, &[(id << 4) | len]);
        self.set(at + 1, data);
        self.len += 1 + data.len();
        at
    }

    fn set(&mut self, at: usize, data: &[u8]) {
        put(&mut self.bytes, at, data).expect("invariant: a template is under 48 bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Header, ReadExtensions};
    use super::*;

    const IDS: ExtensionIds = ExtensionIds {
        mid: 4,
        rid: 0,
        repaired_rid: 0,
        audio_level: 1,
        orientation: 13,
        abs_send_time: 2,
        transport_cc: 3,
    };

    #[test]
    fn what_is_written_is_read_back_with_the_receivers_ids() {
        let template = HeaderTemplate::new(0xdead_beef, "12", IDS);
        let fields = Fields { marker: true, has_padding: false, payload_type: 96, sequence: 7, timestamp: 9 };
        let stamps = Stamps {
            abs_send_time: 0x01_02_03,
            transport_cc: 0x1234,
            audio_level: Some(0x85),
            orientation: None,
        };
        let mut packet = [0xff; 100];
        template.write(&mut packet, fields, &stamps).unwrap();
        let header = Header::parse(&packet).unwrap();
        assert_eq!(header.len, template.len());
        assert!(header.marker && !header.has_padding);
        assert_eq!((header.payload_type, header.sequence, header.timestamp), (96, 7, 9));
        assert_eq!(header.ssrc, 0xdead_beef);
        let read = ReadExtensions::read(&header, &packet, &IDS);
        assert_eq!(read.mid, Some(&b"12"[..]));
        assert_eq!(read.transport_cc, Some(0x1234));
        assert_eq!(read.audio_level, Some(0x85));
        assert_eq!(read.orientation, None);
        // The next packet is not haunted by the values of the previous one.
        template.write(&mut packet, fields, &Stamps::default()).unwrap();
        let header = Header::parse(&packet).unwrap();
        assert_eq!(ReadExtensions::read(&header, &packet, &IDS).audio_level, None);
    }

    #[test]
    fn the_longest_header_fits_and_a_longer_mid_is_left_out() {
        let longest = HeaderTemplate::new(1, &"m".repeat(16), IDS);
        assert!(longest.len() <= MAX_HEADER_BYTES);
        let without = HeaderTemplate::new(1, &"m".repeat(17), IDS);
        let mut packet = [0; MAX_HEADER_BYTES];
        let fields = Fields { marker: false, has_padding: false, payload_type: 1, sequence: 1, timestamp: 1 };
        without.write(&mut packet, fields, &Stamps::default()).unwrap();
        let header = Header::parse(&packet).unwrap();
        assert_eq!(ReadExtensions::read(&header, &packet, &IDS).mid, None);
        assert_eq!(longest.write(&mut packet[..20], fields, &Stamps::default()), None);
    }

    #[test]
    fn without_negotiated_extensions_the_header_is_twelve_bytes() {
        let ids = ExtensionIds { mid: 15, ..ExtensionIds::default() };
        let template = HeaderTemplate::new(1, "0", ids);
        assert_eq!(template.len(), 12);
        let mut packet = [0; 12];
        let fields = Fields { marker: false, has_padding: true, payload_type: 1, sequence: 1, timestamp: 1 };
        template.write(&mut packet, fields, &Stamps::default()).unwrap();
        assert!(Header::parse(&packet).unwrap().has_padding);
    }
}
