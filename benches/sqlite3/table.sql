.mode column
SELECT k.name AS NAME, CASE WHEN s.state = 'pending' THEN 'pending' WHEN k.active = 0 AND coalesce(k.reactivates_at > unixepoch(), 1) THEN 'inactive' WHEN k.expires_at <= unixepoch() THEN 'expired' ELSE 'active' END AS STATUS,
       (SELECT prefix FROM settings) || '_' || k.id || '…' || s.last_four AS KEY,
       (SELECT group_concat(name, ' ') FROM (SELECT g.name FROM key_groups m JOIN groups g
        ON g.id = m.group_id WHERE m.key = k.number ORDER BY g.name)) AS GROUPS,
       CASE WHEN k.created_at IS NULL THEN 'Never'
        WHEN k.created_at <= unixepoch() THEN ((unixepoch() - k.created_at) / 86400) || ' days ago'
        ELSE 'in ' || ((k.created_at - unixepoch()) / 86400) || ' days' END AS CREATED,
       k.created_by AS "CREATED BY",
       CASE WHEN k.expires_at IS NULL THEN 'Never'
        WHEN k.expires_at <= unixepoch() THEN ((unixepoch() - k.expires_at) / 86400) || ' days ago'
        ELSE 'in ' || ((k.expires_at - unixepoch()) / 86400) || ' days' END AS EXPIRES
  FROM keys k JOIN secrets s ON s.key = k.number AND s.state IN ('current', 'pending') ORDER BY lower(k.name);
