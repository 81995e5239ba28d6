//! No sequence of commands by an operator with `apikey:own` gives a key more than its owner
//! has, or changes a key of another user.

use proptest::prelude::*;

use super::super::*;
use super::edit;
use super::population::{GROUPS, act_as, create_key, parsed, populated};
use crate::model::{
    Act, Change, Edit, Entitlement, GroupEdit, GroupName, Key, KeyRef, Permission, RequiredRight,
    Requirements, Rule, RuleValue, SecretRecord, SecretState, ShortForm, Span, State, TimePoint,
    UserName, Verdict, When, decide,
};
use crate::secret::SecretHash;

const PERMISSIONS: [&str; 6] = ["deploy:*", "deploy:run", "*", "apikey:manage", "x@p", "x"];
const KEYS: [&str; 5] = ["mine", "off", "his", "noowner", "new"];

/// A change that an operator may try.
#[derive(Debug, Clone)]
enum Attempt {
    Create {
        key: usize,
        group: usize,
        permission: usize,
        owner: Option<&'static str>,
        app: Option<&'static str>,
    },
    State(usize, bool),
    Rename(usize, usize),
    Groups(usize, Vec<usize>),
    Permissions(usize, Vec<usize>),
    Owner(usize, Option<&'static str>),
    App(usize, Option<&'static str>),
    Expiry(usize, Option<i64>),
    Rotate(usize, i64, Option<i64>),
    Finish(usize),
    Cancel(usize),
    Meta(usize),
    Delete(usize),
    GroupPermissions(usize, Vec<usize>),
    UserGroups(Vec<usize>),
    AddUser,
    Rule,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let (key, group, permission) = (0..KEYS.len(), 0..GROUPS.len(), 0..PERMISSIONS.len());
    let owner = || prop_oneof![Just(None), Just(Some("alice")), Just(Some("bob"))];
    let app = || prop_oneof![2 => Just(None), 1 => Just(Some("billing")), 1 => Just(Some("shop"))];
    let indexes = |max: usize| proptest::collection::vec(0..max, 1..3);
    let (groups, permissions) = (GROUPS.len(), PERMISSIONS.len());
    let attempt = prop_oneof![
        6 => (key.clone(), group, permission, owner(), app()).prop_map(
            |(key, group, permission, owner, app)| Attempt::Create { key, group, permission, owner, app },
        ),
        2 => (key.clone(), any::<bool>()).prop_map(|(k, on)| Attempt::State(k, on)),
        1 => (key.clone(), key.clone()).prop_map(|(k, to)| Attempt::Rename(k, to)),
        4 => (key.clone(), indexes(groups)).prop_map(|(k, g)| Attempt::Groups(k, g)),
        4 => (key.clone(), indexes(permissions)).prop_map(|(k, p)| Attempt::Permissions(k, p)),
        2 => (key.clone(), owner()).prop_map(|(k, owner)| Attempt::Owner(k, owner)),
        1 => (key.clone(), app()).prop_map(|(k, app)| Attempt::App(k, app)),
        2 => (key.clone(), proptest::option::of(-100_i64..100))
            .prop_map(|(k, at)| Attempt::Expiry(k, at)),
        3 => (key.clone(), 0_i64..100, proptest::option::of(-100_i64..100))
            .prop_map(|(k, overlap, expiry)| Attempt::Rotate(k, overlap, expiry)),
        1 => key.clone().prop_map(Attempt::Finish),
        1 => key.clone().prop_map(Attempt::Cancel),
        1 => key.clone().prop_map(Attempt::Meta),
        1 => key.prop_map(Attempt::Delete),
        1 => (0..groups, indexes(permissions)).prop_map(|(g, p)| Attempt::GroupPermissions(g, p)),
        1 => indexes(groups).prop_map(Attempt::UserGroups),
        1 => Just(Attempt::AddUser),
        1 => Just(Attempt::Rule),
    ];
    proptest::collection::vec(attempt, 1..12)
}

fn attempt(store: &mut Store, attempt: &Attempt) {
    let wanted = |at: &usize| -> KeyRef { KEYS[*at].parse().unwrap() };
    let name = |owner: &Option<&str>| owner.map(|owner| owner.parse::<UserName>().unwrap());
    let mut act = |required| act_as(store, "alice", required);
    // Most attempts are refused; the test only looks at the resulting keys.
    let _ = match attempt {
        Attempt::Create {
            key,
            group,
            permission,
            owner,
            app,
        } => {
            act(RequiredRight::Create);
            let (groups, allowed) = (&GROUPS[*group..][..1], &PERMISSIONS[*permission..][..1]);
            create_key(store, KEYS[*key], groups, allowed, *owner, *app)
        }
        Attempt::State(key, true) => {
            act(RequiredRight::Change(Change::Activate));
            edit(store, &[wanted(key)], &Edit::Activate).map(drop)
        }
        Attempt::State(key, false) => {
            act(RequiredRight::Change(Change::Deactivate));
            edit(store, &[wanted(key)], &Edit::Deactivate { time: None }).map(drop)
        }
        Attempt::Rename(key, to) => {
            act(RequiredRight::Change(Change::Name));
            store
                .rename(&wanted(key), &KEYS[*to].parse().unwrap())
                .map(drop)
        }
        Attempt::Groups(key, groups) => {
            act(RequiredRight::Change(Change::Groups));
            let groups: Vec<GroupName> = parsed(&GROUPS, groups);
            let change = Edit::SetGroups(GroupEdit {
                groups,
                ..GroupEdit::default()
            });
            edit(store, &[wanted(key)], &change).map(drop)
        }
        Attempt::Permissions(key, permissions) => {
            act(RequiredRight::Change(Change::Permissions));
            store
                .set_permissions(&wanted(key), &parsed(&PERMISSIONS, permissions))
                .map(drop)
        }
        Attempt::Owner(key, owner) => {
            act(RequiredRight::Change(Change::Owner));
            edit(store, &[wanted(key)], &Edit::SetOwner(name(owner))).map(drop)
        }
        Attempt::App(key, app) => {
            act(RequiredRight::Change(Change::Application));
            let app = app.map(|app| app.parse().unwrap());
            store.set_app(&wanted(key), app.as_ref()).map(drop)
        }
        Attempt::Expiry(key, ahead) => {
            act(RequiredRight::Change(Change::Expiry));
            let at = |ahead| Timestamp::from_unix(store.actor.now.unix() + ahead);
            let when = ahead.map_or(When::Never, |ahead| When::At(TimePoint::At(at(ahead))));
            edit(store, &[wanted(key)], &Edit::SetExpiry(when)).map(drop)
        }
        Attempt::Rotate(key, overlap, ahead) => {
            act(RequiredRight::Change(Change::Rotate));
            let now = store.actor.now;
            let at = ahead.map(|ahead| Some(Timestamp::from_unix(now.unix() + ahead)));
            rotate(store, &wanted(key), *overlap, at)
        }
        Attempt::Finish(key) => {
            act(RequiredRight::Change(Change::FinishRotation));
            let finish = Edit::FinishRotation { if_drained: false };
            edit(store, &[wanted(key)], &finish).map(drop)
        }
        Attempt::Cancel(key) => {
            act(RequiredRight::Change(Change::CancelRotation));
            store.cancel_rotation(&wanted(key)).map(drop)
        }
        Attempt::Meta(key) => {
            act(RequiredRight::Change(Change::Meta));
            let set = Edit::SetMeta {
                set: vec!["a=b".parse().unwrap()],
                removed: Vec::new(),
            };
            edit(store, &[wanted(key)], &set).map(drop)
        }
        Attempt::Delete(key) => {
            act(RequiredRight::Change(Change::Delete));
            edit(store, &[wanted(key)], &Edit::Delete { active: true }).map(drop)
        }
        Attempt::GroupPermissions(group, permissions) => {
            act(RequiredRight::Manage);
            let group = GROUPS[*group].parse().unwrap();
            store
                .set_group_permissions(&group, &parsed(&PERMISSIONS, permissions))
                .map(drop)
        }
        Attempt::UserGroups(groups) => {
            act(RequiredRight::Manage);
            let groups: Vec<GroupName> = parsed(&GROUPS, groups);
            let alice = "alice".parse::<UserName>().unwrap();
            store
                .set_user_groups(&alice, &groups, |_| groups.clone())
                .map(drop)
        }
        Attempt::AddUser => {
            act(RequiredRight::Manage);
            let new = NewUser {
                name: &"eve".parse().unwrap(),
                groups: &parsed(&GROUPS, &[3]),
                description: None,
                expires_at: None,
            };
            store.add_user(&new).map(drop)
        }
        Attempt::Rule => {
            act(RequiredRight::Manage);
            store.set_rule(Rule::SelfServiceGroups, None).map(drop)
        }
    };
}

/// Rotates a key with `overlap` in seconds, and with the new expiry `expires_at`, if given.
fn rotate(
    store: &mut Store,
    wanted: &KeyRef,
    overlap: i64,
    expires_at: Option<Option<Timestamp>>,
) -> Result<()> {
    let (short, rotation) = begin_rotation(store, wanted, overlap, expires_at)?;
    store
        .activate_pending(&short, Some(rotation), &mut || Ok(()))
        .map(drop)
}

/// Begins such a rotation. Returns the short form of the new secret, which is pending, and the
/// rotation.
fn begin_rotation(
    store: &mut Store,
    wanted: &KeyRef,
    overlap: i64,
    expires_at: Option<Option<Timestamp>>,
) -> Result<(ShortForm, Rotation)> {
    let rotation = Rotation {
        overlap: Span::from_seconds(overlap),
        expires_at,
        replaces_unused: false,
    };
    let key = store.find_to_rotate(wanted, rotation)?;
    let count = "SELECT count(*) AS number FROM secrets";
    let count = store.db.row(count, &[], |row| row.get::<i64>("number"));
    let count = count.unwrap().unwrap();
    let short = ShortForm {
        last_four: format!("{count:04}"),
        ..key.short
    };
    let hash = SecretHash::from_stored("none".to_owned());
    store.insert_rotation(&short, rotation, &hash)?;
    Ok((short, rotation))
}

/// Returns the slots of the secrets in that state.
fn slots(store: &Store, state: &str) -> Vec<i64> {
    let select = "SELECT slot FROM secrets WHERE state = ?1 ORDER BY slot";
    let rows = store
        .db
        .rows(select, &[state.into()], |row| row.get("slot"));
    rows.unwrap()
}

/// Returns the entitlement of every key.
fn entitlements(store: &mut Store) -> Vec<Entitlement> {
    act_as(store, "root", RequiredRight::Manage);
    let pages = store.pages(&crate::model::Listing::default()).unwrap();
    let keys: Vec<Key> = pages.flat_map(Result::unwrap).collect();
    keys.iter()
        .map(|key| {
            store
                .entitlement(&key.name.as_str().parse().unwrap())
                .unwrap()
        })
        .collect()
}

/// Returns requirements that distinguish the rights of any two keys here.
fn requirements() -> Vec<Requirements> {
    let groups = GROUPS.iter().map(|group| Requirements {
        groups: vec![group.parse().unwrap()],
        ..Requirements::default()
    });
    let acts = [
        "deploy:run",
        "deploy:stop",
        "y",
        "apikey:manage",
        "apikey:own",
        "x",
    ];
    let resources = [None, Some("p"), Some("q")];
    let acts = acts.iter().flat_map(|action| {
        resources.map(|resource| Requirements {
            act: Some(Act {
                action: action.parse().unwrap(),
                resource: resource.map(|resource| resource.parse().unwrap()),
            }),
            ..Requirements::default()
        })
    });
    groups.chain(acts).collect()
}

/// Returns all fields and permissions of the keys that alice doesn't own.
fn others(entitlements: &[Entitlement]) -> Vec<String> {
    let alice: UserName = "alice".parse().unwrap();
    let others = entitlements
        .iter()
        .filter(|held| held.key.owner_name() != Some(&alice));
    others
        .map(|held| format!("{:?} {:?}", held.key, held.permissions))
        .collect()
}

#[test]
fn a_right_that_ends_while_the_new_secret_is_delivered_ends_the_rotation() {
    type Revocation = fn(&mut Store) -> Result<()>;
    let revocations: [Revocation; 3] = [
        |store| {
            let bob = "bob".parse().unwrap();
            edit(
                store,
                &["mine".parse().unwrap()],
                &Edit::SetOwner(Some(bob)),
            )
            .map(drop)
        },
        |store| {
            let alice = "alice".parse::<UserName>().unwrap();
            store.set_user_state(&[alice], false).map(drop)
        },
        |store| {
            let alice = "alice".parse::<UserName>().unwrap();
            store
                .set_user_groups(&alice, &[], |_| parsed(&GROUPS, &[1]))
                .map(drop)
        },
    ];
    for (number, revoke) in revocations.into_iter().enumerate() {
        let (_directory, mut store) = populated();
        let required = RequiredRight::Change(Change::Rotate);
        act_as(&mut store, "alice", required);
        let begun = begin_rotation(&mut store, &"mine".parse().unwrap(), 9, None);
        let (short, rotation) = begun.unwrap();
        let (rotating, current) = (store.actor.clone(), slots(&store, "current"));
        act_as(&mut store, "root", RequiredRight::Manage);
        revoke(&mut store).unwrap();
        store.actor = rotating;
        let activated = store.activate_pending(&short, Some(rotation), &mut || Ok(()));
        let kind = activated.unwrap_err().kind();
        let is_denied = matches!(kind, Kind::NotPermitted | Kind::KeyNotFound);
        assert!(is_denied, "{number}: {kind:?}");
        assert_eq!(slots(&store, "current"), current, "{number}");
        // The pending secret is withdrawn without the right.
        store.withdraw(&short).unwrap();
        assert!(slots(&store, "pending").is_empty(), "{number}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_sequence_of_changes_by_a_user_with_own_gives_a_key_more_than_its_owner_has(
        tried in attempts(),
        is_limited in any::<bool>(),
    ) {
        let (_directory, mut store) = populated();
        act_as(&mut store, "root", RequiredRight::Manage);
        rotate(&mut store, &"mine".parse().unwrap(), 0, None).unwrap();
        let deploy = RuleValue::parse(Rule::SelfServiceGroups, "deploy").unwrap();
        if is_limited {
            store.set_rule(Rule::SelfServiceGroups, Some(&deploy)).unwrap();
        }
        let ended = slots(&store, "ended");
        let before = entitlements(&mut store);
        for change in &tried {
            attempt(&mut store, change);
        }
        let after = entitlements(&mut store);
        prop_assert_eq!(others(&before), others(&after));
        let alice: UserName = "alice".parse().unwrap();
        let now = store.actor.now;
        let secret = SecretRecord {
            slot: 1,
            last_four: "9fQ2".to_owned(),
            state: SecretState::Current,
            created_at: now,
            valid_until: None,
        };
        for held in after.iter().filter(|held| held.key.owner_name() == Some(&alice)) {
            let key = &held.key;
            let is_deploy = |group: &GroupName| group.as_str() == "deploy";
            prop_assert!(!is_limited || key.groups.iter().all(is_deploy), "{:?}", key);
            let owner = held.owner.as_ref().unwrap();
            // A key with all the rights of the owner of `held`, and no owner that limits it.
            let mut of_owner = held.clone();
            of_owner.key.groups = owner.groups.clone();
            of_owner.permissions = owner.permissions.clone();
            of_owner.owner = None;
            for asked in requirements() {
                if decide(held, &secret, &asked, now) == Verdict::Accepted {
                    prop_assert_eq!(decide(&of_owner, &secret, &asked, now), Verdict::Accepted, "{:?}", asked);
                }
            }
            // The key also has nothing that would take effect once its owner gets more rights.
            prop_assert!(key.groups.iter().all(|group| owner.groups.contains(group)));
            let is_held = |permission: &Permission| permission.is_within(&owner.permissions);
            prop_assert!(key.permissions.iter().all(is_held));
            // Alice has activated no key, and has lengthened no expiry and set no application and
            // no metadata.
            prop_assert!(key.meta.entries().is_empty());
            let old = before.iter().find(|old| old.key.id() == key.id());
            let given = old.and_then(|old| old.key.application.as_ref());
            prop_assert_eq!(key.application.as_ref(), given);
            if let Some(old) = old {
                prop_assert!(old.key.state == State::Active || key.state == State::Inactive);
                let end = |key: &Key| key.expires_at.unwrap_or(Timestamp::MAX);
                prop_assert!(end(key) <= end(&old.key));
            }
        }
        // No secret that an administrator ended has become current again.
        let current = slots(&store, "current");
        prop_assert!(!ended.is_empty() && current.iter().all(|slot| !ended.contains(slot)));
        let names: Vec<_> = store.users().unwrap().into_iter().map(|found| found.user.name).collect();
        prop_assert_eq!(names, vec![alice, "bob".parse().unwrap()]);
    }
}
