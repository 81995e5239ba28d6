//! `apikey set-expiry`.

use super::selection::{self, Wording, key_or_filter, missing, parsed};
use super::{Session, expiry_note};
use crate::cli::SetExpiry;
use crate::error::Result;
use crate::model::Edit;
use crate::output::Outcome;
use crate::store::Changed;

/// Sets when keys expire. The past is allowed.
pub(super) fn run(args: &SetExpiry, session: &Session) -> Result<Outcome> {
    let has_more = args.when.is_some();
    let (selection, word) = key_or_filter(args.key.as_deref(), has_more, &args.selection, session)?;
    let when = match word {
        Some(word) => Some(parsed(word, "WHEN")?),
        None => args.when,
    };
    let when = when.ok_or_else(|| missing("WHEN"))?;
    let wording = Wording {
        verb: "set the expiry of",
        past: "set the expiry of",
        names_one_key: true,
        note: &|changed: &Changed| {
            let subject = format!("\"{}\"", changed.after.name);
            let at = changed.after.expires_at;
            expiry_note(&subject, at, session.now(), changed.changed)
        },
    };
    let edit = Edit::SetExpiry(when);
    selection::edit(&selection, &edit, &args.selection, &wording, session)
}
