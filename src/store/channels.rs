//! Channels.
use crate::{
    error::{Failure, Result, is_duplicate, no_parent},
    members, reads, rows,
    sql::{self, Query, fold, key},
    threads,
};
use domain::ports::{ChannelScope, Creation, NewChannel};
use model::{
    AppId, ChannelId, Timestamp, UserId,
    channel::{Channel, ChannelKind, Member},
    page::{Page, PageRequest},
};
use rusqlite::{Connection, Row};

pub(crate) const COLUMNS: &str = "channels.id, channels.app_id, channels.kind, channels.name, channels.display_name, \
    channels.creator_id, channels.properties, channels.created_time, channels.last_seq";

pub(crate) fn channel(row: &Row<'_>) -> rusqlite::Result<Channel> {
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
    let sql =
        format!("SELECT {COLUMNS} FROM channels WHERE id = $1 AND app_id = $2 AND deleted_time IS NULL");
    Ok(sql::first(connection, &sql, (key(id.0), key(app.0)), channel)?)
}

pub(crate) fn by_name(connection: &Connection, app: AppId, name: &str) -> Result<Option<Channel>> {
    let sql =
        format!("SELECT {COLUMNS} FROM channels WHERE app_id = $1 AND name = $2 AND deleted_time IS NULL");
    Ok(sql::first(connection, &sql, (key(app.0), name), channel)?)
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
    threads::create_main(connection, &created)?;
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
    let listed = "SELECT channel_id FROM members WHERE hidden = 0 AND user_id = ";
    let kept_out = "SELECT channel_id FROM channel_blocks WHERE user_id = ";
    let public = "SELECT id FROM channels WHERE kind = 'PUBLIC' AND app_id = ";
    let query = Query::new("FROM channels WHERE channels.id IN (");
    let query = match scope {
        ChannelScope::Joined => query.text(listed).bind(key(user.0)),
        ChannelScope::Visible => {
            query.text(listed).bind(key(user.0)).text(" UNION ").text(public).bind(key(app.0))
        }
        ChannelScope::Joinable => {
            let query = query.text(public).bind(key(app.0)).text(" EXCEPT ").text(joined).bind(key(user.0));
            query.text(" EXCEPT ").text(kept_out).bind(key(user.0))
        }
        ChannelScope::Unread => query.text(listed).bind(key(user.0)).text(" AND ").text(&reads::has_unread()),
    };
    let mut query = query.text(") AND channels.deleted_time IS NULL AND channels.app_id = ").bind(key(app.0));
    if let Some(part) = name_part {
        query = query.text(" AND (").contains("channels.name_folded", part);
        query = query.text(" OR ").contains("channels.display_name_folded", part).text(")");
    }
    query.page(connection, COLUMNS, "channels.active_time DESC, channels.id DESC", page, channel)
}

pub(crate) fn update(connection: &Connection, channel: &Channel) -> Result<()> {
    let sql = "UPDATE channels
               SET name = $1, name_folded = $2, display_name = $3, display_name_folded = $4, properties = $5
               WHERE id = $6 AND app_id = $7 AND deleted_time IS NULL";
    let params = (
        &channel.name,
        fold(&channel.name),
        &channel.display_name,
        fold(&channel.display_name),
        channel.properties.as_json(),
        key(channel.id.0),
        key(channel.app.0),
    );
    match sql::execute(connection, sql, params) {
        Ok(0) => Err(Failure::not_found("channel")),
        Ok(_) => Ok(()),
        Err(error) if is_duplicate(&error) => Err(Failure::conflict("a channel with this name exists")),
        Err(error) => Err(error.into()),
    }
}

/// Its messages are emptied later, see `prune`.
pub(crate) fn delete(connection: &Connection, app: AppId, id: ChannelId, time: Timestamp) -> Result<()> {
    let name = format!("deleted:{}", id.0);
    let sql = "UPDATE channels
               SET name = $1, name_folded = $1, display_name = $1, display_name_folded = $1, direct_key = NULL,
                   properties = '{}', deleted_time = $2
               WHERE id = $3 AND app_id = $4 AND deleted_time IS NULL";
    sql::execute(connection, sql, (name, time.0, key(id.0), key(app.0)))?;
    for sql in [
        "DELETE FROM members WHERE channel_id = $1",
        "DELETE FROM channel_blocks WHERE channel_id = $1",
        "DELETE FROM unread_marks WHERE channel_id = $1",
    ] {
        sql::execute(connection, sql, [key(id.0)])?;
    }
    Ok(())
}
