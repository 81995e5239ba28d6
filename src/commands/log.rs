//! `apikey log` and what is below it.

use super::{Session, listed};
use crate::cli::{Log, LogCommand, LogVerify};
use crate::error::Result;
use crate::model::{KeyId, KeyRef, LogFilter};
use crate::output::Outcome;
use crate::store::{Access, Store};

/// How many keys of a name are told of.
const TOLD: usize = 5;

/// Lists the log, prints its head, checks it.
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

/// The keys that `wanted` means, with a note where that is another than one might think.
fn keys(wanted: &KeyRef, store: &Store, session: &Session) -> Result<Vec<KeyId>> {
    let found = store.keys_of_log(wanted)?;
    let last = found.former.len().saturating_sub(TOLD);
    let told = listed(&found.former[last..], "none");
    let ids = match (last, found.former.len()) {
        (_, 1) => format!("the key with the id {told}"),
        (0, count) => format!("{count} keys, with the ids {told}"),
        (_, count) => format!("{count} keys, the last with the ids {told}"),
    };
    let is_id = |id: &KeyId| id.as_str() == wanted.to_string();
    match found.present {
        Some(id) => {
            if !found.former.is_empty() {
                let note = format!("\"{wanted}\" was once the name of {ids}; --key ID shows those");
                session.output.remark(&note);
            }
            Ok(vec![id])
        }
        None => {
            if !found.former.iter().all(is_id) && matches!(wanted, KeyRef::NameOrId(_)) {
                let note = format!("no key is named \"{wanted}\" now; it was the name of {ids}");
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
            Some(seq) => format!("the log holds, and has the expected entry {seq}"),
            None => "the log holds".to_owned(),
        });
        return Ok(Outcome::done());
    };
    // No mere note: with --quiet it would be a number and no word.
    session.output.warning(&if expected == Some(seq) {
        format!("the log is wrong: entry {seq} is not the expected one")
    } else {
        format!("the log is wrong: entry {seq} was changed, or is missing, or is one too many")
    });
    Ok(Outcome::no())
}
