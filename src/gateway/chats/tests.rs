use super::*;
use crate::{
    outgoing::Subscription,
    send_queue::SendQueue,
    session::{Session, tests::session},
};
use model::{
    AppId, Properties,
    user::{CallStatus, Presence, User},
};
use std::sync::Arc;
use stomp::AckMode;

const CHANNEL: ChannelId = ChannelId(5);

fn user(id: u64) -> UserView {
    let user = User {
        id: UserId(id),
        app: AppId(1),
        name: format!("user-{id}"),
        display_name: String::new(),
        display_picture_url: None,
        is_guest: true,
        presence_status: "AVAILABLE".to_owned(),
        properties: Properties::default(),
        created_time: Timestamp(0),
    };
    let presence = Presence { status: "AVAILABLE".to_owned(), online: true };
    UserView { user, presence, call_status: CallStatus::Available }
}

/// A user who watches the participants of the chat, and what it was told.
struct Observer {
    session: Arc<Session>,
    queue: Arc<SendQueue>,
}

impl Observer {
    fn new(hub: &Hub, key: u64, user: u64) -> Self {
        let (session, queue) = (session(key, user), Arc::new(SendQueue::new(1_000_000)));
        session.attach(&queue, None, Timestamp(0)).expect("new");
        let topic = Topic::Channel(CHANNEL, ChannelTopic::Participants);
        let subscription = Arc::new(Subscription { id: "s".into(), topic, ack: AckMode::Auto });
        session.begin(&subscription).expect("room");
        assert!(session.finish(&subscription, None, Timestamp(0)));
        hub.add(session.clone(), subscription);
        Self { session, queue }
    }

    /// Types and users of the events since the last call.
    fn seen(&self) -> Vec<String> {
        let items = self.queue.take_all().into_iter();
        let body =
            |text: String| text.split("\n\n").nth(1).unwrap_or_default().trim_end_matches('\0').to_owned();
        let tell = |item: crate::outgoing::Item| {
            let json: serde_json::Value = serde_json::from_str(&body(item.into_text())).expect("JSON");
            format!("{} {}", json["type"].as_str().unwrap(), json["resource"]["name"].as_str().unwrap())
        };
        items.map(tell).collect()
    }
}

#[test]
fn the_first_chat_session_and_the_end_of_the_last_are_told_to_the_others() {
    let (hub, renderer, chats) = (Hub::new(), Renderer::new("http://localhost"), Chats::default());
    let announcer = Announcer { hub: &hub, renderer: &renderer, now: Timestamp(0) };
    let (own, other) = (Observer::new(&hub, 1, 7), Observer::new(&hub, 2, 8));
    let ann = user(7);
    chats.enter(CHANNEL, &ann, || true, announcer);
    assert_eq!(other.seen(), ["channel.participant.active user-7"]);
    chats.enter(CHANNEL, &ann, || true, announcer);
    chats.leave(CHANNEL, UserId(7), Some(&ann), announcer);
    assert_eq!(other.seen(), Vec::<String>::new(), "one is left");
    chats.leave(CHANNEL, UserId(7), Some(&ann), announcer);
    assert_eq!(other.seen(), ["channel.participant.inactive user-7"]);
    chats.leave(CHANNEL, UserId(7), Some(&ann), announcer);
    assert_eq!(other.seen(), Vec::<String>::new(), "nobody is there to leave");
    assert_eq!(own.seen(), Vec::<String>::new(), "not to oneself");
    assert_eq!(own.session.user(), UserId(7));
    assert!(chats.counts.lock().is_empty());
}

#[test]
fn who_does_not_enter_after_all_is_not_counted() {
    let (hub, renderer, chats) = (Hub::new(), Renderer::new("http://localhost"), Chats::default());
    let announcer = Announcer { hub: &hub, renderer: &renderer, now: Timestamp(0) };
    let other = Observer::new(&hub, 2, 8);
    chats.enter(CHANNEL, &user(7), || false, announcer);
    assert_eq!(other.seen(), Vec::<String>::new());
    assert!(chats.counts.lock().is_empty());
}

#[test]
fn a_departure_is_counted_even_when_nobody_can_be_told() {
    let (hub, renderer, chats) = (Hub::new(), Renderer::new("http://localhost"), Chats::default());
    let announcer = Announcer { hub: &hub, renderer: &renderer, now: Timestamp(0) };
    let other = Observer::new(&hub, 2, 8);
    chats.enter(CHANNEL, &user(7), || true, announcer);
    chats.leave(CHANNEL, UserId(7), None, announcer);
    assert_eq!(other.seen(), ["channel.participant.active user-7"]);
    chats.enter(CHANNEL, &user(7), || true, announcer);
    assert_eq!(other.seen(), ["channel.participant.active user-7"], "the first again");
}
