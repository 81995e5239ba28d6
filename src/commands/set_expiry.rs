//! `apikey set-expiry`.

use super::selection::{self, Wording, key_or_filter, missing, parsed};
use super::{Session, expiry_note};
use crate::cli::SetExpiry;
use crate::error::{Error, Kind, Result};
use crate::model::{Edit, Rule, Span};
use crate::output::Outcome;
use crate::store::{Access, Changed};

/// Sets when keys expire, or shortens their lives with --cap. The time may be in the past.
pub(super) fn run(args: &SetExpiry, session: &Session) -> Result<Outcome> {
    let has_more = args.when.is_some() || args.cap;
    let (selection, word) = key_or_filter(args.key.as_deref(), has_more, &args.selection, session)?;
    let edit = match word {
        _ if args.cap => Edit::CapExpiry(max_lifetime(session)?),
        Some(word) => Edit::SetExpiry(parsed(word, "WHEN")?),
        None => Edit::SetExpiry(args.when.ok_or_else(|| missing("<WHEN>"))?),
    };
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
    selection::edit(&selection, &edit, &args.selection, &wording, session)
}

/// Returns the policy's `max-lifetime`, which --cap needs.
fn max_lifetime(session: &Session) -> Result<Span> {
    let policy = session.open(Access::Write)?.policy()?;
    policy.span(Rule::MaxLifetime).ok_or_else(|| {
        let fact = format!(
            "--cap needs the policy's {}, which isn't set",
            Rule::MaxLifetime
        );
        Error::new(Kind::Usage, fact).hint("set it: `apikey policy set max-lifetime 365d`")
    })
}
