-- Keys taken over from other systems. The statements of a released file are never changed; see the
-- rules on migrations in CONTRIBUTING.md.

-- No part of the text of an imported secret is stored, so it has no last four characters. Its hash
-- is Argon2id over the digest of its text, with the salt and the cost in `settings`, which all
-- imported secrets share: verify computes one hash and looks it up.
ALTER TABLE secrets ALTER COLUMN last_four DROP NOT NULL;
CREATE UNIQUE INDEX imported_secrets ON secrets (hash) WHERE last_four IS NULL;

-- The imported secrets that can be guessed: those with less than 64 bits.
CREATE TABLE weak_secrets (
    slot INTEGER PRIMARY KEY REFERENCES secrets (slot) ON DELETE CASCADE,
    bits INTEGER NOT NULL CHECK (bits >= 0)
) STRICT;

-- The shapes of the texts that clients present; only a text of one of them costs a hash.
CREATE TABLE import_shapes (
    prefix     TEXT    NOT NULL,
    min_length INTEGER NOT NULL CHECK (min_length > 0),  -- of what follows the prefix
    max_length INTEGER NOT NULL CHECK (max_length >= min_length),
    alphabet   TEXT    NOT NULL CHECK (alphabet <> ''),
    digest     TEXT    NOT NULL,
    PRIMARY KEY (prefix, min_length, max_length, alphabet, digest)
) STRICT, WITHOUT ROWID;

-- Set by the first import, and never changed.
ALTER TABLE settings ADD COLUMN import_argon2 TEXT;  -- as argon2
ALTER TABLE settings ADD COLUMN import_salt TEXT
    CHECK ((import_salt IS NULL) = (import_argon2 IS NULL));

-- Other programs can't compute the digests of imported secrets, so the view leaves them out.
DROP VIEW usable_secrets;
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
WHERE not_after IS NULL OR unixepoch() < not_after;
