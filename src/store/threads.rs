//! Threads of channels.
use crate::{
    error::{Failure, Result, no_parent},
    rows,
    sql::{self, Query, key},
};
use domain::ports::{NewThread, ThreadFilter};
use model::{
    AppId, ChannelId, MessageId, ThreadId, Timestamp,
    channel::Channel,
    page::{Page, PageRequest},
    thread::{Thread, ThreadKind},
};
use rusqlite::{Connection, Row};

const COLUMNS: &str = "threads.id, threads.app_id, threads.channel_id, threads.kind, threads.name, \
    threads.root_id, threads.properties, threads.created_time";

fn thread(row: &Row<'_>) -> rusqlite::Result<Thread> {
    Ok(Thread {
        id: ThreadId(rows::unsigned(row, 0)?),
        app: AppId(rows::unsigned(row, 1)?),
        channel: ChannelId(rows::unsigned(row, 2)?),
        kind: rows::word(row, 3, ThreadKind::parse)?,
        name: row.get(4)?,
        root: rows::unsigned_or_null(row, 5)?.map(MessageId),
        properties: rows::properties(row, 6)?,
        created_time: Timestamp(row.get(7)?),
    })
}

pub(crate) fn by_id(connection: &Connection, app: AppId, id: ThreadId) -> Result<Option<Thread>> {
    let sql = format!("SELECT {COLUMNS} FROM threads WHERE id = $1 AND app_id = $2");
    Ok(sql::first(connection, &sql, (key(id.0), key(app.0)), thread)?)
}

/// The main thread of a channel that was just made.
pub(crate) fn create_main(connection: &Connection, channel: &Channel) -> Result<()> {
    let sql = "INSERT INTO threads (app_id, channel_id, kind, properties, created_time)
               VALUES ($1, $2, 'MAIN', '{}', $3)";
    sql::execute(connection, sql, (key(channel.app.0), key(channel.id.0), channel.created_time.0))?;
    Ok(())
}

pub(crate) fn main_of(connection: &Connection, channel: ChannelId) -> Result<Option<ThreadId>> {
    let sql = "SELECT id FROM threads WHERE channel_id = $1 AND kind = 'MAIN'";
    Ok(sql::first(connection, sql, [key(channel.0)], |row| rows::unsigned(row, 0))?.map(ThreadId))
}

pub(crate) fn create(connection: &Connection, new: &NewThread) -> Result<Thread> {
    let sql = format!(
        "INSERT INTO threads (app_id, channel_id, kind, name, properties, created_time)
         VALUES ($1, $2, 'STANDALONE', $3, $4, $5)
         RETURNING {COLUMNS}"
    );
    let params = (key(new.app.0), key(new.channel.0), &new.name, new.properties.as_json(), new.time.0);
    sql::first(connection, &sql, params, thread)
        .map_err(no_parent("channel"))?
        .ok_or_else(|| Failure::not_found("channel"))
}

/// The thread of replies to a message of the channel, made if there is none.
pub(crate) fn of_replies(
    connection: &Connection,
    app: AppId,
    channel: ChannelId,
    root: MessageId,
    time: Timestamp,
) -> Result<ThreadId> {
    let find = "SELECT id FROM threads WHERE root_id = $1";
    let found = || sql::first(connection, find, [key(root.0)], |row| rows::unsigned(row, 0));
    if let Some(id) = found()? {
        return Ok(ThreadId(id));
    }
    let sql = "INSERT INTO threads (app_id, channel_id, kind, root_id, properties, created_time)
               VALUES ($1, $2, 'MESSAGE', $3, '{}', $4)
               ON CONFLICT (root_id) DO NOTHING";
    sql::execute(connection, sql, (key(app.0), key(channel.0), key(root.0), time.0))?;
    found()?.map(ThreadId).ok_or_else(|| Failure::not_found("thread"))
}

pub(crate) fn list(
    connection: &Connection,
    channel: ChannelId,
    filter: ThreadFilter,
    page: PageRequest,
) -> Result<Page<Thread>> {
    let mut query = Query::new("FROM threads WHERE threads.channel_id = ").bind(key(channel.0));
    if filter.standalone_only {
        query = query.text(" AND threads.kind = 'STANDALONE'");
    } else if filter.without_main {
        query = query.text(" AND threads.kind <> 'MAIN'");
    }
    query.page(connection, COLUMNS, "threads.id DESC", page, thread)
}
