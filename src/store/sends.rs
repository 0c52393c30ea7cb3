//! Storing new messages: the write that everything waits for, so each statement in it has a reason.
use crate::{
    error::{Failure, Result, no_parent},
    events, notifications, rows,
    sql::{self, key},
    threads,
};
use domain::{
    Error,
    ports::{Describe, NewMessage, Place, SendOutcome, Sent, Write},
};
use model::{
    ChannelId, MessageId, ThreadId, UserId,
    event::Committed,
    message::{Content, Message},
};
use rusqlite::Connection;

pub(crate) fn send(
    connection: &Connection,
    new: NewMessage,
    describe: Describe<Sent>,
) -> Result<Write<SendOutcome>> {
    let found = look(connection, &new)?;
    if let Some(before) = found.before {
        return Ok(Write { value: SendOutcome::Before(before), events: Vec::new() });
    }
    // First, because it locks the channel's row: ids and numbers of a channel then ascend together.
    let seq = events::number(connection, new.app, new.channel, Some(new.time))?;
    if !found.is_member {
        return Err(Failure::Refused(Error::Denied { reason: "only members of the channel may do this" }));
    }
    let (thread, parent) = match new.place {
        Place::Thread(thread) if found.has_place => (thread, None),
        Place::Thread(_) => return Err(Failure::not_found("thread")),
        Place::ReplyTo(parent) if found.has_place => {
            (threads::of_replies(connection, new.app, new.channel, parent, new.time)?, Some(parent))
        }
        Place::ReplyTo(_) => return Err(Failure::not_found("message")),
    };
    let (message, notify) = insert(connection, new, thread, parent, seq)?;
    let sent = Sent {
        parent_replies: match parent {
            Some(parent) => replies(connection, parent)?,
            None => 0,
        },
        notified: notifications::insert(connection, &message, &notify)?,
        unhidden: if found.is_hidden { unhide(connection, message.channel)? } else { Vec::new() },
        message,
    };
    let event = describe(&sent);
    let Message { app, channel, created_time: time, .. } = sent.message;
    let event = events::store(connection, Committed { app, place: Some((channel, seq)), time, event })?;
    Ok(Write { value: SendOutcome::Sent(sent), events: vec![event] })
}

/// What a send has to know, asked at once.
struct Found {
    /// The message of an earlier send with the same key.
    before: Option<MessageId>,
    /// The author is one, or the application. Somebody may have left, or been removed, since the caller looked.
    is_member: bool,
    /// The thread, or the message that is replied to, is there and belongs to the channel.
    has_place: bool,
    /// A member has hidden the channel.
    is_hidden: bool,
}

fn look(connection: &Connection, new: &NewMessage) -> Result<Found> {
    let in_thread = "SELECT (SELECT id FROM messages WHERE user_id = $1 AND send_key = $2),
                            EXISTS (SELECT 1 FROM members WHERE channel_id = $3 AND user_id = $1),
                            EXISTS (SELECT 1 FROM members WHERE channel_id = $3 AND hidden = 1),
                            EXISTS (SELECT 1 FROM threads WHERE id = $4 AND channel_id = $3)";
    let in_reply = "SELECT (SELECT id FROM messages WHERE user_id = $1 AND send_key = $2),
                           EXISTS (SELECT 1 FROM members WHERE channel_id = $3 AND user_id = $1),
                           EXISTS (SELECT 1 FROM members WHERE channel_id = $3 AND hidden = 1),
                           EXISTS (SELECT 1 FROM messages
                                   WHERE id = $4 AND channel_id = $3 AND deleted_time IS NULL)";
    let (sql, place) = match new.place {
        Place::Thread(thread) => (in_thread, thread.0),
        Place::ReplyTo(parent) => (in_reply, parent.0),
    };
    let user = new.author.user();
    let params = (user.map(|user| key(user.0)), &new.idempotency_key, key(new.channel.0), key(place));
    let found = sql::first(connection, sql, params, |row| {
        Ok(Found {
            before: rows::unsigned_or_null(row, 0)?.map(MessageId),
            is_member: user.is_none() || row.get(1)?,
            is_hidden: row.get(2)?,
            has_place: row.get(3)?,
        })
    })?;
    found.ok_or_else(|| Failure::not_found("channel"))
}

/// Whom to notify of it, too: what is left of `new`.
type Inserted = (Message, Vec<(UserId, model::notification::NotificationKind, bool)>);

fn insert(
    connection: &Connection,
    new: NewMessage,
    thread: ThreadId,
    parent: Option<MessageId>,
    seq: u64,
) -> Result<Inserted> {
    let sql =
        "INSERT INTO messages (app_id, channel_id, thread_id, seq, user_id, is_file, content, group_tag,
                                     parent_id, nested_level, properties, created_time, send_key)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let params = (
        key(new.app.0),
        key(new.channel.0),
        key(thread.0),
        key(seq),
        new.author.user().map(|user| key(user.0)),
        matches!(new.content, Content::File(_)),
        serde_json::to_string(&new.content)?,
        &new.group_tag,
        parent.map(|parent| key(parent.0)),
        new.nested_level,
        new.properties.as_json(),
        new.time.0,
        new.idempotency_key.as_ref().filter(|_| new.author.user().is_some()),
    );
    sql::execute(connection, sql, params).map_err(no_parent("user"))?;
    // Dialect: RETURNING, as PostgreSQL needs, makes SQLite build a table for the one row.
    let id = MessageId(connection.last_insert_rowid().unsigned_abs());
    let message = Message {
        id,
        app: new.app,
        channel: new.channel,
        thread,
        seq,
        author: new.author,
        content: new.content,
        group_tag: new.group_tag,
        parent,
        nested_level: new.nested_level,
        properties: new.properties,
        created_time: new.time,
        last_edited_time: None,
        deleted_time: None,
    };
    Ok((message, new.notify))
}

fn replies(connection: &Connection, parent: MessageId) -> Result<u64> {
    let sql = "SELECT COUNT(*) FROM messages WHERE parent_id = $1 AND deleted_time IS NULL";
    Ok(sql::first(connection, sql, [key(parent.0)], |row| rows::unsigned(row, 0))?.unwrap_or(0))
}

/// Whoever had hidden the channel sees it again, now that something new is said.
fn unhide(connection: &Connection, channel: ChannelId) -> Result<Vec<UserId>> {
    let sql = "UPDATE members SET hidden = 0 WHERE channel_id = $1 AND hidden = 1 RETURNING user_id";
    let users = sql::all(connection, sql, [key(channel.0)], |row| rows::unsigned(row, 0))?;
    Ok(users.into_iter().map(UserId).collect())
}
