//! What we write is read by an independent implementation, and the other way round.
use super::*;
use rtc_rtcp::goodbye::Goodbye;
use rtc_rtcp::packet::{marshal, unmarshal};
use rtc_rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate;
use rtc_rtcp::payload_feedbacks::{full_intra_request as fir, picture_loss_indication as pli};
use rtc_rtcp::receiver_report::ReceiverReport;
use rtc_rtcp::reception_report::ReceptionReport;
use rtc_rtcp::sender_report::SenderReport as OtherSenderReport;
use rtc_rtcp::source_description::SourceDescription;
use rtc_rtcp::transport_feedbacks::transport_layer_cc::{PacketStatusChunk, SymbolTypeTcc, TransportLayerCc};
use rtc_rtcp::transport_feedbacks::transport_layer_nack::{NackPair, TransportLayerNack};
use std::time::{Duration, Instant};

#[expect(clippy::disallowed_methods)]
fn start() -> Instant {
    Instant::now()
}

fn written(write: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut buffer = vec![0xff; MAX_RTCP_BYTES];
    let mut writer = Writer::new(&mut buffer);
    write(&mut writer);
    let len = writer.len();
    buffer.truncate(len);
    buffer
}

fn only<T: 'static + Clone>(mut bytes: &[u8]) -> T {
    let packets = unmarshal(&mut bytes).unwrap();
    assert_eq!(packets.len(), 1);
    packets[0].as_any().downcast_ref::<T>().unwrap().clone()
}

#[test]
fn our_reports_are_understood() {
    let block = ReportBlock {
        ssrc: 7,
        fraction_lost: 51,
        lost: 0x01_02_03,
        highest: 9,
        jitter: 10,
        last_report: 11,
        delay: 12,
    };
    let bytes = written(|w| {
        assert_eq!(w.receiver_report(1, &[block]), Some(1));
    });
    let report: ReceiverReport = only(&bytes);
    let theirs = ReceptionReport {
        ssrc: 7,
        fraction_lost: 51,
        total_lost: 0x01_02_03,
        last_sequence_number: 9,
        jitter: 10,
        last_sender_report: 11,
        delay: 12,
    };
    assert_eq!((report.ssrc, &report.reports[..]), (1, &[theirs][..]));

    let sent = SenderReport { ssrc: 1, ntp: 0x0102_0304_0506_0708, timestamp: 2, packets: 3, octets: 4 };
    let bytes = written(|w| w.sender_report(&sent).unwrap());
    let report: OtherSenderReport = only(&bytes);
    assert_eq!(
        (report.ssrc, report.ntp_time, report.rtp_time, report.packet_count, report.octet_count),
        (1, sent.ntp, 2, 3, 4)
    );

    for name in ["", "a", "abc", "whisker-0123456789"] {
        let bytes = written(|w| w.canonical_name(5, name).unwrap());
        let description: SourceDescription = only(&bytes);
        assert_eq!(description.chunks[0].source, 5);
        assert_eq!(description.chunks[0].items[0].text, name.as_bytes());
    }
}

#[test]
fn reports_that_do_not_fit_are_left_for_the_next_packet() {
    let blocks = [ReportBlock::default(); 60];
    let bytes = written(|w| {
        assert_eq!(w.receiver_report(1, &blocks), Some(31), "a packet counts to 31");
    });
    assert_eq!(only::<ReceiverReport>(&bytes).reports.len(), 31);
    let mut small = [0; 8 + 24 * 2 + 10];
    assert_eq!(Writer::new(&mut small).receiver_report(1, &blocks), Some(2));
    assert_eq!(Writer::new(&mut small[..7]).receiver_report(1, &blocks), None);
}

#[test]
fn our_requests_are_understood() {
    let bytes = written(|w| w.pli(1, 2).unwrap());
    assert_eq!(only::<pli::PictureLossIndication>(&bytes).media_ssrc, 2);

    let rows: [&[u16]; 5] = [&[5], &[5, 6, 21], &[5, 22], &[65535, 0, 1], &[1, 2, 3, 17, 18, 40, 41, 1000]];
    for sequences in rows {
        let bytes = written(|w| {
            assert_eq!(w.nack(1, 2, sequences), Some(sequences.len()));
        });
        let nack: TransportLayerNack = only(&bytes);
        let asked: Vec<u16> = nack.nacks.iter().flat_map(NackPair::packet_list).collect();
        assert_eq!(asked, sequences);
        let Some(Packet::Nack { media: 2, pairs }) = Reader::new(&bytes).next() else {
            panic!("not read back");
        };
        assert_eq!(nack_sequences(pairs).collect::<Vec<_>>(), sequences);
    }
    let far_apart: Vec<u16> = (0..600).map(|n| n * 20).collect();
    let bytes = written(|w| {
        let taken = w.nack(1, 2, &far_apart).unwrap();
        assert_eq!(taken, (MAX_RTCP_BYTES - 12) / 4, "as many as fit");
    });
    assert!(bytes.len() <= MAX_RTCP_BYTES);
}

#[test]
fn their_packets_are_understood() {
    let report = ReceptionReport { ssrc: 7, fraction_lost: 5, total_lost: 6, ..Default::default() };
    let packets: Vec<Box<dyn rtc_rtcp::packet::Packet>> = vec![
        Box::new(OtherSenderReport {
            ssrc: 3,
            ntp_time: 4,
            rtp_time: 5,
            reports: vec![report.clone()],
            ..Default::default()
        }),
        Box::new(ReceiverReport { ssrc: 3, reports: vec![report.clone(), report], ..Default::default() }),
        Box::new(pli::PictureLossIndication { sender_ssrc: 1, media_ssrc: 8 }),
        Box::new(fir::FullIntraRequest {
            sender_ssrc: 1,
            media_ssrc: 0,
            fir: vec![fir::FirEntry { ssrc: 9, sequence_number: 1 }],
        }),
        Box::new(ReceiverEstimatedMaximumBitrate { sender_ssrc: 1, bitrate: 1_000_448.0, ssrcs: vec![1] }),
        Box::new(Goodbye { sources: vec![1], reason: String::new().into() }),
    ];
    let bytes = marshal(&packets).unwrap();
    let mut reader = Reader::new(&bytes);
    let Some(Packet::SenderReport { ssrc: 3, ntp: 4, timestamp: 5, mut reports }) = reader.next() else {
        panic!("sender report");
    };
    let block = reports.next().unwrap();
    assert_eq!((block.ssrc, block.fraction_lost, block.lost), (7, 5, 6));
    let Some(Packet::ReceiverReport { reports }) = reader.next() else {
        panic!("receiver report");
    };
    assert_eq!(reports.count(), 2);
    assert_eq!(reader.next(), Some(Packet::Pli { media: 8 }));
    let Some(Packet::Fir { entries }) = reader.next() else {
        panic!("full intra request");
    };
    assert_eq!(crate::bytes::u32_at(entries, 0), Some(9));
    assert_eq!(reader.next(), Some(Packet::Remb { bitrate: 1_000_448 }));
    assert_eq!(reader.next(), Some(Packet::Goodbye));
    assert_eq!(reader.next(), None);
    assert!(!reader.is_malformed());
}

#[test]
fn malformed_compounds_end_the_reading() {
    let rows: [&[u8]; 6] = [
        &[0x80],
        // Longer than the datagram.
        &[0x80, 201, 0, 9, 0, 0, 0, 1],
        // Version 1.
        &[0x40, 201, 0, 1, 0, 0, 0, 1],
        // One report block announced, none there.
        &[0x81, 201, 0, 1, 0, 0, 0, 1],
        // Padding longer than the packet.
        &[0xa0, 201, 0, 1, 0, 0, 0, 9],
        // A sender report without its body.
        &[0x80, 200, 0, 0],
    ];
    for bytes in rows {
        let mut reader = Reader::new(bytes);
        assert_eq!(reader.next(), None, "{bytes:?}");
        assert!(reader.is_malformed(), "{bytes:?}");
    }
}

/// What the other implementation reads: (sequence, arrival in microseconds after the reference).
fn statuses(feedback: &TransportLayerCc) -> Vec<(u16, Option<i64>)> {
    let mut symbols = Vec::new();
    for chunk in &feedback.packet_chunks {
        let PacketStatusChunk::StatusVectorChunk(chunk) = chunk else {
            panic!("only vectors are written");
        };
        symbols.extend(chunk.symbol_list.iter().cloned());
    }
    let mut deltas = feedback.recv_deltas.iter();
    let mut at = 0;
    (0..feedback.packet_status_count)
        .zip(symbols)
        .map(|(n, symbol)| {
            let arrival = (symbol != SymbolTypeTcc::PacketNotReceived).then(|| {
                at += deltas.next().unwrap().delta;
                at
            });
            (feedback.base_sequence_number.wrapping_add(n), arrival)
        })
        .collect()
}

fn feedback(arrivals: &mut Arrivals) -> Option<TransportLayerCc> {
    let mut written_any = false;
    let bytes = written(|w| written_any = arrivals.feedback(1, 2, w).is_some());
    written_any.then(|| only(&bytes))
}

#[test]
fn arrivals_are_reported_with_their_times_and_gaps() {
    let start = start();
    let at = |micros| start + Duration::from_micros(micros);
    let mut arrivals = Arrivals::new(start);
    assert!(feedback(&mut arrivals).is_none(), "nothing came yet");
    assert!(arrivals.packet(65534, at(64_000)));
    assert!(!arrivals.packet(65535, at(64_250)));
    // 0 is lost; 2 overtakes 1; 4 comes after more than 255 ticks.
    arrivals.packet(2, at(70_000));
    arrivals.packet(1, at(71_000));
    arrivals.packet(4, at(200_000));
    let report = feedback(&mut arrivals).unwrap();
    assert_eq!(report.reference_time, 1);
    assert_eq!(
        statuses(&report),
        [
            (65534, Some(0)),
            (65535, Some(250)),
            (0, None),
            (1, Some(7_000)),
            (2, Some(6_000)),
            (3, None),
            (4, Some(136_000))
        ]
    );
    assert!(!arrivals.has_news());
    // The next feedback starts at the late packet and is counted.
    arrivals.packet(0, at(201_000));
    arrivals.packet(5, at(202_000));
    let report = feedback(&mut arrivals).unwrap();
    assert_eq!(report.fb_pkt_count, 1);
    assert_eq!(report.base_sequence_number, 0);
    assert_eq!(report.packet_status_count, 6);
}

#[test]
fn long_silence_and_many_packets_are_split_over_several_feedbacks() {
    let start = start();
    let mut arrivals = Arrivals::new(start);
    arrivals.packet(10, start);
    // 8,192 ms is one tick more than a delta can say.
    arrivals.packet(11, start + Duration::from_millis(8192));
    assert_eq!(statuses(&feedback(&mut arrivals).unwrap()), [(10, Some(0))]);
    assert!(arrivals.has_news());
    assert_eq!(statuses(&feedback(&mut arrivals).unwrap()).len(), 1);

    let mut arrivals = Arrivals::new(start);
    for n in 0..1000 {
        // Alternating far forth and back: every delta takes two bytes.
        arrivals.packet(n, start + Duration::from_millis(u64::from(n % 2) * 8000));
    }
    let mut reported = 0;
    while let Some(report) = feedback(&mut arrivals) {
        reported += statuses(&report).iter().filter(|(_, arrival)| arrival.is_some()).count();
    }
    assert_eq!(reported, 1000);
}

#[test]
fn a_packet_older_than_the_window_and_a_jump_are_survived() {
    let start = start();
    let mut arrivals = Arrivals::new(start);
    arrivals.packet(5000, start);
    arrivals.packet(5000 - 1023, start);
    assert!(!arrivals.packet(5000 - 1024, start), "one past the window");
    arrivals.packet(5000 + 30_000, start);
    let report = feedback(&mut arrivals).unwrap();
    assert_eq!(statuses(&report), [(35_000, Some(0))], "what the jump left behind is forgotten");
    assert!(!arrivals.has_news());
}
