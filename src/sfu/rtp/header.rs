//! A view of one RTP header (RFC 3550, section 5.1): numbers and lengths, no copy of the packet.
use crate::bytes::{u8_at, u16_at, u32_at};

/// Bytes of the fixed part of the header.
pub(crate) const FIXED_BYTES: usize = 12;

/// The header of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The last packet of a video frame; the first of a talk spurt.
    pub(crate) marker: bool,
    /// The packet ends with padding.
    pub(crate) has_padding: bool,
    /// 0–127.
    pub(crate) payload_type: u8,
    /// Wraps at 2^16.
    pub(crate) sequence: u16,
    /// In units of the codec's clock.
    pub(crate) timestamp: u32,
    /// The stream.
    pub(crate) ssrc: u32,
    /// Bytes from the start of the packet to its payload: also what SRTP leaves in the clear.
    pub(crate) len: usize,
    /// Profile of the extension block ("defined by profile"), 0 when there is none.
    pub(crate) extension_profile: u16,
    /// Where the extension block's elements start.
    pub(crate) extension_start: usize,
}

impl Header {
    /// Reads the header; `None` when the bytes are no RTP packet.
    pub(crate) fn parse(packet: &[u8]) -> Option<Self> {
        let first = u8_at(packet, 0)?;
        let second = u8_at(packet, 1)?;
        if first >> 6 != 2 {
            return None;
        }
        let mut len = FIXED_BYTES + usize::from(first & 0x0f) * 4;
        let mut extension_profile = 0;
        let mut extension_start = len;
        if first & 0x10 != 0 {
            extension_profile = u16_at(packet, len)?;
            let words = usize::from(u16_at(packet, len + 2)?);
            extension_start = len + 4;
            len = extension_start + words * 4;
        }
        if packet.len() < len {
            return None;
        }
        Some(Self {
            marker: second & 0x80 != 0,
            has_padding: first & 0x20 != 0,
            payload_type: second & 0x7f,
            sequence: u16_at(packet, 2)?,
            timestamp: u32_at(packet, 4)?,
            ssrc: u32_at(packet, 8)?,
            len,
            extension_profile,
            extension_start,
        })
    }

    /// The header extension elements of `packet`, which this header was read from.
    pub(crate) fn extension_block<'a>(&self, packet: &'a [u8]) -> &'a [u8] {
        packet.get(self.extension_start..self.len).unwrap_or_default()
    }

    /// The payload of the decrypted `packet` without its padding; empty for padding-only packets. `None` when the
    /// padding length is a lie.
    pub(crate) fn payload<'a>(&self, packet: &'a [u8]) -> Option<&'a [u8]> {
        let payload = packet.get(self.len..)?;
        if !self.has_padding {
            return Some(payload);
        }
        let padding = usize::from(*payload.last()?);
        if padding == 0 {
            return None;
        }
        payload.get(..payload.len().checked_sub(padding)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_or_refused() {
        let plain = [0x80, 0xe0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 3, 0xaa];
        let header = Header::parse(&plain).unwrap();
        assert!(header.marker);
        assert_eq!((header.payload_type, header.sequence, header.timestamp, header.ssrc), (96, 7, 9, 3));
        assert_eq!(header.len, 12);
        assert_eq!(header.payload(&plain), Some(&[0xaa][..]));

        let refused: [&[u8]; 5] = [
            &[],
            &plain[..11],
            // Version 1.
            &[0x40, 0x60, 0, 7, 0, 0, 0, 9, 0, 0, 0, 3],
            // Fifteen contributing sources that are not there.
            &[0x8f, 0x60, 0, 7, 0, 0, 0, 9, 0, 0, 0, 3],
            // An extension longer than the packet.
            &[0x90, 0x60, 0, 7, 0, 0, 0, 9, 0, 0, 0, 3, 0xbe, 0xde, 0xff, 0xff],
        ];
        for bytes in refused {
            assert_eq!(Header::parse(bytes), None, "{bytes:02x?}");
        }
    }

    #[test]
    fn contributing_sources_and_extensions_count_into_the_header() {
        let packet =
            [0x91, 0x60, 0, 7, 0, 0, 0, 9, 0, 0, 0, 3, 1, 1, 1, 1, 0xbe, 0xde, 0, 1, 0x10, 0x41, 0, 0, 0xcc];
        let header = Header::parse(&packet).unwrap();
        assert_eq!(header.len, 24);
        assert_eq!(header.extension_profile, 0xbede);
        assert_eq!(header.extension_block(&packet), &[0x10, 0x41, 0, 0]);
        assert_eq!(header.payload(&packet), Some(&[0xcc][..]));
    }

    #[test]
    fn padding_is_cut_and_a_lie_about_it_is_refused() {
        let rows: [(&[u8], Option<&[u8]>); 5] = [
            (&[7, 7, 0, 2], Some(&[7, 7])),
            (&[0, 0, 0, 4], Some(&[])),
            (&[7, 7, 0, 0], None),
            (&[7, 7, 0, 5], None),
            (&[], None),
        ];
        for (payload, expected) in rows {
            let mut packet = vec![0xa0, 0x60, 0, 7, 0, 0, 0, 9, 0, 0, 0, 3];
            packet.extend_from_slice(payload);
            let header = Header::parse(&packet).unwrap();
            assert_eq!(header.payload(&packet), expected, "{payload:?}");
        }
    }
}
