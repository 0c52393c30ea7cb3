//! Notifications: who was told of which message, and why.
use crate::{
    error::{Failure, Result, no_parent},
    rows,
    sql::{self, key},
};
use domain::ports::NotificationRecord;
use model::{
    AppId, ChannelId, MessageId, NotificationId, Timestamp, UserId,
    message::Message,
    notification::{NotificationKind, Notified},
    page::{Cursor, CursorPage, CursorRequest},
};
use rusqlite::{Connection, Row};

/// Gives ids to the notifications of a new message and stores them, in the given order.
pub(crate) fn insert(
    connection: &Connection,
    message: &Message,
    notify: &[(UserId, NotificationKind, bool)],
) -> Result<Vec<Notified>> {
    if notify.is_empty() {
        return Ok(Vec::new());
    }
    let block = "UPDATE sequences SET value = value + $1 WHERE name = 'notification' RETURNING value";
    let last = sql::first(connection, block, [key(notify.len() as u64)], |row| rows::unsigned(row, 0))?
        .ok_or_else(|| Failure::not_found("sequence"))?;
    let first = last + 1 - notify.len() as u64;
    let sql = "INSERT INTO notifications (user_id, id, message_id, kind, mentioned_channel_id, muted, time)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let mut notified = Vec::with_capacity(notify.len());
    for (id, &(user, kind, muted)) in (first..).zip(notify) {
        let mentioned = match kind {
            NotificationKind::MentionedChannel(channel) => Some(key(channel.0)),
            _ => None,
        };
        let params = (
            key(user.0),
            key(id),
            key(message.id.0),
            kind.as_str(),
            mentioned,
            muted,
            message.created_time.0,
        );
        sql::execute(connection, sql, params).map_err(no_parent("user"))?;
        notified.push(Notified { id: NotificationId(id), user, kind, muted });
    }
    Ok(notified)
}

fn notification(row: &Row<'_>) -> rusqlite::Result<NotificationRecord> {
    let mentioned = rows::unsigned_or_null(row, 3)?.map(ChannelId);
    Ok(NotificationRecord {
        id: NotificationId(rows::unsigned(row, 0)?),
        message: MessageId(rows::unsigned(row, 1)?),
        kind: rows::word(row, 2, |text| NotificationKind::parse(text, mentioned))?,
        muted: row.get(4)?,
        time: Timestamp(row.get(5)?),
        read_time: row.get::<_, Option<i64>>(6)?.map(Timestamp),
    })
}

/// A page, newest first; those of messages and channels that are gone are left out.
pub(crate) fn list(
    connection: &Connection,
    app: AppId,
    user: UserId,
    request: CursorRequest,
) -> Result<CursorPage<NotificationRecord>> {
    let select = |bound: &str, order: &str, id: u64, limit: i64| -> Result<Vec<NotificationRecord>> {
        let sql = format!(
            "SELECT notifications.id, notifications.message_id, notifications.kind,
                    notifications.mentioned_channel_id, notifications.muted, notifications.time, receipts.time
             FROM notifications
             JOIN messages ON messages.id = notifications.message_id
             JOIN channels ON channels.id = messages.channel_id
             LEFT JOIN receipts ON receipts.message_id = notifications.message_id
                               AND receipts.user_id = notifications.user_id
             WHERE notifications.user_id = $1 AND messages.app_id = $2 AND messages.deleted_time IS NULL
                   AND channels.deleted_time IS NULL AND notifications.id {bound} $3
             ORDER BY notifications.id {order} LIMIT $4"
        );
        Ok(sql::all(connection, &sql, (key(user.0), key(app.0), key(id), limit), notification)?)
    };
    let wanted = i64::from(request.size) + 1;
    let size = usize::try_from(request.size).unwrap_or(usize::MAX);
    let upwards = matches!(request.cursor, Some(Cursor::After(_)));
    let mut found = match request.cursor {
        None => select("<=", "DESC", i64::MAX.unsigned_abs(), wanted)?,
        Some(Cursor::Before(id)) => select("<", "DESC", id, wanted)?,
        Some(Cursor::After(id)) => select(">", "ASC", id, wanted)?,
    };
    let more = found.len() > size;
    found.truncate(size);
    if upwards {
        found.reverse();
    }
    let newest = found.first().map(|record| record.id.0);
    let oldest = found.last().map(|record| record.id.0);
    let (older, newer) = match (request.cursor, newest, oldest) {
        (Some(_), Some(newest), _) if !upwards => (more, !select(">", "ASC", newest, 1)?.is_empty()),
        (Some(_), _, Some(oldest)) => (!select("<", "DESC", oldest, 1)?.is_empty(), more),
        _ => (more, false),
    };
    Ok(CursorPage {
        items: found,
        request,
        start: newest.map(Cursor::After),
        next: oldest.filter(|_| older).map(Cursor::Before),
        prev: newest.filter(|_| newer).map(Cursor::After),
    })
}
