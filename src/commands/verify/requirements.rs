//! The requirements of `verify` and remarks on them.

use crate::cli::Verify;
use crate::commands::Session;
use crate::error::Result;
use crate::model::{Act, Requirements, Timestamp};
use crate::store::Store;

/// Returns what the arguments require of a key.
pub(super) fn requirements(args: &Verify, session: &Session) -> Requirements {
    Requirements {
        groups: args.groups.clone(),
        act: args.can.clone().map(|action| Act {
            action,
            resource: args.on.clone(),
        }),
        application: args.app.clone(),
        min_remaining: args.min_remaining,
        shows_key: session.output.wants_json(),
    }
}

/// Returns a remark with the time that --min-remaining resolves to.
pub(super) fn deadline(required: &Requirements, now: Timestamp) -> Option<String> {
    let until = now.plus(required.min_remaining?);
    Some(format!("the key must be valid until {until}"))
}

/// Returns a remark on each required group that does not exist.
pub(super) fn unknown_groups(required: &Requirements, store: &Store) -> Result<Vec<String>> {
    let mut remarks = Vec::new();
    for group in &required.groups {
        if !store.has_group(group)? {
            remarks.push(format!("there is no group \"{group}\", so no key is in it"));
        }
    }
    Ok(remarks)
}
