//! What is offered to a shell, and how the database is opened for that.

use rusqlite::params;

use super::*;
use crate::model::{RequiredRight, Standing, State};

/// As `store`, with `count` keys whose names `name` makes of a number.
fn with_keys(count: u32, name: impl Fn(u32) -> String) -> (tempfile::TempDir, Store) {
    let (folder, store) = store();
    store.db.as_sqlite().execute_batch("BEGIN").unwrap();
    for n in 0..count {
        store
            .db
            .as_sqlite()
            .execute(
                "INSERT INTO keys (id, name, created_at, created_by)
                 VALUES (printf('%08d', ?1), ?2, 0, '')",
                params![n, name(n)],
            )
            .unwrap();
    }
    store.db.as_sqlite().execute_batch(SECRETS).unwrap();
    store.db.as_sqlite().execute_batch("COMMIT").unwrap();
    (folder, store)
}

fn names(store: &Store, typed: &str, state: Option<State>) -> Vec<String> {
    let keys = store.offered_keys(typed, state).unwrap();
    keys.into_iter().map(|(name, _)| name).collect()
}

/// What all of `words` begin with.
fn common(words: &[String]) -> &str {
    let first = words[0].as_str();
    let shared = |word: &String| {
        first
            .bytes()
            .zip(word.bytes())
            .take_while(|(a, b)| a == b)
            .count()
    };
    &first[..words.iter().map(shared).min().unwrap()]
}

#[test]
fn what_a_few_of_many_begin_with_is_what_all_begin_with() {
    for count in [99, 100, 101, 102, 250] {
        let last = count - 1;
        let name = move |n| {
            if n == last {
                "k-z".to_owned()
            } else {
                format!("k-a{n:04}")
            }
        };
        let (_folder, store) = with_keys(count, name);
        let offered = names(&store, "k", None);
        assert_eq!(offered.len(), usize::try_from(count.min(100)).unwrap());
        assert_eq!(common(&offered), "k-", "{count}");
        assert_eq!(offered.last().unwrap(), "k-z");
        // So, too, where no index helps.
        store
            .db
            .as_sqlite()
            .execute_batch("INSERT INTO key_permissions SELECT number, 'p:' || name FROM keys")
            .unwrap();
        let permissions = store.offered_permissions("p").unwrap();
        assert_eq!(permissions.len(), offered.len());
        assert_eq!(common(&permissions), "p:k-");
    }
}

#[test]
fn a_few_of_words_in_any_order_are_the_first_and_the_last() {
    // 7919 is prime, so that every number comes once.
    let (_folder, store) = with_keys(1, |_| "k".to_owned());
    for n in 0..500_u32 {
        let word = format!("w{:03}", n * 7919 % 500);
        store
            .db
            .as_sqlite()
            .execute("INSERT INTO key_permissions VALUES (1, ?1)", [word])
            .unwrap();
    }
    store
        .db
        .as_sqlite()
        .execute_batch(
            "INSERT INTO group_permissions SELECT id, permission FROM groups, key_permissions",
        )
        .unwrap();
    let offered = store.offered_permissions("w").unwrap();
    let first = (0..99).map(|n| format!("w{n:03}"));
    let expected: Vec<String> = first.chain(["w499".to_owned()]).collect();
    assert_eq!(offered, expected);
}

#[test]
fn an_action_is_offered_where_it_is_one() {
    let (_folder, mut store) = store();
    let words = [
        "deploy:start@prod-*",
        "deploy:start",
        "deploy:*",
        "log:read@x",
        "*",
    ];
    let permissions: Vec<_> = words.iter().map(|word| word.parse().unwrap()).collect();
    store
        .create_group(&"g".parse().unwrap(), None, &permissions)
        .unwrap();
    assert_eq!(
        store.offered_actions("").unwrap(),
        ["apikey:manage", "deploy:start", "log:read"]
    );
    assert_eq!(store.offered_actions("deploy:start@").unwrap(), [""; 0]);
}

#[test]
fn names_are_looked_up_by_the_index() {
    let (_folder, store) = with_keys(3000, |n| format!("k-{n:04}"));
    let plan = |sql: &str| -> String {
        let mut select = store
            .db
            .as_sqlite()
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
    // One of thousands is found all the same.
    store
        .db
        .as_sqlite()
        .execute_batch("UPDATE keys SET active = 0 WHERE name = 'k-2500'")
        .unwrap();
    assert_eq!(names(&store, "", Some(State::Inactive)), ["k-2500"]);
    assert_eq!(names(&store, "k-24", Some(State::Inactive)), [""; 0]);
}

#[test]
fn to_peek_is_to_wait_for_nothing_and_to_write_nothing() {
    let (folder, store) = store();
    drop(store);
    let path = folder.path().canonicalize().unwrap().join("keys.db");
    let peeked = Store::open_as(&path, Access::Peek, actor()).unwrap();
    let timeout: i64 = peeked
        .db
        .as_sqlite()
        .query_row("PRAGMA busy_timeout", [], |row| row.get(0))
        .unwrap();
    assert_eq!(timeout, 0);
    assert!(peeked.db.as_sqlite().is_readonly("main").unwrap());
    drop(peeked);
    // Nor does it ask for less leave than a listing.
    let stranger = Actor {
        standing: Standing::Other,
        need: RequiredRight::SeeKeys,
        ..actor()
    };
    assert!(Store::open_as(&path, Access::Peek, stranger.clone()).is_ok());
    Store::open_as(&path, Access::Write, actor())
        .unwrap()
        .db
        .as_sqlite()
        .execute_batch("INSERT INTO users VALUES ('x', 'bob', 1, NULL, 0, '', NULL)")
        .unwrap();
    let refused = Store::open_as(&path, Access::Peek, stranger).err().unwrap();
    assert_eq!(refused.kind(), Kind::NotPermitted);
}
