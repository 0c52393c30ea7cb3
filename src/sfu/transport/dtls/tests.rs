//! Handshakes with an independent client over a link that loses and damages datagrams.
use super::*;
use crate::transport::testing::{DtlsClient, address, reference, start, take};
use dimpl::{DtlsCertificate, SrtpProfile};
use std::sync::OnceLock;

/// A client and the connection it makes, one round trip of 20 ms apart, in virtual time.
struct Link {
    client: DtlsClient,
    server: Connection,
    now: Instant,
    out: Transmits,
    /// Datagrams of the client and of the server that get lost, by the order they were sent in.
    lost: [Vec<usize>; 2],
    sent: [usize; 2],
    /// Damages every other datagram of the client, somewhere.
    damage: Option<usize>,
    srtp: Option<Box<Srtp>>,
    end: Option<Step>,
}

/// Between two deliveries.
const TICK: Duration = Duration::from_millis(10);

fn own() -> &'static Certificate {
    static CERTIFICATE: OnceLock<Certificate> = OnceLock::new();
    CERTIFICATE.get_or_init(Certificate::generate)
}

impl Link {
    fn new() -> Self {
        let client = DtlsClient::new(start());
        let promised = Fingerprint::of(&client.certificate.certificate);
        Self::between(client, promised)
    }

    fn between(client: DtlsClient, promised: Fingerprint) -> Self {
        let now = start();
        Self {
            client,
            server: Connection::new(own(), promised, now),
            now,
            out: Transmits::default(),
            lost: [Vec::new(), Vec::new()],
            sent: [0, 0],
            damage: None,
            srtp: None,
            end: None,
        }
    }

    /// Lets time pass until both sides have keys, the server is done for, or `ticks` are over.
    fn run(&mut self, ticks: usize) {
        for _ in 0..ticks {
            if self.end.is_some() || (self.srtp.is_some() && self.client.keys.is_some()) {
                return;
            }
            self.tick();
        }
    }

    fn tick(&mut self) {
        self.now += TICK;
        self.client.handle_timeout(self.now);
        for mut datagram in std::mem::take(&mut self.client.out) {
            if let Some(seed) = self.damage.filter(|_| self.sent[0].is_multiple_of(2)) {
                let at = (seed * 7919 + self.sent[0] * 31) % datagram.len();
                datagram[at] ^= u8::try_from(seed % 255 + 1).unwrap();
            }
            if self.passes(0) {
                self.deliver(&datagram);
            }
        }
        self.now += TICK;
        let step = self.server.handle_timeout(Some(address(1)), self.now, &mut self.out);
        self.follow(step);
        for (to, datagram) in take(&mut self.out) {
            assert_eq!(to, address(1));
            assert!(datagram.len() <= MTU);
            if self.passes(1) {
                self.client.handle_datagram(&datagram, self.now);
            }
        }
    }

    fn deliver(&mut self, datagram: &[u8]) {
        if self.end.is_none() {
            let step = self.server.handle_datagram(datagram, Some(address(1)), self.now, &mut self.out);
            self.follow(step);
        }
    }

    fn passes(&mut self, side: usize) -> bool {
        let number = self.sent[side];
        self.sent[side] += 1;
        !self.lost[side].contains(&number)
    }

    fn follow(&mut self, step: Step) {
        match step {
            Step::Continues => {}
            Step::Secured(srtp) => assert!(self.srtp.replace(srtp).is_none(), "once"),
            ended => self.end = Some(ended),
        }
    }

    #[track_caller]
    fn check_media_flows(&mut self) {
        let (material, profile) = self.client.keys.clone().expect("the client has keys");
        let (mut send, mut receive) = reference(profile, &material);
        let srtp = self.srtp.as_mut().expect("the server has keys");
        let packet = [0x80, 96, 0, 7, 0, 0, 0, 9, 0, 0, 0, 3, 1, 2, 3, 4];
        let mut datagram = send.encrypt_rtp(&packet).unwrap().to_vec();
        assert_eq!(srtp.open_rtp(&mut datagram, 12), Ok(packet.len()));
        assert_eq!(datagram[..packet.len()], packet);
        let mut buffer = [0; 100];
        buffer[..packet.len()].copy_from_slice(&packet);
        let len = srtp.seal_rtp(&mut buffer, 12, packet.len()).unwrap();
        assert_eq!(&receive.decrypt_rtp(&buffer[..len]).unwrap()[..], packet);
    }
}

#[test]
fn a_handshake_yields_the_same_keys_on_both_sides_and_prefers_gcm() {
    let mut link = Link::new();
    link.run(10);
    link.check_media_flows();
    assert_eq!(link.client.keys.unwrap().1, SrtpProfile::AEAD_AES_256_GCM);
}

#[test]
fn any_one_lost_datagram_of_the_handshake_is_made_good() {
    let mut link = Link::new();
    link.run(10);
    let sent = link.sent;
    assert!(sent[0] >= 2 && sent[1] >= 2);
    for (side, sent) in sent.into_iter().enumerate() {
        for number in 0..sent {
            let mut link = Link::new();
            link.lost[side].push(number);
            link.run(100);
            link.check_media_flows();
        }
    }
}

#[test]
fn whole_flights_may_be_lost() {
    for side in 0..2 {
        for first in 0..4 {
            let mut link = Link::new();
            link.lost[side].extend(first..first + 4);
            link.run(400);
            link.check_media_flows();
        }
    }
    let mut link = Link::new();
    link.lost = [vec![0, 2, 3, 5, 7], vec![0, 1, 3, 4, 6]];
    link.run(400);
    link.check_media_flows();
}

#[test]
fn another_certificate_than_the_promised_one_is_the_end() {
    let promised = Fingerprint::of(&DtlsClient::new(start()).certificate.certificate);
    let mut link = Link::between(DtlsClient::new(start()), promised);
    link.run(20);
    assert!(matches!(link.end, Some(Step::Failed)));
    assert!(link.srtp.is_none() && link.client.keys.is_none());
}

#[test]
fn a_certificate_without_its_key_is_the_end() {
    // The promised certificate, shown by somebody who does not own it.
    let theirs = DtlsClient::new(start()).certificate;
    let key = DtlsClient::new(start()).certificate.private_key;
    let promised = Fingerprint::of(&theirs.certificate);
    let thief = DtlsClient::with(DtlsCertificate { private_key: key, ..theirs }, start());
    let mut link = Link::between(thief, promised);
    link.run(20);
    assert!(matches!(link.end, Some(Step::Failed)));
    assert!(link.srtp.is_none());
}

#[test]
fn a_certificate_that_is_huge_or_no_certificate_is_survived() {
    for len in [1, 100, 20_000] {
        let certificate = DtlsClient::new(start()).certificate;
        let huge = DtlsCertificate { certificate: vec![0x30; len], ..certificate };
        let promised = Fingerprint::of(&huge.certificate);
        let mut link = Link::between(DtlsClient::with(huge, start()), promised);
        link.run(200);
        assert!(matches!(link.end, Some(Step::Failed)), "{len}");
        assert!(link.srtp.is_none(), "{len}");
    }
}

#[test]
fn the_goodbye_of_the_client_is_answered() {
    let mut link = Link::new();
    link.run(10);
    link.client.say(b"data that nobody asked for");
    link.tick();
    assert!(link.end.is_none());
    link.client.close();
    link.tick();
    assert!(matches!(link.end, Some(Step::Closed)));
    assert!(link.client.is_closed);
}

#[test]
fn our_goodbye_reaches_the_client() {
    let mut link = Link::new();
    link.run(10);
    let now = link.now;
    link.server.close(Some(address(1)), now, &mut link.out);
    let said = take(&mut link.out);
    assert_eq!(said.len(), 1);
    link.client.handle_datagram(&said[0].1, now);
    assert!(link.client.is_closed);
    // There is nobody to say it to before the keys are there.
    let mut link = Link::new();
    link.tick();
    link.server.close(Some(address(1)), now, &mut link.out);
    assert!(take(&mut link.out).is_empty());
}

#[test]
fn a_client_that_falls_silent_is_given_up() {
    let mut link = Link::new();
    link.tick();
    let began = link.now;
    let mut retransmissions = 0;
    while link.end.is_none() {
        link.now = link.server.poll_timeout().expect("something is due");
        let step = link.server.handle_timeout(Some(address(1)), link.now, &mut link.out);
        retransmissions += usize::from(!take(&mut link.out).is_empty());
        link.follow(step);
        assert!(link.now <= began + HANDSHAKE_TIMEOUT);
    }
    assert!(matches!(link.end, Some(Step::Failed)));
    assert!((1..=MAX_RETRANSMITS).contains(&retransmissions), "{retransmissions}");
}

#[test]
fn a_flood_before_the_handshake_is_over_is_the_end() {
    let garbage = |len: usize| [&[22, 254, 253, 0, 0][..], &vec![7; len - 5]].concat();
    // (datagrams, bytes each)
    for (most, len) in [(MAX_HANDSHAKE_DATAGRAMS, 20), (MAX_HANDSHAKE_BYTES / 1024, 1024)] {
        let mut link = Link::new();
        for _ in 0..most {
            link.deliver(&garbage(len));
        }
        assert!(link.end.is_none(), "{most} times {len} bytes");
        link.deliver(&garbage(len));
        assert!(matches!(link.end, Some(Step::Failed)), "one past the limit");
    }
}

#[test]
fn the_limit_is_no_limit_once_there_are_keys() {
    let mut link = Link::new();
    link.run(10);
    for number in 0..2 * MAX_HANDSHAKE_DATAGRAMS {
        link.client.say(&[7; 1000]);
        link.tick();
        assert!(link.end.is_none(), "{number}");
    }
}

#[test]
fn damaged_handshakes_end_or_recover_but_never_yield_other_keys() {
    let mut outcomes = [0; 3];
    for seed in 0..150 {
        let mut link = Link::new();
        link.damage = Some(seed);
        link.run(60);
        let has_keys = link.srtp.is_some() && link.client.keys.is_some();
        if has_keys {
            link.check_media_flows();
        }
        let outcome = if has_keys { 0 } else { usize::from(link.end.is_some()) + 1 };
        outcomes[outcome] += 1;
    }
    assert!(outcomes[0] > 0 && outcomes[2] > 0, "recovered, undecided, ended: {outcomes:?}");
}

#[test]
fn datagrams_of_another_handshake_do_no_harm() {
    let mut other = Link::new();
    let mut strange = Vec::new();
    while other.client.keys.is_none() {
        other.client.handle_timeout(other.now);
        strange.extend(other.client.out.iter().cloned());
        other.tick();
    }
    let mut link = Link::new();
    link.run(10);
    for datagram in &strange {
        link.deliver(datagram);
        link.tick();
    }
    assert!(link.end.is_none());
    link.check_media_flows();
}
