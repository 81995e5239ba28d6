//! `apikey backup`.

use super::Session;
use crate::cli::Backup;
use crate::config;
use crate::error::Result;
use crate::model::counted;
use crate::output::{BackupJson, Outcome};
use crate::process::Signals;
use crate::store::Access;

/// Copies the database, and its last uses beside it.
pub(super) fn run(args: &Backup, session: &Session) -> Result<Outcome> {
    let path = config::new_file(&args.path)?;
    let store = session.open(Access::Read)?;
    let signals = Signals::hold();
    let made = store.back_up(&path, &signals);
    if made.is_err() {
        // It may have come while a lock was waited for.
        signals.check()?;
    }
    let made = made?;
    if let Err(fault) = &made.uses {
        session.output.warning(&format!(
            "the last uses are not in the backup, for they can't be read: {fault}"
        ));
    }
    let backup = path.display().to_string();
    let note = format!("backed up {} in {backup}", counted(made.keys, "key"));
    let keys = made.keys;
    Ok(Outcome::changed(&BackupJson { backup, keys }).note(note))
}
