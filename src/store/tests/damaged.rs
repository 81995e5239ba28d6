//! A database whose index of names is out of order: SQLite reads it without a
//! word, and would lead a listing in a circle and a look-up to another's row.

use super::*;
use crate::model::{Key, Listing};
use rusqlite::params;

/// A store with the keys `a`, `b` and `c`, whose index of names has them backwards.
fn store_with_names_backwards() -> (tempfile::TempDir, Store) {
    let (folder, store) = store();
    let path = store.path().to_owned();
    for (slot, name) in ["a", "b", "c"].into_iter().enumerate() {
        store
            .conn
            .execute(
                "INSERT INTO keys (id, name, hash, last_four, state, created_at, created_by)
                 VALUES ('0000000' || ?1, ?2, '', 'abcd', 'active', 0, 'alice')",
                params![slot, name],
            )
            .unwrap();
    }
    let number = |sql: &str| store.conn.query_row(sql, [], |row| row.get::<_, usize>(0));
    let page_size = number("PRAGMA page_size").unwrap();
    let page = number(
        "SELECT rootpage FROM sqlite_schema WHERE name = (SELECT i.name
           FROM pragma_index_list('keys') i, pragma_index_info(i.name) c WHERE c.name = 'name')",
    );
    let page = (page.unwrap() - 1) * page_size;
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    // Eight bytes of a leaf's header, then where its cells are, two bytes each.
    let cells = &mut bytes[page + 8..page + 8 + 3 * 2];
    let (first, last) = ([cells[0], cells[1]], [cells[4], cells[5]]);
    cells[..2].copy_from_slice(&last);
    cells[4..].copy_from_slice(&first);
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(&path, Access::Write, actor()).unwrap();
    (folder, store)
}

#[test]
fn a_listing_by_an_index_out_of_order_ends() {
    let (_folder, store) = store_with_names_backwards();
    for reverse in [false, true] {
        let listing = Listing {
            reverse,
            ..Listing::default()
        };
        let mut listed = 0;
        let ended = store.pages(&listing).unwrap().each(|_| {
            listed += 1;
            assert!(listed <= 3);
            Ok::<_, Error>(())
        });
        assert_eq!(ended.unwrap_err().kind(), Kind::DatabaseDamaged);
    }
}

#[test]
fn nothing_is_done_to_a_key_that_was_not_asked_for() {
    let (_folder, store) = store_with_names_backwards();
    let mut astray = 0;
    for name in ["a", "b", "c"] {
        match store.view().find(&name.parse().unwrap()) {
            Ok((_, Key { name: found, .. })) => assert_eq!(found.as_str(), name),
            Err(error) => astray += usize::from(error.kind() == Kind::DatabaseDamaged),
        }
    }
    assert!(astray > 0);
}
