-- Moves secrets to a table of their own, so that a key can have more than one, numbers the
-- keys, and makes names unique by lower(name), which PostgreSQL supports, too. The statements
-- of a released file are never changed; see the rules on migrations in CONTRIBUTING.md.
--
-- Runs with foreign_keys off: otherwise dropping the old table of keys would silently delete
-- every membership. Runs with legacy_alter_table on: otherwise renaming a table would change
-- the tables that refer to it.

CREATE TEMP TABLE row_counts (
    name   TEXT    PRIMARY KEY,
    before INTEGER NOT NULL,
    after  INTEGER CONSTRAINT no_row_is_lost CHECK (after = before)
) STRICT;

INSERT INTO row_counts (name, before) VALUES
    ('settings', (SELECT count(*) FROM settings)),
    ('users', (SELECT count(*) FROM users)),
    ('groups', (SELECT count(*) FROM groups)),
    ('keys', (SELECT count(*) FROM keys)),
    ('secrets', (SELECT count(*) FROM keys)),
    ('key_groups', (SELECT count(*) FROM key_groups)),
    ('user_groups', (SELECT count(*) FROM user_groups)),
    ('key_permissions', (SELECT count(*) FROM key_permissions)),
    ('group_permissions', (SELECT count(*) FROM group_permissions)),
    ('log', (SELECT count(*) FROM log));

DROP INDEX keys_by_owner;
DROP INDEX key_groups_by_group;
ALTER TABLE groups RENAME TO groups_1;
ALTER TABLE keys RENAME TO keys_1;
ALTER TABLE key_groups RENAME TO key_groups_1;
ALTER TABLE key_permissions RENAME TO key_permissions_1;

CREATE TABLE groups (
    id          TEXT    PRIMARY KEY,
    name        TEXT    NOT NULL
                        CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
    description TEXT,
    created_at  INTEGER NOT NULL,
    created_by  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Names are unique ignoring case. They are ASCII, and lower() changes only ASCII.
CREATE UNIQUE INDEX groups_by_name ON groups (lower(name));

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
) STRICT;

CREATE UNIQUE INDEX keys_by_name ON keys (lower(name));
CREATE INDEX keys_by_owner ON keys (owner) WHERE owner IS NOT NULL;

-- A key without a current secret is pending.
CREATE TABLE secrets (
    -- The secret's place in keys.db.usage. Never given twice, so that a new secret never
    -- inherits a deleted one's last use.
    slot        INTEGER PRIMARY KEY AUTOINCREMENT,
    key         INTEGER NOT NULL REFERENCES keys (number) ON DELETE CASCADE,
    hash        TEXT    NOT NULL,  -- Argon2id over the whole secret, a PHC string
    last_four   TEXT    NOT NULL CHECK (length(last_four) = 4),
    state       TEXT    NOT NULL CHECK (state IN ('pending', 'current', 'previous', 'ended')),
    created_at  INTEGER NOT NULL,
    valid_until INTEGER            -- the end of an overlap
) STRICT;

CREATE UNIQUE INDEX secrets_by_key ON secrets (key, last_four);
CREATE UNIQUE INDEX one_current_secret ON secrets (key) WHERE state = 'current';

CREATE TABLE key_groups (
    key      INTEGER NOT NULL REFERENCES keys (number) ON DELETE CASCADE,
    group_id TEXT    NOT NULL REFERENCES groups (id),
    PRIMARY KEY (key, group_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX key_groups_by_group ON key_groups (group_id);

CREATE TABLE key_permissions (
    key        INTEGER NOT NULL REFERENCES keys (number) ON DELETE CASCADE,
    permission TEXT    NOT NULL,
    PRIMARY KEY (key, permission)
) STRICT, WITHOUT ROWID;

INSERT INTO groups (id, name, description, created_at, created_by)
    SELECT id, name, description, created_at, created_by FROM groups_1;
INSERT INTO keys (number, id, name, active, description, owner, application, created_at,
                  created_by, expires_at)
    SELECT slot, id, name, state <> 'inactive', description, owner, application, created_at,
           created_by, expires_at
      FROM keys_1 ORDER BY slot;
INSERT INTO secrets (slot, key, hash, last_four, state, created_at)
    SELECT slot, slot, hash, last_four, CASE state WHEN 'pending' THEN state ELSE 'current' END,
           created_at
      FROM keys_1 ORDER BY slot;
INSERT INTO key_groups (key, group_id)
    SELECT k.slot, m.group_id FROM key_groups_1 m JOIN keys_1 k ON k.id = m.key_id
     ORDER BY k.slot, m.group_id;
INSERT INTO key_permissions (key, permission)
    SELECT k.slot, p.permission FROM key_permissions_1 p JOIN keys_1 k ON k.id = p.key_id
     ORDER BY k.slot, p.permission;

-- Keeps the highest assigned number, even if the table is empty.
DELETE FROM sqlite_sequence WHERE name IN ('keys', 'secrets');
INSERT INTO sqlite_sequence (name, seq)
    SELECT column1, seq FROM sqlite_sequence, (VALUES ('keys'), ('secrets')) WHERE name = 'keys_1';

DROP TABLE key_groups_1;
DROP TABLE key_permissions_1;
DROP TABLE keys_1;
DROP TABLE groups_1;

UPDATE row_counts SET after = CASE name
    WHEN 'settings' THEN (SELECT count(*) FROM settings)
    WHEN 'users' THEN (SELECT count(*) FROM users)
    WHEN 'groups' THEN (SELECT count(*) FROM groups)
    WHEN 'keys' THEN (SELECT count(*) FROM keys)
    WHEN 'secrets' THEN (SELECT count(*) FROM secrets)
    WHEN 'key_groups' THEN (SELECT count(*) FROM key_groups)
    WHEN 'user_groups' THEN (SELECT count(*) FROM user_groups)
    WHEN 'key_permissions' THEN (SELECT count(*) FROM key_permissions)
    WHEN 'group_permissions' THEN (SELECT count(*) FROM group_permissions)
    WHEN 'log' THEN (SELECT count(*) FROM log)
END;
DROP TABLE row_counts;

-- The secrets that could be accepted now, for other programs, whose SQLite may be as old as
-- 3.38. A secret is accepted while now < not_after, or always if that is null.
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
     WHERE s.state IN ('current', 'previous') AND k.active = 1
       AND (k.owner IS NULL OR u.active = 1)
)
WHERE not_after IS NULL OR unixepoch() < not_after;
