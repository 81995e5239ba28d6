//! A database of which a page is out of order: SQLite reads it without a word, and
//! would lead a listing in a circle and a look-up to another's row.

use super::*;
use crate::model::{Key, Listing, LogFilter};
use rusqlite::params;

/// A store with the keys `a`, `b` and `c`, and a log of three more entries than
/// `init` makes.
fn store_of_three() -> (tempfile::TempDir, Store) {
    let (folder, mut store) = store();
    for (slot, name) in ["a", "b", "c"].into_iter().enumerate() {
        store
            .db
            .as_sqlite()
            .execute(
                "INSERT INTO keys (id, name, created_at, created_by)
                 VALUES ('0000000' || ?1, ?2, 0, 'alice')",
                params![slot, name],
            )
            .unwrap();
        store
            .create_group(&name.parse().unwrap(), None, &[])
            .unwrap();
    }
    store.db.as_sqlite().execute_batch(SECRETS).unwrap();
    (folder, store)
}

/// The same store, with two cells changed for each other on the page whose number
/// `page` selects.
fn with_page_out_of_order(store: Store, page: &str, cells: (usize, usize)) -> Store {
    let path = store.path.clone();
    let number = |sql: &str| {
        store
            .db
            .as_sqlite()
            .query_row(sql, [], |row| row.get::<_, usize>(0))
    };
    let size = number("PRAGMA page_size").unwrap();
    let page = (number(page).unwrap() - 1) * size;
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    // After the eight bytes of a leaf's header comes where each cell is, in two bytes.
    let (one, other) = (page + 8 + cells.0 * 2, page + 8 + cells.1 * 2);
    bytes.swap(one, other);
    bytes.swap(one + 1, other + 1);
    std::fs::write(&path, bytes).unwrap();
    Store::open_as(&path, Access::Write, actor()).unwrap()
}

fn store_with_names_backwards() -> (tempfile::TempDir, Store) {
    let (folder, store) = store_of_three();
    let index = "SELECT rootpage FROM sqlite_schema WHERE name = 'keys_by_name'";
    (folder, with_page_out_of_order(store, index, (0, 2)))
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
        let ended = store.pages(&listing).and_then(|mut pages| {
            pages.try_for_each(|page| {
                listed += page?.len();
                assert!(listed <= 3);
                Ok::<_, Error>(())
            })
        });
        assert_eq!(ended.unwrap_err().kind(), Kind::DatabaseDamaged);
    }
}

/// A store of which the index leads from the name `c` to that slot.
fn with_name_astray(slot: u8) -> (tempfile::TempDir, Store) {
    let (folder, store) = store_of_three();
    let path = store.path.clone();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    // A record of the index: three bytes that say what follows, the name, the slot.
    let record = [3, 15, 1, b'c', 3];
    let at = bytes.windows(5).position(|found| found == record).unwrap();
    bytes[at + 4] = slot;
    std::fs::write(&path, bytes).unwrap();
    (
        folder,
        Store::open_as(&path, Access::Write, actor()).unwrap(),
    )
}

#[test]
fn a_key_that_its_index_leads_away_from_is_not_left_out_of_a_listing() {
    for slot in [2, 9] {
        let (_folder, store) = with_name_astray(slot);
        let pages = store.pages(&Listing::default()).unwrap();
        let first = pages.into_iter().next().unwrap();
        assert_eq!(first.unwrap_err().kind(), Kind::DatabaseDamaged, "{slot}");
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

#[test]
fn a_listing_of_a_log_out_of_order_ends() {
    let (_folder, store) = store_of_three();
    let table = "SELECT rootpage FROM sqlite_schema WHERE name = 'log'";
    let store = with_page_out_of_order(store, table, (1, 2));
    let mut listed = 0;
    let pages = store.log_pages(&LogFilter::default());
    let ended = pages.and_then(|mut pages| {
        pages.each(|_| {
            listed += 1;
            assert!(listed <= 4);
            Ok::<_, Error>(())
        })
    });
    assert_eq!(ended.unwrap_err().kind(), Kind::DatabaseDamaged);
}
