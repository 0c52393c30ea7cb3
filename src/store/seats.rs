//! What a channel is to its members, who moderates it, and who is there when somebody acts in it.
use crate::{
    channels,
    error::Result,
    rows,
    sql::{self, Query, key},
    threads, users,
};
use domain::ports::{Chat, NewSeat};
use model::{
    AppId, ChannelId, MessageId, Timestamp, UserId,
    channel::{ChannelKind, Member, Seat},
    page::{Page, PageRequest},
    user::User,
};
use rusqlite::{Connection, Row};

const COLUMNS: &str = "members.channel_id, members.user_id, members.moderator, members.joined_time, \
    members.muted, members.hidden, members.read_id, members.cleared_id";

fn seated(row: &Row<'_>) -> rusqlite::Result<(Member, Seat)> {
    let member = Member {
        channel: ChannelId(rows::unsigned(row, 0)?),
        user: UserId(rows::unsigned(row, 1)?),
        moderator: row.get(2)?,
        joined_time: Timestamp(row.get(3)?),
    };
    let seat = Seat {
        muted: row.get(4)?,
        hidden: row.get(5)?,
        read: MessageId(rows::unsigned(row, 6)?),
        cleared: MessageId(rows::unsigned(row, 7)?),
    };
    Ok((member, seat))
}

pub(crate) fn one(
    connection: &Connection,
    channel: ChannelId,
    user: UserId,
) -> Result<Option<(Member, Seat)>> {
    let sql = format!("SELECT {COLUMNS} FROM members WHERE channel_id = $1 AND user_id = $2");
    Ok(sql::first(connection, &sql, (key(channel.0), key(user.0)), seated)?)
}

/// Is the user a member?
pub(crate) fn change(
    connection: &Connection,
    channel: ChannelId,
    user: UserId,
    new: NewSeat,
) -> Result<bool> {
    let (channel, user) = (key(channel.0), key(user.0));
    let changed = match new {
        NewSeat::Muted(muted) => {
            let sql = "UPDATE members SET muted = $1 WHERE channel_id = $2 AND user_id = $3";
            sql::execute(connection, sql, (muted, channel, user))?
        }
        NewSeat::Hidden(hidden) => {
            let sql = "UPDATE members SET hidden = $1 WHERE channel_id = $2 AND user_id = $3";
            sql::execute(connection, sql, (hidden, channel, user))?
        }
        NewSeat::Cleared => {
            let sql = "UPDATE members
                       SET cleared_id = COALESCE((SELECT MAX(id) FROM messages WHERE channel_id = $1), 0)
                       WHERE channel_id = $1 AND user_id = $2";
            sql::execute(connection, sql, (channel, user))?
        }
    };
    Ok(changed > 0)
}

pub(crate) fn channels_of(connection: &Connection, app: AppId, user: UserId) -> Result<Vec<ChannelId>> {
    let sql = "SELECT channel_id FROM members WHERE user_id = $1 AND app_id = $2 ORDER BY channel_id";
    let ids = sql::all(connection, sql, (key(user.0), key(app.0)), |row| rows::unsigned(row, 0))?;
    Ok(ids.into_iter().map(ChannelId).collect())
}

/// Did that change something?
pub(crate) fn set_moderator(
    connection: &Connection,
    channel: ChannelId,
    user: UserId,
    moderator: bool,
) -> Result<bool> {
    let sql = "UPDATE members SET moderator = $1 WHERE channel_id = $2 AND user_id = $3 AND moderator <> $1";
    Ok(sql::execute(connection, sql, (moderator, key(channel.0), key(user.0)))? > 0)
}

pub(crate) fn moderators(
    connection: &Connection,
    app: AppId,
    channel: ChannelId,
    display_name_part: Option<&str>,
    page: PageRequest,
) -> Result<Page<User>> {
    let query =
        Query::new("FROM members JOIN users ON users.id = members.user_id WHERE members.moderator = 1");
    let query = query.text(" AND members.channel_id = ").bind(key(channel.0));
    let mut query = query.text(" AND users.app_id = ").bind(key(app.0));
    if let Some(part) = display_name_part {
        query = query.text(" AND ").contains("users.display_name_folded", part);
    }
    query.page(connection, users::COLUMNS, users::ORDER, page, users::user)
}

/// Everything that somebody who acts in a channel has to know.
pub(crate) fn chat(
    connection: &Connection,
    app: AppId,
    id: ChannelId,
    actor: Option<UserId>,
) -> Result<Option<Chat>> {
    let Some(channel) = channels::by_id(connection, app, id)? else { return Ok(None) };
    let Some(main_thread) = threads::main_of(connection, id)? else { return Ok(None) };
    let sql = format!("SELECT {COLUMNS} FROM members WHERE channel_id = $1 ORDER BY id");
    let members = sql::all(connection, &sql, [key(id.0)], seated)?;
    let seat = members.iter().copied().find(|(member, _)| Some(member.user) == actor);
    let is_direct = channel.kind == ChannelKind::Direct;
    let is_banned = match actor {
        Some(user) if seat.is_none() => {
            let sql = "SELECT 1 FROM channel_blocks WHERE channel_id = $1 AND user_id = $2";
            sql::first(connection, sql, (key(id.0), key(user.0)), |_| Ok(()))?.is_some()
        }
        _ => false,
    };
    let is_blocked = match actor {
        Some(user) if is_direct => {
            let sql = "SELECT 1 FROM members
                       JOIN user_blocks ON user_blocks.blocker_id = members.user_id AND user_blocks.blocked_id = $1
                       WHERE members.channel_id = $2 LIMIT 1";
            sql::first(connection, sql, (key(user.0), key(id.0)), |_| Ok(()))?.is_some()
        }
        _ => false,
    };
    let mut ids: Vec<UserId> = actor.into_iter().chain(channel.creator).collect();
    if is_direct {
        ids.extend(members.iter().map(|(member, _)| member.user));
    }
    let mut people: Vec<User> = Vec::with_capacity(ids.len());
    for user in users::by_ids(connection, app, &ids)? {
        if people.iter().all(|known| known.id != user.id) {
            people.push(user);
        }
    }
    Ok(Some(Chat { channel, main_thread, seat, is_banned, is_blocked, people, members }))
}
