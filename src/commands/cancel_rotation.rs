//! `apikey cancel-rotation`.

use super::Session;
use crate::cli::CancelRotation;
use crate::error::Result;
use crate::output::{KeyJson, Outcome};
use crate::store::Access;

/// Makes the previous secret of a key current again, after a confirmation.
pub(super) fn run(args: &CancelRotation, session: &Session) -> Result<Outcome> {
    session.prompt.check_can_confirm()?;
    let key = session.open(Access::Write)?.find_to_cancel(&args.key.key)?;
    if !session.prompt.yes {
        session.output.describe_rotation(&key);
    }
    let question = format!("Refuse the new secret of \"{}\" from now on?", key.name);
    if !session.prompt.confirm(&question)? {
        return Ok(Outcome::no().note("nothing was cancelled"));
    }
    // Opened again after the prompt, so that the log has the time of the change.
    let wanted = key.short.clone().into();
    let changed = session.open(Access::Write)?.cancel_rotation(&wanted)?;
    let note = format!(
        "cancelled the rotation of \"{}\": {} is its secret again",
        changed.after.name, changed.after.short
    );
    Ok(Outcome::changed(&KeyJson::new(&changed.after, session.now())).note(note))
}
