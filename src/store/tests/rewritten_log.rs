//! Logs that an attacker rewrote with valid hashes.

use rusqlite::types::Value as Column;

use super::log::{checked, insert, original_head, rows, tampered};
use super::*;

/// Gives every entry from number `from` on the number that belongs to its position, and a valid
/// hash.
fn rewrite(conn: &Connection, from: i64) {
    rewrite_numbered(conn, from, 1..);
}

/// As [`rewrite`], but the entries get these `numbers`.
fn rewrite_numbered(conn: &Connection, from: i64, numbers: impl IntoIterator<Item = i64>) {
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

#[test]
fn a_rewritten_chain_is_detected_only_by_a_head_kept_elsewhere() {
    for (sql, from) in [
        ("UPDATE log SET operator = 'bob' WHERE seq = 3", 3),
        ("UPDATE log SET at = at + 1 WHERE seq = 1", 1),
        ("UPDATE log SET operator = 'bob' WHERE seq = 6", 6),
        ("DELETE FROM log WHERE seq = 3", 3),
        ("DELETE FROM log WHERE seq = 1", 1),
    ] {
        let (_directory, store) = tampered(sql);
        rewrite(store.db.as_sqlite().unwrap(), from);
        let (alone, against_head) = checked(&store, original_head());
        assert_eq!((alone, against_head), (None, Some(6)), "{sql}");
    }
}

#[test]
fn an_impossible_value_is_invalid_though_its_hash_is_valid() {
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
        let (_directory, store) = tampered(sql);
        rewrite(store.db.as_sqlite().unwrap(), 3);
        assert_eq!(store.first_invalid_entry(None).unwrap(), Some(3), "{sql}");
    }
}

#[test]
fn a_chain_with_valid_hashes_is_invalid_unless_its_numbers_are_1_2_3() {
    for (numbers, invalid) in [
        ([0, 1, 2, 3, 4, 5], 0),
        ([-1, 0, 1, 2, 3, 4], -1),
        ([-5, 1, 2, 3, 4, 5], -5),
        ([2, 3, 4, 5, 6, 7], 1),
        ([1, 2, 4, 5, 6, 7], 3),
        ([1, 2, 3, 4, 5, 7], 6),
        ([1, 2, 3, 4, 5, i64::MAX], 6),
    ] {
        let (_directory, store) = tampered("");
        rewrite_numbered(store.db.as_sqlite().unwrap(), i64::MIN, numbers);
        let alone = store.first_invalid_entry(None).unwrap();
        assert_eq!(alone, Some(invalid), "{numbers:?}");
    }
}
