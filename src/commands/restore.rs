//! `apikey restore`.

use super::Session;
use crate::cli::Restore;
use crate::config;
use crate::error::Result;
use crate::model::{Key, Status, counted};
use crate::output::{Outcome, RestoredJson};
use crate::process::Signals;
use crate::store::Restoration;

/// Makes a database from a backup, after saying which keys and users it brings back.
pub(super) fn run(args: &Restore, session: &Session) -> Result<Outcome> {
    let signals = Signals::hold();
    let location = session.location()?;
    let backup = config::existing_file(&args.backup)?;
    let prepared = Restoration::prepare(&backup, location, session.required, &signals);
    signals.check()?;
    let restoration = prepared?;
    session.output.times().set_now(restoration.now());
    // Not before: what is wrong with the backup is worth more than how to confirm it.
    if !args.inactive {
        session
            .prompt
            .check_can_confirm()
            .map_err(|error| error.hint("give --inactive, or --yes for its keys to be active"))?;
    }
    if let Some(fault) = restoration.lost_uses() {
        let warning = format!("the last uses are not restored, for they can't be read: {fault}");
        session.output.warning(&warning);
    }
    let users = restoration.active_users(session.now())?;
    if !users.is_empty() {
        let names = super::listed(&users, "none");
        session
            .output
            .note(&format!("users who would be active: {names}"));
    }
    if !args.inactive {
        let revived = restoration.revived()?;
        session
            .output
            .describe_revived(&revived, !session.prompt.yes);
        let is_blocked = |key: &&Key| key.status(session.now()) == Status::Blocked;
        let blocked = revived.iter().filter(is_blocked).count();
        let question = match (revived.len() - blocked, blocked) {
            (0, 0) => "Restore it? None of its keys would be active.".to_owned(),
            (1, 0) => "Restore it, with this key active?".to_owned(),
            (active, 0) => format!("Restore it, with these {active} keys active?"),
            (active, blocked) => {
                format!("Restore it, with {active} of these keys active and {blocked} blocked?")
            }
        };
        if !session.prompt.confirm(&question)? {
            return Ok(Outcome::no().note("nothing was restored"));
        }
    }
    signals.check()?;
    let (keys, active) = restoration.finish(args.inactive)?;
    let database = location.to_string();
    let count = counted(keys, "key");
    let note = format!("restored {count} in {database}, {active} of them active");
    let restored = RestoredJson {
        database,
        keys,
        active,
    };
    Ok(Outcome::changed(&restored).note(note))
}
