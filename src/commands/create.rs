//! `apikey create`.

mod create_key;
mod if_absent;
mod like;
mod questions;
mod wanted;

use super::delivery::{DeliveryMenu, DeliveryMethod};
use super::{Session, expiry};
use crate::cli::Create;
use crate::error::Result;
use crate::handover::Issued;
use crate::model::Timestamp;
use crate::output::Outcome;

use create_key::create_key;
use if_absent::{create_if_absent, existing_key};
use wanted::Wanted;

/// Creates a key and delivers its secret. At a terminal the user is prompted for missing
/// arguments.
pub(super) fn run(args: &Create, session: &Session) -> Result<Outcome> {
    if args.like.is_none() {
        return create(args, session);
    }
    // With --if-absent, an existing key takes nothing from the key that --like names.
    if let Ok(Some(existing)) = existing_key(args, session) {
        return Ok(existing);
    }
    create(&like::completed(args, session)?, session)
}

fn create(args: &Create, session: &Session) -> Result<Outcome> {
    let method = DeliveryMethod::named(&args.delivery)?;
    let given = args.expires.map(|when| expiry(Some(when), session.now()));
    let expires_at = match given.transpose() {
        // The time of --expires has passed. With --if-absent that is no error if the key exists: it
        // may have been created before.
        Err(error) => return existing_key(args, session).ok().flatten().ok_or(error),
        Ok(at) => at,
    };
    match Wanted::given(args, expires_at) {
        Some(wanted) => {
            let method = method.unwrap_or(DeliveryMethod::Stdout);
            create_if_absent(&wanted, &method, session)
        }
        None => prompt_and_create(args, expires_at, method, session),
    }
}

/// Prompts for missing arguments and creates the key.
fn prompt_and_create(
    args: &Create,
    expires_at: Option<Option<Timestamp>>,
    method: Option<DeliveryMethod>,
    session: &Session,
) -> Result<Outcome> {
    check_can_prompt(args, session)?;
    if let Some(existing) = existing_key(args, session)? {
        return Ok(existing);
    }
    let has_menu = method.is_none() && DeliveryMethod::is_chosen_from_menu(session);
    let method = method.unwrap_or(DeliveryMethod::Stdout);
    if !has_menu {
        // Checked before the user answers any prompt in vain.
        method.check(Issued::Key, session)?;
    }
    let Some(wanted) = questions::complete(args, expires_at, session)? else {
        return Ok(Outcome::no().note("no key was created"));
    };
    if has_menu {
        create_with_menu(&wanted, session)
    } else {
        create_if_absent(&wanted, &method, session)
    }
}

/// Creates the key with a delivery method from the menu, which opens again after a failure.
fn create_with_menu(wanted: &Wanted, session: &Session) -> Result<Outcome> {
    let menu = DeliveryMenu::new(Issued::Key, &wanted.name, session)?;
    let done = menu.deliver(session, |method| create_key(wanted, method, session))?;
    Ok(done.unwrap_or_else(|| Outcome::no().note("no key was created")))
}

/// Refuses to continue without a name or groups when the user can't be prompted for them.
fn check_can_prompt(args: &Create, session: &Session) -> Result<()> {
    let (missing, give) = match (&args.name, args.groups.is_empty()) {
        (None, true) => ("NAME, with at least one --group,", "give both"),
        (None, false) => ("NAME", "give it"),
        (Some(_), _) => ("--group", "give at least one"),
    };
    let give = format!("{give}: `apikey create NAME --group GROUP`");
    session.prompt.check_can_choose(missing, &give)
}
