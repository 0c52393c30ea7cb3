//! Every test goes through `decoded` or `check`: the only places that know the decoder's API.
use super::*;
use proptest::prelude::*;

const LIMITS: Limits = Limits { frame_bytes: 200, headers: 4, header_bytes: 50 };

/// Frames in short form, `COMMAND name=value … "body"`, and the violation that ended it.
fn decoded<'a>(
    limits: Limits,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<String>, Option<Violation>) {
    let mut decoder = Decoder::new(limits);
    let mut frames = Vec::new();
    for mut piece in pieces {
        loop {
            match decoder.decode(&mut piece) {
                Ok(Some(frame)) => frames.push(short(&frame)),
                Ok(None) => break,
                Err(violation) => {
                    assert_eq!(
                        decoder.decode(&mut &b"SEND\n\n\0"[..]),
                        Err(violation),
                        "a violation is final"
                    );
                    return (frames, Some(violation));
                }
            }
        }
        assert!(piece.is_empty(), "all input is read");
    }
    (frames, None)
}

fn short(frame: &Frame) -> String {
    let headers: String = frame.headers.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    let body = String::from_utf8_lossy(&frame.body);
    if body.is_empty() {
        format!("{}{headers}", frame.command)
    } else {
        format!("{}{headers} {body:?}", frame.command)
    }
}

/// Whatever the split, these bytes give these frames.
#[track_caller]
fn check(bytes: &[u8], frames: &[&str], violation: Option<Violation>) {
    let expected = (frames.iter().map(|frame| (*frame).to_owned()).collect(), violation);
    let shown = String::from_utf8_lossy(bytes);
    assert_eq!(decoded(LIMITS, [bytes]), expected, "{shown:?}");
    assert_eq!(decoded(LIMITS, bytes.chunks(1)), expected, "byte by byte: {shown:?}");
    for cut in 0..=bytes.len() {
        let (first, second) = bytes.split_at(cut);
        assert_eq!(decoded(LIMITS, [first, second]), expected, "cut at {cut}: {shown:?}");
    }
}

#[test]
fn any_split_of_the_bytes_gives_the_same_frames() {
    let rows: [(&[u8], &[&str]); 16] = [
        (b"", &[]),
        (b"\n", &[]),
        (b"\r\n\n\r\n", &[]),
        (b"CONNECT\n\n\0", &["CONNECT"]),
        (
            b"CONNECT\naccept-version:1.2\nheart-beat:60000,10000\n\n\0\n",
            &["CONNECT accept-version=1.2 heart-beat=60000,10000"],
        ),
        (b"\n\nSEND\ndestination:/a\n\nhi\0", &["SEND destination=/a \"hi\""]),
        (b"SEND\n\n\0\nSUBSCRIBE\n\n\0DISCONNECT\n\n\0", &["SEND", "SUBSCRIBE", "DISCONNECT"]),
        (b"SEND\r\ndestination:/a\r\n\r\nhi\r\n\0\r\n", &["SEND destination=/a \"hi\\r\\n\""]),
        (b"SEND\ncontent-length:5\n\na\0b\0c\0ACK\n\n\0", &["SEND content-length=5 \"a\\0b\\0c\"", "ACK"]),
        (b"SEND\ncontent-length:0\n\n\0ACK\n\n\0", &["SEND content-length=0", "ACK"]),
        (
            b"SEND\ncontent-length:2\ncontent-length:9\n\nhi\0",
            &["SEND content-length=2 content-length=9 \"hi\""],
        ),
        (b"SEND\nempty:\na:b:c\n\n\0", &["SEND empty= a=b:c"]),
        (b"SEND\n  spaces :  stay \n\n\0", &["SEND   spaces =  stay "]),
        (b"ACK\nid:\xc3\xa9\xf0\x9f\x90\xb1\n\n\0", &["ACK id=\u{e9}\u{1f431}"]),
        (b"STOMP\naccept-version:1.2\n\nignored\0", &["STOMP accept-version=1.2 \"ignored\""]),
        (b"MESSAGE\nsubscription:0\n\n\xff\0", &["MESSAGE subscription=0 \"\u{fffd}\""]),
    ];
    for (bytes, frames) in rows {
        check(bytes, frames, None);
    }
}

#[test]
fn headers_are_unescaped_except_in_frames_that_agree_on_the_version() {
    let rows: [(&[u8], &str); 6] = [
        (br"ACK id:a\cb\\n\n", "ACK id=a:b\\n\n"),
        (br"ACK i\cd:\r\\\\", "ACK i:d=\r\\\\"),
        (br"CONNECT StompX-User:jane:x@y", "CONNECT StompX-User=jane:x@y"),
        (br"CONNECT StompX-User:back\slash\n", "CONNECT StompX-User=back\\slash\\n"),
        (br"STOMP a:\c", "STOMP a=\\c"),
        (br"CONNECTED session:\q", "CONNECTED session=\\q"),
    ];
    for (line, frame) in rows {
        let mut parts = line.splitn(2, |byte| *byte == b' ');
        let bytes = [parts.next().unwrap(), b"\n", parts.next().unwrap(), b"\n\n\0"].concat();
        check(&bytes, &[frame], None);
    }
}

#[test]
fn what_is_not_stomp_is_a_violation_however_it_is_split() {
    use Command::{Ack, Connect, Send};
    let rows: [(&[u8], Violation); 21] = [
        (b"HELLO\n\n\0", Violation::UnknownCommand),
        (b"send\n\n\0", Violation::UnknownCommand),
        (b" SEND\n\n\0", Violation::UnknownCommand),
        (b"GET / HTTP/1.1\r\n", Violation::UnknownCommand),
        (b"\0", Violation::UnknownCommand),
        (b"SEND\0", Violation::UnknownCommand),
        (b"THIS GOES ON AND ON WITHOUT AN END", Violation::UnknownCommand),
        (b"SEND\n\0", Violation::HeadersNotEnded(Send)),
        (b"SEND\ndestination:/a\0\n\n\0", Violation::HeadersNotEnded(Send)),
        (b"SEND\ndestination\n\n\0", Violation::MalformedHeader(Send)),
        (b"SEND\n:value\n\n\0", Violation::MalformedHeader(Send)),
        (b"SEND\na:b\rc:d\n\n\0", Violation::MalformedHeader(Send)),
        (b"CONNECT\na:b\rc:d\n\n\0", Violation::MalformedHeader(Connect)),
        (b"SEND\na:\xff\n\n\0", Violation::NotUtf8(Send)),
        (b"ACK\nid:\\t\n\n\0", Violation::UnknownEscape(Ack)),
        (b"ACK\nid:a\\\n\n\0", Violation::UnknownEscape(Ack)),
        (b"ACK\n\\x:a\n\n\0", Violation::UnknownEscape(Ack)),
        (b"SEND\ncontent-length:five\n\nhello\0", Violation::BadContentLength(Send)),
        (b"SEND\ncontent-length:+5\n\nhello\0", Violation::BadContentLength(Send)),
        (b"SEND\ncontent-length:\n\nhello\0", Violation::BadContentLength(Send)),
        (b"SEND\ncontent-length:4\n\nhello\0", Violation::WrongContentLength(Send)),
    ];
    for (bytes, violation) in rows {
        check(bytes, &[], Some(violation));
        check(&[b"\nACK\n\n\0", bytes].concat(), &["ACK"], Some(violation));
    }
}

#[test]
fn a_frame_may_have_as_many_bytes_as_the_limit_and_not_one_more() {
    let too_large = Some(Violation::FrameTooLarge { limit: 200 });
    // "SEND\n" + "\n" + body + "\0"
    let open = |body: usize| [b"SEND\n\n", &vec![b'x'; body][..], b"\0"].concat();
    assert_eq!(open(193).len(), 200);
    check(&open(193), &[&format!("SEND \"{}\"", "x".repeat(193))], None);
    check(&open(194), &[], too_large);
    let announced = |body: usize| {
        [format!("SEND\ncontent-length:{body}\n\n").as_bytes(), &vec![b'x'; body], b"\0"].concat()
    };
    assert_eq!(announced(174).len(), 200);
    check(&announced(174), &[&format!("SEND content-length=174 \"{}\"", "x".repeat(174))], None);
    check(&announced(175), &[], too_large);
    // What is announced is refused before it comes.
    check(b"SEND\ncontent-length:175\n\n", &[], too_large);
    check(b"SEND\ncontent-length:99999999999999999999999999\n\n", &[], too_large);
    // Headers count.
    let many = [&b"SEND\n"[..], &[b"a:", &[b'x'; 46][..], b"\n"].concat().repeat(4), b"\n"].concat();
    assert_eq!(many.len(), 202);
    check(&many, &[], too_large);
}

#[test]
fn a_header_line_may_have_as_many_bytes_as_the_limit_and_not_one_more() {
    let line = |bytes: usize, end: &str| format!("ACK\nid:{}{end}\n\0", "x".repeat(bytes - 3));
    for end in ["\n", "\r\n"] {
        check(line(50, end).as_bytes(), &[&format!("ACK id={}", "x".repeat(47))], None);
        check(line(51, end).as_bytes(), &[], Some(Violation::HeaderTooLong { limit: 50 }));
    }
    // Where both limits are exceeded, the one that comes first counts.
    let mut both = format!("ACK\n{}", "a:b\n".repeat(4)).into_bytes();
    both.extend([b'x'; 300]);
    check(&both, &[], Some(Violation::HeaderTooLong { limit: 50 }));
    let lines = format!("ACK\n{}", format!("{}\n", "a:".repeat(24)).repeat(3));
    assert_eq!(lines.len(), 151);
    check(&[lines.as_bytes(), &[b'x'; 300]].concat(), &[], Some(Violation::FrameTooLarge { limit: 200 }));
    // Without any end it is refused as soon as it cannot fit.
    check(format!("ACK\n{}", "x".repeat(52)).as_bytes(), &[], Some(Violation::HeaderTooLong { limit: 50 }));
}

#[test]
fn a_frame_may_have_as_many_headers_as_the_limit_and_not_one_more() {
    let headers = |count: usize| format!("ACK\n{}\n\0", "a:b\n".repeat(count));
    check(headers(4).as_bytes(), &["ACK a=b a=b a=b a=b"], None);
    check(headers(5).as_bytes(), &[], Some(Violation::TooManyHeaders { limit: 4 }));
}

#[test]
fn heartbeats_do_not_count_towards_any_frame() {
    let bytes = [&b"\n".repeat(1000)[..], b"ACK\n\n\0"].concat();
    assert_eq!(decoded(LIMITS, [&bytes[..]]), (vec!["ACK".to_owned()], None));
}

#[test]
fn nothing_is_allocated_for_an_announcement() {
    let mut decoder = Decoder::new(Limits { frame_bytes: 1 << 30, ..LIMITS });
    assert_eq!(decoder.decode(&mut &b"SEND\ncontent-length:1000000000\n\nabc"[..]), Ok(None));
    let State::Body { frame, .. } = &decoder.state else { panic!("the body is awaited") };
    assert!(frame.body.capacity() < 100, "{} bytes", frame.body.capacity());
}

#[test]
fn the_end_of_a_websocket_message_stands_in_for_a_lost_nul() {
    // Messages on the left, frames each of them completes on the right.
    let rows: [(&[&[u8]], &[&str]); 9] = [
        (&[b"DISCONNECT\nreceipt:close-1\n\n"], &["DISCONNECT receipt=close-1"]),
        (&[b"SEND\ncontent-length:2\n\nhi"], &["SEND content-length=2 \"hi\""]),
        (&[b"ACK\n\n", b"ACK\n\n", b"\n", b"SEND\n\n\0"], &["ACK", "ACK", "SEND"]),
        // The NUL was not lost but late.
        (&[b"ACK\n\n", b"\0", b"SEND\n\n\0"], &["ACK", "SEND"]),
        (&[b"ACK\n\n", b"\0SEND\n\n\0"], &["ACK", "SEND"]),
        // A body of unknown length, a body that is not whole, headers that are not whole: the rest is still to come.
        (&[b"SEND\n\nhel", b"lo\0"], &["SEND \"hello\""]),
        (&[b"SEND\ncontent-length:5\n\nhel", b"lo\0"], &["SEND content-length=5 \"hello\""]),
        (&[b"SEND\na:b\n", b"\n\0"], &["SEND a=b"]),
        (&[b"SE", b"ND\n\n\0"], &["SEND"]),
    ];
    for (messages, expected) in rows {
        let mut decoder = Decoder::new(LIMITS);
        let mut frames = Vec::new();
        for message in messages {
            let mut input = *message;
            while let Some(frame) = decoder.decode(&mut input).unwrap() {
                frames.push(short(&frame));
            }
            frames.extend(decoder.end_of_message().as_ref().map(short));
        }
        assert_eq!(frames, expected, "{messages:?}");
    }
}

#[test]
fn only_one_nul_is_late() {
    let mut decoder = Decoder::new(LIMITS);
    assert_eq!(decoder.decode(&mut &b"ACK\n\n"[..]), Ok(None));
    assert!(decoder.end_of_message().is_some());
    assert_eq!(decoder.end_of_message(), None);
    assert_eq!(decoder.decode(&mut &b"\0\0"[..]), Err(Violation::UnknownCommand));
}

#[test]
fn whole_resources_travel_in_one_frame() {
    let limits = Limits { frame_bytes: 1024 * 1024, headers: 64, header_bytes: 16 * 1024 };
    let body = "\u{e9}".repeat(500_000);
    let bytes = format!("SEND\ndestination:/a\ncontent-length:{}\n\n{body}\0", body.len());
    for size in [bytes.len(), 65_536, 1000] {
        let (frames, violation) = decoded(limits, bytes.as_bytes().chunks(size));
        assert_eq!((frames.len(), violation), (1, None), "pieces of {size}");
        assert!(frames[0].len() > body.len());
    }
}

/// Bytes that are almost STOMP.
fn almost_stomp() -> impl Strategy<Value = Vec<u8>> {
    let words: [&[u8]; 20] = [
        b"SEND",
        b"CONNECT",
        b"SUBSCRIBE",
        b"MESSAGE",
        b"\n",
        b"\r\n",
        b"\n\n",
        b"\0",
        b"a:b\n",
        b"id:x\\c\n",
        b"content-length:3\n",
        b"content-length:",
        b"abc",
        b"\\",
        b":",
        b"\r",
        b"\xff",
        b"\xc3\xa9",
        b"12",
        b"\n\n\0",
    ];
    let word = prop_oneof![
        9 => prop::sample::select(words.to_vec()).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..60),
    ];
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_bytes_in_any_split_give_the_same(bytes in almost_stomp(), cuts in prop::collection::vec(0_usize..300, 0..6)) {
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|ends| &bytes[ends[0]..ends[1]]);
        prop_assert_eq!(decoded(LIMITS, pieces), decoded(LIMITS, [&bytes[..]]));
    }

    #[test]
    fn the_fuzz_entries_hold(bytes in almost_stomp(), seed in any::<u8>()) {
        crate::fuzzing::decode(&[&[seed], &bytes[..]].concat());
        let connected = [b"CONNECT\naccept-version:1.2\n\n\0", &bytes[..]].concat();
        crate::fuzzing::session(&connected);
    }
}
