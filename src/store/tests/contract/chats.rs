//! Messages, read state and moderation: what every store must do, where an example says it best.
use crate::support::*;
use domain::ports::{
    Describe, MessageFilter, MessageScope, NewMessage, NewReads, Place, SendOutcome, Sent, Store,
};
use model::{
    ChannelId, MessageId, Properties, ThreadId, Timestamp,
    channel::{Channel, ChannelKind},
    event::Event,
    message::{Author, Content, Text},
    page::CursorRequest,
    user::User,
};

suite![
    messages_are_numbered_without_gaps_by_the_events_that_announce_them,
    a_key_is_used_once_and_forgotten_after_its_time,
    a_failed_send_leaves_nothing,
    messages_of_other_applications_are_not_there,
    a_channel_whose_messages_are_many_is_counted_from_the_position,
    deleted_channels_give_their_names_back_and_are_emptied_bit_by_bit,
];

fn message(channel: &Channel, thread: ThreadId, author: Option<&User>, key: Option<&str>) -> NewMessage {
    NewMessage {
        app: channel.app,
        channel: channel.id,
        place: Place::Thread(thread),
        author: author.map_or(Author::System, |user| Author::User(user.id)),
        content: Content::Text(Text { body: "hi".to_owned(), links: vec![], mentions: vec![] }),
        group_tag: None,
        nested_level: 0,
        properties: Properties::default(),
        time: NOON,
        idempotency_key: key.map(str::to_owned),
        notify: vec![],
    }
}

fn describe(channel: ChannelId) -> Describe<Sent> {
    Box::new(move |sent| Event::ChannelEventTriggered {
        channel,
        kind: format!("message {}", sent.message.id.0),
        user: None,
        properties: Properties::default(),
    })
}

async fn main_thread(store: &dyn Store, channel: &Channel) -> ThreadId {
    store.main_thread(channel.id).await.unwrap().unwrap()
}

async fn send(world: &World, channel: &Channel, author: &User, key: Option<&str>) -> SendOutcome {
    let thread = main_thread(&*world.store, channel).await;
    let new = message(channel, thread, Some(author), key);
    world.store.send_message(new, describe(channel.id)).await.unwrap().value
}

#[track_caller]
fn sent(outcome: SendOutcome) -> Sent {
    match outcome {
        SendOutcome::Sent(sent) => sent,
        SendOutcome::Before(id) => panic!("{id:?} was sent before"),
    }
}

async fn messages_are_numbered_without_gaps_by_the_events_that_announce_them(world: World) {
    let ann = world.user("ann").await;
    let channel = world.channel(ChannelKind::Private, "one", &[&ann]).await;
    let other = world.channel(ChannelKind::Private, "two", &[&ann]).await;
    let mut last = MessageId(0);
    for seq in [1, 3, 5] {
        let in_other = sent(send(&world, &other, &ann, None).await);
        let sent = sent(send(&world, &channel, &ann, None).await);
        assert_eq!(sent.message.seq, seq);
        assert!(sent.message.id > in_other.message.id && in_other.message.id > last);
        last = sent.message.id;
        let write = world.store.record(vec![event(world.app.id, Some(channel.id), &ann)]).await.unwrap();
        assert_eq!(write.events[0].place, Some((channel.id, seq + 1)));
    }
    assert_eq!(world.last_seq(channel.id).await, 6);
}

async fn a_key_is_used_once_and_forgotten_after_its_time(world: World) {
    let [ann, bob] = [world.user("ann").await, world.user("bob").await];
    let channel = world.channel(ChannelKind::Private, "one", &[&ann, &bob]).await;
    let first = sent(send(&world, &channel, &ann, Some("k")).await).message.id;
    assert_eq!(send(&world, &channel, &ann, Some("k")).await, SendOutcome::Before(first));
    assert_eq!(world.last_seq(channel.id).await, 1, "nothing was announced again");
    sent(send(&world, &channel, &bob, Some("k")).await);
    world.store.prune(NOON, NOON, 100).await.unwrap();
    assert_eq!(
        send(&world, &channel, &ann, Some("k")).await,
        SendOutcome::Before(first),
        "not older than that"
    );
    world.store.prune(Timestamp(NOON.0 + 1), NOON, 100).await.unwrap();
    sent(send(&world, &channel, &ann, Some("k")).await);
}

async fn a_failed_send_leaves_nothing(world: World) {
    let [ann, bob] = [world.user("ann").await, world.user("bob").await];
    let channel = world.channel(ChannelKind::Private, "one", &[&ann]).await;
    let thread = main_thread(&*world.store, &channel).await;
    let fine = message(&channel, thread, Some(&ann), Some("k"));
    let refused = [
        NewMessage { author: Author::User(bob.id), ..fine.clone() },
        NewMessage { place: Place::Thread(ThreadId(99)), ..fine.clone() },
        NewMessage { place: Place::ReplyTo(MessageId(99)), ..fine.clone() },
        NewMessage { channel: ChannelId(99), ..fine.clone() },
        NewMessage { app: world.other.id, ..fine.clone() },
    ];
    for new in refused {
        let failed = world.store.send_message(new.clone(), describe(channel.id)).await;
        assert!(failed.is_err(), "{new:?}");
    }
    assert_eq!(world.last_seq(channel.id).await, 0);
    let first = sent(world.store.send_message(fine, describe(channel.id)).await.unwrap().value);
    assert_eq!(first.message.seq, 1, "neither number nor key was used up");
}

async fn messages_of_other_applications_are_not_there(world: World) {
    let ann = world.user("ann").await;
    let channel = world.channel(ChannelKind::Public, "one", &[&ann]).await;
    let id = sent(send(&world, &channel, &ann, None).await).message.id;
    let other = world.other.id;
    assert_eq!(world.store.message(other, id, None).await.unwrap(), None);
    assert_eq!(world.store.chat(other, channel.id, None).await.unwrap(), None);
    assert!(!world.store.delete_message(other, id, NOON, vec![]).await.unwrap().value);
    assert!(!world.store.delete_channel(other, channel.id, NOON, vec![]).await.unwrap().value);
    assert!(!world.store.delete_user(other, ann.id, NOON, vec![]).await.unwrap().value);
    let filter =
        MessageFilter { app: other, viewer: None, scope: MessageScope::Channel(channel.id), content: None };
    assert_eq!(world.store.count_messages(&filter).await.unwrap(), 0);
}

async fn a_channel_whose_messages_are_many_is_counted_from_the_position(world: World) {
    let [ann, bob] = [world.user("ann").await, world.user("bob").await];
    let channel = world.channel(ChannelKind::Private, "one", &[&ann, &bob]).await;
    let mut newest = MessageId(0);
    for _ in 0..30 {
        newest = sent(send(&world, &channel, &ann, None).await).message.id;
    }
    let count = async || world.store.count_unread(world.app.id, bob.id, Some(channel.id)).await.unwrap();
    assert_eq!(count().await, 30);
    let reads = NewReads {
        app: world.app.id,
        channel: channel.id,
        user: bob.id,
        messages: vec![],
        up_to: Some(MessageId(newest.0 - 4)),
        time: NOON,
    };
    assert!(world.store.mark_read(&reads, vec![]).await.is_ok());
    assert_eq!(count().await, 4);
    let back = NewReads { up_to: Some(MessageId(1)), ..reads };
    assert!(world.store.mark_read(&back, vec![]).await.is_ok());
    assert_eq!(count().await, 4, "positions never go back");
}

async fn deleted_channels_give_their_names_back_and_are_emptied_bit_by_bit(world: World) {
    let ann = world.user("ann").await;
    let channel = world.channel(ChannelKind::Private, "one", &[&ann]).await;
    let second = world.channel(ChannelKind::Private, "two", &[&ann]).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(sent(send(&world, &channel, &ann, None).await).message.id);
        ids.push(sent(send(&world, &second, &ann, None).await).message.id);
    }
    for id in [channel.id, second.id] {
        assert!(world.store.delete_channel(world.app.id, id, NOON, vec![]).await.unwrap().value);
    }
    let again = world.channel(ChannelKind::Private, "one", &[&ann]).await;
    assert_ne!(again.id, channel.id);
    let later = Timestamp(NOON.0 + 1);
    for _ in 0..8 {
        world.store.prune(NOON, later, 2).await.unwrap();
    }
    for id in ids {
        assert_eq!(world.store.message(world.app.id, id, None).await.unwrap(), None);
    }
    let page = CursorRequest::new(None, None);
    let filter =
        MessageFilter { app: world.app.id, viewer: None, scope: MessageScope::SentBy(ann.id), content: None };
    assert_eq!(world.store.messages(&filter, page).await.unwrap().items, vec![]);
}
