//! Users and their media settings.
use crate::{
    error::{Failure, Result, no_parent},
    rows,
    sql::{self, Query, fold, key},
};
use domain::ports::{NewUser, UserFilter};
use model::{
    AppId, Timestamp, UserId,
    page::{Page, PageRequest},
    user::{DELETED_NAME, MediaSettings, STATUS_AVAILABLE, User},
};
use rusqlite::{Connection, Row};
use std::collections::HashMap;

/// What [`user`] reads. Every query names the table `users`.
pub(crate) const COLUMNS: &str = "users.id, users.app_id, users.name, users.display_name, \
    users.display_picture_url, users.is_guest, users.presence_status, users.properties, users.created_time";
/// The order of every list of users.
pub(crate) const ORDER: &str = "users.display_name_folded, users.id";

pub(crate) fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId(rows::unsigned(row, 0)?),
        app: AppId(rows::unsigned(row, 1)?),
        name: row.get(2)?,
        display_name: row.get(3)?,
        display_picture_url: row.get(4)?,
        is_guest: row.get(5)?,
        presence_status: row.get(6)?,
        properties: rows::properties(row, 7)?,
        created_time: Timestamp(row.get(8)?),
    })
}

pub(crate) fn by_id(connection: &Connection, app: AppId, id: UserId) -> Result<Option<User>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = $1 AND app_id = $2 AND deleted_time IS NULL");
    Ok(sql::first(connection, &sql, (key(id.0), key(app.0)), user)?)
}

/// Also what is left of a deleted user.
pub(crate) fn even_deleted(connection: &Connection, app: AppId, id: UserId) -> Result<Option<User>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = $1 AND app_id = $2");
    Ok(sql::first(connection, &sql, (key(id.0), key(app.0)), user)?)
}

pub(crate) fn by_ids(connection: &Connection, app: AppId, ids: &[UserId]) -> Result<Vec<User>> {
    let mut found = HashMap::with_capacity(ids.len());
    for id in ids {
        if !found.contains_key(id)
            && let Some(user) = even_deleted(connection, app, *id)?
        {
            found.insert(*id, user);
        }
    }
    Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
}

pub(crate) fn by_name(connection: &Connection, app: AppId, name: &str) -> Result<Option<User>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE app_id = $1 AND name = $2 AND deleted_time IS NULL");
    Ok(sql::first(connection, &sql, (key(app.0), name), user)?)
}

/// Creates the user unless the name is taken; returns whoever has the name then.
pub(crate) fn ensure(connection: &Connection, new: &NewUser) -> Result<User> {
    let sql = "INSERT INTO users (app_id, name, name_folded, display_name, display_name_folded, is_guest,
                                  presence_status, properties, created_time)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
               ON CONFLICT (app_id, name) DO NOTHING";
    let params = (
        key(new.app.0),
        &new.name,
        fold(&new.name),
        &new.display_name,
        fold(&new.display_name),
        new.is_guest,
        STATUS_AVAILABLE,
        new.properties.as_json(),
        new.time.0,
    );
    sql::execute(connection, sql, params).map_err(no_parent("application"))?;
    by_name(connection, new.app, &new.name)?.ok_or_else(|| Failure::not_found("user"))
}

pub(crate) fn update(connection: &Connection, user: &User) -> Result<()> {
    let sql = "UPDATE users
               SET display_name = $1, display_name_folded = $2, display_picture_url = $3, presence_status = $4,
                   properties = $5
               WHERE id = $6 AND app_id = $7 AND deleted_time IS NULL";
    let params = (
        &user.display_name,
        fold(&user.display_name),
        &user.display_picture_url,
        &user.presence_status,
        user.properties.as_json(),
        key(user.id.0),
        key(user.app.0),
    );
    match sql::execute(connection, sql, params)? {
        0 => Err(Failure::not_found("user")),
        _ => Ok(()),
    }
}

pub(crate) fn list(
    connection: &Connection,
    app: AppId,
    filter: &UserFilter,
    page: PageRequest,
) -> Result<Page<User>> {
    let mut query =
        Query::new("FROM users WHERE users.deleted_time IS NULL AND users.app_id = ").bind(key(app.0));
    if let Some(except) = filter.except {
        query = query.text(" AND users.id <> ").bind(key(except.0));
    }
    if let Some(prefix) = &filter.name_prefix {
        query = query.text(" AND ").begins_with("users.name_folded", prefix);
    }
    if let Some(part) = &filter.display_name_part {
        query = query.text(" AND ").contains("users.display_name_folded", part);
    }
    if let Some(among) = &filter.among {
        query = query.text(" AND users.id IN ").list(among.iter().map(|id| id.0));
    }
    if !filter.not_among.is_empty() {
        query = query.text(" AND users.id NOT IN ").list(filter.not_among.iter().map(|id| id.0));
    }
    query.page(connection, COLUMNS, ORDER, page, user)
}

/// What is left is what messages need to show their author.
pub(crate) fn delete(connection: &Connection, app: AppId, id: UserId, time: Timestamp) -> Result<bool> {
    let name = format!("{DELETED_NAME}{}", id.0);
    let sql = "UPDATE users
               SET name = $1, name_folded = $1, display_name = $2, display_name_folded = $3,
                   display_picture_url = NULL, presence_status = $4, properties = '{}', deleted_time = $5
               WHERE id = $6 AND app_id = $7 AND deleted_time IS NULL";
    let shown = "Deleted user";
    let params = (&name, shown, fold(shown), STATUS_AVAILABLE, time.0, key(id.0), key(app.0));
    if sql::execute(connection, sql, params)? == 0 {
        return Ok(false);
    }
    for sql in [
        "DELETE FROM members WHERE user_id = $1
         AND channel_id IN (SELECT id FROM channels WHERE kind <> 'DIRECT')",
        "DELETE FROM user_blocks WHERE blocker_id = $1 OR blocked_id = $1",
        "DELETE FROM channel_blocks WHERE user_id = $1",
        "DELETE FROM reactions WHERE user_id = $1",
        "DELETE FROM reports WHERE user_id = $1",
        "DELETE FROM notifications WHERE user_id = $1",
        "DELETE FROM hidden_messages WHERE user_id = $1",
        "UPDATE messages SET send_key = NULL WHERE user_id = $1 AND send_key IS NOT NULL",
        "DELETE FROM media_settings WHERE user_id = $1",
    ] {
        sql::execute(connection, sql, [key(id.0)])?;
    }
    Ok(true)
}

pub(crate) fn media_settings(connection: &Connection, app: AppId, id: UserId) -> Result<MediaSettings> {
    let sql = "SELECT audio_enabled, video_enabled, minimum_width, minimum_height, minimum_frame_rate
               FROM media_settings WHERE user_id = $1 AND app_id = $2";
    let settings = sql::first(connection, sql, (key(id.0), key(app.0)), |row| {
        Ok(MediaSettings {
            audio_enabled: row.get(0)?,
            video_enabled: row.get(1)?,
            minimum_width: row.get(2)?,
            minimum_height: row.get(3)?,
            minimum_frame_rate: row.get(4)?,
        })
    })?;
    Ok(settings.unwrap_or_default())
}

pub(crate) fn save_media_settings(
    connection: &Connection,
    app: AppId,
    id: UserId,
    settings: MediaSettings,
) -> Result<()> {
    // The condition at the end: an existing row of another application must not be changed.
    let sql = "INSERT INTO media_settings (user_id, app_id, audio_enabled, video_enabled, minimum_width,
                                           minimum_height, minimum_frame_rate)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (user_id) DO UPDATE
               SET audio_enabled = excluded.audio_enabled, video_enabled = excluded.video_enabled,
                   minimum_width = excluded.minimum_width, minimum_height = excluded.minimum_height,
                   minimum_frame_rate = excluded.minimum_frame_rate
               WHERE media_settings.app_id = excluded.app_id";
    let MediaSettings { audio_enabled, video_enabled, minimum_width, minimum_height, minimum_frame_rate } =
        settings;
    let params = (
        key(id.0),
        key(app.0),
        audio_enabled,
        video_enabled,
        minimum_width,
        minimum_height,
        minimum_frame_rate,
    );
    match sql::execute(connection, sql, params).map_err(no_parent("user"))? {
        0 => Err(Failure::not_found("user")),
        _ => Ok(()),
    }
}
