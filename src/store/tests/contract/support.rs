//! A store with an application in it, and short words for what tests do with it.
use domain::{
    Error,
    ports::{Creation, NewChannel, NewEvent, NewUser, Store},
    testing::MemoryStore,
};
use model::{
    AppId, CallId, ChannelId, Properties, Timestamp, UserId,
    call::{Call, CallKind, CallState, EndReason, Outcome, Participant},
    channel::{Channel, ChannelKind, Member},
    event::Event,
    page::PageRequest,
    user::{App, CallStatus, Presence, User, UserView},
};
use prometheus::Registry;
use std::{fmt::Debug, path::Path, sync::Arc};
use store::{SqliteStore, StoreMetrics};
use tempfile::TempDir;

/// Runs each case on every store.
macro_rules! suite {
    ($($case:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $case() {
                super::$case($crate::support::World::memory().await).await;
            })+
        }

        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                super::$case($crate::support::World::sqlite().await).await;
            })+
        }
    };
}

/// When everything in these tests happens, unless said otherwise.
pub(crate) const NOON: Timestamp = Timestamp(1_655_380_800_000);

/// A store under test with two applications: `app`, and `other`, of which nothing may ever be seen.
pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) app: App,
    pub(crate) other: App,
    _files: Option<TempDir>,
}

impl World {
    pub(crate) async fn memory() -> Self {
        Self::on(Arc::new(MemoryStore::new()), None).await
    }

    pub(crate) async fn sqlite() -> Self {
        let files = tempfile::tempdir().unwrap();
        let store = open(&files.path().join("whisker.db"));
        Self::on(Arc::new(store), Some(files)).await
    }

    async fn on(store: Arc<dyn Store>, files: Option<TempDir>) -> Self {
        let app = app(&*store, "one").await;
        let other = self::app(&*store, "other").await;
        Self { store, app, other, _files: files }
    }

    pub(crate) async fn user(&self, name: &str) -> User {
        user(&*self.store, self.app.id, name).await
    }

    /// A user whose name and display name differ.
    pub(crate) async fn user_shown_as(&self, name: &str, display_name: &str) -> User {
        let new = NewUser { display_name: display_name.to_owned(), ..new_user(self.app.id, name) };
        self.store.ensure_user(new).await.unwrap()
    }

    pub(crate) async fn stranger(&self) -> User {
        user(&*self.store, self.other.id, "stranger").await
    }

    /// A channel with these members, made by the first of them.
    pub(crate) async fn channel(&self, kind: ChannelKind, name: &str, members: &[&User]) -> Channel {
        created(self.store.create_channel(new_channel(self.app.id, kind, name, members)).await.unwrap())
    }

    pub(crate) async fn last_seq(&self, channel: ChannelId) -> u64 {
        self.store.channel(self.app.id, channel).await.unwrap().unwrap().last_seq
    }
}

pub(crate) fn metrics() -> Arc<StoreMetrics> {
    Arc::new(StoreMetrics::register(&Registry::new()).unwrap())
}

pub(crate) fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, metrics()).unwrap()
}

pub(crate) async fn app(store: &dyn Store, name: &str) -> App {
    store
        .create_app(name, &format!("{name}-key"), &format!("{name}-client"), "hash", true, NOON)
        .await
        .unwrap()
}

pub(crate) async fn user(store: &dyn Store, app: AppId, name: &str) -> User {
    store.ensure_user(new_user(app, name)).await.unwrap()
}

pub(crate) fn new_user(app: AppId, name: &str) -> NewUser {
    NewUser {
        app,
        name: name.to_owned(),
        display_name: name.to_owned(),
        is_guest: true,
        properties: Properties::default(),
        time: NOON,
    }
}

pub(crate) fn new_channel(app: AppId, kind: ChannelKind, name: &str, members: &[&User]) -> NewChannel {
    NewChannel {
        app,
        kind,
        name: name.to_owned(),
        display_name: name.to_owned(),
        creator: members.first().map(|user| user.id),
        members: members.iter().map(|user| user.id).collect(),
        properties: Properties::default(),
        time: NOON,
    }
}

#[track_caller]
pub(crate) fn created(creation: Creation) -> Channel {
    match creation {
        Creation::Created(channel) => channel,
        Creation::Found(channel) => panic!("{channel:?} was there already"),
    }
}

pub(crate) fn member(channel: &Channel, user: &User) -> Member {
    Member { channel: channel.id, user: user.id, moderator: false, joined_time: NOON }
}

/// An event that can be recognised: it carries `user`.
pub(crate) fn event(app: AppId, channel: Option<ChannelId>, user: &User) -> NewEvent {
    let presence = Presence { status: user.presence_status.clone(), online: true };
    let user = UserView { user: user.clone(), presence, call_status: CallStatus::Available };
    NewEvent { app, channel, time: NOON, event: Event::UserUpdated { user } }
}

pub(crate) fn ringing_call(id: CallId, channel: &Channel, creator: &User) -> Call {
    Call {
        id,
        app: channel.app,
        channel: channel.id,
        kind: CallKind::Conference,
        creator: creator.id,
        state: CallState::Pending,
        p2p: false,
        properties: Properties::from_checked_json(r#"{"topic":"cats"}"#),
        created_time: NOON,
        active_time: None,
        end_time: None,
        end_reason: None,
    }
}

pub(crate) fn ended(call: &Call, end_reason: EndReason) -> Call {
    Call { state: CallState::Ended, end_time: Some(NOON), end_reason: Some(end_reason), ..call.clone() }
}

pub(crate) fn invited(user: UserId) -> Participant {
    Participant { user, outcome: Outcome::Invited, invited_time: NOON, joined_time: None, left_time: None }
}

pub(crate) fn page(number: u32, size: u32) -> PageRequest {
    PageRequest::new(Some(number), Some(size))
}

pub(crate) fn everything() -> PageRequest {
    page(0, 100)
}

#[track_caller]
pub(crate) fn assert_not_found<T: Debug>(result: Result<T, Error>, expected: &str) {
    match result {
        Err(Error::NotFound { what }) => assert_eq!(what, expected),
        other => panic!("expected {expected} not found, got {other:?}"),
    }
}

#[track_caller]
pub(crate) fn assert_conflict<T: Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::Conflict { .. })), "expected a conflict, got {result:?}");
}
