//! A tampered log is detected.

use proptest::prelude::*;
use rusqlite::types::Value as Column;
use rusqlite::{params, params_from_iter};

use super::super::log::head;
use super::*;
use crate::model::LogHead;

/// Removes the schema's protection of the log.
const DISABLE_CHECKS: &str = "DROP TRIGGER log_in_sequence; DROP TRIGGER log_is_not_changed;
    DROP TRIGGER log_is_not_cut; PRAGMA ignore_check_constraints = ON;";

const COLUMNS: [&str; 7] = ["seq", "at", "operator", "action", "key", "details", "hash"];

/// Returns a store with a log of six entries, two of them on a key, after running `sql`.
pub(super) fn tampered(sql: &str) -> (tempfile::TempDir, Store) {
    let (directory, mut store) = store();
    let key = "7Kd93mZQ".parse().unwrap();
    for n in 0..5 {
        let (action, key) = match n % 2 {
            1 => (LogAction::HandOver, Some(&key)),
            _ => (LogAction::Restore, None),
        };
        store
            .write(|write| write.append(action, key, &json!({"n": n})))
            .unwrap();
    }
    store
        .db
        .as_sqlite()
        .unwrap()
        .set_db_config(DEFENSIVE, false)
        .unwrap();
    store
        .db
        .as_sqlite()
        .unwrap()
        .execute_batch(DISABLE_CHECKS)
        .unwrap();
    store.db.as_sqlite().unwrap().execute_batch(sql).unwrap();
    (directory, store)
}

const DEFENSIVE: rusqlite::config::DbConfig = rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE;

/// Returns the first invalid entry: according to the chain alone, and compared with `head`.
pub(super) fn checked(store: &Store, head: LogHead) -> (Option<i64>, Option<i64>) {
    let alone = store.first_invalid_entry(None).unwrap();
    (alone, store.first_invalid_entry(Some(&head)).unwrap())
}

/// Returns the head of the log before tampering.
pub(super) fn original_head() -> LogHead {
    head(&tampered("").1.db).unwrap().unwrap()
}

pub(super) fn rows(conn: &Connection) -> Vec<Vec<Column>> {
    let mut select = conn.prepare("SELECT * FROM log ORDER BY seq").unwrap();
    let read = |row: &rusqlite::Row<'_>| (0..7).map(|column| row.get(column)).collect();
    let rows: rusqlite::Result<_> = select.query_map([], read).unwrap().collect();
    rows.unwrap()
}

pub(super) fn insert(conn: &Connection, row: &[Column]) {
    let sql = "INSERT INTO log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    conn.execute(sql, params_from_iter(row)).unwrap();
}

#[test]
fn an_untouched_log_is_valid() {
    let (_directory, store) = tampered("");
    assert_eq!(checked(&store, original_head()), (None, None));
    assert_eq!(head(&store.db).unwrap(), Some(original_head()));
    for row in rows(store.db.as_sqlite().unwrap()) {
        let (Column::Integer(seq), Column::Blob(hash)) = (&row[0], &row[6]) else {
            panic!("{row:?}");
        };
        let earlier = LogHead {
            seq: *seq,
            hash: hash.clone().try_into().unwrap(),
        };
        assert_eq!(checked(&store, earlier), (None, None), "{seq}");
    }
}

#[test]
fn tampering_is_reported_at_the_first_invalid_entry() {
    let hash = "X'0000000000000000000000000000000000000000000000000000000000000000'";
    for (sql, alone, against_head) in [
        // A changed field.
        ("UPDATE log SET at = at + 1 WHERE seq = 3", Some(3), Some(3)),
        ("UPDATE log SET at = 0 WHERE seq = 1", Some(1), Some(1)),
        ("UPDATE log SET operator = 'bob' WHERE seq = 3", Some(3), Some(3)),
        ("UPDATE log SET operator = 'ALICE' WHERE seq = 3", Some(3), Some(3)),
        ("UPDATE log SET action = 'delete' WHERE seq = 6", Some(6), Some(6)),
        ("UPDATE log SET key = '7Kd93mZq' WHERE seq = 3", Some(3), Some(3)),
        ("UPDATE log SET key = NULL WHERE seq = 3", Some(3), Some(3)),
        ("UPDATE log SET key = '' WHERE key IS NULL", Some(1), Some(1)),
        ("UPDATE log SET details = '{}' WHERE seq = 2", Some(2), Some(2)),
        ("UPDATE log SET details = ' ' || details WHERE seq = 2", Some(2), Some(2)),
        ("UPDATE log SET details = details || char(0) WHERE seq = 2", Some(2), Some(2)),
        ("UPDATE log SET details = CAST(X'FF' AS TEXT) WHERE seq = 2", Some(2), Some(2)),
        (&format!("UPDATE log SET hash = {hash} WHERE seq = 6"), Some(6), Some(6)),
        ("UPDATE log SET hash = X'' WHERE seq = 6", Some(6), Some(6)),
        ("UPDATE log SET hash = zeroblob(33) WHERE seq = 6", Some(6), Some(6)),
        // Text moved from one field to the next.
        ("UPDATE log SET operator = 'alicet', action = 'est' WHERE seq = 3", Some(3), Some(3)),
        (
            "UPDATE log SET operator = 'alice,4:test', action = '' WHERE seq = 3",
            Some(3),
            Some(3),
        ),
        // A removed entry.
        ("DELETE FROM log WHERE seq = 1", Some(1), Some(1)),
        ("DELETE FROM log WHERE seq = 3", Some(3), Some(3)),
        ("DELETE FROM log WHERE seq IN (3, 4)", Some(3), Some(3)),
        ("DELETE FROM log WHERE seq = 6", None, Some(6)),
        ("DELETE FROM log WHERE seq > 2", None, Some(3)),
        ("DELETE FROM log", Some(1), Some(1)),
        (
            "DELETE FROM log WHERE seq = 3; UPDATE log SET seq = seq - 1 WHERE seq > 3",
            Some(3),
            Some(3),
        ),
        // An added entry.
        (&format!("INSERT INTO log VALUES (7, 0, 'a', 'b', NULL, '{{}}', {hash})"), Some(7), Some(7)),
        (&format!("INSERT INTO log VALUES (99, 0, 'a', 'b', NULL, '{{}}', {hash})"), Some(7), Some(7)),
        (&format!("INSERT INTO log VALUES (0, 0, 'a', 'b', NULL, '{{}}', {hash})"), Some(0), Some(0)),
        (&format!("INSERT INTO log VALUES (-5, 0, 'a', 'b', NULL, '{{}}', {hash})"), Some(-5), Some(-5)),
        (
            "INSERT INTO log SELECT -9223372036854775808, at, operator, action, key, details, hash
               FROM log WHERE seq = 1",
            Some(i64::MIN),
            Some(i64::MIN),
        ),
        (
            "INSERT INTO log SELECT 9223372036854775807, at, operator, action, key, details, hash
               FROM log WHERE seq = 6",
            Some(7),
            Some(7),
        ),
        (
            "UPDATE log SET seq = -seq WHERE seq > 3; UPDATE log SET seq = 1 - seq WHERE seq < 0;
             INSERT INTO log SELECT 4, at, operator, action, key, details, hash FROM log WHERE seq = 3",
            Some(4),
            Some(4),
        ),
        // A changed order, and changed numbers.
        (
            "UPDATE log SET seq = 99 WHERE seq = 3; UPDATE log SET seq = 3 WHERE seq = 4;
             UPDATE log SET seq = 4 WHERE seq = 99",
            Some(3),
            Some(3),
        ),
        (
            "UPDATE log SET seq = -seq; UPDATE log SET seq = 7 + seq",
            Some(1),
            Some(1),
        ),
        (
            "UPDATE log SET seq = -seq; UPDATE log SET seq = 1 - seq",
            Some(1),
            Some(1),
        ),
        (
            "UPDATE log SET seq = -seq; UPDATE log SET seq = -1 - seq",
            Some(0),
            Some(0),
        ),
        ("UPDATE log SET seq = 60 WHERE seq = 6", Some(6), Some(6)),
    ] {
        let (_directory, store) = tampered(sql);
        assert_eq!(checked(&store, original_head()), (alone, against_head), "{sql}");
    }
}

#[test]
fn a_column_of_another_type_is_invalid_though_its_bytes_are_the_same() {
    for (seq, column, value) in [
        (3, "at", "CAST(at AS TEXT)"),
        (3, "at", "CAST(at AS REAL)"),
        (3, "operator", "CAST(operator AS BLOB)"),
        (3, "action", "CAST(action AS BLOB)"),
        (3, "key", "CAST(key AS BLOB)"),
        (3, "details", "CAST(details AS BLOB)"),
        (3, "hash", "CAST(hash AS TEXT)"),
        (3, "details", "NULL"),
        (3, "hash", "NULL"),
        // An empty key and no key have the same hash.
        (2, "key", "X''"),
        (2, "key", "''"),
    ] {
        // A table without types.
        let (_directory, store) = tampered(&format!(
            "CREATE TABLE other (seq INTEGER PRIMARY KEY, at, operator, action, key, details, hash);
             INSERT INTO other SELECT * FROM log; DROP TABLE log; ALTER TABLE other RENAME TO log;
             UPDATE log SET {column} = {value} WHERE seq = {seq}"
        ));
        let found = checked(&store, original_head());
        assert_eq!(found, (Some(seq), Some(seq)), "{column} {value}");
    }
}

#[test]
fn tampering_is_detected_on_every_page() {
    let (_directory, mut store) = store();
    store
        .write(|write| (1..3001).try_for_each(|n| write.log(LogAction::Restore, &json!({"n": n}))))
        .unwrap();
    let kept = head(&store.db).unwrap().unwrap();
    assert_eq!(kept.seq, 3001);
    assert_eq!(checked(&store, kept), (None, None));
    store
        .db
        .as_sqlite()
        .unwrap()
        .execute_batch(DISABLE_CHECKS)
        .unwrap();
    for seq in [1, 2, 999, 1000, 1001, 1002, 2000, 2001, 3000, 3001] {
        store
            .db
            .as_sqlite()
            .unwrap()
            .execute_batch("BEGIN")
            .unwrap();
        let sql = "UPDATE log SET operator = 'bob' WHERE seq = ?1";
        store.db.as_sqlite().unwrap().execute(sql, [seq]).unwrap();
        assert_eq!(checked(&store, kept), (Some(seq), Some(seq)));
        store
            .db
            .as_sqlite()
            .unwrap()
            .execute_batch("ROLLBACK; BEGIN")
            .unwrap();
        store
            .db
            .as_sqlite()
            .unwrap()
            .execute("DELETE FROM log WHERE seq = ?1", [seq])
            .unwrap();
        let alone = (seq != 3001).then_some(seq);
        assert_eq!(checked(&store, kept), (alone, Some(seq)));
        store
            .db
            .as_sqlite()
            .unwrap()
            .execute_batch("ROLLBACK")
            .unwrap();
    }
}

#[test]
fn an_entry_hidden_between_two_pages_is_detected() {
    // The log has two rows with the same number, which an attacker can write into the file.
    let (_directory, mut store) = store();
    store
        .write(|write| (1..2000).try_for_each(|n| write.log(LogAction::Restore, &json!({"n": n}))))
        .unwrap();
    store
        .db
        .as_sqlite()
        .unwrap()
        .execute_batch(DISABLE_CHECKS)
        .unwrap();
    store
        .db
        .as_sqlite()
        .unwrap()
        .execute_batch(
            "CREATE TABLE other AS SELECT * FROM log; DROP TABLE log;
             INSERT INTO other SELECT * FROM other WHERE seq = 1000;
             ALTER TABLE other RENAME TO log",
        )
        .unwrap();
    assert!(store.first_invalid_entry(None).unwrap().is_some());
}

#[test]
fn an_unreadable_log_is_an_error_and_not_an_invalid_entry() {
    for sql in [
        "DROP TABLE log",
        "ALTER TABLE log RENAME COLUMN details TO more",
    ] {
        let (_directory, store) = tampered(sql);
        let error = store.first_invalid_entry(None).unwrap_err();
        assert_eq!(error.kind(), Kind::DatabaseDamaged, "{sql}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_single_changed_byte_of_an_entry_is_detected(
        seq in 1i64..=6, column in 0usize..7, at in any::<prop::sample::Index>(), by in 1u8..=255
    ) {
        let (_directory, store) = tampered("");
        let name = COLUMNS[column];
        let select = format!("SELECT {name} FROM log WHERE seq = ?1");
        let value: Column = store.db.as_sqlite().unwrap().query_row(&select, [seq], |row| row.get(0)).unwrap();
        let changed = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= by;
            bytes
        };
        let (sql, value) = match value {
            Column::Null => ("?1", Column::Text(char::from(by).into())),
            Column::Integer(number) => {
                let bytes = changed(&number.to_be_bytes()).try_into().unwrap();
                ("?1", Column::Integer(i64::from_be_bytes(bytes)))
            }
            // The bytes need not be UTF-8 any more.
            Column::Text(text) => ("CAST(?1 AS TEXT)", Column::Blob(changed(text.as_bytes()))),
            Column::Blob(bytes) => ("?1", Column::Blob(changed(&bytes))),
            Column::Real(_) => unreachable!(),
        };
        // If the new number is taken, the entry that had it is replaced.
        let update = format!("UPDATE OR REPLACE log SET {name} = {sql} WHERE seq = ?2");
        store.db.as_sqlite().unwrap().execute(&update, params![value, seq]).unwrap();
        let (alone, against_head) = checked(&store, original_head());
        prop_assert!(alone.is_some() && against_head.is_some());
    }
}
