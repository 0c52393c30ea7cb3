//! Golden files: every resource, event and error body, in `tests/golden`.
//!
//! `UPDATE_GOLDEN=1` rewrites them; the diff is the review. Each test also checks what no diff should ever change:
//! no `null` anywhere, and every key that a client reads.
use crate::{
    destination::{
        Action, CallTopic, ChannelTopic, ERRORS_QUEUE, PageSpec, Relay, ThreadTopic, Topic, UserTopic,
    },
    error::{NOT_FOUND, Public},
    event::{self, EventType},
    resource::{Answer, Count, Exists, Grant, PageResource, Renderer, Seat},
};
use model::{
    AppId, CallId, ChannelId, Properties, SessionKey, ThreadId, Timestamp, UserId,
    call::{Call, CallKind, CallState, CallView, EndReason, Outcome, Participant, SignalKind, Source},
    channel::{Channel, ChannelKind, ChannelView},
    event::{ReceivedTrack, SignalPayload, WantedSections},
    page::{Page, PageRequest},
    user::{CallStatus, MediaSettings, Presence, User, UserView},
};
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeSet, env, path::PathBuf};

mod chat;

const NOON: Timestamp = Timestamp(1_655_380_800_000);

fn renderer() -> Renderer {
    Renderer::new("https://chat.example.org/")
}

fn user(id: u64, name: &str) -> UserView {
    UserView {
        user: User {
            id: UserId(id),
            app: AppId(1),
            name: name.to_owned(),
            display_name: name.to_uppercase(),
            display_picture_url: (id == 8).then(|| "https://pictures.example.org/8.png".to_owned()),
            is_guest: id == 7,
            presence_status: "AVAILABLE".to_owned(),
            properties: Properties::from_checked_json(r#"{"team":"red"}"#),
            created_time: NOON,
        },
        presence: Presence { status: "AVAILABLE".to_owned(), online: id != 9 },
        call_status: if id == 8 { CallStatus::InCall } else { CallStatus::Available },
    }
}

fn channel(kind: ChannelKind) -> ChannelView {
    let direct_members =
        if kind == ChannelKind::Direct { vec![user(7, "ann"), user(8, "bob")] } else { vec![] };
    ChannelView {
        channel: Channel {
            id: ChannelId(5),
            app: AppId(1),
            kind,
            name: "ops".to_owned(),
            display_name: "Operations".to_owned(),
            creator: Some(UserId(7)),
            properties: Properties::default(),
            created_time: NOON,
            last_seq: 3,
        },
        creator: Some(user(7, "ann")),
        direct_members,
    }
}

fn call(state: CallState) -> CallView {
    let over = state == CallState::Ended;
    let participant = |id, outcome, joined: bool, left: bool| Participant {
        user: UserId(id),
        outcome,
        invited_time: NOON,
        joined_time: joined.then_some(NOON),
        left_time: left.then_some(NOON),
    };
    CallView {
        call: Call {
            id: CallId(3),
            app: AppId(1),
            channel: ChannelId(5),
            kind: CallKind::Conference,
            creator: UserId(7),
            state,
            p2p: !over,
            properties: Properties::default(),
            created_time: NOON,
            active_time: over.then_some(NOON),
            end_time: over.then_some(NOON),
            end_reason: over.then_some(EndReason::Completed),
        },
        creator: user(7, "ann"),
        participants: vec![
            participant(7, if over { Outcome::Left } else { Outcome::Accepted }, true, over),
            participant(8, if over { Outcome::Declined } else { Outcome::Invited }, false, over),
        ],
    }
}

#[track_caller]
fn check(name: &str, resource: &impl Serialize) -> Value {
    let json = serde_json::to_string_pretty(resource).unwrap() + "\n";
    check_text(&format!("{name}.json"), &json);
    let value = serde_json::from_str(&json).unwrap();
    assert!(!has_null(&value), "{name} has a null");
    value
}

#[track_caller]
fn check_text(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
            .unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(text, golden, "{} differs; UPDATE_GOLDEN=1 rewrites it", path.display());
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

#[track_caller]
fn check_keys(value: &Value, group: &str, keys: &str) {
    let found: BTreeSet<&str> = value[group].as_object().unwrap().keys().map(String::as_str).collect();
    let expected: BTreeSet<&str> = keys.split_whitespace().collect();
    assert_eq!(found, expected, "{group}");
    let texts: BTreeSet<&str> =
        value[group].as_object().unwrap().values().map(|v| v.as_str().unwrap()).collect();
    assert_eq!(texts.len(), found.len(), "{group}: every key has its own destination");
}

#[test]
fn the_current_user_shows_every_key_of_every_client() {
    let view = user(7, "ann");
    let value = check("resource/current_user", &renderer().current_user(&view));
    check_keys(
        &value,
        "_relays",
        "self readFileAccessGrant writeFileAccessGrant channels joinableChannels unreadChannels channelsCount \
         unreadChannelsCount unreadMessagesCount messages contacts contactsCount userBlockListItems userBlockedRecords",
    );
    check_keys(
        &value,
        "_topics",
        "self channels messages notifications contacts participants users reactions threads calls elements features \
         styles readReceipts",
    );
    check_keys(
        &value,
        "_actions",
        "update createChannel updateDisplayPicture updateMediaSettingsAudioEnabled updateMediaSettingsVideoEnabled delete",
    );
    check_keys(&value, "_streams", "displayPicture");
}

#[test]
fn an_invisible_user_sees_itself_online() {
    let mut view = user(7, "ann");
    view.presence = Presence { status: "INVISIBLE".to_owned(), online: false };
    let renderer = renderer();
    let own = serde_json::to_value(renderer.current_user(&view)).unwrap();
    let others = serde_json::to_value(renderer.user(&view)).unwrap();
    assert_eq!(
        (&own["presence"]["online"], &others["presence"]["online"]),
        (&Value::Bool(true), &Value::Bool(false))
    );
}

#[test]
fn another_user_shows_no_topics() {
    let view = user(8, "bob");
    let value = check("resource/user", &renderer().user(&view));
    check_keys(&value, "_relays", "self channelMember");
    check_keys(&value, "_actions", "block delete");
    assert!(value.get("_topics").is_none());
}

#[test]
fn a_channel_shows_permissions_by_seat() {
    const ALWAYS: &str =
        "message keystrokes read mute call triggerEvent update delete clearHistory hide createThread block";
    let member = Seat { member: true, moderator: false, barred: false };
    let moderator = Seat { member: true, moderator: true, barred: false };
    let rows = [
        ("channel_direct", ChannelKind::Direct, member, ""),
        ("channel_direct_creator", ChannelKind::Direct, moderator, ""),
        ("channel_public_outsider", ChannelKind::Public, Seat::NONE, "join"),
        ("channel_public_member", ChannelKind::Public, member, "leave invite"),
        (
            "channel_private_moderator",
            ChannelKind::Private,
            moderator,
            "leave invite addModerator deleteModerator",
        ),
        ("channel_public_barred", ChannelKind::Public, Seat::BARRED, ""),
        ("channel_private_outsider", ChannelKind::Private, Seat::NONE, ""),
    ];
    for (name, kind, seat, permissions) in rows {
        let view = channel(kind);
        let value = check(&format!("resource/{name}"), &renderer().channel(&view, seat));
        check_keys(
            &value,
            "_relays",
            "self messages messagesCount lastReceivedMessage lastReadMessage unread members threads calls context \
             moderators blockRecords",
        );
        check_keys(
            &value,
            "_topics",
            "self messages keystrokes typing participants readReceipts reactions events members blockRecords moderators",
        );
        check_keys(&value, "_actions", &format!("{ALWAYS} {permissions}"));
        check_keys(&value, "_streams", "messages");
        assert_eq!(value.get("members").is_some(), kind == ChannelKind::Direct);
    }
}

#[test]
fn the_creator_of_a_channel_moderates_it() {
    let view = channel(ChannelKind::Public);
    assert!(Seat::of_member(&view, UserId(7), false).moderator);
    assert!(!Seat::of_member(&view, UserId(8), false).moderator);
    assert!(Seat::of_member(&view, UserId(8), true).moderator);
}

#[test]
fn calls_show_every_key_of_every_client() {
    for (name, state) in [("call_pending", CallState::Pending), ("call_ended", CallState::Ended)] {
        let view = call(state);
        let value = check(&format!("resource/{name}"), &renderer().call(&view));
        check_keys(&value, "_relays", "self participants");
        check_keys(&value, "_topics", "self participants signals userMediaSettings media");
        check_keys(&value, "_actions", "ready signal decline reject");
        assert_eq!(value.get("endTime").is_some(), state == CallState::Ended);
    }
}

#[test]
fn small_resources() {
    let renderer = renderer();
    let bob = user(8, "bob");
    check("resource/user_media_settings", &renderer.user_media_settings(&bob, &MediaSettings::default()));
    let track = ReceivedTrack {
        mid: "4".to_owned(),
        user: bob.clone(),
        session: SessionKey(12),
        source: Source::ScreenAudio,
    };
    check("resource/call_media", &renderer.call_media(2, &[track], WantedSections { audio: 1, video: 0 }));
    check("resource/count", &Answer { resource: Count { count: 2 } });
    check("resource/exists", &Answer { resource: Exists { exists: true } });
    check("resource/grant", &Answer { resource: Grant { grant: "abc.def".to_owned() } });
    check_text(
        "resource/error.json",
        &format!("{}\n", String::from_utf8(Public::new(404, NOT_FOUND, "gone").body(NOON)).unwrap()),
    );
}

#[test]
fn signals_show_the_other_side_or_the_sfu() {
    let (renderer, bob) = (renderer(), user(8, "bob"));
    let rows = [
        ("signal_create_offer", SignalKind::CreateOffer, Some(&bob), None),
        (
            "signal_candidate",
            SignalKind::AddCandidate,
            Some(&bob),
            Some(SignalPayload::Json(r#"{"candidate":"c","sdpMid":"0"}"#.to_owned())),
        ),
        (
            "signal_answer_of_sfu",
            SignalKind::SendDescription,
            None,
            Some(SignalPayload::Answer("v=0\r\n".to_owned())),
        ),
    ];
    for (name, kind, peer, payload) in rows {
        let value =
            check(&format!("resource/{name}"), &renderer.call_signal(kind, peer, payload.as_ref(), NOON));
        assert_eq!(
            (value.get("peer").is_some(), value.get("payload").is_some()),
            (peer.is_some(), payload.is_some())
        );
    }
}

#[test]
fn pages_link_to_the_pages_that_exist() {
    let spec = PageSpec { size: Some(2), sort: Some("user.displayName,asc".into()), ..PageSpec::default() };
    let rows = [
        ("page_empty", 0, 0, "self"),
        ("page_first", 0, 5, "self first next last"),
        ("page_middle", 1, 5, "self first prev next last"),
        ("page_last", 2, 5, "self first prev last"),
        ("page_beyond", 9, 5, "self first prev last"),
    ];
    for (name, number, total, links) in rows {
        let request = PageRequest::new(Some(number), Some(2));
        let items = if number == 0 && total > 0 { vec![1, 2] } else { vec![] };
        let page = PageResource::new(
            Relay::ChannelMembers(ChannelId(5)),
            &spec,
            "users",
            Page { items, request, total },
        );
        let value = check(&format!("resource/{name}"), &page);
        let found: BTreeSet<&str> =
            value["_relays"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(found, links.split_whitespace().collect(), "{name}");
        assert!(value["_embedded"]["users"].is_array());
    }
}

#[test]
fn every_event_type_has_its_resource() {
    let renderer = renderer();
    let (bob, ops, ring) = (user(8, "bob"), channel(ChannelKind::Public), call(CallState::Pending));
    for event_type in EventType::ALL {
        let name = event_type.as_str();
        let body = match name.rsplit_once('.').unwrap() {
            ("user.self", _) => event::encode(*event_type, &renderer.current_user(&bob)),
            ("user.channel" | "me.channel", kind) if !kind.starts_with("block_record") => {
                event::encode(*event_type, &renderer.channel(&ops, Seat::NONE))
            }
            ("user.call" | "call.self", _) => event::encode(*event_type, &renderer.call(&ring)),
            ("call.signal", _) => event::encode(
                *event_type,
                &renderer.call_signal(SignalKind::AnswerOffer, Some(&bob), None, NOON),
            ),
            ("call.media", _) => {
                event::encode(*event_type, &renderer.call_media(1, &[], WantedSections::default()))
            }
            ("call.user_media_settings", _) => {
                event::encode(*event_type, &renderer.user_media_settings(&bob, &MediaSettings::default()))
            }
            _ => chat::event(*event_type, &renderer)
                .unwrap_or_else(|| event::encode(*event_type, &renderer.user(&bob))),
        };
        let mut value: Value = serde_json::from_slice(&body).unwrap();
        if *event_type == EventType::UserNotificationCreated {
            assert_eq!(value["resource"].as_object_mut().unwrap().remove("readTime"), Some(Value::Null));
        }
        assert_eq!((&value["type"], &value["version"]), (&Value::from(name), &Value::from("v1")));
        check(&format!("event/{name}"), &value);
    }
}

#[test]
fn every_destination_stays_where_it_is() {
    let user = UserTopic::ALL.iter().map(|key| Topic::User(UserId(7), *key));
    let channel = ChannelTopic::ALL.iter().map(|key| Topic::Channel(ChannelId(7), *key));
    let thread = ThreadTopic::ALL.iter().map(|key| Topic::Thread(ThreadId(7), *key));
    let call = CallTopic::ALL.iter().map(|key| Topic::Call(CallId(7), *key));
    let lines = Action::every(7)
        .into_iter()
        .map(|action| format!("action  {action}\n"))
        .chain(Relay::every(7).into_iter().map(|relay| format!("relay   {relay}\n")))
        .chain(user.chain(channel).chain(thread).chain(call).map(|topic| format!("topic   {topic}\n")))
        .chain([format!("errors  {ERRORS_QUEUE}\n")]);
    check_text("destinations.txt", &lines.collect::<String>());
}

#[test]
fn a_topic_belongs_to_one_user() {
    assert_ne!(
        Topic::User(UserId(7), UserTopic::Calls).to_string(),
        Topic::User(UserId(8), UserTopic::Calls).to_string()
    );
}
