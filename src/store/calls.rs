//! Calls and their participants.
use crate::{
    error::{Failure, Result, is_duplicate, no_parent},
    rows,
    sql::{self, Query, key},
};
use domain::ports::CallFilter;
use model::{
    AppId, CallId, ChannelId, Timestamp, UserId,
    call::{Call, CallKind, CallState, EndReason, Outcome, Participant},
    page::{Page, PageRequest},
};
use rusqlite::{Connection, Row};

const COLUMNS: &str = "calls.id, calls.app_id, calls.channel_id, calls.kind, calls.creator_id, calls.state, \
    calls.p2p, calls.properties, calls.created_time, calls.active_time, calls.end_time, calls.end_reason";

fn call(row: &Row<'_>) -> rusqlite::Result<Call> {
    let has_ended = row.get::<_, Option<String>>(11)?.is_some();
    Ok(Call {
        id: CallId(rows::unsigned(row, 0)?),
        app: AppId(rows::unsigned(row, 1)?),
        channel: ChannelId(rows::unsigned(row, 2)?),
        kind: rows::word(row, 3, CallKind::parse)?,
        creator: UserId(rows::unsigned(row, 4)?),
        state: rows::word(row, 5, CallState::parse)?,
        p2p: row.get(6)?,
        properties: rows::properties(row, 7)?,
        created_time: Timestamp(row.get(8)?),
        active_time: row.get::<_, Option<i64>>(9)?.map(Timestamp),
        end_time: row.get::<_, Option<i64>>(10)?.map(Timestamp),
        end_reason: if has_ended { Some(rows::word(row, 11, EndReason::parse)?) } else { None },
    })
}

fn participant(row: &Row<'_>) -> rusqlite::Result<Participant> {
    Ok(Participant {
        user: UserId(rows::unsigned(row, 0)?),
        outcome: rows::word(row, 1, Outcome::parse)?,
        invited_time: Timestamp(row.get(2)?),
        joined_time: row.get::<_, Option<i64>>(3)?.map(Timestamp),
        left_time: row.get::<_, Option<i64>>(4)?.map(Timestamp),
    })
}

/// The next id, never given out before.
pub(crate) fn next_id(connection: &Connection) -> Result<CallId> {
    let sql = "UPDATE sequences SET value = value + 1 WHERE name = 'call' RETURNING value";
    let id = sql::first(connection, sql, [], |row| rows::unsigned(row, 0))?;
    Ok(CallId(id.ok_or(rusqlite::Error::QueryReturnedNoRows)?))
}

pub(crate) fn save(connection: &Connection, call: &Call, participants: &[Participant]) -> Result<()> {
    let channel = "SELECT 1 FROM channels WHERE id = $1 AND app_id = $2";
    if sql::first(connection, channel, (key(call.channel.0), key(call.app.0)), |_| Ok(()))?.is_none() {
        return Err(Failure::not_found("channel"));
    }
    let sql =
        "INSERT INTO calls (id, app_id, channel_id, kind, creator_id, state, p2p, properties, created_time,
                                  active_time, end_time, end_reason)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
               ON CONFLICT (id) DO UPDATE
               SET app_id = excluded.app_id, channel_id = excluded.channel_id, kind = excluded.kind,
                   creator_id = excluded.creator_id, state = excluded.state, p2p = excluded.p2p,
                   properties = excluded.properties, created_time = excluded.created_time,
                   active_time = excluded.active_time, end_time = excluded.end_time,
                   end_reason = excluded.end_reason";
    let params = (
        key(call.id.0),
        key(call.app.0),
        key(call.channel.0),
        call.kind.as_str(),
        key(call.creator.0),
        call.state.as_str(),
        call.p2p,
        call.properties.as_json(),
        call.created_time.0,
        call.active_time.map(|time| time.0),
        call.end_time.map(|time| time.0),
        call.end_reason.map(EndReason::as_str),
    );
    sql::execute(connection, sql, params).map_err(|error| match is_duplicate(&error) {
        true => Failure::conflict("the channel has a call that has not ended"),
        false => no_parent("user")(error),
    })?;
    save_participants(connection, call, participants)
}

/// Writes the participants that changed; one person of a large call changes at a time.
fn save_participants(connection: &Connection, call: &Call, participants: &[Participant]) -> Result<()> {
    let sql = "INSERT INTO call_participants (call_id, position, app_id, user_id, outcome, invited_time, joined_time,
                                              left_time)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
               ON CONFLICT (call_id, position) DO UPDATE
               SET app_id = excluded.app_id, user_id = excluded.user_id, outcome = excluded.outcome,
                   invited_time = excluded.invited_time, joined_time = excluded.joined_time,
                   left_time = excluded.left_time
               WHERE call_participants.app_id <> excluded.app_id
                  OR call_participants.user_id <> excluded.user_id
                  OR call_participants.outcome <> excluded.outcome
                  OR call_participants.invited_time <> excluded.invited_time
                  OR call_participants.joined_time IS DISTINCT FROM excluded.joined_time
                  OR call_participants.left_time IS DISTINCT FROM excluded.left_time";
    for (position, participant) in (0_i64..).zip(participants) {
        let params = (
            key(call.id.0),
            position,
            key(call.app.0),
            key(participant.user.0),
            participant.outcome.as_str(),
            participant.invited_time.0,
            participant.joined_time.map(|time| time.0),
            participant.left_time.map(|time| time.0),
        );
        sql::execute(connection, sql, params).map_err(no_parent("user"))?;
    }
    let rest = "DELETE FROM call_participants WHERE call_id = $1 AND position >= $2";
    sql::execute(connection, rest, (key(call.id.0), key(participants.len() as u64)))?;
    Ok(())
}

pub(crate) fn by_id(
    connection: &Connection,
    app: AppId,
    id: CallId,
) -> Result<Option<(Call, Vec<Participant>)>> {
    let sql = format!("SELECT {COLUMNS} FROM calls WHERE id = $1 AND app_id = $2");
    let found = sql::first(connection, &sql, (key(id.0), key(app.0)), call)?;
    found.map(|call| with_participants(connection, call)).transpose()
}

pub(crate) fn list(
    connection: &Connection,
    channel: ChannelId,
    filter: CallFilter,
    page: PageRequest,
) -> Result<Page<(Call, Vec<Participant>)>> {
    let mut query = Query::new("FROM calls WHERE calls.channel_id = ").bind(key(channel.0));
    if filter.active_only {
        query = query.text(" AND calls.state <> 'ENDED'");
    }
    let page = query.page(connection, COLUMNS, "calls.id DESC", page, call)?;
    let items = page.items.iter().cloned().map(|call| with_participants(connection, call));
    Ok(page.with_items(items.collect::<Result<_>>()?))
}

pub(crate) fn open(connection: &Connection) -> Result<Vec<(Call, Vec<Participant>)>> {
    let sql = format!("SELECT {COLUMNS} FROM calls WHERE calls.state <> 'ENDED' ORDER BY calls.id");
    let calls = sql::all(connection, &sql, [], call)?;
    calls.into_iter().map(|call| with_participants(connection, call)).collect()
}

fn with_participants(connection: &Connection, call: Call) -> Result<(Call, Vec<Participant>)> {
    let sql = "SELECT user_id, outcome, invited_time, joined_time, left_time FROM call_participants
               WHERE call_id = $1 ORDER BY position";
    let participants = sql::all(connection, sql, [key(call.id.0)], participant)?;
    Ok((call, participants))
}
