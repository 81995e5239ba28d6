//! `apikey verify`: one secret, or with --batch one a line.

mod batch;
mod claim;
mod hash_buffers;
mod ordered_queue;
mod report;

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
use crate::model::{Act, Refusal, Requirements, Timestamp, Verdict};
use crate::output::Outcome;
use crate::secret::{BadInput, Memory, Presented, Secret, read_presented};
use crate::store::{HashSlot, Store, Used};

use claim::{Claim, Judged};

/// Decides whether a secret may be used.
///
/// In this order: shape and checksum, without a database; the key, and the
/// database closed; the bounds of the stored parameters; the hash; the reasons;
/// the verdict written; the use recorded.
pub(super) fn run(args: &Verify, session: &Session) -> Result<Outcome> {
    if args.batch {
        return batch::run(args, session);
    }
    let input = read_input(args, session)?;
    let presented = Presented::parse(&input).map_err(bad_input)?;
    // Wiped as soon as it has served, as the secret is: to write may take long.
    drop(input);
    let judged = match presented {
        Presented::WellFormed(secret) => judge(secret, args, session)?,
        Presented::Malformed => Judged::refused(Refusal::Malformed, super::now()),
    };
    session
        .output
        .verdict(judged.verdict, judged.key(), judged.at)?;
    let used = judged.used().filter(|_| !args.no_record);
    if let Some(warning) = used.and_then(|used| record(&[used], session)) {
        session.output.warning(&warning);
    }
    Ok(match judged.verdict {
        Verdict::Accepted => Outcome::done(),
        Verdict::Refused(_) => Outcome::no(),
    })
}

fn judge(secret: Secret, args: &Verify, session: &Session) -> Result<Judged> {
    // Waited for before the key is read: what is revoked meanwhile is refused.
    let turn = HashSlot::wait(&session.location()?.path);
    let asked = demand(args);
    if let Some(note) = until(&asked, super::now()) {
        session.output.remark(&note);
    }
    let store = session.open_unasked()?;
    let claim = Claim::look_up(secret, &asked, &store)?;
    for note in unknown_groups(&asked, &store)? {
        session.output.remark(&note);
    }
    // A hash takes its time, and no lock is held for it.
    drop(store);
    match claim {
        Some(claim) => {
            let is_right = claim.is_right(&mut Memory::default())?;
            drop(turn);
            // The time is read after every wait: a key may have expired meanwhile.
            claim.judge(is_right, &asked, super::now())
        }
        None => Ok(Judged::refused(Refusal::Malformed, super::now())),
    }
}

/// What the arguments ask of a key.
fn demand(args: &Verify) -> Requirements {
    Requirements {
        groups: args.groups.clone(),
        act: args.can.clone().map(|action| Act {
            action,
            resource: args.on.clone(),
        }),
        application: args.app.clone(),
        min_remaining: args.min_remaining,
    }
}

/// A note that says as an instant what --min-remaining was understood as.
fn until(asked: &Requirements, now: Timestamp) -> Option<String> {
    let until = now.plus(asked.min_remaining?);
    Some(format!("asked to be valid until {until}"))
}

/// A note on each group that is asked for and isn't there.
fn unknown_groups(asked: &Requirements, store: &Store) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    for group in &asked.groups {
        if !store.has_group(group)? {
            notes.push(format!("there is no group \"{group}\", so no key is in it"));
        }
    }
    Ok(notes)
}

/// What is presented: from stdin, a file or an environment variable.
fn read_input(args: &Verify, session: &Session) -> Result<Zeroizing<Vec<u8>>> {
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
    if let Some(path) = args.named_file() {
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

fn unreadable(source: &str, fault: &io::Error) -> Error {
    let fact = format!("{source} can't be read: {fault}");
    Error::new(Kind::InvalidInput, fact)
        .hint("pass the secret on stdin, with --key-file PATH or with --key-env NAME")
}

fn bad_input(mistake: BadInput) -> Error {
    let (fact, advice) = mistake.explain();
    Error::new(Kind::InvalidInput, fact).hint(advice)
}

/// Records uses, or says why they could not be. The verdicts are out; nothing that fails
/// here changes them.
fn record(uses: &[Used], session: &Session) -> Option<String> {
    let path = &session.location().ok()?.path;
    let fault = Store::record_uses(path, uses).err()?;
    let shown = path.display();
    Some(format!(
        "the use could not be recorded in {shown}.usage: {fault}"
    ))
}
