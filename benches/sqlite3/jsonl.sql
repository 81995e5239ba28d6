.mode list
SELECT json_object('id', k.id, 'name', k.name, 'description', k.description,
       'key', (SELECT prefix FROM settings) || '_' || k.id || '…' || k.last_four,
       'status', CASE WHEN k.state <> 'active' THEN k.state WHEN k.expires_at <= unixepoch() THEN 'expired' ELSE 'active' END,
       'groups', (SELECT json_group_array(name) FROM (SELECT g.name FROM key_groups m JOIN groups g
        ON g.id = m.group_id WHERE m.key_id = k.id ORDER BY g.name)),
       'permissions', (SELECT json_group_array(permission) FROM (SELECT permission FROM key_permissions
        WHERE key_id = k.id ORDER BY permission)),
       'owner', (SELECT name FROM users WHERE id = k.owner), 'application', k.application,
       'created_at', strftime('%Y-%m-%dT%H:%M:%SZ', k.created_at, 'unixepoch'), 'created_by', k.created_by,
       'expires_at', strftime('%Y-%m-%dT%H:%M:%SZ', k.expires_at, 'unixepoch'))
  FROM keys k ORDER BY k.name;
