//! `apikey backup`.

use serde_json::json;

use super::Session;
use crate::cli::Backup;
use crate::config;
use crate::error::Result;
use crate::model::counted;
use crate::output::Outcome;
use crate::process::Signals;
use crate::store::Access;

/// Copies the database and its usage file.
pub(super) fn run(args: &Backup, session: &Session) -> Result<Outcome> {
    let path = config::new_file(&args.path)?;
    let store = session.open(Access::Read)?;
    let signals = Signals::hold();
    let copied = store.back_up(&path, &signals);
    if copied.is_err() {
        // A signal may have come during the wait for a lock.
        signals.check()?;
    }
    let copied = copied?;
    if let Err(error) = &copied.uses {
        session.output.warning(&format!(
            "the backup has no last-use dates, since they can't be read: {error}"
        ));
    }
    let (backup, keys) = (path.display().to_string(), copied.keys);
    let note = format!("backed up {} to {backup}", counted(keys, "key"));
    Ok(Outcome::changed(&json!({"backup": backup, "keys": keys})).note(note))
}
