//! `apikey list`.

use super::Session;
use crate::cli::List;
use crate::error::Result;
use crate::model::{Listing, Span, Timestamp};
use crate::output::Outcome;
use crate::store::Store;

/// Lists keys.
pub(super) fn run(args: &List, store: &Store, session: &Session) -> Result<Outcome> {
    for group in &args.groups {
        // A filter by a group that isn't there is a slip of the finger.
        store.group(group)?;
    }
    for owner in &args.owners {
        store.check_owner(owner)?;
    }
    echo(args, session);
    let pages = store.pages(&Listing {
        statuses: args.statuses.clone(),
        groups: args.groups.clone(),
        owners: args.owners.clone(),
        applications: args.apps.clone(),
        unused_for: args.unused_for,
        never_used: args.never_used,
        expires_within: args.expires_within,
        search: args.search.clone(),
        sort: args.sort,
        reverse: args.reverse,
        limit: args.limit,
    })?;
    if let Some(warning) = left_out(pages.left_out()) {
        session.output.warning(&warning);
    }
    session
        .output
        .list_keys(|pass, each| pages.pass(pass, each))?;
    Ok(Outcome::done())
}

/// Says as instants what the durations were understood as.
fn echo(args: &List, session: &Session) {
    let now = session.now();
    let note = |fact: &str, span: Option<Span>, instant: fn(Timestamp, Span) -> Timestamp| {
        if let Some(span) = span {
            session
                .output
                .remark(&format!("{fact} {}", instant(now, span)));
        }
    };
    note("not used since", args.unused_for, Timestamp::minus);
    note("expiring by", args.expires_within, Timestamp::plus);
}

/// Returns what to say of keys that are left out because their last use isn't known.
fn left_out(count: u64) -> Option<String> {
    let (keys, their) = match count {
        0 => return None,
        1 => ("1 key is".to_owned(), "its"),
        count => (format!("{count} keys are"), "their"),
    };
    Some(format!(
        "{keys} left out: uses have not been recorded for long enough to know {their} last use"
    ))
}
