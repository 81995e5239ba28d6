//! Whatever an operator with `apikey:own` does, in whatever order: no key ends
//! up with more than its owner has, and nobody else's is touched.

use proptest::prelude::*;

use super::super::*;
use super::store;
use crate::model::{
    Act, Change, Entitlement, GroupName, Key, KeyRef, Operator, Permission, RequiredRight,
    Requirements, ShortForm, Standing, State, UserName, Verdict, decide,
};
use crate::secret::SecretHash;

const GROUPS: [&str; 4] = ["own", "deploy", "secret", "admin"];
const PERMISSIONS: [&str; 6] = ["deploy:*", "deploy:run", "*", "apikey:manage", "x@p", "x"];
const KEYS: [&str; 5] = ["mine", "off", "his", "nobodys", "new"];

/// Something an operator may try.
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
    Delete(usize),
    GroupPermissions(usize, Vec<usize>),
    UserGroups(Vec<usize>),
    AddUser,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let (key, group, permission) = (0..KEYS.len(), 0..GROUPS.len(), 0..PERMISSIONS.len());
    let owner = || prop_oneof![Just(None), Just(Some("alice")), Just(Some("bob"))];
    let app = || prop_oneof![2 => Just(None), 1 => Just(Some("billing")), 1 => Just(Some("shop"))];
    let some = |max: usize| proptest::collection::vec(0..max, 1..3);
    let (groups, permissions) = (GROUPS.len(), PERMISSIONS.len());
    let one = prop_oneof![
        6 => (key.clone(), group, permission, owner(), app()).prop_map(
            |(key, group, permission, owner, app)| Attempt::Create { key, group, permission, owner, app },
        ),
        2 => (key.clone(), any::<bool>()).prop_map(|(k, on)| Attempt::State(k, on)),
        1 => (key.clone(), key.clone()).prop_map(|(k, to)| Attempt::Rename(k, to)),
        4 => (key.clone(), some(groups)).prop_map(|(k, g)| Attempt::Groups(k, g)),
        4 => (key.clone(), some(permissions)).prop_map(|(k, p)| Attempt::Permissions(k, p)),
        2 => (key.clone(), owner()).prop_map(|(k, owner)| Attempt::Owner(k, owner)),
        1 => (key.clone(), app()).prop_map(|(k, app)| Attempt::App(k, app)),
        2 => (key.clone(), proptest::option::of(-100_i64..100))
            .prop_map(|(k, at)| Attempt::Expiry(k, at)),
        1 => key.prop_map(Attempt::Delete),
        1 => (0..groups, some(permissions)).prop_map(|(g, p)| Attempt::GroupPermissions(g, p)),
        1 => some(groups).prop_map(Attempt::UserGroups),
        1 => Just(Attempt::AddUser),
    ];
    proptest::collection::vec(one, 1..12)
}

fn parsed<T: std::str::FromStr>(words: &[&str], chosen: &[usize]) -> Vec<T> {
    let parse = |at: &usize| words[*at].parse().ok();
    chosen.iter().filter_map(parse).collect()
}

/// Acts as `operator` from now on, as a command that needs that leave.
pub(super) fn act_as(store: &mut Store, operator: &str, need: RequiredRight) {
    store.actor.operator = Operator::from_login(operator).unwrap();
    store.actor.standing = match operator {
        "root" => Standing::Owner,
        _ => Standing::Other,
    };
    store.actor.need = need;
    // Without leave a command would have ended here; that it is asked for again
    // in the transaction must be enough.
    let seen = Actor {
        need: RequiredRight::SeeKeys,
        ..store.actor.clone()
    };
    store.rights = rights::ask(&store.db, &store.path, &seen).unwrap();
}

pub(super) fn make(
    store: &mut Store,
    name: &str,
    groups: &[&str],
    allowed: &[&str],
    owner: Option<&str>,
    app: Option<&str>,
) -> Result<()> {
    let all = |words: &[&str]| (0..words.len()).collect::<Vec<_>>();
    let short = ShortForm {
        prefix: Prefix::default(),
        id: store.generate_id()?,
        last_four: "last".to_owned(),
    };
    let owner: Option<UserName> = owner.map(|owner| owner.parse().unwrap());
    let application = app.map(|app| app.parse().unwrap());
    let new = NewKey {
        short,
        name: &name.parse().unwrap(),
        description: None,
        groups: &parsed(groups, &all(groups)),
        permissions: &parsed(allowed, &all(allowed)),
        owner: owner.as_ref(),
        application: application.as_ref(),
        expires_at: None,
    };
    let key = store.insert_pending(&new, &SecretHash::from_stored("none".to_owned()))?;
    store.finish_pending(&key.short, &mut || Ok(()))
}

pub(super) fn furnished() -> (tempfile::TempDir, Store) {
    let (folder, mut store) = store();
    // What survives a power cut is not asked here.
    store
        .db
        .as_sqlite()
        .execute_batch("PRAGMA synchronous = OFF")
        .unwrap();
    act_as(&mut store, "root", RequiredRight::Manage);
    for (group, allowed) in [
        ("own", &["apikey:own"][..]),
        ("deploy", &["deploy:*", "x@p"]),
        ("secret", &["x"]),
    ] {
        let allowed: Vec<Permission> = parsed(allowed, &[0, 1][..allowed.len()]);
        store
            .create_group(&group.parse().unwrap(), None, &allowed)
            .unwrap();
    }
    for user in ["alice", "bob"] {
        let new = NewUser {
            name: &user.parse().unwrap(),
            groups: &parsed(&GROUPS, &[0, 1]),
            description: None,
            expires_at: None,
        };
        store.add_user(&new).unwrap();
    }
    let shop = Some("shop");
    make(&mut store, "mine", &["deploy"], &[], Some("alice"), shop).unwrap();
    make(&mut store, "off", &["deploy"], &[], Some("alice"), None).unwrap();
    store
        .set_state(&["off".parse().unwrap()], State::Inactive)
        .unwrap();
    let soon = store.actor.now.plus(crate::model::Span::from_seconds(50));
    store
        .set_expiry(&"mine".parse().unwrap(), Some(soon))
        .unwrap();
    make(&mut store, "his", &["deploy"], &[], Some("bob"), shop).unwrap();
    make(&mut store, "nobodys", &["admin"], &[], None, None).unwrap();
    (folder, store)
}

fn attempt(store: &mut Store, attempt: &Attempt) {
    let wanted = |at: &usize| -> KeyRef { KEYS[*at].parse().unwrap() };
    let name = |owner: &Option<&str>| owner.map(|owner| owner.parse::<UserName>().unwrap());
    let mut act = |need| act_as(store, "alice", need);
    // Most of it is refused; what is, is not asked here.
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
            make(store, KEYS[*key], groups, allowed, *owner, *app)
        }
        Attempt::State(key, true) => {
            act(RequiredRight::Change(Change::Activate));
            store.set_state(&[wanted(key)], State::Active).map(drop)
        }
        Attempt::State(key, false) => {
            act(RequiredRight::Change(Change::Deactivate));
            store.set_state(&[wanted(key)], State::Inactive).map(drop)
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
            store
                .set_groups(&wanted(key), &groups.clone(), |_| Ok(groups))
                .map(drop)
        }
        Attempt::Permissions(key, permissions) => {
            act(RequiredRight::Change(Change::Permissions));
            store
                .set_permissions(&wanted(key), &parsed(&PERMISSIONS, permissions))
                .map(drop)
        }
        Attempt::Owner(key, owner) => {
            act(RequiredRight::Change(Change::Owner));
            store
                .set_owner(&wanted(key), name(owner).as_ref())
                .map(drop)
        }
        Attempt::App(key, app) => {
            act(RequiredRight::Change(Change::Application));
            let app = app.map(|app| app.parse().unwrap());
            store.set_app(&wanted(key), app.as_ref()).map(drop)
        }
        Attempt::Expiry(key, ahead) => {
            act(RequiredRight::Change(Change::Expiry));
            let at = ahead.map(|ahead| Timestamp::from_unix(store.actor.now.unix() + ahead));
            store.set_expiry(&wanted(key), at).map(drop)
        }
        Attempt::Delete(key) => {
            act(RequiredRight::Change(Change::Delete));
            let ids: Result<Vec<KeyId>> = store
                .find_to_delete(&[wanted(key)])
                .map(|keys| keys.iter().map(|key| key.id().clone()).collect());
            ids.and_then(|ids| store.delete(&ids)).map(drop)
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
            let alice = "alice".parse().unwrap();
            store
                .set_user_groups(&alice, &groups.clone(), |_| groups)
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
    };
}

/// Every key with what decides what it may do.
fn all(store: &mut Store) -> Vec<Entitlement> {
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

/// Demands that tell the rights of any two keys here apart.
fn demands() -> Vec<Requirements> {
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

/// What is known of a key that is not alice's: all of it.
fn others(all: &[Entitlement]) -> Vec<String> {
    let alice: UserName = "alice".parse().unwrap();
    let others = all
        .iter()
        .filter(|held| held.key.owner_name() != Some(&alice));
    others
        .map(|held| format!("{:?} {:?}", held.key, held.permissions))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_sequence_of_a_user_with_own_ends_with_a_key_beyond_its_owner(tried in attempts()) {
        let (_folder, mut store) = furnished();
        let before = all(&mut store);
        for one in &tried {
            attempt(&mut store, one);
        }
        let after = all(&mut store);
        prop_assert_eq!(others(&before), others(&after));
        let alice: UserName = "alice".parse().unwrap();
        let now = store.actor.now;
        for held in after.iter().filter(|held| held.key.owner_name() == Some(&alice)) {
            let key = &held.key;
            let owner = held.owner.as_ref().unwrap();
            // As if the owner herself were asked.
            let mut hers = held.clone();
            hers.key.groups = owner.groups.clone();
            hers.permissions = owner.permissions.clone();
            hers.owner = None;
            for asked in demands() {
                if decide(held, &asked, now) == Verdict::Accepted {
                    prop_assert_eq!(decide(&hers, &asked, now), Verdict::Accepted, "{:?}", asked);
                }
            }
            // Not even what she gave it that would count for more some day.
            prop_assert!(key.groups.iter().all(|group| owner.groups.contains(group)));
            prop_assert!(key.permissions.iter().all(|one| one.is_within(&owner.permissions)));
            // What was deactivated stays so, and lives no longer. An application is what
            // somebody who may say so gave it.
            let old = before.iter().find(|old| old.key.id() == key.id());
            let given = old.and_then(|old| old.key.application.as_ref());
            prop_assert_eq!(key.application.as_ref(), given);
            if let Some(old) = old {
                prop_assert!(old.key.state == State::Active || key.state == State::Inactive);
                let end = |key: &Key| key.expires_at.unwrap_or(Timestamp::MAX);
                prop_assert!(end(key) <= end(&old.key));
            }
        }
        let names: Vec<_> = store.users().unwrap().into_iter().map(|one| one.user.name).collect();
        prop_assert_eq!(names, vec![alice, "bob".parse().unwrap()]);
    }
}
