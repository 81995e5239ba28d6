//! `apikey log` and its subcommands.

use super::{Session, listed};
use crate::cli::{Log, LogCommand, LogVerify};
use crate::error::Result;
use crate::model::{KeyId, KeyRef, LogFilter};
use crate::output::Outcome;
use crate::store::{Access, Store};

/// The most ids in a remark on the former keys of a name.
const MOST_IDS: usize = 5;

/// Lists the log, prints its head or checks it.
pub(super) fn run(args: &Log, session: &Session) -> Result<Outcome> {
    let store = session.open(Access::Read)?;
    match &args.command {
        None => list(args, &store, session),
        Some(LogCommand::Head) => {
            session.output.log_head(&store.log_head()?)?;
            Ok(Outcome::done())
        }
        Some(LogCommand::Verify(args)) => verify(args, &store, session),
    }
}

fn list(args: &Log, store: &Store, session: &Session) -> Result<Outcome> {
    let keys = args.key.as_ref().map(|key| keys(key, store, session));
    let since = args.since.map(|since| since.ago(session.now()));
    if let Some(since) = since {
        session.output.remark(&format!("since {since}"));
    }
    let mut pages = store.log_pages(&LogFilter {
        keys: keys.transpose()?,
        operator: args.operator.clone(),
        since,
        limit: args.limit,
    })?;
    session.output.list_log(|each| pages.each(each))?;
    Ok(Outcome::done())
}

/// Returns the keys that `wanted` refers to. Prints a remark on keys that had this name before.
fn keys(wanted: &KeyRef, store: &Store, session: &Session) -> Result<Vec<KeyId>> {
    let found = store.keys_of_log(wanted)?;
    let count = found.former.len();
    let ids = listed(&found.former[count.saturating_sub(MOST_IDS)..], "none");
    let former = match count {
        1 => format!("the key with the id {ids}"),
        count if count <= MOST_IDS => format!("{count} keys, with the ids {ids}"),
        count => format!("{count} keys, the last with the ids {ids}"),
    };
    let is_id = |id: &KeyId| id.as_str() == wanted.to_string();
    match found.present {
        Some(id) => {
            if !found.former.is_empty() {
                let note =
                    format!("\"{wanted}\" was once the name of {former}; --key ID shows those");
                session.output.remark(&note);
            }
            Ok(vec![id])
        }
        None => {
            if !found.former.iter().all(is_id) && matches!(wanted, KeyRef::NameOrId(_)) {
                let note = format!("no key is named \"{wanted}\" now; it was the name of {former}");
                session.output.remark(&note);
            }
            Ok(found.former)
        }
    }
}

fn verify(args: &LogVerify, store: &Store, session: &Session) -> Result<Outcome> {
    let first_wrong = store.first_invalid_entry(args.expect.as_ref())?;
    session.output.log_check(first_wrong)?;
    let expected = args.expect.map(|expect| expect.seq);
    let Some(seq) = first_wrong else {
        session.output.remark(&match expected {
            Some(seq) => format!("the log is intact and has the expected entry {seq}"),
            None => "the log is intact".to_owned(),
        });
        return Ok(Outcome::done());
    };
    // A warning, since --quiet hides notes and would leave only the number.
    session.output.warning(&if expected == Some(seq) {
        format!("the log was changed: entry {seq} is not the expected one")
    } else {
        format!("the log was changed: entry {seq} was altered, removed or inserted")
    });
    Ok(Outcome::no())
}
