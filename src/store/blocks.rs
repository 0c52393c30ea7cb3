//! Users kept out of channels, and users' block lists.
use crate::{
    channels,
    error::{Failure, Result, no_parent},
    members,
    sql::{self, Query, key},
    users,
};
use domain::ports::BlockRecord;
use model::{
    AppId, ChannelId, Timestamp, UserId,
    page::{Page, PageRequest},
};
use rusqlite::{Connection, Row};

/// A user, then the time. `users::user` reads the first nine columns.
fn record(row: &Row<'_>) -> rusqlite::Result<BlockRecord> {
    Ok(BlockRecord { user: users::user(row)?, time: Timestamp(row.get("blocked_time")?) })
}

/// Were they not kept out before?
pub(crate) fn keep_out(
    connection: &Connection,
    app: AppId,
    channel: ChannelId,
    user: UserId,
    time: Timestamp,
) -> Result<bool> {
    channels::by_id(connection, app, channel)?.ok_or_else(|| Failure::not_found("channel"))?;
    let sql = "INSERT INTO channel_blocks (app_id, channel_id, user_id, time) VALUES ($1, $2, $3, $4)
               ON CONFLICT (channel_id, user_id) DO NOTHING";
    let params = (key(app.0), key(channel.0), key(user.0), time.0);
    let new = sql::execute(connection, sql, params).map_err(no_parent("user"))? > 0;
    members::remove(connection, channel, user)?;
    Ok(new)
}

/// Were they kept out?
pub(crate) fn let_in(connection: &Connection, channel: ChannelId, user: UserId) -> Result<bool> {
    let sql = "DELETE FROM channel_blocks WHERE channel_id = $1 AND user_id = $2";
    Ok(sql::execute(connection, sql, (key(channel.0), key(user.0)))? > 0)
}

pub(crate) fn of_channel(
    connection: &Connection,
    channel: ChannelId,
    user: UserId,
) -> Result<Option<Timestamp>> {
    let sql = "SELECT time FROM channel_blocks WHERE channel_id = $1 AND user_id = $2";
    Ok(sql::first(connection, sql, (key(channel.0), key(user.0)), |row| row.get(0))?.map(Timestamp))
}

pub(crate) fn list_of_channel(
    connection: &Connection,
    app: AppId,
    channel: ChannelId,
    display_name_part: Option<&str>,
    page: PageRequest,
) -> Result<Page<BlockRecord>> {
    let query = Query::new("FROM channel_blocks AS blocks JOIN users ON users.id = blocks.user_id");
    let query = query.text(" WHERE blocks.channel_id = ").bind(key(channel.0));
    let mut query = query.text(" AND blocks.app_id = ").bind(key(app.0));
    if let Some(part) = display_name_part {
        query = query.text(" AND ").contains("users.display_name_folded", part);
    }
    query.page(connection, &columns(), "blocks.id", page, record)
}

/// Were they not on the list before?
pub(crate) fn block(
    connection: &Connection,
    app: AppId,
    blocker: UserId,
    blocked: UserId,
    time: Timestamp,
) -> Result<bool> {
    let sql = "INSERT INTO user_blocks (app_id, blocker_id, blocked_id, time) VALUES ($1, $2, $3, $4)
               ON CONFLICT (blocker_id, blocked_id) DO NOTHING";
    let params = (key(app.0), key(blocker.0), key(blocked.0), time.0);
    Ok(sql::execute(connection, sql, params).map_err(no_parent("user"))? > 0)
}

/// Were they on the list?
pub(crate) fn unblock(connection: &Connection, blocker: UserId, blocked: UserId) -> Result<bool> {
    let sql = "DELETE FROM user_blocks WHERE blocker_id = $1 AND blocked_id = $2";
    Ok(sql::execute(connection, sql, (key(blocker.0), key(blocked.0)))? > 0)
}

pub(crate) fn of_user(
    connection: &Connection,
    blocker: UserId,
    blocked: UserId,
) -> Result<Option<Timestamp>> {
    let sql = "SELECT time FROM user_blocks WHERE blocker_id = $1 AND blocked_id = $2";
    Ok(sql::first(connection, sql, (key(blocker.0), key(blocked.0)), |row| row.get(0))?.map(Timestamp))
}

pub(crate) fn list_of_user(
    connection: &Connection,
    app: AppId,
    blocker: UserId,
    name_part: Option<&str>,
    page: PageRequest,
) -> Result<Page<BlockRecord>> {
    let query = Query::new("FROM user_blocks AS blocks JOIN users ON users.id = blocks.blocked_id");
    let query = query.text(" WHERE blocks.blocker_id = ").bind(key(blocker.0));
    let mut query = query.text(" AND blocks.app_id = ").bind(key(app.0));
    if let Some(part) = name_part {
        query = query.text(" AND (").contains("users.name_folded", part);
        query = query.text(" OR ").contains("users.display_name_folded", part).text(")");
    }
    query.page(connection, &columns(), "blocks.id", page, record)
}

fn columns() -> String {
    format!("{}, blocks.time AS blocked_time", users::COLUMNS)
}
