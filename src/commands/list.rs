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
        // An unknown group in a filter is refused: it is probably mistyped.
        store.group(group)?;
    }
    for owner in &args.owners {
        store.check_owner(owner)?;
    }
    print_filter_times(args, session);
    let pages = store.pages(&listing(args, session.now()))?;
    if let Some(warning) = left_out_warning(pages.left_out()) {
        session.output.warning(&warning);
    }
    let columns = if session.output.is_table() {
        pages.columns_in_use()?
    } else {
        Vec::new()
    };
    session.output.list_keys(&columns, |write_key| {
        for page in pages {
            page?.iter().try_for_each(&mut *write_key)?;
        }
        Ok(())
    })?;
    Ok(Outcome::done())
}

fn listing(args: &List, now: Timestamp) -> Listing {
    let acts = |action: &Action| {
        let act = |resource| Act {
            action: action.clone(),
            resource,
        };
        match args.resources.as_slice() {
            [] => vec![act(None)],
            resources => resources
                .iter()
                .cloned()
                .map(|resource| act(Some(resource)))
                .collect(),
        }
    };
    Listing {
        statuses: args.statuses.clone(),
        groups: args.groups.clone(),
        owners: args.owners.clone(),
        no_owner: args.no_owner,
        creators: args.creators.clone(),
        applications: args.apps.clone(),
        acts: args.actions.iter().flat_map(acts).collect(),
        unused_for: args.unused_for,
        never_used: args.never_used,
        expires_by: args.expires_within.map(|when| when.ahead(now)),
        expired_for: args.expired_for,
        no_expiry: args.no_expiry,
        meta: args.meta.clone(),
        rotating: args.rotating,
        drained: args.drained,
        texts: args.texts.clone(),
        sort: args.sort,
        reverse: args.reverse,
        limit: args.limit,
    }
}

/// Prints the times that the filters by time stand for now.
fn print_filter_times(args: &List, session: &Session) {
    let now = session.now();
    let facts = [
        (
            "keys not used since",
            args.unused_for.map(|span| now.minus(span)),
        ),
        (
            "keys that expire by",
            args.expires_within.map(|when| when.ahead(now)),
        ),
        (
            "keys that had expired by",
            args.expired_for.map(|span| now.minus(span)),
        ),
    ];
    for (fact, at) in facts {
        if let Some(at) = at {
            session.output.remark(&format!("{fact} {at}"));
        }
    }
}

/// Returns the warning on `count` keys that are left out because their last use isn't known.
fn left_out_warning(count: u64) -> Option<String> {
    let (keys, their) = match count {
        0 => return None,
        1 => ("1 key is".to_owned(), "its"),
        count => (format!("{count} keys are"), "their"),
    };
    Some(format!(
        "{keys} left out because {their} last use is unknown: the record of uses doesn't go back far enough"
    ))
}
