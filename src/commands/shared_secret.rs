//! `apikey shared-secret` and its subcommands.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use serde_json::json;

use super::Session;
use crate::cli::{SharedSecret, SharedSecretCheck, SharedSecretRotate};
use crate::error::{Error, Kind, Result};
use crate::handover;
use crate::model::{TimePoint, When};
use crate::output::{Outcome, shared_secret_line};
use crate::secret::{self, sign, signed_by};
use crate::store::{Access, SharedSecrets, Store};

/// Creates, prints, rotates and deletes the shared secret; signs and checks with it.
pub(super) fn run(command: &SharedSecret, session: &Session) -> Result<Outcome> {
    let write = || session.open(Access::Write);
    let read = || session.open(Access::Read);
    match command {
        SharedSecret::Create => create(session, write()?),
        SharedSecret::Show => {
            let current = read()?.shared_secret()?.current;
            print(session, &current).map_err(not_written)?;
            Ok(Outcome::done())
        }
        SharedSecret::Rotate(args) => rotate(args, session, write()?),
        SharedSecret::Delete => delete(session),
        SharedSecret::Sign => sign_stdin(session),
        SharedSecret::Check(args) => check(args, session),
    }
}

fn create(session: &Session, mut store: Store) -> Result<Outcome> {
    handover::check_stdout().map_err(|fact| not_shown(&fact))?;
    let new = secret::SharedSecret::generate()?;
    store.create_shared_secret(&new)?;
    show_or_withdraw(session, &mut store, &new, None)?;
    let path = store.shared_secret_path()?.display().to_string();
    Ok(Outcome::done().note(format!("created the shared secret; it is stored in {path}")))
}

fn rotate(args: &SharedSecretRotate, session: &Session, mut store: Store) -> Result<Outcome> {
    handover::check_stdout().map_err(|fact| not_shown(&fact))?;
    let overlap = args.overlap.filter(|overlap| overlap.seconds() > 0);
    store.check_clock(overlap.map(|span| When::At(TimePoint::Offset(span))))?;
    let until = overlap.map(|overlap| store.now().plus(overlap));
    let new = secret::SharedSecret::generate()?;
    let old = store.rotate_shared_secret(&new, until)?;
    show_or_withdraw(session, &mut store, &new, old.as_ref())?;
    Ok(Outcome::done().note(match until {
        Some(until) => {
            format!("rotated the shared secret; the previous one is valid until {until}")
        }
        None => "rotated the shared secret; the previous one is no longer valid".to_owned(),
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
    Ok(Outcome::changed(&json!({"deleted": true})).note("deleted the shared secret"))
}

fn sign_stdin(session: &Session) -> Result<Outcome> {
    let secrets = session.open(Access::Read)?.shared_secret()?;
    let signature = sign(&secrets.current, stdin()?).map_err(unreadable)?;
    // Read again: the message may have taken long to arrive.
    let now = session.open(Access::Read)?.shared_secret()?;
    if !now.current.equals(&secrets.current) {
        let fact = "the shared secret was rotated while the message was read";
        return Err(Error::new(Kind::Locked, fact).hint("sign it again"));
    }
    let json = json!({"signature": &signature});
    session.output.answer(&signature, &json)?;
    Ok(Outcome::done())
}

fn check(args: &SharedSecretCheck, session: &Session) -> Result<Outcome> {
    let secrets = session.open(Access::Read)?.shared_secret()?;
    let signed = signed_by(&args.signature, &secrets.all(), stdin()?).map_err(unreadable)?;
    // Read again, with the time: the message may have taken long to arrive.
    let store = session.open(Access::Read)?;
    let now = store.shared_secret()?;
    let valid = now.valid(store.now());
    let is_valid = |secret: &secret::SharedSecret| valid.iter().any(|valid| valid.equals(secret));
    let mut signers = secrets.all().into_iter().zip(signed);
    let is_right = signers.any(|(secret, has_signed)| has_signed && is_valid(secret));
    session.output.check(is_right)?;
    Ok(if is_right {
        session.output.remark("the signature is valid");
        Outcome::done()
    } else {
        session.output.remark("the signature is not valid");
        Outcome::no()
    })
}

fn print(session: &Session, current: &secret::SharedSecret) -> io::Result<()> {
    let line = shared_secret_line(current, session.output.is_table());
    handover::write_stdout(&line)?;
    if let Some(exposed) = handover::exposure_warning() {
        session.output.warning(&exposed);
    }
    Ok(())
}

/// Prints `new`. If that fails, restores the `old` shared secret.
fn show_or_withdraw(
    session: &Session,
    store: &mut Store,
    new: &secret::SharedSecret,
    old: Option<&SharedSecrets>,
) -> Result<()> {
    let Err(error) = print(session, new) else {
        return Ok(());
    };
    store
        .withdraw_shared_secret(new, old)
        .map_err(|withdrawal| {
            let fact = format!(
                "can't write to stdout: {error}; the new shared secret was not shown, and it could \
                 not be withdrawn: {withdrawal}"
            );
            Error::new(Kind::OutcomeUnknown, fact)
                .caused_by(withdrawal)
                .hint("check with `apikey shared-secret show`")
        })?;
    Err(not_written(error))
}

/// Returns the error that stdout can't be written and therefore nothing was changed.
fn not_written(error: io::Error) -> Error {
    not_shown(&format!("can't write to stdout: {error}")).caused_by(error)
}

/// Returns the error that the shared secret was not shown, because of `fact`.
fn not_shown(fact: &str) -> Error {
    let fact = format!("{fact}; the shared secret was not shown and nothing was changed");
    Error::new(Kind::NotHandedOver, fact)
        .hint("send stdout to a terminal, a pipe or a file system with free space")
}

fn stdin() -> Result<File> {
    let stdin = io::stdin().as_fd().try_clone_to_owned();
    stdin.map(File::from).map_err(unreadable)
}

fn unreadable(error: io::Error) -> Error {
    Error::new(Kind::InvalidInput, format!("can't read stdin: {error}"))
        .caused_by(error)
        .hint("pass the message on stdin")
}
