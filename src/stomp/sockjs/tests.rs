//! SockJS frames in both directions, whole, cut and wrong.
use super::*;
use proptest::prelude::*;

const LIMITS: Limits = Limits { payload_bytes: 4096, messages: 8 };

fn decoded(payload: &str) -> Result<Vec<String>, Malformed> {
    decode(payload.as_bytes(), LIMITS)
}

#[test]
fn payloads_of_clients_are_arrays_of_strings_or_one_string() {
    let rows: &[(&str, &[&str])] = &[
        ("[]", &[]),
        (" [ ] ", &[]),
        (r#"[""]"#, &[""]),
        (r#"["a"]"#, &["a"]),
        ("[ \"a\" ,\t\"b\"\r\n]\n", &["a", "b"]),
        (r#""alone""#, &["alone"]),
        (r#"["CONNECT\naccept-version:1.2\n\n\u0000"]"#, &["CONNECT\naccept-version:1.2\n\n\0"]),
        (r#"["\"\\\/\b\f\n\r\t"]"#, &["\"\\/\u{8}\u{c}\n\r\t"]),
        (r#"["\u00e9\u00E9é"]"#, &["ééé"]),
        (r#"["\ud83d\ude00😀"]"#, &["😀😀"]),
        (r#"["],[","x"]"#, &["],[", "x"]),
    ];
    for (payload, expected) in rows {
        let expected = expected.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(decoded(payload), Ok(expected), "{payload}");
    }
}

#[test]
fn half_of_a_surrogate_pair_becomes_the_replacement_character() {
    for (payload, expected) in [
        (r#"["\ud83d"]"#, "\u{fffd}"),
        (r#"["\ude00"]"#, "\u{fffd}"),
        (r#"["\ud83dx"]"#, "\u{fffd}x"),
        (r#"["\ud83d\n"]"#, "\u{fffd}\n"),
        (r#"["\ud83d\u0041"]"#, "\u{fffd}A"),
        (r#"["\ude00\ud83d"]"#, "\u{fffd}\u{fffd}"),
        (r#"["\ud83d\ud83d\ude00"]"#, "\u{fffd}😀"),
    ] {
        assert_eq!(decoded(payload), Ok(vec![expected.to_owned()]), "{payload}");
    }
}

#[test]
fn what_is_not_an_array_of_strings_is_refused_as_a_whole() {
    for payload in [
        "",
        " ",
        "[",
        "]",
        "\"",
        "[\"",
        "[\"a\"",
        "[\"a\",",
        "[\"a\",]",
        "[,\"a\"]",
        "[\"a\" \"b\"]",
        "[\"a\"]]",
        "[\"a\"]x",
        "\"a\"\"b\"",
        "\"a\",\"b\"",
        "[1]",
        "[null]",
        "[[\"a\"]]",
        "{\"a\":\"b\"}",
        "null",
        "['a']",
        "[\"a\u{0}\"]",
        "[\"a\nb\"]",
        "[\"\\x\"]",
        "[\"\\u12\"]",
        "[\"\\u12g4\"]",
        "[\"\\u+123\"]",
        "[\"\\u00é\"]",
        "[\"\\",
        "\u{feff}[]",
    ] {
        assert_eq!(decoded(payload), Err(Malformed::Syntax), "{payload:?}");
    }
    assert_eq!(decode(b"[\"\xff\"]", LIMITS), Err(Malformed::Syntax));
}

#[test]
fn a_payload_at_a_limit_passes_and_one_past_it_does_not() {
    let payload = |bytes: usize| format!("[\"{}\"]", "x".repeat(bytes - 4));
    assert_eq!(decoded(&payload(4096)).map(|messages| messages.len()), Ok(1));
    assert_eq!(decoded(&payload(4097)), Err(Malformed::TooLarge { limit: 4096 }));
    assert_eq!(decoded(&encode(["x"; 8])).map(|messages| messages.len()), Ok(8));
    assert_eq!(decoded(&encode(["x"; 9])), Err(Malformed::TooManyMessages { limit: 8 }));
    assert_eq!(
        ServerFrame::parse(&format!("a{}", payload(4096)), LIMITS),
        Err(Malformed::TooLarge { limit: 4096 })
    );
}

#[test]
fn frames_of_a_server_are_written_as_documented() {
    let mut frame = String::new();
    add_message(&mut frame, "CONNECTED\nversion:1.2\n\n\0");
    assert_eq!(frame, r#"a["CONNECTED\nversion:1.2\n\n\u0000"]"#);
    add_message(&mut frame, "\n");
    assert_eq!(frame, r#"a["CONNECTED\nversion:1.2\n\n\u0000","\n"]"#);
    assert_eq!(close(3000, "Go away!"), r#"c[3000,"Go away!"]"#);
    assert_eq!(encode([]), "[]");
    assert_eq!(encode(["a", "b"]), r#"["a","b"]"#);
}

#[test]
fn characters_that_get_lost_on_the_way_are_escaped() {
    for (character, expected) in [
        ('"', r#"["\""]"#),
        ('\\', r#"["\\"]"#),
        ('\u{0}', r#"["\u0000"]"#),
        ('\u{1f}', r#"["\u001f"]"#),
        ('\u{7f}', "[\"\u{7f}\"]"),
        ('é', r#"["é"]"#),
        ('\u{200d}', r#"["\u200d"]"#),
        ('\u{2028}', r#"["\u2028"]"#),
        ('\u{2060}', r#"["\u2060"]"#),
        ('\u{ffef}', "[\"\u{ffef}\"]"),
        ('\u{ffff}', r#"["\uffff"]"#),
        ('😀', r#"["\ud83d\ude00"]"#),
    ] {
        assert_eq!(encode([&*character.to_string()]), expected);
    }
}

#[test]
fn frames_of_a_server_are_read() {
    let close = |code, reason: &str| Ok(ServerFrame::Close { code, reason: reason.to_owned() });
    let rows = [
        ("o", Ok(ServerFrame::Open)),
        ("h", Ok(ServerFrame::Heartbeat)),
        ("a[]", Ok(ServerFrame::Messages(Vec::new()))),
        ("a[\"x\"]", Ok(ServerFrame::Messages(vec!["x".to_owned()]))),
        ("c[3000,\"Go away!\"]", close(3000, "Go away!")),
        ("c[2010, \"a,b]\" ]", close(2010, "a,b]")),
    ];
    for (text, expected) in rows {
        assert_eq!(ServerFrame::parse(text, LIMITS), expected, "{text}");
    }
    for text in [
        "",
        "x",
        "oo",
        "o\n",
        "h ",
        "a",
        "a\"x\"",
        "c",
        "c[]",
        "c[3000]",
        "c[,\"\"]",
        "c[70000,\"\"]",
        "c[+1,\"\"]",
        "c[1,\"\"]x",
        "é",
    ] {
        assert_eq!(ServerFrame::parse(text, LIMITS), Err(Malformed::Syntax), "{text:?}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(messages in prop::collection::vec(any::<String>(), 0..8)) {
        let limits = Limits { payload_bytes: usize::MAX, messages: 8 };
        let payload = encode(messages.iter().map(String::as_str));
        prop_assert_eq!(decode(payload.as_bytes(), limits), Ok(messages.clone()));
        let mut frame = String::new();
        messages.iter().for_each(|message| add_message(&mut frame, message));
        if !messages.is_empty() {
            prop_assert_eq!(ServerFrame::parse(&frame, limits), Ok(ServerFrame::Messages(messages)));
        }
    }

    #[test]
    fn a_reason_is_read_back(code in any::<u16>(), reason in any::<String>()) {
        let limits = Limits { payload_bytes: usize::MAX, messages: 1 };
        let read = ServerFrame::parse(&close(code, &reason), limits);
        prop_assert_eq!(read, Ok(ServerFrame::Close { code, reason }));
    }

    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        crate::fuzzing::sockjs(&bytes);
    }

    #[test]
    fn near_misses_never_panic(text in r#"[oha c\["\\u0-9d-f,\]\u{d7ff}]{0,40}"#) {
        crate::fuzzing::sockjs(text.as_bytes());
    }
}
