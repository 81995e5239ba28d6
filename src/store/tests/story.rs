//! A story that runs every statement of the store.

use super::super::*;
use super::edit;
use super::population::{act_as, create_key, populated};
use crate::model::{
    Act, Change, Check, DigestKind, Edit, Filter, Finding, GroupEdit, GroupName, ImportShape, Key,
    KeyField, KeyRef, Listing, LogEntry, LogFilter, Meta, Operator, Permission, RequiredRight,
    Requirements, Review, Rule, RuleValue, ShortForm, Span, State, Status, Text, UserName, When,
};
use crate::secret::{Memory, SecretDigest, SecretHash};

fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().unwrap()
}

fn act(action: &str) -> Act {
    Act {
        action: parsed(action),
        resource: None,
    }
}

/// Calls every method of the store that runs a statement, with values that it accepts and with
/// values that it refuses after a lookup. Returns what the store answered, without ids and without
/// the role of a server: the same on every engine.
pub(super) fn story() -> Vec<String> {
    let (_directory, mut store) = populated();
    let mut answers = Vec::new();
    users_and_groups(&mut store);
    rules(&mut store);
    keys(&mut store);
    secrets(&mut store);
    imports(&mut store);
    rotations(&mut store);
    reads(&store, &mut answers);
    listings(&store, &mut answers);
    log_of(&store, &mut answers);
    act_as(&mut store, "alice", RequiredRight::SeeKeys);
    reads(&store, &mut answers);
    listings(&store, &mut answers);
    assert!(store.acts_for_another().unwrap().is_none());
    answers
}

fn users_and_groups(store: &mut Store) {
    let text: Text = parsed("some text");
    let (team, squad): (GroupName, GroupName) = (parsed("team"), parsed("squad"));
    store.create_group(&team, Some(&text), &[]).unwrap();
    let allowed: [Permission; 1] = [parsed("deploy:run")];
    assert!(store.set_group_permissions(&team, &allowed).unwrap().0);
    assert!(store.describe_group(&team, None).unwrap().0);
    assert!(store.rename_group(&team, &squad).unwrap().0);
    assert!(store.has_group(&squad).unwrap());
    store.delete_group(&squad).unwrap();
    assert!(store.group(&squad).is_err());
    let (carol, dave): (UserName, UserName) = (parsed("carol"), parsed("dave"));
    let new = NewUser {
        name: &carol,
        groups: &[parsed("deploy")],
        description: Some(&text),
        expires_at: None,
    };
    store.add_user(&new).unwrap();
    let carol_alone = std::slice::from_ref(&carol);
    assert!(store.set_user_state(carol_alone, false).unwrap()[0].0);
    let groups = |_: &[GroupName]| vec![parsed("own")];
    assert!(store.set_user_groups(&carol, &[], groups).unwrap().0);
    let at = Some(store.now().plus(parsed::<Span>("9d")));
    assert!(store.set_user_expiry(&carol, at).unwrap().0);
    assert!(store.rename_user(&carol, &dave).unwrap().0);
    store.delete_user(&dave).unwrap();
    assert!(store.user(&dave).is_err());
}

/// Sets rules that the rest of the story keeps.
fn rules(store: &mut Store) {
    let (team, squad): (GroupName, GroupName) = (parsed("team"), parsed("squad"));
    store.create_group(&team, None, &[]).unwrap();
    let mut set = |rule, value: Option<&str>| {
        let value = value.map(|value| RuleValue::parse(rule, value).unwrap());
        assert!(store.set_rule(rule, value.as_ref()).unwrap().0);
    };
    set(Rule::SelfServiceGroups, Some("own,deploy,team"));
    set(Rule::MaxKeysPerOwner, Some("9"));
    set(Rule::DrainAfter, Some("2d"));
    set(Rule::OwnerRequired, Some("true"));
    set(Rule::OwnerRequired, None);
    assert!(store.rename_group(&team, &squad).unwrap().0);
    let policy = store.policy().unwrap();
    assert!(policy.self_service_groups().unwrap().contains(&squad));
    assert!(store.find_group_to_delete(&squad).is_err());
    assert!(store.delete_group(&squad).is_err());
    store.count_against_policy().unwrap();
}

fn keys(store: &mut Store) {
    let mine: KeyRef = parsed("mine");
    let mine_alone = std::slice::from_ref(&mine);
    for time in [Some(parsed("9d")), None] {
        edit(store, mine_alone, &Edit::Deactivate { time }).unwrap();
    }
    edit(store, mine_alone, &Edit::Activate).unwrap();
    store.rename(&mine, &parsed("renamed")).unwrap();
    let mine: KeyRef = parsed("renamed");
    let groups = GroupEdit {
        groups: vec![parsed("own")],
        ..GroupEdit::default()
    };
    let mine_alone = std::slice::from_ref(&mine);
    edit(store, mine_alone, &Edit::SetGroups(groups)).unwrap();
    store.set_permissions(&mine, &[parsed("x")]).unwrap();
    edit(store, mine_alone, &Edit::SetOwner(Some(parsed("bob")))).unwrap();
    let text: Text = parsed("some text");
    store.set_description(&mine, Some(&text)).unwrap();
    store.set_app(&mine, Some(&parsed("billing"))).unwrap();
    edit(store, mine_alone, &Edit::SetExpiry(parsed("9d"))).unwrap();
    let meta = Edit::SetMeta {
        set: vec![parsed("a=b")],
        removed: vec![parsed("c")],
    };
    edit(store, mine_alone, &meta).unwrap();
    store.template(&mine).unwrap();
    assert!(store.find_to_delete(&[parsed("renamde")]).is_err());
    create_key(store, "extra", &["deploy"], &["x"], None, None).unwrap();
    edit(store, &[parsed("extra")], &Edit::Delete { active: true }).unwrap();
}

fn secrets(store: &mut Store) {
    let name = parsed("undelivered");
    let short = ShortForm {
        prefix: Prefix::default(),
        id: store.generate_id().unwrap(),
        last_four: "last".to_owned(),
    };
    let new = NewKey {
        short: short.clone(),
        name: &name,
        description: None,
        groups: &[],
        permissions: &[],
        owner: None,
        application: None,
        expires_at: None,
        meta: Meta::new(vec![parsed("a=b")]),
    };
    let hash = SecretHash::from_stored("none".to_owned());
    store.insert_pending(&new, &hash).unwrap();
    assert!(store.has_secret(&short).unwrap());
    store.withdraw(&short).unwrap();
    store.insert_pending(&new, &hash).unwrap();
    store.withdraw_all_pending().unwrap();
}

fn imports(store: &mut Store) {
    let shape = ImportShape::new(parsed(":8:hex"), DigestKind::Sha256);
    let hashing = store.prepare_import(&shape).unwrap();
    let digest = SecretDigest::of("01234567", DigestKind::Sha256);
    let hash = || hashing.hash(&digest, &mut Memory::default()).unwrap();
    let key = ImportedKey {
        line: 1,
        name: parsed("imported"),
        weak_bits: Some(32),
        groups: vec![parsed("own")],
        owner: Some(parsed("alice")),
        application: None,
        description: None,
        expires_at: None,
        created_at: None,
        is_inactive: false,
    };
    let keys = [(key, hash())];
    let import = Import {
        keys: &keys,
        shape: &shape,
        hashing: &hashing,
        scheme: "plain",
        skips_existing: true,
        dry_run: false,
    };
    assert_eq!(store.import(&import, None).unwrap().count, 1);
    assert_eq!(store.import(&import, None).unwrap().skipped_secrets, 1);
    store
        .rename(&parsed("imported"), &parsed("taken-over"))
        .unwrap();
    // Now the name is free, but the secret is not.
    assert_eq!(store.import(&import, None).unwrap().skipped_secrets, 1);
    assert_eq!(store.prepare_import(&shape).unwrap(), hashing);
    let found = store.find_imported(&hash(), &Requirements::default());
    assert!(found.unwrap().is_some_and(|found| found.is_imported()));
    let weak = store.weak_keys().unwrap();
    assert_eq!(weak.into_values().collect::<Vec<_>>(), [32]);
    edit(
        store,
        &[parsed("taken-over")],
        &Edit::Delete { active: true },
    )
    .unwrap();
}

fn rotations(store: &mut Store) {
    let mine: KeyRef = parsed("renamed");
    let id = store.find_to_delete(std::slice::from_ref(&mine)).unwrap()[0]
        .id()
        .clone();
    let hash = SecretHash::from_stored("none".to_owned());
    let rotate = |store: &mut Store, last_four: &str, is_activated| {
        let rotation = Rotation {
            overlap: parsed("1h"),
            expires_at: Some(None),
            replaces_unused: false,
        };
        store.find_to_rotate(&mine, rotation).unwrap();
        let short = ShortForm {
            prefix: Prefix::default(),
            id: id.clone(),
            last_four: last_four.to_owned(),
        };
        store.insert_rotation(&short, rotation, &hash).unwrap();
        if is_activated {
            let activated = store.activate_pending(&short, Some(rotation), &mut || Ok(()));
            activated.unwrap();
        }
        short
    };
    let short = rotate(store, "aaaa", true);
    store.check_may_rotate(&short).unwrap();
    store.undo_rotation(&short).unwrap();
    rotate(store, "bbbb", true);
    store.find_to_cancel(&mine).unwrap();
    store.cancel_rotation(&mine).unwrap();
    rotate(store, "cccc", true);
    for if_drained in [true, false] {
        let finish = Edit::FinishRotation { if_drained };
        edit(store, std::slice::from_ref(&mine), &finish).unwrap();
    }
    let pending = rotate(store, "dddd", false);
    store.withdraw(&pending).unwrap();
    leaks(store, &pending);
}

/// Traces and ends a secret that was withdrawn, the current one of its key, and an unknown one.
fn leaks(store: &mut Store, withdrawn: &ShortForm) {
    let (_, key) = store.view().by_id(&withdrawn.id).unwrap();
    let mut unknown = withdrawn.clone();
    unknown.id = parsed("unknown0");
    store.trace(&[withdrawn, &key.short, &unknown]).unwrap();
    let leaked = [withdrawn, &key.short, &unknown].map(|short| LeakedSecret {
        short: short.clone(),
        path: "-".to_owned(),
        line: 1,
    });
    store.end_leaked(&leaked).unwrap();
    edit(store, &[parsed(key.name.as_str())], &Edit::Activate).unwrap();
}

/// Returns a key without its id.
fn shown(key: &Key) -> String {
    format!("{key:?}").replace(key.id().as_str(), "ID")
}

fn reads(store: &Store, answers: &mut Vec<String>) {
    let mine: KeyRef = parsed("renamed");
    let act = act("x");
    if let Ok(held) = store.entitlement(&mine) {
        let asked = Requirements {
            act: Some(act),
            ..Requirements::default()
        };
        for shows_key in [false, true] {
            let asked = Requirements {
                shows_key,
                ..asked.clone()
            };
            let alone = store.find_secret(&held.key.short, &asked).unwrap().unwrap();
            let wanted = std::slice::from_ref(&held.key.short);
            let found = store.find_secrets(wanted, &asked).unwrap();
            let held = |found: &StoredSecret| format!("{:?}", found.held.permissions);
            assert_eq!(found[0].as_ref().map(held), Some(held(&alone)));
            answers.push(shown(&alone.held.key) + &held(&alone));
        }
    }
    assert!(store.entitlement(&parsed("renamedd")).is_err());
    assert!(store.key_named(&parsed("mine")).unwrap().is_none());
    answers.push(format!("{:?}", store.groups().unwrap()));
    store.groups_to_give(None, &[]).unwrap();
    answers.push(format!(
        "{:?}",
        (store.users().ok(), store.count_keys().ok())
    ));
    if store.file().is_ok() {
        let findings = store.examine().unwrap();
        let integrity = findings.iter().find(|found| found.check == "integrity");
        assert!(integrity.is_some_and(Finding::is_ok), "{integrity:?}");
    }
    let _ = (store.is_unmanaged(), store.has_manager());
    let _ = store.check_owner(&parsed("alice"));
    let _ = store.check_clock(Some(parsed::<When>("9d")));
    let states = [
        None,
        Some(State::Active),
        Some(State::Inactive),
        Some(State::Pending),
    ];
    for typed in ["", "m"] {
        for state in states {
            let found = store.matching_keys(typed, state).unwrap();
            answers.extend(found.iter().map(|(text, key)| text.clone() + &shown(key)));
        }
        answers.push(format!("{:?}", store.matching_groups(typed).unwrap()));
        for active in [None, Some(true), Some(false)] {
            answers.push(format!(
                "{:?}",
                store.matching_users(typed, active).unwrap()
            ));
        }
        answers.push(format!("{:?}", store.matching_permissions(typed).unwrap()));
        answers.push(format!("{:?}", store.matching_actions(typed).unwrap()));
        answers.push(format!("{:?}", store.matching_applications(typed).unwrap()));
    }
    store.keys_to_pick(Some(Change::Activate)).unwrap();
}

/// Lists in every order; with every filter alone; and with every filter and those before it.
fn listings(store: &Store, answers: &mut Vec<String>) {
    let mut list = |wanted: &Listing| {
        let pages = store.pages(wanted).unwrap();
        pages.columns_in_use().unwrap();
        answers.push(format!("{wanted:?}"));
        for page in pages {
            let keys = page.unwrap();
            // Ids are random.
            if wanted.sort != KeyField::Id && wanted.sort != KeyField::Key {
                answers.extend(keys.iter().map(shown));
            }
        }
    };
    for sort in KeyField::ALL {
        for reverse in [false, true] {
            list(&Listing {
                sort,
                reverse,
                limit: Some(2),
                ..Listing::default()
            });
        }
    }
    let span: Span = parsed("9d");
    let filters: [fn(&mut Filter, Span); 18] = [
        |all, _| all.statuses = vec![Status::Active, Status::Expired, Status::Pending],
        |all, _| all.groups = vec![parsed("deploy"), parsed("own")],
        |all, _| all.applications = vec![parsed("shop")],
        |all, _| all.owners = vec![parsed("alice")],
        |all, _| all.no_owner = true,
        |all, _| all.creators = vec![Operator::from_login("root").unwrap()],
        |all, _| all.acts = vec![act("deploy:run")],
        |all, span| all.unused_for = Some(span),
        |all, _| all.never_used = true,
        |all, _| all.expires_within = Some(parsed("9d")),
        |all, span| all.older_than = Some(span),
        |all, span| all.refused_within = Some(span),
        |all, span| all.expired_for = Some(span),
        |all, _| all.no_expiry = true,
        |all, _| all.meta = vec![parsed("a"), parsed("a=b")],
        |all, _| all.rotating = true,
        |all, _| all.drained = true,
        // No random id contains a space.
        |all, _| all.texts = vec![parsed("some text"), parsed("apik_7Kd93mZQ")],
    ];
    let mut policy = store.policy().unwrap();
    policy.add("max-keys-per-owner", "9").unwrap();
    let review = Review::new(Check::ALL.into(), policy);
    let mut reviewed = store.review(Filter::default(), &review).unwrap();
    assert!(reviewed.all(|page| page.is_ok()));
    let mut all = Filter::default();
    for filter in filters {
        let mut alone = Filter::default();
        filter(&mut alone, span);
        list(&alone.into());
        filter(&mut all, span);
        list(&all.clone().into());
    }
}

fn log_of(store: &Store, answers: &mut Vec<String>) {
    let found = store.keys_of_log(&parsed("renamed")).unwrap();
    let filter = LogFilter {
        keys: found.present.map(|id| vec![id]),
        operator: Operator::from_login("root"),
        since: Some(store.now()),
        limit: Some(2),
    };
    let mut pages = store.log_pages(&filter).unwrap();
    pages.each(|_| Ok::<(), Error>(())).unwrap();
    let mut all = store.log_pages(&LogFilter::default()).unwrap();
    let mut add_entry = |entry: &LogEntry| {
        let mut entry = entry.clone();
        entry.details.remove("role");
        let text = format!("{entry:?}");
        answers.push(match &entry.key {
            Some(id) => text.replace(id.as_str(), "ID"),
            None => text,
        });
        Ok::<(), Error>(())
    };
    all.each(&mut add_entry).unwrap();
    let head = store.log_head().unwrap();
    assert!(crate::store::log::holds(&store.db, head).unwrap());
    assert_eq!(store.first_invalid_entry(Some(&head)).unwrap(), None);
    let short = ShortForm {
        prefix: Prefix::default(),
        id: parsed("7Kd93mZQ"),
        last_four: "last".to_owned(),
    };
    assert!(store.keys_of_log(&KeyRef::Short(short)).is_err());
}
