-- Finds the rights that let a role other than the owner of the tables do more than verify: a row
-- for each, with the right as a sentence, and the statement that takes it away.
WITH place AS (
    SELECT c.relnamespace AS namespace, c.relowner AS owner
      FROM pg_class c WHERE c.oid = to_regclass('settings')
), relations AS (
    SELECT c.*, p.owner, format('%s %I', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
                                c.relname) AS object
      FROM pg_class c JOIN place p ON p.namespace = c.relnamespace
     WHERE c.relkind NOT IN ('i', 'I', 'c', 't')
       AND NOT EXISTS (
        SELECT 1 FROM pg_depend d
         WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = c.oid AND d.deptype = 'e')
), held AS (
    SELECT 1 AS rank, format('DATABASE %I', d.datname) AS object, a.privilege_type AS privilege,
           a.grantee, a.is_grantable, false AS may_have
      FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
     WHERE d.datname = current_database()
       AND (a.grantee = 0 AND a.privilege_type = 'TEMPORARY'
            OR a.privilege_type = 'CREATE'
               AND a.grantee NOT IN (SELECT owner FROM place UNION SELECT d.datdba))
    UNION ALL
    SELECT 2, format('SCHEMA %I', n.nspname), a.privilege_type, a.grantee, a.is_grantable, false
      FROM pg_namespace n JOIN place p ON p.namespace = n.oid,
           aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
     WHERE a.privilege_type = 'CREATE' AND a.grantee NOT IN (n.nspowner, p.owner)
    UNION ALL
    SELECT 3, r.object, a.privilege_type, a.grantee, a.is_grantable,
           a.privilege_type = 'SELECT' AND r.relkind IN ('r', 'v') AND r.relname <> 'log'
      FROM relations r, aclexplode(r.relacl) a WHERE a.grantee NOT IN (r.owner, r.relowner)
    UNION ALL
    SELECT 4, r.object, format('%s (%I)', a.privilege_type, c.attname), a.grantee, a.is_grantable,
           r.relname <> 'log' AND a.privilege_type = 'SELECT'
           OR r.relname = 'usage' AND c.attname IN ('accepted', 'refused')
              AND a.privilege_type = 'UPDATE'
      FROM relations r JOIN pg_attribute c ON c.attrelid = r.oid AND NOT c.attisdropped,
           aclexplode(c.attacl) a WHERE a.grantee NOT IN (r.owner, r.relowner)
), excess AS (
    SELECT rank, object, privilege, may_have AND grantee <> 0 AS may_have,
           CASE grantee WHEN 0 THEN 'PUBLIC'
                ELSE (SELECT quote_ident(rolname) FROM pg_roles WHERE oid = grantee) END AS role,
           CASE WHEN is_grantable THEN ' CASCADE' ELSE '' END AS cascade
      FROM held WHERE is_grantable OR grantee = 0 OR NOT may_have
)
SELECT rank, format('%s has %s on %s', role,
                    privilege || CASE WHEN may_have THEN ' WITH GRANT OPTION' ELSE '' END, object)
               AS fact,
       format('REVOKE %s%s ON %s FROM %s%s',
              CASE WHEN may_have THEN 'GRANT OPTION FOR ' ELSE '' END, privilege, object, role,
              cascade) AS statement
  FROM excess
UNION ALL
SELECT 5, format('%s belongs to %I', r.object, o.rolname),
       format('ALTER %s OWNER TO %I', r.object, p.rolname)
  FROM relations r JOIN pg_roles o ON o.oid = r.relowner
  JOIN pg_roles p ON p.oid = r.owner
 WHERE r.relowner <> r.owner
UNION ALL
SELECT 6, format('%I is a member of %I', m.rolname, g.rolname),
       format('REVOKE %I FROM %I', g.rolname, m.rolname)
  FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
 CROSS JOIN place p
 WHERE NOT m.rolsuper AND m.oid <> p.owner
   AND (g.oid = p.owner OR g.rolname IN ('pg_read_all_data', 'pg_write_all_data'))
   -- Since PostgreSQL 16 the creator of a role only administers it.
   AND (coalesce(CAST(to_jsonb(a) ->> 'inherit_option' AS boolean), true)
        OR coalesce(CAST(to_jsonb(a) ->> 'set_option' AS boolean), true))
 ORDER BY 1, 2
