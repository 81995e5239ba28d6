//! Translates the filters of keys from the command line to the model, and prints the times that
//! they stand for.

use super::Session;
use crate::cli::Filters;
use crate::model::{Act, Action, Filter};

/// Returns the filter that the options describe.
pub(super) fn filter(args: &Filters) -> Filter {
    let acts = |action: &Action| {
        let act = |resource| Act {
            action: action.clone(),
            resource,
        };
        match args.resources.as_slice() {
            [] => vec![act(None)],
            resources => resources.iter().cloned().map(Some).map(act).collect(),
        }
    };
    Filter {
        statuses: args.statuses.clone(),
        groups: args.groups.clone(),
        owners: args.owners.clone(),
        no_owner: args.no_owner,
        creators: args.creators.clone(),
        applications: args.apps.clone(),
        acts: args.actions.iter().flat_map(acts).collect(),
        unused_for: args.unused_for,
        never_used: args.never_used,
        expires_within: args.expires_within,
        expired_for: args.expired_for,
        no_expiry: args.no_expiry,
        older_than: args.older_than,
        refused_within: args.refused_within,
        meta: args.meta.clone(),
        rotating: args.rotating,
        drained: args.drained,
        texts: args.texts.clone(),
    }
}

/// Prints the times that the filters by time stand for now.
pub(super) fn print_filter_times(args: &Filters, session: &Session) {
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
        (
            "keys whose current secret was delivered by",
            args.older_than.map(|span| now.minus(span)),
        ),
        (
            "keys refused since",
            args.refused_within.map(|span| now.minus(span)),
        ),
    ];
    for (fact, at) in facts {
        if let Some(at) = at {
            session.output.remark(&format!("{fact} {at}"));
        }
    }
}

/// Warns of `count` keys that are left out because their last use isn't known.
pub(super) fn warn_of_left_out(count: u64, session: &Session) {
    let (keys, their) = match count {
        0 => return,
        1 => ("1 key is".to_owned(), "its"),
        count => (format!("{count} keys are"), "their"),
    };
    session.output.warning(&format!(
        "{keys} left out because {their} last use is unknown: the record of uses doesn't go back far enough"
    ));
}
