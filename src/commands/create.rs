//! `apikey create`.

mod if_absent;
mod make;
mod questions;
mod wanted;

use super::delivery::{DeliveryMenu, DeliveryMethod};
use super::{Session, expiry};
use crate::cli::Create;
use crate::error::{Kind, Result};
use crate::handover::Issued;
use crate::model::Timestamp;
use crate::output::Outcome;

use if_absent::{existing_key, make_if_absent};
use make::make;
use wanted::Wanted;

/// Creates a key and delivers its secret. At a terminal it asks for what is missing.
pub(super) fn run(args: &Create, session: &Session) -> Result<Outcome> {
    let method = DeliveryMethod::named(&args.delivery)?;
    let expires_at = match expiry(args.expires, session.now()) {
        // An existing key was created before that time passed.
        Err(error) => return existing_key(args, session).ok().flatten().ok_or(error),
        Ok(at) => at,
    };
    match Wanted::given(args, expires_at) {
        Some(wanted) => {
            let method = method.unwrap_or(DeliveryMethod::Stdout);
            make_if_absent(args, &wanted, &method, session)
        }
        None => ask_and_make(args, expires_at, method, session),
    }
}

/// Asks for what is missing and creates the key.
fn ask_and_make(
    args: &Create,
    expires_at: Option<Timestamp>,
    method: Option<DeliveryMethod>,
    session: &Session,
) -> Result<Outcome> {
    check_can_ask(args, session)?;
    if let Some(existing) = existing_key(args, session)? {
        return Ok(existing);
    }
    let has_menu = method.is_none() && DeliveryMethod::is_chosen_from_menu(session);
    let method = method.unwrap_or(DeliveryMethod::Stdout);
    if !has_menu {
        // Before the user answers anything in vain.
        method.check(Issued::Key, session)?;
    }
    let Some(wanted) = questions::ask(args, expires_at, session)? else {
        return Ok(Outcome::no().note("no key was created"));
    };
    if has_menu {
        make_with_menu(args, &wanted, session)
    } else {
        make_if_absent(args, &wanted, &method, session)
    }
}

/// Creates the key with a delivery method from the menu, which opens again after one failed.
fn make_with_menu(args: &Create, wanted: &Wanted, session: &Session) -> Result<Outcome> {
    let mut menu = DeliveryMenu::new(Issued::Key, &wanted.name, session)?;
    while let Some(method) = menu.choose(session)? {
        match make(args, wanted, &method, session) {
            // No key was created.
            Err(error) if error.kind() == Kind::NotHandedOver => {
                session.output.error(&error);
                menu.replace_failed(&method);
            }
            made => return made,
        }
    }
    Ok(Outcome::no().note("no key was created"))
}

/// Refuses to continue without a name or groups where the user can't be asked for them.
fn check_can_ask(args: &Create, session: &Session) -> Result<()> {
    let (missing, give) = match (&args.name, args.groups.is_empty()) {
        (None, true) => ("NAME, with at least one --group,", "give both"),
        (None, false) => ("NAME", "give it"),
        (Some(_), _) => ("--group", "give at least one"),
    };
    let give = format!("{give}: `apikey create NAME --group GROUP`");
    session.prompt.check_can_choose(missing, &give)
}
