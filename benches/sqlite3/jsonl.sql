.mode list
SELECT json_object('id', k.id, 'name', k.name, 'description', k.description,
       'key', (SELECT prefix FROM settings) || '_' || k.id || '…' || s.last_four,
       'status', CASE WHEN s.state = 'pending' THEN 'pending' WHEN k.active = 0 AND coalesce(k.reactivates_at > unixepoch(), 1) THEN 'inactive' WHEN k.expires_at <= unixepoch() THEN 'expired' ELSE 'active' END,
       'groups', (SELECT json_group_array(name) FROM (SELECT g.name FROM key_groups m JOIN groups g
        ON g.id = m.group_id WHERE m.key = k.number ORDER BY g.name)),
       'permissions', (SELECT json_group_array(permission) FROM (SELECT permission FROM key_permissions
        WHERE key = k.number ORDER BY permission)),
       'owner', (SELECT name FROM users WHERE id = k.owner), 'application', k.application,
       'created_at', strftime('%Y-%m-%dT%H:%M:%SZ', k.created_at, 'unixepoch'), 'created_by', k.created_by,
       'expires_at', strftime('%Y-%m-%dT%H:%M:%SZ', k.expires_at, 'unixepoch'),
       'meta', (SELECT json_group_object(name, value) FROM (SELECT name, value FROM key_meta
        WHERE key = k.number ORDER BY lower(name))),
       'rotated_at', CASE WHEN s.slot > (SELECT min(slot) FROM secrets WHERE key = k.number)
        THEN strftime('%Y-%m-%dT%H:%M:%SZ', s.created_at, 'unixepoch') END,
       'previous', (SELECT json_object('key', (SELECT prefix FROM settings) || '_' || k.id || '…' || p.last_four,
         'state', CASE WHEN p.valid_until > unixepoch() THEN p.state ELSE 'ended' END,
         'valid_until', strftime('%Y-%m-%dT%H:%M:%SZ', p.valid_until, 'unixepoch'))
         FROM secrets p WHERE p.key = k.number AND p.state IN ('previous', 'ended')
        ORDER BY p.state DESC, p.valid_until DESC LIMIT 1),
       'reactivates_at', CASE WHEN k.reactivates_at > unixepoch()
        THEN strftime('%Y-%m-%dT%H:%M:%SZ', k.reactivates_at, 'unixepoch') END)
  FROM keys k JOIN secrets s ON s.key = k.number AND s.state IN ('current', 'pending') ORDER BY lower(k.name);
