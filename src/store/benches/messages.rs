//! Durable messages per second on this machine's disk: what acknowledging a chat message costs the store.
//!
//! `cargo bench -p whisker-store --bench messages [-- <folder>]` (the folder decides which disk; default: the temporary
//! one). A message goes to one of eight channels of ten members, with an idempotency key and the event that announces it,
//! and is acknowledged after its commit was synced. `notified`: members who get a notification of each.
use domain::ports::{
    Creation, Describe, MessageStore, NewChannel, NewMessage, NewUser, Place, SendOutcome, Sent, Store,
};
use model::{
    Properties, ThreadId, Timestamp, UserId,
    channel::{Channel, ChannelKind, ChannelView},
    event::{Event, MessageCreated},
    message::{Author, Content, MessageView, Text},
    notification::NotificationKind,
    user::{CallStatus, Presence, User, UserView},
};
use prometheus::Registry;
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use store::{SqliteStore, StoreMetrics};

const SECONDS_EACH: u64 = 3;
const CHANNELS: usize = 8;
const MEMBERS: usize = 10;
const TIME: Timestamp = Timestamp(1_655_380_800_000);

#[tokio::main]
async fn main() {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    println!("{:>8} {:>9} {:>11} {:>9} {:>9}", "callers", "notified", "messages/s", "p50 ms", "p99 ms");
    for (callers, n_notified) in [(1, 0), (64, 0), (256, 0), (512, 0), (256, 1), (256, 9)] {
        let files = match &folder {
            Some(folder) => tempfile::tempdir_in(folder),
            None => tempfile::tempdir(),
        };
        let files = files.expect("a folder for the database");
        let metrics = Arc::new(StoreMetrics::register(&Registry::new()).expect("fresh registry"));
        let store = SqliteStore::open(&files.path().join("bench.db"), metrics).expect("a database");
        let store = Arc::new(store);
        let rooms = Arc::new(prepare(&store).await);
        let (mut latencies, took) = measure(&store, &rooms, callers, n_notified).await;
        latencies.sort_unstable();
        let percentile =
            |percent: usize| latencies[(latencies.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
        println!(
            "{callers:>8} {n_notified:>9} {:>11.0} {:>9.2} {:>9.2}",
            latencies.len() as f64 / took.as_secs_f64(),
            percentile(50),
            percentile(99),
        );
        store.close().await;
    }
}

struct Room {
    view: ChannelView,
    thread: ThreadId,
    author: User,
    others: Vec<UserId>,
}

async fn prepare(store: &SqliteStore) -> Vec<Room> {
    let app = store.create_app("bench", "key", "client", "hash", true, TIME).await.expect("app").id;
    let mut users = Vec::new();
    for n in 0..MEMBERS {
        let new = NewUser {
            app,
            name: format!("user{n}"),
            display_name: format!("User {n}"),
            is_guest: true,
            properties: Properties::default(),
            time: TIME,
        };
        users.push(store.ensure_user(new).await.expect("user"));
    }
    let mut rooms = Vec::new();
    for n in 0..CHANNELS {
        let author = users[n % MEMBERS].clone();
        let new = NewChannel {
            app,
            kind: ChannelKind::Private,
            name: format!("room {n}"),
            display_name: format!("Room {n}"),
            creator: Some(author.id),
            members: users.iter().map(|user| user.id).collect(),
            properties: Properties::default(),
            time: TIME,
        };
        let (Creation::Created(channel) | Creation::Found(channel)) =
            store.create_channel(new).await.expect("channel");
        let thread = store.main_thread(channel.id).await.expect("thread").expect("made with the channel");
        let others = users.iter().map(|user| user.id).filter(|user| *user != author.id).collect();
        rooms.push(Room { view: channel_view(channel, &author), thread, author, others });
    }
    rooms
}

fn channel_view(channel: Channel, creator: &User) -> ChannelView {
    ChannelView { channel, creator: Some(user_view(creator)), direct_members: Vec::new() }
}

fn user_view(user: &User) -> UserView {
    let presence = Presence { status: user.presence_status.clone(), online: true };
    UserView { user: user.clone(), presence, call_status: CallStatus::Available }
}

fn message(room: &Room, key: String, n_notified: usize) -> NewMessage {
    let body = "It is a truth universally acknowledged, that a chat message wants to be acknowledged.";
    NewMessage {
        app: room.view.channel.app,
        channel: room.view.channel.id,
        place: Place::Thread(room.thread),
        author: Author::User(room.author.id),
        content: Content::Text(Text { body: body.to_owned(), links: Vec::new(), mentions: Vec::new() }),
        group_tag: None,
        nested_level: 0,
        properties: Properties::default(),
        time: TIME,
        idempotency_key: Some(key),
        notify: room
            .others
            .iter()
            .take(n_notified)
            .map(|user| (*user, NotificationKind::UserSent, false))
            .collect(),
    }
}

/// The event the service makes.
fn describe(room: &Room) -> Describe<Sent> {
    let (author, channel) = (Some(user_view(&room.author)), room.view.clone());
    Box::new(move |sent| {
        let message = MessageView {
            message: sent.message.clone(),
            author,
            mentions: Vec::new(),
            reactions: Vec::new(),
            replies_count: 0,
            report_count: 0,
        };
        Event::MessageCreated(Box::new(MessageCreated {
            message,
            channel,
            parent: None,
            notified: sent.notified.clone(),
            unhidden: sent.unhidden.clone(),
        }))
    })
}

/// How long each acknowledged message took, and how long all of them together.
async fn measure(
    store: &Arc<SqliteStore>,
    rooms: &Arc<Vec<Room>>,
    callers: usize,
    n_notified: usize,
) -> (Vec<Duration>, Duration) {
    let started = Instant::now();
    let until = started + Duration::from_secs(SECONDS_EACH);
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (store, rooms) = (Arc::clone(store), Arc::clone(rooms));
            tokio::spawn(async move {
                let room = &rooms[caller % rooms.len()];
                let mut latencies = Vec::new();
                while Instant::now() < until {
                    let key = format!("session-{caller}/{}", latencies.len());
                    let asked = Instant::now();
                    let write = store
                        .send_message(message(room, key, n_notified), describe(room))
                        .await
                        .expect("write");
                    assert!(matches!(write.value, SendOutcome::Sent(_)));
                    latencies.push(asked.elapsed());
                }
                latencies
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("task"));
    }
    (all, started.elapsed())
}
