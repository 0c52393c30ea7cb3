//! Channels.
use crate::{
    error::{Failure, Result, no_parent},
    members, rows,
    sql::{self, Query, fold, key},
};
use domain::ports::{ChannelScope, Creation, NewChannel};
use model::{
    AppId, ChannelId, Timestamp, UserId,
    channel::{Channel, ChannelKind, Member},
    page::{Page, PageRequest},
};
use rusqlite::{Connection, Row};

const COLUMNS: &str = "channels.id, channels.app_id, channels.kind, channels.name, channels.display_name, \
    channels.creator_id, channels.properties, channels.created_time, channels.last_seq";

fn channel(row: &Row<'_>) -> rusqlite::Result<Channel> {
    Ok(Channel {
        id: ChannelId(rows::unsigned(row, 0)?),
        app: AppId(rows::unsigned(row, 1)?),
        kind: rows::word(row, 2, ChannelKind::parse)?,
        name: row.get(3)?,
        display_name: row.get(4)?,
        creator: rows::unsigned_or_null(row, 5)?.map(UserId),
        properties: rows::properties(row, 6)?,
        created_time: Timestamp(row.get(7)?),
        last_seq: rows::unsigned(row, 8)?,
    })
}

pub(crate) fn by_id(connection: &Connection, app: AppId, id: ChannelId) -> Result<Option<Channel>> {
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE id = $1 AND app_id = $2");
    Ok(sql::first(connection, &sql, (key(id.0), key(app.0)), channel)?)
}

/// The DIRECT channel that `new` would be a second one of.
pub(crate) fn same_direct(connection: &Connection, new: &NewChannel) -> Result<Option<Channel>> {
    let Some(direct_key) = direct_key(new) else { return Ok(None) };
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE app_id = $1 AND direct_key = $2");
    Ok(sql::first(connection, &sql, (key(new.app.0), direct_key), channel)?)
}

pub(crate) fn create(connection: &Connection, new: &NewChannel) -> Result<Creation> {
    if let Some(found) = same_direct(connection, new)? {
        return Ok(Creation::Found(found));
    }
    let sql = format!(
        "INSERT INTO channels (app_id, kind, name, name_folded, display_name, display_name_folded, creator_id,
                               direct_key, properties, created_time, active_time, last_seq)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, 0)
         ON CONFLICT (app_id, name) DO NOTHING
         RETURNING {COLUMNS}"
    );
    let params = (
        key(new.app.0),
        new.kind.as_str(),
        &new.name,
        fold(&new.name),
        &new.display_name,
        fold(&new.display_name),
        new.creator.map(|creator| key(creator.0)),
        direct_key(new),
        new.properties.as_json(),
        new.time.0,
    );
    let parent = if new.creator.is_some() { "user" } else { "application" };
    let created = sql::first(connection, &sql, params, channel)
        .map_err(no_parent(parent))?
        .ok_or_else(|| Failure::conflict("a channel with this name exists"))?;
    for &user in &new.members {
        let moderator = new.kind != ChannelKind::Direct && new.creator == Some(user);
        let member = Member { channel: created.id, user, moderator, joined_time: new.time };
        members::insert(connection, new.app, &member)?;
    }
    Ok(Creation::Created(created))
}

/// What makes two DIRECT channels the same: the set of members, in a fixed order.
fn direct_key(new: &NewChannel) -> Option<String> {
    (new.kind == ChannelKind::Direct).then(|| {
        let mut members = new.members.clone();
        members.sort_unstable();
        let ids: Vec<String> = members.iter().map(|id| id.0.to_string()).collect();
        ids.join(",")
    })
}

pub(crate) fn list(
    connection: &Connection,
    app: AppId,
    user: UserId,
    scope: ChannelScope,
    name_part: Option<&str>,
    page: PageRequest,
) -> Result<Page<Channel>> {
    // Starts from what this user can see, so that the channels of all the others cost nothing.
    let joined = "SELECT channel_id FROM members WHERE user_id = ";
    let public = "SELECT id FROM channels WHERE kind = 'PUBLIC' AND app_id = ";
    let query = Query::new("FROM channels WHERE channels.id IN (");
    let query = match scope {
        ChannelScope::Joined => query.text(joined).bind(key(user.0)),
        ChannelScope::Visible => {
            query.text(joined).bind(key(user.0)).text(" UNION ").text(public).bind(key(app.0))
        }
        ChannelScope::Joinable => {
            query.text(public).bind(key(app.0)).text(" EXCEPT ").text(joined).bind(key(user.0))
        }
    };
    let mut query = query.text(") AND channels.app_id = ").bind(key(app.0));
    if let Some(part) = name_part {
        query = query.text(" AND (").contains("channels.name_folded", part);
        query = query.text(" OR ").contains("channels.display_name_folded", part).text(")");
    }
    query.page(connection, COLUMNS, "channels.active_time DESC, channels.id DESC", page, channel)
}
