//! Edits by filter, compared with listings.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::*;
use super::Kept;
use super::population::{act_as, create_key, populated};
use crate::model::{
    Act, Change, Edit, Filter, GroupEdit, Key, Operator, RequiredRight, Selection, Status, When,
};

/// Sets one part of a filter.
type Part = fn(&mut Filter);

const PARTS: [Part; 19] = [
    |all| all.statuses = vec![Status::Active, Status::Blocked],
    |all| all.statuses = vec![Status::Inactive, Status::Expired],
    |all| all.groups = vec![parsed("deploy")],
    |all| all.applications = vec![parsed("shop")],
    |all| all.owners = vec![parsed("alice"), parsed("bob")],
    |all| all.no_owner = true,
    |all| all.creators = vec![Operator::from_login("root").unwrap()],
    |all| {
        all.acts = vec![Act {
            action: parsed("deploy:run"),
            resource: None,
        }];
    },
    |all| all.unused_for = Some(parsed("9d")),
    |all| all.never_used = true,
    |all| all.expires_within = Some(parsed("9d")),
    |all| all.no_expiry = true,
    |all| all.expired_for = Some(parsed("0s")),
    |all| all.older_than = Some(parsed("0s")),
    |all| all.refused_within = Some(parsed("9d")),
    |all| all.rotating = true,
    |all| all.drained = true,
    |all| all.meta = vec![parsed("a")],
    |all| all.texts = vec![parsed("m"), parsed("o")],
];

fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().unwrap()
}

fn edits() -> [Edit; 10] {
    let groups = |groups: &[&str]| groups.iter().map(|group| parsed(group)).collect();
    [
        Edit::Activate,
        Edit::Deactivate { time: None },
        Edit::Deactivate {
            time: Some(parsed("1h")),
        },
        Edit::FinishRotation { if_drained: false },
        Edit::SetExpiry(When::Never),
        Edit::CapExpiry(parsed("9d")),
        Edit::SetOwner(None),
        Edit::SetGroups(GroupEdit {
            add: groups(&["own"]),
            ..GroupEdit::default()
        }),
        Edit::SetMeta {
            set: vec![parsed("a=b")],
            removed: Vec::new(),
        },
        Edit::Delete { active: false },
    ]
}

/// Returns every key that matches, by name.
fn listed(store: &Store, filter: &Filter) -> BTreeMap<String, Key> {
    let pages = store.pages(&filter.clone().into()).unwrap();
    let keys = pages.flat_map(Result::unwrap);
    keys.map(|key| (key.name.to_string(), key)).collect()
}

/// Returns a store with keys of every status except pending, some of them temporarily inactive, and
/// one in a rotation.
fn every_state() -> (Kept, Store) {
    let (directory, mut store) = populated();
    act_as(&mut store, "root", RequiredRight::Manage);
    for name in ["temporary", "over", "gone", "some"] {
        create_key(&mut store, name, &["deploy"], &[], None, None).unwrap();
    }
    let now = store.now().unix();
    let changes = format!(
        "UPDATE keys SET active = 0, reactivates_at = {now} + 50 WHERE name = 'temporary';
         UPDATE keys SET active = 0, reactivates_at = {now} WHERE name = 'over';
         UPDATE keys SET expires_at = {now} WHERE name = 'gone';
         INSERT INTO secrets (key, hash, last_four, state, created_at, valid_until)
              SELECT number, 'none', 'prev', 'previous', 1, {now} + 50 FROM keys
               WHERE name = 'some';
         INSERT INTO key_meta SELECT number, 'a', 'b' FROM keys WHERE name = 'some';
         UPDATE users SET active = 0 WHERE name = 'bob'"
    );
    for change in changes.split(';') {
        store.db.execute(change, &[]).unwrap();
    }
    (directory, store)
}

/// Returns whether the edit changes a listed key.
fn is_changed(edit: &Edit, key: &Key, now: Timestamp) -> bool {
    let is_deleted = matches!(key.status(now), Status::Inactive | Status::Expired);
    !key.is_pending()
        && !edit.is_done(key, now)
        && (is_deleted || !matches!(edit, Edit::Delete { .. }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_filter_changes_exactly_the_keys_that_the_same_listing_shows(
        parts in proptest::sample::subsequence((0..PARTS.len()).collect::<Vec<_>>(), 1..3),
        edit in 0..edits().len(),
    ) {
        let (_directory, mut store) = every_state();
        let mut filter = Filter::default();
        for part in parts {
            PARTS[part](&mut filter);
        }
        let edit = &edits()[edit];
        let everything = listed(&store, &Filter::default());
        let now = store.now();
        let expected: Vec<String> = listed(&store, &filter)
            .into_iter()
            .filter(|(_, key)| is_changed(edit, key, now))
            .map(|(name, _)| name)
            .collect();
        let selection = Selection::Filter { filter: Box::new(filter), text: "x".to_owned() };
        for dry_run in [true, false] {
            let request = EditRequest {
                selection: &selection,
                edit,
                at_most: None,
                dry_run,
                confirmed: None,
            };
            let mut changed = Vec::new();
            let mut visit = |change: &Changed| changed.push(change.after.name.to_string());
            let edited = store.edit(&request, Some(&mut visit)).unwrap();
            changed.sort();
            prop_assert_eq!(&changed, &expected);
            prop_assert_eq!(edited.numbers.len(), expected.len());
            let after = listed(&store, &Filter::default());
            for (name, before) in &everything {
                let is_same = after.get(name).map(|key| format!("{key:?}"))
                    == Some(format!("{before:?}"));
                prop_assert_eq!(is_same, dry_run || !expected.contains(name), "{}", name);
            }
        }
    }
}

#[test]
fn the_menu_of_deactivate_offers_keys_that_are_inactive_for_a_time() {
    let (_directory, store) = every_state();
    let keys = store.keys_to_pick(Some(Change::Deactivate)).unwrap();
    let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    assert!(
        names.contains(&"temporary") && names.contains(&"over"),
        "{names:?}"
    );
    assert!(!names.contains(&"off"), "{names:?}");
    let keys = store.keys_to_pick(Some(Change::Activate)).unwrap();
    let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["off", "temporary"]);
}
