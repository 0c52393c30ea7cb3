//! Memberships of channels.
use crate::{
    error::{Failure, Result, no_parent},
    rows,
    sql::{self, Query, key},
    users,
};
use domain::ports::MemberCreation;
use model::{
    AppId, ChannelId, Timestamp, UserId,
    channel::Member,
    page::{Page, PageRequest},
    user::User,
};
use rusqlite::{Connection, Row};

fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        channel: ChannelId(rows::unsigned(row, 0)?),
        user: UserId(rows::unsigned(row, 1)?),
        moderator: row.get(2)?,
        joined_time: Timestamp(row.get(3)?),
    })
}

pub(crate) fn one(connection: &Connection, channel: ChannelId, user: UserId) -> Result<Option<Member>> {
    let sql = "SELECT channel_id, user_id, moderator, joined_time FROM members
               WHERE channel_id = $1 AND user_id = $2";
    Ok(sql::first(connection, sql, (key(channel.0), key(user.0)), member)?)
}

/// In joining order, at most `limit`.
pub(crate) fn of_channel(connection: &Connection, channel: ChannelId, limit: u32) -> Result<Vec<Member>> {
    let sql = "SELECT channel_id, user_id, moderator, joined_time FROM members
               WHERE channel_id = $1 ORDER BY id LIMIT $2";
    Ok(sql::all(connection, sql, (key(channel.0), limit), member)?)
}

pub(crate) fn list(
    connection: &Connection,
    app: AppId,
    channel: ChannelId,
    display_name_part: Option<&str>,
    page: PageRequest,
) -> Result<Page<User>> {
    let query =
        Query::new("FROM members JOIN users ON users.id = members.user_id WHERE members.channel_id = ");
    let mut query = query.bind(key(channel.0)).text(" AND users.app_id = ").bind(key(app.0));
    if let Some(part) = display_name_part {
        query = query.text(" AND ").contains("users.display_name_folded", part);
    }
    query.page(connection, users::COLUMNS, users::ORDER, page, users::user)
}

pub(crate) fn add(connection: &Connection, member: &Member) -> Result<MemberCreation> {
    let sql = "SELECT app_id FROM channels WHERE id = $1 AND deleted_time IS NULL";
    let app = sql::first(connection, sql, [key(member.channel.0)], |row| rows::unsigned(row, 0))?
        .ok_or_else(|| Failure::not_found("channel"))?;
    insert(connection, AppId(app), member)
}

/// Adds a member to a channel that is known to belong to `app`.
pub(crate) fn insert(connection: &Connection, app: AppId, member: &Member) -> Result<MemberCreation> {
    // What was said before is no news to whoever joins.
    let sql = "INSERT INTO members (app_id, channel_id, user_id, moderator, joined_time, read_id)
               VALUES ($1, $2, $3, $4, $5, COALESCE((SELECT MAX(id) FROM messages WHERE channel_id = $2), 0))
               ON CONFLICT (channel_id, user_id) DO NOTHING";
    let params =
        (key(app.0), key(member.channel.0), key(member.user.0), member.moderator, member.joined_time.0);
    match sql::execute(connection, sql, params).map_err(no_parent("user"))? {
        0 => Ok(MemberCreation::Found),
        _ => Ok(MemberCreation::Created),
    }
}

/// Was there one?
pub(crate) fn remove(connection: &Connection, channel: ChannelId, user: UserId) -> Result<bool> {
    let marks = "DELETE FROM unread_marks WHERE channel_id = $1 AND user_id = $2";
    sql::execute(connection, marks, (key(channel.0), key(user.0)))?;
    let sql = "DELETE FROM members WHERE channel_id = $1 AND user_id = $2";
    Ok(sql::execute(connection, sql, (key(channel.0), key(user.0)))? > 0)
}
