-- Users, channels, calls, and the log of everything that was announced.
--
-- Times are milliseconds since the Unix epoch. Booleans are 0 and 1. AUTOINCREMENT (an identity column in PostgreSQL)
-- so that an id is never given out twice, not even after the newest row was deleted.
-- `*_folded` columns hold the text with ASCII letters lowered: both engines then filter and sort alike, by bytes.
-- Composite foreign keys carry the application: no row can point into another tenant.

CREATE TABLE sequences (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;

-- Ids of calls are reserved before the call is stored.
INSERT INTO sequences (name, value) VALUES ('call', 0);

CREATE TABLE apps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    api_key TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL UNIQUE,
    client_secret_hash TEXT NOT NULL,
    guests_allowed INTEGER NOT NULL,
    created_time INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id INTEGER NOT NULL REFERENCES apps (id),
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,
    display_picture_url TEXT,
    is_guest INTEGER NOT NULL,
    presence_status TEXT NOT NULL,
    properties TEXT NOT NULL,
    created_time INTEGER NOT NULL,
    UNIQUE (app_id, id),
    UNIQUE (app_id, name)
) STRICT;

CREATE INDEX users_in_order ON users (app_id, display_name_folded, id);

CREATE TABLE media_settings (
    user_id INTEGER PRIMARY KEY,
    app_id INTEGER NOT NULL,
    audio_enabled INTEGER NOT NULL,
    video_enabled INTEGER NOT NULL,
    minimum_width INTEGER NOT NULL,
    minimum_height INTEGER NOT NULL,
    minimum_frame_rate INTEGER NOT NULL,
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id)
) STRICT;

CREATE TABLE channels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id INTEGER NOT NULL REFERENCES apps (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,
    creator_id INTEGER,
    -- The sorted ids of a DIRECT channel's members; NULL for other kinds, and NULLs never clash.
    direct_key TEXT,
    properties TEXT NOT NULL,
    created_time INTEGER NOT NULL,
    -- Creation or last event. Not indexed: it changes with every event, and is sorted for one user's channels only.
    active_time INTEGER NOT NULL,
    -- Number of the last event in `events`: 1, 2, 3, … without gaps.
    last_seq INTEGER NOT NULL,
    UNIQUE (app_id, id),
    UNIQUE (app_id, name),
    UNIQUE (app_id, direct_key),
    FOREIGN KEY (app_id, creator_id) REFERENCES users (app_id, id)
) STRICT;

CREATE INDEX public_channels ON channels (app_id) WHERE kind = 'PUBLIC';

CREATE TABLE members (
    -- Joining order.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    moderator INTEGER NOT NULL,
    joined_time INTEGER NOT NULL,
    UNIQUE (channel_id, user_id),
    FOREIGN KEY (app_id, channel_id) REFERENCES channels (app_id, id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id)
) STRICT;

CREATE INDEX members_by_user ON members (user_id, channel_id);

CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    app_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    creator_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    p2p INTEGER NOT NULL,
    properties TEXT NOT NULL,
    created_time INTEGER NOT NULL,
    active_time INTEGER,
    end_time INTEGER,
    end_reason TEXT,
    FOREIGN KEY (app_id, channel_id) REFERENCES channels (app_id, id),
    FOREIGN KEY (app_id, creator_id) REFERENCES users (app_id, id)
) STRICT;

-- At most one call of a channel has not ended. Also finds the calls that a restarted server has to close.
CREATE UNIQUE INDEX open_calls ON calls (channel_id) WHERE state <> 'ENDED';
CREATE INDEX calls_by_channel ON calls (channel_id, id);

CREATE TABLE call_participants (
    call_id INTEGER NOT NULL REFERENCES calls (id),
    -- Invitation order, from 0.
    position INTEGER NOT NULL,
    app_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    invited_time INTEGER NOT NULL,
    joined_time INTEGER,
    left_time INTEGER,
    PRIMARY KEY (call_id, position),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id)
) STRICT;

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id INTEGER NOT NULL REFERENCES apps (id),
    -- NULL for events outside channels; `seq` then is NULL too.
    channel_id INTEGER,
    seq INTEGER,
    time INTEGER NOT NULL,
    -- JSON of `model::event::Event`.
    payload TEXT NOT NULL,
    UNIQUE (channel_id, seq)
) STRICT;
