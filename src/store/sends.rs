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
    message::{Author, Content, Message},
};
use rusqlite::Connection;

pub(crate) fn send(
    connection: &Connection,
    new: NewMessage,
    describe: Describe<Sent>,
) -> Result<Write<SendOutcome>> {
    if let Some(before) = sent_before(connection, &new)? {
        return Ok(Write { value: SendOutcome::Before(before), events: Vec::new() });
    }
    // First, because it locks the channel's row: ids and numbers of a channel then ascend together.
    let seq = events::number(connection, new.app, new.channel, Some(new.time))?;
    if let Author::User(user) = new.author {
        check_member(connection, new.channel, user)?;
    }
    let (thread, parent) = place(connection, &new)?;
    let message = insert(connection, new, thread, parent, seq)?;
    let (message, notify) = message;
    let sent = Sent {
        parent_replies: match parent {
            Some(parent) => replies(connection, parent)?,
            None => 0,
        },
        notified: notifications::insert(connection, &message, &notify)?,
        unhidden: unhide(connection, message.channel)?,
        message,
    };
    let event = describe(&sent);
    let Message { app, channel, created_time: time, .. } = sent.message;
    let event = events::store(connection, Committed { app, place: Some((channel, seq)), time, event })?;
    Ok(Write { value: SendOutcome::Sent(sent), events: vec![event] })
}

/// The message of an earlier send with the same key.
fn sent_before(connection: &Connection, new: &NewMessage) -> Result<Option<MessageId>> {
    let (Author::User(user), Some(chosen)) = (new.author, &new.idempotency_key) else { return Ok(None) };
    let sql = "SELECT message_id FROM send_keys WHERE user_id = $1 AND key = $2";
    Ok(sql::first(connection, sql, (key(user.0), chosen), |row| rows::unsigned(row, 0))?.map(MessageId))
}

/// Somebody may have left, or been removed, since the caller looked.
fn check_member(connection: &Connection, channel: ChannelId, user: UserId) -> Result<()> {
    let sql = "SELECT 1 FROM members WHERE channel_id = $1 AND user_id = $2";
    match sql::first(connection, sql, (key(channel.0), key(user.0)), |_| Ok(()))? {
        Some(()) => Ok(()),
        None => Err(Failure::Refused(Error::Denied { reason: "only members of the channel may do this" })),
    }
}

fn place(connection: &Connection, new: &NewMessage) -> Result<(ThreadId, Option<MessageId>)> {
    match new.place {
        Place::Thread(thread) if threads::belongs(connection, new.channel, thread)? => Ok((thread, None)),
        Place::Thread(_) => Err(Failure::not_found("thread")),
        Place::ReplyTo(parent) => {
            let sql = "SELECT 1 FROM messages WHERE id = $1 AND channel_id = $2 AND deleted_time IS NULL";
            sql::first(connection, sql, (key(parent.0), key(new.channel.0)), |_| Ok(()))?
                .ok_or_else(|| Failure::not_found("message"))?;
            let thread = threads::of_replies(connection, new.app, new.channel, parent, new.time)?;
            Ok((thread, Some(parent)))
        }
    }
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
                                     parent_id, nested_level, properties, created_time)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
               RETURNING id";
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
    );
    let id = sql::first(connection, sql, params, |row| rows::unsigned(row, 0))
        .map_err(no_parent("user"))?
        .map(MessageId)
        .ok_or_else(|| Failure::not_found("channel"))?;
    if let (Author::User(user), Some(chosen)) = (new.author, &new.idempotency_key) {
        let sql = "INSERT INTO send_keys (user_id, key, message_id, time) VALUES ($1, $2, $3, $4)";
        sql::execute(connection, sql, (key(user.0), chosen, key(id.0), new.time.0))?;
    }
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
