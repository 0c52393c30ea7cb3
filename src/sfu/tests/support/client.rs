//! A simulated client: one session in one call.
use super::offer::{self, Answer, Dialect, Flow, MediaSection, Offerer};
use super::receiver::Receiver;
use super::secure::Secure;
use super::sender::Sender;
use model::{SessionKey, call::Source};
use rtc_rtcp::packet::{Packet, marshal, unmarshal};
use rtc_rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc_rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc_rtcp::receiver_report::ReceiverReport;
use rtc_rtcp::sender_report::SenderReport;
use rtc_rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc;
use rtc_rtcp::transport_feedbacks::transport_layer_nack::{NackPair, TransportLayerNack};
use rtc_stun::attributes::{ATTR_USE_CANDIDATE, ATTR_USERNAME, AttrType, RawAttribute};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter, TransactionId};
use rtc_stun::textattrs::TextAttribute;
use std::net::SocketAddr;
use std::time::Instant;

/// What a client publishes and how much it can receive.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) dialect: Dialect,
    pub(crate) sources: Vec<Source>,
    pub(crate) audio_spares: usize,
    pub(crate) video_spares: usize,
}

impl Plan {
    pub(crate) fn new(sources: &[Source]) -> Self {
        Self { dialect: Dialect::CHROMIUM, sources: sources.to_vec(), audio_spares: 4, video_spares: 6 }
    }
}

/// One client.
pub(crate) struct Client {
    pub(crate) session: SessionKey,
    /// In every packet it makes.
    pub(crate) maker: u64,
    pub(crate) address: SocketAddr,
    pub(crate) dialect: Dialect,
    pub(crate) sections: Vec<MediaSection>,
    pub(crate) senders: Vec<Sender>,
    pub(crate) receivers: Vec<Receiver>,
    pub(crate) answer: Answer,
    pub(crate) secure: Secure,
    /// Datagrams to send.
    pub(crate) out: Vec<Vec<u8>>,
    /// Transport-wide numbers the SFU reported as received.
    pub(crate) reported: Vec<u16>,
    /// Receiver report blocks of the SFU.
    pub(crate) blocks: usize,
    pub(crate) checks_answered: u32,
    /// Packets that were damaged, repeated or meant for somebody else.
    pub(crate) undecipherable: u32,
    pub(crate) ufrag: String,
    pwd: String,
    transport_cc: u16,
}

impl Client {
    pub(crate) fn new(session: u64, maker: u64, plan: &Plan, now: Instant) -> Self {
        let mut client = Self {
            session: SessionKey(session),
            maker,
            address: SocketAddr::from((
                [203, 0, 113, 7],
                40_000 + u16::try_from(session).expect("a small number"),
            )),
            dialect: plan.dialect,
            sections: Vec::new(),
            senders: Vec::new(),
            receivers: Vec::new(),
            answer: Answer::default(),
            secure: Secure::new(now),
            out: Vec::new(),
            reported: Vec::new(),
            blocks: 0,
            checks_answered: 0,
            undecipherable: 0,
            ufrag: format!("user{session}"),
            pwd: "a-password-of-the-client".to_owned(),
            transport_cc: 0,
        };
        for source in &plan.sources {
            client.add_section(source.is_audio(), Flow::Send(*source));
        }
        for _ in 0..plan.audio_spares {
            client.add_section(true, Flow::Receive);
        }
        for _ in 0..plan.video_spares {
            client.add_section(false, Flow::Receive);
        }
        client
    }

    /// One more m-line.
    pub(crate) fn add_section(&mut self, is_audio: bool, flow: Flow) {
        let mid = self.sections.len().to_string();
        let number = u32::try_from(self.sections.len()).expect("a small number");
        let ssrc = u32::try_from(self.session.0).expect("a small number") * 10_000 + number * 10 + 1;
        if let Flow::Send(source) = flow {
            self.senders.push(Sender::new(self.maker, &mid, source, ssrc, self.dialect));
        }
        self.sections.push(MediaSection { mid, is_audio, flow, ssrc, rtx_ssrc: ssrc + 1 });
    }

    /// The offer and what its sections carry.
    pub(crate) fn offer(&self) -> (String, Vec<(String, Source)>) {
        let offerer = Offerer {
            ufrag: &self.ufrag,
            pwd: &self.pwd,
            fingerprint: &self.secure.fingerprint,
            dialect: self.dialect,
        };
        let sources = self.senders.iter().map(|sender| (sender.mid.clone(), sender.source)).collect();
        (offer::write(&offerer, &self.sections), sources)
    }

    /// Follows an answer. Sections keep what they received.
    pub(crate) fn accept(&mut self, answer: &str) {
        self.answer = offer::read(answer);
        for (section, answered) in self.sections.iter().zip(&self.answer.sections) {
            assert_eq!(section.mid, answered.mid, "sections are answered in order");
            if section.flow != Flow::Receive {
                continue;
            }
            match self.receivers.iter().find(|receiver| receiver.mid == section.mid) {
                Some(known) => assert_eq!(Some(known.ssrc), answered.ssrc, "a section keeps its SSRC"),
                None => self.receivers.push(Receiver::new(answered, section.is_audio, self.dialect)),
            }
        }
    }

    /// An ICE check; it selects the address.
    pub(crate) fn check(&mut self) {
        let provider = rtc_crypto::default_provider().expect("a crypto provider");
        let raw = |typ, value: &[u8]| RawAttribute { typ, length: 0, value: value.to_vec() };
        let user = format!("{}:{}", self.answer.ufrag, self.ufrag);
        let setters: Vec<Box<dyn Setter + '_>> = vec![
            Box::new(BINDING_REQUEST),
            Box::new(TransactionId::new()),
            Box::new(TextAttribute::new(ATTR_USERNAME, user)),
            Box::new(raw(AttrType(0x0024), &[0x6e, 0, 1, 0xff])),
            Box::new(raw(AttrType(0x802a), &[1, 2, 3, 4, 5, 6, 7, 8])),
            Box::new(raw(ATTR_USE_CANDIDATE, &[])),
            Box::new(MessageIntegrity::new_short_term_integrity_with_provider(
                self.answer.pwd.clone(),
                provider.crypto(),
            )),
            Box::new(FINGERPRINT),
        ];
        let mut message = Message::new();
        message.build(&setters).expect("a binding request");
        self.out.push(message.raw.clone());
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.secure.is_ready()
    }

    /// A datagram of the SFU.
    pub(crate) fn handle_datagram(&mut self, datagram: &[u8], now: Instant) {
        match datagram[0] {
            0..=3 => {
                let mut message = Message::new();
                message.unmarshal_binary(datagram).expect("well-formed STUN");
                assert_eq!(message.typ, BINDING_SUCCESS);
                if self.checks_answered == 0 {
                    self.secure.handle_timeout(now);
                }
                self.checks_answered += 1;
            }
            20..=63 => self.secure.handle_dtls(datagram, now),
            128..=191 if (192..=223).contains(&datagram[1]) => self.handle_rtcp(datagram, now),
            _ => self.handle_rtp(datagram, now),
        }
        self.out.append(&mut self.secure.out);
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.checks_answered > 0 {
            self.secure.handle_timeout(now);
        }
        self.out.append(&mut self.secure.out);
    }

    /// One frame of every section that is not muted and of this kind.
    pub(crate) fn send_frame(&mut self, is_audio: bool, packets: usize, len: usize) {
        for place in 0..self.senders.len() {
            let Some(sender) = self.senders.get_mut(place).filter(|sender| sender.is_audio() == is_audio)
            else {
                continue;
            };
            sender.advance(if is_audio { 20 } else { 40 });
            if sender.is_muted {
                continue;
            }
            for n in 0..packets {
                self.transport_cc = self.transport_cc.wrapping_add(1);
                let packet = self.senders[place].media(n == 0, n + 1 == packets, len, self.transport_cc);
                self.send(&packet, false);
            }
        }
    }

    /// A padding-only packet on every video section.
    pub(crate) fn send_padding(&mut self) {
        for place in 0..self.senders.len() {
            if self.senders[place].is_audio() || self.senders[place].is_muted {
                continue;
            }
            self.transport_cc = self.transport_cc.wrapping_add(1);
            let packet = self.senders[place].padding(self.transport_cc);
            self.send(&packet, false);
        }
    }

    /// Requests for what is missing.
    pub(crate) fn send_nacks(&mut self, now: Instant) {
        let mut packets: Vec<Box<dyn Packet>> = Vec::new();
        for receiver in self.receivers.iter_mut().filter(|receiver| receiver.rtx_ssrc.is_some()) {
            let nacks: Vec<NackPair> = receiver
                .missing(now)
                .into_iter()
                .map(|packet_id| NackPair { packet_id, lost_packets: 0 })
                .collect();
            if !nacks.is_empty() {
                packets.push(Box::new(TransportLayerNack {
                    sender_ssrc: 1,
                    media_ssrc: receiver.ssrc,
                    nacks,
                }));
            }
        }
        self.send_rtcp(&packets);
    }

    /// Sender reports of every section, stamped with `ntp`.
    pub(crate) fn send_reports(&mut self, ntp: u64) {
        let report = |sender: &Sender| -> Box<dyn Packet> {
            Box::new(SenderReport {
                ssrc: sender.ssrc,
                ntp_time: ntp,
                rtp_time: sender.timestamp,
                ..SenderReport::default()
            })
        };
        let packets: Vec<Box<dyn Packet>> = self.senders.iter().map(report).collect();
        self.send_rtcp(&packets);
    }

    /// Says that the picture of a section is broken.
    pub(crate) fn send_pli(&mut self, mid: &str) {
        let receiver =
            self.receivers.iter().find(|receiver| receiver.mid == mid).expect("a receiving section");
        let packet = PictureLossIndication { sender_ssrc: 1, media_ssrc: receiver.ssrc };
        self.send_rtcp(&[Box::new(packet)]);
    }

    pub(crate) fn send_rtcp(&mut self, packets: &[Box<dyn Packet>]) {
        if !packets.is_empty() {
            let bytes = marshal(packets).expect("well-formed RTCP");
            self.send(&bytes, true);
        }
    }

    /// Protects and queues a packet.
    pub(crate) fn send(&mut self, packet: &[u8], is_rtcp: bool) {
        let sealed = self.secure.protect(packet, is_rtcp);
        self.out.push(sealed);
    }

    pub(crate) fn sender(&mut self, source: Source) -> &mut Sender {
        self.senders.iter_mut().find(|sender| sender.source == source).expect("a published source")
    }

    pub(crate) fn receiver(&self, mid: &str) -> &Receiver {
        self.receivers.iter().find(|receiver| receiver.mid == mid).expect("a receiving section")
    }

    fn handle_rtp(&mut self, datagram: &[u8], now: Instant) {
        let Some(packet) = self.secure.open(datagram, false) else {
            self.undecipherable += 1;
            return;
        };
        let ssrc = u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]);
        let receiver = self
            .receivers
            .iter_mut()
            .find(|receiver| receiver.ssrc == ssrc || receiver.rtx_ssrc == Some(ssrc));
        receiver.expect("only signalled SSRCs arrive").packet(&packet, now);
    }

    fn handle_rtcp(&mut self, datagram: &[u8], now: Instant) {
        let Some(bytes) = self.secure.open(datagram, true) else {
            self.undecipherable += 1;
            return;
        };
        for packet in unmarshal(&mut &bytes[..]).expect("well-formed RTCP") {
            let packet = packet.as_any();
            if let Some(nack) = packet.downcast_ref::<TransportLayerNack>() {
                let asked: Vec<u16> = nack.nacks.iter().flat_map(NackPair::packet_list).collect();
                self.repair(nack.media_ssrc, &asked);
            } else if let Some(pli) = packet.downcast_ref::<PictureLossIndication>() {
                self.key_frame(pli.media_ssrc);
            } else if let Some(fir) = packet.downcast_ref::<FullIntraRequest>() {
                fir.fir.iter().for_each(|entry| self.key_frame(entry.ssrc));
            } else if let Some(feedback) = packet.downcast_ref::<TransportLayerCc>() {
                self.reported.push(feedback.base_sequence_number.wrapping_add(feedback.packet_status_count));
            } else if let Some(report) = packet.downcast_ref::<ReceiverReport>() {
                self.blocks += report.reports.len();
            } else if let Some(report) = packet.downcast_ref::<SenderReport>() {
                let receiver = self.receivers.iter_mut().find(|receiver| receiver.ssrc == report.ssrc);
                receiver.expect("reports are about our sections").reports.push((
                    report.ntp_time,
                    report.rtp_time,
                    now,
                ));
            }
        }
    }

    fn repair(&mut self, ssrc: u32, asked: &[u16]) {
        for sequence in asked {
            let Some(place) = self.senders.iter().position(|sender| sender.ssrc == ssrc) else {
                continue;
            };
            self.transport_cc = self.transport_cc.wrapping_add(1);
            if let Some(packet) = self.senders[place].repair(*sequence, self.transport_cc) {
                self.send(&packet, false);
            }
        }
    }

    fn key_frame(&mut self, ssrc: u32) {
        for sender in self.senders.iter_mut().filter(|sender| sender.ssrc == ssrc) {
            sender.wants_key_frame = true;
            sender.key_frame_requests += 1;
        }
    }
}
