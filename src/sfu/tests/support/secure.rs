//! The client's half of DTLS-SRTP: `dimpl` as client, `rtc-srtp` for the packets.
use dimpl::{Config, Dtls, Output, SrtpProfile, certificate::generate_self_signed_certificate};
use rtc_srtp::context::Context;
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;
use std::sync::Arc;
use std::time::Instant;

/// One connection's security.
pub(crate) struct Secure {
    dtls: Dtls,
    contexts: Option<(Context, Context)>,
    buffer: Vec<u8>,
    timeout: Option<Instant>,
    /// Datagrams to send.
    pub(crate) out: Vec<Vec<u8>>,
    /// The server said goodbye.
    pub(crate) is_closed: bool,
    /// `AA:BB:…` of our certificate.
    pub(crate) fingerprint: String,
}

impl Secure {
    pub(crate) fn new(now: Instant) -> Self {
        let certificate = generate_self_signed_certificate().expect("a certificate");
        let fingerprint = certificate.fingerprint_str();
        let config = Config::builder().build().expect("a configuration");
        let mut dtls = Dtls::new_12(Arc::new(config), certificate, now);
        dtls.set_active(true);
        let buffer = vec![0; 4096];
        Self { dtls, contexts: None, buffer, timeout: None, out: Vec::new(), is_closed: false, fingerprint }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.contexts.is_some()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.timeout.is_none_or(|due| due <= now) {
            self.dtls.handle_timeout(now).expect("a healthy connection");
            self.drain();
        }
    }

    pub(crate) fn handle_dtls(&mut self, datagram: &[u8], now: Instant) {
        self.dtls.handle_timeout(now).expect("a healthy connection");
        self.drain();
        self.dtls.handle_packet(datagram).expect("a healthy connection");
        self.drain();
    }

    pub(crate) fn close(&mut self) {
        self.dtls.close().expect("a healthy connection");
        self.drain();
    }

    pub(crate) fn protect(&mut self, packet: &[u8], is_rtcp: bool) -> Vec<u8> {
        let (send, _) = self.contexts.as_mut().expect("the handshake is done");
        let sealed = if is_rtcp { send.encrypt_rtcp(packet) } else { send.encrypt_rtp(packet) };
        sealed.expect("a valid packet").to_vec()
    }

    /// `None` when it does not authenticate, or was there before.
    pub(crate) fn open(&mut self, datagram: &[u8], is_rtcp: bool) -> Option<Vec<u8>> {
        let (_, receive) = self.contexts.as_mut().expect("the handshake is done");
        let opened = if is_rtcp { receive.decrypt_rtcp(datagram) } else { receive.decrypt_rtp(datagram) };
        opened.ok().map(|packet| packet.to_vec())
    }

    fn drain(&mut self) {
        loop {
            match self.dtls.poll_output(&mut self.buffer) {
                Output::Packet(packet) => self.out.push(packet.to_vec()),
                Output::Timeout(at) => {
                    self.timeout = Some(at);
                    return;
                }
                Output::KeyingMaterial(keys, profile) => self.contexts = Some(contexts(&keys, profile)),
                Output::CloseNotify => self.is_closed = true,
                _ => {}
            }
        }
    }
}

fn contexts(keys: &[u8], profile: SrtpProfile) -> (Context, Context) {
    let profile = match profile {
        SrtpProfile::AEAD_AES_256_GCM => ProtectionProfile::AeadAes256Gcm,
        SrtpProfile::AEAD_AES_128_GCM => ProtectionProfile::AeadAes128Gcm,
        _ => ProtectionProfile::Aes128CmHmacSha1_80,
    };
    let provider = rtc_crypto::default_provider().expect("a crypto provider");
    let mut config = rtc_srtp::config::Config { profile, ..Default::default() };
    config.set_session_keys_from_keying_material(keys, true).expect("keys of the right length");
    let keys = &config.keys;
    let context = |key: &[u8], salt: &[u8]| {
        let replay = (srtp_replay_protection(4096), srtcp_replay_protection(128));
        Context::new(key, salt, profile, Some(replay.0), Some(replay.1), provider.crypto())
            .expect("a context")
    };
    (
        context(&keys.local_master_key, &keys.local_master_salt),
        context(&keys.remote_master_key, &keys.remote_master_salt),
    )
}
