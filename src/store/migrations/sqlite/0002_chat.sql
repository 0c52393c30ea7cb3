-- Messages, threads, reactions, read state, notifications, moderation.
--
-- The event of a new message is in `events` as `{"MessageSent": …}`, which names the message instead of repeating it.
--
-- Ids of messages order them: within a channel the later message has the larger id, because the row lock of the channel
-- is taken before the id is. Positions (`members.read_id`), watermarks (`members.cleared_id`) and cursors are ids.
--
-- Unread messages are counted, never stored: those of others in (`members.read_id`, newest] without a receipt, by a range
-- of `messages_by_channel`, which holds all that the count looks at, and those marked in `unread_marks`. So a count
-- costs what is unread, and nothing for what is read.

ALTER TABLE users ADD COLUMN deleted_time INTEGER;
ALTER TABLE channels ADD COLUMN deleted_time INTEGER;
-- What was said in a deleted channel is gone too.
ALTER TABLE channels ADD COLUMN emptied INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deleted_channels ON channels (deleted_time) WHERE deleted_time IS NOT NULL AND emptied = 0;

ALTER TABLE members ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
-- Every message up to this one is read, unless marked; set when somebody joins, so that history is not news.
ALTER TABLE members ADD COLUMN read_id INTEGER NOT NULL DEFAULT 0;
-- Messages up to this one are not shown to the member.
ALTER TABLE members ADD COLUMN cleared_id INTEGER NOT NULL DEFAULT 0;
CREATE INDEX hidden_members ON members (channel_id) WHERE hidden = 1;

CREATE TABLE threads (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT,
    -- The message that is replied to; NULL for other kinds, and NULLs never clash.
    root_id INTEGER,
    properties TEXT NOT NULL,
    created_time INTEGER NOT NULL,
    UNIQUE (root_id),
    FOREIGN KEY (app_id, channel_id) REFERENCES channels (app_id, id)
) STRICT;

CREATE INDEX threads_by_channel ON threads (channel_id, id);
-- Every channel has one, made with it.
CREATE UNIQUE INDEX main_threads ON threads (channel_id) WHERE kind = 'MAIN';

INSERT INTO threads (app_id, channel_id, kind, properties, created_time)
SELECT app_id, id, 'MAIN', '{}', created_time FROM channels ORDER BY id;

CREATE TABLE messages (
    -- No AUTOINCREMENT, which costs every message: rows are blanked, never deleted, so no id is given out twice.
    id INTEGER PRIMARY KEY,
    app_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    -- Looked up by whoever inserts, so it is not checked again.
    thread_id INTEGER NOT NULL,
    -- Number of the event that announced it.
    seq INTEGER NOT NULL,
    -- NULL: the application.
    user_id INTEGER,
    is_file INTEGER NOT NULL,
    -- JSON of `model::message::Content`.
    content TEXT NOT NULL,
    group_tag TEXT,
    parent_id INTEGER REFERENCES messages (id),
    nested_level INTEGER NOT NULL,
    properties TEXT NOT NULL,
    created_time INTEGER NOT NULL,
    last_edited_time INTEGER,
    deleted_time INTEGER,
    -- What a repeated send of the user finds; NULL again after a day.
    send_key TEXT,
    -- The content of a deleted message is blank once nobody needs it any more.
    blanked INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (app_id, channel_id) REFERENCES channels (app_id, id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id)
) STRICT;

-- The last three columns are there for the counts: they need no look at the rows.
CREATE INDEX messages_by_channel ON messages (channel_id, id, deleted_time, user_id, is_file);
CREATE INDEX messages_by_thread ON messages (thread_id, id);
CREATE INDEX messages_by_user ON messages (user_id, id);
CREATE INDEX replies ON messages (parent_id, id, deleted_time) WHERE parent_id IS NOT NULL;
CREATE UNIQUE INDEX send_keys ON messages (user_id, send_key) WHERE send_key IS NOT NULL;
-- Messages up to this one have lost their keys: an index for that would cost every message.
INSERT INTO sequences (name, value) VALUES ('forgotten_send_key', 0);
CREATE INDEX deleted_messages ON messages (deleted_time) WHERE deleted_time IS NOT NULL AND blanked = 0;

-- Deleted for one user only.
CREATE TABLE hidden_messages (
    user_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id),
    PRIMARY KEY (user_id, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE reactions (
    -- Reacting order.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES messages (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    emoji TEXT NOT NULL,
    time INTEGER NOT NULL,
    UNIQUE (message_id, emoji, user_id)
) STRICT;

CREATE INDEX reactions_by_user ON reactions (user_id);

CREATE TABLE reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES messages (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL,
    properties TEXT NOT NULL,
    time INTEGER NOT NULL,
    UNIQUE (message_id, user_id)
) STRICT;

CREATE INDEX reports_by_user ON reports (user_id);

CREATE TABLE receipts (
    message_id INTEGER NOT NULL REFERENCES messages (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    time INTEGER NOT NULL,
    PRIMARY KEY (message_id, user_id)
) STRICT, WITHOUT ROWID;

-- Messages up to a member's position that the member made unread again.
CREATE TABLE unread_marks (
    channel_id INTEGER NOT NULL REFERENCES channels (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    message_id INTEGER NOT NULL REFERENCES messages (id),
    PRIMARY KEY (channel_id, user_id, message_id)
) STRICT, WITHOUT ROWID;

-- Ids of notifications are given out in blocks, one for each message.
INSERT INTO sequences (name, value) VALUES ('notification', 0);

CREATE TABLE notifications (
    user_id INTEGER NOT NULL REFERENCES users (id),
    id INTEGER NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id),
    kind TEXT NOT NULL,
    -- The channel a message mentions.
    mentioned_channel_id INTEGER,
    muted INTEGER NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE channel_blocks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    time INTEGER NOT NULL,
    UNIQUE (channel_id, user_id),
    FOREIGN KEY (app_id, channel_id) REFERENCES channels (app_id, id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id)
) STRICT;

CREATE INDEX channel_blocks_by_user ON channel_blocks (user_id);

CREATE TABLE user_blocks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id INTEGER NOT NULL,
    blocker_id INTEGER NOT NULL,
    blocked_id INTEGER NOT NULL,
    time INTEGER NOT NULL,
    UNIQUE (blocker_id, blocked_id),
    FOREIGN KEY (app_id, blocker_id) REFERENCES users (app_id, id),
    FOREIGN KEY (app_id, blocked_id) REFERENCES users (app_id, id)
) STRICT;

CREATE INDEX user_blocks_by_blocked ON user_blocks (blocked_id);
