//! A call in virtual time: simulated clients, a lossy network, one SFU.
use super::client::{Client, Plan};
use super::sender::Stamp;
use super::{Dice, start};
use model::{CallId, SessionKey, call::Source, event::WantedSections};
use sfu::{Certificate, Sfu, SfuConfig, SfuEvent};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub(crate) const CALL: CallId = CallId(1);

/// What the network does to every datagram, both ways.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// Lost, per mille.
    pub(crate) loss: u64,
    /// Least delay, milliseconds.
    pub(crate) delay: u64,
    /// Delay on top, at most: more than the spacing of packets reorders them.
    pub(crate) jitter: u64,
}

impl Weather {
    pub(crate) const CALM: Self = Self { loss: 0, delay: 5, jitter: 0 };
    pub(crate) const STORMY: Self = Self { loss: 50, delay: 10, jitter: 15 };
}

/// A snapshot a session was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) version: u64,
    pub(crate) tracks: Vec<(String, SessionKey, Source)>,
    pub(crate) wanted: WantedSections,
}

enum Parcel {
    ToSfu(SocketAddr, Vec<u8>),
    ToClient(SocketAddr, Vec<u8>),
}

/// Everything there is.
pub(crate) struct World {
    pub(crate) sfu: Sfu,
    pub(crate) clients: Vec<Client>,
    pub(crate) now: Instant,
    pub(crate) weather: Weather,
    pub(crate) snapshots: BTreeMap<SessionKey, Snapshot>,
    pub(crate) connected: Vec<SessionKey>,
    pub(crate) lost: Vec<SessionKey>,
    /// Clients send padding-only packets between frames.
    pub(crate) has_padding: bool,
    makers: u64,
    began: Instant,
    dice: Dice,
    on_the_way: BTreeMap<(Instant, u64), Parcel>,
    parcels: u64,
    ticks: u64,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let now = start();
        let mut secrets = Dice::new(seed + 1000);
        let random = Box::new(move |bytes: &mut [u8]| secrets.fill(bytes));
        let config = SfuConfig {
            candidates: vec![SocketAddr::from(([198, 51, 100, 1], 8080))],
            consent_timeout: SfuConfig::CONSENT_TIMEOUT,
        };
        Self {
            sfu: Sfu::new(config, certificate(), random, now, NTP_AT_START),
            clients: Vec::new(),
            now,
            weather: Weather::CALM,
            snapshots: BTreeMap::new(),
            connected: Vec::new(),
            lost: Vec::new(),
            has_padding: false,
            makers: 0,
            began: now,
            dice: Dice::new(seed),
            on_the_way: BTreeMap::new(),
            parcels: 0,
            ticks: 0,
        }
    }

    /// A session joins: offer, answer, first check.
    pub(crate) fn join(&mut self, session: u64, plan: &Plan) {
        self.makers += 1;
        self.clients.push(Client::new(session, self.makers, plan, self.now));
        self.renegotiate(session);
        self.client(session).check();
    }

    /// A session sends its current sections as an offer.
    pub(crate) fn renegotiate(&mut self, session: u64) {
        let now = self.now;
        let place = self.place(session);
        let (offer, sources) = self.clients[place].offer();
        let answer =
            self.sfu.negotiate(CALL, SessionKey(session), &offer, &sources, now).expect("a good offer");
        self.clients[place].accept(&answer);
        self.collect();
    }

    /// A session leaves properly.
    pub(crate) fn leave(&mut self, session: u64) {
        self.sfu.leave(CALL, SessionKey(session), self.now);
        self.collect();
        let place = self.place(session);
        self.clients.remove(place);
    }

    pub(crate) fn client(&mut self, session: u64) -> &mut Client {
        let place = self.place(session);
        &mut self.clients[place]
    }

    pub(crate) fn snapshot(&self, session: u64) -> &Snapshot {
        self.snapshots.get(&SessionKey(session)).expect("a snapshot")
    }

    /// The receiver's mid that carries a source.
    pub(crate) fn mid_of(&self, receiver: u64, sender: u64, source: Source) -> Option<String> {
        let tracks = &self.snapshot(receiver).tracks;
        let found = tracks.iter().find(|(_, session, other)| (session.0, *other) == (sender, source));
        found.map(|(mid, _, _)| mid.clone())
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, millis: u64) {
        for _ in 0..millis {
            self.now += Duration::from_millis(1);
            self.ticks += 1;
            self.deliver();
            if self.sfu.poll_timeout().is_some_and(|due| due <= self.now) {
                self.sfu.handle_timeout(self.now);
                self.collect();
            }
            self.tick_clients();
        }
    }

    /// Everyone connects.
    pub(crate) fn run_until_connected(&mut self) {
        for _ in 0..1000 {
            if self.clients.iter().all(|client| self.connected.contains(&client.session)) {
                return;
            }
            self.run(10);
        }
        assert!(self.lost.is_empty() && self.clients.is_empty(), "everyone connects within ten seconds");
    }

    /// Stops the media and waits until the repairs are done.
    pub(crate) fn settle(&mut self) {
        self.weather = Weather { loss: 0, ..self.weather };
        // The last packets may be lost without anyone noticing, so more media follows them.
        self.run(300);
        for client in &mut self.clients {
            client.senders.iter_mut().for_each(|sender| sender.is_muted = true);
        }
        self.run(1200);
    }

    /// Nobody got a packet that was damaged, sent twice or not meant for it.
    #[track_caller]
    pub(crate) fn check_protection(&self) {
        for client in &self.clients {
            assert_eq!(client.undecipherable, 0, "{:?}", client.session);
        }
    }

    /// What a receiver must have of a sender's track: everything from its first packet on, in order, without a gap.
    #[track_caller]
    pub(crate) fn check_complete(&mut self, receiver: u64, sender: u64, source: Source) -> usize {
        let mid = self.mid_of(receiver, sender, source).expect("the track is assigned");
        let maker = self.client(sender).maker;
        let sent = self.client(sender).sender(source).stamps.clone();
        let (got, has_gaps) = self.client(receiver).receiver(&mid).sequence();
        let got: Vec<Stamp> = got.into_iter().filter(|stamp| stamp.maker == maker).collect();
        let first = got.first().expect("something arrived");
        assert!(first.is_key, "{receiver} begins {source:?} of {sender} with a key frame");
        let start = usize::try_from(first.number).expect("a count");
        let differs = got.iter().zip(&sent[start..]).position(|(got, sent)| got != sent);
        assert_eq!(differs, None, "{receiver} gets {source:?} of {sender} as it was sent");
        assert_eq!(got.len(), sent.len() - start, "{receiver} gets all of {source:?} of {sender}");
        assert!(!has_gaps, "{receiver} sees continuous sequence numbers of {source:?} of {sender}");
        got.len()
    }

    /// A datagram that appears at the SFU out of nowhere.
    pub(crate) fn inject(&mut self, from: SocketAddr, datagram: &[u8]) {
        let now = self.now;
        self.sfu.handle_datagram(from, &mut datagram.to_vec(), now);
        self.collect();
    }

    /// Takes datagrams and events out of the SFU.
    pub(crate) fn collect(&mut self) {
        let out: Vec<(SocketAddr, Vec<u8>)> =
            self.sfu.transmits().iter().map(|(to, datagram)| (to, datagram.to_vec())).collect();
        self.sfu.transmits().clear();
        for (to, datagram) in out {
            self.post(Parcel::ToClient(to, datagram));
        }
        while let Some(event) = self.sfu.poll_event() {
            match event {
                SfuEvent::Tracks { session, version, tracks, wanted, .. } => {
                    let before = self.snapshots.insert(session, Snapshot { version, tracks, wanted });
                    assert!(before.is_none_or(|before| version > before.version || version == 1));
                }
                SfuEvent::Connected { session, .. } => self.connected.push(session),
                SfuEvent::Lost { session, .. } => self.lost.push(session),
            }
        }
    }

    fn place(&self, session: u64) -> usize {
        self.clients.iter().position(|client| client.session.0 == session).expect("a client")
    }

    fn deliver(&mut self) {
        while let Some(entry) = self.on_the_way.first_entry().filter(|entry| entry.key().0 <= self.now) {
            match entry.remove() {
                Parcel::ToSfu(from, mut datagram) => {
                    self.sfu.handle_datagram(from, &mut datagram, self.now);
                    self.collect();
                }
                Parcel::ToClient(to, datagram) => {
                    if let Some(client) = self.clients.iter_mut().find(|client| client.address == to) {
                        client.handle_datagram(&datagram, self.now);
                    }
                }
            }
        }
        self.collect_clients();
    }

    fn tick_clients(&mut self) {
        let (now, ticks) = (self.now, self.ticks);
        let passed = now.duration_since(self.began);
        for client in &mut self.clients {
            client.handle_timeout(now);
            if ticks.is_multiple_of(2000) {
                client.check();
            }
            if !client.is_connected() || !self.connected.contains(&client.session) {
                continue;
            }
            if ticks.is_multiple_of(20) {
                client.send_frame(true, 1, 100);
                client.send_nacks(now);
            }
            if ticks.is_multiple_of(40) {
                client.send_frame(false, 3, 1100);
                if self.has_padding {
                    client.send_padding();
                }
            }
            if ticks.is_multiple_of(500) {
                client.send_reports(client_ntp(passed));
            }
        }
        self.collect_clients();
    }

    fn collect_clients(&mut self) {
        let mut parcels = Vec::new();
        for client in &mut self.clients {
            let address = client.address;
            parcels.extend(client.out.drain(..).map(|datagram| Parcel::ToSfu(address, datagram)));
        }
        for parcel in parcels {
            self.post(parcel);
        }
    }

    fn post(&mut self, parcel: Parcel) {
        if self.dice.below(1000) < self.weather.loss {
            return;
        }
        let delay = self.weather.delay + self.dice.below(self.weather.jitter + 1);
        self.parcels += 1;
        self.on_the_way.insert((self.now + Duration::from_millis(delay), self.parcels), parcel);
    }
}

/// The SFU's wall clock at the start of the world.
pub(crate) const NTP_AT_START: u64 = 0xe000_0000_0000_0000;

/// The clients' wall clocks are an hour off.
pub(crate) fn client_ntp(passed: Duration) -> u64 {
    let fraction = (u64::from(passed.subsec_nanos()) << 32) / 1_000_000_000;
    NTP_AT_START + ((passed.as_secs() + 3600) << 32) + fraction
}

/// The SFU's certificate.
pub(crate) fn certificate() -> Certificate {
    Certificate::generate()
}
