//! The policy is read in the transaction that it judges, and never for a verdict.

use super::super::*;
use super::population::{act_as, create_key, populated};
use super::{actor, now};
use crate::model::{
    Act, KeyRef, Requirements, Rule, RuleValue, SecretState, ShortForm, Span, UserName,
};
use crate::secret::SecretHash;
use crate::store::db::recorder::statements_of;

fn set(store: &mut Store, rule: Rule, value: &str) {
    let value = RuleValue::parse(rule, value).unwrap();
    assert!(store.set_rule(rule, Some(&value)).unwrap().0);
}

/// Opens the database of `store` again, as another process does.
fn opened_again(store: &Store) -> Store {
    Store::open_at(&store.place, Access::Write, actor()).unwrap()
}

#[test]
fn a_rule_counts_for_a_command_that_opened_the_database_before() {
    let (_directory, mut store) = populated();
    let mut before = opened_again(&store);
    assert!(before.policy().unwrap().span(Rule::MaxLifetime).is_none());
    set(&mut store, Rule::MaxLifetime, "90d");
    let refused = create_key(&mut before, "late", &["deploy"], &[], None, None);
    assert_eq!(refused.unwrap_err().kind(), Kind::Policy);
    store.set_rule(Rule::MaxLifetime, None).unwrap();
    create_key(&mut before, "late", &["deploy"], &[], None, None).unwrap();
}

#[test]
fn two_commands_at_once_can_t_exceed_the_number_of_keys() {
    let (_directory, mut store) = populated();
    set(&mut store, Rule::MaxKeysPerOwner, "3");
    let mut other = opened_again(&store);
    // alice has two keys.
    create_key(&mut store, "third", &["deploy"], &[], Some("alice"), None).unwrap();
    let refused = create_key(&mut other, "fourth", &["deploy"], &[], Some("alice"), None);
    assert_eq!(refused.unwrap_err().kind(), Kind::Policy);
    create_key(&mut other, "fourth", &["deploy"], &[], Some("bob"), None).unwrap();
}

#[test]
fn a_key_doesn_t_count_from_the_second_in_which_it_expires() {
    let (_directory, mut store) = populated();
    set(&mut store, Rule::MaxKeysPerOwner, "2");
    for (expires_at, count, is_refused) in [(now().unix() + 1, 2, true), (now().unix(), 1, false)] {
        let expire = format!("UPDATE keys SET expires_at = {expires_at} WHERE name = 'off'");
        store.db.execute(&expire, &[]).unwrap();
        assert_eq!(store.owned_keys().unwrap()["alice"], count);
        let created = create_key(&mut store, "third", &["deploy"], &[], Some("alice"), None);
        assert_eq!(created.is_err(), is_refused, "{expires_at}");
    }
}

/// Inserts a key of alice's, which is pending.
fn insert(store: &mut Store, name: &str) -> Result<ShortForm> {
    let alice: UserName = "alice".parse().unwrap();
    let short = ShortForm {
        prefix: Prefix::default(),
        id: store.generate_id()?,
        last_four: "last".to_owned(),
    };
    let new = NewKey {
        short: short.clone(),
        name: &name.parse().unwrap(),
        description: None,
        groups: &["deploy".parse().unwrap()],
        permissions: &[],
        owner: Some(&alice),
        application: None,
        expires_at: None,
        meta: crate::model::Meta::default(),
    };
    let hash = SecretHash::from_stored("none".to_owned());
    store.insert_pending(&new, &hash).map(|_| short)
}

#[test]
fn a_pending_key_counts_until_it_is_withdrawn() {
    let (_directory, mut store) = populated();
    set(&mut store, Rule::MaxKeysPerOwner, "3");
    let pending = insert(&mut store, "third").unwrap();
    let refused = insert(&mut store, "fourth").unwrap_err();
    assert_eq!(refused.kind(), Kind::Policy);
    store.withdraw(&pending).unwrap();
    insert(&mut store, "fourth").unwrap();
}

/// Begins a rotation of the key `his` with an overlap of 30 days. Returns the new secret, which
/// is pending, and the rotation.
fn begin_rotation(store: &mut Store) -> (ShortForm, Rotation) {
    let his: KeyRef = "his".parse().unwrap();
    let key = store.entitlement(&his).unwrap().key;
    let rotation = Rotation {
        overlap: "30d".parse::<Span>().unwrap(),
        expires_at: None,
        replaces_unused: false,
    };
    let short = ShortForm {
        last_four: "next".to_owned(),
        ..key.short
    };
    let hash = SecretHash::from_stored("none".to_owned());
    store.insert_rotation(&short, rotation, &hash).unwrap();
    (short, rotation)
}

#[test]
fn a_rule_set_during_a_delivery_doesn_t_fail_it() {
    let (_directory, mut store) = populated();
    let (short, rotation) = begin_rotation(&mut store);
    set(&mut store, Rule::MaxOverlap, "1d");
    let activated = store.activate_pending(&short, Some(rotation), &mut || Ok(()));
    assert_eq!(activated.unwrap().short, short);
}

#[test]
fn a_rotation_that_is_resumed_is_judged_again() {
    let (_directory, mut store) = populated();
    let (short, rotation) = begin_rotation(&mut store);
    set(&mut store, Rule::MaxOverlap, "1d");
    let refused = opened_again(&store).resume_rotation(&short, rotation);
    assert_eq!(refused.err().unwrap().kind(), Kind::Policy);
    let shorter = Rotation {
        overlap: "1d".parse().unwrap(),
        ..rotation
    };
    assert!(store.resume_rotation(&short, shorter).is_ok());
}

#[test]
fn a_default_lifetime_needs_a_clock_that_is_not_behind() {
    let (_directory, mut store) = populated();
    set(&mut store, Rule::DefaultLifetime, "90d");
    store.actor.clock = Clock::Fixed(|| now().minus(Span::from_seconds(3600)));
    let refused = create_key(&mut store, "late", &["deploy"], &[], None, None);
    assert_eq!(refused.unwrap_err().kind(), Kind::Clock);
    store.set_rule(Rule::DefaultLifetime, None).unwrap();
    create_key(&mut store, "late", &["deploy"], &[], None, None).unwrap();
}

#[test]
fn a_verdict_reads_no_rule() {
    let (_directory, mut store) = populated();
    act_as(&mut store, "root", crate::model::RequiredRight::Nothing);
    let his: KeyRef = "his".parse().unwrap();
    let short = store.entitlement(&his).unwrap().key.short;
    let all = Requirements {
        shows_key: true,
        groups: vec!["deploy".parse().unwrap()],
        act: Some(Act {
            action: "deploy:run".parse().unwrap(),
            resource: None,
        }),
        ..Requirements::default()
    };
    let statements = statements_of(|| {
        for asked in [&Requirements::default(), &all] {
            let found = store.find_secret(&short, asked).unwrap().unwrap();
            assert_eq!(found.secret.state_at(now()), SecretState::Current);
        }
    });
    assert!(statements.len() > 2);
    let reads_policy = |sql: &String| sql.contains("policy");
    assert!(!statements.iter().any(|(_, sql)| reads_policy(sql)));
}
