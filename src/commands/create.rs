//! `apikey create`.

mod questions;
mod way;

use std::time::{Duration, Instant};

use super::{Session, expiry, now, warn_of_operators_rights};
use crate::cli::Create;
use crate::error::{Kind, Result};
use crate::handover::{self, Steps};
use crate::model::{
    AppName, GroupName, Key, KeyName, Moment, Permission, Text, Timestamp, UserName, When,
};
use crate::output::{CreatedJson, KeyJson, Outcome};
use crate::process::Signals;
use crate::secret::{Secret, SecretHash};
use crate::store::{HashSlot, NewKey, PromptOptions, Store};

pub(super) use questions::ask_groups;
use way::Way;

/// A key as it is wanted, nothing missing.
struct Wanted {
    name: KeyName,
    groups: Vec<GroupName>,
    description: Option<Text>,
    owner: Option<UserName>,
    application: Option<AppName>,
    permissions: Vec<Permission>,
    expires_at: Option<Timestamp>,
    /// Whether somebody at a terminal was asked for it.
    asked: bool,
}

/// Makes a key and hands over its secret, by the protocol of [`handover`]. At a
/// terminal it asks for what is missing.
pub(super) fn run(args: &Create, session: &Session) -> Result<Outcome> {
    let named = Way::named(args)?;
    let expires_at = match expiry(args.expires, session.now()) {
        // What is there was made before that came.
        Err(error) => return already_there(args, session).ok().flatten().ok_or(error),
        Ok(at) => at,
    };
    if let (Some(name), false) = (&args.name, args.groups.is_empty()) {
        let wanted = Wanted {
            name: name.clone(),
            groups: args.groups.clone(),
            description: args.description.clone(),
            owner: args.owner.clone(),
            application: args.app.clone(),
            permissions: args.permissions.clone(),
            expires_at,
            asked: false,
        };
        return make_if_absent(args, &wanted, &named.unwrap_or(Way::Stdout), session);
    }
    check_can_ask(args, session)?;
    if let Some(there) = already_there(args, session)? {
        return Ok(there);
    }
    let is_to_be_chosen = named.is_none() && Way::is_to_be_chosen(session);
    let named = named.unwrap_or(Way::Stdout);
    if !is_to_be_chosen {
        // Before anything is answered for nothing.
        named.check(session)?;
    }
    let Some(wanted) = questions::ask(args, expires_at, session)? else {
        return Ok(Outcome::no().note("no key was created"));
    };
    if !is_to_be_chosen {
        return make_if_absent(args, &wanted, &named, session);
    }
    let mut offered = way::offered(&wanted.name, session)?;
    loop {
        let Some(way) = questions::choose_way(&offered, session)? else {
            return Ok(Outcome::no().note("no key was created"));
        };
        match make(args, &wanted, &way, session) {
            // There is no key yet, so another way may still be taken.
            Err(error) if error.kind() == Kind::NotHandedOver => {
                session.output.error(&error);
                way::replace_failed(&way, &mut offered);
            }
            made => return made,
        }
    }
}

/// Refuses to go on without a name or groups where they can't be asked for.
fn check_can_ask(args: &Create, session: &Session) -> Result<()> {
    let (missing, give) = match (&args.name, args.groups.is_empty()) {
        (None, true) => ("NAME, with at least one --group,", "give both"),
        (None, false) => ("NAME", "give it"),
        (Some(_), _) => ("--group", "give at least one"),
    };
    let give = format!("{give}: `apikey create NAME --group GROUP`");
    session.prompt.check_can_choose(missing, &give)
}

/// With --if-absent what is there counts, even if it came while this key was made:
/// another's hand-over is waited for.
fn make_if_absent(args: &Create, wanted: &Wanted, way: &Way, session: &Session) -> Result<Outcome> {
    /// As long as a lock is waited for.
    const PATIENCE: Duration = Duration::from_secs(5);
    const GLANCE: Duration = Duration::from_millis(50);
    let begun = Instant::now();
    loop {
        let made = match already_there(args, session).transpose() {
            Some(there) => there,
            None => make(args, wanted, way, session),
        };
        match made {
            Err(error) if args.if_absent && error.kind() == Kind::Pending => {
                if begun.elapsed() > PATIENCE {
                    return Err(error);
                }
                std::thread::sleep(GLANCE);
            }
            // Another may have made it and its file meanwhile.
            Err(error) if matches!(error.kind(), Kind::NameTaken | Kind::NotHandedOver) => {
                match already_there(args, session) {
                    Err(pending) if pending.kind() == Kind::Pending => {}
                    there => return there.ok().flatten().ok_or(error),
                }
            }
            made => return made,
        }
    }
}

/// What --if-absent says of a key that has the name already.
fn already_there(args: &Create, session: &Session) -> Result<Option<Outcome>> {
    let (Some(name), true) = (&args.name, args.if_absent) else {
        return Ok(None);
    };
    let Some(store) = session.open_if_there()? else {
        return Ok(None);
    };
    Ok(store.key_named(name)?.map(|key| {
        Outcome::changed(&CreatedJson {
            created: false,
            key: KeyJson::new(&key, session.now()),
            exported_to: None,
            copied: None,
        })
        .note(format!(
            "there is a key named \"{}\" already, and it is {}; its secret can't be shown again",
            key.name,
            key.status(session.now())
        ))
    }))
}

/// Makes the key, and hands its secret over that way.
fn make(args: &Create, wanted: &Wanted, way: &Way, session: &Session) -> Result<Outcome> {
    // Somebody may have thought about it for long.
    let expires_at = expiry(wanted.expires_at.map(|at| When::At(Moment::At(at))), now())?;
    let there = session.open_if_there()?;
    if let Some(store) = &there {
        // A time that was chosen at a menu was checked there.
        store.check_clock(args.expires)?;
    }
    // Before a database is made for nothing.
    if there.is_none() {
        PromptOptions::OfNew.check_name(&wanted.name)?;
    }
    let opened = way.open(session)?;
    // No Ctrl-C comes between the key and its secret, but that it is looked for.
    let taken = (wanted.asked || way.asks()).then(|| session.prompt.take_terminal());
    let go_on = || match &taken {
        Some(keys) => session.prompt.check_uninterrupted(keys),
        None => Ok(()),
    };
    let store = there.map_or_else(|| session.make_or_open(), Ok)?;
    let secret = Secret::generate(&store.settings().prefix, &store.draw_id()?)?;
    let turn = HashSlot::wait(store.path());
    let hash = SecretHash::of(&secret, store.settings().cost)?;
    drop(turn);
    // Not before: a turn may be waited for.
    let signals = Signals::hold();
    let target = opened.target(&wanted.name, &secret)?;
    let exported_to = target.path().map(|path| path.display().to_string());
    let new = NewKey {
        short: secret.short_form().clone(),
        name: &wanted.name,
        description: wanted.description.as_ref().and_then(Text::non_empty),
        groups: &wanted.groups,
        permissions: &wanted.permissions,
        owner: wanted.owner.as_ref(),
        application: wanted.application.as_ref(),
        expires_at,
    };
    let steps = Steps {
        store,
        insert: |store: &mut Store| go_on().and_then(|()| store.insert_pending(&new, &hash)),
        show: |key: &Key| way.shown(key, &secret, session),
        activate: |store: &mut Store, key: &Key, check: &mut dyn FnMut() -> Result<()>| {
            store.finish_pending(key.id(), &mut || go_on().and_then(|()| check()))
        },
        withdraw: |store: Store, key: &Key| {
            drop(store);
            session.open_to_complete()?.withdraw(key.id())
        },
    };
    let key = handover::hand_over(target, &signals, steps)?.activated();
    // Wiped before anything is said: that may take long.
    drop(secret);
    if let (Way::Stdout, Some(exposed)) = (way, handover::exposure()) {
        session.output.warning(&exposed);
    }
    warn_of_operators_rights(&key.permissions, session);
    session.output.created(&key);
    Ok(report(&key, way, exported_to, session))
}

fn report(key: &Key, way: &Way, exported_to: Option<String>, session: &Session) -> Outcome {
    let note = way.note(exported_to.as_deref());
    if matches!(way, Way::Stdout) {
        // The json went out with the secret.
        return Outcome::done().note(note);
    }
    Outcome::changed(&CreatedJson {
        created: true,
        key: KeyJson::new(key, session.now()),
        exported_to,
        copied: way.copies().then_some(true),
    })
    .note(note)
}
