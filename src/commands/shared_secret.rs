//! `apikey shared-secret` and what is below it.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use super::Session;
use crate::cli::{SharedSecret, SharedSecretCheck, SharedSecretRotate};
use crate::error::{Error, Kind, Result};
use crate::handover;
use crate::model::{TimePoint, When};
use crate::output::{DeletedJson, Outcome, SignatureJson, shared_secret_line};
use crate::secret::{self, sign, signed_by};
use crate::store::{Access, SharedSecrets, Store};

/// Makes, prints, rotates and deletes the shared secret, signs and checks with it.
pub(super) fn run(command: &SharedSecret, session: &Session) -> Result<Outcome> {
    let write = || session.open(Access::Write);
    let read = || session.open(Access::Read);
    match command {
        SharedSecret::Create => create(session, write()?),
        SharedSecret::Show => {
            let current = read()?.shared_secret()?.current;
            print(session, &current).map(|()| Outcome::done())
        }
        SharedSecret::Rotate(args) => rotate(args, session, write()?),
        SharedSecret::Delete => delete(session),
        SharedSecret::Sign => sign_stdin(session),
        SharedSecret::Check(args) => check(args, session),
    }
}

fn create(session: &Session, mut store: Store) -> Result<Outcome> {
    handover::check_stdout().map_err(|fact| lost(&fact))?;
    let new = secret::SharedSecret::generate()?;
    store.create_shared_secret(&new)?;
    show_or_withdraw(session, &mut store, &new, None)?;
    let path = store.shared_secret_path().display().to_string();
    Ok(Outcome::done().note(format!("created the shared secret; it is kept in {path}")))
}

fn rotate(args: &SharedSecretRotate, session: &Session, mut store: Store) -> Result<Outcome> {
    handover::check_stdout().map_err(|fact| lost(&fact))?;
    let overlap = args.overlap.filter(|overlap| overlap.seconds() > 0);
    store.check_clock(overlap.map(|span| When::At(TimePoint::Offset(span))))?;
    let until = overlap.map(|overlap| store.now().plus(overlap));
    let new = secret::SharedSecret::generate()?;
    let old = store.rotate_shared_secret(&new, until)?;
    show_or_withdraw(session, &mut store, &new, old)?;
    Ok(Outcome::done().note(match until {
        Some(until) => format!("rotated the shared secret; the previous one counts until {until}"),
        None => "rotated the shared secret; the previous one counts no more".to_owned(),
    }))
}

fn delete(session: &Session) -> Result<Outcome> {
    session.prompt.check_can_confirm()?;
    session.open(Access::Write)?.shared_secret()?;
    let question = "Delete the shared secret for good?";
    if !session.prompt.confirm(question)? {
        return Ok(Outcome::no().note("nothing was deleted"));
    }
    session.open(Access::Write)?.delete_shared_secret()?;
    Ok(Outcome::changed(&DeletedJson { deleted: true }).note("deleted the shared secret"))
}

fn sign_stdin(session: &Session) -> Result<Outcome> {
    let secrets = session.open(Access::Read)?.shared_secret()?;
    let signature = sign(&secrets.current, stdin()?).map_err(unreadable)?;
    // Asked again: the message may have been waited for.
    let now = session.open(Access::Read)?.shared_secret()?;
    if !now.current.is(&secrets.current) {
        let fact = "the shared secret was rotated while the message was read";
        return Err(Error::new(Kind::Locked, fact).hint("sign it again"));
    }
    session.output.signature(&SignatureJson { signature })?;
    Ok(Outcome::done())
}

fn check(args: &SharedSecretCheck, session: &Session) -> Result<Outcome> {
    let secrets = session.open(Access::Read)?.shared_secret()?;
    let by = signed_by(&args.signature, &secrets.all(), stdin()?);
    let by = by.map_err(unreadable)?;
    // Asked again, and the time only now: the message may have been waited for.
    let store = session.open(Access::Read)?;
    let now = store.shared_secret()?;
    let valid = now.valid(store.now());
    let counts = |secret: &secret::SharedSecret| valid.iter().any(|one| one.is(secret));
    let mut made = secrets.all().into_iter().zip(by);
    let right = made.any(|(secret, made_it)| made_it && counts(secret));
    session.output.check(right)?;
    Ok(if right {
        session.output.remark("the signature is right");
        Outcome::done()
    } else {
        session.output.remark("the signature is wrong");
        Outcome::no()
    })
}

fn print(session: &Session, current: &secret::SharedSecret) -> Result<()> {
    let line = shared_secret_line(current, session.output.is_table());
    handover::show(&line).map_err(|error| {
        let fact = format!("stdout can't be written: {error}");
        lost(&fact).caused_by(error)
    })?;
    if let Some(exposed) = handover::exposure() {
        session.output.warning(&exposed);
    }
    Ok(())
}

/// Shows `new`; where that fails, puts back what was before.
fn show_or_withdraw(
    session: &Session,
    store: &mut Store,
    new: &secret::SharedSecret,
    old: Option<SharedSecrets>,
) -> Result<()> {
    let Err(error) = print(session, new) else {
        return Ok(());
    };
    store.withdraw_shared_secret(new, old).map_err(|left| {
        Error::new(Kind::OutcomeUnknown, format!("{error}; and {left}"))
            .caused_by(left)
            .hint("see what `apikey shared-secret show` prints")
    })?;
    Err(error)
}

/// The shared secret can't be shown.
fn lost(fact: &str) -> Error {
    let fact = format!("{fact}; the shared secret was not shown, and all is as it was");
    Error::new(Kind::NotHandedOver, fact)
        .hint("let stdout be a terminal, a pipe or a file with room")
}

fn stdin() -> Result<File> {
    let stdin = io::stdin().as_fd().try_clone_to_owned();
    stdin.map(File::from).map_err(unreadable)
}

fn unreadable(error: io::Error) -> Error {
    Error::new(Kind::InvalidInput, format!("stdin can't be read: {error}"))
        .caused_by(error)
        .hint("pass the message on stdin")
}
