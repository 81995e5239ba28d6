//! A database that an older version left is opened, and nothing of it is lost.

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

/// Every row of every table of the first schema.
fn rows(sandbox: &Sandbox) -> Vec<String> {
    let conn = sandbox.sqlite();
    let mut all = Vec::new();
    for table in TABLES {
        let mut select = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cell = |at| format!("{:?}", row.get_ref(at).unwrap());
            let cells: Vec<String> = (0..columns).map(cell).collect();
            all.push(format!("{table}: {}", cells.join(" ")));
        }
    }
    all
}

#[test]
fn a_database_from_before_users_opens_and_loses_nothing() {
    let sandbox = Sandbox::new();
    std::fs::remove_file(sandbox.db()).unwrap();
    sandbox.sql(include_str!("../fixtures/schema-1.sql"));
    let before = rows(&sandbox);
    assert_eq!(before.len(), 30);

    let accepted = sandbox.feed(&["verify", "-g", "deploy", "--can", "x:read"], SECRET);
    assert_eq!(accepted.succeeds().stdout, "accepted deploy-bot\n");
    assert_eq!(sandbox.names(&[]), ["deploy-bot", "gone", "Older"]);
    assert_eq!(rows(&sandbox), before);

    // The next change brings it to the version of today, if that is another, and
    // all is there yet.
    sandbox
        .run(&["user", "add", "alice", "-g", "deploy", "-g", "readonly"])
        .succeeds();
    let latest = Sandbox::new();
    let version = |sandbox: &Sandbox| -> i64 {
        sandbox
            .sqlite()
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(version(&sandbox), version(&latest));
    let after = rows(&sandbox);
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
    let slot = "SELECT slot FROM keys WHERE name = 'next'";
    let slot: i64 = sandbox
        .sqlite()
        .query_row(slot, [], |row| row.get(0))
        .unwrap();
    assert_eq!(slot, 5);
}
