-- The first schema. It stores hashes of secrets, never secrets. Times are seconds since 1970
-- in UTC. Ids are text. The statements of a released file are never changed; see the rules on
-- migrations in CONTRIBUTING.md.

PRAGMA application_id = 0x6170696b; -- "apik"

-- The settings that all keys of the database share, in one row.
CREATE TABLE settings (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    prefix   TEXT    NOT NULL CHECK (length(prefix) BETWEEN 2 AND 10),
    argon2   TEXT    NOT NULL  -- the cost of new hashes, as in a PHC string: m=19456,t=2,p=1
) STRICT;

CREATE TABLE users (
    id          TEXT    PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    active      INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    description TEXT,
    created_at  INTEGER NOT NULL,
    created_by  TEXT    NOT NULL,
    expires_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    id          TEXT    PRIMARY KEY,
    name        TEXT    NOT NULL COLLATE NOCASE UNIQUE
                        CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
    description TEXT,
    created_at  INTEGER NOT NULL,
    created_by  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
    -- The key's place in keys.db.usage; AUTOINCREMENT, so that it is never
    -- given twice and a new key never inherits a deleted one's last use.
    slot        INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT    NOT NULL UNIQUE
                        CHECK (length(id) = 8 AND id NOT GLOB '*[^0-9A-Za-z]*'),
    name        TEXT    NOT NULL COLLATE NOCASE UNIQUE
                        CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
    hash        TEXT    NOT NULL,  -- Argon2id over the whole secret, a PHC string
    last_four   TEXT    NOT NULL CHECK (length(last_four) = 4),
    state       TEXT    NOT NULL CHECK (state IN ('pending', 'active', 'inactive')),
    description TEXT,
    owner       TEXT    REFERENCES users (id),
    application TEXT    COLLATE NOCASE,
    created_at  INTEGER NOT NULL,
    created_by  TEXT    NOT NULL,
    expires_at  INTEGER
) STRICT;

CREATE INDEX keys_by_owner ON keys (owner) WHERE owner IS NOT NULL;

CREATE TABLE key_groups (
    key_id   TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL REFERENCES groups (id),
    PRIMARY KEY (key_id, group_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX key_groups_by_group ON key_groups (group_id);

CREATE TABLE user_groups (
    user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL REFERENCES groups (id),
    PRIMARY KEY (user_id, group_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_groups_by_group ON user_groups (group_id);

CREATE TABLE key_permissions (
    key_id     TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    permission TEXT NOT NULL,
    PRIMARY KEY (key_id, permission)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_permissions (
    group_id   TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    permission TEXT NOT NULL,
    PRIMARY KEY (group_id, permission)
) STRICT, WITHOUT ROWID;

-- Every change appends an entry in its own transaction. store/log.rs defines the hash.
CREATE TABLE log (
    seq      INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    operator TEXT    NOT NULL,
    action   TEXT    NOT NULL,
    key      TEXT,              -- the key's id; none where the change is not a key's
    details  TEXT    NOT NULL,  -- json
    hash     BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER log_in_sequence BEFORE INSERT ON log
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM log)
BEGIN SELECT raise(ABORT, 'the log is appended to in sequence'); END;

CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log
BEGIN SELECT raise(ABORT, 'the log is never changed'); END;

CREATE TRIGGER log_is_not_cut BEFORE DELETE ON log
BEGIN SELECT raise(ABORT, 'the log is never cut'); END;
