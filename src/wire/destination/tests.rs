//! Destinations in both directions, and what is none.
use super::*;
use model::{CallId, ChannelId, ThreadId, UserId};
use std::collections::BTreeSet;

#[test]
fn everything_printed_parses_back_in_both_families() {
    let without_version = |text: &str| text.replacen("/v1/", "/", 1);
    let mut printed = BTreeSet::new();
    for action in Action::every(7) {
        let text = action.to_string();
        assert_eq!(Action::parse(&text), Some(action), "{text}");
        assert_eq!(Action::parse(&without_version(&text)), Some(action), "{text}");
        assert!(printed.insert(text), "two actions print the same");
    }
    for relay in Relay::every(7) {
        let text = relay.to_string();
        let request = RelayRequest { relay, page: PageSpec::default() };
        assert_eq!(Relay::parse(&text), Some(request.clone()), "{text}");
        assert_eq!(Relay::parse(&without_version(&text)), Some(request), "{text}");
        assert!(printed.insert(text), "two relays print the same");
    }
    let user = UserTopic::ALL.iter().map(|key| Topic::User(UserId(7), *key));
    let channel = ChannelTopic::ALL.iter().map(|key| Topic::Channel(ChannelId(7), *key));
    let thread = ThreadTopic::ALL.iter().map(|key| Topic::Thread(ThreadId(7), *key));
    let call = CallTopic::ALL.iter().map(|key| Topic::Call(CallId(7), *key));
    for topic in user.chain(channel).chain(thread).chain(call) {
        let text = topic.to_string();
        assert_eq!(Topic::parse(&text), Some(topic), "{text}");
        assert_eq!(Topic::parse(&without_version(&text)), Some(topic), "{text}");
        assert!(printed.insert(text), "two topics print the same");
    }
    assert!(printed.iter().all(|text| !text.contains([':', '\\', '\r', '\n'])), "{printed:?}");
}

#[test]
fn hard_coded_destinations_of_the_clients_are_known() {
    let rows = [
        ("/application/v1/user.relay", Relay::Bootstrap),
        ("/application/user.relay", Relay::Bootstrap),
        ("/application/v1/users/me.relay", Relay::Bootstrap),
        ("/application/v1/user.write_file_access_grant.relay", Relay::WriteFileAccessGrant),
        ("/application/user.read_file_access_grant.relay", Relay::ReadFileAccessGrant),
        ("/application/v1/users/me.write_file_access_grant.relay", Relay::WriteFileAccessGrant),
        ("/application/v1/channels/5.relay", Relay::Channel(ChannelId(5))),
        ("/application/users/7.relay", Relay::User(UserId(7))),
        ("/application/v1/calls/3.relay", Relay::Call(CallId(3))),
        ("/application/v1/users/7.media_settings.relay", Relay::UserMediaSettings(UserId(7))),
    ];
    for (text, relay) in rows {
        assert_eq!(Relay::parse(text).map(|request| request.relay), Some(relay), "{text}");
    }
    assert_eq!(Action::parse("/application/v1/users/7.block"), Some(Action::BlockUser(UserId(7))));
    assert!(is_errors_queue("/user/queue/v1/errors") && is_errors_queue("/user/queue/errors"));
    assert!(!is_errors_queue("/user/queue/v1/error") && !is_errors_queue("/queue/errors"));
}

#[test]
fn the_bootstrap_destination_tells_the_family() {
    let rows = [
        ("/application/v1/user.relay", Some(Dialect::V1)),
        ("/application/user.relay", Some(Dialect::Core2)),
        ("/application/v1/users/me.relay", Some(Dialect::Legacy)),
        ("/application/v1/user.self.relay", None),
    ];
    for (text, dialect) in rows {
        assert_eq!(Dialect::of_bootstrap(text), dialect, "{text}");
    }
}

#[test]
fn what_is_no_destination_is_refused() {
    let rows = [
        "",
        "undefined",
        "/application/v1/user",
        "/application/v1/nowhere.relay",
        "/application/v1/users/NaN.relay",
        "/application/v1/users/undefined.relay",
        "/application/v1/users/+7.relay",
        "/application/v1/users/-7.relay",
        "/application/v1/users/.relay",
        "/application/v1/users/9007199254740992.relay",
        "/application/v1/users/99999999999999999999999.relay",
        "/application/v1/users/7.relay.page.1.size.2.sort.",
        "/application/v1/channels/5.members.relay.cursor..size..sort.",
        "/application/v1/channels/5.members.relayed",
        "/application/v1/channels/5.members.relay.page",
        "/application/v2/user.relay",
        "/application/v1/channels/5/blocks/.delete",
        "/application/v1/channels/5/blocks/7.delete.relay",
        "/application/v1/channels/5/blocks/7/blocks/8.delete",
        "/application/v1/messages/NaN.react",
        "/application/v1/messages/5.read_receipts.relay.cursor..size..sort.",
        "/topic/v1/messages/5.self",
        "/topic/v1/channels/5/blocks/7.self",
        "/topic/v1/threads/5.members",
        "/topic/v1/user.calls",
        "/topic/v1/users/7.nothing",
        "/topic/v1/users/7",
    ];
    for text in rows {
        assert_eq!(Relay::parse(text), None, "{text}");
        assert_eq!(Action::parse(text), None, "{text}");
        assert_eq!(Topic::parse(text), None, "{text}");
    }
}

#[test]
fn the_largest_id_is_the_largest_a_client_can_hold() {
    let id = UserId((1 << 53) - 1);
    assert_eq!(
        Topic::parse("/topic/v1/users/9007199254740991.calls"),
        Some(Topic::User(id, UserTopic::Calls))
    );
    assert_eq!(Topic::parse("/topic/v1/users/9007199254740992.calls"), None);
}

#[test]
fn page_suffixes_work_verbatim_substituted_and_appended() {
    let spec = |number, size, sort: Option<&str>| PageSpec {
        number,
        size,
        sort: sort.map(Into::into),
        cursor: None,
    };
    let rows = [
        ("", spec(None, None, None)),
        (".page..size..sort.", spec(None, None, None)),
        (".page..size.10.sort.", spec(None, Some(10), None)),
        (".page..size..sort.user.displayName,asc", spec(None, None, Some("user.displayName,asc"))),
        (".page.1.size.25.sort.user.displayName,asc", spec(Some(1), Some(25), Some("user.displayName,asc"))),
        (
            ".page.2.size.5.sort.a.page.9.size.9.sort.b",
            spec(Some(2), Some(5), Some("a.page.9.size.9.sort.b")),
        ),
        (".page.undefined.size.null.sort.undefined", spec(None, None, None)),
        (".page.-1.size.x.sort.a b", spec(None, None, None)),
        (".page.4294967296.size.4294967295.sort.", spec(None, Some(u32::MAX), None)),
        (".page.3", spec(Some(3), None, None)),
    ];
    for (suffix, expected) in rows {
        let text = format!("/application/v1/channels/5.members.relay{suffix}");
        let request = Relay::parse(&text).unwrap_or_else(|| panic!("{text} is not a relay"));
        assert_eq!(request.page, expected, "{text}");
        assert_eq!(Relay::parse(&request.to_string()), Some(request), "{text}");
    }
}

#[test]
fn cursor_suffixes_keep_their_token() {
    let request =
        Relay::parse("/application/v1/channels/5.messages.relay.cursor.aZ_-9.size.5.sort.").unwrap();
    assert_eq!(request.page.cursor.as_deref(), Some("aZ_-9"));
    assert_eq!(request.to_string(), "/application/v1/channels/5.messages.relay.cursor.aZ_-9.size.5.sort.");
}

#[test]
fn sort_specifications_and_cursors_have_a_longest_length() {
    for (length, kept) in [(128, true), (129, false)] {
        let sort = "s".repeat(length);
        let request =
            Relay::parse(&format!("/application/v1/user.contacts.relay.page..size..sort.{sort}")).unwrap();
        assert_eq!(request.page.sort.is_some(), kept, "sort of {length}");
        let request =
            Relay::parse(&format!("/application/v1/channels/5.messages.relay.cursor.{sort}")).unwrap();
        assert_eq!(request.page.cursor.is_some(), kept, "cursor of {length}");
    }
}

#[test]
fn undefined_null_and_empty_parameters_are_absent() {
    for absent in [None, Some(""), Some("undefined"), Some("null")] {
        assert_eq!(parameter(absent), None);
    }
    assert_eq!(parameter(Some("nulls")), Some("nulls"));
}

#[test]
fn the_fuzz_entry_accepts_anything() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let words = [
        "/application/v1/",
        "/topic/",
        "user",
        "users/",
        "7",
        ".",
        "relay",
        ".page.",
        ".size.",
        ".sort.",
        "\u{e9}",
    ];
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..seed % 9 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(words[(seed >> 33) as usize % words.len()]);
        }
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        crate::fuzzing::destination(text.as_bytes());
        crate::fuzzing::request(text.as_bytes());
    }
    crate::fuzzing::destination(b"\xff\xfe/application/");
}
