//! A key's secrets: which one is accepted, and what remains after withdrawal and deletion.

use super::*;
use crate::model::{Edit, Requirements, SecretState, ShortForm};
use crate::secret::SecretHash;
use crate::store::db::recorder::statements_of;
use crate::store::sqlite::usage::{UsageFile, Use};

fn short(id: &str, last_four: &str) -> ShortForm {
    ShortForm {
        prefix: crate::model::Prefix::default(),
        id: id.parse().unwrap(),
        last_four: last_four.to_owned(),
    }
}

/// Returns a store with the key `a`, whose current secret ends with `aaaa`.
fn with_key() -> (tempfile::TempDir, Store) {
    let (directory, mut store) = store();
    let new = NewKey {
        short: short("AAAAAAAA", "aaaa"),
        name: &"a".parse().unwrap(),
        description: None,
        groups: &["readonly".parse().unwrap()],
        permissions: &[],
        owner: None,
        application: None,
        expires_at: None,
        meta: crate::model::Meta::default(),
    };
    let hash = SecretHash::from_stored("none".to_owned());
    let key = store.insert_pending(&new, &hash).unwrap();
    store
        .activate_pending(&key.short, None, &mut || Ok(()))
        .unwrap();
    (directory, store)
}

fn insert(store: &Store, last_four: &str, state: &str) {
    let insert = "INSERT INTO secrets (key, hash, last_four, state, created_at)
        SELECT number, 'other', ?1, ?2, created_at FROM keys WHERE id = 'AAAAAAAA'";
    let done = store
        .db
        .as_sqlite()
        .unwrap()
        .execute(insert, [last_four, state]);
    assert_eq!(done, Ok(1));
}

fn key(store: &Store) -> Option<Key> {
    let found = store.view().find(&"a".parse().unwrap());
    found.ok().map(|(_, key)| key)
}

#[test]
fn verify_learns_the_state_of_each_secret() {
    let (_directory, store) = with_key();
    for (last_four, state) in [("bbbb", "pending"), ("cccc", "previous"), ("dddd", "ended")] {
        insert(&store, last_four, state);
    }
    let state = |last_four: &str| {
        let found = store.find_secret(&short("AAAAAAAA", last_four), &Requirements::default());
        found.unwrap().map(|found| found.secret.state)
    };
    assert_eq!(state("aaaa"), Some(SecretState::Current));
    assert_eq!(state("bbbb"), Some(SecretState::Pending));
    assert_eq!(state("cccc"), Some(SecretState::Previous));
    assert_eq!(state("dddd"), Some(SecretState::Ended));
    assert_eq!(state("eeee"), None);
    // Only the short form of the current secret refers to the key.
    assert_eq!(key(&store).unwrap().short.last_four, "aaaa");
    let by_short = |last_four: &str| store.view().find(&short("AAAAAAAA", last_four).into());
    assert!(by_short("aaaa").is_ok());
    assert_eq!(by_short("bbbb").unwrap_err().kind(), Kind::KeyNotFound);
}

#[test]
fn withdrawing_a_secret_keeps_a_key_that_has_another() {
    let (_directory, mut store) = with_key();
    insert(&store, "bbbb", "pending");
    let entries = store.log_head().unwrap().seq;
    // A current secret is not withdrawn, nor is a missing one.
    for other in ["aaaa", "cccc"] {
        store.withdraw(&short("AAAAAAAA", other)).unwrap();
    }
    assert_eq!(store.log_head().unwrap().seq, entries);
    store.withdraw(&short("AAAAAAAA", "bbbb")).unwrap();
    assert!(!store.has_secret(&short("AAAAAAAA", "bbbb")).unwrap());
    assert!(store.has_secret(&short("AAAAAAAA", "aaaa")).unwrap());
    assert!(!key(&store).unwrap().is_pending());
    let details = "SELECT details ->> 'deleted' FROM log WHERE action = 'hand-over-failed'";
    let deleted: i64 = store
        .db
        .as_sqlite()
        .unwrap()
        .query_row(details, [], |row| row.get(0))
        .unwrap();
    assert_eq!(deleted, 0);
    assert!(is_chain_valid(&store));
}

#[test]
fn withdrawing_the_only_secret_deletes_its_key() {
    let (_directory, mut store) = with_key();
    let pend = "UPDATE secrets SET state = 'pending'";
    store.db.as_sqlite().unwrap().execute_batch(pend).unwrap();
    assert!(key(&store).unwrap().is_pending());
    store.withdraw(&short("AAAAAAAA", "aaaa")).unwrap();
    assert!(key(&store).is_none());
    assert!(is_chain_valid(&store));
}

#[test]
fn a_keys_last_use_is_the_latest_of_all_its_secrets_and_deleting_clears_each() {
    let (_directory, mut store) = with_key();
    insert(&store, "bbbb", "previous");
    insert(&store, "cccc", "ended");
    let path = store.file().unwrap().to_owned();
    let file = UsageFile::open_writing(&path).unwrap();
    let at = |ago: i64| now().minus(crate::model::Span::from_seconds(ago));
    for (slot, ago) in [(1, 3000), (2, 1000), (3, 2000)] {
        file.record(&NewUse::new(slot, Use::Accepted, at(ago)))
            .unwrap();
        file.record(&NewUse::new(slot, Use::Refused, at(ago / 2)))
            .unwrap();
    }
    let found = key(&store).unwrap();
    assert_eq!(found.last_used_at, Some(at(1000)));
    assert_eq!(found.last_refused_at, Some(at(500)));
    let delete = Edit::Delete { active: true };
    edit(&mut store, &["AAAAAAAA".parse().unwrap()], &delete).unwrap();
    for slot in 1..=3 {
        assert_eq!(file.last(slot, Use::Accepted, now()), None, "{slot}");
        assert_eq!(file.last(slot, Use::Refused, now()), None, "{slot}");
    }
}

#[test]
fn a_key_has_at_most_one_current_secret_and_no_two_with_the_same_last_four() {
    let (_directory, store) = with_key();
    for (last_four, state) in [("bbbb", "current"), ("aaaa", "ended")] {
        let insert = format!(
            "INSERT INTO secrets (key, hash, last_four, state, created_at)
             VALUES (1, '', '{last_four}', '{state}', 0)"
        );
        assert!(
            store
                .db
                .as_sqlite()
                .unwrap()
                .execute_batch(&insert)
                .is_err()
        );
    }
}

#[test]
fn a_text_that_is_no_imported_secret_costs_one_short_statement() {
    let (_directory, store) = with_key();
    let hash = SecretHash::from_stored("another".to_owned());
    let statements = statements_of(|| {
        let found = store.find_imported(&hash, &Requirements::default());
        assert!(found.unwrap().is_none());
    });
    assert_eq!(statements.len(), 1);
    assert!(!statements.iter().any(|(_, sql)| sql.contains("JOIN")));
}
