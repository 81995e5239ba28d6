//! A database that an older version left is opened, and nothing of it is lost.

use rusqlite::Connection;
use serde_json::json;

use super::sandbox::Sandbox;

/// The secret of the key deploy-bot in the dump.
const SECRET: &str = "apik_dQ65Tqbm_herevgzo5Lj51WdCdNet3ISazBCq5qOSNbqmpM9EFIf1OPQBH";

const TABLES: [&str; 9] = [
    "settings",
    "users",
    "groups",
    "keys",
    "key_groups",
    "user_groups",
    "key_permissions",
    "group_permissions",
    "log",
];

/// The tables of the first schema that the second has otherwise, as the first had them.
const AS_BEFORE: [(&str, &str); 3] = [
    (
        "keys",
        "SELECT s.slot, k.id, k.name, s.hash, s.last_four,
                CASE WHEN s.state = 'pending' THEN s.state
                     WHEN k.active THEN 'active' ELSE 'inactive' END AS state,
                k.description, k.owner, k.application, k.created_at, k.created_by, k.expires_at
           FROM keys k JOIN secrets s ON s.key = k.number AND s.created_at = k.created_at",
    ),
    (
        "key_groups",
        "SELECT k.id, m.group_id FROM key_groups m JOIN keys k ON k.number = m.key",
    ),
    (
        "key_permissions",
        "SELECT k.id, p.permission FROM key_permissions p JOIN keys k ON k.number = p.key",
    ),
];

/// Every row of every table, as the first schema had it.
fn rows(conn: &Connection) -> Vec<String> {
    let mut all = Vec::new();
    for table in TABLES {
        let select = format!("SELECT * FROM {table}");
        let changed = AS_BEFORE.iter().find(|(name, _)| *name == table);
        let select = match (version(conn), changed) {
            (2.., Some((_, select))) => select,
            _ => select.as_str(),
        };
        let mut select = conn.prepare(select).unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cell = |at| format!("{:?}", row.get_ref(at).unwrap());
            let cells: Vec<String> = (0..columns).map(cell).collect();
            all.push(format!("{table}: {}", cells.join(" ")));
        }
    }
    all.sort();
    all
}

fn version(conn: &Connection) -> i64 {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_database_from_before_users_opens_and_loses_nothing() {
    let sandbox = Sandbox::new();
    std::fs::remove_file(sandbox.db()).unwrap();
    sandbox.sql(include_str!("../fixtures/schema-1.sql"));
    assert_eq!(version(&sandbox.sqlite()), 1);
    let before = rows(&sandbox.sqlite());
    assert_eq!(before.len(), 30);

    let accepted = sandbox.feed(&["verify", "-g", "deploy", "--can", "x:read"], SECRET);
    assert_eq!(accepted.succeeds().stdout, "accepted deploy-bot\n");
    assert_eq!(sandbox.names(&[]), ["deploy-bot", "gone", "Older"]);
    // Reading has brought it to the version of today, and all is still there.
    assert_eq!(
        version(&sandbox.sqlite()),
        version(&Sandbox::new().sqlite())
    );
    assert_eq!(rows(&sandbox.sqlite()), before);

    sandbox
        .run(&["user", "add", "alice", "-g", "deploy", "-g", "readonly"])
        .succeeds();
    let after = rows(&sandbox.sqlite());
    for row in &before {
        assert!(after.contains(row), "{row} is lost");
    }
    let shown = sandbox.show("deploy-bot");
    assert_eq!(shown["description"], "deploys at night – 部署");
    assert_eq!(
        (&shown["owner"], &shown["permissions"]),
        (&json!(null), &json!([]))
    );
    assert_eq!(sandbox.show("older")["status"], "inactive");
    assert_eq!(sandbox.show("gone")["status"], "expired");

    // What is new works on what is old.
    sandbox
        .run(&["set-owner", "deploy-bot", "alice"])
        .succeeds();
    sandbox
        .run(&["set-permissions", "deploy-bot", "x:write"])
        .succeeds();
    sandbox
        .feed(&["verify", "--can", "x:read"], SECRET)
        .succeeds();
    sandbox.run(&["user", "deactivate", "alice"]).succeeds();
    let refused = sandbox.feed(&["verify"], SECRET).exits(1);
    assert_eq!(refused.stdout, "refused owner-inactive\n");
    // No slot is given twice, not even that of a key deleted before the dump.
    sandbox.key("next");
    let next = "SELECT number, slot FROM keys JOIN secrets ON key = number WHERE name = 'next'";
    let next: (i64, i64) = sandbox
        .sqlite()
        .query_row(next, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(next, (5, 5));
}
