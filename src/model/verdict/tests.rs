//! Tests of the verdict, as a table of cases.

mod properties;

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

/// A secret that is current.
fn current() -> SecretRecord {
    SecretRecord {
        slot: 1,
        last_four: "9fQ2".to_owned(),
        state: SecretState::Current,
        created_at: Timestamp::from_unix(0),
        valid_until: None,
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(texts: &[&str]) -> Vec<T> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// Returns an active key with `groups` and `permissions`.
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

    fn with_state(mut self, state: State) -> Self {
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

    fn min_remaining(mut self, span: &str) -> Self {
        self.min_remaining = Some(span.parse().unwrap());
        self
    }
}

#[test]
fn a_verdict_is_what_the_rules_say() {
    let usable = Requirements::default;
    let plain = || held(&["deploy", "readonly"], &["deploy:run", "*:read"]);
    let alice = || user("alice", &["deploy", "readonly"], &["deploy:run", "*:read"]);
    let owned = || plain().owned_by(alice());
    let of = |owner: User| plain().owned_by(owner);
    #[rustfmt::skip] // a case a line
    let cases: &[(&str, Entitlement, Requirements, Option<Refusal>)] = &[
        // The key itself.
        ("an active key is accepted", plain(), usable(), None),
        ("a deactivated key is refused", plain().with_state(State::Inactive), usable(), Some(Inactive)),
        ("a pending key is unknown", plain().with_state(State::Pending), usable(), Some(Unknown)),
        ("a key is accepted a second before its expiry", plain().until(1), usable(), None),
        ("a key whose expiry is now is expired", plain().until(0), usable(), Some(Expired)),
        ("a key is expired a second after its expiry", plain().until(-1), usable(), Some(Expired)),
        ("a key without groups is accepted if none is required", held(&[], &[]), usable(), None),
        // Groups.
        ("the key's group suffices", plain(), usable().groups(&["deploy"]), None),
        ("groups ignore case", plain(), usable().groups(&["DEPLOY"]), None),
        ("every required group must be held", plain(), usable().groups(&["deploy", "admin"]), Some(MissingGroup)),
        ("all of the key's groups suffice", plain(), usable().groups(&["deploy", "readonly"]), None),
        ("admin is not readonly", held(&["admin"], &["*"]), usable().groups(&["readonly"]), Some(MissingGroup)),
        // Applications.
        ("a required application must be the key's", plain().for_app("billing"), usable().app("shop"), Some(WrongApplication)),
        ("the key's own application suffices", plain().for_app("billing"), usable().app("billing"), None),
        ("applications ignore case", plain().for_app("billing"), usable().app("Billing"), None),
        ("a key without an application is for no required one", plain(), usable().app("shop"), Some(WrongApplication)),
        ("without a required application any is accepted", plain().for_app("billing"), usable(), None),
        // Minimum time.
        ("a key that never expires lasts long enough", plain(), usable().min_remaining("365000d"), None),
        ("a key that lasts exactly as long suffices", plain().until(60), usable().min_remaining("60s"), None),
        ("a key that lasts a second less does not", plain().until(59), usable().min_remaining("60s"), Some(ExpiresSoon)),
        ("a minimum of zero requires nothing", plain().until(1), usable().min_remaining("0s"), None),
        // Permissions.
        ("the key's permission suffices", plain(), usable().can("deploy:run"), None),
        ("a matching pattern suffices", plain(), usable().can("project:read"), None),
        ("another permission is missing", plain(), usable().can("deploy:stop"), Some(MissingPermission)),
        ("a key without permissions allows nothing", held(&["deploy"], &[]), usable().can("a"), Some(MissingPermission)),
        ("a permission for every resource covers this one", plain(), usable().can("deploy:run@prod-1"), None),
        ("a permission for this resource suffices", held(&["a"], &["x@prod-*"]), usable().can("x@prod-1"), None),
        ("a permission for another resource doesn't", held(&["a"], &["x@prod-*"]), usable().can("x@test-1"), Some(MissingPermission)),
        ("a permission for some resources is not for all", held(&["a"], &["x@prod-*"]), usable().can("x"), Some(MissingPermission)),
        ("neither is one for any resource", held(&["a"], &["x@*"]), usable().can("x"), Some(MissingPermission)),
        ("one of several permissions suffices", held(&["a"], &["x@a", "x@b"]), usable().can("x@b"), None),
        ("a star never matches apikey's own actions", held(&["a"], &["*"]), usable().can("apikey:manage"), Some(MissingPermission)),
        ("an action of apikey that is spelled out matches", held(&["a"], &["apikey:own"]), usable().can("apikey:own"), None),
        ("a required group and permission are both checked", plain(), usable().groups(&["deploy"]).can("deploy:run"), None),
        ("a group doesn't replace a permission", plain(), usable().groups(&["deploy"]).can("x"), Some(MissingPermission)),
        ("a permission doesn't replace a group", plain(), usable().groups(&["x"]).can("deploy:run"), Some(MissingGroup)),
        // Owners.
        ("a key whose owner has the same rights is accepted", owned(), usable().groups(&["deploy"]).can("deploy:run"), None),
        ("a deactivated owner blocks the key", of(alice().inactive()), usable(), Some(OwnerInactive)),
        ("an owner is valid a second before its expiry", of(alice().until(1)), usable(), None),
        ("an owner whose expiry is now has expired", of(alice().until(0)), usable(), Some(OwnerExpired)),
        ("an expired owner blocks the key", of(alice().until(-1)), usable(), Some(OwnerExpired)),
        ("an owner without groups blocks nothing if nothing is required", of(user("alice", &[], &[])), usable(), None),
        ("a group that the owner left doesn't count", of(user("alice", &["readonly"], &["*:read"])), usable().groups(&["deploy"]), Some(OwnerMissingGroup)),
        ("a group that the owner kept counts", of(user("alice", &["readonly"], &["*:read"])), usable().groups(&["readonly"]), None),
        ("a group of the owner's is not the key's", held(&["readonly"], &[]).owned_by(alice()), usable().groups(&["deploy"]), Some(MissingGroup)),
        ("the owner must be in both of two groups", of(user("alice", &["readonly"], &[])), usable().groups(&["readonly", "deploy"]), Some(OwnerMissingGroup)),
        ("groups of owners ignore case", of(user("alice", &["DEPLOY"], &[])), usable().groups(&["deploy"]), None),
        ("the key never exceeds its owner", of(user("alice", &["deploy"], &["*:read"])), usable().can("deploy:run"), Some(OwnerMissingPermission)),
        ("another permission of the owner that allows the act suffices", of(user("alice", &[], &["deploy:*"])), usable().can("deploy:run"), None),
        ("a permission of the owner is not the key's", held(&["a"], &["x"]).owned_by(alice()), usable().can("deploy:run"), Some(MissingPermission)),
        ("an owner limited to a resource limits the key", of(user("alice", &[], &["deploy:run@test"])), usable().can("deploy:run@prod"), Some(OwnerMissingPermission)),
        ("within this resource the key is accepted", of(user("alice", &[], &["deploy:run@test"])), usable().can("deploy:run@test"), None),
        ("an owner limited to resources is not permitted all", of(user("alice", &[], &["deploy:run@*"])), usable().can("deploy:run"), Some(OwnerMissingPermission)),
        ("an owner's star doesn't match apikey's actions", held(&["a"], &["apikey:own"]).owned_by(user("alice", &[], &["*"])), usable().can("apikey:own"), Some(OwnerMissingPermission)),
        ("a key expires no later than its owner", of(alice().until(59)), usable().min_remaining("60s"), Some(ExpiresSoon)),
        ("an owner that lasts exactly as long suffices", of(alice().until(60)), usable().min_remaining("60s"), None),
        ("a key that expires before its owner counts by its own expiry", of(alice().until(90)).until(30), usable().min_remaining("60s"), Some(ExpiresSoon)),
        // The order of reasons.
        ("inactive before expired", plain().with_state(State::Inactive).until(-1), usable(), Some(Inactive)),
        ("expired before an inactive owner", of(alice().inactive()).until(-1), usable(), Some(Expired)),
        ("an inactive owner before an expired one", of(alice().inactive().until(-1)), usable(), Some(OwnerInactive)),
        ("an expired owner before a wrong application", of(alice().until(-1)), usable().app("x"), Some(OwnerExpired)),
        ("a wrong application before a missing group", plain(), usable().app("x").groups(&["x"]), Some(WrongApplication)),
        ("a group the key lacks before one its owner lacks", of(user("alice", &[], &[])), usable().groups(&["deploy", "x"]), Some(MissingGroup)),
        ("a group the owner lacks before a permission", of(user("alice", &[], &[])), usable().groups(&["deploy"]).can("x"), Some(OwnerMissingGroup)),
        ("a permission the key lacks before one its owner lacks", of(user("alice", &[], &[])), usable().can("x"), Some(MissingPermission)),
        ("a permission the owner lacks before an early expiry", of(user("alice", &[], &[])).until(1), usable().can("deploy:run").min_remaining("1h"), Some(OwnerMissingPermission)),
        ("a missing group before an early expiry", plain().until(1), usable().groups(&["x"]).min_remaining("1h"), Some(MissingGroup)),
        ("expired before every requirement", plain().until(-1), usable().groups(&["x"]).app("x").can("x"), Some(Expired)),
    ];
    assert!(cases.len() >= 60);
    for (sentence, held, required, reason) in cases {
        let expected = reason.map_or(Verdict::Accepted, Verdict::Refused);
        assert_eq!(
            decide(held, &current(), required, now()),
            expected,
            "{sentence}"
        );
    }
}

#[test]
fn the_extreme_times_do_not_overflow() {
    let mut lasting = held(&["a"], &[]);
    lasting.key.expires_at = Some(Timestamp::MIN);
    assert_eq!(
        decide(
            &lasting,
            &current(),
            &Requirements::default(),
            Timestamp::MAX
        ),
        Verdict::Refused(Expired)
    );
}
