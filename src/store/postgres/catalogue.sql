-- Describes the schema of the tables: a row for each part, with its kind, its name and its
-- definition, in words that are the same in every version of PostgreSQL. What extensions created is
-- left out.
WITH place AS (
    SELECT c.relnamespace AS oid, quote_ident(n.nspname) || '.' AS prefix
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = to_regclass('settings')
), relations AS (
    SELECT c.*, p.prefix FROM pg_class c JOIN place p ON p.oid = c.relnamespace
     WHERE NOT EXISTS (
        SELECT 1 FROM pg_depend d
         WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = c.oid AND d.deptype = 'e')
), parts AS (
    SELECT 'table' AS kind, relname AS name,
           concat_ws(' ', relkind, relpersistence, CASE WHEN relrowsecurity THEN 'secured' END)
               AS definition
      FROM relations WHERE relkind NOT IN ('i', 'v')
    UNION ALL
    -- PostgreSQL 15 qualifies more columns than later versions.
    SELECT 'view', relname, replace(replace(pg_get_viewdef(oid), prefix, ''), 'found.', '')
      FROM relations WHERE relkind = 'v'
    UNION ALL
    SELECT 'column', r.relname || '.' || a.attname,
           concat_ws(' ', format_type(a.atttypid, a.atttypmod), c.collname,
                     CASE WHEN a.attnotnull THEN 'not null' END,
                     'default ' || replace(pg_get_expr(d.adbin, d.adrelid), r.prefix, ''),
                     nullif(a.attidentity, ''), nullif(a.attgenerated, ''))
      FROM pg_attribute a JOIN relations r ON r.oid = a.attrelid AND r.relkind NOT IN ('i', 'S')
      LEFT JOIN pg_collation c ON c.oid = a.attcollation
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'index', r.relname,
           replace(pg_get_indexdef(r.oid), r.prefix, '')
               || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END
      FROM pg_index i JOIN relations r ON r.oid = i.indexrelid
    UNION ALL
    SELECT 'constraint', r.relname || '.' || o.conname,
           replace(pg_get_constraintdef(o.oid), r.prefix, '')
      FROM pg_constraint o JOIN relations r ON r.oid = o.conrelid
     WHERE o.contype IN ('c', 'f', 'p', 'u', 'x')
    UNION ALL
    SELECT 'trigger', r.relname || '.' || t.tgname,
           replace(pg_get_triggerdef(t.oid), r.prefix, '') || ' ' || CAST(t.tgenabled AS text)
      FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid
     WHERE NOT t.tgisinternal OR t.tgenabled <> 'O'
    UNION ALL
    SELECT 'rule', r.relname || '.' || u.rulename, pg_get_ruledef(u.oid)
      FROM pg_rewrite u JOIN relations r ON r.oid = u.ev_class
     WHERE u.rulename <> '_RETURN'
    UNION ALL
    SELECT 'function', f.proname || '(' || pg_get_function_identity_arguments(f.oid) || ')',
           concat_ws(' ', l.lanname, f.provolatile, CASE WHEN f.prosecdef THEN 'definer' END,
                     f.proconfig, f.prosrc)
      FROM pg_proc f JOIN place p ON p.oid = f.pronamespace
      JOIN pg_language l ON l.oid = f.prolang
     WHERE NOT EXISTS (
        SELECT 1 FROM pg_depend d
         WHERE d.classid = CAST('pg_proc' AS regclass) AND d.objid = f.oid AND d.deptype = 'e')
)
SELECT kind, name COLLATE "C" AS name, definition FROM parts ORDER BY kind COLLATE "C", name COLLATE "C"
