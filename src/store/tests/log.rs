//! What is seen of a log that was tampered with.

use proptest::prelude::*;
use rusqlite::types::Value as Column;
use rusqlite::{Connection, params, params_from_iter};

use super::super::log::{first_wrong, head};
use super::*;
use crate::model::LogHead;

/// Takes away what the schema has against it.
const OPEN_IT_UP: &str = "DROP TRIGGER log_in_sequence; DROP TRIGGER log_is_not_changed;
    DROP TRIGGER log_is_not_cut; PRAGMA ignore_check_constraints = ON;";

const COLUMNS: [&str; 7] = ["seq", "at", "operator", "action", "key", "details", "hash"];

/// A log of six entries, two of them of a key, open to be tampered with.
fn tampered(sql: &str) -> (tempfile::TempDir, Store) {
    let (folder, mut store) = store();
    let key = "7Kd93mZQ".parse().unwrap();
    for n in 0..5 {
        let (action, key) = match n % 2 {
            1 => (LogAction::HandOver, Some(&key)),
            _ => (LogAction::Restore, None),
        };
        store
            .write(|write| write.append(action, key, json!({"n": n})))
            .unwrap();
    }
    store
        .db
        .as_sqlite()
        .set_db_config(DEFENSIVE, false)
        .unwrap();
    store.db.as_sqlite().execute_batch(OPEN_IT_UP).unwrap();
    store.db.as_sqlite().execute_batch(sql).unwrap();
    (folder, store)
}

const DEFENSIVE: rusqlite::config::DbConfig = rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE;

/// The first that is wrong, by the chain alone and against the head it once had.
fn seen(store: &Store, kept: LogHead) -> (Option<i64>, Option<i64>) {
    let alone = first_wrong(&store.db, None).unwrap();
    (alone, first_wrong(&store.db, Some(&kept)).unwrap())
}

/// The head of the log before anything was done to it.
fn kept() -> LogHead {
    head(&tampered("").1.db).unwrap().unwrap()
}

/// Gives every entry from `from` on the number and the hash that its place demands.
fn write_anew(conn: &Connection, from: i64) {
    write_numbered(conn, from, 1..);
}

/// As [`write_anew`], with other numbers than 1, 2, 3.
fn write_numbered(conn: &Connection, from: i64, numbers: impl IntoIterator<Item = i64>) {
    let rows: Vec<Vec<Column>> = rows(conn);
    conn.execute("DELETE FROM log", []).unwrap();
    let mut previous = vec![0; 32];
    for (mut row, seq) in rows.into_iter().zip(numbers) {
        if seq >= from {
            let fields = row[..6].iter().map(|field| match field {
                Column::Null => String::new(),
                Column::Integer(number) => number.to_string(),
                Column::Text(text) => text.clone(),
                other => panic!("{other:?}"),
            });
            let mut hasher = Sha256::new();
            hasher.update(&previous);
            for field in std::iter::once(seq.to_string()).chain(fields.skip(1)) {
                hasher.update(format!("{}:{field},", field.len()));
            }
            (row[0], row[6]) = (seq.into(), hasher.finalize().to_vec().into());
        }
        let Column::Blob(hash) = &row[6] else {
            panic!()
        };
        previous.clone_from(hash);
        insert(conn, &row);
    }
}

fn rows(conn: &Connection) -> Vec<Vec<Column>> {
    let mut select = conn.prepare("SELECT * FROM log ORDER BY seq").unwrap();
    let read = |row: &rusqlite::Row<'_>| (0..7).map(|column| row.get(column)).collect();
    let rows: rusqlite::Result<_> = select.query_map([], read).unwrap().collect();
    rows.unwrap()
}

fn insert(conn: &Connection, row: &[Column]) {
    let sql = "INSERT INTO log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    conn.execute(sql, params_from_iter(row)).unwrap();
}

#[test]
fn a_log_that_nobody_touched_holds() {
    let (_folder, store) = tampered("");
    assert_eq!(seen(&store, kept()), (None, None));
    assert_eq!(head(&store.db).unwrap(), Some(kept()));
    for row in rows(store.db.as_sqlite()) {
        let (Column::Integer(seq), Column::Blob(hash)) = (&row[0], &row[6]) else {
            panic!("{row:?}");
        };
        let earlier = LogHead {
            seq: *seq,
            hash: hash.clone().try_into().unwrap(),
        };
        assert_eq!(seen(&store, earlier), (None, None), "{seq}");
    }
}

#[test]
fn what_was_done_to_a_log_is_seen_at_the_first_wrong_entry() {
    let hash = "X'0000000000000000000000000000000000000000000000000000000000000000'";
    for (sql, alone, against_the_head) in [
        // A field changed.
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
        // What moves from one field to the next.
        ("UPDATE log SET operator = 'alicet', action = 'est' WHERE seq = 3", Some(3), Some(3)),
        (
            "UPDATE log SET operator = 'alice,4:test', action = '' WHERE seq = 3",
            Some(3),
            Some(3),
        ),
        // An entry removed.
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
        // One too many.
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
        // The order changed, and the numbers.
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
        let (_folder, store) = tampered(sql);
        assert_eq!(seen(&store, kept()), (alone, against_the_head), "{sql}");
    }
}

#[test]
fn a_chain_written_anew_is_seen_against_a_head_kept_elsewhere() {
    for (sql, from) in [
        ("UPDATE log SET operator = 'bob' WHERE seq = 3", 3),
        ("UPDATE log SET at = at + 1 WHERE seq = 1", 1),
        ("UPDATE log SET operator = 'bob' WHERE seq = 6", 6),
        ("DELETE FROM log WHERE seq = 3", 3),
        ("DELETE FROM log WHERE seq = 1", 1),
    ] {
        let (_folder, store) = tampered(sql);
        write_anew(store.db.as_sqlite(), from);
        let (alone, against_the_head) = seen(&store, kept());
        assert_eq!((alone, against_the_head), (None, Some(6)), "{sql}");
    }
}

#[test]
fn what_cannot_have_been_written_is_wrong_though_its_hash_holds() {
    for sql in [
        "UPDATE log SET key = '' WHERE seq = 3",
        "UPDATE log SET key = 'short' WHERE seq = 3",
        "UPDATE log SET at = 9223372036854775807 WHERE seq = 3",
        "UPDATE log SET at = -9223372036854775808 WHERE seq = 3",
        "UPDATE log SET details = '' WHERE seq = 3",
        "UPDATE log SET details = '[]' WHERE seq = 3",
        "UPDATE log SET details = 'null' WHERE seq = 3",
        "UPDATE log SET details = '{\"a\":1' WHERE seq = 3",
        "UPDATE log SET details = '{} {}' WHERE seq = 3",
    ] {
        let (_folder, store) = tampered(sql);
        write_anew(store.db.as_sqlite(), 3);
        assert_eq!(first_wrong(&store.db, None).unwrap(), Some(3), "{sql}");
    }
}

#[test]
fn a_chain_whose_hashes_hold_is_wrong_where_its_numbers_are_not_1_2_3() {
    for (numbers, wrong) in [
        ([0, 1, 2, 3, 4, 5], 0),
        ([-1, 0, 1, 2, 3, 4], -1),
        ([-5, 1, 2, 3, 4, 5], -5),
        ([2, 3, 4, 5, 6, 7], 1),
        ([1, 2, 4, 5, 6, 7], 3),
        ([1, 2, 3, 4, 5, 7], 6),
        ([1, 2, 3, 4, 5, i64::MAX], 6),
    ] {
        let (_folder, store) = tampered("");
        write_numbered(store.db.as_sqlite(), i64::MIN, numbers);
        let alone = first_wrong(&store.db, None).unwrap();
        assert_eq!(alone, Some(wrong), "{numbers:?}");
    }
}

#[test]
fn a_column_of_another_type_is_wrong_though_its_bytes_are_the_same() {
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
        // Of an entry without a key: as much as nothing to a hash.
        (2, "key", "X''"),
        (2, "key", "''"),
    ] {
        // A table that doesn't mind what is in its columns.
        let (_folder, store) = tampered(&format!(
            "CREATE TABLE other (seq INTEGER PRIMARY KEY, at, operator, action, key, details, hash);
             INSERT INTO other SELECT * FROM log; DROP TABLE log; ALTER TABLE other RENAME TO log;
             UPDATE log SET {column} = {value} WHERE seq = {seq}"
        ));
        let found = seen(&store, kept());
        assert_eq!(found, (Some(seq), Some(seq)), "{column} {value}");
    }
}

#[test]
fn a_log_of_many_pages_holds_and_shows_what_was_done_anywhere() {
    let (_folder, mut store) = store();
    store
        .write(|write| (1..3001).try_for_each(|n| write.log(LogAction::Restore, json!({"n": n}))))
        .unwrap();
    let kept = head(&store.db).unwrap().unwrap();
    assert_eq!(kept.seq, 3001);
    assert_eq!(seen(&store, kept), (None, None));
    store.db.as_sqlite().execute_batch(OPEN_IT_UP).unwrap();
    for seq in [1, 2, 999, 1000, 1001, 1002, 2000, 2001, 3000, 3001] {
        store.db.as_sqlite().execute_batch("BEGIN").unwrap();
        let sql = "UPDATE log SET operator = 'bob' WHERE seq = ?1";
        store.db.as_sqlite().execute(sql, [seq]).unwrap();
        assert_eq!(seen(&store, kept), (Some(seq), Some(seq)));
        store
            .db
            .as_sqlite()
            .execute_batch("ROLLBACK; BEGIN")
            .unwrap();
        store
            .db
            .as_sqlite()
            .execute("DELETE FROM log WHERE seq = ?1", [seq])
            .unwrap();
        let alone = (seq != 3001).then_some(seq);
        assert_eq!(seen(&store, kept), (alone, Some(seq)));
        store.db.as_sqlite().execute_batch("ROLLBACK").unwrap();
    }
}

#[test]
fn an_entry_hidden_between_two_pages_is_seen() {
    // Two rows of one number, as bytes written into the file can make them.
    let (_folder, mut store) = store();
    store
        .write(|write| (1..2000).try_for_each(|n| write.log(LogAction::Restore, json!({"n": n}))))
        .unwrap();
    store.db.as_sqlite().execute_batch(OPEN_IT_UP).unwrap();
    store
        .db
        .as_sqlite()
        .execute_batch(
            "CREATE TABLE other AS SELECT * FROM log; DROP TABLE log;
             INSERT INTO other SELECT * FROM other WHERE seq = 1000;
             ALTER TABLE other RENAME TO log",
        )
        .unwrap();
    assert!(first_wrong(&store.db, None).unwrap().is_some());
}

#[test]
fn a_log_that_cannot_be_read_is_no_wrong_log() {
    for sql in [
        "DROP TABLE log",
        "ALTER TABLE log RENAME COLUMN details TO more",
    ] {
        let (_folder, store) = tampered(sql);
        let error = first_wrong(&store.db, None).unwrap_err();
        assert_eq!(error.kind(), Kind::DatabaseDamaged, "{sql}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_single_byte_changed_anywhere_in_an_entry_is_seen(
        seq in 1i64..=6, column in 0usize..7, at in any::<prop::sample::Index>(), by in 1u8..=255
    ) {
        let (_folder, store) = tampered("");
        let name = COLUMNS[column];
        let select = format!("SELECT {name} FROM log WHERE seq = ?1");
        let value: Column = store.db.as_sqlite().query_row(&select, [seq], |row| row.get(0)).unwrap();
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
            // Whether they are UTF-8 still or not.
            Column::Text(text) => ("CAST(?1 AS TEXT)", Column::Blob(changed(text.as_bytes()))),
            Column::Blob(bytes) => ("?1", Column::Blob(changed(&bytes))),
            Column::Real(_) => unreachable!(),
        };
        // A number that is taken makes room: the entry that had it is gone.
        let update = format!("UPDATE OR REPLACE log SET {name} = {sql} WHERE seq = ?2");
        store.db.as_sqlite().execute(&update, params![value, seq]).unwrap();
        let (alone, against_the_head) = seen(&store, kept());
        prop_assert!(alone.is_some() && against_the_head.is_some());
    }
}
