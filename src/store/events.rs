//! The log of events: what was announced, numbered per channel.
use crate::{
    error::{Failure, Result, no_parent},
    rows,
    sql::{self, key},
};
use domain::ports::NewEvent;
use model::event::Committed;
use rusqlite::Connection;

/// Numbers and stores events. They are committed when the transaction around this is, so only the writer calls it.
pub(crate) fn record(connection: &Connection, events: Vec<NewEvent>) -> Result<Vec<Committed>> {
    events.into_iter().map(|event| record_one(connection, event)).collect()
}

fn record_one(connection: &Connection, new: NewEvent) -> Result<Committed> {
    let NewEvent { app, channel, time, event } = new;
    // The row lock on the channel, held until the commit, keeps numbers gap-free in PostgreSQL too.
    let number = "UPDATE channels
                  SET last_seq = last_seq + 1,
                      active_time = CASE WHEN active_time < $1 THEN $1 ELSE active_time END
                  WHERE id = $2 AND app_id = $3
                  RETURNING last_seq";
    let place = match channel {
        Some(id) => {
            let seq = sql::first(connection, number, (time.0, key(id.0), key(app.0)), |row| {
                rows::unsigned(row, 0)
            })?;
            Some((id, seq.ok_or_else(|| Failure::not_found("channel"))?))
        }
        None => None,
    };
    let insert = "INSERT INTO events (app_id, channel_id, seq, time, payload) VALUES ($1, $2, $3, $4, $5)";
    let params = (
        key(app.0),
        place.map(|(channel, _)| key(channel.0)),
        place.map(|(_, seq)| key(seq)),
        time.0,
        serde_json::to_string(&event)?,
    );
    sql::execute(connection, insert, params).map_err(no_parent("application"))?;
    Ok(Committed { app, place, time, event })
}
