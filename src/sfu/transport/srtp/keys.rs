//! From what DTLS exports to the session keys: split (RFC 5764, section 4.2), then derived (RFC 3711, section 4.3; RFC
//! 7714, section 11).
use super::cipher::{Cipher, Cm, Gcm};
use crate::bytes::put;
use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM};
use aws_lc_rs::cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use dimpl::SrtpProfile;

/// Bytes of the longest key.
const MAX_KEY_BYTES: usize = 32;
/// Bytes of an AES-CM salt; those of AES-GCM are shorter.
const MAX_SALT_BYTES: usize = 14;
/// Bytes of a key for HMAC-SHA1.
const AUTHENTICATION_KEY_BYTES: usize = 20;

/// What a derived key is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Label {
    RtpEncryption = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpEncryption = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

/// The master key and salt of one direction.
#[derive(Clone, Copy)]
pub(super) struct Master<'a> {
    pub(super) key: &'a [u8],
    pub(super) salt: &'a [u8],
}

/// The DTLS server's ciphers: outbound, inbound. `None` when the profile is unknown or the material is not of its
/// length.
pub(super) fn server(profile: SrtpProfile, material: &[u8]) -> Option<(Cipher, Cipher)> {
    let (key_len, salt_len) = match profile {
        SrtpProfile::AEAD_AES_256_GCM => (32, 12),
        SrtpProfile::AEAD_AES_128_GCM => (16, 12),
        SrtpProfile::AES128_CM_SHA1_80 => (16, 14),
        _ => return None,
    };
    // client key │ server key │ client salt │ server salt
    let (client_key, rest) = material.split_at_checked(key_len)?;
    let (server_key, rest) = rest.split_at_checked(key_len)?;
    let (client_salt, server_salt) = rest.split_at_checked(salt_len)?;
    if server_salt.len() != salt_len {
        return None;
    }
    let outbound = cipher(profile, Master { key: server_key, salt: server_salt })?;
    let inbound = cipher(profile, Master { key: client_key, salt: client_salt })?;
    Some((outbound, inbound))
}

/// The cipher of one direction.
pub(super) fn cipher(profile: SrtpProfile, master: Master<'_>) -> Option<Cipher> {
    let gcm = |algorithm, key_len| {
        let mut keys = [[0; MAX_KEY_BYTES]; 2];
        let [rtp, rtcp] = &mut keys;
        let (rtp, rtcp) = (rtp.get_mut(..key_len)?, rtcp.get_mut(..key_len)?);
        derive(master, Label::RtpEncryption, rtp)?;
        derive(master, Label::RtcpEncryption, rtcp)?;
        let mut salts = [[0; 12]; 2];
        let [rtp_salt, rtcp_salt] = &mut salts;
        derive(master, Label::RtpSalt, rtp_salt)?;
        derive(master, Label::RtcpSalt, rtcp_salt)?;
        Some(Cipher::Gcm(Gcm::new(algorithm, rtp, *rtp_salt, rtcp, *rtcp_salt)?))
    };
    match profile {
        SrtpProfile::AEAD_AES_256_GCM => gcm(&AES_256_GCM, 32),
        SrtpProfile::AEAD_AES_128_GCM => gcm(&AES_128_GCM, 16),
        SrtpProfile::AES128_CM_SHA1_80 => Some(Cipher::Cm(Box::new(cm(master)?))),
        _ => None,
    }
}

fn cm(master: Master<'_>) -> Option<Cm> {
    let half = |encryption, authentication, salting| {
        let mut key = [0; 16];
        let mut authentication_key = [0; AUTHENTICATION_KEY_BYTES];
        let mut salt = [0; MAX_SALT_BYTES];
        derive(master, encryption, &mut key)?;
        derive(master, authentication, &mut authentication_key)?;
        derive(master, salting, &mut salt)?;
        Cm::half(&key, &authentication_key, salt)
    };
    Some(Cm {
        rtp: half(Label::RtpEncryption, Label::RtpAuthentication, Label::RtpSalt)?,
        rtcp: half(Label::RtcpEncryption, Label::RtcpAuthentication, Label::RtcpSalt)?,
    })
}

/// Fills `out` with the key stream of the master key, which starts where the label says. The key derivation rate is
/// zero: keys are derived once.
pub(super) fn derive(master: Master<'_>, label: Label, out: &mut [u8]) -> Option<()> {
    let algorithm = if master.key.len() == 32 { &AES_256 } else { &AES_128 };
    let key = EncryptingKey::ctr(UnboundCipherKey::new(algorithm, master.key).ok()?).ok()?;
    let mut counter = [0; 16];
    put(counter.get_mut(..MAX_SALT_BYTES)?, 0, master.salt)?;
    *counter.get_mut(7)? ^= label as u8;
    out.fill(0);
    key.less_safe_encrypt(out, EncryptionContext::Iv128(counter.into())).ok()?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn keys_are_derived_as_in_appendix_b_3_of_rfc_3711() {
        let (key, salt) = (bytes("E1F97A0D3E018BE0D64FA32C06DE4139"), bytes("0EC675AD498AFEEBB6960B3AABE6"));
        let master = Master { key: &key, salt: &salt };
        let rows = [
            (Label::RtpEncryption, "C61E7A93744F39EE10734AFE3FF7A087"),
            (Label::RtpSalt, "30CBBC08863D8C85D49DB34A9AE1"),
            (
                Label::RtpAuthentication,
                "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF722709\
                 86371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2DC\
                 68",
            ),
        ];
        for (label, expected) in rows {
            let expected = bytes(expected);
            let mut out = vec![0xff; expected.len()];
            derive(master, label, &mut out).unwrap();
            assert_eq!(out, expected, "{label:?}");
        }
    }

    #[test]
    fn keying_material_has_one_length_per_profile() {
        for profile in SrtpProfile::ALL {
            let len = profile.keying_material_len();
            assert!(server(*profile, &vec![7; len]).is_some(), "{profile}");
            assert!(server(*profile, &vec![7; len - 1]).is_none(), "{profile}");
            assert!(server(*profile, &vec![7; len + 1]).is_none(), "{profile}");
            assert!(server(*profile, &[]).is_none(), "{profile}");
        }
    }
}
