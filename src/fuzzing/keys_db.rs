//! A whole keys.db as anybody may have left it, and the usage file beside it.

use std::path::Path;

use serde_json::Value;

use super::schema::{check_schema, plant, split};
use super::stored_hash::is_cheap;
use crate::error::{Error, Kind, Result};
use crate::model::{
    Act, Finding, Key, KeyField, KeyId, KeyName, KeyRef, Listing, LogFilter, Operator,
    RequiredRight, Requirements, ShortForm, Span, Standing, State, Status, Text, Timestamp, decide,
};
use crate::output::{KeyJson, UserJson};
use crate::secret::Secret;
use crate::store::{Access, Actor, Store};

/// No seed has its hash.
const SECRET: &str = "apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX";

/// How many keys are asked for one by one.
const SEVERAL: usize = 8;

/// Bytes of the usage file: the records of four slots, of which none has the first.
const USAGE_LEN: usize = 4 * 16;

/// Takes `bytes` for a database, and the last of them for the usage file beside it
/// as well: whatever is read of them is what it has to be, or it is told what is
/// wrong with them, and to look changes nothing.
pub fn keys_db(bytes: &[u8]) {
    look_at(bytes);
}

/// As [`keys_db`]; returns whether it is a database that is read.
pub(super) fn look_at(bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("keys.db");
    let (database, rows) = split(bytes);
    std::fs::write(&path, database).unwrap();
    plant(&path, rows);
    let bytes = &std::fs::read(&path).unwrap();
    let usage = &bytes[bytes.len().saturating_sub(USAGE_LEN)..];
    std::fs::write(path.with_extension("db.usage"), usage).unwrap();
    let is_untouched = || std::fs::read(&path).unwrap() == *bytes;

    let mut is_opened = false;
    if let Some(store) = opened(&path, Access::Peek, Standing::Owner) {
        Looking::at(&store).offer();
        is_opened = true;
    }
    assert!(is_untouched(), "completing changed it");

    let mut names = Vec::new();
    for standing in [Standing::Other, Standing::Owner] {
        if let Some(store) = opened(&path, Access::Read, standing) {
            let looking = Looking {
                is_whole: is_whole(&store),
                most: bytes.len(),
                ..Looking::at(&store)
            };
            names = looking.list();
            looking.ask_for_each(&names);
            looking.list_groups_and_users();
            looking.read_log();
            is_opened = true;
        }
    }
    if is_opened {
        check_schema(&path);
    }
    // An older schema is brought to the latest.
    let version = bytes.get(60..64).unwrap_or_default();
    assert!(
        version != [0, 0, 0, 2] || is_untouched(),
        "reading changed it"
    );

    if let Some(mut store) = opened(&path, Access::Write, Standing::Owner) {
        change(&mut store, &names);
    }
    is_opened
}

fn now() -> Timestamp {
    Timestamp::from_unix(1_800_000_000)
}

fn opened(path: &Path, access: Access, standing: Standing) -> Option<Store> {
    let actor = Actor {
        operator: Operator::from_login("alice").unwrap(),
        standing,
        required: RequiredRight::SeeKeys,
        now: now(),
        clock: now,
    };
    good(Store::open_as(path, access, actor))
}

/// What was read, if it could be. Nobody else is there who could hold a lock, and
/// nothing of it is the caller's mistake.
fn good<T>(read: Result<T>) -> Option<T> {
    let may_be = |error: &Error| {
        // The last four of a key or a user that is listed and can't be found.
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

/// Whether `doctor` finds nothing wrong with what is in the database.
fn is_whole(store: &Store) -> bool {
    let outside = [
        "file-modes",
        "writable",
        "clock",
        "pending",
        "leftovers",
        "usage",
    ];
    let is_fine = |finding: &Finding| finding.fix.is_none() || outside.contains(&finding.check);
    good(store.examine()).is_some_and(|findings| findings.iter().all(is_fine))
}

/// Whatever is listed is what the contract says a key is.
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
        let is_instant = text(field).map(|text| text.parse::<Timestamp>().is_ok());
        assert!(is_instant.unwrap_or(json[field].is_null() && field != "created_at"));
    }
}

/// A database that is looked at.
struct Looking<'a> {
    store: &'a Store,
    /// Whether all of it can be read.
    is_whole: bool,
    /// No more of anything can be in it.
    most: usize,
}

impl<'a> Looking<'a> {
    fn at(store: &'a Store) -> Self {
        Self {
            store,
            is_whole: false,
            most: usize::MAX,
        }
    }

    /// What was read, if it could be, as all of a whole one can.
    fn good<T>(&self, read: Result<T>) -> Option<T> {
        if let (true, Err(error)) = (self.is_whole, &read) {
            panic!("doctor finds it whole: {error:?}");
        }
        good(read)
    }

    /// What a shell is told.
    fn offer(&self) {
        let store = self.store;
        for typed in ["", "a"] {
            self.good(store.matching_keys(typed, None));
            self.good(store.matching_groups(typed));
            self.good(store.matching_users(typed, None));
            self.good(store.matching_permissions(typed));
            self.good(store.matching_actions(typed));
            self.good(store.matching_applications(typed));
        }
    }

    /// The names of all keys, listed in several ways.
    fn list(&self) -> Vec<KeyName> {
        for sort in [KeyField::LastUsedAt, KeyField::Groups, KeyField::Owner] {
            self.walk(&Listing {
                sort,
                ..Listing::default()
            });
        }
        self.walk(&Listing {
            texts: "a".parse::<Text>().into_iter().collect(),
            reverse: true,
            unused_for: Some(Span::from_seconds(1)),
            expires_by: Some(Timestamp::MAX),
            groups: vec!["admin".parse().unwrap()],
            ..Listing::default()
        });
        self.walk(&Listing {
            acts: vec![Act {
                action: "a:read".parse().unwrap(),
                resource: None,
            }],
            creators: vec!["root".parse().unwrap()],
            expired_for: Some(Span::from_seconds(0)),
            ..Listing::default()
        });
        let names = self.walk(&Listing::default());
        let lower = |name: &KeyName| name.as_str().to_ascii_lowercase();
        assert!(names.is_sorted_by(|a, b| lower(a) < lower(b)), "{names:?}");
        names
    }

    /// The names of the keys listed until the end, or until the first that can't be
    /// read.
    fn walk(&self, listing: &Listing) -> Vec<KeyName> {
        let mut names = Vec::new();
        let pages = self.good(self.store.pages(listing));
        for page in pages.into_iter().flatten() {
            for key in self.good(page).unwrap_or_default() {
                check_key(&key);
                names.push(key.name);
                assert!(names.len() <= self.most, "the listing has no end");
            }
        }
        names
    }

    /// Each key is the one that was asked for, and may do no more than its groups.
    fn ask_for_each(&self, names: &[KeyName]) {
        let asked = Requirements {
            act: Some(Act {
                action: "project:create".parse().unwrap(),
                resource: None,
            }),
            ..Requirements::default()
        };
        let secret = Secret::parse(SECRET).unwrap();
        for name in names.iter().take(SEVERAL) {
            let wanted = KeyRef::NameOrId(name.clone());
            let Some(held) = self.good(self.store.entitlement(&wanted)) else {
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
            if let Some(Some(found)) = self.good(self.store.for_verify(&key.short, &asked)) {
                assert_eq!(found.held.key.id(), key.id());
                decide(&found.held, &asked, now());
                if is_cheap(found.hash.as_stored()) {
                    assert_ne!(found.hash.matches(&secret), Ok(true));
                }
            }
        }
    }

    fn list_groups_and_users(&self) {
        let store = self.store;
        for group in self.good(store.groups()).unwrap_or_default() {
            if let Some(found) = self.good(store.group(&group.name)) {
                assert_eq!(found.name, group.name);
            }
        }
        for registered in self.good(store.users()).unwrap_or_default() {
            serde_json::to_string(&UserJson::new(&registered, now())).unwrap();
            if let Some(found) = self.good(store.user(&registered.user.name)) {
                assert_eq!(found.user.name, registered.user.name);
            }
        }
        self.good(store.is_unmanaged());
    }

    /// Each entry comes after the one before it.
    fn read_log(&self) {
        let mut last = i64::MIN;
        if let Some(mut pages) = self.good(self.store.log_pages(&LogFilter::default())) {
            self.good(pages.each(|entry| {
                assert!(entry.seq > last, "{} after {last}", entry.seq);
                last = entry.seq;
                Ok::<_, Error>(())
            }));
        }
        if let Some(head) = self.good(self.store.log_head()) {
            assert_eq!(head.to_string().parse(), Ok(head));
            let wrong = self.good(self.store.first_invalid_entry(Some(&head)));
            assert!(!self.is_whole || wrong == Some(None));
        }
    }
}

/// A change is made as it was asked for, or it is told why not.
fn change(store: &mut Store, names: &[KeyName]) {
    for name in names.iter().take(SEVERAL) {
        let wanted = [KeyRef::NameOrId(name.clone())];
        if let Ok(changed) = store.set_state(&wanted, State::Inactive) {
            assert!(changed.iter().all(|one| one.after.state == State::Inactive));
        }
    }
    let group = "fuzzed".parse().unwrap();
    if store.create_group(&group, None, &[]).is_ok() && store.delete_group(&group).is_ok() {
        assert!(!matches!(store.has_group(&group), Ok(true)));
    }
}
