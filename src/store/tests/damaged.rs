//! Databases with a page out of order or a wrong index entry: SQLite reads them without an error,
//! and could lead a listing in a circle and a lookup to another row.

use super::*;
use crate::model::{Listing, LogFilter};
use rusqlite::params;

/// Returns a store with the keys and groups `a`, `b` and `c`, and three log entries after that of
/// `init`.
fn store_of_three() -> (tempfile::TempDir, Store) {
    let (directory, mut store) = store();
    for (slot, name) in ["a", "b", "c"].into_iter().enumerate() {
        store
            .db
            .as_sqlite()
            .unwrap()
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
    store
        .db
        .as_sqlite()
        .unwrap()
        .execute_batch(SECRETS)
        .unwrap();
    (directory, store)
}

/// Reopens the store after swapping two cells on the page whose number `page` selects.
fn with_page_out_of_order(store: Store, page: &str, cells: (usize, usize)) -> Store {
    let path = store.file().unwrap().to_owned();
    let number = |sql: &str| {
        store
            .db
            .as_sqlite()
            .unwrap()
            .query_row(sql, [], |row| row.get::<_, usize>(0))
    };
    let size = number("PRAGMA page_size").unwrap();
    let page = (number(page).unwrap() - 1) * size;
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    // The offsets of the cells, two bytes each, follow the eight bytes of a leaf's header.
    let (first, second) = (page + 8 + cells.0 * 2, page + 8 + cells.1 * 2);
    bytes.swap(first, second);
    bytes.swap(first + 1, second + 1);
    std::fs::write(&path, bytes).unwrap();
    Store::open_as(&path, Access::Write, actor()).unwrap()
}

fn store_with_reversed_names() -> (tempfile::TempDir, Store) {
    let (directory, store) = store_of_three();
    let index = "SELECT rootpage FROM sqlite_schema WHERE name = 'keys_by_name'";
    (directory, with_page_out_of_order(store, index, (0, 2)))
}

#[test]
fn a_listing_by_an_index_out_of_order_ends() {
    let (_directory, store) = store_with_reversed_names();
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

/// Returns a store whose index leads from the name `c` to key number `number`.
fn with_wrong_index_entry(number: u8) -> (tempfile::TempDir, Store) {
    let (directory, store) = store_of_three();
    let path = store.file().unwrap().to_owned();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    // A record of the index: three bytes of header, the name, the key's number.
    let record = [3, 15, 1, b'c', 3];
    let at = bytes.windows(5).position(|found| found == record).unwrap();
    bytes[at + 4] = number;
    std::fs::write(&path, bytes).unwrap();
    (
        directory,
        Store::open_as(&path, Access::Write, actor()).unwrap(),
    )
}

#[test]
fn a_wrong_index_entry_fails_a_listing_and_hides_no_key() {
    for number in [2, 9] {
        let (_directory, store) = with_wrong_index_entry(number);
        let pages = store.pages(&Listing::default()).unwrap();
        let first = pages.into_iter().next().unwrap();
        assert_eq!(first.unwrap_err().kind(), Kind::DatabaseDamaged, "{number}");
    }
}

#[test]
fn a_lookup_never_returns_another_key() {
    let (_directory, store) = store_with_reversed_names();
    let mut failures = 0;
    for name in ["a", "b", "c"] {
        match store.view().find(&name.parse().unwrap()) {
            Ok((_, Key { name: found, .. })) => assert_eq!(found.as_str(), name),
            Err(error) => failures += usize::from(error.kind() == Kind::DatabaseDamaged),
        }
    }
    assert!(failures > 0);
}

#[test]
fn a_listing_of_a_log_out_of_order_ends() {
    let (_directory, store) = store_of_three();
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
