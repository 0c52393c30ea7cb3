//! The other side, for the tests: checks made by `rtc-stun`, a DTLS client of `dimpl`, SRTP by `rtc-srtp`.
use super::IceCredentials;
use crate::Transmits;
use dimpl::{
    Config, Dtls, DtlsCertificate, Output, SrtpProfile, certificate::generate_self_signed_certificate,
};
use rtc_srtp::context::Context;
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;
use rtc_stun::attributes::{ATTR_USERNAME, AttrType, RawAttribute};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, Message, MessageType, Setter, TransactionId};
use rtc_stun::textattrs::TextAttribute;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "where virtual time begins")]
pub(super) fn start() -> Instant {
    Instant::now()
}

pub(super) fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 7], port))
}

pub(super) fn credentials(ufrag: &str) -> IceCredentials {
    IceCredentials { ufrag: ufrag.to_owned(), pwd: format!("password-of-{ufrag}") }
}

/// A STUN message to be.
#[derive(Clone)]
pub(super) struct Check {
    pub(super) typ: MessageType,
    pub(super) username: Option<String>,
    pub(super) pwd: Option<String>,
    /// In front of MESSAGE-INTEGRITY.
    pub(super) attributes: Vec<(u16, Vec<u8>)>,
    pub(super) has_fingerprint: bool,
}

pub(super) const USE_CANDIDATE: u16 = 0x0025;
pub(super) const ICE_CONTROLLED: u16 = 0x8029;

impl Check {
    /// As Chromium sends it, without a nomination.
    pub(super) fn new(local: &str, remote: &str) -> Self {
        Self {
            typ: BINDING_REQUEST,
            username: Some(format!("{local}:{remote}")),
            pwd: Some(credentials(local).pwd),
            attributes: vec![
                (0xc057, vec![0, 1, 0, 10]),
                (0x802a, vec![1, 2, 3, 4, 5, 6, 7, 8]),
                (0x0024, vec![0x6e, 0, 1, 0xff]),
            ],
            has_fingerprint: true,
        }
    }

    pub(super) fn with(mut self, typ: u16, value: &[u8]) -> Self {
        self.attributes.push((typ, value.to_vec()));
        self
    }

    pub(super) fn nominating(self) -> Self {
        self.with(USE_CANDIDATE, &[])
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let provider = rtc_crypto::default_provider().unwrap();
        let mut setters: Vec<Box<dyn Setter + '_>> =
            vec![Box::new(self.typ), Box::new(TransactionId([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]))];
        if let Some(username) = &self.username {
            setters.push(Box::new(TextAttribute::new(ATTR_USERNAME, username.clone())));
        }
        for (typ, value) in &self.attributes {
            setters.push(Box::new(RawAttribute { typ: AttrType(*typ), length: 0, value: value.clone() }));
        }
        if let Some(pwd) = &self.pwd {
            let integrity =
                MessageIntegrity::new_short_term_integrity_with_provider(pwd.clone(), provider.crypto());
            setters.push(Box::new(integrity));
        }
        if self.has_fingerprint {
            setters.push(Box::new(FINGERPRINT));
        }
        let mut message = Message::new();
        message.build(&setters).unwrap();
        message.raw
    }
}

/// What was queued, and the queue emptied.
pub(super) fn take(out: &mut Transmits) -> Vec<(SocketAddr, Vec<u8>)> {
    let taken = out.iter().map(|(to, datagram)| (to, datagram.to_vec())).collect();
    out.clear();
    taken
}

/// A DTLS client.
pub(super) struct DtlsClient {
    dtls: Dtls,
    buffer: Vec<u8>,
    timeout: Option<Instant>,
    pub(super) certificate: DtlsCertificate,
    /// Datagrams to send.
    pub(super) out: Vec<Vec<u8>>,
    pub(super) keys: Option<(Vec<u8>, SrtpProfile)>,
    pub(super) is_closed: bool,
    /// It gave up.
    pub(super) is_broken: bool,
}

impl DtlsClient {
    pub(super) fn new(now: Instant) -> Self {
        Self::with(generate_self_signed_certificate().unwrap(), now)
    }

    pub(super) fn with(certificate: DtlsCertificate, now: Instant) -> Self {
        let config = Config::builder()
            .max_queue_tx(100)
            .flight_start_rto(super::dtls::RETRANSMIT)
            .flight_retries(super::dtls::MAX_RETRANSMITS)
            .build()
            .unwrap();
        let mut dtls = Dtls::new_12(Arc::new(config), certificate.clone(), now);
        dtls.set_active(true);
        let buffer = vec![0; 1 << 16];
        Self {
            dtls,
            buffer,
            timeout: None,
            certificate,
            out: Vec::new(),
            keys: None,
            is_closed: false,
            is_broken: false,
        }
    }

    pub(super) fn handle_datagram(&mut self, datagram: &[u8], now: Instant) {
        self.advance(now);
        if !self.is_broken {
            self.is_broken = self.dtls.handle_packet(datagram).is_err();
            self.drain();
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.timeout.is_none_or(|due| due <= now) {
            self.advance(now);
        }
    }

    fn advance(&mut self, now: Instant) {
        if !self.is_broken {
            self.is_broken = self.dtls.handle_timeout(now).is_err();
            self.drain();
        }
    }

    pub(super) fn say(&mut self, data: &[u8]) {
        self.dtls.send_application_data(data).unwrap();
        self.drain();
    }

    pub(super) fn close(&mut self) {
        self.dtls.close().unwrap();
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.dtls.poll_output(&mut self.buffer) {
                Output::Packet(packet) => self.out.push(packet.to_vec()),
                Output::Timeout(at) => {
                    self.timeout = Some(at);
                    return;
                }
                Output::KeyingMaterial(keys, profile) => self.keys = Some((keys.to_vec(), profile)),
                Output::CloseNotify => self.is_closed = true,
                _ => {}
            }
        }
    }
}

/// The client's SRTP by another implementation: what it sends with, what it receives with.
pub(super) fn reference(profile: SrtpProfile, material: &[u8]) -> (Context, Context) {
    let profile = match profile {
        SrtpProfile::AEAD_AES_256_GCM => ProtectionProfile::AeadAes256Gcm,
        SrtpProfile::AEAD_AES_128_GCM => ProtectionProfile::AeadAes128Gcm,
        _ => ProtectionProfile::Aes128CmHmacSha1_80,
    };
    let provider = rtc_crypto::default_provider().unwrap();
    let mut config = rtc_srtp::config::Config { profile, ..Default::default() };
    config.set_session_keys_from_keying_material(material, true).unwrap();
    let context = |key: &[u8], salt: &[u8]| {
        let (rtp, rtcp) = (srtp_replay_protection(2048), srtcp_replay_protection(2048));
        Context::new(key, salt, profile, Some(rtp), Some(rtcp), provider.crypto()).unwrap()
    };
    let keys = &config.keys;
    (
        context(&keys.local_master_key, &keys.local_master_salt),
        context(&keys.remote_master_key, &keys.remote_master_salt),
    )
}
