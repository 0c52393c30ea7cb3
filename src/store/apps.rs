//! Applications.
use crate::{
    error::{Failure, Result},
    rows, sql,
};
use model::{AppId, Timestamp, user::App};
use rusqlite::{Connection, Row};

pub(crate) struct NewApp {
    pub(crate) name: String,
    pub(crate) api_key: String,
    pub(crate) client_id: String,
    /// Never the secret itself.
    pub(crate) client_secret_hash: String,
    pub(crate) guests_allowed: bool,
    pub(crate) time: Timestamp,
}

pub(crate) fn by_key(connection: &Connection, api_key: &str) -> Result<Option<App>> {
    let sql = "SELECT id, name, api_key, guests_allowed FROM apps WHERE api_key = $1";
    Ok(sql::first(connection, sql, [api_key], app)?)
}

pub(crate) fn oldest(connection: &Connection) -> Result<Option<App>> {
    let sql = "SELECT id, name, api_key, guests_allowed FROM apps ORDER BY id LIMIT 1";
    Ok(sql::first(connection, sql, [], app)?)
}

pub(crate) fn create(connection: &Connection, new: &NewApp) -> Result<App> {
    let sql = "INSERT INTO apps (name, api_key, client_id, client_secret_hash, guests_allowed, created_time)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT DO NOTHING
               RETURNING id, name, api_key, guests_allowed";
    let params =
        (&new.name, &new.api_key, &new.client_id, &new.client_secret_hash, new.guests_allowed, new.time.0);
    sql::first(connection, sql, params, app)?
        .ok_or_else(|| Failure::conflict("an application with this API key or client id exists"))
}

fn app(row: &Row<'_>) -> rusqlite::Result<App> {
    Ok(App {
        id: AppId(rows::unsigned(row, 0)?),
        name: row.get(1)?,
        api_key: row.get(2)?,
        guests_allowed: row.get(3)?,
    })
}
