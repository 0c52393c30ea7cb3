//! Read state: positions, receipts, marks, and every count derived from them.
//!
//! Whatever a member has not read is in one of two sets, and a row of `members` is what both start from:
//! - [`NEWER`]: beyond the position, without a receipt. A range of the index `messages_by_channel` that begins where the
//!   member has stopped reading, so its cost is what is unread.
//! - [`MARKED`]: not beyond it, marked unread. A range of the primary key of `unread_marks`.
//!
//! Reading single messages moves the position over everything that has been read without a gap, so that the range stays
//! as short as what is unread for those, too, who never read a whole channel.
use crate::{
    error::{Result, no_parent},
    rows,
    sql::{self, Query, key},
};
use domain::ports::{NewReads, ReadScope, Unread};
use model::{
    AppId, ChannelId, MessageId, Timestamp, UserId,
    channel::ChannelKind,
    page::{Page, PageRequest},
    receipt::{ReadBy, ReadMessage},
};
use rusqlite::{Connection, params_from_iter};

/// Messages of others that are shown to the member and beyond their position, without a receipt.
const NEWER: &str = "messages.channel_id = members.channel_id
      AND messages.id > CASE WHEN members.read_id > members.cleared_id THEN members.read_id
                             ELSE members.cleared_id END
      AND messages.deleted_time IS NULL
      AND (messages.user_id IS NULL OR messages.user_id <> members.user_id)
      AND NOT EXISTS (SELECT 1 FROM receipts
                      WHERE receipts.message_id = messages.id AND receipts.user_id = members.user_id)
      AND NOT EXISTS (SELECT 1 FROM hidden_messages
                      WHERE hidden_messages.user_id = members.user_id
                        AND hidden_messages.message_id = messages.id)";

/// Messages that are shown to the member and not beyond their position, but marked.
const MARKED: &str = "unread_marks.channel_id = members.channel_id AND unread_marks.user_id = members.user_id
      AND messages.id = unread_marks.message_id
      AND unread_marks.message_id > members.cleared_id
      AND messages.deleted_time IS NULL
      AND NOT EXISTS (SELECT 1 FROM hidden_messages
                      WHERE hidden_messages.user_id = members.user_id
                        AND hidden_messages.message_id = messages.id)";

/// A condition on a row of `members`.
pub(crate) fn has_unread() -> String {
    format!(
        "(EXISTS (SELECT 1 FROM messages WHERE {NEWER})
          OR EXISTS (SELECT 1 FROM unread_marks, messages WHERE {MARKED}))"
    )
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The newest `limit`, oldest first.
pub(crate) fn unread(
    connection: &Connection,
    channel: ChannelId,
    user: UserId,
    scope: ReadScope,
    limit: usize,
) -> Result<Unread> {
    let newest = "SELECT COALESCE(MAX(id), 0) FROM messages WHERE channel_id = $1";
    let newest = sql::first(connection, newest, [key(channel.0)], |row| rows::unsigned(row, 0))?.unwrap_or(0);
    let mut found = Vec::new();
    for (tables, set) in [("members, messages", NEWER), ("members, unread_marks, messages", MARKED)] {
        let query = Query::new("SELECT messages.id, messages.user_id FROM ").text(tables);
        let query = query.text(" WHERE ").text(set);
        let query = match scope {
            ReadScope::Channel => query,
            ReadScope::Thread(thread) => query.text(" AND messages.thread_id = ").bind(key(thread.0)),
            ReadScope::Message(message) => query.text(" AND messages.id = ").bind(key(message.0)),
        };
        let query = query.text(" AND members.channel_id = ").bind(key(channel.0));
        let query = query.text(" AND members.user_id = ").bind(key(user.0));
        let query = query.text(" ORDER BY messages.id DESC LIMIT ").bind(limit_of(limit));
        let (text, params) = query.into_parts();
        found.extend(sql::all(connection, &text, params_from_iter(params), |row| {
            let author = rows::unsigned_or_null(row, 1)?.map(UserId);
            Ok(ReadMessage { message: MessageId(rows::unsigned(row, 0)?), author })
        })?);
    }
    found.sort_unstable_by_key(|read| read.message);
    let messages = found.split_off(found.len().saturating_sub(limit));
    Ok(Unread { messages, newest: MessageId(newest) })
}

pub(crate) fn mark_read(connection: &Connection, reads: &NewReads) -> Result<()> {
    let NewReads { channel, user, time, .. } = *reads;
    let member = "SELECT 1 FROM members WHERE channel_id = $1 AND user_id = $2 AND app_id = $3";
    let params = (key(channel.0), key(user.0), key(reads.app.0));
    if sql::first(connection, member, params, |_| Ok(()))?.is_none() {
        return Ok(());
    }
    let receipt = "INSERT INTO receipts (message_id, user_id, time)
                   SELECT id, $1, $2 FROM messages
                   WHERE id = $3 AND channel_id = $4 AND deleted_time IS NULL
                   ON CONFLICT (message_id, user_id) DO NOTHING";
    let unmark = "DELETE FROM unread_marks WHERE channel_id = $1 AND user_id = $2 AND message_id = $3";
    for message in &reads.messages {
        let params = (key(user.0), time.0, key(message.0), key(channel.0));
        sql::execute(connection, receipt, params).map_err(no_parent("user"))?;
        sql::execute(connection, unmark, (key(channel.0), key(user.0), key(message.0)))?;
    }
    match reads.up_to {
        Some(up_to) => {
            let unmark =
                "DELETE FROM unread_marks WHERE channel_id = $1 AND user_id = $2 AND message_id <= $3";
            sql::execute(connection, unmark, (key(channel.0), key(user.0), key(up_to.0)))?;
            advance(connection, channel, user, up_to.0)
        }
        None => advance_over_read(connection, channel, user),
    }
}

/// Positions never go back.
fn advance(connection: &Connection, channel: ChannelId, user: UserId, to: u64) -> Result<()> {
    let sql = "UPDATE members SET read_id = $1 WHERE channel_id = $2 AND user_id = $3 AND read_id < $1";
    sql::execute(connection, sql, (key(to), key(channel.0), key(user.0)))?;
    Ok(())
}

/// Up to the message before the oldest unread one.
fn advance_over_read(connection: &Connection, channel: ChannelId, user: UserId) -> Result<()> {
    let sql = format!(
        "SELECT COALESCE((SELECT messages.id - 1 FROM messages WHERE {NEWER} ORDER BY messages.id LIMIT 1),
                         (SELECT MAX(id) FROM messages WHERE messages.channel_id = members.channel_id), 0)
         FROM members WHERE members.channel_id = $1 AND members.user_id = $2"
    );
    let to = sql::first(connection, &sql, (key(channel.0), key(user.0)), |row| rows::unsigned(row, 0))?;
    advance(connection, channel, user, to.unwrap_or(0))
}

/// Was it read?
pub(crate) fn mark_unread(
    connection: &Connection,
    app: AppId,
    message: MessageId,
    user: UserId,
) -> Result<bool> {
    let sql = "SELECT messages.channel_id, members.read_id >= messages.id
               FROM messages JOIN members ON members.channel_id = messages.channel_id AND members.user_id = $1
               WHERE messages.id = $2 AND messages.app_id = $3 AND messages.deleted_time IS NULL
                 AND (messages.user_id IS NULL OR messages.user_id <> members.user_id)
                 AND messages.id > members.cleared_id
                 AND NOT EXISTS (SELECT 1 FROM hidden_messages AS hidden
                                 WHERE hidden.user_id = members.user_id AND hidden.message_id = messages.id)";
    let found = sql::first(connection, sql, (key(user.0), key(message.0), key(app.0)), |row| {
        Ok((rows::unsigned(row, 0)?, row.get::<_, bool>(1)?))
    })?;
    let Some((channel, passed)) = found else { return Ok(false) };
    let sql = "DELETE FROM receipts WHERE message_id = $1 AND user_id = $2";
    let had_receipt = sql::execute(connection, sql, (key(message.0), key(user.0)))? > 0;
    if !passed {
        return Ok(had_receipt);
    }
    let sql = "INSERT INTO unread_marks (channel_id, user_id, message_id) VALUES ($1, $2, $3)
               ON CONFLICT (channel_id, user_id, message_id) DO NOTHING";
    Ok(sql::execute(connection, sql, (key(channel), key(user.0), key(message.0)))? > 0)
}

pub(crate) fn is_unread(connection: &Connection, channel: ChannelId, user: UserId) -> Result<bool> {
    let sql = format!(
        "SELECT 1 FROM members WHERE members.channel_id = $1 AND members.user_id = $2 AND {}",
        has_unread()
    );
    Ok(sql::first(connection, &sql, (key(channel.0), key(user.0)), |_| Ok(()))?.is_some())
}

pub(crate) fn count(
    connection: &Connection,
    app: AppId,
    user: UserId,
    channel: Option<ChannelId>,
) -> Result<u64> {
    let one = if channel.is_some() { "AND members.channel_id = $3" } else { "" };
    let sql = format!(
        "SELECT COALESCE(SUM((SELECT COUNT(*) FROM messages WHERE {NEWER})
                             + (SELECT COUNT(*) FROM unread_marks, messages WHERE {MARKED})), 0)
         FROM members WHERE members.user_id = $1 AND members.app_id = $2 {one}"
    );
    let mut params = vec![key(user.0), key(app.0)];
    params.extend(channel.map(|channel| key(channel.0)));
    let count = sql::first(connection, &sql, params_from_iter(params), |row| rows::unsigned(row, 0))?;
    Ok(count.unwrap_or(0))
}

pub(crate) fn count_channels(
    connection: &Connection,
    app: AppId,
    user: UserId,
    kind: Option<ChannelKind>,
) -> Result<u64> {
    let of_kind = if kind.is_some() { "AND channels.kind = $3" } else { "" };
    let sql = format!(
        "SELECT COUNT(*) FROM members JOIN channels ON channels.id = members.channel_id
         WHERE members.user_id = $1 AND members.app_id = $2 AND members.hidden = 0 {of_kind} AND {}",
        has_unread()
    );
    let (user, app) = (key(user.0), key(app.0));
    let count = match kind {
        Some(kind) => sql::first(connection, &sql, (user, app, kind.as_str()), |row| rows::unsigned(row, 0))?,
        None => sql::first(connection, &sql, (user, app), |row| rows::unsigned(row, 0))?,
    };
    Ok(count.unwrap_or(0))
}

/// Goes back from the newest message; stops at the position at the latest, unless what is there is marked.
pub(crate) fn last_read(
    connection: &Connection,
    channel: ChannelId,
    user: UserId,
) -> Result<Option<MessageId>> {
    let sql = "SELECT messages.id FROM messages
               JOIN members ON members.channel_id = messages.channel_id AND members.user_id = $1
               WHERE messages.channel_id = $2 AND messages.deleted_time IS NULL
                 AND messages.id > members.cleared_id
                 AND (messages.user_id IS NULL OR messages.user_id <> members.user_id)
                 AND (EXISTS (SELECT 1 FROM receipts
                              WHERE receipts.message_id = messages.id AND receipts.user_id = members.user_id)
                      OR (messages.id <= members.read_id
                          AND NOT EXISTS (SELECT 1 FROM unread_marks AS mark
                                          WHERE mark.channel_id = messages.channel_id
                                            AND mark.user_id = members.user_id
                                            AND mark.message_id = messages.id)))
                 AND NOT EXISTS (SELECT 1 FROM hidden_messages AS hidden
                                 WHERE hidden.user_id = members.user_id AND hidden.message_id = messages.id)
               ORDER BY messages.id DESC LIMIT 1";
    let found = sql::first(connection, sql, (key(user.0), key(channel.0)), |row| rows::unsigned(row, 0))?;
    Ok(found.map(MessageId))
}

pub(crate) fn list_receipts(
    connection: &Connection,
    message: MessageId,
    page: PageRequest,
) -> Result<Page<(UserId, Timestamp)>> {
    let query = Query::new("FROM receipts WHERE receipts.message_id = ").bind(key(message.0));
    query.page(
        connection,
        "receipts.user_id, receipts.time",
        "receipts.time, receipts.user_id",
        page,
        |row| Ok((UserId(rows::unsigned(row, 0)?), Timestamp(row.get(1)?))),
    )
}

pub(crate) fn receipt(
    connection: &Connection,
    message: MessageId,
    user: UserId,
) -> Result<Option<Timestamp>> {
    let sql = "SELECT time FROM receipts WHERE message_id = $1 AND user_id = $2";
    Ok(sql::first(connection, sql, (key(message.0), key(user.0)), |row| row.get(0))?.map(Timestamp))
}

pub(crate) fn read_by(
    connection: &Connection,
    channel: ChannelId,
    from: MessageId,
    to: MessageId,
    limit: usize,
) -> Result<ReadBy> {
    let sql = "SELECT receipts.message_id, receipts.user_id
               FROM (SELECT id FROM messages
                     WHERE channel_id = $1 AND id >= $2 AND id <= $3 AND deleted_time IS NULL
                     ORDER BY id DESC LIMIT $4) AS window_messages
               JOIN receipts ON receipts.message_id = window_messages.id
               ORDER BY receipts.message_id, receipts.time, receipts.user_id";
    let params = (key(channel.0), key(from.0), key(to.0.min(i64::MAX.unsigned_abs())), limit_of(limit));
    let rows = sql::all(connection, sql, params, |row| {
        Ok((MessageId(rows::unsigned(row, 0)?), UserId(rows::unsigned(row, 1)?)))
    })?;
    let mut by = ReadBy::default();
    for (message, user) in rows {
        match by.messages.last_mut() {
            Some((last, users)) if *last == message => users.push(user),
            _ => by.messages.push((message, vec![user])),
        }
    }
    Ok(by)
}
