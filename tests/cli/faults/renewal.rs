//! The promises of `renew`: its file holds an accepted secret after every fault, and the next run
//! completes what a kill left.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use super::super::sandbox::{Ran, Sandbox};
use super::commands::FILE;
use super::dump::Dump;
use super::prepared::{Prepared, Run};
use super::promise::State;

/// The file next to FILE, which a killed renewal leaves.
pub const FILE_NEW: &str = "out.new";

/// The overlap of the command, in seconds.
const OVERLAP: i64 = 3600;

/// Returns the state of a database whose renewal was undone; none if it is another state.
pub fn undone_state(prepared: &Prepared, dump: &Dump) -> Option<State> {
    let (before, after) = (&prepared.before, &prepared.after);
    let last = dump.log.last()?;
    let logged = |dump: &Dump, action: &str| {
        let is_it = last.contains(&format!("action={action} "));
        is_it.then(|| [&dump.log[..], std::slice::from_ref(last)].concat())
    };
    // The key `a` is the first.
    let is_of_key = |row: &str| row.starts_with("secrets ") && row.contains(" key=1 ");
    if let Some(log) = logged(after, "cancel-rotation") {
        let rows = after.rows.iter().map(|row| match row {
            row if !is_of_key(row) => row.clone(),
            row if row.contains("state=previous") => row
                .replace("state=previous", "state=current")
                .replace("valid_until=set", "valid_until=-"),
            row => row
                .replace("state=current", "state=ended")
                .replace("valid_until=-", "valid_until=set"),
        });
        let mut rows: Vec<String> = rows.collect();
        rows.sort();
        if *dump == (Dump { rows, log }) {
            return Some(State::Cancelled);
        }
    }
    // The pending secret that a killed run left.
    let is_pending = |row: &str| is_of_key(row) && row.contains("state=pending");
    let log = logged(before, "hand-over-failed")?;
    let mut rows = before.rows.clone();
    rows.retain(|row| !is_pending(row));
    (*dump == Dump { rows, log }).then_some(State::Withdrawn)
}

/// Checks the renewed file, and the file next to it, which may remain after a kill.
pub fn check_files(
    prepared: &Prepared,
    sandbox: &Sandbox,
    run: &Run,
    killed: bool,
    state: State,
) -> Result<(), String> {
    check_kept(sandbox, run)?;
    let code = run.ran.code;
    let is_completing = prepared.command.killed_at.is_some();
    let may_remain = match code {
        0 => false,
        7 => true,
        _ if killed => true,
        // If the call that removes the file fails, the hint names the file.
        6 if state != State::Nothing => is_reported(run),
        // FILE.new was there before.
        _ => is_completing && state == State::Nothing,
    };
    if sandbox.path(FILE_NEW).exists() && !may_remain {
        return Err(format!("{FILE_NEW} remains"));
    }
    Ok(())
}

fn is_reported(run: &Run) -> bool {
    let said = |text: &str| run.ran.stderr.contains(text);
    said(FILE_NEW) && said("is never accepted") && said("remove ")
}

/// Checks that the file has the mode, the owner and the one link that it had.
fn check_kept(sandbox: &Sandbox, run: &Run) -> Result<(), String> {
    let facts = |file: &Metadata| (file.mode(), file.uid(), file.gid(), file.nlink());
    let before = facts(run.file.as_ref().unwrap());
    let now = sandbox.path(FILE).symlink_metadata();
    let now = facts(&now.map_err(|error| format!("the file: {error}"))?);
    if now == before {
        Ok(())
    } else {
        Err(format!("the file had {before:?} and has {now:?}"))
    }
}

/// Checks that the secret in the file is accepted for long enough, and that the next runs renew it.
pub fn check_secret(
    prepared: &Prepared,
    sandbox: &Sandbox,
    run: &Run,
    state: State,
) -> Result<(), String> {
    let is_replaced = secret_in_file(prepared, sandbox)? != prepared.secret;
    let is_complete = state == State::Complete || prepared.command.entries == 0;
    if is_replaced && !is_complete || run.ran.code == 0 && !is_replaced {
        return Err(format!("the file is replaced: {is_replaced}, {state:?}"));
    }
    let has_left_over = sandbox.path(FILE_NEW).exists();
    let is_pending = sandbox.count("secrets WHERE key = 1 AND state = 'pending'") > 0;
    let mut next = sandbox.run(prepared.command.args);
    if !has_left_over && is_pending {
        // A pending secret keeps other renewals out for 15 minutes.
        if next.code != 3 {
            return Err(format!("next to a pending secret: {next:?}"));
        }
        sandbox.sql("UPDATE secrets SET created_at = created_at - 900 WHERE state = 'pending'");
        next = sandbox.run(prepared.command.args);
    }
    let is_done = next.code == 3 && next.stderr.contains("being rotated") && is_replaced;
    if next.code != 0 && (has_left_over || !is_done) {
        return Err(format!("the next run: {next:?}"));
    }
    check_next(prepared, sandbox, run, &next)
}

/// Checks that the next run replaced the file, or found it replaced.
fn check_next(prepared: &Prepared, sandbox: &Sandbox, run: &Run, next: &Ran) -> Result<(), String> {
    check_kept(sandbox, run)?;
    if secret_in_file(prepared, sandbox)? == prepared.secret {
        return Err(format!("the next run does not replace the file: {next:?}"));
    }
    if sandbox.path(FILE_NEW).exists() {
        return Err(format!("{FILE_NEW} remains after the next run: {next:?}"));
    }
    Ok(())
}

/// Returns the secret in the file. It is accepted for the overlap at least, since the file was
/// to be replaced, and so is the old secret.
fn secret_in_file(prepared: &Prepared, sandbox: &Sandbox) -> Result<String, String> {
    let content = std::fs::read_to_string(sandbox.path(FILE)).unwrap();
    let secret = content.strip_suffix('\n').unwrap_or_default().to_owned();
    for secret in [&secret, &prepared.secret] {
        let verified = sandbox.feed(&["verify", "--no-record"], secret);
        if verified.code != 0 {
            return Err(format!("a secret that clients have: {verified:?}"));
        }
        let last_four = &secret[secret.len() - 4..];
        let select = format!(
            "SELECT min(s.valid_until - c.created_at) FROM secrets s, secrets c
              WHERE s.last_four = '{last_four}' AND s.key = 1
                AND c.key = 1 AND c.state = 'current'"
        );
        let read = |row: &rusqlite::Row<'_>| row.get(0);
        let accepted: Option<i64> = sandbox.sqlite().query_row(&select, [], read).unwrap();
        if accepted.is_some_and(|seconds| seconds < OVERLAP) {
            return Err(format!("a secret is accepted for {accepted:?} seconds"));
        }
    }
    Ok(secret)
}
