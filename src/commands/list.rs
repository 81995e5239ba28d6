//! `apikey list`.

use super::Session;
use crate::cli::List;
use crate::error::Result;
use crate::model::{Act, Action, Listing, Timestamp};
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
    let pages = store.pages(&wanted(args, session.now()))?;
    if let Some(warning) = left_out(pages.left_out()) {
        session.output.warning(&warning);
    }
    let in_use = if session.output.is_table() {
        pages.columns_in_use()?
    } else {
        Vec::new()
    };
    session.output.list_keys(&in_use, |each| {
        for page in pages {
            page?.iter().try_for_each(&mut *each)?;
        }
        Ok(())
    })?;
    Ok(Outcome::done())
}

fn wanted(args: &List, now: Timestamp) -> Listing {
    let on = |action: &Action| {
        let act = |resource| Act {
            action: action.clone(),
            resource,
        };
        match args.resources.as_slice() {
            [] => vec![act(None)],
            some => some.iter().cloned().map(|one| act(Some(one))).collect(),
        }
    };
    Listing {
        statuses: args.statuses.clone(),
        groups: args.groups.clone(),
        owners: args.owners.clone(),
        no_owner: args.no_owner,
        creators: args.creators.clone(),
        applications: args.apps.clone(),
        acts: args.actions.iter().flat_map(on).collect(),
        unused_for: args.unused_for,
        never_used: args.never_used,
        expires_by: args.expires_within.map(|when| when.ahead(now)),
        expired_for: args.expired_for,
        no_expiry: args.no_expiry,
        texts: args.texts.clone(),
        sort: args.sort,
        reverse: args.reverse,
        limit: args.limit,
    }
}

/// Says as instants what the durations were understood as.
fn echo(args: &List, session: &Session) {
    let now = session.now();
    let facts = [
        (
            "not used since",
            args.unused_for.map(|span| now.minus(span)),
        ),
        (
            "expiring by",
            args.expires_within.map(|when| when.ahead(now)),
        ),
        ("expired by", args.expired_for.map(|span| now.minus(span))),
    ];
    for (fact, instant) in facts {
        if let Some(instant) = instant {
            session.output.remark(&format!("{fact} {instant}"));
        }
    }
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
