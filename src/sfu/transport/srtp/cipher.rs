//! The bytes of protected packets: AES-GCM (RFC 7714) and AES-CM with HMAC-SHA1-80 (RFC 3711).
//!
//! ```text
//!   GCM   RTP   header │ ciphertext │ tag 16             RTCP  8 bytes │ ciphertext │ tag 16 │ E, index 4
//!   CM    RTP   header │ ciphertext │ tag 10             RTCP  8 bytes │ ciphertext │ E, index 4 │ tag 10
//! ```
//!
//! In place, without allocation. Which index a packet has, and whether it may be used, is decided by the caller.
use super::RTCP_HEADER_BYTES;
use crate::bytes::{put, u32_at};
use aws_lc_rs::aead::{Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

/// Bytes of an AES-GCM tag.
const GCM_TAG_BYTES: usize = 16;
/// Bytes of a shortened HMAC-SHA1.
const CM_TAG_BYTES: usize = 10;
/// Bytes of the SRTCP index with its E bit.
const INDEX_BYTES: usize = 4;
/// The E bit: the packet is encrypted.
const ENCRYPTED: u32 = 1 << 31;

/// The protection of one direction.
pub(super) enum Cipher {
    /// AEAD_AES_128_GCM or AEAD_AES_256_GCM.
    Gcm(Gcm),
    /// AES128_CM_SHA1_80, for clients that know no better.
    Cm(Box<Cm>),
}

impl Cipher {
    /// Protects the first `len` bytes of `buffer`; `None` when they are fewer than the header or leave no room for the
    /// tag.
    pub(super) fn seal_rtp(
        &self,
        buffer: &mut [u8],
        header_len: usize,
        len: usize,
        ssrc: u32,
        index: u64,
    ) -> Option<usize> {
        match self {
            Self::Gcm(gcm) => gcm.seal_rtp(buffer, header_len, len, ssrc, index),
            Self::Cm(cm) => cm.rtp.seal_rtp(buffer, header_len, len, ssrc, index),
        }
    }

    /// Opens a datagram and returns the length of the packet; `None` when it does not authenticate.
    pub(super) fn open_rtp(
        &self,
        datagram: &mut [u8],
        header_len: usize,
        ssrc: u32,
        index: u64,
    ) -> Option<usize> {
        match self {
            Self::Gcm(gcm) => gcm.open_rtp(datagram, header_len, ssrc, index),
            Self::Cm(cm) => cm.rtp.open_rtp(datagram, header_len, ssrc, index),
        }
    }

    /// Protects the first `len` bytes of `buffer`, which are at least a header; `None` when there is no room for the
    /// rest.
    pub(super) fn seal_rtcp(&self, buffer: &mut [u8], len: usize, ssrc: u32, index: u32) -> Option<usize> {
        match self {
            Self::Gcm(gcm) => gcm.seal_rtcp(buffer, len, ssrc, index),
            Self::Cm(cm) => cm.rtcp.seal_rtcp(buffer, len, ssrc, index),
        }
    }

    /// Opens a datagram whose index is `index` and which is encrypted; returns the length of the packet, `None` when it
    /// does not authenticate.
    pub(super) fn open_rtcp(&self, datagram: &mut [u8], ssrc: u32, index: u32) -> Option<usize> {
        match self {
            Self::Gcm(gcm) => gcm.open_rtcp(datagram, ssrc, index),
            Self::Cm(cm) => cm.rtcp.open_rtcp(datagram, ssrc, index),
        }
    }

    /// The E bit and the index a datagram carries; `None` when it is too short to be one.
    pub(super) fn rtcp_index(&self, datagram: &[u8]) -> Option<(bool, u32)> {
        let behind = match self {
            Self::Gcm(_) => INDEX_BYTES,
            Self::Cm(_) => INDEX_BYTES + CM_TAG_BYTES,
        };
        let word = u32_at(datagram, datagram.len().checked_sub(behind)?)?;
        Some((word & ENCRYPTED != 0, word & !ENCRYPTED))
    }
}

/// AES-GCM.
pub(super) struct Gcm {
    rtp: LessSafeKey,
    rtp_salt: [u8; 12],
    rtcp: LessSafeKey,
    rtcp_salt: [u8; 12],
}

impl Gcm {
    /// `None` when a key is not of the algorithm's length.
    pub(super) fn new(
        algorithm: &'static Algorithm,
        rtp: &[u8],
        rtp_salt: [u8; 12],
        rtcp: &[u8],
        rtcp_salt: [u8; 12],
    ) -> Option<Self> {
        Some(Self {
            rtp: LessSafeKey::new(UnboundKey::new(algorithm, rtp).ok()?),
            rtp_salt,
            rtcp: LessSafeKey::new(UnboundKey::new(algorithm, rtcp).ok()?),
            rtcp_salt,
        })
    }

    fn seal_rtp(
        &self,
        buffer: &mut [u8],
        header_len: usize,
        len: usize,
        ssrc: u32,
        index: u64,
    ) -> Option<usize> {
        let packet = buffer.get_mut(..len.checked_add(GCM_TAG_BYTES)?)?;
        let (header, rest) = packet.split_at_mut_checked(header_len)?;
        let (payload, tag_place) = rest.split_at_mut_checked(len.checked_sub(header_len)?)?;
        let nonce = self.rtp_nonce(ssrc, index);
        let tag = self.rtp.seal_in_place_separate_tag(nonce, Aad::from(&*header), payload).ok()?;
        put(tag_place, 0, tag.as_ref())?;
        Some(len + GCM_TAG_BYTES)
    }

    fn open_rtp(&self, datagram: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Option<usize> {
        let (header, rest) = datagram.split_at_mut_checked(header_len)?;
        let nonce = self.rtp_nonce(ssrc, index);
        let payload = self.rtp.open_in_place(nonce, Aad::from(&*header), rest).ok()?;
        Some(header_len + payload.len())
    }

    fn seal_rtcp(&self, buffer: &mut [u8], len: usize, ssrc: u32, index: u32) -> Option<usize> {
        let packet = buffer.get_mut(..len.checked_add(GCM_TAG_BYTES + INDEX_BYTES)?)?;
        let (header, rest) = packet.split_at_mut_checked(RTCP_HEADER_BYTES)?;
        let (payload, behind) = rest.split_at_mut_checked(len.checked_sub(RTCP_HEADER_BYTES)?)?;
        let word = (index | ENCRYPTED).to_be_bytes();
        let aad = rtcp_aad(header, word)?;
        let nonce = self.rtcp_nonce(ssrc, index);
        let tag = self.rtcp.seal_in_place_separate_tag(nonce, Aad::from(aad), payload).ok()?;
        put(behind, 0, tag.as_ref())?;
        put(behind, GCM_TAG_BYTES, &word)?;
        Some(len + GCM_TAG_BYTES + INDEX_BYTES)
    }

    fn open_rtcp(&self, datagram: &mut [u8], ssrc: u32, index: u32) -> Option<usize> {
        let sealed_len = datagram.len().checked_sub(INDEX_BYTES)?;
        let (header, sealed) = datagram.get_mut(..sealed_len)?.split_at_mut_checked(RTCP_HEADER_BYTES)?;
        let aad = rtcp_aad(header, (index | ENCRYPTED).to_be_bytes())?;
        let nonce = self.rtcp_nonce(ssrc, index);
        let payload = self.rtcp.open_in_place(nonce, Aad::from(aad), sealed).ok()?;
        Some(RTCP_HEADER_BYTES + payload.len())
    }

    /// RFC 7714, section 8.1: zeros, SSRC, rollover counter, sequence number; the last two are the packet index.
    fn rtp_nonce(&self, ssrc: u32, index: u64) -> Nonce {
        nonce(ssrc, index, &self.rtp_salt)
    }

    /// RFC 7714, section 9.1: zeros, SSRC, zeros, SRTCP index without its E bit.
    fn rtcp_nonce(&self, ssrc: u32, index: u32) -> Nonce {
        nonce(ssrc, u64::from(index), &self.rtcp_salt)
    }
}

/// Two bytes of zeros, the SSRC, 48 bits of index, all masked with the salt.
fn nonce(ssrc: u32, index: u64, salt: &[u8; 12]) -> Nonce {
    let number = (u128::from(ssrc) << 48) | u128::from(index);
    let [_, _, _, _, bytes @ ..] = number.to_be_bytes();
    let mut nonce = bytes;
    for (byte, salt) in nonce.iter_mut().zip(salt) {
        *byte ^= salt;
    }
    Nonce::assume_unique_for_key(nonce)
}

/// RFC 7714, section 9.2: the first eight bytes of the packet, then E bit and index.
fn rtcp_aad(header: &[u8], word: [u8; INDEX_BYTES]) -> Option<[u8; RTCP_HEADER_BYTES + INDEX_BYTES]> {
    let mut aad = [0; RTCP_HEADER_BYTES + INDEX_BYTES];
    put(&mut aad, 0, header)?;
    put(&mut aad, RTCP_HEADER_BYTES, &word)?;
    Some(aad)
}

/// AES-CM with HMAC-SHA1-80. `rtc-srtp` has it too, but accepts SRTCP without its E bit unauthenticated and remembers
/// streams before they are authentic; so it is the reference in the tests and nothing else.
pub(super) struct Cm {
    /// For RTP.
    pub(super) rtp: CmHalf,
    /// For RTCP.
    pub(super) rtcp: CmHalf,
}

/// Keys for RTP, or for RTCP.
pub(super) struct CmHalf {
    encryption: EncryptingKey,
    authentication: hmac::Key,
    salt: [u8; 14],
}

impl Cm {
    /// `None` when a key is not of the algorithm's length.
    pub(super) fn half(encryption: &[u8], authentication: &[u8], salt: [u8; 14]) -> Option<CmHalf> {
        Some(CmHalf {
            encryption: EncryptingKey::ctr(UnboundCipherKey::new(&AES_128, encryption).ok()?).ok()?,
            authentication: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, authentication),
            salt,
        })
    }
}

impl CmHalf {
    fn seal_rtp(
        &self,
        buffer: &mut [u8],
        header_len: usize,
        len: usize,
        ssrc: u32,
        index: u64,
    ) -> Option<usize> {
        if buffer.len() < len.checked_add(CM_TAG_BYTES)? {
            return None;
        }
        self.apply(buffer.get_mut(header_len..len)?, ssrc, index)?;
        let tag = self.tag(buffer.get(..len)?, &rollover_counter(index));
        put(buffer, len, tag.as_ref().get(..CM_TAG_BYTES)?)?;
        Some(len + CM_TAG_BYTES)
    }

    fn open_rtp(&self, datagram: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Option<usize> {
        let len = datagram.len().checked_sub(CM_TAG_BYTES).filter(|len| *len >= header_len)?;
        let (packet, tag) = datagram.split_at_mut_checked(len)?;
        self.verify(packet, &rollover_counter(index), tag)?;
        self.apply(packet.get_mut(header_len..)?, ssrc, index)?;
        Some(len)
    }

    fn seal_rtcp(&self, buffer: &mut [u8], len: usize, ssrc: u32, index: u32) -> Option<usize> {
        if buffer.len() < len.checked_add(INDEX_BYTES + CM_TAG_BYTES)? {
            return None;
        }
        self.apply(buffer.get_mut(RTCP_HEADER_BYTES..len)?, ssrc, u64::from(index))?;
        put(buffer, len, &(index | ENCRYPTED).to_be_bytes())?;
        let tag = self.tag(buffer.get(..len + INDEX_BYTES)?, &[]);
        put(buffer, len + INDEX_BYTES, tag.as_ref().get(..CM_TAG_BYTES)?)?;
        Some(len + INDEX_BYTES + CM_TAG_BYTES)
    }

    fn open_rtcp(&self, datagram: &mut [u8], ssrc: u32, index: u32) -> Option<usize> {
        let (packet, tag) = datagram.split_at_mut_checked(datagram.len().checked_sub(CM_TAG_BYTES)?)?;
        let len = packet.len().checked_sub(INDEX_BYTES).filter(|len| *len >= RTCP_HEADER_BYTES)?;
        self.verify(packet, &[], tag)?;
        self.apply(packet.get_mut(RTCP_HEADER_BYTES..len)?, ssrc, u64::from(index))?;
        Some(len)
    }

    /// RFC 3711, section 4.1.1: the salt, with SSRC and index on it, then a block counter.
    fn apply(&self, payload: &mut [u8], ssrc: u32, index: u64) -> Option<()> {
        if payload.is_empty() {
            return Some(());
        }
        let mut salt = [0; 16];
        put(&mut salt, 0, &self.salt)?;
        let counter = u128::from_be_bytes(salt) ^ (u128::from(ssrc) << 64) ^ (u128::from(index) << 16);
        let context = EncryptionContext::Iv128(counter.to_be_bytes().into());
        self.encryption.less_safe_encrypt(payload, context).ok()?;
        Some(())
    }

    fn tag(&self, packet: &[u8], rollover_counter: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.authentication);
        context.update(packet);
        context.update(rollover_counter);
        context.sign()
    }

    fn verify(&self, packet: &[u8], rollover_counter: &[u8], tag: &[u8]) -> Option<()> {
        let expected = self.tag(packet, rollover_counter);
        verify_slices_are_equal(expected.as_ref().get(..CM_TAG_BYTES)?, tag).ok()
    }
}

fn rollover_counter(index: u64) -> [u8; 4] {
    let [_, _, counter @ .., _, _] = index.to_be_bytes();
    counter
}
