//! `apikey shared-secret` and what is below it.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use super::Session;
use crate::cli::{SharedSecret, SharedSecretCheck, SharedSecretRotate};
use crate::error::{Error, Kind, Result};
use crate::handover::{self, Target};
use crate::output::{Outcome, SignatureJson, shared_secret_line};
use crate::secret::{self, is_signed, sign};
use crate::store::{Access, SharedSecrets, Store};

/// Makes, prints, rotates and deletes the shared secret, signs and checks with it.
pub(super) fn run(command: &SharedSecret, session: &Session) -> Result<Outcome> {
    let write = || session.open(Access::Write);
    let read = || session.open(Access::Read);
    match command {
        SharedSecret::Create(_) => create(session, write()?),
        SharedSecret::Show(_) => {
            let current = read()?.shared_secret()?.current;
            print(session, &current).map(|()| Outcome::done())
        }
        SharedSecret::Rotate(args) => rotate(args, session, write()?),
        SharedSecret::Delete(_) => delete(session),
        SharedSecret::Sign(_) => {
            let current = read()?.shared_secret()?.current;
            let signature = sign(&current, stdin()?).map_err(|fault| unreadable(&fault))?;
            session.output.signature(&SignatureJson { signature })?;
            Ok(Outcome::done())
        }
        SharedSecret::Check(args) => check(args, &read()?.shared_secret()?),
    }
}

fn create(session: &Session, mut store: Store) -> Result<Outcome> {
    Target::stdout()?;
    let new = secret::SharedSecret::generate()?;
    let shown = shared_secret_line(&new, session.output.is_table());
    store.create_shared_secret(new)?;
    if let Err(fault) = handover::show(&shown) {
        return Err(withdrawn(&mut store, None, &fault));
    }
    let path = store.shared_secret_path().display().to_string();
    Ok(Outcome::done().note(format!("created the shared secret; it is kept in {path}")))
}

fn rotate(args: &SharedSecretRotate, session: &Session, mut store: Store) -> Result<Outcome> {
    Target::stdout()?;
    let overlap = args.overlap.filter(|overlap| overlap.seconds() > 0);
    let until = overlap.map(|overlap| super::now().plus(overlap));
    let new = secret::SharedSecret::generate()?;
    let shown = shared_secret_line(&new, session.output.is_table());
    let old = store.rotate_shared_secret(new, until)?;
    if let Err(fault) = handover::show(&shown) {
        return Err(withdrawn(&mut store, old, &fault));
    }
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
    Ok(Outcome::done().note("deleted the shared secret"))
}

fn check(args: &SharedSecretCheck, secrets: &SharedSecrets) -> Result<Outcome> {
    // The time of the check: the message may have been waited for.
    let valid = secrets.valid(super::now());
    let right = is_signed(&args.signature, &valid, stdin()?).map_err(|fault| unreadable(&fault))?;
    Ok(match right {
        true => Outcome::done().note("the signature is right"),
        false => Outcome::no().note("the signature is wrong"),
    })
}

fn print(session: &Session, current: &secret::SharedSecret) -> Result<()> {
    handover::show(&shared_secret_line(current, session.output.is_table())).map_err(|fault| {
        let fact = format!("the shared secret could not be written: {fault}");
        Error::new(Kind::NotHandedOver, fact)
    })
}

/// Puts back what was before one that could not be shown.
fn withdrawn(store: &mut Store, old: Option<SharedSecrets>, fault: &io::Error) -> Error {
    let fact = format!("the shared secret could not be written: {fault}");
    match store.withdraw_shared_secret(old) {
        Ok(()) => Error::new(Kind::NotHandedOver, format!("{fact}; all is as it was"))
            .hint("let stdout be a terminal, a pipe or a file with room"),
        Err(left) => Error::new(Kind::OutcomeUnknown, format!("{fact}; and then: {left}"))
            .hint("see what `apikey shared-secret show` prints"),
    }
}

fn stdin() -> Result<File> {
    let stdin = io::stdin().as_fd().try_clone_to_owned();
    stdin.map(File::from).map_err(|fault| unreadable(&fault))
}

fn unreadable(fault: &io::Error) -> Error {
    Error::new(Kind::InvalidInput, format!("stdin can't be read: {fault}"))
        .hint("pass the message on stdin")
}
