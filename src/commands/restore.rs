//! `apikey restore`.

use super::Session;
use crate::cli::Restore;
use crate::config;
use crate::error::Result;
use crate::model::counted;
use crate::output::{Outcome, RestoredJson};
use crate::store::Restoration;

/// Makes a database from a backup, after saying which keys it brings back.
pub(super) fn run(args: &Restore, session: &Session) -> Result<Outcome> {
    if !args.inactive {
        session
            .prompt
            .check_can_confirm()
            .map_err(|error| error.hint("give --inactive, or --yes for its keys to be active"))?;
    }
    let target = &session.location()?.path;
    let backup = config::absolute(&args.backup)?;
    let restoration = Restoration::prepare(&backup, target, session.actor(target))?;
    let active = restoration.active()?;
    if !args.inactive {
        session
            .output
            .describe_revived(&active, !session.prompt.yes);
        let question = match active.len() {
            0 => "Restore it? None of its keys would be active.".to_owned(),
            1 => "Restore it, with this key active?".to_owned(),
            count => format!("Restore it, with these {count} keys active?"),
        };
        if !session.prompt.confirm(&question)? {
            return Ok(Outcome::no().note("nothing was restored"));
        }
    }
    // Not the time of the start: the question may have been thought over.
    let keys = restoration.finish(args.inactive, super::now())?;
    let active = if args.inactive { 0 } else { active.len() };
    let database = target.display().to_string();
    let note = format!(
        "restored {} in {database}, {active} of them active",
        counted(keys, "key")
    );
    let restored = RestoredJson {
        database,
        keys,
        active,
    };
    Ok(Outcome::changed(&restored).note(note))
}
