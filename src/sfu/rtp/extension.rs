//! Header extensions a publisher sends (RFC 8285), read in one pass without allocation.
use super::Header;
use crate::bytes::u16_at;

/// Profile of the one-byte form.
const ONE_BYTE: u16 = 0xbede;
/// Profile of the two-byte form; the low four bits are free for the application.
const TWO_BYTE: u16 = 0x1000;

/// Which id means what on one connection. 0 stands for "not negotiated". In a bundle an id means the same in every
/// section (RFC 8843, section 9.2), so one set per peer is enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExtensionIds {
    /// Which media section the packet belongs to.
    pub(crate) mid: u8,
    /// Which simulcast layer.
    pub(crate) rid: u8,
    /// Which simulcast layer this packet repairs.
    pub(crate) repaired_rid: u8,
    /// Loudness and voice flag (RFC 6464).
    pub(crate) audio_level: u8,
    /// How the camera is held (3GPP TS 26.114).
    pub(crate) orientation: u8,
    /// Departure time.
    pub(crate) abs_send_time: u8,
    /// Transport-wide sequence number.
    pub(crate) transport_cc: u8,
}

/// What one packet's extensions say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReadExtensions<'a> {
    /// Media section.
    pub(crate) mid: Option<&'a [u8]>,
    /// The packet names a simulcast layer it repairs: it is a retransmission.
    pub(crate) repaired_rid: Option<&'a [u8]>,
    /// Loudness and voice flag, as on the wire.
    pub(crate) audio_level: Option<u8>,
    /// Orientation, as on the wire.
    pub(crate) orientation: Option<u8>,
    /// Transport-wide sequence number.
    pub(crate) transport_cc: Option<u16>,
}

impl<'a> ReadExtensions<'a> {
    /// Reads the extensions of `packet`. Damaged blocks end the reading; what was read before counts.
    pub(crate) fn read(header: &Header, packet: &'a [u8], ids: &ExtensionIds) -> Self {
        let mut read = Self::default();
        let block = header.extension_block(packet);
        if header.extension_profile == ONE_BYTE {
            read.one_byte(block, ids);
        } else if header.extension_profile & 0xfff0 == TWO_BYTE {
            read.two_byte(block, ids);
        }
        read
    }

    fn one_byte(&mut self, mut block: &'a [u8], ids: &ExtensionIds) {
        while let Some((&first, rest)) = block.split_first() {
            block = rest;
            let id = first >> 4;
            match id {
                0 => continue,
                15 => return,
                _ => {}
            }
            let Some((data, rest)) = block.split_at_checked(usize::from(first & 0x0f) + 1) else {
                return;
            };
            self.take(id, data, ids);
            block = rest;
        }
    }

    fn two_byte(&mut self, mut block: &'a [u8], ids: &ExtensionIds) {
        while let Some((&id, rest)) = block.split_first() {
            block = rest;
            if id == 0 {
                continue;
            }
            let Some((&len, rest)) = block.split_first() else {
                return;
            };
            let Some((data, rest)) = rest.split_at_checked(usize::from(len)) else {
                return;
            };
            self.take(id, data, ids);
            block = rest;
        }
    }

    fn take(&mut self, id: u8, data: &'a [u8], ids: &ExtensionIds) {
        if id == ids.transport_cc {
            self.transport_cc = u16_at(data, 0);
        } else if id == ids.mid {
            self.mid = Some(data);
        } else if id == ids.audio_level {
            self.audio_level = data.first().copied();
        } else if id == ids.orientation {
            self.orientation = data.first().copied();
        } else if id == ids.repaired_rid {
            self.repaired_rid = Some(data);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: ExtensionIds = ExtensionIds {
        mid: 4,
        rid: 10,
        repaired_rid: 11,
        audio_level: 1,
        orientation: 13,
        abs_send_time: 2,
        transport_cc: 3,
    };

    #[test]
    fn both_forms_are_read() {
        let one_byte = [0x10, 0x85, 0x22, 1, 2, 3, 0x31, 0x12, 0x34, 0x40, b'7', 0xd0, 0x02, 0, 0];
        let two_byte = [1, 1, 0x85, 2, 3, 1, 2, 3, 0, 3, 2, 0x12, 0x34, 4, 1, b'7', 13, 1, 2];
        for (profile, block) in [(0xbede, &one_byte[..]), (0x1000, &two_byte[..]), (0x100f, &two_byte[..])] {
            let read = read(profile, block);
            assert_eq!(read.audio_level, Some(0x85));
            assert_eq!(read.transport_cc, Some(0x1234));
            assert_eq!(read.mid, Some(&b"7"[..]));
            assert_eq!(read.orientation, Some(2));
            assert_eq!(read.repaired_rid, None);
        }
    }

    #[test]
    fn a_damaged_block_ends_the_reading_only() {
        // Audio level, then an element that claims more than there is.
        assert_eq!(read(0xbede, &[0x10, 0x85, 0x3f, 1]).audio_level, Some(0x85));
        assert_eq!(read(0xbede, &[0x10, 0x85, 0x3f, 1]).transport_cc, None);
        // Id 15 stops the reading (RFC 8285, section 4.2).
        assert_eq!(read(0xbede, &[0xf0, 0x00, 0x10, 0x85]).audio_level, None);
        assert_eq!(read(0x1000, &[1, 1, 0x85, 3]).audio_level, Some(0x85));
        assert_eq!(read(0x1000, &[3, 200, 1]).transport_cc, None);
        // A transport-wide number that is too short is none.
        assert_eq!(read(0xbede, &[0x30, 1]).transport_cc, None);
        // An unknown profile means nothing.
        assert_eq!(read(0xabcd, &[0x10, 0x85]), ReadExtensions::default());
    }

    #[test]
    fn an_id_that_was_not_negotiated_is_never_found() {
        let none = ExtensionIds::default();
        let mut packet = vec![0x90, 0x60, 0, 7, 0, 0, 0, 9, 0, 0, 0, 3, 0xbe, 0xde, 0, 1];
        packet.extend_from_slice(&[0x00, 0x10, 0x85, 0x00]);
        let header = Header::parse(&packet).unwrap();
        assert_eq!(ReadExtensions::read(&header, &packet, &none), ReadExtensions::default());
    }

    fn read(profile: u16, block: &[u8]) -> ReadExtensions<'static> {
        let mut padded = block.to_vec();
        padded.resize(block.len().next_multiple_of(4), 0);
        let mut packet = vec![0x90, 0x60, 0, 7, 0, 0, 0, 9, 0, 0, 0, 3];
        packet.extend_from_slice(&profile.to_be_bytes());
        packet.extend_from_slice(&u16::try_from(padded.len() / 4).unwrap().to_be_bytes());
        packet.extend_from_slice(&padded);
        let packet: &'static [u8] = packet.leak();
        let header = Header::parse(packet).unwrap();
        ReadExtensions::read(&header, packet, &IDS)
    }
}
