//! Fuzzes keys.db and its usage file, as an attacker or a failing disk may leave them.

use std::path::Path;

use super::reading::{MAX_LOOKUPS, Reading, now, read_value};
use super::schema::{check_schema, plant, split};
use crate::model::{Edit, KeyName, KeyRef, Operator, RequiredRight, Selection, Standing, State};
use crate::store::{Access, Actor, Changed, Clock, EditRequest, Store};

/// The length of the usage file in bytes: four entries; the first belongs to no secret.
const USAGE_LEN: usize = 4 * 16;

/// Reads `bytes` as a database and, after a separator, rows to write into its schema. The last
/// bytes of the resulting database are its usage file. Every value that is read must be valid, and
/// every error must be one that a damaged database can cause. Reading must change nothing, except
/// that it may migrate an older schema.
pub fn keys_db(bytes: &[u8]) {
    is_read(bytes);
}

/// Does what [`keys_db`] does, and returns whether apikey opened the database.
pub(super) fn is_read(bytes: &[u8]) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().canonicalize().unwrap().join("keys.db");
    let (database, rows) = split(bytes);
    std::fs::write(&path, database).unwrap();
    plant(&path, rows);
    let bytes = &std::fs::read(&path).unwrap();
    let usage = &bytes[bytes.len().saturating_sub(USAGE_LEN)..];
    std::fs::write(path.with_extension("db.usage"), usage).unwrap();
    let is_untouched = || std::fs::read(&path).unwrap() == *bytes;

    let mut is_opened = false;
    if let Some(store) = opened(&path, Access::Peek, Standing::Owner) {
        Reading::at(&store).offer();
        is_opened = true;
    }
    assert!(is_untouched(), "completion changed the database");

    let mut names = Vec::new();
    for standing in [Standing::Other, Standing::Owner] {
        if let Some(store) = opened(&path, Access::Read, standing) {
            let reading = Reading::examined(&store, bytes.len());
            names = reading.list();
            reading.look_up_each(&names);
            reading.list_groups_and_users();
            reading.read_policy();
            reading.read_log();
            is_opened = true;
        }
    }
    if is_opened {
        check_schema(&path);
    }
    // Only a database with an older schema may have changed: reading migrates it.
    let version = bytes.get(60..64).unwrap_or_default();
    assert!(
        version != [0, 0, 0, 5] || is_untouched(),
        "reading changed the database"
    );

    if let Some(mut store) = opened(&path, Access::Write, Standing::Owner) {
        change(&mut store, &names);
    }
    is_opened
}

fn opened(path: &Path, access: Access, standing: Standing) -> Option<Store> {
    let actor = Actor {
        operator: Operator::from_login("alice").unwrap(),
        standing,
        required: RequiredRight::SeeKeys,
        reason: None,
        now: now(),
        clock: Clock::Fixed(now),
        role: None,
    };
    read_value(Store::open_as(path, access, actor))
}

/// Makes changes: each must have the requested result or return an error.
fn change(store: &mut Store, names: &[KeyName]) {
    for name in names.iter().take(MAX_LOOKUPS) {
        let request = EditRequest {
            selection: &Selection::Keys(vec![KeyRef::NameOrId(name.clone())]),
            edit: &Edit::Deactivate { time: None },
            at_most: None,
            dry_run: false,
            confirmed: None,
        };
        let mut is_inactive = true;
        let mut visit = |changed: &Changed| {
            is_inactive &= changed.after.state == State::Inactive;
        };
        let _ = store.edit(&request, Some(&mut visit));
        assert!(is_inactive);
    }
    let group = "fuzzed".parse().unwrap();
    if store.create_group(&group, None, &[]).is_ok() && store.delete_group(&group).is_ok() {
        assert!(!matches!(store.has_group(&group), Ok(true)));
    }
}
