//! The log of events: what was announced, numbered per channel.
use crate::{
    error::{Failure, Result, no_parent},
    rows,
    sql::{self, key},
};
use domain::ports::NewEvent;
use model::{
    AppId, ChannelId, MessageId, Timestamp, UserId,
    event::{Committed, Event},
    notification::Notified,
};
use rusqlite::Connection;

/// Numbers and stores events. They are committed when the transaction around this is, so only the writer calls it.
pub(crate) fn record(connection: &Connection, events: Vec<NewEvent>) -> Result<Vec<Committed>> {
    events.into_iter().map(|event| record_one(connection, event)).collect()
}

fn record_one(connection: &Connection, new: NewEvent) -> Result<Committed> {
    let NewEvent { app, channel, time, event } = new;
    let place = match channel {
        Some(id) => Some((id, number(connection, app, id, event.is_activity().then_some(time))?)),
        None => None,
    };
    store(connection, Committed { app, place, time, event })
}

/// Takes the channel's next number. The row lock on the channel, held until the commit, keeps numbers gap-free in
/// PostgreSQL too; whoever takes one must [`store`] its event.
///
/// `active` is the time of something that makes the channel the latest in lists.
pub(crate) fn number(
    connection: &Connection,
    app: AppId,
    channel: ChannelId,
    active: Option<Timestamp>,
) -> Result<u64> {
    let sql = "UPDATE channels
               SET last_seq = last_seq + 1,
                   active_time = CASE WHEN active_time < $1 THEN $1 ELSE active_time END
               WHERE id = $2 AND app_id = $3 AND deleted_time IS NULL";
    let params = (active.map_or(i64::MIN, |time| time.0), key(channel.0), key(app.0));
    if sql::execute(connection, sql, params)? == 0 {
        return Err(Failure::not_found("channel"));
    }
    // Not RETURNING: SQLite would build a table for the one row, and the row is locked anyway.
    let sql = "SELECT last_seq FROM channels WHERE id = $1";
    sql::first(connection, sql, [key(channel.0)], |row| rows::unsigned(row, 0))?
        .ok_or_else(|| Failure::not_found("channel"))
}

/// The event of a new message, as the log keeps it: what cannot be read from the message itself.
#[derive(serde::Serialize)]
enum Logged<'e> {
    MessageSent { message: MessageId, notified: &'e [Notified], unhidden: &'e [UserId] },
}

/// Messages are in their own table already: repeating them would double what is written for each.
fn payload(event: &Event) -> serde_json::Result<String> {
    match event {
        Event::MessageCreated(created) => serde_json::to_string(&Logged::MessageSent {
            message: created.message.message.id,
            notified: &created.notified,
            unhidden: &created.unhidden,
        }),
        other => serde_json::to_string(other),
    }
}

/// Stores an event that has its number.
pub(crate) fn store(connection: &Connection, committed: Committed) -> Result<Committed> {
    let sql = "INSERT INTO events (app_id, channel_id, seq, time, payload) VALUES ($1, $2, $3, $4, $5)";
    let params = (
        key(committed.app.0),
        committed.place.map(|(channel, _)| key(channel.0)),
        committed.place.map(|(_, seq)| key(seq)),
        committed.time.0,
        payload(&committed.event)?,
    );
    sql::execute(connection, sql, params).map_err(no_parent("application"))?;
    Ok(committed)
}
