//! Two stores, the same random steps of a chat: every answer must be the same, refusals included.
use crate::support::*;
use domain::{
    Error,
    ports::{
        ChannelScope, ContentFilter, Describe, MessageFilter, MessageScope, NewMessage, NewReads, NewSeat,
        NewThread, Place, ReactionRecord, ReadScope, ReportRecord, Sent, Store, ThreadFilter,
    },
    testing::MemoryStore,
};
use model::{
    AppId, ChannelId, MessageId, Properties, ThreadId, Timestamp, UserId,
    channel::{ChannelKind, Member},
    event::Event,
    message::{Author, Content, File, FileKind, Message, Text},
    notification::NotificationKind,
    page::{Cursor, CursorRequest},
    reaction::Emoji,
    thread::Thread,
};
use proptest::{prelude::*, test_runner::Config};
use std::fmt::Debug;

const APP: AppId = AppId(1);
const USERS: u64 = 4;
const CHANNELS: u64 = 3;
const MESSAGES: u64 = 12;

/// What may happen. Ids are small, so that steps meet; some belong to nobody.
#[derive(Clone, Debug)]
enum Step {
    Send {
        channel: u64,
        author: Option<u64>,
        place: Where,
        key: Option<u64>,
        file: bool,
        notify: Vec<u64>,
        time: i64,
    },
    Edit {
        message: u64,
        body: u8,
    },
    Delete {
        message: u64,
        time: i64,
    },
    HideMessage {
        message: u64,
        user: u64,
    },
    Thread {
        channel: u64,
    },
    React {
        message: u64,
        user: u64,
        emoji: bool,
    },
    Unreact {
        message: u64,
        user: u64,
        emoji: bool,
    },
    Report {
        message: u64,
        user: u64,
    },
    Read {
        channel: u64,
        user: u64,
        scope: u64,
        limit: usize,
        position: bool,
    },
    MarkRead {
        channel: u64,
        user: u64,
        messages: Vec<u64>,
        up_to: Option<u64>,
    },
    Unread {
        message: u64,
        user: u64,
    },
    Seat {
        channel: u64,
        user: u64,
        new: NewSeat,
    },
    Moderator {
        channel: u64,
        user: u64,
        on: bool,
    },
    KeepOut {
        channel: u64,
        user: u64,
        on: bool,
    },
    Block {
        blocker: u64,
        blocked: u64,
        on: bool,
    },
    Join {
        channel: u64,
        user: u64,
        on: bool,
    },
    Rename {
        channel: u64,
        name: u8,
    },
    DeleteChannel {
        channel: u64,
    },
    DeleteUser {
        user: u64,
    },
    Prune {
        keys: i64,
        deleted: i64,
    },
}

#[derive(Clone, Copy, Debug)]
enum Where {
    Thread(u64),
    Reply(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let (user, channel, message) = (1..=USERS + 1, 1..=CHANNELS + 1, 1..=MESSAGES);
    let on = any::<bool>();
    let place = prop_oneof![
        4 => (1..=6_u64).prop_map(Where::Thread),
        2 => message.clone().prop_map(Where::Reply),
    ];
    let seat =
        prop_oneof![on.prop_map(NewSeat::Muted), on.prop_map(NewSeat::Hidden), Just(NewSeat::Cleared),];
    let pair = (message.clone(), user.clone());
    let sit = (channel.clone(), user.clone());
    let some_messages = proptest::collection::vec(message.clone(), 0..4);
    let optional = proptest::option::of;
    let notify = proptest::sample::subsequence(vec![1_u64, 2, 3, 4], 0..3);
    prop_oneof![
        16 => (channel.clone(), optional(user.clone()), place, optional(0..=2_u64), on, notify, 0..9_i64).prop_map(
            |(channel, author, place, key, file, notify, time)| {
                Step::Send { channel, author, place, key, file, notify, time }
            }
        ),
        2 => (message.clone(), 0..9_u8).prop_map(|(message, body)| Step::Edit { message, body }),
        2 => (message.clone(), 0..9_i64).prop_map(|(message, time)| Step::Delete { message, time }),
        2 => pair.clone().prop_map(|(message, user)| Step::HideMessage { message, user }),
        1 => channel.clone().prop_map(|channel| Step::Thread { channel }),
        3 => (pair.clone(), on).prop_map(|((message, user), emoji)| Step::React { message, user, emoji }),
        1 => (pair.clone(), on).prop_map(|((message, user), emoji)| Step::Unreact { message, user, emoji }),
        1 => pair.clone().prop_map(|(message, user)| Step::Report { message, user }),
        4 => (sit.clone(), 0..8_u64, 0..4_usize, on).prop_map(|((channel, user), scope, limit, position)| {
            Step::Read { channel, user, scope, limit, position }
        }),
        2 => (sit.clone(), some_messages, optional(message.clone())).prop_map(|((channel, user), messages, up_to)| {
            Step::MarkRead { channel, user, messages, up_to }
        }),
        3 => pair.prop_map(|(message, user)| Step::Unread { message, user }),
        3 => (sit.clone(), seat).prop_map(|((channel, user), new)| Step::Seat { channel, user, new }),
        1 => (sit.clone(), on).prop_map(|((channel, user), on)| Step::Moderator { channel, user, on }),
        1 => (sit.clone(), on).prop_map(|((channel, user), on)| Step::KeepOut { channel, user, on }),
        1 => (user.clone(), user.clone(), on).prop_map(|(blocker, blocked, on)| Step::Block { blocker, blocked, on }),
        4 => (sit, on).prop_map(|((channel, user), on)| Step::Join { channel, user, on }),
        1 => (channel.clone(), 0..4_u8).prop_map(|(channel, name)| Step::Rename { channel, name }),
        1 => channel.prop_map(|channel| Step::DeleteChannel { channel }),
        1 => user.prop_map(|user| Step::DeleteUser { user }),
        1 => (0..9_i64, 0..9_i64).prop_map(|(keys, deleted)| Step::Prune { keys, deleted }),
    ]
}

fn show<T: Debug>(result: Result<T, Error>) -> String {
    format!("{result:?}")
}

/// An event that says what it was made of.
fn telling(channel: u64, said: String) -> Event {
    let properties = Properties::default();
    Event::ChannelEventTriggered { channel: ChannelId(channel), kind: said, user: None, properties }
}

fn content(file: bool, body: &str) -> Content {
    match file {
        true => Content::File(File {
            kind: FileKind::External,
            url: "https://a.org/x".to_owned(),
            name: body.to_owned(),
            content_type: "text/plain".to_owned(),
            size: 7,
        }),
        false => Content::Text(Text { body: body.to_owned(), links: Vec::new(), mentions: Vec::new() }),
    }
}

fn emoji(heart: bool) -> Emoji {
    Emoji(if heart { "❤️" } else { "👍" }.to_owned())
}

async fn say(store: &dyn Store, step: Step) -> String {
    let Step::Send { channel, author, place, key, file, notify, time } = step else { unreachable!() };
    let new = NewMessage {
        app: APP,
        channel: ChannelId(channel),
        place: match place {
            Where::Thread(thread) => Place::Thread(ThreadId(thread)),
            Where::Reply(parent) => Place::ReplyTo(MessageId(parent)),
        },
        author: author.map_or(Author::System, |user| Author::User(UserId(user))),
        content: content(file, "hello"),
        group_tag: file.then(|| "tag".to_owned()),
        nested_level: 1,
        properties: Properties::default(),
        time: Timestamp(time),
        idempotency_key: key.map(|key| key.to_string()),
        notify: notify.into_iter().map(|user| (UserId(user), NotificationKind::UserSent, file)).collect(),
    };
    let describe: Describe<Sent> = Box::new(move |sent| telling(channel, format!("{sent:?}")));
    show(store.send_message(new, describe).await)
}

/// Does the step and says what came of it.
async fn take(store: &dyn Store, step: Step) -> String {
    match step {
        Step::Send { .. } => say(store, step).await,
        Step::Edit { message, body } => match store.message(APP, MessageId(message), None).await.unwrap() {
            None => "nothing to edit".to_owned(),
            Some(record) => {
                let edited = Message {
                    content: content(false, &body.to_string()),
                    last_edited_time: Some(Timestamp(3)),
                    ..record.message
                };
                show(store.update_message(&edited, vec![]).await)
            }
        },
        Step::Delete { message, time } => {
            show(store.delete_message(APP, MessageId(message), Timestamp(time), vec![]).await)
        }
        Step::HideMessage { message, user } => {
            show(store.hide_message(APP, MessageId(message), UserId(user), vec![]).await)
        }
        Step::Thread { channel } => {
            let name = "plans".to_owned();
            let properties = Properties::default();
            let new = NewThread { app: APP, channel: ChannelId(channel), name, properties, time: NOON };
            let describe: Describe<Thread> = Box::new(move |thread| telling(channel, format!("{thread:?}")));
            show(store.create_thread(new, describe).await)
        }
        Step::React { message, user, emoji: heart } => {
            let (message, user) = (MessageId(message), UserId(user));
            show(
                store
                    .add_reaction(&ReactionRecord { message, user, emoji: emoji(heart), time: NOON }, vec![])
                    .await,
            )
        }
        Step::Unreact { message, user, emoji: heart } => {
            show(store.remove_reaction(MessageId(message), UserId(user), &emoji(heart), vec![]).await)
        }
        Step::Report { message, user } => {
            let report = ReportRecord {
                message: MessageId(message),
                user: UserId(user),
                reason: "rude".to_owned(),
                properties: Properties::default(),
                time: NOON,
            };
            show(store.report_message(&report, vec![]).await)
        }
        step => take_more(store, step).await,
    }
}

async fn take_more(store: &dyn Store, step: Step) -> String {
    match step {
        Step::Read { channel, user, scope, limit, position } => {
            let (channel, user) = (ChannelId(channel), UserId(user));
            let scope = match scope {
                0 => ReadScope::Channel,
                1..4 => ReadScope::Thread(ThreadId(scope)),
                _ => ReadScope::Message(MessageId(scope)),
            };
            let unread = store.unread(channel, user, scope, limit).await.unwrap();
            let messages = unread.messages.iter().map(|read| read.message).collect();
            let up_to = position.then_some(unread.newest);
            let reads = NewReads { app: APP, channel, user, messages, up_to, time: NOON };
            format!("{unread:?} {}", show(store.mark_read(&reads, vec![]).await))
        }
        Step::MarkRead { channel, user, messages, up_to } => {
            let reads = NewReads {
                app: APP,
                channel: ChannelId(channel),
                user: UserId(user),
                messages: messages.into_iter().map(MessageId).collect(),
                up_to: up_to.map(MessageId),
                time: Timestamp(1),
            };
            show(store.mark_read(&reads, vec![]).await)
        }
        Step::Unread { message, user } => {
            show(store.mark_unread(APP, MessageId(message), UserId(user), vec![]).await)
        }
        Step::Seat { channel, user, new } => {
            show(store.change_seat(ChannelId(channel), UserId(user), new, vec![]).await)
        }
        Step::Moderator { channel, user, on } => {
            show(store.set_moderator(ChannelId(channel), UserId(user), on, vec![]).await)
        }
        Step::KeepOut { channel, user, on: true } => {
            show(store.block_in_channel(APP, ChannelId(channel), UserId(user), NOON, vec![]).await)
        }
        Step::KeepOut { channel, user, on: false } => {
            show(store.unblock_in_channel(ChannelId(channel), UserId(user), vec![]).await)
        }
        Step::Block { blocker, blocked, on: true } => {
            show(store.block_user(APP, UserId(blocker), UserId(blocked), NOON, vec![]).await)
        }
        Step::Block { blocker, blocked, on: false } => {
            show(store.unblock_user(UserId(blocker), UserId(blocked), vec![]).await)
        }
        Step::Join { channel, user, on: true } => {
            let (channel, user) = (ChannelId(channel), UserId(user));
            let member = Member { channel, user, moderator: false, joined_time: NOON };
            show(store.add_member(member, vec![]).await)
        }
        Step::Join { channel, user, on: false } => {
            show(store.remove_member(ChannelId(channel), UserId(user), vec![]).await)
        }
        Step::Rename { channel, name } => match store.channel(APP, ChannelId(channel)).await.unwrap() {
            None => "nothing to rename".to_owned(),
            Some(mut channel) => {
                channel.name = format!("name {name}");
                show(store.update_channel(&channel, vec![]).await)
            }
        },
        Step::DeleteChannel { channel } => {
            show(store.delete_channel(APP, ChannelId(channel), Timestamp(4), vec![]).await)
        }
        Step::DeleteUser { user } => show(store.delete_user(APP, UserId(user), NOON, vec![]).await),
        Step::Prune { keys, deleted } => {
            let pruned = store.prune(Timestamp(keys), Timestamp(deleted), 100).await;
            show(pruned.map(|_| ()))
        }
        step => unreachable!("{step:?}"),
    }
}

/// Everything that can be asked, answered.
async fn look(store: &dyn Store) -> Vec<String> {
    let mut seen = Vec::new();
    for channel in 1..=CHANNELS {
        seen.extend(look_at_channel(store, ChannelId(channel)).await);
    }
    for user in 1..=USERS {
        seen.extend(look_as(store, UserId(user)).await);
    }
    for message in (1..=MESSAGES).map(MessageId) {
        seen.push(show(store.message(APP, message, None).await));
        seen.push(show(store.message(APP, message, Some(UserId(2))).await));
        seen.push(show(store.message(AppId(2), message, None).await));
        seen.push(show(store.list_reactions(message, page(0, 3)).await));
        seen.push(show(store.list_reports(message, page(0, 3)).await));
        seen.push(show(store.list_receipts(message, page(0, 3)).await));
        seen.push(show(store.thread(APP, ThreadId(message.0)).await));
        seen.extend(look_at_pages(store, MessageScope::RepliesTo(message)).await);
        seen.extend(look_at_pages(store, MessageScope::Thread(ThreadId(message.0))).await);
    }
    seen
}

async fn look_at_channel(store: &dyn Store, channel: ChannelId) -> Vec<String> {
    let mut seen = look_at_pages(store, MessageScope::Channel(channel)).await;
    seen.push(show(store.channel(APP, channel).await));
    seen.push(show(store.main_thread(channel).await));
    for actor in [None, Some(UserId(1)), Some(UserId(2)), Some(UserId(4))] {
        seen.push(show(store.chat(APP, channel, actor).await));
    }
    for (without_main, standalone_only) in [(false, false), (true, false), (false, true)] {
        let filter = ThreadFilter { without_main, standalone_only };
        seen.push(show(store.list_threads(channel, filter, page(0, 3)).await));
    }
    seen.push(show(store.list_reported(APP, channel, page(0, 3)).await));
    seen.push(show(store.list_moderators(APP, channel, Some("A"), page(0, 3)).await));
    seen.push(show(store.list_channel_blocks(APP, channel, None, page(0, 3)).await));
    seen.push(show(store.read_by(channel, MessageId(2), MessageId(9), 5).await));
    for user in (1..=USERS).map(UserId) {
        seen.push(show(store.seat(channel, user).await));
        seen.push(show(store.channel_block(channel, user).await));
        seen.push(show(store.is_unread(channel, user).await));
        seen.push(show(store.last_read(channel, user).await));
        seen.push(show(store.count_unread(APP, user, Some(channel)).await));
        seen.push(show(store.unread(channel, user, ReadScope::Channel, 3).await));
    }
    seen
}

async fn look_as(store: &dyn Store, user: UserId) -> Vec<String> {
    let mut seen = look_at_pages(store, MessageScope::ChannelsOf(user)).await;
    seen.extend(look_at_pages(store, MessageScope::SentBy(user)).await);
    seen.push(show(store.user(APP, user).await));
    seen.push(show(store.users(APP, &[user]).await));
    seen.push(show(store.channels_of(APP, user).await));
    seen.push(show(store.count_unread(APP, user, None).await));
    for kind in [None, Some(ChannelKind::Direct), Some(ChannelKind::Public)] {
        seen.push(show(store.count_unread_channels(APP, user, kind).await));
    }
    for scope in [ChannelScope::Visible, ChannelScope::Joined, ChannelScope::Joinable, ChannelScope::Unread] {
        seen.push(show(store.list_channels(APP, user, scope, None, page(0, 3)).await));
    }
    seen.push(show(store.list_user_blocks(APP, user, Some("B"), page(0, 3)).await));
    seen.push(show(store.list_user_blocks(APP, user, None, page(0, 3)).await));
    for cursor in [None, Some(Cursor::Before(5)), Some(Cursor::After(3))] {
        seen.push(show(store.notifications(APP, user, CursorRequest::new(cursor, Some(2))).await));
    }
    seen
}

async fn look_at_pages(store: &dyn Store, scope: MessageScope) -> Vec<String> {
    let mut seen = Vec::new();
    for (viewer, content) in [
        (None, None),
        (Some(UserId(1)), None),
        (Some(UserId(2)), Some(ContentFilter::Files)),
        (Some(UserId(3)), Some(ContentFilter::Texts)),
    ] {
        let filter = MessageFilter { app: APP, viewer, scope, content };
        seen.push(show(store.count_messages(&filter).await));
        for cursor in [None, Some(Cursor::Before(5)), Some(Cursor::After(3)), Some(Cursor::After(99))] {
            seen.push(show(store.messages(&filter, CursorRequest::new(cursor, Some(2))).await));
        }
    }
    seen
}

/// Four users and a channel of each kind.
async fn furnish(store: &dyn Store) {
    for name in ["one", "two"] {
        app(store, name).await;
    }
    let mut users = Vec::new();
    for name in ["ann", "bob", "Abe", "dan"] {
        users.push(user(store, APP, name).await);
    }
    for (kind, members) in [(ChannelKind::Direct, 2), (ChannelKind::Public, 3), (ChannelKind::Private, 1)] {
        let members: Vec<_> = users.iter().take(members).collect();
        created(store.create_channel(new_channel(APP, kind, kind.as_str(), &members)).await.unwrap());
    }
}

proptest! {
    #![proptest_config(Config { cases: 32, failure_persistence: None, ..Config::default() })]

    #[test]
    fn memory_and_sqlite_agree_about_chats(steps in proptest::collection::vec(step(), 1..70)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let files = tempfile::tempdir().unwrap();
            let (memory, sqlite) = (MemoryStore::new(), open(&files.path().join("whisker.db")));
            furnish(&memory).await;
            furnish(&sqlite).await;
            for step in &steps {
                assert_eq!(take(&memory, step.clone()).await, take(&sqlite, step.clone()).await, "{step:?}");
            }
            for (memory, sqlite) in look(&memory).await.into_iter().zip(look(&sqlite).await) {
                assert_eq!(memory, sqlite);
            }
            sqlite.close().await;
        });
    }
}
