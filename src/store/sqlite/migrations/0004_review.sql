-- Temporary deactivations and the policy. The statements of a released file are never changed; see
-- the rules on migrations in CONTRIBUTING.md.

-- When the key was deactivated; it stays after the key is active again.
ALTER TABLE keys ADD COLUMN deactivated_at INTEGER;
-- When an inactive key counts as active again, without any command; none if it stays inactive.
ALTER TABLE keys ADD COLUMN reactivates_at INTEGER
    CHECK (reactivates_at IS NULL OR active = 0);

UPDATE keys SET deactivated_at = last.at
  FROM (SELECT key, max(at) AS at FROM log WHERE action = 'deactivate' GROUP BY key) AS last
 WHERE last.key = keys.id AND keys.active = 0;

-- The rules that the administrator has set; others have no row.
CREATE TABLE policy (
    rule  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The secrets that could be accepted now, for other programs, whose SQLite may be as old as
-- 3.38. A secret is accepted while now < not_after, or always if that is null.
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
       AND (k.active = 1 OR k.reactivates_at <= unixepoch())
       AND (k.owner IS NULL OR u.active = 1)
)
WHERE not_after IS NULL OR unixepoch() < not_after;
