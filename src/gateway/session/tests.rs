//! Subscriptions, deliveries and resumption of one session, without a socket.
use super::*;
use crate::rendering::{Rendering, Resource};
use model::user::{CallStatus, UserView};
use stomp::AckMode;
use telemetry::metrics::Registry;
use wire::{
    destination::{ChannelTopic, Topic, UserTopic},
    event::EventType,
    resource::Renderer,
};

/// A session of nobody in particular.
pub(crate) fn session(key: u64, user: u64) -> Arc<Session> {
    let metrics = Arc::new(GatewayMetrics::register(&Registry::new()).expect("fresh"));
    let user = User {
        id: UserId(user),
        app: AppId(1),
        name: format!("user-{user}"),
        display_name: "Somebody".to_owned(),
        display_picture_url: None,
        is_guest: true,
        presence_status: "AVAILABLE".to_owned(),
        properties: model::Properties::default(),
        created_time: Timestamp(0),
    };
    let identity = Identity { key: SessionKey(key), user, is_ours: false, is_legacy: false };
    Arc::new(Session::new(identity, Token::random(), metrics, Timestamp(0)))
}

const NOW: Timestamp = Timestamp(1_655_373_600_000);
const SECOND: Duration = Duration::from_secs(1);
const CHAT: Topic = Topic::Channel(model::ChannelId(5), ChannelTopic::Members);

/// A session on a socket, and what it is sent.
struct Wire {
    session: Arc<Session>,
    queue: Arc<SendQueue>,
    renderer: Renderer,
}

impl Wire {
    fn new(session: Arc<Session>) -> Self {
        let queue = Arc::new(SendQueue::new(1_000_000));
        session.attach(&queue, None, NOW).expect("new");
        Self { session, queue, renderer: Renderer::new("http://localhost") }
    }

    fn legacy() -> Self {
        let wire = Self::new(session(1, 7));
        wire.session.learn_dialect(Dialect::Legacy);
        wire
    }

    fn reconnect(&mut self) {
        self.queue = Arc::new(SendQueue::new(1_000_000));
        self.session.attach(&self.queue, Some("CONNECTED\n\n\0".to_owned()), NOW).expect("resumable");
    }

    fn watch(&self, id: &str, topic: Topic) -> Arc<Subscription> {
        let subscription = watching(id, topic);
        self.session.begin(&subscription).expect("room");
        assert!(self.session.finish(&subscription, Some(&format!("of-{id}")), NOW));
        subscription
    }

    fn rendering<'a>(&'a self, event_type: EventType, user: &'a UserView) -> Rendering<'a> {
        Rendering::new(&self.renderer, event_type, Resource::User(user))
    }

    fn deliver(&self, subscription: &Arc<Subscription>, event_type: EventType) {
        self.session.deliver(subscription, &self.rendering(event_type, &user()), NOW);
    }

    fn result(&self, topic: UserTopic, event_type: EventType, receipt: &str) {
        self.session.deliver_result(topic, &self.rendering(event_type, &user()), receipt, NOW);
    }

    /// What was sent since the last call: command, subscription, event or error, receipt.
    fn sent(&self) -> Vec<String> {
        let mut batch = Vec::new();
        self.queue.pop(&mut batch, usize::MAX);
        batch.into_iter().map(|item| tell(&item.into_text())).collect()
    }
}

/// A frame in a few words.
fn tell(text: &str) -> String {
    let (head, body) = text.split_once("\n\n").expect("a frame");
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(&format!("{name}:")));
    let json: serde_json::Value = serde_json::from_str(body.trim_end_matches('\0')).unwrap_or_default();
    let words = [
        (head.lines().next() != Some("MESSAGE")).then(|| head.lines().next().unwrap_or_default()),
        header("subscription"),
        json["type"].as_str().or(json["error"].as_str()),
        header("receipt-id"),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

pub(crate) fn user() -> UserView {
    let state = session(1, 7);
    let Presence::Unknown(user) = &state.state.lock().presence else { panic!("new") };
    let presence = model::user::Presence { status: "AVAILABLE".to_owned(), online: true };
    UserView { user: (**user).clone(), presence, call_status: CallStatus::Available }
}

fn watching(id: &str, topic: Topic) -> Arc<Subscription> {
    Arc::new(Subscription { id: id.into(), topic, ack: AckMode::ClientIndividual })
}

fn own(key: UserTopic) -> Topic {
    Topic::User(UserId(7), key)
}

#[test]
fn events_during_a_permission_check_come_after_the_receipt() {
    let wire = Wire::new(session(1, 7));
    let subscription = watching("s", CHAT);
    wire.session.begin(&subscription).expect("room");
    wire.deliver(&subscription, EventType::ChannelMemberJoined);
    wire.session.deliver_on(CHAT, &wire.rendering(EventType::ChannelMemberLeft, &user()), NOW);
    assert!(wire.sent().is_empty());
    assert!(wire.session.finish(&subscription, Some("r"), NOW));
    assert_eq!(wire.sent(), ["RECEIPT r", "s channel.member.joined", "s channel.member.left"]);
}

#[test]
fn a_subscription_that_is_revoked_while_it_opens_never_opens() {
    let wire = Wire::new(session(1, 7));
    let subscription = watching("s", CHAT);
    wire.session.begin(&subscription).expect("room");
    assert!(wire.session.revoke(&subscription).is_none());
    assert!(!wire.session.finish(&subscription, Some("r"), NOW));
    wire.deliver(&subscription, EventType::ChannelMemberJoined);
    assert!(wire.sent().is_empty());
    assert!(wire.session.find("s").is_none());
}

#[test]
fn so_many_subscriptions_fit_and_one_more_does_not() {
    let wire = Wire::new(session(1, 7));
    for number in 0..limits::MAX_SUBSCRIPTIONS {
        wire.watch(&number.to_string(), CHAT);
    }
    assert_eq!(wire.session.begin(&watching("more", CHAT)), Err(TooMany));
    assert!(wire.session.remove("0").is_some());
    assert_eq!(wire.session.begin(&watching("more", CHAT)), Ok(()));
}

#[test]
fn so_many_events_wait_for_a_subscription_to_open_and_one_more_closes_the_socket() {
    let wire = Wire::new(session(1, 7));
    let subscription = watching("s", CHAT);
    wire.session.begin(&subscription).expect("room");
    for _ in 0..watching::MAX_HELD_EVENTS {
        wire.deliver(&subscription, EventType::ChannelMemberJoined);
    }
    assert_eq!(wire.queue.closing(), None);
    wire.deliver(&subscription, EventType::ChannelMemberJoined);
    assert_eq!(wire.queue.closing(), Some(CloseReason::Slow));
}

#[test]
fn a_resumed_session_gets_nothing_on_a_topic_before_it_confirms_it_and_then_everything_in_order() {
    let mut wire = Wire::new(session(1, 7));
    let (first, second) = (wire.watch("a", CHAT), wire.watch("b", own(UserTopic::Contacts)));
    wire.deliver(&first, EventType::ChannelMemberJoined);
    wire.sent();
    wire.session.detach(&wire.queue, NOW);
    wire.deliver(&first, EventType::ChannelMemberLeft);
    wire.deliver(&second, EventType::ContactPresenceChanged);
    wire.reconnect();
    wire.deliver(&first, EventType::ChannelParticipantActive);
    assert_eq!(wire.sent(), ["CONNECTED"]);
    assert!(wire.session.confirm(&first, Some("of-a"), NOW));
    let missed = ["a channel.member.joined", "a channel.member.left", "a channel.participant.active"];
    assert_eq!(wire.sent(), [&["RECEIPT of-a"][..], &missed].concat());
    wire.deliver(&first, EventType::ChannelParticipantInactive);
    assert_eq!(wire.sent(), ["a channel.participant.inactive"]);
    assert!(wire.session.confirm(&first, Some("of-a"), NOW));
    assert_eq!(wire.sent(), ["RECEIPT of-a"], "a second confirmation brings nothing again");
    let gone: Vec<_> = wire.session.remove_unconfirmed().into_iter().map(|it| it.subscription).collect();
    assert!(gone.len() == 1 && Arc::ptr_eq(&gone[0], &second));
}

#[test]
fn a_client_that_read_too_slowly_gets_everything_that_waited_for_it() {
    let mut wire = Wire::new(session(1, 7));
    wire.queue = Arc::new(SendQueue::new(10_000));
    wire.session.attach(&wire.queue, None, NOW).expect("resumable");
    let subscription = wire.watch("s", CHAT);
    wire.sent();
    let mut count = 0;
    while wire.queue.closing().is_none() {
        wire.deliver(&subscription, EventType::ChannelMemberJoined);
        count += 1;
    }
    assert_eq!(wire.queue.closing(), Some(CloseReason::Slow));
    wire.session.detach(&wire.queue, NOW);
    wire.deliver(&subscription, EventType::ChannelMemberLeft);
    wire.reconnect();
    wire.session.confirm(&subscription, None, NOW);
    let mut expected = vec!["CONNECTED".to_owned()];
    expected.extend(vec!["s channel.member.joined".to_owned(); count]);
    expected.push("s channel.member.left".to_owned());
    assert_eq!(wire.sent(), expected);
}

#[test]
fn a_socket_that_was_replaced_can_no_longer_take_the_session_with_it() {
    let mut wire = Wire::new(session(1, 7));
    let old = wire.queue.clone();
    wire.reconnect();
    assert_eq!(old.closing(), Some(CloseReason::Replaced));
    assert!(!wire.session.detach(&old, NOW));
    assert!(wire.session.is_attached_to(&wire.queue));
    assert!(wire.session.detach(&wire.queue, NOW));
}

#[test]
fn results_go_to_their_topic_or_to_the_next_best_and_always_once() {
    let (calls, result) = (UserTopic::Calls, EventType::UserCallCreated);
    // (topics that are watched, where the result goes)
    let rows: [(&[UserTopic], &str); 5] = [
        (&[UserTopic::Own, calls, UserTopic::Users], "calls"),
        (&[UserTopic::Channels, UserTopic::Users, UserTopic::Messages], "messages"),
        (&[UserTopic::Channels, UserTopic::Own], "self"),
        (&[UserTopic::Contacts], "contacts"),
        (&[calls, calls], "calls"),
    ];
    for (topics, expected) in rows {
        let wire = Wire::new(session(1, 7));
        for topic in topics {
            wire.watch(topic.as_str(), own(*topic));
        }
        wire.sent();
        wire.result(calls, result, "r");
        let sent = wire.sent();
        let with_receipt: Vec<_> = sent.iter().filter(|line| line.ends_with(" r")).collect();
        assert_eq!(with_receipt, [&format!("{expected} user.call.created r")], "{topics:?}");
        assert_eq!(sent.len(), topics.iter().filter(|topic| **topic == calls).count().max(1), "{sent:?}");
    }
    let chat_only = Wire::new(session(1, 7));
    chat_only.watch("chat", CHAT);
    chat_only.sent();
    chat_only.result(calls, result, "r");
    assert_eq!(chat_only.sent(), ["chat user.call.created r"], "any topic is better than none");
}

#[test]
fn legacy_sessions_get_both_names_and_the_receipt_on_the_old_one() {
    let wire = Wire::legacy();
    wire.watch("s", own(UserTopic::Channels));
    wire.sent();
    wire.session.deliver_on(
        own(UserTopic::Channels),
        &wire.rendering(EventType::UserChannelJoined, &user()),
        NOW,
    );
    assert_eq!(wire.sent(), ["s user.channel.joined", "s me.channel.joined"]);
    wire.result(UserTopic::Channels, EventType::UserChannelCreated, "r");
    assert_eq!(wire.sent(), ["s user.channel.created", "s me.channel.created r"]);
    wire.result(UserTopic::Channels, EventType::UserUserInvited, "r-2");
    assert_eq!(wire.sent(), ["s user.user.invited r-2"], "no old name");
}

#[test]
fn a_repeated_action_is_answered_like_the_first_time_also_on_another_socket() {
    let mut wire = Wire::new(session(1, 7));
    let subscription = wire.watch("s", own(UserTopic::Calls));
    assert!(!wire.session.answer_again("r", NOW));
    wire.session.acknowledge_action("r");
    wire.result(UserTopic::Calls, EventType::UserCallCreated, "r");
    let first = wire.sent();
    assert_eq!(first, ["RECEIPT of-s", "RECEIPT r", "s user.call.created r"]);
    assert!(wire.session.answer_again("r", NOW));
    assert_eq!(wire.sent(), first[1..]);
    wire.reconnect();
    wire.session.confirm(&subscription, None, NOW);
    wire.sent();
    assert!(wire.session.answer_again("r", NOW));
    assert_eq!(wire.sent(), first[1..]);
}

fn errors(id: &str) -> Arc<ErrorsQueue> {
    Arc::new(ErrorsQueue { id: id.into(), destination: "/user/queue/errors".into() })
}

#[test]
fn failures_wait_for_the_errors_queue_and_survive_a_lost_socket() {
    let mut wire = Wire::new(session(1, 7));
    let failure = |receipt: &str| Failure {
        body: r#"{"error":"ConflictError"}"#.to_owned(),
        request: crate::outgoing::Failed::Receipt(receipt.to_owned()),
    };
    wire.session.fail(failure("early"));
    assert!(wire.sent().is_empty());
    wire.session.watch_errors(errors("e"));
    assert_eq!(wire.sent(), ["e ConflictError early"]);
    wire.session.fail(failure("unwritten"));
    wire.session.detach(&wire.queue, NOW);
    wire.session.fail(failure("away"));
    wire.reconnect();
    wire.session.watch_errors(errors("e-2"));
    assert_eq!(wire.sent(), ["CONNECTED", "e-2 ConflictError unwritten", "e-2 ConflictError away"]);
    assert!(!wire.session.unwatch_errors("e") && wire.session.unwatch_errors("e-2"));
}

#[test]
fn so_many_failures_are_held_and_one_more_forgets_the_oldest() {
    let wire = Wire::new(session(1, 7));
    for number in 0..=limits::MAX_HELD_FAILURES {
        let request = crate::outgoing::Failed::Receipt(number.to_string());
        wire.session.fail(Failure { body: "{}".to_owned(), request });
    }
    wire.session.watch_errors(errors("e"));
    let sent = wire.sent();
    assert_eq!((sent.len(), sent[0].as_str()), (limits::MAX_HELD_FAILURES, "e 1"));
}

#[test]
fn a_session_that_lost_events_cannot_be_resumed() {
    let wire = Wire::new(session(1, 7));
    let subscription = wire.watch("s", CHAT);
    wire.session.detach(&wire.queue, NOW);
    let before = wire.session.metrics.replay_overflows_total.get();
    while wire.session.metrics.replay_overflows_total.get() == before {
        wire.deliver(&subscription, EventType::ChannelMemberJoined);
    }
    assert_eq!(wire.session.attach(&wire.queue, None, NOW), Err(Unresumable::Lossy));
}

#[test]
fn an_ended_session_is_over() {
    let wire = Wire::new(session(1, 7));
    wire.watch("s", CHAT);
    assert_eq!(wire.session.end().map(|watched| watched.len()), Some(1));
    assert!(wire.session.end().is_none());
    assert_eq!(wire.queue.closing(), Some(CloseReason::Done));
    assert_eq!(wire.session.attach(&wire.queue, None, NOW), Err(Unresumable::Ended));
}

#[test]
fn time_takes_a_lost_session_offline_and_then_away_for_good() {
    let (grace, resume) = (15 * SECOND, 60 * SECOND);
    let wire = Wire::new(session(1, 7));
    let due = |at: Duration| wire.session.due(NOW + at, grace, resume);
    wire.watch("s", CHAT);
    assert_eq!(due(100 * SECOND), Due::Settled);
    wire.session.detach(&wire.queue, NOW);
    assert_eq!(due(Duration::ZERO), Due::End, "nobody knows of it");
    wire.session.attach(&wire.queue, None, NOW).expect("resumable");
    assert!(wire.session.take_announcement().is_some());
    assert!(wire.session.take_announcement().is_none(), "announced once");
    assert_eq!(due(14 * SECOND), Due::Later);
    assert_eq!(due(15 * SECOND), Due::DropUnconfirmed);
    wire.session.detach(&wire.queue, NOW);
    assert_eq!(due(15 * SECOND - Duration::from_millis(1)), Due::Later);
    assert_eq!(due(15 * SECOND), Due::GoOffline);
    assert!(wire.session.mark_offline() && !wire.session.mark_offline());
    assert_eq!(due(60 * SECOND - Duration::from_millis(1)), Due::Later);
    assert_eq!(due(60 * SECOND), Due::End);
    assert!(wire.session.mark_online() && !wire.session.mark_online());
    wire.session.end();
    assert_eq!(due(60 * SECOND), Due::Settled);
}
