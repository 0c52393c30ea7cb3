//! The store on one SQLite file: opening, closing, and the port's methods over `writer` and `readers`.
mod messages;
mod reads;
mod seats;

use crate::{
    apps::{self, NewApp},
    calls, channels,
    error::{self, OpenError},
    events, members,
    metrics::StoreMetrics,
    migrate,
    readers::Readers,
    sql, users,
    writer::Writer,
};
use async_trait::async_trait;
use domain::ports::{
    CallFilter, ChannelScope, Creation, MemberCreation, NewChannel, NewEvent, NewUser, Result, Store,
    UserFilter, Write,
};
use model::{
    AppId, CallId, ChannelId, Timestamp, UserId,
    call::{Call, Participant},
    channel::{Channel, Member},
    page::{Page, PageRequest},
    user::{App, MediaSettings, User},
};
use rusqlite::Connection;
use std::{fs::OpenOptions, path::Path, sync::Arc};

/// Memory the writing connection may keep for pages, KiB.
const WRITER_PAGE_CACHE_KIB: u32 = 16 * 1024;

/// One SQLite file. Use it inside a tokio runtime.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
}

impl SqliteStore {
    /// Opens the file, makes it when it is absent (readable by its owner only), and migrates it. Blocks.
    pub fn open(path: &Path, metrics: Arc<StoreMetrics>) -> std::result::Result<Self, OpenError> {
        let unusable = |source: Box<dyn std::error::Error + Send + Sync>| OpenError::Unusable {
            path: path.to_owned(),
            source,
        };
        create_private(path).map_err(|error| unusable(error.into()))?;
        let mut connection = open_for_writing(path).map_err(|error| unusable(error.into()))?;
        migrate::migrate(&mut connection).map_err(|error| unusable(error.into()))?.map_err(|newer| {
            OpenError::Newer { path: path.to_owned(), found: newer.0, supported: migrate::NEWEST }
        })?;
        let readers = Readers::new(path.to_owned(), Arc::clone(&metrics));
        let writer = Writer::start(connection, metrics).map_err(|error| unusable(error.into()))?;
        Ok(Self { writer, readers })
    }

    /// Finishes the writes that are queued and closes the file. Everything afterwards is `Unavailable`.
    pub async fn close(&self) {
        self.writer.close().await;
        self.readers.close();
    }

    /// One write whose events are stored only when it changed something.
    async fn write_if(
        &self,
        new: Vec<NewEvent>,
        work: impl FnOnce(&Connection) -> error::Result<bool> + Send + 'static,
    ) -> Result<Write<bool>> {
        let work = move |connection: &Connection| {
            let value = work(connection)?;
            let new = if value { new } else { Vec::new() };
            Ok(Write { value, events: events::record(connection, new)? })
        };
        self.writer.run(work).await
    }

    /// One write with its events.
    async fn write_with<T: Send + 'static>(
        &self,
        new: Vec<NewEvent>,
        work: impl FnOnce(&Connection) -> error::Result<T> + Send + 'static,
    ) -> Result<Write<T>> {
        let work = move |connection: &Connection| {
            let value = work(connection)?;
            Ok(Write { value, events: events::record(connection, new)? })
        };
        self.writer.run(work).await
    }
}

/// Makes the file before SQLite does: SQLite gives its `-wal` and `-shm` files the same permissions.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

fn open_for_writing(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    sql::configure(&connection, WRITER_PAGE_CACHE_KIB)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Every write of a group has a savepoint, for which SQLite copies the pages it changes: not through files.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // A commit returns when it is on the disk.
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

#[async_trait]
impl Store for SqliteStore {
    async fn ready(&self) -> Result<()> {
        // A real write: a full disk and a read-only one must show.
        let sql = "UPDATE sequences SET value = value WHERE name = 'call'";
        self.writer.run(|connection| Ok(sql::execute(connection, sql, []).map(|_| ())?)).await
    }

    async fn app_by_key(&self, api_key: &str) -> Result<Option<App>> {
        let api_key = api_key.to_owned();
        self.readers.run(move |connection| apps::by_key(connection, &api_key)).await
    }

    async fn first_app(&self) -> Result<Option<App>> {
        self.readers.run(apps::oldest).await
    }

    async fn create_app(
        &self,
        name: &str,
        api_key: &str,
        client_id: &str,
        client_secret_hash: &str,
        guests_allowed: bool,
        time: Timestamp,
    ) -> Result<App> {
        let new = NewApp {
            name: name.to_owned(),
            api_key: api_key.to_owned(),
            client_id: client_id.to_owned(),
            client_secret_hash: client_secret_hash.to_owned(),
            guests_allowed,
            time,
        };
        self.writer.run(move |connection| apps::create(connection, &new)).await
    }

    async fn user(&self, app: AppId, id: UserId) -> Result<Option<User>> {
        self.readers.run(move |connection| users::by_id(connection, app, id)).await
    }

    async fn users(&self, app: AppId, ids: &[UserId]) -> Result<Vec<User>> {
        let ids = ids.to_vec();
        self.readers.run(move |connection| users::by_ids(connection, app, &ids)).await
    }

    async fn user_by_name(&self, app: AppId, name: &str) -> Result<Option<User>> {
        let name = name.to_owned();
        self.readers.run(move |connection| users::by_name(connection, app, &name)).await
    }

    async fn ensure_user(&self, new: NewUser) -> Result<User> {
        // Most users who connect exist, and a read costs no commit.
        match self.user_by_name(new.app, &new.name).await? {
            Some(user) => Ok(user),
            None => self.writer.run(move |connection| users::ensure(connection, &new)).await,
        }
    }

    async fn update_user(&self, user: &User, events: Vec<NewEvent>) -> Result<Write<()>> {
        let user = user.clone();
        self.write_with(events, move |connection| users::update(connection, &user)).await
    }

    async fn list_users(&self, app: AppId, filter: &UserFilter, page: PageRequest) -> Result<Page<User>> {
        let filter = filter.clone();
        self.readers.run(move |connection| users::list(connection, app, &filter, page)).await
    }

    async fn media_settings(&self, app: AppId, user: UserId) -> Result<MediaSettings> {
        self.readers.run(move |connection| users::media_settings(connection, app, user)).await
    }

    async fn save_media_settings(
        &self,
        app: AppId,
        user: UserId,
        settings: MediaSettings,
        events: Vec<NewEvent>,
    ) -> Result<Write<()>> {
        self.write_with(events, move |connection| users::save_media_settings(connection, app, user, settings))
            .await
    }

    async fn create_channel(&self, new: NewChannel) -> Result<Creation> {
        // Opening a conversation again is the common case, and a read costs no commit. The write looks again.
        let wanted = new.clone();
        match self.readers.run(move |connection| channels::same_direct(connection, &wanted)).await? {
            Some(found) => Ok(Creation::Found(found)),
            None => self.writer.run(move |connection| channels::create(connection, &new)).await,
        }
    }

    async fn channel(&self, app: AppId, id: ChannelId) -> Result<Option<Channel>> {
        self.readers.run(move |connection| channels::by_id(connection, app, id)).await
    }

    async fn member(&self, channel: ChannelId, user: UserId) -> Result<Option<Member>> {
        self.readers.run(move |connection| members::one(connection, channel, user)).await
    }

    async fn members(&self, channel: ChannelId, limit: u32) -> Result<Vec<Member>> {
        self.readers.run(move |connection| members::of_channel(connection, channel, limit)).await
    }

    async fn list_members(
        &self,
        app: AppId,
        channel: ChannelId,
        display_name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<User>> {
        let part = display_name_part.map(str::to_owned);
        self.readers
            .run(move |connection| members::list(connection, app, channel, part.as_deref(), page))
            .await
    }

    async fn add_member(&self, member: Member, new: Vec<NewEvent>) -> Result<Write<MemberCreation>> {
        let work = move |connection: &Connection| {
            let value = members::add(connection, &member)?;
            let new = if value == MemberCreation::Created { new } else { Vec::new() };
            Ok(Write { value, events: events::record(connection, new)? })
        };
        self.writer.run(work).await
    }

    async fn remove_member(
        &self,
        channel: ChannelId,
        user: UserId,
        new: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        let work = move |connection: &Connection| {
            let value = members::remove(connection, channel, user)?;
            let new = if value { new } else { Vec::new() };
            Ok(Write { value, events: events::record(connection, new)? })
        };
        self.writer.run(work).await
    }

    async fn list_channels(
        &self,
        app: AppId,
        user: UserId,
        scope: ChannelScope,
        name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<Channel>> {
        let part = name_part.map(str::to_owned);
        self.readers
            .run(move |connection| channels::list(connection, app, user, scope, part.as_deref(), page))
            .await
    }

    async fn record(&self, events: Vec<NewEvent>) -> Result<Write<()>> {
        self.write_with(events, |_| Ok(())).await
    }

    async fn next_call_id(&self) -> Result<CallId> {
        self.writer.run(calls::next_id).await
    }

    async fn save_call(
        &self,
        call: &Call,
        participants: &[Participant],
        events: Vec<NewEvent>,
    ) -> Result<Write<()>> {
        let (call, participants) = (call.clone(), participants.to_vec());
        self.write_with(events, move |connection| calls::save(connection, &call, &participants)).await
    }

    async fn call(&self, app: AppId, id: CallId) -> Result<Option<(Call, Vec<Participant>)>> {
        self.readers.run(move |connection| calls::by_id(connection, app, id)).await
    }

    async fn list_calls(
        &self,
        channel: ChannelId,
        filter: CallFilter,
        page: PageRequest,
    ) -> Result<Page<(Call, Vec<Participant>)>> {
        self.readers.run(move |connection| calls::list(connection, channel, filter, page)).await
    }

    async fn open_calls(&self) -> Result<Vec<(Call, Vec<Participant>)>> {
        self.readers.run(calls::open).await
    }
}
