//! Reactions to messages, and reports of them.
use crate::{
    error::{Result, no_parent},
    rows,
    sql::{self, Query, key},
};
use domain::ports::{ReactionCount, ReactionRecord, ReportRecord};
use model::{
    MessageId, Timestamp, UserId, limits,
    page::{Page, PageRequest},
    reaction::Emoji,
};
use rusqlite::{Connection, Row};

const COLUMNS: &str = "reactions.message_id, reactions.user_id, reactions.emoji, reactions.time";

fn reaction(row: &Row<'_>) -> rusqlite::Result<ReactionRecord> {
    Ok(ReactionRecord {
        message: MessageId(rows::unsigned(row, 0)?),
        user: UserId(rows::unsigned(row, 1)?),
        emoji: Emoji(row.get(2)?),
        time: Timestamp(row.get(3)?),
    })
}

/// By emoji, the first used first.
pub(crate) fn summaries(connection: &Connection, message: MessageId) -> Result<Vec<ReactionCount>> {
    let counts =
        "SELECT emoji, COUNT(*) FROM reactions WHERE message_id = $1 GROUP BY emoji ORDER BY MIN(id)";
    let counts: Vec<(String, u64)> =
        sql::all(connection, counts, [key(message.0)], |row| Ok((row.get(0)?, rows::unsigned(row, 1)?)))?;
    let first = "SELECT user_id FROM reactions WHERE message_id = $1 AND emoji = $2 ORDER BY id LIMIT $3";
    let mut summaries = Vec::with_capacity(counts.len());
    for (emoji, count) in counts {
        let params = (key(message.0), &emoji, limits::MAX_REACTION_USERS as i64);
        let users = sql::all(connection, first, params, |row| rows::unsigned(row, 0))?;
        let users = users.into_iter().map(UserId).collect();
        summaries.push(ReactionCount { emoji: Emoji(emoji), users, count });
    }
    Ok(summaries)
}

/// Is it new?
pub(crate) fn add(connection: &Connection, new: &ReactionRecord) -> Result<bool> {
    let sql = "INSERT INTO reactions (message_id, user_id, emoji, time) VALUES ($1, $2, $3, $4)
               ON CONFLICT (message_id, emoji, user_id) DO NOTHING";
    let params = (key(new.message.0), key(new.user.0), new.emoji.as_str(), new.time.0);
    Ok(sql::execute(connection, sql, params).map_err(no_parent("message"))? > 0)
}

/// Was there one?
pub(crate) fn remove(
    connection: &Connection,
    message: MessageId,
    user: UserId,
    emoji: &Emoji,
) -> Result<bool> {
    let sql = "DELETE FROM reactions WHERE message_id = $1 AND user_id = $2 AND emoji = $3";
    Ok(sql::execute(connection, sql, (key(message.0), key(user.0), emoji.as_str()))? > 0)
}

pub(crate) fn one(
    connection: &Connection,
    message: MessageId,
    user: UserId,
    emoji: &Emoji,
) -> Result<Option<ReactionRecord>> {
    let sql =
        format!("SELECT {COLUMNS} FROM reactions WHERE message_id = $1 AND user_id = $2 AND emoji = $3");
    Ok(sql::first(connection, &sql, (key(message.0), key(user.0), emoji.as_str()), reaction)?)
}

pub(crate) fn list(
    connection: &Connection,
    message: MessageId,
    page: PageRequest,
) -> Result<Page<ReactionRecord>> {
    let query = Query::new("FROM reactions WHERE reactions.message_id = ").bind(key(message.0));
    query.page(connection, COLUMNS, "reactions.id", page, reaction)
}

/// The last word of each user counts.
pub(crate) fn report(connection: &Connection, report: &ReportRecord) -> Result<()> {
    let sql =
        "INSERT INTO reports (message_id, user_id, reason, properties, time) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (message_id, user_id) DO UPDATE
               SET reason = excluded.reason, properties = excluded.properties, time = excluded.time";
    let params = (
        key(report.message.0),
        key(report.user.0),
        &report.reason,
        report.properties.as_json(),
        report.time.0,
    );
    sql::execute(connection, sql, params).map_err(no_parent("message"))?;
    Ok(())
}

pub(crate) fn list_reports(
    connection: &Connection,
    message: MessageId,
    page: PageRequest,
) -> Result<Page<ReportRecord>> {
    let query = Query::new("FROM reports WHERE reports.message_id = ").bind(key(message.0));
    let columns = "reports.message_id, reports.user_id, reports.reason, reports.properties, reports.time";
    query.page(connection, columns, "reports.id", page, |row| {
        Ok(ReportRecord {
            message: MessageId(rows::unsigned(row, 0)?),
            user: UserId(rows::unsigned(row, 1)?),
            reason: row.get(2)?,
            properties: rows::properties(row, 3)?,
            time: Timestamp(row.get(4)?),
        })
    })
}
