//! Checks in the form of RFC 5769, damaged in every place.
use super::*;
use crate::transport::testing::{Check, ICE_CONTROLLED, USE_CANDIDATE, address};
use rtc_stun::attributes::AttrType;
use rtc_stun::error_code::ErrorCodeAttribute;
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_SUCCESS as SUCCESS, Getter, Message, MessageType};
use rtc_stun::uattrs::UnknownAttributes;
use rtc_stun::xoraddr::XorMappedAddress;

fn key(pwd: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, pwd.as_bytes())
}

fn our_key() -> hmac::Key {
    key("password-of-us")
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: String = hex.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// Makes FINGERPRINT right again after a change.
fn fix_fingerprint(message: &mut [u8]) {
    let at = message.len() - 8;
    let value = fingerprint_value(&message[..at]).to_be_bytes();
    message[at + 4..].copy_from_slice(&value);
}

/// Puts attributes in front of FINGERPRINT.
fn add_behind_integrity(message: &[u8], attribute: &[u8]) -> Vec<u8> {
    let (before, fingerprint) = message.split_at(message.len() - 8);
    let mut longer = [before, attribute, fingerprint].concat();
    let len = u16::try_from(longer.len() - 20).unwrap();
    longer[2..4].copy_from_slice(&len.to_be_bytes());
    fix_fingerprint(&mut longer);
    longer
}

#[test]
fn the_sample_request_of_rfc_5769_is_understood() {
    let message = bytes(
        "000100582112a442b7e7a701bc34d686fa87dfae 802200105354554e207465737420636c69656e74 002400046e0001ff
         80290008932ff9b151263b36 0006000965 76746a3a68367659202020 000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
         80280004e57a3bcf",
    );
    let request = Request::read(&message).unwrap();
    assert_eq!(request.username, Some(&b"evtj:h6vY"[..]));
    assert!(request.is_authentic(&key("VOkJxbRl1RmTxUk/WvJxBt")));
    assert!(!request.is_authentic(&key("VOkJxbRl1RmTxUk/WvJxBu")));
    assert!(request.is_controlled && !request.uses_candidate && request.unknown().is_empty());
    assert_eq!(local_ufrag(&message), Some("evtj"));
}

#[test]
fn checks_are_read() {
    let rows = [
        (Check::new("us", "them"), false, false, &[][..]),
        (Check::new("us", "them").nominating(), true, false, &[]),
        (Check::new("us", "them").with(ICE_CONTROLLED, &[0; 8]), false, true, &[]),
        (Check::new("us", "them").with(0x0019, &[17, 0, 0, 0]), false, false, &[0x0019]),
        // Unknown, but optional.
        (Check::new("us", "them").with(0xc070, &[22; 1000]), false, false, &[]),
        (Check::new("us", "them").with(0x001a, &[]).with(0x7fff, b"odd"), false, false, &[0x001a, 0x7fff]),
    ];
    for (check, uses_candidate, is_controlled, unknown) in rows {
        let message = check.write();
        let request = Request::read(&message).unwrap();
        assert_eq!(local_ufrag(&message), Some("us"));
        assert_eq!(request.username, Some(&b"us:them"[..]));
        assert!(request.has_credentials() && request.is_authentic(&our_key()));
        assert_eq!((request.uses_candidate, request.is_controlled), (uses_candidate, is_controlled));
        assert_eq!(request.unknown().iter().collect::<Vec<_>>(), unknown);
    }
}

#[test]
fn what_is_no_binding_request_is_not_read() {
    let good = Check::new("us", "them").write();
    let changed = |at: usize, value: u8| {
        let mut message = good.clone();
        message[at] = value;
        fix_fingerprint(&mut message);
        message
    };
    let rows: [(&str, Vec<u8>); 9] = [
        ("empty", Vec::new()),
        ("a response", changed(0, 1)),
        ("an indication", changed(1, 0x11)),
        ("another method", changed(1, 3)),
        ("another cookie", changed(7, 0x43)),
        ("a length that is too long", changed(3, good[3] + 4)),
        ("a length that is too short", changed(3, good[3] - 4)),
        ("no fingerprint", Check { has_fingerprint: false, ..Check::new("us", "them") }.write()),
        ("a byte behind the end", [&good[..], &[0]].concat()),
    ];
    for (what, message) in rows {
        assert!(Request::read(&message).is_none(), "{what}");
    }
    assert!(Request::read(&good).is_some());
}

#[test]
fn every_truncation_is_refused() {
    let message = Check::new("us", "them").nominating().write();
    for len in 0..message.len() {
        assert!(Request::read(&message[..len]).is_none(), "{len}");
        assert_eq!(local_ufrag(&message[..len]), None, "{len}");
        // The same with a header that says so.
        let mut shorter = message[..len].to_vec();
        if let (Some(body), true) = (len.checked_sub(20), len >= 28) {
            shorter[2..4].copy_from_slice(&u16::try_from(body).unwrap().to_be_bytes());
            fix_fingerprint(&mut shorter);
            let is_believed = Request::read(&shorter).is_some_and(|request| request.is_authentic(&our_key()));
            assert!(!is_believed, "{len}");
        }
    }
}

#[test]
fn every_changed_bit_is_noticed() {
    let message = Check::new("us", "them").nominating().write();
    for at in 0..message.len() {
        for bit in 0..8 {
            let mut changed = message.clone();
            changed[at] ^= 1 << bit;
            assert!(Request::read(&changed).is_none(), "byte {at}, bit {bit}: FINGERPRINT");
            if at < message.len() - 8 {
                fix_fingerprint(&mut changed);
                let is_believed = Request::read(&changed).is_some_and(|r| r.is_authentic(&our_key()));
                assert!(!is_believed, "byte {at}, bit {bit}: MESSAGE-INTEGRITY");
            }
        }
    }
}

#[test]
fn attributes_behind_the_integrity_are_not_believed() {
    let message = Check::new("us", "them").write();
    let nomination = [USE_CANDIDATE.to_be_bytes(), [0, 0]].concat();
    let longer = add_behind_integrity(&message, &nomination);
    let request = Request::read(&longer).unwrap();
    assert!(request.is_authentic(&our_key()), "nothing it covers has changed");
    assert!(!request.uses_candidate);
    let unknown = [0, 0x19, 0, 0];
    let longer = add_behind_integrity(&message, &unknown);
    assert!(Request::read(&longer).unwrap().unknown().is_empty());
}

#[test]
fn lengths_that_lie_are_refused() {
    let rows: [(&str, Vec<u8>); 5] = [
        ("a header cut short", vec![0, 6]),
        ("a value that is not there", vec![0, 6, 0, 4, 1, 2]),
        ("a value as long as can be", vec![0, 6, 0xff, 0xff, 1, 2, 3, 4]),
        ("padding that is not there", vec![0, 6, 0, 1, b':']),
        ("one of two", [&[0, 6, 0, 1, b':', 0, 0, 0][..], &[0, 8, 0, 21][..], &[0; 20]].concat()),
    ];
    for (what, attributes) in rows {
        let mut message = [&[0, 1, 0, 0][..], &MAGIC_COOKIE.to_be_bytes(), &[7; 12], &attributes].concat();
        let len = u16::try_from(message.len() - 20).unwrap();
        message[2..4].copy_from_slice(&len.to_be_bytes());
        assert!(attributes_of(&message).is_none(), "{what}");
        assert_eq!(local_ufrag(&message), None, "{what}");
    }
}

fn attributes_of(message: &[u8]) -> Option<usize> {
    super::attributes(message).map(Iterator::count)
}

#[test]
fn an_integrity_of_another_length_is_wrong() {
    for len in [0, 19, 21, 32] {
        let check = Check { pwd: None, ..Check::new("us", "them") }.with(0x0008, &vec![7; len]);
        let message = check.write();
        assert!(!Request::read(&message).unwrap().is_authentic(&our_key()), "{len}");
    }
}

#[test]
fn requests_up_to_the_limit_are_read() {
    let padding = MAX_REQUEST_BYTES - Check::new("us", "them").with(0xc070, &[]).write().len();
    let most = Check::new("us", "them").with(0xc070, &vec![1; padding]).write();
    assert_eq!(most.len(), MAX_REQUEST_BYTES);
    assert!(Request::read(&most).is_some());
    let longer = Check::new("us", "them").with(0xc070, &vec![1; padding + 4]).write();
    assert!(Request::read(&longer).is_none() && local_ufrag(&longer).is_none());
}

#[test]
fn the_user_name_fragment_is_what_is_before_the_first_colon() {
    let rows: [(Option<&str>, Option<&str>); 6] = [
        (Some("us:them"), Some("us")),
        (Some("us:them:others"), Some("us")),
        (Some(":them"), Some("")),
        (Some("us"), None),
        (Some(""), None),
        (None, None),
    ];
    for (username, expected) in rows {
        let check = Check { username: username.map(str::to_owned), ..Check::new("us", "them") };
        assert_eq!(local_ufrag(&check.write()), expected, "{username:?}");
    }
    let mut binary = Check::new("us", "them").write();
    binary[24] = 0xff;
    assert_eq!(local_ufrag(&binary), None);
    for (len, is_found) in [(MAX_USERNAME_BYTES - 1, true), (MAX_USERNAME_BYTES, false)] {
        let message = request(&("u".repeat(len) + ":them"), &[], None).unwrap();
        assert_eq!(local_ufrag(&message).is_some(), is_found, "{len}");
    }
}

/// The answer as another implementation reads it: integrity is checked if `pwd` says with what.
fn answered(answer: Answer, pwd: Option<&str>) -> Message {
    let message = Check::new("us", "them").with(0x0019, &[0; 4]).write();
    let request = Request::read(&message).unwrap();
    let mut buffer = [0xff; 200];
    let len = answer.write(&request, &our_key(), &mut buffer).unwrap();
    let mut read = Message::new();
    read.unmarshal_binary(&buffer[..len]).unwrap();
    assert_eq!(read.transaction_id.0, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    FINGERPRINT.check(&read).unwrap();
    let provider = rtc_crypto::default_provider().unwrap();
    match pwd {
        Some(pwd) => MessageIntegrity::check(&mut read, pwd.as_bytes(), provider.crypto()).unwrap(),
        None => assert!(!read.contains(AttrType(0x0008))),
    }
    for room in 0..len {
        assert_eq!(answer.write(&request, &our_key(), &mut buffer[..room]), None, "{room} bytes are too few");
    }
    read
}

#[test]
fn successes_tell_the_address() {
    let rows = [
        (address(40_000), address(40_000)),
        ("[2001:db8::7]:1".parse().unwrap(), "[2001:db8::7]:1".parse().unwrap()),
        ("[::ffff:192.0.2.1]:32853".parse().unwrap(), "192.0.2.1:32853".parse().unwrap()),
    ];
    for (from, expected) in rows {
        let read = answered(Answer::Mapped(from), Some("password-of-us"));
        assert_eq!(read.typ, SUCCESS);
        let mut mapped = XorMappedAddress::default();
        mapped.get_from(&read).unwrap();
        assert_eq!(SocketAddr::new(mapped.ip, mapped.port), expected);
    }
}

#[test]
fn errors_tell_their_number() {
    let mut unknown = Unknown::default();
    for typ in 0x19..0x40 {
        unknown.insert(typ);
    }
    let rows = [
        (Answer::BadRequest, 400, None),
        (Answer::Unauthenticated, 401, None),
        (Answer::UnknownAttributes(unknown), 420, Some("password-of-us")),
        (Answer::RoleConflict, 487, Some("password-of-us")),
    ];
    for (answer, number, pwd) in rows {
        let read = answered(answer, pwd);
        assert_eq!(
            read.typ,
            MessageType { method: SUCCESS.method, class: rtc_stun::message::CLASS_ERROR_RESPONSE }
        );
        let mut code = ErrorCodeAttribute::default();
        code.get_from(&read).unwrap();
        assert_eq!(code.code.0, number);
    }
    for count in [1, 2, 3, MAX_UNKNOWN, MAX_UNKNOWN + 1] {
        let mut unknown = Unknown::default();
        (0x19..).take(count).for_each(|typ| unknown.insert(typ));
        let read = answered(Answer::UnknownAttributes(unknown), Some("password-of-us"));
        let mut listed = UnknownAttributes(Vec::new());
        listed.get_from(&read).unwrap();
        let expected: Vec<_> = (0x19..).take(count.min(MAX_UNKNOWN)).map(AttrType).collect();
        assert_eq!(listed.0, expected);
    }
}

#[test]
fn requests_of_ours_are_authentic_for_others_too() {
    let nomination = [USE_CANDIDATE.to_be_bytes(), [0, 0]].concat();
    let message = request("us:them", &nomination, Some("password-of-us")).unwrap();
    let read = Request::read(&message).unwrap();
    assert!(read.is_authentic(&our_key()) && read.uses_candidate);
    let mut read = Message::new();
    read.unmarshal_binary(&message).unwrap();
    FINGERPRINT.check(&read).unwrap();
    let provider = rtc_crypto::default_provider().unwrap();
    MessageIntegrity::check(&mut read, b"password-of-us", provider.crypto()).unwrap();
    assert_eq!(request("us:them", &[0; MAX_REQUEST_BYTES], None), None);
}
