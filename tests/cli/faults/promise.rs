//! The promises that must hold after a run with a fault.

use std::collections::BTreeSet;

use super::super::sandbox::{Sandbox, mode};
use super::commands::{FILE, First, IMPORTED, LEAKED, Target};
use super::dump::{Dump, NEW, take};
use super::prepared::{Prepared, Run};
use super::renewal;

/// The state in which a run left the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing changed.
    Nothing,
    /// The change is complete.
    Complete,
    /// There is a pending key, whose secret may have been delivered but is not accepted.
    Pending,
    /// There is no key, and the log has its creation and its withdrawal.
    Withdrawn,
    /// The new secret was current and has ended; the old secret is current again.
    Cancelled,
}

const ALL: [State; 5] = [
    State::Nothing,
    State::Complete,
    State::Pending,
    State::Withdrawn,
    State::Cancelled,
];

/// Checks every promise, and returns the state of the database.
///
/// # Errors
/// The broken promise.
pub fn check(
    prepared: &Prepared,
    sandbox: &Sandbox,
    run: &Run,
    killed: bool,
) -> Result<State, String> {
    check_end(prepared, run, killed)?;
    // The next command, which rolls back an interrupted change.
    let next = sandbox.run(&["list", "--json", "-q"]);
    if next.code != 0 {
        return Err(format!("the next command fails: {next:?}"));
    }
    let dump = take(&sandbox.sqlite())?;
    let state = state_of(prepared, &dump).ok_or_else(|| difference(prepared, &dump))?;
    check_exit(prepared, run.ran.code, killed, state)?;
    // The next change, which removes a remaining journal.
    let next = sandbox.run(&["group", "set-description", "readonly", "changed"]);
    if next.code != 0 {
        return Err(format!("the next change fails: {next:?}"));
    }
    check_files(prepared, sandbox, run, killed, state)?;
    if prepared.command.target == Target::Renewed {
        renewal::check_secret(prepared, sandbox, run, state)?;
    } else if prepared.command.target != Target::None {
        check_key(prepared, sandbox, run, state)?;
    }
    take(&sandbox.sqlite()).map(|_| state)
}

fn check_end(prepared: &Prepared, run: &Run, killed: bool) -> Result<(), String> {
    let ran = &run.ran;
    // Without any memory, Rust panics before main.
    if ran.stderr.contains("panicked") && !killed {
        return Err("it panicked".to_owned());
    }
    // The exit code of the loader if it can't load a library.
    let is_loaders = ran.code == 127 && ran.stderr.contains("error while loading shared libraries");
    let known = [prepared.command.good, 2, 3, 4, 5, 6, 7, 75];
    if !killed && !is_loaders && !known.contains(&ran.code) {
        return Err("the exit code is not in the contract".to_owned());
    }
    Ok(())
}

/// Returns the state of the database; none if the change is half done.
fn state_of(prepared: &Prepared, dump: &Dump) -> Option<State> {
    let (before, after) = (&prepared.before, &prepared.after);
    if dump == before {
        return Some(State::Nothing);
    }
    if dump == after {
        return Some(State::Complete);
    }
    if prepared.command.target == Target::None {
        return None;
    }
    let mut pending = after.clone();
    pending.log.pop();
    for row in &mut pending.rows {
        if row.starts_with("secrets ") && !before.rows.contains(row) {
            // A rotation changes the previous secret only when it is complete.
            let slot = row.split(' ').nth(1).unwrap().to_owned();
            let is_same = |other: &&String| other.split(' ').nth(1) == Some(&slot);
            let mut secrets = before.rows.iter().filter(|row| row.starts_with("secrets "));
            *row = match secrets.find(is_same) {
                Some(unchanged) => unchanged.clone(),
                None => row.replace("state=current", "state=pending"),
            };
        }
    }
    pending.rows.sort();
    if *dump == pending {
        return Some(State::Pending);
    }
    // A slot is never reused, so the sequence keeps its value.
    let is_sequence = |row: &&String| row.starts_with("sqlite_sequence ");
    let mut withdrawn = before.clone();
    withdrawn.rows.retain(|row| !is_sequence(&row));
    let spent = after.rows.iter().filter(is_sequence).cloned();
    withdrawn.rows.extend(spent);
    withdrawn.rows.sort();
    // A commit that failed may have succeeded before the key was withdrawn.
    let undone = dump.log.len().saturating_sub(before.log.len() + 1);
    withdrawn
        .log
        .extend_from_slice(&after.log[before.log.len()..][..undone.min(1)]);
    let last = dump.log.last()?;
    let key = if prepared.command.is_rotation() {
        " key="
    } else {
        " key=ID "
    };
    let fields = ["action=hand-over-failed ", key];
    if undone > 0 && fields.iter().all(|field| last.contains(field)) {
        withdrawn.log.push(last.clone());
    }
    if *dump == withdrawn {
        return Some(State::Withdrawn);
    }
    let is_renewal = prepared.command.target == Target::Renewed;
    is_renewal
        .then(|| renewal::undone_state(prepared, dump))
        .flatten()
}

/// Returns the rows that were removed and added.
fn difference(prepared: &Prepared, dump: &Dump) -> String {
    let all = |dump: &Dump| [dump.rows.clone(), dump.log.clone()].concat();
    let (before, now) = (all(&prepared.before), all(dump));
    let removed = before.iter().filter(|row| !now.contains(row));
    let added = now.iter().filter(|row| !before.contains(row));
    let lines = removed.map(|row| format!("- {row}"));
    let lines: Vec<_> = lines.chain(added.map(|row| format!("+ {row}"))).collect();
    format!("half a change:\n{}", lines.join("\n"))
}

/// The exit code after SIGKILL, as a shell reports it.
const KILLED: i32 = 137;

fn check_exit(prepared: &Prepared, code: i32, killed: bool, state: State) -> Result<(), String> {
    let allowed: &[State] = match code {
        // Only a file was replaced.
        good if good == prepared.command.good && prepared.command.entries == 0 => &[State::Nothing],
        good if good == prepared.command.good => &[State::Complete],
        6 => &[State::Nothing, State::Withdrawn, State::Cancelled],
        7 => &ALL,
        // The signal may interrupt the cleanup.
        _ if killed && prepared.command.first.is_some() => &ALL,
        KILLED => &[State::Nothing, State::Complete, State::Pending],
        // The other signals wait until the change is complete or the key is withdrawn.
        _ if killed && prepared.command.target == Target::None => {
            &[State::Nothing, State::Complete]
        }
        _ if killed => &[State::Nothing, State::Withdrawn],
        _ => &[State::Nothing],
    };
    if allowed.contains(&state) {
        Ok(())
    } else {
        Err(format!("exit {code} leaves {state:?}"))
    }
}

fn check_files(
    prepared: &Prepared,
    sandbox: &Sandbox,
    run: &Run,
    killed: bool,
    state: State,
) -> Result<(), String> {
    let mut left: BTreeSet<_> = sandbox.files().into_iter().collect();
    for path in [sandbox.db(), sandbox.usage()] {
        if !left.remove(&path) || mode(&path) != 0o600 {
            return Err(format!("{} is missing or has another mode", path.display()));
        }
    }
    if prepared.command.target == Target::Renewed {
        left.remove(&sandbox.path(renewal::FILE_NEW));
        renewal::check_files(prepared, sandbox, run, killed, state)?;
    }
    // The inputs of an import and a scan.
    left.remove(&sandbox.path(IMPORTED));
    left.remove(&sandbox.path(LEAKED));
    let out = left.remove(&sandbox.path(FILE));
    let code = run.ran.code;
    match prepared.command.target {
        Target::Export if code == 0 && !out => return Err("there is no file".to_owned()),
        Target::Export if out && mode(&sandbox.path(FILE)) != 0o600 => {
            return Err("the mode of the file is not 600".to_owned());
        }
        // If the call that removes the file fails, the hint names the file.
        Target::Export if out && !killed && ![0, 7].contains(&code) => {
            let useless = if prepared.command.is_rotation() {
                "is never accepted; remove the file"
            } else {
                "belongs to no key; remove the file"
            };
            let is_reported = run.ran.stderr.contains(useless);
            if !is_reported || state == State::Complete {
                return Err("the file remains".to_owned());
            }
        }
        _ => {}
    }
    // A file with a temporary name remains after SIGKILL and a failed unlink.
    let is_named = |first: First| first.at.call == "openat";
    let may_remain =
        (killed || run.has_failed("unlink")) && prepared.command.first.is_some_and(is_named);
    left.retain(|path| !(may_remain && path.to_string_lossy().contains("/.apikey-")));
    if left.is_empty() {
        Ok(())
    } else {
        Err(format!("left over: {left:?}"))
    }
}

/// Checks that the secret of an active key was delivered, and that a pending key is reported as
/// such and can be deleted.
fn check_key(
    prepared: &Prepared,
    sandbox: &Sandbox,
    run: &Run,
    state: State,
) -> Result<(), String> {
    let shown = match prepared.command.target {
        Target::Export => std::fs::read_to_string(sandbox.path(FILE)).unwrap_or_default(),
        _ => run.shown.clone(),
    };
    let secret = if prepared.command.args.contains(&"--json") {
        serde_json::from_str(&shown).map_or(String::new(), |json: serde_json::Value| {
            json["secret"].as_str().unwrap_or_default().to_owned()
        })
    } else {
        // The line is complete, with its newline.
        shown.strip_suffix('\n').unwrap_or_default().to_owned()
    };
    let verify = || sandbox.feed(&["verify", "--no-record"], &secret).code;
    if prepared.command.is_rotation() {
        return check_rotation(prepared, sandbox, &secret, state);
    }
    match state {
        State::Complete if secret.is_empty() => {
            Err("the secret of an active key was not delivered".to_owned())
        }
        State::Complete if verify() != 0 => Err("the secret does not verify".to_owned()),
        State::Pending => {
            if !secret.is_empty() && verify() != 1 {
                return Err("the secret of a pending key verifies".to_owned());
            }
            let shown = sandbox.run(&["show", NEW, "--json"]);
            if shown.code != 0 || shown.json()["status"] != "pending" {
                return Err(format!("show of a pending key: {shown:?}"));
            }
            let deleted = sandbox.run(&["delete", NEW, "--yes"]);
            let absent = sandbox.run(&["show", NEW]);
            match (deleted.code, absent.code) {
                (0, 3) => Ok(()),
                _ => Err(format!("delete of a pending key: {deleted:?}")),
            }
        }
        _ => Ok(()),
    }
}

/// Checks that the key `a` has the new secret if it was delivered and made current, and
/// otherwise the old one.
fn check_rotation(
    prepared: &Prepared,
    sandbox: &Sandbox,
    secret: &str,
    state: State,
) -> Result<(), String> {
    let is_accepted = |secret: &str| {
        let ran = sandbox.feed(&["verify", "--no-record"], secret);
        !secret.is_empty() && ran.code == 0
    };
    let has_overlap = prepared.command.args.contains(&"1h");
    let is_complete = state == State::Complete;
    if is_accepted(secret) != is_complete {
        return Err(format!("the new secret after {state:?}"));
    }
    if is_accepted(&prepared.secret) != (has_overlap || !is_complete) {
        return Err(format!("the previous secret after {state:?}"));
    }
    // Whatever was left over, a leaked secret can be replaced.
    let next = sandbox.run(&["rotate", "a", "--overlap", "0s"]);
    if next.code == 0 && is_accepted(next.stdout.trim_end()) {
        Ok(())
    } else {
        Err(format!("the next rotation: {next:?}"))
    }
}
