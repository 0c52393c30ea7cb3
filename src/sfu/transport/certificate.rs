//! Who a DTLS peer is: our certificate, and the fingerprint by which a certificate is promised in SDP (RFC 8122).
use aws_lc_rs::digest;
use dimpl::{Config, DtlsCertificate, certificate::generate_self_signed_certificate};
use std::fmt;
use std::sync::Arc;

/// Bytes of a SHA-256 hash.
const HASH_BYTES: usize = 32;

/// SHA-256 of a certificate in DER.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; HASH_BYTES]);

impl Fingerprint {
    /// The fingerprint of a certificate in DER.
    pub(crate) fn of(certificate: &[u8]) -> Self {
        let mut hash = [0; HASH_BYTES];
        let digest = digest::digest(&digest::SHA256, certificate);
        for (to, from) in hash.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        Self(hash)
    }

    /// Reads the value of an SDP attribute, `sha-256 AA:BB:…`, in either case. `None` for other hash functions and for
    /// anything that is not 32 bytes in hexadecimal.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let (function, hex) = value.trim().split_once(' ')?;
        if !function.eq_ignore_ascii_case("sha-256") {
            return None;
        }
        let mut hash = [0; HASH_BYTES];
        let mut bytes = hex.trim_start().split(':');
        for place in &mut hash {
            *place = hex_byte(bytes.next()?)?;
        }
        bytes.next().is_none().then_some(Self(hash))
    }
}

/// Exactly two hexadecimal digits.
fn hex_byte(text: &str) -> Option<u8> {
    let is_byte = text.len() == 2 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_byte.then(|| u8::from_str_radix(text, 16).ok())?
}

/// `AA:BB:…`, as SDP wants it behind the name of the hash function.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02X}", if place == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A certificate with its private key, and the settings of every DTLS connection made with it. Cheap to clone.
#[derive(Clone)]
pub struct Certificate {
    pub(super) config: Arc<Config>,
    pub(super) certificate: Arc<DtlsCertificate>,
    fingerprint: Fingerprint,
}

impl Certificate {
    /// A fresh self-signed certificate on P-256. The one thing in this crate that reads the clock (its validity, which
    /// nobody checks: the fingerprint is what counts) and the system's randomness; made once, at start.
    ///
    /// # Panics
    /// When the system has no randomness.
    pub fn generate() -> Self {
        let certificate = generate_self_signed_certificate()
            .expect("invariant: only a system without randomness makes no keys");
        Self {
            config: Arc::new(super::dtls::config()),
            fingerprint: Fingerprint::of(&certificate.certificate),
            certificate: Arc::new(certificate),
        }
    }

    /// What the answers promise.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

/// Without the private key.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificate").field(&self.fingerprint).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:0F";

    #[test]
    fn fingerprints_are_read_in_either_case_and_written_in_upper_case() {
        for value in [
            format!("sha-256 {TEXT}"),
            format!("SHA-256 {}", TEXT.to_lowercase()),
            format!(" sha-256  {TEXT} "),
        ] {
            assert_eq!(Fingerprint::parse(&value).unwrap().to_string(), TEXT, "{value}");
        }
    }

    #[test]
    fn what_is_no_sha_256_fingerprint_is_refused() {
        let refused = [
            String::new(),
            "sha-256".to_owned(),
            "sha-256 ".to_owned(),
            TEXT.to_owned(),
            format!("sha-1 {TEXT}"),
            format!("sha-256 {}", &TEXT[3..]),
            format!("sha-256 {TEXT}:00"),
            format!("sha-256 {TEXT}:"),
            format!("sha-256 {}", TEXT.replace(':', "")),
            format!("sha-256 {}", TEXT.replacen("00", "+0", 1)),
            format!("sha-256 {}", TEXT.replacen("00", "0", 1)),
            format!("sha-256 {}", TEXT.replacen("00", "0g", 1)),
            format!("sha-256 {}", TEXT.replacen("00", "é", 1)),
        ];
        for value in refused {
            assert_eq!(Fingerprint::parse(&value), None, "{value}");
        }
    }

    #[test]
    fn the_fingerprint_is_the_sha_256_of_the_certificate() {
        let certificate = Certificate::generate();
        // By another implementation.
        assert_eq!(certificate.fingerprint().to_string(), certificate.certificate.fingerprint_str());
        assert_ne!(certificate.fingerprint(), Certificate::generate().fingerprint());
        assert_eq!(
            Fingerprint::of(b"abc").to_string().replace(':', "").to_lowercase(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "FIPS 180-4"
        );
    }

    #[test]
    fn a_private_key_is_not_printed() {
        let certificate = Certificate::generate();
        assert_eq!(format!("{certificate:?}"), format!("Certificate({})", certificate.fingerprint()));
    }
}
