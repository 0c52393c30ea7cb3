//! Messages: reading, changing, forgetting. `sends` stores new ones.
use crate::{
    error::{Failure, Result},
    reactions, rows,
    sql::{self, Query, key},
};
use domain::ports::{ContentFilter, MessageFilter, MessageRecord, MessageScope};
use model::{
    AppId, ChannelId, MessageId, ThreadId, Timestamp, UserId,
    message::{Author, Content, Message, Text},
    page::{Cursor, CursorPage, CursorRequest, Page, PageRequest},
};
use rusqlite::{Connection, Row, params_from_iter, types::Type};

/// What [`record`] reads.
const COLUMNS: &str = "messages.id, messages.app_id, messages.channel_id, messages.thread_id, messages.seq, \
    messages.user_id, messages.content, messages.group_tag, messages.parent_id, messages.nested_level, \
    messages.properties, messages.created_time, messages.last_edited_time, messages.deleted_time, \
    (SELECT COUNT(*) FROM messages AS replies \
     WHERE replies.parent_id = messages.id AND replies.deleted_time IS NULL), \
    (SELECT COUNT(*) FROM reports WHERE reports.message_id = messages.id)";

/// Without its reactions.
fn record(row: &Row<'_>) -> rusqlite::Result<MessageRecord> {
    let content: String = row.get(6)?;
    let content: Content = serde_json::from_str(&content)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(6, Type::Text, error.into()))?;
    let message = Message {
        id: MessageId(rows::unsigned(row, 0)?),
        app: AppId(rows::unsigned(row, 1)?),
        channel: ChannelId(rows::unsigned(row, 2)?),
        thread: ThreadId(rows::unsigned(row, 3)?),
        seq: rows::unsigned(row, 4)?,
        author: rows::unsigned_or_null(row, 5)?.map_or(Author::System, |user| Author::User(UserId(user))),
        content,
        group_tag: row.get(7)?,
        parent: rows::unsigned_or_null(row, 8)?.map(MessageId),
        nested_level: row.get(9)?,
        properties: rows::properties(row, 10)?,
        created_time: Timestamp(row.get(11)?),
        last_edited_time: row.get::<_, Option<i64>>(12)?.map(Timestamp),
        deleted_time: row.get::<_, Option<i64>>(13)?.map(Timestamp),
    };
    Ok(MessageRecord {
        message,
        replies_count: rows::unsigned(row, 14)?,
        report_count: rows::unsigned(row, 15)?,
        reactions: Vec::new(),
        hidden: false,
    })
}

pub(crate) fn by_id(
    connection: &Connection,
    app: AppId,
    id: MessageId,
    viewer: Option<UserId>,
) -> Result<Option<MessageRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM messages WHERE messages.id = $1 AND messages.app_id = $2 AND blanked = 0"
    );
    let Some(mut found) = sql::first(connection, &sql, (key(id.0), key(app.0)), record)? else {
        return Ok(None);
    };
    found.reactions = reactions::summaries(connection, id)?;
    if let Some(viewer) = viewer {
        found.hidden = is_hidden(connection, &found.message, viewer)?;
    }
    Ok(Some(found))
}

/// Hidden by this user, or older than the history they have cleared.
fn is_hidden(connection: &Connection, message: &Message, viewer: UserId) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM hidden_messages WHERE user_id = $1 AND message_id = $2)
                   OR EXISTS (SELECT 1 FROM members WHERE channel_id = $3 AND user_id = $1 AND cleared_id >= $2)";
    let params = (key(viewer.0), key(message.id.0), key(message.channel.0));
    Ok(sql::first(connection, sql, params, |row| row.get(0))?.unwrap_or(false))
}

/// `FROM … WHERE …` of the messages a filter lets through, without bounds of a page.
fn matching(filter: &MessageFilter) -> Query {
    let query = Query::new("FROM messages WHERE ");
    let query = match filter.scope {
        MessageScope::Channel(channel) => query.text("messages.channel_id = ").bind(key(channel.0)),
        MessageScope::Thread(thread) => query.text("messages.thread_id = ").bind(key(thread.0)),
        MessageScope::RepliesTo(parent) => query.text("messages.parent_id = ").bind(key(parent.0)),
        MessageScope::SentBy(user) => query.text("messages.user_id = ").bind(key(user.0)),
        MessageScope::ChannelsOf(user) => query
            .text("messages.channel_id IN (SELECT channel_id FROM members WHERE user_id = ")
            .bind(key(user.0))
            .text(")"),
    };
    let mut query =
        query.text(" AND messages.deleted_time IS NULL AND messages.app_id = ").bind(key(filter.app.0));
    if let Some(content) = filter.content {
        query = query.text(" AND messages.is_file = ").bind(i64::from(content == ContentFilter::Files));
    }
    if let Some(viewer) = filter.viewer {
        query = query
            .text(" AND NOT EXISTS (SELECT 1 FROM hidden_messages AS hidden WHERE hidden.user_id = ")
            .bind(key(viewer.0))
            .text(" AND hidden.message_id = messages.id)")
            .text(" AND messages.id > COALESCE((SELECT seat.cleared_id FROM members AS seat WHERE seat.user_id = ")
            .bind(key(viewer.0))
            .text(" AND seat.channel_id = messages.channel_id), 0)");
    }
    query
}

/// A page, newest first. One item more than wanted tells whether there is a next page.
pub(crate) fn list(
    connection: &Connection,
    filter: &MessageFilter,
    request: CursorRequest,
) -> Result<CursorPage<MessageRecord>> {
    // The newest of all of somebody's channels are among the newest of each.
    if let MessageScope::ChannelsOf(user) = filter.scope {
        return newest_of_channels(connection, filter, user, request);
    }
    let (order, bound) = bounds(request.cursor);
    let mut query = matching(filter);
    if let Some((comparison, id)) = bound {
        query = query.text(comparison).bind(key(id));
    }
    let query = query.text(order).bind(i64::from(request.size) + 1);
    let found = query.select(connection, COLUMNS, record)?;
    finish(connection, filter, request, found)
}

/// The order of a page and the bound it starts at.
fn bounds(cursor: Option<Cursor>) -> (&'static str, Option<(&'static str, u64)>) {
    const DOWN: &str = " ORDER BY messages.id DESC LIMIT ";
    const UP: &str = " ORDER BY messages.id LIMIT ";
    match cursor {
        None => (DOWN, None),
        Some(Cursor::Before(id)) => (DOWN, Some((" AND messages.id < ", id))),
        Some(Cursor::After(id)) => (UP, Some((" AND messages.id > ", id))),
    }
}

fn newest_of_channels(
    connection: &Connection,
    filter: &MessageFilter,
    user: UserId,
    request: CursorRequest,
) -> Result<CursorPage<MessageRecord>> {
    let channels = "SELECT channel_id FROM members WHERE user_id = $1";
    let channels = sql::all(connection, channels, [key(user.0)], |row| rows::unsigned(row, 0))?;
    let (order, bound) = bounds(request.cursor);
    let wanted = usize::try_from(request.size).unwrap_or(usize::MAX).saturating_add(1);
    let mut ids = Vec::new();
    for channel in channels {
        let scope = MessageScope::Channel(ChannelId(channel));
        let mut query = matching(&MessageFilter { scope, ..*filter });
        if let Some((comparison, id)) = bound {
            query = query.text(comparison).bind(key(id));
        }
        let query = query.text(order).bind(i64::from(request.size) + 1);
        ids.extend(query.select(connection, "messages.id", |row| rows::unsigned(row, 0))?);
    }
    ids.sort_unstable();
    if !matches!(request.cursor, Some(Cursor::After(_))) {
        ids.reverse();
    }
    ids.truncate(wanted);
    let sql = format!("SELECT {COLUMNS} FROM messages WHERE messages.id = $1");
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(sql::first(connection, &sql, [key(id)], record)?);
    }
    finish(connection, filter, request, found)
}

/// From rows in the order of reading, one more than wanted, to a page.
fn finish(
    connection: &Connection,
    filter: &MessageFilter,
    request: CursorRequest,
    mut found: Vec<MessageRecord>,
) -> Result<CursorPage<MessageRecord>> {
    let size = usize::try_from(request.size).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let upwards = matches!(request.cursor, Some(Cursor::After(_)));
    if upwards {
        found.reverse();
    }
    for record in &mut found {
        record.reactions = reactions::summaries(connection, record.message.id)?;
    }
    let newest = found.first().map(|record| record.message.id.0);
    let oldest = found.last().map(|record| record.message.id.0);
    let beyond = |comparison: &str, id: Option<u64>| -> Result<bool> {
        let Some(id) = id else { return Ok(false) };
        let query = matching(filter).text(comparison).bind(key(id)).text(" LIMIT 1");
        Ok(!query.select(connection, "1", |_| Ok(()))?.is_empty())
    };
    let (older, newer) = match (request.cursor, upwards) {
        (None, _) => (more, false),
        (Some(_), false) => (more, beyond(" AND messages.id > ", newest)?),
        (Some(_), true) => (beyond(" AND messages.id < ", oldest)?, more),
    };
    Ok(CursorPage {
        items: found,
        request,
        start: newest.map(Cursor::After),
        next: oldest.filter(|_| older).map(Cursor::Before),
        prev: newest.filter(|_| newer).map(Cursor::After),
    })
}

pub(crate) fn count(connection: &Connection, filter: &MessageFilter) -> Result<u64> {
    let counts = matching(filter).select(connection, "COUNT(*)", |row| rows::unsigned(row, 0))?;
    Ok(counts.first().copied().unwrap_or(0))
}

pub(crate) fn list_reported(
    connection: &Connection,
    app: AppId,
    channel: ChannelId,
    page: PageRequest,
) -> Result<Page<MessageRecord>> {
    let query = Query::new("FROM messages WHERE messages.channel_id = ")
        .bind(key(channel.0))
        .text(" AND messages.deleted_time IS NULL AND messages.app_id = ")
        .bind(key(app.0))
        .text(" AND messages.id IN (SELECT message_id FROM reports)");
    let mut page = query.page(connection, COLUMNS, "messages.id DESC", page, record)?;
    for record in &mut page.items {
        record.reactions = reactions::summaries(connection, record.message.id)?;
    }
    Ok(page)
}

pub(crate) fn update(connection: &Connection, message: &Message) -> Result<()> {
    let sql = "UPDATE messages SET content = $1, is_file = $2, properties = $3, last_edited_time = $4
               WHERE id = $5 AND app_id = $6 AND deleted_time IS NULL";
    let params = (
        serde_json::to_string(&message.content)?,
        matches!(message.content, Content::File(_)),
        message.properties.as_json(),
        message.last_edited_time.map(|time| time.0),
        key(message.id.0),
        key(message.app.0),
    );
    match sql::execute(connection, sql, params)? {
        0 => Err(Failure::not_found("message")),
        _ => Ok(()),
    }
}

/// Was there one?
pub(crate) fn delete(connection: &Connection, app: AppId, id: MessageId, time: Timestamp) -> Result<bool> {
    let sql = "UPDATE messages SET deleted_time = $1 WHERE id = $2 AND app_id = $3 AND deleted_time IS NULL";
    Ok(sql::execute(connection, sql, (time.0, key(id.0), key(app.0)))? > 0)
}

/// Was it visible?
pub(crate) fn hide(connection: &Connection, app: AppId, id: MessageId, user: UserId) -> Result<bool> {
    let Some(found) = by_id(connection, app, id, Some(user))? else { return Ok(false) };
    if found.hidden || found.message.deleted_time.is_some() {
        return Ok(false);
    }
    let sql = "INSERT INTO hidden_messages (user_id, message_id) VALUES ($1, $2)";
    sql::execute(connection, sql, (key(user.0), key(id.0)))?;
    Ok(true)
}

/// At most `limit` rows of each kind, so that nobody waits long for the writer.
pub(crate) fn prune(
    connection: &Connection,
    keys_before: Timestamp,
    deleted_before: Timestamp,
    limit: u32,
) -> Result<u64> {
    let mut changed = forget_keys(connection, keys_before, limit)?;
    changed += empty_channels(connection, deleted_before, limit)?;
    let blank = serde_json::to_string(&Content::Text(Text {
        body: String::new(),
        links: Vec::new(),
        mentions: Vec::new(),
    }))?;
    let blanking =
        "UPDATE messages SET content = $1, properties = '{}', group_tag = NULL, blanked = 1 WHERE id IN
                    (SELECT id FROM messages WHERE deleted_time < $2 AND blanked = 0 LIMIT $3)";
    changed += sql::execute(connection, blanking, (blank, deleted_before.0, limit))?;
    Ok(changed as u64)
}

/// What was said in deleted channels is deleted too.
fn empty_channels(connection: &Connection, before: Timestamp, limit: u32) -> Result<usize> {
    let sql = "UPDATE messages SET deleted_time = $1 WHERE id IN
               (SELECT id FROM messages
                WHERE channel_id IN (SELECT id FROM channels WHERE deleted_time < $2 AND emptied = 0)
                  AND deleted_time IS NULL
                LIMIT $3)";
    let deleted = sql::execute(connection, sql, (before.0.saturating_sub(1), before.0, limit))?;
    if deleted < usize::try_from(limit).unwrap_or(usize::MAX) {
        let sql = "UPDATE channels SET emptied = 1 WHERE deleted_time < $1 AND emptied = 0";
        sql::execute(connection, sql, [before.0])?;
    }
    Ok(deleted)
}

/// In the order of sending; stops at the first message that is not old enough.
fn forget_keys(connection: &Connection, before: Timestamp, limit: u32) -> Result<usize> {
    let mark = "SELECT value FROM sequences WHERE name = 'forgotten_send_key'";
    let mark: i64 = sql::first(connection, mark, [], |row| row.get(0))?.unwrap_or(0);
    let next = "SELECT id, created_time FROM messages WHERE id > $1 ORDER BY id LIMIT $2";
    let next: Vec<(i64, i64)> =
        sql::all(connection, next, (mark, limit), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let old = next.iter().take_while(|(_, time)| *time < before.0).count();
    let Some((last, _)) = old.checked_sub(1).and_then(|last| next.get(last)) else { return Ok(0) };
    let forget = "UPDATE messages SET send_key = NULL WHERE id > $1 AND id <= $2 AND send_key IS NOT NULL";
    sql::execute(connection, forget, (mark, last))?;
    let advance = "UPDATE sequences SET value = $1 WHERE name = 'forgotten_send_key'";
    sql::execute(connection, advance, [last])?;
    Ok(old)
}

impl Query {
    /// Runs `SELECT columns <this>`.
    fn select<T>(
        self,
        connection: &Connection,
        columns: &str,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let (text, params) = self.into_parts();
        let sql = format!("SELECT {columns} {text}");
        Ok(sql::all(connection, &sql, params_from_iter(params), map)?)
    }
}
