//! Reads a fuzzed keys.db in every way and checks the values against the contract.

use serde_json::Value;

use super::stored_hash::is_cheap;
use crate::error::{Error, Kind, Result};
use crate::model::{
    Act, Filter, Finding, Key, KeyField, KeyId, KeyName, KeyRef, Listing, LogFilter, Requirements,
    RuleSetting, RuleValue, ShortForm, Span, Status, Text, Timestamp, decide,
};
use crate::output::{KeyJson, UserJson};
use crate::secret::Secret;
use crate::store::Store;

/// A secret whose hash is in no seed.
const SECRET: &str = "apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX";

/// The maximum number of keys that are looked up, and later changed, one by one.
pub(super) const MAX_LOOKUPS: usize = 8;

pub(super) fn now() -> Timestamp {
    Timestamp::from_unix(1_800_000_000)
}

/// Returns the value that was read, if any. An error must be of a kind that the database itself
/// can cause, since no other process holds a lock and the caller's input is valid.
pub(super) fn read_value<T>(read: Result<T>) -> Option<T> {
    let may_be = |error: &Error| {
        // The last three kinds mean that a listed name can't be found.
        matches!(
            error.kind(),
            Kind::DatabaseDamaged
                | Kind::DatabaseForeign
                | Kind::DatabaseNewer
                | Kind::Io
                | Kind::NotPermitted
                | Kind::KeyNotFound
                | Kind::GroupNotFound
                | Kind::UserNotFound
        )
    };
    read.inspect_err(|error| assert!(may_be(error), "{error:?}"))
        .ok()
}

/// Returns whether `doctor` finds no damage in the contents of the database.
fn is_undamaged(store: &Store) -> bool {
    let outside = [
        "file-modes",
        "writable",
        "policy",
        "clock",
        "pending",
        "leftovers",
        "usage",
    ];
    let is_fine = |finding: &Finding| finding.fix.is_none() || outside.contains(&finding.check);
    read_value(store.examine()).is_some_and(|findings| findings.iter().all(is_fine))
}

/// Checks a listed key against the contract.
fn check_key(key: &Key) {
    let name = key.name.as_str();
    assert!(name.parse::<KeyName>().is_ok());
    assert!(Status::ALL.contains(&key.status(now())));
    for used in [
        key.last_used_at,
        key.last_use_known_since,
        key.last_refused_at,
    ]
    .into_iter()
    .flatten()
    {
        assert!((1..=now().unix() + 300).contains(&used.unix()), "{used}");
    }
    let json = serde_json::to_string(&KeyJson::new(key, now())).unwrap();
    assert_eq!(json.lines().count(), 1);
    let json: Value = serde_json::from_str(&json).unwrap();
    let text = |field: &str| json[field].as_str();
    assert_eq!(text("name"), Some(name));
    let short = text("key").and_then(|key| key.parse::<ShortForm>().ok());
    assert_eq!(short.as_ref(), Some(&key.short));
    for field in [
        "created_at",
        "last_used_at",
        "last_use_known_since",
        "last_refused_at",
        "expires_at",
    ] {
        let is_time = text(field).map(|text| text.parse::<Timestamp>().is_ok());
        assert!(is_time.unwrap_or(json[field].is_null() && field != "created_at"));
    }
}

/// A database to read.
pub(super) struct Reading<'a> {
    store: &'a Store,
    /// Whether `doctor` finds no damage, so that every read must succeed.
    is_undamaged: bool,
    /// An upper bound of the number of keys.
    max_keys: usize,
}

impl<'a> Reading<'a> {
    pub(super) fn at(store: &'a Store) -> Self {
        Self {
            store,
            is_undamaged: false,
            max_keys: usize::MAX,
        }
    }

    /// Examines the database first; it can have at most `max_keys` keys.
    pub(super) fn examined(store: &'a Store, max_keys: usize) -> Self {
        Self {
            store,
            is_undamaged: is_undamaged(store),
            max_keys,
        }
    }

    /// Returns the value that was read; an undamaged database must have one.
    fn value<T>(&self, read: Result<T>) -> Option<T> {
        if let (true, Err(error)) = (self.is_undamaged, &read) {
            panic!("doctor finds no damage, but a read failed: {error:?}");
        }
        read_value(read)
    }

    /// Reads what completion offers to a shell.
    pub(super) fn offer(&self) {
        let store = self.store;
        for typed in ["", "a"] {
            self.value(store.matching_keys(typed, None));
            self.value(store.matching_groups(typed));
            self.value(store.matching_users(typed, None));
            self.value(store.matching_permissions(typed));
            self.value(store.matching_actions(typed));
            self.value(store.matching_applications(typed));
        }
    }

    /// Lists the keys in several ways and returns their names.
    pub(super) fn list(&self) -> Vec<KeyName> {
        for sort in [KeyField::LastUsedAt, KeyField::Groups, KeyField::Owner] {
            self.walk(&Listing {
                sort,
                reverse: true,
                ..Listing::default()
            });
        }
        self.walk(&Listing::from(Filter {
            texts: "a".parse::<Text>().into_iter().collect(),
            unused_for: Some(Span::from_seconds(1)),
            expires_within: "9d".parse().ok(),
            refused_within: Some(Span::from_seconds(1)),
            groups: vec!["admin".parse().unwrap()],
            ..Filter::default()
        }));
        self.walk(&Listing::from(Filter {
            acts: vec![Act {
                action: "a:read".parse().unwrap(),
                resource: None,
            }],
            creators: vec!["root".parse().unwrap()],
            expired_for: Some(Span::from_seconds(0)),
            older_than: Some(Span::from_seconds(0)),
            ..Filter::default()
        }));
        let names = self.walk(&Listing::default());
        let lower = |name: &KeyName| name.as_str().to_ascii_lowercase();
        assert!(names.is_sorted_by(|a, b| lower(a) < lower(b)), "{names:?}");
        names
    }

    /// Lists keys until the end or the first error, and returns their names.
    fn walk(&self, listing: &Listing) -> Vec<KeyName> {
        let mut names = Vec::new();
        let pages = self.value(self.store.pages(listing));
        for page in pages.into_iter().flatten() {
            for key in self.value(page).unwrap_or_default() {
                check_key(&key);
                names.push(key.name);
                assert!(names.len() <= self.max_keys, "the listing has no end");
            }
        }
        names
    }

    /// Looks up the keys with these names, and their secrets. Each lookup must return the wanted
    /// key, and the key's effective groups must be among its groups.
    pub(super) fn look_up_each(&self, names: &[KeyName]) {
        let asked = Requirements {
            act: Some(Act {
                action: "project:create".parse().unwrap(),
                resource: None,
            }),
            ..Requirements::default()
        };
        let secret = Secret::parse(SECRET).unwrap();
        for name in names.iter().take(MAX_LOOKUPS) {
            let wanted = KeyRef::NameOrId(name.clone());
            let Some(held) = self.value(self.store.entitlement(&wanted)) else {
                continue;
            };
            let key = &held.key;
            let id = KeyId::parse_prefixed(&key.short.prefix, name.as_str());
            assert!(match &id {
                Some(id) => key.id() == id,
                None => key.name == *name || key.id().as_str() == name.as_str(),
            });
            let counts = held.effective(now()).groups;
            assert!(counts.iter().all(|group| key.groups.contains(group)));
            if let Some(Some(found)) = self.value(self.store.find_secret(&key.short, &asked)) {
                assert_eq!(found.held.key.id(), key.id());
                decide(&found.held, &found.secret, &asked, now());
                if is_cheap(found.hash.as_stored()) {
                    assert!(!matches!(found.hash.matches(&secret), Ok(true)));
                }
            }
        }
    }

    pub(super) fn list_groups_and_users(&self) {
        let store = self.store;
        for group in self.value(store.groups()).unwrap_or_default() {
            if let Some(found) = self.value(store.group(&group.name)) {
                assert_eq!(found.name, group.name);
            }
        }
        for registered in self.value(store.users()).unwrap_or_default() {
            serde_json::to_string(&UserJson::new(&registered, now())).unwrap();
            if let Some(found) = self.value(store.user(&registered.user.name)) {
                assert_eq!(found.user.name, registered.user.name);
            }
        }
        self.value(store.is_unmanaged());
    }

    /// Reads the policy, whose values must have one spelling. Its damage prevents no other read.
    pub(super) fn read_policy(&self) {
        let policy = read_value(self.store.policy()).unwrap_or_default();
        for RuleSetting { rule, value, .. } in policy.settings() {
            if let Some(value) = value {
                assert_eq!(RuleValue::parse(rule, &value.to_string()), Ok(value));
            }
        }
    }

    /// Reads the log, whose sequence numbers must rise, and its head. An undamaged log must have a
    /// valid chain.
    pub(super) fn read_log(&self) {
        let mut last = i64::MIN;
        if let Some(mut pages) = self.value(self.store.log_pages(&LogFilter::default())) {
            self.value(pages.each(|entry| {
                assert!(entry.seq > last, "{} after {last}", entry.seq);
                last = entry.seq;
                Ok::<_, Error>(())
            }));
        }
        if let Some(head) = self.value(self.store.log_head()) {
            assert_eq!(head.to_string().parse(), Ok(head));
            let invalid = self.value(self.store.first_invalid_entry(Some(&head)));
            assert!(!self.is_undamaged || invalid == Some(None));
        }
    }
}
