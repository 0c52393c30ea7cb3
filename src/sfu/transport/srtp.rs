//! SRTP and SRTCP of one peer: both directions, in place (RFC 3711, RFC 7714, RFC 5764).
//!
//! ```text
//!   DTLS keying material ─▶ keys ─▶ one Cipher per direction
//!   seal: packet ─▶ Streams: index, never used before ─▶ Cipher ─▶ datagram
//!   open: datagram ─▶ Streams: index, not seen yet ─▶ Cipher ─▶ seen ─▶ packet
//! ```
//!
//! Once every stream has been seen, nothing is allocated.
//!
//! Invariants
//! - No index of a stream is sealed twice: under AES-GCM and AES-CM that would give the plaintext away. An index that
//!   cannot be told from a used one is refused.
//! - What does not authenticate leaves no trace, in no table.
//! - Unencrypted SRTCP is refused: nothing in DTLS-SRTP negotiates it.

mod cipher;
mod keys;
mod streams;

use super::Rejected;
use crate::bytes::{u16_at, u32_at};
use cipher::Cipher;
use dimpl::SrtpProfile;
use streams::{Streams, WhenFull};

/// Streams one peer is sent: two for each section of the largest offer, and as many again for sections that came to be
/// in the places of others. A further one is not sent.
const MAX_SENT: usize = 4 * model::limits::MAX_MEDIA_SECTIONS;
/// Streams of one peer whose state is kept. The one that was silent longest goes; the caller admits far fewer at once.
const MAX_RECEIVED: usize = 256;
/// Where the payload of the first RTCP packet begins, and encryption with it.
const RTCP_HEADER_BYTES: usize = 8;
/// SRTCP has 31 bits for its index.
const MAX_RTCP_INDEX: u32 = 0x7fff_ffff;

/// Both directions.
pub(super) struct Srtp {
    outbound: Cipher,
    inbound: Cipher,
    sent: Streams,
    received: Streams,
    /// SRTCP indexes that were seen.
    reported: Streams,
    /// The last SRTCP index, one sequence for all SSRCs.
    rtcp_index: u32,
}

impl Srtp {
    /// The DTLS server's side. `None` when the profile is unknown or the material is not of its length.
    pub(super) fn server(profile: SrtpProfile, material: &[u8]) -> Option<Self> {
        let (outbound, inbound) = keys::server(profile, material)?;
        Some(Self {
            outbound,
            inbound,
            sent: Streams::new(MAX_SENT, WhenFull::Refuse),
            received: Streams::new(MAX_RECEIVED, WhenFull::ForgetOldest),
            reported: Streams::new(MAX_RECEIVED, WhenFull::ForgetOldest),
            rtcp_index: 0,
        })
    }

    /// Protects the RTP packet in the first `len` bytes of `buffer`, whose header takes `header_len`. Returns the length
    /// of the datagram.
    ///
    /// # Errors
    /// It does not fit the buffer, its sequence number was used before or lies too far behind, or there are too many
    /// streams.
    pub(super) fn seal_rtp(
        &mut self,
        buffer: &mut [u8],
        header_len: usize,
        len: usize,
    ) -> Result<usize, Rejected> {
        let (ssrc, sequence) = ssrc_and_sequence(buffer)?;
        let place = self.sent.find(ssrc);
        let index = self.sent.index(place, sequence).ok_or(Rejected)?;
        if !self.sent.has_room(place) {
            return Err(Rejected);
        }
        let sealed = self.outbound.seal_rtp(buffer, header_len, len, ssrc, index).ok_or(Rejected)?;
        self.sent.record(place, ssrc, index);
        Ok(sealed)
    }

    /// Authenticates and decrypts an RTP packet whose header takes `header_len`. Returns its length.
    ///
    /// # Errors
    /// It does not authenticate, or was seen before, or lies too far behind to know.
    pub(super) fn open_rtp(&mut self, datagram: &mut [u8], header_len: usize) -> Result<usize, Rejected> {
        let (ssrc, sequence) = ssrc_and_sequence(datagram)?;
        let place = self.received.find(ssrc);
        let index = self.received.index(place, sequence).ok_or(Rejected)?;
        let len = self.inbound.open_rtp(datagram, header_len, ssrc, index).ok_or(Rejected)?;
        self.received.record(place, ssrc, index);
        Ok(len)
    }

    /// Protects the compound RTCP packet in the first `len` bytes of `buffer`. Returns the length of the datagram.
    ///
    /// # Errors
    /// It does not fit the buffer, is no RTCP packet, or all indexes are used.
    pub(super) fn seal_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, Rejected> {
        if len < RTCP_HEADER_BYTES || self.rtcp_index >= MAX_RTCP_INDEX {
            return Err(Rejected);
        }
        // Whether or not sealing succeeds, the index is used.
        self.rtcp_index += 1;
        let ssrc = u32_at(buffer, 4).ok_or(Rejected)?;
        self.outbound.seal_rtcp(buffer, len, ssrc, self.rtcp_index).ok_or(Rejected)
    }

    /// Authenticates and decrypts a compound RTCP packet. Returns its length.
    ///
    /// # Errors
    /// It does not authenticate, is not encrypted, was seen before, or lies too far behind to know.
    pub(super) fn open_rtcp(&mut self, datagram: &mut [u8]) -> Result<usize, Rejected> {
        let ssrc = u32_at(datagram, 4).ok_or(Rejected)?;
        let (is_encrypted, index) = self.inbound.rtcp_index(datagram).ok_or(Rejected)?;
        let place = self.reported.find(ssrc);
        if !is_encrypted || !self.reported.admits(place, u64::from(index)) {
            return Err(Rejected);
        }
        let len = self.inbound.open_rtcp(datagram, ssrc, index).ok_or(Rejected)?;
        self.reported.record(place, ssrc, u64::from(index));
        Ok(len)
    }
}

fn ssrc_and_sequence(packet: &[u8]) -> Result<(u32, u16), Rejected> {
    u32_at(packet, 8).zip(u16_at(packet, 2)).ok_or(Rejected)
}

#[cfg(test)]
#[path = "srtp/tests.rs"]
mod tests;
