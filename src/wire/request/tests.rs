//! Bodies as clients send them, and what is said about wrong ones.
use super::*;

fn problem<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => panic!("accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_channel_is_created_from_references_of_every_kind() {
    let body =
        br#"{"type":"PRIVATE","name":"ops","members":[{"id":7},{"username":"ann"},{"name":"bob","x":1}],
        "properties":{"a":[1]},"unknown":{}}"#;
    let request = create_channel(body).unwrap();
    assert_eq!(request.kind, ChannelKind::Private);
    assert_eq!(request.name.as_deref(), Some("ops"));
    assert_eq!(request.properties.as_json(), r#"{"a":[1]}"#);
    assert!(matches!(request.members[0], UserRef::Id(UserId(7))));
    assert!(matches!(&request.members[1], UserRef::Name(name) if name == "ann"));
    assert!(matches!(&request.members[2], UserRef::Name(name) if name == "bob"));
}

#[test]
fn nulls_count_as_absent() {
    let body = br#"{"type":"PUBLIC","name":null,"displayName":null,"members":null,"properties":null}"#;
    let request = create_channel(body).unwrap();
    assert_eq!((request.name, request.display_name), (None, None));
    assert!(request.members.is_empty());
    assert_eq!(request.properties.as_json(), "{}");
}

#[test]
fn wrong_channel_bodies_say_what_is_wrong() {
    let rows: [(&[u8], &str); 6] = [
        (b"{}", "type: one of DIRECT, PUBLIC, PRIVATE"),
        (br#"{"type":"ROOM"}"#, "type: one of DIRECT, PUBLIC, PRIVATE"),
        (br#"{"type":"DIRECT","members":[{}]}"#, "user: needs `id` or `username`"),
        (br#"{"type":"DIRECT","properties":[]}"#, "properties: must be a JSON object"),
        (br#"{"type":"DIRECT","members":[{"id":-1}]}"#, "body: invalid value"),
        (b"not json", "body: expected"),
    ];
    for (body, expected) in rows {
        let problem = problem(create_channel(body));
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn members_properties_and_payloads_have_limits() {
    for (count, fits) in [(limits::MAX_INITIAL_MEMBERS, true), (limits::MAX_INITIAL_MEMBERS + 1, false)] {
        let members = vec![r#"{"id":1}"#; count].join(",");
        let body = format!(r#"{{"type":"PUBLIC","members":[{members}]}}"#);
        assert_eq!(create_channel(body.as_bytes()).is_ok(), fits, "{count} members");
    }
    for (size, fits) in [(limits::MAX_PROPERTIES_BYTES, true), (limits::MAX_PROPERTIES_BYTES + 1, false)] {
        let filler = "x".repeat(size - r#"{"a":""}"#.len());
        let body = format!(r#"{{"properties":{{"a":"{filler}"}}}}"#);
        assert_eq!(start_call(body.as_bytes(), true).is_ok(), fits, "{size} bytes of properties");
    }
    for (size, fits) in [(limits::MAX_SIGNAL_BYTES, true), (limits::MAX_SIGNAL_BYTES + 1, false)] {
        let filler = "x".repeat(size - r#"{"a":""}"#.len());
        let body = format!(r#"{{"type":"ADD_CANDIDATE","peer":{{"id":1}},"payload":{{"a":"{filler}"}}}}"#);
        assert_eq!(signal(body.as_bytes()).is_ok(), fits, "{size} bytes of payload");
    }
    for (count, fits) in [(limits::MAX_MEDIA_SECTIONS, true), (limits::MAX_MEDIA_SECTIONS + 1, false)] {
        let sources: Vec<String> = (0..count).map(|mid| format!(r#""{mid}":"camera""#)).collect();
        let sources = sources.join(",");
        let body = format!(
            r#"{{"type":"SEND_DESCRIPTION","payload":{{"type":"offer","sdp":"v=0","sources":{{{sources}}}}}}}"#
        );
        assert_eq!(signal(body.as_bytes()).is_ok(), fits, "{count} sources");
    }
}

#[test]
fn a_user_updates_what_it_may_and_never_takes_the_default_picture_as_its_own() {
    let body = br#"{"id":9,"displayName":"Ann","displayPictureUrl":"http://h/default.png",
        "presence":{"status":"AWAY","online":true},"properties":{},"_relays":{"self":"x"}}"#;
    let patch = update_user(body, "http://h/default.png").unwrap();
    assert_eq!(patch.display_name.as_deref(), Some("Ann"));
    assert_eq!(patch.display_picture_url, None);
    assert_eq!(patch.presence_status.as_deref(), Some("AWAY"));
    let patch = update_user(br#"{"displayPictureUrl":"http://h/mine.png"}"#, "http://h/default.png").unwrap();
    assert_eq!(patch.display_picture_url.as_deref(), Some("http://h/mine.png"));
    assert!(patch.properties.is_none());
}

#[test]
fn user_references_come_wrapped_or_bare() {
    assert!(matches!(user_reference(br#"{"user":{"id":3}}"#), Ok(UserRef::Id(UserId(3)))));
    assert!(matches!(user_reference(br#"{"username":"ann"}"#), Ok(UserRef::Name(name)) if name == "ann"));
    assert_eq!(problem(user_reference(b"{}")), "user: needs `id` or `username`");
}

#[test]
fn a_call_start_may_be_empty() {
    let request = start_call(b"", true).unwrap();
    assert_eq!((request.kind, request.p2p, request.legacy_client), (CallKind::Conference, None, true));
    let request = start_call(br#"{"type":"PRESENTER","p2p":false}"#, false).unwrap();
    assert_eq!((request.kind, request.p2p, request.legacy_client), (CallKind::Presenter, Some(false), false));
    assert_eq!(problem(start_call(br#"{"type":"PARTY"}"#, true)), "type: one of CONFERENCE, PRESENTER");
}

#[test]
fn a_signal_to_a_peer_keeps_its_payload_as_it_is() {
    let body = br#"{"type":"ADD_CANDIDATE","peer":{"id":4,"name":"x"},"payload":{ "candidate" : "c" }}"#;
    let signal = signal(body).unwrap();
    assert_eq!((signal.kind, signal.peer), (SignalKind::AddCandidate, Some(UserId(4))));
    assert_eq!(signal.payload, r#"{ "candidate" : "c" }"#);
    assert!(signal.offer.is_none());
    assert_eq!(signal.description, None);
}

#[test]
fn a_description_to_a_peer_says_which_half_of_the_exchange_it_is() {
    let rows = [
        (r#"{"type":"offer","sdp":"v=0"}"#, Description::Offer),
        (r#"{"type":"answer","sdp":"v=0"}"#, Description::Answer),
        (r#"{"type":"pranswer","sdp":"v=0"}"#, Description::Answer),
    ];
    for (payload, expected) in rows {
        let body = format!(r#"{{"type":"SEND_DESCRIPTION","peer":{{"id":4}},"payload":{payload}}}"#);
        let signal = signal(body.as_bytes()).unwrap();
        assert_eq!((signal.description, signal.payload.as_str()), (Some(expected), payload));
        assert!(signal.offer.is_none());
    }
}

#[test]
fn a_description_without_peer_is_an_offer_to_the_sfu() {
    let body =
        br#"{"type":"SEND_DESCRIPTION","payload":{"type":"offer","sdp":"v=0","sources":{"1":"screen"}}}"#;
    let offer = signal(body).unwrap().offer.unwrap();
    assert_eq!((offer.sdp.as_str(), offer.sources), ("v=0", vec![("1".to_owned(), Source::Screen)]));
}

#[test]
fn wrong_signals_say_what_is_wrong() {
    let rows: [(&[u8], &str); 8] = [
        (b"{}", "type: one of SEND_DESCRIPTION, ADD_CANDIDATE"),
        (br#"{"type":"CREATE_OFFER","payload":{}}"#, "type: one of SEND_DESCRIPTION, ADD_CANDIDATE"),
        (br#"{"type":"SEND_DESCRIPTION"}"#, "payload: is missing"),
        (
            br#"{"type":"SEND_DESCRIPTION","payload":{"type":"answer","sdp":""}}"#,
            "payload.type: must be `offer`",
        ),
        (br#"{"type":"SEND_DESCRIPTION","payload":{"type":"offer"}}"#, "payload.sdp: is missing"),
        (
            br#"{"type":"SEND_DESCRIPTION","payload":{"type":"offer","sdp":"","sources":{"0":"mic"}}}"#,
            "payload.sources: each one of",
        ),
        (br#"{"type":"SEND_DESCRIPTION","peer":{"id":4},"payload":{"sdp":""}}"#, "payload.type: is missing"),
        (br#"{"type":"SEND_DESCRIPTION","peer":{"id":4},"payload":"v=0"}"#, "payload: must be an object"),
    ];
    for (body, expected) in rows {
        let problem = problem(signal(body));
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn switches_need_a_boolean() {
    assert!(enabled(br#"{"enabled":true}"#).unwrap());
    assert_eq!(problem(enabled(b"{}")), "enabled: true or false");
    assert!(decline(br#"{"reason":"busy"}"#).unwrap());
    assert!(!decline(b"{}").unwrap());
}

#[test]
fn an_external_picture_needs_a_url() {
    let patch = display_picture(br#"{"url":"https://p.example.org/1.png","name":"1.png","size":3}"#).unwrap();
    assert_eq!(patch.display_picture_url.as_deref(), Some("https://p.example.org/1.png"));
    assert_eq!((patch.display_name, patch.presence_status), (None, None));
    assert_eq!(problem(display_picture(b"{}")), "url: is missing");
}

#[test]
fn whoever_leaves_is_the_actor_unless_somebody_is_named() {
    assert_eq!(leaver(b"{}").unwrap(), None);
    assert_eq!(leaver(br#"{"user":null}"#).unwrap(), None);
    assert_eq!(leaver(br#"{"user":{"id":7,"name":"ann"}}"#).unwrap(), Some(UserRef::Id(UserId(7))));
    assert_eq!(problem(leaver(br#"{"user":{}}"#)), "user: needs `id` or `username`");
}
