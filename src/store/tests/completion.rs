//! The candidates for shell completion, and opening the database for them.

use rusqlite::params;

use super::*;
use crate::model::{RequiredRight, Standing, State};

/// Returns a store with `count` keys; `name` returns the name for a key's number.
fn with_keys(count: u32, name: impl Fn(u32) -> String) -> (tempfile::TempDir, Store) {
    let (directory, store) = store();
    store
        .db
        .as_sqlite()
        .unwrap()
        .execute_batch("BEGIN")
        .unwrap();
    for n in 0..count {
        store
            .db
            .as_sqlite()
            .unwrap()
            .execute(
                "INSERT INTO keys (id, name, created_at, created_by)
                 VALUES (printf('%08d', ?1), ?2, 0, '')",
                params![n, name(n)],
            )
            .unwrap();
    }
    store
        .db
        .as_sqlite()
        .unwrap()
        .execute_batch(SECRETS)
        .unwrap();
    store
        .db
        .as_sqlite()
        .unwrap()
        .execute_batch("COMMIT")
        .unwrap();
    (directory, store)
}

fn names(store: &Store, typed: &str, state: Option<State>) -> Vec<String> {
    let keys = store.matching_keys(typed, state).unwrap();
    keys.into_iter().map(|(name, _)| name).collect()
}

/// Returns the common beginning of `texts`.
fn common(texts: &[String]) -> &str {
    let first = texts[0].as_str();
    let shared = |text: &String| {
        first
            .bytes()
            .zip(text.bytes())
            .take_while(|(a, b)| a == b)
            .count()
    };
    &first[..texts.iter().map(shared).min().unwrap()]
}

#[test]
fn the_candidates_have_the_common_beginning_of_all_names() {
    for count in [99, 100, 101, 102, 250] {
        let last = count - 1;
        let name = move |n| {
            if n == last {
                "k-z".to_owned()
            } else {
                format!("k-a{n:04}")
            }
        };
        let (_directory, store) = with_keys(count, name);
        let found = names(&store, "k", None);
        assert_eq!(found.len(), usize::try_from(count.min(100)).unwrap());
        assert_eq!(common(&found), "k-", "{count}");
        assert_eq!(found.last().unwrap(), "k-z");
        // Permissions have no index.
        store
            .db
            .as_sqlite()
            .unwrap()
            .execute_batch("INSERT INTO key_permissions SELECT number, 'p:' || name FROM keys")
            .unwrap();
        let permissions = store.matching_permissions("p").unwrap();
        assert_eq!(permissions.len(), found.len());
        assert_eq!(common(&permissions), "p:k-");
    }
}

#[test]
fn the_candidates_are_the_first_ones_and_the_last() {
    // 7919 and 500 have no common factor, so each of the 500 numbers appears once.
    let (_directory, store) = with_keys(1, |_| "k".to_owned());
    for n in 0..500_u32 {
        let text = format!("w{:03}", n * 7919 % 500);
        store
            .db
            .as_sqlite()
            .unwrap()
            .execute("INSERT INTO key_permissions VALUES (1, ?1)", [text])
            .unwrap();
    }
    store
        .db
        .as_sqlite()
        .unwrap()
        .execute_batch(
            "INSERT INTO group_permissions SELECT id, permission FROM groups, key_permissions",
        )
        .unwrap();
    let found = store.matching_permissions("w").unwrap();
    let first = (0..99).map(|n| format!("w{n:03}"));
    let expected: Vec<String> = first.chain(["w499".to_owned()]).collect();
    assert_eq!(found, expected);
}

#[test]
fn an_action_with_a_wildcard_is_no_candidate() {
    let (_directory, mut store) = store();
    let texts = [
        "deploy:start@prod-*",
        "deploy:start",
        "deploy:*",
        "log:read@x",
        "*",
    ];
    let permissions: Vec<_> = texts.iter().map(|text| text.parse().unwrap()).collect();
    store
        .create_group(&"g".parse().unwrap(), None, &permissions)
        .unwrap();
    assert_eq!(
        store.matching_actions("").unwrap(),
        ["apikey:manage", "deploy:start", "log:read"]
    );
    assert_eq!(store.matching_actions("deploy:start@").unwrap(), [""; 0]);
}

#[test]
fn names_are_looked_up_by_the_index() {
    let (_directory, store) = with_keys(3000, |n| format!("k-{n:04}"));
    let plan = |sql: &str| -> String {
        let mut select = store
            .db
            .as_sqlite()
            .unwrap()
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        select
            .query_row(params!["k", Option::<&str>::None], |row| row.get(3))
            .unwrap()
    };
    let walk = "SELECT name, ?2 IS NULL FROM keys WHERE lower(name) >= lower(?1)
        AND lower(name) < lower(?1) || char(127) ORDER BY lower(name)";
    assert!(
        plan(walk).starts_with("SEARCH keys USING INDEX keys_by_name"),
        "{}",
        plan(walk)
    );
    // A single inactive key among thousands is found, too.
    store
        .db
        .as_sqlite()
        .unwrap()
        .execute_batch("UPDATE keys SET active = 0 WHERE name = 'k-2500'")
        .unwrap();
    assert_eq!(names(&store, "", Some(State::Inactive)), ["k-2500"]);
    assert_eq!(names(&store, "k-24", Some(State::Inactive)), [""; 0]);
}

#[test]
fn peeking_waits_for_no_lock_and_writes_nothing() {
    let (directory, store) = store();
    drop(store);
    let path = directory.path().canonicalize().unwrap().join("keys.db");
    let peeked = Store::open_as(&path, Access::Peek, actor()).unwrap();
    let timeout: i64 = peeked
        .db
        .as_sqlite()
        .unwrap()
        .query_row("PRAGMA busy_timeout", [], |row| row.get(0))
        .unwrap();
    assert_eq!(timeout, 0);
    assert!(peeked.db.as_sqlite().unwrap().is_readonly("main").unwrap());
    drop(peeked);
    // Peeking requires the same right as a listing.
    let unregistered = Actor {
        standing: Standing::Other,
        required: RequiredRight::SeeKeys,
        ..actor()
    };
    assert!(Store::open_as(&path, Access::Peek, unregistered.clone()).is_ok());
    Store::open_as(&path, Access::Write, actor())
        .unwrap()
        .db
        .as_sqlite()
        .unwrap()
        .execute_batch("INSERT INTO users VALUES ('x', 'bob', 1, NULL, 0, '', NULL)")
        .unwrap();
    let refused = Store::open_as(&path, Access::Peek, unregistered)
        .err()
        .unwrap();
    assert_eq!(refused.kind(), Kind::NotPermitted);
}
