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

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM};

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: String = hex.split_whitespace().collect();
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
    }

    fn gcm(algorithm: &'static Algorithm) -> Gcm {
        let key: Vec<u8> = (0..).take(algorithm.key_len()).collect();
        let salt = *b"Quid pro quo";
        Gcm::new(algorithm, &key, salt, &key, salt).unwrap()
    }

    #[test]
    fn rtp_is_sealed_as_in_section_16_of_rfc_7714() {
        let packet = bytes(
            "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465
             73207472 6573",
        );
        let rows = [
            (
                &AES_128_GCM,
                "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b
                 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce",
            ),
            (
                &AES_256_GCM,
                "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f
                 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13",
            ),
        ];
        for (algorithm, expected) in rows {
            let mut buffer = packet.clone();
            buffer.resize(100, 0);
            let gcm = gcm(algorithm);
            let len = gcm.seal_rtp(&mut buffer, 12, packet.len(), 0x5501_a0b2, 0xf17b).unwrap();
            assert_eq!(buffer[..len], bytes(expected), "{algorithm:?}");
            let opened = gcm.open_rtp(&mut buffer[..len], 12, 0x5501_a0b2, 0xf17b).unwrap();
            assert_eq!(buffer[..opened], packet, "{algorithm:?}");
        }
    }

    #[test]
    fn rtcp_is_sealed_as_in_section_17_of_rfc_7714() {
        let packet = bytes(
            "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef
             deadbeef deadbeef",
        );
        let rows = [
            (
                &AES_128_GCM,
                "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46
                 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4",
            ),
            (
                &AES_256_GCM,
                "81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658
                 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4",
            ),
        ];
        for (algorithm, expected) in rows {
            let mut buffer = packet.clone();
            buffer.resize(100, 0);
            let cipher = Cipher::Gcm(gcm(algorithm));
            let len = cipher.seal_rtcp(&mut buffer, packet.len(), 0x4d61_7273, 0x5d4).unwrap();
            assert_eq!(buffer[..len], bytes(expected), "{algorithm:?}");
            assert_eq!(cipher.rtcp_index(&buffer[..len]), Some((true, 0x5d4)));
            let opened = cipher.open_rtcp(&mut buffer[..len], 0x4d61_7273, 0x5d4).unwrap();
            assert_eq!(buffer[..opened], packet, "{algorithm:?}");
        }
    }
}
