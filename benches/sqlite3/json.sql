.mode json
SELECT k.id AS id, k.name AS name, k.description AS description, (SELECT prefix FROM settings) || '_' || k.id || '…' || s.last_four AS key,
       CASE WHEN s.state = 'pending' THEN 'pending' WHEN k.active = 0 THEN 'inactive' WHEN k.expires_at <= unixepoch() THEN 'expired' ELSE 'active' END AS status,
       (SELECT group_concat(name, ' ') FROM (SELECT g.name FROM key_groups m JOIN groups g
        ON g.id = m.group_id WHERE m.key = k.number ORDER BY g.name)) AS groups,
       (SELECT group_concat(permission, ' ') FROM (SELECT permission FROM key_permissions
        WHERE key = k.number ORDER BY permission)) AS permissions,
       (SELECT name FROM users WHERE id = k.owner) AS owner, k.application AS application,
       strftime('%Y-%m-%dT%H:%M:%SZ', k.created_at, 'unixepoch') AS created_at, k.created_by AS created_by,
       strftime('%Y-%m-%dT%H:%M:%SZ', k.expires_at, 'unixepoch') AS expires_at
  FROM keys k JOIN secrets s ON s.key = k.number AND s.state IN ('current', 'pending') ORDER BY lower(k.name);
