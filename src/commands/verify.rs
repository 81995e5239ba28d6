//! `apikey verify`.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::Session;
use crate::cli::Verify;
use crate::config;
use crate::error::{Error, Kind, Result};
use crate::model::{Act, Demand, Key, Refusal, Span, Timestamp, Verdict, decide};
use crate::output::Outcome;
use crate::secret::{BadInput, Presented, Secret, SecretHash, read_presented};
use crate::store::{Access, ForVerify, Settings, Store, Turn, Use};

/// Decides whether a secret may be used.
///
/// In this order: shape and checksum, without a database; the key, and the
/// database closed; the bounds of the stored parameters; the hash; the reasons;
/// the verdict written; the use recorded.
pub(super) fn run(args: &Verify, session: &Session) -> Result<Outcome> {
    if args.key_file.is_some() {
        check_key_file(session)?;
    }
    let input = read_input(args, session)?;
    let presented = Presented::parse(&input).map_err(bad_input)?;
    // Wiped as soon as it has served, as the secret is: to write may take long.
    drop(input);
    let secret = match presented {
        Presented::WellFormed(secret) => secret,
        Presented::Malformed => return refuse(session, Refusal::Malformed),
    };
    // Not the time of the start: the input may have been waited for.
    let now = super::now();
    let asked = Demand {
        groups: args.groups.clone(),
        act: args.can.clone().map(|action| Act {
            action,
            resource: args.on.clone(),
        }),
        application: args.app.clone(),
        min_remaining: args.min_remaining,
    };

    if let Some(span) = args.min_remaining {
        let until = now.plus(span);
        session
            .output
            .note(&format!("asked to be valid until {until}"));
    }
    let (found, settings) = look_up(&secret, &asked, session)?;
    if secret.short_form().prefix != settings.prefix {
        drop(secret);
        return refuse(session, Refusal::Malformed);
    }
    let turn = Turn::wait(&session.location()?.path);
    let found = right_secret(found, &secret, &settings)?;
    drop(turn);
    drop(secret);
    let Some(found) = found else {
        return refuse(session, Refusal::Unknown);
    };
    let key = &found.held.key;
    check_clock(key, now)?;
    let verdict = decide(&found.held, &asked, now);
    session.output.verdict(verdict, Some(key), now)?;
    if !args.no_record {
        record(&found, verdict, now, session);
    }
    Ok(match verdict {
        Verdict::Accepted => Outcome::done(),
        Verdict::Refused(_) => Outcome::no(),
    })
}

/// Refuses to read a file as another user than the one who acts: that other user
/// may read what this one may not.
fn check_key_file(session: &Session) -> Result<()> {
    if !session.is_through_sudo() {
        return Ok(());
    }
    // A secret of the wrong shape is told without a database, too.
    let Ok(store) = session.open(Access::Read) else {
        return Ok(());
    };
    match store.acts_for_another()? {
        None => Ok(()),
        Some(became) => Err(Error::new(
            Kind::Usage,
            format!("through sudo, --key-file would read the file as {became}"),
        )
        .hint("let your own shell read it: verify < FILE")),
    }
}

/// What is presented: from stdin, a file or an environment variable.
fn read_input(args: &Verify, session: &Session) -> Result<Zeroizing<Vec<u8>>> {
    let unreadable = |source: &str, fault: &io::Error| {
        Error::new(
            Kind::InvalidInput,
            format!("{source} can't be read: {fault}"),
        )
        .hint("pass the secret on stdin, with --key-file PATH or with --key-env NAME")
    };
    if let Some(name) = &args.key_env {
        let value = config::key_variable(name).ok_or_else(|| {
            Error::new(
                Kind::InvalidInput,
                format!("there is no environment variable {name}"),
            )
            .hint("set and export it, or pass the secret on stdin")
        })?;
        return Ok(Zeroizing::new(value.as_bytes().to_owned()));
    }
    if let Some(path) = &args.key_file {
        let read = |path: &Path| read_presented(File::open(path)?);
        return read(path).map_err(|fault| unreadable(&path.display().to_string(), &fault));
    }
    if io::stdin().is_terminal() {
        // What is typed at a terminal would stay on the screen.
        return session.prompt.secret();
    }
    // Not std's stdin: its buffer would keep a copy.
    let read = || read_presented(File::from(io::stdin().as_fd().try_clone_to_owned()?));
    read().map_err(|fault| unreadable("stdin", &fault))
}

fn bad_input(mistake: BadInput) -> Error {
    let (fact, advice) = mistake.explain();
    Error::new(Kind::InvalidInput, fact).hint(advice)
}

/// The key with the secret's id, if there is one. The database is closed again
/// when this returns: a hash takes its time, and no lock is held for it.
fn look_up(
    secret: &Secret,
    asked: &Demand,
    session: &Session,
) -> Result<(Option<ForVerify>, Settings)> {
    let store = session.open_unasked()?;
    let found = store.for_verify(&secret.short_form().id, asked)?;
    for group in &asked.groups {
        if !store.has_group(group)? {
            session.output.note(&format!(
                "there is no group \"{group}\", so no key is in it"
            ));
        }
    }
    Ok((found, store.settings().clone()))
}

/// `found`, if `secret` is its secret. An unknown id costs one hash too, so that
/// time doesn't tell it from a wrong secret.
fn right_secret(
    found: Option<ForVerify>,
    secret: &Secret,
    settings: &Settings,
) -> Result<Option<ForVerify>> {
    let Some(found) = found else {
        SecretHash::spend(secret, settings.cost)?;
        return Ok(None);
    };
    let right = found.hash.matches(secret)?;
    Ok(right
        .then_some(found)
        .filter(|found| !found.held.key.is_pending()))
}

/// Refuses to decide by a clock that is surely wrong.
fn check_clock(key: &Key, now: Timestamp) -> Result<()> {
    if now.plus(Span::CLOCK_TOLERANCE) >= key.created_at {
        return Ok(());
    }
    let fact = format!(
        "the clock says {now}, but the key was created at {}",
        key.created_at
    );
    Err(Error::new(Kind::Clock, fact).hint("set the clock right, then try again"))
}

/// Refuses whoever doesn't hold a right secret, and tells nothing of any key.
fn refuse(session: &Session, reason: Refusal) -> Result<Outcome> {
    session
        .output
        .verdict(Verdict::Refused(reason), None, session.now())?;
    Ok(Outcome::no())
}

/// Records the use. The verdict is out; nothing that fails here changes it.
fn record(found: &ForVerify, verdict: Verdict, now: Timestamp, session: &Session) {
    let kind = match verdict {
        Verdict::Accepted => Use::Accepted,
        Verdict::Refused(_) => Use::Refused,
    };
    let Ok(location) = session.location() else {
        return;
    };
    if let Err(fault) = Store::record_use(&location.path, found.slot, kind, now) {
        session.output.warning(&format!(
            "the use could not be recorded in {}.usage: {fault}",
            location.path.display()
        ));
    }
}
