//! Listings while the database changes, their filters and their orders.

use std::collections::BTreeSet;

use super::*;
use crate::model::{Filter, KeyField, Listing, Span, Status};
use crate::store::sqlite::usage::UsageFile;

/// Returns a store with `count` keys named `key-0000` and so on. The order of the names is the
/// reverse of the order of the keys' numbers.
fn store_of(count: usize) -> (tempfile::TempDir, Store) {
    let (directory, store) = store();
    let conn = store.db.as_sqlite().unwrap();
    conn.execute(
        "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < ?1)
         INSERT INTO keys (id, name, created_at, created_by)
         SELECT printf('%08d', n), printf('key-%04d', ?1 - 1 - n), n, 'alice' FROM n",
        [count],
    )
    .unwrap();
    conn.execute_batch(SECRETS).unwrap();
    (directory, store)
}

fn names(pages: impl Iterator<Item = Result<Vec<Key>>>) -> Vec<String> {
    let keys = pages.flat_map(Result::unwrap);
    keys.map(|key| key.name.as_str().to_owned()).collect()
}

/// Runs `sql` as another process would.
fn run_concurrently(store: &Store, sql: &str) {
    let conn = Connection::open(store.file().unwrap()).unwrap();
    conn.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    conn.execute_batch(sql).unwrap();
}

#[test]
fn a_key_deleted_or_renamed_between_two_pages_is_no_error() {
    let (_directory, store) = store_of(1200);
    let mut pages = store.pages(&Listing::default()).unwrap();
    let first = names(pages.by_ref().take(1));
    assert_eq!(first.len(), 500);
    run_concurrently(
        &store,
        "DELETE FROM keys WHERE name IN ('key-0000', 'key-0700', 'key-1199');
         UPDATE keys SET name = 'a' WHERE name = 'key-0800'",
    );
    let rest = names(pages);
    assert_eq!(rest.len(), 1200 - 500 - 2);
    assert_eq!(rest[299], "a");
    assert!(!rest.contains(&"key-0700".to_owned()));
}

#[test]
fn every_key_is_listed_once_in_every_order() {
    let (_directory, store) = store_of(1200);
    for sort in KeyField::ALL {
        for reverse in [false, true] {
            let pages = store.pages(&Listing {
                sort,
                reverse,
                ..Listing::default()
            });
            let all = names(pages.unwrap());
            assert_eq!(all.len(), 1200, "{sort:?}");
            let distinct: BTreeSet<_> = all.iter().collect();
            assert_eq!(distinct.len(), 1200, "{sort:?}");
            let by_number = matches!(sort, KeyField::Id | KeyField::Key | KeyField::CreatedAt);
            let first = if by_number == reverse {
                "key-0000"
            } else {
                "key-1199"
            };
            assert_eq!(all[0], first, "{sort:?} {reverse}");
        }
    }
}

#[test]
fn a_column_is_in_use_if_a_listed_key_has_a_value_for_it() {
    let (_directory, store) = store_of(1200);
    let in_use = |listing: &Listing| store.pages(listing).unwrap().columns_in_use().unwrap();
    let all = Listing::default();
    assert_eq!(in_use(&all), []);
    run_concurrently(
        &store,
        "UPDATE keys SET description = 'x' WHERE name = 'key-1100';
         UPDATE keys SET expires_at = 2000000000 WHERE name = 'key-0003'",
    );
    assert_eq!(in_use(&all), [KeyField::ExpiresAt, KeyField::Description]);
    let first = Listing {
        limit: Some(1000),
        ..Listing::default()
    };
    assert_eq!(in_use(&first), [KeyField::ExpiresAt]);
    let described = Listing::from(Filter {
        texts: vec!["1100".parse().unwrap()],
        ..Filter::default()
    });
    assert_eq!(in_use(&described), [KeyField::Description]);
}

#[test]
fn the_last_use_of_a_key_is_the_latest_of_all_its_secrets() {
    let (_directory, mut store) = store_of(3);
    run_concurrently(
        &store,
        "INSERT INTO secrets (slot, key, hash, last_four, state, created_at)
         SELECT 100 + number, number, '', 'prev', 'ended', 0 FROM keys",
    );
    let at = |days: i64| now().minus(Span::from_seconds(days * 86_400));
    let usage = UsageFile::open_writing(store.file().unwrap()).unwrap();
    for (slot, days) in [(1, 5), (101, 2), (2, 3), (103, 9)] {
        usage
            .record(&NewUse::new(slot, Use::Accepted, at(days)))
            .unwrap();
    }
    let path = store.file().unwrap().to_owned();
    store = Store::open_as(&path, Access::Read, actor()).unwrap();
    let sorted = Listing {
        sort: KeyField::LastUsedAt,
        ..Listing::default()
    };
    let keys: Vec<Key> = store
        .pages(&sorted)
        .unwrap()
        .flat_map(Result::unwrap)
        .collect();
    let listed = keys.iter().map(|key| (key.name.as_str(), key.last_used_at));
    let expected = [("key-0000", 9), ("key-0001", 3), ("key-0002", 2)];
    assert!(
        listed.eq(expected.map(|(name, days)| (name, Some(at(days))))),
        "{keys:?}"
    );
    // The short form is that of the current secret.
    assert!(keys.iter().all(|key| key.short.last_four == "abcd"));
    let unused = Listing::from(Filter {
        unused_for: Some(Span::from_seconds(4 * 86_400)),
        ..Filter::default()
    });
    let pages = store.pages(&unused).unwrap();
    // The usage file was begun less than four days ago.
    assert_eq!(pages.left_out(), 1);
    assert_eq!(names(pages), [""; 0]);
}

#[test]
fn a_listing_by_status_agrees_with_the_rule() {
    let (_directory, store) = store_of(16);
    run_concurrently(
        &store,
        "INSERT INTO users (id, name, active, created_at, created_by, expires_at)
         VALUES ('u1', 'off', 0, 0, 'root', NULL), ('u2', 'ended', 1, 0, 'root', 1799999999);
         UPDATE keys SET active = number % 2;
         UPDATE keys SET expires_at = 1800000000 WHERE number % 4 < 2;
         UPDATE keys SET owner = CASE WHEN number % 3 = 0 THEN 'u1' ELSE 'u2' END
          WHERE number % 8 < 4;
         UPDATE secrets SET state = 'pending' WHERE key IN (15, 16)",
    );
    let mut counted = 0;
    for status in Status::ALL {
        let listing = Listing::from(Filter {
            statuses: vec![status],
            ..Filter::default()
        });
        let keys: Vec<Key> = store
            .pages(&listing)
            .unwrap()
            .flat_map(Result::unwrap)
            .collect();
        assert!(!keys.is_empty(), "{status:?}");
        assert!(
            keys.iter().all(|key| key.status(now()) == status),
            "{status:?}"
        );
        counted += keys.len();
    }
    assert_eq!(counted, 16);
}
