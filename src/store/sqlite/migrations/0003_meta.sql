-- Facts about a key that only its users understand, such as a ticket number.
CREATE TABLE key_meta (
    key   INTEGER NOT NULL REFERENCES keys (number) ON DELETE CASCADE,
    name  TEXT    NOT NULL
                  CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
    value TEXT    NOT NULL,
    PRIMARY KEY (key, name)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX key_meta_by_name ON key_meta (key, lower(name));
