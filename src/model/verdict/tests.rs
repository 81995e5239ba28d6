//! The rules as a table of cases, each a sentence, and as properties.

use proptest::prelude::*;

use super::super::key::tests::key;
use super::super::user::tests::user;
use super::super::{Key, Owner, User};
use super::Refusal::*;
use super::*;

fn now() -> Timestamp {
    Timestamp::from_unix(1_800_000_000)
}

fn in_seconds(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp::from_unix(now().unix() + seconds))
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(words: &[&str]) -> Vec<T> {
    words.iter().map(|word| word.parse().unwrap()).collect()
}

/// A key in those groups that may do that.
fn held(groups: &[&str], permissions: &[&str]) -> Entitlement {
    Entitlement {
        key: key(groups),
        permissions: parsed(permissions),
        owner: None,
    }
}

impl Entitlement {
    fn owned_by(self, owner: User) -> Self {
        let key = Key {
            owner: Some(Owner {
                name: owner.name.clone(),
                active: owner.active,
                expires_at: owner.expires_at,
            }),
            ..self.key
        };
        Self {
            key,
            owner: Some(owner),
            ..self
        }
    }

    fn in_state(mut self, state: State) -> Self {
        self.key.state = state;
        self
    }

    fn for_app(mut self, app: &str) -> Self {
        self.key.application = Some(app.parse().unwrap());
        self
    }

    fn until(mut self, seconds: i64) -> Self {
        self.key.expires_at = in_seconds(seconds);
        self
    }
}

impl User {
    fn inactive(mut self) -> Self {
        self.active = false;
        self
    }

    fn until(mut self, seconds: i64) -> Self {
        self.expires_at = in_seconds(seconds);
        self
    }
}

impl Requirements {
    fn groups(mut self, groups: &[&str]) -> Self {
        self.groups = parsed(groups);
        self
    }

    fn can(mut self, action: &str) -> Self {
        let (action, resource) = match action.split_once('@') {
            Some((action, resource)) => (action, Some(resource)),
            None => (action, None),
        };
        self.act = Some(Act {
            action: action.parse().unwrap(),
            resource: resource.map(|resource| resource.parse().unwrap()),
        });
        self
    }

    fn app(mut self, app: &str) -> Self {
        self.application = Some(app.parse().unwrap());
        self
    }

    fn lasting(mut self, span: &str) -> Self {
        self.min_remaining = Some(span.parse().unwrap());
        self
    }
}

#[test]
fn a_verdict_is_what_the_rules_say() {
    let asked = Requirements::default;
    let plain = || held(&["deploy", "readonly"], &["deploy:run", "*:read"]);
    let alice = || user("alice", &["deploy", "readonly"], &["deploy:run", "*:read"]);
    let hers = || plain().owned_by(alice());
    let of = |owner: User| plain().owned_by(owner);
    #[rustfmt::skip] // a case a line
    let cases: &[(&str, Entitlement, Requirements, Option<Refusal>)] = &[
        // The key itself.
        ("an active key is accepted", plain(), asked(), None),
        ("a deactivated key is refused", plain().in_state(State::Inactive), asked(), Some(Inactive)),
        ("a pending key is unknown", plain().in_state(State::Pending), asked(), Some(Unknown)),
        ("a key is accepted a second before its expiry", plain().until(1), asked(), None),
        ("a key whose expiry is now is expired", plain().until(0), asked(), Some(Expired)),
        ("a key is expired a second after its expiry", plain().until(-1), asked(), Some(Expired)),
        ("a key in no group at all is accepted where none is asked", held(&[], &[]), asked(), None),
        // Groups.
        ("a group that is held suffices", plain(), asked().groups(&["deploy"]), None),
        ("a group is the same regardless of case", plain(), asked().groups(&["DEPLOY"]), None),
        ("every group must be held", plain(), asked().groups(&["deploy", "admin"]), Some(MissingGroup)),
        ("all groups held suffice", plain(), asked().groups(&["deploy", "readonly"]), None),
        ("to be admin is not to be in readonly", held(&["admin"], &["*"]), asked().groups(&["readonly"]), Some(MissingGroup)),
        // Applications.
        ("an application that is asked must be the key's", plain().for_app("billing"), asked().app("shop"), Some(WrongApplication)),
        ("the key's own application suffices", plain().for_app("billing"), asked().app("billing"), None),
        ("an application is the same regardless of case", plain().for_app("billing"), asked().app("Billing"), None),
        ("a key for no application is for none that is asked", plain(), asked().app("shop"), Some(WrongApplication)),
        ("without an application asked nothing is asked of it", plain().for_app("billing"), asked(), None),
        // How long.
        ("a key that never expires lasts long enough", plain(), asked().lasting("365000d"), None),
        ("a key that lasts exactly as long suffices", plain().until(60), asked().lasting("60s"), None),
        ("a key that lasts a second less does not", plain().until(59), asked().lasting("60s"), Some(ExpiresSoon)),
        ("to last no time at all is no demand", plain().until(1), asked().lasting("0s"), None),
        // Permissions.
        ("a permission that is held suffices", plain(), asked().can("deploy:run"), None),
        ("one that is matched suffices", plain(), asked().can("project:read"), None),
        ("one that is not held is missing", plain(), asked().can("deploy:stop"), Some(MissingPermission)),
        ("a key without permissions may nothing", held(&["deploy"], &[]), asked().can("a"), Some(MissingPermission)),
        ("a permission for all is one for this resource", plain(), asked().can("deploy:run@prod-1"), None),
        ("a permission for this resource suffices", held(&["a"], &["x@prod-*"]), asked().can("x@prod-1"), None),
        ("one for another resource does not", held(&["a"], &["x@prod-*"]), asked().can("x@test-1"), Some(MissingPermission)),
        ("one for some resource is not for all", held(&["a"], &["x@prod-*"]), asked().can("x"), Some(MissingPermission)),
        ("one for any resource is not for all either", held(&["a"], &["x@*"]), asked().can("x"), Some(MissingPermission)),
        ("several permissions are or-ed", held(&["a"], &["x@a", "x@b"]), asked().can("x@b"), None),
        ("a star never reaches apikey's own actions", held(&["a"], &["*"]), asked().can("apikey:manage"), Some(MissingPermission)),
        ("spelled out it does", held(&["a"], &["apikey:own"]), asked().can("apikey:own"), None),
        ("the group and the permission are both asked", plain(), asked().groups(&["deploy"]).can("deploy:run"), None),
        ("a right group makes up for no permission", plain(), asked().groups(&["deploy"]).can("x"), Some(MissingPermission)),
        ("a right permission makes up for no group", plain(), asked().groups(&["x"]).can("deploy:run"), Some(MissingGroup)),
        // Owners.
        ("a key whose owner may all of it is accepted", hers(), asked().groups(&["deploy"]).can("deploy:run"), None),
        ("a deactivated owner stops the key", of(alice().inactive()), asked(), Some(OwnerInactive)),
        ("an owner is valid a second before its expiry", of(alice().until(1)), asked(), None),
        ("an owner whose expiry is now has expired", of(alice().until(0)), asked(), Some(OwnerExpired)),
        ("an owner that has expired stops the key", of(alice().until(-1)), asked(), Some(OwnerExpired)),
        ("an owner in no group stops nothing where nothing is asked", of(user("alice", &[], &[])), asked(), None),
        ("a group that the owner left is taken from the key", of(user("alice", &["readonly"], &["*:read"])), asked().groups(&["deploy"]), Some(OwnerMissingGroup)),
        ("the group that it stayed in is not", of(user("alice", &["readonly"], &["*:read"])), asked().groups(&["readonly"]), None),
        ("a group of the owner's is not the key's", held(&["readonly"], &[]).owned_by(alice()), asked().groups(&["deploy"]), Some(MissingGroup)),
        ("of two groups the owner must be in both", of(user("alice", &["readonly"], &[])), asked().groups(&["readonly", "deploy"]), Some(OwnerMissingGroup)),
        ("an owner's group is the same regardless of case", of(user("alice", &["DEPLOY"], &[])), asked().groups(&["deploy"]), None),
        ("what the owner may not, its key may not", of(user("alice", &["deploy"], &["*:read"])), asked().can("deploy:run"), Some(OwnerMissingPermission)),
        ("what the owner may by another permission suffices", of(user("alice", &[], &["deploy:*"])), asked().can("deploy:run"), None),
        ("what the owner may and the key may not is missing", held(&["a"], &["x"]).owned_by(alice()), asked().can("deploy:run"), Some(MissingPermission)),
        ("an owner narrowed to a resource narrows the key", of(user("alice", &[], &["deploy:run@test"])), asked().can("deploy:run@prod"), Some(OwnerMissingPermission)),
        ("within that resource the key may", of(user("alice", &[], &["deploy:run@test"])), asked().can("deploy:run@test"), None),
        ("an owner narrowed to a resource may not all", of(user("alice", &[], &["deploy:run@*"])), asked().can("deploy:run"), Some(OwnerMissingPermission)),
        ("an owner's star doesn't reach apikey's actions", held(&["a"], &["apikey:own"]).owned_by(user("alice", &[], &["*"])), asked().can("apikey:own"), Some(OwnerMissingPermission)),
        ("a key lasts no longer than its owner", of(alice().until(59)), asked().lasting("60s"), Some(ExpiresSoon)),
        ("an owner that lasts exactly as long suffices", of(alice().until(60)), asked().lasting("60s"), None),
        ("a key that ends before its owner is judged by its own end", of(alice().until(90)).until(30), asked().lasting("60s"), Some(ExpiresSoon)),
        // Which reason is told.
        ("inactive before expired", plain().in_state(State::Inactive).until(-1), asked(), Some(Inactive)),
        ("expired before an inactive owner", of(alice().inactive()).until(-1), asked(), Some(Expired)),
        ("an inactive owner before an expired one", of(alice().inactive().until(-1)), asked(), Some(OwnerInactive)),
        ("an expired owner before a wrong application", of(alice().until(-1)), asked().app("x"), Some(OwnerExpired)),
        ("a wrong application before a missing group", plain(), asked().app("x").groups(&["x"]), Some(WrongApplication)),
        ("a group the key lacks before one its owner lacks", of(user("alice", &[], &[])), asked().groups(&["deploy", "x"]), Some(MissingGroup)),
        ("a group the owner lacks before a permission", of(user("alice", &[], &[])), asked().groups(&["deploy"]).can("x"), Some(OwnerMissingGroup)),
        ("a permission the key lacks before one its owner lacks", of(user("alice", &[], &[])), asked().can("x"), Some(MissingPermission)),
        ("a permission the owner lacks before an early end", of(user("alice", &[], &[])).until(1), asked().can("deploy:run").lasting("1h"), Some(OwnerMissingPermission)),
        ("a missing group before an early end", plain().until(1), asked().groups(&["x"]).lasting("1h"), Some(MissingGroup)),
        ("expired before everything that is asked", plain().until(-1), asked().groups(&["x"]).app("x").can("x"), Some(Expired)),
    ];
    assert!(cases.len() >= 60);
    for (sentence, held, asked, reason) in cases {
        let expected = reason.map_or(Verdict::Accepted, Verdict::Refused);
        assert_eq!(decide(held, asked, now()), expected, "{sentence}");
    }
}

#[test]
fn the_last_instant_is_no_overflow() {
    let mut lasting = held(&["a"], &[]);
    lasting.key.expires_at = Some(Timestamp::MIN);
    assert_eq!(
        decide(&lasting, &Requirements::default(), Timestamp::MAX),
        Verdict::Refused(Expired)
    );
}

const GROUPS: [&str; 4] = ["a", "b", "c", "d"];
const PERMISSIONS: [&str; 10] = [
    "x",
    "x@p",
    "x@*",
    "x@*q",
    "x:*",
    "*",
    "*:y",
    "x:y@p*",
    "apikey:own",
    "apikey:manage",
];

fn some_of(all: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(all, 0..=all.len())
}

/// A date before, at or after now, or none.
fn expiries() -> impl Strategy<Value = Option<Timestamp>> {
    proptest::option::of((-2_i64..100).prop_map(|seconds| in_seconds(seconds).unwrap()))
}

fn owners() -> impl Strategy<Value = User> {
    let parts = (
        some_of(&GROUPS),
        some_of(&PERMISSIONS),
        expiries(),
        any::<bool>(),
    );
    parts.prop_map(|(groups, permissions, expires_at, active)| User {
        expires_at,
        active,
        ..user("alice", &groups, &permissions)
    })
}

fn entitlements() -> impl Strategy<Value = Entitlement> {
    let states = prop_oneof![
        Just(State::Active),
        Just(State::Active),
        Just(State::Inactive)
    ];
    let own = (some_of(&GROUPS), some_of(&PERMISSIONS), expiries(), states);
    (own, proptest::option::of(owners())).prop_map(
        |((groups, permissions, expiry, state), owner)| {
            let mut held = held(&groups, &permissions).in_state(state);
            held.key.expires_at = expiry;
            match owner {
                Some(owner) => held.owned_by(owner),
                None => held,
            }
        },
    )
}

fn demands() -> impl Strategy<Value = Requirements> {
    let acts = prop_oneof![
        Just(None),
        proptest::sample::select(vec![
            "x",
            "x@p",
            "x@q",
            "x:y",
            "x:y@p1",
            "z:y",
            "apikey:own",
            "apikey:manage",
        ])
        .prop_map(Some),
    ];
    let parts = (some_of(&GROUPS[..2]), acts, proptest::option::of(0_i64..60));
    parts.prop_map(|(groups, act, lasting)| {
        let demand = Requirements::default().groups(&groups);
        let demand = Requirements {
            min_remaining: lasting.map(Span::from_seconds),
            ..demand
        };
        match act {
            Some(act) => demand.can(act),
            None => demand,
        }
    })
}

fn accepts(held: &Entitlement, asked: &Requirements) -> bool {
    decide(held, asked, now()) == Verdict::Accepted
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn to_give_more_never_turns_accepted_into_refused(
        held in entitlements(),
        asked in demands(),
        group in proptest::sample::select(&GROUPS[..]),
        permission in proptest::sample::select(&PERMISSIONS[..]),
    ) {
        if !accepts(&held, &asked) {
            return Ok(());
        }
        let group: GroupName = group.parse().unwrap();
        let permission: Permission = permission.parse().unwrap();
        let mut more = held.clone();
        more.key.groups.push(group.clone());
        prop_assert!(accepts(&more, &asked), "a group of the key");
        more.permissions.push(permission.clone());
        prop_assert!(accepts(&more, &asked), "a permission of the key");
        if let Some(owner) = &mut more.owner {
            owner.groups.push(group);
            owner.permissions.push(permission);
        }
        prop_assert!(accepts(&more, &asked), "a group and a permission of the owner");
    }

    #[test]
    fn to_stop_an_owner_always_refuses(held in entitlements(), owner in owners(), asked in demands()) {
        prop_assert!(!accepts(&held.clone().owned_by(owner.clone().inactive()), &asked));
        prop_assert!(!accepts(&held.owned_by(owner.until(0)), &asked));
    }

    #[test]
    fn a_key_never_does_more_than_its_owner_or_itself(
        held in entitlements(), owner in owners(), asked in demands(),
    ) {
        let hers = held.clone().owned_by(owner.clone());
        if accepts(&hers, &asked) {
            // As if the owner were the key.
            let mut as_owner = held.clone();
            as_owner.key.groups = owner.groups.clone();
            as_owner.permissions = owner.permissions.clone();
            as_owner.owner = None;
            prop_assert!(accepts(&as_owner, &asked));
            let nobodys = Entitlement { owner: None, ..held };
            prop_assert!(accepts(&nobodys, &asked));
        }
    }

    #[test]
    fn what_is_shown_as_effective_is_what_is_accepted(held in entitlements(), asked in demands()) {
        let held = held.in_state(State::Active);
        if held.key.has_expired(now()) {
            return Ok(());
        }
        let effective = held.effective(now());
        if let Some(owner) = &held.owner {
            prop_assert!(effective.groups.iter().all(|group| owner.groups.contains(group)));
            prop_assert!(effective.permissions.iter().all(|one| one.is_within(&owner.permissions)));
        }
        prop_assert!(effective.permissions.iter().all(|one| one.is_within(&held.permissions)));
        for group in &asked.groups {
            let demand = Requirements { groups: vec![group.clone()], ..Requirements::default() };
            prop_assert_eq!(accepts(&held, &demand), effective.groups.contains(group) && !held.stopped());
        }
        if let Some(act) = &asked.act {
            let demand = Requirements { act: Some(act.clone()), ..Requirements::default() };
            let shown = effective.permissions.iter().any(|one| one.allows(act));
            // Shown is always true; what is missing is an overlap of two stars.
            prop_assert!(!shown || accepts(&held, &demand));
            let owners = held.owner.iter().flat_map(|owner| &owner.permissions);
            let overlap = held.permissions.iter().any(Permission::is_pattern)
                && owners.into_iter().any(Permission::is_pattern);
            prop_assert!(shown || overlap || !accepts(&held, &demand));
        }
    }
}

impl Entitlement {
    fn stopped(&self) -> bool {
        let active = super::super::user::UserStatus::Active;
        self.owner
            .as_ref()
            .is_some_and(|owner| owner.status(now()) != active)
    }
}
