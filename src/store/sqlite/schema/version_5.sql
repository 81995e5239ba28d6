-- part: table settings settings
CREATE TABLE settings (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    prefix   TEXT    NOT NULL CHECK (length(prefix) BETWEEN 2 AND 10),
    argon2   TEXT    NOT NULL  -- the cost of new hashes, as in a PHC string: m=19456,t=2,p=1
, import_argon2 TEXT, import_salt TEXT
    CHECK ((import_salt IS NULL) = (import_argon2 IS NULL))) STRICT
-- part: table users users
CREATE TABLE users (
    id          TEXT    PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    active      INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    description TEXT,
    created_at  INTEGER NOT NULL,
    created_by  TEXT    NOT NULL,
    expires_at  INTEGER
) STRICT, WITHOUT ROWID
-- part: index sqlite_autoindex_users_2 users
-- part: table sqlite_sequence sqlite_sequence
CREATE TABLE sqlite_sequence(name,seq)
-- part: table user_groups user_groups
CREATE TABLE user_groups (
    user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL REFERENCES groups (id),
    PRIMARY KEY (user_id, group_id)
) STRICT, WITHOUT ROWID
-- part: index user_groups_by_group user_groups
CREATE INDEX user_groups_by_group ON user_groups (group_id)
-- part: table group_permissions group_permissions
CREATE TABLE group_permissions (
    group_id   TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    permission TEXT NOT NULL,
    PRIMARY KEY (group_id, permission)
) STRICT, WITHOUT ROWID
-- part: table log log
CREATE TABLE log (
    seq      INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    operator TEXT    NOT NULL,
    action   TEXT    NOT NULL,
    key      TEXT,              -- the key's id; none where the change is not a key's
    details  TEXT    NOT NULL,  -- json
    hash     BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT
-- part: trigger log_in_sequence log
CREATE TRIGGER log_in_sequence BEFORE INSERT ON log
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM log)
BEGIN SELECT raise(ABORT, 'the log is appended to in sequence'); END
-- part: trigger log_is_not_changed log
CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log
BEGIN SELECT raise(ABORT, 'the log is never changed'); END
-- part: trigger log_is_not_cut log
CREATE TRIGGER log_is_not_cut BEFORE DELETE ON log
BEGIN SELECT raise(ABORT, 'the log is never cut'); END
-- part: table groups groups
CREATE TABLE groups (
    id          TEXT    PRIMARY KEY,
    name        TEXT    NOT NULL
                        CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
    description TEXT,
    created_at  INTEGER NOT NULL,
    created_by  TEXT    NOT NULL
) STRICT, WITHOUT ROWID
-- part: index groups_by_name groups
CREATE UNIQUE INDEX groups_by_name ON groups (lower(name))
-- part: table keys keys
CREATE TABLE keys (
    -- Listings go by it. Never given twice, so that a page never shows another key.
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    -- What people and the log call it.
    id          TEXT    NOT NULL UNIQUE
                        CHECK (length(id) = 8 AND id NOT GLOB '*[^0-9A-Za-z]*'),
    name        TEXT    NOT NULL
                        CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
    active      INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    description TEXT,
    owner       TEXT    REFERENCES users (id),
    application TEXT,
    created_at  INTEGER NOT NULL,
    created_by  TEXT    NOT NULL,
    expires_at  INTEGER
, deactivated_at INTEGER, reactivates_at INTEGER
    CHECK (reactivates_at IS NULL OR active = 0)) STRICT
-- part: index sqlite_autoindex_keys_1 keys
-- part: index keys_by_name keys
CREATE UNIQUE INDEX keys_by_name ON keys (lower(name))
-- part: index keys_by_owner keys
CREATE INDEX keys_by_owner ON keys (owner) WHERE owner IS NOT NULL
-- part: table secrets secrets
CREATE TABLE secrets (
    -- The secret's place in keys.db.usage. Never given twice, so that a new secret never
    -- inherits a deleted one's last use.
    slot        INTEGER PRIMARY KEY AUTOINCREMENT,
    key         INTEGER NOT NULL REFERENCES keys (number) ON DELETE CASCADE,
    hash        TEXT    NOT NULL,  -- Argon2id over the whole secret, a PHC string
    last_four   TEXT CHECK (length(last_four) = 4),
    state       TEXT    NOT NULL CHECK (state IN ('pending', 'current', 'previous', 'ended')),
    created_at  INTEGER NOT NULL,
    valid_until INTEGER            -- the end of an overlap
) STRICT
-- part: index secrets_by_key secrets
CREATE UNIQUE INDEX secrets_by_key ON secrets (key, last_four)
-- part: index one_current_secret secrets
CREATE UNIQUE INDEX one_current_secret ON secrets (key) WHERE state = 'current'
-- part: table key_groups key_groups
CREATE TABLE key_groups (
    key      INTEGER NOT NULL REFERENCES keys (number) ON DELETE CASCADE,
    group_id TEXT    NOT NULL REFERENCES groups (id),
    PRIMARY KEY (key, group_id)
) STRICT, WITHOUT ROWID
-- part: index key_groups_by_group key_groups
CREATE INDEX key_groups_by_group ON key_groups (group_id)
-- part: table key_permissions key_permissions
CREATE TABLE key_permissions (
    key        INTEGER NOT NULL REFERENCES keys (number) ON DELETE CASCADE,
    permission TEXT    NOT NULL,
    PRIMARY KEY (key, permission)
) STRICT, WITHOUT ROWID
-- part: table key_meta key_meta
CREATE TABLE key_meta (
    key   INTEGER NOT NULL REFERENCES keys (number) ON DELETE CASCADE,
    name  TEXT    NOT NULL
                  CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
    value TEXT    NOT NULL,
    PRIMARY KEY (key, name)
) STRICT, WITHOUT ROWID
-- part: index key_meta_by_name key_meta
CREATE UNIQUE INDEX key_meta_by_name ON key_meta (key, lower(name))
-- part: table policy policy
CREATE TABLE policy (
    rule  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID
-- part: index imported_secrets secrets
CREATE UNIQUE INDEX imported_secrets ON secrets (hash) WHERE last_four IS NULL
-- part: table weak_secrets weak_secrets
CREATE TABLE weak_secrets (
    slot INTEGER PRIMARY KEY REFERENCES secrets (slot) ON DELETE CASCADE,
    bits INTEGER NOT NULL CHECK (bits >= 0)
) STRICT
-- part: table import_shapes import_shapes
CREATE TABLE import_shapes (
    prefix     TEXT    NOT NULL,
    min_length INTEGER NOT NULL CHECK (min_length > 0),  -- of what follows the prefix
    max_length INTEGER NOT NULL CHECK (max_length >= min_length),
    alphabet   TEXT    NOT NULL CHECK (alphabet <> ''),
    digest     TEXT    NOT NULL,
    PRIMARY KEY (prefix, min_length, max_length, alphabet, digest)
) STRICT, WITHOUT ROWID
-- part: view usable_secrets usable_secrets
CREATE VIEW usable_secrets AS
SELECT * FROM (
    SELECT k.id AS key_id, k.name AS name, s.last_four AS last_four, s.hash AS hash,
           k.application AS application, u.name AS owner,
           nullif(min(coalesce(k.expires_at, 9223372036854775807),
                      coalesce(s.valid_until, 9223372036854775807),
                      coalesce(u.expires_at, 9223372036854775807)),
                  9223372036854775807) AS not_after,
           s.slot AS slot
      FROM secrets s
      JOIN keys k ON k.number = s.key
      LEFT JOIN users u ON u.id = k.owner
     WHERE s.state IN ('current', 'previous')
       AND s.last_four IS NOT NULL
       AND (k.active = 1 OR k.reactivates_at <= unixepoch())
       AND (k.owner IS NULL OR u.active = 1)
)
WHERE not_after IS NULL OR unixepoch() < not_after
