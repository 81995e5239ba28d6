//! The review: its order, its owners and permissions, and what an operator learns from it.

use super::population::{act_as, create_key, populated};
use super::*;
use crate::model::{Check, Filter, Policy, Review};

fn review(checks: &[Check]) -> Review {
    Review::new(checks.to_vec(), Policy::default())
}

/// Returns a line for each finding: `NAME CHECK DETAIL`.
fn lines(store: &Store, checks: &[Check]) -> Vec<String> {
    let review = review(checks);
    let pages = store.review(Filter::default(), &review).unwrap();
    let reviewed = pages.flat_map(Result::unwrap);
    let lines = reviewed.flat_map(|reviewed| {
        let name = reviewed.key.name;
        let findings = reviewed.findings.into_iter();
        findings.map(move |found| format!("{name} {} {}", found.check.as_str(), found.detail))
    });
    lines.collect()
}

#[test]
fn keys_are_reviewed_by_owner_and_name_and_those_without_an_owner_last() {
    let (_directory, mut store) = populated();
    create_key(&mut store, "A", &["deploy"], &[], Some("bob"), None).unwrap();
    create_key(&mut store, "a-first", &["admin"], &[], None, None).unwrap();
    let names: Vec<String> = lines(&store, &[Check::NeverUsed]);
    let names: Vec<&str> = names
        .iter()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(names, ["mine", "A", "his", "a-first", "noowner"]);
}

#[test]
fn owners_decide_with_the_groups_and_permissions_that_they_have_now() {
    let (_directory, mut store) = populated();
    create_key(
        &mut store,
        "own",
        &["deploy"],
        &["log:*"],
        Some("bob"),
        None,
    )
    .unwrap();
    create_key(&mut store, "free", &["deploy"], &["x*"], None, None).unwrap();
    let checks = [Check::OwnerMissingGroup, Check::Privileged];
    let free = "free privileged it may deploy:*, x*";
    // No `*` reaches a right of operators, so admin's `*` is the one that counts.
    let noowner = "noowner privileged it may *";
    let deploy = |name: &str| format!("{name} privileged it may deploy:*");
    let expected = [
        &deploy("mine"),
        &deploy("his"),
        &deploy("own"),
        free,
        noowner,
    ];
    assert_eq!(lines(&store, &checks), expected);
    let groups = |_: &[crate::model::GroupName]| vec!["own".parse().unwrap()];
    store
        .set_user_groups(&"bob".parse().unwrap(), &[], groups)
        .unwrap();
    let expected = [
        &deploy("mine"),
        "his owner-missing-group bob is not in deploy",
        "own owner-missing-group bob is not in deploy",
        free,
        noowner,
    ];
    assert_eq!(lines(&store, &checks), expected);
}

#[test]
fn an_operator_with_limited_rights_reviews_and_counts_only_its_own_keys() {
    let (_directory, mut store) = populated();
    // The keys are older than the record of uses.
    let older = "UPDATE keys SET created_at = created_at - 100 * 86400";
    store.db.execute(older, &[]).unwrap();
    let all = review(&Check::ALL);
    for (operator, expected) in [
        ("root", &["mine", "his", "noowner"][..]),
        ("alice", &["mine"]),
        ("bob", &["his"]),
    ] {
        act_as(&mut store, operator, RequiredRight::SeeKeys);
        let mut pages = store.review(Filter::default(), &all).unwrap();
        let reviewed = pages.by_ref().flat_map(Result::unwrap);
        let names: Vec<String> = reviewed
            .map(|reviewed| reviewed.key.name.as_str().to_owned())
            .collect();
        // Nothing is found on "off", which is inactive.
        assert_eq!(names, expected, "{operator}");
        assert_eq!(pages.undecided(), expected.len() as u64, "{operator}");
    }
    let filter = Filter {
        owners: vec!["bob".parse().unwrap()],
        ..Filter::default()
    };
    act_as(&mut store, "alice", RequiredRight::SeeKeys);
    let hidden = store.review(filter, &all).err().unwrap();
    assert_eq!(hidden.kind(), Kind::UserNotFound);
}
