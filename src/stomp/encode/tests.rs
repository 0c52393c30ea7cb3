//! Exact text for what clients see; for the rest, what was written is read back by the decoder.
use super::*;
use crate::{Decoder, Frame, Limits};
use proptest::prelude::*;

#[track_caller]
fn read(text: &str) -> Frame {
    let limits = Limits { frame_bytes: 1 << 20, headers: 64, header_bytes: 1 << 16 };
    let mut input = text.as_bytes();
    let frame = Decoder::new(limits).decode(&mut input).unwrap().expect("a whole frame");
    assert!(input.is_empty(), "one frame: {text:?}");
    frame
}

#[test]
fn frames_look_like_this() {
    let delivery = Delivery { subscription: "s-1", message_id: 42, ..Delivery::default() };
    let rows = [
        (connected("abc", &[]), "CONNECTED\nversion:1.2\nsession:abc\nheart-beat:10000,60000\n\n\0"),
        (
            connected("abc", &[("user-name", "jane:x@y")]),
            "CONNECTED\nversion:1.2\nsession:abc\nheart-beat:10000,60000\nuser-name:jane:x@y\n\n\0",
        ),
        (receipt("close-1"), "RECEIPT\nreceipt-id:close-1\n\n\0"),
        (
            error("unknown command", Some("r"), "{\"error\":\"\u{e9}\"}"),
            "ERROR\nmessage:unknown command\nreceipt-id:r\ncontent-type:application/json\ncontent-length:14\n\n{\"error\":\"\u{e9}\"}\0",
        ),
        (error("no", None, ""), "ERROR\nmessage:no\ncontent-type:application/json\ncontent-length:0\n\n\0"),
        (
            message("/topic/a", JSON, "{}", &delivery),
            "MESSAGE\nsubscription:s-1\nmessage-id:42\ndestination:/topic/a\ncontent-type:application/json\ncontent-length:2\n\n{}\0",
        ),
        (
            message(
                "/topic/a",
                JSON,
                "{}",
                &Delivery { is_acknowledged: true, receipt_id: Some("r"), ..delivery },
            ),
            "MESSAGE\nsubscription:s-1\nmessage-id:42\nack:42\nreceipt-id:r\ndestination:/topic/a\ncontent-type:application/json\ncontent-length:2\n\n{}\0",
        ),
        (
            message("/q", JSON, "{}", &Delivery { subscription_id: Some("s:2"), ..delivery }),
            "MESSAGE\nsubscription:s-1\nmessage-id:42\nsubscription-id:s\\c2\ndestination:/q\ncontent-type:application/json\ncontent-length:2\n\n{}\0",
        ),
    ];
    for (written, expected) in rows {
        assert_eq!(written, expected);
    }
}

#[test]
fn a_shared_message_is_the_same_frame_as_one_written_alone() {
    let shared = SharedMessage::new("/topic/a:b", JSON, "[\"\u{1f431}\"]");
    let mut out = String::from("kept");
    for (message_id, subscription) in [(0, "s"), (u64::MAX, "s:\\\n"), (7, "")] {
        let delivery = Delivery {
            subscription,
            message_id,
            is_acknowledged: true,
            receipt_id: Some(subscription),
            subscription_id: Some(subscription),
            destination: None,
        };
        write_message(&mut out, &shared, &delivery);
        let written = out.split_off("kept".len());
        assert_eq!(written, message("/topic/a:b", JSON, "[\"\u{1f431}\"]", &delivery));
        assert!(written.len() > shared.shared_bytes());
    }
}

#[test]
fn a_message_for_several_destinations_is_the_same_frame_once_each_delivery_names_its_own() {
    let shared = SharedMessage::without_destination(JSON, "{}");
    for destination in ["/topic/a:b", "/topic/c"] {
        let plain = Delivery { subscription: "s", message_id: 7, ..Delivery::default() };
        let mut out = String::new();
        write_message(&mut out, &shared, &Delivery { destination: Some(destination), ..plain });
        assert_eq!(out, message(destination, JSON, "{}", &plain));
    }
}

#[test]
fn a_header_never_becomes_two() {
    let nasty = "a\nreceipt-id:evil\r\n\n\0\\n\\";
    let frame = read(&receipt(nasty));
    assert_eq!(frame.headers.len(), 1);
    assert_eq!(frame.headers.get("receipt-id"), Some("a\nreceipt-id:evil\r\n\n\\n\\"), "NUL is left out");
    let frame = read(&connected("abc", &[("user-name", nasty)]));
    assert_eq!(frame.headers.len(), 4);
    assert_eq!(frame.headers.get("user-name"), Some("areceipt-id:evil\\n\\"), "line ends are left out");
}

#[test]
fn room_is_reserved_once() {
    let shared = SharedMessage::without_destination(JSON, "{}");
    let delivery = Delivery {
        subscription: "subscription-id-00000000-0000-0000-0000-000000000000",
        message_id: u64::MAX,
        is_acknowledged: true,
        receipt_id: Some("receipt-00000000-0000-0000-0000-000000000000"),
        subscription_id: Some("subscription-id-00000000-0000-0000-0000-000000000000"),
        destination: Some("/topic/v1/users/9007199254740991.read_receipts"),
    };
    let mut out = String::new();
    write_message(&mut out, &shared, &delivery);
    let bound = shared.shared_bytes() + delivery.header_bytes();
    assert!(out.len() <= bound, "{} > {bound}", out.len());
}

proptest! {
    #[test]
    fn headers_and_bodies_are_read_back_as_they_were(
        id in "[^\0]{0,40}",
        destination in "[^\0]{0,40}",
        body in any::<String>(),
    ) {
        let delivery = Delivery { subscription: &id, message_id: 1, receipt_id: Some(&id), ..Delivery::default() };
        let frame = read(&message(&destination, JSON, &body, &delivery));
        prop_assert_eq!(frame.headers.get("subscription"), Some(&*id));
        prop_assert_eq!(frame.headers.get("receipt-id"), Some(&*id));
        prop_assert_eq!(frame.headers.get("destination"), Some(&*destination));
        prop_assert_eq!(frame.body, body.into_bytes());
    }
}
