//! Completes a key by its secrets and the dates of their last uses.

use super::record::invalid;
use crate::error::Result;
use crate::model::{
    Key, OverlapUses, PreviousSecret, SecretRecord, Secrets, ShortForm, Span, State, Timestamp,
};
use crate::store::db::Row;
use crate::store::errors::damaged;
use crate::store::sqlite::usage::Use;

/// The columns that [`read_secret`] reads, of the secret `v`.
pub(in crate::store) const SECRET: &str = "v.slot, v.last_four, v.state AS secret_state,
    v.created_at AS secret_created_at, v.valid_until";

/// Reads a row of [`SECRET`] of the key with this number.
///
/// # Errors
/// When a value is not valid.
pub(in crate::store) fn read_secret(row: &Row<'_>, number: i64) -> Result<SecretRecord> {
    // An imported secret has none.
    let last_four = row.text("last_four")?;
    if last_four.is_some_and(|shown| !ShortForm::is_last_four(shown)) {
        return Err(invalid("short form", number));
    }
    let state = row.text("secret_state")?.unwrap_or_default().parse();
    Ok(SecretRecord {
        slot: row.get("slot")?,
        last_four: last_four.unwrap_or_default().to_owned(),
        state: state.map_err(|_| invalid("state", number))?,
        created_at: Timestamp::from_unix(row.get("secret_created_at")?),
        valid_until: row
            .get::<Option<i64>>("valid_until")?
            .map(Timestamp::from_unix),
    })
}

/// Completes `key` with what comes from its `secrets`: its short form, the state pending if no
/// secret is current, its rotation and its uses. `last` returns the last use of a slot;
/// `drain_after` is the rule of the policy.
///
/// # Errors
/// When the key has no secret.
pub(in crate::store) fn set_secrets(
    key: &mut Key,
    secrets: &Secrets,
    drain_after: Span,
    mut last: impl FnMut(i64, Use) -> Option<Timestamp>,
) -> Result<()> {
    let shown = secrets.of_short_form();
    let shown = shown.ok_or_else(|| damaged(format!("the key \"{}\" has no secret", key.name)))?;
    key.short.last_four.clone_from(&shown.last_four);
    match (secrets.current(), key.state) {
        (None, _) => key.state = State::Pending,
        // The database has no state "pending". A pending key is active in it, since it can't be
        // deactivated.
        (Some(_), State::Pending) => key.state = State::Active,
        (Some(_), State::Active | State::Inactive) => {}
    }
    let mut latest = |kind| secrets.slots().filter_map(|slot| last(slot, kind)).max();
    key.last_used_at = latest(Use::Accepted);
    key.last_refused_at = latest(Use::Refused);
    key.ended_refused_at = secrets
        .refused_after_their_ends(|slot| last(slot, Use::Refused))
        .max();
    key.rotated_at = secrets.rotated_at();
    key.previous = secrets.previous().map(|previous| PreviousSecret {
        short: ShortForm {
            last_four: previous.last_four.clone(),
            ..key.short.clone()
        },
        secret: previous.clone(),
        uses: key.rotated_at.map(|rotated_at| OverlapUses {
            rotated_at,
            current: secrets
                .current()
                .and_then(|current| last(current.slot, Use::Accepted)),
            previous: last(previous.slot, Use::Accepted),
            known_since: key.last_use_known_since,
            drain_after,
        }),
        last_used_at: last(previous.slot, Use::Accepted),
        last_refused_at: last(previous.slot, Use::Refused),
    });
    Ok(())
}
