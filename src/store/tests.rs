//! Tests of the store: the log's chain and triggers, the settings of a connection, the first
//! schema, and the subjects of the modules.

mod call_sites;
mod completion;
mod damaged;
mod edits;
mod listing;
mod log;
#[cfg(feature = "postgres")]
#[allow(clippy::duplicate_mod, reason = "the same tests run on both engines")]
mod on_postgres;
mod policy;
mod population;
mod review;
mod rewritten_log;
mod secrets;
mod self_service;
#[path = "../../tests/engine/server.rs"]
#[allow(dead_code, reason = "the tests through the binary use more of it")]
pub(super) mod server;
mod statements;
mod story;

use super::*;
use crate::model::{Edit, Key, KeyRef, LogAction, Operator, RequiredRight, Selection, Standing};
use rusqlite::Connection;
use serde_json::json;
use sha2::{Digest, Sha256};

fn now() -> Timestamp {
    Timestamp::from_unix(1_800_000_000)
}

fn actor() -> Actor {
    Actor {
        operator: Operator::from_login("alice").unwrap(),
        standing: Standing::Owner,
        required: RequiredRight::Manage,
        reason: None,
        now: now(),
        clock: Clock::Fixed(now),
        role: None,
    }
}

/// Edits the named keys. Returns each as it was and as it is.
fn edit(store: &mut Store, wanted: &[KeyRef], edit: &Edit) -> Result<Vec<Changed>> {
    let request = EditRequest {
        selection: &Selection::Keys(wanted.to_vec()),
        edit,
        at_most: None,
        dry_run: false,
        confirmed: None,
    };
    let mut all = Vec::new();
    let mut visit = |changed: &Changed| all.push(changed.clone());
    store.edit(&request, Some(&mut visit))?;
    Ok(all)
}

/// The directory, which a test keeps as long as it uses its store.
type Kept = tempfile::TempDir;

fn store() -> (Kept, Store) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().canonicalize().unwrap().join("keys.db");
    let store = Store::create_as(&path, Settings::default(), None, actor()).unwrap();
    (directory, store)
}

/// Returns a store that is not safe from a power cut, which no test makes.
fn quick_store() -> (Kept, Store) {
    let (directory, store) = store();
    let conn = store.db.as_sqlite().unwrap();
    conn.execute_batch("PRAGMA synchronous = OFF").unwrap();
    (directory, store)
}

/// Gives each key a current secret that no presented secret matches.
const SECRETS: &str = "INSERT INTO secrets (key, hash, last_four, state, created_at)
    SELECT number, '', 'abcd', 'current', created_at FROM keys";

/// Returns whether the log's chain is valid, computed independently of `store/log.rs`.
fn is_chain_valid(store: &Store) -> bool {
    let mut select = store
        .db.as_sqlite().unwrap()
        .prepare("SELECT seq, at, operator, action, coalesce(key, ''), details, hash FROM log ORDER BY seq")
        .unwrap();
    let mut rows = select.query([]).unwrap();
    let mut previous = vec![0; 32];
    let mut expected_seq = 0;
    while let Some(row) = rows.next().unwrap() {
        let number = |at| row.get::<_, i64>(at).unwrap().to_string();
        let text = |at| row.get::<_, String>(at).unwrap();
        let mut hasher = Sha256::new();
        hasher.update(&previous);
        for field in [number(0), number(1), text(2), text(3), text(4), text(5)] {
            hasher.update(format!("{}:{field},", field.len()));
        }
        expected_seq += 1;
        let hash: Vec<u8> = row.get(6).unwrap();
        if hash != hasher.finalize().to_vec() || row.get::<_, i64>(0).unwrap() != expected_seq {
            return false;
        }
        previous = hash;
    }
    expected_seq > 0
}

#[test]
fn every_change_appends_to_an_unbroken_chain() {
    let (_directory, mut store) = store();
    let deploy = "deploy".parse().unwrap();
    store.create_group(&deploy, None, &[]).unwrap();
    let (is_changed, _) = store
        .rename_group(&deploy, &"release".parse().unwrap())
        .unwrap();
    assert!(is_changed);
    store.delete_group(&"release".parse().unwrap()).unwrap();
    let count: i64 = store
        .db
        .as_sqlite()
        .unwrap()
        .query_row("SELECT count(*) FROM log", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 4);
    assert!(is_chain_valid(&store));
    store
        .db
        .as_sqlite()
        .unwrap()
        .execute_batch(
            "DROP TRIGGER log_is_not_changed; UPDATE log SET details = '{}' WHERE seq = 2",
        )
        .unwrap();
    assert!(!is_chain_valid(&store));
}

#[test]
fn the_log_refuses_updates_deletions_and_insertions_out_of_order() {
    let (_directory, store) = store();
    for sql in [
        "UPDATE log SET at = 0",
        "DELETE FROM log",
        "INSERT INTO log VALUES (3, 0, '', '', NULL, '', zeroblob(32))",
        "INSERT INTO log VALUES (1, 0, '', '', NULL, '', zeroblob(32))",
        "INSERT OR REPLACE INTO log VALUES (1, 0, '', '', NULL, '', zeroblob(32))",
        "REPLACE INTO log VALUES (1, 0, '', '', NULL, '', zeroblob(32))",
        "INSERT INTO log VALUES (NULL, 0, '', '', NULL, '', zeroblob(32))",
    ] {
        assert!(
            store.db.as_sqlite().unwrap().execute_batch(sql).is_err(),
            "{sql}"
        );
    }
    assert!(is_chain_valid(&store));
}

#[test]
fn a_change_that_fails_leaves_no_entry() {
    let (_directory, mut store) = store();
    let admin = "admin".parse().unwrap();
    assert!(store.create_group(&admin, None, &[]).is_err());
    let refused: Result<()> = store.write(|write| {
        write.log(LogAction::Restore, &serde_json::json!({}))?;
        Err(Error::new(Kind::Io, "no"))
    });
    assert!(refused.is_err());
    let count: i64 = store
        .db
        .as_sqlite()
        .unwrap()
        .query_row("SELECT count(*) FROM log", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 1);
}

#[test]
fn a_connection_is_set_up_as_designed() {
    let (_directory, store) = store();
    let pragma = |conn: &Connection, name: &str| -> String {
        conn.query_row(&format!("PRAGMA {name}"), [], |row| {
            row.get::<_, rusqlite::types::Value>(0)
        })
        .map(|value| format!("{value:?}"))
        .unwrap()
    };
    for (name, value) in [
        ("journal_mode", "Text(\"delete\")"),
        ("synchronous", "Integer(3)"),
        ("foreign_keys", "Integer(1)"),
        ("secure_delete", "Integer(1)"),
        ("cell_size_check", "Integer(1)"),
        ("trusted_schema", "Integer(0)"),
        ("busy_timeout", "Integer(5000)"),
        ("application_id", "Integer(1634756971)"),
        ("user_version", "Integer(5)"),
    ] {
        assert_eq!(pragma(store.db.as_sqlite().unwrap(), name), value, "{name}");
    }
    let path = store.file().unwrap().to_owned();
    drop(store);
    let reader = Store::open_as(&path, Access::Read, actor()).unwrap();
    for (name, value) in [
        ("cell_size_check", "Integer(1)"),
        ("trusted_schema", "Integer(0)"),
    ] {
        assert_eq!(
            pragma(reader.db.as_sqlite().unwrap(), name),
            value,
            "{name}"
        );
    }
    assert!(reader.db.as_sqlite().unwrap().is_readonly("main").unwrap());
    let strict: i64 = reader
        .db.as_sqlite().unwrap()
        .query_row("SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(strict, 0);
}

#[test]
fn a_database_of_schema_1_opens_without_loss() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().canonicalize().unwrap().join("keys.db");
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(include_str!("../../tests/fixtures/schema-1.sql"))
        .unwrap();
    drop(conn);
    let store = Store::open_as(&path, Access::Write, actor()).unwrap();
    assert!(is_chain_valid(&store));
    assert_eq!(store.first_invalid_entry(None).unwrap(), None);
    let key = store.view().find(&"deploy-bot".parse().unwrap()).unwrap().1;
    assert_eq!(key.groups.len(), 2);
    assert_eq!(key.description.as_deref(), Some("deploys at night – 部署"));
    let secret = "apik_dQ65Tqbm_herevgzo5Lj51WdCdNet3ISazBCq5qOSNbqmpM9EFIf1OPQBH";
    let secret = crate::secret::Secret::parse(secret);
    let found = store
        .find_secret(&key.short, &crate::model::Requirements::default())
        .unwrap()
        .unwrap();
    assert!(secret.is_some_and(|secret| found.hash.matches(&secret).unwrap()));
}
