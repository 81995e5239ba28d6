//! `apikey restore`.

use super::Session;
use crate::cli::Restore;
use crate::config;
use crate::error::Result;
use crate::model::{Key, Status, counted};
use crate::output::{Outcome, RestoredJson};
use crate::process::Signals;
use crate::store::Restoration;

/// Creates a database from a backup. First lists the users who would be active and, without
/// --inactive, the keys that would be active, and prompts for confirmation.
pub(super) fn run(args: &Restore, session: &Session) -> Result<Outcome> {
    let signals = Signals::hold();
    let location = session.location()?;
    let backup = config::existing_file(&args.backup)?;
    let prepared = Restoration::prepare(&backup, location, session.purpose.clone(), &signals);
    signals.check()?;
    let restoration = prepared?;
    session.output.times().set_now(restoration.now());
    // Checked after preparing, since an error in the backup matters more than a missing
    // confirmation.
    if !args.inactive {
        session.prompt.check_can_confirm().map_err(|error| {
            error.hint("use --inactive to restore every key as inactive, or --yes to keep the backup's active keys active")
        })?;
    }
    if let Some(error) = restoration.usage_error() {
        session.output.warning(&format!(
            "the last-use dates are not restored, since they can't be read: {error}"
        ));
    }
    warn_of_policy(&restoration, session);
    let users = restoration.active_users(session.now())?;
    if !users.is_empty() {
        let names = super::listed(&users, "none");
        session
            .output
            .note(&format!("users who would be active: {names}"));
    }
    if !args.inactive && !confirm(&restoration, session)? {
        return Ok(Outcome::no().note("nothing was restored"));
    }
    signals.check()?;
    let (keys, active) = restoration.finish(args.inactive, &signals)?;
    let database = location.to_string();
    let count = counted(keys, "key");
    let note = format!("restored {count} to {database}, {active} of them active");
    let restored = RestoredJson {
        database,
        keys,
        active,
    };
    Ok(Outcome::changed(&restored).note(note))
}

/// Lists the keys that would be active, blocked, or inactive for a limited time, and asks whether
/// to restore the backup.
fn confirm(restoration: &Restoration, session: &Session) -> Result<bool> {
    let revived = restoration.reactivated_keys()?;
    session
        .output
        .keys_to_restore(&revived, !session.prompt.yes);
    let count = |status| {
        let is_counted = |key: &&Key| key.status(session.now()) == status;
        revived.iter().filter(is_counted).count()
    };
    let (active, blocked) = (count(Status::Active), count(Status::Blocked));
    let temporary = match count(Status::Inactive) {
        0 => String::new(),
        count => format!(", inactive for a time: {count}"),
    };
    let question =
        format!("Restore the backup (active keys: {active}, blocked: {blocked}{temporary})?");
    session.prompt.confirm(&question)
}

/// Warns of keys that break a rule of the backup's policy. They are restored all the same.
fn warn_of_policy(restoration: &Restoration, session: &Session) {
    let warning = match restoration.keys_against_policy() {
        Ok(0) => return,
        Ok(1) => "1 key breaks a rule of the policy".to_owned(),
        Ok(count) => format!("{count} keys break a rule of the policy"),
        Err(error) => return session.output.warning(&error.to_string()),
    };
    session.output.warning(&format!(
        "{warning}; list them with `apikey review --only policy`"
    ));
}
